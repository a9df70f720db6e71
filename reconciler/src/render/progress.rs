//! Moving counts for what takes long: rows read, look-ups, changes. On a terminal's stderr only.

use std::sync::{Arc, Mutex};
use std::{fmt, io};

use indicatif::{
    MultiProgress, ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle, TermLike,
};

use super::{Screen, Stream, escape::Hostile, lock};

/// A moving count; it vanishes when dropped. Where there is no terminal it shows nothing.
#[derive(Debug)]
pub struct Progress {
    bar: ProgressBar,
}

impl Progress {
    pub(super) fn begin(bars: &MultiProgress, label: &str, total: Option<u64>) -> Self {
        let template = match total {
            Some(_) => "  {msg}: {pos} of {len}, {rate}, {eta} left",
            None => "  {msg}: {pos}, {rate}, {elapsed}",
        };
        // A new bar draws on the process's own stderr, whatever its caller wants, until it is added here.
        let hidden = ProgressDrawTarget::hidden();
        let bar = bars.add(ProgressBar::with_draw_target(total, hidden));
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style.with_key("rate", rate));
        }
        bar.set_message(Hostile::from(label).at_most(60).terminal());
        Self { bar }
    }

    /// How many there are by now.
    pub fn set(&self, done: u64) {
        self.bar.set_position(done);
    }

    /// So many more.
    pub fn add(&self, more: u64) {
        self.bar.inc(more);
    }
}

// Nobody reads the four digits behind the point that it would have.
fn rate(state: &ProgressState, line: &mut dyn fmt::Write) {
    let _ = write!(line, "{:.0}/s", state.per_sec());
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

/// Where bars are drawn: our own stderr, so that there is one writer only.
pub(super) fn target(err: &Arc<Mutex<Stream>>, screen: Screen) -> ProgressDrawTarget {
    if !screen.bars || screen.quiet {
        return ProgressDrawTarget::hidden();
    }
    ProgressDrawTarget::term_like(Box::new(Terminal {
        err: Arc::clone(err),
        width: u16::try_from(screen.style.width).unwrap_or(u16::MAX),
    }))
}

#[derive(Debug)]
struct Terminal {
    err: Arc<Mutex<Stream>>,
    width: u16,
}

impl Terminal {
    fn write(&self, text: &str) -> io::Result<()> {
        lock(&self.err).write(text);
        Ok(())
    }

    fn go(&self, n: usize, direction: char) -> io::Result<()> {
        if n == 0 {
            return Ok(());
        }
        self.write(&format!("\u{1b}[{n}{direction}"))
    }
}

impl TermLike for Terminal {
    fn width(&self) -> u16 {
        self.width
    }

    fn move_cursor_up(&self, n: usize) -> io::Result<()> {
        self.go(n, 'A')
    }

    fn move_cursor_down(&self, n: usize) -> io::Result<()> {
        self.go(n, 'B')
    }

    fn move_cursor_right(&self, n: usize) -> io::Result<()> {
        self.go(n, 'C')
    }

    fn move_cursor_left(&self, n: usize) -> io::Result<()> {
        self.go(n, 'D')
    }

    fn write_line(&self, line: &str) -> io::Result<()> {
        self.write(&format!("{line}\n"))
    }

    fn write_str(&self, text: &str) -> io::Result<()> {
        self.write(text)
    }

    fn clear_line(&self) -> io::Result<()> {
        self.write("\r\u{1b}[2K")
    }

    fn flush(&self) -> io::Result<()> {
        lock(&self.err).flush();
        Ok(())
    }
}
