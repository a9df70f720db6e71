//! One seeded world: vendors, disk, network, a human, and the runs among them; all that happens goes into a journal.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;

use super::journal::{Event, Key};
use crate::apply::tests::stage::{Fails, File, Play, Process, Question, Reply};
use crate::apply::{Signal, Stop, Stopper};
use crate::fakes::{
    ACTS_AGAIN, MAY_CANCEL, REJECTS, WILLING, decision, request, seen, terms, unreadable,
};
use crate::model::{
    Capabilities, Desired, QueueName, RequestId, Sighting, Status, VendorText, Verdict,
};
use crate::plan::fingerprint;
use crate::vendors::{Answer, LookedUp, Meaning};

/// What keeps a run from doing harm; each can be off.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Guards {
    pub(super) lock: bool,
    pub(super) remembers: bool,
    /// Off: a sync says that all is durable, and nothing is.
    pub(super) syncs: bool,
    pub(super) pre_check: bool,
    pub(super) read_back: bool,
    pub(super) never_again: bool,
}

pub(super) const ALL: Guards = Guards {
    lock: true,
    remembers: true,
    syncs: true,
    pre_check: true,
    read_back: true,
    never_again: true,
};

/// What a vendor does with a call for what is decided already; see the model.
struct Kind {
    name: &'static str,
    verdict: Verdict,
    can: &'static Capabilities,
    /// What the table says once it is wrong about repeats.
    wrongly: &'static Capabilities,
}

const KINDS: [Kind; 4] = [
    Kind {
        name: "ignores",
        verdict: Verdict::Approve,
        can: &WILLING,
        wrongly: &WILLING,
    },
    Kind {
        name: "rejects",
        verdict: Verdict::Approve,
        can: &REJECTS,
        wrongly: &REJECTS,
    },
    Kind {
        name: "acts-again",
        verdict: Verdict::Approve,
        can: &ACTS_AGAIN,
        wrongly: &WILLING,
    },
    Kind {
        name: "may-cancel",
        verdict: Verdict::Deny,
        can: &MAY_CANCEL,
        wrongly: &WILLING,
    },
];

const IDS: [&str; 3] = ["1", "2", "3"];

/// Pseudo-random numbers (SplitMix64): the same seed, the same world.
pub(super) struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(bound.max(1)).unwrap()).unwrap()
    }

    fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Stands {
    Pending,
    Approved,
    Denied,
}

/// A request as its vendor keeps it.
#[derive(Clone, Copy)]
struct Kept {
    stands: Stands,
    by_us: bool,
    edited: bool,
}

/// A call on its way.
#[derive(Clone, Copy)]
struct Sent {
    key: Key,
    intent: Option<u64>,
}

/// One process, and what it was told.
struct Slot {
    run: usize,
    process: Process,
    stopper: Stopper,
    stopped: bool,
    /// Questions below this number were looked at.
    looked: usize,
    calls: BTreeMap<usize, Sent>,
    /// What the plan was made from, and the last answer to a call.
    planned: BTreeMap<Key, Kept>,
    claimed: BTreeMap<Key, bool>,
    /// Since the signal: how much time has passed, and when which pause ends.
    passed: Duration,
    pauses: BTreeMap<usize, Duration>,
}

pub(super) struct World {
    pub(super) journal: Vec<Event>,
    pub(super) file: Arc<Mutex<File>>,
    dice: Dice,
    guards: Guards,
    play: Arc<Play>,
    kept: BTreeMap<Key, Kept>,
    slots: [Option<Slot>; 2],
    starts: usize,
    runs: usize,
    in_flight: Vec<Sent>,
    /// Intents that a call was made for.
    used: BTreeSet<u64>,
    init: Arc<[u8]>,
    /// No more faults.
    calm: bool,
}

enum Act {
    Start(usize),
    Answer(usize, usize, Question),
    Write(usize),
    Die(usize),
    Signal(usize),
    Arrive(usize),
    Human(Key),
    Edit(Key),
}

impl World {
    pub(super) fn new(seed: u64, guards: Guards, init: &Arc<[u8]>) -> Self {
        let mut dice = Dice(seed);
        let without = dice.below(KINDS.len() + 1);
        let mut play = Play {
            terms: BTreeMap::new(),
            desired: Desired::default(),
            verify_timeout: Duration::from_millis(1200),
        };
        let mut kept = BTreeMap::new();
        for (at, kind) in KINDS.iter().enumerate() {
            if at == without || dice.chance(40) {
                continue;
            }
            let can = match guards.never_again {
                true => kind.can,
                false => kind.wrongly,
            };
            let mut terms = terms(can);
            terms.queue = QueueName::new(kind.name).unwrap();
            terms.origin = format!("https://{}.example.com", kind.name);
            terms.parallelism = 2.try_into().unwrap();
            for id in IDS.iter().take(1 + dice.below(2)) {
                let mut decision = decision(kind.verdict, id);
                decision.address.queue = terms.queue.clone();
                let request = request(id, Status::Pending);
                decision.guard.fingerprint = Some(fingerprint(&terms, &request.id, &request.facts));
                play.desired.decisions.push(decision.into());
                let fresh = Kept {
                    stands: Stands::Pending,
                    by_us: false,
                    edited: false,
                };
                kept.insert((kind.name, *id), fresh);
            }
            play.terms.insert(terms.queue.clone(), terms);
        }
        let mut file = File::with(init);
        file.unguarded = !guards.lock;
        file.lies = !guards.syncs;
        Self {
            journal: Vec::new(),
            file: Arc::new(Mutex::new(file)),
            starts: 2 + dice.below(3),
            dice,
            guards,
            play: Arc::new(play),
            kept,
            slots: [None, None],
            runs: 0,
            in_flight: Vec::new(),
            used: BTreeSet::new(),
            init: init.clone(),
            calm: false,
        }
    }

    /// Lets everything happen that the dice say; then one calm run, to its end.
    pub(super) fn play(mut self) -> Self {
        for _ in 0..400 {
            let Some(act) = self.choose() else {
                break;
            };
            self.take(act);
        }
        for slot in 0..self.slots.len() {
            self.die(slot);
        }
        self.calm = true;
        while let Some(sent) = self.in_flight.pop() {
            if self.dice.chance(50) {
                self.acts(sent);
            }
        }
        self.start(0);
        while let Some(slot) = &self.slots[0] {
            match slot.process.board.first() {
                Some((number, question)) => self.answer(0, number, &question),
                None => self.write(0),
            }
        }
        self
    }

    fn choose(&mut self) -> Option<Act> {
        let mut acts: Vec<(usize, Act)> = Vec::new();
        for (at, slot) in self.slots.iter().enumerate() {
            let Some(slot) = slot else {
                if self.starts > 0 {
                    acts.push((2, Act::Start(at)));
                }
                continue;
            };
            let open = slot.process.board.open();
            let pauses = |(_, question): &(usize, Question)| matches!(question, Question::Sleep(_));
            let only = open.iter().all(pauses);
            for (number, question) in open {
                let may_wait = !only && matches!(question, Question::Sleep(_));
                let weight = if may_wait { 1 } else { 12 };
                acts.push((weight, Act::Answer(at, number, question)));
            }
            acts.push((6, Act::Write(at)));
            acts.push((1, Act::Die(at)));
            if !slot.stopped && self.runs.is_multiple_of(3) {
                acts.push((1, Act::Signal(at)));
            }
        }
        if acts.is_empty() {
            return None;
        }
        for at in 0..self.in_flight.len() {
            acts.push((2, Act::Arrive(at)));
        }
        for (key, kept) in &self.kept {
            if kept.stands == Stands::Pending {
                acts.push((1, Act::Human(*key)));
                acts.push((usize::from(!kept.edited), Act::Edit(*key)));
            }
        }
        // A human is rarer than anything.
        let weighs = |(weight, act): &(usize, Act)| match act {
            Act::Human(_) | Act::Edit(_) => *weight,
            Act::Start(_)
            | Act::Answer(..)
            | Act::Write(_)
            | Act::Die(_)
            | Act::Signal(_)
            | Act::Arrive(_) => weight * 10,
        };
        let mut at = self.dice.below(acts.iter().map(weighs).sum());
        let chosen = acts.iter().position(|act| {
            let weight = weighs(act);
            let is_it = at < weight;
            at = at.saturating_sub(weight);
            is_it
        });
        chosen.map(|chosen| acts.swap_remove(chosen).1)
    }

    fn take(&mut self, act: Act) {
        match act {
            Act::Start(slot) => {
                self.starts -= 1;
                if self.dice.chance(15) {
                    let done = self.file.lock().unwrap().done.len();
                    self.file.lock().unwrap().fails = Some(Fails {
                        at: done + self.dice.below(16),
                        for_ever: self.dice.chance(50),
                        stand: self.dice.below(3000),
                    });
                }
                self.start(slot);
            }
            Act::Answer(slot, number, question) => self.answer(slot, number, &question),
            Act::Write(slot) => self.write(slot),
            Act::Die(slot) => self.die(slot),
            Act::Signal(slot) => self.signal(slot),
            Act::Arrive(at) => {
                let sent = self.in_flight.swap_remove(at);
                self.acts(sent);
            }
            Act::Human(key) => {
                let grants = self.dice.chance(50);
                let kept = self.kept.get_mut(&key).unwrap();
                kept.stands = match grants {
                    true => Stands::Approved,
                    false => Stands::Denied,
                };
                kept.by_us = false;
                self.journal.push(Event::Human { key, grants });
            }
            Act::Edit(key) => self.kept.get_mut(&key).unwrap().edited = true,
        }
    }

    fn start(&mut self, slot: usize) {
        {
            let mut file = self.file.lock().unwrap();
            if self.calm {
                file.fails = None;
            }
        }
        let (stopper, stop) = Stop::channel();
        let run = self.runs;
        self.runs += 1;
        self.journal.push(Event::Starts { run });
        self.slots[slot] = Some(Slot {
            run,
            process: Process::new(&self.play, &self.file, stop),
            stopper,
            stopped: false,
            looked: 0,
            calls: BTreeMap::new(),
            planned: BTreeMap::new(),
            claimed: BTreeMap::new(),
            passed: Duration::ZERO,
            pauses: BTreeMap::new(),
        });
        self.look(slot);
    }

    /// Killed: its calls are on their way, and of what is not durable any part is left.
    fn die(&mut self, slot: usize) {
        let Some(dead) = self.slots[slot].take() else {
            return;
        };
        self.journal.push(Event::Dies { run: dead.run });
        self.in_flight.extend(dead.calls.values().copied());
        drop(dead);
        let mut file = self.file.lock().unwrap();
        // A process alone dies with its disk under it; the other one would have to die, too.
        let unsynced = file.bytes.len() - file.durable;
        if unsynced > 0 && self.slots.iter().all(Option::is_none) {
            let left = file.durable + self.dice.below(unsynced + 1);
            file.bytes.truncate(left);
            file.durable = left;
            self.journal.push(Event::Tears { left });
        }
        file.fails = None;
    }

    fn write(&mut self, slot: usize) {
        if let Some(one) = &mut self.slots[slot] {
            one.process.write();
        }
        self.look(slot);
    }

    /// A signal; in half of the worlds the vendors then never say a word again.
    fn signal(&mut self, slot: usize) {
        let Some(one) = &mut self.slots[slot] else {
            return;
        };
        one.stopped = true;
        self.journal.push(Event::Signal { run: one.run });
        one.stopper.send(Some(Signal::Terminate)).unwrap();
        one.process.go_on();
        self.look(slot);
        if self.dice.chance(50) {
            return;
        }
        while let Some(one) = &mut self.slots[slot] {
            for (number, question) in one.process.board.open() {
                if let Question::Sleep(pause) = question {
                    let ends = one.passed + pause;
                    one.pauses.entry(number).or_insert(ends);
                }
            }
            let open: BTreeSet<usize> = one.process.board.open().iter().map(|(n, _)| *n).collect();
            one.pauses.retain(|number, _| open.contains(number));
            let first = one.pauses.iter().min_by_key(|(_, ends)| **ends);
            match first.map(|(number, ends)| (*number, *ends)) {
                _ if one.process.write() => self.look(slot),
                Some((number, ends)) => {
                    one.passed = ends;
                    one.process.reply(number, Reply::Go);
                    self.look(slot);
                }
                // Whatever waits is not of the sort that a signal ends: the opening of the ledger.
                None => return,
            }
        }
    }

    /// What a run has asked, said and come to since it was last looked at.
    fn look(&mut self, slot: usize) {
        let Some(one) = &mut self.slots[slot] else {
            return;
        };
        let run = one.run;
        let open = one.process.board.open();
        let still: BTreeSet<usize> = open.iter().map(|(number, _)| *number).collect();
        // Given up while it was on its way.
        let gone = |number: &usize| !still.contains(number);
        let given_up: Vec<usize> = one.calls.keys().copied().filter(gone).collect();
        for number in given_up {
            self.in_flight.extend(one.calls.remove(&number));
        }
        for (number, question) in &open {
            if let Question::Send(queue, call) = question
                && *number >= one.looked
            {
                let id = call.path.trim_start_matches("/things/");
                let key = *self
                    .kept
                    .keys()
                    .find(|(q, i)| *q == queue.as_str() && *i == id)
                    .unwrap();
                let durable = {
                    let file = self.file.lock().unwrap();
                    file.bytes[..file.durable].to_vec()
                };
                let free = |seq: &u64| !self.used.contains(seq);
                let intent = intents_of(&durable, key).last().copied().filter(free);
                self.used.extend(intent);
                let stopped = one.stopped;
                self.journal.push(Event::Calls {
                    run,
                    key,
                    intent,
                    stopped,
                });
                one.calls.insert(*number, Sent { key, intent });
            }
        }
        one.looked = open
            .last()
            .map_or(one.looked, |(number, _)| (number + 1).max(one.looked));
        for said in one.process.said() {
            let is_it = |(q, i): &&Key| *q == said.queue.as_str() && *i == said.id.as_str();
            let key = *self.kept.keys().find(is_it).unwrap();
            self.journal.push(Event::Says {
                run,
                key,
                intent: said.intent,
                outcome: said.outcome,
            });
        }
        if let Some(ended) = &one.process.ended {
            let exit = match ended {
                Ok(report) => Ok(report.exit().code()),
                Err(error) => Err(error.to_string()),
            };
            let after = one.stopped.then_some(one.passed);
            self.journal.push(Event::Ends { run, exit, after });
            self.slots[slot] = None;
        }
    }

    fn answer(&mut self, slot: usize, number: usize, question: &Question) {
        if *question == Question::Open && !self.guards.remembers {
            let mut file = self.file.lock().unwrap();
            if !file.locked {
                file.bytes = self.init.to_vec();
                file.durable = file.bytes.len();
                self.used.clear();
            }
        }
        if let (Question::Turn(queue), Some(one)) = (question, &mut self.slots[slot]) {
            // What is read from here on comes before a call.
            one.claimed.retain(|key, _| key.0 != queue.as_str());
        }
        let reply = match question {
            Question::Open | Question::Reread | Question::Turn(_) | Question::Sleep(_) => Reply::Go,
            Question::LookUp(queue, id) => Reply::Found(self.shows(slot, queue, id)),
            Question::Send(..) => Reply::Answered(self.hears(slot, number)),
        };
        if let Some(one) = &mut self.slots[slot] {
            one.process.reply(number, reply);
        }
        self.look(slot);
    }

    fn shows(&mut self, slot: usize, queue: &QueueName, id: &RequestId) -> LookedUp {
        let is_it = |(q, i): &&Key| *q == queue.as_str() && *i == id.as_str();
        let key = *self.kept.keys().find(is_it).unwrap();
        let really = self.kept[&key];
        let mut kept = really;
        let one = self.slots[slot].as_mut().unwrap();
        match (one.claimed.get(&key), one.planned.get(&key)) {
            (Some(true), _) if !self.guards.read_back => {
                kept.stands = wanted(key);
                kept.by_us = true;
            }
            (Some(false), Some(planned)) if !self.guards.read_back => kept = *planned,
            (None, Some(planned)) if !self.guards.pre_check => kept = *planned,
            _ => {}
        }
        one.planned.entry(key).or_insert(kept);
        let odd = !self.calm && self.dice.chance(8);
        let as_planned = !odd && really.stands == Stands::Pending;
        let as_planned = as_planned && (!really.edited || key.0 == "may-cancel");
        self.journal.push(Event::Shows {
            run: one.run,
            key,
            as_planned,
        });
        let mut request = request(
            key.1,
            match kept.stands {
                Stands::Pending => Status::Pending,
                Stands::Approved => Status::Approved,
                Stands::Denied => Status::Denied,
            },
        );
        request.decided.by = (kept.stands != Stands::Pending).then(|| {
            VendorText::new(match kept.by_us {
                true => "tool@example.com",
                false => "boss@example.com",
            })
        });
        if kept.edited {
            request.facts.insert("sha256", VendorText::new("FF"));
        }
        let sighting = match self.dice.below(3) {
            0 if odd => Sighting::Absent,
            1 if odd => Sighting::Failed(unreadable("cut off")),
            _ if odd => {
                request.status = Status::Unknown(VendorText::new("Odd"));
                seen(request)
            }
            _ => seen(request),
        };
        LookedUp {
            sighting,
            digest: None,
        }
    }

    /// What becomes of a call, and what its sender hears of it.
    fn hears(&mut self, slot: usize, number: usize) -> Answer {
        let one = self.slots[slot].as_mut().unwrap();
        let sent = one.calls.remove(&number).unwrap();
        let fate = if self.calm { 0 } else { self.dice.below(100) };
        let refused = Event::Refused {
            key: sent.key,
            intent: sent.intent,
        };
        let lost = || Meaning::Unknown("timed out".to_owned());
        let meaning = match fate {
            0..55 => match self.acts(sent) {
                true => Meaning::Claimed,
                false => {
                    self.journal.push(refused);
                    Meaning::DoneBefore("decided already".to_owned())
                }
            },
            55..68 => {
                self.acts(sent);
                lost()
            }
            68..82 => {
                self.in_flight.push(sent);
                lost()
            }
            82..86 => lost(),
            86..92 => {
                self.journal.push(refused);
                Meaning::NotSent("connection refused".to_owned())
            }
            92..97 => {
                self.journal.push(refused);
                Meaning::Wait(Duration::from_secs(1))
            }
            _ => {
                self.journal.push(refused);
                Meaning::CredentialRejected("401".to_owned())
            }
        };
        let claimed = matches!(meaning, Meaning::Claimed);
        let one = self.slots[slot].as_mut().unwrap();
        one.claimed.insert(sent.key, claimed);
        Answer::without_words(meaning)
    }

    /// The vendor receives a call; says whether it answers with success.
    fn acts(&mut self, sent: Sent) -> bool {
        let Sent { key, intent } = sent;
        let kept = self.kept.get_mut(&key).unwrap();
        match (key.0, kept.stands) {
            (_, Stands::Pending) | ("acts-again", _) | ("may-cancel", Stands::Approved) => {}
            ("ignores", _) => return true,
            (_, Stands::Approved | Stands::Denied) => return false,
        }
        kept.stands = wanted(key);
        kept.by_us = true;
        self.journal.push(Event::Acts { key, intent });
        true
    }
}

fn wanted(key: Key) -> Stands {
    match key.0 {
        "may-cancel" => Stands::Denied,
        _ => Stands::Approved,
    }
}

/// The numbers of the intents for one request, read without any type of ours.
fn intents_of(bytes: &[u8], key: Key) -> Vec<u64> {
    let lines = bytes.split(|byte| *byte == b'\n');
    let records = lines.filter_map(|line| serde_json::from_slice::<Value>(line).ok());
    let is_it = |record: &Value| {
        let change = &record["change"];
        record["kind"] == "intent" && change["queue"] == key.0 && change["identity"]["id"] == key.1
    };
    let intents = records.filter(is_it);
    intents
        .filter_map(|intent| intent["seq"].as_u64())
        .collect()
}
