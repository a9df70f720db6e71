//! The one way out for text that somebody else wrote: vendors, requesters, authors of pull requests.
//!
//! Everything in `render` that prints such text goes through `Hostile`. Visible forms are
//! `\u{1b}`: unlike `\n` they cannot be mistaken for a part of a Windows path.

use std::fmt::Write as _;

use crate::model::VendorText;
use crate::model::sha256_hex;

/// Most characters of one value that are shown, where nothing else is asked for.
const MOST: usize = 1200;

/// Marks on one letter beyond which a text is no language but a blot over its neighbours.
const MOST_MARKS: usize = 3;

/// Text that is not to be trusted, on its way to one kind of reader.
#[derive(Clone, Copy, Debug)]
pub struct Hostile<'a> {
    raw: &'a str,
    most: usize,
    escapes: bool,
}

impl<'a> From<&'a str> for Hostile<'a> {
    fn from(raw: &'a str) -> Self {
        Self {
            raw,
            most: MOST,
            escapes: false,
        }
    }
}

impl<'a> From<&'a String> for Hostile<'a> {
    fn from(raw: &'a String) -> Self {
        Self::from(raw.as_str())
    }
}

impl<'a> From<&'a VendorText> for Hostile<'a> {
    fn from(text: &'a VendorText) -> Self {
        Self::from(text.raw())
    }
}

impl<'a> Hostile<'a> {
    /// Our own prose, which may quote such text: where it was made visible before, that is left as it is.
    #[must_use]
    pub fn prose(raw: &'a str) -> Self {
        Self {
            escapes: true,
            ..Self::from(raw)
        }
    }

    /// Shows at most so many characters: head, tail, and between them the count and the sha256 of the whole.
    #[must_use]
    pub fn at_most(self, most: usize) -> Self {
        Self { most, ..self }
    }

    /// For a terminal or a CI log: one line, every character seen, no command run. No character is left that
    /// XML 1.0 forbids.
    ///
    /// HTML and XML hold this text too: `maud` and `quick-xml` escape what they write of it.
    ///
    /// No space stands at its ends or beside another: text cannot draw columns of its own.
    #[must_use]
    pub fn terminal(self) -> String {
        visible(&self.bounded(), self.escapes)
    }

    /// For a comment in TOML, after `# `: one line.
    #[must_use]
    pub fn comment(self) -> String {
        self.terminal()
    }

    /// For Markdown, table cells included: a code span, in which nothing links, mentions or closes anything.
    #[must_use]
    pub fn markdown(self) -> String {
        code_span(&self.terminal())
    }

    /// For one CSV cell, quoted; a cell that a spreadsheet would compute begins with `'`.
    #[must_use]
    pub fn csv(self) -> String {
        let text = self.terminal();
        let computes = text.starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']);
        let guard = if computes { "'" } else { "" };
        format!("\"{guard}{}\"", text.replace('"', "\"\""))
    }

    fn bounded(self) -> String {
        let length = self.raw.chars().count();
        if length <= self.most {
            return self.raw.to_owned();
        }
        let tail = self.most / 3;
        let head: String = self.raw.chars().take(self.most - tail).collect();
        let end: String = self.raw.chars().skip(length - tail).collect();
        let digest = sha256_hex(self.raw.as_bytes());
        let digest = digest.get(..12).unwrap_or_default();
        let short = format!("{head}[... {length} characters, sha256 {digest} ...]{end}");
        if short.chars().count() >= length {
            return self.raw.to_owned();
        }
        short
    }
}

/// Our own prose that may quote a file or a vendor, for Markdown: as it is where no character of it
/// could mean anything, else as a code span.
#[must_use]
pub fn markdown_prose(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || " ,.;()/'%-".contains(c);
    let calm = text
        .replace(": ", " ")
        .trim_end_matches(':')
        .chars()
        .all(plain);
    let lower = text.to_ascii_lowercase();
    let links = ["www.", "gh-", "--", "//", "::"]
        .iter()
        .any(|word| lower.contains(word));
    if calm && !links && !text.starts_with(['-', ' ']) {
        text.to_owned()
    } else {
        Hostile::prose(text).markdown()
    }
}

/// By this a pipeline finds its own comment again. Nothing in it can end it.
pub(super) fn marker(command: &str, name: &str) -> String {
    let name: String = name
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() || "._/".contains(c) {
                c
            } else {
                '_'
            }
        })
        .take(80)
        .collect();
    format!("<!-- countersign:{command}:{name} -->")
}

/// JSON text in which no character can act on a terminal, turn its direction or speak to a CI runner.
///
/// Takes what `serde_json` wrote; outside of strings it is all plain ASCII, so only strings change.
#[must_use]
pub fn json(text: &str) -> String {
    let mut inert = String::with_capacity(text.len());
    let (mut previous, mut marks) = (' ', 0);
    for c in text.chars() {
        let ours = c == '\n' || (c.is_ascii() && !c.is_ascii_control());
        marks = if is_mark(c) { marks + 1 } else { 0 };
        let mark = (1..=MOST_MARKS).contains(&marks) && previous != ' ' && previous != '"';
        if (ours || seen(c) || mark) && !(c == '#' && previous == '#') {
            inert.push(c);
        } else {
            for unit in c.encode_utf16(&mut [0; 2]) {
                let _ = write!(inert, "\\u{unit:04x}");
            }
        }
        previous = c;
    }
    inert
}

/// Why a name may not be what it looks like, with the code points that make it so; none where it is plain.
///
/// Looks at each word of it: letters of several scripts in one word, or a word that is drawn like ASCII.
#[must_use]
pub fn lookalike(text: &str) -> Option<String> {
    use unicode_security::MixedScript as _;
    let word = text
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_ascii())
        .find(|word| !word.is_single_script() || drawn_as_ascii(word).is_some())?;
    let points: Vec<String> = word
        .chars()
        .filter(|c| !c.is_ascii())
        .take(4)
        .map(|c| format!("U+{:04X}", u32::from(c)))
        .collect();
    let what = drawn_as_ascii(word).map_or_else(
        || "mixed scripts".to_owned(),
        |ascii| format!("looks like {}", visible(&ascii, false)),
    );
    Some(format!("{what}, {}", points.join(" ")))
}

fn drawn_as_ascii(word: &str) -> Option<String> {
    let skeleton: String = unicode_security::skeleton(word).take(40).collect();
    (!word.is_empty() && skeleton.is_ascii()).then_some(skeleton)
}

/// Every character either itself or `\u{…}`; what could be read as an escape is escaped too, so
/// that two texts never look the same, unless `escapes` says that there may be some already.
fn visible(text: &str, escapes: bool) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut previous = ' ';
    let mut marks = 0;
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        let next = rest.as_str();
        let beside = previous;
        previous = c;
        let plain = match c {
            ' ' => beside != ' ' && !next.is_empty(),
            // Runners take `::name` as a command at the beginning of a line, others `##name` anywhere.
            // Whatever wraps the text later, no line can then begin with either.
            ':' | '#' => beside != c,
            '\\' => escapes || !next.starts_with("u{"),
            c if is_mark(c) => marks < MOST_MARKS && beside != ' ',
            c => seen(c),
        };
        marks = if is_mark(c) { marks + 1 } else { 0 };
        if plain {
            shown.push(c);
        } else {
            let _ = write!(shown, "\\u{{{:x}}}", u32::from(c));
        }
    }
    shown
}

/// Whether a character has a form of its own that a person can see.
fn seen(c: char) -> bool {
    if c.is_ascii() {
        return c == ' ' || c.is_ascii_graphic();
    }
    printable(c) && !is_blank(c) && !is_mark(c)
}

/// What the standard library would print: no control, format, surrogate, private, unassigned
/// character, no separator.
fn printable(c: char) -> bool {
    let mut buffer = [b'a'; 5];
    let length = 1 + c.encode_utf8(&mut buffer[1..]).len();
    // After a letter, so that combining marks are judged by their category alone.
    std::str::from_utf8(&buffer[..length])
        .is_ok_and(|text| text.escape_debug().nth(1) == Some(c) || c == '\\')
}

/// Assigned and "printable", yet drawn as nothing, or as a space.
fn is_blank(c: char) -> bool {
    matches!(c,
        '\u{34f}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{2800}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{ffa0}'
        | '\u{fffc}' | '\u{1d159}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// A mark that is drawn over the character before it.
fn is_mark(c: char) -> bool {
    // The standard library escapes those, and only those, when they come first.
    !c.is_ascii() && printable(c) && !is_blank(c) && c.escape_debug().nth(1).is_some()
}

/// A code span whose fence is longer than any run of backticks inside.
pub(super) fn code_span(text: &str) -> String {
    // A pipe ends a cell even inside a code span.
    let text = text.replace('|', "\\u{7c}");
    if text.is_empty() {
        return "(empty)".to_owned();
    }
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    let pad = if text.starts_with('`') || text.ends_with('`') {
        " "
    } else {
        ""
    };
    format!("{fence}{pad}{text}{pad}{fence}")
}
