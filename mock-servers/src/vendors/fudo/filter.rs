//! The `filter` parameter: conditions with commas between them, all of which hold; one of a condition's values is enough.
//!
//! From: the vendor's page on parameters.

use super::attributes::{Attribute, Shown, attribute};
use crate::dialect::Dialects;

/// What a condition asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Function {
    In,
    InAnyCase,
    Contains,
    Match,
}

impl Function {
    const ALL: [(&'static str, Self); 4] = [
        ("in", Self::In),
        ("iin", Self::InAnyCase),
        ("contains", Self::Contains),
        ("match", Self::Match),
    ];
}

/// How `.match()` compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Matching {
    Part,
    PartAnyCase,
    Whole,
}

/// One condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Condition {
    pub(super) attribute: &'static str,
    function: Function,
    matching: Matching,
    values: Vec<String>,
}

impl Condition {
    /// Whether a value fulfils it; null never does.
    pub(super) fn holds(&self, shown: &Shown<'_>) -> bool {
        let any = |holds: &dyn Fn(&str) -> bool| self.values.iter().any(|value| holds(value));
        if let Shown::Texts(texts) = shown {
            return any(&|value| texts.contains(&value));
        }
        let Some(own) = shown.text() else {
            return false;
        };
        let small = |text: &str| text.to_lowercase();
        match (self.function, self.matching) {
            (Function::In | Function::Contains, _) | (Function::Match, Matching::Whole) => {
                any(&|value| own == value)
            }
            (Function::InAnyCase, _) => any(&|value| small(&own) == small(value)),
            (Function::Match, Matching::Part) => any(&|value| own.contains(value)),
            (Function::Match, Matching::PartAnyCase) => {
                any(&|value| small(&own).contains(&small(value)))
            }
        }
    }
}

/// Reads a filter; the error says what is wrong with it.
pub(super) fn conditions(text: &str, dialects: &Dialects) -> Result<Vec<Condition>, String> {
    let matching = match dialects.chosen("fudo.match") {
        "part-any-case" => Matching::PartAnyCase,
        "whole" => Matching::Whole,
        _ => Matching::Part,
    };
    let mut conditions = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        let (head, tail) = rest
            .split_once('(')
            .ok_or_else(|| format!("{rest:?} is no condition"))?;
        let (name, function) = head
            .rsplit_once('.')
            .ok_or_else(|| format!("{head:?} names no function"))?;
        let end = closing(tail).ok_or_else(|| format!("{rest:?} has no end"))?;
        conditions.push(Condition {
            matching,
            values: tail[..end].split(',').map(str::to_owned).collect(),
            ..condition(name.trim(), function.trim(), matching)?
        });
        let after = tail[end + 1..].trim_start();
        rest = after.strip_prefix(',').unwrap_or(after).trim_start();
    }
    Ok(conditions)
}

fn condition(name: &str, function: &str, matching: Matching) -> Result<Condition, String> {
    let own = attribute(name).ok_or_else(|| format!("there is no attribute {name:?}"))?;
    let known = Function::ALL.iter().find(|(word, _)| *word == function);
    let (word, function) = known.ok_or_else(|| format!("there is no function {function:?}"))?;
    if !fits(own, *function) {
        return Err(format!("{word} is not for {name}, which is a {}", own.kind));
    }
    Ok(Condition {
        attribute: own.name,
        function: *function,
        matching,
        values: Vec::new(),
    })
}

// `contains` is for arrays of plain values, the others for plain values.
fn fits(own: &Attribute, function: Function) -> bool {
    match function {
        Function::Contains => own.kind == "string-array",
        Function::In | Function::InAnyCase | Function::Match => !own.is_array(),
    }
}

// The parenthesis that ends a condition's values: a comma or the end follows, so that a value may hold one.
fn closing(text: &str) -> Option<usize> {
    let closing = text.match_indices(')').map(|(place, _)| place);
    closing.into_iter().find(|place| {
        let after = text[place + 1..].trim_start();
        after.is_empty() || after.starts_with(',')
    })
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::*;

    fn holds(filter: &str, text: &str) -> bool {
        let read = conditions(filter, &Dialects::default()).unwrap();
        read[0].holds(&Shown::Text(Cow::Borrowed(text)))
    }

    #[test]
    fn functions_compare_whole_any_case_or_a_part() {
        assert!(holds("status.in(pending,granted)", "granted"));
        assert!(!holds("status.in(pending)", "Pending"));
        assert!(holds("status.iin(PENDING)", "pending"));
        assert!(holds("account_name.match(roo)", "root"));
        assert!(!holds("account_name.match(ROO)", "root"));
        assert!(!holds("account_name.in(roo)", "root"));
        let read = conditions("account_name.in(root)", &Dialects::default()).unwrap();
        assert!(!read[0].holds(&Shown::Null));
    }

    #[test]
    fn a_value_may_hold_a_parenthesis() {
        assert!(holds("safe_name.in(Linux (prod))", "Linux (prod)"));
        let filter = "safe_name.in(A (b)),status.in(pending)";
        let read = conditions(filter, &Dialects::default()).unwrap();
        assert_eq!(read.len(), 2);
        assert_eq!(read[0].values, ["A (b)"]);
    }

    #[test]
    fn what_cannot_be_read_is_told() {
        for (filter, word) in [
            ("status", "no condition"),
            ("status(pending)", "no function"),
            ("status.in(pending", "no end"),
            ("colour.in(red)", "no attribute"),
            ("status.like(p)", "no function"),
            ("status.contains(p)", "not for"),
            ("votes.contains(p)", "not for"),
            ("listener_ids.in(1)", "not for"),
        ] {
            let error = conditions(filter, &Dialects::default()).unwrap_err();
            assert!(error.contains(word), "{filter}: {error}");
        }
        assert_eq!(conditions("", &Dialects::default()), Ok(Vec::new()));
    }
}
