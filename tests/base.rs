//! `--base`: what a branch adds is told apart from what it carries over, and only that closes a gate.

use mock_servers::Vendor;
use serde_json::{Value, json};

use crate::world::{QUEUE, Ran, World, decision_file};

/// A repository with a decided request on `main`, and a branch that has just begun there.
struct Branch {
    world: World,
    ids: [String; 4],
}

impl Branch {
    fn new() -> Self {
        let world = World::new();
        let pending = world.pending();
        let ids = [0, 1, 2, 3].map(|at: usize| pending[at].clone());
        world.decide(&[(&ids[0], "approve"), (&ids[1], "deny")]);
        world.git(&["init", "-q", "-b", "main"]);
        world.commit("decided");
        world.git(&["checkout", "-q", "-b", "branch"]);
        Self { world, ids }
    }

    /// `ID introduced, ID modified …` of every request that the files name, as `plan --base REF` has it.
    fn told(&self, reference: &str) -> String {
        let plan = self.plan(&["--base", reference]);
        let lines = plan["base"]["lines"].as_array().expect("lines").clone();
        let place = |line: &Value| self.ids.iter().position(|id| line["request"] == **id);
        let mut told: Vec<String> = lines
            .iter()
            .map(|line| format!("{} {}", place(line).expect("known"), word(&line["scope"])))
            .collect();
        told.sort();
        told.join(", ")
    }

    fn plan(&self, more: &[&str]) -> Value {
        let args = [&["plan", "--format", "json"], more].concat();
        let ran = self.world.run(&args).exits(0);
        serde_json::from_str(&ran.out).expect("a plan")
    }
}

fn word(value: &Value) -> String {
    value.as_str().expect("a word").to_owned()
}

/// Makes an approve one of something that nobody sees there: it is blocked.
fn spoil(world: &World, id: &str) {
    let file = decision_file(id);
    let text = world.read(&file);
    let (before, digits) = text.split_once("v1:sha256:").expect("a fingerprint");
    world.write(&file, &format!("{before}v1:sha256:0000{}", &digits[4..]));
}

fn refused(world: &World, reference: &str, code: i32) -> Ran {
    let base = format!("--base={reference}");
    let ran = world.run(&["plan", &base]).exits(code);
    assert_eq!(ran.out, "", "nothing is shown");
    ran
}

#[test]
fn a_branch_is_told_from_where_it_began() {
    let branch = Branch::new();
    let (world, ids) = (&branch.world, &branch.ids);
    assert_eq!(branch.told("main"), "0 carried-over, 1 carried-over");
    world.decide(&[(&ids[2], "deny")]);
    world.edit(&decision_file(&ids[1]), "case 5512", "case 5513");
    assert_eq!(
        branch.told("main"),
        "0 carried-over, 1 modified, 2 introduced"
    );
    // Committed or not: what counts is what would be merged.
    world.commit("more decided");
    assert_eq!(
        branch.told("main"),
        "0 carried-over, 1 modified, 2 introduced"
    );
    // What others merge meanwhile is neither introduced nor taken out here.
    world.git(&["checkout", "-q", "main"]);
    world.decide(&[(&ids[3], "deny")]);
    world.edit(&decision_file(&ids[0]), "case 5512", "case 9999");
    world.commit("somebody else decided");
    world.git(&["checkout", "-q", "branch"]);
    assert_eq!(
        branch.told("main"),
        "0 carried-over, 1 modified, 2 introduced"
    );
}

#[test]
fn a_moved_block_is_carried_over_and_so_is_one_that_was_laid_out_anew() {
    let branch = Branch::new();
    let (world, ids) = (&branch.world, &branch.ids);
    let (first, second) = (decision_file(&ids[0]), decision_file(&ids[1]));
    let both = format!(
        "# Tonight.\n\n{}\n{}",
        world.read(&second),
        world.read(&first)
    );
    std::fs::remove_file(world.path(&first)).expect("removed");
    world.write(&second, &both.replace("ticket  =", "ticket ="));
    assert_eq!(branch.told("main"), "0 carried-over, 1 carried-over");
}

#[test]
fn the_text_shows_what_was_edited_and_what_was_taken_out() {
    let branch = Branch::new();
    let (world, ids) = (&branch.world, &branch.ids);
    world.edit(&decision_file(&ids[1]), "case 5512", "case 5513");
    std::fs::remove_file(world.path(&decision_file(&ids[0]))).expect("removed");
    let ran = world.run(&["plan", "--base", "main"]).exits(0);
    for shown in [
        "0 introduced, 1 modified, 0 carried over; 1 taken out",
        ".toml:11, modified in this change",
        "was       vendor case 5512",
        "is        vendor case 5513",
        "Taken out in this change, not known to be done (1)",
        &format!("approve  {QUEUE}/{}  CHG0031337", ids[0]),
    ] {
        assert!(ran.out.contains(shown), "{shown}: {}", ran.out);
    }
    // What was carried out before is not missed.
    world.git(&["checkout", "-q", "--", "."]);
    world.plan("tonight.plan");
    world.run(&["apply", "tonight.plan"]).exits(0);
    std::fs::remove_file(world.path(&decision_file(&ids[0]))).expect("removed");
    let ran = world.run(&["plan", "--base", "main"]).exits(0);
    assert!(!ran.out.contains("Taken out"), "{}", ran.out);
}

#[test]
fn exit_codes_and_gates_count_what_the_branch_adds() {
    let branch = Branch::new();
    let (world, ids) = (&branch.world, &branch.ids);
    let code = |args: &[&str]| world.run(&[&["plan"], args].concat()).code;
    let detailed = ["--detailed-exitcode", "--base", "main"];
    assert_eq!(code(&["--detailed-exitcode"]), Some(2), "two changes wait");
    assert_eq!(code(&detailed), Some(0), "none of them is of this branch");
    assert_eq!(
        code(&["--base", "main", "--fail-on", "carried-over"]),
        Some(2)
    );
    world.decide(&[(&ids[2], "deny")]);
    assert_eq!(code(&detailed), Some(2));
    // A hold that was there before is not this branch's, and one of its own is.
    let blocked = ["--fail-on", "blocked", "--base", "main"];
    world.git(&["checkout", "-q", "main"]);
    std::fs::remove_file(world.path(&decision_file(&ids[2]))).expect("removed");
    spoil(world, &ids[0]);
    assert_eq!(code(&blocked), Some(2), "its guard is another now");
    world.commit("spoiled");
    assert_eq!(code(&blocked), Some(0));
    assert_eq!(
        code(&["--fail-on", "blocked"]),
        Some(2),
        "without a base it counts"
    );
    // What was drafted on the branch is undecided there.
    let undecided = ["--fail-on", "undecided", "--base", "main"];
    assert_eq!(code(&undecided), Some(0));
    let target = format!("{QUEUE}/{}", ids[3]);
    world.run(&["draft", "--target", &target]).exits(0);
    assert_eq!(code(&undecided), Some(2));
}

#[test]
fn a_selection_makes_nothing_new() {
    let branch = Branch::new();
    let (world, ids) = (&branch.world, &branch.ids);
    world.edit(&decision_file(&ids[0]), "CHG0031337", "CHG0042");
    let plan = branch.plan(&["--base", "main", "--ticket", "CHG0042"]);
    let lines = plan["base"]["lines"].as_array().expect("lines");
    assert_eq!((lines.len(), &lines[0]["scope"]), (1, &"modified".into()));
    assert_eq!(plan["base"]["removed"], json!([]));
}

/// The pull-request job: the branch's files, the protected branch's configuration, no key.
#[test]
fn a_snapshot_and_a_base_make_the_comment() {
    let branch = Branch::new();
    let (world, ids) = (&branch.world, &branch.ids);
    world.run(&["observe", "--out", "snapshot.jsonl"]).exits(0);
    world.edit(&decision_file(&ids[1]), "CHG0031337", "CHG0042");
    std::fs::rename(world.path(".secrets"), world.path("away")).expect("no key");
    let args = [
        "plan",
        "--snapshot",
        "snapshot.jsonl",
        "--base",
        "main",
        "--format",
        "markdown",
    ];
    let ran = world.run(&args).exits(0);
    for shown in [
        ": 0 introduced, 1 modified, 1 carried over",
        "<br>`ticket`: was `CHG0031337`, is `CHG0042`",
        "<summary>Carried over: grants (1)</summary>",
    ] {
        assert!(ran.out.contains(shown), "{shown}: {}", ran.out);
    }
}

#[test]
fn a_saved_plan_keeps_the_scopes_and_the_digest_does_not_know_them() {
    let branch = Branch::new();
    let world = &branch.world;
    let plain = world.plan("plain.plan").out;
    let based = world
        .run(&["plan", "--base", "main", "--out", "based.plan"])
        .exits(0);
    let digest = |text: &str| {
        text.lines()
            .find(|line| line.starts_with("Digest: "))
            .map(str::to_owned)
    };
    assert_eq!(digest(&plain), digest(&based.out));
    let shown = world.run(&["show", "based.plan"]).exits(0);
    assert!(shown.out.contains(", carried over"), "{}", shown.out);
    let refused = world
        .run(&["apply", "based.plan", "--base", "main"])
        .exits(64);
    assert!(refused.out.is_empty());
    world.run(&["apply", "based.plan"]).exits(0);
}

#[test]
fn apply_does_every_line_and_its_exit_code_counts_what_the_branch_added() {
    let branch = Branch::new();
    let (world, ids) = (&branch.world, &branch.ids);
    spoil(world, &ids[0]);
    world.commit("spoiled");
    let digest = word(&branch.plan(&[])["digest"]);
    let apply = |more: &[&str]| {
        let args = ["apply", "--yes", "--expect-digest", &digest];
        world.run(&[&args[..], more].concat())
    };
    // Against its own commit the blocked line is carried over; the deny is done all the same.
    let ran = apply(&["--base", "branch", "--format", "json"]).exits(0);
    let report: Value = serde_json::from_str(&ran.out).expect("a report");
    assert_eq!(report["base"]["ref"], "branch");
    assert_eq!(world.effects(&ids[1]), 1);
    let digest = word(&branch.plan(&[])["digest"]);
    let again = ["apply", "--yes", "--expect-digest", &digest];
    world.run(&again).exits(3);
    let ran = world
        .run(&[&again[..], &["--base", "main"]].concat())
        .exits(3);
    assert!(ran.out.contains("modified in this change"), "{}", ran.out);
}

#[test]
fn a_base_that_is_not_there_says_what_to_type() {
    let branch = Branch::new();
    let world = &branch.world;
    let ran = refused(world, "origin/next", 1);
    assert!(
        ran.says("git fetch origin +next:refs/remotes/origin/next"),
        "{}",
        ran.err
    );
    for hostile in ["--upload-pack=touch pwned", "-h", ""] {
        let ran = refused(world, hostile, 64);
        assert!(ran.says("name a branch, a tag or a commit"), "{}", ran.err);
    }
    for odd in [
        "main..branch",
        "main:decisions",
        "$(touch pwned)",
        "main^{tree}",
    ] {
        refused(world, odd, 1);
    }
    assert!(!world.path("pwned").exists());
    let elsewhere = World::new();
    let ran = refused(&elsewhere, "main", 1);
    assert!(ran.says("is in no Git repository"), "{}", ran.err);
}

#[test]
fn a_shallow_clone_says_how_to_deepen_it() {
    let branch = Branch::new();
    let world = &branch.world;
    world.decide(&[(&branch.ids[2], "deny")]);
    world.commit("more decided");
    let origin = format!("file://{}", world.path("").display());
    world.git(&[
        "clone",
        "-q",
        "--depth=1",
        "-b",
        "branch",
        &origin,
        "shallow",
    ]);
    let run = |reference: &str| world.run(&["-C", "shallow", "plan", "--base", reference]);
    let missing = run("origin/main").exits(1);
    let fetch = "git fetch --depth=100 origin +main:refs/remotes/origin/main";
    assert!(missing.says(fetch), "{}", missing.err);
    world.git(&[
        "-C",
        "shallow",
        "fetch",
        "-q",
        "--depth=1",
        "origin",
        "+main:refs/remotes/origin/main",
    ]);
    let apart = run("origin/main").exits(1);
    assert!(apart.says("git fetch --unshallow origin"), "{}", apart.err);
    world.git(&["-C", "shallow", "fetch", "-q", "--unshallow", "origin"]);
    let whole = run("origin/main").exits(0);
    assert!(
        whole
            .out
            .contains("1 introduced, 0 modified, 2 carried over"),
        "{}",
        whole.out
    );
}

#[test]
fn a_partial_clone_does_not_guess_what_stood_there() {
    let branch = Branch::new();
    let world = &branch.world;
    world.edit(&decision_file(&branch.ids[1]), "case 5512", "case 5513");
    world.commit("another case");
    world.git(&["config", "uploadpack.allowFilter", "true"]);
    let origin = format!("file://{}", world.path("").display());
    world.git(&[
        "clone",
        "-q",
        "--filter=blob:none",
        "-b",
        "branch",
        &origin,
        "partial",
    ]);
    let run = || world.run(&["-C", "partial", "plan", "--base", "origin/main"]);
    let ran = run().exits(1);
    assert!(ran.says("git fetch --refetch --no-filter"), "{}", ran.err);
    world.git(&["-C", "partial", "fetch", "-q", "--refetch", "--no-filter"]);
    assert!(
        run()
            .exits(0)
            .out
            .contains("0 introduced, 1 modified, 1 carried over")
    );
}

#[test]
fn decision_files_may_stand_below_the_root_of_the_repository() {
    let branch = Branch::new();
    let world = &branch.world;
    std::fs::create_dir(world.path("below")).expect("a folder");
    std::fs::rename(world.path("decisions"), world.path("below/decisions")).expect("moved");
    world.commit("moved");
    let told = |reference: &str| {
        let ran = world
            .run(&["-C", "below", "plan", "--base", reference])
            .exits(0);
        ran.out
            .lines()
            .find(|line| line.starts_with("Against "))
            .map(str::to_owned)
    };
    let carried = told("branch").expect("a line");
    assert!(
        carried.ends_with(": 0 introduced, 0 modified, 2 carried over"),
        "{carried}"
    );
    let before = told("main").expect("a line");
    assert!(
        before.ends_with(": 2 introduced, 0 modified, 0 carried over"),
        "{before}"
    );
}

#[test]
fn machine_made_lines_are_compared_by_what_they_say() {
    let branch = Branch::new();
    let (world, id) = (&branch.world, &branch.ids[2]);
    world.edit(
        "countersign.toml",
        "decisions = [",
        "decisions = [\"decisions/*.jsonl\", ",
    );
    let line = |reason: &str| {
        let line = json!({"queue": QUEUE, "request": id, "ticket": "CHG1", "verdict": "deny",
            "reason": reason, "expires": "2026-04-01T00:00:00Z", "guard": {"user": "x"}});
        format!("{line}\n")
    };
    world.write("decisions/made.jsonl", &line("case 1"));
    assert!(branch.told("main").ends_with("2 introduced"));
    world.commit("made");
    world.write("decisions/made.jsonl", &format!("\n{}", line("case 1")));
    assert!(branch.told("branch").ends_with("2 carried-over"));
    world.write("decisions/made.jsonl", &line("case 2"));
    assert!(branch.told("branch").ends_with("2 modified"));
}

#[test]
fn git_s_environment_points_nowhere_else() {
    let branch = Branch::new();
    let mut command = branch.world.command(&["plan", "--base", "main"]);
    command
        .env("GIT_DIR", "/nowhere")
        .env("GIT_CONFIG_COUNT", "x");
    let ran = Ran::of(command.output().expect("it runs")).exits(0);
    assert!(ran.out.contains("2 carried over"), "{}", ran.out);
}

#[test]
fn who_decided_stands_in_plan_and_ledger() {
    let branch = Branch::new();
    let (world, ids) = (&branch.world, &branch.ids);
    // Somebody else drafted; whoever wrote a line of the block last decided.
    world.edit(&decision_file(&ids[1]), "case 5512", "case 5513");
    world.git(&[
        "-c",
        "user.email=colleague@example.com",
        "commit",
        "-q",
        "-a",
        "-m",
        "another case",
    ]);
    let plan = branch.plan(&["--out", "tonight.plan"]);
    let authors = plan["authors"].as_array().expect("authors");
    let of = |id: &str| {
        let one = authors
            .iter()
            .find(|one| one["file"] == decision_file(id).as_str());
        one.map(|one| (word(&one["author"]), word(&one["commit"])))
            .expect("an author")
    };
    let ((boss, first), (colleague, second)) = (of(&ids[0]), of(&ids[1]));
    assert_eq!(
        (boss.as_str(), colleague.as_str()),
        ("boss@example.com", "colleague@example.com")
    );
    assert_ne!(first, second);
    let wrote = format!("; commit {} by colleague@example.com", &second[..12]);
    let flat = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let shown = world.run(&["show", "tonight.plan", "-v"]).exits(0);
    assert!(flat(&shown.out).contains(&wrote), "{}", shown.out);
    let comment = world.run(&["plan", "--format", "markdown"]).exits(0);
    assert!(comment.out.contains(&wrote), "{}", comment.out);
    // What is not committed is nobody's.
    world.edit(&decision_file(&ids[0]), "case 5512", "case 5514");
    let plan = branch.plan(&[]);
    assert_eq!(
        plan["authors"].as_array().map(Vec::len),
        Some(1),
        "{}",
        plan["authors"]
    );
    world.git(&["checkout", "-q", "--", "."]);
    world.run(&["apply", "tonight.plan"]).exits(0);
    let shown = world.run(&["ledger", "show", "--format", "json"]).exits(0);
    let records: Value = serde_json::from_str(&shown.out).expect("records");
    let records = records.as_array().expect("a list");
    let intents = records.iter().filter(|one| one["kind"] == "intent");
    let mut wrote: Vec<(String, String)> = intents
        .map(|one| (word(&one["author"]), word(&one["commit"])))
        .collect();
    wrote.sort();
    assert_eq!(wrote, [(boss, first), (colleague, second)]);
}

/// Whoever moves a block, merges it or writes a `.mailmap` has not decided.
#[test]
fn only_who_wrote_a_decision_is_its_author() {
    let branch = Branch::new();
    let (world, ids) = (&branch.world, &branch.ids);
    let file = |at: usize| decision_file(&ids[at]);
    let commit_by = |who: &str| {
        let email = format!("user.email={who}@example.com");
        world.git(&["add", "-A"]);
        world.git(&["-c", &email, "commit", "-q", "-m", "a change"]);
    };
    let wrote = || {
        let plan = branch.plan(&[]);
        let authors = plan["authors"].as_array().expect("authors").iter();
        let mut wrote: Vec<String> = authors.map(|one| word(&one["author"])).collect();
        wrote.sort();
        wrote.join(" ").replace("@example.com", "")
    };
    assert_eq!(wrote(), "boss boss");
    // Moved as it is.
    world.git(&["mv", &file(0), "decisions/moved.toml"]);
    commit_by("mover");
    assert_eq!(wrote(), "boss boss");
    // Another name for whoever wrote.
    world.edit(&file(1), "case 5512", "case 5513");
    commit_by("colleague");
    let alias = "Boss <boss@example.com> <colleague@example.com>\n";
    world.write(".mailmap", alias);
    assert_eq!(wrote(), "boss colleague");
    // Merged from a branch of somebody else.
    world.git(&["checkout", "-q", "-b", "other"]);
    world.edit("decisions/moved.toml", "case 5512", "case 5514");
    commit_by("other");
    world.git(&["checkout", "-q", "branch"]);
    world.write("notes.md", "something else happened\n");
    commit_by("boss");
    world.git(&[
        "-c",
        "user.email=merger@example.com",
        "merge",
        "-q",
        "--no-edit",
        "other",
    ]);
    assert_eq!(wrote(), "colleague other");
    // Two blocks in one file, each by another.
    let second = world.read(&file(1));
    world.edit("decisions/moved.toml", "case 5514", "case 5515");
    let first = world.read("decisions/moved.toml");
    world.write("decisions/moved.toml", &format!("{first}\n{second}"));
    world.git(&["rm", "-q", "-f", &file(1)]);
    commit_by("joiner");
    world.edit("decisions/moved.toml", "case 5513", "case 5516");
    commit_by("last");
    assert_eq!(wrote(), "joiner last");
}

/// One text that two people wrote, a mode that a third changed, and a clone that does not know.
#[test]
fn who_wrote_the_same_again_is_its_author_and_nobody_is_where_history_was_cut_off() {
    let branch = Branch::new();
    let (world, ids) = (&branch.world, &branch.ids);
    let file = decision_file(&ids[0]);
    let commit_by = |who: &str, at: &str| {
        let email = format!("user.email={who}@example.com");
        world.git(&["add", "-A"]);
        let date = format!("--date={at}");
        world.git(&["-c", &email, "commit", "-q", &date, "-m", "a change"]);
    };
    let author = || {
        let plan = branch.plan(&["--target", &format!("{QUEUE}/{}", ids[0])]);
        plan["authors"][0]["author"].as_str().map(str::to_owned)
    };
    world.edit(&file, "case 5512", "case 5513");
    commit_by("another", "2026-01-02T00:00:00Z");
    world.edit(&file, "case 5513", "case 5512");
    commit_by("restorer", "2026-01-01T00:00:00Z");
    assert_eq!(author().as_deref(), Some("restorer@example.com"));
    // On a side branch that was written, taken back, and merged.
    world.git(&["checkout", "-q", "-b", "side", "HEAD~1"]);
    world.edit(&file, "case 5513", "case 5512");
    commit_by("side", "2026-01-03T00:00:00Z");
    world.edit(&file, "case 5512", "case 5514");
    commit_by("side", "2026-01-04T00:00:00Z");
    world.git(&["checkout", "-q", "branch"]);
    world.git(&["merge", "-q", "--no-edit", "-s", "ours", "side"]);
    assert_eq!(author().as_deref(), Some("restorer@example.com"));
    world.git(&["update-index", "--chmod=+x", &file]);
    world.git(&[
        "-c",
        "user.email=mode@example.com",
        "commit",
        "-q",
        "-m",
        "a mode",
    ]);
    world.git(&["checkout", "-q", "--", "."]);
    assert_eq!(author().as_deref(), Some("restorer@example.com"));
    let head = world.read(".git/refs/heads/branch");
    world.write(".git/shallow", &head);
    assert_eq!(author(), None);
}

#[test]
fn an_age_closes_a_gate() {
    let world = World::new();
    let target = format!("{QUEUE}/{}", world.pending()[0]);
    world.run(&["draft", "--target", &target]).exits(0);
    world.admin("POST", "clock/advance", &json!({ "by": "5h" }));
    for (command, many) in [("plan", "1"), ("status", "1"), ("queue", "8")] {
        let ran = world.run(&[command, "--fail-on", "age>4h"]).exits(2);
        let older = format!("age>4h: {many} pending request");
        assert!(
            ran.says(&older) && ran.says("for 5h"),
            "{command}: {}",
            ran.err
        );
        let ran = world.run(&[command, "--fail-on", "age>6h"]).exits(0);
        assert!(!ran.says("age>"), "{command}: {}", ran.err);
    }
}

#[test]
fn an_age_that_nobody_knows_passes_no_gate_in_silence() {
    let world = World::of(|options| options.vendors = vec![Vendor::BeyondTrust]);
    let target = format!("{}/{}", world.queue(), world.pending()[0]);
    world.run(&["draft", "--target", &target]).exits(0);
    for command in ["plan", "status", "queue"] {
        let ran = world.run(&[command, "--fail-on", "age>4h"]).exits(0);
        assert!(ran.says("of unknown age"), "{command}: {}", ran.err);
        assert!(ran.says("nothing follows about"), "{command}: {}", ran.err);
    }
}

#[test]
fn a_gate_that_cannot_be_looked_for_is_a_usage_error() {
    let world = World::new();
    for (args, hint) in [
        (
            &["plan", "--fail-on", "carried-over"][..],
            "plan --base REF --fail-on carried-over",
        ),
        (
            &["status", "--fail-on", "carried-over"],
            "plan --base REF --fail-on carried-over",
        ),
        (
            &["queue", "--fail-on", "carried-over"],
            "plan --base REF --fail-on carried-over",
        ),
        (&["plan", "--fail-on", "age"], "in quotes"),
        (&["plan", "--fail-on", "age>4"], "a unit is needed"),
        (
            &["plan", "--fail-on", "carried"],
            "carried-over and age>DURATION",
        ),
    ] {
        let ran = world.run(args).exits(64);
        assert!(ran.says(hint), "{args:?}: {}", ran.err);
        assert_eq!(ran.out, "");
    }
}
