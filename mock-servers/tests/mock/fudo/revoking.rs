//! Taking granted access back.

use serde_json::json;

use super::instance::{BASE, effect, id, instance, with};

#[tokio::test]
async fn what_is_granted_can_be_revoked_with_a_reason() {
    let instance = instance().await;
    let body = json!({ "revoke_reason": "AD maintenance.", "access_request_id": id(4) });
    let (status, said) = instance.revoke("approver", 4, body).await;
    assert_eq!((status, said.as_str()), (200, r#"{"result":"success"}"#));
    let shown = instance.shown(4).await;
    assert_eq!(
        (&shown["status"], &shown["revoke_reason"]),
        (&json!("revoked"), &json!("AD maintenance."))
    );
    assert_eq!(shown["modified_at"], "2026-03-02T08:00:00Z");
    assert_eq!(
        instance.effects().await,
        [effect("revoke", "04", "countersign", "revoked")]
    );
    assert_eq!(
        shown["votes"].as_array().unwrap().len(),
        1,
        "the votes stay"
    );
    assert!(instance.strange().await.is_empty());
}

#[tokio::test]
async fn whether_a_revocation_needs_its_reason_is_a_switch() {
    for (value, status) in [("optional", 200), ("required", 400)] {
        let instance = with(&[("revoke-reason", value)]).await;
        assert_eq!(
            instance.revoke("approver", 4, json!({})).await.0,
            status,
            "{value}"
        );
        let path = format!("{BASE}/{}/revoke", id(5));
        let answer = instance.send("approver", "POST", &path, "").await;
        assert_eq!(answer.status, status, "an empty body, {value}");
        assert_eq!(
            instance.status(4),
            if status == 200 { "revoked" } else { "granted" }
        );
    }
    let instance = instance().await;
    let wrong = instance
        .revoke("approver", 4, json!({ "revoke_reason": 5 }))
        .await;
    assert_eq!(wrong.0, 400);
    let other = instance
        .revoke("approver", 4, json!({ "access_request_id": id(5) }))
        .await;
    assert_eq!(other.0, 400);
}

#[tokio::test]
async fn what_is_not_granted_is_not_revoked_or_a_pending_one_is() {
    for (value, status) in [("409", 409), ("400", 400)] {
        let instance = with(&[("revoke-not-granted", value)]).await;
        for last in [1, 6, 8] {
            let before = instance.status(last);
            assert_eq!(
                instance.revoke("approver", last, json!({})).await.0,
                status,
                "{last}"
            );
            assert_eq!(instance.status(last), before);
        }
        let refusals = instance.journal("?kind=refusal").await;
        assert_eq!(
            (refusals.len(), &refusals[0]["verdict"]),
            (3, &json!("revoke"))
        );
    }
    let instance = with(&[("revoke-not-granted", "pending-too")]).await;
    assert_eq!(instance.revoke("approver", 1, json!({})).await.0, 200);
    assert_eq!(instance.status(1), "revoked");
    assert_ne!(instance.revoke("approver", 6, json!({})).await.0, 200);
}

#[tokio::test]
async fn a_second_revocation_is_a_switch() {
    for (value, status) in [("409", 409), ("400", 400), ("success", 200)] {
        let instance = with(&[("revoke-again", value)]).await;
        let body = json!({ "revoke_reason": "again" });
        assert_eq!(
            instance.revoke("approver", 7, body).await.0,
            status,
            "{value}"
        );
        assert!(instance.effects().await.is_empty());
        assert_eq!(instance.row(7)["revoke_reason"], json!(null));
        let told = if status == 200 {
            "?kind=no-op"
        } else {
            "?kind=refusal"
        };
        assert_eq!(instance.journal(told).await.len(), 1);
    }
}
