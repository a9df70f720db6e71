//! Lists: `GET access_request`, a page at a time by `limit` and `offset`.
//!
//! Pages move while requests are made and removed, and while a filtered list is decided. So each page begins
//! with the last row of the one before: where another row stands there, the list has moved and is read again.
//! Only a page beyond the last row that is empty ends it: a page may be shorter than what was asked for.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::value::RawValue;

use super::record::{self, FIELDS, Record};
use super::{Fudo, PATH, answers};
use crate::model::{ReadError, ReadErrorKind, RequestId, counted};
use crate::vendors::http::{Get, Reply};
use crate::vendors::{Listing, Row, Unlisted, Whole, too_many};

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
        at_once: _,
    } = listing;
    let mut teller = Teller {
        whole,
        told: BTreeSet::new(),
        nameless: 0,
        seen,
    };
    for _ in 0..MOST_PASSES {
        if !pass(queue, pending_only, &mut teller).await? {
            return Ok(teller.unlisted());
        }
    }
    let first = page_of(queue, pending_only, 0);
    Ok(Unlisted::Unknown(restless(&first)))
}

/// Reads the list once, and says whether it moved meanwhile.
async fn pass(
    queue: &Fudo,
    pending_only: bool,
    teller: &mut Teller<'_>,
) -> Result<bool, ReadError> {
    let voter = queue.terms.deciding.run_as.as_deref();
    let most = usize::try_from(queue.max_requests).unwrap_or(usize::MAX);
    let (mut offset, mut moved) = (0, false);
    let mut known: BTreeSet<String> = BTreeSet::new();
    let mut before: Vec<String> = Vec::new();
    // The row that has to begin the page: the last of the one before, unless the page is beyond it.
    let mut expected: Option<String> = None;
    loop {
        let get = page_of(queue, pending_only, offset);
        let reply = queue.http.read(&get).await?;
        let page = page(&get, &reply, voter)?;
        let keys: Vec<String> = page.iter().map(|line| line.key.clone()).collect();
        let overlap = expected.take();
        moved |= match &overlap {
            Some(row) => keys.first() != Some(row),
            None => keys.first().is_some_and(|row| known.contains(row)),
        };
        let Some(last) = keys.last().cloned() else {
            return Ok(moved);
        };
        if keys.len() == 1 && overlap.as_ref() == Some(&last) {
            offset += 1;
            continue;
        }
        if overlap.is_some() && keys == before {
            return Err(paging(
                &get,
                "the same page came again: paging does not move on",
            ));
        }
        let mut has_new = false;
        for line in page {
            if known.insert(line.key.clone()) {
                has_new = true;
                teller.tell(line);
            }
        }
        if !has_new && keys.len() == 1 {
            return Ok(true);
        }
        offset += keys.len() - 1;
        if known.len() > most || offset > most {
            return Err(too_many(&get.shown(), queue.max_requests));
        }
        expected = Some(last);
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

/// The rows of a page. Which of two that differ is true of their request, nobody knows.
fn page(get: &Get, reply: &Reply, voter: Option<&str>) -> Result<Vec<Line>, ReadError> {
    let list = answers::object(get, reply)?;
    let rows: Vec<&RawValue> = serde_json::from_str(list)
        .map_err(|_| answers::malformed(get, "the answer holds no array of requests"))?;
    let mut texts: BTreeMap<String, &str> = BTreeMap::new();
    let mut twice: BTreeSet<String> = BTreeSet::new();
    let mut lines = Vec::with_capacity(rows.len());
    for text in rows.into_iter().map(RawValue::get) {
        let line = line(text, voter);
        if *texts.entry(line.key.clone()).or_insert(text) != text {
            twice.insert(line.key.clone());
        }
        lines.push(line);
    }
    for line in lines.iter_mut().filter(|line| twice.contains(&line.key)) {
        let id = RequestId::canonical(&line.key);
        line.row = Err(unreadable(
            Some(id),
            "it stands twice in a page, and differs",
        ));
    }
    Ok(lines)
}

fn line(text: &str, voter: Option<&str>) -> Line {
    match record::read(text, voter) {
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
    /// What they are known by again.
    told: BTreeSet<String>,
    /// Rows whose ids cannot be read.
    nameless: u64,
    seen: &'a mut (dyn FnMut(Row) + Send),
}

impl Teller<'_> {
    fn tell(&mut self, line: Line) {
        let row = match line.row {
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
        if self.told.insert(line.key) {
            let is_nameless = matches!(row, Row::Unreadable { id: None, .. });
            self.nameless += u64::from(is_nameless);
            (self.seen)(row);
        }
    }

    fn unlisted(&self) -> Unlisted {
        match self.nameless {
            0 => Unlisted::Absent,
            rows => Unlisted::Unknown(hidden_by_odd_rows(rows)),
        }
    }
}

const LOOK: &str = "look at the request in the portal; its decision is held until it can be read";

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
            hint: LOOK.to_owned(),
        },
    }
}

/// Whoever is not listed may be one of them.
fn hidden_by_odd_rows(rows: u64) -> ReadError {
    let have = if rows == 1 { "has" } else { "have" };
    let rows = counted(rows, "row");
    ReadError {
        kind: ReadErrorKind::Malformed,
        what: format!("the list does not show it, but {rows} {have} no id that can be read"),
        said: None,
        hint: LOOK.to_owned(),
    }
}

/// Whoever is not told of may have been moved past every page.
fn restless(get: &Get) -> ReadError {
    ReadError {
        hint: "run again when fewer requests come and go".to_owned(),
        ..paging(
            get,
            "the list moved each of the times that it was read, so that some of it may be missing",
        )
    }
}

/// Pages that contradict each other.
fn paging(get: &Get, why: &str) -> ReadError {
    ReadError {
        kind: ReadErrorKind::Paging,
        ..answers::malformed(get, why)
    }
}
