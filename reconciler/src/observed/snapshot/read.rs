//! Reads a snapshot line by line and keeps only what is asked for; every flaw is an error with its line.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::io::{BufRead, Read};

use jiff::Timestamp;
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, Visitor};
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};

use super::{Counts, End, Entry, Failed, Header, Line, QueueEnd, SCHEMA, Source};
use crate::model::{
    Capabilities, Decided, Effort, Facts, Fits, Observed, Own, QueueName, QueueView, ReadError,
    ReadErrorKind, Reading, Request, RequestId, Sent, Sighting, Terms, VendorText, Way, hex,
};
use crate::vendors::capabilities;

/// Most bytes of one line; a vendor's answer about one request has no more either.
const LONGEST_LINE: u64 = 16 << 20;

/// What is asked of a snapshot for one queue.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    /// What the queue is now; a snapshot of another instance tells nothing of it.
    pub terms: &'a Terms,
    /// The requests that decisions name.
    pub named: &'a BTreeSet<RequestId>,
}

/// A snapshot, read.
#[derive(Clone, Debug, PartialEq)]
pub struct Snapshot {
    /// Name and version of what wrote it.
    pub tool: String,
    /// When its reading began.
    pub taken_at: Timestamp,
    /// What was asked for; every way is `Way::Snapshot`.
    pub observed: Observed,
}

impl Snapshot {
    /// What it cannot know: a request that we have called about since it was taken may look otherwise by now.
    pub fn forget_what_came_later(
        &mut self,
        terms: &BTreeMap<QueueName, Terms>,
        past: &crate::model::Past,
    ) {
        let taken_at = self.taken_at;
        for (name, reading) in &mut self.observed.queues {
            let (Reading::Read(view), Some(terms)) = (reading, terms.get(name)) else {
                continue;
            };
            for (id, sighting) in &mut view.requests {
                let sent = past.of(&terms.identity(id)).iter();
                let may_matter = |sent: &&Sent| sent.at >= taken_at && sent.may_have_acted();
                if let Some(later) = sent.rev().find(may_matter) {
                    let seq = later.seq;
                    *sighting = Sighting::Failed(ReadError {
                        kind: ReadErrorKind::OutOfSight,
                        what: format!("the snapshot is older than our own call, ledger {seq}"),
                        said: None,
                        hint: "`countersign observe --out FILE` takes it anew".to_owned(),
                    });
                }
            }
        }
    }
}

/// What is wrong with a snapshot, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}: {what}; take it anew with `countersign observe --out {file}`")]
pub struct SnapshotError {
    /// The file, as given.
    pub file: String,
    /// The line, from 1.
    pub line: u64,
    /// What is wrong, without words of a vendor.
    pub what: String,
}

/// Reads a snapshot and keeps what `asks` names. `file` is its name in messages.
///
/// # Errors
/// A file that cannot be read, is cut off, was changed, or has another form. Nothing of it is used then.
pub fn read(
    source: &mut dyn BufRead,
    file: &str,
    asks: &BTreeMap<QueueName, Wanted<'_>>,
) -> Result<Snapshot, SnapshotError> {
    let mut reader = Reader {
        source,
        hash: Sha256::new(),
        lines: 0,
    };
    let read = reader.snapshot(asks);
    read.map_err(|what| SnapshotError {
        file: file.to_owned(),
        line: reader.lines.max(1),
        what,
    })
}

/// What was found of what is asked for.
struct Found<'a> {
    sightings: BTreeMap<QueueName, BTreeMap<RequestId, Sighting>>,
    /// By queue: what is named by what stands for its id.
    fits: BTreeMap<QueueName, Fits<'a>>,
}

impl<'a> Found<'a> {
    fn of(asks: &'a BTreeMap<QueueName, Wanted<'a>>) -> Self {
        let fits = asks.iter().map(|(queue, wanted)| {
            let can = wanted.terms.can;
            (queue.clone(), Fits::of(can, wanted.named))
        });
        Self {
            sightings: BTreeMap::new(),
            fits: fits.collect(),
        }
    }
}

struct Reader<'a> {
    source: &'a mut dyn BufRead,
    hash: Sha256,
    lines: u64,
}

impl Reader<'_> {
    fn snapshot(&mut self, asks: &BTreeMap<QueueName, Wanted<'_>>) -> Result<Snapshot, String> {
        let mut buffer = Vec::new();
        let mut found = Found::of(asks);
        self.next(&mut buffer)?;
        let Line::Snapshot(header) = parse(&buffer)? else {
            return Err("the first line is not the header of a snapshot".to_owned());
        };
        if header.schema != SCHEMA {
            return Err(format!(
                "the snapshot has schema {}, this is {SCHEMA}",
                header.schema
            ));
        }
        self.hash.update(&buffer);
        loop {
            self.next(&mut buffer)?;
            match parse(&buffer)? {
                Line::Snapshot(_) => return Err("a second header".to_owned()),
                Line::Request(entry) => keep(entry, &header, asks, &mut found)?,
                Line::Failed(failed) => keep_failed(failed, &header, asks, &mut found)?,
                Line::End(end) => {
                    self.check(&end)?;
                    return conclude(header, end, asks, found);
                }
            }
            self.hash.update(&buffer);
        }
    }

    /// The next line with its line feed.
    fn next(&mut self, buffer: &mut Vec<u8>) -> Result<(), String> {
        buffer.clear();
        self.lines += 1;
        let mut bounded = Read::take(&mut *self.source, LONGEST_LINE);
        bounded
            .read_until(b'\n', buffer)
            .map_err(|error| format!("it cannot be read: {}", error.kind()))?;
        if buffer.last() == Some(&b'\n') {
            Ok(())
        } else {
            Err("the snapshot is cut off: its last line is missing".to_owned())
        }
    }

    fn check(&mut self, end: &End) -> Result<(), String> {
        let more = self
            .source
            .fill_buf()
            .map_err(|error| format!("it cannot be read: {}", error.kind()))?;
        if !more.is_empty() {
            return Err("something follows the last line".to_owned());
        }
        let hash = hex(&self.hash.clone().finalize());
        if end.lines == self.lines - 1 && end.sha256 == hash {
            Ok(())
        } else {
            Err("the snapshot was changed or cut: its hash does not fit".to_owned())
        }
    }
}

/// Parses a line; the parser's own words would quote the vendor's, so they are not used.
fn parse(line: &[u8]) -> Result<Line<&RawValue>, String> {
    serde_json::from_slice(line)
        .map_err(|error| format!("column {}: not a line of a snapshot", error.column()))
}

/// The ask for a line's queue, if it is asked for and is still the same instance.
fn asked<'a>(
    queue: &QueueName,
    header: &Header,
    asks: &'a BTreeMap<QueueName, Wanted<'a>>,
) -> Result<Option<&'a Wanted<'a>>, String> {
    let source = header
        .queues
        .get(queue)
        .ok_or("a line of a queue that the header does not name")?;
    Ok(asks
        .get(queue)
        .filter(|wanted| Source::of(wanted.terms) == *source))
}

fn keep(
    entry: Entry<&RawValue>,
    header: &Header,
    asks: &BTreeMap<QueueName, Wanted<'_>>,
    found: &mut Found<'_>,
) -> Result<(), String> {
    let Some(wanted) = asked(&entry.queue, header, asks)? else {
        return Ok(());
    };
    let is_named = wanted.named.contains(&entry.id);
    let fits = found.fits.get_mut(&entry.queue);
    if !is_named && !fits.as_ref().is_some_and(|fits| fits.is_asked()) {
        return Ok(());
    }
    let Entry {
        queue,
        id,
        status,
        facts,
        decided_by,
        note,
        votes,
        ticket,
        link,
        beyond,
        obstacles,
    } = entry;
    let known = FactsOf(capabilities(wanted.terms.can.vendor));
    let mut parser = serde_json::Deserializer::from_str(facts.get());
    let facts = known.deserialize(&mut parser).map_err(|_| {
        format!("the facts of {queue}/{id} hold a key that is unknown or given twice")
    })?;
    let request = Request {
        id: id.clone(),
        status,
        facts,
        decided: Decided {
            by: decided_by,
            note,
        },
        votes,
        ticket,
        link,
        beyond,
        obstacles,
        lasts: Vec::new(),
    };
    if let Some(fits) = fits {
        fits.note(&request);
    }
    match is_named {
        true => once(found, queue, id, Sighting::Seen(Box::new(request))),
        false => Ok(()),
    }
}

fn keep_failed(
    failed: Failed,
    header: &Header,
    asks: &BTreeMap<QueueName, Wanted<'_>>,
    found: &mut Found<'_>,
) -> Result<(), String> {
    let Failed { queue, id, why } = failed;
    let Some(wanted) = asked(&queue, header, asks)? else {
        return Ok(());
    };
    match id.filter(|id| wanted.named.contains(id)) {
        Some(id) => once(found, queue, id, Sighting::Failed(why.into_error())),
        None => Ok(()),
    }
}

fn once(
    found: &mut Found<'_>,
    queue: QueueName,
    id: RequestId,
    sighting: Sighting,
) -> Result<(), String> {
    let twice = format!("{queue}/{id} stands in the snapshot twice");
    match found
        .sightings
        .entry(queue)
        .or_default()
        .insert(id, sighting)
    {
        None => Ok(()),
        Some(_) => Err(twice),
    }
}

/// Puts together what is known of each queue that is asked for.
fn conclude(
    header: Header,
    mut end: End,
    asks: &BTreeMap<QueueName, Wanted<'_>>,
    mut found: Found<'_>,
) -> Result<Snapshot, String> {
    let mut observed = Observed::default();
    for (name, wanted) in asks {
        let reading = match header.queues.get(name) {
            None => unread("the snapshot does not hold this queue"),
            Some(source) if *source != Source::of(wanted.terms) => unread(
                "the snapshot was taken of another instance (vendor, origin or organization)",
            ),
            Some(_) => match end.queues.remove(name) {
                None => return Err(format!("the last line says nothing of the queue {name}")),
                Some(QueueEnd::Unread(why)) => Reading::Unread(why.into_error()),
                Some(QueueEnd::Read(counts)) => {
                    let mut requests = found.sightings.remove(name).unwrap_or_default();
                    let fits = found.fits.get_mut(name);
                    requests.extend(
                        fits.map(|fits| fits.sightings(counts.unreadable))
                            .unwrap_or_default(),
                    );
                    view(counts, wanted, requests)
                }
            },
        };
        observed.queues.insert(name.clone(), reading);
    }
    Ok(Snapshot {
        tool: header.tool,
        taken_at: header.taken_at,
        observed,
    })
}

fn view(counts: Counts, wanted: &Wanted<'_>, seen: BTreeMap<RequestId, Sighting>) -> Reading {
    let mut requests = seen;
    for id in wanted.named {
        requests.entry(id.clone()).or_insert(Sighting::Absent);
    }
    Reading::Read(QueueView {
        requests,
        own: Own::NotRead,
        grounds: BTreeMap::new(),
        way: Way::Snapshot,
        effort: Effort::default(),
        clock_offset: counts.offset(),
        calls: counts.calls,
        rows: counts.rows,
        unreadable: counts.unreadable,
    })
}

fn unread(what: &str) -> Reading {
    Reading::Unread(ReadError {
        kind: ReadErrorKind::Malformed,
        what: what.to_owned(),
        said: None,
        hint: "take a snapshot with this configuration: `countersign observe --out FILE`"
            .to_owned(),
    })
}

/// Facts by the keys of one vendor; a key that is unknown or given twice is refused.
struct FactsOf(&'static Capabilities);

impl<'de> DeserializeSeed<'de> for FactsOf {
    type Value = Facts;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Facts, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for FactsOf {
    type Value = Facts;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("facts")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Facts, A::Error> {
        let mut facts = Facts::new();
        while let Some((key, value)) = map.next_entry::<String, VendorText>()? {
            let fact = self.0.fact(&key).ok_or_else(|| Error::custom("unknown"))?;
            if facts.insert(fact.key, value).is_some() {
                return Err(Error::custom("twice"));
            }
        }
        Ok(facts)
    }
}
