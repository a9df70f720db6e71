//! The ledger: what may already have been sent. For all else the live queue is the truth.
//!
//! JSON Lines, append-only, each record bound to the one before by its hash. Written by `apply` and
//! `ledger resolve`, under a lock; read by every command, without one.

mod history;
mod lock;
mod record;
mod salvage;
pub(crate) mod storage;
#[cfg(test)]
mod tests;
pub(crate) mod writer;

use std::path::PathBuf;

#[cfg(test)]
pub(crate) use history::read_at;
pub(super) use history::resolved;
pub use history::{History, read};
pub use lock::Holder;
pub use record::{Damaged, Entry, Evidence, Record, Run};
pub use salvage::{Lost, Recovered, recover};
pub use writer::{Ledger, init};

/// What is wrong with a ledger. Nothing is sent under any of these.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// There is none.
    #[error("there is no ledger at {}", path.display())]
    Missing {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// There is one already.
    #[error("{} exists already", path.display())]
    Exists {
        /// Where.
        path: PathBuf,
    },
    /// A record was changed, removed, added or reordered, or the file is not a ledger.
    #[error("{}:{line}: the ledger is damaged: {why}", path.display())]
    Damaged {
        /// Which file.
        path: PathBuf,
        /// Which line, from 1.
        line: usize,
        /// What does not fit.
        why: String,
    },
    /// Nothing is wrong with it, so that there is nothing to recover.
    #[error("{} is whole: there is nothing to recover", path.display())]
    Whole {
        /// Which file.
        path: PathBuf,
    },
    /// Not one record of it can be read.
    #[error("{}: not one record of a ledger can be read in it", path.display())]
    Hopeless {
        /// Which file.
        path: PathBuf,
    },
    /// Another apply runs.
    #[error("the ledger {} is locked by {holder}", path.display())]
    Locked {
        /// Which ledger.
        path: PathBuf,
        /// By whom.
        holder: Holder,
    },
    /// The file system said no.
    #[error("cannot {doing} {}: {cause}", path.display())]
    Io {
        /// What was tried, as in `read`.
        doing: &'static str,
        /// With which file.
        path: PathBuf,
        /// What it said.
        cause: std::io::Error,
    },
    /// An earlier write or sync of this run failed; the handle is not trusted again.
    #[error("an earlier write to the ledger failed: {0}")]
    Poisoned(String),
}

impl LedgerError {
    /// The same, where the ledger goes by the name that its user gave it.
    fn about(self, name: &std::path::Path) -> Self {
        if let Self::Locked { holder, .. } = self {
            let path = name.to_owned();
            return Self::Locked { path, holder };
        }
        self
    }

    /// The command or edit that helps.
    #[must_use]
    pub fn hint(&self) -> String {
        match self {
            Self::Missing { .. } => {
                "run `countersign ledger init`, or restore the ledger: without it a second call cannot be ruled out".to_owned()
            }
            Self::Exists { .. } => "leave it as it is: `countersign ledger verify` checks it".to_owned(),
            Self::Damaged { .. } => {
                "restore the ledger from where its head was last seen (its branch, a backup), then `countersign ledger verify`; where there is none, `countersign ledger recover`".to_owned()
            }
            Self::Whole { .. } => "`countersign ledger verify` tells where it ends".to_owned(),
            Self::Hopeless { .. } => {
                "correct `path` in [ledger] if this is no ledger; restore it from its branch or a backup; a new one (`countersign ledger init`, once this file is moved away) knows of no call that was made".to_owned()
            }
            Self::Locked { .. } => {
                "wait for it to end, or give `--lock-timeout 5m`; the lock goes with the process that holds it".to_owned()
            }
            Self::Io { .. } | Self::Poisoned(_) => {
                "make room or correct the permissions; what cannot be remembered is not done".to_owned()
            }
        }
    }
}
