//! `observe`: a snapshot of the queues, so that a plan can be made where no vendor key is.

use std::collections::BTreeMap;

use super::Context;
use super::asks;
use super::output::Output;
use super::plan::interrupted;
use super::select::Select;
use super::setup::{self, Access, Clients};
use super::watch::{Watched, watching};
use crate::cli::Observe;
use crate::desired::decisions::Keep;
use crate::error::Failure;
use crate::exit::Exit;
use crate::model::counted;
use crate::observed::snapshot;
use crate::render::told;

/// `countersign observe --out FILE`.
pub(super) async fn run(args: &Observe, context: &Context) -> Result<Exit, Failure> {
    let setup = setup::load(context, &args.reach)?;
    let written = setup.faultless(context, Keep::Nothing)?;
    let now = context.now();
    let history = setup.history(context)?;
    let past = setup::past(history.as_ref());
    let named = asks::of(&setup, &written, &past, now)
        .into_iter()
        .map(|(queue, ask)| (queue, ask.named))
        .collect::<BTreeMap<_, _>>();
    let out = &args.out;
    let failed = |error: std::io::Error| Failure::io("cannot write the snapshot", out, &error);
    let mut file = Output::begin(out).map_err(failed)?;
    let watched = Watched::default();
    let listen = |progress: crate::observed::Progress<'_>| watched.note(progress);
    let read = async |queues: &Clients| {
        let tool = env!("CARGO_PKG_VERSION");
        let all = snapshot::observe_all_into(queues, &named, tool, now, &mut file, &listen);
        tokio::select! {
            ends = watching("reading", &watched, queues, context, all) => ends.map_err(failed),
            () = context.stop.at_once() => Err(interrupted(context)),
        }
    };
    let ends = setup
        .with_queues(context, Access::Read, &args.reach, &Select::default(), read)
        .await?;
    let all_unread = !ends.is_empty() && ends.values().all(Result::is_err);
    for (queue, end) in &ends {
        match end {
            Ok(counts) => context.ui.status(&format!(
                "{queue}: {}, {}",
                counted(counts.rows, "request"),
                counted(counts.calls, "call")
            )),
            Err(error) => context
                .ui
                .warning(&format!("{queue} could not be read: {}", told(error))),
        }
    }
    if all_unread {
        return Err(
            Failure::error("no queue could be read; no snapshot was written")
                .hint("`countersign doctor` looks at each queue"),
        );
    }
    file.finish().map_err(failed)?;
    Ok(Exit::Done)
}
