//! Plans of a branch: what it adds, and who wrote it, asked of Git.

use std::path::Path;
use std::process::Command;

use crate::measured::Measured;
use crate::process::{output, run, seconds};
use crate::sample::in_turn;
use crate::stage::Stage;
use crate::world::{Spec, decide_file};
use crate::{Missing, Result};

/// `plan --base main` in a repository with a file for each decision.
pub(crate) fn introduced(stage: &Stage, rounds: usize) -> Result<Vec<Measured>> {
    let many = stage.size(10_000, 200);
    let world = stage.world(Spec::of(many))?;
    let place = world.path("repository");
    std::fs::create_dir_all(place.join("decisions"))?;
    run(&mut world.draft(&place, many))?;
    let mut files = Vec::new();
    for vendor in std::fs::read_dir(place.join("decisions"))? {
        for file in std::fs::read_dir(vendor?.path())? {
            files.push(file?.path());
        }
    }
    files.sort();
    for file in &files {
        decide_file(file, "approve")?;
    }
    let (before, added) = files.split_at(files.len() - files.len() / 100);
    git(&place, &["init", "--quiet", "--initial-branch=main"])?;
    let aside = world.path("aside");
    std::fs::create_dir_all(&aside)?;
    let moved: Vec<_> = added
        .iter()
        .filter_map(|file| Some((file, aside.join(file.file_name()?))))
        .collect();
    for (file, other) in &moved {
        std::fs::rename(file, other)?;
    }
    commit(&place, "decisions")?;
    git(&place, &["checkout", "--quiet", "-b", "change"])?;
    for (file, other) in &moved {
        std::fs::rename(other, file)?;
    }
    commit(&place, "more of them")?;

    let read = ["--read", "scan"];
    let plain = world.plan(&place, &read, many)?;
    let with_base = || {
        let mut command = plain();
        command.args(["--base", "main"]);
        command
    };
    let said = output(with_base().args(["--format", "json"]))?;
    let introduced = said.matches("\"introduced\"").count();
    if introduced < added.len() || before.len() + added.len() != files.len() {
        return Err(format!("{introduced} introduced, not {}", added.len()).into());
    }
    let log = || {
        let mut command = Command::new("git");
        command.arg("-C").arg(&place);
        command.args(["log", "--format=%H %an", "--name-only", "--", "decisions"]);
        command
    };
    let [plain, log, ours] = in_turn(
        rounds,
        [
            &mut || seconds(&mut plain()),
            &mut || seconds(&mut log()),
            &mut || seconds(&mut with_base()),
        ],
    )?;
    Ok(vec![
        Measured::ratio("base", &ours, &plain),
        Measured::ratio("base-log", &ours, &log),
    ])
}

fn commit(place: &Path, message: &str) -> Result<()> {
    git(place, &["add", "--all"])?;
    git(place, &["commit", "--quiet", "--message", message])
}

fn git(place: &Path, arguments: &[&str]) -> Result<()> {
    let mut command = Command::new("git");
    command.arg("-C").arg(place);
    command.args(["-c", "user.name=Anna", "-c", "user.email=anna@example.com"]);
    command.args(["-c", "commit.gpgsign=false", "-c", "gc.auto=0"]);
    match run(command.args(arguments)) {
        Ok(_) => Ok(()),
        Err(error) if error.is::<std::io::Error>() => Err(Missing("no git".to_owned()).into()),
        Err(error) => Err(error),
    }
}
