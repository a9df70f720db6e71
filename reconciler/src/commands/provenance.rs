//! What Git knows about decision files: the commit, who last wrote a line, what stands on the reviewed ref.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;

use super::Context;
use crate::apply::Provenance;
use crate::desired::decisions::{self, BlockDigest, Digests, Written};
use crate::model::{Address, Change, Decision, ReleaseRequest, Resolve, Terms};

/// The commit that is checked out, where the folder is in a repository.
pub(super) fn head(folder: &Path) -> Option<String> {
    let text = git(folder, &["rev-parse", "--verify", "--quiet", "HEAD"])?;
    let commit = text.trim();
    commit
        .bytes()
        .all(|byte| byte.is_ascii_hexdigit())
        .then(|| commit.to_owned())
}

/// Who wrote each change, as Git tells; nobody, once a signal was heard: the ledger does not wait for it.
pub(super) async fn origins(changes: &[Change], context: &Context) -> Provenance {
    let (folder, changes) = (context.global.chdir.clone(), changes.to_vec());
    let asking = tokio::task::spawn_blocking(move || of_changes(&folder, &changes));
    tokio::select! {
        found = asking => found.unwrap_or_default(),
        () = context.stop.at_once() => Provenance::default(),
    }
}

/// Commit and author of the line at which each change was decided, where Git knows them.
fn of_changes(folder: &Path, changes: &[Change]) -> Provenance {
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

/// What stands on the reviewed ref, read from there and not from the checkout.
#[derive(Debug, Default)]
pub(super) struct Reviewed {
    /// Whether Git knows the ref at all.
    pub(super) known: bool,
    decisions: BTreeMap<(Arc<str>, Address), (Decision, BlockDigest)>,
    releases: Vec<ReleaseRequest>,
    resolves: Vec<Resolve>,
}

/// Reads the files of `written` as they stand on `reference`. Where Git does not know it, nothing stands there.
pub(super) fn reviewed(
    folder: &Path,
    reference: &str,
    written: &Written,
    queues: &[Terms],
) -> Reviewed {
    let commit = format!("{reference}^{{commit}}");
    let words = [
        "rev-parse",
        "--verify",
        "--quiet",
        "--end-of-options",
        &commit,
    ];
    let Some(commit) = git(folder, &words) else {
        return Reviewed::default();
    };
    let commit = commit.trim();
    let mut reviewed = Reviewed {
        known: true,
        ..Reviewed::default()
    };
    for file in &written.files {
        // A file that does not stand there has no blocks there.
        let text = git(folder, &["show", &format!("{commit}:./{file}")]).unwrap_or_default();
        let mut there = decisions::parse(file, &text, queues, Digests::Kept);
        for decision in there.desired.decisions {
            if let Some(digest) = there.blocks.remove(&decision.from) {
                let key = (Arc::clone(file), decision.address.clone());
                reviewed.decisions.insert(key, (decision, digest));
            }
        }
        reviewed.releases.append(&mut there.desired.releases);
        reviewed.resolves.append(&mut there.desired.resolves);
    }
    reviewed
}

impl Reviewed {
    /// The decisions that do not stand there.
    pub(super) fn unmerged(&self, written: &Written) -> BTreeSet<Address> {
        let decisions = written.desired.decisions.iter();
        decisions
            .filter(|decision| !self.holds(decision, written))
            .map(|decision| decision.address.clone())
            .chain(self.unmerged_releases(written))
            .collect()
    }

    /// Release requests of which not the same stands there.
    fn unmerged_releases(&self, written: &Written) -> Vec<Address> {
        let stands = |release: &&ReleaseRequest| {
            self.releases.iter().any(|there| {
                let moved = ReleaseRequest {
                    from: release.from.clone(),
                    ..there.clone()
                };
                moved == **release
            })
        };
        let releases = written.desired.releases.iter();
        let missing = releases.filter(|release| !stands(release));
        missing.map(|release| release.address.clone()).collect()
    }

    /// The exact bytes, and what they mean: a table further down the file can change a block's meaning
    /// without touching its bytes.
    fn holds(&self, decision: &Decision, written: &Written) -> bool {
        let key = (Arc::clone(&decision.from.file), decision.address.clone());
        let Some((there, digest)) = self.decisions.get(&key) else {
            return false;
        };
        let moved = Decision {
            from: decision.from.clone(),
            ..there.clone()
        };
        moved == *decision && written.blocks.get(&decision.from) == Some(digest)
    }

    /// Takes out the `[[resolve]]` blocks that do not stand there.
    pub(super) fn take_unmerged(&self, resolves: &mut Vec<Resolve>) -> Vec<Resolve> {
        let stands = |resolve: &Resolve| {
            self.resolves.iter().any(|there| {
                let moved = Resolve {
                    from: resolve.from.clone(),
                    ..there.clone()
                };
                moved == *resolve
            })
        };
        let (kept, taken) = std::mem::take(resolves).into_iter().partition(stands);
        *resolves = kept;
        taken
    }
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
