//! The walk from batch to batch, under every reading of its cursor.

use mock_servers::{Given, Options, Vendor};
use serde_json::json;

use super::console::{Console, of, only_ekran, serve, with};

async fn history(count: u64, dialects: &[(&str, &str)]) -> Console {
    let own = |(key, value): &(&str, &str)| (format!("ekran.{key}"), (*value).to_owned());
    serve(Options {
        generate: vec![(Vendor::Ekran, count)],
        dialects: dialects.iter().map(own).collect(),
        ..only_ekran()
    })
    .await
}

// Walks until the cursor is null, a batch is empty or the cursor does not grow; answers what was read, and the calls.
async fn walk(console: &Console, count: u64, more: &str) -> (Vec<u64>, usize) {
    let (mut seen, mut calls, mut after) = (Vec::new(), 0, None);
    loop {
        let from = after.map_or(String::new(), |id| format!("&afterId={id}"));
        let query = format!("?count={count}{from}{more}");
        let (ids, next) = console.batch(&query).await;
        calls += 1;
        if ids.is_empty() {
            return (seen, calls);
        }
        seen.extend(ids);
        match next {
            Some(id) if after.is_none_or(|before| id > before) => after = Some(id),
            Some(_) | None => return (seen, calls),
        }
    }
}

#[tokio::test]
async fn every_reading_of_the_cursor_ends_and_has_every_request() {
    for (reading, last_page, calls) in [
        ("last", "null", 3),
        ("last", "cursor", 4),
        ("next", "null", 3),
        ("next", "cursor", 4),
        // Each batch begins one request after the one before.
        ("first", "null", 16),
        ("first", "cursor", 26),
    ] {
        let dialects = [("after-id", reading), ("last-page", last_page)];
        let console = history(25, &dialects).await;
        let (seen, made) = walk(&console, 10, "").await;
        let mut unique = seen.clone();
        unique.sort_unstable();
        unique.dedup();
        assert_eq!(unique.len(), 25, "{dialects:?}");
        assert_eq!(made, calls, "{dialects:?}");
        if reading != "first" {
            assert_eq!(seen.len(), 25, "no request twice");
        }
    }
}

#[tokio::test]
async fn a_batch_that_ends_with_the_last_request_has_no_cursor_or_one_to_nothing() {
    let console = history(20, &[]).await;
    assert_eq!(walk(&console, 10, "").await.1, 2);
    let (ids, cursor) = console.batch("?count=20").await;
    assert_eq!((ids.len(), cursor), (20, None));
    let other = history(20, &[("last-page", "cursor")]).await;
    let (ids, cursor) = other.batch("?count=20").await;
    assert_eq!(cursor, ids.last().copied());
    let (none, end) = other.batch(&format!("?afterId={}", cursor.unwrap())).await;
    assert_eq!((none, end), (vec![], None));
    assert_eq!(
        other.get("?count=0").await.json(),
        json!({ "afterId": null, "requests": [] })
    );
}

#[tokio::test]
async fn what_the_cursor_is_is_a_switch() {
    for (reading, cursor, rest) in [
        ("last", 2, vec![3, 5, 8]),
        ("first", 1, vec![2, 3, 5, 8]),
        ("next", 3, vec![3, 5, 8]),
    ] {
        let console = with(&[("after-id", reading)]).await;
        let (ids, told) = console.batch("?count=2").await;
        assert_eq!((ids, told), (vec![1, 2], Some(cursor)), "{reading}");
        let (ids, told) = console.batch(&format!("?afterId={cursor}")).await;
        assert_eq!((ids, told), (rest, None), "{reading}");
    }
}

#[tokio::test]
async fn a_thousand_come_at_once_and_no_more() {
    let console = history(2_500, &[]).await;
    let (ids, cursor) = console.batch("").await;
    assert_eq!((ids.len(), cursor), (1000, ids.last().copied()));
    let (seen, calls) = walk(&console, 1000, "").await;
    assert_eq!((seen.len(), calls), (2_500, 3));
    assert!(seen.windows(2).all(|pair| pair[0] < pair[1]));
}

#[tokio::test]
async fn a_walk_can_be_bounded_in_time() {
    let console = history(3_000, &[]).await;
    let (all, _) = walk(&console, 500, "").await;
    let (late, _) = walk(&console, 500, "&start=2026-02-15T08:00").await;
    assert!(late.len() > 1_000 && late.len() < 2_000, "{}", late.len());
    assert_eq!(late, all[3_000 - late.len()..]);
}

#[tokio::test]
async fn a_request_that_is_processed_late_comes_behind_the_cursor_that_passed_it() {
    let console = with(&[]).await;
    let (seen, cursor) = console.batch("?count=4").await;
    assert_eq!((seen, cursor), (vec![1, 2, 3, 5], Some(5)));
    let act = json!({ "id": "waiting", "decision": "approve" });
    assert_eq!(console.act("portal/decide", act).await.status, 200);
    assert_eq!(console.ids("?afterId=5").await, [8], "4 is behind");
    assert_eq!(
        console.ids("?start=2026-03-02T08:00").await,
        [4],
        "and found by its time"
    );
}

#[tokio::test]
async fn a_million_requests_are_walked_without_being_stored() {
    let console = history(1_000_000, &[]).await;
    let first: u64 = console.queue.pending[0].parse().unwrap();
    assert_eq!(console.queue.pending.len(), 100);
    let (ids, cursor) = console
        .batch(&format!("?afterId={}", first + 999_989))
        .await;
    assert_eq!((ids.len(), cursor), (10, None));
    assert_eq!(ids[9], first + 999_999);
    let state = console.state();
    assert_eq!(state["requests"], json!([]));
    assert_eq!(
        state["generated"],
        json!([{ "first": first.to_string(), "count": 1_000_000 }])
    );
    // History does not change.
    for (deed, body) in [
        (
            "portal/decide",
            json!({ "id": first.to_string(), "decision": "deny" }),
        ),
        ("user/start", json!({ "id": first.to_string() })),
        ("user/cancel", json!({ "id": first.to_string() })),
    ] {
        assert_eq!(console.act(deed, body).await.status, 409, "{deed}");
    }
}

#[tokio::test]
async fn generated_and_given_requests_stand_in_one_order() {
    let world = "[[ekran.generate]]\ncount = 30\nat = 2026-03-02T08:00:00Z\n\
                 [[ekran.request]]\nname = \"after\"\nstatus = \"denied\"\n\
                 [[ekran.request]]\nname = \"before\"\nid = 1\nstatus = \"denied\"\n";
    let console = of(world, &[]).await;
    let (seen, _) = walk(&console, 7, "").await;
    assert_eq!(seen.len(), 32);
    assert!(seen.windows(2).all(|pair| pair[0] < pair[1]));
    assert_eq!(seen[0], 1);
    let body = console.get("").await.json();
    let statuses: std::collections::BTreeSet<&str> = body["requests"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["status"].as_str().unwrap())
        .collect();
    assert_eq!(
        statuses.into_iter().collect::<Vec<_>>(),
        ["Approved", "Denied", "Expired"]
    );
    let refused = Given::from_toml("[[ekran.request]]\nstatus = \"processed\"").unwrap_err();
    assert!(refused.contains("approved"), "{refused}");
}
