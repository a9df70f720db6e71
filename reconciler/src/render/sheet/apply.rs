//! An apply as a sheet: what needs a person first, what is done last, and what the plan held.

use std::collections::BTreeMap;

use super::super::apply::{ApplyContext, head, last_line, signal_word};
use super::super::context::PlanContext;
use super::super::endings::{Entry, GROUPS, Group, count, entries};
use super::super::layout::Role;
use super::super::words;
use super::{CountsAs, Line, Row, Sheet, Trouble, cut, held, plan as of_plan, prose};
use crate::apply::Report;
use crate::error::Failure;
use crate::exit::Exit;
use crate::model::{Address, Change, OUTCOME_CODES, Verdict};
use crate::plan::{Class, Plan};

/// The account of an apply; `shown` is what its plan was made from.
#[must_use]
pub fn of(report: &Report, context: ApplyContext<'_>, shown: &PlanContext) -> Sheet {
    let mut sheet = Sheet {
        command: "apply",
        name: cut(context.name, 200),
        ..Sheet::default()
    };
    let planned = Planned::of(context.plan, shown);
    if context.plan.is_some_and(|plan| plan.changes.is_empty()) {
        sheet.answer.push((Role::Title, "No changes.".to_owned()));
    }
    let done = context.exit == Exit::Done;
    let role = if done { Role::Title } else { Role::Alarm };
    sheet.answer.push((role, last_line(report, context)));
    exit_and_head(&mut sheet, context.exit, report);
    let outcomes = OUTCOME_CODES.iter().map(|about| {
        let bad = about.exit != Exit::Done;
        let role = if bad { Role::Alarm } else { Role::Title };
        (about.code, count(report, &[about.code]), role)
    });
    sheet.counts.extend(outcomes);
    sheet.context(shown);
    interruptions(&mut sheet, report);
    recovered(&mut sheet, report);
    let [open @ .., done] = &GROUPS;
    let group = |sheet: &mut Sheet, group: &Group| {
        let lines = entries(report, group);
        let lines = lines.iter().map(|entry| line(entry, group.sign, &planned));
        sheet.section(group.title, group.role, lines);
    };
    open.iter().for_each(|open| group(&mut sheet, open));
    if let Some(plan) = context.plan {
        left(&mut sheet, report, plan, shown);
    }
    group(&mut sheet, done);
    if let Some(plan) = context.plan {
        held::class(&mut sheet, plan, Class::Waiting);
        held::class(&mut sheet, plan, Class::Lapsed);
        held::rest(&mut sheet, plan);
    }
    sheet
}

/// A run that stopped before its end, and why; `report` holds what it found out of earlier ones.
#[must_use]
pub fn stopped(failure: &Failure, report: &Report) -> Sheet {
    let mut sheet = Sheet {
        command: "apply",
        ..Sheet::default()
    };
    let line = "Apply incomplete: the run stopped before its end.";
    sheet.answer.push((Role::Alarm, line.to_owned()));
    exit_and_head(&mut sheet, failure.exit, report);
    let place = failure
        .place
        .iter()
        .map(|place| Row::new("at", prose(place)));
    let hint = failure
        .hint
        .iter()
        .map(|hint| Row::new("next", prose(hint)));
    sheet.troubles.push(Trouble {
        queue: None,
        code: "stopped",
        what: prose(&failure.what),
        rows: place.chain(hint).collect(),
    });
    recovered(&mut sheet, report);
    sheet
}

fn exit_and_head(sheet: &mut Sheet, exit: Exit, report: &Report) {
    sheet.fact("exit", exit.code().to_string());
    if let Some(head) = head(report) {
        sheet.answer.push((Role::Plain, head));
    }
    if let Some((seq, hash)) = &report.head {
        sheet.fact("ledger", format!("{seq} {}", cut(hash, 80)));
    }
}

fn interruptions(sheet: &mut Sheet, report: &Report) {
    let mut trouble = |code: &'static str, what: String| {
        sheet.troubles.push(Trouble {
            queue: None,
            code,
            what,
            rows: Vec::new(),
        });
    };
    if let Some(signal) = report.interrupted {
        let signal = signal_word(signal);
        let what = format!("Interrupted by {signal}: no call was begun after it.");
        trouble("interrupted", what);
    }
    if let Some(why) = &report.ledger_failed {
        let why = prose(why);
        let what = format!("The ledger cannot be written: {why}; nothing was sent after that.");
        trouble("ledger", what);
    }
}

fn recovered(sheet: &mut Sheet, report: &Report) {
    let none = Planned::default();
    let lines = report
        .recovered
        .iter()
        .map(|settlement| line(&Entry::of_settlement(settlement), "=", &none));
    sheet.section("Recovered: left open by earlier runs", Role::Title, lines);
}

/// The rows of what was planned, by request and verdict: one request may have a line for each.
#[derive(Default)]
struct Planned<'a> {
    changes: BTreeMap<(&'a Address, Verdict), &'a Change>,
    shown: Option<(&'a Plan, &'a PlanContext)>,
}

impl<'a> Planned<'a> {
    fn of(plan: Option<&'a Plan>, shown: &'a PlanContext) -> Self {
        let changes = plan.map_or(&[][..], |plan| plan.changes.as_slice());
        let key = |change: &'a Change| (&change.decision.address, change.decision.verdict);
        Self {
            changes: changes.iter().map(|change| (key(change), change)).collect(),
            shown: plan.map(|plan| (plan, shown)),
        }
    }

    fn of_entry(&self, entry: &Entry<'_>) -> Option<(&'a Change, &'a Plan, &'a PlanContext)> {
        let change = self.changes.get(&(entry.address, entry.verdict))?;
        let (plan, shown) = self.shown?;
        Some((change, plan, shown))
    }
}

fn line(entry: &Entry<'_>, sign: &'static str, planned: &Planned<'_>) -> Line {
    let about = entry.outcome.about();
    let words = format!("{}{}", words::outcome(entry.outcome), entry.aside);
    let done = about.exit == Exit::Done;
    let role = if done { Role::Plain } else { Role::Alarm };
    let mut rows = vec![Row {
        role,
        ..Row::new("outcome", words.clone())
    }];
    rows.extend(entry.next().map(|next| Row::new("next", next)));
    rows.extend(entry.intent.map(|seq| Row::new("ledger", seq.to_string())));
    let planned = planned.of_entry(entry);
    match planned {
        Some((change, plan, shown)) => rows.extend(of_plan::rows(change, plan, shown)),
        None => rows.push(Row::new("from", words::place(entry.from))),
    }
    let sign = match (sign, done) {
        ("", _) => words::sign(entry.verdict),
        ("=", false) => "?",
        (sign, _) => sign,
    };
    Line {
        sign,
        verdict: entry.verdict.word(),
        ticket: cut(entry.ticket, 80),
        about: planned.map_or_else(String::new, |(change, _, shown)| {
            words::subject(&change.decision, shown)
        }),
        state: about.code,
        role,
        rows,
        counts_as: if done {
            CountsAs::Passed
        } else {
            let (code, why) = (about.code, words);
            CountsAs::Failed { code, why }
        },
        ..Line::at(entry.address)
    }
}

/// What a person must look at in the plan, and what this run did not begin of it.
fn left(sheet: &mut Sheet, report: &Report, plan: &Plan, shown: &PlanContext) {
    of_plan::counts_of_rest(sheet, plan);
    held::unread(sheet, plan);
    held::class(sheet, plan, Class::Blocked);
    let ended = |change: &&Change| {
        let address = &change.decision.address;
        let verdict = change.decision.verdict;
        let same =
            |line: &&crate::apply::Ended| line.verdict == verdict && line.address == *address;
        report.lines.iter().find(same).is_some()
    };
    let left: Vec<Line> = plan
        .changes
        .iter()
        .filter(|change| !ended(change))
        .map(|change| Line {
            state: "not begun",
            counts_as: CountsAs::Skipped("planned, not begun by this run".to_owned()),
            ..of_plan::whole(change, plan, shown)
        })
        .collect();
    sheet.section("Planned, not begun", Role::Title, left);
}
