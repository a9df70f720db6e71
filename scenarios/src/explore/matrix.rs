//! An exploration for people and for programs: a row for each call, a column for each disturbance, and behind every
//! red cell what broke and the command that plays it alone.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::{Cell, Explored};
use crate::mistake::Mistake;

/// Column heads: as many as there may be disturbances at one call.
const HEADS: &str = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
/// How wide the legend may be.
const WIDTH: usize = 78;

/// The matrix, its legend, and each broken cell. `replay` is the command for a cell.
#[must_use]
pub fn text(explored: &Explored, replay: impl Fn(&Cell) -> String) -> String {
    let mut text = format!("{}\n", explored.name);
    if let Some(trouble) = &explored.trouble {
        let _ = writeln!(text, "  {trouble}");
        return text;
    }
    let columns = columns(explored);
    let mut step = "";
    let vendors = vendors(explored);
    let short = |call: &str| short(call, vendors > 1);
    let width = |cell: &Cell| short(&cell.call).len().max(cell.step.chars().count());
    let width = explored.cells.iter().map(width).max().unwrap_or(0);
    for row in rows(explored) {
        let Some(first) = row.first() else { continue };
        if first.step != step {
            step = &first.step;
            let heads: String = HEADS.chars().take(columns.len()).collect();
            let _ = writeln!(text, "\n  {step:<width$}  {heads}");
        }
        let marks: String = columns.iter().map(|column| mark(&row, column)).collect();
        let _ = writeln!(text, "  {:<width$}  {marks}", short(&first.call));
    }
    text.push('\n');
    let widest = columns.iter().map(|column| column.len()).max().unwrap_or(0);
    let heads: Vec<(char, &&str)> = HEADS.chars().zip(&columns).collect();
    for names in heads.chunks((WIDTH / (widest + 4)).max(1)) {
        let names = names
            .iter()
            .map(|(head, name)| format!("{head} {name:<widest$}"));
        let line = names.collect::<Vec<_>>().join("  ");
        let _ = writeln!(text, "  {}", line.trim_end());
    }
    text.push_str(
        "\n  A cell is how the disturbed client ended: its exit code, 't' told to end,\n  'k' killed; '#' a law is broken; '-' it could not happen there.\n",
    );
    let broken: Vec<&Cell> = explored
        .cells
        .iter()
        .filter(|cell| !cell.broken.is_empty())
        .collect();
    for cell in &broken {
        let _ = writeln!(text, "\n  # {}  ended {}", cell.name(), cell.end);
        for (law, how) in &cell.broken {
            let _ = writeln!(text, "    {law}:");
            for line in how.lines() {
                let _ = writeln!(text, "      {}", crate::report::shown(line));
            }
        }
        let _ = writeln!(text, "    replay  {}", replay(cell));
    }
    if let [cell] = explored.cells.as_slice() {
        let _ = writeln!(text, "\n  {}", cell.name());
        if let Some(why) = &cell.moot {
            let _ = writeln!(
                text,
                "    it could not happen: {}",
                crate::report::shown(why)
            );
        }
        for line in cell.told.lines() {
            let _ = writeln!(text, "    {}", crate::report::shown(line));
        }
    }
    let moot = explored.cells.iter().filter(|cell| cell.moot.is_some());
    let moot = match moot.count() {
        0 => String::new(),
        some => format!(", {some} could not happen"),
    };
    let _ = writeln!(
        text,
        "\nExplored {} worlds in {:.1} s: {} held, {} broken{moot}. Seed {}.",
        explored.cells.len(),
        explored.took.as_secs_f64(),
        explored.holding().count(),
        broken.len(),
        explored.seed
    );
    text
}

/// All of it for programs. `replay` is the command for a cell.
#[must_use]
pub fn json(
    explored: &[Explored],
    mistakes: &[Mistake],
    replay: impl Fn(&Explored, &Cell) -> String,
) -> Value {
    let stories = explored.iter().map(|explored| {
        let cells = explored.cells.iter().map(|cell| {
            let broken = cell
                .broken
                .iter()
                .map(|(law, how)| json!({ "law": law, "how": how }));
            json!({
                "name": cell.name(),
                "step": cell.step,
                "call": cell.call,
                "disturbance": cell.disturbance,
                "end": cell.end,
                "moot": cell.moot,
                "broken": broken.collect::<Vec<_>>(),
                // What was seen, where it is needed.
                "told": (!cell.broken.is_empty()).then_some(&cell.told),
                "replay": (!cell.broken.is_empty()).then(|| replay(explored, cell)),
            })
        });
        json!({
            "name": explored.name,
            "path": explored.path,
            "seed": explored.seed,
            "held": explored.held(),
            "trouble": explored.trouble,
            "milliseconds": u64::try_from(explored.took.as_millis()).unwrap_or(u64::MAX),
            "cells": cells.collect::<Vec<_>>(),
        })
    });
    json!({
        "schema": 1,
        "command": "scenario explore",
        "scenarios": stories.collect::<Vec<_>>(),
        "mistakes": mistakes.iter().map(ToString::to_string).collect::<Vec<_>>(),
    })
}

// Every disturbance, in the order of their first cell.
fn columns(explored: &Explored) -> Vec<&str> {
    let mut columns: Vec<&str> = Vec::new();
    for cell in &explored.cells {
        if !columns.contains(&cell.disturbance.as_str()) {
            columns.push(&cell.disturbance);
        }
    }
    columns
}

fn rows(explored: &Explored) -> Vec<Vec<&Cell>> {
    let mut rows: Vec<Vec<&Cell>> = Vec::new();
    for cell in &explored.cells {
        match rows.last_mut() {
            Some(row)
                if row
                    .iter()
                    .all(|known| (&known.step, &known.call) == (&cell.step, &cell.call)) =>
            {
                row.push(cell);
            }
            _ => rows.push(vec![cell]),
        }
    }
    rows
}

fn mark(row: &[&Cell], column: &str) -> char {
    let Some(cell) = row.iter().find(|cell| cell.disturbance == column) else {
        return ' ';
    };
    match (cell.broken.is_empty(), cell.end.as_str()) {
        (false, _) => '#',
        (true, _) if cell.moot.is_some() => '-',
        (true, "killed") => 'k',
        (true, "told") => 't',
        (true, code) => code
            .chars()
            .next()
            .filter(|_| code.len() == 1)
            .unwrap_or('+'),
    }
}

fn vendors(explored: &Explored) -> usize {
    let cells = explored.cells.iter();
    let vendors = cells.filter_map(|cell| cell.call.split('.').next());
    vendors.collect::<std::collections::BTreeSet<_>>().len()
}

// The vendor's name says nothing in a row, where there is one.
fn short(call: &str, several: bool) -> String {
    let mut parts = call.splitn(3, ':');
    let (op, object, nth) = (parts.next(), parts.next(), parts.next());
    let op = op.unwrap_or_default();
    let vendorless = op.split_once('.').map_or(op, |(_, op)| op);
    let op = if several { op } else { vendorless };
    format!(
        "{op} {} {}",
        object.unwrap_or_default(),
        nth.unwrap_or_default()
    )
    .replace("  ", " ")
}
