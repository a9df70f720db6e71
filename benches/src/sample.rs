//! Figures of several rounds, and what is told of them.

use crate::Result;

/// One side's figures, one a round, in the order of the rounds.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Sample(pub(crate) Vec<f64>);

impl Sample {
    /// What was measured once.
    pub(crate) fn once(figure: f64) -> Self {
        Self(vec![figure])
    }

    pub(crate) fn median(&self) -> f64 {
        let mut figures = self.0.clone();
        figures.sort_by(f64::total_cmp);
        let middle = figures.len() / 2;
        let upper = figures.get(middle).copied().unwrap_or(f64::NAN);
        if figures.len() % 2 == 1 {
            return upper;
        }
        let lower = figures.get(middle.wrapping_sub(1)).copied();
        f64::midpoint(lower.unwrap_or(upper), upper)
    }

    /// The same in another unit.
    pub(crate) fn times(&self, factor: f64) -> Self {
        Self(self.0.iter().map(|figure| figure * factor).collect())
    }

    /// Each round's share of another's; a side that was measured once stands against each round.
    pub(crate) fn over(&self, base: &Self) -> Self {
        let rounds = self.0.len().max(base.0.len());
        let at = |sample: &Self, round: usize| {
            let figure = sample.0.get(round).or(sample.0.last());
            figure.copied().unwrap_or(f64::NAN)
        };
        Self(
            (0..rounds)
                .map(|round| at(self, round) / at(base, round))
                .collect(),
        )
    }

    /// The least and the greatest.
    pub(crate) fn spread(&self) -> (f64, f64) {
        let least = self.0.iter().copied().fold(f64::INFINITY, f64::min);
        (least, self.0.iter().copied().fold(0.0, f64::max))
    }
}

/// A side of a comparison: makes one run and tells its figure.
pub(crate) type Side<'a> = &'a mut dyn FnMut() -> Result<f64>;

/// Runs the sides in turn, A B A B.
pub(crate) fn in_turn<const N: usize>(
    rounds: usize,
    mut sides: [Side<'_>; N],
) -> Result<[Sample; N]> {
    let mut samples = [const { Sample(Vec::new()) }; N];
    for _ in 0..rounds {
        for (side, sample) in sides.iter_mut().zip(&mut samples) {
            sample.0.push(side()?);
        }
    }
    Ok(samples)
}

/// The same after one round that is not counted: for what is short, and slow the first time.
pub(crate) fn warmed<const N: usize>(
    rounds: usize,
    mut sides: [Side<'_>; N],
) -> Result<[Sample; N]> {
    for side in &mut sides {
        side()?;
    }
    in_turn(rounds, sides)
}
