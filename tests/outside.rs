//! What the tests of the command line look at from outside: text made comparable, and a mock asked over HTTP.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use serde_json::Value;

use crate::world::{QUEUE, Ran, World};

/// One HTTP call with a body of JSON; the answer's status and its body.
pub(crate) fn http(method: &str, url: &str, key: Option<&str>, body: &Value) -> (u16, Value) {
    let rest = url.strip_prefix("http://").expect("plain http");
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    let body = if body.is_null() {
        String::new()
    } else {
        body.to_string()
    };
    let key = key.map_or_else(String::new, |key| format!("apikey: {key}\r\n"));
    let mut stream = TcpStream::connect(host).expect("it listens");
    write!(
        stream,
        "{method} /{path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{key}Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("answered");
    let (head, body) = answer.split_once("\r\n\r\n").expect("a whole answer");
    let status = head.split(' ').nth(1).and_then(|code| code.parse().ok());
    let body = serde_json::from_str(body).unwrap_or(Value::Null);
    (status.expect("a status"), body)
}

impl World {
    /// Asks the mock's own API; panics unless it agrees.
    pub(crate) fn admin(&self, method: &str, path: &str, body: &Value) -> Value {
        let url = format!("{}/__mock/v1/{path}", self.mocks.admin_url());
        let (status, answer) = http(method, &url, None, body);
        assert_eq!(status, 200, "{method} {path}: {answer}");
        answer
    }

    /// A request as the vendor writes it.
    pub(crate) fn row(&self, id: &str) -> Value {
        let queue = &self.mocks.queues()[QUEUE];
        let key = queue.credentials["api-key"].clone();
        let (status, row) = http(
            "GET",
            &format!("{}/requests/{id}", queue.url),
            Some(&key),
            &Value::Null,
        );
        assert_eq!(status, 200, "{row}");
        row
    }

    /// Exit code, stdout and stderr of a command, the same on every machine and day.
    pub(crate) fn story(&self, ran: &Ran) -> String {
        let mut text = format!("exit {}\n", ran.code.unwrap_or(-1));
        for (name, stream) in [("stdout", &ran.out), ("stderr", &ran.err)] {
            if !stream.is_empty() {
                text.push_str(&format!("--- {name}\n{stream}"));
            }
        }
        self.same(&text)
    }

    /// Text without this run's ports, digests, version and folder.
    pub(crate) fn same(&self, text: &str) -> String {
        let folder = self.path("");
        let folder = folder.to_string_lossy();
        let queue = &self.mocks.queues()[QUEUE].url;
        let text = text
            .replace(folder.trim_end_matches('/'), "FOLDER")
            .replace(&self.mocks.admin_url(), "http://127.0.0.1:ADMIN")
            .replace(queue.as_str(), "http://127.0.0.1:PORT")
            .replace(env!("CARGO_PKG_VERSION"), "VERSION");
        without_digests(&text)
    }
}

/// `sha256:` and its digits are as long as before, so that wrapped lines stay as they are.
fn without_digests(text: &str) -> String {
    let mut parts = text.split("sha256:");
    let mut same = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let digits = part
            .find(|c: char| !c.is_ascii_hexdigit())
            .unwrap_or(part.len());
        same.push_str("sha256:");
        same.push_str(if digits > 8 { "HEX" } else { &part[..digits] });
        same.push_str(&part[digits..]);
    }
    same
}
