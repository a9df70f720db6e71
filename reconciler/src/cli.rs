//! The command line, as clap sees it: its doc comments are the help. No logic.

mod deciding;
mod files;
#[cfg(feature = "harness")]
mod harness;
mod looking;
mod shared;
#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};

pub use deciding::*;
pub use files::*;
#[cfg(feature = "harness")]
pub use harness::*;
pub use looking::*;
pub use shared::*;

/// Decisions about privileged access, under Git: reviewed in a pull request, planned against the live
/// queues, applied at most once, and proven.
#[derive(Debug, Parser)]
#[command(
    name = "countersign",
    version,
    max_term_width = 100,
    disable_help_subcommand = true
)]
pub struct Cli {
    /// What everything shares.
    #[command(flatten)]
    pub global: Global,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// Options of every command.
#[derive(Clone, Debug, Args)]
pub struct Global {
    /// The configuration; never searched for upward
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        default_value = "countersign.toml"
    )]
    pub config: PathBuf,
    /// Where decision files are looked for; moves nothing else
    #[arg(
        short = 'C',
        long = "chdir",
        global = true,
        value_name = "DIR",
        default_value = "."
    )]
    pub chdir: PathBuf,
    /// When to use colours; NO_COLOR is honoured
    #[arg(
        long,
        global = true,
        value_enum,
        value_name = "WHEN",
        default_value = "auto"
    )]
    pub color: Color,
    /// Only the result, errors and warnings
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub quiet: bool,
    /// More: settled decisions, how queues were read
    #[arg(short, long, global = true)]
    pub verbose: bool,
    /// Never ask; a needed answer is an error
    #[arg(long, global = true)]
    pub no_input: bool,
}

/// When to use colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[allow(missing_docs, reason = "the words speak for themselves")]
pub enum Color {
    Auto,
    Always,
    Never,
}

/// What a result looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[allow(missing_docs, reason = "the words speak for themselves")]
pub enum Format {
    Text,
    Json,
    Markdown,
    Html,
    Junit,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// A tour: five mock vendors, drafted decisions, a plan, an apply, a plan with nothing left
    #[cfg(feature = "harness")]
    #[command(after_help = "Example:\n  countersign demo")]
    Demo,
    /// Sample configuration, decisions, ledger, CI workflows and schemas for editors
    Init(Init),
    /// One undecided file with its guard per pending request that no file names; never pre-approved
    Draft(Draft),
    /// Every mistake and foreseeable hold at once, offline: file:line:column, with a hint
    Validate(Validate),
    /// Canonical layout of decision files, comments kept
    Fmt(Fmt),
    /// A snapshot of the queues, without secrets, for `plan --snapshot`
    Observe(Observe),
    /// What apply would do, and why it would not do the rest; never writes to a vendor
    Plan(Plan),
    /// A saved plan, stale ones too
    Show(Show),
    /// Carry out reviewed decisions, once, and prove it: the only command that decides anything
    Apply(Apply),
    /// Decisions against live outcomes: drift, contradictions, in doubt
    Status(Status),
    /// What is pending and which of it is decided: coverage, age, worst first
    Queue(Queue),
    /// The record of what may already have been sent
    #[command(subcommand)]
    Ledger(Ledger),
    /// Settled and inert blocks leave the decision files for `archive/`, byte for byte
    Archive(Archive),
    /// Per queue: reachable, credentials, clock offset, capabilities, what cannot be verified
    Doctor(Doctor),
    /// What a hold or outcome code means and what to do
    Explain(Explain),
    /// JSON Schema of what people write and of what machines read, for editors and pipelines
    Schema(Schema),
    /// Completions for a shell, to be put where it looks for them
    Completions(Completions),
    /// The manual: one page on standard output, or every command's in a folder
    Man(Man),
    /// The mock vendors, to rehearse against
    #[cfg(feature = "harness")]
    #[command(subcommand)]
    Mock(Mock),
    /// Stories about a client and a mock vendor, in TOML: run them, write your own
    #[cfg(feature = "harness")]
    #[command(subcommand)]
    Scenario(Scenario),
}

impl Command {
    /// What is written for machines, where the command has such output.
    #[must_use]
    pub fn for_machines(&self) -> Option<&ForMachines> {
        if let Self::Plan(Plan { machines, .. }) | Self::Apply(Apply { machines, .. }) = self {
            Some(machines)
        } else {
            None
        }
    }

    /// Whether the result is to be one JSON document.
    #[must_use]
    pub fn wants_json(&self) -> bool {
        let (Self::Plan(Plan { format, .. })
        | Self::Apply(Apply { format, .. })
        | Self::Show(Show { format, .. })
        | Self::Status(Status { format, .. })
        | Self::Queue(Queue { format, .. })) = self
        else {
            return false;
        };
        *format == Format::Json
    }
}

/// A duration with a unit, as in `20s`, `5m`, `24h`, `7d`.
fn duration(text: &str) -> Result<Duration, String> {
    let (number, unit) = text.split_at(
        text.find(|c: char| !c.is_ascii_digit())
            .unwrap_or(text.len()),
    );
    let number: u64 = number
        .parse()
        .map_err(|_| "a whole number and a unit, as in 20s".to_owned())?;
    let unit_seconds = match unit {
        "ms" => return Ok(Duration::from_millis(number)),
        "s" => 1,
        "m" => 60,
        "h" => 3_600,
        "d" => 86_400,
        _ => return Err("a unit is needed: ms, s, m, h or d, as in 20s".to_owned()),
    };
    number
        .checked_mul(unit_seconds)
        .map(Duration::from_secs)
        .ok_or_else(|| "too long".to_owned())
}

fn digest(text: &str) -> Result<String, String> {
    let hex = text.strip_prefix("sha256:").unwrap_or_default();
    let fits = hex.len() == 64
        && hex
            .bytes()
            .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    if fits {
        Ok(text.to_owned())
    } else {
        Err("sha256: and 64 lower-case hex digits".to_owned())
    }
}
