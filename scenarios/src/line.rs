//! A journal entry as people read it, in the transcript and in a failure.

use mock_servers::{Entry, Kind};
use serde_json::Value;

/// A journal entry on one line, without its time.
pub(crate) fn line(entry: &Entry) -> String {
    let text = |key: &str| {
        entry
            .detail
            .get(key)
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    let word = serde_json::to_value(entry.kind)
        .ok()
        .and_then(|kind| kind.as_str().map(str::to_owned))
        .unwrap_or_default();
    let object = entry.object.as_deref().unwrap_or("-");
    let who = entry
        .actor
        .map(|actor| format!("{actor:?}").to_lowercase())
        .unwrap_or_default();
    let mut line = match entry.kind {
        Kind::Call => {
            let status = entry
                .status
                .map_or("no answer".to_owned(), |status| status.to_string());
            format!(
                "call    {} {}{} -> {status}",
                text("method"),
                text("path"),
                query(entry)
            )
        }
        Kind::Fault => {
            let kind = text("fault_kind");
            let kind = if kind.is_empty() {
                "an act"
            } else {
                kind.as_str()
            };
            format!(
                "fault   {}: {kind} {} {object}",
                text("fault"),
                text("phase")
            )
        }
        Kind::Actor => format!(
            "actor   {who}: {} {object}, now {}",
            text("did"),
            text("state")
        ),
        Kind::Clock => format!(
            "clock   {}{} {}",
            text("to"),
            text("fired"),
            entry.object.as_deref().unwrap_or_default()
        ),
        Kind::Effect | Kind::NoOp | Kind::Refusal => {
            let by = Some(text("by"))
                .filter(|by| !by.is_empty())
                .map(|by| format!(", decider {by}"))
                .unwrap_or_default();
            format!(
                "{word:<7} {who}: {}{} {object}, now {}{by}",
                text("verdict"),
                text("did"),
                text("state")
            )
        }
    };
    let because = text("because");
    if !because.is_empty() {
        line.push_str(&format!(" ({because})"));
    }
    for key in ["strange", "unmatched"] {
        if let Some(odd) = entry.detail.get(key) {
            line.push_str(&format!(" {key}: {odd}"));
        }
    }
    line
}

fn query(entry: &Entry) -> String {
    let pairs = entry.detail.get("query").and_then(Value::as_array);
    let mut text = String::new();
    for (position, pair) in pairs.into_iter().flatten().enumerate() {
        let part = |index: usize| pair.get(index).and_then(Value::as_str).unwrap_or_default();
        text.push_str(if position == 0 { "?" } else { "&" });
        text.push_str(&format!("{}={}", part(0), part(1)));
    }
    text
}
