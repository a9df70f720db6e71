//! An apply against the same calls without files, ledger and questions.

use std::process::Command;

use crate::measured::Measured;
use crate::process::{output, run, seconds, told};
use crate::sample::{Sample, in_turn};
use crate::stage::Stage;
use crate::suite::or_missing;
use crate::world::{Spec, World};
use crate::{Missing, Result};

/// How many calls at once, on both sides.
const AT_ONCE: u32 = 32;

/// A world with a saved plan that approves all of its requests, so often as it is reset.
struct Saved {
    world: std::rc::Rc<World>,
    decisions: std::path::PathBuf,
    many: u64,
}

impl Saved {
    fn new(stage: &Stage, many: u64, delay: u64) -> Result<Self> {
        let world = stage.world(Spec::of(many).delayed(delay))?;
        // Another bench may have carried it out already.
        world.reset()?;
        let decisions = world.decide(many)?;
        let mut plan = world.countersign(&decisions);
        run(plan
            .arg("plan")
            .arg("--out")
            .arg(decisions.join("saved.plan")))?;
        let saved = Self {
            world,
            decisions,
            many,
        };
        // What is measured must also be right.
        saved.world.reset()?;
        let said = output(&mut saved.apply())?;
        if !said.contains("Apply complete!") {
            return Err(format!("the apply is not the one expected: {said}").into());
        }
        Ok(saved)
    }

    /// `apply PLAN`.
    fn apply(&self) -> Command {
        let mut command = self.world.countersign(&self.decisions);
        command.arg("apply").arg(self.decisions.join("saved.plan"));
        command.args(["--parallelism", &AT_ONCE.to_string()]);
        command
    }

    /// The bare apply: a read, an approval on a connection of its own and a read for each.
    fn bare(&self, stage: &Stage) -> Result<Command> {
        let ids: Vec<String> = self.world.ids(self.many).map(|id| id.to_string()).collect();
        let file = self.world.path("ids");
        std::fs::write(&file, ids.join("\n"))?;
        let mut command = Command::new(&stage.own);
        command.args(["bare-apply", &self.world.url, &self.world.key]);
        command.arg(AT_ONCE.to_string()).arg(file);
        Ok(command)
    }

    /// Makes a run in the world as it was at the start; its seconds and its calls, of which each change needs three.
    fn afresh(&self, run: impl FnOnce() -> Result<f64>) -> Result<(f64, f64)> {
        self.world.reset()?;
        let took = run()?;
        let calls = self.world.calls()?;
        if u64::from(calls) < 3 * self.many {
            return Err(format!("only {calls} calls for {} changes", self.many).into());
        }
        Ok((took, f64::from(calls)))
    }
}

/// G10: what a call costs that is remembered before it is made.
pub(crate) fn latency(stage: &Stage, rounds: usize) -> Result<Vec<Measured>> {
    let near = Saved::new(stage, stage.size(3_200, 64), 5)?;
    let a_call = |(took, calls): (f64, f64)| took / calls;
    let [bare, ours] = in_turn(
        rounds,
        [
            &mut || {
                let mut bare = near.bare(stage)?;
                near.afresh(|| told(&mut bare)).map(a_call)
            },
            &mut || near.afresh(|| seconds(&mut near.apply())).map(a_call),
        ],
    )?;
    let far = Saved::new(stage, stage.size(1_280, 64), 50)?;
    let (mut took, mut least) = (Sample(Vec::new()), Sample(Vec::new()));
    for _ in 0..rounds.min(2) {
        let (seconds, calls) = far.afresh(|| seconds(&mut far.apply()))?;
        took.0.push(seconds);
        least.0.push(calls * 0.050 / f64::from(AT_ONCE));
    }
    Ok(vec![
        Measured::ratio("G10-5ms", &ours, &bare),
        Measured::ratio("G10-50ms", &took, &least),
    ])
}

/// G11: how often that apply waits for the disk.
pub(crate) fn syncs(stage: &Stage, _: usize) -> Result<Vec<Measured>> {
    let saved = Saved::new(stage, stage.size(3_200, 64), 5)?;
    let trace = saved.world.path("trace");
    let mut strace = Command::new("strace");
    strace.args(["-f", "-qq", "-e", "trace=fdatasync,fsync,sync_file_range"]);
    strace.arg("-o").arg(&trace);
    let apply = saved.apply();
    strace.arg(apply.get_program()).args(apply.get_args());
    saved.world.reset()?;
    run(&mut strace).map_err(|error| match error.downcast_ref::<std::io::Error>() {
        Some(_) => Missing("no strace".to_owned()).into(),
        None => error,
    })?;
    let trace = std::fs::read_to_string(trace)?;
    // A call that another thread interrupts takes two lines, of which the first has the name and a bracket.
    let is_sync = |line: &&str| line.contains("sync(") || line.contains("sync_file_range(");
    let count = trace.lines().filter(is_sync).count();
    if count == 0 {
        return Err("an apply without a sync".into());
    }
    let count = Sample::once(f64::from(u32::try_from(count)?));
    let changes = Sample::once(f64::from(u32::try_from(saved.many)?));
    Ok(vec![Measured::ratio("G11", &count, &changes)])
}

/// G12: the same by scripts such as an administrator would write.
pub(crate) fn python(stage: &Stage, rounds: usize) -> Result<Vec<Measured>> {
    let saved = Saved::new(stage, stage.size(1_000, 150), 5)?;
    let against = |key, script, rounds| {
        let peer = || {
            let mut command = stage.python(script)?;
            command.args([&saved.world.url, &saved.world.key]);
            command.arg(saved.decisions.join("decisions/all.toml"));
            if key == "G12-aiohttp" {
                command.arg(AT_ONCE.to_string());
            }
            saved.afresh(|| {
                let said = output(&mut command)?;
                if !said.starts_with(&format!("{} approved", saved.many)) {
                    return Err(format!("the script did something else: {said}").into());
                }
                Ok(said.lines().last().unwrap_or_default().parse()?)
            })
        };
        let (mut theirs, mut our) = (0.0, 0.0);
        let [base, ours] = in_turn(
            rounds,
            [
                &mut || {
                    let (took, made) = peer()?;
                    theirs = made;
                    Ok(took)
                },
                &mut || {
                    let (took, made) = saved.afresh(|| seconds(&mut saved.apply()))?;
                    our = made;
                    Ok(took)
                },
            ],
        )?;
        // One list of what is pending is all that an apply may ask beyond them.
        if (our - theirs).abs() > 0.05_f64.mul_add(theirs, 5.0) {
            return Err(format!("unequal calls: {our} and {theirs}").into());
        }
        Ok(Measured::ratio(key, &ours, &base))
    };
    Ok(vec![
        or_missing(
            "G12-requests",
            against("G12-requests", "apply_requests.py", 1),
        )?,
        or_missing(
            "G12-aiohttp",
            against("G12-aiohttp", "apply_aiohttp.py", rounds),
        )?,
    ])
}
