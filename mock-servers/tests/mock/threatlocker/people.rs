//! People beside the API.

use mock_servers::Vendor;
use serde_json::json;

use super::tenant::{COMPUTER, id, numbers, tenant};

#[tokio::test]
async fn a_person_in_the_portal_permits_the_file_for_its_computer_alone() {
    let tenant = tenant().await;
    let act =
        json!({ "id": "tool", "decision": "approve", "by": "boss@example.com", "reason": "fine" });
    assert_eq!(tenant.act("portal/decide", act.clone()).await.status, 200);
    let policy = &tenant.policies()[0];
    assert_eq!(
        (&policy["level"], &policy["level_id"], &policy["by"]),
        (
            &json!("computer"),
            &json!(COMPUTER),
            &json!("boss@example.com")
        )
    );
    assert_eq!(
        tenant.application("dbgview.exe")["rules"][0]["hash"],
        "0123456789abcdef0123456789abcdef"
    );
    let row = tenant.by_id(1).await;
    assert_eq!(
        (&row["statusId"], &row["approvedBy"]),
        (&json!(4), &json!("boss@example.com"))
    );
    let effects = tenant.journal("?kind=effect&actor=portal").await;
    assert_eq!(
        (&effects[0]["verdict"], &effects[0]["object"]),
        (&json!("approve"), &json!(id(1)))
    );
    assert_eq!(
        tenant.act("portal/decide", act).await.status,
        409,
        "no such button now"
    );
}

#[tokio::test]
async fn a_person_in_the_portal_rejects_and_takes_nothing_back() {
    let tenant = tenant().await;
    let deny =
        json!({ "id": id(2), "decision": "deny", "by": "somebody@example.com", "reason": "no" });
    assert_eq!(tenant.act("portal/decide", deny).await.status, 200);
    let row = tenant.by_id(2).await;
    assert_eq!(
        (&row["statusId"], &row["approvedBy"], &row["comments"]),
        (&json!(10), &json!("somebody@example.com"), &json!("no"))
    );
    for number in [1, 8] {
        let back = json!({ "id": id(number), "decision": "take-back" });
        assert_eq!(tenant.act("portal/decide", back).await.status, 409);
    }
    let unknown = json!({ "id": id(99), "decision": "deny" });
    assert_eq!(tenant.act("portal/decide", unknown).await.status, 404);
    // An escalated one is the portal's to decide.
    let escalated = json!({ "id": "escalated", "decision": "approve" });
    assert_eq!(tenant.act("portal/decide", escalated).await.status, 200);
}

#[tokio::test]
async fn a_colleagues_script_decides_by_the_apis_rules() {
    let tenant = tenant().await;
    let act = |by: &str, name: &str, decision: &str| json!({ "id": name, "decision": decision, "by": by });
    assert_eq!(
        tenant
            .act("operator/decide", act("viewer", "tool", "approve"))
            .await
            .status,
        409
    );
    assert_eq!(
        tenant
            .act("operator/decide", act("approver", "tool", "approve"))
            .await
            .status,
        200
    );
    assert_eq!(
        tenant
            .act("operator/decide", act("approver", "tool", "approve"))
            .await
            .status,
        200
    );
    assert_eq!(tenant.policies().len(), 2);
    assert_eq!(
        tenant
            .act("operator/decide", act("approver", "child", "deny"))
            .await
            .status,
        200
    );
    assert_eq!(tenant.status(6), "rejected");
    for wrong in [
        act("approver", "tool", "take-back"),
        act("nobody", "tool", "deny"),
    ] {
        assert_eq!(tenant.act("operator/decide", wrong).await.status, 400);
    }
}

#[tokio::test]
async fn the_end_user_asks_and_withdraws() {
    let tenant = tenant().await;
    let request = json!({ "request": { "name": "late", "computer": "NEW-1", "path": "c:\\late.exe", "reason": "please" } });
    let asked = tenant.act("user/submit", request).await;
    assert_eq!(asked.status, 200);
    let late = asked.json()["id"].as_str().unwrap().to_owned();
    let rows = tenant.list(json!({ "pageSize": 1 })).await.json();
    assert_eq!(rows[0]["approvalRequestId"], late.as_str());
    for wrong in [
        json!({ "status": "approved" }),
        json!({ "computer": "SHOP-1", "organization": "Nordics2" }),
        json!({ "pth": "x" }),
    ] {
        assert_eq!(
            tenant
                .act("user/submit", json!({ "request": wrong }))
                .await
                .status,
            400
        );
    }
    assert_eq!(
        tenant
            .act("user/cancel", json!({ "id": "late" }))
            .await
            .status,
        200
    );
    assert_eq!(
        numbers(&tenant.list(json!({})).await.json()),
        [5, 4, 3, 2, 1]
    );
    let path = format!("ApprovalRequest/ApprovalRequestGetById?approvalRequestId={late}");
    assert_eq!(tenant.get(&path).await.status, 404);
    assert_eq!(
        tenant
            .act("user/cancel", json!({ "id": "late" }))
            .await
            .status,
        409
    );
    for deed in ["user/start", "user/check-in"] {
        assert_eq!(tenant.act(deed, json!({ "id": "tool" })).await.status, 400);
    }
}

#[tokio::test]
async fn a_fault_strikes_the_request_that_query_and_body_name() {
    let tenant = tenant().await;
    let faults = json!([
        { "id": "get", "op": "threatlocker.approval-requests.permit-document", "object": id(1), "kind": "status", "status": 503 },
        { "id": "permit", "op": "threatlocker.approval-requests.permit", "object": id(2), "kind": "close", "phase": "after-effect" },
        { "id": "reject", "op": "threatlocker.approval-requests.reject", "object": id(3), "kind": "vendor-error", "name": "threatlocker:403-token-revoked", "phase": "before-effect" }
    ]);
    assert_eq!(
        tenant
            .admin("PUT", "/faults", &faults.to_string())
            .await
            .status,
        200
    );
    let path = "ApprovalRequest/ApprovalRequestGetPermitApplicationById?approvalRequestId=";
    let mut body = tenant.filled(2).await;
    body["approvalRequest"]["approvalRequestId"] = json!(id(2).to_uppercase());
    assert_eq!(
        tenant
            .get(&format!("{path}{}", id(1).to_uppercase()))
            .await
            .status,
        503
    );
    let permit = "/portalapi/ApprovalRequest/ApprovalRequestPermitApplication";
    let headers = [
        ("authorization", tenant.token("approver")),
        ("content-type", "application/json"),
    ];
    let cut =
        crate::client::raw(&tenant.address, "POST", permit, &headers, &body.to_string()).await;
    assert!(cut.is_err(), "the connection was closed");
    assert_eq!(tenant.policies().len(), 1, "and the policy written");
    assert_eq!(tenant.reject(3).await.status, 403);
    assert_eq!(tenant.status(3), "pending");
    let fired: Vec<String> = tenant
        .journal("?kind=fault")
        .await
        .iter()
        .map(|fault| fault["object"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(fired, [id(1), id(2), id(3)]);
}

#[tokio::test]
async fn what_is_asked_changes_only_while_it_waits() {
    let tenant = tenant().await;
    let other = json!({ "path": r"c:\temp\other.exe", "hash": "ffff" });
    let edit = |request: serde_json::Value| json!({ "id": "tool", "request": request });
    for (request, status) in [
        (other.clone(), 200),
        (json!({ "computer": "OTHER" }), 400),
        (json!({}), 400),
        (json!({ "pathh": "x" }), 400),
    ] {
        let answer = tenant.act("user/edit", edit(request.clone())).await;
        assert_eq!(answer.status, status, "{request}");
    }
    let row = tenant.by_id(1).await;
    let full = row["path"].as_str().unwrap_or_default();
    assert_eq!((full, &row["hash"]), (r"c:\temp\other.exe", &json!("ffff")));
    let deny = json!({ "id": "tool", "decision": "deny" });
    assert_eq!(tenant.act("portal/decide", deny).await.status, 200);
    assert_eq!(tenant.act("user/edit", edit(other)).await.status, 409);
}

#[tokio::test]
async fn whoever_passes_for_an_identity_has_its_token_and_the_portal_alone_has_none() {
    let tenant = tenant().await;
    let pass = |who| tenant.mocks.pass(Vendor::ThreatLocker, Some(who));
    let token = tenant.token("viewer").to_owned();
    assert_eq!(
        pass("viewer"),
        Ok(vec![("authorization".to_owned(), token)])
    );
    assert!(pass("boss").is_err(), "only the portal knows this one");
}
