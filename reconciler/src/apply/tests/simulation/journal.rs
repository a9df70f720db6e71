//! What happens in a world, in order. The checker sees nothing else but the ledger.

use std::time::Duration;

use crate::model::Outcome;

/// One thing that happened.
#[derive(Clone, Debug)]
#[expect(dead_code, reason = "what is not checked stands in the story")]
pub(super) enum Event {
    Starts {
        run: usize,
    },
    /// The vendor shows a request to a run.
    Shows {
        run: usize,
        key: Key,
        /// Undecided, and what was reviewed.
        as_planned: bool,
    },
    /// A call leaves.
    Calls {
        run: usize,
        key: Key,
        /// The number of its intent, where one is durable that no other call has used.
        intent: Option<u64>,
        /// The run had been told to stop before.
        stopped: bool,
    },
    /// The vendor said a definite no, or the call never left the machine.
    Refused {
        key: Key,
        intent: Option<u64>,
    },
    /// A call takes effect.
    Acts {
        key: Key,
        intent: Option<u64>,
    },
    Human {
        key: Key,
        grants: bool,
    },
    Says {
        run: usize,
        key: Key,
        intent: Option<u64>,
        outcome: Outcome,
    },
    Signal {
        run: usize,
    },
    /// It ended by itself, so long after a signal, if there was one.
    Ends {
        run: usize,
        exit: Result<u8, String>,
        after: Option<Duration>,
    },
    Dies {
        run: usize,
    },
    /// The disk forgets all but so many bytes.
    Tears {
        left: usize,
    },
}

/// Which request, by queue and id.
pub(super) type Key = (&'static str, &'static str);
