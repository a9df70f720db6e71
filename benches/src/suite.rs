//! The benches as data: a name, how many rounds its figures need, and what measures it.

use crate::goals::GOALS;
use crate::measured::Measured;
use crate::stage::Stage;
use crate::{Missing, Result};
use crate::{base, calls, far, files, millions, mocks, octodns, reads, soak, start};

/// One bench. It measures the goals whose keys begin with its name.
#[derive(Debug)]
pub(crate) struct Bench {
    pub(crate) name: &'static str,
    /// How often each side is run; fewer where a run takes long.
    rounds: usize,
    run: fn(&Stage, usize) -> Result<Vec<Measured>>,
}

const fn bench(
    name: &'static str,
    rounds: usize,
    run: fn(&Stage, usize) -> Result<Vec<Measured>>,
) -> Bench {
    Bench { name, rounds, run }
}

/// All of them.
pub(crate) const BENCHES: &[Bench] = &[
    bench("G1", 3, reads::scan),
    bench("G2", 1, reads::python),
    bench("G3", 3, far::one_walker),
    bench("G4", 3, far::ranges),
    bench("G5", 5, reads::points),
    bench("G6", 3, reads::pending),
    bench("G7", 1, reads::memory),
    bench("G8", 1, millions::decisions),
    bench("G9", 5, files::load),
    bench("G10", 3, calls::latency),
    bench("G11", 1, calls::syncs),
    bench("G12", 3, calls::python),
    bench("G13", 5, start::version),
    bench("G14", 2, octodns::per_item),
    bench("G15", 1, reads::calls),
    bench("G16", 5, mocks::five),
    bench("G17", 5, far::together),
    bench("base", 3, base::introduced),
    bench("soak", 1, soak::two_hours),
];

impl Bench {
    /// Its goals' keys and what they say.
    pub(crate) fn goals(&self) -> impl Iterator<Item = &'static crate::goals::Goal> + use<> {
        let name = self.name;
        GOALS.iter().filter(move |goal| goal.bench() == name)
    }

    /// Measures all of its goals: one that cannot be measured says why, and ends nothing. Tells whether anything went
    /// wrong that should not have.
    pub(crate) fn measure(&self, stage: &Stage) -> (Vec<Measured>, bool) {
        let rounds = match stage.rounds {
            Some(rounds) => rounds.max(1),
            None if stage.small => 1,
            None => self.rounds,
        };
        let (mut measured, why, is_wrong) = match (self.run)(stage, rounds) {
            Ok(measured) => (measured, "nothing was told of it".to_owned(), false),
            Err(error) => {
                let is_wrong = !error.is::<Missing>();
                (Vec::new(), error.to_string(), is_wrong)
            }
        };
        let open: Vec<_> = self
            .goals()
            .filter(|goal| measured.iter().all(|found| found.key != goal.key))
            .collect();
        measured.extend(open.iter().map(|goal| Measured::nothing(goal.key, &why)));
        (measured, is_wrong)
    }
}

/// What a part of a bench found, where what is missing for it is told in its row and the rest goes on.
pub(crate) fn or_missing(key: &'static str, found: Result<Measured>) -> Result<Measured> {
    found.or_else(|error| match error.downcast_ref::<Missing>() {
        Some(Missing(why)) => Ok(Measured::nothing(key, why)),
        None => Err(error),
    })
}
