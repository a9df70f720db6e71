//! One record of the ledger, and how it is bound to the one before.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::model::sha256;
use crate::model::{Change, Outcome, Place, Resolution};

/// `prev` of the first record.
pub(super) const NO_PREVIOUS: &str =
    "sha256:0000000000000000000000000000000000000000000000000000000000000000";

/// One line of the ledger.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// The version of the form.
    pub v: u32,
    /// From 1, without gaps; a recovered ledger goes on where the damaged one ended, so that no number means two calls.
    pub seq: u64,
    /// The hash of the record before.
    pub prev: String,
    /// When it was written.
    pub at: Timestamp,
    /// Its number in the damaged ledger that it was recovered from.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub was: Option<u64>,
    /// What it says.
    #[serde(flatten)]
    pub entry: Entry,
    /// `sha256:HEX` over all the rest.
    pub hash: String,
}

/// What a record says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Entry {
    /// The first record.
    Init {
        /// Version of countersign.
        tool: String,
        /// The damaged ledger in whose place this one stands.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        recovered: Option<Damaged>,
    },
    /// A run that sends or resolves something begins.
    RunOpen(Run),
    /// A call may leave after this record is durable, and not before.
    Intent {
        /// The run.
        run: String,
        /// The whole reviewed line.
        change: Box<Change>,
        /// The commit that last changed a line of the decision, where known.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        commit: Option<String>,
        /// Its author, where known.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        author: Option<String>,
    },
    /// What became of an intent. `in-doubt` leaves it open.
    Outcome {
        /// The run.
        run: String,
        /// The number of the intent.
        intent: u64,
        /// How it ended.
        #[serde(flatten)]
        outcome: Outcome,
        /// What the vendor answered, as digests.
        #[serde(default)]
        evidence: Evidence,
    },
    /// What a person found out about an intent in doubt.
    Resolve {
        /// The number of the intent.
        intent: u64,
        /// What.
        #[serde(rename = "as")]
        resolution: Resolution,
        /// How.
        because: String,
        /// The reviewed block, or none for `ledger resolve`.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        from: Option<Place>,
    },
    /// A run ended by itself.
    RunClose {
        /// The run.
        run: String,
    },
}

/// A damaged ledger, as the one that was made of it remembers it. `prev` of the same record is the hash of its last
/// record that could be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Damaged {
    /// The name of the file that it is kept in, beside the ledger.
    pub file: String,
    /// `sha256:HEX` over all its bytes.
    pub digest: String,
}

/// Who writes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    /// Names the run.
    pub run: String,
    /// Version of countersign.
    pub tool: String,
    /// The machine, where known.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub host: Option<String>,
    /// The process.
    pub pid: u32,
    /// The digest of the plan that is applied, where there is one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub plan: Option<String>,
}

/// Digests of what the vendor said, as `sha256:HEX` of the bodies.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// Whether the vendor answered the call with success.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub confirmed: bool,
    /// Of the answer to the call.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub answer: Option<String>,
    /// Of the read-back.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub read_back: Option<String>,
}

impl Record {
    /// Binds an entry to the chain. The line has no line feed.
    pub(super) fn bind(seq: u64, prev: String, at: Timestamp, entry: Entry) -> (Self, String) {
        Self {
            v: 1,
            seq,
            prev,
            at,
            was: None,
            entry,
            hash: String::new(),
        }
        .sealed()
    }

    /// With the hash over all the rest, and as a line.
    pub(super) fn sealed(self) -> (Self, String) {
        let mut record = self;
        let mut value = serde_json::to_value(&record).unwrap_or_default();
        record.hash = hash_of(&mut value);
        if let Value::Object(fields) = &mut value {
            fields.insert("hash".to_owned(), record.hash.clone().into());
        }
        (record, value.to_string())
    }

    /// Reads one line, strictly: the very bytes that `bind` wrote, or nothing.
    pub(super) fn parse(line: &str) -> Result<Self, String> {
        let mut value: Value =
            serde_json::from_str(line).map_err(|error| format!("not a record: {error}"))?;
        // Keys out of order, twice, or other spacing would hash the same: the bytes must be ours.
        let canonical = value.to_string();
        if canonical != line {
            return Err("its bytes are not as they were written".to_owned());
        }
        let record: Self = serde_json::from_value(value.clone())
            .map_err(|error| format!("not a record: {error}"))?;
        if record.v != 1 {
            return Err(format!("version {} is not known", record.v));
        }
        if hash_of(&mut value) != record.hash {
            return Err(format!(
                "record {} was changed: its hash does not match",
                record.seq
            ));
        }
        Ok(record)
    }
}

fn hash_of(value: &mut Value) -> String {
    if let Value::Object(fields) = value {
        fields.remove("hash");
    }
    let text = format!("countersign ledger v1\n{value}");
    sha256(text.as_bytes())
}
