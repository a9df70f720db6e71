//! The attributes of the three models as the document's tables have them, and their values in a row.

use std::borrow::Cow;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::request::{Listener, Request, Type, Vote};
use crate::dialect::Dialects;

/// One line of a model's table.
#[derive(Clone, Copy, Debug)]
pub(super) struct Attribute {
    pub(super) name: &'static str,
    pub(super) kind: &'static str,
    /// `yes`, nothing, or the condition in the document's words.
    pub(super) required: &'static str,
    pub(super) read_only: bool,
    pub(super) immutable: bool,
    pub(super) protected: bool,
    pub(super) unique: &'static str,
    pub(super) expensive: bool,
    pub(super) values: &'static [&'static str],
}

impl Attribute {
    const fn of(kind: &'static str, name: &'static str) -> Self {
        Self {
            name,
            kind,
            required: "",
            read_only: false,
            immutable: false,
            protected: false,
            unique: "",
            expensive: false,
            values: &[],
        }
    }

    /// Read-only.
    const fn shown(kind: &'static str, name: &'static str) -> Self {
        Self {
            read_only: true,
            ..Self::of(kind, name)
        }
    }

    /// Read-only and expensive to use.
    const fn looked_up(kind: &'static str, name: &'static str) -> Self {
        Self {
            expensive: true,
            ..Self::shown(kind, name)
        }
    }

    pub(super) fn is_array(&self) -> bool {
        self.kind.ends_with("-array")
    }
}

const ID: Attribute = Attribute {
    unique: "yes",
    ..Attribute::shown("string", "id")
};

/// From: AccessRequestModel.
pub(super) static ACCESS_REQUEST: &[Attribute] = &[
    ID,
    Attribute::shown("boolean", "activated"),
    Attribute {
        required: "type == immediate",
        ..Attribute::of("number", "immediate_interval")
    },
    Attribute {
        required: "type == scheduled",
        ..Attribute::of("string", "starts_at")
    },
    Attribute {
        required: "type == scheduled",
        ..Attribute::of("string", "expires_at")
    },
    Attribute {
        required: "yes",
        ..Attribute::of("string", "reason")
    },
    Attribute {
        required: "yes",
        ..Attribute::of("string", "revoke_reason")
    },
    Attribute::shown("number", "required_votes"),
    Attribute {
        values: &["expired", "granted", "pending", "rejected", "revoked"],
        ..Attribute::looked_up("string", "status")
    },
    Attribute {
        required: "yes",
        values: &["immediate", "scheduled"],
        ..Attribute::of("string", "type")
    },
    Attribute::looked_up("string", "account_id"),
    Attribute::looked_up("string", "account_name"),
    Attribute::looked_up("string", "safe_id"),
    Attribute::looked_up("string", "safe_name"),
    Attribute::looked_up("string", "pool_id"),
    Attribute::looked_up("string", "pool_name"),
    Attribute::looked_up("string", "protocol"),
    Attribute::looked_up("string", "server_id"),
    Attribute::looked_up("string", "server_name"),
    Attribute::looked_up("object-array", "listeners"),
    Attribute::looked_up("string-array", "listener_ids"),
    Attribute::looked_up("string-array", "listener_names"),
    Attribute {
        required: "yes",
        immutable: true,
        ..Attribute::looked_up("string", "user_id")
    },
    Attribute::looked_up("string", "user_domain"),
    Attribute::looked_up("string", "user_name"),
    Attribute::looked_up("object-array", "votes"),
    Attribute::looked_up("boolean", "webclient"),
    Attribute::shown("string", "created_at"),
    Attribute::shown("string", "modified_at"),
    Attribute::shown("boolean", "removed"),
];

/// From: AccessRequestVoteModel.
pub(super) static VOTE: &[Attribute] = &[
    ID,
    Attribute {
        required: "yes",
        immutable: true,
        unique: "with user_id",
        ..Attribute::of("string", "access_request_id")
    },
    Attribute {
        required: "yes",
        ..Attribute::of("boolean", "accepted")
    },
    Attribute {
        required: "accepted == false",
        ..Attribute::of("string", "reason")
    },
    Attribute {
        required: "yes",
        immutable: true,
        protected: true,
        unique: "with access_request_id",
        ..Attribute::looked_up("string", "user_id")
    },
    Attribute::shown("string", "created_at"),
    Attribute::shown("string", "modified_at"),
    Attribute::shown("boolean", "removed"),
];

/// From: AccessRequestRevokeModel.
pub(super) static REVOKE: &[Attribute] = &[
    Attribute::of("string", "access_request_id"),
    Attribute::of("string", "revoke_reason"),
];

/// A model's table, as its objspec shows it.
pub(super) fn described(model: &[Attribute]) -> Value {
    let one = |own: &Attribute| {
        let mut line = json!({
            "type": own.kind,
            "readonly": own.read_only,
            "required": own.required == "yes",
            "unique": own.unique == "yes",
            "immutable": own.immutable,
            "protected": own.protected,
            "expensive": own.expensive,
        });
        // What holds under a condition is told in the document's words.
        for (name, words) in [("required", own.required), ("unique", own.unique)] {
            if !matches!(words, "" | "yes") {
                line[name] = json!(words);
            }
        }
        if !own.values.is_empty() {
            line["values"] = json!(own.values);
        }
        (own.name.to_owned(), line)
    };
    Value::Object(model.iter().map(one).collect())
}

/// The attribute of an access request that is called so.
pub(super) fn attribute(name: &str) -> Option<&'static Attribute> {
    ACCESS_REQUEST.iter().find(|own| own.name == name)
}

/// How this instance writes values: the answers to what the document leaves open.
#[derive(Clone, Copy, Debug)]
pub(super) struct Style {
    time: &'static str,
    nested_nulls: bool,
    end_after_start: bool,
}

impl Style {
    pub(super) fn new(dialects: &Dialects) -> Self {
        Self {
            time: dialects.chosen("fudo.time-format"),
            nested_nulls: dialects.is("fudo.nested-nulls", "null"),
            end_after_start: dialects.is("fudo.immediate-expires-at", "after-start"),
        }
    }

    fn time(self, at: Timestamp) -> Shown<'static> {
        let form = match self.time {
            "sql" => "%Y-%m-%d %H:%M:%S%.6f+00",
            "no-zone" => "%Y-%m-%dT%H:%M:%S",
            _ => "%Y-%m-%dT%H:%M:%SZ",
        };
        let utc = at.to_zoned(TimeZone::UTC);
        Shown::Text(Cow::Owned(utc.strftime(form).to_string()))
    }

    fn moment(self, at: Option<Timestamp>) -> Shown<'static> {
        at.map_or(Shown::Null, |at| self.time(at))
    }

    // The members of a vote, as this instance writes them.
    fn nested(self, mut members: Value) -> Value {
        if let Some(members) = members.as_object_mut()
            && !self.nested_nulls
        {
            members.retain(|_, value| !value.is_null());
        }
        members
    }
}

/// A value of a row.
#[derive(Debug)]
pub(super) enum Shown<'a> {
    Null,
    Text(Cow<'a, str>),
    Flag(bool),
    Number(u64),
    Texts(Vec<&'a str>),
    Objects(Vec<Value>),
}

impl Shown<'_> {
    pub(super) fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// As JSON.
    pub(super) fn json(&self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Text(text) => json!(text),
            Self::Flag(flag) => json!(flag),
            Self::Number(number) => json!(number),
            Self::Texts(texts) => json!(texts),
            Self::Objects(objects) => json!(objects),
        }
    }

    /// As a filter compares it; nothing for null and for arrays.
    pub(super) fn text(&self) -> Option<Cow<'_, str>> {
        match self {
            Self::Text(text) => Some(Cow::Borrowed(text)),
            Self::Flag(flag) => Some(Cow::Borrowed(if *flag { "true" } else { "false" })),
            Self::Number(number) => Some(Cow::Owned(number.to_string())),
            Self::Null | Self::Texts(_) | Self::Objects(_) => None,
        }
    }
}

fn text(text: &str) -> Shown<'_> {
    Shown::Text(Cow::Borrowed(text))
}

fn maybe(text: Option<&str>) -> Shown<'_> {
    text.map_or(Shown::Null, |text| Shown::Text(Cow::Borrowed(text)))
}

/// The value of the attribute that is called so.
pub(super) fn value<'a>(row: &'a Request, name: &str, style: Style) -> Shown<'a> {
    let pool = row.pool.as_ref();
    let server = row.server.as_ref();
    match name {
        "id" => Shown::Text(Cow::Owned(row.id.to_string())),
        "activated" => Shown::Flag(row.activated_at.is_some()),
        "immediate_interval" => row
            .immediate_interval
            .map_or(Shown::Null, |hours| Shown::Number(u64::from(hours))),
        "starts_at" => style.moment(row.starts_at),
        "expires_at" if row.kind == Type::Immediate && style.end_after_start => {
            style.moment(row.ends_at())
        }
        "expires_at" => style.moment(row.expires_at),
        "reason" => text(&row.reason),
        "revoke_reason" => maybe(row.revoke_reason.as_deref()),
        "required_votes" => Shown::Number(u64::from(row.required_votes)),
        "status" => text(row.status.word()),
        "type" => text(row.kind.word()),
        "account_id" => text(&row.account.id),
        "account_name" => text(&row.account.name),
        "safe_id" => text(&row.safe.id),
        "safe_name" => text(&row.safe.name),
        "pool_id" => maybe(pool.map(|pool| pool.id.as_str())),
        "pool_name" => maybe(pool.map(|pool| pool.name.as_str())),
        "protocol" => text(&row.protocol),
        "server_id" => maybe(server.map(|server| server.id.as_str())),
        "server_name" => maybe(server.map(|server| server.name.as_str())),
        "listeners" => Shown::Objects(row.listeners.iter().map(listener).collect()),
        "listener_ids" => Shown::Texts(row.listeners.iter().map(|own| own.id.as_str()).collect()),
        "listener_names" => {
            Shown::Texts(row.listeners.iter().map(|own| own.name.as_str()).collect())
        }
        "user_id" => text(&row.user.id),
        "user_domain" => maybe(row.user.domain.as_deref()),
        "user_name" => text(&row.user.name),
        "votes" => {
            let standing = row.votes.iter().filter(|vote| !vote.removed);
            Shown::Objects(standing.map(|own| style.nested(vote(own))).collect())
        }
        "webclient" => Shown::Flag(row.webclient),
        "created_at" => style.time(row.created_at),
        "modified_at" => style.time(row.modified_at),
        "removed" => Shown::Flag(row.removed),
        _ => Shown::Null,
    }
}

// From: AccessRequestModel, listeners.
fn listener(own: &Listener) -> Value {
    json!({
        "id": own.id, "mode": own.mode, "name": own.name, "hidden": own.hidden, "builtin": own.builtin,
        "protocol": own.protocol
    })
}

// From: AccessRequestModel, votes; the acceptance status has the name that the vote's own model gives it.
fn vote(own: &Vote) -> Value {
    json!({
        "reason": own.reason, "user_id": own.user_id, "accepted": own.accepted, "user_name": own.by,
        "user_role": own.role.word(), "user_domain": own.domain
    })
}
