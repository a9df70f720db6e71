//! The vendor's document, executed: its curl lines as they stand, its answers byte for byte, its tables line by line.

use serde_json::Value;

use super::instance::{Instance, instance, of, said};
use crate::client::Answer;

/// The document, as its examples call it: whose key it is, and the requests of its paths.
const WORLD: &str = r#"
[[fudo.user]]
name = "approver"
api-key = "sgfeea6jsaz4mum9su8w61877n1g06sk"
[[fudo.request]]
id = "5620492334958379009"
[[fudo.request]]
id = "5620492334958379010"
status = "granted"
[[fudo.request]]
id = "5620492334958379011"
"#;

const LIST: &str = "curl -s -k -X GET -H 'Authorization: sgfeea6jsaz4mum9su8w61877n1g06sk' 'https://10.0.214.98/api/v2/access_request'";
const REVOKE: &str = r#"curl -s -k -X POST -H 'Authorization: sgfeea6jsaz4mum9su8w61877n1g06sk' https://10.0.214.98/api/v2/access_request/5620492334958379010/revoke -H 'Content-Type: application/json' -d'{"revoke_reason":"AD maintenance."}'"#;
const VOTE: &str = r#"curl -s -k -X POST -H 'Authorization: sgfeea6jsaz4mum9su8w61877n1g06sk' https://10.0.215.14/api/v2/access_request/5620492334958379011/vote -H 'Content-Type: application/json' -d'{"accepted":true}'"#;

const SUCCESS: &str = "{\n    \"result\": \"success\"\n}";

// A curl line as the shell and curl read it.
async fn curl(instance: &Instance, line: &str) -> Answer {
    let (mut method, mut headers, mut body, mut path) = ("GET", Vec::new(), "", "");
    let mut words = words(line).into_iter().skip(1);
    while let Some(word) = words.next() {
        if let Some(data) = word.strip_prefix("-d") {
            body = data.trim_matches('\'');
        } else if word == "-X" {
            method = words.next().unwrap();
        } else if word == "-H" {
            let header = words.next().unwrap().trim_matches('\'');
            headers.push(header.split_once(": ").unwrap());
        } else if !word.starts_with('-') {
            let url = word.trim_matches('\'').strip_prefix("https://").unwrap();
            path = &url[url.find('/').unwrap()..];
        }
    }
    instance.call(method, path, &headers, body).await
}

// Blanks part words, but not within quotes.
fn words(line: &str) -> Vec<&str> {
    let mut quoted = false;
    let parts = line.split(move |letter: char| {
        quoted ^= letter == '\'';
        letter == ' ' && !quoted
    });
    parts.collect()
}

// A body without the blanks that mean nothing.
fn compact(text: &str) -> String {
    let mut quoted = false;
    let kept = text.chars().filter(|letter| {
        quoted ^= *letter == '"';
        quoted || !letter.is_ascii_whitespace()
    });
    kept.collect()
}

#[tokio::test]
async fn the_documents_curl_lines_work_as_they_stand() {
    let instance = of(WORLD, &[]).await;
    let listed = curl(&instance, LIST).await;
    assert_eq!(listed.status, 200);
    assert_eq!(listed.json()["access_request"].as_array().unwrap().len(), 3);
    assert_eq!(
        said(&curl(&instance, REVOKE).await),
        (200, compact(SUCCESS))
    );
    assert_eq!(said(&curl(&instance, VOTE).await), (200, compact(SUCCESS)));
    assert_eq!(
        (instance.status(10), instance.status(11)),
        ("revoked".to_owned(), "granted".to_owned())
    );
    assert_eq!(instance.row(10)["revoke_reason"], "AD maintenance.");
    assert!(instance.strange().await.is_empty());
}

/// The three tables of the document: name, type, what stands under Required, and its words on the attribute.
const MODELS: [(&str, &str); 3] = [
    ("access_request", ACCESS_REQUEST),
    ("access_request_vote", VOTE_MODEL),
    ("access_request_revoke", REVOKE_MODEL),
];

const ACCESS_REQUEST: &str = "
id string read
activated boolean read
immediate_interval number if:type==immediate
starts_at string if:type==scheduled
expires_at string if:type==scheduled
reason string yes
revoke_reason string yes
required_votes number read
status string read expensive
type string yes
account_id string read expensive
account_name string read expensive
safe_id string read expensive
safe_name string read expensive
pool_id string read expensive
pool_name string read expensive
protocol string read expensive
server_id string read expensive
server_name string read expensive
listeners object-array read expensive
listener_ids string-array read expensive
listener_names string-array read expensive
user_id string yes immutable read expensive
user_domain string read expensive
user_name string read expensive
votes object-array read expensive
webclient boolean read expensive
created_at string read
modified_at string read
removed boolean read";

const VOTE_MODEL: &str = "
id string read
access_request_id string yes immutable
accepted boolean yes
reason string if:accepted==false
user_id string yes immutable protected read expensive
created_at string read
modified_at string read
removed boolean read";

const REVOKE_MODEL: &str = "
access_request_id string
revoke_reason string";

#[tokio::test]
async fn the_objspecs_are_the_documents_tables() {
    let instance = instance().await;
    for (object, table) in MODELS {
        let path = format!("/api/v2/objspec/{object}");
        let body = instance.get(&path).await.json();
        assert_eq!(body["result"], "success");
        let spec = body[object].as_object().unwrap();
        let lines: Vec<&str> = table.trim().lines().collect();
        assert_eq!(spec.len(), lines.len(), "{object}");
        for line in lines {
            let mut words = line.split(' ');
            let own = &spec[words.next().unwrap()];
            assert_eq!(own["type"], words.next().unwrap(), "{line}");
            let said: Vec<&str> = words.collect();
            let has = |word: &str| Value::from(said.contains(&word));
            for (word, key) in [
                ("read", "readonly"),
                ("expensive", "expensive"),
                ("immutable", "immutable"),
                ("protected", "protected"),
            ] {
                assert_eq!(own[key], has(word), "{line}: {key}");
            }
            match said.iter().find_map(|word| word.strip_prefix("if:")) {
                None => assert_eq!(own["required"], has("yes"), "{line}"),
                Some(condition) => {
                    let words = own["required"].as_str().unwrap();
                    assert_eq!(words.replace(' ', ""), condition, "{line}");
                }
            }
        }
    }
    let spec = instance.get("/api/v2/objspec/access_request").await.json();
    let status = &spec["access_request"]["status"]["values"];
    let words = ["expired", "granted", "pending", "rejected", "revoked"];
    assert_eq!(*status, serde_json::json!(words));
    let kinds = &spec["access_request"]["type"]["values"];
    assert_eq!(*kinds, serde_json::json!(["immediate", "scheduled"]));
}

#[tokio::test]
async fn a_request_has_the_attributes_of_its_model_and_no_other() {
    let instance = instance().await;
    let spec = instance.get("/api/v2/objspec/access_request").await.json();
    let spec = spec["access_request"].as_object().unwrap();
    let names: Vec<&str> = spec.keys().map(String::as_str).collect();
    let path = format!(
        "{}/{}?fields={}",
        super::instance::BASE,
        super::instance::id(12),
        names.join(",")
    );
    let body = instance.get(&path).await.json();
    let shown = body["access_request"].as_object().unwrap();
    assert_eq!(
        shown.keys().collect::<Vec<_>>(),
        spec.keys().collect::<Vec<_>>()
    );
    for (name, value) in shown {
        let kind = match value {
            Value::Null => continue,
            Value::String(_) => "string",
            Value::Bool(_) => "boolean",
            Value::Number(_) => "number",
            Value::Array(items) if items.iter().all(Value::is_object) && !name.contains('_') => {
                "object-array"
            }
            Value::Array(_) => "string-array",
            Value::Object(_) => "object",
        };
        assert_eq!(spec[name]["type"], kind, "{name}");
    }
    assert_eq!(shown["listener_names"], serde_json::json!(["db-a", "db-b"]));
    let mut members: Vec<&String> = shown["listeners"][0].as_object().unwrap().keys().collect();
    members.sort();
    let known = ["builtin", "hidden", "id", "mode", "name", "protocol"];
    assert_eq!(members, known);
}

#[tokio::test]
async fn votes_name_the_voter_as_the_document_says() {
    let instance = instance().await;
    instance.accept("legacy", 14).await;
    let votes = instance.shown(14).await["votes"].clone();
    let second = &instance.state()["users"];
    let user = |name: &str| {
        let users = second.as_array().unwrap();
        users
            .iter()
            .find(|own| own["name"] == name)
            .unwrap()
            .clone()
    };
    let expected = serde_json::json!([
        { "reason": null, "user_id": user("second-voter")["id"], "accepted": true, "user_name": "jonas.lind",
          "user_role": "admin", "user_domain": null },
        { "reason": null, "user_id": user("legacy")["id"], "accepted": true, "user_name": "legacy.admin",
          "user_role": "superadmin", "user_domain": "EXAMPLE" },
    ]);
    assert_eq!(votes, expected);
    let other = super::instance::with(&[("nested-nulls", "omitted")]).await;
    let votes = other.shown(14).await["votes"].clone();
    let members = votes[0].as_object().unwrap().len();
    assert_eq!(members, 4, "neither reason nor user_domain: {votes}");
}
