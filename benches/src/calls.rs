//! An apply against the same calls without files, ledger and questions.

use std::process::Command;

use crate::goals::Measured;
use crate::process::{medians, output, seconds, told};
use crate::world::World;
use crate::{Result, Tools};

const CHANGES: usize = 200;
const AT_ONCE: &str = "32";
const DELAY: u64 = 5;

/// 200 approvals, a call 5 ms. Each run decides a queue of its own; what is compared is the cost of a call.
pub(crate) fn apply(tools: &Tools) -> Result<Vec<Measured>> {
    let [bare, ours] = medians(tools.rounds, [&mut || bare(tools), &mut || whole(tools)])?;
    Ok(vec![Measured::ratio("G10", ours, bare)])
}

/// Seconds a call of `apply PLAN`, by the calls that the mock counted.
fn whole(tools: &Tools) -> Result<f64> {
    let world = World::new(tools, Some(1000), Some(DELAY))?;
    let decisions = world.decide(tools, "0", 100)?;
    let more = world.decide(tools, "5", 100)?;
    std::fs::copy(
        more.join("decisions/all.toml"),
        decisions.join("decisions/more.toml"),
    )?;
    let plan = decisions.join("saved.plan");
    let mut make = world.countersign(tools, &decisions);
    output(make.arg("plan").arg("--out").arg(&plan))?;
    let before = world.calls()?;
    let mut command = world.countersign(tools, &decisions);
    command.arg("apply").arg(&plan);
    let took = seconds(command.args(["--parallelism", AT_ONCE]))?;
    a_call(took, world.calls()? - before)
}

/// Seconds a call of the bare apply.
fn bare(tools: &Tools) -> Result<f64> {
    let world = World::new(tools, Some(1000), Some(DELAY))?;
    let ids: Vec<String> = world.ids(200).map(|id| id.to_string()).collect();
    let file = tempfile::NamedTempFile::new()?;
    std::fs::write(file.path(), ids.join("\n"))?;
    let before = world.calls()?;
    let mut command = Command::new(&tools.own);
    command.args(["bare-apply", &world.url, &world.key, AT_ONCE]);
    let took = told(command.arg(file.path()))?;
    a_call(took, world.calls()? - before)
}

fn a_call(took: f64, calls: usize) -> Result<f64> {
    if calls < 3 * CHANGES {
        return Err(format!("only {calls} calls for {CHANGES} changes").into());
    }
    Ok(took / f64::from(u32::try_from(calls)?))
}
