//! A plan as a sheet: grants first, and among them what widens.

use super::super::context::PlanContext;
use super::super::escape::Hostile;
use super::super::head::decisions;
use super::super::layout::Role;
use super::super::plan::MANY;
use super::super::terms::{self, Term, Terms};
use super::super::{permits, releases, words};
use super::{CountsAs, Line, Row, Sheet, base, cut, held, prose};
use crate::model::{Change, Release, Verdict};
use crate::plan::{Class, Envelope, Plan, SavedPlan};

/// A plan.
#[must_use]
pub fn of(plan: &Plan, context: &PlanContext) -> Sheet {
    let mut sheet = beginning("plan", plan, context);
    let many = plan.changes.len() >= MANY;
    let common = Terms::of(plan);
    let line = |change: &Change| match many {
        true => self::line(change, plan, context, common.apart(change)),
        false => whole(change, plan, context),
    };
    let (safe, mut grants): (Vec<&Change>, Vec<&Change>) = plan
        .changes
        .iter()
        .partition(|change| change.decision.verdict.is_safe_direction());
    // What widens comes first; a stable sort keeps the order of the plan otherwise.
    grants.sort_by_key(|change| !is_loud(change));
    sheet.section("Grants", Role::Grant, grants.into_iter().map(line));
    sheet.section(
        "Deny, revoke, give back",
        Role::Safe,
        safe.into_iter().map(line),
    );
    for class in [Class::Blocked, Class::Waiting, Class::Lapsed] {
        held::class(&mut sheet, plan, class);
    }
    held::rest(&mut sheet, plan);
    base::removed(&mut sheet, plan);
    if many {
        let in_common = common.in_common().map(|(queue, verdict, said)| {
            (
                format!("Each {verdict} in {queue}"),
                of_terms(said).collect(),
            )
        });
        sheet.terms.extend(in_common);
    }
    if !plan.changes.is_empty() {
        let not_ours = "That these decisions were reviewed is not verified by countersign itself.";
        sheet.notes.push(not_ours.to_owned());
    }
    sheet
}

/// A saved plan with its envelope; `stale` says why apply would refuse it, where it would.
#[must_use]
pub fn saved(plan: &SavedPlan, stale: Option<&str>, context: &PlanContext) -> Sheet {
    let mut sheet = of(&plan.plan.plan, context);
    envelope(&mut sheet, &plan.envelope);
    if let Some(why) = stale {
        sheet
            .answer
            .insert(0, (Role::Alarm, format!("STALE: {}", prose(why))));
    }
    sheet
}

/// What stands above the lines of every sheet that is made of a plan.
pub(super) fn beginning(command: &'static str, plan: &Plan, context: &PlanContext) -> Sheet {
    let mut sheet = Sheet {
        command,
        name: cut(&context.name, 200),
        ..Sheet::default()
    };
    if plan.changes.is_empty() && command == "plan" {
        sheet.answer.push((Role::Title, "No changes.".to_owned()));
    }
    let lines = releases::lines(plan.counts()).into_iter();
    sheet.answer.extend(lines.map(|line| (Role::Title, line)));
    sheet
        .answer
        .push((Role::Plain, format!("Digest: {}", plan.digest())));
    counts(&mut sheet, plan);
    sheet.fact("compared", decisions(plan));
    sheet.context(context);
    base::summary(&mut sheet, plan);
    held::unread(&mut sheet, plan);
    sheet
}

/// The numbers of a plan, those of its changes first.
fn counts(sheet: &mut Sheet, plan: &Plan) {
    let counts = plan.counts();
    sheet.counts.extend([
        ("approve", counts.approve, Role::Grant),
        ("deny", counts.deny, Role::Safe),
        ("revoke", counts.revoke, Role::Safe),
        ("file", counts.file, Role::Grant),
        ("check in", counts.check_in, Role::Safe),
    ]);
    counts_of_rest(sheet, plan);
}

/// The numbers of what a plan does not act on, and its digest.
pub(super) fn counts_of_rest(sheet: &mut Sheet, plan: &Plan) {
    let counts = plan.counts();
    sheet.counts.extend([
        ("blocked", counts.blocked, Role::Alarm),
        ("waiting", counts.waiting, Role::Plain),
        ("settled", counts.settled, Role::Plain),
        ("undecided", plan.undecided.len(), Role::Plain),
        ("queues unread", plan.unread.len(), Role::Alarm),
        ("inert", plan.inert.len(), Role::Aside),
    ]);
    sheet.fact("digest", plan.digest().to_string());
}

fn envelope(sheet: &mut Sheet, envelope: &Envelope) {
    let Envelope {
        tool,
        schema: _,
        files,
        origins,
        commit: _,
        created,
        expires,
    } = envelope;
    sheet.fact("made at", words::moment(*created));
    sheet.fact("made by", format!("countersign {}", cut(tool, 40)));
    sheet.fact("may be applied until", words::moment(*expires));
    sheet.fact("decision files", files.len().to_string());
    for (queue, origin) in origins {
        sheet.fact(&format!("origin of {}", cut(queue, 80)), cut(origin, 300));
    }
}

/// What a reviewer must not overlook among the grants.
fn is_loud(change: &Change) -> bool {
    let widens = change.permits.iter().any(|words| permits::widens(words));
    widens || !change.alarms.is_empty() || change.decision.verdict == Verdict::File
}

/// A change with everything that is said of it.
pub(super) fn whole(change: &Change, plan: &Plan, context: &PlanContext) -> Line {
    line(change, plan, context, terms::all(change))
}

/// A change with those of its terms that are not said for many of them at once.
fn line(change: &Change, plan: &Plan, context: &PlanContext, apart: Vec<Term>) -> Line {
    let decision = &change.decision;
    let mut rows = rows(change, plan, context);
    rows.extend(of_terms(apart));
    let role = match decision.verdict {
        Verdict::Approve | Verdict::File => Role::Grant,
        Verdict::Deny | Verdict::Revoke | Verdict::CheckIn => Role::Safe,
    };
    Line {
        sign: words::sign(decision.verdict),
        verdict: decision.verdict.word(),
        ticket: cut(&decision.ticket, 80),
        about: words::subject(decision, context),
        state: "to do",
        role,
        rows,
        counts_as: CountsAs::Passed,
        ..Line::at(&decision.address)
    }
}

/// What a change is about, why, and what stands behind it.
pub(super) fn rows(change: &Change, plan: &Plan, context: &PlanContext) -> Vec<Row> {
    let decision = &change.decision;
    let mut rows = Vec::new();
    if !change.alarms.is_empty() {
        rows.push(Row::alarm("look", words::alarms(change)));
    }
    permits(&mut rows, change);
    let what = match &change.release {
        Some(_) => releases::what(change),
        None => words::what(decision, context, true),
    };
    if !what.is_empty() {
        rows.push(Row::of("what", what));
    }
    if let Some(release) = &change.release {
        rows.push(about(release));
    }
    if let Some(lasts) = &change.lasts {
        rows.push(Row::new("lasts", prose(lasts)));
    }
    if let Some(asked) = words::asked(decision).filter(|_| change.release.is_none()) {
        rows.push(Row::new("asked", asked));
    }
    rows.push(Row::new("reason", words::quote(&decision.reason)));
    if change.release.is_none() {
        let guard = words::guard(change);
        rows.push(if change.content_changed.is_empty() {
            Row::new("guard", guard)
        } else {
            Row::alarm("guard", guard)
        });
    }
    rows.extend(base::place(plan, &decision.address, &decision.from));
    rows
}

fn permits(rows: &mut Vec<Row>, change: &Change) {
    for (nth, words) in permits::words(change).enumerate() {
        let label = if nth == 0 { "permits" } else { "" };
        rows.push(if permits::widens(&words) {
            Row::alarm(label, words)
        } else {
            Row::new(label, words)
        });
    }
    if !change.research.is_empty() {
        let said = change.research.iter();
        let said = said.map(|said| Hostile::from(said).at_most(300).terminal());
        rows.push(Row::of("research", said.collect()));
    }
}

fn about(release: &Release) -> Row {
    let about = releases::about(release);
    if about.contains("CANCELS") {
        Row::alarm("about", about)
    } else {
        Row::new("about", about)
    }
}

fn of_terms(terms: Vec<Term>) -> impl Iterator<Item = Row> {
    terms
        .into_iter()
        .map(|(label, words)| Row::new(label, words))
}
