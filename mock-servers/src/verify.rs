//! `POST /verify`: what must stand in the journal, with the nearest misses where it does not.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::faults::Armed;
use crate::journal::{Actor, Entry, Filter, Kind, op_matches};
use crate::nearest;
use crate::vendors::Vendor;

/// What is asked.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Verify {
    /// What must hold, each on its own.
    #[serde(default)]
    pub(crate) expect: Vec<Expectation>,
    /// Whether every fault with `must_fire` must have struck.
    #[serde(default = "yes")]
    pub(crate) faults_fired: bool,
    /// Whether unknown routes, parameters and bodies are failures.
    #[serde(default = "yes")]
    pub(crate) nothing_strange: bool,
}

fn yes() -> bool {
    true
}

/// How many entries of a kind there must be; without a number, at least one.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Expectation {
    kind: Option<Kind>,
    vendor: Option<Vendor>,
    op: Option<String>,
    object: Option<String>,
    actor: Option<Actor>,
    verdict: Option<String>,
    status: Option<u16>,
    since: Option<u64>,
    count: Option<usize>,
    min: Option<usize>,
    max: Option<usize>,
}

/// Each failure with what was expected, what was seen and entries that nearly fit. An expectation that can never be met is an error.
pub(crate) fn failures(
    asked: &Verify,
    entries: &[Entry],
    faults: &[Armed],
    vendors: &[Vendor],
) -> Result<Vec<Value>, String> {
    let mut failures = Vec::new();
    for (position, expectation) in asked.expect.iter().enumerate() {
        let (least, most) = bounds(expectation, vendors)?;
        let filter = Filter {
            kind: expectation.kind,
            vendor: expectation.vendor,
            op: expectation.op.clone(),
            object: expectation.object.clone(),
            actor: expectation.actor,
            since: expectation.since,
        };
        let fits = |entry: &&Entry| {
            filter.admits(entry)
                && expectation
                    .status
                    .is_none_or(|status| entry.status == Some(status))
                && expectation
                    .verdict
                    .as_ref()
                    .is_none_or(|verdict| entry.detail.get("verdict") == Some(&json!(verdict)))
        };
        let seen = entries.iter().filter(fits).count();
        if seen < least || seen > most {
            let near = entries.iter().filter(|entry| {
                expectation.object.is_some() && entry.object == expectation.object
                    || expectation
                        .op
                        .as_ref()
                        .is_some_and(|op| entry.op.is_some_and(|name| op_matches(op, name)))
            });
            failures.push(json!({
                "expectation": position,
                "expected": { "min": least, "max": (most < usize::MAX).then_some(most) },
                "seen": seen,
                "near": near.take(5).collect::<Vec<_>>(),
            }));
        }
    }
    if asked.faults_fired {
        let idle = faults
            .iter()
            .filter(|armed| armed.fault.must_fire && armed.hits == 0);
        failures.extend(
            idle.map(|armed| json!({ "fault": armed.fault.id, "because": "it never struck" })),
        );
    }
    if asked.nothing_strange {
        let odd = entries.iter().filter(|entry| {
            entry.detail.contains_key("strange") || entry.detail.contains_key("unmatched")
        });
        failures.extend(
            odd.map(|entry| json!({ "because": "not in the vendor's document", "entry": entry })),
        );
    }
    Ok(failures)
}

fn bounds(expectation: &Expectation, vendors: &[Vendor]) -> Result<(usize, usize), String> {
    if let Some(op) = &expectation.op {
        let known = || {
            vendors
                .iter()
                .flat_map(|vendor| vendor.operations())
                .map(|operation| operation.id)
        };
        if !known().any(|name| op_matches(op, name)) {
            return Err(nearest::unknown("op", op, known()));
        }
    }
    match (expectation.count, expectation.min, expectation.max) {
        (Some(count), None, None) => Ok((count, count)),
        (Some(_), _, _) => Err("`count` stands alone".to_owned()),
        (None, None, None) => Ok((1, usize::MAX)),
        (None, min, max) => Ok((min.unwrap_or(0), max.unwrap_or(usize::MAX))),
    }
}
