//! Decisions against what became of them: what is no longer as decided first, what is in doubt next,
//! what nobody could read, and only then what is still to do.

use super::Style;
use super::context::PlanContext;
use super::escape::Hostile;
use super::head;
use super::holds;
use super::layout::{Page, Role};
use super::plan;
use super::words;
use crate::plan::{Class, Hold, Plan, Why};

/// Most lines of what needs nobody to look at it, unless all are asked for: they must not bury the rest.
const MOST: usize = 20;

/// Whether a hold stands in a section.
type Fits = fn(&Hold) -> bool;

/// The sections of holds, in the order in which they matter, each hold in the first that fits it.
const SECTIONS: [(&str, Role, Fits); 5] = [
    (
        "Drift: no longer as we left it at the vendor",
        Role::Alarm,
        Hold::is_drift,
    ),
    (
        "Contradicted: somebody else decided otherwise",
        Role::Alarm,
        contradicted,
    ),
    (
        "In doubt: a call may or may not have arrived",
        Role::Alarm,
        in_doubt,
    ),
    ("Blocked: a person must look", Role::Alarm, blocked),
    ("Waiting or lapsed", Role::Title, |_| true),
];

fn contradicted(hold: &Hold) -> bool {
    matches!(
        hold.why,
        Why::Contradicted { ours: None, .. } | Why::GrantedOtherwise { ours: None, .. }
    )
}

fn in_doubt(hold: &Hold) -> bool {
    matches!(hold.why, Why::InDoubt { .. })
}

fn blocked(hold: &Hold) -> bool {
    hold.class == Class::Blocked
}

/// The status for people; ends with the `Plan:` and `Digest:` lines, as the plan it is made of does.
#[must_use]
pub fn text(plan: &Plan, context: &PlanContext, style: Style) -> String {
    let mut page = Page::new(style);
    let sections = sections(plan);
    let (role, line) = answer(plan, &sections);
    page.exact(role, &line);
    head::lines(&mut page, plan, context);
    plan::unread(&mut page, plan);
    let [.., (title, role, calm)] = &sections;
    let alarming = sections.len() - 1;
    for (title, role, holds) in &sections[..alarming] {
        holds::section(&mut page, plan, (title, *role), holds);
    }
    let most = if style.verbose { usize::MAX } else { MOST };
    let shown = &calm[..calm.len().min(most)];
    holds::section_of(&mut page, plan, (title, *role), (shown, calm.len()));
    still_to_do(&mut page, plan, context, most);
    plan::rest(&mut page, plan, style);
    page.blank();
    page.finish() + &plan::stable_lines(plan, style)
}

pub(super) type Section<'a> = (&'static str, Role, Vec<&'a Hold>);

/// The holds of a plan, each in its section.
pub(super) fn sections(plan: &Plan) -> [Section<'_>; 5] {
    let mut left: Vec<&Hold> = plan.holds.iter().collect();
    SECTIONS.map(|(title, role, fits)| {
        let (inside, rest) = left.iter().partition(|hold| fits(hold));
        left = rest;
        (title, role, inside)
    })
}

/// The answer in one line.
pub(super) fn answer(plan: &Plan, sections: &[Section<'_>; 5]) -> (Role, String) {
    let [drift, contradicted, doubt, blocked, _] =
        sections.each_ref().map(|(_, _, in_it)| in_it.len());
    let numbers = [
        (drift, "drifted"),
        (contradicted, "contradicted"),
        (doubt, "in doubt"),
        (plan.unread.len(), "unread"),
        (blocked, "blocked"),
        (plan.counts().waiting, "waiting"),
        (plan.changes.len(), "still to do"),
        (plan.awaiting(), "awaiting others"),
    ];
    let found: Vec<String> = numbers
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| format!("{count} {word}"))
        .collect();
    let calm = drift + contradicted + doubt + blocked + plan.unread.len() == 0;
    let line = match (found.is_empty(), calm) {
        (true, _) => "Everything stands at the vendors as decided.".to_owned(),
        (false, true) => format!("Nothing stands against a decision; {}.", found.join(", ")),
        (false, false) => format!("A person must look: {}.", found.join(", ")),
    };
    (if calm { Role::Title } else { Role::Alarm }, line)
}

/// What a plan would do, a line each: `plan` tells the rest of it.
fn still_to_do(page: &mut Page, plan: &Plan, context: &PlanContext, most: usize) {
    if plan.changes.is_empty() {
        return;
    }
    page.blank();
    let title = format!(
        "Still to do ({}); next: countersign plan",
        plan.changes.len()
    );
    page.exact(Role::Title, &title);
    for change in plan.changes.iter().take(most) {
        let decision = &change.decision;
        let lead = format!(
            "  {} {:<7}  ",
            words::sign(decision.verdict),
            decision.verdict.word()
        );
        let line = format!(
            "{}  {}  {}",
            words::address(&decision.address),
            Hostile::from(&decision.ticket).at_most(80).terminal(),
            words::subject(decision, context)
        );
        page.hanging((Role::Plain, &lead), line.trim_end(), 6);
    }
    page.left_out(plan.changes.len().saturating_sub(most));
}
