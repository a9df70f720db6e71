//! Writing the ledger: whoever waits is written and synced together, without a timer.
//!
//! A thread of its own takes all entries that wait, writes them in one go, syncs once and wakes their
//! writers. A slow disk makes bigger groups by itself.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::oneshot;

use super::LedgerError;
use super::history::{self, History};
use super::record::{Entry, NO_PREVIOUS, Record, Run};
use super::storage::{Disk, Held, Served, Storage, Tail};
use crate::steps::{Step, Steps};

/// An open ledger: locked, verified, ready for appends. One per process.
pub struct Ledger {
    jobs: Option<mpsc::Sender<Job>>,
    served: Option<Served>,
    run: Run,
    clock: crate::Clock,
    _lock: Held,
}

struct Job {
    at: Timestamp,
    entry: Entry,
    done: Option<oneshot::Sender<Result<u64, LedgerError>>>,
}

/// Makes a new ledger with its init record, and its folder; durable when this returns.
///
/// # Errors
/// `Exists` where there is one, `Io` otherwise. Nothing half-written is left behind.
pub fn init(path: &Path, at: Timestamp) -> Result<(u64, String), LedgerError> {
    let io = |doing| {
        move |cause| LedgerError::Io {
            doing,
            path: path.to_owned(),
            cause,
        }
    };
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder).map_err(io("create the folder of"))?;
    let entry = Entry::Init {
        tool: env!("CARGO_PKG_VERSION").to_owned(),
        recovered: None,
    };
    let (record, line) = Record::bind(1, NO_PREVIOUS.to_owned(), at, entry);
    let mut file = tempfile::NamedTempFile::new_in(folder).map_err(io("create"))?;
    file.write_all(line.as_bytes())
        .and_then(|()| file.write_all(b"\n"))
        .map_err(io("write"))?;
    file.as_file().sync_all().map_err(io("sync"))?;
    file.persist_noclobber(path).map_err(|error| {
        if error.error.kind() == std::io::ErrorKind::AlreadyExists {
            LedgerError::Exists {
                path: path.to_owned(),
            }
        } else {
            io("create")(error.error)
        }
    })?;
    // The name is durable only once the folder is.
    File::open(folder)
        .and_then(|folder| folder.sync_all())
        .map_err(io("sync the folder of"))?;
    Ok((record.seq, record.hash))
}

impl Ledger {
    /// Takes the lock, verifies every record and cuts a last one that a crash left unfinished.
    ///
    /// # Errors
    /// `Locked` after `patience`, `Missing`, `Damaged` or `Io`.
    pub fn open(
        path: &Path,
        run: Run,
        clock: crate::Clock,
        patience: Duration,
        steps: Steps,
    ) -> Result<(Self, History), LedgerError> {
        Self::open_at(&Disk::at(path), run, clock, patience, steps)
    }

    pub(crate) fn open_at(
        storage: &dyn Storage,
        run: Run,
        clock: crate::Clock,
        patience: Duration,
        steps: Steps,
    ) -> Result<(Self, History), LedgerError> {
        // Before the lock: a lock file beside a ledger that is not there would only confuse.
        history::read_at(storage)?;
        let lock = storage.lock(&run, clock(), patience)?;
        steps.reached(Step::LockHeld);
        let history = history::read_at(storage)?;
        let path = storage.path();
        let io = |doing| {
            move |cause| LedgerError::Io {
                doing,
                path: path.to_owned(),
                cause,
            }
        };
        let mut file = storage.open().map_err(io("open"))?;
        if history.torn > 0 {
            file.cut(history.whole).map_err(io("cut"))?;
        }
        if history.unterminated {
            file.append(b"\n")
                .and_then(|()| file.sync())
                .map_err(io("write"))?;
        }
        let (seq, hash) = history
            .head()
            .map_or((0, NO_PREVIOUS.to_owned()), |(seq, hash)| {
                (seq, hash.to_owned())
            });
        let (jobs, waiting) = mpsc::channel();
        let chain = Chain {
            file,
            path: path.to_owned(),
            seq,
            hash,
            open: None,
            failed: None,
            steps,
        };
        let writer = Writer {
            waiting,
            run: run.clone(),
            chain,
            last: None,
        };
        let ledger = Self {
            jobs: Some(jobs),
            served: Some(storage.serve(writer)),
            run,
            clock,
            _lock: lock,
        };
        Ok((ledger, history))
    }

    /// The name of this run.
    #[must_use]
    pub fn run(&self) -> &str {
        &self.run.run
    }

    /// Appends an entry; durable when this returns, with its number.
    ///
    /// # Errors
    /// When it could not be written or synced; no later append succeeds then.
    pub async fn append(&self, entry: Entry) -> Result<u64, LedgerError> {
        let (done, written) = oneshot::channel();
        self.hand_over(entry, Some(done))?;
        written.await.unwrap_or_else(|_| Err(stopped()))
    }

    /// Appends an entry that need not be durable yet: the next append or `close` makes it so.
    ///
    /// A lost outcome is found again by reading the vendor.
    ///
    /// # Errors
    /// When the writer has stopped.
    pub fn note(&self, entry: Entry) -> Result<(), LedgerError> {
        self.hand_over(entry, None)
    }

    fn hand_over(
        &self,
        entry: Entry,
        done: Option<oneshot::Sender<Result<u64, LedgerError>>>,
    ) -> Result<(), LedgerError> {
        let job = Job {
            at: (self.clock)(),
            entry,
            done,
        };
        self.jobs
            .as_ref()
            .and_then(|jobs| jobs.send(job).ok())
            .ok_or_else(stopped)
    }

    /// Writes `run-close` if anything was written, syncs, and says where the ledger ends.
    ///
    /// # Errors
    /// When the last records could not be made durable.
    pub fn close(mut self) -> Result<(u64, String), LedgerError> {
        let chain = self.finish().ok_or_else(stopped)?;
        match chain.failed {
            Some(why) => Err(LedgerError::Poisoned(why)),
            None => Ok((chain.seq, chain.hash)),
        }
    }

    fn finish(&mut self) -> Option<Chain> {
        self.jobs = None;
        self.served.take()?()
    }
}

impl Drop for Ledger {
    /// The lock must not go before the last record is written.
    fn drop(&mut self) {
        self.finish();
    }
}

fn stopped() -> LedgerError {
    LedgerError::Poisoned("its writer has stopped".to_owned())
}

/// The writer's side: takes what waits, group by group.
pub(crate) struct Writer {
    waiting: mpsc::Receiver<Job>,
    run: Run,
    chain: Chain,
    /// When the last job was handed over.
    last: Option<Timestamp>,
}

impl Writer {
    /// Serves until the ledger is closed.
    pub(crate) fn serve(mut self) -> Chain {
        while let Ok(first) = self.waiting.recv() {
            self.write_with(first);
        }
        self.close()
    }

    /// Writes what waits; says whether anything did. For whoever has no thread for it.
    #[cfg(test)]
    pub(crate) fn turn(&mut self) -> bool {
        let first = self.waiting.try_recv();
        first.map(|first| self.write_with(first)).is_ok()
    }

    fn write_with(&mut self, first: Job) {
        let group: Vec<Job> = std::iter::once(first)
            .chain(self.waiting.try_iter())
            .collect();
        self.last = group.last().map(|job| job.at);
        self.chain.write_group(group, &self.run);
    }

    fn close(self) -> Chain {
        let Self {
            mut chain,
            run,
            last,
            waiting: _,
        } = self;
        if let (Some(_), Some(at)) = (chain.open, last) {
            let entry = Entry::RunClose {
                run: run.run.clone(),
            };
            let close = Job {
                at,
                entry,
                done: None,
            };
            chain.write_group(vec![close], &run);
            chain.sync();
        }
        chain.steps.reached(Step::RunClosed);
        chain
    }
}

/// Where the chain ends, and whether it may go on.
pub(crate) struct Chain {
    file: Box<dyn Tail>,
    path: PathBuf,
    seq: u64,
    hash: String,
    open: Option<Timestamp>,
    failed: Option<String>,
    steps: Steps,
}

impl Chain {
    /// One write and, if anybody waits for durability, one sync for all of them.
    fn write_group(&mut self, group: Vec<Job>, run: &Run) {
        let mut bytes = Vec::new();
        if self.open.is_none() {
            let at = group.first().map_or(Timestamp::UNIX_EPOCH, |job| job.at);
            self.open = Some(at);
            self.bind(at, Entry::RunOpen(run.clone()), &mut bytes);
        }
        let intents = group
            .iter()
            .any(|job| matches!(job.entry, Entry::Intent { .. }));
        let mut waiting = Vec::new();
        for Job { at, entry, done } in group {
            let seq = self.bind(at, entry, &mut bytes);
            waiting.extend(done.map(|done| (seq, done)));
        }
        self.write(&bytes, intents);
        if !waiting.is_empty() {
            self.sync();
        }
        self.steps.reached(if intents {
            Step::IntentSynced
        } else {
            Step::OutcomeSynced
        });
        for (seq, done) in waiting {
            let answer = self
                .failed
                .clone()
                .map_or(Ok(seq), |why| Err(LedgerError::Poisoned(why)));
            // Whoever waited may have gone away; the record stands all the same.
            let _ = done.send(answer);
        }
    }

    fn bind(&mut self, at: Timestamp, entry: Entry, bytes: &mut Vec<u8>) -> u64 {
        let (record, line) = Record::bind(self.seq + 1, std::mem::take(&mut self.hash), at, entry);
        bytes.extend_from_slice(line.as_bytes());
        bytes.push(b'\n');
        self.seq = record.seq;
        self.hash = record.hash;
        self.seq
    }

    fn write(&mut self, bytes: &[u8], intents: bool) {
        if self.failed.is_some() {
            return;
        }
        let (half, written) = if intents {
            (Step::IntentHalfWritten, Step::IntentWritten)
        } else {
            (Step::OutcomeHalfWritten, Step::OutcomeWritten)
        };
        let middle = if self.steps.stops_at(half) {
            bytes.len() - bytes.len().min(40) / 2
        } else {
            0
        };
        let (first, rest) = bytes.split_at(middle);
        let outcome = self.file.append(first).and_then(|()| {
            self.steps.reached(half);
            self.file.append(rest)
        });
        self.keep(outcome, "write");
        self.steps.reached(written);
    }

    fn sync(&mut self) {
        if self.failed.is_none() {
            let outcome = self.file.sync();
            self.keep(outcome, "sync");
        }
    }

    /// After a failed write or sync the handle is never trusted again.
    fn keep(&mut self, outcome: std::io::Result<()>, doing: &str) {
        if let Err(cause) = outcome {
            self.failed = Some(format!("cannot {doing} {}: {cause}", self.path.display()));
        }
    }
}
