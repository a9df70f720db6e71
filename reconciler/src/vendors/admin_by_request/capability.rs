//! What Admin By Request can do, what our calls look like, and what answers to them mean: data, checked
//! by `plan` and by `send`.

use std::time::Duration;

use super::wire;
use crate::model::{
    Alarm, Call, Capabilities, Decision, Fact, FactKind, Live, Mark, MarkPlace, Method, Operation,
    ReadAbilities, Repeat, RequestId, Terms, TextUnit, Vendor,
};
use crate::vendors::Meaning;
use crate::vendors::http::Reply;

/// What Admin By Request can do. Sources: the document's "Approving requests" and "Keeping state".
pub static CAPABILITIES: Capabilities = Capabilities {
    vendor: Vendor::AdminByRequest,
    // "If request is already approved or started, nothing happens", for PUT and DELETE alike.
    approve: Some(Operation {
        repeat: Repeat::Ignored,
        mark: MarkPlace::Nowhere,
        notifies: "the user, by email",
        undo: "in the portal only",
        proof: "status, and approvedBy where a portal user is reserved as `acting-as`",
        cannot_verify: &[],
        conclusions: &[],
        lasts: None,
        compose: approve,
    }),
    deny: Some(Operation {
        repeat: Repeat::Ignored,
        mark: MarkPlace::Shown,
        notifies: "the user, by email",
        undo: "no; the user has to ask again",
        proof: "status, deniedBy, and our mark in deniedReason",
        cannot_verify: &[],
        conclusions: &[],
        lasts: None,
        compose: deny,
    }),
    revoke: None,
    filing: None,
    ratifies: None,
    needs_permit: false,
    otherwise: "portal only: a deny of a granted request is answered with success and does nothing",
    facts: &[
        text("user"),
        text("email"),
        text("computer"),
        text("file"),
        text("vendor"),
        text("version"),
        Fact {
            key: "sha256",
            kind: FactKind::CaseFolded,
        },
        text("scan"),
        text("type"),
        text("reason"),
        text("settings"),
        text("requested-at"),
        text("threat"),
    ],
    who: &["user", "email", "computer"],
    anchors: &["user", "computer"],
    on_what: &["file", "vendor", "version", "sha256", "type"],
    // The samples of the document show "Clean" and no threat; whatever else a scan says is worth a look.
    alarms: &[
        Alarm {
            key: "scan",
            harmless: &["Clean"],
        },
        Alarm {
            key: "threat",
            harmless: &[],
        },
    ],
    same_for_all: true,
    names_decider: true,
    codes: &[],
    // The document names no limit. The reason travels in the url, where gateways cut at about 2000 bytes.
    text_limit: 500,
    text_unit: TextUnit::CodePoint,
    read: ReadAbilities {
        look_up: true,
        whole_rows: true,
        pending_filter: true,
        key_ranges: true,
        page: 1000,
    },
    absent_means: "dropped from the list two weeks after it was made, or never there",
    cannot_verify: &[
        "whether a request exists once two weeks have passed",
        "which ticket a request belongs to: this vendor has no field for it",
    ],
    assumptions: &[],
    canonical_id,
};

const fn text(key: &'static str) -> Fact {
    Fact {
        key,
        kind: FactKind::Text,
    }
}

/// Digits without leading zeros, 19 at most: `007` is `7`.
fn canonical_id(raw: &str) -> Result<RequestId, String> {
    let digits = !raw.is_empty() && raw.bytes().all(|byte| byte.is_ascii_digit());
    let significant = match raw.trim_start_matches('0') {
        "" => "0",
        rest => rest,
    };
    if digits && significant.len() <= 19 {
        Ok(RequestId::canonical(significant))
    } else {
        Err("a request id of Admin By Request has 1 to 19 digits and nothing else".to_owned())
    }
}

/// `PUT requests/{id}?approvedby=…`. The address has to be a portal user's, or the vendor ignores it.
fn approve(terms: &Terms, decision: &Decision, _mark: &Mark, _: &Live<'_>) -> Call {
    let by = decider(terms, decision).map(|by| ("approvedby".to_owned(), by));
    Call {
        method: Method::Put,
        path: format!("/requests/{}", decision.address.id),
        query: by.into_iter().collect(),
        body: None,
        organization: None,
        over: None,
    }
}

/// `DELETE requests/{id}?reason=…&deniedby=…`: here DELETE is a decision, nothing is removed.
fn deny(terms: &Terms, decision: &Decision, mark: &Mark, _: &Live<'_>) -> Call {
    let reason = mark.text(decision);
    let mut query = vec![("reason".to_owned(), reason)];
    query.extend(decider(terms, decision).map(|by| ("deniedby".to_owned(), by)));
    Call {
        method: Method::Delete,
        path: format!("/requests/{}", decision.address.id),
        query,
        body: None,
        organization: None,
        over: None,
    }
}

/// The reviewed decider wins over the user reserved for the tool.
fn decider(terms: &Terms, decision: &Decision) -> Option<String> {
    decision
        .decided_by
        .clone()
        .or_else(|| terms.deciding.acting_as.clone())
}

/// What answers to a write mean; every status that is not named is *unknown*.
#[derive(Clone, Copy, Debug)]
pub struct Outcomes {
    /// Success, with an empty body or JSON. It claims; only a read-back proves.
    pub success: &'static [u16],
    /// A definite no, with an empty body or JSON.
    pub definite_no: &'static [u16],
    /// A definite no to the credential, with an empty body or JSON.
    pub credential: u16,
    /// A definite no for now, whatever the body.
    pub wait: u16,
    /// How long to wait where the vendor does not say.
    pub wait_unasked: Duration,
}

/// Approve and deny alike: the document names no answer, clients look for 2xx (vendor-facts section 1).
pub static OUTCOMES: Outcomes = Outcomes {
    success: &[200, 201, 202, 204],
    definite_no: &[400, 403, 404, 405, 409, 413, 415, 417, 422],
    credential: 401,
    wait: 429,
    wait_unasked: Duration::from_secs(10),
};

impl Outcomes {
    /// What one whole answer to a write means.
    pub(super) fn meaning(&self, reply: &Reply) -> Meaning {
        let status = reply.status;
        if status == self.wait {
            return Meaning::Wait(reply.wait.unwrap_or(self.wait_unasked));
        }
        let success = self.success.contains(&status);
        let no = self.definite_no.contains(&status);
        if !(success || no || status == self.credential) {
            return Meaning::Unknown(reply.answered());
        }
        if !wire::is_empty_or_json(reply) {
            // A gateway's page, not the vendor's word.
            return Meaning::Unknown(format!("answered {status} with something that is not JSON"));
        }
        if success {
            Meaning::Claimed
        } else if no {
            Meaning::Refused(format!("answered {status}"))
        } else {
            Meaning::CredentialRejected(format!("answered {status}: the API key was rejected"))
        }
    }
}
