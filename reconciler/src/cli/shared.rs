//! Arguments that several commands have: selections, gates, how vendors are reached.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};

use super::duration;
use crate::model::{Verdict, Way};

/// Which decisions are meant.
#[derive(Clone, Debug, Default, Args)]
pub struct Selection {
    /// Only requests whose QUEUE/ID matches this glob; may be given several times
    #[arg(long, value_name = "GLOB")]
    pub target: Vec<String>,
    /// Not those whose QUEUE/ID matches this glob
    #[arg(long, value_name = "GLOB")]
    pub exclude: Vec<String>,
    /// Only this queue; may be given several times
    #[arg(long, value_name = "QUEUE")]
    pub queue: Vec<String>,
    /// Only decisions of this ticket; may be given several times
    #[arg(long, value_name = "TICKET")]
    pub ticket: Vec<String>,
    /// Only these verdicts, as in deny,revoke
    #[arg(long, value_name = "VERDICT,…", value_delimiter = ',', value_enum)]
    pub only: Option<Vec<VerdictArg>>,
}

/// A verdict on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[allow(missing_docs, reason = "the words speak for themselves")]
pub enum VerdictArg {
    Approve,
    Deny,
    Revoke,
    /// `--only=`, as a script writes it whose list came out empty: no verdict at all.
    #[value(name = "", hide = true)]
    Nothing,
}

impl VerdictArg {
    /// The verdict, where one is named.
    #[must_use]
    pub fn verdict(self) -> Option<Verdict> {
        match self {
            Self::Approve => Some(Verdict::Approve),
            Self::Deny => Some(Verdict::Deny),
            Self::Revoke => Some(Verdict::Revoke),
            Self::Nothing => None,
        }
    }
}

/// How vendors are reached.
#[derive(Clone, Debug, Default, Args)]
pub struct Reach {
    /// Calls at once in each queue
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=32))]
    pub parallelism: Option<u16>,
    /// Most time for one call, as in 20s
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub timeout: Option<Duration>,
    /// How queues are read, instead of what suits best
    #[arg(long, value_enum, value_name = "WAY", hide = true)]
    pub read: Option<WayArg>,
}

/// A way of reading on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[allow(missing_docs, reason = "the words speak for themselves")]
pub enum WayArg {
    Points,
    Pending,
    Scan,
}

impl From<WayArg> for Way {
    fn from(arg: WayArg) -> Self {
        match arg {
            WayArg::Points => Self::Points,
            WayArg::Pending => Self::Pending,
            WayArg::Scan => Self::Scan,
        }
    }
}

/// What makes a plan end with exit code 2.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[allow(missing_docs, reason = "the words speak for themselves")]
pub enum FailOn {
    Blocked,
    Undecided,
    Drift,
    Lapsed,
}

/// Which findings make exit code 2.
#[derive(Clone, Debug, Default, Args)]
pub struct Findings {
    /// Exit 2 if there are changes to make
    #[arg(long)]
    pub detailed_exitcode: bool,
    /// The same, for scripts that expect none
    #[arg(long)]
    pub expect_no_changes: bool,
    /// Exit 2 if any of these is found, as in blocked,undecided
    #[arg(long, value_name = "FINDING,…", value_delimiter = ',', value_enum)]
    pub fail_on: Vec<FailOn>,
}

/// What is written for machines.
#[derive(Clone, Debug, Default, Args)]
pub struct ForMachines {
    /// One JSON event a line on stdout, instead of the text
    #[arg(long, conflicts_with = "format")]
    pub json_events: bool,
    /// The same into a file, beside the text
    #[arg(long, value_name = "FILE")]
    pub json_into: Option<PathBuf>,
}
