//! The mock itself: how soon it is up, what it holds, what a page of it costs.

use std::process::Command;

use crate::Result;
use crate::measured::Measured;
use crate::process::told;
use crate::sample::{Sample, in_turn, warmed};
use crate::stage::Stage;
use crate::world::{Spec, World, served};

/// G16: a million requests at each vendor; and the sample, that every test starts with.
pub(crate) fn five(stage: &Stage, rounds: usize) -> Result<Vec<Measured>> {
    let spec = Spec::each(stage.size(1_000_000, 2_000));
    let started = |spec| Ok(World::start(&stage.countersign, spec)?.started);
    let [large, sample] = warmed(
        rounds,
        [&mut || started(spec), &mut || started(Spec::SAMPLE)],
    )?;
    let world = World::start(&stage.countersign, spec)?;
    let fresh = world.memory()?;
    let [read] = in_turn(
        rounds.min(3),
        [&mut || told(&mut world.bare_read(&stage.own))],
    )?;
    // All full pages and an empty one.
    let pages = stage.size(1_000_000, 2_000) / 1000 + 1;
    let full = world.memory()?;

    let mut handler = Command::new(&stage.own);
    handler.args(["handler", &world.url, &world.key]);
    let (mut handler, url) = served(&mut handler)?;
    let times = stage.size(200, 3).to_string();
    let again = |url: &str| {
        let mut command = Command::new(&stage.own);
        told(command.args(["bare-page", url, &world.key, &times]))
    };
    let compared = warmed(rounds, [&mut || again(&url), &mut || again(&world.url)]);
    let _ = handler.kill();
    handler.wait()?;
    let [bare, ours] = compared?;
    Ok(vec![
        Measured::alone("G16-start", &large),
        Measured::alone("G16-memory", &Sample::once(fresh)),
        Measured::alone("G16-memory-read", &Sample::once(full)),
        Measured::alone(
            "G16-page",
            &read.times(1.0 / f64::from(u32::try_from(pages)?)),
        ),
        Measured::alone("G16-sample", &sample),
        Measured::ratio("G16-axum", &ours, &bare),
    ])
}
