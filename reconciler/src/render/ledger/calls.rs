//! Every call that may have been made, a row each: what an auditor asks of the ledger, as CSV and as JSON.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::super::escape::Hostile;
use super::super::json::document;
use super::super::words;
use crate::apply::ledger::{Entry, Evidence, History, Record, Run};
use crate::model::{Change, Outcome, Resolution};

/// A call, and how it ended.
#[derive(Clone, Debug)]
pub struct CallRow<'a> {
    intent: &'a Record,
    change: &'a Change,
    /// Commit and author of the decision's line, where known.
    written: [Option<&'a str>; 2],
    run: &'a str,
    opened: Option<&'a Run>,
    end: Option<End<'a>>,
}

/// The last record about a call.
#[derive(Clone, Copy, Debug)]
struct End<'a> {
    record: &'a Record,
    how: How<'a>,
}

#[derive(Clone, Copy, Debug)]
enum How<'a> {
    Read(&'a Outcome, &'a Evidence),
    Said(Resolution, &'a str),
}

/// What a row says, in this order: a name, and where it comes from.
type Column = (&'static str, fn(&CallRow<'_>) -> Value);

const COLUMNS: [Column; 27] = [
    ("seq", |row| row.intent.seq.into()),
    ("at", |row| words::moment(row.intent.at).into()),
    // Never the id alone: a spreadsheet rounds a number of nineteen digits.
    ("request", |row| {
        row.change.decision.address.to_string().into()
    }),
    ("vendor", |row| row.change.identity.vendor.slug().into()),
    ("origin", |row| row.change.identity.origin.as_str().into()),
    ("organization", |row| {
        maybe(row.change.identity.organization.as_deref())
    }),
    ("verdict", |row| row.change.decision.verdict.word().into()),
    ("outcome", |row| row.outcome().into()),
    ("ended", |row| row.ending().into()),
    ("ended-at", |row| {
        maybe(row.end.map(|end| words::moment(end.record.at)).as_deref())
    }),
    ("ticket", |row| row.change.decision.ticket.as_str().into()),
    ("reason", |row| row.change.decision.reason.as_str().into()),
    ("decided-by", |row| {
        maybe(row.change.decision.decided_by.as_deref())
    }),
    ("acting-as", |row| {
        maybe(row.change.deciding.acting_as.as_deref())
    }),
    ("run-as", |row| maybe(row.change.deciding.run_as.as_deref())),
    ("credential", |row| {
        row.change.deciding.credential.as_str().into()
    }),
    ("from", |row| row.change.decision.from.to_string().into()),
    ("commit", |row| maybe(row.written[0])),
    ("author", |row| maybe(row.written[1])),
    ("expires", |row| {
        words::moment(row.change.decision.expires).into()
    }),
    ("fingerprint", |row| {
        maybe(row.change.decision.guard.fingerprint.as_deref())
    }),
    ("line-digest", |row| row.change.digest.0.as_str().into()),
    ("plan-digest", |row| {
        maybe(row.opened.and_then(|run| run.plan.as_deref()))
    }),
    ("run", |row| row.run.into()),
    ("answer", |row| {
        maybe(row.evidence().and_then(|seen| seen.answer.as_deref()))
    }),
    ("read-back", |row| {
        maybe(row.evidence().and_then(|seen| seen.read_back.as_deref()))
    }),
    ("hash", |row| row.intent.hash.as_str().into()),
];

fn maybe(text: Option<&str>) -> Value {
    text.map_or(Value::Null, Value::from)
}

impl CallRow<'_> {
    fn outcome(&self) -> &'static str {
        match self.end.map(|end| end.how) {
            None => "in-doubt",
            Some(How::Read(outcome, _)) => outcome.code(),
            Some(How::Said(Resolution::Applied, _)) => "resolved-as-applied",
            Some(How::Said(Resolution::NotApplied, _)) => "resolved-as-not-applied",
        }
    }

    fn ending(&self) -> String {
        match self.end.map(|end| end.how) {
            None => "the ledger does not hold its end".to_owned(),
            Some(How::Read(outcome, _)) => words::outcome(outcome),
            Some(How::Said(_, because)) => because.to_owned(),
        }
    }

    fn evidence(&self) -> Option<&Evidence> {
        match self.end?.how {
            How::Read(_, evidence) => Some(evidence),
            How::Said(..) => None,
        }
    }
}

/// The calls of a ledger, oldest first.
#[must_use]
pub fn calls(history: &History) -> Vec<CallRow<'_>> {
    let mut runs: BTreeMap<&str, &Run> = BTreeMap::new();
    let mut calls: BTreeMap<u64, CallRow<'_>> = BTreeMap::new();
    for record in &history.records {
        let (intent, how) = match &record.entry {
            Entry::Intent {
                run,
                change,
                commit,
                author,
            } => {
                let call = CallRow {
                    intent: record,
                    change,
                    written: [commit.as_deref(), author.as_deref()],
                    run,
                    opened: runs.get(run.as_str()).copied(),
                    end: None,
                };
                calls.insert(record.seq, call);
                continue;
            }
            Entry::Outcome {
                intent,
                outcome,
                evidence,
                ..
            } => (intent, How::Read(outcome, evidence)),
            Entry::Resolve {
                intent,
                resolution,
                because,
                ..
            } => (intent, How::Said(*resolution, because)),
            Entry::RunOpen(run) => {
                runs.insert(&run.run, run);
                continue;
            }
            Entry::Init { .. } | Entry::RunClose { .. } => continue,
        };
        if let Some(call) = calls.get_mut(intent) {
            call.end = Some(End { record, how });
        }
    }
    calls.into_values().collect()
}

/// A line with the names, then a line a call. Every text is quoted, and no cell is computed by a spreadsheet.
#[must_use]
pub fn calls_csv(calls: &[CallRow<'_>]) -> String {
    let names: Vec<String> = COLUMNS
        .iter()
        .map(|(name, _)| Hostile::from(*name).csv())
        .collect();
    let mut csv = format!("{}\n", names.join(","));
    for call in calls {
        let cells = COLUMNS.iter().map(|(_, cell)| {
            let cell = cell(call);
            match cell.as_str() {
                Some(text) => Hostile::from(text).csv(),
                None if cell.is_null() => String::new(),
                None => cell.to_string(),
            }
        });
        csv.push_str(&cells.collect::<Vec<_>>().join(","));
        csv.push('\n');
    }
    csv
}

/// An array, an object a call; what is not known is null.
#[must_use]
pub fn calls_json(calls: &[CallRow<'_>]) -> String {
    let object = |call: &CallRow<'_>| -> Map<String, Value> {
        let members = COLUMNS.iter();
        members
            .map(|(name, cell)| ((*name).to_owned(), cell(call)))
            .collect()
    };
    document(&calls.iter().map(object).collect::<Vec<_>>())
}
