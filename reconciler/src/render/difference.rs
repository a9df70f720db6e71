//! What a reviewer saw against what is there now, drawn so that one changed character is found.

use similar::{ChangeTag, TextDiff};

use super::escape::{Hostile, lookalike};
use super::layout::columns;
use crate::model::VendorText;

/// Most characters of one value that are compared; beyond it head, tail and hash are.
const MOST: usize = 2000;

/// Characters of an equal stretch that stay at its ends, between two differences.
const AROUND: usize = 16;

/// Two values side by side.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Drawn {
    /// Both fit on a line each; `marks` stands under what is new, where that is less than all of it.
    Pair {
        was: String,
        is: String,
        marks: Option<String>,
    },
    /// Long ones in one: `same [-old-]{+new+} same`, equal stretches shortened.
    Inline(String),
    /// A saved plan does not know what it is.
    WasOnly(String),
}

/// Draws two values for lines of `room` columns. Safe for a terminal.
pub(super) fn draw(was: &str, is: &VendorText, room: usize) -> Drawn {
    let old = shown(was);
    if is.is_empty() && !was.is_empty() {
        // Saved plans hold no vendor text; a live value that became empty reads the same.
        return Drawn::WasOnly(format!("{old}, now empty or not saved"));
    }
    let new = shown(is.raw());
    let long = columns(&old).max(columns(&new)) > room;
    if let Some(line) = inline(&old, &new).filter(|_| long) {
        return Drawn::Inline(line);
    }
    let marks = marks(&old, &new).filter(|_| !long);
    let flagged = lookalike(is.raw()).map_or_else(String::new, |why| format!(" [!! {why}]"));
    Drawn::Pair {
        was: old,
        is: format!("{new}{flagged}"),
        marks,
    }
}

fn shown(text: &str) -> String {
    if text.is_empty() {
        "(empty)".to_owned()
    } else {
        Hostile::from(text).at_most(MOST).terminal()
    }
}

/// Carets under the new characters; none where most of the text is new, since that helps nobody.
fn marks(old: &str, new: &str) -> Option<String> {
    let diff = TextDiff::from_chars(old, new);
    if diff.ratio() < 0.6 {
        return None;
    }
    let mut marks = String::new();
    let mut gone = false;
    for change in diff.iter_all_changes() {
        match change.tag() {
            ChangeTag::Equal => {
                // Something was here: the character after the gap is marked.
                let mark = if gone { "^" } else { " " };
                marks.push_str(mark);
                marks.push_str(&" ".repeat(columns(change.value()).saturating_sub(1)));
                gone = false;
            }
            ChangeTag::Insert => {
                marks.push_str(&"^".repeat(columns(change.value())));
                gone = false;
            }
            ChangeTag::Delete => gone = true,
        }
    }
    if gone {
        marks.push('^');
    }
    Some(marks.trim_end().to_owned())
}

/// None where they have nothing in common, as two hashes: one below the other is easier to read then.
fn inline(old: &str, new: &str) -> Option<String> {
    let (old, new) = (words(old), words(new));
    let diff = TextDiff::from_slices(&old, &new);
    let mut pieces: Vec<(ChangeTag, String)> = Vec::new();
    for change in diff.iter_all_changes() {
        match pieces.last_mut() {
            Some((tag, text)) if *tag == change.tag() => text.push_str(change.value()),
            Some(_) | None => pieces.push((change.tag(), change.value().to_owned())),
        }
    }
    let last = pieces.len().saturating_sub(1);
    let drawn: Vec<String> = pieces
        .iter()
        .enumerate()
        .map(|(at, (tag, text))| match tag {
            ChangeTag::Equal => shortened(text, at == 0, at == last),
            ChangeTag::Delete => format!("[-{text}-]"),
            ChangeTag::Insert => format!("{{+{text}+}}"),
        })
        .collect();
    let common = pieces.iter().any(|(tag, _)| *tag == ChangeTag::Equal);
    common.then(|| drawn.concat())
}

/// Runs of letters and digits, and every other character by itself: a path differs by its parts.
fn words(text: &str) -> Vec<&str> {
    text.split_inclusive(|c: char| !c.is_alphanumeric())
        .flat_map(|run| {
            let cut = run
                .char_indices()
                .next_back()
                .filter(|(_, c)| !c.is_alphanumeric())
                .map_or(run.len(), |(at, _)| at);
            [&run[..cut], &run[cut..]]
        })
        .filter(|word| !word.is_empty())
        .collect()
}

fn shortened(text: &str, first: bool, last: bool) -> String {
    let length = text.chars().count();
    if length <= 2 * AROUND + 3 {
        return text.to_owned();
    }
    let head: String = if first {
        String::new()
    } else {
        text.chars().take(AROUND).collect()
    };
    let tail: String = if last {
        String::new()
    } else {
        text.chars().skip(length - AROUND).collect()
    };
    format!("{head}...{tail}")
}
