//! What an approval, a denial and a check-in change, whoever gives them, and how the journal tells it.

use jiff::Timestamp;

use super::people::User;
use super::request::{Approval, CheckIn, Person, Request, Status, minutes_after};
use super::state::State;
use crate::vendors::{Deed, DeedKind};

impl State {
    /// One more approval; with enough of them the request becomes active.
    pub(super) fn record_approval(
        &mut self,
        id: u64,
        by: Person,
        reason: Option<String>,
        now: Timestamp,
    ) -> Deed {
        let from_release = self.expires_from_release();
        let who = by.user.clone();
        let row = self.change(id, |row| {
            row.approvals.push(Approval {
                by: by.user.clone(),
                at: now,
                reason,
            });
            if row.approvals.len() >= row.approvals_needed as usize {
                row.approved_by = Some(by);
                activate(row, now, from_release);
            }
        });
        let because = row.as_ref().and_then(|row| {
            (row.status == Status::Pending).then(|| {
                format!(
                    "recorded: {} of {} approvals",
                    row.approvals.len(),
                    row.approvals_needed
                )
            })
        });
        deed_of(id, row.as_ref(), "approve", who, because)
    }

    /// A denial; of an active request it is a cancellation, journalled as a revoke.
    pub(super) fn record_denial(
        &mut self,
        id: u64,
        by: Person,
        reason: Option<String>,
        now: Timestamp,
    ) -> Deed {
        let who = by.user.clone();
        let mut verdict = "deny";
        let row = self.change(id, |row| {
            if row.status == Status::Active {
                verdict = "revoke";
            }
            row.status = match row.status {
                Status::Active => Status::Cancelled,
                Status::Pending
                | Status::Denied
                | Status::Cancelled
                | Status::CheckedIn
                | Status::Expired
                | Status::Withdrawn => Status::Denied,
            };
            row.denied_by = Some(by);
            row.denied_at = Some(now);
            row.denied_reason = reason;
            row.ended_at = Some(now);
        });
        deed_of(id, row.as_ref(), verdict, who, None)
    }

    pub(super) fn record_check_in(
        &mut self,
        id: u64,
        user: &User,
        reason: Option<String>,
        now: Timestamp,
    ) -> Deed {
        let by = user.run_as.clone();
        let rotates = self.row(id).is_some_and(|row| self.rotates(row.account_id));
        let row = self.change(id, |row| {
            row.status = Status::CheckedIn;
            row.ended_at = Some(now);
            row.rotated = row.rotate_on_check_in && rotates;
            row.check_in = Some(CheckIn {
                by,
                at: now,
                reason,
            });
        });
        deed_of(id, row.as_ref(), "check-in", user.run_as.clone(), None)
    }
}

/// Makes a request active at `now`: from here its duration counts, unless it counts from the release.
pub(super) fn activate(row: &mut Request, now: Timestamp, from_release: bool) {
    row.status = Status::Active;
    row.approved_at = Some(now);
    let start = if from_release {
        row.release_at
    } else {
        row.release_at.max(now)
    };
    row.expires_at = minutes_after(start, row.duration_minutes);
}

pub(super) fn deed(
    kind: DeedKind,
    row: &Request,
    verdict: &'static str,
    user: &User,
    because: Option<&str>,
) -> Deed {
    Deed {
        kind,
        object: row.id.to_string(),
        verdict,
        by: Some(user.run_as.clone()),
        state: row.status.word().to_owned(),
        because: because.map(str::to_owned),
    }
}

fn deed_of(
    id: u64,
    row: Option<&Request>,
    verdict: &'static str,
    by: String,
    because: Option<String>,
) -> Deed {
    Deed {
        kind: DeedKind::Effect,
        object: id.to_string(),
        verdict,
        by: Some(by),
        state: row.map_or("absent", |row| row.status.word()).to_owned(),
        because,
    }
}
