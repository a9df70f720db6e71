//! Rejecting and ignoring.

use serde_json::{Value, json};

use super::tenant::{id, refused, said, tenant, with};

const REJECT: &str = "ApprovalRequest/ApprovalRequestUpdateForReject";
const IGNORE: &str = "ApprovalRequest/ApprovalRequestUpdateForIgnore";

fn batch(numbers: &[u32]) -> Value {
    let items: Vec<Value> = numbers
        .iter()
        .map(|number| json!({ "approvalRequestId": id(*number) }))
        .collect();
    json!({ "approvalRequestDtos": items, "type": "reject", "rejectReason": "No" })
}

#[tokio::test]
async fn a_reject_is_one_effect_and_reads_back() {
    let tenant = tenant().await;
    let answer = tenant.reject(1).await;
    assert_eq!(said(&answer), (200, String::new()));
    assert!(tenant.strange().await.is_empty());
    assert_eq!(
        tenant.one_effect().await,
        ["deny", &id(1), "countersign@example.com", "rejected"]
    );
    let row = tenant.by_id(1).await;
    assert_eq!(
        (
            &row["statusId"],
            &row["approvedBy"],
            &row["actionDate"],
            &row["comments"]
        ),
        (
            &json!(10),
            &json!("countersign@example.com"),
            &json!("2026-03-02T08:00:00Z"),
            &json!("Not this one")
        )
    );
    assert_eq!(tenant.row(1)["reject_reason"], "No");
    assert!(tenant.policies().is_empty());
    let calls = tenant
        .journal("?kind=call&op=threatlocker.approval-requests.reject")
        .await;
    assert_eq!(calls[0]["object"], id(1));
}

#[tokio::test]
async fn a_reject_takes_several() {
    let tenant = tenant().await;
    assert_eq!(tenant.post(REJECT, &batch(&[1, 2, 5])).await.status, 200);
    let effects = tenant.journal("?kind=effect").await;
    let objects: Vec<&str> = effects
        .iter()
        .map(|one| one["object"].as_str().unwrap())
        .collect();
    assert_eq!(objects, [id(1), id(2), id(5)]);
}

#[tokio::test]
async fn one_bad_item_spoils_the_whole_batch_or_not() {
    let tenant = tenant().await;
    assert_eq!(refused(&tenant.post(REJECT, &batch(&[1, 99])).await).0, 404);
    assert_eq!(tenant.status(1), "pending");
    assert_eq!(tenant.journal("?kind=refusal").await.len(), 1);
    let other = with(&[("batch", "each")]).await;
    assert_eq!(other.post(REJECT, &batch(&[99, 1])).await.status, 200);
    assert_eq!(other.status(1), "rejected");
    let refusals = other.journal("?kind=refusal").await;
    assert_eq!(refusals[0]["object"], id(99));
}

#[tokio::test]
async fn a_flat_body_is_an_empty_batch() {
    let flat = json!({ "approvalRequestId": id(1) });
    for (value, status) in [("417", 417), ("200", 200)] {
        let tenant = with(&[("empty-batch", value)]).await;
        assert_eq!(tenant.post(REJECT, &flat).await.status, status);
        assert_eq!(tenant.strange().await, ["unknown member approvalRequestId"]);
        assert_eq!(tenant.status(1), "pending");
        assert!(tenant.journal("?kind=effect").await.is_empty());
    }
}

#[tokio::test]
async fn rejecting_again_acts_again_and_takes_no_policy_back() {
    let tenant = tenant().await;
    let body = tenant.filled(1).await;
    assert_eq!(tenant.permit(&body).await.status, 200);
    assert_eq!(tenant.reject(1).await.status, 200);
    assert_eq!(tenant.reject(1).await.status, 200);
    assert_eq!(tenant.journal("?kind=effect").await.len(), 3);
    assert_eq!(tenant.status(1), "rejected");
    assert_eq!(tenant.policies().len(), 1, "the policy stays");
    let ignored = with(&[("second-reject", "ignored")]).await;
    assert_eq!(ignored.reject(9).await.status, 200);
    assert_eq!(ignored.journal("?kind=no-op").await.len(), 1);
    let refusing = with(&[("second-reject", "417")]).await;
    assert_eq!(refused(&refusing.reject(9).await).0, 417);
}

#[tokio::test]
async fn an_ignore_is_status_10_or_6() {
    for (value, status) in [("10", 10), ("6", 6)] {
        let tenant = with(&[("ignored-status", value)]).await;
        let mut body = batch(&[2]);
        body["type"] = json!("ignore");
        body["ignoreReason"] = json!("noise");
        body["notifyOnIgnore"] = json!(true);
        assert_eq!(tenant.post(IGNORE, &body).await.status, 200);
        assert_eq!(tenant.by_id(2).await["statusId"], status);
        let row = tenant.row(2);
        assert_eq!(
            (&row["ignored"], &row["notified"], &row["reject_reason"]),
            (&json!(true), &json!(true), &json!("noise"))
        );
        assert_eq!(tenant.one_effect().await[0], "ignore");
    }
}

#[tokio::test]
async fn what_a_reject_says_is_kept_or_not() {
    let body = json!({
        "approvalRequestDtos": [{ "approvalRequestId": id(1), "ticketId": "CHG1" }],
        "responseReason": "No [cs:1]"
    });
    for (switch, value, ticket, comments) in [
        ("reject-ticket", "kept", "CHG1", "No [cs:1]"),
        ("reject-ticket", "ignored", "", "No [cs:1]"),
        ("reject-reason", "nowhere", "CHG1", ""),
    ] {
        let tenant = with(&[(switch, value)]).await;
        assert_eq!(tenant.post(REJECT, &body).await.status, 200);
        let row = tenant.by_id(1).await;
        assert_eq!(
            (&row["ticketId"], &row["comments"]),
            (&json!(ticket), &json!(comments))
        );
    }
}

#[tokio::test]
async fn a_writes_success_has_three_bodies() {
    for (value, text) in [("empty", ""), ("true", "true"), ("object", "{}")] {
        let tenant = with(&[("write-answer", value)]).await;
        assert_eq!(said(&tenant.reject(1).await), (200, text.to_owned()));
    }
}
