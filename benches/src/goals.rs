//! The goals as data. A further goal is a row here, and a bench that measures its key.

use clap::ValueEnum;

/// What can be asked for by name. Each prepares its own worlds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Bench {
    /// A whole queue of 100,000 against 1,000 decisions.
    Scan,
    /// 100 decisions looked up by id.
    Points,
    /// The mock with a million requests.
    Mock,
    /// A queue of 1,000,000.
    Million,
    /// 100,000 decisions.
    Files,
    /// A process that does nothing.
    Start,
    /// 200 changes at 5 ms.
    Apply,
}

impl Bench {
    pub(crate) const ALL: [Self; 7] = [
        Self::Scan,
        Self::Points,
        Self::Mock,
        Self::Million,
        Self::Files,
        Self::Start,
        Self::Apply,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Scan => "scan",
            Self::Points => "points",
            Self::Mock => "mock",
            Self::Million => "million",
            Self::Files => "files",
            Self::Start => "start",
            Self::Apply => "apply",
        }
    }
}

/// In what a goal is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unit {
    Seconds,
    Megabytes,
}

/// One goal: ours, or ours as a share of the baseline, is to be at most `limit`.
#[derive(Debug)]
pub(crate) struct Goal {
    pub(crate) key: &'static str,
    pub(crate) what: &'static str,
    /// What the same run holds it against; without one the limit is absolute.
    pub(crate) baseline: Option<&'static str>,
    pub(crate) unit: Unit,
    pub(crate) limit: f64,
}

/// What a bench found for one goal: medians, in the goal's unit.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Measured {
    pub(crate) key: &'static str,
    pub(crate) ours: f64,
    pub(crate) base: Option<f64>,
}

impl Measured {
    pub(crate) fn ratio(key: &'static str, ours: f64, base: f64) -> Self {
        let base = Some(base);
        Self { key, ours, base }
    }

    pub(crate) fn alone(key: &'static str, ours: f64) -> Self {
        let base = None;
        Self { key, ours, base }
    }
}

const fn ratio(
    key: &'static str,
    what: &'static str,
    baseline: &'static str,
    unit: Unit,
    limit: f64,
) -> Goal {
    let baseline = Some(baseline);
    Goal {
        key,
        what,
        baseline,
        unit,
        limit,
    }
}

const fn alone(key: &'static str, what: &'static str, unit: Unit, limit: f64) -> Goal {
    Goal {
        key,
        what,
        baseline: None,
        unit,
        limit,
    }
}

use Unit::{Megabytes, Seconds};

/// Every goal that is measured.
pub(crate) const GOALS: &[Goal] = &[
    ratio(
        "scan",
        "plan, 100,000 scanned whole × 1,000 decisions",
        "bare read",
        Seconds,
        3.0,
    ),
    alone("scan-memory", "peak memory of that plan", Megabytes, 64.0),
    ratio(
        "scan-canned",
        "that plan, pages served from memory",
        "bare read of the same",
        Seconds,
        3.0,
    ),
    ratio(
        "points",
        "plan, 100 decisions looked up of 100,000",
        "bare read",
        Seconds,
        0.2,
    ),
    alone("mock-start", "mock with 1,000,000 is up", Seconds, 2.0),
    alone("mock-memory", "its memory then", Megabytes, 300.0),
    alone(
        "mock-memory-read",
        "its memory when all was read",
        Megabytes,
        300.0,
    ),
    alone("mock-page", "one page of 1000 of it", Seconds, 0.005),
    alone(
        "mock-sample",
        "mock with the sample world is up",
        Seconds,
        0.1,
    ),
    ratio(
        "G1",
        "plan, 1,000,000 scanned whole × 10,000 decisions",
        "bare read",
        Seconds,
        3.0,
    ),
    ratio(
        "G5",
        "plan, 100 decisions on 1,000,000",
        "bare read",
        Seconds,
        0.10,
    ),
    ratio("G5-growth", "the same", "the same on 10,000", Seconds, 1.5),
    alone("G7", "peak memory of G1's plan", Megabytes, 64.0),
    ratio(
        "G7-growth",
        "the same",
        "10,000 decisions on 100,000",
        Megabytes,
        1.1,
    ),
    ratio(
        "G9-time",
        "validate, 100,000 decisions",
        "whole-file toml",
        Seconds,
        0.6,
    ),
    ratio(
        "G9-memory",
        "its peak memory",
        "whole-file toml",
        Megabytes,
        0.10,
    ),
    ratio("G13", "countersign --version", "/bin/true", Seconds, 2.0),
    ratio(
        "G10",
        "apply, 200 changes at 5 ms, 32 at a time: a call",
        "bare apply, a call",
        Seconds,
        1.08,
    ),
];
