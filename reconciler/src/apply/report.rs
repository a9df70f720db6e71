//! What apply says while it works, and the account it gives at the end.

use std::time::Duration;

use schemars::JsonSchema;
use serde::Serialize;

use crate::exit::Exit;
use crate::model::{Address, Change, LineDigest, Outcome, Place, Verdict};

/// Apply says what happens; who listens is not its business.
#[derive(Clone, Copy, Debug)]
pub enum Event<'a> {
    /// Open intents of earlier runs are read again, before anything else.
    Recovering {
        /// How many.
        open: usize,
    },
    /// One of them was settled, or stays in doubt.
    Settled(&'a Settlement),
    /// The changes of this run begin.
    Started {
        /// How many there are.
        changes: usize,
    },
    /// Its intent is durable; the call leaves now.
    Sending(&'a Change),
    /// The vendor asked to wait.
    Waiting(&'a Change, Duration),
    /// A change ended.
    Ended(&'a Ended),
    /// A signal arrived: no new send.
    Interrupted(Signal),
}

/// How one change of this run ended.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Ended {
    /// The request.
    #[serde(flatten)]
    pub address: Address,
    /// What was to be done.
    pub verdict: Verdict,
    /// For which ticket.
    pub ticket: String,
    /// Where it was decided.
    pub from: Place,
    /// The reviewed line.
    pub digest: LineDigest,
    /// The number of its last intent, where one was written.
    pub intent: Option<u64>,
    /// Whether this run did it, or found it done: a plan applied again finds its lines spent.
    pub spent_before: bool,
    /// How.
    #[serde(flatten)]
    pub outcome: Outcome,
}

impl Ended {
    /// How a change of this run ended.
    #[must_use]
    pub fn of(change: &Change, intent: Option<u64>, outcome: Outcome) -> Self {
        let decision = &change.decision;
        Self {
            address: decision.address.clone(),
            verdict: decision.verdict,
            ticket: decision.ticket.clone(),
            from: decision.from.clone(),
            digest: change.digest.clone(),
            intent,
            spent_before: false,
            outcome,
        }
    }
}

/// What became of an intent that an earlier run left open.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Settlement {
    /// The request.
    #[serde(flatten)]
    pub address: Address,
    /// What was to be done.
    pub verdict: Verdict,
    /// For which ticket.
    pub ticket: String,
    /// Where it was decided then.
    pub from: Place,
    /// The number of the intent.
    pub intent: u64,
    /// Whether a person settled it (`[[resolve]]`, `ledger resolve`) and not a read.
    pub by_hand: bool,
    /// How.
    #[serde(flatten)]
    pub outcome: Outcome,
}

/// Why a run ended early.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub enum Signal {
    /// Ctrl-C.
    #[serde(rename = "SIGINT")]
    Interrupt,
    /// The polite kill.
    #[serde(rename = "SIGTERM")]
    Terminate,
}

/// The account of one apply. Text, JSON and exit code come from this one value.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Report {
    /// Intents of earlier runs, settled or still in doubt.
    pub recovered: Vec<Settlement>,
    /// Every change, in the order of the plan; each in exactly one state.
    pub lines: Vec<Ended>,
    /// The signal that ended the run early.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interrupted: Option<Signal>,
    /// Why the ledger could not be written, if it could not: nothing was sent after that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ledger_failed: Option<String>,
    /// The ledger's last record, by number and hash.
    pub head: Option<(u64, String)>,
}

impl Report {
    /// What the run itself comes to; what the plan held or could not read is the caller's to add.
    #[must_use]
    pub fn exit(&self) -> Exit {
        let Self {
            recovered,
            lines,
            interrupted,
            ledger_failed,
            head: _,
        } = self;
        let lines = lines.iter().map(|line| line.outcome.about().exit);
        // Of earlier runs only what is still unknown counts: the rest stands in this run's plan.
        let recovered = recovered
            .iter()
            .map(|settlement| settlement.outcome.about().exit)
            .filter(|exit| *exit == Exit::InDoubt);
        let interrupted = interrupted.map(|signal| match signal {
            Signal::Interrupt => Exit::Interrupted,
            Signal::Terminate => Exit::Terminated,
        });
        let ledger_failed = ledger_failed.as_ref().map(|_| {
            if self.sent_anything() {
                Exit::Partial
            } else {
                Exit::Error
            }
        });
        // Before the first send, a failed ledger is why nothing was sent: exit 1, whatever the lines say.
        if ledger_failed == Some(Exit::Error) {
            return recovered.chain(interrupted).fold(Exit::Error, Exit::or);
        }
        lines
            .chain(recovered)
            .chain(interrupted)
            .chain(ledger_failed)
            .fold(Exit::Done, Exit::or)
    }

    /// Whether this run wrote an intent, so that a call of its own may have left.
    #[must_use]
    pub fn sent_anything(&self) -> bool {
        self.lines
            .iter()
            .any(|line| line.intent.is_some() && !line.spent_before)
    }
}
