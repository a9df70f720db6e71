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

/// Most blocks of one file that are asked for by line; of more, the whole file is.
const MOST_RANGES: usize = 200;

/// Commit and author of the blocks that begin at these lines, where Git knows them: one question a file.
fn of_places(git: &Git, places: BTreeMap<Arc<str>, BTreeSet<u32>>) -> Provenance {
    let mut found = Provenance::new();
    if git.commit("HEAD").is_none() {
        return found;
    }
    for (file, lines) in places {
        let text = git.working_text(&file).unwrap_or_default();
        let ends = decisions::block_ends(&text);
        let blocks = lines
            .iter()
            .map(|line| (*line, *ends.get(line).unwrap_or(line)));
        let blocks: Vec<(u32, u32)> = blocks.collect();
        let ranges = match blocks.len() <= MOST_RANGES {
            true => blocks
                .iter()
                .map(|(from, to)| format!("-L{from},{to}"))
                .collect(),
            false => Vec::new(),
        };
        let mut words = vec!["blame", "--no-textconv", "--porcelain"];
        words.extend(ranges.iter().map(String::as_str));
        words.extend(["--", &file]);
        let Ok(told) = git.ask(&words) else {
            continue;
        };
        let lines = blamed(&told);
        for (from, to) in blocks {
            if let Some(last) = last_of(lines.range(from..=to).map(|(_, by)| by.as_ref())) {
                let by = (last.commit.to_owned(), last.author.clone());
                found.insert((Arc::clone(&file), from), by);
            }
        }
    }
    found
}

/// Who wrote a line, and when it was committed.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Blamed<'t> {
    commit: &'t str,
    author: String,
    /// Seconds of the epoch.
    at: i64,
}

/// Whoever wrote a block last; nobody, where a line of it is not committed yet.
fn last_of<'b, 't: 'b>(
    lines: impl Iterator<Item = Option<&'b Blamed<'t>>>,
) -> Option<&'b Blamed<'t>> {
    let lines: Option<Vec<_>> = lines.collect();
    lines?.into_iter().max_by_key(|line| line.at)
}

/// Each line's author, from `git blame --porcelain`: `COMMIT LINE LINE-NOW…` before each line, and what is known of a
/// commit where it comes first. Nothing for a line that is not committed yet: its commit is all zeros.
fn blamed(porcelain: &str) -> BTreeMap<u32, Option<Blamed<'_>>> {
    let mut commits: BTreeMap<&str, Blamed<'_>> = BTreeMap::new();
    let mut lines: BTreeMap<u32, &str> = BTreeMap::new();
    let mut now = "";
    for line in porcelain.lines().filter(|line| !line.starts_with('\t')) {
        if let Some((commit, number)) = blamed_line(line) {
            now = commit;
            lines.insert(number, commit);
            let unknown = || Blamed {
                commit,
                author: String::new(),
                at: 0,
            };
            commits.entry(commit).or_insert_with(unknown);
        } else if let Some(known) = commits.get_mut(now) {
            if let Some(author) = line.strip_prefix("author-mail ") {
                let author = author.trim_matches(['<', '>']).chars();
                known.author = author.filter(|c| !c.is_control()).take(200).collect();
            } else if let Some(at) = line.strip_prefix("committer-time ") {
                known.at = at.parse().unwrap_or_default();
            }
        }
    }
    let is_committed = |commit: &str| commit.bytes().any(|byte| byte != b'0');
    let by = |commit: &str| {
        commits
            .get(commit)
            .filter(|_| is_committed(commit))
            .cloned()
    };
    lines
        .into_iter()
        .map(|(line, commit)| (line, by(commit)))
        .collect()
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
