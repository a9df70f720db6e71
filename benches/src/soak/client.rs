//! One long-lived process that runs command after command through the library: a leak shows only there.

use std::ffi::OsString;
use std::io::{BufRead as _, BufReader, Write, empty};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::time::Duration;

use reconciler::{Process, Terminals};
use serde::{Deserialize, Serialize};

use crate::Result;
use crate::stage::Stage;
use crate::world::World;

/// Longest that one command may take.
const LONGEST: Duration = Duration::from_secs(60);

/// What became of one command.
#[derive(Debug, Deserialize, Serialize)]
struct Ended {
    exit: u8,
    out: String,
    err: String,
}

/// That process, seen from outside: commands go in, a line each, and what became of them comes back.
pub(super) struct Client {
    child: Child,
    asks: ChildStdin,
    tells: mpsc::Receiver<String>,
    /// Configuration and folder, the same for every command.
    always: [String; 4],
}

impl Drop for Client {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Client {
    /// Starts it for a world.
    pub(super) fn start(stage: &Stage, world: &World) -> Result<Self> {
        let mut command = Command::new(&stage.own);
        command.args(["soak-client", &world.clock()]);
        let piped = command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = piped.spawn()?;
        let asks = child.stdin.take().ok_or("no input")?;
        let told = BufReader::new(child.stdout.take().ok_or("no output")?);
        let (tell, tells) = mpsc::channel();
        // Its own thread, for a command that hangs is not to hang the soak; it ends with the process.
        std::thread::spawn(move || {
            let mut lines = told.lines().map_while(std::io::Result::ok);
            lines.try_for_each(|line| tell.send(line))
        });
        let configuration = world.configuration();
        let text = |path: &std::path::Path| path.display().to_string();
        let folder = configuration.parent().ok_or("no folder")?;
        let always = [
            "--config".to_owned(),
            text(&configuration),
            "-C".to_owned(),
            text(folder),
        ];
        Ok(Self {
            child,
            asks,
            tells,
            always,
        })
    }

    /// Runs one command, which must end with 0; tells what it wrote to standard output.
    pub(super) fn run(&mut self, args: &[&str]) -> Result<String> {
        let always = self.always.iter().map(String::as_str);
        let line: Vec<&str> = always.chain(args.iter().copied()).collect();
        writeln!(self.asks, "{}", serde_json::to_string(&line)?)?;
        let told = self.tells.recv_timeout(LONGEST);
        let told = told.map_err(|why| format!("{args:?}: no end of it: {why}"))?;
        let ended: Ended = serde_json::from_str(&told)?;
        match ended.exit {
            0 => Ok(ended.out),
            exit => Err(format!("{args:?} ended with {exit}: {}", ended.err).into()),
        }
    }

    pub(super) fn process(&self) -> u32 {
        self.child.id()
    }
}

/// The process itself: its time is the one of the mock, its streams are memory.
pub(crate) fn serve(clock: &str) -> Result<()> {
    let mut out = std::io::stdout();
    for line in std::io::stdin().lock().lines() {
        let ended = run(serde_json::from_str(&line?)?, clock)?;
        serde_json::to_writer(&mut out, &ended)?;
        writeln!(out)?;
    }
    Ok(())
}

#[allow(
    clippy::disallowed_methods,
    reason = "the program's own clock, as its `main` takes it"
)]
fn run(args: Vec<String>, clock: &str) -> Result<Ended> {
    let (out, err) = (Kept::default(), Kept::default());
    let program = std::iter::once(OsString::from("countersign"));
    let env = ("COUNTERSIGN_MOCK_CLOCK".to_owned(), clock.to_owned());
    let exit = reconciler::run(Process {
        args: program
            .chain(args.into_iter().map(OsString::from))
            .collect(),
        env: [env].into(),
        unreadable: Vec::new(),
        stdin: Box::new(empty()),
        stdout: Box::new(out.clone()),
        stderr: Box::new(err.clone()),
        terminals: Terminals::default(),
        now: jiff::Timestamp::now,
        pid: std::process::id(),
        program: std::env::current_exe()?,
    });
    Ok(Ended {
        exit: exit.code(),
        out: out.text()?,
        err: err.text()?,
    })
}

/// A stream into memory.
#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<u8>>>);

impl Kept {
    fn text(&self) -> Result<String> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(String::from_utf8(std::mem::take(&mut kept))?)
    }
}

impl Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
