//! Characters that make a reader see something else than what is written, and how to make them visible.
//!
//! Used where text is read (ids, tickets, keys) and where a draft writes what a vendor sent.

/// The first character of `text` that has no place in a name, with its byte position: controls,
/// anything that reorders or hides text, and anything that is not seen at all.
pub(super) fn first_hidden(text: &str) -> Option<(usize, char)> {
    text.char_indices().find(|&(_, c)| is_hidden(c))
}

/// The first character that moves the text after it out of its written order, or is a control.
pub(super) fn first_misleading(text: &str) -> Option<(usize, char)> {
    text.char_indices()
        .find(|&(_, c)| c.is_control() || is_reordering(c) || is_line_end(c))
}

/// `U+202E`, as people look it up.
pub(super) fn code_point(c: char) -> String {
    format!("U+{:04X}", u32::from(c))
}

/// Marks on one letter beyond which a text is no language but a blot over its neighbours.
const MOST_MARKS: usize = 3;

/// One line that is safe to print: no command, hidden characters become `\u{202e}`, and more than `most` characters are cut.
pub(super) fn inert(text: &str, most: usize) -> String {
    let mut out = String::with_capacity(text.len().min(most * 2));
    for (count, (c, is_shown)) in shown(text).enumerate() {
        if count == most {
            out.push('…');
            break;
        }
        if is_shown {
            out.push(c);
        } else {
            out.extend(c.escape_unicode());
        }
    }
    out
}

/// Each character, and whether it may be written as it is: it is seen, is no blot over its neighbours, and is not the
/// second half of `::` or `##`, by which a CI log that shows a file is told to do something.
pub(super) fn shown(text: &str) -> impl Iterator<Item = (char, bool)> {
    let (mut before, mut marks) = (' ', 0);
    text.chars().map(move |c| {
        marks = if is_mark(c) { marks + 1 } else { 0 };
        let is_blot = marks > MOST_MARKS || (marks > 0 && before == ' ');
        let is_command = matches!((before, c), (':', ':') | ('#', '#'));
        before = c;
        (
            c,
            !(is_hidden(c) || is_odd_space(c) || is_blot || is_command),
        )
    })
}

/// Controls, reordering, and all that takes no visible room.
pub(super) fn is_hidden(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_control();
    }
    c.is_control()
        || is_reordering(c)
        || is_line_end(c)
        || is_invisible(c)
        || !(printable(c) || is_odd_space(c))
}

/// Embeddings, overrides, isolates and marks of the bidirectional algorithm.
pub(super) fn is_reordering(c: char) -> bool {
    matches!(c, '\u{061C}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

/// A mark that is drawn over the character before it.
fn is_mark(c: char) -> bool {
    // The standard library escapes those, and only those, when they come first.
    !c.is_ascii() && printable(c) && c.escape_debug().nth(1).is_some()
}

/// What the standard library would print: assigned, and no format, surrogate or private character. Quotes and
/// backslashes, which it escapes for its own reasons, are printable.
fn printable(c: char) -> bool {
    let mut buffer = [b'a'; 5];
    let length = 1 + c.encode_utf8(&mut buffer[1..]).len();
    // After a letter, so that combining marks are judged by their category alone.
    std::str::from_utf8(&buffer[..length])
        .is_ok_and(|text| c.is_ascii() || text.escape_debug().nth(1) == Some(c))
}

/// Spaces that are not the space: they look alike and compare differently.
pub(super) fn is_odd_space(c: char) -> bool {
    c.is_whitespace() && c != ' '
}

fn is_line_end(c: char) -> bool {
    matches!(c, '\u{2028}' | '\u{2029}')
}

fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{00AD}' | '\u{034F}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}'
        | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200D}' | '\u{2060}'..='\u{2065}'
        | '\u{206A}'..='\u{206F}' | '\u{2800}' | '\u{3164}' | '\u{FE00}'..='\u{FE0F}'
        | '\u{FEFF}' | '\u{FFA0}' | '\u{FFF0}'..='\u{FFFC}' | '\u{E000}'..='\u{F8FF}'
        | '\u{1BCA0}'..='\u{1BCA3}' | '\u{1D173}'..='\u{1D17A}' | '\u{E0000}'..='\u{10FFFF}')
}
