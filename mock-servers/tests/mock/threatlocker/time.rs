//! What time does.

use serde_json::json;

use super::tenant::tenant;

#[tokio::test]
async fn a_policy_expires_on_the_mocks_clock() {
    let tenant = tenant().await;
    let mut body = tenant.filled(1).await;
    body["policyExpirationDate"] = json!("2026-03-03T08:00:00Z");
    assert_eq!(tenant.permit(&body).await.status, 200);
    tenant.advance("23h").await;
    assert_eq!(tenant.policies()[0]["expired"], false);
    let fired = tenant.advance("1h").await.to_string();
    assert!(
        fired.contains("policy-expired") && fired.contains(&super::tenant::id(1)),
        "{fired}"
    );
    assert_eq!(tenant.policies()[0]["expired"], true);
    assert_eq!(
        tenant.by_id(1).await["statusId"],
        4,
        "the request stays as it is"
    );
}

#[tokio::test]
async fn elevation_ends_by_itself_and_a_date_of_the_past_is_over_at_once() {
    let tenant = tenant().await;
    let mut body = tenant.filled(4).await;
    body["elevationStatus"] = json!(1);
    body["elevationExpirationDate"] = json!("2026-03-02T09:00:00Z");
    assert_eq!(tenant.permit(&body).await.status, 200);
    assert_eq!(tenant.policies()[0]["elevation"], true);
    assert!(
        tenant
            .advance("1h")
            .await
            .to_string()
            .contains("elevation-expired")
    );
    assert_eq!(tenant.policies()[0]["elevation"], false);
    let mut past = tenant.filled(1).await;
    past["policyExpirationDate"] = json!("2026-01-01T00:00:00Z");
    past["elevationStatus"] = json!(1);
    past["elevationExpirationDate"] = json!("2026-01-01T00:00:00Z");
    assert_eq!(tenant.permit(&past).await.status, 200);
    let policy = &tenant.policies()[1];
    assert_eq!(
        (&policy["expired"], &policy["elevation"]),
        (&json!(true), &json!(false))
    );
}
