//! A disk that fails: at the k-th thing that it is asked to do, for every k, once and for ever.
//!
//! What must hold whatever fails: no call without an intent that is durable by then; nothing more is asked of a disk
//! that has failed once; the account says so; and the next run, on a disk that works, ends with each request decided
//! once, or in doubt where nobody can know.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use insta::assert_snapshot;
use serde_json::Value;

use super::stage::{Fails, File, Play, Process, Question, Reply, Work, new_ledger};
use crate::apply::ledger::{LedgerError, read_at};
use crate::apply::{Report, Stop};
use crate::exit::Exit;
use crate::fakes::{ACTS_AGAIN, WILLING, decision, queue_name, request, seen, terms};
use crate::model::{Capabilities, Desired, Status, VendorText, Verdict};
use crate::vendors::{Answer, LookedUp, Meaning};

const IDS: [&str; 3] = ["1", "2", "3"];

/// A vendor that does what it is told, and what it was told.
struct Desk {
    play: Arc<Play>,
    file: Arc<Mutex<File>>,
    granted: BTreeMap<String, usize>,
}

impl Desk {
    fn new(can: &'static Capabilities, bytes: &[u8]) -> Self {
        let mut terms = terms(can);
        terms.parallelism = 2.try_into().unwrap();
        let decisions = IDS.iter().map(|id| decision(Verdict::Approve, id).into());
        let play = Arc::new(Play {
            terms: [(queue_name(), terms)].into(),
            desired: Desired {
                decisions: decisions.collect(),
                ..Desired::default()
            },
            verify_timeout: Duration::from_secs(10),
        });
        Self {
            play,
            file: Arc::new(Mutex::new(File::with(bytes))),
            granted: BTreeMap::new(),
        }
    }

    fn calls(&self) -> usize {
        self.granted.values().sum()
    }

    /// One run, to its end or to the call that it dies at.
    fn run(&mut self, dies_at: Option<usize>) -> Option<Result<Report, LedgerError>> {
        let mut process = Process::new(&self.play, &self.file, Stop::channel().1);
        while process.ended.is_none() {
            let Some((number, question)) = process.board.first() else {
                assert!(process.write(), "it waits for nothing");
                continue;
            };
            let reply = match &question {
                Question::Open | Question::Reread | Question::Turn(_) | Question::Sleep(_) => {
                    Reply::Go
                }
                Question::LookUp(_, id) => Reply::Found(self.look(id.as_str())),
                Question::Send(_, call) => {
                    let id = call.path.trim_start_matches("/things/").to_owned();
                    let file = self.file.lock().unwrap();
                    let durable = intents(&file.bytes[..file.durable]);
                    drop(file);
                    assert!(durable.contains(&id), "a call without a durable intent");
                    if Some(self.calls()) == dies_at {
                        return None;
                    }
                    *self.granted.entry(id).or_default() += 1;
                    Reply::Answered(Answer::without_words(Meaning::Claimed))
                }
            };
            process.reply(number, reply);
        }
        process.ended.take()
    }

    fn look(&self, id: &str) -> LookedUp {
        let is_granted = self.granted.contains_key(id);
        let mut request = request(
            id,
            match is_granted {
                true => Status::Approved,
                false => Status::Pending,
            },
        );
        request.decided.by = is_granted.then(|| VendorText::new("tool@example.com"));
        LookedUp {
            sighting: seen(request),
            digest: None,
        }
    }
}

/// The requests of all intents among whole lines, read without any type of ours.
fn intents(bytes: &[u8]) -> Vec<String> {
    let whole = bytes.split_inclusive(|byte| *byte == b'\n');
    let whole = whole.filter(|line| line.ends_with(b"\n"));
    let records = whole.filter_map(|line| serde_json::from_slice::<Value>(line).ok());
    let intents = records.filter(|record| record["kind"] == "intent");
    intents
        .map(|intent| {
            let id = &intent["change"]["identity"]["id"];
            id.as_str().expect("an id").to_owned()
        })
        .collect()
}

/// A ledger with a call in doubt, and a last record that a crash cut off; or one that only lacks its last line feed.
fn left_by_a_crash(can: &'static Capabilities, torn: bool) -> Vec<u8> {
    let mut desk = Desk::new(can, &new_ledger());
    assert!(desk.run(Some(0)).is_none());
    let mut bytes = desk.file.lock().unwrap().bytes.clone();
    if torn {
        bytes.extend_from_slice(b"{\"at\":\"2026");
    } else {
        bytes.pop();
    }
    bytes
}

/// What the process would say.
fn exit(ended: &Result<Report, LedgerError>) -> Exit {
    match ended {
        Ok(report) => report.exit(),
        Err(LedgerError::Locked { .. }) => Exit::Locked,
        Err(_) => Exit::Error,
    }
}

/// Fails the k-th work of a run over this ledger in one way, and says what became of it.
fn failing(can: &'static Capabilities, bytes: &[u8], fails: Fails) -> String {
    let mut desk = Desk::new(can, bytes);
    desk.file.lock().unwrap().fails = Some(fails);
    let ended = desk.run(None).expect("nothing kills it");
    let sent = desk.calls();
    let done = std::mem::take(&mut desk.file.lock().unwrap().done);
    let told = match &ended {
        Ok(report) => report.ledger_failed.is_some() && report.head.is_none(),
        Err(LedgerError::Io { .. } | LedgerError::Poisoned(_)) => true,
        Err(_) => false,
    };
    assert!(told, "{fails:?}: {ended:?}");
    let refused = done[fails.at];
    if refused != Work::Read {
        assert_eq!(done.len(), fails.at + 1, "{fails:?}: asked after it failed");
    }
    let exit = exit(&ended);
    let in_doubt = exit == Exit::InDoubt;
    let expected = if sent == 0 {
        Exit::Error
    } else {
        Exit::Partial
    };
    assert!(exit == expected || in_doubt, "{fails:?}: {exit:?}");

    // A disk that works again.
    desk.file.lock().unwrap().fails = None;
    for _ in 0..2 {
        let ended = desk.run(None).expect("nothing kills it");
        assert!(ended.is_ok(), "{fails:?}: {ended:?}");
    }
    let counts: Vec<usize> = IDS
        .map(|id| desk.granted.get(id).copied().unwrap_or_default())
        .into();
    assert!(
        counts.iter().all(|count| *count <= 1),
        "{fails:?}: {counts:?}"
    );
    format!("exit {}, {sent} sent, then {counts:?}", exit.code())
}

/// All that a run asks of the disk, each failing; equal answers are told once.
fn every_failure(can: &'static Capabilities, bytes: &[u8]) -> String {
    let mut desk = Desk::new(can, bytes);
    let ended = desk.run(None).expect("nothing kills it");
    assert!(ended.is_ok(), "{ended:?}");
    let whole = std::mem::take(&mut desk.file.lock().unwrap().done);
    let mut table = String::new();
    for (at, work) in whole.iter().enumerate() {
        let stands: &[usize] = match work {
            Work::Append => &[0, 1, 700, usize::MAX],
            Work::Read | Work::Lock | Work::Open | Work::Sync | Work::Cut => &[0],
        };
        let mut told: Vec<String> = Vec::new();
        for for_ever in [false, true] {
            for stand in stands.iter().copied() {
                let fails = Fails {
                    at,
                    for_ever,
                    stand,
                };
                let line = failing(can, bytes, fails);
                if !told.contains(&line) {
                    told.push(line);
                }
            }
        }
        table.push_str(&format!("{work:?}: {}\n", told.join("; or ")));
    }
    table
}

#[test]
fn whatever_the_disk_refuses_where_repeats_are_harmless() {
    let bytes = left_by_a_crash(&WILLING, true);
    assert_snapshot!(every_failure(&WILLING, &bytes), @r"
    Read: exit 1, 0 sent, then [1, 1, 1]
    Lock: exit 1, 0 sent, then [1, 1, 1]
    Read: exit 1, 0 sent, then [1, 1, 1]
    Open: exit 1, 0 sent, then [1, 1, 1]
    Cut: exit 1, 0 sent, then [1, 1, 1]
    Append: exit 1, 0 sent, then [1, 1, 1]
    Sync: exit 1, 0 sent, then [1, 1, 1]
    Append: exit 1, 0 sent, then [1, 1, 1]
    Sync: exit 1, 0 sent, then [1, 1, 1]
    Read: exit 1, 0 sent, then [1, 1, 1]
    Append: exit 1, 0 sent, then [1, 1, 1]; or exit 1, 0 sent, then [0, 0, 1]
    Sync: exit 1, 0 sent, then [0, 0, 1]
    Append: exit 4, 2 sent, then [1, 1, 1]
    Sync: exit 4, 2 sent, then [1, 1, 1]
    Append: exit 4, 3 sent, then [1, 1, 1]
    Append: exit 4, 3 sent, then [1, 1, 1]
    Sync: exit 4, 3 sent, then [1, 1, 1]
    ");
}

#[test]
fn whatever_the_disk_refuses_where_a_repeat_acts_again() {
    let bytes = left_by_a_crash(&ACTS_AGAIN, false);
    assert_snapshot!(every_failure(&ACTS_AGAIN, &bytes), @r"
    Read: exit 1, 0 sent, then [0, 1, 1]
    Lock: exit 1, 0 sent, then [0, 1, 1]
    Read: exit 1, 0 sent, then [0, 1, 1]
    Open: exit 1, 0 sent, then [0, 1, 1]
    Append: exit 1, 0 sent, then [0, 1, 1]
    Sync: exit 1, 0 sent, then [0, 1, 1]
    Read: exit 1, 0 sent, then [0, 1, 1]
    Append: exit 5, 0 sent, then [0, 1, 1]; or exit 5, 0 sent, then [0, 0, 1]
    Sync: exit 5, 0 sent, then [0, 0, 1]
    Append: exit 5, 1 sent, then [0, 1, 1]; or exit 5, 1 sent, then [0, 1, 0]
    Sync: exit 5, 1 sent, then [0, 1, 0]
    Append: exit 5, 2 sent, then [0, 1, 1]
    Append: exit 5, 2 sent, then [0, 1, 1]
    Sync: exit 5, 2 sent, then [0, 1, 1]
    ");
}

/// A power loss leaves any part of what was not synced, and zeros in the place of what did not arrive: it is read
/// whole, or refused, and no intent that stands there is forgotten.
#[test]
fn what_a_power_loss_leaves_is_read_whole_or_refused() {
    let mut desk = Desk::new(&WILLING, &new_ledger());
    desk.run(None).expect("nothing kills it").expect("it ends");
    let bytes = desk.file.lock().unwrap().bytes.clone();
    let first = new_ledger().len();
    let (mut whole, mut refused) = (0, 0);
    for cut in (first..bytes.len()).step_by(7) {
        let known = intents(&bytes[..cut]);
        let hole = (cut + 64).min(bytes.len());
        let mut zeros = bytes[..cut].to_vec();
        zeros.resize(hole, 0);
        let mut holed = zeros.clone();
        holed.extend_from_slice(&bytes[hole..]);
        for left in [bytes[..cut].to_vec(), zeros, holed] {
            let file = Arc::new(Mutex::new(File::with(&left)));
            match read_at(&super::stage::Shelf::on(&file)) {
                Ok(history) => {
                    whole += 1;
                    let past = history.past();
                    for id in &known {
                        let remembers = |one: &crate::model::Sent| one.address.id.as_str() == id;
                        assert!(past.sent.values().flatten().any(remembers), "{cut}: {id}");
                    }
                }
                Err(LedgerError::Damaged { .. }) => refused += 1,
                Err(error) => panic!("{cut}: {error}"),
            }
        }
    }
    assert!(whole > 2 * refused && refused > 0, "{whole} {refused}");
}
