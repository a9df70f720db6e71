//! What Git knows about decision files: the commit, who last wrote a line, what stands on the reviewed ref.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::Context;
use super::git::Git;
use crate::apply::Provenance;
use crate::desired::decisions::{self, BlockDigest, Keep, Written};
use crate::model::{Address, Authored, Change, Decision, ReleaseRequest, Resolve, Terms};

/// The commit that is checked out, where the folder is in a repository.
pub(super) fn head(context: &Context) -> Option<String> {
    Git::of(context).commit("HEAD")
}

/// Who wrote each change, as Git tells; nobody, once a signal was heard: the ledger does not wait for it.
pub(super) async fn origins(changes: &[Change], context: &Context) -> Provenance {
    let git = Git::of(context);
    let mut places: BTreeMap<Arc<str>, BTreeSet<u32>> = BTreeMap::new();
    for Change { decision, .. } in changes {
        let file = Arc::clone(&decision.from.file);
        places.entry(file).or_default().insert(decision.from.line);
    }
    let asking = tokio::task::spawn_blocking(move || of_places(&git, places));
    tokio::select! {
        found = asking => found.unwrap_or_default(),
        () = context.stop.at_once() => Provenance::default(),
    }
}

/// The same for a plan that is kept or read by a program.
pub(super) async fn authors(changes: &[Change], context: &Context) -> Vec<Authored> {
    let found = origins(changes, context).await.into_iter();
    let authored = found.map(|((file, line), (commit, author))| Authored {
        file,
        line,
        commit,
        author,
    });
    authored.collect()
}

/// Most lines of one file that are asked for by number; of more, the whole file is.
const MOST_RANGES: usize = 200;

/// Commit and author of each of these lines, where Git knows them: one question a file.
fn of_places(git: &Git, places: BTreeMap<Arc<str>, BTreeSet<u32>>) -> Provenance {
    let mut found = Provenance::new();
    if git.commit("HEAD").is_none() {
        return found;
    }
    for (file, lines) in places {
        let ranges = match lines.len() <= MOST_RANGES {
            true => lines
                .iter()
                .map(|line| format!("-L{line},{line}"))
                .collect(),
            false => Vec::new(),
        };
        let mut words = vec!["blame", "--no-textconv", "--porcelain"];
        words.extend(ranges.iter().map(String::as_str));
        words.extend(["--", &file]);
        let Ok(text) = git.ask(&words) else {
            continue;
        };
        let told = blamed(&text).into_iter();
        let wanted = told.filter(|(line, _)| lines.contains(line));
        found.extend(wanted.map(|(line, by)| ((Arc::clone(&file), line), by)));
    }
    found
}

/// Commit and author by line, from `git blame --porcelain`: `COMMIT LINE LINE-NOW…` before each line, and what is
/// known of a commit where it comes first. What is not committed yet is nobody's.
fn blamed(porcelain: &str) -> BTreeMap<u32, (String, String)> {
    let mut authors: BTreeMap<&str, String> = BTreeMap::new();
    let mut commits: BTreeMap<u32, &str> = BTreeMap::new();
    let mut now = "";
    for line in porcelain.lines().filter(|line| !line.starts_with('\t')) {
        if let Some(author) = line.strip_prefix("author-mail ") {
            let author = author.trim_matches(['<', '>']).chars();
            let author = author.filter(|c| !c.is_control()).take(200).collect();
            authors.insert(now, author);
        } else if let Some((commit, number)) = blamed_line(line) {
            now = commit;
            commits.insert(number, commit);
        }
    }
    let by = |(line, commit): (u32, &str)| {
        let committed = commit.bytes().any(|byte| byte != b'0');
        let author = authors.get(commit).filter(|_| committed)?;
        Some((line, (commit.to_owned(), author.clone())))
    };
    commits.into_iter().filter_map(by).collect()
}

fn blamed_line(line: &str) -> Option<(&str, u32)> {
    let mut words = line.split(' ');
    let commit = words.next().filter(|word| word.len() >= 40)?;
    let is_hash = commit.bytes().all(|byte| byte.is_ascii_hexdigit());
    let now = words.nth(1)?.parse().ok()?;
    is_hash.then_some((commit, now))
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
    for (file, text) in git.texts(files).unwrap_or_default() {
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
