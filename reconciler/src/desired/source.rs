//! A text that was read, able to say where in it a byte stands.

use std::ops::Range;
use std::sync::Arc;

use super::mistake::{Mistake, ShownLine};
use crate::model::{Place, VendorText};

/// One file's text, or a part of it that begins at a line.
#[derive(Clone, Debug)]
pub(super) struct Source<'t> {
    /// The file's name.
    pub(super) file: Arc<str>,
    /// The text from `first_line` on, without a byte order mark.
    pub(super) text: &'t str,
    /// Byte positions at which lines begin.
    starts: Vec<usize>,
    /// The number of the first line, from 1.
    first_line: usize,
}

impl<'t> Source<'t> {
    /// A whole text. A byte order mark at its beginning is not part of it.
    pub(super) fn new(file: &str, text: &'t str) -> Self {
        Self::part(file.into(), without_mark(text), 1)
    }

    /// A part of a text, beginning at a line.
    pub(super) fn part(file: Arc<str>, text: &'t str, first_line: usize) -> Self {
        let lines = text.split_inclusive('\n').scan(0, |at, line| {
            let start = *at;
            *at += line.len();
            Some(start)
        });
        // After a last line end there is one more line, an empty one; and in nothing there is one.
        let empty = text.is_empty() || text.ends_with('\n');
        Self {
            file,
            text,
            starts: lines.chain(empty.then_some(text.len())).collect(),
            first_line,
        }
    }

    /// Where a byte stands. Positions past the end stand at the end.
    pub(super) fn place(&self, at: usize) -> Place {
        let (line, start) = self.line_of(at);
        let before = self.text.get(start..self.boundary(at)).unwrap_or_default();
        Place {
            file: Arc::clone(&self.file),
            line: saturated(line + self.first_line),
            column: saturated(before.chars().count() + 1),
        }
    }

    /// A mistake at these bytes.
    pub(super) fn mistake(
        &self,
        at: Range<usize>,
        message: impl Into<String>,
        hint: impl Into<String>,
    ) -> Mistake {
        Mistake {
            place: self.place(at.start),
            message: message.into(),
            hint: Some(hint.into()),
            shown: Some(self.shown(&at)),
        }
    }

    /// The line of that number, its first character marked.
    pub(super) fn line_shown(&self, line: u32) -> Option<ShownLine> {
        let index = usize::try_from(line).ok()?.checked_sub(self.first_line)?;
        let start = *self.starts.get(index)?;
        Some(self.shown(&(start..start)))
    }

    fn shown(&self, at: &Range<usize>) -> ShownLine {
        let (_, start) = self.line_of(at.start);
        let rest = self.text.get(start..).unwrap_or_default();
        let line = rest.split(['\n', '\r']).next().unwrap_or_default();
        let from = self.boundary(at.start);
        let to = self.boundary(at.end.min(start + line.len()));
        let marked = self.text.get(from..to).unwrap_or_default();
        ShownLine {
            text: VendorText::new(line.chars().take(400).collect::<String>()),
            width: saturated(marked.chars().count().max(1)),
        }
    }

    /// The index of the line and the byte at which it begins.
    fn line_of(&self, at: usize) -> (usize, usize) {
        let after = self.starts.partition_point(|&start| start <= at);
        let line = after.saturating_sub(1);
        (line, self.starts.get(line).copied().unwrap_or_default())
    }

    /// The nearest character boundary at or before a byte.
    fn boundary(&self, at: usize) -> usize {
        let mut at = at.min(self.text.len());
        while !self.text.is_char_boundary(at) {
            at -= 1;
        }
        at
    }
}

/// The text without a byte order mark.
pub(super) fn without_mark(text: &str) -> &str {
    text.strip_prefix('\u{FEFF}').unwrap_or(text)
}

fn saturated(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
