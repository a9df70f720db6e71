//! Clients with one mistake each, as other people write them. The bundled scenarios must find every one out.
//!
//! Each is this very test program under another first argument: what it gets right it leaves to the real client.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Command, ExitCode};

use serde_json::Value;

/// The argument that turns this program into a broken client.
pub(crate) const ARGUMENT: &str = "--as-broken-client";

/// Each mistake, the story that finds it out, and the step in which.
pub(crate) const MISTAKES: &[(&str, &str, &str)] = &[
    // A lost answer is taken for a lost call.
    (
        "sends-until-answered",
        "admin-by-request/ack-lost/reset",
        "apply",
    ),
    // A lost answer is taken for a failure.
    (
        "calls-loss-failure",
        "admin-by-request/ack-lost/reset",
        "apply",
    ),
    // 200 is taken for done.
    ("trusts-ok", "admin-by-request/started-is-a-no-op", "apply"),
    // What the plan saw is taken for what is.
    (
        "sends-without-looking",
        "admin-by-request/portal-first/opposite",
        "apply",
    ),
    // The first page is taken for the queue.
    ("reads-one-page", "admin-by-request/paging", "draft"),
];

/// `ARGUMENT MISTAKE REAL-CLIENT COMMAND…`
pub(crate) fn main(arguments: &[String]) -> ExitCode {
    let [mistake, real, command @ ..] = arguments else {
        return ExitCode::FAILURE;
    };
    let verb = command.first().map(String::as_str);
    let code = match (mistake.as_str(), verb) {
        ("reads-one-page", Some("draft")) if first_page_lacks_target(command) => 0,
        ("reads-one-page", _) => delegate(real, command),
        ("shows-its-key", Some("apply")) => {
            eprintln!("debug: key {}", key());
            delegate(real, command)
        }
        (_, Some("apply")) => apply(mistake, &command[1]),
        _ => delegate(real, command),
    };
    ExitCode::from(code)
}

fn delegate(real: &str, command: &[String]) -> u8 {
    let status = Command::new(real).args(command).status().unwrap();
    u8::try_from(status.code().unwrap_or(1)).unwrap_or(1)
}

fn first_page_lacks_target(command: &[String]) -> bool {
    let id = command
        .last()
        .unwrap()
        .rsplit('/')
        .next()
        .unwrap()
        .to_owned();
    let page = send("GET", "/requests?status=pending&take=1000").unwrap();
    !page.contains(&format!("\"{id}\""))
}

fn apply(mistake: &str, plan: &str) -> u8 {
    let plan: Value = serde_json::from_str(&std::fs::read_to_string(plan).unwrap()).unwrap();
    let mut exit = 0;
    for change in plan["plan"]["changes"].as_array().unwrap() {
        let call = &change["call"];
        let path = format!(
            "{}{}",
            call["path"].as_str().unwrap(),
            query(&call["query"])
        );
        let method = call["method"].as_str().unwrap();
        let sends = if mistake == "sends-until-answered" {
            5
        } else {
            1
        };
        let answered = (0..sends)
            .any(|_| send(method, &path).is_some_and(|answer| answer.starts_with("HTTP/1.1 200")));
        if !answered {
            exit = 4;
        }
    }
    println!("Apply complete!");
    exit
}

fn query(pairs: &Value) -> String {
    let escaped = |value: &Value| -> String {
        let bytes = value.as_str().unwrap().bytes();
        bytes
            .map(|byte| {
                if byte.is_ascii_alphanumeric() {
                    char::from(byte).to_string()
                } else {
                    format!("%{byte:02X}")
                }
            })
            .collect()
    };
    let pairs = pairs.as_array().unwrap().iter();
    let pairs: Vec<String> = pairs
        .map(|pair| format!("{}={}", escaped(&pair[0]), escaped(&pair[1])))
        .collect();
    format!("?{}", pairs.join("&"))
}

fn key() -> String {
    std::fs::read_to_string(Path::new(".secrets/admin-by-request.api-key")).unwrap()
}

// The whole answer; nothing when the connection broke.
fn send(method: &str, path: &str) -> Option<String> {
    let config: toml::Table = std::fs::read_to_string("countersign.toml")
        .unwrap()
        .parse()
        .unwrap();
    let url = config["queues"]["admin-by-request"]["url"]
        .as_str()
        .unwrap();
    let key = key();
    let host = url.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(host).unwrap();
    write!(stream, "{method} {path} HTTP/1.1\r\nhost: {host}\r\napikey: {}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n", key.trim()).ok()?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).ok()?;
    (!answer.is_empty()).then(|| String::from_utf8_lossy(&answer).into_owned())
}
