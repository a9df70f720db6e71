//! A run that stopped before its end, as a pull-request comment: why, and what it found out of earlier ones.

use super::super::apply;
use super::super::endings::Entry;
use super::super::escape::Hostile;
use super::rows::outcome_row;
use super::{OUTCOME_HEAD, table};
use crate::apply::Report;
use crate::error::Failure;

/// The comment.
#[must_use]
pub fn stopped(failure: &Failure, report: &Report) -> String {
    let code = |text: &str| Hostile::prose(text).markdown();
    let mut text = format!(
        "## :x: Apply Incomplete\n\n**The run stopped before its end (exit {})**: {}\n",
        failure.exit.code(),
        code(&failure.what)
    );
    for (label, said) in [("at", &failure.place), ("next", &failure.hint)] {
        if let Some(said) = said {
            text.push_str(&format!("\n{label}: {}\n", code(said)));
        }
    }
    let rows = report.recovered.iter().map(Entry::of_settlement);
    let rows: Vec<String> = rows.map(|entry| outcome_row(&entry, None)).collect();
    let title = format!("Recovered: left open by earlier runs ({})", rows.len());
    text.push_str(&table(&title, OUTCOME_HEAD, &rows));
    if let Some(head) = apply::head(report) {
        text.push_str(&format!("\n{head}\n"));
    }
    text
}
