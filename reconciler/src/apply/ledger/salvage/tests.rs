//! Whatever happens to a ledger: no call is forgotten that can be read, and no end is believed that is not proven.

use super::super::{Evidence, init};
use super::*;
use crate::fakes::{Scene, WILLING, decision, now, request, seen};
use crate::model::{Outcome, SentState, Status, Verdict};

fn run() -> Run {
    Run {
        run: "r9".to_owned(),
        tool: "0".to_owned(),
        host: None,
        pid: 9,
        plan: None,
    }
}

fn intent(id: &str) -> Entry {
    let scene = Scene::new(
        &WILLING,
        vec![decision(Verdict::Approve, id)],
        vec![(id, seen(request(id, Status::Pending)))],
    );
    Entry::Intent {
        run: "r1".to_owned(),
        change: Box::new(scene.plan().changes.remove(0)),
        commit: None,
        author: None,
    }
}

fn applied(intent: u64) -> Entry {
    Entry::Outcome {
        run: "r1".to_owned(),
        intent,
        outcome: Outcome::Applied,
        evidence: Evidence::default(),
    }
}

/// Lines of a ledger: 1 init, 2 run-open, 3 intent of 11, 4 its end, 5 intent of 12, 6 its end, 7 run-close.
fn lines() -> Vec<String> {
    let entries = [
        Entry::Init {
            tool: "0".to_owned(),
            recovered: None,
        },
        Entry::RunOpen(run()),
        intent("11"),
        applied(3),
        intent("12"),
        applied(5),
        Entry::RunClose {
            run: "r1".to_owned(),
        },
    ];
    let mut prev = NO_PREVIOUS.to_owned();
    let mut lines = Vec::new();
    for (index, entry) in entries.into_iter().enumerate() {
        let (record, line) = Record::bind(index as u64 + 1, prev, now(), entry);
        prev = record.hash;
        lines.push(line);
    }
    lines
}

fn ledger(text: &str) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.jsonl");
    std::fs::write(&path, text).unwrap();
    (folder, path)
}

/// What is known after recovering: the requests of each call and whether its end is, and what was lost.
fn told(lines: &[String]) -> String {
    let salvage = Salvage::of(lines.join("\n").as_bytes()).unwrap();
    let damaged = Damaged {
        file: "aside".to_owned(),
        digest: "sha256:".to_owned(),
    };
    let history = history::parse(Path::new("l"), salvage.text(damaged, now()).as_bytes()).unwrap();
    let mut told = String::new();
    for record in &history.records {
        if let Entry::Intent { change, .. } = &record.entry {
            let past = history.past();
            let sent = past.of(&change.identity).iter();
            let state = sent.rev().find(|sent| sent.seq == record.seq).unwrap();
            let known = matches!(state.state, SentState::Ended(Outcome::Applied));
            let end = if known { "applied" } else { "in doubt" };
            let was = record.was.unwrap();
            let id = &change.identity.id;
            told.push_str(&format!("{was} -> {}  {id} {end}\n", record.seq));
        }
    }
    for lost in salvage.lost {
        told.push_str(&format!("line {}: {}\n", lost.line, lost.why));
    }
    if salvage.gone > 0 {
        told.push_str(&format!("gone: {}\n", salvage.gone));
    }
    told
}

#[test]
fn a_line_that_cannot_be_read_leaves_what_stands_away_from_it_proven() {
    let mut lines = lines();
    lines[6] = "what?".to_owned();
    insta::assert_snapshot!(told(&lines), @r"
    3 -> 11  11 applied
    5 -> 13  12 in doubt
    line 6: record 6 tells the end of 5, but does not stand between its neighbours any more
    line 7: not a record: expected value at line 1 column 1
    ");
    let mut lines = self::lines();
    lines[1] = "{}".to_owned();
    insta::assert_snapshot!(told(&lines), @r"
    3 -> 10  11 in doubt
    5 -> 11  12 applied
    line 2: not a record: missing field `v`
    line 4: record 4 tells the end of 3, which does not stand between its neighbours any more
    ");
}

#[test]
fn a_changed_call_stays_known_and_is_in_doubt() {
    let mut lines = lines();
    lines[2] = lines[2].replace("CHG", "CHX");
    insta::assert_snapshot!(told(&lines), @r"
    3 -> 11  11 in doubt
    5 -> 12  12 applied
    line 3: record 3 was changed: its hash does not match; its call is in doubt
    line 4: record 4 tells the end of 3, which is not there as it was written
    ");
}

#[test]
fn a_removed_record_is_counted_and_its_neighbours_are_not_believed() {
    let mut lines = lines();
    lines.remove(3);
    insta::assert_snapshot!(told(&lines), @r"
    3 -> 10  11 in doubt
    5 -> 11  12 in doubt
    line 5: record 6 tells the end of 5, which does not stand between its neighbours any more
    gone: 1
    ");
    let mut lines = self::lines();
    lines.drain(..3);
    insta::assert_snapshot!(told(&lines), @r"
    5 -> 9  12 applied
    line 1: record 4 tells the end of 3, which is not there as it was written
    gone: 3
    ");
}

/// A forged record, with a hash of its own: whatever it says, the one behind it does not follow from it.
#[test]
fn a_forged_end_is_not_believed() {
    let mut lines = lines();
    let sound = Record::parse(&lines[5]).unwrap();
    let (_, forged) = Record {
        entry: Entry::Outcome {
            run: "r1".to_owned(),
            intent: 5,
            outcome: Outcome::NotSent {
                why: "never".to_owned(),
                may_have_left: false,
            },
            evidence: Evidence::default(),
        },
        ..sound
    }
    .sealed();
    lines[5] = forged;
    insta::assert_snapshot!(told(&lines), @r"
    3 -> 11  11 applied
    5 -> 13  12 in doubt
    line 6: record 6 tells the end of 5, but does not stand between its neighbours any more
    ");
}

#[test]
fn order_and_line_ends_do_not_matter_since_numbers_and_hashes_do() {
    let mut lines = lines();
    lines.swap(3, 4);
    insta::assert_snapshot!(told(&lines), @r"
    3 -> 11  11 applied
    5 -> 13  12 applied
    ");
    let lines: Vec<String> = self::lines()
        .iter()
        .map(|line| format!("{line}\r"))
        .collect();
    insta::assert_snapshot!(told(&lines), @r"
    3 -> 11  11 applied
    5 -> 13  12 applied
    ");
    let mut lines = self::lines();
    lines.push(lines[4].clone());
    insta::assert_snapshot!(told(&lines), @r"
    3 -> 12  11 applied
    5 -> 14  12 applied
    line 8: record 5 stands there already
    ");
}

/// The promise of the module, bit by bit: every call whose line was not touched is there afterwards, and an end is
/// told only where it was there before.
#[test]
fn whatever_bit_flips_no_call_beside_it_is_lost() {
    let whole = lines();
    for place in 0..whole.len() {
        for at in (0..whole[place].len()).step_by(7) {
            let mut lines = whole.clone();
            let mut bytes = lines[place].clone().into_bytes();
            bytes[at] ^= 1;
            let Ok(line) = String::from_utf8(bytes) else {
                continue;
            };
            lines[place] = line;
            let told = told(&lines);
            for (number, id) in [(2, "11"), (4, "12")] {
                let applied = told.contains(&format!("{id} applied"));
                let known = applied || told.contains(&format!("{id} in doubt"));
                let touched = place == number || place == number + 1;
                assert!(
                    known || place == number,
                    "line {} at {at}: {told}",
                    place + 1
                );
                assert!(!(applied && touched), "line {} at {at}: {told}", place + 1);
            }
        }
    }
}

#[test]
fn a_ledger_that_is_whole_or_no_ledger_is_left_alone() {
    let whole = format!("{}\n", lines().join("\n"));
    let torn = &whole[..whole.len() - 9];
    for text in [whole.as_str(), torn] {
        let (folder, path) = ledger(text);
        let refused = recover(&path, &run(), now());
        assert!(matches!(refused, Err(LedgerError::Whole { .. })));
        assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }
    for text in ["", "\n", "# README\n\nNo ledger.\n"] {
        let (_folder, path) = ledger(text);
        let refused = recover(&path, &run(), now());
        assert!(matches!(refused, Err(LedgerError::Hopeless { .. })));
        assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
    }
}

/// The numbers go on, so that a `[[resolve]]` of before names no call of after; a second damage is like the first.
#[test]
fn a_recovered_ledger_can_be_recovered_again() {
    let mut text = lines();
    text[3] = "what?".to_owned();
    let (_folder, path) = ledger(&text.join("\n"));
    let first = recover(&path, &run(), now()).unwrap();
    assert_eq!(first.history.records[0].seq, 9);
    let damaged = std::fs::read_to_string(&first.aside).unwrap();
    assert_eq!(damaged, text.join("\n"), "kept byte for byte");
    let written = std::fs::read_to_string(&path).unwrap();
    let mut lines: Vec<&str> = written.lines().collect();
    lines.remove(1);
    std::fs::write(&path, lines.join("\n") + "\n").unwrap();
    let second = recover(&path, &run(), now()).unwrap();
    assert_eq!((second.gone, second.lost.len()), (1, 0));
    assert_ne!(second.aside, first.aside);
    assert_eq!(second.history.past().sent.len(), 2);
}

#[test]
fn while_another_run_holds_it_nothing_is_done() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.jsonl");
    init(&path, now()).unwrap();
    let _lock = lock::take(&path, &run(), now(), Duration::ZERO).unwrap();
    let text = format!("{}what?\n", std::fs::read_to_string(&path).unwrap());
    std::fs::write(&path, &text).unwrap();
    let refused = recover(&path, &run(), now());
    assert!(matches!(refused, Err(LedgerError::Locked { .. })));
    assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
}

#[cfg(unix)]
#[test]
fn a_link_stays_a_link_and_the_copy_stands_beside_the_file() {
    let (folder, path) = ledger(&lines()[..4].join("what?\n"));
    let elsewhere = tempfile::tempdir().unwrap();
    let link = elsewhere.path().join("link.jsonl");
    std::os::unix::fs::symlink(&path, &link).unwrap();
    let aside = recover(&link, &run(), now()).unwrap().aside;
    assert!(link.is_symlink() && history::read(&path).is_ok());
    assert_eq!(aside.parent(), folder.path().canonicalize().ok().as_deref());
    assert!(aside.is_file());
}

/// Stopped after the copy, before the new ledger: the next call finds the copy there, and ends right.
#[test]
fn a_copy_that_is_there_already_is_no_obstacle() {
    let mut text = lines();
    text[3] = "what?".to_owned();
    let text = text.join("\n");
    let (_folder, path) = ledger(&text);
    let aside = recover(&path, &run(), now()).unwrap().aside;
    std::fs::write(&path, &text).unwrap();
    assert_eq!(recover(&path, &run(), now()).unwrap().aside, aside);
}
