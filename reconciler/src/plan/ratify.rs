//! Ratifying: the decision table where a vendor's own people have decided, and nothing can be sent.

use std::collections::{BTreeMap, BTreeSet};

use super::checks::{Case, goes_on_although, guard_missing};
use super::compare::{Comparison, as_found, contradicted};
use super::fingerprint::mismatches;
use super::hold::Hold;
use super::why::Why;
use super::{Plan, SettledBy, World};
use crate::model::{
    Address, Duplicate, Place, QueueView, ReadErrorKind, Reading, Request, Sighting, Status,
    Verdict,
};

/// One verdict against what the console shows. It never acts.
pub(super) fn compare<'a>(case: &Case<'a>, view: &'a QueueView) -> Comparison<'a> {
    let can = case.terms.can;
    let request = match view.requests.get(&case.decision.address.id) {
        Some(Sighting::Seen(request)) => request.as_ref(),
        Some(Sighting::Absent) | None => return not_processed(case),
        Some(Sighting::Failed(error)) if error.kind == ReadErrorKind::Ambiguous => {
            return Comparison::Hold(Why::Ambiguous {
                why: error.what.clone(),
            });
        }
        Some(Sighting::Failed(error)) => {
            return Comparison::Hold(Why::RowUnreadable {
                why: error.what.clone(),
                said: error.said.clone(),
            });
        }
    };
    match (case.decision.verdict, &request.status) {
        (_, Status::Unknown(raw)) => Comparison::Hold(Why::UnknownStatus { raw: raw.clone() }),
        (_, Status::Quarantined) => Comparison::Hold(Why::Quarantined),
        (Verdict::Approve | Verdict::Deny | Verdict::Revoke, Status::Pending) => {
            not_processed(case)
        }
        (Verdict::Approve, Status::Approved | Status::InUse | Status::Finished) => {
            granted(case, request)
        }
        (Verdict::Approve, Status::Expired) => Comparison::Hold(Why::RequestExpired { ours: None }),
        (Verdict::Approve, Status::Denied | Status::Revoked)
        | (Verdict::Deny, Status::Approved | Status::InUse | Status::Finished) => {
            contradicted(case, request)
        }
        (Verdict::Deny, Status::Denied | Status::Revoked) => refused(case, request),
        // Nobody denied it: the state is there, and nothing was ratified.
        (Verdict::Deny, Status::Expired)
        | (
            Verdict::Revoke,
            Status::Denied | Status::Revoked | Status::Expired | Status::Finished,
        ) => as_found(case, request),
        (Verdict::Revoke, Status::Approved | Status::InUse)
        | (Verdict::File | Verdict::CheckIn, _) => Comparison::Hold(Why::Unsupported {
            otherwise: can.otherwise.to_owned(),
        }),
    }
}

/// Absence is the usual state of what nobody has processed yet, be it of one request or of all.
fn not_processed<'a>(case: &Case<'a>) -> Comparison<'a> {
    Comparison::Hold(Why::NotProcessed {
        means: case.terms.can.absent_means.to_owned(),
    })
}

/// The console granted it; is it what was reviewed that was granted?
fn granted<'a>(case: &Case<'a>, request: &'a Request) -> Comparison<'a> {
    if let Some(why) = guard_missing(case.terms, case.decision) {
        return Comparison::Hold(why);
    }
    let differences = mismatches(case.terms, case.decision, request);
    if differences.is_empty() {
        ratified(case, request)
    } else {
        Comparison::Hold(Why::GrantedOtherwise {
            differences,
            ours: None,
        })
    }
}

/// The console refused it. Whose request it was must be as reviewed, as for every deny.
fn refused<'a>(case: &Case<'a>, request: &'a Request) -> Comparison<'a> {
    let differences = mismatches(case.terms, case.decision, request);
    if differences.is_empty() || goes_on_although(case.terms, case.decision, &differences) {
        ratified(case, request)
    } else {
        Comparison::Hold(Why::GuardMismatch { differences })
    }
}

fn ratified<'a>(case: &Case<'a>, request: &'a Request) -> Comparison<'a> {
    let id = &request.id;
    let how = SettledBy::Ratified {
        status: request.status.word().to_owned(),
        id: (*id != case.decision.address.id).then(|| id.clone()),
    };
    Comparison::Settled(how, Some(request))
}

/// Blocks that name one request in two ways, by its id and by what stands for it: a hold for each request.
/// Returns what they call it; nothing else is said of those.
pub(super) fn hold_what_is_named_twice(world: &World<'_>, plan: &mut Plan) -> BTreeSet<Address> {
    let mut named: BTreeMap<Address, BTreeMap<&Address, Vec<&Place>>> = BTreeMap::new();
    for (address, places) in blocks(world) {
        if let Some(request) = real(world, address) {
            let ways = named.entry(request).or_default();
            ways.entry(address).or_default().extend(places);
        }
    }
    let mut all = BTreeSet::new();
    for (request, ways) in named.into_iter().filter(|(_, ways)| ways.len() > 1) {
        let mut places: Vec<Place> = ways.values().flatten().copied().cloned().collect();
        places.sort();
        plan.holds.retain(|hold| !ways.contains_key(&hold.address));
        plan.undecided
            .retain(|block| !ways.contains_key(&block.address));
        plan.holds.push(Hold::of_duplicate(&Duplicate {
            address: request,
            places,
        }));
        all.extend(ways.into_keys().cloned());
    }
    all
}

/// Every block of queues whose decisions ratify, and where it stands.
fn blocks<'a>(world: &World<'a>) -> impl Iterator<Item = (&'a Address, Vec<&'a Place>)> {
    let desired = world.desired;
    let decided = desired
        .decisions
        .iter()
        .map(|d| (&d.address, vec![&d.from]));
    let undecided = desired
        .undecided
        .iter()
        .map(|u| (&u.address, vec![&u.from]));
    let duplicates = desired.duplicates.iter();
    let duplicates = duplicates.map(|d| (&d.address, d.places.iter().collect()));
    let terms = world.terms;
    let ratifies = move |queue| {
        terms
            .get(queue)
            .is_some_and(|terms| terms.can.ratifies.is_some())
    };
    decided
        .chain(undecided)
        .chain(duplicates)
        .filter(move |(address, _)| ratifies(&address.queue))
}

/// The request itself; nothing where it is not known which one is meant.
fn real(world: &World<'_>, address: &Address) -> Option<Address> {
    if !world.terms.get(&address.queue)?.can.is_key(&address.id) {
        return Some(address.clone());
    }
    let Some(Reading::Read(view)) = world.observed.queues.get(&address.queue) else {
        return None;
    };
    match view.requests.get(&address.id)? {
        Sighting::Seen(request) => Some(Address {
            queue: address.queue.clone(),
            id: request.id.clone(),
        }),
        Sighting::Absent | Sighting::Failed(_) => None,
    }
}
