//! The decision table, the checks in their order, and what a plan file withstands.

mod ages;
mod base;
mod held;
mod permits;
mod properties;
mod ratify;
mod releases;
mod vault;
mod votes;

use insta::assert_snapshot;

use super::*;
use crate::fakes::{
    ACTS_AGAIN, NO_REVOKE, Scene, WILLING, decision, edit, now, request, seen, unreadable,
};
use crate::model::{
    Capabilities, Decision, Duplicate, Identity, Outcome, ReadError, RequestId, Sent, SentState,
    Sighting, Status,
};

const EVERY_STATUS: [Status; 8] = [
    Status::Pending,
    Status::Approved,
    Status::InUse,
    Status::Finished,
    Status::Denied,
    Status::Revoked,
    Status::Expired,
    Status::Quarantined,
];

/// What becomes of one decision, in a word.
fn verdict_on(plan: &Plan) -> String {
    match (
        plan.changes.as_slice(),
        plan.settled.as_slice(),
        plan.holds.as_slice(),
        plan.inert.as_slice(),
    ) {
        ([_], [], [], []) => "CHANGE".to_owned(),
        ([], [settled], [], []) => match &settled.settled {
            SettledBy::Us { .. } => "settled by us".to_owned(),
            SettledBy::Vendor { .. } => "settled".to_owned(),
            SettledBy::NoLongerVisible { .. } => "settled, no longer visible".to_owned(),
            SettledBy::Filed { .. } => "settled, filed".to_owned(),
            SettledBy::Ratified { .. } => "ratified".to_owned(),
        },
        ([], [], [hold], []) => format!("{}: {}", hold.class, hold.why.about().code),
        ([], [], [], [_]) => "inert".to_owned(),
        other => panic!("one decision, one answer: {other:?}"),
    }
}

fn answer(can: &'static Capabilities, decision: Decision, sighting: Sighting) -> String {
    let id = decision.address.id.as_str().to_owned();
    verdict_on(&Scene::new(can, vec![decision], vec![(&id, sighting)]).plan())
}

fn sent(verdict: Verdict, id: &str, state: SentState) -> (Identity, Vec<Sent>) {
    let identity = crate::fakes::terms(&WILLING).identity(&RequestId::canonical(id));
    let mut one = crate::fakes::sent(verdict, id);
    one.state = state;
    (identity, vec![one])
}

#[test]
fn the_decision_table() {
    let mut table = String::new();
    for can in [&WILLING, &NO_REVOKE] {
        for verdict in Verdict::ALL {
            let others = [
                seen(request("1", Status::Unknown("Weird".into()))),
                Sighting::Absent,
                Sighting::Failed(unreadable("odd")),
            ];
            let sightings = EVERY_STATUS
                .iter()
                .map(|status| seen(request("1", status.clone())))
                .chain(others);
            for sighting in sightings {
                let name = match &sighting {
                    Sighting::Seen(request) => request.status.word(),
                    Sighting::Absent => "absent",
                    Sighting::Failed(_) => "unreadable",
                };
                let answer = answer(can, decision(verdict, "1"), sighting.clone());
                table.push_str(&format!("{verdict:<8} {name:<12} {answer}\n"));
            }
        }
        table.push('\n');
    }
    assert_snapshot!(table, @r"
    approve  pending      CHANGE
    approve  approved     settled
    approve  in use       settled
    approve  finished     settled
    approve  denied       blocked: contradicted
    approve  revoked      blocked: contradicted
    approve  expired      lapsed: request-expired
    approve  quarantined  blocked: quarantined
    approve  unknown      blocked: unknown-status
    approve  absent       blocked: not-found
    approve  unreadable   blocked: row-unreadable
    deny     pending      CHANGE
    deny     approved     blocked: contradicted
    deny     in use       blocked: contradicted
    deny     finished     blocked: contradicted
    deny     denied       settled
    deny     revoked      settled
    deny     expired      settled
    deny     quarantined  blocked: quarantined
    deny     unknown      blocked: unknown-status
    deny     absent       blocked: not-found
    deny     unreadable   blocked: row-unreadable
    revoke   pending      waiting: not-granted-yet
    revoke   approved     CHANGE
    revoke   in use       CHANGE
    revoke   finished     settled
    revoke   denied       settled
    revoke   revoked      settled
    revoke   expired      settled
    revoke   quarantined  blocked: quarantined
    revoke   unknown      blocked: unknown-status
    revoke   absent       blocked: not-found
    revoke   unreadable   blocked: row-unreadable

    approve  pending      CHANGE
    approve  approved     settled
    approve  in use       settled
    approve  finished     settled
    approve  denied       blocked: contradicted
    approve  revoked      blocked: contradicted
    approve  expired      lapsed: request-expired
    approve  quarantined  blocked: quarantined
    approve  unknown      blocked: unknown-status
    approve  absent       blocked: not-found
    approve  unreadable   blocked: row-unreadable
    deny     pending      CHANGE
    deny     approved     blocked: contradicted
    deny     in use       blocked: contradicted
    deny     finished     blocked: contradicted
    deny     denied       settled
    deny     revoked      settled
    deny     expired      settled
    deny     quarantined  blocked: quarantined
    deny     unknown      blocked: unknown-status
    deny     absent       blocked: not-found
    deny     unreadable   blocked: row-unreadable
    revoke   pending      waiting: not-granted-yet
    revoke   approved     blocked: unsupported
    revoke   in use       blocked: unsupported
    revoke   finished     settled
    revoke   denied       settled
    revoke   revoked      settled
    revoke   expired      settled
    revoke   quarantined  blocked: quarantined
    revoke   unknown      blocked: unknown-status
    revoke   absent       blocked: not-found
    revoke   unreadable   blocked: row-unreadable
    ");
}

#[test]
fn an_absent_request_is_settled_only_where_the_ledger_knows_how_it_ended() {
    let mut scene = Scene::new(
        &WILLING,
        vec![decision(Verdict::Approve, "1")],
        vec![("1", Sighting::Absent)],
    );
    scene.past.sent = [sent(
        Verdict::Approve,
        "1",
        SentState::Ended(Outcome::Applied),
    )]
    .into();
    assert_eq!(verdict_on(&scene.plan()), "settled, no longer visible");
    // Another verdict's outcome proves nothing.
    scene.past.sent = [sent(Verdict::Deny, "1", SentState::Ended(Outcome::Applied))].into();
    assert_eq!(verdict_on(&scene.plan()), "blocked: not-found");
}

/// Somebody set it back: what the ledger knows as done is never silently done again.
#[test]
fn what_was_done_and_is_pending_again_is_for_people() {
    let mut table = String::new();
    let outcomes = [
        Outcome::Applied,
        Outcome::StateReached,
        Outcome::AlreadyDecided { by: None },
        Outcome::Recorded { votes: None },
        Outcome::Refused {
            why: String::new(),
            said: None,
            conflict: false,
        },
    ];
    let undone = [
        (Verdict::Approve, Status::Pending),
        (Verdict::Deny, Status::Pending),
        (Verdict::Revoke, Status::Approved),
    ];
    for (verdict, status) in undone {
        for outcome in &outcomes {
            let mut scene = Scene::new(
                &WILLING,
                vec![decision(verdict, "1")],
                vec![("1", seen(request("1", status.clone())))],
            );
            let before = sent(verdict, "1", SentState::Ended(outcome.clone()));
            scene.past.sent = [before].into();
            let plan = scene.plan();
            if let [hold] = plan.holds.as_slice() {
                assert!(matches!(hold.why, Why::Contradicted { ours: Some(7), .. }));
            }
            let answer = verdict_on(&plan);
            table.push_str(&format!("{verdict:<7} {:<15} {answer}\n", outcome.code()));
        }
    }
    assert_snapshot!(table, @r"
    approve applied         blocked: contradicted
    approve state-reached   blocked: contradicted
    approve already-decided blocked: contradicted
    approve recorded        settled by us
    approve refused         CHANGE
    deny    applied         blocked: contradicted
    deny    state-reached   blocked: contradicted
    deny    already-decided blocked: contradicted
    deny    recorded        settled by us
    deny    refused         CHANGE
    revoke  applied         blocked: contradicted
    revoke  state-reached   blocked: contradicted
    revoke  already-decided blocked: contradicted
    revoke  recorded        settled by us
    revoke  refused         CHANGE
    ");
}

#[test]
fn all_requests_absent_at_once_make_the_queue_suspect() {
    let both = vec![
        decision(Verdict::Approve, "1"),
        decision(Verdict::Deny, "2"),
    ];
    let mut scene = Scene::new(
        &WILLING,
        both,
        vec![("1", Sighting::Absent), ("2", Sighting::Absent)],
    );
    let codes = |plan: &Plan| {
        plan.holds
            .iter()
            .map(|hold| hold.why.about().code)
            .collect::<Vec<_>>()
    };
    assert_eq!(codes(&scene.plan()), ["nothing-visible", "nothing-visible"]);
    scene.view().requests.insert(
        RequestId::canonical("2"),
        seen(request("2", Status::Pending)),
    );
    assert_eq!(codes(&scene.plan()), ["not-found"]);
}

/// Each objection beats all that come after it in the list.
#[test]
fn the_first_objection_makes_the_hold() {
    let mut wrong = decision(Verdict::Approve, "1");
    edit(&mut wrong.guard, |facts| {
        facts.insert("user".to_owned(), "BERT".to_owned());
    });
    wrong.decided_by = Some("somebody@example.com".to_owned());
    let mut live = request("1", Status::Pending);
    live.ticket = Some("CHG2".into());
    let mut scene = Scene::new(&WILLING, vec![wrong], vec![("1", seen(live))]);
    scene.view().clock_offset = Some(jiff::SignedDuration::from_secs(301));
    scene.brakes = Brakes {
        frozen: Some("a test".to_owned()),
        approvals: Some(0),
        unmerged: Some((
            "origin/main".to_owned(),
            [crate::fakes::address("1")].into(),
        )),
        ..Brakes::default()
    };
    scene.past.sent = [sent(Verdict::Approve, "1", SentState::Open)].into();
    let mut order = Vec::new();
    let mut note = |scene: &Scene| order.push(verdict_on(&scene.plan()));
    note(&scene);
    let twice = SentState::Ended(Outcome::NotSent {
        why: String::new(),
        may_have_left: true,
    });
    let (identity, one) = sent(Verdict::Approve, "1", twice);
    scene.past.sent = [(identity, [one.clone(), one].concat())].into();
    note(&scene);
    scene.past.sent.clear();
    note(&scene);
    scene.first().decided_by = None;
    let guard = std::mem::take(&mut scene.first().guard);
    note(&scene);
    scene.first().guard = guard;
    note(&scene);
    scene.first().guard = decision(Verdict::Approve, "1").guard;
    note(&scene);
    if let Some(Sighting::Seen(request)) = scene.view().requests.get_mut(&RequestId::canonical("1"))
    {
        request.ticket = Some("".into());
    }
    note(&scene);
    scene.view().clock_offset = Some(jiff::SignedDuration::from_secs(-300));
    note(&scene);
    scene.brakes.frozen = None;
    note(&scene);
    scene.brakes.unmerged = None;
    note(&scene);
    scene.brakes.approvals = Some(1);
    note(&scene);
    assert_snapshot!(order.join("\n"), @r"
    blocked: in-doubt
    blocked: sent-before
    blocked: decider-not-listed
    blocked: guard-missing
    blocked: guard-mismatch
    blocked: ticket-mismatch
    blocked: clock-skewed
    blocked: frozen
    blocked: unmerged
    blocked: over-limit
    CHANGE
    ");
}

#[test]
fn the_safe_direction_stays_open() {
    let mut scene = Scene::new(
        &WILLING,
        vec![decision(Verdict::Deny, "1")],
        vec![("1", seen(request("1", Status::Pending)))],
    );
    scene.view().clock_offset = Some(jiff::SignedDuration::from_secs(86_400));
    scene.brakes = Brakes {
        frozen: Some("a test".to_owned()),
        approvals: Some(0),
        per_queue: Some(0),
        per_requester: Some(0),
        unmerged: Some((
            "origin/main".to_owned(),
            [crate::fakes::address("1")].into(),
        )),
    };
    scene.past.sent = [sent(Verdict::Approve, "1", SentState::Open)].into();
    let plan = scene.plan();
    assert_eq!(plan.changes.len(), 1);
    // The approve in doubt is reported beside it.
    assert_eq!(
        plan.holds
            .iter()
            .map(|hold| hold.why.about().code)
            .collect::<Vec<_>>(),
        ["in-doubt"]
    );
    // A deny in doubt does stop a deny.
    scene.past.sent = [sent(Verdict::Deny, "1", SentState::Open)].into();
    assert_eq!(verdict_on(&scene.plan()), "blocked: in-doubt");
}

#[test]
fn a_doubt_is_reported_although_its_decision_is_gone() {
    let mut scene = Scene::new(&WILLING, vec![], vec![]);
    scene.past.sent = [sent(Verdict::Approve, "1", SentState::Open)].into();
    let plan = scene.plan();
    assert_eq!(verdict_on(&plan), "blocked: in-doubt");
    assert_eq!(plan.holds[0].from.to_string(), "decisions/desk/1.toml:1:1");
}

#[test]
fn deny_goes_on_under_a_label_while_user_and_target_match() {
    let mut live = request("1", Status::Pending);
    live.facts.insert("reason", "another reason".into());
    let scene = Scene::new(
        &WILLING,
        vec![decision(Verdict::Deny, "1")],
        vec![("1", seen(live.clone()))],
    );
    assert_eq!(scene.plan().changes[0].content_changed, ["reason"]);
    live.facts.insert("user", "BERT".into());
    assert_eq!(
        answer(&WILLING, decision(Verdict::Deny, "1"), seen(live)),
        "blocked: guard-mismatch"
    );
}

#[test]
fn each_field_alone_blocks_an_approve() {
    for fact in WILLING.facts {
        let mut live = request("1", Status::Pending);
        live.facts.insert(fact.key, "other".into());
        assert_eq!(
            answer(
                &WILLING,
                decision(Verdict::Approve, "1"),
                seen(live.clone())
            ),
            "blocked: guard-mismatch"
        );
        // With the fingerprint alone as well; the fields that it covers are named.
        let mut bare = decision(Verdict::Approve, "1");
        bare.guard.facts = Default::default();
        let plan = Scene::new(&WILLING, vec![bare], vec![("1", seen(live.clone()))]).plan();
        let Why::GuardMismatch { differences } = &plan.holds[0].why else {
            panic!("{:?}", plan.holds[0].why)
        };
        assert!(differences[0].covers.contains(&fact.key.to_owned()));
        // Granted, but not what was reviewed.
        live.status = Status::Approved;
        assert_eq!(
            answer(&WILLING, decision(Verdict::Approve, "1"), seen(live)),
            "blocked: granted-otherwise"
        );
    }
}

/// A fact that says that something is wrong is named on the line, whatever else is cut there.
#[test]
fn an_alarming_fact_is_named() {
    static ALARMED: Capabilities = Capabilities {
        alarms: &[crate::model::Alarm {
            key: "reason",
            harmless: &["Fine"],
        }],
        ..WILLING
    };
    let alarms = |reason: &str| {
        let mut live = request("1", Status::Pending);
        live.facts.insert("reason", reason.into());
        let deny = decision(Verdict::Deny, "1");
        let plan = Scene::new(&ALARMED, vec![deny], vec![("1", seen(live))]).plan();
        plan.changes[0].alarms.clone()
    };
    assert_eq!(alarms("Malicious"), ["reason"]);
    assert!(alarms("Fine").is_empty() && alarms("").is_empty());
}

#[test]
fn hex_is_compared_without_case() {
    let mut live = request("1", Status::Pending);
    live.facts.insert("sha256", "ab12".into());
    assert_eq!(
        answer(&WILLING, decision(Verdict::Approve, "1"), seen(live)),
        "CHANGE"
    );
}

#[test]
fn an_expired_decision_is_inert() {
    let mut late = decision(Verdict::Approve, "1");
    late.expires = now();
    assert_eq!(
        answer(&WILLING, late, seen(request("1", Status::Pending))),
        "inert"
    );
}

#[test]
fn what_may_act_again_is_never_sent_twice() {
    let may_have = SentState::Ended(Outcome::NotSent {
        why: String::new(),
        may_have_left: true,
    });
    let mut scene = Scene::new(
        &ACTS_AGAIN,
        vec![decision(Verdict::Approve, "1")],
        vec![("1", seen(request("1", Status::Pending)))],
    );
    scene.past.sent = [sent(Verdict::Approve, "1", may_have)].into();
    assert_eq!(verdict_on(&scene.plan()), "blocked: sent-before");
    scene.terms = Scene::new(&WILLING, vec![], vec![]).terms;
    assert_eq!(verdict_on(&scene.plan()), "CHANGE");
    // A definite no is not a send.
    scene.terms = Scene::new(&ACTS_AGAIN, vec![], vec![]).terms;
    scene.past.sent = [sent(
        Verdict::Approve,
        "1",
        SentState::Ended(Outcome::Refused {
            why: String::new(),
            said: None,
            conflict: false,
        }),
    )]
    .into();
    assert_eq!(verdict_on(&scene.plan()), "CHANGE");
}

#[test]
fn limits_stop_every_approval_and_no_denial() {
    let decisions = vec![
        decision(Verdict::Approve, "1"),
        decision(Verdict::Approve, "2"),
        decision(Verdict::Deny, "3"),
    ];
    let sightings = ["1", "2", "3"]
        .map(|id| (id, seen(request(id, Status::Pending))))
        .into();
    let mut scene = Scene::new(&WILLING, decisions, sightings);
    for brakes in [
        Brakes {
            approvals: Some(1),
            ..Brakes::default()
        },
        Brakes {
            per_queue: Some(1),
            ..Brakes::default()
        },
        Brakes {
            per_requester: Some(1),
            ..Brakes::default()
        },
    ] {
        scene.brakes = brakes;
        let Counts {
            approve,
            deny,
            blocked,
            ..
        } = scene.plan().counts();
        assert_eq!((approve, deny, blocked), (0, 1, 2));
    }
    assert_snapshot!(scene.plan().holds[0].reason, @"[limits] per-requester = 1, this run has 2");
}

#[test]
fn a_requester_is_counted_whatever_the_guard_holds() {
    let mut bare = decision(Verdict::Approve, "2");
    bare.guard.facts = Default::default();
    let decisions = vec![decision(Verdict::Approve, "1"), bare];
    let sightings = ["1", "2"]
        .map(|id| (id, seen(request(id, Status::Pending))))
        .into();
    let mut scene = Scene::new(&WILLING, decisions, sightings);
    assert_eq!(scene.plan().changes.len(), 2);
    scene.brakes.per_requester = Some(1);
    assert_eq!(scene.plan().changes.len(), 0);
}

#[test]
fn a_duplicate_is_held_at_both_places() {
    let places = vec![
        decision(Verdict::Approve, "1").from,
        decision(Verdict::Deny, "1").from,
    ];
    let mut scene = Scene::new(&WILLING, vec![], vec![]);
    scene.desired.duplicates = vec![Duplicate {
        address: crate::fakes::address("1"),
        places,
    }];
    assert_eq!(verdict_on(&scene.plan()), "blocked: duplicate");
}

#[test]
fn an_unread_queue_blocks_its_decisions() {
    let mut scene = Scene::new(&WILLING, vec![decision(Verdict::Deny, "1")], vec![]);
    let error = ReadError {
        said: Some("\u{1b}[2J".into()),
        ..unreadable("GET /requests answered 502")
    };
    scene.observed.queues = [(crate::fakes::queue_name(), Reading::Unread(error))].into();
    let plan = scene.plan();
    assert_eq!(verdict_on(&plan), "blocked: unread");
    assert_eq!(plan.unread.len(), 1);
}

fn a_plan() -> Plan {
    let mut differing = request("3", Status::Pending);
    differing.facts.insert("user", "\u{202e}EVIL".into());
    let decisions = vec![
        decision(Verdict::Approve, "1"),
        decision(Verdict::Deny, "2"),
        decision(Verdict::Approve, "3"),
        decision(Verdict::Approve, "4"),
    ];
    let mut decided = request("4", Status::Approved);
    decided.decided.by = Some("EVIL decider".into());
    let sightings = vec![
        ("1", seen(request("1", Status::Pending))),
        ("2", seen(request("2", Status::Pending))),
        ("3", seen(differing)),
        ("4", seen(decided)),
    ];
    Scene::new(&WILLING, decisions, sightings).plan()
}

fn a_saved_plan() -> SavedPlan {
    let envelope = Envelope {
        tool: env!("CARGO_PKG_VERSION").to_owned(),
        schema: 1,
        files: [("decisions/desk/1.toml".to_owned(), "sha256:00".to_owned())].into(),
        origins: [("desk".to_owned(), "https://desk.example.com".to_owned())].into(),
        commit: None,
        created: now(),
        expires: now(),
    };
    SavedPlan::seal(a_plan(), envelope)
}

#[test]
fn the_safe_direction_is_done_first() {
    let order: Vec<String> = a_plan()
        .changes
        .iter()
        .map(|c| format!("{} {}", c.decision.verdict, c.decision.address))
        .collect();
    assert_eq!(order, ["deny desk/2", "approve desk/1"]);
}

#[test]
fn the_same_world_gives_the_same_bytes() {
    assert_eq!(a_saved_plan().to_text(), a_saved_plan().to_text());
    assert_eq!(a_plan().digest(), a_plan().digest());
}

#[test]
fn whatever_is_sent_moves_the_digest_and_where_it_stands_does_not() {
    let digest = |change: &dyn Fn(&mut Decision)| {
        let mut one = decision(Verdict::Approve, "1");
        change(&mut one);
        Scene::new(
            &WILLING,
            vec![one],
            vec![("1", seen(request("1", Status::Pending)))],
        )
        .plan()
        .digest()
    };
    let unchanged = digest(&|_| {});
    assert_eq!(unchanged, digest(&|one| one.from.line = 99));
    assert_ne!(unchanged, digest(&|one| one.ticket = "CHG2".to_owned()));
    assert_ne!(unchanged, digest(&|one| one.reason = "Other".to_owned()));
    assert_ne!(
        unchanged,
        digest(&|one| one.expires = "2026-12-02T00:00:00Z".parse().unwrap())
    );
    assert_ne!(
        unchanged,
        digest(&|one| one.decided_by = Some("boss@example.com".to_owned()))
    );
    assert_ne!(
        unchanged,
        digest(&|one| one.guard.facts = Default::default())
    );
    assert_ne!(unchanged, digest(&|one| one.verdict = Verdict::Deny));
}

#[test]
fn a_plan_file_reads_back_and_holds_no_vendor_text() {
    let saved = a_saved_plan();
    let text = saved.to_text();
    assert!(!text.contains("EVIL"), "{text}");
    let read = SavedPlan::parse(&text).unwrap();
    assert_eq!(read.plan.plan.changes, saved.plan.plan.changes);
    assert_eq!(read.to_text(), text);
}

/// Every single bit, every truncation: none is accepted.
#[test]
fn a_tampered_plan_file_is_refused() {
    let text = a_saved_plan().to_text();
    for (place, byte) in text.bytes().enumerate() {
        for bit in 0..8 {
            let mut bytes = text.clone().into_bytes();
            bytes[place] = byte ^ (1 << bit);
            if let Ok(tampered) = String::from_utf8(bytes) {
                assert!(
                    SavedPlan::parse(&tampered).is_err(),
                    "bit {bit} of byte {place}"
                );
            }
        }
    }
    for length in 0..text.len() {
        assert!(
            SavedPlan::parse(&text[..length]).is_err(),
            "cut at {length}"
        );
    }
    // A field said twice: the second would win in a lenient reader.
    let twice = text.replacen("\"seal\"", "\"seal\": \"sha256:00\",\n  \"seal\"", 1);
    assert!(SavedPlan::parse(&twice).is_err());
}
