//! Generated queues: exact pages, arithmetic filters, and only touched rows stored.

use mock_servers::{Given, Options, Vendor};
use serde_json::json;

use crate::client::{Served, options, serve};

async fn queue(count: u64, status: &str) -> Served {
    let world = format!(
        "[[admin-by-request.generate]]\ncount = {count}\n{status}\nat = 2026-03-02T08:00:00Z"
    );
    serve(Options {
        world: Some(Given::from_toml(&world).unwrap()),
        ..options()
    })
    .await
}

async fn walk(served: &Served, filter: &str) -> (Vec<u64>, usize) {
    let (mut ids, mut calls, mut next) = (Vec::new(), 0, 0);
    loop {
        let page = served
            .get(&format!("/requests?take=1000&startid={next}{filter}"))
            .await
            .ids();
        calls += 1;
        let Some(last) = page.last() else {
            return (ids, calls);
        };
        next = last + 1;
        ids.extend(page);
    }
}

#[tokio::test]
async fn a_walk_takes_a_page_a_thousand_and_one_more() {
    let served = serve(Options {
        generate: vec![(Vendor::AdminByRequest, 3500)],
        ..options()
    })
    .await;
    let (ids, calls) = walk(&served, "&status=pending").await;
    assert_eq!((ids.len(), calls), (3500, 5));
    assert!(ids.windows(2).all(|pair| pair[0] < pair[1]));
    let last = served.get("/requests?last=2").await.ids();
    assert_eq!(last, [ids[3499], ids[3498]]);
}

#[tokio::test]
async fn weights_are_exact_and_statuses_complete_each_other() {
    let served = queue(
        2000,
        "status = { pending = 1, approved = 6, denied = 2, quarantined = 1 }",
    )
    .await;
    let mut together = Vec::new();
    for (status, count) in [
        ("pending", 200),
        ("approved", 1200),
        ("denied", 400),
        ("quarantined", 200),
    ] {
        let (ids, _) = walk(&served, &format!("&status={status}")).await;
        assert_eq!(ids.len(), count, "{status}");
        together.extend(ids);
    }
    together.sort_unstable();
    assert_eq!(together, walk(&served, "").await.0);
    let counts =
        &served.admin("GET", "/state", "").await.json()["vendors"]["admin-by-request"]["counts"];
    assert_eq!(
        counts,
        &json!({ "approved": 1200, "denied": 400, "pending": 200, "quarantined": 200 })
    );
}

#[tokio::test]
async fn only_touched_rows_are_stored_and_they_leave_their_status() {
    let served = queue(1_000_000, "").await;
    let first = served.get("/requests?take=3").await.ids();
    served.put(&format!("/requests/{}", first[1])).await;
    assert_eq!(
        served.get("/requests?take=2&status=pending").await.ids(),
        [first[0], first[2]]
    );
    assert_eq!(
        served.get("/requests?status=approved").await.ids(),
        [first[1]]
    );
    assert_eq!(served.get("/requests?take=3").await.ids(), first);
    let state = &served.admin("GET", "/state", "").await.json()["vendors"]["admin-by-request"];
    assert_eq!(state["requests"].as_array().unwrap().len(), 1);
    assert_eq!(
        state["counts"],
        json!({ "approved": 1, "pending": 999_999 })
    );
    assert_eq!(served.mocks.queues()["admin-by-request"].pending.len(), 100);
}

#[tokio::test]
async fn untouched_rows_age_by_arithmetic() {
    let served = queue(1000, "status = { pending = 9, approved = 1 }").await;
    let all = served.get("/requests?take=1000&status=pending").await.ids();
    let touched = all[0];
    served.put(&format!("/requests/{touched}")).await;
    // The rows are spread over the ten days before the start: the oldest are four days from dropping out.
    let fired = served
        .admin("POST", "/clock/advance", r#"{"by":"9d"}"#)
        .await
        .json();
    let dropped = fired["fired"]
        .as_array()
        .unwrap()
        .iter()
        .find(|event| event["kind"] == "dropped-out")
        .unwrap()["count"]
        .as_u64()
        .unwrap();
    let left = served.get("/requests?take=1000&status=pending").await.ids();
    assert_eq!(left.len() as u64 + dropped, 899, "{fired}");
    assert!(dropped > 400 && left.iter().all(|id| *id > touched));
    assert!(
        served
            .get("/requests?status=approved")
            .await
            .ids()
            .contains(&touched)
    );
    let fired = served
        .admin("POST", "/clock/advance", r#"{"by":"20d"}"#)
        .await
        .json();
    let kinds: Vec<_> = fired["fired"]
        .as_array()
        .unwrap()
        .iter()
        .map(|event| event["kind"].clone())
        .collect();
    assert!(
        kinds.contains(&json!("approval-expired")) && kinds.contains(&json!("dropped-out")),
        "{fired}"
    );
    assert!(
        served
            .get("/requests?status=pending")
            .await
            .ids()
            .is_empty()
    );
}
