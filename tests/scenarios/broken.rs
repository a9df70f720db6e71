//! Clients with one mistake each, as other people write them. Stories and explorations must find every one out.
//!
//! Each is this very test program under another first argument: what it gets right it leaves to the real client.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Command, ExitCode};

use serde_json::{Value, json};

/// The argument that turns this program into a broken client.
pub(crate) const ARGUMENT: &str = "--as-broken-client";

/// Each mistake, the story that finds it out, and the step in which. Those that a fault finds out are in `found_out.rs`.
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
    // The second page is taken to begin where the first one ended, although the queue has moved.
    ("pages-by-offset", "threatlocker/pages-move", "draft"),
];

/// `ARGUMENT MISTAKE REAL-CLIENT COMMAND…`
pub(crate) fn main(arguments: &[String]) -> ExitCode {
    let [mistake, real, command @ ..] = arguments else {
        return ExitCode::FAILURE;
    };
    let verb = command.first().map(String::as_str);
    let code = match (mistake.as_str(), verb) {
        ("reads-one-page", Some("draft")) if first_page_lacks_target(command) => 0,
        ("pages-by-offset", Some("draft")) => draft_by_offset(),
        ("reads-one-page" | "pages-by-offset", _) => delegate(real, command),
        ("shows-its-key", Some("apply")) => {
            for queue in queues() {
                eprintln!("debug: {}", queue.header);
            }
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
    let id = command.last().unwrap().rsplit('/').next().unwrap();
    let queue = &queues()[0];
    let page = send(queue, "GET", "/requests?status=pending&take=1000", None).unwrap();
    !page.text.contains(&format!("\"{id}\""))
}

fn draft_by_offset() -> u8 {
    const SIZE: usize = 100;
    let queue = &queues()[0];
    for number in 1.. {
        let body = json!({
            "isAscending": true, "orderBy": "dateTime", "pageNumber": number, "pageSize": SIZE,
            "showChildOrganizations": false, "showCurrentTierOnly": false, "statusId": 1,
        });
        let path = "/ApprovalRequest/ApprovalRequestGetByParameters";
        let page = send(queue, "POST", path, Some(&body)).unwrap();
        let (_, rows) = page.text.split_once("\r\n\r\n").unwrap();
        let rows: Vec<Value> = serde_json::from_str(rows).unwrap_or_default();
        std::fs::create_dir_all("decisions/threatlocker").unwrap();
        for row in &rows {
            let id = row["approvalRequestId"].as_str().unwrap();
            std::fs::write(format!("decisions/threatlocker/{id}.toml"), id).unwrap();
        }
        if rows.len() < SIZE {
            break;
        }
    }
    0
}

// One call for each change of the plan; nothing is looked at before, read back after, or written down.
fn apply(mistake: &str, plan: &str) -> u8 {
    let plan: Value = serde_json::from_str(&std::fs::read_to_string(plan).unwrap()).unwrap();
    let queues = queues();
    let mut exit = 0;
    for change in plan["plan"]["changes"].as_array().unwrap() {
        let queue = change["queue"].as_str().unwrap();
        let queue = queues.iter().find(|one| one.name == queue).unwrap();
        let call = &change["call"];
        let path = format!(
            "{}{}",
            call["path"].as_str().unwrap(),
            query(&call["query"])
        );
        let method = call["method"].as_str().unwrap();
        let mut body = call["body"].clone();
        if path.ends_with("/ApprovalRequestPermitApplication") {
            body = in_document(queue, change["request"].as_str().unwrap(), &body);
        }
        let body = Some(&body).filter(|body| !body.is_null());
        let sends = if mistake == "sends-until-answered" {
            5
        } else {
            1
        };
        let answered = (0..sends).any(|_| {
            let answer = send(queue, method, &path, body);
            let away = answer.as_ref().and_then(Answer::location);
            let answer = match away {
                Some(away) if mistake == "follows-redirects" => {
                    send(&queue.moved(&away), method, "", body)
                }
                Some(_) | None => answer,
            };
            answer.is_some_and(|answer| answer.text.starts_with("HTTP/1.1 2"))
        });
        if !answered {
            exit = match mistake {
                "reads-nothing-back" => 0,
                "sends-until-answered" | "calls-loss-failure" => 4,
                _ => 5,
            };
        }
    }
    println!("Apply complete!");
    exit
}

// ThreatLocker takes a permit as a changed document; what its status says is not looked at.
fn in_document(queue: &Queue, request: &str, permit: &Value) -> Value {
    fn lay(over: &Value, document: &mut Value) {
        match (over, document) {
            (Value::Object(over), Value::Object(document)) => {
                for (key, value) in over {
                    lay(value, document.entry(key).or_insert(Value::Null));
                }
            }
            (over, document) => *document = over.clone(),
        }
    }
    let path = format!(
        "/ApprovalRequest/ApprovalRequestGetPermitApplicationById?approvalRequestId={request}"
    );
    let answer = send(queue, "GET", &path, None);
    let body = answer.and_then(|answer| Some(answer.text.split_once("\r\n\r\n")?.1.to_owned()));
    let mut document = serde_json::from_str(&body.unwrap_or_default()).unwrap_or(Value::Null);
    lay(permit, &mut document);
    document
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
    let pairs: Vec<String> = pairs
        .as_array()
        .into_iter()
        .flatten()
        .map(|pair| format!("{}={}", escaped(&pair[0]), escaped(&pair[1])))
        .collect();
    if pairs.is_empty() {
        return String::new();
    }
    format!("?{}", pairs.join("&"))
}

struct Queue {
    name: String,
    host: String,
    base: String,
    /// The header that lets it in.
    header: String,
}

impl Queue {
    /// The same, at the address that a redirect names.
    fn moved(&self, to: &str) -> Self {
        let to = to.strip_prefix("http:").unwrap_or(to);
        let (host, path) = to.trim_start_matches('/').split_once('/').unwrap();
        Self {
            name: self.name.clone(),
            host: host.to_owned(),
            base: format!("/{path}"),
            header: self.header.clone(),
        }
    }
}

fn queues() -> Vec<Queue> {
    let config = std::fs::read_to_string("countersign.toml").unwrap();
    let config: toml::Table = config.parse().unwrap();
    let secret = |name: &str| {
        let text = std::fs::read_to_string(Path::new(".secrets").join(name)).unwrap();
        text.trim().to_owned()
    };
    let queues = config["queues"].as_table().unwrap();
    let queue = |(name, table): (&String, &toml::Value)| {
        let url = table["url"].as_str().unwrap();
        let rest = url.strip_prefix("http://").unwrap();
        let (host, base) = rest.split_once('/').unwrap_or((rest, ""));
        let header = match table["vendor"].as_str().unwrap() {
            "admin-by-request" => format!("apikey: {}", secret("admin-by-request.api-key")),
            "fudo" => format!("authorization: {}", secret("fudo.api-key")),
            "threatlocker" => format!("authorization: {}", secret("threatlocker.token")),
            // Another vendor would be missing one of these secrets.
            _ => {
                let user = table["credentials"]["run-as"].as_str().unwrap();
                let (key, password) = (
                    secret("beyondtrust.api-key"),
                    secret("beyondtrust.password"),
                );
                format!("authorization: PS-Auth key={key}; runas={user}; pwd=[{password}];")
            }
        };
        Queue {
            name: name.clone(),
            host: host.to_owned(),
            base: if base.is_empty() {
                String::new()
            } else {
                format!("/{base}")
            },
            header,
        }
    };
    queues.iter().map(queue).collect()
}

/// A whole answer, head and body.
struct Answer {
    text: String,
}

impl Answer {
    fn location(&self) -> Option<String> {
        let mut head = self.text.lines().take_while(|line| !line.is_empty());
        head.find_map(|line| line.strip_prefix("location: ").map(str::to_owned))
    }
}

// Nothing when the connection broke.
fn send(queue: &Queue, method: &str, path: &str, body: Option<&Value>) -> Option<Answer> {
    let body = body.map_or_else(String::new, Value::to_string);
    let kind = if body.is_empty() {
        ""
    } else {
        "content-type: application/json\r\n"
    };
    let Queue {
        host, base, header, ..
    } = queue;
    let length = body.len();
    let mut stream = TcpStream::connect(host).unwrap();
    write!(
        stream,
        "{method} {base}{path} HTTP/1.1\r\nhost: {host}\r\n{header}\r\n{kind}connection: close\r\ncontent-length: {length}\r\n\r\n{body}"
    )
    .ok()?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).ok()?;
    (!answer.is_empty()).then(|| Answer {
        text: String::from_utf8_lossy(&answer).into_owned(),
    })
}
