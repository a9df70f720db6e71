//! The rules, without a server.

use jiff::{SignedDuration, Timestamp};

use super::given::{Given, GivenRequest};
use super::list::Reading;
use super::request::Status;
use super::state::State;
use crate::actors::Decision;
use crate::dialect::Dialects;
use crate::options::RateLimit;
use crate::vendors::{DeedKind, Ground};

fn now() -> Timestamp {
    "2026-03-02T08:00:00Z".parse().unwrap()
}

fn after(days: i64) -> Timestamp {
    now()
        .checked_add(SignedDuration::from_hours(24 * days))
        .unwrap()
}

/// A tenant with one request of each status, and their ids in that order.
fn tenant() -> (State, Vec<u64>) {
    let mut state = State::new(&Ground {
        seed: 5,
        dialects: Dialects::default(),
        rate_limit: RateLimit::Off,
    });
    let of = |status| GivenRequest {
        status: Some(status),
        ..GivenRequest::default()
    };
    let statuses = [
        Status::Pending,
        Status::Approved,
        Status::Running,
        Status::Finished,
        Status::Denied,
        Status::Quarantined,
        Status::Expired,
    ];
    let ids = statuses.map(|status| state.add(&of(status), now()).unwrap());
    (state, ids.to_vec())
}

#[test]
fn the_api_decides_pending_requests_and_nothing_else() {
    for (position, kind) in [
        DeedKind::Effect,
        DeedKind::NoOp,
        DeedKind::NoOp,
        DeedKind::NoOp,
        DeedKind::NoOp,
        DeedKind::NoOp,
        DeedKind::NoOp,
    ]
    .into_iter()
    .enumerate()
    {
        let (mut state, ids) = tenant();
        let before = state.find(ids[position], now()).unwrap();
        let approved = state.approve(ids[position], None, now()).unwrap();
        assert_eq!(approved.kind, kind, "{position}");
        if kind == DeedKind::NoOp {
            assert_eq!(state.find(ids[position], now()).unwrap(), before);
            assert_eq!(
                state
                    .deny(ids[position], None, Some("x"), now())
                    .unwrap()
                    .kind,
                DeedKind::NoOp
            );
            assert_eq!(state.find(ids[position], now()).unwrap(), before);
        }
    }
    assert!(tenant().0.approve(1, None, now()).is_none());
}

#[test]
fn the_users_steps_have_one_order() {
    let (mut state, ids) = tenant();
    assert!(state.start(ids[0], now()).is_err() && state.finish(ids[1], now()).is_err());
    assert_eq!(state.start(ids[1], now()), Ok(Status::Running));
    assert_eq!(state.finish(ids[1], now()), Ok(Status::Finished));
    assert_eq!(state.cancel(ids[0], now()), Ok(Status::Withdrawn));
    assert!(state.find(ids[0], now()).is_none());
}

#[test]
fn what_is_due_comes_in_order_and_once() {
    let (mut state, ids) = tenant();
    state.approve(ids[0], None, after(1)).unwrap();
    let fired = state.settle(after(40));
    let of = |id: u64| {
        fired
            .iter()
            .filter(|event| event.object.as_deref() == Some(&id.to_string()))
            .map(|event| event.kind)
            .collect::<Vec<_>>()
    };
    assert_eq!(of(ids[0]), ["approval-expired", "dropped-out"]);
    assert_eq!(of(ids[4]), ["dropped-out"]);
    assert!(fired.windows(2).all(|pair| pair[0].at <= pair[1].at));
    assert!(state.settle(after(400)).is_empty());
}

#[test]
fn a_change_moves_what_is_due() {
    let (mut state, ids) = tenant();
    state
        .portal(ids[1], Decision::TakeBack, None, None, after(13))
        .unwrap();
    let fired = state.settle(after(15));
    assert!(
        fired.iter().all(|event| event.kind != "approval-expired"),
        "{fired:?}"
    );
    assert_eq!(
        state.find(ids[1], after(15)).unwrap().status,
        Status::Denied
    );
}

#[test]
fn ids_grow_and_are_given_once() {
    let (mut state, ids) = tenant();
    assert!(ids.windows(2).all(|pair| pair[0] < pair[1]));
    let again = GivenRequest {
        id: Some(ids[0].to_string()),
        ..GivenRequest::default()
    };
    assert!(state.add(&again, now()).is_err());
}

#[test]
fn a_generated_row_reads_the_same_before_and_after_it_is_stored() {
    let given: crate::given::Given = crate::given::Given::from_toml("[[admin-by-request.generate]]\ncount = 100\nstatus = { pending = 1, denied = 1, approved = 1 }").unwrap();
    let given: Given = given.admin_by_request.unwrap();
    let (mut state, _) = tenant();
    state.seed(&given, now()).unwrap();
    for at in [now(), after(5), after(16)] {
        let reading = Reading {
            start: 0,
            take: 200,
            back: false,
            statuses: &[Status::Denied, Status::Expired],
            dropped: false,
        };
        let mut stored = state.clone();
        stored.settle(at);
        let ids: Vec<u64> = stored
            .read(&reading, at, |_| true)
            .iter()
            .map(|row| row.id)
            .collect();
        let untouched = stored.find(ids[0], at).unwrap();
        stored.approve(ids[0], None, at).unwrap();
        assert_eq!(
            stored.find(ids[0], at).unwrap(),
            untouched,
            "an ignored write changes nothing"
        );
        let forward: Vec<u64> = stored
            .read(&reading, at, |_| true)
            .iter()
            .map(|row| row.id)
            .collect();
        let mut back: Vec<u64> = stored
            .read(
                &Reading {
                    back: true,
                    ..reading
                },
                at,
                |_| true,
            )
            .iter()
            .map(|row| row.id)
            .collect();
        back.reverse();
        assert_eq!(forward, back);
        assert_eq!(forward, ids);
    }
}
