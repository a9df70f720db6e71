//! The two lists: pending first, then active, so that what is approved in between is in both. In both is active.
//!
//! `GET Requests` does not page, and nothing is read by id: a look-up reads both lists, and everybody who
//! waits for one shares the next that begins. A list is cut into rows as it comes, and told of once it has come whole:
//! until then it may be cut off, and read again.

mod fetch;
mod kept;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::PoisonError;

use ahash::AHashSet;
use sha2::{Digest as _, Sha256};
use tokio::sync::{Mutex, oneshot};

use fetch::{List, Side, fetch};
use kept::{Kept, Limits, Line, Wanted};

use super::Eyes;
use super::session::Session;
use super::wire;
use crate::model::{
    Own, ReadError, ReadErrorKind, Request, RequestId, Sighting, Status, counted, sha256_of,
};
use crate::vendors::http::Http;
use crate::vendors::{Listing, LookedOwn, LookedUp, Row, Unlisted, Whole};

/// After so many rows others have their turn.
const AT_ONCE: usize = 1000;

/// Look-ups that wait for the next reading of both lists.
type Waiting = Vec<(RequestId, oneshot::Sender<LookedUp>)>;

/// Both lists of one user.
#[derive(Debug)]
pub(super) struct Lists {
    eyes: Eyes,
    max_requests: u64,
    waiting: std::sync::Mutex<Waiting>,
    /// Held by whoever reads for all that wait.
    reading: Mutex<()>,
}

impl Lists {
    pub(super) fn new(eyes: Eyes, max_requests: u64) -> Self {
        Self {
            eyes,
            max_requests,
            waiting: std::sync::Mutex::default(),
            reading: Mutex::new(()),
        }
    }

    /// Reads the lists and tells `seen` of each row.
    pub(super) async fn list(
        &self,
        http: &Http,
        session: &Session,
        listing: Listing<'_>,
        seen: &mut (dyn FnMut(Row) + Send),
    ) -> Result<Unlisted, ReadError> {
        let Listing {
            pending_only,
            whole,
            since,
            at_once: _,
        } = listing;
        let wanted = Wanted::of(whole, since);
        let lists = match pending_only {
            true => &[List::Pending][..],
            false => &BOTH,
        };
        let reading = Reading {
            http,
            session,
            side: Side::Approver,
            hash: None,
        };
        let (unlisted, _) = self.read(reading, lists, &wanted, seen).await?;
        Ok(unlisted)
    }

    /// Reads one request, together with all others that are looked up at the same time.
    pub(super) async fn look_up(&self, http: &Http, session: &Session, id: &RequestId) -> LookedUp {
        loop {
            let (told, mut mine) = oneshot::channel();
            self.waiting().push((id.clone(), told));
            tokio::select! {
                biased;
                looked_up = &mut mine => match looked_up {
                    Ok(looked_up) => return looked_up,
                    // Whoever read for us was cut short.
                    Err(_) => continue,
                },
                _turn = self.reading.lock() => {
                    // Each reading begins after everybody it serves has asked.
                    let waiting = std::mem::take(&mut *self.waiting());
                    self.serve(http, session, waiting).await;
                }
            }
            if let Ok(looked_up) = mine.await {
                return looked_up;
            }
        }
    }

    fn waiting(&self) -> std::sync::MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn serve(&self, http: &Http, session: &Session, waiting: Waiting) {
        let named: BTreeSet<RequestId> = waiting.iter().map(|(id, _)| id.clone()).collect();
        let found = self.find(http, session, &named).await;
        for (id, told) in waiting {
            let looked_up = match &found {
                Ok((sightings, unlisted, digest)) => LookedUp {
                    sighting: sightings
                        .get(&id)
                        .cloned()
                        .unwrap_or_else(|| unlisted.sighting()),
                    digest: Some(digest.clone()),
                },
                Err(why) => LookedUp {
                    sighting: Sighting::Failed(why.clone()),
                    digest: None,
                },
            };
            // Whoever no longer waits needs no answer.
            let _ = told.send(looked_up);
        }
    }

    async fn find(
        &self,
        http: &Http,
        session: &Session,
        named: &BTreeSet<RequestId>,
    ) -> Result<(BTreeMap<RequestId, Sighting>, Unlisted, String), ReadError> {
        let mut sightings = BTreeMap::new();
        let mut seen = |row| match row {
            Row::Whole(request) => {
                sightings.insert(request.id.clone(), Sighting::Seen(request));
            }
            Row::Unreadable { id: Some(id), why } => {
                sightings.insert(id, Sighting::Failed(why));
            }
            Row::Brief { .. } | Row::Unreadable { id: None, .. } => {}
        };
        let wanted = Wanted::of(Whole::Named(named), None);
        let reading = Reading {
            http,
            session,
            side: Side::Approver,
            hash: Some(Sha256::new()),
        };
        let (unlisted, digest) = self.read(reading, &BOTH, &wanted, &mut seen).await?;
        Ok((sightings, unlisted, digest.unwrap_or_default()))
    }

    /// Reads what the user has asked for himself. One row that cannot be read could be any of them.
    pub(super) async fn own(&self, http: &Http, session: &Session) -> LookedOwn {
        match self.read_own(http, session).await {
            Ok((requests, digest)) => LookedOwn {
                own: Own::Read(requests),
                digest: Some(digest),
            },
            Err(why) => LookedOwn {
                own: Own::Failed(why),
                digest: None,
            },
        }
    }

    async fn read_own(
        &self,
        http: &Http,
        session: &Session,
    ) -> Result<(Vec<Request>, String), ReadError> {
        if self.eyes == Eyes::OfAnother {
            return Err(out_of_sight());
        }
        let (mut requests, mut odd) = (Vec::new(), None);
        let mut seen = |row| match row {
            Row::Whole(request) => requests.push(*request),
            Row::Brief { .. } => {}
            Row::Unreadable { why, .. } => odd = Some(why),
        };
        let wanted = Wanted::of(Whole::All, None);
        let reading = Reading {
            http,
            session,
            side: Side::Requestor,
            hash: Some(Sha256::new()),
        };
        let (_, digest) = self.read(reading, &BOTH, &wanted, &mut seen).await?;
        match odd {
            Some(why) => Err(why),
            None => Ok((requests, digest.unwrap_or_default())),
        }
    }

    /// Reads the lists, and tells of each request once: first what only the pending list shows, then the active list.
    /// Where bytes are hashed, `sha256:HEX` of all of them.
    async fn read(
        &self,
        reading: Reading<'_>,
        lists: &[List],
        wanted: &Wanted,
        seen: &mut (dyn FnMut(Row) + Send),
    ) -> Result<(Unlisted, Option<String>), ReadError> {
        let Reading {
            http,
            session,
            side,
            mut hash,
        } = reading;
        let mut limits = Limits {
            rows: self.max_requests,
            before: 0,
            row: http.settings().body_limit.object,
        };
        let mut read = Vec::with_capacity(lists.len());
        for list in lists {
            let kept = Kept::new(wanted, limits, hash.take());
            let mut kept = fetch(http, session, (side, *list), kept).await?;
            limits.before += kept.count();
            hash = kept.take_hash();
            read.push((*list, kept));
        }
        let nameless = tell(read, side, wanted, seen).await;
        let unlisted = match (nameless, self.eyes) {
            (0, Eyes::OfDecider) => Unlisted::Absent,
            (0, Eyes::OfAnother) => Unlisted::Unknown(out_of_sight()),
            (rows, _) => Unlisted::Unknown(hidden_by_odd_rows(rows)),
        };
        Ok((unlisted, hash.map(sha256_of)))
    }
}

/// What is read, and how.
struct Reading<'a> {
    http: &'a Http,
    session: &'a Session,
    side: Side,
    /// What the bytes are hashed into, where somebody keeps it.
    hash: Option<Sha256>,
}

/// In the order in which they are read.
const BOTH: [List; 2] = [List::Pending, List::Active];

/// Tells of the rows of lists that have come whole, and how many had no id.
async fn tell(
    lists: Vec<(List, Kept<'_>)>,
    side: Side,
    wanted: &Wanted,
    seen: &mut (dyn FnMut(Row) + Send),
) -> u64 {
    let active = lists.iter().filter(|(list, _)| *list == List::Active);
    // What is in the active list is active, whatever the pending list says.
    let active: AHashSet<u64> = active.flat_map(|(_, kept)| kept.ids()).copied().collect();
    let (mut nameless, mut rows) = (0, 0_usize);
    for (list, kept) in lists {
        let mut told = AHashSet::new();
        for line in kept.into_lines() {
            rows += 1;
            if rows.is_multiple_of(AT_ONCE) {
                tokio::task::yield_now().await;
            }
            let (id, text) = match line {
                Line::Request(id, text) => (id, text),
                Line::Odd(why) => {
                    nameless += 1;
                    seen(unreadable(None, &format!("a row of a list: {why}")));
                    continue;
                }
            };
            let status = match list {
                List::Pending if active.contains(&id) => continue,
                List::Pending => Status::Pending,
                List::Active => Status::Approved,
            };
            if !wanted.has(id) {
                continue;
            }
            seen(match told.insert(id) {
                true => row(id, text, status, side),
                false => unreadable(Some(id), &format!("request {id} stands twice in a list")),
            });
        }
    }
    nameless
}

/// One row, read whole where its text is there.
fn row(id: u64, text: Option<Box<str>>, status: Status, side: Side) -> Row {
    let Some(text) = text else {
        return Row::Brief {
            id: wire::canonical(id),
            status,
        };
    };
    let request = match side {
        Side::Approver => wire::request(&text, status),
        Side::Requestor => wire::own_request(&text, status),
    };
    match request {
        Ok(request) => Row::Whole(Box::new(request)),
        Err(why) => unreadable(Some(id), &format!("request {id} in a list: {why}")),
    }
}

fn unreadable(id: Option<u64>, what: &str) -> Row {
    Row::Unreadable {
        id: id.map(wire::canonical),
        why: ReadError {
            kind: ReadErrorKind::Malformed,
            what: what.to_owned(),
            said: None,
            hint: "look at the request in the portal; its decision is held until it can be read"
                .to_owned(),
        },
    }
}

fn out_of_sight() -> ReadError {
    ReadError {
        kind: ReadErrorKind::OutOfSight,
        what: "it is in neither list of the user who reads, and may be in those of the one who decides"
            .to_owned(),
        said: None,
        hint: "read with a credential of the deciding user".to_owned(),
    }
}

fn hidden_by_odd_rows(rows: u64) -> ReadError {
    let have = if rows == 1 { "has" } else { "have" };
    let rows = counted(rows, "row");
    ReadError {
        kind: ReadErrorKind::Malformed,
        what: format!("the lists do not show it, but {rows} {have} no id that can be read"),
        said: None,
        hint: "look at the request in the portal; its decision is held until it can be read"
            .to_owned(),
    }
}
