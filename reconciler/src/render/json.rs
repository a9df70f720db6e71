//! Plans and reports as one JSON document each; nothing in it can act on a terminal.

use serde::Serialize;

use super::apply::ApplyContext;
use super::endings::count;
use super::escape;
use crate::apply::{Ended, Report, Settlement, Signal};
use crate::error::Failure;
use crate::exit::Exit;
use crate::model::OUTCOME_CODES;
use crate::plan::{Base, Plan, PlanDocument, SavedPlan};

/// The form's version.
const SCHEMA: u32 = 1;

/// The plan document, the same object as a saved plan's `plan` member; ends with a line feed.
#[must_use]
pub fn plan(plan: &Plan) -> String {
    document(&PlanDocument::of(plan.clone()))
}

/// A saved plan's document.
#[must_use]
pub fn saved(plan: &SavedPlan) -> String {
    document(&plan.plan)
}

/// The account of an apply: lines, recovered, counts by outcome code, exit code, head.
#[must_use]
pub fn apply(report: &Report, context: ApplyContext<'_>) -> String {
    document(&ReportDocument::of(report, context))
}

/// Why there is no other document: what happened, where, why, what helps, and the exit code.
#[must_use]
pub fn failure(failure: &Failure) -> String {
    #[derive(Serialize)]
    struct Document<'a> {
        schema: u32,
        exit: u8,
        error: Error<'a>,
    }
    #[derive(Serialize)]
    struct Error<'a> {
        what: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        at: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        cause: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        hint: Option<&'a str>,
    }
    let Failure {
        exit,
        what,
        place,
        cause,
        hint,
    } = failure;
    document(&Document {
        schema: SCHEMA,
        exit: exit.code(),
        error: Error {
            what,
            at: place.as_deref(),
            cause: cause.as_deref(),
            hint: hint.as_deref(),
        },
    })
}

/// Any document of ours as pretty JSON; ends with a line feed.
#[must_use]
pub fn document(data: &impl Serialize) -> String {
    // Over a `Value`, which sorts its keys; our own data always has a JSON form.
    let value = serde_json::to_value(data).unwrap_or_default();
    let text = serde_json::to_string_pretty(&value).unwrap_or_default();
    format!("{}\n", escape::json(&text))
}

#[derive(Serialize)]
struct ReportDocument<'a> {
    schema: u32,
    command: &'static str,
    exit: u8,
    complete: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    digest: Option<String>,
    counts: serde_json::Map<String, serde_json::Value>,
    lines: &'a [Ended],
    recovered: &'a [Settlement],
    interrupted: Option<Signal>,
    ledger_failed: Option<&'a str>,
    head: Option<Head<'a>>,
    /// What the branch adds, where that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    base: Option<&'a Base>,
}

#[derive(Serialize)]
struct Head<'a> {
    seq: u64,
    hash: &'a str,
}

impl<'a> ReportDocument<'a> {
    fn of(report: &'a Report, context: ApplyContext<'a>) -> Self {
        let Report {
            recovered,
            lines,
            interrupted,
            ledger_failed,
            head,
        } = report;
        let mut counts: serde_json::Map<String, serde_json::Value> = OUTCOME_CODES
            .iter()
            .map(|about| (about.code.to_owned(), count(report, &[about.code]).into()))
            .collect();
        counts.insert("blocked".to_owned(), context.blocked().into());
        counts.insert("unread".to_owned(), context.unread().into());
        Self {
            schema: SCHEMA,
            command: "apply",
            exit: context.exit.code(),
            complete: context.exit == Exit::Done,
            digest: context.plan.map(|plan| plan.digest().to_string()),
            counts,
            lines,
            recovered,
            interrupted: *interrupted,
            ledger_failed: ledger_failed.as_deref(),
            head: head.as_ref().map(|(seq, hash)| Head { seq: *seq, hash }),
            base: context.plan.and_then(|plan| plan.base.as_ref()),
        }
    }
}
