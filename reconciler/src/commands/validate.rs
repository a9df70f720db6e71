//! `validate`: every mistake and foreseeable hold at once, without asking any vendor.

use super::{Context, setup};
use crate::cli::Reach;
use crate::desired::decisions::Keep;
use crate::error::{Diagnostic, Failure, Severity};
use crate::exit::Exit;
use crate::model::{Aim, Desired, counted};
use crate::plan::{Hold, foresee};
use crate::render::mistakes;

/// `countersign validate`.
pub(super) fn run(context: &Context) -> Result<Exit, Failure> {
    let setup = setup::load(context, &Reach::default())?;
    let written = setup.written(context, Keep::Nothing);
    let terms = setup
        .all
        .iter()
        .map(|terms| (terms.queue.clone(), terms.clone()))
        .collect();
    let holds = foresee(&written.desired, &terms);
    if !written.mistakes.is_empty() {
        setup::show_mistakes(context, &written.mistakes, Severity::Error);
    }
    if !holds.is_empty() {
        let foreseen: Vec<Diagnostic> = holds.iter().map(foreseen).collect();
        context
            .ui
            .message(&mistakes::list(&foreseen, context.ui.stderr_style()));
    }
    let released = match written.desired.releases.len() {
        0 => String::new(),
        count => format!(", {} to be released", counted(count, "request")),
    };
    let (decided, undecided) = (
        written.desired.decisions.len(),
        written.desired.undecided.len(),
    );
    if context.global.verbose {
        list(&written.desired, context);
    }
    if let Some(note) = super::files::no_files(&setup, &written, context) {
        context.ui.warning(&note);
    }
    if written.mistakes.is_empty() && holds.is_empty() {
        let files = counted(written.files.len(), "file");
        context.ui.line(&format!(
            "Valid: {decided} decided, {undecided} undecided{released}, in {files}."
        ));
        return Ok(Exit::Done);
    }
    Err(Failure::error(format!(
        "{}, {} to be foreseen",
        counted(written.mistakes.len(), "mistake"),
        counted(holds.len(), "hold")
    )))
}

/// What the decision files name, by request: what `--target` can mean.
fn list(desired: &Desired, context: &Context) {
    let decided = desired
        .decisions
        .iter()
        .map(|decision| (&decision.address, decision.verdict.word(), &decision.from));
    let undecided = desired
        .undecided
        .iter()
        .map(|undecided| (&undecided.address, "undecided", &undecided.from));
    let releases = desired.releases.iter().map(|release| {
        let verdict = match release.aim {
            Aim::Open => "file",
            Aim::CheckedIn => "check-in",
        };
        (&release.address, verdict, &release.from)
    });
    let mut all: Vec<_> = decided.chain(undecided).chain(releases).collect();
    all.sort_by_key(|(address, _, _)| *address);
    for (address, verdict, from) in all {
        context.ui.line(&format!("{address} {verdict} {from}"));
    }
}

fn foreseen(hold: &Hold) -> Diagnostic {
    let code = hold.why.about().code;
    Diagnostic {
        file: hold.from.file.to_string(),
        line: hold.from.line,
        column: hold.from.column,
        length: 0,
        severity: Severity::Error,
        message: format!("{}: {} ({code})", hold.address, hold.reason),
        hint: Some(hold.next.clone()),
        source_line: None,
    }
}
