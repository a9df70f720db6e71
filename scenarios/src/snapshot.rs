//! `expect.snapshot`: a step's output beside the file, in the form that `cargo insta` reads and writes too.

use std::path::PathBuf;

use crate::find::Trial;
use crate::judge::Problem;

/// Compares, or writes where that is asked for.
pub(crate) fn compare(trial: &Trial, name: &str, text: &str, update: bool) -> Option<Problem> {
    let what = format!("snapshot {name}");
    let Some(path) = path(trial, name) else {
        return Some(Problem::new(
            what,
            "a file beside the story",
            "a bundled story has no folder: run it from its file",
        ));
    };
    if update {
        let written = std::fs::write(&path, format!("---\nsource: scenarios\n---\n{text}"));
        return written
            .err()
            .map(|error| Problem::new(what, "it can be written", error.to_string()));
    }
    let stored = match std::fs::read_to_string(&path) {
        Ok(stored) => stored,
        Err(error) => {
            return Some(Problem::new(
                what,
                format!("{}; --update writes it", path.display()),
                error.to_string(),
            ));
        }
    };
    let expected = body(&stored);
    if expected.trim_end() == text.trim_end() {
        return None;
    }
    let difference = similar::TextDiff::from_lines(expected.trim_end(), text.trim_end())
        .unified_diff()
        .to_string();
    Some(Problem::new(what, path.display().to_string(), difference))
}

fn path(trial: &Trial, name: &str) -> Option<PathBuf> {
    let stem = trial
        .variant
        .story
        .scenario
        .id
        .rsplit('/')
        .next()?
        .to_owned();
    let case = trial
        .variant
        .case
        .as_ref()
        .map(|case| format!("__{case}"))
        .unwrap_or_default();
    let plain = name
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    (plain && !name.is_empty()).then_some(())?;
    Some(
        trial
            .folder
            .as_ref()?
            .join(format!("{stem}{case}__{name}.snap")),
    )
}

// What follows the header between the first two lines of dashes.
fn body(stored: &str) -> &str {
    let header = stored
        .strip_prefix("---\n")
        .and_then(|rest| rest.split_once("\n---\n"));
    header.map_or(stored, |(_, body)| body)
}
