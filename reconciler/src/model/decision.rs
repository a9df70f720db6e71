//! What people wrote: decisions, and all that stands in the decision files beside them.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Address, Permit, QueueName, ReleaseRequest, Texts};

/// What a person wants done about one request. The last two are of `[[release-request]]` blocks.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Grant it.
    Approve,
    /// Refuse it.
    Deny,
    /// Take back what was granted.
    Revoke,
    /// File a request of our own.
    File,
    /// Give back what was granted to us.
    CheckIn,
}

impl Verdict {
    /// Every verdict that a `[[decision]]` can have.
    pub const ALL: [Self; 3] = [Self::Approve, Self::Deny, Self::Revoke];

    /// The word in files and output.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Approve => "approve",
            Self::Deny => "deny",
            Self::Revoke => "revoke",
            Self::File => "file",
            Self::CheckIn => "check-in",
        }
    }

    /// When it is carried out in a run: each wave ends before the next begins.
    #[must_use]
    pub fn wave(self) -> u8 {
        match self {
            Self::Deny | Self::Revoke | Self::CheckIn => 0,
            Self::Approve => 1,
            Self::File => 2,
        }
    }

    /// Deny and revoke stay open whatever protects against a wrong approve.
    #[must_use]
    pub fn is_safe_direction(self) -> bool {
        match self {
            // What is filed may be approved at once, by the vendor's own rules.
            Self::Approve | Self::File => false,
            Self::Deny | Self::Revoke | Self::CheckIn => true,
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// Where something stands: a file (as given, relative to the working directory), line and column from 1.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Place {
    /// The file's name, with `/` between its parts.
    pub file: Arc<str>,
    /// The line, from 1.
    pub line: u32,
    /// The column in characters, from 1.
    pub column: u32,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.file, self.line, self.column)
    }
}

/// Who last wrote a decision, as Git has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Authored {
    /// The file's name.
    pub file: Arc<str>,
    /// The line that it begins at, from 1.
    pub line: u32,
    /// The last commit that changed one of its lines.
    pub commit: String,
    /// The author's address there. Git checks it no more than we do.
    pub author: String,
}

/// The facts the reviewer saw.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Guard {
    /// `v1:sha256:HEX` over all of them.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub fingerprint: Option<String>,
    /// The readable ones, by guard key (kebab-case), as written in the file.
    #[serde(skip_serializing_if = "Texts::is_empty", default)]
    pub facts: Texts,
}

impl Guard {
    /// Whether the block guards nothing at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.fingerprint.is_none() && self.facts.is_empty()
    }
}

/// What a person wrote about one request, complete and well-formed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Decision {
    /// The request, its id canonical.
    #[serde(flatten)]
    pub address: Address,
    /// What to do.
    pub verdict: Verdict,
    /// The external ticket; never empty.
    pub ticket: String,
    /// Why; never empty.
    pub reason: String,
    /// From this moment on the decision is inert.
    pub expires: Timestamp,
    /// In whose name, one of the queue's deciders.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub decided_by: Option<String>,
    /// What the reviewer saw.
    #[serde(default)]
    pub guard: Guard,
    /// How far an approval reaches, where it writes a rule.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub permit: Option<Box<Permit>>,
    /// Where the block begins.
    pub from: Place,
}

/// Every value of a block by its key, as in `guard.user`: what it says, whatever its layout.
pub type Words = BTreeMap<String, String>;

/// A block that `draft` wrote and nobody has decided yet; never acted on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Undecided {
    /// The request.
    #[serde(flatten)]
    pub address: Address,
    /// Where the block begins.
    pub from: Place,
}

/// A request that is named more than once: nothing is done about it, and both places are shown.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Duplicate {
    /// The request.
    #[serde(flatten)]
    pub address: Address,
    /// Every place that names it, in reading order; at least two.
    pub places: Vec<Place>,
}

/// What a person found out about a call whose outcome nobody knew.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Resolution {
    /// The call took effect.
    Applied,
    /// The call took no effect.
    NotApplied,
}

/// A reviewed `[[resolve]]` block: settles one intent that is in doubt.
#[derive(Clone, Debug, PartialEq)]
pub struct Resolve {
    /// The request.
    pub address: Address,
    /// The ledger's number of the intent.
    pub intent: u64,
    /// What was found out.
    pub resolution: Resolution,
    /// How; never empty.
    pub because: String,
    /// Where the block begins.
    pub from: Place,
}

/// All that the decision files say. A request stands in at most one of the first three lists.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Desired {
    /// Decided blocks, one per request, ordered by address. A plan's changes share them.
    pub decisions: Vec<Arc<Decision>>,
    /// Undecided blocks, ordered by address.
    pub undecided: Vec<Undecided>,
    /// Requests named more than once, ordered by address.
    pub duplicates: Vec<Duplicate>,
    /// `[[release-request]]` blocks, ordered by address, no key twice.
    pub releases: Vec<ReleaseRequest>,
    /// `[[resolve]]` blocks in reading order.
    pub resolves: Vec<Resolve>,
}

impl Desired {
    /// Every request that a `[[decision]]` names, decided or not.
    pub fn addresses(&self) -> impl Iterator<Item = &Address> {
        let decisions = self.decisions.iter().map(|decision| &decision.address);
        let undecided = self.undecided.iter().map(|undecided| &undecided.address);
        let duplicates = self.duplicates.iter().map(|duplicate| &duplicate.address);
        decisions.chain(undecided).chain(duplicates)
    }

    /// The decisions of one queue that are not inert at `now`.
    pub fn live<'a>(
        &'a self,
        queue: &'a QueueName,
        now: Timestamp,
    ) -> impl Iterator<Item = &'a Decision> {
        let decisions = self.decisions.iter().map(Arc::as_ref);
        decisions.filter(move |d| d.address.queue == *queue && d.expires > now)
    }
}
