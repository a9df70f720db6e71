//! What Password Safe can do, and what our calls look like: data, checked by `plan` and by `send`.

use serde_json::json;

use super::answers::CODES;
use super::filing::FILING;
use crate::model::{
    Call, Capabilities, Conclusion, Decision, Fact, FactKind, Follows, Heard, Live, Mark,
    MarkPlace, Method, Operation, ReadAbilities, Repeat, RequestId, Shows, Terms, TextUnit, Vendor,
};

/// What Password Safe can do. Sources: the document's "PUT Requests/{id}/Approve", "PUT Requests/{id}/Deny"
/// and "GET Requests".
pub static CAPABILITIES: Capabilities = Capabilities {
    vendor: Vendor::Beyondtrust,
    approve: Some(Operation {
        // "4036 – Request has been approved already."
        repeat: Repeat::Rejected,
        mark: MarkPlace::Hidden,
        notifies: "not documented",
        undo: "yes, with `revoke`, until it is checked in or expires",
        proof: "it is in the list of active requests after a 204",
        cannot_verify: &[],
        conclusions: &[
            // An account with several approvers: ours is one of them.
            concludes(Heard::Confirmed, Shows::Undecided, Follows::Recorded),
            concludes(Heard::DoneBefore, Shows::Undecided, Follows::Recorded),
            concludes(Heard::DoneBefore, Shows::Absent, Follows::AlreadyDecided),
        ],
        lasts: None,
        compose: approve,
    }),
    deny: Some(Operation {
        // "Denies/cancels an active or pending request."
        repeat: Repeat::MayCancel,
        mark: MarkPlace::Hidden,
        notifies: "not documented",
        undo: "no; the user has to ask again",
        proof: "it has left both lists after a 204; the decider is not shown",
        cannot_verify: &[
            "whether it is still undecided: if another approver approves it at this very moment, this cancels that grant",
        ],
        conclusions: &[concludes(
            Heard::Confirmed,
            Shows::Absent,
            Follows::StateReached,
        )],
        lasts: None,
        compose: deny,
    }),
    revoke: Some(Operation {
        repeat: Repeat::MayCancel,
        mark: MarkPlace::Hidden,
        notifies: "not documented",
        undo: "no; the user has to ask again",
        proof: "it has left both lists after a 204; the decider is not shown",
        cannot_verify: &[],
        conclusions: &[concludes(
            Heard::Confirmed,
            Shows::Absent,
            Follows::StateReached,
        )],
        lasts: None,
        compose: deny,
    }),
    filing: Some(&FILING),
    ratifies: None,
    needs_permit: false,
    otherwise: "portal only",
    facts: &[
        text("system"),
        text("account"),
        text("domain"),
        text("application"),
        text("access-type"),
        text("system-id"),
        text("account-id"),
        text("alias-id"),
        text("application-id"),
        text("release-at"),
    ],
    // The list names nobody who asked.
    who: &[],
    on_what: &["access-type", "application", "domain", "account", "system"],
    anchors: &["system", "account"],
    alarms: &[],
    same_for_all: false,
    names_decider: false,
    codes: CODES,
    // "Max string length is 1000", for the Reason of Approve and Deny alike.
    // It is made with .NET, whose strings count so.
    text_limit: 1000,
    text_unit: TextUnit::Utf16,
    read: ReadAbilities {
        look_up: false,
        whole_rows: true,
        pending_filter: true,
        key_ranges: false,
        page: usize::MAX,
    },
    absent_means: "denied, expired, checked in, decided by another approver, or this user has no rights to it",
    cannot_verify: &[
        "who asked: the list does not name the requester",
        "which ticket a request belongs to: the list does not show it",
        "who decided: the list does not show it",
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

const fn concludes(heard: Heard, shows: Shows, follows: Follows) -> Conclusion {
    Conclusion {
        heard,
        shows,
        follows,
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
        Err("a request id of Password Safe has 1 to 19 digits and nothing else".to_owned())
    }
}

/// `PUT Requests/{id}/Approve`.
fn approve(_terms: &Terms, decision: &Decision, mark: &Mark, _: &Live<'_>) -> Call {
    put(decision, mark, "Approve")
}

/// `PUT Requests/{id}/Deny`: on an active request it cancels, which is how a grant is taken back.
fn deny(_terms: &Terms, decision: &Decision, mark: &Mark, _: &Live<'_>) -> Call {
    put(decision, mark, "Deny")
}

fn put(decision: &Decision, mark: &Mark, verb: &str) -> Call {
    Call {
        method: Method::Put,
        path: format!("/Requests/{}/{verb}", decision.address.id),
        query: Vec::new(),
        body: Some(json!({ "Reason": mark.text(decision) })),
        organization: None,
        over: None,
    }
}
