//! How Password Safe says no: a status, in a 403 or 409 mostly a code of four digits, and the forms its body may take.

use serde_json::json;

use crate::dialect::Dialects;
use crate::vendors::Answer;

/// One refusal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    pub(crate) code: Option<u16>,
    /// In words.
    pub(crate) says: String,
}

impl Refusal {
    /// 403 with one of the document's codes.
    pub(crate) fn code(code: u16, says: &str) -> Self {
        Self {
            status: 403,
            code: Some(code),
            says: says.to_owned(),
        }
    }

    /// A status with words alone.
    pub(crate) fn plain(status: u16, says: &str) -> Self {
        Self {
            status,
            code: None,
            says: says.to_owned(),
        }
    }

    /// 400: the body or a parameter is wrong.
    pub(crate) fn bad(says: &str) -> Self {
        Self::plain(400, says)
    }

    /// 409. The code 4091 was seen in a public integration; the document has none.
    pub(crate) fn conflict() -> Self {
        Self {
            status: 409,
            code: Some(4091),
            says: CONFLICT.to_owned(),
        }
    }

    /// The account's API access is off: 403, for which the document names no code.
    pub(crate) fn api_access_off() -> Self {
        Self::plain(403, "The account does not have API access enabled.")
    }

    /// A refusal as a switch's value names it: a status, or a code of four digits.
    pub(crate) fn named(value: &str, says: &str) -> Self {
        match value.parse() {
            Ok(code @ 4000..=4999) => Self::code(code, says),
            Ok(status) => Self::plain(status, says),
            Err(_) => Self::bad(says),
        }
    }

    /// The refusal of a `vendor-error` fault, by the name behind `beyondtrust:`.
    pub(crate) fn of_fault(name: &str) -> Option<Self> {
        Some(match name {
            "4031" => Self::code(4031, NO_PERMISSION),
            "4032" => Self::code(4032, REQUESTOR_ONLY),
            "4033" => Self::code(4033, APPROVER_ONLY),
            "4034" => Self::code(4034, NOT_YET_APPROVED),
            "4035" => Self::code(4035, TOO_FEW_APPROVERS),
            "4036" => Self::code(4036, APPROVED_ALREADY),
            "400" => Self::bad("The request is invalid."),
            "401" | "two-factor" => Self::plain(401, UNAUTHENTICATED),
            "403" => Self::plain(403, "Access forbidden."),
            "404" => Self::plain(404, "Object not found."),
            "409" => Self::conflict(),
            "500" => Self::plain(500, "An error has occurred."),
            _ => return None,
        })
    }

    /// For the journal: the code, if any, and the words.
    pub(crate) fn told(&self) -> String {
        match self.code {
            Some(code) => format!("{code}: {}", self.says),
            None => format!("{}: {}", self.status, self.says),
        }
    }

    /// The answer, in the form that the dialect chooses.
    pub(crate) fn answer(&self, dialects: &Dialects) -> Answer {
        let words = || self.says.clone();
        let code_or_words = || self.code.map_or_else(words, |code| code.to_string());
        let text = |body: String| Answer::text(self.status, "text/plain; charset=utf-8", body);
        match (dialects.chosen("beyondtrust.error-body"), self.code) {
            ("json-string", _) => Answer::json(self.status, json!(code_or_words()).to_string()),
            ("json-number", Some(code)) => Answer::json(self.status, code.to_string()),
            ("json-number", None) => Answer::json(self.status, json!(self.says).to_string()),
            ("prose", Some(code)) => text(format!("{code} - {}", self.says)),
            ("prose", None) | ("message", _) => text(words()),
            (_, _) => text(code_or_words()),
        }
    }
}

pub(crate) const NO_PERMISSION: &str = "User does not have permission to request the account or the account is not valid for the system.";
pub(crate) const NO_RELEASE: &str = "User does not have permission to release a password.";
pub(crate) const REQUESTOR_ONLY: &str =
    "Requestor Only API or account. Only Requestors can access this API or account.";
pub(crate) const APPROVER_ONLY: &str =
    "Approver Only API or account. Only Approvers can access this API or account.";
pub(crate) const OWN_APPROVAL: &str = "Approver only - User cannot approve his or her own request.";
pub(crate) const OWN_DENIAL: &str = "Approver only - User cannot deny his or her own request.";
pub(crate) const NOT_YET_APPROVED: &str = "Request is not yet approved.";
pub(crate) const TOO_FEW_APPROVERS: &str = "Not enough Approvers configured to approve a request.";
pub(crate) const APPROVED_ALREADY: &str = "Request has been approved already.";
pub(crate) const UNAUTHENTICATED: &str = "User is not authenticated.";
const CONFLICT: &str = "Conflicting request exists. This user or another user has already requested a password for the specified account within the next <durationMinutes> window.";

#[cfg(test)]
mod tests {
    use super::*;

    fn body(form: &str, refusal: &Refusal) -> (String, String) {
        let chosen = [("beyondtrust.error-body".to_owned(), form.to_owned())];
        let answer = refusal.answer(&Dialects::read(&chosen).unwrap());
        let kind = answer.headers[0].1.clone();
        (kind, String::from_utf8(answer.body.to_vec()).unwrap())
    }

    #[test]
    fn a_code_has_five_forms() {
        let no = Refusal::code(4036, APPROVED_ALREADY);
        assert_eq!(body("text", &no).1, "4036");
        assert_eq!(body("json-string", &no).1, "\"4036\"");
        assert_eq!(body("json-number", &no).1, "4036");
        assert_eq!(body("prose", &no).1, format!("4036 - {APPROVED_ALREADY}"));
        assert_eq!(body("message", &no).1, APPROVED_ALREADY);
        assert!(body("text", &no).0.starts_with("text/plain"));
        assert!(body("json-number", &no).0.starts_with("application/json"));
    }

    #[test]
    fn without_a_code_there_are_words() {
        let no = Refusal::api_access_off();
        assert_eq!(no.status, 403);
        for form in ["text", "json-string", "json-number", "prose", "message"] {
            let said = body(form, &no).1;
            assert!(
                said.contains("API access") && !said.contains("403"),
                "{said}"
            );
        }
    }
}
