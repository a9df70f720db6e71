//! Where calls and keys may go, and how often a write is sent.

use super::*;

/// Every verb that an adapter uses, with the keys in headers and in bodies.
#[tokio::test]
async fn a_redirect_is_an_answer_and_never_followed() {
    let other = Server::start([]).await;
    let targets = [
        format!("{}/x", other.url()),
        format!("https://{}/x", other.addr),
        format!("//{}/x", other.addr),
        format!("http://127.0.0.1@{}/x", other.addr),
        "/elsewhere".to_owned(),
        "?take=1".to_owned(),
        String::new(),
    ];
    for status in [300, 301, 302, 303, 305, 307, 308] {
        for target in &targets {
            let answer = Act::Say(reply_with(status, &[("location", target)], ""));
            let server = Server::start(vec![answer; 6]).await;
            let http = http(&server.url());
            let mut seen = vec![http.read(&get()).await.expect("an answer").status];
            let sign_in = Post {
                path: "/token",
                form: vec![("client_secret", CANARY.into())],
                credentials: Some(vec![("authorization", CANARY.into())]),
            };
            seen.push(http.post(&sign_in).await.expect("an answer").status);
            let inquiry = Inquiry {
                path: "/list",
                query: Vec::new(),
                body: Some(serde_json::json!({"page": 1})),
                organization: CANARY.to_owned(),
                limit: 4096,
            };
            seen.push(http.inquire(&inquiry).await.expect("an answer").status);
            for method in [Method::Put, Method::Post, Method::Delete] {
                let body = Some(serde_json::json!({"reason": "no"}));
                let call = Call {
                    method,
                    body,
                    ..call()
                };
                let Written::Answered(reply) = http.write(&call).await else {
                    panic!("{status} to {target:?} is an answer");
                };
                seen.push(reply.status);
            }
            assert_eq!(seen, [status; 6], "{target:?}");
            assert_eq!(server.asked().len(), 6, "{status} to {target:?}");
        }
    }
    assert_eq!(other.asked().len(), 0);
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
