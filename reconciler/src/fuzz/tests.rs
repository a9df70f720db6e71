//! The corpora of `fuzz/corpus`, replayed: as they are, cut at every byte, and mutated from one seed.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use super::{TARGETS, Target};

/// Mutations of each target.
const CASES: u64 = 3000;

/// The next 64 bits (splitmix64).
fn next(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mixed = (*state ^ (*state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

fn below(state: &mut u64, bound: usize) -> usize {
    let bound = u64::try_from(bound.max(1)).unwrap_or(u64::MAX);
    usize::try_from(next(state) % bound).unwrap_or_default()
}

/// Pieces that parsers and readers stumble over.
const PIECES: [&[u8]; 30] = [
    b"\"",
    b"\\",
    b"{",
    b"}",
    b"[",
    b"]",
    b",",
    b":",
    b"null",
    b"-0",
    b"1e400",
    b"18446744073709551616",
    b"\\ud800",
    b"\\u0000",
    b"\xff",
    b"\xef\xbb\xbf",
    b"\xe2\x80\xae",
    b"\x1b[2J",
    b"\r\n",
    b"::error::",
    b"##[x]",
    b"`",
    b"|",
    b"'''",
    b"\"\"\"",
    b"[[decision]]\n",
    b"=",
    b"#",
    b"\xcc\x81\xcc\x81\xcc\x81\xcc\x81",
    b"<!-- ",
];

/// One to four changes of one seed.
fn mutated(seeds: &[Vec<u8>], state: &mut u64) -> Vec<u8> {
    let mut data = seeds[below(state, seeds.len())].clone();
    for _ in 0..=below(state, 4) {
        let at = below(state, data.len() + 1);
        let end = (at + 1 + below(state, 16)).min(data.len());
        match below(state, 7) {
            0 => data.truncate(at),
            1 => drop(data.drain(at..end.max(at))),
            2 => drop(data.splice(at..at, PIECES[below(state, PIECES.len())].iter().copied())),
            3 => drop(data.splice(
                at..end.max(at),
                PIECES[below(state, PIECES.len())].iter().copied(),
            )),
            4 => {
                let piece = data[at..end.max(at)].to_vec();
                data.splice(at..at, piece);
            }
            5 => {
                let other = &seeds[below(state, seeds.len())];
                let from = below(state, other.len());
                data.truncate(at);
                data.extend_from_slice(&other[from..]);
            }
            _ => {
                if let Some(byte) = data.get_mut(at) {
                    *byte ^= 1 << below(state, 8);
                }
            }
        }
    }
    data
}

fn seeds(name: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../fuzz/corpus")
        .join(name);
    let mut files: Vec<_> = fs::read_dir(&folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    let seeds: Vec<Vec<u8>> = files.iter().map(|file| fs::read(file).unwrap()).collect();
    assert!(seeds.len() > 2, "{name}: too few seeds");
    seeds
}

/// Runs a target; where it panics, what it was given is told, to become a file of its corpus.
fn run(name: &str, target: Target, what: &str, data: &[u8]) {
    if catch_unwind(AssertUnwindSafe(|| target(data))).is_err() {
        panic!("{name}, {what}: {:?}", data.escape_ascii().to_string());
    }
}

fn replay(name: &str) {
    let (_, target) = TARGETS
        .into_iter()
        .find(|(known, _)| *known == name)
        .unwrap();
    let seeds = seeds(name);
    for (nth, seed) in seeds.iter().enumerate() {
        for end in 0..=seed.len() {
            run(
                name,
                target,
                &format!("seed file {nth} cut at {end}"),
                &seed[..end],
            );
        }
    }
    let start = 7;
    let mut state = start;
    for case in 0..CASES {
        let data = mutated(&seeds, &mut state);
        run(name, target, &format!("seed {start}, case {case}"), &data);
    }
}

#[test]
fn every_corpus_has_a_target_and_every_target_a_corpus() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz");
    let mut known: Vec<String> = TARGETS.iter().map(|(name, _)| (*name).to_owned()).collect();
    known.sort();
    for (folder, ending) in [("corpus", ""), ("fuzz_targets", ".rs")] {
        let entries = fs::read_dir(root.join(folder)).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<String> = names
            .map(|name| name.trim_end_matches(ending).to_owned())
            .collect();
        names.sort();
        assert_eq!(names, known, "{folder}");
    }
    let manifest = fs::read_to_string(root.join("Cargo.toml")).unwrap();
    for name in known {
        assert!(
            manifest.contains(&format!("name = \"{name}\"")),
            "{name} in fuzz/Cargo.toml"
        );
    }
}

#[test]
fn a_mutation_is_the_same_every_time() {
    let seeds = [b"one".to_vec(), b"another".to_vec()];
    let of = |mut state: u64| [(); 20].map(|()| mutated(&seeds, &mut state));
    assert_eq!(of(7), of(7));
    assert_ne!(of(7), of(8));
}

#[test]
fn admin_by_request() {
    replay("admin_by_request");
}

#[test]
fn beyondtrust() {
    replay("beyondtrust");
}

#[test]
fn threatlocker() {
    replay("threatlocker");
}

#[test]
fn fudo() {
    replay("fudo");
}

#[test]
fn ekran() {
    replay("ekran");
}

#[test]
fn decisions() {
    replay("decisions");
}

#[test]
fn configuration() {
    replay("configuration");
}

#[test]
fn plan() {
    replay("plan");
}

#[test]
fn ledger() {
    replay("ledger");
}

#[test]
fn headers() {
    replay("headers");
}

#[test]
fn markdown() {
    replay("markdown");
}

#[test]
fn terminal() {
    replay("terminal");
}
