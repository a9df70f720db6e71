//! Outcomes as text, JSON and JUnit. What a client said is shown without its control characters.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::find::NothingFound;
use crate::judge::Problem;
use crate::mistake::Mistake;
use crate::run::{Outcome, Verdict};

/// One outcome for people: a line if it passed, everything that helps if it did not.
#[must_use]
pub fn text(outcome: &Outcome, replay: &str) -> String {
    let milliseconds = outcome.took.as_millis();
    if outcome.passed() {
        let kept = outcome
            .kept
            .as_ref()
            .map(|path| format!("  {}", path.display()));
        return format!(
            "pass  {}  {milliseconds} ms{}\n",
            outcome.name,
            kept.unwrap_or_default()
        );
    }
    let mut text = format!(
        "FAIL  {}  {milliseconds} ms\n      {}\n      {}\n",
        outcome.name, outcome.title, outcome.path
    );
    if let Some(trouble) = &outcome.trouble {
        block(&mut text, "before the first step", trouble);
    }
    for (position, step) in outcome.steps.iter().enumerate() {
        let word = match &step.verdict {
            Verdict::Passed => "pass",
            Verdict::Failed(_) => "FAIL",
            Verdict::Skipped => "skip",
        };
        let _ = writeln!(text, "  {word}  {}. {}", position + 1, step.name);
        if let Verdict::Failed(problems) = &step.verdict {
            for problem in problems {
                let _ = writeln!(text, "        {}", shown(&problem.what));
                block(&mut text, "expected", &problem.expected);
                block(&mut text, "seen", &problem.seen);
            }
        }
    }
    if !outcome.journal.is_empty() {
        text.push_str("        journal, its last lines\n");
        for line in &outcome.journal {
            let _ = writeln!(text, "          {}", shown(line));
        }
    }
    if let Some(kept) = &outcome.kept {
        let _ = writeln!(text, "        kept      {}", kept.display());
    }
    let _ = writeln!(
        text,
        "        seed      {}\n        replay    {replay}",
        outcome.seed
    );
    text
}

/// The last lines. `varied`: the stories ran under every dialect that they touch.
#[must_use]
pub fn summary(outcomes: &[Outcome], mistakes: &[Mistake], varied: bool) -> String {
    let passed = outcomes.iter().filter(|outcome| outcome.passed()).count();
    let failed = outcomes.len() - passed;
    let mut text = format!("Scenarios: {passed} passed, {failed} failed");
    if !mistakes.is_empty() {
        let _ = write!(text, ", {} mistakes in files", mistakes.len());
    }
    text.push_str(".\n");
    let untried: BTreeSet<_> = outcomes
        .iter()
        .flat_map(|outcome| &outcome.untried)
        .collect();
    if !varied && !untried.is_empty() {
        let _ = writeln!(
            text,
            "Not varied: {} behaviours that the vendors' documents leave open; --dialects each tries each once.",
            untried.len()
        );
    }
    text
}

/// All of it for programs.
#[must_use]
pub fn json(outcomes: &[Outcome], mistakes: &[Mistake]) -> Value {
    let problem = |problem: &Problem| json!({ "what": problem.what, "expected": problem.expected, "seen": problem.seen });
    let outcomes = outcomes.iter().map(|outcome| {
        let steps = outcome.steps.iter().map(|step| {
            let (verdict, problems) = match &step.verdict {
                Verdict::Passed => ("passed", Vec::new()),
                Verdict::Failed(problems) => ("failed", problems.iter().map(problem).collect()),
                Verdict::Skipped => ("skipped", Vec::new()),
            };
            json!({ "name": step.name, "verdict": verdict, "problems": problems })
        });
        json!({
            "name": outcome.name,
            "path": outcome.path,
            "title": outcome.title,
            "passed": outcome.passed(),
            "milliseconds": u64::try_from(outcome.took.as_millis()).unwrap_or(u64::MAX),
            "seed": outcome.seed,
            "trouble": outcome.trouble,
            "steps": steps.collect::<Vec<_>>(),
            "journal": outcome.journal,
            "untried": outcome.untried.iter().map(ToString::to_string).collect::<Vec<_>>(),
            "kept": outcome.kept,
        })
    });
    json!({
        "schema": 1,
        "command": "scenario run",
        "scenarios": outcomes.collect::<Vec<_>>(),
        "mistakes": mistakes.iter().map(ToString::to_string).collect::<Vec<_>>(),
    })
}

/// All of it as JUnit XML.
#[must_use]
pub fn junit(
    outcomes: &[Outcome],
    mistakes: &[Mistake],
    replay: impl Fn(&Outcome) -> String,
) -> String {
    let failed = outcomes.iter().filter(|outcome| !outcome.passed()).count() + mistakes.len();
    let mut xml = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite name=\"scenarios\" tests=\"{}\" failures=\"{failed}\">\n",
        outcomes.len() + mistakes.len()
    );
    for outcome in outcomes {
        let (suite, name) = outcome.name.split_once('/').unwrap_or(("", &outcome.name));
        let _ = write!(
            xml,
            "  <testcase classname=\"{}\" name=\"{}\" time=\"{:.3}\"",
            escaped(suite),
            escaped(name),
            outcome.took.as_secs_f64()
        );
        if outcome.passed() {
            xml.push_str("/>\n");
        } else {
            let _ = writeln!(
                xml,
                ">\n    <failure message=\"{}\">{}</failure>\n  </testcase>",
                escaped(&outcome.title),
                escaped(&text(outcome, &replay(outcome)))
            );
        }
    }
    for mistake in mistakes {
        let _ = writeln!(
            xml,
            "  <testcase classname=\"check\" name=\"{}\"><failure message=\"invalid\">{}</failure></testcase>",
            escaped(&mistake.path),
            escaped(&mistake.to_string())
        );
    }
    xml.push_str("</testsuite>\n");
    xml
}

impl std::fmt::Display for NothingFound {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Usage(what) => out.write_str(what),
            Self::Nothing => {
                out.write_str("no scenario fits: nothing was run, and nothing has passed")
            }
        }
    }
}

fn block(text: &mut String, label: &str, body: &str) {
    let mut lines = body.lines();
    let _ = writeln!(
        text,
        "        {label:<9} {}",
        shown(lines.next().unwrap_or("(nothing)"))
    );
    for line in lines {
        let _ = writeln!(text, "                  {}", shown(line));
    }
}

/// A client's line without what a terminal would obey.
pub(crate) fn shown(line: &str) -> String {
    let mut text = String::with_capacity(line.len());
    for letter in line.chars() {
        if letter.is_control()
            || matches!(letter, '\u{200e}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
        {
            text.extend(letter.escape_default());
        } else {
            text.push(letter);
        }
    }
    text
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' | '\t' => out.push(letter),
            // XML has no way to write these at all.
            letter if letter.is_control() => out.push('\u{fffd}'),
            letter => out.push(letter),
        }
    }
    out
}
