//! The arguments of the mock vendors and of scenarios; only in builds with the harness.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// `mock …`.
#[derive(Debug, Subcommand)]
#[command(
    after_help = "Example:\n  countersign mock serve --write-config try\n  cd try && countersign draft    # in another shell"
)]
pub enum Mock {
    /// Serve mock vendors on loopback until interrupted
    Serve(Box<MockServe>),
}

/// `mock serve`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  countersign mock serve --write-config try\n  cd try && countersign draft    # in another shell\n  countersign mock serve --generate admin-by-request=1000000 --ready-file ready.json"
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
    /// How the vendors are reached; `self-signed` makes a certificate that only `ca-file` trusts
    #[arg(long, value_name = "off|self-signed", default_value = "off")]
    pub tls: String,
    /// Written last, once every port listens
    #[arg(long, value_name = "FILE")]
    pub ready_file: Option<PathBuf>,
    /// Write a configuration for these mocks here, with credentials and a fresh ledger
    #[arg(long, value_name = "DIR")]
    pub write_config: Option<PathBuf>,
}

/// `scenario …`.
#[derive(Debug, Subcommand)]
#[command(
    after_help = "Examples:\n  countersign scenario new stories/first.scenario.toml\n  countersign scenario run stories"
)]
pub enum Scenario {
    /// Run stories, each in a world of its own; exit 1 if one fails, 3 if none fits
    #[command(
        after_help = "Examples:\n  countersign scenario run\n  countersign scenario run stories --cli ./our-client --junit results.xml\n  countersign scenario run --filter 'admin-by-request/ack-lost/*' --keep"
    )]
    Run(Box<ScenarioRun>),
    /// Read stories without running them: every mistake as file:line:column
    #[command(after_help = "Example:\n  countersign scenario check stories")]
    Check {
        /// Which.
        #[command(flatten)]
        which: WhichScenarios,
    },
    /// What there is to run
    #[command(after_help = "Example:\n  countersign scenario list --filter 'admin-by-request/*'")]
    List {
        /// Which.
        #[command(flatten)]
        which: WhichScenarios,
    },
    /// Play stories under every fault at every call, and kill the client there; exit 1 if a law breaks
    #[command(
        after_help = "Examples:\n  countersign scenario explore --filter admin-by-request/happy-path\n  countersign scenario explore ours --only 'apply/*/kill-*'\n\nIn every disturbed world the client runs again until nothing is left to do; then the laws of\ndocs/scenarios.md must hold, among them: nothing is done twice, it settles, the exit code tells the truth."
    )]
    Explore(Box<ScenarioExplore>),
    /// A story to begin with
    #[command(after_help = "Example:\n  countersign scenario new stories/first.scenario.toml")]
    New {
        /// The file to write, as in stories/first.scenario.toml
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
    /// Canonical layout of scenario files
    #[command(
        after_help = "Example:\n  countersign scenario fmt --check stories/first.scenario.toml"
    )]
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

/// How the mocks behave where the vendors' documents are silent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Dialects {
    /// As the story says, else as usual.
    Usual,
    /// Then each other way once, in one of the stories that touch it.
    Each,
    /// Then each story under every other way that it touches.
    All,
}

/// `scenario run`.
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
    /// `all`: each story again for each way in which an undocumented behaviour that it touches could be
    #[arg(long, value_name = "usual|all", default_value = "usual")]
    pub dialects: Dialects,
    /// How many stories run side by side; default the number of processors
    #[arg(long, value_name = "N")]
    pub jobs: Option<std::num::NonZeroUsize>,
}

/// `scenario explore`.
#[derive(Debug, Args)]
pub struct ScenarioExplore {
    /// Which.
    #[command(flatten)]
    pub which: WhichScenarios,
    /// The client that `{cli}` stands for, instead of this program
    #[arg(long, value_name = "PATH")]
    pub cli: Option<PathBuf>,
    /// Only worlds whose STEP/OPERATION:REQUEST:NTH/DISTURBANCE matches this glob; one alone is told in full
    #[arg(long, value_name = "GLOB")]
    pub only: Option<String>,
    /// How many worlds stand side by side; default four for each processor, since most of the time is waiting
    #[arg(long, value_name = "N")]
    pub jobs: Option<std::num::NonZeroUsize>,
    /// The results as one JSON document, instead of text
    #[arg(long)]
    pub json: bool,
}
