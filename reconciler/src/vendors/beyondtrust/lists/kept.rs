//! What is kept of a list while its bytes stream by: every id, and the text of the rows that are wanted whole.

use std::ops::ControlFlow;

use ahash::AHashSet;
use sha2::{Digest as _, Sha256};

use super::super::wire::{self, Rows};
use crate::model::RequestId;
use crate::vendors::Whole;
use crate::vendors::http::Piece;

/// Which rows are wanted, and which of them whole.
pub(super) struct Wanted {
    whole: Option<AHashSet<u64>>,
    since: u64,
}

impl Wanted {
    pub(super) fn of(whole: Whole<'_>, since: Option<&RequestId>) -> Self {
        let number = |id: &RequestId| id.as_str().parse().ok();
        Self {
            whole: match whole {
                Whole::All => None,
                // Canonical ids have 19 digits at most, so each is a number.
                Whole::Named(ids) => Some(ids.iter().filter_map(number).collect()),
            },
            since: since.and_then(number).unwrap_or_default(),
        }
    }

    pub(super) fn has(&self, id: u64) -> bool {
        id >= self.since
    }

    fn whole(&self, id: u64) -> bool {
        self.has(id) && self.whole.as_ref().is_none_or(|named| named.contains(&id))
    }
}

/// One list, as far as it has come.
pub(super) struct Kept<'a> {
    wanted: &'a Wanted,
    limits: Limits,
    rows: Rows,
    /// Those that can be read, in the order of the list.
    ids: Vec<u64>,
    /// The rows that are wanted whole, each with the place of its id.
    texts: Vec<(usize, Box<str>)>,
    /// Why a row has no id, each with the place of the id that follows it.
    odd: Vec<(usize, String)>,
    /// Of every byte, and of what was hashed before; nothing where nobody keeps it.
    hash: Option<Sha256>,
    before: Option<Sha256>,
    wrong: Option<Wrong>,
}

/// How much of a list is taken.
#[derive(Clone, Copy)]
pub(super) struct Limits {
    /// Most rows, with those of the list before it.
    pub(super) rows: u64,
    /// How many those were.
    pub(super) before: u64,
    /// Most bytes of one.
    pub(super) row: usize,
}

/// Why a list cannot be used.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Wrong {
    /// It is no list of requests, in our words.
    Malformed(String),
    /// It, and what was read before it, has more rows than so many.
    TooMany(u64),
}

/// One row of a list that has ended.
pub(super) enum Line {
    /// Its id, and its text where it is wanted whole.
    Request(u64, Option<Box<str>>),
    /// Why it has no id.
    Odd(String),
}

impl<'a> Kept<'a> {
    /// Of a list that has not begun; what is hashed of it follows what was hashed before.
    pub(super) fn new(wanted: &'a Wanted, limits: Limits, hash: Option<Sha256>) -> Self {
        Self {
            wanted,
            limits,
            rows: Rows::of_at_most(limits.row),
            ids: Vec::new(),
            texts: Vec::new(),
            odd: Vec::new(),
            hash: hash.clone(),
            before: hash,
            wrong: None,
        }
    }

    /// Takes the next bytes, until there are enough to know that the list cannot be used.
    pub(super) fn take(&mut self, piece: Piece<'_>) -> ControlFlow<()> {
        let bytes = match piece {
            Piece::Begins => {
                *self = Self::new(self.wanted, self.limits, self.before.take());
                return ControlFlow::Continue(());
            }
            Piece::Bytes(bytes) => bytes,
        };
        if let Some(hash) = &mut self.hash {
            hash.update(bytes);
        }
        let Self {
            wanted,
            rows,
            ids,
            texts,
            odd,
            ..
        } = self;
        let taken = rows.take(
            bytes,
            &mut |row| match row.and_then(|row| Ok((row, wire::id(row)?))) {
                Ok((row, id)) => {
                    if wanted.whole(id) {
                        texts.push((ids.len(), row.into()));
                    }
                    ids.push(id);
                }
                Err(why) => odd.push((ids.len(), why)),
            },
        );
        if let Err(why) = taken {
            self.wrong = Some(Wrong::Malformed(why));
        } else if self.count().saturating_add(self.limits.before) > self.limits.rows {
            self.wrong = Some(Wrong::TooMany(self.limits.rows));
        }
        match self.wrong {
            None => ControlFlow::Continue(()),
            Some(_) => ControlFlow::Break(()),
        }
    }

    /// The list has ended.
    ///
    /// # Errors
    /// Why it cannot be used.
    pub(super) fn end(mut self) -> Result<Self, Wrong> {
        match self.wrong.take() {
            Some(wrong) => Err(wrong),
            None => self.rows.end().map_err(Wrong::Malformed).map(|()| self),
        }
    }

    /// How many rows there are.
    pub(super) fn count(&self) -> u64 {
        u64::try_from(self.ids.len() + self.odd.len()).unwrap_or(u64::MAX)
    }

    /// The ids that can be read.
    pub(super) fn ids(&self) -> &[u64] {
        &self.ids
    }

    /// What was hashed, this list included.
    pub(super) fn take_hash(&mut self) -> Option<Sha256> {
        self.hash.take()
    }

    /// The rows in their order.
    pub(super) fn into_lines(self) -> impl Iterator<Item = Line> {
        let Self {
            ids, texts, odd, ..
        } = self;
        let (mut texts, mut odd) = (texts.into_iter().peekable(), odd.into_iter().peekable());
        let mut nth = 0;
        std::iter::from_fn(move || {
            if let Some((_, why)) = odd.next_if(|(place, _)| *place == nth) {
                return Some(Line::Odd(why));
            }
            let id = *ids.get(nth)?;
            let text = texts.next_if(|(place, _)| *place == nth);
            nth += 1;
            Some(Line::Request(id, text.map(|(_, text)| text)))
        })
    }
}

#[cfg(test)]
mod tests;
