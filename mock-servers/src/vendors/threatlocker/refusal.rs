//! How ThreatLocker says no: a status and an envelope with an id of the vendor's own log.

use serde_json::json;

use super::guid::guid;
use crate::vendors::Answer;

/// One refusal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    pub(crate) says: String,
}

impl Refusal {
    pub(crate) fn new(status: u16, says: &str) -> Self {
        Self {
            status,
            says: says.to_owned(),
        }
    }

    /// 417: what the vendor answers where a value is not good.
    ///
    /// From: public clients, seen live.
    pub(crate) fn invalid(says: &str) -> Self {
        Self::new(417, says)
    }

    /// The opaque 500 of a member that is not there.
    ///
    /// From: public clients, seen live.
    pub(crate) fn null_reference() -> Self {
        Self::new(500, "Object reference not set to an instance of an object.")
    }

    /// A status as a switch's value names it.
    pub(crate) fn named(status: &str, says: &str) -> Self {
        Self::new(status.parse().unwrap_or(417), says)
    }

    /// The refusal of a `vendor-error` fault, by the name behind `threatlocker:`.
    pub(crate) fn of_fault(name: &str) -> Option<Self> {
        Some(match name {
            "401" => Self::new(401, UNAUTHORIZED),
            "401-missing-permission" => Self::new(401, "Missing the 'View Approvals' permission"),
            "403" => Self::new(403, OUT_OF_SCOPE),
            "403-token-revoked" => Self::new(403, TOKEN_REVOKED),
            "404" => Self::new(404, NOT_FOUND),
            "417-new-application-name" => Self::invalid(NEW_NAME),
            "417-validation" => Self::invalid("The request is not valid."),
            "500-null-reference" => Self::null_reference(),
            "500-server-error" => Self::new(500, "An error has occurred."),
            _ => return None,
        })
    }

    /// For the journal.
    pub(crate) fn told(&self) -> String {
        format!("{}: {}", self.status, self.says)
    }

    /// The answer. `number` makes the id in the vendor's log.
    ///
    /// From: public clients, seen live: the envelope.
    pub(crate) fn answer(&self, seed: u64, number: u64) -> Answer {
        let logger = guid(seed, "threatlocker/logger", number);
        let body = json!({ "LoggerId": logger, "StatusCode": self.status, "Message": self.says });
        Answer::json(self.status, body.to_string())
    }
}

pub(crate) const UNAUTHORIZED: &str = "Unauthorized";
pub(crate) const OUT_OF_SCOPE: &str = "You do not have access to this organization.";
pub(crate) const TOKEN_REVOKED: &str = "TOKEN_REVOKED";
pub(crate) const NOT_FOUND: &str = "The approval request was not found.";
pub(crate) const ACTIONED: &str = "The request has been actioned already.";
pub(crate) const NEW_NAME: &str = "Must enter a name for a new application";
