//! A TOML table, read strictly: what is not known is a mistake, and one mistake does not hide the next.
//!
//! The tree comes from `toml` with a span on every key and value. Typed serde would stop at the first
//! mistake, and a person who fixes files wants them all.

use std::borrow::Borrow;
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::hostile::inert;
use super::mistake::Mistake;
use super::source::Source;

/// Something read, and the bytes it was read from.
#[derive(Clone, Debug)]
pub(super) struct Found<T> {
    /// What was read.
    pub(super) value: T,
    /// Where.
    pub(super) at: Range<usize>,
}

/// One table of a file.
#[derive(Clone, Debug)]
pub(super) struct Strict<'a, 't> {
    /// The text it stands in.
    pub(super) source: &'a Source<'t>,
    /// Its entries.
    pub(super) entries: &'a DeTable<'t>,
    /// Its name for messages, as in `[queues.helpdesk]`.
    pub(super) name: String,
    /// Where its header stands.
    pub(super) at: Range<usize>,
}

impl<'a, 't> Strict<'a, 't> {
    /// Tells of every key that is not one of these.
    pub(super) fn only(&self, known: &[&str], mistakes: &mut Vec<Mistake>) {
        for (key, _) in self.entries {
            let written = key.get_ref().as_ref();
            if !known.contains(&written) {
                let message = format!("unknown key `{}` in {}", inert(written, 60), self.name);
                let hint = suggestion(written, known, "the keys here are");
                mistakes.push(self.source.mistake(key.span(), message, hint));
            }
        }
    }

    /// The value of a key, of whatever type.
    pub(super) fn get(&self, key: &str) -> Option<&'a Spanned<DeValue<'t>>> {
        self.entries.get(key)
    }

    /// A string.
    pub(super) fn text(&self, key: &str, mistakes: &mut Vec<Mistake>) -> Option<Found<&'a str>> {
        let value = self.get(key)?;
        let found = as_text(value);
        if found.is_none() {
            self.wrong_type(key, value, "a string", mistakes);
        }
        found
    }

    /// `true` or `false`.
    pub(super) fn flag(&self, key: &str, mistakes: &mut Vec<Mistake>) -> Option<bool> {
        let value = self.get(key)?;
        let found = value.get_ref().as_bool();
        if found.is_none() {
            self.wrong_type(key, value, "`true` or `false`", mistakes);
        }
        found
    }

    /// A whole number that is not negative.
    pub(super) fn whole(&self, key: &str, mistakes: &mut Vec<Mistake>) -> Option<Found<u64>> {
        let value = self.get(key)?;
        let number = value
            .get_ref()
            .as_integer()
            .and_then(|n| u64::from_str_radix(n.as_str(), n.radix()).ok());
        if number.is_none() {
            self.wrong_type(key, value, "a whole number from 0 on", mistakes);
        }
        Some(Found {
            value: number?,
            at: value.span(),
        })
    }

    /// The strings of a list; what else stands in it is told.
    pub(super) fn texts(
        &self,
        key: &str,
        mistakes: &mut Vec<Mistake>,
    ) -> Option<Vec<Found<&'a str>>> {
        let value = self.get(key)?;
        let Some(items) = value.get_ref().as_array() else {
            self.wrong_type(key, value, "a list of strings", mistakes);
            return None;
        };
        let texts: Vec<_> = items.iter().filter_map(as_text).collect();
        for item in items.iter().filter(|item| !item.get_ref().is_str()) {
            self.wrong_type(key, item, "a list of strings", mistakes);
        }
        Some(texts)
    }

    /// A table below this one, under the name that messages use.
    pub(super) fn table(
        &self,
        key: &str,
        name: impl Into<String>,
        mistakes: &mut Vec<Mistake>,
    ) -> Option<Self> {
        let value = self.get(key)?;
        let Some(entries) = value.get_ref().as_table() else {
            self.wrong_type(key, value, "a table", mistakes);
            return None;
        };
        Some(Strict {
            source: self.source,
            entries,
            name: name.into(),
            at: value.span(),
        })
    }

    /// Tells that a key has a value of the wrong type.
    pub(super) fn wrong_type(
        &self,
        key: &str,
        value: &Spanned<DeValue<'t>>,
        wanted: &str,
        mistakes: &mut Vec<Mistake>,
    ) {
        let message = format!(
            "`{}` in {} must be {wanted}, and this is {}",
            inert(key, 60),
            self.name,
            kind(value.get_ref())
        );
        let hint = match value.get_ref() {
            DeValue::Integer(number) if wanted == "a string" => {
                format!("put it in quotes: {key} = \"{number}\"")
            }
            DeValue::Integer(_)
            | DeValue::String(_)
            | DeValue::Float(_)
            | DeValue::Boolean(_)
            | DeValue::Datetime(_)
            | DeValue::Array(_)
            | DeValue::Table(_) => format!("write {wanted} here"),
        };
        mistakes.push(self.source.mistake(value.span(), message, hint));
    }

    /// Tells that a key is missing, at the header of the table.
    pub(super) fn missing(&self, key: &str, hint: impl Into<String>, mistakes: &mut Vec<Mistake>) {
        let message = format!("`{key}` is missing in {}", self.name);
        mistakes.push(self.source.mistake(self.at.clone(), message, hint));
    }
}

/// The one of `known` that was probably meant, or all of them.
pub(super) fn suggestion<K: Borrow<str>>(written: &str, known: &[K], otherwise: &str) -> String {
    if let Some(near) = nearest(written, known) {
        return format!("did you mean `{near}`?");
    }
    let all: Vec<_> = known.iter().map(|k| format!("`{}`", k.borrow())).collect();
    format!("{otherwise}: {}", all.join(", "))
}

/// The closest of `known`, if it is close enough to be what was meant.
fn nearest<'k, K: Borrow<str>>(written: &str, known: &'k [K]) -> Option<&'k str> {
    // The distance takes time in the product of the lengths, and a key can be as long as its file.
    if written.len() > 64 {
        return None;
    }
    let plain = written.to_lowercase().replace('_', "-");
    known
        .iter()
        .map(Borrow::borrow)
        .map(|key| (strsim::osa_distance(&plain, &key.to_lowercase()), key))
        .filter(|(distance, key)| *distance <= (key.len() / 3).max(1))
        .min()
        .map(|(_, key)| key)
}

/// Every syntax error of a text, as mistakes.
pub(super) fn syntax_mistakes(source: &Source<'_>, errors: &[toml::de::Error]) -> Vec<Mistake> {
    errors
        .iter()
        .map(|error| {
            let at = error.span().unwrap_or_default();
            let (message, hint) = suggestion_for_syntax(error.message());
            source.mistake(at, message, hint)
        })
        .collect()
}

/// What the parser says of a syntax error, and what helps.
pub(super) fn suggestion_for_syntax(said: &str) -> (String, &'static str) {
    let message = inert(said.trim(), 200);
    let hint = if message == "duplicate key" {
        "a key stands once in its table; remove one of the two"
    } else {
        "this is not TOML; see https://toml.io for how it is written"
    };
    (message, hint)
}

/// A string value with its place.
pub(super) fn as_text<'a>(value: &'a Spanned<DeValue<'_>>) -> Option<Found<&'a str>> {
    Some(Found {
        value: value.get_ref().as_str()?,
        at: value.span(),
    })
}

/// What a value is, for people.
fn kind(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a string",
        DeValue::Integer(_) => "an integer",
        DeValue::Float(_) => "a float",
        DeValue::Boolean(_) => "a boolean",
        DeValue::Datetime(_) => "a date or time",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}
