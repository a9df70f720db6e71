//! The whole way at Password Safe, against a loopback server that knows two lists and a session: what is
//! sent, in which order, and that every command signs out of what it signed in to.

use std::collections::VecDeque;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use crate::world::{Ran, Running};

const PATH: &str = "/BeyondTrust/api/public/v3";

/// What the vendor holds, and what it was asked.
#[derive(Default)]
struct State {
    pending: Vec<u64>,
    active: Vec<u64>,
    /// What the user has asked for himself.
    own_pending: Vec<u64>,
    own_active: Vec<u64>,
    /// Those that need another approver after ours.
    several: Vec<u64>,
    lines: Vec<String>,
    sessions: usize,
    /// Answers to the next calls whose line contains the word.
    scripted: VecDeque<(&'static str, u16, &'static str)>,
    /// When what the user has asked for begins; for all others it is one and the same moment, long ago.
    own_begin: Option<jiff::Timestamp>,
    /// How long a list takes.
    slow: Duration,
}

struct Vault {
    state: Arc<Mutex<State>>,
    folder: tempfile::TempDir,
}

impl Vault {
    fn new(change: impl FnOnce(&mut State)) -> Self {
        let mut state = State {
            pending: vec![101, 102, 103],
            active: vec![201],
            ..State::default()
        };
        change(&mut state);
        let state = Arc::new(Mutex::new(state));
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!(
            "http://{}{PATH}",
            listener.local_addr().expect("an address")
        );
        let served = Arc::clone(&state);
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let state = Arc::clone(&served);
                std::thread::spawn(move || serve(stream, &state));
            }
        });
        let folder = tempfile::tempdir().expect("a folder");
        let config = format!(
            "schema = 1\n[queues.vault]\nvendor = \"beyondtrust\"\nurl = \"{url}\"\ncredentials = {{ api-key = {{ env = \"BT_KEY\" }}, run-as = \"svc-approver\", password = {{ env = \"BT_PASSWORD\" }} }}\n"
        );
        std::fs::write(folder.path().join("countersign.toml"), config).expect("a file");
        let vault = Self { state, folder };
        vault.run(&["ledger", "init"]).exits(0);
        vault
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no panic")
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_countersign"));
        command
            .args(args)
            .current_dir(self.folder.path())
            .env_clear()
            .env("BT_KEY", "c4n4ry")
            .env("BT_PASSWORD", "s3cret-c4n4ry")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// Runs a command, and finds every session ended.
    fn run(&self, args: &[&str]) -> Ran {
        let ran = Ran::of(self.command(args).output().expect("it runs"));
        let (sessions, lines) = {
            let state = self.state();
            (state.sessions, state.lines.clone())
        };
        assert_eq!(sessions, 0, "{args:?} signed out: {lines:?}");
        assert!(!format!("{ran:?}").contains("c4n4ry"), "{ran:?}");
        ran
    }

    /// What was asked since the last time, without the sessions.
    fn asked(&self) -> Vec<String> {
        let mut lines = std::mem::take(&mut self.state().lines);
        lines.retain(|line| !line.contains("/Auth/"));
        lines
    }

    fn decide(&self, id: u64, verdict: &str) {
        let file = self
            .folder
            .path()
            .join(format!("decisions/vault/{id}.toml"));
        let text = std::fs::read_to_string(&file).expect("a draft");
        let text = text
            .replace("\"undecided\"", &format!("\"{verdict}\""))
            .replace("ticket  = \"\"", "ticket  = \"CHG1\"")
            .replace("reason  = \"\"", "reason  = \"nightly job\"");
        std::fs::write(&file, text).expect("a file");
    }

    fn apply(&self, code: i32) -> Ran {
        self.run(&["plan", "--out", "p.plan"]).exits(0);
        self.asked();
        let ran = self.run(&["apply", "p.plan", "--verify-timeout", "5s"]);
        ran.exits(code)
    }
}

fn serve(mut stream: TcpStream, state: &Mutex<State>) {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read(&mut byte) {
            Ok(1) => head.push(byte[0]),
            _ => return,
        }
    }
    let head = String::from_utf8_lossy(&head).to_string();
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
    let mut body = vec![0; length.unwrap_or_default()];
    if stream.read_exact(&mut body).is_err() {
        return;
    }
    let line = head.lines().next().unwrap_or_default();
    let line = line.replace(PATH, "").replace(" HTTP/1.1", "");
    let slow = if line.starts_with("GET") {
        state.lock().expect("no panic").slow
    } else {
        Duration::ZERO
    };
    std::thread::sleep(slow);
    let (status, cookie, answer) = answer(&line, &head, &mut state.lock().expect("no panic"));
    let cookie = if cookie {
        "set-cookie: session=1; path=/\r\n"
    } else {
        ""
    };
    let _ = write!(
        stream,
        "HTTP/1.1 {status} X\r\ncontent-type: application/json\r\n{cookie}connection: close\r\ncontent-length: {}\r\n\r\n{answer}",
        answer.len()
    );
}

fn answer(line: &str, head: &str, state: &mut State) -> (u16, bool, String) {
    state.lines.push(line.to_owned());
    let scripted = state
        .scripted
        .iter()
        .position(|(word, _, _)| line.contains(word));
    if let Some((_, status, body)) = scripted.and_then(|at| state.scripted.remove(at)) {
        return (status, false, body.to_owned());
    }
    let signed = head
        .contains("authorization: PS-Auth key=c4n4ry; runas=svc-approver; pwd=[s3cret-c4n4ry];");
    if line == "POST /Auth/SignAppIn" && signed {
        state.sessions += 1;
        return (200, true, "{\"UserId\":1}".to_owned());
    }
    if !signed || !head.contains("cookie: session=1\r\n") {
        return (401, false, String::new());
    }
    let rows = |ids: &[u64]| {
        let begin = state.own_begin.filter(|_| line.ends_with("queue=req"));
        let begin = begin.map_or("2026-11-22T09:00:00".to_owned(), |at| at.to_string());
        let row = |id| {
            format!(
                "{{\"RequestID\":{id},\"SystemID\":1,\"SystemName\":\"db01\",\"AccountID\":2,\"AccountName\":\"svc-etl\",\"AliasID\":null,\"RequestReleaseDate\":\"{begin}\",\"Status\":\"x\",\"AccessType\":\"RDP\"}}"
            )
        };
        format!("[{}]", ids.iter().map(row).collect::<Vec<_>>().join(","))
    };
    let words: Vec<&str> = line.split('/').collect();
    match (line, words.as_slice()) {
        ("POST /Auth/Signout", _) => {
            state.sessions -= 1;
            (200, false, String::new())
        }
        ("GET /Requests?status=pending&queue=app", _) => (200, false, rows(&state.pending)),
        ("GET /Requests?status=active&queue=app", _) => (200, false, rows(&state.active)),
        ("GET /Requests?status=pending&queue=req", _) => (200, false, rows(&state.own_pending)),
        ("GET /Requests?status=active&queue=req", _) => (200, false, rows(&state.own_active)),
        ("POST /Requests", _) => {
            state.own_pending.push(900);
            (201, false, "900".to_owned())
        }
        (_, ["PUT ", "Requests", id, "Checkin"]) => {
            let id: u64 = id.parse().expect("an id");
            state.own_active.retain(|one| *one != id);
            (204, false, String::new())
        }
        (_, ["PUT ", "Requests", id, verb]) => {
            let id: u64 = id.parse().expect("an id");
            let was_pending = state.pending.contains(&id);
            if *verb == "Approve" && !was_pending {
                return (403, false, "\"4036\"".to_owned());
            }
            if *verb == "Approve" && state.several.contains(&id) {
                return (204, false, String::new());
            }
            state.pending.retain(|one| *one != id);
            state.active.retain(|one| *one != id);
            if *verb == "Approve" {
                state.active.push(id);
            }
            (204, false, String::new())
        }
        _ => (404, false, String::new()),
    }
}

const PENDING: &str = "GET /Requests?status=pending&queue=app";
const ACTIVE: &str = "GET /Requests?status=active&queue=app";

#[test]
fn the_whole_way() {
    let vault = Vault::new(|_| {});
    let ran = vault.run(&["doctor"]).exits(0);
    assert!(
        ran.out
            .contains("reachable with env BT_KEY, env BT_PASSWORD as svc-approver: 3 pending"),
        "{}",
        ran.out
    );
    assert!(!ran.out.contains("acting-as"), "{}", ran.out);
    let ran = vault.run(&["queue"]).exits(0);
    assert!(
        ran.out.contains("vault/101  on db01 svc-etl  RDP\n"),
        "{}",
        ran.out
    );
    vault.run(&["draft", "--expires", "7d"]).exits(0);
    vault.asked();
    vault.decide(101, "approve");
    vault.decide(102, "deny");
    vault.run(&["validate"]).exits(0);
    assert_eq!(vault.asked(), Vec::<String>::new());
    let ran = vault.run(&["plan", "--out", "p.plan"]).exits(0);
    assert_eq!(vault.asked(), [PENDING, ACTIVE]);
    for words in [
        "+ approve  vault/101  CHG1  on db01 svc-etl",
        "run as svc-approver",
        "who asked: the list does not name the requester",
        "Plan: 1 to approve, 1 to deny, 0 to revoke; 0 blocked, 0 waiting, 0 settled.",
    ] {
        assert!(ran.out.contains(words), "{words}: {}", ran.out);
    }
    let ran = vault.run(&["apply", "p.plan"]).exits(0);
    let asked = vault.asked();
    let writes: Vec<&String> = asked
        .iter()
        .filter(|line| line.starts_with("PUT"))
        .collect();
    assert_eq!(
        writes,
        ["PUT /Requests/102/Deny", "PUT /Requests/101/Approve"]
    );
    assert!(ran.out.contains("Apply complete!"), "{}", ran.out);
    let ran = vault
        .run(&["plan", "--expect-no-changes", "--detailed-exitcode"])
        .exits(0);
    assert!(
        ran.out.contains("0 blocked, 0 waiting, 2 settled."),
        "{}",
        ran.out
    );
    vault.decide_again(101, "approve", "revoke");
    vault.apply(0);
    assert_eq!(
        vault
            .asked()
            .iter()
            .filter(|line| line.as_str() == "PUT /Requests/101/Deny")
            .count(),
        1
    );
    vault.run(&["status"]).exits(0);
    vault.run(&["observe", "--out", "s.jsonl"]).exits(0);
    let ran = vault.run(&["plan", "--snapshot", "s.jsonl"]).exits(0);
    assert!(
        ran.out.contains("0 blocked, 0 waiting, 2 settled."),
        "{}",
        ran.out
    );
}

impl Vault {
    fn decide_again(&self, id: u64, from: &str, to: &str) {
        let file = self
            .folder
            .path()
            .join(format!("decisions/vault/{id}.toml"));
        let text = std::fs::read_to_string(&file).expect("a decision");
        std::fs::write(&file, text.replace(from, to)).expect("a file");
    }
}

#[test]
fn ours_is_one_of_several_approvals() {
    let vault = Vault::new(|state| state.several = vec![101]);
    vault.run(&["draft", "--expires", "7d"]).exits(0);
    vault.decide(101, "approve");
    let ran = vault.apply(0);
    assert!(ran.out.contains("recorded"), "{}", ran.out);
    let ran = vault
        .run(&["plan", "--expect-no-changes", "--detailed-exitcode"])
        .exits(0);
    assert!(ran.out.contains("1 settled."), "{}", ran.out);
    vault.run(&["apply", "p.plan"]).exits(0);
    let writes = vault
        .asked()
        .iter()
        .filter(|line| line.starts_with("PUT"))
        .count();
    assert_eq!(writes, 1);
}

#[test]
fn a_code_is_explained_where_it_is_met() {
    let vault = Vault::new(|state| state.scripted.push_back(("/Approve", 403, "4033")));
    vault.run(&["draft", "--expires", "7d"]).exits(0);
    vault.decide(101, "approve");
    let ran = vault.apply(4);
    assert!(
        ran.out.contains("nobody may approve his or her own"),
        "{}",
        ran.out
    );
    let ran = vault.run(&["explain", "4033"]).exits(0);
    for endpoint in [
        "GET Requests",
        "PUT Requests/{id}/Approve",
        "PUT Requests/{id}/Deny",
    ] {
        assert!(
            ran.out.contains(&format!("in answer to {endpoint}")),
            "{}",
            ran.out
        );
    }
}

#[test]
fn a_deny_that_is_not_confirmed_and_gone_is_in_doubt() {
    let vault = Vault::new(|_| {});
    vault.run(&["draft", "--expires", "7d"]).exits(0);
    vault.decide(102, "deny");
    vault.run(&["plan", "--out", "p.plan"]).exits(0);
    vault.state().scripted.push_back(("/Deny", 500, ""));
    let ran = vault
        .run(&["apply", "p.plan", "--verify-timeout", "1s"])
        .exits(5);
    assert!(ran.out.contains("vault/102"), "{}", ran.out);
    vault.state().pending.retain(|id| *id != 102);
    vault.run(&["apply", "p.plan"]).exits(5);
    let writes = vault
        .asked()
        .iter()
        .filter(|line| line.starts_with("PUT"))
        .count();
    assert_eq!(writes, 1, "what may cancel is never sent again");
}

#[test]
fn a_session_is_left_after_errors_too() {
    let vault = Vault::new(|_| {});
    for (status, words) in [(403, "code 4033"), (200, "not an array")] {
        for args in [
            &["plan"][..],
            &["queue"],
            &["draft"],
            &["doctor"],
            &["observe", "--out", "s.jsonl"],
        ] {
            vault
                .state()
                .scripted
                .push_back(("GET /Requests", status, "4033"));
            std::fs::create_dir_all(vault.folder.path().join("decisions/vault")).expect("a folder");
            let decision = "[[decision]]\nqueue = \"vault\"\nrequest = \"101\"\nticket = \"CHG1\"\nverdict = \"deny\"\nreason = \"no\"\nexpires = 2099-01-01T00:00:00Z\nguard = { system = \"db01\" }\n";
            std::fs::write(
                vault.folder.path().join("decisions/vault/101.toml"),
                decision,
            )
            .expect("a file");
            // Somebody who may only ask is no fault of the installation.
            let asks_only = status == 403 && args == ["doctor"];
            let ran = vault.run(args).exits(if asks_only { 0 } else { 1 });
            let said = format!("{}{}", ran.out, ran.err);
            assert!(said.contains(words), "{args:?}: {said}");
        }
    }
    // A rejected credential has no session to leave, and is tried once.
    vault.state().scripted.push_back(("SignAppIn", 401, ""));
    vault.state().lines.clear();
    vault.run(&["plan"]).exits(1);
    assert_eq!(vault.state().lines, ["POST /Auth/SignAppIn"]);
}

#[test]
fn a_session_is_left_after_a_signal() {
    let vault = Vault::new(|_| {});
    vault.run(&["draft", "--expires", "7d"]).exits(0);
    vault.decide(101, "approve");
    vault.state().slow = Duration::from_secs(3);
    let mut running = Running::of(vault.command(&["plan"]));
    for _ in 0..100 {
        if vault.state().sessions > 0 {
            break;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    running.signal("TERM");
    running.ends().exits(143);
    assert_eq!(vault.state().sessions, 0);
}

const RELEASE: &str = "[[release-request]]\nqueue = \"vault\"\nsystem = 1\naccount = 2\naccess-type = \"RDP\"\nduration = \"2h\"\nreason = \"nightly job\"\nticket = \"CHG9\"\nexpires = 2099-01-01T00:00:00Z\n";

#[test]
fn a_request_is_filed_once_and_given_back() {
    let vault = Vault::new(|_| {});
    let file = vault.folder.path().join("decisions/r.toml");
    std::fs::create_dir_all(vault.folder.path().join("decisions")).expect("a folder");
    std::fs::write(&file, RELEASE).expect("a file");
    let ran = vault.run(&["validate", "-v"]).exits(0);
    assert!(
        ran.out
            .contains("vault/account-2:CHG9 file decisions/r.toml:1:1"),
        "{}",
        ran.out
    );
    assert!(ran.out.contains("1 request to be released"), "{}", ran.out);
    let ran = vault
        .run(&["plan", "--out", "p.plan", "--detailed-exitcode"])
        .exits(2);
    for words in [
        "> file     vault/account-2:CHG9  CHG9",
        "AccessType=RDP AccountID=2 DurationMinutes=120 SystemID=1",
        "our own requests for account-2: none",
        "whether an access policy approves it at once",
        "Plan: 0 to approve, 0 to deny, 0 to revoke; 0 blocked, 0 waiting, 0 settled.\nRelease requests: 1 to file, 0 to check in.\nDigest: ",
    ] {
        assert!(ran.out.contains(words), "{words}: {}", ran.out);
    }
    vault.asked();
    let ran = vault.run(&["apply", "p.plan"]).exits(0);
    assert!(ran.out.contains("filed as 900"), "{}", ran.out);
    vault.run(&["apply", "p.plan"]).exits(0);
    let writes: Vec<String> = vault
        .asked()
        .into_iter()
        .filter(|line| !line.starts_with("GET"))
        .collect();
    assert_eq!(writes, ["POST /Requests"]);
    let ran = vault
        .run(&["plan", "-v", "--expect-no-changes", "--detailed-exitcode"])
        .exits(0);
    assert!(
        ran.out.contains("filed as 900 (ledger 3), pending"),
        "{}",
        ran.out
    );
    // The approver, somewhere else.
    std::mem::take(&mut vault.state().own_pending);
    vault.state().own_active = vec![900];
    std::fs::write(&file, format!("{RELEASE}state = \"checked-in\"\n")).expect("a file");
    let ran = vault.apply(0);
    assert!(ran.out.contains("vault/account-2:CHG9"), "{}", ran.out);
    let writes: Vec<String> = vault
        .asked()
        .into_iter()
        .filter(|line| !line.starts_with("GET"))
        .collect();
    assert_eq!(writes, ["PUT /Requests/900/Checkin"]);
    let ran = vault
        .run(&["plan", "-v", "--expect-no-changes", "--detailed-exitcode"])
        .exits(0);
    assert!(
        ran.out.contains("filed as 900") && ran.out.contains("gone"),
        "{}",
        ran.out
    );
    vault
        .run(&["ledger", "explain", "vault/account-2:CHG9"])
        .exits(0);
}

#[test]
fn a_filing_that_nobody_can_prove_is_in_doubt_and_resolved_by_its_key() {
    let vault = Vault::new(|state| state.scripted.push_back(("POST /Requests", 500, "")));
    std::fs::create_dir_all(vault.folder.path().join("decisions")).expect("a folder");
    std::fs::write(vault.folder.path().join("decisions/r.toml"), RELEASE).expect("a file");
    let ran = vault.apply(5);
    assert!(
        ran.out.contains("answered 500; not in our own list"),
        "{}",
        ran.out
    );
    vault.run(&["apply", "p.plan"]).exits(5);
    let ran = vault
        .run(&[
            "ledger",
            "resolve",
            "vault/account-2:CHG9",
            "--as",
            "applied",
            "--because",
            "seen",
        ])
        .exits(3);
    assert!(ran.err.contains("less than 15 minutes"), "{}", ran.err);
    let writes = vault
        .asked()
        .iter()
        .filter(|line| !line.starts_with("GET"))
        .count();
    assert_eq!(writes, 1);
    // What is of another time is another request.
    vault.state().own_pending = vec![900];
    let now = jiff::Timestamp::now();
    vault.state().own_begin = Some(now - jiff::SignedDuration::from_hours(48));
    let ran = vault.run(&["apply", "p.plan"]).exits(5);
    assert!(ran.out.contains("900 [ledger 3]"), "{}", ran.out);
    // It turns up later: then it was filed.
    vault.state().own_begin = Some(now);
    let ran = vault.run(&["apply", "p.plan"]).exits(0);
    assert!(
        ran.out.contains("filed as 900, by whom is not shown"),
        "{}",
        ran.out
    );
}
