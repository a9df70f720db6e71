//! Lists: `GET access_request`, a page at a time by `limit` and `offset`.
//!
//! Pages move while requests are made and removed, and while a filtered list is decided. So each page begins
//! with the last row of the one before: where another row stands there, the list has moved and is read again.

use std::collections::BTreeSet;

use serde_json::value::RawValue;

use super::record::{self, FIELDS, Record};
use super::{Fudo, PATH, answers};
use crate::model::{ReadError, ReadErrorKind, RequestId};
use crate::vendors::http::{Get, Reply};
use crate::vendors::{Listing, Row, Unlisted, Whole};

/// Rows that are asked for at once. How many a page may have is written nowhere that was read, so a page that
/// is shorter says nothing of the end.
pub(super) const PAGE: usize = 100;

/// How often a list is read whose pages moved.
const MOST_PASSES: usize = 3;

/// Reads every page and tells `seen` of each row once.
pub(super) async fn list(
    queue: &Fudo,
    listing: Listing<'_>,
    seen: &mut (dyn FnMut(Row) + Send),
) -> Result<Unlisted, ReadError> {
    // Ids have no order that is documented, so there is nothing to read on from.
    let Listing {
        pending_only,
        whole,
        since: _,
    } = listing;
    let mut teller = Teller {
        whole,
        told: BTreeSet::new(),
        seen,
    };
    for _ in 0..MOST_PASSES {
        if !pass(queue, pending_only, &mut teller).await? {
            break;
        }
    }
    // Whoever is in no list is looked up by id: there is a call for it. So it is where requests come and go
    // faster than they are listed.
    Ok(Unlisted::Absent)
}

/// Reads the list once, and says whether it moved meanwhile.
async fn pass(
    queue: &Fudo,
    pending_only: bool,
    teller: &mut Teller<'_>,
) -> Result<bool, ReadError> {
    let (mut offset, mut moved) = (0, false);
    let mut known: BTreeSet<String> = BTreeSet::new();
    let mut before: Vec<String> = Vec::new();
    loop {
        let get = page_of(queue, pending_only, offset);
        let reply = queue.http.read(&get).await?;
        let page = page(&get, &reply)?;
        let keys: Vec<String> = page.iter().map(|line| line.key.clone()).collect();
        let overlaps = before.is_empty() || before.last() == keys.first();
        if keys.is_empty() || (keys.len() == 1 && !before.is_empty() && overlaps) {
            // Where a page came before, its last row has to be there still.
            return Ok(moved || !overlaps);
        }
        moved |= !overlaps;
        if keys == before {
            return Err(paging(
                &get,
                "the same page came again: paging does not move on",
            ));
        }
        let mut has_new = false;
        for line in page {
            if known.insert(line.key) {
                has_new = true;
                teller.tell(line.row);
            }
        }
        if keys.len() == 1 && !has_new {
            return Ok(true);
        }
        offset += keys.len() - 1;
        let most = usize::try_from(queue.max_requests).unwrap_or(usize::MAX);
        if known.len() > most || offset > most {
            return Err(too_many(&get, queue.max_requests));
        }
        before = keys;
    }
}

fn page_of(queue: &Fudo, pending_only: bool, offset: usize) -> Get {
    let mut query = vec![("fields", FIELDS.to_owned())];
    if pending_only {
        query.push(("filter", "status.in(pending)".to_owned()));
    }
    query.push(("limit", PAGE.to_string()));
    query.push(("offset", offset.to_string()));
    Get {
        path: PATH.to_owned(),
        query,
        limit: queue.http.settings().body_limit.page,
    }
}

/// One row of a page, and what it is known by again: its id, or its text where it has none that can be read.
struct Line {
    key: String,
    row: Result<Record, Row>,
}

/// The rows of a page.
fn page(get: &Get, reply: &Reply) -> Result<Vec<Line>, ReadError> {
    let list = answers::object(get, reply)?;
    let rows: Vec<&RawValue> = serde_json::from_str(list)
        .map_err(|_| answers::malformed(get, "`access_request` is not an array of requests"))?;
    Ok(rows.into_iter().map(|row| line(row.get())).collect())
}

fn line(text: &str) -> Line {
    match record::read(text) {
        Ok(record) => Line {
            key: record.id().to_string(),
            row: Ok(record),
        },
        Err(why) => {
            let id = record::id(text);
            Line {
                key: id.as_ref().map_or(text, RequestId::as_str).to_owned(),
                row: Err(unreadable(id, &why)),
            }
        }
    }
}

/// Tells of each row once, whatever page it stands on.
struct Teller<'a> {
    whole: Whole<'a>,
    told: BTreeSet<RequestId>,
    seen: &'a mut (dyn FnMut(Row) + Send),
}

impl Teller<'_> {
    fn tell(&mut self, row: Result<Record, Row>) {
        let row = match row {
            // It is there no longer; whoever looks for it by id hears the same.
            Ok(Record::Removed(_)) => return,
            Ok(Record::Request(request)) => match self.whole {
                Whole::Named(ids) if !ids.contains(&request.id) => Row::Brief {
                    id: request.id,
                    status: request.status,
                },
                Whole::All | Whole::Named(_) => Row::Whole(request),
            },
            Err(unreadable) => unreadable,
        };
        let is_new = match &row {
            Row::Whole(request) => self.told.insert(request.id.clone()),
            Row::Brief { id, .. } | Row::Unreadable { id: Some(id), .. } => {
                self.told.insert(id.clone())
            }
            Row::Unreadable { id: None, .. } => true,
        };
        if is_new {
            (self.seen)(row);
        }
    }
}

fn unreadable(id: Option<RequestId>, why: &str) -> Row {
    let what = match &id {
        Some(id) => format!("request {id} in a list: {why}"),
        None => format!("a request in a list: {why}"),
    };
    Row::Unreadable {
        id,
        why: ReadError {
            kind: ReadErrorKind::Malformed,
            what,
            said: None,
            hint: "look at the request in the portal; its decision is held until it can be read"
                .to_owned(),
        },
    }
}

/// Pages that contradict each other.
fn paging(get: &Get, why: &str) -> ReadError {
    ReadError {
        kind: ReadErrorKind::Paging,
        ..answers::malformed(get, why)
    }
}

fn too_many(get: &Get, max_requests: u64) -> ReadError {
    ReadError {
        kind: ReadErrorKind::Paging,
        what: format!("{}: more than {max_requests} requests", get.shown()),
        said: None,
        hint: "raise `max-requests` of the queue in countersign.toml if it really holds so many"
            .to_owned(),
    }
}
