//! People beside the API: the operator at the console, the user at the endpoint; and time.

use serde_json::{Value, json};

use super::console::{console, of, with};

#[tokio::test]
async fn an_operator_processes_what_waits_and_the_api_shows_it_then() {
    let console = console().await;
    let approve = json!({ "vendor": "ekran", "id": "waiting", "decision": "approve", "reason": "CHG0031337" });
    let answer = console.act("portal/decide", approve.clone()).await;
    assert_eq!(
        (answer.status, answer.json()["state"].clone()),
        (200, json!("approved"))
    );
    let shown = console.shown(4).await;
    for (name, value) in [
        ("status", "Approved"),
        ("requestedAt", "2026-03-02T07:00:00.000"),
        ("statusChangedAt", "2026-03-02T08:00:00.000"),
        ("statusChangedBy", "admin"),
        ("statusChangeComment", "CHG0031337"),
        ("sessionDuration", "00:00:00.0000000"),
    ] {
        assert_eq!(shown[name], value, "{name}");
    }
    let deny = json!({ "id": "fresh", "decision": "deny", "by": "olga" });
    assert_eq!(
        console.act("portal/decide", deny).await.json()["state"],
        "denied"
    );
    assert_eq!(console.shown(7).await["statusChangedBy"], "olga");
    assert_eq!(
        console.act("portal/decide", approve).await.status,
        409,
        "processed once"
    );
    let effects = console.journal("?kind=effect").await;
    let told: Vec<[&Value; 4]> = effects
        .iter()
        .map(|own| ["verdict", "object", "by", "actor"].map(|key| &own[key]))
        .collect();
    assert_eq!(
        told,
        [
            [
                &json!("approve"),
                &json!("4"),
                &json!("admin"),
                &json!("portal")
            ],
            [
                &json!("deny"),
                &json!("7"),
                &json!("olga"),
                &json!("portal")
            ],
        ]
    );
}

#[tokio::test]
async fn the_console_offers_no_button_for_what_is_processed_and_a_script_has_none_at_all() {
    let console = console().await;
    for (name, decision) in [
        ("first", "deny"),
        ("denied", "approve"),
        ("expired", "approve"),
        ("withdrawn", "approve"),
        ("waiting", "take-back"),
        ("first", "take-back"),
    ] {
        let act = json!({ "id": name, "decision": decision });
        assert_eq!(
            console.act("portal/decide", act).await.status,
            409,
            "{name}"
        );
    }
    for decision in ["approve", "deny", "take-back"] {
        let act = json!({ "id": "waiting", "decision": decision });
        assert_eq!(console.act("operator/decide", act).await.status, 409);
    }
    let unknown = json!({ "id": "99", "decision": "deny" });
    assert_eq!(console.act("portal/decide", unknown).await.status, 404);
    assert!(console.journal("?kind=effect").await.is_empty());
}

#[tokio::test]
async fn a_user_asks_withdraws_and_works() {
    let console = console().await;
    let wish = json!({ "request": { "name": "late", "user": "LT-9\\omar" } });
    let answer = console.act("user/submit", wish).await;
    assert_eq!(answer.json()["state"], "pending");
    let id = answer.json()["id"].as_str().unwrap().parse().unwrap();
    assert_eq!(console.ids("").await.len(), 5, "not processed, not shown");
    let late = json!({ "id": "late" });
    assert_eq!(console.act("user/start", late.clone()).await.status, 409);
    let edit = json!({ "id": "late", "request": { "remote-ip": "10.0.0.9" } });
    assert_eq!(console.act("user/edit", edit.clone()).await.status, 200);
    console
        .act(
            "portal/decide",
            json!({ "id": "late", "decision": "approve" }),
        )
        .await;
    assert_eq!(console.act("user/edit", edit).await.status, 409);
    assert_eq!(console.act("user/cancel", late.clone()).await.status, 409);
    assert_eq!(console.act("user/check-in", late.clone()).await.status, 409);
    assert_eq!(console.act("user/start", late.clone()).await.status, 200);
    assert_eq!(console.act("user/start", late.clone()).await.status, 409);
    console.advance("10m").await;
    assert_eq!(
        console.shown(id).await["sessionDuration"],
        "00:10:00.0000000",
        "so far"
    );
    console.advance("40m").await;
    assert_eq!(console.act("user/check-in", late.clone()).await.status, 200);
    console.advance("1h").await;
    let shown = console.shown(id).await;
    for (name, value) in [
        ("userName", "LT-9\\omar"),
        ("remoteIp", "10.0.0.9"),
        ("sessionDuration", "00:50:00.0000000"),
        ("sessionProductiveDuration", "00:40:00.0000000"),
    ] {
        assert_eq!(shown[name], value, "{name}");
    }
    assert_eq!(console.act("user/check-in", late).await.status, 409);
    let cancel = json!({ "id": "waiting" });
    assert_eq!(
        console.act("user/cancel", cancel.clone()).await.json()["state"],
        "withdrawn"
    );
    assert_eq!(console.act("user/cancel", cancel).await.status, 409);
    assert!(!console.ids("").await.contains(&4));
}

#[tokio::test]
async fn what_makes_no_sense_is_refused() {
    let console = console().await;
    for wrong in [
        json!({ "status": "approved" }),
        json!({ "session": "1h" }),
        json!({ "by": "admin" }),
        json!({ "usr": "x" }),
        json!({ "id": "1" }),
        json!({ "id": "4294967296" }),
    ] {
        let answer = console
            .act("user/submit", json!({ "request": wrong }))
            .await;
        assert_eq!(answer.status, 400, "{wrong}");
    }
    for wrong in [
        json!({}),
        json!({ "user": "x" }),
        json!({ "remote-ip": "1", "user": "x" }),
    ] {
        let edit = json!({ "id": "waiting", "request": wrong });
        assert_eq!(console.act("user/edit", edit).await.status, 400);
    }
    for world in [
        "[ekran]\napi-key = \"with blank\"",
        "[[ekran.request]]\nid = 7\n[[ekran.request]]\nid = 7",
        "[[ekran.request]]\nname = \"a\"\n[[ekran.request]]\nname = \"a\"",
        "[[ekran.request]]\nstatus = \"denied\"\nsession = \"1h\"",
        "[[ekran.request]]\nstatus = \"approved\"\nsession = \"1h\"\nproductive = \"2h\"",
        "[[ekran.request]]\nstatus = \"denied\"\nchanged-at = 2020-01-01T00:00:00Z",
    ] {
        let options = mock_servers::Options {
            world: Some(mock_servers::Given::from_toml(world).unwrap()),
            ..super::console::only_ekran()
        };
        assert!(
            mock_servers::Mocks::start(options).await.is_err(),
            "{world}"
        );
    }
}

#[tokio::test]
async fn what_nobody_processes_expires_after_a_switch() {
    for (value, before, last, at) in [
        ("1-day", "22h59m59s", "1s", "2026-03-03T07:00:00.000"),
        ("1-hour", "0s", "0s", "2026-03-02T08:00:00.000"),
    ] {
        let console = with(&[("pending-expires", value)]).await;
        assert!(console.advance(before).await.is_empty(), "{value}");
        let told = console.advance(last).await;
        if value == "1-day" {
            assert_eq!(told, [("request-expired".to_owned(), "4".to_owned())]);
        }
        let shown = console.shown(4).await;
        assert_eq!(
            (&shown["status"], &shown["statusChangedAt"]),
            (&json!("Expired"), &json!(at))
        );
        assert_eq!(shown["statusChangedBy"], json!(null));
        let late = json!({ "id": "waiting", "decision": "approve" });
        assert_eq!(console.act("portal/decide", late).await.status, 409);
    }
    let never = with(&[("pending-expires", "never")]).await;
    assert!(never.advance("365d").await.is_empty());
    assert_eq!(never.ids("").await, [1, 2, 3, 5, 8]);
}

#[tokio::test]
async fn what_was_processed_does_not_expire() {
    let console = of("[[ekran.request]]\nname = \"a\"\n", &[]).await;
    console
        .act("portal/decide", json!({ "id": "a", "decision": "approve" }))
        .await;
    assert!(console.advance("9d").await.is_empty());
    console.mocks.restart_services();
    assert_eq!(console.ids("").await.len(), 1, "its data stays");
}
