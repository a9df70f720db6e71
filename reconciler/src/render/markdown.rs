//! A plan or an apply as one pull-request comment. A grant is never cut: the comment asks to split instead.

mod grants;
mod rows;
mod stopped;

use super::apply::{self, ApplyContext};
use super::context::PlanContext;
use super::endings::{Entry, GROUPS, entries};
use super::escape::{Hostile, code_span, markdown_prose, marker};
use super::plan::trouble;
use super::terms::Terms;
use super::{releases, scopes, words};
use crate::apply::Report;
use crate::exit::Exit;
use crate::model::{Address, Change, Verdict, counted};
use crate::plan::{Class, Plan};
use grants::grant_tables;
pub use stopped::stopped;

use rows::{
    CELL, cell, change_row, hold_row, outcome_row, removed_rows, settled_rows, undecided_row,
};

/// Most bytes of a comment; forges take 65 536.
pub(super) const MOST_BYTES: usize = 60_000;

/// Bytes kept for titles and for the lines that say how many rows were left out.
const RESERVE: usize = 2_000;

/// Most sorts of lines that are told of apart; each has up to a few hundred bytes.
const MOST_SORTS: usize = 12;

/// A comment, and whether it says everything that it must.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comment {
    /// At most 60 000 bytes.
    pub text: String,
    /// False where the grants alone do not fit: the text says so instead of showing some of them.
    pub fits: bool,
}

/// What the rows of a plan are made from.
struct All<'p> {
    plan: &'p Plan,
    context: &'p PlanContext,
    terms: &'p Terms<'p>,
}

/// A plan as a comment.
#[must_use]
pub fn plan(plan: &Plan, context: &PlanContext) -> Comment {
    let head = plan_head(plan, context);
    let all = All {
        plan,
        context,
        terms: &Terms::of(plan),
    };
    let tail = plan_tail(&all);
    let room = MOST_BYTES.saturating_sub(head.len() + tail.len() + RESERVE);
    let is_grant = |change: &&Change| !change.decision.verdict.is_safe_direction();
    let (fresh, carried) = plan
        .changes
        .iter()
        .filter(is_grant)
        .partition::<Vec<_>, _>(|change| plan.counts_for_exit(&change.decision.address));
    let Some((open, folded)) = grant_tables(&fresh, &carried, &all, room) else {
        return Comment {
            text: too_many(&head, &tail, fresh.len() + carried.len()),
            fits: false,
        };
    };
    let mut body = Body::new(open, room.saturating_sub(folded.len()));
    // What the branch adds is what is reviewed; what it only carries over is at hand below.
    lines(&mut body, &all, true);
    if plan.base.is_some() {
        body.open(
            "Taken out in this change, not known to be done",
            REMOVED_HEAD,
            &removed_rows(plan),
        );
        body.text.push_str(&folded);
        body.room += folded.len();
        lines(&mut body, &all, false);
    }
    body.fold("Settled", SETTLED_HEAD, &settled_rows(plan));
    Comment {
        text: format!("{head}{}{tail}", body.text),
        fits: true,
    }
}

/// Every line that is no grant: of what counts what must be seen first, of what is carried over all in folds.
fn lines(body: &mut Body, all: &All<'_>, counting: bool) {
    let plan = all.plan;
    let counts = |address: &Address| plan.counts_for_exit(address) == counting;
    let holds = |blocked: bool| -> Vec<String> {
        let holds = plan.holds.iter().filter(|hold| counts(&hold.address));
        let holds = holds.filter(|hold| (hold.class == Class::Blocked) == blocked);
        holds.map(|hold| hold_row(hold, plan)).collect()
    };
    let safe = plan.changes.iter().filter(|change| {
        let decision = &change.decision;
        decision.verdict.is_safe_direction() && counts(&decision.address)
    });
    let safe: Vec<String> = safe.map(|change| change_row(change, all)).collect();
    if counting {
        body.open("Blocked", HOLD_HEAD, &holds(true));
        body.fold("Deny and revoke", CHANGE_HEAD, &safe);
        body.fold("Waiting and lapsed", HOLD_HEAD, &holds(false));
    } else {
        body.fold("Carried over: deny and revoke", CHANGE_HEAD, &safe);
        body.fold("Carried over: blocked", HOLD_HEAD, &holds(true));
        body.fold("Carried over: waiting and lapsed", HOLD_HEAD, &holds(false));
    }
    if plan.base.is_some() {
        let undecided = plan.undecided.iter().filter(|one| counts(&one.address));
        let undecided: Vec<String> = undecided.map(|one| undecided_row(one, plan)).collect();
        let title = if counting {
            "Undecided"
        } else {
            "Carried over: undecided"
        };
        body.fold(title, UNDECIDED_HEAD, &undecided);
    }
}

/// The account of an apply as a comment.
#[must_use]
pub fn apply(report: &Report, context: ApplyContext<'_>) -> Comment {
    let title = if context.exit == Exit::Done {
        "Apply Result"
    } else {
        ":x: Apply Incomplete"
    };
    let name = Hostile::from(context.name).at_most(CELL);
    let head = format!(
        "{}\n## {title} ({})\n\n**{}**\n\n",
        marker("apply", context.name),
        name.markdown(),
        apply::last_line(report, context)
    );
    let tail = apply::head(report).map_or_else(String::new, |line| format!("\n{line}\n"));
    let room = MOST_BYTES.saturating_sub(head.len() + tail.len() + RESERVE);
    let granted = |entry: &Entry<'_>| entry.verdict == Verdict::Approve;
    let entries: Vec<Entry<'_>> = GROUPS
        .iter()
        .flat_map(|group| entries(report, group))
        .collect();
    let rows = |wanted: &dyn Fn(&Entry<'_>) -> bool| -> Vec<String> {
        let entries = entries.iter().filter(|entry| wanted(entry));
        entries
            .map(|entry| outcome_row(entry, context.plan))
            .collect()
    };
    let is_done = |entry: &Entry<'_>| entry.outcome.about().exit == Exit::Done;
    let all = rows(&granted);
    let title = format!("Grants ({})", all.len());
    let undone = rows(&|entry| granted(entry) && !is_done(entry));
    let named = |wanted: &dyn Fn(&Entry<'_>) -> bool| -> String {
        let entries = entries.iter().filter(|entry| wanted(entry));
        let lines = entries.map(|entry| {
            let address = code_span(&words::address(entry.address));
            format!("{address} {}<br>\n", entry.outcome.about().code)
        });
        format!("{OUTCOMES_NAMED}{}", lines.collect::<String>())
    };
    let tries: [&dyn Fn() -> String; 3] = [
        &|| table(&title, OUTCOME_HEAD, &all),
        // What did not go well is told in full for as long as that is possible.
        &|| {
            let undone = table("Grants not done", OUTCOME_HEAD, &undone);
            let done = named(&|entry| granted(entry) && is_done(entry));
            format!("\n### {title}\n{undone}{done}")
        },
        &|| format!("\n### {title}\n{}", named(&granted)),
    ];
    let fitting = tries
        .iter()
        .map(|make| make())
        .find(|text| text.len() <= room);
    let Some(must) = fitting else {
        return Comment {
            text: too_many(&head, &tail, all.len()),
            fits: false,
        };
    };
    let mut body = Body::new(must, room);
    let open = |entry: &Entry<'_>| !granted(entry) && !is_done(entry);
    let rest = |entry: &Entry<'_>| !granted(entry) && is_done(entry);
    body.open("Not done", OUTCOME_HEAD, &rows(&open));
    body.fold("Denied and revoked", OUTCOME_HEAD, &rows(&rest));
    Comment {
        text: format!("{head}{}{tail}", body.text),
        fits: true,
    }
}

/// Rows under construction, within a number of bytes.
struct Body {
    text: String,
    room: usize,
}

impl Body {
    fn new(must: String, room: usize) -> Self {
        Self { text: must, room }
    }

    fn open(&mut self, title: &str, head: &str, rows: &[String]) {
        self.add(title, head, rows, ("", ""));
    }

    fn fold(&mut self, title: &str, head: &str, rows: &[String]) {
        let open = format!("\n<details><summary>{title} ({})</summary>\n", rows.len());
        self.add("", head, rows, (&open, "\n</details>\n"));
    }

    /// As many rows as fit, from the top, and how many were left out.
    fn add(&mut self, title: &str, head: &str, rows: &[String], (open, close): (&str, &str)) {
        if rows.is_empty() {
            return;
        }
        let fixed = head.len() + open.len() + close.len() + title.len() + 120;
        let mut left = self.room.saturating_sub(self.text.len() + fixed);
        let fitting = rows
            .iter()
            .take_while(|row| {
                let fits = row.len() <= left;
                left = left.saturating_sub(row.len());
                fits
            })
            .count();
        self.text.push_str(open);
        if fitting > 0 {
            let title = if title.is_empty() {
                String::new()
            } else {
                format!("{title} ({})", rows.len())
            };
            self.text.push_str(&table(&title, head, &rows[..fitting]));
        }
        if fitting < rows.len() {
            let out = counted(rows.len() - fitting, "row");
            self.text.push_str(&format!(
                "\n{out} left out; `countersign plan` shows all.\n"
            ));
        }
        self.text.push_str(close);
    }
}

const CHANGE_HEAD: &str = "| action | request | ticket | who and on what | what | reason | guard | undo | from |\n|---|---|---|---|---|---|---|---|---|\n";
const SHORT_HEAD: &str = "| request | ticket | who and on what | guard |\n|---|---|---|---|\n";
const HOLD_HEAD: &str =
    "| action | request | ticket | code | reason | next | from |\n|---|---|---|---|---|---|---|\n";
const REMOVED_HEAD: &str = "| action | request | ticket | stood at |\n|---|---|---|---|\n";
const UNDECIDED_HEAD: &str = "| action | request | from |\n|---|---|---|\n";
const SETTLED_HEAD: &str = "| action | request | ticket | how | from |\n|---|---|---|---|---|\n";
/// What stands beside outcomes that would not fit with all of their columns.
const OUTCOMES_NAMED: &str = "\n:warning: Only named, for want of room: the report in another form (`--report FILE.html`) has all of them.\n\n";
const OUTCOME_HEAD: &str =
    "| action | request | ticket | outcome | next | from |\n|---|---|---|---|---|---|\n";

fn table(title: &str, head: &str, rows: &[String]) -> String {
    if rows.is_empty() {
        return String::new();
    }
    let title = if title.is_empty() {
        String::new()
    } else {
        format!("\n### {title}\n")
    };
    format!("{title}\n{head}{}", rows.concat())
}

fn plan_head(plan: &Plan, context: &PlanContext) -> String {
    let name = Hostile::from(&context.name).at_most(CELL).markdown();
    let title = if plan.unread.is_empty() {
        "Plan Result"
    } else {
        ":x: Plan Incomplete"
    };
    let mut head = format!("{}\n## {title} ({name})\n\n", marker("plan", &context.name));
    if plan.changes.is_empty() {
        head.push_str("No changes.\n\n");
    }
    let lines = releases::lines(plan.counts()).join("**\n\n**");
    head.push_str(&format!("**{lines}**\n"));
    if let Some(line) = scopes::summary(plan) {
        head.push_str(&format!("\n{}\n", markdown_prose(&line)));
    }
    for unread in plan.unread.iter().take(20) {
        head.push_str(&format!(
            "\n:x: **NOT READ**: {}, {}: {}\n",
            code_span(unread.queue.as_str()),
            trouble(unread.kind),
            cell(&unread.why)
        ));
    }
    for note in context.notes.iter().take(10) {
        head.push_str(&format!("\n:warning: {}\n", cell(note)));
    }
    head
}

/// What every line of a queue and verdict has in common; how it is undone has a column.
fn in_common(terms: &Terms<'_>) -> String {
    let mut lines = String::new();
    for (queue, verdict, said) in terms.in_common().take(MOST_SORTS) {
        let said = said.iter().filter(|(label, _)| *label != "undo");
        let said = said.map(|(label, words)| {
            let colon = if *label == "unproven" { ":" } else { "" };
            format!("{label}{colon} {}", markdown_prose(words))
        });
        let said = said.collect::<Vec<_>>().join("; ");
        if !said.is_empty() {
            let queue = code_span(queue.as_str());
            lines.push_str(&format!("\n- Each {verdict} in {queue}: {said}"));
        }
    }
    if !lines.is_empty() {
        lines.push('\n');
    }
    lines
}

fn plan_tail(all: &All<'_>) -> String {
    let All {
        plan,
        context,
        terms,
    } = all;
    let mut tail = in_common(terms);
    tail.push('\n');
    for (count, words) in [
        (plan.undecided.len(), "undecided (`countersign queue`)"),
        (plan.inert.len(), "inert, past their expiry"),
    ] {
        if count > 0 {
            tail.push_str(&format!("{count} {words}.\n\n"));
        }
    }
    if !plan.changes.is_empty() {
        tail.push_str(
            "That these decisions were reviewed is not verified by countersign itself.\n\n",
        );
    }
    tail.push_str(&format!("Digest: {}\n", plan.digest()));
    if let Some(commit) = &context.commit {
        let commit = Hostile::from(commit).at_most(64).markdown();
        tail.push_str(&format!("\nCommit: {commit}\n"));
    }
    if let Some(at) = context.read_at {
        tail.push_str(&format!("\nRead at {}\n", words::moment(at)));
    }
    tail
}

fn too_many(head: &str, tail: &str, grants: usize) -> String {
    format!(
        "{head}\n### :x: {grants} grants do not fit into one comment\n\nNone is shown, so that none \
         is left out silently. Split the decisions into several pull requests, or look at \
         `countersign plan` with `--queue` or `--target`.\n{tail}"
    )
}
