//! How Fudo says no: the assumed forms, unknown routes, batches, and faults by name.

use mock_servers::Vendor;
use serde_json::json;

use super::instance::{BASE, id, instance, said, with};

#[tokio::test]
async fn the_body_of_a_refusal_is_a_switch() {
    for (value, expected) in [
        (
            "message",
            r#"{"message":"Object not found.","result":"failure"}"#,
        ),
        (
            "errors",
            r#"{"errors":[{"message":"Object not found."}],"result":"failure"}"#,
        ),
        ("empty", ""),
    ] {
        let instance = with(&[("failure-body", value)]).await;
        let answer = instance.get(&format!("{BASE}/1")).await;
        assert_eq!(said(&answer), (404, expected.to_owned()));
    }
}

#[tokio::test]
async fn a_refusal_may_show_in_the_body_alone() {
    for body in ["message", "errors", "empty"] {
        let instance = with(&[("failure-status", "200"), ("failure-body", body)]).await;
        instance.accept("approver", 2).await;
        let (status, told) = instance
            .vote("approver", 2, json!({ "accepted": true }))
            .await;
        assert!(status == 200 && told.contains("failure"), "{told}");
        assert_eq!(instance.row(2)["votes"].as_array().unwrap().len(), 1);
        assert_eq!(instance.call("GET", BASE, &[], "").await.status, 401);
    }
}

#[tokio::test]
async fn a_batch_is_refused_and_the_refusal_journalled() {
    let instance = instance().await;
    let endpoint = format!("/access_request/{}/vote", id(1));
    let call =
        json!({ "id": "a", "method": "POST", "endpoint": endpoint, "data": { "accepted": true } });
    let body = json!({ "requests": [call], "atomic": true }).to_string();
    let (status, told) = said(
        &instance
            .send("approver", "POST", "/api/v2/batch", &body)
            .await,
    );
    assert!(status == 501 && told.contains("one by one"), "{told}");
    assert_eq!(instance.status(1), "pending");
    let refusals = instance.journal("?kind=refusal").await;
    assert_eq!(
        (refusals.len(), &refusals[0]["verdict"]),
        (1, &json!("batch"))
    );
    assert_eq!(refusals[0]["op"], "fudo.batch");
}

#[tokio::test]
async fn unknown_routes_and_methods_are_the_vendors_refusals() {
    let instance = instance().await;
    for (method, path, status) in [
        ("GET", "/api/v2/account", 404),
        ("GET", "/api/v1/access_request", 404),
        ("DELETE", "/api/v2/access_request", 405),
        ("GET", "/api/v2/access_request/1/vote", 405),
        ("PUT", "/api/v2/access_request/1", 405),
    ] {
        let answer = instance.send("approver", method, path, "").await;
        assert_eq!(answer.status, status, "{method} {path}");
        assert_eq!(answer.json()["result"], "failure");
        assert_eq!(answer.headers.contains_key("allow"), status == 405);
    }
    let unmatched = instance.journal("?kind=call").await;
    assert!(unmatched.iter().all(|call| call["unmatched"] == true));
}

#[tokio::test]
async fn a_vendor_error_by_every_name() {
    for name in Vendor::Fudo.errors() {
        let instance = instance().await;
        let fault = json!([{ "id": "f", "op": "fudo.*", "kind": "vendor-error", "name": name }]);
        assert_eq!(
            instance
                .admin("PUT", "/faults", &fault.to_string())
                .await
                .status,
            200,
            "{name}"
        );
        let answer = instance.get(BASE).await;
        let code = name.strip_prefix("fudo:").unwrap();
        assert!(code.starts_with(&answer.status.to_string()), "{name}");
        assert_eq!(answer.json()["result"], "failure");
    }
    let instance = instance().await;
    let wrong = r#"[{"op":"fudo.*","kind":"vendor-error","name":"fudo:418"}]"#;
    assert_eq!(instance.admin("PUT", "/faults", wrong).await.status, 400);
}

#[tokio::test]
async fn a_rate_limit_is_a_fault_only() {
    let instance = instance().await;
    let fault = r#"[{"op":"fudo.access-requests.list","kind":"rate-limit","seconds":7}]"#;
    assert_eq!(instance.admin("PUT", "/faults", fault).await.status, 200);
    let answer = instance.get(BASE).await;
    assert_eq!(
        (answer.status, answer.headers["retry-after"].as_str()),
        (429, "7")
    );
    assert_eq!(instance.get(BASE).await.status, 200);
}
