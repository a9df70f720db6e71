//! A decision that will not be acted on, and why. Reasons explain; they never decide.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::why::Why;
use crate::model::{Address, Decision, Duplicate, Identity, Place, Sent, Verdict};

/// What has to happen before a held decision can go on.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Class {
    /// A person must look.
    Blocked,
    /// Time will tell.
    Waiting,
    /// Nothing left to do.
    Lapsed,
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Blocked => "blocked",
            Self::Waiting => "waiting",
            Self::Lapsed => "lapsed",
        })
    }
}

/// A decision that will not be acted on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Hold {
    /// The request.
    #[serde(flatten)]
    pub address: Address,
    /// What was decided; none where the places that name it disagree.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub verdict: Option<Verdict>,
    /// For which ticket.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub ticket: Option<String>,
    /// Where.
    pub from: Place,
    /// What has to happen.
    pub class: Class,
    /// Why, with a stable code.
    #[serde(flatten)]
    pub why: Why,
    /// The same as a sentence, in our words.
    pub reason: String,
    /// The command or edit that helps.
    pub next: String,
}

impl Hold {
    /// Whether the vendor no longer shows what our own call had reached.
    #[must_use]
    pub fn is_drift(&self) -> bool {
        matches!(
            self.why,
            Why::Contradicted { ours: Some(_), .. }
                | Why::GrantedOtherwise { ours: Some(_), .. }
                | Why::VotedOtherwise { .. }
        )
    }

    pub(super) fn of(decision: &Decision, why: Why) -> Self {
        let Decision {
            address,
            verdict,
            ticket,
            from,
            ..
        } = decision;
        Self::new(
            address.clone(),
            Some(*verdict),
            Some(ticket.clone()),
            from.clone(),
            why,
        )
    }

    pub(super) fn of_duplicate(duplicate: &Duplicate) -> Self {
        let Duplicate { address, places } = duplicate;
        let from = places.first().cloned().unwrap_or_else(|| Place {
            file: "".into(),
            line: 1,
            column: 1,
        });
        Self::new(
            address.clone(),
            None,
            None,
            from,
            Why::Duplicate {
                places: places.clone(),
            },
        )
    }

    /// An open intent whose decision is gone or changed.
    pub(super) fn of_doubt(_: &Identity, sent: &Sent) -> Self {
        let why = Why::InDoubt {
            seq: sent.seq,
            verdict: sent.verdict,
            at: sent.at,
        };
        Self::new(
            sent.address.clone(),
            Some(sent.verdict),
            Some(sent.ticket.clone()),
            sent.from.clone(),
            why,
        )
    }

    fn new(
        address: Address,
        verdict: Option<Verdict>,
        ticket: Option<String>,
        from: Place,
        why: Why,
    ) -> Self {
        let about = why.about();
        let next = about.todo.replace("QUEUE/ID", &address.to_string());
        Self {
            verdict,
            ticket,
            from,
            class: about.class,
            reason: why.sentence(),
            next,
            why,
            address,
        }
    }
}
