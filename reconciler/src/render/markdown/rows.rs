//! The rows of a pull-request comment, and how a text becomes a cell of one.

use super::super::endings::Entry;
use super::super::escape::{Hostile, code_span, markdown_prose};
use super::super::{holds, permits, releases, scopes, words};
use super::All;
use crate::model::{Address, Change, Place, Undecided};
use crate::plan::{Hold, Plan, Removed};

/// Most characters of one value in a table.
pub(super) const CELL: usize = 100;

pub(super) fn change_row(change: &Change, all: &All<'_>) -> String {
    let All { plan, context, .. } = all;
    let decision = &change.decision;
    let (guard, what) = (guard_cell(change), releases::what_of(change, context));
    format!(
        "| {} {} | {} | {} | {} | {} | {} | {guard} | {} | {} |\n",
        words::sign(decision.verdict),
        decision.verdict,
        code_span(&words::address(&decision.address)),
        cell(&decision.ticket),
        safe(&words::subject(decision, context)),
        alarmed(change, &safe(&what.join(" "))) + &reach(change, all) + &asked(change),
        cell(&decision.reason),
        markdown_prose(&change.undo),
        from(plan, &decision.address, &decision.from),
    )
}

/// What the requester wrote, which is what the decision answers.
fn asked(change: &Change) -> String {
    let asked = words::asked(&change.decision).filter(|_| change.release.is_none());
    asked.map_or_else(String::new, |asked| format!("<br>asked: {}", safe(&asked)))
}

pub(super) fn guard_cell(change: &Change) -> String {
    match &change.release {
        Some(release) => safe(&releases::about(release)),
        None if change.content_changed.is_empty() => words::guard(change),
        None => format!(":warning: {}", code_span(&words::content_changed(change))),
    }
}

/// What must not be overlooked stands before all else in its cell.
pub(super) fn alarmed(change: &Change, what: &str) -> String {
    if change.alarms.is_empty() {
        return what.to_owned();
    }
    format!(":warning: {} {what}", code_span(&words::alarms(change)))
}

pub(super) fn short_row(change: &Change, all: &All<'_>) -> String {
    let decision = &change.decision;
    format!(
        "| {} | {} | {} | {} |\n",
        code_span(&words::address(&decision.address)),
        cell(&decision.ticket),
        alarmed(change, &safe(&words::subject(decision, all.context))),
        guard_cell(change) + &reach(change, all),
    )
}

/// How far a permit reaches, how long a grant lasts, and what holds for it alone: never cut, since that is what is
/// being agreed to.
pub(super) fn reach(change: &Change, all: &All<'_>) -> String {
    let lasts = change.lasts.iter();
    let lasts = lasts.map(|words| format!("lasts {}", Hostile::prose(words).terminal()));
    let apart = all.terms.apart(change).into_iter();
    let apart = apart.filter(|(label, _)| *label != "undo");
    let apart = apart.map(|(label, words)| format!("{label}: {words}"));
    let lines = permits::words(change).chain(lasts).map(|line| {
        let alarm = if permits::widens(&line) {
            ":warning: "
        } else {
            ""
        };
        format!("<br>{alarm}{}", code_span(&line))
    });
    lines
        .chain(apart.map(|line| format!("<br>{}", code_span(&line))))
        .collect()
}

pub(super) fn hold_row(hold: &Hold, plan: &Plan) -> String {
    let keys = holds::differences(&hold.why).iter().map(|mismatch| {
        let is = cell(mismatch.is.raw());
        format!(
            "; {}: was {} is {is}",
            cell(&mismatch.key),
            cell(&mismatch.was)
        )
    });
    format!(
        "| {} | {} | {} | {} | {}{} | {} | {} |\n",
        hold.verdict.map_or("?", |verdict| verdict.word()),
        code_span(&words::address(&hold.address)),
        hold.ticket.as_deref().map(cell).unwrap_or_default(),
        hold.why.about().code,
        safe(&words::reason(hold)),
        keys.collect::<String>(),
        next(hold),
        from(plan, &hold.address, &hold.from),
    )
}

pub(super) fn settled_rows(plan: &Plan) -> Vec<String> {
    plan.settled
        .iter()
        .map(|settled| {
            format!(
                "| {} | {} | {} | {} | {} |\n",
                settled.verdict,
                code_span(&words::address(&settled.address)),
                cell(&settled.ticket),
                safe(&words::settled(settled)),
                from(plan, &settled.address, &settled.from),
            )
        })
        .collect()
}

/// Decisions that the branch took out.
pub(super) fn removed_rows(plan: &Plan) -> Vec<String> {
    let removed = plan.base.iter().flat_map(|base| &base.removed);
    let row = |one: &Removed| {
        format!(
            "| {} | {} | {} | {} |\n",
            one.verdict,
            code_span(&words::address(&one.address)),
            cell(&one.ticket),
            safe(&words::place(&one.from)),
        )
    };
    removed.map(row).collect()
}

/// Undecided blocks; without a base they are only counted.
pub(super) fn undecided_row(undecided: &Undecided, plan: &Plan) -> String {
    let Undecided { address, from } = undecided;
    let address_cell = code_span(&words::address(address));
    format!(
        "| undecided | {address_cell} | {} |\n",
        self::from(plan, address, from)
    )
}

/// Where a line stands, and with a base what the branch did there.
fn from(plan: &Plan, address: &Address, place: &Place) -> String {
    let from = words::from(plan, address, place) + &words::author(plan, place);
    safe(&from) + &scopes::edits_in_a_cell(plan, address)
}

pub(super) fn outcome_row(entry: &Entry<'_>, plan: Option<&Plan>) -> String {
    let from = match plan {
        Some(plan) => words::from(plan, entry.address, entry.from),
        None => words::place(entry.from),
    };
    format!(
        "| {} {} | {} | {} | {} | {} | {} |\n",
        words::sign(entry.verdict),
        entry.verdict,
        code_span(&words::address(entry.address)),
        cell(entry.ticket),
        safe(&words::outcome(entry.outcome)),
        entry.next().map(|next| own(&next)).unwrap_or_default(),
        safe(&from),
    )
}

/// Raw text in a cell.
pub(super) fn cell(text: &str) -> String {
    Hostile::from(text).at_most(CELL).markdown()
}

/// Words that are visible already, in a cell; long ones keep head and tail.
pub(super) fn safe(text: &str) -> String {
    if text.is_empty() {
        return String::new();
    }
    let length = text.chars().count();
    if length <= 3 * CELL {
        return code_span(text);
    }
    let head: String = text.chars().take(2 * CELL).collect();
    let tail: String = text.chars().skip(length - CELL).collect();
    code_span(&format!("{head}[... {length} characters ...]{tail}"))
}

/// What to do about a hold: made anew from its code, since a plan file could say anything here.
pub(super) fn next(hold: &Hold) -> String {
    let address = words::address_to_copy(&hold.address);
    own(&hold.why.about().todo.replace("QUEUE/ID", &address))
}

/// Markdown of our own in a cell.
pub(super) fn own(markdown: &str) -> String {
    markdown.replace('|', "\\|")
}
