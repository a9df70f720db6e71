//! From a process to a command: arguments, streams, signals. What only `main` may take is handed in.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::File;
use std::io::{BufRead, Write};
use std::panic::AssertUnwindSafe;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use clap::Parser as _;
use clap::error::ErrorKind;
use futures_util::FutureExt as _;
use jiff::Timestamp;
use tokio::runtime::Runtime;
use tokio::signal::unix::{self, SignalKind};
use tokio::sync::{Notify, oneshot};

use crate::apply::{Signal, Stop, Stopper};
use crate::cli::{Cli, Color, Command};
use crate::commands::{self, Context};
use crate::error::Failure;
use crate::exit::Exit;
use crate::render::events::{UiEvent, lines};
use crate::render::{Screen, Streams, Style, Ui, json};
use crate::steps::{Step, Steps};

/// All that a process has and a function should not take by itself.
pub struct Process {
    /// The command line, the program's name first.
    pub args: Vec<OsString>,
    /// The environment.
    pub env: BTreeMap<String, String>,
    /// Names of variables of ours whose value is no text: a gate that cannot be read must not stand open.
    pub unreadable: Vec<String>,
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
    let exit = hear(&runtime, cli, process);
    // Whatever still runs after a second signal is not waited for.
    runtime.shutdown_background();
    exit
}

/// How long a command may take to end in its own way after a second signal, its report included.
const CUT_OFF: Duration = Duration::from_secs(1);

/// As much as the main thread has.
const STACK: usize = 8 << 20;

/// The command has a thread of its own, so that signals are heard even while it waits for a file or a program.
fn hear(runtime: &Runtime, cli: Cli, process: Process) -> Exit {
    let (stopper, stop) = Stop::channel();
    // Before anything else: a signal that comes early must not end the process in its own way.
    let signals = {
        let _within = runtime.enter();
        signals()
    };
    let cut = Arc::new(Notify::new());
    let (done, ended) = oneshot::channel();
    let (handle, heard, told) = (runtime.handle().clone(), stop.clone(), Arc::clone(&cut));
    let command = std::thread::Builder::new()
        .name("command".to_owned())
        .stack_size(STACK)
        .spawn(move || {
            // Nobody waits for it any more after a second signal.
            let _ = done.send(handle.block_on(serve(cli, process, stop, &told)));
        });
    if command.is_err() {
        return Exit::Error;
    }
    runtime.block_on(async {
        tokio::select! {
            // A fault outside of the command has been told with its place.
            exit = ended => exit.unwrap_or(Exit::Error),
            () = twice(&stopper, signals, &cut) => commands::cut_off(&heard).exit,
        }
    })
}

/// Help and version are results; anything else is a usage error, which must not look like "changes present".
///
/// Whoever listens in another way is told as well, although nothing could be made of the rest of the line.
fn explain_usage(error: &clap::Error, process: &mut Process) -> Exit {
    // Whoever does not read it will not miss it.
    let write = |stream: &mut Box<dyn Write + Send>, text: &str| {
        let _ = stream
            .write_all(text.as_bytes())
            .and_then(|()| stream.flush());
    };
    let rendered = error.render().to_string();
    if matches!(
        error.kind(),
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion
    ) {
        write(&mut process.stdout, &rendered);
        return Exit::Done;
    }
    write(&mut process.stderr, &rendered);
    let what = rendered.lines().next().unwrap_or_default();
    let saved = error.kind() == ErrorKind::ArgumentConflict && what.contains("[PLAN]");
    let hint = match saved {
        true => {
            "a saved plan is carried out as it is: choose where it is made, with `countersign plan --out FILE`"
        }
        false => "`countersign --help`, or --help after a command, tells what there is",
    };
    if saved {
        write(&mut process.stderr, &format!("  hint: {hint}\n"));
    }
    let failure = Failure::usage(what.trim_start_matches("error: ")).hint(hint);
    if process.args.iter().any(|word| word == "--json-events") {
        let now = (process.now)();
        for event in [UiEvent::Version, UiEvent::Failure(&failure)] {
            write(&mut process.stdout, &lines(&event, now));
        }
    } else if value_of(&process.args, "--format").is_some_and(|form| form == "json") {
        write(&mut process.stdout, &json::failure(&failure));
    }
    if process.args.iter().any(|word| word == "apply")
        && let Some(path) = value_of(&process.args, "--report")
        && let Err(unwritten) = commands::report_of_usage(Path::new(&path), &failure)
    {
        let text = crate::render::mistakes::failure(&unwritten, Style::PLAIN);
        write(&mut process.stderr, &text);
    }
    Exit::Usage
}

/// The value of an option, as far as can be told of a line that could not be understood.
fn value_of(args: &[OsString], option: &str) -> Option<OsString> {
    let apart = args.windows(2).find(|words| words[0] == option);
    let joined = || {
        let mut values = args.iter().filter_map(|word| word.to_str());
        values.find_map(|word| word.strip_prefix(option)?.strip_prefix('='))
    };
    match apart {
        Some(words) if !words[1].as_encoded_bytes().starts_with(b"-") => Some(words[1].clone()),
        Some(_) => None,
        None => joined().map(OsString::from),
    }
}

async fn serve(cli: Cli, process: Process, stop: Stop, cut: &Notify) -> Exit {
    let wants_json = cli.command.wants_json();
    let context = match context(&cli, process, stop) {
        Ok(context) => context,
        Err((failure, mut stderr)) => {
            let mut tell = |failure: &Failure| {
                let text = crate::render::mistakes::failure(failure, Style::PLAIN);
                // Nobody else is there to be told that this could not be written.
                let _ = stderr.write_all(text.as_bytes());
            };
            tell(&failure);
            if let Command::Apply(args) = &cli.command
                && let Some(path) = &args.report
                && let Err(unwritten) = commands::report_of_usage(path, &failure)
            {
                tell(&unwritten);
            }
            return failure.exit;
        }
    };
    let ended = match entered(context).await {
        Ok(context) => {
            let work = async {
                context.ui.event(&UiEvent::Version, context.now());
                context.steps.reached(Step::Start);
                commands::run(cli, &context).await
            };
            // What is left of the context after a fault is only told with, and a poisoned lock still tells.
            let work = AssertUnwindSafe(work).catch_unwind();
            let ended = tokio::select! {
                ended = work => ended.unwrap_or_else(|_| Err(commands::broken(&context.stop))),
                () = cut.notified() => Err(commands::cut_off(&context.stop)),
            };
            (ended, context)
        }
        Err((failure, context)) => (Err(failure), context),
    };
    let (ended, context) = ended;
    let exit = ended.unwrap_or_else(|failure| {
        context.ui.event(&UiEvent::Failure(&failure), context.now());
        context.ui.failure(&failure);
        if wants_json {
            context.ui.no_result(&json::failure(&failure));
        }
        failure.exit
    });
    match context.ui.finish() {
        Ok(()) => exit,
        Err(failure) => {
            context.ui.failure(&failure);
            exit.or(commands::untold(&context.stop, failure.exit))
        }
    }
}

/// With the harness, takes over what the environment asks for; without it, nothing can be asked for.
async fn entered(context: Context) -> Result<Context, (Failure, Context)> {
    #[cfg(feature = "harness")]
    return crate::harness::enter(context).await;
    #[cfg(not(feature = "harness"))]
    return Ok(context);
}

type Signals = (unix::Signal, unix::Signal);

fn signals() -> Option<Signals> {
    let interrupt = unix::signal(SignalKind::interrupt()).ok()?;
    Some((interrupt, unix::signal(SignalKind::terminate()).ok()?))
}

/// Tells of the first signal and of the second, and ends when the command does not end by itself then.
async fn twice(stopper: &Stopper, signals: Option<Signals>, cut: &Notify) {
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
            cut.notify_one();
            tokio::time::sleep(CUT_OFF).await;
            return;
        }
        first = false;
    }
}

type Refused = (Failure, Box<dyn Write + Send>);

fn context(cli: &Cli, process: Process, stop: Stop) -> Result<Context, Refused> {
    let screen = screen(cli, &process);
    let Process {
        args: _,
        env,
        unreadable,
        stdin,
        stdout,
        stderr,
        terminals,
        now,
        pid,
        program,
    } = process;
    if let Some(name) = unreadable.first() {
        let failure = Failure::error(format!("{name} is not UTF-8, so what it says is not known"))
            .at("the environment")
            .hint(format!("set {name} to plain text, or unset it"));
        return Err((failure, stderr));
    }
    let machines = cli.command.for_machines();
    let events = match machines.and_then(|machines| machines.json_into.as_ref()) {
        None => None,
        Some(path) => match File::create(path) {
            Ok(file) => Some(Box::new(file) as Box<dyn Write + Send>),
            Err(error) => {
                return Err((Failure::io("cannot write the events", path, &error), stderr));
            }
        },
    };
    let can_ask = terminals.stdin
        && terminals.stderr
        && !cli.global.no_input
        && !screen.events_on_stdout
        && !env.contains_key("CI");
    #[cfg(not(feature = "harness"))]
    let _ = program;
    Ok(Context {
        global: cli.global.clone(),
        ui: Ui::new(
            Streams {
                stdout,
                stderr,
                events,
            },
            screen,
        ),
        host: host(&env),
        clock: Arc::new(now),
        virtual_clock: None,
        stdin: Arc::new(Mutex::new(stdin)),
        can_ask,
        stop,
        steps: Steps::default(),
        pid,
        env,
        #[cfg(feature = "harness")]
        program,
        #[cfg(feature = "harness")]
        real_now: now,
    })
}

fn screen(cli: &Cli, process: &Process) -> Screen {
    let Process { env, terminals, .. } = process;
    let colour = |terminal: bool| match cli.global.color {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => {
            terminal
                && env.get("NO_COLOR").is_none_or(String::is_empty)
                && env.get("TERM").is_none_or(|term| term != "dumb")
        }
    };
    Screen {
        style: Style {
            // Whoever shows our output further on says how wide.
            width: terminals
                .width
                .or_else(|| env.get("COLUMNS")?.parse().ok())
                .unwrap_or(100)
                .min(140),
            colour: colour(terminals.stdout),
            verbose: cli.global.verbose,
        },
        stderr_colour: colour(terminals.stderr),
        bars: terminals.stderr,
        quiet: cli.global.quiet,
        events_on_stdout: cli
            .command
            .for_machines()
            .is_some_and(|machines| machines.json_events),
    }
}

/// The machine's name, for whoever finds its lock.
fn host(env: &BTreeMap<String, String>) -> Option<String> {
    let file = || std::fs::read_to_string("/etc/hostname").ok();
    let name = env.get("HOSTNAME").cloned().or_else(file)?;
    Some(name.trim().to_owned())
}
