//! Why a decision is held: the codes, what stands behind each, and one sentence for each case.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Mismatch;
use super::hold::Class;
use crate::model::{Place, VendorText, Verdict};

/// Why a decision is held. The code is the variant's name in kebab-case.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "code", rename_all = "kebab-case")]
#[allow(
    missing_docs,
    reason = "`HOLD_CODES` below says what each code means, for `explain` and for the reader alike"
)]
pub enum Why {
    InDoubt {
        seq: u64,
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
    },
    TicketMismatch {
        #[serde(skip)]
        shown: VendorText,
    },
    TextTooLong {
        length: usize,
        limit: usize,
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
        otherwise: String,
    },
    NotFound {
        means: String,
    },
    NothingVisible,
    Unread {
        why: String,
    },
    RowUnreadable {
        why: String,
        #[serde(skip)]
        said: Option<VendorText>,
    },
    UnknownStatus {
        #[serde(skip)]
        raw: VendorText,
    },
    Quarantined,
    RequestExpired,
    NotGrantedYet,
    QueueDisabled,
}

/// What stands behind a code: its class, what it means, what to do. Printed by `explain`.
#[derive(Clone, Copy, Debug)]
pub struct WhyCode {
    /// The code.
    pub code: &'static str,
    /// Its class.
    pub class: Class,
    /// What it means.
    pub means: &'static str,
    /// What to do.
    pub todo: &'static str,
}

const fn blocked(code: &'static str, means: &'static str, todo: &'static str) -> WhyCode {
    WhyCode {
        code,
        class: Class::Blocked,
        means,
        todo,
    }
}

/// Every hold code, in the order of `Why`. Printed by `explain`.
pub const HOLD_CODES: [WhyCode; 25] = [
    blocked(
        "in-doubt",
        "An earlier run may have sent a call for this request, and its outcome is unknown. Nothing is sent again blindly.",
        "Run `countersign apply`: it reads the request again before anything else. If it stays in doubt, look in the vendor's portal and run `countersign ledger resolve QUEUE/ID --as applied|not-applied --because \"…\"`.",
    ),
    blocked(
        "sent-before",
        "Calls for this decision have been sent as often as is allowed in the life of a ledger, without the state being reached.",
        "Decide this request in the vendor's portal, or find out there why the vendor ignores the call.",
    ),
    blocked(
        "unsupported",
        "This vendor's API cannot carry out this verdict.",
        "Do it in the vendor's portal; the next plan will find it settled.",
    ),
    blocked(
        "decider-not-listed",
        "`decided-by` names somebody who is not among the queue's `deciders`.",
        "Correct `decided-by`, or add the person to `deciders` in countersign.toml through a review of its own.",
    ),
    blocked(
        "guard-missing",
        "An approve needs the fingerprint of what the reviewer saw; deny and revoke need at least one guard.",
        "Run `countersign draft --target QUEUE/ID --refresh-guard`, then review the decision again.",
    ),
    blocked(
        "guard-inconsistent",
        "The fingerprint in the file does not follow from the readable guards beside it: one of them was edited.",
        "Run `countersign draft --target QUEUE/ID --refresh-guard`, then review the decision again.",
    ),
    blocked(
        "guard-mismatch",
        "The request is no longer what the reviewer saw.",
        "Look at what changed. If it is still right: `countersign draft --target QUEUE/ID --refresh-guard`, then review the decision again.",
    ),
    blocked(
        "granted-otherwise",
        "The request was granted, but what was granted is not what was reviewed.",
        "Look at the differences and at who granted it; take it back in the portal if it is wrong.",
    ),
    blocked(
        "ticket-mismatch",
        "The vendor shows another ticket for this request than the decision does.",
        "Correct `ticket` in the decision file, or the ticket at the vendor.",
    ),
    blocked(
        "text-too-long",
        "Ticket, reason and our mark together are longer than the vendor accepts. Nothing is cut silently.",
        "Shorten `reason`.",
    ),
    blocked(
        "clock-skewed",
        "This machine's clock and the vendor's differ by more than five minutes, so what has expired cannot be told. Approvals only.",
        "Set this machine's clock (NTP), then plan again.",
    ),
    blocked(
        "frozen",
        "Approvals are frozen. Deny and revoke still work.",
        "Wait for the freeze to end: `[freeze] approvals` in countersign.toml, or COUNTERSIGN_FREEZE.",
    ),
    blocked(
        "over-limit",
        "This run would approve more than `[limits]` allows, so it approves nothing at all.",
        "Split the run with `--target` or `--queue`, or raise the limit in countersign.toml through a review of its own.",
    ),
    blocked(
        "unmerged",
        "The exact bytes of this decision do not stand on the reviewed ref.",
        "Merge the decision first.",
    ),
    blocked(
        "duplicate",
        "The same request is named more than once. Nothing is done about it, whatever the verdicts say.",
        "Delete all blocks but one. To revoke later, change the verdict in place.",
    ),
    blocked(
        "contradicted",
        "The opposite of this decision stands at the vendor.",
        "Accept it: edit or delete the decision. Or undo it at the vendor, with verdict `revoke` where the vendor can.",
    ),
    blocked(
        "not-found",
        "The vendor does not show this request, and the ledger does not know how it ended.",
        "Check the id and the queue; if the request is gone for good, delete the decision.",
    ),
    blocked(
        "nothing-visible",
        "Not one of this queue's decided requests is visible: a wrong tenant, a credential without rights, or an emptied queue is more likely than that all of them vanished.",
        "Run `countersign doctor`, and check the url and the credential's rights.",
    ),
    blocked(
        "unread",
        "The queue could not be read; the plan is silent about it.",
        "Run `countersign doctor`.",
    ),
    blocked(
        "row-unreadable",
        "This one request could not be read.",
        "Plan again; if it stays, look at the request in the vendor's portal.",
    ),
    blocked(
        "unknown-status",
        "The vendor shows a status that this version does not know. It is not taken for the nearest known one.",
        "Look at the request in the vendor's portal, and report the status word.",
    ),
    blocked(
        "quarantined",
        "The vendor has put the request into quarantine; only its portal can act on it.",
        "Handle the quarantine in the vendor's portal.",
    ),
    WhyCode {
        code: "request-expired",
        class: Class::Lapsed,
        means: "The request ran out at the vendor before it was approved.",
        todo: "Nothing to do. The user can ask again; that is another request.",
    },
    WhyCode {
        code: "not-granted-yet",
        class: Class::Waiting,
        means: "There is nothing to revoke yet: the request is still pending.",
        todo: "Wait, or change the verdict to `deny`.",
    },
    WhyCode {
        code: "queue-disabled",
        class: Class::Waiting,
        means: "The queue is switched off in the configuration (`enabled = false`).",
        todo: "Set `enabled = true` in countersign.toml when its decisions should act.",
    },
];

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
            Self::TicketMismatch { .. } => 8,
            Self::TextTooLong { .. } => 9,
            Self::ClockSkewed { .. } => 10,
            Self::Frozen { .. } => 11,
            Self::OverLimit { .. } => 12,
            Self::Unmerged { .. } => 13,
            Self::Duplicate { .. } => 14,
            Self::Contradicted { .. } => 15,
            Self::NotFound { .. } => 16,
            Self::NothingVisible => 17,
            Self::Unread { .. } => 18,
            Self::RowUnreadable { .. } => 19,
            Self::UnknownStatus { .. } => 20,
            Self::Quarantined => 21,
            Self::RequestExpired => 22,
            Self::NotGrantedYet => 23,
            Self::QueueDisabled => 24,
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
                format!("{sends} calls may have been made, and the state was not reached")
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
            Self::GuardMismatch { differences } => {
                format!("changed since review: {}", keys(differences))
            }
            Self::GrantedOtherwise { differences } => {
                format!("granted, but not what was reviewed: {}", keys(differences))
            }
            Self::TicketMismatch { .. } => "the vendor shows another ticket".to_owned(),
            Self::TextTooLong { length, limit } => format!(
                "ticket, reason and mark have {length} characters, the vendor takes {limit}"
            ),
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
                format!("named {} times: {}", places.len(), places.join(", "))
            }
            Self::Contradicted {
                status, ours: None, ..
            } => format!("the vendor shows it {status}"),
            Self::Contradicted {
                status,
                ours: Some(seq),
                ..
            } => format!("the vendor shows it {status}, although ledger {seq} has our decision"),
            Self::NotFound { means } => format!("not found; that can mean: {means}"),
            Self::NothingVisible => "none of this queue's decided requests is visible".to_owned(),
            Self::Unread { why } => format!("the queue could not be read: {why}"),
            Self::RowUnreadable { why, .. } => format!("the request could not be read: {why}"),
            Self::UnknownStatus { .. } => "the vendor shows a status that is not known".to_owned(),
            Self::Quarantined => "in quarantine at the vendor".to_owned(),
            Self::RequestExpired => "expired at the vendor".to_owned(),
            Self::NotGrantedYet => "not granted yet: still pending".to_owned(),
            Self::QueueDisabled => "the queue is switched off in the configuration".to_owned(),
        }
    }
}
