//! What Ekran holds about one endpoint access request. Plain data.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// Where a request stands.
///
/// From: status (Approved/Denied/Expired). What was not processed is in the console only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// Waits in the console; the API does not show it.
    Pending,
    /// Processed: let in.
    Approved,
    /// Processed: not let in.
    Denied,
    /// Nobody processed it in time.
    Expired,
    /// Taken back by the user; the API does not show it.
    Withdrawn,
}

impl Status {
    /// Our own word, in states and the journal.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Approved => "approved",
            Self::Denied => "denied",
            Self::Expired => "expired",
            Self::Withdrawn => "withdrawn",
        }
    }

    /// The word on the wire; nothing for what the API does not show.
    pub(super) fn shown(self) -> Option<&'static str> {
        match self {
            Self::Approved => Some("Approved"),
            Self::Denied => Some("Denied"),
            Self::Expired => Some("Expired"),
            Self::Pending | Self::Withdrawn => None,
        }
    }
}

/// A session that an approved request led to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Session {
    pub(super) started_at: Timestamp,
    /// How long it was; nothing while it lasts.
    #[serde(serialize_with = "seconds")]
    pub(super) duration: Option<SignedDuration>,
    /// How much of it was not idle.
    #[serde(serialize_with = "seconds")]
    pub(super) productive: Option<SignedDuration>,
}

impl Session {
    /// One that begins.
    pub(super) fn begun(started_at: Timestamp) -> Self {
        Self {
            started_at,
            duration: None,
            productive: None,
        }
    }
}

fn seconds<S: serde::Serializer>(
    own: &Option<SignedDuration>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    own.map(|own| own.as_secs_f64()).serialize(serializer)
}

/// One request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Request {
    pub(super) id: u64,
    pub(super) name: Option<String>,
    pub(super) status: Status,
    pub(super) user: String,
    pub(super) remote_ip: Option<String>,
    pub(super) requested_at: Timestamp,
    pub(super) changed_at: Option<Timestamp>,
    /// The operator who processed it.
    pub(super) changed_by: Option<String>,
    pub(super) comment: Option<String>,
    pub(super) session: Option<Session>,
}

impl Request {
    /// The length of the session and of its productive part at `now`.
    pub(super) fn durations(&self, now: Timestamp) -> Option<(SignedDuration, SignedDuration)> {
        let session = self.session.as_ref()?;
        let so_far = || {
            now.duration_since(session.started_at)
                .max(SignedDuration::ZERO)
        };
        let whole = session.duration.unwrap_or_else(so_far);
        Some((whole, session.productive.unwrap_or(whole)))
    }
}
