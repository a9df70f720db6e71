//! Measures `countersign` against bare clients: mock, baselines and the release binary in turn, medians, ratios.
//!
//! `goals` holds the goals as data, `reads`, `worlds`, `files`, `calls` and `start` measure, `report` prints.
//! The baselines of `bare` run in a process of their own and tell their own time, without their start; what is
//! measured of `countersign` is all that its user waits for.

mod bare;
mod calls;
mod canned;
mod files;
mod goals;
mod process;
mod reads;
mod report;
mod start;
mod world;
mod worlds;

use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, ExitCode};

use clap::{Parser, Subcommand};

use goals::{Bench, Measured};

/// What can go wrong here is told, and ends the run.
type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// Measures countersign against bare clients.
#[derive(Debug, Parser)]
struct Args {
    /// Which benches; otherwise all
    #[arg(value_enum)]
    benches: Vec<Bench>,
    /// How often each side is run
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// Write the table here as well, as JSON
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Another binary to measure, for comparing two builds
    #[arg(long, value_name = "FILE")]
    countersign: Option<PathBuf>,
    /// A baseline, in a process of its own.
    #[command(subcommand)]
    baseline: Option<Baseline>,
}

#[derive(Debug, Subcommand)]
enum Baseline {
    /// Reads a queue to its end, bytes only
    #[command(hide = true)]
    BareRead { url: String, key: String },
    /// Reads, approves and reads again, as an apply must
    #[command(hide = true)]
    BareApply {
        url: String,
        key: String,
        at_once: usize,
        ids: PathBuf,
    },
    /// Serves a mock's pages from memory
    #[command(hide = true)]
    Canned { url: String, key: String },
    /// Parses a decision file whole
    #[command(hide = true)]
    ParseToml { file: PathBuf },
}

/// What every bench needs.
struct Tools {
    /// The binary that is measured.
    countersign: PathBuf,
    /// This binary, for the baselines.
    own: PathBuf,
    rounds: usize,
}

fn main() -> ExitCode {
    let args = Args::parse();
    let done = match &args.baseline {
        Some(Baseline::BareRead { url, key }) => bare::read(url, key),
        Some(Baseline::BareApply {
            url,
            key,
            at_once,
            ids,
        }) => bare::apply(url, key, *at_once, ids),
        Some(Baseline::Canned { url, key }) => canned::serve(url, key),
        Some(Baseline::ParseToml { file }) => files::parse_whole(file),
        None => measure(&args),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn measure(args: &Args) -> Result<()> {
    let own = std::env::current_exe()?;
    let tools = Tools {
        countersign: match &args.countersign {
            Some(binary) => binary.canonicalize()?,
            None => built(&own)?,
        },
        own,
        rounds: args.rounds.max(1),
    };
    let mut measured: Vec<Measured> = Vec::new();
    for bench in Bench::ALL {
        if args.benches.is_empty() || args.benches.contains(&bench) {
            let _ = writeln!(std::io::stderr(), "measuring {}…", bench.name());
            measured.extend(match bench {
                Bench::Scan => reads::scan(&tools)?,
                Bench::Points => reads::points(&tools)?,
                Bench::Mock => worlds::mock(&tools)?,
                Bench::Million => reads::million(&tools)?,
                Bench::Files => files::load(&tools)?,
                Bench::Start => start::version(&tools)?,
                Bench::Apply => calls::apply(&tools)?,
            });
        }
    }
    let lines = report::lines(&measured)?;
    std::io::stdout().write_all(report::text(&lines).as_bytes())?;
    if let Some(file) = &args.json {
        std::fs::write(file, report::json(&lines, tools.rounds)?)?;
    }
    Ok(())
}

/// Builds the release binary, so that what is measured is what is written here; it lies beside this one.
fn built(own: &std::path::Path) -> Result<PathBuf> {
    let built = Command::new(env!("CARGO"))
        .args(["build", "--release", "--quiet", "-p", "reconciler"])
        .status()?;
    if !built.success() {
        return Err("countersign does not build".into());
    }
    Ok(own.with_file_name("countersign"))
}
