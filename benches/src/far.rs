//! Vendors that are far away: each call takes its time, and round trips decide.

use std::cell::RefCell;
use std::collections::BTreeMap;

use crate::measured::Measured;
use crate::process::{output, run, seconds, told};
use crate::sample::{Sample, in_turn};
use crate::stage::Stage;
use crate::world::{Spec, VENDORS, decide_file};
use crate::{Missing, Result};

/// G3: one walker through the whole queue.
pub(crate) fn one_walker(stage: &Stage, rounds: usize) -> Result<Vec<Measured>> {
    let mut measured = Vec::new();
    for (key, delay) in [("G3-20ms", 20), ("G3-5ms", 5)] {
        let world = stage.world(Spec::of(stage.size(100_000, 2_000)).delayed(delay))?;
        let many = stage.size(1_000, 20);
        let plan = world.plan(&world.decide(many)?, &["--read", "scan"], many)?;
        let [bare, ours] = in_turn(
            rounds,
            [&mut || told(&mut world.bare_read(&stage.own)), &mut || {
                seconds(&mut plan())
            }],
        )?;
        measured.push(Measured::ratio(key, &ours, &bare));
    }
    Ok(measured)
}

/// G4: sixteen walkers, each through a range of ids.
pub(crate) fn ranges(stage: &Stage, rounds: usize) -> Result<Vec<Measured>> {
    let world = stage.world(Spec::of(stage.size(100_000, 2_000)).delayed(20))?;
    let many = stage.size(1_000, 20);
    let read = ["--read", "ranges", "--parallelism", "16"];
    let plan = world.plan(&world.decide(many)?, &read, many);
    let plan = plan.map_err(|error| {
        if error.to_string().contains("invalid value 'ranges'") {
            Missing("this build cannot read key ranges".to_owned()).into()
        } else {
            error
        }
    })?;
    let [bare, ours] = in_turn(
        rounds,
        [&mut || told(&mut world.bare_read(&stage.own)), &mut || {
            seconds(&mut plan())
        }],
    )?;
    Ok(vec![Measured::ratio("G4", &ours, &bare)])
}

/// G17: five vendors side by side take as long as the slowest of them.
pub(crate) fn together(stage: &Stage, rounds: usize) -> Result<Vec<Measured>> {
    let each = stage.size(500, 20);
    let world = stage.world(Spec::each(each).delayed(20))?;
    let place = world.path("five");
    std::fs::create_dir_all(place.join("decisions"))?;
    let mut decided = 0;
    for vendor in VENDORS {
        let file = place.join(format!("decisions/{vendor}.toml"));
        run(world
            .draft(&place, each)
            .arg(vendor)
            .arg("--into")
            .arg(&file))?;
        decided += u64::try_from(decide_file(&file, "deny")?)?;
    }
    let plan = |queue: Option<&str>| {
        let mut command = world.countersign(&place);
        command.arg("plan");
        command.args(queue.map(|queue| ["--queue", queue]).into_iter().flatten());
        command
    };
    let said = output(plan(None).args(["--format", "json"]))?;
    let document: serde_json::Value = serde_json::from_str(&said)?;
    let unread = document["unread"].as_array().map_or(1, Vec::len);
    if decided < each * 4 || unread > 0 {
        return Err(format!("{decided} decisions, {unread} queues unread").into());
    }
    // Which one is the slowest is not known beforehand: each runs in each round.
    let alone: RefCell<BTreeMap<&str, Vec<f64>>> = RefCell::default();
    let [all, _] = in_turn(
        rounds,
        [&mut || seconds(&mut plan(None)), &mut || {
            for vendor in VENDORS {
                let took = seconds(&mut plan(Some(vendor)))?;
                alone.borrow_mut().entry(vendor).or_default().push(took);
            }
            Ok(0.0)
        }],
    )?;
    let alone = alone.into_inner().into_values().map(Sample);
    let slowest = alone.max_by(|a, b| a.median().total_cmp(&b.median()));
    let slowest = slowest.ok_or("no vendor")?;
    Ok(vec![Measured::ratio("G17", &all, &slowest)])
}
