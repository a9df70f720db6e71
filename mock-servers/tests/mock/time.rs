//! Two weeks, on a clock that only `advance` moves.

use mock_servers::{Options, RateLimit};
use serde_json::json;

use crate::client::{options, serve, with_dialects, world};

const CMD: u64 = 65_430_027;

#[tokio::test]
async fn a_frozen_clock_stands_and_the_date_header_reads_it() {
    let served = world().await;
    assert_eq!(
        served.get("/requests").await.headers["date"],
        "Mon, 02 Mar 2026 08:00:00 GMT"
    );
    let moved = served
        .admin("POST", "/clock/advance", r#"{"by":"1h30m"}"#)
        .await
        .json();
    assert_eq!(
        moved,
        json!({ "from": "2026-03-02T08:00:00Z", "to": "2026-03-02T09:30:00Z", "fired": [] })
    );
    assert_eq!(
        served.get("/requests").await.headers["date"],
        "Mon, 02 Mar 2026 09:30:00 GMT"
    );
    assert_eq!(
        served.admin("GET", "/clock", "").await.json(),
        json!({ "mode": "frozen", "now": "2026-03-02T09:30:00Z" })
    );
    assert_eq!(
        served
            .admin("POST", "/clock/advance", r#"{"to":"2026-03-02T08:00:00Z"}"#)
            .await
            .status,
        400
    );
    assert_eq!(
        served
            .admin("POST", "/clock/advance", r#"{"buy":"1h"}"#)
            .await
            .status,
        400
    );
}

#[tokio::test]
async fn a_request_drops_out_of_the_list_after_two_weeks() {
    let served = world().await;
    let fired = served
        .admin("POST", "/clock/advance", r#"{"to":"2026-03-15T11:25:26Z"}"#)
        .await
        .json();
    assert_eq!(fired["fired"], json!([]));
    let fired = served
        .admin("POST", "/clock/advance", r#"{"by":"1s"}"#)
        .await
        .json();
    assert_eq!(
        fired["fired"],
        json!([{ "vendor": "admin-by-request", "kind": "dropped-out", "at": "2026-03-15T11:25:27Z", "id": "65430027", "count": 1 }])
    );
    assert!(!served.get("/requests").await.ids().contains(&CMD));
    for method in ["GET", "PUT", "DELETE"] {
        assert_eq!(
            served
                .send(method, &format!("/requests/{CMD}"), &[])
                .await
                .unwrap()
                .status,
            404
        );
    }
    assert_eq!(served.journal("?kind=clock").await.len(), 3);
    let other = with_dialects(&[("after-drop-out", "serves")]).await;
    other
        .admin("POST", "/clock/advance", r#"{"by":"15d"}"#)
        .await;
    assert!(!other.get("/requests").await.ids().contains(&CMD));
    assert_eq!(other.status_of(CMD).await, "Pending approval");
}

#[tokio::test]
async fn an_approval_that_nobody_uses_expires_after_two_weeks() {
    let served = world().await;
    served.put(&format!("/requests/{CMD}")).await;
    let fired = served
        .admin("POST", "/clock/advance", r#"{"by":"14d"}"#)
        .await
        .json();
    assert!(
        fired["fired"]
            .as_array()
            .unwrap()
            .iter()
            .any(|event| event["kind"] == "approval-expired" && event["id"] == "65430027"),
        "{fired}"
    );
    assert_eq!(served.status_of(CMD).await, "Expired");
    assert_eq!(
        served
            .admin(
                "POST",
                "/actors/user/start",
                &format!(r#"{{"id":"{CMD}"}}"#)
            )
            .await
            .status,
        409
    );
    served.put(&format!("/requests/{CMD}")).await;
    assert_eq!(served.status_of(CMD).await, "Expired");
    served
        .admin("POST", "/clock/advance", r#"{"by":"14d"}"#)
        .await;
    assert_eq!(served.get(&format!("/requests/{CMD}")).await.status, 404);
}

#[tokio::test]
async fn an_approval_that_is_used_does_not_expire() {
    let served = world().await;
    served.put(&format!("/requests/{CMD}")).await;
    served
        .admin("POST", "/clock/advance", r#"{"by":"13d"}"#)
        .await;
    served
        .admin(
            "POST",
            "/actors/user/start",
            &format!(r#"{{"id":"{CMD}"}}"#),
        )
        .await;
    served
        .admin("POST", "/clock/advance", r#"{"by":"2d"}"#)
        .await;
    assert_eq!(served.status_of(CMD).await, "Running");
}

#[tokio::test]
async fn from_when_the_two_weeks_count_is_a_switch() {
    let served = with_dialects(&[("drop-out-from", "request")]).await;
    served
        .admin("POST", "/clock/advance", r#"{"by":"10d"}"#)
        .await;
    served.put(&format!("/requests/{CMD}")).await;
    served
        .admin("POST", "/clock/advance", r#"{"by":"5d"}"#)
        .await;
    assert!(served.get("/requests").await.ids().is_empty());
    let other = world().await;
    other
        .admin("POST", "/clock/advance", r#"{"by":"10d"}"#)
        .await;
    other.put(&format!("/requests/{CMD}")).await;
    other
        .admin("POST", "/clock/advance", r#"{"by":"5d"}"#)
        .await;
    // The other one is the world's unused approval: its expiry was its last change.
    assert_eq!(other.get("/requests").await.ids(), [CMD, 65_430_300]);
}

#[tokio::test]
async fn the_documented_limit_is_sixty_a_minute_on_the_mocks_clock() {
    let served = serve(Options {
        rate_limit: RateLimit::Documented,
        ..options()
    })
    .await;
    for _ in 0..60 {
        assert_eq!(served.get("/requests?take=1").await.status, 200);
    }
    let refused = served.get("/requests?take=1").await;
    assert_eq!(
        (
            refused.status,
            refused.headers["x-ratelimit-reset"].as_str()
        ),
        (429, "60")
    );
    served
        .admin("POST", "/clock/advance", r#"{"by":"60s"}"#)
        .await;
    assert_eq!(served.get("/requests?take=1").await.status, 200);
}
