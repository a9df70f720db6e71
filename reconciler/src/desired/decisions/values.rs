//! The single values of a block: each one is well-formed, or a mistake with a hint.

use std::sync::Arc;

use jiff::Timestamp;
use toml::Spanned;
use toml::de::DeValue;

use crate::desired::hostile::{code_point, first_hidden, first_misleading, inert, is_reordering};
use crate::desired::mistake::Mistake;
use crate::desired::source::Source;
use crate::desired::table::{Found, Strict};

/// How an expiry is written, for hints.
pub(super) const EXPIRY: &str = "write it with its zone, as in expires = 2026-12-01T00:00:00Z";

/// A string for a name: an id, a ticket, a key. Nothing hidden in it.
pub(super) fn name<'a>(
    table: &Strict<'a, '_>,
    key: &str,
    mistakes: &mut Vec<Mistake>,
) -> Option<Found<&'a str>> {
    let found = table.text(key, mistakes)?;
    let Some((_, c)) = first_hidden(found.value) else {
        return Some(found);
    };
    let message = format!("`{key}` holds the hidden character {}", code_point(c));
    let hint =
        format!("type the value of `{key}` again by hand; it may have been copied with formatting");
    mistakes.push(table.source.mistake(found.at, message, hint));
    None
}

/// A string for people: one line, in the order in which it is written.
pub(super) fn sentence<'a>(
    table: &Strict<'a, '_>,
    key: &str,
    mistakes: &mut Vec<Mistake>,
) -> Option<Found<&'a str>> {
    let found = table.text(key, mistakes)?;
    let Some((_, c)) = first_misleading(found.value) else {
        return Some(found);
    };
    let message = format!(
        "`{key}` holds {}, and must be one plain line",
        code_point(c)
    );
    let hint = "write one line without control characters; longer stories go into comments";
    mistakes.push(table.source.mistake(found.at, message, hint));
    None
}

/// A moment: an offset date-time, or an RFC 3339 string with a zone.
pub(super) fn moment(
    table: &Strict<'_, '_>,
    key: &str,
    mistakes: &mut Vec<Mistake>,
) -> Option<Timestamp> {
    let value = table.get(key)?;
    match read_moment(value) {
        Some(Ok(moment)) => Some(moment),
        Some(Err(message)) => {
            let message = format!("`{key}` {message}");
            mistakes.push(table.source.mistake(value.span(), message, EXPIRY));
            None
        }
        None => {
            table.wrong_type(key, value, "a date and time", mistakes);
            None
        }
    }
}

fn read_moment(value: &Spanned<DeValue<'_>>) -> Option<Result<Timestamp, String>> {
    let written = match value.get_ref() {
        DeValue::Datetime(written) => *written,
        DeValue::String(text) => match text.parse::<toml::value::Datetime>() {
            Ok(written) => written,
            Err(_) => return Some(Err("is not a date and time".to_owned())),
        },
        DeValue::Integer(_)
        | DeValue::Float(_)
        | DeValue::Boolean(_)
        | DeValue::Array(_)
        | DeValue::Table(_) => return None,
    };
    if written.date.is_none() || written.time.is_none() {
        return Some(Err("needs a date, a time and a zone".to_owned()));
    }
    if written.offset.is_none() {
        return Some(Err(
            "has no zone, and would mean another moment elsewhere".to_owned()
        ));
    }
    let moment = written.to_string().parse::<Timestamp>();
    Some(moment.map_err(|_| "is not a moment of the calendar up to the year 9999".to_owned()))
}

/// A fingerprint in its one form.
pub(super) fn fingerprint(table: &Strict<'_, '_>, mistakes: &mut Vec<Mistake>) -> Option<String> {
    let found = table.text("fingerprint", mistakes)?;
    let digits = found.value.strip_prefix("v1:sha256:").unwrap_or_default();
    let is_digest = digits.len() == 64
        && digits
            .bytes()
            .all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
    if !is_digest {
        let message = "`fingerprint` is not `v1:sha256:` and 64 lower-case hex digits";
        let hint = "`countersign draft --refresh-guard` writes it; it is never typed";
        mistakes.push(table.source.mistake(found.at, message, hint));
        return None;
    }
    Some(found.value.to_owned())
}

/// Characters anywhere in a file, comments included, that show a reviewer another order than the one written.
pub(super) fn misleading(file: &Arc<str>, text: &str) -> Vec<Mistake> {
    // All of them begin with one of two bytes in UTF-8, and most files have neither.
    if text.is_ascii() || !text.bytes().any(|b| b == 0xE2 || b == 0xD8) {
        return Vec::new();
    }
    let marks = |c: char| matches!(c, '\u{061C}' | '\u{200E}' | '\u{200F}');
    let found: Vec<_> = text
        .char_indices()
        // The marks order honest Arabic and Hebrew text; what overrides the order does not.
        .filter(|&(_, c)| is_reordering(c) && !marks(c))
        .collect();
    if found.is_empty() {
        return Vec::new();
    }
    let source = Source::part(Arc::clone(file), text, 1);
    found
        .into_iter()
        .map(|(at, c)| {
            let point = code_point(c);
            let message = format!(
                "{point} stands here: it shows reviewers another text than the one written"
            );
            let hint = format!(
                "remove it; where it belongs to a value, write \"\\u{:04X}\"",
                u32::from(c)
            );
            source.mistake(at..at + c.len_utf8(), message, inert(&hint, 200))
        })
        .collect()
}
