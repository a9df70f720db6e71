//! A vault under test: its world, people who have signed in, and plain calls.

use std::collections::BTreeMap;

use mock_servers::{Given, Mocks, Options, Queue, Vendor};
use serde_json::{Value, json};

use crate::client::{Answer, options, raw};

/// What every path begins with.
pub(super) const BASE: &str = "/BeyondTrust/api/public/v3";

/// A vault with one request of every kind. Accounts are 40 to 59, requests 1001 and up.
pub(super) const WORLD: &str = r#"
[[beyondtrust.ticket-system]]
id = 3
name = "ServiceNow"
description = "Changes"
[[beyondtrust.ticket-system]]
id = 4
name = "Jira"

[[beyondtrust.policy]]
name = "two people"
approvers = 2
[[beyondtrust.policy]]
name = "change"
ticket-required = true
rotation-override = false
[[beyondtrust.policy]]
name = "hours"
[[beyondtrust.policy.schedule]]
id = 501
from = "07:00"
to = "18:00"
access-types = ["View", "SSH"]
approvers = 2
[[beyondtrust.policy.schedule]]
id = 502
days = ["mon"]
access-types = ["View"]
[[beyondtrust.policy.schedule]]
id = 503
from = "18:00"
access-types = ["RDP"]

[[beyondtrust.system]]
id = 21
name = "WEB-SRV-01"
[[beyondtrust.system]]
id = 22
name = "FIN-SRV-07"

[[beyondtrust.account]]
id = 41
name = "root"
system = "WEB-SRV-01"
[[beyondtrust.account]]
id = 42
name = "Administrator"
system = "FIN-SRV-07"
systems = ["WEB-SRV-01"]
domain = "EXAMPLE"
policy = "two people"
[[beyondtrust.account]]
id = 43
name = "svc_probe"
system = "WEB-SRV-01"
auto-approve = true
[[beyondtrust.account]]
id = 44
name = "krbtgt"
system = "FIN-SRV-07"
api-access = false
[[beyondtrust.account]]
id = 45
name = "admin"
system = "WEB-SRV-01"
policy = "change"
[[beyondtrust.account]]
id = 46
name = "officer"
system = "FIN-SRV-07"
approvers = 7
[[beyondtrust.account]]
id = 47
name = "student"
system = "FIN-SRV-07"
rotates = false
[[beyondtrust.account]]
id = 48
name = "clerk"
system = "FIN-SRV-07"
policy = "hours"
[[beyondtrust.account]]
id = 49
name = "oracle"
system = "FIN-SRV-07"
[[beyondtrust.account]]
id = 50
name = "free"
system = "WEB-SRV-01"
[[beyondtrust.account]]
id = 51
name = "off"
system = "WEB-SRV-01"
api-access = false
[[beyondtrust.account]]
id = 52
name = "three"
system = "WEB-SRV-01"
approvers = 3

[[beyondtrust.alias]]
id = 61
name = "db-primary"
account = "oracle"
[[beyondtrust.alias]]
id = 62
name = "spare"
account = "free"
[[beyondtrust.alias]]
id = 63
name = "switched-off"
account = "off"
[[beyondtrust.application]]
id = 71
name = "SSMS"

# Somebody whose role is for one account only.
[[beyondtrust.user]]
name = "narrow"
run-as = "mila.novak"
role = "approver"
accounts = ["free"]

[[beyondtrust.request]]
name = "root"
id = 1001
account = 41
access-type = "SSH"
duration = 120
reason = "nginx does not reload"
at = 2026-03-02T07:00:00Z
[[beyondtrust.request]]
name = "two"
id = 1002
account = 42
at = 2026-03-02T07:00:00Z
[[beyondtrust.request]]
name = "own"
id = 1003
account = "STO-SRV-01/root"
requestor = "requestor-approver"
[[beyondtrust.request]]
name = "active"
id = 1004
account = "STO-SRV-02/root"
status = "active"
duration = 60
[[beyondtrust.request]]
name = "active-by-another"
id = 1005
account = "STO-SRV-03/root"
status = "active"
approved-by = ["boss"]
[[beyondtrust.request]]
name = "automatic"
id = 1006
account = 43
[[beyondtrust.request]]
name = "denied"
id = 1007
account = 41
status = "denied"
[[beyondtrust.request]]
name = "checked-in"
id = 1008
account = 41
status = "checked-in"
[[beyondtrust.request]]
name = "expired"
id = 1009
account = 41
status = "expired"
[[beyondtrust.request]]
name = "alias"
id = 1010
alias = "db-primary"
[[beyondtrust.request]]
name = "application"
id = 1011
account = "SQL-SRV-03/sa"
application = "SSMS"
[[beyondtrust.request]]
name = "ticket"
id = 1012
account = 45
ticket = "CHG0031337"
[[beyondtrust.request]]
name = "api-off"
id = 1013
account = 44
[[beyondtrust.request]]
name = "keeps-its-password"
id = 1014
account = "STO-SRV-04/root"
rotate-on-check-in = false
[[beyondtrust.request]]
name = "student"
id = 1015
account = 47
rotate-on-check-in = false
"#;

/// Mocks under test.
pub(super) struct Vault {
    pub(super) mocks: Mocks,
    pub(super) address: String,
    pub(super) admin: String,
    pub(super) queue: Queue,
}

/// Somebody who has signed in.
pub(super) struct Caller<'a> {
    vault: &'a Vault,
    pub(super) cookie: String,
}

pub(super) fn only_vault() -> Options {
    Options {
        vendors: vec![Vendor::BeyondTrust],
        ..options()
    }
}

pub(super) async fn serve(options: Options) -> Vault {
    let mocks = Mocks::start(options).await.expect("mocks start");
    let queue = mocks.queues().remove("beyondtrust").expect("the queue");
    let address = queue.url.strip_prefix("http://").expect("plain http");
    let address = address.strip_suffix(BASE).expect("the base").to_owned();
    let admin = mocks.admin_url();
    let admin = admin
        .strip_prefix("http://")
        .expect("plain http")
        .to_owned();
    Vault {
        mocks,
        address,
        admin,
        queue,
    }
}

/// The world above.
pub(super) async fn vault() -> Vault {
    with(&[]).await
}

/// The world above, with switches set.
pub(super) async fn with(dialects: &[(&str, &str)]) -> Vault {
    let own = |(key, value): &(&str, &str)| (format!("beyondtrust.{key}"), (*value).to_owned());
    serve(Options {
        world: Some(Given::from_toml(WORLD).expect("the world")),
        dialects: dialects.iter().map(own).collect(),
        ..only_vault()
    })
    .await
}

/// The sample world.
pub(super) async fn sample() -> Vault {
    serve(only_vault()).await
}

impl Vault {
    /// What an identity signs in with; the approver is the credentials.
    pub(super) fn keys(&self, who: &str) -> &BTreeMap<String, String> {
        if who == "approver" {
            return &self.queue.credentials;
        }
        &self.queue.identities[who]
    }

    pub(super) fn ps_auth(&self, who: &str) -> String {
        let keys = self.keys(who);
        format!(
            "PS-Auth key={}; runas={}; pwd=[{}];",
            keys["api-key"], keys["run-as"], keys["password"]
        )
    }

    /// A call below the base, with these headers alone.
    pub(super) async fn call(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Answer {
        let path = format!("{BASE}/{path}");
        raw(&self.address, method, &path, headers, body)
            .await
            .expect("an answer")
    }

    pub(super) async fn sign_in(&self, who: &str) -> Caller<'_> {
        let header = self.ps_auth(who);
        let headers = [("authorization", header.as_str())];
        let answer = self.call("POST", "Auth/SignAppIn", &headers, "").await;
        assert_eq!(answer.status, 200);
        Caller {
            vault: self,
            cookie: cookie(&answer),
        }
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

    pub(super) async fn advance(&self, by: &str) -> Value {
        let body = json!({ "by": by }).to_string();
        self.admin("POST", "/clock/advance", &body).await.json()
    }

    pub(super) async fn journal(&self, filter: &str) -> Vec<Value> {
        let answer = self.admin("GET", &format!("/journal{filter}"), "").await;
        answer.json().as_array().expect("an array").clone()
    }

    pub(super) fn state(&self) -> Value {
        self.mocks.state(Vendor::BeyondTrust)
    }

    /// A request's row in the state.
    pub(super) fn row(&self, id: u64) -> Value {
        let state = self.state();
        let rows = state["requests"].as_array().expect("rows");
        let id = id.to_string();
        let row = rows.iter().find(|row| row["id"] == id.as_str());
        row.expect("a stored request").clone()
    }

    pub(super) fn status(&self, id: u64) -> String {
        self.row(id)["status"]
            .as_str()
            .expect("a status")
            .to_owned()
    }

    /// The only effect so far: verdict, object, by and state.
    pub(super) async fn one_effect(&self) -> [String; 4] {
        let effects = self.journal("?kind=effect").await;
        assert_eq!(effects.len(), 1, "{effects:?}");
        ["verdict", "object", "by", "state"]
            .map(|key| effects[0][key].as_str().unwrap_or_default().to_owned())
    }
}

impl Caller<'_> {
    pub(super) async fn send(&self, method: &str, path: &str, body: &str) -> Answer {
        let headers = [
            ("cookie", self.cookie.as_str()),
            ("content-type", "application/json"),
        ];
        self.vault.call(method, path, &headers, body).await
    }

    pub(super) async fn get(&self, path: &str) -> Answer {
        self.send("GET", path, "").await
    }

    pub(super) async fn put(&self, path: &str) -> Answer {
        self.send("PUT", path, "").await
    }

    /// A filing; answers status and body text.
    pub(super) async fn file(&self, body: Value) -> (u16, String) {
        said(&self.send("POST", "Requests", &body.to_string()).await)
    }

    /// The ids of a list.
    pub(super) async fn ids(&self, query: &str) -> Vec<u64> {
        let answer = self.get(&format!("Requests{query}")).await;
        assert_eq!(answer.status, 200, "{query}: {:?}", said(&answer));
        let rows = answer.json();
        let id = |row: &Value| row["RequestID"].as_u64().expect("a number");
        rows.as_array().expect("an array").iter().map(id).collect()
    }

    /// What a call is told: status and body text.
    pub(super) async fn told(&self, method: &str, path: &str, body: &str) -> (u16, String) {
        said(&self.send(method, path, body).await)
    }
}

/// Status and body text.
pub(super) fn said(answer: &Answer) -> (u16, String) {
    let text = String::from_utf8(answer.body.clone()).expect("text");
    (answer.status, text)
}

/// The session cookie of a sign-in's answer, as a client sends it back.
pub(super) fn cookie(answer: &Answer) -> String {
    let set = &answer.headers["set-cookie"];
    set.split(';').next().expect("a pair").to_owned()
}
