//! What stands for an id, and which requests fit it: none, one, several.

use super::*;
use crate::fakes::RATIFIES;
use crate::model::Decided;

fn request(id: &str, user: &str, at: &str) -> Request {
    Request {
        id: RequestId::canonical(id),
        status: Status::Approved,
        facts: [
            ("user", VendorText::new(user)),
            ("requested-at", VendorText::new(at)),
        ]
        .into(),
        decided: Decided::default(),
        ticket: None,
        link: None,
        beyond: None,
        obstacles: Vec::new(),
        lasts: Vec::new(),
        votes: None,
    }
}

fn key(user: &str, at: &str) -> RequestId {
    RATIFIES.key_of(&request("1", user, at).facts).unwrap()
}

#[test]
fn a_key_is_readable_safe_and_no_two_that_differ_share_one() {
    assert_eq!(
        key("win\\user", "2023-02-08T13:26:37.763").as_str(),
        "win%5Cuser@2023-02-08T13:26:37.763"
    );
    assert_eq!(key("a@b", "c").as_str(), "a%40b@c");
    assert_eq!(
        key("*?/\n\u{202e}", "c").as_str(),
        "%2A%3F%2F%0A%E2%80%AE@c"
    );
    assert_ne!(key("a@b", "c"), key("a", "b@c"));
    assert_ne!(key("a%40", "c"), key("a@", "c"));
    // Times have no zone: another way to write one is another text.
    assert_ne!(
        key("a", "2023-02-08T13:26"),
        key("a", "2023-02-08T13:26:00")
    );
    assert_ne!(key("Anna", "c"), key("ANNA", "c"));
}

#[test]
fn where_a_part_is_missing_there_is_no_key_and_elsewhere_there_is_none_at_all() {
    for (user, at) in [("", "c"), ("a", ""), ("", "")] {
        assert_eq!(RATIFIES.key_of(&request("1", user, at).facts), None);
    }
    let facts = request("1", "a", "c").facts;
    assert_eq!(crate::fakes::WILLING.key_of(&facts), None);
    assert!(!crate::fakes::WILLING.is_key(&key("a", "c")));
    assert!(RATIFIES.is_key(&key("a", "c")));
    assert!(!RATIFIES.is_key(&RequestId::canonical("17")));
}

#[test]
fn none_one_or_several_fit() {
    let (one, none, several) = (key("a", "1"), key("a", "2"), key("b", "1"));
    let named = [&one, &none, &several, &RequestId::canonical("9")].map(Clone::clone);
    let noted = |unreadable| {
        let mut fits = Fits::of(&RATIFIES, &named);
        assert!(fits.is_asked());
        for (id, user, at) in [
            ("3", "a", "1"),
            ("3", "a", "1"),
            ("4", "b", "1"),
            ("9", "b", "1"),
            ("5", "a", "3"),
        ] {
            fits.note(&request(id, user, at));
        }
        fits.sightings(unreadable)
            .into_iter()
            .collect::<BTreeMap<_, _>>()
    };
    let found = noted(0);
    assert_eq!(found.len(), 3);
    assert_eq!(
        found[&one],
        Sighting::Seen(Box::new(request("3", "a", "1")))
    );
    assert_eq!(found[&none], Sighting::Absent);
    let Sighting::Failed(why) = &found[&several] else {
        panic!("one was chosen")
    };
    assert_eq!(why.kind, ReadErrorKind::Ambiguous);
    assert_eq!(why.what, "2 requests fit: 4, 9");
    // A row that could not be read may be a second one, or the first.
    let found = noted(2);
    for key in [&one, &none] {
        let Sighting::Failed(why) = &found[key] else {
            panic!("it cannot be known")
        };
        assert_eq!(why.kind, ReadErrorKind::Malformed);
        assert!(why.what.starts_with("2 rows"), "{}", why.what);
    }
}

#[test]
fn without_keys_nothing_is_looked_for() {
    let named = [RequestId::canonical("9")];
    let mut fits = Fits::of(&RATIFIES, &named);
    assert!(!fits.is_asked());
    fits.note(&request("9", "a", "1"));
    assert_eq!(fits.sightings(0), []);
}
