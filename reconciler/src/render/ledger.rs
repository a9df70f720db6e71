//! The ledger for people: a line a record, and all that is known about one request.

mod calls;
mod recovered;

use super::escape::Hostile;
use super::json::document;
use super::layout::{Page, Role, Style};
use super::words;
use crate::apply::ledger::{Entry, History, Record};
use crate::model::{Address, Identity, Outcome, Resolution, SentState, counted};

pub use calls::{CallRow, calls, calls_csv, calls_json};
pub use recovered::recovered;

/// What `verify` found.
#[must_use]
pub fn verified(history: &History) -> String {
    let (seq, hash) = history.head().unwrap_or_default();
    let open = history.past().open().count();
    let torn = if history.torn > 0 {
        format!(
            "The last record was cut off by a crash ({}); the next apply removes it.\n",
            counted(history.torn, "byte")
        )
    } else {
        String::new()
    };
    let records = counted(history.records.len(), "record");
    format!("Verified: {records}, {open} in doubt.\n{torn}Ledger: {seq} {hash}\n")
}

/// Every record, oldest first.
#[must_use]
pub fn text(history: &History, style: Style) -> String {
    let mut page = Page::new(style);
    for record in &history.records {
        page.exact(role(record), &line(record));
    }
    page.finish()
}

/// Every record, as an array.
#[must_use]
pub fn json(history: &History) -> String {
    document(&history.records)
}

/// Everything that is known about one request.
#[must_use]
pub fn explain(address: &Address, identity: &Identity, history: &History, style: Style) -> String {
    let mut page = Page::new(style);
    let past = history.past();
    let sent = past.of(identity);
    page.exact(
        Role::Title,
        &format!(
            "{address}: {} at {}",
            identity.vendor.title(),
            identity.origin
        ),
    );
    let intents: Vec<u64> = sent.iter().map(|one| one.seq).collect();
    for record in &history.records {
        let concerns = match &record.entry {
            Entry::Intent { .. } => intents.contains(&record.seq),
            Entry::Outcome { intent, .. } | Entry::Resolve { intent, .. } => {
                intents.contains(intent)
            }
            Entry::Init { .. } | Entry::RunOpen(_) | Entry::RunClose { .. } => false,
        };
        if concerns {
            page.exact(role(record), &line(record));
        }
    }
    let verdict = match sent.last().map(|one| &one.state) {
        None => "Nothing was ever sent for it from this ledger.".to_owned(),
        Some(SentState::Open) => {
            "In doubt: `countersign apply` reads it again before anything else.".to_owned()
        }
        Some(SentState::Ended(outcome)) => format!("It ended: {}.", words::outcome(outcome)),
    };
    page.exact(Role::Plain, &verdict);
    page.finish()
}

/// The word for a finding.
#[must_use]
pub fn word(resolution: Resolution) -> &'static str {
    match resolution {
        Resolution::Applied => "applied",
        Resolution::NotApplied => "not applied",
    }
}

fn role(record: &Record) -> Role {
    match &record.entry {
        Entry::Intent { .. } | Entry::Resolve { .. } => Role::Title,
        Entry::Outcome { .. } | Entry::Init { .. } | Entry::RunOpen(_) | Entry::RunClose { .. } => {
            Role::Plain
        }
    }
}

/// An outcome with its code, which is said once where the sentence begins with it.
fn ending(outcome: &Outcome) -> String {
    let (code, sentence) = (outcome.code(), words::outcome(outcome));
    if sentence.starts_with(&code.replace('-', " ")) {
        sentence
    } else {
        format!("{code}: {sentence}")
    }
}

fn line(record: &Record) -> String {
    let what = match &record.entry {
        Entry::Init { tool, recovered } => {
            let from = recovered.as_ref().map_or_else(String::new, |damaged| {
                format!(
                    ", recovered from {}",
                    Hostile::from(&damaged.file).terminal()
                )
            });
            format!("init        countersign {tool}{from}")
        }
        Entry::RunOpen(run) => format!("run-open    {}", run.run),
        Entry::Intent {
            change,
            commit,
            author,
            ..
        } => {
            let decision = &change.decision;
            let commit = commit
                .as_deref()
                .map_or_else(String::new, |commit| format!(" {:.12}", commit));
            let author = author.as_deref().map_or_else(String::new, |author| {
                format!(" by {}", Hostile::from(author).terminal())
            });
            format!(
                "intent      {} {} {} {}{commit}{author}",
                decision.verdict,
                decision.address,
                Hostile::from(&decision.ticket).terminal(),
                Hostile::from(&decision.from.to_string()).terminal(),
            )
        }
        Entry::Outcome {
            intent, outcome, ..
        } => format!("outcome     of {intent}: {}", ending(outcome)),
        Entry::Resolve {
            intent,
            resolution,
            because,
            ..
        } => {
            format!(
                "resolve     {intent} as {}: {}",
                word(*resolution),
                Hostile::from(because).terminal()
            )
        }
        Entry::RunClose { run } => format!("run-close   {run}"),
    };
    let was = record
        .was
        .map_or_else(String::new, |was| format!(" (was {was})"));
    format!(
        "{:>5}  {}  {what}{was}",
        record.seq,
        words::moment(record.at)
    )
}
