//! Which request a block means, where decisions ratify: its id, or who asked and when.

use super::*;
use crate::desired::bench::terms;
use crate::model::{Terms, Vendor};
use crate::vendors::capabilities;

fn queues() -> Vec<Terms> {
    let endpoints = Terms {
        can: capabilities(Vendor::Ekran),
        ..terms("endpoints", "https://ekran.example.com")
    };
    vec![endpoints, terms("helpdesk", "https://abr.example.com")]
}

const WHO: &str = "user = 'windev\\user'\nrequested-at = \"2023-02-08T13:26:37.763\"\n";

fn block(queue: &str, request: &str, verdict: &str, guard: &str) -> String {
    format!(
        "[[decision]]\nqueue = \"{queue}\"\n{request}\nticket = \"CHG1\"\nverdict = \"{verdict}\"\nreason = \"why\"\nexpires = 2026-12-01T00:00:00Z\n[decision.guard]\n{guard}\n"
    )
}

fn read(text: &str) -> Written {
    schema::checked(text, parse("e.toml", text, &queues(), Keep::Nothing))
}

fn addresses(written: &Written) -> Vec<String> {
    assert_eq!(told(written), "");
    let all = written.desired.addresses();
    all.map(ToString::to_string).collect()
}

#[test]
fn an_id_names_it_and_so_do_user_and_time_together() {
    let by_id = read(&block("endpoints", "request = \"017\"", "approve", WHO));
    assert_eq!(addresses(&by_id), ["endpoints/17"]);
    let key = "endpoints/windev%5Cuser@2023-02-08T13:26:37.763";
    for verdict in ["approve", "undecided"] {
        let by_key = read(&block("endpoints", "", verdict, WHO));
        assert_eq!(addresses(&by_key), [key]);
    }
    let line = r#"{"queue":"endpoints","ticket":"CHG1","verdict":"deny","reason":"why","expires":"2026-12-01T00:00:00Z","guard":{"user":"windev\\user","requested-at":"2023-02-08T13:26:37.763"}}"#;
    let lines = parse("e.jsonl", line, &queues(), Keep::Nothing);
    assert_eq!(addresses(&lines), [key]);
}

#[test]
fn half_a_name_is_a_mistake_with_its_place_and_what_helps() {
    for guard in [
        "",
        "user = 'windev\\user'",
        "requested-at = \"2023-02-08T13:26:37.763\"",
        "user = \"\"\nrequested-at = \"2023-02-08T13:26:37.763\"",
    ] {
        let told = told(&read(&block("endpoints", "", "approve", guard)));
        assert!(
            told.starts_with("e.toml:1:1: `request` is missing"),
            "{told}"
        );
        assert!(told.contains("guard.user and guard.requested-at"), "{told}");
    }
    // A key as it is printed is no id.
    let printed = "request = \"windev%5Cuser@2023-02-08T13:26:37.763\"";
    let told = told(&read(&block("endpoints", printed, "approve", WHO)));
    assert!(
        told.contains("e.toml:3:11") && told.contains("guard.user"),
        "{told}"
    );
}

#[test]
fn elsewhere_only_an_id_names_a_request() {
    let who = "user = \"a\"\nrequested-at = \"b\"";
    let told = told(&read(&block("helpdesk", "", "approve", who)));
    assert!(
        told.starts_with("e.toml:1:1: `request` is missing"),
        "{told}"
    );
    assert!(told.contains("request = \"65430027\""), "{told}");
    assert!(!told.contains("guard.user"), "{told}");
}

#[test]
fn two_that_name_the_same_user_and_time_are_duplicates() {
    let twice = block("endpoints", "", "approve", WHO) + &block("endpoints", "", "deny", WHO);
    let written = read(&twice);
    assert_eq!(told(&written), "");
    let lines = written.desired.duplicates[0].places.iter();
    assert_eq!(lines.map(|place| place.line).collect::<Vec<_>>(), [1, 12]);
    let other = WHO.replace("37.763", "37.764");
    let both = block("endpoints", "", "approve", WHO) + &block("endpoints", "", "deny", &other);
    assert_eq!(read(&both).desired.decisions.len(), 2);
}
