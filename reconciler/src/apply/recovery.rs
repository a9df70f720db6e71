//! Intents that earlier runs left open: read again before anything else, never sent again here.

use std::collections::BTreeMap;

use super::ledger::{Entry, Evidence, History, LedgerError};
use super::{Event, Runner, Settlement, judge};
use crate::model::{Change, Identity, Outcome, Past, QueueName, Sent, Sighting};
use crate::vendors::{LookedUp, Queue};

/// Reads every open intent again and records what became of it. What stays unknown stays open.
///
/// # Errors
/// Only when the ledger cannot be written.
pub async fn recover(
    runner: &Runner<'_>,
    history: &History,
    past: &Past,
    queues: &BTreeMap<QueueName, Box<dyn Queue>>,
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
        let (outcome, read_back) = look_again(identity, change, queues).await;
        // A doubt that stays is already in the ledger; saying it again at every run would only bury it.
        if !matches!(outcome, Outcome::InDoubt { .. }) {
            let run = runner.ledger.run().to_owned();
            let evidence = Evidence {
                answer: None,
                read_back,
            };
            let entry = Entry::Outcome {
                run,
                intent: sent.seq,
                outcome: outcome.clone(),
                evidence,
            };
            runner.ledger.append(entry).await?;
        }
        let settlement = Settlement {
            address: sent.address.clone(),
            verdict: sent.verdict,
            ticket: sent.ticket.clone(),
            from: sent.from.clone(),
            intent: sent.seq,
            by_hand: false,
            outcome,
        };
        (runner.listen)(Event::Settled(&settlement));
        settlements.push(settlement);
    }
    Ok(settlements)
}

async fn look_again(
    identity: &Identity,
    change: &Change,
    queues: &BTreeMap<QueueName, Box<dyn Queue>>,
) -> (Outcome, Option<String>) {
    // By what the queue is, not by what it is called: a renamed queue is the same queue.
    let queue = queues
        .values()
        .find(|queue| queue.terms().identity(&identity.id) == *identity);
    let Some(queue) = queue else {
        let why = format!(
            "no configured queue reaches {} {} any more",
            identity.vendor.title(),
            identity.origin
        );
        return (Outcome::InDoubt { why }, None);
    };
    let LookedUp { sighting, digest } = queue.look_up(&identity.id).await;
    match &sighting {
        Sighting::Failed(error) => (
            Outcome::InDoubt {
                why: format!("could not be read: {}", error.what),
            },
            None,
        ),
        Sighting::Absent | Sighting::Seen(_) => (judge::recovered(change, &sighting), digest),
    }
}
