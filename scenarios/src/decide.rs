//! The verb `decide`: what a reviewer types into a drafted decision file, comments and all else kept.

use std::path::Path;

use toml_edit::{DocumentMut, Item, Table, value};

use crate::mistake::unknown;
use crate::story::Decide;

/// Edits the one block of the request in `path`.
pub(crate) fn decide(path: &Path, decide: &Decide) -> Result<(), String> {
    let failed = |what: String| format!("{}: {what}", path.display());
    let text = std::fs::read_to_string(path)
        .map_err(|error| failed(format!("no drafted file to decide in: {error}")))?;
    let mut document: DocumentMut = text.parse().map_err(|error| failed(format!("{error}")))?;
    let blocks = document
        .get_mut("decision")
        .and_then(Item::as_array_of_tables_mut)
        .ok_or_else(|| failed("no [[decision]] in it".to_owned()))?;
    let mut own = blocks
        .iter_mut()
        .filter(|block| block.get("request").and_then(Item::as_str) == Some(&decide.id));
    let block = own
        .next()
        .ok_or_else(|| failed(format!("no block for request {}", decide.id)))?;
    if own.next().is_some() {
        return Err(failed(format!("two blocks for request {}", decide.id)));
    }
    write(block, decide).map_err(failed)?;
    drop(own);
    std::fs::write(path, document.to_string()).map_err(|error| failed(error.to_string()))
}

fn write(block: &mut Table, decide: &Decide) -> Result<(), String> {
    let texts = [
        ("verdict", &decide.verdict),
        ("ticket", &decide.ticket),
        ("reason", &decide.reason),
        ("decided-by", &decide.decided_by),
    ];
    for (key, text) in texts {
        if let Some(text) = text {
            set(block, key, value(text));
        }
    }
    if let Some(expires) = &decide.expires {
        let expires: toml_edit::Datetime = expires
            .parse()
            .map_err(|error| format!("expires {expires:?}: {error}"))?;
        set(block, "expires", value(expires));
    }
    guard(block, decide)?;
    permit(block, decide)
}

fn guard(block: &mut Table, decide: &Decide) -> Result<(), String> {
    if decide.guard.is_empty() {
        return Ok(());
    }
    let guard = block
        .get_mut("guard")
        .and_then(Item::as_table_mut)
        .ok_or("no [decision.guard]")?;
    for (key, text) in &decide.guard {
        if !guard.contains_key(key) {
            let known: Vec<&str> = guard.iter().map(|(key, _)| key).collect();
            return Err(unknown("guard", key, known));
        }
        set(guard, key, value(text));
    }
    Ok(())
}

// A draft holds a permit as comments only: whoever approves writes it.
fn permit(block: &mut Table, decide: &Decide) -> Result<(), String> {
    if decide.permit.is_empty() {
        return Ok(());
    }
    let permit = block
        .entry("permit")
        .or_insert_with(|| Item::Table(Table::new()))
        .as_table_mut()
        .ok_or("`permit` is no table")?;
    for (key, said) in &decide.permit {
        // A value's own text is its inline form.
        let said: toml_edit::Value = said
            .to_string()
            .parse()
            .map_err(|error| format!("permit {key}: {error}"))?;
        set(permit, key, value(said));
    }
    Ok(())
}

// What is there keeps the blanks and comments around it.
fn set(table: &mut Table, key: &str, new: Item) {
    let decor = table
        .get(key)
        .and_then(Item::as_value)
        .map(|old| old.decor().clone());
    table.insert(key, new);
    if let (Some(decor), Some(value)) = (decor, table.get_mut(key).and_then(Item::as_value_mut)) {
        *value.decor_mut() = decor;
    }
}
