//! What happened, written down so that a second run writes the same bytes: what depends on the run gets a name instead.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use mock_servers::{Entry, Kind};
use serde_json::Value;

use crate::line::line;
use crate::perform::Seen;
use crate::stable::Stable;
use crate::story::{Step, Verb};
use crate::world::World;

/// A transcript as it grows.
#[derive(Debug)]
pub(crate) struct Transcript {
    text: String,
    stable: Stable,
}

impl Transcript {
    pub(crate) fn begin(title: &str, case: Option<&str>, world: &World) -> Self {
        let case = case.map(|case| format!(" [{case}]")).unwrap_or_default();
        Self {
            text: format!("# {title}{case}\n"),
            stable: Stable::new(world.dynamic()),
        }
    }

    /// Adds a step.
    pub(crate) fn step(&mut self, number: usize, step: &Step, seen: &Seen) {
        let verb = step.verbs().first().copied().map_or("", Verb::word);
        let mut text = format!("\n## {number}. {} ({verb})\n", step.name);
        for ran in &seen.ran {
            let _ = writeln!(
                text,
                "\n$ {}",
                ran.words.join(" ").replace("{cli}", "countersign")
            );
            text.push_str(&indented("", &ran.stdout));
            text.push_str(&indented("! ", &by_request(&ran.stderr)));
            let _ = writeln!(text, "[{}]", ran.end);
        }
        if let Some(answer) = &seen.answer {
            let _ = writeln!(text, "\n{} {}", answer.status, answer.body);
        }
        if let Some(Err(why)) = &seen.acted {
            let _ = writeln!(text, "\nrefused: {why}");
        }
        if !seen.entries.is_empty() {
            text.push('\n');
        }
        for line in in_stable_order(&seen.entries) {
            let _ = writeln!(text, "  {line}");
        }
        let text = self.stable.text(&text);
        self.text.push_str(&text);
    }

    /// Adds the client's ledger and the vendors' state, and answers the whole.
    pub(crate) fn end(mut self, world: &World) -> String {
        let mut text = String::new();
        let ledger = world.folder().join(".countersign/ledger.jsonl");
        if let Ok(ledger) = std::fs::read_to_string(ledger) {
            text.push_str("\n## ledger\n\n");
            text.push_str(&records(&ledger));
        }
        for vendor in &world.vendors {
            let _ = writeln!(text, "\n## {}\n", vendor.slug());
            text.push_str(&requests(&world.mocks.state(*vendor)));
        }
        let text = self.stable.text(&text);
        self.text.push_str(&text);
        self.text
    }

    /// The same text with names for what depends on the run.
    pub(crate) fn stable(&mut self, text: &str) -> String {
        self.stable.text(text)
    }
}

// Calls to different vendors and about different requests may run side by side, and which comes first is luck; each
// request's own order is not.
// How often a client looks again before it gives up depends on the machine: what repeats in a row is written once.
fn in_stable_order(entries: &[Entry]) -> Vec<String> {
    let mut sorted: Vec<&Entry> = entries.iter().collect();
    let beside = |entry: &Entry| match entry.kind {
        Kind::Clock => None,
        Kind::Call | Kind::Effect | Kind::NoOp | Kind::Refusal | Kind::Fault | Kind::Actor => {
            entry.object.clone()
        }
    };
    sorted.sort_by_key(|entry| (entry.vendor, beside(entry)));
    // Where two clients of one vendor have signed in, their reading of whole queues runs side by side, too.
    let signs_in = |entry: &&Entry| {
        let method = entry.detail.get("method").and_then(Value::as_str);
        entry.kind == Kind::Call && method == Some("POST") && !crate::count::is_write(entry)
    };
    let mut sign_ins: Vec<String> = entries.iter().filter(signs_in).map(line).collect();
    let all = sign_ins.len();
    sign_ins.sort();
    sign_ins.dedup();
    if sign_ins.len() < all {
        let whole = sorted
            .iter()
            .take_while(|entry| entry.object.is_none())
            .count();
        sorted[..whole].sort_by_key(|entry| line(entry));
    }
    let mut lines: Vec<String> = Vec::new();
    for entry in sorted {
        lines.push(line(entry));
        let read = entry.kind == Kind::Call && !crate::count::is_write(entry);
        // A look alone, or a look and the fault that struck it.
        for length in [1, 2] {
            let end = lines.len();
            if read
                && end >= 2 * length
                && lines[end - length..] == lines[end - 2 * length..end - length]
            {
                lines.truncate(end - length);
            }
        }
    }
    lines
}

// What is told while several requests are decided side by side: each request's own order, one after the other.
fn by_request(text: &str) -> String {
    let told_of = |line: &str| {
        let (request, _) = line.split_once(' ')?;
        let is_request = request.contains('/') && line.contains(": ");
        is_request.then(|| request.to_owned())
    };
    let mut group = 0;
    let mut lines: Vec<(usize, Option<String>, &str)> = Vec::new();
    for line in text.split_inclusive('\n') {
        let of = told_of(line);
        if lines
            .last()
            .is_some_and(|(_, before, _)| before.is_some() != of.is_some())
        {
            group += 1;
        }
        lines.push((group, of, line));
    }
    lines.sort_by(|left, right| (left.0, &left.1).cmp(&(right.0, &right.1)));
    lines.into_iter().map(|(_, _, line)| line).collect()
}

fn indented(prefix: &str, text: &str) -> String {
    let lines = text
        .lines()
        .map(|line| format!("  {prefix}{line}").trim_end().to_owned() + "\n");
    lines.collect()
}

// Kinds and outcomes; the rest is the client's own. Lines of one run about different requests may be in any order.
fn records(ledger: &str) -> String {
    let mut of: BTreeMap<u64, String> = BTreeMap::new();
    let mut rows: Vec<(usize, String, String)> = Vec::new();
    let mut group = 0;
    for record in ledger
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
    {
        let text = |way: &str| {
            record
                .pointer(way)
                .and_then(Value::as_str)
                .unwrap_or_default()
        };
        let kind = text("/kind");
        let what = match kind {
            "intent" => {
                let request = format!("{}/{}", text("/change/queue"), text("/change/request"));
                of.insert(
                    record
                        .get("seq")
                        .and_then(Value::as_u64)
                        .unwrap_or_default(),
                    request.clone(),
                );
                (request, text("/change/verdict"))
            }
            "outcome" | "resolve" => {
                let intent = record
                    .get("intent")
                    .and_then(Value::as_u64)
                    .unwrap_or_default();
                let word = if kind == "outcome" {
                    text("/outcome")
                } else {
                    text("/as")
                };
                (of.get(&intent).cloned().unwrap_or_default(), word)
            }
            _ => {
                group += 1;
                rows.push((group, String::new(), format!("{kind}\n")));
                group += 1;
                continue;
            }
        };
        rows.push((
            group,
            what.0.clone(),
            format!("{kind:<8} {} {}\n", what.0, what.1),
        ));
    }
    rows.sort_by(|left, right| (left.0, &left.1).cmp(&(right.0, &right.1)));
    rows.into_iter().map(|(_, _, line)| line).collect()
}

fn requests(state: &Value) -> String {
    let mut text = String::new();
    for row in state
        .get("requests")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
    {
        let word = |way: &str| row.pointer(way).and_then(Value::as_str).unwrap_or_default();
        let name = Some(word("/name"))
            .filter(|name| !name.is_empty())
            .map(|name| format!(" ({name})"));
        let _ = write!(
            text,
            "{}{} {}",
            word("/id"),
            name.unwrap_or_default(),
            word("/status")
        );
        for (label, way) in [
            ("approved by", "/approved_by/email"),
            ("denied by", "/denied_by/email"),
            ("because", "/denied_reason"),
        ] {
            if !word(way).is_empty() {
                let _ = write!(text, ", {label} {}", word(way));
            }
        }
        if row.get("dropped") == Some(&Value::Bool(true)) {
            text.push_str(", dropped out");
        }
        text.push('\n');
    }
    if let Some(counts) = state.get("counts") {
        let _ = writeln!(text, "{counts}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_told_side_by_side_is_told_request_by_request() {
        let told = "Deciding 2 requests\nq/2 approve: sending\nq/1 approve: sending\nq/2 approve: applied\nq/1 approve: applied\n";
        assert_eq!(
            by_request(told),
            "Deciding 2 requests\nq/1 approve: sending\nq/1 approve: applied\nq/2 approve: sending\nq/2 approve: applied\n"
        );
    }
}
