//! The parameters of the one read, and the batch they select.
//!
//! From: Request Parameters, Notes 1.

use std::ops::ControlFlow;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};

use super::refusal::Refusal;
use super::request::Request;
use super::state::State;
use super::wire::zone;
use crate::dialect::Dialects;
use crate::vendors::Call;

/// The most requests of one answer, and as many as come without `count`.
///
/// From: count, "Default value: 1000", "Max value: 1000".
const MOST: u64 = 1000;

/// What is asked for.
#[derive(Clone, Debug)]
pub(super) struct Reading {
    start: Option<Timestamp>,
    end: Option<Timestamp>,
    count: u64,
    after: u64,
}

/// What is answered.
#[derive(Debug)]
pub(super) struct Batch {
    pub(super) after_id: Option<u64>,
    pub(super) rows: Vec<Request>,
}

impl Reading {
    pub(super) fn asked(
        call: &Call,
        dialects: &Dialects,
        strange: &mut Vec<String>,
    ) -> Result<Self, Refusal> {
        let start = time(call, "start", dialects, strange)?;
        let end = time(call, "end", dialects, strange)?;
        let number = |text: &str| text.parse::<u32>().ok().map(u64::from);
        let positive = |text: &str| number(text).filter(|id| *id > 0);
        let count = value(call, "count", number, dialects, strange)?.unwrap_or(MOST);
        // From: the note under the response, "more than 1000, a status code of 400".
        if count > MOST {
            return Err(Refusal::new(400, "count is 1000 at most."));
        }
        Ok(Self {
            start,
            end,
            count,
            after: value(call, "afterId", positive, dialects, strange)?.unwrap_or(0),
        })
    }
}

// A parameter of one form. Names have no case at this vendor's kind of server; an empty value is none.
fn value<T>(
    call: &Call,
    name: &str,
    read: impl Fn(&str) -> Option<T>,
    dialects: &Dialects,
    strange: &mut Vec<String>,
) -> Result<Option<T>, Refusal> {
    let mut named = call
        .query
        .iter()
        .filter(|(key, _)| key.eq_ignore_ascii_case(name));
    let Some(text) = named.next().map(|(_, text)| text.as_str()) else {
        return Ok(None);
    };
    if text.is_empty() {
        return Ok(None);
    }
    if let Some(value) = read(text) {
        return Ok(Some(value));
    }
    strange.push(format!("{name}: {text:?} is no valid value"));
    if dialects.is("ekran.wrong-value", "ignored") {
        return Ok(None);
    }
    Err(Refusal::new(400, format!("{name} is not valid.")))
}

// One of the document's three forms, meant in the server's zone.
fn time(
    call: &Call,
    name: &str,
    dialects: &Dialects,
    strange: &mut Vec<String>,
) -> Result<Option<Timestamp>, Refusal> {
    let zone = zone(dialects);
    let read = |text: &str| civil(text)?.to_zoned(zone.clone()).ok();
    let found = value(call, name, read, dialects, strange)?;
    Ok(found.map(|zoned| zoned.timestamp()))
}

fn civil(text: &str) -> Option<DateTime> {
    let parsed = |form: &str| DateTime::strptime(form, text).ok();
    match text.len() {
        10 => Date::strptime("%Y-%m-%d", text).ok().map(DateTime::from),
        16 => parsed("%Y-%m-%dT%H:%M"),
        19 => parsed("%Y-%m-%dT%H:%M:%S"),
        _ => None,
    }
}

impl State {
    /// The batch that a reading selects, and where the next one begins.
    pub(super) fn batch(&self, reading: &Reading) -> Batch {
        let inclusive = self.dialects.is("ekran.bounds", "inclusive");
        let within = |at: Timestamp| {
            let late = reading
                .start
                .is_none_or(|start| at > start || (inclusive && at == start));
            late && reading
                .end
                .is_none_or(|end| at < end || (inclusive && at == end))
        };
        // The next batch's first id is part of that batch.
        let from = if self.dialects.is("ekran.after-id", "next") {
            reading.after
        } else {
            reading.after + 1
        };
        let mut rows = Vec::new();
        let mut next = None;
        self.walk(from, |id, at, row| {
            if !within(at) {
                return ControlFlow::Continue(());
            }
            if rows.len() as u64 >= reading.count {
                next = Some(id);
                return ControlFlow::Break(());
            }
            rows.push(row());
            ControlFlow::Continue(())
        });
        let after_id = self.cursor(&rows, next);
        Batch { after_id, rows }
    }

    // Where the next batch begins; null where none is told of.
    fn cursor(&self, rows: &[Request], next: Option<u64>) -> Option<u64> {
        let (first, last) = rows.first().zip(rows.last())?;
        if next.is_none() && self.dialects.is("ekran.last-page", "null") {
            return None;
        }
        Some(match self.dialects.chosen("ekran.after-id") {
            "first" => first.id,
            "next" => next.unwrap_or(last.id + 1),
            _ => last.id,
        })
    }

    /// Visits what was processed, from this id on, in the order of the ids: the id, when, and the row if wanted.
    pub(super) fn walk(
        &self,
        from: u64,
        mut visit: impl FnMut(u64, Timestamp, &dyn Fn() -> Request) -> ControlFlow<()>,
    ) {
        let stored = self.rows.range(from..).map(|(_, row)| row);
        let processed = |row: &&Request| row.status.shown().is_some() && row.changed_at.is_some();
        let mut stored = stored.filter(processed).peekable();
        for block in &self.blocks {
            while let Some(row) = stored.next_if(|row| row.id < block.first) {
                let at = row.changed_at.unwrap_or(row.requested_at);
                if visit(row.id, at, &|| row.clone()).is_break() {
                    return;
                }
            }
            // Only what is wanted is made.
            for index in from.saturating_sub(block.first)..block.count {
                let at = block.changed_at(index);
                if visit(block.first + index, at, &|| block.row(index)).is_break() {
                    return;
                }
            }
        }
        for row in stored {
            let at = row.changed_at.unwrap_or(row.requested_at);
            if visit(row.id, at, &|| row.clone()).is_break() {
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_forms_of_a_time_and_no_fourth() {
        for text in ["2021-04-01", "2021-04-01T12:00", "2021-04-01T12:00:00"] {
            assert!(civil(text).is_some(), "{text}");
        }
        for text in [
            "2021-04-01T12:00:00Z",
            "2021-04-01 12:00",
            "2021-04-01T12:00:00.5",
            "\"2021-04-01\"",
            "01.04.2021",
            "2021-13-01",
            "2021-4-1",
            "",
        ] {
            assert!(civil(text).is_none(), "{text}");
        }
    }
}
