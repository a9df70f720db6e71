//! What the benches of one run share: the binaries, the sizes, and worlds that were started once.

use std::cell::{OnceCell, RefCell};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::rc::Rc;

use crate::process::output;
use crate::world::{Spec, World};
use crate::{Missing, Result};

/// What every bench needs.
pub(crate) struct Stage {
    /// The binary that is measured.
    pub(crate) countersign: PathBuf,
    /// This binary, for the baselines.
    pub(crate) own: PathBuf,
    /// Small sizes and one round: is the bench right, not how fast is it.
    pub(crate) small: bool,
    /// How many rounds, instead of what the bench has.
    pub(crate) rounds: Option<usize>,
    worlds: RefCell<Vec<(Spec, Rc<World>)>>,
    canned: RefCell<Vec<(Spec, Rc<World>)>>,
    python: OnceCell<std::result::Result<PathBuf, String>>,
}

impl Stage {
    pub(crate) fn new(
        countersign: PathBuf,
        own: PathBuf,
        small: bool,
        rounds: Option<usize>,
    ) -> Self {
        Self {
            countersign,
            own,
            small,
            rounds,
            worlds: RefCell::default(),
            canned: RefCell::default(),
            python: OnceCell::new(),
        }
    }

    /// A size: the goal's, or a small one that takes the same way.
    pub(crate) fn size(&self, goal: u64, small: u64) -> u64 {
        if self.small { small } else { goal }
    }

    /// A world of this kind, the same one for all benches: who changes it resets it before.
    pub(crate) fn world(&self, spec: Spec) -> Result<Rc<World>> {
        once(&self.worlds, spec, || World::start(&self.countersign, spec))
    }

    /// The pages of such a world, served at no cost: what a server does itself hides what its clients do.
    pub(crate) fn canned(&self, spec: Spec) -> Result<Rc<World>> {
        once(&self.canned, spec, || {
            World::canned(&self.own, &*self.world(spec)?)
        })
    }

    /// A Python baseline of `benches/baselines`, in an environment that holds what they need.
    pub(crate) fn python(&self, script: &str) -> Result<Command> {
        let made = self.python.get_or_init(|| self.environment());
        let python = made.clone().map_err(Missing)?;
        let mut command = Command::new(python);
        command.arg(baselines().join(script));
        Ok(command)
    }

    /// That environment's interpreter; made once, below `target`.
    fn environment(&self) -> std::result::Result<PathBuf, String> {
        let target = self.own.parent().and_then(Path::parent);
        let folder = target.ok_or("no target folder")?.join("benches-python");
        let wanted = baselines().join("requirements.txt");
        let wanted = std::fs::read_to_string(wanted).map_err(|error| error.to_string())?;
        let python = folder.join("bin/python");
        let stamp = folder.join("requirements.txt");
        if python.exists() && std::fs::read_to_string(&stamp).is_ok_and(|had| had == wanted) {
            return Ok(python);
        }
        // The last line of a fault says what it was; the rest is for who looks after the machine.
        let brief = |error: Box<dyn std::error::Error>| {
            let text = error.to_string();
            let line = text.lines().rev().find(|line| !line.trim().is_empty());
            line.unwrap_or_default().trim().to_owned()
        };
        let mut make = Command::new("python3");
        make.args(["-m", "venv", "--clear"]).arg(&folder);
        output(&mut make).map_err(|error| format!("no Python: {}", brief(error)))?;
        let mut install = Command::new(&python);
        install.args(["-m", "pip", "install", "--quiet"]);
        install.args(["--disable-pip-version-check", "--retries", "1"]);
        install.args(["--timeout", "15", "-r"]);
        install.arg(baselines().join("requirements.txt"));
        output(&mut install).map_err(|error| format!("no Python packages: {}", brief(error)))?;
        std::fs::write(&stamp, wanted).map_err(|error| error.to_string())?;
        Ok(python)
    }
}

fn once(
    known: &RefCell<Vec<(Spec, Rc<World>)>>,
    spec: Spec,
    make: impl FnOnce() -> Result<World>,
) -> Result<Rc<World>> {
    let had = |worlds: &Vec<(Spec, Rc<World>)>| {
        let had = worlds.iter().find(|(known, _)| *known == spec);
        had.map(|(_, world)| Rc::clone(world))
    };
    if let Some(world) = had(&known.borrow()) {
        return Ok(world);
    }
    let world = Rc::new(make()?);
    known.borrow_mut().push((spec, Rc::clone(&world)));
    Ok(world)
}

fn baselines() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("baselines")
}
