//! Who decided, as Git tells: the last commit of a file with one block, of several blocks that of each block's lines.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::Context;
use super::git::Git;
use crate::apply::Provenance;
use crate::desired::decisions;
use crate::model::{Authored, Change};

/// Who wrote each change; nobody, once a signal was heard: the ledger does not wait for it.
pub(super) async fn origins(changes: &[Change], context: &Context) -> Provenance {
    let git = Git::of(context);
    let mut places = Places::new();
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
pub(super) async fn of_plan(changes: &[Change], context: &Context) -> Vec<Authored> {
    let found = origins(changes, context).await.into_iter();
    let authored = found.map(|((file, line), (commit, author))| Authored {
        file,
        line,
        commit,
        author,
    });
    authored.collect()
}

/// The lines at which blocks begin, by file.
type Places = BTreeMap<Arc<str>, BTreeSet<u32>>;

/// The commit of each block.
type Commits = BTreeMap<(Arc<str>, u32), String>;

fn of_places(git: &Git, places: Places) -> Provenance {
    if places.is_empty() || git.commit("HEAD").is_none() {
        return Provenance::new();
    }
    let mut commits = Commits::new();
    let mut alone = BTreeMap::new();
    for (file, lines) in places {
        let ends = decisions::block_ends(&git.working_text(&file).unwrap_or_default());
        match lines.first().copied() {
            Some(line) if ends.len() == 1 => {
                alone.insert(file, line);
            }
            Some(_) | None => commits.extend(by_lines(git, &file, &lines, &ends)),
        }
    }
    let by_file = by_files(git, alone.keys().map(AsRef::as_ref));
    commits.extend(alone.iter().filter_map(|(file, line)| {
        let commit = by_file.get(file.as_ref())?.clone();
        Some(((Arc::clone(file), *line), commit))
    }));
    // Where history was cut off, its last commit seems to have written everything.
    let beyond = git.shallow();
    commits.retain(|_, commit| !beyond.contains(commit));
    let authors = authors(git, commits.values());
    let known = commits.into_iter().filter_map(|(place, commit)| {
        let author = authors.get(&commit)?.clone();
        Some((place, (commit, author)))
    });
    known.collect()
}

/// What the walk must not depend on: how its user likes to see a log.
const SETTINGS: [&str; 7] = [
    "--literal-pathspecs",
    "-c",
    "core.quotePath=false",
    "-c",
    "log.showRoot=true",
    "-c",
    "diff.orderFile=/dev/null",
];

const WALK: [&str; 11] = [
    "log",
    "--topo-order",
    "--full-history",
    "-c",
    "--raw",
    "--no-abbrev",
    "-M100%",
    "--no-ext-diff",
    "--relative",
    "--format=%H",
    "HEAD",
];

/// As Git tells the history of one file: along the side of a merge that it is of.
const WALK_OF_ONE: [&str; 7] = [
    "log",
    "-c",
    "--raw",
    "--no-abbrev",
    "--no-ext-diff",
    "--relative",
    "--format=%H",
];

/// Most folders that a walk is limited to by name.
const MOST_FOLDERS: usize = 200;

/// The commit that made a file what it is, of each that stands as committed: one walk through the history of their
/// folders for all of them, since thousands of files are the rule where each holds one decision.
///
/// Where a file became what it is more than once, the walk does not say which time counts: Git is asked again.
fn by_files<'a>(git: &Git, files: impl Iterator<Item = &'a str>) -> BTreeMap<&'a str, String> {
    let wanted = as_committed(git, files);
    let folders: BTreeSet<&str> = wanted
        .iter()
        .map(|(file, _)| file.rsplit_once('/').map_or(".", |(folder, _)| folder))
        .collect();
    let folders: Vec<&str> = match folders.len() <= MOST_FOLDERS {
        true => folders.into_iter().collect(),
        false => vec!["."],
    };
    if folders.is_empty() {
        return BTreeMap::new();
    }
    let walk = [&SETTINGS[..], &WALK, &["--"], &folders].concat();
    let history = git.ask(&walk).unwrap_or_default();
    // By the name that a file had where the walk is.
    let mut sought: BTreeMap<String, (&str, &str)> = wanted
        .iter()
        .map(|(file, object)| ((*file).to_owned(), (*file, object.as_str())))
        .collect();
    let mut found: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let mut commit = "";
    for line in history.lines() {
        let Some(entry) = Entry::of(line) else {
            commit = if line.is_empty() { commit } else { line };
            continue;
        };
        match sought.get(entry.name) {
            // Its mode alone, or its name: whoever wrote it is further back.
            Some((_, object)) if entry.object == *object && entry.is_as_before => {
                if let Some(was) = entry.was
                    && let Some(one) = sought.remove(entry.name)
                {
                    sought.insert(was.to_owned(), one);
                }
            }
            Some((file, object)) if entry.object == *object => {
                found.entry(file).or_default().push(commit);
            }
            Some(_) | None => {}
        }
    }
    let one = |(file, commits): (&'a str, Vec<&str>)| {
        let commit = match commits.as_slice() {
            [commit] => (*commit).to_owned(),
            _ => {
                let again = [&SETTINGS[..], &WALK_OF_ONE, &["--", file]].concat();
                last_change(&git.ask(&again).ok()?)?.to_owned()
            }
        };
        Some((file, commit))
    };
    found.into_iter().filter_map(one).collect()
}

/// The first commit of a log in which a file became another one, and not only its mode or name.
fn last_change(log: &str) -> Option<&str> {
    let mut commit = None;
    for line in log.lines().filter(|line| !line.is_empty()) {
        match Entry::of(line) {
            None => commit = Some(line),
            Some(entry) if !entry.is_as_before => return commit,
            Some(_) => {}
        }
    }
    None
}

/// The files that stand as they were committed, each with its object.
fn as_committed<'a>(git: &Git, files: impl Iterator<Item = &'a str>) -> Vec<(&'a str, String)> {
    let (Ok(edited), Ok(committed)) = (git.edited(), git.files("HEAD")) else {
        return Vec::new();
    };
    let mut objects: BTreeMap<String, String> = committed
        .into_iter()
        .map(|entry| (entry.name, entry.object))
        .collect();
    files
        .filter(|file| !edited.contains(*file))
        .filter_map(|file| Some((file, objects.remove(file)?)))
        .collect()
}

/// One file of a commit, as `log --raw` tells: `:MODES OBJECTS STATUS<TAB>NAME`, of a merge with a colon, a mode and an
/// object for each parent; of a moved file with both names.
struct Entry<'t> {
    /// What it became.
    object: &'t str,
    /// Whether its content was the same before.
    is_as_before: bool,
    name: &'t str,
    /// Under which name it stood before, where it was moved and is otherwise the same.
    was: Option<&'t str>,
}

impl<'t> Entry<'t> {
    fn of(line: &'t str) -> Option<Self> {
        let (about, names) = line.strip_prefix(':')?.split_once('\t')?;
        let mut about = about.rsplit(' ');
        let (status, object, before) = (about.next()?, about.next()?, about.next()?);
        let (was, name) = match names.split_once('\t') {
            Some((was, name)) if status.starts_with('R') => (Some(was), name),
            Some(_) | None => (None, names),
        };
        Some(Self {
            object,
            is_as_before: object == before,
            name,
            was,
        })
    }
}

/// Most blocks of one file that are asked for by line; of more, the whole file is.
const MOST_RANGES: usize = 200;

/// The commit of whoever wrote a line of a block last, for blocks that share a file with others.
fn by_lines(
    git: &Git,
    file: &Arc<str>,
    lines: &BTreeSet<u32>,
    ends: &BTreeMap<u32, u32>,
) -> Commits {
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
    words.extend(["--", file.as_ref()]);
    let Ok(told) = git.ask(&words) else {
        return Commits::new();
    };
    let lines = blamed(&told);
    let by_whom = blocks.into_iter().filter_map(|(from, to)| {
        let block: Option<Vec<&Blamed<'_>>> =
            lines.range(from..=to).map(|(_, by)| by.as_ref()).collect();
        let last = block?.into_iter().max_by_key(|line| line.at)?;
        Some(((Arc::clone(file), from), last.commit.to_owned()))
    });
    by_whom.collect()
}

/// Which commit a line is of, and when that was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Blamed<'t> {
    commit: &'t str,
    /// Seconds of the epoch.
    at: i64,
}

/// Each line's commit, from `git blame --porcelain`: `COMMIT LINE LINE-NOW…` before each line, and what is known of a
/// commit where it comes first. Nothing for a line that is not committed yet: its commit is all zeros.
fn blamed(porcelain: &str) -> BTreeMap<u32, Option<Blamed<'_>>> {
    let mut times: BTreeMap<&str, i64> = BTreeMap::new();
    let mut lines: BTreeMap<u32, &str> = BTreeMap::new();
    let mut now = "";
    for line in porcelain.lines().filter(|line| !line.starts_with('\t')) {
        if let Some((commit, number)) = blamed_line(line) {
            now = commit;
            lines.insert(number, commit);
        } else if let Some(at) = line.strip_prefix("committer-time ") {
            times.insert(now, at.parse().unwrap_or_default());
        }
    }
    let is_committed = |commit: &str| commit.bytes().any(|byte| byte != b'0');
    let by = |commit| {
        let at = times.get(commit).copied().unwrap_or_default();
        is_committed(commit).then_some(Blamed { commit, at })
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

/// Most commits that are asked about at once: a command line has an end.
const MOST_COMMITS: usize = 1000;

/// The authors of commits, as they were written into them: a `.mailmap` in the folder could give them other names.
fn authors<'a>(git: &Git, commits: impl Iterator<Item = &'a String>) -> BTreeMap<String, String> {
    let commits: BTreeSet<&str> = commits.map(String::as_str).collect();
    let commits: Vec<&str> = commits.into_iter().collect();
    let mut authors = BTreeMap::new();
    for some in commits.chunks(MOST_COMMITS) {
        let words = ["log", "--no-walk", "--no-mailmap", "--format=%H %ae"];
        let told = git.ask(&[&words[..], some].concat()).unwrap_or_default();
        let each = told.lines().filter_map(|line| line.split_once(' '));
        authors.extend(each.map(|(commit, author)| {
            let author = author.chars().filter(|c| !c.is_control()).take(200);
            (commit.to_owned(), author.collect())
        }));
    }
    authors
}
