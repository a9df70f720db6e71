//! What happens, as one JSON object a line, in Terraform's envelope: for pipelines that listen.

mod line;
mod problem;

use jiff::Timestamp;

use super::plan::QueueRead;
use super::words;
use crate::apply::{Ended, Event, Settlement};
use crate::error::{Diagnostic, Failure, Severity};
use crate::exit::Exit;
use crate::model::{Change, Outcome, QueueName, Status, Undecided, VendorText, counted};
use crate::plan::{Class, Hold, Plan, Removed, Unread};
pub(super) use line::Line;
use line::{
    Before, Call, Compared, End, GuardResult, Kind, Level, Planned, Requested, Summary, Target,
    Verified, WORDS,
};
use problem::{Position, Problem, Range};

/// The version of these events: a minor adds, a major breaks.
const UI: &str = "1.0";

/// What a listener can be told.
#[derive(Clone, Copy, Debug)]
pub enum UiEvent<'a> {
    /// Always the first.
    Version,
    /// In our words.
    Log(&'a str),
    /// Something wrong in a file.
    Diagnostic(&'a Diagnostic),
    /// The run stops.
    Failure(&'a Failure),
    /// A queue is about to be read.
    RefreshStart(&'a QueueName),
    /// A queue was read.
    RefreshComplete(&'a QueueRead),
    /// A queue could not be read.
    RefreshErrored(&'a Unread),
    /// A change of the plan.
    PlannedDecision(&'a Change, &'a Plan),
    /// A decision that will not be acted on.
    Held(&'a Hold, &'a Plan),
    /// A drafted block that nobody has decided yet.
    UndecidedRequest(&'a Undecided, &'a Plan),
    /// A decision that the branch took out, and that is not known to be done.
    TakenOut(&'a Removed),
    /// The numbers of a plan and its digest.
    ChangeSummary(&'a Plan),
    /// What apply says while it works.
    Apply(&'a Event<'a>),
    /// The ledger's last record, by number and hash.
    LedgerHead(u64, &'a str),
}

/// One event as lines, each ending with a line feed; none for what needs no saying.
#[must_use]
pub fn lines(event: &UiEvent<'_>, at: Timestamp) -> String {
    let one = |level: Level, message: &str, kind: Kind<'_>| line(at, level, message, kind);
    match event {
        UiEvent::Version => {
            let countersign = env!("CARGO_PKG_VERSION");
            let kind = Kind::Version {
                countersign,
                ui: UI,
            };
            one(Level::Info, &format!("countersign {countersign}"), kind)
        }
        UiEvent::Log(text) => one(Level::Info, text, WORDS),
        UiEvent::Diagnostic(diagnostic) => of_diagnostic(diagnostic, at),
        UiEvent::Failure(failure) => of_failure(failure, at),
        UiEvent::RefreshStart(queue) => one(
            Level::Info,
            &format!("{queue}: reading"),
            Kind::RefreshStart { queue },
        ),
        UiEvent::RefreshComplete(read) => of_read(read, at),
        UiEvent::RefreshErrored(unread) => of_unread(unread, at),
        UiEvent::PlannedDecision(change, plan) => of_change(change, plan, at),
        UiEvent::Held(hold, plan) => of_hold(hold, plan, at),
        UiEvent::UndecidedRequest(undecided, plan) => one(
            Level::Info,
            &format!("{}: undecided", undecided.address),
            Kind::UndecidedRequest {
                request: Requested::of(&undecided.address),
                source: &undecided.from,
                scope: plan.scope(&undecided.address),
            },
        ),
        UiEvent::TakenOut(removed) => one(
            Level::Warn,
            &format!("{}: {} was taken out", removed.address, removed.verdict),
            Kind::RemovedDecision {
                request: Requested::of(&removed.address),
                action: removed.verdict,
                ticket: &removed.ticket,
                source: &removed.from,
            },
        ),
        UiEvent::ChangeSummary(plan) => of_summary(plan, at),
        UiEvent::Apply(event) => of_apply(event, at),
        UiEvent::LedgerHead(seq, hash) => one(
            Level::Info,
            &format!("Ledger: {seq} {hash}"),
            Kind::LedgerHead { seq: *seq, hash },
        ),
    }
}

fn line(at: Timestamp, level: Level, message: &str, kind: Kind<'_>) -> String {
    Line::new(at, level, message, kind).text()
}

fn problem(at: Timestamp, level: Level, message: &str, problem: Problem<'_>) -> String {
    let diagnostic = Box::new(problem);
    line(at, level, message, Kind::Diagnostic { diagnostic })
}

fn of_failure(failure: &Failure, at: Timestamp) -> String {
    let Failure {
        exit,
        what,
        place,
        cause,
        hint,
    } = failure;
    let told = Problem {
        severity: Severity::Error.word(),
        summary: what,
        detail: cause.as_deref(),
        address: place.clone(),
        next: hint.as_deref(),
        exit: Some(exit.code()),
        ..Problem::default()
    };
    problem(at, Level::Error, &failure.to_string(), told)
}

fn of_unread(unread: &Unread, at: Timestamp) -> String {
    let Unread {
        queue,
        kind: _,
        why,
        hint,
        said,
    } = unread;
    let told = Problem {
        severity: Severity::Error.word(),
        code: Some("unread"),
        summary: why,
        said: said.as_ref().map(VendorText::raw),
        address: Some(queue.to_string()),
        next: Some(hint),
        ..Problem::default()
    };
    let message = format!("{queue}: not read: {why}");
    problem(at, Level::Error, &message, told)
}

fn of_diagnostic(diagnostic: &Diagnostic, at: Timestamp) -> String {
    let Diagnostic {
        file,
        line: row,
        column,
        length,
        severity,
        message,
        hint,
        source_line: _,
    } = diagnostic;
    let level = match severity {
        Severity::Error => Level::Error,
        Severity::Warning => Level::Warn,
    };
    let position = |column: u32| Position { line: *row, column };
    let told = Problem {
        severity: severity.word(),
        summary: message,
        range: Some(Range {
            filename: file,
            start: position(*column),
            end: Some(position(column.saturating_add(*length))),
        }),
        next: hint.as_deref(),
        ..Problem::default()
    };
    let message = format!("{file}:{row}:{column}: {message}");
    problem(at, level, &message, told)
}

fn of_read(read: &QueueRead, at: Timestamp) -> String {
    let QueueRead {
        queue,
        way,
        effort: _,
        own: _,
        calls,
        rows,
        unreadable,
    } = read;
    let kind = Kind::RefreshComplete {
        queue,
        way: *way,
        calls: *calls,
        received: *rows,
        unreadable: *unreadable,
        complete: *unreadable == 0,
    };
    let message = format!("{queue}: read ({}, {})", read.how(), counted(*rows, "row"));
    line(at, Level::Info, &message, kind)
}

fn of_change(change: &Change, plan: &Plan, at: Timestamp) -> String {
    let decision = &change.decision;
    let planned = Planned {
        request: Target {
            request: Requested::of(&decision.address),
            vendor: change.identity.vendor,
            organization: change.identity.organization.as_deref(),
        },
        action: decision.verdict,
        ticket: &decision.ticket,
        before: Before {
            state: change.expects.as_ref().map_or("not filed", Status::word),
        },
        fingerprint: decision.guard.fingerprint.as_deref(),
        guard: Compared {
            result: if change.content_changed.is_empty() {
                GuardResult::Match
            } else {
                GuardResult::ContentChanged
            },
            checked: decision.guard.facts.len(),
            changed: &change.content_changed,
            unavailable: &change.cannot_verify,
        },
        undo: &change.undo,
        scope: plan.scope(&decision.address),
        source: &decision.from,
        digest: &change.digest,
        permits: &change.permits,
        lasts: change.lasts.as_deref(),
    };
    let message = format!("{}: plan to {}", decision.address, decision.verdict);
    let change = Box::new(planned);
    line(at, Level::Info, &message, Kind::PlannedDecision { change })
}

fn of_hold(hold: &Hold, plan: &Plan, at: Timestamp) -> String {
    let (level, severity) = match hold.class {
        Class::Blocked => (Level::Error, "error"),
        Class::Waiting | Class::Lapsed => (Level::Info, "info"),
    };
    let start = Position {
        line: hold.from.line,
        column: hold.from.column,
    };
    let told = Problem {
        severity,
        class: Some(hold.class),
        code: Some(hold.why.about().code),
        summary: &hold.reason,
        address: Some(hold.address.to_string()),
        range: Some(Range {
            filename: &hold.from.file,
            start,
            end: None,
        }),
        next: Some(&hold.next),
        scope: plan.scope(&hold.address),
        ..Problem::default()
    };
    let message = format!("{}: {}: {}", hold.address, hold.class, words::reason(hold));
    problem(at, level, &message, told)
}

fn of_summary(plan: &Plan, at: Timestamp) -> String {
    let counts = plan.counts();
    let kind = Kind::ChangeSummary {
        changes: Summary {
            counts,
            undecided: plan.undecided.len(),
            unread: plan.unread.len(),
            inert: plan.inert.len(),
            operation: "plan",
        },
        digest: plan.digest(),
    };
    line(at, Level::Info, &words::plan_line(counts), kind)
}

fn of_apply(event: &Event<'_>, at: Timestamp) -> String {
    let Some(message) = super::apply::event(event) else {
        return String::new();
    };
    let message = message.trim_end();
    let log = |recovering, changes| Kind::Log {
        recovering,
        changes,
        signal: None,
    };
    let (level, kind) = match event {
        Event::Recovering { open } => (Level::Info, log(Some(*open), None)),
        Event::Started { changes } => (Level::Info, log(None, Some(*changes))),
        Event::Sending(change) => {
            let hook = call(change, None);
            (Level::Info, Kind::ApplyStart { hook })
        }
        Event::Waiting(change, wait) => {
            let hook = call(change, Some(wait.as_secs()));
            (Level::Info, Kind::ApplyProgress { hook })
        }
        Event::Settled(settlement) => end(&settlement.outcome, of_settlement(settlement)),
        Event::Ended(ended) => return of_ended(ended, message, at),
        Event::Interrupted(signal) => {
            let kind = Kind::Log {
                recovering: None,
                changes: None,
                signal: Some(*signal),
            };
            (Level::Warn, kind)
        }
    };
    line(at, level, message, kind)
}

fn call(change: &Change, wait_seconds: Option<u64>) -> Call<'_> {
    Call {
        request: Requested::of(&change.decision.address),
        action: change.decision.verdict,
        wait_seconds,
    }
}

/// Which of the three ends it is; the outcome's exit decides, as it does for the whole run.
fn end<'a>(outcome: &Outcome, hook: End<'a>) -> (Level, Kind<'a>) {
    let hook = Box::new(hook);
    let exit = outcome.about().exit;
    if exit == Exit::Done {
        (Level::Info, Kind::ApplyComplete { hook })
    } else if exit == Exit::InDoubt {
        (Level::Error, Kind::ApplyUnknown { hook })
    } else {
        (Level::Error, Kind::ApplyErrored { hook })
    }
}

fn of_ended(ended: &Ended, message: &str, at: Timestamp) -> String {
    let hook = End {
        request: Requested::of(&ended.address),
        action: ended.verdict,
        ticket: &ended.ticket,
        intent: ended.intent,
        spent_before: Some(ended.spent_before),
        recovered: None,
        by_hand: None,
        result: &ended.outcome,
        source: &ended.from,
        digest: Some(&ended.digest),
    };
    let (level, kind) = end(&ended.outcome, hook);
    let mut lines = line(at, level, message, kind);
    // Nothing is called done that was not read back.
    if ended.outcome.about().exit == Exit::Done {
        let code = ended.outcome.code();
        let hook = Verified {
            request: Requested::of(&ended.address),
            code,
        };
        let message = format!("{}: verified: {code}", ended.address);
        let verified = line(at, Level::Info, &message, Kind::VerifyComplete { hook });
        lines.push_str(&verified);
    }
    lines
}

fn of_settlement(settlement: &Settlement) -> End<'_> {
    End {
        request: Requested::of(&settlement.address),
        action: settlement.verdict,
        ticket: &settlement.ticket,
        intent: Some(settlement.intent),
        spent_before: None,
        recovered: Some(true),
        by_hand: Some(settlement.by_hand),
        result: &settlement.outcome,
        source: &settlement.from,
        digest: None,
    }
}
