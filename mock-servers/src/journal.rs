//! What happened, in one total order: every call, effect, no-op, refusal, fault, act and step of the clock.

use std::fs::File;
use std::io::{self, Write as _};
use std::path::Path;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::vendors::Vendor;

/// What an entry is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A call that reached a vendor's port.
    Call,
    /// One thing done to a request at the vendor.
    Effect,
    /// A write that the vendor accepted and ignored.
    NoOp,
    /// A write that the vendor refused.
    Refusal,
    /// A fault that fired.
    Fault,
    /// Somebody who is not the API acted.
    Actor,
    /// Time was advanced, or brought something about.
    Clock,
}

/// Who acted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Actor {
    /// A client of the vendor's API.
    Api,
    /// A person in the vendor's own portal.
    Portal,
    /// The person who asked for access.
    User,
    /// A colleague's script with API rights of its own.
    Operator,
}

/// One line of the journal. The members named here are always present; `detail` depends on the kind.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Entry {
    /// Position, from 1, without gaps.
    pub seq: u64,
    /// The mock's time.
    pub at: Timestamp,
    /// What it is about.
    pub kind: Kind,
    /// The vendor, where one is concerned.
    pub vendor: Option<Vendor>,
    /// The operation, as the operation table spells it.
    pub op: Option<&'static str>,
    /// The bare request id as the vendor writes it.
    pub object: Option<String>,
    /// Who acted.
    pub actor: Option<Actor>,
    /// The HTTP status told to the client; nothing where none was told.
    pub status: Option<u16>,
    /// The rest, by kind.
    #[serde(flatten)]
    pub detail: Map<String, Value>,
}

impl Entry {
    /// An entry of this kind; the journal fills in `seq` and `at`.
    pub(crate) fn new(kind: Kind, vendor: Option<Vendor>) -> Self {
        Self {
            seq: 0,
            at: Timestamp::UNIX_EPOCH,
            kind,
            vendor,
            op: None,
            object: None,
            actor: None,
            status: None,
            detail: Map::new(),
        }
    }

    pub(crate) fn with(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.detail.insert(key.to_owned(), value.into());
        self
    }
}

/// The journal: entries in memory, and written through to a file where one is given.
#[derive(Debug, Default)]
pub(crate) struct Journal {
    entries: Vec<Entry>,
    file: Option<File>,
    secrets: Vec<String>,
    /// Why the file stopped being written, if it did: a journal with a hole must say so.
    broken: Option<String>,
}

impl Journal {
    pub(crate) fn new(path: Option<&Path>) -> io::Result<Self> {
        let file = path.map(File::create).transpose()?;
        Ok(Self {
            file,
            ..Self::default()
        })
    }

    /// From here on `secret` never appears in an entry.
    pub(crate) fn keep_secret(&mut self, secret: String) {
        if !secret.is_empty() && !self.secrets.contains(&secret) {
            self.secrets.push(secret);
        }
    }

    /// Numbers, cleans, stores and writes the entry; answers its `seq`.
    pub(crate) fn append(&mut self, now: Timestamp, mut entry: Entry) -> u64 {
        entry.seq = self.entries.len() as u64 + 1;
        entry.at = now;
        self.redact_entry(&mut entry);
        if let Some(file) = &mut self.file
            && let Err(error) = write_line(file, &entry)
        {
            self.file = None;
            self.broken = Some(error.to_string());
        }
        let seq = entry.seq;
        self.entries.push(entry);
        seq
    }

    pub(crate) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    pub(crate) fn broken(&self) -> Option<&str> {
        self.broken.as_deref()
    }

    /// Starts again at 1, in memory and in the file.
    pub(crate) fn clear(&mut self) {
        self.entries.clear();
        if let Some(file) = &mut self.file
            && let Err(error) = file.set_len(0).and_then(|()| io::Seek::rewind(file))
        {
            self.file = None;
            self.broken = Some(error.to_string());
        }
    }

    fn redact_entry(&self, entry: &mut Entry) {
        if let Some(object) = &mut entry.object {
            self.redact(object);
        }
        for value in entry.detail.values_mut() {
            self.redact_value(value);
        }
    }

    fn redact_value(&self, value: &mut Value) {
        match value {
            Value::String(text) => self.redact(text),
            Value::Array(items) => items.iter_mut().for_each(|item| self.redact_value(item)),
            Value::Object(map) => map.values_mut().for_each(|item| self.redact_value(item)),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    fn redact(&self, text: &mut String) {
        for secret in &self.secrets {
            if text.contains(secret.as_str()) {
                *text = text.replace(secret.as_str(), "[secret]");
            }
        }
    }
}

fn write_line(file: &mut File, entry: &Entry) -> io::Result<()> {
    let mut line = serde_json::to_vec(entry)?;
    line.push(b'\n');
    file.write_all(&line)?;
    file.flush()
}

/// Which entries are asked for; an absent member asks for all.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Filter {
    /// Of this kind.
    pub kind: Option<Kind>,
    /// Of this vendor.
    pub vendor: Option<Vendor>,
    /// Of this operation; a trailing `*` stands for any ending.
    pub op: Option<String>,
    /// About this request.
    pub object: Option<String>,
    /// By this actor.
    pub actor: Option<Actor>,
    /// With a greater `seq`.
    pub since: Option<u64>,
}

impl Filter {
    pub(crate) fn admits(&self, entry: &Entry) -> bool {
        self.kind.is_none_or(|kind| entry.kind == kind)
            && self
                .vendor
                .is_none_or(|vendor| entry.vendor == Some(vendor))
            && self.actor.is_none_or(|actor| entry.actor == Some(actor))
            && self.since.is_none_or(|since| entry.seq > since)
            && self
                .object
                .as_ref()
                .is_none_or(|object| entry.object.as_ref() == Some(object))
            && self
                .op
                .as_ref()
                .is_none_or(|op| entry.op.is_some_and(|name| op_matches(op, name)))
    }
}

/// Whether `pattern` (a name, or a prefix followed by `*`) covers the operation `name`.
pub(crate) fn op_matches(pattern: &str, name: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(prefix) => name.starts_with(prefix),
        None => pattern == name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_numbered_and_secrets_replaced_everywhere() {
        let mut journal = Journal::default();
        journal.keep_secret("s3cret".to_owned());
        let mut entry =
            Entry::new(Kind::Call, None).with("query", serde_json::json!([["a", "xs3cretx"]]));
        entry.object = Some("s3cret".to_owned());
        journal.append(Timestamp::UNIX_EPOCH, entry);
        let seq = journal.append(Timestamp::UNIX_EPOCH, Entry::new(Kind::Clock, None));
        assert_eq!(seq, 2);
        let text = serde_json::to_string(journal.entries()).unwrap();
        assert!(
            !text.contains("s3cret") && text.contains("x[secret]x"),
            "{text}"
        );
    }

    #[test]
    fn the_file_holds_what_memory_holds_and_is_emptied_with_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal.jsonl");
        let mut journal = Journal::new(Some(&path)).unwrap();
        journal.append(Timestamp::UNIX_EPOCH, Entry::new(Kind::Clock, None));
        journal.clear();
        journal.append(Timestamp::UNIX_EPOCH, Entry::new(Kind::Actor, None));
        let text = std::fs::read_to_string(&path).unwrap();
        assert_eq!(
            text,
            format!(
                "{}\n",
                serde_json::to_string(&journal.entries()[0]).unwrap()
            )
        );
        assert!(
            text.contains("\"seq\":1,") && text.contains("\"kind\":\"actor\""),
            "{text}"
        );
    }

    #[test]
    fn a_filter_with_a_star_takes_every_ending() {
        assert!(op_matches("a.b.*", "a.b.c"));
        assert!(op_matches("*", "a.b.c"));
        assert!(!op_matches("a.b", "a.b.c"));
    }
}
