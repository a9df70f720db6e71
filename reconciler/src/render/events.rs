//! What happens, as one JSON object a line, in Terraform's envelope: for pipelines that listen.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::escape::{self, Hostile};
use super::plan::QueueRead;
use super::words;
use crate::apply::{Ended, Event, Settlement};
use crate::error::{Diagnostic, Failure, Severity};
use crate::exit::Exit;
use crate::model::{Address, Change, Outcome, QueueName, Status, Undecided, VendorText, counted};
use crate::plan::{Class, Hold, Plan, Removed, Unread};

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

#[derive(Clone, Copy)]
enum Level {
    Info,
    Warn,
    Error,
}

impl Level {
    fn word(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warn => "warn",
            Self::Error => "error",
        }
    }
}

/// One event as lines, each ending with a line feed; none for what needs no saying.
#[must_use]
pub fn lines(event: &UiEvent<'_>, at: Timestamp) -> String {
    let one = |level: Level, message: &str, kind: &str, member: Value| {
        line(at, level, message, kind, member)
    };
    match event {
        UiEvent::Version => {
            let version = env!("CARGO_PKG_VERSION");
            one(
                Level::Info,
                &format!("countersign {version}"),
                "version",
                json!({"countersign": version, "ui": UI}),
            )
        }
        UiEvent::Log(text) => one(Level::Info, text, "log", json!({})),
        UiEvent::Diagnostic(diagnostic) => of_diagnostic(diagnostic, at),
        UiEvent::Failure(failure) => one(
            Level::Error,
            &failure.to_string(),
            "diagnostic",
            json!({"diagnostic": {"severity": "error", "summary": failure.what, "detail": failure.cause,
                "address": failure.place, "next": failure.hint, "exit": failure.exit.code()}}),
        ),
        UiEvent::RefreshStart(queue) => one(
            Level::Info,
            &format!("{queue}: reading"),
            "refresh_start",
            json!({"queue": queue}),
        ),
        UiEvent::RefreshComplete(read) => of_read(read, at),
        UiEvent::RefreshErrored(unread) => one(
            Level::Error,
            &format!("{}: not read: {}", unread.queue, unread.why),
            "diagnostic",
            json!({"diagnostic": {"severity": "error", "code": "unread", "summary": unread.why,
                "said": unread.said.as_ref().map(VendorText::raw), "address": unread.queue, "next": unread.hint}}),
        ),
        UiEvent::PlannedDecision(change, plan) => of_change(change, plan, at),
        UiEvent::Held(hold, plan) => of_hold(hold, plan, at),
        UiEvent::UndecidedRequest(undecided, plan) => one(
            Level::Info,
            &format!("{}: undecided", undecided.address),
            "undecided_request",
            json!({"request": request(&undecided.address), "source": undecided.from,
                "scope": plan.scope(&undecided.address)}),
        ),
        UiEvent::TakenOut(removed) => one(
            Level::Warn,
            &format!("{}: {} was taken out", removed.address, removed.verdict),
            "removed_decision",
            json!({"request": request(&removed.address), "action": removed.verdict,
                "ticket": removed.ticket, "source": removed.from}),
        ),
        UiEvent::ChangeSummary(plan) => of_summary(plan, at),
        UiEvent::Apply(event) => of_apply(event, at),
        UiEvent::LedgerHead(seq, hash) => one(
            Level::Info,
            &format!("Ledger: {seq} {hash}"),
            "ledger_head",
            json!({"seq": seq, "hash": hash}),
        ),
    }
}

fn line(at: Timestamp, level: Level, message: &str, kind: &str, member: Value) -> String {
    let envelope = json!({
        "@level": level.word(),
        "@message": Hostile::prose(message).terminal(),
        "@module": "countersign.ui",
        "@timestamp": format!("{at:.3}"),
        "type": kind,
    });
    let mut event = member;
    if let (Value::Object(event), Value::Object(envelope)) = (&mut event, envelope) {
        event.extend(envelope);
    }
    format!("{}\n", escape::json(&event.to_string()))
}

fn request(address: &Address) -> Value {
    json!({"addr": address.to_string(), "queue": address.queue, "id": address.id})
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
    let range = json!({"filename": file, "start": {"line": row, "column": column},
        "end": {"line": row, "column": column.saturating_add(*length)}});
    let member = json!({"diagnostic": {"severity": severity.word(), "summary": message,
        "range": range, "next": hint}});
    let message = format!("{file}:{row}:{column}: {message}");
    line(at, level, &message, "diagnostic", member)
}

fn of_read(read: &QueueRead, at: Timestamp) -> String {
    let QueueRead {
        queue,
        way,
        own: _,
        calls,
        rows,
        unreadable,
    } = read;
    let member = json!({"queue": queue, "way": way, "calls": calls, "received": rows,
        "unreadable": unreadable, "complete": *unreadable == 0});
    let message = format!("{queue}: read ({}, {})", read.how(), counted(*rows, "row"));
    line(at, Level::Info, &message, "refresh_complete", member)
}

fn of_change(change: &Change, plan: &Plan, at: Timestamp) -> String {
    let decision = &change.decision;
    let guard = if change.content_changed.is_empty() {
        "match"
    } else {
        "content_changed"
    };
    let mut request = request(&decision.address);
    request["vendor"] = json!(change.identity.vendor);
    request["organization"] = json!(change.identity.organization);
    let mut member = json!({"change": {
        "request": request,
        "action": decision.verdict,
        "ticket": decision.ticket,
        "before": {"state": change.expects.as_ref().map_or("not filed", Status::word)},
        "fingerprint": decision.guard.fingerprint,
        "guard": {"result": guard, "checked": decision.guard.facts.len(), "changed": change.content_changed,
            "unavailable": change.cannot_verify},
        "undo": change.undo,
        "scope": plan.scope(&decision.address),
        "source": decision.from,
        "digest": change.digest,
    }});
    if !change.permits.is_empty() {
        member["change"]["permits"] = json!(change.permits);
    }
    if let Some(lasts) = &change.lasts {
        member["change"]["lasts"] = json!(lasts);
    }
    let message = format!("{}: plan to {}", decision.address, decision.verdict);
    line(at, Level::Info, &message, "planned_decision", member)
}

fn of_hold(hold: &Hold, plan: &Plan, at: Timestamp) -> String {
    let (level, severity) = match hold.class {
        Class::Blocked => (Level::Error, "error"),
        Class::Waiting | Class::Lapsed => (Level::Info, "info"),
    };
    let member = json!({"diagnostic": {"severity": severity, "class": hold.class,
        "code": hold.why.about().code, "summary": hold.reason, "address": hold.address.to_string(),
        "range": {"filename": hold.from.file, "start": {"line": hold.from.line, "column": hold.from.column}},
        "next": hold.next, "scope": plan.scope(&hold.address)}});
    let message = format!("{}: {}: {}", hold.address, hold.class, words::reason(hold));
    line(at, level, &message, "diagnostic", member)
}

fn of_summary(plan: &Plan, at: Timestamp) -> String {
    let counts = plan.counts();
    let mut changes = json!(counts);
    changes["undecided"] = json!(plan.undecided.len());
    changes["unread"] = json!(plan.unread.len());
    changes["inert"] = json!(plan.inert.len());
    changes["operation"] = json!("plan");
    let member = json!({"changes": changes, "digest": plan.digest()});
    line(
        at,
        Level::Info,
        &words::plan_line(counts),
        "change_summary",
        member,
    )
}

fn of_apply(event: &Event<'_>, at: Timestamp) -> String {
    let Some(message) = super::apply::event(event) else {
        return String::new();
    };
    let message = message.trim_end();
    let one = |kind: &str, member: Value| line(at, Level::Info, message, kind, member);
    match event {
        Event::Recovering { open } => one("log", json!({"recovering": open})),
        Event::Settled(settlement) => of_settlement(settlement, message, at),
        Event::Started { changes } => one("log", json!({"changes": changes})),
        Event::Sending(change) => one(
            "apply_start",
            json!({"hook": {"request": request(&change.decision.address), "action": change.decision.verdict}}),
        ),
        Event::Waiting(change, wait) => one(
            "apply_progress",
            json!({"hook": {"request": request(&change.decision.address), "action": change.decision.verdict,
                "wait_seconds": wait.as_secs()}}),
        ),
        Event::Ended(ended) => of_ended(ended, message, at),
        Event::Interrupted(signal) => {
            line(at, Level::Warn, message, "log", json!({"signal": signal}))
        }
    }
}

/// Which of the three ends it is; the outcome's exit decides, as it does for the whole run.
fn end(outcome: &Outcome) -> (Level, &'static str) {
    let exit = outcome.about().exit;
    if exit == Exit::Done {
        (Level::Info, "apply_complete")
    } else if exit == Exit::InDoubt {
        (Level::Error, "apply_unknown")
    } else {
        (Level::Error, "apply_errored")
    }
}

fn of_ended(ended: &Ended, message: &str, at: Timestamp) -> String {
    let (level, kind) = end(&ended.outcome);
    let hook = json!({"request": request(&ended.address), "action": ended.verdict, "ticket": ended.ticket,
        "intent": ended.intent, "spent_before": ended.spent_before, "result": ended.outcome,
        "source": ended.from, "digest": ended.digest});
    let mut lines = line(at, level, message, kind, json!({ "hook": hook }));
    // Nothing is called done that was not read back.
    if end(&ended.outcome).1 == "apply_complete" {
        let verified =
            json!({"hook": {"request": request(&ended.address), "code": ended.outcome.code()}});
        let message = format!("{}: verified: {}", ended.address, ended.outcome.code());
        lines.push_str(&line(
            at,
            Level::Info,
            &message,
            "verify_complete",
            verified,
        ));
    }
    lines
}

fn of_settlement(settlement: &Settlement, message: &str, at: Timestamp) -> String {
    let (level, kind) = end(&settlement.outcome);
    let hook = json!({"request": request(&settlement.address), "action": settlement.verdict,
        "ticket": settlement.ticket, "intent": settlement.intent, "recovered": true,
        "by_hand": settlement.by_hand, "result": settlement.outcome, "source": settlement.from});
    line(at, level, message, kind, json!({ "hook": hook }))
}
