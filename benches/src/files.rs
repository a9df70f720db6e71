//! Loading a large decision file against parsing it whole.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use serde::Deserialize;

use crate::goals::Measured;
use crate::process::{medians, peak, seconds, told};
use crate::world::World;
use crate::{Result, Tools};

/// `validate` of 100,000 decisions in one file.
pub(crate) fn load(tools: &Tools) -> Result<Vec<Measured>> {
    let world = World::new(tools, None, None)?;
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("decisions/all.toml");
    std::fs::create_dir_all(folder.path().join("decisions"))?;
    std::fs::write(&file, decisions(100_000)?)?;
    let validate = || {
        let mut command = world.countersign(tools, folder.path());
        command.arg("validate");
        command
    };
    let parse = || {
        let mut command = Command::new(&tools.own);
        command.arg("parse-toml").arg(&file);
        command
    };
    let [whole, ours] = medians(
        tools.rounds,
        [&mut || told(&mut parse()), &mut || seconds(&mut validate())],
    )?;
    Ok(vec![
        Measured::ratio("G9-time", ours, whole),
        Measured::ratio("G9-memory", peak(&mut validate())?, peak(&mut parse())?),
    ])
}

fn decisions(many: u64) -> Result<String> {
    let mut text = String::new();
    for id in 70_000_000..70_000_000 + many {
        write!(
            text,
            "[[decision]]\nqueue = \"admin-by-request\"\nrequest = \"{id}\"\nticket = \"CHG{id}\"\n\
             verdict = \"approve\"\nreason = \"seen\"\nexpires = 2099-12-01T00:00:00Z\n\n\
             [decision.guard]\nfingerprint = \"v1:sha256:{id:064x}\"\nuser = 'AZUREAD\\ANNA{id}'\n\n"
        )?;
    }
    Ok(text)
}

#[derive(Debug, Deserialize)]
struct Whole {
    decision: Vec<Decision>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[allow(
    dead_code,
    reason = "what a plain program would hold, whether it looks at it or not"
)]
struct Decision {
    queue: String,
    request: String,
    ticket: String,
    verdict: String,
    reason: String,
    expires: toml::value::Datetime,
    guard: BTreeMap<String, String>,
}

/// The baseline: the whole file at once, into what a plain program would hold.
pub(crate) fn parse_whole(file: &Path) -> Result<()> {
    let began = Instant::now();
    let text = std::fs::read_to_string(file)?;
    let whole: Whole = toml::from_str(&text)?;
    let took = began.elapsed().as_secs_f64();
    if whole.decision.is_empty() {
        return Err("no decisions".into());
    }
    writeln!(std::io::stdout(), "{took}")?;
    Ok(())
}
