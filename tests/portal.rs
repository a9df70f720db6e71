//! The world moves between plan and apply, and while the call is on its way.

use mock_servers::{Advance, Decision, Vendor};
use serde_json::{Value, json};

use crate::world::{QUEUE, World, decision_file, report, side_by_side, text};

type Event = fn(&World, &str);

fn portal(world: &World, id: &str, decision: Decision) {
    let by = "helpdesk@example.com";
    let done = world
        .mocks
        .decide(Vendor::AdminByRequest, id, decision, by, None);
    done.expect("the portal offers it");
}

/// From now on the vendor shows the request so.
fn shown(world: &World, id: &str, facts: &Value) {
    let mut body = world.request(id);
    for (key, value) in facts.as_object().expect("members") {
        assert!(body.get(key).is_some(), "no {key} in {body}");
        body[key] = value.clone();
    }
    world.faults(json!([{
        "op": format!("{QUEUE}.requests.get"),
        "kind": "status",
        "status": 200,
        // Long enough for the reads before a send; a deny that goes on is to see its effect.
        "times": if world.read(&decision_file(id)).contains("= \"deny\"") { 2 } else { 99 },
        "body": body,
    }]));
}

fn advance(world: &World, duration: &str) {
    let advance: Advance = serde_json::from_value(json!({ "by": duration })).expect("a step");
    world.mocks.advance(&advance).expect("the clock is frozen");
}

const EVENTS: [(&str, Event); 13] = [
    ("portal approves", |world, id| {
        portal(world, id, Decision::Approve);
    }),
    ("portal denies", |world, id| {
        portal(world, id, Decision::Deny);
    }),
    ("portal approves, takes back", |world, id| {
        portal(world, id, Decision::Approve);
        portal(world, id, Decision::TakeBack);
    }),
    ("content changed", |world, id| {
        shown(world, id, &json!({"reason": "another"}));
    }),
    ("quarantined", |world, id| {
        shown(
            world,
            id,
            &json!({"status": "Quarantined", "statusCode": 5}),
        );
    }),
    ("unknown status", |world, id| {
        shown(world, id, &json!({"status": "Postponed"}));
    }),
    ("another request answers", |world, id| {
        shown(world, id, &json!({"id": 4711}));
    }),
    ("dropped out", |world, _| advance(world, "15d")),
    ("decision expired", |world, _| advance(world, "31d")),
    ("reason edited", |world, id| {
        world.edit(&decision_file(id), "vendor case 5512", "vendor case 5513");
    }),
    ("expiry edited", |world, id| {
        world.edit(&decision_file(id), "2026-04-01", "2026-04-02");
    }),
    ("decision turned round", |world, id| {
        let text = world.read(&decision_file(id));
        let (approve, deny) = ("= \"approve\"", "= \"deny\"");
        let (from, to) = if text.contains(approve) {
            (approve, deny)
        } else {
            (deny, approve)
        };
        world.write(&decision_file(id), &text.replace(from, to));
    }),
    ("decision deleted", |world, id| {
        std::fs::remove_file(world.path(&decision_file(id))).expect("removed");
    }),
];

fn told(verdict: &str, name: &str, event: Event) -> String {
    let world = World::new();
    world.edit(
        "countersign.toml",
        "[ledger]",
        "[plan]\nlifetime = \"9999h\"\n\n[ledger]",
    );
    let id = world.pending()[0].clone();
    world.decide(&[(&id, verdict)]);
    world.plan("plan.json");
    event(&world, &id);
    let (ended, done) = applied(&world, &id);
    let sent = world.writes().len();
    if sent == 0 {
        let ledger = world.read(".countersign/ledger.jsonl");
        assert_eq!(ledger.lines().count(), 1, "nothing is intended");
    }
    assert_eq!(sent, done, "{name}: {ended}");
    format!(
        "{verdict:<7} {name:<27} {sent} sent, {ended}; plan: {}",
        world.planned()
    )
}

/// Applies the plan, and says how its line ended and how often the API had an effect.
fn applied(world: &World, id: &str) -> (String, usize) {
    let ran = world.run(&[
        "apply",
        "plan.json",
        "--report",
        "report.json",
        "--verify-timeout",
        "300ms",
    ]);
    let report = report(&world.path("report.json"));
    let code = ran.code.expect("an exit code");
    assert_eq!(report["exit"], code);
    let line = &report["lines"][0];
    let by = line["by"].as_str().map(|by| format!(" by {by}"));
    let why = line["why"].as_str().map(|why| format!(": {why}"));
    let outcome = text(&line["outcome"]);
    let ended = [Some(outcome), by, why, Some(format!(" [{code}]"))];
    (ended.into_iter().flatten().collect(), world.effects(id))
}

#[test]
fn the_world_moves_between_plan_and_apply() {
    let mut cases = Vec::new();
    for verdict in ["approve", "deny"] {
        cases.extend(EVENTS.map(|(name, event)| (verdict, name, event)));
    }
    let rows = side_by_side(&cases, |(verdict, name, event)| told(verdict, name, *event));
    insta::assert_snapshot!(rows.join("\n"), @r"
    approve portal approves             0 sent, already-decided by helpdesk@example.com [0]; plan: settled
    approve portal denies               0 sent, stale: the vendor shows it denied (contradicted) [3]; plan: contradicted
    approve portal approves, takes back 0 sent, stale: the vendor shows it denied (contradicted) [3]; plan: contradicted
    approve content changed             0 sent, stale: changed since review: reason (guard-mismatch) [3]; plan: guard-mismatch
    approve quarantined                 0 sent, stale: in quarantine at the vendor (quarantined) [3]; plan: quarantined
    approve unknown status              0 sent, stale: the vendor shows a status that is not known (unknown-status) [3]; plan: unknown-status
    approve another request answers     0 sent, held: the request could not be read: GET /requests/65391175: the answer is about another request [3]; plan: row-unreadable
    approve dropped out                 0 sent, stale: not found; that can mean: dropped from the list two weeks after it was made, or never there (not-found) [3]; plan: not-found
    approve decision expired            0 sent, stale: the decision expired [3]; plan: nothing
    approve reason edited               0 sent, stale: the decision is no longer the one that was planned [3]; plan: change
    approve expiry edited               0 sent, stale: the decision is no longer the one that was planned [3]; plan: change
    approve decision turned round       0 sent, stale: the decision is no longer the one that was planned [3]; plan: change
    approve decision deleted            0 sent, stale: the decision no longer stands in the files [3]; plan: nothing
    deny    portal approves             0 sent, stale: the vendor shows it approved; it can be taken back in the portal only (contradicted) [3]; plan: contradicted
    deny    portal denies               0 sent, already-decided by helpdesk@example.com [0]; plan: settled
    deny    portal approves, takes back 0 sent, already-decided by helpdesk@example.com [0]; plan: settled
    deny    content changed             1 sent, applied [0]; plan: settled
    deny    quarantined                 0 sent, stale: in quarantine at the vendor (quarantined) [3]; plan: quarantined
    deny    unknown status              0 sent, stale: the vendor shows a status that is not known (unknown-status) [3]; plan: unknown-status
    deny    another request answers     0 sent, held: the request could not be read: GET /requests/65391175: the answer is about another request [3]; plan: row-unreadable
    deny    dropped out                 0 sent, stale: not found; that can mean: dropped from the list two weeks after it was made, or never there (not-found) [3]; plan: not-found
    deny    decision expired            0 sent, stale: the decision expired [3]; plan: nothing
    deny    reason edited               0 sent, stale: the decision is no longer the one that was planned [3]; plan: change
    deny    expiry edited               0 sent, stale: the decision is no longer the one that was planned [3]; plan: change
    deny    decision turned round       0 sent, stale: the decision is no longer the one that was planned [3]; plan: change
    deny    decision deleted            0 sent, stale: the decision no longer stands in the files [3]; plan: nothing
    ");
}

#[test]
fn somebody_decides_while_the_call_is_on_its_way() {
    let mut cases = Vec::new();
    for verdict in ["approve", "deny"] {
        for theirs in ["approve", "deny"] {
            for phase in ["before-effect", "after-effect"] {
                cases.extend([false, true].map(|lost| (verdict, theirs, phase, lost)));
            }
        }
    }
    let rows = side_by_side(&cases, |&(verdict, theirs, phase, lost)| {
        let world = World::new();
        let id = world.pending()[0].clone();
        world.decide(&[(&id, verdict)]);
        world.plan("plan.json");
        let act = json!({"do": "portal/decide", "decision": theirs, "by": "helpdesk@example.com"});
        let op = format!("{QUEUE}.requests.{verdict}");
        let mut faults = vec![json!({"op": op, "phase": phase, "act": act})];
        if lost {
            faults.push(json!({"op": op, "phase": "after-effect", "kind": "reset"}));
        }
        world.faults(Value::Array(faults));
        let (ended, done) = applied(&world, &id);
        assert!(done <= 1);
        let phase = phase.split('-').next().expect("a word");
        let lost = if lost { "reply lost" } else { "" };
        format!(
            "{verdict:<7} they {theirs:<7} {phase:<6} {lost:<10} {ended}, {done} done; plan: {}",
            world.planned()
        )
    });
    insta::assert_snapshot!(rows.join("\n"), @r"
    approve they approve before            already-decided by helpdesk@example.com [0], 0 done; plan: settled
    approve they approve before reply lost already-decided by helpdesk@example.com [0], 0 done; plan: settled
    approve they approve after             applied [0], 1 done; plan: settled
    approve they approve after  reply lost applied [0], 1 done; plan: settled
    approve they deny    before            contradicted by helpdesk@example.com [3], 0 done; plan: contradicted
    approve they deny    before reply lost contradicted by helpdesk@example.com [3], 0 done; plan: contradicted
    approve they deny    after             contradicted by helpdesk@example.com [3], 1 done; plan: contradicted
    approve they deny    after  reply lost contradicted by helpdesk@example.com [3], 1 done; plan: contradicted
    deny    they approve before            contradicted by helpdesk@example.com [3], 0 done; plan: contradicted
    deny    they approve before reply lost contradicted by helpdesk@example.com [3], 0 done; plan: contradicted
    deny    they approve after             applied [0], 1 done; plan: settled
    deny    they approve after  reply lost applied [0], 1 done; plan: settled
    deny    they deny    before            already-decided by helpdesk@example.com [0], 0 done; plan: settled
    deny    they deny    before reply lost already-decided by helpdesk@example.com [0], 0 done; plan: settled
    deny    they deny    after             applied [0], 1 done; plan: settled
    deny    they deny    after  reply lost applied [0], 1 done; plan: settled
    ");
}

/// Between the run's plan and its fresh read right before the send: the last moment that can be seen.
#[test]
fn somebody_decides_right_before_the_send() {
    let cases = [
        ("approve", "approve"),
        ("approve", "deny"),
        ("deny", "approve"),
        ("deny", "deny"),
    ];
    let rows = side_by_side(&cases, |(verdict, theirs)| {
        let world = World::new();
        let id = world.pending()[0].clone();
        world.decide(&[(&id, verdict)]);
        world.plan("plan.json");
        let act = json!({"do": "portal/decide", "decision": theirs, "by": "helpdesk@example.com"});
        let op = format!("{QUEUE}.requests.get");
        world.faults(json!([{"op": op, "nth": 2, "act": act}]));
        let (ended, _) = applied(&world, &id);
        assert_eq!(world.writes().len(), 0, "nothing is sent");
        assert_eq!(world.mocks.faults()[0].hits, 1);
        format!("{verdict:<7} they {theirs:<7} {ended}")
    });
    insta::assert_snapshot!(rows.join("\n"), @r"
    approve they approve already-decided by helpdesk@example.com [0]
    approve they deny    stale by helpdesk@example.com: denied at the vendor, no longer pending [3]
    deny    they approve stale by helpdesk@example.com: approved at the vendor, no longer pending [3]
    deny    they deny    already-decided by helpdesk@example.com [0]
    ");
}

/// The vendor is set back after our decision: it is not silently made again.
#[test]
fn what_somebody_undid_is_held() {
    for verdict in ["approve", "deny"] {
        let world = World::new();
        let id = world.pending()[0].clone();
        world.decide(&[(&id, verdict)]);
        world.plan("plan.json");
        world.run(&["apply", "plan.json"]).exits(0);
        world.admin("POST", "reset", &json!({"keep_journal": true}));
        assert_eq!(world.request(&id)["status"], "Pending approval");
        assert_eq!(world.planned(), "contradicted");
        world.run(&["apply", "plan.json"]).exits(3);
        assert_eq!((world.writes().len(), world.effects(&id)), (1, 1));
    }
}

/// A refusal is kept by the plan that met it, and not held against a plan that people make since.
#[test]
fn a_refused_line_needs_a_new_plan() {
    let world = World::new();
    let id = world.pending()[0].clone();
    world.decide(&[(&id, "approve")]);
    world.plan("plan.json");
    let op = format!("{QUEUE}.requests.approve");
    world.faults(json!([{"op": op, "kind": "status", "status": 403}]));
    world.run(&["apply", "plan.json"]).exits(4);
    world.run(&["apply", "plan.json"]).exits(4);
    assert_eq!(world.writes().len(), 1);
    advance(&world, "1s");
    world.plan("new.json");
    world.run(&["apply", "new.json"]).exits(0);
    assert_eq!((world.writes().len(), world.effects(&id)), (2, 1));
}

/// What a later plan has reached is not what an older one was to do.
#[test]
fn an_older_plan_is_stale_once_a_newer_one_decided_otherwise() {
    let world = World::new();
    let id = world.pending()[0].clone();
    world.decide(&[(&id, "approve")]);
    world.plan("old.json");
    world.edit(&decision_file(&id), "\"approve\"", "\"deny\"");
    world.plan("new.json");
    world.run(&["apply", "new.json"]).exits(0);
    let ran = world.run(&["apply", "old.json"]).exits(3);
    assert!(
        ran.says("no longer the one that was planned"),
        "{}",
        ran.out
    );
    assert_eq!((world.writes().len(), world.effects(&id)), (1, 1));
}

/// A call that is held up somewhere arrives after everybody has given up on it.
#[test]
fn a_call_arrives_after_the_run_has_ended() {
    let world = World::new();
    let id = world.pending()[0].clone();
    world.decide(&[(&id, "approve")]);
    world.plan("plan.json");
    let op = format!("{QUEUE}.requests.approve");
    world.faults(json!([{"op": op, "kind": "hold", "times": 2}]));
    let late = [
        "apply",
        "plan.json",
        "--timeout",
        "2s",
        "--verify-timeout",
        "300ms",
    ];
    world.run(&late).exits(5);
    assert_eq!(
        (world.planned().as_str(), world.effects(&id)),
        ("in-doubt", 0)
    );
    world.mocks.release_all();
    let mut arrived = 0;
    while arrived < 2 {
        arrived = world.writes().len();
        std::thread::yield_now();
    }
    let ran = world.run(&["apply", "plan.json"]).exits(0);
    assert!(ran.says("applied: read back as ours"), "{}", ran.out);
    assert_eq!((world.writes().len(), world.effects(&id)), (2, 1));
}
