//! The grammar of Ekran's part of a world. How it becomes state is `adding.rs`.

use serde::Deserialize;

use super::request::Status;
use crate::given::{Moment, id_text};

/// Ekran's part of a world.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Given {
    /// The key of the header; derived from the seed where absent, with punctuation.
    pub api_key: Option<String>,
    /// Console operators, beside `admin` and `countersign`.
    #[serde(default)]
    pub operator: Vec<GivenOperator>,
    /// Requests, in the order of their ids.
    #[serde(default)]
    pub request: Vec<GivenRequest>,
    /// Generated requests, all processed; their ids come before those of `request`.
    #[serde(default)]
    pub generate: Vec<Generate>,
}

/// Somebody who processes requests in the console.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GivenOperator {
    /// The name.
    pub name: String,
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
    /// Where it stands; default pending, which the API does not show.
    pub status: Option<Status>,
    /// Who asks, `COMPUTER\user`; default invented.
    pub user: Option<String>,
    /// The address; default invented, empty for none.
    pub remote_ip: Option<String>,
    /// When it was made; default now.
    pub at: Option<Moment>,
    /// When it was processed; default `at`.
    pub changed_at: Option<Moment>,
    /// Which operator processed it; default `admin`.
    pub by: Option<String>,
    /// What the operator said.
    pub comment: Option<String>,
    /// How long the session was, `40m34s415ms`; default none of it yet.
    pub session: Option<String>,
    /// How much of it was not idle; default all.
    pub productive: Option<String>,
}

/// Generated requests, all processed.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Generate {
    /// How many requests.
    pub count: u64,
    /// The time of the newest; the oldest is thirty days older. Default now.
    pub at: Option<Moment>,
}
