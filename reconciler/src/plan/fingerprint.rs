//! What a request is about, as one hash, and field by field against what the reviewer saw.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::digest::sha256_hex;
use crate::model::{Decision, Fact, FactKind, Facts, Guard, Request, RequestId, Terms, VendorText};

/// `v1:sha256:HEX` over version, vendor, origin, organization, id and every guard key of the vendor.
///
/// It holds only what a decision does not move, so it is the same before and after an approve.
#[must_use]
pub fn fingerprint(terms: &Terms, id: &RequestId, facts: &Facts) -> String {
    over(terms, id, |key| {
        facts.get(key).map_or("", VendorText::raw).to_owned()
    })
}

/// The same from the readable guards of a file, where all of them are there.
#[must_use]
pub fn guard_fingerprint(terms: &Terms, id: &RequestId, guard: &Guard) -> Option<String> {
    let complete = terms
        .can
        .facts
        .iter()
        .all(|fact| guard.facts.contains_key(fact.key));
    complete.then(|| {
        over(terms, id, |key| {
            guard.facts.get(key).unwrap_or_default().to_owned()
        })
    })
}

fn over(terms: &Terms, id: &RequestId, value: impl Fn(&str) -> String) -> String {
    let mut parts: Vec<String> = vec![
        "countersign fingerprint v1".to_owned(),
        terms.can.vendor.slug().to_owned(),
        terms.origin.clone(),
        terms.organization.clone().unwrap_or_default(),
        id.as_str().to_owned(),
    ];
    for fact in terms.can.facts {
        parts.push(fact.key.to_owned());
        parts.push(canonical(fact, &value(fact.key)));
    }
    // A JSON array of strings: no value can pretend to be two.
    let canonical = serde_json::Value::from(parts).to_string();
    format!("v1:sha256:{}", sha256_hex(canonical.as_bytes()))
}

fn canonical(fact: &Fact, value: &str) -> String {
    match fact.kind {
        FactKind::Text => value.to_owned(),
        FactKind::CaseFolded => value.to_ascii_lowercase(),
    }
}

/// One field that is not what the reviewer saw.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Mismatch {
    /// The guard key; `fingerprint` where only the hash differs.
    pub key: String,
    /// What the file says.
    pub was: String,
    /// What the vendor says. Not saved: a plan file holds no vendor text.
    #[serde(skip)]
    pub is: VendorText,
    /// Where only the hash differs: the fields that it covers and that no readable guard names.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub covers: Vec<String>,
}

/// Every guard of the decision that the request no longer meets, in the vendor's order.
#[must_use]
pub fn mismatches(terms: &Terms, decision: &Decision, request: &Request) -> Vec<Mismatch> {
    let guard = &decision.guard;
    let mut found: Vec<Mismatch> = terms
        .can
        .facts
        .iter()
        .filter_map(|fact| {
            let was = guard.facts.get(fact.key)?;
            let is = request.facts.get(fact.key).cloned().unwrap_or_default();
            let same = canonical(fact, was) == canonical(fact, is.raw());
            (!same).then(|| Mismatch {
                key: fact.key.to_owned(),
                was: was.to_owned(),
                is,
                covers: Vec::new(),
            })
        })
        .collect();
    let now = fingerprint(terms, &request.id, &request.facts);
    if found.is_empty() && guard.fingerprint.as_ref().is_some_and(|was| *was != now) {
        found.push(Mismatch {
            key: "fingerprint".to_owned(),
            was: guard.fingerprint.clone().unwrap_or_default(),
            is: VendorText::new(now),
            covers: unguarded(terms, guard),
        });
    }
    found
}

fn unguarded(terms: &Terms, guard: &Guard) -> Vec<String> {
    let keys = terms.can.facts.iter().map(|fact| fact.key);
    keys.filter(|key| !guard.facts.contains_key(key))
        .map(str::to_owned)
        .collect()
}
