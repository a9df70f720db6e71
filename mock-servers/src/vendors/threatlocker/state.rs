//! What ThreatLocker holds, and how a request is found. Deciding is `permitting.rs` and `rejecting.rs`. No I/O, no clock.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::estate::Estate;
use super::generate::Block;
use super::people::{Permission, User, first_users};
use super::refusal::{NOT_FOUND, OUT_OF_SCOPE, Refusal};
use super::request::{Request, Status};
use crate::dialect::Dialects;
use crate::vendors::Ground;

/// What ends at its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Ending {
    Mode,
    Elevation,
    Policy,
}

/// The instance.
#[derive(Clone, Debug)]
pub(crate) struct State {
    pub(crate) seed: u64,
    pub(crate) dialects: Dialects,
    pub(crate) users: Vec<User>,
    pub(crate) estate: Estate,
    /// Stored requests: given, submitted, or generated and touched.
    pub(crate) rows: BTreeMap<String, Request>,
    /// Generated queues.
    pub(crate) blocks: Vec<Block>,
    /// Rows of each generated queue that are stored.
    pub(crate) touched: Vec<BTreeSet<u64>>,
    pub(crate) names: BTreeMap<String, String>,
    /// How many requests were added.
    pub(super) added: u64,
    /// How many GUIDs permits have used up.
    pub(super) written: u64,
    /// How many refusals the vendor's log has.
    pub(super) logged: u64,
    /// What is due, of which policy.
    pub(super) agenda: BTreeSet<(Timestamp, usize, Ending)>,
}

/// Who calls, and for which organization.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    pub(crate) user: User,
    pub(crate) managed: String,
}

impl State {
    pub(crate) fn new(ground: &Ground) -> Self {
        let estate = Estate::new(ground.seed);
        Self {
            seed: ground.seed,
            dialects: ground.dialects.clone(),
            users: first_users(ground.seed, &estate.root),
            estate,
            rows: BTreeMap::new(),
            blocks: Vec::new(),
            touched: Vec::new(),
            names: BTreeMap::new(),
            added: 0,
            written: 0,
            logged: 0,
            agenda: BTreeSet::new(),
        }
    }

    /// The user of this name or address.
    pub(crate) fn user(&self, text: &str) -> Option<&User> {
        self.users.iter().find(|user| user.is_called(text))
    }

    /// A request by its canonical id.
    pub(crate) fn row(&self, id: &str) -> Option<Request> {
        self.rows.get(id).cloned().or_else(|| {
            let mut blocks = self.blocks.iter();
            blocks.find_map(|block| Some(block.row(block.index(id)?)))
        })
    }

    /// Changes a request, storing it if it was generated; what it is afterwards.
    pub(super) fn change(
        &mut self,
        id: &str,
        change: impl FnOnce(&mut Request),
    ) -> Option<Request> {
        if !self.rows.contains_key(id) {
            let places = self.blocks.iter().enumerate();
            let mut found = places.filter_map(|(place, block)| Some((place, block.index(id)?)));
            let (place, index) = found.next()?;
            let row = self.blocks[place].row(index);
            self.touched[place].insert(index);
            self.rows.insert(id.to_owned(), row);
        }
        let row = self.rows.get_mut(id)?;
        change(row);
        Some(row.clone())
    }

    /// A request that this call may name: it exists and is the managed organization's.
    ///
    /// From: each operation on one request: the header is set to the organization that contains it.
    pub(crate) fn found(&self, caller: &Caller, id: &str) -> Result<Request, Refusal> {
        let unknown = || Refusal::named(self.dialects.chosen("threatlocker.unknown-id"), NOT_FOUND);
        let row = self.row(id);
        let row = row.filter(|row| row.status != Status::Withdrawn);
        let row = row.ok_or_else(unknown)?;
        if row.organization == caller.managed {
            return Ok(row);
        }
        let own = &caller.user.organization;
        let within = self.estate.is_within(&row.organization, &caller.managed)
            && self.estate.is_within(&row.organization, own);
        match self.dialects.chosen("threatlocker.other-organization") {
            "found" if within => Ok(row),
            "404" => Err(Refusal::new(404, NOT_FOUND)),
            _ => Err(Refusal::new(403, OUT_OF_SCOPE)),
        }
    }

    /// Refuses a caller without any permission of these lists.
    pub(crate) fn needs(&self, caller: &Caller, lists: &[&[Permission]]) -> Result<(), Refusal> {
        if caller.user.has_any(lists) {
            return Ok(());
        }
        let titles: Vec<&str> = lists
            .iter()
            .flat_map(|list| list.iter())
            .map(|one| one.title())
            .collect();
        Err(self.lacks(&titles.join(", ")))
    }

    /// The refusal of somebody without a permission.
    ///
    /// From: public clients, seen live: the words.
    pub(crate) fn lacks(&self, titles: &str) -> Refusal {
        Refusal::named(
            self.dialects.chosen("threatlocker.missing-permission"),
            &format!("Missing the '{titles}' permission"),
        )
    }

    /// Whether operations whose permissions are not written need those of their siblings.
    pub(crate) fn as_siblings(&self) -> bool {
        self.dialects
            .is("threatlocker.undocumented-permissions", "as-siblings")
    }

    /// How many requests of each status there are.
    pub(crate) fn counts(&self) -> BTreeMap<&'static str, u64> {
        let mut counts = BTreeMap::new();
        for row in self.rows.values() {
            *counts.entry(row.status.word()).or_default() += 1;
        }
        for (block, touched) in self.blocks.iter().zip(&self.touched) {
            *counts.entry(Status::Pending.word()).or_default() +=
                block.count - touched.len() as u64;
        }
        counts.retain(|_, count| *count > 0);
        counts
    }
}
