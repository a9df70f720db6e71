//! The vendor's document, executed: its header, its examples of times, its response byte for byte.

use serde_json::{Value, json};

use super::console::{LIST, console, of, with};

/// The document's example response.
const RESPONSE: &str = r#"{
  "afterId": null,
  "requests": [
    {
      "id": 1,
      "requestedAt": "2023-02-08T13:26:37.763",
      "userName": "windev2210eval\\user",
      "sessionDuration": "00:40:34.4150000",
      "sessionProductiveDuration": "00:28:02.8690000",
      "status": "Approved",
      "remoteIp": "172.31.240.1",
      "statusChangedAt": "2023-02-08T13:32:34.437",
      "statusChangedBy": "admin",
      "statusChangeComment": "approve message"
    },
    {
      "id": 2,
      "requestedAt": "2023-02-08T14:30:55.527",
      "userName": "windev2210eval\\user",
      "sessionDuration": "00:04:15.2660000",
      "sessionProductiveDuration": "00:04:12.2760000",
      "status": "Approved",
      "remoteIp": "172.31.240.1",
      "statusChangedAt": "2023-02-08T14:31:05.187",
      "statusChangedBy": "admin",
      "statusChangeComment": "approve 2 message"
    }
  ]
}"#;

/// The world of that response. The document cuts its key short; this one goes on as it began.
const WORLD: &str = r#"
[ekran]
api-key = 'xJ)tsCNcpj)l+]}(@_|lt!t'
[[ekran.request]]
id = 1
status = "approved"
user = 'windev2210eval\user'
remote-ip = "172.31.240.1"
at = "2023-02-08T13:26:37.763Z"
changed-at = "2023-02-08T13:32:34.437Z"
session = "40m34s415ms"
productive = "28m2s869ms"
comment = "approve message"
[[ekran.request]]
id = 2
status = "approved"
user = 'windev2210eval\user'
remote-ip = "172.31.240.1"
at = "2023-02-08T14:30:55.527Z"
changed-at = "2023-02-08T14:31:05.187Z"
session = "4m15s266ms"
productive = "4m12s276ms"
comment = "approve 2 message"
"#;

// A body without the blanks that mean nothing.
fn compact(text: &str) -> String {
    let mut quoted = false;
    let kept = text.chars().filter(|letter| {
        quoted ^= *letter == '"';
        quoted || !letter.is_ascii_whitespace()
    });
    kept.collect()
}

#[tokio::test]
async fn the_documents_header_gets_the_documents_response() {
    let console = of(WORLD, &[]).await;
    let headers = [("ApiKey", "xJ)tsCNcpj)l+]}(@_|lt!t")];
    let answer = console.call("GET", LIST, &headers).await;
    assert_eq!(answer.status, 200);
    assert_eq!(
        answer.headers["content-type"],
        "application/json; charset=utf-8"
    );
    assert_eq!(String::from_utf8(answer.body).unwrap(), compact(RESPONSE));
    for time in ["2021-04-01", "2021-04-01T12:00", "2021-04-01T12:00:00"] {
        let path = format!("{LIST}?start={time}&end=2023-02-08T14:00&count=1000&afterId=0001");
        let answer = console.call("GET", &path, &headers).await;
        assert_eq!(
            (answer.status, answer.json()["requests"].clone()),
            (200, json!([])),
            "{time}"
        );
        let path = format!("{LIST}?start={time}");
        let answer = console.call("GET", &path, &headers).await;
        assert_eq!(
            answer.json()["requests"].as_array().unwrap().len(),
            2,
            "{time}"
        );
    }
    assert!(console.strange().await.is_empty());
}

#[tokio::test]
async fn a_call_needs_the_key() {
    let console = console().await;
    let key = console.queue.credentials["api-key"].clone();
    assert!(
        key.bytes().filter(u8::is_ascii_punctuation).count() >= 12,
        "{key}"
    );
    assert!(!key.contains(['"', '\'', '\\', '`', ' ']));
    for (header, value, status) in [
        ("ApiKey", key.clone(), 200),
        ("apikey", key.clone(), 200),
        ("Authorization", key.clone(), 401),
        ("ApiKey", key[1..].to_owned(), 401),
        ("ApiKey", key.to_lowercase(), 401),
        ("ApiKey", String::new(), 401),
    ] {
        let answer = console.call("GET", LIST, &[(header, value.as_str())]).await;
        assert_eq!(answer.status, status, "{header}: {value}");
        assert_eq!(answer.body.is_empty(), status == 401);
    }
    let text = format!("{:?}", console.mocks.journal());
    assert!(!text.contains(&key), "a secret");
    for (value, status) in [("401", 401), ("403", 403)] {
        let console = with(&[("unauthorized", value)]).await;
        assert_eq!(console.call("GET", LIST, &[]).await.status, status);
    }
}

#[tokio::test]
async fn the_cloud_has_no_such_api() {
    let console = with(&[("edition", "saas")]).await;
    assert_eq!(console.get("").await.status, 404);
    assert_eq!(console.get("?count=9999").await.status, 404);
    assert_eq!(console.call("POST", LIST, &[]).await.status, 404);
}

#[tokio::test]
async fn there_is_nothing_to_write() {
    let console = console().await;
    for (method, path, status) in [
        ("POST", LIST, 405),
        ("PUT", LIST, 405),
        ("DELETE", LIST, 405),
        ("POST", "/ekranapi/AccessRequests/1/Approve", 404),
        ("GET", "/ekranapi/alerts", 404),
        (
            "GET",
            "/ekranapi/AccessRequests/GetEndpointAccessRequests/1",
            404,
        ),
    ] {
        let answer = console.call(method, path, &[]).await;
        assert_eq!(answer.status, status, "{method} {path}");
        assert_eq!(answer.headers.contains_key("allow"), status == 405);
    }
    let calls = console.journal("?kind=call").await;
    assert!(calls.iter().all(|call| call["unmatched"] == true));
    let writes = mock_servers::Vendor::Ekran.operations();
    assert!(writes.iter().all(|operation| !operation.writes));
}

#[tokio::test]
async fn what_a_refusal_says_is_a_switch() {
    for (value, expected) in [
        ("empty", ""),
        ("message", r#"{"Message":"count is 1000 at most."}"#),
        (
            "problem",
            r#"{"status":400,"title":"count is 1000 at most."}"#,
        ),
    ] {
        let console = with(&[("error-body", value)]).await;
        let answer = console.get("?count=1001").await;
        assert_eq!(answer.status, 400);
        assert_eq!(String::from_utf8(answer.body).unwrap(), expected);
    }
}

#[tokio::test]
async fn a_vendor_error_by_every_name_and_a_rate_limit_as_a_fault_only() {
    for name in mock_servers::Vendor::Ekran.errors() {
        let console = console().await;
        let fault = json!([{ "op": "ekran.*", "kind": "vendor-error", "name": name }]);
        assert_eq!(
            console
                .admin("PUT", "/faults", &fault.to_string())
                .await
                .status,
            200
        );
        let code = name.strip_prefix("ekran:").unwrap();
        assert_eq!(console.get("").await.status.to_string(), code);
        assert_eq!(console.get("").await.status, 200);
    }
    let console = console().await;
    let fault = r#"[{"op":"ekran.access-requests.list","kind":"rate-limit","seconds":7}]"#;
    assert_eq!(console.admin("PUT", "/faults", fault).await.status, 200);
    let answer = console.get("").await;
    assert_eq!(
        (answer.status, answer.headers["retry-after"].as_str()),
        (429, "7")
    );
    let wrong = r#"[{"op":"ekran.*","kind":"vendor-error","name":"ekran:418"}]"#;
    assert_eq!(console.admin("PUT", "/faults", wrong).await.status, 400);
}

#[tokio::test]
async fn a_request_has_the_documents_members() {
    let console = console().await;
    let documents: Value = serde_json::from_str(RESPONSE).unwrap();
    let members =
        |row: &Value| -> Vec<String> { row.as_object().unwrap().keys().cloned().collect() };
    for id in [1, 2, 3, 5, 8] {
        assert_eq!(
            members(&console.shown(id).await),
            members(&documents["requests"][0]),
            "{id}"
        );
    }
    let denied = console.shown(2).await;
    assert_eq!(
        (&denied["status"], &denied["statusChangedBy"]),
        (&json!("Denied"), &json!("countersign"))
    );
    assert_eq!(denied["statusChangeComment"], json!(null));
    assert_eq!(denied["sessionDuration"], "00:00:00.0000000");
    let expired = console.shown(3).await;
    assert_eq!(
        (&expired["status"], &expired["statusChangedBy"]),
        (&json!("Expired"), &json!(null))
    );
    assert_eq!(
        (&expired["remoteIp"], &expired["statusChangedAt"]),
        (&json!(null), &json!("2026-03-01T13:00:00.000"))
    );
    assert_eq!(
        console.shown(8).await["sessionDuration"],
        "1.02:03:04.0000000"
    );
    assert_eq!(
        console.shown(8).await["requestedAt"],
        "2026-03-02T07:59:59.500"
    );
}

#[tokio::test]
async fn how_values_are_written_is_a_switch() {
    for (key, value, id, member, expected) in [
        ("absent-text", "empty", 3, "statusChangedBy", json!("")),
        ("absent-text", "empty", 3, "remoteIp", json!("")),
        ("absent-text", "empty", 2, "statusChangeComment", json!("")),
        ("no-session", "null", 2, "sessionDuration", json!(null)),
        (
            "no-session",
            "null",
            2,
            "sessionProductiveDuration",
            json!(null),
        ),
        (
            "fractions",
            "trimmed",
            2,
            "sessionDuration",
            json!("00:00:00"),
        ),
        (
            "fractions",
            "trimmed",
            8,
            "requestedAt",
            json!("2026-03-02T07:59:59.5"),
        ),
        (
            "fractions",
            "trimmed",
            2,
            "requestedAt",
            json!("2026-03-01T11:00:00"),
        ),
        (
            "long-durations",
            "hours",
            8,
            "sessionDuration",
            json!("26:03:04.0000000"),
        ),
        (
            "time-zone",
            "+02:00",
            3,
            "requestedAt",
            json!("2026-02-28T01:30:00.000"),
        ),
    ] {
        let console = with(&[(key, value)]).await;
        assert_eq!(console.shown(id).await[member], expected, "{key} {member}");
    }
}
