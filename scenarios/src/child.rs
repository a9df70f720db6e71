//! The client as a child process: its environment is made here, its group is killed when its time is up.

use std::collections::BTreeMap;
use std::io::{Read, Write as _};
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::story::Signal;

/// How long the output of a client that has ended is waited for, where something it started keeps it open.
const LAST_WORDS: Duration = Duration::from_millis(500);

/// A command line, ready to start.
#[derive(Clone, Debug)]
pub(crate) struct Order {
    /// The program and its arguments.
    pub(crate) words: Vec<String>,
    /// The same as it stands in the story.
    pub(crate) told: Vec<String>,
    /// All of its environment.
    pub(crate) env: BTreeMap<String, String>,
    /// Where it starts.
    pub(crate) folder: PathBuf,
    /// Its standard input; none is an empty one.
    pub(crate) stdin: Option<String>,
    /// The most real time it may take.
    pub(crate) limit: Duration,
    /// Where the runner itself finds commands: a story's own `PATH` must not keep it from stopping the child.
    pub(crate) path: String,
}

/// How it went.
#[derive(Clone, Debug)]
pub(crate) struct Ran {
    /// What was started, as it stands in the story.
    pub(crate) words: Vec<String>,
    /// How it ended.
    pub(crate) end: End,
    /// What it wrote.
    pub(crate) stdout: String,
    /// What it wrote to standard error.
    pub(crate) stderr: String,
}

/// How a child ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// By itself.
    Exit(i32),
    /// By a signal, which a shell calls 128 and the signal's number.
    Signal(i32),
    /// It was killed: its time was up.
    TimedOut(Duration),
}

impl End {
    /// Whether a shell would show this exit code.
    pub(crate) fn is(self, code: i32) -> bool {
        match self {
            Self::Exit(exit) => exit == code,
            Self::Signal(signal) => 128 + signal == code,
            Self::TimedOut(_) => false,
        }
    }
}

impl std::fmt::Display for End {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Exit(code) => write!(out, "exit {code}"),
            Self::Signal(signal) => write!(out, "ended by signal {signal}"),
            Self::TimedOut(limit) => write!(out, "killed after {limit:?}"),
        }
    }
}

/// A child that runs, with everything it starts.
pub(crate) struct Running {
    words: Vec<String>,
    group: Group,
    limit: Duration,
    waiting: JoinHandle<std::io::Result<ExitStatus>>,
    stdout: Pipe,
    stderr: Pipe,
}

/// Starts it. Must be called inside a runtime.
pub(crate) fn run(order: Order) -> Result<Running, String> {
    let mut child = start(&order).map_err(|error| {
        format!(
            "cannot start {:?}: {error}",
            order.words.first().map_or("", String::as_str)
        )
    })?;
    let group = Group {
        id: child.id(),
        path: order.path,
    };
    if let (Some(text), Some(mut pipe)) = (order.stdin, child.stdin.take()) {
        // A client that does not read is no error of ours, and must not be waited for.
        std::thread::spawn(move || {
            let _ = pipe.write_all(text.as_bytes());
        });
    }
    let (stdout, stderr) = (Pipe::of(child.stdout.take()), Pipe::of(child.stderr.take()));
    Ok(Running {
        words: order.told,
        group,
        limit: order.limit,
        waiting: tokio::task::spawn_blocking(move || child.wait()),
        stdout,
        stderr,
    })
}

impl Running {
    /// What signals go to.
    pub(crate) fn group(&self) -> Group {
        self.group.clone()
    }

    /// Waits for its end; kills it when its time is up.
    pub(crate) async fn end(mut self) -> Result<Ran, String> {
        let (ended, in_time) = match tokio::time::timeout(self.limit, &mut self.waiting).await {
            Ok(ended) => (ended, true),
            Err(_) => {
                self.group.signal(Signal::Kill);
                (self.waiting.await, false)
            }
        };
        let status = ended
            .map_err(|error| error.to_string())?
            .map_err(|error| format!("cannot wait for {}: {error}", self.words.join(" ")))?;
        let end = match (in_time, status.code(), status.signal()) {
            (false, _, _) => End::TimedOut(self.limit),
            (true, Some(code), _) => End::Exit(code),
            (true, None, signal) => End::Signal(signal.unwrap_or_default()),
        };
        Ok(Ran {
            words: self.words,
            end,
            stdout: self.stdout.text().await,
            stderr: self.stderr.text().await,
        })
    }
}

/// One of a child's outputs, read as it comes.
struct Pipe {
    read: Arc<Mutex<Vec<u8>>>,
    /// Comes when the other side has closed it.
    closed: oneshot::Receiver<()>,
}

impl Pipe {
    fn of(stream: Option<impl Read + Send + 'static>) -> Self {
        let read = Arc::new(Mutex::new(Vec::new()));
        let into = Arc::clone(&read);
        let (close, closed) = oneshot::channel();
        // A thread of its own: a runtime would wait for it, and it may wait for ever.
        std::thread::spawn(move || {
            let Some(mut stream) = stream else { return };
            let mut part = [0; 8192];
            // A pipe that breaks has ended.
            while let Ok(count @ 1..) = stream.read(&mut part) {
                let mut read = into.lock().unwrap_or_else(PoisonError::into_inner);
                read.extend_from_slice(&part[..count]);
            }
            // Whoever waited may have gone.
            let _ = close.send(());
        });
        Self { read, closed }
    }

    async fn text(self) -> String {
        // Whatever the client left running in the background may keep it open for ever.
        let _ = tokio::time::timeout(LAST_WORDS, self.closed).await;
        let read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(&read).into_owned()
    }
}

fn start(order: &Order) -> std::io::Result<Child> {
    let program = order.words.first().map_or("", String::as_str);
    Command::new(program)
        .args(order.words.iter().skip(1))
        .env_clear()
        .envs(&order.env)
        .current_dir(&order.folder)
        .stdin(if order.stdin.is_some() {
            Stdio::piped()
        } else {
            Stdio::null()
        })
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        // A group of its own: what it starts goes with it.
        .process_group(0)
        .spawn()
}

/// A child and what it started.
#[derive(Clone, Debug)]
pub(crate) struct Group {
    id: u32,
    path: String,
}

impl Group {
    /// Sends it a signal; a group that is no more hears nothing.
    pub(crate) fn signal(&self, signal: Signal) {
        Self::signal_all(std::slice::from_ref(self), signal);
    }

    /// Sends all of them a signal.
    pub(crate) fn signal_all(groups: &[Self], signal: Signal) {
        let Some(first) = groups.first() else { return };
        // Signals to a group need either unsafe code or this command, which every system has.
        let _ = Command::new("kill")
            .args([&format!("-{}", signal.word()), "--"])
            .args(groups.iter().map(|group| format!("-{}", group.id)))
            .env_clear()
            .env("PATH", &first.path)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
    }
}

/// The environment of every child: nothing of the caller's but its `PATH`.
pub(crate) fn environment(path: &str, home: &Path, clock: &str) -> BTreeMap<String, String> {
    [
        ("PATH", path),
        ("HOME", &home.display().to_string()),
        ("TMPDIR", &home.display().to_string()),
        ("TZ", "UTC"),
        ("LANG", "C.UTF-8"),
        ("NO_COLOR", "1"),
        ("TERM", "dumb"),
        ("COLUMNS", "100"),
        ("HOSTNAME", "scenario"),
        ("COUNTERSIGN_MOCK_CLOCK", clock),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .collect()
}
