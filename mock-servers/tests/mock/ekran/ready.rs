//! What a client starts from: the sample, the ready file, a written configuration, the page, and two equal runs.

use mock_servers::{Options, Vendor};
use serde_json::{Value, json};

use super::console::{Console, console, of, only_ekran, serve, with};

async fn sample() -> Console {
    serve(only_ekran()).await
}

#[tokio::test]
async fn the_ready_document_lists_what_was_processed() {
    let console = sample().await;
    let ready = console.mocks.ready_document();
    let queue = &ready["queues"]["ekran"];
    assert_eq!(queue["url"], format!("http://{}/ekranapi", console.address));
    let credentials = queue["credentials"].as_object().unwrap();
    assert_eq!(credentials.keys().collect::<Vec<_>>(), ["api-key"]);
    assert_eq!(queue["identities"], json!({}));
    let listed: Vec<String> = console.ids("").await.iter().map(u64::to_string).collect();
    assert!(listed.len() >= 6);
    assert_eq!(queue["sample"]["pending"], json!(listed));
    let ekran = Vendor::Ekran;
    assert_eq!(
        (ekran.port_offset(), ekran.url_suffix(), ekran.slug()),
        (5, "/ekranapi", "ekran")
    );
    let pass = |who| console.mocks.pass(ekran, who);
    let key = console.queue.credentials["api-key"].clone();
    assert_eq!(pass(None).unwrap(), [("apikey".to_owned(), key)]);
    assert!(pass(Some("boss")).is_err());
}

#[tokio::test]
async fn a_written_configuration_begins_with_the_oldest_sample_request() {
    for (console, since) in [
        (sample().await, "2026-03-02"),
        (console().await, "2026-02-27"),
        (with(&[("time-zone", "+02:00")]).await, "2026-02-28"),
        (
            of("[[ekran.request]]\nname = \"waits\"\n", &[]).await,
            "2026-03-02",
        ),
        (
            of("[[ekran.generate]]\ncount = 100\n", &[]).await,
            "2026-01-31",
        ),
    ] {
        let folder = tempfile::tempdir().unwrap();
        console.mocks.write_config(folder.path()).unwrap();
        let text = std::fs::read_to_string(folder.path().join("countersign.toml")).unwrap();
        let config: toml::Table = toml::from_str(&text).unwrap();
        let queue = &config["queues"]["ekran"];
        assert_eq!(queue["since"].as_str(), Some(since));
        assert_eq!(queue["rate-limit"].as_str(), Some("none"));
        let path = queue["credentials"]["api-key"]["file"].as_str().unwrap();
        let key = std::fs::read_to_string(folder.path().join(path)).unwrap();
        assert_eq!(key, console.queue.credentials["api-key"]);
        // All of it is selected by that day.
        let all = console.ids("").await;
        assert_eq!(console.ids(&format!("?start={since}")).await, all);
    }
}

#[tokio::test]
async fn the_sample_has_the_variety_the_rules_need() {
    let console = sample().await;
    let body = console.get("").await.json();
    let rows = body["requests"].as_array().unwrap();
    for status in ["Approved", "Denied", "Expired"] {
        assert!(rows.iter().any(|row| row["status"] == status), "{status}");
    }
    let has = |key: &str, part: &str| {
        rows.iter()
            .any(|row| row[key].as_str().is_some_and(|text| text.contains(part)))
    };
    assert!(has("sessionDuration", "1.02:03:04"));
    assert!(has("statusChangeComment", "HYPERLINK") && has("userName", "\u{202e}"));
    assert!(has("statusChangedBy", "countersign"));
    assert_eq!(console.state()["counts"]["pending"], 2);
}

#[tokio::test]
async fn two_runs_write_byte_equal_journals_and_states() {
    let mut runs = Vec::new();
    for _ in 0..2 {
        let console = sample().await;
        console.get("?count=3").await;
        console
            .act(
                "portal/decide",
                json!({ "id": "waiting", "decision": "approve" }),
            )
            .await;
        console.act("user/submit", json!({ "request": {} })).await;
        console.advance("2d").await;
        let journal: Vec<String> = console
            .mocks
            .journal()
            .iter()
            .map(|entry| serde_json::to_string(entry).unwrap())
            .collect();
        runs.push((
            journal,
            console.state().to_string(),
            console.queue.credentials.clone(),
        ));
    }
    assert_eq!(runs[0], runs[1]);
    let other = serve(Options {
        seed: 2,
        ..only_ekran()
    })
    .await;
    assert_ne!(other.queue.credentials, runs[0].2);
}

#[tokio::test]
async fn the_page_shows_what_waits_in_the_console() {
    let console = sample().await;
    let answer = crate::client::raw(&console.admin, "GET", "/", &[], "")
        .await
        .unwrap();
    let page = String::from_utf8(answer.body).unwrap();
    for part in [
        "Ekran System",
        "PENDING (2)",
        "<option>admin</option>",
        "data-vendor=ekran",
        "Endpoint access",
    ] {
        assert!(page.contains(part), "{part}");
    }
    assert!(!page.contains("<script>alert") && !page.contains('\u{202e}'));
}

#[tokio::test]
async fn the_pages_world_and_row_are_what_the_mock_reads_and_writes() {
    let page = include_str!("../../../../docs/ekran-mock.md");
    let block = |kind: &str| {
        let start = page.find(&format!("```{kind}\n")).unwrap();
        page[start..].split("```").nth(1).unwrap()[kind.len()..].to_owned()
    };
    let console = of(&block("toml"), &[]).await;
    let state = console.state();
    let rows = state["requests"].as_array().unwrap();
    let row = rows.iter().find(|row| row["name"] == "visit").unwrap();
    assert_eq!(row["status"], "approved");
    assert_eq!(
        state["counts"],
        json!({ "approved": 1, "generated": 1000, "pending": 1 })
    );
    let shown: Value = serde_json::from_str(&block("json")).unwrap();
    let members =
        |row: &Value| -> Vec<String> { row.as_object().unwrap().keys().cloned().collect() };
    assert_eq!(members(&shown), members(row));
    assert_eq!(members(&shown["session"]), members(&row["session"]));
}
