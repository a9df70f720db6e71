//! What a client starts from: the sample, the ready file, a written configuration, the page, and two equal runs.

use mock_servers::{Options, Vendor};
use serde_json::{Value, json};

use super::instance::{BASE, Instance, of, only_fudo, serve};

async fn sample() -> Instance {
    serve(only_fudo()).await
}

fn find<'a>(state: &'a Value, name: &str) -> &'a Value {
    let rows = state["requests"].as_array().unwrap();
    rows.iter().find(|row| row["name"] == name).unwrap()
}

#[tokio::test]
async fn the_ready_document_has_the_voter_and_a_second_one() {
    let instance = sample().await;
    let ready = instance.mocks.ready_document();
    let queue = &ready["queues"]["fudo"];
    assert_eq!(queue["url"], format!("http://{}", instance.address));
    assert_eq!(queue["voter"], "countersign");
    let credentials = queue["credentials"].as_object().unwrap();
    assert_eq!(credentials.keys().collect::<Vec<_>>(), ["api-key"]);
    let names: Vec<&String> = queue["identities"].as_object().unwrap().keys().collect();
    assert_eq!(names, ["operator", "second-voter"]);
    let second = queue["identities"]["second-voter"].as_object().unwrap();
    assert_eq!(second.keys().collect::<Vec<_>>(), ["api-key"]);
    assert_eq!(second["api-key"].as_str().unwrap().len(), 64);
    let list = format!("{BASE}?fields=&filter=status.in(pending)");
    let body = instance.get(&list).await.json();
    let listed = body["access_request"].as_array().unwrap().iter();
    let listed: Vec<Value> = listed.map(|row| row["id"].clone()).collect();
    assert_eq!(queue["sample"]["pending"], json!(listed));
    let fudo = Vendor::Fudo;
    assert_eq!(
        (fudo.port_offset(), fudo.url_suffix(), fudo.slug()),
        (4, "", "fudo")
    );
}

#[tokio::test]
async fn a_written_configuration_has_the_key_in_a_file() {
    let instance = sample().await;
    let folder = tempfile::tempdir().unwrap();
    instance.mocks.write_config(folder.path()).unwrap();
    let text = std::fs::read_to_string(folder.path().join("countersign.toml")).unwrap();
    let config: toml::Table = toml::from_str(&text).unwrap();
    let queue = &config["queues"]["fudo"];
    for (key, value) in [
        ("vendor", "fudo"),
        ("voter", "countersign"),
        ("rate-limit", "none"),
        ("url", &instance.queue.url),
    ] {
        assert_eq!(queue[key].as_str(), Some(value), "{key}");
    }
    assert!(queue.get("ca-file").is_none());
    let credentials = queue["credentials"].as_table().unwrap();
    assert_eq!(credentials.len(), 1);
    let path = credentials["api-key"]["file"].as_str().unwrap();
    let key = std::fs::read_to_string(folder.path().join(path)).unwrap();
    assert_eq!(key, instance.key("approver"));
    assert!(!text.contains(&key));
}

#[tokio::test]
async fn the_login_of_a_world_is_told_and_not_configured() {
    let world = "[[fudo.user]]\nname = \"approver\"\npassword = \"Pa55\"\n";
    let instance = of(world, &[]).await;
    let keys = &instance.queue.credentials;
    assert_eq!(
        (keys["user-name"].as_str(), keys["password"].as_str()),
        ("countersign", "Pa55")
    );
    let folder = tempfile::tempdir().unwrap();
    instance.mocks.write_config(folder.path()).unwrap();
    let text = std::fs::read_to_string(folder.path().join("countersign.toml")).unwrap();
    assert!(!text.contains("password") && !text.contains("user-name"));
}

#[tokio::test]
async fn the_sample_has_the_variety_the_rules_need() {
    let instance = sample().await;
    let state = instance.state();
    assert!(instance.queue.pending.len() >= 6);
    assert_eq!(find(&state, "two-votes")["required_votes"], 2);
    assert_eq!(
        find(&state, "one-vote-so-far")["votes"][0]["by"],
        "jonas.lind"
    );
    assert_eq!(find(&state, "web-root")["required_votes"], 1);
    assert_eq!(find(&state, "window")["type"], "scheduled");
    assert_eq!(find(&state, "pool")["server"], json!(null));
    assert_eq!(find(&state, "removed")["removed"], true);
    for status in ["granted", "rejected", "revoked", "expired"] {
        assert_eq!(find(&state, status)["status"], status);
    }
    let hostile = find(&state, "hostile");
    assert!(
        hostile["account"]["name"]
            .as_str()
            .unwrap()
            .contains("HYPERLINK")
    );
    assert!(
        hostile["server"]["name"]
            .as_str()
            .unwrap()
            .contains('\u{202e}')
    );
    for id in &instance.queue.pending {
        assert_eq!(id.len(), 19);
    }
}

#[tokio::test]
async fn every_sample_request_can_be_decided_both_ways() {
    for body in [
        r#"{"accepted":true}"#,
        r#"{"accepted":false,"reason":"No"}"#,
    ] {
        let instance = sample().await;
        for id in &instance.queue.pending {
            let path = format!("{BASE}/{id}/vote");
            assert_eq!(
                instance.send("approver", "POST", &path, body).await.status,
                200,
                "{id}"
            );
        }
        let left = instance.state()["counts"]["pending"].clone();
        let expected = if body.contains("true") {
            json!(1)
        } else {
            json!(null)
        };
        assert_eq!(left, expected, "one waits for a second vote");
    }
}

#[tokio::test]
async fn two_runs_write_byte_equal_journals_and_states() {
    let mut runs = Vec::new();
    for _ in 0..2 {
        let instance = sample().await;
        instance.get(BASE).await;
        let vote = format!("{BASE}/{}/vote", instance.queue.pending[0]);
        instance
            .send("approver", "POST", &vote, r#"{"accepted":true}"#)
            .await;
        instance.act("user/submit", json!({ "request": {} })).await;
        instance.advance("1d").await;
        let journal: Vec<String> = instance
            .mocks
            .journal()
            .iter()
            .map(|entry| serde_json::to_string(entry).unwrap())
            .collect();
        runs.push((
            journal,
            instance.state().to_string(),
            instance.key("approver"),
        ));
    }
    assert_eq!(runs[0], runs[1]);
    let other = serve(Options {
        seed: 2,
        ..only_fudo()
    })
    .await;
    assert_ne!(other.key("approver"), runs[0].2);
    assert_ne!(other.queue.pending, sample().await.queue.pending);
}

#[tokio::test]
async fn the_page_shows_the_instance_and_obeys_no_text_in_it() {
    let instance = sample().await;
    let answer = crate::client::raw(&instance.admin, "GET", "/", &[], "")
        .await
        .unwrap();
    let page = String::from_utf8(answer.body).unwrap();
    for part in [
        "Fudo Enterprise",
        "PENDING (8)",
        "(1 of 2 votes)",
        "<option>boss</option>",
        "data-vendor=fudo",
        "for 24 h",
    ] {
        assert!(page.contains(part), "{part}");
    }
    assert!(
        !page.contains("<script>alert") && !page.contains('\u{1b}') && !page.contains('\u{202e}')
    );
    assert!(!page.contains("<option>anna.berg"), "she may not vote");
}

#[tokio::test]
async fn operations_and_clauses_describe_the_mock() {
    let instance = sample().await;
    let operations = instance
        .admin("GET", "/vendors/fudo/operations", "")
        .await
        .json();
    let writes: Vec<&str> = operations
        .as_array()
        .unwrap()
        .iter()
        .filter(|operation| operation["writes"] == true)
        .map(|operation| operation["id"].as_str().unwrap())
        .collect();
    let known = [
        "fudo.access-requests.vote",
        "fudo.access-requests.revoke",
        "fudo.batch",
    ];
    assert_eq!(writes, known);
    let document = instance.admin("GET", "/openapi/fudo", "").await.json();
    let path = "/api/v2/access_request/{id}/vote";
    assert_eq!(document["paths"][path]["post"]["operationId"], known[0]);
    let clauses = instance
        .admin("GET", "/vendors/fudo/clauses", "")
        .await
        .json();
    assert!(clauses.as_array().unwrap().len() > 40);
}

#[tokio::test]
async fn the_pages_world_and_row_are_what_the_mock_reads_and_writes() {
    let page = include_str!("../../../../docs/fudo-mock.md");
    let block = |kind: &str| {
        let start = page.find(&format!("```{kind}\n")).unwrap();
        page[start..].split("```").nth(1).unwrap()[kind.len()..].to_owned()
    };
    let instance = of(&block("toml"), &[]).await;
    let state = instance.state();
    assert_eq!(find(&state, "root")["status"], "pending");
    assert_eq!(state["counts"], json!({ "pending": 1001, "granted": 1 }));
    let shown: Value = serde_json::from_str(&block("json")).unwrap();
    let members =
        |row: &Value| -> Vec<String> { row.as_object().unwrap().keys().cloned().collect() };
    assert_eq!(members(&shown), members(find(&state, "root")));
}
