//! The approvals of a plan in a comment: all of them, each with as much as there is room for; or none.

use super::super::escape::code_span;
use super::super::words;
use super::rows::{change_row, short_row};
use super::{All, CHANGE_HEAD, SHORT_HEAD, table};
use crate::model::Change;

/// What stands beside the rows of a table that would not fit with all of its columns.
const SHORTENED: &str = "\n:warning: What, reason, undo and place of these are left out for want of room: `countersign plan` shows them, `countersign plan --format html` too.\n";

/// What stands beside requests that would not fit even so: the branch does not change them.
const NAMED: &str = "\n:warning: Only named, for want of room: they stand as they did before this change, and `countersign plan` shows all of them.\n\n";

/// How much is said of each grant of a table.
#[derive(Clone, Copy)]
enum Detail {
    /// With all columns.
    Whole,
    /// With those that say who gets what, and how far it reaches.
    Short,
    /// Its address alone; for what is only carried over.
    Named,
}

/// All grants with as much as fits: of what is carried over less first; none where not all fit.
///
/// First those that the branch adds, in the open, then those it carries over, in a fold.
pub(super) fn grant_tables(
    fresh: &[&Change],
    carried: &[&Change],
    all: &All<'_>,
    room: usize,
) -> Option<(String, String)> {
    use Detail::{Named, Short, Whole};
    let grants = |grants: &[&Change], title: &str, detail: Detail| match detail {
        Whole => {
            let rows = grants.iter().map(|one| change_row(one, all));
            table(title, CHANGE_HEAD, &rows.collect::<Vec<_>>())
        }
        Short => {
            let rows = grants.iter().map(|one| short_row(one, all));
            let table = table(title, SHORT_HEAD, &rows.collect::<Vec<_>>());
            format!("{table}{SHORTENED}")
        }
        Named => format!("{NAMED}{}", named(grants)),
    };
    let tries = [
        (Whole, Whole),
        (Whole, Short),
        (Whole, Named),
        (Short, Short),
        (Short, Named),
    ];
    tries.into_iter().find_map(|(of_fresh, of_carried)| {
        let title = format!("Grants ({})", fresh.len());
        let mut open = String::new();
        if !fresh.is_empty() {
            open = grants(fresh, &title, of_fresh);
        }
        let mut fold = String::new();
        if !carried.is_empty() {
            let (count, inside) = (carried.len(), grants(carried, "", of_carried));
            fold = format!(
                "\n<details><summary>Carried over: grants ({count})</summary>\n{inside}\n</details>\n"
            );
        }
        (open.len() + fold.len() <= room).then_some((open, fold))
    })
}

/// Requests by their addresses, a line each.
fn named(grants: &[&Change]) -> String {
    let addresses = grants.iter().map(|one| &one.decision.address);
    addresses
        .map(|address| format!("{}<br>\n", code_span(&words::address(address))))
        .collect()
}
