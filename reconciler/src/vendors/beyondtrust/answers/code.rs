//! Which of the documented codes an answer holds (document, "Message or status code in response body").
//!
//! A body may be the bare code, a JSON scalar, or prose. In prose a number may be anything: a request's id,
//! an account's. It counts only where nothing else in the text could be meant.

use std::collections::BTreeSet;

use serde_json::Value;

use super::sentences::SENTENCES;
use super::{CODES, Endpoint};
use crate::model::VendorCode;

/// The code that a body holds at this endpoint; none where its words leave that open.
///
/// `path` is that of the call: a number that stands in it is no code.
pub(super) fn held(endpoint: Endpoint, path: &str, body: &[u8]) -> Option<&'static VendorCode> {
    let words = words(body)?;
    let known = |code: &str| known(endpoint, code);
    if is_code(&words) {
        return known(&words);
    }
    let names = |number: &str| path.split('/').any(|part| part == number);
    let leading: String = words.chars().take_while(char::is_ascii_digit).collect();
    let ends = !words
        .chars()
        .nth(leading.len())
        .is_some_and(char::is_alphanumeric);
    if is_code(&leading) && ends && !names(&leading) && known(&leading).is_some() {
        return known(&leading);
    }
    let documented = |number: &&str| CODES.iter().any(|code| code.code == *number);
    let groups = numbers(&words).filter(|number| !names(number));
    let mut codes: BTreeSet<&str> = groups.filter(documented).collect();
    codes.extend(said(endpoint, &words));
    one(codes).and_then(known)
}

/// The codes whose own sentences stand in the text; each as a sentence, so that none is read out of a
/// longer one that may say the opposite.
fn said(endpoint: Endpoint, words: &str) -> Vec<&'static str> {
    let ends = |char: char| char.is_control() || (!char.is_alphanumeric() && !char.is_whitespace());
    let parts: BTreeSet<String> = words.split(ends).map(plain).collect();
    SENTENCES
        .iter()
        .filter(move |(at, _, sentences)| {
            *at == endpoint && sentences.iter().any(|one| parts.contains(*one))
        })
        .map(|(_, code, _)| *code)
        .collect()
}

/// Lower case, one blank between words, and nothing before the sentence that only introduces it.
fn plain(part: &str) -> String {
    let lower = part.to_lowercase();
    let introduces = |word: &&str| {
        let number = word.bytes().all(|byte| byte.is_ascii_digit());
        number || matches!(*word, "error" | "code" | "forbidden" | "the" | "this")
    };
    let words: Vec<&str> = lower.split_whitespace().skip_while(introduces).collect();
    words.join(" ")
}

/// A code of the endpoint.
pub(super) fn known(endpoint: Endpoint, code: &str) -> Option<&'static VendorCode> {
    let mut codes = CODES.iter();
    codes.find(|one| one.at == endpoint.name() && one.code == code)
}

/// What there is exactly one of.
fn one(codes: BTreeSet<&str>) -> Option<&str> {
    let mut codes = codes.into_iter();
    codes.next().filter(|_| codes.next().is_none())
}

fn is_code(text: &str) -> bool {
    text.len() == 4 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The numbers of four digits that stand for themselves: not in a word, not in a GUID or a date.
fn numbers(words: &str) -> impl Iterator<Item = &str> {
    let apart = |char: char| !char.is_alphanumeric() && char != '-' && char != '_';
    let tokens = words.split(apart).map(|token| token.trim_matches('-'));
    tokens.filter(|token| is_code(token))
}

/// The words of a body: those of a JSON scalar, an object's message, every value of another, or the text.
fn words(body: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(body).ok()?.trim();
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let Ok(value) = serde_json::from_str::<Value>(text) else {
        return Some(text.to_owned());
    };
    let mut all = Vec::new();
    leaves(&value, &mut all);
    Some(all.join("; ").trim().to_owned())
}

fn leaves(value: &Value, all: &mut Vec<String>) {
    match value {
        Value::Null | Value::Bool(_) => {}
        Value::Number(number) => all.push(number.to_string()),
        Value::String(text) => all.push(text.trim().to_owned()),
        Value::Array(values) => values.iter().for_each(|value| leaves(value, all)),
        Value::Object(fields) => fields.values().for_each(|value| leaves(value, all)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn held(endpoint: Endpoint, path: &str, body: &str) -> Option<&'static str> {
        super::held(endpoint, path, body.as_bytes()).map(|code| code.code)
    }

    const APPROVE: &str = "/Requests/4711/Approve";

    #[test]
    fn a_code_is_found_in_every_form() {
        for body in [
            "4036",
            "\u{feff}4036",
            "\"4036\"",
            " 4036\r\n",
            "4036 - Done.",
            "4036: not 4033",
            "\"4036: no\"",
            "Request 47110 by 12 failed (code:4036)",
            "Request 4711 of 2026: 4036.",
            r#"{"Message":"4036"}"#,
            r#"{"Code":4036,"Message":"no"}"#,
        ] {
            assert_eq!(
                held(Endpoint::Approve, APPROVE, body),
                Some("4036"),
                "{body}"
            );
        }
        // A bare number is the code, whatever the request is called.
        assert_eq!(
            held(Endpoint::Approve, "/Requests/4036/Approve", "4036"),
            Some("4036")
        );
    }

    #[test]
    fn the_document_s_own_sentences_say_their_code() {
        for (endpoint, code, sentences) in SENTENCES {
            assert!(known(*endpoint, code).is_some(), "{code}");
            for sentence in *sentences {
                assert_eq!(plain(sentence), *sentence);
                let loud = format!(" {}.\r\n", sentence.to_uppercase().replace(' ', "  "));
                let json = format!("{{\"Message\":\"Error: the {sentence}!\"}}");
                for body in [
                    (*sentence).to_owned(),
                    loud,
                    format!("\"403 - {sentence}\""),
                    json,
                ] {
                    assert_eq!(held(*endpoint, "/x", &body), Some(*code), "{body}");
                }
            }
        }
        for code in CODES.iter().filter(|code| code.code.len() == 4) {
            let has =
                |(at, of, _): &(Endpoint, &str, &[&str])| at.name() == code.at && *of == code.code;
            assert!(SENTENCES.iter().any(has), "{code:?}");
        }
    }

    #[test]
    fn a_sentence_is_not_read_out_of_another() {
        let path = "/Requests/4036/Approve";
        let whole = "4036 \u{2013} Request has been approved already.";
        assert_eq!(held(Endpoint::Approve, path, whole), Some("4036"));
        let whole = "Approver only - User cannot approve his or her own request.";
        assert_eq!(held(Endpoint::Approve, path, whole), Some("4033"));
        for body in [
            "If the request has been approved already, ask its approver.",
            "No request has been approved already",
            "Approver only. Request has been approved already.",
            "Request has been approved already (code 4033)",
            "User cannot deny his or her own request",
        ] {
            assert_eq!(held(Endpoint::Approve, path, body), None, "{body}");
        }
        let elsewhere = "Request has been approved already.";
        assert_eq!(held(Endpoint::Deny, path, elsewhere), None);
    }

    #[test]
    fn a_number_that_may_be_something_else_is_no_code() {
        let path = "/Requests/4036/Approve";
        let body = "You cannot approve request 4036: 4033 Approver only.";
        assert_eq!(held(Endpoint::Approve, path, body), Some("4033"));
        for body in [
            "You cannot approve request 4036.",
            "4036 cannot be approved by you",
            "\"Request 4036: no rights\"",
            r#"{"RequestID":4036,"Message":"no rights"}"#,
        ] {
            assert_eq!(held(Endpoint::Approve, path, body), None, "{body}");
        }
        for body in [
            "You cannot approve account 4036: 4033",
            "not 4031 but 4036",
            "trace 1b2c-4036-8d",
            "x4036",
            "4036x",
            "40360",
            "",
            "null",
        ] {
            assert_eq!(held(Endpoint::Approve, APPROVE, body), None, "{body}");
        }
        // An alias's number is none either.
        let path = "/Aliases/4031/Requests";
        assert_eq!(held(Endpoint::FileByAlias, path, "alias 4031 is off"), None);
    }
}
