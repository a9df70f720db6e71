//! Reading many: the merge of stored and generated rows, in id order, either way.

use std::borrow::Cow;

use jiff::Timestamp;

use super::generate::Block;
use super::request::{Request, Status};
use super::state::State;

/// Which rows, in which order.
#[derive(Clone, Debug)]
pub(crate) struct Reading<'a> {
    /// The smallest id, inclusive.
    pub(crate) start: u64,
    /// At most so many.
    pub(crate) take: usize,
    /// Newest first.
    pub(crate) back: bool,
    /// Of these statuses.
    pub(crate) statuses: &'a [Status],
    /// Whether rows that dropped out of the list count.
    pub(crate) dropped: bool,
}

impl State {
    /// The rows that a reading and a further test admit.
    pub(crate) fn read(
        &self,
        reading: &Reading<'_>,
        now: Timestamp,
        admits: impl Fn(&Request) -> bool,
    ) -> Vec<Cow<'_, Request>> {
        let fits = |row: &Request| {
            reading.statuses.contains(&row.status)
                && (reading.dropped || !row.dropped)
                && admits(row)
        };
        let mut made: Vec<Generated<'_>> = self
            .blocks
            .iter()
            .filter_map(|block| Generated::new(self, block, reading, now))
            .collect();
        if reading.back {
            made.reverse();
        }
        let mut made = made
            .into_iter()
            .flatten()
            .filter(|row| fits(row))
            .peekable();
        let range = self.rows.range(reading.start..);
        let stored: Box<dyn Iterator<Item = &Request>> = if reading.back {
            Box::new(range.map(|(_, row)| row).rev())
        } else {
            Box::new(range.map(|(_, row)| row))
        };
        let mut stored = stored.filter(|row| fits(row)).peekable();
        let mut rows = Vec::with_capacity(reading.take.min(1000));
        while rows.len() < reading.take {
            let made_first = match (made.peek(), stored.peek()) {
                (Some(made), Some(stored)) => (made.id < stored.id) != reading.back,
                (Some(_), None) => true,
                (None, Some(_)) => false,
                (None, None) => break,
            };
            let row = if made_first {
                made.next().map(Cow::Owned)
            } else {
                stored.next().map(Cow::Borrowed)
            };
            rows.extend(row);
        }
        rows
    }

    /// How many requests of each status stand in the list.
    pub(crate) fn counts(&self, now: Timestamp) -> std::collections::BTreeMap<&'static str, u64> {
        let mut counts = std::collections::BTreeMap::new();
        for row in self
            .rows
            .values()
            .filter(|row| !row.dropped && row.status != Status::Withdrawn)
        {
            *counts.entry(row.status.word()).or_default() += 1;
        }
        for block in &self.blocks {
            for status in [
                Status::Pending,
                Status::Approved,
                Status::Denied,
                Status::Quarantined,
            ] {
                let touched = self.rows.range(block.first..block.first + block.count);
                let touched = touched
                    .filter(|(id, _)| block.base(**id - block.first) == status)
                    .count() as u64;
                let start = self.first_listed(block, status, now);
                let standing = block.count_in(start..block.count, status);
                *counts.entry(status.word()).or_default() += standing.saturating_sub(touched);
            }
        }
        counts.retain(|_, count| *count > 0);
        counts
    }

    /// The first row of a block that, made with `status`, has not left it or the list. Rows age in order.
    fn first_listed(&self, block: &Block, status: Status, now: Timestamp) -> u64 {
        let (mut low, mut high) = (0, block.count);
        while low < high {
            let middle = low + (high - low) / 2;
            let gone = block.seek(middle, &[status], false).is_none_or(|index| {
                let row = block.row(index, now, self.drops_by_request());
                row.dropped || row.status != status
            });
            if gone {
                low = middle + 1
            } else {
                high = middle
            }
        }
        low
    }
}

/// Walks the untouched rows of one block.
struct Generated<'a> {
    state: &'a State,
    block: &'a Block,
    now: Timestamp,
    bases: Vec<Status>,
    back: bool,
    next: Option<u64>,
    floor: u64,
}

impl<'a> Generated<'a> {
    fn new(
        state: &'a State,
        block: &'a Block,
        reading: &Reading<'_>,
        now: Timestamp,
    ) -> Option<Self> {
        let mut bases: Vec<Status> = reading.statuses.to_vec();
        // A generated approval that nobody used shows as expired in time.
        if bases.contains(&Status::Expired) {
            bases.push(Status::Approved);
        }
        if !block.has(&bases) {
            return None;
        }
        let mut floor = reading.start.saturating_sub(block.first);
        if !reading.dropped {
            // Nothing stays listed longer than an hour and twice two weeks.
            let oldest = now
                .saturating_sub(super::state::TWO_WEEKS * 2 + jiff::SignedDuration::from_hours(1));
            floor = floor.max(block.first_since(oldest.unwrap_or(Timestamp::MIN)));
        }
        if floor >= block.count {
            return None;
        }
        let next = Some(if reading.back { block.count - 1 } else { floor });
        Some(Self {
            state,
            block,
            now,
            bases,
            back: reading.back,
            next,
            floor,
        })
    }
}

impl Iterator for Generated<'_> {
    type Item = Request;

    fn next(&mut self) -> Option<Request> {
        loop {
            let index = self
                .block
                .seek(self.next?, &self.bases, self.back)
                .filter(|index| *index >= self.floor)?;
            self.next = if self.back {
                index.checked_sub(1)
            } else {
                Some(index + 1)
            };
            // A touched row is read from the store instead.
            if !self.state.rows.contains_key(&(self.block.first + index)) {
                return Some(
                    self.block
                        .row(index, self.now, self.state.drops_by_request()),
                );
            }
        }
    }
}
