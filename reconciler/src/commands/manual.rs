//! `completions` and `man`: what shells and `man` need to know of the command line, made from it.

use clap::CommandFactory as _;

use super::Context;
use crate::cli::{Cli, Completions, Man};
use crate::error::Failure;
use crate::exit::Exit;

/// `countersign completions SHELL`.
pub(super) fn completions(args: &Completions, context: &Context) -> Exit {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "countersign", &mut script);
    context.ui.result(&String::from_utf8_lossy(&script));
    Exit::Done
}

/// `countersign man [--into DIR]`.
pub(super) fn man(args: &Man, context: &Context) -> Result<Exit, Failure> {
    let Some(folder) = &args.into else {
        let mut page = Vec::new();
        clap_mangen::Man::new(Cli::command())
            .render(&mut page)
            .map_err(|error| Failure::error("cannot make the manual page").because(error))?;
        context.ui.result(&String::from_utf8_lossy(&page));
        return Ok(Exit::Done);
    };
    std::fs::create_dir_all(folder)
        .and_then(|()| clap_mangen::generate_to(Cli::command(), folder))
        .map_err(|error| Failure::io("cannot write the manual into", folder, &error))?;
    context.ui.line(&format!(
        "wrote a page for each command into {}",
        folder.display()
    ));
    Ok(Exit::Done)
}
