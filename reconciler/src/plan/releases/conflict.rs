//! What is in the way of a filing: requests of our own that the lists show, and others that the vendor refused it for.

use jiff::SignedDuration;

use super::super::checks::Case;
use super::super::why::Why;
use crate::model::{
    Change, OnConflict, Outcome, ReleaseRequest, Request, RequestId, SentState, Status, Target,
    Verdict,
};

/// Which of our own requests for the account the call reuses or cancels, or why it is not to be made.
pub(super) fn taken(release: &ReleaseRequest, ours: &[&Request]) -> Result<Vec<RequestId>, Why> {
    if let Some(why) = alias_takes(release, ours) {
        return Err(why);
    }
    // Whether one in a status that is not known is reused or cancelled, nobody can say.
    let is_granted = |one: &&&Request| matches!(one.status, Status::Approved | Status::InUse);
    let (granted, others): (Vec<&Request>, Vec<&Request>) = ours.iter().partition(is_granted);
    let takes = match release.on_conflict {
        OnConflict::Refuse => Vec::new(),
        OnConflict::Reuse => reused(release, &granted)?,
        // "Cancels any existing approved requests for the same user/system/account".
        OnConflict::Renew => ids(granted.iter()),
    };
    let in_the_way = match release.on_conflict {
        OnConflict::Refuse => [ids(others.iter()), ids(granted.iter())].concat(),
        OnConflict::Reuse if !takes.is_empty() => Vec::new(),
        OnConflict::Reuse | OnConflict::Renew => ids(others.iter()),
    };
    match in_the_way.is_empty() {
        false => conflict(in_the_way, "this user has asked for the account already"),
        true => Ok(takes),
    }
}

/// Which of what was granted the vendor may return: "an existing, approved request ID for the same
/// user/system/account/access type".
fn reused(release: &ReleaseRequest, granted: &[&Request]) -> Result<Vec<RequestId>, Why> {
    let access = &release.access_type;
    let is_alike = |one: &&&Request| one.shown("access-type").eq_ignore_ascii_case(access);
    let application = release.application.map(|number| number.to_string());
    let application = application.unwrap_or_default();
    let is_for_another = |one: &&&Request| one.shown("application-id") != application;
    let takes = ids(granted.iter().filter(is_alike));
    let others = ids(granted.iter().filter(is_alike).filter(is_for_another));
    match (others.is_empty(), release.rotate_on_check_in) {
        (false, _) => conflict(others, GOES_BY_ACCOUNT),
        (true, Some(_)) if !takes.is_empty() => conflict(takes, KEEPS_ITS_ROTATION),
        (true, _) => Ok(takes),
    }
}

fn conflict<T>(ids: Vec<RequestId>, why: &str) -> Result<T, Why> {
    let why = why.to_owned();
    Err(Why::Conflict { ids, why })
}

/// What it returns would not be a session for what the block names, and it would say that it serves.
const GOES_BY_ACCOUNT: &str = "on-conflict = \"reuse\" goes by account and access type alone and would return this, which is for another application (\"renew\" files anew)";

/// The vendor has a call that turns it on and none that shows it, so nothing could be proven about either.
const KEEPS_ITS_ROTATION: &str = "leave out rotate-on-check-in, or file anew (on-conflict = \"renew\"): what is reused keeps its own setting, which cannot be read back and can only ever be turned on";

/// The vendor refused this very line for a request that no list of ours shows. It would again, as far as
/// is known, until the time is over that the line asks for.
pub(super) fn refused_before(
    case: &Case<'_>,
    release: &ReleaseRequest,
    change: &Change,
) -> Option<Why> {
    let past = case.world.past.of(&change.identity).iter().rev();
    let last = past
        .filter(|one| one.verdict == Verdict::File && one.digest == change.digest)
        .find(|one| one.state != SentState::Open)?;
    let SentState::Ended(Outcome::Refused { conflict: true, .. }) = last.state else {
        return None;
    };
    let window = SignedDuration::from_mins(i64::try_from(release.minutes).unwrap_or(i64::MAX / 60));
    let until = last.at.saturating_add(window).ok()?;
    let (at, seq) = (last.at, last.seq);
    (case.world.now < until).then(|| Why::Conflict {
        ids: Vec::new(),
        why: format!(
            "refused with 409 at {at} (ledger {seq}), and no list of this user shows for what: another user may have asked for {}; held until {until}, or until the block changes",
            release.target
        ),
    })
}

/// What is reused or cancelled goes by system and account, and an alias names neither.
fn alias_takes(release: &ReleaseRequest, ours: &[&Request]) -> Option<Why> {
    let does = match (release.target, release.on_conflict) {
        (Target::Alias(_), OnConflict::Reuse) => "reuse",
        (Target::Alias(_), OnConflict::Renew) => "cancel",
        (Target::Alias(_), OnConflict::Refuse) | (Target::Account { .. }, _) => return None,
    };
    let granted = ids(ours.iter().filter(|one| one.status != Status::Pending));
    (!granted.is_empty()).then(|| Why::Conflict {
        ids: granted,
        why: format!(
            "an alias does not say which account it stands for, so name it by system and account; on-conflict = \"{}\" could {does} what this user was granted",
            release.on_conflict.word()
        ),
    })
}

/// The ids of some requests, in order.
pub(super) fn ids<'a, 'b: 'a>(requests: impl Iterator<Item = &'a &'b Request>) -> Vec<RequestId> {
    let mut ids: Vec<RequestId> = requests.map(|one| one.id.clone()).collect();
    ids.sort();
    ids
}
