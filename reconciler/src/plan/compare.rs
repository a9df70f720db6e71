//! The decision table: one verdict against one status.

use super::checks::{Case, first_objection, open_intent};
use super::compose::{change, operation_permits};
use super::fingerprint::mismatches;
use super::hold::Hold;
use super::ratify;
use super::why::Why;
use super::{Inert, Mismatch, Plan, Settled, SettledBy, World};
use std::collections::{BTreeMap, BTreeSet};

use crate::model::{
    Address, Decision, Outcome, Permit, QueueName, QueueView, ReadError, ReadErrorKind, Reading,
    Request, Sent, Sighting, Stand, Status, VendorText, Verdict, Vote, Votes,
};

/// What the table says about one decision.
pub(super) enum Comparison<'a> {
    Act(&'a Request, &'a QueueView),
    Settled(SettledBy, Option<&'a Request>),
    /// Our vote is recorded, and others are awaited.
    Voted(SettledBy, &'a Request, &'a Vote),
    Hold(Why),
}

/// Files every decision under changes, settled, holds or inert.
pub(super) fn compare_all(world: &World<'_>, plan: &mut Plan) {
    let suspect = suspect_queues(world);
    let twice = ratify::hold_what_is_named_twice(world, plan);
    for decision in &world.desired.decisions {
        if twice.contains(&decision.address) {
            continue;
        }
        if decision.expires <= world.now {
            plan.inert.push(Inert {
                address: decision.address.clone(),
                verdict: decision.verdict,
                expires: decision.expires,
                from: decision.from.clone(),
            });
            continue;
        }
        let Some(terms) = world.terms.get(&decision.address.queue) else {
            plan.holds.push(Hold::of(decision, Why::QueueDisabled));
            continue;
        };
        let case = Case {
            world,
            decision,
            terms,
            request: None,
            view: None,
            suspect: suspect.contains(&decision.address.queue),
        };
        match compare(&case) {
            Comparison::Hold(why) => plan.holds.push(Hold::of(decision, why)),
            Comparison::Settled(how, request) => plan.settled.push(settled(decision, how, request)),
            Comparison::Voted(how, request, vote) => plan.settled.push(Settled {
                votes: request.votes.as_ref().map(Votes::tally),
                by: Some(vote.user.clone()),
                ..settled(decision, how, None)
            }),
            Comparison::Act(request, view) => {
                let case = Case {
                    request: Some(request),
                    view: Some(view),
                    ..case
                };
                match first_objection(&case) {
                    Some(why) => plan.holds.push(Hold::of(decision, why)),
                    None => plan.changes.extend(change(&case, request)),
                }
            }
        }
    }
}

/// Queues of which several decided requests are looked for and not one is visible.
///
/// One absent request is a wrong id; all of several at once is a wrong queue.
fn suspect_queues<'a>(world: &World<'a>) -> BTreeSet<&'a QueueName> {
    let mut seen: BTreeMap<&QueueName, (usize, bool)> = BTreeMap::new();
    for decision in world
        .desired
        .decisions
        .iter()
        .filter(|decision| decision.expires > world.now)
    {
        let Address { queue, id } = &decision.address;
        let Some(Reading::Read(view)) = world.observed.queues.get(queue) else {
            continue;
        };
        let visible = matches!(
            view.requests.get(id),
            Some(Sighting::Seen(_) | Sighting::Failed(_))
        );
        let (count, any) = seen.entry(queue).or_default();
        *count += 1;
        *any |= visible;
    }
    seen.into_iter()
        .filter(|(_, (count, any))| *count > 1 && !any)
        .map(|(queue, _)| queue)
        .collect()
}

/// The decision table of the whole tool.
fn compare<'a>(case: &Case<'a>) -> Comparison<'a> {
    // Who may already have acted comes before all else: what the vendor shows may be our own doing.
    if let Some(why) = open_intent(case) {
        return Comparison::Hold(why);
    }
    let Case {
        world,
        decision,
        terms,
        ..
    } = case;
    let queue = &decision.address.queue;
    let view = match world.observed.queues.get(queue) {
        Some(Reading::Read(view)) => view,
        Some(Reading::Unread(error)) => {
            return Comparison::Hold(Why::Unread {
                why: error.what.clone(),
                said: error.said.clone(),
            });
        }
        None => {
            return Comparison::Hold(Why::Unread {
                why: "the snapshot does not hold this queue".to_owned(),
                said: None,
            });
        }
    };
    if terms.can.ratifies.is_some() {
        return ratify::compare(case, view);
    }
    let request = match view.requests.get(&decision.address.id) {
        Some(Sighting::Seen(request)) => request.as_ref(),
        Some(Sighting::Absent) | None => return absent(case),
        Some(Sighting::Failed(error)) if error.kind == ReadErrorKind::OutOfSight => {
            return out_of_sight(case, error);
        }
        Some(Sighting::Failed(error)) => {
            return Comparison::Hold(Why::RowUnreadable {
                why: error.what.clone(),
                said: error.said.clone(),
            });
        }
    };
    match (decision.verdict, &request.status) {
        (_, Status::Unknown(raw)) => Comparison::Hold(Why::UnknownStatus { raw: raw.clone() }),
        (_, Status::Quarantined) => Comparison::Hold(Why::Quarantined),
        // No `[[decision]]` has these: what is filed has a table of its own.
        (Verdict::File | Verdict::CheckIn, _) => Comparison::Hold(Why::Unsupported {
            otherwise: terms.can.otherwise.to_owned(),
        }),
        (Verdict::Approve | Verdict::Deny, Status::Pending) => to_do(case, request, view),
        (Verdict::Approve, Status::Approved | Status::InUse | Status::Finished) => {
            granted(case, request)
        }
        (Verdict::Approve, Status::Expired) => Comparison::Hold(Why::RequestExpired {
            ours: ours(case).map(|(sent, _)| sent.seq),
        }),
        (Verdict::Approve, Status::Denied | Status::Revoked)
        | (Verdict::Deny, Status::Approved | Status::InUse | Status::Finished) => {
            contradicted(case, request)
        }
        (Verdict::Deny | Verdict::Revoke, Status::Denied | Status::Revoked | Status::Expired)
        | (Verdict::Revoke, Status::Finished) => as_found(case, request),
        (Verdict::Revoke, Status::Pending) => Comparison::Hold(Why::NotGrantedYet),
        (Verdict::Revoke, Status::Approved | Status::InUse) if terms.can.revoke.is_some() => {
            to_do(case, request, view)
        }
        (Verdict::Revoke, Status::Approved | Status::InUse) => Comparison::Hold(Why::Unsupported {
            otherwise: terms.can.otherwise.to_owned(),
        }),
    }
}

/// Whether this verdict would still have to be carried out on a request of this status.
///
/// The question of a fresh read right before a send; holds and reasons do not matter there.
#[must_use]
pub fn still_to_do(verdict: Verdict, status: &Status) -> bool {
    match (verdict, status) {
        (Verdict::Approve | Verdict::Deny, Status::Pending)
        | (Verdict::Revoke, Status::Approved | Status::InUse) => true,
        (Verdict::Approve | Verdict::Deny, Status::Approved | Status::InUse)
        | (Verdict::Revoke, Status::Pending)
        | (Verdict::File | Verdict::CheckIn, _)
        | (
            Verdict::Approve | Verdict::Deny | Verdict::Revoke,
            Status::Finished
            | Status::Denied
            | Status::Revoked
            | Status::Expired
            | Status::Quarantined
            | Status::Unknown(_),
        ) => false,
    }
}

/// The vendor shows it undone. Where the ledger knows it done, somebody has undone it since: that is a
/// decision too, and doing it again is for people to say.
fn to_do<'a>(case: &Case<'a>, request: &'a Request, view: &'a QueueView) -> Comparison<'a> {
    let stand = request.stand(case.decision.verdict, &case.terms.deciding);
    match (stand, ours(case)) {
        // Our approval stands for what was reviewed, or a person must look.
        (Stand::For(_), _)
        | (
            Stand::NoVotes,
            Some((_, Outcome::Recorded { .. } | Outcome::GrantedOtherwise { .. })),
        ) if case.decision.verdict == Verdict::Approve && changed(case, request) => {
            voted_otherwise(case, request)
        }
        (Stand::For(vote), _) => Comparison::Voted(how_found(case, request), request, vote),
        (Stand::Against(_), _) => Comparison::Hold(Why::OppositeVote),
        (Stand::NotCast | Stand::NoVotes, None) => Comparison::Act(request, view),
        // Ours stands, and others have yet to decide.
        (
            Stand::NoVotes,
            Some((_, Outcome::Recorded { .. } | Outcome::GrantedOtherwise { .. })),
        ) => as_found(case, request),
        // Where votes are shown and ours is not among them, it was taken back.
        (Stand::NotCast | Stand::NoVotes, Some(_)) => contradicted(case, request),
    }
}

/// Whether a guard of the decision does not hold.
fn changed(case: &Case<'_>, request: &Request) -> bool {
    case.decision.guard.fingerprint.is_none()
        || !mismatches(case.terms, case.decision, request).is_empty()
}

/// Our approval stands at the vendor, others have yet to give theirs, and the request is not what was reviewed.
fn voted_otherwise<'a>(case: &Case<'a>, request: &Request) -> Comparison<'a> {
    Comparison::Hold(if case.decision.guard.fingerprint.is_none() {
        Why::GuardMissing
    } else {
        let differences = mismatches(case.terms, case.decision, request);
        Why::VotedOtherwise { differences }
    })
}

/// It is granted; is it what was reviewed that was granted?
fn granted<'a>(case: &Case<'a>, request: &'a Request) -> Comparison<'a> {
    if case.decision.guard.fingerprint.is_none() {
        return Comparison::Hold(Why::GuardMissing);
    }
    let mut differences = mismatches(case.terms, case.decision, request);
    differences.extend(permitted_otherwise(case));
    if differences.is_empty() {
        as_found(case, request)
    } else {
        Comparison::Hold(Why::GrantedOtherwise {
            differences,
            ours: ours(case).map(|(sent, _)| sent.seq),
        })
    }
}

/// The permit that was sent is not the one that the file holds now: the state at the vendor is no longer what is decided.
fn permitted_otherwise(case: &Case<'_>) -> Option<Mismatch> {
    let (sent, _) = ours(case)?;
    let written = |permit: Option<&Permit>| {
        let text = permit.map(serde_json::to_string);
        text.and_then(Result::ok).unwrap_or_default()
    };
    (case.terms.can.needs_permit && sent.permit != case.decision.permit).then(|| Mismatch {
        key: "permit".to_owned(),
        was: written(case.decision.permit.as_deref()),
        is: VendorText::new(written(sent.permit.as_deref())),
        covers: Vec::new(),
    })
}

pub(super) fn as_found<'a>(case: &Case<'a>, request: &'a Request) -> Comparison<'a> {
    Comparison::Settled(how_found(case, request), Some(request))
}

fn how_found(case: &Case<'_>, request: &Request) -> SettledBy {
    match ours(case) {
        Some((sent, outcome)) => SettledBy::Us {
            seq: sent.seq,
            outcome: outcome.code().to_owned(),
        },
        None => SettledBy::Vendor {
            status: request.status.word().to_owned(),
            reach_unknown: operation_permits(case.terms, case.decision),
        },
    }
}

pub(super) fn contradicted<'a>(case: &Case<'a>, request: &'a Request) -> Comparison<'a> {
    Comparison::Hold(Why::Contradicted {
        status: request.status.word().to_owned(),
        by: request.decided.by.clone(),
        ours: ours(case).map(|(sent, _)| sent.seq),
        revocable: case.terms.can.revoke.is_some(),
    })
}

fn ours<'a>(case: &Case<'a>) -> Option<(&'a Sent, &'a Outcome)> {
    let identity = case.terms.identity(&case.decision.address.id);
    let user = case.terms.deciding.user();
    let past = case.world.past;
    past.final_outcome(&identity, case.decision.verdict, user.as_deref())
}

/// Absence proves nothing by itself; only the ledger can make it settled.
fn absent<'a>(case: &Case<'a>) -> Comparison<'a> {
    if let Some((sent, outcome)) = ours(case) {
        let how = SettledBy::NoLongerVisible {
            seq: sent.seq,
            outcome: outcome.code().to_owned(),
        };
        return Comparison::Settled(how, None);
    }
    let means = case.terms.can.absent_means.to_owned();
    Comparison::Hold(if case.suspect {
        Why::NothingVisible
    } else {
        Why::NotFound { means }
    })
}

/// Nobody saw how it stands now; only the ledger can make it settled, where our last call is what is decided.
fn out_of_sight<'a>(case: &Case<'a>, error: &ReadError) -> Comparison<'a> {
    let identity = case.terms.identity(&case.decision.address.id);
    let mut calls = case.world.past.of(&identity).iter().rev();
    let last = calls.find(|sent| sent.may_have_acted());
    let stands = last.is_some_and(|last| last.verdict == case.decision.verdict)
        && permitted_otherwise(case).is_none();
    if let Some((sent, outcome)) = ours(case)
        && stands
        && !matches!(outcome, Outcome::GrantedOtherwise { .. })
    {
        let how = SettledBy::NoLongerVisible {
            seq: sent.seq,
            outcome: outcome.code().to_owned(),
        };
        return Comparison::Settled(how, None);
    }
    Comparison::Hold(Why::OutOfSight {
        why: error.what.clone(),
    })
}

/// An open intent is reported even when its decision was changed or deleted.
pub(super) fn report_orphaned_doubts(world: &World<'_>, plan: &mut Plan) {
    for (identity, sent) in world.past.open() {
        let reported = plan
            .holds
            .iter()
            .any(|hold| matches!(&hold.why, Why::InDoubt { seq, .. } if *seq == sent.seq));
        if !reported {
            plan.holds.push(Hold::of_doubt(identity, sent));
        }
    }
}

fn settled(decision: &Decision, how: SettledBy, request: Option<&Request>) -> Settled {
    Settled {
        address: decision.address.clone(),
        verdict: decision.verdict,
        ticket: decision.ticket.clone(),
        from: decision.from.clone(),
        settled: how,
        votes: None,
        by: request.and_then(|request| request.decided.by.clone()),
    }
}
