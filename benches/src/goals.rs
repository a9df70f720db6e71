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
    .short(
        "Nothing waits here but our own work: each record is checked whole by a strict parser, one thread reads pages and one parses.",
    ),
    ratio(
        "G2-aiohttp",
        "that plan, pages served from memory",
        "Python, aiohttp and orjson",
        Seconds,
        0.20,
    )
    .short(
        "The script looks at two fields of each record with a parser in C; ours checks all of each record's syntax.",
    ),
    ratio(
        "G2-requests",
        "the same",
        "Python, requests",
        Seconds,
        0.08,
    ),
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
    ),
    ratio(
        "G4",
        "the same, 20 ms, 16 key ranges side by side",
        "bare read, one walker",
        Seconds,
        0.12,
    ),
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
    .short(
        "The queue is not what is held (see G7-growth): by `valgrind --tool=massif` it is the decision files. More than half of what `validate` holds at its peak are the tokens of the chunks that are being parsed, a quarter the text of the file, which stays in memory to the end; the plan adds its changes.",
    ),
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
    .short(
        "As G7: text of the file, tokens of the chunks, and for each decision its guards as text.",
    ),
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
    .short(
        "The parser is the same as the baseline's, run on chunks by two threads; what else is done to each block (places, canonical ids, checks of each key) costs what the second thread saves.",
    ),
    ratio(
        "G9-memory",
        "its peak memory",
        "whole-file toml",
        Megabytes,
        0.10,
    )
    .short(
        "As G7: the file stays in memory as text while its blocks are kept as values beside it.",
    ),
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
    .short(
        "With calls this short the client's own work for a call weighs as much as the wait: composing, judging, digests and the ledger's records run on the thread that also drives the connections.",
    ),
    ratio(
        "G10-50ms",
        "apply, 1,280 changes at 50 ms, 32 at a time",
        "calls × 50 ms / 32",
        Seconds,
        1.10,
    ),
    ratio(
        "G11",
        "syncs to disk in G10's apply of 3,200",
        "changes",
        Times,
        1.0 / 6.0,
    )
    .short(
        "Intents are grouped only while a sync is under way. Where a sync is much shorter than the gaps between the calls of many workers, few come together; a slower disk makes larger groups.",
    ),
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
    .short(
        "By `perf stat` a start takes seven times the page faults of one that does nothing: a large position-independent binary, whose pages with addresses are all written at the start.",
    ),
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
    ),
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
    .short(
        "The mock computes each row of a generated queue when it is read, and journals the call; the handler answers bytes that it has.",
    ),
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
