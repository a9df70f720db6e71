//! Reading the ledger: every record checked, then folded into what was sent before.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::LedgerError;
use super::record::{Entry, NO_PREVIOUS, Record};
use super::storage::{Disk, Storage};
use crate::model::{Identity, Outcome, Past, Resolution, Sent, SentRelease, SentState};

/// A ledger, read and verified from its first record to its last.
#[derive(Clone, Debug, Default)]
pub struct History {
    /// Which file.
    pub path: PathBuf,
    /// Every record, in order.
    pub records: Vec<Record>,
    /// How many bytes of a last record that was cut off in the middle follow the whole ones.
    pub torn: usize,
    /// How many bytes the whole records have.
    pub(super) whole: u64,
    /// Whether the last whole record lacks its line feed.
    pub(super) unterminated: bool,
}

/// Reads and verifies a ledger. Takes no lock.
///
/// # Errors
/// `Missing`, `Damaged` or `Io`. A last record that was cut off by a crash is no damage.
pub fn read(path: &Path) -> Result<History, LedgerError> {
    read_at(&Disk::at(path))
}

pub(crate) fn read_at(storage: &dyn Storage) -> Result<History, LedgerError> {
    let bytes = storage.read().map_err(|cause| {
        let path = storage.path().to_owned();
        if cause.kind() == std::io::ErrorKind::NotFound {
            LedgerError::Missing { path }
        } else {
            LedgerError::Io {
                doing: "read",
                path,
                cause,
            }
        }
    })?;
    parse(storage.path(), &bytes)
}

pub(super) fn parse(path: &Path, bytes: &[u8]) -> Result<History, LedgerError> {
    let mut history = History {
        path: path.to_owned(),
        ..History::default()
    };
    let mut rest = bytes;
    let mut line = 0;
    while !rest.is_empty() {
        line += 1;
        let end = rest.iter().position(|&byte| byte == b'\n');
        let text = &rest[..end.unwrap_or(rest.len())];
        match (history.check(text), end) {
            (Ok(record), _) => history.records.push(record),
            // Only what a crash can leave is forgiven: the last line, without its end.
            (Err(_), None) if line > 1 => {
                history.torn = rest.len();
                break;
            }
            (Err(why), _) => {
                return Err(LedgerError::Damaged {
                    path: path.to_owned(),
                    line,
                    why,
                });
            }
        }
        let taken = end.map_or(rest.len(), |end| end + 1);
        history.whole += taken as u64;
        history.unterminated = end.is_none();
        rest = &rest[taken..];
    }
    if history.records.is_empty() {
        let why = "it is empty; a ledger begins with an init record".to_owned();
        return Err(LedgerError::Damaged {
            path: path.to_owned(),
            line: 1,
            why,
        });
    }
    Ok(history)
}

impl History {
    fn check(&self, line: &[u8]) -> Result<Record, String> {
        let text = std::str::from_utf8(line).map_err(|_| "not UTF-8".to_owned())?;
        let record = Record::parse(text)?;
        let first = matches!(record.entry, Entry::Init { .. });
        if first != self.records.is_empty() {
            return Err("a ledger begins with an init record, and has no other".to_owned());
        }
        let goes_on = matches!(
            record.entry,
            Entry::Init {
                recovered: Some(_),
                ..
            }
        );
        let (seq, prev) = match self.head() {
            // It goes on where the damaged one ended, whose records are not here to be compared.
            None if goes_on => (record.seq.saturating_sub(1), record.prev.as_str()),
            None => (0, NO_PREVIOUS),
            Some(head) => head,
        };
        if record.seq != seq + 1 {
            return Err(format!("record {} follows record {seq}", record.seq));
        }
        if record.prev != prev {
            return Err(format!(
                "record {} does not follow from record {seq}: one between was removed, added or changed",
                record.seq
            ));
        }
        if let Entry::Outcome { intent, .. } | Entry::Resolve { intent, .. } = &record.entry
            && self.change(*intent).is_none()
        {
            return Err(format!(
                "record {} speaks of {intent}, which is no intent",
                record.seq
            ));
        }
        Ok(record)
    }

    /// Number and hash of the last record.
    #[must_use]
    pub fn head(&self) -> Option<(u64, &str)> {
        self.records
            .last()
            .map(|record| (record.seq, record.hash.as_str()))
    }

    /// Whether a record with this hash stands in it.
    #[must_use]
    pub fn contains(&self, hash: &str) -> bool {
        self.records.iter().any(|record| record.hash == hash)
    }

    /// What was sent before, by request.
    #[must_use]
    pub fn past(&self) -> Past {
        let mut of_intent: BTreeMap<u64, (Identity, usize)> = BTreeMap::new();
        let mut past = Past::default();
        for record in &self.records {
            let (intent, outcome, confirmed) = match &record.entry {
                Entry::Intent { change, .. } => {
                    let sent = past.sent.entry(change.identity.clone()).or_default();
                    of_intent.insert(record.seq, (change.identity.clone(), sent.len()));
                    sent.push(Sent {
                        seq: record.seq,
                        at: record.at,
                        address: change.decision.address.clone(),
                        from: change.decision.from.clone(),
                        verdict: change.decision.verdict,
                        ticket: change.decision.ticket.clone(),
                        digest: change.digest.clone(),
                        permit: change.decision.permit.clone(),
                        release: change.release.as_deref().map(|release| {
                            Box::new(SentRelease {
                                release: release.clone(),
                                call: change.call.clone(),
                            })
                        }),
                        repeat: change.repeat,
                        user: change.deciding.user(),
                        confirmed: false,
                        state: SentState::Open,
                    });
                    continue;
                }
                Entry::Outcome {
                    intent,
                    outcome,
                    evidence,
                    ..
                } => (intent, outcome.clone(), evidence.confirmed),
                Entry::Resolve {
                    intent, resolution, ..
                } => (intent, resolved(*resolution), false),
                Entry::Init { .. } | Entry::RunOpen(_) | Entry::RunClose { .. } => continue,
            };
            let Some((identity, index)) = of_intent.get(intent) else {
                continue;
            };
            let Some(sent) = past
                .sent
                .get_mut(identity)
                .and_then(|sent| sent.get_mut(*index))
            else {
                continue;
            };
            sent.confirmed |= confirmed;
            let still_open = matches!(outcome, Outcome::InDoubt { .. });
            sent.state = if still_open {
                SentState::Open
            } else {
                SentState::Ended(outcome)
            };
        }
        past
    }

    /// The whole reviewed line of an intent.
    #[must_use]
    pub fn change(&self, intent: u64) -> Option<&crate::model::Change> {
        let first = self.records.first()?.seq;
        let index = usize::try_from(intent.checked_sub(first)?).ok()?;
        match &self.records.get(index)?.entry {
            Entry::Intent { change, .. } => Some(change),
            Entry::Init { .. }
            | Entry::RunOpen(_)
            | Entry::Outcome { .. }
            | Entry::Resolve { .. }
            | Entry::RunClose { .. } => None,
        }
    }
}

/// What a person's finding means for the intent.
pub(crate) fn resolved(resolution: Resolution) -> Outcome {
    match resolution {
        // A person's word: the state was reached, and no read has shown that it was us.
        Resolution::Applied => Outcome::StateReached,
        // Somebody looked, after a quiet time and not against a fresh read: a definite no, which is no send.
        Resolution::NotApplied => Outcome::NotSent {
            why: "resolved by hand as not applied".to_owned(),
            may_have_left: false,
        },
    }
}
