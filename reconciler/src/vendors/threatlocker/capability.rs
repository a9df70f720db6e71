//! What ThreatLocker can do, and what our calls look like: data, checked by `plan` and by `send`.

use serde_json::json;

use super::permit;
use crate::model::{
    Alarm, Assumption, Call, Capabilities, Decision, Fact, FactKind, Live, Mark, MarkPlace, Method,
    Operation, ReadAbilities, Repeat, RequestId, Terms, TextUnit, Vendor,
};

/// What ThreatLocker can do. Sources: the vendor's "Processing Application Control Approval Requests through
/// API", and its public interface description for the reject.
pub static CAPABILITIES: Capabilities = Capabilities {
    vendor: Vendor::Threatlocker,
    approve: Some(Operation {
        // With *Edit Actioned Requests* a second permit works on what is decided already.
        repeat: Repeat::ActsAgain,
        mark: MarkPlace::Shown,
        notifies: "nobody, unless the permit says `notify = true`",
        undo: "in the portal only: the policy has to be edited",
        proof: "statusId, and our mark among the notes, or approvedBy where it is `acting-as`",
        conclusions: &[],
        cannot_verify: &[],
        lasts: None,
        compose: approve,
    }),
    deny: Some(Operation {
        repeat: Repeat::ActsAgain,
        mark: MarkPlace::Shown,
        notifies: "nobody: it is asked not to",
        undo: "no; the user has to ask again",
        proof: "statusId, and our mark among the notes, or approvedBy where it is `acting-as`",
        conclusions: &[],
        cannot_verify: &[],
        lasts: None,
        compose: deny,
    }),
    revoke: None,
    filing: None,
    ratifies: None,
    needs_permit: true,
    otherwise: "portal only: a permit is taken back by editing its policy",
    facts: &[
        folded("organization"),
        text("computer"),
        text("user"),
        text("path"),
        folded("hash"),
        folded("sha256"),
        text("certificate"),
        folded("computer-id"),
        text("os"),
        text("action"),
        text("elevation"),
        text("requestor"),
        text("reason"),
        folded("json-digest"),
    ],
    who: &["user", "requestor", "computer"],
    on_what: &["path", "hash", "sha256", "certificate", "action"],
    anchors: &["user", "computer"],
    // An elevation request asks for administrator rights, not for a program alone.
    alarms: &[Alarm {
        key: "elevation",
        harmless: &["no"],
    }],
    same_for_all: true,
    names_decider: false,
    codes: &[],
    // The document names no limit.
    text_limit: 500,
    text_unit: TextUnit::Utf16,
    read: ReadAbilities {
        look_up: true,
        whole_rows: false,
        pending_filter: true,
        key_ranges: false,
        page: super::listing::PAGE,
    },
    absent_means: "in another organization, or never there",
    cannot_verify: &[
        "whether the API user holds \"Edit Actioned Requests\": with it, a permit also works on what somebody has just decided",
        "which of the organization's other policies already apply",
    ],
    // The article's bodies and the interface description name these fields, and neither says what their values mean.
    assumptions: &[
        Assumption {
            of: |permit| permit.elevation,
            what: "that `elevationStatus` 1 elevates, which no document of the vendor says",
        },
        Assumption {
            of: |permit| permit.ringfence.is_some(),
            what: "what the number in `ringfenceActionId` restricts, which no document of the vendor says",
        },
    ],
    canonical_id,
};

const fn text(key: &'static str) -> Fact {
    Fact {
        key,
        kind: FactKind::Text,
    }
}

const fn folded(key: &'static str) -> Fact {
    Fact {
        key,
        kind: FactKind::CaseFolded,
    }
}

/// A GUID in lower case.
pub(super) fn canonical_id(raw: &str) -> Result<RequestId, String> {
    if is_guid(raw) {
        Ok(RequestId::canonical(&raw.to_ascii_lowercase()))
    } else {
        Err("a request id of ThreatLocker is a GUID: 8-4-4-4-12 hex digits".to_owned())
    }
}

/// Whether a text is a GUID as the vendor writes it.
#[must_use]
pub fn is_guid(raw: &str) -> bool {
    let parts: Vec<&str> = raw.split('-').collect();
    let lengths = parts.iter().map(|part| part.len());
    lengths.eq([8, 4, 4, 4, 12])
        && parts
            .iter()
            .all(|part| part.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// Whether an id stands for nothing: empty, or all zeros as the vendor writes *none*.
pub(super) fn is_nil(id: &str) -> bool {
    id.bytes().all(|byte| matches!(byte, b'0' | b'-'))
}

/// The organization that a request is of: what was read, and for a deny without it the configured one.
fn organization(terms: &Terms, live: &Live<'_>) -> Option<String> {
    let read = live.facts.get("organization");
    let read = read.map(|id| id.raw().to_ascii_lowercase());
    read.or_else(|| terms.organization.clone())
}

/// `POST ApprovalRequestPermitApplication`: our part of the body, laid over the permit document.
fn approve(terms: &Terms, decision: &Decision, mark: &Mark, live: &Live<'_>) -> Call {
    Call {
        method: Method::Post,
        path: "/ApprovalRequest/ApprovalRequestPermitApplication".to_owned(),
        query: Vec::new(),
        body: Some(permit::body(decision, mark, live)),
        organization: organization(terms, live),
        over: Some(Box::new(permit::document(&decision.address.id, live.facts))),
    }
}

/// `POST ApprovalRequestUpdateForReject` (public interface description). `rejectReason` is marked old there,
/// and every client still sends it.
fn deny(terms: &Terms, decision: &Decision, mark: &Mark, live: &Live<'_>) -> Call {
    let text = mark.text(decision);
    Call {
        method: Method::Post,
        path: "/ApprovalRequest/ApprovalRequestUpdateForReject".to_owned(),
        query: Vec::new(),
        body: Some(json!({
            "approvalRequestDtos": [{
                "approvalRequestId": decision.address.id.as_str(),
                "ticketId": decision.ticket,
                "comments": text,
            }],
            "type": "reject",
            "rejectReason": text,
            "responseReason": text,
            "isVDI": false,
            "notifyOnIgnore": false,
            "notifyOnResponse": false,
            "usingCustomApprovals": false,
        })),
        organization: organization(terms, live),
        over: None,
    }
}
