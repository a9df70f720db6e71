//! Permits: what they write, what makes them fail, and what a second one does.

use serde_json::{Value, json};

use super::tenant::{
    ADOBE, COMPUTER, CUSTOM, FINANCE, ROOT, TILL, Tenant, id, refused, tenant, with,
};

fn choose(body: &mut Value, flag: &str, member: &str, application: &str) {
    body["matchingApplications"]["useNewApplication"] = json!(false);
    body["matchingApplications"][flag] = json!(true);
    body["matchingApplications"][member]["applicationId"] = json!(application);
}

#[tokio::test]
async fn the_fetched_document_posted_back_is_a_permit_for_its_computer() {
    let tenant = tenant().await;
    let body = tenant.filled(1).await;
    assert_eq!(tenant.permit(&body).await.status, 200);
    assert!(
        tenant.strange().await.is_empty(),
        "{:?}",
        tenant.strange().await
    );
    assert_eq!(
        tenant.one_effect().await,
        ["approve", &id(1), "countersign@example.com", "approved"]
    );
    let policy = &tenant.policies()[0];
    let application = tenant.application("Debug View");
    assert_eq!(
        (
            &policy["level"],
            &policy["level_id"],
            &policy["application"],
            &policy["request"]
        ),
        (
            &json!("computer"),
            &json!(COMPUTER),
            &application["id"],
            &json!(id(1))
        )
    );
    assert_eq!(
        (
            &policy["elevation"],
            &policy["ringfenced"],
            &policy["expires_at"]
        ),
        (&json!(false), &json!(false), &Value::Null)
    );
    assert_eq!(application["organization"], ROOT);
    let row = tenant.by_id(1).await;
    assert_eq!(
        (
            &row["statusId"],
            &row["approvedBy"],
            &row["actionDate"],
            &row["policyId"],
            &row["applicationId"]
        ),
        (
            &json!(4),
            &json!("countersign@example.com"),
            &json!("2026-03-02T08:00:00Z"),
            &policy["id"],
            &application["id"]
        )
    );
    let calls = tenant
        .journal("?kind=call&op=threatlocker.approval-requests.permit")
        .await;
    assert_eq!(calls[0]["object"], id(1));
}

#[tokio::test]
async fn a_second_permit_writes_a_second_policy() {
    let tenant = tenant().await;
    let body = tenant.filled(1).await;
    for _ in 0..2 {
        assert_eq!(tenant.permit(&body).await.status, 200);
    }
    let effects = tenant.journal("?kind=effect").await;
    assert_eq!(effects.len(), 2);
    assert!(
        effects
            .iter()
            .all(|one| one["verdict"] == "approve" && one["object"] == id(1))
    );
    let policies = tenant.policies();
    assert_eq!(policies.len(), 2);
    assert_ne!(policies[0]["id"], policies[1]["id"]);
    assert_ne!(policies[0]["application"], policies[1]["application"]);
    assert_eq!(tenant.row(1)["policies"].as_array().unwrap().len(), 2);
    // Whoever may not edit actioned requests is refused instead.
    let body = body.to_string();
    let path = "ApprovalRequest/ApprovalRequestPermitApplication";
    let answer = tenant
        .as_who("pending-only", ROOT, "POST", path, &body)
        .await;
    assert_eq!(
        refused(&answer),
        (
            401,
            "Missing the 'Edit Actioned Requests' permission".to_owned()
        )
    );
    assert_eq!(tenant.policies().len(), 2);
    assert_eq!(tenant.journal("?kind=refusal").await[0]["object"], id(1));
}

#[tokio::test]
async fn a_second_permit_is_refused_in_a_dialect() {
    let tenant = with(&[("second-permit", "417")]).await;
    let body = tenant.filled(1).await;
    assert_eq!(tenant.permit(&body).await.status, 200);
    assert_eq!(refused(&tenant.permit(&body).await).0, 417);
    assert_eq!(tenant.policies().len(), 1);
    let portal = tenant.journal("?kind=refusal").await;
    assert_eq!(portal[0]["object"], id(1));
}

#[tokio::test]
async fn what_was_rejected_can_be_permitted_by_whoever_may_edit_it() {
    let tenant = tenant().await;
    for number in [8, 9, 10, 12] {
        let body = tenant.filled(number).await;
        assert_eq!(tenant.permit(&body).await.status, 200);
        assert_eq!(tenant.status(number), "approved");
    }
}

#[tokio::test]
async fn a_level_is_the_computer_a_group_or_the_organization() {
    let tenant = tenant().await;
    let mut body = tenant.filled(1).await;
    body["policyLevel"]["toComputerGroup"] = json!(true);
    body["policyLevel"]["selectedComputerGroup"]["computerGroupId"] = json!(FINANCE.to_uppercase());
    assert_eq!(tenant.permit(&body).await.status, 200);
    let mut body = tenant.filled(2).await;
    body["policyLevel"]["toEntireOrganization"] = json!(true);
    assert_eq!(tenant.permit(&body).await.status, 200);
    let levels: Vec<Value> = tenant
        .policies()
        .iter()
        .map(|policy| json!([policy["level"], policy["level_id"]]))
        .collect();
    assert_eq!(
        levels,
        [json!(["group", FINANCE]), json!(["organization", ROOT])]
    );
    let mut body = tenant.filled(3).await;
    body["policyLevel"]["toComputerGroup"] = json!(true);
    assert_eq!(refused(&tenant.permit(&body).await).0, 417, "which group?");
    body["policyLevel"]["selectedComputerGroup"]["computerGroupId"] = json!(ROOT);
    assert_eq!(
        refused(&tenant.permit(&body).await).0,
        417,
        "no group of this organization"
    );
    let other = with(&[("unknown-group", "500")]).await;
    assert_eq!(refused(&other.permit(&body).await).0, 500);
}

#[tokio::test]
async fn a_computer_flag_is_accepted_or_417_and_two_flags_are_a_switch() {
    let mut body = tenant().await.filled(1).await;
    body["policyLevel"]["toComputer"] = json!(true);
    assert_eq!(tenant().await.permit(&body).await.status, 200);
    let other = with(&[("to-computer", "417")]).await;
    assert_eq!(refused(&other.permit(&body).await).0, 417);
    body["policyLevel"]["toEntireOrganization"] = json!(true);
    assert_eq!(refused(&tenant().await.permit(&body).await).0, 417);
    let widest = with(&[("two-levels", "widest")]).await;
    assert_eq!(widest.permit(&body).await.status, 200);
    assert_eq!(widest.policies()[0]["level"], "organization");
}

#[tokio::test]
async fn exactly_one_application_is_chosen() {
    let tenant = tenant().await;
    let mut none = tenant.filled(1).await;
    none["matchingApplications"]["useNewApplication"] = json!(false);
    assert_eq!(refused(&tenant.permit(&none).await).0, 417);
    let mut two = tenant.filled(1).await;
    two["matchingApplications"]["useExistingApplication"] = json!(true);
    two["matchingApplications"]["existingApplication"]["applicationId"] = json!(CUSTOM);
    assert_eq!(refused(&tenant.permit(&two).await).0, 417);
    let mut nothing = tenant.filled(1).await;
    choose(
        &mut nothing,
        "useMatchingApplication",
        "matchingApplication",
        ADOBE,
    );
    nothing["matchingApplications"]["matchingApplication"] = Value::Null;
    assert_eq!(refused(&tenant.permit(&nothing).await).0, 500);
    assert_eq!(tenant.status(1), "pending");
}

#[tokio::test]
async fn a_new_application_needs_a_name() {
    let tenant = tenant().await;
    let body = tenant.document(1).await;
    assert_eq!(
        refused(&tenant.permit(&body).await),
        (417, "Must enter a name for a new application".to_owned())
    );
    let refusals = tenant.journal("?kind=refusal").await;
    assert_eq!(
        (&refusals[0]["object"], &refusals[0]["verdict"]),
        (&json!(id(1)), &json!("approve"))
    );
    assert!(tenant.policies().is_empty());
}

#[tokio::test]
async fn a_built_in_is_permitted_for_everybody_or_not_at_all() {
    let tenant = tenant().await;
    let mut body = tenant.document(2).await;
    choose(
        &mut body,
        "useMatchingApplication",
        "matchingApplication",
        ADOBE,
    );
    assert_eq!(
        refused(&tenant.permit(&body).await),
        (401, "Missing the '' permission".to_owned())
    );
    body["policyLevel"]["toEntireOrganization"] = json!(true);
    assert_eq!(tenant.permit(&body).await.status, 200);
    assert_eq!(
        tenant.application("Adobe Acrobat (Built-In)")["rules"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
}

#[tokio::test]
async fn an_application_must_be_there_and_usable() {
    for unknown in [TILL, "40000000-0000-4000-a000-00000000ffff"] {
        for status in [417, 404, 500] {
            let tenant = with(&[("unknown-application", &status.to_string())]).await;
            let mut body = tenant.document(1).await;
            choose(
                &mut body,
                "useExistingApplication",
                "existingApplication",
                unknown,
            );
            assert_eq!(refused(&tenant.permit(&body).await).0, status);
        }
    }
}

#[tokio::test]
async fn without_json_a_permit_is_accepted_and_does_nothing() {
    let tenant = tenant().await;
    let mut body = tenant.filled(1).await;
    for json in [Value::Null, json!("")] {
        body["approvalRequest"]["json"] = json;
        assert_eq!(tenant.permit(&body).await.status, 200);
    }
    assert_eq!(tenant.by_id(1).await["statusId"], 1);
    assert!(tenant.policies().is_empty());
    let ignored = tenant.journal("?kind=no-op").await;
    assert_eq!((ignored.len(), &ignored[0]["object"]), (2, &json!(id(1))));
    let other = with(&[("missing-json", "417")]).await;
    assert_eq!(refused(&other.permit(&body).await).0, 417);
}

#[tokio::test]
async fn a_json_or_computer_that_is_not_the_requests_is_noted() {
    let tenant = tenant().await;
    let mut body = tenant.filled(1).await;
    body["approvalRequest"]["json"] = json!("{}");
    body["computerId"] = json!(ROOT);
    body["organizationId"] = json!(FINANCE);
    assert_eq!(tenant.permit(&body).await.status, 200);
    let noted = ["approvalRequest.json", "computerId", "organizationId"];
    assert_eq!(
        tenant.strange().await,
        noted.map(|name| format!("{name} is not the request's"))
    );
    assert_eq!(
        tenant.policies()[0]["level_id"],
        ROOT,
        "the policy is for the body's computer"
    );
}

#[tokio::test]
async fn omitted_members_are_accepted_or_an_opaque_500() {
    let full = tenant().await.filled(1).await;
    for (object, name) in [
        ("", "policyExpirationDate"),
        ("/matchingApplications", "existingApplication"),
        ("/policyLevel", "selectedComputerGroup"),
        ("/policyConditions", "certSubjects"),
    ] {
        let mut body = full.clone();
        body.pointer_mut(object)
            .unwrap()
            .as_object_mut()
            .unwrap()
            .remove(name);
        assert_eq!(tenant().await.permit(&body).await.status, 200, "{name}");
        let strict = with(&[("omitted-members", "500")]).await;
        assert_eq!(refused(&strict.permit(&body).await).0, 500, "{name}");
    }
    let strict = with(&[("omitted-members", "500")]).await;
    assert_eq!(strict.permit(&full).await.status, 200);
}

#[tokio::test]
async fn what_a_number_of_the_permit_means_is_a_switch() {
    let tenant = with(&[
        ("elevation-status", "nothing"),
        ("ringfence-members", "nothing"),
    ])
    .await;
    let mut body = tenant.filled(1).await;
    body["elevationStatus"] = json!(1);
    body["isRingfenced"] = json!(true);
    body["ringfenceActionId"] = json!(2);
    assert_eq!(tenant.permit(&body).await.status, 200);
    let policy = &tenant.policies()[0];
    assert_eq!(policy["elevation"], false);
    assert_eq!(policy["ringfenced"], false);
    assert_eq!(policy["ringfence_action"], 0);
}

#[tokio::test]
async fn everything_that_widens_a_policy_is_in_the_state() {
    let tenant = tenant().await;
    let mut body = tenant.filled(1).await;
    body["elevationStatus"] = json!(1);
    body["elevationExpirationDate"] = json!("2026-03-02T10:00:00Z");
    body["isRingfenced"] = json!(true);
    body["ringfenceActionId"] = json!(2);
    body["policyExpirationDate"] = json!("2026-03-03T08:00:00");
    body["networkExclusions"] = json!([{ "tagPrefixTypeId": 1, "value": "10.0.0.1" }]);
    body["notifyOnResponse"] = json!(true);
    body["responseReason"] = json!("Fine");
    body["adminNotes"] =
        json!({ "ticket": "CHG2", "requestorEmail": "a@example.com", "comments": "[cs:2]" });
    let conditions = &mut body["policyConditions"];
    conditions["ruleId"] = json!(1);
    conditions["manualOptions"] = json!([
        { "fullPath": "c:\\a.exe", "processPath": "c:\\p.exe", "cert": "CN=A", "hash": "AB", "createdBy": "c:\\c.exe" },
        { "fullPath": "" }
    ]);
    conditions["certSubjects"] = json!(["CN=A"]);
    conditions["disableProtection"] = json!(true);
    conditions["includedAdditionalFiles"] = json!([{ "fullPath": "c:\\b.exe" }]);
    assert_eq!(tenant.permit(&body).await.status, 200);
    let policy = &tenant.policies()[0];
    for (name, value) in [
        ("elevation", json!(true)),
        ("elevation_until", json!("2026-03-02T10:00:00Z")),
        ("ringfenced", json!(true)),
        ("ringfence_action", json!(2)),
        ("expires_at", json!("2026-03-03T08:00:00Z")),
        ("network_exclusions", json!(1)),
        ("mode", json!("install")),
        ("created_by", json!([r"c:\windows\explorer.exe"])),
        ("certificates", json!(["CN=A"])),
        ("disable_protection", json!(true)),
        ("additional_files", json!(1)),
        ("by", json!("countersign@example.com")),
    ] {
        assert_eq!(policy[name], value, "{name}");
    }
    let rules = tenant.application("Debug View")["rules"].clone();
    assert_eq!(
        rules,
        json!([{ "path": "c:\\a.exe", "process": "c:\\p.exe", "certificate": "CN=A", "hash": "AB", "sha256": null, "created_by": "c:\\c.exe" }])
    );
    let row = tenant.row(1);
    assert_eq!(
        (
            &row["notified"],
            &row["response_reason"],
            &row["admin_notes"]["comments"]
        ),
        (&json!(true), &json!("Fine"), &json!("[cs:2]"))
    );
    let document = tenant.document(1).await;
    assert_eq!(document["adminNotes"]["ticket"], "CHG2");
    assert_eq!(document["fileDetails"]["approvalStatus"], "Approved");
}

#[tokio::test]
async fn notes_of_a_permit_become_the_requests_or_stay_apart() {
    for (value, ticket) in [("echoed", "CHG2"), ("apart", "CHG0031337")] {
        let tenant = with(&[("admin-notes", value)]).await;
        let mut body = tenant.filled(3).await;
        body["adminNotes"]["ticket"] = json!("CHG2");
        assert_eq!(tenant.permit(&body).await.status, 200);
        let row = tenant.by_id(3).await;
        assert_eq!(
            (&row["ticketId"], &row["comments"]),
            (&json!(ticket), &json!("see the change"))
        );
        assert_eq!(tenant.row(3)["admin_notes"]["ticket"], "CHG2");
    }
}

async fn existing(tenant: &Tenant, policy: bool) -> u16 {
    let mut body = tenant.document(1).await;
    choose(
        &mut body,
        "useExistingApplication",
        "existingApplication",
        CUSTOM,
    );
    body["policyConditions"]["useExistingPolicy"] = json!(policy);
    body["policyConditions"]["manualOptions"] = json!([{ "hash": "CC" }]);
    tenant.permit(&body).await.status
}

#[tokio::test]
async fn an_existing_policy_is_used_and_none_written() {
    let tenant = with(&[("no-existing-policy", "417")]).await;
    assert_eq!(existing(&tenant, true).await, 417, "there is none yet");
    assert_eq!(existing(&tenant, false).await, 200);
    assert_eq!(existing(&tenant, true).await, 200);
    assert_eq!(tenant.policies().len(), 1);
    assert_eq!(
        tenant.application("App Tools")["rules"]
            .as_array()
            .unwrap()
            .len(),
        4
    );
    let effects = tenant.journal("?kind=effect").await;
    assert_eq!(
        effects[1]["because"],
        "rules added, the policy is an existing one"
    );
    let lenient = super::tenant::tenant().await;
    assert_eq!(existing(&lenient, true).await, 200);
}

#[tokio::test]
async fn an_existing_application_makes_it_12_or_4() {
    for (value, word) in [("12", "added-to-application"), ("4", "approved")] {
        let tenant = with(&[("existing-status", value)]).await;
        assert_eq!(existing(&tenant, false).await, 200);
        assert_eq!(tenant.status(1), word);
        assert_eq!(tenant.by_id(1).await["statusId"].to_string(), value);
    }
}

#[tokio::test]
async fn a_storage_request_is_not_permitted_here() {
    for status in [417, 500] {
        let tenant = with(&[("storage-permit", &status.to_string())]).await;
        let body = tenant.filled(5).await;
        assert_eq!(refused(&tenant.permit(&body).await).0, status);
        assert_eq!(tenant.reject(5).await.status, 200);
    }
}

#[tokio::test]
async fn a_permit_is_read_strictly() {
    let tenant = tenant().await;
    let mut body = tenant.filled(1).await;
    body["policyDuration"] = json!(60);
    body["policyLevel"]["toUser"] = json!(true);
    assert_eq!(tenant.permit(&body).await.status, 200);
    assert_eq!(
        tenant.strange().await,
        [
            "unknown member policyDuration",
            "unknown member policyLevel.toUser"
        ]
    );
    for (place, value) in [
        ("/computerId", json!("FIN-LT-22")),
        ("/policyExpirationDate", json!("tomorrow")),
        ("/policyConditions/ruleId", json!("0")),
        ("/policyConditions/manualOptions", json!({})),
        ("/policyLevel", json!([])),
        ("/osType", json!(9_000_000_000_u64)),
    ] {
        let mut wrong = tenant.filled(2).await;
        *wrong.pointer_mut(place).unwrap() = value;
        let (status, says) = refused(&tenant.permit(&wrong).await);
        assert_eq!(status, 417);
        assert!(says.contains(&place[1..].replace('/', ".")), "{says}");
    }
    let mut rule = tenant.filled(2).await;
    rule["policyConditions"]["ruleId"] = json!(4);
    assert_eq!(refused(&tenant.permit(&rule).await).0, 417);
    let mut nobody = tenant.filled(2).await;
    nobody["approvalRequest"]["approvalRequestId"] = Value::Null;
    assert_eq!(refused(&tenant.permit(&nobody).await).0, 417);
}
