//! What became of decisions and of calls, in words.

use super::escape::Hostile;
use super::words::{list, name, quote};
use crate::model::{FilingProof, Outcome, VendorText, Verdict};
use crate::plan::{Settled, SettledBy};

/// How we know that a decision is settled, and by whom.
pub(super) fn settled(settled: &Settled) -> String {
    let by = match &settled.by {
        // With votes it is ours that is meant, and nothing is decided yet.
        Some(_) if settled.votes.is_some() => String::new(),
        Some(by) if !by.is_empty() => format!(", decided by {}", name(by.raw())),
        Some(_) | None => String::new(),
    };
    let votes = match (&settled.votes, settled.verdict) {
        (None, _) => String::new(),
        (Some(votes), Verdict::Deny) => format!(", our vote is against it, {votes}"),
        (Some(votes), Verdict::Approve | Verdict::Revoke | Verdict::File | Verdict::CheckIn) => {
            format!(", our vote is recorded, {votes}")
        }
    };
    match &settled.settled {
        SettledBy::Us { seq, outcome } => format!("{outcome} by us (ledger {seq}){by}{votes}"),
        SettledBy::Vendor {
            status,
            reach_unknown,
        } => {
            let reach = if *reach_unknown {
                "; how far that permit reaches is not shown"
            } else {
                ""
            };
            format!("{status} at the vendor{by}{votes}{reach}")
        }
        SettledBy::Ratified { status, id } => {
            let id = id.as_ref().map(|id| Hostile::from(id.as_str()).terminal());
            let id = id.map_or_else(String::new, |id| format!(", its request {id}"));
            format!("ratified: {status} at the vendor{by}{id}")
        }
        SettledBy::Filed { seq, id, stands } => {
            let id = Hostile::from(id.as_str()).terminal();
            let stands = Hostile::from(stands.as_deref().unwrap_or("gone")).terminal();
            format!("filed as {id} (ledger {seq}), {stands}")
        }
        SettledBy::NoLongerVisible { seq, outcome } => {
            format!("{outcome} by us (ledger {seq}), no longer visible")
        }
    }
}

/// What became of a call, the word for it first.
pub(super) fn outcome(outcome: &Outcome) -> String {
    let by = |by: &Option<VendorText>| match by {
        Some(by) if !by.is_empty() => name(by.raw()),
        Some(_) | None => "(not shown)".to_owned(),
    };
    match outcome {
        Outcome::Applied => "applied: read back as ours".to_owned(),
        Outcome::Recorded { votes: None } => "recorded, awaiting others".to_owned(),
        Outcome::Recorded { votes: Some(votes) } => format!("recorded, {votes}"),
        Outcome::StateReached => "state reached, decider not shown".to_owned(),
        Outcome::AlreadyDecided { by: who } => format!("already decided by {}", by(who)),
        Outcome::Stale { why, by: who } => {
            let who = who.as_ref().filter(|who| !who.is_empty());
            let who = who.map_or_else(String::new, |who| {
                format!(", decided by {}", name(who.raw()))
            });
            format!(
                "stale, nothing sent: {}{who}",
                Hostile::prose(why).terminal()
            )
        }
        Outcome::Held { code, why } => format!(
            "held, nothing sent: {} ({})",
            Hostile::prose(why).terminal(),
            Hostile::from(code).terminal()
        ),
        Outcome::GrantedOtherwise { keys, id: None } => {
            format!("done, but not what was reviewed: {}", list(keys))
        }
        Outcome::GrantedOtherwise { keys, id: Some(id) } => format!(
            "{} was there already and serves, but not as reviewed: {} is its own",
            Hostile::from(id.as_str()).terminal(),
            list(keys)
        ),
        Outcome::Contradicted { status, by: who } => format!(
            "contradicted: the vendor shows it {}, decided by {}",
            Hostile::from(status).terminal(),
            by(who)
        ),
        Outcome::Refused {
            why,
            said,
            conflict: _,
        } => {
            let said = said.as_ref().filter(|said| !said.is_empty());
            let said = said.map_or_else(String::new, |said| {
                format!("; the vendor says {}", quote(said.raw()))
            });
            format!("refused: {}{said}", Hostile::prose(why).terminal())
        }
        Outcome::NotSent {
            why,
            may_have_left: false,
        } => format!("not sent: {}", Hostile::prose(why).terminal()),
        // The word of the ledger; but a call that had no effect so far may have been made.
        Outcome::NotSent {
            why,
            may_have_left: true,
        } => format!(
            "not sent, as far as the vendor shows: {}",
            Hostile::prose(why).terminal()
        ),
        Outcome::Filed { id, proof } => {
            let id = Hostile::from(id.as_str()).terminal();
            match proof {
                FilingProof::Answered => format!("filed as {id}"),
                FilingProof::Reused => format!("{id} was there already and serves"),
                FilingProof::Found => format!("filed as {id}, by whom is not shown"),
            }
        }
        Outcome::InDoubt { why } => format!("in doubt: {}", Hostile::prose(why).terminal()),
    }
}
