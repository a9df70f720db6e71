//! What takes long, a moving line for each queue: rows read, look-ups, changes, and how long the rest takes.
//!
//! On a terminal the lines move, and vanish at the end. Elsewhere, as in CI, one line says it all now and then.

mod pace;
mod terminal;

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::{Ui, escape::Hostile};
use pace::Pace;
pub(super) use terminal::target;

/// How often there is a line where none can move.
const EVERY: Duration = Duration::from_secs(30);

/// How far one queue has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Amount {
    /// What is counted.
    pub stage: Stage,
    /// How long our own rate limit still holds the next call back; nothing where none waits.
    pub held_back: Option<Duration>,
    /// That limit, in calls a minute.
    pub limit: Option<u32>,
}

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Rows of lists. How many there are, nobody says.
    Rows {
        /// So far.
        rows: u64,
        /// How much of the list that is about, in thousandths, where it can be told.
        share: Option<u16>,
    },
    /// Requests that are looked up by id, after so many rows.
    LookUps {
        /// Rows of the list before.
        rows: u64,
        /// So far.
        done: u64,
        /// Of how many.
        of: u64,
    },
    /// Changes that are carried out.
    Changes {
        /// So far.
        done: u64,
        /// Of how many.
        of: u64,
    },
}

/// What is being read, or done. Lines vanish when it is dropped.
#[derive(Debug)]
pub struct Watch<'a> {
    ui: &'a Ui,
    what: &'static str,
    lines: BTreeMap<String, Line>,
    /// Every queue that there has been.
    known: BTreeSet<String>,
    said: Instant,
}

/// One queue.
#[derive(Debug)]
struct Line {
    pace: Pace,
    /// What is counted: another count has a pace of its own.
    stage: std::mem::Discriminant<Stage>,
    bar: ProgressBar,
}

impl<'a> Watch<'a> {
    pub(super) fn begin(ui: &'a Ui, what: &'static str, now: Instant) -> Self {
        Self {
            ui,
            what,
            lines: BTreeMap::new(),
            known: BTreeSet::new(),
            said: now,
        }
    }

    /// Shows how far each queue has come by now. A queue that is no longer named has ended.
    pub fn show<'n>(&mut self, amounts: impl IntoIterator<Item = (&'n str, Amount)>, now: Instant) {
        let amounts: BTreeMap<&str, Amount> = amounts.into_iter().collect();
        self.lines.retain(|queue, line| {
            let goes_on = amounts.contains_key(queue.as_str());
            if !goes_on {
                line.bar.finish_and_clear();
            }
            goes_on
        });
        let names = amounts.keys().map(|queue| (*queue).to_owned());
        self.known.extend(names);
        let mut said = Vec::with_capacity(amounts.len());
        for (queue, amount) in &amounts {
            let line = self.lines.entry((*queue).to_owned()).or_insert_with(|| {
                let bar = bar(&self.ui.bars);
                let (pace, stage) = (Pace::default(), std::mem::discriminant(&amount.stage));
                Line { pace, stage, bar }
            });
            let mut words = line.note(queue, amount, now);
            if amounts.len() == 1 && self.known.len() > 1 {
                words.push_str(", the last one");
            }
            line.bar.set_message(words.clone());
            said.push(words);
        }
        let is_due = now.saturating_duration_since(self.said) >= EVERY;
        if is_due && !self.ui.screen.bars && !said.is_empty() {
            self.ui
                .status(&format!("{}: {}", self.what, said.join("; ")));
            self.said = now;
        }
    }
}

impl Drop for Watch<'_> {
    fn drop(&mut self) {
        self.lines
            .values()
            .for_each(|line| line.bar.finish_and_clear());
    }
}

impl Line {
    /// Notes how far a queue has come, and says it.
    fn note(&mut self, queue: &str, amount: &Amount, now: Instant) -> String {
        let Amount {
            stage,
            held_back,
            limit,
        } = *amount;
        let kind = std::mem::discriminant(&stage);
        if kind != self.stage {
            (self.stage, self.pace) = (kind, Pace::default());
        }
        // Under a limit a minute of rest may follow a burst.
        let window = Duration::from_secs(if limit.is_some() { 120 } else { 10 });
        let mut parts = Vec::new();
        let more = match stage {
            Stage::Rows { rows, share } => {
                self.pace.note(rows, now, window);
                parts.push(rows_of(rows));
                parts.extend(self.pace.rate().map(rate));
                parts.extend(share.map(|share| format!("about {} %", share / 10)));
                share.and_then(|share| rest(rows, share))
            }
            Stage::LookUps { rows, done, of } => {
                self.pace.note(done, now, window);
                parts.extend((rows > 0).then(|| rows_of(rows)));
                parts.push(format!("{} of {} looked up", grouped(done), grouped(of)));
                parts.extend(self.pace.rate().map(rate));
                Some(of.saturating_sub(done))
            }
            Stage::Changes { done, of } => {
                self.pace.note(done, now, window);
                parts.push(format!("{} of {} changes", grouped(done), grouped(of)));
                parts.extend(self.pace.rate().map(rate));
                Some(of.saturating_sub(done))
            }
        };
        let left = more.filter(|more| *more > 0);
        let left = left.and_then(|more| self.pace.left(more));
        parts.extend(left.map(|left| format!("{} left", time(left))));
        if let (Some(held), Some(limit)) = (held_back.filter(|held| held.as_secs() > 0), limit) {
            parts.push(format!("waiting {} (rate limit {limit}/min)", time(held)));
        }
        format!(
            "{}: {}",
            Hostile::from(queue).at_most(60).terminal(),
            parts.join(", ")
        )
    }
}

fn bar(bars: &MultiProgress) -> ProgressBar {
    // A new bar draws on the process's own stderr, whatever its caller wants, until it is added here.
    let hidden = ProgressDrawTarget::hidden();
    let bar = bars.add(ProgressBar::with_draw_target(None, hidden));
    if let Ok(style) = ProgressStyle::with_template("  {wide_msg}") {
        bar.set_style(style);
    }
    bar
}

fn rows_of(rows: u64) -> String {
    let ending = if rows == 1 { "" } else { "s" };
    format!("{} row{ending}", grouped(rows))
}

/// How many more rows there are about, where so many are so much of them.
fn rest(rows: u64, share: u16) -> Option<u64> {
    let share = u64::from(share);
    let all = rows.checked_mul(1000)?.checked_div(share)?;
    Some(all.saturating_sub(rows))
}

/// `1,234,567`.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (nth, digit) in digits.chars().enumerate() {
        if nth > 0 && (digits.len() - nth).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Nobody reads more than two digits of a rate.
fn rate(a_second: f64) -> String {
    if a_second >= 10.0 {
        // Far below what a float holds exactly.
        format!(
            "{}/s",
            grouped(format!("{a_second:.0}").parse().unwrap_or(u64::MAX))
        )
    } else if a_second >= 1.0 {
        format!("{a_second:.1}/s")
    } else {
        format!("{:.0}/min", a_second * 60.0)
    }
}

fn time(time: Duration) -> String {
    let seconds = time
        .as_secs()
        .saturating_add(u64::from(time.subsec_nanos() > 0));
    match seconds {
        ..=99 => format!("{seconds} s"),
        100..=5999 => format!("{} min", seconds.div_ceil(60)),
        _ => format!("{} h", seconds.div_ceil(3600)),
    }
}

#[cfg(test)]
mod tests;
