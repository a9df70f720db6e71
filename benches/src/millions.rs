//! A million decisions about a million requests.

use crate::Result;
use crate::files;
use crate::measured::Measured;
use crate::process::peak;
use crate::sample::Sample;
use crate::stage::Stage;
use crate::suite::or_missing;
use crate::world::Spec;

/// G8: what a decision costs in memory, and how loading grows.
pub(crate) fn decisions(stage: &Stage, _: usize) -> Result<Vec<Measured>> {
    let many = stage.size(1_000_000, 2_000);
    let world = stage.world(Spec::of(many))?;
    let peaked = || {
        let decisions = world.decide(many)?;
        let mut plan = world.countersign(&decisions);
        let most = peak(plan.args(["plan", "--read", "scan"]))?;
        // Such a plan is large: it is tried once, and whether it is right is seen where it is smaller.
        std::fs::remove_dir_all(&decisions)?;
        let bytes = most * 1_000_000.0 / f64::from(u32::try_from(many)?);
        Ok(Measured::alone("G8", &Sample::once(bytes)))
    };
    Ok(vec![
        or_missing("G8", peaked())?,
        or_missing("G8-growth", files::growth(stage, "G8-growth"))?,
    ])
}
