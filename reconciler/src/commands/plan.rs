//! `plan` and `status`: read, compare, show. They never write to a vendor: no call that does is reachable here.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use jiff::Timestamp;

use super::select::Select;
use super::setup::{self, Clients, Setup, Unreachable};
use super::watch::{Watched, watching};
use super::{Context, asks, authors, base, files, gates, output, provenance};
use crate::cli::{Format, Plan as Args, Reach, Status};
use crate::error::Failure;
use crate::exit::Exit;
use crate::model::{Observed, Past, QueueName, sha256};
use crate::observed::{self, Ask, snapshot};
use crate::plan::{Envelope, Plan, SavedPlan, Waiting, World, plan, waiting};
use crate::render::events::UiEvent;
use crate::render::plan::{PlanContext, QueueRead};
use crate::render::{html, json, junit, markdown, plan as text, sheet, status as rendered_status};

/// `countersign plan`.
pub(super) async fn run(args: &Args, context: &Context) -> Result<Exit, Failure> {
    gates::findable(&args.findings, args.base.is_some())?;
    let setup = setup::load(context, &args.reach)?;
    let select = Select::of(&args.selection, &setup)?;
    let wanted = Wanted {
        select: &select,
        snapshot: args.snapshot.as_deref(),
        base: args.base.as_deref(),
        ages: args.findings.oldest().is_some(),
    };
    let mut made = make(&setup, &wanted, &args.reach, context).await?;
    // Not for every look at a plan: Git takes its time for each file.
    let kept = args.out.is_some() || args.format != Format::Text || context.ui.style().verbose;
    if kept {
        made.plan.authors = authors::of_plan(&made.plan.changes, context).await;
    }
    if let Some(out) = &args.out {
        save(&made, &setup, out, context)?;
    }
    show(&made, args.format, context)?;
    if let (Some(out), Format::Text) = (&args.out, args.format) {
        let text = text::saved_to(&made.plan, &out.display().to_string(), context.ui.style());
        context.ui.result(&text);
    }
    Ok(gates::of_plan(
        &made.plan,
        &made.waiting,
        &args.findings,
        context,
    ))
}

/// `countersign status`: the same comparison, with an eye on what is no longer as decided.
pub(super) async fn status(args: &Status, context: &Context) -> Result<Exit, Failure> {
    gates::findable(&args.findings, false)?;
    let setup = setup::load(context, &args.reach)?;
    let select = Select::of(&args.selection, &setup)?;
    let wanted = Wanted {
        select: &select,
        snapshot: None,
        base: None,
        ages: args.findings.oldest().is_some(),
    };
    let made = make(&setup, &wanted, &args.reach, context).await?;
    let Made { plan, shown, .. } = &made;
    match args.format {
        Format::Text => {
            let text = rendered_status::text(plan, shown, context.ui.style());
            context.ui.result(&text);
        }
        Format::Html => {
            let page = html::document(&sheet::status(plan, shown));
            context.ui.result(&page);
        }
        Format::Junit => {
            let suites = junit::document(&sheet::status(plan, shown));
            context.ui.result(&suites);
        }
        Format::Json | Format::Markdown => show(&made, args.format, context)?,
    }
    Ok(gates::of_plan(
        &made.plan,
        &made.waiting,
        &args.findings,
        context,
    ))
}

/// A plan, and what its text needs beside it.
pub(super) struct Made {
    pub(super) plan: Plan,
    pub(super) shown: PlanContext,
    /// What waits at the vendors, where a gate asks for it.
    pub(super) waiting: Vec<Waiting>,
}

/// What a plan is wanted of, and what is wanted beside it.
struct Wanted<'a> {
    select: &'a Select,
    /// Instead of the vendors.
    snapshot: Option<&'a Path>,
    /// What the branch adds is told against this.
    base: Option<&'a str>,
    /// Whether undecided requests are looked for too, for their age.
    ages: bool,
}

async fn make(
    setup: &Setup,
    wanted: &Wanted<'_>,
    reach: &Reach,
    context: &Context,
) -> Result<Made, Failure> {
    let select = wanted.select;
    let mut written = setup.faultless(context, base::keep(wanted.base))?;
    let history = setup.history(context)?;
    let past = setup::past(history.as_ref());
    let mut base = base::of(wanted.base, setup, &written, context)?;
    select.keep(&mut written.desired)?;
    if let Some(base) = &mut base {
        base::select(base, select, &written);
        base.forget_done(&setup.terms, &past);
    }
    let brakes = setup.brakes(context, &written);
    let now = context.now();
    let mut asks = asks::of(setup, &written, &past, now);
    if wanted.ages {
        asks::for_all(&mut asks, &written);
    }
    let (observed, read_at) = match wanted.snapshot {
        Some(file) => from_snapshot(file, setup, select, &asks, &past)?,
        None => {
            let read = async |queues: &Clients, mut unread: Unreachable| {
                let mut observed = observe(queues, &asks, reach, context).await?;
                observed.queues.append(&mut unread);
                Ok(observed)
            };
            (setup.with_each(context, reach, select, read).await?, now)
        }
    };
    nothing_readable(&observed)?;
    let world = World {
        desired: &written.desired,
        terms: &setup.terms,
        observed: &observed,
        past: &past,
        brakes: &brakes,
        now,
    };
    let plan = Plan {
        base,
        ..plan(&world)
    };
    let waiting = match wanted.ages {
        true => waiting(&world),
        false => Vec::new(),
    };
    let mut shown = shown(setup, select, &observed, read_at, context);
    shown
        .notes
        .extend(files::notes(setup, &written, context).await);
    Ok(Made {
        plan,
        shown,
        waiting,
    })
}

/// Reads the queues, with a moving line for each; a signal ends it, for nothing has been sent.
pub(super) async fn observe(
    queues: &Clients,
    asks: &BTreeMap<QueueName, Ask>,
    reach: &Reach,
    context: &Context,
) -> Result<Observed, Failure> {
    for queue in queues.keys() {
        context
            .ui
            .event(&UiEvent::RefreshStart(queue), context.now());
    }
    let watched = Watched::default();
    let listen = |progress: observed::Progress<'_>| watched.note(progress);
    let observed = observed::observe(queues, asks, reach.read.map(Into::into), &listen);
    tokio::select! {
        observed = watching("reading", &watched, queues, context, observed) => Ok(observed),
        () = context.stop.at_once() => Err(interrupted(context)),
    }
}

/// A signal before anything was sent.
pub(super) fn interrupted(context: &Context) -> Failure {
    let exit = match context.stop.asked() {
        Some(crate::apply::Signal::Terminate) => Exit::Terminated,
        Some(crate::apply::Signal::Interrupt) | None => Exit::Interrupted,
    };
    Failure::new(exit, "interrupted; nothing was sent")
}

fn from_snapshot(
    file: &Path,
    setup: &Setup,
    select: &Select,
    asks: &BTreeMap<QueueName, Ask>,
    past: &Past,
) -> Result<(Observed, Timestamp), Failure> {
    let open =
        File::open(file).map_err(|error| Failure::io("cannot read the snapshot", file, &error))?;
    let nothing = BTreeSet::new();
    let selected = setup
        .terms
        .values()
        .filter(|terms| select.names_queue(&terms.queue));
    let wanted = selected
        .map(|terms| {
            let named = asks.get(&terms.queue).map_or(&nothing, |ask| &ask.named);
            (terms.queue.clone(), snapshot::Wanted { terms, named })
        })
        .collect();
    let name = file.display().to_string();
    let mut read = snapshot::read(&mut BufReader::new(open), &name, &wanted).map_err(|error| {
        Failure::error(error.what)
            .at(format!("{}:{}", error.file, error.line))
            .hint("`countersign observe --out FILE` makes a new one")
    })?;
    read.forget_what_came_later(&setup.terms, past);
    Ok((read.observed, read.taken_at))
}

/// Exit 1 where not one queue could be read: there is nothing to plan against.
pub(super) fn nothing_readable(observed: &Observed) -> Result<(), Failure> {
    use crate::model::{Reading, Way};
    let mut first = None;
    for (queue, reading) in &observed.queues {
        match reading {
            // Nothing was asked of it, so that says nothing.
            Reading::Read(view) if view.way == Way::Nothing => {}
            Reading::Read(_) => return Ok(()),
            Reading::Unread(error) => first = first.or(Some((queue, error))),
        }
    }
    let Some((queue, error)) = first else {
        return Ok(());
    };
    let said = error.said.as_ref().map(|said| {
        format!(
            "the vendor says: {}",
            crate::render::escape::Hostile::from(said).terminal()
        )
    });
    let mut failure = Failure::error(format!("no queue could be read: {}", error.what))
        .at(format!("queue {queue}"))
        .hint(error.hint.clone());
    failure.cause = said;
    Err(failure)
}

pub(super) fn shown(
    setup: &Setup,
    select: &Select,
    observed: &Observed,
    read_at: Timestamp,
    context: &Context,
) -> PlanContext {
    let mut notes: Vec<String> = Vec::new();
    notes.extend(
        context
            .virtual_clock
            .as_ref()
            .map(|clock| format!("the clock is virtual: {clock}")),
    );
    if !select.is_everything() {
        notes.push("only a selection was planned; this says nothing about the rest".to_owned());
    }
    PlanContext {
        name: setup.config.path.display().to_string(),
        commit: provenance::head(context),
        read_at: Some(read_at),
        queues: QueueRead::all(observed),
        notes,
        capabilities: setup
            .all
            .iter()
            .map(|terms| (terms.queue.clone(), terms.can))
            .collect(),
        ..PlanContext::default()
    }
}

/// Prints the plan in the form asked for, and its events.
pub(super) fn show(made: &Made, format: Format, context: &Context) -> Result<(), Failure> {
    events(made, context);
    let rendered = match format {
        Format::Text => text::text(&made.plan, &made.shown, context.ui.style()),
        Format::Json => json::plan(&made.plan),
        Format::Html => html::document(&sheet::plan(&made.plan, &made.shown)),
        Format::Junit => junit::document(&sheet::plan(&made.plan, &made.shown)),
        Format::Markdown => {
            let comment = markdown::plan(&made.plan, &made.shown);
            context.ui.result(&comment.text);
            return fits(&comment);
        }
    };
    context.ui.result(&rendered);
    Ok(())
}

/// A comment that had to leave grants out says so, and is no success.
pub(super) fn fits(comment: &markdown::Comment) -> Result<(), Failure> {
    if comment.fits {
        return Ok(());
    }
    let what = "the plan's approvals do not fit into one comment, and none may be left out";
    Err(Failure::error(what).hint("split the plan with --queue or --target"))
}

/// How each queue was read, as events.
pub(super) fn read_events(made: &Made, context: &Context) {
    let now = context.now();
    let tell = |event: UiEvent<'_>| context.ui.event(&event, now);
    made.shown
        .queues
        .iter()
        .for_each(|queue| tell(UiEvent::RefreshComplete(queue)));
    made.plan
        .unread
        .iter()
        .for_each(|unread| tell(UiEvent::RefreshErrored(unread)));
}

/// How each queue was read, and the plan, as events.
pub(super) fn events(made: &Made, context: &Context) {
    if !context.ui.wants_events() {
        return;
    }
    read_events(made, context);
    let now = context.now();
    let tell = |event: UiEvent<'_>| context.ui.event(&event, now);
    made.plan
        .changes
        .iter()
        .for_each(|change| tell(UiEvent::PlannedDecision(change, &made.plan)));
    made.plan
        .holds
        .iter()
        .for_each(|hold| tell(UiEvent::Held(hold, &made.plan)));
    made.plan
        .undecided
        .iter()
        .for_each(|undecided| tell(UiEvent::UndecidedRequest(undecided, &made.plan)));
    let taken_out = made.plan.base.iter().flat_map(|base| &base.removed);
    taken_out.for_each(|removed| tell(UiEvent::TakenOut(removed)));
    tell(UiEvent::ChangeSummary(&made.plan));
}

fn save(made: &Made, setup: &Setup, out: &Path, context: &Context) -> Result<(), Failure> {
    let created = context.now();
    let expires = created
        .saturating_add(setup.config.lifetime)
        .unwrap_or(Timestamp::MAX);
    let mut files = BTreeMap::new();
    for change in &made.plan.changes {
        let file = &change.decision.from.file;
        if !files.contains_key(file.as_ref()) {
            let path = context.global.chdir.join(file.as_ref());
            let bytes =
                std::fs::read(&path).map_err(|error| Failure::io("cannot read", &path, &error))?;
            files.insert(file.to_string(), sha256(&bytes));
        }
    }
    let envelope = Envelope {
        tool: env!("CARGO_PKG_VERSION").to_owned(),
        schema: 1,
        files,
        origins: setup
            .terms
            .values()
            .map(|terms| (terms.queue.to_string(), terms.origin.clone()))
            .collect(),
        commit: made.shown.commit.clone(),
        created,
        expires,
    };
    let text = SavedPlan::seal(made.plan.clone(), envelope).to_text();
    output::write(out, &text).map_err(|error| Failure::io("cannot write the plan", out, &error))
}
