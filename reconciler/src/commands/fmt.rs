//! `fmt`: canonical layout of decision files, comments kept.

use std::path::PathBuf;

use super::{Context, output, setup};
use crate::cli::{Fmt, Reach};
use crate::desired::decisions::Keep;
use crate::desired::fmt;
use crate::error::Failure;
use crate::exit::Exit;

/// `countersign fmt`.
pub(super) fn run(args: &Fmt, context: &Context) -> Result<Exit, Failure> {
    let files = if args.files.is_empty() {
        all(context)?
    } else {
        args.files.clone()
    };
    let mut wrong = Vec::new();
    let mut changed = Vec::new();
    for file in files {
        let path = context.global.chdir.join(&file);
        let name = file.display().to_string();
        let text = std::fs::read_to_string(&path)
            .map_err(|error| Failure::io("cannot read", &path, &error))?;
        match fmt::format(&name, &text) {
            Ok(formatted) if formatted != text => changed.push((path, name, formatted)),
            Ok(_) => {}
            Err(mistake) => wrong.push(mistake),
        }
    }
    // All or nothing: a file that cannot be laid out stops the others from being rewritten.
    if !wrong.is_empty() {
        return Err(setup::mistaken(context, &wrong));
    }
    for (path, name, formatted) in &changed {
        if !args.check {
            rewrite(path, formatted)?;
        }
        context.ui.line(name);
    }
    Ok(if args.check && !changed.is_empty() {
        Exit::Findings
    } else {
        Exit::Done
    })
}

fn all(context: &Context) -> Result<Vec<PathBuf>, Failure> {
    let setup = setup::load(context, &Reach::default())?;
    let files = setup.written(context, Keep::Nothing).files;
    Ok(files
        .iter()
        .filter(|file| file.ends_with(".toml"))
        .map(|file| PathBuf::from(file.as_ref()))
        .collect())
}

/// Replaces a file whole, keeping its permissions.
pub(super) fn rewrite(path: &std::path::Path, text: &str) -> Result<(), Failure> {
    let failed = |error| Failure::io("cannot rewrite", path, &error);
    let permissions = std::fs::metadata(path).map_err(failed)?.permissions();
    // A link stays a link: the file behind it is replaced.
    let real = path.canonicalize().map_err(failed)?;
    output::write(&real, text).map_err(failed)?;
    std::fs::set_permissions(&real, permissions).map_err(failed)
}
