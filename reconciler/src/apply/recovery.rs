//! Intents that earlier runs left open: read again before anything else, never sent again here.

use std::collections::BTreeMap;

use super::ledger::{Entry, Evidence, History, LedgerError, resolved};
use super::look::{self, Look, Seen, look};
use super::{Event, Runner, Settlement};
use crate::model::{
    Change, Identity, Outcome, Past, QueueName, ReadError, ReadErrorKind, Resolve, Sent, Sighting,
    Terms,
};
use crate::vendors::Queue;

/// Reads every open intent again and records what became of it. What stays unknown stays open.
///
/// # Errors
/// Only when the ledger cannot be written.
pub async fn recover(
    runner: &Runner<'_>,
    history: &History,
    past: &Past,
    queues: &BTreeMap<QueueName, Box<dyn Queue>>,
    resolves: &[Resolve],
) -> Result<Vec<Settlement>, LedgerError> {
    let open: Vec<(&Identity, &Sent)> = past.open().collect();
    if open.is_empty() {
        return Ok(Vec::new());
    }
    (runner.listen)(Event::Recovering { open: open.len() });
    let mut settlements = Vec::new();
    for (identity, sent) in open {
        let Some(change) = history.change(sent.seq) else {
            continue;
        };
        let Looked {
            seen,
            outcome,
            digest,
        } = look_again(identity, sent, change, queues).await;
        let names =
            |resolve: &&Resolve| resolve.intent == sent.seq && resolve.address.id == identity.id;
        let found = match (outcome, resolves.iter().find(names)) {
            (Outcome::InDoubt { why }, Some(resolve)) => {
                by_hand(runner, sent, change, resolve, &seen, &why)
            }
            (outcome, _) => Found {
                entry: by_read(runner, sent, &outcome, digest),
                outcome,
            },
        };
        let is_by_hand = matches!(found.entry, Some(Entry::Resolve { .. }));
        if let Some(entry) = found.entry {
            runner.ledger.append(entry).await?;
        }
        let outcome = found.outcome;
        let settlement = Settlement {
            address: sent.address.clone(),
            verdict: sent.verdict,
            ticket: sent.ticket.clone(),
            from: sent.from.clone(),
            intent: sent.seq,
            by_hand: is_by_hand,
            outcome,
        };
        (runner.listen)(Event::Settled(&settlement));
        settlements.push(settlement);
    }
    Ok(settlements)
}

/// What became of one open intent, and what to write down about it.
struct Found {
    outcome: Outcome,
    entry: Option<Entry>,
}

fn by_read(
    runner: &Runner<'_>,
    sent: &Sent,
    outcome: &Outcome,
    read_back: Option<String>,
) -> Option<Entry> {
    // A doubt that stays is already in the ledger; saying it again at every run would only bury it.
    (!matches!(outcome, Outcome::InDoubt { .. })).then(|| Entry::Outcome {
        run: runner.ledger.run().to_owned(),
        intent: sent.seq,
        outcome: outcome.clone(),
        evidence: Evidence {
            // Whether it was confirmed stands in the record of the run that called.
            confirmed: false,
            answer: None,
            read_back,
        },
    })
}

/// What a reviewed `[[resolve]]` block says, unless it is too early or a read says otherwise.
fn by_hand(
    runner: &Runner<'_>,
    sent: &Sent,
    change: &Change,
    resolve: &Resolve,
    seen: &Seen,
    doubt: &str,
) -> Found {
    let now = runner.clock.now();
    match super::judge_resolution(change, sent, resolve.resolution, seen, now) {
        Ok(()) => Found {
            outcome: resolved(resolve.resolution),
            entry: Some(Entry::Resolve {
                intent: sent.seq,
                resolution: resolve.resolution,
                because: resolve.because.clone(),
                from: Some(resolve.from.clone()),
            }),
        },
        Err(refused) => {
            let why = format!(
                "{doubt}; the [[resolve]] at {} is refused: {refused}",
                resolve.from
            );
            Found {
                outcome: Outcome::InDoubt { why },
                entry: None,
            }
        }
    }
}

struct Looked {
    seen: Seen,
    outcome: Outcome,
    digest: Option<String>,
}

async fn look_again(
    identity: &Identity,
    sent: &Sent,
    change: &Change,
    queues: &BTreeMap<QueueName, Box<dyn Queue>>,
) -> Looked {
    let all = queues.values().map(|queue| queue.terms());
    let queue = with_its_eyes(identity, change, all).and_then(|name| queues.get(name));
    let Some(queue) = queue.map(AsRef::as_ref) else {
        let what = nobody_sees(identity, change);
        let outcome = Outcome::InDoubt { why: what.clone() };
        // Not looked at, which is not the same as not there.
        let seen = Seen::One(Sighting::Failed(ReadError {
            kind: ReadErrorKind::Unreachable,
            what,
            said: None,
            hint: "configure and enable the queue".to_owned(),
        }));
        return Looked {
            seen,
            outcome,
            digest: None,
        };
    };
    let Look { seen, digest } = look(queue, change).await;
    let outcome = match seen.failure() {
        Some(why) => Outcome::InDoubt {
            why: format!("could not be read: {why}"),
        },
        None => {
            let outcome = look::recovered(change, sent, &seen);
            look::as_reviewed(change, queue.terms(), &seen, outcome)
        }
    };
    Looked {
        seen,
        outcome,
        digest,
    }
}

/// Which queue shows what became of a call: by what it is, not by what it is called, since a renamed queue is the
/// same queue. Among several of one instance, the one with the eyes of whoever made the call: another user sees
/// another part of it, and has filed other requests.
pub fn with_its_eyes<'a>(
    identity: &Identity,
    change: &Change,
    all: impl Iterator<Item = &'a Terms>,
) -> Option<&'a QueueName> {
    let reaching: Vec<&Terms> = all
        .filter(|terms| terms.identity(&identity.id) == *identity)
        .collect();
    let find = |fits: &dyn Fn(&Terms) -> bool| reaching.iter().find(|terms| fits(terms));
    let found = find(&|terms| terms.deciding == change.deciding)
        .or_else(|| find(&|terms| terms.deciding.user() == change.deciding.user()))
        .or_else(|| find(&|terms| terms.can.same_for_all && change.release.is_none()));
    found.map(|terms| &terms.queue)
}

/// Where there is none: what would have to be reached, and in whose name.
pub fn nobody_sees(identity: &Identity, change: &Change) -> String {
    let (title, origin) = (identity.vendor.title(), &identity.origin);
    let user = change.deciding.user();
    let user = user.map_or_else(String::new, |user| format!(" as {user}"));
    format!("no queue of this run reaches {title} at {origin}{user}")
}
