//! The nouns that cross a border: what desired, vendors, observed, plan, apply and render all name.
//!
//! Plain data, no I/O, no async, no clock. A type with one owner stays with its owner
//! (`Plan` and `Hold` in `plan`, `Event` in `apply`, `Queue` in `vendors`).

mod asked;
mod capability;
mod change;
mod decision;
mod moment;
mod names;
mod outcome;
mod past;
mod permit;
mod ratification;
mod release;
mod request;
mod sha256;
mod text;
mod texts;
mod votes;

pub use asked::age;
pub use capability::{
    Alarm, Assumption, Capabilities, Compose, Conclusion, Fact, FactKind, Follows, Heard, Lasts,
    Live, MarkPlace, Operation, ReadAbilities, Repeat, Shows, Terms, TextUnit, VendorCode,
};
pub use change::{Call, Change, Deciding, Document, LineDigest, Mark, Method};
pub use decision::{
    Authored, Decision, Desired, Duplicate, Guard, Place, Resolution, Resolve, Undecided, Verdict,
    Words,
};
pub use moment::Moment;
pub use names::{Address, Identity, QueueName, RequestId, Vendor};
pub use outcome::{FilingProof, OUTCOME_CODES, Outcome, OutcomeCode};
pub use past::{Past, Sent, SentRelease, SentState};
pub use permit::{
    Asked, Grounds, ListedApplication, ListedGroup, Permit, PermitApplication, PermitMode,
    PermitPolicy, PermitRule, PermitScope,
};
pub use ratification::{Fits, Ratification};
pub use release::{
    Aim, FiledField, Filing, OnConflict, Release, ReleaseRequest, Resembles, Target,
};
pub use request::{
    Decided, Effort, Facts, Observed, Own, QueueView, ReadError, ReadErrorKind, Reading, Request,
    Sighting, Status, Way,
};
pub use sha256::{hex, sha256, sha256_hex, sha256_of};
pub use text::{VendorText, counted, visible_json};
pub use texts::Texts;
pub use votes::{Stand, Tally, Vote, Votes};
