//! Getting in: keys, the deprecated login, and what is not let in.

use serde_json::json;

use super::instance::{BASE, instance, of, said};

const JSON: (&str, &str) = ("content-type", "application/json");

#[tokio::test]
async fn a_key_stands_alone_in_the_header() {
    let instance = instance().await;
    let key = instance.key("approver");
    assert_eq!(key.len(), 64);
    for (header, status) in [
        (key.clone(), 200),
        (format!("Bearer {key}"), 401),
        (key[1..].to_owned(), 401),
        (key.to_uppercase(), 401),
        (String::new(), 401),
    ] {
        let headers = [("authorization", header.as_str())];
        let answer = instance.call("GET", BASE, &headers, "").await;
        assert_eq!(answer.status, status, "{header}");
    }
    let bare = instance.call("GET", BASE, &[], "").await;
    assert_eq!(
        said(&bare),
        (
            401,
            json!({ "message": "Unauthorized.", "result": "failure" }).to_string()
        )
    );
    assert_eq!(
        instance.get("/api/v2/objspec/access_request").await.status,
        200
    );
    let spec = instance
        .call("GET", "/api/v2/objspec/access_request", &[], "")
        .await;
    assert_eq!(spec.status, 401);
}

#[tokio::test]
async fn a_login_gives_a_session_id_for_the_same_header_until_the_service_starts_again() {
    let instance = instance().await;
    let login = |user: &str, password: &str| {
        let body = json!({ "username": user, "password": password }).to_string();
        let instance = &instance;
        async move {
            instance
                .call("POST", "/api/system/login", &[JSON], &body)
                .await
        }
    };
    for (user, password) in [
        ("legacy.admin", "old-pa55 word"),
        ("legacy", "Old-Pa55 word"),
        ("countersign", ""),
        ("nobody", "x"),
    ] {
        assert_eq!(login(user, password).await.status, 401, "{user}");
    }
    let answer = login("legacy.admin", "Old-Pa55 word").await;
    let session = answer.json()["sessionid"].as_str().unwrap().to_owned();
    assert_eq!((answer.status, session.len()), (200, 32));
    let headers = [("authorization", session.as_str()), JSON];
    let path = format!("{BASE}/{}/vote", super::instance::id(1));
    let voted = instance
        .call("POST", &path, &headers, r#"{"accepted":true}"#)
        .await;
    assert_eq!(voted.status, 200);
    assert_eq!(instance.row(1)["votes"][0]["by"], "legacy.admin");
    let second = login("legacy.admin", "Old-Pa55 word").await.json();
    assert_ne!(second["sessionid"], session.as_str());
    instance.mocks.restart_services();
    assert_eq!(instance.call("GET", BASE, &headers, "").await.status, 401);
    assert_eq!(instance.get(BASE).await.status, 200, "a key stays");
    let journal = format!("{:?}", instance.mocks.journal());
    assert!(!journal.contains("Old-Pa55"), "a password is a secret");
}

#[tokio::test]
async fn a_login_that_is_no_object_is_refused_and_what_is_unknown_in_it_noted() {
    let instance = instance().await;
    let answer = instance
        .call("POST", "/api/system/login", &[JSON], "[]")
        .await;
    assert_eq!(answer.status, 400);
    let body = r#"{"username":"legacy.admin","password":"Old-Pa55 word","otp":"1"}"#;
    let answer = instance
        .call("POST", "/api/system/login", &[JSON], body)
        .await;
    assert_eq!(answer.status, 200);
    assert_eq!(instance.strange().await, ["unknown member otp"]);
}

#[tokio::test]
async fn somebody_without_a_key_is_not_let_in() {
    let world = "[[fudo.user]]\nname = \"approver\"\napi = false\n";
    let instance = of(world, &[]).await;
    let key = instance.key("approver");
    let headers = [("authorization", key.as_str())];
    assert_eq!(instance.call("GET", BASE, &headers, "").await.status, 401);
    let pass = |who| instance.mocks.pass(mock_servers::Vendor::Fudo, who);
    assert!(pass(None).is_err() && pass(Some("boss")).is_err());
    let second = pass(Some("second-voter")).unwrap();
    assert_eq!(
        second,
        [("authorization".to_owned(), instance.key("second-voter"))]
    );
}
