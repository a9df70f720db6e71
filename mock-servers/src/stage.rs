//! Everything that changes, behind one lock: machines, clock, journal, faults, holds. No await happens inside.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use tokio::sync::{oneshot, watch};

use crate::actors::{Act, Deed as ActDeed, Done};
use crate::clock::{Advance, Clock, Fired};
use crate::faults::Faults;
use crate::journal::{Actor, Entry, Journal, Kind};
use crate::vendors::{Acted, Deed, DeedKind, Machine, NotActed, Vendor};

/// The lock and the means to wait for what happens under it.
pub(crate) struct Stage {
    play: Mutex<Play>,
    /// How many calls are held right now.
    pub(crate) held: watch::Sender<usize>,
    /// How many calls have arrived and are not yet over, whether or not their client still waits.
    pub(crate) busy: watch::Sender<usize>,
}

/// What is behind the lock.
pub(crate) struct Play {
    pub(crate) clock: Clock,
    pub(crate) journal: Journal,
    pub(crate) faults: Faults,
    pub(crate) machines: BTreeMap<Vendor, Box<dyn Machine>>,
    pub(crate) holds: BTreeMap<u64, Hold>,
    pub(crate) snapshots: BTreeMap<String, Snapshot>,
    /// Counts resets: a call that began before one must not touch what came after.
    pub(crate) epoch: u64,
    pub(crate) last_hold: u64,
    held: watch::Sender<usize>,
}

/// A call that is not yet over.
pub(crate) struct Busy(watch::Sender<usize>);

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.send_modify(|calls| *calls = calls.saturating_sub(1));
    }
}

/// A call that waits to be released.
pub(crate) struct Hold {
    pub(crate) fault: String,
    pub(crate) vendor: Vendor,
    pub(crate) op: &'static str,
    pub(crate) object: Option<String>,
    pub(crate) release: oneshot::Sender<()>,
}

/// The world at one moment.
pub(crate) struct Snapshot {
    machines: BTreeMap<Vendor, Box<dyn Machine>>,
    clock: Clock,
    faults: Faults,
}

impl Stage {
    pub(crate) fn new(
        clock: Clock,
        journal: Journal,
        faults: Faults,
        machines: BTreeMap<Vendor, Box<dyn Machine>>,
        empty: BTreeMap<Vendor, Box<dyn Machine>>,
    ) -> Self {
        let held = watch::Sender::new(0);
        let mut play = Play {
            clock,
            journal,
            faults,
            machines,
            holds: BTreeMap::new(),
            snapshots: BTreeMap::new(),
            epoch: 0,
            last_hold: 0,
            held: held.clone(),
        };
        play.snapshots.insert("start".to_owned(), play.snapshot());
        let empty = Snapshot {
            machines: empty,
            clock: play.clock.clone(),
            faults: Faults::default(),
        };
        play.snapshots.insert("empty".to_owned(), empty);
        Self {
            play: Mutex::new(play),
            held,
            busy: watch::Sender::new(0),
        }
    }

    /// Counts a call in, until what it answers is dropped.
    pub(crate) fn enter(&self) -> Busy {
        self.busy.send_modify(|calls| *calls += 1);
        Busy(self.busy.clone())
    }

    /// The play, with what real time has brought about already done.
    pub(crate) fn play(&self) -> MutexGuard<'_, Play> {
        // A panic elsewhere must not turn into a second one here.
        let mut play = self.play.lock().unwrap_or_else(PoisonError::into_inner);
        play.tick();
        play
    }
}

impl Play {
    pub(crate) fn now(&mut self) -> Timestamp {
        self.clock.now()
    }

    pub(crate) fn vendors(&self) -> Vec<Vendor> {
        self.machines.keys().copied().collect()
    }

    pub(crate) fn machine(&mut self, vendor: Vendor) -> Option<&mut Box<dyn Machine>> {
        self.machines.get_mut(&vendor)
    }

    pub(crate) fn note(&mut self, entry: Entry) -> u64 {
        let now = self.clock.now();
        self.journal.append(now, entry)
    }

    fn tick(&mut self) {
        let now = self.clock.now();
        self.settle(now);
    }

    fn settle(&mut self, now: Timestamp) -> Vec<Fired> {
        let mut fired: Vec<Fired> = self
            .machines
            .values_mut()
            .flat_map(|machine| machine.settle(now))
            .collect();
        fired.sort_by(|left, right| (left.at, left.vendor).cmp(&(right.at, right.vendor)));
        for event in &fired {
            let mut entry = Entry::new(Kind::Clock, Vendor::from_slug(event.vendor).ok())
                .with("fired", event.kind)
                .with("due", event.at.to_string())
                .with("count", event.count);
            entry.object = event.object.clone();
            self.note(entry);
        }
        fired
    }

    /// Moves time; answers from, to and what fired, in order.
    pub(crate) fn advance(
        &mut self,
        advance: &Advance,
    ) -> Result<(Timestamp, Timestamp, Vec<Fired>), String> {
        let target = advance.target(self.clock.now())?;
        let (from, to) = self.clock.advance_to(target)?;
        self.note(
            Entry::new(Kind::Clock, None)
                .with("from", from.to_string())
                .with("to", to.to_string()),
        );
        Ok((from, to, self.settle(to)))
    }

    /// Somebody acts; the act and what it did are journalled.
    pub(crate) fn act(&mut self, deed: ActDeed, act: &Act) -> Result<Done, NotActed> {
        let now = self.clock.now();
        let vendor = match act.vendor {
            Some(vendor) => vendor,
            None if self.machines.len() == 1 => self.vendors()[0],
            None => return Err(NotActed::Malformed("`vendor` is missing".to_owned())),
        };
        let actor = deed.actor();
        let Some(machine) = self.machines.get_mut(&vendor) else {
            return Err(NotActed::Malformed(format!(
                "{} is not served",
                vendor.slug()
            )));
        };
        let outcome = match check(deed, act) {
            Ok(()) => machine.act_as(deed, actor, act, now),
            Err(problem) => Err(NotActed::Malformed(problem)),
        };
        match outcome {
            Ok(acted) => Ok(self.note_acted(vendor, deed, actor, acted)),
            Err(problem) => {
                self.note_not_acted(vendor, deed, actor, act, &problem);
                Err(problem)
            }
        }
    }

    fn note_acted(&mut self, vendor: Vendor, deed: ActDeed, actor: Actor, acted: Acted) -> Done {
        let mut entry = Entry::new(Kind::Actor, Some(vendor)).with("did", deed.name());
        entry.object = Some(acted.object.clone());
        entry.actor = Some(actor);
        let entry = entry.with("state", acted.state.clone());
        let mut seq = self.note(entry);
        if let Some(deed) = acted.deed {
            seq = self.note_deed(vendor, None, actor, None, &deed);
        }
        Done {
            id: acted.object,
            state: acted.state,
            seq,
        }
    }

    fn note_not_acted(
        &mut self,
        vendor: Vendor,
        deed: ActDeed,
        actor: Actor,
        act: &Act,
        problem: &NotActed,
    ) {
        let (object, because) = match problem {
            NotActed::Refused {
                object, because, ..
            } => (Some(object.clone()), because.clone()),
            NotActed::Unknown(id) => (Some(id.clone()), "no such request".to_owned()),
            NotActed::Malformed(because) => (act.id.clone(), because.clone()),
        };
        let mut entry = Entry::new(Kind::Refusal, Some(vendor))
            .with("did", deed.name())
            .with("because", because);
        entry.object = object;
        entry.actor = Some(actor);
        self.note(entry);
    }

    /// Journals what a write did. `call` is the `seq` of the call that did it.
    pub(crate) fn note_deed(
        &mut self,
        vendor: Vendor,
        op: Option<&'static str>,
        actor: Actor,
        call: Option<(u64, Option<u16>)>,
        deed: &Deed,
    ) -> u64 {
        let kind = match deed.kind {
            DeedKind::Effect => Kind::Effect,
            DeedKind::NoOp => Kind::NoOp,
            DeedKind::Refusal => Kind::Refusal,
        };
        let mut entry = Entry::new(kind, Some(vendor))
            .with("verdict", deed.verdict)
            .with("by", deed.by.clone())
            .with("state", deed.state.clone());
        if let Some(because) = &deed.because {
            entry = entry.with("because", because.clone());
        }
        if let Some((seq, status)) = call {
            entry = entry.with("call", seq);
            entry.status = status;
        }
        entry.op = op;
        entry.object = Some(deed.object.clone()).filter(|object| !object.is_empty());
        entry.actor = Some(actor);
        self.note(entry)
    }

    /// Registers a held call; answers its id and what to wait for.
    pub(crate) fn hold(
        &mut self,
        fault: String,
        vendor: Vendor,
        op: &'static str,
        object: Option<String>,
    ) -> (u64, oneshot::Receiver<()>) {
        let (release, released) = oneshot::channel();
        self.last_hold += 1;
        self.holds.insert(
            self.last_hold,
            Hold {
                fault,
                vendor,
                op,
                object,
                release,
            },
        );
        self.held.send_replace(self.holds.len());
        (self.last_hold, released)
    }

    /// Lets a held call go on; false if there is none of that id.
    pub(crate) fn release(&mut self, id: u64) -> bool {
        let held = self.holds.remove(&id);
        self.held.send_replace(self.holds.len());
        held.is_some_and(|hold| hold.release.send(()).is_ok())
    }

    pub(crate) fn snapshot(&self) -> Snapshot {
        let machines = self
            .machines
            .iter()
            .map(|(vendor, machine)| (*vendor, machine.copy()));
        Snapshot {
            machines: machines.collect(),
            clock: self.clock.clone(),
            faults: self.faults.clone(),
        }
    }

    /// Returns to a snapshot; held calls are dropped, the journal goes on or starts again. False if there is none.
    pub(crate) fn restore(&mut self, name: &str, keep_journal: bool) -> bool {
        let Some(snapshot) = self.snapshots.get(name) else {
            return false;
        };
        self.machines = snapshot
            .machines
            .iter()
            .map(|(vendor, machine)| (*vendor, machine.copy()))
            .collect();
        self.clock = snapshot.clock.clone();
        self.faults = snapshot.faults.clone();
        self.begin_again(keep_journal);
        true
    }

    /// The service starts again with its data: sessions end, held calls are dropped.
    pub(crate) fn restart(&mut self) {
        for machine in self.machines.values_mut() {
            machine.restart();
        }
        self.begin_again(true);
    }

    /// Drops held calls; what began before this moment will not touch what comes.
    pub(crate) fn begin_again(&mut self, keep_journal: bool) {
        self.epoch += 1;
        self.holds.clear();
        self.held.send_replace(0);
        if !keep_journal {
            self.journal.clear();
        }
    }
}

// Members that an act does not use would be an act other than the one meant.
fn check(deed: ActDeed, act: &Act) -> Result<(), String> {
    let decides = match deed {
        ActDeed::PortalDecide | ActDeed::OperatorDecide => true,
        ActDeed::UserSubmit
        | ActDeed::UserEdit
        | ActDeed::UserCancel
        | ActDeed::UserStart
        | ActDeed::UserFinish => false,
    };
    let submits = deed == ActDeed::UserSubmit;
    let describes = submits || deed == ActDeed::UserEdit;
    match (decides, describes) {
        (true, _) if act.decision.is_none() => {
            Err("`decision` is missing: approve, deny or take-back".to_owned())
        }
        (false, _) if act.decision.is_some() => Err("`decision` belongs to decide".to_owned()),
        (_, false) if act.request.is_some() => {
            Err("`request` belongs to submit and edit".to_owned())
        }
        _ if !submits && act.id.is_none() => Err("`id` is missing".to_owned()),
        (_, true) if act.request.is_none() => {
            Err("`request` is missing: the grammar of a world's `request`".to_owned())
        }
        _ => Ok(()),
    }
}
