//! Generated queues: an unpaged list, made while it is read; only touched rows are stored.

use mock_servers::{Given, Options, Vendor};
use serde_json::json;

use super::vault::{Vault, only_vault, serve};

async fn queue(count: u64) -> Vault {
    serve(Options {
        generate: vec![(Vendor::BeyondTrust, count)],
        ..only_vault()
    })
    .await
}

#[tokio::test]
async fn a_list_has_every_row_once_in_one_answer() {
    let vault = queue(100_000).await;
    let caller = vault.sign_in("approver").await;
    let ids = caller.ids("?queue=app&status=pending").await;
    assert_eq!(ids.len(), 100_000);
    assert!(ids.windows(2).all(|pair| pair[0] < pair[1]));
    assert_eq!(caller.ids("?queue=app&status=active").await, [0_u64; 0]);
    let state = vault.state();
    assert_eq!(
        (&state["requests"], &state["counts"]),
        (&json!([]), &json!({ "pending": 100_000 }))
    );
    assert_eq!(vault.queue.pending.len(), 100);
    assert_eq!(vault.queue.pending[0], ids[0].to_string());
}

#[tokio::test]
async fn only_touched_rows_are_stored() {
    let vault = queue(1_000_000).await;
    let first: u64 = vault.queue.pending[0].parse().unwrap();
    let caller = vault.sign_in("approver").await;
    assert_eq!(
        caller
            .put(&format!("Requests/{}/Approve", first + 7))
            .await
            .status,
        204
    );
    assert_eq!(
        caller
            .put(&format!("Requests/{}/Deny", first + 999_999))
            .await
            .status,
        204
    );
    assert_eq!(
        caller
            .put(&format!("Requests/{}/Deny", first + 1_000_000))
            .await
            .status,
        404
    );
    let state = vault.state();
    assert_eq!(state["requests"].as_array().unwrap().len(), 2);
    assert_eq!(
        state["counts"],
        json!({ "active": 1, "denied": 1, "pending": 999_998 })
    );
    assert_eq!(
        state["generated"],
        json!([{ "first": first.to_string(), "count": 1_000_000 }])
    );
    assert_eq!(caller.ids("?queue=app&status=active").await, [first + 7]);
}

#[tokio::test]
async fn a_row_reads_the_same_before_and_after_it_is_stored() {
    let vault = queue(50).await;
    let requestor = vault.sign_in("requestor").await;
    let before = requestor.get("Requests").await.json();
    let own = requestor.ids("").await;
    assert!(own.len() > 5 && own.len() < 45, "different people ask");
    for id in &own {
        // Nothing changes: these rotate anyway.
        requestor
            .put(&format!("Requests/{id}/RotateOnCheckin"))
            .await;
    }
    assert_eq!(
        vault.state()["requests"],
        json!([]),
        "what changes nothing stores nothing"
    );
    vault.act("user/cancel", json!({ "id": own[0] })).await;
    let after = requestor.get("Requests").await.json();
    assert_eq!(
        after.as_array().unwrap()[..],
        before.as_array().unwrap()[1..]
    );
    let row = &before[1];
    let conflicting =
        json!({ "SystemID": row["SystemID"], "AccountID": row["AccountID"], "DurationMinutes": 5 });
    assert_eq!(requestor.file(conflicting).await.0, 409);
    let row = &before[0];
    let body =
        json!({ "SystemID": row["SystemID"], "AccountID": row["AccountID"], "DurationMinutes": 5 });
    // The account after the last, on the system it would be on.
    let first: u64 = vault.state()["generated"][0]["first"]
        .as_str()
        .unwrap()
        .parse()
        .unwrap();
    let beyond = json!({ "SystemID": 20_000_000 + (first + 50) / 8, "AccountID": 10_000_000 + first + 50, "DurationMinutes": 5 });
    assert_eq!(requestor.file(beyond).await, (403, "4031".to_owned()));
    let (status, id) = requestor.file(body).await;
    assert_eq!(status, 201);
    assert_eq!(vault.row(id.parse().unwrap())["system"], row["SystemName"]);
}

#[tokio::test]
async fn where_time_counts_from_the_release_generated_rows_lapse_by_arithmetic() {
    let world = "[[beyondtrust.generate]]\ncount = 1000\nat = 2026-03-02T08:00:00Z";
    let vault = serve(Options {
        world: Some(Given::from_toml(world).unwrap()),
        dialects: vec![("beyondtrust.expires-from".to_owned(), "release".to_owned())],
        ..only_vault()
    })
    .await;
    let caller = vault.sign_in("approver").await;
    // Spread over two days, for eight hours each: a sixth is still in its window.
    let now = caller.ids("?queue=app").await.len() as u64;
    assert!((160..=170).contains(&now), "{now}");
    let fired = vault.advance("4h").await;
    let lapsed = fired["fired"][0]["count"].as_u64().unwrap();
    assert_eq!(fired["fired"][0]["kind"], "request-lapsed");
    assert_eq!(caller.ids("?queue=app").await.len() as u64 + lapsed, now);
    let counts = &vault.state()["counts"];
    assert_eq!(
        counts["expired"].as_u64().unwrap() + counts["pending"].as_u64().unwrap(),
        1000
    );
}
