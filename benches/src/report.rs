//! The table, for people and for machines.

use std::fmt::Write as _;

use serde::Serialize;

use crate::Result;
use crate::goals::{GOALS, Goal, Measured, Unit};

/// One row of the table.
#[derive(Debug, Serialize)]
pub(crate) struct Line {
    key: &'static str,
    what: &'static str,
    baseline: Option<&'static str>,
    unit: &'static str,
    ours: f64,
    base: Option<f64>,
    value: f64,
    goal: f64,
    pass: bool,
}

/// Holds what was measured against the goals.
pub(crate) fn lines(measured: &[Measured]) -> Result<Vec<Line>> {
    measured.iter().map(line).collect()
}

fn line(measured: &Measured) -> Result<Line> {
    let goal = GOALS.iter().find(|goal| goal.key == measured.key);
    let Goal {
        key,
        what,
        baseline,
        unit,
        limit,
    } = goal.ok_or_else(|| format!("no goal is called {}", measured.key))?;
    let value = measured
        .base
        .map_or(measured.ours, |base| measured.ours / base);
    Ok(Line {
        key,
        what,
        baseline: *baseline,
        unit: match unit {
            Unit::Seconds => "s",
            Unit::Megabytes => "MB",
        },
        ours: measured.ours,
        base: measured.base,
        value,
        goal: *limit,
        pass: value <= *limit,
    })
}

/// The table as text.
pub(crate) fn text(lines: &[Line]) -> String {
    let mut text = format!(
        "{:<16} {:<50} {:<28} {:>10} {:>10} {:>9} {:>8}\n",
        "key", "measured", "against", "ours", "baseline", "value", "goal"
    );
    for line in lines {
        let verdict = if line.pass { "pass" } else { "SHORT" };
        let base = line
            .base
            .map_or("-".to_owned(), |base| amount(base, line.unit));
        let (value, goal) = match line.base {
            Some(_) => (format!("{:.3}x", line.value), format!("{:.2}x", line.goal)),
            None => (amount(line.value, line.unit), amount(line.goal, line.unit)),
        };
        let _ = writeln!(
            text,
            "{:<16} {:<50} {:<28} {:>10} {:>10} {:>9} {:>8}  {verdict}",
            line.key,
            line.what,
            line.baseline.unwrap_or("-"),
            amount(line.ours, line.unit),
            base,
            value,
            goal,
        );
    }
    text
}

fn amount(value: f64, unit: &str) -> String {
    if unit == "s" && value < 0.1 {
        format!("{:.2} ms", value * 1000.0)
    } else if unit == "s" {
        format!("{value:.3} s")
    } else {
        format!("{value:.1} {unit}")
    }
}

/// The table as one JSON document.
pub(crate) fn json(lines: &[Line], rounds: usize) -> Result<String> {
    let document = serde_json::json!({ "schema": 1, "rounds": rounds, "rows": lines });
    Ok(serde_json::to_string_pretty(&document)?)
}
