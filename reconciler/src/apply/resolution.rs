//! When a person may say how a call in doubt ended. Pure.

use jiff::{SignedDuration, Timestamp};

use super::look::{self, Seen};
use crate::model::{Change, Outcome, Resolution, Sent};

/// A call that timed out here may still arrive there; younger doubts are not for people.
const QUIET: SignedDuration = SignedDuration::from_mins(15);

/// The finding about a call that nobody who is left can see: that it arrived may be recorded, since then it counts as
/// sent and is never offered again. That it did not would offer it again, and nothing shows it.
///
/// # Errors
/// In our words, why not.
pub fn judge_unseen(sent: &Sent, resolution: Resolution, now: Timestamp) -> Result<(), String> {
    quiet(sent, now)?;
    match resolution {
        Resolution::Applied => Ok(()),
        Resolution::NotApplied => {
            Err("what others are shown does not prove that nothing happened".to_owned())
        }
    }
}

/// Whether the finding may be recorded: not within 15 minutes of the intent, and not against a fresh read.
///
/// # Errors
/// In our words, why not.
pub fn judge_resolution(
    change: &Change,
    sent: &Sent,
    resolution: Resolution,
    seen: &Seen,
    now: Timestamp,
) -> Result<(), String> {
    quiet(sent, now)?;
    if let Some(why) = seen.failure() {
        return Err(format!(
            "the request cannot be read now, so nothing can be held against it: {why}"
        ));
    }
    let read = look::recovered(change, sent, seen);
    let is_there = read.is_final();
    let is_not_there = matches!(read, Outcome::NotSent { .. } | Outcome::Contradicted { .. })
        || look::still_undecided(change, seen)
        || look::is_opposite(change, seen);
    match resolution {
        Resolution::Applied if is_not_there => {
            Err("the vendor shows the request undecided, or decided otherwise".to_owned())
        }
        Resolution::NotApplied if is_there => {
            Err("the vendor shows the state that the call asked for".to_owned())
        }
        Resolution::NotApplied if look::may_stand(change, sent, seen) => {
            Err("something new stands there that may be what the call has filed".to_owned())
        }
        Resolution::Applied | Resolution::NotApplied => Ok(()),
    }
}

fn quiet(sent: &Sent, now: Timestamp) -> Result<(), String> {
    let until = sent.at.saturating_add(QUIET).unwrap_or(Timestamp::MAX);
    if now < until {
        return Err(format!(
            "the call was made less than 15 minutes ago and may still arrive; not before {until}"
        ));
    }
    Ok(())
}
