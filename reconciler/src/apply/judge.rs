//! What a read says about a change: right before its send, and after it. Pure.

use jiff::Timestamp;

use super::votes::{vote_missing, voted};
use crate::model::{
    Change, Follows, Heard, Operation, Outcome, Repeat, Request, Shows, Sighting, Stand, Status,
    Terms, VendorText, Verdict,
};
use crate::plan::{goes_on_although, mismatches, still_to_do};
use crate::vendors::Meaning;

/// What to do after the fresh read.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Before {
    /// It is still what was reviewed: send.
    Send,
    /// It ends here; nothing is sent.
    End(Outcome),
}

/// What to conclude from the read-back.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum After {
    /// It ended.
    End(Outcome),
    /// Nothing has changed: the vendor may lag, ignore the call, or never have seen it.
    StillPending,
    /// The vendor confirmed a vote, and ours is not among those that it shows: it may lag, or somebody else's
    /// key has voted. In our words. Never to be sent again.
    VoteMissing(String),
}

/// Whose doing the state at the vendor is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Whose {
    Ours,
    Theirs,
    NotShown,
}

/// The fresh read right before a send.
pub(super) fn before(
    change: &Change,
    terms: &Terms,
    sighting: &Sighting,
    now: Timestamp,
) -> Before {
    let stale = |why: &str| {
        Before::End(Outcome::Stale {
            why: why.to_owned(),
            by: None,
        })
    };
    let request = match sighting {
        Sighting::Seen(request) => request,
        Sighting::Absent => return stale("no longer visible at the vendor"),
        Sighting::Failed(error) => {
            let why = format!("could not be read before sending: {}", error.what);
            return Before::End(Outcome::NotSent {
                why,
                may_have_left: false,
            });
        }
    };
    let decision = &change.decision;
    if decision.expires <= now {
        return stale("the decision expired since it was planned");
    }
    let differences = mismatches(terms, decision, request);
    let as_reviewed = differences.is_empty() || goes_on_although(terms, decision, &differences);
    if reached(decision.verdict, &request.status) && as_reviewed {
        return Before::End(Outcome::AlreadyDecided {
            by: request.decided.by.clone(),
        });
    }
    if Some(&request.status) != change.expects.as_ref()
        || !still_to_do(decision.verdict, &request.status)
    {
        let why = format!(
            "{} at the vendor, no longer {}",
            request.status.word(),
            change.expects.as_ref().map_or("there", Status::word)
        );
        return Before::End(Outcome::Stale {
            why,
            by: request.decided.by.clone(),
        });
    }
    match request.stand(decision.verdict, &change.deciding) {
        Stand::For(vote) if as_reviewed => {
            return Before::End(Outcome::AlreadyDecided {
                by: Some(vote.user.clone()),
            });
        }
        Stand::Against(vote) => {
            return Before::End(Outcome::Stale {
                why: "our own user has voted the other way since it was planned".to_owned(),
                by: Some(vote.user.clone()),
            });
        }
        Stand::For(_) | Stand::NotCast | Stand::NoVotes => {}
    }
    if !as_reviewed {
        let keys: Vec<&str> = differences
            .iter()
            .map(|difference| difference.key.as_str())
            .collect();
        return stale(&format!(
            "changed since it was planned: {}",
            keys.join(", ")
        ));
    }
    Before::Send
}

/// The read-back after a send; `answer` is what the call itself came back with. Where neither shows the
/// state that was asked for, the operation's own outcome table has the first word.
pub(super) fn after(
    change: &Change,
    operation: Option<&Operation>,
    answer: &Meaning,
    sighting: &Sighting,
) -> After {
    let definite_no = refusal(answer);
    let concludes = |shows| concludes(operation, answer, shows);
    let request = match sighting {
        Sighting::Seen(request) => request,
        Sighting::Absent | Sighting::Failed(_) => {
            if let (Sighting::Absent, Some(outcome)) = (sighting, concludes(Shows::Absent)) {
                return After::End(outcome);
            }
            let why = match sighting {
                Sighting::Failed(error) => {
                    format!("sent, and it could not be read back: {}", error.what)
                }
                Sighting::Absent | Sighting::Seen(_) => {
                    "sent, and no longer visible at the vendor".to_owned()
                }
            };
            return After::End(definite_no.unwrap_or(Outcome::InDoubt { why }));
        }
    };
    let verdict = change.decision.verdict;
    if reached(verdict, &request.status) {
        return match vote_missing(change, request, answer) {
            // Whoever it was that voted, it was with our text.
            Some(why) if whose(change, request) != Whose::Ours => After::VoteMissing(why),
            Some(_) | None => After::End(reached_by(change, request, answer)),
        };
    }
    if let Some(doubt) = may_yet_act(change, request, answer) {
        return After::End(doubt);
    }
    // Neither says what became of the call; it may yet take effect once the quarantine is over.
    if let Status::Unknown(_) | Status::Quarantined = request.status {
        let why = format!("sent, and the vendor shows it {}", request.status.word());
        return After::End(definite_no.unwrap_or(Outcome::InDoubt { why }));
    }
    if still_to_do(verdict, &request.status) {
        if let Some(outcome) = voted(change, request) {
            return After::End(outcome);
        }
        if let Some(why) = vote_missing(change, request, answer) {
            return After::VoteMissing(why);
        }
        return match definite_no {
            Some(no) if concludes(Shows::Undecided).is_none() => After::End(no),
            Some(_) | None => After::StillPending,
        };
    }
    let status = request.status.word().to_owned();
    After::End(Outcome::Contradicted {
        status,
        by: request.decided.by.clone(),
    })
}

/// What the operation's outcome table makes of a request that still waits after the last read-back.
pub(super) fn still_pending(operation: Option<&Operation>, answer: &Meaning) -> Option<Outcome> {
    concludes(operation, answer, Shows::Undecided)
}

fn concludes(operation: Option<&Operation>, answer: &Meaning, shows: Shows) -> Option<Outcome> {
    let heard = match answer {
        Meaning::Claimed | Meaning::Filed { .. } => Heard::Confirmed,
        Meaning::DoneBefore(_) => Heard::DoneBefore,
        Meaning::NotSent(_)
        | Meaning::Refused(_)
        | Meaning::Conflict(_)
        | Meaning::CredentialRejected(_)
        | Meaning::Wait(_)
        | Meaning::Unknown(_) => return None,
    };
    Some(match operation?.concludes(heard, shows)? {
        Follows::Recorded => Outcome::Recorded { votes: None },
        Follows::StateReached => Outcome::StateReached,
        Follows::AlreadyDecided => Outcome::AlreadyDecided { by: None },
    })
}

/// What stands there by a bare approval is held against what was reviewed once more: a request may change between
/// the last look and the call. Where the call itself says what it permits, that is what was reviewed.
pub(super) fn as_reviewed(
    change: &Change,
    terms: &Terms,
    sighting: &Sighting,
    outcome: Outcome,
) -> Outcome {
    let Sighting::Seen(request) = sighting else {
        return outcome;
    };
    let is_bare = change.decision.verdict == Verdict::Approve && !terms.can.needs_permit;
    if !is_bare || !outcome.is_final() {
        return outcome;
    }
    let differences = mismatches(terms, &change.decision, request);
    if differences.is_empty() {
        return outcome;
    }
    let keys = differences.into_iter().map(|one| one.key).collect();
    Outcome::GrantedOtherwise { keys, id: None }
}

/// What an intent that an earlier run left open turns out to be; `confirmed` is whether the vendor answered it
/// with success. Reads only; nothing is ever sent here.
pub(super) fn recovered(change: &Change, confirmed: bool, sighting: &Sighting) -> Outcome {
    let verdict = change.decision.verdict;
    let shows_votes = |request: &Request| {
        let stand = request.stand(verdict, &change.deciding);
        !matches!(stand, Stand::NoVotes)
    };
    // Elsewhere that is no more than an unknown answer: what was confirmed and not to be seen then may yet act.
    let answer = match sighting {
        Sighting::Seen(request) if confirmed && shows_votes(request) => Meaning::Claimed,
        Sighting::Seen(_) | Sighting::Absent | Sighting::Failed(_) => {
            Meaning::Unknown(String::new())
        }
    };
    match after(change, None, &answer, sighting) {
        After::End(outcome) => outcome,
        After::VoteMissing(why) => Outcome::InDoubt { why },
        After::StillPending if change.repeat.is_harmless() => Outcome::NotSent {
            why: "the outcome was not known, and the request is still undecided".to_owned(),
            may_have_left: true,
        },
        After::StillPending => Outcome::InDoubt {
            why: "the request is still undecided, but the call of an earlier run may yet arrive"
                .to_owned(),
        },
    }
}

/// Whether the vendor shows that nothing has been decided yet.
pub(super) fn still_undecided(change: &Change, sighting: &Sighting) -> bool {
    let verdict = change.decision.verdict;
    let undecided = |request: &Request| {
        let stand = request.stand(verdict, &change.deciding);
        still_to_do(verdict, &request.status) && !matches!(stand, Stand::For(_))
    };
    matches!(sighting, Sighting::Seen(request) if undecided(request))
}

/// Whether the vendor shows the opposite of what the call was to do.
pub(super) fn is_opposite(change: &Change, sighting: &Sighting) -> bool {
    let verdict = change.decision.verdict;
    let opposite = |request: &Request| {
        let status = &request.status;
        let is_known = !matches!(status, Status::Unknown(_) | Status::Quarantined);
        is_known && !reached(verdict, status) && !still_to_do(verdict, status)
    };
    matches!(sighting, Sighting::Seen(request) if opposite(request))
}

/// Whether the status is what the verdict asks for. The rows of the decision table that say *settled*.
fn reached(verdict: Verdict, status: &Status) -> bool {
    match (verdict, status) {
        (Verdict::Approve, Status::Approved | Status::InUse | Status::Finished)
        | (Verdict::Deny | Verdict::Revoke, Status::Denied | Status::Revoked | Status::Expired)
        | (Verdict::Revoke, Status::Finished) => true,
        // They are not about a request that somebody else made: `releases` judges them.
        (Verdict::File | Verdict::CheckIn, _) => false,
        (Verdict::Approve, Status::Denied | Status::Revoked | Status::Expired)
        | (Verdict::Deny, Status::Approved | Status::InUse | Status::Finished)
        | (Verdict::Revoke, Status::Approved | Status::InUse)
        | (
            Verdict::Approve | Verdict::Deny | Verdict::Revoke,
            Status::Pending | Status::Quarantined | Status::Unknown(_),
        ) => false,
    }
}

/// The state is there; is it our doing? The vendor's OK alone is never proof.
fn reached_by(change: &Change, request: &Request, answer: &Meaning) -> Outcome {
    let claimed = matches!(answer, Meaning::Claimed);
    let theirs = || {
        may_yet_act(change, request, answer).unwrap_or_else(|| Outcome::AlreadyDecided {
            by: request.decided.by.clone(),
        })
    };
    match request.stand(change.decision.verdict, &change.deciding) {
        // Our user's vote, and not by this call: the vendor refused it, or never heard of it.
        Stand::For(vote) if refusal(answer).is_some() => {
            return Outcome::AlreadyDecided {
                by: Some(vote.user.clone()),
            };
        }
        Stand::For(_) => return Outcome::Applied,
        // Whoever it was that voted, it was with our text.
        Stand::NotCast if whose(change, request) == Whose::Ours => return Outcome::Applied,
        Stand::NotCast | Stand::Against(_) => return theirs(),
        Stand::NoVotes => {}
    }
    match whose(change, request) {
        Whose::Ours => Outcome::Applied,
        // The vendor said no to us, or never heard of us, so it was not us.
        Whose::NotShown if refusal(answer).is_some() => theirs(),
        // A vendor that refuses repeats would not have confirmed a call that came second.
        Whose::NotShown if claimed && change.repeat == Repeat::Rejected => Outcome::Applied,
        Whose::NotShown if claimed => Outcome::StateReached,
        Whose::NotShown => may_yet_act(change, request, answer).unwrap_or(Outcome::StateReached),
        Whose::Theirs => theirs(),
    }
}

/// Somebody else decided, and our call left: where a repeat is not harmless it may act on top of that, now or later.
fn may_yet_act(change: &Change, request: &Request, answer: &Meaning) -> Option<Outcome> {
    let grants = change.decision.verdict == Verdict::Approve;
    let acts = match change.repeat {
        Repeat::Ignored | Repeat::Rejected => false,
        Repeat::ActsAgain => true,
        // It takes a grant back, and gives none.
        Repeat::MayCancel => !grants && !reached(change.decision.verdict, &request.status),
    };
    if !acts || still_to_do(change.decision.verdict, &request.status) {
        return None;
    }
    let ours = match answer {
        Meaning::Unknown(_) => "our call may have arrived too, or may yet",
        Meaning::Claimed | Meaning::Filed { .. } => "our call was confirmed all the same",
        Meaning::NotSent(_)
        | Meaning::Refused(_)
        | Meaning::Conflict(_)
        | Meaning::DoneBefore(_)
        | Meaning::CredentialRejected(_)
        | Meaning::Wait(_) => return None,
    };
    let status = request.status.word();
    let why = format!("the vendor shows it {status} and not as ours, and {ours}");
    Some(Outcome::InDoubt { why })
}

fn whose(change: &Change, request: &Request) -> Whose {
    let shows_mark = |note: &VendorText| note.raw().contains(&change.mark.to_string());
    if request.decided.note.as_ref().is_some_and(shows_mark) {
        return Whose::Ours;
    }
    let Some(by) = request.decided.by.as_ref().filter(|by| !by.is_empty()) else {
        return Whose::NotShown;
    };
    let is = |name: &str| by.raw().eq_ignore_ascii_case(name);
    match (&change.decision.decided_by, &change.deciding.acting_as) {
        // A person's own name proves nothing: the person can also have pressed the button.
        (Some(person), _) if is(person) => Whose::NotShown,
        (None, Some(reserved)) if is(reserved) => Whose::Ours,
        (Some(_), _) | (None, Some(_)) => Whose::Theirs,
        // Nobody was named to the vendor, so whoever it shows may be how it shows the API.
        (None, None) => Whose::NotShown,
    }
}

pub(super) fn refusal(answer: &Meaning) -> Option<Outcome> {
    match answer {
        Meaning::Refused(why) | Meaning::Conflict(why) | Meaning::DoneBefore(why) => {
            Some(Outcome::Refused {
                why: why.clone(),
                said: None,
                conflict: matches!(answer, Meaning::Conflict(_)),
            })
        }
        Meaning::CredentialRejected(why) | Meaning::NotSent(why) => Some(Outcome::NotSent {
            why: why.clone(),
            may_have_left: false,
        }),
        Meaning::Wait(pause) => Some(Outcome::NotSent {
            why: format!("the vendor asks to wait {} s", pause.as_secs()),
            may_have_left: false,
        }),
        Meaning::Claimed | Meaning::Filed { .. } | Meaning::Unknown(_) => None,
    }
}
