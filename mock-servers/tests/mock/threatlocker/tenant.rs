//! A tenant under test: its world, its people's tokens, and plain calls.

use mock_servers::{Given, Mocks, Options, Queue, Vendor};
use serde_json::{Value, json};

use crate::client::{Answer, options, raw};

/// What every path begins with.
pub(super) const BASE: &str = "/portalapi";

pub(super) const ROOT: &str = "10000000-0000-4000-a000-000000000001";
pub(super) const CHILD: &str = "10000000-0000-4000-a000-000000000002";
pub(super) const GRANDCHILD: &str = "10000000-0000-4000-a000-000000000003";
pub(super) const FINANCE: &str = "20000000-0000-4000-a000-000000000001";
pub(super) const COMPUTER: &str = "30000000-0000-4000-a000-000000000001";
pub(super) const ADOBE: &str = "4cc1729d-8727-43de-b379-f3df4fe6055a";
pub(super) const CUSTOM: &str = "40000000-0000-4000-a000-000000000001";
pub(super) const TILL: &str = "40000000-0000-4000-a000-000000000002";

/// The id of the request with this number in the world below.
pub(super) fn id(number: u32) -> String {
    format!("a0000000-0000-4000-a000-{number:012}")
}

/// Three organizations with requests 1 to 5 and 8 to 14 in the top one, 6 in its child, 7 in its grandchild.
pub(super) const WORLD: &str = r#"
[[threatlocker.organization]]
id = "10000000-0000-4000-a000-000000000001"
name = "Example Group"
[[threatlocker.organization]]
id = "10000000-0000-4000-a000-000000000002"
name = "Retail"
parent = "Example Group"
[[threatlocker.organization]]
id = "10000000-0000-4000-A000-000000000003"
name = "Nordics"
parent = "10000000-0000-4000-a000-000000000002"

[[threatlocker.group]]
id = "20000000-0000-4000-a000-000000000001"
name = "Finance laptops"
[[threatlocker.group]]
name = "All Windows computers"
global = true
[[threatlocker.group]]
name = "Macs"
os = "mac"

[[threatlocker.computer]]
id = "30000000-0000-4000-a000-000000000001"
name = "FIN-LT-22"
group = "Finance laptops"
[[threatlocker.computer]]
name = "SHOP-1"
organization = "Retail"

[[threatlocker.application]]
id = "4cc1729d-8727-43de-b379-f3df4fe6055a"
name = "Adobe Acrobat (Built-In)"
built-in = true
rule = [{ certificate = "CN=Adobe Inc." }]
[[threatlocker.application]]
name = "Chrome (Built-In)"
built-in = true
[[threatlocker.application]]
id = "40000000-0000-4000-a000-000000000001"
name = "App Tools"
rule = [{ path = 'c:\tools\procmon.exe' }, { hash = "AA11", sha256 = "BB22" }]
[[threatlocker.application]]
id = "40000000-0000-4000-a000-000000000002"
name = "Till App"
organization = "Retail"
[[threatlocker.application]]
name = "Mac App"
os = "mac"

[[threatlocker.user]]
name = "child-approver"
organization = "Retail"
permissions = ["Approve for Single Computer", "Approve Escalation", "Approve for New Install", "View Approvals"]
[[threatlocker.user]]
name = "elsewhere"
instance = "h"
permissions = ["View Approvals"]

[[threatlocker.request]]
name = "tool"
id = "a0000000-0000-4000-a000-000000000001"
computer = "FIN-LT-22"
user = 'EXAMPLE\anna'
path = 'c:\tools\dbgview.exe'
hash = "0123456789abcdef0123456789abcdef"
certificate = "CN=Microsoft"
created-by = ['c:\windows\explorer.exe']
reason = "Driver fault, caf\u00e9"
requestor = "Anna Berg"
requestor-email = "anna@example.com"
size = 4711
at = 2026-03-02T07:00:00Z
[[threatlocker.request]]
name = "acrobat"
id = "a0000000-0000-4000-a000-000000000002"
computer = "FIN-LT-22"
certificate = "CN=Adobe Inc."
path = 'c:\users\omar\acrobat.exe'
user = 'EXAMPLE\omar'
at = 2026-03-02T07:10:00Z
[[threatlocker.request]]
name = "ticket"
id = "A0000000-0000-4000-A000-000000000003"
computer = "DEV-WS-04"
ticket = "CHG0031337"
comments = "see the change"
path = 'c:\work\runner.exe'
user = 'EXAMPLE\jonas'
at = 2026-03-02T07:20:00Z
[[threatlocker.request]]
name = "elevation"
id = "a0000000-0000-4000-a000-000000000004"
computer = "DEV-WS-04"
action = "elevate"
path = 'c:\windows\mmc.exe'
user = 'EXAMPLE\jonas'
mfa = true
at = 2026-03-02T07:30:00Z
[[threatlocker.request]]
name = "storage"
id = "a0000000-0000-4000-a000-000000000005"
computer = "FIN-LT-22"
action = "storage"
path = 'e:\audit.zip'
user = 'EXAMPLE\anna'
at = 2026-03-02T07:40:00Z
[[threatlocker.request]]
name = "child"
id = "a0000000-0000-4000-a000-000000000006"
computer = "SHOP-1"
organization = "Retail"
at = 2026-03-02T07:05:00Z
[[threatlocker.request]]
name = "grandchild"
id = "a0000000-0000-4000-a000-000000000007"
organization = "Nordics"
at = 2026-03-02T07:15:00Z
[[threatlocker.request]]
name = "approved"
id = "a0000000-0000-4000-a000-000000000008"
status = "approved"
at = 2026-03-01T07:00:00Z
changed-at = 2026-03-01T08:00:00Z
[[threatlocker.request]]
name = "rejected"
id = "a0000000-0000-4000-a000-000000000009"
status = "rejected"
at = 2026-03-01T07:00:00Z
[[threatlocker.request]]
name = "added"
id = "a0000000-0000-4000-a000-000000000010"
status = "added-to-application"
at = 2026-03-01T07:00:00Z
[[threatlocker.request]]
name = "escalated"
id = "a0000000-0000-4000-a000-000000000011"
status = "escalated"
at = 2026-03-01T07:00:00Z
[[threatlocker.request]]
name = "self-approved"
id = "a0000000-0000-4000-a000-000000000012"
status = "self-approved"
at = 2026-03-01T07:00:00Z
[[threatlocker.request]]
name = "by-customer"
id = "a0000000-0000-4000-a000-000000000013"
status = "escalated-by-customer"
tier = 2
at = 2026-03-01T07:00:00Z
[[threatlocker.request]]
name = "not-learned"
id = "a0000000-0000-4000-a000-000000000014"
status = "not-learned"
at = 2026-03-01T07:00:00Z
"#;

/// A tenant and the way to call it.
pub(super) struct Tenant {
    pub(super) mocks: Mocks,
    pub(super) address: String,
    pub(super) admin: String,
    pub(super) queue: Queue,
}

pub(super) fn only_tenant() -> Options {
    Options {
        vendors: vec![Vendor::ThreatLocker],
        ..options()
    }
}

pub(super) async fn serve(options: Options) -> Tenant {
    let mocks = Mocks::start(options).await.expect("mocks start");
    let queue = mocks.queues().remove("threatlocker").expect("the queue");
    let address = queue.url.strip_prefix("http://").expect("plain http");
    let address = address.strip_suffix(BASE).expect("the base").to_owned();
    let admin = mocks.admin_url();
    let admin = admin
        .strip_prefix("http://")
        .expect("plain http")
        .to_owned();
    Tenant {
        mocks,
        address,
        admin,
        queue,
    }
}

/// The world above.
pub(super) async fn tenant() -> Tenant {
    with(&[]).await
}

/// The world above, with switches set.
pub(super) async fn with(dialects: &[(&str, &str)]) -> Tenant {
    with_world("", dialects).await
}

/// The world above and more of it, with switches set.
pub(super) async fn with_world(more: &str, dialects: &[(&str, &str)]) -> Tenant {
    let own = |(key, value): &(&str, &str)| (format!("threatlocker.{key}"), (*value).to_owned());
    serve(Options {
        world: Some(Given::from_toml(&format!("{WORLD}{more}")).expect("the world")),
        dialects: dialects.iter().map(own).collect(),
        ..only_tenant()
    })
    .await
}

/// The sample world.
pub(super) async fn sample() -> Tenant {
    serve(only_tenant()).await
}

impl Tenant {
    /// An identity's token; the approver's is the credentials'.
    pub(super) fn token(&self, who: &str) -> &str {
        if who == "approver" {
            return &self.queue.credentials["token"];
        }
        &self.queue.identities[who]["token"]
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

    /// A call by somebody, for an organization; an empty one leaves the header away.
    pub(super) async fn as_who(
        &self,
        who: &str,
        organization: &str,
        method: &str,
        path: &str,
        body: &str,
    ) -> Answer {
        let mut headers = vec![("authorization", self.token(who))];
        if !body.is_empty() {
            headers.push(("content-type", "application/json"));
        }
        if !organization.is_empty() {
            headers.push(("ManagedOrganizationId", organization));
        }
        self.call(method, path, &headers, body).await
    }

    pub(super) async fn get(&self, path: &str) -> Answer {
        self.as_who("approver", ROOT, "GET", path, "").await
    }

    pub(super) async fn post(&self, path: &str, body: &Value) -> Answer {
        let body = body.to_string();
        self.as_who("approver", ROOT, "POST", path, &body).await
    }

    /// A list with these members beside `statusId` 1.
    pub(super) async fn list(&self, more: Value) -> Answer {
        let mut body = json!({ "statusId": 1 });
        for (name, value) in more.as_object().expect("an object") {
            body[name] = value.clone();
        }
        self.post("ApprovalRequest/ApprovalRequestGetByParameters", &body)
            .await
    }

    /// The numbers of a list's requests.
    pub(super) async fn numbers(&self, more: Value) -> Vec<u32> {
        numbers(&self.list(more).await.json())
    }

    pub(super) async fn by_id(&self, number: u32) -> Value {
        let path = format!(
            "ApprovalRequest/ApprovalRequestGetById?approvalRequestId={}",
            id(number)
        );
        self.get(&path).await.json()
    }

    pub(super) async fn document(&self, number: u32) -> Value {
        let path = "ApprovalRequest/ApprovalRequestGetPermitApplicationById?approvalRequestId=";
        let answer = self.get(&format!("{path}{}", id(number))).await;
        assert_eq!(answer.status, 200, "{:?}", said(&answer));
        answer.json()
    }

    /// The document of a request, made a permit for its computer with a new application.
    pub(super) async fn filled(&self, number: u32) -> Value {
        let mut body = self.document(number).await;
        body["matchingApplications"]["newApplicationName"] = json!("Debug View");
        body
    }

    pub(super) async fn permit(&self, body: &Value) -> Answer {
        self.post("ApprovalRequest/ApprovalRequestPermitApplication", body)
            .await
    }

    pub(super) async fn reject(&self, number: u32) -> Answer {
        let body = json!({
            "approvalRequestDtos": [{ "approvalRequestId": id(number) }],
            "type": "reject", "rejectReason": "No", "responseReason": "Not this one"
        });
        self.post("ApprovalRequest/ApprovalRequestUpdateForReject", &body)
            .await
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

    /// What the last call had that does not stand in the documents.
    pub(super) async fn strange(&self) -> Vec<String> {
        let calls = self.journal("?kind=call").await;
        let strange = calls.last().expect("a call")["strange"].clone();
        serde_json::from_value(strange).unwrap_or_default()
    }

    pub(super) fn state(&self) -> Value {
        self.mocks.state(Vendor::ThreatLocker)
    }

    /// A request's row in the state.
    pub(super) fn row(&self, number: u32) -> Value {
        let state = self.state();
        let rows = state["requests"].as_array().expect("rows");
        let row = rows.iter().find(|row| row["id"] == id(number).as_str());
        row.expect("a stored request").clone()
    }

    pub(super) fn status(&self, number: u32) -> String {
        self.row(number)["status"]
            .as_str()
            .expect("a status")
            .to_owned()
    }

    /// The policies that permits wrote.
    pub(super) fn policies(&self) -> Vec<Value> {
        self.state()["policies"]
            .as_array()
            .expect("policies")
            .clone()
    }

    /// An application of the state by name.
    pub(super) fn application(&self, name: &str) -> Value {
        let state = self.state();
        let all = state["applications"].as_array().expect("applications");
        all.iter()
            .find(|own| own["name"] == name)
            .expect("one")
            .clone()
    }

    /// The only effect so far: verdict, object, by and state.
    pub(super) async fn one_effect(&self) -> [String; 4] {
        let effects = self.journal("?kind=effect").await;
        assert_eq!(effects.len(), 1, "{effects:?}");
        ["verdict", "object", "by", "state"]
            .map(|key| effects[0][key].as_str().unwrap_or_default().to_owned())
    }
}

/// The numbers of a list's requests.
pub(super) fn numbers(rows: &Value) -> Vec<u32> {
    let number = |row: &Value| {
        let id = row["approvalRequestId"].as_str().expect("an id");
        id[24..].parse().expect("a number")
    };
    rows.as_array()
        .expect("an array")
        .iter()
        .map(number)
        .collect()
}

/// Status and body text.
pub(super) fn said(answer: &Answer) -> (u16, String) {
    let text = String::from_utf8(answer.body.clone()).expect("text");
    (answer.status, text)
}

/// Status and message of a refusal, whose envelope must be whole.
pub(super) fn refused(answer: &Answer) -> (u16, String) {
    let body = answer.json();
    assert_eq!(body["StatusCode"], answer.status);
    assert_eq!(body["LoggerId"].as_str().expect("an id").len(), 36);
    assert_eq!(body.as_object().expect("an object").len(), 3);
    (
        answer.status,
        body["Message"].as_str().expect("words").to_owned(),
    )
}
