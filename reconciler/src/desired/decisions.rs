//! Decision files: found, read and checked into `Desired`, every mistake of every file at once.
//!
//! They come from a pull request, so nothing in them is trusted: not their names, not their links, not
//! their characters. A block without a mistake is kept even beside one with mistakes: deny and revoke
//! go on while a broken file elsewhere is being mended.

mod block;
mod find;
mod join;
mod lines;
mod naming;
mod permit;
mod pieces;
mod release;
mod resolve;
mod schema;
mod split;
#[cfg(test)]
mod tests;
mod values;
mod words;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use super::mistake::Mistake;
use crate::model::{Desired, Place, Terms, Words};

pub(super) use block::KEYS as DECISION_KEYS;
pub use find::{check_glob, covered, covers};
pub(super) use permit::KEYS as PERMIT_KEYS;
pub use pieces::{Piece, Pieces};
pub(super) use release::KEYS as RELEASE_KEYS;
pub(super) use resolve::KEYS as RESOLVE_KEYS;
pub use schema::schema;
pub use split::{Block, BlockDigest, block_ends, blocks};

/// What the decision files say.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Written {
    /// Every block without a mistake.
    pub desired: Desired,
    /// Every mistake, in reading order. Any of them stops everything but the safe direction.
    pub mistakes: Vec<Mistake>,
    /// The files that were read, in reading order.
    pub files: Vec<Arc<str>>,
    /// The exact bytes of each block of `desired`, by the place where it begins; only where asked for.
    pub blocks: BTreeMap<Place, BlockDigest>,
    /// What each block that names a request says, by the place where it begins; only where asked for.
    pub words: BTreeMap<Place, Words>,
}

/// What is kept of every block beside what it means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Keep {
    /// Nothing.
    Nothing,
    /// The digest of its bytes, for `[review] ref`.
    Digests,
    /// Its words too, for `--base`.
    Words,
}

/// Reads all decision files below `root` that one of `globs` names. `queues` are all configured ones.
///
/// Files are read in the order of their names; links are followed as long as they stay below `root`.
#[must_use]
pub fn read(root: &Path, globs: &[String], queues: &[Terms], keep: Keep) -> Written {
    let (files, mistakes) = find::files(root, globs);
    let mut parts = join::Parts {
        mistakes,
        ..join::Parts::default()
    };
    let names = files.iter().map(|file| Arc::clone(&file.name)).collect();
    let queues = block::Queues::new(queues);
    for part in join::in_order(&files, 32, |file| file_parts(file, &queues, keep)) {
        parts.add(part);
    }
    parts.whole(names, &queues)
}

/// Reads the texts of decision files that are not on the disk, as they stand somewhere in Git, by name.
#[must_use]
pub fn parse_all(files: &[(Arc<str>, String)], queues: &[Terms], keep: Keep) -> Written {
    let queues = block::Queues::new(queues);
    let mut parts = join::Parts::default();
    for part in join::in_order(files, 32, |(name, text)| {
        text_parts(name, text, &queues, keep)
    }) {
        parts.add(part);
    }
    let names = files.iter().map(|(name, _)| Arc::clone(name)).collect();
    parts.whole(names, &queues)
}

/// Reads the text of one decision file; `.jsonl` files are read as such by their name.
#[must_use]
pub fn parse(file: &str, text: &str, queues: &[Terms], keep: Keep) -> Written {
    let name: Arc<str> = file.into();
    let queues = block::Queues::new(queues);
    let parts = text_parts(&name, text, &queues, keep);
    parts.whole(vec![name], &queues)
}

fn file_parts(file: &find::File, queues: &block::Queues<'_>, keep: Keep) -> join::Parts {
    match file.text() {
        Ok(text) => text_parts(&file.name, &text, queues, keep),
        Err(mistake) => join::Parts {
            mistakes: vec![mistake],
            ..join::Parts::default()
        },
    }
}

fn text_parts(name: &Arc<str>, text: &str, queues: &block::Queues<'_>, keep: Keep) -> join::Parts {
    let text = super::source::without_mark(text);
    let mut parts = if is_lines(name) {
        lines::read(name, text, queues, keep)
    } else {
        let mut parts = join::Parts::default();
        let chunks = split::chunks(text);
        for part in join::in_order(&chunks, 2, |chunk| block::read(name, chunk, queues, keep)) {
            parts.add(part);
        }
        if keep >= Keep::Digests {
            parts.digests(name, blocks(text));
        }
        parts
    };
    parts.mistakes.extend(values::misleading(name, text));
    parts
}

fn is_lines(name: &str) -> bool {
    name.rsplit_once('.')
        .is_some_and(|(_, ending)| ending.eq_ignore_ascii_case("jsonl"))
}
