//! What a step showed, held against its `expect`. Nothing passes for want of anything to look at.

use mock_servers::{Entry, Kind};
use serde_json::Value;

use crate::child::{End, Ran};
use crate::expect::{Bounds, Calls, Child, Deed, Expect, State, Text};
use crate::mistake::unknown;
use crate::perform::Seen;
use crate::placeholders::fill_all;
use crate::story::{Step, Verb};
use crate::world::World;

/// Something that does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Which assertion.
    pub what: String,
    /// What should have been.
    pub expected: String,
    /// What was.
    pub seen: String,
}

impl Problem {
    pub(crate) fn new(
        what: impl Into<String>,
        expected: impl Into<String>,
        seen: impl Into<String>,
    ) -> Self {
        Self {
            what: what.into(),
            expected: expected.into(),
            seen: seen.into(),
        }
    }
}

/// Everything about the step that does not hold.
pub(crate) fn judge(step: &Step, seen: &Seen, world: &World) -> Vec<Problem> {
    let mut problems = Vec::new();
    if let Some(trouble) = &seen.trouble {
        let verb = step.verbs().first().copied().map_or("", Verb::word);
        problems.push(Problem::new(verb, "it can be done", trouble.clone()));
    }
    untold(seen, &mut problems);
    // Effects of a step that could not be done say nothing.
    if seen.trouble.is_some() {
        return problems;
    }
    let default = Expect::default();
    let expect = step.expect.as_ref().unwrap_or(&default);
    let expect = match fill_all(expect, &world.names()) {
        Ok(expect) => expect,
        Err(why) => {
            problems.push(Problem::new(
                "expect",
                "names that stand for something",
                why,
            ));
            return problems;
        }
    };
    act(&expect, seen, &mut problems);
    clients(&expect, seen, &mut problems);
    answer(&expect, seen, &mut problems);
    journal(&expect, seen, world, &mut problems);
    for state in &expect.state {
        self::state(state, world, &mut problems);
    }
    time(&expect, seen, &mut problems);
    files(&expect, world, &mut problems);
    problems
}

// What fails every step, asked for or not.
fn untold(seen: &Seen, problems: &mut Vec<Problem>) {
    for armed in &seen.idle {
        let (fault, met) = (&armed.fault, armed.seen);
        let what = format!("fault {} at {} (nth {})", fault.id, fault.op, fault.nth);
        problems.push(Problem::new(
            what,
            "it strikes",
            format!("it never did: {met} calls matched"),
        ));
    }
    for entry in &seen.entries {
        if entry.detail.contains_key("strange") || entry.detail.contains_key("unmatched") {
            let what = "every call stands in the vendor's document";
            problems.push(Problem::new("strange call", what, line(entry)));
        }
        let inside = entry.kind == Kind::Refusal && entry.detail.contains_key("did");
        if inside && seen.acted.is_none() {
            problems.push(Problem::new("act inside a call", "it happens", line(entry)));
        }
    }
    for ran in &seen.ran {
        match ran.end {
            End::TimedOut(limit) => problems.push(Problem::new(
                "time",
                format!("an end within {limit:?}"),
                said(ran),
            )),
            End::Signal(_) | End::Exit(_) => {}
        }
    }
}

fn act(expect: &Expect, seen: &Seen, problems: &mut Vec<Problem>) {
    match (&seen.acted, &expect.refused) {
        (Some(Err(why)), None) => {
            problems.push(Problem::new("act", "it happens", format!("refused: {why}")))
        }
        (Some(Err(why)), Some(part)) if !why.contains(part) => {
            problems.push(Problem::new("refused", part.clone(), why.clone()));
        }
        (Some(Ok(done)), Some(part)) => {
            problems.push(Problem::new(
                "refused",
                part.clone(),
                format!("{} is {}", done.id, done.state),
            ));
        }
        (Some(Ok(_)), None) | (Some(Err(_)), Some(_)) | (None, _) => {}
    }
}

fn clients(expect: &Expect, seen: &Seen, problems: &mut Vec<Problem>) {
    let alone = expect.exit.map(|exit| Child {
        exit,
        stdout: expect.stdout.clone(),
        stderr: expect.stderr.clone(),
    });
    let expected: Vec<(&str, &Child)> = match (&alone, &expect.first, &expect.second) {
        (Some(alone), _, _) => vec![("", alone)],
        (None, first, second) => {
            let first = first.iter().map(|child| ("first ", child));
            first
                .chain(second.iter().map(|child| ("second ", child)))
                .collect()
        }
    };
    for ((who, child), ran) in expected.into_iter().zip(&seen.ran) {
        if ran.end != End::Exit(child.exit) {
            problems.push(Problem::new(
                format!("{who}exit"),
                child.exit.to_string(),
                format!("{}\n{}", ran.end, said(ran)),
            ));
        }
        for (stream, text, is) in [
            ("stdout", &child.stdout, &ran.stdout),
            ("stderr", &child.stderr, &ran.stderr),
        ] {
            if let Some(text) = text {
                compare(&format!("{who}{stream}"), text, is, problems);
            }
        }
    }
}

fn compare(what: &str, text: &Text, is: &str, problems: &mut Vec<Problem>) {
    let Text {
        contains,
        lacks,
        lines,
        empty,
    } = text;
    if *empty && !is.is_empty() {
        problems.push(Problem::new(what, "nothing", is));
    }
    for part in contains.iter().filter(|part| !is.contains(part.as_str())) {
        problems.push(Problem::new(format!("{what} contains"), part.clone(), is));
    }
    for part in lacks.iter().filter(|part| is.contains(part.as_str())) {
        problems.push(Problem::new(
            format!("{what} lacks"),
            format!("no {part:?}"),
            is,
        ));
    }
    for wanted in lines {
        if !is.lines().any(|line| line.trim() == wanted.trim()) {
            problems.push(Problem::new(format!("{what} line"), wanted.clone(), is));
        }
    }
}

fn said(ran: &Ran) -> String {
    format!("{}{}", ran.stdout, ran.stderr)
}

fn answer(expect: &Expect, seen: &Seen, problems: &mut Vec<Problem>) {
    let Some(answer) = &seen.answer else { return };
    if let Some(status) = expect.status.filter(|status| *status != answer.status) {
        problems.push(Problem::new(
            "status",
            status.to_string(),
            format!("{}\n{}", answer.status, answer.body),
        ));
    }
    if let Some(body) = &expect.body {
        compare("body", body, &answer.body, problems);
    }
}

fn journal(expect: &Expect, seen: &Seen, world: &World, problems: &mut Vec<Problem>) {
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

// The one mocked vendor so far reads with GET and writes with everything else.
fn is_write(entry: &Entry) -> bool {
    entry.kind == Kind::Call && entry.detail.get("method").and_then(Value::as_str) != Some("GET")
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

fn time(expect: &Expect, seen: &Seen, problems: &mut Vec<Problem>) {
    let Some(wanted) = &expect.fired else { return };
    let told = || {
        let events = seen.fired.iter().map(|event| {
            format!(
                "{} {} at {}",
                event.kind,
                event.object.as_deref().unwrap_or("some"),
                event.at
            )
        });
        events.collect::<Vec<_>>().join("\n")
    };
    if wanted.is_empty() && !seen.fired.is_empty() {
        problems.push(Problem::new("fired", "nothing at all", told()));
    }
    for event in wanted {
        let fits = seen.fired.iter().any(|fired| {
            fired.kind == event.kind && (event.object.is_none() || fired.object == event.object)
        });
        if !fits {
            let object = event.object.as_deref().unwrap_or("any request");
            problems.push(Problem::new(
                "fired",
                format!("{} of {object}", event.kind),
                told(),
            ));
        }
    }
}

fn files(expect: &Expect, world: &World, problems: &mut Vec<Problem>) {
    for file in &expect.file {
        let read = world
            .inside(&file.path)
            .and_then(|path| std::fs::read_to_string(path).map_err(|error| error.to_string()));
        match read {
            Err(why) => problems.push(Problem::new(
                format!("file {}", file.path),
                "it is there",
                why,
            )),
            Ok(is) => {
                let text = Text {
                    contains: file.contains.clone(),
                    lacks: file.lacks.clone(),
                    ..Text::default()
                };
                compare(&format!("file {}", file.path), &text, &is, problems);
            }
        }
    }
}

/// A journal entry on one line, without its time.
pub(crate) fn line(entry: &Entry) -> String {
    let text = |key: &str| {
        entry
            .detail
            .get(key)
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    let word = serde_json::to_value(entry.kind)
        .ok()
        .and_then(|kind| kind.as_str().map(str::to_owned))
        .unwrap_or_default();
    let object = entry.object.as_deref().unwrap_or("-");
    let who = entry
        .actor
        .map(|actor| format!("{actor:?}").to_lowercase())
        .unwrap_or_default();
    let mut line = match entry.kind {
        Kind::Call => {
            let status = entry
                .status
                .map_or("no answer".to_owned(), |status| status.to_string());
            format!(
                "call    {} {}{} -> {status}",
                text("method"),
                text("path"),
                query(entry)
            )
        }
        Kind::Fault => {
            let kind = text("fault_kind");
            let kind = if kind.is_empty() {
                "an act"
            } else {
                kind.as_str()
            };
            format!(
                "fault   {}: {kind} {} {object}",
                text("fault"),
                text("phase")
            )
        }
        Kind::Actor => format!(
            "actor   {who}: {} {object}, now {}",
            text("did"),
            text("state")
        ),
        Kind::Clock => format!(
            "clock   {}{} {}",
            text("to"),
            text("fired"),
            entry.object.as_deref().unwrap_or_default()
        ),
        Kind::Effect | Kind::NoOp | Kind::Refusal => {
            let by = Some(text("by"))
                .filter(|by| !by.is_empty())
                .map(|by| format!(", decider {by}"))
                .unwrap_or_default();
            format!(
                "{word:<7} {who}: {}{} {object}, now {}{by}",
                text("verdict"),
                text("did"),
                text("state")
            )
        }
    };
    let because = text("because");
    if !because.is_empty() {
        line.push_str(&format!(" ({because})"));
    }
    for key in ["strange", "unmatched"] {
        if let Some(odd) = entry.detail.get(key) {
            line.push_str(&format!(" {key}: {odd}"));
        }
    }
    line
}

fn query(entry: &Entry) -> String {
    let pairs = entry.detail.get("query").and_then(Value::as_array);
    let mut text = String::new();
    for (position, pair) in pairs.into_iter().flatten().enumerate() {
        let part = |index: usize| pair.get(index).and_then(Value::as_str).unwrap_or_default();
        text.push_str(if position == 0 { "?" } else { "&" });
        text.push_str(&format!("{}={}", part(0), part(1)));
    }
    text
}
