//! The rules of Ekran: what the console processes, what expires. No I/O, no clock.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

use super::generate::Block;
use super::request::{Request, Status};
use crate::clock::Fired;
use crate::dialect::Dialects;
use crate::seed;
use crate::vendors::{Deed, DeedKind, Ground, Vendor};

/// The operators of every world: the document's, and one for the tool's own people.
const OPERATORS: [&str; 2] = ["admin", "countersign"];

/// The instance.
#[derive(Clone, Debug)]
pub(super) struct State {
    pub(super) seed: u64,
    pub(super) dialects: Dialects,
    pub(super) api_key: String,
    pub(super) operators: Vec<String>,
    /// Stored requests: given or submitted.
    pub(super) rows: BTreeMap<u64, Request>,
    /// Generated history, in the order of its ids.
    pub(super) blocks: Vec<Block>,
    pub(super) names: BTreeMap<String, u64>,
    pub(super) next_id: u64,
    /// What expires, and which row.
    agenda: BTreeSet<(Timestamp, u64)>,
}

impl State {
    pub(super) fn new(ground: &Ground) -> Self {
        let seed = ground.seed;
        Self {
            seed,
            dialects: ground.dialects.clone(),
            api_key: derived_key(seed),
            operators: OPERATORS.map(str::to_owned).into(),
            rows: BTreeMap::new(),
            blocks: Vec::new(),
            names: BTreeMap::new(),
            next_id: 100 + seed::derive(seed, "ekran/first-id", 0) % 900,
            agenda: BTreeSet::new(),
        }
    }

    /// The request of this id, stored or generated.
    pub(super) fn row(&self, id: u64) -> Option<Request> {
        let made = || {
            let block = self.blocks.iter().find(|block| block.holds(id))?;
            Some(block.row(id - block.first))
        };
        self.rows.get(&id).cloned().or_else(made)
    }

    /// Puts a row in, and when it expires on the agenda.
    pub(super) fn store(&mut self, row: Request) {
        if let Some(due) = self.due(&row) {
            self.agenda.insert((due, row.id));
        }
        self.rows.insert(row.id, row);
    }

    /// Alters a stored row; answers it as it is then.
    pub(super) fn change(&mut self, id: u64, alter: impl FnOnce(&mut Request)) -> Option<Request> {
        let mut row = self.rows.get(&id)?.clone();
        if let Some(due) = self.due(&row) {
            self.agenda.remove(&(due, id));
        }
        alter(&mut row);
        self.store(row.clone());
        Some(row)
    }

    fn due(&self, row: &Request) -> Option<Timestamp> {
        let hours = match self.dialects.chosen("ekran.pending-expires") {
            "1-hour" => 1,
            "never" => return None,
            _ => 24,
        };
        let due = row
            .requested_at
            .saturating_add(SignedDuration::from_hours(hours));
        (row.status == Status::Pending).then(|| due.unwrap_or(Timestamp::MAX))
    }

    /// Brings about what is due until `now`, in order.
    pub(super) fn settle(&mut self, now: Timestamp) -> Vec<Fired> {
        let mut fired = Vec::new();
        while let Some((due, id)) = self.agenda.first().copied().filter(|(due, _)| *due <= now) {
            self.agenda.remove(&(due, id));
            let Some(row) = self.rows.get_mut(&id) else {
                continue;
            };
            row.status = Status::Expired;
            row.changed_at = Some(due);
            fired.push(Fired {
                vendor: Vendor::Ekran.slug(),
                kind: "request-expired",
                at: due,
                object: Some(id.to_string()),
                count: 1,
            });
        }
        fired
    }

    /// An operator processes a request in the console.
    pub(super) fn process(
        &mut self,
        id: u64,
        approve: bool,
        by: &str,
        comment: Option<String>,
        now: Timestamp,
    ) -> Deed {
        let status = if approve {
            Status::Approved
        } else {
            Status::Denied
        };
        self.change(id, |row| {
            row.status = status;
            row.changed_at = Some(now);
            row.changed_by = Some(by.to_owned());
            row.comment = comment;
        });
        Deed {
            kind: DeedKind::Effect,
            object: id.to_string(),
            verdict: if approve { "approve" } else { "deny" },
            by: Some(by.to_owned()),
            state: status.word().to_owned(),
            because: None,
        }
    }

    /// How many requests of each status there are.
    pub(super) fn counts(&self) -> BTreeMap<&'static str, u64> {
        let mut counts = BTreeMap::new();
        for row in self.rows.values() {
            *counts.entry(row.status.word()).or_default() += 1;
        }
        for block in &self.blocks {
            *counts.entry("generated").or_default() += block.count;
        }
        counts
    }
}

// A key of the vendor's kind: full of punctuation, which headers may hold and shells may not.
fn derived_key(seed: u64) -> String {
    const LETTERS: &[u8] = b"xJtsCNcpjl0123456789ABDEFGHIKLMabdefghik)l+]}(@_|!#$%&*-./:;<=>?[^{~,";
    const PUNCTUATION: &[u8] = b")+]}(@_|!";
    let one = |place: u64| {
        let alphabet = if place.is_multiple_of(4) {
            PUNCTUATION
        } else {
            LETTERS
        };
        char::from(*seed::pick(seed, "ekran/api-key", place, alphabet))
    };
    (0..48).map(one).collect()
}
