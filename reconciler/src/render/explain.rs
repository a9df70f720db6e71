//! What a hold or outcome code means, and what to do: the text of `countersign explain`.

use super::Style;
use super::layout::{Page, Role};
use crate::model::{Capabilities, OUTCOME_CODES, OutcomeCode, VendorCode};
use crate::plan::{HOLD_CODES, WhyCode};

/// One code: as hold, as outcome, as a code of a vendor's own.
///
/// # Errors
/// What helps where there is no such code: the nearest one.
pub fn code(code: &str, vendors: &[&Capabilities], style: Style) -> Result<String, String> {
    let mut page = Page::new(style);
    for hold in HOLD_CODES.iter().filter(|hold| hold.code == code) {
        self::hold(&mut page, hold);
    }
    for outcome in OUTCOME_CODES.iter().filter(|outcome| outcome.code == code) {
        self::outcome(&mut page, outcome);
    }
    for can in vendors {
        for one in can.codes.iter().filter(|one| one.code == code) {
            vendors_own(&mut page, can, one);
        }
    }
    let text = page.finish();
    if text.is_empty() {
        Err(unknown(code))
    } else {
        Ok(text)
    }
}

/// Every code with one line each.
#[must_use]
pub fn all(style: Style) -> String {
    let mut page = Page::new(style);
    page.exact(Role::Title, "Holds: why a decision is not acted on");
    for hold in &HOLD_CODES {
        row(&mut page, hold.code, hold.means);
    }
    page.blank();
    page.exact(Role::Title, "Outcomes: how a call of apply ended");
    for outcome in &OUTCOME_CODES {
        row(&mut page, outcome.code, outcome.means);
    }
    page.blank();
    page.exact(Role::Plain, "More about one: countersign explain CODE");
    page.finish()
}

fn row(page: &mut Page, code: &str, means: &str) {
    page.hanging((Role::Title, &format!("  {code:<20}")), means, 22);
}

fn hold(page: &mut Page, hold: &WhyCode) {
    let WhyCode {
        code,
        class,
        means,
        todo,
    } = hold;
    page.exact(Role::Title, &format!("{code}: a hold, {class}"));
    page.field("means", means);
    page.field("next:", todo);
}

fn outcome(page: &mut Page, outcome: &OutcomeCode) {
    let OutcomeCode {
        code,
        exit,
        means,
        next_plan,
        todo,
    } = outcome;
    page.blank();
    page.exact(
        Role::Title,
        &format!("{code}: an outcome, exit {}", exit.code()),
    );
    page.field("means", means);
    page.field("next plan", next_plan);
    page.field("next:", todo);
}

fn vendors_own(page: &mut Page, can: &Capabilities, one: &VendorCode) {
    let VendorCode {
        at,
        code,
        means,
        todo,
    } = one;
    page.blank();
    let title = can.vendor.title();
    page.exact(Role::Title, &format!("{code}: {title}, in answer to {at}"));
    page.field("means", means);
    page.field("next:", todo);
}

fn unknown(code: &str) -> String {
    let known = HOLD_CODES
        .iter()
        .map(|hold| hold.code)
        .chain(OUTCOME_CODES.iter().map(|outcome| outcome.code));
    let wanted = code.to_ascii_lowercase().replace(['_', ' '], "-");
    let nearest = known
        .map(|known| (strsim::damerau_levenshtein(&wanted, known), known))
        .min();
    match nearest {
        Some((distance, known)) if distance <= 4 => {
            format!("did you mean {known}? `countersign explain` lists them all")
        }
        Some(_) | None => "`countersign explain` lists them all".to_owned(),
    }
}
