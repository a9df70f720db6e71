//! Which decision files are read: what a plan notes about them, and whether a draft would be among them.

use std::path::Path;

use super::setup::Setup;
use super::{Context, provenance};
use crate::desired::Written;
use crate::desired::decisions;
use crate::error::Failure;

/// What a reader of the files could not know: that there are none, or that they are not what is committed.
pub(super) async fn notes(setup: &Setup, written: &Written, context: &Context) -> Vec<String> {
    let mut notes = Vec::new();
    notes.extend(no_files(setup, written, context));
    match provenance::uncommitted(&written.files, context).await {
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
    let globs = &setup.config.decisions;
    let folder = into
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new(".")).canonicalize().ok();
    let real = match into.canonicalize() {
        Ok(real) => Some(real),
        Err(_) => folder
            .zip(into.file_name())
            .map(|(folder, name)| folder.join(name)),
    };
    let root = context.global.chdir.canonicalize().ok();
    let name = real.zip(root).and_then(|(real, root)| {
        let name = real.strip_prefix(root).ok()?;
        Some(name.to_string_lossy().into_owned())
    });
    if name.is_some_and(|name| name.ends_with(".toml") && decisions::covers(globs, &name)) {
        return Ok(());
    }
    let what = format!("--into {}: no command would read it", into.display());
    let globs = globs.join(", ");
    Err(Failure::usage(what).hint(format!(
        "name a .toml file that one of decisions = {globs} finds"
    )))
}
