//! One apply per ledger: a lock that dies with the process.

use std::fmt;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::LedgerError;
use super::record::Run;

/// Who holds the lock, as it wrote itself down; nothing where it did not get that far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Holder(String);

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text: String = self
            .0
            .chars()
            .filter(|c| c.is_ascii_graphic() || *c == ' ')
            .take(200)
            .collect();
        f.write_str(if text.is_empty() {
            "another run"
        } else {
            &text
        })
    }
}

/// Beside the ledger, never deleted: a lock on a file that is replaced protects nothing.
pub(super) struct Lock {
    file: File,
}

/// How often a taken lock is tried again within `--lock-timeout`.
const TRY_EVERY: Duration = Duration::from_millis(100);

pub(super) fn take(
    ledger: &Path,
    run: &Run,
    since: jiff::Timestamp,
    patience: Duration,
) -> Result<Lock, LedgerError> {
    let path = lock_path(ledger);
    let io = |doing| {
        let path = path.clone();
        move |cause| LedgerError::Io { doing, path, cause }
    };
    let mut file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(&path)
        .map_err(io("open"))?;
    let mut waited = Duration::ZERO;
    loop {
        match file.try_lock() {
            Ok(()) => break,
            Err(TryLockError::WouldBlock) if waited < patience => {
                std::thread::sleep(TRY_EVERY);
                waited += TRY_EVERY;
            }
            Err(TryLockError::WouldBlock) => {
                return Err(LedgerError::Locked {
                    path: ledger.to_owned(),
                    holder: holder(&mut file),
                });
            }
            Err(TryLockError::Error(cause)) => return Err(io("lock")(cause)),
        }
    }
    let host = run.host.as_deref().unwrap_or("unknown host");
    let holder = format!(
        "run {} (process {} on {host}, since {since})",
        run.run, run.pid
    );
    file.set_len(0)
        .and_then(|()| file.rewind())
        .and_then(|()| file.write_all(holder.as_bytes()))
        .map_err(io("write"))?;
    Ok(Lock { file })
}

/// Who holds it; a holder that has only just come gets a moment to write itself down.
fn holder(file: &mut File) -> Holder {
    let mut text = String::new();
    for _ in 0..10 {
        let read = file.rewind().and_then(|()| file.read_to_string(&mut text));
        if read.is_err() || !text.is_empty() {
            break;
        }
        std::thread::sleep(TRY_EVERY / 10);
    }
    Holder(text)
}

impl Drop for Lock {
    /// Nobody is to be told of a holder that has gone.
    fn drop(&mut self) {
        // If it cannot be emptied, the lock goes all the same.
        let _ = self.file.set_len(0);
    }
}

fn lock_path(ledger: &Path) -> PathBuf {
    let mut name = ledger.file_name().unwrap_or_default().to_owned();
    name.push(".lock");
    ledger.with_file_name(name)
}
