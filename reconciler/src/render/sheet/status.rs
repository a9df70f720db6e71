//! A status as a sheet: what is no longer as decided first, what is still to do after it.

use super::super::context::PlanContext;
use super::super::layout::Role;
use super::super::status::{answer, sections};
use super::{Sheet, held, plan as of_plan};
use crate::plan::Plan;

/// A status.
#[must_use]
pub fn of(plan: &Plan, context: &PlanContext) -> Sheet {
    let mut sheet = of_plan::beginning("status", plan, context);
    let sections = sections(plan);
    sheet.answer.insert(0, answer(plan, &sections));
    for (title, role, holds) in sections {
        sheet.section(
            title,
            role,
            holds.into_iter().map(|hold| held::hold(plan, hold)),
        );
    }
    let to_do = plan
        .changes
        .iter()
        .map(|change| of_plan::whole(change, plan, context));
    sheet.section("Still to do; next: countersign plan", Role::Title, to_do);
    held::rest(&mut sheet, plan);
    sheet
}
