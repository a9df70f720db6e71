//! Several runs at once: on one ledger one at a time, on several never two effects.

use serde_json::json;

use crate::world::{QUEUE, Ran, Running, World, report, text};

fn planned() -> (World, [String; 2]) {
    let world = World::new();
    let pending = world.pending();
    let ids = [pending[0].clone(), pending[1].clone()];
    world.decide(&[(&ids[0], "deny"), (&ids[1], "approve")]);
    world.plan("plan.json");
    (world, ids)
}

fn all(world: &World, runs: usize, args: &[&str]) -> Vec<Ran> {
    let running: Vec<Running> = (0..runs).map(|_| world.start(args)).collect();
    running.into_iter().map(Running::ends).collect()
}

#[test]
fn whoever_comes_second_is_told_who_holds_the_lock() {
    let (world, ids) = planned();
    let op = format!("{QUEUE}.requests.deny");
    world.faults(json!([{"op": op, "kind": "hold"}]));
    let mut first = world.start(&["apply", "plan.json"]);
    world.wait(world.mocks.held(1));
    let holder = format!("(process {} on ", first.pid());
    for ran in all(
        &world,
        7,
        &["apply", "plan.json", "--report", "report.json"],
    ) {
        let ran = ran.exits(6);
        assert!(ran.says(&holder), "{holder}: {}", ran.err);
    }
    // Whoever only reads is not locked out.
    world.run(&["plan"]).exits(0);
    world.run(&["ledger", "verify"]).exits(0);
    world.mocks.release_all();
    first.ends().exits(0);
    assert_eq!(ids.map(|id| world.effects(&id)), [1, 1]);
    assert_eq!(world.writes().len(), 2);
}

#[test]
fn one_effect_per_decision_however_many_runs() {
    for runs in 2..=8 {
        let (world, ids) = planned();
        let ended = all(&world, runs, &["apply", "plan.json"]);
        let mut done = 0;
        for ran in ended {
            match ran.code {
                Some(0) => done += 1,
                // Who holds it is written just after it is taken: until then it is another run.
                Some(6) => assert!(ran.says("is locked by "), "{}", ran.err),
                _ => panic!("{ran:?}"),
            }
        }
        assert!(done >= 1);
        assert_eq!(ids.map(|id| world.effects(&id)), [1, 1]);
        assert_eq!(world.writes().len(), 2);
        world.run(&["ledger", "verify"]).exits(0);
    }
}

#[test]
fn whoever_waits_finds_the_lines_spent() {
    let (world, ids) = planned();
    let ended = all(&world, 6, &["apply", "plan.json", "--lock-timeout", "60s"]);
    let spent = ended
        .into_iter()
        .map(|ran| ran.exits(0))
        .filter(|ran| ran.says("2 done in an earlier run"))
        .count();
    assert_eq!(spent, 5);
    assert_eq!(ids.map(|id| world.effects(&id)), [1, 1]);
    assert_eq!(world.writes().len(), 2);
}

/// Two runners that share no ledger: the vendor ignores the second call, so there is one effect. Both say
/// `applied`, which is true of the tool (its mark or its reserved user stands there), not of each run.
#[test]
fn two_ledgers_cannot_make_two_effects() {
    let (world, ids) = planned();
    let config = world.read("countersign.toml");
    world.write("other.toml", &config.replace(".countersign/", ".other/"));
    world
        .run(&["ledger", "init", "--config", "other.toml"])
        .exits(0);
    // Both have read, both send: nobody is told of the other in time.
    let held: Vec<_> = ["deny", "approve"]
        .map(|verdict| json!({"op": format!("{QUEUE}.requests.{verdict}"), "kind": "hold", "times": 2}))
        .into();
    world.faults(json!(held));
    let one = world.start(&["apply", "plan.json", "--report", "one.json"]);
    let two = world.start(&[
        "apply",
        "plan.json",
        "--config",
        "other.toml",
        "--report",
        "two.json",
    ]);
    for _ in ids.iter() {
        world.wait(world.mocks.held(2));
        world.mocks.release_all();
    }
    one.ends().exits(0);
    two.ends().exits(0);
    assert_eq!(world.writes().len(), 4);
    assert_eq!(ids.map(|id| world.effects(&id)), [1, 1]);
    assert_eq!(world.journal(mock_servers::Kind::NoOp).len(), 2);
    for name in ["one.json", "two.json"] {
        let report = report(&world.path(name));
        for line in report["lines"].as_array().expect("lines") {
            assert_eq!(text(&line["outcome"]), "applied");
        }
    }
}
