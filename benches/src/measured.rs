//! What a bench found for one goal.

use crate::sample::Sample;

/// What a bench found for one goal, in the goal's unit.
#[derive(Clone, Debug)]
pub(crate) struct Measured {
    pub(crate) key: &'static str,
    pub(crate) found: Found,
}

/// Figures, or why there are none.
#[derive(Clone, Debug)]
pub(crate) enum Found {
    Figures { ours: Sample, base: Option<Sample> },
    Nothing { why: String },
}

impl Measured {
    /// Ours against a baseline of the same run.
    pub(crate) fn ratio(key: &'static str, ours: &Sample, base: &Sample) -> Self {
        let (ours, base) = (ours.clone(), Some(base.clone()));
        let found = Found::Figures { ours, base };
        Self { key, found }
    }

    /// Ours, as it is.
    pub(crate) fn alone(key: &'static str, ours: &Sample) -> Self {
        let (ours, base) = (ours.clone(), None);
        let found = Found::Figures { ours, base };
        Self { key, found }
    }

    pub(crate) fn nothing(key: &'static str, why: &str) -> Self {
        let why = why.to_owned();
        let found = Found::Nothing { why };
        Self { key, found }
    }
}
