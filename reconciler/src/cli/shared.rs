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
    Ranges,
}

impl From<WayArg> for Way {
    fn from(arg: WayArg) -> Self {
        match arg {
            WayArg::Points => Self::Points,
            WayArg::Pending => Self::Pending,
            WayArg::Scan => Self::Scan,
            WayArg::Ranges => Self::Ranges,
        }
    }
}

/// What makes a command end with exit code 2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailOn {
    /// A decision that a person must look at.
    Blocked,
    /// A block, or at `queue` a pending request, that nobody has decided.
    Undecided,
    /// The vendor shows the opposite of what our own call had reached.
    Drift,
    /// A decision with nothing left to do.
    Lapsed,
    /// With `--base`: a change that the branch did not make.
    CarriedOver,
    /// A request that has been pending for longer.
    Age(Duration),
}

/// Those that are one word.
const FINDINGS: [(&str, FailOn); 5] = [
    ("blocked", FailOn::Blocked),
    ("undecided", FailOn::Undecided),
    ("drift", FailOn::Drift),
    ("lapsed", FailOn::Lapsed),
    ("carried-over", FailOn::CarriedOver),
];

impl FailOn {
    /// The word on the command line, without what follows it.
    #[must_use]
    pub fn word(self) -> &'static str {
        let named = FINDINGS.iter().find(|(_, finding)| *finding == self);
        named.map_or("age", |(word, _)| word)
    }
}

fn finding(text: &str) -> Result<FailOn, String> {
    if let Some((_, finding)) = FINDINGS.iter().find(|(word, _)| *word == text) {
        return Ok(*finding);
    }
    let Some(rest) = text.strip_prefix("age") else {
        let words = FINDINGS.map(|(word, _)| word).join(", ");
        return Err(format!("the findings are {words} and age>DURATION"));
    };
    // A shell takes an unquoted `>4h` for a file to write to.
    let age = rest
        .strip_prefix('>')
        .ok_or("write it like 'age>4h', in quotes: a shell takes > for a redirection")?;
    duration(age).map(FailOn::Age)
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
    /// Exit 2 if any is found: blocked, undecided, drift, lapsed, 'age>4h'
    #[arg(long, value_name = "FINDING,…", value_delimiter = ',', value_parser = finding)]
    pub fail_on: Vec<FailOn>,
}

impl Findings {
    /// The shortest age that is too long, where one is named.
    #[must_use]
    pub fn oldest(&self) -> Option<Duration> {
        let ages = self.fail_on.iter().filter_map(|finding| match finding {
            FailOn::Age(age) => Some(*age),
            FailOn::Blocked
            | FailOn::Undecided
            | FailOn::Drift
            | FailOn::Lapsed
            | FailOn::CarriedOver => None,
        });
        ages.min()
    }
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
