//! Ratification, with Ekran's real capabilities: what the console shows against what was reviewed, with an id
//! and without one. Never a change.

use super::*;
use crate::model::{
    Address, Decided, Desired, Guard, Place, ReadErrorKind, Request, Undecided, VendorText,
};
use crate::vendors::ekran::CAPABILITIES;

const AT: &str = "2023-02-08T13:26:37.763";

fn shown(id: &str, status: Status) -> Request {
    let facts = [
        ("user", VendorText::new("windev\\user")),
        ("requested-at", VendorText::new(AT)),
        ("remote-ip", VendorText::new("172.31.240.1")),
    ];
    Request {
        facts: facts.into(),
        decided: Decided {
            by: Some("admin".into()),
            note: None,
        },
        ..request(id, status)
    }
}

fn key() -> RequestId {
    let key = CAPABILITIES.key_of(&shown("17", Status::Approved).facts);
    key.expect("a key")
}

/// A decision that names request 17 and guards all of it.
fn by_id(verdict: Verdict) -> Decision {
    let seen = shown("17", Status::Approved);
    let terms = crate::fakes::terms(&CAPABILITIES);
    let facts = seen.facts.iter();
    let facts = facts.map(|(key, value)| ((*key).to_owned(), value.raw().to_owned()));
    Decision {
        guard: Guard {
            fingerprint: Some(fingerprint(&terms, &seen.id, &seen.facts)),
            facts: facts.collect(),
        },
        ..decision(verdict, "17")
    }
}

/// One that knows no id: who, and when he asked.
fn by_key(verdict: Verdict) -> Decision {
    let mut decision = by_id(verdict);
    decision.address.id = key();
    decision.guard.fingerprint = None;
    edit(&mut decision.guard, |facts| {
        facts.remove("remote-ip");
    });
    decision.from.line = 9;
    decision
}

fn scene(decisions: Vec<Decision>, sighting: Sighting) -> Scene {
    let ids: Vec<RequestId> = decisions.iter().map(|d| d.address.id.clone()).collect();
    let sightings = ids.iter().map(RequestId::as_str);
    let sightings = sightings.zip(vec![sighting; ids.len()]);
    Scene::new(&CAPABILITIES, decisions, sightings.collect())
}

fn verdict(decision: Decision, sighting: Sighting) -> String {
    let plan = scene(vec![decision], sighting).plan();
    assert_eq!(plan.changes, [], "nothing is ever sent");
    verdict_on(&plan)
}

#[test]
fn the_decision_table_with_an_id_and_without() {
    for make in [by_id, by_key] {
        let row = |verdict_: Verdict| {
            let told = EVERY_STATUS.iter().map(|status| {
                let answer = verdict(make(verdict_), seen(shown("17", status.clone())));
                format!("{}: {answer}\n", status.word())
            });
            let unknown = Status::Unknown("Postponed".into());
            let absent = verdict(make(verdict_), Sighting::Absent);
            let unread = verdict(make(verdict_), Sighting::Failed(unreadable("odd")));
            format!(
                "{}unknown: {}\nabsent: {absent}\nfailed: {unread}\n",
                told.collect::<String>(),
                verdict(make(verdict_), seen(shown("17", unknown))),
            )
        };
        assert_eq!(
            row(Verdict::Approve),
            "pending: waiting: not-processed\napproved: ratified\nin use: ratified\nfinished: ratified\n\
             denied: blocked: contradicted\nrevoked: blocked: contradicted\nexpired: lapsed: request-expired\n\
             quarantined: blocked: quarantined\nunknown: blocked: unknown-status\n\
             absent: waiting: not-processed\nfailed: blocked: row-unreadable\n"
        );
        assert_eq!(
            row(Verdict::Deny),
            "pending: waiting: not-processed\napproved: blocked: contradicted\nin use: blocked: contradicted\n\
             finished: blocked: contradicted\ndenied: ratified\nrevoked: ratified\nexpired: settled\n\
             quarantined: blocked: quarantined\nunknown: blocked: unknown-status\n\
             absent: waiting: not-processed\nfailed: blocked: row-unreadable\n"
        );
        assert_eq!(
            row(Verdict::Revoke),
            "pending: waiting: not-processed\napproved: blocked: unsupported\nin use: blocked: unsupported\n\
             finished: settled\ndenied: settled\nrevoked: settled\nexpired: settled\n\
             quarantined: blocked: quarantined\nunknown: blocked: unknown-status\n\
             absent: waiting: not-processed\nfailed: blocked: row-unreadable\n"
        );
    }
}

#[test]
fn what_is_ratified_says_by_whom_and_which_request_it_was() {
    let settled = |decision| {
        let plan = scene(vec![decision], seen(shown("17", Status::Approved))).plan();
        let settled = plan.settled.into_iter().next().expect("settled");
        assert_eq!(settled.by, Some("admin".into()));
        settled.settled
    };
    let ratified = |id| SettledBy::Ratified {
        status: "approved".to_owned(),
        id,
    };
    assert_eq!(settled(by_id(Verdict::Approve)), ratified(None));
    let id = RequestId::canonical("17");
    assert_eq!(settled(by_key(Verdict::Approve)), ratified(Some(id)));
}

#[test]
fn nothing_processed_yet_is_no_failure_even_if_it_is_all() {
    let mut second = by_id(Verdict::Deny);
    second.address.id = RequestId::canonical("18");
    let plan = scene(vec![by_id(Verdict::Approve), second], Sighting::Absent).plan();
    let counts = plan.counts();
    assert_eq!((counts.waiting, counts.blocked, counts.settled), (2, 0, 0));
    assert!(plan.holds[0].reason.contains("not processed yet"));
}

#[test]
fn several_that_fit_are_a_hold_that_names_them() {
    let why = ReadError {
        kind: ReadErrorKind::Ambiguous,
        ..unreadable("2 requests fit: 4, 9")
    };
    let plan = scene(vec![by_key(Verdict::Approve)], Sighting::Failed(why)).plan();
    assert_eq!(verdict_on(&plan), "blocked: ambiguous");
    assert!(plan.holds[0].reason.contains("4, 9"));
    assert!(plan.holds[0].next.contains("request = "));
}

#[test]
fn what_was_granted_has_to_be_what_was_reviewed() {
    let answer = |verdict_, change: &dyn Fn(&mut Decision), status| {
        let mut decision = by_id(verdict_);
        change(&mut decision);
        verdict(decision, seen(shown("17", status)))
    };
    let edit = |key: &'static str| {
        move |decision: &mut Decision| {
            edit(&mut decision.guard, |facts| {
                facts.insert(key.to_owned(), "another".to_owned());
            });
        }
    };
    for key in ["user", "requested-at", "remote-ip"] {
        let told = answer(Verdict::Approve, &edit(key), Status::Approved);
        assert_eq!(told, "blocked: granted-otherwise", "{key}");
    }
    // A deny goes on while user and address are the reviewed ones.
    let deny = |key| answer(Verdict::Deny, &edit(key), Status::Denied);
    assert_eq!(deny("requested-at"), "ratified");
    assert_eq!(deny("user"), "blocked: guard-mismatch");
    assert_eq!(deny("remote-ip"), "blocked: guard-mismatch");
    let fingerprint = |decision: &mut Decision| {
        decision.guard.fingerprint = Some(format!("v1:sha256:{}", "0".repeat(64)));
    };
    let told = answer(Verdict::Approve, &fingerprint, Status::Approved);
    assert_eq!(told, "blocked: granted-otherwise");
}

#[test]
fn the_fingerprint_may_be_missing_where_user_and_time_stand() {
    let answer = |without: &[&str]| {
        let mut decision = by_id(Verdict::Approve);
        decision.guard.fingerprint = None;
        edit(&mut decision.guard, |facts| {
            facts.retain(|key, _| !without.contains(&key.as_str()));
        });
        let scene = scene(vec![decision], seen(shown("17", Status::Approved)));
        let foreseen = foresee(&scene.desired, &scene.terms);
        let foreseen = foreseen.iter().map(|hold| hold.why.about().code);
        (verdict_on(&scene.plan()), foreseen.collect::<Vec<_>>())
    };
    assert_eq!(answer(&[]), ("ratified".to_owned(), vec![]));
    assert_eq!(answer(&["remote-ip"]), ("ratified".to_owned(), vec![]));
    for without in [["user", "remote-ip"], ["requested-at", "remote-ip"]] {
        let held = ("blocked: guard-missing".to_owned(), vec!["guard-missing"]);
        assert_eq!(answer(&without), held);
    }
}

#[test]
fn without_an_id_a_fingerprint_is_held_against_the_request_that_was_found() {
    let mut decision = by_key(Verdict::Approve);
    decision.guard = by_id(Verdict::Approve).guard;
    let foreseen = scene(vec![decision.clone()], Sighting::Absent);
    assert_eq!(foresee(&foreseen.desired, &foreseen.terms), []);
    let told = |id| verdict(decision.clone(), seen(shown(id, Status::Approved)));
    assert_eq!(told("17"), "ratified");
    assert_eq!(told("18"), "blocked: granted-otherwise");
}

#[test]
fn a_revoke_is_foreseen_as_unsupported_and_nothing_else_is() {
    let codes = |verdict_| {
        let scene = scene(vec![by_id(verdict_)], Sighting::Absent);
        let holds = foresee(&scene.desired, &scene.terms);
        let codes = holds.iter().map(|hold| hold.why.about().code);
        codes.collect::<Vec<_>>()
    };
    assert!(codes(Verdict::Approve).is_empty() && codes(Verdict::Deny).is_empty());
    assert_eq!(codes(Verdict::Revoke), ["unsupported"]);
}

#[test]
fn no_brake_stops_a_ratification() {
    let mut scene = scene(
        vec![by_id(Verdict::Approve)],
        seen(shown("17", Status::Approved)),
    );
    scene.brakes.frozen = Some("a test".to_owned());
    scene.brakes.approvals = Some(0);
    scene.brakes.unmerged = Some(("main".to_owned(), [by_id(Verdict::Approve).address].into()));
    scene.view().clock_offset = Some(jiff::SignedDuration::from_hours(7));
    assert_eq!(verdict_on(&scene.plan()), "ratified");
}

fn places(plan: &Plan) -> Vec<(String, Vec<u32>)> {
    let places = plan.holds.iter().map(|hold| {
        let Why::Duplicate { places } = &hold.why else {
            panic!("{hold:?}")
        };
        let lines = places.iter().map(|place| place.line).collect();
        (hold.address.to_string(), lines)
    });
    places.collect()
}

#[test]
fn blocks_that_turn_out_to_be_one_request_are_duplicates() {
    let one = |verdict_| seen(shown("17", verdict_));
    // Both decided: whatever they say, nothing is said of either.
    let both = vec![by_id(Verdict::Approve), by_key(Verdict::Deny)];
    let plan = scene(both, one(Status::Approved)).plan();
    assert_eq!(places(&plan), [("desk/17".to_owned(), vec![1, 9])]);
    assert_eq!((plan.settled.len(), plan.changes.len()), (0, 0));
    // One undecided, one past its end: as for two that write the same id.
    let at = |line| Place {
        line,
        ..by_id(Verdict::Deny).from
    };
    let mut drafted = scene(vec![by_key(Verdict::Approve)], one(Status::Approved));
    drafted.desired.undecided.push(Undecided {
        address: by_id(Verdict::Deny).address,
        from: at(30),
    });
    let plan = drafted.plan();
    assert_eq!(places(&plan), [("desk/17".to_owned(), vec![9, 30])]);
    assert_eq!((plan.settled.len(), plan.undecided.len()), (0, 0));
    let mut over = by_id(Verdict::Approve);
    over.expires = now();
    let plan = scene(vec![over, by_key(Verdict::Approve)], one(Status::Approved)).plan();
    assert_eq!(places(&plan), [("desk/17".to_owned(), vec![1, 9])]);
    assert_eq!(plan.inert, []);
}

#[test]
fn more_places_join_a_duplicate_and_others_are_left_alone() {
    let mut scene = scene(
        vec![by_key(Verdict::Approve)],
        seen(shown("17", Status::Approved)),
    );
    let Place { file, .. } = by_id(Verdict::Approve).from;
    let place = |line| Place {
        file: file.clone(),
        line,
        column: 1,
    };
    let duplicate = |id: &str, lines: [u32; 2]| Duplicate {
        address: Address {
            id: RequestId::canonical(id),
            ..by_id(Verdict::Approve).address
        },
        places: lines.map(place).to_vec(),
    };
    scene.desired = Desired {
        duplicates: vec![duplicate("17", [3, 4]), duplicate("18", [5, 6])],
        ..scene.desired
    };
    let all = [
        ("desk/17".to_owned(), vec![3, 4, 9]),
        ("desk/18".to_owned(), vec![5, 6]),
    ];
    assert_eq!(places(&scene.plan()), all);
}

#[test]
fn where_the_one_that_is_meant_is_not_known_nothing_is_a_duplicate() {
    let both = vec![by_id(Verdict::Approve), by_key(Verdict::Approve)];
    let mut apart = scene(both, seen(shown("17", Status::Approved)));
    apart.view().requests.insert(key(), Sighting::Absent);
    let plan = apart.plan();
    assert_eq!((plan.settled.len(), plan.counts().waiting), (1, 1));
}

#[test]
fn a_queue_that_was_not_read_blocks_and_an_inert_decision_is_not_compared() {
    let mut unread = scene(vec![by_key(Verdict::Approve)], Sighting::Absent);
    let reading = Reading::Unread(unreadable("no answer"));
    unread.observed.queues = [(crate::fakes::queue_name(), reading)].into();
    assert_eq!(verdict_on(&unread.plan()), "blocked: unread");
    let mut over = by_key(Verdict::Approve);
    over.expires = now();
    assert_eq!(verdict(over, seen(shown("17", Status::Denied))), "inert");
}
