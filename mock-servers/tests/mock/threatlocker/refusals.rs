//! The vendor's errors, by name and by rule.

use mock_servers::Vendor;
use serde_json::json;

use super::tenant::{refused, tenant};

#[tokio::test]
async fn a_vendor_error_by_every_name() {
    for name in Vendor::ThreatLocker.errors() {
        let tenant = tenant().await;
        let fault = json!([{ "id": "f", "op": "threatlocker.*", "kind": "vendor-error", "name": name, "phase": "before-effect" }]);
        assert_eq!(
            tenant
                .admin("PUT", "/faults", &fault.to_string())
                .await
                .status,
            200,
            "{name}"
        );
        let (status, says) = refused(&tenant.list(json!({})).await);
        let code = name.strip_prefix("threatlocker:").unwrap();
        assert!(code.starts_with(&status.to_string()), "{name}: {status}");
        assert!(!says.is_empty());
    }
    let tenant = tenant().await;
    let wrong =
        r#"[{"id":"f","op":"threatlocker.*","kind":"vendor-error","name":"threatlocker:418"}]"#;
    assert_eq!(tenant.admin("PUT", "/faults", wrong).await.status, 400);
}

#[tokio::test]
async fn every_refusal_has_an_id_of_its_own_in_the_vendors_log() {
    let tenant = tenant().await;
    let list = "ApprovalRequest/ApprovalRequestGetByParameters";
    let one = tenant.post(list, &json!({})).await;
    let two = tenant.post(list, &json!({})).await;
    assert_eq!((refused(&one).0, refused(&two).0), (500, 500));
    assert_ne!(one.json()["LoggerId"], two.json()["LoggerId"]);
    assert_eq!(
        one.headers["content-type"],
        "application/json; charset=utf-8"
    );
}

#[tokio::test]
async fn a_rate_limit_is_a_fault_only() {
    let tenant = tenant().await;
    let fault = r#"[{"id":"f","op":"threatlocker.approval-requests.list","kind":"rate-limit","seconds":7}]"#;
    assert_eq!(tenant.admin("PUT", "/faults", fault).await.status, 200);
    let answer = tenant.list(json!({})).await;
    assert_eq!(
        (answer.status, answer.headers["retry-after"].as_str()),
        (429, "7")
    );
}
