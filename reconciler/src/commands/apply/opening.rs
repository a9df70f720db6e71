//! What `apply` opens before its first call: the decision files it depends on, and the ledger.

use super::super::select::Select;
use super::super::setup::{self, Setup};
use super::super::{Context, base, plan as planning};
use crate::apply::ledger::{History, Ledger, Run};
use crate::cli::Apply as Args;
use crate::desired::Written;
use crate::error::{Failure, Severity};
use crate::exit::Exit;
use crate::model::counted;
use crate::plan::SavedPlan;

/// With a saved plan only the files its lines come from must be faultless; without one, all of them,
/// unless only the safe direction is asked for.
pub(super) fn written(
    args: &Args,
    setup: &Setup,
    select: &Select,
    saved: Option<&SavedPlan>,
    context: &Context,
) -> Result<Written, Failure> {
    let written = setup.written(context, base::keep(args.base.as_deref()));
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

/// The ledger, locked, as the caller expects it.
pub(super) async fn ledger(
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
        context.ui.warning(&format!("the ledger's last record was cut off by a crash: {} removed; no call is made before its record is whole", counted(history.torn, "byte")));
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

pub(in crate::commands) fn new_run(context: &Context, plan: Option<String>) -> Run {
    let now = context.now();
    Run {
        run: format!("{}-{}", now.strftime("%Y%m%dT%H%M%SZ"), context.pid),
        tool: env!("CARGO_PKG_VERSION").to_owned(),
        host: context.host.clone(),
        pid: context.pid,
        plan,
    }
}
