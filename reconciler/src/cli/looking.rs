//! The arguments of commands that look: at the ledger, the queues' health, a code.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use clap_complete::Shell;

use super::{Reach, digest};
use crate::model::Resolution;

/// `ledger …`.
#[derive(Debug, Subcommand)]
#[command(
    after_help = "Examples:\n  countersign ledger verify\n  countersign ledger explain helpdesk/65430027"
)]
pub enum Ledger {
    /// Make a new, empty ledger where the configuration wants it
    #[command(after_help = "Example:\n  countersign ledger init")]
    Init,
    /// Check every record; tells where the ledger ends
    #[command(
        after_help = "Examples:\n  countersign ledger verify\n  countersign ledger verify --head sha256:5b7c…"
    )]
    Verify {
        /// Also that it contains this record
        #[arg(long, value_name = "sha256:HEX", value_parser = digest)]
        head: Option<String>,
    },
    /// What stands in it, newest last
    #[command(after_help = "Example:\n  countersign ledger show --format json")]
    Show {
        /// What the result looks like
        #[arg(long, value_enum, default_value = "text")]
        format: LedgerFormat,
    },
    /// Every call that may have been made, a row each, for auditors
    #[command(after_help = "Example:\n  countersign ledger export > calls.csv")]
    Export {
        /// What the result looks like
        #[arg(long, value_enum, default_value = "csv")]
        format: ExportFormat,
    },
    /// A new ledger in the place of a damaged one, which is kept; what is not proven is in doubt. Asks no vendor
    #[command(after_help = "Example:\n  countersign ledger recover && countersign apply")]
    Recover,
    /// Everything that is known about one request
    #[command(after_help = "Example:\n  countersign ledger explain helpdesk/65430027")]
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

/// What the ledger looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LedgerFormat {
    /// For people
    Text,
    /// One array, an object a record
    Json,
}

/// What an export looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ExportFormat {
    /// One line a call, for spreadsheets: no cell is computed
    Csv,
    /// One array, an object a call
    Json,
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

/// `schema`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  countersign schema decisions > schemas/decisions.schema.json\n  countersign schema events"
)]
pub struct Schema {
    /// Of what
    #[arg(value_enum)]
    pub of: SchemaOf,
}

/// What a schema describes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SchemaOf {
    /// Decision files
    Decisions,
    /// countersign.toml
    Config,
    /// What `plan --format json` prints, and the `plan` member of a saved plan
    Plan,
    /// A line of `--json-events`
    Events,
}

/// `completions`.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  countersign completions bash > ~/.local/share/bash-completion/completions/countersign"
)]
pub struct Completions {
    /// The shell
    #[arg(value_enum)]
    pub shell: Shell,
}

/// `man`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  countersign man | man -l -\n  countersign man --into ~/.local/share/man/man1"
)]
pub struct Man {
    /// Every command's page, each in a file of its own, in this folder
    #[arg(long, value_name = "DIR")]
    pub into: Option<PathBuf>,
}
