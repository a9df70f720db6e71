//! One command, one file. They wire the parts together and choose the exit code; they never print.

mod apply;
mod archive;
mod asks;
mod authors;
mod base;
#[cfg(feature = "harness")]
mod demo;
mod doctor;
mod draft;
mod explain;
mod files;
mod fmt;
mod gates;
mod git;
mod init;
mod ledger;
mod listed;
mod manual;
#[cfg(feature = "harness")]
mod mock;
mod observe;
mod output;
mod plan;
mod provenance;
mod prune;
mod queue;
#[cfg(feature = "harness")]
mod scenario;
mod schema;
mod select;
mod setup;
mod show;
mod validate;
mod watch;

pub(crate) use apply::report_of_usage;

use std::collections::BTreeMap;
use std::io::BufRead;
use std::sync::{Arc, Mutex};

use crate::Clock;
use crate::apply::{Signal, Stop};
use crate::cli::{Cli, Command, Global, Ledger};
use crate::error::Failure;
use crate::exit::Exit;
use crate::model::counted;
use crate::render::Ui;
use crate::steps::Steps;

/// What a command is given beside its own arguments.
pub(crate) struct Context {
    pub(crate) global: Global,
    /// The only way to say something.
    pub(crate) ui: Ui,
    /// The environment, as taken in `main`.
    pub(crate) env: BTreeMap<String, String>,
    pub(crate) clock: Clock,
    /// Where the clock comes from, if it is not this machine's.
    pub(crate) virtual_clock: Option<String>,
    /// Answers to questions.
    pub(crate) stdin: Arc<Mutex<Box<dyn BufRead + Send>>>,
    /// Whether a question can be asked at all.
    pub(crate) can_ask: bool,
    pub(crate) stop: Stop,
    pub(crate) steps: Steps,
    pub(crate) pid: u32,
    pub(crate) host: Option<String>,
    /// This very program, for commands that start it again.
    #[cfg(feature = "harness")]
    pub(crate) program: std::path::PathBuf,
    /// This machine's time, for mock vendors whose clock is real.
    #[cfg(feature = "harness")]
    pub(crate) real_now: fn() -> jiff::Timestamp,
}

impl Context {
    pub(crate) fn now(&self) -> jiff::Timestamp {
        (self.clock)()
    }

    pub(crate) fn env(&self, name: &str) -> Option<&str> {
        self.env.get(name).map(String::as_str)
    }
}

/// What a second signal comes to: nothing is waited for, and what may have been sent is in doubt.
pub(crate) fn cut_off(stop: &Stop) -> Failure {
    let exit = match stop.asked() {
        Some(Signal::Terminate) => Exit::Terminated,
        Some(Signal::Interrupt) | None => Exit::Interrupted,
    };
    match stop.in_doubt() {
        0 => Failure::new(exit, "interrupted twice; ended at once"),
        calls => Failure::new(
            exit.or(Exit::InDoubt),
            format!(
                "interrupted twice; ended at once, {} in doubt",
                counted(calls, "call")
            ),
        )
        .hint("`countersign apply` reads their requests again before anything else"),
    }
}

/// The exit code where what happened could not be told: once a call was made, it is no error before any.
pub(crate) fn untold(stop: &Stop, exit: Exit) -> Exit {
    match (exit, stop.sent()) {
        (Exit::Error, 1..) => Exit::Partial,
        (exit, _) => exit,
    }
}

/// What a fault of the program's own comes to: its place has been told, and this is what it leaves behind.
pub(crate) fn broken(stop: &Stop) -> Failure {
    let report = "report the fault with that place and the command";
    match (stop.in_doubt(), stop.sent()) {
        (0, 0) => Failure::error("the run ended there; nothing was sent").hint(report),
        (0, sent) => {
            let what = format!("the run ended there, after {}", counted(sent, "call"));
            let hint = format!("`countersign apply` goes on with the rest; {report}");
            Failure::new(Exit::Partial, what).hint(hint)
        }
        (calls, _) => {
            let what = format!("the run ended there, {} in doubt", counted(calls, "call"));
            let hint = format!(
                "`countersign apply` reads their requests again before anything else; {report}"
            );
            Failure::new(Exit::InDoubt, what).hint(hint)
        }
    }
}

/// Runs one command to its end.
pub(crate) async fn run(cli: Cli, context: &Context) -> Result<Exit, Failure> {
    match cli.command {
        #[cfg(feature = "harness")]
        Command::Demo => demo::run(context).await,
        Command::Init(args) => init::run(&args, context),
        Command::Draft(args) => draft::run(&args, context).await,
        Command::Archive(args) => archive::run(&args, context).await,
        Command::Validate(_) => validate::run(context),
        Command::Fmt(args) => fmt::run(&args, context),
        Command::Observe(args) => observe::run(&args, context).await,
        Command::Plan(args) => plan::run(&args, context).await,
        Command::Show(args) => show::run(&args, context),
        Command::Apply(args) => apply::run(&args, context).await,
        Command::Status(args) => plan::status(&args, context).await,
        Command::Queue(args) => queue::run(&args, context).await,
        Command::Ledger(Ledger::Init) => ledger::init(context),
        Command::Ledger(Ledger::Verify { head }) => ledger::verify(head.as_deref(), context),
        Command::Ledger(Ledger::Show { format }) => ledger::show(format, context),
        Command::Ledger(Ledger::Export { format }) => ledger::export(format, context),
        Command::Ledger(Ledger::Recover) => ledger::recover(context),
        Command::Ledger(Ledger::Explain { address }) => ledger::explain(&address, context),
        Command::Ledger(Ledger::Resolve {
            address,
            resolution,
            because,
        }) => ledger::resolve(&address, resolution.into(), &because, context).await,
        Command::Doctor(args) => doctor::run(&args, context).await,
        Command::Schema(args) => Ok(schema::run(&args, context)),
        Command::Completions(args) => Ok(manual::completions(&args, context)),
        Command::Man(args) => manual::man(&args, context),
        Command::Explain(args) => explain::run(&args, context),
        #[cfg(feature = "harness")]
        Command::Mock(crate::cli::Mock::Serve(args)) => mock::serve(&args, context).await,
        #[cfg(feature = "harness")]
        Command::Scenario(command) => scenario::run(command, context).await,
    }
}
