//! What Git knows about decision files: the commit, who last wrote a line, what stands on the reviewed ref.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::{Command, Stdio};

use crate::apply::Provenance;
use crate::desired::Written;
use crate::desired::decisions::{BlockDigest, blocks};
use crate::error::Failure;
use crate::model::{Address, Change, Place};

/// The commit that is checked out, where the folder is in a repository.
pub(super) fn head(folder: &Path) -> Option<String> {
    let text = git(folder, &["rev-parse", "--verify", "--quiet", "HEAD"])?;
    let commit = text.trim();
    commit
        .bytes()
        .all(|byte| byte.is_ascii_hexdigit())
        .then(|| commit.to_owned())
}

/// Commit and author of the line at which each change was decided, where Git knows them.
pub(super) fn of_changes(folder: &Path, changes: &[Change]) -> Provenance {
    let mut found = Provenance::new();
    if head(folder).is_none() {
        return found;
    }
    let places: BTreeSet<(&str, u32)> = changes
        .iter()
        .map(|change| {
            (
                change.decision.from.file.as_ref(),
                change.decision.from.line,
            )
        })
        .collect();
    for (file, line) in places {
        let range = format!("{line},{line}");
        let Some(text) = git(folder, &["blame", "--porcelain", "-L", &range, "--", file]) else {
            continue;
        };
        let commit = text
            .split_whitespace()
            .next()
            .filter(|commit| !commit.bytes().all(|byte| byte == b'0'));
        let author = text
            .lines()
            .find_map(|line| line.strip_prefix("author-mail "));
        if let (Some(commit), Some(author)) = (commit, author) {
            let author = author
                .trim_matches(['<', '>'])
                .chars()
                .filter(|c| !c.is_control())
                .take(200)
                .collect();
            found.insert((file.into(), line), (commit.to_owned(), author));
        }
    }
    found
}

/// The decisions whose exact bytes do not stand on `reference`.
///
/// # Errors
/// When Git does not know the ref: then nothing can be said, and nothing may be approved.
pub(super) fn unmerged(
    folder: &Path,
    reference: &str,
    written: &Written,
) -> Result<BTreeSet<Address>, Failure> {
    let known = git(
        folder,
        &[
            "rev-parse",
            "--verify",
            "--quiet",
            "--end-of-options",
            &format!("{reference}^{{commit}}"),
        ],
    );
    let Some(commit) = known else {
        return Err(Failure::error(format!("Git does not know {reference}"))
            .at("[review] ref")
            .hint(format!("fetch it (`git fetch`, `fetch-depth: 0` in a workflow), or correct the configuration: {reference}")));
    };
    let commit = commit.trim();
    let mut merged: BTreeMap<&str, BTreeSet<BlockDigest>> = BTreeMap::new();
    for file in &written.files {
        // A file that does not stand there has no blocks there.
        let text = git(folder, &["show", &format!("{commit}:./{file}")]).unwrap_or_default();
        merged.insert(
            file,
            blocks(&text)
                .into_iter()
                .map(|block| block.digest)
                .collect(),
        );
    }
    let stands = |place: &Place| {
        let digest = written.blocks.get(place);
        digest.is_some_and(|digest| {
            merged
                .get(place.file.as_ref())
                .is_some_and(|there| there.contains(digest))
        })
    };
    Ok(written
        .desired
        .decisions
        .iter()
        .filter(|d| !stands(&d.from))
        .map(|d| d.address.clone())
        .collect())
}

fn git(folder: &Path, words: &[&str]) -> Option<String> {
    let output = Command::new("git")
        .arg("-C")
        .arg(folder)
        .args(words)
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .ok()?;
    output
        .status
        .success()
        .then(|| String::from_utf8(output.stdout).ok())
        .flatten()
}
