//! The grammar of ThreatLocker's part of a world. How it becomes state is `world.rs`.

use serde::Deserialize;

use super::people::Permission;
use super::request::{Os, Status};
use crate::given::{Moment, id_text};

/// ThreatLocker's part of a world.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Given {
    /// Organizations beside the top one; one without a parent is the top one, renamed.
    #[serde(default)]
    pub organization: Vec<GivenOrganization>,
    /// Computer groups; those that computers and requests name are there by that alone.
    #[serde(default)]
    pub group: Vec<GivenGroup>,
    /// Computers; those that requests name are there by that alone.
    #[serde(default)]
    pub computer: Vec<GivenComputer>,
    /// Applications.
    #[serde(default)]
    pub application: Vec<GivenApplication>,
    /// People, beside `boss`, `approver`, `pending-only` and `viewer`; one of these names alters that one.
    #[serde(default)]
    pub user: Vec<GivenUser>,
    /// Requests.
    #[serde(default)]
    pub request: Vec<GivenRequest>,
    /// Generated queues.
    #[serde(default)]
    pub generate: Vec<Generate>,
}

/// An organization.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GivenOrganization {
    /// Its id; derived from the seed and the name where absent.
    pub id: Option<String>,
    /// Its name.
    pub name: String,
    /// The one above, by id or name.
    pub parent: Option<String>,
}

/// A computer group.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GivenGroup {
    /// Its id; derived where absent.
    pub id: Option<String>,
    /// Its name.
    pub name: String,
    /// Whose, by id or name; default the top organization.
    pub organization: Option<String>,
    /// For which system; default Windows.
    pub os: Option<Os>,
    /// Whether it stands for all computers of that system; default no.
    #[serde(default)]
    pub global: bool,
}

/// A computer.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GivenComputer {
    /// Its id; derived where absent.
    pub id: Option<String>,
    /// Its hostname.
    pub name: String,
    /// Whose, by id or name; default the top organization.
    pub organization: Option<String>,
    /// Its group, by id or name; default `Workstations`.
    pub group: Option<String>,
    /// Its system; default Windows.
    pub os: Option<Os>,
}

/// An application.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct GivenApplication {
    /// Its id; derived where absent.
    pub id: Option<String>,
    /// Its name.
    pub name: String,
    /// Whether the vendor maintains it; default no.
    #[serde(default)]
    pub built_in: bool,
    /// Whose, by id or name; default the top organization.
    pub organization: Option<String>,
    /// For which system; default Windows.
    pub os: Option<Os>,
    /// Its file rules.
    #[serde(default)]
    pub rule: Vec<GivenRule>,
}

/// A file rule.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct GivenRule {
    /// The file's path.
    pub path: Option<String>,
    /// The path of the process that runs it.
    pub process: Option<String>,
    /// Subject of its certificate.
    pub certificate: Option<String>,
    /// The vendor's own hash.
    pub hash: Option<String>,
    /// SHA-256.
    pub sha256: Option<String>,
    /// What created it.
    pub created_by: Option<String>,
}

/// Somebody. For one of the people of every world, what is absent stays as it is.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct GivenUser {
    /// The name in this world, and of the identity.
    pub name: String,
    /// What `approvedBy` shows; default `NAME@example.com`.
    pub email: Option<String>,
    /// First name.
    pub first_name: Option<String>,
    /// Last name.
    pub last_name: Option<String>,
    /// The organization, by id or name; it and those below are in scope. Default the top one.
    pub organization: Option<String>,
    /// The vendor's names of permissions; default none.
    pub permissions: Option<Vec<Permission>>,
    /// Permissions taken from those that are there already.
    #[serde(default)]
    pub without: Vec<Permission>,
    /// The instance of the token; another than `g` is refused here.
    pub instance: Option<String>,
    /// 64 characters; derived from the seed where absent.
    pub token: Option<String>,
    /// Whether there is a token; default yes.
    pub api: Option<bool>,
}

/// One request of a world.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct GivenRequest {
    /// A name to refer to it by.
    pub name: Option<String>,
    /// Its id, a GUID; derived from the seed where absent.
    #[serde(default, deserialize_with = "id_text")]
    pub id: Option<String>,
    /// Where it stands; default pending.
    pub status: Option<Status>,
    /// Whose, by id or name; default its computer's, else the top one.
    pub organization: Option<String>,
    /// The computer, by id or hostname; default one of its own, invented.
    pub computer: Option<String>,
    /// The user's account; default invented.
    pub user: Option<String>,
    /// The file; default invented.
    pub path: Option<String>,
    /// The process that ran it; default the shell of its system.
    pub process: Option<String>,
    /// The vendor's own hash; derived where absent.
    pub hash: Option<String>,
    /// SHA-256; derived where absent.
    pub sha256: Option<String>,
    /// Subject of its certificate; default none.
    pub certificate: Option<String>,
    /// What created it.
    #[serde(default)]
    pub created_by: Vec<String>,
    /// Its size; derived where absent.
    pub size: Option<u64>,
    /// `execute`, `install`, `elevate`, `storage`; default `execute`.
    pub action: Option<String>,
    /// The system; default the computer's, else Windows.
    pub os: Option<Os>,
    /// Why.
    pub reason: Option<String>,
    /// Who asks, as they wrote it.
    pub requestor: Option<String>,
    /// Their address.
    pub requestor_email: Option<String>,
    /// The ticket.
    pub ticket: Option<String>,
    /// Comments.
    pub comments: Option<String>,
    /// The tier a multi-level request waits for; default an ordinary request.
    pub tier: Option<u32>,
    /// Whether the portal asks for a second factor; default no.
    #[serde(default)]
    pub mfa: bool,
    /// Who owns it: a user's name.
    pub assignee: Option<String>,
    /// Who made it what it is: a user's name or any text; default `boss`.
    pub by: Option<String>,
    /// When it was asked; default now.
    pub at: Option<Moment>,
    /// When it was decided; default `at`.
    pub changed_at: Option<Moment>,
}

/// A generated queue: `count` pending requests, nothing stored until touched.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Generate {
    /// How many.
    pub count: u64,
    /// When the newest was asked; default now.
    pub at: Option<Moment>,
    /// Whose, by id or name; default the top organization.
    pub organization: Option<String>,
}
