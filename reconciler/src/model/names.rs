//! Who is meant: vendors, queues, requests, and how they are addressed and told apart.

use std::fmt;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A product that makes a person press Approve.
///
/// Closed on purpose: a further vendor makes every `match` speak up.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Vendor {
    /// Admin By Request.
    AdminByRequest,
    /// BeyondTrust Password Safe.
    Beyondtrust,
    /// ThreatLocker.
    Threatlocker,
    /// Fudo Enterprise.
    Fudo,
    /// Ekran System, Syteca today.
    Ekran,
}

impl Vendor {
    /// Every vendor, in the order in which they are listed everywhere.
    pub const ALL: [Self; 5] = [
        Self::AdminByRequest,
        Self::Beyondtrust,
        Self::Threatlocker,
        Self::Fudo,
        Self::Ekran,
    ];

    /// The word for it in files and on the command line.
    #[must_use]
    pub fn slug(self) -> &'static str {
        match self {
            Self::AdminByRequest => "admin-by-request",
            Self::Beyondtrust => "beyondtrust",
            Self::Threatlocker => "threatlocker",
            Self::Fudo => "fudo",
            Self::Ekran => "ekran",
        }
    }

    /// The product's name, for people.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::AdminByRequest => "Admin By Request",
            Self::Beyondtrust => "BeyondTrust Password Safe",
            Self::Threatlocker => "ThreatLocker",
            Self::Fudo => "Fudo",
            Self::Ekran => "Ekran",
        }
    }
}

impl fmt::Display for Vendor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.slug())
    }
}

/// The name that the configuration gives to one vendor instance: ASCII letters, digits, `-`, `_`.
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String", extend("pattern" = "^[A-Za-z0-9_-]{1,64}$"))]
pub struct QueueName(Arc<str>);

impl QueueName {
    /// Accepts 1 to 64 ASCII letters, digits, `-` and `_`; a name is also a folder under `decisions/`.
    ///
    /// # Errors
    /// A sentence fragment saying what is wrong with the name.
    pub fn new(name: &str) -> Result<Self, String> {
        let fits = (1..=64).contains(&name.len())
            && name
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
        if fits {
            Ok(Self(name.into()))
        } else {
            Err("a queue's name has 1 to 64 ASCII letters, digits, `-` or `_`".to_owned())
        }
    }

    /// The name as written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for QueueName {
    type Error = String;
    fn try_from(name: String) -> Result<Self, String> {
        Self::new(&name)
    }
}

impl From<QueueName> for String {
    fn from(name: QueueName) -> Self {
        name.0.as_ref().to_owned()
    }
}

impl fmt::Display for QueueName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A vendor's own id of a request, in that vendor's canonical form. A string end to end.
///
/// Orders by length, then by bytes: digits without leading zeros sort as numbers.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct RequestId(Arc<str>);

impl RequestId {
    /// Takes an id that its vendor's `canonical_id` has already made canonical.
    #[must_use]
    pub fn canonical(id: &str) -> Self {
        Self(id.into())
    }

    /// The id as the vendor writes it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Ord for RequestId {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.0.len(), &self.0).cmp(&(other.0.len(), &other.0))
    }
}

impl PartialOrd for RequestId {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// How a request is named to people, printed the same everywhere: `queue/id`.
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
pub struct Address {
    /// The queue it stands in.
    pub queue: QueueName,
    /// Its id there.
    #[serde(rename = "request")]
    pub id: RequestId,
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.queue, self.id)
    }
}

/// What a request *is*, whatever its queue is called today: this is what the ledger remembers.
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
pub struct Identity {
    /// The product.
    pub vendor: Vendor,
    /// Scheme, host and port of the instance, as in `https://dc1api.adminbyrequest.com`.
    pub origin: String,
    /// The organization inside the instance, where the vendor has such a thing.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub organization: Option<String>,
    /// The vendor's id.
    pub id: RequestId,
}
