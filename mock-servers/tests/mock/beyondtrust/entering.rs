//! Getting in: PS-Auth, OAuth, the session and its end.

use serde_json::json;

use super::vault::{cookie, said, vault, with};

#[tokio::test]
async fn signing_in_with_ps_auth_opens_a_session() {
    let vault = vault().await;
    let header = vault.ps_auth("approver");
    let headers = [("authorization", header.as_str())];
    let answer = vault.call("POST", "Auth/SignAppIn", &headers, "").await;
    assert_eq!(answer.status, 200);
    let cookie = answer.headers["set-cookie"].clone();
    assert!(
        cookie.starts_with("ASP.NET_SessionId=") && cookie.contains("path=/"),
        "{cookie}"
    );
    let user = answer.json();
    assert!(user["UserId"].is_u64());
    assert_eq!(user["UserName"], "svc-approver");
    assert_eq!(user["EmailAddress"], "svc-approver@example.com");
    assert_eq!(user["Name"], "Countersign");
}

#[tokio::test]
async fn the_cookie_alone_is_enough_and_signing_out_ends_it() {
    let vault = vault().await;
    let caller = vault.sign_in("approver").await;
    assert_eq!(caller.get("Requests?queue=app").await.status, 200);
    // Both together are fine too: some clients send both.
    let header = vault.ps_auth("approver");
    let both = [
        ("cookie", caller.cookie.as_str()),
        ("authorization", header.as_str()),
    ];
    let answer = vault.call("GET", "Requests?queue=app", &both, "").await;
    assert_eq!(answer.status, 200);
    assert_eq!(caller.send("POST", "auth/signout", "").await.status, 200);
    let refused = caller.told("GET", "Requests?queue=app", "").await;
    assert_eq!(refused, (401, "User is not authenticated.".to_owned()));
    assert_eq!(caller.put("Requests/1001/Approve").await.status, 401);
    assert_eq!(vault.status(1001), "pending");
    // Another session goes on.
    let other = vault.sign_in("approver").await;
    let third = vault.sign_in("approver").await;
    assert_eq!(other.send("POST", "Auth/Signout", "").await.status, 200);
    assert_eq!(third.get("Requests?queue=app").await.status, 200);
    assert_eq!(vault.state()["sessions"], 1);
}

#[tokio::test]
async fn every_part_of_ps_auth_must_be_right() {
    let vault = vault().await;
    let keys = vault.keys("approver").clone();
    let (key, run_as, password) = (&keys["api-key"], &keys["run-as"], &keys["password"]);
    let other = &vault.keys("requestor")["api-key"];
    let right = [
        format!("PS-Auth key={key}; runas={run_as}; pwd=[{password}];"),
        format!("ps-auth key={key};runas=SVC-APPROVER;pwd=[{password}]"),
    ];
    let wrong = [
        format!("PS-Auth key={key}; runas={run_as}; pwd={password};"),
        format!("PS-Auth key={key}; runas={run_as}; pwd=[x];"),
        format!("PS-Auth key={key}; runas={run_as};"),
        format!("PS-Auth key={key}; runas=nobody; pwd=[{password}];"),
        format!("PS-Auth key={other}; runas={run_as}; pwd=[{password}];"),
        format!("PS-Auth runas={run_as}; pwd=[{password}];"),
        format!("Basic {key}"),
        "Bearer nonsense".to_owned(),
    ];
    for (headers, status) in [(&right[..], 200), (&wrong[..], 401)] {
        for header in headers {
            let headers = [("authorization", header.as_str())];
            let answer = vault.call("POST", "Auth/SignAppIn", &headers, "").await;
            assert_eq!(answer.status, status, "{header}");
            assert_eq!(answer.headers.contains_key("set-cookie"), status == 200);
        }
    }
    let none = vault.call("POST", "Auth/SignAppIn", &[], "").await;
    assert_eq!(none.status, 401);
    assert_eq!(key.len(), 128);
}

async fn token(vault: &super::vault::Vault, kind: &str, body: &str) -> (u16, String) {
    let headers = [("content-type", kind)];
    said(
        &vault
            .call("POST", "Auth/connect/token", &headers, body)
            .await,
    )
}

const FORM: &str = "application/x-www-form-urlencoded";

#[tokio::test]
async fn oauth_gives_a_token_that_opens_a_session() {
    let vault = vault().await;
    for who in ["approver", "requestor", "requestor-approver"] {
        let keys = vault.keys(who);
        let (id, secret) = (&keys["client-id"], &keys["client-secret"]);
        assert_eq!((id.len(), secret.len()), (36, 64));
        let body = format!("grant_type=client_credentials&client_id={id}&client_secret={secret}");
        let (status, text) = token(&vault, FORM, &body).await;
        assert_eq!(status, 200, "{text}");
        let answer: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(
            (&answer["expires_in"], &answer["token_type"]),
            (&json!(3600), &json!("Bearer"))
        );
        assert!(answer["scope"].is_string());
        let bearer = format!("Bearer {}", answer["access_token"].as_str().unwrap());
        let headers = [("authorization", bearer.as_str())];
        let answer = vault.call("POST", "Auth/SignAppIn", &headers, "").await;
        assert_eq!(
            (answer.status, &answer.json()["UserName"]),
            (200, &json!(keys["run-as"]))
        );
        let cookie = cookie(&answer);
        let headers = [("cookie", cookie.as_str())];
        let systems = vault.call("GET", "TicketSystems", &headers, "").await;
        assert_eq!(systems.status, 200);
        // An hour later the token is no longer one; the session is.
        vault.advance("1h").await;
        let headers = [("authorization", bearer.as_str())];
        let late = vault.call("POST", "Auth/SignAppIn", &headers, "").await;
        assert_eq!(late.status, 401);
    }
}

#[tokio::test]
async fn the_token_endpoint_speaks_oauth() {
    let vault = vault().await;
    let keys = vault.keys("approver");
    let (id, secret) = (&keys["client-id"], &keys["client-secret"]);
    let right = format!("grant_type=client_credentials&client_id={id}&client_secret={secret}");
    for (kind, body, error) in [
        (
            FORM,
            format!("grant_type=client_credentials&client_id={id}&client_secret=x"),
            "invalid_client",
        ),
        (
            FORM,
            format!("grant_type=client_credentials&client_id={id}"),
            "invalid_client",
        ),
        (
            FORM,
            format!("grant_type=password&client_id={id}&client_secret={secret}"),
            "unsupported_grant_type",
        ),
        (
            FORM,
            format!("client_id={id}&client_secret={secret}"),
            "invalid_request",
        ),
        ("application/json", right.clone(), "invalid_request"),
    ] {
        let told = token(&vault, kind, &body).await;
        assert_eq!(told, (400, json!({ "error": error }).to_string()), "{body}");
    }
    let other = with(&[("wrong-client", "401")]).await;
    let told = token(
        &other,
        FORM,
        "grant_type=client_credentials&client_id=a&client_secret=b",
    )
    .await;
    assert_eq!(told.0, 401);
}

#[tokio::test]
async fn a_header_without_a_session_is_a_switch() {
    for (value, status) in [("401", 401), ("accepted", 200)] {
        let vault = with(&[("header-without-session", value)]).await;
        let header = vault.ps_auth("approver");
        let headers = [("authorization", header.as_str())];
        let answer = vault.call("GET", "Requests?queue=app", &headers, "").await;
        assert_eq!(answer.status, status, "{value}");
        let headers = [("authorization", "PS-Auth key=x; runas=y; pwd=[z];")];
        let wrong = vault.call("GET", "Requests?queue=app", &headers, "").await;
        assert_eq!(wrong.status, 401);
    }
}

#[tokio::test]
async fn a_wrong_header_beside_a_session_is_a_switch() {
    for (value, status) in [("ignored", 200), ("401", 401)] {
        let vault = with(&[("wrong-header-with-session", value)]).await;
        let caller = vault.sign_in("approver").await;
        let headers = [
            ("cookie", caller.cookie.as_str()),
            ("authorization", "Bearer old"),
        ];
        let answer = vault.call("GET", "Requests?queue=app", &headers, "").await;
        assert_eq!(answer.status, status, "{value}");
    }
}

#[tokio::test]
async fn an_idle_session_and_a_needless_signout_are_switches() {
    let vault = vault().await;
    let caller = vault.sign_in("approver").await;
    vault.advance("30d").await;
    assert_eq!(caller.get("Requests?queue=app").await.status, 200);
    assert_eq!(
        vault.call("POST", "Auth/Signout", &[], "").await.status,
        401
    );
    let other = with(&[
        ("session-idle", "20-minutes"),
        ("signout-without-session", "200"),
    ])
    .await;
    let caller = other.sign_in("approver").await;
    for (wait, status) in [("19m", 200), ("19m", 200), ("20m", 401), ("1s", 401)] {
        other.advance(wait).await;
        assert_eq!(caller.get("Requests?queue=app").await.status, status);
    }
    assert_eq!(
        other.call("POST", "Auth/Signout", &[], "").await.status,
        200
    );
}

#[tokio::test]
async fn paths_have_no_case_and_unknown_ones_are_404() {
    let vault = vault().await;
    let caller = vault.sign_in("approver").await;
    for path in [
        "requests?queue=app",
        "REQUESTS/?queue=app",
        "Requests?QUEUE=APP&Status=Pending",
    ] {
        assert_eq!(caller.get(path).await.status, 200, "{path}");
    }
    let headers = [("cookie", caller.cookie.as_str())];
    let lower = "/beyondtrust/API/Public/V3/requests/1001/APPROVE";
    let answer = crate::client::raw(&vault.address, "PUT", lower, &headers, "")
        .await
        .unwrap();
    assert_eq!(answer.status, 204);
    assert_eq!(caller.get("Requests/1001").await.status, 404);
    assert_eq!(caller.get("Nothing").await.status, 404);
    let wrong = caller.send("DELETE", "Requests", "").await;
    assert_eq!(
        (wrong.status, wrong.headers["allow"].as_str()),
        (405, "GET, POST")
    );
    let unmatched = vault.journal("?kind=call").await;
    let odd = unmatched.iter().filter(|call| call["unmatched"] == true);
    assert_eq!(odd.count(), 3);
}

#[tokio::test]
async fn no_secret_reaches_journal_or_state() {
    let vault = vault().await;
    let keys = vault.keys("requestor").clone();
    let (id, secret) = (&keys["client-id"], &keys["client-secret"]);
    let escaped: String = secret.bytes().map(|byte| format!("%{byte:02x}")).collect();
    for secret in [secret, &escaped] {
        let body = format!("grant_type=client_credentials&client_id={id}&client_secret={secret}");
        assert_eq!(token(&vault, FORM, &body).await.0, 200);
    }
    let caller = vault.sign_in("requestor").await;
    caller
        .get(&format!(
            "Requests?key={}&pwd={}",
            keys["api-key"], keys["password"]
        ))
        .await;
    vault
        .sign_in("approver")
        .await
        .put("Requests/1001/Approve")
        .await;
    let journal = serde_json::to_string(&vault.journal("").await).unwrap();
    let state = vault.state().to_string();
    for (key, value) in &keys {
        let seen = journal.contains(value.as_str()) || state.contains(value.as_str());
        assert_eq!(seen, key == "run-as", "{key}");
    }
    assert!(journal.contains("[secret]") && journal.contains("svc-approver"));
    assert!(!journal.contains(&caller.cookie) && !state.contains(&caller.cookie));
}
