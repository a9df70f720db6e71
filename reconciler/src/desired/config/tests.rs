//! The configuration: what is read, what is a mistake, and that no secret is ever shown.

mod allowlist;
mod endpoints;
mod schema;
mod sessions;
mod vault;

use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::SignedDuration;

use super::{Config, SecretSource, check_origins, load, sample};
use crate::desired::Mistake;

fn loaded(text: &str) -> Result<Config, Vec<Mistake>> {
    schema::checked(text, load(Path::new("conf/countersign.toml"), text))
}

fn told(text: &str) -> String {
    let line = |m: &Mistake| {
        format!(
            "{}: {} | {}\n",
            m.place,
            m.message,
            m.hint.as_deref().unwrap_or_default()
        )
    };
    loaded(text).map_or_else(|all| all.iter().map(line).collect(), |_| String::new())
}

/// A good configuration with further text: top-level tables, or keys of the queue.
fn with(more: &str) -> String {
    format!(
        "schema = 1\n[queues.helpdesk]\nvendor = \"admin-by-request\"\nurl = \"https://dc1api.adminbyrequest.com/\"\ncredentials = {{ api-key = {{ env = \"ABR_API_KEY\" }} }}\n{more}\n"
    )
}

#[test]
fn little_is_required_and_the_rest_has_defaults() {
    let config = loaded(&with("")).unwrap();
    assert_eq!(config.decisions, ["decisions/**/*.toml"]);
    assert_eq!(
        config.ledger,
        PathBuf::from("conf/.countersign/ledger.jsonl")
    );
    assert_eq!(config.lifetime, SignedDuration::from_hours(24));
    let queue = config.queues.values().next().unwrap();
    assert_eq!(queue.url, "https://dc1api.adminbyrequest.com");
    assert_eq!(queue.rate_limit, Some(60));
    assert_eq!(queue.parallelism.get(), 8);
    assert_eq!(queue.timeout, Duration::from_secs(20));
    assert!(queue.enabled);
    assert_eq!(queue.from.to_string(), "conf/countersign.toml:4:7");
}

#[test]
fn the_sample_is_a_configuration_and_its_decision_has_no_mistake() {
    let config = loaded(sample::CONFIGURATION).unwrap();
    assert_eq!(config.queues.len(), 1);
    let written = crate::desired::decisions::parse(
        "d.toml",
        sample::DECISION,
        &crate::desired::bench::queues(),
        crate::desired::decisions::Keep::Nothing,
    );
    assert_eq!(written.mistakes, []);
    assert_eq!(written.desired.undecided.len(), 1);
    let laid_out = crate::desired::fmt::format("d.toml", sample::DECISION);
    assert_eq!(laid_out.as_deref(), Ok(sample::DECISION));
}

#[test]
fn everything_that_can_be_said_is_read() {
    let text = with(
        "write-credentials = { api-key = { file = \"key\" } }\nacting-as = \"cs@example.com\"\ndeciders = [\"boss@example.com\"]\nenabled = false\nparallelism = 2\ntimeout = \"1m\"\nrate-limit = \"none\"\nmax-requests = 10\nca-file = \"/etc/ca.pem\"\n[limits]\napprovals = 20\nper-queue = 10\nper-requester = 3\n[freeze]\napprovals = true\n[review]\nref = \"origin/main\"\n[ledger]\npath = \"/var/l.jsonl\"\n[plan]\nlifetime = \"7d\"",
    );
    let config = loaded(&text).unwrap();
    let queue = config.queues.values().next().unwrap();
    let key = queue
        .write_credentials
        .as_ref()
        .and_then(|all| all.secrets.get("api-key"))
        .unwrap();
    let path = PathBuf::from("conf/key");
    assert_eq!(
        *key,
        SecretSource::File {
            written: "key".to_owned(),
            path
        }
    );
    assert_eq!(key.to_string(), "file key");
    assert_eq!(
        (queue.rate_limit, queue.max_requests, queue.enabled),
        (None, 10, false)
    );
    assert_eq!(config.ledger, PathBuf::from("/var/l.jsonl"));
    assert_eq!(config.limits.per_requester, Some(3));
    assert!(config.freeze_approvals);
}

#[test]
fn every_mistake_is_told_at_once() {
    let corpus = [
        "",
        "schema = 2",
        "schema = \"1\"",
        "schema = 1\ndecisons = []\ndecisions = [\"../x.toml\", \"/etc/*.toml\", 5, \"d/*\"]",
        "schema = 1\nqueues = 1\nledger = 1\nplan = { lifetime = 24 }\nlimits = { per_queue = -1 }",
        "schema = 1\n[queues.\"a b\"]\n[queues.b]\nvendor = \"ekran2\"\n[queues.c]\nvendor = \"admin-by-reqest\"\n[queues.d]\nvendor = \"admin-by-request\"",
        "schema = 1\n[plan]\nlifetime = \"24\"\n[review]\nref = \"--upload-pack=x\"\n[freeze]\napprovals = \"yes\"",
        "schema = 1\n[queues",
    ];
    let queue = [
        "url2 = 1\nacting_as = \"x\"\nparallelism = 33\ntimeout = \"20\"\nrate-limit = \"60\"\nmax-requests = 0\nenabled = 1",
        "acting-as = \"\"\ndeciders = [\"a\\u200Bb\"]\nca-file = 7",
        "write-credentials = { key = { env = \"X\" }, api-key = { env = \"A B\" } }",
        "write-credentials = { api-key = { env = \"X\", file = \"y\" } }",
        "write-credentials = { api-key = { command = [] } }",
        "write-credentials = { api-key = { vault = \"x\" } }",
        "[queues.second]\nvendor = \"admin-by-request\"\nurl = \"http://dc1api.adminbyrequest.com\"\ncredentials = { api-key = { env = \"B\" } }",
        "[queues.second]\nvendor = \"admin-by-request\"\nurl = \"https://DC1API.adminbyrequest.com:443\"\ncredentials = { api-key = { env = \"B\" } }",
    ];
    let mut shown = String::new();
    for text in corpus
        .into_iter()
        .map(str::to_owned)
        .chain(queue.into_iter().map(with))
    {
        let mistakes = told(&text);
        assert!(!mistakes.is_empty(), "{text}");
        shown.push_str(&format!("{text}\n=> {mistakes}\n"));
    }
    insta::assert_snapshot!(shown);
}

#[test]
fn a_url_with_a_path_is_a_mistake_where_the_api_hangs_off_the_host() {
    let text = with("").replace("request.com/", "request.com/tenantB/");
    insta::assert_snapshot!(told(&text), @"conf/countersign.toml:4:7: `url` has a path, and this vendor's API has none | write the host alone: url = \"https://dc1api.adminbyrequest.com\"");
}

#[test]
fn a_secret_written_out_is_a_mistake_and_never_shown() {
    let canary = "0123456789abcdef0123456789abcdef";
    for line in [
        format!("write-credentials = {{ api-key = \"{canary}\" }}"),
        format!("write-credentials = {{ api-key = {canary} }}"),
        format!("write-credentials = {{ api_key = \"{canary}\" }}"),
        format!("write-credentials = \"{canary}\""),
        format!("write-credentials = {{ api-key = {{ env = \"{canary}\" }} }}"),
    ] {
        let mistakes = loaded(&with(&line)).unwrap_err();
        assert!(!mistakes.is_empty());
        assert!(!format!("{mistakes:?}").contains(canary), "{mistakes:?}");
    }
}

#[test]
fn two_queues_of_one_instance_need_two_deciders() {
    let second = "[queues.second]\nvendor = \"admin-by-request\"\nurl = \"https://dc1api.adminbyrequest.com\"\ncredentials = { api-key = { env = \"B\" } }\n";
    let both = |first: &str, other: &str| told(&with(&format!("{first}\n{second}{other}")));
    let (a, b) = (
        "acting-as = \"a@example.com\"",
        "acting-as = \"b@example.com\"",
    );
    assert_eq!(both(a, b), "");
    assert!(both(a, "acting-as = \"A@example.com\"").contains("is the same as queue"));
    assert!(both(a, "").contains("is the same as queue"));
}

#[test]
fn origins_are_held_to_what_the_run_allows() {
    let config = loaded(&with("")).unwrap();
    assert_eq!(
        check_origins(
            &config,
            "https://x.example  https://DC1api.adminbyrequest.com"
        ),
        Ok(())
    );
    let refused = check_origins(&config, "").unwrap_err();
    assert_eq!(refused.len(), 1);
    assert_eq!(
        check_origins(&config, "dc1api.adminbyrequest.com")
            .unwrap_err()
            .len(),
        2
    );
}

proptest::proptest! {
    #[test]
    fn nothing_makes_it_panic(noise in ".*", key in "[a-z-]{1,12}", value in ".{0,20}") {
        let _ = loaded(&noise);
        let _ = loaded(&with(&format!("{key} = {value}\n[{key}]\n{value}")));
    }
}
