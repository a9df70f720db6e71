//! A decision file taken apart: each block with the comments that belong to it, so that one can leave it byte for byte.

use std::ops::Range;

use super::split::State;
use crate::desired::source::without_mark;
use crate::model::Place;

/// The kinds of blocks, by the name in their headers.
const NAMES: [&str; 3] = ["decision", "release-request", "resolve"];

/// A decision file in pieces, which together are its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pieces<'t> {
    /// What stands before the first block and belongs to the file, not to a block: comments, a byte order mark.
    pub head: &'t str,
    /// The blocks, in order.
    pub blocks: Vec<Piece<'t>>,
}

/// One block with its comments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece<'t> {
    /// The line of its header, from 1.
    pub line: u32,
    /// The column of its header, from 1.
    pub column: u32,
    /// Its text, from the comment above it to the comments below it, whole lines.
    pub text: &'t str,
}

impl Piece<'_> {
    /// Whether the block begins there.
    #[must_use]
    pub fn is_at(&self, place: &Place) -> bool {
        (self.line, self.column) == (place.line, place.column)
    }
}

impl<'t> Pieces<'t> {
    /// Takes a text apart.
    ///
    /// The last paragraph of comments above a header belongs to its block, the others to what stands before them, and so
    /// does a paragraph that holds a commented table of the block before, as a draft has one for its permit. Nothing is
    /// returned where a piece by itself would not say what it says in the file.
    #[must_use]
    pub fn of(text: &'t str) -> Option<Self> {
        let body = without_mark(text);
        let lines = Line::all(body);
        let is_header = |at: &usize| lines.get(*at).is_some_and(|line| line.kind == Kind::Header);
        let headers: Vec<usize> = (0..lines.len()).filter(is_header).collect();
        let mut begins = Vec::new();
        let mut before = 0;
        for &header in &headers {
            begins.push(begin(&lines, before, header));
            before = header + 1;
        }
        let start = |line: usize| lines.get(line).map_or(body.len(), |line| line.bytes.start);
        let mut ends = begins.iter().skip(1).map(|&next| start(next));
        let mut blocks = Vec::new();
        for (&begin, &header) in begins.iter().zip(&headers) {
            let end = ends.next().unwrap_or(body.len());
            let written = body.get(lines.get(header)?.bytes.clone())?;
            let indent = written.len() - written.trim_start_matches([' ', '\t']).len();
            blocks.push(Piece {
                line: u32::try_from(header + 1).ok()?,
                column: u32::try_from(indent + 1).ok()?,
                text: body.get(start(begin)..end)?,
            });
        }
        let first = begins.first().map_or(body.len(), |&begin| start(begin));
        let pieces = Self {
            // A mark is the file's, not the first block's.
            head: text.get(..text.len() - body.len() + first)?,
            blocks,
        };
        pieces.say_the_same_as(text).then_some(pieces)
    }

    /// Whether each piece is one block by itself, and all of them are the blocks of the text, in its order.
    fn say_the_same_as(&self, text: &str) -> bool {
        let Some(whole) = elements(text) else {
            return false;
        };
        let mut apart: [Vec<toml::Value>; 3] = Default::default();
        for piece in &self.blocks {
            let Some(own) = elements(piece.text) else {
                return false;
            };
            if own.iter().map(Vec::len).sum::<usize>() != 1 {
                return false;
            }
            for (all, own) in apart.iter_mut().zip(own) {
                all.extend(own);
            }
        }
        let head = elements(self.head);
        head.is_some_and(|head| head.iter().all(Vec::is_empty)) && apart == whole
    }
}

/// The blocks of a text by kind; nothing where it holds anything else.
fn elements(text: &str) -> Option<[Vec<toml::Value>; 3]> {
    let mut table: toml::Table = without_mark(text).parse().ok()?;
    let mut take = |name: &str| match table.remove(name) {
        None => Some(Vec::new()),
        Some(toml::Value::Array(blocks)) => Some(blocks),
        Some(_) => None,
    };
    let [decisions, releases, resolves] = NAMES.map(&mut take);
    let blocks = [decisions?, releases?, resolves?];
    table.is_empty().then_some(blocks)
}

/// The first line of the block with this header, which comes after the header on the line above `from`, if any.
fn begin(lines: &[Line], from: usize, header: usize) -> usize {
    let kind = |at: usize| lines.get(at).map(|line| line.kind);
    let is_comment = |at: usize| matches!(kind(at), Some(Kind::Comment | Kind::CommentedTable));
    let between = |at: &usize| kind(*at) == Some(Kind::Blank) || is_comment(*at);
    let gap = (from..header)
        .rev()
        .take_while(between)
        .last()
        .unwrap_or(header);
    let Some(last) = (gap..header).rev().find(|&at| is_comment(at)) else {
        return header;
    };
    let first = (gap..=last).rev().take_while(|&at| is_comment(at)).last();
    let first = first.unwrap_or(last);
    // Right below the block before, and not right above this one: it is about the former.
    let is_below = first == gap && last + 1 < header;
    let is_table = (first..=last).any(|at| kind(at) == Some(Kind::CommentedTable));
    if from > 0 && (is_below || is_table) {
        header
    } else {
        first
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Blank,
    Comment,
    /// `# [decision.permit]`.
    CommentedTable,
    /// `[[decision]]`.
    Header,
    Value,
}

/// A line with its end.
struct Line {
    bytes: Range<usize>,
    kind: Kind,
}

impl Line {
    fn all(text: &str) -> Vec<Self> {
        let mut state = State::default();
        let mut at = 0;
        let mut lines = Vec::new();
        for written in text.split_inclusive('\n') {
            let bytes = at..at + written.len();
            at = bytes.end;
            let shown = written.trim_matches([' ', '\t', '\r', '\n']);
            let kind = match shown {
                _ if state.is_within() => Kind::Value,
                "" => Kind::Blank,
                _ if shown.starts_with('#') => {
                    let table = shown
                        .trim_start_matches(['#', ' '])
                        .starts_with("[decision.");
                    if table {
                        Kind::CommentedTable
                    } else {
                        Kind::Comment
                    }
                }
                _ if is_header(shown) => Kind::Header,
                _ => Kind::Value,
            };
            state.read(written);
            lines.push(Self { bytes, kind });
        }
        lines
    }
}

/// Whether a line begins a block: `[[decision]]`, with whatever blanks and quotes TOML allows in it.
fn is_header(line: &str) -> bool {
    let Some(inner) = line.strip_prefix("[[") else {
        return false;
    };
    let inner = inner.trim_start_matches([' ', '\t']);
    NAMES.iter().any(|name| {
        let forms = [
            (*name).to_owned(),
            format!("\"{name}\""),
            format!("'{name}'"),
        ];
        let after = forms
            .iter()
            .find_map(|form| inner.strip_prefix(form.as_str()));
        after.is_some_and(|after| after.trim_start_matches([' ', '\t']).starts_with("]]"))
    })
}

#[cfg(test)]
mod tests;
