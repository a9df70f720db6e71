//! A mock in a process of its own, its configuration, and sets of decisions about its requests.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

use crate::process::{memory, output};
use crate::{Result, Tools};

const VENDOR: &str = "admin-by-request";

/// A mock that serves until it is dropped.
pub(crate) struct World {
    mock: Child,
    folder: TempDir,
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
    /// Starts a mock with so many generated requests (none: the sample), with each call delayed if asked.
    pub(crate) fn new(tools: &Tools, requests: Option<u64>, delay: Option<u64>) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let ready = folder.path().join("ready.json");
        let mut command = Command::new(&tools.countersign);
        command.args(["mock", "serve", "--port-base", "0", "--ready-file"]);
        command.arg(&ready).arg("--write-config").arg(folder.path());
        if let Some(requests) = requests {
            command.args(["--vendor", VENDOR]);
            command.args(["--generate", &format!("{VENDOR}={requests}")]);
        }
        if let Some(ms) = delay {
            let faults = folder.path().join("faults.json");
            std::fs::write(
                &faults,
                format!(
                    r#"[{{"op":"{VENDOR}.*","kind":"delay","ms":{ms},"times":1000000000,"must_fire":false}}]"#
                ),
            )?;
            command.arg("--faults").arg(faults);
        }
        let (out, err) = (tempfile::tempfile()?, tempfile::tempfile()?);
        let quiet = command.stdin(Stdio::null()).stdout(out).stderr(err);
        let began = Instant::now();
        let mut mock = quiet.spawn()?;
        while !ready.exists() {
            if let Some(status) = mock.try_wait()? {
                return Err(format!("the mock ended with {status}").into());
            }
            std::thread::sleep(Duration::from_micros(500));
        }
        let started = began.elapsed().as_secs_f64();
        let document: Value = serde_json::from_str(&std::fs::read_to_string(&ready)?)?;
        let text = |pointer: &str| {
            let found = document.pointer(pointer).and_then(Value::as_str);
            found.map(str::to_owned).ok_or("odd ready file")
        };
        Ok(Self {
            url: text(&format!("/queues/{VENDOR}/url"))?,
            key: text(&format!("/queues/{VENDOR}/credentials/api-key"))?,
            admin: text("/admin")?,
            first: text(&format!("/queues/{VENDOR}/sample/pending/0"))?.parse()?,
            mock,
            folder,
            started,
        })
    }

    /// The pages of another world, served from memory at no cost; nothing else can be asked of it.
    pub(crate) fn canned(tools: &Tools, source: &Self) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let mut command = Command::new(&tools.own);
        command.args(["canned", &source.url, &source.key]);
        let piped = command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut mock = piped.spawn()?;
        let mut url = String::new();
        let told = mock.stdout.take().ok_or("no output")?;
        BufReader::new(told).read_line(&mut url)?;
        let url = url.trim().to_owned();
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
            started: 0.0,
            url,
            key: source.key.clone(),
            admin: source.admin.clone(),
            first: source.first,
        })
    }

    /// How many calls the vendor was asked for so far.
    pub(crate) fn calls(&self) -> Result<usize> {
        let journal = fetch(&self.admin, "/__mock/v1/journal?kind=call", &self.key)?;
        let journal: Vec<serde::de::IgnoredAny> = serde_json::from_slice(&journal)?;
        Ok(journal.len())
    }

    /// The first ids of the queue.
    pub(crate) fn ids(&self, many: u64) -> impl Iterator<Item = u64> {
        self.first..self.first + many
    }

    /// What the mock's process holds now, in MB.
    pub(crate) fn memory(&self) -> Result<f64> {
        memory(self.mock.id(), "VmRSS:")
    }

    /// Approvals, as a person would make them from drafts, of each request whose id ends so. They lie in one
    /// file in a folder of their own, which is returned.
    pub(crate) fn decide(&self, tools: &Tools, ending: &str, many: usize) -> Result<PathBuf> {
        let place = self.folder.path().join(format!("ending-{ending}"));
        let file = place.join("decisions/all.toml");
        std::fs::create_dir_all(place.join("decisions"))?;
        let target = format!("{VENDOR}/*{ending}");
        let mut draft = self.countersign(tools, &place);
        draft.args(["draft", "--ticket", "CHG1", "--expires", "30d"]);
        draft.args(["--target", &target, "--max", &many.to_string(), "--into"]);
        output(draft.arg(&file))?;
        let drafted = std::fs::read_to_string(&file)?;
        let decided = drafted
            .replace("verdict = \"undecided\"", "verdict = \"approve\"")
            .replace("reason  = \"\"", "reason  = \"seen\"");
        let found = decided.matches("verdict = \"approve\"").count();
        if found != many {
            return Err(format!("{found} decisions were drafted, not {many}").into());
        }
        std::fs::write(&file, decided)?;
        Ok(place)
    }

    /// `countersign` with this world's configuration and the decisions of a folder.
    pub(crate) fn countersign(&self, tools: &Tools, decisions: &Path) -> Command {
        let mut command = Command::new(&tools.countersign);
        command.arg("--config").arg(self.configuration());
        command.arg("-C").arg(decisions);
        command
    }

    pub(crate) fn configuration(&self) -> PathBuf {
        self.folder.path().join("countersign.toml")
    }

    /// A plan that must find so many changes; read in the way named.
    pub(crate) fn plan(
        &self,
        tools: &Tools,
        decisions: &Path,
        way: &str,
        changes: usize,
    ) -> Result<impl Fn() -> Command> {
        let make = {
            let (config, binary) = (self.configuration(), tools.countersign.clone());
            let (decisions, way) = (decisions.to_owned(), way.to_owned());
            move || {
                let mut command = Command::new(&binary);
                command
                    .arg("--config")
                    .arg(&config)
                    .arg("-C")
                    .arg(&decisions);
                command.args(["plan", "--read", &way]);
                command
            }
        };
        // What is measured must also be right.
        let said = output(&mut make())?;
        if said.contains(&format!("Plan: {changes} to approve, ")) {
            Ok(make)
        } else {
            let end: Vec<&str> = said.lines().rev().take(3).collect();
            Err(format!("the plan is not the one expected: {end:?}").into())
        }
    }

    /// The bare read of this world.
    pub(crate) fn bare_read(&self, tools: &Tools) -> Command {
        let mut command = Command::new(&tools.own);
        command.args(["bare-read", &self.url, &self.key]);
        command
    }
}

/// The body of an answer, by the plainest client there is.
pub(crate) fn fetch(origin: &str, path: &str, key: &str) -> Result<Vec<u8>> {
    let host = origin.strip_prefix("http://").ok_or("not plain http")?;
    let mut stream = TcpStream::connect(host)?;
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nhost: {host}\r\napikey: {key}\r\nconnection: close\r\n\r\n"
    )?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    let end = answer.windows(4).position(|window| window == b"\r\n\r\n");
    Ok(answer.split_off(end.ok_or("no answer")? + 4))
}
