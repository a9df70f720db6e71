//! How a change ended.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{RequestId, Tally, VendorText};
use crate::exit::Exit;

/// How one change ended. The ledger stores it; the view words it; the exit code follows from it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "outcome", rename_all = "kebab-case")]
pub enum Outcome {
    /// Read back: the state is there, and it is ours.
    Applied,
    /// Our approval or vote is recorded; the vendor waits for others.
    Recorded {
        /// How far it has come, where the vendor shows votes.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        votes: Option<Tally>,
    },
    /// Read back: the state is there; the vendor does not show that it was us.
    StateReached,
    /// Somebody else had decided the same, before us or in our place.
    AlreadyDecided {
        /// Who, where the vendor shows it.
        by: Option<VendorText>,
    },
    /// The request is no longer what was reviewed, or the decision ran out: nothing sent.
    Stale {
        /// In our words.
        why: String,
        /// Who decided it in the meantime, where that is why and the vendor shows it.
        by: Option<VendorText>,
    },
    /// Something holds this line of a saved plan for now: nothing sent, and the line is not spent.
    Held {
        /// The hold's code.
        code: String,
        /// The hold's reason, in our words.
        why: String,
    },
    /// The opposite stands at the vendor.
    Contradicted {
        /// The status found.
        status: String,
        /// Who decided it, where shown.
        by: Option<VendorText>,
    },
    /// The state is there, or our approval is recorded, and the request that was read back is not what was reviewed:
    /// it changed between the last look and the call, or one serves that was there already.
    GrantedOtherwise {
        /// The guard keys that differ; those of the block, where a request was to be filed.
        keys: Vec<String>,
        /// The vendor's id of the request that serves, where one was to be filed.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        id: Option<RequestId>,
    },
    /// The vendor said no, and the read-back agrees.
    Refused {
        /// In our words, with the vendor's status.
        why: String,
        /// The vendor's own words, where it had any.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        said: Option<VendorText>,
        /// Because of a request that is there already, and may be another user's: it would be refused again.
        #[serde(skip_serializing_if = "std::ops::Not::not", default)]
        conflict: bool,
    },
    /// No effect, and the call may be made again.
    NotSent {
        /// In our words.
        why: String,
        /// Whether the call can have reached the vendor: then it counts towards the two sends.
        may_have_left: bool,
    },
    /// Read back: the request that was to be filed is there.
    Filed {
        /// The vendor's id of it.
        id: RequestId,
        /// How that is known.
        proof: FilingProof,
    },
    /// Nobody knows. Stays open until a read, or a person, settles it.
    InDoubt {
        /// In our words.
        why: String,
    },
}

/// How a filed request is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum FilingProof {
    /// The vendor answered with its id, and the list shows it.
    Answered,
    /// The vendor answered with the id of one that was there already, and the list shows it.
    Reused,
    /// No answer came, and the list shows one that was not there before: whose call it was is not shown.
    Found,
}

/// What stands behind the code of an outcome. Printed by `explain`.
#[derive(Clone, Copy, Debug)]
pub struct OutcomeCode {
    /// The code.
    pub code: &'static str,
    /// What apply exits with when this is the worst there is.
    pub exit: Exit,
    /// What it means.
    pub means: &'static str,
    /// What the next plan says about the same decision.
    pub next_plan: &'static str,
    /// What to do.
    pub todo: &'static str,
}

/// Every outcome code, in the order of `Outcome`.
pub const OUTCOME_CODES: [OutcomeCode; 12] = [
    OutcomeCode {
        code: "applied",
        exit: Exit::Done,
        means: "Read back: the state is there, and it is ours: our mark or actor stands there, or the vendor rejects repeats and confirmed this very call.",
        next_plan: "settled, by us",
        todo: "Nothing.",
    },
    OutcomeCode {
        code: "recorded",
        exit: Exit::Done,
        means: "Our approval or vote is recorded; the vendor waits for others before it grants.",
        next_plan: "settled, by us",
        todo: "Nothing here: the other approvers decide at the vendor.",
    },
    OutcomeCode {
        code: "state-reached",
        exit: Exit::Done,
        means: "Read back: the state is there, but the vendor does not show that it was us.",
        next_plan: "settled, by us",
        todo: "Nothing. Where the vendor can show a decider, reserve a user for the tool (`acting-as`).",
    },
    OutcomeCode {
        code: "already-decided",
        exit: Exit::Done,
        means: "Somebody else had decided the same, before us or in our place.",
        next_plan: "settled",
        todo: "Nothing.",
    },
    OutcomeCode {
        code: "stale",
        exit: Exit::Held,
        means: "The request is no longer what was reviewed, or the decision ran out. Nothing was sent.",
        next_plan: "what the request has become: mostly a hold with its own reason",
        todo: "Run `countersign plan`, and review what it shows.",
    },
    OutcomeCode {
        code: "held",
        exit: Exit::Held,
        means: "Something that says nothing against the decision holds this line of the saved plan for now: a brake on approvals (a freeze, a limit, an unmerged decision), a queue or a request that could not be read, an earlier call whose end is not known. Nothing was sent, and the line is not spent.",
        next_plan: "the same hold, or the change once that is over",
        todo: "Apply the same plan again when that is over.",
    },
    OutcomeCode {
        code: "contradicted",
        exit: Exit::Held,
        means: "The opposite of the decision stands at the vendor.",
        next_plan: "blocked: contradicted",
        todo: "Accept it: edit or delete the decision. Or undo it at the vendor, with verdict `revoke` where the vendor can.",
    },
    OutcomeCode {
        code: "granted-otherwise",
        exit: Exit::Held,
        means: "Granted, or our approval recorded, but not what was reviewed: the request changed between the last look and the call, and the read-back shows it. Or the vendor reused a request for a filing, and that one keeps a setting of its own.",
        next_plan: "the hold `granted-otherwise`, `voted-otherwise` or, of a filing, `filed-otherwise`, with what differs",
        todo: "Run `countersign plan`: it shows what differs. If it is wrong, take it back: with verdict `revoke` and a guard of what stands there now, where the vendor can; a release request with state = \"checked-in\"; otherwise in the portal.",
    },
    OutcomeCode {
        code: "refused",
        exit: Exit::Partial,
        means: "The vendor said no, and reading back agrees. A definite no does not count as a send.",
        next_plan: "the same change again, if nothing else changed; a filing that met a conflict (409) is blocked: conflict, for as long as it asks for, or until its block changes",
        todo: "Remove what the vendor objects to (its words are shown), then plan and apply again.",
    },
    OutcomeCode {
        code: "not-sent",
        exit: Exit::Partial,
        means: "It had no effect, and the call may be made again.",
        next_plan: "the same change again",
        todo: "Run `countersign apply` again.",
    },
    OutcomeCode {
        code: "filed",
        exit: Exit::Done,
        means: "The request stands in our own list at the vendor, with its id. It is filed once for its account and ticket; what becomes of it is another decision.",
        next_plan: "settled: filed as that id, and where it stands, or that it is gone",
        todo: "Nothing here: an approver decides it, with a `[[decision]]` in the queue of another user.",
    },
    OutcomeCode {
        code: "in-doubt",
        exit: Exit::InDoubt,
        means: "Nobody knows whether the call took effect. It is not sent again blindly.",
        next_plan: "blocked: in-doubt, until a read or a person settles it; what is resolved as not applied is offered again",
        todo: "Run `countersign apply`: it reads the request again before anything else. If it stays in doubt, look in the vendor's portal and run `countersign ledger resolve QUEUE/ID --as applied|not-applied --because \"…\"`.",
    },
];

impl Outcome {
    /// The word that stands for it in ledger, output and `explain`.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.about().code
    }

    /// What stands behind the code, its exit included.
    #[must_use]
    pub fn about(&self) -> &'static OutcomeCode {
        let [
            applied,
            recorded,
            state_reached,
            already_decided,
            stale,
            held,
            contradicted,
            granted_otherwise,
            refused,
            not_sent,
            filed,
            in_doubt,
        ] = &OUTCOME_CODES;
        match self {
            Self::Applied => applied,
            Self::Recorded { .. } => recorded,
            Self::StateReached => state_reached,
            Self::AlreadyDecided { .. } => already_decided,
            Self::Stale { .. } => stale,
            Self::Held { .. } => held,
            Self::Contradicted { .. } => contradicted,
            Self::GrantedOtherwise { .. } => granted_otherwise,
            Self::Refused { .. } => refused,
            Self::NotSent { .. } => not_sent,
            Self::Filed { .. } => filed,
            Self::InDoubt { .. } => in_doubt,
        }
    }

    /// The vendor's id of what a filing came to, where it is known.
    #[must_use]
    pub fn filed_as(&self) -> Option<&RequestId> {
        match self {
            Self::Filed { id, .. } => Some(id),
            Self::GrantedOtherwise { id, .. } => id.as_ref(),
            Self::Applied
            | Self::Recorded { .. }
            | Self::StateReached
            | Self::AlreadyDecided { .. }
            | Self::Stale { .. }
            | Self::Held { .. }
            | Self::Contradicted { .. }
            | Self::Refused { .. }
            | Self::NotSent { .. }
            | Self::InDoubt { .. } => None,
        }
    }

    /// Whether the verdict stands at the vendor for good; a later absence is then settled.
    #[must_use]
    pub fn is_final(&self) -> bool {
        match self {
            Self::Applied
            | Self::Recorded { .. }
            | Self::StateReached
            | Self::AlreadyDecided { .. }
            | Self::GrantedOtherwise { .. }
            | Self::Filed { .. } => true,
            Self::Stale { .. }
            | Self::Held { .. }
            | Self::Contradicted { .. }
            | Self::Refused { .. }
            | Self::NotSent { .. }
            | Self::InDoubt { .. } => false,
        }
    }

    /// Whether a call that ended so counts towards the two sends in the life of a ledger.
    #[must_use]
    pub fn counts_as_send(&self) -> bool {
        match self {
            Self::NotSent { may_have_left, .. } => *may_have_left,
            // A definite no is not a send, and a stale or held line never was one.
            Self::Refused { .. } | Self::Stale { .. } | Self::Held { .. } => false,
            Self::Applied
            | Self::Recorded { .. }
            | Self::StateReached
            | Self::AlreadyDecided { .. }
            | Self::GrantedOtherwise { .. }
            | Self::Contradicted { .. }
            | Self::Filed { .. }
            | Self::InDoubt { .. } => true,
        }
    }
}
