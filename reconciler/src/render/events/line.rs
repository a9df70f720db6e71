//! One line of the event stream as it is written: its envelope, and a member for each type.
//!
//! `schema events` describes these very types, so a line and its schema cannot differ.

use std::borrow::Cow;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use super::problem::Problem;
use crate::apply::Signal;
use crate::model::{LineDigest, Outcome, Place, QueueName, RequestId, Vendor, Verdict, Way};
use crate::plan::{Counts, PlanDigest, Scope};
use crate::render::escape::{self, Hostile};

/// What happens, as one JSON object a line. A reader skips a type, and a member, that it does not know:
/// a minor version of `ui` adds, a major one breaks.
#[derive(Serialize, JsonSchema)]
#[schemars(title = "Event of countersign")]
pub(in crate::render) struct Line<'a> {
    /// How grave it is.
    #[serde(rename = "@level")]
    pub(super) level: Level,
    /// What happens, for people.
    #[serde(rename = "@message")]
    message: String,
    /// Who says so.
    #[serde(rename = "@module")]
    #[schemars(extend("const" = MODULE))]
    module: &'static str,
    /// When, in UTC.
    #[serde(rename = "@timestamp")]
    #[schemars(extend("format" = "date-time"))]
    timestamp: String,
    /// What happens.
    #[serde(flatten)]
    kind: Kind<'a>,
}

const MODULE: &str = "countersign.ui";

impl<'a> Line<'a> {
    /// A line; `message` is raw.
    pub(super) fn new(at: Timestamp, level: Level, message: &str, kind: Kind<'a>) -> Self {
        Self {
            level,
            message: Hostile::prose(message).terminal(),
            module: MODULE,
            timestamp: format!("{at:.3}"),
            kind,
        }
    }

    /// Its text, with a line feed at its end; nothing in it can act on a terminal or a log.
    pub(super) fn text(&self) -> String {
        // Over a `Value`, which sorts its keys; our own data always has a JSON form.
        let value = serde_json::to_value(self).unwrap_or_default();
        format!("{}\n", escape::json(&value.to_string()))
    }
}

/// How grave an event is.
#[derive(Clone, Copy, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum Level {
    /// As it should be.
    Info,
    /// Worth knowing.
    Warn,
    /// Something is wrong.
    Error,
}

/// What happens, by type.
#[derive(Serialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum Kind<'a> {
    /// The first event.
    Version {
        /// The version of countersign.
        countersign: &'a str,
        /// The version of these events.
        ui: &'a str,
    },
    /// Something in words.
    Log {
        /// How many calls of earlier runs are read again.
        #[serde(skip_serializing_if = "Option::is_none")]
        recovering: Option<usize>,
        /// How many changes are carried out.
        #[serde(skip_serializing_if = "Option::is_none")]
        changes: Option<usize>,
        /// The signal that ends the run early.
        #[serde(skip_serializing_if = "Option::is_none")]
        signal: Option<Signal>,
    },
    /// Something that is wrong, or held.
    Diagnostic {
        /// What.
        diagnostic: Box<Problem<'a>>,
    },
    /// A queue is about to be read.
    RefreshStart {
        /// Its name.
        queue: &'a QueueName,
    },
    /// A queue was read.
    RefreshComplete {
        /// Its name.
        queue: &'a QueueName,
        /// How.
        way: Way,
        /// Calls made, retries included.
        calls: u64,
        /// Rows received in lists.
        received: u64,
        /// Rows that could not be read.
        unreadable: u64,
        /// Whether every row could be read.
        complete: bool,
    },
    /// A change of the plan.
    PlannedDecision {
        /// The change.
        change: Box<Planned<'a>>,
    },
    /// A drafted block that nobody has decided yet.
    UndecidedRequest {
        /// The request.
        request: Requested<'a>,
        /// Where the block begins.
        source: &'a Place,
        /// What it is to the base, where one is compared with.
        #[serde(skip_serializing_if = "Option::is_none")]
        scope: Option<Scope>,
    },
    /// A decision that the branch took out, and that is not known to be done.
    RemovedDecision {
        /// The request.
        request: Requested<'a>,
        /// What had been decided.
        action: Verdict,
        /// For which ticket.
        ticket: &'a str,
        /// Where it stood.
        source: &'a Place,
    },
    /// The numbers of the plan.
    ChangeSummary {
        /// The numbers.
        changes: Summary,
        /// The digest that people compare.
        digest: PlanDigest,
    },
    /// Its intent is durable; the call leaves now.
    ApplyStart {
        /// The call.
        hook: Call<'a>,
    },
    /// The vendor asked to wait.
    ApplyProgress {
        /// The call.
        hook: Call<'a>,
    },
    /// A change ended, and its outcome was read back.
    ApplyComplete {
        /// How.
        hook: Box<End<'a>>,
    },
    /// A change ended, and its outcome is not there.
    ApplyErrored {
        /// How.
        hook: Box<End<'a>>,
    },
    /// Nobody knows whether the call took effect.
    ApplyUnknown {
        /// What is known.
        hook: Box<End<'a>>,
    },
    /// Follows `apply_complete`: nothing is called done that was not read back.
    VerifyComplete {
        /// What was read.
        hook: Verified<'a>,
    },
    /// The ledger's last record.
    LedgerHead {
        /// Its number.
        seq: u64,
        /// Its hash.
        hash: &'a str,
    },
}

/// The type `log`, with nothing beside its words.
pub(super) const WORDS: Kind<'static> = Kind::Log {
    recovering: None,
    changes: None,
    signal: None,
};

/// A request.
#[derive(Serialize, JsonSchema)]
pub(super) struct Requested<'a> {
    /// Its address: `queue/id`.
    pub(super) addr: String,
    /// The queue it stands in.
    pub(super) queue: &'a QueueName,
    /// The vendor's id of it.
    pub(super) id: &'a RequestId,
}

impl<'a> Requested<'a> {
    pub(super) fn of(address: &'a crate::model::Address) -> Self {
        Self {
            addr: address.to_string(),
            queue: &address.queue,
            id: &address.id,
        }
    }
}

/// A change of the plan.
#[derive(Serialize, JsonSchema)]
pub(super) struct Planned<'a> {
    /// The request.
    pub(super) request: Target<'a>,
    /// What is to be done.
    pub(super) action: Verdict,
    /// For which ticket.
    pub(super) ticket: &'a str,
    /// How the request stands now.
    pub(super) before: Before,
    /// `v1:sha256:HEX` over what the reviewer saw.
    pub(super) fingerprint: Option<&'a str>,
    /// How what the reviewer saw compares with what is there.
    pub(super) guard: Compared<'a>,
    /// Whether and how it can be undone.
    pub(super) undo: &'a str,
    /// What it is to the base, where one is compared with.
    pub(super) scope: Option<Scope>,
    /// Where it was decided.
    pub(super) source: &'a Place,
    /// `sha256:HEX` over all that was reviewed.
    pub(super) digest: &'a LineDigest,
    /// How far it reaches, in words, where it writes a rule.
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    pub(super) permits: &'a [String],
    /// How long what it grants lasts, where that is not plain.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) lasts: Option<&'a str>,
}

/// A request, and whose it is.
#[derive(Serialize, JsonSchema)]
pub(super) struct Target<'a> {
    /// The request.
    #[serde(flatten)]
    pub(super) request: Requested<'a>,
    /// The product.
    pub(super) vendor: Vendor,
    /// The organization inside the instance, where the vendor has such a thing.
    pub(super) organization: Option<&'a str>,
}

/// How a request stands before a change.
#[derive(Serialize, JsonSchema)]
pub(super) struct Before {
    /// Its status, or `not filed`.
    pub(super) state: &'static str,
}

/// A guard beside what is there.
#[derive(Serialize, JsonSchema)]
pub(super) struct Compared<'a> {
    /// Whether all of it matches.
    pub(super) result: GuardResult,
    /// How many readable facts were compared.
    pub(super) checked: usize,
    /// Guard keys whose value is another one now.
    pub(super) changed: &'a [String],
    /// What the vendor does not let us check.
    pub(super) unavailable: &'a [Cow<'static, str>],
}

/// Whether a guard matches.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum GuardResult {
    /// All of it.
    Match,
    /// User and target do, the content does not; only deny and revoke go on then.
    ContentChanged,
}

/// The numbers of a plan.
#[derive(Serialize, JsonSchema)]
pub(super) struct Summary {
    /// Those of the `Plan:` line.
    #[serde(flatten)]
    pub(super) counts: Counts,
    /// Blocks that nobody has decided yet.
    pub(super) undecided: usize,
    /// Queues that could not be read.
    pub(super) unread: usize,
    /// Decisions past their `expires`.
    pub(super) inert: usize,
    /// Which command counts.
    #[schemars(extend("const" = "plan"))]
    pub(super) operation: &'static str,
}

/// A call that is made.
#[derive(Serialize, JsonSchema)]
pub(super) struct Call<'a> {
    /// The request.
    pub(super) request: Requested<'a>,
    /// What is done.
    pub(super) action: Verdict,
    /// How long the vendor asked to wait.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) wait_seconds: Option<u64>,
}

/// How a change of this run, or a call that an earlier run left open, ended.
#[derive(Serialize, JsonSchema)]
pub(super) struct End<'a> {
    /// The request.
    pub(super) request: Requested<'a>,
    /// What was to be done.
    pub(super) action: Verdict,
    /// For which ticket.
    pub(super) ticket: &'a str,
    /// The ledger's number of the intent, where one was written.
    pub(super) intent: Option<u64>,
    /// Whether an earlier run had done it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) spent_before: Option<bool>,
    /// Whether an earlier run had left it open.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) recovered: Option<bool>,
    /// Whether a person settled it, and not a read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) by_hand: Option<bool>,
    /// How.
    pub(super) result: &'a Outcome,
    /// Where it was decided.
    pub(super) source: &'a Place,
    /// The reviewed line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) digest: Option<&'a LineDigest>,
}

/// What was read back.
#[derive(Serialize, JsonSchema)]
pub(super) struct Verified<'a> {
    /// The request.
    pub(super) request: Requested<'a>,
    /// The code of the outcome.
    pub(super) code: &'static str,
}
