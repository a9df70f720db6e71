//! Taking ownership.

use serde_json::json;

use super::tenant::{id, refused, tenant};

const OWN: &str = "ApprovalRequest/ApprovalRequestUpdateForTakeOwnership";

#[tokio::test]
async fn ownership_is_taken_once_and_shown() {
    let tenant = tenant().await;
    let body = json!({ "approvalRequestId": id(1).to_uppercase() });
    assert_eq!(tenant.post(OWN, &body).await.status, 200);
    assert_eq!(
        tenant.one_effect().await,
        [
            "take-ownership",
            &id(1),
            "countersign@example.com",
            "pending"
        ]
    );
    let row = tenant.by_id(1).await;
    assert_eq!(
        (
            &row["isAssigned"],
            &row["assigneeUsername"],
            &row["assigneeFirstName"]
        ),
        (
            &json!(true),
            &json!("countersign@example.com"),
            &json!("Counter")
        )
    );
    assert!(row["assigneeUserId"].is_string());
    let timer = &tenant.document(1).await["approvalRequest"]["approvalRequestTimerDto"];
    assert_eq!(timer["assignedDate"], "2026-03-02T08:00:00Z");
    assert_eq!(tenant.post(OWN, &body).await.status, 200);
    assert_eq!(tenant.journal("?kind=no-op").await.len(), 1);
    let calls = tenant
        .journal("?kind=call&op=threatlocker.approval-requests.take-ownership")
        .await;
    assert!(calls.iter().all(|call| call["object"] == id(1)));
}

#[tokio::test]
async fn a_whole_row_names_its_request() {
    let tenant = tenant().await;
    let rows = tenant.list(json!({})).await.json();
    assert_eq!(tenant.post(OWN, &rows[0]).await.status, 200);
    assert!(
        tenant.strange().await.is_empty(),
        "{:?}",
        tenant.strange().await
    );
    assert_eq!(tenant.row(5)["assigned_at"], "2026-03-02T08:00:00Z");
    assert_eq!(refused(&tenant.post(OWN, &json!({})).await).0, 404);
    assert_eq!(
        tenant.journal("?kind=refusal").await[0]["verdict"],
        "take-ownership"
    );
}
