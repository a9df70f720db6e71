//! Lists: `ApprovalRequestGetByParameters`, a status at a time, a page at a time.
//!
//! Pages are numbered, and move while requests are decided and made. So ids are told once, and a list whose
//! count changed on the way, or that does not hold what it counts, is read again, and then refused. Where one left and
//! another came the count is the same, and a third may have moved past all pages: so a list of several is read until
//! all that it had shown is still there, but for those who look up by id what it leaves out. What is new stands at its
//! end and moves nothing. Facts come from the permit document alone: a list has other ones.

use std::collections::BTreeSet;

use futures_util::stream::{self, StreamExt as _};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::answers;
use super::capability::canonical_id;
use super::status::{ALL, PENDING, status};
use super::{Organization, ThreatLocker};
use crate::model::{ReadError, ReadErrorKind, RequestId, Sighting};
use crate::vendors::http::Inquiry;
use crate::vendors::{Listing, LookedUp, Row, Unlisted, Whole, too_many};

/// Rows that are asked for at once: "Any valid integer can be entered".
pub(super) const PAGE: usize = 100;

/// How often a list is read whose pages moved.
const MOST_PASSES: usize = 3;

/// The header `pagination` (vendor-facts section 3); what it leaves out is not known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Pagination {
    /// How many rows there are on all pages.
    pub(super) total_items: Option<u64>,
    /// How many pages.
    pub(super) total_pages: Option<u64>,
}

/// One page: its rows, and what its header says.
type Page = (Vec<Value>, Pagination);

/// Reads every page and tells `seen` of each row once.
pub(super) async fn list(
    queue: &ThreatLocker,
    listing: Listing<'_>,
    seen: &mut (dyn FnMut(Row) + Send),
) -> Result<Unlisted, ReadError> {
    // Ids have no order here, so there is nothing to read on from.
    let Listing {
        pending_only,
        whole,
        since: _,
        at_once: _,
    } = listing;
    let mut told = Told::default();
    let statuses = if pending_only { &[PENDING][..] } else { &ALL };
    for organization in &queue.organizations {
        for status in statuses {
            one_list(queue, organization, *status, whole, &mut told, seen).await?;
        }
    }
    // Whoever is in no list is looked up by id: there is a call for it.
    Ok(Unlisted::Absent)
}

/// What was told of already, on whatever page or in whatever list it stands again.
#[derive(Default)]
struct Told {
    ids: BTreeSet<RequestId>,
    /// The texts of rows without an id.
    nameless: BTreeSet<String>,
    /// Rows of the lists that were read to their end.
    rows: u64,
}

/// Reads one list until it is known to be whole.
async fn one_list(
    queue: &ThreatLocker,
    organization: &Organization,
    status: i64,
    whole: Whole<'_>,
    told: &mut Told,
    seen: &mut (dyn FnMut(Row) + Send),
) -> Result<(), ReadError> {
    // Who names requests looks up those that no page shows.
    let is_looked_up = matches!(whole, Whole::Named(ids) if !ids.is_empty());
    let mut last: Option<BTreeSet<RequestId>> = None;
    for _ in 0..MOST_PASSES {
        let pass = one_pass(queue, organization, status, whole, told, seen).await?;
        let is_whole = pass.is_whole();
        let is_all_there = last.is_some_and(|last| pass.ids.is_superset(&last));
        if is_whole && (pass.is_one_page || is_looked_up || is_all_there) {
            told.rows += pass.received;
            return Ok(());
        }
        last = is_whole.then_some(pass.ids);
    }
    let why = match last {
        Some(_) => {
            "requests left the list while it was read, three times over: it changes too fast"
        }
        None => {
            "the list does not hold as many rows as it counts, three times over: it is incomplete, or changes too fast"
        }
    };
    let first = page_of(queue, organization, status, 1);
    Err(does_not_move_on(&first, why))
}

/// What one reading of all pages of a list found.
#[derive(Default)]
struct Pass {
    ids: BTreeSet<RequestId>,
    /// The text of each row: of two that are equal, one has moved.
    rows: BTreeSet<String>,
    /// Rows that came, those that moved as often as they did.
    received: u64,
    /// How many the header of the first page counts.
    claimed: Option<u64>,
    /// Whether a later one counts otherwise.
    moved: bool,
    /// Nothing can have moved between pages where there was one.
    is_one_page: bool,
}

impl Pass {
    /// Rows that came and went between two pages leave less, or more, than the vendor counts.
    fn is_whole(&self) -> bool {
        !self.moved && self.claimed.is_none_or(|count| self.holds(count))
    }

    fn holds(&self, count: u64) -> bool {
        u64::try_from(self.rows.len()).is_ok_and(|rows| rows == count)
    }
}

/// Reads every page once, to an empty one or to where the header's own count agrees that it is the last.
async fn one_pass(
    queue: &ThreatLocker,
    organization: &Organization,
    status: i64,
    whole: Whole<'_>,
    told: &mut Told,
    seen: &mut (dyn FnMut(Row) + Send),
) -> Result<Pass, ReadError> {
    let mut pass = Pass {
        is_one_page: true,
        ..Pass::default()
    };
    for number in 1.. {
        let inquiry = page_of(queue, organization, status, number);
        let (page, header) = fetch(queue, &inquiry).await?.unwrap_or_default();
        let none_said = header.total_items == Some(0);
        if page.is_empty() && number == 1 && status == PENDING && !none_said {
            none_counted(queue, organization).await?;
        }
        if number == 1 {
            pass.claimed = header.total_items;
        }
        if page.is_empty() {
            break;
        }
        pass.moved |= pass.claimed != header.total_items;
        pass.received += u64::try_from(page.len()).unwrap_or(u64::MAX);
        if told.rows + pass.received > queue.max_requests {
            return Err(too_many(&inquiry.shown(), queue.max_requests));
        }
        let before = pass.rows.len();
        pass.rows.extend(page.iter().map(Value::to_string));
        if pass.rows.len() == before {
            let why = "a page only repeats rows: paging does not move on";
            return Err(does_not_move_on(&inquiry, why));
        }
        let is_full = page.len() >= PAGE;
        pass.ids.extend(page.iter().filter_map(id_of));
        tell(queue, organization, page, whole, told, seen).await;
        // The header may only end the list early where its own count agrees, or where it is read again anyway.
        let all_here = pass.moved || pass.is_whole();
        let is_last = all_here && header.total_pages.is_some_and(|all| number >= all);
        // A short page is the last one, unless one follows that holds rows.
        let is_short = !is_full && pass.claimed.is_none_or(|count| count == pass.received);
        pass.is_one_page = number == 1 && (is_last || is_short);
        if is_last {
            break;
        }
    }
    Ok(pass)
}

fn does_not_move_on(inquiry: &Inquiry, why: &str) -> ReadError {
    ReadError {
        kind: ReadErrorKind::Paging,
        ..answers::malformed(inquiry, why)
    }
}

fn page_of(queue: &ThreatLocker, organization: &Organization, status: i64, number: u64) -> Inquiry {
    Inquiry {
        path: "/ApprovalRequest/ApprovalRequestGetByParameters",
        query: Vec::new(),
        body: Some(json!({
            "isAscending": true,
            "orderBy": "dateTime",
            "pageNumber": number,
            "pageSize": PAGE,
            "showChildOrganizations": false,
            "showCurrentTierOnly": false,
            "statusId": status,
        })),
        organization: organization.0.clone(),
        limit: queue.http.settings().body_limit.page,
    }
}

/// One page; nothing where the answer is empty or null, which is how the vendor says *no rows*.
async fn fetch(queue: &ThreatLocker, inquiry: &Inquiry) -> Result<Option<Page>, ReadError> {
    let reply = queue.http.inquire(inquiry).await?;
    let rows = match answers::value(inquiry, &reply)? {
        None => return Ok(None),
        Some(Value::Array(rows)) => rows,
        Some(_) => {
            return Err(answers::malformed(
                inquiry,
                "the answer is not an array of requests",
            ));
        }
    };
    let header = reply.pagination.as_deref();
    let header = header.and_then(|text| serde_json::from_str(text).ok());
    Ok(Some((rows, header.unwrap_or_default())))
}

/// An empty answer says *no rows*, and so does a broken gateway: what waits can be counted, so it is, where no header
/// has said so.
async fn none_counted(queue: &ThreatLocker, organization: &Organization) -> Result<(), ReadError> {
    let inquiry = Inquiry {
        path: "/ApprovalRequest/ApprovalRequestGetCount",
        query: vec![("includeChildOrganizations", "false".to_owned())],
        body: None,
        organization: organization.0.clone(),
        limit: queue.http.settings().body_limit.object,
    };
    let reply = queue.http.inquire(&inquiry).await?;
    let count = match answers::value(&inquiry, &reply) {
        Ok(count) => count.as_ref().and_then(Value::as_u64),
        // Which permission counting takes is written nowhere: who may not count has to believe the list.
        Err(why) if why.kind == ReadErrorKind::Refused && reply.status < 500 => return Ok(()),
        Err(why) => return Err(why),
    };
    match count {
        Some(0) => Ok(()),
        Some(count) => Err(answers::malformed(
            &inquiry,
            &format!("{count} requests wait, and the list of them is empty"),
        )),
        None => Err(answers::malformed(&inquiry, "the answer is not a number")),
    }
}

/// Tells of the rows of a page, in its order; those that are wanted whole are read by id.
async fn tell(
    queue: &ThreatLocker,
    organization: &Organization,
    page: Vec<Value>,
    whole: Whole<'_>,
    told: &mut Told,
    seen: &mut (dyn FnMut(Row) + Send),
) {
    let mut fresh = Vec::new();
    for row in page {
        let brief = brief(&row, organization);
        match &brief {
            Row::Brief { id, .. } | Row::Unreadable { id: Some(id), .. } => {
                if told.ids.insert(id.clone()) {
                    fresh.push(brief);
                }
            }
            Row::Whole(_) | Row::Unreadable { id: None, .. } => {
                if told.nameless.insert(row.to_string()) {
                    fresh.push(brief);
                }
            }
        }
    }
    let wanted = |id: &RequestId| match whole {
        Whole::All => true,
        Whole::Named(ids) => ids.contains(id),
    };
    let reads = fresh.into_iter().map(|row| {
        let wanted = &wanted;
        async move {
            match row {
                Row::Brief { id, status } if !wanted(&id) => Row::Brief { id, status },
                Row::Brief { id, status: _ } => {
                    let LookedUp { sighting, .. } = queue.read_in(organization, &id).await;
                    match sighting {
                        Sighting::Seen(request) => Row::Whole(request),
                        Sighting::Failed(why) => unreadable(Some(id), why),
                        Sighting::Absent => {
                            let why = "the list shows it, and the permit document does not";
                            unreadable(Some(id), odd(why))
                        }
                    }
                }
                Row::Whole(_) | Row::Unreadable { .. } => row,
            }
        }
    });
    let mut reads = stream::iter(reads).buffered(queue.terms.parallelism.get());
    while let Some(row) = reads.next().await {
        seen(row);
    }
}

/// Id and status of a row.
pub(super) fn brief(row: &Value, organization: &Organization) -> Row {
    let Value::Object(row) = row else {
        return unreadable(None, odd("a row of a list is not an object"));
    };
    let Some(id) = id_in(row) else {
        return unreadable(None, odd("a row of a list has no id that can be read"));
    };
    let is_ours =
        text(row, "organizationId").is_some_and(|one| one.eq_ignore_ascii_case(&organization.0));
    if !is_ours {
        let why = "a row of a list is of another organization than the one that was asked for";
        return unreadable(Some(id), odd(why));
    }
    Row::Brief {
        id,
        status: status(row.get("statusId")),
    }
}

fn id_of(row: &Value) -> Option<RequestId> {
    row.as_object().and_then(id_in)
}

fn id_in(row: &Map<String, Value>) -> Option<RequestId> {
    text(row, "approvalRequestId").and_then(|id| canonical_id(id).ok())
}

fn text<'a>(row: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    row.get(name).and_then(Value::as_str)
}

fn unreadable(id: Option<RequestId>, why: ReadError) -> Row {
    Row::Unreadable { id, why }
}

fn odd(what: &str) -> ReadError {
    ReadError {
        kind: ReadErrorKind::Malformed,
        what: what.to_owned(),
        said: None,
        hint: "look at the request in the portal; its decision is held until it can be read"
            .to_owned(),
    }
}
