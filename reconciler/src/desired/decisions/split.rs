//! Where blocks begin and end: for reading big files in chunks, and for comparing blocks byte by byte.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;

use sha2::{Digest, Sha256};

/// A part of a file that can be read by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Chunk<'t> {
    /// Its text, from the beginning of a line.
    pub(super) text: &'t str,
    /// The number of its first line.
    pub(super) first_line: usize,
}

/// Bytes from which on a chunk is full. The parser holds some twenty times as much while it reads one, so that this is
/// few enough for a processor's own memory, and enough to keep the parser's set-up small.
pub(super) const FULL: usize = 64 * 1024;

/// Cuts a TOML file at lines that are exactly `[[decision]]`.
///
/// Sound because outside of multi-line strings no such line can be anything but a header, and a file with
/// multi-line strings is one chunk. All chunks together are the text.
pub(super) fn chunks(text: &str) -> Vec<Chunk<'_>> {
    let whole = Chunk {
        text,
        first_line: 1,
    };
    if text.contains("\"\"\"") || text.contains("'''") {
        return vec![whole];
    }
    let mut chunks = Vec::new();
    let (mut begin, mut first_line) = (0, 1);
    let (mut at, mut line) = (0, 1);
    for written in text.split_inclusive('\n') {
        let is_header = || written.trim_end_matches(['\n', '\r']) == "[[decision]]";
        if at - begin >= FULL && is_header() {
            chunks.push(Chunk {
                text: text.get(begin..at).unwrap_or_default(),
                first_line,
            });
            (begin, first_line) = (at, line);
        }
        at += written.len();
        line += 1;
    }
    chunks.push(Chunk {
        text: text.get(begin..).unwrap_or_default(),
        first_line,
    });
    chunks
}

/// `sha256:HEX` over the exact bytes of a block.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BlockDigest(pub String);

impl BlockDigest {
    pub(super) fn of(bytes: &[u8]) -> Self {
        let mut hex = String::with_capacity(71);
        hex.push_str("sha256:");
        for byte in Sha256::digest(bytes) {
            for digit in [byte >> 4, byte & 15] {
                hex.extend(char::from_digit(u32::from(digit), 16));
            }
        }
        Self(hex)
    }
}

impl fmt::Display for BlockDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One `[[decision]]` block of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// The line of its header, from 1: the `line` of its place.
    pub line: u32,
    /// The column of its header, from 1: the `column` of its place.
    pub column: u32,
    /// Its bytes in the text: from its header to the end of its last line that is neither blank nor a comment.
    pub bytes: Range<usize>,
    /// Over these bytes.
    pub digest: BlockDigest,
}

/// Every `[[decision]]` block of a TOML text, in order; for a file as it is, or as `git show` gives it.
///
/// Nested tables belong to their block; comments and blank lines after it do not, so that a neighbour
/// with a comment above it changes nothing here. A line end changed by Git is a change.
#[must_use]
pub fn blocks(text: &str) -> Vec<Block> {
    let skipped = text.len() - super::super::source::without_mark(text).len();
    let mut found: Vec<Block> = Vec::new();
    let mut open: Option<(u32, u32, Range<usize>)> = None;
    let mut end_open = |open: &mut Option<(u32, u32, Range<usize>)>| {
        if let Some((line, column, bytes)) = open.take() {
            let exact = text.get(bytes.clone()).unwrap_or_default();
            let digest = BlockDigest::of(exact.as_bytes());
            found.push(Block {
                line,
                column,
                bytes,
                digest,
            });
        }
    };
    let mut state = State::default();
    let mut at = skipped;
    let rest = text.get(skipped..).unwrap_or_default();
    for (index, written) in rest.split_inclusive('\n').enumerate() {
        let content = written.trim_end_matches(['\n', '\r']);
        let trimmed = content.trim_start_matches([' ', '\t']);
        let within = state.is_within();
        if !within && trimmed.starts_with('[') {
            let header = Header::of(trimmed);
            if header != Header::Below {
                end_open(&mut open);
            }
            if header == Header::Decision {
                let indent = content.len() - trimmed.len();
                open = Some((number(index), number(indent), at + indent..at));
            }
        }
        state.read(written);
        let says_something = within || !(trimmed.is_empty() || trimmed.starts_with('#'));
        if says_something && let Some((_, _, bytes)) = &mut open {
            bytes.end = at + content.len();
        }
        at += written.len();
    }
    end_open(&mut open);
    found
}

/// The last line of each `[[decision]]` block, by its first; both from 1.
#[must_use]
pub fn block_ends(text: &str) -> BTreeMap<u32, u32> {
    let last = |block: &Block| {
        let bytes = text.get(block.bytes.clone()).unwrap_or_default();
        let more = bytes.bytes().filter(|byte| *byte == b'\n').count();
        block
            .line
            .saturating_add(u32::try_from(more).unwrap_or(u32::MAX))
    };
    let blocks = blocks(text);
    blocks
        .iter()
        .map(|block| (block.line, last(block)))
        .collect()
}

/// Counted from 1.
fn number(index: usize) -> u32 {
    u32::try_from(index + 1).unwrap_or(u32::MAX)
}

/// What a line that begins with `[` opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Header {
    /// `[[decision]]`.
    Decision,
    /// A table below it: `[decision.guard]`.
    Below,
    /// Anything else, which ends a block.
    Other,
}

impl Header {
    fn of(line: &str) -> Self {
        let doubled = line.starts_with("[[");
        let inner = line.trim_start_matches('[').trim_start_matches([' ', '\t']);
        let bare = ["decision", "\"decision\"", "'decision'"];
        let Some(after) = bare.iter().find_map(|name| inner.strip_prefix(name)) else {
            return Self::Other;
        };
        match after.trim_start_matches([' ', '\t']).chars().next() {
            Some(']') if doubled => Self::Decision,
            Some('.') => Self::Below,
            Some(_) | None => Self::Other,
        }
    }
}

/// Whether a line begins inside a value: in a multi-line string, or between brackets.
#[derive(Debug, Default)]
pub(super) struct State {
    /// The three quotes that end the open string.
    string: Option<&'static str>,
    /// Open brackets and braces of a value.
    depth: usize,
}

impl State {
    pub(super) fn is_within(&self) -> bool {
        self.string.is_some() || self.depth > 0
    }

    pub(super) fn read(&mut self, line: &str) {
        // A header's own brackets open no value.
        let is_header = !self.is_within() && line.trim_start().starts_with('[');
        let mut rest = line;
        while !rest.is_empty() {
            if let Some(quotes) = self.string {
                let Some(after) = after_string(rest, quotes) else {
                    return;
                };
                (self.string, rest) = (None, after);
                continue;
            }
            if let Some(quotes) = ["\"\"\"", "'''"].into_iter().find(|q| rest.starts_with(q)) {
                self.string = Some(quotes);
                rest = rest.get(3..).unwrap_or_default();
                continue;
            }
            let mut chars = rest.chars();
            let first = chars.next();
            rest = chars.as_str();
            match first {
                Some('"') => rest = after_string(rest, "\"").unwrap_or_default(),
                Some('\'') => rest = after_string(rest, "'").unwrap_or_default(),
                Some('#') => return,
                Some('[' | '{') if !is_header => self.depth += 1,
                Some(']' | '}') if !is_header => self.depth = self.depth.saturating_sub(1),
                Some(_) | None => {}
            }
        }
    }
}

/// What stands after the quotes that end a string, if they stand on this line.
fn after_string<'t>(text: &'t str, quotes: &str) -> Option<&'t str> {
    let escapes = quotes.starts_with('"');
    let mut at = 0;
    while let Some(c) = text.get(at..)?.chars().next() {
        if escapes && c == '\\' {
            let escaped = text.get(at + 1..)?.chars().next();
            at += 1 + escaped.map_or(0, char::len_utf8);
        } else if text.get(at..)?.starts_with(quotes) {
            // Up to two more quotes belong to a multi-line string's content.
            let end = at + quotes.len();
            let after = text.get(end..)?;
            let more = if quotes.len() == 3 {
                after.chars().take_while(|next| *next == c).count().min(2)
            } else {
                0
            };
            return after.get(more..);
        } else {
            at += c.len_utf8();
        }
    }
    None
}
