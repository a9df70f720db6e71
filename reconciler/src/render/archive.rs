//! What `archive` moved, and why the rest stays, in words.

use std::collections::BTreeMap;

use super::escape::Hostile;
use super::layout::{Page, Role, Style};
use crate::model::{Address, Place, counted};

/// Why a block leaves the decision files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Goes {
    /// Its outcome is there.
    Settled,
    /// It is past its `expires`.
    Inert,
    /// The ledger knows how the call that it speaks of ended.
    Resolved,
}

impl Goes {
    fn word(self) -> &'static str {
        match self {
            Self::Settled => "settled",
            Self::Inert => "inert",
            Self::Resolved => "resolved",
        }
    }
}

/// Why a block stays, the gravest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stays {
    /// A call of ours may or may not have arrived.
    InDoubt,
    /// A person must look.
    Blocked,
    /// Where it stands is not known.
    Unread,
    /// What it granted holds, and can be taken back by this very block.
    Live,
    /// Our vote is there, and others have yet to decide.
    Awaited,
    /// Time will tell.
    Waiting,
    /// `apply` has still to do it.
    ToDo,
    /// Nothing left to do, but not settled.
    Lapsed,
    /// Nobody has decided it.
    Undecided,
    /// The vendor shows what was processed for good.
    Listed,
    /// It has not been over for long enough.
    Young,
    /// Somebody else settled it, and since when is not shown.
    Undated,
    /// It stands in a `.jsonl` file.
    ReadOnly,
    /// It cannot be taken out of its file.
    Together,
    /// Somebody wrote in it meanwhile.
    Changed,
}

impl Stays {
    fn why(self) -> &'static str {
        match self {
            Self::InDoubt => "in doubt: `countersign apply` reads them again",
            Self::Blocked => "blocked: a person must look (`countersign status`)",
            Self::Unread => "not known: where they stand could not be read",
            Self::Live => {
                "live: what they granted can be taken back, by changing the verdict in place"
            }
            Self::Awaited => "awaited: our vote is recorded, and others have yet to decide",
            Self::Waiting => "waiting: time will tell",
            Self::ToDo => "still to do: `countersign apply`",
            Self::Lapsed => "lapsed: inert once they expire",
            Self::Undecided => {
                "undecided: `countersign draft --prune` removes those whose request is gone"
            }
            Self::Listed => {
                "listed: their vendor goes on showing them, and without a file they would be drafted again"
            }
            Self::Young => "not over for as long as --older-than asks",
            Self::Undated => "settled by others: since when is not shown; inert once they expire",
            Self::ReadOnly => "in .jsonl files: nothing is written there",
            Self::Together => "in a file that nothing can be taken out of, as told above",
            Self::Changed => "changed meanwhile: run it again",
        }
    }
}

/// What became of all blocks.
#[derive(Clone, Debug, Default)]
pub struct Account {
    /// How many left.
    pub moved: BTreeMap<Goes, usize>,
    /// Which stay.
    pub stays: BTreeMap<Stays, Vec<(Address, Place)>>,
    /// How many files have blocks that could not be moved.
    pub failed: usize,
}

/// As in `2 settled, 1 inert`.
#[must_use]
pub fn kinds(all: impl IntoIterator<Item = Goes>) -> String {
    let mut counts: BTreeMap<Goes, usize> = BTreeMap::new();
    for one in all {
        *counts.entry(one).or_default() += 1;
    }
    told(&counts)
}

fn told(counts: &BTreeMap<Goes, usize>) -> String {
    let counts = counts
        .iter()
        .map(|(goes, count)| format!("{count} {}", goes.word()));
    counts.collect::<Vec<_>>().join(", ")
}

/// What moved and what stays; each block that stays where `verbose` is asked for.
#[must_use]
pub fn text(account: &Account, style: Style) -> String {
    let Account {
        moved,
        stays,
        failed,
    } = account;
    let mut page = Page::new(style);
    let all = moved.values().sum();
    let line = match (all, *failed) {
        (0, 0) => "Nothing to archive.".to_owned(),
        (0, failed) => format!(
            "Nothing moved: the blocks of {} could not be.",
            counted(failed, "file")
        ),
        (_, _) => format!("Archived: {} ({}).", counted(all, "block"), told(moved)),
    };
    page.exact(Role::Title, &line);
    let staying: usize = stays.values().map(Vec::len).sum();
    if staying > 0 {
        page.exact(Role::Plain, &format!("Stay ({staying}):"));
    }
    for (why, blocks) in stays {
        let lead = format!("  {:>4}  ", blocks.len());
        page.hanging((Role::Plain, &lead), why.why(), 8);
        for (address, place) in blocks.iter().filter(|_| style.verbose) {
            let place = place.to_string();
            let place = Hostile::from(&place).terminal();
            let address = address.to_string();
            let address = Hostile::from(&address).terminal();
            page.exact(Role::Plain, &format!("          {address}  {place}"));
        }
    }
    page.finish()
}
