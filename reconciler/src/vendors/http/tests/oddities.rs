//! Answers that are not quite HTTP, or not quite what it allows: what a read and a write make of them.

use super::*;

fn odd(head: &str, body: &str) -> Vec<u8> {
    format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n{head}\r\n{body}").into_bytes()
}

fn oddities() -> Vec<(&'static str, Vec<u8>)> {
    let interim = |count| "HTTP/1.1 102 Processing\r\n\r\n".repeat(count).into_bytes();
    let whole = || odd("content-length: 2\r\n", "[]");
    let chunked = |body: &str| odd("transfer-encoding: chunked\r\n", body);
    vec![
        ("as it should be", whole()),
        (
            "100 before it",
            [b"HTTP/1.1 100 Continue\r\n\r\n".to_vec(), whole()].concat(),
        ),
        (
            "1000 times 102 before it",
            [interim(1000), whole()].concat(),
        ),
        ("102 alone", interim(1)),
        (
            "101",
            b"HTTP/1.1 101 Switching\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n".to_vec(),
        ),
        ("its end is not marked", odd("", "[]")),
        (
            "HTTP/1.0, its end is not marked",
            b"HTTP/1.0 200 OK\r\n\r\n[]".to_vec(),
        ),
        (
            "a no whose end is not marked",
            b"HTTP/1.1 404 X\r\n\r\n".to_vec(),
        ),
        (
            "identity, its end is not marked",
            odd("transfer-encoding: identity\r\n", "[]"),
        ),
        (
            "a length that is too long",
            odd("content-length: 3\r\n", "[]"),
        ),
        (
            "a length that is too short",
            odd("content-length: 1\r\n", "[]"),
        ),
        (
            "twice the same length",
            odd("content-length: 2\r\ncontent-length: 2\r\n", "[]"),
        ),
        (
            "two lengths",
            odd("content-length: 2\r\ncontent-length: 1\r\n", "[]"),
        ),
        ("a negative length", odd("content-length: -2\r\n", "[]")),
        (
            "a huge length",
            odd("content-length: 99999999999999999999999\r\n", "[]"),
        ),
        ("chunks", chunked("1\r\n[\r\n1\r\n]\r\n0\r\n\r\n")),
        (
            "chunks and a length",
            odd(
                "content-length: 1\r\ntransfer-encoding: chunked\r\n",
                "2\r\n[]\r\n0\r\n\r\n",
            ),
        ),
        ("chunks without the last", chunked("2\r\n[]\r\n")),
        (
            "a chunk longer than it says",
            chunked("1\r\n[]\r\n0\r\n\r\n"),
        ),
        (
            "a chunk shorter than it says",
            chunked("3\r\n[]\r\n0\r\n\r\n"),
        ),
        (
            "a chunk of more than there is memory",
            chunked("ffffffffffffffff\r\n[]\r\n"),
        ),
        ("a chunk of no number", chunked("x\r\n[]\r\n0\r\n\r\n")),
        (
            "packed, which nobody asked for",
            odd("content-encoding: gzip\r\ncontent-length: 2\r\n", "[]"),
        ),
        (
            "a head of 1 MB",
            odd(
                &format!("x: {}\r\ncontent-length: 2\r\n", "a".repeat(1 << 20)),
                "[]",
            ),
        ),
        (
            "1000 headers",
            odd(
                &format!("{}content-length: 2\r\n", "x: a\r\n".repeat(1000)),
                "[]",
            ),
        ),
        ("no HTTP", b"SSH-2.0-OpenSSH_9.9\r\n".to_vec()),
        ("HTTP/2", b"\x00\x00\x00\x04\x00\x00\x00\x00\x00".to_vec()),
        ("HTTP/0.9", b"[]".to_vec()),
        ("TLS", vec![0x15, 3, 1, 0, 2, 2, 70]),
        ("nothing", Vec::new()),
    ]
}

/// Each on a connection that ends after it. A write is sent once, whatever it is answered.
#[tokio::test]
async fn odd_answers_are_read_as_they_are_or_not_at_all() {
    let mut table = String::new();
    for (name, bytes) in oddities() {
        let server = Server::start(vec![Act::SayAndClose(bytes); 4]).await;
        let http = http(&server.url());
        let written = match http.write(&call()).await {
            Written::Answered(reply) => shown(&reply),
            Written::Lost(why) => format!("lost: {why}"),
            Written::NotSent(why) => format!("not sent: {why}"),
        };
        assert_eq!(server.asked().len(), 1, "{name}");
        let read = match http.read(&get()).await {
            Ok(reply) => shown(&reply),
            Err(why) => why.what.replace("GET /requests (take): ", ""),
        };
        let read = read.trim_end_matches(", 3 tries");
        let same = written == read || written == format!("lost: {read}");
        assert!(same, "{name}: {written}, but {read}");
        table.push_str(&format!("{name:<36} {written}\n"));
    }
    insta::assert_snapshot!(table, @r"
    as it should be                      200 []
    100 before it                        200 []
    1000 times 102 before it             200 []
    102 alone                            lost: the answer did not arrive whole: the connection ended early
    101                                  101
    its end is not marked                lost: answered 200, and not where the answer ends: it may be cut off
    HTTP/1.0, its end is not marked      lost: answered 200, and not where the answer ends: it may be cut off
    a no whose end is not marked         lost: answered 404, and not where the answer ends: it may be cut off
    identity, its end is not marked      lost: answered 200, and not where the answer ends: it may be cut off
    a length that is too long            lost: the answer did not arrive whole: the connection ended early
    a length that is too short           200 [
    twice the same length                200 []
    two lengths                          lost: the answer did not arrive whole: it is not HTTP as it should be
    a negative length                    lost: the answer did not arrive whole: it is not HTTP as it should be
    a huge length                        lost: the answer did not arrive whole: it is not HTTP as it should be
    chunks                               200 []
    chunks and a length                  200 []
    chunks without the last              lost: the answer did not arrive whole: the connection ended early
    a chunk longer than it says          lost: the answer did not arrive whole: it is not HTTP as it should be
    a chunk shorter than it says         lost: the answer did not arrive whole: it is not HTTP as it should be
    a chunk of more than there is memory lost: the answer did not arrive whole: the connection ended early
    a chunk of no number                 lost: the answer did not arrive whole: it is not HTTP as it should be
    packed, which nobody asked for       lost: the answer is compressed, which was not asked for
    a head of 1 MB                       lost: the answer did not arrive whole: it is not HTTP as it should be
    1000 headers                         lost: the answer did not arrive whole: it is not HTTP as it should be
    no HTTP                              lost: the answer did not arrive whole: it is not HTTP as it should be
    HTTP/2                               lost: the answer did not arrive whole: it is not HTTP as it should be
    HTTP/0.9                             lost: the answer did not arrive whole: it is not HTTP as it should be
    TLS                                  lost: the answer did not arrive whole: it is not HTTP as it should be
    nothing                              lost: the answer did not arrive whole: the connection ended early
    ");
}

fn shown(reply: &Reply) -> String {
    let body = String::from_utf8_lossy(&reply.body);
    format!("{} {body}", reply.status).trim_end().to_owned()
}

/// Whatever stands behind an answer on the same connection is the answer to nothing.
#[tokio::test]
async fn an_answer_that_nobody_asked_for_is_none() {
    let two = [json(200, "[1]"), json(200, "[\"smuggled\"]")].concat();
    let server = Server::start([Act::Say(two), Act::Say(json(200, "[2]"))]).await;
    let http = http(&server.url());
    assert_eq!(http.read(&get()).await.expect("an answer").body, b"[1]");
    assert_eq!(http.read(&get()).await.expect("an answer").body, b"[2]");
    let asked = server.asked();
    assert_eq!(asked[1].connection, 1, "that connection is not used again");
}

/// A connection that ended while nobody used it is not the vendor's answer: the read goes out again.
#[tokio::test]
async fn a_kept_connection_may_end_before_the_next_read() {
    let server = Server::start([
        Act::SayAndClose(json(200, "[1]")),
        Act::SayAndClose(json(200, "[2]")),
    ])
    .await;
    let http = http(&server.url());
    for body in ["[1]", "[2]"] {
        let reply = http.read(&get()).await.expect("an answer");
        assert_eq!(reply.body, body.as_bytes());
    }
    assert_eq!(server.asked().len(), 2);
}
