//! What is wrong in files, all at once and clickable; and why a command could not do its work.

use std::panic::Location;

use super::Style;
use super::escape::Hostile;
use super::layout::{Page, Role, columns};
use crate::error::{Diagnostic, Failure, Severity};
use crate::model::counted;

/// Columns of a source line that are shown around the place.
const SHOWN: usize = 160;

/// Every diagnostic as `file:line:column: error: message` with its source line, a caret and a hint; their number last.
#[must_use]
pub fn list(diagnostics: &[Diagnostic], style: Style) -> String {
    let mut page = Page::new(style);
    for diagnostic in diagnostics {
        one(&mut page, diagnostic);
    }
    if !diagnostics.is_empty() {
        page.exact(Role::Title, &count(diagnostics));
    }
    page.finish()
}

fn one(page: &mut Page, diagnostic: &Diagnostic) {
    let Diagnostic {
        file,
        line,
        column,
        length,
        severity,
        message,
        hint,
        source_line,
    } = diagnostic;
    let place = format!("{}:{line}:{column}: ", Hostile::from(file).terminal());
    let message = Hostile::prose(message).terminal();
    page.exact(
        role(*severity),
        &format!("{place}{}: {message}", severity.word()),
    );
    if let Some(source) = source_line {
        let (shown, marks) = frame(source, *column, *length);
        let number = line.to_string();
        page.exact(Role::Plain, &format!("  {number} | {shown}"));
        page.exact(
            role(*severity),
            &format!("  {:width$} | {marks}", "", width = number.len()),
        );
    }
    if let Some(hint) = hint {
        page.exact(
            Role::Plain,
            &format!("  hint: {}", Hostile::prose(hint).terminal()),
        );
    }
}

fn role(severity: Severity) -> Role {
    match severity {
        Severity::Error => Role::Alarm,
        Severity::Warning => Role::Grant,
    }
}

fn count(diagnostics: &[Diagnostic]) -> String {
    let errors = diagnostics
        .iter()
        .filter(|diagnostic| diagnostic.severity == Severity::Error)
        .count();
    match (errors, diagnostics.len() - errors) {
        (errors, 0) => format!("{}.", counted(errors, "error")),
        (0, warnings) => format!("{}.", counted(warnings, "warning")),
        (errors, warnings) => format!(
            "{}, {}.",
            counted(errors, "error"),
            counted(warnings, "warning")
        ),
    }
}

/// The part of a source line around the place, and carets under it.
///
/// The pieces before, at and behind the place are made visible by themselves, so that the carets
/// stand under what is meant although a character may take six columns.
fn frame(source: &str, column: u32, length: u32) -> (String, String) {
    let at = usize::try_from(column.saturating_sub(1)).unwrap_or(usize::MAX);
    let length = usize::try_from(length).unwrap_or(usize::MAX);
    let skipped = at.saturating_sub(SHOWN / 2);
    let before: String = source.chars().skip(skipped).take(at - skipped).collect();
    let meant: String = source.chars().skip(at).take(length.min(SHOWN)).collect();
    let behind: String = source
        .chars()
        .skip(at.saturating_add(meant.chars().count()))
        .take(SHOWN / 2)
        .collect();
    // The indentation of a file is layout and not text; it is dropped on both lines.
    let indentation = before.len() - before.trim_start().len();
    let before = inner(before.get(indentation..).unwrap_or_default());
    let meant = inner(&meant);
    let carets = "^".repeat(columns(&meant).max(1));
    let marks = format!("{}{carets}", " ".repeat(columns(&before)));
    (
        format!("{before}{meant}{}", inner(behind.trim_end())),
        marks,
    )
}

/// Longer pieces are cut like any other text; in shorter ones a reader should know the own file again.
const AS_IT_STANDS: usize = 120;

/// Visible, but with its spaces as they are: it is a piece of a line, often one that `draft` has aligned.
fn inner(text: &str) -> String {
    let core = text.trim_matches(' ');
    let (lead, tail) = text.split_once(core).unwrap_or_default();
    if core.is_empty() {
        return text.to_owned();
    }
    if core.len() > AS_IT_STANDS {
        return format!("{lead}{}{tail}", Hostile::from(core).terminal());
    }
    let words: Vec<String> = core
        .split(' ')
        .map(|word| Hostile::from(word).terminal())
        .collect();
    format!("{lead}{}{tail}", words.join(" "))
}

/// `error: what: where`, then cause and hint.
#[must_use]
pub fn failure(failure: &Failure, style: Style) -> String {
    let Failure {
        exit: _,
        what,
        place,
        cause,
        hint,
    } = failure;
    let mut text = what.clone();
    for part in [place, cause].into_iter().flatten() {
        text.push_str(": ");
        text.push_str(part);
    }
    let mut lines = labelled("error", &text, style);
    if let Some(hint) = hint {
        lines.push_str(&labelled("hint", hint, style));
    }
    lines
}

/// A fault of the program's own, by its place. Its message is told nowhere: it may quote a vendor, or a secret.
#[must_use]
pub fn fault(place: Option<&Location<'_>>) -> String {
    let place = place.map_or_else(|| "an unknown place".to_owned(), Location::to_string);
    let text = format!("there is a fault in countersign itself: {place}");
    labelled("error", &text, Style::PLAIN)
}

/// `label: text`, wrapped; the text is raw.
#[must_use]
pub fn labelled(label: &str, text: &str, style: Style) -> String {
    let role = match label {
        "error" => Role::Alarm,
        "warning" => Role::Grant,
        _ => Role::Title,
    };
    let mut page = Page::new(style);
    let text = Hostile::prose(text).terminal();
    page.hanging((role, &format!("{label}: ")), &text, 2);
    page.finish()
}
