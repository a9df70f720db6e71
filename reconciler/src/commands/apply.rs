//! `apply`: the only command that decides anything. Consent, lock, recovery, fresh plan, then the protocol.

mod consent;
mod lines;
mod report;

use std::collections::BTreeMap;
use std::time::Duration;

use super::plan::{self as planning, Made};
use super::select::Select;
use super::setup::{self, Access, Clients, Setup, Unreachable};
use super::{Context, provenance, show};
use crate::apply::ledger::{self, History, Ledger, Run};
use crate::apply::{self, Event, Report, Runner, Settlement};
use crate::cli::{Apply as Args, Format, OnBlocked};
use crate::desired::Written;
use crate::error::{Failure, Severity};
use crate::exit::Exit;
use crate::model::{Past, QueueName};
use crate::observed::Ask;
use crate::plan::{Class, Plan, SavedPlan, World, plan};
use crate::render::apply::{self as account, ApplyContext};
use crate::render::events::UiEvent;
use crate::render::{json, markdown, plan as plan_text};
use crate::steps::Step;
use lines::Lines;

/// Most time that one change may wait for a vendor that asks to wait.
const PATIENCE: Duration = Duration::from_secs(120);

/// `countersign apply [PLAN]`.
pub(super) async fn run(args: &Args, context: &Context) -> Result<Exit, Failure> {
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
    name: String,
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
    let mut written = written(&setup, &select, saved.as_ref(), context)?;
    match &saved {
        Some(saved) => lines::keep(saved, &setup, &mut written.desired),
        None => select.keep(&mut written.desired)?,
    }
    setup.keep_reviewed_resolves(context, &mut written);
    let (ledger, history) = open(args, &setup, saved.as_ref(), context).await?;
    let (mut queues, unread) = setup.connect_each(context, Access::Decide, &args.reach, &select)?;
    let before = history.past();
    setup.connect_doubted(context, &args.reach, &before, &mut queues, &unread);
    let listen = |event: Event<'_>| tell(&event, context);
    let runner = Runner {
        ledger: &ledger,
        clock: context.clock.clone(),
        stop: context.stop.clone(),
        verify_timeout: args.verify_timeout,
        patience: PATIENCE,
        listen: &listen,
        steps: context.steps.clone(),
    };
    let (recovered, past) = recover(&runner, &setup, &history, &queues, &written, context).await?;
    let mut report = Report {
        recovered,
        ..Report::default()
    };
    let planned = async {
        let from = (&written, &past, (&queues, unread));
        let made = plan_afresh(args, &setup, &select, from, context).await?;
        let selected = match &saved {
            Some(saved) => lines::of_saved(saved, &made.plan, &past),
            None => Lines {
                changes: made.plan.changes.clone(),
                ..Lines::default()
            },
        };
        context.steps.reached(Step::PlanVerified);
        let go = match &saved {
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
    let origins = provenance::origins(&changes, context).await;
    let (ended, failed) = tokio::select! {
        biased;
        never = announce(&listen, context) => never,
        ended = apply::carry_out(&runner, &changes, &queues, &past, &origins) => ended,
    };
    report.lines = lines::in_order(saved.as_ref(), ended, selected.ended, &left);
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
        name: made.shown.name,
    })
}

/// With a saved plan only the files its lines come from must be faultless; without one, all of them,
/// unless only the safe direction is asked for.
fn written(
    setup: &Setup,
    select: &Select,
    saved: Option<&SavedPlan>,
    context: &Context,
) -> Result<Written, Failure> {
    let written = setup.written(context);
    let stops = |file: &str| match saved {
        Some(saved) => saved.envelope.files.contains_key(file),
        None => !select.is_safe_direction(),
    };
    let (fatal, others): (Vec<_>, Vec<_>) = written
        .mistakes
        .iter()
        .cloned()
        .partition(|mistake| stops(&mistake.place.file));
    if !others.is_empty() {
        setup::show_mistakes(context, &others, Severity::Warning);
    }
    if fatal.is_empty() {
        Ok(written)
    } else {
        Err(setup::mistaken(context, &fatal))
    }
}

async fn open(
    args: &Args,
    setup: &Setup,
    saved: Option<&SavedPlan>,
    context: &Context,
) -> Result<(Ledger, History), Failure> {
    let run = new_run(context, saved.map(|saved| saved.digest.0.clone()));
    let path = &setup.config.ledger;
    let (ledger, history) = {
        let (path, clock, steps) = (path.clone(), context.clock.clone(), context.steps.clone());
        let patience = args.lock_timeout;
        // On a thread of its own: whoever waits for the lock still hears a signal.
        let opening =
            tokio::task::spawn_blocking(move || Ledger::open(&path, run, clock, patience, steps));
        tokio::select! {
            opened = opening => opened
                .map_err(|error| Failure::error("the ledger could not be opened").because(error))?
                .map_err(|error| setup::ledger_failure(&error))?,
            () = context.stop.at_once() => return Err(planning::interrupted(context)),
        }
    };
    if history.torn > 0 {
        context.ui.warning(&format!("the ledger's last record was cut off by a crash: {} bytes removed; no call is made before its record is whole", history.torn));
    }
    match &args.expect_head {
        Some(head) if !history.contains(head) => {
            let (seq, hash) = history.head().unwrap_or_default();
            Err(Failure::new(
                Exit::Held,
                format!("the ledger does not contain {head}: it is an old copy, or another ledger"),
            )
            .at(format!("{}, which ends at {seq} {hash}", path.display()))
            .hint("fetch the ledger from where it is kept, then apply again"))
        }
        Some(_) | None => Ok((ledger, history)),
    }
}

pub(super) fn new_run(context: &Context, plan: Option<String>) -> Run {
    let now = context.now();
    Run {
        run: format!("{}-{}", now.strftime("%Y%m%dT%H%M%SZ"), context.pid),
        tool: env!("CARGO_PKG_VERSION").to_owned(),
        host: context.host.clone(),
        pid: context.pid,
        plan,
    }
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
    let asks: BTreeMap<QueueName, Ask> = planning::asks(setup, written, past, now);
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
    let shown = planning::shown(setup, select, &observed, now, context);
    Ok(Made { plan, shown })
}

/// What stays in doubt from earlier runs wins over why this run went no further.
fn stopped(failure: Failure, report: Report) -> Box<Stopped> {
    let exit = failure.exit.or(report.exit());
    let failure = Failure { exit, ..failure };
    Box::new(Stopped { failure, report })
}

fn exit(args: &Args, report: &Report, plan: &Plan, went: bool) -> Exit {
    let blocked =
        plan.holds.iter().any(|hold| hold.class == Class::Blocked) || !plan.unread.is_empty();
    // The lines of a saved plan are its changes: a held one is in the report as stale already.
    let held = if args.plan.is_none() && blocked {
        Exit::Held
    } else {
        Exit::Done
    };
    let unwanted = args.expect_no_changes && !plan.changes.is_empty() && !went;
    let findings = if unwanted { Exit::Findings } else { Exit::Done };
    report.exit().or(held).or(findings)
}

fn finish(args: &Args, done: &Done, context: &Context) -> Result<Exit, Failure> {
    let Done {
        report,
        plan,
        exit,
        name,
    } = done;
    let account = ApplyContext {
        exit: *exit,
        plan: args.plan.is_none().then_some(plan),
        name,
    };
    if let Some((seq, hash)) = &report.head {
        context
            .ui
            .event(&UiEvent::LedgerHead(*seq, hash), context.now());
    }
    let document = json::apply(report, account);
    match args.format {
        Format::Text
            if args.plan.is_some() && report.lines.is_empty() && report.recovered.is_empty() =>
        {
            context.ui.result("No changes.\n");
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
        Format::Json => context.ui.result(&document),
        Format::Markdown => context.ui.result(&markdown::apply(report, account).text),
    }
    // What was decided is said first: a report that cannot be written must not hide it, nor its exit code.
    match report::write(args, &document) {
        Ok(()) => Ok(*exit),
        Err(failure) => Err(Failure {
            exit: exit.or(failure.exit),
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
