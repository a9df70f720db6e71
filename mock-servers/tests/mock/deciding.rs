//! Approving and denying through the API, and what the portal and the user do beside it.

use serde_json::json;

use crate::client::{Served, with_dialects, world};

const CMD: u64 = 65_430_027;
const APPROVED: u64 = 65_430_300;
const DENIED: u64 = 65_430_400;
const QUARANTINED: u64 = 65_430_930;
const RUNNING: u64 = 65_430_931;
const FINISHED: u64 = 65_430_940;

async fn row(served: &Served, id: u64) -> serde_json::Value {
    served.get(&format!("/requests/{id}")).await.json()
}

#[tokio::test]
async fn an_approve_names_its_portal_user() {
    let served = world().await;
    served
        .put(&format!("/requests/{CMD}?approvedby=BOSS%40example.com"))
        .await;
    let seen = row(&served, CMD).await;
    assert_eq!(seen["status"], "Approved");
    assert_eq!(
        (
            seen["approvedBy"].as_str(),
            seen["approvedByEmail"].as_str()
        ),
        (Some("Robin Boss"), Some("boss@example.com"))
    );
    let effects = served.journal("?kind=effect").await;
    assert_eq!(effects.len(), 1);
    let effect = &effects[0];
    assert_eq!(
        (
            &effect["verdict"],
            &effect["by"],
            &effect["actor"],
            &effect["object"],
            &effect["status"]
        ),
        (
            &json!("approve"),
            &json!("boss@example.com"),
            &json!("api"),
            &json!("65430027"),
            &json!(200)
        )
    );
    assert_eq!(effect["op"], "admin-by-request.requests.approve");
}

#[tokio::test]
async fn somebody_who_is_no_portal_user_is_ignored_but_the_act_happens() {
    let served = world().await;
    served
        .put(&format!("/requests/{CMD}?approvedby=stranger@example.com"))
        .await;
    let seen = row(&served, CMD).await;
    assert_eq!(
        (
            seen["status"].as_str(),
            &seen["approvedBy"],
            &seen["approvedByEmail"]
        ),
        (Some("Approved"), &json!(null), &json!(null))
    );
    let other = with_dialects(&[("unknown-decider", "api")]).await;
    other.put(&format!("/requests/{CMD}")).await;
    assert_eq!(row(&other, CMD).await["approvedBy"], "API");
}

#[tokio::test]
async fn a_deny_carries_reason_and_decider() {
    let served = world().await;
    let answer = served
        .delete(&format!(
            "/requests/{CMD}?reason=Not+allowed%21&deniedby=countersign@example.com"
        ))
        .await;
    assert_eq!((answer.status, answer.body.len()), (200, 0));
    let seen = row(&served, CMD).await;
    assert_eq!(
        (seen["status"].as_str(), seen["statusCode"].as_u64()),
        (Some("Denied"), Some(3))
    );
    assert_eq!(
        (
            seen["deniedReason"].as_str(),
            seen["deniedByEmail"].as_str()
        ),
        (Some("Not allowed!"), Some("countersign@example.com"))
    );
}

#[tokio::test]
async fn nothing_happens_when_already_approved_or_started() {
    let served = world().await;
    for id in [APPROVED, RUNNING] {
        let before = row(&served, id).await;
        for method in ["PUT", "DELETE"] {
            let path = format!(
                "/requests/{id}?{}",
                if method == "PUT" {
                    "approvedby=countersign@example.com"
                } else {
                    "reason=no"
                }
            );
            let answer = served.send(method, &path, &[]).await.unwrap();
            assert_eq!((answer.status, answer.body.len()), (200, 0));
        }
        assert_eq!(row(&served, id).await, before);
    }
    assert_eq!(served.journal("?kind=no-op").await.len(), 4);
    assert!(served.journal("?kind=effect").await.is_empty());
}

#[tokio::test]
async fn approving_a_denied_request_is_a_switch() {
    let served = world().await;
    served.put(&format!("/requests/{DENIED}")).await;
    assert_eq!(served.status_of(DENIED).await, "Denied");
    let other = with_dialects(&[("approve-after-deny", "approves")]).await;
    other.put(&format!("/requests/{DENIED}")).await;
    let seen = row(&other, DENIED).await;
    assert_eq!(
        (seen["status"].as_str(), &seen["deniedReason"]),
        (Some("Approved"), &json!(null))
    );
}

#[tokio::test]
async fn denying_a_denied_request_is_a_switch() {
    let served = world().await;
    served
        .delete(&format!("/requests/{DENIED}?reason=again"))
        .await;
    assert_eq!(row(&served, DENIED).await["deniedReason"], "No");
    let other = with_dialects(&[("deny-after-deny", "replaces")]).await;
    other
        .delete(&format!("/requests/{DENIED}?reason=again"))
        .await;
    assert_eq!(row(&other, DENIED).await["deniedReason"], "again");
}

#[tokio::test]
async fn a_finished_request_stays_finished() {
    let served = world().await;
    served.put(&format!("/requests/{FINISHED}")).await;
    served.delete(&format!("/requests/{FINISHED}")).await;
    assert_eq!(served.status_of(FINISHED).await, "Finished");
    let other = with_dialects(&[("decide-after-end", "acts")]).await;
    other.delete(&format!("/requests/{FINISHED}")).await;
    assert_eq!(other.status_of(FINISHED).await, "Denied");
}

#[tokio::test]
async fn quarantined_requests_are_for_the_portal() {
    let served = world().await;
    served.put(&format!("/requests/{QUARANTINED}")).await;
    assert_eq!(served.status_of(QUARANTINED).await, "Quarantined");
    let body = format!(
        r#"{{"vendor":"admin-by-request","id":"{QUARANTINED}","decision":"approve","by":"boss@example.com"}}"#
    );
    assert_eq!(
        served
            .admin("POST", "/actors/portal/decide", &body)
            .await
            .status,
        200
    );
    assert_eq!(served.status_of(QUARANTINED).await, "Approved");
    let other = with_dialects(&[("quarantined", "api")]).await;
    other.put(&format!("/requests/{QUARANTINED}")).await;
    assert_eq!(other.status_of(QUARANTINED).await, "Approved");
}

#[tokio::test]
async fn the_portal_takes_an_approval_back_where_the_api_cannot() {
    let served = world().await;
    served.delete(&format!("/requests/{APPROVED}")).await;
    assert_eq!(served.status_of(APPROVED).await, "Approved");
    for (decision, id) in [("take-back", APPROVED), ("deny", CMD)] {
        served.put(&format!("/requests/{CMD}")).await;
        let body = format!(
            r#"{{"id":"{id}","decision":"{decision}","by":"boss@example.com","reason":"Left the company"}}"#
        );
        assert_eq!(
            served
                .admin("POST", "/actors/portal/decide", &body)
                .await
                .status,
            200
        );
        assert_eq!(row(&served, id).await["deniedReason"], "Left the company");
    }
    let effects = served.journal("?kind=effect&actor=portal").await;
    assert!(
        effects.len() == 2 && effects.iter().all(|effect| effect["verdict"] == "revoke"),
        "{effects:?}"
    );
}

#[tokio::test]
async fn the_portal_has_no_button_for_what_is_over() {
    let served = world().await;
    for (id, decision) in [
        (FINISHED, "deny"),
        (DENIED, "approve"),
        (APPROVED, "approve"),
        (CMD, "take-back"),
    ] {
        let body = format!(r#"{{"id":"{id}","decision":"{decision}"}}"#);
        assert_eq!(
            served
                .admin("POST", "/actors/portal/decide", &body)
                .await
                .status,
            409,
            "{id} {decision}"
        );
    }
    assert_eq!(served.journal("?kind=refusal&actor=portal").await.len(), 4);
}

#[tokio::test]
async fn the_user_submits_starts_finishes_and_cancels() {
    let served = world().await;
    let submitted = served.admin("POST", "/actors/user/submit", r#"{"request":{"name":"late","reason":"please","app":{"file":"7z.exe","name":"7-Zip"}}}"#).await;
    let id: u64 = submitted.json()["id"].as_str().unwrap().parse().unwrap();
    assert!(id > FINISHED);
    assert_eq!(served.status_of(id).await, "Pending approval");
    assert_eq!(
        served
            .admin("POST", "/actors/user/start", r#"{"id":"late"}"#)
            .await
            .status,
        409
    );
    served.put(&format!("/requests/{id}")).await;
    for (step, status) in [("start", "Running"), ("finish", "Finished")] {
        let answer = served
            .admin(
                "POST",
                &format!("/actors/user/{step}"),
                &format!(r#"{{"id":{id}}}"#),
            )
            .await;
        assert_eq!(answer.status, 200);
        assert_eq!(served.status_of(id).await, status);
    }
    served
        .admin(
            "POST",
            "/actors/user/cancel",
            &format!(r#"{{"id":"{CMD}"}}"#),
        )
        .await;
    assert_eq!(served.get(&format!("/requests/{CMD}")).await.status, 404);
    assert_eq!(served.put(&format!("/requests/{CMD}")).await.status, 404);
    assert!(
        served
            .get("/requests")
            .await
            .ids()
            .iter()
            .all(|id| *id != CMD)
    );
}

#[tokio::test]
async fn what_is_asked_for_changes_only_while_it_waits() {
    let served = world().await;
    let edit = |id: u64, request: &str| format!(r#"{{"id":{id},"request":{request}}}"#);
    let found = r#"{"app":{"file":"cmd.exe","name":"Command","threat":"EICAR"}}"#;
    let before = served.get(&format!("/requests/{CMD}")).await.json();
    for (id, request, status) in [
        (CMD, found, 200),
        (CMD, r#"{"status":"approved"}"#, 400),
        (APPROVED, found, 409),
    ] {
        let answer = served
            .admin("POST", "/actors/user/edit", &edit(id, request))
            .await;
        assert_eq!(answer.status, status, "{id} {request}");
    }
    let after = served.get(&format!("/requests/{CMD}")).await.json();
    assert_eq!(after["application"]["threat"], "EICAR");
    assert_eq!(after["user"], before["user"]);
    assert_eq!(after["status"], "Pending approval");
}

#[tokio::test]
async fn a_second_operator_decides_by_the_apis_rules() {
    let served = world().await;
    let body = format!(r#"{{"id":"{APPROVED}","decision":"deny"}}"#);
    assert_eq!(
        served
            .admin("POST", "/actors/operator/decide", &body)
            .await
            .status,
        200
    );
    assert_eq!(served.status_of(APPROVED).await, "Approved");
    assert_eq!(served.journal("?kind=no-op&actor=operator").await.len(), 1);
}

#[tokio::test]
async fn a_write_answers_with_an_empty_body_or_a_message() {
    let served = with_dialects(&[("write-answer", "message")]).await;
    assert_eq!(
        served.put(&format!("/requests/{CMD}")).await.json(),
        json!({ "Message": "OK" })
    );
}
