//! From a process to a command: arguments, streams, signals. What only `main` may take is handed in.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::File;
use std::io::{BufRead, Write};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use clap::Parser as _;
use clap::error::ErrorKind;
use jiff::Timestamp;
use tokio::signal::unix::{self, SignalKind};

use crate::apply::{Signal, Stop, Stopper};
use crate::cli::{Cli, Color, ForMachines};
use crate::commands::{self, Context};
use crate::error::Failure;
use crate::exit::Exit;
use crate::render::events::UiEvent;
use crate::render::{Screen, Streams, Style, Ui};
use crate::steps::Steps;

/// All that a process has and a function should not take by itself.
pub struct Process {
    /// The command line, the program's name first.
    pub args: Vec<OsString>,
    /// The environment.
    pub env: BTreeMap<String, String>,
    /// Standard input.
    pub stdin: Box<dyn BufRead + Send>,
    /// Standard output.
    pub stdout: Box<dyn Write + Send>,
    /// Standard error.
    pub stderr: Box<dyn Write + Send>,
    /// Which of them are terminals.
    pub terminals: Terminals,
    /// This machine's time.
    pub now: fn() -> Timestamp,
    /// The process's number.
    pub pid: u32,
    /// This very program.
    pub program: PathBuf,
}

/// Which streams are terminals, and how wide.
#[derive(Clone, Copy, Debug, Default)]
pub struct Terminals {
    /// Standard input.
    pub stdin: bool,
    /// Standard output.
    pub stdout: bool,
    /// Standard error.
    pub stderr: bool,
    /// Columns, where known.
    pub width: Option<usize>,
}

/// Runs the program to its end.
#[must_use]
pub fn run(mut process: Process) -> Exit {
    let cli = match Cli::try_parse_from(&process.args) {
        Ok(cli) => cli,
        Err(error) => return explain_usage(&error, &mut process),
    };
    // Threads of their own: one for what waits on vendors, one for what parses their answers.
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => {
            let _ = writeln!(process.stderr, "error: cannot start: {error}");
            return Exit::Error;
        }
    };
    let exit = runtime.block_on(serve(cli, process));
    // Whatever still runs after a second signal is not waited for.
    runtime.shutdown_background();
    exit
}

/// Help and version are results; anything else is a usage error, which must not look like "changes present".
fn explain_usage(error: &clap::Error, process: &mut Process) -> Exit {
    let rendered = error.render().to_string();
    let is_result = matches!(
        error.kind(),
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion
    );
    let (stream, exit) = if is_result {
        (&mut process.stdout, Exit::Done)
    } else {
        (&mut process.stderr, Exit::Usage)
    };
    // Whoever does not read it will not miss it.
    let _ = stream
        .write_all(rendered.as_bytes())
        .and_then(|()| stream.flush());
    exit
}

async fn serve(cli: Cli, process: Process) -> Exit {
    let (stopper, stop) = Stop::channel();
    // Before anything else: a signal that comes early must not end the process in its own way.
    let signals = signals();
    let context = match context(&cli, process, stop).await {
        Ok(context) => context,
        Err((failure, mut stderr)) => {
            let _ = stderr
                .write_all(crate::render::mistakes::failure(&failure, Style::PLAIN).as_bytes());
            return failure.exit;
        }
    };
    context.steps.reached(crate::steps::Step::Start);
    context.ui.event(&UiEvent::Version, context.now());
    let ended = tokio::select! {
        ended = commands::run(cli, &context) => ended,
        () = twice(&stopper, signals) => Err(commands::cut_off(&context.stop)),
    };
    let exit = match ended {
        Ok(exit) => exit,
        Err(failure) => {
            context.ui.event(&UiEvent::Failure(&failure), context.now());
            context.ui.failure(&failure);
            failure.exit
        }
    };
    match context.ui.finish() {
        Ok(()) => exit,
        Err(failure) => exit.or(failure.exit),
    }
}

type Signals = (unix::Signal, unix::Signal);

fn signals() -> Option<Signals> {
    let interrupt = unix::signal(SignalKind::interrupt()).ok()?;
    Some((interrupt, unix::signal(SignalKind::terminate()).ok()?))
}

/// Tells of the first signal, and ends with the second.
async fn twice(stopper: &Stopper, signals: Option<Signals>) {
    let Some((mut interrupt, mut terminate)) = signals else {
        return std::future::pending().await;
    };
    let mut first = true;
    loop {
        let signal = tokio::select! {
            _ = interrupt.recv() => Signal::Interrupt,
            _ = terminate.recv() => Signal::Terminate,
        };
        // Nobody may be listening any more; then the command is ending anyway.
        let _ = stopper.send(Some(signal));
        if !first {
            return;
        }
        first = false;
    }
}

type Refused = (Failure, Box<dyn Write + Send>);

async fn context(cli: &Cli, process: Process, stop: Stop) -> Result<Context, Refused> {
    let Process {
        args: _,
        env,
        stdin,
        stdout,
        stderr,
        terminals,
        now,
        pid,
        program,
    } = process;
    let for_machines = cli.command.for_machines();
    let events_on_stdout = for_machines.is_some_and(|machines| machines.json_events);
    let into = match for_machines
        .and_then(|ForMachines { json_into, .. }| json_into.as_ref())
        .map(|path| (path, File::create(path)))
    {
        None => None,
        Some((_, Ok(file))) => Some(Box::new(file) as Box<dyn Write + Send>),
        Some((path, Err(error))) => {
            return Err((Failure::io("cannot write the events", path, &error), stderr));
        }
    };
    let colour = |terminal: bool| match cli.global.color {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => {
            terminal
                && env.get("NO_COLOR").is_none_or(String::is_empty)
                && env.get("TERM").is_none_or(|term| term != "dumb")
        }
    };
    let screen = Screen {
        style: Style {
            width: terminals.width.unwrap_or(100).min(140),
            colour: colour(terminals.stdout),
            verbose: cli.global.verbose,
        },
        stderr_colour: colour(terminals.stderr),
        bars: terminals.stderr,
        quiet: cli.global.quiet,
        events_on_stdout,
    };
    let can_ask = terminals.stdin
        && terminals.stderr
        && !cli.global.no_input
        && !events_on_stdout
        && !env.contains_key("CI");
    let ui = Ui::new(
        Streams {
            stdout,
            stderr,
            events: into,
        },
        screen,
    );
    let mut context = Context {
        global: cli.global.clone(),
        ui,
        host: env.get("HOSTNAME").cloned().or_else(|| {
            std::fs::read_to_string("/etc/hostname")
                .ok()
                .map(|name| name.trim().to_owned())
        }),
        clock: Arc::new(now),
        virtual_clock: None,
        stdin: Mutex::new(stdin),
        can_ask,
        stop,
        steps: Steps::default(),
        pid,
        env,
        #[cfg(feature = "harness")]
        program,
        #[cfg(feature = "harness")]
        real_now: now,
    };
    #[cfg(not(feature = "harness"))]
    let _ = program;
    #[cfg(feature = "harness")]
    if let Err(failure) = crate::harness::enter(&mut context).await {
        let mut rendered = Vec::new();
        let _ =
            rendered.write_all(crate::render::mistakes::failure(&failure, Style::PLAIN).as_bytes());
        context.ui.failure(&failure);
        return Err((failure, Box::new(std::io::sink())));
    }
    Ok(context)
}
