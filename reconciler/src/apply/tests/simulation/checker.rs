//! What the promises come to in one world. Looks at the journal, and at the bytes of the ledger; at no type of ours.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::Value;

use super::journal::{Event, Key};
use crate::model::Outcome;
use crate::model::sha256;

/// Which promise is broken, by its number, and how.
pub(super) type Broken = (u8, String);

/// Holds all that happened, and what stands in the ledger at the end, against the promises.
pub(super) fn check(journal: &[Event], ledger: &[u8]) -> Result<(), Broken> {
    let mut checker = Checker::default();
    for event in journal {
        checker.hear(event)?;
    }
    if let Some(Event::Ends { exit: Err(why), .. }) = journal.last() {
        return Err((12, format!("the last run refuses the ledger: {why}")));
    }
    let records = chained(ledger)?;
    checker.explained(&records)
}

#[derive(Default)]
struct Checker {
    /// Whether the last read that a run had of a request showed it undecided and as reviewed.
    as_planned: BTreeMap<(usize, Key), bool>,
    /// Calls that may have acted, and those that have.
    calls: BTreeMap<Key, usize>,
    acts: BTreeMap<Key, usize>,
    /// Intents whose call has acted.
    acted: BTreeSet<u64>,
    /// Intents that a run has said to be in doubt, and the last run.
    doubts: BTreeSet<(usize, u64)>,
    last: usize,
}

impl Checker {
    fn hear(&mut self, event: &Event) -> Result<(), Broken> {
        match event {
            Event::Starts { run } => self.last = *run,
            Event::Shows {
                run,
                key,
                as_planned,
            } => drop(self.as_planned.insert((*run, *key), *as_planned)),
            Event::Calls {
                run,
                key,
                intent,
                stopped,
            } => {
                let calls = self.calls.entry(*key).or_default();
                *calls += 1;
                let most = if is_harmless(*key) { 2 } else { 1 };
                broken(intent.is_none(), 1, "a call without a durable intent")?;
                broken(*calls > most, 2, "a call too many")?;
                let as_planned = self.as_planned.get(&(*run, *key));
                broken(as_planned != Some(&true), 4, "not what was reviewed")?;
                broken(*stopped, 8, "a call after a signal")?;
            }
            Event::Refused { key, .. } => *self.calls.entry(*key).or_default() -= 1,
            Event::Acts { key, intent } => {
                let acts = self.acts.entry(*key).or_default();
                *acts += 1;
                self.acted.extend(intent);
                broken(*acts > 1, 2, "a decision has acted twice")?;
            }
            Event::Says {
                run,
                key,
                intent,
                outcome,
            } => self.said(*run, *key, *intent, outcome)?,
            Event::Ends { run, after, exit } => {
                // A run that is told to stop while it recovers has another exit code, and leaves all as it was.
                let doubts = self.doubts.iter().any(|(by, _)| by == run);
                let silent = doubts && after.is_none() && *exit != Ok(5);
                broken(
                    silent && exit.is_ok(),
                    7,
                    "in doubt, and its exit code is not 5",
                )?;
                let late = after.is_some_and(|after| after > Duration::from_secs(7));
                broken(late, 8, "more than 7 s after a signal")?;
            }
            Event::Human { .. }
            | Event::Signal { .. }
            | Event::Dies { .. }
            | Event::Tears { .. } => {}
        }
        Ok(())
    }

    fn said(
        &mut self,
        run: usize,
        key: Key,
        intent: Option<u64>,
        outcome: &Outcome,
    ) -> Result<(), Broken> {
        let has_acted = intent.is_some_and(|intent| self.acted.contains(&intent));
        match outcome {
            Outcome::Applied => {
                let never = !self.acts.contains_key(&key);
                broken(never, 3, "applied, and no call of ours has acted")
            }
            Outcome::NotSent {
                may_have_left: true,
                ..
            } => broken(!is_harmless(key), 7, "not sent, and it may yet arrive"),
            Outcome::NotSent { .. } | Outcome::Refused { .. } => {
                broken(has_acted, 7, "not sent or refused, and it has acted")
            }
            Outcome::InDoubt { .. } => {
                self.doubts.extend(intent.map(|intent| (run, intent)));
                Ok(())
            }
            Outcome::Recorded { .. }
            | Outcome::StateReached
            | Outcome::AlreadyDecided { .. }
            | Outcome::Stale { .. }
            | Outcome::Held { .. }
            | Outcome::Contradicted { .. }
            | Outcome::GrantedOtherwise { .. }
            | Outcome::Filed { .. } => Ok(()),
        }
    }

    /// Every intent has an end that is true, or the last run has said that it is in doubt.
    fn explained(&self, records: &[Value]) -> Result<(), Broken> {
        let mut ends: BTreeMap<u64, Option<&Value>> = BTreeMap::new();
        for record in records {
            match record["kind"].as_str() {
                Some("intent") => {
                    ends.insert(record["seq"].as_u64().unwrap_or_default(), None);
                }
                Some("outcome") => {
                    let doubt = record["outcome"] == "in-doubt";
                    let end = (!doubt).then_some(record);
                    ends.insert(record["intent"].as_u64().unwrap_or_default(), end);
                }
                _ => {}
            }
        }
        for (intent, end) in ends {
            let Some(end) = end else {
                let told = self.doubts.contains(&(self.last, intent));
                broken(!told, 7, "in doubt, and the last run is silent about it")?;
                continue;
            };
            let no = end["outcome"] == "refused"
                || end["outcome"] == "not-sent" && end["may_have_left"] == false;
            let false_no = no && self.acted.contains(&intent);
            broken(false_no, 7, "the ledger says no, and it has acted")?;
        }
        Ok(())
    }
}

/// Where a repeat does no harm a second call is allowed.
fn is_harmless(key: Key) -> bool {
    matches!(key.0, "ignores" | "rejects")
}

/// Each record follows from the one before, by its number, its `prev` and its own hash.
fn chained(ledger: &[u8]) -> Result<Vec<Value>, Broken> {
    let broken_chain = |line: usize, why: &str| (12, format!("line {line}: {why}"));
    let mut records: Vec<Value> = Vec::new();
    let lines = ledger.split_inclusive(|byte| *byte == b'\n');
    for (at, line) in lines.enumerate() {
        let line = line.strip_suffix(b"\n").unwrap_or_default();
        let record: Value =
            serde_json::from_slice(line).map_err(|_| broken_chain(at + 1, "no record"))?;
        let mut rest = record.clone();
        let hash = rest.as_object_mut().and_then(|rest| rest.remove("hash"));
        let text = format!("countersign ledger v1\n{rest}");
        let computed = sha256(text.as_bytes());
        if hash != Some(computed.into()) {
            return Err(broken_chain(at + 1, "not its hash"));
        }
        if let Some(last) = records.last()
            && (record["prev"] != last["hash"]
                || record["seq"].as_u64() != last["seq"].as_u64().map(|seq| seq + 1))
        {
            return Err(broken_chain(at + 1, "does not follow"));
        }
        records.push(record);
    }
    Ok(records)
}

fn broken(is_broken: bool, promise: u8, how: &str) -> Result<(), Broken> {
    match is_broken {
        true => Err((promise, how.to_owned())),
        false => Ok(()),
    }
}
