//! A place to stay in: one world that was played through undisturbed, and that can be entered again before each step.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use mock_servers::{Actor, Entry, Kind, Vendor};

use super::disguise;
use super::disturbances::Spot;
use super::evidence::{Clean, Evidence, Object, Role, Run, effect};
use crate::Settings;
use crate::check_explore::explorable;
use crate::child::{End, Ran};
use crate::count::is_write;
use crate::judge::judge;
use crate::perform::{Seen, perform};
use crate::placeholders::fill;
use crate::story::{Explore, Step, Story};
use crate::world::World;

/// The folder of credentials below the client's, where secrets are meant to be.
const SECRETS: &str = ".secrets";
/// What a moment keeps of the client's folders.
const KEPT: [&str; 2] = ["work", "home"];

/// A world and the moments in it.
pub(crate) struct Lodge {
    pub(crate) world: World,
    stays: Vec<Stay>,
    /// What the client wrote to standard output so far.
    told: String,
    /// Every credential, in each form in which it could show.
    secrets: Vec<Vec<u8>>,
    /// What stood in the client's folders before it did anything.
    furnished: BTreeMap<String, Vec<u8>>,
    /// From where on the journal is about this world: a restart begins another.
    begins: usize,
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
    /// A request of this vendor's that people may act on.
    pub(crate) fn subject(&self, vendor: Vendor) -> Option<String> {
        let wanted = self.clean.wanted.keys();
        let done = self.clean.done.iter().map(|(object, _)| object);
        let mut all = wanted.chain(done);
        all.find(|(of, _)| *of == vendor).map(|(_, id)| id.clone())
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
            furnished: all_files(&world),
            begins: 0,
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
            if matches!(&step.restart, Some(restart) if restart.keep.is_none()) {
                lodge.begins = lodge.world.mocks.journal().len();
            }
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
        if !explorable(step) || !(named.is_empty() || named.contains(&step.name)) {
            return Ok(None);
        }
        let stay = Stay {
            step: position,
            prefix: self.world.mocks.journal().split_off(self.begins),
            spots: Vec::new(),
            clean: Clean {
                wanted: wanted.clone(),
                told: self.told.clone(),
                ..Clean::default()
            },
            folder: self.world.beside(&format!("saved-{position}")),
        };
        self.world.mocks.save(&stay.name());
        for kept in KEPT {
            copy(&self.world.beside(kept), &stay.folder.join(kept))
                .map_err(|error| format!("cannot keep the client's folders: {error}"))?;
        }
        Ok(Some(stay))
    }

    fn remember(&mut self, mut stay: Stay, seen: &Seen) {
        let Some(ran) = seen.ran.first() else { return };
        let mut nth: BTreeMap<(&str, Option<&str>), u64> = BTreeMap::new();
        let calls = seen.entries.iter().filter(|entry| entry.kind == Kind::Call);
        for entry in calls {
            stay.clean.calls += 1;
            stay.clean.writes |= is_write(entry);
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
        // What an earlier stay left running must not act in this one.
        self.world.end_clients();
        for kept in KEPT {
            let folder = self.world.beside(kept);
            std::fs::remove_dir_all(&folder)
                .and_then(|()| copy(&stay.folder.join(kept), &folder))
                .map_err(|error| format!("cannot go back to the client's folders: {error}"))?;
        }
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
            object: None,
            claimed: None,
            ended_by_us: false,
            settled: false,
            exits: &explore.exits,
            admits: &explore.admits,
            aside: &explore.aside,
            incomplete: &explore.incomplete,
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

    /// What the client left in its folder and its home: neither its credentials nor what the story put there.
    pub(crate) fn files(&self) -> Vec<(String, Vec<u8>)> {
        let left = all_files(&self.world).into_iter();
        left.filter(|(path, bytes)| self.furnished.get(path) != Some(bytes))
            .collect()
    }
}

fn all_files(world: &World) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    collect(&world.folder(), "", &mut files);
    collect(&world.home(), "~/", &mut files);
    files
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

fn secrets(world: &World) -> Vec<Vec<u8>> {
    let mut secrets = Vec::new();
    for queue in world.mocks.queues().into_values() {
        for (key, value) in queue.credentials {
            // A user's name is no secret, and stands among the credentials of one vendor.
            if key != "run-as" {
                secrets.extend(disguise::forms(&value));
            }
        }
    }
    secrets
}

// Folders and plain files as they are, links as links; what else there may be (sockets, pipes) means nothing later.
fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let (kind, target) = (entry.file_type()?, to.join(entry.file_name()));
        if kind.is_dir() {
            copy(&entry.path(), &target)?;
        } else if kind.is_symlink() {
            std::os::unix::fs::symlink(std::fs::read_link(entry.path())?, target)?;
        } else if kind.is_file() {
            std::fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

// One that cannot be read is told by its name: what it holds, nobody knows.
fn collect(folder: &Path, prefix: &str, files: &mut BTreeMap<String, Vec<u8>>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = format!("{prefix}{}", entry.file_name().to_string_lossy());
        match entry.file_type() {
            Ok(kind) if kind.is_dir() && path != SECRETS => {
                collect(&entry.path(), &format!("{path}/"), files);
            }
            Ok(kind) if kind.is_file() => {
                files.insert(path, std::fs::read(entry.path()).unwrap_or_default());
            }
            Ok(_) | Err(_) => {}
        }
    }
}
