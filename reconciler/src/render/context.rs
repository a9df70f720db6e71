//! What a plan was made from: what its text says and the plan itself does not hold.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;

use crate::model::{Capabilities, Effort, Observed, Own, QueueName, Reading, Way};
use crate::plan::Envelope;

/// What a plan was made from: everything that its text says and the plan does not hold.
#[derive(Clone, Debug, Default)]
pub struct PlanContext {
    /// What to call it: the configuration, as given. Also names the pull-request comment.
    pub name: String,
    /// The commit the decision files stand on.
    pub commit: Option<String>,
    /// When the queues were read.
    pub read_at: Option<Timestamp>,
    /// What was compared with, and how it was read.
    pub queues: Vec<QueueRead>,
    /// What a reader should know beforehand, as `the clock is virtual: http://127.0.0.1:7700`.
    pub notes: Vec<String>,
    /// What each queue's vendor can do, for the names of its facts.
    pub capabilities: BTreeMap<QueueName, &'static Capabilities>,
    /// For a saved plan: its envelope, and why it is stale, where it is.
    pub saved: Option<(Envelope, Option<String>)>,
}

impl PlanContext {
    pub(super) fn capabilities_of(&self, queue: &QueueName) -> Option<&'static Capabilities> {
        self.capabilities.get(queue).copied()
    }
}

/// How one queue was read, for the head of a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueRead {
    /// The queue.
    pub queue: QueueName,
    /// How.
    pub way: Way,
    /// What that took, for a closer look.
    pub effort: Effort,
    /// Whether what its user has asked for himself was read as well.
    pub own: bool,
    /// Calls made, retries included.
    pub calls: u64,
    /// Rows received in lists.
    pub rows: u64,
    /// Rows that could not be read.
    pub unreadable: u64,
}

impl QueueRead {
    /// Every queue that was read, in the order of their names.
    #[must_use]
    pub fn all(observed: &Observed) -> Vec<Self> {
        let read = |(queue, reading): (&QueueName, &Reading)| match reading {
            Reading::Read(view) => Some(Self {
                queue: queue.clone(),
                way: view.way,
                effort: view.effort.clone(),
                own: view.own != Own::NotRead,
                calls: view.calls,
                rows: view.rows + own_rows(&view.own),
                unreadable: view.unreadable,
            }),
            Reading::Unread(_) => None,
        };
        observed.queues.iter().filter_map(read).collect()
    }

    /// How it was read, in words.
    #[must_use]
    pub fn how(&self) -> String {
        match (self.way, self.own) {
            (way, false) => way.to_string(),
            (Way::Nothing, true) => "its user's own requests".to_owned(),
            (way, true) => format!("{way} and its user's own requests"),
        }
    }

    /// Why it was read so, and what that took; nothing where there is nothing to say.
    pub(super) fn why(&self) -> Option<String> {
        let Effort {
            why,
            looked_up,
            at_once,
            took,
        } = &self.effort;
        let mut parts = Vec::new();
        parts.extend((!why.is_empty()).then(|| why.clone()));
        parts.extend((*at_once > 1).then(|| format!("up to {at_once} parts at once")));
        let listed = !matches!(self.way, Way::Points | Way::Nothing);
        parts.extend((listed && *looked_up > 0).then(|| format!("then {looked_up} by id")));
        parts.extend((*took >= LONG).then(|| format!("took {} s", took.as_secs())));
        (!parts.is_empty()).then(|| parts.join("; "))
    }
}

/// What is quicker than this needs no telling.
const LONG: Duration = Duration::from_secs(5);

fn own_rows(own: &Own) -> u64 {
    match own {
        Own::Read(requests) => u64::try_from(requests.len()).unwrap_or(u64::MAX),
        Own::NotRead | Own::Failed(_) => 0,
    }
}
