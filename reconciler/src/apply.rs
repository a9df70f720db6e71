//! The only code that decides anything: reviewed changes, one send each, proven by reading back.
//!
//! `commands::apply` hands it changes; it tells a listener what happens and writes the ledger.

mod interrupt;
mod judge;
pub mod ledger;
mod look;
mod protocol;
mod recovery;
mod releases;
mod report;
mod resolution;
#[cfg(test)]
mod tests;
mod time;
mod votes;
mod wording;

use std::collections::BTreeMap;
use std::sync::atomic::AtomicBool;

use futures_util::stream::{self, StreamExt as _};

pub use interrupt::{Stop, Stopper};
use ledger::LedgerError;
pub use look::{Look, Seen, look};
pub use protocol::Runner;
use protocol::{Lane, Task};
pub use recovery::{nobody_sees, recover, with_its_eyes};
pub use report::{Ended, Event, Report, Settlement, Signal};
pub use resolution::{judge_resolution, judge_unseen};
pub use time::Time;

use crate::model::{Change, Outcome, Past, QueueName};
use crate::vendors::Queue;

/// Where a decision comes from in Git, by file and first line: the last commit that changed it and its author.
pub type Provenance = BTreeMap<(std::sync::Arc<str>, u32), (String, String)>;

/// Carries out the changes, each in exactly one state afterwards, in the order given.
///
/// Queues run side by side. Within a queue deny and revoke end before the first approve begins, and those before the first filing; where
/// repeats are harmless up to `parallelism` changes run at once and their intents share a sync.
/// An unwritable ledger stops the run: the second part of the answer says so, and nothing is sent after it.
pub async fn carry_out(
    runner: &Runner<'_>,
    changes: &[Change],
    queues: &BTreeMap<QueueName, Box<dyn Queue>>,
    past: &Past,
    provenance: &Provenance,
) -> (Vec<Ended>, Option<LedgerError>) {
    (runner.listen)(Event::Started {
        changes: changes.len(),
    });
    let mut lanes: BTreeMap<&QueueName, Vec<(usize, &Change)>> = BTreeMap::new();
    for (place, change) in changes.iter().enumerate() {
        lanes
            .entry(&change.decision.address.queue)
            .or_default()
            .push((place, change));
    }
    let failed = std::sync::Mutex::new(None);
    let lanes = lanes.into_iter().filter_map(|(name, changes)| {
        let queue = queues.get(name)?.as_ref();
        Some(one_queue(runner, queue, changes, past, provenance, &failed))
    });
    let mut ended: Vec<(usize, Ended)> = futures_util::future::join_all(lanes)
        .await
        .into_iter()
        .flatten()
        .collect();
    ended.sort_by_key(|(place, _)| *place);
    let failed = failed
        .into_inner()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    (ended.into_iter().map(|(_, ended)| ended).collect(), failed)
}

async fn one_queue<'a>(
    runner: &Runner<'_>,
    queue: &'a dyn Queue,
    changes: Vec<(usize, &'a Change)>,
    past: &Past,
    provenance: &Provenance,
    failed: &std::sync::Mutex<Option<LedgerError>>,
) -> Vec<(usize, Ended)> {
    let lane = Lane {
        queue,
        closed: AtomicBool::new(false),
    };
    let mut waves: BTreeMap<u8, Vec<(usize, &Change)>> = BTreeMap::new();
    for change in changes {
        let wave = change.1.decision.verdict.wave();
        waves.entry(wave).or_default().push(change);
    }
    let mut all = Vec::new();
    for wave in waves.into_values() {
        let harmless = wave.iter().all(|(_, change)| change.repeat.is_harmless());
        let at_once = if harmless {
            queue.terms().parallelism.get()
        } else {
            1
        };
        let lane = &lane;
        let ended = stream::iter(wave)
            .map(|(place, change)| async move {
                let (commit, author) = match provenance
                    .get(&(change.decision.from.file.clone(), change.decision.from.line))
                {
                    Some((commit, author)) => (Some(commit.clone()), Some(author.clone())),
                    None => (None, None),
                };
                let verdict = change.decision.verdict;
                let user = change.deciding.user();
                let sends = past.sends(&change.identity, verdict, user.as_deref());
                let task = Task {
                    change,
                    operation: lane.queue.terms().can.operation(verdict),
                    sends,
                    commit,
                    author,
                };
                let ended = if failed_before(failed) {
                    let why = "the ledger could not be written".to_owned();
                    Ended::of(
                        change,
                        None,
                        Outcome::NotSent {
                            why,
                            may_have_left: false,
                        },
                    )
                } else {
                    let (ended, error) = runner.carry_out(lane, &task).await;
                    if let Some(error) = error {
                        failed
                            .lock()
                            .unwrap_or_else(std::sync::PoisonError::into_inner)
                            .get_or_insert(error);
                    }
                    ended
                };
                (runner.listen)(Event::Ended(&ended));
                (place, ended)
            })
            .buffer_unordered(at_once)
            .collect::<Vec<_>>()
            .await;
        all.extend(ended);
    }
    all
}

/// What cannot be remembered is not done.
fn failed_before(failed: &std::sync::Mutex<Option<LedgerError>>) -> bool {
    failed
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
        .is_some()
}
