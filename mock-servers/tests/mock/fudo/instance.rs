//! An instance under test: its world, and plain calls.

use mock_servers::{Given, Mocks, Options, Queue, Vendor};
use serde_json::{Value, json};

use crate::client::{Answer, options, raw};

/// An instance with one request of every kind; its clock stands at eight.
pub(super) const WORLD: &str = r#"
[[fudo.user]]
name = "requestor"
api = true
[[fudo.user]]
name = "narrow"
role = "admin"
safes = ["Databases"]
[[fudo.user]]
name = "legacy"
user-name = "legacy.admin"
domain = "EXAMPLE"
role = "superadmin"
password = "Old-Pa55 word"

[[fudo.request]]
name = "one"
id = "5620492334958379001"
reason = "nginx does not reload"
server = "web-srv-01"
account = "root"
interval = 2
at = 2026-03-02T07:00:00Z
[[fudo.request]]
name = "two"
id = "5620492334958379002"
required-votes = 2
[[fudo.request]]
name = "own"
id = "5620492334958379003"
user = "approver"
[[fudo.request]]
name = "granted"
id = "5620492334958379004"
status = "granted"
interval = 3
[[fudo.request]]
name = "granted-by-another"
id = "5620492334958379005"
status = "granted"
votes = [{ by = "boss" }]
[[fudo.request]]
name = "rejected"
id = "5620492334958379006"
status = "rejected"
votes = [{ by = "boss", accepted = false, reason = "Not today" }]
[[fudo.request]]
name = "revoked"
id = "5620492334958379007"
status = "revoked"
votes = [{ by = "boss" }]
[[fudo.request]]
name = "expired"
id = "5620492334958379008"
status = "expired"
type = "scheduled"
[[fudo.request]]
name = "removed"
id = "5620492334958379009"
removed = true
[[fudo.request]]
name = "window"
id = "5620492334958379010"
starts-at = 2026-03-02T09:00:00Z
expires-at = 2026-03-02T11:00:00Z
protocol = "rdp"
[[fudo.request]]
name = "pool"
id = "5620492334958379011"
pool = "Build farm"
[[fudo.request]]
name = "database"
id = "5620492334958379012"
safe = "Databases"
user = "mila.novak"
listeners = ["db-a", "db-b"]
webclient = true
[[fudo.request]]
name = "taken-back"
id = "5620492334958379013"
votes = [{ by = "approver", removed = true }]
[[fudo.request]]
name = "three"
id = "5620492334958379014"
required-votes = 3
votes = [{ by = "second-voter" }]
"#;

/// What every request's path begins with.
pub(super) const BASE: &str = "/api/v2/access_request";

/// The id of a request of the world above, by its last two digits.
pub(super) fn id(last: u64) -> String {
    format!("{}", 5_620_492_334_958_379_000 + last)
}

/// Mocks under test.
pub(super) struct Instance {
    pub(super) mocks: Mocks,
    pub(super) address: String,
    pub(super) admin: String,
    pub(super) queue: Queue,
}

pub(super) fn only_fudo() -> Options {
    Options {
        vendors: vec![Vendor::Fudo],
        ..options()
    }
}

pub(super) async fn serve(options: Options) -> Instance {
    let mocks = Mocks::start(options).await.expect("mocks start");
    let queue = mocks.queues().remove("fudo").expect("the queue");
    let plain = |url: &str| url.strip_prefix("http://").expect("plain http").to_owned();
    Instance {
        address: plain(&queue.url),
        admin: plain(&mocks.admin_url()),
        mocks,
        queue,
    }
}

/// An instance with a world of one's own.
pub(super) async fn of(world: &str, dialects: &[(&str, &str)]) -> Instance {
    let own = |(key, value): &(&str, &str)| (format!("fudo.{key}"), (*value).to_owned());
    serve(Options {
        world: Some(Given::from_toml(world).expect("the world")),
        dialects: dialects.iter().map(own).collect(),
        ..only_fudo()
    })
    .await
}

/// The world above.
pub(super) async fn instance() -> Instance {
    of(WORLD, &[]).await
}

/// The world above, with switches set.
pub(super) async fn with(dialects: &[(&str, &str)]) -> Instance {
    of(WORLD, dialects).await
}

impl Instance {
    /// The key of an identity; the approver is the credentials.
    pub(super) fn key(&self, who: &str) -> String {
        if who == "approver" {
            return self.queue.credentials["api-key"].clone();
        }
        self.queue.identities[who]["api-key"].clone()
    }

    /// A call with these headers alone.
    pub(super) async fn call(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Answer {
        raw(&self.address, method, path, headers, body)
            .await
            .expect("an answer")
    }

    /// A call as somebody.
    pub(super) async fn send(&self, who: &str, method: &str, path: &str, body: &str) -> Answer {
        let key = self.key(who);
        let mut headers = vec![("authorization", key.as_str())];
        if !body.is_empty() {
            headers.push(("content-type", "application/json"));
        }
        self.call(method, path, &headers, body).await
    }

    pub(super) async fn get(&self, path: &str) -> Answer {
        self.send("approver", "GET", path, "").await
    }

    /// One request, all of it.
    pub(super) async fn shown(&self, last: u64) -> Value {
        let answer = self.get(&format!("{BASE}/{}", id(last))).await;
        assert_eq!(answer.status, 200, "{:?}", said(&answer));
        answer.json()["access_request"].clone()
    }

    /// A list's ids, as their last two digits.
    pub(super) async fn ids(&self, who: &str, query: &str) -> Vec<u64> {
        let answer = self.send(who, "GET", &format!("{BASE}{query}"), "").await;
        assert_eq!(answer.status, 200, "{query}: {:?}", said(&answer));
        let body = answer.json();
        let rows = body["access_request"].as_array().expect("an array");
        let last = |row: &Value| row["id"].as_str().expect("text")[17..].parse();
        rows.iter().map(|row| last(row).expect("digits")).collect()
    }

    /// A vote; answers status and body text.
    pub(super) async fn vote(&self, who: &str, last: u64, body: Value) -> (u16, String) {
        let path = format!("{BASE}/{}/vote", id(last));
        said(&self.send(who, "POST", &path, &body.to_string()).await)
    }

    pub(super) async fn accept(&self, who: &str, last: u64) -> u16 {
        self.vote(who, last, json!({ "accepted": true })).await.0
    }

    pub(super) async fn reject(&self, who: &str, last: u64) -> u16 {
        let ballot = json!({ "accepted": false, "reason": "No" });
        self.vote(who, last, ballot).await.0
    }

    pub(super) async fn revoke(&self, who: &str, last: u64, body: Value) -> (u16, String) {
        let path = format!("{BASE}/{}/revoke", id(last));
        said(&self.send(who, "POST", &path, &body.to_string()).await)
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

    /// What an advance fired: kind, and the last two digits of the id.
    pub(super) async fn advance(&self, by: &str) -> Vec<(String, u64)> {
        let body = json!({ "by": by }).to_string();
        let told = self.admin("POST", "/clock/advance", &body).await.json();
        let one = |fired: &Value| {
            let last = fired["id"].as_str().expect("an id")[17..].parse();
            let kind = fired["kind"].as_str().expect("a kind").to_owned();
            (kind, last.expect("digits"))
        };
        let fired = told["fired"].as_array().expect("an array");
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
        self.mocks.state(Vendor::Fudo)
    }

    /// A request's row in the state.
    pub(super) fn row(&self, last: u64) -> Value {
        let state = self.state();
        let rows = state["requests"].as_array().expect("rows");
        let row = rows.iter().find(|row| row["id"] == id(last).as_str());
        row.expect("a stored request").clone()
    }

    pub(super) fn status(&self, last: u64) -> String {
        let status = self.row(last)["status"].clone();
        status.as_str().expect("a status").to_owned()
    }

    /// Every effect so far: verdict, last two digits of the id, by, state and why.
    pub(super) async fn effects(&self) -> Vec<[String; 5]> {
        let effects = self.journal("?kind=effect").await;
        let one = |own: &Value| {
            let mut row = ["verdict", "object", "by", "state", "because"]
                .map(|key| own[key].as_str().unwrap_or_default().to_owned());
            row[1] = row[1].split_off(17);
            row
        };
        effects.iter().map(one).collect()
    }
}

/// Status and body text.
pub(super) fn said(answer: &Answer) -> (u16, String) {
    let text = String::from_utf8(answer.body.clone()).expect("text");
    (answer.status, text)
}

/// An effect without a why.
pub(super) fn effect(verdict: &str, last: &str, by: &str, state: &str) -> [String; 5] {
    [verdict, last, by, state, ""].map(str::to_owned)
}
