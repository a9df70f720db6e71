//! The rules, without a server.

use jiff::{SignedDuration, Timestamp};

use super::given::{Given, GivenRequest};
use super::people::User;
use super::request::{Status, Type};
use super::state::{Ballot, State};
use crate::dialect::Dialects;
use crate::options::RateLimit;
use crate::vendors::{DeedKind, Ground};

fn now() -> Timestamp {
    "2026-03-02T08:00:00Z".parse().unwrap()
}

fn hours(hours: i64) -> Timestamp {
    now()
        .checked_add(SignedDuration::from_hours(hours))
        .unwrap()
}

fn instance() -> State {
    State::new(&Ground {
        seed: 5,
        dialects: Dialects::default(),
        rate_limit: RateLimit::Off,
    })
}

fn user(state: &State, name: &str) -> User {
    state.user(name).unwrap().clone()
}

fn ballot(accepted: bool) -> Ballot {
    Ballot {
        accepted,
        reason: Some("x".to_owned()),
    }
}

fn of(status: Status) -> GivenRequest {
    GivenRequest {
        status: Some(status),
        ..GivenRequest::default()
    }
}

#[test]
fn only_what_waits_is_decided_and_only_what_is_granted_revoked() {
    for status in [
        Status::Pending,
        Status::Granted,
        Status::Rejected,
        Status::Revoked,
        Status::Expired,
    ] {
        let mut state = instance();
        let id = state.add(&of(status), now()).unwrap().to_string();
        // Nobody of these has voted yet.
        let second = user(&state, "second-voter");
        let voted = state.vote(&second, &id, ballot(true), now());
        assert_eq!(voted.is_ok(), status == Status::Pending, "{status:?}");
        let mut state = instance();
        let id = state.add(&of(status), now()).unwrap().to_string();
        let revoked = state.revoke(&second, &id, None, now());
        assert_eq!(revoked.is_ok(), status == Status::Granted, "{status:?}");
    }
}

#[test]
fn as_many_votes_as_are_required_and_no_fewer() {
    for required in 1..=3 {
        let mut state = instance();
        let given = GivenRequest {
            required_votes: Some(required),
            ..GivenRequest::default()
        };
        let id = state.add(&given, now()).unwrap();
        for (count, name) in (1..)
            .zip(["approver", "second-voter", "boss"])
            .take(required as usize)
        {
            let who = user(&state, name);
            let deed = state
                .vote(&who, &id.to_string(), ballot(true), now())
                .unwrap();
            assert_eq!((deed.kind, deed.verdict), (DeedKind::Effect, "approve"));
            let granted = state.row(id).unwrap().status == Status::Granted;
            assert_eq!(granted, count == required, "{count} of {required}");
        }
    }
}

#[test]
fn endings_come_in_the_order_of_their_times_and_once() {
    let mut state = instance();
    let window = GivenRequest {
        kind: Some(Type::Scheduled),
        ..GivenRequest::default()
    };
    let late = state.add(&window, now()).unwrap();
    let short = GivenRequest {
        interval: Some(1),
        activated_at: Some(crate::given::Moment(now())),
        ..of(Status::Granted)
    };
    let early = state.add(&short, now()).unwrap();
    let fired = state.settle(hours(20));
    let told: Vec<(&str, Option<String>)> = fired
        .iter()
        .map(|one| (one.kind, one.object.clone()))
        .collect();
    assert_eq!(
        told,
        [
            ("access-expired", Some(early.to_string())),
            ("request-lapsed", Some(late.to_string()))
        ]
    );
    assert_eq!((fired[0].at, fired[1].at), (hours(1), hours(9)));
    assert!(state.settle(hours(99)).is_empty());
}

#[test]
fn a_world_that_makes_no_sense_is_refused() {
    for (text, word) in [
        ("[[request]]\nid = \"x\"", "digits only"),
        ("[[request]]\nid = \"007\"", "64 bits"),
        ("[[request]]\nid = \"9999999999999999999\"", "64 bits"),
        ("[[request]]\nid = 7\n[[request]]\nid = 7", "twice"),
        (
            "[[request]]\nname = \"a\"\n[[request]]\nname = \"a\"",
            "two requests",
        ),
        ("[[request]]\ninterval = 25", "1 to 24"),
        (
            "[[request]]\ntype = \"scheduled\"\ninterval = 2",
            "no interval",
        ),
        (
            "[[request]]\ntype = \"immediate\"\nexpires-at = 2026-03-02T08:00:00Z",
            "no window",
        ),
        (
            "[[request]]\nvotes = [{ by = \"nobody\" }]",
            "nobody is called",
        ),
        (
            "[[request]]\nvotes = [{ by = \"boss\" }]",
            "a request is granted",
        ),
        (
            "[[request]]\nrequired-votes = 3\nvotes = [{ by = \"boss\" }, { by = \"boss\" }]",
            "votes twice",
        ),
        (
            "[[request]]\nstatus = \"granted\"\nrequired-votes = 9",
            "fewer people",
        ),
        (
            "[[user]]\nname = \"a\"\napi-key = \"short\"",
            "64 characters",
        ),
        ("[[user]]\nname = \"a\"\nuser-name = \"boss\"", "share"),
    ] {
        let given: Given = toml::from_str(text).unwrap();
        let error = instance().seed(&given, now()).unwrap_err();
        assert!(error.contains(word), "{text}: {error}");
    }
}

#[test]
fn somebody_who_is_altered_keeps_the_rest() {
    let mut state = instance();
    let before = user(&state, "approver");
    let given: Given = toml::from_str("[[user]]\nname = \"approver\"\nsafes = [\"A\"]").unwrap();
    state.seed(&given, now()).unwrap();
    let after = user(&state, "approver");
    assert_eq!(
        (after.api_key, after.id, after.role),
        (before.api_key, before.id, before.role)
    );
    assert_eq!(after.safes, Some(vec!["A".to_owned()]));
    assert_eq!(state.users.len(), 5);
}
