//! The JSON bodies that clients send, read by the document's models; what a model does not have is noted.

use serde_json::{Map, Value};

use super::attributes::{Attribute, REVOKE, VOTE};
use super::refusal::Refusal;
use super::state::Ballot;
use crate::dialect::Dialects;
use crate::vendors::Call;

/// A JSON object, and whether it was declared as one.
pub(super) fn object(
    call: &Call,
    dialects: &Dialects,
    strange: &mut Vec<String>,
) -> Result<Map<String, Value>, Refusal> {
    let kind = call.headers.get("content-type");
    let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let json = kind.split(';').next().unwrap_or_default().trim();
    if !json.eq_ignore_ascii_case("application/json") {
        strange.push(format!("content type {kind:?}, not application/json"));
        if dialects.is("fudo.content-type", "415") {
            return Err(Refusal::new(415, "Unsupported media type."));
        }
    }
    match serde_json::from_slice(&call.body) {
        Ok(Value::Object(members)) => Ok(members),
        Ok(_) | Err(_) => Err(Refusal::bad("The request body is no JSON object.")),
    }
}

/// A body of one of the two writes.
struct Body<'a> {
    members: Map<String, Value>,
    dialects: &'a Dialects,
}

impl<'a> Body<'a> {
    // An empty body is an empty object where nothing is required of it.
    fn read(
        call: &Call,
        model: &[Attribute],
        dialects: &'a Dialects,
        strange: &mut Vec<String>,
    ) -> Result<Self, Refusal> {
        let members = object(call, dialects, strange)?;
        let body = Self { members, dialects };
        body.check_names(model, strange)?;
        body.check_request(call)?;
        Ok(body)
    }

    fn check_names(&self, model: &[Attribute], strange: &mut Vec<String>) -> Result<(), Refusal> {
        for name in self.members.keys() {
            let (switch, what) = match model.iter().find(|own| own.name == name) {
                None => ("fudo.unknown-member", "unknown member"),
                Some(own) if own.read_only => ("fudo.read-only-sent", "read-only member"),
                Some(_) => continue,
            };
            strange.push(format!("{what} {name}"));
            if self.dialects.is(switch, "400") {
                return Err(Refusal::bad(format!("{what} {name}.")));
            }
        }
        Ok(())
    }

    // The path names the request; a body may name it again.
    fn check_request(&self, call: &Call) -> Result<(), Refusal> {
        let named = self.text("access_request_id")?;
        let other = named.is_some_and(|id| id != call.variable("id"));
        if other && self.dialects.is("fudo.other-request", "400") {
            return Err(Refusal::bad("access_request_id is immutable."));
        }
        Ok(())
    }

    fn text(&self, name: &str) -> Result<Option<String>, Refusal> {
        match self.members.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(_) => Err(Refusal::bad(format!("{name} is a string."))),
        }
    }
}

/// The `AccessRequestVoteModel` of a vote.
///
/// From: AccessRequestVoteModel, accepted (required), reason (required if accepted == false).
pub(super) fn ballot(
    call: &Call,
    dialects: &Dialects,
    strange: &mut Vec<String>,
) -> Result<Ballot, Refusal> {
    let body = Body::read(call, VOTE, dialects, strange)?;
    let accepted = match body.members.get("accepted") {
        Some(Value::Bool(accepted)) => *accepted,
        None | Some(Value::Null) => return Err(Refusal::bad("accepted is required.")),
        Some(_) => return Err(Refusal::bad("accepted is a boolean.")),
    };
    let reason = body.text("reason")?;
    let blank_is_none = dialects.is("fudo.blank-reason", "400");
    let says_nothing = |text: &String| blank_is_none && text.trim().is_empty();
    if !accepted && reason.as_ref().is_none_or(says_nothing) {
        return Err(Refusal::bad("reason is required if accepted == false."));
    }
    Ok(Ballot { accepted, reason })
}

/// The `revoke_reason` of a revocation.
///
/// From: AccessRequestRevokeModel.
pub(super) fn revoke_reason(
    call: &Call,
    dialects: &Dialects,
    strange: &mut Vec<String>,
) -> Result<Option<String>, Refusal> {
    let required = dialects.is("fudo.revoke-reason", "required");
    if call.body.is_empty() && !required {
        return Ok(None);
    }
    let body = Body::read(call, REVOKE, dialects, strange)?;
    let reason = body.text("revoke_reason")?;
    let says_nothing = |text: &String| text.trim().is_empty();
    if required && reason.as_ref().is_none_or(says_nothing) {
        return Err(Refusal::bad("revoke_reason is required."));
    }
    Ok(reason)
}

/// What a vote says, before anybody knows whether it may: for the journal of a refusal.
pub(super) fn leaning(call: &Call) -> &'static str {
    let body: Value = serde_json::from_slice(&call.body).unwrap_or_default();
    match body["accepted"].as_bool() {
        Some(true) => "approve",
        Some(false) => "deny",
        None => "vote",
    }
}
