//! What a branch adds to a plan: each line's scope in words, what a modified block said before, what was taken out.

use super::difference::{self, Drawn};
use super::escape::{Hostile, code_span};
use super::layout::{Page, Role};
use super::words;
use crate::model::{Address, VendorText};
use crate::plan::{Edit, Plan, Removed, Scope};

/// Most edits of one block that are shown; a drafted block has about twenty values.
pub(super) const MOST_EDITS: usize = 40;

/// What stands beside a line's place.
pub(super) fn in_words(scope: Scope) -> &'static str {
    match scope {
        Scope::Introduced => "introduced in this change",
        Scope::Modified => "modified in this change",
        Scope::CarriedOver => "carried over",
    }
}

/// The numbers, in one line; nothing without a base. Safe for a terminal.
pub(super) fn summary(plan: &Plan) -> Option<String> {
    let base = plan.base.as_ref()?;
    let counts = base
        .counts()
        .map(|(scope, count)| format!("{count} {scope}"));
    let commit = Hostile::from(&base.commit).at_most(40).terminal();
    let taken_out = match base.removed.len() {
        0 => String::new(),
        count => format!("; {count} taken out"),
    };
    Some(format!(
        "Against {}, from commit {} on: {}{taken_out}",
        Hostile::from(&base.reference).at_most(80).terminal(),
        commit.get(..12).unwrap_or(&commit),
        counts.join(", ")
    ))
}

/// What a modified block said before and says now, a row for each value.
pub(super) fn edits(page: &mut Page, plan: &Plan, address: &Address) {
    let edits = edits_of(plan, address);
    for edit in edits.iter().take(MOST_EDITS) {
        draw(page, edit);
    }
    if edits.len() > MOST_EDITS {
        let left = edits.len() - MOST_EDITS;
        page.field(
            "edited",
            &format!("{left} more values; git diff shows them"),
        );
    }
}

pub(super) fn edits_of<'p>(plan: &'p Plan, address: &Address) -> &'p [Edit] {
    let line = plan.base.as_ref().and_then(|base| base.line(address));
    line.map_or(&[], |line| line.edits.as_slice())
}

fn draw(page: &mut Page, edit: &Edit) {
    let key = Hostile::from(&edit.key).at_most(80).terminal();
    let (was, is) = match (&edit.was, &edit.is) {
        (Some(was), Some(is)) if !was.is_empty() && !is.is_empty() => (was, is),
        (was, is) => return page.field("edited", &format!("{key} {}", was_is(was, is))),
    };
    match difference::draw(was, &VendorText::new(is.clone()), page.room()) {
        Drawn::Pair { was, is, marks } => {
            page.field("edited", &key);
            page.field("was", &was);
            page.field("is", &is);
            if let Some(marks) = marks {
                page.under(Role::Alarm, 0, &marks);
            }
        }
        Drawn::Inline(line) => page.field("edited", &format!("{key} {line}")),
        Drawn::WasOnly(was) => page.field("edited", &format!("{key} was {was}")),
    }
}

pub(super) fn was_is(was: &Option<String>, is: &Option<String>) -> String {
    let shown = |value: &Option<String>| match value.as_deref() {
        None => "not there".to_owned(),
        Some(value) => words::quote(value),
    };
    format!("was {}, is {}", shown(was), shown(is))
}

/// The decisions that were taken out and may not have been carried out.
pub(super) fn removed(page: &mut Page, plan: &Plan) {
    let removed = plan.base.iter().flat_map(|base| &base.removed);
    let removed: Vec<&Removed> = removed.collect();
    if removed.is_empty() {
        return;
    }
    page.blank();
    let title = format!(
        "Taken out in this change, not known to be done ({})",
        removed.len()
    );
    page.exact(Role::Title, &title);
    for one in removed {
        let line = format!(
            "{:<7}  {}  {}  stood at {}",
            one.verdict.word(),
            words::address(&one.address),
            Hostile::from(&one.ticket).at_most(80).terminal(),
            words::place(&one.from)
        );
        page.hanging((Role::Plain, "  . "), &line, 6);
    }
}

/// The undecided blocks that the branch adds; without a base they are only counted.
pub(super) fn undecided(page: &mut Page, plan: &Plan) {
    let added = |address| {
        matches!(
            plan.scope(address),
            Some(Scope::Introduced | Scope::Modified)
        )
    };
    for one in plan.undecided.iter().filter(|one| added(&one.address)) {
        let from = words::from(plan, &one.address, &one.from);
        let line = format!("undecided  {}  {from}", words::address(&one.address));
        page.hanging((Role::Plain, "  ? "), &line, 6);
        edits(page, plan, &one.address);
    }
}

/// A modified block's edits for a cell of a table; nothing where there are none.
pub(super) fn edits_in_a_cell(plan: &Plan, address: &Address) -> String {
    let edits = edits_of(plan, address).iter().take(MOST_EDITS);
    let edits = edits.map(|edit| {
        let shown = |value: &Option<String>| {
            let value = value.as_deref();
            value.map_or("not there".to_owned(), |value| {
                Hostile::from(value).at_most(100).markdown()
            })
        };
        let key = code_span(&Hostile::from(&edit.key).at_most(80).terminal());
        format!(
            "<br>{key}: was {}, is {}",
            shown(&edit.was),
            shown(&edit.is)
        )
    });
    edits.collect()
}
