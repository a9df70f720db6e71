//! `apply`: the only command that decides anything. Consent, lock, recovery, fresh plan, then the protocol.

mod consent;
mod lines;
mod opening;
mod report;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::plan::{self as planning, Made};
use super::select::Select;
use super::setup::{self, Clients, Setup, Unreachable};
use super::watch::{Watched, watching};
use super::{Context, asks, authors, base, files, show};
use crate::apply::ledger::{self, History, Ledger};
use crate::apply::{self, Event, Report, Runner, Settlement};
use crate::cli::{Apply as Args, Format, OnBlocked};
use crate::desired::Written;
use crate::error::Failure;
use crate::exit::Exit;
use crate::model::{LineDigest, Past, QueueName};
use crate::observed::Ask;
use crate::plan::{Base, Class, Hold, Plan, SavedPlan, World, plan};
use crate::render::apply::{self as account, ApplyContext};
use crate::render::events::UiEvent;
use crate::render::plan::{self as plan_text, PlanContext};
use crate::render::{html, json, junit, markdown, sheet};
use crate::steps::Step;
use lines::Lines;
pub(super) use opening::new_run;
pub(crate) use report::of_usage as report_of_usage;

/// Most time that one change may wait for a vendor that asks to wait.
const PATIENCE: Duration = Duration::from_secs(120);

/// `countersign apply [PLAN]`.
pub(super) async fn run(args: &Args, context: &Context) -> Result<Exit, Failure> {
    report::check(args)?;
    let unfinished = report::Unfinished { args, context };
    let ended = carry_out(args, context).await;
    // It came to an end by itself.
    std::mem::forget(unfinished);
    match ended {
        Ok(done) => finish(args, &done, context),
        Err(stopped) => {
            let Stopped { failure, report } = *stopped;
            // What recovery found is in the ledger already, whatever came after it.
            if args.format == Format::Text && !report.recovered.is_empty() {
                let text = account::recovery(&report, context.ui.style());
                context.ui.result(&text);
            }
            if let Err(unwritten) = report::of_failure(args, &failure, &report) {
                context.ui.failure(&unwritten);
            }
            Err(failure)
        }
    }
}

/// A run that came to its end, well or not.
struct Done {
    report: Report,
    plan: Plan,
    exit: Exit,
    shown: PlanContext,
}

/// A run that went no further, and what it had found out until then.
struct Stopped {
    failure: Failure,
    report: Report,
}

impl From<Failure> for Box<Stopped> {
    fn from(failure: Failure) -> Self {
        Self::new(Stopped {
            failure,
            report: Report::default(),
        })
    }
}

async fn carry_out(args: &Args, context: &Context) -> Result<Done, Box<Stopped>> {
    consent::check(args, context)?;
    let saved = args.plan.as_deref().map(show::read).transpose()?;
    let setup = setup::load(context, &args.reach)?;
    if let Some(saved) = &saved {
        lines::still_valid(saved, context)?;
    }
    let select = match &saved {
        Some(saved) => lines::queues_of(saved, &setup),
        None => Select::of(&args.selection, &setup)?,
    };
    let mut written = opening::written(args, &setup, &select, saved.as_ref(), context)?;
    let mut base = base::of(args.base.as_deref(), &setup, &written, context)?;
    match &saved {
        Some(saved) => lines::keep(saved, &setup, &mut written.desired),
        None => select.keep(&mut written.desired)?,
    }
    if let Some(base) = &mut base {
        base::select(base, &select, &written);
    }
    setup.keep_reviewed_resolves(context, &mut written);
    let (ledger, history) = opening::ledger(args, &setup, saved.as_ref(), context).await?;
    let opened = Opened {
        setup: &setup,
        select: &select,
        written: &written,
        saved: saved.as_ref(),
        history: &history,
        base,
    };
    let before = history.past();
    let work = async |queues: &Clients, unread: Unreachable| {
        with_queues(args, &opened, ledger, (queues, unread), context).await
    };
    setup
        .with_deciders(context, &args.reach, &select, &before, work)
        .await
}

/// All that is known before the first call.
struct Opened<'a> {
    setup: &'a Setup,
    select: &'a Select,
    written: &'a Written,
    saved: Option<&'a SavedPlan>,
    history: &'a History,
    /// What the branch adds, where that is asked for.
    base: Option<Base>,
}

/// Recovery, a fresh plan, consent, then the protocol.
async fn with_queues(
    args: &Args,
    opened: &Opened<'_>,
    ledger: Ledger,
    (queues, unread): (&Clients, Unreachable),
    context: &Context,
) -> Result<Done, Box<Stopped>> {
    let &Opened {
        setup,
        select,
        written,
        saved,
        history,
        ref base,
    } = opened;
    let watched = Watched::default();
    let listen = |event: Event<'_>| {
        if let Event::Ended(line) = &event {
            watched.one_more(&line.address.queue);
        }
        tell(&event, context);
    };
    let runner = Runner {
        ledger: &ledger,
        clock: &context.clock,
        stop: context.stop.clone(),
        verify_timeout: args.verify_timeout,
        patience: PATIENCE,
        listen: &listen,
        steps: context.steps.clone(),
    };
    let (recovered, past) = recover(&runner, setup, history, queues, written, context).await?;
    let mut report = Report {
        recovered,
        ..Report::default()
    };
    let planned = async {
        let from = (written, &past, (queues, unread));
        let mut made = plan_afresh(args, setup, select, from, context).await?;
        made.plan.base.clone_from(base);
        if let Some(base) = &mut made.plan.base {
            base.forget_done(&setup.terms, &past);
        }
        match saved {
            // Its lines are what counts; the plan made afresh is only compared with.
            Some(_) => planning::read_events(&made, context),
            None => planning::events(&made, context),
        }
        let selected = match saved {
            Some(saved) => lines::of_saved(saved, &made.plan, &past, &setup.terms),
            None => Lines {
                changes: made.plan.changes.clone(),
                ..Lines::default()
            },
        };
        context.steps.reached(Step::PlanVerified);
        let go = match saved {
            Some(_) => !(args.on_blocked == OnBlocked::Abort && selected.is_held()),
            None => consent::may_go(args, &made, context).await?,
        };
        Ok((made, selected, go))
    };
    let (made, selected, go) = match planned.await {
        Ok(planned) => planned,
        Err(failure) => {
            drop(runner);
            report.head = ledger.close().ok();
            return Err(stopped(failure, report));
        }
    };
    let (changes, left) = if go {
        (selected.changes, Vec::new())
    } else {
        (Vec::new(), selected.changes)
    };
    let origins = authors::origins(&changes, context).await;
    watched.all_of(&changes);
    let work = apply::carry_out(&runner, &changes, queues, &past, &origins);
    let (ended, failed) = tokio::select! {
        biased;
        never = announce(&listen, context) => never,
        ended = watching("deciding", &watched, queues, context, work) => ended,
    };
    let told: BTreeSet<LineDigest> = ended.iter().map(|line| line.digest.clone()).collect();
    report.lines = lines::in_order(saved, ended, selected.ended, &left);
    let untold = report.lines.iter();
    for line in untold.filter(|line| !told.contains(&line.digest)) {
        let event = Event::Ended(line);
        context.ui.event(&UiEvent::Apply(&event), context.now());
    }
    report.interrupted = context.stop.asked();
    drop(runner);
    match (failed, ledger.close()) {
        (None, Ok(head)) => report.head = Some(head),
        (Some(error), _) | (None, Err(error)) => report.ledger_failed = Some(error.to_string()),
    }
    let exit = exit(args, &report, &made.plan, go);
    Ok(Done {
        report,
        plan: made.plan,
        exit,
        shown: made.shown,
    })
}

/// Settles what earlier runs left open, by reading; then by what reviewed `[[resolve]]` blocks say.
async fn recover(
    runner: &Runner<'_>,
    setup: &Setup,
    history: &History,
    queues: &Clients,
    written: &Written,
    context: &Context,
) -> Result<(Vec<Settlement>, Past), Failure> {
    let before = history.past();
    let settle = apply::recover(runner, history, &before, queues, &written.desired.resolves);
    let settled = tokio::select! {
        settled = settle => settled.map_err(|error| setup::ledger_failure(&error))?,
        () = context.stop.at_once() => return Err(planning::interrupted(context)),
    };
    let past = if settled.is_empty() {
        before
    } else {
        ledger::read(&setup.config.ledger)
            .map_err(|error| setup::ledger_failure(&error))?
            .past()
    };
    Ok((settled, past))
}

async fn plan_afresh(
    args: &Args,
    setup: &Setup,
    select: &Select,
    (written, past, (queues, mut unread)): (&Written, &Past, (&Clients, Unreachable)),
    context: &Context,
) -> Result<Made, Failure> {
    let now = context.now();
    let asks: BTreeMap<QueueName, Ask> = asks::of(setup, written, past, now);
    let mut observed = planning::observe(queues, &asks, &args.reach, context).await?;
    observed.queues.append(&mut unread);
    planning::nothing_readable(&observed)?;
    let brakes = setup.brakes(context, written);
    let world = World {
        desired: &written.desired,
        terms: &setup.terms,
        observed: &observed,
        past,
        brakes: &brakes,
        now,
    };
    let plan = plan(&world);
    let mut shown = planning::shown(setup, select, &observed, now, context);
    shown
        .notes
        .extend(files::notes(setup, written, context).await);
    Ok(Made {
        plan,
        shown,
        waiting: Vec::new(),
    })
}

/// What stays in doubt from earlier runs wins over why this run went no further.
fn stopped(failure: Failure, report: Report) -> Box<Stopped> {
    let exit = failure.exit.or(report.exit());
    let failure = Failure { exit, ..failure };
    Box::new(Stopped { failure, report })
}

/// What was sent always counts. Of what was not, with a base, only what the branch adds does.
fn exit(args: &Args, report: &Report, plan: &Plan, went: bool) -> Exit {
    let is_held = |hold: &Hold| hold.class == Class::Blocked && plan.counts_for_exit(&hold.address);
    let blocked = plan.holds.iter().any(is_held) || !plan.unread.is_empty();
    // The lines of a saved plan are its changes: a held one is in the report as stale already.
    let held = if args.plan.is_none() && blocked {
        Exit::Held
    } else {
        Exit::Done
    };
    let mut changes = plan.changes.iter().map(|change| &change.decision.address);
    let changes = changes.any(|address| plan.counts_for_exit(address));
    let unwanted = args.expect_no_changes && changes && !went;
    let findings = if unwanted { Exit::Findings } else { Exit::Done };
    report.exit().or(held).or(findings)
}

fn finish(args: &Args, done: &Done, context: &Context) -> Result<Exit, Failure> {
    let Done {
        report,
        plan,
        exit,
        shown,
    } = done;
    let account = ApplyContext {
        exit: *exit,
        plan: args.plan.is_none().then_some(plan),
        name: &shown.name,
    };
    if let Some(why) = &report.ledger_failed {
        let failed = Failure::new(*exit, "the ledger cannot be written").because(why);
        let event = UiEvent::Failure(&failed);
        context.ui.event(&event, context.now());
    }
    if let Some((seq, hash)) = &report.head {
        context
            .ui
            .event(&UiEvent::LedgerHead(*seq, hash), context.now());
    }
    match args.format {
        Format::Text
            if args.plan.is_some() && report.lines.is_empty() && report.recovered.is_empty() =>
        {
            context
                .ui
                .result("No changes.\nThe saved plan holds nothing to carry out.\n");
            context
                .ui
                .result(&plan_text::stable_lines(plan, context.ui.style()));
            context
                .ui
                .result(&account::text(report, account, context.ui.style()));
        }
        Format::Text => context
            .ui
            .result(&account::text(report, account, context.ui.style())),
        Format::Json => context.ui.result(&json::apply(report, account)),
        Format::Markdown => context.ui.result(&markdown::apply(report, account).text),
        Format::Html => {
            let page = html::document(&sheet::apply(report, account, shown));
            context.ui.result(&page);
        }
        Format::Junit => {
            let suites = junit::document(&sheet::apply(report, account, shown));
            context.ui.result(&suites);
        }
    }
    // What was decided is said first: a report that cannot be written must not hide it, nor its exit code.
    match report::of_account(args, report, account, shown) {
        Ok(()) => Ok(*exit),
        Err(failure) => Err(Failure {
            exit: exit.or(super::untold(&context.stop, failure.exit)),
            ..failure
        }),
    }
}

/// Says at once that a signal was heard; what is in flight may take its time. Never ends.
async fn announce<T>(listen: &impl Fn(Event<'_>), context: &Context) -> T {
    context.stop.at_once().await;
    if let Some(signal) = context.stop.asked() {
        listen(Event::Interrupted(signal));
    }
    std::future::pending().await
}

fn tell(event: &Event<'_>, context: &Context) {
    context.ui.event(&UiEvent::Apply(event), context.now());
    if let Some(line) = account::event(event)
        && !context.ui.is_quiet()
    {
        context.ui.message(&line);
    }
}
