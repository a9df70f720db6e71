//! What answers mean: absence, rows, errors in the vendor's form, and the outcomes of a write. Data, and its reading.

use std::time::Duration;

use serde_json::{Map, Value};

use super::strict;
use crate::model::{ReadError, ReadErrorKind, VendorText};
use crate::vendors::Meaning;
use crate::vendors::http::{Inquiry, Reply};

/// What answers to a write mean; every status that is not named is *unknown*.
#[derive(Clone, Copy, Debug)]
pub struct Outcomes {
    /// Success, with an empty body or JSON that is no error. It claims; only a read-back proves.
    pub success: &'static [u16],
    /// A definite no, with an empty body or JSON.
    pub definite_no: &'static [u16],
    /// A definite no to the credential, or to a permission that it lacks.
    pub credential: u16,
    /// A definite no for now, whatever the body.
    pub wait: u16,
    /// How long to wait where the vendor does not say.
    pub wait_unasked: Duration,
}

/// Permit and reject alike. 417 is what a body gets that the vendor does not accept (vendor-facts section 3).
pub static OUTCOMES: Outcomes = Outcomes {
    success: &[200, 201, 204],
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
        let success = self.success.contains(&status);
        let no = self.definite_no.contains(&status);
        if !(success || no || status == self.credential) {
            return Meaning::Unknown(reply.answered());
        }
        if !is_empty_or_json(reply) {
            return Meaning::Unknown(format!("answered {status} with something that is not JSON"));
        }
        let error = error_of(reply);
        if success {
            return match error {
                Some(_) => Meaning::Unknown(format!("answered {status}, and an error in its body")),
                None => Meaning::Claimed,
            };
        }
        // "Missing the '…' permission" is a 401 too: the token is good, and the next call may be allowed.
        let lacks =
            error.is_some_and(|message| message.to_ascii_lowercase().contains("permission"));
        if no || lacks {
            Meaning::Refused(format!("answered {status}"))
        } else {
            Meaning::CredentialRejected(format!("answered {status}: the token was rejected"))
        }
    }
}

/// `Message` of an error in the vendor's form, `{LoggerId, StatusCode, Message}`.
fn error_of(reply: &Reply) -> Option<String> {
    let Ok(Value::Object(object)) = strict::parse(&reply.body) else {
        return None;
    };
    let is = |name: &str| {
        let found = object
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value)
    };
    is("StatusCode")?;
    Some(
        is("Message")
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned(),
    )
}

/// The vendor's words in an error, bounded to 300 characters.
pub(super) fn said(reply: &Reply) -> Option<VendorText> {
    let message = reply.may_be_json().then(|| error_of(reply)).flatten()?;
    let bounded: String = message.chars().take(300).collect();
    (!bounded.is_empty()).then(|| VendorText::new(bounded))
}

fn is_empty_or_json(reply: &Reply) -> bool {
    reply.body.trim_ascii().is_empty()
        || (reply.may_be_json() && strict::parse(&reply.body).is_ok())
}

/// The value of a successful read; nothing where the body is empty or null, which is how the vendor says *none*.
///
/// # Errors
/// Any other status, and what is not JSON.
pub(super) fn value(inquiry: &Inquiry, reply: &Reply) -> Result<Option<Value>, ReadError> {
    if reply.status == 204 || (reply.status == 200 && reply.body.trim_ascii().is_empty()) {
        return Ok(None);
    }
    if reply.status != 200 {
        return Err(refusal(inquiry, reply));
    }
    if !reply.may_be_json() {
        return Err(malformed(
            inquiry,
            "the answer is not JSON but something else, such as a web page",
        ));
    }
    match strict::parse(&reply.body) {
        Ok(Value::Null) => Ok(None),
        Ok(value) => Ok(Some(value)),
        Err(why) => Err(malformed(inquiry, &why)),
    }
}

/// The objects of a list. One object alone is a list of one: so the document shows such answers.
///
/// # Errors
/// As `value`; and where something else stands in it.
pub(super) fn objects(
    inquiry: &Inquiry,
    reply: &Reply,
) -> Result<Vec<Map<String, Value>>, ReadError> {
    let list = match value(inquiry, reply)? {
        None => return Ok(Vec::new()),
        Some(Value::Array(list)) => list,
        Some(one) => vec![one],
    };
    list.into_iter()
        .map(|one| match one {
            Value::Object(one) => Ok(one),
            Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::String(_)
            | Value::Array(_) => Err(malformed(inquiry, "an entry of the list is not an object")),
        })
        .collect()
}

/// Whether the vendor itself says that there is no such thing.
pub(super) fn is_absence(reply: &Reply) -> bool {
    reply.status == 404 && is_empty_or_json(reply)
}

fn refusal(inquiry: &Inquiry, reply: &Reply) -> ReadError {
    let (shown, status) = (inquiry.shown(), reply.status);
    let said = said(reply);
    let lacks = said
        .as_ref()
        .is_some_and(|said| said.raw().to_ascii_lowercase().contains("permission"));
    if status == 401 && !lacks {
        return ReadError {
            kind: ReadErrorKind::Credential,
            what: format!("{shown} was answered 401: the token was rejected"),
            said,
            hint: "check the API user's token, which expires when it is not used, and the instance in `url`; then `countersign doctor`".to_owned(),
        };
    }
    let hint = match status {
        401 | 403 => {
            "check the API user's permissions, and that `organization` is one that it may manage; then `countersign doctor`"
        }
        300..=399 => "redirects are never followed; correct `url` of the queue in countersign.toml",
        _ => "`countersign doctor` tries each queue",
    };
    ReadError {
        kind: reply.trouble(),
        what: format!("{shown} was {}", reply.answered()),
        said,
        hint: hint.to_owned(),
    }
}

/// An answer in a shape that this vendor does not use.
pub(super) fn malformed(inquiry: &Inquiry, why: &str) -> ReadError {
    ReadError {
        kind: ReadErrorKind::Malformed,
        what: format!("{}: {why}", inquiry.shown()),
        said: None,
        hint: "look at the request in the portal, and at what stands between (proxy, gateway); `countersign doctor` tries each queue".to_owned(),
    }
}
