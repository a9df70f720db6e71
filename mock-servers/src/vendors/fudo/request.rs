//! What Fudo holds about one access request. Plain data.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::people::Role;

/// Where an access request stands.
///
/// From: AccessRequestModel, status.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// Waits for votes.
    Pending,
    /// Has the votes it needs.
    Granted,
    /// Was voted down.
    Rejected,
    /// Was granted, and taken back.
    Revoked,
    /// Its time is over, granted or not.
    Expired,
}

impl Status {
    /// The word on the wire, in states and the journal.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Granted => "granted",
            Self::Rejected => "rejected",
            Self::Revoked => "revoked",
            Self::Expired => "expired",
        }
    }
}

/// When access is asked for.
///
/// From: AccessRequestModel, type.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Type {
    /// For some hours from the moment the session begins.
    #[default]
    Immediate,
    /// For a window of time.
    Scheduled,
}

impl Type {
    /// The word on the wire.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Immediate => "immediate",
            Self::Scheduled => "scheduled",
        }
    }
}

/// Something with an id and a name: an account, a safe, a pool, a server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Named {
    pub(crate) id: String,
    pub(crate) name: String,
}

/// A listener through which the account is reached.
///
/// From: AccessRequestModel, listeners.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Listener {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) mode: String,
    pub(crate) protocol: String,
    pub(crate) hidden: bool,
    pub(crate) builtin: bool,
}

/// Whoever asks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Person {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) domain: Option<String>,
}

/// One vote.
///
/// From: AccessRequestVoteModel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Vote {
    /// The user name of whoever voted.
    pub(crate) by: String,
    pub(crate) user_id: String,
    pub(crate) domain: Option<String>,
    pub(crate) role: Role,
    pub(crate) accepted: bool,
    pub(crate) reason: Option<String>,
    pub(crate) at: Timestamp,
    pub(crate) removed: bool,
}

/// One access request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Request {
    pub(crate) id: u64,
    pub(crate) name: Option<String>,
    pub(crate) status: Status,
    #[serde(rename = "type")]
    pub(crate) kind: Type,
    /// Hours, of an immediate request.
    pub(crate) immediate_interval: Option<u32>,
    /// The window of a scheduled one.
    pub(crate) starts_at: Option<Timestamp>,
    pub(crate) expires_at: Option<Timestamp>,
    pub(crate) reason: String,
    pub(crate) revoke_reason: Option<String>,
    pub(crate) revoked_by: Option<String>,
    pub(crate) required_votes: u32,
    /// When its session began.
    pub(crate) activated_at: Option<Timestamp>,
    /// When the user left it. Access lasts until its time is over all the same.
    pub(crate) left_at: Option<Timestamp>,
    pub(crate) account: Named,
    pub(crate) safe: Named,
    pub(crate) pool: Option<Named>,
    pub(crate) server: Option<Named>,
    pub(crate) protocol: String,
    pub(crate) listeners: Vec<Listener>,
    pub(crate) user: Person,
    pub(crate) votes: Vec<Vote>,
    pub(crate) webclient: bool,
    pub(crate) created_at: Timestamp,
    pub(crate) modified_at: Timestamp,
    pub(crate) removed: bool,
}

impl Request {
    /// Where it stands, in states and the journal.
    pub(crate) fn word(&self) -> &'static str {
        if self.removed {
            "removed"
        } else {
            self.status.word()
        }
    }

    /// How many votes that still stand are for it (or against it).
    pub(crate) fn votes(&self, accepted: bool) -> usize {
        let standing = self.votes.iter().filter(|vote| !vote.removed);
        standing.filter(|vote| vote.accepted == accepted).count()
    }

    /// When its time is over, once that is known: a window's end, or the interval after its session began.
    ///
    /// From: AccessRequestModel, immediate_interval ("counted from the moment the session is initiated"), expires_at.
    pub(crate) fn ends_at(&self) -> Option<Timestamp> {
        match self.kind {
            Type::Scheduled => self.expires_at,
            Type::Immediate => {
                let hours = self.immediate_interval.unwrap_or(1);
                self.activated_at.map(|begun| hours_after(begun, hours))
            }
        }
    }

    /// When time ends it, if it will.
    pub(crate) fn due(&self) -> Option<Timestamp> {
        match self.status {
            Status::Pending | Status::Granted if !self.removed => self.ends_at(),
            Status::Pending
            | Status::Granted
            | Status::Rejected
            | Status::Revoked
            | Status::Expired => None,
        }
    }
}

/// A moment so many hours later.
pub(crate) fn hours_after(at: Timestamp, hours: u32) -> Timestamp {
    at.saturating_add(SignedDuration::from_hours(i64::from(hours)))
        .unwrap_or(Timestamp::MAX)
}

/// A moment so many hours earlier.
pub(crate) fn hours_before(at: Timestamp, hours: u32) -> Timestamp {
    at.saturating_sub(SignedDuration::from_hours(i64::from(hours)))
        .unwrap_or(Timestamp::MIN)
}
