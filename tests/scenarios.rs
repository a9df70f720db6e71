//! Every bundled scenario as a test of its own name, in each of its cases, with a transcript beside its file.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use libtest_mimic::{Arguments, Failed, Trial};
use scenarios::{Query, Settings};

fn main() -> ExitCode {
    let found = scenarios::find(&Query {
        paths: vec![stories()],
        ..Query::default()
    });
    let found = match found {
        Ok(found) => found,
        Err(why) => {
            eprintln!("{why}");
            return ExitCode::FAILURE;
        }
    };
    let mut trials = vec![Trial::test("check", move || match found.mistakes.as_slice() {
        [] => Ok(()),
        mistakes => Err(Failed::from(
            mistakes.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"),
        )),
    })];
    for trial in found.trials {
        trials.push(Trial::test(trial.name.clone(), move || play(&trial)));
    }
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

fn stories() -> PathBuf {
    // The tests' folder is given relative to the package that they belong to.
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../scenarios/admin-by-request")
}

#[allow(
    clippy::disallowed_methods,
    reason = "a test takes clock and environment itself"
)]
fn play(trial: &scenarios::Trial) -> Result<(), Failed> {
    let settings = Settings {
        cli: vec![env!("CARGO_BIN_EXE_countersign").to_owned()],
        path: std::env::var("PATH").unwrap_or_default(),
        real_now: jiff::Timestamp::now,
        keep: false,
        update: false,
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    let outcome = runtime.block_on(scenarios::run(trial, &settings));
    if !outcome.passed() {
        let replay = format!("countersign scenario run {} --filter '{}' --keep", trial.path, trial.name);
        return Err(scenarios::text(&outcome, &replay).into());
    }
    let mut insta = insta::Settings::new();
    insta.set_snapshot_path(trial.folder.clone().unwrap_or_default());
    insta.set_prepend_module_to_snapshot(false);
    insta.set_omit_expression(true);
    let name = trial.name.split_once('/').map_or(trial.name.as_str(), |(_, name)| name);
    insta.bind(|| insta::assert_snapshot!(name.replace('/', "__"), outcome.transcript));
    Ok(())
}
