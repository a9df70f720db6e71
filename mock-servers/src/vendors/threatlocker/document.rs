//! The permit document: a request with all that a permit of it needs, nulls and all.

use serde_json::{Value, json};

use super::people::Permission as P;
use super::request::Request;
use super::state::{Caller, State};
use super::templates::{ACTION_LOG, DOCUMENT, copy};
use super::wire::{Place, certificates, default_policy, row, set, time};

/// The document of one request.
///
/// From: ApprovalRequestGetPermitApplicationById, response body.
pub(super) fn document(state: &State, caller: &Caller, own: &Request) -> Value {
    let above: Vec<&String> = state
        .estate
        .above(&own.organization)
        .into_iter()
        .map(|organization| &organization.id)
        .collect();
    let mut document = copy(&DOCUMENT);
    set(
        &mut document,
        vec![
            ("computerId", json!(own.computer)),
            ("computerGroupId", json!(own.group)),
            ("organizationId", json!(own.organization)),
            ("organizationIds", json!(above)),
            ("osType", json!(own.os.id())),
            ("userInstance", json!(super::INSTANCE)),
            ("approvalRequest", request(state, own)),
            ("actionLog", action_log(state, own)),
            ("actionType", json!(own.action)),
            ("isElevationRequest", json!(own.is_elevation())),
            (
                "isExecutionRequest",
                json!(own.action.eq_ignore_ascii_case("execute")),
            ),
            (
                "virusTotalUrl",
                json!(format!(
                    "https://www.virustotal.com/gui/file/{}",
                    own.sha256
                )),
            ),
            ("fileDetails", file_details(state, own)),
            (
                "adminNotes",
                json!({
                    "ticket": own.admin_notes.ticket,
                    "requestorEmail": own.admin_notes.requestor_email,
                    "comments": own.admin_notes.comments
                }),
            ),
        ],
    );
    document["policyConditions"]["createdByProcesses"] = json!(own.created_by);
    let wide = [P::ApproveOrganization, P::ApproveOrganizationHash];
    document["policyLevel"]["canUseEntireOrganization"] = json!(caller.user.has_any(&[&wide]));
    if state.dialects.is("threatlocker.document-match", "computed") {
        document["matchingApplications"]["hasMatchingApplication"] = json!(state.has_match(own));
    }
    document
}

// The same request as in the list, with what the document shows otherwise there.
fn request(state: &State, own: &Request) -> Value {
    let mut request = row(state, own, Place::Document);
    set(
        &mut request,
        vec![
            ("statusIdEscalatedToMSP", json!(0)),
            ("statusIdEscalatedByCustomer", json!(0)),
            ("masterOrganizationId", json!(null)),
            ("multiLevelApprovalStatusId", json!(0)),
            ("notes", json!("")),
            ("signature", json!("[]")),
            ("portalApiUrl", json!(null)),
            ("ticketApprovalManager", json!("")),
            (
                "approvalRequestTimerDto",
                json!({
                    "approvalRequestId": own.id,
                    "requestDate": time(own.requested_at),
                    "assignedDate": own.assigned_at.map(time),
                    "escalatedDate": null,
                    "returnedDate": null,
                    "reassignedDate": null,
                    "actionedDate": own.action_date.map(time),
                    "totalTimeInSeconds": own.action_date.map_or(0, |at| at.duration_since(own.requested_at).as_secs())
                }),
            ),
            ("retrievedAssigneeUsername", json!(true)),
        ],
    );
    if own.assignee.is_none() {
        request["assigneeFirstName"] = json!(null);
        request["assigneeLastname"] = json!(null);
    }
    if state.dialects.is("threatlocker.document-reason", "plain") {
        request["requestorReason"] = json!(own.reason);
    }
    request
}

fn file_details(state: &State, own: &Request) -> Value {
    json!({
        "fullPath": own.path,
        "processPath": own.process,
        "hash": own.hash,
        "certificates": certificates(state, own),
        "createdByProcesses": own.created_by,
        "filename": own.filename(),
        "sha256": own.sha256,
        "date": time(own.requested_at),
        "originalHostname": own.hostname,
        "hostname": own.hostname,
        "username": own.user,
        "organizationName": own.organization_name,
        "policyName": null,
        "applicationName": null,
        "requestorReason": own.reason,
        "approvalStatus": own.status.label(),
        "approvalBy": own.approved_by.as_deref().unwrap_or(""),
        "size": own.size
    })
}

fn action_log(state: &State, own: &Request) -> Value {
    let mut log = copy(&ACTION_LOG);
    set(
        &mut log,
        vec![
            ("policyName", json!("Default - Windows")),
            ("policyId", json!(default_policy(state, own))),
            ("policyLocation", json!(own.organization_name)),
            ("policyOrganizationId", json!(own.organization)),
            ("osType", json!(own.os.id())),
        ],
    );
    log
}
