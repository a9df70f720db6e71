//! `countersign.toml`: trusted, taken from the protected branch, unknown keys refused.
//!
//! Read first of all, before any secret: `read` → `check_origins` → `secret::resolve`.

mod alike;
mod credentials;
mod organizations;
mod origins;
mod queue;
pub mod sample;
mod schema;
mod since;
#[cfg(test)]
mod tests;
mod url;
mod voter;
mod wants;

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::SignedDuration;
use toml::de::DeTable;

use super::duration;
use super::hostile::first_hidden;
use super::mistake::Mistake;
use super::source::Source;
use super::table::{Found, Strict, syntax_mistakes};
use crate::model::{Deciding, Place, QueueName, Vendor};

pub use credentials::Credentials;
pub use origins::check_origins;
pub use schema::schema;

/// The configuration, checked. Holds no secret, only where each is to be found.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// The file, as given.
    pub path: PathBuf,
    /// Globs of decision files, relative to the working directory (`-C` moves them).
    pub decisions: Vec<String>,
    /// The ledger; relative paths already joined to the configuration's folder.
    pub ledger: PathBuf,
    /// How long a saved plan may be applied.
    pub lifetime: SignedDuration,
    /// `[freeze] approvals`.
    pub freeze_approvals: bool,
    /// `[limits]`.
    pub limits: Limits,
    /// `[review] ref`: a decision acts only if its exact bytes stand there.
    pub review_ref: Option<String>,
    /// Every queue, disabled ones included.
    pub queues: BTreeMap<QueueName, QueueConfig>,
}

/// Most approvals in one run; over it, none at all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// In all.
    pub approvals: Option<u32>,
    /// In one queue.
    pub per_queue: Option<u32>,
    /// For one requester in one queue.
    pub per_requester: Option<u32>,
}

/// One vendor instance.
#[derive(Clone, Debug, PartialEq)]
pub struct QueueConfig {
    /// The product.
    pub vendor: Vendor,
    /// The url as configured, without a slash at its end.
    pub url: String,
    /// Scheme, host and port of it, normalised: lower case, no default port.
    pub origin: String,
    /// The organization that the vendor is asked for, and those of its children that are decided in too.
    pub organizations: Vec<String>,
    /// From when on processed requests are listed, where the vendor lists those: sent verbatim.
    pub since: Option<String>,
    /// What reads use.
    pub credentials: Credentials,
    /// What `apply` uses instead, where given. `plan` never loads it.
    pub write_credentials: Option<Credentials>,
    /// The portal user reserved for the tool.
    pub acting_as: Option<String>,
    /// Our own user, where the vendor decides by votes: the one behind what `apply` uses.
    pub voter: Option<String>,
    /// Who may stand in `decided-by`.
    pub deciders: Vec<String>,
    /// Whether it is read and decided in.
    pub enabled: bool,
    /// Calls at once.
    pub parallelism: NonZeroUsize,
    /// For one call, from the first byte sent to the last received.
    pub timeout: Duration,
    /// Calls in any 60 seconds; none is no limit.
    pub rate_limit: Option<u32>,
    /// Most rows read in one listing, against an endless queue.
    pub max_requests: u64,
    /// A PEM file of further roots; relative paths already joined to the configuration's folder.
    pub ca_file: Option<PathBuf>,
    /// Where its url stands.
    pub from: Place,
}

impl QueueConfig {
    /// What `apply` uses.
    #[must_use]
    pub fn deciding(&self) -> &Credentials {
        self.write_credentials.as_ref().unwrap_or(&self.credentials)
    }

    /// In whose name `apply` decides.
    #[must_use]
    pub fn decides_as(&self) -> Deciding {
        let deciding = self.deciding().deciding(self.acting_as.clone());
        Deciding {
            run_as: deciding.run_as.or_else(|| self.voter.clone()),
            ..deciding
        }
    }

    /// Whether whoever reads for a plan is certainly the user who decides.
    #[must_use]
    pub fn reads_as_decider(&self) -> bool {
        let reader = self.credentials.user();
        self.write_credentials.is_none() || (reader.is_some() && reader == self.deciding().user())
    }
}

/// Where a secret is to be found; never a literal. Its `Display` names it for output: `env ABR_API_KEY`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecretSource {
    /// An environment variable.
    Env(String),
    /// A file. One line end at its end is cut.
    File {
        /// As written: the name in output and digests, so that they do not depend on who runs where.
        written: String,
        /// To open: relative paths already joined to the configuration's folder.
        path: PathBuf,
    },
    /// A command and its arguments; its standard output, one line end at its end cut.
    Command(Vec<String>),
}

/// Reads and checks a configuration file.
///
/// # Errors
/// Every mistake of the file, in reading order; or that it cannot be read at all.
pub fn read(path: &Path) -> Result<Config, Vec<Mistake>> {
    let file = shown_path(path);
    let bytes = std::fs::read(path).map_err(|error| {
        let message = format!(
            "the configuration cannot be read ({})",
            super::mistake::unread(&error)
        );
        let hint = "`countersign init` writes a sample; `--config FILE` names another";
        vec![Mistake::of_file(&file, message, hint)]
    })?;
    let text = std::str::from_utf8(&bytes).map_err(|_| {
        let hint = "save the file as UTF-8";
        vec![Mistake::of_file(&file, "this is not UTF-8 text", hint)]
    })?;
    load(path, text)
}

/// Checks the text of a configuration. Relative paths in it are joined to the folder of `path`.
///
/// # Errors
/// Every mistake of the text, in reading order.
pub fn load(path: &Path, text: &str) -> Result<Config, Vec<Mistake>> {
    let source = Source::new(&shown_path(path), text);
    let (table, errors) = DeTable::parse_recoverable(source.text);
    let mut mistakes = syntax_mistakes(&source, &errors);
    if mistakes.is_empty() {
        let top = Strict {
            source: &source,
            entries: table.get_ref(),
            name: "the configuration".to_owned(),
            at: 0..0,
        };
        let folder = path.parent().unwrap_or_else(|| Path::new(""));
        let config = whole(&top, path, folder, &mut mistakes);
        if mistakes.is_empty() {
            return Ok(config);
        }
    }
    mistakes.iter_mut().for_each(hide_secret);
    mistakes.sort();
    mistakes.dedup();
    Err(mistakes)
}

/// A line that can hold a secret is not shown: whoever wrote it there by mistake should not find it in a log too.
fn hide_secret(mistake: &mut Mistake) {
    const WORDS: [&str; 6] = ["credential", "key", "secret", "password", "token", "env"];
    if let Some(shown) = &mistake.shown {
        let line = shown.text.raw().to_lowercase();
        if WORDS.iter().any(|word| line.contains(word)) {
            mistake.shown = None;
        }
    }
}

const KEYS: [&str; 8] = [
    "schema",
    "decisions",
    "ledger",
    "plan",
    "freeze",
    "limits",
    "review",
    "queues",
];

const LEDGER_KEYS: [&str; 1] = ["path"];
const PLAN_KEYS: [&str; 1] = ["lifetime"];
const FREEZE_KEYS: [&str; 1] = ["approvals"];
const LIMITS_KEYS: [&str; 3] = ["approvals", "per-queue", "per-requester"];
const REVIEW_KEYS: [&str; 1] = ["ref"];

/// Everything in the file. What is wrong is told and stands as its default; the caller drops the result then.
fn whole(top: &Strict<'_, '_>, path: &Path, folder: &Path, mistakes: &mut Vec<Mistake>) -> Config {
    top.only(&KEYS, mistakes);
    version(top, mistakes);
    Config {
        path: path.to_owned(),
        decisions: globs(top, mistakes),
        ledger: folder.join(ledger(top, mistakes)),
        lifetime: lifetime(top, mistakes),
        freeze_approvals: freeze(top, mistakes),
        limits: limits(top, mistakes),
        review_ref: review(top, mistakes),
        queues: queue::all(top, folder, mistakes),
    }
}

fn version(top: &Strict<'_, '_>, mistakes: &mut Vec<Mistake>) {
    let hint = "begin the file with `schema = 1`";
    if top.get("schema").is_none() {
        top.missing("schema", hint, mistakes);
    } else if let Some(found) = top.whole("schema", mistakes)
        && found.value != 1
    {
        let message = format!("schema {} is not known to this version", found.value);
        mistakes.push(top.source.mistake(found.at, message, hint));
    }
}

fn globs(top: &Strict<'_, '_>, mistakes: &mut Vec<Mistake>) -> Vec<String> {
    let Some(written) = top.texts("decisions", mistakes) else {
        return vec!["decisions/**/*.toml".to_owned()];
    };
    for Found { value, at } in &written {
        if let Err(what) = super::decisions::check_glob(value) {
            let hint = "write it like \"decisions/**/*.toml\", relative to the working directory";
            mistakes.push(top.source.mistake(at.clone(), what, hint));
        }
    }
    written.iter().map(|one| one.value.to_owned()).collect()
}

fn ledger(top: &Strict<'_, '_>, mistakes: &mut Vec<Mistake>) -> PathBuf {
    let table = top.table("ledger", "[ledger]", mistakes);
    let path = table.and_then(|table| {
        table.only(&LEDGER_KEYS, mistakes);
        plain(&table, "path", mistakes)
    });
    path.map_or_else(
        || PathBuf::from(".countersign/ledger.jsonl"),
        |found| PathBuf::from(found.value),
    )
}

fn lifetime(top: &Strict<'_, '_>, mistakes: &mut Vec<Mistake>) -> SignedDuration {
    let table = top.table("plan", "[plan]", mistakes);
    let written = table.and_then(|table| {
        table.only(&PLAN_KEYS, mistakes);
        time(&table, "lifetime", mistakes)
    });
    written.unwrap_or(SignedDuration::from_hours(24))
}

fn freeze(top: &Strict<'_, '_>, mistakes: &mut Vec<Mistake>) -> bool {
    let table = top.table("freeze", "[freeze]", mistakes);
    let written = table.and_then(|table| {
        table.only(&FREEZE_KEYS, mistakes);
        table.flag("approvals", mistakes)
    });
    written.unwrap_or(false)
}

fn limits(top: &Strict<'_, '_>, mistakes: &mut Vec<Mistake>) -> Limits {
    let Some(table) = top.table("limits", "[limits]", mistakes) else {
        return Limits::default();
    };
    table.only(&LIMITS_KEYS, mistakes);
    let mut count = |key| {
        let found = table.whole(key, mistakes)?;
        // More than four thousand million approvals in a run is no limit.
        Some(u32::try_from(found.value).unwrap_or(u32::MAX))
    };
    Limits {
        approvals: count("approvals"),
        per_queue: count("per-queue"),
        per_requester: count("per-requester"),
    }
}

fn review(top: &Strict<'_, '_>, mistakes: &mut Vec<Mistake>) -> Option<String> {
    let table = top.table("review", "[review]", mistakes)?;
    table.only(&REVIEW_KEYS, mistakes);
    let found = plain(&table, "ref", mistakes)?;
    // It becomes an argument of git.
    if found.value.starts_with('-') || found.value.contains(char::is_whitespace) {
        let hint = "name a branch or a commit, as in ref = \"origin/main\"";
        let message = "`ref` is not the name of a Git reference";
        mistakes.push(top.source.mistake(found.at, message, hint));
    }
    Some(found.value.to_owned())
}

/// A duration.
fn time(table: &Strict<'_, '_>, key: &str, mistakes: &mut Vec<Mistake>) -> Option<SignedDuration> {
    let found = table.text(key, mistakes)?;
    match duration::parse(found.value) {
        Ok(time) => Some(time),
        Err(what) => {
            let message = format!("`{key}` is not a duration: {what}");
            mistakes.push(table.source.mistake(found.at, message, duration::HINT));
            None
        }
    }
}

/// A string with something in it, all of it visible.
fn plain<'a>(
    table: &Strict<'a, '_>,
    key: &str,
    mistakes: &mut Vec<Mistake>,
) -> Option<Found<&'a str>> {
    let found = table.text(key, mistakes)?;
    if let Some(message) = unfit(key, found.value) {
        let hint = format!("write a plain value for `{key}`, or remove the key");
        mistakes.push(table.source.mistake(found.at.clone(), message, hint));
    }
    Some(found)
}

/// What is wrong with a value that must be visible text.
fn unfit(key: &str, value: &str) -> Option<String> {
    if value.trim().is_empty() {
        return Some(format!("`{key}` is empty"));
    }
    let (_, c) = first_hidden(value)?;
    let point = super::hostile::code_point(c);
    Some(format!("`{key}` holds the hidden character {point}"))
}

/// A path for people and places: `/` between its parts, nothing hidden in it.
fn shown_path(path: &Path) -> String {
    super::hostile::inert(&path.to_string_lossy().replace('\\', "/"), 400)
}
