//! Another reconciler of files under Git, about another thing: octoDNS.

use std::fmt::Write as _;
use std::path::Path;

use crate::Result;
use crate::measured::Measured;
use crate::process::{output, seconds};
use crate::sample::{Sample, in_turn};
use crate::stage::Stage;
use crate::world::Spec;

/// G14: a whole plan, per item. Its planning is linear, so fewer items do there.
pub(crate) fn per_item(stage: &Stage, rounds: usize) -> Result<Vec<Measured>> {
    let records = stage.size(10_000, 100);
    let folder = tempfile::tempdir()?;
    let [desired, existing] = ["desired", "existing"].map(|name| folder.path().join(name));
    zone(&desired, records, 0)?;
    zone(&existing, records, 1)?;
    let peer = || {
        let mut command = stage.python("plan_octodns.py")?;
        let said = output(command.arg(&desired).arg(&existing))?;
        if !said.starts_with(&format!("{records} changes")) {
            return Err(format!("octoDNS found something else: {said}").into());
        }
        Ok(said.lines().last().unwrap_or_default().parse()?)
    };
    // Before anything is drafted: is it there at all?
    let first = peer()?;
    let many = stage.size(100_000, 200);
    let world = stage.world(Spec::of(many))?;
    let plan = world.plan(&world.decide(many)?, &["--read", "scan"], many)?;
    let (again, ours) = if rounds > 1 {
        let [again, ours] = in_turn(rounds - 1, [&mut { peer }, &mut || seconds(&mut plan())])?;
        (again.0, ours)
    } else {
        (Vec::new(), Sample::once(seconds(&mut plan())?))
    };
    let theirs = Sample([vec![first], again].concat());
    let share = |items: u64| -> Result<f64> { Ok(1.0 / f64::from(u32::try_from(items)?)) };
    let (ours, theirs) = (ours.times(share(many)?), theirs.times(share(records)?));
    Ok(vec![Measured::ratio("G14", &ours, &theirs)])
}

/// A zone in which each record has an address that differs from edition to edition.
fn zone(folder: &Path, records: u64, edition: u64) -> Result<()> {
    std::fs::create_dir_all(folder)?;
    let mut text = String::from("---\n");
    for record in 0..records {
        let (high, low) = (record / 250, record % 250 + 1);
        let value = format!("10.{edition}.{high}.{low}");
        writeln!(
            text,
            "host-{record:06}:\n  ttl: 300\n  type: A\n  value: {value}"
        )?;
    }
    std::fs::write(folder.join("example.com.yaml"), text)?;
    Ok(())
}
