//! One call to make, so specific that apply has nothing left to choose.

use crate::model::hex;
use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{Decision, Identity, Release, Repeat, Status, Verdict};

/// The verb of a call. It says nothing about whether a repeat is safe: that is `Repeat`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum Method {
    /// PUT.
    Put,
    /// POST.
    Post,
    /// DELETE.
    Delete,
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Put => "PUT",
            Self::Post => "POST",
            Self::Delete => "DELETE",
        })
    }
}

/// All that goes over the wire but the credential.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Call {
    /// The verb.
    pub method: Method,
    /// The path below the configured url, beginning with `/`, percent-encoded.
    pub path: String,
    /// Query parameters in the order sent, not encoded.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub query: Vec<(String, String)>,
    /// The body, where there is one: JSON, sent with its keys sorted and without spaces.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub body: Option<serde_json::Value>,
    /// The organization that the call is made for, where the vendor wants it named: a header.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub organization: Option<String>,
    /// The vendor's document that the body is laid over, where there is one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub over: Option<Box<Document>>,
}

/// A document of the vendor's that the body of a call is laid over, objects key by key: what the body does
/// not say, is sent as the vendor wrote it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Document {
    /// The path below the configured url that it is read from.
    pub path: String,
    /// Query parameters in the order sent, not encoded.
    pub query: Vec<(String, String)>,
    /// `sha256:HEX` over the facts that it must still show; with others nothing is sent.
    pub expects: String,
}

/// In whose name a call is made. Names only, never a secret.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Deciding {
    /// Which credential of the configuration, as in `env ABR_API_KEY`.
    pub credential: String,
    /// The user the vendor is asked to record.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub acting_as: Option<String>,
    /// The vendor's user behind the credential, where the configuration names one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub run_as: Option<String>,
    /// Where the id of the vendor's client comes from, where that alone tells one user from another.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub client: Option<String>,
}

impl Deciding {
    /// The vendor's user behind the credential, as far as the configuration tells. Two that are equal are
    /// the same user.
    #[must_use]
    pub fn user(&self) -> Option<String> {
        let named = self.run_as.as_ref().map(|name| name.to_lowercase());
        named.or_else(|| self.client.clone())
    }
}

/// `[cs:xxxxxxxx]`, derived from request and verdict, so that another runner knows it as ours.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(extend("pattern" = r"^\[cs:[0-9a-f]{8}\]$"))]
pub struct Mark(String);

impl Mark {
    /// The mark of this verdict on this request: the first 32 bits of a hash over both.
    #[must_use]
    pub fn of(identity: &Identity, verdict: Verdict) -> Self {
        let Identity {
            vendor,
            origin,
            organization,
            id,
        } = identity;
        let mut hash = Sha256::new();
        let organization = organization.as_deref().unwrap_or_default();
        for part in [
            "countersign-mark-v1",
            vendor.slug(),
            origin,
            organization,
            id.as_str(),
            verdict.word(),
        ] {
            hash.update(part.as_bytes());
            hash.update([0]);
        }
        let digest = hex(&hash.finalize());
        Self(format!("[cs:{}]", &digest[..8]))
    }

    /// Ticket, reason and mark as one text, for a vendor that has one field for all three.
    #[must_use]
    pub fn text(&self, decision: &Decision) -> String {
        format!("{}: {} {self}", decision.ticket, decision.reason)
    }
}

impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// `sha256:HEX` over everything that a reviewer of one change agreed to.
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(transparent)]
#[schemars(extend("pattern" = "^sha256:[0-9a-f]{64}$"))]
pub struct LineDigest(pub String);

impl fmt::Display for LineDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One call to make. Holds no vendor text beyond what the committed decision file holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Change {
    /// The reviewed block.
    #[serde(flatten)]
    pub decision: Arc<Decision>,
    /// What the request is.
    pub identity: Identity,
    /// The status it must still have when the call is made; none where it does not exist yet.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub expects: Option<Status>,
    /// What is sent.
    pub call: Call,
    /// How far it reaches, in words, where the call writes a rule.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub permits: Vec<String>,
    /// What the vendor's own research says of it. Not saved.
    #[serde(skip)]
    pub research: Vec<String>,
    /// How long what it grants lasts, in our words, where that is not plain.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub lasts: Option<String>,
    /// In whose name.
    pub deciding: Deciding,
    /// What the call depends on where it files a request, or gives one back.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub release: Option<Box<Release>>,
    /// What a repeated call would do.
    pub repeat: Repeat,
    /// Our mark, whether or not this vendor has a place for it.
    pub mark: Mark,
    /// Guard keys whose value is no longer what the reviewer saw. Only deny and revoke go on then.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub content_changed: Vec<String>,
    /// Guard keys whose live value says that something is wrong, as a scan that found malware.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub alarms: Vec<String>,
    /// What a reviewer should know that this vendor does not let us check.
    pub cannot_verify: Vec<Cow<'static, str>>,
    /// Whether the vendor tells the user.
    pub notifies: Cow<'static, str>,
    /// Whether and how it can be undone there.
    pub undo: Cow<'static, str>,
    /// Over all of this that was reviewed.
    pub digest: LineDigest,
}
