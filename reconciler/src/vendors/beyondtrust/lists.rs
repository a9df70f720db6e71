//! The two lists: pending first, then active, so that what is approved in between is in both. In both is active.
//!
//! `GET Requests` does not page, and nothing is read by id: a look-up reads both lists, and everybody who
//! waits for one shares the next that begins.

mod fetch;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::PoisonError;

use ahash::AHashSet;
use tokio::sync::{Mutex, oneshot};

use fetch::{Body, List, Side, fetch};

use super::session::Session;
use super::wire::{self, Rows};
use super::{Eyes, digest};
use crate::model::{Own, ReadError, ReadErrorKind, Request, RequestId, Sighting, Status, counted};
use crate::vendors::http::Http;
use crate::vendors::{Listing, LookedOwn, LookedUp, Row, Unlisted, Whole};

/// After so many rows others have their turn.
const AT_ONCE: u64 = 1000;

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
        let pending = fetch(http, session, Side::Approver, List::Pending).await?;
        let active = match pending_only {
            true => None,
            false => Some(fetch(http, session, Side::Approver, List::Active).await?),
        };
        self.tell(&pending, active.as_ref(), &wanted, seen).await
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
        let pending = fetch(http, session, Side::Approver, List::Pending).await?;
        let active = fetch(http, session, Side::Approver, List::Active).await?;
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
        let unlisted = self
            .tell(&pending, Some(&active), &wanted, &mut seen)
            .await?;
        let digest = digest(&[&pending.body, &active.body]);
        Ok((sightings, unlisted, digest))
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
        let pending = fetch(http, session, Side::Requestor, List::Pending).await?;
        let active = fetch(http, session, Side::Requestor, List::Active).await?;
        let (mut requests, mut odd) = (Vec::new(), None);
        let mut seen = |row| match row {
            Row::Whole(request) => requests.push(*request),
            Row::Brief { .. } => {}
            Row::Unreadable { why, .. } => odd = Some(why),
        };
        let wanted = Wanted::of(Whole::All, None);
        self.tell(&pending, Some(&active), &wanted, &mut seen)
            .await?;
        match odd {
            Some(why) => Err(why),
            None => Ok((requests, digest(&[&pending.body, &active.body]))),
        }
    }

    /// Tells of each request once: first what only the pending list shows, then the active list.
    async fn tell(
        &self,
        pending: &Body,
        active: Option<&Body>,
        wanted: &Wanted,
        seen: &mut (dyn FnMut(Row) + Send),
    ) -> Result<Unlisted, ReadError> {
        let mut telling = Telling {
            wanted,
            max_requests: self.max_requests,
            rows: 0,
            nameless: 0,
            told: AHashSet::new(),
            active: AHashSet::new(),
        };
        if let Some(active) = active {
            telling.note_active(active).await?;
        }
        telling.list(pending, List::Pending, seen).await?;
        if let Some(active) = active {
            telling.list(active, List::Active, seen).await?;
        }
        Ok(match (telling.nameless, self.eyes) {
            (0, Eyes::OfDecider) => Unlisted::Absent,
            (0, Eyes::OfAnother) => Unlisted::Unknown(out_of_sight()),
            (_, _) => Unlisted::Unknown(hidden_by_odd_rows(telling.nameless)),
        })
    }
}

/// Which rows are wanted, and which of them whole.
struct Wanted {
    whole: Option<AHashSet<u64>>,
    since: u64,
}

impl Wanted {
    fn of(whole: Whole<'_>, since: Option<&RequestId>) -> Self {
        let number = |id: &RequestId| id.as_str().parse().ok();
        Self {
            whole: match whole {
                Whole::All => None,
                // Canonical ids have 19 digits at most, so each is a number.
                Whole::Named(ids) => Some(ids.iter().filter_map(number).collect()),
            },
            since: since.and_then(number).unwrap_or_default(),
        }
    }

    fn whole(&self, id: u64) -> bool {
        self.whole.as_ref().is_none_or(|named| named.contains(&id))
    }
}

/// One reading of both lists, row by row.
struct Telling<'a> {
    wanted: &'a Wanted,
    max_requests: u64,
    rows: u64,
    nameless: u64,
    /// Ids of the list that is being told of.
    told: AHashSet<u64>,
    /// Ids of the active list.
    active: AHashSet<u64>,
}

impl Telling<'_> {
    /// What is in the active list is active, whatever the pending list says.
    async fn note_active(&mut self, body: &Body) -> Result<(), ReadError> {
        let mut rows = Rows::of(body.text()?).map_err(|why| body.malformed(&why))?;
        let mut many: u64 = 0;
        while let Some(row) = rows.next() {
            let row = row.map_err(|why| body.malformed(&why))?;
            if let Ok(id) = wire::id(row) {
                self.active.insert(id);
            }
            many += 1;
            if many.is_multiple_of(AT_ONCE) {
                tokio::task::yield_now().await;
            }
        }
        Ok(())
    }

    async fn list(
        &mut self,
        body: &Body,
        list: List,
        seen: &mut (dyn FnMut(Row) + Send),
    ) -> Result<(), ReadError> {
        self.told.clear();
        let mut rows = Rows::of(body.text()?).map_err(|why| body.malformed(&why))?;
        while let Some(row) = rows.next() {
            let row = row.map_err(|why| body.malformed(&why))?;
            self.rows += 1;
            if self.rows > self.max_requests {
                return Err(body.too_many(self.max_requests));
            }
            if let Some(row) = self.row(row, list) {
                seen(row);
            }
            if self.rows.is_multiple_of(AT_ONCE) {
                tokio::task::yield_now().await;
            }
        }
        Ok(())
    }

    fn row(&mut self, row: &str, list: List) -> Option<Row> {
        let id = match wire::id(row) {
            Ok(id) => id,
            Err(why) => {
                self.nameless += 1;
                return Some(unreadable(None, &format!("a row of a list: {why}")));
            }
        };
        let status = match list {
            List::Pending if self.active.contains(&id) => return None,
            List::Pending => Status::Pending,
            List::Active => Status::Approved,
        };
        if id < self.wanted.since {
            return None;
        }
        if !self.told.insert(id) {
            let what = format!("request {id} stands twice in a list");
            return Some(unreadable(Some(id), &what));
        }
        if !self.wanted.whole(id) {
            return Some(Row::Brief {
                id: wire::canonical(id),
                status,
            });
        }
        Some(match wire::request(row, status) {
            Ok(request) => Row::Whole(Box::new(request)),
            Err(why) => unreadable(Some(id), &format!("request {id} in a list: {why}")),
        })
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
