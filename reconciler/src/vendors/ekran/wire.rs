//! The vendor's JSON (document, "Response Parameters"), read strictly, row by row: one odd row spoils no other.

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::model::{Decided, Facts, Request, RequestId, Status, VendorText};
use crate::vendors::http::Reply;
use crate::vendors::scalar::Scalar;

/// A number as a canonical id.
pub(super) fn canonical(id: u64) -> RequestId {
    RequestId::canonical(&id.to_string())
}

/// One answer.
#[derive(Debug, PartialEq)]
pub(super) struct Batch {
    /// Where it leads on; nothing where it is the last.
    pub(super) after: Option<u64>,
    /// Every row of it.
    pub(super) rows: Vec<Read>,
}

/// One row.
#[derive(Debug, PartialEq)]
pub(super) struct Read {
    /// Its id, where that much could be read.
    pub(super) id: Option<u64>,
    /// All of it, or what is wrong with it.
    pub(super) request: Result<Box<Request>, String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer<'a> {
    // Both keys always stand there: one that is left out is no end of the list.
    #[serde(borrow)]
    after_id: Scalar<'a>,
    #[serde(borrow)]
    requests: Vec<&'a RawValue>,
}

/// What is used of a row. Both durations are of a session that came later, and decide nothing.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Line<'a> {
    #[serde(borrow)]
    id: Scalar<'a>,
    #[serde(borrow, default)]
    requested_at: Scalar<'a>,
    #[serde(borrow, default)]
    user_name: Scalar<'a>,
    #[serde(borrow, default)]
    status: Scalar<'a>,
    #[serde(borrow, default)]
    remote_ip: Scalar<'a>,
    #[serde(borrow, default)]
    status_changed_by: Scalar<'a>,
    #[serde(borrow, default)]
    status_change_comment: Scalar<'a>,
}

/// Reads one answer.
pub(super) fn batch(text: &str) -> Result<Batch, String> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let Answer { after_id, requests } = serde_json::from_str(text).map_err(|e| words(&e))?;
    let after = match after_id {
        Scalar::Nothing => None,
        Scalar::Number(id) => Some(id),
        Scalar::Text(_) | Scalar::Negative(_) | Scalar::Odd => {
            return Err("`afterId` is neither a whole number nor null".to_owned());
        }
    };
    Ok(Batch {
        after,
        rows: requests.into_iter().map(|row| read(row.get())).collect(),
    })
}

fn read(row: &str) -> Read {
    #[derive(Deserialize)]
    struct Only<'a> {
        #[serde(borrow)]
        id: Scalar<'a>,
    }
    let only: Option<Only<'_>> = serde_json::from_str(row).ok();
    let id = only.and_then(|only| number(&only.id));
    let line: Result<Line<'_>, _> = serde_json::from_str(row);
    Read {
        id,
        request: line
            .map_err(|error| words(&error))
            .and_then(request)
            .map(Box::new),
    }
}

fn request(line: Line<'_>) -> Result<Request, String> {
    let Line {
        id,
        requested_at,
        user_name,
        status,
        remote_ip,
        status_changed_by,
        status_change_comment,
    } = line;
    let id = number(&id).ok_or("field `id` is not a whole number")?;
    // Times have no zone here and are given none: they are text, held against text.
    let facts: Facts = [
        ("user", required(&user_name, "userName")?),
        ("requested-at", required(&requested_at, "requestedAt")?),
        ("remote-ip", optional(&remote_ip, "remoteIp")?),
    ]
    .into();
    let shown = |text: VendorText| (!text.is_empty()).then_some(text);
    Ok(Request {
        id: canonical(id),
        status: word(&status),
        facts,
        decided: Decided {
            by: shown(optional(&status_changed_by, "statusChangedBy")?),
            note: shown(optional(&status_change_comment, "statusChangeComment")?),
        },
        ticket: None,
        link: None,
        beyond: None,
        obstacles: Vec::new(),
        lasts: Vec::new(),
        votes: None,
    })
}

/// "The access request status (Approved/Denied/Expired)", and no other spelling of them.
fn word(status: &Scalar<'_>) -> Status {
    let unknown = || Status::Unknown(VendorText::new(status.text().unwrap_or_default()));
    let Scalar::Text(word) = status else {
        return unknown();
    };
    match word.as_ref() {
        "Approved" => Status::Approved,
        "Denied" => Status::Denied,
        "Expired" => Status::Expired,
        _ => unknown(),
    }
}

/// "id (int)", "any positive integer": 19 digits at most, as everywhere.
fn number(id: &Scalar<'_>) -> Option<u64> {
    match id {
        Scalar::Number(_) => id.id(),
        Scalar::Text(_) | Scalar::Nothing | Scalar::Negative(_) | Scalar::Odd => None,
    }
}

fn required(value: &Scalar<'_>, name: &str) -> Result<VendorText, String> {
    match value {
        Scalar::Text(text) if !text.is_empty() => Ok(VendorText::new(text.as_ref())),
        Scalar::Text(_)
        | Scalar::Nothing
        | Scalar::Number(_)
        | Scalar::Negative(_)
        | Scalar::Odd => Err(format!("field `{name}` is not text, or empty")),
    }
}

fn optional(value: &Scalar<'_>, name: &str) -> Result<VendorText, String> {
    match value {
        Scalar::Nothing => Ok(VendorText::default()),
        Scalar::Text(text) => Ok(VendorText::new(text.as_ref())),
        Scalar::Number(_) | Scalar::Negative(_) | Scalar::Odd => {
            Err(format!("field `{name}` is not text"))
        }
    }
}

/// What the parser found wrong, without the vendor's words that its own messages would quote.
fn words(error: &serde_json::Error) -> String {
    if error.is_eof() {
        return "it is cut off".to_owned();
    }
    let place = format!("line {}, column {}", error.line(), error.column());
    if error.is_data() {
        format!("it has another shape than in the vendor's document at {place}")
    } else {
        format!("it is not JSON at {place}")
    }
}

/// What the vendor said in an error, bounded to 300 characters; nothing of a web page.
pub(super) fn said(reply: &Reply) -> Option<VendorText> {
    let text = std::str::from_utf8(&reply.body).ok()?.trim();
    if text.starts_with('<') {
        return None;
    }
    let text = match serde_json::from_str::<Value>(text) {
        Ok(Value::String(inner)) => inner,
        Ok(Value::Object(object)) => {
            let mut members = object.iter();
            let message = members.find(|(key, _)| key.eq_ignore_ascii_case("message"));
            let message = message.and_then(|(_, message)| message.as_str());
            message.unwrap_or(text).to_owned()
        }
        Ok(_) | Err(_) => text.to_owned(),
    };
    let bounded: String = text.chars().take(300).collect();
    (!bounded.is_empty()).then(|| VendorText::new(bounded))
}
