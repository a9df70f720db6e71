//! The mock itself: how soon it is up, and what it holds.

use crate::goals::Measured;
use crate::process::{medians, told};
use crate::world::World;
use crate::{Result, Tools};

/// A million requests; and the sample, that every test starts with.
pub(crate) fn mock(tools: &Tools) -> Result<Vec<Measured>> {
    let [large, sample] = medians(
        tools.rounds,
        [
            &mut || Ok(World::new(tools, Some(1_000_000), None)?.started),
            &mut || Ok(World::new(tools, None, None)?.started),
        ],
    )?;
    let world = World::new(tools, Some(1_000_000), None)?;
    let fresh = world.memory()?;
    let read = told(&mut world.bare_read(tools))?;
    // 1,000 full pages and an empty one.
    let page = read / 1001.0;
    Ok(vec![
        Measured::alone("mock-start", large),
        Measured::alone("mock-memory", fresh),
        Measured::alone("mock-memory-read", world.memory()?),
        Measured::alone("mock-page", page),
        Measured::alone("mock-sample", sample),
    ])
}
