//! `explain`: what a code means and what to do.

use super::Context;
use crate::cli::Explain;
use crate::error::Failure;
use crate::exit::Exit;
use crate::model::Vendor;
use crate::render::explain;
use crate::vendors::capabilities;

/// `countersign explain [CODE]`.
pub(super) fn run(args: &Explain, context: &Context) -> Result<Exit, Failure> {
    let style = context.ui.style();
    let rendered = match &args.code {
        None => explain::all(style),
        Some(code) => explain::code(code, &Vendor::ALL.map(capabilities), style)
            .map_err(|hint| Failure::usage(format!("there is no code {code}")).hint(hint))?,
    };
    context.ui.result(&rendered);
    Ok(Exit::Done)
}
