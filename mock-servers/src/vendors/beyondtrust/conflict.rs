//! Requests that stand in the way of a filing: who is in whose window, and what the conflict options do about it.

use jiff::Timestamp;

use super::filing::{Goal, OnConflict, Wish};
use super::people::User;
use super::refusal::Refusal;
use super::request::{Person, Request, Status};
use super::state::State;

/// What an earlier request means for a filing.
pub(super) enum Conflict {
    /// Nothing is in the way.
    None,
    /// This one is answered instead.
    Reused(Box<Request>),
    /// These are cancelled first.
    Renewed(Vec<u64>),
}

impl State {
    pub(super) fn conflict(
        &self,
        user: &User,
        wish: &Wish,
        goal: &Goal,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Conflict, Refusal> {
        let (own, others): (Vec<Request>, Vec<Request>) = self
            .all_on(goal.account.id)
            .into_iter()
            .partition(|row| row.requestor == user.run_as);
        let stands = |row: &Request| self.meets(row, now, until);
        let is_others = others.iter().any(stands);
        let Some(option) = wish.on_conflict else {
            if !is_others && !own.iter().any(stands) {
                return Ok(Conflict::None);
            }
            return Err(Refusal::conflict());
        };
        // The 409 is about a window; of the options' "existing approved requests" none is written.
        let wherever = self.dialects.is("beyondtrust.option-window", "none");
        let mut granted = own.into_iter().filter(|row| {
            let reached = wherever || self.meets(row, now, until);
            row.status == Status::Active && row.system_id == goal.system && reached
        });
        if option == OnConflict::Reuse
            && let Some(row) = granted.find(|row| row.access_type == wish.access)
        {
            return Ok(Conflict::Reused(Box::new(row)));
        }
        // The option speaks of the same user; what it does about another's request is not written.
        let strict = self.dialects.is("beyondtrust.conflict-of-another", "409");
        if is_others && strict {
            return Err(Refusal::conflict());
        }
        Ok(match option {
            OnConflict::Reuse => Conflict::None,
            OnConflict::Renew => Conflict::Renewed(granted.map(|row| row.id).collect()),
        })
    }

    // Requests for an account, stored and generated.
    fn all_on(&self, account: u64) -> Vec<Request> {
        let stored = self.rows.values().filter(|row| row.account_id == account);
        let made = self
            .blocks
            .iter()
            .filter_map(|block| block.row_for(account))
            .filter(|id| !self.rows.contains_key(id))
            .filter_map(|id| self.row(id));
        stored.cloned().chain(made).collect()
    }

    // A pending request that waits however long it takes is in the way however long it waits.
    fn meets(&self, row: &Request, from: Timestamp, until: Timestamp) -> bool {
        let waits = row.status == Status::Pending && !self.expires_from_release();
        if waits {
            return row.release_at < until;
        }
        row.meets(from, until)
    }

    pub(super) fn cancel_for_renewal(&mut self, id: u64, user: &User, now: Timestamp) {
        let by: Person = user.person();
        self.change(id, |row| {
            row.status = Status::Cancelled;
            row.denied_by = Some(by);
            row.denied_at = Some(now);
            row.denied_reason = Some("renewed".to_owned());
            row.ended_at = Some(now);
        });
    }
}
