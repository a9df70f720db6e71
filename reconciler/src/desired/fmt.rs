//! The canonical layout of a decision file: what `fmt` writes, and what `draft` writes from the start.
//!
//! It moves keys and blanks, never a value and never a comment away from what it stands by; the values
//! before and after are compared, and a file that would say something else is left alone.

use toml_edit::{ArrayOfTables, DocumentMut, Item, RawString, Table};

use super::decisions::{DECISION_KEYS, PERMIT_KEYS, RELEASE_KEYS, RESOLVE_KEYS};
use super::mistake::Mistake;
use super::source::{Source, without_mark};
use super::table::suggestion_for_syntax;

/// Lays out the text of a decision file: keys in order, `=` aligned, one blank line between blocks, `\n`
/// at the end of lines. Formatting twice is formatting once.
///
/// # Errors
/// When the text is not TOML.
pub fn format(file: &str, text: &str) -> Result<String, Mistake> {
    let lines = without_mark(text).replace("\r\n", "\n");
    let source = Source::new(file, &lines);
    let mut document: DocumentMut = lines.parse().map_err(|error: toml_edit::TomlError| {
        let (message, hint) = suggestion_for_syntax(error.message());
        source.mistake(error.span().unwrap_or_default(), message, hint)
    })?;
    let root_has_values = !document.as_table().get_values().is_empty();
    let first = if root_has_values {
        None
    } else {
        first_position(document.as_table())
    };
    let blocks = [
        ("decision", &DECISION_KEYS[..]),
        ("release-request", &RELEASE_KEYS[..]),
        ("resolve", &RESOLVE_KEYS[..]),
    ];
    for (name, order) in blocks {
        let blocks = document
            .get_mut(name)
            .and_then(Item::as_array_of_tables_mut);
        for block in blocks.into_iter().flat_map(ArrayOfTables::iter_mut) {
            header(block, first);
            lay_out(block, order);
            if let Some(guard) = block.get_mut("guard").and_then(Item::as_table_mut) {
                lay_out_guard(guard, first);
            }
            if let Some(permit) = block.get_mut("permit").and_then(Item::as_table_mut)
                && !permit.is_dotted()
            {
                header(permit, first);
                lay_out(permit, &PERMIT_KEYS);
            }
        }
    }
    let trailing = comments(raw(Some(document.trailing())));
    let has_more = first.is_some() || root_has_values;
    document.set_trailing(separated(&trailing, !has_more));
    let out = ended(&document.to_string());
    if same_values(without_mark(text), &out) {
        Ok(out)
    } else {
        let message = "this file cannot be laid out without changing what it says";
        let hint = "write each value on one line: values over several lines keep their line ends";
        Err(source.mistake(0..0, message, hint))
    }
}

/// A guard's table: the fingerprint first, the facts as they stand.
pub(super) fn lay_out_guard(guard: &mut Table, first: Option<isize>) {
    if !guard.is_dotted() {
        header(guard, first);
        lay_out(guard, &["fingerprint"]);
    }
}

/// Orders and aligns the values of one table; keys that `order` does not have follow as they are written.
fn lay_out(table: &mut Table, order: &[&str]) {
    let rank = |key: &str| {
        order
            .iter()
            .position(|known| *known == key)
            .unwrap_or(order.len())
    };
    table.sort_values_by(|a, _, b, _| rank(a.get()).cmp(&rank(b.get())));
    let width = table
        .iter()
        .filter(|(_, item)| item.is_value())
        .filter_map(|(key, _)| table.key(key))
        .map(|key| key.display_repr().chars().count())
        .max()
        .unwrap_or_default();
    for (mut key, item) in table.iter_mut() {
        let Item::Value(value) = item else { continue };
        let padding = width.saturating_sub(key.display_repr().chars().count()) + 1;
        let above = comments(raw(key.leaf_decor().prefix()));
        key.leaf_decor_mut().set_prefix(above);
        key.leaf_decor_mut().set_suffix(" ".repeat(padding));
        let after = raw(value.decor().suffix()).trim_end().to_owned();
        value.decor_mut().set_prefix(" ");
        value.decor_mut().set_suffix(after);
    }
}

/// One blank line above the comments of a header; none at the beginning of the file.
fn header(table: &mut Table, first: Option<isize>) {
    let is_first = first.is_some() && table.position() == first;
    let above = comments(raw(table.decor().prefix()));
    let after = raw(table.decor().suffix()).trim_end().to_owned();
    table.decor_mut().set_prefix(separated(&above, is_first));
    table.decor_mut().set_suffix(after);
}

fn separated(comments: &str, is_first: bool) -> String {
    let blank = if is_first { "" } else { "\n" };
    format!("{blank}{comments}")
}

/// Comment lines without indentation; several blank lines below one of them become one, as a paragraph's end.
fn comments(written: &str) -> String {
    let mut out = String::new();
    for line in written.split_inclusive('\n') {
        let comment = line.trim();
        // What is left after the last line end is the indentation of a key or a header.
        let is_blank = comment.is_empty() && line.ends_with('\n');
        if !comment.is_empty() || (is_blank && !out.is_empty() && !out.ends_with("\n\n")) {
            out.push_str(comment);
            out.push('\n');
        }
    }
    out
}

/// The place in the document of the table whose header comes first.
fn first_position(root: &Table) -> Option<isize> {
    let nested = root.iter().flat_map(|(_, item)| match item {
        Item::Table(table) => vec![table],
        Item::ArrayOfTables(tables) => tables.iter().collect(),
        Item::None | Item::Value(_) => Vec::new(),
    });
    nested
        .filter_map(|table| {
            let below = first_position(table);
            let own = table.position().filter(|_| !table.is_implicit());
            [below, own].into_iter().flatten().min()
        })
        .min()
}

/// The text with exactly one line end at its end, or nothing at all.
fn ended(text: &str) -> String {
    let text = text.trim_end_matches(['\n', ' ', '\t']);
    if text.is_empty() {
        String::new()
    } else {
        format!("{text}\n")
    }
}

fn raw(decor: Option<&RawString>) -> &str {
    decor.and_then(RawString::as_str).unwrap_or_default()
}

fn same_values(before: &str, after: &str) -> bool {
    let read = |text: &str| text.parse::<toml::Table>().ok();
    // NaN is not equal to itself, and still the same text.
    read(before).map(|table| format!("{table:?}")) == read(after).map(|table| format!("{table:?}"))
}

#[cfg(test)]
mod tests;
