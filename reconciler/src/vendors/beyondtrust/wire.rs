//! The vendor's JSON, read strictly, row by row; and its errors, which may be a number, a string or prose.
//!
//! Nothing here knows the network. A list is cut into rows first, so that one odd row spoils no other.

mod row;
mod rows;

#[cfg(test)]
mod tests;

use secrecy::SecretString;
use serde::de::IgnoredAny;
use serde_json::Value;

pub(super) use rows::Rows;

use crate::model::{Request, RequestId, Status, VendorText};
use crate::vendors::http::Reply;

/// A number as a canonical id.
pub(super) fn canonical(id: u64) -> RequestId {
    RequestId::canonical(&id.to_string())
}

/// What the parser found wrong, without the vendor's words that its own messages would quote.
fn words(error: &serde_json::Error) -> String {
    if error.is_eof() {
        return "it is cut off".to_owned();
    }
    let place = format!("line {}, column {}", error.line(), error.column());
    if !error.is_data() {
        return format!("it is not JSON at {place}");
    }
    // Only `row` writes messages that begin so, with names of its own.
    let ours = error.to_string();
    match ours.split_once(" at line ") {
        Some((ours, _)) if ours.starts_with("field `") => ours.to_owned(),
        Some(_) | None => format!("it has another shape than a request at {place}"),
    }
}

/// The id of a row, and nothing else of it.
pub(super) fn id(row: &str) -> Result<u64, String> {
    row::id(row).map_err(|error| words(&error))?
}

/// A whole row, which stands in the list of that status.
pub(super) fn request(row: &str, status: Status) -> Result<Request, String> {
    row::request(row, status).map_err(|error| words(&error))?
}

/// The same of one's own, with how long it is asked for.
pub(super) fn own_request(row: &str, status: Status) -> Result<Request, String> {
    let lasts = row::lasts(row, &status).map_err(|error| words(&error))?;
    let request = request(row, status)?;
    Ok(Request { lasts, ..request })
}

/// Whether an answer without success can be the vendor's: nothing, JSON or text, and no web page.
pub(super) fn is_vendors(reply: &Reply) -> bool {
    let body = reply.body.trim_ascii();
    let text_like = reply.may_be_json()
        || reply
            .media
            .as_deref()
            .is_some_and(|media| media.starts_with("text/"));
    body.is_empty() || (text_like && !body.starts_with(b"<") && std::str::from_utf8(body).is_ok())
}

/// Whether an answer is a JSON object.
pub(super) fn is_object(reply: &Reply) -> bool {
    let object = serde_json::from_slice::<std::collections::BTreeMap<String, IgnoredAny>>;
    reply.may_be_json() && object(&reply.body).is_ok()
}

/// The id that a filing is answered with: an object with `RequestID` (document, "POST Requests"), or the
/// bare number that the vendor's own clients print (vendor-facts section 2).
pub(super) fn filed(reply: &Reply) -> Option<RequestId> {
    let text = std::str::from_utf8(&reply.body).ok()?.trim();
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let id = match text.strip_prefix('{') {
        Some(_) => id(text).ok()?,
        None => {
            let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
            digits.then(|| text.parse().ok()).flatten()?
        }
    };
    // No request has the number nought.
    (id > 0).then(|| canonical(id))
}

/// What the vendor said in an error, bounded to 300 characters; nothing of a web page.
pub(super) fn said(reply: &Reply) -> Option<VendorText> {
    if !is_vendors(reply) {
        return None;
    }
    let text = std::str::from_utf8(&reply.body).ok()?.trim();
    let text = match serde_json::from_str::<Value>(text) {
        Ok(Value::String(inner)) => inner,
        Ok(Value::Object(object)) => {
            let message = object
                .iter()
                .find(|(key, _)| key.eq_ignore_ascii_case("message"));
            let message = message.and_then(|(_, message)| message.as_str());
            message.unwrap_or(text).to_owned()
        }
        Ok(Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_)) | Err(_) => {
            text.to_owned()
        }
    };
    let bounded: String = text.chars().take(300).collect();
    (!bounded.is_empty()).then(|| VendorText::new(bounded))
}

/// `Bearer …` out of a token answer: `access_token`, and a `token_type` that is bearer where there is one.
pub(super) fn token(reply: &Reply) -> Option<SecretString> {
    #[derive(serde::Deserialize)]
    struct Token {
        access_token: String,
        token_type: Option<String>,
    }
    let token: Token = serde_json::from_slice(&reply.body).ok()?;
    let is_bearer = token
        .token_type
        .as_deref()
        .is_none_or(|kind| kind.eq_ignore_ascii_case("bearer"));
    let fits = !token.access_token.is_empty()
        && token
            .access_token
            .bytes()
            .all(|byte| byte.is_ascii_graphic());
    (is_bearer && fits).then(|| format!("Bearer {}", token.access_token).into())
}
