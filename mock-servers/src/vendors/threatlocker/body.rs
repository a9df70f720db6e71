//! Request bodies, read as the vendor's server reads them: names without case, null for anything, strangers ignored
//! and journalled, a wrong type refused.

use serde_json::{Map, Value};

use super::guid::canonical;
use super::refusal::Refusal;
use super::shapes::{Kind, Member, members};
use crate::dialect::Dialects;
use crate::vendors::Call;

/// Reads a body as the object called `shape`; the answer has the vendor's spelling of every name.
pub(super) fn read(
    call: &Call,
    shape: &'static str,
    dialects: &Dialects,
    strange: &mut Vec<String>,
) -> Result<Value, Refusal> {
    let kind = call.headers.get("content-type");
    let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let json = kind.split(';').next().unwrap_or_default().trim();
    if !json.eq_ignore_ascii_case("application/json") {
        strange.push(format!("content type {kind:?}, not application/json"));
        if dialects.is("threatlocker.content-type", "415") {
            return Err(Refusal::new(415, "Unsupported Media Type"));
        }
    }
    let refused = |says: &str| Refusal::named(dialects.chosen("threatlocker.wrong-type"), says);
    let body: Value = serde_json::from_slice(&call.body)
        .map_err(|_| refused("The request body could not be read."))?;
    let mut reading = Reading {
        strange,
        quoted_flags: dialects.is("threatlocker.valid-cert", "either"),
        wrong: None,
    };
    let read = match body {
        Value::Object(given) => reading.object(given, shape, ""),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            return Err(refused("The request body is not an object."));
        }
    };
    match reading.wrong {
        Some(at) => Err(refused(&format!("The value of {at} is not valid."))),
        None => Ok(read),
    }
}

struct Reading<'a> {
    strange: &'a mut Vec<String>,
    /// Whether a flag that the article quotes may come as text.
    quoted_flags: bool,
    /// The first member with a value of another type.
    wrong: Option<String>,
}

impl Reading<'_> {
    fn object(&mut self, given: Map<String, Value>, shape: &str, at: &str) -> Value {
        let known = members(shape);
        let mut read = Map::new();
        for (name, value) in given {
            let place = format!("{at}{name}");
            let found = known
                .iter()
                .find(|member| member.name.eq_ignore_ascii_case(&name));
            let Some(member) = found else {
                self.strange.push(format!("unknown member {place}"));
                continue;
            };
            let value = self.member(value, *member, &place);
            if read.insert(member.name.to_owned(), value).is_some() {
                self.strange.push(format!("member {place} given twice"));
            }
        }
        Value::Object(read)
    }

    fn member(&mut self, value: Value, member: Member, at: &str) -> Value {
        match (value, member.list) {
            (Value::Array(items), true) => items
                .into_iter()
                .enumerate()
                .map(|(place, item)| self.one(item, member.kind, &format!("{at}[{place}]")))
                .collect(),
            (Value::Null, true) => Value::Null,
            (_, true) => self.refuse(at),
            (value, false) => self.one(value, member.kind, at),
        }
    }

    fn one(&mut self, value: Value, kind: Kind, at: &str) -> Value {
        let fits = match (&value, kind) {
            (Value::Null, _) | (_, Kind::Any) => true,
            (Value::Bool(_), Kind::Flag | Kind::QuotedFlag) | (Value::String(_), Kind::Text) => {
                true
            }
            (Value::String(text), Kind::QuotedFlag) => {
                let is_flag = ["true", "false"]
                    .iter()
                    .any(|flag| text.eq_ignore_ascii_case(flag));
                self.quoted_flags && is_flag
            }
            (Value::Number(number), Kind::Int) => {
                number.as_i64().is_some_and(|n| i32::try_from(n).is_ok())
            }
            (Value::Number(number), Kind::Long) => number.as_i64().is_some(),
            (Value::String(text), Kind::Date) => moment(text).is_some(),
            (Value::String(text), Kind::Uuid) => match canonical(text) {
                Some(id) => return Value::String(id),
                None => false,
            },
            (Value::Object(_), Kind::Object(shape)) => {
                let Value::Object(given) = value else {
                    return Value::Null;
                };
                return self.object(given, shape, &format!("{at}."));
            }
            (
                Value::Bool(_)
                | Value::Number(_)
                | Value::String(_)
                | Value::Array(_)
                | Value::Object(_),
                _,
            ) => false,
        };
        if fits { value } else { self.refuse(at) }
    }

    fn refuse(&mut self, at: &str) -> Value {
        self.wrong.get_or_insert_with(|| at.to_owned());
        Value::Null
    }
}

/// A date-time of the vendor's: with a zone, or without one in UTC.
pub(super) fn moment(text: &str) -> Option<jiff::Timestamp> {
    let zoned = || text.parse().ok();
    let plain = || text.parse::<jiff::civil::DateTime>().ok();
    zoned().or_else(|| {
        let utc = plain()?.to_zoned(jiff::tz::TimeZone::UTC).ok()?;
        Some(utc.timestamp())
    })
}

/// A text member, empty where it is null or absent.
pub(super) fn text<'a>(object: &'a Value, name: &str) -> &'a str {
    object[name].as_str().unwrap_or_default()
}

/// A text member that says something.
pub(super) fn said(object: &Value, name: &str) -> Option<String> {
    Some(text(object, name).trim())
        .filter(|text| !text.is_empty())
        .map(str::to_owned)
}

/// A flag, false where it is null or absent.
pub(super) fn flag(object: &Value, name: &str) -> bool {
    object[name].as_bool().unwrap_or_default()
}

/// A list, empty where it is null or absent.
pub(super) fn list<'a>(object: &'a Value, name: &str) -> &'a [Value] {
    object[name]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default()
}

/// The texts of a list.
pub(super) fn texts(object: &Value, name: &str) -> Vec<String> {
    let items = list(object, name).iter().filter_map(Value::as_str);
    items
        .filter(|text| !text.trim().is_empty())
        .map(str::to_owned)
        .collect()
}
