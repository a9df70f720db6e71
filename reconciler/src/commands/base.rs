//! `--base REF`: the decision files where this branch began, read from Git, and what the branch adds to them.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::Context;
use super::git::Git;
use super::select::Select;
use super::setup::Setup;
use crate::desired::Written;
use crate::desired::decisions::{self, Keep};
use crate::error::Failure;
use crate::model::Address;
use crate::plan::{Base, Files, against};

/// What is kept of the decision files that are compared with a base.
pub(super) fn keep(reference: Option<&str>) -> Keep {
    match reference {
        Some(_) => Keep::Words,
        None => Keep::Nothing,
    }
}

/// Compares all decision files with those on the base; nothing where no base is asked for.
///
/// Before anything is selected: a decision that was given another ticket is not a new one.
pub(super) fn of(
    reference: Option<&str>,
    setup: &Setup,
    written: &Written,
    context: &Context,
) -> Result<Option<Base>, Failure> {
    let Some(reference) = reference else {
        return Ok(None);
    };
    let git = Git::of(context);
    let commit = began(&git, reference, context)?;
    let failed = |said: String| {
        at(reference, "Git cannot read the decision files there")
            .because(said)
            .hint("a partial clone lacks what files held before: `git fetch --refetch --no-filter` brings it")
    };
    let mut files = git.files(&commit).map_err(failed)?;
    let names = files.iter().map(|file| file.name.as_str());
    let named = decisions::covered(&setup.config.decisions, names);
    let named: BTreeSet<String> = named.into_iter().map(str::to_owned).collect();
    files.retain(|file| named.contains(&file.name));
    let texts: Vec<(Arc<str>, String)> = git.texts(&files).map_err(failed)?;
    // A mistake there is no mistake here: what it spoils does not stand there.
    let there = decisions::parse_all(&texts, &setup.all, Keep::Words);
    let mut base = against(files_of(written), files_of(&there), context.now());
    // A file that is being mended may still hold what seems to be gone.
    let mended = |file: &str| written.mistakes.iter().any(|one| *one.place.file == *file);
    base.removed.retain(|one| !mended(&one.from.file));
    Ok(Some(Base {
        reference: reference.to_owned(),
        commit,
        ..base
    }))
}

fn files_of(written: &Written) -> Files<'_> {
    Files {
        desired: &written.desired,
        words: &written.words,
    }
}

/// Leaves only what is selected: the lines of `written`, and what was taken out.
pub(super) fn select(base: &mut Base, select: &Select, written: &Written) {
    let desired = &written.desired;
    let releases = desired.releases.iter().map(|release| &release.address);
    let selected: BTreeSet<&Address> = desired.addresses().chain(releases).collect();
    base.lines.retain(|line| selected.contains(&line.address));
    base.removed
        .retain(|one| select.picks(&one.address, &one.ticket, one.verdict));
}

/// The commit where the branch began: the merge base, as a pull request shows it.
///
/// Not the tip: what others merged there since is neither added nor taken out by this branch.
fn began(git: &Git, reference: &str, context: &Context) -> Result<String, Failure> {
    if reference.is_empty() || reference.starts_with('-') || reference.contains(char::is_control) {
        return Err(Failure::usage("--base is not the name of a commit")
            .at(format!("--base {reference}"))
            .hint("name a branch, a tag or a commit, as in --base origin/main"));
    }
    if let Err(said) = git.ask(&["rev-parse", "--git-dir"]) {
        let folder = context.global.chdir.display();
        return Err(at(
            reference,
            &format!("{folder} is in no Git repository that can be asked"),
        )
        .because(said)
        .hint("run it in a checkout of the branch, `-C DIR` names one; or leave --base out"));
    }
    let (remote, branch) = fetched_from(reference);
    let shallow = git.ask(&["rev-parse", "--is-shallow-repository"]);
    let shallow = shallow.is_ok_and(|answer| answer.trim() == "true");
    let Some(tip) = git.commit(reference) else {
        let what = "Git knows no such commit here";
        let hint = if shallow {
            format!(
                "this is a shallow clone: `git fetch --depth=100 {remote} +{branch}:refs/remotes/{remote}/{branch}`, or `fetch-depth: 0` in a workflow"
            )
        } else {
            format!(
                "`git fetch {remote} +{branch}:refs/remotes/{remote}/{branch}` brings a branch, `git branch --all` lists those that are here"
            )
        };
        return Err(at(reference, what).hint(hint));
    };
    let Some(head) = git.commit("HEAD") else {
        return Err(at(reference, "nothing is committed here yet")
            .hint("commit the decision files first, or leave --base out"));
    };
    let found = git.ask(&["merge-base", "--end-of-options", &head, &tip]);
    let found = found.map_err(|_| {
        let hint = if shallow {
            format!("this is a shallow clone: `git fetch --unshallow {remote}`, or deeper step by step with `git fetch --deepen=100 {remote}`; `fetch-depth: 0` in a workflow")
        } else {
            "check out the branch that is to be merged there".to_owned()
        };
        at(reference, "HEAD and this commit have no common ancestor here").hint(hint)
    })?;
    Ok(found.trim().to_owned())
}

fn at(reference: &str, what: &str) -> Failure {
    Failure::error(what).at(format!("--base {reference}"))
}

/// The remote and the branch for a command that a person copies: only what a shell takes for plain words.
fn fetched_from(reference: &str) -> (&str, &str) {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/_-.".contains(c);
    let name = reference
        .strip_prefix("refs/remotes/")
        .or_else(|| reference.strip_prefix("refs/heads/"))
        .unwrap_or(reference);
    if !name.chars().all(plain) {
        return ("origin", "BRANCH");
    }
    match name.split_once('/') {
        Some((remote @ ("origin" | "upstream"), branch)) if !branch.is_empty() => (remote, branch),
        Some(_) | None => ("origin", name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hint_names_what_to_fetch_in_plain_words() {
        for (reference, remote, branch) in [
            ("main", "origin", "main"),
            ("origin/main", "origin", "main"),
            ("refs/remotes/upstream/next", "upstream", "next"),
            ("release/1.2", "origin", "release/1.2"),
            ("main; rm -rf .", "origin", "BRANCH"),
            ("@{u}", "origin", "BRANCH"),
        ] {
            assert_eq!(fetched_from(reference), (remote, branch), "{reference}");
        }
    }
}
