//! What is done to decision files and ledger as time goes by: settled blocks are archived, drafts without a request
//! pruned, calls exported for auditors, and a damaged ledger is recovered.

use std::path::Path;

use mock_servers::Advance;
use serde_json::{Value, json};

use crate::world::{QUEUE, Ran, Running, World, decision_file};

const LEDGER: &str = ".countersign/ledger.jsonl";

fn lines(world: &World) -> Vec<String> {
    world.read(LEDGER).lines().map(str::to_owned).collect()
}

/// The kind of record on each line, with its line.
fn line_of(lines: &[String], kind: &str) -> usize {
    let tag = format!("\"kind\":\"{kind}\"");
    lines
        .iter()
        .position(|line| line.contains(&tag))
        .expect("it is there")
}

fn pass(world: &World, by: &str) {
    let step: Advance = serde_json::from_value(json!({ "by": by })).expect("a step");
    world.mocks.advance(&step).expect("the clock is frozen");
}

fn portal(world: &World, id: &str, decision: &str) {
    let act = json!({ "vendor": QUEUE, "id": id, "decision": decision, "by": "helpdesk@example.com", "reason": "" });
    world.admin("POST", "actors/portal/decide", &act);
}

/// A world in which one request was approved and one denied, by us.
fn applied() -> (World, [String; 2]) {
    let world = World::new();
    let pending = world.pending();
    let ids = [pending[0].clone(), pending[1].clone()];
    world.decide(&[(&ids[0], "approve"), (&ids[1], "deny")]);
    world.plan("plan.json");
    world.run(&["apply", "plan.json"]).exits(0);
    (world, ids)
}

/// The files below a folder, by name.
fn files(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let Ok(entries) = std::fs::read_dir(folder) else {
        return found;
    };
    for entry in entries {
        let path = entry.expect("an entry").path();
        let name = path
            .file_name()
            .expect("a name")
            .to_string_lossy()
            .into_owned();
        if path.is_dir() {
            found.extend(
                files(&path)
                    .into_iter()
                    .map(|below| format!("{name}/{below}")),
            );
        } else {
            found.push(name);
        }
    }
    found.sort();
    found
}

#[test]
fn a_damaged_ledger_is_recovered_and_the_next_apply_settles_what_is_in_doubt() {
    let (world, ids) = applied();
    let mut damaged = lines(&world);
    let outcome = line_of(&damaged, "outcome");
    damaged[outcome] = "\u{1b}[2J what?".to_owned();
    let damaged = damaged.join("\n") + "\n";
    world.write(LEDGER, &damaged);
    world.run(&["apply", "plan.json"]).exits(1);
    let writes = world.writes().len();

    let calls = world.journal(mock_servers::Kind::Call).len();
    let ran = world.run(&["ledger", "recover"]).exits(0);
    assert_eq!(
        world.journal(mock_servers::Kind::Call).len(),
        calls,
        "no vendor is asked"
    );
    assert!(ran.says("in doubt"), "{}", ran.out);
    assert!(ran.says(&format!("line {}", outcome + 1)), "{}", ran.out);
    assert!(!ran.out.contains('\u{1b}'), "{}", ran.out);
    let kept = files(&world.path(".countersign"));
    let kept = kept
        .iter()
        .find(|name| name.contains(".damaged-"))
        .expect("kept");
    assert!(ran.out.contains(kept.as_str()), "{}", ran.out);
    assert_eq!(world.read(&format!(".countersign/{kept}")), damaged);

    let verified = world.run(&["ledger", "verify"]).exits(0);
    let head = verified
        .out
        .lines()
        .find(|line| line.starts_with("Ledger: "));
    assert!(ran.out.contains(head.expect("a head")), "{}", ran.out);
    assert!(!verified.out.contains(", 0 in doubt"), "{}", verified.out);
    let plan = world.run(&["plan"]).exits(0);
    assert!(plan.out.contains("  in-doubt\n"), "{}", plan.out);
    world.run(&["ledger", "show"]).exits(0);

    let ran = world.run(&["apply", "plan.json"]).exits(0);
    assert!(ran.says("Apply complete!"), "{}", ran.out);
    assert_eq!(world.writes().len(), writes, "nothing is sent again");
    assert_eq!(ids.each_ref().map(|id| world.effects(id)), [1, 1]);
    let ran = world.run(&["ledger", "verify"]).exits(0);
    assert!(ran.out.contains(", 0 in doubt"), "{}", ran.out);
    let ran = world.run(&["ledger", "recover"]).exits(1);
    assert!(ran.says("is whole"), "{}", ran.err);
}

/// Every single line unreadable, one after the other: nothing is ever done twice.
#[test]
fn whichever_line_is_damaged_nothing_is_decided_twice() {
    let (world, ids) = applied();
    let whole = lines(&world);
    for place in 0..whole.len() {
        let mut damaged = whole.clone();
        damaged[place] = damaged[place].replace("\"kind\"", "\"kin\"");
        world.write(LEDGER, &(damaged.join("\n") + "\n"));
        let ran = world.run(&["ledger", "recover"]).exits(0);
        assert!(ran.says(&format!("line {}", place + 1)), "{}", ran.out);
        world.run(&["ledger", "verify"]).exits(0);
        world.run(&["apply", "plan.json"]).exits(0);
        let effects = ids.each_ref().map(|id| world.effects(id));
        assert_eq!(effects, [1, 1], "line {}", place + 1);
    }
}

#[test]
fn what_is_no_ledger_or_is_held_is_not_recovered() {
    let (world, _) = applied();
    let whole = world.read(LEDGER);
    world.write(LEDGER, "# no ledger\n");
    let ran = world.run(&["ledger", "recover"]).exits(1);
    assert!(ran.says("not one record"), "{}", ran.err);
    assert_eq!(world.read(LEDGER), "# no ledger\n");
    std::fs::remove_file(world.path(LEDGER)).expect("removed");
    world.run(&["ledger", "recover"]).exits(1);
    assert!(!world.path(LEDGER).exists());

    world.write(LEDGER, &whole);
    let mut apply = world.command(&["apply", "plan.json"]);
    let marker = world.path("reached");
    apply.env(
        "COUNTERSIGN_STAND_STILL",
        format!("K1={}", marker.display()),
    );
    let mut holder = Running::of(apply);
    holder.reaches(&marker);
    let damaged = whole.replacen("\"kind\"", "\"kin\"", 1);
    world.write(LEDGER, &damaged);
    world.run(&["ledger", "recover"]).exits(6);
    assert_eq!(world.read(LEDGER), damaged);
    holder.kill();
    world.run(&["ledger", "recover"]).exits(0);
    world.run(&["ledger", "recover", "--now"]).exits(64);
}

#[test]
fn auditors_get_a_row_a_call_that_no_spreadsheet_computes() {
    let world = World::new();
    let id = world.pending()[0].clone();
    world.decide(&[(&id, "deny")]);
    let file = decision_file(&id);
    let formula = "=HYPERLINK(\\\"http://evil.example\\\")";
    world.edit(&file, "vendor case 5512", formula);
    world.plan("plan.json");
    world.run(&["apply", "plan.json"]).exits(0);
    let csv = world.run(&["ledger", "export"]).exits(0).out;
    let rows: Vec<&str> = csv.lines().collect();
    assert_eq!(rows.len(), 2, "{csv}");
    assert!(rows[0].starts_with("\"seq\",\"at\",\"request\""), "{csv}");
    assert!(rows[1].contains(&format!("\"{QUEUE}/{id}\"")), "{csv}");
    assert!(rows[1].contains("\"'=HYPERLINK(\"\"http"), "{csv}");
    let json = world
        .run(&["ledger", "export", "--format", "json"])
        .exits(0);
    let calls: Value = serde_json::from_str(&json.out).expect("one document");
    assert_eq!(calls[0]["request"], format!("{QUEUE}/{id}"));
    assert_eq!(calls[0]["outcome"], "applied");
    assert_eq!(calls[0]["reason"], "=HYPERLINK(\"http://evil.example\")");
    assert_eq!(
        calls[0]["plan-digest"].as_str().map(|text| &text[..7]),
        Some("sha256:")
    );
    world
        .run(&["ledger", "export", "--format", "xml"])
        .exits(64);
}

#[test]
fn settled_and_inert_blocks_leave_byte_for_byte_and_the_rest_is_told() {
    let (world, ids) = applied();
    let pending = world.pending();
    // One that will expire, one that nobody decides, one file with two blocks and the line ends of another system.
    world.decide(&[(&pending[2], "deny")]);
    world.edit(&decision_file(&pending[2]), "2026-04-01T", "2026-03-02T");
    pass(&world, "1h");
    world
        .run(&["draft", "--target", &format!("{QUEUE}/{}", pending[3])])
        .exits(0);
    let (first, second) = (decision_file(&ids[0]), decision_file(&ids[1]));
    let undecided = decision_file(&pending[3]);
    let both = format!(
        "# our file\n\n{}\n# still open\n{}",
        world.read(&first),
        world.read(&undecided)
    );
    let both = both.replace('\n', "\r\n");
    world.write("decisions/both.toml", &both);
    std::fs::remove_file(world.path(&first)).expect("removed");
    std::fs::remove_file(world.path(&undecided)).expect("removed");
    let denied = world.read(&second);
    let before = world.run(&["plan"]).exits(0);
    assert!(before.out.contains("2 settled"), "{}", before.out);

    let ran = world.run(&["archive"]).exits(0);
    assert!(
        ran.out.contains("Archived: 3 blocks (2 settled, 1 inert)."),
        "{}",
        ran.out
    );
    assert!(ran.out.contains("1  undecided"), "{}", ran.out);
    assert_eq!(files(&world.path("decisions")), ["both.toml"]);
    assert_eq!(world.read(&format!("archive/{second}")), denied);
    let (left, gone) = (
        world.read("decisions/both.toml"),
        world.read("archive/decisions/both.toml"),
    );
    assert!(both.contains(gone.trim_end()), "{gone}");
    assert!(
        left.starts_with("# our file\r\n\r\n") && left.contains("undecided"),
        "{left}"
    );
    assert_eq!(left.matches('\n').count(), left.matches("\r\n").count());
    let after = world.run(&["plan", "--expect-no-changes"]).exits(0);
    assert!(after.out.contains("0 settled"), "{}", after.out);
    assert!(after.out.contains("No changes."), "{}", after.out);
    let again = world.run(&["archive"]).exits(0);
    assert!(
        again.out.starts_with("Nothing to archive."),
        "{}",
        again.out
    );
}

#[test]
fn a_block_in_both_places_is_not_doubled_and_an_archive_that_cannot_be_written_loses_nothing() {
    let (world, ids) = applied();
    let file = decision_file(&ids[1]);
    let block = world.read(&file);
    let archived = format!("archive/{file}");
    world.write("archive", "a file where a folder should be\n");
    let ran = world.run(&["archive"]).exits(1);
    assert!(ran.says("cannot be written"), "{}", ran.err);
    assert!(
        ran.out
            .starts_with("Nothing moved: the blocks of 2 files could not be."),
        "{}",
        ran.out
    );
    assert!(
        ran.says("the blocks of 2 files could not be moved;"),
        "{}",
        ran.err
    );
    assert_eq!(world.read(&file), block);
    std::fs::remove_file(world.path("archive")).expect("removed");
    // Stopped after the archive was written, before the source was.
    world.write(&archived, &block);
    world.run(&["archive"]).exits(0);
    assert_eq!(world.read(&archived), block);
    assert!(!world.path(&file).exists());
    // The same once more, as a revert in Git would bring it back.
    world.write(&file, &block);
    world.run(&["archive"]).exits(0);
    assert_eq!(world.read(&archived), block);
}

#[test]
fn what_is_young_or_read_through_a_link_stays() {
    let (world, ids) = applied();
    let file = decision_file(&ids[1]);
    let ran = world.run(&["archive", "--older-than", "90d"]).exits(0);
    assert!(
        ran.says("2 not over for as long as --older-than asks"),
        "{}",
        ran.out
    );
    world.run(&["archive", "--older-than", "soon"]).exits(64);
    let block = world.read(&file);
    world.write("elsewhere.toml", &block);
    std::fs::remove_file(world.path(&file)).expect("removed");
    std::os::unix::fs::symlink(world.path("elsewhere.toml"), world.path(&file)).expect("a link");
    let ran = world.run(&["archive"]).exits(0);
    assert!(ran.says("a link leads to this file"), "{ran:?}");
    assert!(ran.says("Archived: 1 block (1 settled)."), "{ran:?}");
    assert_eq!(world.read("elsewhere.toml"), block);
    assert!(world.path(&file).is_symlink());
}

/// Somebody edits the file while the queue is being read.
#[test]
fn a_block_that_changes_meanwhile_stays() {
    let (world, ids) = applied();
    let op = format!("{QUEUE}.requests.get");
    world.faults(json!([{ "op": op, "object": ids[1], "kind": "hold" }]));
    let archive = world.start(&["archive"]);
    world.wait(world.mocks.held(1));
    let file = decision_file(&ids[1]);
    world.edit(&file, "vendor case 5512", "vendor case 5513");
    world.faults(json!([]));
    world.mocks.release_all();
    let ran = archive.ends().exits(0);
    assert!(ran.says("1 changed meanwhile"), "{}", ran.out);
    assert!(world.read(&file).contains("5513"));
    assert!(!world.path(&format!("archive/{file}")).exists());
}

#[test]
fn what_is_in_doubt_keeps_its_block() {
    let (world, ids) = applied();
    let mut damaged = lines(&world);
    let outcome = line_of(&damaged, "outcome");
    damaged[outcome] = "what?".to_owned();
    world.write(LEDGER, &(damaged.join("\n") + "\n"));
    world.run(&["ledger", "recover"]).exits(0);
    let ran = world.run(&["archive", "-v"]).exits(0);
    assert!(
        ran.says("2 in doubt: `countersign apply` reads them again"),
        "{}",
        ran.out
    );
    assert!(
        ran.says(&format!("{QUEUE}/{} decisions/", ids[0])),
        "{}",
        ran.out
    );
    world.run(&["apply", "plan.json"]).exits(0);
    let ran = world.run(&["archive"]).exits(0);
    assert!(ran.says("Archived: 2 blocks (2 settled)."), "{}", ran.out);
}

#[test]
fn an_archive_inside_of_the_globs_is_refused_before_anything_is_asked() {
    let (world, ids) = applied();
    world.edit("countersign.toml", "decisions/**/*.toml", "**/*s/**/*.toml");
    let calls = world.journal(mock_servers::Kind::Call).len();
    let ran = world.run(&["archive"]).exits(1);
    assert!(ran.says("narrow `decisions`"), "{}", ran.err);
    assert_eq!(world.journal(mock_servers::Kind::Call).len(), calls);
    assert!(world.path(&decision_file(&ids[0])).exists());
}

/// Drafts of the first requests, each in its own file.
fn drafted(world: &World, many: usize) -> Vec<String> {
    let ids: Vec<String> = world.pending().into_iter().take(many).collect();
    world
        .run(&["draft", "--expires", "7d", "--ticket", "CHG1"])
        .exits(0);
    ids
}

fn pruned(world: &World) -> Ran {
    world.run(&["draft", "--prune"])
}

#[test]
fn drafts_whose_request_is_gone_go_unless_somebody_has_written_in_them() {
    let world = World::new();
    let ids = drafted(&world, 5);
    let before = files(&world.path("decisions")).len();
    let ran = pruned(&world).exits(0);
    assert!(ran.out.starts_with("Nothing to prune"), "{}", ran.out);
    for id in &ids[..4] {
        portal(&world, id, "deny");
    }
    world.edit(
        &decision_file(&ids[1]),
        "reason  = \"\"",
        "reason  = \"later\"",
    );
    world.edit(
        &decision_file(&ids[2]),
        "[[decision]]",
        "# asked Anna\n[[decision]]",
    );
    world.edit(&decision_file(&ids[3]), "\"undecided\"", "\"deny\"");
    world.edit(
        &decision_file(&ids[3]),
        "reason  = \"\"",
        "reason  = \"no\"",
    );
    let ran = pruned(&world).exits(0);
    assert!(
        ran.out
            .contains(&format!("removed {}", decision_file(&ids[0]))),
        "{}",
        ran.out
    );
    assert!(ran.out.ends_with("Pruned: 1 draft.\n"), "{}", ran.out);
    assert!(!world.path(&decision_file(&ids[0])).exists());
    assert_eq!(files(&world.path("decisions")).len(), before - 1);
    assert_eq!(
        ran.err
            .matches("its request is gone (denied), but somebody")
            .count(),
        2,
        "{}",
        ran.err
    );
    world
        .run(&["draft", "--prune", "--ticket", "CHG2"])
        .exits(64);
}

/// Whatever a vendor's drafts look like, permits in comments and all.
#[test]
fn drafts_of_every_vendor_go_with_their_request() {
    use mock_servers::{Decision, Vendor};
    let cases = [
        (Vendor::AdminByRequest, "boss@example.com"),
        (Vendor::BeyondTrust, "boss"),
        (Vendor::ThreatLocker, "boss"),
        (Vendor::Fudo, "boss"),
    ];
    for (vendor, by) in cases {
        let world = World::of(|options| options.vendors = vec![vendor]);
        let queue = world.queue();
        let id = world.pending()[0].clone();
        world.run(&["draft"]).exits(0);
        let before = files(&world.path("decisions"));
        let ran = pruned(&world).exits(0);
        assert!(ran.out.starts_with("Nothing to prune"), "{queue}: {ran:?}");
        let decided = world
            .mocks
            .decide(vendor, &id, Decision::Deny, by, Some("by hand"));
        decided.unwrap_or_else(|error| panic!("{queue}: {error:?}"));
        let ran = pruned(&world).exits(0);
        assert!(ran.out.ends_with("Pruned: 1 draft.\n"), "{queue}: {ran:?}");
        assert!(!world.path(&format!("decisions/{queue}/{id}.toml")).exists());
        assert_eq!(
            files(&world.path("decisions")).len(),
            before.len() - 1,
            "{queue}"
        );
    }
    // Where decisions ratify, what is not shown may not have been processed yet.
    let world = World::of(|options| options.vendors = vec![Vendor::Ekran]);
    world.run(&["draft"]).exits(0);
    let ran = pruned(&world).exits(0);
    assert!(ran.says("was not processed yet"), "{ran:?}");
}

#[test]
fn drafts_in_one_file_go_one_by_one_and_the_last_takes_the_file_along() {
    let world = World::new();
    let ids: Vec<String> = world.pending().into_iter().take(3).collect();
    world
        .run(&["draft", "--max", "3", "--into", "decisions/all.toml"])
        .exits(0);
    let all = world.read("decisions/all.toml");
    world.write("decisions/all.toml", &all.replace('\n', "\r\n"));
    portal(&world, &ids[1], "approve");
    pruned(&world).exits(0);
    let left = world.read("decisions/all.toml");
    assert!(
        !left.contains(&ids[1]) && left.contains(&ids[0]) && left.contains(&ids[2]),
        "{left}"
    );
    world.run(&["validate"]).exits(0);
    portal(&world, &ids[0], "deny");
    portal(&world, &ids[2], "deny");
    pruned(&world).exits(0);
    assert!(!world.path("decisions/all.toml").exists());
}

#[test]
fn where_the_queue_cannot_be_read_or_shows_nothing_no_draft_is_touched() {
    let world = World::new();
    let ids = drafted(&world, 2);
    let before = files(&world.path("decisions"));
    portal(&world, &ids[0], "deny");
    for kind in ["html", "truncate"] {
        let fault = json!({ "op": "*", "phase": "response", "kind": kind, "times": 1000 });
        world.faults(json!([fault]));
        pruned(&world).exits(1);
        assert_eq!(files(&world.path("decisions")), before);
    }
    world.faults(json!([]));
    // Another tenant: nothing of ours is there, and nothing else either.
    let empty = mock_servers::Given::from_toml("[admin-by-request]\n").expect("an empty world");
    let other = World::of(|options| options.world = Some(empty));
    let (ours, theirs) = (&world.mocks.queues()[QUEUE], &other.mocks.queues()[QUEUE]);
    world.edit("countersign.toml", &ours.url, &theirs.url);
    let key = theirs.credentials["api-key"].clone();
    world.write(&format!(".secrets/{QUEUE}.api-key"), &key);
    let ran = pruned(&world).exits(0);
    assert!(ran.says("nothing at all is visible"), "{ran:?}");
    assert_eq!(files(&world.path("decisions")), before);
}
