//! What a client starts from: the sample, the ready file, a written configuration, the page, and two equal runs.

use mock_servers::{Options, Ports};
use serde_json::{Value, json};

use super::vault::{BASE, only_vault, sample, serve};

#[tokio::test]
async fn the_ready_document_has_credentials_and_identities_in_full() {
    let vault = sample().await;
    let ready = vault.mocks.ready_document();
    let queue = &ready["queues"]["beyondtrust"];
    assert_eq!(queue["url"], format!("http://{}{BASE}", vault.address));
    let keys = [
        "api-key",
        "client-id",
        "client-secret",
        "password",
        "run-as",
    ];
    for entry in [
        &queue["credentials"],
        &queue["identities"]["requestor"],
        &queue["identities"]["requestor-approver"],
    ] {
        let named: Vec<&String> = entry.as_object().unwrap().keys().collect();
        assert_eq!(named, keys);
        assert_eq!(entry["api-key"].as_str().unwrap().len(), 128);
    }
    let caller = vault.sign_in("approver").await;
    let pending: Vec<String> = caller
        .ids("?queue=app&status=pending")
        .await
        .iter()
        .map(u64::to_string)
        .collect();
    assert_eq!(queue["sample"]["pending"], json!(pending));
}

#[tokio::test]
async fn a_written_configuration_has_one_way_in_and_a_plain_run_as() {
    let vault = sample().await;
    let folder = tempfile::tempdir().unwrap();
    vault.mocks.write_config(folder.path()).unwrap();
    let text = std::fs::read_to_string(folder.path().join("countersign.toml")).unwrap();
    let config: toml::Table = toml::from_str(&text).unwrap();
    let queue = &config["queues"]["beyondtrust"];
    assert_eq!(queue["vendor"].as_str(), Some("beyondtrust"));
    assert_eq!(queue["url"].as_str(), Some(vault.queue.url.as_str()));
    assert_eq!(queue["rate-limit"].as_str(), Some("none"));
    let credentials = queue["credentials"].as_table().unwrap();
    assert_eq!(credentials.len(), 3);
    assert_eq!(credentials["run-as"].as_str(), Some("svc-approver"));
    for key in ["api-key", "password"] {
        let path = folder
            .path()
            .join(credentials[key]["file"].as_str().unwrap());
        assert_eq!(
            std::fs::read_to_string(&path).unwrap(),
            vault.queue.credentials[key]
        );
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(
                std::fs::metadata(&path).unwrap().permissions().mode() & 0o777,
                0o600
            );
        }
    }
    assert_eq!(
        std::fs::read_dir(folder.path().join(".secrets"))
            .unwrap()
            .count(),
        2
    );
    for key in ["api-key", "password", "client-id", "client-secret"] {
        assert!(!text.contains(&vault.queue.credentials[key]), "{key}");
    }
}

fn find<'a>(state: &'a Value, name: &str) -> &'a Value {
    let rows = state["requests"].as_array().unwrap();
    rows.iter().find(|row| row["name"] == name).unwrap()
}

#[tokio::test]
async fn the_sample_has_the_variety_the_rules_need() {
    let vault = sample().await;
    let state = vault.state();
    assert!(vault.queue.pending.len() >= 6);
    assert_eq!(find(&state, "two-people")["approvals_needed"], 2);
    assert!(find(&state, "alias")["alias_id"].is_u64());
    assert!(find(&state, "application")["application_id"].is_u64());
    assert_eq!(find(&state, "ticket")["ticket"], "CHG0031337");
    assert_eq!(find(&state, "auto-approved")["auto_approved"], true);
    let people: std::collections::BTreeSet<&str> = state["requests"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["requestor"].as_str().unwrap())
        .collect();
    assert_eq!(people.len(), 2);
    let accounts = state["accounts"].as_array().unwrap();
    assert!(
        accounts
            .iter()
            .any(|account| account["api_access"] == false)
    );
    let policy = |account: &Value| {
        let policies = state["policies"].as_array().unwrap();
        policies
            .iter()
            .find(|policy| policy["name"] == account["policy"])
            .unwrap()
            .clone()
    };
    assert!(
        accounts
            .iter()
            .any(|account| policy(account)["ticket_required"] == true)
    );
    assert!(
        accounts
            .iter()
            .any(|account| policy(account)["schedules"][0]["auto_approve"] == true)
    );
    for status in ["denied", "checked-in", "expired", "cancelled"] {
        assert_eq!(find(&state, status)["status"], status);
    }
    assert!(
        find(&state, "hostile")["account"]
            .as_str()
            .unwrap()
            .contains("HYPERLINK")
    );
    assert!(
        find(&state, "hostile")["system"]
            .as_str()
            .unwrap()
            .contains('\u{202e}')
    );
}

#[tokio::test]
async fn every_sample_request_can_be_decided_both_ways() {
    for deed in ["Approve", "Deny"] {
        let vault = sample().await;
        let caller = vault.sign_in("approver").await;
        for id in &vault.queue.pending {
            assert_eq!(
                caller.put(&format!("Requests/{id}/{deed}")).await.status,
                204,
                "{id} {deed}"
            );
        }
        let left = caller.ids("?queue=app&status=pending").await;
        assert_eq!(
            left.len(),
            usize::from(deed == "Approve"),
            "one waits for a second approver"
        );
    }
}

#[tokio::test]
async fn two_runs_write_byte_equal_journals_and_states() {
    let mut runs = Vec::new();
    for _ in 0..2 {
        let vault = sample().await;
        let caller = vault.sign_in("approver").await;
        caller.get("Requests?queue=app").await;
        caller
            .put(&format!("Requests/{}/Approve", vault.queue.pending[0]))
            .await;
        caller
            .put(&format!("Requests/{}/Deny", vault.queue.pending[1]))
            .await;
        vault.act("user/submit", json!({ "request": {} })).await;
        vault.advance("1d").await;
        caller.send("POST", "Auth/Signout", "").await;
        let journal: Vec<String> = vault
            .mocks
            .journal()
            .iter()
            .map(|entry| serde_json::to_string(entry).unwrap())
            .collect();
        runs.push((
            journal,
            vault.state().to_string(),
            vault.queue.credentials.clone(),
        ));
    }
    assert_eq!(runs[0], runs[1]);
    let other = serve(Options {
        seed: 2,
        ..only_vault()
    })
    .await;
    assert_ne!(other.queue.credentials["api-key"], runs[0].2["api-key"]);
    assert_ne!(other.queue.pending, sample().await.queue.pending);
}

#[tokio::test]
async fn all_vendors_are_served_side_by_side() {
    let vault = serve(Options {
        vendors: Vec::new(),
        ..only_vault()
    })
    .await;
    let queues = vault.mocks.queues();
    assert_eq!(
        queues.keys().copied().collect::<Vec<_>>(),
        [
            "admin-by-request",
            "beyondtrust",
            "ekran",
            "fudo",
            "threatlocker"
        ]
    );
    let undecided = json!({ "id": "1", "decision": "deny" });
    assert_eq!(
        vault.act("portal/decide", undecided).await.status,
        400,
        "which vendor?"
    );
    let named =
        json!({ "vendor": "beyondtrust", "id": vault.queue.pending[0], "decision": "deny" });
    assert_eq!(vault.act("portal/decide", named).await.status, 200);
    let port: u16 = vault.admin.rsplit(':').next().unwrap().parse().unwrap();
    vault.mocks.shutdown().await;
    // The neighbouring ports may be somebody else's; then there is nothing to compare.
    let based = Options {
        vendors: Vec::new(),
        ports: Ports::Base(port),
        ..only_vault()
    };
    if let Ok(mocks) = mock_servers::Mocks::start(based).await {
        assert_eq!(
            mocks.queues()["beyondtrust"].url,
            format!("http://127.0.0.1:{}{BASE}", port + 2)
        );
        mocks.shutdown().await;
    }
}

#[tokio::test]
async fn the_page_shows_the_vault_and_obeys_no_text_in_it() {
    let vault = sample().await;
    let answer = crate::client::raw(&vault.admin, "GET", "/", &[], "")
        .await
        .unwrap();
    let page = String::from_utf8(answer.body).unwrap();
    for part in [
        "BeyondTrust Password Safe",
        "PENDING (8)",
        "(0 of 2 approvals)",
        "<option>boss</option>",
        "data-vendor=beyondtrust",
    ] {
        assert!(page.contains(part), "{part}");
    }
    assert!(
        !page.contains("<script>alert") && !page.contains('\u{1b}') && !page.contains('\u{202e}')
    );
}

#[tokio::test]
async fn a_snapshot_knows_the_sessions_of_its_time() {
    let vault = sample().await;
    let early = vault.sign_in("approver").await;
    vault.admin("POST", "/snapshots", r#"{"name":"one"}"#).await;
    let late = vault.sign_in("approver").await;
    early
        .put(&format!("Requests/{}/Deny", vault.queue.pending[0]))
        .await;
    vault.admin("POST", "/snapshots/one/restore", "").await;
    assert_eq!(early.get("TicketSystems").await.status, 200);
    assert_eq!(late.get("TicketSystems").await.status, 401);
    assert_eq!(
        vault.mocks.queues()["beyondtrust"].pending,
        vault.queue.pending
    );
}

#[tokio::test]
async fn operations_and_openapi_describe_the_mock() {
    let vault = sample().await;
    let operations = vault
        .admin("GET", "/vendors/beyondtrust/operations", "")
        .await
        .json();
    let reads: Vec<&str> = operations
        .as_array()
        .unwrap()
        .iter()
        .filter(|operation| operation["writes"] == false)
        .map(|operation| operation["id"].as_str().unwrap())
        .collect();
    assert_eq!(
        reads,
        [
            "beyondtrust.auth.sign-app-in",
            "beyondtrust.auth.signout",
            "beyondtrust.auth.token",
            "beyondtrust.requests.list",
            "beyondtrust.ticket-systems.list"
        ]
    );
    assert_eq!(operations.as_array().unwrap().len(), 12);
    let document = vault.admin("GET", "/openapi/beyondtrust", "").await.json();
    let path = format!("{BASE}/Requests/{{id}}/Approve");
    assert_eq!(
        document["paths"][path]["put"]["operationId"],
        "beyondtrust.requests.approve"
    );
    let clauses = vault
        .admin("GET", "/vendors/beyondtrust/clauses", "")
        .await
        .json();
    assert!(clauses.as_array().unwrap().len() > 60);
}

#[tokio::test]
async fn the_pages_world_and_row_are_what_the_mock_reads_and_writes() {
    let page = include_str!("../../../../docs/beyondtrust-mock.md");
    let block = |kind: &str| {
        let start = page.find(&format!("```{kind}\n")).unwrap();
        page[start..].split("```").nth(1).unwrap()[kind.len()..].to_owned()
    };
    let vault = serve(Options {
        world: Some(mock_servers::Given::from_toml(&block("toml")).unwrap()),
        ..only_vault()
    })
    .await;
    let state = vault.state();
    assert_eq!(find(&state, "root")["status"], "active");
    assert_eq!(state["counts"], json!({ "active": 1, "pending": 1000 }));
    let shown: Value = serde_json::from_str(&block("json")).unwrap();
    let members =
        |row: &Value| -> Vec<String> { row.as_object().unwrap().keys().cloned().collect() };
    assert_eq!(members(&shown), members(find(&state, "root")));
}
