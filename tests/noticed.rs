//! What is noticed before it does harm: files that no command reads, folders that hold something else, outputs that go nowhere.

use std::fs::File;

use serde_json::Value;

use crate::world::{QUEUE, Ran, World, decision_file, report};

#[test]
fn a_draft_goes_only_where_it_is_read_again() {
    let world = World::new();
    for into in ["outside.toml", "decisions/made.jsonl", "../above.toml"] {
        let ran = world.run(&["draft", "--into", into]).exits(64);
        assert!(ran.says("no command would read it"), "{}", ran.err);
        assert!(!world.path(into).exists(), "{into}");
    }
    std::fs::create_dir_all(world.path("sub/decisions")).expect("made");
    let below = ["-C", "sub", "draft", "--into", "decisions/all.toml"];
    world.run(&below).exits(64);
    world
        .run(&["draft", "--into", "decisions/../all.toml"])
        .exits(64);
    let whole = world.path("decisions/all.toml");
    let whole = whole.to_str().expect("text");
    world
        .run(&["draft", "--into", whole, "--max", "1"])
        .exits(0);
    world
        .run(&["draft", "--into", "./decisions/all.toml"])
        .exits(0);
    let again = world
        .run(&["draft", "--into", "decisions/all.toml"])
        .exits(0);
    assert!(again.out.starts_with("Nothing to draft"), "{}", again.out);
}

#[test]
fn a_draft_of_nothing_is_a_typing_error() {
    let world = World::new();
    let refused = |args: &[&str], why: &str| {
        let ran = world.run(args).exits(64);
        assert!(ran.says(why), "{args:?}: {}", ran.err);
    };
    refused(&["draft", "--target", "none/*"], "names no waiting request");
    refused(&["draft", "--target", "*"], "as in 'helpdesk/*'");
    refused(&["draft", "--expires", "0d"], "more than nothing");
    // What was drafted before is no error: a job may do it every hour.
    let target = format!("{QUEUE}/{}", world.pending()[0]);
    world.run(&["draft", "--target", &target]).exits(0);
    let again = world.run(&["draft", "--target", &target]).exits(0);
    assert!(again.out.starts_with("Nothing to draft"), "{}", again.out);
}

#[test]
fn the_mocks_leave_a_real_configuration_alone() {
    let world = World::new();
    std::fs::create_dir(world.path("real")).expect("made");
    let real = "schema = 1\n# of the production tenant\n";
    world.write("real/countersign.toml", real);
    let serve = [
        "mock",
        "serve",
        "--port-base",
        "0",
        "--write-config",
        "real",
    ];
    let ran = world.run(&serve).exits(1);
    assert!(ran.says("the mocks did not write it"), "{}", ran.err);
    assert_eq!(world.read("real/countersign.toml"), real);
    assert!(!world.path("real/.countersign").exists());
}

#[test]
fn a_queue_lists_what_is_selected_and_counts_all() {
    let world = World::new();
    let ids = world.pending();
    world.decide(&[(&ids[0], "approve"), (&ids[1], "deny")]);
    let listed = |args: &[&str]| {
        let args = [&["queue", "--format", "json"], args].concat();
        let ran = world.run(&args).exits(0);
        let queue: Value = serde_json::from_str(&ran.out).expect("a document");
        assert_eq!(queue["queues"][0]["decided"], 2, "all are counted");
        let pending = queue["pending"].as_array().expect("a list").iter();
        pending
            .map(|one| one["request"].as_str().expect("an id").to_owned())
            .collect::<Vec<_>>()
    };
    let target = format!("{QUEUE}/{}", ids[2]);
    assert_eq!(listed(&["--target", &target]), [ids[2].clone()]);
    assert_eq!(listed(&["--exclude", &target]).len(), ids.len() - 1);
    assert_eq!(listed(&["--only", "deny"]), [ids[1].clone()]);
    assert_eq!(listed(&["--ticket", "none"]), [""; 0]);
}

#[test]
fn nothing_to_compare_is_not_nothing_to_say() {
    let world = World::new();
    world.decide(&[(&world.pending()[0], "approve")]);
    world.edit("countersign.toml", "decisions/**", "decision/**");
    let note = "no file below . is named by decisions = decision/**/*.toml";
    let told = |args: &[&str]| {
        let ran = world.run(args).exits(0);
        assert!(ran.says(note), "{args:?}: {}{}", ran.out, ran.err);
    };
    told(&["validate"]);
    told(&["plan"]);
    told(&["status"]);
    told(&["plan", "--format", "markdown"]);
}

#[test]
fn what_is_not_committed_is_said_to_be() {
    let world = World::new();
    let ids = world.pending();
    world.decide(&[(&ids[0], "approve"), (&ids[1], "deny")]);
    world.git(&["init", "-q", "-b", "main"]);
    world.commit("decided");
    let told = |note: &str| world.run(&["plan"]).exits(0).out.contains(note);
    assert!(!told("committed"));
    world.edit(&decision_file(&ids[0]), "case 5512", "case 5513");
    assert!(told("note: 1 decision file is not as it was committed"));
    world.decide(&[(&ids[2], "deny")]);
    assert!(told(
        "note: 2 decision files are not as they were committed"
    ));
}

/// Told where nobody hears it: 1 would say that nothing was sent.
#[test]
fn an_output_that_is_full_is_told_and_hides_no_call() {
    let world = World::new();
    let full = |args: &[&str]| {
        let mut command = world.command(args);
        command.stdout(
            File::options()
                .write(true)
                .open("/dev/full")
                .expect("there"),
        );
        command.stderr(std::process::Stdio::piped());
        let ran = Ran::of(command.output().expect("it runs"));
        assert!(ran.says("cannot write the output"), "{args:?}: {}", ran.err);
        ran
    };
    let id = world.pending()[0].clone();
    world.decide(&[(&id, "approve")]);
    full(&["plan", "--out", "p.plan"]).exits(1);
    full(&["plan", "--format", "html"]).exits(1);
    full(&["apply", "p.plan"]).exits(4);
    assert_eq!(world.effects(&id), 1);
}

#[test]
fn events_that_cannot_be_written_leave_a_report() {
    let world = World::new();
    world.decide(&[(&world.pending()[0], "approve")]);
    world.plan("p.plan");
    let args = [
        "apply",
        "p.plan",
        "--json-into",
        "none/e.jsonl",
        "--report",
        "r.json",
    ];
    world.run(&args).exits(1);
    assert_eq!(report(&world.path("r.json"))["exit"], 1);
    assert_eq!(world.writes(), []);
}
