//! What is said of one call and its answer, where the read-back says nothing new.

use super::judge::refusal;
use crate::model::{Change, Outcome, VendorText};
use crate::vendors::Meaning;

/// A refusal, with what the vendor said to it.
pub(super) fn with_words(outcome: Outcome, words: Option<&VendorText>) -> Outcome {
    if let Outcome::Refused {
        why,
        said,
        conflict,
    } = outcome
    {
        let said = said.or_else(|| words.cloned());
        return Outcome::Refused {
            why,
            said,
            conflict,
        };
    }
    outcome
}

/// What stands when nothing could be read back at all.
pub(super) fn unread(answer: &Meaning, why: &str) -> Outcome {
    refusal(answer).unwrap_or_else(|| Outcome::InDoubt {
        why: format!("sent, and {why}"),
    })
}

/// The call was made, and the vendor still shows what it showed before.
pub(super) fn undecided(change: &Change, answer: &Meaning, again: bool) -> Outcome {
    let still = match &change.release {
        None => "still undecided at the vendor",
        Some(release) if release.gives_back.is_some() => "still in our own list",
        Some(_) => "not in our own list",
    };
    let why = format!("{}; {still}", came_back(answer));
    if again {
        Outcome::NotSent {
            why,
            may_have_left: true,
        }
    } else {
        Outcome::InDoubt { why }
    }
}

pub(super) fn came_back(answer: &Meaning) -> String {
    match answer {
        Meaning::Claimed => "the vendor answered with success".to_owned(),
        Meaning::Filed { id, .. } => format!("the vendor answered that it is request {id}"),
        Meaning::Unknown(why)
        | Meaning::NotSent(why)
        | Meaning::Refused(why)
        | Meaning::Conflict(why)
        | Meaning::DoneBefore(why)
        | Meaning::CredentialRejected(why) => why.clone(),
        Meaning::Wait(_) => "the vendor asks to wait".to_owned(),
    }
}
