//! Walks the pages of a queue: the next one is fetched while the last one is parsed on another thread.
//!
//! Pages are asked for by `startid` = last id + 1 and `take` = 1000, and come in ascending order
//! (document, "Keeping state"). The end is an empty page: a short one may be a gateway's cap.
//! Where several may be read side by side, and the first page is full, the highest id is asked for by `last` = 1,
//! and others walk ranges of the ids beyond it (`ranges`).

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::future::{try_join, try_join_all};
use tokio::sync::oneshot;

use super::ranges::Ranges;
use super::wire::{self, Page, Spoiled, Wanted};
use super::{malformed, refusal};
use crate::model::{ReadError, ReadErrorKind};
use crate::vendors::http::{Get, Http};
use crate::vendors::{Going, Listing, Row, Unlisted, too_many};

/// Most rows the vendor puts into a page (document, "Keeping state": `take`).
const TAKE: &str = "1000";

/// The same, as a number.
const MOST: u64 = 1000;

/// Reads every page and tells `seen` of each row; `going` is kept for whoever watches.
///
/// Within a range rows come in the order of their ids; ranges that are read side by side take turns.
pub(super) async fn list(
    http: &Http,
    max_requests: u64,
    listing: Listing<'_>,
    going: &Mutex<Going>,
    seen: &mut (dyn FnMut(Row) + Send),
) -> Result<Unlisted, ReadError> {
    let Listing {
        pending_only,
        whole,
        since,
        at_once,
    } = listing;
    let since = since.and_then(wire::number);
    let pages = Pages {
        http,
        pending_only,
        wanted: Arc::new(Wanted::of(whole)),
        max_requests,
        going,
        told: Mutex::new(Told {
            ranges: Ranges::from(since.unwrap_or_default()),
            rows: 0,
            walking: 0,
            seen,
        }),
    };
    pages.note(|going| *going = Going::default());
    let (full, is_full) = oneshot::channel();
    let first = async {
        pages.walk(0, since, Some(full)).await?;
        pages.take_parts().await
    };
    try_join(first, pages.side_by_side(at_once, is_full)).await?;
    Ok(Unlisted::Absent)
}

/// One listing, and how far it has come.
struct Pages<'a> {
    http: &'a Http,
    pending_only: bool,
    wanted: Arc<Wanted>,
    max_requests: u64,
    going: &'a Mutex<Going>,
    told: Mutex<Told<'a>>,
}

/// What all walkers share. Held for no longer than it takes to tell of a page.
struct Told<'a> {
    ranges: Ranges,
    rows: u64,
    /// Walkers that are reading.
    walking: usize,
    seen: &'a mut (dyn FnMut(Row) + Send),
}

/// What one walker remembers from page to page.
#[derive(Default)]
struct Walked {
    /// The last id.
    after: Option<u64>,
    /// Rows without an id at the end of the last page: asked for again with the next, told of once.
    nameless: usize,
    /// The longest page so far.
    longest: u64,
}

/// Whether a walk goes on after a page.
enum After {
    MorePages,
    ItsEnd,
}

impl<'a> Pages<'a> {
    /// Walks a part to its end, from `startid` on where one is given. `full` hears of a first page that is.
    async fn walk(
        &self,
        part: usize,
        startid: Option<u64>,
        full: Option<oneshot::Sender<()>>,
    ) -> Result<(), ReadError> {
        let walking = {
            let mut told = self.told();
            told.walking += 1;
            told.walking
        };
        self.note(|going| going.walkers = going.walkers.max(walking));
        let end = self.pages_of(part, startid, full).await;
        self.told().walking -= 1;
        end
    }

    async fn pages_of(
        &self,
        part: usize,
        startid: Option<u64>,
        mut full: Option<oneshot::Sender<()>>,
    ) -> Result<(), ReadError> {
        let mut walked = Walked::default();
        if part > 0 {
            walked.after = startid.and_then(|id| id.checked_sub(1));
        }
        let mut trust_hints = true;
        let mut get = self.page_of(startid);
        let mut body = fetch(self.http, &get).await?;
        loop {
            let end = self.told().ranges.end(part);
            let hint = wire::tail_id(&body).filter(|id| {
                trust_hints && *id < end && walked.after.is_none_or(|after| *id > after)
            });
            // While the next page is on its way, this one is parsed and told of.
            let telling = async {
                let parsed = parse(body, walked.after, Arc::clone(&self.wanted)).await;
                let is_full = parsed.as_ref().is_ok_and(|page| page.received >= MOST);
                if let Some(full) = full.take().filter(|_| is_full) {
                    // Nobody listens where nobody may help.
                    let _ = full.send(());
                }
                let page = parsed.map_err(|spoiled| spoilt(&get, spoiled))?;
                let last = page.last;
                Ok((self.tell(part, page, &mut walked, &get)?, last))
            };
            let early = async {
                let next = hint.and_then(|id| id.checked_add(1))?;
                self.told().ranges.ask(part, next);
                let get = self.page_of(Some(next));
                Some((fetch(self.http, &get).await, get))
            };
            let (told, early) = tokio::join!(telling, early);
            let (goes_on, last) = told?;
            if let After::ItsEnd = goes_on {
                return Ok(());
            }
            body = match early {
                // The guess was right: the page is already here.
                Some((fetched, next)) if hint == last => {
                    get = next;
                    fetched?
                }
                // A page fetched on a wrong guess is thrown away, and no more guesses are made.
                Some(_) | None => {
                    trust_hints &= hint.is_none() || hint == last;
                    let next = last.and_then(|id| id.checked_add(1));
                    if let Some(next) = next {
                        self.told().ranges.ask(part, next);
                    }
                    get = self.page_of(next);
                    fetch(self.http, &get).await?
                }
            };
        }
    }

    /// Tells of the rows of a page that are of this part, each once.
    fn tell(
        &self,
        part: usize,
        page: Page,
        walked: &mut Walked,
        get: &Get,
    ) -> Result<After, ReadError> {
        let mut told = self.told();
        let Page {
            mut rows,
            received,
            last,
        } = page;
        if received == 0 {
            told.ranges.over(part);
            return Ok(After::ItsEnd);
        }
        let end = told.ranges.end(part);
        let is_nameless = |row: &&Row| matches!(row, Row::Unreadable { id: None, .. });
        let repeated = rows.iter().take(walked.nameless).take_while(is_nameless);
        let repeated = repeated.count();
        walked.nameless = rows.iter().rev().take_while(is_nameless).count();
        let mut here = received;
        if last.is_some_and(|last| last > end) {
            // What lies beyond is read by whoever reads the next part.
            let is_beyond = |row: &Row| id_of(row).is_some_and(|id| id > end);
            let beyond = rows.iter().position(is_beyond).unwrap_or(rows.len());
            here -= u64::try_from(rows.len() - beyond).unwrap_or_default();
            rows.truncate(beyond);
        }
        told.rows = told.rows.saturating_add(here);
        if told.rows > self.max_requests {
            return Err(too_many(&get.shown(), self.max_requests));
        }
        let first = rows.iter().find_map(id_of);
        for row in rows.into_iter().skip(repeated) {
            (told.seen)(row);
        }
        let Some(last) = last.filter(|_| last != walked.after) else {
            // No id to ask on from. A page shorter than one before it is the last; a full one is not.
            let full = received >= MOST || (walked.longest > 0 && received >= walked.longest);
            told.ranges.over(part);
            return if full {
                Err(stuck(get))
            } else {
                Ok(After::ItsEnd)
            };
        };
        walked.longest = walked.longest.max(received);
        walked.after = Some(last);
        // A page wholly beyond the part says nothing of how much one of its own spans.
        let is_full = received >= MOST && first.is_some();
        let goes_on = told.ranges.read(part, first.unwrap_or(last), last, is_full);
        let share = told.ranges.share();
        self.note(|going| going.share = share);
        Ok(match goes_on {
            true => After::MorePages,
            false => After::ItsEnd,
        })
    }

    /// Where the first page is full: asks how far the ids reach, and has so many walk, with the one that has begun.
    async fn side_by_side(
        &self,
        at_once: usize,
        is_full: oneshot::Receiver<()>,
    ) -> Result<(), ReadError> {
        if at_once < 2 || is_full.await.is_err() {
            return Ok(());
        }
        let Some(top) = self.top().await else {
            return Ok(());
        };
        self.told().ranges.reach_to(top);
        try_join_all((1..at_once).map(|_| self.take_parts())).await?;
        Ok(())
    }

    /// Walks parts of the others for as long as they are worth it.
    async fn take_parts(&self) -> Result<(), ReadError> {
        loop {
            let (part, start) = {
                let ranges = &mut self.told().ranges;
                let Some(part) = ranges.take() else {
                    return Ok(());
                };
                (part, ranges.start(part))
            };
            self.walk(part, start, None).await?;
        }
    }

    /// The highest id that there is. Nothing where the vendor does not say: then one walker reads all.
    async fn top(&self) -> Option<u64> {
        let mut query = self.filter();
        query.push(("last", "1".to_owned()));
        let get = Get {
            path: "/requests".to_owned(),
            query,
            limit: self.http.settings().body_limit.page,
        };
        let body = fetch(self.http, &get).await.ok()?;
        let nobody = Wanted::Named(ahash::AHashSet::new());
        wire::page(&body, None, &nobody).ok()?.last
    }

    fn page_of(&self, startid: Option<u64>) -> Get {
        let mut query = self.filter();
        if let Some(id) = startid {
            query.push(("startid", id.to_string()));
        }
        query.push(("take", TAKE.to_owned()));
        Get {
            path: "/requests".to_owned(),
            query,
            limit: self.http.settings().body_limit.page,
        }
    }

    fn filter(&self) -> Vec<(&'static str, String)> {
        let mut query = Vec::with_capacity(3);
        if self.pending_only {
            query.push(("status", "pending".to_owned()));
        }
        query
    }

    fn told(&self) -> MutexGuard<'_, Told<'a>> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, note: impl FnOnce(&mut Going)) {
        note(&mut self.going.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

fn id_of(row: &Row) -> Option<u64> {
    match row {
        Row::Whole(request) => wire::number(&request.id),
        Row::Brief { id, .. } | Row::Unreadable { id: Some(id), .. } => wire::number(id),
        Row::Unreadable { id: None, .. } => None,
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
