//! From paths, globs and tags to the trials that will run. Finding nothing is an error, never a pass.

use std::path::{Path, PathBuf};

use globset::GlobBuilder;

use crate::bundled::BUNDLED;
use crate::mistake::Mistake;
use crate::read::{Variant, read};

/// The word that stands for the stories this program carries.
const WORD: &str = "bundled";
const ENDING: &str = ".scenario.toml";
/// How deep folders may lie in each other.
const DEEPEST: usize = 16;

/// What is asked for.
#[derive(Clone, Debug, Default)]
pub struct Query {
    /// Files, folders, or `bundled`; none means `bundled`.
    pub paths: Vec<PathBuf>,
    /// A glob over `suite/name` and `suite/name/case`.
    pub filter: Option<String>,
    /// Only stories with one of these tags.
    pub tags: Vec<String>,
}

/// One story in one case.
#[derive(Clone, Debug)]
pub struct Trial {
    /// `suite/name`, and `/case` where there are cases.
    pub name: String,
    /// The file, as it was named.
    pub path: String,
    /// Where its snapshots lie; none for a story that this program carries.
    pub folder: Option<PathBuf>,
    /// The story.
    pub variant: Variant,
}

/// What was found.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// What can run, by file name.
    pub trials: Vec<Trial>,
    /// What is wrong with the other files.
    pub mistakes: Vec<Mistake>,
}

/// Why there is nothing to run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NothingFound {
    /// A path that is not there or cannot be read, or a glob that is none.
    Usage(String),
    /// Nothing fits.
    Nothing,
}

/// Finds, reads and checks.
///
/// # Errors
/// When nothing fits, or a path or glob makes no sense.
pub fn find(query: &Query) -> Result<Found, NothingFound> {
    let filter = query
        .filter
        .as_deref()
        .map(|glob| GlobBuilder::new(glob).literal_separator(false).build())
        .transpose()
        .map_err(|error| NothingFound::Usage(error.to_string()))?
        .map(|glob| glob.compile_matcher());
    let mut found = Found::default();
    let sources = sources(&query.paths, &mut found.mistakes)?;
    for source in sources {
        match read(&source.path, &source.text) {
            Err(mistakes) => found.mistakes.extend(mistakes),
            Ok(variants) => {
                for variant in variants {
                    let trial = trial(&source, variant);
                    let fits = filter.as_ref().is_none_or(|glob| {
                        glob.is_match(&trial.name)
                            || glob.is_match(&trial.variant.story.scenario.id)
                    });
                    let tags = &trial.variant.story.scenario.tags;
                    if fits
                        && (query.tags.is_empty()
                            || query.tags.iter().any(|tag| tags.contains(tag)))
                    {
                        found.trials.push(trial);
                    }
                }
            }
        }
    }
    if found.trials.is_empty() && found.mistakes.is_empty() {
        return Err(NothingFound::Nothing);
    }
    Ok(found)
}

struct Source {
    path: String,
    text: String,
    folder: Option<PathBuf>,
}

fn trial(source: &Source, variant: Variant) -> Trial {
    let id = &variant.story.scenario.id;
    Trial {
        name: match &variant.case {
            Some(case) => format!("{id}/{case}"),
            None => id.clone(),
        },
        path: source.path.clone(),
        folder: source.folder.clone(),
        variant,
    }
}

fn sources(paths: &[PathBuf], mistakes: &mut Vec<Mistake>) -> Result<Vec<Source>, NothingFound> {
    let carried = [PathBuf::from(WORD)];
    let paths = if paths.is_empty() { &carried } else { paths };
    let mut sources = Vec::new();
    for path in paths {
        if path == Path::new(WORD) && !path.exists() {
            sources.extend(BUNDLED.iter().map(|(name, text)| Source {
                path: (*name).to_owned(),
                text: (*text).to_owned(),
                folder: None,
            }));
            continue;
        }
        let mut files = Vec::new();
        collect(path, 0, &mut files)?;
        for file in files {
            let path = file.display().to_string();
            match std::fs::read_to_string(&file) {
                Ok(text) => sources.push(Source {
                    text,
                    folder: file.parent().map(Path::to_path_buf),
                    path,
                }),
                // One that cannot be read does not keep the others from being told.
                Err(error) => mistakes.push(Mistake::at(&path, "", None, error.to_string())),
            }
        }
    }
    Ok(sources)
}

fn collect(path: &Path, depth: usize, files: &mut Vec<PathBuf>) -> Result<(), NothingFound> {
    let kind = std::fs::metadata(path).map_err(|error| unreadable(path, &error))?;
    if kind.is_file() {
        files.push(path.to_path_buf());
        return Ok(());
    }
    if !kind.is_dir() {
        let why = std::io::Error::other("neither a file nor a folder");
        return Err(unreadable(path, &why));
    }
    let mut entries = Vec::new();
    for entry in std::fs::read_dir(path).map_err(|error| unreadable(path, &error))? {
        entries.push(entry.map_err(|error| unreadable(path, &error))?.path());
    }
    entries.sort();
    for entry in entries {
        if entry.is_dir() {
            // Folders that are linked into each other have no end.
            if depth < DEEPEST {
                collect(&entry, depth + 1, files)?;
            }
        } else if entry.is_file() && entry.display().to_string().ends_with(ENDING) {
            files.push(entry);
        }
    }
    Ok(())
}

fn unreadable(path: &Path, error: &std::io::Error) -> NothingFound {
    NothingFound::Usage(format!("{}: {error}", path.display()))
}
