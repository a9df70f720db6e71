//! Where moving lines are drawn: our own stderr, so that there is one writer only.

use std::io;
use std::sync::{Arc, Mutex};

use indicatif::{ProgressDrawTarget, TermLike};

use crate::render::{Screen, Stream, lock};

/// The process's stderr where it is a terminal; else nothing.
pub(in crate::render) fn target(err: &Arc<Mutex<Stream>>, screen: Screen) -> ProgressDrawTarget {
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
