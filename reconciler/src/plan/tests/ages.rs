//! How long what files name has been waiting: known, unknown, or not waiting at all.

use jiff::SignedDuration;

use crate::fakes::{Scene, WILLING, decision, now, queue_name, request, seen, unreadable};
use crate::model::{Reading, Request, Sighting, Status, Undecided, VendorText, Verdict};
use crate::plan::{Brakes, Waiting, World, waiting};

/// A pending request that the vendor says was made then.
fn made_at(id: &str, key: &'static str, made: &str) -> Request {
    let mut one = request(id, Status::Pending);
    one.facts.insert(key, VendorText::new(made));
    one
}

fn ages(scene: &Scene) -> Vec<(String, Option<i64>)> {
    let world = World {
        desired: &scene.desired,
        terms: &scene.terms,
        observed: &scene.observed,
        past: &scene.past,
        brakes: &Brakes::default(),
        now: now(),
    };
    let hours = |one: Waiting| {
        (
            one.address.id.to_string(),
            one.age.map(|age| age.as_hours()),
        )
    };
    waiting(&world).into_iter().map(hours).collect()
}

#[test]
fn an_age_is_known_only_where_the_vendor_tells_it() {
    let decisions = (1..=8)
        .map(|id| decision(Verdict::Deny, &id.to_string()))
        .collect();
    let sightings = vec![
        (
            "1",
            seen(made_at("1", "requested-at", "2026-11-22T05:00:00")),
        ),
        (
            "2",
            seen(made_at("2", "created-at", "2026-11-22T09:30:00+02:00")),
        ),
        ("3", seen(request("3", Status::Pending))),
        ("4", seen(made_at("4", "requested-at", "yesterday"))),
        ("5", seen(request("5", Status::Approved))),
        ("6", Sighting::Absent),
        (
            "7",
            Sighting::Failed(unreadable("GET /things/7 answered 500")),
        ),
    ];
    let scene = Scene::new(&WILLING, decisions, sightings);
    let known = |id: &str, age| (id.to_owned(), age);
    assert_eq!(
        ages(&scene),
        [
            known("1", Some(4)),
            known("2", Some(1)),
            known("3", None),
            known("4", None),
            known("7", None),
            known("8", None)
        ]
    );
}

#[test]
fn what_nobody_decided_waits_too_and_an_unread_queue_hides_all_ages() {
    let mut scene = Scene::new(
        &WILLING,
        vec![],
        vec![(
            "1",
            seen(made_at("1", "requested-at", "2026-11-20T09:00:00Z")),
        )],
    );
    let drafted = decision(Verdict::Deny, "1");
    scene.desired.undecided.push(Undecided {
        address: drafted.address,
        from: drafted.from,
    });
    assert_eq!(ages(&scene), [("1".to_owned(), Some(48))]);
    scene.observed.queues = [(queue_name(), Reading::Unread(unreadable("no answer")))].into();
    assert_eq!(ages(&scene), [("1".to_owned(), None)]);
}

#[test]
fn a_request_from_the_future_has_no_age() {
    let age = |made: &str| crate::model::age(&made_at("1", "requested-at", made).facts, now());
    assert_eq!(age("2026-11-22T09:04:00Z"), Some(SignedDuration::ZERO));
    assert_eq!(
        age("2026-11-22T11:00:00"),
        None,
        "the vendor's zone is another"
    );
}
