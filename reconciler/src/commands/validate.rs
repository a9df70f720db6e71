//! `validate`: every mistake and foreseeable hold at once, without asking any vendor.

use super::{Context, setup};
use crate::cli::Reach;
use crate::error::{Diagnostic, Failure, Severity};
use crate::exit::Exit;
use crate::plan::{Hold, foresee};
use crate::render::mistakes;

/// `countersign validate`.
pub(super) fn run(context: &Context) -> Result<Exit, Failure> {
    let setup = setup::load(context, &Reach::default())?;
    let written = setup.written(context);
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
    let (decided, undecided) = (
        written.desired.decisions.len(),
        written.desired.undecided.len(),
    );
    if context.global.verbose {
        for decision in &written.desired.decisions {
            context.ui.status(&format!(
                "{} {} {}",
                decision.verdict, decision.address, decision.from
            ));
        }
    }
    if written.mistakes.is_empty() && holds.is_empty() {
        let files = written.files.len();
        context.ui.result(&format!(
            "Valid: {decided} decided, {undecided} undecided, in {files} files.\n"
        ));
        return Ok(Exit::Done);
    }
    let (mistakes, holds) = (written.mistakes.len(), holds.len());
    Err(Failure::error(format!(
        "{mistakes} mistakes, {holds} holds to be foreseen"
    )))
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
