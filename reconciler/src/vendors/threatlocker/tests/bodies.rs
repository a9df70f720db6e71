//! What is sent: each scope-bearing field that the vendor pre-fills must not survive.

use super::*;
use crate::model::{ListedApplication, ListedGroup, PermitRule};

fn grounds() -> Grounds {
    Grounds {
        application: Some(ListedApplication {
            id: "aaaaaaaa-0000-4000-8000-000000000001".to_owned(),
            label: "Parent\\App".to_owned(),
            name: "App".to_owned(),
            organization: "9b2c1c1e-0000-4000-8000-0000000000ff".to_owned(),
            owner: "Parent".to_owned(),
            os: 1,
            built_in: false,
        }),
        group: Some(ListedGroup {
            id: "bbbbbbbb-0000-4000-8000-000000000001".to_owned(),
            name: "Finance laptops".to_owned(),
        }),
        ..Grounds::default()
    }
}

/// The whole body for a document.
fn sent(permit: &Permit, whole: Value) -> Value {
    let document = read(whole).expect("a document");
    let decision = decision(Verdict::Approve, Some(permit.clone()));
    let call = composed(&decision, &document.request.facts, &grounds());
    permit::laid_over(&document.whole, &call.body.expect("a body"))
}

#[test]
fn nothing_that_widens_survives_from_the_document() {
    let clean = sent(&narrow(), sample());
    let guid = json!("99999999-0000-4000-8000-000000000009");
    let application = json!({ "applicationId": guid, "name": "Everything" });
    for (path, value) in [
        ("/appliesToId", guid.clone()),
        ("/appliesToOrganizationId", guid.clone()),
        ("/approvalRequest/tempPolicyId", guid.clone()),
        ("/approvalRequest/policyId", guid.clone()),
        ("/approvalRequest/tempApplicationId", guid.clone()),
        ("/approvalRequest/applicationId", guid.clone()),
        ("/approvalRequest/suggestCustomRule", json!(true)),
        ("/suggestCustomRule", json!(true)),
        ("/matchingApplications/hasMatchingApplication", json!(true)),
        ("/matchingApplications/useMatchingApplication", json!(true)),
        ("/matchingApplications/useExistingApplication", json!(true)),
        (
            "/matchingApplications/newApplicationName",
            json!("Everything"),
        ),
        (
            "/matchingApplications/matchingApplication/applicationId",
            guid.clone(),
        ),
        (
            "/matchingApplications/existingApplication/applicationId",
            guid.clone(),
        ),
        (
            "/matchingApplications/existingApplication/suggestedPolicyId",
            guid.clone(),
        ),
        ("/policyConditions/useExistingPolicy", json!(true)),
        ("/policyConditions/createManualPolicy", json!(true)),
        (
            "/policyConditions/manualOptions",
            json!([{ "fullPath": "*" }]),
        ),
        ("/policyConditions/ruleId", json!(2)),
        ("/policyConditions/certSubjects", json!(["CN=Everybody"])),
        ("/policyConditions/createdByProcesses", json!(["*"])),
        ("/policyConditions/disableProtection", json!(true)),
        (
            "/policyConditions/includedAdditionalFiles",
            json!([{ "fullPath": "*" }]),
        ),
        ("/policyExpirationDate", json!("2099-01-01T00:00:00Z")),
        ("/ringfencingOptions/restrictApplication", json!(true)),
        ("/ringfencingOptions/rfFilePolicy", json!([{ "path": "*" }])),
        (
            "/ringfencingOptions/rfNetworkPolicy",
            json!([{ "server": "*" }]),
        ),
        ("/networkExclusions", json!([{ "value": "*" }])),
        ("/ringfenceActionId", json!(3)),
        ("/isRingfenced", json!(true)),
        ("/elevationStatus", json!(1)),
        ("/elevationExpiration", json!(60)),
        ("/elevationExpirationDate", json!("2099-01-01T00:00:00Z")),
        ("/policyLevel/toEntireOrganization", json!(true)),
        ("/policyLevel/toComputerGroup", json!(true)),
        ("/policyLevel/selectedComputerGroup/computerGroupId", guid),
        ("/policyLevel/selectedComputerGroup/isGlobal", json!(true)),
        ("/adminNotes/requestorEmail", json!("eve@example.com")),
        ("/adminNotes/comments", json!("[cs:00000000]")),
        ("/applicationList", json!([application])),
        ("/systemAudits", json!([{}])),
        ("/fileExclusions", json!(["*"])),
        ("/responseSubject", json!("hello")),
        ("/responseReason", json!("hello")),
        ("/notifyOnResponse", json!(true)),
    ] {
        assert_ne!(
            *sample().pointer(path).expect(path),
            value,
            "{path} is pre-filled"
        );
        assert_eq!(sent(&narrow(), with(path, value)), clean, "{path}");
    }
}

#[test]
fn the_rest_is_sent_as_the_vendor_wrote_it() {
    let body = sent(&narrow(), sample());
    for path in [
        "/approvalRequest/json",
        "/computerId",
        "/computerGroupId",
        "/organizationId",
        "/organizationIds",
        "/osType",
        "/fileDetails",
        "/actionLog",
        "/approvalRequest/threatLockerActionDto",
        "/organizationHasElevation",
        "/approvalRequest/requestorEmailAddress",
        "/edgeStoreUrl",
    ] {
        assert_eq!(body.pointer(path), sample().pointer(path), "{path}");
    }
    // Null stays null, and nothing is left out.
    let names = |value: &Value| {
        value
            .as_object()
            .expect("an object")
            .keys()
            .cloned()
            .collect::<Vec<_>>()
    };
    assert_eq!(names(&body), names(&sample()));
    assert_eq!(
        names(&body["approvalRequest"]),
        names(&sample()["approvalRequest"])
    );
}

/// The vendor's own fields say which computer and whose; where they are empty, what was reviewed stands for them.
#[test]
fn the_computer_that_scope_means_is_the_reviewed_one() {
    for path in ["/computerId", "/organizationId"] {
        let shown = sample().pointer(path).cloned();
        let zeros = json!("00000000-0000-0000-0000-000000000000");
        for empty in [Value::Null, json!(""), zeros] {
            let body = sent(&narrow(), with(path, empty));
            assert_eq!(body.pointer(path).cloned(), shown, "{path}");
        }
    }
}

#[test]
fn the_three_samples_of_the_document() {
    let rule = |path: Option<&str>, certificate: Option<&str>, hash: Option<&str>| PermitRule {
        path: path.map(str::to_owned),
        certificate: certificate.map(str::to_owned),
        hash: hash.map(str::to_owned),
        ..PermitRule::default()
    };
    let existing = sent(
        &Permit {
            application: PermitApplication::Existing("Parent\\App".to_owned()),
            policy: PermitPolicy::Existing,
            rules: vec![
                rule(Some("C:\\x"), Some("CN=Example"), None),
                rule(None, None, Some("AB12")),
            ],
            ..narrow()
        },
        sample(),
    );
    let applications = &existing["matchingApplications"];
    assert_eq!(applications["useExistingApplication"], true);
    assert_eq!(
        applications["existingApplication"]["applicationId"],
        "aaaaaaaa-0000-4000-8000-000000000001"
    );
    assert_eq!(
        applications["existingApplication"]["applicationName"],
        "App"
    );
    assert_eq!(
        applications["matchingApplication"]["applicationId"],
        Value::Null
    );
    assert_eq!(
        existing["policyConditions"]["manualOptions"],
        json!([{ "fullPath": "C:\\x", "cert": "CN=Example" }, { "hash": "AB12" }])
    );
    assert_eq!(existing["policyConditions"]["useExistingPolicy"], true);
    let levels = |body: &Value| {
        ["toEntireOrganization", "toComputerGroup", "toComputer"]
            .map(|name| body["policyLevel"][name] == true)
    };
    assert_eq!(
        levels(&existing),
        [false; 3],
        "an existing policy says itself where it applies"
    );

    let matching = sent(
        &Permit {
            application: PermitApplication::Matching(None),
            scope: PermitScope::Organization,
            ..narrow()
        },
        sample(),
    );
    assert_eq!(
        matching["matchingApplications"]["useMatchingApplication"],
        true
    );
    assert_eq!(levels(&matching), [true, false, false]);

    let learning = sent(
        &Permit {
            mode: PermitMode::Learning,
            ..narrow()
        },
        sample(),
    );
    assert_eq!(
        learning["matchingApplications"]["newApplicationName"],
        "Debug View"
    );
    assert_eq!(learning["policyConditions"]["ruleId"], 2);
    assert_eq!(
        levels(&learning),
        [false; 3],
        "the sample's toComputer was seen to be refused, and no flag means the same"
    );
    assert_eq!(learning["adminNotes"]["ticket"], "CHG0031337");
    let comments = learning["adminNotes"]["comments"].as_str().expect("text");
    assert!(
        comments.ends_with(&mark(Verdict::Approve).to_string()),
        "{comments}"
    );
}

#[test]
fn what_is_asked_for_is_sent() {
    let whole = |permit: Permit| sent(&permit, sample());
    let group = whole(Permit {
        scope: PermitScope::Group("Finance laptops".to_owned()),
        ..narrow()
    });
    assert_eq!(group["policyLevel"]["toComputerGroup"], true);
    assert_eq!(
        group["policyLevel"]["selectedComputerGroup"]["computerGroupId"],
        "bbbbbbbb-0000-4000-8000-000000000001"
    );
    let elevated = whole(Permit {
        elevation: true,
        ringfence: Some(2),
        ..narrow()
    });
    assert_eq!(
        (&elevated["elevationStatus"], &elevated["ringfenceActionId"]),
        (&json!(1), &json!(2))
    );
    assert_eq!(elevated["isRingfenced"], true);
    let told = whole(Permit {
        notify: true,
        ..narrow()
    });
    assert_eq!(told["notifyOnResponse"], true);
    let until = "2026-12-24T00:00:00Z".parse().expect("a moment");
    let ends = whole(Permit {
        policy_expires: Some(until),
        ..narrow()
    });
    assert_eq!(ends["policyExpirationDate"], "2026-12-24T00:00:00Z");
}

#[test]
fn capability_bits_stand_against_what_they_forbid() {
    let forbidden = |permit: &Permit, path: &str| {
        let document = read(with(path, json!(false))).expect("one");
        permit::forbidden(permit, &document, Eyes::OfDecider)
    };
    let everywhere = Permit {
        scope: PermitScope::Organization,
        ..narrow()
    };
    let elevated = Permit {
        elevation: true,
        ..narrow()
    };
    let ringfenced = Permit {
        ringfence: Some(1),
        ..narrow()
    };
    let learning = Permit {
        mode: PermitMode::Learning,
        ..narrow()
    };
    for (permit, path) in [
        (&everywhere, "/policyLevel/canUseEntireOrganization"),
        (&elevated, "/hasElevation"),
        (&elevated, "/organizationHasElevation"),
        (&ringfenced, "/hasRingfencingAsProduct"),
        (&learning, "/allowTMM"),
    ] {
        assert_eq!(forbidden(permit, path).len(), 1, "{path}");
        assert_eq!(forbidden(&narrow(), path).len(), 0, "{path}");
        assert_eq!(
            permit::forbidden(permit, &read(sample()).expect("one"), Eyes::OfDecider),
            Vec::<String>::new()
        );
    }
}

#[test]
fn a_reject_names_reason_ticket_and_mark_and_tells_nobody() {
    let call = composed(
        &decision(Verdict::Deny, None),
        &facts(sample()),
        &Grounds::default(),
    );
    assert_eq!(call.path, "/ApprovalRequest/ApprovalRequestUpdateForReject");
    assert_eq!(call.organization.as_deref(), Some(ORGANIZATION));
    assert_eq!(call.over, None);
    let body = call.body.expect("a body");
    let text = format!("CHG0031337: vendor case 5512 {}", mark(Verdict::Deny));
    assert_eq!(body["approvalRequestDtos"][0]["approvalRequestId"], ID);
    assert_eq!(body["approvalRequestDtos"][0]["ticketId"], "CHG0031337");
    assert_eq!(
        (&body["rejectReason"], &body["responseReason"]),
        (&json!(text), &json!(text))
    );
    assert_eq!(body["notifyOnResponse"], false);
}
