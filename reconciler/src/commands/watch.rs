//! Shows how far something has come while it goes on: asks now and then, so that a queue that waits is seen as well.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, MissedTickBehavior, interval};

use super::Context;
use super::setup::Clients;
use crate::model::{Change, QueueName};
use crate::observed::Progress;
use crate::render::{Amount, Stage};
use crate::vendors::Queue;

/// How often it is asked.
const EVERY: Duration = Duration::from_millis(200);

/// What each queue that goes on has told of itself last.
#[derive(Debug, Default)]
pub(super) struct Watched {
    stages: Mutex<BTreeMap<QueueName, Stage>>,
}

impl Watched {
    /// Notes what is told of reading a queue.
    pub(super) fn note(&self, progress: Progress<'_>) {
        let Progress {
            queue,
            rows,
            looked_up,
            to_look_up,
            is_over,
        } = progress;
        if is_over {
            return self.end(queue);
        }
        let number = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
        let stage = match to_look_up {
            0 => Stage::Rows { rows, share: None },
            of => Stage::LookUps {
                rows,
                done: number(looked_up),
                of: number(of),
            },
        };
        self.set(queue, stage);
    }

    /// Notes how far a queue has come.
    pub(super) fn set(&self, queue: &QueueName, stage: Stage) {
        let mut stages = self.stages();
        match stages.get_mut(queue) {
            Some(last) => *last = stage,
            None => {
                stages.insert(queue.clone(), stage);
            }
        }
    }

    /// Notes the changes that are to be carried out, by their queues.
    pub(super) fn all_of(&self, changes: &[Change]) {
        let mut all: BTreeMap<&QueueName, u64> = BTreeMap::new();
        for change in changes {
            *all.entry(&change.decision.address.queue).or_default() += 1;
        }
        all.into_iter()
            .for_each(|(queue, of)| self.set(queue, Stage::Changes { done: 0, of }));
    }

    /// Notes one change more of those of a queue, which has ended with the last of them.
    pub(super) fn one_more(&self, queue: &QueueName) {
        let ended = match self.stages().get_mut(queue) {
            Some(Stage::Changes { done, of }) => {
                *done += 1;
                done >= of
            }
            Some(Stage::Rows { .. } | Stage::LookUps { .. }) | None => false,
        };
        if ended {
            self.end(queue);
        }
    }

    fn end(&self, queue: &QueueName) {
        self.stages().remove(queue);
    }

    fn stages(&self) -> MutexGuard<'_, BTreeMap<QueueName, Stage>> {
        self.stages.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How far each has come, with what the queues themselves know.
    fn amounts(&self, queues: &Clients) -> Vec<(QueueName, Amount)> {
        let stages = self.stages();
        let amount = |(name, stage): (&QueueName, &Stage)| {
            let queue = queues.get(name);
            (name.clone(), amount(*stage, queue.map(AsRef::as_ref)))
        };
        stages.iter().map(amount).collect()
    }
}

fn amount(stage: Stage, queue: Option<&dyn Queue>) -> Amount {
    let going = queue.map(Queue::going).unwrap_or_default();
    Amount {
        stage: match stage {
            Stage::Rows { rows, share } => Stage::Rows {
                rows,
                share: share.or(going.share),
            },
            Stage::LookUps { .. } | Stage::Changes { .. } => stage,
        },
        held_back: going.held_back,
        limit: queue.and_then(|queue| queue.terms().rate),
    }
}

/// Goes on with `work` to its end, and shows what is told of it meanwhile.
pub(super) async fn watching<T>(
    what: &'static str,
    watched: &Watched,
    queues: &Clients,
    context: &Context,
    work: impl Future<Output = T>,
) -> T {
    let mut work = std::pin::pin!(work);
    let mut ticks = interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut watch = context.ui.watch(what, Instant::now().into_std());
    loop {
        tokio::select! {
            biased;
            done = &mut work => return done,
            now = ticks.tick() => {
                let amounts = watched.amounts(queues);
                let amounts = amounts.iter().map(|(name, amount)| (name.as_str(), *amount));
                watch.show(amounts, now.into_std());
            }
        }
    }
}
