//! What a branch adds: each request's blocks as they stand now against those on the base. Pure.
//!
//! A request is found again by its address, wherever its block stands, and its blocks are the same where they say
//! the same: a block that was moved, or laid out anew, is carried over.

use std::collections::BTreeMap;
use std::fmt;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Plan;
use crate::model::{
    Address, Aim, Decision, Desired, Past, Place, QueueName, ReleaseRequest, Terms, Verdict, Words,
};

/// What `--base` says about the decision files, as a part of the plan. No digest depends on it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Base {
    /// What was compared with, as it was given.
    #[serde(rename = "ref")]
    pub reference: String,
    /// The commit where the branch began: what was really compared with.
    pub commit: String,
    /// Every request that the files name, ordered by address.
    pub lines: Vec<Scoped>,
    /// Decisions that no file has any more and that may not have been carried out, ordered by address.
    pub removed: Vec<Removed>,
}

/// What the branch did to the blocks of one request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Scoped {
    /// The request.
    #[serde(flatten)]
    pub address: Address,
    /// In a word.
    pub scope: Scope,
    /// Where it stands now.
    pub from: Place,
    /// What a modified block says otherwise, by key.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub edits: Vec<Edit>,
}

/// What `--base` says about one request.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Scope {
    /// The base does not name it.
    Introduced,
    /// The base says something else about it.
    Modified,
    /// The base says the same.
    CarriedOver,
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Introduced => "introduced",
            Self::Modified => "modified",
            Self::CarriedOver => "carried over",
        })
    }
}

/// One value of a block that was edited.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Edit {
    /// Its key, as in `guard.user`.
    pub key: String,
    /// On the base; nothing where it has no such key.
    pub was: Option<String>,
    /// Now; nothing where the key is gone.
    pub is: Option<String>,
}

/// A decision that stands on the base only.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Removed {
    /// The request.
    #[serde(flatten)]
    pub address: Address,
    /// What was decided.
    pub verdict: Verdict,
    /// For which ticket.
    pub ticket: String,
    /// Where it stood.
    pub from: Place,
}

/// The decision files as they stand somewhere.
#[derive(Clone, Copy, Debug)]
pub struct Files<'a> {
    /// What they mean.
    pub desired: &'a Desired,
    /// What each block says, by the place where it begins.
    pub words: &'a BTreeMap<Place, Words>,
}

/// Each request's blocks, in reading order, with what they say.
type Blocks<'a> = BTreeMap<&'a Address, Vec<(&'a Place, Option<&'a Words>)>>;

impl<'a> Files<'a> {
    fn blocks(self) -> Blocks<'a> {
        let Self { desired, words } = self;
        let decisions = desired
            .decisions
            .iter()
            .map(|one| (&one.address, &one.from));
        let undecided = desired
            .undecided
            .iter()
            .map(|one| (&one.address, &one.from));
        let releases = desired.releases.iter().map(|one| (&one.address, &one.from));
        let duplicates = desired.duplicates.iter();
        let duplicates =
            duplicates.flat_map(|one| one.places.iter().map(|place| (&one.address, place)));
        let mut blocks = Blocks::new();
        for (address, from) in decisions.chain(undecided).chain(releases).chain(duplicates) {
            let said = (from, words.get(from));
            blocks.entry(address).or_default().push(said);
        }
        blocks
    }
}

/// Compares the files as they stand now with those on the base.
///
/// What is past its `expires` at `now` is not missed.
#[must_use]
pub fn against(stands: Files<'_>, base: Files<'_>, now: Timestamp) -> Base {
    let (blocks, before) = (stands.blocks(), base.blocks());
    let lines = blocks.iter().filter_map(|(address, blocks)| {
        let (from, _) = blocks.first()?;
        let (scope, edits) = scope(before.get(address).map(Vec::as_slice), blocks);
        Some(Scoped {
            address: (*address).clone(),
            scope,
            from: (*from).clone(),
            edits,
        })
    });
    let gone = decided(base.desired)
        .into_iter()
        .filter(|(one, expires)| *expires > now && !blocks.contains_key(&one.address));
    let mut removed: Vec<Removed> = gone.map(|(one, _)| one).collect();
    removed.sort_by(|a, b| a.address.cmp(&b.address));
    Base {
        lines: lines.collect(),
        removed,
        ..Base::default()
    }
}

type Said<'a> = (&'a Place, Option<&'a Words>);

fn scope(before: Option<&[Said<'_>]>, now: &[Said<'_>]) -> (Scope, Vec<Edit>) {
    let Some(before) = before else {
        return (Scope::Introduced, Vec::new());
    };
    let said = |blocks: &[Said<'_>]| {
        // A block whose words nobody kept is like no other.
        let mut said: Option<Vec<Words>> = blocks.iter().map(|(_, words)| words.cloned()).collect();
        if let Some(said) = &mut said {
            said.sort();
        }
        said
    };
    match (said(before), said(now)) {
        (Some(was), Some(is)) if was == is => (Scope::CarriedOver, Vec::new()),
        (Some(was), Some(is)) => match (was.as_slice(), is.as_slice()) {
            ([was], [is]) => (Scope::Modified, edits(was, is)),
            (was, is) => (Scope::Modified, vec![blocks(was.len(), is.len())]),
        },
        _ => (Scope::Modified, Vec::new()),
    }
}

/// The keys in which two blocks differ.
fn edits(was: &Words, is: &Words) -> Vec<Edit> {
    let added = is.keys().filter(|key| !was.contains_key(*key));
    let mut keys: Vec<&String> = was.keys().chain(added).collect();
    keys.sort();
    let edit = |key: &String| {
        let (was, is) = (was.get(key).cloned(), is.get(key).cloned());
        (was != is).then(|| Edit {
            key: key.clone(),
            was,
            is,
        })
    };
    keys.into_iter().filter_map(edit).collect()
}

/// A request that is named more or less often than before.
fn blocks(was: usize, is: usize) -> Edit {
    Edit {
        key: "blocks".to_owned(),
        was: Some(was.to_string()),
        is: Some(is.to_string()),
    }
}

/// What the blocks of one place had decided, and until when.
fn decided(desired: &Desired) -> Vec<(Removed, Timestamp)> {
    let decision = |one: &Decision| {
        let removed = Removed {
            address: one.address.clone(),
            verdict: one.verdict,
            ticket: one.ticket.clone(),
            from: one.from.clone(),
        };
        (removed, one.expires)
    };
    let release = |one: &ReleaseRequest| {
        let verdict = match one.aim {
            Aim::Open => Verdict::File,
            Aim::CheckedIn => Verdict::CheckIn,
        };
        decision(&one.decision(verdict))
    };
    let releases = desired.releases.iter().map(release);
    let decisions = desired.decisions.iter().map(|one| decision(one));
    decisions.chain(releases).collect()
}

impl Base {
    /// Forgets decisions that were taken out after they had been carried out, as the ledger has it: they are
    /// not missed. What the vendor shows was not asked for.
    pub fn forget_done(&mut self, terms: &BTreeMap<QueueName, Terms>, past: &Past) {
        self.removed.retain(|one| {
            let done = terms.get(&one.address.queue).is_some_and(|terms| {
                let identity = terms.identity(&one.address.id);
                let user = terms.deciding.user();
                let ended = past.final_outcome(&identity, one.verdict, user.as_deref());
                ended.is_some()
            });
            !done
        });
    }

    /// What the branch did to a request's blocks.
    #[must_use]
    pub fn line(&self, address: &Address) -> Option<&Scoped> {
        let found = self
            .lines
            .binary_search_by(|line| line.address.cmp(address));
        found.ok().and_then(|at| self.lines.get(at))
    }

    /// A request that no file names is one that was sent before: its own block may have been taken out here.
    #[must_use]
    pub fn scope(&self, address: &Address) -> Scope {
        let is_removed = || self.removed.iter().any(|one| one.address == *address);
        match self.line(address) {
            Some(line) => line.scope,
            None if is_removed() => Scope::Modified,
            None => Scope::CarriedOver,
        }
    }

    /// How many requests are introduced, modified and carried over.
    #[must_use]
    pub fn counts(&self) -> [(Scope, usize); 3] {
        [Scope::Introduced, Scope::Modified, Scope::CarriedOver].map(|scope| {
            let lines = self.lines.iter().filter(|line| line.scope == scope);
            (scope, lines.count())
        })
    }
}

impl Plan {
    /// What `--base` says about a line; nothing where no base was given.
    #[must_use]
    pub fn scope(&self, address: &Address) -> Option<Scope> {
        self.base.as_ref().map(|base| base.scope(address))
    }

    /// Whether exit codes and gates count a line: with a base, those that the branch adds or modifies.
    #[must_use]
    pub fn counts_for_exit(&self, address: &Address) -> bool {
        self.scope(address) != Some(Scope::CarriedOver)
    }
}
