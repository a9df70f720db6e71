//! What Password Safe's answers mean: statuses by endpoint, and the codes in their bodies. Data, and its reading.

mod code;
mod sentences;

use std::time::Duration;

use super::wire;
use crate::model::{Call, Method, VendorCode};
use crate::vendors::Meaning;
use crate::vendors::http::Reply;

/// A call of the vendor's API, as far as its answers mean something of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Endpoint {
    /// `GET Requests`.
    List,
    /// `PUT Requests/{id}/Approve`.
    Approve,
    /// `PUT Requests/{id}/Deny`.
    Deny,
    /// `POST Requests`.
    File,
    /// `POST Aliases/{aliasId}/Requests`.
    FileByAlias,
    /// `PUT Requests/{id}/Checkin`.
    CheckIn,
    /// Anything else: no answer of it is known.
    Other,
}

impl Endpoint {
    /// As the document names it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::List => "GET Requests",
            Self::Approve => "PUT Requests/{id}/Approve",
            Self::Deny => "PUT Requests/{id}/Deny",
            Self::File => "POST Requests",
            Self::FileByAlias => "POST Aliases/{aliasId}/Requests",
            Self::CheckIn => "PUT Requests/{id}/Checkin",
            Self::Other => "another call",
        }
    }

    /// The endpoint of a composed call.
    #[must_use]
    pub fn of(call: &Call) -> Self {
        let mut parts = call.path.trim_start_matches('/').split('/');
        let parts = [parts.next(), parts.next(), parts.next(), parts.next()];
        match (call.method, parts) {
            (Method::Put, [Some("Requests"), Some(_), Some("Approve"), None]) => Self::Approve,
            (Method::Put, [Some("Requests"), Some(_), Some("Deny"), None]) => Self::Deny,
            (Method::Put, [Some("Requests"), Some(_), Some("Checkin"), None]) => Self::CheckIn,
            (Method::Post, [Some("Requests"), None, None, None]) => Self::File,
            (Method::Post, [Some("Aliases"), Some(_), Some("Requests"), None]) => Self::FileByAlias,
            (Method::Put | Method::Post | Method::Delete, _) => Self::Other,
        }
    }
}

const fn documented(
    at: Endpoint,
    code: &'static str,
    means: &'static str,
    todo: &'static str,
) -> VendorCode {
    VendorCode {
        at: at.name(),
        code,
        means,
        todo,
    }
}

/// Every documented code, by endpoint (the document's "Response Codes"; 4032: vendor-facts section 2).
pub const CODES: &[VendorCode] = &[
    documented(
        Endpoint::List,
        "4032",
        "only requestors may use this API or account",
        "give the run-as user the approver role, or use another user",
    ),
    documented(
        Endpoint::List,
        "4033",
        "only approvers may use this API or account",
        "give the run-as user the approver role, or use another user",
    ),
    documented(
        Endpoint::Approve,
        "4033",
        "the run-as user made this request, and nobody may approve his or her own",
        "let the queue of another approver decide it",
    ),
    documented(
        Endpoint::Approve,
        "4036",
        "it has been approved already",
        "nothing: reading it again tells what stands",
    ),
    documented(
        Endpoint::Deny,
        "4033",
        "the run-as user made this request, and nobody may deny his or her own",
        "let the queue of another approver decide it",
    ),
    documented(
        Endpoint::File,
        "4031",
        "the run-as user may not ask for this account, or the account is not one of this system",
        "check system and account, and that the user has the requestor role for it",
    ),
    documented(
        Endpoint::File,
        "4033",
        "only approvers may use this API or account",
        "file with the queue of a user who has the requestor role for it",
    ),
    documented(
        Endpoint::File,
        "4035",
        "not enough approvers are configured to approve such a request",
        "have the access policy given as many approvers as it asks for",
    ),
    documented(Endpoint::File, CONFLICT, CONFLICT_MEANS, CONFLICT_ADVICE),
    documented(
        Endpoint::FileByAlias,
        "4031",
        "the run-as user may not ask for the account behind this alias, or the alias stands for none",
        "check the alias, and that the user has the requestor role for its account",
    ),
    documented(
        Endpoint::FileByAlias,
        "4033",
        "only approvers may use this API or account",
        "file with the queue of a user who has the requestor role for it",
    ),
    documented(
        Endpoint::FileByAlias,
        "4035",
        "not enough approvers are configured to approve such a request",
        "have the access policy given as many approvers as it asks for",
    ),
    documented(
        Endpoint::FileByAlias,
        CONFLICT,
        CONFLICT_MEANS,
        CONFLICT_ADVICE,
    ),
    documented(
        Endpoint::CheckIn,
        "4031",
        "the run-as user may not give this request back",
        "let the queue of the user who filed it give it back",
    ),
    documented(
        Endpoint::CheckIn,
        "4034",
        "it is not approved yet, so there is nothing to give back",
        "wait for its approver, or have it denied",
    ),
];

/// The status that says that somebody has asked for the account already; what its body holds is not documented.
const CONFLICT: &str = "409";
const CONFLICT_MEANS: &str =
    "this user or another has already asked for the account within the duration";
const CONFLICT_ADVICE: &str = "look in the portal who has; where it is this user's own approved request, on-conflict = \"reuse\" or \"renew\" says what to do about it";

/// The code that says that an approval had been given before.
const APPROVED_ALREADY: &str = "4036";

/// What statuses mean; every one that is not named is *unknown*.
#[derive(Clone, Copy, Debug)]
pub struct Outcomes {
    /// Success of a verdict or a check-in, with an empty body. It claims; only a read-back proves.
    pub decided: u16,
    /// Success of a filing, with the id of a request that was there before.
    pub reused: u16,
    /// Success of a filing, with the id of a new request.
    pub filed: u16,
    /// A definite no, in the vendor's form: empty, a code, or words.
    pub definite_no: &'static [u16],
    /// The one whose body holds a code.
    pub coded: u16,
    /// A definite no to the session, in the vendor's form.
    pub credential: u16,
    /// A definite no for now, whatever the body.
    pub wait: u16,
    /// How long to wait where the vendor does not say.
    pub wait_unasked: Duration,
}

/// Approve, Deny and Checkin: "204 – Request successful. No content in body." POST: "200 – Existing request is
/// being reused", "201 – Request successful", with the id in the body.
pub static OUTCOMES: Outcomes = Outcomes {
    decided: 204,
    reused: 200,
    filed: 201,
    definite_no: &[400, 403, 404, 405, 409, 413, 415, 417, 422],
    // "403 – … Response body contains a status code"; a 409 says by itself what it means.
    coded: 403,
    credential: 401,
    wait: 429,
    wait_unasked: Duration::from_secs(10),
};

impl Outcomes {
    /// What one whole answer to a write means.
    pub(super) fn meaning(&self, call: &Call, reply: &Reply) -> Meaning {
        let endpoint = Endpoint::of(call);
        let status = reply.status;
        if status == self.wait {
            return Meaning::Wait(reply.wait.unwrap_or(self.wait_unasked));
        }
        if let Some(success) = self.success(endpoint, reply) {
            return success;
        }
        if status != self.credential && !self.definite_no.contains(&status) {
            return Meaning::Unknown(reply.answered());
        }
        if !wire::is_vendors(reply) {
            // A gateway's page, not the vendor's word.
            return Meaning::Unknown(format!("answered {status} with a web page"));
        }
        if status == self.credential {
            let why = format!("answered {status}: the session was rejected");
            return Meaning::CredentialRejected(why);
        }
        match self.code(endpoint, &call.path, reply) {
            Some(code) if code.code == APPROVED_ALREADY => {
                Meaning::DoneBefore(sentence(status, code))
            }
            Some(code) if code.code == CONFLICT => Meaning::Conflict(sentence(status, code)),
            Some(code) => Meaning::Refused(sentence(status, code)),
            None => Meaning::Refused(format!("answered {status}")),
        }
    }

    /// What an answer means that has the status of success at this endpoint.
    fn success(&self, endpoint: Endpoint, reply: &Reply) -> Option<Meaning> {
        let status = reply.status;
        match endpoint {
            Endpoint::Approve | Endpoint::Deny | Endpoint::CheckIn => {
                let empty = reply.body.trim_ascii().is_empty();
                (status == self.decided).then(|| match empty {
                    true => Meaning::Claimed,
                    false => Meaning::Unknown(format!(
                        "answered {status} with a body, which it never has"
                    )),
                })
            }
            Endpoint::File | Endpoint::FileByAlias => {
                let reused = status == self.reused;
                (reused || status == self.filed).then(|| match wire::filed(reply) {
                    Some(id) => Meaning::Filed { id, reused },
                    None => Meaning::Unknown(format!("answered {status} without a request's id")),
                })
            }
            Endpoint::List | Endpoint::Other => None,
        }
    }

    /// The code in an answer to a call of that path, or its status where that says as much.
    pub(super) fn code(
        &self,
        endpoint: Endpoint,
        path: &str,
        reply: &Reply,
    ) -> Option<&'static VendorCode> {
        if reply.status == self.coded {
            return code::held(endpoint, path, &reply.body);
        }
        code::known(endpoint, &reply.status.to_string())
    }
}

/// One sentence, with what to do.
pub(super) fn sentence(status: u16, code: &VendorCode) -> String {
    let VendorCode {
        at: _,
        code,
        means,
        todo,
    } = code;
    format!("answered {status}, code {code}: {means}; {todo}")
}
