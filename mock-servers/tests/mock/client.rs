//! A client as plain as can be: one connection a call, bytes in, bytes out.

use std::collections::BTreeMap;
use std::io;

use mock_servers::{ClockMode, Given, Mocks, Options, Vendor};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("a JSON body")
    }

    pub(crate) fn ids(&self) -> Vec<u64> {
        let id = |row: &Value| {
            row["id"]
                .as_str()
                .expect("a string id")
                .parse()
                .expect("digits")
        };
        self.json()
            .as_array()
            .expect("an array")
            .iter()
            .map(id)
            .collect()
    }

    /// Whether the body is as long as the head said.
    pub(crate) fn whole(&self) -> bool {
        self.headers
            .get("content-length")
            .is_none_or(|length| length.parse() == Ok(self.body.len()))
    }
}

/// Mocks under test, and the way to call them.
pub(crate) struct Served {
    pub(crate) mocks: Mocks,
    pub(crate) address: String,
    pub(crate) admin: String,
    pub(crate) key: String,
}

pub(crate) fn noon() -> jiff::Timestamp {
    "2026-03-02T12:00:00Z".parse().expect("a time")
}

pub(crate) fn options() -> Options {
    Options {
        vendors: vec![Vendor::AdminByRequest],
        clock: ClockMode::Frozen,
        ..Options::new(noon)
    }
}

/// Three people, and requests with the ids of the vendor's document.
pub(crate) const WORLD: &str = r#"
[[admin-by-request.portal-user]]
email = "boss@example.com"
name = "Robin Boss"
[[admin-by-request.portal-user]]
email = "countersign@example.com"

[[admin-by-request.request]]
name = "cmd"
id = "65430027"
user = { account = 'AZUREAD\FASTTRACKSOFTWARESUP', full-name = "FastTrack Software Support", email = "support@fasttracksoftware.com", phone = "333.333.3333" }
computer = "FTWIN10-AALBORG-DENMARK"
reason = "Need to run a cmd"
at = 2026-03-01T11:25:27Z
app = { file = "cmd.exe", name = "Windows Command Processor", vendor = "Microsoft Corporation", version = "10.0.21390.1 (WinBuild.160101.0800)", sha256 = "61B4C38792F586995F8E1B8E935B2DE1D6C7941A71A57FC1A1269D2E1E3164CD" }

[[admin-by-request.request]]
name = "tor"
id = 65430100
at = 2026-03-02T07:00:00Z

[[admin-by-request.request]]
name = "session"
id = 65430200
type = "session"
at = 2026-03-02T07:10:00Z

[[admin-by-request.request]]
name = "approved"
id = 65430300
status = "approved"
at = 2026-03-02T07:20:00Z

[[admin-by-request.request]]
name = "denied"
id = 65430400
status = "denied"
denied-reason = "No"
at = 2026-03-02T07:30:00Z

[[admin-by-request.request]]
name = "quarantined"
id = 65430930
status = "quarantined"
app = { file = "keygen.exe", name = "keygen", threat = "Trojan" }
at = 2026-03-02T07:40:00Z

[[admin-by-request.request]]
name = "running"
id = 65430931
status = "started"
at = 2026-03-02T07:50:00Z

[[admin-by-request.request]]
name = "finished"
id = 65430940
status = "finished"
at = 2026-03-02T07:55:00Z
"#;

pub(crate) async fn serve(options: Options) -> Served {
    let mocks = Mocks::start(options).await.expect("mocks start");
    let queue = mocks
        .queues()
        .remove("admin-by-request")
        .expect("the queue");
    let address = queue
        .url
        .strip_prefix("http://")
        .expect("plain http")
        .to_owned();
    let admin = mocks
        .admin_url()
        .strip_prefix("http://")
        .expect("plain http")
        .to_owned();
    Served {
        key: queue.credentials["api-key"].clone(),
        mocks,
        address,
        admin,
    }
}

/// The world above.
pub(crate) async fn world() -> Served {
    with_dialects(&[]).await
}

pub(crate) async fn with_dialects(dialects: &[(&str, &str)]) -> Served {
    let own =
        |(key, value): &(&str, &str)| (format!("admin-by-request.{key}"), (*value).to_owned());
    serve(Options {
        world: Some(Given::from_toml(WORLD).expect("the world")),
        dialects: dialects.iter().map(own).collect(),
        ..options()
    })
    .await
}

impl Served {
    pub(crate) async fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
    ) -> io::Result<Answer> {
        let mut all = vec![("apikey", self.key.as_str())];
        all.extend(headers);
        raw(&self.address, method, path, &all, "").await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send("GET", path, &[]).await.expect("an answer")
    }

    pub(crate) async fn put(&self, path: &str) -> Answer {
        self.send("PUT", path, &[]).await.expect("an answer")
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.send("DELETE", path, &[]).await.expect("an answer")
    }

    pub(crate) async fn admin(&self, method: &str, path: &str, body: &str) -> Answer {
        let path = format!("/__mock/v1{path}");
        raw(&self.admin, method, &path, &[], body)
            .await
            .expect("an admin answer")
    }

    /// The journal, through the admin API.
    pub(crate) async fn journal(&self, filter: &str) -> Vec<Value> {
        let answer = self.admin("GET", &format!("/journal{filter}"), "").await;
        answer.json().as_array().expect("an array").clone()
    }

    pub(crate) async fn status_of(&self, id: u64) -> String {
        self.get(&format!("/requests/{id}")).await.json()["status"]
            .as_str()
            .expect("a status")
            .to_owned()
    }

    pub(crate) async fn faults(&self, faults: &str) {
        let answer = self.admin("PUT", "/faults", faults).await;
        assert_eq!(
            answer.status,
            200,
            "{}",
            String::from_utf8_lossy(&answer.body)
        );
    }
}

/// One call. An empty answer is an error of kind `UnexpectedEof`, a reset one of kind `ConnectionReset`.
pub(crate) async fn raw(
    address: &str,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> io::Result<Answer> {
    let mut stream = TcpStream::connect(address).await?;
    let mut head = format!("{method} {path} HTTP/1.1\r\nconnection: close\r\n");
    if !headers.iter().any(|(name, _)| *name == "host") {
        head.push_str(&format!("host: {address}\r\n"));
    }
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    if !body.is_empty() {
        head.push_str(&format!("content-length: {}\r\n", body.len()));
    }
    stream
        .write_all(format!("{head}\r\n{body}").as_bytes())
        .await?;
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).await?;
    parse(&bytes).ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
}

pub(crate) fn parse(bytes: &[u8]) -> Option<Answer> {
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n")?;
    let head = std::str::from_utf8(&bytes[..end]).ok()?;
    let mut lines = head.split("\r\n");
    let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
    let header = |line: &str| {
        line.split_once(": ")
            .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
    };
    Some(Answer {
        status,
        headers: lines.filter_map(header).collect(),
        body: bytes[end + 4..].to_vec(),
    })
}
