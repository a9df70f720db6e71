//! What adapters ask for, and what they get: reads, calls of a session, whole answers.

use std::time::Duration;

use secrecy::SecretString;

use super::origin;
use crate::model::ReadErrorKind;

/// One read to make.
#[derive(Clone, Debug)]
pub(in crate::vendors) struct Get {
    /// Below the configured url, beginning with `/`, percent-encoded.
    pub(in crate::vendors) path: String,
    /// Parameters in the order sent, not encoded.
    pub(in crate::vendors) query: Vec<(&'static str, String)>,
    /// Most bytes of the answer.
    pub(in crate::vendors) limit: usize,
}

impl Get {
    /// The call as messages name it: no value of a parameter, since people may have written it.
    pub(in crate::vendors) fn shown(&self) -> String {
        origin::shown("GET", &self.path, self.query.iter().map(|(name, _)| *name))
    }
}

/// One read in the name of an organization: with a body it is a POST, since a vendor may read with both.
#[derive(Clone, Debug)]
pub(in crate::vendors) struct Inquiry {
    /// Below the configured url, beginning with `/`.
    pub(in crate::vendors) path: &'static str,
    /// Parameters in the order sent, not encoded.
    pub(in crate::vendors) query: Vec<(&'static str, String)>,
    /// What is asked for, where it stands in a body.
    pub(in crate::vendors) body: Option<serde_json::Value>,
    /// The organization, for its header.
    pub(in crate::vendors) organization: String,
    /// Most bytes of the answer.
    pub(in crate::vendors) limit: usize,
}

impl Inquiry {
    /// The call as messages name it.
    pub(in crate::vendors) fn shown(&self) -> String {
        let method = if self.body.is_some() { "POST" } else { "GET" };
        origin::shown(method, self.path, self.query.iter().map(|(name, _)| *name))
    }
}

/// A call that begins or ends a session: it decides nothing, and may be made again.
#[derive(Clone, Debug)]
pub(in crate::vendors) struct Post {
    /// Below the configured url, beginning with `/`, percent-encoded.
    pub(in crate::vendors) path: &'static str,
    /// Fields of a form; with none of them the body is empty.
    pub(in crate::vendors) form: Vec<(&'static str, SecretString)>,
    /// The headers that it carries in place of those that every call does.
    pub(in crate::vendors) credentials: Option<Vec<(&'static str, SecretString)>>,
}

impl Post {
    /// The call as messages name it.
    pub(in crate::vendors) fn shown(&self) -> String {
        origin::shown("POST", self.path, self.form.iter().map(|(name, _)| *name))
    }
}

/// A whole answer, whatever its status.
#[derive(Clone, Debug, Default)]
pub(in crate::vendors) struct Reply {
    /// The HTTP status.
    pub(in crate::vendors) status: u16,
    /// The media type, lower case, without parameters.
    pub(in crate::vendors) media: Option<String>,
    /// Every byte of it.
    pub(in crate::vendors) body: Vec<u8>,
    /// How long the vendor asks to wait, by `Retry-After` or `x-ratelimit-reset`.
    pub(in crate::vendors) wait: Option<Duration>,
    /// `name=value` of each cookie that it sets.
    pub(in crate::vendors) cookies: Vec<SecretString>,
    /// Where in a list it stands, by the header `pagination`.
    pub(in crate::vendors) pagination: Option<String>,
    /// Whether it asks for a second factor (`WWW-Authenticate-2FA`).
    pub(in crate::vendors) second_factor: bool,
}

impl Reply {
    /// Whether the body calls itself JSON; a body without a media type may still be.
    pub(in crate::vendors) fn may_be_json(&self) -> bool {
        self.media.as_deref().is_none_or(|media| {
            media == "application/json" || media == "text/json" || media.ends_with("+json")
        })
    }

    /// Its status in our words, as in `answered 503`; of a redirect, that it was left at that.
    pub(in crate::vendors) fn answered(&self) -> String {
        match self.status {
            300..=399 => format!(
                "answered {}, a redirect, which is never followed",
                self.status
            ),
            status => format!("answered {status}"),
        }
    }

    /// What sort of trouble a status is, where the vendor has no meaning of its own for it. A 500 may be about one
    /// request (at ThreatLocker it can be the answer about one that is gone); these three never are.
    pub(in crate::vendors) fn trouble(&self) -> ReadErrorKind {
        match self.status {
            502..=504 => ReadErrorKind::Unavailable,
            _ => ReadErrorKind::Refused,
        }
    }
}

/// What became of a write.
#[derive(Debug)]
pub(in crate::vendors) enum Written {
    /// Nothing left this machine.
    NotSent(String),
    /// It may have arrived, and no whole answer came back.
    Lost(String),
    /// A whole answer.
    Answered(Reply),
}
