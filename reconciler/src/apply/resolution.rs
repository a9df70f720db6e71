//! When a person may say how a call in doubt ended. Pure.

use jiff::{SignedDuration, Timestamp};

use super::look::{self, Seen};
use crate::model::{Change, Outcome, Resolution, Sent};

/// A call that timed out here may still arrive there; younger doubts are not for people.
const QUIET: SignedDuration = SignedDuration::from_mins(15);

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
    let quiet_until = sent.at.saturating_add(QUIET).unwrap_or(Timestamp::MAX);
    if now < quiet_until {
        return Err(format!(
            "the call was made less than 15 minutes ago and may still arrive; not before {quiet_until}"
        ));
    }
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
        Resolution::Applied | Resolution::NotApplied => Ok(()),
    }
}
