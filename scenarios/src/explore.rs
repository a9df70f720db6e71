//! `scenario explore`: one story under everything that can go wrong at every call it makes, and the laws that hold then.
//!
//! ```text
//! the story, undisturbed ──► its calls × disturbances ──► a world each: disturbed step, then rounds until it settles
//!                                                                └──► evidence ──► laws ──► matrix
//! ```

mod disguise;
mod disturbances;
mod evidence;
mod laws;
mod limits;
mod lodge;
mod matrix;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use globset::GlobMatcher;
use mock_servers::{Actor, Entry, Kind};

use self::disturbances::{Disturbance, Spot, disturbances};
use self::evidence::{Evidence, Role};
use self::laws::LAWS;
use self::lodge::{Lodge, Stay};
use crate::child::End;
use crate::find::Trial;
use crate::line::line;
use crate::perform::perform;
use crate::story::{Signal, Story};
use crate::{Settings, check};

pub use matrix::{json as explored_json, text as explored_text};

/// How many rounds a world has until nothing must be left to do.
const ROUNDS: usize = 3;

/// What is asked for.
#[derive(Clone, Debug)]
pub struct Exploring {
    /// Only cells whose name matches.
    pub only: Option<GlobMatcher>,
    /// How many worlds stand side by side.
    pub jobs: usize,
}

/// What became of a story in all its worlds.
#[derive(Clone, Debug)]
pub struct Explored {
    /// `suite/name`, and `/case`.
    pub name: String,
    /// Its file.
    pub path: String,
    /// What everything derived from.
    pub seed: u64,
    /// Why nothing could be disturbed.
    pub trouble: Option<String>,
    /// One for each call and disturbance, in the order of the story.
    pub cells: Vec<Cell>,
    /// Real time.
    pub took: Duration,
}

/// One world.
#[derive(Clone, Debug)]
pub struct Cell {
    /// The step that was disturbed.
    pub step: String,
    /// The call: operation, request, and which of them.
    pub call: String,
    /// What went wrong there.
    pub disturbance: String,
    /// How the disturbed client ended.
    pub end: String,
    /// Why it could not happen there, as in: nobody denies what is denied already. No law was asked then.
    pub moot: Option<String>,
    /// What did not hold: the law, and how it was broken. Empty is good.
    pub broken: Vec<(String, String)>,
    /// What was seen: every run with its output, and the journal.
    pub told: String,
}

impl Cell {
    /// `STEP/OPERATION:REQUEST:NTH/DISTURBANCE`: what `--only` compares.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{}/{}/{}", self.step, self.call, self.disturbance)
    }
}

impl Explored {
    /// Whether there is nothing to tell: none of its calls was asked for.
    #[must_use]
    pub fn silent(&self) -> bool {
        self.trouble.is_none() && self.cells.is_empty()
    }

    /// The worlds in which the disturbance happened and every law held.
    pub fn holding(&self) -> impl Iterator<Item = &Cell> {
        let mut cells = self.cells.iter();
        std::iter::from_fn(move || cells.find(|cell| cell.broken.is_empty() && cell.moot.is_none()))
    }

    /// Whether every law held in every world. Where there was none, nothing was shown: ask `holding`.
    #[must_use]
    pub fn held(&self) -> bool {
        self.trouble.is_none() && self.cells.iter().all(|cell| cell.broken.is_empty())
    }
}

/// Plays the story once undisturbed, then every disturbance at every call. Must be called inside a runtime of several
/// threads.
pub async fn explore(trial: &Trial, settings: &Settings, asked: &Exploring) -> Explored {
    let began = Instant::now();
    let found = cells(trial, settings, asked).await;
    let (cells, trouble) = match found {
        Ok(cells) => (cells, None),
        Err(why) => (Vec::new(), Some(why)),
    };
    Explored {
        name: trial.name.clone(),
        path: trial.path.clone(),
        seed: trial.variant.story.scenario.seed,
        trouble,
        cells,
        took: began.elapsed(),
    }
}

/// A cell to be.
#[derive(Clone, Debug)]
struct Planned {
    step: usize,
    spot: Spot,
    disturbance: Disturbance,
}

async fn cells(trial: &Trial, settings: &Settings, asked: &Exploring) -> Result<Vec<Cell>, String> {
    let story = Arc::new(trial.variant.story.clone());
    let first = Lodge::open(&story, settings).await?;
    let planned: Arc<Vec<Planned>> = Arc::new(planned(&story, &first, asked));
    if planned.is_empty() {
        return Ok(Vec::new());
    }
    let next = Arc::new(AtomicUsize::new(0));
    let mut workers = tokio::task::JoinSet::new();
    let mut first = Some(first);
    for _ in 0..asked.jobs.clamp(1, planned.len()) {
        let (planned, next, story) = (Arc::clone(&planned), Arc::clone(&next), Arc::clone(&story));
        let (lodge, settings) = (first.take(), settings.clone());
        workers.spawn(async move {
            let lodge = match lodge {
                Some(lodge) => lodge,
                None => Lodge::open(&story, &settings).await?,
            };
            let mut cells = Vec::new();
            loop {
                let position = next.fetch_add(1, Ordering::Relaxed);
                let Some(plan) = planned.get(position) else {
                    return Ok::<_, String>(cells);
                };
                cells.push((position, cell(plan, &story, &lodge).await?));
            }
        });
    }
    let mut cells = Vec::new();
    while let Some(worker) = workers.join_next().await {
        cells.extend(worker.map_err(|error| error.to_string())??);
    }
    cells.sort_by_key(|(position, _)| *position);
    Ok(cells.into_iter().map(|(_, cell)| cell).collect())
}

fn planned(story: &Story, lodge: &Lodge, asked: &Exploring) -> Vec<Planned> {
    let patience = check::duration(&story.explore.patience).unwrap_or(Duration::from_millis(1500));
    let patience = u64::try_from(patience.as_millis()).unwrap_or(u64::MAX);
    let mut planned = Vec::new();
    for stay in lodge.stays() {
        let step = &story.step[stay.step];
        for spot in &stay.spots {
            let subject = stay.subject(spot.vendor);
            for disturbance in disturbances(spot, subject.as_deref(), patience) {
                let name = format!("{}/{spot}/{}", step.name, disturbance.name);
                if asked.only.as_ref().is_none_or(|only| only.is_match(&name)) {
                    planned.push(Planned {
                        step: stay.step,
                        spot: spot.clone(),
                        disturbance,
                    });
                }
            }
        }
    }
    planned
}

async fn cell(plan: &Planned, story: &Story, lodge: &Lodge) -> Result<Cell, String> {
    let stay = lodge.enter(plan.step)?;
    let mut step = story.step[plan.step].clone();
    step.fault.extend(plan.disturbance.faults.iter().cloned());
    step.signal.clone_from(&plan.disturbance.signal);
    let mut evidence = lodge.evidence(stay, &story.explore);
    let before = evidence.entries.len();
    let seen = perform(&step, &lodge.world).await;
    let spot = &plan.spot;
    evidence.object = spot.object.clone().map(|id| (spot.vendor, id));
    evidence.other_world = plan.disturbance.other_world;
    evidence.claimed = plan.disturbance.claims;
    let killed = plan
        .disturbance
        .signal
        .as_ref()
        .map(|signalled| signalled.send);
    evidence.ended_by_us = killed.is_some();
    let mut broken: Vec<(String, String)> = Vec::new();
    let idle = seen
        .idle
        .iter()
        .map(|armed| format!("{} never struck", armed.fault.id));
    for why in idle.chain(seen.trouble.clone()) {
        broken.push(("the disturbance happens".to_owned(), why));
    }
    let moot = seen.entries.iter().find(|entry| could_not_be(entry));
    let moot = moot.map(|entry| crate::line::line(entry).trim().to_owned());
    if let Some(ran) = seen.ran.into_iter().next() {
        lodge.note(&mut evidence, Role::Disturbed, ran, before);
    }
    if broken.is_empty() && moot.is_none() {
        if killed == Some(Signal::Kill) {
            lodge
                .run(&mut evidence, Role::Readable, &story.explore.readable)
                .await?;
            if !story.explore.remembers.is_empty() {
                lodge
                    .run(&mut evidence, Role::Remembers, &story.explore.remembers)
                    .await?;
            }
        }
        settle(lodge, story, &mut evidence).await?;
        evidence.files = lodge.files();
        for (law, breaks) in LAWS {
            broken.extend(
                breaks(&evidence)
                    .into_iter()
                    .map(|how| ((*law).to_owned(), how)),
            );
        }
    }
    let told_to_end = plan
        .disturbance
        .signal
        .as_ref()
        .is_some_and(|signalled| signalled.send != Signal::Kill);
    let end = evidence.disturbed().map(|run| match run.ran.end {
        // Whether it was done first or heard first is luck; both are right.
        End::Exit(_) if told_to_end => "told".to_owned(),
        End::Exit(code) => code.to_string(),
        End::Signal(_) => "killed".to_owned(),
        End::TimedOut(_) => "hung".to_owned(),
    });
    Ok(Cell {
        step: step.name,
        call: plan.spot.to_string(),
        disturbance: plan.disturbance.name.clone(),
        end: end.unwrap_or_default(),
        moot,
        broken,
        told: told(&evidence, stay),
    })
}

// Somebody beside the API wanted to act and could not.
fn could_not_be(entry: &Entry) -> bool {
    entry.kind == Kind::Refusal && entry.actor.is_some_and(|actor| actor != Actor::Api)
}

// Runs the client again, undisturbed, until nothing is left to do; and once more, to see that then nothing is done.
async fn settle(lodge: &Lodge, story: &Story, evidence: &mut Evidence<'_>) -> Result<(), String> {
    let explore = &story.explore;
    for _ in 0..ROUNDS {
        lodge.a_moment_later()?;
        for words in &explore.again {
            lodge.run(evidence, Role::Again, words).await?;
        }
        let end = lodge.run(evidence, Role::Settled, &explore.settled).await?;
        evidence.settled = end == End::Exit(0);
        if evidence.settled {
            break;
        }
    }
    if evidence.settled {
        for words in &explore.again {
            lodge.run(evidence, Role::Further, words).await?;
        }
    }
    Ok(())
}

fn told(evidence: &Evidence<'_>, stay: &Stay) -> String {
    let mut told = String::new();
    for run in &evidence.runs {
        let words = run.ran.words.join(" ").replace("{cli}", "countersign");
        told.push_str(&format!("$ {words}\n"));
        for text in run.ran.stdout.lines() {
            told.push_str(&format!("  {text}\n"));
        }
        for text in run.ran.stderr.lines() {
            told.push_str(&format!("  ! {text}\n"));
        }
        told.push_str(&format!("[{}]\n", run.ran.end));
        for entry in evidence.of(run) {
            told.push_str(&format!("    {}\n", line(entry)));
        }
    }
    let before = stay.prefix.len();
    told.push_str(&format!(
        "({before} journal lines before the step are left out)\n"
    ));
    told
}
