//! What one decision comes to when the vendor's answer is disturbed, held against the vendor's journal.

use serde_json::{Value, json};

use crate::world::{QUEUE, World, report, side_by_side, text};

/// A fault on the call that decides: kind, phase, and how often it strikes.
struct Case {
    verdict: &'static str,
    name: String,
    fault: Value,
}

fn case(verdict: &'static str, phase: &str, times: u32, kind: &str, more: &Value) -> Case {
    let mut fault = json!({
        "op": format!("{QUEUE}.requests.{verdict}"),
        "kind": kind,
        "phase": phase,
        "times": times,
    });
    let mut name = kind.to_owned();
    for (key, value) in more.as_object().expect("members") {
        fault[key] = value.clone();
        name.push_str(&match value {
            Value::String(text) => format!(" {}", text.trim_start_matches("admin-by-request:")),
            Value::Object(_) => " {json}".to_owned(),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => {
                format!(" {value}")
            }
        });
    }
    let phase = phase.split('-').next().expect("a word");
    let often = if times > 1 { "always" } else { "once" };
    let name = format!("{phase:<8} {often:<6} {name}");
    Case {
        verdict,
        name,
        fault,
    }
}

/// Applies under the fault, plans, applies without it: what each says, and what the vendor's journal holds.
fn told(case: &Case) -> String {
    let world = World::new();
    let id = world.pending()[0].clone();
    world.decide(&[(&id, case.verdict)]);
    world.plan("plan.json");
    world.faults(json!([case.fault]));
    let is_late = case.fault["kind"] == "delay";
    let ran = world.run(&[
        "apply",
        "plan.json",
        "--report",
        "report.json",
        // Read back once: nothing here is slow to show what it did.
        "--verify-timeout",
        "300ms",
        "--timeout",
        if is_late { "2s" } else { "30s" },
    ]);
    let report = report(&world.path("report.json"));
    assert_eq!(report["exit"], ran.code.expect("an exit code"), "{report}");
    let (writes, effects) = (world.writes().len(), world.effects(&id));
    assert!(writes <= 2 || case.fault["kind"] == "rate-limit");
    let outcome = text(&report["lines"][0]["outcome"]);
    match outcome.as_str() {
        "applied" => assert_eq!(effects, 1, "{report}"),
        "refused" | "not-sent" => assert_eq!(effects, 0, "{report}"),
        "in-doubt" => {}
        other => panic!("{other} under a fault: {report}"),
    }
    assert_eq!(
        ran.says("Apply complete!"),
        ran.code == Some(0),
        "{}",
        ran.out
    );
    world.faults(json!([]));
    let planned = world.planned();
    let again = world.run(&["apply", "plan.json", "--report", "again.json"]);
    let later = crate::world::report(&world.path("again.json"));
    let later = text(&later["lines"][0]["outcome"]);
    assert!(world.effects(&id) <= 1, "one decision, one effect");
    assert_eq!(later == "applied", world.effects(&id) == 1, "{}", again.out);
    format!(
        "{:<39} {outcome:<8} {}, {writes} sent, {effects} done; plan: {planned}; again: {later} {}, {} sent, {} done",
        case.name,
        ran.code.expect("an exit code"),
        again.code.expect("an exit code"),
        world.writes().len(),
        world.effects(&id),
    )
}

const BEFORE: &str = "before-effect";
const AFTER: &str = "after-effect";
const RESPONSE: &str = "response";

/// Answers that say nothing for certain.
fn unknown() -> Vec<(&'static str, Value)> {
    let mut kinds = vec![
        ("reset", json!({})),
        ("close", json!({})),
        ("garbage", json!({})),
        ("html", json!({})),
        ("html", json!({"status": 200})),
        ("html", json!({"status": 403})),
        ("delay", json!({"ms": 20_000})),
        ("status", json!({"status": 200, "body": "OK"})),
        (
            "vendor-error",
            json!({"name": "admin-by-request:server-error"}),
        ),
    ];
    kinds.extend([302, 408, 425, 500, 503].map(|status| ("status", json!({"status": status}))));
    kinds
}

/// Answers that say no.
fn definite() -> Vec<(&'static str, Value)> {
    let numbers = [400, 401, 403, 404, 405, 409, 413, 415, 417, 422];
    let mut kinds: Vec<_> = numbers
        .map(|status| ("status", json!({"status": status})))
        .into();
    kinds.push(("status", json!({"status": 409, "body": {"Message": "no"}})));
    kinds.push((
        "vendor-error",
        json!({"name": "admin-by-request:brute-force"}),
    ));
    kinds
}

fn table(cases: &[Case]) -> String {
    side_by_side(cases, told).join("\n")
}

#[test]
fn an_approve_and_no_certain_answer() {
    let mut cases = Vec::new();
    for (kind, more) in &unknown() {
        cases.push(case("approve", BEFORE, 1, kind, more));
        // A call that is delayed reaches the journal long after this story.
        if *kind != "delay" {
            cases.push(case("approve", BEFORE, 9, kind, more));
        }
        cases.push(case("approve", AFTER, 1, kind, more));
    }
    for phase in [AFTER, RESPONSE] {
        cases.push(case("approve", phase, 1, "truncate", &json!({})));
        cases.push(case("approve", phase, 9, "empty", &json!({})));
    }
    cases.push(case("approve", BEFORE, 1, "empty", &json!({})));
    cases.push(case("approve", BEFORE, 9, "empty", &json!({})));
    insta::assert_snapshot!(table(&cases), @r"
    before   once   reset                   applied  0, 2 sent, 1 done; plan: settled; again: applied 0, 2 sent, 1 done
    before   always reset                   in-doubt 5, 2 sent, 0 done; plan: in-doubt; again: stale 3, 2 sent, 0 done
    after    once   reset                   applied  0, 1 sent, 1 done; plan: settled; again: applied 0, 1 sent, 1 done
    before   once   close                   applied  0, 2 sent, 1 done; plan: settled; again: applied 0, 2 sent, 1 done
    before   always close                   in-doubt 5, 2 sent, 0 done; plan: in-doubt; again: stale 3, 2 sent, 0 done
    after    once   close                   applied  0, 1 sent, 1 done; plan: settled; again: applied 0, 1 sent, 1 done
    before   once   garbage                 applied  0, 2 sent, 1 done; plan: settled; again: applied 0, 2 sent, 1 done
    before   always garbage                 in-doubt 5, 2 sent, 0 done; plan: in-doubt; again: stale 3, 2 sent, 0 done
    after    once   garbage                 applied  0, 1 sent, 1 done; plan: settled; again: applied 0, 1 sent, 1 done
    before   once   html                    applied  0, 2 sent, 1 done; plan: settled; again: applied 0, 2 sent, 1 done
    before   always html                    in-doubt 5, 2 sent, 0 done; plan: in-doubt; again: stale 3, 2 sent, 0 done
    after    once   html                    applied  0, 1 sent, 1 done; plan: settled; again: applied 0, 1 sent, 1 done
    before   once   html 200                applied  0, 2 sent, 1 done; plan: settled; again: applied 0, 2 sent, 1 done
    before   always html 200                in-doubt 5, 2 sent, 0 done; plan: in-doubt; again: stale 3, 2 sent, 0 done
    after    once   html 200                applied  0, 1 sent, 1 done; plan: settled; again: applied 0, 1 sent, 1 done
    before   once   html 403                applied  0, 2 sent, 1 done; plan: settled; again: applied 0, 2 sent, 1 done
    before   always html 403                in-doubt 5, 2 sent, 0 done; plan: in-doubt; again: stale 3, 2 sent, 0 done
    after    once   html 403                applied  0, 1 sent, 1 done; plan: settled; again: applied 0, 1 sent, 1 done
    before   once   delay 20000             applied  0, 1 sent, 1 done; plan: settled; again: applied 0, 1 sent, 1 done
    after    once   delay 20000             applied  0, 1 sent, 1 done; plan: settled; again: applied 0, 1 sent, 1 done
    before   once   status OK 200           applied  0, 2 sent, 1 done; plan: settled; again: applied 0, 2 sent, 1 done
    before   always status OK 200           in-doubt 5, 2 sent, 0 done; plan: in-doubt; again: stale 3, 2 sent, 0 done
    after    once   status OK 200           applied  0, 1 sent, 1 done; plan: settled; again: applied 0, 1 sent, 1 done
    before   once   vendor-error server-error applied  0, 2 sent, 1 done; plan: settled; again: applied 0, 2 sent, 1 done
    before   always vendor-error server-error in-doubt 5, 2 sent, 0 done; plan: in-doubt; again: stale 3, 2 sent, 0 done
    after    once   vendor-error server-error applied  0, 1 sent, 1 done; plan: settled; again: applied 0, 1 sent, 1 done
    before   once   status 302              applied  0, 2 sent, 1 done; plan: settled; again: applied 0, 2 sent, 1 done
    before   always status 302              in-doubt 5, 2 sent, 0 done; plan: in-doubt; again: stale 3, 2 sent, 0 done
    after    once   status 302              applied  0, 1 sent, 1 done; plan: settled; again: applied 0, 1 sent, 1 done
    before   once   status 408              applied  0, 2 sent, 1 done; plan: settled; again: applied 0, 2 sent, 1 done
    before   always status 408              in-doubt 5, 2 sent, 0 done; plan: in-doubt; again: stale 3, 2 sent, 0 done
    after    once   status 408              applied  0, 1 sent, 1 done; plan: settled; again: applied 0, 1 sent, 1 done
    before   once   status 425              applied  0, 2 sent, 1 done; plan: settled; again: applied 0, 2 sent, 1 done
    before   always status 425              in-doubt 5, 2 sent, 0 done; plan: in-doubt; again: stale 3, 2 sent, 0 done
    after    once   status 425              applied  0, 1 sent, 1 done; plan: settled; again: applied 0, 1 sent, 1 done
    before   once   status 500              applied  0, 2 sent, 1 done; plan: settled; again: applied 0, 2 sent, 1 done
    before   always status 500              in-doubt 5, 2 sent, 0 done; plan: in-doubt; again: stale 3, 2 sent, 0 done
    after    once   status 500              applied  0, 1 sent, 1 done; plan: settled; again: applied 0, 1 sent, 1 done
    before   once   status 503              applied  0, 2 sent, 1 done; plan: settled; again: applied 0, 2 sent, 1 done
    before   always status 503              in-doubt 5, 2 sent, 0 done; plan: in-doubt; again: stale 3, 2 sent, 0 done
    after    once   status 503              applied  0, 1 sent, 1 done; plan: settled; again: applied 0, 1 sent, 1 done
    after    once   truncate                applied  0, 1 sent, 1 done; plan: settled; again: applied 0, 1 sent, 1 done
    after    always empty                   applied  0, 1 sent, 1 done; plan: settled; again: applied 0, 1 sent, 1 done
    response once   truncate                applied  0, 1 sent, 1 done; plan: settled; again: applied 0, 1 sent, 1 done
    response always empty                   applied  0, 1 sent, 1 done; plan: settled; again: applied 0, 1 sent, 1 done
    before   once   empty                   applied  0, 2 sent, 1 done; plan: settled; again: applied 0, 2 sent, 1 done
    before   always empty                   in-doubt 5, 2 sent, 0 done; plan: in-doubt; again: stale 3, 2 sent, 0 done
    ");
}

#[test]
fn an_approve_and_a_definite_no() {
    let mut cases = Vec::new();
    for (kind, more) in &definite() {
        cases.push(case("approve", BEFORE, 1, kind, more));
        cases.push(case("approve", AFTER, 1, kind, more));
    }
    for phase in [BEFORE, AFTER] {
        let soon = json!({"seconds": 1});
        cases.push(case("approve", phase, 1, "rate-limit", &soon));
        cases.push(case("approve", phase, 2, "rate-limit", &soon));
        let never = json!({"seconds": 1000});
        cases.push(case("approve", phase, 1, "rate-limit", &never));
    }
    insta::assert_snapshot!(table(&cases), @r"
    before   once   status 400              refused  4, 1 sent, 0 done; plan: change; again: refused 4, 1 sent, 0 done
    after    once   status 400              applied  0, 1 sent, 1 done; plan: settled; again: applied 0, 1 sent, 1 done
    before   once   status 401              not-sent 4, 1 sent, 0 done; plan: change; again: applied 0, 2 sent, 1 done
    after    once   status 401              applied  0, 1 sent, 1 done; plan: settled; again: applied 0, 1 sent, 1 done
    before   once   status 403              refused  4, 1 sent, 0 done; plan: change; again: refused 4, 1 sent, 0 done
    after    once   status 403              applied  0, 1 sent, 1 done; plan: settled; again: applied 0, 1 sent, 1 done
    before   once   status 404              refused  4, 1 sent, 0 done; plan: change; again: refused 4, 1 sent, 0 done
    after    once   status 404              applied  0, 1 sent, 1 done; plan: settled; again: applied 0, 1 sent, 1 done
    before   once   status 405              refused  4, 1 sent, 0 done; plan: change; again: refused 4, 1 sent, 0 done
    after    once   status 405              applied  0, 1 sent, 1 done; plan: settled; again: applied 0, 1 sent, 1 done
    before   once   status 409              refused  4, 1 sent, 0 done; plan: change; again: refused 4, 1 sent, 0 done
    after    once   status 409              applied  0, 1 sent, 1 done; plan: settled; again: applied 0, 1 sent, 1 done
    before   once   status 413              refused  4, 1 sent, 0 done; plan: change; again: refused 4, 1 sent, 0 done
    after    once   status 413              applied  0, 1 sent, 1 done; plan: settled; again: applied 0, 1 sent, 1 done
    before   once   status 415              refused  4, 1 sent, 0 done; plan: change; again: refused 4, 1 sent, 0 done
    after    once   status 415              applied  0, 1 sent, 1 done; plan: settled; again: applied 0, 1 sent, 1 done
    before   once   status 417              refused  4, 1 sent, 0 done; plan: change; again: refused 4, 1 sent, 0 done
    after    once   status 417              applied  0, 1 sent, 1 done; plan: settled; again: applied 0, 1 sent, 1 done
    before   once   status 422              refused  4, 1 sent, 0 done; plan: change; again: refused 4, 1 sent, 0 done
    after    once   status 422              applied  0, 1 sent, 1 done; plan: settled; again: applied 0, 1 sent, 1 done
    before   once   status {json} 409       refused  4, 1 sent, 0 done; plan: change; again: refused 4, 1 sent, 0 done
    after    once   status {json} 409       applied  0, 1 sent, 1 done; plan: settled; again: applied 0, 1 sent, 1 done
    before   once   vendor-error brute-force refused  4, 1 sent, 0 done; plan: change; again: refused 4, 1 sent, 0 done
    after    once   vendor-error brute-force applied  0, 1 sent, 1 done; plan: settled; again: applied 0, 1 sent, 1 done
    before   once   rate-limit 1            applied  0, 2 sent, 1 done; plan: settled; again: applied 0, 2 sent, 1 done
    before   always rate-limit 1            applied  0, 3 sent, 1 done; plan: settled; again: applied 0, 3 sent, 1 done
    before   once   rate-limit 1000         not-sent 4, 1 sent, 0 done; plan: change; again: applied 0, 2 sent, 1 done
    after    once   rate-limit 1            applied  0, 1 sent, 1 done; plan: settled; again: applied 0, 1 sent, 1 done
    after    always rate-limit 1            applied  0, 1 sent, 1 done; plan: settled; again: applied 0, 1 sent, 1 done
    after    once   rate-limit 1000         applied  0, 1 sent, 1 done; plan: settled; again: applied 0, 1 sent, 1 done
    ");
}

#[test]
fn a_deny_is_carried_out_under_the_same_rules() {
    let mut cases = Vec::new();
    for phase in [BEFORE, AFTER] {
        for (kind, more) in [
            ("reset", json!({})),
            ("html", json!({})),
            ("empty", json!({})),
            ("status", json!({"status": 503})),
            ("status", json!({"status": 409})),
            ("rate-limit", json!({"seconds": 1})),
        ] {
            cases.push(case("deny", phase, 1, kind, &more));
        }
    }
    cases.push(case("deny", AFTER, 1, "truncate", &json!({})));
    cases.push(case("deny", BEFORE, 9, "close", &json!({})));
    insta::assert_snapshot!(table(&cases), @r"
    before   once   reset                   applied  0, 2 sent, 1 done; plan: settled; again: applied 0, 2 sent, 1 done
    before   once   html                    applied  0, 2 sent, 1 done; plan: settled; again: applied 0, 2 sent, 1 done
    before   once   empty                   applied  0, 2 sent, 1 done; plan: settled; again: applied 0, 2 sent, 1 done
    before   once   status 503              applied  0, 2 sent, 1 done; plan: settled; again: applied 0, 2 sent, 1 done
    before   once   status 409              refused  4, 1 sent, 0 done; plan: change; again: refused 4, 1 sent, 0 done
    before   once   rate-limit 1            applied  0, 2 sent, 1 done; plan: settled; again: applied 0, 2 sent, 1 done
    after    once   reset                   applied  0, 1 sent, 1 done; plan: settled; again: applied 0, 1 sent, 1 done
    after    once   html                    applied  0, 1 sent, 1 done; plan: settled; again: applied 0, 1 sent, 1 done
    after    once   empty                   applied  0, 1 sent, 1 done; plan: settled; again: applied 0, 1 sent, 1 done
    after    once   status 503              applied  0, 1 sent, 1 done; plan: settled; again: applied 0, 1 sent, 1 done
    after    once   status 409              applied  0, 1 sent, 1 done; plan: settled; again: applied 0, 1 sent, 1 done
    after    once   rate-limit 1            applied  0, 1 sent, 1 done; plan: settled; again: applied 0, 1 sent, 1 done
    after    once   truncate                applied  0, 1 sent, 1 done; plan: settled; again: applied 0, 1 sent, 1 done
    before   always close                   in-doubt 5, 2 sent, 0 done; plan: in-doubt; again: stale 3, 2 sent, 0 done
    ");
}

#[test]
fn a_queue_without_its_secret_holds_its_own_decisions_only() {
    let world = World::new();
    let id = world.pending()[0].clone();
    world.decide(&[(&id, "approve")]);
    let config = world.read("countersign.toml");
    world.write(
        "countersign.toml",
        &format!("{config}\n[queues.other]\nvendor = \"admin-by-request\"\nurl = \"http://127.0.0.1:1\"\ncredentials = {{ api-key = {{ env = \"OTHER_KEY\" }} }}\nacting-as = \"countersign@example.com\"\n"),
    );
    let plan = world.plan("plan.json");
    assert!(
        plan.says("other not called: cannot get the credential: env OTHER_KEY is not set"),
        "{plan:?}"
    );
    assert!(plan.says("Plan: 1 to approve"), "{plan:?}");
    world.run(&["apply", "plan.json"]).exits(0);
    assert_eq!(world.effects(&id), 1);
    world.run(&["plan", "--queue", "other"]).exits(1);
}
