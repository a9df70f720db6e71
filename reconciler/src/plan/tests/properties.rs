//! What holds for any text: equal data has one form, and nothing that was reviewed can change unnoticed.

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::super::digest::line_digest;
use crate::fakes::{decision, request};
use crate::model::{
    Call, Deciding, Decision, FactKind, Facts, Guard, Identity, RequestId, Terms, Vendor,
    VendorText, Verdict,
};
use crate::plan::{SavedPlan, canonical_json, fingerprint, guard_fingerprint, mismatches};

fn terms(vendor: Vendor) -> Terms {
    crate::fakes::terms(crate::vendors::capabilities(vendor))
}

/// Any JSON without floats, which our own data does not have.
fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 5, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            proptest::collection::vec((any::<String>(), inner), 0..5)
                .prop_map(|pairs| Value::from(pairs.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

/// The same with the members of each object in the other order, and blanks between.
fn otherwise(value: &Value) -> String {
    match value {
        Value::Object(members) => {
            let members = members.iter().rev();
            let members =
                members.map(|(name, one)| format!(" {} :\n{}", json!(name), otherwise(one)));
            format!("{{{} }}", members.collect::<Vec<_>>().join(" ,"))
        }
        Value::Array(items) => {
            let items = items.iter().map(otherwise);
            format!("[\t{} ]", items.collect::<Vec<_>>().join(" , "))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.to_string(),
    }
}

fn facts(terms: &Terms, texts: &[String]) -> Facts {
    let keys = terms.can.facts.iter().map(|fact| fact.key);
    let texts = texts.iter().map(|text| VendorText::new(text.as_str()));
    keys.zip(texts).collect()
}

/// Every leaf of a document, as the path that leads to it.
fn leaves(value: &Value, path: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            for (name, one) in members {
                let name = name.replace('~', "~0").replace('/', "~1");
                leaves(one, &format!("{path}/{name}"), found);
            }
        }
        Value::Array(items) => {
            for (nth, one) in items.iter().enumerate() {
                leaves(one, &format!("{path}/{nth}"), found);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            found.push(path.to_owned());
        }
    }
}

/// One line with everything in it that there can be.
fn line() -> Value {
    let mut decision = decision(Verdict::Approve, "7");
    decision.decided_by = Some("boss@example.com".to_owned());
    decision.guard = Guard {
        fingerprint: Some("v1:sha256:00".to_owned()),
        facts: [("user", "anna")].into_iter().collect(),
    };
    json!({
        "identity": {
            "vendor": "threatlocker", "origin": "https://a.example.com", "organization": "o", "id": "7"
        },
        "decision": decision,
        "call": {
            "method": "POST", "path": "/p", "query": [["a", "b"], ["c", "d"]], "body": {"x": [1, "y", true]},
            "organization": "o"
        },
        "deciding": { "credential": "env K", "acting_as": "a", "run_as": "r", "client": "c" },
    })
}

fn digest(line: &Value) -> Option<String> {
    let part = |name: &str| line.get(name).cloned().unwrap_or_default();
    let identity: Identity = serde_json::from_value(part("identity")).ok()?;
    let decision: Decision = serde_json::from_value(part("decision")).ok()?;
    let call: Call = serde_json::from_value(part("call")).ok()?;
    let deciding: Deciding = serde_json::from_value(part("deciding")).ok()?;
    Some(line_digest(&identity, &decision, &call, &deciding, None).0)
}

#[test]
fn each_leaf_of_a_line_moves_its_digest_but_for_where_it_stands() {
    let whole = line();
    let before = digest(&whole).expect("a line");
    let mut paths = Vec::new();
    leaves(&whole, "", &mut paths);
    let mut moved = 0;
    for path in &paths {
        let leaf = whole.pointer(path).expect("a leaf");
        let others = match leaf {
            Value::String(text) => vec![
                format!("{text}x").into(),
                text.to_uppercase().into(),
                // Words of a closed list, and times.
                "deny".into(),
                "PUT".into(),
                "fudo".into(),
                "2027-01-01T00:00:00Z".into(),
                Value::Null,
            ],
            Value::Number(number) => vec![(number.as_u64().unwrap_or_default() + 1).into()],
            Value::Bool(yes) => vec![(!yes).into()],
            Value::Null => vec!["x".into()],
            Value::Array(_) | Value::Object(_) => continue,
        };
        // What a queue is called is no part of a request's identity, which says the id by itself.
        let place = [
            "/decision/from/",
            "/decision/queue",
            "/decision/id",
            "/decision/request",
        ]
        .iter()
        .any(|outside| path.starts_with(outside));
        let mut changed = 0;
        for other in others.into_iter().filter(|other| other != leaf) {
            let mut line = whole.clone();
            *line.pointer_mut(path).expect("a leaf") = other;
            if let Some(after) = digest(&line) {
                assert_eq!(after == before, place, "{path}: {line}");
                changed += 1;
            }
        }
        assert!(changed > 0, "{path} cannot be another");
        moved += usize::from(!place);
    }
    assert!(moved >= 20, "{paths:?}");
}

/// Of what was written whole, no bit can be another: the file is refused before anything in it is used.
#[test]
fn no_bit_of_a_saved_plan_can_be_flipped() {
    let whole = super::a_saved_plan().to_text().into_bytes();
    let is_plan = |bytes: &[u8]| {
        let text = std::str::from_utf8(bytes).unwrap_or_default();
        SavedPlan::parse(text).is_ok()
    };
    assert!(is_plan(&whole));
    for place in 0..whole.len() {
        for bit in [place % 8, (place + 5) % 8] {
            let mut flipped = whole.clone();
            flipped[place] ^= 1 << bit;
            assert!(!is_plan(&flipped), "byte {place}, bit {bit}");
        }
        assert!(!is_plan(&whole[..place]), "cut at {place}");
    }
}

proptest! {
    #[test]
    fn equal_data_has_one_form(value in json()) {
        let form = canonical_json(&value);
        let read: Value = serde_json::from_str(&form).expect("JSON");
        prop_assert_eq!(&read, &value);
        let reordered: Value = serde_json::from_str(&otherwise(&value)).expect("JSON");
        prop_assert_eq!(canonical_json(&reordered), form);
    }

    #[test]
    fn different_data_has_different_forms(one in json(), other in json()) {
        prop_assert_eq!(one == other, canonical_json(&one) == canonical_json(&other));
    }

    /// Whatever the others say, each field alone makes another fingerprint, and is named; and no two fields can be
    /// taken for one another.
    #[test]
    fn each_field_is_in_the_fingerprint(
        texts in proptest::collection::vec(any::<String>(), 20), other in any::<String>(), vendor in 0..5_usize,
    ) {
        let terms = terms(Vendor::ALL[vendor]);
        let facts_seen = facts(&terms, &texts);
        let id = RequestId::canonical("7");
        let before = fingerprint(&terms, &id, &facts_seen);
        let mut reviewed = decision(Verdict::Approve, "7");
        let readable = facts_seen.iter().map(|(key, value)| ((*key).to_owned(), value.raw().to_owned()));
        reviewed.guard = Guard { fingerprint: Some(before.clone()), facts: readable.collect() };
        prop_assert_eq!(guard_fingerprint(&terms, &id, &reviewed.guard), Some(before.clone()));
        let mut shown = request("7", crate::model::Status::Pending);
        shown.id = id.clone();
        for (nth, fact) in terms.can.facts.iter().enumerate() {
            let same = match fact.kind {
                FactKind::Text => texts[nth] == other,
                FactKind::CaseFolded => texts[nth].eq_ignore_ascii_case(&other),
            };
            let mut changed = texts.clone();
            changed[nth].clone_from(&other);
            shown.facts = facts(&terms, &changed);
            prop_assert_eq!(fingerprint(&terms, &id, &shown.facts) == before, same, "{}", fact.key);
            let named: Vec<String> = mismatches(&terms, &reviewed, &shown).into_iter().map(|one| one.key).collect();
            let expected = if same { vec![] } else { vec![fact.key.to_owned()] };
            prop_assert_eq!(named, expected);
            // The same texts, two of them in each other's place.
            let next = (nth + 1) % terms.can.facts.len();
            let mut swapped = texts.clone();
            swapped.swap(nth, next);
            let differs = fingerprint(&terms, &id, &facts(&terms, &swapped)) != before;
            let alike = texts[nth].eq_ignore_ascii_case(&texts[next]);
            prop_assert!(differs || alike, "{} and its neighbour", fact.key);
        }
        let elsewhere = Terms { origin: format!("{}{other}x", terms.origin), ..terms.clone() };
        prop_assert!(fingerprint(&elsewhere, &id, &facts_seen) != before);
        let another = Terms { organization: Some(format!("{other}x")), ..terms.clone() };
        prop_assert!(fingerprint(&another, &id, &facts_seen) != before);
        prop_assert_ne!(fingerprint(&terms, &RequestId::canonical(&format!("7{other}x")), &facts_seen), before);
    }
}
