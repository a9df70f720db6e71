//! What the votes of a request that waits for others say of our own call. Pure.

use crate::model::{Change, Deciding, Outcome, Request, Stand, Verdict, Votes};
use crate::vendors::Meaning;

/// What our own vote makes of a request that waits for others. Whatever the answer was: a vote is the user's,
/// and each has one.
pub(super) fn voted(change: &Change, request: &Request) -> Option<Outcome> {
    let verdict = change.decision.verdict;
    match request.stand(verdict, &change.deciding) {
        Stand::For(_) => Some(Outcome::Recorded {
            // Votes in favour say nothing of how far a denial has come.
            votes: match verdict {
                Verdict::Approve => request.votes.as_ref().map(Votes::tally),
                Verdict::Deny | Verdict::Revoke | Verdict::File | Verdict::CheckIn => None,
            },
        }),
        Stand::Against(vote) => Some(Outcome::Contradicted {
            status: request.status.word().to_owned(),
            by: Some(vote.user.clone()),
        }),
        Stand::NotCast | Stand::NoVotes => None,
    }
}

/// Why a vote that was confirmed is nobody's that we know of, if so.
pub(super) fn vote_missing(change: &Change, request: &Request, answer: &Meaning) -> Option<String> {
    let Deciding {
        credential, run_as, ..
    } = &change.deciding;
    let (Meaning::Claimed, Some(us), Stand::NotCast) = (
        answer,
        run_as,
        request.stand(change.decision.verdict, &change.deciding),
    ) else {
        return None;
    };
    Some(format!(
        "the vendor confirmed a vote and shows none of {us}: {credential} may be another user's than the configuration says"
    ))
}
