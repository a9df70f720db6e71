//! Generated queues: made while they are read, only touched rows are stored.

use mock_servers::{Given, Options, Vendor};
use serde_json::json;

use super::instance::{BASE, Instance, only_fudo, serve};

async fn queue(count: u64) -> Instance {
    serve(Options {
        generate: vec![(Vendor::Fudo, count)],
        ..only_fudo()
    })
    .await
}

async fn ids(instance: &Instance, query: &str) -> Vec<u64> {
    let body = instance.get(&format!("{BASE}?fields={query}")).await.json();
    let rows = body["access_request"].as_array().unwrap();
    let id = |row: &serde_json::Value| row["id"].as_str().unwrap().parse().unwrap();
    rows.iter().map(id).collect()
}

#[tokio::test]
async fn all_pages_have_every_row_once() {
    let instance = queue(2_345).await;
    let mut seen = Vec::new();
    for page in 0..24 {
        seen.extend(ids(&instance, &format!("&limit=100&offset={}", page * 100)).await);
    }
    assert_eq!(seen.len(), 2_345);
    assert!(seen.windows(2).all(|pair| pair[1] == pair[0] + 1));
    assert_eq!(instance.queue.pending.len(), 100);
    assert_eq!(instance.queue.pending[0], seen[0].to_string());
    let state = instance.state();
    assert_eq!(
        (&state["requests"], &state["counts"]),
        (&json!([]), &json!({ "pending": 2_345 }))
    );
}

#[tokio::test]
async fn only_touched_rows_are_stored_and_later_pages_move() {
    let instance = queue(1_000_000).await;
    let first: u64 = instance.queue.pending[0].parse().unwrap();
    let body = r#"{"accepted":false,"reason":"No"}"#;
    for place in [0, 7, 999_999] {
        let path = format!("{BASE}/{}/vote", first + place);
        assert_eq!(
            instance.send("approver", "POST", &path, body).await.status,
            200
        );
    }
    let beyond = format!("{BASE}/{}", first + 1_000_000);
    assert_eq!(instance.get(&beyond).await.status, 404);
    let state = instance.state();
    assert_eq!(state["requests"].as_array().unwrap().len(), 3);
    assert_eq!(
        state["counts"],
        json!({ "pending": 999_997, "rejected": 3 })
    );
    let pending = "&filter=status.in(pending)&limit=6&offset=5";
    assert_eq!(
        ids(&instance, pending).await,
        [6, 8, 9, 10, 11, 12].map(|place| first + place)
    );
    let rejected = ids(&instance, "&filter=status.in(rejected)").await;
    assert_eq!(rejected, [first, first + 7, first + 999_999]);
    assert_eq!(ids(&instance, "&offset=999998").await.len(), 2);
}

#[tokio::test]
async fn a_row_reads_the_same_before_and_after_it_is_stored() {
    let instance = queue(50).await;
    let id = instance.queue.pending[20].clone();
    let path = format!(
        "{BASE}/{id}?fields=reason,required_votes,account_id,server_name,user_id,created_at,immediate_interval,safe_id"
    );
    let before = instance.get(&path).await.json();
    let list = instance
        .get(&format!(
            "{BASE}?filter=id.in({id})&{}",
            path.split_once('?').unwrap().1
        ))
        .await
        .json();
    assert_eq!(list["access_request"][0], before["access_request"]);
    let vote = format!("{BASE}/{id}/vote");
    instance
        .send("approver", "POST", &vote, r#"{"accepted":true}"#)
        .await;
    assert_eq!(instance.get(&path).await.json(), before);
    assert_eq!(instance.state()["requests"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn generated_and_given_rows_stand_in_one_order_and_roles_and_filters_apply() {
    let world = "[[fudo.generate]]\ncount = 400\nat = 2026-03-02T08:00:00Z\n\
                 [[fudo.user]]\nname = \"narrow\"\nrole = \"admin\"\nsafes = [\"Databases\"]\n\
                 [[fudo.request]]\nname = \"last\"\nsafe = \"Databases\"\n";
    let instance = serve(Options {
        world: Some(Given::from_toml(world).unwrap()),
        ..only_fudo()
    })
    .await;
    let all = ids(&instance, "").await;
    assert_eq!(all.len(), 401);
    assert!(all.windows(2).all(|pair| pair[0] < pair[1]));
    assert_eq!(instance.state()["names"]["last"], all[400].to_string());
    let body = instance
        .send("narrow", "GET", &format!("{BASE}?fields=safe_name"), "")
        .await
        .json();
    let rows = body["access_request"].as_array().unwrap();
    assert!(rows.len() > 50 && rows.len() < 300);
    assert!(rows.iter().all(|row| row["safe_name"] == "Databases"));
    let two = ids(&instance, "&filter=required_votes.in(2)").await;
    assert!(two.len() > 50 && two.len() < 200);
    let immediate = ids(&instance, "&filter=type.in(scheduled)").await;
    assert!(immediate.is_empty());
}

#[tokio::test]
async fn a_default_limit_cuts_a_long_list() {
    for (key, value, query, expected) in [
        ("default-limit", "none", "", 1_500),
        ("default-limit", "50", "", 50),
        ("limit-over-1000", "served", "&limit=1200", 1_200),
        ("limit-over-1000", "clamped", "&limit=1200", 1_000),
    ] {
        let instance = serve(Options {
            generate: vec![(Vendor::Fudo, 1_500)],
            dialects: vec![(format!("fudo.{key}"), value.to_owned())],
            ..only_fudo()
        })
        .await;
        assert_eq!(ids(&instance, query).await.len(), expected, "{key} {value}");
    }
}
