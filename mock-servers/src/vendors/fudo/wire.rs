//! The bodies Fudo sends: `result`, and beside it a member named after the object.

use serde_json::{Map, Value, json};

use super::attributes::{Style, value};
use super::list::Row;
use super::reading::Fields;
use super::request::Request;
use crate::dialect::Dialects;
use crate::vendors::Answer;

/// What a vote and a revocation are told.
///
/// From: Revoking Access Requests and Responding to a Pending Access Request, Response.
pub(super) fn success() -> Answer {
    Answer::json(200, json!({ "result": "success" }).to_string())
}

/// One request, in its envelope.
pub(super) fn one(row: &Request, fields: &Fields, dialects: &Dialects) -> Answer {
    let shown = object(row, fields, Style::new(dialects));
    let body = if dialects.is("fudo.envelope", "bare") {
        shown
    } else {
        json!({ "result": "success", "access_request": shown })
    };
    Answer::json(200, body.to_string())
}

// Null is shown only to whoever asks for it by name.
fn object(row: &Request, fields: &Fields, style: Style) -> Value {
    let mut shown = Map::new();
    for own in &fields.attributes {
        let value = value(row, own.name, style);
        if fields.named || !value.is_null() {
            shown.insert(own.name.to_owned(), value.json());
        }
    }
    Value::Object(shown)
}

/// A list, row by row into one buffer.
pub(super) struct Page<'a> {
    body: Vec<u8>,
    fields: &'a Fields,
    style: Style,
    end: &'static [u8],
    empty: bool,
}

impl<'a> Page<'a> {
    pub(super) fn new(fields: &'a Fields, dialects: &Dialects) -> Self {
        let (start, end): (&[u8], &[u8]) = if dialects.is("fudo.envelope", "bare") {
            (b"[", b"]")
        } else {
            (br#"{"result":"success","access_request":["#, b"]}")
        };
        Self {
            body: start.to_vec(),
            fields,
            style: Style::new(dialects),
            end,
            empty: true,
        }
    }

    pub(super) fn add(&mut self, row: Row<'_>) {
        if !self.empty {
            self.body.push(b',');
        }
        self.empty = false;
        let shown = match row {
            Row::Stored(row) => object(row, self.fields, self.style),
            Row::Made(block, index) => object(&block.row(index), self.fields, self.style),
        };
        self.body.extend_from_slice(shown.to_string().as_bytes());
    }

    pub(super) fn finish(mut self) -> Answer {
        self.body.extend_from_slice(self.end);
        Answer::json(200, self.body)
    }
}
