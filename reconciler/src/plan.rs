//! What apply would do, and why it would not do the rest: a plain function over plain data.
//!
//! No async, no clock (now is an argument), no environment, no files, no vendors. It cannot fail:
//! what cannot be acted on becomes a hold.

mod ages;
mod base;
mod checks;
mod compare;
mod compose;
mod digest;
mod fingerprint;
mod hold;
mod ratify;
mod releases;
mod saved;
#[cfg(test)]
mod tests;
mod why;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use ages::{Waiting, waiting};
pub use base::{Base, Edit, Files, Removed, Scope, Scoped, against};
pub use checks::{foresee, goes_on_although, most_sends};
pub use compare::still_to_do;
pub use digest::{PlanDigest, canonical_json};
pub use fingerprint::{Mismatch, fingerprint, guard_fingerprint, mismatches};
pub use hold::{Class, Hold};
pub use saved::{Envelope, PlanDocument, SavedPlan, SavedPlanError};
pub use why::{HOLD_CODES, Why, WhyCode};

use crate::model::{
    Address, Authored, Change, Desired, Observed, Past, Place, QueueName, ReadErrorKind, Reading,
    RequestId, Tally, Terms, Undecided, VendorText, Verdict,
};

/// Everything a plan is made of. The same world gives the same plan, byte for byte.
#[derive(Clone, Copy, Debug)]
pub struct World<'a> {
    /// What people wrote.
    pub desired: &'a Desired,
    /// What each configured queue is and can do.
    pub terms: &'a BTreeMap<QueueName, Terms>,
    /// What the vendors say.
    pub observed: &'a Observed,
    /// What earlier runs sent.
    pub past: &'a Past,
    /// What stops approvals for now.
    pub brakes: &'a Brakes,
    /// The moment.
    pub now: Timestamp,
}

/// What stops approvals, and only approvals: the safe direction stays open.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Brakes {
    /// Who froze approvals, as in `[freeze] approvals in countersign.toml`.
    pub frozen: Option<String>,
    /// Most approvals in this run.
    pub approvals: Option<u32>,
    /// Most in one queue.
    pub per_queue: Option<u32>,
    /// Most for one requester in one queue.
    pub per_requester: Option<u32>,
    /// Decisions whose exact bytes do not stand on the reviewed ref, by request, and that ref.
    pub unmerged: Option<(String, BTreeSet<Address>)>,
}

/// What apply would do, in order, and an account of everything else.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Plan {
    /// The calls to make: deny and revoke before approve, filings last, then by address.
    pub changes: Vec<Change>,
    /// Decisions whose outcome is already there.
    pub settled: Vec<Settled>,
    /// Decisions that will not be acted on, and why.
    pub holds: Vec<Hold>,
    /// Blocks that nobody has decided yet.
    pub undecided: Vec<Undecided>,
    /// Queues that could not be read; the plan is silent about them.
    pub unread: Vec<Unread>,
    /// Decisions past their `expires`: not looked up, not compared.
    pub inert: Vec<Inert>,
    /// Who last wrote the decisions of the changes, ordered by file and line, where that was asked for and Git knows it.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub authors: Vec<Authored>,
    /// With `--base`: what the branch adds.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub base: Option<Base>,
}

/// A decision whose outcome is already there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Settled {
    /// The request.
    #[serde(flatten)]
    pub address: Address,
    /// What was decided.
    pub verdict: Verdict,
    /// For which ticket.
    pub ticket: String,
    /// Where.
    pub from: Place,
    /// How we know, and by whom.
    pub settled: SettledBy,
    /// How far the vote has come, where ours is recorded and others are awaited.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub votes: Option<Tally>,
    /// The vendor's name for the decider. Not saved: a plan file holds no vendor text.
    #[serde(skip)]
    pub by: Option<VendorText>,
}

/// How we know that a decision is settled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "how", rename_all = "kebab-case")]
pub enum SettledBy {
    /// The ledger has our call, and the vendor shows the state.
    Us {
        /// The number of the intent.
        seq: u64,
        /// How it ended.
        outcome: String,
    },
    /// The vendor shows the state; the ledger knows nothing of it.
    Vendor {
        /// The status found.
        status: String,
        /// An approval there writes a rule, and how far the one that was given reaches is not shown.
        #[serde(skip_serializing_if = "std::ops::Not::not", default)]
        reach_unknown: bool,
    },
    /// The vendor's own people have decided the same, and nothing is ever sent there.
    Ratified {
        /// The status found.
        status: String,
        /// The request's id, where the decision does not name it.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        id: Option<RequestId>,
    },
    /// The ledger has the id under which it was filed.
    Filed {
        /// The number of the intent.
        seq: u64,
        /// The id.
        id: RequestId,
        /// Where it stands; nothing where it is gone.
        stands: Option<String>,
    },
    /// The ledger has a final outcome, and the vendor no longer shows the request.
    NoLongerVisible {
        /// The number of the intent.
        seq: u64,
        /// How it ended.
        outcome: String,
    },
}

/// A queue that could not be read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Unread {
    /// Its name.
    pub queue: QueueName,
    /// The sort of trouble.
    pub kind: ReadErrorKind,
    /// In our words.
    pub why: String,
    /// The command or edit that helps.
    pub hint: String,
    /// The vendor's words. Not saved.
    #[serde(skip)]
    pub said: Option<VendorText>,
}

/// A decision past its `expires`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Inert {
    /// The request.
    #[serde(flatten)]
    pub address: Address,
    /// What was decided.
    pub verdict: Verdict,
    /// Since when it is inert.
    pub expires: Timestamp,
    /// Where it stands.
    pub from: Place,
}

/// The numbers of the `Plan:` line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Counts {
    /// Changes that grant.
    pub approve: usize,
    /// Changes that refuse.
    pub deny: usize,
    /// Changes that take back.
    pub revoke: usize,
    /// Holds that a person must look at.
    pub blocked: usize,
    /// Holds that time will settle.
    pub waiting: usize,
    /// Decisions whose outcome is there.
    pub settled: usize,
    /// Changes that file a request.
    #[serde(skip_serializing_if = "is_none", default)]
    pub file: usize,
    /// Changes that give one back.
    #[serde(rename = "check-in", skip_serializing_if = "is_none", default)]
    pub check_in: usize,
}

/// What is not there is not written: most plans file nothing.
fn is_none(count: &usize) -> bool {
    *count == 0
}

/// Compares what people wrote with what the vendors say. Total: never fails, never waits.
#[must_use]
pub fn plan(world: &World<'_>) -> Plan {
    let mut plan = Plan {
        undecided: world.desired.undecided.clone(),
        ..Plan::default()
    };
    for (queue, reading) in &world.observed.queues {
        if let Reading::Unread(error) = reading {
            plan.unread.push(Unread {
                queue: queue.clone(),
                kind: error.kind,
                why: error.what.clone(),
                hint: error.hint.clone(),
                said: error.said.clone(),
            });
        }
    }
    for duplicate in &world.desired.duplicates {
        plan.holds.push(Hold::of_duplicate(duplicate));
    }
    compare::compare_all(world, &mut plan);
    releases::compare_all(world, &mut plan);
    compare::report_orphaned_doubts(world, &mut plan);
    checks::limit_approvals(world, &mut plan);
    plan.in_order()
}

impl Plan {
    /// How many decisions are recorded at the vendor and take effect only when others have decided, too.
    #[must_use]
    pub fn awaiting(&self) -> usize {
        let awaits = |one: &&Settled| {
            let recorded =
                matches!(&one.settled, SettledBy::Us { outcome, .. } if outcome == "recorded");
            recorded || one.votes.is_some()
        };
        self.settled.iter().filter(awaits).count()
    }

    /// Who last wrote the decision that begins there.
    #[must_use]
    pub fn author(&self, place: &Place) -> Option<&Authored> {
        let key =
            |one: &Authored| (one.file.as_ref(), one.line).cmp(&(place.file.as_ref(), place.line));
        let found = self.authors.binary_search_by(key);
        found.ok().and_then(|at| self.authors.get(at))
    }

    /// The numbers of the `Plan:` line.
    #[must_use]
    pub fn counts(&self) -> Counts {
        let changes = |verdict| {
            self.changes
                .iter()
                .filter(|c| c.decision.verdict == verdict)
                .count()
        };
        let holds = |class| self.holds.iter().filter(|hold| hold.class == class).count();
        Counts {
            approve: changes(Verdict::Approve),
            deny: changes(Verdict::Deny),
            revoke: changes(Verdict::Revoke),
            blocked: holds(Class::Blocked),
            waiting: holds(Class::Waiting),
            settled: self.settled.len(),
            file: changes(Verdict::File),
            check_in: changes(Verdict::CheckIn),
        }
    }

    /// The digest that people compare: over the sorted line digests, nothing else.
    #[must_use]
    pub fn digest(&self) -> PlanDigest {
        PlanDigest::over(self.changes.iter().map(|change| &change.digest))
    }

    /// The safe direction first, filings last, then by address: the order shown is the order done.
    fn in_order(mut self) -> Self {
        self.changes.sort_by(|a, b| {
            let key = |c: &Change| (c.decision.verdict.wave(), c.decision.address.clone());
            key(a).cmp(&key(b))
        });
        self.settled.sort_by(|a, b| a.address.cmp(&b.address));
        self.holds
            .sort_by(|a, b| (a.class, &a.address).cmp(&(b.class, &b.address)));
        self.inert.sort_by(|a, b| a.address.cmp(&b.address));
        self
    }
}
