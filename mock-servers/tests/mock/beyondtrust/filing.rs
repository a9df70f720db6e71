//! POST Requests and POST Aliases/{aliasId}/Requests: who may ask, conflicts, and what a filing holds.

use serde_json::{Value, json};

use super::vault::{Caller, Vault, vault, with};

fn free() -> Value {
    json!({ "SystemID": 21, "AccountID": 50, "DurationMinutes": 60 })
}

fn and(mut body: Value, more: Value) -> Value {
    let Value::Object(more) = more else {
        panic!("{more} has no members")
    };
    for (key, value) in more {
        body[key] = value;
    }
    body
}

async fn filed(caller: &Caller<'_>, body: Value) -> u64 {
    let (status, text) = caller.file(body).await;
    assert_eq!(status, 201, "{text}");
    text.parse().expect("a bare number")
}

async fn code(caller: &Caller<'_>, body: Value) -> (u16, String) {
    caller.file(body).await
}

fn refused(code: &str) -> (u16, String) {
    (403, code.to_owned())
}

#[tokio::test]
async fn a_filing_answers_201_and_its_id() {
    let vault = vault().await;
    let caller = vault.sign_in("requestor").await;
    let body = json!({
        "AccessType": "SSH", "SystemID": 21, "AccountID": 50, "ApplicationID": null, "DurationMinutes": 60,
        "Reason": "Patch", "AccessPolicyScheduleID": null, "ConflictOption": "reuse", "TicketSystemID": 4,
        "TicketNumber": "CHG0031337", "RotateOnCheckin": false
    });
    let answer = caller.send("POST", "Requests", &body.to_string()).await;
    assert_eq!(answer.status, 201);
    let id = answer.json().as_u64().unwrap();
    assert_eq!(
        vault.one_effect().await,
        ["file", &id.to_string(), "anna.berg", "pending"]
    );
    let row = vault.row(id);
    for (key, value) in [
        ("access_type", json!("SSH")),
        ("system", json!("WEB-SRV-01")),
        ("account", json!("free")),
        ("duration_minutes", json!(60)),
        ("reason", json!("Patch")),
        ("ticket_system_id", json!(4)),
        ("ticket", json!("CHG0031337")),
        ("rotate_on_check_in", json!(false)),
        ("approvals_needed", json!(1)),
        ("requestor", json!("anna.berg")),
        ("filed_at", json!("2026-03-02T08:00:00Z")),
    ] {
        assert_eq!(row[key], value, "{key}");
    }
    assert_eq!(vault.state()["names"]["filed-1"], id.to_string());
    // Nothing of it was unknown to the document.
    let call = &vault
        .journal("?op=beyondtrust.requests.create&kind=call")
        .await[0];
    assert_eq!(
        (&call["strange"], &call["object"]),
        (&Value::Null, &Value::Null)
    );
    assert!(caller.ids("").await.contains(&id));
    assert!(
        vault
            .sign_in("approver")
            .await
            .ids("?queue=app")
            .await
            .contains(&id)
    );
}

#[tokio::test]
async fn the_answer_is_an_integer_or_an_object() {
    let vault = with(&[("create-body", "object")]).await;
    let caller = vault.sign_in("requestor").await;
    let answer = caller.send("POST", "Requests", &free().to_string()).await;
    assert_eq!(answer.status, 201);
    assert_eq!(
        answer.json(),
        json!({ "RequestID": answer.json()["RequestID"].as_u64().unwrap() })
    );
}

#[tokio::test]
async fn what_is_optional_has_its_default() {
    let vault = vault().await;
    let caller = vault.sign_in("requestor").await;
    let row = vault.row(filed(&caller, and(free(), json!({ "TicketNumber": "T1" }))).await);
    assert_eq!(
        (
            &row["access_type"],
            &row["rotate_on_check_in"],
            &row["ticket_system_id"]
        ),
        (&json!("View"), &json!(true), &json!(3)),
        "the default ticket system is used"
    );
}

#[tokio::test]
async fn an_alias_stands_for_system_and_account() {
    let vault = vault().await;
    let caller = vault.sign_in("requestor").await;
    let body = r#"{"AccessType":"RDP","DurationMinutes":5,"Reason":"x","TicketNumber":"T"}"#;
    let (status, text) = caller.told("POST", "Aliases/62/Requests", body).await;
    assert_eq!(status, 201);
    let row = vault.row(text.parse().unwrap());
    assert_eq!(
        (&row["alias_id"], &row["account_id"], &row["system_id"]),
        (&json!(62), &json!(50), &json!(21))
    );
    assert_eq!(vault.one_effect().await[0], "file");
    // The account behind it is in use now.
    let (status, text) = caller.told("POST", "Aliases/62/Requests", body).await;
    assert_eq!((status, text.as_str()), (409, "4091"));
    let approver = vault.sign_in("approver").await;
    assert_eq!(
        approver.told("POST", "Aliases/62/Requests", body).await,
        refused("4033")
    );
    for (value, expected) in [("404", 404), ("4031", 403)] {
        let vault = with(&[("unknown-alias", value)]).await;
        let caller = vault.sign_in("requestor").await;
        let (status, text) = caller.told("POST", "Aliases/999/Requests", body).await;
        assert_eq!((status, text == "4031"), (expected, value == "4031"));
    }
}

#[tokio::test]
async fn asking_needs_the_requestors_role_and_an_account_of_the_system() {
    let vault = vault().await;
    let approver = vault.sign_in("approver").await;
    assert_eq!(code(&approver, free()).await, refused("4033"));
    let isa = vault.sign_in("isa").await;
    assert_eq!(code(&isa, free()).await, refused("4031"));
    let narrow = vault.sign_in("narrow").await;
    let elsewhere = json!({ "SystemID": 21, "AccountID": 41, "DurationMinutes": 5 });
    assert_eq!(code(&narrow, elsewhere).await, refused("4031"));
    let requestor = vault.sign_in("requestor").await;
    assert_eq!(
        code(&requestor, and(free(), json!({ "SystemID": 22 }))).await,
        refused("4031")
    );
    assert_eq!(
        code(&requestor, and(free(), json!({ "SystemID": 999 }))).await,
        refused("4031")
    );
    assert_eq!(
        code(&requestor, and(free(), json!({ "AccountID": 999 }))).await,
        refused("4031")
    );
    let refusals = vault.journal("?kind=refusal").await;
    assert_eq!(refusals.len(), 6);
    assert!(
        refusals
            .iter()
            .all(|refusal| refusal["verdict"] == "file" && refusal["object"].is_null())
    );
    // A domain account is valid for more than one system.
    vault
        .sign_in("requestor-approver")
        .await
        .put("Requests/1002/Deny")
        .await;
    for (system, name) in [(21, "WEB-SRV-01"), (22, "FIN-SRV-07")] {
        let body = json!({ "SystemID": system, "AccountID": 42, "DurationMinutes": 5, "ConflictOption": "reuse" });
        let id = filed(&requestor, body).await;
        assert_eq!(vault.row(id)["system"], name);
    }
    for (key, value, status) in [
        ("unknown-account", "404", 404),
        ("isa-requests", "auto-approved", 201),
    ] {
        let vault = with(&[(key, value)]).await;
        let (who, account) = if key == "isa-requests" {
            ("isa", 50)
        } else {
            ("requestor", 999)
        };
        let caller = vault.sign_in(who).await;
        assert_eq!(
            code(&caller, and(free(), json!({ "AccountID": account })))
                .await
                .0,
            status
        );
    }
}

#[tokio::test]
async fn too_few_approvers_is_4035() {
    let vault = vault().await;
    let caller = vault.sign_in("requestor").await;
    let body = json!({ "SystemID": 22, "AccountID": 46, "DurationMinutes": 5 });
    assert_eq!(code(&caller, body).await, refused("4035"));
    // Three may approve, of whom a requestor who may too is none.
    let body = json!({ "SystemID": 21, "AccountID": 52, "DurationMinutes": 5 });
    let both = vault.sign_in("requestor-approver").await;
    assert_eq!(code(&both, body.clone()).await, refused("4035"));
    filed(&caller, body).await;
}

#[tokio::test]
async fn an_auto_approved_account_is_active_at_once() {
    let vault = vault().await;
    vault
        .sign_in("approver")
        .await
        .put("Requests/1006/Deny")
        .await;
    let caller = vault.sign_in("requestor").await;
    let id = filed(
        &caller,
        json!({ "SystemID": 21, "AccountID": 43, "DurationMinutes": 5 }),
    )
    .await;
    let row = vault.row(id);
    assert_eq!(
        (&row["status"], &row["auto_approved"], &row["approvals"]),
        (&json!("active"), &json!(true), &json!([]))
    );
    assert!(
        vault
            .sign_in("approver")
            .await
            .ids("?queue=app&status=active")
            .await
            .contains(&id)
    );
}

#[tokio::test]
async fn a_conflicting_request_is_409_for_this_user_and_another() {
    let vault = vault().await;
    let requestor = vault.sign_in("requestor").await;
    let both = vault.sign_in("requestor-approver").await;
    let id = filed(&requestor, free()).await;
    for caller in [&requestor, &both] {
        assert_eq!(caller.file(free()).await, (409, "4091".to_owned()));
    }
    // Over: no longer in the way.
    vault
        .sign_in("approver")
        .await
        .put(&format!("Requests/{id}/Deny"))
        .await;
    filed(&both, free()).await;
}

#[tokio::test]
async fn only_what_lies_within_the_window_conflicts() {
    let later = r#"
        [[beyondtrust.account]]
        id = 41
        name = "root"
        system = "A"
        [[beyondtrust.request]]
        account = 41
        release-at = 2026-03-02T10:00:00Z
    "#;
    let vault = super::vault::serve(mock_servers::Options {
        world: Some(mock_servers::Given::from_toml(later).unwrap()),
        ..super::vault::only_vault()
    })
    .await;
    let caller = vault.sign_in("requestor").await;
    let system = vault.state()["accounts"][0]["systems"][0].clone();
    for (minutes, status) in [(121, 409), (120, 201)] {
        let body = json!({ "SystemID": system, "AccountID": 41, "DurationMinutes": minutes });
        assert_eq!(caller.file(body).await.0, status, "{minutes}");
    }
}

#[tokio::test]
async fn a_conflict_option_means_approved_requests_of_any_time() {
    for (window, option, status) in [
        ("none", "reuse", 200),
        ("duration", "reuse", 201),
        ("none", "renew", 201),
        ("duration", "renew", 201),
    ] {
        let next_week = r#"
            [[beyondtrust.account]]
            id = 41
            name = "root"
            system = "A"
            [[beyondtrust.request]]
            name = "planned"
            account = 41
            status = "active"
            release-at = 2026-03-09T08:00:00Z
        "#;
        let mut options = super::vault::only_vault();
        options.world = Some(mock_servers::Given::from_toml(next_week).unwrap());
        let switch = "beyondtrust.option-window".to_owned();
        options.dialects.push((switch, window.to_owned()));
        let vault = super::vault::serve(options).await;
        let caller = vault.sign_in("requestor").await;
        let system = vault.state()["accounts"][0]["systems"][0].clone();
        let body = json!({
            "SystemID": system, "AccountID": 41, "DurationMinutes": 120, "ConflictOption": option
        });
        assert_eq!(caller.file(body).await.0, status, "{window} {option}");
        let planned = &vault.state()["requests"][0];
        let is_cancelled = planned["status"] == "cancelled";
        assert_eq!(
            is_cancelled,
            (window, option) == ("none", "renew"),
            "{planned}"
        );
    }
}

async fn approved(vault: &Vault, caller: &Caller<'_>) -> u64 {
    let id = filed(caller, free()).await;
    let approver = vault.sign_in("approver").await;
    assert_eq!(
        approver.put(&format!("Requests/{id}/Approve")).await.status,
        204
    );
    id
}

#[tokio::test]
async fn reuse_answers_200_with_an_approved_request_of_the_same_kind() {
    let vault = vault().await;
    let caller = vault.sign_in("requestor").await;
    let reuse = and(free(), json!({ "ConflictOption": "reuse" }));
    let pending = filed(&caller, reuse.clone()).await;
    // Not approved yet, so there is none to reuse: a new one is made.
    let second = filed(&caller, reuse.clone()).await;
    assert_ne!(pending, second);
    let approver = vault.sign_in("approver").await;
    approver.put(&format!("Requests/{pending}/Approve")).await;
    assert_eq!(caller.file(reuse.clone()).await, (200, pending.to_string()));
    let other = filed(&caller, and(reuse, json!({ "AccessType": "RDP" }))).await;
    assert!(other > second, "another access type is another request");
    let no_ops = vault.journal("?kind=no-op").await;
    assert_eq!(
        (no_ops.len(), &no_ops[0]["verdict"], &no_ops[0]["object"]),
        (1, &json!("file"), &json!(pending.to_string()))
    );
}

#[tokio::test]
async fn renew_cancels_what_was_approved_and_files_anew() {
    let vault = vault().await;
    let caller = vault.sign_in("requestor").await;
    let old = approved(&vault, &caller).await;
    let renew = and(
        free(),
        json!({ "ConflictOption": "renew", "AccessType": "RDP" }),
    );
    let new = filed(&caller, renew).await;
    assert_eq!(
        (vault.status(old).as_str(), vault.status(new).as_str()),
        ("cancelled", "pending")
    );
    let filings = vault
        .journal("?kind=effect&op=beyondtrust.requests.create")
        .await;
    assert_eq!(filings.len(), 2, "one effect a call");
    assert_eq!(filings[1]["because"], format!("renewed: {old} cancelled"));
}

#[tokio::test]
async fn a_conflict_option_against_another_users_request_is_a_switch() {
    for (value, status) in [("409", 409), ("creates", 201)] {
        let vault = with(&[("conflict-of-another", value)]).await;
        let requestor = vault.sign_in("requestor").await;
        let id = approved(&vault, &requestor).await;
        let both = vault.sign_in("requestor-approver").await;
        for (option, expected) in [("reuse", status), ("renew", status)] {
            let told = both
                .file(and(free(), json!({ "ConflictOption": option })))
                .await;
            assert_eq!(told.0, expected, "{option} {value}");
        }
        assert_eq!(
            vault.status(id),
            "active",
            "nobody renews what is another's"
        );
    }
}

#[tokio::test]
async fn a_schedule_is_selected_or_given() {
    let vault = vault().await;
    let caller = vault.sign_in("requestor").await;
    // Monday, eight o'clock: the one with a single approver is the least trouble.
    let body = |more: Value| {
        and(
            json!({ "SystemID": 22, "AccountID": 48, "DurationMinutes": 5, "ConflictOption": "renew" }),
            more,
        )
    };
    let row = vault.row(filed(&caller, body(json!({}))).await);
    assert_eq!(
        (&row["schedule_id"], &row["approvals_needed"]),
        (&json!(502), &json!(1))
    );
    let row = vault.row(filed(&caller, body(json!({ "AccessPolicyScheduleID": 501 }))).await);
    assert_eq!(
        (&row["schedule_id"], &row["approvals_needed"]),
        (&json!(501), &json!(2))
    );
    let row = vault.row(filed(&caller, body(json!({ "AccessType": "SSH" }))).await);
    assert_eq!(row["schedule_id"], 501);
    assert_eq!(
        code(&caller, body(json!({ "AccessType": "RDP" }))).await,
        refused("4031")
    );
    for wrong in [503, 999] {
        assert_eq!(
            code(&caller, body(json!({ "AccessPolicyScheduleID": wrong })))
                .await
                .0,
            400
        );
    }
    vault.advance("10h").await;
    let row = vault.row(filed(&caller, body(json!({ "AccessType": "RDP" }))).await);
    assert_eq!(row["schedule_id"], 503);
    for (key, value, more, status, text) in [
        ("best-schedule", "first", json!({}), 201, ""),
        (
            "no-schedule",
            "400",
            json!({ "AccessType": "RDP" }),
            400,
            "",
        ),
        (
            "wrong-schedule",
            "4031",
            json!({ "AccessPolicyScheduleID": 503 }),
            403,
            "4031",
        ),
        (
            "wrong-schedule",
            "404",
            json!({ "AccessPolicyScheduleID": 503 }),
            404,
            "",
        ),
    ] {
        let vault = with(&[(key, value)]).await;
        let caller = vault.sign_in("requestor").await;
        let told = code(&caller, body(more)).await;
        assert_eq!(told.0, status, "{key}");
        assert!(text.is_empty() || told.1 == text);
        if status == 201 {
            assert_eq!(vault.row(told.1.parse().unwrap())["schedule_id"], 501);
        }
    }
}

#[tokio::test]
async fn a_policy_may_require_a_ticket() {
    let vault = vault().await;
    vault
        .sign_in("approver")
        .await
        .put("Requests/1012/Deny")
        .await;
    let caller = vault.sign_in("requestor").await;
    let body = |more: Value| {
        and(
            json!({ "SystemID": 21, "AccountID": 45, "DurationMinutes": 5, "ConflictOption": "renew" }),
            more,
        )
    };
    assert_eq!(caller.file(body(json!({}))).await.0, 400);
    assert_eq!(
        caller.file(body(json!({ "TicketNumber": "" }))).await.0,
        400
    );
    filed(&caller, body(json!({ "TicketNumber": "CHG1" }))).await;
    assert_eq!(
        caller
            .file(body(
                json!({ "TicketNumber": "CHG1", "TicketSystemID": 99 })
            ))
            .await
            .0,
        400
    );
    for (key, value, more, status) in [
        ("ticket-missing", "403", json!({}), 403),
        (
            "unknown-ticket-system",
            "404",
            json!({ "TicketNumber": "CHG1", "TicketSystemID": 99 }),
            404,
        ),
    ] {
        let vault = with(&[(key, value)]).await;
        let caller = vault.sign_in("requestor").await;
        assert_eq!(caller.file(body(more)).await.0, status);
    }
}

#[tokio::test]
async fn rotation_can_be_switched_off_only_where_the_policy_supports_it() {
    let body = json!({
        "SystemID": 21, "AccountID": 45, "DurationMinutes": 5, "ConflictOption": "renew",
        "TicketNumber": "CHG1", "RotateOnCheckin": false
    });
    let vault = vault().await;
    let caller = vault.sign_in("requestor").await;
    let row = vault.row(filed(&caller, body.clone()).await);
    assert_eq!(row["rotate_on_check_in"], true, "ignored");
    let row = vault.row(filed(&caller, and(free(), json!({ "RotateOnCheckin": false }))).await);
    assert_eq!(row["rotate_on_check_in"], false);
    let other = with(&[("rotation-unsupported", "400")]).await;
    let caller = other.sign_in("requestor").await;
    assert_eq!(caller.file(body.clone()).await.0, 400);
    filed(&caller, and(body, json!({ "RotateOnCheckin": true }))).await;
}

#[tokio::test]
async fn an_application_request_names_its_application() {
    let vault = vault().await;
    let caller = vault.sign_in("requestor").await;
    let app = and(free(), json!({ "AccessType": "App" }));
    assert_eq!(caller.file(app.clone()).await.0, 400);
    assert_eq!(
        caller
            .file(and(app.clone(), json!({ "ApplicationID": 99 })))
            .await
            .0,
        400
    );
    let row = vault.row(filed(&caller, and(app.clone(), json!({ "ApplicationID": 71 }))).await);
    assert_eq!(
        (&row["application_id"], &row["access_type"]),
        (&json!(71), &json!("App"))
    );
    let alias = r#"{"AccessType":"App","DurationMinutes":5,"ConflictOption":"renew"}"#;
    assert_eq!(
        caller.told("POST", "Aliases/62/Requests", alias).await.0,
        400
    );
    for (key, value, path, body, status) in [
        (
            "unknown-application",
            "404",
            "Requests",
            and(app.clone(), json!({ "ApplicationID": 99 })).to_string(),
            404,
        ),
        (
            "unknown-application",
            "4031",
            "Requests",
            and(app, json!({ "ApplicationID": 99 })).to_string(),
            403,
        ),
        (
            "alias-app",
            "accepted",
            "Aliases/62/Requests",
            alias.to_owned(),
            201,
        ),
    ] {
        let vault = with(&[(key, value)]).await;
        let caller = vault.sign_in("requestor").await;
        assert_eq!(
            caller.told("POST", path, &body).await.0,
            status,
            "{key} {value}"
        );
    }
}

#[tokio::test]
async fn reuse_and_renew_look_at_the_same_system_only() {
    let vault = vault().await;
    vault
        .act(
            "portal/decide",
            json!({ "id": "two", "decision": "approve", "by": "boss" }),
        )
        .await;
    let approver = vault.sign_in("approver").await;
    approver.put("Requests/1002/Approve").await;
    assert_eq!(vault.status(1002), "active");
    let caller = vault.sign_in("requestor").await;
    let body = |system: u64, option: &str| json!({ "SystemID": system, "AccountID": 42, "DurationMinutes": 5, "ConflictOption": option });
    assert_eq!(
        caller.file(body(22, "reuse")).await,
        (200, "1002".to_owned())
    );
    filed(&caller, body(21, "reuse")).await;
    filed(&caller, body(21, "renew")).await;
    assert_eq!(vault.status(1002), "active");
}
