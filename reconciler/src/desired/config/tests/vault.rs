//! A queue of Password Safe: its two ways to sign in, its one path, its deciding user.

use super::*;

/// A good configuration of one instance with these credentials, and further keys.
fn vault(credentials: &str, more: &str) -> String {
    format!(
        "schema = 1\n[queues.vault]\nvendor = \"beyondtrust\"\nurl = \"https://pam.example.com/BeyondTrust/api/public/v3\"\ncredentials = {{ {credentials} }}\n{more}\n"
    )
}

fn as_user(name: &str) -> String {
    format!("api-key = {{ env = \"K\" }}, run-as = \"{name}\"")
}

const CLIENT: &str = "client-id = { env = \"I\" }, client-secret = { file = \"s\" }";

fn only(text: &str) -> crate::desired::config::QueueConfig {
    let mut queues = loaded(text).unwrap().queues;
    queues.pop_first().unwrap().1
}

#[test]
fn it_signs_in_in_one_of_two_ways() {
    let queue = only(&vault(
        &format!("{}, password = {{ env = \"P\" }}", as_user("CORP\\\\Svc")),
        "",
    ));
    assert_eq!(queue.origin, "https://pam.example.com");
    assert_eq!(queue.rate_limit, None);
    assert_eq!(queue.credentials.run_as.as_deref(), Some("CORP\\Svc"));
    assert_eq!(queue.credentials.names(), "env K, env P");
    assert_eq!(queue.credentials.user().as_deref(), Some("corp\\svc"));
    assert!(only(&vault(&as_user("svc"), "")).reads_as_decider());
    let queue = only(&vault(CLIENT, ""));
    assert_eq!(queue.credentials.user().as_deref(), Some("env I"));
}

#[test]
fn what_is_wrong_with_credentials_is_said() {
    let good = as_user("a");
    for (credentials, words) in [
        (
            "api-key = { env = \"K\" }".to_owned(),
            "`run-as` is missing",
        ),
        ("run-as = \"svc\"".to_owned(), "`api-key` is missing"),
        (
            "client-id = { env = \"I\" }".to_owned(),
            "`client-secret` is missing",
        ),
        (
            "api-key = { env = \"K\" }, run-as = { env = \"U\" }".to_owned(),
            "must be a string",
        ),
        (as_user("a; pwd=[x]"), "cannot be sent"),
        (as_user(" a"), "cannot be sent"),
        (as_user("ä"), "cannot be sent"),
        (format!("{good}, {CLIENT}"), "mixes two ways"),
        (
            format!("{good}, passwort = {{ env = \"I\" }}"),
            "did you mean `password`?",
        ),
        (
            format!("{good}, password = \"hunter2\""),
            "a secret written out",
        ),
    ] {
        let said = told(&vault(&credentials, ""));
        assert!(said.contains(words), "{credentials}: {said}");
        assert!(!said.contains("hunter2"), "{said}");
    }
    let named = told(&vault(&good, "acting-as = \"a@example.com\""));
    assert!(named.contains("unknown key `acting-as`"), "{named}");
}

#[test]
fn its_api_has_one_path() {
    let with = |url: &str| {
        let text = vault(&as_user("a"), "");
        told(&text.replace("https://pam.example.com/BeyondTrust/api/public/v3", url))
    };
    assert_eq!(
        with("https://pam.example.com/BeyondTrust/api/public/v3/"),
        ""
    );
    assert_eq!(
        with("https://pam.example.com/beyondtrust/API/public/v3"),
        ""
    );
    for path in [
        "",
        "/BeyondTrust/api/public",
        "/BeyondTrust/api/public/v33",
        "/other/BeyondTrust/api/public/v3",
    ] {
        let said = with(&format!("https://pam.example.com{path}"));
        let hint = "write it whole: url = \"https://pam.example.com/BeyondTrust/api/public/v3\"";
        assert!(said.contains(hint), "{path}: {said}");
    }
}

#[test]
fn two_queues_of_one_instance_are_two_users() {
    let queue = |name: &str, credentials: &str| {
        let text = vault(credentials, "").replace("[queues.vault]", &format!("[queues.{name}]"));
        text.replace("schema = 1\n", "")
    };
    let both = |a: &str, b: &str| {
        told(&format!(
            "schema = 1\n{}{}",
            queue("one", a),
            queue("two", b)
        ))
    };
    assert_eq!(both(&as_user("anna"), &as_user("carl")), "");
    assert_eq!(both(&as_user("anna"), CLIENT), "");
    let same = both(&as_user("anna"), &as_user("ANNA"));
    assert!(
        same.contains("give each its own `run-as` or `client-id`"),
        "{same}"
    );
    assert!(both(CLIENT, CLIENT).contains("is the same as queue"));
}

#[test]
fn whoever_decides_is_what_counts() {
    let writes = |name: &str| format!("write-credentials = {{ {} }}", as_user(name));
    let queue = only(&vault(&as_user("anna"), &writes("carl")));
    assert!(!queue.reads_as_decider());
    assert_eq!(queue.deciding().run_as.as_deref(), Some("carl"));
    assert!(only(&vault(&as_user("anna"), &writes("Anna"))).reads_as_decider());
    assert!(!only(&vault(CLIENT, &writes("anna"))).reads_as_decider());
    // A client is told apart by where its id comes from; a user by his name, however it is written.
    let named = |credentials: &str| {
        only(&vault(credentials, ""))
            .deciding()
            .deciding(None)
            .user()
    };
    let other = CLIENT.replace("\"I\"", "\"J\"");
    assert!(named(CLIENT).is_some() && named(CLIENT) != named(&other));
    assert_eq!(named(&as_user("Anna")), named(&as_user("anna")));
}
