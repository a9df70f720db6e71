//! A console under test: its world, and plain calls.

use mock_servers::{Given, Mocks, Options, Queue, Vendor};
use serde_json::{Value, json};

use crate::client::{Answer, options, raw};

/// The one address of the API.
pub(super) const LIST: &str = "/ekranapi/AccessRequests/GetEndpointAccessRequests";

/// Requests 1 to 8; the clock stands at eight.
pub(super) const WORLD: &str = r#"
[[ekran.request]]
name = "first"
id = 1
status = "approved"
user = 'LT-1\anna'
at = 2026-03-01T10:00:00Z
changed-at = 2026-03-01T10:05:00Z
session = "40m34s415ms"
productive = "28m2s869ms"
comment = "as agreed"
[[ekran.request]]
name = "denied"
id = 2
status = "denied"
by = "countersign"
at = 2026-03-01T11:00:00Z
changed-at = 2026-03-01T12:00:00Z
[[ekran.request]]
name = "expired"
id = 3
status = "expired"
remote-ip = ""
at = 2026-02-27T23:30:00Z
changed-at = 2026-03-01T13:00:00Z
[[ekran.request]]
name = "waiting"
id = 4
at = 2026-03-02T07:00:00Z
[[ekran.request]]
name = "unused"
id = 5
status = "approved"
at = 2026-03-02T00:00:00Z
[[ekran.request]]
name = "withdrawn"
id = 6
status = "withdrawn"
[[ekran.request]]
name = "fresh"
id = 7
at = 2026-03-02T08:00:00Z
[[ekran.request]]
name = "long"
id = 8
status = "approved"
at = 2026-03-02T07:59:59.5Z
session = "26h3m4s"
"#;

/// Mocks under test.
pub(super) struct Console {
    pub(super) mocks: Mocks,
    pub(super) address: String,
    pub(super) admin: String,
    pub(super) queue: Queue,
}

pub(super) fn only_ekran() -> Options {
    Options {
        vendors: vec![Vendor::Ekran],
        ..options()
    }
}

pub(super) async fn serve(options: Options) -> Console {
    let mocks = Mocks::start(options).await.expect("mocks start");
    let queue = mocks.queues().remove("ekran").expect("the queue");
    let plain = |url: &str| url.strip_prefix("http://").expect("plain http").to_owned();
    let address = plain(&queue.url);
    Console {
        address: address
            .strip_suffix("/ekranapi")
            .expect("the base")
            .to_owned(),
        admin: plain(&mocks.admin_url()),
        mocks,
        queue,
    }
}

/// A console with a world of one's own.
pub(super) async fn of(world: &str, dialects: &[(&str, &str)]) -> Console {
    let own = |(key, value): &(&str, &str)| (format!("ekran.{key}"), (*value).to_owned());
    serve(Options {
        world: Some(Given::from_toml(world).expect("the world")),
        dialects: dialects.iter().map(own).collect(),
        ..only_ekran()
    })
    .await
}

/// The world above.
pub(super) async fn console() -> Console {
    of(WORLD, &[]).await
}

/// The world above, with switches set.
pub(super) async fn with(dialects: &[(&str, &str)]) -> Console {
    of(WORLD, dialects).await
}

impl Console {
    /// A call with these headers alone.
    pub(super) async fn call(&self, method: &str, path: &str, headers: &[(&str, &str)]) -> Answer {
        raw(&self.address, method, path, headers, "")
            .await
            .expect("an answer")
    }

    pub(super) async fn get(&self, query: &str) -> Answer {
        let key = self.queue.credentials["api-key"].clone();
        let headers = [("ApiKey", key.as_str())];
        self.call("GET", &format!("{LIST}{query}"), &headers).await
    }

    /// The ids of a batch, and its cursor.
    pub(super) async fn batch(&self, query: &str) -> (Vec<u64>, Option<u64>) {
        let answer = self.get(query).await;
        assert_eq!(answer.status, 200, "{query}");
        let body = answer.json();
        let rows = body["requests"].as_array().expect("an array");
        let id = |row: &Value| row["id"].as_u64().expect("a number");
        (rows.iter().map(id).collect(), body["afterId"].as_u64())
    }

    pub(super) async fn ids(&self, query: &str) -> Vec<u64> {
        self.batch(query).await.0
    }

    /// A processed request as the API shows it.
    pub(super) async fn shown(&self, id: u64) -> Value {
        let body = self.get("").await.json();
        let rows = body["requests"].as_array().expect("an array");
        let row = rows.iter().find(|row| row["id"] == id);
        row.expect("a processed request").clone()
    }

    pub(super) async fn admin(&self, method: &str, path: &str, body: &str) -> Answer {
        let path = format!("/__mock/v1{path}");
        raw(&self.admin, method, &path, &[], body)
            .await
            .expect("an admin answer")
    }

    pub(super) async fn act(&self, deed: &str, body: Value) -> Answer {
        self.admin("POST", &format!("/actors/{deed}"), &body.to_string())
            .await
    }

    pub(super) async fn advance(&self, by: &str) -> Vec<(String, String)> {
        let body = json!({ "by": by }).to_string();
        let told = self.admin("POST", "/clock/advance", &body).await.json();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let fired = told["fired"].as_array().expect("an array");
        let one = |own: &Value| (text(&own["kind"]), text(&own["id"]));
        fired.iter().map(one).collect()
    }

    pub(super) async fn journal(&self, filter: &str) -> Vec<Value> {
        let answer = self.admin("GET", &format!("/journal{filter}"), "").await;
        answer.json().as_array().expect("an array").clone()
    }

    /// What the calls held that is in no document.
    pub(super) async fn strange(&self) -> Vec<String> {
        let calls = self.journal("?kind=call").await;
        let noted = calls.iter().filter_map(|call| call["strange"].as_array());
        let words = noted.flatten().map(|one| one.as_str().expect("text"));
        words.map(str::to_owned).collect()
    }

    pub(super) fn state(&self) -> Value {
        self.mocks.state(Vendor::Ekran)
    }
}
