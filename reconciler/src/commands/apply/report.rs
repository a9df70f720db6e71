//! The `--report` document, written on every way out, in the form that its file's ending names.

use std::path::Path;

use serde::Serialize;

use super::super::{Context, broken, cut_off, output};
use crate::apply::{Report, Settlement};
use crate::cli::Apply as Args;
use crate::error::Failure;
use crate::model::Change;
use crate::render::apply::ApplyContext;
use crate::render::plan::PlanContext;
use crate::render::{html, json, junit, markdown, sheet};

/// A run that is ended by a second signal, or by a fault of its own, leaves its report all the same.
pub(super) struct Unfinished<'a> {
    pub(super) args: &'a Args,
    pub(super) context: &'a Context,
}

impl Drop for Unfinished<'_> {
    fn drop(&mut self) {
        let stop = &self.context.stop;
        let failure = match std::thread::panicking() {
            true => broken(stop),
            false => cut_off(stop),
        };
        // There is nobody left to tell that it could not be written.
        let _ = of_failure(self.args, &failure, &Report::default());
    }
}

/// What the document is written as.
#[derive(Clone, Copy)]
enum Form {
    Html,
    Junit,
    Markdown,
    Json,
}

impl Form {
    /// What the ending of the file says; JSON where it says nothing, as of a pipe.
    fn of(path: &Path) -> Self {
        let ending = path.extension().unwrap_or_default();
        match ending.to_ascii_lowercase().to_str() {
            Some("html" | "htm") => Self::Html,
            Some("xml") => Self::Junit,
            Some("md" | "markdown") => Self::Markdown,
            _ => Self::Json,
        }
    }
}

/// Refuses a report that could not be written, while nothing has been sent.
pub(super) fn check(args: &Args) -> Result<(), Failure> {
    let Some(path) = &args.report else {
        return Ok(());
    };
    output::check(path).map_err(|error| Failure::io("cannot write the report", path, &error))
}

/// The report of a run that came to its end, well or not.
pub(super) fn of_account(
    args: &Args,
    report: &Report,
    account: ApplyContext<'_>,
    shown: &PlanContext,
) -> Result<(), Failure> {
    write(args, |form| match form {
        Form::Html => html::document(&sheet::apply(report, account, shown)),
        Form::Junit => junit::document(&sheet::apply(report, account, shown)),
        Form::Markdown => markdown::apply(report, account).text,
        Form::Json => json::apply(report, account),
    })
}

/// The report of a run that decided nothing; `report` holds what it found out of earlier ones.
pub(super) fn of_failure(args: &Args, failure: &Failure, report: &Report) -> Result<(), Failure> {
    write(args, |form| stopped(form, failure, report))
}

/// The report of a command line that could not be understood.
pub(crate) fn of_usage(path: &Path, failure: &Failure) -> Result<(), Failure> {
    write_to(path, |form| stopped(form, failure, &Report::default()))
}

fn stopped(form: Form, failure: &Failure, report: &Report) -> String {
    match form {
        Form::Html => html::document(&sheet::stopped(failure, report)),
        Form::Junit => junit::document(&sheet::stopped(failure, report)),
        Form::Markdown => markdown::stopped(failure, report),
        Form::Json => json::document(&Failed::of(failure, report)),
    }
}

#[derive(Serialize)]
struct Failed<'a> {
    schema: u32,
    command: &'static str,
    exit: u8,
    error: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<&'a str>,
    lines: [Change; 0],
    recovered: &'a [Settlement],
    #[serde(skip_serializing_if = "Option::is_none")]
    head: Option<Head<'a>>,
}

#[derive(Serialize)]
struct Head<'a> {
    seq: u64,
    hash: &'a str,
}

impl<'a> Failed<'a> {
    fn of(failure: &'a Failure, report: &'a Report) -> Self {
        Self {
            schema: 1,
            command: "apply",
            exit: failure.exit.code(),
            error: &failure.what,
            at: failure.place.as_deref(),
            hint: failure.hint.as_deref(),
            lines: [],
            recovered: &report.recovered,
            head: report
                .head
                .as_ref()
                .map(|(seq, hash)| Head { seq: *seq, hash }),
        }
    }
}

/// Writes the report where one is asked for.
fn write(args: &Args, document: impl FnOnce(Form) -> String) -> Result<(), Failure> {
    match &args.report {
        Some(path) => write_to(path, document),
        None => Ok(()),
    }
}

fn write_to(path: &Path, document: impl FnOnce(Form) -> String) -> Result<(), Failure> {
    output::write(path, &document(Form::of(path)))
        .map_err(|error| Failure::io("cannot write the report", path, &error))
}
