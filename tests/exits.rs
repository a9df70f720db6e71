//! Each exit code by what leads to it, in every form of output: and whatever goes wrong, each byte on stdout
//! is text for people, one document, or one event a line, as was asked for.

use std::io::Read as _;
use std::process::Command;

use serde_json::{Value, json};

use crate::prompt::Prompt;
use crate::world::{QUEUE, Ran, Running, World, report};

/// One way to an exit code: what is done to a world with a planned approve, and the command.
struct Way {
    code: i32,
    what: &'static str,
    /// Beside `--format json` and `--json-events`.
    args: &'static [&'static str],
    before: fn(&World),
    /// What the environment adds.
    env: Option<(&'static str, &'static str)>,
    /// What is done once the vendor holds a call.
    meanwhile: Option<fn(&World, &mut Running)>,
}

const WAY: Way = Way {
    code: 0,
    what: "",
    args: &["plan"],
    before: |_| (),
    env: None,
    meanwhile: None,
};

const BREAK: &str = "COUNTERSIGN_BREAK";

/// In the order of the codes. 7 needs a terminal, and has a test of its own.
const WAYS: [Way; 25] = [
    Way {
        what: "a plan",
        ..WAY
    },
    Way {
        what: "done",
        args: &["apply", "p.plan"],
        ..WAY
    },
    Way {
        code: 1,
        what: "no configuration",
        args: &["plan", "--config", "none.toml"],
        ..WAY
    },
    Way {
        code: 1,
        what: "no plan file",
        args: &["apply", "none.plan"],
        ..WAY
    },
    Way {
        code: 1,
        what: "no snapshot",
        args: &["plan", "--snapshot", "none.jsonl"],
        ..WAY
    },
    Way {
        code: 1,
        what: "a mistake in a file",
        before: |world| world.write("decisions/wrong.toml", "nonsense"),
        ..WAY
    },
    Way {
        code: 1,
        what: "no ledger",
        args: &["apply", "p.plan"],
        before: |world| {
            std::fs::remove_file(world.path(".countersign/ledger.jsonl")).expect("removed");
        },
        ..WAY
    },
    Way {
        code: 1,
        what: "nobody answers",
        before: closed_port,
        ..WAY
    },
    Way {
        code: 1,
        what: "the key is wrong",
        before: |world| world.write(&format!(".secrets/{QUEUE}.api-key"), "0000\n"),
        ..WAY
    },
    Way {
        code: 1,
        what: "a fault of our own before anything",
        env: Some((BREAK, "K0")),
        ..WAY
    },
    Way {
        code: 1,
        what: "a fault of our own before the call, where the ledger is written",
        args: &["apply", "p.plan"],
        env: Some((BREAK, "K6")),
        ..WAY
    },
    Way {
        code: 2,
        what: "changes, asked for",
        args: &["plan", "--detailed-exitcode"],
        ..WAY
    },
    Way {
        code: 3,
        what: "a forged plan",
        args: &["apply", "p.plan"],
        before: |world| world.edit("p.plan", "\"approve\"", "\"approvE\""),
        ..WAY
    },
    Way {
        code: 3,
        what: "nobody answers any more",
        args: &["apply", "p.plan"],
        before: closed_port,
        ..WAY
    },
    Way {
        code: 4,
        what: "refused",
        args: &["apply", "p.plan"],
        before: |world| world.faults(json!([{ "op": APPROVE, "kind": "status", "status": 403 }])),
        ..WAY
    },
    Way {
        code: 4,
        what: "a fault of our own after the last line",
        args: &["apply", "p.plan"],
        env: Some((BREAK, "K17")),
        ..WAY
    },
    Way {
        code: 5,
        what: "the answer is lost",
        args: &["apply", "p.plan"],
        before: |world| {
            world.faults(json!([
                { "op": APPROVE, "phase": "after-effect", "kind": "close" },
                { "op": GET, "kind": "html", "status": 200, "nth": 3, "times": 1000 },
            ]));
        },
        ..WAY
    },
    Way {
        code: 5,
        what: "a fault of our own behind a call",
        args: &["apply", "p.plan"],
        env: Some((BREAK, "K11")),
        ..WAY
    },
    Way {
        code: 6,
        what: "another run holds the lock",
        args: &["apply", "p.plan"],
        before: |world| world.faults(json!([{ "op": APPROVE, "kind": "hold" }])),
        meanwhile: Some(|_, _| ()),
        ..WAY
    },
    Way {
        code: 64,
        what: "no such flag",
        args: &["plan", "--frobnicate"],
        ..WAY
    },
    Way {
        code: 64,
        what: "no such word",
        args: &["apply", "p.plan", "--on-blocked", "maybe"],
        ..WAY
    },
    Way {
        code: 64,
        what: "a target of nothing",
        args: &["plan", "--target", "nothing/*"],
        ..WAY
    },
    Way {
        code: 64,
        what: "nobody can be asked",
        args: &["apply"],
        ..WAY
    },
    Way {
        code: 130,
        what: "interrupted",
        before: |world| world.faults(json!([{ "op": GET, "kind": "hold" }])),
        meanwhile: Some(|_, running| running.signal("INT")),
        ..WAY
    },
    Way {
        code: 143,
        what: "terminated",
        before: |world| world.faults(json!([{ "op": GET, "kind": "hold" }])),
        meanwhile: Some(|_, running| running.signal("TERM")),
        ..WAY
    },
];

const APPROVE: &str = "admin-by-request.requests.approve";
const GET: &str = "admin-by-request.requests.get";

fn closed_port(world: &World) {
    let url = world.mocks.queues()[QUEUE].url.clone();
    world.edit("countersign.toml", &url, "http://127.0.0.1:1");
}

impl Way {
    fn goes(&self, form: &[&str]) -> Ran {
        let world = World::new();
        world.decide(&[(&world.pending()[0], "approve")]);
        world.plan("p.plan");
        (self.before)(&world);
        let mut command = world.command(&[self.args, form].concat());
        command.envs(self.env);
        let Some(meanwhile) = self.meanwhile else {
            return Ran::of(command.output().expect("it runs"));
        };
        let mut running = match self.code {
            // Whoever holds the lock is held at the vendor himself.
            6 => world.start(&["apply", "p.plan"]),
            _ => Running::of(command),
        };
        world.wait(world.mocks.held(1));
        meanwhile(&world, &mut running);
        let ran = match self.code {
            6 => world.run(&[self.args, form].concat()),
            _ => running.ends(),
        };
        world.mocks.release_all();
        ran
    }
}

#[test]
fn each_code_is_given_for_what_it_means_in_every_form() {
    let forms: [&[&str]; 3] = [&[], &["--format", "json"], &["--json-events"]];
    let cases: Vec<_> = WAYS
        .iter()
        .flat_map(|way| forms.map(|form| (way, form)))
        .collect();
    crate::world::side_by_side(&cases, |(way, form)| {
        let ran = way.goes(form);
        let name = format!("{} {:?} {form:?}: {ran:#?}", way.what, way.args);
        assert_eq!(ran.code, Some(way.code), "{name}");
        assert!(!ran.err.contains("panicked"), "{name}");
        match form {
            // Where there is no account of it, there is an error.
            [] => assert!(ran.says("error: ") || !ran.out.is_empty(), "{name}"),
            [_, _] => {
                let document: Value = serde_json::from_str(&ran.out).expect(&name);
                let code = document.get("exit").unwrap_or(&Value::Null);
                assert!(*code == way.code || document["command"] == "plan", "{name}");
            }
            [_, ..] => {
                let events: Vec<Value> = ran
                    .out
                    .lines()
                    .map(|line| serde_json::from_str(line).expect(&name))
                    .collect();
                assert_eq!(events[0]["type"], "version", "{name}");
                let wrong = events.iter().filter(|event| event["@level"] != "info");
                assert_eq!(wrong.count() > 0, ![0, 2].contains(&way.code), "{name}");
            }
        }
    });
    let told: std::collections::BTreeSet<i32> = WAYS.iter().map(|way| way.code).collect();
    assert_eq!(
        told.into_iter().collect::<Vec<_>>(),
        [0, 1, 2, 3, 4, 5, 6, 64, 130, 143]
    );
}

#[test]
fn a_question_that_is_declined_is_7() {
    let mut prompt = Prompt::new("apply");
    prompt.asked();
    assert_eq!(prompt.typed("no\n"), (Some(7), 0));
}

/// What a fault says may quote a vendor, or a secret: its place is told, its words are not.
#[test]
fn a_fault_of_our_own_is_told_by_its_place_and_leaves_a_report() {
    let world = World::new();
    let id = world.pending()[0].clone();
    world.decide(&[(&id, "approve")]);
    world.plan("p.plan");
    let mut command = world.command(&["apply", "p.plan", "--report", "r.json", "--json-events"]);
    command.env(BREAK, "K12");
    let ran = Ran::of(command.output().expect("it runs")).exits(5);
    let place = "error: there is a fault in countersign itself: reconciler/src/harness.rs:";
    assert!(ran.err.contains(place), "{}", ran.err);
    assert!(
        ran.says("the run ended there, 1 call in doubt"),
        "{}",
        ran.err
    );
    assert!(
        !format!("{ran:?}").contains("words that stand nowhere"),
        "{ran:?}"
    );
    assert!(!ran.says("RUST_BACKTRACE"), "{}", ran.err);
    assert_eq!(report(&world.path("r.json"))["exit"], 5);
    // The next run knows what became of it, and nothing is done twice.
    let again = world.run(&["apply", "p.plan"]).exits(0);
    assert!(again.says("1 recovered"), "{}", again.out);
    assert_eq!((world.effects(&id), world.writes().len()), (1, 1));
}

/// `countersign … | head -c 1`: whoever stops reading is no error and no noise, and changes nothing of what is done.
#[test]
fn a_pipe_that_is_closed_after_a_byte_ends_quietly() {
    let world = World::new();
    let id = world.pending()[0].clone();
    world.decide(&[(&id, "approve")]);
    world.plan("p.plan");
    let read_once = |mut command: Command| {
        let (mut reader, writer) = std::io::pipe().expect("a pipe");
        command.stdout(writer);
        let running = command.spawn().expect("it starts");
        // The command's own copy of the writing end goes with it.
        drop(command);
        let mut byte = [0];
        reader.read_exact(&mut byte).expect("a byte");
        drop(reader);
        let ran = Ran::of(running.wait_with_output().expect("it ends")).exits(0);
        assert!(
            !ran.err.contains("panicked") && !ran.err.contains("error"),
            "{}",
            ran.err
        );
    };
    let all: [&[&str]; 7] = [
        &["plan"],
        &["plan", "--format", "json"],
        &["plan", "--json-events"],
        &["schema", "plan"],
        // More than a pipe holds.
        &["completions", "zsh"],
        &["--help"],
        &["apply", "p.plan", "--json-events"],
    ];
    for args in all {
        read_once(world.command(args));
    }
    assert_eq!(world.effects(&id), 1, "it was carried out all the same");
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    let mut usage = world.command(&["plan", "--frobnicate", "--json-events"]);
    usage
        .stdout(writer.try_clone().expect("a pipe"))
        .stderr(writer);
    assert_eq!(usage.status().expect("it ends").code(), Some(64));
}

/// The report is what a job looks at, whatever ended the run.
#[test]
fn a_line_that_cannot_be_understood_leaves_its_report_too() {
    let world = World::new();
    let lines: [(&[&str], &str); 3] = [
        (&["apply", "--report", "r.json", "--frobnicate"], "r.json"),
        (
            &["apply", "p.plan", "--report=r.md", "--target", "x"],
            "r.md",
        ),
        (&["apply", "--frobnicate", "--report=r.html"], "r.html"),
    ];
    for (line, file) in lines {
        let ran = world.run(line).exits(64);
        let written = world.read(file);
        let said = ran
            .err
            .lines()
            .next()
            .expect("a line")
            .replace("error: ", "");
        let quoted = said.replace('<', "&lt;").replace('>', "&gt;");
        assert!(
            written.contains(&said) || written.contains(&quoted),
            "{said}\n{written}"
        );
    }
    let report = report(&world.path("r.json"));
    assert_eq!(
        (&report["exit"], &report["lines"]),
        (&64.into(), &serde_json::json!([]))
    );
    // No other command has one.
    world.run(&["plan", "--report", "other.json"]).exits(64);
    assert!(!world.path("other.json").exists());
    // Nothing is written to what is no file name.
    world.run(&["apply", "--report", "--frobnicate"]).exits(64);
    assert!(!world.path("--frobnicate").exists());
}
