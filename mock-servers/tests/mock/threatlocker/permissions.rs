//! Permissions, token by token: exactly the lists of the document.

use serde_json::{Value, json};

use super::tenant::{ROOT, Tenant, id, refused, with_world};

const APPROVE: [&str; 7] = [
    "Approve for Entire Organization",
    "Approve for Entire Organization (Hash Only)",
    "Approve for Group",
    "Approve for Group (Hash Only)",
    "Approve for Single Computer",
    "Approve for Single Computer (Application Only)",
    "Approve for Single Computer (Hash Only)",
];

const ALL: [&str; 24] = [
    APPROVE[0],
    APPROVE[1],
    APPROVE[2],
    APPROVE[3],
    APPROVE[4],
    APPROVE[5],
    APPROVE[6],
    "Elevation Administrator",
    "View Approvals",
    "View Application Control Applications",
    "Edit Application Control Applications",
    "Edit Computers",
    "View Computers",
    "Manage All Maintenance Modes",
    "Manage Application Control Installation Mode",
    "Manage Application Control Installation Mode (Time Restricted)",
    "Manage Application Control Learning Mode",
    "Manage Application Control Learning Mode (Time Restricted)",
    "Manage Application Control Legacy Installation Mode",
    "Manage Application Control Legacy Installation Mode (Time Restricted)",
    "Approve Escalation",
    "Edit Actioned Requests",
    "Approve for Update Existing",
    "Approve for New Install",
];

/// A tenant in which `pN` has permission N alone, and `some` those given.
async fn people(some: &[&str], dialects: &[(&str, &str)]) -> Tenant {
    let mut world = String::new();
    for (number, title) in ALL.iter().enumerate() {
        world.push_str(&format!(
            "[[threatlocker.user]]\nname = \"p{number}\"\npermissions = [{title:?}]\n"
        ));
    }
    world.push_str(&format!(
        "[[threatlocker.user]]\nname = \"some\"\npermissions = {some:?}\n"
    ));
    with_world(&world, dialects).await
}

/// Who of those with one permission is let in.
async fn admitted(tenant: &Tenant, method: &str, path: &str, body: &str) -> Vec<&'static str> {
    let mut admitted = Vec::new();
    for (number, title) in ALL.iter().enumerate() {
        let answer = tenant
            .as_who(&format!("p{number}"), ROOT, method, path, body)
            .await;
        if answer.status != 401 {
            admitted.push(*title);
        }
    }
    admitted
}

#[tokio::test]
async fn reading_needs_one_permission_of_the_documents_list() {
    let tenant = people(&[], &[]).await;
    let view = "View Approvals";
    let (see, edit) = (
        "View Application Control Applications",
        "Edit Application Control Applications",
    );
    let with = |more: &[&'static str]| [&APPROVE[..], more].concat();
    let document = format!(
        "ApprovalRequest/ApprovalRequestGetPermitApplicationById?approvalRequestId={}",
        id(1)
    );
    for (method, path, body, expected) in [
        (
            "POST",
            "ApprovalRequest/ApprovalRequestGetByParameters",
            r#"{"statusId":1}"#,
            with(&["Elevation Administrator", view]),
        ),
        (
            "POST",
            "Application/ApplicationGetMatchingList",
            "{}",
            with(&[view, see]),
        ),
        (
            "GET",
            "Application/ApplicationGetListForAddToApplication?osType=1",
            "",
            vec![see, edit],
        ),
        (
            "GET",
            "Application/ApplicationGetResearchDetailsById?applicationId=4cc1729d-8727-43de-b379-f3df4fe6055a",
            "",
            with(&[view, see, edit]),
        ),
        ("GET", document.as_str(), "", with(&[view])),
        (
            "GET",
            "Application/ApplicationGetForMaintenanceMode?osType=1",
            "",
            vec![],
        ),
    ] {
        assert_eq!(
            admitted(&tenant, method, path, body).await,
            expected,
            "{path}"
        );
    }
}

#[tokio::test]
async fn operations_without_a_list_need_what_their_siblings_need_or_nothing() {
    let by_id = format!(
        "ApprovalRequest/ApprovalRequestGetById?approvalRequestId={}",
        id(1)
    );
    let count = "ApprovalRequest/ApprovalRequestGetCount";
    let own = json!({ "approvalRequestId": id(1) }).to_string();
    let reject = json!({ "approvalRequestDtos": [{ "approvalRequestId": id(1) }] }).to_string();
    let elevation = [&APPROVE[..], &["Elevation Administrator"]].concat();
    let list = [&elevation[..], &["View Approvals"]].concat();
    for (method, path, body, expected) in [
        ("GET", by_id.as_str(), "", list.clone()),
        ("GET", count, "", list),
        (
            "POST",
            "ApprovalRequest/ApprovalRequestUpdateForTakeOwnership",
            own.as_str(),
            elevation.clone(),
        ),
    ] {
        let tenant = people(&[], &[]).await;
        assert_eq!(
            admitted(&tenant, method, path, body).await,
            expected,
            "{path}"
        );
        let open = people(&[], &[("undocumented-permissions", "none")]).await;
        assert_eq!(
            admitted(&open, method, path, body).await.len(),
            ALL.len(),
            "{path}"
        );
    }
    let path = "ApprovalRequest/ApprovalRequestUpdateForReject";
    let tenant = people(&["View Approvals"], &[]).await;
    assert_eq!(
        tenant
            .as_who("some", ROOT, "POST", path, &reject)
            .await
            .status,
        401
    );
    for operation in [
        "Organization/OrganizationGetChildrenIdsAndName",
        "ComputerGroup/ComputerGroupGetDropdownByOrganizationId",
    ] {
        assert_eq!(
            admitted(&tenant, "GET", operation, "").await.len(),
            ALL.len()
        );
    }
}

#[tokio::test]
async fn a_maintenance_mode_needs_three_kinds_at_once() {
    let edit = "Edit Application Control Applications";
    let path = "Application/ApplicationGetForMaintenanceMode?osType=1";
    for (computers, mode, status) in [
        ("Edit Computers", "Manage All Maintenance Modes", 200),
        ("View Computers", ALL[19], 200),
        ("View Computers", ALL[15], 200),
        ("View Computers", "View Computers", 401),
        (edit, "Manage All Maintenance Modes", 401),
    ] {
        let tenant = people(&[edit, computers, mode], &[]).await;
        let answer = tenant.as_who("some", ROOT, "GET", path, "").await;
        assert_eq!(answer.status, status, "{computers}, {mode}");
    }
    let tenant = people(&["View Computers", "Manage All Maintenance Modes"], &[]).await;
    assert_eq!(
        tenant.as_who("some", ROOT, "GET", path, "").await.status,
        401
    );
}

async fn permit(
    some: &[&str],
    dialects: &[(&str, &str)],
    number: u32,
    change: impl Fn(&mut Value),
) -> (u16, String) {
    let tenant = people(some, dialects).await;
    let mut body = tenant.filled(number).await;
    change(&mut body);
    let path = "ApprovalRequest/ApprovalRequestPermitApplication";
    let answer = tenant
        .as_who("some", ROOT, "POST", path, &body.to_string())
        .await;
    if answer.status == 200 {
        return (200, String::new());
    }
    assert!(tenant.policies().is_empty());
    refused(&answer)
}

#[tokio::test]
async fn a_permit_needs_escalation_kind_and_level() {
    let (escalation, new, update) = (
        "Approve Escalation",
        "Approve for New Install",
        "Approve for Update Existing",
    );
    let existing = |body: &mut Value| {
        body["matchingApplications"] = json!({
            "useExistingApplication": true,
            "existingApplication": { "applicationId": super::tenant::CUSTOM }
        });
    };
    let nothing = |_: &mut Value| {};
    for one in APPROVE {
        assert_eq!(
            permit(&[escalation, new, one], &[], 1, nothing).await.0,
            200,
            "{one}"
        );
    }
    for lacking in [
        &[new, APPROVE[4]][..],
        &[escalation, APPROVE[4]],
        &[escalation, new, "View Approvals"],
    ] {
        assert_eq!(permit(lacking, &[], 1, nothing).await.0, 401, "{lacking:?}");
    }
    assert_eq!(
        permit(&[escalation, update, APPROVE[4]], &[], 1, existing)
            .await
            .0,
        200
    );
    assert_eq!(
        permit(&[escalation, new, APPROVE[4]], &[], 1, existing).await,
        (401, format!("Missing the '{update}' permission"))
    );
    for actioned in [8, 9, 10, 12] {
        let told = permit(&[escalation, new, APPROVE[4]], &[], actioned, nothing).await;
        assert_eq!(
            told,
            (
                401,
                "Missing the 'Edit Actioned Requests' permission".to_owned()
            )
        );
        let edit = ["Edit Actioned Requests", new, APPROVE[4]];
        assert_eq!(permit(&edit, &[], actioned, nothing).await.0, 200);
    }
}

#[tokio::test]
async fn a_pending_request_needs_approve_escalation_or_not() {
    let some = ["Approve for New Install", "Approve for Single Computer"];
    let list_alone = [("pending-permit", "list-alone")];
    let nothing = |_: &mut Value| {};
    assert_eq!(permit(&some, &[], 1, nothing).await.0, 401);
    assert_eq!(permit(&some, &list_alone, 1, nothing).await.0, 200);
    for escalated in [11, 13] {
        assert_eq!(permit(&some, &list_alone, escalated, nothing).await.0, 401);
    }
}

#[tokio::test]
async fn levels_and_hashes_count_or_do_not() {
    let by_level = [("scope-permission", "by-level")];
    let everybody = |body: &mut Value| body["policyLevel"]["toEntireOrganization"] = json!(true);
    let hash = |body: &mut Value| {
        body["policyConditions"]["manualOptions"] = json!([{ "hash": "AB" }]);
    };
    let path = |body: &mut Value| {
        body["policyConditions"]["manualOptions"] = json!([{ "hash": "AB", "fullPath": "c:\\a" }]);
    };
    let some = |one: usize| {
        [
            "Approve Escalation",
            "Approve for New Install",
            APPROVE[one],
        ]
    };
    assert_eq!(permit(&some(4), &[], 1, everybody).await.0, 200);
    assert_eq!(permit(&some(4), &by_level, 1, everybody).await.0, 401);
    assert_eq!(permit(&some(0), &by_level, 1, everybody).await.0, 200);
    assert_eq!(permit(&some(2), &by_level, 1, hash).await.0, 200);
    for only_hash in [1, 3, 6] {
        assert_eq!(permit(&some(only_hash), &by_level, 1, hash).await.0, 200);
        assert_eq!(permit(&some(only_hash), &by_level, 1, path).await.0, 401);
        assert_eq!(permit(&some(only_hash), &[], 1, path).await.0, 200);
    }
    assert_eq!(permit(&some(5), &by_level, 1, path).await.0, 401);
}

#[tokio::test]
async fn a_lacking_permission_is_401_or_403() {
    let nothing = |_: &mut Value| {};
    assert_eq!(permit(&["View Approvals"], &[], 1, nothing).await.0, 401);
    let other = [("missing-permission", "403")];
    assert_eq!(permit(&["View Approvals"], &other, 1, nothing).await.0, 403);
}

#[tokio::test]
async fn the_viewer_looks_and_does_nothing() {
    let tenant = super::tenant::tenant().await;
    let list = "ApprovalRequest/ApprovalRequestGetByParameters";
    assert_eq!(
        tenant
            .as_who("viewer", ROOT, "POST", list, r#"{"statusId":1}"#)
            .await
            .status,
        200
    );
    let body = tenant.filled(1).await.to_string();
    let path = "ApprovalRequest/ApprovalRequestPermitApplication";
    assert_eq!(
        tenant
            .as_who("viewer", ROOT, "POST", path, &body)
            .await
            .status,
        401
    );
    let reject = json!({ "approvalRequestDtos": [{ "approvalRequestId": id(1) }] }).to_string();
    for path in [
        "ApprovalRequest/ApprovalRequestUpdateForReject",
        "ApprovalRequest/ApprovalRequestUpdateForIgnore",
    ] {
        assert_eq!(
            tenant
                .as_who("viewer", ROOT, "POST", path, &reject)
                .await
                .status,
            401
        );
    }
    assert!(tenant.journal("?kind=effect").await.is_empty());
    assert_eq!(tenant.journal("?kind=refusal").await.len(), 3);
}
