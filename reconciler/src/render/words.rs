//! The words for plans and outcomes that text, Markdown and events share. Everything returned is one
//! line and safe for a terminal.

use jiff::{SignedDuration, Timestamp};

pub(super) use super::became::{outcome, settled};
use super::escape::{Hostile, lookalike};
use super::layout::columns;
use super::plan::PlanContext;
use super::scopes;
use crate::model::{
    Address, Capabilities, Change, Deciding, Decision, Place, ReadError, VendorText, Verdict,
};
use crate::plan::{Counts, Hold, Plan, Why};

/// Most characters of one fact on a line of several.
const MOST_OF_A_FACT: usize = 120;

/// The guard key under which vendors show the requester's reason.
const ASKED: &str = "reason";

/// The stable line that people grep.
pub(super) fn plan_line(counts: Counts) -> String {
    let Counts {
        approve,
        deny,
        revoke,
        blocked,
        waiting,
        settled,
        // On a line of their own, where there are any.
        file: _,
        check_in: _,
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
        Verdict::File => ">",
        Verdict::CheckIn => "<",
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
            .filter_map(|key| decision.guard.facts.get(key))
            .filter(|value| !value.is_empty())
            .map(name)
            .collect();
        names.join(" ")
    };
    let (who, target) = subject_keys(can);
    let (who, target) = (names(&who), names(&target));
    match (who.is_empty(), target.is_empty()) {
        (true, true) => String::new(),
        (false, true) => who,
        (true, false) => format!("on {target}"),
        (false, false) => format!("{who} on {target}"),
    }
}

/// The keys that stand in a title: who, and what the anchors say beside it.
fn subject_keys(can: &Capabilities) -> (Vec<&'static str>, Vec<&'static str>) {
    let who: Vec<&str> = can.who.first().copied().into_iter().collect();
    let anchors = can.anchors.iter().copied();
    let target = anchors.filter(|key| !who.contains(key)).collect();
    (who, target)
}

/// A name, and beside it why it may not be what it looks like.
pub(super) fn name(value: &str) -> String {
    let shown = Hostile::from(value).at_most(MOST_OF_A_FACT).terminal();
    match lookalike(value) {
        Some(why) => format!("{shown} [!! {why}]"),
        None => shown,
    }
}

/// For what, as `key=value` in the vendor's order: the facts that say so, or with `whole` every
/// fact that stands nowhere else, hashes uncut.
pub(super) fn what(decision: &Decision, context: &PlanContext, whole: bool) -> Vec<String> {
    let can = context.capabilities_of(&decision.address.queue);
    let (who, target) = can.map(subject_keys).unwrap_or_default();
    let wanted = |key: &str| {
        let titled = who.contains(&key) || target.contains(&key);
        let says_what = can.is_none_or(|can| can.on_what.contains(&key));
        key != ASKED && !titled && (whole || says_what)
    };
    let order = |key: &str| {
        can.and_then(|can| can.facts.iter().position(|fact| fact.key == key))
            .unwrap_or(usize::MAX)
    };
    let mut facts: Vec<(&str, &str)> = decision
        .guard
        .facts
        .iter()
        .filter(|(key, value)| !value.is_empty() && wanted(key))
        .collect();
    facts.sort_by_key(|(key, _)| order(key));
    facts
        .into_iter()
        .map(|(key, value)| format!("{}={}", Hostile::from(key).terminal(), fact(value, whole)))
        .collect()
}

/// What must not be overlooked; the value where the reviewed file holds it.
pub(super) fn alarms(change: &Change) -> String {
    let say = |key: &String| match change.decision.guard.facts.get(key) {
        Some(value) => format!("{}={}", Hostile::from(key).terminal(), fact(value, false)),
        None => Hostile::from(key).terminal(),
    };
    change.alarms.iter().map(say).collect::<Vec<_>>().join(" ")
}

/// As many of them as fit into `room` columns, at least one, and how many do not.
pub(super) fn what_in_short(facts: &[String], room: usize) -> String {
    let joined = facts.join(" ");
    if columns(&joined) <= room {
        return joined;
    }
    let mut line = String::new();
    let mut left = facts.len();
    for fact in facts {
        let fits = columns(&line) + 1 + columns(fact) + " (+99 more)".len() <= room;
        if !line.is_empty() && !fits {
            break;
        }
        line.push_str(if line.is_empty() { "" } else { " " });
        line.push_str(fact);
        left -= 1;
    }
    format!("{line} (+{left} more)")
}

/// Why the requester wants it, in the requester's words, where the vendor has such a field.
pub(super) fn asked(decision: &Decision) -> Option<String> {
    let reason = decision.guard.facts.get(ASKED)?;
    (!reason.is_empty()).then(|| quote(reason))
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
        format!("\"{}\"", shown.replace('"', "\\u{22}"))
    } else {
        shown
    }
}

/// A text that a person wrote, in quotes.
pub(super) fn quote(text: &str) -> String {
    format!("\"{}\"", Hostile::from(text).terminal())
}

/// What a read failed with: our words, and the vendor's own.
#[must_use]
pub fn told(error: &ReadError) -> String {
    match error.said.as_ref().filter(|said| !said.is_empty()) {
        Some(said) => format!("{}; the vendor says {}", error.what, quote(said.raw())),
        None => error.what.clone(),
    }
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

/// The same in two words, for long plans.
pub(super) fn guard_in_short(change: &Change) -> String {
    match change.decision.guard.fingerprint {
        Some(_) => "fingerprint matches".to_owned(),
        None => guard(change),
    }
}

/// The loud label; only deny and revoke go on under it.
pub(super) fn content_changed(change: &Change) -> String {
    format!(
        "CONTENT CHANGED SINCE REVIEW: {}",
        list(&change.content_changed)
    )
}

/// In whose name the call is made, and whose decision it is.
pub(super) fn deciding(change: &Change) -> String {
    let Deciding {
        credential,
        acting_as,
        run_as,
        // Its name stands among those of the credential.
        client: _,
    } = &change.deciding;
    let mut credential = Hostile::from(credential).terminal();
    if let Some(user) = run_as {
        credential.push_str(&format!(" run as {}", name(user)));
    }
    let mut words = match acting_as {
        Some(user) => format!("as {} with {credential}", name(user)),
        None => format!("with {credential}"),
    };
    if let Some(by) = &change.decision.decided_by {
        words.push_str(&format!(", decided by {}", name(by)));
    }
    words
}

/// File and line, and what the branch did there.
pub(super) fn from(plan: &Plan, address: &Address, place: &Place) -> String {
    let mut words = self::place(place);
    if let Some(scope) = plan.scope(address) {
        words.push_str(", ");
        words.push_str(scopes::in_words(scope));
    }
    words
}

/// Who wrote it, to stand behind its place; empty where that is not known.
pub(super) fn author(plan: &Plan, place: &Place) -> String {
    plan.author(place).map_or_else(String::new, |one| {
        let commit: String = one.commit.chars().take(12).collect();
        let (commit, author) = (Hostile::from(&commit), Hostile::from(&one.author));
        format!(
            "; commit {} by {}",
            commit.terminal(),
            author.at_most(200).terminal()
        )
    })
}

/// `queue/id`. A plan file can say anything, so even an id is not trusted to be one.
pub(super) fn address(address: &Address) -> String {
    Hostile::from(&address.to_string()).at_most(120).terminal()
}

/// The address for a command that a person copies; where it is no plain one, the word for it.
pub(super) fn address_to_copy(address: &Address) -> String {
    let text = address.to_string();
    let plain = |c: char| c.is_ascii_alphanumeric() || "/_-:".contains(c);
    if text.chars().all(plain) {
        text
    } else {
        "QUEUE/ID".to_owned()
    }
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
pub(super) fn list(words: &[impl AsRef<str>]) -> String {
    let words: Vec<String> = words
        .iter()
        .map(|word| Hostile::prose(word.as_ref()).terminal())
        .collect();
    words.join(", ")
}

/// The reason of a hold, with what the vendor said where the plan still knows it.
pub(super) fn reason(hold: &Hold) -> String {
    let reason = Hostile::prose(&hold.reason).terminal();
    match vendor_said(&hold.why) {
        Some((label, text)) => format!("{reason}; {label} {}", quote(text.raw())),
        None => reason,
    }
}

fn vendor_said(why: &Why) -> Option<(&'static str, &VendorText)> {
    let said = match why {
        Why::TicketMismatch { shown } => ("it shows", Some(shown)),
        Why::Contradicted { by, .. } => ("decided by", by.as_ref()),
        Why::Unread { said, .. }
        | Why::RowUnreadable { said, .. }
        | Why::PermitUnread { said, .. } => ("the vendor said", said.as_ref()),
        Why::UnknownStatus { raw } => ("it says", Some(raw)),
        Why::InDoubt { .. }
        | Why::SentBefore { .. }
        | Why::Unsupported { .. }
        | Why::DeciderNotListed { .. }
        | Why::GuardMissing
        | Why::GuardInconsistent
        | Why::PermitMissing
        | Why::PermitUnfit { .. }
        | Why::GuardMismatch { .. }
        | Why::GrantedOtherwise { .. }
        | Why::VotedOtherwise { .. }
        | Why::TextTooLong { .. }
        | Why::ClockSkewed { .. }
        | Why::Frozen { .. }
        | Why::OverLimit { .. }
        | Why::Unmerged { .. }
        | Why::Duplicate { .. }
        | Why::NotFound { .. }
        | Why::NothingVisible
        | Why::Quarantined
        | Why::RequestExpired { .. }
        | Why::NotGrantedYet
        | Why::OutOfSight { .. }
        | Why::TicketTooLong { .. }
        | Why::Conflict { .. }
        | Why::NotFiled { .. }
        | Why::FiledOtherwise { .. }
        | Why::QueueDisabled
        | Why::OppositeVote
        | Why::NotProcessed { .. }
        | Why::Ambiguous { .. } => return None,
    };
    let (label, text) = said;
    text.filter(|text| !text.is_empty())
        .map(|text| (label, text))
}

/// For how long, in the largest unit that says enough.
pub(super) fn age(age: SignedDuration) -> String {
    match age.as_secs_f64() / 60.0 {
        minutes if minutes < 60.0 => format!("{minutes:.0}m"),
        minutes if minutes < 48.0 * 60.0 => format!("{:.0}h", minutes / 60.0),
        minutes => format!("{:.0}d", minutes / 1440.0),
    }
}

/// A moment, to the second, in UTC.
pub(super) fn moment(at: Timestamp) -> String {
    jiff::Timestamp::from_second(at.as_second())
        .map_or_else(|_| at.to_string(), |at| at.to_string())
}
