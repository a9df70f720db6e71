//! What the runner promises: nothing passes for want of a look, a child's time and environment are its own, exit codes.

use std::process::Command;

use libtest_mimic::{Failed, Trial};

const HEAD: &str = r#"format = 1
[scenario]
id = "x/y"
title = "t"
vendors = ["admin-by-request"]
timeout = "1s"
prepare = []
[[given.admin-by-request.request]]
name = "cmd"
"#;

/// A story's steps, and what the report says of them; `pass` where they pass.
const STORIES: &[(&str, &str, &str)] = &[
    (
        "kills-what-takes-too-long",
        "[[step]]\nname = \"a\"\nrun = [\"sh\", \"-c\", \"sleep 60 & sleep 60\"]\nexpect = { exit = 0 }\n",
        "killed after 1s",
    ),
    (
        "reports-later-steps-as-skipped",
        "[[step]]\nname = \"a\"\nrun = [\"false\"]\nexpect = { exit = 0 }\n[[step]]\nname = \"b\"\nrun = [\"true\"]\nexpect = { exit = 0 }\n",
        "skip  2. b",
    ),
    (
        "goes-on-where-that-is-wanted",
        "[[step]]\nname = \"a\"\nrun = [\"false\"]\nkeep-going = true\nexpect = { exit = 0 }\n[[step]]\nname = \"b\"\nrun = [\"true\"]\nexpect = { exit = 0 }\n",
        "pass  2. b",
    ),
    (
        "wants-every-fault-to-strike",
        "[[step]]\nname = \"a\"\nrun = [\"true\"]\nexpect = { exit = 0 }\n[[step.fault]]\nop = \"*\"\nkind = \"reset\"\n",
        "it never did: 0 calls matched",
    ),
    (
        "knows-no-request-that-is-not-there",
        "[[step]]\nname = \"a\"\nrun = [\"true\"]\n[step.expect]\nexit = 0\n[[step.expect.effect]]\nobject = \"4711\"\ncount = 0\n",
        "\"4711\" does not",
    ),
    (
        "knows-no-member-that-is-not-there",
        "[[step]]\nname = \"a\"\nrun = [\"true\"]\n[step.expect]\nexit = 0\n[[step.expect.state]]\nobject = \"{id.cmd}\"\nstaus = \"pending\"\n",
        "did you mean \"status\"?",
    ),
    (
        "fails-a-call-no-document-knows",
        "[[step]]\nname = \"a\"\nhttp = { method = \"GET\", url = \"{url.admin-by-request}/requests?colour=red\", headers = { apikey = \"{token.admin-by-request}\" } }\nexpect = { status = 200 }\n",
        "unknown parameter colour",
    ),
    (
        "takes-a-strange-call-that-is-meant",
        "[[step]]\nname = \"a\"\nhttp = { method = \"GET\", url = \"{url.admin-by-request}/requests?colour=red\", headers = { apikey = \"{token.admin-by-request}\" } }\nexpect = { status = 200, strange = [\"unknown parameter colour\"] }\n",
        "pass",
    ),
    (
        "wants-the-strange-call-that-is-meant",
        "[[step]]\nname = \"a\"\nhttp = { method = \"GET\", url = \"{url.admin-by-request}/requests\", headers = { apikey = \"{token.admin-by-request}\" } }\nexpect = { status = 200, strange = [\"colour\"] }\n",
        "(nothing)",
    ),
    (
        "lets-an-identity-in",
        "[[step]]\nname = \"a\"\nhttp = { method = \"GET\", url = \"{url.admin-by-request}/requests\", auth = \"admin-by-request\" }\nexpect = { status = 200 }\n[[step]]\nname = \"b\"\nrun = [\"true\"]\nexpect = { exit = 0 }\n",
        "pass",
    ),
    (
        "lets-nobody-else-in",
        "[[step]]\nname = \"a\"\nhttp = { method = \"GET\", url = \"{url.admin-by-request}/requests\", auth = \"admin-by-request:eve\" }\nexpect = { status = 200 }\n",
        "knows nobody called \"eve\"",
    ),
    (
        "fails-an-act-that-cannot-be",
        "[[step]]\nname = \"a\"\nact = { do = \"user/start\", id = \"{id.cmd}\" }\n",
        "refused: ",
    ),
    (
        "lets-an-act-be-refused-on-purpose",
        "[[step]]\nname = \"a\"\nact = { do = \"user/start\", id = \"{id.cmd}\" }\nexpect = { refused = \"no such button\" }\n",
        "pass",
    ),
    (
        "makes-the-environment",
        "[[step]]\nname = \"a\"\nrun = [\"env\"]\nenv = { OWN = \"{id.cmd}\" }\n[step.expect]\nexit = 0\nstdout = { lines = [\"TZ=UTC\", \"NO_COLOR=1\", \"OWN={id.cmd}\"], lacks = [\"CARGO\", \"proxy\"] }\n",
        "pass",
    ),
    (
        "gives-standard-input",
        "[[step]]\nname = \"a\"\nrun = [\"cat\"]\nstdin = \"{id.cmd} {{}}\"\nexpect = { exit = 0, stdout = { contains = [\"{id.cmd} {{}}\"] } }\n",
        "pass",
    ),
    (
        "starts-the-world-again",
        "[[step]]\nname = \"a\"\nact = { do = \"user/cancel\", id = \"{id.cmd}\" }\n[[step]]\nname = \"b\"\nrestart = { to = \"start\" }\n[[step.expect.state]]\nobject = \"{id.cmd}\"\nstatus = \"pending\"\n",
        "pass",
    ),
    (
        "starts-the-services-again",
        "[[step]]\nname = \"a\"\nact = { do = \"user/cancel\", id = \"{id.cmd}\" }\n[[step]]\nname = \"b\"\nrestart = { keep = \"state\" }\n[[step.expect.state]]\nobject = \"{id.cmd}\"\nstatus = \"withdrawn\"\n",
        "pass",
    ),
    (
        "verifies-a-recorded-journal",
        "[[file]]\npath = \"session.jsonl\"\ntext = '''{{\"seq\":1,\"at\":\"2026-03-02T08:00:00Z\",\"kind\":\"call\",\"vendor\":\"admin-by-request\",\"op\":\"admin-by-request.requests.list\",\"actor\":\"api\",\"status\":200}}'''\n[[step]]\nname = \"a\"\nverify = { journal = \"session.jsonl\", expect = [{ op = \"admin-by-request.requests.list\", count = 1 }] }\n",
        "pass",
    ),
    (
        "knows-a-journal-that-does-not-bear-it-out",
        "[[file]]\npath = \"session.jsonl\"\ntext = '''{{\"seq\":1,\"at\":\"2026-03-02T08:00:00Z\",\"kind\":\"call\",\"vendor\":\"admin-by-request\",\"op\":\"admin-by-request.requests.list\",\"actor\":\"api\",\"status\":200}}'''\n[[step]]\nname = \"a\"\nverify = { journal = \"session.jsonl\", expect = [{ op = \"admin-by-request.requests.approve\", count = 1 }] }\n",
        "session.jsonl does not bear it out",
    ),
    (
        "waits-for-what-comes-later-and-says-if-it-does-not",
        "[[step]]\nname = \"a\"\nrun = [\"true\"]\nwait = { object = \"{id.cmd}\", verdict = \"approve\", within = \"20ms\" }\nexpect = { exit = 0 }\n",
        "within 20ms",
    ),
    (
        "waits-for-a-client-that-goes-on-by-itself",
        "[[step]]\nname = \"a\"\nrun = [\"sh\", \"-c\", \"$0 ledger init && $0 draft --expires 7d\", \"{cli}\"]\nexpect = { exit = 0 }\n[[step]]\nname = \"b\"\ndecide = [{ id = \"{id.cmd}\", verdict = \"deny\", ticket = \"T\", reason = \"r\" }]\n[[step]]\nname = \"c\"\nrun = [\"sh\", \"-c\", \"$0 plan --out p && ($0 apply p > log 2>&1 &)\", \"{cli}\"]\nwait = { object = \"{id.cmd}\", verdict = \"deny\", within = \"10s\" }\nexpect = { exit = 0, writes = 1 }\n",
        "pass",
    ),
    (
        "tells-a-signal-that-found-nobody",
        "[[step]]\nname = \"a\"\nrun = [\"true\"]\nsignal = { send = \"TERM\", inside = { op = \"*\", phase = \"before-effect\" } }\nexpect = { exit = 143 }\n",
        "the client ended (exit 0) before it came to *",
    ),
    (
        "writes-nowhere-else",
        "[[file]]\npath = \"../x\"\ntext = \"\"\n[[step]]\nname = \"a\"\nrun = [\"true\"]\nexpect = { exit = 0 }\n",
        "is not below the story's folder",
    ),
];

/// A command line, and the exit code it must have.
const COMMANDS: &[(&str, &[&str], i32)] = &[
    ("list-exits-0", &["scenario", "list", "bundled"], 0),
    ("check-exits-0", &["scenario", "check"], 0),
    (
        "nothing-found-exits-3",
        &["scenario", "run", "--filter", "no/such/story"],
        3,
    ),
    (
        "no-such-path-exits-64",
        &["scenario", "check", "no-such-folder"],
        64,
    ),
    (
        "no-such-client-exits-64",
        &["scenario", "run", "--cli", "no-such-client"],
        64,
    ),
    (
        "nothing-to-explore-exits-3",
        &[
            "scenario",
            "explore",
            "--filter",
            "*/empty-queue",
            "--only",
            "no/such/world",
        ],
        3,
    ),
    (
        "one-world-is-explored",
        &[
            "scenario",
            "explore",
            "--filter",
            "*/empty-queue",
            "--only",
            "*/request-lost",
            "--json",
        ],
        0,
    ),
    (
        "every-dialect",
        &[
            "scenario",
            "run",
            "--filter",
            "*/empty-queue",
            "--dialects",
            "all",
        ],
        0,
    ),
    (
        "bundled-story-runs",
        &["scenario", "run", "--filter", "*/empty-queue", "--json"],
        0,
    ),
];

/// One trial for each.
pub(crate) fn trials() -> Vec<Trial> {
    let story = |(name, steps, said): &(&'static str, &'static str, &'static str)| {
        let (steps, said) = (*steps, *said);
        Trial::test(format!("runner/{name}"), move || says(steps, said))
    };
    let command = |(name, words, exit): &(&'static str, &'static [&'static str], i32)| {
        let (words, exit) = (*words, *exit);
        Trial::test(format!("command/{name}"), move || exits(words, exit))
    };
    let mut trials: Vec<Trial> = STORIES.iter().map(story).collect();
    trials.extend(COMMANDS.iter().map(command));
    trials.push(Trial::test(
        "command/snapshots-are-written-and-compared",
        snapshots,
    ));
    trials
}

fn says(steps: &str, said: &str) -> Result<(), Failed> {
    let variants = scenarios::read("x/y.scenario.toml", &format!("{HEAD}{steps}"))
        .map_err(|mistakes| format!("{mistakes:#?}"))?;
    for variant in variants {
        let trial = scenarios::Trial {
            name: "x/y".to_owned(),
            path: "x/y.scenario.toml".to_owned(),
            folder: None,
            variant,
        };
        let outcome = crate::play(&trial, vec![crate::CLIENT.to_owned()])?;
        let text = scenarios::text(&outcome, "");
        if !text.contains(said) || outcome.passed() != (said == "pass") {
            return Err(format!("{said:?} is not what it says:\n{text}").into());
        }
        if outcome.took > std::time::Duration::from_secs(30) {
            return Err(format!("a child outlived its time: {:?}", outcome.took).into());
        }
    }
    Ok(())
}

fn exits(words: &[&str], exit: i32) -> Result<(), Failed> {
    let output = Command::new(crate::CLIENT).args(words).output()?;
    if output.status.code() == Some(exit) {
        return Ok(());
    }
    Err(format!("{words:?}: {output:?}").into())
}

fn snapshots() -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("y.scenario.toml");
    let steps = "[[step]]\nname = \"a\"\nrun = [\"echo\", \"{tmp}\", \"{var.word}\"]\nexpect = { exit = 0, snapshot = \"said\" }\n[[case]]\nname = \"one\"\nvar = { word = \"1\" }\n";
    std::fs::write(&file, format!("{HEAD}{steps}"))?;
    let path = file.display().to_string();
    exits(&["scenario", "run", &path], 1)?;
    exits(&["scenario", "run", &path, "--update"], 0)?;
    exits(&["scenario", "run", &path], 0)?;
    let stored = std::fs::read_to_string(folder.path().join("y__one__said.snap"))?;
    if !stored.ends_with("{tmp} 1\n[exit 0]\n") {
        return Err(stored.into());
    }
    std::fs::write(
        &file,
        std::fs::read_to_string(&file)?.replace("\"1\"", "\"2\""),
    )?;
    exits(&["scenario", "run", &path], 1)
}
