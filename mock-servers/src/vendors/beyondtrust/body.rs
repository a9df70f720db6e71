//! The JSON bodies that clients send: fields by name, their types and limits; what the document does not know is noted.

use serde_json::{Map, Value};

use super::filing::{OnConflict, Target, Wish};
use super::refusal::Refusal;
use super::request::AccessType;
use crate::dialect::Dialects;
use crate::vendors::Call;

/// The longest reason of a decision or check-in. From: PUT Requests/{id}/Approve, Request Body Details.
pub(crate) const REASON_LIMIT: usize = 1000;
/// The longest ticket number. From: POST Requests, Request Body Details.
pub(crate) const TICKET_LIMIT: usize = 20;
/// The longest duration, a year. From: POST Requests, Request Body Details.
pub(crate) const DURATION_LIMIT: i64 = 525_600;

/// One body, field by field.
pub(super) struct Body<'a> {
    fields: Map<String, Value>,
    dialects: &'a Dialects,
}

impl<'a> Body<'a> {
    /// Reads a body. `needed`: an empty one is wrong in any dialect.
    pub(super) fn read(
        call: &Call,
        dialects: &'a Dialects,
        needed: bool,
        strange: &mut Vec<String>,
    ) -> Result<Self, Refusal> {
        let body = call.body.trim_ascii();
        let empty = |fields| Self { fields, dialects };
        if body.is_empty() {
            if needed || dialects.is("beyondtrust.empty-body", "400") {
                return Err(Refusal::bad("The request body is missing."));
            }
            return Ok(empty(Map::new()));
        }
        let kind = call.headers.get("content-type");
        let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        let json = kind.split(';').next().unwrap_or_default().trim();
        if !json.eq_ignore_ascii_case("application/json") {
            strange.push(format!("content type {kind:?}, not application/json"));
            if dialects.is("beyondtrust.content-type", "415") {
                return Err(Refusal::plain(415, "Unsupported media type."));
            }
        }
        match serde_json::from_slice(body) {
            Ok(Value::Object(fields)) => Ok(empty(fields)),
            Ok(Value::Null) if !needed => Ok(empty(Map::new())),
            Ok(_) | Err(_) => Err(Refusal::bad("Unable to parse the request body.")),
        }
    }

    // A field's value; null is absent.
    fn take(&mut self, name: &str) -> Option<Value> {
        let exact = self.dialects.is("beyondtrust.body-case", "exact");
        let fits = |key: &String| key == name || (!exact && key.eq_ignore_ascii_case(name));
        let key = self.fields.keys().find(|key| fits(key)).cloned()?;
        self.fields.remove(&key).filter(|value| !value.is_null())
    }

    pub(super) fn text(&mut self, name: &str) -> Result<Option<String>, Refusal> {
        match self.take(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(wrong(name)),
        }
    }

    /// A text with a limit.
    pub(super) fn limited(
        &mut self,
        name: &str,
        most: usize,
        strange: &mut Vec<String>,
    ) -> Result<Option<String>, Refusal> {
        let Some(text) = self.text(name)? else {
            return Ok(None);
        };
        if self.length(&text) <= most {
            return Ok(Some(text));
        }
        strange.push(format!("{name} is longer than {most}"));
        if self.dialects.is("beyondtrust.over-limit", "truncates") {
            let mut cut = String::new();
            for character in text.chars() {
                cut.push(character);
                if self.length(&cut) > most {
                    cut.pop();
                    break;
                }
            }
            return Ok(Some(cut));
        }
        Err(Refusal::bad(&format!("{name} is longer than {most}.")))
    }

    // The server's strings are counted in UTF-16, so that one emoji counts two.
    fn length(&self, text: &str) -> usize {
        if self.dialects.is("beyondtrust.length-unit", "characters") {
            text.chars().count()
        } else {
            text.encode_utf16().count()
        }
    }

    pub(super) fn number(&mut self, name: &str) -> Result<Option<i64>, Refusal> {
        match self.take(name) {
            None => Ok(None),
            // An int of the vendor's server has 32 bits.
            Some(value) => match value.as_i64().map(i32::try_from) {
                Some(Ok(number)) => Ok(Some(i64::from(number))),
                Some(Err(_)) | None => Err(wrong(name)),
            },
        }
    }

    pub(super) fn flag(&mut self, name: &str) -> Result<Option<bool>, Refusal> {
        match self.take(name) {
            None => Ok(None),
            Some(Value::Bool(flag)) => Ok(Some(flag)),
            Some(_) => Err(wrong(name)),
        }
    }

    // One of the words of an enumeration.
    fn word<T: Copy>(&mut self, name: &str, words: &[(&str, T)]) -> Result<Option<T>, Refusal> {
        let Some(given) = self.text(name)? else {
            return Ok(None);
        };
        let exact = self.dialects.is("beyondtrust.body-case", "exact");
        let fits = |word: &str| word == given || (!exact && word.eq_ignore_ascii_case(&given));
        words
            .iter()
            .find(|(word, _)| fits(word))
            .map(|(_, value)| Some(*value))
            .ok_or_else(|| wrong(name))
    }

    /// What nobody asked for.
    pub(super) fn note_rest(self, strange: &mut Vec<String>) {
        strange.extend(self.fields.keys().map(|key| format!("unknown field {key}")));
    }
}

/// The `Reason` of a decision or check-in.
pub(super) fn reason(
    call: &Call,
    dialects: &Dialects,
    strange: &mut Vec<String>,
) -> Result<Option<String>, Refusal> {
    let mut body = Body::read(call, dialects, false, strange)?;
    let reason = body.limited("Reason", REASON_LIMIT, strange);
    body.note_rest(strange);
    reason
}

/// A filing; `alias` where the path names one.
pub(super) fn wish(
    call: &Call,
    alias: Option<u64>,
    dialects: &Dialects,
    strange: &mut Vec<String>,
) -> Result<Wish, Refusal> {
    let mut body = Body::read(call, dialects, true, strange)?;
    let wish = fields(&mut body, alias, strange)?;
    // Only a body that was read to its end shows what the guide does not know.
    body.note_rest(strange);
    Ok(wish)
}

fn fields(
    body: &mut Body<'_>,
    alias: Option<u64>,
    strange: &mut Vec<String>,
) -> Result<Wish, Refusal> {
    let words = AccessType::ALL.map(|access| (access.word(), access));
    let access = body.word("AccessType", &words)?.unwrap_or_default();
    let target = match alias {
        Some(alias) => Target::Alias(alias),
        None => Target::Account {
            system: body
                .number("SystemID")?
                .ok_or_else(|| missing("SystemID"))?,
            account: body
                .number("AccountID")?
                .ok_or_else(|| missing("AccountID"))?,
        },
    };
    let application = match alias {
        None => body.number("ApplicationID")?,
        Some(_) => None,
    };
    if access == AccessType::App && application.is_none() {
        let accepted = alias.is_some() && body.dialects.is("beyondtrust.alias-app", "accepted");
        if !accepted {
            return Err(missing("ApplicationID"));
        }
    }
    let duration = body
        .number("DurationMinutes")?
        .ok_or_else(|| missing("DurationMinutes"))?;
    let within = Some(duration).filter(|minutes| (1..=DURATION_LIMIT).contains(minutes));
    let duration = within
        .and_then(|minutes| u32::try_from(minutes).ok())
        .ok_or_else(|| Refusal::bad("DurationMinutes is between 1 and 525600."))?;
    let reason = if body.dialects.is("beyondtrust.create-reason-limit", "1000") {
        body.limited("Reason", REASON_LIMIT, strange)?
    } else {
        body.text("Reason")?
    };
    let options = [("reuse", OnConflict::Reuse), ("renew", OnConflict::Renew)];
    Ok(Wish {
        target,
        access,
        application,
        duration,
        reason,
        schedule: body.number("AccessPolicyScheduleID")?,
        on_conflict: body.word("ConflictOption", &options)?,
        ticket_system: body.number("TicketSystemID")?,
        ticket: body.limited("TicketNumber", TICKET_LIMIT, strange)?,
        rotate: body.flag("RotateOnCheckin")?,
    })
}

fn wrong(name: &str) -> Refusal {
    Refusal::bad(&format!("{name} is not valid."))
}

fn missing(name: &str) -> Refusal {
    Refusal::bad(&format!("{name} is required."))
}
