//! Reading many: who sees what, and the merge of stored and generated rows in the order of their ids.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use super::attributes::{Style, value};
use super::filter::Condition;
use super::generate::Block;
use super::people::User;
use super::request::{Request, Status};
use super::state::State;

/// What is the same in every row of a generated queue that nobody has touched.
const COMMON: [&str; 6] = [
    "status",
    "type",
    "activated",
    "removed",
    "revoke_reason",
    "webclient",
];

/// What is asked of the list.
#[derive(Clone, Debug)]
pub(super) struct Reading<'a> {
    /// Whoever asks; nobody is the portal, which sees all.
    pub(super) user: Option<&'a User>,
    pub(super) conditions: Vec<Condition>,
    pub(super) removed: bool,
}

/// A row, stored or made while it is read.
#[derive(Clone, Copy, Debug)]
pub(super) enum Row<'a> {
    Stored(&'a Request),
    Made(&'a Block, u64),
}

impl Row<'_> {
    pub(super) fn into_owned(self) -> Request {
        match self {
            Self::Stored(row) => row.clone(),
            Self::Made(block, index) => block.row(index),
        }
    }
}

impl State {
    /// Visits what a reading shows, in the order of the ids.
    pub(super) fn read<'a>(
        &'a self,
        reading: &Reading<'_>,
        mut visit: impl FnMut(Row<'a>) -> ControlFlow<()>,
    ) {
        let style = Style::new(&self.dialects);
        let holds = |row: &Request, own: &Condition| own.holds(&value(row, own.attribute, style));
        let fits_stored = |row: &Request| {
            (reading.removed || !row.removed)
                && reading.user.is_none_or(|user| user.sees(row))
                && reading.conditions.iter().all(|own| holds(row, own))
        };
        let (common, single): (Vec<&Condition>, Vec<&Condition>) = reading
            .conditions
            .iter()
            .partition(|own| COMMON.contains(&own.attribute));
        let fits_made = |block: &Block, index: u64| {
            let seen = reading.user.is_none_or(|user| {
                user.sees_safe(block.safe(index)) || block.user(index).name == user.user_name
            });
            seen && (single.is_empty() || {
                let row = block.row(index);
                single.iter().all(|own| holds(&row, own))
            })
        };
        let mut stored = self.rows.values().peekable();
        for block in &self.blocks {
            while let Some(row) = stored.next_if(|row| row.id < block.first) {
                if fits_stored(row) && visit(Row::Stored(row)).is_break() {
                    return;
                }
            }
            let first = block.row(0);
            let any_made = common.iter().all(|own| holds(&first, own));
            for index in 0..block.count {
                let told = match stored.next_if(|row| row.id == block.first + index) {
                    Some(row) if fits_stored(row) => visit(Row::Stored(row)),
                    None if any_made && fits_made(block, index) => visit(Row::Made(block, index)),
                    Some(_) | None => ControlFlow::Continue(()),
                };
                if told.is_break() {
                    return;
                }
            }
        }
        for row in stored {
            if fits_stored(row) && visit(Row::Stored(row)).is_break() {
                return;
            }
        }
    }

    /// The first requests that wait, for this user or in the portal.
    pub(super) fn pending(&self, user: Option<&User>, take: usize) -> Vec<Request> {
        let reading = Reading {
            user,
            conditions: Vec::new(),
            removed: false,
        };
        let mut rows = Vec::new();
        self.read(&reading, |row| {
            if rows.len() >= take {
                return ControlFlow::Break(());
            }
            match row {
                Row::Stored(own) if own.status != Status::Pending => {}
                Row::Stored(_) | Row::Made(..) => rows.push(row.into_owned()),
            }
            ControlFlow::Continue(())
        });
        rows
    }

    /// How many requests of each state there are.
    pub(super) fn counts(&self) -> BTreeMap<&'static str, u64> {
        let mut counts = BTreeMap::new();
        for row in self.rows.values() {
            *counts.entry(row.word()).or_default() += 1;
        }
        for block in &self.blocks {
            let touched = self.rows.range(block.first..block.first + block.count);
            *counts.entry(Status::Pending.word()).or_default() +=
                block.count - touched.count() as u64;
        }
        counts.retain(|_, count| *count > 0);
        counts
    }
}
