//! The vendor's document, executed: its bodies verbatim with the placeholders filled, its answers compared by shape.

use serde_json::{Value, json};

use super::tenant::{self, ADOBE, CHILD, CUSTOM, FINANCE, ROOT, Tenant, id, said};

const LIST_OWN: &str = r#"{
    "isAscending": false,
    "orderBy": "dateTime",
    "pageNumber": 1,
    "pageSize": 100,
    "showChildOrganizations": false,
    "showCurrentTierOnly": false,
    "statusId": 1
}"#;

const LIST_ALL: &str = r#"{
    "isAscending": false,
    "orderBy": "dateTime",
    "pageNumber": 1,
    "pageSize": 100,
    "showChildOrganizations": true,
    "showCurrentTierOnly": false,
    "statusId": 1
}"#;

const MATCHING: &str = r#"{
    "hash": "<String>",
    "sha256": "<String>",
    "path": "<String>",
    "processPath": "<String>",
    "certs": [
        {
            "sha": "<SHA256 of certificate>",
            "subject": "<certificateName>",
            "validCert": "<Boolean>"
        },
        {
            "sha": "<SHA256 of certificate>",
            "subject": "<certificateName>",
            "validCert": "<Boolean>"
        }
    ],
    "createdBys": [
        "<String>",
        "<String>"
    ],
    "osType": <Integer>
}"#;

const PERMIT_EXISTING: &str = r#"{
    "adminNotes": {
        "comments": "<String>",
        "requestorEmail": "<String>",
        "ticket": "<String>"
    },
    "approvalRequest": {
        "approvalRequestId": "00000000-0000-0000-0000-000000000000",
        "json": "<String>",
        "requestorEmailAddress": "<String>"
    },
    "computerId": "00000000-0000-0000-0000-000000000000",
    "computerGroupId": "00000000-0000-0000-0000-000000000000",
    "fileDetails": {
        "fullPath": "<String>"
    },
    "matchingApplications": {
        "useExistingApplication": true,
        "existingApplication": {
            "applicationName": "<String>",
            "applicationId": "00000000-0000-0000-0000-000000000000",
            "organizationId": "00000000-0000-0000-0000-000000000000",
            "osType": <Integer>
        }
    },
    "organizationHasElevation": true,
    "organizationId": "00000000-0000-0000-0000-000000000000",
    "organizationIds": [
        "00000000-0000-0000-0000-000000000000"
    ],
    "osType": <Integer>,
    "policyConditions": {
        "useExistingPolicy": true,
        "manualOptions": [
            {
                "fullPath": "<String>",
                "cert": "<String>"
            },
            {
                "hash": "<String>"
            }
        ],
        "ruleId": 0
    },
    "policyLevel": {
       
    },
    "ringfenceActionId": 0
}"#;

const PERMIT_MATCHING: &str = r#"{
    "adminNotes": {
        "comments": "<String>",
        "requestorEmail": "<String>",
        "ticket": "<String>"
    },
    "approvalRequest": {
        "approvalRequestId": "00000000-0000-0000-0000-000000000000",
        "json": "<String>",
        "requestorEmailAddress": "<String>"
    },
    "computerId": "00000000-0000-0000-0000-000000000000",
    "computerGroupId": "00000000-0000-0000-0000-000000000000",
    "fileDetails": {
        "fullPath": "<String>"
    },
    "matchingApplications": {
        "useMatchingApplication": true,
        "matchingApplication": {
            "applicationName": "<String>",
            "applicationId": "00000000-0000-0000-0000-000000000000",
            "organizationId": "00000000-0000-0000-0000-000000000000",
            "osType": <Integer>
        }
    },
    "organizationHasElevation": true,
    "organizationId": "00000000-0000-0000-0000-000000000000",
    "organizationIds": [
        "00000000-0000-0000-0000-000000000000"
    ],
    "osType": <Integer>,
    "policyConditions": {
        "useExistingPolicy": false,
        "manualOptions": [
           
        ],
        "ruleId": 0
    },
    "policyLevel": {
        "toEntireOrganization": true
    },
    "ringfenceActionId": 0
}"#;

const PERMIT_NEW: &str = r#"{
    "adminNotes": {
        "comments": "<String>",
        "requestorEmail": "<String>",
        "ticket": "<String>"
    },
    "approvalRequest": {
        "approvalRequestId": "00000000-0000-0000-0000-000000000000",
        "json": "<String>"
    },
    "computerId": "00000000-0000-0000-0000-000000000000",
    "computerGroupId": "00000000-0000-0000-0000-000000000000",
    "fileDetails": {
        "fullPath": "<String>"
    },
    "matchingApplications": {
        "useNewApplication": true,
        "newApplicationName": "<String>"
    },
    "organizationHasElevation": true,
    "organizationId": "00000000-0000-0000-0000-000000000000",
    "organizationIds": [
        "00000000-0000-0000-0000-000000000000"
    ],
    "osType": <Integer>,
    "policyConditions": {
        "useExistingPolicy": false,
        "manualOptions": [
           
        ],
        "ruleId": 2
    },
    "policyLevel": {
        "toComputer": true
    },
    "ringfenceActionId": 0
}"#;

/// A body of the document with its placeholders filled, in their order.
fn fill(body: &str, values: &[(&str, String)]) -> String {
    let mut body = body.to_owned();
    for (member, value) in values {
        let start = body.find(&format!("\"{member}\":")).expect(member) + member.len() + 3;
        let rest = body[start..].trim_start_matches([' ', '[', '\n']);
        let start = body.len() - rest.len();
        let length = match rest.strip_prefix('"') {
            Some(text) => text.find('"').unwrap() + 2,
            None => rest.find(['\n', ',']).unwrap(),
        };
        body.replace_range(start..start + length, value);
    }
    body
}

async fn permit_values(tenant: &Tenant, number: u32) -> Vec<(&'static str, String)> {
    let document = tenant.document(number).await;
    let json = document["approvalRequest"]["json"].to_string();
    vec![
        ("comments", "\"[cs:1]\"".to_owned()),
        ("requestorEmail", "\"anna@example.com\"".to_owned()),
        ("ticket", "\"CHG7\"".to_owned()),
        (
            "approvalRequestId",
            document["approvalRequest"]["approvalRequestId"].to_string(),
        ),
        ("json", json),
        ("computerId", document["computerId"].to_string()),
        ("computerGroupId", document["computerGroupId"].to_string()),
        ("fullPath", document["fileDetails"]["fullPath"].to_string()),
        ("organizationIds", json!(ROOT).to_string()),
    ]
}

async fn send_permit(tenant: &Tenant, number: u32, body: &str, more: &[(&str, &str)]) {
    let mut values: Vec<(&str, String)> = permit_values(tenant, number).await;
    values.extend(
        more.iter()
            .map(|(name, value)| (*name, (*value).to_owned())),
    );
    let body = fill(body, &values);
    // The organization of the request is the last one called so; the application's stands before it.
    let body = body.replace(
        "\"00000000-0000-0000-0000-000000000000\"",
        &json!(ROOT).to_string(),
    );
    let body = body.replace("<Integer>", "1").replace("<String>", "");
    let path = "ApprovalRequest/ApprovalRequestPermitApplication";
    let answer = tenant.as_who("approver", ROOT, "POST", path, &body).await;
    assert_eq!(said(&answer), (200, String::new()), "{body}");
    assert!(
        tenant.strange().await.is_empty(),
        "{:?}",
        tenant.strange().await
    );
}

#[tokio::test]
async fn the_documents_permit_with_an_existing_application_and_policy() {
    let tenant = tenant::tenant().await;
    let more = [
        ("applicationName", "\"App Tools\""),
        ("applicationId", &json!(CUSTOM).to_string()),
        ("cert", "\"CN=Microsoft\""),
        ("hash", "\"0123\""),
    ];
    send_permit(&tenant, 1, PERMIT_EXISTING, &more).await;
    let tools = tenant.application("App Tools");
    let added = &tools["rules"].as_array().unwrap()[2..];
    assert_eq!(added.len(), 2);
    assert_eq!(added[0]["certificate"], "CN=Microsoft");
    assert_eq!(added[1]["hash"], "0123");
    assert!(tenant.policies().is_empty(), "an existing policy is used");
    let row = tenant.by_id(1).await;
    assert_eq!(
        (&row["statusId"], &row["ticketId"], &row["comments"]),
        (&json!(12), &json!("CHG7"), &json!("[cs:1]"))
    );
    assert_eq!(tenant.one_effect().await[0], "approve");
}

#[tokio::test]
async fn the_documents_permit_of_a_matching_application_for_everybody() {
    let tenant = tenant::tenant().await;
    let more = [
        ("applicationName", "\"Adobe Acrobat (Built-In)\""),
        ("applicationId", &json!(ADOBE).to_string()),
    ];
    send_permit(&tenant, 2, PERMIT_MATCHING, &more).await;
    let policy = &tenant.policies()[0];
    assert_eq!(
        (
            &policy["level"],
            &policy["level_id"],
            &policy["application"],
            &policy["mode"]
        ),
        (
            &json!("organization"),
            &json!(ROOT),
            &json!(ADOBE),
            &json!("rules")
        )
    );
    assert_eq!(tenant.by_id(2).await["statusId"], 4);
}

#[tokio::test]
async fn the_documents_permit_of_a_new_application_in_learning_mode() {
    let tenant = tenant::tenant().await;
    send_permit(
        &tenant,
        1,
        PERMIT_NEW,
        &[("newApplicationName", "\"Debug View\"")],
    )
    .await;
    let policy = &tenant.policies()[0];
    assert_eq!(
        (
            &policy["level"],
            &policy["level_id"],
            &policy["mode"],
            &policy["mode_until"]
        ),
        (
            &json!("computer"),
            &json!(super::tenant::COMPUTER),
            &json!("learning"),
            &json!("2026-03-02T09:00:00Z")
        )
    );
    assert_eq!(tenant.application("Debug View")["rules"], json!([]));
    let fired = tenant.advance("1h").await;
    assert!(fired.to_string().contains("mode-ended"), "{fired}");
    assert_eq!(tenant.policies()[0]["mode"], "rules");
}

#[tokio::test]
async fn the_documents_lists_go_through() {
    let tenant = tenant::tenant().await;
    let list = "ApprovalRequest/ApprovalRequestGetByParameters";
    for (body, expected) in [(LIST_OWN, 5), (LIST_ALL, 7)] {
        let answer = tenant.as_who("viewer", "", "POST", list, body).await;
        assert_eq!(answer.json().as_array().unwrap().len(), expected);
        assert!(tenant.strange().await.is_empty());
    }
}

#[tokio::test]
async fn the_documents_search_for_matching_applications() {
    let tenant = tenant::tenant().await;
    let body = MATCHING
        .replace("\"<Boolean>\"", "true")
        .replace("<certificateName>", "CN=Adobe Inc.")
        .replace("<Integer>", "1");
    let path = "Application/ApplicationGetMatchingList";
    let answer = tenant.as_who("viewer", ROOT, "POST", path, &body).await;
    assert!(tenant.strange().await.is_empty());
    assert_eq!(
        answer.json(),
        json!({ "hasMatching": true, "matchingApplications": [{
            "name": "Adobe Acrobat (Built-In)", "applicationName": "Adobe Acrobat (Built-In)",
            "applicationId": ADOBE, "organizationId": answer.json()["matchingApplications"][0]["organizationId"],
            "organizationName": "master", "osType": 1, "suggestedPolicyId": null, "status": 0,
            "isMaintained": true, "researchApplicationId": null
        }] })
    );
}

/// The members of a sample, at every depth, as sorted paths; a list's items are one.
fn members(value: &Value, at: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(object) => {
            for (name, member) in object {
                let place = format!("{at}.{name}");
                members(member, &place, found);
                found.push(place);
            }
        }
        Value::Array(items) => items
            .iter()
            .take(1)
            .for_each(|item| members(item, at, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
    if at.is_empty() {
        found.sort();
    }
}

/// Lines of the document, reduced to the names that stand before a colon.
fn names(text: &str) -> Vec<&str> {
    text.split_whitespace().collect()
}

#[tokio::test]
async fn a_row_has_every_member_of_the_documents_sample_and_no_other() {
    let tenant = tenant::tenant().await;
    let rows = tenant.list(json!({ "isAscending": true })).await.json();
    let row = rows[0].as_object().unwrap();
    let expected = names(
        "actionDate applicationId approvalCount approvalNumber approvalRequestId approvalRequestTimerDto approvedBy \
         approvedByTierLevel assigneeFirstName assigneeLastname assigneeUserId assigneeUsername authorizeForPermit \
         canRequestNewBuiltIn comments computerId count cyberHeroManagementConfigured dateTime hasPendingApprovalRequest \
         hash hostname initialApprovalTierLevel instanceName ipAddress isAssigned isAssigneeLoggedIntoMaster \
         isEscalatedByCustomer isEscalatedByCyberHero json linkedMfaUser masterOrganizationId maxTriggeredStartDate \
         multiLevelApprovalRequestId multiLevelApprovalStatusId notes organizationId organizationName path \
         pendingTierLevel policyId portalApiUrl requestor requestorEmailAddress requestorReason \
         retrievedAssigneeUsername serialNumber showMfaChallenge showMfaRegistration signature statusId \
         statusIdEscalatedByCustomer statusIdEscalatedToMSP suggestCustomRule tempApplicationId tempPolicyId \
         threatLockerActionDto threatLockerDataCenterId ticketApprovalManager ticketId tlInstructions username",
    );
    let mut seen: Vec<&str> = row.keys().map(String::as_str).collect();
    seen.sort_unstable();
    assert_eq!(seen, expected);
    let action = &row["threatLockerActionDto"];
    let expected = names(
        "actionId actionType applicationId applicationName certs computerId datetime destinationIP deviceType domainName \
         encryptionStatus fullPath hash hostname installedBy logAction manufacturer monitorOnly notes organizationId \
         organizationName osType policyId policyName processId processName remotePresence ringFence ringfencePolicyId \
         serialNumber sha256 size username",
    );
    let mut seen: Vec<&str> = action
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    seen.sort_unstable();
    assert_eq!(seen, expected);
    assert_eq!(action["size"], 4711);
    assert_eq!(row["portalApiUrl"], "https://portalapi.g.threatlocker.com/");
}

#[tokio::test]
async fn the_permit_document_has_the_documents_parts_nulls_and_all() {
    let tenant = tenant::tenant().await;
    let document = tenant.document(1).await;
    let mut found = Vec::new();
    members(&document, "", &mut found);
    assert_eq!(document.as_object().unwrap().len(), 48);
    assert_eq!(document["actionLog"].as_object().unwrap().len(), 92);
    assert_eq!(document["approvalRequest"].as_object().unwrap().len(), 62);
    for place in [
        ".matchingApplications.existingApplication.researchApplicationId",
        ".policyLevel.selectedComputerGroup.isGlobal",
        ".policyConditions.includedAdditionalFiles",
        ".ringfencingOptions.rfAssociatedApplicationPolicy",
        ".approvalRequest.approvalRequestTimerDto.requestDate",
        ".fileDetails.certificates.validCert",
        ".fileExclusions",
    ] {
        assert!(found.iter().any(|own| own == place), "{place}");
    }
    assert_eq!(document["policyExpirationDate"], Value::Null);
    assert_eq!(
        document["matchingApplications"]["newApplicationName"],
        Value::Null
    );
    assert_eq!(document["matchingApplications"]["useNewApplication"], true);
    assert_eq!(document["computerGroupId"], FINANCE);
    assert_eq!(document["organizationIds"], json!([]));
    let details = &document["fileDetails"];
    assert_eq!(details["requestorReason"], "Driver fault, caf\u{e9}");
    assert_eq!(details["filename"], "dbgview.exe");
    assert_eq!(details["approvalStatus"], "Pending");
    assert_eq!(details["certificates"][0]["subject"], "CN=Microsoft");
    assert_eq!(
        (
            &document["isElevationRequest"],
            &document["isExecutionRequest"]
        ),
        (&json!(false), &json!(true))
    );
    assert_eq!(tenant.document(4).await["isElevationRequest"], true);
    assert_eq!(tenant.document(5).await["actionType"], "storage");
    let path = format!(
        "ApprovalRequest/ApprovalRequestGetPermitApplicationById?approvalRequestId={}",
        id(6)
    );
    let child = tenant
        .as_who("viewer", CHILD, "GET", &path, "")
        .await
        .json();
    assert_eq!(child["organizationIds"], json!([ROOT]));
    assert_eq!(child["policyLevel"]["canUseEntireOrganization"], false);
}

#[tokio::test]
async fn what_a_permit_document_says_of_reason_and_match_is_a_switch() {
    let tenant = tenant::tenant().await;
    let document = tenant.document(2).await;
    assert_eq!(
        document["matchingApplications"]["hasMatchingApplication"],
        false
    );
    assert_eq!(
        tenant.document(1).await["approvalRequest"]["requestorReason"],
        "RHJpdmVyIGZhdWx0LCBjYWbDqQ=="
    );
    let other = tenant::with(&[("document-reason", "plain"), ("document-match", "computed")]).await;
    let document = other.document(2).await;
    assert_eq!(
        document["matchingApplications"]["hasMatchingApplication"],
        true
    );
    assert_eq!(
        other.document(1).await["approvalRequest"]["requestorReason"],
        "Driver fault, caf\u{e9}"
    );
}
