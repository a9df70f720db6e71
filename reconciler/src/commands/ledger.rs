//! `ledger …`: the record of what may already have been sent.

use std::time::Duration;

use super::select::{Select, queues};
use super::setup::{self, Access, Clients, Setup};
use super::{Context, apply};
use crate::apply::ledger::{self as store, Entry, History, Ledger};
use crate::apply::{Seen, judge_resolution, judge_unseen, look, nobody_sees, with_its_eyes};
use crate::cli::{ExportFormat, LedgerFormat, Reach};
use crate::error::Failure;
use crate::exit::Exit;
use crate::model::{Address, Change, Identity, QueueName, Resolution, Sent};
use crate::render::ledger as rendered;

/// `countersign ledger init`.
pub(super) fn init(context: &Context) -> Result<Exit, Failure> {
    let setup = setup::load(context, &Reach::default())?;
    let path = &setup.config.ledger;
    let (seq, hash) =
        store::init(path, context.now()).map_err(|error| setup::ledger_failure(&error))?;
    context.ui.line(&format!("Ledger: {seq} {hash}"));
    Ok(Exit::Done)
}

fn read(context: &Context) -> Result<(Setup, History), Failure> {
    let setup = setup::load(context, &Reach::default())?;
    let history =
        store::read(&setup.config.ledger).map_err(|error| setup::ledger_failure(&error))?;
    Ok((setup, history))
}

/// `countersign ledger verify`.
pub(super) fn verify(head: Option<&str>, context: &Context) -> Result<Exit, Failure> {
    let (_, history) = read(context)?;
    if let Some(head) = head
        && !history.contains(head)
    {
        return Err(Failure::error(format!(
            "the ledger does not contain {head}: it is an old copy, or another ledger"
        ))
        .at(history.path.display().to_string())
        .hint("fetch the ledger from where it is kept"));
    }
    context.ui.result(&rendered::verified(&history));
    Ok(Exit::Done)
}

/// `countersign ledger show`.
pub(super) fn show(format: LedgerFormat, context: &Context) -> Result<Exit, Failure> {
    let (_, history) = read(context)?;
    let text = match format {
        LedgerFormat::Text => rendered::text(&history, context.ui.style()),
        LedgerFormat::Json => rendered::json(&history),
    };
    context.ui.result(&text);
    Ok(Exit::Done)
}

/// `countersign ledger export`.
pub(super) fn export(format: ExportFormat, context: &Context) -> Result<Exit, Failure> {
    let (_, history) = read(context)?;
    let calls = rendered::calls(&history);
    context.ui.result(&match format {
        ExportFormat::Csv => rendered::calls_csv(&calls),
        ExportFormat::Json => rendered::calls_json(&calls),
    });
    Ok(Exit::Done)
}

/// `countersign ledger recover`.
pub(super) fn recover(context: &Context) -> Result<Exit, Failure> {
    let setup = setup::load(context, &Reach::default())?;
    let run = apply::new_run(context, None);
    let recovered = store::recover(&setup.config.ledger, &run, context.now())
        .map_err(|error| setup::ledger_failure(&error))?;
    context
        .ui
        .result(&rendered::recovered(&recovered, context.ui.style()));
    if recovered.history.past().open().next().is_some() {
        context
            .ui
            .hint("`countersign apply` reads what is in doubt again before anything else");
    }
    context.ui.hint("where the head of a ledger is kept elsewhere, for `--expect-head` and `--head`, keep this one from now on");
    if recovered.gone > 0 || !recovered.lost.is_empty() {
        context.ui.hint("`countersign status` compares every decision with its queue: a call that the lost lines knew of shows there as what it has reached");
    }
    Ok(Exit::Done)
}

/// `countersign ledger explain QUEUE/ID`.
pub(super) fn explain(address: &str, context: &Context) -> Result<Exit, Failure> {
    let (setup, history) = read(context)?;
    let (address, identity) = identify(address, &setup)?;
    context.ui.result(&rendered::explain(
        &address,
        &identity,
        &history,
        context.ui.style(),
    ));
    Ok(Exit::Done)
}

fn identify(text: &str, setup: &Setup) -> Result<(Address, Identity), Failure> {
    let wrong = |why: String| {
        Failure::usage(format!("{text} is no request: {why}")).hint("as in helpdesk/65430027")
    };
    let (queue, id) = text
        .split_once('/')
        .ok_or_else(|| wrong("QUEUE/ID is wanted".to_owned()))?;
    let known = queues(&[queue.to_owned()], setup)?;
    let terms = setup
        .all
        .iter()
        .find(|terms| known.iter().flatten().any(|queue| *queue == terms.queue))
        .ok_or_else(|| wrong("unknown queue".to_owned()))?;
    let id = terms.can.id_or_key(id).map_err(wrong)?;
    Ok((
        Address {
            queue: terms.queue.clone(),
            id: id.clone(),
        },
        terms.identity(&id),
    ))
}

/// A fresh read by the queue with the eyes of whoever made a call: what others are shown says nothing about it.
async fn with_eyes(
    setup: &Setup,
    eyes: &QueueName,
    change: &Change,
    context: &Context,
) -> Result<Seen, Failure> {
    let select = Select::of_queues(Some([eyes.clone()].into()));
    let read = async |queues: &Clients| match queues.get(eyes) {
        Some(queue) => Ok(look(queue.as_ref(), change).await.seen),
        None => Err(Failure::error(format!(
            "the queue {eyes} is switched off, and it alone shows what became of the call"
        ))),
    };
    setup
        .with_queues(context, Access::Decide, &Reach::default(), &select, read)
        .await
}

/// `countersign ledger resolve QUEUE/ID`.
pub(super) async fn resolve(
    address: &str,
    resolution: Resolution,
    because: &str,
    context: &Context,
) -> Result<Exit, Failure> {
    let setup = setup::load(context, &Reach::default())?;
    let (address, identity) = identify(address, &setup)?;
    if because.trim().is_empty() || because.chars().any(char::is_control) {
        return Err(Failure::usage(
            "--because wants one line that says how it was found out",
        ));
    }
    let run = apply::new_run(context, None);
    let (ledger, history) = Ledger::open(
        &setup.config.ledger,
        run,
        context.clock.clone(),
        Duration::ZERO,
        context.steps.clone(),
    )
    .map_err(|error| setup::ledger_failure(&error))?;
    let past = history.past();
    let open: Vec<&Sent> = past
        .open()
        .filter(|(of, _)| **of == identity)
        .map(|(_, sent)| sent)
        .collect();
    // The oldest first; a further one is settled by a further `resolve`.
    let Some(sent) = open.first() else {
        return Err(
            Failure::error(format!("nothing is in doubt about {address}")).hint(format!(
                "`countersign ledger explain {address}` tells what is known"
            )),
        );
    };
    let change = history
        .change(sent.seq)
        .ok_or_else(|| Failure::error("the ledger has no such intent"))?;
    let eyes = with_its_eyes(&identity, change, setup.terms.values().chain(&setup.all));
    let (judged, hint) = match eyes {
        Some(eyes) => {
            let looked = with_eyes(&setup, eyes, change, context).await?;
            let judged = judge_resolution(change, sent, resolution, &looked, context.now());
            (
                judged,
                "`countersign apply` settles by itself what can be read",
            )
        }
        None => {
            let judged = judge_unseen(sent, resolution, context.now());
            let judged = judged.map_err(|why| format!("{}: {why}", nobody_sees(&identity, change)));
            (
                judged,
                "configure and enable a queue of that user; where the user is gone, `--as applied` can be recorded: it is never sent again then",
            )
        }
    };
    judged.map_err(|why| {
        Failure::new(Exit::Held, format!("refused: {why}"))
            .at(address.to_string())
            .hint(hint)
    })?;
    let entry = Entry::Resolve {
        intent: sent.seq,
        resolution,
        because: because.to_owned(),
        from: None,
    };
    ledger
        .append(entry)
        .await
        .map_err(|error| setup::ledger_failure(&error))?;
    let (seq, hash) = ledger
        .close()
        .map_err(|error| setup::ledger_failure(&error))?;
    context.ui.line(&format!(
        "Resolved: {address}, ledger {} as {}.",
        sent.seq,
        rendered::word(resolution)
    ));
    if resolution == Resolution::NotApplied {
        context.ui.line(
            "It counts as not sent: the next plan offers it again, and apply reads before it sends.",
        );
    }
    context.ui.line(&format!("Ledger: {seq} {hash}"));
    if open.len() > 1 {
        let left = open.len() - 1;
        context.ui.warning(&format!(
            "{left} more in doubt about {address}; resolve again for the next"
        ));
    }
    Ok(Exit::Done)
}
