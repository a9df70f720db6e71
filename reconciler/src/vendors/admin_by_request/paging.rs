//! Walks the pages of a queue: the next one is fetched while the last one is parsed on another thread.
//!
//! Pages are asked for by `startid` = last id + 1 and `take` = 1000, and come in ascending order
//! (document, "Keeping state"). The end is an empty page: a short one may be a gateway's cap.

use std::sync::Arc;

use super::wire::{self, Page, Spoiled, Wanted};
use super::{malformed, refusal};
use crate::model::{ReadError, ReadErrorKind};
use crate::vendors::http::{Get, Http};
use crate::vendors::{Listing, Row, Unlisted};

/// Most rows the vendor puts into a page (document, "Keeping state": `take`).
const TAKE: &str = "1000";

/// The same, as a number.
const MOST: u64 = 1000;

/// Reads every page and tells `seen` of each row.
pub(super) async fn list(
    http: &Http,
    max_requests: u64,
    listing: Listing<'_>,
    seen: &mut (dyn FnMut(Row) + Send),
) -> Result<Unlisted, ReadError> {
    let Listing {
        pending_only,
        whole,
        since,
    } = listing;
    let wanted = Arc::new(Wanted::of(whole));
    let ask = |startid: Option<u64>| page_of(http, pending_only, startid);
    let mut get = ask(since.and_then(wire::number));
    let mut after: Option<u64> = None;
    let mut rows: u64 = 0;
    let mut trust_hints = true;
    // Rows without an id at the end of the last page: asked for again with the next, told of once.
    let mut nameless: usize = 0;
    let mut longest: u64 = 0;
    let mut body = fetch(http, &get).await?;
    loop {
        let hint =
            wire::tail_id(&body).filter(|id| trust_hints && after.is_none_or(|after| *id > after));
        let parsing = parse(body, after, Arc::clone(&wanted));
        let early = async {
            match hint.map(|id| ask(id.checked_add(1))) {
                Some(get) => Some((fetch(http, &get).await, get)),
                None => None,
            }
        };
        let (parsed, early) = tokio::join!(parsing, early);
        let page = parsed.map_err(|spoiled| spoilt(&get, spoiled))?;
        if page.received == 0 {
            return Ok(Unlisted::Absent);
        }
        rows = rows.saturating_add(page.received);
        if rows > max_requests {
            return Err(too_many(&get, max_requests));
        }
        let last = page.last;
        let is_nameless = |row: &&Row| matches!(row, Row::Unreadable { id: None, .. });
        let repeated = page.rows.iter().take(nameless).take_while(is_nameless);
        let repeated = repeated.count();
        nameless = page.rows.iter().rev().take_while(is_nameless).count();
        page.rows.into_iter().skip(repeated).for_each(&mut *seen);
        if last == after {
            // No id to ask on from. A page shorter than one before it is the last; a full one is not.
            let full = page.received >= MOST || (longest > 0 && page.received >= longest);
            return if full {
                Err(stuck(&get))
            } else {
                Ok(Unlisted::Absent)
            };
        }
        longest = longest.max(page.received);
        after = last;
        body = match early {
            // The guess was right: the page is already here.
            Some((fetched, next)) if hint == last => {
                get = next;
                fetched?
            }
            // A page fetched on a wrong guess is thrown away, and no more guesses are made.
            Some(_) | None => {
                trust_hints = early_was_right(hint, last, trust_hints);
                get = ask(last.and_then(|id| id.checked_add(1)));
                fetch(http, &get).await?
            }
        };
    }
}

fn early_was_right(hint: Option<u64>, last: Option<u64>, trusted: bool) -> bool {
    trusted && (hint.is_none() || hint == last)
}

fn page_of(http: &Http, pending_only: bool, startid: Option<u64>) -> Get {
    let mut query = Vec::with_capacity(3);
    if pending_only {
        query.push(("status", "pending".to_owned()));
    }
    if let Some(id) = startid {
        query.push(("startid", id.to_string()));
    }
    query.push(("take", TAKE.to_owned()));
    Get {
        path: "/requests".to_owned(),
        query,
        limit: http.settings().body_limit.page,
    }
}

async fn fetch(http: &Http, get: &Get) -> Result<Vec<u8>, ReadError> {
    let reply = http.read(get).await?;
    if reply.status != 200 {
        return Err(refusal(get, &reply));
    }
    if !reply.may_be_json() {
        return Err(malformed(
            get,
            "the answer is not JSON but something else, such as a web page",
        ));
    }
    Ok(reply.body)
}

/// Parses a page away from the thread that reads the network.
async fn parse(body: Vec<u8>, after: Option<u64>, wanted: Arc<Wanted>) -> Result<Page, Spoiled> {
    let parsing = tokio::task::spawn_blocking(move || wire::page(&body, after, &wanted));
    parsing.await.unwrap_or_else(|_| {
        Err((
            ReadErrorKind::Malformed,
            "the page could not be parsed: the run is being ended".to_owned(),
        ))
    })
}

fn spoilt(get: &Get, (kind, what): Spoiled) -> ReadError {
    ReadError {
        kind,
        ..malformed(get, &what)
    }
}

fn stuck(get: &Get) -> ReadError {
    ReadError {
        kind: ReadErrorKind::Paging,
        ..malformed(
            get,
            "a full page brought no id that can be read: paging does not move on",
        )
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
