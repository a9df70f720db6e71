//! People beside the API: voters in the portal, whoever asks, a colleague's script.

use serde_json::{Value, json};

use super::instance::{effect, id, instance, with};

#[tokio::test]
async fn the_portal_votes_and_revokes() {
    let instance = instance().await;
    for (name, decision, by, expected) in [
        (
            "one",
            "approve",
            "boss",
            effect("approve", "01", "boss", "granted"),
        ),
        (
            "window",
            "deny",
            "jonas.lind",
            effect("deny", "10", "jonas.lind", "rejected"),
        ),
        (
            "granted",
            "take-back",
            "boss",
            effect("revoke", "04", "boss", "revoked"),
        ),
        (
            "granted-by-another",
            "deny",
            "stranger",
            effect("revoke", "05", "stranger", "revoked"),
        ),
    ] {
        let act = json!({ "vendor": "fudo", "id": name, "decision": decision, "by": by });
        let answer = instance.act("portal/decide", act).await;
        assert_eq!(
            (answer.status, &answer.json()["state"]),
            (200, &json!(expected[3])),
            "{name}"
        );
        assert_eq!(instance.effects().await.last(), Some(&expected));
    }
    let two = json!({ "id": "two", "decision": "approve" });
    assert_eq!(
        instance.act("portal/decide", two.clone()).await.json()["state"],
        "pending"
    );
    assert_eq!(
        instance.act("portal/decide", two).await.status,
        409,
        "one vote a person"
    );
    assert_eq!(instance.accept("approver", 2).await, 200);
    assert_eq!(instance.status(2), "granted");
    let told = instance.journal("?kind=effect&actor=portal").await;
    assert_eq!(told.len(), 5);
}

#[tokio::test]
async fn the_portal_offers_no_button_for_what_is_over_own_or_another_safes() {
    let instance = instance().await;
    for (name, decision, by) in [
        ("rejected", "approve", "boss"),
        ("revoked", "deny", "boss"),
        ("expired", "approve", "boss"),
        ("granted", "approve", "boss"),
        ("removed", "approve", "boss"),
        ("own", "approve", "countersign"),
        ("one", "approve", "narrow"),
        ("one", "approve", "operator"),
        ("one", "take-back", "boss"),
    ] {
        let act = json!({ "id": name, "decision": decision, "by": by });
        assert_eq!(
            instance.act("portal/decide", act).await.status,
            409,
            "{name} {by}"
        );
    }
    let unknown = json!({ "id": "9", "decision": "deny" });
    assert_eq!(instance.act("portal/decide", unknown).await.status, 404);
    assert!(instance.effects().await.is_empty());
}

#[tokio::test]
async fn a_vote_can_be_taken_back_while_others_are_awaited() {
    let instance = instance().await;
    instance.accept("approver", 2).await;
    let back = json!({ "id": "two", "decision": "take-back", "by": "countersign" });
    assert_eq!(
        instance.act("portal/decide", back.clone()).await.json()["state"],
        "pending"
    );
    assert_eq!(instance.shown(2).await["votes"], json!([]));
    assert_eq!(instance.act("portal/decide", back).await.status, 409);
    // Nothing of it counts: two more votes are needed.
    instance.accept("second-voter", 2).await;
    assert_eq!(instance.status(2), "pending");
    instance.accept("approver", 2).await;
    assert_eq!(instance.status(2), "granted");
}

#[tokio::test]
async fn a_second_operator_decides_by_the_apis_rules() {
    let instance = instance().await;
    for (body, status) in [
        (
            json!({ "id": "two", "decision": "approve", "by": "operator" }),
            409,
        ),
        (
            json!({ "id": "two", "decision": "deny", "by": "second-voter" }),
            409,
        ),
        (
            json!({ "id": "two", "decision": "approve", "by": "nobody" }),
            400,
        ),
        (json!({ "id": "two", "decision": "take-back" }), 409),
        (
            json!({ "id": "two", "decision": "approve", "by": "second-voter" }),
            200,
        ),
        (
            json!({ "id": "two", "decision": "approve", "by": "second-voter" }),
            409,
        ),
        (json!({ "id": "two", "decision": "approve" }), 200),
        (
            json!({ "id": "two", "decision": "take-back", "reason": "over" }),
            200,
        ),
    ] {
        assert_eq!(
            instance.act("operator/decide", body.clone()).await.status,
            status,
            "{body}"
        );
    }
    assert_eq!(instance.row(2)["revoked_by"], "countersign");
    let told = instance.journal("?kind=effect&actor=operator").await;
    let verdicts: Vec<&Value> = told.iter().map(|own| &own["verdict"]).collect();
    assert_eq!(verdicts, ["approve", "approve", "revoke"]);
}

#[tokio::test]
async fn a_user_asks_withdraws_and_uses() {
    let instance = instance().await;
    let wish = json!({ "name": "late", "reason": "x", "required-votes": 2, "server": "erp-01", "account": { "id": "42", "name": "sap" } });
    let answer = instance
        .act("user/submit", json!({ "request": wish }))
        .await;
    assert_eq!(
        (answer.status, &answer.json()["state"]),
        (200, &json!("pending"))
    );
    assert_eq!(answer.json()["id"], id(15).as_str());
    let shown = instance.shown(15).await;
    assert_eq!(
        (&shown["account_id"], &shown["user_name"]),
        (&json!("42"), &json!("anna.berg"))
    );
    let late = json!({ "id": "late" });
    assert_eq!(instance.act("user/start", late.clone()).await.status, 409);
    assert_eq!(
        instance.act("user/check-in", late.clone()).await.status,
        409
    );
    assert_eq!(
        instance.act("user/cancel", late.clone()).await.json()["state"],
        "removed"
    );
    assert_eq!(instance.shown(15).await["removed"], true);
    assert_eq!(instance.act("user/cancel", late).await.status, 409);
    assert_eq!(
        instance
            .act("user/cancel", json!({ "id": "granted" }))
            .await
            .status,
        409
    );
    // What needs no vote is granted at once.
    let free = json!({ "request": { "required-votes": 0 } });
    assert_eq!(
        instance.act("user/submit", free).await.json()["state"],
        "granted"
    );
    for wrong in [
        json!({ "status": "granted" }),
        json!({ "votes": [] }),
        json!({ "intervall": 3 }),
        json!({ "interval": 25 }),
        json!({ "interval": 0 }),
        json!({ "type": "scheduled", "interval": 2 }),
        json!({ "starts-at": "2026-03-02T09:00:00Z", "expires-at": "2026-03-02T09:00:00Z" }),
    ] {
        let answer = instance
            .act("user/submit", json!({ "request": wrong }))
            .await;
        assert_eq!(answer.status, 400, "{wrong}");
    }
}

#[tokio::test]
async fn what_is_asked_for_changes_while_it_waits() {
    let instance = instance().await;
    let edit = |name: &str, request: Value| json!({ "id": name, "request": request });
    let longer = json!({ "interval": 24, "reason": "for the whole day" });
    assert_eq!(
        instance
            .act("user/edit", edit("one", longer.clone()))
            .await
            .status,
        200
    );
    let shown = instance.shown(1).await;
    assert_eq!(
        (&shown["immediate_interval"], &shown["reason"]),
        (&json!(24), &json!("for the whole day"))
    );
    assert_eq!(shown["modified_at"], "2026-03-02T08:00:00Z");
    let later = json!({ "expires-at": "2026-03-02T20:00:00Z" });
    assert_eq!(
        instance
            .act("user/edit", edit("window", later.clone()))
            .await
            .status,
        200
    );
    instance.accept("approver", 10).await;
    assert!(
        instance.advance("11h").await.is_empty(),
        "the window's end moved"
    );
    assert_eq!(
        instance
            .act("user/edit", edit("window", later.clone()))
            .await
            .status,
        409
    );
    for (name, wrong) in [
        ("one", json!({})),
        ("one", later),
        ("one", json!({ "interval": 25 })),
        ("one", json!({ "account": "root" })),
        ("three", json!({ "required-votes": 1 })),
    ] {
        assert_eq!(
            instance
                .act("user/edit", edit(name, wrong.clone()))
                .await
                .status,
            400,
            "{wrong}"
        );
    }
}

#[tokio::test]
async fn a_vote_on_the_own_request_is_the_same_switch_in_the_portal() {
    let instance = with(&[("own-request", "accepted")]).await;
    let act = json!({ "id": "own", "decision": "approve", "by": "approver" });
    assert_eq!(instance.act("portal/decide", act).await.status, 200);
}

#[tokio::test]
async fn a_portal_that_is_first_shows_in_the_same_call() {
    let instance = instance().await;
    let fault = r#"[{"id":"f","op":"fudo.access-requests.vote","act":{"do":"portal/decide","decision":"deny","by":"boss"}}]"#;
    assert_eq!(instance.admin("PUT", "/faults", fault).await.status, 200);
    assert_eq!(instance.accept("approver", 1).await, 409);
    assert_eq!(
        instance.effects().await,
        [effect("deny", "01", "boss", "rejected")]
    );
}
