//! What must hold before a decision becomes a change: one list of pure functions.
//!
//! The first that objects makes the hold. A further check is a further function in the list.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::fingerprint::{Mismatch, guard_fingerprint, mismatches};
use super::hold::Hold;
use super::releases::unfit;
use super::why::Why;
use super::{Plan, World};
use crate::model::{
    Address, Decision, Desired, Grounds, Mark, MarkPlace, PermitApplication, QueueName, QueueView,
    ReadError, Reading, Repeat, Request, Sent, SentState, Sighting, Terms, VendorText, Verdict,
};

/// A decision with all that is known about it.
#[derive(Clone, Copy)]
pub(super) struct Case<'a> {
    pub(super) world: &'a World<'a>,
    pub(super) decision: &'a Arc<Decision>,
    pub(super) terms: &'a Terms,
    pub(super) request: Option<&'a Request>,
    pub(super) view: Option<&'a QueueView>,
    /// Nothing at all is visible in the queue.
    pub(super) suspect: bool,
}

impl<'a> Case<'a> {
    /// What the names of the permit stand for, where they were looked up.
    pub(super) fn grounds(&self) -> Option<&'a Result<Grounds, ReadError>> {
        self.view?.grounds.get(&self.decision.address.id)
    }
}

type Check = fn(&Case<'_>) -> Option<Why>;

/// In the order in which they are made.
const CHECKS: [Check; 14] = [
    open_intent,
    sent_twice,
    |case| unsupported(case.terms, case.decision),
    beyond_the_api,
    |case| decider_not_listed(case.terms, case.decision),
    |case| guard_missing(case.terms, case.decision),
    guard_mismatch,
    |case| permit_missing(case.terms, case.decision),
    permit_unfit,
    ticket_mismatch,
    |case| text_too_long(case.terms, case.decision),
    clock_skewed,
    frozen,
    unmerged,
];

/// Those that need nothing but the file and the configuration.
const FORESEEABLE: [fn(&Terms, &Decision) -> Option<Why>; 6] = [
    unsupported,
    decider_not_listed,
    guard_missing,
    permit_missing,
    guard_inconsistent,
    text_too_long,
];

/// Most sends of one verdict on one request in the life of a ledger.
#[must_use]
pub fn most_sends(repeat: Repeat) -> usize {
    if repeat.is_harmless() { 2 } else { 1 }
}

/// Beyond this, the vendor's clock and ours do not agree on what has expired.
const MOST_CLOCK_OFFSET_SECONDS: u64 = 5 * 60;

pub(super) fn first_objection(case: &Case<'_>) -> Option<Why> {
    CHECKS.iter().find_map(|check| check(case))
}

/// Every hold that can be foreseen without asking a vendor; duplicates included.
#[must_use]
pub fn foresee(desired: &Desired, terms: &BTreeMap<QueueName, Terms>) -> Vec<Hold> {
    let duplicates = desired.duplicates.iter().map(Hold::of_duplicate);
    let decisions = desired.decisions.iter().filter_map(|decision| {
        let terms = terms.get(&decision.address.queue)?;
        let why = FORESEEABLE
            .iter()
            .find_map(|check| check(terms, decision))?;
        Some(Hold::of(decision, why))
    });
    let releases = desired.releases.iter().filter_map(|release| {
        let terms = terms.get(&release.address.queue)?;
        let why = unfit(terms, release, terms.can.filing?)?;
        Some(Hold::of(&release.decision(Verdict::File), why))
    });
    let mut holds: Vec<Hold> = duplicates.chain(decisions).chain(releases).collect();
    holds.sort_by(|a, b| a.from.cmp(&b.from));
    holds
}

/// Something of ours may already have happened to this request.
///
/// The safe direction passes an approve in doubt: what protects against a wrong approve must not stop a deny.
pub(super) fn open_intent(case: &Case<'_>) -> Option<Why> {
    let passes =
        |sent: &Sent| case.decision.verdict.is_safe_direction() && sent.verdict == Verdict::Approve;
    let identity = case.terms.identity(&case.decision.address.id);
    case.world
        .past
        .of(&identity)
        .iter()
        .find(|sent| sent.state == SentState::Open && !passes(sent))
        .map(|sent| Why::InDoubt {
            seq: sent.seq,
            verdict: sent.verdict,
            at: sent.at,
        })
}

fn sent_twice(case: &Case<'_>) -> Option<Why> {
    let identity = case.terms.identity(&case.decision.address.id);
    let user = case.terms.deciding.user();
    let past = case.world.past;
    let sends = past.sends(&identity, case.decision.verdict, user.as_deref());
    let most = most_sends(case.terms.can.operation(case.decision.verdict)?.repeat);
    (sends >= most).then_some(Why::SentBefore { sends })
}

fn unsupported(terms: &Terms, decision: &Decision) -> Option<Why> {
    let otherwise = terms.can.otherwise.to_owned();
    // What the vendor's people can decide themselves, a decision can ratify.
    let ratifies = terms.can.ratifies.is_some() && decision.verdict != Verdict::Revoke;
    let can = ratifies || terms.can.operation(decision.verdict).is_some();
    (!can).then_some(Why::Unsupported { otherwise })
}

/// Some requests are of a sort that the API shows and does not let us decide.
fn beyond_the_api(case: &Case<'_>) -> Option<Why> {
    let otherwise = case.request?.beyond.clone()?;
    Some(Why::Unsupported { otherwise })
}

/// Nothing that widens has a default, so an approval that writes a rule has to be spelt out.
fn permit_missing(terms: &Terms, decision: &Decision) -> Option<Why> {
    let needed = terms.can.needs_permit && decision.verdict == Verdict::Approve;
    (needed && decision.permit.is_none()).then_some(Why::PermitMissing)
}

/// What the permit names has to be there exactly once, and be allowed to this user. Where nothing was looked up, in a
/// snapshot that is older than the decision, the line says so: whoever applies it plans afresh, with a look.
fn permit_unfit(case: &Case<'_>) -> Option<Why> {
    let needed = case.terms.can.needs_permit && case.decision.verdict == Verdict::Approve;
    if !needed {
        return None;
    }
    let permit = case.decision.permit.as_ref()?;
    let ends = permit.policy_expires;
    if let Some(at) = ends.filter(|at| *at <= case.world.now) {
        let why = format!("its policy would have ended at {at} already");
        return Some(Why::PermitUnfit { why });
    }
    if let Some(why) = case.request.and_then(|request| request.obstacles.first()) {
        let why = why.clone();
        return Some(Why::PermitUnfit { why });
    }
    let why = match case.grounds() {
        Some(Ok(grounds)) => grounds.obstacles.first()?.clone(),
        // A list that failed says nothing against the permit.
        Some(Err(error)) => {
            return Some(Why::PermitUnread {
                why: error.what.clone(),
                said: error.said.clone(),
            });
        }
        None if permit.application == PermitApplication::Matching(None) => {
            return Some(Why::PermitUnread {
                why: "the snapshot was taken without a look for the matching application; name it"
                    .to_owned(),
                said: None,
            });
        }
        None => return None,
    };
    Some(Why::PermitUnfit { why })
}

fn decider_not_listed(terms: &Terms, decision: &Decision) -> Option<Why> {
    let decider = decision.decided_by.as_ref()?;
    (!terms.deciders.contains(decider)).then(|| Why::DeciderNotListed {
        decider: decider.clone(),
    })
}

/// Where decisions ratify, what can stand for the id says enough of what was reviewed.
pub(super) fn guard_missing(terms: &Terms, decision: &Decision) -> Option<Why> {
    let guard = &decision.guard;
    let enough = match decision.verdict {
        Verdict::Approve => guard.fingerprint.is_some() || terms.can.key_of_guard(guard).is_some(),
        Verdict::Deny | Verdict::Revoke => !guard.is_empty(),
        // There is nothing to guard before it is filed.
        Verdict::File | Verdict::CheckIn => true,
    };
    (!enough).then_some(Why::GuardMissing)
}

/// Where all readable guards stand in the file, the fingerprint beside them must follow from them.
fn guard_inconsistent(terms: &Terms, decision: &Decision) -> Option<Why> {
    // The fingerprint covers the id, which is not known here.
    if terms.can.is_key(&decision.address.id) {
        return None;
    }
    let written = decision.guard.fingerprint.as_ref()?;
    let computed = guard_fingerprint(terms, &decision.address.id, &decision.guard)?;
    (*written != computed).then_some(Why::GuardInconsistent)
}

fn guard_mismatch(case: &Case<'_>) -> Option<Why> {
    let differences = mismatches(case.terms, case.decision, case.request?);
    let stops =
        !differences.is_empty() && !goes_on_although(case.terms, case.decision, &differences);
    stops.then_some(Why::GuardMismatch { differences })
}

/// Whether a decision may be carried out although the content differs from what was reviewed:
/// deny and revoke may while user and target are guarded and still the same.
#[must_use]
pub fn goes_on_although(terms: &Terms, decision: &Decision, differences: &[Mismatch]) -> bool {
    let anchored = |key: &&str| {
        decision.guard.facts.contains_key(key)
            && differences.iter().all(|difference| difference.key != *key)
    };
    decision.verdict.is_safe_direction() && terms.can.anchors.iter().all(anchored)
}

fn ticket_mismatch(case: &Case<'_>) -> Option<Why> {
    let shown = case
        .request?
        .ticket
        .as_ref()
        .filter(|ticket| !ticket.is_empty())?;
    (shown.raw() != case.decision.ticket).then(|| Why::TicketMismatch {
        shown: shown.clone(),
    })
}

fn text_too_long(terms: &Terms, decision: &Decision) -> Option<Why> {
    terms
        .can
        .operation(decision.verdict)
        .filter(|operation| operation.mark != MarkPlace::Nowhere)?;
    text_length(terms, decision)
}

/// Ticket, reason and mark together.
pub(super) fn text_length(terms: &Terms, decision: &Decision) -> Option<Why> {
    let mark = Mark::of(&terms.identity(&decision.address.id), decision.verdict);
    let length = terms.can.text_unit.length(&mark.text(decision));
    let limit = terms.can.text_limit;
    (length > limit).then_some(Why::TextTooLong { length, limit })
}

pub(super) fn clock_skewed(case: &Case<'_>) -> Option<Why> {
    let seconds = case.view?.clock_offset?.as_secs();
    let skewed = !case.decision.verdict.is_safe_direction()
        && seconds.unsigned_abs() > MOST_CLOCK_OFFSET_SECONDS;
    skewed.then_some(Why::ClockSkewed { seconds })
}

pub(super) fn frozen(case: &Case<'_>) -> Option<Why> {
    let by = case.world.brakes.frozen.as_ref()?;
    (!case.decision.verdict.is_safe_direction()).then(|| Why::Frozen { by: by.clone() })
}

pub(super) fn unmerged(case: &Case<'_>) -> Option<Why> {
    let (reference, addresses) = case.world.brakes.unmerged.as_ref()?;
    let stops =
        !case.decision.verdict.is_safe_direction() && addresses.contains(&case.decision.address);
    stops.then(|| Why::Unmerged {
        reference: reference.clone(),
    })
}

/// Over a limit there is no approval at all: whoever splits a batch should have to say so.
pub(super) fn limit_approvals(world: &World<'_>, plan: &mut Plan) {
    let Some(over) = limit_exceeded(world, plan) else {
        return;
    };
    let (approvals, others) = std::mem::take(&mut plan.changes)
        .into_iter()
        .partition(|c| c.decision.verdict == Verdict::Approve);
    plan.changes = others;
    let approvals: Vec<crate::model::Change> = approvals;
    plan.holds.extend(
        approvals
            .iter()
            .map(|change| Hold::of(&change.decision, over.clone())),
    );
}

/// Who asked, as the vendor shows it: a guard holds what its author left in it. Requests that show
/// nobody count as one requester's, so that a missing name opens nothing.
fn requester<'a>(world: &World<'a>, address: &Address) -> &'a str {
    let Some(Reading::Read(view)) = world.observed.queues.get(&address.queue) else {
        return "";
    };
    let (Some(Sighting::Seen(request)), Some(terms)) = (
        view.requests.get(&address.id),
        world.terms.get(&address.queue),
    ) else {
        return "";
    };
    let shown = |key: &&'static str| request.facts.get(key);
    terms
        .can
        .who
        .iter()
        .find_map(shown)
        .map_or("", VendorText::raw)
}

fn limit_exceeded(world: &World<'_>, plan: &Plan) -> Option<Why> {
    let mut per_queue: BTreeMap<&QueueName, u32> = BTreeMap::new();
    let mut per_requester: BTreeMap<(&QueueName, &str), u32> = BTreeMap::new();
    let mut all = 0u32;
    for change in plan
        .changes
        .iter()
        .filter(|change| change.decision.verdict == Verdict::Approve)
    {
        let queue = &change.decision.address.queue;
        all += 1;
        *per_queue.entry(queue).or_default() += 1;
        *per_requester
            .entry((queue, requester(world, &change.decision.address)))
            .or_default() += 1;
    }
    let brakes = world.brakes;
    let most = |counts: Option<u32>| counts.unwrap_or_default();
    let rules = [
        ("approvals", brakes.approvals, all),
        (
            "per-queue",
            brakes.per_queue,
            most(per_queue.values().max().copied()),
        ),
        (
            "per-requester",
            brakes.per_requester,
            most(per_requester.values().max().copied()),
        ),
    ];
    rules.into_iter().find_map(|(rule, limit, observed)| {
        let limit = limit?;
        (observed > limit).then(|| Why::OverLimit {
            rule: rule.to_owned(),
            limit,
            observed,
        })
    })
}
