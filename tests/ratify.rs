//! The whole way where decisions ratify: drafted, reviewed, planned, saved, applied; and not one call that writes.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use crate::world::World;

const KEY: &str = "xJ)tsCNcpj)l+]}(@_|lt!t";

/// A server with the one endpoint, as the vendor's document shows it; it notes what it is asked.
struct Console {
    port: u16,
    rows: Arc<Mutex<Vec<Value>>>,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Console {
    fn new(rows: Vec<Value>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let console = Self {
            port: listener.local_addr().expect("its address").port(),
            rows: Arc::new(Mutex::new(rows)),
            asked: Arc::default(),
        };
        let (rows, asked) = (Arc::clone(&console.rows), Arc::clone(&console.asked));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let body = json!({ "afterId": null, "requests": *rows.lock().unwrap() });
                asked.lock().unwrap().push(answer(stream, &body));
            }
        });
        console
    }

    fn process(&self, row: Value) {
        self.rows.lock().unwrap().push(row);
    }
}

fn answer(mut stream: TcpStream, body: &Value) -> String {
    let mut lines = BufReader::new(stream.try_clone().expect("a stream")).lines();
    let head: Vec<String> = lines
        .by_ref()
        .map_while(Result::ok)
        .take_while(|line| !line.is_empty())
        .collect();
    let known = head.iter().any(|line| *line == format!("apikey: {KEY}"));
    let (status, body) = match known {
        true => (200, body.to_string()),
        false => (401, String::new()),
    };
    let _ = write!(
        stream,
        "HTTP/1.1 {status} X\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    );
    head.into_iter().next().unwrap_or_default()
}

fn row(id: u64, user: &str, at: &str, status: &str) -> Value {
    json!({
        "id": id, "requestedAt": at, "userName": user, "sessionDuration": "1.00:40:34.4150000",
        "sessionProductiveDuration": "00:28:02.8690000", "status": status, "remoteIp": "172.31.240.1",
        "statusChangedAt": "2026-03-01T13:32:34.437", "statusChangedBy": "admin",
        "statusChangeComment": "as agreed",
    })
}

fn world(console: &Console) -> World {
    let world = World::new();
    let port = console.port;
    world.write(
        "countersign.toml",
        &format!(
            "schema = 1\n[queues.endpoints]\nvendor = \"ekran\"\nurl = \"http://127.0.0.1:{port}/ekranapi\"\nsince = \"2026-02-01\"\ncredentials = {{ api-key = {{ file = \"key\" }} }}\n"
        ),
    );
    world.write("key", KEY);
    world
}

/// Takes a verdict and what is empty into a drafted file.
fn ratify(world: &World, id: u64, verdict: &str) {
    let file = format!("decisions/endpoints/{id}.toml");
    world.edit(&file, "\"undecided\"", &format!("\"{verdict}\""));
    world.edit(&file, "ticket  = \"\"", "ticket  = \"CHG1\"");
    world.edit(&file, "reason  = \"\"", "reason  = \"window 14\"");
    world.edit(&file, "expires = \"\"", "expires = 2026-04-01T00:00:00Z");
}

fn by_guard(user: &str, at: &str) -> String {
    format!(
        "[[decision]]\nqueue   = \"endpoints\"\nticket  = \"CHG2\"\nverdict = \"approve\"\nreason  = \"window 14\"\nexpires = 2026-04-01T00:00:00Z\n\n[decision.guard]\nuser         = '{user}'\nrequested-at = \"{at}\"\n"
    )
}

fn sample() -> Console {
    Console::new(vec![
        row(1, "windev\\anna", "2026-03-01T08:00:00.100", "Approved"),
        row(2, "windev\\anna", "2026-03-01T09:00:00.200", "Denied"),
        row(3, "windev\\bert", "2026-03-01T09:00:00.300", "Expired"),
        row(4, "windev\\carl", "2026-03-01T10:00:00.400", "Approved"),
    ])
}

/// The codes and ways of a plan, by address.
fn planned(world: &World, args: &[&str]) -> Vec<String> {
    let ran = world
        .run(&[&["plan", "--format", "json"], args].concat())
        .exits(0);
    let plan: Value = serde_json::from_str(&ran.out).expect("a plan");
    assert_eq!(plan["changes"], json!([]), "{plan:#}");
    let words = |list: &str, word: &dyn Fn(&Value) -> Value| {
        let lines = plan[list].as_array().expect("a list").iter();
        let line = |one: &Value| format!("{} {}", one["request"], word(one)).replace('"', "");
        lines.map(line).collect::<Vec<_>>()
    };
    let mut all = words("settled", &|one| one["settled"]["how"].clone());
    all.extend(words("holds", &|one| one["code"].clone()));
    all.sort();
    all
}

#[test]
fn what_the_console_decided_is_drafted_reviewed_and_told_and_nothing_is_sent() {
    let console = sample();
    let world = world(&console);
    let queue = world.run(&["queue"]).exits(0);
    assert!(
        queue
            .out
            .contains("Queue endpoints: 4 processed: 0 decided, 0 drafted, 4 new"),
        "{}",
        queue.out
    );
    let denied = "endpoints/2  windev\\anna on 172.31.240.1  denied by admin";
    assert!(queue.out.contains(denied), "{}", queue.out);
    world.write(
        "decisions/early.toml",
        &(by_guard("windev\\carl", "2026-03-01T10:00:00.400")
            + "\n"
            + &by_guard("windev\\dora", "2026-03-02T07:00:00.500")),
    );
    world.run(&["validate"]).exits(0);
    // What a block means without its id is drafted no second time.
    world.run(&["draft"]).exits(0);
    let drafted = world.read("decisions/endpoints/2.toml");
    assert!(drafted.contains("#   console denied by admin: as agreed\n"));
    assert!(!world.path("decisions/endpoints/4.toml").exists());
    world.run(&["fmt", "--check"]).exits(0);
    for (id, verdict) in [(1, "approve"), (2, "approve"), (3, "approve")] {
        ratify(&world, id, verdict);
    }
    let all = world.run(&["draft"]).exits(0);
    assert!(all.out.contains("every processed request is named"));
    let queue = world.run(&["queue"]).exits(0);
    assert!(
        queue.out.contains("4 decided, 0 drafted, 0 new"),
        "{}",
        queue.out
    );
    let told = [
        "1 ratified",
        "2 contradicted",
        "3 request-expired",
        "windev%5Ccarl@2026-03-01T10:00:00.400 ratified",
        "windev%5Cdora@2026-03-02T07:00:00.500 not-processed",
    ];
    assert_eq!(planned(&world, &[]), told);
    for way in ["points", "pending", "scan"] {
        assert_eq!(planned(&world, &["--read", way]), told, "{way}");
    }
    let text = world.run(&["plan", "-v"]).exits(0).out;
    assert!(
        text.contains("ratified: approved at the vendor, decided by admin"),
        "{text}"
    );
    assert!(text.contains(", its request 4"), "{text}");
    let stable = "Plan: 0 to approve, 0 to deny, 0 to revoke; 1 blocked, 1 waiting, 2 settled.";
    assert!(
        text.contains("No changes.") && text.contains(stable),
        "{text}"
    );
    let status = world.run(&["status", "--fail-on", "blocked"]).exits(2).out;
    assert!(
        status.contains("A person must look: 1 contradicted, 1 waiting."),
        "{status}"
    );
    // What was not processed yet is now.
    console.process(row(5, "windev\\dora", "2026-03-02T07:00:00.500", "Denied"));
    assert_eq!(
        planned(&world, &[])[4],
        "windev%5Cdora@2026-03-02T07:00:00.500 contradicted"
    );
    applied(&world);
    let asked = console.asked.lock().unwrap();
    assert!(asked.iter().all(|line| line.starts_with(
        "GET /ekranapi/AccessRequests/GetEndpointAccessRequests?start=2026-02-01&count=1000 "
    )));
}

/// Apply has nothing to do, with a plan and without one, and appends nothing.
fn applied(world: &World) {
    let ledger = world.read(".countersign/ledger.jsonl");
    world.run(&["plan", "--out", "p"]).exits(0);
    world.run(&["apply", "p"]).exits(0);
    let plan = world.run(&["plan"]).exits(0).out;
    let digest = plan.lines().find_map(|line| line.strip_prefix("Digest: "));
    let digest = digest.expect("a digest");
    // Two that stand against the console, a person's to look at.
    world
        .run(&["apply", "--yes", "--expect-digest", digest])
        .exits(3);
    assert_eq!(world.read(".countersign/ledger.jsonl"), ledger);
}

#[test]
fn a_snapshot_answers_for_blocks_without_an_id_too() {
    let console = sample();
    let world = world(&console);
    world.run(&["observe", "--out", "s.jsonl"]).exits(0);
    world.write(
        "decisions/early.toml",
        &by_guard("windev\\carl", "2026-03-01T10:00:00.400"),
    );
    world.run(&["draft", "--target", "endpoints/1"]).exits(0);
    ratify(&world, 1, "approve");
    let live = planned(&world, &[]);
    let calls = console.asked.lock().unwrap().len();
    assert_eq!(planned(&world, &["--snapshot", "s.jsonl"]), live);
    assert_eq!(
        live,
        [
            "1 ratified",
            "windev%5Ccarl@2026-03-01T10:00:00.400 ratified"
        ]
    );
    assert_eq!(console.asked.lock().unwrap().len(), calls);
    // The same request by its id as well: neither counts.
    let block = by_guard("windev\\carl", "2026-03-01T10:00:00.400");
    let by_id = block.replace("ticket ", "request = \"4\"\nticket ");
    world.write("decisions/late.toml", &by_id);
    assert_eq!(planned(&world, &[]), ["1 ratified", "4 duplicate"]);
    assert_eq!(
        planned(&world, &["--snapshot", "s.jsonl"]),
        ["1 ratified", "4 duplicate"]
    );
}

#[test]
fn several_that_fit_are_told_and_a_guard_is_refreshed() {
    let console = sample();
    let world = world(&console);
    console.process(row(6, "windev\\carl", "2026-03-01T10:00:00.400", "Denied"));
    let block = by_guard("windev\\carl", "2026-03-01T10:00:00.400");
    world.write("decisions/early.toml", &block);
    let plan = world.run(&["plan"]).exits(0).out;
    assert!(plan.contains("2 requests fit: 4, 6"), "{plan}");
    let refresh = ["draft", "--refresh-guard", "--target", "endpoints/*"];
    world.run(&refresh).exits(1);
    let first = by_guard("windev\\bert", "2026-03-01T09:00:00.300");
    world.write("decisions/early.toml", &first);
    world.run(&refresh).exits(0);
    let text = world.read("decisions/early.toml");
    assert!(
        text.contains("remote-ip") && text.contains("fingerprint"),
        "{text}"
    );
    assert_eq!(
        planned(&world, &[]),
        ["windev%5Cbert@2026-03-01T09:00:00.300 request-expired"]
    );
}

#[test]
fn doctor_says_that_it_only_reads() {
    let console = sample();
    let world = world(&console);
    let told = world.run(&["doctor"]).exits(0).out;
    for words in [
        "reachable with file key: 4 processed",
        "approve  ratifies:",
        "deny     ratifies:",
        "reads only, nothing is sent",
        "revoke   no (console only",
        "named    by id, or by user and requested-at in the guard",
    ] {
        assert!(told.contains(words), "{words}\n{told}");
    }
    world.write("key", "another");
    let told = world.run(&["doctor"]).exits(1).out;
    assert!(told.contains("the API key was rejected"), "{told}");
}
