//! Assertions about the journal and the vendor's state. One that names what does not exist is an error, never a pass.

use mock_servers::{Entry, Kind};
use serde_json::Value;

use crate::expect::{Bounds, Calls, Deed, Expect, State};
use crate::judge::Problem;
use crate::line::line;
use crate::mistake::unknown;
use crate::perform::Seen;
use crate::world::World;

/// What the expectation says about calls, effects and state, held against the journal and the vendor.
pub(crate) fn journal(expect: &Expect, seen: &Seen, world: &World, problems: &mut Vec<Problem>) {
    let all = world.mocks.journal();
    let range = |ever: bool| {
        if ever {
            all.as_slice()
        } else {
            seen.entries.as_slice()
        }
    };
    let writes = seen.entries.iter().filter(|entry| is_write(entry));
    if let Some(wanted) = expect.writes {
        let arrived: Vec<String> = writes.map(line).collect();
        if arrived.len() != wanted {
            problems.push(Problem::new(
                "writes",
                wanted.to_string(),
                format!("{}\n{}", arrived.len(), arrived.join("\n")),
            ));
        }
    }
    let kinds = [
        ("effect", Kind::Effect, &expect.effect),
        ("no-op", Kind::NoOp, &expect.no_op),
        ("refusal", Kind::Refusal, &expect.refusal),
    ];
    for (word, kind, deeds) in kinds {
        for deed in deeds {
            let what = format!("{word} {}", described(deed));
            let fits = |entry: &&Entry| entry.kind == kind && deed_fits(deed, entry);
            count(
                what,
                deed.object.as_deref(),
                deed.bounds(),
                range(deed.ever),
                fits,
                world,
                problems,
            );
        }
    }
    for calls in &expect.calls {
        let what = format!(
            "calls {} {}",
            calls.op,
            calls.object.as_deref().unwrap_or_default()
        );
        let fits = |entry: &&Entry| entry.kind == Kind::Call && call_fits(calls, entry);
        count(
            what,
            calls.object.as_deref(),
            calls.bounds(),
            range(calls.ever),
            fits,
            world,
            problems,
        );
    }
    for state in &expect.state {
        self::state(state, world, problems);
    }
}

fn count(
    what: String,
    object: Option<&str>,
    bounds: Result<Bounds, String>,
    entries: &[Entry],
    fits: impl Fn(&&Entry) -> bool,
    world: &World,
    problems: &mut Vec<Problem>,
) {
    if let Some(object) = object.filter(|object| !exists(object, world)) {
        problems.push(Problem::new(
            what,
            "a request that exists",
            format!("{object:?} does not"),
        ));
        return;
    }
    let seen: Vec<&Entry> = entries.iter().filter(fits).collect();
    match bounds {
        Err(why) => problems.push(Problem::new(what, "a number", why)),
        Ok(bounds) if !bounds.admit(seen.len()) => {
            let near = entries
                .iter()
                .filter(|entry| object.is_some() && entry.object.as_deref() == object);
            let lines: Vec<String> = near.map(line).collect();
            problems.push(Problem::new(
                what,
                bounds.to_string(),
                format!("{}\n{}", seen.len(), lines.join("\n")),
            ));
        }
        Ok(_) => {}
    }
}

// Every id that the journal or the vendor ever knew; a generated row is known by its block.
fn exists(object: &str, world: &World) -> bool {
    world.vendors.iter().any(|vendor| {
        let state = world.mocks.state(*vendor);
        let stored = rows(&state).any(|row| row.get("id").and_then(Value::as_str) == Some(object));
        let number = |value: &Value| value.as_str().and_then(|text| text.parse::<u64>().ok());
        let generated = state
            .get("generated")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .any(|block| {
                let (first, count) = (
                    block.get("first").and_then(number),
                    block.get("count").and_then(Value::as_u64),
                );
                object
                    .parse::<u64>()
                    .ok()
                    .zip(first)
                    .zip(count)
                    .is_some_and(|((id, first), count)| id >= first && id - first < count)
            });
        stored || generated
    })
}

fn rows(state: &Value) -> impl Iterator<Item = &Value> {
    state
        .get("requests")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
}

fn deed_fits(deed: &Deed, entry: &Entry) -> bool {
    let verdict = entry.detail.get("verdict").and_then(Value::as_str);
    deed.object
        .as_deref()
        .is_none_or(|object| entry.object.as_deref() == Some(object))
        && deed
            .verdict
            .as_deref()
            .is_none_or(|wanted| verdict == Some(wanted))
        && deed.actor.is_none_or(|actor| entry.actor == Some(actor))
}

fn call_fits(calls: &Calls, entry: &Entry) -> bool {
    entry.op.is_some_and(|op| covers(&calls.op, op))
        && calls
            .object
            .as_deref()
            .is_none_or(|object| entry.object.as_deref() == Some(object))
        && calls
            .status
            .is_none_or(|status| entry.status == Some(status))
}

/// Whether the operation `name` is meant by `pattern`, which may end in `*`.
pub(crate) fn covers(pattern: &str, name: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(prefix) => name.starts_with(prefix),
        None => pattern == name,
    }
}

/// Whether a call could change something, as the vendor's operation table says; one that no table knows is a write
/// unless it is a GET.
pub(crate) fn is_write(entry: &Entry) -> bool {
    let operation = entry.vendor.zip(entry.op).and_then(|(vendor, name)| {
        let mut operations = vendor.operations().iter();
        operations.find(|operation| operation.id == name)
    });
    let method = || entry.detail.get("method").and_then(Value::as_str);
    entry.kind == Kind::Call
        && operation.map_or_else(|| method() != Some("GET"), |operation| operation.writes)
}

fn described(deed: &Deed) -> String {
    let actor = deed
        .actor
        .map(|actor| format!("by {actor:?}").to_lowercase());
    let parts = [deed.verdict.clone(), deed.object.clone(), actor];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

fn state(state: &State, world: &World, problems: &mut Vec<Problem>) {
    let what = format!("state {}", state.object);
    let states: Vec<Value> = world
        .vendors
        .iter()
        .map(|vendor| world.mocks.state(*vendor))
        .collect();
    let mut rows = states.iter().flat_map(rows);
    let Some(row) = rows.find(|row| row.get("id").and_then(Value::as_str) == Some(&state.object))
    else {
        problems.push(Problem::new(
            what,
            "a request that is stored",
            "there is none of this id: a generated one is stored once something touches it",
        ));
        return;
    };
    for (key, wanted) in &state.is {
        match row.get(key) {
            None => {
                let known = row
                    .as_object()
                    .into_iter()
                    .flatten()
                    .map(|(key, _)| key.as_str());
                problems.push(Problem::new(
                    what.clone(),
                    "a member that exists",
                    unknown("member", key, known),
                ));
            }
            Some(is) if !agrees(wanted, is) => {
                problems.push(Problem::new(
                    format!("{what} {key}"),
                    wanted.to_string(),
                    is.to_string(),
                ));
            }
            Some(_) => {}
        }
    }
}

// Objects are compared as far as they are given; `"none"` stands for null, which TOML cannot write.
fn agrees(wanted: &Value, is: &Value) -> bool {
    match (wanted, is) {
        (Value::Object(wanted), Value::Object(is)) => wanted
            .iter()
            .all(|(key, wanted)| is.get(key).is_some_and(|is| agrees(wanted, is))),
        (Value::String(word), Value::Null) => word == "none",
        (wanted, is) => wanted == is,
    }
}
