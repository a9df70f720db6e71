//! Reading many: whose queue shows what, and the merge of stored and generated rows in the order of their ids.

use std::ops::ControlFlow;

use jiff::Timestamp;

use super::generate::Block;
use super::people::User;
use super::request::{Request, Status};
use super::state::State;

/// Which of the two queues.
///
/// From: GET Requests, Query Parameters, queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Queue {
    /// `req`: what the user asked for.
    Requestor,
    /// `app`: what the user approved, and what waits for approval; by a switch, what a policy approved too.
    Approver,
}

/// What is asked of a queue.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reading<'a> {
    pub(crate) user: &'a User,
    pub(crate) queue: Queue,
    pub(crate) pending: bool,
    pub(crate) active: bool,
}

/// A row, stored or made while it is read.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Row<'a> {
    Stored(&'a Request),
    Made(&'a Block, u64),
}

impl State {
    /// Visits what a reading shows, in the order of the ids.
    pub(crate) fn read<'a>(
        &'a self,
        reading: Reading<'_>,
        now: Timestamp,
        mut visit: impl FnMut(Row<'a>) -> ControlFlow<()>,
    ) {
        let yes = |switch: &str| self.dialects.is(switch, "yes");
        let own = yes("beyondtrust.own-in-approver-queue");
        let voted = yes("beyondtrust.voted-in-pending");
        let automatic = yes("beyondtrust.auto-approved-in-approver-queue");
        let who = reading.user.run_as.as_str();
        let fits_stored = |row: &Request| match (reading.queue, row.status) {
            (_, Status::Pending) if !reading.pending => false,
            (_, Status::Active) if !reading.active => false,
            (Queue::Requestor, Status::Pending | Status::Active) => row.requestor == who,
            (Queue::Approver, Status::Pending) => {
                self.decides(reading.user, row.account_id)
                    && (own || row.requestor != who)
                    && (voted || !row.approved_by_user(who))
            }
            (Queue::Approver, Status::Active) => {
                self.decides(reading.user, row.account_id)
                    && ((automatic && row.auto_approved) || row.approved_by_user(who))
            }
            (
                _,
                Status::Denied
                | Status::Cancelled
                | Status::CheckedIn
                | Status::Expired
                | Status::Withdrawn,
            ) => false,
        };
        let fits_made = |block: &Block, index: u64| {
            reading.pending
                && match reading.queue {
                    Queue::Requestor => block.requestor(index) == who,
                    Queue::Approver => own || block.requestor(index) != who,
                }
        };
        // A generated account is one of all: a role for some accounts only does not reach it.
        let reaches_made = reading.user.accounts.is_none()
            && (reading.queue == Queue::Requestor || reading.user.role.approves());
        self.walk(now, reaches_made, |row| {
            let fits = match row {
                Row::Stored(row) => fits_stored(row),
                Row::Made(block, index) => fits_made(block, index),
            };
            if fits {
                visit(row)
            } else {
                ControlFlow::Continue(())
            }
        });
    }

    fn decides(&self, user: &User, account: u64) -> bool {
        user.role_on(account).is_some_and(|role| role.approves())
    }

    // Every stored row and, if wanted, every untouched generated one that is still pending.
    fn walk<'a>(
        &'a self,
        now: Timestamp,
        with_made: bool,
        mut visit: impl FnMut(Row<'a>) -> ControlFlow<()>,
    ) {
        let mut stored = self.rows.values().peekable();
        for block in &self.blocks {
            while let Some(row) = stored.next_if(|row| row.id < block.first) {
                if visit(Row::Stored(row)).is_break() {
                    return;
                }
            }
            let start = if self.expires_from_release() {
                block.lapsed(now)
            } else {
                0
            };
            for index in 0..block.count {
                let id = block.first + index;
                let told = match stored.next_if(|row| row.id == id) {
                    Some(row) => visit(Row::Stored(row)),
                    None if with_made && index >= start => visit(Row::Made(block, index)),
                    None => ControlFlow::Continue(()),
                };
                if told.is_break() {
                    return;
                }
            }
        }
        for row in stored {
            if visit(Row::Stored(row)).is_break() {
                return;
            }
        }
    }

    /// How many requests of each status there are.
    pub(crate) fn counts(&self, now: Timestamp) -> std::collections::BTreeMap<&'static str, u64> {
        let mut counts = std::collections::BTreeMap::new();
        for row in self.rows.values() {
            *counts.entry(row.status.word()).or_default() += 1;
        }
        for block in &self.blocks {
            let lapsed = if self.expires_from_release() {
                block.lapsed(now)
            } else {
                0
            };
            let touched = |range: std::ops::Range<u64>| {
                self.rows
                    .range(block.first + range.start..block.first + range.end)
                    .count() as u64
            };
            let (over, waiting) = (0..lapsed, lapsed..block.count);
            *counts.entry(Status::Expired.word()).or_default() += lapsed - touched(over);
            *counts.entry(Status::Pending.word()).or_default() +=
                block.count - lapsed - touched(waiting);
        }
        counts.retain(|_, count| *count > 0);
        counts
    }
}
