//! The goals as data. A further goal is a row here, and a bench that measures its key.

/// In what a goal is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unit {
    Seconds,
    Megabytes,
    Bytes,
    Times,
}

/// One goal: ours, or ours as a share of the baseline, is to be at most `limit`.
#[derive(Debug)]
pub(crate) struct Goal {
    /// The bench that measures it, and after a hyphen which part.
    pub(crate) key: &'static str,
    pub(crate) what: &'static str,
    /// What the same run holds it against; without one the limit is absolute.
    pub(crate) against: Option<&'static str>,
    pub(crate) unit: Unit,
    /// A row without one is there to be looked at.
    pub(crate) limit: Option<f64>,
    /// Why it falls short, where it does: what is known, and what was tried.
    pub(crate) short: &'static str,
}

impl Goal {
    /// Which bench measures it.
    pub(crate) fn bench(&self) -> &'static str {
        self.key.split('-').next().unwrap_or(self.key)
    }

    const fn short(self, short: &'static str) -> Self {
        Self { short, ..self }
    }
}

const fn ratio(
    key: &'static str,
    what: &'static str,
    against: &'static str,
    unit: Unit,
    limit: f64,
) -> Goal {
    Goal {
        key,
        what,
        against: Some(against),
        unit,
        limit: Some(limit),
        short: "",
    }
}

const fn alone(key: &'static str, what: &'static str, unit: Unit, limit: f64) -> Goal {
    let against = None;
    Goal {
        against,
        ..ratio(key, what, "", unit, limit)
    }
}

const fn shown(key: &'static str, what: &'static str, against: &'static str, unit: Unit) -> Goal {
    let limit = None;
    Goal {
        limit,
        ..ratio(key, what, against, unit, 0.0)
    }
}

use Unit::{Bytes, Megabytes, Seconds, Times};

/// Every goal, and a few rows without one, in the order of the table.
pub(crate) const GOALS: &[Goal] = &[
    ratio(
        "G1-mock",
        "plan, 1,000,000 scanned whole × 10,000 decisions",
        "bare read",
        Seconds,
        3.0,
    ),
    ratio(
        "G1-memory",
        "the same, pages served from memory",
        "bare read of the same",
        Seconds,
        3.0,
    )
    .short("By `perf` about a third of the processor's time skims the records, all of whose syntax is checked, a tenth takes bytes from the socket, and files, comparison and text are most of the rest. Fetching and skimming overlap, on two cores that the server needs too. Tried: key ranges side by side, which skim on more threads; they were not faster on two cores."),
    ratio(
        "G2-aiohttp",
        "that plan, pages served from memory",
        "Python, aiohttp and orjson",
        Seconds,
        0.20,
    )
    .short("Not yet explained."),
    ratio(
        "G2-requests",
        "the same",
        "Python, requests",
        Seconds,
        0.08,
    )
    .short("As for G1-memory: where the server costs nothing, it is our own time for each record that counts."),
    ratio(
        "G3-20ms",
        "plan, 100,000 scanned, 20 ms a call, one walker",
        "bare read",
        Seconds,
        1.05,
    ),
    ratio(
        "G3-5ms",
        "the same, 5 ms a call",
        "bare read",
        Seconds,
        1.10,
    )
    .short("A page is parsed and told of while the next is fetched, and that one waits for both. With the start of the program and the reading of the decisions that is what is left at so short a delay; not measured apart. The next step is to fetch two pages ahead."),
    ratio(
        "G4",
        "the same, 20 ms, 16 key ranges side by side",
        "bare read, one walker",
        Seconds,
        0.12,
    )
    .short("Sixteen pages at a time are computed by the mock on the same two cores that parse them (see G1-mock's baseline for what that takes): together that is more than the round trips. With a vendor on a machine of its own the round trips would be left."),
    ratio(
        "G5",
        "plan, 100 decisions on 1,000,000, with start-up",
        "bare read",
        Seconds,
        0.10,
    ),
    ratio(
        "G5-growth",
        "the same",
        "the same on 10,000",
        Seconds,
        1.5,
    ),
    ratio(
        "G6",
        "plan by the vendor's pending filter, 1 % pending of 1,000,000, 10,000 decisions",
        "bare read of all",
        Seconds,
        0.25,
    ),
    alone(
        "G7",
        "peak memory of G1's plan",
        Megabytes,
        64.0,
    )
    .short("Most of it is what decisions and changes say, a few kilobytes each; the queue is not held (G7-growth). Done: guards as one piece of text instead of a map, blocks that file and plan share, and files parsed in pieces."),
    ratio(
        "G7-growth",
        "the same",
        "10,000 decisions on 100,000",
        Megabytes,
        1.1,
    ),
    alone(
        "G8",
        "peak memory a decision, plan of 1,000,000 × 1,000,000",
        Bytes,
        300.0,
    )
    .short("The goal counts a guard as a hash and a place in the file. Here the words of guards are held, since a plan shows them and a hold draws what differs, and so is each change with its call. Done: as for G7. The next step: what is already as decided need not be held with its words."),
    ratio(
        "G8-growth",
        "validate, 1,000,000 decisions",
        "validate, 100,000",
        Seconds,
        11.0,
    ),
    ratio(
        "G9-time",
        "validate, 100,000 decisions in one file",
        "whole-file toml",
        Seconds,
        0.6,
    )
    .short("The parser is the baseline's, run on all cores by pieces; what is checked beside it (places, ids, each key) runs there too, so that on a busy machine the second thread brings little. Done: smaller pieces, cheaper checks. Not done: a reader of our own for plain blocks, several times faster, since a second reader of what people review is a second meaning of it."),
    ratio(
        "G9-memory",
        "its peak memory",
        "whole-file toml",
        Megabytes,
        0.10,
    )
    .short("A file stays in memory as text until all of its blocks are read, and the words of each block beside it. Done: smaller pieces for the parser, guards as one piece of text. The next step is to read a file piece by piece, too."),
    ratio(
        "G9-million-time",
        "validate, 1,000,000 decisions in one file",
        "whole-file toml",
        Seconds,
        0.6,
    )
    .short(
        "As for 100,000.",
    ),
    ratio(
        "G9-million-memory",
        "its peak memory",
        "whole-file toml",
        Megabytes,
        0.10,
    )
    .short(
        "As for 100,000.",
    ),
    ratio(
        "G10-5ms",
        "apply, 3,200 changes at 5 ms, 32 at a time: per call sent",
        "bare apply, per call",
        Seconds,
        1.08,
    )
    .short("By `perf` two thirds of what the changes cost is the HTTP library's, as in the baseline. The rest comes on top: the saved plan, the files and the queue are read before the first call, each step is a line on standard error, and the ledger has its own thread; all of it on two cores that the mock needs too."),
    ratio(
        "G10-50ms",
        "apply, 1,280 changes at 50 ms, 32 at a time",
        "calls × 50 ms / 32",
        Seconds,
        1.10,
    )
    .short("The baseline is what the calls would take on paper. Before the first of them the saved plan, the files and the queue are read, in calls of that length too, and the mock's timer is a little late at each. What remains was not told apart."),
    ratio(
        "G11",
        "syncs to disk in G10's apply of 3,200",
        "changes",
        Times,
        1.0 / 6.0,
    )
    .short("Each change is read before it is sent, so that intents come one by one and not in waves, and a disk as fast as this one is done before the next comes. Slow disks make groups (G11-slow). A timer that waits for more would delay every call."),
    ratio(
        "G11-slow",
        "the same where a sync takes 5 ms, as long as a call",
        "changes",
        Times,
        1.0 / 6.0,
    )
    .short("Groups are larger than at a fast disk, as they should be, and still hold less than the goal asks: of the calls that are under way at a time only a third are about to be written down, since each change is read before and after."),
    ratio(
        "G12-requests",
        "apply, 1,000 changes at 5 ms, 32 at a time",
        "Python, requests, one at a time",
        Seconds,
        0.05,
    ),
    ratio(
        "G12-aiohttp",
        "the same",
        "Python, aiohttp, 32 at a time, the same calls",
        Seconds,
        1.1,
    ),
    ratio(
        "G13-true",
        "countersign --version",
        "/bin/true",
        Seconds,
        2.0,
    )
    .short("A start is mostly the loading of a large position-independent program, with the mocks and the bundled scenarios in it: by `perf stat` it takes several times the page faults of one that does nothing, and the kernel has most of the time. Not tried: a program at fixed addresses, which gives up a protection."),
    ratio(
        "G13-python",
        "countersign --version",
        "Python, import requests",
        Seconds,
        0.05,
    ),
    ratio(
        "G14",
        "plan, 100,000 × 100,000: per item",
        "octoDNS, YAML against YAML: per item",
        Seconds,
        0.02,
    )
    .short("By `perf` the comparison is the dearest part of it, with a fingerprint and a digest for each line. Done: fingerprints borrow what they hash. The digest of a line still goes through a tree of JSON, whose keys are sorted."),
    ratio(
        "G15-scan",
        "calls of a scan of 1,000,000",
        "queue / 1,000 + 1",
        Times,
        1.0,
    ),
    ratio(
        "G15-points",
        "calls to look up 100 decisions",
        "decisions",
        Times,
        1.0,
    ),
    alone(
        "G16-start",
        "mock with 1,000,000 requests at each of five vendors is up",
        Seconds,
        2.0,
    ),
    alone("G16-memory", "its memory then", Megabytes, 300.0),
    alone(
        "G16-memory-read",
        "its memory when one queue was read whole",
        Megabytes,
        300.0,
    ),
    alone(
        "G16-page",
        "one page of 1,000 of it, in a whole read",
        Seconds,
        0.005,
    )
    .short(
        "Rows are computed when they are read.",
    ),
    alone(
        "G16-sample",
        "mock with the sample world is up",
        Seconds,
        0.1,
    ),
    ratio(
        "G16-axum",
        "one page of 1,000 of it, the same again and again",
        "a bare axum handler, the same bytes",
        Seconds,
        2.0,
    )
    .short("The mock computes each row of a generated queue when it is read, and journals the call, while the handler answers bytes that it has; which of it weighs how much was not measured."),
    ratio(
        "G17",
        "plan, all five vendors at 20 ms a call",
        "the slowest vendor alone",
        Seconds,
        1.1,
    ),
    shown(
        "base",
        "plan --base, 10,000 decisions in a file each, 100 of them new",
        "plan",
        Seconds,
    ),
    shown(
        "base-log",
        "the same",
        "git log of the same files",
        Seconds,
    ),
    ratio(
        "soak-memory",
        "memory of one process between rounds of queue and plan, two virtual hours: last quarter",
        "second quarter",
        Megabytes,
        1.1,
    ),
    ratio(
        "soak-handles",
        "its most file handles between rounds, second half",
        "second quarter",
        Times,
        1.0,
    ),
    ratio(
        "soak-mock",
        "those of the mocks",
        "second quarter",
        Times,
        1.0,
    ),
    alone(
        "soak-calls",
        "calls in only one of two accounts: what it tells, and the mocks' journal",
        Times,
        0.0,
    ),
];
