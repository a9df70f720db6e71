//! What a branch adds, in a sheet: where each line comes from, what its block said before, what was taken out.

use super::super::difference::{self, Drawn};
use super::super::layout::Role;
use super::super::{scopes, words};
use super::held::SIDE_BY_SIDE;
use super::{Line, Row, Sheet, cut};
use crate::model::{Address, Place, VendorText};
use crate::plan::{Edit, Plan};

/// Where a line stands and who committed it last; with a base what the branch did there, value by value.
pub(super) fn place(plan: &Plan, address: &Address, place: &Place) -> Vec<Row> {
    let from = words::from(plan, address, place) + &words::author(plan, place);
    let edits = scopes::edits_of(plan, address);
    let mut rows = vec![Row::new("from", from)];
    for edit in edits.iter().take(scopes::MOST_EDITS) {
        edited(&mut rows, edit);
    }
    if let Some(left) = edits
        .len()
        .checked_sub(scopes::MOST_EDITS)
        .filter(|left| *left > 0)
    {
        let more = format!("{left} more values; git diff shows them");
        rows.push(Row::new("edited", more));
    }
    rows
}

fn edited(rows: &mut Vec<Row>, edit: &Edit) {
    let key = cut(&edit.key, 80);
    let (was, is) = match (&edit.was, &edit.is) {
        (Some(was), Some(is)) if !was.is_empty() && !is.is_empty() => (was, is),
        (was, is) => {
            let words = format!("{key} {}", scopes::was_is(was, is));
            return rows.push(Row::new("edited", words));
        }
    };
    match difference::draw(was, &VendorText::new(is.clone()), SIDE_BY_SIDE) {
        Drawn::Pair { was, is, marks } => {
            rows.push(Row::new("edited", format!("{key} was {was}")));
            let before = " ".repeat(key.chars().count() + " is  ".len());
            rows.push(Row {
                marks: marks.map_or_else(String::new, |marks| format!("{before}{marks}")),
                ..Row::alarm("", format!("{key} is  {is}"))
            });
        }
        Drawn::Inline(line) => rows.push(Row::alarm("edited", format!("{key} {line}"))),
        Drawn::WasOnly(was) => rows.push(Row::new("edited", format!("{key} was {was}"))),
    }
}

/// The numbers; nothing without a base.
pub(super) fn summary(sheet: &mut Sheet, plan: &Plan) {
    let summary = scopes::summary(plan);
    sheet
        .answer
        .extend(summary.map(|summary| (Role::Plain, summary)));
}

/// The decisions that were taken out and may not have been carried out.
pub(super) fn removed(sheet: &mut Sheet, plan: &Plan) {
    let removed = plan.base.iter().flat_map(|base| &base.removed);
    let lines = removed.map(|one| Line {
        sign: ".",
        verdict: one.verdict.word(),
        ticket: cut(&one.ticket, 80),
        state: "taken out",
        rows: vec![Row::new("stood at", words::place(&one.from))],
        ..Line::at(&one.address)
    });
    let title = "Taken out in this change, not known to be done";
    sheet.section(title, Role::Title, lines);
}
