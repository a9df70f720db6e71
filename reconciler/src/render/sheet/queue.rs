//! What is pending, as a sheet: oldest first, with everything that the vendor shows.

use super::super::escape::Hostile;
use super::super::layout::Role;
use super::super::queue::{Pending, QueueReport, sentence};
use super::super::words::told;
use super::{CountsAs, Line, Row, Sheet, Trouble, cut, prose};
use crate::model::Address;

/// What the queues hold.
#[must_use]
pub fn of(report: &QueueReport) -> Sheet {
    let mut sheet = Sheet {
        command: "queue",
        read_at: report.now,
        ..Sheet::default()
    };
    let sum = |number: fn(&super::super::queue::Coverage) -> u64| {
        let sum = report.queues.iter().map(number).sum::<u64>();
        usize::try_from(sum).unwrap_or(usize::MAX)
    };
    sheet.counts = vec![
        ("new", sum(|one| one.unnamed), Role::Grant),
        ("drafted", sum(|one| one.drafted), Role::Plain),
        ("decided", sum(|one| one.decided), Role::Aside),
        ("could not be read", sum(|one| one.unreadable), Role::Alarm),
        (
            "in a state that is not known",
            sum(|one| one.unknown),
            Role::Alarm,
        ),
    ];
    for coverage in &report.queues {
        let line = sentence(coverage, report);
        sheet.answer.push((Role::Title, line.clone()));
        sheet.readings.push((coverage.queue.clone(), line));
        if let Some(error) = &coverage.unread {
            let told = prose(&told(error));
            sheet.troubles.push(Trouble {
                queue: Some(coverage.queue.clone()),
                code: "incomplete",
                what: format!("incomplete: {told}; nothing follows from what is missing"),
                rows: vec![Row::new("next", prose(&error.hint))],
            });
        }
    }
    if report.queues.iter().any(|coverage| coverage.unnamed > 0) {
        sheet.notes.push("next: countersign draft".to_owned());
    }
    let lines = report.pending.iter().map(|pending| line(pending, report));
    sheet.section("Waiting at the vendors, oldest first", Role::Title, lines);
    sheet
}

fn line(pending: &Pending, report: &QueueReport) -> Line {
    let shown = |fact: &str| Hostile::from(fact).at_most(120).terminal();
    let (sign, role, counts_as) = match pending.named {
        "new" => {
            let why = "new: no decision file names it".to_owned();
            ("?", Role::Grant, CountsAs::Skipped(why))
        }
        "drafted" => {
            let why = "drafted, nobody has decided".to_owned();
            ("~", Role::Plain, CountsAs::Skipped(why))
        }
        _ => ("=", Role::Aside, CountsAs::Passed),
    };
    let facts = pending.request.facts.iter();
    let rows = facts
        .filter(|(_, value)| !value.is_empty())
        .map(|(key, value)| Row::new(&cut(key, 80), Hostile::from(value).terminal()));
    let address = Address {
        queue: pending.queue.clone(),
        id: pending.request.id.clone(),
    };
    let mut about = vec![pending.who(shown)];
    about.extend(Some(shown(&pending.what())).filter(|what| !what.is_empty()));
    Line {
        sign,
        ticket: format!("{} old", pending.age(report.now)),
        about: about.join(", "),
        state: pending.named,
        role,
        rows: rows.collect(),
        counts_as,
        ..Line::at(&address)
    }
}
