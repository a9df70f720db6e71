//! Whole runs: two are byte-equal, a restart forgets nothing that the seed gives, and the files a client starts from.

use mock_servers::{Options, Ports, write_ready_file};

use crate::client::{Served, options, serve};

async fn session(served: &Served) {
    let ids = served.get("/requests?status=pending").await.ids();
    served
        .put(&format!("/requests/{}?approvedby=boss@example.com", ids[0]))
        .await;
    served
        .delete(&format!("/requests/{}?reason=no", ids[1]))
        .await;
    served
        .faults(
            r#"[{"op":"admin-by-request.requests.approve","phase":"after-effect","kind":"reset"}]"#,
        )
        .await;
    served
        .send("PUT", &format!("/requests/{}", ids[2]), &[])
        .await
        .unwrap_err();
    served
        .admin(
            "POST",
            "/actors/user/submit",
            r#"{"request":{"reason":"more"}}"#,
        )
        .await;
    served
        .admin("POST", "/clock/advance", r#"{"by":"15d"}"#)
        .await;
    served.get("/auditlog").await;
}

#[tokio::test]
async fn two_runs_write_byte_equal_journals_and_states() {
    let folder = tempfile::tempdir().unwrap();
    let mut runs = Vec::new();
    for name in ["one.jsonl", "two.jsonl"] {
        let path = folder.path().join(name);
        let served = serve(Options {
            journal: Some(path.clone()),
            ..options()
        })
        .await;
        session(&served).await;
        let state = served
            .mocks
            .state(mock_servers::Vendor::AdminByRequest)
            .to_string();
        let memory: String = served
            .mocks
            .journal()
            .iter()
            .map(|entry| serde_json::to_string(entry).unwrap() + "\n")
            .collect();
        served.mocks.shutdown().await;
        let written = std::fs::read_to_string(&path).unwrap();
        assert_eq!(written, memory);
        runs.push((written, state));
    }
    assert_eq!(runs[0], runs[1]);
    let kinds = ["call", "effect", "fault", "actor", "clock"];
    assert!(
        kinds
            .iter()
            .all(|kind| runs[0].0.contains(&format!("\"kind\":\"{kind}\"")))
    );
}

#[tokio::test]
async fn another_seed_is_another_world() {
    let one = serve(options()).await;
    let two = serve(Options {
        seed: 2,
        ..options()
    })
    .await;
    assert_ne!(one.key, two.key);
    assert_ne!(
        one.get("/requests").await.ids(),
        two.get("/requests").await.ids()
    );
}

#[tokio::test]
async fn a_restart_on_the_same_ports_serves_the_same_world() {
    let served = serve(options()).await;
    let (key, ids) = (served.key.clone(), served.get("/requests").await.ids());
    let admin: u16 = served.admin.rsplit(':').next().unwrap().parse().unwrap();
    served.put(&format!("/requests/{}", ids[0])).await;
    served.mocks.shutdown().await;
    assert!(
        tokio::net::TcpStream::connect(&served.address)
            .await
            .is_err(),
        "nobody listens any more"
    );
    // The neighbouring port may be somebody else's; then there is nothing to compare.
    if let Ok(mocks) = mock_servers::Mocks::start(Options {
        ports: Ports::Base(admin),
        ..options()
    })
    .await
    {
        assert_eq!(mocks.admin_url(), format!("http://127.0.0.1:{admin}"));
        assert_eq!(
            mocks.queues()["admin-by-request"].url,
            format!("http://127.0.0.1:{}", admin + 1)
        );
        mocks.shutdown().await;
    }
    let again = serve(options()).await;
    assert_eq!(
        (again.key.clone(), again.get("/requests").await.ids()),
        (key, ids.clone())
    );
    assert_eq!(again.status_of(ids[0]).await, "Pending approval");
}

#[tokio::test]
async fn the_sample_has_the_variety_the_rules_need() {
    let served = serve(options()).await;
    let rows = served.get("/requests").await.json();
    let rows = rows.as_array().unwrap();
    let of = |status: &str| rows.iter().filter(|row| row["status"] == status).count();
    assert!(of("Pending approval") >= 6);
    for status in ["Approved", "Denied", "Quarantined", "Running", "Finished"] {
        assert!(of(status) >= 1, "{status}");
    }
    assert!(rows.iter().any(|row| row["type"] == "Session"));
    assert!(rows.iter().any(
        |row| row["status"] == "Pending approval" && row["application"]["scanResultCode"] == 1
    ));
    assert!(rows.iter().any(|row| {
        row["reason"]
            .as_str()
            .is_some_and(|reason| reason.contains('\u{1b}'))
    }));
}

#[tokio::test]
async fn the_ready_file_has_what_a_client_needs() {
    let served = serve(options()).await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ready.json");
    write_ready_file(&path, &served.mocks).unwrap();
    let ready: serde_json::Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    assert_eq!(ready, served.mocks.ready_document());
    assert_eq!(ready["admin"], format!("http://{}", served.admin));
    let queue = &ready["queues"]["admin-by-request"];
    assert_eq!(queue["url"], format!("http://{}", served.address));
    assert_eq!(queue["credentials"]["api-key"], served.key);
    assert!(queue["identities"].is_object());
    let pending: Vec<u64> = queue["sample"]["pending"]
        .as_array()
        .unwrap()
        .iter()
        .map(|id| id.as_str().unwrap().parse().unwrap())
        .collect();
    assert_eq!(pending, served.get("/requests?status=pending").await.ids());
    assert_eq!(
        std::fs::read_dir(folder.path()).unwrap().count(),
        1,
        "no temporary file is left"
    );
}

#[tokio::test]
async fn a_written_configuration_names_secrets_by_file_only() {
    let served = serve(options()).await;
    let folder = tempfile::tempdir().unwrap();
    for _ in 0..2 {
        served.mocks.write_config(folder.path()).unwrap();
    }
    let text = std::fs::read_to_string(folder.path().join("countersign.toml")).unwrap();
    assert!(!text.contains(&served.key));
    let config: toml::Table = toml::from_str(&text).unwrap();
    let queue = &config["queues"]["admin-by-request"];
    assert_eq!(config["schema"].as_integer(), Some(1));
    assert_eq!(
        queue["url"].as_str(),
        Some(format!("http://{}", served.address).as_str())
    );
    assert_eq!(queue["rate-limit"].as_str(), Some("none"));
    assert_eq!(queue["acting-as"].as_str(), Some("countersign@example.com"));
    assert_eq!(queue["deciders"][0].as_str(), Some("boss@example.com"));
    let secret = folder
        .path()
        .join(queue["credentials"]["api-key"]["file"].as_str().unwrap());
    assert_eq!(std::fs::read_to_string(&secret).unwrap(), served.key);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(
            std::fs::metadata(&secret).unwrap().permissions().mode() & 0o777,
            0o600
        );
    }
}
