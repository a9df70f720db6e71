//! Plans against bare reads of the same queue.

use crate::goals::Measured;
use crate::process::{medians, peak, seconds, told};
use crate::world::World;
use crate::{Result, Tools};

/// 100,000 requests scanned whole; then the same pages without the mock's own cost.
pub(crate) fn scan(tools: &Tools) -> Result<Vec<Measured>> {
    let mock = World::new(tools, Some(100_000), None)?;
    let mut measured = Vec::new();
    for (key, world) in [
        ("scan", None),
        ("scan-canned", Some(World::canned(tools, &mock)?)),
    ] {
        let world = world.as_ref().unwrap_or(&mock);
        let decisions = world.decide(tools, "00", 1000)?;
        let plan = world.plan(tools, &decisions, "scan", 1000)?;
        let [bare, ours] = medians(
            tools.rounds,
            [&mut || told(&mut world.bare_read(tools)), &mut || {
                seconds(&mut plan())
            }],
        )?;
        measured.push(Measured::ratio(key, ours, bare));
        if key == "scan" {
            measured.push(Measured::alone("scan-memory", peak(&mut plan())?));
        }
    }
    Ok(measured)
}

/// 100 decisions looked up by id.
pub(crate) fn points(tools: &Tools) -> Result<Vec<Measured>> {
    let world = World::new(tools, Some(100_000), None)?;
    let decisions = world.decide(tools, "000", 100)?;
    let plan = world.plan(tools, &decisions, "points", 100)?;
    let [bare, ours] = medians(
        tools.rounds,
        [&mut || told(&mut world.bare_read(tools)), &mut || {
            seconds(&mut plan())
        }],
    )?;
    Ok(vec![Measured::ratio("points", ours, bare)])
}

/// A queue of a million: the cost of the scan, of a few look-ups, and what stays in memory.
pub(crate) fn million(tools: &Tools) -> Result<Vec<Measured>> {
    let large = World::new(tools, Some(1_000_000), None)?;
    let middle = World::new(tools, Some(100_000), None)?;
    let small = World::new(tools, Some(10_000), None)?;
    let many = large.decide(tools, "00", 10_000)?;
    let few = large.decide(tools, "0000", 100)?;
    let scan = large.plan(tools, &many, "scan", 10_000)?;
    let points = large.plan(tools, &few, "points", 100)?;
    let few = small.decide(tools, "00", 100)?;
    let points_small = small.plan(tools, &few, "points", 100)?;
    let [bare, all, hundred, hundred_small] = medians(
        tools.rounds,
        [
            &mut || told(&mut large.bare_read(tools)),
            &mut || seconds(&mut scan()),
            &mut || seconds(&mut points()),
            &mut || seconds(&mut points_small()),
        ],
    )?;
    let many = middle.decide(tools, "0", 10_000)?;
    let scan_middle = middle.plan(tools, &many, "scan", 10_000)?;
    let (memory, memory_middle) = (peak(&mut scan())?, peak(&mut scan_middle())?);
    Ok(vec![
        Measured::ratio("G1", all, bare),
        Measured::ratio("G5", hundred, bare),
        Measured::ratio("G5-growth", hundred, hundred_small),
        Measured::alone("G7", memory),
        Measured::ratio("G7-growth", memory, memory_middle),
    ])
}
