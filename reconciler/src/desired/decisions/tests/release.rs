//! `[[release-request]]` blocks: what is read, what is a mistake, and that a key stands once.

use super::*;
use crate::desired::bench::terms;
use crate::model::{Aim, OnConflict, Target, Terms, Vendor};
use crate::vendors::capabilities;

/// Two queues of one instance of a vendor that files, and one of a vendor that does not.
fn vaults() -> Vec<Terms> {
    let vault = |name: &str| Terms {
        can: capabilities(Vendor::Beyondtrust),
        ..terms(name, "https://pam.example.com")
    };
    let helpdesk = terms("helpdesk", "https://abr.example.com");
    vec![vault("vault"), vault("vault-two"), helpdesk]
}

fn read(text: &str) -> Written {
    schema::checked(text, parse("r.toml", text, &vaults(), Keep::Digests))
}

/// A good block with a line replaced, removed (`""`) or added.
fn block(key: &str, line: &str) -> String {
    let good = [
        ("queue", "queue = \"vault\""),
        ("system", "system = 12"),
        ("account", "account = 34"),
        ("duration", "duration = \"2h\""),
        ("reason", "reason = \"Nightly job\""),
        ("ticket", "ticket = \"CHG0031337\""),
        ("expires", "expires = 2026-12-01T00:00:00Z"),
    ];
    let mut out = String::from("[[release-request]]\n");
    for (name, value) in good {
        out.push_str(if name == key { line } else { value });
        out.push('\n');
    }
    if good.iter().all(|(name, _)| *name != key) {
        out.push_str(line);
        out.push('\n');
    }
    out
}

#[test]
fn little_is_required_and_nothing_left_out_widens() {
    let written = read(&block("more", ""));
    assert_eq!(told(&written), "");
    let release = &written.desired.releases[0];
    assert_eq!(release.address.to_string(), "vault/account-34:CHG0031337");
    assert_eq!(release.minutes, 120);
    assert_eq!(release.access_type, "View");
    assert_eq!(
        (release.on_conflict, release.aim),
        (OnConflict::Refuse, Aim::Open)
    );
    assert_eq!(release.rotate_on_check_in, None);
    assert_eq!(release.from.to_string(), "r.toml:1:1");
    assert!(written.desired.decisions.is_empty());
}

#[test]
fn all_of_it_is_read() {
    let more = "access-type = \"App\"\napplication = 78\nticket-system = 3\nschedule = 9\non-conflict = \"renew\"\nrotate-on-check-in = false\nstate = \"checked-in\"";
    let written = read(&block("more", more));
    assert_eq!(told(&written), "");
    let release = &written.desired.releases[0];
    assert_eq!(release.application, Some(78));
    assert_eq!(
        (release.ticket_system, release.schedule),
        (Some(3), Some(9))
    );
    assert_eq!(release.rotate_on_check_in, Some(false));
    assert_eq!(
        (release.on_conflict, release.aim),
        (OnConflict::Renew, Aim::CheckedIn)
    );
    let by_alias = block("system", "alias = 56").replace("account = 34\n", "");
    let written = read(&by_alias);
    assert_eq!(told(&written), "");
    let release = &written.desired.releases[0];
    assert_eq!(release.target, Target::Alias(56));
    assert_eq!(release.address.id.as_str(), "alias-56:CHG0031337");
    // What `fmt` writes says the same.
    let laid_out = crate::desired::fmt::format("r.toml", &by_alias).unwrap();
    assert!(
        laid_out.starts_with("[[release-request]]\nqueue    = \"vault\"\nalias    = 56\nduration")
    );
    assert_eq!(read(&laid_out).desired, written.desired);
}

#[test]
fn every_mistake_is_told_with_a_hint() {
    let cases = [
        (
            "queue",
            "queue = \"helpdesk\"",
            "requests cannot be filed at Admin By Request",
        ),
        ("system", "", "must name an account, in one of two ways"),
        (
            "account",
            "alias = 56",
            "must name an account, in one of two ways",
        ),
        (
            "more",
            "alias = 56",
            "must name an account, in one of two ways",
        ),
        (
            "system",
            "system = 0",
            "`system` is no number of the vendor's",
        ),
        (
            "system",
            "system = \"12\"",
            "`system` in [[release-request]] must be a whole number",
        ),
        (
            "account",
            "account = 2147483648",
            "`account` is no number of the vendor's",
        ),
        ("duration", "", "`duration` is missing"),
        (
            "duration",
            "duration = \"30s\"",
            "whole minutes, 1 to 525600",
        ),
        (
            "duration",
            "duration = \"90s\"",
            "whole minutes, 1 to 525600",
        ),
        (
            "duration",
            "duration = \"8761h\"",
            "whole minutes, 1 to 525600",
        ),
        ("duration", "duration = 120", "must be a string"),
        ("more", "access-type = \"rdp\"", "did you mean `RDP`?"),
        ("more", "access-type = \"App\"", "needs an application"),
        ("more", "application = 78", "is to no application"),
        (
            "more",
            "on-conflict = \"cancel\"",
            "is no word for `on-conflict`",
        ),
        ("more", "state = \"closed\"", "is no word for `state`"),
        (
            "more",
            "rotate-on-checkin = true",
            "did you mean `rotate-on-check-in`?",
        ),
        ("ticket", "ticket = \"\"", "`ticket` is empty"),
        ("reason", "", "`reason` is missing"),
        ("expires", "", "`expires` is missing"),
    ];
    for (key, line, words) in cases {
        let written = read(&block(key, line));
        assert!(told(&written).contains(words), "{line}: {}", told(&written));
        assert!(written.desired.releases.is_empty(), "{line}");
    }
    let app = block(
        "system",
        "alias = 56\naccess-type = \"App\"\napplication = 78",
    );
    let app = app.replace("account = 34\n", "");
    assert!(told(&read(&app)).contains("an alias knows no access of the type App"));
}

#[test]
fn a_key_stands_once_in_an_instance() {
    let one = block("more", "");
    let two = one.replace("\"vault\"", "\"vault-two\"");
    let other = one.replace("CHG0031337", "CHG2");
    let written = read(&format!("{one}\n{two}\n{other}"));
    assert_eq!(told(&written), "");
    assert_eq!(written.desired.releases.len(), 1);
    assert_eq!(written.desired.duplicates.len(), 1);
    assert_eq!(written.desired.duplicates[0].places.len(), 2);
}

#[test]
fn a_call_in_doubt_is_resolved_by_its_key() {
    let resolve = |request: &str| {
        read(&format!(
            "[[resolve]]\nqueue = \"vault\"\nrequest = \"{request}\"\nintent = 7\nas = \"not-applied\"\nbecause = \"looked in the portal\"\n"
        ))
    };
    let written = resolve("account-34:CHG 1/x");
    assert_eq!(told(&written), "");
    assert_eq!(
        written.desired.resolves[0].address.id.as_str(),
        "account-34:CHG 1/x"
    );
    for wrong in [
        "account-:x",
        "account-34:",
        "account-34",
        "system-3:x",
        "account-x:y",
    ] {
        assert!(!told(&resolve(wrong)).is_empty(), "{wrong}");
    }
    // No decision is about a key.
    let decision = with("request", "request = \"account-34:CHG1\"").replace("helpdesk", "vault");
    assert!(told(&read(&decision)).contains("cannot be a request of"));
}
