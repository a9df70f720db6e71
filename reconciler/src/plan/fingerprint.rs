//! What a request is about, as one hash, and field by field against what the reviewer saw.

use std::borrow::Cow;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::model::{
    Decision, Fact, FactKind, Facts, Guard, Request, RequestId, Terms, VendorText, sha256_hex,
};

/// `v1:sha256:HEX` over version, vendor, origin, organization, id and every guard key of the vendor.
///
/// It holds only what a decision does not move, so it is the same before and after an approve.
#[must_use]
pub fn fingerprint(terms: &Terms, id: &RequestId, facts: &Facts) -> String {
    over(terms, id, |key| facts.get(key).map_or("", VendorText::raw))
}

/// The same from the readable guards of a file, where all of them are there.
#[must_use]
pub fn guard_fingerprint(terms: &Terms, id: &RequestId, guard: &Guard) -> Option<String> {
    let complete = terms
        .can
        .facts
        .iter()
        .all(|fact| guard.facts.contains_key(fact.key));
    complete.then(|| over(terms, id, |key| guard.facts.get(key).unwrap_or_default()))
}

fn over<'a>(terms: &'a Terms, id: &'a RequestId, value: impl Fn(&str) -> &'a str) -> String {
    let mut parts: Vec<Cow<'_, str>> = vec![
        "countersign fingerprint v1".into(),
        terms.can.vendor.slug().into(),
        terms.origin.as_str().into(),
        terms.organization.as_deref().unwrap_or_default().into(),
        id.as_str().into(),
    ];
    for fact in terms.can.facts {
        parts.push(fact.key.into());
        parts.push(match fact.kind {
            FactKind::Text => value(fact.key).into(),
            FactKind::CaseFolded => value(fact.key).to_ascii_lowercase().into(),
        });
    }
    // A JSON array of strings: no value can pretend to be two. Strings always have a JSON form.
    let canonical = serde_json::to_string(&parts).unwrap_or_default();
    format!("v1:sha256:{}", sha256_hex(canonical.as_bytes()))
}

/// Whether two values of a fact are one and the same.
fn same(fact: &Fact, one: &str, other: &str) -> bool {
    match fact.kind {
        FactKind::Text => one == other,
        FactKind::CaseFolded => one.eq_ignore_ascii_case(other),
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
            let is = request.facts.get(fact.key);
            let differs = !same(fact, was, is.map_or("", VendorText::raw));
            differs.then(|| Mismatch {
                key: fact.key.to_owned(),
                was: was.to_owned(),
                is: is.cloned().unwrap_or_default(),
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
