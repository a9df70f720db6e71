//! The arguments of commands about files: what people write, and snapshots.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use clap::builder::RangedU64ValueParser;

use super::{Reach, duration};

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
    after_help = "Examples:\n  countersign draft --ticket CHG0031337 --expires 7d\n  countersign draft --target 'helpdesk/65430027' --refresh-guard\n  countersign draft --prune"
)]
pub struct Draft {
    /// Only these queues
    #[arg(value_name = "QUEUE")]
    pub queues: Vec<String>,
    /// Fill this ticket in
    #[arg(long)]
    pub ticket: Option<String>,
    /// Fill in an expiry this far from now, as in 7d
    #[arg(long, value_name = "DURATION", value_parser = some_time)]
    pub expires: Option<Duration>,
    /// Most files to write
    #[arg(long, default_value_t = 100, value_parser = RangedU64ValueParser::<usize>::new().range(1..))]
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
    /// Draft nothing; remove drafts that nobody has touched and whose request no longer waits
    #[arg(
        long,
        conflicts_with_all = ["refresh_guard", "into", "ticket", "expires", "max"]
    )]
    pub prune: bool,
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

/// `archive`.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  countersign archive --older-than 90d && git add --all decisions archive"
)]
pub struct Archive {
    /// Only what has been settled or inert for so long, as in 90d
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub older_than: Option<Duration>,
    /// How to reach the vendors.
    #[command(flatten)]
    pub reach: Reach,
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

/// A duration that is more than nothing: what expires at once is never decided.
fn some_time(text: &str) -> Result<Duration, String> {
    let time = duration(text)?;
    match time.is_zero() {
        true => Err("more than nothing, as in 7d".to_owned()),
        false => Ok(time),
    }
}
