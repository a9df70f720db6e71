//! Every kind of fault in every phase, as a client's socket feels it, and what was truly done behind it.

use std::io::ErrorKind;

use serde_json::json;

use crate::client::{Served, world};

pub(crate) const CMD: u64 = 65_430_027;

pub(crate) fn fault(phase: &str, rest: &str) -> String {
    format!(
        r#"[{{"id":"f","op":"admin-by-request.requests.approve","object":"{CMD}","nth":1,"times":1,"phase":"{phase}","must_fire":true,{rest}}}]"#
    )
}

pub(crate) async fn approve(served: &Served) -> std::io::Result<crate::client::Answer> {
    served.send("PUT", &format!("/requests/{CMD}"), &[]).await
}

pub(crate) async fn effects(served: &Served) -> usize {
    served
        .journal(&format!("?kind=effect&object={CMD}"))
        .await
        .len()
}

#[tokio::test]
async fn before_effect_nothing_happens_and_after_it_everything_has() {
    for (phase, done) in [("before-effect", 0), ("after-effect", 1), ("response", 1)] {
        let kinds = [
            (r#""kind":"status","status":500,"body":"oops""#, 500),
            (
                r#""kind":"status","status":409,"body":{"Message":"x"}"#,
                409,
            ),
            (
                r#""kind":"vendor-error","name":"admin-by-request:invalid-key""#,
                401,
            ),
            (r#""kind":"rate-limit","seconds":7"#, 429),
            (r#""kind":"garbage""#, 200),
            (r#""kind":"html""#, 502),
            (r#""kind":"html","status":200"#, 200),
            (r#""kind":"empty","status":204"#, 204),
        ];
        for (kind, status) in kinds {
            let served = world().await;
            served.faults(&fault(phase, kind)).await;
            assert_eq!(
                approve(&served).await.unwrap().status,
                status,
                "{phase} {kind}"
            );
            assert_eq!(effects(&served).await, done, "{phase} {kind}");
            let shown = served.journal("?kind=call").await[0]["status"].clone();
            assert_eq!(
                shown,
                json!(if phase == "response" { 200 } else { status }),
                "{phase} {kind}"
            );
            assert_eq!(served.journal("?kind=fault").await.len(), 1);
            // Spent: the next call is the vendor's own.
            assert_eq!(approve(&served).await.unwrap().status, 200);
            assert_eq!(served.admin("POST", "/verify", "").await.status, 200);
        }
    }
}

#[tokio::test]
async fn a_reset_is_a_reset_and_a_close_is_a_close() {
    for (phase, done) in [("before-effect", 0), ("after-effect", 1), ("response", 1)] {
        for (kind, error) in [
            ("reset", ErrorKind::ConnectionReset),
            ("close", ErrorKind::UnexpectedEof),
        ] {
            let served = world().await;
            served
                .faults(&fault(phase, &format!(r#""kind":"{kind}""#)))
                .await;
            assert_eq!(
                approve(&served).await.unwrap_err().kind(),
                error,
                "{phase} {kind}"
            );
            assert_eq!(effects(&served).await, done, "{phase} {kind}");
            assert_eq!(approve(&served).await.unwrap().status, 200);
        }
    }
}

#[tokio::test]
async fn a_truncated_body_is_shorter_than_its_head_says() {
    let served = world().await;
    served.faults(r#"[{"op":"admin-by-request.requests.list","phase":"response","kind":"truncate","bytes":40}]"#).await;
    let cut = served.get("/requests").await;
    assert_eq!((cut.status, cut.body.len(), cut.whole()), (200, 40, false));
    assert!(served.get("/requests").await.whole());
    // Where there is no body, the head itself is cut.
    served
        .faults(&fault("response", r#""kind":"truncate""#))
        .await;
    assert_eq!(
        approve(&served).await.unwrap_err().kind(),
        ErrorKind::UnexpectedEof
    );
    assert_eq!(effects(&served).await, 1);
}

#[tokio::test]
async fn a_truncated_long_body_is_cut_where_it_was_said() {
    let given =
        mock_servers::Given::from_toml("[[admin-by-request.generate]]\ncount = 1000").unwrap();
    let served = crate::client::serve(mock_servers::Options {
        world: Some(given),
        ..crate::client::options()
    })
    .await;
    served
        .faults(r#"[{"op":"*","phase":"after-effect","kind":"truncate","bytes":300000}]"#)
        .await;
    let cut = served.get("/requests?take=1000").await;
    assert_eq!((cut.body.len(), cut.whole()), (300_000, false));
}

#[tokio::test]
async fn the_vendors_throttling_names_its_end() {
    let served = world().await;
    served
        .faults(r#"[{"op":"*","kind":"rate-limit","seconds":7}]"#)
        .await;
    let answer = served.get("/requests").await;
    assert_eq!(
        (answer.status, answer.headers["x-ratelimit-reset"].as_str()),
        (429, "7")
    );
}

#[tokio::test]
async fn garbage_is_no_json_and_html_is_a_page() {
    let served = world().await;
    served.faults(r#"[{"id":"a","op":"*","phase":"response","kind":"garbage"},{"id":"b","op":"*","nth":2,"kind":"html"}]"#).await;
    let garbage = served.get("/requests").await;
    assert!(
        garbage.headers["content-type"].contains("json")
            && serde_json::from_slice::<serde_json::Value>(&garbage.body).is_err()
    );
    let page = served.get("/requests").await;
    assert!(
        page.headers["content-type"].contains("html") && page.body.starts_with(b"<!DOCTYPE html>")
    );
}

#[tokio::test]
async fn the_portal_acts_between_two_pages() {
    let served = world().await;
    served
        .faults(r#"[{"op":"admin-by-request.requests.list","nth":1,"phase":"after-effect","act":{"do":"portal/decide","id":"tor","decision":"deny","by":"boss@example.com"}},
                    {"op":"admin-by-request.requests.list","nth":2,"phase":"before-effect","act":{"do":"user/submit","request":{"name":"late"}}}]"#)
        .await;
    let first = served.get("/requests?status=pending&take=2").await.ids();
    let second = served
        .get(&format!(
            "/requests?status=pending&take=5&startid={}",
            first[0] + 1
        ))
        .await
        .ids();
    assert_eq!(first, [65_430_027, 65_430_100]);
    assert_eq!(second[0], 65_430_200, "denied between the pages");
    assert_eq!(second.len(), 2, "and a new one came");
}

#[tokio::test]
async fn the_portal_acts_while_our_call_is_in_flight_and_the_answer_is_lost() {
    let served = world().await;
    let act =
        r#""act":{"do":"portal/decide","decision":"deny","by":"boss@example.com","reason":"No"}"#;
    served.faults(&fault("before-effect", act)).await;
    assert_eq!(approve(&served).await.unwrap().status, 200);
    assert_eq!(served.status_of(CMD).await, "Denied");
    let kinds: Vec<_> = served
        .journal("")
        .await
        .iter()
        .take(5)
        .map(|entry| entry["kind"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(kinds, ["fault", "actor", "effect", "call", "no-op"]);
    let served = world().await;
    served
        .faults(&fault("after-effect", &format!(r#""kind":"reset",{act}"#)))
        .await;
    assert_eq!(
        approve(&served).await.unwrap_err().kind(),
        ErrorKind::ConnectionReset
    );
    let effects = served.journal("?kind=effect").await;
    assert_eq!(
        (&effects[0]["verdict"], &effects[1]["verdict"]),
        (&json!("approve"), &json!("revoke"))
    );
}

#[tokio::test]
async fn nth_and_times_count_matching_calls() {
    let served = world().await;
    served
        .faults(r#"[{"op":"admin-by-request.*","nth":2,"times":2,"kind":"status","status":503}]"#)
        .await;
    let mut statuses = Vec::new();
    for _ in 0..4 {
        statuses.push(served.get("/requests").await.status);
    }
    assert_eq!(statuses, [200, 503, 503, 200]);
    let armed = served.admin("GET", "/faults", "").await.json();
    assert_eq!(
        (&armed[0]["hits"], &armed[0]["seen"]),
        (&json!(2), &json!(4))
    );
}

#[tokio::test]
async fn a_fault_for_another_object_does_not_strike_and_verify_says_so() {
    let served = world().await;
    served
        .faults(r#"[{"op":"admin-by-request.requests.approve","object":65430100,"kind":"reset"}]"#)
        .await;
    assert_eq!(approve(&served).await.unwrap().status, 200);
    let verified = served.admin("POST", "/verify", "").await;
    assert_eq!(verified.status, 409);
    assert!(
        verified.json()["failures"][0]["because"]
            .to_string()
            .contains("never struck")
    );
}

#[tokio::test]
async fn a_mistake_in_a_fault_is_400_and_keeps_the_old_set() {
    let served = world().await;
    served.faults(r#"[{"op":"*","kind":"close"}]"#).await;
    for (faults, named) in [
        (
            r#"[{"op":"admin-by-request.requests.aprove","kind":"reset"}]"#,
            "admin-by-request.requests.approve",
        ),
        (r#"[{"op":"*","kind":"rest"}]"#, "reset"),
        (r#"[{"op":"*","kind":"reset","pahse":"response"}]"#, "phase"),
        (
            r#"[{"op":"*","act":{"do":"user/submit","reqest":{}}}]"#,
            "request",
        ),
    ] {
        let answer = served.admin("PUT", "/faults", faults).await;
        assert_eq!(
            (answer.status, answer.headers["content-type"].as_str()),
            (400, "application/problem+json")
        );
        let detail = answer.json()["detail"].as_str().unwrap().to_owned();
        assert!(
            detail.contains("did you mean") && detail.contains(named),
            "{detail}"
        );
    }
    assert_eq!(served.get_error().await, ErrorKind::UnexpectedEof);
    assert_eq!(
        served.admin("DELETE", "/faults", "").await.json(),
        json!([])
    );
    assert_eq!(served.get("/requests").await.status, 200);
}

impl Served {
    async fn get_error(&self) -> ErrorKind {
        self.send("GET", "/requests", &[]).await.unwrap_err().kind()
    }
}

#[tokio::test]
async fn a_vendor_error_by_every_name() {
    let served = world().await;
    let names = served
        .admin("GET", "/vendors/admin-by-request/errors", "")
        .await
        .json();
    let mut statuses = Vec::new();
    for name in names.as_array().unwrap() {
        served
            .faults(&format!(
                r#"[{{"op":"*","kind":"vendor-error","name":{name}}}]"#
            ))
            .await;
        let answer = served.get("/requests").await;
        assert!(answer.json()["Message"].is_string(), "{name}");
        statuses.push(answer.status);
    }
    assert_eq!(statuses, [401, 403, 403, 429, 404, 500]);
}
