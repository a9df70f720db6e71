//! Rows and lists as the PortalAPI writes them. The permit document is `document.rs`.

use base64::Engine as _;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::estate::{Application, MASTER, Organization};
use super::guid::guid;
use super::list::Reading;
use super::request::{Request, Status};
use super::state::State;
use super::templates::{ACTION, ROW, copy};

/// Which answer a row stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    List,
    ById,
    Document,
}

/// A time as the vendor writes it: UTC, whole seconds, with a Z.
pub(super) fn time(at: Timestamp) -> String {
    format!("{at:.0}")
}

/// Sets members of an object.
pub(super) fn set(object: &mut Value, members: Vec<(&str, Value)>) {
    for (name, value) in members {
        object[name] = value;
    }
}

/// An approval request.
///
/// From: ApprovalRequestGetByParameters, response body.
pub(super) fn row(state: &State, own: &Request, place: Place) -> Value {
    let mut row = copy(&ROW);
    let decided = own.action_date;
    let policy = own.policies.last();
    let assignee = own.assignee.as_ref().and_then(|id| {
        let mut users = state.users.iter();
        users.find(|user| user.id == *id)
    });
    let tier = i64::from(own.tier);
    let approvals = own.policies.len();
    set(
        &mut row,
        vec![
            ("masterOrganizationId", json!(state.estate.root)),
            (
                "approvedBy",
                json!(own.approved_by.as_deref().unwrap_or("")),
            ),
            ("approvalRequestId", json!(own.id)),
            ("dateTime", json!(time(own.requested_at))),
            ("path", json!(own.path)),
            ("username", json!(own.user)),
            ("hostname", json!(own.hostname)),
            ("statusId", json!(own.status.id())),
            ("computerId", json!(own.computer)),
            ("organizationName", json!(own.organization_name)),
            ("ticketId", json!(own.ticket)),
            ("requestor", json!(own.requestor)),
            ("requestorReason", json!(base64(&own.reason))),
            ("requestorEmailAddress", json!(own.requestor_email)),
            ("comments", json!(own.comments)),
            ("actionDate", json!(decided.map(time))),
            ("organizationId", json!(own.organization)),
            ("policyId", json!(policy)),
            ("applicationId", json!(own.application)),
            ("approvalCount", json!(approvals)),
            ("initialApprovalTierLevel", json!(tier)),
            ("pendingTierLevel", json!(tier)),
            ("isAssigned", json!(assignee.is_some())),
            ("assigneeUserId", json!(assignee.map(|user| &user.id))),
            ("portalApiUrl", json!(portal_url())),
            (
                "isEscalatedByCyberHero",
                json!(own.status == Status::Escalated),
            ),
            (
                "isEscalatedByCustomer",
                json!(own.status == Status::EscalatedByCustomer),
            ),
            ("showMfaChallenge", json!(own.mfa)),
            ("threatLockerActionDto", action(state, own)),
        ],
    );
    if tier > 0 {
        let id = guid(
            state.seed,
            &format!("threatlocker/multi-level/{}", own.id),
            0,
        );
        row["multiLevelApprovalRequestId"] = json!(id);
    }
    if let Some(user) = assignee {
        set(
            &mut row,
            vec![
                ("assigneeUsername", json!(user.email)),
                ("assigneeFirstName", json!(user.first_name)),
                ("assigneeLastname", json!(user.last_name)),
            ],
        );
    }
    let whole = match place {
        Place::List => false,
        Place::ById => state.dialects.is("threatlocker.by-id", "full"),
        Place::Document => true,
    };
    if whole {
        row["hash"] = json!(own.hash);
        row["json"] = json!(agent_json(state, own));
    }
    row
}

/// What the endpoint did, as the request shows it.
fn action(state: &State, own: &Request) -> Value {
    let mut action = copy(&ACTION);
    let certificates: Vec<Value> = certificates(state, own);
    set(
        &mut action,
        vec![
            ("fullPath", json!(own.path)),
            ("policyId", json!(default_policy(state, own))),
            ("username", json!(own.user)),
            ("hash", json!(own.hash)),
            ("processName", json!(own.process)),
            ("certs", json!(certificates)),
            ("datetime", json!(time(own.requested_at))),
            ("serialNumber", json!("")),
            ("deviceType", json!("")),
            ("actionType", json!(own.action)),
            ("size", json!(own.size)),
            ("policyName", json!("Default - Windows")),
            ("installedBy", json!(own.created_by)),
            ("notes", json!("")),
            ("sha256", json!(own.sha256)),
            ("osType", json!(own.os.id())),
        ],
    );
    action
}

/// `json`: the action as the endpoint sent it, in its own spelling.
///
/// From: the interface description, ThreatLockerActionDto.
pub(super) fn agent_json(state: &State, own: &Request) -> String {
    let mut action = action(state, own);
    if let Some(members) = action.as_object_mut() {
        for (shown, sent) in [
            ("fullPath", "fullpath"),
            ("policyId", "policyid"),
            ("actionId", "actionid"),
            ("serialNumber", "SerialNumber"),
            ("domainName", "DomainName"),
        ] {
            if let Some(value) = members.remove(shown) {
                members.insert(sent.to_owned(), value);
            }
        }
    }
    action.to_string()
}

/// The file's certificates: one, or none.
pub(super) fn certificates(state: &State, own: &Request) -> Vec<Value> {
    let of = |subject: &String| {
        let sha = crate::seed::hex(
            state.seed,
            &format!("threatlocker/certificate/{subject}"),
            0,
            64,
        );
        json!({ "sha": sha, "subject": subject, "validCert": true })
    };
    own.certificate.iter().map(of).collect()
}

/// The policy that stopped the file: the organization's default one.
pub(super) fn default_policy(state: &State, own: &Request) -> String {
    guid(
        state.seed,
        &format!("threatlocker/default-policy/{}", own.organization),
        0,
    )
}

pub(super) fn base64(text: &str) -> String {
    base64::engine::general_purpose::STANDARD.encode(text)
}

fn portal_url() -> String {
    format!("https://portalapi.{}.threatlocker.com/", super::INSTANCE)
}

/// An application in a list, as seen from an organization.
///
/// From: ApplicationGetMatchingList and ApplicationGetListForAddToApplication, response bodies.
pub(super) fn application(state: &State, own: &Application, from: &str) -> Value {
    let owner = own.organization.as_deref();
    let owner_name = owner.map_or(MASTER, |id| state.estate.organization_name(id));
    json!({
        "name": shown_name(state, own, from),
        "applicationName": own.name,
        "applicationId": own.id,
        "organizationId": owner.map_or_else(|| master_id(state), str::to_owned),
        "organizationName": owner_name,
        "osType": own.os.id(),
        "suggestedPolicyId": null,
        "status": 0,
        "isMaintained": own.is_built_in(),
        "researchApplicationId": null
    })
}

/// The name of an application as seen from an organization: a parent's has the parent's name before it.
///
/// From: ApplicationGetListForAddToApplication, Description.
pub(super) fn shown_name(state: &State, own: &Application, from: &str) -> String {
    match own.organization.as_deref() {
        Some(owner) if owner != from => {
            let between = if state.dialects.is("threatlocker.parent-separator", "two") {
                r"\\"
            } else {
                r"\"
            };
            let owner = state.estate.organization_name(owner);
            format!("{owner}{between}{}", own.name)
        }
        Some(_) | None => own.name.clone(),
    }
}

fn master_id(state: &State) -> String {
    guid(state.seed, "threatlocker/master", 0)
}

/// An item of a choice.
///
/// From: ApplicationGetForMaintenanceMode, response body.
pub(super) fn choice(label: &str, value: &str) -> Value {
    json!({
        "label": label, "value": value, "numericValue": null, "entityType": null, "parentId": null,
        "disabled": false, "tooltip": null, "featureConfigurationIds": [], "isSupported": null,
        "extendedProperties": null
    })
}

/// A child organization. The document names the call and no member.
pub(super) fn child(state: &State, own: &Organization) -> Value {
    match state.dialects.chosen("threatlocker.children-shape") {
        "id-name" => json!({ "id": own.id, "name": own.name }),
        "label-value" => choice(&own.name, &own.id),
        _ => json!({ "organizationId": own.id, "name": own.name }),
    }
}

/// The `pagination` header: JSON.
///
/// From: public clients, seen live.
pub(super) fn pagination(reading: &Reading, shown: u64, total: u64) -> String {
    let first = if shown == 0 {
        0
    } else {
        reading.page * reading.size + 1
    };
    let last = (first + shown).saturating_sub(1);
    let pages = total.div_ceil(reading.size.max(1));
    format!(
        "{{\"currentPage\":{},\"itemsPerPage\":{},\"totalItems\":{total},\"totalPages\":{pages},\"firstItem\":{first},\"lastItem\":{last}}}",
        reading.page + 1,
        reading.size
    )
}
