//! The rules of rejecting, ignoring and taking ownership, which write no policy and take none back.

use jiff::Timestamp;

use super::people::{APPROVE, Permission as P};
use super::refusal::{ACTIONED, Refusal};
use super::request::{Request, Status};
use super::state::{Caller, State};
use crate::vendors::{Deed, DeedKind};

/// A reject or ignore, read.
#[derive(Clone, Debug, Default)]
pub(crate) struct Batch {
    /// Request, ticket and comments of each item.
    pub(crate) items: Vec<(String, Option<String>, Option<String>)>,
    pub(crate) ignore: bool,
    pub(crate) reason: Option<String>,
    pub(crate) response_reason: Option<String>,
    pub(crate) notify: bool,
}

impl State {
    /// `ApprovalRequestUpdateForReject` and `…ForIgnore`. A policy that was written before stays.
    pub(crate) fn reject(
        &mut self,
        caller: &Caller,
        batch: &Batch,
        now: Timestamp,
    ) -> Result<Vec<Deed>, Refusal> {
        let verdict = if batch.ignore { "ignore" } else { "deny" };
        if batch.items.is_empty() && self.dialects.is("threatlocker.empty-batch", "417") {
            return Err(Refusal::invalid("No approval request was selected."));
        }
        let whole = self.dialects.is("threatlocker.batch", "whole");
        let (mut rows, mut deeds) = (Vec::new(), Vec::new());
        for (id, ticket, comments) in &batch.items {
            match self.rejectable(caller, id) {
                Ok(row) => rows.push((row, ticket, comments)),
                Err(refusal) if whole => return Err(refusal),
                Err(refusal) => deeds.push(refused(id, verdict, &refusal)),
            }
        }
        for (row, ticket, comments) in rows {
            let ignored = row.status.is_actioned()
                && self.dialects.is("threatlocker.second-reject", "ignored");
            if ignored {
                let because = "actioned already: accepted and ignored";
                deeds.push(deed(DeedKind::NoOp, &row, verdict, None, Some(because)));
                continue;
            }
            let kept = self.dialects.is("threatlocker.reject-ticket", "kept");
            let notes = (
                ticket.clone().filter(|_| kept),
                comments.clone().filter(|_| kept),
            );
            deeds.push(self.write_rejection(&row, batch, notes, &caller.user.email, now));
        }
        Ok(deeds)
    }

    fn rejectable(&self, caller: &Caller, id: &str) -> Result<Request, Refusal> {
        let row = self.found(caller, id)?;
        if self.as_siblings() {
            self.needs(caller, &[APPROVE, &[P::ElevationAdministrator]])?;
        }
        if row.status.is_actioned() {
            if self.dialects.is("threatlocker.second-reject", "417") {
                return Err(Refusal::invalid(ACTIONED));
            }
            self.needs(caller, &[&[P::EditActioned]])?;
        }
        Ok(row)
    }

    /// Writes a rejection, in whoever's name.
    pub(super) fn write_rejection(
        &mut self,
        row: &Request,
        batch: &Batch,
        (ticket, comments): (Option<String>, Option<String>),
        by: &str,
        now: Timestamp,
    ) -> Deed {
        let not_learned = batch.ignore && self.dialects.is("threatlocker.ignored-status", "6");
        let shown = self.dialects.is("threatlocker.reject-reason", "comments");
        let after = self.change(&row.id, |row| {
            row.status = if not_learned {
                Status::NotLearned
            } else {
                Status::Rejected
            };
            row.approved_by = Some(by.to_owned());
            row.action_date = Some(now);
            row.ignored = batch.ignore;
            row.reject_reason.clone_from(&batch.reason);
            row.response_reason.clone_from(&batch.response_reason);
            row.notified = batch.notify;
            let said = batch.response_reason.clone().or(batch.reason.clone());
            row.ticket = ticket.unwrap_or_else(|| row.ticket.clone());
            let said = said.filter(|_| shown).or(comments);
            row.comments = said.unwrap_or_else(|| row.comments.clone());
        });
        let after = after.unwrap_or_else(|| row.clone());
        let verdict = if batch.ignore { "ignore" } else { "deny" };
        deed(DeedKind::Effect, &after, verdict, Some(by), None)
    }

    /// `ApprovalRequestUpdateForTakeOwnership`.
    pub(crate) fn take_ownership(
        &mut self,
        caller: &Caller,
        id: &str,
        now: Timestamp,
    ) -> Result<Deed, Refusal> {
        let row = self.found(caller, id)?;
        if self.as_siblings() {
            self.needs(caller, &[APPROVE, &[P::ElevationAdministrator]])?;
        }
        let verdict = "take-ownership";
        let own = Some(caller.user.id.clone());
        if row.assignee == own {
            let because = "owned by the caller already";
            return Ok(deed(DeedKind::NoOp, &row, verdict, None, Some(because)));
        }
        let after = self.change(id, |row| {
            row.assignee = own;
            row.assigned_at = Some(now);
        });
        let after = after.unwrap_or(row);
        Ok(deed(
            DeedKind::Effect,
            &after,
            verdict,
            Some(&caller.user.email),
            None,
        ))
    }
}

/// A write that was turned away.
pub(super) fn refused(id: &str, verdict: &'static str, refusal: &Refusal) -> Deed {
    Deed {
        kind: DeedKind::Refusal,
        object: id.to_owned(),
        verdict,
        by: None,
        state: "unchanged".to_owned(),
        because: Some(refusal.told()),
    }
}

/// What a write did.
pub(super) fn deed(
    kind: DeedKind,
    row: &Request,
    verdict: &'static str,
    by: Option<&str>,
    because: Option<&str>,
) -> Deed {
    Deed {
        kind,
        object: row.id.clone(),
        verdict,
        by: by.map(str::to_owned),
        state: row.status.word().to_owned(),
        because: because.map(str::to_owned),
    }
}
