//! Measures `countersign` against bare clients: mock, baselines and the binary in turn, medians, ratios.
//!
//! `goals` holds the goals as data and `suite` the benches; `reads`, `far`, `files`, `millions`, `calls`, `start`,
//! `octodns`, `mocks`, `base` and `soak` measure, `report` tells. The baselines of `bare`, `files` and `handler` run in
//! a process of their own, as does what is soaked; those of `baselines/` are Python. A baseline tells its own time, without its start; what is measured
//! of `countersign` is all that its user waits for.

mod bare;
mod base;
mod calls;
mod canned;
mod far;
mod files;
mod goals;
mod handler;
mod machine;
mod measured;
mod millions;
mod mocks;
mod octodns;
mod process;
mod profile;
mod reads;
mod report;
mod sample;
mod soak;
mod stage;
mod start;
mod suite;
mod world;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::Instant;

use clap::{Parser, Subcommand};

use machine::Machine;
use report::Verdict;
use stage::Stage;
use suite::{BENCHES, Bench};

/// What can go wrong here is told; only a [`Missing`] is no fault.
type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// What this machine or this build does not have, so that something cannot be measured here.
#[derive(Clone, Debug)]
struct Missing(String);

impl std::fmt::Display for Missing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Missing {}

/// The name under which the profile is asked for.
const PROFILE: &str = "profile";

/// Measures countersign against bare clients, in one run, in turn
#[derive(Debug, Parser)]
#[command(args_conflicts_with_subcommands = true)]
struct Args {
    /// Goals such as G3, or all
    #[arg(value_name = "GOAL")]
    benches: Vec<String>,
    /// Show what can be asked for
    #[arg(long)]
    list: bool,
    /// Small sizes and one round: whether the benches are right, not how fast anything is
    #[arg(long)]
    small: bool,
    /// How often each side is run, instead of what each bench has
    #[arg(long)]
    rounds: Option<usize>,
    /// Write the table here as well, as JSON
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Put table, machine and explanations between the marks of this document
    #[arg(long, value_name = "FILE")]
    into: Option<PathBuf>,
    /// Exit 1 where a goal is not reached
    #[arg(long)]
    strict: bool,
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
    /// Reads one page so many times
    #[command(hide = true)]
    BarePage {
        url: String,
        key: String,
        times: u32,
    },
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
    /// Serves one page of a mock
    #[command(hide = true)]
    Handler { url: String, key: String },
    /// Parses a decision file whole
    #[command(hide = true)]
    ParseToml { file: PathBuf },
    /// Runs commands of countersign, one a line, all in this process
    #[command(hide = true)]
    SoakClient { clock: String },
}

fn main() -> ExitCode {
    let args = Args::parse();
    let done = match &args.baseline {
        Some(Baseline::BareRead { url, key }) => bare::read(url, key),
        Some(Baseline::BarePage { url, key, times }) => bare::page(url, key, *times),
        Some(Baseline::BareApply {
            url,
            key,
            at_once,
            ids,
        }) => bare::apply(url, key, *at_once, ids),
        Some(Baseline::Canned { url, key }) => canned::serve(url, key),
        Some(Baseline::Handler { url, key }) => handler::serve(url, key),
        Some(Baseline::ParseToml { file }) => files::parse_whole(file),
        Some(Baseline::SoakClient { clock }) => soak::client::serve(clock),
        None if args.list || args.benches.is_empty() => list(),
        None => measure(&args),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say(&format!("error: {error}"));
            ExitCode::FAILURE
        }
    }
}

fn say(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}

/// What can be asked for.
fn list() -> Result<()> {
    let mut out = std::io::stdout();
    for bench in BENCHES {
        for goal in bench.goals() {
            let against = goal.against.map(|against| format!(", against {against}"));
            let against = against.unwrap_or_default();
            writeln!(out, "{:<8} {}{against}", bench.name, goal.what)?;
        }
    }
    writeln!(out, "{PROFILE:<8} where the time of G1's plan goes")?;
    Ok(())
}

/// The benches that are meant, and whether the profile is.
fn chosen(asked: &[String]) -> Result<(Vec<&'static Bench>, bool)> {
    let is = |name: &str| asked.iter().any(|asked| asked.eq_ignore_ascii_case(name));
    let known = |asked: &&String| {
        let names = BENCHES.iter().map(|bench| bench.name);
        let mut names = names.chain([PROFILE, "all"]);
        names.any(|name| asked.eq_ignore_ascii_case(name))
    };
    if let Some(odd) = asked.iter().find(|asked| !known(asked)) {
        return Err(format!("nothing is called {odd}; --list shows what there is").into());
    }
    let all = is("all");
    let benches = BENCHES.iter().filter(|bench| all || is(bench.name));
    Ok((benches.collect(), all || is(PROFILE)))
}

fn measure(args: &Args) -> Result<()> {
    if args.small && args.into.is_some() {
        return Err("small sizes say nothing, so they do not go into a document".into());
    }
    let (benches, with_profile) = chosen(&args.benches)?;
    let machine = Machine::look();
    let own = std::env::current_exe()?;
    let countersign = match &args.countersign {
        Some(binary) => binary.canonicalize()?,
        None => built(&own)?,
    };
    let stage = Stage::new(countersign, own, args.small, args.rounds);
    let (mut measured, mut wrong) = (Vec::new(), Vec::new());
    for bench in benches {
        let began = Instant::now();
        let (found, is_wrong) = bench.measure(&stage);
        let (name, took) = (bench.name, began.elapsed().as_secs_f64());
        let brief = report::brief(&report::lines(&found, args.small)?);
        say(&format!("{name}, in {took:.0} s\n{}", brief.trim_end()));
        measured.extend(found);
        if is_wrong {
            wrong.push(bench.name);
        }
    }
    let profile = if with_profile {
        profile::largest_plan(&stage).map_err(|error| {
            if !error.is::<Missing>() {
                wrong.push(PROFILE);
            }
            error.to_string()
        })
    } else {
        Err("it was not asked for".to_owned())
    };
    let lines = report::lines(&measured, args.small)?;
    let mut out = std::io::stdout();
    out.write_all(report::text(&lines, args.small).as_bytes())?;
    if let (true, Ok(profile)) = (with_profile && !args.small, &profile) {
        out.write_all(profile.markdown().as_bytes())?;
    }
    if let Some(file) = &args.json {
        std::fs::write(file, report::json(&lines, &machine, &profile)?)?;
    }
    if let Some(file) = &args.into {
        let document = std::fs::read_to_string(file)?;
        let told = report::markdown(&lines, &machine, &profile);
        std::fs::write(file, report::replaced(&document, &told)?)?;
    }
    if !wrong.is_empty() {
        return Err(format!("could not be run: {}", wrong.join(", ")).into());
    }
    if args.strict && lines.iter().any(|line| line.verdict == Verdict::Short) {
        return Err("a goal is not reached".into());
    }
    Ok(())
}

/// Builds the binary in the profile of this one, so that what is measured is what is written here; it lies beside it.
fn built(own: &Path) -> Result<PathBuf> {
    let mut build = Command::new(env!("CARGO"));
    build.args(["build", "--quiet", "-p", "reconciler"]);
    if !cfg!(debug_assertions) {
        build.arg("--release");
    }
    if !build.status()?.success() {
        return Err("countersign does not build".into());
    }
    Ok(own.with_file_name("countersign"))
}
