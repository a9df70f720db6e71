//! People beside the API: the portal human, the end user, a colleague's script.

use serde_json::json;

use mock_servers::{Given, Options};

use super::vault::{only_vault, serve, vault};

#[tokio::test]
async fn the_portal_approves_denies_and_takes_back() {
    let vault = vault().await;
    for (id, decision, by, verdict, state) in [
        ("root", "approve", "boss", "approve", "active"),
        ("alias", "deny", "boss@example.com", "deny", "denied"),
        ("active", "take-back", "jonas.lind", "revoke", "cancelled"),
        (
            "active-by-another",
            "deny",
            "stranger@example.com",
            "revoke",
            "cancelled",
        ),
        ("two", "approve", "boss", "approve", "pending"),
    ] {
        let act = json!({ "vendor": "beyondtrust", "id": id, "decision": decision, "by": by, "reason": "by hand" });
        let answer = vault.act("portal/decide", act).await;
        assert_eq!(
            (answer.status, &answer.json()["state"]),
            (200, &json!(state)),
            "{id}"
        );
        let effects = vault.journal("?kind=effect&actor=portal").await;
        assert_eq!(effects.last().unwrap()["verdict"], verdict, "{id}");
    }
    // Approved by another: our approver's active list does not show it.
    let caller = vault.sign_in("approver").await;
    assert_eq!(caller.ids("?queue=app&status=active").await, [1006]);
    assert_eq!(
        caller.told("PUT", "Requests/1001/Approve", "").await,
        (403, "4036".to_owned())
    );
}

#[tokio::test]
async fn the_portal_offers_no_button_for_what_is_over_or_own() {
    let vault = vault().await;
    for (id, decision, by) in [
        ("denied", "approve", "boss"),
        ("expired", "deny", "boss"),
        ("active", "approve", "boss"),
        ("root", "take-back", "boss"),
        ("own", "approve", "requestor-approver"),
        ("root", "approve", "requestor"),
    ] {
        let act = json!({ "id": id, "decision": decision, "by": by });
        assert_eq!(
            vault.act("portal/decide", act).await.status,
            409,
            "{id} {decision}"
        );
    }
    let two = json!({ "id": "two", "decision": "approve", "by": "boss" });
    assert_eq!(vault.act("portal/decide", two.clone()).await.status, 200);
    assert_eq!(
        vault.act("portal/decide", two).await.status,
        409,
        "one vote a person"
    );
    let unknown = json!({ "id": "9", "decision": "deny" });
    assert_eq!(vault.act("portal/decide", unknown).await.status, 404);
}

#[tokio::test]
async fn a_second_operator_decides_by_the_apis_rules() {
    let vault = vault().await;
    let act = |by: &str| json!({ "id": "1001", "decision": "approve", "by": by });
    assert_eq!(
        vault.act("operator/decide", act("requestor")).await.status,
        409
    );
    assert_eq!(
        vault
            .act(
                "operator/decide",
                json!({ "id": "1001", "decision": "approve" })
            )
            .await
            .status,
        200
    );
    assert_eq!(vault.row(1001)["approved_by"]["user"], "svc-approver");
    assert_eq!(
        vault
            .act("operator/decide", act("requestor-approver"))
            .await
            .status,
        409
    );
    assert_eq!(
        vault.act("operator/decide", act("nobody")).await.status,
        400
    );
    let back = json!({ "id": "1001", "decision": "take-back", "by": "requestor-approver" });
    assert_eq!(vault.act("operator/decide", back).await.status, 200);
    assert_eq!(vault.status(1001), "cancelled");
    let effects = vault.journal("?kind=effect&actor=operator").await;
    assert_eq!(effects.len(), 2);
    assert_eq!(effects[1]["verdict"], "revoke");
}

#[tokio::test]
async fn the_user_submits_uses_and_gives_back() {
    let vault = vault().await;
    let submitted = vault
        .act("user/submit", json!({ "request": { "name": "late", "account": "NEW-SRV-01/root", "access-type": "SSH", "reason": "please" } }))
        .await;
    assert_eq!(
        (submitted.status, &submitted.json()["state"]),
        (200, &json!("pending"))
    );
    let id: u64 = submitted.json()["id"].as_str().unwrap().parse().unwrap();
    let caller = vault.sign_in("approver").await;
    assert!(caller.ids("?queue=app&status=pending").await.contains(&id));
    assert_eq!(
        vault
            .act("user/start", json!({ "id": "late" }))
            .await
            .status,
        409
    );
    caller.put(&format!("Requests/{id}/Approve")).await;
    assert_eq!(
        vault
            .act("user/start", json!({ "id": "late" }))
            .await
            .status,
        200
    );
    assert_eq!(vault.row(id)["started_at"], "2026-03-02T08:00:00Z");
    let done = vault
        .act("user/check-in", json!({ "id": "late", "reason": "done" }))
        .await;
    assert_eq!(done.json()["state"], "checked-in");
    assert_eq!(
        vault
            .act("user/cancel", json!({ "id": "root" }))
            .await
            .json()["state"],
        "withdrawn"
    );
    assert!(!caller.ids("?queue=app").await.contains(&1001));
    let automatic = vault
        .act("user/submit", json!({ "request": { "account": 43 } }))
        .await;
    assert_eq!(automatic.json()["state"], "active");
    for wrong in [
        json!({ "request": { "status": "active" } }),
        json!({ "request": { "requestor": "nobody" } }),
        json!({ "request": { "acount": "x" } }),
        json!({ "request": { "account": 999 } }),
    ] {
        let before = vault.state();
        assert_eq!(
            vault.act("user/submit", wrong.clone()).await.status,
            400,
            "{wrong}"
        );
        assert_eq!(vault.state(), before);
    }
}

#[tokio::test]
async fn an_act_may_stand_inside_a_call() {
    let vault = vault().await;
    let faults = json!([{
        "op": "beyondtrust.requests.approve", "object": "1001", "phase": "before-effect",
        "act": { "do": "portal/decide", "decision": "deny", "by": "boss" }
    }]);
    assert_eq!(
        vault
            .admin("PUT", "/faults", &faults.to_string())
            .await
            .status,
        200
    );
    let caller = vault.sign_in("approver").await;
    assert_eq!(caller.put("Requests/1001/Approve").await.status, 404);
    assert_eq!(vault.status(1001), "denied");
}

#[tokio::test]
async fn a_world_adds_people_and_alters_those_of_every_world() {
    let world = r#"
        [[beyondtrust.account]]
        id = 41
        name = "root"
        system = "A"
        [[beyondtrust.user]]
        name = "approver"
        accounts = ["A/root"]
        password-required = false
        [[beyondtrust.user]]
        name = "second"
        run-as = 'EXAMPLE\second'
        role = "both"
        [[beyondtrust.request]]
        id = 1
        account = 41
        [[beyondtrust.request]]
        id = 2
    "#;
    let vault = serve(Options {
        world: Some(Given::from_toml(world).unwrap()),
        ..only_vault()
    })
    .await;
    // Without a password, and still an approver, for one account.
    let key = &vault.keys("approver")["api-key"];
    let header = format!("PS-Auth key={key}; runas=svc-approver;");
    let headers = [("authorization", header.as_str())];
    let answer = vault.call("POST", "Auth/SignAppIn", &headers, "").await;
    assert_eq!(answer.status, 200);
    let caller = vault.sign_in("approver").await;
    assert_eq!(caller.ids("?queue=app").await, [1]);
    let second = vault.sign_in("second").await;
    assert_eq!(second.ids("?queue=app").await, [1, 2]);
    assert_eq!(vault.keys("second")["run-as"], r"EXAMPLE\second");
}

#[tokio::test]
async fn what_is_asked_for_changes_only_while_it_waits() {
    let vault = vault().await;
    let caller = vault.sign_in("approver").await;
    let edit = |id: &str, request: serde_json::Value| json!({ "id": id, "request": request });
    let wider = json!({ "access-type": "RDP" });
    for (id, request, status) in [
        ("root", wider.clone(), 200),
        ("root", json!({ "requestor": "jonas.lind" }), 400),
        ("root", json!({}), 400),
        ("root", json!({ "access-type": "App" }), 400),
    ] {
        let answer = vault.act("user/edit", edit(id, request.clone())).await;
        assert_eq!(answer.status, status, "{request}");
    }
    let row = vault.row(1001);
    assert_eq!(
        (&row["access_type"], &row["status"]),
        (&json!("RDP"), &json!("pending"))
    );
    caller.put("Requests/1001/Approve").await;
    let late = vault.act("user/edit", edit("root", wider)).await;
    assert_eq!(late.status, 409);
}

#[tokio::test]
async fn a_service_that_starts_again_knows_its_requests_and_nobody_inside() {
    let vault = vault().await;
    let caller = vault.sign_in("approver").await;
    vault.mocks.restart_services();
    assert_eq!(caller.get("Requests?queue=app").await.status, 401);
    let again = vault.sign_in("approver").await;
    assert!(again.ids("?queue=app").await.contains(&1001));
}
