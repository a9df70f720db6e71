//! The rules of Password Safe: who may do what to a request. No I/O, no clock. Filing is `filing.rs`, time `ageing.rs`.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::estate::{Account, Estate};
use super::generate::Block;
use super::people::{User, first_users};
use super::recording::deed;
use super::refusal::{
    APPROVED_ALREADY, APPROVER_ONLY, NO_RELEASE, NOT_YET_APPROVED, OWN_APPROVAL, OWN_DENIAL,
    Refusal,
};
use super::request::{Request, Status};
use super::sessions::Gate;
use crate::dialect::Dialects;
use crate::seed;
use crate::vendors::{Deed, DeedKind, Ground};

/// The instance.
#[derive(Clone, Debug)]
pub(crate) struct State {
    pub(crate) seed: u64,
    pub(crate) dialects: Dialects,
    pub(crate) users: Vec<User>,
    pub(crate) estate: Estate,
    /// Stored requests: given, filed, or generated and touched.
    pub(crate) rows: BTreeMap<u64, Request>,
    /// Generated queues, in the order of their ids.
    pub(crate) blocks: Vec<Block>,
    pub(crate) names: BTreeMap<String, u64>,
    pub(crate) next_id: u64,
    /// How many requests were filed through the API: `filed-1`, `filed-2`, … in `names`.
    pub(crate) filed: u64,
    pub(crate) gate: Gate,
    /// What is due, and for which row.
    pub(super) agenda: BTreeSet<(Timestamp, u64)>,
    /// Until when generated rows were accounted for.
    pub(super) settled: Option<Timestamp>,
}

impl State {
    pub(crate) fn new(ground: &Ground) -> Self {
        let seed = ground.seed;
        Self {
            seed,
            dialects: ground.dialects.clone(),
            users: first_users(seed),
            estate: Estate::new(seed),
            rows: BTreeMap::new(),
            blocks: Vec::new(),
            names: BTreeMap::new(),
            next_id: 1_000 + seed::derive(seed, "beyondtrust/first-id", 0) % 8_000,
            filed: 0,
            gate: Gate::new(seed),
            agenda: BTreeSet::new(),
            settled: None,
        }
    }

    /// `PUT Requests/{id}/Approve`.
    pub(crate) fn approve(
        &mut self,
        user: &User,
        id: u64,
        reason: Option<String>,
        now: Timestamp,
    ) -> Result<Deed, Refusal> {
        let row = self.found(id)?;
        self.may_decide(user, &row, OWN_APPROVAL)?;
        match row.status {
            Status::Pending if row.approved_by_user(&user.run_as) => {
                let says = "Request has been approved already by this user.";
                let silent = self.dialects.is("beyondtrust.second-vote", "204");
                if silent {
                    return Ok(deed(DeedKind::NoOp, &row, "approve", user, Some(says)));
                }
                Err(Refusal::code(4036, APPROVED_ALREADY))
            }
            Status::Pending => Ok(self.record_approval(id, user.person(), reason, now)),
            Status::Active => Err(Refusal::code(4036, APPROVED_ALREADY)),
            Status::Denied
            | Status::Cancelled
            | Status::CheckedIn
            | Status::Expired
            | Status::Withdrawn => {
                self.over("approve-after-end")?;
                Ok(deed(DeedKind::NoOp, &row, "approve", user, Some(OVER)))
            }
        }
    }

    /// `PUT Requests/{id}/Deny`: denies a pending request, cancels an active one.
    pub(crate) fn deny(
        &mut self,
        user: &User,
        id: u64,
        reason: Option<String>,
        now: Timestamp,
    ) -> Result<Deed, Refusal> {
        let row = self.found(id)?;
        self.may_decide(user, &row, OWN_DENIAL)?;
        if !row.status.is_live() {
            self.over("deny-after-end")?;
            return Ok(deed(DeedKind::NoOp, &row, "deny", user, Some(OVER)));
        }
        Ok(self.record_denial(id, user.person(), reason, now))
    }

    // The account's API access, the approver's role, and that nobody decides about himself.
    fn may_decide(&self, user: &User, row: &Request, own: &str) -> Result<(), Refusal> {
        self.api_access(row.account_id)?;
        if !user
            .role_on(row.account_id)
            .is_some_and(|role| role.approves())
        {
            let value = self.dialects.chosen("beyondtrust.decide-without-role");
            return Err(Refusal::named(value, APPROVER_ONLY));
        }
        if row.requestor == user.run_as {
            return Err(Refusal::code(4033, own));
        }
        Ok(())
    }

    pub(super) fn api_access(&self, account: u64) -> Result<(), Refusal> {
        match self.account(account) {
            Some(account) if !account.api_access => Err(Refusal::api_access_off()),
            Some(_) | None => Ok(()),
        }
    }

    /// `PUT Requests/{id}/Checkin` and the deprecated `PUT Requests/Release/{id}`.
    pub(crate) fn check_in(
        &mut self,
        user: &User,
        id: u64,
        reason: Option<String>,
        now: Timestamp,
    ) -> Result<Deed, Refusal> {
        let row = self.found(id)?;
        self.api_access(row.account_id)?;
        let may = user
            .role_on(row.account_id)
            .is_some_and(|role| role.requests());
        if !may || row.requestor != user.run_as {
            return Err(Refusal::code(4031, NO_RELEASE));
        }
        match row.status {
            Status::Pending => Err(Refusal::code(4034, NOT_YET_APPROVED)),
            Status::Active => Ok(self.record_check_in(id, user, reason, now)),
            Status::Denied
            | Status::Cancelled
            | Status::CheckedIn
            | Status::Expired
            | Status::Withdrawn => {
                self.over("check-in-after-end")?;
                Ok(deed(DeedKind::NoOp, &row, "check-in", user, Some(OVER)))
            }
        }
    }

    /// `PUT Requests/{id}/RotateOnCheckin`: switches the flag on, never off.
    pub(crate) fn rotate_on_check_in(&mut self, user: &User, id: u64) -> Result<Deed, Refusal> {
        let row = self.found(id)?;
        if row.requestor != user.run_as {
            let value = self.dialects.chosen("beyondtrust.rotate-not-owner");
            return Err(Refusal::named(
                value,
                "User is not the owner of the request.",
            ));
        }
        if !row.status.is_live() {
            self.over("rotate-after-end")?;
        }
        let because = if row.rotate_on_check_in {
            Some("rotates already")
        } else if !self.rotates(row.account_id) {
            Some("the account does not rotate its credentials")
        } else {
            None
        };
        if because.is_some() {
            return Ok(deed(DeedKind::NoOp, &row, "rotate", user, because));
        }
        self.change(id, |row| row.rotate_on_check_in = true);
        Ok(deed(DeedKind::Effect, &row, "rotate", user, None))
    }

    // What a request that is over answers: a switch. `Ok`: success, and nothing happens.
    fn over(&self, switch: &str) -> Result<(), Refusal> {
        match self.dialects.chosen(&format!("beyondtrust.{switch}")) {
            "204" => Ok(()),
            value => Err(Refusal::named(value, OVER)),
        }
    }

    fn found(&self, id: u64) -> Result<Request, Refusal> {
        self.row(id).ok_or_else(|| {
            let value = self.dialects.chosen("beyondtrust.unknown-id");
            Refusal::named(value, "Request not found.")
        })
    }

    /// The request of this id, stored or generated.
    pub(crate) fn row(&self, id: u64) -> Option<Request> {
        self.rows.get(&id).cloned().or_else(|| self.made(id))
    }

    // A row that time ended was accounted for before anybody calls.
    fn made(&self, id: u64) -> Option<Request> {
        let block = self.blocks.iter().find(|block| block.holds(id))?;
        let now = self.settled.unwrap_or(Timestamp::MIN);
        Some(block.row(id - block.first, now, self.expires_from_release()))
    }

    /// The account of this id, stored or generated.
    pub(crate) fn account(&self, id: u64) -> Option<Account> {
        let made = || self.blocks.iter().find_map(|block| block.account(id));
        self.estate.accounts.get(&id).cloned().or_else(made)
    }

    pub(super) fn rotates(&self, account: u64) -> bool {
        self.account(account).is_some_and(|account| account.rotates)
    }

    /// The user who is called so.
    pub(crate) fn user(&self, text: &str) -> Option<&User> {
        self.users.iter().find(|user| user.is_called(text))
    }

    pub(super) fn expires_from_release(&self) -> bool {
        self.dialects.is("beyondtrust.expires-from", "release")
    }

    /// Alters a row, made from its block first if need be, and sets what is due for it; answers it as it is then.
    pub(super) fn change(&mut self, id: u64, alter: impl FnOnce(&mut Request)) -> Option<Request> {
        let mut row = self.row(id)?;
        if let Some(due) = self.due(&row) {
            self.agenda.remove(&(due, id));
        }
        alter(&mut row);
        self.store(row.clone());
        Some(row)
    }

    /// Puts a row in, and what is due for it on the agenda.
    pub(crate) fn store(&mut self, row: Request) {
        if let Some(due) = self.due(&row) {
            self.agenda.insert((due, row.id));
        }
        self.rows.insert(row.id, row);
    }

    /// When time ends a request, if it will.
    pub(super) fn due(&self, row: &Request) -> Option<Timestamp> {
        match row.status {
            Status::Active => Some(row.expires_at),
            Status::Pending => self.expires_from_release().then_some(row.expires_at),
            Status::Denied
            | Status::Cancelled
            | Status::CheckedIn
            | Status::Expired
            | Status::Withdrawn => None,
        }
    }
}

const OVER: &str = "Request is cancelled, checked in or expired.";
