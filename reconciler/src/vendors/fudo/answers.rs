//! What answers mean: the envelope around every object, errors in the vendor's form, and the outcomes of a write.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::model::{ReadError, ReadErrorKind, VendorText};
use crate::vendors::Meaning;
use crate::vendors::http::{Get, Reply};

/// What answers to a write mean; every status that is not named is *unknown*.
#[derive(Clone, Copy, Debug)]
pub struct Outcomes {
    /// Success, where the body says so too. It claims; only a read-back proves.
    pub success: u16,
    /// A definite no, in the vendor's form or with an empty body.
    pub definite_no: &'static [u16],
    /// A definite no to the credential, in the same form.
    pub credential: u16,
    /// A definite no for now, whatever the body.
    pub wait: u16,
    /// How long to wait where the vendor does not say.
    pub wait_unasked: Duration,
}

/// Vote and revoke alike: `{"result": "success"}` (document). Its errors are written nowhere that was read, and
/// taken to be `{"result": "failure", …}` (vendor-facts section 5).
pub static OUTCOMES: Outcomes = Outcomes {
    success: 200,
    definite_no: &[400, 403, 404, 405, 409, 413, 415, 417, 422],
    credential: 401,
    wait: 429,
    wait_unasked: Duration::from_secs(10),
};

impl Outcomes {
    /// What one whole answer to a write means.
    pub(super) fn meaning(&self, reply: &Reply) -> Meaning {
        let status = reply.status;
        if status == self.wait {
            return Meaning::Wait(reply.wait.unwrap_or(self.wait_unasked));
        }
        if status == self.success {
            return match envelope(reply) {
                Ok(envelope) if envelope.says("success") => Meaning::Claimed,
                Ok(_) | Err(_) => {
                    Meaning::Unknown(format!("answered {status} without saying `success`"))
                }
            };
        }
        let no = self.definite_no.contains(&status);
        if !(no || status == self.credential) {
            return Meaning::Unknown(reply.answered());
        }
        if !is_no(reply) {
            return Meaning::Unknown(format!("answered {status}, and not in the vendor's form"));
        }
        if no {
            Meaning::Refused(format!("answered {status}"))
        } else {
            Meaning::CredentialRejected(format!("answered {status}: the API key was rejected"))
        }
    }
}

/// What stands around an object: `result`, and a member that is named after the object. Or nothing does.
struct Envelope<'a> {
    result: Option<String>,
    object: Option<&'a RawValue>,
    /// What the first member says that is neither.
    words: Option<String>,
}

impl Envelope<'_> {
    fn says(&self, result: &str) -> bool {
        self.result.as_deref() == Some(result)
    }
}

/// Reads the envelope of an answer; a key that stands twice is refused.
fn envelope(reply: &Reply) -> Result<Envelope<'_>, String> {
    serde_json::from_str(text_of(reply)?).map_err(|error| words(&error, "an answer of this vendor"))
}

fn text_of(reply: &Reply) -> Result<&str, String> {
    if !reply.may_be_json() {
        return Err("the answer is not JSON but something else, such as a web page".to_owned());
    }
    let text =
        std::str::from_utf8(&reply.body).map_err(|_| "the answer is not UTF-8".to_owned())?;
    Ok(text.strip_prefix('\u{feff}').unwrap_or(text))
}

/// What the parser found wrong, without the vendor's words that its own messages would quote.
pub(super) fn words(error: &serde_json::Error, what: &str) -> String {
    if error.is_eof() {
        return "it is cut off".to_owned();
    }
    let place = format!("line {}, column {}", error.line(), error.column());
    if !error.is_data() {
        return format!("it is not JSON at {place}");
    }
    // These name fields that this program asks for, and no others.
    let said = error.to_string();
    let field = said
        .split_once(" at line ")
        .map(|(ours, _)| ours)
        .filter(|ours| {
            ours.starts_with("duplicate field `") || ours.starts_with("missing field `")
        });
    match field {
        Some(ours) => ours.to_owned(),
        None => format!("it has another shape than {what} at {place}"),
    }
}

/// The object of a successful read, or the array of them: beside `result`, or alone. Which, the pages that were read
/// show of other objects only (vendor-facts section 5, Envelope).
///
/// # Errors
/// Any other status, and what is not a success with the object in it.
pub(super) fn object<'a>(get: &Get, reply: &'a Reply) -> Result<&'a str, ReadError> {
    if reply.status != 200 {
        return Err(refusal(get, reply));
    }
    let text = text_of(reply).map_err(|why| malformed(get, &why))?;
    if text.trim_ascii_start().starts_with('[') {
        return Ok(text);
    }
    let envelope = envelope(reply).map_err(|why| malformed(get, &why))?;
    match (&envelope.result, envelope.object) {
        (Some(result), Some(object)) if result == "success" => Ok(object.get()),
        (Some(result), None) if result == "success" => {
            Err(malformed(get, "the answer holds no `access_request`"))
        }
        (Some(_), _) => Err(ReadError {
            said: said(reply),
            ..malformed(get, "the answer does not say `success`")
        }),
        (None, Some(_)) => Err(malformed(get, "missing field `result`")),
        (None, None) => Ok(text),
    }
}

/// Whether the vendor itself says that there is no such thing.
pub(super) fn is_absence(reply: &Reply) -> bool {
    reply.status == 404 && is_no(reply)
}

/// Whether an answer without success is the vendor's: nothing, or an envelope that says so.
fn is_no(reply: &Reply) -> bool {
    reply.body.trim_ascii().is_empty()
        || envelope(reply).is_ok_and(|envelope| envelope.says("failure"))
}

/// The vendor's words in an error, bounded to 300 characters.
pub(super) fn said(reply: &Reply) -> Option<VendorText> {
    let envelope = envelope(reply).ok()?;
    let is_no = envelope.result.is_some() && !envelope.says("success");
    let words: String = envelope.words?.chars().take(300).collect();
    (is_no && !words.is_empty()).then(|| VendorText::new(words))
}

fn refusal(get: &Get, reply: &Reply) -> ReadError {
    let (shown, status) = (get.shown(), reply.status);
    let (kind, what, hint) = match status {
        401 => (
            ReadErrorKind::Credential,
            format!("{shown} was answered 401: the API key was rejected"),
            "check the key (it is shown once, when it is made) and that its user may sign in by it; then `countersign doctor`",
        ),
        403 => (
            ReadErrorKind::Refused,
            format!("{shown} was answered 403"),
            "check the role of the key's user, and its rights to the objects of a request; then `countersign doctor`",
        ),
        300..=399 => (
            ReadErrorKind::Refused,
            format!("{shown} was {}", reply.answered()),
            "redirects are never followed; correct `url` of the queue in countersign.toml",
        ),
        _ => (
            reply.trouble(),
            format!("{shown} was answered {status}"),
            "`countersign doctor` tries each queue",
        ),
    };
    ReadError {
        kind,
        what,
        said: said(reply),
        hint: hint.to_owned(),
    }
}

/// An answer in a shape that this vendor does not use.
pub(super) fn malformed(get: &Get, why: &str) -> ReadError {
    ReadError {
        kind: ReadErrorKind::Malformed,
        what: format!("{}: {why}", get.shown()),
        said: None,
        hint: "look at what stands between (proxy, gateway) and at `url` of the queue; `countersign doctor` tries each queue".to_owned(),
    }
}

impl<'de> Deserialize<'de> for Envelope<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Members)
    }
}

struct Members;

impl<'de> Visitor<'de> for Members {
    type Value = Envelope<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let (mut result, mut object, mut words) = (None, None, None);
        while let Some(key) = map.next_key::<Cow<'de, str>>()? {
            let value: &'de RawValue = map.next_value()?;
            match key.as_ref() {
                "result" if result.is_none() => {
                    let text: Option<String> = serde_json::from_str(value.get()).ok();
                    result = Some(text.ok_or_else(|| Error::custom("`result` is not text"))?);
                }
                "access_request" if object.is_none() => object = Some(value),
                "result" => return Err(Error::duplicate_field("result")),
                "access_request" => return Err(Error::duplicate_field("access_request")),
                _ if words.is_none() => {
                    words = serde_json::from_str(value.get())
                        .ok()
                        .as_ref()
                        .and_then(said_in)
                }
                _ => {}
            }
        }
        Ok(Envelope {
            result,
            object,
            words,
        })
    }
}

/// What a member says: text, an object with a `message`, or a list of such. Errors have no documented form.
fn said_in(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Object(error) => said_in(error.get("message")?),
        Value::Array(errors) => {
            let all: Vec<String> = errors.iter().filter_map(said_in).collect();
            (!all.is_empty()).then(|| all.join("; "))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => None,
    }
}
