//! What a client starts from: the sample, the ready file, a written configuration, the page, and two equal runs.

use std::collections::BTreeSet;

use mock_servers::{Options, Ports, Vendor};
use serde_json::{Value, json};

use super::tenant::{BASE, Tenant, only_tenant, sample, serve};

fn find<'a>(state: &'a Value, name: &str) -> &'a Value {
    let rows = state["requests"].as_array().unwrap();
    rows.iter().find(|row| row["name"] == name).unwrap()
}

async fn listed(tenant: &Tenant, organization: &str, children: bool) -> Vec<String> {
    let body = json!({ "statusId": 1, "isAscending": true, "pageSize": 100, "showChildOrganizations": children });
    let path = "ApprovalRequest/ApprovalRequestGetByParameters";
    let rows = tenant
        .as_who("approver", organization, "POST", path, &body.to_string())
        .await
        .json();
    let id = |row: &Value| row["approvalRequestId"].as_str().unwrap().to_owned();
    rows.as_array().unwrap().iter().map(id).collect()
}

#[tokio::test]
async fn the_ready_document_has_token_organization_and_identities() {
    let tenant = sample().await;
    let ready = tenant.mocks.ready_document();
    let queue = &ready["queues"]["threatlocker"];
    assert_eq!(queue["url"], format!("http://{}{BASE}", tenant.address));
    let organization = queue["organization"].as_str().unwrap();
    assert_eq!(tenant.state()["organization"], organization);
    let mut tokens = BTreeSet::new();
    for entry in [
        &queue["credentials"],
        &queue["identities"]["viewer"],
        &queue["identities"]["pending-only"],
    ] {
        assert_eq!(entry.as_object().unwrap().len(), 1);
        assert_eq!(entry["token"].as_str().unwrap().len(), 64);
        tokens.insert(entry["token"].to_string());
    }
    assert_eq!(tokens.len(), 3);
    assert_eq!(
        queue["sample"]["pending"],
        json!(listed(&tenant, organization, false).await)
    );
}

#[tokio::test]
async fn a_written_configuration_names_the_organization_and_hides_the_token() {
    let tenant = sample().await;
    let folder = tempfile::tempdir().unwrap();
    tenant.mocks.write_config(folder.path()).unwrap();
    let text = std::fs::read_to_string(folder.path().join("countersign.toml")).unwrap();
    let config: toml::Table = toml::from_str(&text).unwrap();
    let queue = &config["queues"]["threatlocker"];
    assert_eq!(queue["vendor"].as_str(), Some("threatlocker"));
    assert_eq!(queue["url"].as_str(), Some(tenant.queue.url.as_str()));
    assert_eq!(
        queue["organization"].as_str(),
        tenant.state()["organization"].as_str()
    );
    let token = &tenant.queue.credentials["token"];
    let path = folder
        .path()
        .join(queue["credentials"]["token"]["file"].as_str().unwrap());
    assert_eq!(std::fs::read_to_string(path).unwrap(), *token);
    assert!(!text.contains(token));
}

#[tokio::test]
async fn the_sample_has_the_variety_the_rules_need() {
    let tenant = sample().await;
    let state = tenant.state();
    assert_eq!(tenant.queue.pending.len(), 8);
    assert_eq!(find(&state, "ticket")["ticket"], "CHG0031337");
    assert_eq!(find(&state, "elevation")["action"], "elevate");
    assert_eq!(find(&state, "storage")["action"], "storage");
    assert_eq!(find(&state, "child")["organization_name"], "Example Retail");
    assert_eq!(
        find(&state, "grandchild")["organization_name"],
        "Example Retail Nordics"
    );
    assert!(
        find(&state, "hostile")["path"]
            .as_str()
            .unwrap()
            .contains("HYPERLINK")
    );
    let systems: BTreeSet<String> = state["requests"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["os"].to_string())
        .collect();
    assert_eq!(systems.len(), 2);
    let statuses: BTreeSet<i64> = state["requests"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["status_id"].as_i64().unwrap())
        .collect();
    assert_eq!(statuses, BTreeSet::from([1, 4, 6, 10, 12, 13, 16]));
    let organization = state["organization"].as_str().unwrap();
    assert_eq!(listed(&tenant, organization, true).await.len(), 10);
    let row = find(&state, "matching");
    let body = json!({ "certs": [{ "subject": row["certificate"] }], "osType": 1 });
    let path = "Application/ApplicationGetMatchingList";
    let answer = tenant
        .as_who("viewer", organization, "POST", path, &body.to_string())
        .await
        .json();
    let found = &answer["matchingApplications"][0];
    assert_eq!(
        (&found["applicationName"], &found["organizationName"]),
        (&json!("Adobe Acrobat (Built-In)"), &json!("master"))
    );
}

#[tokio::test]
async fn every_sample_request_can_be_decided_both_ways() {
    for approve in [true, false] {
        let tenant = sample().await;
        for id in &tenant.queue.pending {
            let (path, body) = if approve {
                let path = format!(
                    "ApprovalRequest/ApprovalRequestGetPermitApplicationById?approvalRequestId={id}"
                );
                let mut body = tenant.as_who("approver", "", "GET", &path, "").await.json();
                if body["actionType"] == "storage" {
                    continue;
                }
                body["matchingApplications"]["newApplicationName"] = json!("New");
                ("ApprovalRequest/ApprovalRequestPermitApplication", body)
            } else {
                let body = json!({ "approvalRequestDtos": [{ "approvalRequestId": id }] });
                ("ApprovalRequest/ApprovalRequestUpdateForReject", body)
            };
            let answer = tenant
                .as_who("approver", "", "POST", path, &body.to_string())
                .await;
            assert_eq!(answer.status, 200, "{id}");
            assert!(tenant.strange().await.is_empty());
        }
        assert_eq!(
            listed(&tenant, "", false).await.len(),
            usize::from(approve),
            "storage has its own endpoint"
        );
    }
}

#[tokio::test]
async fn two_runs_write_byte_equal_journals_and_states() {
    let mut runs = Vec::new();
    for _ in 0..2 {
        let tenant = sample().await;
        listed(&tenant, "", true).await;
        for decision in ["approve", "deny"] {
            let id = &tenant.queue.pending[usize::from(decision == "deny")];
            tenant
                .act("portal/decide", json!({ "id": id, "decision": decision }))
                .await;
        }
        tenant.act("user/submit", json!({ "request": {} })).await;
        tenant
            .post("ApprovalRequest/ApprovalRequestUpdateForReject", &json!({}))
            .await;
        tenant.advance("1d").await;
        let journal: Vec<String> = tenant
            .mocks
            .journal()
            .iter()
            .map(|entry| serde_json::to_string(entry).unwrap())
            .collect();
        runs.push((
            journal,
            tenant.state().to_string(),
            tenant.queue.credentials.clone(),
        ));
    }
    assert_eq!(runs[0], runs[1]);
    let other = serve(Options {
        seed: 2,
        ..only_tenant()
    })
    .await;
    assert_ne!(other.queue.credentials["token"], runs[0].2["token"]);
    assert_ne!(other.queue.pending, sample().await.queue.pending);
}

#[tokio::test]
async fn a_snapshot_brings_back_requests_and_policies() {
    let tenant = sample().await;
    tenant
        .admin("POST", "/snapshots", r#"{"name":"one"}"#)
        .await;
    let before = tenant.state();
    let id = &tenant.queue.pending[0];
    tenant
        .act("portal/decide", json!({ "id": id, "decision": "approve" }))
        .await;
    assert_ne!(tenant.state(), before);
    tenant.admin("POST", "/snapshots/one/restore", "").await;
    assert_eq!(tenant.state(), before);
}

#[tokio::test]
async fn the_page_shows_the_tenant_and_obeys_no_text_in_it() {
    let tenant = sample().await;
    let answer = crate::client::raw(&tenant.admin, "GET", "/", &[], "")
        .await
        .unwrap();
    let page = String::from_utf8(answer.body).unwrap();
    for part in [
        "ThreatLocker",
        "PENDING (10)",
        "<option>boss@example.com</option>",
        "data-vendor=threatlocker",
        "Example Retail Nordics",
    ] {
        assert!(page.contains(part), "{part}");
    }
    assert!(
        !page.contains("<option>auditor@example.com</option>"),
        "who may only look decides nothing"
    );
    assert!(
        !page.contains("<script>alert") && !page.contains('\u{1b}') && !page.contains('\u{202e}')
    );
}

#[tokio::test]
async fn operations_and_openapi_describe_the_mock() {
    let tenant = sample().await;
    let operations = tenant
        .admin("GET", "/vendors/threatlocker/operations", "")
        .await
        .json();
    let writes: Vec<&str> = operations
        .as_array()
        .unwrap()
        .iter()
        .filter(|operation| operation["writes"] == true)
        .map(|operation| operation["id"].as_str().unwrap())
        .collect();
    assert_eq!(
        writes,
        ["permit", "reject", "ignore", "take-ownership"]
            .map(|name| format!("threatlocker.approval-requests.{name}"))
    );
    assert_eq!(operations.as_array().unwrap().len(), 14);
    let document = tenant
        .admin("GET", "/openapi/threatlocker", "")
        .await
        .json();
    let path = format!("{BASE}/ApprovalRequest/ApprovalRequestPermitApplication");
    assert_eq!(
        document["paths"][path]["post"]["operationId"],
        "threatlocker.approval-requests.permit"
    );
    let clauses = tenant
        .admin("GET", "/vendors/threatlocker/clauses", "")
        .await
        .json();
    assert!(clauses.as_array().unwrap().len() > 60);
}

#[tokio::test]
async fn the_port_is_the_third_behind_the_admins() {
    assert_eq!(Vendor::ThreatLocker.port_offset(), 3);
    let tenant = sample().await;
    let port: u16 = tenant.admin.rsplit(':').next().unwrap().parse().unwrap();
    tenant.mocks.shutdown().await;
    // The neighbouring port may be somebody else's; then there is nothing to compare.
    let based = Options {
        ports: Ports::Base(port),
        ..only_tenant()
    };
    if let Ok(mocks) = mock_servers::Mocks::start(based).await {
        assert_eq!(
            mocks.queues()["threatlocker"].url,
            format!("http://127.0.0.1:{}{BASE}", port + 3)
        );
        mocks.shutdown().await;
    }
}

#[tokio::test]
async fn the_pages_world_and_row_are_what_the_mock_reads_and_writes() {
    let page = include_str!("../../../../docs/threatlocker-mock.md");
    let block = |kind: &str| {
        let start = page.find(&format!("```{kind}\n")).unwrap();
        page[start..].split("```").nth(1).unwrap()[kind.len()..].to_owned()
    };
    let tenant = serve(Options {
        world: Some(mock_servers::Given::from_toml(&block("toml")).unwrap()),
        ..only_tenant()
    })
    .await;
    let state = tenant.state();
    assert_eq!(find(&state, "tool")["status"], "pending");
    assert_eq!(state["counts"], json!({ "pending": 1001 }));
    let shown: Value = serde_json::from_str(&block("json")).unwrap();
    let members =
        |row: &Value| -> Vec<String> { row.as_object().unwrap().keys().cloned().collect() };
    assert_eq!(members(&shown), members(find(&state, "tool")));
}
