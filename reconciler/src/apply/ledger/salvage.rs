//! What of a damaged ledger still counts, and the ledger that is made of it: no call is forgotten, no end believed unproven.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;

use super::history::{self, History};
use super::record::{Damaged, Entry, NO_PREVIOUS, Record, Run};
use super::{LedgerError, lock};
use crate::model::sha256;

/// A ledger that was made of a damaged one.
#[derive(Clone, Debug)]
pub struct Recovered {
    /// The new ledger.
    pub history: History,
    /// Where the damaged one is kept, byte for byte.
    pub aside: PathBuf,
    /// The lines of it that are not in the new one as they stood, in their order.
    pub lost: Vec<Lost>,
    /// How many records are not there at all, not even as a line that cannot be read.
    pub gone: u64,
}

/// A line of a damaged ledger that is not taken over as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lost {
    /// Its number, from 1.
    pub line: usize,
    /// Why, and what became of it.
    pub why: String,
}

/// Puts a new ledger in the place of a damaged one, which is kept beside it. Asks no vendor.
///
/// Under the lock; the copy first, then the new ledger, each whole and durable: interrupted anywhere, the damaged
/// ledger or the new one stands in its place, and a further call ends right.
///
/// # Errors
/// `Whole` where there is nothing to recover, `Hopeless` where nothing can be, `Locked`, `Missing` or `Io`.
pub fn recover(path: &Path, run: &Run, at: Timestamp) -> Result<Recovered, LedgerError> {
    let io = |doing| {
        move |cause| LedgerError::Io {
            doing,
            path: path.to_owned(),
            cause,
        }
    };
    needs_it(path)?;
    // A link stays a link: what is damaged is the file behind it.
    let real = path.canonicalize().map_err(io("find"))?;
    let _lock = lock::take(&real, run, at, Duration::ZERO).map_err(|error| error.about(path))?;
    let bytes = needs_it(path)?;
    let (aside, is_kept) = name_aside(&real, &bytes);
    let salvage = Salvage::of(&bytes).ok_or_else(|| LedgerError::Hopeless {
        path: path.to_owned(),
    })?;
    let damaged = Damaged {
        file: aside.to_string_lossy().into_owned(),
        digest: sha256(&bytes),
    };
    let text = salvage.text(damaged, at);
    // Not put in place before it was read as every later run will read it.
    let history = history::parse(path, text.as_bytes())?;
    let folder = real.parent().unwrap_or(Path::new("/"));
    let kept = real.with_file_name(&aside);
    if !is_kept {
        let file = durable(folder, &bytes).map_err(io("keep a copy of"))?;
        file.persist_noclobber(&kept)
            .map_err(|error| io("keep a copy of")(error.error))?;
    }
    let file = durable(folder, text.as_bytes()).map_err(io("write"))?;
    let permissions = std::fs::metadata(&real).map(|about| about.permissions());
    permissions
        .and_then(|permissions| file.as_file().set_permissions(permissions))
        .map_err(io("write"))?;
    file.persist(&real)
        .map_err(|error| io("replace")(error.error))?;
    // The names are durable only once the folder is.
    File::open(folder)
        .and_then(|folder| folder.sync_all())
        .map_err(io("sync the folder of"))?;
    Ok(Recovered {
        history,
        aside: if path.is_symlink() {
            kept
        } else {
            path.with_file_name(&aside)
        },
        lost: salvage.lost,
        gone: salvage.gone,
    })
}

/// The bytes of a ledger that is damaged. One whose last record a crash cut off is not.
fn needs_it(path: &Path) -> Result<Vec<u8>, LedgerError> {
    match history::read(path) {
        Ok(_) => Err(LedgerError::Whole {
            path: path.to_owned(),
        }),
        Err(LedgerError::Damaged { .. }) => std::fs::read(path).map_err(|cause| LedgerError::Io {
            doing: "read",
            path: path.to_owned(),
            cause,
        }),
        Err(error) => Err(error),
    }
}

/// A name beside the ledger for its copy: the first that is free, or that an earlier call has given to these very
/// bytes; and whether it has.
fn name_aside(ledger: &Path, bytes: &[u8]) -> (OsString, bool) {
    let mut number = 1;
    loop {
        let mut name = ledger.file_name().unwrap_or_default().to_owned();
        name.push(format!(".damaged-{number}"));
        let path = ledger.with_file_name(&name);
        let is_kept = std::fs::read(&path).is_ok_and(|kept| kept == bytes);
        // Also where a link leads nowhere, the name is taken.
        if is_kept || path.symlink_metadata().is_err() {
            return (name, is_kept);
        }
        number += 1;
    }
}

fn durable(folder: &Path, bytes: &[u8]) -> std::io::Result<tempfile::NamedTempFile> {
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    Ok(file)
}

/// Numbers beyond this are no count of anything, and JSON readers round them.
const MOST: u64 = 1 << 53;

/// What is taken from a damaged ledger.
struct Salvage {
    /// Ordered by number; all but its first record.
    kept: Vec<Record>,
    lost: Vec<Lost>,
    gone: u64,
    /// The number that the new ledger begins with.
    next: u64,
    /// The hash of the last record that could be read.
    head: String,
}

/// A record with the line that it stands in.
type Placed = (usize, Record);

impl Salvage {
    /// Nothing where not one record can be read.
    ///
    /// A call stays known wherever its intent can be read, even one that was changed. How it ended is believed only
    /// where intent and outcome each stand between the very neighbours that they were written between.
    fn of(bytes: &[u8]) -> Option<Self> {
        let lines = Lines::read(bytes);
        let last = lines.sound.last().map(|(_, record)| record);
        let numbers: BTreeSet<u64> = lines.all().map(|(_, record)| record.seq).collect();
        if numbers.is_empty() {
            return None;
        }
        let first = lines.first();
        let end = last.map_or(0, |record| record.seq);
        let there = numbers.range(first..=end.max(first)).count() as u64;
        let unread = lines.unread as u64;
        let gone = (end.max(first) - first + 1)
            .saturating_sub(there)
            .saturating_sub(unread);
        let next = end.max(first.saturating_add(lines.count as u64)) + 1;
        let head = last.map_or(NO_PREVIOUS, |record| record.hash.as_str());
        let head = head.to_owned();
        let (kept, lost) = lines.sorted_out();
        Some(Self {
            kept,
            lost,
            gone,
            next,
            head,
        })
    }

    /// The new ledger: its own first record, then what was kept, newly numbered and bound, with its own times.
    fn text(&self, damaged: Damaged, at: Timestamp) -> String {
        let init = Entry::Init {
            tool: env!("CARGO_PKG_VERSION").to_owned(),
            recovered: Some(damaged),
        };
        let (mut before, line) = Record::bind(self.next, self.head.clone(), at, init);
        let mut text = line + "\n";
        let mut numbers = BTreeMap::new();
        for record in &self.kept {
            let mut entry = record.entry.clone();
            if let Entry::Outcome { intent, .. } | Entry::Resolve { intent, .. } = &mut entry {
                *intent = numbers.get(intent).copied().unwrap_or_default();
            }
            let (bound, line) = Record {
                seq: before.seq + 1,
                prev: before.hash,
                was: Some(record.seq),
                entry,
                ..record.clone()
            }
            .sealed();
            numbers.entry(record.seq).or_insert(bound.seq);
            text.push_str(&line);
            text.push('\n');
            before = bound;
        }
        text
    }
}

/// The lines of a damaged ledger.
struct Lines {
    /// Records whose own hash fits, each once, ordered by number.
    sound: Vec<Placed>,
    /// Records that can be read, but whose hash does not fit.
    changed: Vec<Placed>,
    lost: Vec<Lost>,
    /// How many there are, and how many of them no record can be read in.
    count: usize,
    unread: usize,
    /// The last line that holds no sound record.
    last_unsound: usize,
}

impl Lines {
    fn read(bytes: &[u8]) -> Self {
        let bytes = bytes.strip_suffix(b"\n").unwrap_or(bytes);
        let mut lines = Self {
            sound: Vec::new(),
            changed: Vec::new(),
            lost: Vec::new(),
            count: 0,
            unread: 0,
            last_unsound: 0,
        };
        let mut hashes = BTreeSet::new();
        for (index, line) in bytes.split(|&byte| byte == b'\n').enumerate() {
            lines.count = index + 1;
            // Line ends that a checkout changed hide nothing: the hash is over the record.
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            let text = std::str::from_utf8(line).map_err(|_| "not UTF-8".to_owned());
            let why = match text.and_then(Record::parse) {
                Ok(record) if record.seq >= MOST => {
                    lines.unsound(line, "its number is beyond all count".to_owned())
                }
                Ok(record) if !hashes.insert(record.hash.clone()) => {
                    format!("record {} stands there already", record.seq)
                }
                Ok(record) => {
                    lines.sound.push((lines.count, record));
                    continue;
                }
                Err(why) => lines.unsound(line, why),
            };
            let line = lines.count;
            lines.lost.push(Lost { line, why });
        }
        lines
            .sound
            .sort_by_key(|(line, record)| (record.seq, *line));
        lines
    }

    /// Takes the last line, which holds no sound record, for what it can still be; says why, and what becomes of it.
    fn unsound(&mut self, line: &[u8], why: String) -> String {
        self.last_unsound = self.count;
        match serde_json::from_slice::<Record>(line) {
            Ok(record) if record.v == 1 && record.seq < MOST => {
                let is_intent = matches!(record.entry, Entry::Intent { .. });
                self.changed.push((self.count, record));
                let then = if is_intent {
                    "; its call is in doubt"
                } else {
                    ""
                };
                format!("{why}{then}")
            }
            Ok(_) | Err(_) => {
                self.unread += 1;
                why
            }
        }
    }

    fn all(&self) -> impl Iterator<Item = &Placed> {
        self.sound.iter().chain(&self.changed)
    }

    /// The number that the ledger began with: 1, unless it was a recovered one itself.
    fn first(&self) -> u64 {
        let least = self.sound.first().map(|(_, record)| record);
        let again = self.sound.iter().any(|(_, record)| record.was.is_some());
        match least {
            Some(record) if again || matches!(record.entry, Entry::Init { .. }) => record.seq,
            Some(_) | None => 1,
        }
    }

    /// Numbers of the records that stand between the neighbours that they were written between. Only of these is it
    /// known that neither they nor anything beside them was changed, added or removed.
    fn proven(&self) -> BTreeSet<u64> {
        let mut by_number: BTreeMap<u64, Vec<&Record>> = BTreeMap::new();
        for (_, record) in &self.sound {
            by_number.entry(record.seq).or_default().push(record);
        }
        let only = |seq: u64| match by_number.get(&seq).map(Vec::as_slice) {
            Some([record]) => Some(*record),
            Some(_) | None => None,
        };
        let greatest = self.sound.last().map(|(_, record)| record.seq);
        let holds = |(line, record): &&Placed| {
            let earlier = record.seq.checked_sub(1).and_then(only);
            let before = matches!(record.entry, Entry::Init { .. })
                || earlier.is_some_and(|earlier| earlier.hash == record.prev);
            let after = match only(record.seq + 1) {
                Some(later) => later.prev == record.hash,
                // Behind the end of a ledger stands nothing, not even a line that cannot be read.
                None => greatest == Some(record.seq) && *line > self.last_unsound,
            };
            before && after && only(record.seq).is_some()
        };
        let proven = self.sound.iter().filter(holds);
        proven.map(|(_, record)| record.seq).collect()
    }

    /// What is kept, by number; and every line that is not, in the order of the lines.
    fn sorted_out(self) -> (Vec<Record>, Vec<Lost>) {
        let proven = self.proven();
        let is_call = |record: &Record| matches!(record.entry, Entry::Intent { .. });
        let calls: BTreeSet<u64> = self
            .sound
            .iter()
            .filter(|(_, record)| is_call(record))
            .map(|(_, record)| record.seq)
            .collect();
        let mut lost = self.lost;
        let mut kept = Vec::new();
        for (line, record) in self.sound {
            let why = match &record.entry {
                Entry::Init { .. } => continue,
                Entry::RunOpen(_) | Entry::Intent { .. } | Entry::RunClose { .. } => None,
                Entry::Outcome { intent, .. } | Entry::Resolve { intent, .. } => {
                    let (own, its) = (proven.contains(&record.seq), proven.contains(intent));
                    match calls.contains(intent) {
                        false => Some("which is not there as it was written"),
                        true if !its => {
                            Some("which does not stand between its neighbours any more")
                        }
                        true if !own => Some("but does not stand between its neighbours any more"),
                        true => None,
                    }
                    .map(|why| format!("record {} tells the end of {intent}, {why}", record.seq))
                }
            };
            match why {
                None => kept.push(record),
                Some(why) => lost.push(Lost { line, why }),
            }
        }
        kept.extend(
            self.changed
                .into_iter()
                .map(|(_, record)| record)
                .filter(is_call),
        );
        // A changed call may bear the number of a sound one: what is told of that number is the sound one's.
        kept.sort_by_key(|record| (record.seq, !proven.contains(&record.seq)));
        lost.sort_by_key(|lost| lost.line);
        (kept, lost)
    }
}

#[cfg(test)]
mod tests;
