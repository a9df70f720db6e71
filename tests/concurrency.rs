//! Several runs at once: on one ledger never two effects of one decision; on several what the vendor makes of it.

use mock_servers::{Decision, Vendor};
use serde_json::{Value, json};

use crate::referee::{Case, Moment, Said, judge};
use crate::world::{QUEUE, Ran, Running, World, side_by_side, text};

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

/// Vendors of one world, with what is decided at each: each alone, and all of them in one plan.
const CROWDS: [&[(Vendor, &[&str])]; 5] = [
    &[(Vendor::AdminByRequest, &["deny", "approve"])],
    &[(Vendor::BeyondTrust, &["deny", "approve"])],
    &[(Vendor::ThreatLocker, &["approve", "approve"])],
    &[(Vendor::Fudo, &["deny", "approve"])],
    &[
        (Vendor::AdminByRequest, &["approve"]),
        (Vendor::BeyondTrust, &["approve"]),
        (Vendor::ThreatLocker, &["approve", "deny"]),
        (Vendor::Fudo, &["approve"]),
    ],
];

#[test]
fn one_effect_per_decision_however_many_runs() {
    let cases = CROWDS.map(|crowd| (2..=8).map(move |runs| (crowd, runs)));
    let cases: Vec<_> = cases.into_iter().flatten().collect();
    side_by_side(&cases, |&(crowd, runs)| {
        let vendors = crowd.iter().map(|(vendor, _)| *vendor);
        let world = World::of(|options| options.vendors = vendors.collect());
        let queues = world.mocks.queues();
        let mut decided = Vec::new();
        for (vendor, verdicts) in crowd {
            let pending = queues[vendor.slug()].pending.iter();
            for (id, verdict) in pending.zip(*verdicts) {
                world.decide_in(vendor.slug(), &[(id, verdict)]);
                decided.push(id.clone());
            }
        }
        world.plan("plan.json");
        let before = moment(&world, LEDGER, Vec::new());
        let running = (0..runs).map(|run| {
            let report = format!("{run}.json");
            let apply = [
                "apply",
                "plan.json",
                "--verify-timeout",
                "300ms",
                "--report",
            ];
            world.start(&[&apply[..], &[&report]].concat())
        });
        let running: Vec<Running> = running.collect();
        let ended: Vec<Ran> = running.into_iter().map(Running::ends).collect();
        let said = ended.iter().enumerate().map(|(run, ran)| {
            // Who holds it is written just after it is taken: until then it is another run.
            assert!(ran.code != Some(6) || ran.says("is locked by "), "{ran:?}");
            assert!(matches!(ran.code, Some(0 | 6)), "{ran:?}");
            said(&world, ran.code, &format!("{run}.json"))
        });
        let after = moment(&world, LEDGER, said.collect());
        assert!(ended.iter().any(|ran| ran.code == Some(0)));
        for id in &decided {
            let counted = (after.sends(id).len(), after.effects(id));
            assert_eq!(counted, (1, 1), "{id}");
        }
        let moments = vec![before, after];
        assert_eq!(judge(&Case { decided, moments }), []);
    });
}

fn said(world: &World, code: Option<i32>, report: &str) -> Said {
    let text = std::fs::read_to_string(world.path(report)).expect("a report");
    let report = serde_json::from_str(&text).expect("a whole report");
    Said { code, report }
}

fn moment(world: &World, ledger: &str, runs: Vec<Said>) -> Moment {
    let journal = world.admin("GET", "journal", &Value::Null);
    Moment {
        runs,
        ledger: world.read(ledger),
        journal: journal.as_array().expect("entries").clone(),
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

/// Two runners at one vendor that share no ledger: what each of them decides, and whether somebody granted it before.
type Apart = (Vendor, [&'static str; 2], Option<&'static str>);

const APART: [Apart; 18] = [
    (Vendor::AdminByRequest, ["approve", "approve"], None),
    (Vendor::AdminByRequest, ["deny", "deny"], None),
    (Vendor::AdminByRequest, ["approve", "deny"], None),
    (Vendor::AdminByRequest, ["deny", "approve"], None),
    (Vendor::BeyondTrust, ["approve", "approve"], None),
    (Vendor::BeyondTrust, ["deny", "deny"], None),
    (Vendor::BeyondTrust, ["approve", "deny"], None),
    (Vendor::BeyondTrust, ["deny", "approve"], None),
    (Vendor::BeyondTrust, ["revoke", "revoke"], Some("approver")),
    (Vendor::ThreatLocker, ["approve", "approve"], None),
    (Vendor::ThreatLocker, ["deny", "deny"], None),
    (Vendor::ThreatLocker, ["approve", "deny"], None),
    (Vendor::ThreatLocker, ["deny", "approve"], None),
    (Vendor::Fudo, ["approve", "approve"], None),
    (Vendor::Fudo, ["deny", "deny"], None),
    (Vendor::Fudo, ["approve", "deny"], None),
    (Vendor::Fudo, ["deny", "approve"], None),
    (Vendor::Fudo, ["revoke", "revoke"], Some("boss")),
];

const LEDGER: &str = ".countersign/ledger.jsonl";
const OTHER: &str = ".other/ledger.jsonl";

/// Both have read, both have written their intent, both call: nobody can be told of the other in time. Then the first
/// call acts and is read back, and after it the second. The table: what either says at once, and its next plan, by what
/// the vendor makes of a repeat of the second call. One effect is promised to runners that share a ledger; without, a
/// vendor that acts again acts twice and shows it to nobody, as does one whose deny cancels.
#[test]
fn two_ledgers_and_what_each_side_says() {
    let rows = side_by_side(&APART, |&(vendor, verdicts, grants)| {
        let (world, id) = apart(vendor, verdicts, grants);
        let ops = vendor.operations().iter().filter(|op| op.writes);
        let holds =
            ops.map(|op| json!({"op": op.id, "kind": "hold", "times": 2, "must_fire": false}));
        world.faults(holds.collect());
        let mut running = Vec::new();
        for (place, config) in ["countersign.toml", "other.toml"].into_iter().enumerate() {
            let (plan, report) = (format!("{place}.plan"), format!("{place}.json"));
            let how = ["--verify-timeout", "300ms", "--timeout", "60s"];
            let apply = ["apply", &plan, "--config", config, "--report", &report];
            running.push(world.start(&[&apply[..], &how].concat()));
            world.wait(world.mocks.held(place + 1));
        }
        let mut told = Vec::new();
        for (place, running) in running.into_iter().enumerate() {
            assert!(world.mocks.release(world.mocks.holds()[0]));
            let ran = running.ends();
            let said = said(&world, ran.code, &format!("{place}.json"));
            let line = &said.report["lines"][0];
            told.push(format!(
                "{} {}",
                text(&line["outcome"]),
                ran.code.expect("a code")
            ));
        }
        let after = moment(&world, LEDGER, Vec::new());
        assert_eq!(after.sends(&id).len(), 2);
        let class = world.read(OTHER);
        let class = class.split("\"repeat\":\"").nth(1).expect("an intent");
        let class = class.split('"').next().expect("a word");
        let (vendor, decided) = (vendor.slug(), verdicts.join(" and "));
        let effects = after.effects(&id);
        let later = ["countersign.toml", "other.toml"].map(|config| next_plan(&world, config));
        let told = told.iter().zip(later);
        let told: Vec<String> = told
            .map(|(now, later)| format!("{now}, then {later}"))
            .collect();
        format!(
            "{vendor:<16} {decided:<19} {class:<10} {effects} done; {}",
            told.join("; ")
        )
    });
    insta::assert_snapshot!(rows.join("\n"), @r"
    admin-by-request approve and approve ignored    1 done; applied 0, then us; applied 0, then us
    admin-by-request deny and deny       ignored    1 done; applied 0, then us; applied 0, then us
    admin-by-request approve and deny    ignored    1 done; applied 0, then us; contradicted 3, then contradicted
    admin-by-request deny and approve    ignored    1 done; applied 0, then us; contradicted 3, then contradicted
    beyondtrust      approve and approve rejected   1 done; applied 0, then us; already-decided 0, then us
    beyondtrust      deny and deny       may-cancel 1 done; state-reached 0, then no-longer-visible; refused 4, then not-found
    beyondtrust      approve and deny    may-cancel 2 done; applied 0, then no-longer-visible; state-reached 0, then no-longer-visible
    beyondtrust      deny and approve    rejected   1 done; state-reached 0, then no-longer-visible; refused 4, then not-found
    beyondtrust      revoke and revoke   may-cancel 1 done; state-reached 0, then no-longer-visible; refused 4, then not-found
    threatlocker     approve and approve acts-again 2 done; applied 0, then us; applied 0, then us
    threatlocker     deny and deny       acts-again 2 done; applied 0, then us; applied 0, then us
    threatlocker     approve and deny    acts-again 2 done; applied 0, then contradicted; applied 0, then us
    threatlocker     deny and approve    acts-again 2 done; applied 0, then contradicted; applied 0, then us
    fudo             approve and approve rejected   1 done; applied 0, then us; already-decided 0, then us
    fudo             deny and deny       rejected   1 done; applied 0, then us; already-decided 0, then us
    fudo             approve and deny    rejected   1 done; applied 0, then us; contradicted 3, then contradicted
    fudo             deny and approve    rejected   1 done; applied 0, then us; contradicted 3, then contradicted
    fudo             revoke and revoke   acts-again 1 done; applied 0, then us; applied 0, then us
    ");
}

/// What a plan of one side makes of its only decision.
fn next_plan(world: &World, config: &str) -> String {
    let ran = world.run(&["plan", "--config", config, "--format", "json"]);
    let plan: Value = serde_json::from_str(&ran.exits(0).out).expect("a plan");
    let settled = &plan["settled"][0]["settled"]["how"];
    let words = [
        settled,
        &plan["holds"][0]["code"],
        &plan["changes"][0]["verdict"],
    ];
    let word = words.iter().find_map(|word| word.as_str());
    word.expect("one decision").to_owned()
}

/// A world of one decided request, and a second configuration with a ledger and decision files of its own.
fn apart(vendor: Vendor, verdicts: [&str; 2], grants: Option<&str>) -> (World, String) {
    let world = World::of(|options| options.vendors = vec![vendor]);
    let id = world.pending()[0].clone();
    world.decide(&[(&id, verdicts[0])]);
    let config = world.read("countersign.toml");
    let other = config.replace(".countersign/", ".other/");
    world.write("other.toml", &other.replace("decisions/**", "others/**"));
    std::fs::rename(world.path("decisions"), world.path("first")).expect("moved");
    world.decide(&[(&id, verdicts[1])]);
    std::fs::rename(world.path("decisions"), world.path("others")).expect("moved");
    std::fs::rename(world.path("first"), world.path("decisions")).expect("moved");
    if let Some(by) = grants {
        let granted = world.mocks.decide(vendor, &id, Decision::Approve, by, None);
        granted.expect("somebody grants it");
    }
    let other = ["--config", "other.toml"];
    world
        .run(&[&["ledger", "init"][..], &other].concat())
        .exits(0);
    world.plan("0.plan");
    world
        .run(&[&["plan", "--out", "1.plan"][..], &other].concat())
        .exits(0);
    (world, id)
}
