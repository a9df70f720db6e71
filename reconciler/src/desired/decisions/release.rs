//! `[[release-request]]` blocks: a request to be filed, strictly read; what the vendor will not take is told here
//! where the block alone shows it.

use jiff::SignedDuration;

use super::block::{Queues, expires, queue, required};
use super::values;
use crate::desired::duration;
use crate::desired::hostile::inert;
use crate::desired::mistake::Mistake;
use crate::desired::table::{Found, Strict, suggestion};
use crate::model::{Address, Aim, Filing, OnConflict, ReleaseRequest, Target, Terms};

/// Every key of a block, in the order in which `fmt` writes them.
pub(in crate::desired) const KEYS: [&str; 15] = [
    "queue",
    "system",
    "account",
    "alias",
    "application",
    "access-type",
    "duration",
    "reason",
    "ticket",
    "ticket-system",
    "schedule",
    "on-conflict",
    "rotate-on-check-in",
    "state",
    "expires",
];

/// What is to become of the request.
pub(super) const STATES: [(&str, Aim); 2] = [("open", Aim::Open), ("checked-in", Aim::CheckedIn)];

/// The vendor's numbers are those of a 32-bit integer, from 1 on.
pub(super) const GREATEST: u64 = i32::MAX.unsigned_abs() as u64;

/// One block, or nothing and at least one mistake.
pub(super) fn one(
    block: &Strict<'_, '_>,
    queues: &Queues<'_>,
    mistakes: &mut Vec<Mistake>,
) -> Option<ReleaseRequest> {
    let before = mistakes.len();
    block.only(&KEYS, mistakes);
    let terms = queue(block, queues, mistakes);
    let filing = terms.and_then(|terms| filing(block, terms, mistakes));
    let target = target(block, mistakes);
    let application = number(block, "application", mistakes);
    let access_type =
        filing.and_then(|filing| access_type(block, filing, (target, application), mistakes));
    let minutes = minutes(block, filing, mistakes);
    let hint = "name the external ticket: ticket = \"CHG0031337\"";
    let ticket = required(block, "ticket", hint, false, values::name, mistakes);
    let hint = "say why, in one line: reason = \"…\"";
    let reason = required(block, "reason", hint, false, values::sentence, mistakes);
    let expires = expires(block, false, mistakes);
    let ticket_system = number(block, "ticket-system", mistakes);
    let schedule = number(block, "schedule", mistakes);
    let on_conflict = word(
        block,
        "on-conflict",
        &OnConflict::ALL.map(|one| (one.word(), one)),
        mistakes,
    );
    let aim = word(block, "state", &STATES, mistakes);
    let rotate_on_check_in = block.flag("rotate-on-check-in", mistakes);
    if mistakes.len() > before {
        return None;
    }
    let (target, ticket) = (target?, ticket?);
    Some(ReleaseRequest {
        address: Address {
            queue: terms?.queue.clone(),
            id: target.key(&ticket),
        },
        target,
        application,
        access_type: access_type?,
        minutes: minutes?,
        reason: reason?,
        ticket,
        ticket_system,
        schedule,
        on_conflict: on_conflict.unwrap_or(OnConflict::Refuse),
        rotate_on_check_in,
        aim: aim.unwrap_or(Aim::Open),
        expires: expires?,
        from: block.source.place(block.at.start),
    })
}

/// How the vendor files requests, if it does.
fn filing(
    block: &Strict<'_, '_>,
    terms: &Terms,
    mistakes: &mut Vec<Mistake>,
) -> Option<&'static Filing> {
    if terms.can.filing.is_none() {
        let title = terms.can.vendor.title();
        let message = format!("requests cannot be filed at {title}");
        let hint = "name a queue of a vendor that can, or remove the block";
        mistakes.push(block.source.mistake(block.at.clone(), message, hint));
    }
    terms.can.filing
}

/// An account on its system, or an alias; never both.
fn target(block: &Strict<'_, '_>, mistakes: &mut Vec<Mistake>) -> Option<Target> {
    let numbers = ["system", "account", "alias"].map(|key| number(block, key, mistakes));
    let given = ["system", "account", "alias"].map(|key| block.get(key).is_some());
    match (given, numbers) {
        ([true, true, false], [Some(system), Some(account), None]) => {
            Some(Target::Account { system, account })
        }
        ([false, false, true], [None, None, Some(alias)]) => Some(Target::Alias(alias)),
        // Whatever is no number was told already.
        ([true, true, false] | [false, false, true], _) => None,
        (_, _) => {
            let message = format!("{} must name an account, in one of two ways", block.name);
            let hint = "write system = 12 and account = 34, or alias = 56";
            mistakes.push(block.source.mistake(block.at.clone(), message, hint));
            None
        }
    }
}

/// A number of the vendor's, from 1 on.
fn number(block: &Strict<'_, '_>, key: &str, mistakes: &mut Vec<Mistake>) -> Option<u64> {
    let Found { value, at } = block.whole(key, mistakes)?;
    if value == 0 || value > GREATEST {
        let message = format!("`{key}` is no number of the vendor's: they go from 1 to {GREATEST}");
        let hint = "the vendor's portal shows the number";
        mistakes.push(block.source.mistake(at, message, hint));
        return None;
    }
    Some(value)
}

/// The sort of access; the narrowest where it is left out.
fn access_type(
    block: &Strict<'_, '_>,
    filing: &Filing,
    (target, application): (Option<Target>, Option<u64>),
    mistakes: &mut Vec<Mistake>,
) -> Option<String> {
    let narrowest = filing.access_types.first().copied().unwrap_or_default();
    let known = |word: &str| filing.access_types.iter().find(|one| **one == word);
    let (word, at) = match values::name(block, "access-type", mistakes) {
        Some(Found { value, at }) => match known(value) {
            Some(word) => (*word, at),
            None => {
                let message = format!("`{}` is not an access type", inert(value, 60));
                let hint = suggestion(value, filing.access_types, "the access types are");
                mistakes.push(block.source.mistake(at, message, hint));
                return None;
            }
        },
        None => (narrowest, block.at.clone()),
    };
    let (for_one, has_one) = (word == filing.for_application, application.is_some());
    let by_alias = matches!(target, Some(Target::Alias(_)));
    let wrong = match (for_one, has_one) {
        (true, _) if by_alias => Some((
            format!("an alias knows no access of the type {word}"),
            "name the account: system = 12 and account = 34",
        )),
        (true, false) => Some((
            format!("access of the type {word} needs an application"),
            "name it by its number: application = 78",
        )),
        (false, true) => Some((
            format!("access of the type {word} is to no application"),
            "remove `application`, or write access-type = \"App\"",
        )),
        (true, true) | (false, false) => None,
    };
    if let Some((message, hint)) = wrong {
        mistakes.push(block.source.mistake(at, message, hint));
        return None;
    }
    Some(word.to_owned())
}

/// Whole minutes, at least one.
fn minutes(
    block: &Strict<'_, '_>,
    filing: Option<&Filing>,
    mistakes: &mut Vec<Mistake>,
) -> Option<u64> {
    if block.get("duration").is_none() {
        block.missing("duration", "say for how long: duration = \"2h\"", mistakes);
    }
    let Found { value, at } = block.text("duration", mistakes)?;
    let most = filing.map_or(u64::MAX, |filing| filing.most_minutes);
    let time = match duration::parse(value) {
        Ok(time) => time,
        Err(what) => {
            let message = format!("`duration` is not a duration: {what}");
            mistakes.push(block.source.mistake(at, message, duration::HINT));
            return None;
        }
    };
    let minutes = u64::try_from(time.as_mins()).ok();
    let is_whole = time == SignedDuration::from_mins(time.as_mins());
    match minutes.filter(|minutes| is_whole && (1..=most).contains(minutes)) {
        Some(minutes) => Some(minutes),
        None => {
            let message = format!("`duration` must be whole minutes, 1 to {most}");
            let hint = "write it like duration = \"90m\" or \"2h\"";
            mistakes.push(block.source.mistake(at, message, hint));
            None
        }
    }
}

/// One of some words.
fn word<T: Copy>(
    block: &Strict<'_, '_>,
    key: &str,
    words: &[(&str, T)],
    mistakes: &mut Vec<Mistake>,
) -> Option<T> {
    let Found { value, at } = block.text(key, mistakes)?;
    let found = words.iter().find(|(word, _)| *word == value);
    if found.is_none() {
        let known: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        let message = format!("`{}` is no word for `{key}`", inert(value, 60));
        let hint = suggestion(value, &known, "write one of");
        mistakes.push(block.source.mistake(at, message, hint));
    }
    found.map(|(_, meant)| *meant)
}
