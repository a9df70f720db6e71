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
    let waiting: Vec<RequestId> = ids(ours.iter().filter(|one| one.status == Status::Pending));
    let granted = ours.iter().filter(|one| one.status != Status::Pending);
    let takes = match release.on_conflict {
        OnConflict::Refuse => ids(granted),
        // "An existing, approved request ID for the same user/system/account/access type".
        OnConflict::Reuse => ids(granted.filter(|one| {
            let access = one.facts.get("access-type");
            access.is_some_and(|access| access.raw().eq_ignore_ascii_case(&release.access_type))
        })),
        // "Cancels any existing approved requests for the same user/system/account".
        OnConflict::Renew => ids(granted),
    };
    let in_the_way = match release.on_conflict {
        OnConflict::Refuse => [waiting, takes.clone()].concat(),
        OnConflict::Reuse if takes.is_empty() => waiting,
        OnConflict::Reuse => Vec::new(),
        OnConflict::Renew => waiting,
    };
    let conflict = |ids, why: &str| {
        let why = why.to_owned();
        Err(Why::Conflict { ids, why })
    };
    let reuses = release.on_conflict == OnConflict::Reuse && !takes.is_empty();
    match (in_the_way.is_empty(), release.rotate_on_check_in) {
        (false, _) => conflict(in_the_way, "this user has asked for the account already"),
        (true, Some(_)) if reuses => conflict(takes, KEEPS_ITS_ROTATION),
        (true, _) => Ok(takes),
    }
}

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
