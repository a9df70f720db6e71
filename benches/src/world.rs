//! A mock in a process of its own, its configuration, and sets of decisions about its requests.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

use crate::process::{memory, output, run};
use crate::{Missing, Result};

/// The vendor that most is measured at: its list has pages, a filter and ids.
pub(crate) const VENDOR: &str = "admin-by-request";
/// All of them.
pub(crate) const VENDORS: [&str; 5] = [VENDOR, "beyondtrust", "threatlocker", "fudo", "ekran"];

/// What a mock is to hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Spec {
    /// All five vendors, or the one.
    all: bool,
    /// Generated requests of each vendor; 0 is the sample.
    requests: u64,
    /// How many of a hundred are pending.
    pending: u64,
    /// Milliseconds that each call takes longer.
    delay: u64,
    /// Whether time stands still until it is moved.
    frozen: bool,
}

impl Spec {
    /// The small world that every mock has where nothing else is said, at all vendors.
    pub(crate) const SAMPLE: Self = Self {
        all: true,
        ..Self::of(0)
    };

    /// So many pending requests at the one vendor.
    pub(crate) const fn of(requests: u64) -> Self {
        Self {
            all: false,
            requests,
            pending: 100,
            delay: 0,
            frozen: false,
        }
    }

    /// So many at each vendor.
    pub(crate) const fn each(requests: u64) -> Self {
        Self {
            all: true,
            ..Self::of(requests)
        }
    }

    /// With so many pending of a hundred; the others were approved.
    pub(crate) const fn pending(self, pending: u64) -> Self {
        Self { pending, ..self }
    }

    /// With calls that take so many milliseconds longer.
    pub(crate) const fn delayed(self, delay: u64) -> Self {
        Self { delay, ..self }
    }

    /// With a clock that stands still until it is moved.
    pub(crate) const fn frozen(self) -> Self {
        Self {
            frozen: true,
            ..self
        }
    }

    fn arguments(self, command: &mut Command, folder: &Path) -> Result<()> {
        if self.pending < 100 {
            let world = folder.join("world.toml");
            let (count, pending) = (self.requests, self.pending);
            let approved = 100 - pending;
            let given = format!(
                "[[{VENDOR}.generate]]\ncount = {count}\nstatus = {{ pending = {pending}, approved = {approved} }}\n"
            );
            std::fs::write(&world, given)?;
            command.arg("--world").arg(world);
        } else if self.requests > 0 {
            for vendor in VENDORS.into_iter().take(if self.all { 5 } else { 1 }) {
                command.args(["--generate", &format!("{vendor}={}", self.requests)]);
            }
        }
        if !self.all {
            command.args(["--vendor", VENDOR]);
        }
        if self.frozen {
            command.args(["--clock", "frozen"]);
        }
        if self.delay > 0 {
            let faults = folder.join("faults.json");
            let ms = self.delay;
            let fault = format!(
                r#"[{{"op":"*","kind":"delay","ms":{ms},"times":1000000000,"must_fire":false}}]"#
            );
            std::fs::write(&faults, fault)?;
            command.arg("--faults").arg(faults);
        }
        Ok(())
    }
}

/// A mock that serves until it is dropped.
pub(crate) struct World {
    mock: Child,
    folder: TempDir,
    countersign: PathBuf,
    /// How many of its requests are pending.
    pending: u64,
    /// Seconds from its start to its ready file.
    pub(crate) started: f64,
    /// The vendor's url.
    pub(crate) url: String,
    pub(crate) key: String,
    admin: String,
    /// The first id that was generated.
    first: u64,
}

impl Drop for World {
    fn drop(&mut self) {
        let _ = self.mock.kill();
        let _ = self.mock.wait();
    }
}

impl World {
    /// Starts a mock and waits for it.
    pub(crate) fn start(countersign: &Path, spec: Spec) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let ready = folder.path().join("ready.json");
        let mut command = Command::new(countersign);
        command.args(["mock", "serve", "--port-base", "0", "--ready-file"]);
        command.arg(&ready).arg("--write-config").arg(folder.path());
        spec.arguments(&mut command, folder.path())?;
        let (out, err) = (tempfile::tempfile()?, tempfile::tempfile()?);
        let quiet = command.stdin(Stdio::null()).stdout(out).stderr(err);
        let began = Instant::now();
        // From here on it is ended by being dropped.
        let mut world = Self {
            mock: quiet.spawn()?,
            folder,
            countersign: countersign.to_owned(),
            pending: spec.requests * spec.pending / 100,
            started: 0.0,
            url: String::new(),
            key: String::new(),
            admin: String::new(),
            first: 0,
        };
        while !ready.exists() {
            if let Some(status) = world.mock.try_wait()? {
                return Err(format!("the mock ended with {status}").into());
            }
            if began.elapsed() > Duration::from_secs(60) {
                return Err(Missing("the mock was not up after 60 s".to_owned()).into());
            }
            std::thread::sleep(Duration::from_micros(500));
        }
        world.started = began.elapsed().as_secs_f64();
        let document: Value = serde_json::from_str(&std::fs::read_to_string(&ready)?)?;
        let text = |pointer: &str| {
            let found = document.pointer(pointer).and_then(Value::as_str);
            found.map(str::to_owned).ok_or("odd ready file")
        };
        world.url = text(&format!("/queues/{VENDOR}/url"))?;
        world.key = text(&format!("/queues/{VENDOR}/credentials/api-key"))?;
        world.admin = text("/admin")?;
        world.first = text(&format!("/queues/{VENDOR}/sample/pending/0"))?.parse()?;
        std::fs::copy(world.ledger(), world.fresh_ledger())?;
        Ok(world)
    }

    /// The pages of another world, served from memory at no cost; nothing else can be asked of it.
    pub(crate) fn canned(own: &Path, source: &Self) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let (mock, url) = served(Command::new(own).args(["canned", &source.url, &source.key]))?;
        let configuration = std::fs::read_to_string(source.configuration())?;
        let configuration = configuration.replace(&source.url, &url);
        std::fs::write(folder.path().join("countersign.toml"), configuration)?;
        let secret = format!(".secrets/{VENDOR}.api-key");
        std::fs::create_dir_all(folder.path().join(".secrets"))?;
        std::fs::copy(
            source.folder.path().join(&secret),
            folder.path().join(&secret),
        )?;
        Ok(Self {
            mock,
            folder,
            countersign: source.countersign.clone(),
            pending: source.pending,
            started: 0.0,
            url,
            key: source.key.clone(),
            admin: source.admin.clone(),
            first: source.first,
        })
    }

    /// Everything as it was at the start, journal and ledger included.
    pub(crate) fn reset(&self) -> Result<()> {
        ask("POST", &self.admin, "/__mock/v1/reset", &self.key, "{}")?;
        std::fs::copy(self.fresh_ledger(), self.ledger())?;
        Ok(())
    }

    /// How many calls the vendors were asked for since then.
    pub(crate) fn calls(&self) -> Result<u32> {
        let journal = fetch(&self.admin, "/__mock/v1/journal?kind=call", &self.key)?;
        let journal: Vec<serde::de::IgnoredAny> = serde_json::from_slice(&journal)?;
        Ok(u32::try_from(journal.len())?)
    }

    /// Asks the mock's admin API, below `/__mock/v1`; a call without a body is a question.
    pub(crate) fn admin(&self, path: &str, body: Option<&Value>) -> Result<Value> {
        let method = if body.is_some() { "POST" } else { "GET" };
        let body = body.map(Value::to_string).unwrap_or_default();
        let path = format!("/__mock/v1/{path}");
        let answer = ask(method, &self.admin, &path, &self.key, &body)
            .map_err(|error| format!("{error}: {body}"))?;
        Ok(serde_json::from_slice(&answer)?)
    }

    /// Where its clock is read.
    pub(crate) fn clock(&self) -> String {
        format!("{}/__mock/v1/clock", self.admin)
    }

    /// The mock's process.
    pub(crate) fn process(&self) -> u32 {
        self.mock.id()
    }

    fn ledger(&self) -> PathBuf {
        self.folder.path().join(".countersign/ledger.jsonl")
    }

    fn fresh_ledger(&self) -> PathBuf {
        self.folder.path().join("fresh-ledger.jsonl")
    }

    /// The first ids of the queue.
    pub(crate) fn ids(&self, many: u64) -> impl Iterator<Item = u64> {
        self.first..self.first + many
    }

    /// What the mock's process holds now, in MB.
    pub(crate) fn memory(&self) -> Result<f64> {
        memory(self.mock.id(), "VmRSS:")
    }

    /// A folder of decisions, as a person would make them from drafts: so many, evenly spread over the pending
    /// requests, all in one file. Made once.
    pub(crate) fn decide(&self, many: u64) -> Result<PathBuf> {
        let place = self.folder.path().join(format!("decided-{many}"));
        let file = place.join("decisions/all.toml");
        if file.exists() {
            return Ok(place);
        }
        std::fs::create_dir_all(place.join("decisions"))?;
        let mut draft = self.draft(&place, many);
        let step = (self.pending / many).to_string();
        let ending = step.strip_prefix('1').ok_or("no power of ten")?;
        if !ending.is_empty() {
            draft.args(["--target", &format!("{VENDOR}/*{ending}")]);
        }
        run(draft.arg("--into").arg(&file))?;
        let found = decide_file(&file, "approve")?;
        if u64::try_from(found)? != many {
            return Err(format!("{found} decisions were drafted, not {many}").into());
        }
        Ok(place)
    }

    /// A command that drafts at most so many.
    pub(crate) fn draft(&self, place: &Path, many: u64) -> Command {
        let mut draft = self.countersign(place);
        draft.args(["draft", "--ticket", "CHG1", "--expires", "30d"]);
        draft.args(["--max", &many.to_string()]);
        draft
    }

    /// `countersign` with this world's configuration and the decisions of a folder.
    pub(crate) fn countersign(&self, decisions: &Path) -> Command {
        let mut command = Command::new(&self.countersign);
        command.arg("--config").arg(self.configuration());
        command.arg("-C").arg(decisions);
        command
    }

    pub(crate) fn configuration(&self) -> PathBuf {
        self.folder.path().join("countersign.toml")
    }

    /// A folder for what a bench writes.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A plan that must find so many approvals; read in the way named.
    pub(crate) fn plan<'w>(
        &'w self,
        decisions: &Path,
        read: &[&str],
        approvals: u64,
    ) -> Result<impl Fn() -> Command + use<'w>> {
        let decisions = decisions.to_owned();
        let read: Vec<String> = read.iter().map(|word| (*word).to_owned()).collect();
        let make = move || {
            let mut command = self.countersign(&decisions);
            command.arg("plan").args(&read);
            command
        };
        // What is measured must also be right.
        let said = output(&mut make())?;
        if said.contains(&format!("Plan: {approvals} to approve, ")) {
            Ok(make)
        } else {
            let end: Vec<&str> = said.lines().rev().take(3).collect();
            Err(format!("the plan is not the one expected: {end:?}").into())
        }
    }

    /// The bare read of this world.
    pub(crate) fn bare_read(&self, own: &Path) -> Command {
        let mut command = Command::new(own);
        command.args(["bare-read", &self.url, &self.key]);
        command
    }
}

/// Makes decisions of the drafts of a file; tells how many.
pub(crate) fn decide_file(file: &Path, verdict: &str) -> Result<usize> {
    let drafted = std::fs::read_to_string(file)?;
    let verdict = format!("verdict = \"{verdict}\"");
    let decided = drafted
        .replace("verdict = \"undecided\"", &verdict)
        .replace("reason  = \"\"\nexpires", "reason  = \"seen\"\nexpires");
    std::fs::write(file, &decided)?;
    Ok(decided.matches(&verdict).count())
}

/// Starts a server that tells its url on its first line, and ends with its standard input.
pub(crate) fn served(command: &mut Command) -> Result<(Child, String)> {
    let piped = command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut server = piped.spawn()?;
    let mut url = String::new();
    let told = server.stdout.take().ok_or("no output")?;
    BufReader::new(told).read_line(&mut url)?;
    Ok((server, url.trim().to_owned()))
}

/// The body of an answer, by the plainest client there is.
pub(crate) fn fetch(origin: &str, path: &str, key: &str) -> Result<Vec<u8>> {
    ask("GET", origin, path, key, "")
}

fn ask(method: &str, origin: &str, path: &str, key: &str, body: &str) -> Result<Vec<u8>> {
    let host = origin.strip_prefix("http://").ok_or("not plain http")?;
    let mut stream = TcpStream::connect(host)?;
    stream.set_read_timeout(Some(Duration::from_secs(60)))?;
    let length = body.len();
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\nhost: {host}\r\napikey: {key}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
    )?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    if !answer.starts_with(b"HTTP/1.1 200") {
        return Err(format!("{method} {path} was not answered well").into());
    }
    let end = answer.windows(4).position(|window| window == b"\r\n\r\n");
    Ok(answer.split_off(end.ok_or("no answer")? + 4))
}
