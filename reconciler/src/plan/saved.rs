//! A plan in a file: a set of reviewed lines, sealed. `apply` never trusts it; it can only narrow a fresh plan.

use std::collections::BTreeMap;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Plan, PlanDigest, canonical_json};
use crate::model::{sha256_hex, visible_json};

/// The version of the file's form.
const SCHEMA: u32 = 1;

/// A plan as it is written by `plan --out`. Holds no secret, and no vendor text beyond what the
/// committed decision files hold.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SavedPlan {
    /// The digest that people compare.
    pub digest: PlanDigest,
    /// Where and when it was made.
    pub envelope: Envelope,
    /// The plan.
    pub plan: PlanDocument,
    /// `sha256:HEX` over all the rest.
    pub seal: String,
}

/// The plan as one JSON document: the same object that `plan --format json` prints.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(title = "Plan of countersign")]
pub struct PlanDocument {
    /// Always 1.
    #[schemars(extend("const" = SCHEMA))]
    pub schema: u32,
    /// Always `plan`.
    #[schemars(extend("const" = "plan"))]
    pub command: String,
    /// The digest that people compare.
    pub digest: PlanDigest,
    /// The numbers of the `Plan:` line.
    pub counts: super::Counts,
    /// The lists.
    #[serde(flatten)]
    pub plan: Plan,
}

impl PlanDocument {
    /// The document of a plan.
    #[must_use]
    pub fn of(plan: Plan) -> Self {
        Self {
            schema: SCHEMA,
            command: "plan".to_owned(),
            digest: plan.digest(),
            counts: plan.counts(),
            plan,
        }
    }
}

/// Where and when a saved plan was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Envelope {
    /// Version of countersign.
    pub tool: String,
    /// Version of the file's form.
    pub schema: u32,
    /// sha256 of each decision file that a line comes from.
    pub files: BTreeMap<String, String>,
    /// Origins of the queues, by name.
    pub origins: BTreeMap<String, String>,
    /// The commit it was made on, where there is one.
    pub commit: Option<String>,
    /// When.
    pub created: Timestamp,
    /// Until when it may be applied.
    pub expires: Timestamp,
}

/// Why a plan file is not what `plan --out` wrote.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SavedPlanError {
    /// Not a plan at all, or cut off.
    #[error("it is not a whole plan file: {0}")]
    Malformed(String),
    /// Made by another version.
    #[error("it was made by countersign {0}, this is {version}", version = env!("CARGO_PKG_VERSION"))]
    OtherVersion(String),
    /// Something in it was changed.
    #[error("its seal does not match: it was changed after it was written")]
    WrongSeal,
    /// The digest does not follow from its lines.
    #[error("its digest does not follow from its lines")]
    WrongDigest,
}

impl SavedPlan {
    /// Seals a plan.
    #[must_use]
    pub fn seal(plan: Plan, envelope: Envelope) -> Self {
        let document = PlanDocument::of(plan);
        let mut saved = Self {
            digest: document.digest.clone(),
            envelope,
            plan: document,
            seal: String::new(),
        };
        saved.seal = saved.computed_seal();
        saved
    }

    /// The file's text: readable, keys sorted, a line feed at its end.
    #[must_use]
    pub fn to_text(&self) -> String {
        // Over a `Value`, which sorts its keys.
        let value = serde_json::to_value(self).unwrap_or_default();
        let text = serde_json::to_string_pretty(&value).unwrap_or_default();
        format!("{}\n", visible_json(&text))
    }

    /// Reads the file's text; everything about it is checked before anything in it is used.
    ///
    /// # Errors
    /// When one byte differs from what `plan --out` of this version wrote.
    pub fn parse(text: &str) -> Result<Self, SavedPlanError> {
        let saved: Self = serde_json::from_str(text)
            .map_err(|error| SavedPlanError::Malformed(error.to_string()))?;
        if saved.envelope.tool != env!("CARGO_PKG_VERSION") || saved.envelope.schema != SCHEMA {
            return Err(SavedPlanError::OtherVersion(printable(
                &saved.envelope.tool,
            )));
        }
        // Byte for byte: a key twice, a field too many or other spacing is no plan of ours.
        if saved.computed_seal() != saved.seal || saved.to_text() != text {
            return Err(SavedPlanError::WrongSeal);
        }
        let digest = saved.plan.plan.digest();
        if saved.digest != digest || saved.plan.digest != digest {
            return Err(SavedPlanError::WrongDigest);
        }
        Ok(saved)
    }

    fn computed_seal(&self) -> String {
        let Self {
            digest,
            envelope,
            plan,
            seal: _,
        } = self;
        format!(
            "sha256:{}",
            sha256_hex(canonical_json(&(digest, envelope, plan)).as_bytes())
        )
    }
}

fn printable(text: &str) -> String {
    text.chars()
        .filter(char::is_ascii_graphic)
        .take(40)
        .collect()
}
