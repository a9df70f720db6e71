//! `archive`: settled and inert blocks leave the decision files for `archive/`, byte for byte.

mod fate;

use std::collections::BTreeMap;
use std::sync::Arc;

use super::select::Select;
use super::setup::{self, Clients, Setup, Unreachable};
use super::{Context, asks, plan as planning};
use crate::cli::Archive as Args;
use crate::desired::decisions::{self, Keep};
use crate::desired::removal::{Left, Source, archive_name};
use crate::desired::{Mistake, Written};
use crate::error::{Failure, Severity};
use crate::exit::Exit;
use crate::model::{Desired, Observed, Past, Place};
use crate::plan::{World, plan};
use crate::render::archive::{self as rendered, Account, Stays};
use fate::{Fate, Judge};

/// `countersign archive`.
pub(super) async fn run(args: &Args, context: &Context) -> Result<Exit, Failure> {
    let setup = setup::load(context, &args.reach)?;
    let written = setup.faultless(context, Keep::Nothing)?;
    let names = archive_names(&setup, &written, context)?;
    let history = setup.history(context)?;
    let past = setup::past(history.as_ref());
    let brakes = setup.brakes(context, &written);
    let now = context.now();
    let observed = observe(args, &setup, &written, &past, context).await?;
    let world = World {
        desired: &written.desired,
        terms: &setup.terms,
        observed: &observed,
        past: &past,
        brakes: &brakes,
        now,
    };
    let judge = Judge {
        world: &world,
        plan: &plan(&world),
        older_than: args.older_than,
    };
    let fates = judge.all();
    let mut moving = Moving {
        setup: &setup,
        desired: &written.desired,
        account: Account::default(),
        context,
    };
    moving.all(&fates, &names);
    moving.finish()
}

/// Where the blocks of each decision file would go; before anything is asked or moved.
fn archive_names(
    setup: &Setup,
    written: &Written,
    context: &Context,
) -> Result<BTreeMap<Arc<str>, String>, Failure> {
    let mut names = BTreeMap::new();
    for file in written.files.iter().filter(|file| file.ends_with(".toml")) {
        let name = archive_name(file, &setup.config.decisions).map_err(|mistake| {
            setup::show_mistakes(context, &[mistake], Severity::Error);
            Failure::error("there is no place for an archive; nothing was moved").at(setup
                .config
                .path
                .display()
                .to_string())
        })?;
        names.insert(Arc::clone(file), name);
    }
    Ok(names)
}

/// As `status` reads, and besides what expired decisions may have left behind at the vendor.
async fn observe(
    args: &Args,
    setup: &Setup,
    written: &Written,
    past: &Past,
    context: &Context,
) -> Result<Observed, Failure> {
    let now = context.now();
    let mut asks = asks::of(setup, written, past, now);
    for decision in written
        .desired
        .decisions
        .iter()
        .filter(|one| one.expires <= now)
    {
        let queue = &decision.address.queue;
        let (Some(ask), Some(terms)) = (asks.get_mut(queue), setup.terms.get(queue)) else {
            continue;
        };
        if terms.can.revoke.is_some() || terms.can.ratifies.is_some() {
            ask.named.insert(decision.address.id.clone());
        }
    }
    for release in &written.desired.releases {
        if let Some(ask) = asks.get_mut(&release.address.queue) {
            ask.own = true;
        }
    }
    let read = async |queues: &Clients, mut unread: Unreachable| {
        let mut observed = planning::observe(queues, &asks, &args.reach, context).await?;
        observed.queues.append(&mut unread);
        Ok(observed)
    };
    let select = Select::of_queues(None);
    let observed = setup.with_each(context, &args.reach, &select, read).await?;
    planning::nothing_readable(&observed)?;
    Ok(observed)
}

/// The moves, file by file.
struct Moving<'a> {
    setup: &'a Setup,
    desired: &'a Desired,
    account: Account,
    context: &'a Context,
}

impl Moving<'_> {
    fn all(&mut self, fates: &[Fate], names: &BTreeMap<Arc<str>, String>) {
        let mut leaving: BTreeMap<&Arc<str>, Vec<&Fate>> = BTreeMap::new();
        for fate in fates {
            match fate.becomes {
                Ok(_) => leaving.entry(&fate.from.file).or_default().push(fate),
                Err(why) => self.stays(fate, why),
            }
        }
        for (file, leaving) in leaving {
            if let Some(name) = names.get(file) {
                self.file(file, name, &leaving);
            }
        }
    }

    fn stays(&mut self, fate: &Fate, why: Stays) {
        let place = (fate.address.clone(), fate.from.clone());
        self.account.stays.entry(why).or_default().push(place);
    }

    /// Moves the blocks that leave one file: its archive first, so that a block is never in neither place.
    fn file(&mut self, file: &str, archive: &str, leaving: &[&Fate]) {
        let root = &self.context.global.chdir;
        let apart =
            Source::read(root, file).and_then(|source| source.pieces().map(drop).map(|()| source));
        let source = match apart {
            Ok(source) => source,
            Err(mistake) => {
                setup::show_mistakes(self.context, &[mistake], Severity::Warning);
                return leaving
                    .iter()
                    .for_each(|fate| self.stays(fate, Stays::Together));
            }
        };
        let fresh = decisions::parse(file, &source.text, &self.setup.all, Keep::Nothing);
        let (same, changed): (Vec<&Fate>, Vec<&Fate>) = leaving
            .iter()
            .partition(|fate| is_same(self.desired, &fresh.desired, &fate.from));
        changed
            .iter()
            .for_each(|fate| self.stays(fate, Stays::Changed));
        let blocks: Vec<Place> = same.iter().map(|fate| fate.from.clone()).collect();
        if blocks.is_empty() {
            return;
        }
        let moved = source
            .add_to(root, archive, &blocks)
            .and_then(|()| source.leave(&blocks, true));
        match moved {
            Ok(left) => self.moved(file, archive, &same, left),
            Err(mistake) => self.failed(&mistake),
        }
    }

    fn moved(&mut self, file: &str, archive: &str, moved: &[&Fate], left: Left) {
        for fate in moved {
            if let Ok(goes) = fate.becomes {
                *self.account.moved.entry(goes).or_default() += 1;
            }
        }
        let left = match left {
            Left::Removed => "",
            Left::Others => ", the rest stays",
        };
        let line = format!(
            "archived {file} -> {archive} ({}{left})",
            rendered::kinds(moved.iter().filter_map(|fate| fate.becomes.ok()))
        );
        self.context.ui.line(&line);
    }

    fn failed(&mut self, mistake: &Mistake) {
        setup::show_mistakes(self.context, std::slice::from_ref(mistake), Severity::Error);
        self.account.failed += 1;
    }

    fn finish(self) -> Result<Exit, Failure> {
        let style = self.context.ui.style();
        self.context
            .ui
            .result(&rendered::text(&self.account, style));
        match self.account.failed {
            0 => Ok(Exit::Done),
            failed => Err(Failure::error(format!(
                "the blocks of {} could not be moved; a block that stands in both places now is not doubled, since nothing reads the archive",
                crate::model::counted(failed, "file")
            ))
            .hint("correct what stands in the way, then `countersign archive` again")),
        }
    }
}

/// Whether the block at a place is still the one that was judged.
fn is_same(judged: &Desired, fresh: &Desired, from: &Place) -> bool {
    let decision = |of: &Desired| of.decisions.iter().find(|one| one.from == *from).cloned();
    let release = |of: &Desired| of.releases.iter().find(|one| one.from == *from).cloned();
    let resolve = |of: &Desired| of.resolves.iter().find(|one| one.from == *from).cloned();
    decision(judged) == decision(fresh)
        && release(judged) == release(fresh)
        && resolve(judged) == resolve(fresh)
}
