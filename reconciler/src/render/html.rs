//! A result as one HTML file that needs nothing else: to be read on any screen, filtered, sorted, printed.
//!
//! Nothing is loaded, followed or sent: the policy in its head allows this style and this script by their
//! hashes and forbids all else. Without a script everything is there, only the filter is not. What is
//! written stands in a text or in a quoted attribute, and `maud` escapes both; style and script are ours.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use sha2::{Digest as _, Sha256};

use super::layout::{Role, columns};
use super::sheet::{Line, Row, Section, Sheet, Trouble};

const STYLE: &str = include_str!("html/style.css");
const SCRIPT: &str = include_str!("html/script.js");

/// The document; ends with a line feed.
#[must_use]
pub fn document(sheet: &Sheet) -> String {
    let title = match sheet.name.as_str() {
        "" => sheet.command.to_owned(),
        name => format!("{} of {name}", sheet.command),
    };
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(policy());
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="referrer" content="no-referrer";
                meta name="robots" content="noindex";
                // What looks like a number to call or a place to go to is a stranger's text.
                meta name="format-detection" content="telephone=no, date=no, address=no, email=no, url=no";
                title { "countersign " (title) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                (head(sheet, &title))
                main {
                    (troubles(&sheet.troubles))
                    (filter(sheet))
                    @for section in &sheet.sections { (lines(section)) }
                    (terms(sheet))
                    (readings(sheet))
                }
                script { (PreEscaped(SCRIPT)) }
            }
        }
    };
    page.into_string() + "\n"
}

/// What may run and be shown: this style and this script, and nothing from anywhere.
fn policy() -> String {
    let hash = |text: &str| format!("'sha256-{}'", STANDARD.encode(Sha256::digest(text)));
    format!(
        "default-src 'none'; style-src {}; script-src {}; base-uri 'none'; form-action 'none'",
        hash(STYLE),
        hash(SCRIPT)
    )
}

fn class(role: Role) -> &'static str {
    match role {
        Role::Plain => "plain",
        Role::Title => "title",
        Role::Grant => "grant",
        Role::Safe => "safe",
        Role::Alarm => "alarm",
        Role::Aside => "aside",
    }
}

fn head(sheet: &Sheet, title: &str) -> Markup {
    html! {
        header {
            p.kind { "countersign" }
            h1 { (title) }
            @for (role, line) in &sheet.answer { p.answer.(class(*role)) { (line) } }
            ul.counts {
                @for (name, count, role) in sheet.counts.iter().filter(|(_, count, _)| *count > 0) {
                    li.(class(*role)) { b { (count) } " " (name) }
                }
            }
            dl.facts {
                @for (name, value) in sheet.facts.iter().filter(|(_, value)| !is_answered(sheet, value)) {
                    dt { (name) } dd { (value) }
                }
            }
            @for note in &sheet.notes { p.note { (note) } }
        }
    }
}

/// The stable lines say the digest and the end of the ledger already.
fn is_answered(sheet: &Sheet, value: &str) -> bool {
    sheet.answer.iter().any(|(_, line)| line.ends_with(value))
}

fn troubles(troubles: &[Trouble]) -> Markup {
    html! {
        @if !troubles.is_empty() {
            section.troubles {
                h2 { "Look here first (" (troubles.len()) ")" }
                @for trouble in troubles {
                    div.trouble {
                        h3 { @if let Some(queue) = &trouble.queue { (queue) " " } (trouble.what) }
                        (rows(&trouble.rows))
                    }
                }
            }
        }
    }
}

/// Shown by the script, which alone can do it.
fn filter(sheet: &Sheet) -> Markup {
    let all = || sheet.sections.iter().flat_map(|section| &section.lines);
    let verdicts: BTreeSet<&str> = all().map(|line| line.verdict).collect();
    let queues: BTreeSet<&str> = all().map(|line| line.queue.as_str()).collect();
    let states: BTreeSet<&str> = all().map(|line| line.state).collect();
    html! {
        form #filter hidden role="search" {
            label { "Find " input #find type="search" autocomplete="off" spellcheck="false"; }
            (choice("Verdict", "verdict", &verdicts))
            (choice("Queue", "queue", &queues))
            (choice("State", "state", &states))
            label {
                "Sort by "
                select #sort {
                    @for (key, name) in [("", "as listed"), ("address", "request"), ("ticket", "ticket"),
                        ("about", "who and on what"), ("verdict", "verdict"), ("state", "state")] {
                        option value=(key) { (name) }
                    }
                }
            }
            button type="reset" { "Show all" }
        }
        p #shown role="status" {}
    }
}

/// A choice that would change nothing is not offered.
fn choice(label: &str, name: &str, among: &BTreeSet<&str>) -> Markup {
    html! {
        label hidden[among.len() < 2] {
            (label) " "
            select #(name) {
                option value="" { "any" }
                @for one in among.iter().filter(|one| !one.is_empty()) { option { (one) } }
            }
        }
    }
}

fn lines(section: &Section) -> Markup {
    html! {
        section.(class(section.role)) {
            h2 { (section.title) " (" (section.lines.len()) ")" }
            ol.lines role="list" { @for line in &section.lines { (one(line)) } }
        }
    }
}

fn one(line: &Line) -> Markup {
    let loud = line.rows.iter().any(|row| row.role == Role::Alarm);
    html! {
        li.(class(line.role)).loud[loud] data-queue=(line.queue) data-verdict=(line.verdict) data-state=(line.state) {
            h3 {
                b.verdict { (line.sign) " " (line.verdict) } " "
                span.address { (line.address) } " "
                @if !line.ticket.is_empty() { span.ticket { (line.ticket) } " " }
                span.state { (line.state) }
            }
            @if !line.about.is_empty() { p.about { (line.about) } }
            (rows(&line.rows))
        }
    }
}

fn rows(rows: &[Row]) -> Markup {
    html! {
        dl {
            @for row in rows {
                // A row without a label says more of what stands above it.
                @if !row.label.is_empty() { dt { (row.label) } }
                dd.alarm[row.role == Role::Alarm] {
                    @if let [value] = row.values.as_slice() { (marked(value, &row.marks)) }
                    @else { @for value in &row.values { span { (value) } " " } }
                }
            }
        }
    }
}

/// A value in which the characters above a caret stand out.
fn marked(value: &str, marks: &str) -> Markup {
    let carets: Vec<bool> = marks.chars().map(|mark| mark == '^').collect();
    let mut runs: Vec<(bool, String)> = Vec::new();
    let mut column = 0;
    for c in value.chars() {
        let mark = carets.get(column).copied().unwrap_or_default();
        column += columns(c.encode_utf8(&mut [0; 4]));
        match runs.last_mut() {
            Some((same, run)) if *same == mark => run.push(c),
            Some(_) | None => runs.push((mark, c.to_string())),
        }
    }
    html! { @for (mark, run) in &runs { @if *mark { mark { (run) } } @else { (run) } } }
}

fn terms(sheet: &Sheet) -> Markup {
    html! {
        @if !sheet.terms.is_empty() {
            section.terms {
                h2 { "The same for many" }
                @for (whose, common) in &sheet.terms { h3 { (whose) } (rows(common)) }
            }
        }
    }
}

fn readings(sheet: &Sheet) -> Markup {
    html! {
        @if sheet.readings.iter().any(|(_, how)| !is_answered(sheet, how)) {
            section.readings {
                h2 { "How the queues were read" }
                dl { @for (queue, how) in &sheet.readings { dt { (queue) } dd { (how) } } }
            }
        }
    }
}
