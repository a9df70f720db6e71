//! Which files are decision files: those that the configuration's globs name, and never one outside of the root.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use globset::{GlobBuilder, GlobMatcher};

use crate::desired::hostile::{first_hidden, inert};
use crate::desired::mistake::Mistake;

/// One file to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct File {
    /// Relative to the root, with `/` between its parts.
    pub(super) name: Arc<str>,
    /// To open.
    path: PathBuf,
}

/// Most bytes of a decision file: places in it, and in what is kept of it, are numbers of 32 bits.
const LARGEST: u64 = u32::MAX as u64;

impl File {
    /// The whole text, or why there is none.
    pub(super) fn text(&self) -> Result<String, Mistake> {
        if fs::metadata(&self.path).is_ok_and(|file| file.len() > LARGEST) {
            let hint = "split it into several files";
            return Err(Mistake::of_file(
                &self.name,
                "this is larger than 4 GiB",
                hint,
            ));
        }
        let bytes = fs::read(&self.path).map_err(|error| unreadable(&self.name, &error))?;
        String::from_utf8(bytes).map_err(|error| {
            let line = error
                .as_bytes()
                .iter()
                .take(error.utf8_error().valid_up_to());
            let line = line.filter(|b| **b == b'\n').count() + 1;
            let mut mistake = Mistake::of_file(
                &self.name,
                "this is not UTF-8 text",
                "save the file as UTF-8",
            );
            mistake.place.line = u32::try_from(line).unwrap_or(u32::MAX);
            mistake
        })
    }
}

/// Whether a glob can name decision files below a root.
///
/// # Errors
/// What is wrong with it, a sentence fragment.
pub fn check_glob(glob: &str) -> Result<(), String> {
    let shown = inert(glob, 100);
    if glob.trim().is_empty() {
        return Err("a glob is empty".to_owned());
    }
    if glob.starts_with(['/', '~']) || glob.contains([':', '\\']) {
        return Err(format!(
            "`{shown}` is not relative to the working directory"
        ));
    }
    if glob.split(['/', ',', '{', '}']).any(|part| part == "..") {
        return Err(format!("`{shown}` leaves the working directory"));
    }
    if !glob.ends_with(".toml") && !glob.ends_with(".jsonl") {
        return Err(format!("`{shown}` does not end in .toml or .jsonl"));
    }
    matcher(glob)
        .map(|_| ())
        .map_err(|_| format!("`{shown}` is not a glob"))
}

/// Whether one of the globs names a file: `draft` asks, since what it writes must be read again.
#[must_use]
pub fn covers(globs: &[String], file: &str) -> bool {
    globs
        .iter()
        .any(|glob| matcher(glob).is_ok_and(|glob| glob.is_match(file)))
}

/// Those of `files` that a glob names. For names that somebody else found: below no root, through no link.
pub fn covered<'f>(globs: &[String], files: impl Iterator<Item = &'f str>) -> Vec<&'f str> {
    let globs: Vec<GlobMatcher> = globs.iter().filter_map(|glob| matcher(glob).ok()).collect();
    files
        .filter(|file| globs.iter().any(|glob| glob.is_match(file)))
        .collect()
}

/// Every file below `root` that a glob names, by name; and what stands in the way.
pub(super) fn files(root: &Path, globs: &[String]) -> (Vec<File>, Vec<Mistake>) {
    let mut search = Search {
        wanted: Vec::new(),
        root: PathBuf::new(),
        behind_a_link: false,
        seen: BTreeMap::new(),
        files: Vec::new(),
        mistakes: Vec::new(),
    };
    for glob in globs {
        match check_glob(glob).and_then(|()| Wanted::new(glob)) {
            Ok(wanted) => search.wanted.push(wanted),
            Err(what) => {
                let hint = "correct `decisions` in the configuration";
                search
                    .mistakes
                    .push(Mistake::of_file(&inert(glob, 100), what, hint));
            }
        }
    }
    match root.canonicalize() {
        Ok(whole) => {
            search.root = whole.clone();
            search.folder(&whole, "", &mut Vec::new());
        }
        Err(error) => search
            .mistakes
            .push(unreadable(&inert(&root.to_string_lossy(), 400), &error)),
    }
    search.files.sort_by(|a, b| a.name.cmp(&b.name));
    (search.files, search.mistakes)
}

/// A glob, and what its folders must be called so that the rest of the disk is left alone.
struct Wanted {
    whole: GlobMatcher,
    folders: Vec<GlobMatcher>,
    /// Whether anything may follow these folders.
    deep: bool,
}

impl Wanted {
    fn new(glob: &str) -> Result<Self, String> {
        let cannot = |error: globset::Error| inert(&error.to_string(), 200);
        let glob = glob.trim_start_matches("./");
        let parts: Vec<&str> = glob.split('/').collect();
        // From `**` or a brace on, parts no longer stand for one folder each.
        let plain = |part: &&&str| !part.contains("**") && !part.contains(['{', '[']);
        let folders = parts.split_last().map_or(&[][..], |(_, folders)| folders);
        let leading: Vec<_> = folders.iter().take_while(plain).collect();
        let deep = leading.len() < folders.len();
        let folders = leading
            .into_iter()
            .map(|part| matcher(part))
            .collect::<Result<_, _>>();
        Ok(Self {
            whole: matcher(glob).map_err(cannot)?,
            folders: folders.map_err(cannot)?,
            deep,
        })
    }

    /// Whether a folder can hold, at any depth, what is wanted.
    fn leads_through(&self, folder: &str) -> bool {
        let mut depth = 0;
        for part in folder.split('/') {
            match self.folders.get(depth) {
                Some(wanted) if wanted.is_match(part) => depth += 1,
                Some(_) => return false,
                None => return self.deep,
            }
        }
        true
    }
}

fn matcher(glob: &str) -> Result<GlobMatcher, globset::Error> {
    let glob = glob.trim_start_matches("./");
    let glob = GlobBuilder::new(glob).literal_separator(true).build()?;
    Ok(glob.compile_matcher())
}

struct Search {
    wanted: Vec<Wanted>,
    /// Without links in it.
    root: PathBuf,
    /// Whether the folder that is searched was reached through a link.
    behind_a_link: bool,
    /// Where each file really is: reached twice, through a link, it is read once.
    seen: BTreeMap<PathBuf, Arc<str>>,
    files: Vec<File>,
    mistakes: Vec<Mistake>,
}

impl Search {
    /// Searches one folder; `above` holds where the folders around it really are.
    fn folder(&mut self, folder: &Path, name: &str, above: &mut Vec<PathBuf>) {
        let entries = fs::read_dir(folder).and_then(Iterator::collect::<Result<Vec<_>, _>>);
        let mut entries = match entries {
            Ok(entries) => entries,
            Err(error) => {
                self.mistakes.push(unreadable(name, &error));
                return;
            }
        };
        entries.sort_by_key(fs::DirEntry::file_name);
        above.push(folder.to_owned());
        for entry in entries {
            let Ok(part) = entry.file_name().into_string() else {
                self.odd_name(name, &entry.file_name().to_string_lossy());
                continue;
            };
            let name = if name.is_empty() {
                part
            } else {
                format!("{name}/{part}")
            };
            self.entry(&entry.path(), &name, above);
        }
        above.pop();
    }

    fn entry(&mut self, path: &Path, name: &str, above: &mut Vec<PathBuf>) {
        let is_wanted = self.wanted.iter().any(|wanted| wanted.whole.is_match(name));
        let leads_on =
            name != ".git" && self.wanted.iter().any(|wanted| wanted.leads_through(name));
        if !is_wanted && !leads_on {
            return;
        }
        // Follows links: what counts is where they end.
        let (about, real) =
            match fs::metadata(path).and_then(|about| Ok((about, path.canonicalize()?))) {
                Ok(found) => found,
                Err(_) if !is_wanted => return,
                Err(error) => return self.mistakes.push(unreadable(name, &error)),
            };
        if !about.is_dir() && !is_wanted {
            return;
        }
        if !real.starts_with(&self.root) {
            let hint =
                "replace the link by a copy: decision files stand below the working directory";
            let message = "this link leads out of the working directory";
            return self
                .mistakes
                .push(Mistake::of_file(&inert(name, 400), message, hint));
        }
        if about.is_dir() && leads_on {
            if !above.contains(&real) {
                self.follow(path, &real, name, above);
            }
        } else if !about.is_file() {
            let hint = "remove it, or narrow `decisions` in the configuration";
            self.mistakes.push(Mistake::of_file(
                &inert(name, 400),
                "this is not a regular file",
                hint,
            ));
        } else if first_hidden(name).is_some() {
            self.odd_name("", name);
        } else if !self.seen.contains_key(&real) {
            let name: Arc<str> = name.into();
            self.seen.insert(real.clone(), Arc::clone(&name));
            self.files.push(File { name, path: real });
        }
    }

    /// Goes into a folder. Behind a link no further link is followed: a dozen folders that link to each
    /// other have more ways through them than can be walked.
    fn follow(&mut self, path: &Path, real: &Path, name: &str, above: &mut Vec<PathBuf>) {
        let is_link = fs::symlink_metadata(path).is_ok_and(|about| about.is_symlink());
        if is_link && self.behind_a_link {
            let message =
                "a link to a folder, in a folder that was reached through a link, is not followed";
            let hint = "link to the folder itself, or put the files where the first link leads";
            let mistake = Mistake::of_file(&inert(name, 400), message, hint);
            return self.mistakes.push(mistake);
        }
        let before = self.behind_a_link;
        self.behind_a_link |= is_link;
        self.folder(real, name, above);
        self.behind_a_link = before;
    }

    fn odd_name(&mut self, folder: &str, name: &str) {
        let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
        if ending == "toml" || ending == "jsonl" {
            let shown = format!(
                "{folder}{}{}",
                if folder.is_empty() { "" } else { "/" },
                inert(name, 200)
            );
            let hint = "give the file a name of visible UTF-8 characters";
            let message = "the name of this file holds characters that cannot be seen or read";
            self.mistakes
                .push(Mistake::of_file(&inert(&shown, 400), message, hint));
        }
    }
}

fn unreadable(name: &str, error: &std::io::Error) -> Mistake {
    let message = format!(
        "this cannot be read ({})",
        crate::desired::mistake::unread(error)
    );
    let hint = "make it readable, or remove it";
    Mistake::of_file(&inert(name, 400), message, hint)
}

#[cfg(test)]
mod tests;
