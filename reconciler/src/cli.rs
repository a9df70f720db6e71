//! The command line, as clap sees it: its doc comments are the help. No logic.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::model::{Resolution, Verdict, Way};

/// Decisions about privileged access, under Git: reviewed in a pull request, planned against the live
/// queues, applied exactly once, and proven.
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
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// A tour: a mock vendor, drafted decisions, a plan, an apply, a plan with nothing left
    #[cfg(feature = "harness")]
    Demo,
    /// Sample configuration, decisions, ledger and CI workflows
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
    /// Per queue: reachable, credentials, clock offset, capabilities, what cannot be verified
    Doctor(Doctor),
    /// What a hold or outcome code means and what to do
    Explain(Explain),
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
}

/// `init`.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  countersign init approvals && cd approvals")]
pub struct Init {
    /// Where; made if it is not there
    #[arg(default_value = ".")]
    pub dir: PathBuf,
}

/// `draft`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  countersign draft --ticket CHG0031337 --expires 7d\n  countersign draft --target 'helpdesk/65430027' --refresh-guard"
)]
pub struct Draft {
    /// Only these queues
    #[arg(value_name = "QUEUE")]
    pub queues: Vec<String>,
    /// Fill this ticket in
    #[arg(long)]
    pub ticket: Option<String>,
    /// Fill in an expiry this far from now, as in 7d
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub expires: Option<Duration>,
    /// Most files to write
    #[arg(long, default_value_t = 100)]
    pub max: usize,
    /// Append to this file instead of one file per request
    #[arg(long, value_name = "FILE", conflicts_with = "refresh_guard")]
    pub into: Option<PathBuf>,
    /// Only requests whose QUEUE/ID matches this glob; may be given several times
    #[arg(long, value_name = "GLOB")]
    pub target: Vec<String>,
    /// Rewrite the guards of blocks that stand in decision files already, and nothing else
    #[arg(long, requires = "target")]
    pub refresh_guard: bool,
}

/// `validate`.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  countersign validate && git commit")]
pub struct Validate {}

/// `fmt`.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  countersign fmt --check")]
pub struct Fmt {
    /// Write nothing; exit 2 if anything would change
    #[arg(long)]
    pub check: bool,
    /// These files; otherwise all that the configuration's globs name
    #[arg(value_name = "FILE")]
    pub files: Vec<PathBuf>,
}

/// `observe`.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  countersign observe --out snapshot.jsonl")]
pub struct Observe {
    /// Where to write the snapshot
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
    /// How to reach the vendors.
    #[command(flatten)]
    pub reach: Reach,
}

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

/// `plan`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  countersign plan --out tonight.plan\n  countersign plan --detailed-exitcode --fail-on blocked\n  countersign -C change --config trusted/countersign.toml plan --snapshot snapshot.jsonl --format markdown"
)]
pub struct Plan {
    /// Save the plan here, for `apply PLAN`
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Plan against a snapshot of `observe`; needs no credential
    #[arg(long, value_name = "FILE")]
    pub snapshot: Option<PathBuf>,
    /// What the result looks like
    #[arg(long, value_enum, default_value = "text")]
    pub format: Format,
    /// For machines.
    #[command(flatten)]
    pub machines: ForMachines,
    /// Gates.
    #[command(flatten)]
    pub findings: Findings,
    /// Which decisions.
    #[command(flatten)]
    pub selection: Selection,
    /// How to reach the vendors.
    #[command(flatten)]
    pub reach: Reach,
}

/// `show`.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  countersign show tonight.plan --format json")]
pub struct Show {
    /// A file of `plan --out`
    #[arg(value_name = "PLAN")]
    pub plan: PathBuf,
    /// What the result looks like
    #[arg(long, value_enum, default_value = "text")]
    pub format: Format,
}

/// What apply does when a selected decision is blocked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum OnBlocked {
    /// Do the others; exit 3 all the same
    #[default]
    Skip,
    /// Do nothing at all
    Abort,
}

/// `apply`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  countersign apply tonight.plan\n  countersign apply --yes --expect-digest sha256:5b7c…\n  countersign apply --only deny,revoke"
)]
pub struct Apply {
    /// A file of `plan --out`: the file is the consent, nothing is asked
    #[arg(value_name = "PLAN", conflicts_with_all = ["target", "exclude", "queue", "ticket", "only", "expect_digest"])]
    pub plan: Option<PathBuf>,
    /// Do not ask; off a terminal it goes with --expect-digest
    #[arg(long)]
    pub yes: bool,
    #[arg(long, hide = true)]
    #[allow(missing_docs, reason = "refused, with an explanation")]
    pub auto_approve: bool,
    /// Plan afresh, and go on only if the digest is this one
    #[arg(long, value_name = "sha256:HEX", value_parser = digest)]
    pub expect_digest: Option<String>,
    /// Refuse a ledger that does not contain this record
    #[arg(long, value_name = "sha256:HEX", value_parser = digest)]
    pub expect_head: Option<String>,
    /// What to do when a selected decision is blocked
    #[arg(long, value_enum, default_value = "skip")]
    pub on_blocked: OnBlocked,
    /// Exit 2, and change nothing, if there are changes to make
    #[arg(long)]
    pub expect_no_changes: bool,
    /// What the result looks like
    #[arg(long, value_enum, default_value = "text")]
    pub format: Format,
    /// Write the final document here, however the run ends
    #[arg(long, value_name = "FILE")]
    pub report: Option<PathBuf>,
    /// For machines.
    #[command(flatten)]
    pub machines: ForMachines,
    /// Which decisions.
    #[command(flatten)]
    pub selection: Selection,
    /// How to reach the vendors.
    #[command(flatten)]
    pub reach: Reach,
    /// Most time to see one change at the vendor
    #[arg(long, value_name = "DURATION", default_value = "60s", value_parser = duration)]
    pub verify_timeout: Duration,
    /// How long to wait for another apply to end
    #[arg(long, value_name = "DURATION", default_value = "0s", value_parser = duration)]
    pub lock_timeout: Duration,
}

/// `status`.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  countersign status --fail-on drift,blocked")]
pub struct Status {
    /// What the result looks like
    #[arg(long, value_enum, default_value = "text")]
    pub format: Format,
    /// Gates.
    #[command(flatten)]
    pub findings: Findings,
    /// Which decisions.
    #[command(flatten)]
    pub selection: Selection,
    /// How to reach the vendors.
    #[command(flatten)]
    pub reach: Reach,
}

/// `queue`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  countersign queue --new\n  countersign queue --queue helpdesk --since-id 65430931"
)]
pub struct Queue {
    /// Only requests that no decision file names
    #[arg(long)]
    pub new: bool,
    /// Read on from this id, itself included
    #[arg(long, value_name = "ID")]
    pub since_id: Option<String>,
    /// Only this queue; may be given several times
    #[arg(long, value_name = "QUEUE")]
    pub queue: Vec<String>,
    /// Most requests to list; all are counted
    #[arg(long, value_name = "N", default_value_t = 50)]
    pub max: usize,
    /// What the result looks like
    #[arg(long, value_enum, default_value = "text")]
    pub format: Format,
    /// Gates.
    #[command(flatten)]
    pub findings: Findings,
    /// How to reach the vendors.
    #[command(flatten)]
    pub reach: Reach,
}

/// `ledger …`.
#[derive(Debug, Subcommand)]
pub enum Ledger {
    /// Make a new, empty ledger where the configuration wants it
    Init,
    /// Check every record; tells where the ledger ends
    Verify {
        /// Also that it contains this record
        #[arg(long, value_name = "sha256:HEX", value_parser = digest)]
        head: Option<String>,
    },
    /// What stands in it, newest last
    Show {
        /// What the result looks like
        #[arg(long, value_enum, default_value = "text")]
        format: Format,
    },
    /// Everything that is known about one request
    Explain {
        /// The request
        #[arg(value_name = "QUEUE/ID")]
        address: String,
    },
    /// Say how a call in doubt ended, after looking in the vendor's portal
    #[command(
        after_help = "Example:\n  countersign ledger resolve helpdesk/65430027 --as not-applied --because \"portal shows it pending, no audit entry\""
    )]
    Resolve {
        /// The request
        #[arg(value_name = "QUEUE/ID")]
        address: String,
        /// What was found
        #[arg(long = "as", value_enum, value_name = "OUTCOME")]
        resolution: ResolutionArg,
        /// How it was found
        #[arg(long, value_name = "TEXT")]
        because: String,
    },
}

/// A finding on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[allow(missing_docs, reason = "the words speak for themselves")]
pub enum ResolutionArg {
    Applied,
    NotApplied,
}

impl From<ResolutionArg> for Resolution {
    fn from(arg: ResolutionArg) -> Self {
        match arg {
            ResolutionArg::Applied => Self::Applied,
            ResolutionArg::NotApplied => Self::NotApplied,
        }
    }
}

/// `doctor`.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  countersign doctor")]
pub struct Doctor {
    /// How to reach the vendors.
    #[command(flatten)]
    pub reach: Reach,
}

/// `explain`.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  countersign explain guard-mismatch")]
pub struct Explain {
    /// A code; without one, all of them
    pub code: Option<String>,
}

/// `mock …`.
#[cfg(feature = "harness")]
#[derive(Debug, Subcommand)]
pub enum Mock {
    /// Serve mock vendors on loopback until interrupted
    Serve(Box<MockServe>),
}

/// `mock serve`.
#[cfg(feature = "harness")]
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  countersign mock serve --write-config try && cd try && countersign draft\n  countersign mock serve --generate admin-by-request=1000000 --ready-file ready.json"
)]
pub struct MockServe {
    /// Only this vendor; may be given several times
    #[arg(long, value_name = "VENDOR")]
    pub vendor: Vec<String>,
    /// The address to listen on
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1")]
    pub listen: std::net::IpAddr,
    /// The admin port; vendors follow at fixed offsets. 0 picks free ones
    #[arg(long, value_name = "PORT", default_value_t = 7700)]
    pub port_base: u16,
    /// A world to serve instead of the sample
    #[arg(long, value_name = "FILE")]
    pub world: Option<PathBuf>,
    /// A queue of that many generated requests, as in admin-by-request=1000000
    #[arg(long, value_name = "VENDOR=N")]
    pub generate: Vec<String>,
    /// Everything generated derives from it
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,
    /// Whether time passes by itself
    #[arg(long, value_name = "real|frozen", default_value = "real")]
    pub clock: String,
    /// The time to begin at, as in 2026-03-02T08:00:00Z
    #[arg(long, value_name = "TIME")]
    pub now: Option<jiff::Timestamp>,
    /// How an undocumented behaviour is to be, as in admin-by-request.id=number
    #[arg(long, value_name = "KEY=VALUE")]
    pub dialect: Vec<String>,
    /// Faults to begin with, as JSON
    #[arg(long, value_name = "FILE")]
    pub faults: Option<PathBuf>,
    /// Write the journal here as well, one JSON entry a line
    #[arg(long, value_name = "FILE")]
    pub journal: Option<PathBuf>,
    /// Whether the vendors' rate limits hold
    #[arg(long, value_name = "off|documented", default_value = "off")]
    pub rate_limit: String,
    /// Written last, once every port listens
    #[arg(long, value_name = "FILE")]
    pub ready_file: Option<PathBuf>,
    /// Write a configuration for these mocks here, with credentials and a fresh ledger
    #[arg(long, value_name = "DIR")]
    pub write_config: Option<PathBuf>,
}

/// `scenario …`.
#[cfg(feature = "harness")]
#[derive(Debug, Subcommand)]
pub enum Scenario {
    /// Run stories, each in a world of its own; exit 1 if one fails, 3 if none fits
    #[command(
        after_help = "Examples:\n  countersign scenario run\n  countersign scenario run stories --cli ./our-client --junit results.xml\n  countersign scenario run --filter 'admin-by-request/ack-lost/*' --keep"
    )]
    Run(Box<ScenarioRun>),
    /// Read stories without running them: every mistake as file:line:column
    Check {
        /// Which.
        #[command(flatten)]
        which: WhichScenarios,
    },
    /// What there is to run
    List {
        /// Which.
        #[command(flatten)]
        which: WhichScenarios,
    },
    /// A story to begin with
    New {
        /// The file to write, as in stories/first.scenario.toml
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
    /// Canonical layout of scenario files
    Fmt {
        /// Write nothing; exit 2 if anything would change
        #[arg(long)]
        check: bool,
        /// The files
        #[arg(value_name = "FILE", required = true)]
        files: Vec<PathBuf>,
    },
}

/// Which stories are meant.
#[cfg(feature = "harness")]
#[derive(Debug, Args)]
pub struct WhichScenarios {
    /// Files, folders, or `bundled` for what this program carries (the default)
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Only stories whose SUITE/NAME or SUITE/NAME/CASE matches this glob
    #[arg(long, value_name = "GLOB")]
    pub filter: Option<String>,
    /// Only stories with this tag; may be given several times
    #[arg(long, value_name = "TAG")]
    pub tag: Vec<String>,
}

/// `scenario run`.
#[cfg(feature = "harness")]
#[derive(Debug, Args)]
pub struct ScenarioRun {
    /// Which.
    #[command(flatten)]
    pub which: WhichScenarios,
    /// The client that `{cli}` stands for, instead of this program
    #[arg(long, value_name = "PATH")]
    pub cli: Option<PathBuf>,
    /// Write the results here as JUnit XML
    #[arg(long, value_name = "FILE")]
    pub junit: Option<PathBuf>,
    /// The results as one JSON document, instead of text
    #[arg(long)]
    pub json: bool,
    /// Leave each story's folder, and say where it is
    #[arg(long)]
    pub keep: bool,
    /// Write the snapshots that stories name, instead of comparing them
    #[arg(long)]
    pub update: bool,
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
