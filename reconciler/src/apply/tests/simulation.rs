//! Seeded worlds in which everything goes wrong that can, and the promises that hold in each of them.
//!
//! Several queues of different repeat classes, up to two runs at once and some more after them, a network that loses
//! calls before they act and answers after, delivers late, or shows what cannot be read; a disk that fails and tears;
//! crashes at any step, signals, a human, requests that change. At last a calm run, to its end. What happened goes
//! into a journal ([`world`]); whether that was right is said by somebody else ([`checker`]).
//!
//! More seeds: `SEEDS=1000000 cargo test --release -p reconciler --lib simulation -- --nocapture`.
//! One seed, with its story: `SEED=17 cargo test -p reconciler --lib simulation::every -- --nocapture`.

mod checker;
mod journal;
mod world;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use super::stage::new_ledger;
use checker::{Broken, check};
use journal::Event;
use world::{ALL, Guards, World};

const SEEDS: u64 = 20_000;

/// What happened in all worlds together, so that nobody believes in worlds in which nothing happens.
#[derive(Debug, Default)]
struct Seen {
    calls: AtomicUsize,
    acts: AtomicUsize,
    crashes: AtomicUsize,
    tears: AtomicUsize,
    signals: AtomicUsize,
    humans: AtomicUsize,
}

impl Seen {
    fn count(&self, journal: &[Event]) {
        for event in journal {
            let counter = match event {
                Event::Calls { .. } => &self.calls,
                Event::Acts { .. } => &self.acts,
                Event::Dies { .. } => &self.crashes,
                Event::Tears { .. } => &self.tears,
                Event::Signal { .. } => &self.signals,
                Event::Human { .. } => &self.humans,
                Event::Starts { .. }
                | Event::Shows { .. }
                | Event::Refused { .. }
                | Event::Says { .. }
                | Event::Ends { .. } => continue,
            };
            counter.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// Plays one world, and checks it.
fn one(seed: u64, guards: Guards, init: &Arc<[u8]>) -> (Vec<Event>, Result<(), Broken>) {
    let world = World::new(seed, guards, init).play();
    let ledger = world.file.lock().unwrap().bytes.clone();
    let checked = check(&world.journal, &ledger);
    (world.journal, checked)
}

/// The first seed below the bound that breaks a promise, over all cores.
fn first_broken(seeds: u64, guards: Guards, seen: &Seen) -> Option<(u64, String)> {
    let init: Arc<[u8]> = new_ledger().into();
    let next = AtomicU64::new(0);
    let search = || {
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= seeds {
                return None;
            }
            let played = catch_unwind(AssertUnwindSafe(|| one(seed, guards, &init)));
            let how = match played {
                Ok((journal, Ok(()))) => {
                    seen.count(&journal);
                    continue;
                }
                Ok((_, Err((promise, how)))) => format!("promise {promise}: {how}"),
                Err(_) => "it panics".to_owned(),
            };
            next.fetch_add(seeds, Ordering::Relaxed);
            return Some((seed, how));
        }
    };
    let cores = std::thread::available_parallelism().map_or(2, usize::from);
    std::thread::scope(|scope| {
        let searches: Vec<_> = (0..cores).map(|_| scope.spawn(search)).collect();
        let found = searches
            .into_iter()
            .filter_map(|search| search.join().unwrap());
        found.min()
    })
}

#[expect(
    clippy::disallowed_methods,
    reason = "how long to search is for whoever runs the tests"
)]
fn asked(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(text.parse().expect("a number"))
}

fn story(seed: u64, guards: Guards) -> String {
    let (journal, checked) = one(seed, guards, &new_ledger().into());
    let lines: Vec<String> = journal.iter().map(|event| format!("{event:?}\n")).collect();
    format!("{}{checked:?}", lines.concat())
}

#[test]
fn every_world_keeps_the_promises() {
    if let Some(seed) = asked("SEED") {
        println!("{}", story(seed, ALL));
    }
    let seen = Seen::default();
    let seeds = asked("SEEDS").unwrap_or(SEEDS);
    if let Some((seed, how)) = first_broken(seeds, ALL, &seen) {
        panic!(
            "seed {seed}: {how}; its story: SEED={seed} SEEDS=0 cargo test -p reconciler --lib simulation::every -- --nocapture"
        );
    }
    println!("{seeds} seeds: {seen:?}");
}

/// The same search with one safeguard off finds the promise broken that this safeguard keeps.
#[test]
#[rustfmt::skip]
fn each_safeguard_is_missed_once_it_is_off() {
    let off: [(&str, Guards, u8); 7] = [
        ("the lock, by the ledger", Guards { lock: false, ..ALL }, 12),
        ("the lock, by the vendor", Guards { lock: false, ..ALL }, 2),
        ("the memory", Guards { remembers: false, ..ALL }, 2),
        ("the sync", Guards { syncs: false, ..ALL }, 1),
        ("the pre-check", Guards { pre_check: false, ..ALL }, 4),
        ("the read-back", Guards { read_back: false, ..ALL }, 3),
        ("never again", Guards { never_again: false, ..ALL }, 2),
    ];
    let init: Arc<[u8]> = new_ledger().into();
    for (name, guards, keeps) in off {
        let breaks = |seed: &u64| {
            let (_, checked) = one(*seed, guards, &init);
            checked.is_err_and(|(promise, _)| promise == keeps)
        };
        let found = (0..5000).find(breaks);
        println!("{name}: promise {keeps} is broken with seed {found:?}");
        assert!(found.is_some(), "{name}: not missed");
    }
}
