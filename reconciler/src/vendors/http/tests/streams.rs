//! Bodies that are handed on as they come.

use std::ops::ControlFlow;

use super::*;

/// What was handed on, a text for each try, and what the read answered.
async fn streamed(http: &Http, get: &Get) -> (Vec<String>, Result<Reply, ReadError>) {
    let mut tries: Vec<Vec<u8>> = Vec::new();
    let mut take = |piece: Piece<'_>| {
        match piece {
            Piece::Begins => tries.push(Vec::new()),
            Piece::Bytes(bytes) => tries.last_mut().expect("it has begun").extend(bytes),
        }
        ControlFlow::Continue(())
    };
    let reply = http.stream(get, &mut take).await;
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
    (tries.into_iter().map(text).collect(), reply)
}

/// More than is looked through for secrets.
fn large() -> String {
    format!("[{}]", "1,".repeat(20_000))
}

fn wide() -> Get {
    Get {
        limit: 1 << 20,
        ..get()
    }
}

#[tokio::test]
async fn a_body_is_handed_on_and_the_reply_has_none() {
    for body in [large(), "[]".to_owned(), String::new()] {
        let server = Server::start([Act::Say(json(200, &body))]).await;
        let (tries, reply) = streamed(&http(&server.url()), &wide()).await;
        assert_eq!(tries, [body]);
        assert!(reply.expect("an answer").body.is_empty());
    }
}

#[tokio::test]
async fn a_body_that_is_cut_off_is_begun_anew_and_the_tries_are_bounded() {
    let body = large();
    let whole = json(200, &body);
    let cut = whole[..whole.len() - 7].to_vec();
    let server = Server::start([Act::SayAndClose(cut.clone()), Act::Say(whole)]).await;
    let (tries, reply) = streamed(&http(&server.url()), &wide()).await;
    assert_eq!((tries.len(), &tries[1]), (2, &body));
    assert!(body.starts_with(&tries[0]) && tries[0].len() < body.len());
    assert_eq!(reply.expect("an answer").status, 200);
    let server = Server::start(vec![Act::SayAndClose(cut); 9]).await;
    let (tries, reply) = streamed(&http(&server.url()), &wide()).await;
    assert_eq!(tries.len(), 3);
    let why = reply.expect_err("never whole");
    assert_eq!(why.kind, ReadErrorKind::Unreachable);
    assert!(why.what.ends_with("3 tries"), "{}", why.what);
}

#[tokio::test]
async fn what_is_no_success_in_json_is_not_handed_on() {
    for answer in [json(403, "4033"), reply(200, "text/html", "<html>")] {
        let server = Server::start([Act::Say(answer)]).await;
        let (tries, reply) = streamed(&http(&server.url()), &wide()).await;
        assert_eq!(tries, Vec::<String>::new());
        assert!(!reply.expect("an answer").body.is_empty());
    }
}

#[tokio::test]
async fn a_body_over_the_limit_is_an_error_with_a_length_and_without() {
    let body = large();
    let chunked = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n{:x}\r\n{body}\r\n0\r\n\r\n",
        body.len()
    );
    for answer in [json(200, &body), chunked.into_bytes()] {
        let server = Server::start([Act::Say(answer)]).await;
        let (_, reply) = streamed(&http(&server.url()), &get()).await;
        assert_eq!(reply.expect_err("too large").kind, ReadErrorKind::Malformed);
        assert_eq!(server.asked().len(), 1);
    }
}

#[tokio::test]
async fn a_secret_that_a_short_body_echoes_is_withheld() {
    let server = Server::start([Act::Say(json(200, &format!("[\"{CANARY}\"]")))]).await;
    let (tries, _) = streamed(&http(&server.url()), &wide()).await;
    assert_eq!(tries, ["[\"(withheld)\"]"]);
}

#[tokio::test]
async fn whoever_has_had_enough_is_given_no_more() {
    let server = Server::start([Act::Say(json(200, &large()))]).await;
    let mut pieces = 0;
    let mut take = |_: Piece<'_>| {
        pieces += 1;
        match pieces {
            1 => ControlFlow::Continue(()),
            _ => ControlFlow::Break(()),
        }
    };
    let reply = http(&server.url()).stream(&wide(), &mut take).await;
    assert_eq!((pieces, reply.expect("an answer").status), (2, 200));
}
