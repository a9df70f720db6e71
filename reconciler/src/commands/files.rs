//! Which decision files are read: what a plan notes about them, and whether a draft would be among them.

use std::path::Path;

use super::setup::Setup;
use super::{Context, provenance};
use crate::desired::Written;
use crate::desired::decisions;
use crate::error::Failure;

/// What a reader of the files could not know: that there are none, or that they are not what is committed.
pub(super) fn notes(setup: &Setup, written: &Written, context: &Context) -> Vec<String> {
    let mut notes = Vec::new();
    notes.extend(no_files(setup, written, context));
    match provenance::uncommitted(&written.files, context) {
        0 => {}
        1 => notes.push("1 decision file is not as it was committed".to_owned()),
        many => notes.push(format!(
            "{many} decision files are not as they were committed"
        )),
    }
    notes
}

/// Nothing was found to be wrong where nothing was looked at.
pub(super) fn no_files(setup: &Setup, written: &Written, context: &Context) -> Option<String> {
    let globs = setup.config.decisions.join(", ");
    let folder = context.global.chdir.display();
    let nothing = written.files.is_empty() && written.mistakes.is_empty();
    nothing.then(|| format!("no file below {folder} is named by decisions = {globs}"))
}

/// A draft that no command would read is none, and the next `draft` would make it again.
pub(super) fn is_read_again(into: &Path, setup: &Setup, context: &Context) -> Result<(), Failure> {
    let name = into.strip_prefix(&context.global.chdir).unwrap_or(into);
    let name = name.strip_prefix(".").unwrap_or(name).to_string_lossy();
    let globs = &setup.config.decisions;
    let hint = format!(
        "name a .toml file that one of decisions = {} finds",
        globs.join(", ")
    );
    if name.ends_with(".toml") && decisions::covers(globs, &name) {
        return Ok(());
    }
    let absolute = into
        .canonicalize()
        .ok()
        .zip(context.global.chdir.canonicalize().ok());
    let below = absolute.and_then(|(into, root)| into.strip_prefix(root).map(Path::to_owned).ok());
    match below {
        Some(name) if decisions::covers(globs, &name.to_string_lossy()) => Ok(()),
        Some(_) | None => Err(Failure::usage(format!(
            "--into {}: no command would read it",
            into.display()
        ))
        .hint(hint)),
    }
}
