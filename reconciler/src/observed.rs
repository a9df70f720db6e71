//! One reading of all queues, taken whole before any comparing starts: desired and vendors meet in `plan`.
//!
//! `choice` says how a queue is read, this file reads it so, `snapshot` keeps what was read.

pub mod choice;
pub mod snapshot;
mod together;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use tokio::time::Instant;

use crate::model::{
    Capabilities, Effort, Fits, Grounds, Observed, Own, Permit, QueueName, QueueView, ReadError,
    ReadErrorKind, Reading, RequestId, Sighting, Status, Way,
};
use crate::vendors::{Listing, Queue, Row, Unlisted, Whole};
use choice::{Asked, Limits, Rest};

/// What is asked of one queue.
#[derive(Clone, Debug, Default)]
pub struct Ask {
    /// The requests that decisions name.
    pub named: BTreeSet<RequestId>,
    /// Whether something is to be filed, so that what the user has asked for himself matters.
    pub own: bool,
    /// What approvals among them want to permit, where the vendor writes rules.
    pub permits: BTreeMap<RequestId, Permit>,
    /// How many of them are known to have a final outcome, so that a pending list will not show them.
    pub likely_settled: usize,
}

/// How far the reading of one queue has come.
#[derive(Clone, Copy, Debug)]
pub struct Progress<'a> {
    /// The queue.
    pub queue: &'a QueueName,
    /// Rows received in lists.
    pub rows: u64,
    /// Requests looked up by id.
    pub looked_up: usize,
    /// How many will be looked up, as far as is known.
    pub to_look_up: usize,
    /// Whether it has been read.
    pub is_over: bool,
}

impl<'a> Progress<'a> {
    /// So many rows, and so many looked up of how many.
    fn of(queue: &'a QueueName, rows: u64, (looked_up, to_look_up): (usize, usize)) -> Self {
        Self {
            queue,
            rows,
            looked_up,
            to_look_up,
            is_over: false,
        }
    }

    /// A queue that has been read.
    fn over(queue: &'a QueueName) -> Self {
        Self {
            is_over: true,
            ..Self::of(queue, 0, (0, 0))
        }
    }
}

/// Told of progress now and then; never from two threads at once for one queue.
pub type Listen<'a> = &'a (dyn Fn(Progress<'_>) + Sync);

/// Reads what is asked of every queue, all queues side by side; a queue without an ask reads nothing.
///
/// `forced` overrules the choice of the way, for snapshots and benches. Vendor trouble never fails the
/// whole: it becomes `Reading::Unread` for its queue, or `Sighting::Failed` for its request.
pub async fn observe(
    queues: &BTreeMap<QueueName, Box<dyn Queue>>,
    asks: &BTreeMap<QueueName, Ask>,
    forced: Option<Way>,
    listen: Listen<'_>,
) -> Observed {
    let nothing = Ask::default();
    let readings = queues.iter().map(|(name, queue)| {
        let ask = asks.get(name).unwrap_or(&nothing);
        async move {
            let reading = read(name, queue.as_ref(), ask, forced, listen).await;
            listen(Progress::over(name));
            (name.clone(), reading)
        }
    });
    let mut observed = Observed::default();
    together::run(readings, usize::MAX, |(name, reading)| {
        observed.queues.insert(name, reading);
    })
    .await;
    observed
}

/// Reads one queue by the way that suits it.
async fn read(
    name: &QueueName,
    queue: &dyn Queue,
    ask: &Ask,
    forced: Option<Way>,
    listen: Listen<'_>,
) -> Reading {
    let terms = queue.terms();
    let read = &terms.can.read;
    let limits = Limits {
        rate: terms.rate,
        parallelism: terms.parallelism.get(),
    };
    let asked = Asked {
        named: ask.named.len(),
        likely_settled: ask.likely_settled,
    };
    let mut way = forced.unwrap_or_else(|| choice::choose(asked, read, limits));
    let mut effort = Effort {
        why: match forced {
            Some(_) => "as asked for by --read".to_owned(),
            None => choice::reason(way, asked, read, limits),
        },
        ..Effort::default()
    };
    let (before, began) = (queue.calls(), Instant::now());
    let mut found = Found::new(name, &ask.named, terms.can, listen);
    let mut unlisted = Unlisted::Absent;
    if way != Way::Nothing {
        found.tell(0, 0);
    }
    loop {
        let (pending_only, at_once) = match way {
            Way::Nothing | Way::Points | Way::Snapshot => break,
            Way::Pending => (true, choice::at_once(read, limits)),
            Way::Scan => (false, 1),
            Way::Ranges => (false, limits.parallelism),
        };
        let listing = Listing {
            pending_only,
            whole: match found.fits.is_asked() {
                true => Whole::All,
                false => Whole::Named(&ask.named),
            },
            since: None,
            at_once,
        };
        match queue.list(listing, &mut |row| found.row(row)).await {
            Ok(said) => unlisted = said,
            Err(why) => return Reading::Unread(why),
        }
        effort.at_once = queue.going().walkers;
        let missing = found.missing().len();
        match choice::rest(way, missing, read, terms.rate) {
            Rest::LookUps => break,
            Rest::WholeQueue => {
                way = Way::Scan;
                effort.why = format!("the pending list showed all but {missing} of those named");
            }
        }
    }
    if way == Way::Ranges && effort.at_once < 2 {
        // There was nothing to split.
        way = Way::Scan;
    }
    if let Way::Pending | Way::Scan | Way::Ranges = way {
        found.fitting();
    }
    let missing = found.missing();
    match way {
        Way::Nothing | Way::Snapshot => {}
        Way::Points => effort.looked_up = found.look_up(queue, missing).await,
        Way::Pending | Way::Scan | Way::Ranges if read.look_up => {
            effort.looked_up = found.look_up(queue, missing).await;
        }
        // The whole queue was read, and there is no other way to see a request.
        Way::Pending | Way::Scan | Way::Ranges => found.unlisted(missing, &unlisted),
    }
    let own = match ask.own {
        true => queue.own().await.own,
        false => Own::NotRead,
    };
    let grounds = found.grounds(queue, &ask.permits).await;
    effort.took = began.elapsed();
    found.reading((way, effort), own, grounds, queue, before)
}

/// What permits stand for, by request.
type AllGrounds = BTreeMap<RequestId, Result<Grounds, ReadError>>;

/// What has been found so far in one queue.
struct Found<'a> {
    name: &'a QueueName,
    named: &'a BTreeSet<RequestId>,
    /// What is named by what stands for its id.
    fits: Fits<'a>,
    listen: Listen<'a>,
    requests: BTreeMap<RequestId, Sighting>,
    rows: u64,
    unreadable: u64,
}

impl<'a> Found<'a> {
    fn new(
        name: &'a QueueName,
        named: &'a BTreeSet<RequestId>,
        can: &'static Capabilities,
        listen: Listen<'a>,
    ) -> Self {
        Self {
            name,
            named,
            fits: Fits::of(can, named),
            listen,
            requests: BTreeMap::new(),
            rows: 0,
            unreadable: 0,
        }
    }

    fn row(&mut self, row: Row) {
        self.rows += 1;
        match row {
            Row::Whole(request) => {
                self.fits.note(&request);
                if self.named.contains(&request.id) {
                    self.requests
                        .insert(request.id.clone(), Sighting::Seen(request));
                }
            }
            Row::Brief { .. } => {}
            Row::Unreadable { id, why } => {
                self.unreadable += 1;
                if let Some(id) = id.filter(|id| self.named.contains(id)) {
                    self.requests.insert(id, Sighting::Failed(why));
                }
            }
        }
        if self.rows.is_multiple_of(100) {
            self.tell(0, 0);
        }
    }

    /// What was listed, for whatever is named by what stands for its id.
    fn fitting(&mut self) {
        self.requests.extend(self.fits.sightings(self.unreadable));
    }

    fn missing(&self) -> Vec<RequestId> {
        let found = |id: &&RequestId| !self.requests.contains_key(*id);
        self.named.iter().filter(found).cloned().collect()
    }

    fn tell(&self, looked_up: usize, to_look_up: usize) {
        (self.listen)(Progress::of(self.name, self.rows, (looked_up, to_look_up)));
    }

    fn unlisted(&mut self, missing: Vec<RequestId>, unlisted: &Unlisted) {
        let sightings = missing.into_iter().map(|id| (id, unlisted.sighting()));
        self.requests.extend(sightings);
    }

    /// Looks requests up side by side. After some failures that will meet every call alike, and no
    /// success, the rest is not tried: a key that is rejected again and again may be locked out. Says how many there were.
    async fn look_up(&mut self, queue: &dyn Queue, missing: Vec<RequestId>) -> usize {
        const ENOUGH: usize = 3;
        let (mut done, mut answered, mut failed) = (0_usize, 0_usize, 0_usize);
        let gave_up: OnceLock<ReadError> = OnceLock::new();
        let looks = missing.iter().map(|id| {
            let gave_up = &gave_up;
            async move {
                match gave_up.get() {
                    Some(why) => (id, Sighting::Failed(why.clone())),
                    None => (id, queue.look_up(id).await.sighting),
                }
            }
        });
        together::run(looks, queue.terms().parallelism.get(), |(id, sighting)| {
            done += 1;
            match &sighting {
                Sighting::Failed(why) if meets_all(why) => {
                    failed += 1;
                    if failed >= ENOUGH && answered == 0 {
                        gave_up.get_or_init(|| why.clone());
                    }
                }
                Sighting::Seen(_) | Sighting::Absent | Sighting::Failed(_) => answered += 1,
            }
            self.requests.insert(id.clone(), sighting);
            self.tell(done, missing.len());
        })
        .await;
        missing.len()
    }

    /// Looks up what the permits of pending requests stand for.
    async fn grounds(
        &self,
        queue: &dyn Queue,
        permits: &BTreeMap<RequestId, Permit>,
    ) -> AllGrounds {
        let pending = permits.iter().filter(|(id, _)| {
            matches!(self.requests.get(*id), Some(Sighting::Seen(request)) if request.status == Status::Pending)
        });
        let looks = pending.map(|(id, permit)| async move {
            let grounds = queue.grounds(id, permit).await;
            (id.clone(), grounds)
        });
        let mut all = AllGrounds::new();
        together::run(looks, queue.terms().parallelism.get(), |(id, grounds)| {
            all.insert(id, grounds);
        })
        .await;
        all
    }

    /// The reading, or its failure where nothing at all could be learned.
    fn reading(
        self,
        (way, effort): (Way, Effort),
        own: Own,
        grounds: AllGrounds,
        queue: &dyn Queue,
        before: u64,
    ) -> Reading {
        let first = self.requests.values().find_map(|sighting| match sighting {
            Sighting::Failed(why) => Some(why.clone()),
            Sighting::Seen(_) | Sighting::Absent => None,
        });
        let nothing_learned = self.rows == 0
            && self.requests.values().all(|sighting| match sighting {
                Sighting::Failed(why) => meets_all(why),
                Sighting::Seen(_) | Sighting::Absent => false,
            });
        if let Some(why) = first
            && nothing_learned
        {
            return Reading::Unread(why);
        }
        Reading::Read(QueueView {
            requests: self.requests,
            own,
            grounds,
            way,
            effort,
            calls: queue.calls().saturating_sub(before),
            rows: self.rows,
            unreadable: self.unreadable,
            clock_offset: queue.clock_offset(),
        })
    }
}

/// Whether a failure says something of the queue rather than of one request.
fn meets_all(why: &ReadError) -> bool {
    match why.kind {
        ReadErrorKind::Setup
        | ReadErrorKind::Credential
        | ReadErrorKind::Unreachable
        | ReadErrorKind::Unavailable => true,
        ReadErrorKind::RateLimited
        | ReadErrorKind::Malformed
        | ReadErrorKind::Refused
        | ReadErrorKind::Paging
        | ReadErrorKind::OutOfSight
        | ReadErrorKind::Ambiguous => false,
    }
}
