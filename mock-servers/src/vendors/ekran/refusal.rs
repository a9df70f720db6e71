//! How Ekran says no. The document has one such status, 400, and no body.

use serde_json::json;

use crate::dialect::Dialects;
use crate::vendors::Answer;

/// One refusal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    status: u16,
    says: String,
}

impl Refusal {
    pub(super) fn new(status: u16, says: impl Into<String>) -> Self {
        Self {
            status,
            says: says.into(),
        }
    }

    /// The refusal of a `vendor-error` fault, by the name behind `ekran:`.
    pub(super) fn of_fault(name: &str) -> Option<Self> {
        Some(match name {
            "400" => Self::new(400, "The request is invalid."),
            "401" => Self::new(401, UNAUTHORIZED),
            "404" => Self::new(404, "Not found."),
            "500" => Self::new(500, "An error has occurred."),
            _ => return None,
        })
    }

    /// The answer, in the form that the dialect chooses.
    pub(super) fn answer(&self, dialects: &Dialects) -> Answer {
        match dialects.chosen("ekran.error-body") {
            "message" => Answer::json(self.status, json!({ "Message": self.says }).to_string()),
            "problem" => {
                let body = json!({ "title": self.says, "status": self.status });
                Answer::text(self.status, "application/problem+json", body.to_string())
            }
            _ => Answer::empty(self.status),
        }
    }
}

pub(super) const UNAUTHORIZED: &str = "Authorization has been denied for this request.";
