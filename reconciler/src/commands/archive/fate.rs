//! Which blocks may leave the decision files, and why the others stay. Pure.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::model::{
    Address, Decision, Own, Place, QueueView, Reading, ReleaseRequest, Resolve, Sent, SentState,
    Sighting, Status, Terms, Verdict,
};
use crate::plan::{Class, Inert, Plan, Settled, SettledBy, Why, World};
use crate::render::archive::{Goes, Stays};

/// What becomes of one block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fate {
    /// The request that it names.
    pub(super) address: Address,
    /// Where it begins.
    pub(super) from: Place,
    /// Whether it leaves.
    pub(super) becomes: Result<Goes, Stays>,
}

/// What it is judged by.
#[derive(Clone, Copy)]
pub(super) struct Judge<'a> {
    pub(super) world: &'a World<'a>,
    pub(super) plan: &'a Plan,
    /// Only what has been over for so long.
    pub(super) older_than: Option<Duration>,
}

/// Where a block stands in a plan.
#[derive(Clone, Copy)]
enum Standing<'a> {
    Settled(&'a Settled),
    Inert(&'a Inert),
    Held(Class, &'a Why),
    ToDo,
}

impl Judge<'_> {
    /// The fate of every block, in the order of their places.
    pub(super) fn all(&self) -> Vec<Fate> {
        let desired = self.world.desired;
        let standing = self.standing();
        let stands = |from: &Place| standing.get(from).copied();
        let mut fates: Vec<Fate> = Vec::new();
        let mut add = |address: &Address, from: &Place, becomes| {
            fates.push(Fate {
                address: address.clone(),
                from: from.clone(),
                becomes,
            });
        };
        for one in &desired.decisions {
            add(
                &one.address,
                &one.from,
                self.decision(one, stands(&one.from)),
            );
        }
        for one in &desired.releases {
            add(
                &one.address,
                &one.from,
                self.release(one, stands(&one.from)),
            );
        }
        for one in &desired.resolves {
            add(&one.address, &one.from, self.resolve(one));
        }
        for one in &desired.undecided {
            add(&one.address, &one.from, Err(Stays::Undecided));
        }
        for one in &desired.duplicates {
            for from in &one.places {
                add(&one.address, from, Err(Stays::Blocked));
            }
        }
        for fate in &mut fates {
            if fate.becomes.is_ok() && !fate.from.file.ends_with(".toml") {
                fate.becomes = Err(Stays::ReadOnly);
            }
        }
        fates.sort_by(|a, b| a.from.cmp(&b.from));
        fates
    }

    fn standing(&self) -> BTreeMap<&Place, Standing<'_>> {
        let Plan {
            changes,
            settled,
            holds,
            undecided: _,
            unread: _,
            inert,
            base: _,
            authors: _,
        } = self.plan;
        let changes = changes
            .iter()
            .map(|one| (&one.decision.from, Standing::ToDo));
        let settled = settled
            .iter()
            .map(|one| (&one.from, Standing::Settled(one)));
        let inert = inert.iter().map(|one| (&one.from, Standing::Inert(one)));
        let holds = holds
            .iter()
            .map(|one| (&one.from, Standing::Held(one.class, &one.why)));
        // A doubt about a block that is gone is told at its old place, where another may stand now.
        holds.chain(changes).chain(settled).chain(inert).collect()
    }

    fn decision(&self, decision: &Decision, standing: Option<Standing<'_>>) -> Result<Goes, Stays> {
        let terms = self.terms(&decision.address)?;
        let sent = self.world.past.of(&terms.identity(&decision.address.id));
        undoubted(sent)?;
        match standing.ok_or(Stays::Blocked)? {
            Standing::Settled(settled) => {
                self.over_at_the_vendor(decision, terms, true)?;
                self.is_old_enough(since(settled, sent))?;
                Ok(Goes::Settled)
            }
            Standing::Inert(inert) => {
                self.over_at_the_vendor(decision, terms, false)?;
                self.is_old_enough(Some(inert.expires))?;
                Ok(Goes::Inert)
            }
            Standing::ToDo => Err(Stays::ToDo),
            Standing::Held(class, why) => Err(held(class, why)),
        }
    }

    /// Whether nothing is left at the vendor that this very block could still take back, wait for or account for.
    fn over_at_the_vendor(
        &self,
        decision: &Decision,
        terms: &Terms,
        settled: bool,
    ) -> Result<(), Stays> {
        let view = self.view(&decision.address);
        let sighting = view.and_then(|view| view.requests.get(&decision.address.id));
        if terms.can.ratifies.is_some() {
            // Its list shows what was processed for good, and `draft` writes what no file names.
            return match sighting {
                Some(Sighting::Absent) if !settled => Ok(()),
                Some(Sighting::Seen(_)) => Err(Stays::Listed),
                _ if settled => Err(Stays::Listed),
                Some(Sighting::Absent | Sighting::Failed(_)) | None => Err(Stays::Unread),
            };
        }
        if settled
            && let Some(Sighting::Seen(request)) = sighting
            && request.status == Status::Pending
        {
            return Err(Stays::Awaited);
        }
        if terms.can.revoke.is_none() {
            return Ok(());
        }
        match sighting {
            Some(Sighting::Seen(request)) => match request.status {
                Status::Approved | Status::InUse => Err(Stays::Live),
                Status::Unknown(_) | Status::Quarantined => Err(Stays::Unread),
                Status::Pending
                | Status::Finished
                | Status::Denied
                | Status::Revoked
                | Status::Expired => Ok(()),
            },
            // The ledger has its end; or the queue shows others, so that this one is truly gone.
            Some(Sighting::Absent) if settled || view.is_some_and(shows_something) => Ok(()),
            Some(Sighting::Absent | Sighting::Failed(_)) | None => Err(Stays::Unread),
        }
    }

    fn release(
        &self,
        release: &ReleaseRequest,
        standing: Option<Standing<'_>>,
    ) -> Result<Goes, Stays> {
        let terms = self.terms(&release.address)?;
        let identity = terms.identity(&release.address.id);
        let sent = self.world.past.of(&identity);
        undoubted(sent)?;
        let user = terms.deciding.user();
        let filed = self
            .world
            .past
            .final_outcome(&identity, Verdict::File, user.as_deref());
        let (goes, since) = match standing.ok_or(Stays::Blocked)? {
            Standing::Settled(settled) => (Goes::Settled, since(settled, sent)),
            Standing::Inert(inert) => (Goes::Inert, Some(inert.expires)),
            Standing::ToDo => return Err(Stays::ToDo),
            Standing::Held(class, why) => return Err(held(class, why)),
        };
        let filed_as = filed.map(|(_, outcome)| outcome.filed_as());
        match (filed_as, self.view(&release.address).map(|view| &view.own)) {
            (Some(Some(id)), Some(Own::Read(own))) => {
                if own.iter().any(|request| request.id == *id) {
                    return Err(Stays::Live);
                }
            }
            (None, _) if goes == Goes::Inert => {}
            (Some(_) | None, _) => return Err(Stays::Unread),
        }
        self.is_old_enough(since)?;
        Ok(goes)
    }

    /// What a person found out is done with once the ledger has it, or found out by itself.
    fn resolve(&self, resolve: &Resolve) -> Result<Goes, Stays> {
        let terms = self.terms(&resolve.address)?;
        let sent = self.world.past.of(&terms.identity(&resolve.address.id));
        let about = sent.iter().find(|sent| sent.seq == resolve.intent);
        match about.map(|sent| (&sent.state, sent.at)) {
            None => Err(Stays::Blocked),
            Some((SentState::Open, _)) => Err(Stays::InDoubt),
            Some((SentState::Ended(_), at)) => {
                self.is_old_enough(Some(at))?;
                Ok(Goes::Resolved)
            }
        }
    }

    fn terms(&self, address: &Address) -> Result<&Terms, Stays> {
        self.world.terms.get(&address.queue).ok_or(Stays::Unread)
    }

    fn view(&self, address: &Address) -> Option<&QueueView> {
        match self.world.observed.queues.get(&address.queue)? {
            Reading::Read(view) => Some(view),
            Reading::Unread(_) => None,
        }
    }

    fn is_old_enough(&self, since: Option<Timestamp>) -> Result<(), Stays> {
        let Some(least) = self.older_than else {
            return Ok(());
        };
        let least = SignedDuration::try_from(least).unwrap_or(SignedDuration::MAX);
        match since.map(|since| self.world.now.duration_since(since)) {
            None => Err(Stays::Undated),
            Some(age) if age < least => Err(Stays::Young),
            Some(_) => Ok(()),
        }
    }
}

fn undoubted(sent: &[Sent]) -> Result<(), Stays> {
    let open = sent.iter().any(|sent| sent.state == SentState::Open);
    if open { Err(Stays::InDoubt) } else { Ok(()) }
}

fn held(class: Class, why: &Why) -> Stays {
    match (class, why) {
        (_, Why::InDoubt { .. }) => Stays::InDoubt,
        (_, Why::Unread { .. } | Why::RowUnreadable { .. } | Why::OutOfSight { .. }) => {
            Stays::Unread
        }
        (Class::Blocked, _) => Stays::Blocked,
        (Class::Waiting, _) => Stays::Waiting,
        (Class::Lapsed, _) => Stays::Lapsed,
    }
}

/// When the call was made that settled it; nothing where it was not ours.
fn since(settled: &Settled, sent: &[Sent]) -> Option<Timestamp> {
    let seq = match &settled.settled {
        SettledBy::Us { seq, .. }
        | SettledBy::Filed { seq, .. }
        | SettledBy::NoLongerVisible { seq, .. } => *seq,
        SettledBy::Vendor { .. } | SettledBy::Ratified { .. } => return None,
    };
    let call = sent.iter().find(|sent| sent.seq == seq);
    call.map(|sent| sent.at)
}

/// A queue in which nothing at all can be seen is the wrong one, or is read as the wrong user.
fn shows_something(view: &QueueView) -> bool {
    let seen = |one: &Sighting| matches!(one, Sighting::Seen(_));
    view.rows > 0 || view.requests.values().any(seen)
}

#[cfg(test)]
mod tests;
