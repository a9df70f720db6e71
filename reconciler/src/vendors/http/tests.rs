//! One layer of retries, one origin, one send a write: against a server that says exactly what it is told.

pub(crate) mod server;

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::*;
use crate::model::Method;
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
async fn a_redirect_is_an_answer_and_never_followed() {
    for status in [301, 302, 303, 307, 308] {
        let other = Server::start([]).await;
        let to = format!("{}/requests", other.url());
        let moved = Act::Say(reply_with(status, &[("location", &to)], ""));
        let server = Server::start([moved.clone(), moved]).await;
        let http = http(&server.url());
        assert_eq!(http.read(&get()).await.expect("an answer").status, status);
        assert!(
            matches!(http.write(&call()).await, Written::Answered(reply) if reply.status == status)
        );
        assert_eq!(other.asked().len(), 0, "{status} was followed");
        assert_eq!(server.asked().len(), 2);
    }
}

#[tokio::test]
async fn only_the_configured_origin_is_ever_called() {
    let server = Server::start([]).await;
    let other = Server::start([]).await;
    let http = http(&server.url());
    let hostile = [
        format!("@{}/requests", other.addr),
        "requests".to_owned(),
        "/../requests".to_owned(),
        "/requests/..%2f../x/../y".to_owned(),
        "/requests?take=1".to_owned(),
        "/requests#x".to_owned(),
        "\\\\evil/requests".to_owned(),
        "/a\tb".to_owned(),
        String::new(),
    ];
    for path in hostile {
        let why = http
            .read(&Get {
                path: path.clone(),
                ..get()
            })
            .await
            .expect_err(&path);
        assert_eq!(why.kind, ReadErrorKind::Malformed, "{path}");
        let written = http
            .write(&Call {
                path: path.clone(),
                ..call()
            })
            .await;
        assert!(matches!(written, Written::NotSent(_)), "{path}");
    }
    assert_eq!(
        (server.asked().len(), other.asked().len(), http.calls()),
        (0, 0, 0)
    );
}

#[test]
fn a_queue_that_could_leak_its_key_is_not_set_up() {
    let fails = |origin: &str, base: &str| {
        let settings = Settings {
            base_url: base.to_owned(),
            ..settings(origin)
        };
        Http::new(settings, &[("apikey", CANARY.into())])
            .expect_err(base)
            .to_string()
    };
    assert!(fails("http://abr.example.com", "http://abr.example.com").contains("not https"));
    assert!(
        fails(
            "http://127.0.0.1.example.com",
            "http://127.0.0.1.example.com"
        )
        .contains("not https")
    );
    assert!(fails("https://a.example.com", "https://b.example.com").contains("origin"));
    assert!(fails("https://a.example.com", "https://a.example.com:8443").contains("origin"));
    assert!(fails("https://a.example.com", "https://u:p@a.example.com").contains("user"));
    assert!(fails("https://a.example.com", "https://a.example.com?x=1").contains("query"));
    let settings = settings("http://127.0.0.1:9");
    let why =
        Http::new(settings, &[("apikey", format!("{CANARY}\n").into())]).expect_err("a line end");
    assert!(!format!("{why} {why:?}").contains("c4n4ry"));
    assert!(Http::new(self::settings("http://[::1]:9"), &[]).is_ok());
    assert!(Http::new(self::settings("http://localhost:9"), &[]).is_ok());
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
async fn each_write_has_a_connection_of_its_own() {
    let server = Server::start(vec![Act::Say(json(200, "")); 4]).await;
    let http = http(&server.url());
    for _ in 0..3 {
        assert!(
            matches!(http.write(&call()).await, Written::Answered(reply) if reply.status == 200)
        );
    }
    let asked = server.asked();
    assert_eq!(
        asked.iter().map(|one| one.connection).collect::<Vec<_>>(),
        [0, 1, 2]
    );
    let line = "DELETE /requests/7?reason=CHG1%3A%20no%20%26%20never%20%2B1%20%5Bcs%3A00000000%5D HTTP/1.1\r\n";
    assert!(asked[0].head.starts_with(line), "{}", asked[0].head);
}

#[tokio::test]
async fn a_write_is_sent_once_whatever_becomes_of_it() {
    let cut = b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{".to_vec();
    for act in [
        Act::Reset,
        Act::Hang,
        Act::Stall,
        Act::SayAndClose(cut),
        Act::SayAndClose(Vec::new()),
    ] {
        let server = Server::start([act]).await;
        let written = http(&server.url()).write(&call()).await;
        assert!(matches!(written, Written::Lost(_)), "{written:?}");
        assert_eq!(server.asked().len(), 1);
    }
    for status in [500, 503, 429, 408] {
        let server = Server::start([Act::Say(json(status, "{}"))]).await;
        assert!(matches!(
            http(&server.url()).write(&call()).await,
            Written::Answered(_)
        ));
        assert_eq!(server.asked().len(), 1);
    }
}

#[tokio::test]
async fn no_connection_means_not_sent() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a port");
    let addr = listener.local_addr().expect("its address");
    drop(listener);
    let http = http(&format!("http://{addr}"));
    let Written::NotSent(why) = http.write(&call()).await else {
        panic!("it cannot have been sent");
    };
    assert_eq!(why, "no connection: refused");
    let why = http.read(&get()).await.expect_err("no answer");
    assert_eq!(why.kind, ReadErrorKind::Unreachable);
    assert!(why.what.contains("refused"), "{}", why.what);
}

#[tokio::test]
async fn a_proxy_is_never_used_for_loopback() {
    let proxy = Server::start([]).await;
    let server = Server::start(vec![Act::Say(json(200, "[]")); 2]).await;
    let settings = Settings {
        proxy: Some(proxy.url()),
        ..settings(&server.url())
    };
    let http = Http::new(settings, &[]).expect("usable settings");
    assert_eq!(http.read(&get()).await.expect("an answer").status, 200);
    assert!(matches!(http.write(&call()).await, Written::Answered(_)));
    assert_eq!((proxy.asked().len(), server.asked().len()), (0, 2));
}

#[tokio::test]
async fn a_proxy_sees_the_host_but_never_the_key() {
    let proxy = Server::start(vec![Act::SayAndClose(reply(502, "text/plain", "")); 9]).await;
    let mut settings = settings("https://abr.invalid");
    settings.proxy = Some(proxy.url());
    let http = Http::new(settings, &[("apikey", CANARY.into())]);
    // Without any root certificate on the machine there is no TLS to set up, and nothing to see.
    let Ok(http) = http else { return };
    assert!(matches!(http.write(&call()).await, Written::NotSent(_)));
    let asked = proxy.asked();
    assert_eq!(asked.len(), 1);
    assert!(asked[0].head.starts_with("CONNECT abr.invalid:443 "));
    assert!(!asked[0].head.contains("c4n4ry"));
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
    assert!(matches!(http.write(&call()).await, Written::Answered(_)));
    let get = get();
    tokio::select! {
        _ = http.read(&get) => panic!("a third call within the minute"),
        () = tokio::time::sleep(Duration::from_millis(100)) => {}
    }
    assert_eq!(server.asked().len(), 2);
}

#[tokio::test]
async fn no_word_of_ours_holds_the_key_or_a_value() {
    let server = Server::start(vec![Act::Reset; 4]).await;
    let settings = Settings {
        proxy: Some("http://user:c4n4ry@proxy.example.com".to_owned()),
        ..settings(&server.url())
    };
    let http = Http::new(settings.clone(), &[("apikey", CANARY.into())]).expect("usable settings");
    let get = Get {
        query: vec![("status", "c4n4ry".to_owned())],
        ..get()
    };
    let read = http.read(&get).await.expect_err("no answer");
    let call = Call {
        query: vec![("reason".to_owned(), "c4n4ry".to_owned())],
        ..call()
    };
    let written = http.write(&call).await;
    let all = format!("{http:?} {settings:?} {read:?} {written:?}");
    assert!(!all.contains("c4n4ry"), "{all}");
}
