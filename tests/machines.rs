//! What programs read: exit codes, documents, events, pipes.

use serde_json::json;

use crate::world::{Ran, World, decision_file, text};

#[test]
fn off_a_terminal_no_escape_is_written() {
    let world = World::new();
    world.decide(&[(&world.pending()[0], "approve")]);
    for args in [&["plan"][..], &["queue"], &["doctor"], &["status"]] {
        let ran = world.run(args).exits(0);
        assert!(
            !format!("{}{}", ran.out, ran.err).contains('\u{1b}'),
            "{args:?}"
        );
    }
    let coloured = world.run(&["plan", "--color", "always"]).exits(0);
    assert!(coloured.out.contains('\u{1b}'), "--color always is obeyed");
}

/// `countersign plan | head -1`: whoever stops reading is no error, and no noise.
#[test]
fn a_closed_pipe_is_no_error() {
    let world = World::new();
    for args in [&["plan"][..], &["explain"], &["queue", "--format", "json"]] {
        let (reader, writer) = std::io::pipe().expect("a pipe");
        drop(reader);
        let mut command = world.command(args);
        command.stdout(writer);
        let output = command.spawn().expect("it starts").wait_with_output();
        let ran = Ran::of(output.expect("it ends")).exits(0);
        assert!(!ran.err.contains("panicked"), "{}", ran.err);
    }
}

#[test]
fn every_line_of_the_event_stream_is_json() {
    let world = World::new();
    world.decide(&[(&world.pending()[0], "approve")]);
    let plans: [&[&str]; 5] = [
        &["plan"],
        &["plan", "--config", "none.toml"],
        &["plan", "--target", "nothing/*"],
        &["apply", "--yes"],
        &["apply", "none.plan"],
    ];
    let check = |args: &[&str]| {
        let args = [args, &["--json-events"]].concat();
        let ran = world.run(&args);
        assert!(!ran.out.is_empty(), "{args:?}");
        for line in ran.out.lines() {
            let event: serde_json::Value =
                serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
            assert!(
                event["type"].is_string() && event["@message"].is_string(),
                "{line}"
            );
        }
        ran
    };
    for args in plans {
        let ran = check(args);
        if ran.code != Some(0) {
            assert!(ran.out.contains("\"@level\":\"error\""), "{}", ran.out);
        }
    }
    world.write("decisions/wrong.toml", "nonsense");
    assert!(check(&["plan"]).out.contains("decisions/wrong.toml"));
}

#[test]
fn the_json_document_has_the_keys_of_the_contract() {
    let world = World::new();
    world.decide(&[(&world.pending()[0], "approve")]);
    let ran = world
        .run(&["plan", "--format", "json", "--out", "p.plan"])
        .exits(0);
    let document: serde_json::Value = serde_json::from_str(&ran.out).expect("one document");
    let keys = |value: &serde_json::Value| {
        let keys = value.as_object().expect("an object").keys().cloned();
        keys.collect::<Vec<_>>().join(" ")
    };
    assert_eq!(
        keys(&document),
        "changes command counts digest holds inert schema settled undecided unread"
    );
    assert_eq!(
        keys(&document["counts"]),
        "approve blocked deny revoke settled waiting"
    );
    assert_eq!(
        (&document["schema"], &document["command"]),
        (&json!(1), &json!("plan"))
    );
    let saved: serde_json::Value = serde_json::from_str(&world.read("p.plan")).expect("a plan");
    assert_eq!(
        saved["plan"], document,
        "a saved plan holds the same object"
    );
    let shown = world.run(&["show", "p.plan", "--format", "json"]).exits(0);
    assert_eq!(shown.out, ran.out);
}

#[test]
fn a_report_is_written_however_the_run_ends() {
    let world = World::new();
    world.decide(&[(&world.pending()[0], "approve")]);
    world.plan("p.plan");
    world.write(
        "broken.plan",
        &world.read("p.plan").replacen("approve", "approvE", 1),
    );
    let runs: [(&[&str], i32); 4] = [
        (&["apply", "none.plan"], 1),
        (&["apply", "broken.plan"], 3),
        (&["apply", "p.plan", "--config", "none.toml"], 1),
        (&["apply", "p.plan"], 0),
    ];
    for (args, code) in runs {
        let _ = std::fs::remove_file(world.path("report.json"));
        world
            .run(&[args, &["--report", "report.json"]].concat())
            .exits(code);
        let report = crate::world::report(&world.path("report.json"));
        assert_eq!(report["exit"], code, "{args:?}: {report}");
    }
    let again = world.run(&["plan", "--detailed-exitcode"]).exits(0);
    assert!(again.out.starts_with("No changes.\n"));
}

#[test]
fn code_2_is_given_only_where_it_was_asked_for() {
    let world = World::new();
    let id = world.pending()[0].clone();
    world.decide(&[(&id, "approve")]);
    world.run(&["plan"]).exits(0);
    world.run(&["plan", "--detailed-exitcode"]).exits(2);
    world.run(&["plan", "--expect-no-changes"]).exits(2);
    world.run(&["status", "--detailed-exitcode"]).exits(2);
    world.run(&["plan", "--fail-on", "undecided"]).exits(0);
    world.run(&["fmt"]).exits(0);
    world.run(&["fmt", "--check"]).exits(0);
    world.edit(&decision_file(&id), "ticket  =", "ticket =");
    let ran = world.run(&["fmt", "--check"]).exits(2);
    assert_eq!(ran.out, format!("{}\n", decision_file(&id)));
    world.run(&["fmt"]).exits(0);
    world.run(&["fmt", "--check"]).exits(0);
}

/// Found when a pull request was reviewed against a snapshot from before the last apply: it was told that somebody had
/// undone what apply had done since, and to delete the decision.
#[test]
fn a_snapshot_that_is_older_than_our_own_call_contradicts_nothing() {
    let world = World::new();
    let ids = world.pending();
    world.decide(&[(&ids[0], "approve"), (&ids[1], "deny")]);
    world.run(&["observe", "--out", "before.jsonl"]).exits(0);
    world.plan("p.plan");
    world.run(&["apply", "p.plan"]).exits(0);
    let plan = |snapshot: &str| {
        let args = ["plan", "--snapshot", snapshot, "--format", "json"];
        let plan: serde_json::Value =
            serde_json::from_str(&world.run(&args).exits(0).out).expect("a plan");
        let code = |one: &serde_json::Value| text(&one["code"]);
        let holds = plan["holds"].as_array().expect("holds").iter();
        (
            plan["counts"]["settled"].as_u64(),
            holds.map(code).collect::<Vec<_>>(),
        )
    };
    assert_eq!(plan("before.jsonl"), (Some(2), vec![]));
    // What is decided otherwise since is not known to be possible, nor that it is not.
    let file = crate::world::decision_file(&ids[0]);
    world.edit(&file, "\"approve\"", "\"deny\"");
    assert_eq!(
        plan("before.jsonl"),
        (Some(1), vec!["out-of-sight".to_owned()])
    );
    world.admin("POST", "clock/advance", &json!({ "by": "1m" }));
    world.run(&["observe", "--out", "after.jsonl"]).exits(0);
    assert_eq!(
        plan("after.jsonl"),
        (Some(1), vec!["contradicted".to_owned()])
    );
}
