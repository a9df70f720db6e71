//! A saved plan against a fresh one: each reviewed line goes on, is spent, or is stale. Pure but for the clock.

use std::collections::{BTreeMap, BTreeSet};

use super::super::select::Select;
use super::super::setup::Setup;
use super::Context;
use crate::apply::Ended;
use crate::error::Failure;
use crate::exit::Exit;
use crate::model::{
    Address, Change, Desired, LineDigest, Outcome, Past, QueueName, RequestId, Sent, SentState,
    Terms,
};
use crate::plan::{Plan, SavedPlan, Settled, SettledBy, Why};

/// What becomes of the lines of a run.
#[derive(Debug, Default)]
pub(super) struct Lines {
    /// To be carried out.
    pub(super) changes: Vec<Change>,
    /// Ended without a call of this run.
    pub(super) ended: Vec<Ended>,
}

impl Lines {
    /// Whether a line is stale or held.
    pub(super) fn is_held(&self) -> bool {
        self.ended.iter().any(|ended| {
            matches!(
                ended.outcome,
                Outcome::Stale { .. } | Outcome::Held { .. } | Outcome::Contradicted { .. }
            )
        })
    }
}

/// Refuses a plan that has outlived its time.
pub(super) fn still_valid(saved: &SavedPlan, context: &Context) -> Result<(), Failure> {
    let expires = saved.envelope.expires;
    if context.now() < expires {
        return Ok(());
    }
    Err(Failure::new(Exit::Held, format!("the plan expired at {expires}"))
        .hint("make a new one: `countersign plan --out FILE`; [plan] lifetime says how long one lives"))
}

/// The queues that the plan's lines stand in, by what they are: a renamed queue is the same queue.
pub(super) fn queues_of(saved: &SavedPlan, setup: &Setup) -> Select {
    let lines = saved.plan.plan.changes.iter();
    let queues = lines.filter_map(|line| queue_of(line, &setup.terms));
    Select::of_queues(Some(queues.cloned().collect()))
}

/// The queue of a line. Several may be one tenant, each deciding in another name: the line's own is
/// meant, and where it was renamed the one that decides as the line was reviewed.
fn queue_of<'a>(line: &Change, all: &'a BTreeMap<QueueName, Terms>) -> Option<&'a QueueName> {
    let fits = |terms: &&Terms| terms.identity(&line.identity.id) == line.identity;
    let named = all.get(&line.decision.address.queue).filter(fits);
    let alike = || {
        all.values()
            .filter(fits)
            .find(|terms| terms.deciding == line.deciding)
    };
    named
        .or_else(alike)
        .or_else(|| all.values().find(fits))
        .map(|terms| &terms.queue)
}

/// Keeps the decisions that the plan's lines speak of; other merges, files and queues never matter.
pub(super) fn keep(saved: &SavedPlan, setup: &Setup, desired: &mut Desired) {
    let lines = saved.plan.plan.changes.iter();
    let wanted: BTreeSet<(&QueueName, &RequestId)> = lines
        .filter_map(|line| Some((queue_of(line, &setup.terms)?, &line.identity.id)))
        .collect();
    let is_wanted = |address: &Address| wanted.contains(&(&address.queue, &address.id));
    desired
        .decisions
        .retain(|decision| is_wanted(&decision.address));
    desired
        .duplicates
        .retain(|duplicate| is_wanted(&duplicate.address));
    desired
        .releases
        .retain(|release| is_wanted(&release.address));
    desired.undecided.clear();
}

/// Fresh plan ∩ saved lines. The saved plan can only narrow what a fresh one would do.
pub(super) fn of_saved(
    saved: &SavedPlan,
    fresh: &Plan,
    past: &Past,
    terms: &BTreeMap<QueueName, Terms>,
) -> Lines {
    let by_digest: BTreeMap<&LineDigest, &Change> = fresh
        .changes
        .iter()
        .map(|change| (&change.digest, change))
        .collect();
    let mut lines = Lines::default();
    for line in &saved.plan.plan.changes {
        let spent = last_intent(past, line);
        match (by_digest.get(&line.digest), spent) {
            // Its call was made and refused: the same line is not sent again by the same plan, but may be
            // by one that people made since.
            (Some(_), Some((sent, outcome @ Outcome::Refused { .. })))
                if sent.at >= saved.envelope.created =>
            {
                lines.ended.push(spent_before(line, sent, outcome.clone()));
            }
            // Nor where that is just why the fresh plan holds it.
            (None, Some((sent, outcome @ Outcome::Refused { conflict: true, .. })))
                if sent.at >= saved.envelope.created && is_in_conflict(fresh, line) =>
            {
                lines.ended.push(spent_before(line, sent, outcome.clone()));
            }
            (Some(fresh), _) => lines.changes.push((*fresh).clone()),
            (None, Some((sent, outcome))) if outcome.is_final() && is_settled(fresh, line) => {
                lines.ended.push(spent_before(line, sent, outcome.clone()));
            }
            (None, _) if queue_of(line, terms).is_none() => {
                let origin = &line.identity.origin;
                let why = format!("no queue of the configuration is at {origin} any more");
                let stale = Outcome::Stale { why, by: None };
                lines.ended.push(Ended::of(line, None, stale));
            }
            (None, _) => lines
                .ended
                .push(Ended::of(line, None, not_in_fresh(fresh, past, line))),
        }
    }
    lines
}

/// The last ended intent of this very line.
fn last_intent<'a>(past: &'a Past, line: &Change) -> Option<(&'a Sent, &'a Outcome)> {
    past.of(&line.identity)
        .iter()
        .rev()
        .filter(|sent| sent.digest == line.digest)
        .find_map(|sent| match &sent.state {
            SentState::Ended(outcome) => Some((sent, outcome)),
            SentState::Open => None,
        })
}

fn spent_before(line: &Change, sent: &Sent, outcome: Outcome) -> Ended {
    Ended {
        spent_before: true,
        ..Ended::of(line, Some(sent.seq), outcome)
    }
}

fn is_in_conflict(fresh: &Plan, line: &Change) -> bool {
    let mut holds = fresh.holds.iter();
    holds.any(|hold| {
        hold.address == line.decision.address && matches!(hold.why, Why::Conflict { .. })
    })
}

fn is_settled(fresh: &Plan, line: &Change) -> bool {
    fresh.settled.iter().any(|settled| is_about(settled, line))
}

// What a later decision about the same request has reached is not what this line was to do.
fn is_about(settled: &Settled, line: &Change) -> bool {
    settled.address == line.decision.address && settled.verdict == line.decision.verdict
}

/// Why a line of the saved plan is not a change of the fresh one.
fn not_in_fresh(fresh: &Plan, past: &Past, line: &Change) -> Outcome {
    let address = &line.decision.address;
    let stale = |why: String| Outcome::Stale { why, by: None };
    if let Some(settled) = fresh.settled.iter().find(|settled| is_about(settled, line)) {
        return match &settled.settled {
            // The state alone is not what was reviewed where the call wrote more than a state.
            SettledBy::Us { seq, .. } if wrote_otherwise(past, *seq, line) => stale(format!(
                "another line has decided it (ledger {seq}), and permits otherwise"
            )),
            SettledBy::Us { .. } | SettledBy::Vendor { .. } | SettledBy::Ratified { .. } => {
                Outcome::AlreadyDecided {
                    by: settled.by.clone(),
                }
            }
            SettledBy::NoLongerVisible { .. } | SettledBy::Filed { .. } => {
                Outcome::AlreadyDecided { by: None }
            }
        };
    }
    if let Some(hold) = fresh.holds.iter().find(|hold| hold.address == *address) {
        let code = hold.why.about().code;
        if hold.why.is_for_now() {
            let (code, why) = (code.to_owned(), hold.reason.clone());
            return Outcome::Held { code, why };
        }
        return stale(format!("{} ({code})", hold.reason));
    }
    if fresh.inert.iter().any(|inert| inert.address == *address) {
        return stale("the decision expired".to_owned());
    }
    let decided_otherwise = fresh
        .settled
        .iter()
        .any(|settled| settled.address == *address);
    let planned_otherwise = fresh
        .changes
        .iter()
        .any(|change| change.identity == line.identity);
    if decided_otherwise || planned_otherwise {
        return stale("the decision is no longer the one that was planned".to_owned());
    }
    stale("the decision no longer stands in the files".to_owned())
}

/// Whether our call with this number wrote another rule than this line would have.
fn wrote_otherwise(past: &Past, seq: u64, line: &Change) -> bool {
    let mut sent = past.of(&line.identity).iter();
    sent.any(|sent| sent.seq == seq && sent.permit != line.decision.permit)
}

/// One list again: in the order of the saved plan, or of the run.
pub(super) fn in_order(
    saved: Option<&SavedPlan>,
    mut ended: Vec<Ended>,
    others: Vec<Ended>,
    left: &[Change],
) -> Vec<Ended> {
    ended.extend(others);
    let not_attempted = Outcome::NotSent {
        why: "not attempted: another line is held (--on-blocked abort)".to_owned(),
        may_have_left: false,
    };
    if let Some(saved) = saved {
        ended.extend(
            left.iter()
                .map(|change| Ended::of(change, None, not_attempted.clone())),
        );
        let place: BTreeMap<&LineDigest, usize> = saved
            .plan
            .plan
            .changes
            .iter()
            .enumerate()
            .map(|(place, change)| (&change.digest, place))
            .collect();
        ended.sort_by_key(|ended| place.get(&ended.digest).copied());
    }
    ended
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fakes::{Scene, WILLING, decision, request, seen, terms};
    use crate::model::{Status, Verdict};

    #[test]
    fn a_line_goes_to_its_own_queue_among_several_of_one_tenant() {
        let pending = seen(request("1", Status::Pending));
        let approve = decision(Verdict::Approve, "1");
        let scene = Scene::new(&WILLING, vec![approve], vec![("1", pending)]);
        let line = scene.plan().changes.remove(0);
        let queue = |name: &str, acting_as: Option<&str>| {
            let mut terms = terms(&WILLING);
            terms.queue = QueueName::new(name).expect("a name");
            if let Some(user) = acting_as {
                terms.deciding.acting_as = Some(user.to_owned());
            }
            (terms.queue.clone(), terms)
        };
        let own = line.decision.address.queue.as_str();
        let first = queue("a-first", Some("other@example.com"));
        let chosen = |all: &[(QueueName, Terms)]| {
            let all = all.iter().cloned().collect();
            queue_of(&line, &all).map(ToString::to_string)
        };
        assert_eq!(
            chosen(&[first.clone(), queue(own, None)]).as_deref(),
            Some(own)
        );
        let renamed = queue("renamed", None);
        assert_eq!(
            chosen(&[first.clone(), renamed]).as_deref(),
            Some("renamed")
        );
        assert_eq!(chosen(&[first]).as_deref(), Some("a-first"));
        let mut elsewhere = queue(own, None);
        elsewhere.1.origin = "https://elsewhere.example".to_owned();
        assert_eq!(chosen(&[elsewhere]), None);
    }
}
