//! What a plan looks for in each queue: the requests that live decisions name, and what depends on them.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::setup::Setup;
use crate::desired::Written;
use crate::model::{Decision, Past, QueueName, RequestId, SentState, Terms, Verdict};
use crate::observed::Ask;

/// What to look for in each enabled queue.
pub(super) fn of(
    setup: &Setup,
    written: &Written,
    past: &Past,
    now: Timestamp,
) -> BTreeMap<QueueName, Ask> {
    let ask = |terms: &Terms| {
        let live: Vec<_> = written.desired.live(&terms.queue, now).collect();
        let settled = |id: &RequestId| {
            past.of(&terms.identity(id))
                .iter()
                .any(|sent| matches!(&sent.state, SentState::Ended(how) if how.is_final()))
        };
        Ask {
            own: written
                .desired
                .releases
                .iter()
                .any(|release| release.address.queue == terms.queue && release.expires > now),
            likely_settled: live
                .iter()
                .filter(|decision| settled(&decision.address.id))
                .count(),
            permits: live
                .iter()
                .filter(|decision| terms.can.needs_permit && decision.verdict == Verdict::Approve)
                .filter_map(|decision| {
                    Some((
                        decision.address.id.clone(),
                        decision.permit.as_deref()?.clone(),
                    ))
                })
                .collect(),
            named: named(terms, &live, written),
        }
    };
    setup
        .terms
        .values()
        .map(|terms| (terms.queue.clone(), ask(terms)))
        .collect()
}

/// The requests that live decisions name. Where a request can be named by what stands for its id, every block
/// that does so counts: it may be one that a live decision names too.
fn named(terms: &Terms, live: &[&Decision], written: &Written) -> BTreeSet<RequestId> {
    let mut named: BTreeSet<RequestId> = live.iter().map(|one| one.address.id.clone()).collect();
    if terms.can.ratifies.is_some() && !live.is_empty() {
        let all = written.desired.addresses();
        let keys = all.filter(|one| one.queue == terms.queue && terms.can.is_key(&one.id));
        named.extend(keys.map(|address| address.id.clone()));
    }
    named
}

/// Undecided requests are looked for as well; those of decisions that are inert too.
pub(super) fn for_all(asks: &mut BTreeMap<QueueName, Ask>, written: &Written) {
    for address in written.desired.addresses() {
        if let Some(ask) = asks.get_mut(&address.queue) {
            ask.named.insert(address.id.clone());
        }
    }
}
