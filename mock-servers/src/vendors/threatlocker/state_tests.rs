//! The rules, without a server.

use jiff::{SignedDuration, Timestamp};

use super::estate::{Level, Rule};
use super::given::{Generate, Given, GivenOrganization, GivenRequest};
use super::list::Reading;
use super::permit::{Permit, Scope};
use super::rejecting::Batch;
use super::request::Status;
use super::state::{Caller, State};
use crate::dialect::Dialects;
use crate::options::RateLimit;
use crate::vendors::{DeedKind, Ground};

fn now() -> Timestamp {
    "2026-03-02T08:00:00Z".parse().unwrap()
}

fn tenant() -> State {
    State::new(&Ground {
        seed: 5,
        dialects: Dialects::default(),
        rate_limit: RateLimit::Off,
    })
}

fn caller(state: &State, name: &str) -> Caller {
    Caller {
        user: state.user(name).unwrap().clone(),
        managed: state.estate.root.clone(),
    }
}

fn permit(id: &str) -> Permit {
    let mut permit = Permit::narrowest(id, "Tool".to_owned(), Rule::default());
    permit.json = Some("{}".to_owned());
    permit
}

fn of(status: Status) -> GivenRequest {
    GivenRequest {
        status: Some(status),
        ..GivenRequest::default()
    }
}

#[test]
fn every_permit_writes_a_policy_and_every_status_can_be_permitted() {
    for status in [
        Status::Pending,
        Status::Approved,
        Status::NotLearned,
        Status::Rejected,
        Status::AddedToApplication,
        Status::Escalated,
        Status::SelfApproved,
        Status::EscalatedByCustomer,
    ] {
        let mut state = tenant();
        let id = state.add(&of(status), now()).unwrap();
        for count in 1..=2 {
            let deed = state
                .permit(&caller(&state, "approver"), &permit(&id), now())
                .unwrap();
            assert_eq!((deed.kind, deed.verdict), (DeedKind::Effect, "approve"));
            assert_eq!(state.estate.policies.len(), count);
        }
        // Only what was not actioned yet is open to somebody without that permission.
        let mut state = tenant();
        let id = state.add(&of(status), now()).unwrap();
        let told = state.permit(&caller(&state, "pending-only"), &permit(&id), now());
        assert_eq!(told.is_ok(), !status.is_actioned(), "{status:?}");
    }
}

#[test]
fn what_was_withdrawn_is_not_found() {
    let mut state = tenant();
    let id = state.add(&of(Status::Withdrawn), now()).unwrap();
    let told = state.permit(&caller(&state, "approver"), &permit(&id), now());
    assert_eq!(told.unwrap_err().status, 404);
}

#[test]
fn a_policy_names_whom_it_is_for() {
    let mut state = tenant();
    let id = state.add(&of(Status::Pending), now()).unwrap();
    let row = state.row(&id).unwrap();
    let mut wide = permit(&id);
    for (scope, level) in [
        (Scope::Computer, Level::Computer(row.computer)),
        (Scope::Group(row.group.clone()), Level::Group(row.group)),
        (Scope::Organization, Level::Organization(row.organization)),
    ] {
        wide.scope = scope;
        state
            .permit(&caller(&state, "approver"), &wide, now())
            .unwrap();
        assert_eq!(state.estate.policies.last().unwrap().level, level);
    }
}

#[test]
fn a_rejection_leaves_policies_alone() {
    let mut state = tenant();
    let id = state.add(&of(Status::Pending), now()).unwrap();
    let who = caller(&state, "approver");
    state.permit(&who, &permit(&id), now()).unwrap();
    let batch = Batch {
        items: vec![(id.clone(), None, None)],
        ..Batch::default()
    };
    let deeds = state.reject(&who, &batch, now()).unwrap();
    assert_eq!((deeds.len(), deeds[0].verdict), (1, "deny"));
    assert_eq!(state.row(&id).unwrap().status, Status::Rejected);
    assert!(!state.estate.policies[0].expired);
}

#[test]
fn generated_rows_read_the_same_before_and_after_they_are_stored() {
    let mut state = tenant();
    let generate = Generate {
        count: 1_000,
        at: None,
        organization: None,
    };
    state.add_block(&generate, now()).unwrap();
    let reading = Reading::all([state.estate.root.clone()].into(), 1);
    let (rows, total) = state.page(&reading);
    assert_eq!((rows.len(), total), (1_000, 1_000));
    let before = rows[500].clone().into_owned();
    assert_eq!(state.row(&before.id).unwrap(), before);
    let after = state.change(&before.id, |_| {}).unwrap();
    assert_eq!(after, before);
    assert_eq!(state.rows.len(), 1);
    assert_eq!(state.total(&reading), 1_000);
    let (rows, _) = state.page(&reading);
    assert_eq!(rows[500].as_ref(), &before);
    assert!(state.row("no id").is_none());
}

#[test]
fn endings_come_in_the_order_of_their_times() {
    let mut state = tenant();
    let id = state.add(&of(Status::Pending), now()).unwrap();
    let hours = |hours| now().checked_add(SignedDuration::from_hours(hours)).ok();
    let mut timed = permit(&id);
    timed.expires_at = hours(2);
    timed.elevation = true;
    timed.elevation_until = hours(1);
    state
        .permit(&caller(&state, "approver"), &timed, now())
        .unwrap();
    let fired: Vec<&str> = state
        .settle(hours(3).unwrap())
        .iter()
        .map(|event| event.kind)
        .collect();
    assert_eq!(fired, ["elevation-expired", "policy-expired"]);
    assert!(state.settle(hours(9).unwrap()).is_empty());
}

#[test]
fn a_world_that_makes_no_sense_is_refused() {
    let refused = |text: &str| {
        let given: Given = toml::from_str(text).unwrap();
        tenant().seed(&given, now()).unwrap_err()
    };
    for (text, word) in [
        (
            "[[organization]]\nname = \"A\"\nparent = \"B\"",
            "no organization",
        ),
        ("[[request]]\nid = \"4711\"", "GUID"),
        (
            "[[request]]\nname = \"a\"\n[[request]]\nname = \"a\"",
            "two requests",
        ),
        ("[[request]]\nassignee = \"nobody\"", "nobody is called"),
        ("[[user]]\nname = \"a\"\ntoken = \"short\"", "64 characters"),
        (
            "[[user]]\nname = \"a\"\nemail = \"boss@example.com\"",
            "share",
        ),
        (
            "[[application]]\nname = \"a\"\nbuilt-in = true\norganization = \"Example Group\"",
            "belongs to nobody",
        ),
        (
            "[[computer]]\nname = \"c\"\ngroup = \"20000000-0000-4000-a000-000000000001\"",
            "no group",
        ),
        (
            "[[group]]\nname = \"g\"\n[[group]]\nname = \"g\"",
            "given twice",
        ),
    ] {
        let error = refused(text);
        assert!(error.contains(word), "{text}: {error}");
    }
    let unknown =
        toml::from_str::<Given>("[[user]]\nname = \"a\"\npermissions = [\"View Aprovals\"]");
    assert!(unknown.unwrap_err().to_string().contains("View Approvals"));
}

#[test]
fn organizations_nest() {
    let mut state = tenant();
    let organization = |name: &str, parent: &str| GivenOrganization {
        id: None,
        name: name.to_owned(),
        parent: Some(parent.to_owned()),
    };
    let given = Given {
        organization: vec![organization("A", "Example Group"), organization("B", "A")],
        ..Given::default()
    };
    state.seed(&given, now()).unwrap();
    let root = state.estate.root.clone();
    let id = |name: &str| state.estate.organization_called(name).unwrap().id.clone();
    assert_eq!(state.estate.below(&root).len(), 2);
    let above: Vec<&str> = state
        .estate
        .above(&id("B"))
        .iter()
        .map(|own| own.name.as_str())
        .collect();
    assert_eq!(above, ["A", "Example Group"]);
    assert!(!state.estate.is_within(&root, &id("A")));
}
