//! A journal that was written to a file, by `mock serve --journal` or from `GET /journal`: read back and verified.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::journal::{Actor, Entry, Kind};
use crate::nearest;
use crate::vendors::Vendor;
use crate::verify::{Verify, failures};

/// What does not hold in a recorded journal, each failure as `POST /verify` tells it; nothing if all holds.
///
/// `text` is JSON Lines or one JSON array, `asked` the body of `POST /verify`; whether faults struck is not looked at,
/// since a recording does not say which were armed.
///
/// # Errors
/// What cannot be judged: a line that is no entry, a gap in `seq`, an expectation that can never be met.
pub fn verify_recorded(text: &str, asked: &Value) -> Result<Vec<Value>, String> {
    let mut asked: Verify = nearest::strict_json(asked.to_string().as_bytes())?;
    asked.faults_fired = false;
    failures(&asked, &read(text)?, &[], Vendor::ALL)
}

#[derive(Deserialize)]
struct Line {
    seq: u64,
    at: Timestamp,
    kind: Kind,
    vendor: Option<Vendor>,
    op: Option<String>,
    object: Option<String>,
    actor: Option<Actor>,
    status: Option<u16>,
    #[serde(flatten)]
    detail: Map<String, Value>,
}

// A journal with a hole proves nothing about what is not in it.
fn read(text: &str) -> Result<Vec<Entry>, String> {
    let lines: Vec<Line> = if text.trim_start().starts_with('[') {
        serde_json::from_str(text).map_err(|error| format!("no journal: {error}"))?
    } else {
        let lines = text.lines().enumerate();
        lines
            .map(|(position, line)| {
                serde_json::from_str(line)
                    .map_err(|error| format!("line {}: no journal entry: {error}", position + 1))
            })
            .collect::<Result<_, _>>()?
    };
    if lines.is_empty() {
        return Err("an empty journal proves nothing".to_owned());
    }
    lines.into_iter().zip(1..).map(entry).collect()
}

fn entry((line, seq): (Line, u64)) -> Result<Entry, String> {
    if line.seq != seq {
        let met = line.seq;
        return Err(format!(
            "the journal has a hole: entry {seq} is missing, {met} follows"
        ));
    }
    let operations = || Vendor::ALL.iter().flat_map(|vendor| vendor.operations());
    let op = match line.op {
        None => None,
        Some(name) => match operations().find(|known| known.id == name) {
            Some(known) => Some(known.id),
            None => {
                let known = operations().map(|known| known.id);
                return Err(format!(
                    "entry {seq}: {}",
                    nearest::unknown("op", &name, known)
                ));
            }
        },
    };
    Ok(Entry {
        seq,
        at: line.at,
        kind: line.kind,
        vendor: line.vendor,
        op,
        object: line.object,
        actor: line.actor,
        status: line.status,
        detail: line.detail,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const LINE: &str = r#"{"seq":1,"at":"2026-03-02T08:00:00Z","kind":"call","vendor":"admin-by-request","op":"admin-by-request.requests.get","object":"7","actor":"api","status":200,"method":"GET"}"#;

    #[test]
    fn a_recording_is_judged_like_a_running_journal() {
        let asks =
            |count: u64| json!({ "expect": [{ "kind": "call", "object": "7", "count": count }] });
        assert_eq!(verify_recorded(LINE, &asks(1)), Ok(Vec::new()));
        assert_eq!(
            verify_recorded(&format!("[{LINE}]"), &asks(1)),
            Ok(Vec::new())
        );
        assert_eq!(verify_recorded(LINE, &asks(2)).unwrap()[0]["seen"], 1);
    }

    #[test]
    fn what_is_not_whole_is_not_judged() {
        let gap = LINE.replace("\"seq\":1", "\"seq\":2");
        let torn = &LINE[..40];
        let strange = LINE.replace("requests.get", "requests.gte");
        for (text, said) in [
            (gap.as_str(), "entry 1 is missing"),
            (torn, "line 1"),
            ("", "proves nothing"),
            (strange.as_str(), "admin-by-request.requests.get"),
        ] {
            let error = verify_recorded(text, &json!({})).unwrap_err();
            assert!(error.contains(said), "{text}: {error}");
        }
    }
}
