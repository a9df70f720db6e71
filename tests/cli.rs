//! Whatever people write wrongly is answered with what, where and what to do next, with the right exit
//! code, and with nothing sent.

use std::process::Command;

use insta::assert_snapshot;
use mock_servers::Kind;
use serde_json::json;

use crate::world::{QUEUE, Ran, World};

/// How far a command may have gone with a wrong input.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reached {
    /// Not even a read left the machine.
    Nothing,
    /// Reads only.
    Reads,
}

fn ran(command: &mut Command) -> Ran {
    Ran::of(command.output().expect("it runs"))
}

/// Runs a command that must fail, and holds it against the promise of this file.
#[track_caller]
fn refused(world: &World, args: &[&str], code: i32, reached: Reached) -> String {
    held_to(world, ran(&mut world.command(args)), code, reached)
}

#[track_caller]
fn held_to(world: &World, ran: Ran, code: i32, reached: Reached) -> String {
    let ran = ran.exits(code);
    assert!(ran.err.contains("hint: "), "no next step:\n{}", ran.err);
    assert_eq!(world.writes(), [], "something was sent");
    if reached == Reached::Nothing {
        assert_eq!(world.journal(Kind::Call), [], "something was read");
    }
    world.story(&ran)
}

/// One text of many cases, each under its name.
struct Cases(String);

impl Cases {
    fn add(&mut self, name: &str, story: &str) {
        self.0.push_str(&format!("## {name}: {story}\n"));
    }
}

const HEAD: &str = "schema = 1\ndecisions = [\"decisions/**/*.toml\"]\n\n[ledger]\npath = \".countersign/ledger.jsonl\"\n\n[queues.helpdesk]\nvendor = \"admin-by-request\"\n";

#[test]
fn a_wrong_configuration_is_told_and_nothing_is_read() {
    let world = World::new();
    let url = "url = \"https://dc1api.adminbyrequest.com\"\n";
    let key = "credentials = { api-key = { env = \"ABR_API_KEY\" } }\n";
    let with = |lines: &str| format!("{HEAD}{lines}").into_bytes();
    let texts: [(&str, Vec<u8>); 11] = [
        (
            "unknown key",
            with(&format!("{url}{key}acting_as = \"a@example.com\"\n")),
        ),
        (
            "literal secret",
            with(&format!(
                "{url}credentials = {{ api-key = \"0123456789\" }}\n"
            )),
        ),
        ("unset secret", with(&format!("{url}{key}"))),
        (
            "missing secret file",
            with(&format!(
                "{url}credentials = {{ api-key = {{ file = \"no.key\" }} }}\n"
            )),
        ),
        (
            "plain http",
            with(&format!(
                "url = \"http://dc1api.adminbyrequest.com\"\n{key}"
            )),
        ),
        ("missing url", with(key)),
        (
            "unknown vendor",
            format!("{HEAD}{url}{key}")
                .replace("admin-by-request", "admin-by-requests")
                .into_bytes(),
        ),
        ("not TOML", with("url = https://dc1api\n")),
        ("empty", Vec::new()),
        ("byte order mark and nothing else", b"\xef\xbb\xbf".to_vec()),
        (
            "not UTF-8",
            with("# caf\u{e9}\n")
                .iter()
                .map(|b| if *b == 0xc3 { 0xff } else { *b })
                .collect(),
        ),
    ];
    let mut cases = Cases(String::new());
    let missing = refused(
        &world,
        &["plan", "--config", "none.toml"],
        1,
        Reached::Nothing,
    );
    cases.add("missing", &missing);
    for (name, text) in texts {
        std::fs::write(world.path("wrong.toml"), text).expect("a file");
        let mut command = world.command(&["plan", "--config", "wrong.toml"]);
        // The mock's clock is for mocks alone, and these urls are none.
        command.env_remove("COUNTERSIGN_MOCK_CLOCK");
        let story = held_to(&world, ran(&mut command), 1, Reached::Nothing);
        cases.add(name, &story);
    }
    assert_snapshot!(cases.0, @r#"
    ## missing: exit 1
    --- stderr
    none.toml:1:1: error: the configuration cannot be read (there is no such file)
      hint: `countersign init` writes a sample; `--config FILE` names another
    1 error.
    error: 1 mistake in what people wrote; nothing was sent

    ## unknown key: exit 1
    --- stderr
    wrong.toml:11:1: error: unknown key `acting_as` in [queues.helpdesk]
      11 | acting_as = "a@example.com"
         | ^^^^^^^^^
      hint: did you mean `acting-as`?
    1 error.
    error: 1 mistake in what people wrote; nothing was sent

    ## literal secret: exit 1
    --- stderr
    wrong.toml:10:27: error: `api-key` is a secret written out; the configuration never holds one
      hint: write { env = "NAME" }, { file = "PATH" } or { command = ["…"] }, and change the secret if this was committed
    1 error.
    error: 1 mistake in what people wrote; nothing was sent

    ## unset secret: exit 1
    --- stderr
    error: cannot get the credential: env ABR_API_KEY is not set: [queues.helpdesk] credentials.api-key
    hint: set the environment variable ABR_API_KEY

    ## missing secret file: exit 1
    --- stderr
    error: cannot get the credential: file no.key cannot be read (there is no such file):
      [queues.helpdesk] credentials.api-key
    hint: check the path in the configuration; it is relative to the configuration's folder

    ## plain http: exit 1
    --- stderr
    wrong.toml:9:7: error: `url` would send the credential unencrypted
      9 | url = "http://dc1api.adminbyrequest.com"
        |       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      hint: write https://dc1api.adminbyrequest.com; plain http is for loopback hosts only
    1 error.
    error: 1 mistake in what people wrote; nothing was sent

    ## missing url: exit 1
    --- stderr
    wrong.toml:7:1: error: `url` is missing in [queues.helpdesk]
      7 | [queues.helpdesk]
        | ^^^^^^^^^^^^^^^^^
      hint: name the vendor's API: url = "https://dc1api.adminbyrequest.com"
    1 error.
    error: 1 mistake in what people wrote; nothing was sent

    ## unknown vendor: exit 1
    --- stderr
    wrong.toml:8:10: error: `admin-by-requests` is not a vendor
      8 | vendor = "admin-by-requests"
        |          ^^^^^^^^^^^^^^^^^^^
      hint: did you mean `admin-by-request`?
    1 error.
    error: 1 mistake in what people wrote; nothing was sent

    ## not TOML: exit 1
    --- stderr
    wrong.toml:9:7: error: string values must be quoted, expected literal string
      9 | url = https://dc1api
        |       ^^^^^^^^^^^^^^
      hint: this is not TOML; see https://toml.io for how it is written
    1 error.
    error: 1 mistake in what people wrote; nothing was sent

    ## empty: exit 1
    --- stderr
    wrong.toml:1:1: error: `schema` is missing in the configuration
      1 | 
        | ^
      hint: begin the file with `schema = 1`
    wrong.toml:1:1: error: no queue is configured
      1 | 
        | ^
      hint: name a queue: [queues.helpdesk]; `countersign init` writes a sample
    2 errors.
    error: 2 mistakes in what people wrote; nothing was sent

    ## byte order mark and nothing else: exit 1
    --- stderr
    wrong.toml:1:1: error: `schema` is missing in the configuration
      1 | 
        | ^
      hint: begin the file with `schema = 1`
    wrong.toml:1:1: error: no queue is configured
      1 | 
        | ^
      hint: name a queue: [queues.helpdesk]; `countersign init` writes a sample
    2 errors.
    error: 2 mistakes in what people wrote; nothing was sent

    ## not UTF-8: exit 1
    --- stderr
    wrong.toml:1:1: error: this is not UTF-8 text
      hint: save the file as UTF-8
    1 error.
    error: 1 mistake in what people wrote; nothing was sent
    "#);
}

/// The protected environment says where keys may go; a pull request that edits the configuration
/// cannot even have its secret command run.
#[test]
fn a_foreign_origin_is_refused_before_a_secret_is_fetched() {
    let world = World::new();
    let text = format!(
        "{HEAD}url = \"https://evil.example\"\ncredentials = {{ api-key = {{ command = [\"touch\", \"fetched\"] }} }}\n"
    );
    world.write("evil.toml", &text);
    let mut command = world.command(&["plan", "--config", "evil.toml"]);
    command.env_remove("COUNTERSIGN_MOCK_CLOCK");
    command.env("COUNTERSIGN_ORIGINS", "https://dc1api.adminbyrequest.com");
    command.env("PATH", std::env::var("PATH").unwrap_or_default());
    let story = held_to(&world, ran(&mut command), 1, Reached::Nothing);
    assert!(!world.path("fetched").exists(), "the command was run");
    assert_snapshot!(story, @r"
    exit 1
    --- stderr
    evil.toml:9:7: error: queue `helpdesk` is at https://evil.example, which COUNTERSIGN_ORIGINS does not allow
      hint: add https://evil.example to COUNTERSIGN_ORIGINS, if this run may send its credentials there
    1 error.
    error: 1 mistake in what people wrote; nothing was sent
    ");
}

#[test]
fn a_vendor_that_cannot_be_read_is_told_and_nothing_is_written() {
    let mut cases = Cases(String::new());
    let mut case = |name: &str, spoil: &dyn Fn(&World, &str)| {
        let world = World::new();
        let id = world.pending()[0].clone();
        world.decide(&[(&id, "approve")]);
        spoil(&world, &id);
        let args = ["plan", "--timeout", "2s"];
        cases.add(name, &refused(&world, &args, 1, Reached::Reads));
    };
    case("wrong key", &|world, _| {
        let file = format!(".secrets/{QUEUE}.api-key");
        world.write(&file, "00000000000000000000000000000000\n");
    });
    case("closed port", &|world, _| {
        let url = world.mocks.queues()[QUEUE].url.clone();
        world.edit("countersign.toml", &url, "http://127.0.0.1:1");
    });
    case("API access is off", &|world, _| {
        let off = json!({ "admin-by-request": { "api-access": false } });
        world.admin("POST", "seed", &off);
    });
    assert_snapshot!(cases.0, @r"
    ## wrong key: exit 1
    --- stderr
    error: no queue could be read: GET /requests/65391175 was answered 401: the API key was rejected:
      queue admin-by-request: the vendor says: Invalid API key
    hint: check the key, that API access is on in the portal's settings, and that `url` is the tenant's
      own data centre (a right key is rejected at the wrong one); then `countersign doctor`

    ## closed port: exit 1
    --- stderr
    error: no queue could be read: GET /requests/65391175: no connection: refused, 3 tries: queue
      admin-by-request
    hint: check `url` of the queue in countersign.toml; `countersign doctor` tries each queue

    ## API access is off: exit 1
    --- stderr
    error: no queue could be read: GET /requests/65391175 was answered 401: the API key was rejected:
      queue admin-by-request: the vendor says: API access is disabled
    hint: check the key, that API access is on in the portal's settings, and that `url` is the tenant's
      own data centre (a right key is rejected at the wrong one); then `countersign doctor`
    ");
}

/// One request that cannot be understood holds its own line, and only that.
#[test]
fn an_answer_of_another_shape_holds_its_line_alone() {
    let mut cases = Cases(String::new());
    let mut case = |name: &str, fault: &dyn Fn(&World, &str) -> serde_json::Value| {
        let world = World::new();
        let ids = world.pending();
        world.decide(&[(&ids[0], "approve"), (&ids[1], "deny")]);
        let mut fault = fault(&world, &ids[0]);
        fault["op"] = "admin-by-request.requests.get".into();
        fault["object"] = ids[0].as_str().into();
        fault["times"] = 1000.into();
        world.faults(json!([fault]));
        let ran = world.run(&["plan", "--fail-on", "blocked"]).exits(2);
        assert!(
            ran.out
                .contains("\nPlan: 0 to approve, 1 to deny, 0 to revoke; 1 blocked,")
        );
        assert_eq!(world.writes(), []);
        let (_, held) = ran.out.split_once("\nBlocked").expect("a hold");
        let (held, _) = held.split_once("\n\nPlan").expect("its end");
        cases.add(name, &world.same(held));
    };
    case("unknown status", &|world, id| {
        let mut row = world.request(id);
        row["status"] = "Teleported \u{1b}[2J".into();
        row["statusCode"] = 77.into();
        json!({ "kind": "status", "status": 200, "body": row })
    });
    case("HTML", &|_, _| json!({ "kind": "html", "status": 200 }));
    case("no JSON", &|_, _| json!({ "kind": "garbage" }));
    case("nothing", &|_, _| json!({ "kind": "empty" }));
    assert_snapshot!(cases.0, @r#"
    ## unknown status: : a person must look (1)
      ! approve  admin-by-request/65391175  CHG0031337  unknown-status
          the vendor shows a status that is not known; it says "Teleported \u{1b}[2J, code 77"
          from      decisions/admin-by-request/65391175.toml:11
          next:     Look at the request in the vendor's portal, and report the status word.
    ## HTML: : a person must look (1)
      ! approve  admin-by-request/65391175  CHG0031337  row-unreadable
          the request could not be read: GET /requests/65391175: the answer is not JSON but something
          else, such as a web page
          from      decisions/admin-by-request/65391175.toml:11
          next:     Plan again; if it stays, look at the request in the vendor's portal.
    ## no JSON: : a person must look (1)
      ! approve  admin-by-request/65391175  CHG0031337  row-unreadable
          the request could not be read: GET /requests/65391175: the answer is not UTF-8
          from      decisions/admin-by-request/65391175.toml:11
          next:     Plan again; if it stays, look at the request in the vendor's portal.
    ## nothing: : a person must look (1)
      ! approve  admin-by-request/65391175  CHG0031337  row-unreadable
          the request could not be read: GET /requests/65391175: the answer is empty
          from      decisions/admin-by-request/65391175.toml:11
          next:     Plan again; if it stays, look at the request in the vendor's portal.
    "#);
}

const BLOCK: &str = "[[decision]]\nqueue = \"admin-by-request\"\nrequest = \"65503460\"\nticket = \"CHG1\"\nverdict = \"deny\"\nreason = \"no\"\nexpires = 2026-04-01T00:00:00Z\nguard = { user = 'A' }\n";

#[test]
fn a_wrong_decision_is_told_with_its_place_and_nothing_is_read() {
    let world = World::new();
    let edits: [(&str, &str, &str); 11] = [
        ("unknown queue", "admin-by-request\"", "admin-by-requst\""),
        ("impossible id", "65503460", "../65503460"),
        ("no ticket", "ticket = \"CHG1\"\n", ""),
        ("empty reason", "reason = \"no\"", "reason = \" \""),
        ("no expires", "expires = 2026-04-01T00:00:00Z\n", ""),
        ("expires without zone", "00:00:00Z", "00:00:00"),
        ("unknown guard key", "user = ", "usr = "),
        ("unknown key", "reason =", "resaon ="),
        ("unknown verdict", "\"deny\"", "\"approved\""),
        ("number for an id", "\"65503460\"", "65503460"),
        ("not TOML", "verdict = \"deny\"", "verdict = deny"),
    ];
    let mut cases = Cases(String::new());
    let mut case = |name: &str, bytes: &[u8]| {
        std::fs::create_dir_all(world.path("decisions")).expect("a folder");
        std::fs::write(world.path("decisions/wrong.toml"), bytes).expect("a file");
        let story = refused(&world, &["plan"], 1, Reached::Nothing);
        cases.add(name, &story);
    };
    for (name, from, to) in edits {
        assert!(BLOCK.contains(from), "{name}");
        case(name, BLOCK.replace(from, to).as_bytes());
    }
    case("not UTF-8", &[BLOCK.as_bytes(), b"# \xff\n"].concat());
    assert_snapshot!(cases.0, @r#"
    ## unknown queue: exit 1
    --- stderr
    decisions/wrong.toml:2:9: error: queue `admin-by-requst` is not configured
      2 | queue = "admin-by-requst"
        |         ^^^^^^^^^^^^^^^^^
      hint: did you mean `admin-by-request`?
    1 error.
    error: 1 mistake in what people wrote; nothing was sent

    ## impossible id: exit 1
    --- stderr
    decisions/wrong.toml:3:11: error: `../65503460` cannot be a request of Admin By Request
      3 | request = "../65503460"
        |           ^^^^^^^^^^^^^
      hint: a request id of Admin By Request has 1 to 19 digits and nothing else
    1 error.
    error: 1 mistake in what people wrote; nothing was sent

    ## no ticket: exit 1
    --- stderr
    decisions/wrong.toml:1:1: error: `ticket` is missing in [[decision]]
      1 | [[decision]]
        | ^^^^^^^^^^^^
      hint: name the external ticket: ticket = "CHG0031337"
    1 error.
    error: 1 mistake in what people wrote; nothing was sent

    ## empty reason: exit 1
    --- stderr
    decisions/wrong.toml:6:10: error: `reason` is empty
      6 | reason = " "
        |          ^^^
      hint: say why, in one line: reason = "…"
    1 error.
    error: 1 mistake in what people wrote; nothing was sent

    ## no expires: exit 1
    --- stderr
    decisions/wrong.toml:1:1: error: `expires` is missing in [[decision]]
      1 | [[decision]]
        | ^^^^^^^^^^^^
      hint: write it with its zone, as in expires = 2026-12-01T00:00:00Z
    1 error.
    error: 1 mistake in what people wrote; nothing was sent

    ## expires without zone: exit 1
    --- stderr
    decisions/wrong.toml:7:11: error: `expires` has no zone, and would mean another moment elsewhere
      7 | expires = 2026-04-01T00:00:00
        |           ^^^^^^^^^^^^^^^^^^^
      hint: write it with its zone, as in expires = 2026-12-01T00:00:00Z
    1 error.
    error: 1 mistake in what people wrote; nothing was sent

    ## unknown guard key: exit 1
    --- stderr
    decisions/wrong.toml:8:11: error: unknown key `usr` in [decision.guard]
      8 | guard = { usr = 'A' }
        |           ^^^
      hint: did you mean `user`?
    1 error.
    error: 1 mistake in what people wrote; nothing was sent

    ## unknown key: exit 1
    --- stderr
    decisions/wrong.toml:1:1: error: `reason` is missing in [[decision]]
      1 | [[decision]]
        | ^^^^^^^^^^^^
      hint: say why, in one line: reason = "…"
    decisions/wrong.toml:6:1: error: unknown key `resaon` in [[decision]]
      6 | resaon = "no"
        | ^^^^^^
      hint: did you mean `reason`?
    2 errors.
    error: 2 mistakes in what people wrote; nothing was sent

    ## unknown verdict: exit 1
    --- stderr
    decisions/wrong.toml:5:11: error: `approved` is not a verdict
      5 | verdict = "approved"
        |           ^^^^^^^^^^
      hint: did you mean `approve`?
    1 error.
    error: 1 mistake in what people wrote; nothing was sent

    ## number for an id: exit 1
    --- stderr
    decisions/wrong.toml:3:11: error: `request` in [[decision]] must be a string, and this is an integer
      3 | request = 65503460
        |           ^^^^^^^^
      hint: put it in quotes: request = "65503460"
    1 error.
    error: 1 mistake in what people wrote; nothing was sent

    ## not TOML: exit 1
    --- stderr
    decisions/wrong.toml:5:11: error: string values must be quoted, expected literal string
      5 | verdict = deny
        |           ^^^^
      hint: this is not TOML; see https://toml.io for how it is written
    1 error.
    error: 1 mistake in what people wrote; nothing was sent

    ## not UTF-8: exit 1
    --- stderr
    decisions/wrong.toml:9:1: error: this is not UTF-8 text
      hint: save the file as UTF-8
    1 error.
    error: 1 mistake in what people wrote; nothing was sent
    "#);
}

#[test]
fn the_same_request_twice_is_held_and_both_places_are_named() {
    let world = World::new();
    world.write("decisions/a.toml", BLOCK);
    world.write(
        "decisions/b.toml",
        &BLOCK.replace("\"deny\"", "\"approve\""),
    );
    let story = refused(&world, &["validate"], 1, Reached::Nothing);
    assert_snapshot!(story, @r"
    exit 1
    --- stderr
    decisions/a.toml:1:1: error: admin-by-request/65503460: named 2 times: decisions/a.toml:1:1, decisions/b.toml:1:1 (duplicate)
      hint: Delete all blocks but one. To revoke later, change the verdict in place.
    1 error.
    error: 0 mistakes, 1 hold to be foreseen
    ");
    let ran = world.run(&["plan", "--fail-on", "blocked"]).exits(2);
    assert!(ran.out.contains("decisions/a.toml:1") && ran.out.contains("decisions/b.toml:1"));
    assert_eq!(world.writes(), []);
}

#[test]
fn a_file_of_nothing_is_no_mistake() {
    let world = World::new();
    world.write("decisions/empty.toml", "");
    world.write("decisions/mark.toml", &format!("\u{feff}{BLOCK}"));
    let ran = world.run(&["validate", "-v"]).exits(0);
    assert_snapshot!(world.story(&ran), @r"
    exit 0
    --- stdout
    admin-by-request/65503460 deny decisions/mark.toml:1:1
    Valid: 1 decided, 0 undecided, in 2 files.
    ");
}

#[test]
fn usage_errors_are_64_and_never_2() {
    let world = World::new();
    world.decide(&[(&world.pending()[0], "approve")]);
    let calls = world.journal(Kind::Call).len();
    let zeros = format!("sha256:{}", "0".repeat(64));
    let all: [&[&str]; 24] = [
        &[],
        &["frobnicate"],
        &["plan", "--frobnicate"],
        &["plan", "--format", "xml"],
        &["plan", "--json-events", "--format", "json"],
        &["plan", "--timeout", "20"],
        &["plan", "--target", "nothing/*"],
        &["plan", "--target", "["],
        &["plan", "--ticket", "CHG-nobody"],
        &["plan", "--queue", "admin"],
        &["plan", "--only", "aprove"],
        &["plan", "--fail-on", "everything"],
        &["apply"],
        &["apply", "--yes"],
        &["apply", "--expect-digest", &zeros],
        &["apply", "--auto-approve"],
        &["apply", "x.plan", "--target", "a/1"],
        &["draft", "nowhere"],
        &["draft", "--refresh-guard"],
        &["queue", "--since-id", "x"],
        &["ledger", "verify", "--head", "sha256:short"],
        &["ledger", "explain", "65503460"],
        &["explain", "guard-missmatch"],
        &["mock", "serve", "--listen", "0.0.0.0"],
    ];
    for args in all {
        let ran = world.run(args).exits(64);
        // Whoever listens to events is told by one.
        let listens = args.contains(&"--json-events");
        assert_eq!(!ran.out.is_empty(), listens, "{args:?}: {}", ran.out);
        assert!(!ran.err.is_empty(), "{args:?}");
    }
    assert_eq!(world.writes(), []);
    assert_eq!(world.journal(Kind::Call).len(), calls, "nothing was read");
}

#[test]
fn what_a_usage_error_says() {
    let world = World::new();
    world.decide(&[(&world.pending()[0], "approve")]);
    let mut cases = Cases(String::new());
    let all: [&[&str]; 6] = [
        &["apply"],
        &["apply", "--auto-approve"],
        &["plan", "--target", "nothing/*"],
        &["plan", "--queue", "admin"],
        &["explain", "guard-missmatch"],
        &["ledger", "explain", "admin-by-request/x"],
    ];
    for args in all {
        let story = refused(&world, args, 64, Reached::Reads);
        cases.add(&args.join(" "), &story);
    }
    assert_snapshot!(cases.0, @r#"
    ## apply: exit 64
    --- stderr
    error: nobody can be asked here, and nothing says what was reviewed
    hint: apply a saved plan (`countersign plan --out FILE`, then `countersign apply FILE`), or give
      --yes and --expect-digest sha256:…

    ## apply --auto-approve: exit 64
    --- stderr
    error: --auto-approve is not a flag of countersign: here it would read like "approve every request"
    hint: `apply PLAN` carries out a saved plan without asking; `apply --yes --expect-digest sha256:…` a
      reviewed digest

    ## plan --target nothing/*: exit 64
    --- stderr
    error: --target nothing/* names no decision
    hint: `countersign validate -v` lists what the decision files name

    ## plan --queue admin: exit 64
    --- stderr
    error: there is no queue admin
    hint: the configuration has: admin-by-request

    ## explain guard-missmatch: exit 64
    --- stderr
    error: there is no code guard-missmatch
    hint: did you mean guard-mismatch? `countersign explain` lists them all

    ## ledger explain admin-by-request/x: exit 64
    --- stderr
    error: admin-by-request/x is no request: a request id of Admin By Request has 1 to 19 digits and
      nothing else
    hint: as in helpdesk/65430027
    "#);
}

#[test]
fn an_empty_selection_of_verdicts_changes_nothing() {
    let world = World::new();
    world.decide(&[(&world.pending()[0], "approve")]);
    for only in ["--only=", "--only=deny"] {
        let ran = world.run(&["plan", only, "--expect-no-changes"]).exits(0);
        assert!(ran.out.starts_with("No changes.\n"), "{only}: {}", ran.out);
    }
}

#[test]
fn a_snapshot_needs_no_key_and_no_call() {
    let world = World::new();
    let ids = world.pending();
    world.decide(&[(&ids[0], "approve"), (&ids[1], "deny")]);
    world.run(&["observe", "--out", "seen.jsonl"]).exits(0);
    let live = world.run(&["plan", "--format", "json"]).exits(0);
    let calls = world.journal(Kind::Call).len();
    std::fs::remove_dir_all(world.path(".secrets")).expect("no key is left");
    let args = ["plan", "--snapshot", "seen.jsonl", "--format", "json"];
    let kept = world.run(&args).exits(0);
    assert_eq!(kept.out, live.out, "the same plan, byte for byte");
    assert_eq!(world.journal(Kind::Call).len(), calls);

    let text = world.read("seen.jsonl");
    let mut cases = Cases(String::new());
    let last = text.trim_end().rfind('\n').expect("lines");
    let torn = [
        ("cut in a line", &text[..text.len() - 30]),
        ("without its end", &text[..=last]),
        ("empty", ""),
    ];
    for (name, text) in torn {
        world.write("torn.jsonl", text);
        let story = refused(
            &world,
            &["plan", "--snapshot", "torn.jsonl"],
            1,
            Reached::Reads,
        );
        cases.add(name, &story);
    }
    assert_snapshot!(cases.0, @r"
    ## cut in a line: exit 1
    --- stderr
    error: the snapshot is cut off: its last line is missing: torn.jsonl:15
    hint: `countersign observe --out FILE` makes a new one

    ## without its end: exit 1
    --- stderr
    error: the snapshot is cut off: its last line is missing: torn.jsonl:15
    hint: `countersign observe --out FILE` makes a new one

    ## empty: exit 1
    --- stderr
    error: the snapshot is cut off: its last line is missing: torn.jsonl:1
    hint: `countersign observe --out FILE` makes a new one
    ");
}
