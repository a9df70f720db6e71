//! The rules of Admin By Request: who may do what to a request, and what time does to it. No I/O, no clock.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

use super::generate::Block;
use super::given::PortalUser;
use super::request::{Decider, Request, Status, ticks};
use crate::dialect::Dialects;
use crate::seed;
use crate::vendors::{Deed, DeedKind, Ground, NotActed};

/// How long a request stays in the list, and how long an unused approval lasts.
pub(crate) const TWO_WEEKS: SignedDuration = SignedDuration::from_hours(14 * 24);

/// A verdict, as the API and the portal give it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Approve,
    Deny,
}

/// The tenant.
#[derive(Clone, Debug)]
pub(crate) struct State {
    pub(crate) seed: u64,
    pub(crate) dialects: Dialects,
    pub(crate) api_access: bool,
    pub(crate) api_key: String,
    pub(crate) portal_users: Vec<PortalUser>,
    /// Stored requests: named, submitted, or generated and touched.
    pub(crate) rows: BTreeMap<u64, Request>,
    pub(crate) blocks: Vec<Block>,
    pub(crate) names: BTreeMap<String, u64>,
    pub(crate) next_id: u64,
    /// The tick of the last change; the next is greater even while the clock stands.
    pub(crate) last_tick: u64,
    /// What is due, and for which row.
    agenda: BTreeSet<(Timestamp, u64)>,
    /// Until when generated rows were accounted for.
    pub(crate) settled: Option<Timestamp>,
}

impl State {
    pub(crate) fn new(ground: &Ground) -> Self {
        let seed = ground.seed;
        Self {
            seed,
            dialects: ground.dialects.clone(),
            api_access: true,
            api_key: seed::hex(seed, "admin-by-request/api-key", 0, 32),
            portal_users: super::sample::portal_users(),
            rows: BTreeMap::new(),
            blocks: Vec::new(),
            names: BTreeMap::new(),
            next_id: 65_000_000 + seed::derive(seed, "admin-by-request/first-id", 0) % 900_000,
            last_tick: 0,
            agenda: BTreeSet::new(),
            settled: None,
        }
    }

    /// `PUT /requests/{id}`. Nothing: no such request.
    pub(crate) fn approve(&mut self, id: u64, by: Option<&str>, now: Timestamp) -> Option<Deed> {
        let by = self.api_decider(by);
        self.decide_by_api(id, Verdict::Approve, by, None, now)
    }

    /// `DELETE /requests/{id}`. Nothing: no such request.
    pub(crate) fn deny(
        &mut self,
        id: u64,
        by: Option<&str>,
        reason: Option<&str>,
        now: Timestamp,
    ) -> Option<Deed> {
        let by = self.api_decider(by);
        self.decide_by_api(id, Verdict::Deny, by, reason, now)
    }

    fn decide_by_api(
        &mut self,
        id: u64,
        verdict: Verdict,
        by: Option<Decider>,
        reason: Option<&str>,
        now: Timestamp,
    ) -> Option<Deed> {
        let status = self.row(id, now)?.status;
        if let Some(because) = self.ignored(status, verdict) {
            let kept = self.rows.get(&id).and_then(decider);
            return Some(deed(
                DeedKind::NoOp,
                id,
                verdict,
                kept,
                status,
                Some(because),
            ));
        }
        Some(self.decide(id, verdict, by, reason, now))
    }

    /// Why the API ignores this verdict on a request of this status; nothing if it acts.
    fn ignored(&self, status: Status, verdict: Verdict) -> Option<&'static str> {
        let acts = |switch: &str, value: &str| {
            self.dialects
                .is(&format!("admin-by-request.{switch}"), value)
        };
        match (status, verdict) {
            (Status::Pending, _) => None,
            (Status::Approved | Status::Running, _) => Some("already approved or started"),
            (Status::Denied, Verdict::Approve) => {
                (!acts("approve-after-deny", "approves")).then_some("already denied")
            }
            (Status::Denied, Verdict::Deny) => {
                (!acts("deny-after-deny", "replaces")).then_some("already denied")
            }
            (Status::Quarantined, _) => {
                (!acts("quarantined", "api")).then_some("quarantined: for the portal only")
            }
            (Status::Finished | Status::Expired, _) => {
                (!acts("decide-after-end", "acts")).then_some("already over")
            }
            (Status::Withdrawn, _) => Some("withdrawn"),
        }
    }

    /// A person in the portal presses a button. Approving and denying are offered on pending and quarantined requests,
    /// denying also on approved ones, where it takes the approval back.
    pub(crate) fn portal(
        &mut self,
        id: u64,
        decision: crate::actors::Decision,
        by: Option<&str>,
        reason: Option<&str>,
        now: Timestamp,
    ) -> Result<Deed, NotActed> {
        use crate::actors::Decision;
        let status = self
            .row(id, now)
            .map(|row| row.status)
            .ok_or_else(|| NotActed::Unknown(id.to_string()))?;
        let verdict = match (status, decision) {
            (Status::Pending | Status::Quarantined, Decision::Approve) => Verdict::Approve,
            (Status::Pending | Status::Quarantined | Status::Approved, Decision::Deny)
            | (Status::Approved, Decision::TakeBack) => Verdict::Deny,
            (_, Decision::Approve | Decision::Deny | Decision::TakeBack) => {
                return Err(refused(
                    id,
                    status,
                    "the portal offers no such button in this state",
                ));
            }
        };
        let first = self
            .portal_users
            .first()
            .map(|user| user.email.clone())
            .unwrap_or_default();
        let by = Some(self.person(by.unwrap_or(&first)));
        Ok(self.decide(id, verdict, by, reason, now))
    }

    fn decide(
        &mut self,
        id: u64,
        verdict: Verdict,
        by: Option<Decider>,
        reason: Option<&str>,
        now: Timestamp,
    ) -> Deed {
        let was_granted = self
            .rows
            .get(&id)
            .is_some_and(|row| row.status == Status::Approved);
        let status = match verdict {
            Verdict::Approve => Status::Approved,
            Verdict::Deny => Status::Denied,
        };
        let reason = reason.map(str::to_owned);
        self.change(id, now, |row| {
            row.status = status;
            match verdict {
                Verdict::Approve => {
                    row.approved_by = by.clone();
                    (row.denied_by, row.denied_reason) = (None, None);
                }
                Verdict::Deny => (row.denied_by, row.denied_reason) = (by.clone(), reason),
            }
        });
        let mut deed = deed(DeedKind::Effect, id, verdict, by, status, None);
        if was_granted && verdict == Verdict::Deny {
            deed.verdict = "revoke";
        }
        deed
    }

    /// The end user withdraws a pending request.
    pub(crate) fn cancel(&mut self, id: u64, now: Timestamp) -> Result<Status, NotActed> {
        self.step(id, Status::Pending, Status::Withdrawn, now)
    }

    /// The end user uses an approval.
    pub(crate) fn start(&mut self, id: u64, now: Timestamp) -> Result<Status, NotActed> {
        self.step(id, Status::Approved, Status::Running, now)
    }

    /// The end user is done.
    pub(crate) fn finish(&mut self, id: u64, now: Timestamp) -> Result<Status, NotActed> {
        self.step(id, Status::Running, Status::Finished, now)
    }

    fn step(
        &mut self,
        id: u64,
        from: Status,
        to: Status,
        now: Timestamp,
    ) -> Result<Status, NotActed> {
        let status = self
            .row(id, now)
            .map(|row| row.status)
            .ok_or_else(|| NotActed::Unknown(id.to_string()))?;
        if status != from {
            return Err(refused(
                id,
                status,
                "the client offers no such button in this state",
            ));
        }
        self.change(id, now, |row| {
            row.status = to;
            if to == Status::Running {
                row.started_at = Some(now);
            }
            if to == Status::Finished {
                row.finished_at = Some(now);
            }
        });
        Ok(to)
    }

    /// The stored row, made from its block first if need be. Nothing: no such request, or nobody can see it any more.
    pub(super) fn row(&mut self, id: u64, now: Timestamp) -> Option<&Request> {
        if !self.rows.contains_key(&id) {
            let made = self.generated(id, now)?;
            if !self.sees(&made) {
                return None;
            }
            self.store(made);
        }
        let row = self.rows.get(&id)?;
        (row.status != Status::Withdrawn && self.sees(row)).then_some(row)
    }

    fn sees(&self, row: &Request) -> bool {
        !row.dropped
            || self
                .dialects
                .is("admin-by-request.after-drop-out", "serves")
    }

    /// What `GET /requests/{id}` shows; nothing for an unknown, withdrawn or dropped-out request.
    pub(crate) fn find(&self, id: u64, now: Timestamp) -> Option<Request> {
        let row = self
            .rows
            .get(&id)
            .cloned()
            .or_else(|| self.generated(id, now))?;
        (row.status != Status::Withdrawn && self.sees(&row)).then_some(row)
    }

    pub(crate) fn block_of(&self, id: u64) -> Option<&Block> {
        self.blocks.iter().find(|block| block.holds(id))
    }

    pub(crate) fn drops_by_request(&self) -> bool {
        self.dialects
            .is("admin-by-request.drop-out-from", "request")
    }

    fn generated(&self, id: u64, now: Timestamp) -> Option<Request> {
        let block = self.block_of(id)?;
        Some(block.row(id - block.first, now, self.drops_by_request()))
    }

    /// Puts a row in, and what is due for it on the agenda.
    pub(crate) fn store(&mut self, row: Request) {
        if let Some(due) = row.due() {
            self.agenda.insert((due, row.id));
        }
        self.rows.insert(row.id, row);
    }

    pub(super) fn change(&mut self, id: u64, now: Timestamp, alter: impl FnOnce(&mut Request)) {
        let Some(mut row) = self.rows.remove(&id) else {
            return;
        };
        if let Some(due) = row.due() {
            self.agenda.remove(&(due, id));
        }
        alter(&mut row);
        row.changed_at = now;
        row.changed_tick = self.note_tick(now);
        self.set_dues(&mut row);
        self.store(row);
    }

    /// Derives what is due from status and times.
    pub(crate) fn set_dues(&self, row: &mut Request) {
        let later = |at: Timestamp| at.saturating_add(TWO_WEEKS).unwrap_or(Timestamp::MAX);
        row.expires_at = (row.status == Status::Approved).then(|| later(row.changed_at));
        row.drops_at = later(if self.drops_by_request() {
            row.requested_at
        } else {
            row.changed_at
        });
    }

    /// The tick of a change at `now`: greater than any before.
    pub(crate) fn note_tick(&mut self, now: Timestamp) -> u64 {
        self.last_tick = ticks(now).max(self.last_tick + 1);
        self.last_tick
    }

    /// The next thing due until `now`: (when, row id, what), done.
    pub(crate) fn next_due(&mut self, now: Timestamp) -> Option<(Timestamp, u64, &'static str)> {
        while let Some((due, id)) = self.agenda.first().copied() {
            if due > now {
                return None;
            }
            self.agenda.remove(&(due, id));
            let expires = self
                .rows
                .get(&id)
                .is_some_and(|row| row.expires_at == Some(due));
            if expires {
                self.change(id, due, |row| row.status = Status::Expired);
                return Some((due, id, "approval-expired"));
            }
            if let Some(row) = self.rows.get_mut(&id) {
                row.dropped = true;
                let next = row.due();
                let unseen = row.status == Status::Withdrawn;
                if let Some(next) = next {
                    self.agenda.insert((next, id));
                }
                if !unseen {
                    return Some((due, id, "dropped-out"));
                }
            }
        }
        None
    }
}

fn decider(row: &Request) -> Option<Decider> {
    row.denied_by.clone().or_else(|| row.approved_by.clone())
}

fn deed(
    kind: DeedKind,
    id: u64,
    verdict: Verdict,
    by: Option<Decider>,
    status: Status,
    because: Option<&str>,
) -> Deed {
    Deed {
        kind,
        object: id.to_string(),
        verdict: match verdict {
            Verdict::Approve => "approve",
            Verdict::Deny => "deny",
        },
        by: by.map(|by| by.email.unwrap_or(by.name)),
        state: status.word().to_owned(),
        because: because.map(str::to_owned),
    }
}

fn refused(id: u64, status: Status, because: &str) -> NotActed {
    NotActed::Refused {
        object: id.to_string(),
        state: status.word().to_owned(),
        because: because.to_owned(),
    }
}
