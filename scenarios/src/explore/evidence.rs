//! What one disturbed world showed, from the first undisturbed step to the last look: what the laws are held against.

use std::collections::{BTreeMap, BTreeSet};

use mock_servers::{Actor, Entry, Kind, Vendor};
use serde_json::Value;

use super::limits::CROSSINGS;
use crate::child::{End, Ran};
use crate::count;

/// A request at a vendor.
pub(crate) type Object = (Vendor, String);
/// What was done to it.
pub(crate) type Verdict = String;

/// What the undisturbed story showed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Clean {
    /// What people decided before the step, by request.
    pub(crate) wanted: BTreeMap<Object, Verdict>,
    /// What the client wrote to standard output before the step.
    pub(crate) told: String,
    /// Everything the client did in the whole story.
    pub(crate) done: BTreeSet<(Object, Verdict)>,
    /// What it did in the step itself.
    pub(crate) done_here: BTreeSet<(Object, Verdict)>,
    /// How many calls the step made.
    pub(crate) calls: usize,
    /// Whether one of them could change something.
    pub(crate) writes: bool,
    /// How the step's client ended, and what it wrote to standard output.
    pub(crate) end: Option<End>,
    pub(crate) stdout: String,
}

/// Why a client was run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// The step, disturbed.
    Disturbed,
    /// A look at what the client remembers, after it was killed.
    Readable,
    /// What it then says that it may have sent.
    Remembers,
    /// A round of running it again.
    Again,
    /// The question whether anything is left to do.
    Settled,
    /// A further round, when nothing was left to do.
    Further,
}

/// One run of a client.
#[derive(Clone, Debug)]
pub(crate) struct Run {
    pub(crate) role: Role,
    pub(crate) ran: Ran,
    /// Its part of the journal, as positions in `Evidence::entries`.
    pub(crate) entries: std::ops::Range<usize>,
}

/// Everything about one cell.
#[derive(Clone, Debug)]
pub(crate) struct Evidence<'a> {
    pub(crate) clean: &'a Clean,
    /// How many of the entries were there before the step.
    pub(crate) prefix: usize,
    /// The journal, the steps before included.
    pub(crate) entries: Vec<Entry>,
    pub(crate) runs: Vec<Run>,
    /// Whether the vendor truly answers otherwise than undisturbed.
    pub(crate) other_world: bool,
    /// What stands at that request, as the vendor has it and shows nowhere else.
    pub(crate) claimed: Option<&'static str>,
    /// The request that the disturbed call is about.
    pub(crate) object: Option<Object>,
    /// Whether the client was told to end.
    pub(crate) ended_by_us: bool,
    /// Whether a round came after which nothing was left to do.
    pub(crate) settled: bool,
    /// Exit codes that the client's documentation knows.
    pub(crate) exits: &'a [i32],
    /// Words by which the client says that something could not be read.
    pub(crate) admits: &'a [String],
    /// A number before one of these words is not compared.
    pub(crate) aside: &'a [String],
    /// Exit codes that say that not all was done.
    pub(crate) incomplete: &'a [i32],
    /// Credentials, in each form: none of them may show.
    pub(crate) secrets: &'a [Vec<u8>],
    /// Texts that the client left in its folder, by path.
    pub(crate) files: Vec<(String, Vec<u8>)>,
}

impl Evidence<'_> {
    /// The disturbed run.
    pub(crate) fn disturbed(&self) -> Option<&Run> {
        self.runs.iter().find(|run| run.role == Role::Disturbed)
    }

    /// The journal of one run.
    pub(crate) fn of(&self, run: &Run) -> &[Entry] {
        self.entries.get(run.entries.clone()).unwrap_or_default()
    }

    /// What was done to requests, with the position in the journal and who did it.
    pub(crate) fn deeds(&self) -> impl Iterator<Item = (usize, Object, &str, Actor)> {
        let effects = self.entries.iter().enumerate();
        effects.filter_map(|(position, entry)| {
            let (object, verdict) = effect(entry)?;
            Some((position, object, verdict, entry.actor?))
        })
    }

    /// What the client did to requests since the step began.
    pub(crate) fn ours(&self) -> impl Iterator<Item = (usize, Object, &str)> {
        let ours = self
            .deeds()
            .filter(|(position, _, _, actor)| *actor == Actor::Api && *position >= self.prefix);
        ours.map(|(position, object, verdict, _)| (position, object, verdict))
    }

    /// What the client sent, where the vendor let it reach what a person had decided after the client's last look.
    pub(crate) fn crossing(
        &self,
        position: usize,
        object: &Object,
        verdict: &str,
    ) -> Option<&'static str> {
        let run = self.run_at(position)?;
        let mut before = (run.entries.start..position).rev();
        let looked = before.find(|at| reads(&self.entries[*at], object))?;
        let person = self.deeds().filter(|(at, of, _, actor)| {
            (looked..position).contains(at) && of == object && *actor == Actor::Portal
        });
        let (_, _, person, _) = person.last()?;
        let crossing = CROSSINGS.iter().find(|crossing| {
            (crossing.vendor, crossing.person, crossing.becomes) == (object.0, person, verdict)
        });
        crossing.map(|crossing| crossing.sent)
    }

    /// The run that made the journal's entry at this position.
    pub(crate) fn run_at(&self, position: usize) -> Option<&Run> {
        self.runs.iter().find(|run| run.entries.contains(&position))
    }
}

/// The request and the verdict, where an entry is an effect.
pub(crate) fn effect(entry: &Entry) -> Option<(Object, &str)> {
    if entry.kind != Kind::Effect {
        return None;
    }
    let verdict = entry.detail.get("verdict").and_then(Value::as_str)?;
    Some(((entry.vendor?, entry.object.clone()?), verdict))
}

/// Whether a call read something about this request, or a whole queue.
pub(crate) fn reads(entry: &Entry, (vendor, id): &Object) -> bool {
    entry.kind == Kind::Call
        && entry.vendor == Some(*vendor)
        && !count::is_write(entry)
        // Coming and going is no look.
        && entry.op.is_none_or(|op| !op.contains(".auth."))
        && entry.object.as_ref().is_none_or(|object| object == id)
}
