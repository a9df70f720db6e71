//! What a block says, value by value, whatever its layout: for telling an edit from a move.

use toml::de::DeValue;

use crate::desired::table::Strict;
use crate::model::Words;

/// The keys that say which request a block is about, and nothing about it.
const NAMES: [&str; 2] = ["queue", "request"];

/// Every value of a block by its key, as in `guard.user` and `permit.rules[0].path`; comments, order and
/// quotes are not among them.
pub(super) fn of(block: &Strict<'_, '_>) -> Words {
    let mut words = Words::new();
    let about = block.entries.iter();
    for (key, value) in about.filter(|(key, _)| !NAMES.contains(&key.get_ref().as_ref())) {
        take(key.get_ref().to_string(), value.get_ref(), &mut words);
    }
    words
}

fn take(key: String, value: &DeValue<'_>, words: &mut Words) {
    let text = match value {
        DeValue::Table(table) => {
            for (name, value) in table {
                take(format!("{key}.{}", name.get_ref()), value.get_ref(), words);
            }
            return;
        }
        DeValue::Array(items) if !items.is_empty() => {
            for (at, item) in items.iter().enumerate() {
                take(format!("{key}[{at}]"), item.get_ref(), words);
            }
            return;
        }
        DeValue::Array(_) => "[]".to_owned(),
        DeValue::String(text) => text.to_string(),
        DeValue::Integer(number) => number.to_string(),
        DeValue::Float(number) => number.to_string(),
        DeValue::Boolean(flag) => flag.to_string(),
        DeValue::Datetime(moment) => moment.to_string(),
    };
    words.insert(key, text);
}
