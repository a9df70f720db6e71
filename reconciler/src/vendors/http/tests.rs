//! One layer of retries, one origin, one send a write: against a server that says exactly what it is told.

mod oddities;
mod safety;
pub(crate) mod server;
mod streams;

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::*;
use crate::model::{Method, ReadErrorKind};
use server::{Act, Server, json, reply, reply_with};

const CANARY: &str = "c4n4ry-495e571a621440bab5b9e8e8c24b1a55";

/// Settings for a server on loopback, with pauses that no test waits for.
pub(crate) fn settings(url: &str) -> Settings {
    let noon: Timestamp = "2026-11-22T12:00:00Z".parse().expect("a moment");
    Settings {
        timeout: Duration::from_millis(500),
        connect_timeout: Duration::from_millis(300),
        patience: Patience {
            first: Duration::from_millis(2),
            longest: Duration::from_millis(4),
            budget: Duration::from_secs(3),
            ..Patience::default()
        },
        ..Settings::new(url, url, Arc::new(move || noon))
    }
}

fn http(url: &str) -> Http {
    Http::new(settings(url), &[("apikey", CANARY.into())]).expect("usable settings")
}

fn get() -> Get {
    Get {
        path: "/requests".to_owned(),
        query: vec![("take", "1000".to_owned())],
        limit: 4096,
    }
}

fn call() -> Call {
    Call {
        method: Method::Delete,
        path: "/requests/7".to_owned(),
        query: vec![(
            "reason".to_owned(),
            "CHG1: no & never +1 [cs:00000000]".to_owned(),
        )],
        body: None,
        organization: None,
        over: None,
    }
}

#[tokio::test]
async fn a_read_carries_key_and_query_and_reuses_its_connection() {
    let server = Server::start(vec![Act::Say(json(200, "[]")); 3]).await;
    let http = http(&server.url());
    for _ in 0..3 {
        let reply = http.read(&get()).await.expect("an answer");
        assert_eq!(
            (reply.status, reply.body.as_slice()),
            (200, b"[]".as_slice())
        );
        assert!(reply.may_be_json());
    }
    let asked = server.asked();
    assert!(
        asked[0]
            .head
            .starts_with("GET /requests?take=1000 HTTP/1.1\r\n")
    );
    assert!(asked[0].head.contains(&format!("apikey: {CANARY}\r\n")));
    assert!(!asked[0].head.to_lowercase().contains("referer"));
    assert!(
        asked.iter().all(|one| one.connection == 0),
        "one connection serves all reads"
    );
    assert_eq!(http.calls(), 3);
}

#[tokio::test]
async fn reads_try_again_only_where_that_can_help() {
    for status in [429, 500, 502, 503, 504, 408, 425] {
        let server = Server::start([Act::Say(json(status, "{}")), Act::Say(json(200, "[]"))]).await;
        assert_eq!(
            http(&server.url())
                .read(&get())
                .await
                .expect("an answer")
                .status,
            200,
            "{status}"
        );
        assert_eq!(server.asked().len(), 2);
    }
    for status in [400, 401, 403, 404, 405, 409, 422, 501, 304] {
        let server = Server::start([Act::Say(json(status, ""))]).await;
        assert_eq!(
            http(&server.url())
                .read(&get())
                .await
                .expect("an answer")
                .status,
            status
        );
        assert_eq!(server.asked().len(), 1, "{status} was tried again");
    }
    for act in [
        Act::Reset,
        Act::Hang,
        Act::SayAndClose(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n[]".to_vec()),
    ] {
        let server = Server::start([act, Act::Say(json(200, "[]"))]).await;
        assert_eq!(
            http(&server.url())
                .read(&get())
                .await
                .expect("an answer")
                .body,
            b"[]"
        );
    }
}

#[tokio::test]
async fn three_tries_are_all() {
    let server = Server::start(vec![Act::Say(json(503, "{}")); 9]).await;
    assert_eq!(
        http(&server.url())
            .read(&get())
            .await
            .expect("an answer")
            .status,
        503
    );
    assert_eq!(server.asked().len(), 3);
    let server = Server::start(vec![Act::Reset; 9]).await;
    let why = http(&server.url())
        .read(&get())
        .await
        .expect_err("no answer");
    assert_eq!(why.kind, ReadErrorKind::Unreachable);
    assert!(
        why.what.starts_with("GET /requests (take): ") && why.what.ends_with("3 tries"),
        "{}",
        why.what
    );
    assert_eq!(server.asked().len(), 3);
}

#[tokio::test]
async fn what_the_vendor_asks_to_wait_is_waited_or_ends_the_read() {
    let later = |header: &str, value: &str| Act::Say(reply_with(429, &[(header, value)], ""));
    for (header, value) in [
        ("retry-after", "600"),
        ("x-ratelimit-reset", "600"),
        ("retry-after", "99999999999999999999"),
    ] {
        let server = Server::start([later(header, value)]).await;
        let why = http(&server.url())
            .read(&get())
            .await
            .expect_err("too long");
        assert_eq!(why.kind, ReadErrorKind::RateLimited);
        assert_eq!(server.asked().len(), 1);
    }
    for (header, value) in [
        ("retry-after", "0"),
        ("retry-after", "-7"),
        ("retry-after", "soon"),
        ("retry-after", "Sun, 22 Nov 2026 11:00:00 GMT"),
    ] {
        let server = Server::start([later(header, value), Act::Say(json(200, "[]"))]).await;
        assert_eq!(
            http(&server.url())
                .read(&get())
                .await
                .expect("an answer")
                .status,
            200,
            "{value}"
        );
    }
    let server = Server::start([later("retry-after", "30")]).await;
    let Written::Answered(reply) = http(&server.url()).write(&call()).await else {
        panic!("no answer");
    };
    assert_eq!(
        (reply.status, reply.wait),
        (429, Some(Duration::from_secs(30)))
    );
    assert_eq!(server.asked().len(), 1);
}

#[tokio::test]
async fn bodies_are_whole_and_bounded() {
    let long = "x".repeat(5000);
    let chunked =
        format!("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1388\r\n{long}\r\n0\r\n\r\n");
    for act in [Act::Say(json(200, &long)), Act::Say(chunked.into_bytes())] {
        let server = Server::start([act]).await;
        let why = http(&server.url())
            .read(&get())
            .await
            .expect_err("too large");
        assert_eq!(why.kind, ReadErrorKind::Malformed);
        assert_eq!(server.asked().len(), 1, "a second try would be as large");
    }
    let cut = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\n[1,2,".to_vec();
    let server = Server::start(vec![Act::SayAndClose(cut); 3]).await;
    let why = http(&server.url()).read(&get()).await.expect_err("cut off");
    assert!(why.what.contains("did not arrive whole"), "{}", why.what);
}

#[tokio::test]
async fn a_drip_and_silence_end_at_the_time_limit() {
    let drip = Act::Drip(json(200, "[]"), Duration::from_millis(60));
    for act in [drip, Act::Stall] {
        let server = Server::start([act]).await;
        let mut settings = settings(&server.url());
        settings.timeout = Duration::from_millis(150);
        settings.patience.tries = 1;
        let http = Http::new(settings, &[]).expect("usable settings");
        let why = http.read(&get()).await.expect_err("too slow");
        assert_eq!(why.kind, ReadErrorKind::Unreachable);
        assert!(why.what.contains("time limit"), "{}", why.what);
    }
}

#[tokio::test]
async fn the_vendors_date_is_held_against_our_clock() {
    let dated = |date| Act::Say(reply_with(200, &[("date", date)], "[]"));
    let server = Server::start([
        dated("Sun, 22 Nov 2026 11:53:00 GMT"),
        dated("garbage"),
        dated("Sun, 22 Nov 2026 12:00:01 GMT"),
    ])
    .await;
    let http = http(&server.url());
    assert_eq!(http.clock_offset(), None);
    for seconds in [420, 420, -1] {
        http.read(&get()).await.expect("an answer");
        assert_eq!(
            http.clock_offset(),
            Some(SignedDuration::from_secs(seconds))
        );
    }
}

#[tokio::test]
async fn dropping_a_waiting_read_ends_it() {
    let server = Server::start([
        Act::Say(reply_with(503, &[("retry-after", "2")], "")),
        Act::Say(json(200, "[]")),
    ])
    .await;
    let http = http(&server.url());
    let get = get();
    tokio::select! {
        _ = http.read(&get) => panic!("it was to wait"),
        () = tokio::time::sleep(Duration::from_millis(100)) => {}
    }
    assert_eq!(server.asked().len(), 1);
}

#[tokio::test]
async fn the_rate_limit_holds_reads_and_writes_together() {
    let server = Server::start(vec![Act::Say(json(200, "[]")); 9]).await;
    let settings = Settings {
        rate: Some(2),
        ..settings(&server.url())
    };
    let http = Http::new(settings, &[]).expect("usable settings");
    http.read(&get()).await.expect("an answer");
    http.turn().await;
    assert!(matches!(http.write(&call()).await, Written::Answered(_)));
    let get = get();
    tokio::select! {
        _ = http.read(&get) => panic!("a third call within the minute"),
        () = tokio::time::sleep(Duration::from_millis(100)) => {}
    }
    assert_eq!(server.asked().len(), 2);
}
