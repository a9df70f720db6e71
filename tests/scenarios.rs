//! Every bundled scenario as a test of its own name, in each of its cases, with a transcript beside its file;
//! and beside them: broken clients are found out, what the guide shows works, mistakes are told with their place.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "a test program without the standard harness, and so without its exemptions"
)]

#[path = "scenarios/broken.rs"]
mod broken;
#[path = "scenarios/explored.rs"]
mod explored;
#[path = "scenarios/found_out.rs"]
mod found_out;
#[path = "scenarios/grammar.rs"]
mod grammar;
#[path = "scenarios/replay.rs"]
mod replay;
#[path = "scenarios/runner.rs"]
mod runner;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::{Mutex, PoisonError};

use libtest_mimic::{Arguments, Failed, Trial};
use scenarios::{Outcome, Query, Settings, Verdict};

/// Stories of several vendors.
const SEVERAL: &str = "together";

const CLIENT: &str = env!("CARGO_BIN_EXE_countersign");

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().collect();
    if arguments
        .get(1)
        .is_some_and(|first| first == broken::ARGUMENT)
    {
        return broken::main(&arguments[2..]);
    }
    let found = scenarios::find(&Query {
        paths: mock_servers::Vendor::ALL
            .iter()
            .map(|vendor| vendor.slug())
            .chain([SEVERAL])
            .map(|suite| house().join("scenarios").join(suite))
            .collect(),
        ..Query::default()
    });
    let found = match found {
        Ok(found) => found,
        Err(why) => {
            eprintln!("{why}");
            return ExitCode::FAILURE;
        }
    };
    let mut trials = grammar::trials();
    trials.extend(runner::trials());
    trials.push(Trial::test("check", move || {
        match found.mistakes.as_slice() {
            [] => Ok(()),
            mistakes => Err(Failed::from(format!("{mistakes:#?}"))),
        }
    }));
    for (mistake, story, step) in broken::MISTAKES {
        let story = found
            .trials
            .iter()
            .find(|trial| trial.name == *story)
            .cloned();
        trials.push(Trial::test(format!("broken/{mistake}"), move || {
            is_found_out(mistake, story.as_ref(), step)
        }));
    }
    trials.extend(explored::trials(&found.trials));
    trials.extend(found_out::trials());
    trials.extend(replay::trials());
    for (name, path, text) in written_down() {
        trials.push(Trial::test(name, move || passes_as_it_stands(&path, &text)));
    }
    for trial in found.trials {
        trials.push(Trial::test(trial.name.clone(), move || {
            tells_its_story(&trial)
        }));
    }
    let arguments = Arguments::from_args();
    let told = libtest_mimic::run(&arguments, trials);
    // A run of some stories is about those stories.
    let is_whole = arguments.filter.is_none() && arguments.skip.is_empty() && !arguments.list;
    if told.has_failed() || !is_whole {
        return told.exit_code();
    }
    libtest_mimic::run(&arguments, under_each_dialect()).exit_code()
}

/// The stories that were told, and how they went.
static TOLD: Mutex<Vec<(scenarios::Trial, Outcome)>> = Mutex::new(Vec::new());

/// What the documents leave open, each way once, in a story that rests on it: it must hold all the same.
fn under_each_dialect() -> Vec<Trial> {
    let mut told = TOLD.lock().unwrap_or_else(PoisonError::into_inner);
    told.sort_by(|(one, _), (other, _)| one.name.cmp(&other.name));
    let each = scenarios::each_dialect_once(told.iter().map(|(trial, outcome)| (trial, outcome)));
    let trial = |trial: scenarios::Trial| {
        Trial::test(trial.name.clone(), move || {
            passed(&play(&trial, vec![CLIENT.to_owned()])?)
        })
    };
    each.into_iter().map(trial).collect()
}

fn house() -> PathBuf {
    // The tests' folder is given relative to the package that they belong to.
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Stories that stand elsewhere than in a file of their own: the guide's, and the one to begin with.
fn written_down() -> Vec<(&'static str, String, String)> {
    let guide = std::fs::read_to_string(house().join("docs/scenarios.md")).unwrap();
    let story = guide
        .split("```toml\n")
        .filter_map(|rest| rest.split("```").next())
        .find(|block| block.starts_with("format = 1"));
    vec![
        (
            "guide",
            "docs/ours.scenario.toml".to_owned(),
            story.unwrap().to_owned(),
        ),
        (
            "template",
            "x/first.scenario.toml".to_owned(),
            scenarios::template("x/first"),
        ),
    ]
}

fn play(trial: &scenarios::Trial, client: Vec<String>) -> Result<Outcome, Failed> {
    let settings = Settings {
        cli: client,
        path: std::env::var("PATH").unwrap_or_default(),
        real_now: jiff::Timestamp::now,
        keep: false,
        update: false,
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    Ok(runtime.block_on(scenarios::run(trial, &settings)))
}

fn passed(outcome: &Outcome) -> Result<(), Failed> {
    if outcome.passed() {
        return Ok(());
    }
    let replay = format!(
        "countersign scenario run {} --filter '{}' --keep",
        outcome.path, outcome.name
    );
    Err(scenarios::text(outcome, &replay).into())
}

fn tells_its_story(trial: &scenarios::Trial) -> Result<(), Failed> {
    let outcome = play(trial, vec![CLIENT.to_owned()])?;
    passed(&outcome)?;
    let mut insta = insta::Settings::new();
    insta.set_snapshot_path(trial.folder.clone().unwrap_or_default());
    insta.set_prepend_module_to_snapshot(false);
    insta.set_omit_expression(true);
    let name = trial
        .name
        .split_once('/')
        .map_or(trial.name.as_str(), |(_, name)| name);
    insta.bind(|| insta::assert_snapshot!(name.replace('/', "__"), outcome.transcript));
    let mut told = TOLD.lock().unwrap_or_else(PoisonError::into_inner);
    told.push((trial.clone(), outcome));
    Ok(())
}

fn passes_as_it_stands(path: &str, text: &str) -> Result<(), Failed> {
    let variants = scenarios::read(path, text).map_err(|mistakes| format!("{mistakes:#?}"))?;
    for variant in variants {
        let trial = scenarios::Trial {
            name: path.to_owned(),
            path: path.to_owned(),
            folder: None,
            variant,
        };
        passed(&play(&trial, vec![CLIENT.to_owned()])?)?;
    }
    Ok(())
}

fn is_found_out(mistake: &str, story: Option<&scenarios::Trial>, step: &str) -> Result<(), Failed> {
    let story = story.ok_or("the story is gone")?;
    let this = std::env::current_exe()?.display().to_string();
    let client = [&this, broken::ARGUMENT, mistake, CLIENT].map(str::to_owned);
    let outcome = play(story, client.to_vec())?;
    let failed = outcome
        .steps
        .iter()
        .find(|step| matches!(step.verdict, Verdict::Failed(_)));
    // A client that crashes has another mistake than the one that is meant.
    let crashed = scenarios::text(&outcome, "").contains("panicked at");
    match failed {
        Some(failed) if failed.name == step && !crashed => Ok(()),
        _ => Err(format!(
            "not found out in step {step:?}:\n{}",
            scenarios::text(&outcome, "")
        )
        .into()),
    }
}
