//! One approval request, and the numbers that the vendor calls its status.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Where a request stands.
///
/// From: public clients for the numbers; the permit's Permission Requirements for what counts as actioned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// 1.
    Pending,
    /// 4.
    Approved,
    /// 6.
    NotLearned,
    /// 10: rejected or ignored.
    Rejected,
    /// 12.
    AddedToApplication,
    /// 13: escalated to the managed service provider.
    Escalated,
    /// 16: the endpoint's own user did it.
    SelfApproved,
    /// 17.
    EscalatedByCustomer,
    /// The end user withdrew it: the vendor shows it no more.
    Withdrawn,
}

impl Status {
    /// The vendor's number; nothing for what it does not show.
    pub(crate) fn id(self) -> Option<i64> {
        match self {
            Self::Pending => Some(1),
            Self::Approved => Some(4),
            Self::NotLearned => Some(6),
            Self::Rejected => Some(10),
            Self::AddedToApplication => Some(12),
            Self::Escalated => Some(13),
            Self::SelfApproved => Some(16),
            Self::EscalatedByCustomer => Some(17),
            Self::Withdrawn => None,
        }
    }

    /// The word in states and journals.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Approved => "approved",
            Self::NotLearned => "not-learned",
            Self::Rejected => "rejected",
            Self::AddedToApplication => "added-to-application",
            Self::Escalated => "escalated",
            Self::SelfApproved => "self-approved",
            Self::EscalatedByCustomer => "escalated-by-customer",
            Self::Withdrawn => "withdrawn",
        }
    }

    /// What a permit document's `approvalStatus` says.
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Pending => "Pending",
            Self::Approved => "Approved",
            Self::NotLearned => "Not Learned",
            Self::Rejected => "Rejected",
            Self::AddedToApplication => "Added to Application",
            Self::Escalated | Self::EscalatedByCustomer => "Escalated",
            Self::SelfApproved => "Self-Approved",
            Self::Withdrawn => "Withdrawn",
        }
    }

    /// Whether acting on it needs the permission to edit actioned requests.
    pub(crate) fn is_actioned(self) -> bool {
        match self {
            Self::Approved | Self::Rejected | Self::AddedToApplication | Self::SelfApproved => true,
            Self::Pending
            | Self::NotLearned
            | Self::Escalated
            | Self::EscalatedByCustomer
            | Self::Withdrawn => false,
        }
    }
}

/// The operating system of a computer, an application, a request.
///
/// From: ApplicationGetMatchingList, the options for OSType.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Os {
    /// 1.
    #[default]
    Windows,
    /// 2.
    Mac,
    /// 3.
    Linux,
    /// 5.
    WindowsXp,
}

impl Os {
    /// The vendor's number.
    pub(crate) fn id(self) -> i64 {
        match self {
            Self::Windows => 1,
            Self::Mac => 2,
            Self::Linux => 3,
            Self::WindowsXp => 5,
        }
    }

    /// The vendor's word for the kind of system.
    pub(crate) fn family(self) -> &'static str {
        match self {
            Self::Windows | Self::WindowsXp => "windows",
            Self::Mac => "mac",
            Self::Linux => "linux",
        }
    }
}

/// What the permit, or the rejection, said beside its verdict.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct AdminNotes {
    pub(crate) ticket: String,
    pub(crate) requestor_email: String,
    pub(crate) comments: String,
}

/// One approval request, with all that was ever done to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Request {
    pub(crate) id: String,
    /// The name a world gave it.
    pub(crate) name: Option<String>,
    pub(crate) status: Status,
    pub(crate) organization: String,
    pub(crate) organization_name: String,
    pub(crate) computer: String,
    pub(crate) hostname: String,
    pub(crate) group: String,
    pub(crate) user: String,
    pub(crate) path: String,
    pub(crate) process: String,
    pub(crate) hash: String,
    pub(crate) sha256: String,
    /// Subject of the file's certificate, if it is signed.
    pub(crate) certificate: Option<String>,
    pub(crate) created_by: Vec<String>,
    pub(crate) size: u64,
    /// `execute`, `install`, `elevate`, `storage`, …
    pub(crate) action: String,
    pub(crate) os: Os,
    pub(crate) reason: String,
    pub(crate) requestor: String,
    pub(crate) requestor_email: String,
    pub(crate) ticket: String,
    pub(crate) comments: String,
    pub(crate) requested_at: Timestamp,
    /// The tier that a multi-level request waits for; 0 for an ordinary one.
    pub(crate) tier: u32,
    /// Whether the portal asks whoever decides for a second factor.
    pub(crate) mfa: bool,
    pub(crate) approved_by: Option<String>,
    pub(crate) action_date: Option<Timestamp>,
    pub(crate) ignored: bool,
    pub(crate) reject_reason: Option<String>,
    pub(crate) response_reason: Option<String>,
    pub(crate) notified: bool,
    pub(crate) admin_notes: AdminNotes,
    /// A user's id.
    pub(crate) assignee: Option<String>,
    pub(crate) assigned_at: Option<Timestamp>,
    /// What permits of it wrote, in order.
    pub(crate) application: Option<String>,
    pub(crate) policies: Vec<String>,
}

impl Request {
    /// Whether it asks for elevation.
    pub(crate) fn is_elevation(&self) -> bool {
        self.action.eq_ignore_ascii_case("elevate")
    }

    /// Whether it is one of Storage Control.
    pub(crate) fn is_storage(&self) -> bool {
        self.action.to_lowercase().contains("storage")
    }

    /// The file's name, without its folder.
    pub(crate) fn filename(&self) -> &str {
        self.path.rsplit(['\\', '/']).next().unwrap_or_default()
    }
}
