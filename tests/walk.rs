//! The newcomer's way through the commands: init, draft, decide, plan, apply, and looking after the ledger.

use insta::assert_snapshot;
use serde_json::json;

use crate::world::{QUEUE, World, decision_file};

#[test]
fn init_writes_what_validates_and_never_overwrites() {
    let world = World::new();
    let ran = world.run(&["init", "new"]).exits(0);
    assert_snapshot!(world.story(&ran), @r"
    exit 0
    --- stdout
    wrote new/countersign.toml
    wrote new/decisions/helpdesk/65430027.toml
    wrote new/.github/workflows/countersign.yml
    wrote new/ci/countersign.gitlab-ci.yml
    wrote new/ci/countersign-apply.gitlab-ci.yml
    wrote new/ci/countersign.sh
    wrote new/.gitignore
    wrote new/.taplo.toml
    wrote new/schemas/decisions.schema.json
    wrote new/schemas/config.schema.json
    wrote new/.countersign/ledger.jsonl
    Ledger: 1 sha256:HEX
    --- stderr
    hint: edit countersign.toml, set the credential it names, then `countersign doctor` and `countersign
      draft`
    ");
    let validate = ["validate", "--config", "new/countersign.toml", "-C", "new"];
    let mut command = world.command(&validate);
    command.env_remove("COUNTERSIGN_MOCK_CLOCK");
    let output = command.output().expect("it runs");
    assert!(output.status.success(), "{output:?}");
    let args = [
        "fmt",
        "--check",
        "-C",
        "new",
        "decisions/helpdesk/65430027.toml",
    ];
    world.run(&args).exits(0);

    let before = world.read("new/countersign.toml");
    let ran = world.run(&["init", "new"]).exits(1);
    assert_snapshot!(world.story(&ran), @r"
    exit 1
    --- stderr
    error: there is a configuration already; nothing was written: new/countersign.toml
    hint: give another folder: `countersign init DIR`
    ");
    assert_eq!(world.read("new/countersign.toml"), before);

    world.write("other/.gitignore", "mine\n");
    let ran = world.run(&["init", "other"]).exits(0);
    assert!(
        ran.err.contains(".gitignore is there already; left alone"),
        "{}",
        ran.err
    );
    assert_eq!(world.read("other/.gitignore"), "mine\n");
}

#[test]
fn draft_writes_each_request_once_and_overwrites_nothing() {
    let world = World::new();
    let ids = world.pending();
    world.write(&decision_file(&ids[1]), "# mine, and it names nobody\n");
    let ran = world
        .run(&["draft", "--max", "3", "--ticket", "CHG7", "--expires", "7d"])
        .exits(0);
    assert_eq!(
        world.read(&decision_file(&ids[1])),
        "# mine, and it names nobody\n"
    );
    assert!(ran.err.contains("is there already"), "{}", ran.err);
    let drafted = world.read(&decision_file(&ids[0]));
    assert!(
        drafted.contains("ticket  = \"CHG7\"\nverdict = \"undecided\"\n"),
        "{drafted}"
    );
    assert!(
        drafted.contains("expires = 2026-03-09T08:00:00Z\n"),
        "{drafted}"
    );

    std::fs::remove_file(world.path(&decision_file(&ids[1]))).expect("removed");
    world.run(&["draft"]).exits(0);
    let ran = world.run(&["draft"]).exits(0);
    assert_eq!(
        ran.out,
        "Nothing to draft: every pending request is named by a decision file.\n"
    );
    assert_eq!(world.read(&decision_file(&ids[0])), drafted);
    world.run(&["draft", "--max", "0"]).exits(64);
    world.run(&["validate"]).exits(0);
    world.run(&["fmt", "--check"]).exits(0);
    world.run(&["plan", "--expect-no-changes"]).exits(0);
    world.run(&["plan", "--fail-on", "undecided"]).exits(2);
    assert_eq!(world.writes(), []);
}

#[test]
fn draft_appends_to_one_file_where_asked() {
    let world = World::new();
    world.write("decisions/all.toml", "# Tonight.\n");
    let ran = world
        .run(&["draft", "--into", "decisions/all.toml"])
        .exits(0);
    let many = world.pending().len();
    assert_eq!(
        ran.out,
        format!("drafted {many} requests into decisions/all.toml\n")
    );
    let text = world.read("decisions/all.toml");
    assert!(text.starts_with("# Tonight.\n"));
    assert_eq!(text.matches("[[decision]]").count(), many);
    let ran = world.run(&["validate"]).exits(0);
    assert_eq!(
        ran.out,
        format!("Valid: 0 decided, {many} undecided, in 1 file.\n")
    );
    world.run(&["fmt", "--check"]).exits(0);
}

#[test]
fn a_guard_is_refreshed_where_asked_and_nothing_else_is_touched() {
    let world = World::new();
    let id = world.pending()[0].clone();
    world.decide(&[(&id, "approve")]);
    let file = decision_file(&id);
    let good = world.read(&file);
    let target = format!("{QUEUE}/{id}");
    let refresh = ["draft", "--refresh-guard", "--target", &target];
    world.run(&refresh).exits(0);
    assert_eq!(world.read(&file), good, "it matches: nothing to refresh");
    world.edit(
        &file,
        "computer     = \"",
        "# Seen by Kim.\ncomputer     = \"OTHER-",
    );
    world.run(&["validate"]).exits(1);
    let ran = world.run(&["plan", "--fail-on", "blocked"]).exits(2);
    assert!(ran.out.contains("guard-mismatch"), "{}", ran.out);
    let ran = world.run(&refresh).exits(0);
    assert_eq!(ran.out, format!("refreshed {file}\n"));
    let refreshed = world.read(&file);
    assert_eq!(refreshed.replace("# Seen by Kim.\n", ""), good);
    assert!(refreshed.contains("# Seen by Kim.\n"));
}

#[test]
fn the_queue_shows_what_is_new_and_reads_on_from_an_id() {
    let world = World::new();
    let ids = world.pending();
    world.decide(&[(&ids[0], "approve")]);
    let listed = |args: &[&str]| -> Vec<String> {
        let ran = world
            .run(&[&["queue", "--format", "json"], args].concat())
            .exits(0);
        let document: serde_json::Value = serde_json::from_str(&ran.out).expect("one document");
        let pending = document["pending"].as_array().expect("a list");
        let ids = pending
            .iter()
            .map(|row| row["request"].as_str().unwrap_or("?").to_owned());
        ids.collect()
    };
    assert_eq!(listed(&[]), ids);
    assert_eq!(listed(&["--new"]), ids[1..]);
    assert_eq!(listed(&["--new", "--since-id", &ids[2]]), ids[2..]);
    world.run(&["queue", "--fail-on", "undecided"]).exits(2);
    for finding in ["blocked", "drift", "undecided,lapsed"] {
        let ran = world.run(&["queue", "--fail-on", finding]).exits(64);
        assert!(ran.says("countersign status --fail-on"), "{}", ran.err);
    }
}

#[test]
fn doctor_tries_each_credential_and_names_the_one_it_used() {
    let world = World::new();
    world.write(".secrets/wrong", "00000000000000000000000000000000\n");
    let read = format!(".secrets/{QUEUE}.api-key");
    let write = "\nwrite-credentials = { api-key = { file = \".secrets/wrong\" } }\nurl = ";
    world.edit("countersign.toml", "\nurl = ", write);
    let ran = world.run(&["doctor"]).exits(1);
    let reachable = format!("ok    reachable with file {read}: 8 pending");
    assert!(ran.out.contains(&reachable), "{}", ran.out);
    let failed = "FAIL  with file .secrets/wrong (write-credentials): ";
    assert!(ran.out.contains(failed), "{}", ran.out);
    assert_eq!(ran.out.matches("clock differs").count(), 1, "{}", ran.out);
}

#[test]
fn draft_tells_of_rows_that_could_not_be_read() {
    let world = World::new();
    let denied = json!({ "id": "1", "status": "Denied", "statusCode": 3, "scanResults": [], "user": { "account": "A" } });
    world.faults(json!([{
        "op": "admin-by-request.requests.list", "kind": "status", "status": 200,
        "body": [denied, { "id": "x" }],
    }]));
    let ran = world.run(&["draft"]).exits(0);
    assert!(ran.says("1 unreadable row, not drafted"), "{}", ran.err);
    assert!(ran.says("drafted decisions/"), "{}", ran.err);
}

/// Nothing is to be done, so nothing is asked and no secret is needed.
#[test]
fn a_plan_without_lines_needs_no_queue() {
    let world = World::new();
    world.plan("empty.plan").exits(0);
    std::fs::remove_file(world.path(&format!(".secrets/{QUEUE}.api-key"))).expect("removed");
    world.run(&["apply", "empty.plan"]).exits(0);
}

#[test]
fn doctor_looks_at_everything_and_tells_what_fails() {
    let world = World::new();
    let ran = world.run(&["doctor"]).exits(0);
    assert_snapshot!(world.story(&ran), @r"
exit 0
--- stdout
  ok    ledger .countersign/ledger.jsonl: 1 record, 0 in doubt
  ok    the clock is virtual: http://127.0.0.1:ADMIN/__mock/v1/clock

admin-by-request: Admin By Request at http://127.0.0.1:PORT
  ok    reachable with file .secrets/admin-by-request.api-key: 8 pending
  ok    this machine's clock differs from the vendor's by 0 s
  approve  yes; repeated: ignored; carries no mark; notifies the user, by email; undo: in the portal
           only; proof: status, and approvedBy where a portal user is reserved as `acting-as`
  deny     yes; repeated: ignored; carries our mark; notifies the user, by email; undo: no; the user
           has to ask again; proof: status, deniedBy, and our mark in deniedReason
  revoke   no (portal only: a deny of a granted request is answered with success and does nothing)
  absent   dropped from the list two weeks after it was made, or never there
  cannot verify whether a request exists once two weeks have passed
  cannot verify which ticket a request belongs to: this vendor has no field for it
");
    world.write(
        &format!(".secrets/{QUEUE}.api-key"),
        "00000000000000000000000000000000\n",
    );
    std::fs::remove_file(world.path(".countersign/ledger.jsonl")).expect("removed");
    let ran = world.run(&["doctor"]).exits(1);
    assert!(
        ran.out.contains("FAIL") && ran.out.contains("401"),
        "{}",
        ran.out
    );
    assert!(ran.out.contains("countersign ledger init"), "{}", ran.out);
    assert_eq!(world.writes(), []);
}

/// What stands against a decision comes first; a plan tells what would be done.
#[test]
fn status_says_first_what_is_no_longer_as_decided() {
    let world = World::new();
    let ids = world.pending();
    world.decide(&[(&ids[0], "approve"), (&ids[1], "deny"), (&ids[2], "deny")]);
    let ran = world.run(&["status"]).exits(0);
    assert!(
        ran.out
            .starts_with("Nothing stands against a decision; 3 still to do.\n"),
        "{}",
        ran.out
    );
    let vendor = mock_servers::Vendor::AdminByRequest;
    let by = "boss@example.com";
    world
        .mocks
        .decide(vendor, &ids[1], mock_servers::Decision::Approve, by, None)
        .expect("decided");
    world
        .run(&["apply", "--yes", "--expect-digest", &digest(&world)])
        .exits(3);
    let ran = world.run(&["status", "--fail-on", "drift"]).exits(0);
    assert_snapshot!(world.story(&ran), @r#"
    exit 0
    --- stdout
    A person must look: 1 contradicted.
    Compared 3 decisions of countersign.toml with the queues as read at 2026-03-02T08:00:00Z
      admin-by-request  by id, 3 calls, 0 rows
      note: the clock is virtual: http://127.0.0.1:ADMIN/__mock/v1/clock

    Contradicted: somebody else decided otherwise (1)
      ! deny     admin-by-request/65391192  CHG0031337  contradicted
          the vendor shows it approved; it can be taken back in the portal only; decided by
          "boss@example.com"
          from      decisions/admin-by-request/65391192.toml:11
          next:     Accept it: edit or delete the decision. Or undo it at the vendor, with verdict
                    `revoke` where the vendor can.

    Plan: 0 to approve, 0 to deny, 0 to revoke; 1 blocked, 0 waiting, 2 settled.
    Digest: sha256:HEX
    "#);
}

fn digest(world: &World) -> String {
    let ran = world.run(&["plan"]).exits(0);
    let line = ran
        .out
        .lines()
        .find_map(|line| line.strip_prefix("Digest: "));
    line.expect("the digest").to_owned()
}

#[test]
fn the_ledger_is_verified_against_a_head_kept_elsewhere() {
    let world = World::new();
    let head = |text: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix("Ledger: "));
        let (_, hash) = line
            .and_then(|line| line.split_once(' '))
            .expect("the head");
        hash.to_owned()
    };
    let first = head(&world.run(&["ledger", "verify"]).exits(0).out);
    let id = world.pending()[0].clone();
    world.decide(&[(&id, "approve")]);
    world.plan("p.plan");
    let old = world.read(".countersign/ledger.jsonl");
    let last = head(&world.run(&["apply", "p.plan"]).exits(0).out);
    world.run(&["ledger", "verify", "--head", &first]).exits(0);
    world.run(&["ledger", "verify", "--head", &last]).exits(0);
    let told = world
        .run(&["ledger", "explain", &format!("{QUEUE}/{id}")])
        .exits(0);
    let told = world.same(&told.out);
    assert_snapshot!(told, @r"
    admin-by-request/65391175: Admin By Request at http://127.0.0.1:PORT
        3  2026-03-02T08:00:00Z  intent      approve admin-by-request/65391175 CHG0031337 decisions/admin-by-request/65391175.toml:11:1
        4  2026-03-02T08:00:00Z  outcome     of 3: applied: read back as ours
    It ended: applied: read back as ours.
    ");

    world.write(".countersign/ledger.jsonl", &old);
    let ran = world.run(&["ledger", "verify", "--head", &last]).exits(1);
    assert!(
        ran.err.contains("old copy") && ran.err.contains("hint: "),
        "{}",
        ran.err
    );
    world
        .run(&["apply", "p.plan", "--expect-head", &last])
        .exits(3);
    assert_eq!(
        world.effects(&id),
        1,
        "an old copy of the ledger sends nothing"
    );

    world.edit(".countersign/ledger.jsonl", "init", "Init");
    let ran = world.run(&["ledger", "verify"]).exits(1);
    assert!(ran.err.contains("hint: "), "{}", ran.err);
    world.run(&["plan"]).exits(1);
}

#[test]
fn a_doubt_is_resolved_by_hand_only_late_and_never_against_what_is_read() {
    let world = World::new();
    let id = world.pending()[0].clone();
    world.decide(&[(&id, "approve")]);
    world.plan("p.plan");
    let get = "admin-by-request.requests.get";
    world.faults(json!([
        { "op": "admin-by-request.requests.approve", "kind": "close" },
        { "op": get, "kind": "html", "status": 200, "nth": 3, "times": 100_000 },
    ]));
    let apply = [
        "apply",
        "p.plan",
        "--verify-timeout",
        "1s",
        "--timeout",
        "1s",
    ];
    let ran = world.run(&apply).exits(5);
    assert!(
        ran.out.contains("countersign ledger resolve") || ran.err.contains("ledger resolve"),
        "{}\n{}",
        ran.out,
        ran.err
    );
    world.faults(json!([]));
    let address = format!("{QUEUE}/{id}");
    let resolve = |found: &str, code: i32| {
        let because = "the portal shows it pending";
        let args = [
            "ledger",
            "resolve",
            &address,
            "--as",
            found,
            "--because",
            because,
        ];
        let ran = world.run(&args).exits(code);
        world.story(&ran)
    };
    assert_snapshot!(resolve("not-applied", 3), @r"
    exit 3
    --- stderr
    error: refused: the call was made less than 15 minutes ago and may still arrive; not before
      2026-03-02T08:15:00Z: admin-by-request/65391175
    hint: `countersign apply` settles by itself what can be read
    ");
    world.admin("POST", "clock/advance", &json!({ "by": "16m" }));
    assert_snapshot!(resolve("applied", 3), @r"
    exit 3
    --- stderr
    error: refused: the vendor shows the request undecided, or decided otherwise:
      admin-by-request/65391175
    hint: `countersign apply` settles by itself what can be read
    ");
    let story = resolve("not-applied", 0);
    assert!(story.contains("Resolved: "), "{story}");
    assert!(resolve("not-applied", 1).contains("nothing is in doubt"));
    assert_eq!(world.effects(&id), 0);
}

/// The fingerprint covers where the request stands: the same id elsewhere is another request.
#[test]
fn a_decision_drafted_at_another_url_says_so_offline() {
    let world = World::of(|options| options.vendors = vec![mock_servers::Vendor::Fudo]);
    let id = &world.pending()[0];
    world.decide(&[(id, "approve")]);
    world.run(&["validate"]).exits(0);
    world.edit("countersign.toml", "http://127.0.0.1", "http://localhost");
    let ran = world.run(&["validate"]).exits(1);
    assert!(ran.says("(guard-inconsistent)"), "{ran:?}");
    assert!(ran.says("the queue's `url` or `organization`"), "{ran:?}");
}
