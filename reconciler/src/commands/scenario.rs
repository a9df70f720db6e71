//! `scenario …`: stories about a client and a mock vendor. The runner is the package `scenarios`; here its words meet ours.

use std::path::{Path, PathBuf};

use scenarios::{Found, NothingFound, Outcome, Query, Settings};

use super::Context;
use crate::cli::{Scenario as Command, ScenarioRun, WhichScenarios};
use crate::error::Failure;
use crate::exit::Exit;

/// `countersign scenario …`.
pub(super) async fn run(command: Command, context: &Context) -> Result<Exit, Failure> {
    match command {
        Command::Run(args) => play(&args, context).await,
        Command::Check { which } => check(&which, context),
        Command::List { which } => list(&which, context),
        Command::New { file } => new(&file, context),
        Command::Fmt { check, files } => fmt(check, &files, context),
    }
}

async fn play(args: &ScenarioRun, context: &Context) -> Result<Exit, Failure> {
    let Found { trials, mistakes } = find(&args.which)?;
    let settings = settings(args, context)?;
    let mut outcomes: Vec<Outcome> = Vec::new();
    for trial in &trials {
        let outcome = tokio::select! {
            outcome = scenarios::run(trial, &settings) => outcome,
            _ = context.stop.at_once() => break,
        };
        if !args.json {
            context
                .ui
                .result(&scenarios::text(&outcome, &replay(&outcome, args)));
        }
        outcomes.push(outcome);
    }
    for mistake in &mistakes {
        context.ui.message(&format!("error: {mistake}\n"));
    }
    if let Some(path) = &args.junit {
        let xml = scenarios::junit(&outcomes, &mistakes, |outcome| replay(outcome, args));
        std::fs::write(path, xml)
            .map_err(|error| Failure::io("cannot write the results", path, &error))?;
    }
    if args.json {
        context
            .ui
            .result(&format!("{:#}\n", scenarios::json(&outcomes, &mistakes)));
    } else {
        context.ui.result(&scenarios::summary(&outcomes, &mistakes));
    }
    let all_ran = outcomes.len() == trials.len();
    let good = all_ran && mistakes.is_empty() && outcomes.iter().all(Outcome::passed);
    Ok(if good { Exit::Done } else { Exit::Error })
}

fn settings(args: &ScenarioRun, context: &Context) -> Result<Settings, Failure> {
    let client = args.cli.as_ref().unwrap_or(&context.program);
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
        keep: args.keep,
        update: args.update,
    })
}

/// The command that runs just this story in just this case.
fn replay(outcome: &Outcome, args: &ScenarioRun) -> String {
    let path = if args.which.paths.is_empty() || args.which.paths == [PathBuf::from("bundled")] {
        "bundled"
    } else {
        &outcome.path
    };
    let client = args
        .cli
        .as_ref()
        .map(|client| format!(" --cli {}", client.display()))
        .unwrap_or_default();
    format!(
        "countersign scenario run {path} --filter '{}' --keep{client}",
        outcome.name
    )
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
    let written = std::fs::File::create_new(file).and_then(|mut file| {
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
