//! Digests: what exactly was agreed to, line by line and as a whole.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::model::{
    Call, Deciding, Decision, Guard, Identity, LineDigest, Permit, Release, Verdict, sha256_hex,
    sha256_of,
};

/// `sha256:HEX` over the sorted line digests of a plan: what people compare.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(extend("pattern" = "^sha256:[0-9a-f]{64}$"))]
pub struct PlanDigest(pub String);

impl PlanDigest {
    /// Over the sorted line digests, a line feed after each.
    #[must_use]
    pub fn over<'a>(lines: impl Iterator<Item = &'a LineDigest>) -> Self {
        let mut lines: Vec<&str> = lines.map(|line| line.0.as_str()).collect();
        lines.sort_unstable();
        let mut hash = Sha256::new();
        hash.update(b"countersign plan v1\n");
        for line in lines {
            hash.update(line.as_bytes());
            hash.update(b"\n");
        }
        Self(sha256_of(hash))
    }
}

impl fmt::Display for PlanDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Everything that will be sent, in whose name, where, and what the reviewer saw.
///
/// Where the block stands is left out: moving a block to another file makes no other decision.
pub(super) fn line_digest(
    identity: &Identity,
    decision: &Decision,
    call: &Call,
    deciding: &Deciding,
    release: Option<&Release>,
) -> LineDigest {
    #[derive(Serialize)]
    struct Line<'a> {
        schema: u32,
        identity: &'a Identity,
        verdict: Verdict,
        ticket: &'a str,
        reason: &'a str,
        expires: jiff::Timestamp,
        decided_by: Option<&'a str>,
        guard: &'a Guard,
        #[serde(skip_serializing_if = "Option::is_none")]
        permit: Option<&'a Permit>,
        call: &'a Call,
        deciding: &'a Deciding,
        #[serde(skip_serializing_if = "Option::is_none")]
        release: Option<&'a Release>,
    }
    let Decision {
        address: _,
        verdict,
        ticket,
        reason,
        expires,
        decided_by,
        guard,
        permit,
        from: _,
    } = decision;
    let line = Line {
        schema: 1,
        identity,
        verdict: *verdict,
        ticket,
        reason,
        expires: *expires,
        decided_by: decided_by.as_deref(),
        guard,
        permit: permit.as_deref(),
        call,
        deciding,
        release,
    };
    LineDigest(format!(
        "sha256:{}",
        sha256_hex(canonical_json(&line).as_bytes())
    ))
}

/// One JSON document: keys sorted, no spaces. Equal data gives equal bytes.
#[must_use]
pub fn canonical_json(data: &impl Serialize) -> String {
    // Our own data has string keys and no floats, so it always has a JSON form; a `Value` sorts its keys.
    serde_json::to_value(data)
        .map(|value| value.to_string())
        .unwrap_or_default()
}
