//! `.jsonl` files: one JSON object a line, with the keys of a `[[decision]]` block. For machine-made sets.
//!
//! Each line becomes the same tree that TOML becomes, with the same places, so one checker reads both.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use serde::Deserialize;
use serde::de::{MapAccess, Visitor};
use serde_json::value::RawValue;
use toml::Spanned;
use toml::de::{DeArray, DeTable, DeValue};

use super::Keep;
use super::block::{self, Queues};
use super::join::{self, Parts};
use super::split::{BlockDigest, Chunk, FULL};
use super::words;
use crate::desired::hostile::inert;
use crate::desired::mistake::Mistake;
use crate::desired::source::Source;
use crate::desired::table::Strict;

/// How deep objects and lists may stand in each other: a permit, its rules, a rule.
const DEEPEST: u8 = 4;

/// Reads a text of JSON lines; blank lines are skipped.
pub(super) fn read(file: &Arc<str>, text: &str, queues: &Queues<'_>, keep: Keep) -> Parts {
    let mut parts = Parts::default();
    let chunks = chunks(text);
    for part in join::in_order(&chunks, 2, |chunk| chunk_parts(file, chunk, queues, keep)) {
        parts.add(part);
    }
    parts
}

fn chunks(text: &str) -> Vec<Chunk<'_>> {
    let mut chunks = Vec::new();
    let (mut begin, mut at, mut first_line) = (0, 0, 1);
    for (index, line) in text.split_inclusive('\n').enumerate() {
        at += line.len();
        if at - begin >= FULL || at == text.len() {
            chunks.push(Chunk {
                text: text.get(begin..at).unwrap_or_default(),
                first_line,
            });
            (begin, first_line) = (at, index + 2);
        }
    }
    chunks
}

fn chunk_parts(file: &Arc<str>, chunk: &Chunk<'_>, queues: &Queues<'_>, keep: Keep) -> Parts {
    let source = Source::part(Arc::clone(file), chunk.text, chunk.first_line);
    let mut parts = Parts::default();
    let mut at = 0;
    for written in chunk.text.split_inclusive('\n') {
        let line = written.trim_end_matches(['\n', '\r']);
        let begin = at + (line.len() - line.trim_start().len());
        at += written.len();
        let line = line.trim();
        if line.is_empty() {
            continue;
        }
        let reader = Reader {
            source: &source,
            begin,
            line,
        };
        let Some(entries) = reader.object(line, 0, &mut parts.mistakes) else {
            continue;
        };
        let block = Strict {
            source: &source,
            entries: &entries,
            name: "this line".to_owned(),
            at: begin..begin + 1,
        };
        if let Some(named) = block::decision(&block, queues, &mut parts.mistakes) {
            parts.named.push(named);
            if keep >= Keep::Words {
                parts.words.insert(source.place(begin), words::of(&block));
            }
            if keep >= Keep::Digests {
                let digest = BlockDigest::of(line.as_bytes());
                parts.blocks.insert(source.place(begin), digest);
            }
        }
    }
    parts
}

/// One line, able to say where in the text a part of it stands.
struct Reader<'s, 't> {
    source: &'s Source<'t>,
    begin: usize,
    line: &'t str,
}

impl<'t> Reader<'_, 't> {
    /// The entries of an object, every key once.
    fn object(&self, json: &'t str, depth: u8, mistakes: &mut Vec<Mistake>) -> Option<DeTable<'t>> {
        let Object(members) = match serde_json::from_str(json) {
            Ok(object) => object,
            Err(error) => {
                let at = self.position(json).start + error.column().saturating_sub(1);
                let message = if json.starts_with('{') {
                    "this line is not valid JSON"
                } else {
                    "this line is not a JSON object"
                };
                let hint = "write one object a line: {\"queue\":\"…\",\"request\":\"…\",…}";
                mistakes.push(self.source.mistake(at..at + 1, message, hint));
                return None;
            }
        };
        let mut table = DeTable::new();
        for (Key(key), raw) in members {
            let at = self.position(raw.get());
            let key_at = self.key_before(&at);
            if raw.get() == "null" {
                let message = format!("`{}` is null", inert(&key, 60));
                mistakes.push(self.source.mistake(
                    at.clone(),
                    message,
                    "leave the key out instead",
                ));
                continue;
            }
            let value = Spanned::new(at, self.value(raw.get(), depth, mistakes));
            let key = Spanned::new(key_at.clone(), key);
            if table.insert(key, value).is_some() {
                let hint = "a key stands once in its object; remove one of the two";
                mistakes.push(self.source.mistake(key_at, "duplicate key", hint));
            }
        }
        Some(table)
    }

    fn value(&self, json: &'t str, depth: u8, mistakes: &mut Vec<Mistake>) -> DeValue<'t> {
        match json.as_bytes().first() {
            Some(b'"') => {
                let Key(text) = serde_json::from_str(json).unwrap_or_default();
                DeValue::String(text)
            }
            // The parts of a permit's rules are the deepest: what lies below is wrong whatever it holds.
            Some(b'{') if depth < DEEPEST => {
                DeValue::Table(self.object(json, depth + 1, mistakes).unwrap_or_default())
            }
            Some(b'{') => DeValue::Table(DeTable::new()),
            Some(b'[') if depth < DEEPEST => DeValue::Array(self.array(json, depth + 1, mistakes)),
            Some(b'[') => DeValue::Array(toml::de::DeArray::new()),
            Some(b't') => DeValue::Boolean(true),
            Some(b'f') => DeValue::Boolean(false),
            Some(_) | None => DeValue::parse(json).map_or_else(
                |_| DeValue::Array(toml::de::DeArray::new()),
                Spanned::into_inner,
            ),
        }
    }

    /// The items of a list, each with its place.
    fn array(&self, json: &'t str, depth: u8, mistakes: &mut Vec<Mistake>) -> DeArray<'t> {
        let items: Vec<&'t RawValue> = serde_json::from_str(json).unwrap_or_default();
        let mut array = DeArray::new();
        for raw in items {
            let at = self.position(raw.get());
            if raw.get() == "null" {
                let message = "an item of a list is null";
                mistakes.push(self.source.mistake(at, message, "leave it out instead"));
                continue;
            }
            array.push(Spanned::new(at, self.value(raw.get(), depth, mistakes)));
        }
        array
    }

    /// Where a part of the line stands in the text.
    fn position(&self, part: &str) -> Range<usize> {
        let offset = (part.as_ptr() as usize).saturating_sub(self.line.as_ptr() as usize);
        let start = self.begin + offset.min(self.line.len());
        start..start + part.len()
    }

    /// Where the key stands whose value stands there.
    fn key_before(&self, value: &Range<usize>) -> Range<usize> {
        let before = self.source.text.get(..value.start).unwrap_or_default();
        let end = before.trim_end_matches([' ', '\t', ':']).len();
        let quoted = before.get(..end.saturating_sub(1)).unwrap_or_default();
        quoted.rfind('"').map_or(value.clone(), |start| start..end)
    }
}

/// The members of an object in their order, values as written.
struct Object<'a>(Vec<(Key<'a>, &'a RawValue)>);

#[derive(Default, Deserialize)]
struct Key<'a>(#[serde(borrow)] Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Object<'a> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;
        impl<'de> Visitor<'de> for Members {
            type Value = Vec<(Key<'de>, &'de RawValue)>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Self::Value, M::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(members)
            }
        }
        deserializer.deserialize_map(Members).map(Object)
    }
}
