//! Time: a window ends, an interval counts from the session's begin, what nobody granted lapses.

use serde_json::json;

use super::instance::{instance, with};

fn fired(kind: &str, last: u64) -> Vec<(String, u64)> {
    vec![(kind.to_owned(), last)]
}

#[tokio::test]
async fn a_granted_window_ends_with_its_window() {
    let instance = instance().await;
    instance.accept("approver", 10).await;
    assert!(instance.advance("2h59m59s").await.is_empty());
    assert_eq!(instance.status(10), "granted");
    assert_eq!(instance.advance("1s").await, fired("access-expired", 10));
    let shown = instance.shown(10).await;
    assert_eq!(shown["status"], "expired");
    assert_eq!(shown["modified_at"], "2026-03-02T11:00:00Z");
    assert!(instance.advance("9d").await.is_empty());
    assert_eq!(instance.revoke("approver", 10, json!({})).await.0, 409);
}

#[tokio::test]
async fn a_window_that_nobody_granted_lapses() {
    let instance = instance().await;
    assert_eq!(instance.advance("3h").await, fired("request-lapsed", 10));
    assert_eq!(instance.shown(10).await["status"], "expired");
    assert_eq!(instance.accept("approver", 10).await, 409);
}

#[tokio::test]
async fn an_interval_counts_from_the_moment_the_session_begins() {
    let instance = instance().await;
    instance.accept("approver", 1).await;
    // Granted and unused it waits, for as long as it may.
    assert_eq!(instance.advance("30d").await, fired("request-lapsed", 10));
    assert_eq!(instance.status(1), "granted");
    assert_eq!(instance.shown(1).await["activated"], false);
    let start = json!({ "id": "one" });
    assert_eq!(instance.act("user/start", start.clone()).await.status, 200);
    assert_eq!(instance.shown(1).await["activated"], true);
    assert!(instance.advance("1h59m59s").await.is_empty());
    // A session that is begun again, or left, changes nothing about its end.
    assert_eq!(instance.act("user/start", start.clone()).await.status, 200);
    assert_eq!(instance.act("user/check-in", start).await.status, 200);
    assert_eq!(instance.status(1), "granted");
    assert_eq!(instance.advance("1s").await, fired("access-expired", 1));
    assert_eq!(instance.shown(1).await["status"], "expired");
}

#[tokio::test]
async fn a_revoked_session_does_not_expire() {
    let instance = instance().await;
    instance.act("user/start", json!({ "id": "granted" })).await;
    assert_eq!(instance.revoke("approver", 4, json!({})).await.0, 200);
    assert_eq!(instance.advance("1d").await, fired("request-lapsed", 10));
    assert_eq!(instance.status(4), "revoked");
}

#[tokio::test]
async fn a_window_lets_in_only_while_it_is_open() {
    let instance = instance().await;
    instance.accept("approver", 10).await;
    let start = json!({ "id": "window" });
    assert_eq!(instance.act("user/start", start.clone()).await.status, 409);
    instance.advance("1h").await;
    assert_eq!(instance.act("user/start", start.clone()).await.status, 200);
    assert_eq!(instance.advance("2h").await, fired("access-expired", 10));
    assert_eq!(instance.act("user/start", start).await.status, 409);
}

#[tokio::test]
async fn when_an_immediate_request_shows_its_end_is_a_switch() {
    for (value, expected) in [
        ("null", json!(null)),
        ("after-start", json!("2026-03-02T11:00:00Z")),
    ] {
        let instance = with(&[("immediate-expires-at", value)]).await;
        assert!(instance.shown(4).await.get("expires_at").is_none());
        instance.act("user/start", json!({ "id": "granted" })).await;
        assert_eq!(instance.shown(4).await["expires_at"], expected, "{value}");
    }
}
