//! What a process costs that does nothing.

use std::process::Command;

use crate::Result;
use crate::measured::Measured;
use crate::process::seconds;
use crate::sample::{in_turn, warmed};
use crate::stage::Stage;
use crate::suite::or_missing;

/// Starts are short, so each is run many times a round.
const TIMES: u32 = 20;

/// G13: `countersign --version`.
pub(crate) fn version(stage: &Stage, rounds: usize) -> Result<Vec<Measured>> {
    let many = |command: &mut Command, times: u32| -> Result<f64> {
        let runs: Result<Vec<f64>> = (0..times).map(|_| seconds(command)).collect();
        Ok(runs?.iter().sum::<f64>() / f64::from(times))
    };
    let ours = || {
        let mut command = Command::new(&stage.countersign);
        many(command.arg("--version"), TIMES)
    };
    let [nothing, version] = warmed(
        rounds,
        [&mut || many(&mut Command::new("/bin/true"), TIMES), &mut {
            ours
        }],
    )?;
    let python = || {
        stage.python("start_requests.py")?;
        let [python, version] = in_turn(
            rounds,
            [
                &mut || many(&mut stage.python("start_requests.py")?, 2),
                &mut { ours },
            ],
        )?;
        Ok(Measured::ratio("G13-python", &version, &python))
    };
    Ok(vec![
        Measured::ratio("G13-true", &version, &nothing),
        or_missing("G13-python", python())?,
    ])
}
