//! Plans against bare reads of the same queue.

use crate::Result;
use crate::measured::Measured;
use crate::process::{output, peak, seconds, told};
use crate::sample::{Sample, in_turn, warmed};
use crate::stage::Stage;
use crate::suite::or_missing;
use crate::world::Spec;

const SCAN: [&str; 2] = ["--read", "scan"];

/// The queue of a million.
fn million(stage: &Stage) -> Spec {
    Spec::of(stage.size(1_000_000, 2_000))
}

/// How many decisions are made about it.
fn many(stage: &Stage) -> u64 {
    stage.size(10_000, 200)
}

/// G1: the whole queue; at the mock, and where its pages cost their server nothing.
pub(crate) fn scan(stage: &Stage, rounds: usize) -> Result<Vec<Measured>> {
    let (spec, many) = (million(stage), many(stage));
    let mut measured = Vec::new();
    for (key, world) in [
        ("G1-mock", stage.world(spec)?),
        ("G1-memory", stage.canned(spec)?),
    ] {
        let plan = world.plan(&world.decide(many)?, &SCAN, many)?;
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

/// G2: the same, from memory, by scripts such as an administrator would write.
pub(crate) fn python(stage: &Stage, rounds: usize) -> Result<Vec<Measured>> {
    let (world, many) = (stage.canned(million(stage))?, many(stage));
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
    let large = stage.world(million(stage))?;
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
    let (large, many) = (stage.world(million(stage))?, many(stage));
    let middle = stage.world(Spec::of(stage.size(100_000, 200)))?;
    let on_large = large.plan(&large.decide(many)?, &SCAN, many)?;
    let on_middle = middle.plan(&middle.decide(many)?, &SCAN, many)?;
    let [ours, ours_middle] = in_turn(
        rounds,
        [
            &mut || peak(&mut on_large()),
            &mut || peak(&mut on_middle()),
        ],
    )?;
    Ok(vec![
        Measured::alone("G7", &ours),
        Measured::ratio("G7-growth", &ours, &ours_middle),
    ])
}

/// G15: how many calls a plan makes, by the mock's journal.
pub(crate) fn calls(stage: &Stage, _: usize) -> Result<Vec<Measured>> {
    let (world, many) = (stage.world(million(stage))?, many(stage));
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
