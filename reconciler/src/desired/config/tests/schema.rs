//! The schema of the configuration and its reader say the same: neither knows a key that the other does not.

use std::collections::BTreeSet;

use super::*;
use crate::desired::config::schema;
use crate::desired::config::wants::wants;
use crate::desired::shape::tests::{Editor, NOBODY_S, known_keys, names, schema_keys};
use crate::model::Vendor;

thread_local! {
    static EDITOR: Editor = Editor::with(schema());
}

fn editor_says(text: &str) -> String {
    EDITOR.with(|editor| editor.says(text))
}

/// Whatever is read without a mistake is nothing that an editor marks.
#[track_caller]
pub(super) fn checked(
    text: &str,
    read: Result<Config, Vec<Mistake>>,
) -> Result<Config, Vec<Mistake>> {
    if read.is_ok() {
        assert_eq!(editor_says(text), "", "{text}");
    }
    read
}

/// What the reader lists as its keys, where it meets one of nobody's.
#[track_caller]
fn keys_at(place: &str) -> BTreeSet<String> {
    let text = place.replace("HERE", &format!("{NOBODY_S} = 1"));
    known_keys(&loaded(&text).unwrap_err())
}

#[test]
fn every_key_of_every_table_is_in_both() {
    let schema = schema();
    assert_eq!(keys_at("HERE"), schema_keys(&schema, ""));
    for name in ["ledger", "plan", "freeze", "limits", "review"] {
        let pointer = format!("/properties/{name}");
        let keys = keys_at(&format!("[{name}]\nHERE"));
        assert_eq!(keys, schema_keys(&schema, &pointer), "{name}");
    }
    let secret = with("").replace("env = \"ABR_API_KEY\"", "HERE");
    assert_eq!(keys_at(&secret), schema_keys(&schema, "/$defs/secret"));
}

#[test]
fn a_queue_has_the_keys_and_credentials_of_its_vendor() {
    let schema = schema();
    let (mut of_all, mut secrets) = (BTreeSet::new(), BTreeSet::new());
    for (index, vendor) in Vendor::ALL.into_iter().enumerate() {
        let queue = format!("[queues.q]\nvendor = \"{vendor}\"\n");
        let own = &schema["$defs"]["queue"]["allOf"][index]["then"];
        assert_eq!(keys_at(&format!("{queue}HERE")), names(own), "{vendor}");
        of_all.extend(names(own));
        for key in ["credentials", "write-credentials"] {
            let known = keys_at(&format!("{queue}{key} = {{ HERE }}"));
            let forms = &own["properties"][key];
            let ways = forms["anyOf"]
                .as_array()
                .map_or(vec![forms], |all| all.iter().collect());
            let listed: BTreeSet<String> = ways.into_iter().flat_map(names).collect();
            assert_eq!(known, listed, "{vendor}: {key}");
            secrets.extend(listed);
        }
        let required = own["required"].as_array().unwrap();
        for key in required.iter().map(|key| key.as_str().unwrap()) {
            let missing = format!("`{key}` is missing in [queues.q]");
            assert!(
                key == "vendor" || told(&queue).contains(&missing),
                "{vendor}: {key}"
            );
        }
        let missing = told(&queue).matches("is missing in [queues.q]").count();
        assert_eq!(missing, required.len() - 1, "{vendor}");
    }
    assert_eq!(schema_keys(&schema, "/$defs/queue"), of_all);
    assert_eq!(schema_keys(&schema, "/$defs/credentials"), secrets);
}

/// A queue of each vendor, with nothing but what it needs.
fn of_every_vendor() -> String {
    let mut text = "schema = 1\n".to_owned();
    for vendor in Vendor::ALL {
        let wants = wants(vendor);
        let credentials = wants.credentials[0].example();
        text.push_str(&format!(
            "[queues.{vendor}]\nvendor = \"{vendor}\"\nurl = \"{}\"\ncredentials = {credentials}\n",
            wants.url
        ));
        for key in wants.required() {
            text.push_str(match key {
                "organization" => "organization = \"9b2c1c1e-0000-4000-8000-000000000000\"\n",
                "voter" => "voter = \"countersign\"\n",
                "since" => "since = 2026-11-01\n",
                _ => "",
            });
        }
    }
    text
}

#[test]
fn a_mistake_that_the_file_alone_shows_is_marked_by_an_editor_too() {
    let good = of_every_vendor();
    assert_eq!(told(&good), "");
    let mistakes = [
        ("schema = 1", ""),
        ("schema = 1", "schema = 2"),
        ("schema = 1", "schema = \"1\""),
        ("schema = 1", "schema = 1\ndecisions = [5]"),
        ("schema = 1", "schema = 1\nledger = 1"),
        ("schema = 1", "schema = 1\nplan = { lifetime = 24 }"),
        ("schema = 1", "schema = 1\nplan = { lifetime = \"24\" }"),
        ("schema = 1", "schema = 1\nlimits = { per_queue = 1 }"),
        ("schema = 1", "schema = 1\nlimits = { per-queue = -1 }"),
        ("schema = 1", "schema = 1\nfreeze = { approvals = \"yes\" }"),
        (
            "schema = 1",
            "schema = 1\nreview = { ref = \"--upload-pack=x\" }",
        ),
        ("[queues.fudo]", "[queues.\"a b\"]"),
        ("vendor = \"fudo\"", "vendor = \"fudoo\""),
        ("vendor = \"fudo\"", ""),
        ("url = \"https://fudo", "url = \"fudo"),
        ("url = \"https://fudo", "# \"https://fudo"),
        ("voter = \"countersign\"", ""),
        ("since = 2026-11-01", "since = 2026-11-01T08:00:00Z"),
        ("since = 2026-11-01", "since = 20261101"),
        ("since = 2026-11-01", ""),
        ("since = 2026-11-01", "since = 2026-11-01\nvoter = \"me\""),
        ("\"9b2c1c1e-0000", "\"9b2c1c1e-000"),
        ("env = \"NAME\"", "env = \"A-B\""),
        ("env = \"NAME\"", "env = \"NAME\", file = \"x\""),
        ("env = \"NAME\"", "command = []"),
        ("{ env = \"NAME\" }", "\"0123456789abcdef\""),
        ("run-as = \"NAME\"", "client-id = { env = \"A\" }"),
        ("run-as = \"NAME\"", "run-as = \"a;b\""),
        ("api-key = {", "token = {"),
        ("schema = 1\n", "schema = 1\ntimeout = \"20s\"\n"),
        ("voter =", "timeout = 20\nvoter ="),
        ("voter =", "parallelism = 33\nvoter ="),
        ("voter =", "rate-limit = \"60\"\nvoter ="),
        ("voter =", "max-requests = 0\nvoter ="),
        ("voter =", "enabled = \"no\"\nvoter ="),
        ("voter =", "deciders = [\"boss@example.com\"]\nvoter ="),
    ];
    for (from, to) in mistakes {
        assert!(good.contains(from), "{from}");
        let text = good.replacen(from, to, 1);
        assert_ne!(told(&text), "", "{to}");
        assert_ne!(editor_says(&text), "", "{to}");
    }
}
