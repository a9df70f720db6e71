//! Everything a user sees: plans, reports and mistakes as text, Markdown, JSON and events.
//!
//! It never decides, and reads neither clock nor environment. Commands hand it values and print nothing.

pub mod apply;
pub mod archive;
mod became;
mod context;
mod difference;
pub mod doctor;
mod endings;
pub mod escape;
pub mod events;
pub mod explain;
mod head;
mod holds;
pub mod html;
pub mod json;
pub mod junit;
mod layout;
pub mod ledger;
pub mod markdown;
pub mod mistakes;
#[cfg(feature = "harness")]
pub mod mocks;
mod permits;
pub mod plan;
mod progress;
pub mod queue;
mod releases;
pub mod schema;
mod scopes;
pub mod sheet;
pub mod status;
mod terms;
#[cfg(test)]
mod tests;
mod words;

pub use words::told;

use std::fmt;
use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;

pub use layout::Style;
pub use progress::{Amount, Stage, Watch};

use crate::error::Failure;
use escape::Hostile;
use events::UiEvent;

/// The only writer to the streams. Shared by reference; every method writes whole lines.
#[derive(Debug)]
pub struct Ui {
    out: Arc<Mutex<Stream>>,
    err: Arc<Mutex<Stream>>,
    into: Option<Arc<Mutex<Stream>>>,
    screen: Screen,
    bars: indicatif::MultiProgress,
    answered: AtomicBool,
}

/// What the caller found out about the streams. Nothing of it is found out here.
#[derive(Clone, Copy, Debug)]
pub struct Screen {
    /// For text on stdout.
    pub style: Style,
    /// Whether escape sequences may be written to stderr.
    pub stderr_colour: bool,
    /// Whether stderr is a terminal, and so may show moving bars.
    pub bars: bool,
    /// Results, warnings and errors only.
    pub quiet: bool,
    /// Whether stdout is an event stream: results are not written to it then.
    pub events_on_stdout: bool,
}

/// Where everything goes.
pub struct Streams {
    /// The result.
    pub stdout: Box<dyn Write + Send>,
    /// Progress, warnings, prompts.
    pub stderr: Box<dyn Write + Send>,
    /// A file for the event stream, beside the text.
    pub events: Option<Box<dyn Write + Send>>,
}

impl fmt::Debug for Streams {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Streams")
    }
}

impl Ui {
    /// Takes the streams over.
    #[must_use]
    pub fn new(streams: Streams, screen: Screen) -> Self {
        let Streams {
            stdout,
            stderr,
            events,
        } = streams;
        let err = Stream::shared(stderr);
        let target = progress::target(&err, screen);
        Self {
            out: Stream::shared(stdout),
            err,
            into: events.map(Stream::shared),
            screen,
            bars: indicatif::MultiProgress::with_draw_target(target),
            answered: AtomicBool::new(false),
        }
    }

    /// How to render text for stdout.
    #[must_use]
    pub fn style(&self) -> Style {
        self.screen.style
    }

    /// How to render text for stderr.
    #[must_use]
    pub fn stderr_style(&self) -> Style {
        Style {
            colour: self.screen.stderr_colour,
            ..self.screen.style
        }
    }

    /// Whether only results, warnings and errors are wanted.
    #[must_use]
    pub fn is_quiet(&self) -> bool {
        self.screen.quiet
    }

    /// The result, rendered already; to stdout, unless that carries events.
    pub fn result(&self, rendered: &str) {
        self.answered.store(true, Ordering::Relaxed);
        if !self.screen.events_on_stdout {
            self.bars.suspend(|| lock(&self.out).write(rendered));
        }
    }

    /// Why there is no result, in its place; nothing where there has been one.
    pub fn no_result(&self, rendered: &str) {
        if !self.answered.load(Ordering::Relaxed) {
            self.result(rendered);
        }
    }

    /// One line of a result, raw: it may quote a path or a file's text. To stdout.
    pub fn line(&self, text: &str) {
        self.result(&format!("{}\n", Hostile::prose(text).terminal()));
    }

    /// Text rendered already, as a list of mistakes; to stderr.
    pub fn message(&self, rendered: &str) {
        self.bars.suspend(|| lock(&self.err).write(rendered));
    }

    /// What is going on, one raw line; to stderr, not when quiet.
    pub fn status(&self, text: &str) {
        if !self.screen.quiet {
            self.message(&format!("{}\n", Hostile::prose(text).terminal()));
        }
    }

    /// What a reader should know, one raw line; to stderr.
    pub fn warning(&self, text: &str) {
        self.message(&mistakes::labelled("warning", text, self.stderr_style()));
    }

    /// The command or edit that helps, one raw line; to stderr, not when quiet.
    pub fn hint(&self, text: &str) {
        if !self.screen.quiet {
            self.message(&mistakes::labelled("hint", text, self.stderr_style()));
        }
    }

    /// Why a command could not do its work; to stderr.
    pub fn failure(&self, failure: &Failure) {
        self.message(&mistakes::failure(failure, self.stderr_style()));
    }

    /// A question, without a line end; to stderr.
    pub fn question(&self, text: &str) {
        self.message(&format!("{} ", Hostile::prose(text).terminal()));
    }

    /// Whether anybody listens to events: then they need not be made for nothing.
    #[must_use]
    pub fn wants_events(&self) -> bool {
        self.screen.events_on_stdout || self.into.is_some()
    }

    /// An event, as lines of JSON on stdout or into the file, as asked for.
    pub fn event(&self, event: &UiEvent<'_>, at: Timestamp) {
        if !self.wants_events() {
            return;
        }
        let lines = events::lines(event, at);
        if self.screen.events_on_stdout {
            self.bars.suspend(|| lock(&self.out).write(&lines));
        }
        if let Some(into) = &self.into {
            lock(into).write(&lines);
        }
    }

    /// Moving lines on stderr, where that is a terminal; elsewhere a line now and then, not when quiet. Gone when
    /// dropped.
    #[must_use]
    pub fn watch(&self, what: &'static str, now: std::time::Instant) -> Watch<'_> {
        Watch::begin(self, what, now)
    }

    /// Writes out what is buffered.
    ///
    /// # Errors
    /// When a result or an event could not be written, as on a full disk. A reader that went away is no error.
    pub fn finish(&self) -> Result<(), Failure> {
        lock(&self.err).flush();
        let written = |stream: &Arc<Mutex<Stream>>, place: &str| {
            let mut stream = lock(stream);
            stream.flush();
            match stream.failed.take() {
                None => Ok(()),
                Some(error) => Err(Failure::error("cannot write the output")
                    .at(place)
                    .because(error)),
            }
        };
        written(&self.out, "standard output")?;
        self.into
            .as_ref()
            .map_or(Ok(()), |into| written(into, "event file"))
    }
}

/// A stream that goes silent after its first failure, and remembers it unless its reader just went away.
struct Stream {
    sink: Box<dyn Write + Send>,
    silent: bool,
    failed: Option<io::Error>,
}

impl fmt::Debug for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stream")
            .field("silent", &self.silent)
            .finish_non_exhaustive()
    }
}

impl Stream {
    fn shared(sink: Box<dyn Write + Send>) -> Arc<Mutex<Self>> {
        Arc::new(Mutex::new(Self {
            sink,
            silent: false,
            failed: None,
        }))
    }

    fn write(&mut self, text: &str) {
        if !self.silent {
            // Whole results are written at once; whoever waits for one should not wait for the next.
            let written = self.sink.write_all(text.as_bytes());
            let flushed = written.and_then(|()| self.sink.flush());
            self.note(flushed);
        }
    }

    fn flush(&mut self) {
        if !self.silent {
            let flushed = self.sink.flush();
            self.note(flushed);
        }
    }

    fn note(&mut self, result: io::Result<()>) {
        if let Err(error) = result {
            self.silent = true;
            self.failed = (error.kind() != io::ErrorKind::BrokenPipe).then_some(error);
        }
    }
}

/// A thread that panicked while writing leaves a stream that can still be written to.
fn lock(stream: &Mutex<Stream>) -> MutexGuard<'_, Stream> {
    stream.lock().unwrap_or_else(PoisonError::into_inner)
}
