//! The steps of apply at which a crash matters, so that a test can stop the real binary at each.
//!
//! In a run nobody stops, reaching a step does nothing.

use std::sync::Arc;

/// A step of apply, in the order in which a line passes them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// K0: nothing done yet.
    Start,
    /// K1: the ledger is locked.
    LockHeld,
    /// K2: the plan is verified, or made.
    PlanVerified,
    /// K3: read afresh, still as reviewed.
    FreshRead,
    /// K4: the intent stands half in the file.
    IntentHalfWritten,
    /// K5: wholly, but not synced.
    IntentWritten,
    /// K6: the intent is durable.
    IntentSynced,
    /// K11: the answer has arrived.
    Answered,
    /// K12: read back.
    ReadBack,
    /// K13: the outcome stands half in the file.
    OutcomeHalfWritten,
    /// K14: wholly, but not synced.
    OutcomeWritten,
    /// K15: the outcome was handed to the disk with its group.
    OutcomeSynced,
    /// K17: the run is closed, the lock about to go.
    RunClosed,
}

impl Step {
    /// Every step, with its name.
    pub const ALL: [(&'static str, Self); 13] = [
        ("K0", Self::Start),
        ("K1", Self::LockHeld),
        ("K2", Self::PlanVerified),
        ("K3", Self::FreshRead),
        ("K4", Self::IntentHalfWritten),
        ("K5", Self::IntentWritten),
        ("K6", Self::IntentSynced),
        ("K11", Self::Answered),
        ("K12", Self::ReadBack),
        ("K13", Self::OutcomeHalfWritten),
        ("K14", Self::OutcomeWritten),
        ("K15", Self::OutcomeSynced),
        ("K17", Self::RunClosed),
    ];

    /// The step of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|(known, _)| *known == name)
            .map(|(_, step)| step)
    }
}

/// Where to stop, if anywhere, and what stopping is.
#[derive(Clone, Default)]
pub struct Steps(Option<(Step, Arc<dyn Fn() + Send + Sync>)>);

impl Steps {
    /// Stops at one step by calling `stop`, which need not return.
    #[must_use]
    pub fn stopping_at(step: Step, stop: Arc<dyn Fn() + Send + Sync>) -> Self {
        Self(Some((step, stop)))
    }

    /// Whether this is the step to stop at.
    #[must_use]
    pub fn stops_at(&self, step: Step) -> bool {
        self.0.as_ref().is_some_and(|(at, _)| *at == step)
    }

    /// To be called whenever a step is reached.
    pub fn reached(&self, step: Step) {
        if let Some((at, stop)) = &self.0
            && *at == step
        {
            stop();
        }
    }
}
