//! Plans and ledgers that are old, foreign, damaged or cannot be written: nothing is sent.

use std::process::Command;

use mock_servers::{Advance, Kind};
use serde_json::json;

use crate::world::{QUEUE, Ran, World, side_by_side};

const LEDGER: &str = ".countersign/ledger.jsonl";

/// A world with one approve and one deny, and a plan for both.
fn planned() -> (World, [String; 2]) {
    let world = World::new();
    let pending = world.pending();
    let ids = [pending[0].clone(), pending[1].clone()];
    world.decide(&[(&ids[0], "approve"), (&ids[1], "deny")]);
    world.plan("plan.json");
    (world, ids)
}

/// Runs it; the vendor hears nothing at all of it.
fn unheard(world: &World, args: &[&str]) -> Ran {
    let before = world.journal(Kind::Call).len();
    let ran = world.run(args);
    assert_eq!(world.journal(Kind::Call).len(), before, "{args:?}");
    ran
}

#[test]
fn a_tampered_plan_is_refused_before_any_network() {
    let (world, _) = planned();
    let plan = world.read("plan.json");
    for (from, to) in [
        ("\"approve\"", "\"deny\""),
        ("CHG0031337", "CHG0031338"),
        ("2026-04-01", "2027-04-01"),
        ("/requests/6", "/requests/7"),
    ] {
        assert!(plan.contains(from), "{from}");
        world.write("forged.json", &plan.replace(from, to));
        unheard(&world, &["apply", "forged.json"]).exits(3);
    }
    // Any one byte, as another of its kind.
    let step = plan.len() / 60;
    let places: Vec<usize> = (0..plan.len()).step_by(step).collect();
    for place in places {
        let mut bytes = plan.clone().into_bytes();
        bytes[place] ^= 1;
        std::fs::write(world.path("forged.json"), bytes).expect("written");
        let ran = unheard(&world, &["apply", "forged.json"]);
        assert!(matches!(ran.code, Some(1 | 3)), "byte {place}: {ran:?}");
        world.write("forged.json", &plan[..place]);
        let ran = unheard(&world, &["apply", "forged.json"]);
        assert!(matches!(ran.code, Some(1 | 3)), "cut at {place}: {ran:?}");
    }
    world.run(&["apply", "plan.json"]).exits(0);
}

#[test]
fn a_plan_that_has_outlived_its_time_is_refused() {
    let (world, _) = planned();
    let day: Advance = serde_json::from_value(json!({"by": "24h"})).expect("a step");
    world.mocks.advance(&day).expect("the clock is frozen");
    let ran = unheard(&world, &["apply", "plan.json"]).exits(3);
    assert!(ran.says("the plan expired at"), "{}", ran.err);
}

#[test]
fn the_reviewed_digest_is_the_one_that_is_applied() {
    let (world, ids) = planned();
    let plan = world.run(&["plan"]).exits(0);
    let digest = plan
        .out
        .lines()
        .find_map(|line| line.strip_prefix("Digest: "));
    let digest = digest.expect("a digest");
    let apply = |digest: &str| world.run(&["apply", "--yes", "--expect-digest", digest]);
    apply("sha256:12").exits(64);
    apply(&digest.to_uppercase()).exits(64);
    let other = format!("sha256:{}", "0".repeat(64));
    let ran = apply(&other).exits(3);
    assert!(ran.says(digest), "the new digest is shown: {}", ran.err);
    world.run(&["apply", "--yes"]).exits(64);
    world.run(&["apply"]).exits(64);
    assert!(world.writes().is_empty());
    apply(digest).exits(0);
    assert_eq!(ids.map(|id| world.effects(&id)), [1, 1]);
}

#[test]
fn an_old_copy_of_the_ledger_is_noticed() {
    let (world, _) = planned();
    let old = world.read(LEDGER);
    let ran = world.run(&["apply", "plan.json"]).exits(0);
    let head = ran
        .out
        .lines()
        .find_map(|line| line.strip_prefix("Ledger: "));
    let (_, hash) = head.expect("a head").split_once(' ').expect("seq and hash");
    let expecting = ["apply", "plan.json", "--expect-head", hash];
    world.run(&expecting).exits(0);
    world.write(LEDGER, &old);
    unheard(&world, &expecting).exits(3);
    assert_eq!(world.read(LEDGER), old);
}

#[test]
fn without_its_ledger_nothing_is_applied() {
    let (world, _) = planned();
    std::fs::remove_file(world.path(LEDGER)).expect("removed");
    let ran = unheard(&world, &["apply", "plan.json", "--report", "report.json"]).exits(1);
    assert!(ran.says("ledger init"), "{}", ran.err);
    assert_eq!(crate::world::report(&world.path("report.json"))["exit"], 1);
    assert!(!world.path(LEDGER).exists());
}

#[test]
fn a_damaged_ledger_stops_every_command() {
    let (world, ids) = planned();
    world.run(&["apply", "plan.json"]).exits(0);
    let whole = world.read(LEDGER);
    let lines: Vec<&str> = whole.lines().collect();
    let without = |place: usize| {
        let mut lines = lines.clone();
        lines.remove(place);
        lines.join("\n") + "\n"
    };
    let mut swapped = lines.clone();
    swapped.swap(2, 3);
    let damages = [
        ("changed", whole.replacen("CHG0031337", "CHG0031338", 1)),
        ("removed", without(2)),
        ("removed the first", without(0)),
        ("swapped", swapped.join("\n") + "\n"),
        ("twice", format!("{whole}{}\n", lines[lines.len() - 1])),
        ("not json", format!("{whole}what?\n")),
        ("empty", String::new()),
    ];
    let address = format!("{QUEUE}/{}", ids[0]);
    let commands: [&[&str]; 8] = [
        &["plan"],
        &["status"],
        &["apply", "plan.json"],
        &["apply", "--only", "deny", "--yes", "--expect-no-changes"],
        &["ledger", "verify"],
        &["ledger", "show"],
        &["ledger", "explain", &address],
        &[
            "ledger",
            "resolve",
            &address,
            "--as",
            "applied",
            "--because",
            "x",
        ],
    ];
    for (damage, text) in damages {
        world.write(LEDGER, &text);
        for command in commands {
            let ran = unheard(&world, command);
            assert_eq!(ran.code, Some(1), "{damage}: {command:?}: {ran:?}");
            assert!(ran.says("damaged"), "{damage}: {command:?}: {ran:?}");
        }
        assert_eq!(world.read(LEDGER), text, "nothing mends it silently");
    }
}

/// The disk is full after so many blocks of 512 bytes; `ignored` is whether the process survives that.
fn cramped(world: &World, args: &[&str], blocks: usize, ignored: bool) -> Ran {
    let trap = if ignored { "trap '' XFSZ;" } else { "" };
    let script = format!("{trap} ulimit -c 0; ulimit -f {blocks}; exec \"$0\" \"$@\"");
    let tool = world.command(args);
    let mut shell = Command::new("/bin/sh");
    shell.arg("-c").arg(script).arg(tool.get_program());
    shell.args(tool.get_args()).env_clear();
    for (name, value) in tool.get_envs() {
        shell.env(name, value.expect("set"));
    }
    shell.current_dir(tool.get_current_dir().expect("a folder"));
    Ran::of(shell.output().expect("it runs"))
}

/// Wherever the disk runs full: what cannot be remembered is not done, and the next run is right.
#[test]
fn a_full_disk_stops_before_the_send() {
    let cases: Vec<(usize, bool)> = (0..16)
        .flat_map(|blocks| [(blocks, true), (blocks, false)])
        .collect();
    let rows = side_by_side(&cases, |&(blocks, ignored)| {
        let (world, ids) = planned();
        let args = ["apply", "plan.json", "--parallelism", "1"];
        let ran = cramped(&world, &args, blocks, ignored);
        let done = ids.each_ref().map(|id| world.effects(id));
        let sent = world.writes().len();
        match ran.code {
            Some(0) => assert_eq!(done, [1, 1]),
            // An error before any write.
            Some(1) => assert_eq!(sent, 0, "{ran:?}"),
            Some(4) => assert!(ran.says("The ledger cannot be written"), "{ran:?}"),
            None => assert!(!ignored),
            Some(_) => panic!("{ran:?}"),
        }
        assert_eq!(ran.says("Apply complete!"), ran.code == Some(0), "{ran:?}");
        world.run(&["ledger", "verify"]).exits(0);
        world.run(&["apply", "plan.json"]).exits(0);
        assert_eq!(ids.map(|id| world.effects(&id)), [1, 1]);
        (ran.code, sent)
    });
    assert!(rows.contains(&(Some(1), 0)), "{rows:?}");
    assert!(rows.contains(&(Some(4), 1)), "{rows:?}");
    assert!(rows.contains(&(None, 1)), "{rows:?}");
    assert!(rows.contains(&(Some(0), 2)), "{rows:?}");
}

/// Everything beside the ledger, by name.
fn beside_the_ledger(world: &World) -> Vec<String> {
    let folder = std::fs::read_dir(world.path(".countersign")).expect("a folder");
    let names = folder.map(|entry| entry.expect("an entry").file_name());
    let names = names.map(|name| name.to_string_lossy().into_owned());
    names.filter(|name| name != "ledger.jsonl").collect()
}

/// No half ledger stands there afterwards, and nothing that looks like one.
#[test]
fn a_full_disk_makes_no_ledger() {
    let world = World::new();
    std::fs::remove_file(world.path(LEDGER)).expect("removed");
    let before = beside_the_ledger(&world);
    let ran = cramped(&world, &["ledger", "init"], 0, true).exits(1);
    assert!(ran.says("make room"), "{}", ran.err);
    assert!(!world.path(LEDGER).exists());
    assert_eq!(beside_the_ledger(&world), before);
    assert_eq!(cramped(&world, &["ledger", "init"], 0, false).code, None);
    assert!(!world.path(LEDGER).exists());
    world.run(&["ledger", "init"]).exits(0);
    world.run(&["ledger", "verify"]).exits(0);
}

/// What could not be saved elsewhere first is not replaced.
#[test]
fn a_full_disk_leaves_a_damaged_ledger_as_it_is() {
    let (world, _) = planned();
    world.run(&["apply", "plan.json"]).exits(0);
    let damaged = world.read(LEDGER).replacen("CHG0031337", "CHG0031338", 1);
    world.write(LEDGER, &damaged);
    for blocks in 0..4 {
        cramped(&world, &["ledger", "recover"], blocks, true).exits(1);
        assert_eq!(world.read(LEDGER), damaged, "{blocks} blocks");
    }
    world.run(&["ledger", "recover"]).exits(0);
    world.run(&["ledger", "verify"]).exits(0);
}

/// Its folder is a file, or it is a folder itself: nothing is asked of a vendor, and nothing is made in its place.
#[test]
fn a_ledger_that_cannot_stand_there_stops_everything() {
    let (world, _) = planned();
    std::fs::remove_file(world.path(LEDGER)).expect("removed");
    std::fs::create_dir(world.path(LEDGER)).expect("made");
    unheard(&world, &["apply", "plan.json"]).exits(1);
    world.run(&["ledger", "init"]).exits(1);
    std::fs::remove_dir_all(world.path(".countersign")).expect("removed");
    world.write(".countersign", "a file");
    unheard(&world, &["apply", "plan.json"]).exits(1);
    world.run(&["ledger", "init"]).exits(1);
    assert_eq!(world.read(".countersign"), "a file");
}

#[test]
fn a_lock_that_cannot_be_taken_stops_everything() {
    let (world, _) = planned();
    std::fs::create_dir(world.path(&format!("{LEDGER}.lock"))).expect("made");
    unheard(&world, &["apply", "plan.json"]).exits(1);
}

/// A report that could not be written is told before anything is sent.
#[test]
fn a_report_that_cannot_be_written_stops_everything() {
    let (world, _) = planned();
    std::fs::create_dir(world.path("folder.json")).expect("made");
    for report in ["no/such/folder.json", "folder.json"] {
        let ran = unheard(&world, &["apply", "plan.json", "--report", report]).exits(1);
        assert!(ran.says("cannot write the report"), "{}", ran.err);
    }
}

/// The report's folder is gone when the run ends: what was decided is told all the same, and 1 would mean that nothing was.
#[test]
fn a_report_that_cannot_be_written_any_more_hides_nothing() {
    for (faults, code, told) in [(2, 5, "1 done, 1 in doubt"), (0, 4, "1 approved, 1 denied")] {
        let (world, _) = planned();
        let op = format!("{QUEUE}.requests.approve");
        let hold = json!({"op": format!("{QUEUE}.requests.deny"), "kind": "hold"});
        let mut all = vec![hold];
        if faults > 0 {
            all.push(json!({"op": op, "kind": "close", "times": faults}));
        }
        world.faults(json!(all));
        std::fs::create_dir(world.path("reports")).expect("made");
        let args = [
            "apply",
            "plan.json",
            "--report",
            "reports/r.json",
            "--verify-timeout",
            "300ms",
        ];
        let running = world.start(&args);
        world.wait(world.mocks.held(1));
        std::fs::remove_dir_all(world.path("reports")).expect("gone");
        world.mocks.release_all();
        let ran = running.ends().exits(code);
        assert!(ran.says(told), "{}", ran.out);
        assert!(ran.says("cannot write the report"), "{}", ran.err);
    }
}

/// Two versions that are not this one: refused before any network, and it says which made it.
#[test]
fn a_plan_of_another_version_is_refused() {
    let (world, _) = planned();
    let tool = format!("\"tool\": \"{}\"", env!("CARGO_PKG_VERSION"));
    for other in ["0.0.9", "999.0.0"] {
        let plan = world.read("plan.json");
        assert!(plan.contains(&tool), "{tool} in {plan}");
        let forged = plan.replace(&tool, &format!("\"tool\": \"{other}\""));
        world.write("other.json", &forged);
        let ran = unheard(&world, &["apply", "other.json"]).exits(3);
        let words = format!("it was made by countersign {other}, this is");
        assert!(ran.says(&words), "{}", ran.err);
    }
}

/// Of a ledger that several runs wrote: each record left out, written twice, or put behind the next one.
#[test]
fn each_record_left_out_doubled_or_moved_is_found() {
    let (world, _) = planned();
    let op = format!("{QUEUE}.requests.approve");
    world.faults(json!([{"op": op, "kind": "close", "times": 2}]));
    let apply = ["apply", "plan.json", "--verify-timeout", "300ms"];
    world.run(&apply).exits(5);
    world.faults(json!([]));
    world.run(&apply);
    let whole = world.read(LEDGER);
    let lines: Vec<&str> = whole.lines().collect();
    assert!(lines.len() > 8, "{whole}");
    let head = world.run(&["ledger", "verify"]).exits(0);
    let head = head
        .out
        .split_whitespace()
        .find(|word| word.starts_with("sha256:"));
    let head = head
        .expect("a head")
        .trim_end_matches([',', '.'])
        .to_owned();
    let last = lines.len() - 1;
    for place in 0..lines.len() {
        let mut without = lines.clone();
        without.remove(place);
        let mut doubled = lines.clone();
        doubled.insert(place, lines[place]);
        let mut moved = lines.clone();
        moved.swap(place, (place + 1).min(last));
        for (damage, lines) in [
            ("left out", without),
            ("doubled", doubled),
            ("moved", moved),
        ] {
            world.write(LEDGER, &format!("{}\n", lines.join("\n")));
            let what = format!("{damage}: line {}", place + 1);
            let verified = world.run(&["ledger", "verify"]);
            match (damage, place == last) {
                // The last one moved nowhere.
                ("moved", true) => assert_eq!(verified.code, Some(0), "{what}"),
                // A shorter history is whole: only a head that was kept elsewhere shows what is missing.
                ("left out", true) => {
                    assert_eq!(verified.code, Some(0), "{what}");
                    world.run(&["ledger", "verify", "--head", &head]).exits(1);
                    unheard(&world, &["apply", "plan.json", "--expect-head", &head]).exits(3);
                }
                _ => {
                    assert_eq!(verified.code, Some(1), "{what}: {verified:?}");
                    unheard(&world, &["apply", "plan.json"]).exits(1);
                }
            }
        }
    }
}

#[test]
fn a_head_is_expected_of_a_ledger_that_is_there() {
    let (world, _) = planned();
    let head = format!("sha256:{}", "1".repeat(64));
    let expecting = ["apply", "plan.json", "--expect-head", &head];
    unheard(&world, &expecting).exits(3);
    std::fs::remove_file(world.path(LEDGER)).expect("removed");
    let ran = unheard(&world, &expecting).exits(1);
    assert!(ran.says("ledger init"), "{}", ran.err);
    assert!(!world.path(LEDGER).exists(), "none is made in its place");
    // Nor is a fresh one taken for it.
    world.run(&["ledger", "init"]).exits(0);
    unheard(&world, &expecting).exits(3);
}
