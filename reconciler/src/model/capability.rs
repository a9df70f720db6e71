//! What a vendor can and cannot do, as data. The values stand in `vendors/<vendor>/`.

use std::num::NonZeroUsize;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    Call, Deciding, Decision, Facts, Filing, Grounds, Identity, Mark, Permit, QueueName,
    Ratification, RequestId, Target, Vendor, Verdict,
};

/// What happens when the same call reaches the vendor twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Repeat {
    /// The second changes nothing and is answered with success.
    Ignored,
    /// The second is refused.
    Rejected,
    /// The second acts once more.
    ActsAgain,
    /// The second may cancel what the first, or a person, granted.
    MayCancel,
}

impl Repeat {
    /// Whether a second send can do no harm. The others are never sent again.
    #[must_use]
    pub fn is_harmless(self) -> bool {
        match self {
            Self::Ignored | Self::Rejected => true,
            Self::ActsAgain | Self::MayCancel => false,
        }
    }
}

/// How a fact is compared and hashed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FactKind {
    /// Byte for byte.
    Text,
    /// Hex digits or a GUID: upper and lower case are the same.
    CaseFolded,
}

/// One guard key of a vendor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fact {
    /// The key in `[decision.guard]`, kebab-case.
    pub key: &'static str,
    /// How it is compared.
    pub kind: FactKind,
}

/// A fact that a reviewer must not overlook.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Alarm {
    /// Its guard key.
    pub key: &'static str,
    /// The values that say that all is well, beside the empty one.
    pub harmless: &'static [&'static str],
}

/// Where reason, ticket and our mark stand at a vendor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MarkPlace {
    /// Nowhere: the vendor has no field for them.
    Nowhere,
    /// In a field that the vendor keeps for its own people, and that no read shows.
    Hidden,
    /// Where a later read shows them.
    Shown,
}

/// What the answer to a call said, where it said something definite.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    /// Success, as the operation defines it.
    Confirmed,
    /// A no, because it had been done before.
    DoneBefore,
}

/// What the vendor shows after a call, where the state that was asked for cannot be seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shows {
    /// The request still waits for a verdict.
    Undecided,
    /// The request is in no list any more.
    Absent,
}

/// What follows from both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Follows {
    /// `Outcome::Recorded`.
    Recorded,
    /// `Outcome::StateReached`.
    StateReached,
    /// `Outcome::AlreadyDecided`, by somebody who is not shown.
    AlreadyDecided,
}

/// A row of an operation's outcome table: what an answer and a read-back together prove there, where the
/// general rule (`apply/judge.rs`) would leave the call in doubt. Exit and next plan follow from the outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Conclusion {
    /// What the call came back with.
    pub heard: Heard,
    /// What is seen afterwards.
    pub shows: Shows,
    /// What that means.
    pub follows: Follows,
}

/// A code of a vendor's own, at one of its endpoints. Printed by `explain`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VendorCode {
    /// The call whose answer holds it, as the vendor's document names it.
    pub at: &'static str,
    /// The code.
    pub code: &'static str,
    /// What it means there.
    pub means: &'static str,
    /// What to do.
    pub todo: &'static str,
}

/// Says how long a grant lasts, and how long it can wait to be used: from the facts, in our words alone.
pub type Lasts = fn(&Facts) -> String;

/// Writes the call that carries a decision out: all that will be sent but the credential.
pub type Compose = fn(&Terms, &Decision, &Mark, &Live<'_>) -> Call;

/// What a call may depend on beside the decision: what the vendor shows right now.
#[derive(Clone, Copy, Debug)]
pub struct Live<'a> {
    /// What the request is about.
    pub facts: &'a Facts,
    /// What the names of its permit stand for.
    pub grounds: Option<&'a Grounds>,
}

/// What a vendor counts as one character of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextUnit {
    /// A code point.
    CodePoint,
    /// A unit of UTF-16, of which some characters take two.
    Utf16,
}

impl TextUnit {
    /// The length of a text.
    #[must_use]
    pub fn length(self, text: &str) -> usize {
        match self {
            Self::CodePoint => text.chars().count(),
            Self::Utf16 => text.encode_utf16().count(),
        }
    }
}

/// One thing that can be done to a request at a vendor.
#[derive(Clone, Copy, Debug)]
pub struct Operation {
    /// What a repeated call does.
    pub repeat: Repeat,
    /// Where our mark, reason and ticket stand.
    pub mark: MarkPlace,
    /// Whether the vendor tells the user.
    pub notifies: &'static str,
    /// Whether and how it can be undone there.
    pub undo: &'static str,
    /// What a read-back can prove.
    pub proof: &'static str,
    /// What a reviewer of this operation should know that cannot be ruled out.
    pub cannot_verify: &'static [&'static str],
    /// What is proven here beyond the general rule.
    pub conclusions: &'static [Conclusion],
    /// How long what it grants lasts, where that is not plain.
    pub lasts: Option<Lasts>,
    /// The call for it.
    pub compose: Compose,
}

impl Operation {
    /// What follows where the state that was asked for cannot be seen; nothing where the table does not say.
    #[must_use]
    pub fn concludes(&self, heard: Heard, shows: Shows) -> Option<Follows> {
        let row = |row: &&Conclusion| row.heard == heard && row.shows == shows;
        self.conclusions.iter().find(row).map(|row| row.follows)
    }
}

/// How a vendor's queue can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReadAbilities {
    /// One request by its id, in a call of its own. Where not, a look-up reads whole lists.
    pub look_up: bool,
    /// A list shows all that there is to know of a request. Where not, a whole row costs a look-up of its own.
    pub whole_rows: bool,
    /// Only the pending ones.
    pub pending_filter: bool,
    /// Ranges of ids, so that several can be read side by side.
    pub key_ranges: bool,
    /// Most rows a page can bring; `usize::MAX` where the vendor does not page.
    pub page: usize,
}

/// What is taken for granted of a permit.
#[derive(Clone, Copy, Debug)]
pub struct Assumption {
    /// Of which permits.
    pub of: fn(&Permit) -> bool,
    /// In our words, to stand after *unproven*.
    pub what: &'static str,
}

/// What a vendor can do. Checked when planning, printed by `doctor`, tabled in the README.
#[derive(Clone, Copy, Debug)]
pub struct Capabilities {
    /// The vendor.
    pub vendor: Vendor,
    /// Granting.
    pub approve: Option<Operation>,
    /// Refusing.
    pub deny: Option<Operation>,
    /// Taking back.
    pub revoke: Option<Operation>,
    /// Filing requests, where the API can.
    pub filing: Option<&'static Filing>,
    /// Whether decisions ratify what the vendor's own people have decided, since its API only shows that.
    pub ratifies: Option<Ratification>,
    /// Whether an approval writes a rule, so that the decision has to say how far it reaches.
    pub needs_permit: bool,
    /// How to do by hand what it cannot do for us, as in `portal only`.
    pub otherwise: &'static str,
    /// The guard keys, in the order in which they are written and hashed: all of them make the fingerprint.
    pub facts: &'static [Fact],
    /// The keys that say who asked.
    pub who: &'static [&'static str],
    /// The keys that say for what.
    pub on_what: &'static [&'static str],
    /// User and target: while these match, deny and revoke go on although the content changed.
    pub anchors: &'static [&'static str],
    /// Facts that every output shows first when they say that something is wrong.
    pub alarms: &'static [Alarm],
    /// Whether every user sees the same queue. Where not, absence is only known to the one who decides.
    pub same_for_all: bool,
    /// Whether the vendor is told in whose name a call decides (`acting-as`, `decided-by`).
    pub names_decider: bool,
    /// Most characters that reason, ticket and mark may have together.
    pub text_limit: usize,
    /// What it counts as a character.
    pub text_unit: TextUnit,
    /// How it can be read.
    pub read: ReadAbilities,
    /// Codes of its own, each explained for its endpoint.
    pub codes: &'static [VendorCode],
    /// What an absent request can mean.
    pub absent_means: &'static str,
    /// What a reviewer should know that this vendor does not let us check.
    pub cannot_verify: &'static [&'static str],
    /// What is taken for granted of some permits, because no document of the vendor's says it.
    pub assumptions: &'static [Assumption],
    /// Makes an id canonical, or says why it cannot be one of this vendor.
    pub canonical_id: fn(&str) -> Result<RequestId, String>,
}

impl Capabilities {
    /// The operation that carries a verdict out, where there is one.
    #[must_use]
    pub fn operation(&self, verdict: Verdict) -> Option<&Operation> {
        match verdict {
            Verdict::Approve => self.approve.as_ref(),
            Verdict::Deny => self.deny.as_ref(),
            Verdict::Revoke => self.revoke.as_ref(),
            // Their calls are composed by `filing`.
            Verdict::File | Verdict::CheckIn => None,
        }
    }

    /// An id of this vendor, or the key of a filing, made canonical.
    ///
    /// # Errors
    /// Why it cannot be an id.
    pub fn id_or_key(&self, raw: &str) -> Result<RequestId, String> {
        if self.filing.is_some() && Target::is_key(raw) {
            return Ok(RequestId::canonical(raw));
        }
        (self.canonical_id)(raw)
    }

    /// The guard key of that name.
    #[must_use]
    pub fn fact(&self, key: &str) -> Option<&Fact> {
        self.facts.iter().find(|fact| fact.key == key)
    }
}

/// One configured queue, as everything but `desired` and `vendors` needs to know it. No secret.
#[derive(Clone, Debug)]
pub struct Terms {
    /// Its name.
    pub queue: QueueName,
    /// Scheme, host and port.
    pub origin: String,
    /// The organization, where the vendor has such a thing.
    pub organization: Option<String>,
    /// In whose name `apply` decides.
    pub deciding: Deciding,
    /// Who may stand in `decided-by`.
    pub deciders: Vec<String>,
    /// What the vendor can do.
    pub can: &'static Capabilities,
    /// Calls at once, where repeats are harmless.
    pub parallelism: NonZeroUsize,
    /// Calls a minute, where limited.
    pub rate: Option<u32>,
}

impl Terms {
    /// What the request is, whatever the queue is called.
    #[must_use]
    pub fn identity(&self, id: &RequestId) -> Identity {
        Identity {
            vendor: self.can.vendor,
            origin: self.origin.clone(),
            organization: self.organization.clone(),
            id: id.clone(),
        }
    }
}
