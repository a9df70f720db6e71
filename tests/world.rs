//! What a story of the whole house needs: mock vendors in this process, a folder, and the built binary.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::canary;
use mock_servers::{ClockMode, Entry, Fault, Kind, Mocks, Options, Vendor};

/// The queue that `write_config` names after its vendor, where a story does not say which.
pub(crate) const QUEUE: &str = "admin-by-request";

/// Longer than anything here takes on a busy machine; reaching it is a failure.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// Mock vendors with a frozen clock, and a folder with a configuration, secrets and a ledger for them.
pub(crate) struct World {
    /// The vendors. Dropped before the runtime that serves them.
    pub(crate) mocks: Mocks,
    runtime: tokio::runtime::Runtime,
    folder: tempfile::TempDir,
    /// How often Git was called: commits are a minute apart.
    gits: AtomicUsize,
}

/// How a process ended.
#[derive(Debug)]
pub(crate) struct Ran {
    /// Its exit code; none where a signal ended it.
    pub(crate) code: Option<i32>,
    /// Its standard output.
    pub(crate) out: String,
    /// Its standard error.
    pub(crate) err: String,
}

impl World {
    /// The sample queue of Admin By Request.
    pub(crate) fn new() -> Self {
        Self::of(|options| options.vendors = vec![Vendor::AdminByRequest])
    }

    /// With other options than seed 7, a frozen clock and the sample worlds of all vendors.
    pub(crate) fn of(change: impl FnOnce(&mut Options)) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .expect("a runtime");
        // The clock is frozen: the real time only has to exist.
        let mut options = Options::new(|| jiff::Timestamp::UNIX_EPOCH);
        options.clock = ClockMode::Frozen;
        options.seed = 7;
        change(&mut options);
        let mocks = runtime
            .block_on(Mocks::start(options))
            .expect("the mocks start");
        let folder = tempfile::tempdir().expect("a folder");
        mocks.write_config(folder.path()).expect("a configuration");
        canary::set_out(&mocks.queues());
        let world = Self {
            mocks,
            runtime,
            folder,
            gits: AtomicUsize::new(0),
        };
        world.run(&["ledger", "init"]).exits(0);
        world
    }

    /// Waits for something of the mocks, such as `mocks.held(1)`; panics when it takes too long.
    pub(crate) fn wait<F: Future>(&self, future: F) -> F::Output {
        self.runtime
            .block_on(async { tokio::time::timeout(PATIENCE, future).await })
            .expect("it happens in time")
    }

    /// A path in the world's folder, which is where the binary runs.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A file's text.
    pub(crate) fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// Writes a file, its folders too.
    pub(crate) fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().expect("in the folder")).expect("folders");
        std::fs::write(path, text).expect("a file");
    }

    /// Replaces text in a file, where it must stand.
    pub(crate) fn edit(&self, name: &str, from: &str, to: &str) {
        let text = self.read(name);
        assert!(text.contains(from), "{from:?} does not stand in {name}");
        self.write(name, &text.replace(from, to));
    }

    /// Git in the world's folder, as somebody called boss.
    pub(crate) fn git(&self, words: &[&str]) {
        let minutes = self.gits.fetch_add(1, Ordering::Relaxed);
        let date = format!("{} +0000", 1_767_225_600 + 60 * minutes);
        let status = Command::new("git")
            .args(["-c", "user.name=Boss", "-c", "user.email=boss@example.com"])
            .args(words)
            .current_dir(self.folder.path())
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_COMMITTER_DATE", date)
            .status();
        assert!(status.expect("git runs").success(), "git {words:?}");
    }

    /// Commits everything.
    pub(crate) fn commit(&self, message: &str) {
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "-m", message]);
    }

    /// The binary in the world's folder with nothing in its environment but the mock's clock.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_countersign"));
        let clock = format!("{}/__mock/v1/clock", self.mocks.admin_url());
        command
            .args(args)
            .current_dir(self.folder.path())
            .env_clear()
            .env("COUNTERSIGN_MOCK_CLOCK", clock)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// Runs the binary to its end.
    pub(crate) fn run(&self, args: &[&str]) -> Ran {
        Ran::of(self.command(args).output().expect("it runs"))
    }

    /// Starts the binary.
    pub(crate) fn start(&self, args: &[&str]) -> Running {
        Running::of(self.command(args))
    }

    /// The first pending requests, oldest first.
    pub(crate) fn pending(&self) -> Vec<String> {
        self.mocks.queues()[self.queue()].pending.clone()
    }

    /// The only queue, or Admin By Request's where there are more.
    pub(crate) fn queue(&self) -> &'static str {
        let queues = self.mocks.queues();
        let mut slugs = queues.keys().copied();
        slugs.next().filter(|_| queues.len() == 1).unwrap_or(QUEUE)
    }

    /// Drafts these requests and decides them, in the file that `draft` makes for each.
    pub(crate) fn decide(&self, decisions: &[(&str, &str)]) {
        self.decide_in(self.queue(), decisions);
    }

    /// The same in a queue of several.
    pub(crate) fn decide_in(&self, queue: &str, decisions: &[(&str, &str)]) {
        for (id, verdict) in decisions {
            let target = format!("{queue}/{id}");
            self.run(&["draft", "--target", &target]).exits(0);
            let file = format!("decisions/{queue}/{id}.toml");
            self.edit(&file, "\"undecided\"", &format!("\"{verdict}\""));
            self.edit(&file, "ticket  = \"\"", "ticket  = \"CHG0031337\"");
            self.edit(&file, "reason  = \"\"", "reason  = \"vendor case 5512\"");
            self.edit(&file, "expires = \"\"", "expires = 2026-04-01T00:00:00Z");
            if *verdict == "approve" {
                self.take_permit(&file);
            }
        }
    }

    /// Takes the narrowest permit into a drafted file that holds one as comments.
    pub(crate) fn take_permit(&self, file: &str) {
        let text = self.read(file);
        let Some(at) = text.find("# [decision.permit]") else {
            return;
        };
        let (before, permit) = text.split_at(at);
        let permit = permit
            .replace("# ", "")
            .replace("new = \"\"", "new = \"Tool\"");
        self.write(file, &format!("{before}{permit}"));
    }

    /// `plan --out NAME`.
    pub(crate) fn plan(&self, name: &str) -> Ran {
        self.run(&["plan", "--out", name]).exits(0)
    }

    /// Replaces the armed faults by these, in the grammar of `PUT /faults`.
    pub(crate) fn faults(&self, json: Value) {
        let faults: Vec<Fault> = serde_json::from_value(json).expect("faults");
        self.mocks.set_faults(faults).expect("faults that exist");
    }

    /// Calls the mock's admin API, as in `POST reset`, and answers its JSON.
    pub(crate) fn admin(&self, method: &str, path: &str, body: &Value) -> Value {
        let url = format!("{}/__mock/v1/{path}", self.mocks.admin_url());
        http(method, &url, &[], &body.to_string())
    }

    /// One request as the vendor's own API shows it.
    pub(crate) fn request(&self, id: &str) -> Value {
        let queue = &self.mocks.queues()[QUEUE];
        let key = queue.credentials["api-key"].as_str();
        let url = format!("{}/requests/{id}", queue.url);
        http("GET", &url, &[("apikey", key)], "")
    }

    /// What a fresh plan makes of the only decision: `change`, `settled`, or the code of its hold.
    pub(crate) fn planned(&self) -> String {
        let ran = self.run(&["plan", "--format", "json"]).exits(0);
        let plan: Value = serde_json::from_str(&ran.out).expect("a plan");
        crate::schema::PLAN.with(|schema| schema.fits(&plan));
        let list = |name: &str| plan[name].as_array().expect("a list").clone();
        let changes = list("changes").into_iter().map(|_| "change".to_owned());
        let settled = list("settled").into_iter().map(|_| "settled".to_owned());
        let holds = list("holds").into_iter().map(|hold| text(&hold["code"]));
        let words: Vec<String> = changes.chain(settled).chain(holds).collect();
        if words.is_empty() {
            return "nothing".to_owned();
        }
        words.join(" ")
    }

    /// What the vendor's journal holds of this kind.
    pub(crate) fn journal(&self, kind: Kind) -> Vec<Entry> {
        let mut entries = self.mocks.journal();
        entries.retain(|entry| entry.kind == kind);
        entries
    }

    /// The calls that decide, as they reached the vendor.
    pub(crate) fn writes(&self) -> Vec<Entry> {
        let mut calls = self.journal(Kind::Call);
        let operations = || Vendor::ALL.iter().flat_map(|vendor| vendor.operations());
        let writes = |op: &str| operations().any(|known| known.id == op && known.writes);
        calls.retain(|call| match call.op {
            Some(op) => writes(op),
            None => call.detail["method"] != "GET",
        });
        calls
    }

    /// How often something was done to this request through the API.
    pub(crate) fn effects(&self, id: &str) -> usize {
        let by_api = |entry: &&Entry| entry.actor == Some(mock_servers::Actor::Api);
        self.journal(Kind::Effect)
            .iter()
            .filter(by_api)
            .filter(|entry| entry.object.as_deref() == Some(id))
            .count()
    }
}

/// Whatever a story was about, no secret is in anything that it left behind.
impl Drop for World {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            canary::spare_files(self.folder.path());
        }
    }
}

/// Tells several stories at a time, and answers in their order.
pub(crate) fn side_by_side<Case: Sync, Told: Send>(
    cases: &[Case],
    tell: impl Fn(&Case) -> Told + Sync,
) -> Vec<Told> {
    let next = AtomicUsize::new(0);
    let worker = || {
        let mut told = Vec::new();
        while let Some((place, case)) = take(cases, &next) {
            told.push((place, tell(case)));
        }
        told
    };
    let mut told: Vec<_> = std::thread::scope(|scope| {
        let workers = [(); 4].map(|()| scope.spawn(worker));
        let joined = workers.map(|worker| worker.join().expect("a story that ends well"));
        joined.into_iter().flatten().collect()
    });
    told.sort_by_key(|(place, _)| *place);
    told.into_iter().map(|(_, told)| told).collect()
}

fn take<'a, Case>(cases: &'a [Case], next: &AtomicUsize) -> Option<(usize, &'a Case)> {
    let place = next.fetch_add(1, Ordering::Relaxed);
    Some((place, cases.get(place)?))
}

/// Where `draft` puts a request.
pub(crate) fn decision_file(id: &str) -> String {
    format!("decisions/{QUEUE}/{id}.toml")
}

/// One call by hand, so that nothing of the tool stands between.
fn http(method: &str, url: &str, headers: &[(&str, &str)], body: &str) -> Value {
    let rest = url.strip_prefix("http://").expect("plain http");
    let (host, path) = rest.split_once('/').expect("a path");
    let mut stream = TcpStream::connect(host).expect("it listens");
    let mut head = format!("{method} /{path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n");
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str(&format!("content-length: {}\r\n\r\n{body}", body.len()));
    stream.write_all(head.as_bytes()).expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
    assert!(head.starts_with("HTTP/1.1 200"), "{answer}");
    serde_json::from_str(body).expect("JSON")
}

/// A JSON string's text.
#[track_caller]
pub(crate) fn text(value: &Value) -> String {
    value.as_str().expect("a string").to_owned()
}

/// The `--report` document.
pub(crate) fn report(path: &Path) -> Value {
    let text = std::fs::read_to_string(path).expect("a report");
    serde_json::from_str(&text).expect("a whole report")
}

impl Ran {
    /// What an ended process left; no secret of any world is in it.
    pub(crate) fn of(output: Output) -> Self {
        canary::spare("stdout", &output.stdout);
        canary::spare("stderr", &output.stderr);
        Self {
            code: output.status.code(),
            out: String::from_utf8(output.stdout).expect("text"),
            err: String::from_utf8(output.stderr).expect("text"),
        }
    }

    /// Whether it says so on either stream, however the lines are broken.
    pub(crate) fn says(&self, words: &str) -> bool {
        let said = format!("{} {}", self.out, self.err);
        let said: Vec<&str> = said.split_whitespace().collect();
        said.join(" ").contains(words)
    }

    /// Demands this exit code.
    #[track_caller]
    pub(crate) fn exits(self, code: i32) -> Self {
        assert_eq!(
            self.code,
            Some(code),
            "\n--- stdout\n{}\n--- stderr\n{}",
            self.out,
            self.err
        );
        self
    }
}

/// A process that still runs. Killed when dropped.
pub(crate) struct Running(Option<Child>);

impl Running {
    /// Starts it.
    pub(crate) fn of(mut command: Command) -> Self {
        Self(Some(command.spawn().expect("it starts")))
    }

    fn child(&mut self) -> &mut Child {
        self.0.as_mut().expect("not waited for yet")
    }

    /// Its process number.
    pub(crate) fn pid(&mut self) -> u32 {
        self.child().id()
    }

    /// SIGKILL: nothing of it runs after this returns.
    pub(crate) fn kill(mut self) {
        let mut child = self.0.take().expect("not waited for yet");
        child.kill().expect("killed");
        child.wait().expect("gone");
    }

    /// A signal by its name, as in `INT`.
    pub(crate) fn signal(&mut self, name: &str) {
        let pid = self.pid().to_string();
        let sent = Command::new("kill")
            .args([&format!("-{name}"), &pid])
            .status();
        assert!(sent.expect("kill runs").success(), "kill -{name} {pid}");
    }

    /// Whether it has come to its end.
    pub(crate) fn has_ended(&mut self) -> bool {
        let ended = self.child().try_wait().expect("waited");
        ended.is_some()
    }

    /// Waits until a file is there, which the process makes; panics if it ends before.
    pub(crate) fn reaches(&mut self, marker: &Path) {
        let reached = self.reaches_or_ends(marker);
        assert!(reached, "it ended before {}", marker.display());
    }

    /// Waits until a file is there, which the process makes; false if it ends before.
    pub(crate) fn reaches_or_ends(&mut self, marker: &Path) -> bool {
        let begun = Instant::now();
        while !marker.exists() {
            if self.has_ended() {
                return marker.exists();
            }
            assert!(begun.elapsed() < PATIENCE, "never at {}", marker.display());
            std::thread::sleep(Duration::from_millis(2));
        }
        true
    }

    /// Waits for its end; whatever it prints is kept.
    pub(crate) fn ends(mut self) -> Ran {
        let mut child = self.0.take().expect("not waited for yet");
        let begun = Instant::now();
        let (mut out, mut err) = (child.stdout.take(), child.stderr.take());
        let reading = std::thread::spawn(move || {
            let mut text = String::new();
            if let Some(err) = &mut err {
                err.read_to_string(&mut text).expect("text");
            }
            text
        });
        let mut text = String::new();
        if let Some(out) = &mut out {
            out.read_to_string(&mut text).expect("text");
        }
        let err = reading.join().expect("read");
        canary::spare("stdout", text.as_bytes());
        canary::spare("stderr", err.as_bytes());
        let status = child.wait().expect("gone");
        assert!(begun.elapsed() < PATIENCE, "took {:?}", begun.elapsed());
        Ran {
            code: status.code(),
            out: text,
            err,
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(child) = &mut self.0 {
            // It may have ended by itself.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}
