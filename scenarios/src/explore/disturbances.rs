//! What can go wrong at one call, as data: every kind of fault in every phase that makes a difference, people who act
//! at that very moment, and an end of the client there.

use mock_servers::{Act, Decision, Deed, Fault, FaultKind, Phase, PlacedAct, Vendor};

use super::limits::CLAIMS;
use crate::arm;
use crate::story::{Point, Signal, Signalled};

/// One call of a step, as the undisturbed story made it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Spot {
    pub(crate) vendor: Vendor,
    pub(crate) op: &'static str,
    pub(crate) object: Option<String>,
    /// Which of the step's calls of this operation about this request, from 1.
    pub(crate) nth: u64,
}

impl Spot {
    fn point(&self, phase: Phase) -> Point {
        Point {
            op: self.op.to_owned(),
            object: self.object.clone(),
            nth: self.nth,
            phase,
        }
    }
}

impl std::fmt::Display for Spot {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let object = self.object.as_deref().unwrap_or_default();
        write!(out, "{}:{object}:{}", self.op, self.nth)
    }
}

/// One thing that goes wrong at a spot.
#[derive(Clone, Debug)]
pub(crate) struct Disturbance {
    /// Its name in the matrix.
    pub(crate) name: String,
    /// What is armed for the step.
    pub(crate) faults: Vec<Fault>,
    /// Whether the vendor then truly answers otherwise: somebody acted, or it says that there is no such request.
    pub(crate) other_world: bool,
    /// What the vendor then says that stands, truly or not.
    pub(crate) claims: Option<&'static str>,
    /// The client's end, if that is it.
    pub(crate) signal: Option<Signalled>,
}

/// A fault of the wire or of the vendor: its name, its phase, its kind.
const FAULTS: &[(&str, Phase, FaultKind)] = &[
    ("request-lost", Phase::BeforeEffect, FaultKind::Close),
    ("request-reset", Phase::BeforeEffect, FaultKind::Reset),
    ("late", Phase::BeforeEffect, FaultKind::Delay),
    ("html-before", Phase::BeforeEffect, FaultKind::Html),
    ("garbage-before", Phase::BeforeEffect, FaultKind::Garbage),
    ("empty-before", Phase::BeforeEffect, FaultKind::Empty),
    ("redirected", Phase::BeforeEffect, FaultKind::Redirect),
    ("throttled", Phase::BeforeEffect, FaultKind::RateLimit),
    ("ack-lost", Phase::AfterEffect, FaultKind::Close),
    ("ack-reset", Phase::AfterEffect, FaultKind::Reset),
    ("ack-late", Phase::Response, FaultKind::Delay),
    ("ack-truncated", Phase::Response, FaultKind::Truncate),
    ("ack-html", Phase::AfterEffect, FaultKind::Html),
    ("ack-garbage", Phase::AfterEffect, FaultKind::Garbage),
    ("ack-empty", Phase::AfterEffect, FaultKind::Empty),
];

/// A bare status: before the vendor does anything, and instead of what it answered.
const STATUSES: &[(&str, Phase, u16)] = &[
    ("status-401", Phase::BeforeEffect, 401),
    ("status-403", Phase::BeforeEffect, 403),
    ("status-404", Phase::BeforeEffect, 404),
    ("status-500", Phase::BeforeEffect, 500),
    ("status-503", Phase::BeforeEffect, 503),
    ("ack-500", Phase::AfterEffect, 500),
];

/// Somebody acts: before the vendor looks at the call, and after it has looked, when its answer is already old.
const ACTS: &[(&str, Phase, Deed, Option<Decision>)] = &[
    (
        "portal-approves",
        Phase::BeforeEffect,
        Deed::PortalDecide,
        Some(Decision::Approve),
    ),
    (
        "portal-denies",
        Phase::BeforeEffect,
        Deed::PortalDecide,
        Some(Decision::Deny),
    ),
    ("gone", Phase::BeforeEffect, Deed::UserCancel, None),
    (
        "portal-approves-then",
        Phase::Response,
        Deed::PortalDecide,
        Some(Decision::Approve),
    ),
    (
        "portal-denies-then",
        Phase::Response,
        Deed::PortalDecide,
        Some(Decision::Deny),
    ),
    ("gone-then", Phase::Response, Deed::UserCancel, None),
];

/// The client ends: the call never acts, acts when nobody waits for it any more, or has acted and is not heard.
const ENDS: &[(&str, Signal, Phase, bool)] = &[
    ("kill-before", Signal::Kill, Phase::BeforeEffect, true),
    ("kill-during", Signal::Kill, Phase::BeforeEffect, false),
    ("kill-after", Signal::Kill, Phase::Response, false),
    ("stop-during", Signal::Terminate, Phase::BeforeEffect, false),
];

/// Everything that can go wrong at this spot. `subject` is the request that people act on where the call names none;
/// `patience` is how long, in milliseconds, a late answer is kept back.
pub(crate) fn disturbances(spot: &Spot, subject: Option<&str>, patience: u64) -> Vec<Disturbance> {
    let at = |phase| arm::at(&spot.point(phase));
    let alone = |name: &str, fault: Fault| Disturbance {
        name: name.to_owned(),
        other_world: fault.act.is_some() || name.ends_with("404") || name == "not-found",
        faults: vec![Fault {
            id: format!("explore {name}"),
            ..fault
        }],
        claims: None,
        signal: None,
    };
    let mut all = Vec::new();
    for (name, phase, kind) in FAULTS {
        let fault = Fault {
            kind: Some(*kind),
            ms: (*kind == FaultKind::Delay).then_some(patience),
            seconds: (*kind == FaultKind::RateLimit).then_some(1),
            ..at(*phase)
        };
        all.push(alone(name, fault));
    }
    for (name, phase, status) in STATUSES {
        let fault = Fault {
            kind: Some(FaultKind::Status),
            status: Some(*status),
            ..at(*phase)
        };
        all.push(alone(name, fault));
    }
    // A vendor's own throttling is `throttled`, with a wait that a test can bear.
    let errors = spot.vendor.errors().iter();
    for error in errors.filter(|error| !error.ends_with(":too-many-requests")) {
        let fault = Fault {
            kind: Some(FaultKind::VendorError),
            name: Some((*error).to_owned()),
            ..at(Phase::BeforeEffect)
        };
        let name = error.split_once(':').map_or(*error, |(_, name)| name);
        let claim = CLAIMS
            .iter()
            .find(|claim| (claim.vendor, claim.error) == (spot.vendor, name));
        all.push(Disturbance {
            claims: claim.map(|claim| claim.verdict),
            ..alone(name, fault)
        });
    }
    let subject = spot.object.as_deref().or(subject);
    for (name, phase, deed, decision) in ACTS {
        let Some(subject) = subject else { break };
        let act = Act {
            vendor: Some(spot.vendor),
            id: Some(subject.to_owned()),
            decision: *decision,
            ..Act::default()
        };
        let fault = Fault {
            act: Some(PlacedAct { deed: *deed, act }),
            ..at(*phase)
        };
        all.push(alone(name, fault));
    }
    for (name, send, phase, lost) in ENDS {
        let close = Fault {
            kind: Some(FaultKind::Close),
            ..at(*phase)
        };
        let signal = Some(Signalled {
            send: *send,
            inside: spot.point(*phase),
        });
        all.push(Disturbance {
            faults: if *lost {
                alone(name, close).faults
            } else {
                Vec::new()
            },
            name: (*name).to_owned(),
            other_world: false,
            claims: None,
            signal,
        });
    }
    all
}
