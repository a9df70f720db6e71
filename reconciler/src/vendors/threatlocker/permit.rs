//! The body of a permit: what was reviewed, laid over the vendor's permit document.
//!
//! Every field of the document that bears on how far a permit reaches stands in our part, even where it is
//! the vendor's own default: what the document pre-fills there never survives.

use serde_json::{Map, Value, json};

use super::document::at;
use crate::model::{
    Decision, Document, Facts, ListedApplication, Live, Mark, Permit, PermitApplication,
    PermitMode, PermitPolicy, PermitScope, RequestId, VendorText, sha256,
};
use crate::vendors::Eyes;

/// Where the document is read from.
pub(super) const PATH: &str = "/ApprovalRequest/ApprovalRequestGetPermitApplicationById";

/// The document that a permit is laid over, and the facts that it must still show.
pub(super) fn document(id: &RequestId, facts: &Facts) -> Document {
    Document {
        path: PATH.to_owned(),
        query: vec![("approvalRequestId".to_owned(), id.as_str().to_owned())],
        expects: expects(facts),
    }
}

/// `sha256:HEX` over all facts of a request.
pub(super) fn expects(facts: &Facts) -> String {
    let pairs: Vec<(&str, &str)> = facts
        .iter()
        .map(|(key, value)| (*key, value.raw()))
        .collect();
    sha256(json!(pairs).to_string().as_bytes())
}

/// Our part of the body.
pub(super) fn body(decision: &Decision, mark: &Mark, live: &Live<'_>) -> Value {
    // A decision without a permit is held before it comes to this.
    let Some(permit) = &decision.permit else {
        return Value::Null;
    };
    let grounds = live.grounds.cloned().unwrap_or_default();
    let new_policy = permit.policy == PermitPolicy::New;
    let to_group = matches!(permit.scope, PermitScope::Group(_)) && new_policy;
    let group = grounds.group.filter(|_| to_group);
    let group = group.unwrap_or_default();
    let rules: Vec<Value> = permit
        .rules
        .iter()
        .map(|rule| {
            let parts = rule.parts().into_iter();
            let given = parts.filter_map(|(_, name, value)| Some((name.to_owned(), json!(value?))));
            Value::Object(given.collect())
        })
        .collect();
    // Where the document leaves these empty, what was reviewed stands for them.
    let fact = |key: &str| live.facts.get(key).map(VendorText::raw);
    let mut body = json!({
        "computerId": fact("computer-id"),
        "organizationId": fact("organization"),
        "adminNotes": {
            "ticket": decision.ticket,
            "comments": mark.text(decision),
        },
        "appliesToId": null,
        "appliesToOrganizationId": null,
        "applicationList": [],
        "approvalRequest": {
            "applicationId": null,
            "policyId": null,
            "suggestCustomRule": null,
            "tempApplicationId": null,
            "tempPolicyId": null,
        },
        "elevationExpiration": 0,
        "elevationExpirationDate": null,
        "elevationStatus": u8::from(permit.elevation),
        "fileExclusions": [],
        "isRingfenced": permit.ringfence.is_some(),
        "matchingApplications": application(permit, grounds.application.as_ref()),
        "networkExclusions": [],
        "notifyOnResponse": permit.notify,
        "policyConditions": {
            "certSubjects": [],
            "createManualPolicy": false,
            "createdByProcesses": [],
            "disableProtection": false,
            "includedAdditionalFiles": [],
            "manualOptions": rules,
            "ruleId": permit.mode.number(),
            "useExistingPolicy": !new_policy,
        },
        "policyExpirationDate": permit.policy_expires.map(|at| at.to_string()),
        // No flag at all means this computer (vendor-facts section 3): the document's own `toComputer` was seen to be
        // refused, and none of them is the narrowest in either reading.
        "policyLevel": {
            "selectedComputerGroup": {
                "computerGroupId": text_or_null(&group.id),
                "default": null,
                "isGlobal": false,
                "name": text_or_null(&group.name),
                "organizationId": null,
                "organizationName": null,
                "osType": 0,
            },
            "toComputer": false,
            "toComputerGroup": to_group,
            "toEntireOrganization": permit.scope == PermitScope::Organization && new_policy,
        },
        "responseReason": null,
        "responseSubject": null,
        "ringfenceActionId": permit.ringfence.unwrap_or_default(),
        "ringfencingOptions": {
            "hideCustomRules": true,
            "restrictApplication": false,
            "restrictApplicationSpawning": false,
            "restrictFileAccess": false,
            "restrictNetworkAccess": false,
            "restrictRegistryAccess": false,
            "rfAssociatedApplicationPolicy": [],
            "rfFilePolicy": [],
            "rfNetworkPolicy": [],
            "rfRegistryPolicy": [],
        },
        "suggestCustomRule": null,
        "systemAudits": [],
    });
    // Whom a permit tells is never what the document pre-fills: nobody, the address that was reviewed, or else the
    // one that `laid_over` finds at the request itself.
    let address = match permit.notify {
        true => permit.tells(&decision.guard),
        false => Some(""),
    };
    if let (Some(address), Some(Value::Object(notes))) = (address, body.get_mut("adminNotes")) {
        notes.insert("requestorEmail".to_owned(), json!(address));
    }
    body
}

/// Exactly one of the three ways; the others as the vendor writes them where they are not used.
fn application(permit: &Permit, listed: Option<&ListedApplication>) -> Value {
    let blank = ListedApplication::default();
    let listed = listed.unwrap_or(&blank);
    let (matching, existing, new) = match &permit.application {
        PermitApplication::Matching(_) => (true, false, None),
        PermitApplication::Existing(_) => (false, true, None),
        PermitApplication::New(name) => (false, false, Some(name.as_str())),
    };
    let one = |is_used: bool| application_object(if is_used { listed } else { &blank });
    json!({
        "existingApplication": one(existing),
        "hasMatchingApplication": matching,
        "matchingApplication": one(matching),
        "newApplicationName": new,
        "useExistingApplication": existing,
        "useMatchingApplication": matching,
        "useNewApplication": new.is_some(),
    })
}

fn application_object(one: &ListedApplication) -> Value {
    json!({
        "applicationId": text_or_null(&one.id),
        "applicationName": text_or_null(&one.name),
        "isMaintained": false,
        "name": text_or_null(&one.label),
        "organizationId": text_or_null(&one.organization),
        "organizationName": text_or_null(&one.owner),
        "osType": one.os,
        "researchApplicationId": null,
        "status": 0,
        "suggestedPolicyId": null,
    })
}

fn text_or_null(text: &str) -> Value {
    if text.is_empty() {
        Value::Null
    } else {
        json!(text)
    }
}

/// Lays our part over the document: objects key by key, anything else replaces what was there.
///
/// Whom to tell is the request's own to say where our part does not: its address is among what `json-digest` covers.
pub(super) fn laid_over(document: &Map<String, Value>, ours: &Value) -> Value {
    let address = at(document, &["approvalRequest", "requestorEmailAddress"]);
    let address = address.and_then(Value::as_str).unwrap_or_default();
    let mut whole = Value::Object(document.clone());
    lay(
        &mut whole,
        &json!({ "adminNotes": { "requestorEmail": address } }),
    );
    lay(&mut whole, ours);
    whole
}

fn lay(under: &mut Value, over: &Value) {
    match (under, over) {
        (Value::Object(under), Value::Object(over)) => {
            for (key, value) in over {
                lay(under.entry(key.clone()).or_insert(Value::Null), value);
            }
        }
        (under, over) => *under = over.clone(),
    }
}

/// A bit of the document that some permits need.
struct Bit {
    needed: fn(&Permit) -> bool,
    path: &'static [&'static str],
    /// What it means that it is not set.
    unset: &'static str,
    /// What it leaves open where it may be the reader's own; nothing where it is the organization's.
    open: Option<&'static str>,
}

const BITS: [Bit; 5] = [
    Bit {
        needed: |permit| permit.scope == PermitScope::Organization,
        path: &["policyLevel", "canUseEntireOrganization"],
        unset: "this user may not approve for the entire organization",
        open: Some("whether the deciding user may approve for the entire organization"),
    },
    Bit {
        needed: |permit| permit.elevation,
        path: &["hasElevation"],
        unset: "this user may not elevate",
        open: Some("whether the deciding user may elevate"),
    },
    Bit {
        needed: |permit| permit.elevation,
        path: &["organizationHasElevation"],
        unset: "the organization does not have elevation",
        open: None,
    },
    Bit {
        needed: |permit| permit.ringfence.is_some(),
        path: &["hasRingfencingAsProduct"],
        unset: "the organization does not have ringfencing",
        open: None,
    },
    Bit {
        needed: |permit| permit.mode != PermitMode::Rules,
        path: &["allowTMM"],
        unset: "maintenance modes are not allowed",
        open: Some("whether maintenance modes are allowed to the deciding user"),
    },
];

/// What the document's capability bits say against a permit, as far as they are the deciding user's.
pub(super) fn forbidden(
    permit: &Permit,
    document: &super::document::Document,
    eyes: Eyes,
) -> Vec<String> {
    let is_known = |bit: &&Bit| eyes == Eyes::OfDecider || bit.open.is_none();
    let needed = BITS.iter().filter(|bit| (bit.needed)(permit));
    let unset = needed
        .filter(is_known)
        .filter(|bit| !document.flag(bit.path));
    unset
        .map(|bit| {
            let path = bit.path.join(".");
            format!("{} ({path} is not set in the permit document)", bit.unset)
        })
        .collect()
}

/// What they do not say where somebody else reads: `apply` looks again as the deciding user.
pub(super) fn unknown(permit: &Permit, eyes: Eyes) -> Vec<String> {
    let needed = BITS.iter().filter(|bit| (bit.needed)(permit));
    let open = needed.filter_map(|bit| bit.open.filter(|_| eyes == Eyes::OfAnother));
    open.map(|what| format!("{what}: this was read with `credentials`"))
        .collect()
}
