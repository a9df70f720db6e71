//! What Git knows about decision files: the commit, and what stands on the reviewed ref.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::Context;
use super::git::Git;
use crate::desired::decisions::{self, BlockDigest, Keep, Written};
use crate::model::{Address, Decision, ReleaseRequest, Resolve, Terms};

/// The commit that is checked out, where the folder is in a repository.
pub(super) fn head(context: &Context) -> Option<String> {
    Git::of(context).commit("HEAD")
}

/// How many of the decision files are not as they were committed; none where there is no repository, or once a signal
/// was heard: nothing waits for it.
pub(super) async fn uncommitted(files: &[Arc<str>], context: &Context) -> usize {
    let (git, files) = (Git::of(context), files.to_vec());
    let asking = tokio::task::spawn_blocking(move || {
        let mut names = git.edited().unwrap_or_default();
        let added = git.ask(&["ls-files", "--others", "-z"]).unwrap_or_default();
        names.extend(added.split('\0').map(str::to_owned));
        let of_ours = files.iter().filter(|file| names.contains(file.as_ref()));
        of_ours.count()
    });
    tokio::select! {
        count = asking => count.unwrap_or_default(),
        () = context.stop.at_once() => 0,
    }
}

/// What stands on the reviewed ref, read from there and not from the checkout.
#[derive(Debug, Default)]
pub(super) struct Reviewed {
    /// Whether Git knows the ref at all.
    pub(super) known: bool,
    decisions: BTreeMap<(Arc<str>, Address), (Arc<Decision>, BlockDigest)>,
    releases: Vec<ReleaseRequest>,
    resolves: Vec<Resolve>,
}

/// Reads the files of `written` as they stand on `reference`. Where Git does not know it, nothing stands there.
pub(super) fn reviewed(
    git: &Git,
    reference: &str,
    written: &Written,
    queues: &[Terms],
) -> Reviewed {
    let Some(commit) = git.commit(reference) else {
        return Reviewed::default();
    };
    let mut reviewed = Reviewed {
        known: true,
        ..Reviewed::default()
    };
    let wanted: BTreeSet<&str> = written.files.iter().map(AsRef::as_ref).collect();
    let mut files = git.files(&commit).unwrap_or_default();
    files.retain(|file| wanted.contains(file.name.as_str()));
    // A file that does not stand there, or cannot be read there, has no blocks there.
    for (file, text) in git.texts(&files).unwrap_or_default() {
        let mut there = decisions::parse(&file, &text, queues, Keep::Digests);
        for decision in there.desired.decisions {
            if let Some(digest) = there.blocks.remove(&decision.from) {
                let key = (Arc::clone(&file), decision.address.clone());
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
            ..there.as_ref().clone()
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
