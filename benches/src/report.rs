//! The table, for people, for machines and for the documentation.

use std::fmt::Write as _;

use serde::Serialize;

use crate::Result;
use crate::goals::{GOALS, Goal, Unit};
use crate::machine::Machine;
use crate::measured::{Found, Measured};
use crate::profile::Profile;

/// Where a row of the table stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Verdict {
    Pass,
    Short,
    /// There is no goal.
    Shown,
    NotMeasured,
}

impl Verdict {
    fn word(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Short => "SHORT",
            Self::Shown => "",
            Self::NotMeasured => "not measured",
        }
    }
}

/// One row of the table.
#[derive(Debug, Serialize)]
pub(crate) struct Line {
    key: &'static str,
    what: &'static str,
    against: Option<&'static str>,
    unit: &'static str,
    goal: Option<f64>,
    pub(crate) verdict: Verdict,
    figures: Option<Figures>,
    /// Why there are none.
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<String>,
    /// Why it falls short, where it does.
    #[serde(skip_serializing_if = "str::is_empty")]
    short: &'static str,
}

/// Medians in the row's unit; the value is ours, or ours over the baseline, and its spread over the rounds.
#[derive(Debug, Serialize)]
struct Figures {
    ours: f64,
    base: Option<f64>,
    value: f64,
    least: f64,
    greatest: f64,
    rounds: usize,
}

/// Holds what was measured against the goals, in the order of the goals.
///
/// Small sizes reach no goal and miss none.
pub(crate) fn lines(measured: &[Measured], small: bool) -> Result<Vec<Line>> {
    if let Some(odd) = measured
        .iter()
        .find(|measured| GOALS.iter().all(|goal| goal.key != measured.key))
    {
        return Err(format!("no goal is called {}", odd.key).into());
    }
    let of = |goal: &'static Goal| {
        let found = measured.iter().find(|found| found.key == goal.key)?;
        Some(line(goal, &found.found, small))
    };
    Ok(GOALS.iter().filter_map(of).collect())
}

fn line(goal: &'static Goal, found: &Found, small: bool) -> Line {
    let (figures, why) = match found {
        Found::Figures { ours, base } => (Some(figures(ours, base.as_ref())), None),
        Found::Nothing { why } => (None, Some(why.clone())),
    };
    let verdict = match (&figures, goal.limit) {
        (None, _) => Verdict::NotMeasured,
        (Some(_), _) if small => Verdict::Shown,
        (Some(_), None) => Verdict::Shown,
        (Some(figures), Some(limit)) if figures.value <= limit => Verdict::Pass,
        (Some(_), Some(_)) => Verdict::Short,
    };
    Line {
        key: goal.key,
        what: goal.what,
        against: goal.against,
        unit: match goal.unit {
            Unit::Seconds => "s",
            Unit::Megabytes => "MB",
            Unit::Bytes => "B",
            Unit::Times => "",
        },
        goal: goal.limit,
        verdict,
        figures,
        why,
        short: if verdict == Verdict::Short {
            goal.short
        } else {
            ""
        },
    }
}

fn figures(ours: &crate::sample::Sample, base: Option<&crate::sample::Sample>) -> Figures {
    let share = base.map_or_else(|| ours.clone(), |base| ours.over(base));
    let (least, greatest) = share.spread();
    let (ours, base) = (ours.median(), base.map(crate::sample::Sample::median));
    Figures {
        ours,
        base,
        value: base.map_or(ours, |base| ours / base),
        least,
        greatest,
        rounds: share.0.len(),
    }
}

impl Line {
    /// The columns after key, measured and against: ours, baseline, value, spread, goal, verdict.
    fn columns(&self) -> [String; 6] {
        let amount = |value: f64| amount(value, self.unit);
        let value = |value: f64| match self.against {
            Some(_) => times(value),
            None => amount(value),
        };
        let goal = self.goal.map_or("–".to_owned(), value);
        let verdict = self.verdict.word().to_owned();
        let Some(figures) = &self.figures else {
            let none = || "–".to_owned();
            return [none(), none(), none(), none(), goal, verdict];
        };
        let spread = if figures.rounds > 1 {
            format!("{} – {}", value(figures.least), value(figures.greatest))
        } else {
            "one run".to_owned()
        };
        [
            amount(figures.ours),
            figures.base.map_or("–".to_owned(), amount),
            value(figures.value),
            spread,
            goal,
            verdict,
        ]
    }

    /// What is to be said beside the figures.
    fn remark(&self) -> Option<String> {
        let Self { key, short, .. } = self;
        if let Some(why) = &self.why {
            return Some(format!("{key}: not measured: {why}"));
        }
        let (Verdict::Short, Some(figures), Some(goal)) = (self.verdict, &self.figures, self.goal)
        else {
            return None;
        };
        let over = figures.value / goal;
        let why = if short.is_empty() {
            "not looked into yet."
        } else {
            short
        };
        Some(format!(
            "{key}: {over:.2} times what the goal allows. {why}"
        ))
    }
}

fn times(value: f64) -> String {
    if value < 0.1 {
        format!("{value:.3}×")
    } else {
        format!("{value:.2}×")
    }
}

fn amount(value: f64, unit: &str) -> String {
    match unit {
        "s" if value < 0.001 => format!("{:.1} µs", value * 1e6),
        "s" if value < 0.1 => format!("{:.2} ms", value * 1e3),
        "s" => format!("{value:.3} s"),
        "" => format!("{value}"),
        _ if value >= 100.0 => format!("{value:.0} {unit}"),
        _ => format!("{value:.1} {unit}"),
    }
}

/// The values alone, a line each: what is told while the rest is still being measured.
pub(crate) fn brief(lines: &[Line]) -> String {
    let mut text = String::new();
    for line in lines {
        let [ours, base, value, _, goal, verdict] = line.columns();
        let key = line.key;
        let _ = writeln!(
            text,
            "  {key:<18} {value:>9} (goal {goal})  {ours} / {base}  {verdict}"
        );
    }
    text
}

/// The table for a terminal, and what is to be said to it.
pub(crate) fn text(lines: &[Line], small: bool) -> String {
    let mut text = String::new();
    if small {
        text.push_str("Small sizes: these figures say nothing.\n");
    }
    let head = ["ours", "baseline", "value", "spread", "goal", "verdict"].map(str::to_owned);
    let mut row = |key: &str, what: &str, against: &str, columns: [String; 6]| {
        let [ours, base, value, spread, goal, verdict] = columns;
        let _ = writeln!(
            text,
            "{key:<18} {what:<80} {against:<45} {ours:>10} {base:>10} {value:>9} {spread:>21} {goal:>9}  {verdict}",
        );
    };
    row("key", "measured", "against", head);
    for line in lines {
        let against = line.against.unwrap_or("–");
        row(line.key, line.what, against, line.columns());
    }
    for remark in lines.iter().filter_map(Line::remark) {
        let _ = writeln!(text, "- {remark}");
    }
    text
}

/// The same for the documentation.
pub(crate) fn markdown(lines: &[Line], machine: &Machine, profile: &Profiled) -> String {
    let mut text = machine.markdown();
    let rounds = |line: &Line| line.figures.as_ref().map(|figures| figures.rounds);
    let (least, most) = lines
        .iter()
        .filter_map(rounds)
        .fold((usize::MAX, 0), |(least, most), rounds| {
            (least.min(rounds), most.max(rounds))
        });
    let _ = writeln!(
        text,
        "- medians of {least} to {most} rounds; the spread is over the rounds\n\n\
         | key | measured | against | ours | baseline | value | spread | goal | |\n\
         |---|---|---|--:|--:|--:|--:|--:|---|"
    );
    for line in lines {
        let (what, against) = (line.what, line.against.unwrap_or("–"));
        let columns = line.columns().join(" | ");
        let _ = writeln!(text, "| {} | {what} | {against} | {columns} |", line.key);
    }
    let remarks: Vec<String> = lines.iter().filter_map(Line::remark).collect();
    if !remarks.is_empty() {
        let _ = writeln!(text, "\nWhat falls short or is not measured:\n");
        for remark in remarks {
            let _ = writeln!(text, "- {remark}");
        }
    }
    let _ = writeln!(text, "\n## Where the time of G1's plan goes\n");
    text.push_str(&match profile {
        Ok(profile) => profile.markdown(),
        Err(why) => format!("Not measured: {why}\n"),
    });
    text
}

/// A profile, or why there is none.
pub(crate) type Profiled = std::result::Result<Profile, String>;

/// The same as one JSON document.
pub(crate) fn json(lines: &[Line], machine: &Machine, profile: &Profiled) -> Result<String> {
    let document = serde_json::json!({
        "schema": 2,
        "machine": machine,
        "rows": lines,
        "profile": profile.as_ref().ok(),
    });
    Ok(serde_json::to_string_pretty(&document)?)
}

const BEGIN: &str = "<!-- measured: begin -->\n";
const END: &str = "<!-- measured: end -->";

/// A document with other words between its marks.
pub(crate) fn replaced(document: &str, measured: &str) -> Result<String> {
    let parts = document
        .split_once(BEGIN)
        .and_then(|(before, rest)| Some((before, rest.split_once(END)?.1)));
    let (before, after) = parts.ok_or("the document has no place for what was measured")?;
    Ok(format!(
        "{before}{BEGIN}\n{}\n{END}{after}",
        measured.trim()
    ))
}
