//! What the queues said, kept in a file: written by a trusted job, read by one that has no key at all.
//!
//! JSON Lines: a header, a line for each request, and an end with counts and a hash over all before it, so
//! that a snapshot that was cut off is refused. Written while the queues are read, read line by line.

mod read;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{Listen, Progress, together};
use crate::model::{
    Facts, QueueName, ReadError, ReadErrorKind, Request, RequestId, Sighting, Status, Terms,
    Vendor, VendorText, Votes, hex, visible_json,
};
use crate::vendors::{Listing, Queue, Row, Unlisted, Whole};
pub use read::{Snapshot, SnapshotError, Wanted, read};

/// The form of the file.
const SCHEMA: u32 = 2;

/// How the reading of each queue ended.
pub type Ends = BTreeMap<QueueName, Result<Counts, ReadError>>;

/// What was counted while a queue was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Counts {
    /// Rows received in lists.
    pub rows: u64,
    /// Rows that could not be read.
    pub unreadable: u64,
    /// Calls made, retries included.
    pub calls: u64,
    /// Our clock minus the vendor's, in seconds.
    pub clock_offset: Option<i64>,
}

impl Counts {
    fn offset(self) -> Option<SignedDuration> {
        self.clock_offset.map(SignedDuration::from_secs)
    }
}

/// Reads every request of every queue, side by side, and writes each as it comes; holds none of them.
///
/// What `named` names and no list shows is looked up by id, as `observe` would; what stands for an id is found
/// when it is read back. `tool` is name and version. A snapshot holds only what the vendors answered, no secret.
///
/// # Errors
/// Where `out` cannot be written. A queue that cannot be read is an end, not an error.
pub async fn observe_all_into(
    queues: &BTreeMap<QueueName, Box<dyn Queue>>,
    named: &BTreeMap<QueueName, BTreeSet<RequestId>>,
    tool: &str,
    taken_at: Timestamp,
    out: &mut (dyn Write + Send),
    listen: Listen<'_>,
) -> io::Result<Ends> {
    let sources = queues
        .iter()
        .map(|(name, queue)| (name.clone(), Source::of(queue.terms())));
    let mut writer = Writer::new(out);
    writer.line(&Line::Snapshot(Header {
        schema: SCHEMA,
        tool: tool.to_owned(),
        taken_at,
        queues: sources.collect(),
    }));
    let writer = Mutex::new(writer);
    let nobody = BTreeSet::new();
    let readings = queues.iter().map(|(name, queue)| {
        let named = named.get(name).unwrap_or(&nobody);
        let writer = &writer;
        async move {
            let end = copy(name, queue.as_ref(), named, writer, listen).await;
            listen(Progress::over(name));
            (name.clone(), end)
        }
    });
    let mut ends = Ends::new();
    together::run(readings, usize::MAX, |(name, end)| {
        ends.insert(name, end);
    })
    .await;
    writer
        .into_inner()
        .unwrap_or_else(PoisonError::into_inner)
        .end(&ends)?;
    Ok(ends)
}

/// Copies one queue into the file.
async fn copy(
    name: &QueueName,
    queue: &dyn Queue,
    named: &BTreeSet<RequestId>,
    writer: &Mutex<Writer<'_>>,
    listen: Listen<'_>,
) -> Result<Counts, ReadError> {
    let before = queue.calls();
    let (mut rows, mut unreadable) = (0, 0);
    let mut missing = named.clone();
    missing.retain(|id| !queue.terms().can.is_key(id));
    let listing = Listing {
        pending_only: false,
        whole: Whole::All,
        since: None,
        at_once: 1,
    };
    listen(Progress::of(name, 0, (0, 0)));
    let unlisted = queue
        .list(listing, &mut |row| {
            rows += 1;
            let line = match row {
                Row::Whole(request) => {
                    missing.remove(&request.id);
                    Line::request(name, &request)
                }
                Row::Brief { id, .. } => {
                    unreadable += 1;
                    missing.remove(&id);
                    Line::failed(name, Some(id), &without_facts())
                }
                Row::Unreadable { id, why } => {
                    unreadable += 1;
                    if let Some(id) = &id {
                        missing.remove(id);
                    }
                    Line::failed(name, id, &why)
                }
            };
            lock(writer).line(&line);
            if rows % 100 == 0 {
                listen(Progress::of(name, rows, (0, 0)));
            }
        })
        .await?;
    if queue.terms().can.read.look_up {
        let (mut looked_up, to_look_up) = (0, missing.len());
        let looks = missing
            .iter()
            .map(|id| async move { (id, queue.look_up(id).await.sighting) });
        together::run(looks, queue.terms().parallelism.get(), |(id, sighting)| {
            match sighting {
                Sighting::Seen(request) => lock(writer).line(&Line::request(name, &request)),
                Sighting::Failed(why) => {
                    lock(writer).line(&Line::failed(name, Some(id.clone()), &why))
                }
                Sighting::Absent => {}
            }
            looked_up += 1;
            listen(Progress::of(name, rows, (looked_up, to_look_up)));
        })
        .await;
    } else if let Unlisted::Unknown(why) = unlisted {
        let lines = missing
            .into_iter()
            .map(|id| Line::failed(name, Some(id), &why));
        lines.for_each(|line| lock(writer).line(&line));
    }
    Ok(Counts {
        rows,
        unreadable,
        calls: queue.calls().saturating_sub(before),
        clock_offset: queue.clock_offset().map(|offset| offset.as_secs()),
    })
}

fn lock<'a, 'w>(writer: &'a Mutex<Writer<'w>>) -> MutexGuard<'a, Writer<'w>> {
    writer.lock().unwrap_or_else(PoisonError::into_inner)
}

fn without_facts() -> ReadError {
    ReadError {
        kind: ReadErrorKind::Malformed,
        what: "the list showed this request without its facts".to_owned(),
        said: None,
        hint: "plan without a snapshot, which reads it by id".to_owned(),
    }
}

/// One line of the file.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Line<F> {
    /// The first.
    Snapshot(Header),
    /// A request.
    Request(Entry<F>),
    /// A row or look-up that failed.
    Failed(Failed),
    /// The last.
    End(End),
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Header {
    schema: u32,
    tool: String,
    taken_at: Timestamp,
    queues: BTreeMap<QueueName, Source>,
}

/// What a queue of the snapshot was: its requests are of no other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Source {
    vendor: Vendor,
    origin: String,
    organization: Option<String>,
}

impl Source {
    fn of(terms: &Terms) -> Self {
        Self {
            vendor: terms.can.vendor,
            origin: terms.origin.clone(),
            organization: terms.organization.clone(),
        }
    }
}

/// A request; `F` is its facts, which a reader parses only where somebody asks for them.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Entry<F> {
    queue: QueueName,
    id: RequestId,
    status: Status,
    facts: F,
    decided_by: Option<VendorText>,
    note: Option<VendorText>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    votes: Option<Votes>,
    ticket: Option<VendorText>,
    link: Option<VendorText>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    beyond: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    obstacles: Vec<String>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Failed {
    queue: QueueName,
    id: Option<RequestId>,
    why: Failure,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Failure {
    kind: ReadErrorKind,
    what: String,
    said: Option<VendorText>,
    hint: String,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct End {
    lines: u64,
    queues: BTreeMap<QueueName, QueueEnd>,
    sha256: String,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum QueueEnd {
    Read(Counts),
    Unread(Failure),
}

impl Line<Facts> {
    fn request(queue: &QueueName, request: &Request) -> Self {
        Self::Request(Entry {
            queue: queue.clone(),
            id: request.id.clone(),
            status: request.status.clone(),
            facts: request.facts.clone(),
            decided_by: request.decided.by.clone(),
            note: request.decided.note.clone(),
            votes: request.votes.clone(),
            ticket: request.ticket.clone(),
            link: request.link.clone(),
            beyond: request.beyond.clone(),
            obstacles: request.obstacles.clone(),
        })
    }

    fn failed(queue: &QueueName, id: Option<RequestId>, why: &ReadError) -> Self {
        Self::Failed(Failed {
            queue: queue.clone(),
            id,
            why: Failure::of(why),
        })
    }
}

impl Failure {
    fn of(why: &ReadError) -> Self {
        let ReadError {
            kind,
            what,
            said,
            hint,
        } = why;
        Self {
            kind: *kind,
            what: what.clone(),
            said: said.clone(),
            hint: hint.clone(),
        }
    }

    fn into_error(self) -> ReadError {
        let Self {
            kind,
            what,
            said,
            hint,
        } = self;
        ReadError {
            kind,
            what,
            said,
            hint,
        }
    }
}

/// Writes lines and hashes them. The first failure is kept, and nothing is written after it.
struct Writer<'a> {
    out: &'a mut (dyn Write + Send),
    hash: Sha256,
    lines: u64,
    failed: Option<io::Error>,
}

impl<'a> Writer<'a> {
    fn new(out: &'a mut (dyn Write + Send)) -> Self {
        Self {
            out,
            hash: Sha256::new(),
            lines: 0,
            failed: None,
        }
    }

    fn line(&mut self, line: &Line<Facts>) {
        if self.failed.is_some() {
            return;
        }
        let written = serde_json::to_string(line)
            .map_err(io::Error::from)
            .and_then(|text| {
                let text = visible_json(&text) + "\n";
                self.hash.update(&text);
                self.lines += 1;
                self.out.write_all(text.as_bytes())
            });
        self.failed = written.err();
    }

    fn end(mut self, ends: &Ends) -> io::Result<()> {
        let queues = ends.iter().map(|(name, end)| {
            let end = match end {
                Ok(counts) => QueueEnd::Read(*counts),
                Err(why) => QueueEnd::Unread(Failure::of(why)),
            };
            (name.clone(), end)
        });
        let end = End {
            lines: self.lines,
            queues: queues.collect(),
            sha256: hex(&self.hash.clone().finalize()),
        };
        self.line(&Line::End(end));
        match self.failed {
            Some(error) => Err(error),
            None => self.out.flush(),
        }
    }
}
