//! The arguments of commands that compare decisions with queues, and of the one that decides.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};

use super::{Findings, ForMachines, Format, Reach, Selection, digest, duration};

/// `plan`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  countersign plan --out tonight.plan\n  countersign plan --detailed-exitcode --fail-on blocked\n  countersign -C change --config trusted/countersign.toml plan --snapshot snapshot.jsonl --base origin/main --format markdown\n  countersign plan --format html > plan.html",
    // The other commands with gates have no base.
    mut_arg("fail_on", |arg| arg.help("Exit 2 if any is found: blocked, undecided, drift, lapsed, carried-over (with --base), 'age>4h'"))
)]
pub struct Plan {
    /// Save the plan here, for `apply PLAN`
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Plan against a snapshot of `observe`; needs no credential
    #[arg(long, value_name = "FILE")]
    pub snapshot: Option<PathBuf>,
    /// Tell what this branch introduces, modifies and carries over against REF, from where it left REF;
    /// exit codes and --fail-on then count the first two only
    #[arg(long, value_name = "REF", allow_hyphen_values = true)]
    pub base: Option<String>,
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
    after_help = "Examples:\n  countersign apply tonight.plan --report apply.html\n  countersign apply --yes --expect-digest sha256:5b7c…\n  countersign apply --only deny,revoke\n  countersign apply --base origin/main~1"
)]
pub struct Apply {
    /// A file of `plan --out`: the file is the consent, nothing is asked
    #[arg(value_name = "PLAN", conflicts_with_all = ["target", "exclude", "queue", "ticket", "only", "expect_digest", "base"])]
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
    /// Tell what this branch introduces, modifies and carries over against REF, from where it left REF;
    /// the exit code then counts the first two only
    #[arg(long, value_name = "REF", allow_hyphen_values = true)]
    pub base: Option<String>,
    /// Write the final document here, however the run ends: .html, .md or .xml (JUnit) by its ending, else JSON
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
#[command(
    after_help = "Examples:\n  countersign status --fail-on 'drift,blocked,age>4h'\n  countersign status --format junit > status.xml"
)]
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
    after_help = "Examples:\n  countersign queue --new\n  countersign queue --queue helpdesk --since-id 65430931\n  countersign queue --fail-on 'age>4h'"
)]
pub struct Queue {
    /// Only requests that no decision file names
    #[arg(long)]
    pub new: bool,
    /// Read on from this id, itself included
    #[arg(long, value_name = "ID")]
    pub since_id: Option<String>,
    /// Which requests are listed; all of a queue are counted.
    #[command(flatten)]
    pub selection: Selection,
    /// Most requests of a queue to list; all are counted
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
