//! The grammar of Password Safe's part of a world. How it becomes state is `world.rs`.

use serde::Deserialize;

use super::people::Role;
use super::request::{AccessType, Status};
use crate::given::{Moment, id_text};

/// Password Safe's part of a world.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Given {
    /// People, beside `boss`, `approver`, `requestor`, `requestor-approver` and `isa`; one of these names alters that one.
    #[serde(default)]
    pub user: Vec<GivenUser>,
    /// Ticket systems; the first is the default one unless another says so.
    #[serde(default)]
    pub ticket_system: Vec<GivenTicketSystem>,
    /// Access policies; `default` is there already and may be replaced.
    #[serde(default)]
    pub policy: Vec<GivenPolicy>,
    /// Managed systems; those that accounts and requests name are there by that alone.
    #[serde(default)]
    pub system: Vec<GivenNamed>,
    /// Managed accounts; those that requests name are there by that alone.
    #[serde(default)]
    pub account: Vec<GivenAccount>,
    /// Aliases of accounts.
    #[serde(default)]
    pub alias: Vec<GivenAlias>,
    /// Applications.
    #[serde(default)]
    pub application: Vec<GivenNamed>,
    /// Requests, in the order of their ids.
    #[serde(default)]
    pub request: Vec<GivenRequest>,
    /// Generated queues; their ids come before those of `request`.
    #[serde(default)]
    pub generate: Vec<Generate>,
}

/// Somebody. For one of the people of every world, what is absent stays as it is.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct GivenUser {
    /// The name in this world, and of the identity.
    pub name: String,
    /// The user name; default `name`.
    pub run_as: Option<String>,
    /// The full name; default `name`.
    pub full_name: Option<String>,
    /// The e-mail address; default `RUN-AS@example.com`.
    pub email: Option<String>,
    /// What the user may do; default requestor.
    pub role: Option<Role>,
    /// The accounts the role is for: ids, names or `SYSTEM/NAME`; default all.
    pub accounts: Option<Vec<String>>,
    /// Whether there is an API registration; default yes.
    pub api: Option<bool>,
    /// Whether PS-Auth needs the password; default yes.
    pub password_required: Option<bool>,
    /// 128 to 263 characters; derived from the seed where absent.
    pub api_key: Option<String>,
    /// Derived from the seed where absent.
    pub password: Option<String>,
    /// 36 to 40 characters; derived from the seed where absent.
    pub client_id: Option<String>,
    /// 36 to 64 characters; derived from the seed where absent.
    pub client_secret: Option<String>,
}

/// A ticket system.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct GivenTicketSystem {
    /// Its id; default the next free one.
    pub id: Option<u64>,
    /// Its name.
    pub name: String,
    /// What it is.
    #[serde(default)]
    pub description: String,
    /// Whether it is the default one.
    pub default: Option<bool>,
}

/// An access policy.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct GivenPolicy {
    /// Its name.
    pub name: String,
    /// How many approvals a request needs; default 1.
    pub approvers: Option<u32>,
    /// Whether a request is active at once; default no.
    pub auto_approve: Option<bool>,
    /// Whether a request must have a ticket number; default no.
    #[serde(default)]
    pub ticket_required: bool,
    /// The ticket system, by id or name; default the default one.
    #[serde(default, deserialize_with = "id_text")]
    pub ticket_system: Option<String>,
    /// Whether a request may switch rotation off; default yes.
    pub rotation_override: Option<bool>,
    /// When and how it lets somebody in; default always and anyhow.
    #[serde(default)]
    pub schedule: Vec<GivenSchedule>,
}

/// A schedule of an access policy.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct GivenSchedule {
    /// Its id; default the next free one.
    pub id: Option<u64>,
    /// Which access; default any.
    pub access_types: Option<Vec<AccessType>>,
    /// On which days, `mon` to `sun`; default every day.
    #[serde(default)]
    pub days: Vec<Day>,
    /// From which time of the day on, UTC, `08:00`.
    pub from: Option<String>,
    /// Until which time of the day, UTC, exclusive.
    pub to: Option<String>,
    /// How many approvals a request needs; default the policy's.
    pub approvers: Option<u32>,
    /// Whether a request is active at once; default the policy's.
    pub auto_approve: Option<bool>,
}

/// A day of the week.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "the days of the week")]
pub enum Day {
    Mon,
    Tue,
    Wed,
    Thu,
    Fri,
    Sat,
    Sun,
}

/// Something with a name and an id.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GivenNamed {
    /// Its id; default the next free one.
    pub id: Option<u64>,
    /// Its name.
    pub name: String,
}

/// A managed account.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct GivenAccount {
    /// Its id; default the next free one.
    pub id: Option<u64>,
    /// Its name.
    pub name: String,
    /// Its system, by id or name.
    #[serde(default, deserialize_with = "id_text")]
    pub system: Option<String>,
    /// Further systems it is valid for, by id or name.
    #[serde(default)]
    pub systems: Vec<String>,
    /// Its domain, for a domain account.
    pub domain: Option<String>,
    /// Whether the API may ask for it; default yes.
    pub api_access: Option<bool>,
    /// The name of its access policy; default `default`.
    pub policy: Option<String>,
    /// Whether its credentials are rotated at the end; default yes.
    pub rotates: Option<bool>,
    /// Short for a policy of its own with so many approvals.
    pub approvers: Option<u32>,
    /// Short for a policy of its own that is active at once.
    pub auto_approve: Option<bool>,
    /// Short for a policy of its own that requires a ticket number.
    pub ticket_required: Option<bool>,
}

/// An alias.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GivenAlias {
    /// Its id; default the next free one.
    pub id: Option<u64>,
    /// Its name.
    pub name: String,
    /// Its account: id, name or `SYSTEM/NAME`.
    #[serde(default, deserialize_with = "id_text")]
    pub account: Option<String>,
}

/// One request of a world.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct GivenRequest {
    /// A name to refer to it by.
    pub name: Option<String>,
    /// Its id; default the next free one.
    #[serde(default, deserialize_with = "id_text")]
    pub id: Option<String>,
    /// Where it stands; default pending, or active where its policy approves by itself.
    pub status: Option<Status>,
    /// Who asks: a user's name; default `requestor`.
    pub requestor: Option<String>,
    /// On which system, by id or name; default the account's own.
    #[serde(default, deserialize_with = "id_text")]
    pub system: Option<String>,
    /// For which account: id, name or `SYSTEM/NAME`; default one of its own, invented.
    #[serde(default, deserialize_with = "id_text")]
    pub account: Option<String>,
    /// The domain of an account that is there by this alone.
    pub domain: Option<String>,
    /// By which alias, by id or name; it stands for system and account.
    #[serde(default, deserialize_with = "id_text")]
    pub alias: Option<String>,
    /// For which application, by id or name; makes the access type `App`.
    #[serde(default, deserialize_with = "id_text")]
    pub application: Option<String>,
    /// What kind of access; default View.
    pub access_type: Option<AccessType>,
    /// For how many minutes; default 480.
    pub duration: Option<u32>,
    /// Why.
    pub reason: Option<String>,
    /// The ticket number.
    pub ticket: Option<String>,
    /// The ticket system, by id or name; default the default one, if there is a ticket.
    #[serde(default, deserialize_with = "id_text")]
    pub ticket_system: Option<String>,
    /// How many approvals it needs; default its policy's.
    pub approvers: Option<u32>,
    /// Who has approved so far, or made it what it is: users' names.
    #[serde(default)]
    pub approved_by: Vec<String>,
    /// Who denied or cancelled it: a user's name.
    pub denied_by: Option<String>,
    /// Why.
    pub denied_reason: Option<String>,
    /// Whether the credentials are rotated at the end; default yes.
    pub rotate_on_check_in: Option<bool>,
    /// When it was filed; default now.
    pub at: Option<Moment>,
    /// From when access is asked for; default `at`.
    pub release_at: Option<Moment>,
    /// When it was approved, denied or ended last; default `at`.
    pub changed_at: Option<Moment>,
}

/// A generated queue of pending requests.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Generate {
    /// How many requests.
    pub count: u64,
    /// The time of the newest; the oldest is two days older. Default now.
    pub at: Option<Moment>,
}
