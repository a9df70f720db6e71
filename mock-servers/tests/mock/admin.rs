//! The admin API and the page.

use mock_servers::Options;
use serde_json::json;

use crate::client::{options, raw, serve, world};

#[tokio::test]
async fn health_operations_and_openapi_describe_the_mock() {
    let served = world().await;
    let health = served.admin("GET", "/health", "").await.json();
    assert_eq!(
        (&health["status"], &health["vendors"]["admin-by-request"]),
        (&json!("ok"), &json!(format!("http://{}", served.address)))
    );
    let operations = served
        .admin("GET", "/vendors/admin-by-request/operations", "")
        .await
        .json();
    let ids: Vec<_> = operations
        .as_array()
        .unwrap()
        .iter()
        .map(|op| op["id"].as_str().unwrap())
        .collect();
    assert!(
        ids.contains(&"admin-by-request.requests.approve") && ids.len() == 9,
        "{ids:?}"
    );
    let document = served
        .admin("GET", "/openapi/admin-by-request", "")
        .await
        .json();
    assert_eq!(
        document["paths"]["/requests/{id}"]["delete"]["operationId"],
        "admin-by-request.requests.deny"
    );
    assert!(
        served
            .admin("GET", "/vendors/admin-by-request/clauses", "")
            .await
            .json()
            .as_array()
            .unwrap()
            .len()
            > 20
    );
    let unknown = served
        .admin("GET", "/vendors/admin-by-requst/operations", "")
        .await;
    assert_eq!(unknown.status, 404);
    assert!(
        unknown.json()["detail"]
            .as_str()
            .unwrap()
            .contains("admin-by-request")
    );
}

#[tokio::test]
async fn unknown_paths_fields_and_filters_are_problems() {
    let served = world().await;
    assert_eq!(
        served.admin("GET", "/nothing", "").await.headers["content-type"],
        "application/problem+json"
    );
    assert_eq!(served.admin("GET", "/reset", "").await.status, 405);
    for (method, path, body) in [
        (
            "POST",
            "/actors/portal/decide",
            r#"{"id":"1","decison":"deny"}"#,
        ),
        ("POST", "/actors/portal/decide", r#"{"id":"1"}"#),
        (
            "POST",
            "/actors/user/start",
            r#"{"id":"1","decision":"deny"}"#,
        ),
        (
            "POST",
            "/actors/user/submit",
            r#"{"request":{"resaon":"x"}}"#,
        ),
        ("POST", "/reset", r#"{"too":"start"}"#),
        ("POST", "/seed", r#"{"admin-by-request":{"reqest":[]}}"#),
        ("POST", "/verify", r#"{"expect":[{"op":"nothing"}]}"#),
        ("GET", "/journal?knd=call", ""),
        ("GET", "/journal?kind=calls", ""),
    ] {
        assert_eq!(
            served.admin(method, path, body).await.status,
            400,
            "{path} {body}"
        );
    }
    let unknown = served
        .admin(
            "POST",
            "/actors/portal/decide",
            r#"{"id":"1","decision":"deny"}"#,
        )
        .await;
    assert_eq!(unknown.status, 404);
}

#[tokio::test]
async fn a_foreign_host_or_origin_is_refused() {
    let served = world().await;
    let send = async |headers: &[(&str, &str)]| {
        raw(&served.admin, "GET", "/__mock/v1/health", headers, "")
            .await
            .unwrap()
            .status
    };
    let own = format!("http://{}", served.admin);
    assert_eq!(send(&[("host", "evil.example")]).await, 403);
    assert_eq!(send(&[("origin", "http://evil.example")]).await, 403);
    assert_eq!(send(&[("origin", "null")]).await, 403);
    assert_eq!(send(&[("origin", &own)]).await, 200);
    assert_eq!(send(&[]).await, 200);
}

#[tokio::test]
async fn snapshots_and_reset_bring_the_world_back() {
    let served = world().await;
    let before = served.admin("GET", "/state", "").await.json();
    served.put("/requests/65430027").await;
    assert_eq!(
        served
            .admin("POST", "/snapshots", r#"{"name":"one"}"#)
            .await
            .status,
        200
    );
    served.delete("/requests/65430100").await;
    served
        .admin("POST", "/clock/advance", r#"{"by":"1d"}"#)
        .await;
    assert_eq!(
        served
            .admin("POST", "/snapshots/one/restore", "")
            .await
            .status,
        200
    );
    assert_eq!(served.status_of(65_430_027).await, "Approved");
    assert_eq!(served.status_of(65_430_100).await, "Pending approval");
    assert_eq!(
        served.admin("GET", "/clock", "").await.json()["now"],
        "2026-03-02T08:00:00Z"
    );
    assert_eq!(
        served.admin("GET", "/snapshots", "").await.json(),
        json!(["empty", "one", "start"])
    );
    assert_eq!(served.admin("POST", "/reset", "").await.status, 200);
    assert_eq!(served.admin("GET", "/state", "").await.json(), before);
    assert!(served.journal("").await.is_empty());
    served.admin("POST", "/reset", r#"{"to":"empty"}"#).await;
    assert_eq!(served.get("/requests").await.json(), json!([]));
    assert_eq!(
        served
            .admin("POST", "/reset", r#"{"to":"non"}"#)
            .await
            .status,
        404
    );
    assert_eq!(
        served.admin("DELETE", "/snapshots/one", "").await.status,
        200
    );
    assert_eq!(
        served.admin("DELETE", "/snapshots/start", "").await.status,
        400
    );
}

#[tokio::test]
async fn seeding_adds_and_answers_names() {
    let served = world().await;
    let answer = served.admin("POST", "/seed", r#"{"admin-by-request":{"request":[{"name":"extra","at":"2026-03-02T08:00:00Z"}],"generate":[{"count":3}]}}"#).await;
    let id = answer.json()["names"]["admin-by-request"]["extra"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(served.get(&format!("/requests/{id}")).await.status, 200);
    assert_eq!(served.get("/requests?status=pending").await.ids().len(), 7);
    let twice = served
        .admin(
            "POST",
            "/seed",
            r#"{"admin-by-request":{"request":[{"name":"fine"},{"name":"extra"}]}}"#,
        )
        .await;
    assert_eq!(twice.status, 400);
    assert_eq!(
        served.get("/requests?status=pending").await.ids().len(),
        7,
        "all or nothing"
    );
}

#[tokio::test]
async fn verify_counts_effects_and_shows_near_misses() {
    let served = world().await;
    served.put("/requests/65430027").await;
    let expect = |object: &str, verdict: &str| {
        format!(
            r#"{{"expect":[{{"kind":"effect","object":"{object}","actor":"api","verdict":"{verdict}","count":1}}]}}"#
        )
    };
    assert_eq!(
        served
            .admin("POST", "/verify", &expect("65430027", "approve"))
            .await
            .status,
        200
    );
    let missed = served
        .admin("POST", "/verify", &expect("65430027", "deny"))
        .await;
    assert_eq!(missed.status, 409);
    assert_eq!(missed.json()["failures"][0]["seen"], 0);
    assert!(
        !missed.json()["failures"][0]["near"]
            .as_array()
            .unwrap()
            .is_empty()
    );
    let none = r#"{"expect":[{"kind":"effect","verdict":"deny","max":0}]}"#;
    assert_eq!(served.admin("POST", "/verify", none).await.status, 200);
}

#[tokio::test]
async fn the_page_shows_the_queue_and_obeys_no_text_in_it() {
    let served = serve(options()).await;
    let answer = raw(&served.admin, "GET", "/", &[], "").await.unwrap();
    let page = String::from_utf8(answer.body).unwrap();
    assert!(
        page.contains("PENDING (8)")
            && page.contains("DebugView")
            && page.contains("data-decision=deny")
    );
    assert!(
        !page.contains("<script>alert") && !page.contains('\u{1b}') && !page.contains('\u{202e}')
    );
    assert!(
        !page.contains("src=") && !page.contains("href="),
        "nothing from elsewhere"
    );
    assert!(page.len() < 40_000);
}

#[tokio::test]
async fn secrets_stay_out_of_the_journal() {
    let served = world().await;
    let key = served.key.clone();
    served.get(&format!("/requests?apikey={key}")).await;
    served.get(&format!("/requests/{key}")).await;
    let journal = serde_json::to_string(&served.journal("").await).unwrap();
    assert!(
        !journal.contains(&key) && journal.contains("[secret]"),
        "{journal}"
    );
    let seeded = "ab".repeat(16);
    served
        .admin(
            "POST",
            "/seed",
            &format!(r#"{{"admin-by-request":{{"api-key":"{seeded}"}}}}"#),
        )
        .await;
    raw(
        &served.address,
        "GET",
        &format!("/requests?x={seeded}"),
        &[("apikey", &seeded)],
        "",
    )
    .await
    .unwrap();
    assert!(
        !serde_json::to_string(&served.journal("").await)
            .unwrap()
            .contains(&seeded)
    );
}

#[tokio::test]
async fn wrong_options_do_not_start() {
    let wrong = [
        Options {
            dialects: vec![("admin-by-request.ids".to_owned(), "string".to_owned())],
            ..options()
        },
        Options {
            world: Some(
                mock_servers::Given::from_toml("[[admin-by-request.request]]\nid = \"x\"").unwrap(),
            ),
            ..options()
        },
        Options {
            ports: mock_servers::Ports::Base(65_535),
            ..options()
        },
    ];
    for options in wrong {
        assert!(mock_servers::Mocks::start(options).await.is_err());
    }
}
