//! What a step showed, held against its `expect`. Nothing passes for want of anything to look at.

use mock_servers::{Entry, Kind};

use crate::child::{End, Ran};
use crate::count::journal;
use crate::expect::{Child, Expect, Text};
use crate::line::line;
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
    strange(&expect, seen, &mut problems);
    act(&expect, seen, &mut problems);
    clients(&expect, seen, &mut problems);
    answer(&expect, seen, &mut problems);
    journal(&expect, seen, world, &mut problems);
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

// A call that no document knows fails its step, unless the story makes it on purpose; and then it must be made.
fn strange(expect: &Expect, seen: &Seen, problems: &mut Vec<Problem>) {
    let odd = |entry: &&Entry| {
        entry.detail.contains_key("strange") || entry.detail.contains_key("unmatched")
    };
    let odd: Vec<String> = seen.entries.iter().filter(odd).map(line).collect();
    for told in &odd {
        if !expect.strange.iter().any(|part| told.contains(part)) {
            let what = "every call stands in the vendor's document";
            problems.push(Problem::new("strange call", what, told.clone()));
        }
    }
    for part in &expect.strange {
        if !odd.iter().any(|told| told.contains(part)) {
            let seen = odd.join("\n");
            problems.push(Problem::new("strange", part.clone(), seen));
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
        if !ran.end.is(child.exit) {
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
