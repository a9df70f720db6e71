//! Expiry on a clock that only `advance` moves.

use serde_json::json;

use super::vault::{vault, with};

#[tokio::test]
async fn what_was_granted_expires_after_its_duration() {
    let vault = vault().await;
    let caller = vault.sign_in("approver").await;
    caller.put("Requests/1001/Approve").await;
    assert_eq!(vault.advance("59m").await["fired"], json!([]));
    let fired = vault.advance("1m").await;
    assert_eq!(
        fired["fired"],
        json!([{ "vendor": "beyondtrust", "kind": "request-expired", "at": "2026-03-02T09:00:00Z", "id": "1004", "count": 1 }])
    );
    assert_eq!(vault.status(1004), "expired");
    assert_eq!(vault.row(1004)["rotated"], true);
    let fired = vault.advance("1h").await;
    assert_eq!(
        fired["fired"][0]["id"], "1001",
        "two hours from its approval"
    );
    let active = caller.ids("?queue=app&status=active").await;
    assert_eq!(active, [1006]);
    // What waits goes on waiting.
    vault.advance("30d").await;
    assert!(
        caller
            .ids("?queue=app&status=pending")
            .await
            .contains(&1002)
    );
    assert_eq!(caller.put("Requests/1004/Approve").await.status, 404);
}

#[tokio::test]
async fn from_when_a_duration_counts_is_a_switch() {
    let vault = with(&[("expires-from", "release")]).await;
    let caller = vault.sign_in("approver").await;
    caller.put("Requests/1001/Approve").await;
    // Asked for at seven, for two hours.
    let fired = vault.advance("1h").await;
    let kinds: Vec<(&str, &str)> = fired["fired"]
        .as_array()
        .unwrap()
        .iter()
        .map(|event| {
            (
                event["kind"].as_str().unwrap(),
                event["id"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        kinds,
        [("request-expired", "1001"), ("request-expired", "1004")]
    );
    let fired = vault.advance("6h").await;
    assert_eq!(
        (&fired["fired"][0]["kind"], &fired["fired"][0]["id"]),
        (&json!("request-lapsed"), &json!("1002"))
    );
    assert!(!caller.ids("?queue=app").await.contains(&1002));
}

#[tokio::test]
async fn what_ended_early_does_not_expire() {
    let vault = vault().await;
    let caller = vault.sign_in("approver").await;
    caller.put("Requests/1004/Deny").await;
    vault
        .sign_in("requestor")
        .await
        .put("Requests/1006/Checkin")
        .await;
    let fired = vault.advance("1d").await;
    let ids: Vec<&str> = fired["fired"]
        .as_array()
        .unwrap()
        .iter()
        .map(|event| event["id"].as_str().unwrap())
        .collect();
    assert_eq!(ids, ["1005"]);
}
