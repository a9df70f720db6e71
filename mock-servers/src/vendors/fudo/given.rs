//! The grammar of Fudo's part of a world. How it becomes state is `adding.rs`.

use serde::Deserialize;

use super::people::Role;
use super::request::{Status, Type};
use crate::given::{Moment, id_text};

/// Fudo's part of a world.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Given {
    /// People, beside `boss`, `approver`, `second-voter`, `operator` and `requestor`; one of these names alters that one.
    #[serde(default)]
    pub user: Vec<GivenUser>,
    /// Access requests, in the order of their ids.
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
    pub user_name: Option<String>,
    /// The id; derived from the seed where absent.
    #[serde(default, deserialize_with = "id_text")]
    pub id: Option<String>,
    /// The domain; default none.
    pub domain: Option<String>,
    /// What the user may do; default user.
    pub role: Option<Role>,
    /// The safes that an admin or operator is granted, by name; default all.
    pub safes: Option<Vec<String>>,
    /// Whether there is an API key; default yes.
    pub api: Option<bool>,
    /// 64 characters, or 32; derived from the seed where absent.
    pub api_key: Option<String>,
    /// For the deprecated login; default none, then there is no such login.
    pub password: Option<String>,
}

/// Something by its name, or by id and name.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum GivenNamed {
    /// Its id is derived from the seed and the name.
    Name(String),
    /// With an id of one's own.
    Whole(GivenWhole),
}

/// An id and a name.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GivenWhole {
    /// The id.
    pub id: String,
    /// The name.
    pub name: String,
}

/// A vote that a request has already.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GivenVote {
    /// A user's name.
    pub by: String,
    /// For it or against it; default for it.
    #[serde(default = "yes")]
    pub accepted: bool,
    /// Why.
    pub reason: Option<String>,
    /// Whether it was taken away again.
    #[serde(default)]
    pub removed: bool,
}

fn yes() -> bool {
    true
}

/// One access request of a world.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct GivenRequest {
    /// A name to refer to it by.
    pub name: Option<String>,
    /// Its id; default the next free one, of 19 digits.
    #[serde(default, deserialize_with = "id_text")]
    pub id: Option<String>,
    /// Where it stands; default pending.
    pub status: Option<Status>,
    /// When access is asked for; default immediate, or scheduled where a window is given.
    #[serde(rename = "type")]
    pub kind: Option<Type>,
    /// Hours of an immediate one, 1 to 24; default 4.
    pub interval: Option<u32>,
    /// The window of a scheduled one; default an hour after it was asked for.
    pub starts_at: Option<Moment>,
    /// The window's end; default eight hours after its begin.
    pub expires_at: Option<Moment>,
    /// Why.
    pub reason: Option<String>,
    /// How many votes grant it; default 1.
    pub required_votes: Option<u32>,
    /// The votes so far; default those that its status needs.
    pub votes: Option<Vec<GivenVote>>,
    /// Why it was revoked.
    pub revoke_reason: Option<String>,
    /// Who revoked it: a user's name; default `boss`.
    pub revoked_by: Option<String>,
    /// Who asks: a user's name, or a stranger's; default `requestor`.
    pub user: Option<String>,
    /// The account; default invented.
    pub account: Option<GivenNamed>,
    /// The server; default invented, none where there is a pool.
    pub server: Option<GivenNamed>,
    /// The safe; default `Linux servers`.
    pub safe: Option<GivenNamed>,
    /// The pool; default none.
    pub pool: Option<GivenNamed>,
    /// The protocol; default ssh.
    pub protocol: Option<String>,
    /// The listeners' names; default one, called after the protocol.
    pub listeners: Option<Vec<String>>,
    /// Whether the web client is available; default no.
    #[serde(default)]
    pub webclient: bool,
    /// When it was asked for; default now.
    pub at: Option<Moment>,
    /// When it was decided; default `at`.
    pub changed_at: Option<Moment>,
    /// When its session began; default not yet.
    pub activated_at: Option<Moment>,
    /// Whether it was removed.
    #[serde(default)]
    pub removed: bool,
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
