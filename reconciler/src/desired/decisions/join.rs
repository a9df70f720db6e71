//! Parts of the decision files become one `Desired`: ordered, and each request in it once.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::Written;
use super::block::Queues;
use super::split::{Block, BlockDigest};
use crate::desired::mistake::Mistake;
use crate::model::{
    Address, Decision, Desired, Duplicate, Place, ReleaseRequest, Resolve, Undecided, Words,
};

/// What one part of the files says.
#[derive(Debug, Default)]
pub(super) struct Parts {
    pub(super) named: Vec<Named>,
    pub(super) releases: Vec<ReleaseRequest>,
    pub(super) resolves: Vec<Resolve>,
    pub(super) mistakes: Vec<Mistake>,
    pub(super) blocks: BTreeMap<Place, BlockDigest>,
    pub(super) words: BTreeMap<Place, Words>,
}

/// A block that names a request.
#[derive(Debug)]
pub(super) enum Named {
    Decided(Arc<Decision>),
    Undecided(Undecided),
}

impl Named {
    fn address(&self) -> &Address {
        match self {
            Self::Decided(decision) => &decision.address,
            Self::Undecided(undecided) => &undecided.address,
        }
    }

    fn from(&self) -> &Place {
        match self {
            Self::Decided(decision) => &decision.from,
            Self::Undecided(undecided) => &undecided.from,
        }
    }
}

impl Parts {
    /// Takes what the next part says.
    pub(super) fn add(&mut self, part: Self) {
        let Self {
            mut named,
            mut releases,
            mut resolves,
            mut mistakes,
            blocks,
            words,
        } = part;
        self.named.append(&mut named);
        self.releases.append(&mut releases);
        self.resolves.append(&mut resolves);
        self.mistakes.append(&mut mistakes);
        // Not `append`: it rebuilds the whole map, which for thousands of small files is the cost of all of them squared.
        self.blocks.extend(blocks);
        self.words.extend(words);
    }

    /// Keeps the digests of one file's blocks.
    pub(super) fn digests(&mut self, file: &Arc<str>, blocks: Vec<Block>) {
        let placed = blocks.into_iter().map(
            |Block {
                 line,
                 column,
                 digest,
                 ..
             }| {
                let place = Place {
                    file: Arc::clone(file),
                    line,
                    column,
                };
                (place, digest)
            },
        );
        self.blocks.extend(placed);
    }

    /// All parts together. The same request twice is a `Duplicate`, also through two queues of one instance.
    pub(super) fn whole(self, files: Vec<Arc<str>>, queues: &Queues<'_>) -> Written {
        let Self {
            mut named,
            releases,
            mut resolves,
            mut mistakes,
            blocks,
            words,
        } = self;
        let key = |one: &Named| queues.instance(&one.address().queue);
        named.sort_unstable_by(|a, b| {
            let by_request = key(a)
                .cmp(&key(b))
                .then_with(|| a.address().id.cmp(&b.address().id));
            by_request.then_with(|| a.from().cmp(b.from()))
        });
        let mut desired = Desired::default();
        let mut rest = named.into_iter().peekable();
        while let Some(first) = rest.next() {
            let same =
                |next: &Named| key(next) == key(&first) && next.address().id == first.address().id;
            let mut places = Vec::new();
            while let Some(again) = rest.next_if(|next| same(next)) {
                places.push(again.from().clone());
            }
            match first {
                _ if !places.is_empty() => {
                    places.insert(0, first.from().clone());
                    let address = first.address().clone();
                    desired.duplicates.push(Duplicate { address, places });
                }
                Named::Decided(decision) => desired.decisions.push(decision),
                Named::Undecided(undecided) => desired.undecided.push(undecided),
            }
        }
        unique(releases, queues, &mut desired);
        desired
            .decisions
            .sort_unstable_by(|a, b| a.address.cmp(&b.address));
        desired
            .undecided
            .sort_unstable_by(|a, b| a.address.cmp(&b.address));
        desired
            .duplicates
            .sort_unstable_by(|a, b| a.address.cmp(&b.address));
        resolves.sort_by(|a, b| a.from.cmp(&b.from));
        desired.resolves = resolves;
        mistakes.sort();
        mistakes.dedup();
        Written {
            desired,
            mistakes,
            files,
            blocks,
            words,
        }
    }
}

/// Release requests, each key of an instance once; where it stands twice, nothing is filed for it.
fn unique(mut releases: Vec<ReleaseRequest>, queues: &Queues<'_>, desired: &mut Desired) {
    let key = |one: &ReleaseRequest| {
        let instance = queues.instance(&one.address.queue);
        (instance, one.address.id.clone())
    };
    releases.sort_by(|a, b| (key(a), &a.from).cmp(&(key(b), &b.from)));
    for same in releases.chunk_by(|a, b| key(a) == key(b)) {
        match same {
            [one] => desired.releases.push(one.clone()),
            [first, ..] => desired.duplicates.push(Duplicate {
                address: first.address.clone(),
                places: same.iter().map(|one| one.from.clone()).collect(),
            }),
            [] => {}
        }
    }
    desired.releases.sort_by(|a, b| a.address.cmp(&b.address));
}

/// `work` on every item, on several threads where there are at least `many`; results in the order of the items.
pub(super) fn in_order<T: Sync, R: Send>(
    items: &[T],
    many: usize,
    work: impl Fn(&T) -> R + Sync,
) -> Vec<R> {
    let threads = std::thread::available_parallelism()
        .map_or(1, usize::from)
        .min(8);
    if items.len() < many.max(2) || threads < 2 {
        return items.iter().map(work).collect();
    }
    let next = AtomicUsize::new(0);
    let done: Mutex<Vec<(usize, R)>> = Mutex::new(Vec::with_capacity(items.len()));
    std::thread::scope(|scope| {
        for _ in 0..threads.min(items.len()) {
            scope.spawn(|| {
                while let Some((index, item)) = {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    items.get(index).map(|item| (index, item))
                } {
                    let result = work(item);
                    done.lock()
                        .unwrap_or_else(PoisonError::into_inner)
                        .push((index, result));
                }
            });
        }
    });
    let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.sort_unstable_by_key(|(index, _)| *index);
    done.into_iter().map(|(_, result)| result).collect()
}
