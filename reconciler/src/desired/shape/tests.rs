//! A schema as an editor applies it to a TOML file, and its shapes beside the readers of the same values.

use std::collections::BTreeSet;

use boon::{Compiler, SchemaIndex, Schemas};
use proptest::prelude::*;
use serde_json::{Map, Value, json};
use toml::value::Value as Toml;

use super::*;
use crate::desired::Mistake;

/// A validator of TOML files.
pub(in crate::desired) struct Editor {
    schemas: Schemas,
    root: SchemaIndex,
}

impl Editor {
    pub(in crate::desired) fn with(schema: Value) -> Self {
        let (mut schemas, mut compiler) = (Schemas::new(), Compiler::new());
        let name = "schema.json";
        compiler.add_resource(name, schema).unwrap();
        let root = compiler.compile(name, &mut schemas).unwrap();
        Self { schemas, root }
    }

    /// What it says of a text; empty where all is well. A text that is no TOML never reaches a schema.
    pub(in crate::desired) fn says(&self, text: &str) -> String {
        let text = text.trim_start_matches('\u{feff}');
        let Ok(file) = text.parse::<toml::Table>() else {
            return "not TOML".to_owned();
        };
        self.of_json(&as_json(Toml::Table(file)))
    }

    pub(in crate::desired) fn of_json(&self, value: &Value) -> String {
        let checked = self.schemas.validate(value, self.root);
        checked
            .err()
            .map_or_else(String::new, |wrong| wrong.to_string())
    }
}

/// TOML as its schema checkers see it: dates and times are strings.
fn as_json(value: Toml) -> Value {
    match value {
        Toml::String(text) => text.into(),
        Toml::Integer(number) => number.into(),
        Toml::Float(number) => json!(number),
        Toml::Boolean(flag) => flag.into(),
        Toml::Datetime(moment) => moment.to_string().into(),
        Toml::Array(items) => items.into_iter().map(as_json).collect(),
        Toml::Table(entries) => {
            let entries = entries
                .into_iter()
                .map(|(key, value)| (key, as_json(value)));
            Value::Object(entries.collect::<Map<_, _>>())
        }
    }
}

/// A key that no table has, nor one like it.
pub(in crate::desired) const NOBODY_S: &str = "nobody-has-such-a-key";

/// Every key that the reader knows in the table where it met a key of nobody's: it lists them itself.
#[track_caller]
pub(in crate::desired) fn known_keys(mistakes: &[Mistake]) -> BTreeSet<String> {
    let unknown = format!("unknown key `{NOBODY_S}`");
    let mistake = mistakes.iter().find(|one| one.message.contains(&unknown));
    let mistake = mistake.unwrap_or_else(|| panic!("not told: {mistakes:?}"));
    let hint = mistake.hint.as_deref().unwrap_or_default();
    let listed = hint.strip_prefix("the keys here are: ").unwrap();
    listed
        .split(", ")
        .map(|key| key.trim_matches('`').to_owned())
        .collect()
}

/// The keys of a table in a schema; each of them says what it is for, itself or in what it refers to.
#[track_caller]
pub(in crate::desired) fn schema_keys(schema: &Value, pointer: &str) -> BTreeSet<String> {
    let table = schema
        .pointer(pointer)
        .unwrap_or_else(|| panic!("{pointer}"));
    assert_eq!(table["additionalProperties"], json!(false), "{pointer}");
    let properties = table["properties"].as_object().unwrap();
    for (key, shape) in properties {
        let described = match shape["$ref"].as_str() {
            Some(target) => schema.pointer(target.trim_start_matches('#')).unwrap(),
            None => shape,
        };
        let described = shape.get("description").or(described.get("description"));
        assert!(described.is_some_and(Value::is_string), "{pointer}: {key}");
    }
    properties.keys().cloned().collect()
}

/// The names that are allowed in a table.
pub(in crate::desired) fn names(shape: &Value) -> BTreeSet<String> {
    let names = shape["propertyNames"]["enum"].as_array().unwrap();
    names
        .iter()
        .map(|name| name.as_str().unwrap().to_owned())
        .collect()
}

proptest! {
    #[test]
    fn a_duration_is_what_its_reader_takes(text in "([0-9]{0,2}(ms|s|m|h|d|w|y)?){0,3}") {
        let editor = Editor::with(duration(""));
        let read = crate::desired::duration::parse(&text);
        // That a duration ends at a thousand years is not said by a pattern.
        prop_assume!(!matches!(&read, Err(why) if why.contains("thousand years")));
        prop_assert_eq!(editor.of_json(&json!(text)).is_empty(), read.is_ok(), "{}", text);
    }
}
