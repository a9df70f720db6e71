//! What Admin By Request holds about one request. Plain data.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Where a request stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// Waits for a decision.
    Pending,
    /// Granted, not used yet.
    Approved,
    /// In use.
    #[serde(alias = "started")]
    Running,
    /// Used.
    Finished,
    /// Refused.
    Denied,
    /// Set aside by malware detection: for the portal only.
    Quarantined,
    /// Granted, and not used within two weeks.
    Expired,
    /// Taken back by the user before a decision; nobody sees it any more.
    Withdrawn,
}

impl Status {
    /// Our own word, in states and the journal.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Approved => "approved",
            Self::Running => "running",
            Self::Finished => "finished",
            Self::Denied => "denied",
            Self::Quarantined => "quarantined",
            Self::Expired => "expired",
            Self::Withdrawn => "withdrawn",
        }
    }
}

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct User {
    /// `DOMAIN\ACCOUNT`.
    pub account: String,
    /// The full name.
    #[serde(alias = "full_name", default)]
    pub full_name: String,
    /// The e-mail address.
    #[serde(default)]
    pub email: String,
    /// The telephone number.
    #[serde(default)]
    pub phone: String,
    /// Whether the user is an administrator already.
    #[serde(alias = "is_admin", default)]
    pub is_admin: bool,
}

/// Where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Computer {
    /// The computer's name.
    pub name: String,
    /// `Windows` (0), `Mac` (1) or `Linux` (2).
    #[serde(default = "windows")]
    pub platform: String,
    /// Who made it.
    #[serde(default = "dell")]
    pub make: String,
    /// Which model.
    #[serde(default = "latitude")]
    pub model: String,
}

fn windows() -> String {
    "Windows".to_owned()
}

fn dell() -> String {
    "Dell Inc.".to_owned()
}

fn latitude() -> String {
    "Latitude 7440".to_owned()
}

impl Computer {
    /// A Windows computer of this name.
    pub(crate) fn named(name: String) -> Self {
        Self {
            name,
            platform: windows(),
            make: dell(),
            model: latitude(),
        }
    }
}

/// What shall run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct App {
    /// The file's name.
    pub file: String,
    /// The product's name.
    pub name: String,
    /// Who made it.
    #[serde(default)]
    pub vendor: String,
    /// Which version.
    #[serde(default)]
    pub version: String,
    /// The file's hash, 64 hex digits; derived from the seed where absent.
    #[serde(default)]
    pub sha256: String,
    /// The folder.
    #[serde(default)]
    pub path: String,
    /// Whether it is on the pre-approved list.
    #[serde(default)]
    pub preapproved: bool,
    /// The threat found by the scan; absent means clean.
    #[serde(default)]
    pub threat: Option<String>,
}

/// Who decided, as the vendor shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Decider {
    pub(crate) name: String,
    pub(crate) email: Option<String>,
}

/// One request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Request {
    pub(crate) id: u64,
    pub(crate) name: Option<String>,
    pub(crate) status: Status,
    pub(crate) trace_no: u64,
    pub(crate) settings: String,
    pub(crate) reason: Option<String>,
    pub(crate) user: User,
    pub(crate) computer: Computer,
    /// Nothing for an admin session.
    pub(crate) app: Option<App>,
    pub(crate) requested_at: Timestamp,
    pub(crate) changed_at: Timestamp,
    /// Strictly growing with every change, in ticks of 100 ns since year 1: the audit log's delta time.
    pub(crate) changed_tick: u64,
    pub(crate) approved_by: Option<Decider>,
    pub(crate) denied_by: Option<Decider>,
    pub(crate) denied_reason: Option<String>,
    pub(crate) started_at: Option<Timestamp>,
    pub(crate) finished_at: Option<Timestamp>,
    /// When an unused approval ends.
    pub(crate) expires_at: Option<Timestamp>,
    /// When it drops out of the list.
    pub(crate) drops_at: Timestamp,
    pub(crate) dropped: bool,
}

impl Request {
    /// When something is due next, if anything.
    pub(crate) fn due(&self) -> Option<Timestamp> {
        let drop = (!self.dropped).then_some(self.drops_at);
        [self.expires_at, drop].into_iter().flatten().min()
    }
}

/// Ticks of 100 ns since the year 1.
pub(crate) fn ticks(at: Timestamp) -> u64 {
    u64::try_from(621_355_968_000_000_000 + at.as_nanosecond() / 100).unwrap_or_default()
}
