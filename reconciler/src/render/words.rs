//! The words for plans and outcomes that text, Markdown and events share. Everything returned is one
//! line and safe for a terminal.

use jiff::Timestamp;

use super::escape::{Hostile, lookalike};
use super::plan::{PlanContext, Scope};
use crate::model::{Change, Deciding, Decision, Outcome, Place, VendorText, Verdict};
use crate::plan::{Counts, Hold, Settled, SettledBy, Why};

/// Most characters of one fact on a line of several.
const MOST_OF_A_FACT: usize = 120;

/// The stable line that people grep.
pub(super) fn plan_line(counts: Counts) -> String {
    let Counts {
        approve,
        deny,
        revoke,
        blocked,
        waiting,
        settled,
    } = counts;
    format!(
        "Plan: {approve} to approve, {deny} to deny, {revoke} to revoke; \
         {blocked} blocked, {waiting} waiting, {settled} settled."
    )
}

/// `+ approve`, `- deny`, `x revoke`: the sign is never alone.
pub(super) fn sign(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Approve => "+",
        Verdict::Deny => "-",
        Verdict::Revoke => "x",
    }
}

/// Who asked, on what, from the guards: the names of the live request, since these matched.
pub(super) fn subject(decision: &Decision, context: &PlanContext) -> String {
    let Some(can) = context.capabilities_of(&decision.address.queue) else {
        return String::new();
    };
    let names = |keys: &[&str]| {
        let names: Vec<String> = keys
            .iter()
            .filter_map(|key| decision.guard.facts.get(*key))
            .filter(|value| !value.is_empty())
            .map(|value| name(value))
            .collect();
        names.join(" ")
    };
    let (who, target) = (names(can.who), names(can.on_what));
    match (who.is_empty(), target.is_empty()) {
        (true, true) => String::new(),
        (false, true) => who,
        (true, false) => format!("on {target}"),
        (false, false) => format!("{who} on {target}"),
    }
}

/// A name, and beside it why it may not be what it looks like.
pub(super) fn name(value: &str) -> String {
    let shown = Hostile::from(value).at_most(MOST_OF_A_FACT).terminal();
    match lookalike(value) {
        Some(why) => format!("{shown} [!! {why}]"),
        None => shown,
    }
}

/// The other guarded facts, as `key=value`, in the vendor's order. `whole` shows hashes uncut.
pub(super) fn what(decision: &Decision, context: &PlanContext, whole: bool) -> String {
    let can = context.capabilities_of(&decision.address.queue);
    let named =
        |key: &str| can.is_some_and(|can| can.who.contains(&key) || can.on_what.contains(&key));
    let order = |key: &str| {
        can.and_then(|can| can.facts.iter().position(|fact| fact.key == key))
            .unwrap_or(usize::MAX)
    };
    let mut facts: Vec<(&String, &String)> = decision
        .guard
        .facts
        .iter()
        .filter(|(key, value)| !value.is_empty() && !named(key))
        .collect();
    facts.sort_by_key(|(key, _)| order(key));
    let facts: Vec<String> = facts
        .into_iter()
        .map(|(key, value)| format!("{}={}", Hostile::from(key).terminal(), fact(value, whole)))
        .collect();
    facts.join(" ")
}

fn fact(value: &str, whole: bool) -> String {
    let hex = value.len() >= 32 && value.bytes().all(|b| b.is_ascii_hexdigit());
    if hex && !whole {
        let (head, tail) = (value.get(..12), value.get(value.len() - 4..));
        return format!(
            "{}...{}",
            head.unwrap_or_default(),
            tail.unwrap_or_default()
        );
    }
    let shown = Hostile::from(value).at_most(MOST_OF_A_FACT).terminal();
    // A value cannot pretend to be the next key.
    if shown.contains([' ', '=', '"']) {
        quoted(&shown)
    } else {
        shown
    }
}

fn quoted(shown: &str) -> String {
    format!("\"{}\"", shown.replace('"', "\\u{22}"))
}

/// A text that a person wrote, in quotes.
pub(super) fn quote(text: &str) -> String {
    quoted(&Hostile::from(text).terminal())
}

/// What stands between the review and a request that became another.
pub(super) fn guard(change: &Change) -> String {
    let facts = change.decision.guard.facts.len();
    let fields = match facts {
        1 => "1 field".to_owned(),
        many => format!("{many} fields"),
    };
    match (&change.decision.guard.fingerprint, facts) {
        _ if !change.content_changed.is_empty() => content_changed(change),
        (Some(_), 0) => "fingerprint matches".to_owned(),
        (Some(_), _) => format!("fingerprint and {fields} match"),
        (None, _) => format!("{fields} match, no fingerprint"),
    }
}

/// The loud label; only deny and revoke go on under it.
pub(super) fn content_changed(change: &Change) -> String {
    format!(
        "CONTENT CHANGED SINCE REVIEW: {}",
        list(&change.content_changed)
    )
}

/// In whose name the call is made.
pub(super) fn deciding(deciding: &Deciding) -> String {
    let Deciding {
        credential,
        acting_as,
    } = deciding;
    let credential = Hostile::from(credential).terminal();
    match acting_as {
        Some(user) => format!("as {} with {credential}", name(user)),
        None => format!("with {credential}"),
    }
}

/// File and line, what a reviewer changed there, and for whom the decision is made.
pub(super) fn from(decision: &Decision, context: &PlanContext) -> String {
    let mut words = place(&decision.from);
    if let Some(scope) = context.scopes.get(&decision.address) {
        words.push_str(match scope {
            Scope::Introduced => ", introduced in this change",
            Scope::Modified => ", modified in this change",
            Scope::CarriedOver => ", carried over",
        });
    }
    if let Some(by) = &decision.decided_by {
        words.push_str(", decided by ");
        words.push_str(&name(by));
    }
    words
}

/// `file:line`, as an editor opens it.
pub(super) fn place(place: &Place) -> String {
    let Place {
        file,
        line,
        column: _,
    } = place;
    if file.is_empty() {
        "(no file)".to_owned()
    } else {
        format!("{}:{line}", Hostile::from(file.as_ref()).terminal())
    }
}

/// Words from a list that may quote a file.
pub(super) fn list(words: &[String]) -> String {
    let words: Vec<String> = words
        .iter()
        .map(|word| Hostile::from(word).terminal())
        .collect();
    words.join(", ")
}

/// The reason of a hold, with what the vendor said where the plan still knows it.
pub(super) fn reason(hold: &Hold) -> String {
    let reason = Hostile::from(&hold.reason).terminal();
    match vendor_said(&hold.why) {
        Some((label, text)) => format!("{reason}; {label} {}", quote(text.raw())),
        None => reason,
    }
}

fn vendor_said(why: &Why) -> Option<(&'static str, &VendorText)> {
    let said = match why {
        Why::TicketMismatch { shown } => ("it shows", Some(shown)),
        Why::Contradicted { by, .. } => ("decided by", by.as_ref()),
        Why::RowUnreadable { said, .. } => ("the vendor said", said.as_ref()),
        Why::UnknownStatus { raw } => ("it says", Some(raw)),
        Why::InDoubt { .. }
        | Why::SentBefore { .. }
        | Why::Unsupported { .. }
        | Why::DeciderNotListed { .. }
        | Why::GuardMissing
        | Why::GuardInconsistent
        | Why::GuardMismatch { .. }
        | Why::GrantedOtherwise { .. }
        | Why::TextTooLong { .. }
        | Why::ClockSkewed { .. }
        | Why::Frozen { .. }
        | Why::OverLimit { .. }
        | Why::Unmerged { .. }
        | Why::Duplicate { .. }
        | Why::NotFound { .. }
        | Why::NothingVisible
        | Why::Unread { .. }
        | Why::Quarantined
        | Why::RequestExpired
        | Why::NotGrantedYet
        | Why::QueueDisabled => return None,
    };
    let (label, text) = said;
    text.filter(|text| !text.is_empty())
        .map(|text| (label, text))
}

/// How we know that a decision is settled, and by whom.
pub(super) fn settled(settled: &Settled) -> String {
    let by = match &settled.by {
        Some(by) if !by.is_empty() => format!(", decided by {}", name(by.raw())),
        Some(_) | None => String::new(),
    };
    match &settled.settled {
        SettledBy::Us { seq, outcome } => format!("{outcome} by us (ledger {seq}){by}"),
        SettledBy::Vendor { status } => format!("{status} at the vendor{by}"),
        SettledBy::NoLongerVisible { seq, outcome } => {
            format!("{outcome} by us (ledger {seq}), no longer visible")
        }
    }
}

/// What became of a call, in a sentence fragment.
pub(super) fn outcome(outcome: &Outcome) -> String {
    let by = |by: &Option<VendorText>| match by {
        Some(by) if !by.is_empty() => name(by.raw()),
        Some(_) | None => "(not shown)".to_owned(),
    };
    match outcome {
        Outcome::Applied => "done, and read back as ours".to_owned(),
        Outcome::Recorded => "recorded, awaiting others".to_owned(),
        Outcome::StateReached => "state reached, decider not shown".to_owned(),
        Outcome::AlreadyDecided { by: who } => format!("already decided by {}", by(who)),
        Outcome::Stale { why, by: who } => {
            let why = Hostile::from(why).terminal();
            let who = who.as_ref().filter(|who| !who.is_empty());
            let who = who.map_or_else(String::new, |who| {
                format!(", decided by {}", name(who.raw()))
            });
            format!("nothing sent: {why}{who}")
        }
        Outcome::Contradicted { status, by: who } => format!(
            "the vendor shows it {}, decided by {}",
            Hostile::from(status).terminal(),
            by(who)
        ),
        Outcome::Refused { why } => {
            format!("refused by the vendor: {}", Hostile::from(why).terminal())
        }
        Outcome::NotSent {
            why,
            may_have_left: _,
        } => format!("no effect: {}", Hostile::from(why).terminal()),
        Outcome::InDoubt { why } => {
            format!("nobody knows: {}", Hostile::from(why).terminal())
        }
    }
}

/// A moment, to the second, in UTC.
pub(super) fn moment(at: Timestamp) -> String {
    jiff::Timestamp::from_second(at.as_second())
        .map_or_else(|_| at.to_string(), |at| at.to_string())
}
