//! What Password Safe holds about one request. Plain data.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// Where a request stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// Waits for approvals.
    Pending,
    /// Approved, by people or by its policy, and not yet over.
    #[serde(alias = "approved")]
    Active,
    /// Denied while it was pending.
    Denied,
    /// Ended while it was active: by an approver, or by its requestor's renewal.
    #[serde(alias = "revoked")]
    Cancelled,
    /// Given back before it expired.
    CheckedIn,
    /// Its time is over.
    Expired,
    /// Taken back by its requestor before anybody decided.
    Withdrawn,
}

impl Status {
    /// Our own word, in states and the journal.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Active => "active",
            Self::Denied => "denied",
            Self::Cancelled => "cancelled",
            Self::CheckedIn => "checked-in",
            Self::Expired => "expired",
            Self::Withdrawn => "withdrawn",
        }
    }

    /// Whether any list still shows it.
    pub(crate) fn is_live(self) -> bool {
        match self {
            Self::Pending | Self::Active => true,
            Self::Denied | Self::Cancelled | Self::CheckedIn | Self::Expired | Self::Withdrawn => {
                false
            }
        }
    }
}

/// What kind of access is asked for.
///
/// From: POST Requests, Request Body Details, AccessType.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum AccessType {
    /// The password is shown.
    #[default]
    #[serde(alias = "view")]
    View,
    /// A remote desktop session.
    #[serde(alias = "rdp", rename = "RDP")]
    Rdp,
    /// A shell session.
    #[serde(alias = "ssh", rename = "SSH")]
    Ssh,
    /// A session in one application.
    #[serde(alias = "app")]
    App,
}

impl AccessType {
    /// Every type, in the document's order.
    pub(crate) const ALL: [Self; 4] = [Self::View, Self::Rdp, Self::Ssh, Self::App];

    /// The word on the wire.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::View => "View",
            Self::Rdp => "RDP",
            Self::Ssh => "SSH",
            Self::App => "App",
        }
    }
}

/// Somebody, as states show them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Person {
    /// The user name.
    pub(crate) user: String,
    pub(crate) email: Option<String>,
}

/// One recorded approval.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Approval {
    /// The user name of whoever approved.
    pub(crate) by: String,
    pub(crate) at: Timestamp,
    pub(crate) reason: Option<String>,
}

/// A check-in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct CheckIn {
    pub(crate) by: String,
    pub(crate) at: Timestamp,
    pub(crate) reason: Option<String>,
}

/// One request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Request {
    pub(crate) id: u64,
    pub(crate) name: Option<String>,
    pub(crate) status: Status,
    /// The user name of whoever asked.
    pub(crate) requestor: String,
    pub(crate) access_type: AccessType,
    pub(crate) system_id: u64,
    pub(crate) system: String,
    pub(crate) account_id: u64,
    pub(crate) account: String,
    pub(crate) domain: Option<String>,
    pub(crate) alias_id: Option<u64>,
    pub(crate) application_id: Option<u64>,
    pub(crate) duration_minutes: u32,
    pub(crate) reason: Option<String>,
    pub(crate) schedule_id: u64,
    pub(crate) ticket_system_id: Option<u64>,
    pub(crate) ticket: Option<String>,
    pub(crate) rotate_on_check_in: bool,
    /// Whether the credentials were rotated when it ended.
    pub(crate) rotated: bool,
    /// How many approvals make it active.
    pub(crate) approvals_needed: u32,
    pub(crate) approvals: Vec<Approval>,
    /// Active without anybody's approval.
    pub(crate) auto_approved: bool,
    /// Who gave the approval that made it active.
    pub(crate) approved_by: Option<Person>,
    pub(crate) approved_at: Option<Timestamp>,
    /// Who denied it, or cancelled it while it was active.
    pub(crate) denied_by: Option<Person>,
    pub(crate) denied_at: Option<Timestamp>,
    pub(crate) denied_reason: Option<String>,
    /// When it was first used.
    pub(crate) started_at: Option<Timestamp>,
    pub(crate) check_in: Option<CheckIn>,
    pub(crate) filed_at: Timestamp,
    pub(crate) release_at: Timestamp,
    /// When what was granted ends, or, while pending, would end.
    pub(crate) expires_at: Timestamp,
    pub(crate) ended_at: Option<Timestamp>,
}

impl Request {
    /// Whether the window of this request meets `from..until`.
    pub(crate) fn meets(&self, from: Timestamp, until: Timestamp) -> bool {
        self.status.is_live() && self.release_at < until && self.expires_at > from
    }

    /// Whether `user` has approved it already.
    pub(crate) fn approved_by_user(&self, user: &str) -> bool {
        self.approvals.iter().any(|approval| approval.by == user)
    }
}

/// A moment so many minutes later.
pub(crate) fn minutes_after(at: Timestamp, minutes: u32) -> Timestamp {
    at.saturating_add(SignedDuration::from_mins(i64::from(minutes)))
        .unwrap_or(Timestamp::MAX)
}
