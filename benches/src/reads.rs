//! Plans against bare reads of the same queue.

use std::rc::Rc;

use crate::Result;
use crate::measured::Measured;
use crate::process::{output, peak, seconds, told};
use crate::sample::{Sample, in_turn, warmed};
use crate::stage::Stage;
use crate::suite::or_missing;
use crate::world::{Spec, World};

const SCAN: [&str; 2] = ["--read", "scan"];

/// The queue of a million, and how many decisions are made about it.
fn million(stage: &Stage) -> Result<(Rc<World>, u64)> {
    let world = stage.world(Spec::of(stage.size(1_000_000, 2_000)))?;
    Ok((world, stage.size(10_000, 200)))
}

/// G1: the whole queue.
pub(crate) fn scan(stage: &Stage, rounds: usize) -> Result<Vec<Measured>> {
    let (world, many) = million(stage)?;
    let plan = world.plan(&world.decide(many)?, &SCAN, many)?;
    let [bare, ours] = in_turn(
        rounds,
        [&mut || told(&mut world.bare_read(&stage.own)), &mut || {
            seconds(&mut plan())
        }],
    )?;
    Ok(vec![Measured::ratio("G1", &ours, &bare)])
}

/// G2: the same by scripts such as an administrator would write.
pub(crate) fn python(stage: &Stage, rounds: usize) -> Result<Vec<Measured>> {
    let (world, many) = million(stage)?;
    let decisions = world.decide(many)?;
    let plan = world.plan(&decisions, &SCAN, many)?;
    let against = |key, script| {
        let peer = || {
            let mut command = stage.python(script)?;
            command.args([&world.url, &world.key]);
            let said = output(command.arg(decisions.join("decisions/all.toml")))?;
            let took = said.lines().last().ok_or("the script said nothing")?;
            if !said.starts_with(&format!("{many} to approve, 0 not")) {
                return Err(format!("the script found something else: {said}").into());
            }
            Ok(took.parse()?)
        };
        let [base, ours] = in_turn(rounds, [&mut { peer }, &mut || seconds(&mut plan())])?;
        Ok(Measured::ratio(key, &ours, &base))
    };
    Ok(vec![
        or_missing("G2-aiohttp", against("G2-aiohttp", "plan_aiohttp.py"))?,
        or_missing("G2-requests", against("G2-requests", "plan_requests.py"))?,
    ])
}

/// G5: what is looked up costs what is decided, not what there is.
pub(crate) fn points(stage: &Stage, rounds: usize) -> Result<Vec<Measured>> {
    let (large, _) = million(stage)?;
    let small = stage.world(Spec::of(stage.size(10_000, 200)))?;
    let (read, many) = (["--read", "points"], stage.size(100, 20));
    let on_large = large.plan(&large.decide(many)?, &read, many)?;
    let on_small = small.plan(&small.decide(many)?, &read, many)?;
    let [bare] = in_turn(
        rounds.min(3),
        [&mut || told(&mut large.bare_read(&stage.own))],
    )?;
    let [ours, ours_small] = warmed(
        rounds * 3,
        [&mut || seconds(&mut on_large()), &mut || {
            seconds(&mut on_small())
        }],
    )?;
    let bare = Sample::once(bare.median());
    Ok(vec![
        Measured::ratio("G5", &ours, &bare),
        Measured::ratio("G5-growth", &ours, &ours_small),
    ])
}

/// G6: the vendor's own filter.
pub(crate) fn pending(stage: &Stage, rounds: usize) -> Result<Vec<Measured>> {
    let world = stage.world(Spec::of(stage.size(1_000_000, 2_000)).pending(1))?;
    let many = stage.size(10_000, 20);
    let plan = world.plan(&world.decide(many)?, &["--read", "pending"], many)?;
    let [bare, ours] = in_turn(
        rounds,
        [&mut || told(&mut world.bare_read(&stage.own)), &mut || {
            seconds(&mut plan())
        }],
    )?;
    Ok(vec![Measured::ratio("G6", &ours, &bare)])
}

/// G7: what stays in memory, and that the queue does not.
pub(crate) fn memory(stage: &Stage, rounds: usize) -> Result<Vec<Measured>> {
    let (large, many) = million(stage)?;
    let middle = stage.world(Spec::of(stage.size(100_000, 200)))?;
    let on_large = large.plan(&large.decide(many)?, &SCAN, many)?;
    let on_middle = middle.plan(&middle.decide(many)?, &SCAN, many)?;
    let [ours, ours_middle] = in_turn(
        rounds,
        [&mut || peak(&mut on_large()), &mut || peak(&mut on_middle())],
    )?;
    Ok(vec![
        Measured::alone("G7", &ours),
        Measured::ratio("G7-growth", &ours, &ours_middle),
    ])
}

/// G15: how many calls a plan makes, by the mock's journal.
pub(crate) fn calls(stage: &Stage, _: usize) -> Result<Vec<Measured>> {
    let (world, many) = million(stage)?;
    let queue = stage.size(1_000_000, 2_000);
    let few = stage.size(100, 20);
    let mut measured = Vec::new();
    for (key, read, many, allowed) in [
        ("G15-scan", "scan", many, queue.div_ceil(1000) + 1),
        ("G15-points", "points", few, few),
    ] {
        let plan = world.plan(&world.decide(many)?, &["--read", read], many)?;
        world.reset()?;
        seconds(&mut plan())?;
        let made = Sample::once(f64::from(world.calls()?));
        let allowed = Sample::once(f64::from(u32::try_from(allowed)?));
        measured.push(Measured::ratio(key, &made, &allowed));
    }
    Ok(measured)
}

/// A vendor that costs nothing: all of the difference is ours.
pub(crate) fn canned(stage: &Stage, rounds: usize) -> Result<Vec<Measured>> {
    let mock = stage.world(Spec::of(stage.size(100_000, 2_000)))?;
    let many = stage.size(1_000, 20);
    let world = World::canned(&stage.own, &mock)?;
    let plan = world.plan(&world.decide(many)?, &SCAN, many)?;
    let [bare, ours] = warmed(
        rounds,
        [&mut || told(&mut world.bare_read(&stage.own)), &mut || {
            seconds(&mut plan())
        }],
    )?;
    Ok(vec![Measured::ratio("canned", &ours, &bare)])
}
