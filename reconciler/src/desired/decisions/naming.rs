//! What a block says about which request it means: its id, and the facts that its reviewer saw.

use super::values;
use crate::desired::hostile::inert;
use crate::desired::mistake::Mistake;
use crate::desired::table::Strict;
use crate::model::{Address, Capabilities, Guard, Ratification, RequestId, Terms};

/// The request that a `[[decision]]` names: by its id, or, where its vendor's decisions ratify, by guards that
/// stand for it. An id that is written counts alone.
pub(super) fn address_or_key(
    block: &Strict<'_, '_>,
    terms: Option<&Terms>,
    guard: &Guard,
    mistakes: &mut Vec<Mistake>,
) -> Option<Address> {
    let by_id = |can: &Capabilities, id: &str| (can.canonical_id)(id);
    let Some((terms, Ratification { named_by })) =
        terms.and_then(|terms| Some((terms, terms.can.ratifies?)))
    else {
        return address(block, terms, by_id, mistakes);
    };
    if block.get("request").is_some() {
        return address(block, Some(terms), by_id, mistakes);
    }
    let id = terms.can.key_of_guard(guard);
    if id.is_none() {
        let keys: Vec<String> = named_by.iter().map(|key| format!("guard.{key}")).collect();
        let hint = format!(
            "name the request's id in quotes, as in request = \"17\", or give {}",
            keys.join(" and ")
        );
        block.missing("request", hint, mistakes);
    }
    Some(Address {
        queue: terms.queue.clone(),
        id: id?,
    })
}

/// The request that a block names, its id canonical.
pub(super) fn address(
    block: &Strict<'_, '_>,
    terms: Option<&Terms>,
    read: fn(&Capabilities, &str) -> Result<RequestId, String>,
    mistakes: &mut Vec<Mistake>,
) -> Option<Address> {
    if block.get("request").is_none() {
        block.missing(
            "request",
            "name the request's id in quotes: request = \"65430027\"",
            mistakes,
        );
    }
    let found = values::name(block, "request", mistakes)?;
    let terms = terms?;
    match read(terms.can, found.value) {
        Ok(id) => Some(Address {
            queue: terms.queue.clone(),
            id,
        }),
        Err(why) => {
            let message = format!(
                "`{}` cannot be a request of {}",
                inert(found.value, 64),
                terms.can.vendor.title()
            );
            mistakes.push(block.source.mistake(found.at, message, inert(&why, 200)));
            None
        }
    }
}

/// Every key that may stand in the guard of a request of this vendor.
pub(super) fn guard_keys(can: &Capabilities) -> Vec<&'static str> {
    let facts = can.facts.iter().map(|fact| fact.key);
    facts.chain(["fingerprint"]).collect()
}

/// What the block guards, its keys known to its vendor.
pub(super) fn guard(
    block: &Strict<'_, '_>,
    terms: Option<&Terms>,
    mistakes: &mut Vec<Mistake>,
) -> Guard {
    let Some(table) = block.table("guard", "[decision.guard]", mistakes) else {
        return Guard::default();
    };
    if let Some(terms) = terms {
        table.only(&guard_keys(terms.can), mistakes);
    }
    let fingerprint = values::fingerprint(&table, mistakes);
    let keys = table.entries.iter().map(|(key, _)| key.get_ref().as_ref());
    let facts = keys.filter(|key| *key != "fingerprint").filter_map(|key| {
        let found = table.text(key, mistakes)?;
        Some((key, found.value))
    });
    Guard {
        facts: facts.collect(),
        fingerprint,
    }
}
