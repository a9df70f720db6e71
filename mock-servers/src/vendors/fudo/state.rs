//! The rules of Fudo: who may vote and revoke, how many votes decide. No I/O, no clock. Time is `ageing.rs`.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::generate::Block;
use super::people::{User, first_users};
use super::refusal::{MAY_NOT, NOT_FOUND, NOT_GRANTED, NOT_PENDING, OWN, Refusal, SECOND_VOTE};
use super::request::{Request, Status, Vote};
use crate::dialect::Dialects;
use crate::seed;
use crate::vendors::{Deed, DeedKind, Ground};

/// What somebody votes.
#[derive(Clone, Debug)]
pub(super) struct Ballot {
    pub(super) accepted: bool,
    pub(super) reason: Option<String>,
}

/// The instance.
#[derive(Clone, Debug)]
pub(super) struct State {
    pub(super) seed: u64,
    pub(super) dialects: Dialects,
    pub(super) users: Vec<User>,
    /// Stored requests: given, submitted, or generated and touched.
    pub(super) rows: BTreeMap<u64, Request>,
    /// Generated queues, in the order of their ids.
    pub(super) blocks: Vec<Block>,
    pub(super) names: BTreeMap<String, u64>,
    pub(super) next_id: u64,
    /// Sessions of the deprecated login, by the name of the user. Kept in memory only.
    pub(super) sessions: BTreeMap<String, String>,
    /// How many sessions were ever opened.
    pub(super) opened: u64,
    /// What is due, and for which row.
    pub(super) agenda: BTreeSet<(Timestamp, u64)>,
}

impl State {
    pub(super) fn new(ground: &Ground) -> Self {
        const FIRST: u64 = 5_000_000_000_000_000_000;
        let seed = ground.seed;
        Self {
            seed,
            dialects: ground.dialects.clone(),
            users: first_users(seed),
            rows: BTreeMap::new(),
            blocks: Vec::new(),
            names: BTreeMap::new(),
            // 19 digits, more than a double holds exactly.
            next_id: FIRST + seed::derive(seed, "fudo/first-id", 0) % (FIRST / 5),
            sessions: BTreeMap::new(),
            opened: 0,
            agenda: BTreeSet::new(),
        }
    }

    /// `POST access_request/{id}/vote`.
    pub(super) fn vote(
        &mut self,
        user: &User,
        id: &str,
        ballot: Ballot,
        now: Timestamp,
    ) -> Result<Deed, Refusal> {
        let row = self.decidable(user, id)?;
        if row.user.name == user.user_name && self.dialects.is("fudo.own-request", "403") {
            return Err(Refusal::new(403, OWN));
        }
        if self.has_voted(user, &row) {
            let value = self.dialects.chosen("fudo.second-vote");
            return Err(Refusal::named(value, SECOND_VOTE));
        }
        if row.status != Status::Pending {
            let value = self.dialects.chosen("fudo.vote-after-decision");
            if value != "recorded" {
                return Err(Refusal::named(value, NOT_PENDING));
            }
        }
        Ok(self.record_vote(&row, user, ballot, now))
    }

    /// `POST access_request/{id}/revoke`.
    pub(super) fn revoke(
        &mut self,
        user: &User,
        id: &str,
        reason: Option<String>,
        now: Timestamp,
    ) -> Result<Deed, Refusal> {
        let row = self.decidable(user, id)?;
        match row.status {
            Status::Granted => {}
            Status::Revoked => {
                let value = self.dialects.chosen("fudo.revoke-again");
                if value != "success" {
                    return Err(Refusal::named(value, NOT_GRANTED));
                }
                return Ok(Deed {
                    kind: DeedKind::NoOp,
                    object: row.id.to_string(),
                    verdict: "revoke",
                    by: row.revoked_by.clone(),
                    state: row.word().to_owned(),
                    because: Some("revoked already".to_owned()),
                });
            }
            Status::Pending | Status::Rejected | Status::Expired => {
                let value = self.dialects.chosen("fudo.revoke-not-granted");
                if value != "pending-too" || row.status != Status::Pending {
                    return Err(Refusal::named(value, NOT_GRANTED));
                }
            }
        }
        Ok(self.record_revocation(&row, &user.user_name, reason, now))
    }

    // What this user sees and may decide about.
    fn decidable(&self, user: &User, id: &str) -> Result<Request, Refusal> {
        let row = self.visible(user, id)?;
        if row.removed {
            return Err(self.not_found());
        }
        if !user.role.votes() {
            let value = self.dialects.chosen("fudo.vote-without-role");
            return Err(Refusal::named(value, MAY_NOT));
        }
        Ok(row)
    }

    /// The request of this id, if this user's role shows it.
    pub(super) fn visible(&self, user: &User, id: &str) -> Result<Request, Refusal> {
        let row = self.row_called(id).ok_or_else(|| self.not_found())?;
        if row.removed && self.dialects.is("fudo.removed", "hidden") {
            return Err(self.not_found());
        }
        if !user.sees(&row) {
            let value = self.dialects.chosen("fudo.invisible-by-id");
            return Err(match value {
                "404" => self.not_found(),
                _ => Refusal::named(value, MAY_NOT),
            });
        }
        Ok(row)
    }

    fn not_found(&self) -> Refusal {
        Refusal::named(self.dialects.chosen("fudo.unknown-id"), NOT_FOUND)
    }

    /// Whether a vote of this user stands in the way of another.
    ///
    /// From: AccessRequestVoteModel, user_id: unique together with access_request_id.
    pub(super) fn has_voted(&self, user: &User, row: &Request) -> bool {
        let counts = self.dialects.is("fudo.removed-vote", "counts");
        let mut votes = row.votes.iter();
        votes.any(|vote| vote.by == user.user_name && (counts || !vote.removed))
    }

    /// One more vote; with enough of them the request is decided.
    pub(super) fn record_vote(
        &mut self,
        row: &Request,
        user: &User,
        ballot: Ballot,
        now: Timestamp,
    ) -> Deed {
        let accepted = ballot.accepted;
        let own = vote_of(user, ballot, now);
        let one_rejects = self.dialects.is("fudo.rejection", "one");
        let after = self.change(row.id, |row| {
            row.votes.push(own);
            row.modified_at = now;
            if row.status == Status::Pending {
                row.status = outcome(row, one_rejects);
            }
        });
        let after = after.unwrap_or_else(|| row.clone());
        let because = match (row.status, after.status) {
            (Status::Pending, Status::Pending) => Some(format!(
                "recorded: {} of {} votes",
                after.votes(accepted),
                after.required_votes
            )),
            (Status::Pending, _) => None,
            (_, _) => Some("recorded: the request was decided before".to_owned()),
        };
        Deed {
            kind: DeedKind::Effect,
            object: row.id.to_string(),
            verdict: if accepted { "approve" } else { "deny" },
            by: Some(user.user_name.clone()),
            state: after.word().to_owned(),
            because,
        }
    }

    /// What was granted is taken back.
    pub(super) fn record_revocation(
        &mut self,
        row: &Request,
        by: &str,
        reason: Option<String>,
        now: Timestamp,
    ) -> Deed {
        let after = self.change(row.id, |row| {
            row.status = Status::Revoked;
            row.revoke_reason = reason;
            row.revoked_by = Some(by.to_owned());
            row.modified_at = now;
        });
        Deed {
            kind: DeedKind::Effect,
            object: row.id.to_string(),
            verdict: "revoke",
            by: Some(by.to_owned()),
            state: after.map_or("revoked", |row| row.word()).to_owned(),
            because: None,
        }
    }

    /// The request of this id as the vendor writes it: digits, none of them needless.
    pub(super) fn row_called(&self, id: &str) -> Option<Request> {
        let number: u64 = id.parse().ok()?;
        (number.to_string() == id).then(|| self.row(number))?
    }

    /// The request of this id, stored or generated.
    pub(super) fn row(&self, id: u64) -> Option<Request> {
        let made = || {
            let block = self.blocks.iter().find(|block| block.holds(id))?;
            Some(block.row(id - block.first))
        };
        self.rows.get(&id).cloned().or_else(made)
    }

    /// The user who is called so.
    pub(super) fn user(&self, text: &str) -> Option<&User> {
        self.users.iter().find(|user| user.is_called(text))
    }

    /// Alters a row, made from its block first if need be, and sets what is due for it; answers it as it is then.
    pub(super) fn change(&mut self, id: u64, alter: impl FnOnce(&mut Request)) -> Option<Request> {
        let mut row = self.row(id)?;
        if let Some(due) = row.due() {
            self.agenda.remove(&(due, id));
        }
        alter(&mut row);
        self.store(row.clone());
        Some(row)
    }

    /// Puts a row in, and what is due for it on the agenda.
    pub(super) fn store(&mut self, row: Request) {
        if let Some(due) = row.due() {
            self.agenda.insert((due, row.id));
        }
        self.rows.insert(row.id, row);
    }
}

/// A vote as it is kept.
pub(super) fn vote_of(user: &User, ballot: Ballot, at: Timestamp) -> Vote {
    Vote {
        by: user.user_name.clone(),
        user_id: user.id.clone(),
        domain: user.domain.clone(),
        role: user.role,
        accepted: ballot.accepted,
        reason: ballot.reason,
        at,
        removed: false,
    }
}

/// What the votes of a pending request make of it.
///
/// From: AccessRequestModel, required_votes.
pub(super) fn outcome(row: &Request, one_rejects: bool) -> Status {
    let needed = row.required_votes as usize;
    let against = row.votes(false);
    if against > 0 && (one_rejects || against >= needed) {
        Status::Rejected
    } else if row.votes(true) >= needed {
        Status::Granted
    } else {
        Status::Pending
    }
}
