//! A place to stay in: one world that was played through undisturbed, and that can be entered again before each step.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use mock_servers::{Actor, Entry, Kind};

use super::disturbances::Spot;
use super::evidence::{Clean, Evidence, Object, Role, Run, effect};
use crate::Settings;
use crate::child::{End, Ran};
use crate::judge::judge;
use crate::perform::{Seen, perform};
use crate::placeholders::fill;
use crate::story::{Explore, Step, Story};
use crate::world::World;

/// The folder of credentials, where secrets are meant to be.
const SECRETS: &str = ".secrets";

/// A world and the moments in it.
pub(crate) struct Lodge {
    pub(crate) world: World,
    stays: Vec<Stay>,
    /// What the client wrote to standard output so far.
    told: String,
    secrets: Vec<String>,
}

/// The moment before a step, and what the step did undisturbed.
#[derive(Debug)]
pub(crate) struct Stay {
    /// The step's position.
    pub(crate) step: usize,
    /// The journal until then.
    pub(crate) prefix: Vec<Entry>,
    /// The step's calls.
    pub(crate) spots: Vec<Spot>,
    clean: Clean,
    folder: PathBuf,
}

impl Stay {
    /// A request that people may act on.
    pub(crate) fn subject(&self) -> Option<String> {
        let wanted = self.clean.wanted.keys().next();
        let done = self.clean.done.iter().next().map(|(object, _)| object);
        wanted.or(done).map(|(_, id)| id.clone())
    }

    fn name(&self) -> String {
        format!("before step {}", self.step)
    }
}

impl Lodge {
    /// Makes a world and plays the story in it, undisturbed.
    pub(crate) async fn open(story: &Story, settings: &Settings) -> Result<Self, String> {
        let world = World::make(story, settings).await?;
        let mut lodge = Self {
            secrets: secrets(&world),
            world,
            stays: Vec::new(),
            told: String::new(),
        };
        let mut wanted = BTreeMap::new();
        for (position, step) in story.step.iter().enumerate() {
            let stay = lodge.stay(story, position, &wanted)?;
            let seen = perform(step, &lodge.world).await;
            let problems = judge(step, &seen, &lodge.world);
            if let Some(problem) = problems.first() {
                return Err(format!(
                    "the story itself fails in step {:?}, undisturbed: {}: expected {}, seen {}",
                    step.name, problem.what, problem.expected, problem.seen
                ));
            }
            want(step, &lodge.world, &mut wanted)?;
            if let Some(stay) = stay {
                lodge.remember(stay, &seen);
            }
            lodge
                .told
                .extend(seen.ran.iter().map(|ran| ran.stdout.as_str()));
        }
        let all = lodge.world.mocks.journal();
        for stay in &mut lodge.stays {
            stay.clean.done = done(&all).collect();
        }
        Ok(lodge)
    }

    // Keeps the moment before a step that is to be disturbed.
    fn stay(
        &self,
        story: &Story,
        position: usize,
        wanted: &BTreeMap<Object, String>,
    ) -> Result<Option<Stay>, String> {
        let step = &story.step[position];
        let named = &story.explore.steps;
        if step.run.is_none() || !(named.is_empty() || named.contains(&step.name)) {
            return Ok(None);
        }
        let stay = Stay {
            step: position,
            prefix: self.world.mocks.journal(),
            spots: Vec::new(),
            clean: Clean {
                wanted: wanted.clone(),
                told: self.told.clone(),
                ..Clean::default()
            },
            folder: self.world.beside(&format!("saved-{position}")),
        };
        self.world.mocks.save(&stay.name());
        copy(&self.world.folder(), &stay.folder)
            .map_err(|error| format!("cannot keep the folder: {error}"))?;
        Ok(Some(stay))
    }

    fn remember(&mut self, mut stay: Stay, seen: &Seen) {
        let Some(ran) = seen.ran.first() else { return };
        let mut nth: BTreeMap<(&str, Option<&str>), u64> = BTreeMap::new();
        let calls = seen.entries.iter().filter(|entry| entry.kind == Kind::Call);
        for entry in calls {
            stay.clean.calls += 1;
            if let (Some(vendor), Some(op)) = (entry.vendor, entry.op) {
                let nth = nth.entry((op, entry.object.as_deref())).or_default();
                *nth += 1;
                stay.spots.push(Spot {
                    vendor,
                    op,
                    object: entry.object.clone(),
                    nth: *nth,
                });
            }
        }
        // Requests are decided side by side: which call came first is luck, and the matrix is the same each time.
        stay.spots
            .sort_by(|one, other| (&one.object, one.nth).cmp(&(&other.object, other.nth)));
        stay.clean.done_here = done(&seen.entries).collect();
        stay.clean.end = Some(ran.end);
        stay.clean.stdout.clone_from(&ran.stdout);
        if !stay.spots.is_empty() {
            self.stays.push(stay);
        }
    }

    /// The moments that can be entered.
    pub(crate) fn stays(&self) -> &[Stay] {
        &self.stays
    }

    /// Goes back to the moment before a step.
    pub(crate) fn enter(&self, step: usize) -> Result<&Stay, String> {
        let stay = self.stays.iter().find(|stay| stay.step == step);
        let stay = stay.ok_or("no such moment")?;
        if !self.world.mocks.restore(&stay.name()) {
            return Err("the mock has forgotten the moment".to_owned());
        }
        let back = |error: std::io::Error| format!("cannot go back to the folder: {error}");
        std::fs::remove_dir_all(self.world.folder()).map_err(back)?;
        copy(&stay.folder, &self.world.folder()).map_err(back)?;
        Ok(stay)
    }

    /// What is known when a stay begins.
    pub(crate) fn evidence<'a>(&'a self, stay: &'a Stay, explore: &'a Explore) -> Evidence<'a> {
        Evidence {
            clean: &stay.clean,
            prefix: stay.prefix.len(),
            entries: stay.prefix.clone(),
            runs: Vec::new(),
            other_world: false,
            ended_by_us: false,
            settled: false,
            exits: &explore.exits,
            admits: &explore.admits,
            aside: &explore.aside,
            secrets: &self.secrets,
            files: Vec::new(),
        }
    }

    /// Somebody comes back: a second passes, so that what is made now is younger than what was made before.
    pub(crate) fn a_moment_later(&self) -> Result<(), String> {
        let by = mock_servers::Advance {
            by: Some("1s".to_owned()),
            ..mock_servers::Advance::default()
        };
        self.world.mocks.advance(&by).map(|_| ())
    }

    /// Runs the client and writes down what it did.
    pub(crate) async fn run(
        &self,
        evidence: &mut Evidence<'_>,
        role: Role,
        words: &[String],
    ) -> Result<End, String> {
        let before = evidence.entries.len();
        let ran = self.world.run(words, &BTreeMap::new(), None).await?;
        self.world.mocks.settled().await;
        let end = ran.end;
        self.note(evidence, role, ran, before);
        Ok(end)
    }

    /// Adds a run to the evidence, with what the journal says since `before`.
    pub(crate) fn note(&self, evidence: &mut Evidence<'_>, role: Role, ran: Ran, before: usize) {
        let known = evidence.entries.len() - evidence.prefix;
        evidence
            .entries
            .extend(self.world.mocks.journal().split_off(known));
        let entries = before..evidence.entries.len();
        evidence.runs.push(Run { role, ran, entries });
    }

    /// What the client left in its folder, but for its credentials.
    pub(crate) fn files(&self) -> Vec<(String, Vec<u8>)> {
        let mut files = Vec::new();
        // A file that cannot be read is not one that shows anything.
        let _ = collect(&self.world.folder(), "", &mut files);
        files
    }
}

fn done(entries: &[Entry]) -> impl Iterator<Item = (Object, String)> {
    let ours = entries
        .iter()
        .filter(|entry| entry.actor == Some(Actor::Api));
    ours.filter_map(effect)
        .map(|(object, verdict)| (object, verdict.to_owned()))
}

// What a reviewer has decided once this step is over.
fn want(step: &Step, world: &World, wanted: &mut BTreeMap<Object, String>) -> Result<(), String> {
    for decide in step.decide.iter().flatten() {
        let id = fill(&decide.id, &world.names())?;
        let vendor = match &decide.queue {
            None => world.vendors.first().copied(),
            Some(queue) => world
                .vendors
                .iter()
                .copied()
                .find(|vendor| vendor.slug() == queue),
        };
        if let (Some(vendor), Some(verdict)) = (vendor, &decide.verdict) {
            wanted.insert((vendor, id), verdict.clone());
        }
    }
    Ok(())
}

fn secrets(world: &World) -> Vec<String> {
    let queues = world.mocks.queues().into_values();
    let values = queues.flat_map(|queue| queue.credentials.into_values());
    // A user's name is no secret, and stands among the credentials of one vendor.
    values.filter(|value| value.len() >= 16).collect()
}

fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            std::fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

fn collect(folder: &Path, prefix: &str, files: &mut Vec<(String, Vec<u8>)>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = format!("{prefix}{name}");
        if entry.file_type()?.is_dir() {
            if name != SECRETS {
                collect(&entry.path(), &format!("{path}/"), files)?;
            }
        } else {
            files.push((path, std::fs::read(entry.path())?));
        }
    }
    Ok(())
}
