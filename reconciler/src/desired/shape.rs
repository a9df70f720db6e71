//! JSON Schema of what people write: what may stand in a table, in words that editors show.
//!
//! A table's keys are always a list of its reader's, so that a schema names no key that is not read, and leaves out none that is.

use serde_json::{Map, Value, json};

/// A whole schema of JSON Schema 2020-12, with the definitions that it refers to.
pub(super) fn document(title: &str, root: Value, definitions: Value) -> Value {
    let mut schema = root;
    schema["$schema"] = json!("https://json-schema.org/draft/2020-12/schema");
    schema["title"] = json!(title);
    schema["$defs"] = definitions;
    schema
}

/// A table with these keys and no others; `describe` says what may stand at each.
pub(super) fn table(
    about: &str,
    keys: &[&str],
    required: &[&str],
    describe: impl Fn(&str) -> Value,
) -> Value {
    let properties: Map<String, Value> = keys
        .iter()
        .map(|key| ((*key).to_owned(), describe(key)))
        .collect();
    json!({
        "type": "object",
        "description": about,
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    })
}

/// A table of which there can be several, as in `[[decision]]`.
pub(super) fn blocks(about: &str, definition: &str) -> Value {
    list(about, &reference(definition))
}

/// What stands under this name in `$defs`.
pub(super) fn reference(definition: &str) -> Value {
    json!({ "$ref": format!("#/$defs/{definition}") })
}

/// The same, in words that fit where it stands.
pub(super) fn referring(about: &str, definition: &str) -> Value {
    let mut shape = reference(definition);
    shape["description"] = json!(about);
    shape
}

/// A list.
pub(super) fn list(about: &str, of: &Value) -> Value {
    json!({ "type": "array", "description": about, "items": of })
}

/// Any string.
pub(super) fn text(about: &str) -> Value {
    json!({ "type": "string", "description": about })
}

/// A string with something in it.
pub(super) fn said(about: &str) -> Value {
    matching(about, r"\S")
}

/// A string that fits a regular expression.
pub(super) fn matching(about: &str, pattern: &str) -> Value {
    json!({ "type": "string", "description": about, "pattern": pattern })
}

/// One of some words.
pub(super) fn one_of<'w>(about: &str, words: impl IntoIterator<Item = &'w str>) -> Value {
    let words: Vec<&str> = words.into_iter().collect();
    json!({ "type": "string", "description": about, "enum": words })
}

/// `true` or `false`.
pub(super) fn flag(about: &str) -> Value {
    json!({ "type": "boolean", "description": about })
}

/// A whole number in these bounds, where there are any.
pub(super) fn whole(about: &str, least: u64, most: Option<u64>) -> Value {
    let mut shape = json!({ "type": "integer", "description": about, "minimum": least });
    if let Some(most) = most {
        shape["maximum"] = json!(most);
    }
    shape
}

/// As `30s`, `24h` or `1h30m`: more than nothing.
pub(super) fn duration(about: &str) -> Value {
    let unit = "(ms|s|m|h|d|w)";
    let (any, some) = (
        format!("([0-9]+{unit})*"),
        format!("[0-9]*[1-9][0-9]*{unit}"),
    );
    matching(about, &format!("^{any}{some}{any}$"))
}

/// A date, a time and a zone. TOML's own date-times reach a validator as strings.
pub(super) const MOMENT: &str = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?([Zz]|[+-][0-9]{2}:[0-9]{2})$";

/// A table in which one of these keys stands, and nothing else.
pub(super) fn only_one(about: &str, keys: &[&str], describe: impl Fn(&str) -> Value) -> Value {
    let mut shape = table(about, keys, &[], describe);
    shape["minProperties"] = json!(1);
    shape["maxProperties"] = json!(1);
    shape
}

/// What must hold of a table in which `key` stands as this word.
pub(super) fn where_it_says(key: &str, word: &str, then: &Value) -> Value {
    json!({ "if": says(key, word), "then": then })
}

/// That `key` stands in a table as this word.
pub(super) fn says(key: &str, word: &str) -> Value {
    json!({ "properties": { key: { "const": word } }, "required": [key] })
}

/// That no other keys than these stand in a table.
pub(super) fn keys_of(keys: &[&str]) -> Value {
    json!({ "propertyNames": { "enum": keys } })
}

#[cfg(test)]
pub(super) mod tests;
