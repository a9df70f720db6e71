//! What Fudo can do, and what our calls look like: data, checked by `plan` and by `send`.

use serde_json::{Value, json};

use crate::model::{
    Alarm, Call, Capabilities, Decision, Fact, FactKind, Facts, Live, Mark, MarkPlace, Method,
    Operation, ReadAbilities, Repeat, RequestId, Terms, TextUnit, Vendor, VendorText,
};

/// What Fudo can do. Sources: the document's "Responding to a Pending Access Request" and "Revoking Access
/// Requests", with their models.
pub static CAPABILITIES: Capabilities = Capabilities {
    vendor: Vendor::Fudo,
    approve: Some(Operation {
        // "Uniqueness is required in the combination of attribute access_request_id with attribute user_id."
        repeat: Repeat::Rejected,
        // The reason of a vote is asked for where it is not accepted: an accepted one is sent as documented.
        mark: MarkPlace::Nowhere,
        notifies: "not documented",
        undo: "yes, with `revoke`, once it is granted; no call takes a vote back",
        proof: "our vote among the votes, and the status",
        cannot_verify: &["whether others vote against it: one rejection may be enough"],
        conclusions: &[],
        lasts: Some(lasts),
        compose: approve,
    }),
    deny: Some(Operation {
        repeat: Repeat::Rejected,
        mark: MarkPlace::Shown,
        notifies: "not documented",
        undo: "no; the user has to ask again",
        proof: "our vote among the votes, and the status",
        cannot_verify: &[
            "whether one rejection is enough: where it is not, others may still grant it",
        ],
        conclusions: &[],
        lasts: None,
        compose: deny,
    }),
    revoke: Some(Operation {
        // What a second revoke does is not documented.
        repeat: Repeat::ActsAgain,
        mark: MarkPlace::Shown,
        notifies: "not documented",
        undo: "no; the user has to ask again",
        proof: "status, and our mark in revoke_reason",
        cannot_verify: &["whether a session that is open is ended by it"],
        conclusions: &[],
        lasts: None,
        compose: revoke,
    }),
    filing: None,
    needs_permit: false,
    ratifies: None,
    otherwise: "portal only",
    facts: &[
        text("user"),
        text("account"),
        text("server"),
        text("safe"),
        text("pool"),
        text("protocol"),
        text("type"),
        text("interval"),
        text("starts-at"),
        text("expires-at"),
        text("reason"),
        text("required-votes"),
        text("created-at"),
        text("user-id"),
        text("account-id"),
        text("server-id"),
        text("safe-id"),
        text("pool-id"),
    ],
    who: &["user"],
    on_what: &[
        "safe",
        "pool",
        "protocol",
        "type",
        "interval",
        "starts-at",
        "expires-at",
        "required-votes",
    ],
    anchors: &["user", "account", "server"],
    // A later version knows "preview" (vendor-facts section 5), and nobody says what is granted then.
    alarms: &[Alarm {
        key: "type",
        harmless: &[IMMEDIATE, SCHEDULED],
    }],
    // The role of the key's user decides which requests there are: lists are filtered without a word.
    same_for_all: false,
    names_decider: false,
    codes: &[],
    // The document names no limit.
    text_limit: 500,
    text_unit: TextUnit::CodePoint,
    read: ReadAbilities {
        look_up: true,
        whole_rows: true,
        pending_filter: true,
        key_ranges: false,
        page: super::listing::PAGE,
    },
    absent_means: "removed, or this user has no rights to it",
    cannot_verify: &[
        "whether the key is that of `voter`: no call says whose it is",
        "which ticket a request belongs to: this vendor has no field for it",
    ],
    assumptions: &[],
    canonical_id,
};

const IMMEDIATE: &str = "immediate";
const SCHEDULED: &str = "scheduled";

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
        Err("a request id of Fudo has 1 to 19 digits and nothing else".to_owned())
    }
}

/// How long a grant lasts. An immediate one is "counted from the moment the session is initiated"
/// (AccessRequestModel), and nothing says until when it may be.
fn lasts(facts: &Facts) -> String {
    let shown = |key: &str| facts.get(key).map_or("", VendorText::raw);
    match shown("type") {
        IMMEDIATE => {
            let hours: Option<u8> = shown("interval").parse().ok();
            let long = match hours.filter(|hours| (1..=24).contains(hours)) {
                Some(1) => "1 hour".to_owned(),
                Some(hours) => format!("{hours} hours"),
                None => "a time that is not 1 to 24 hours".to_owned(),
            };
            format!(
                "{long} from when the session is begun; the grant sleeps until then, without limit"
            )
        }
        SCHEDULED if shown("starts-at").is_empty() || shown("expires-at").is_empty() => {
            "not known: one end of its time is not shown".to_owned()
        }
        SCHEDULED => format!(
            "from {} to {}, and sleeps no longer",
            shown("starts-at"),
            shown("expires-at")
        ),
        _ => "not known: a type that the document does not have".to_owned(),
    }
}

/// `POST access_request/{id}/vote`, accepted.
fn approve(_: &Terms, decision: &Decision, _: &Mark, _: &Live<'_>) -> Call {
    post(decision, "vote", json!({ "accepted": true }))
}

/// `POST access_request/{id}/vote`, not accepted: then the reason is required.
fn deny(_: &Terms, decision: &Decision, mark: &Mark, _: &Live<'_>) -> Call {
    let body = json!({ "accepted": false, "reason": mark.text(decision) });
    post(decision, "vote", body)
}

/// `POST access_request/{id}/revoke`.
fn revoke(_: &Terms, decision: &Decision, mark: &Mark, _: &Live<'_>) -> Call {
    let body = json!({ "revoke_reason": mark.text(decision) });
    post(decision, "revoke", body)
}

fn post(decision: &Decision, verb: &str, body: Value) -> Call {
    Call {
        method: Method::Post,
        path: format!("{}/{}/{verb}", super::PATH, decision.address.id),
        query: Vec::new(),
        body: Some(body),
        organization: None,
        over: None,
    }
}
