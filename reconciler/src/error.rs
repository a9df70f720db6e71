//! What stops a run, and what is wrong in a file: data for `render`, which alone words and prints it.
//!
//! Commands return a `Failure`; `desired` finds mistakes, which commands hand on as `Diagnostic`s.

use std::fmt;
use std::io;
use std::path::Path;

use crate::exit::Exit;

/// Why a command could not do its work: what happened, where, the cause, what helps, and the exit code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// What the process says to its caller.
    pub exit: Exit,
    /// What happened, a sentence fragment without a full stop.
    pub what: String,
    /// The file, queue or flag it happened at.
    pub place: Option<String>,
    /// What lies behind it, as the operating system, the vendor or a library says it.
    pub cause: Option<String>,
    /// The command or edit that helps.
    pub hint: Option<String>,
}

impl Failure {
    /// A failure with its exit code; everything else is added by the methods below.
    #[must_use]
    pub fn new(exit: Exit, what: impl Into<String>) -> Self {
        Self {
            exit,
            what: what.into(),
            place: None,
            cause: None,
            hint: None,
        }
    }

    /// Exit 1: an error before any write.
    #[must_use]
    pub fn error(what: impl Into<String>) -> Self {
        Self::new(Exit::Error, what)
    }

    /// Exit 64: the command line asks for something that does not exist or go together.
    #[must_use]
    pub fn usage(what: impl Into<String>) -> Self {
        Self::new(Exit::Usage, what)
    }

    /// Exit 1: the operating system refused; `doing` is a fragment such as `cannot read the plan`.
    #[must_use]
    pub fn io(doing: &str, path: &Path, error: &io::Error) -> Self {
        Self::error(doing)
            .at(path.display().to_string())
            .because(error)
    }

    /// Names the file, queue or flag.
    #[must_use]
    pub fn at(mut self, place: impl Into<String>) -> Self {
        self.place = Some(place.into());
        self
    }

    /// Names what lies behind it.
    #[must_use]
    pub fn because(mut self, cause: impl fmt::Display) -> Self {
        self.cause = Some(cause.to_string());
        self
    }

    /// Names the command or edit that helps.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

impl fmt::Display for Failure {
    /// One line without escaping, for logs of our own; people see `render::mistakes::failure`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            exit: _,
            what,
            place,
            cause,
            hint: _,
        } = self;
        f.write_str(what)?;
        if let Some(place) = place {
            write!(f, ": {place}")?;
        }
        if let Some(cause) = cause {
            write!(f, ": {cause}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Failure {}

/// How bad a diagnostic is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The run stops before anything is sent.
    Error,
    /// The run goes on.
    Warning,
}

impl Severity {
    /// The word in output.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }
}

/// Something wrong at one place of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// The file, as given.
    pub file: String,
    /// The line, from 1.
    pub line: u32,
    /// The column in characters, from 1.
    pub column: u32,
    /// How many characters are meant; 0 is an empty place.
    pub length: u32,
    /// Whether it stops the run.
    pub severity: Severity,
    /// What is wrong, a sentence fragment.
    pub message: String,
    /// The edit that helps.
    pub hint: Option<String>,
    /// The whole line as it stands in the file, without its line end; none where it cannot be shown.
    pub source_line: Option<String>,
}
