//! The question of `apply`, on a terminal of its own.

use std::io::{Read as _, Write as _};
use std::process::{Child, Command, Stdio};

use crate::world::World;

/// `apply` on a terminal, with one approve to be asked about.
pub(crate) struct Prompt {
    world: World,
    id: String,
    terminal: Child,
    /// What stood on the terminal after the question, once something was typed.
    rest: String,
}

impl Prompt {
    pub(crate) fn new(words: &str) -> Self {
        let world = World::new();
        let id = world.pending()[0].clone();
        world.decide(&[(&id, "approve")]);
        let line = format!("{} {words}", env!("CARGO_BIN_EXE_countersign"));
        let given = world.command(&[]);
        let terminal = Command::new("script")
            .args(["-qec", &line, "/dev/null"])
            .current_dir(world.path(""))
            .env_remove("CI")
            .envs(given.get_envs().filter_map(|(k, v)| Some((k, v?))))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("a terminal");
        Self {
            world,
            id,
            terminal,
            rest: String::new(),
        }
    }

    /// What stands on the terminal once the question is asked.
    pub(crate) fn asked(&mut self) -> String {
        let out = self.terminal.stdout.as_mut().expect("its output");
        let (mut text, mut byte) = (Vec::new(), [0]);
        while !text.ends_with(b"is accepted:") {
            out.read_exact(&mut byte).expect("a question");
            text.extend(byte);
        }
        String::from_utf8(text).expect("text")
    }

    /// Types, and answers the exit code and how often something was done.
    pub(crate) fn typed(&mut self, keys: &str) -> (Option<i32>, usize) {
        let stdin = self.terminal.stdin.as_mut().expect("its keyboard");
        stdin.write_all(keys.as_bytes()).expect("typed");
        let out = self.terminal.stdout.as_mut().expect("its output");
        out.read_to_string(&mut self.rest).expect("the rest");
        let status = self.terminal.wait().expect("it ends");
        (status.code(), self.world.effects(&self.id))
    }
}

#[test]
fn what_is_asked_about_is_shown_in_every_format() {
    for format in ["text", "json", "markdown"] {
        let mut prompt = Prompt::new(&format!("apply --format {format}"));
        let shown = prompt.asked();
        assert!(shown.contains("Plan: 1 to approve"), "{format}: {shown}");
        assert!(shown.contains(&prompt.id), "{format}: {shown}");
        assert_eq!(prompt.typed("yes\n"), (Some(0), 1));
    }
}

#[test]
fn an_interrupted_question_sends_nothing() {
    let mut prompt = Prompt::new("apply");
    prompt.asked();
    assert_eq!(prompt.typed("\u{3}"), (Some(130), 0));
}

/// What stands on a terminal, escapes and all, after the command has ended there.
fn on_a_terminal(world: &World, words: &str) -> String {
    let line = format!("{} {words}", env!("CARGO_BIN_EXE_countersign"));
    let given = world.command(&[]);
    let ended = Command::new("script")
        .args(["-qec", &line, "/dev/null"])
        .current_dir(world.path(""))
        .env_remove("CI")
        .envs(given.get_envs().filter_map(|(k, v)| Some((k, v?))))
        .stdin(Stdio::null())
        .output();
    String::from_utf8(ended.expect("a terminal").stdout).expect("text")
}

#[test]
fn a_moving_count_moves_vanishes_and_is_not_there_where_quiet_is_asked_for() {
    let world = World::of(|options| {
        options.vendors = vec![mock_servers::Vendor::AdminByRequest];
        // Enough for several looks at it.
        options.generate = vec![(mock_servers::Vendor::AdminByRequest, 60_000)];
    });
    let told = on_a_terminal(&world, "observe --out all.jsonl");
    let counts = told.split("admin-by-request: ").filter_map(|rest| {
        let (count, _) = rest.split_once(" rows")?;
        let is_count = count.bytes().all(|b| b.is_ascii_digit() || b == b',');
        is_count.then_some(count)
    });
    let counts: std::collections::BTreeSet<&str> = counts.collect();
    assert!(counts.len() > 1, "it does not move: {told:?}");
    let (_, after) = told.rsplit_once(" rows").expect("a count");
    assert!(after.contains("\u{1b}[2K"), "it stays: {told:?}");
    let quiet = on_a_terminal(&world, "-q observe --out all.jsonl");
    assert!(!quiet.contains(" rows"), "{quiet:?}");
}

#[test]
fn what_follows_the_question_begins_a_line_of_its_own() {
    for (keys, shown) in [("\u{3}", " ^C"), ("\u{4}", " "), ("no\n", " no")] {
        let mut prompt = Prompt::new("apply --color never");
        prompt.asked();
        prompt.typed(keys);
        let mut lines = prompt.rest.split("\r\n");
        assert_eq!(lines.next(), Some(shown), "{:?}", prompt.rest);
        let told = lines.next().unwrap_or_default();
        assert!(told.starts_with("error: "), "{:?}", prompt.rest);
    }
}
