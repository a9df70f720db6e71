//! Where secrets come from. The only place that ever holds one before a vendor client does.
//!
//! Called after the configuration has been checked, origins included, and never for a plan of files alone.

use std::collections::BTreeMap;
use std::fmt;
use std::io::Read;
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use secrecy::SecretString;
use thiserror::Error;
use zeroize::Zeroizing;

use super::config::SecretSource;
use super::hostile::inert;

/// The environment as taken once in `main`.
pub type Environment = BTreeMap<String, String>;

/// No credential of any vendor comes near this; a larger file is not a secret but a mistake.
const MOST_BYTES: u64 = 64 * 1024;

/// Long enough for a password manager that asks its server, short enough for a pipeline.
const COMMAND_TIME: Duration = Duration::from_secs(30);

/// A secret that could not be had. Never holds a byte of it.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{name}: {what}")]
pub struct SecretError {
    /// The source, as in `env ABR_API_KEY`.
    pub name: String,
    /// What is wrong, a sentence fragment.
    pub what: String,
    /// What helps.
    pub hint: String,
}

/// Fetches a secret. Blocks; a command has 30 seconds.
///
/// # Errors
/// When the source is not there, fails, is empty, or holds control characters.
pub fn resolve(
    source: &SecretSource,
    environment: &Environment,
) -> Result<SecretString, SecretError> {
    let found = match source {
        SecretSource::Env(name) => from_environment(name, environment),
        SecretSource::File { path, .. } => from_file(path),
        SecretSource::Command(words) => from_command(words, environment, COMMAND_TIME),
    };
    found
        .and_then(|bytes| checked(&bytes))
        .map_err(|Wrong { what, hint }| SecretError {
            name: source.to_string(),
            what,
            hint,
        })
}

/// What `doctor` says about a file that every user of the machine can read; nothing where all is well.
///
/// It is no error and no warning of every run: container platforms mount secrets readable for all
/// (Docker 0444, Kubernetes 0644), and what is shown every time is read by nobody.
#[must_use]
pub fn open_to_others(source: &SecretSource) -> Option<String> {
    let SecretSource::File { path, .. } = source else {
        return None;
    };
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(path).ok()?.permissions().mode();
        (mode & 0o004 != 0).then(|| {
            format!(
                "{source} can be read by every user of this machine (mode {:o})",
                mode & 0o777
            )
        })
    }
    #[cfg(not(unix))]
    {
        let _ = path;
        None
    }
}

/// The name of a secret for output and digests: where it is, never what it is.
impl fmt::Display for SecretSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Env(name) => write!(f, "env {}", inert(name, 200)),
            Self::File { written, .. } => write!(f, "file {}", inert(written, 200)),
            // The program alone: people do put tokens among the arguments.
            Self::Command(words) => write!(
                f,
                "command {}",
                inert(words.first().map_or("", String::as_str), 200)
            ),
        }
    }
}

struct Wrong {
    what: String,
    hint: String,
}

fn wrong(what: impl Into<String>, hint: impl Into<String>) -> Wrong {
    Wrong {
        what: what.into(),
        hint: hint.into(),
    }
}

type Bytes = Zeroizing<Vec<u8>>;

fn from_environment(name: &str, environment: &Environment) -> Result<Bytes, Wrong> {
    environment
        .get(name)
        .map(|value| Zeroizing::new(value.clone().into_bytes()))
        .ok_or_else(|| {
            wrong(
                "is not set",
                format!("set the environment variable {}", inert(name, 200)),
            )
        })
}

fn from_file(path: &Path) -> Result<Bytes, Wrong> {
    let hint = "check the path in the configuration; it is relative to the configuration's folder";
    let cannot = |error: std::io::Error| {
        wrong(
            format!("cannot be read ({})", super::mistake::unread(&error)),
            hint,
        )
    };
    let about = std::fs::metadata(path).map_err(cannot)?;
    if !about.is_file() {
        // Opening a pipe would wait for somebody to write.
        return Err(wrong("is not a file", hint));
    }
    let file = std::fs::File::open(path).map_err(cannot)?;
    bounded(file).map_err(cannot)
}

fn from_command(
    words: &[String],
    environment: &Environment,
    time: Duration,
) -> Result<Bytes, Wrong> {
    let by_hand = "run the command by hand to see what it says";
    let Some((program, arguments)) = words.split_first() else {
        return Err(wrong("is empty", "name a program: { command = [\"…\"] }"));
    };
    let mut child = Command::new(program)
        .args(arguments)
        .env_clear()
        .envs(environment)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        // What a password manager says when it fails can hold what it was asked for.
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| wrong(format!("cannot be started ({})", error.kind()), by_hand))?;
    let (told, heard) = mpsc::channel();
    if let Some(output) = child.stdout.take() {
        std::thread::spawn(move || told.send(bounded(output)));
    }
    let deadline = Instant::now() + time;
    let output = heard.recv_timeout(time);
    let ended = ended_by(&mut child, deadline);
    let Some(status) = ended else {
        return Err(wrong(
            format!("did not end within {} seconds", time.as_secs_f32()),
            by_hand,
        ));
    };
    if !status.success() {
        return Err(wrong(format!("failed ({status})"), by_hand));
    }
    match output {
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(_)) | Err(_) => Err(wrong("closed without an output", by_hand)),
    }
}

/// Waits for the end of a process; at the deadline it is killed.
fn ended_by(child: &mut std::process::Child, deadline: Instant) -> Option<ExitStatus> {
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Some(status),
            Ok(None) if Instant::now() < deadline => std::thread::sleep(Duration::from_millis(5)),
            Ok(None) | Err(_) => {
                // Whatever it answers, the secret is not to be had any more.
                let _ = child.kill();
                let _ = child.wait();
                return None;
            }
        }
    }
}

fn bounded(source: impl Read) -> std::io::Result<Bytes> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(4096));
    source.take(MOST_BYTES + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Cuts one line end and refuses what cannot be a credential.
fn checked(bytes: &[u8]) -> Result<SecretString, Wrong> {
    let hint = "a secret is one line of text; store it without further lines";
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > MOST_BYTES {
        return Err(wrong("is larger than 64 KiB", hint));
    }
    let text = std::str::from_utf8(bytes).map_err(|_| wrong("is not UTF-8 text", hint))?;
    let text = text.strip_suffix('\n').unwrap_or(text);
    let text = text.strip_suffix('\r').unwrap_or(text);
    if text.is_empty() {
        return Err(wrong("is empty", "store the secret there"));
    }
    if text.chars().any(char::is_control) {
        return Err(wrong("holds line ends or control characters", hint));
    }
    Ok(SecretString::from(text))
}

#[cfg(test)]
mod tests;
