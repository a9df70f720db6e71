//! A plan as text: what would be done first, what is held and why after it, the stable lines last.

pub use super::context::{PlanContext, QueueRead};

use super::escape::Hostile;
use super::head;
use super::holds;
use super::layout::{Page, Role, Style};
use super::terms::{self, Term, Terms};
use super::words;
use super::{permits, releases, scopes};
use crate::model::{Change, ReadErrorKind, Release, Verdict};
use crate::plan::{Class, Plan, SavedPlan};

/// From so many changes on, what all changes of a queue have in common is said once.
pub(super) const MANY: usize = 4;

/// A plan for people; ends with the `Plan:` and `Digest:` lines.
#[must_use]
pub fn text(plan: &Plan, context: &PlanContext, style: Style) -> String {
    let mut page = Page::new(style);
    if plan.changes.is_empty() {
        page.exact(Role::Title, "No changes.");
    }
    head::lines(&mut page, plan, context);
    unread(&mut page, plan);
    changes(&mut page, plan, context, style);
    scopes::removed(&mut page, plan);
    for class in [Class::Blocked, Class::Waiting, Class::Lapsed] {
        holds::group(&mut page, plan, class);
    }
    rest(&mut page, plan, style);
    page.blank();
    page.finish() + &stable_lines(plan, style)
}

/// The lines that people grep for: `Plan:` and `Digest:`.
#[must_use]
pub fn stable_lines(plan: &Plan, style: Style) -> String {
    let mut page = Page::new(style);
    for line in releases::lines(plan.counts()) {
        page.exact(Role::Title, &line);
    }
    page.exact(Role::Plain, &format!("Digest: {}", plan.digest()));
    page.finish()
}

/// Where a plan was saved, and what carries it out.
#[must_use]
pub fn saved_to(plan: &Plan, file: &str, style: Style) -> String {
    let file = Hostile::from(file).at_most(400).terminal();
    let next = match plan.changes.len() {
        0 => "there is nothing in it to apply".to_owned(),
        1 => format!("countersign apply {file} decides exactly this"),
        _ => format!("countersign apply {file} decides exactly these"),
    };
    let mut page = Page::new(style);
    page.exact(Role::Plain, &format!("Saved to {file}: {next}."));
    page.finish()
}

/// The two stable lines alone, for `--quiet`; `No changes.` before them where it applies.
#[must_use]
pub fn summary(plan: &Plan) -> String {
    let none = if plan.changes.is_empty() {
        "No changes.\n"
    } else {
        ""
    };
    format!(
        "{none}{}\nDigest: {}\n",
        releases::lines(plan.counts()).join("\n"),
        plan.digest()
    )
}

/// A saved plan for people, with its envelope; stale ones too.
///
/// `stale` says why apply would refuse it, where it would.
#[must_use]
pub fn saved(
    plan: &SavedPlan,
    stale: Option<String>,
    context: &PlanContext,
    style: Style,
) -> String {
    let context = PlanContext {
        saved: Some((plan.envelope.clone(), stale)),
        commit: plan.envelope.commit.clone(),
        ..context.clone()
    };
    text(&plan.plan.plan, &context, style)
}

/// A queue that could not be read is never a quiet matter.
pub(super) fn unread(page: &mut Page, plan: &Plan) {
    if plan.unread.is_empty() {
        return;
    }
    page.blank();
    page.exact(
        Role::Alarm,
        &format!(
            "NOT READ ({}): nothing below speaks for these queues",
            plan.unread.len()
        ),
    );
    for unread in &plan.unread {
        let what = format!(
            "{}: {}",
            trouble(unread.kind),
            Hostile::prose(&unread.why).terminal()
        );
        let label = format!("  !! {}  ", unread.queue);
        page.hanging((Role::Alarm, &label), &what, 6);
        if let Some(said) = unread.said.as_ref().filter(|said| !said.is_empty()) {
            page.field("said", &words::quote(said.raw()));
        }
        page.field("next:", &Hostile::prose(&unread.hint).terminal());
    }
}

/// The sort of trouble, in words.
pub(super) fn trouble(kind: ReadErrorKind) -> &'static str {
    match kind {
        ReadErrorKind::Setup => "not called",
        ReadErrorKind::Credential => "the credential was rejected",
        ReadErrorKind::Unreachable => "no answer",
        ReadErrorKind::Unavailable => "not able to answer now",
        ReadErrorKind::RateLimited => "asked to wait too long",
        ReadErrorKind::Malformed => "an answer of another shape",
        ReadErrorKind::Refused => "refused by the vendor",
        ReadErrorKind::Paging => "the pages contradict each other",
        ReadErrorKind::OutOfSight => "shown to another user only",
        ReadErrorKind::Ambiguous => "more than one request fits",
    }
}

fn changes(page: &mut Page, plan: &Plan, context: &PlanContext, style: Style) {
    let many = plan.changes.len() >= MANY;
    let common = Terms::of(plan);
    page.blank();
    for change in &plan.changes {
        title(page, change, context);
        details(page, change, (plan, context), many, style);
        if many {
            say(page, &common.apart(change));
        } else {
            say(page, &terms::all(change));
            page.blank();
        }
    }
    if many {
        page.blank();
        for (queue, verdict, terms) in common.in_common() {
            page.exact(Role::Title, &format!("  Each {verdict} in {queue}"));
            say(page, &terms);
        }
    }
    if !plan.changes.is_empty() {
        page.blank();
        page.hanging(
            (Role::Aside, ""),
            "That these decisions were reviewed is not verified by countersign itself.",
            0,
        );
    }
}

fn title(page: &mut Page, change: &Change, context: &PlanContext) {
    let decision = &change.decision;
    let role = match decision.verdict {
        Verdict::Approve | Verdict::File => Role::Grant,
        Verdict::Deny | Verdict::Revoke | Verdict::CheckIn => Role::Safe,
    };
    let verb = format!(
        "  {} {:<7}  ",
        words::sign(decision.verdict),
        decision.verdict.word()
    );
    let ticket = Hostile::from(&decision.ticket).at_most(80).terminal();
    let subject = words::subject(decision, context);
    page.hanging(
        (role, &verb),
        format!("{}  {ticket}  {subject}", words::address(&decision.address)).trim_end(),
        6,
    );
}

fn details(
    page: &mut Page,
    change: &Change,
    (plan, context): (&Plan, &PlanContext),
    many: bool,
    style: Style,
) {
    let decision = &change.decision;
    if !change.alarms.is_empty() {
        page.hanging((Role::Alarm, "      !! "), &words::alarms(change), 9);
    }
    let short = many && !style.verbose;
    if let Some(release) = &change.release {
        return release_details(page, change, release, plan);
    }
    let what = words::what(decision, context, style.verbose);
    if short && !what.is_empty() {
        page.field("what", &words::what_in_short(&what, page.room()));
    } else if !what.is_empty() {
        page.field("what", &what.join(" "));
    }
    permits::lines(page, change, style.verbose);
    if let Some(lasts) = &change.lasts {
        page.field("lasts", &Hostile::prose(lasts).terminal());
    }
    if let Some(asked) = words::asked(decision).filter(|_| !short) {
        page.field("asked", &asked);
    }
    page.field("reason", &words::quote(&decision.reason));
    let mut from = words::from(plan, &decision.address, &decision.from);
    if style.verbose {
        from.push_str(&words::author(plan, &decision.from));
    }
    let changed = !change.content_changed.is_empty();
    if changed {
        page.field_as(Role::Alarm, "guard", &words::guard(change));
    }
    match (changed, short) {
        (true, _) => page.field("from", &from),
        (false, true) => {
            let guard = words::guard_in_short(change);
            page.field("guard", &format!("{guard}; {from}"));
        }
        (false, false) => {
            page.field("guard", &words::guard(change));
            page.field("from", &from);
        }
    }
    scopes::edits(page, plan, &decision.address);
}

/// What is filed is shown whole: there is no request yet that says the rest.
fn release_details(page: &mut Page, change: &Change, release: &Release, plan: &Plan) {
    let what = releases::what(change);
    if !what.is_empty() {
        page.field("what", &what.join(" "));
    }
    page.field("about", &releases::about(release));
    page.field("reason", &words::quote(&change.decision.reason));
    let Change { decision, .. } = change;
    let from = words::from(plan, &decision.address, &decision.from);
    page.field("from", &from);
    scopes::edits(page, plan, &decision.address);
}

fn say(page: &mut Page, terms: &[Term]) {
    for (label, words) in terms {
        page.field(label, words);
    }
}

/// What is only counted, unless asked for.
pub(super) fn rest(page: &mut Page, plan: &Plan, style: Style) {
    if style.verbose {
        listed(page, plan);
    }
    page.blank();
    scopes::undecided(page, plan);
    if !plan.undecided.is_empty() {
        let line = format!(
            "Undecided: {} drafted, nobody has decided; next: countersign queue",
            plan.undecided.len()
        );
        page.hanging((Role::Plain, ""), &line, 2);
    }
    if !plan.inert.is_empty() {
        let line = format!(
            "Inert: {} past their expiry, not looked up; next: delete these blocks",
            plan.inert.len()
        );
        page.hanging((Role::Aside, ""), &line, 2);
    }
}

fn listed(page: &mut Page, plan: &Plan) {
    if !plan.settled.is_empty() {
        page.blank();
        page.exact(Role::Title, &format!("Settled ({})", plan.settled.len()));
    }
    for settled in &plan.settled {
        let line = format!(
            "{:<7}  {}  {}  {}  {}",
            settled.verdict.word(),
            words::address(&settled.address),
            Hostile::from(&settled.ticket).at_most(80).terminal(),
            words::settled(settled),
            words::from(plan, &settled.address, &settled.from)
        );
        page.hanging((Role::Aside, "  = "), &line, 6);
    }
    for inert in &plan.inert {
        let line = format!(
            "{:<7}  {}  expired {}  {}",
            inert.verdict.word(),
            words::address(&inert.address),
            words::moment(inert.expires),
            words::from(plan, &inert.address, &inert.from)
        );
        page.hanging((Role::Aside, "  ~ "), &line, 6);
    }
}
