//! The rules, without a server.

use jiff::{SignedDuration, Timestamp};

use super::filing::{OnConflict, Target, Wish};
use super::given::GivenRequest;
use super::people::User;
use super::request::{AccessType, Status};
use super::state::State;
use crate::dialect::Dialects;
use crate::options::RateLimit;
use crate::vendors::{DeedKind, Ground};

fn now() -> Timestamp {
    "2026-03-02T08:00:00Z".parse().unwrap()
}

fn after(minutes: i64) -> Timestamp {
    now()
        .checked_add(SignedDuration::from_mins(minutes))
        .unwrap()
}

const STATUSES: [Status; 7] = [
    Status::Pending,
    Status::Active,
    Status::Denied,
    Status::Cancelled,
    Status::CheckedIn,
    Status::Expired,
    Status::Withdrawn,
];

/// A vault with one request of each status, and their ids in that order.
fn vault() -> (State, Vec<u64>) {
    let mut state = State::new(&Ground {
        seed: 5,
        dialects: Dialects::default(),
        rate_limit: RateLimit::Off,
    });
    let of = |status| GivenRequest {
        status: Some(status),
        ..GivenRequest::default()
    };
    let ids = STATUSES.map(|status| state.add(&of(status), now()).unwrap());
    (state, ids.to_vec())
}

fn named(state: &State, name: &str) -> User {
    state.user(name).unwrap().clone()
}

#[test]
fn each_status_has_its_answer_to_each_call() {
    let deeds = ["approve", "deny", "check-in", "rotate"];
    let expected = [
        // Rotation is on already, so that call changes nothing while the request lives.
        (Status::Pending, ["effect", "effect", "4034", "no-op"]),
        (Status::Active, ["4036", "effect", "effect", "no-op"]),
        (Status::Denied, ["404"; 4]),
        (Status::Cancelled, ["404"; 4]),
        (Status::CheckedIn, ["404"; 4]),
        (Status::Expired, ["404"; 4]),
        (Status::Withdrawn, ["404"; 4]),
    ];
    for (position, (status, answers)) in expected.into_iter().enumerate() {
        for (deed, answer) in deeds.into_iter().zip(answers) {
            let (mut state, ids) = vault();
            let id = ids[position];
            let before = state.row(id);
            let approver = named(&state, "approver");
            let requestor = named(&state, "requestor");
            let done = match deed {
                "approve" => state.approve(&approver, id, None, now()),
                "deny" => state.deny(&approver, id, None, now()),
                "check-in" => state.check_in(&requestor, id, None, now()),
                _ => state.rotate_on_check_in(&requestor, id),
            };
            let told = match &done {
                Ok(done) if done.kind == DeedKind::Effect => "effect".to_owned(),
                Ok(_) => "no-op".to_owned(),
                Err(refusal) => refusal.code.unwrap_or(refusal.status).to_string(),
            };
            assert_eq!(told, answer, "{deed} on {status:?}");
            assert_eq!(
                state.row(id) == before,
                told != "effect",
                "{deed} on {status:?}"
            );
        }
    }
}

#[test]
fn what_is_due_comes_in_order_and_once() {
    let (mut state, ids) = vault();
    let approver = named(&state, "approver");
    state.approve(&approver, ids[0], None, after(10)).unwrap();
    let fired = state.settle(after(489));
    assert_eq!(fired.len(), 1);
    assert_eq!(
        fired[0].object.as_deref(),
        Some(ids[1].to_string().as_str())
    );
    let fired = state.settle(after(1000));
    assert_eq!((fired.len(), fired[0].at), (1, after(490)));
    assert!(state.settle(after(100_000)).is_empty());
}

#[test]
fn a_denial_takes_its_expiry_with_it() {
    let (mut state, ids) = vault();
    let approver = named(&state, "approver");
    state.deny(&approver, ids[1], None, after(1)).unwrap();
    assert!(state.settle(after(1000)).is_empty());
    assert_eq!(state.row(ids[1]).unwrap().status, Status::Cancelled);
}

#[test]
fn a_refused_filing_changes_nothing() {
    let (mut state, ids) = vault();
    let row = state.row(ids[1]).unwrap();
    let requestor = named(&state, "requestor");
    let other = named(&state, "requestor-approver");
    let wish = Wish {
        target: Target::Account {
            system: row.system_id as i64,
            account: row.account_id as i64,
        },
        access: AccessType::View,
        application: None,
        duration: 5,
        reason: None,
        schedule: None,
        on_conflict: Some(OnConflict::Renew),
        ticket_system: None,
        ticket: None,
        rotate: None,
    };
    let before = (state.rows.clone(), state.next_id, state.names.clone());
    assert_eq!(state.file(&other, &wish, now()).unwrap_err().status, 409);
    let absent = Wish {
        ticket_system: Some(9),
        ..wish.clone()
    };
    assert!(state.file(&requestor, &absent, now()).is_err());
    assert_eq!(
        (state.rows.clone(), state.next_id, state.names.clone()),
        before
    );
    let filed = state.file(&requestor, &wish, now()).unwrap();
    assert!(filed.new && filed.id > row.id);
    assert_eq!(state.row(row.id).unwrap().status, Status::Cancelled);
}

#[test]
fn ids_grow_and_are_given_once() {
    let (mut state, ids) = vault();
    assert!(ids.windows(2).all(|pair| pair[0] < pair[1]));
    let again = GivenRequest {
        id: Some(ids[0].to_string()),
        ..GivenRequest::default()
    };
    assert!(state.add(&again, now()).is_err());
    let ahead = GivenRequest {
        id: Some((ids[6] + 100).to_string()),
        ..GivenRequest::default()
    };
    state.add(&ahead, now()).unwrap();
    assert!(state.add(&GivenRequest::default(), now()).unwrap() > ids[6] + 100);
}

#[test]
fn a_request_that_says_nothing_gets_an_account_of_its_own() {
    let (state, ids) = vault();
    let accounts: std::collections::BTreeSet<u64> = ids
        .iter()
        .map(|id| state.row(*id).unwrap().account_id)
        .collect();
    assert_eq!(accounts.len(), ids.len());
}
