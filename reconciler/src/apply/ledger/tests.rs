//! What a ledger withstands: every tear, every bit, every reordering, and two runs at once.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::*;
use crate::fakes::{Scene, WILLING, decision, now, request, seen};
use crate::model::{Change, Outcome, SentState, Status, Verdict};
use crate::steps::Steps;

fn run(name: &str) -> Run {
    Run {
        run: name.to_owned(),
        tool: "0".to_owned(),
        host: Some("here".to_owned()),
        pid: 7,
        plan: None,
    }
}

fn change() -> Change {
    let scene = Scene::new(
        &WILLING,
        vec![decision(Verdict::Approve, "1")],
        vec![("1", seen(request("1", Status::Pending)))],
    );
    scene.plan().changes.remove(0)
}

fn intent() -> Entry {
    Entry::Intent {
        run: "r1".to_owned(),
        change: Box::new(change()),
        commit: None,
        author: None,
    }
}

fn outcome(intent: u64, outcome: Outcome) -> Entry {
    Entry::Outcome {
        run: "r1".to_owned(),
        intent,
        outcome,
        evidence: Evidence::default(),
    }
}

fn open(path: &std::path::Path) -> Result<(Ledger, History), LedgerError> {
    Ledger::open(
        path,
        run("r1"),
        Arc::new(now),
        // A child process that another test starts holds our open files until it has become its program.
        Duration::from_secs(2),
        Steps::default(),
    )
}

/// A folder with the ledger of one run: init, run-open, intent, outcome, run-close.
async fn a_ledger() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sub/ledger.jsonl");
    init(&path, now()).unwrap();
    let (ledger, _) = open(&path).unwrap();
    let seq = ledger.append(intent()).await.unwrap();
    ledger.note(outcome(seq, Outcome::Applied)).unwrap();
    ledger.close().unwrap();
    (folder, path)
}

#[tokio::test]
async fn it_reads_back_what_was_written() {
    let (_folder, path) = a_ledger().await;
    let history = read(&path).unwrap();
    assert_eq!(history.head().map(|(seq, _)| seq), Some(5));
    let past = history.past();
    let sent = past.of(&change().identity);
    assert_eq!(sent[0].state, SentState::Ended(Outcome::Applied));
    assert_eq!(history.change(3), Some(&change()));
    assert!(history.contains(&history.records[2].hash));
}

#[tokio::test]
async fn a_second_init_is_refused() {
    let (_folder, path) = a_ledger().await;
    assert!(matches!(
        init(&path, now()),
        Err(LedgerError::Exists { .. })
    ));
}

/// A crash can cut the file anywhere: what was whole stays, and nothing is made up.
#[tokio::test]
async fn a_torn_tail_is_cut_at_every_byte() {
    let (_folder, path) = a_ledger().await;
    let bytes = std::fs::read(&path).unwrap();
    let first_line = bytes.iter().position(|&byte| byte == b'\n').unwrap();
    for length in first_line..bytes.len() {
        std::fs::write(&path, &bytes[..length]).unwrap();
        let whole = bytes[..length]
            .iter()
            .filter(|&&byte| byte == b'\n')
            .count();
        let history = read(&path).unwrap();
        // A line that lacks only its line feed is whole.
        assert!(history.records.len() == whole || history.records.len() == whole + 1);
        let (ledger, _) = open(&path).unwrap();
        let (seq, _) = ledger.close().unwrap();
        assert_eq!(usize::try_from(seq).unwrap(), history.records.len());
        assert_eq!(read(&path).unwrap().torn, 0, "cut at {length}");
    }
}

#[tokio::test]
async fn every_flipped_bit_is_found() {
    let (_folder, path) = a_ledger().await;
    let bytes = std::fs::read(&path).unwrap();
    for place in 0..bytes.len() {
        for bit in 0..8 {
            let mut damaged = bytes.clone();
            damaged[place] ^= 1 << bit;
            let read = history::parse(&path, &damaged);
            // The very last line feed is the one byte whose loss looks like a crash, and loses nothing.
            let last =
                place + 1 == bytes.len() && read.as_ref().is_ok_and(|history| history.torn > 0);
            assert!(read.is_err() || last, "bit {bit} of byte {place}");
        }
    }
}

#[tokio::test]
async fn removed_swapped_and_repeated_records_are_found() {
    let (_folder, path) = a_ledger().await;
    let text = std::fs::read_to_string(&path).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let damaged = |lines: Vec<&str>| {
        history::parse(&path, format!("{}\n", lines.join("\n")).as_bytes()).is_err()
    };
    for place in 0..lines.len() - 1 {
        let mut removed = lines.clone();
        removed.remove(place);
        assert!(damaged(removed));
        let mut swapped = lines.clone();
        swapped.swap(place, place + 1);
        assert!(damaged(swapped));
        let mut repeated = lines.clone();
        repeated.insert(place, lines[place]);
        assert!(damaged(repeated));
    }
    assert!(history::parse(&path, b"").is_err());
    assert!(history::parse(&path, b"\n").is_err());
}

#[tokio::test]
async fn one_run_at_a_time_and_the_holder_is_named() {
    let (_folder, path) = a_ledger().await;
    let (ledger, _) = open(&path).unwrap();
    let Err(error) = open(&path) else {
        panic!("two runs hold one lock")
    };
    assert!(
        error.to_string().contains("run r1 (process 7 on here"),
        "{error}"
    );
    drop(ledger);
    // Nor is anybody told of one that has gone.
    let lock = path.with_file_name("ledger.jsonl.lock");
    assert_eq!(std::fs::read_to_string(lock).unwrap(), "");
    assert!(open(&path).is_ok());
}

#[test]
fn without_a_ledger_nothing_is_made() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.jsonl");
    assert!(matches!(open(&path), Err(LedgerError::Missing { .. })));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[tokio::test]
async fn an_outcome_in_doubt_leaves_the_intent_open_and_a_resolve_closes_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.jsonl");
    init(&path, now()).unwrap();
    let (ledger, _) = open(&path).unwrap();
    let seq = ledger.append(intent()).await.unwrap();
    ledger
        .note(outcome(
            seq,
            Outcome::InDoubt {
                why: "timed out".to_owned(),
            },
        ))
        .unwrap();
    ledger.close().unwrap();
    assert_eq!(read(&path).unwrap().past().open().count(), 1);
    let (ledger, _) = open(&path).unwrap();
    let resolution = crate::model::Resolution::NotApplied;
    let resolve = Entry::Resolve {
        intent: seq,
        resolution,
        because: "looked".to_owned(),
        from: None,
    };
    ledger.append(resolve).await.unwrap();
    ledger.close().unwrap();
    assert_eq!(read(&path).unwrap().past().open().count(), 0);
}

/// Two configurations may call one ledger by two names.
#[cfg(unix)]
#[tokio::test]
async fn a_link_to_a_ledger_leads_to_the_same_lock() {
    let (folder, path) = a_ledger().await;
    let link = folder.path().join("link.jsonl");
    std::os::unix::fs::symlink(&path, &link).unwrap();
    let (ledger, _) = open(&path).unwrap();
    let Err(error) = open(&link) else {
        panic!("two runs hold one ledger")
    };
    assert!(
        error.to_string().contains("link.jsonl is locked by run r1"),
        "{error}"
    );
    drop(ledger);
    assert!(open(&link).is_ok());
}
