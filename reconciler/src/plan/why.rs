//! Why a decision is held: the codes, what stands behind each, and one sentence for each case.

mod codes;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use codes::{HOLD_CODES, WhyCode};

use super::Mismatch;
use super::hold::Class;
use crate::model::{Place, RequestId, Status, VendorText, Verdict, counted};

/// Why a decision is held. The code is the variant's name in kebab-case.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "code", rename_all = "kebab-case")]
#[allow(
    missing_docs,
    reason = "`HOLD_CODES` below says what each code means, for `explain` and for the reader alike"
)]
pub enum Why {
    InDoubt {
        seq: u64,
        /// Beside the decision's own verdict, which may be another, and stands under that name.
        #[serde(rename = "sent")]
        verdict: Verdict,
        at: Timestamp,
    },
    SentBefore {
        sends: usize,
    },
    Unsupported {
        otherwise: String,
    },
    DeciderNotListed {
        decider: String,
    },
    GuardMissing,
    GuardInconsistent,
    GuardMismatch {
        differences: Vec<Mismatch>,
    },
    GrantedOtherwise {
        differences: Vec<Mismatch>,
        /// Our own call, where the ledger knows of one.
        ours: Option<u64>,
    },
    PermitMissing,
    PermitUnfit {
        why: String,
    },
    TicketMismatch {
        #[serde(skip)]
        shown: VendorText,
    },
    TextTooLong {
        length: usize,
        limit: usize,
    },
    TicketTooLong {
        length: usize,
        limit: usize,
    },
    Conflict {
        /// What stands in the way, where its id is known.
        ids: Vec<RequestId>,
        why: String,
    },
    NotFiled {
        why: String,
    },
    FiledOtherwise {
        seq: u64,
        /// The vendor's id, where it is known.
        filed: Option<RequestId>,
        /// What it was filed with, and what the block says, one entry a key.
        differs: Vec<String>,
    },
    ClockSkewed {
        seconds: i64,
    },
    Frozen {
        by: String,
    },
    OverLimit {
        rule: String,
        limit: u32,
        observed: u32,
    },
    Unmerged {
        reference: String,
    },
    Duplicate {
        places: Vec<Place>,
    },
    Contradicted {
        status: String,
        #[serde(skip)]
        by: Option<VendorText>,
        ours: Option<u64>,
        revocable: bool,
    },
    NotFound {
        means: String,
    },
    NothingVisible,
    Unread {
        why: String,
        #[serde(skip)]
        said: Option<VendorText>,
    },
    RowUnreadable {
        why: String,
        #[serde(skip)]
        said: Option<VendorText>,
    },
    PermitUnread {
        why: String,
        #[serde(skip)]
        said: Option<VendorText>,
    },
    OutOfSight {
        why: String,
    },
    UnknownStatus {
        #[serde(skip)]
        raw: VendorText,
    },
    Quarantined,
    RequestExpired {
        /// Our own call, where the ledger knows of one.
        ours: Option<u64>,
    },
    NotGrantedYet,
    QueueDisabled,
    OppositeVote,
    NotProcessed {
        means: String,
    },
    Ambiguous {
        why: String,
    },
    VotedOtherwise {
        differences: Vec<Mismatch>,
    },
}

impl Why {
    /// What stands behind the code.
    #[must_use]
    pub fn about(&self) -> &'static WhyCode {
        &HOLD_CODES[self.index()]
    }

    fn index(&self) -> usize {
        match self {
            Self::InDoubt { .. } => 0,
            Self::SentBefore { .. } => 1,
            Self::Unsupported { .. } => 2,
            Self::DeciderNotListed { .. } => 3,
            Self::GuardMissing => 4,
            Self::GuardInconsistent => 5,
            Self::GuardMismatch { .. } => 6,
            Self::GrantedOtherwise { .. } => 7,
            Self::PermitMissing => 8,
            Self::PermitUnfit { .. } => 9,
            Self::TicketMismatch { .. } => 10,
            Self::TextTooLong { .. } => 11,
            Self::TicketTooLong { .. } => 12,
            Self::Conflict { .. } => 13,
            Self::NotFiled { .. } => 14,
            Self::ClockSkewed { .. } => 15,
            Self::Frozen { .. } => 16,
            Self::OverLimit { .. } => 17,
            Self::Unmerged { .. } => 18,
            Self::Duplicate { .. } => 19,
            Self::Contradicted { .. } => 20,
            Self::NotFound { .. } => 21,
            Self::NothingVisible => 22,
            Self::Unread { .. } => 23,
            Self::RowUnreadable { .. } => 24,
            Self::PermitUnread { .. } => 25,
            Self::OutOfSight { .. } => 26,
            Self::UnknownStatus { .. } => 27,
            Self::Quarantined => 28,
            Self::RequestExpired { .. } => 29,
            Self::NotGrantedYet => 30,
            Self::QueueDisabled => 31,
            Self::OppositeVote => 32,
            Self::NotProcessed { .. } => 33,
            Self::Ambiguous { .. } => 34,
            Self::VotedOtherwise { .. } => 35,
            Self::FiledOtherwise { .. } => 36,
        }
    }

    /// Whether nobody knows because of it what stands at the vendor.
    #[must_use]
    pub fn hides_the_state(&self) -> bool {
        matches!(
            self,
            Self::InDoubt { .. }
                | Self::NothingVisible
                | Self::Unread { .. }
                | Self::RowUnreadable { .. }
                | Self::OutOfSight { .. }
                | Self::UnknownStatus { .. }
        )
    }

    /// Whether it says nothing against the decision itself: a brake on approvals, a call whose end is not
    /// known yet, or something that could not be read.
    #[must_use]
    pub fn is_for_now(&self) -> bool {
        match self {
            Self::Frozen { .. }
            | Self::OverLimit { .. }
            | Self::Unmerged { .. }
            | Self::InDoubt { .. }
            | Self::ClockSkewed { .. }
            | Self::NothingVisible
            | Self::Unread { .. }
            | Self::RowUnreadable { .. }
            | Self::PermitUnread { .. }
            | Self::OutOfSight { .. }
            | Self::QueueDisabled => true,
            Self::SentBefore { .. }
            | Self::Unsupported { .. }
            | Self::DeciderNotListed { .. }
            | Self::GuardMissing
            | Self::GuardInconsistent
            | Self::GuardMismatch { .. }
            | Self::GrantedOtherwise { .. }
            | Self::PermitMissing
            | Self::PermitUnfit { .. }
            | Self::TicketMismatch { .. }
            | Self::TextTooLong { .. }
            | Self::TicketTooLong { .. }
            | Self::Conflict { .. }
            | Self::NotFiled { .. }
            | Self::Duplicate { .. }
            | Self::Contradicted { .. }
            | Self::NotFound { .. }
            | Self::UnknownStatus { .. }
            | Self::Quarantined
            | Self::RequestExpired { .. }
            | Self::NotGrantedYet
            | Self::OppositeVote
            | Self::NotProcessed { .. }
            | Self::Ambiguous { .. }
            | Self::VotedOtherwise { .. }
            | Self::FiledOtherwise { .. } => false,
        }
    }

    /// One sentence, in our words and without vendor text; `render` adds what the vendor said.
    pub(super) fn sentence(&self) -> String {
        let keys = |differences: &[Mismatch]| {
            differences
                .iter()
                .map(|difference| difference.key.as_str())
                .collect::<Vec<_>>()
                .join(", ")
        };
        match self {
            Self::InDoubt { seq, verdict, at } => format!(
                "a call to {verdict} it was recorded at {at} (ledger {seq}) and its outcome is unknown"
            ),
            Self::SentBefore { sends } => {
                let calls = counted(*sends, "call");
                format!("{calls} may have been made, and the state was not reached")
            }
            Self::Unsupported { otherwise } => {
                format!("this vendor's API cannot do that: {otherwise}")
            }
            Self::DeciderNotListed { decider } => {
                format!("{decider:?} is not one of the queue's deciders")
            }
            Self::GuardMissing => {
                "no guard: the file does not say what the reviewer saw".to_owned()
            }
            Self::GuardInconsistent => {
                "the fingerprint does not follow from the guards beside it".to_owned()
            }
            Self::GuardMismatch { differences } => match differences.as_slice() {
                // Each fact stands in the guard and is as it was, so that it can only be the rest.
                [only] if only.key == "fingerprint" && only.covers.is_empty() => {
                    "every fact is as reviewed, but the fingerprint is of another request, url or organization".to_owned()
                }
                differences => format!("changed since review: {}", keys(differences)),
            },
            Self::GrantedOtherwise { differences, ours } => {
                let ours =
                    ours.map_or_else(String::new, |seq| format!(" (by our call, ledger {seq})"));
                let keys = keys(differences);
                format!("granted{ours}, but not what was reviewed: {keys}")
            }
            Self::VotedOtherwise { differences } => format!(
                "our approval is recorded, and what it was for has changed: {}",
                keys(differences)
            ),
            Self::PermitMissing => {
                "no [decision.permit]: the file does not say how far the approval reaches"
                    .to_owned()
            }
            Self::PermitUnfit { why } => format!("the permit cannot be given: {why}"),
            Self::TicketMismatch { .. } => "the vendor shows another ticket".to_owned(),
            Self::TextTooLong { length, limit } => format!(
                "ticket, reason and mark have {}, the vendor takes {limit}",
                counted(*length, "character")
            ),
            Self::TicketTooLong { length, limit } => {
                format!("the ticket has {length} characters, the vendor takes {limit}")
            }
            Self::Conflict { ids, why } if ids.is_empty() => why.clone(),
            Self::Conflict { ids, why } => {
                let ids: Vec<&str> = ids.iter().map(RequestId::as_str).collect();
                format!("{why}: {}", ids.join(", "))
            }
            Self::NotFiled { why } => why.clone(),
            Self::FiledOtherwise {
                seq,
                filed,
                differs,
            } => {
                let filed = filed.as_ref().map_or_else(String::new, |id| format!(" as {id}"));
                let differs = differs.join("; ");
                format!("filed{filed} (ledger {seq}), but not as the block now says: {differs}")
            }
            Self::ClockSkewed { seconds } => {
                format!("this machine's clock differs from the vendor's by {seconds} s")
            }
            Self::Frozen { by } => format!("approvals are frozen by {by}"),
            Self::OverLimit {
                rule,
                limit,
                observed,
            } => format!("[limits] {rule} = {limit}, this run has {observed}"),
            Self::Unmerged { reference } => {
                format!("these exact bytes do not stand on {reference}")
            }
            Self::Duplicate { places } => {
                let places: Vec<String> = places.iter().map(ToString::to_string).collect();
                let times = counted(places.len(), "time");
                format!("named {times}: {}", places.join(", "))
            }
            Self::Contradicted {
                status,
                ours,
                revocable,
                by: _,
            } => {
                let ours = ours.map_or_else(String::new, |seq| {
                    format!(", although ledger {seq} has our decision")
                });
                let granted = [Status::Approved, Status::InUse, Status::Finished];
                let undo = match granted.iter().any(|one| one.word() == status) {
                    true if *revocable => "; to take it back, the verdict is `revoke`".to_owned(),
                    true => "; it can be taken back in the portal only".to_owned(),
                    false => String::new(),
                };
                format!("the vendor shows it {status}{ours}{undo}")
            }
            Self::NotFound { means } => format!("not found; that can mean: {means}"),
            Self::NothingVisible => "none of this queue's decided requests is visible".to_owned(),
            Self::Unread { why, .. } => format!("the queue could not be read: {why}"),
            Self::RowUnreadable { why, .. } => format!("the request could not be read: {why}"),
            Self::PermitUnread { why, .. } => {
                format!("what the permit names could not be looked up: {why}")
            }
            Self::OutOfSight { why } => format!("not known: {why}"),
            Self::UnknownStatus { .. } => "the vendor shows a status that is not known".to_owned(),
            Self::Quarantined => "in quarantine at the vendor".to_owned(),
            Self::RequestExpired { ours: None } => "expired at the vendor".to_owned(),
            Self::RequestExpired { ours: Some(seq) } => {
                format!("expired at the vendor, after our own decision (ledger {seq})")
            }
            Self::NotGrantedYet => "not granted yet: still pending".to_owned(),
            Self::OppositeVote => {
                "our own user has voted the other way, and has one vote".to_owned()
            }
            Self::QueueDisabled => "the queue is switched off in the configuration".to_owned(),
            Self::NotProcessed { means } => format!("nothing to ratify: {means}"),
            Self::Ambiguous { why } => format!("not one request alone: {why}"),
        }
    }
}
