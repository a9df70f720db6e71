//! What a process holds between rounds, and that it does not grow.

use std::time::Duration;

use crate::Result;
use crate::measured::Measured;
use crate::process::memory;
use crate::sample::Sample;

/// How often it is looked whether handles were given back: threads and sockets end a moment after their command.
const LOOKS: u32 = 20;
const LOOK_AGAIN: Duration = Duration::from_millis(5);

/// One process, looked at after each round.
pub(super) struct Flat {
    process: u32,
    /// Resident memory, in MB.
    memory: Vec<f64>,
    /// Open file handles.
    handles: Vec<f64>,
}

impl Flat {
    pub(super) fn of(process: u32) -> Self {
        let (memory, handles) = (Vec::new(), Vec::new());
        Self {
            process,
            memory,
            handles,
        }
    }

    /// Looks once, when the process has nothing to do.
    pub(super) fn look(&mut self) -> Result<()> {
        let before = self.handles.last().copied().unwrap_or(0.0);
        let mut least = f64::INFINITY;
        for _ in 0..LOOKS {
            let open = std::fs::read_dir(format!("/proc/{}/fd", self.process))?.count();
            least = least.min(f64::from(u32::try_from(open)?));
            if least <= before {
                break;
            }
            std::thread::sleep(LOOK_AGAIN);
        }
        self.handles.push(least);
        self.memory.push(memory(self.process, "VmRSS:")?);
        Ok(())
    }

    /// Memory of the last quarter of the rounds against the second: the first warms up.
    pub(super) fn memory(&self, key: &'static str) -> Measured {
        let [_, second, _, last] = quarters(&self.memory);
        let (last, second) = (Sample(last.to_vec()), Sample(second.to_vec()));
        Measured::ratio(
            key,
            &Sample::once(last.median()),
            &Sample::once(second.median()),
        )
    }

    /// The most handles of the second half against those of the second quarter.
    pub(super) fn handles(&self, key: &'static str) -> Measured {
        let [_, second, third, last] = quarters(&self.handles);
        let most = |of: &[f64]| Sample::once(of.iter().copied().fold(0.0, f64::max));
        Measured::ratio(key, &most(&[third, last].concat()), &most(second))
    }
}

fn quarters(figures: &[f64]) -> [&[f64]; 4] {
    let (first, second) = figures.split_at(figures.len() / 2);
    let (one, two) = first.split_at(first.len() / 2);
    let (three, four) = second.split_at(second.len() / 2);
    [one, two, three, four]
}
