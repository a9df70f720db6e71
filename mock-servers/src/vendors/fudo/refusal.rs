//! How Fudo says no. Its page of possible responses was not readable, so every form here is a switch.

use serde_json::json;

use crate::dialect::Dialects;
use crate::vendors::Answer;

/// One refusal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    /// In words.
    pub(crate) says: String,
}

impl Refusal {
    pub(crate) fn new(status: u16, says: impl Into<String>) -> Self {
        Self {
            status,
            says: says.into(),
        }
    }

    /// 400: the body or a parameter is wrong.
    pub(crate) fn bad(says: impl Into<String>) -> Self {
        Self::new(400, says)
    }

    /// A refusal with the status that a switch's value names.
    pub(crate) fn named(value: &str, says: &str) -> Self {
        Self::new(value.parse().unwrap_or(400), says)
    }

    /// The refusal of a `vendor-error` fault, by the name behind `fudo:`.
    pub(crate) fn of_fault(name: &str) -> Option<Self> {
        Some(match name {
            "400" => Self::bad("The request is invalid."),
            "401" => Self::new(401, UNAUTHORIZED),
            "403" => Self::new(403, MAY_NOT),
            "404" => Self::new(404, NOT_FOUND),
            "409-second-vote" => Self::new(409, SECOND_VOTE),
            "409-not-pending" => Self::new(409, NOT_PENDING),
            "409-not-granted" => Self::new(409, NOT_GRANTED),
            "500" => Self::new(500, "Internal error."),
            _ => return None,
        })
    }

    /// For the journal.
    pub(crate) fn told(&self) -> String {
        format!("{}: {}", self.status, self.says)
    }

    /// The answer, in the form that the dialects choose.
    pub(crate) fn answer(&self, dialects: &Dialects) -> Answer {
        let hidden = dialects.is("fudo.failure-status", "200") && self.shows_in_body_alone();
        let status = if hidden { 200 } else { self.status };
        let body = match dialects.chosen("fudo.failure-body") {
            "errors" => json!({ "result": "failure", "errors": [{ "message": self.says }] }),
            // A refusal that shows neither in the status nor in the body would be a success.
            "empty" if !hidden => return Answer::empty(status),
            _ => json!({ "result": "failure", "message": self.says }),
        };
        Answer::json(status, body.to_string())
    }

    fn shows_in_body_alone(&self) -> bool {
        matches!(self.status, 400..=499) && self.status != 401
    }
}

pub(crate) const UNAUTHORIZED: &str = "Unauthorized.";
pub(crate) const MAY_NOT: &str = "Insufficient privileges.";
pub(crate) const NOT_FOUND: &str = "Object not found.";
pub(crate) const SECOND_VOTE: &str =
    "The combination of access_request_id and user_id must be unique.";
pub(crate) const NOT_PENDING: &str = "The access request is not pending.";
pub(crate) const NOT_GRANTED: &str = "The access request is not granted.";
pub(crate) const OWN: &str = "Users do not vote about their own access requests.";
