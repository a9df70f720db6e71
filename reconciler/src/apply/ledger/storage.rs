//! Where a ledger lies: a file that only grows, with a lock beside it.
//!
//! A production run has the disk. A test has one that fails, tears and forgets when it is told to.

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;

use super::LedgerError;
use super::lock;
use super::record::Run;
use super::writer::{Chain, Writer};

/// What a ledger needs of the place it lies in.
pub(crate) trait Storage {
    /// What it is called in messages.
    fn path(&self) -> &Path;

    /// All the bytes there are.
    fn read(&self) -> io::Result<Vec<u8>>;

    /// Takes the lock: `Locked` after `patience`, `Io` where there can be none.
    fn lock(&self, run: &Run, since: Timestamp, patience: Duration) -> Result<Held, LedgerError>;

    /// Opens it for appends.
    fn open(&self) -> io::Result<Box<dyn Tail>>;

    /// Lets the writer serve until its ledger is closed; what this returns waits for that.
    fn serve(&self, writer: Writer) -> Served {
        let thread = std::thread::spawn(move || writer.serve());
        Box::new(|| thread.join().ok())
    }
}

/// The end of the file.
pub(crate) trait Tail: Send {
    /// Puts bytes after the last; some of them may stand there when it fails.
    fn append(&mut self, bytes: &[u8]) -> io::Result<()>;

    /// Makes all that was appended durable.
    fn sync(&mut self) -> io::Result<()>;

    /// Shortens it to its first so many bytes; durable when this returns.
    fn cut(&mut self, length: u64) -> io::Result<()>;
}

/// A lock, for as long as it is not dropped.
pub(crate) type Held = Box<dyn Send + Sync>;

/// Waits for the writer: where its chain has ended, unless it broke.
pub(crate) type Served = Box<dyn FnOnce() -> Option<Chain> + Send + Sync>;

/// A file system.
pub(super) struct Disk(PathBuf);

impl Disk {
    pub(super) fn at(path: &Path) -> Self {
        Self(path.to_owned())
    }
}

impl Storage for Disk {
    fn path(&self) -> &Path {
        &self.0
    }

    fn read(&self) -> io::Result<Vec<u8>> {
        std::fs::read(&self.0)
    }

    fn lock(&self, run: &Run, since: Timestamp, patience: Duration) -> Result<Held, LedgerError> {
        // The lock is on the file, not on one of its names: a link must lead to the same lock.
        let real = self.0.canonicalize().map_err(|cause| LedgerError::Io {
            doing: "find",
            path: self.0.clone(),
            cause,
        })?;
        let lock = lock::take(&real, run, since, patience).map_err(|error| error.about(&self.0))?;
        Ok(Box::new(lock))
    }

    fn open(&self) -> io::Result<Box<dyn Tail>> {
        let file = OpenOptions::new().append(true).open(&self.0)?;
        Ok(Box::new(file))
    }
}

impl Tail for File {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.write_all(bytes)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.sync_data()
    }

    fn cut(&mut self, length: u64) -> io::Result<()> {
        self.set_len(length)?;
        self.sync_all()
    }
}
