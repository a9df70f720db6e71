//! The audit log: what it keeps, its filters, and its changes.

use serde_json::{Value, json};

use crate::client::{Served, with_dialects, world};

async fn entries(served: &Served, path: &str) -> Vec<Value> {
    served.get(path).await.json().as_array().unwrap().clone()
}

#[tokio::test]
async fn a_started_request_appears_with_what_ran() {
    let served = world().await;
    served.put("/requests/65430027").await;
    assert_eq!(
        entries(&served, "/auditlog").await[0]["ElevatedApplications"],
        json!([])
    );
    served
        .admin("POST", "/actors/user/start", r#"{"id":"cmd"}"#)
        .await;
    let entry = &entries(&served, "/auditlog").await[0];
    assert_eq!(
        (
            entry["Status"].as_str(),
            entry["ElevatedApplications"][0]["File"].as_str()
        ),
        (Some("Running"), Some("cmd.exe"))
    );
    assert_eq!(entry["StartTime"], "2026-03-02T08:00:00");
    let one = served
        .get(&format!("/auditlog/{}", entry["ID"]))
        .await
        .json();
    assert_eq!(&one, entry);
    assert_eq!(served.get("/auditlog/1").await.status, 404);
    let link = served.get("/requests/65430027").await.json()["auditlogLink"]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(link.ends_with(&format!("={}", entry["ID"])), "{link}");
}

#[tokio::test]
async fn filters_narrow_the_log() {
    let served = world().await;
    for (query, count) in [
        ("", 8),
        ("?type=session", 1),
        ("?type=app", 7),
        ("?status=Pending", 3),
        ("?days=0", 0),
        ("?startdate=2026-03-02", 7),
        ("?enddate=2026-03-01", 1),
        ("?startdate=2026-03-01&enddate=2026-03-02", 8),
        ("?take=2", 2),
        ("?last=3", 3),
    ] {
        assert_eq!(
            entries(&served, &format!("/auditlog{query}")).await.len(),
            count,
            "{query}"
        );
    }
    assert_eq!(
        served.get("/auditlog?startdate=yesterday").await.status,
        400
    );
    let all = entries(&served, "/auditlog").await;
    let next = all[1]["ID"].as_u64().unwrap();
    assert_eq!(
        entries(&served, &format!("/auditlog?startid={next}")).await,
        all[1..]
    );
    assert_eq!(entries(&served, "/auditlog?last=1").await[0], all[7]);
}

#[tokio::test]
async fn a_computer_and_a_user_have_their_own_log() {
    let served = world().await;
    assert_eq!(
        entries(&served, "/computers/ftwin10-aalborg-denmark/auditlog")
            .await
            .len(),
        1
    );
    assert_eq!(entries(&served, "/computers/none/auditlog").await.len(), 0);
    assert_eq!(
        entries(&served, "/users/AZUREAD%5CFASTTRACKSOFTWARESUP/auditlog")
            .await
            .len(),
        1
    );
    assert_eq!(
        entries(&served, "/users/FastTrack%20Software%20Support/auditlog")
            .await
            .len(),
        1
    );
}

#[tokio::test]
async fn thirty_days_are_the_default_and_dropped_out_requests_stay() {
    let served = world().await;
    served
        .admin("POST", "/clock/advance", r#"{"by":"20d"}"#)
        .await;
    // Only the approval that expired on the way is listed still.
    assert_eq!(served.get("/requests").await.ids(), [65_430_300]);
    assert_eq!(entries(&served, "/auditlog").await.len(), 8);
    served
        .admin("POST", "/clock/advance", r#"{"by":"20d"}"#)
        .await;
    assert_eq!(entries(&served, "/auditlog").await.len(), 0);
    assert_eq!(entries(&served, "/auditlog?days=60").await.len(), 8);
}

#[tokio::test]
async fn the_delta_holds_what_changed_even_while_the_clock_stands() {
    let served = world().await;
    let first = served.get("/auditlog/delta").await.json();
    assert_eq!(first["entries"], json!([]));
    let delta = |time: &Value| format!("/auditlog/delta?deltaTime={time}");
    let same = served.get(&delta(&first["timeNow"])).await.json();
    assert_eq!(same, first);
    served.put("/requests/65430027").await;
    let second = served.get(&delta(&first["timeNow"])).await.json();
    assert_eq!(
        (
            second["entries"].as_array().unwrap().len(),
            second["entries"][0]["Status"].as_str()
        ),
        (1, Some("Approved"))
    );
    assert!(second["timeNow"].as_u64() > first["timeNow"].as_u64());
    assert!(first["timeNow"].as_u64().unwrap() > 637_795_099_840_708_375);
    assert_eq!(
        served.get(&delta(&second["timeNow"])).await.json()["entries"],
        json!([])
    );
}

#[tokio::test]
async fn two_changes_at_one_frozen_moment_have_two_delta_times() {
    let served = world().await;
    let mut before = served.get("/auditlog/delta").await.json()["timeNow"].clone();
    for id in [65_430_027, 65_430_100] {
        served.put(&format!("/requests/{id}")).await;
        let changed = served
            .get(&format!("/auditlog/delta?deltaTime={before}"))
            .await
            .json();
        assert_eq!(changed["entries"].as_array().unwrap().len(), 1, "{id}");
        before = changed["timeNow"].clone();
    }
}

#[tokio::test]
async fn the_case_of_the_keys_is_a_switch() {
    let served = with_dialects(&[("auditlog-case", "camel")]).await;
    let entry = &entries(&served, "/auditlog").await[0];
    for key in [
        "elevatedApplications",
        "scanResults",
        "id",
        "typeCode",
        "status",
        "application",
        "user",
        "computer",
    ] {
        assert!(entry.get(key).is_some(), "{key}");
    }
    assert_eq!(
        entry["application"]["virustotalLink"]
            .as_str()
            .map(|link| link.len() > 64),
        Some(true)
    );
}
