//! One story from its world to its verdict.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use crate::Settings;
use crate::dialects::{Untried, untried};
use crate::find::Trial;
use crate::judge::{Problem, judge};
use crate::line::line;
use crate::perform::{Seen, perform};
use crate::snapshot;
use crate::story::Step;
use crate::transcript::Transcript;
use crate::world::World;

/// How many journal lines a failure shows.
const TAIL: usize = 20;

/// What became of a story.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// `suite/name`, and `/case`.
    pub name: String,
    /// Its file.
    pub path: String,
    /// What it is about.
    pub title: String,
    /// What everything derived from.
    pub seed: u64,
    /// How it went, step by step.
    pub steps: Vec<StepOutcome>,
    /// Why there was no world to begin in.
    pub trouble: Option<String>,
    /// The last lines of the journal, with the mock's time.
    pub journal: Vec<String>,
    /// Everything that happened, the same on every run.
    pub transcript: String,
    /// What the story rests on and was not varied.
    pub untried: Vec<Untried>,
    /// The folder, where it was kept.
    pub kept: Option<PathBuf>,
    /// Real time.
    pub took: Duration,
}

/// What became of a step.
#[derive(Clone, Debug)]
pub struct StepOutcome {
    /// Its name.
    pub name: String,
    /// How it went.
    pub verdict: Verdict,
}

/// How a step went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Everything held.
    Passed,
    /// Something did not hold.
    Failed(Vec<Problem>),
    /// A step before it failed.
    Skipped,
}

impl Outcome {
    /// Whether everything held.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.trouble.is_none()
            && self
                .steps
                .iter()
                .all(|step| step.verdict == Verdict::Passed)
    }
}

/// Runs one trial in a world of its own. Must be called inside a runtime of several threads.
pub async fn run(trial: &Trial, settings: &Settings) -> Outcome {
    let story = &trial.variant.story;
    let began = Instant::now();
    let mut outcome = Outcome {
        name: trial.name.clone(),
        path: trial.path.clone(),
        title: story.scenario.title.clone(),
        seed: story.scenario.seed,
        steps: Vec::new(),
        trouble: None,
        journal: Vec::new(),
        transcript: String::new(),
        untried: Vec::new(),
        kept: None,
        took: Duration::ZERO,
    };
    match World::make(story, settings).await {
        Err(why) => outcome.trouble = Some(why),
        Ok(world) => play(trial, settings, world, &mut outcome).await,
    }
    outcome.took = began.elapsed();
    outcome
}

async fn play(trial: &Trial, settings: &Settings, world: World, outcome: &mut Outcome) {
    let story = &trial.variant.story;
    let case = trial.variant.case.as_deref();
    let mut transcript = Transcript::begin(&story.scenario.title, case, &world);
    let mut stopped = false;
    for (position, step) in story.step.iter().enumerate() {
        let verdict = if stopped {
            Verdict::Skipped
        } else {
            let seen = perform(step, &world).await;
            transcript.step(position + 1, step, &seen);
            let mut problems = judge(step, &seen, &world);
            problems.extend(step_snapshot(step, &seen, trial, settings, &mut transcript));
            if problems.is_empty() {
                Verdict::Passed
            } else {
                stopped = !step.keep_going;
                Verdict::Failed(problems)
            }
        };
        outcome.steps.push(StepOutcome {
            name: step.name.clone(),
            verdict,
        });
    }
    outcome.transcript = transcript.end(&world);
    let journal = world.mocks.journal();
    outcome.untried = untried(story, &journal);
    let tail = journal.iter().skip(journal.len().saturating_sub(TAIL));
    outcome.journal = tail
        .map(|entry| format!("{}  {}", entry.at, line(entry)))
        .collect();
    // A folder that cannot be removed is left; the story is over either way.
    let root = world.into_root();
    if settings.keep {
        outcome.kept = root.map(tempfile::TempDir::keep);
    }
}

fn step_snapshot(
    step: &Step,
    seen: &Seen,
    trial: &Trial,
    settings: &Settings,
    transcript: &mut Transcript,
) -> Option<Problem> {
    let name = step.expect.as_ref()?.snapshot.as_ref()?;
    let ran = seen.ran.first()?;
    let text = format!("{}{}[{}]\n", ran.stdout, ran.stderr, ran.end);
    let text = transcript.stable(&text);
    snapshot::compare(trial, name, &text, settings.update)
}
