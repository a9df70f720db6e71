//! The reads around a send: one request, or all of our own where one is filed; and what they say about a change.

use jiff::Timestamp;

use super::judge::{self, After, Before};
use super::releases;
use crate::model::{Change, Outcome, Own, Sent, Sighting, Terms};
use crate::vendors::{LookedOwn, LookedUp, Meaning, Queue};

/// What a change is held against.
#[derive(Clone, Debug, PartialEq)]
pub enum Seen {
    /// The request that is decided.
    One(Sighting),
    /// The requests of whoever files.
    Own(Own),
}

/// One read, and the digest of what the vendor answered.
#[derive(Clone, Debug, PartialEq)]
pub struct Look {
    /// What it showed.
    pub seen: Seen,
    /// `sha256:HEX` of the answer.
    pub digest: Option<String>,
}

/// Reads what this change is about.
pub async fn look(queue: &dyn Queue, change: &Change) -> Look {
    if change.release.is_some() {
        let LookedOwn { own, digest } = queue.own().await;
        return Look {
            seen: Seen::Own(own),
            digest,
        };
    }
    let LookedUp { sighting, digest } = queue.look_up(&change.identity.id).await;
    Look {
        seen: Seen::One(sighting),
        digest,
    }
}

impl Seen {
    /// Why nothing can be concluded, if so.
    pub(super) fn failure(&self) -> Option<&str> {
        match self {
            Self::One(Sighting::Failed(why)) | Self::Own(Own::Failed(why)) => Some(&why.what),
            Self::Own(Own::NotRead) => Some("this vendor shows no requests of our own"),
            Self::One(Sighting::Seen(_) | Sighting::Absent) | Self::Own(Own::Read(_)) => None,
        }
    }
}

/// The fresh read right before a send.
pub(super) fn before(change: &Change, terms: &Terms, seen: &Seen, now: Timestamp) -> Before {
    match seen {
        Seen::One(sighting) => judge::before(change, terms, sighting, now),
        Seen::Own(own) => releases::before(change, own, now),
    }
}

/// The read-back after a send, which was made at that time.
pub(super) fn after(
    change: &Change,
    terms: &Terms,
    answer: &Meaning,
    seen: &Seen,
    at: Timestamp,
) -> After {
    match seen {
        Seen::One(sighting) => {
            let operation = terms.can.operation(change.decision.verdict);
            match judge::after(change, operation, answer, sighting) {
                After::End(outcome) => After::End(as_reviewed(change, terms, seen, outcome)),
                open @ (After::StillPending | After::VoteMissing(_)) => open,
            }
        }
        Seen::Own(own) => releases::after(change, answer, own, at),
    }
}

/// What an outcome is worth, where what was decided is not what was reviewed.
pub(super) fn as_reviewed(
    change: &Change,
    terms: &Terms,
    seen: &Seen,
    outcome: Outcome,
) -> Outcome {
    match seen {
        Seen::One(sighting) => judge::as_reviewed(change, terms, sighting, outcome),
        Seen::Own(_) => outcome,
    }
}

/// What an intent that an earlier run left open turns out to be.
pub(super) fn recovered(change: &Change, sent: &Sent, seen: &Seen) -> Outcome {
    match seen {
        Seen::One(sighting) => judge::recovered(change, sent.confirmed, sighting),
        Seen::Own(own) => releases::recovered(change, own, sent.at),
    }
}

/// Whether the vendor shows that nothing has come of the call.
pub(super) fn still_undecided(change: &Change, seen: &Seen) -> bool {
    match seen {
        Seen::One(sighting) => judge::still_undecided(change, sighting),
        // A filing that is not in the list may have been there and gone.
        Seen::Own(_) => false,
    }
}

/// Whether the vendor shows something that may have come of the call, and nobody can say whether it has.
pub(super) fn may_stand(change: &Change, sent: &Sent, seen: &Seen) -> bool {
    match seen {
        Seen::One(_) => false,
        Seen::Own(own) => releases::may_stand(change, own, sent.at),
    }
}

/// Whether the vendor shows the opposite of what the call was to do.
pub(super) fn is_opposite(change: &Change, seen: &Seen) -> bool {
    match seen {
        Seen::One(sighting) => judge::is_opposite(change, sighting),
        Seen::Own(_) => false,
    }
}
