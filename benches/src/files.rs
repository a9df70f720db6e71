//! Loading a large decision file against parsing it whole.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use serde::Deserialize;
use tempfile::TempDir;

use crate::measured::Measured;
use crate::process::{available, peak, seconds, told, watched};
use crate::sample::{Sample, in_turn};
use crate::stage::Stage;
use crate::world::{Spec, VENDOR};
use crate::{Missing, Result};

/// What the whole file needs as one tree, in MB a decision, with room.
const TREE: f64 = 0.008;

/// G9: `validate` of many decisions in one file.
pub(crate) fn load(stage: &Stage, rounds: usize) -> Result<Vec<Measured>> {
    let made = Made::new(stage.size(100_000, 1_000))?;
    let [whole, ours] = in_turn(
        rounds,
        [&mut || told(&mut made.parse(stage)), &mut || {
            seconds(&mut made.validate(stage)?)
        }],
    )?;
    let memory = Sample::once(peak(&mut made.validate(stage)?)?);
    let whole_memory = Sample::once(peak(&mut made.parse(stage))?);
    let mut measured = vec![
        Measured::ratio("G9-time", &ours, &whole),
        Measured::ratio("G9-memory", &memory, &whole_memory),
    ];
    measured.extend(million(stage)?);
    Ok(measured)
}

/// The same with a million, where time and memory are of one run.
fn million(stage: &Stage) -> Result<[Measured; 2]> {
    let many = stage.size(1_000_000, 2_000);
    let [time, memory] = ["G9-million-time", "G9-million-memory"];
    let needs = TREE * f64::from(u32::try_from(many)?);
    let nothing = |why: &str| [time, memory].map(|key| Measured::nothing(key, why));
    if available()? < needs {
        return Ok(nothing(&format!(
            "less than {needs:.0} MB of memory to be had"
        )));
    }
    let made = Made::new(many)?;
    let both = made
        .validate(stage)
        .and_then(|mut validate| Ok((watched(&mut validate)?, watched(&mut made.parse(stage))?)));
    let (ours, whole) = match both {
        Ok(both) => both,
        Err(error) if error.is::<Missing>() => return Ok(nothing(&error.to_string())),
        Err(error) => return Err(error),
    };
    let once = Sample::once;
    Ok([
        Measured::ratio(time, &once(ours.seconds), &once(whole.said.trim().parse()?)),
        Measured::ratio(memory, &once(ours.peak), &once(whole.peak)),
    ])
}

/// How much longer ten times as many decisions take: 1,000,000 against 100,000.
pub(crate) fn growth(stage: &Stage, key: &'static str) -> Result<Measured> {
    let large = Made::new(stage.size(1_000_000, 2_000))?;
    let middle = Made::new(stage.size(100_000, 200))?;
    let [ours, base] = in_turn(
        1,
        [&mut || seconds(&mut large.validate(stage)?), &mut || {
            seconds(&mut middle.validate(stage)?)
        }],
    )?;
    Ok(Measured::ratio(key, &ours, &base))
}

/// A folder with so many made-up decisions in one file.
struct Made(TempDir);

impl Made {
    fn new(many: u64) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        std::fs::create_dir_all(folder.path().join("decisions"))?;
        let made = Self(folder);
        std::fs::write(made.file(), decisions(many)?)?;
        Ok(made)
    }

    fn file(&self) -> PathBuf {
        self.0.path().join("decisions/all.toml")
    }

    /// The whole file at once.
    fn parse(&self, stage: &Stage) -> Command {
        let mut command = Command::new(&stage.own);
        command.arg("parse-toml").arg(self.file());
        command
    }

    fn validate(&self, stage: &Stage) -> Result<Command> {
        let world = stage.world(Spec::SAMPLE)?;
        let mut command = world.countersign(self.0.path());
        command.arg("validate");
        Ok(command)
    }
}

fn decisions(many: u64) -> Result<String> {
    let mut text = String::new();
    for id in 70_000_000..70_000_000 + many {
        write!(
            text,
            "[[decision]]\nqueue = \"{VENDOR}\"\nrequest = \"{id}\"\nticket = \"CHG{id}\"\n\
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
