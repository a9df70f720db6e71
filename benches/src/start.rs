//! What a process costs that does nothing.

use std::process::Command;

use crate::goals::Measured;
use crate::process::{medians, seconds};
use crate::{Result, Tools};

/// Starts are short, so each is run many times a round.
const TIMES: u32 = 20;

/// `countersign --version` against `/bin/true`.
pub(crate) fn version(tools: &Tools) -> Result<Vec<Measured>> {
    let many = |command: &mut Command| -> Result<f64> {
        let runs: Result<Vec<f64>> = (0..TIMES).map(|_| seconds(command)).collect();
        Ok(runs?.iter().sum::<f64>() / f64::from(TIMES))
    };
    let [bare, ours] = medians(
        tools.rounds,
        [&mut || many(&mut Command::new("/bin/true")), &mut || {
            many(Command::new(&tools.countersign).arg("--version"))
        }],
    )?;
    Ok(vec![Measured::ratio("G13", ours, bare)])
}
