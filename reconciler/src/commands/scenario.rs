//! `scenario …`: stories about a client and a mock vendor. The runner is the package `scenarios`; here its words meet ours.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use futures_util::stream::{self, StreamExt as _};
use scenarios::{Cell, Explored, Exploring, Found, NothingFound, Outcome, Query, Settings, Trial};

use super::Context;
use crate::apply::Signal;
use crate::cli::{Dialects, Scenario as Command, ScenarioExplore, ScenarioRun, WhichScenarios};
use crate::error::Failure;
use crate::exit::Exit;

/// `countersign scenario …`.
pub(super) async fn run(command: Command, context: &Context) -> Result<Exit, Failure> {
    match command {
        Command::Run(args) => play(&args, context).await,
        Command::Check { which } => check(&which, context),
        Command::List { which } => list(&which, context),
        Command::Explore(args) => explore(&args, context).await,
        Command::New { file } => new(&file, context),
        Command::Fmt { check, files } => fmt(check, &files, context),
    }
}

async fn play(args: &ScenarioRun, context: &Context) -> Result<Exit, Failure> {
    let Found { trials, mistakes } = find(&args.which)?;
    let settings = Settings {
        keep: args.keep,
        update: args.update,
        ..settings(args.cli.as_deref(), context)?
    };
    let jobs = jobs(args.jobs, 1);
    let mut outcomes = side_by_side(&trials, &settings, jobs, args, context).await?;
    let told = trials.iter().zip(&outcomes);
    let others: Vec<Trial> = match args.dialects {
        Dialects::Usual => Vec::new(),
        Dialects::Each => scenarios::each_dialect_once(told),
        Dialects::All => told
            .flat_map(|(trial, outcome)| scenarios::under_other_dialects(trial, outcome))
            .collect(),
    };
    let varied = args.dialects != Dialects::Usual;
    outcomes.extend(side_by_side(&others, &settings, jobs, args, context).await?);
    for mistake in &mistakes {
        context.ui.message(&format!("error: {mistake}\n"));
    }
    if let Some(path) = &args.junit {
        let xml = scenarios::junit(&outcomes, &mistakes, |outcome| replay(outcome, args));
        std::fs::write(path, xml)
            .map_err(|error| Failure::io("cannot write the results", path, &error))?;
    }
    let ui = &context.ui;
    if args.json {
        ui.result(&format!("{:#}\n", scenarios::json(&outcomes, &mistakes)));
    } else {
        ui.result(&scenarios::summary(&outcomes, &mistakes, varied));
    }
    let good = mistakes.is_empty() && outcomes.iter().all(Outcome::passed);
    Ok(if good { Exit::Done } else { Exit::Error })
}

// Runs them, tells each in the order of the files, and answers all.
async fn side_by_side(
    trials: &[Trial],
    settings: &Settings,
    jobs: usize,
    args: &ScenarioRun,
    context: &Context,
) -> Result<Vec<Outcome>, Failure> {
    let running = trials.iter().map(|trial| scenarios::run(trial, settings));
    let mut running = std::pin::pin!(stream::iter(running).buffered(jobs));
    let mut outcomes = Vec::new();
    loop {
        let outcome = tokio::select! {
            outcome = running.next() => outcome,
            () = context.stop.at_once() => {
                return Err(interrupted(outcomes.len(), trials.len(), context));
            }
        };
        let Some(outcome) = outcome else {
            return Ok(outcomes);
        };
        if !args.json {
            let text = scenarios::text(&outcome, &replay(&outcome, args));
            context.ui.result(&text);
        }
        outcomes.push(outcome);
    }
}

async fn explore(args: &ScenarioExplore, context: &Context) -> Result<Exit, Failure> {
    let Found { trials, mistakes } = find(&args.which)?;
    let settings = settings(args.cli.as_deref(), context)?;
    let only = args.only.as_deref().map(|glob| {
        let glob = globset::GlobBuilder::new(glob).build();
        glob.map(|glob| glob.compile_matcher())
    });
    let exploring = Exploring {
        only: only
            .transpose()
            .map_err(|error| Failure::usage(format!("--only: {error}")))?,
        jobs: jobs(args.jobs, 4),
    };
    let mut explored = Vec::new();
    for trial in &trials {
        let story = tokio::select! {
            story = scenarios::explore(trial, &settings, &exploring) => story,
            () = context.stop.at_once() => {
                return Err(interrupted(explored.len(), trials.len(), context));
            }
        };
        if !args.json && !story.silent() {
            let text = scenarios::explored_text(&story, |cell| replay_cell(&story, cell, args));
            context.ui.result(&text);
        }
        explored.push(story);
    }
    for mistake in &mistakes {
        context.ui.message(&format!("error: {mistake}\n"));
    }
    if args.json {
        let document = scenarios::explored_json(&explored, &mistakes, |story, cell| {
            replay_cell(story, cell, args)
        });
        context.ui.result(&format!("{document:#}\n"));
    }
    let good = mistakes.is_empty() && explored.iter().all(Explored::held);
    let worlds: usize = explored.iter().map(|story| story.cells.len()).sum();
    if good && worlds == 0 {
        let nothing = "no call of a story fits: nothing was disturbed, and nothing has held";
        return Err(Failure::new(Exit::Held, nothing).hint("leave out --only to see what there is"));
    }
    Ok(if good { Exit::Done } else { Exit::Error })
}

// What was running has ended with its world.
fn interrupted(done: usize, all: usize, context: &Context) -> Failure {
    let exit = match context.stop.asked() {
        Some(Signal::Terminate) => Exit::Terminated,
        Some(Signal::Interrupt) | None => Exit::Interrupted,
    };
    Failure::new(
        exit,
        format!("interrupted: {done} of {all} stories were played"),
    )
}

// As many as asked for, else so many for each processor.
fn jobs(asked: Option<NonZeroUsize>, each: usize) -> usize {
    let processors = || std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
    asked.map_or_else(|| processors() * each, NonZeroUsize::get)
}

fn settings(client: Option<&Path>, context: &Context) -> Result<Settings, Failure> {
    let client = client.unwrap_or(&context.program);
    // Each story starts it in a folder of its own, where a relative path would lead elsewhere.
    let client = std::path::absolute(client)
        .map_err(|error| Failure::io("cannot find the client", client, &error))?;
    if !client.is_file() {
        return Err(Failure::usage(format!(
            "--cli {}: no such file",
            client.display()
        )));
    }
    Ok(Settings {
        cli: vec![client.display().to_string()],
        path: context.env("PATH").unwrap_or_default().to_owned(),
        real_now: context.real_now,
        keep: false,
        update: false,
    })
}

/// The command that runs just this story in just this case.
fn replay(outcome: &Outcome, args: &ScenarioRun) -> String {
    let which = path(&outcome.path, &args.which);
    let client = client(args.cli.as_deref());
    // Under another dialect the story's name says which.
    let (name, dialects) = match outcome.name.split_once(" [") {
        Some((name, _)) => (name, " --dialects all"),
        None => (outcome.name.as_str(), ""),
    };
    let name = literally(name);
    format!("countersign scenario run {which} --filter {name} --keep{dialects}{client}")
}

/// The command that plays just this world.
fn replay_cell(story: &Explored, cell: &Cell, args: &ScenarioExplore) -> String {
    let which = path(&story.path, &args.which);
    let (name, cell) = (literally(&story.name), literally(&cell.name()));
    let client = client(args.cli.as_deref());
    format!("countersign scenario explore {which} --filter {name} --only {cell}{client}")
}

fn path(of: &str, which: &WhichScenarios) -> String {
    let carried = which.paths.is_empty() || which.paths.contains(&PathBuf::from("bundled"));
    if carried && !Path::new(of).exists() {
        "bundled".to_owned()
    } else {
        quoted(of)
    }
}

fn client(cli: Option<&Path>) -> String {
    let quoted = cli.map(|client| quoted(&client.display().to_string()));
    quoted.map_or_else(String::new, |client| format!(" --cli {client}"))
}

// A glob that matches this name and no other, for a shell.
fn literally(name: &str) -> String {
    quoted(&globset::escape(name))
}

fn quoted(word: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/-_.:,+=@".contains(&byte);
    if !word.is_empty() && word.bytes().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', "'\\''"))
}

fn check(which: &WhichScenarios, context: &Context) -> Result<Exit, Failure> {
    let Found { trials, mistakes } = find(which)?;
    for mistake in &mistakes {
        context.ui.message(&format!("error: {mistake}\n"));
    }
    if mistakes.is_empty() {
        context
            .ui
            .result(&format!("{} stories, no mistake.\n", trials.len()));
        return Ok(Exit::Done);
    }
    Ok(Exit::Error)
}

fn list(which: &WhichScenarios, context: &Context) -> Result<Exit, Failure> {
    let Found { trials, mistakes } = find(which)?;
    let width = trials
        .iter()
        .map(|trial| trial.name.len())
        .max()
        .unwrap_or(0);
    for trial in &trials {
        let scenario = &trial.variant.story.scenario;
        context.ui.result(&format!(
            "{:<width$}  {}  [{}]\n",
            trial.name,
            scenario.title,
            scenario.tags.join(", ")
        ));
    }
    for mistake in &mistakes {
        context.ui.message(&format!("error: {mistake}\n"));
    }
    Ok(if mistakes.is_empty() {
        Exit::Done
    } else {
        Exit::Error
    })
}

fn new(file: &Path, context: &Context) -> Result<Exit, Failure> {
    let name = file
        .file_name()
        .and_then(|name| name.to_str())
        .and_then(|name| name.strip_suffix(".scenario.toml"))
        .ok_or_else(|| {
            Failure::usage(format!(
                "{}: a story's file ends in .scenario.toml",
                file.display()
            ))
        })?;
    let suite = file
        .parent()
        .and_then(Path::file_name)
        .and_then(|suite| suite.to_str())
        .unwrap_or("stories");
    let folder = file.parent().map_or(Ok(()), std::fs::create_dir_all);
    let written = folder
        .and_then(|()| std::fs::File::create_new(file))
        .and_then(|mut file| {
            std::io::Write::write_all(
                &mut file,
                scenarios::template(&format!("{suite}/{name}")).as_bytes(),
            )
        });
    written.map_err(|error| Failure::io("cannot write the story", file, &error))?;
    context
        .ui
        .hint(&format!("countersign scenario run {}", file.display()));
    Ok(Exit::Done)
}

fn fmt(check: bool, files: &[PathBuf], context: &Context) -> Result<Exit, Failure> {
    let mut exit = Exit::Done;
    for file in files {
        let text = std::fs::read_to_string(file)
            .map_err(|error| Failure::io("cannot read", file, &error))?;
        let canonical = scenarios::layout(&text);
        if canonical == text {
            continue;
        }
        context.ui.result(&format!("{}\n", file.display()));
        if check {
            exit = Exit::Findings;
        } else {
            std::fs::write(file, canonical)
                .map_err(|error| Failure::io("cannot write", file, &error))?;
        }
    }
    Ok(exit)
}

fn find(which: &WhichScenarios) -> Result<Found, Failure> {
    let query = Query {
        paths: which.paths.clone(),
        filter: which.filter.clone(),
        tags: which.tag.clone(),
    };
    scenarios::find(&query).map_err(|nothing| match nothing {
        NothingFound::Usage(why) => Failure::usage(why),
        NothingFound::Nothing => Failure::new(Exit::Held, NothingFound::Nothing.to_string())
            .hint("countersign scenario list"),
    })
}
