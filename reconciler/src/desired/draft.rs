//! Drafts: one undecided block for a request that no file names yet, ready for a person to decide.
//!
//! What the vendor sent becomes values that a TOML reader gives back exactly, and that show a person
//! every character: what cannot be seen is written as an escape.

mod file;
mod quote;
#[cfg(test)]
mod tests;
mod untouched;

use std::str::FromStr;

use jiff::Timestamp;
use toml_edit::{DocumentMut, Item, Table, Value};

use super::fmt::lay_out_guard;
use super::hostile::inert;
use super::mistake::Mistake;
use super::source::{Source, without_mark};
use super::table::suggestion_for_syntax;
use crate::model::{Guard, Request, Terms, VendorText};

pub use file::{Created, create, file_name};
use quote::quoted;
pub use untouched::is_untouched;

/// What the person who drafts already knows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options<'a> {
    /// The external ticket.
    pub ticket: Option<&'a str>,
    /// When the decision will become inert; whole seconds are written.
    pub expires: Option<Timestamp>,
}

/// Longest piece of vendor text in a comment; the guard below holds it whole.
const SHOWN: usize = 120;

/// One `[[decision]]` block with all that the vendor shows, never pre-approved, in the layout of `fmt`.
#[must_use]
pub fn draft(request: &Request, terms: &Terms, fingerprint: &str, options: &Options<'_>) -> String {
    let expires = options.expires.map_or_else(
        || "\"\"".to_owned(),
        |at| {
            Timestamp::from_second(at.as_second())
                .unwrap_or(at)
                .to_string()
        },
    );
    let values = [
        ("queue", quoted(terms.queue.as_str())),
        ("request", quoted(request.id.as_str())),
        ("ticket", quoted(options.ticket.unwrap_or_default())),
        ("verdict", quoted("undecided")),
        ("reason", quoted("")),
        ("expires", expires),
    ];
    let mut out = context(request, terms);
    out.push_str("[[decision]]\n");
    aligned(&mut out, &values);
    out.push_str("\n[decision.guard]\n");
    aligned(&mut out, &guard(request, terms, fingerprint));
    if terms.can.needs_permit {
        out.push_str(&permit(request));
    }
    out
}

/// The narrowest permit, as comments: whoever approves has to take each line into the file by hand.
fn permit(request: &Request) -> String {
    let shown = |key: &str| request.facts.get(key).map_or("", VendorText::raw);
    let rule = ["hash", "path"]
        .into_iter()
        .find(|key| !shown(key).is_empty())
        .map(|key| format!("{{ {key} = {} }}", quoted(shown(key))));
    let lines = [
        ("application", "{ new = \"\" }".to_owned()),
        ("scope", quoted("computer")),
        ("rules", format!("[{}]", rule.unwrap_or_default())),
        ("policy", quoted("new")),
        ("mode", quoted("rules")),
        ("elevation", "false".to_owned()),
        ("ringfence", "false".to_owned()),
        ("notify", "false".to_owned()),
    ];
    let mut written = String::from("[decision.permit]\n");
    aligned(&mut written, &lines);
    let mut out = String::from(
        "\n# To approve, say how far it reaches. This is the narrowest; an empty name has to be filled in.\n",
    );
    for line in written.lines() {
        out.push_str(&format!("# {line}\n"));
    }
    out
}

/// Writes what the vendor shows now into the guard of every block that names this request; comments stay.
///
/// Nothing is returned where no block names it.
///
/// # Errors
/// When the text is not TOML.
pub fn refresh_guard(
    file: &str,
    text: &str,
    request: &Request,
    terms: &Terms,
    fingerprint: &str,
) -> Result<Option<String>, Mistake> {
    let text = without_mark(text);
    let mut document = DocumentMut::from_str(text).map_err(|error| {
        let (message, hint) = suggestion_for_syntax(error.message());
        Source::new(file, text).mistake(error.span().unwrap_or_default(), message, hint)
    })?;
    let values = guard(request, terms, fingerprint);
    let blocks = document
        .get_mut("decision")
        .and_then(Item::as_array_of_tables_mut);
    let mut found = false;
    for block in blocks
        .into_iter()
        .flat_map(toml_edit::ArrayOfTables::iter_mut)
    {
        let text = |key| block.get(key).and_then(Item::as_str).unwrap_or_default();
        let is_it = match block.get("request") {
            Some(_) => (terms.can.canonical_id)(text("request")).as_ref() == Ok(&request.id),
            None => is_guarded(block, request, terms),
        };
        if text("queue") == terms.queue.as_str() && is_it {
            found = true;
            replace_guard(block, &values);
        }
    }
    Ok(found.then(|| document.to_string()))
}

/// Whether a block without an id guards what stands for this request's.
fn is_guarded(block: &Table, request: &Request, terms: &Terms) -> bool {
    let table = block.get("guard").and_then(Item::as_table_like);
    let values = table.into_iter().flat_map(|table| table.iter());
    let facts =
        values.filter_map(|(key, value)| Some((key.to_owned(), value.as_str()?.to_owned())));
    let guard = Guard {
        fingerprint: None,
        facts: facts.collect(),
    };
    let key = terms.can.key_of_guard(&guard);
    key.is_some() && key == terms.can.key_of(&request.facts)
}

/// Puts the values into the guard's table, in their order. A key that stays keeps its comments.
fn replace_guard(block: &mut Table, values: &[(&str, String)]) {
    let is_table = block
        .get("guard")
        .and_then(Item::as_table)
        .is_some_and(|guard| !guard.is_dotted());
    if !is_table {
        block.insert("guard", Item::Table(Table::new()));
    }
    let Some(guard) = block.get_mut("guard").and_then(Item::as_table_mut) else {
        return;
    };
    let place = |key: &str| values.iter().position(|(known, _)| *known == key);
    guard.retain(|key, _| place(key).is_some());
    for (key, written) in values {
        let Ok(mut value) = Value::from_str(written) else {
            continue;
        };
        match guard.get_mut(key).and_then(Item::as_value_mut) {
            Some(before) => {
                *value.decor_mut() = before.decor().clone();
                *before = value;
            }
            None => {
                guard.insert(key, Item::Value(value));
            }
        }
    }
    guard.sort_values_by(|a, _, b, _| place(a.get()).cmp(&place(b.get())));
    lay_out_guard(guard, None);
}

/// The fingerprint and every fact of the vendor, in its order, quoted; what it left out is empty.
fn guard<'a>(request: &Request, terms: &'a Terms, fingerprint: &str) -> Vec<(&'a str, String)> {
    let shown = |key| request.facts.get(key).map_or("", VendorText::raw);
    let facts = terms
        .can
        .facts
        .iter()
        .map(|fact| (fact.key, quoted(shown(fact.key))));
    std::iter::once(("fingerprint", quoted(fingerprint)))
        .chain(facts)
        .collect()
}

/// What the request is about, in comments. Vendor text in them is one line, escaped and cut.
fn context(request: &Request, terms: &Terms) -> String {
    let shown = |keys: &[&str]| {
        let values = keys.iter().filter_map(|key| request.facts.get(key));
        let values = values.filter(|value| !value.is_empty());
        values
            .map(|value| inert(value.raw(), SHOWN))
            .collect::<Vec<_>>()
            .join(", ")
    };
    let link = request.link.as_ref().map_or("", VendorText::raw);
    let ticket = request.ticket.as_ref().map_or("", VendorText::raw);
    let lasts = terms.can.approve.and_then(|approve| approve.lasts);
    let lasts = lasts.map(|lasts| lasts(&request.facts));
    let lines = [
        ("who", shown(terms.can.who)),
        ("what", shown(terms.can.on_what)),
        ("reason", shown(&["reason"])),
        ("scan", shown(&["scan", "threat"])),
        ("ticket", inert(ticket, SHOWN)),
        ("asked", shown(&["requested-at", "created-at"])),
        ("lasts", inert(&lasts.unwrap_or_default(), 2 * SHOWN)),
        ("console", console(request, terms)),
        ("link", inert(link, 4 * SHOWN)),
    ];
    let title = terms.can.vendor.title();
    let mut out = format!(
        "# {title}, {}/{}\n",
        terms.queue,
        inert(request.id.as_str(), SHOWN)
    );
    let told = |(_, value): &&(&str, String)| !value.trim().is_empty();
    for (label, value) in lines.iter().filter(told) {
        let line = format!("#   {label:<7} {value}");
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out.push_str(match terms.can.ratifies {
        Some(_) => "#\n# To ratify: set verdict to what should have been decided, \"approve\" or \"deny\", fill in what is empty,\n# open a pull request. Nothing is sent; the next plan tells whether the console shows the same.\n\n",
        None => "#\n# To decide: set verdict to \"approve\" or \"deny\", fill in what is empty, open a pull request.\n\n",
    });
    out
}

/// What the vendor's own people have decided, where a decision ratifies that.
fn console(request: &Request, terms: &Terms) -> String {
    if terms.can.ratifies.is_none() {
        return String::new();
    }
    let shown = |text: &Option<VendorText>, before: &str| {
        let text = text.as_ref().filter(|text| !text.is_empty());
        text.map_or_else(String::new, |text| {
            format!("{before}{}", inert(text.raw(), SHOWN))
        })
    };
    let (by, note) = (&request.decided.by, &request.decided.note);
    format!(
        "{}{}{}",
        request.status.word(),
        shown(by, " by "),
        shown(note, ": ")
    )
}

fn aligned(out: &mut String, values: &[(&str, String)]) {
    let width = values
        .iter()
        .map(|(key, _)| key.len())
        .max()
        .unwrap_or_default();
    for (key, value) in values {
        out.push_str(&format!("{key:<width$} = {value}\n"));
    }
}
