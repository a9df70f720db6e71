//! The parameters of a read: `fields`, `filter`, `limit`, `offset`.
//!
//! From: the vendor's page on parameters.

use std::ops::ControlFlow;

use super::Fudo;
use super::attributes::{ACCESS_REQUEST, Attribute, attribute};
use super::filter::conditions;
use super::list::{Reading, Row};
use super::people::User;
use super::refusal::Refusal;
use super::wire;
use crate::dialect::Dialects;
use crate::vendors::{Answer, Call};

/// A limit above this is a switch.
const MOST: u64 = 1000;

/// Which attributes are shown.
#[derive(Clone, Debug)]
pub(super) struct Fields {
    pub(super) attributes: Vec<&'static Attribute>,
    /// Whether they were named: then null is shown too.
    pub(super) named: bool,
}

impl Fields {
    /// What `fields` asks for: nothing said, all but nulls; empty, the id alone; names, these, null or not.
    pub(super) fn asked(
        call: &Call,
        dialects: &Dialects,
        strange: &mut Vec<String>,
    ) -> Result<Self, Refusal> {
        let Some(text) = parameter(call, "fields") else {
            let all = dialects.is("fudo.expensive-fields", "shown");
            let shown = ACCESS_REQUEST.iter().filter(|own| all || !own.expensive);
            return Ok(Self {
                attributes: shown.collect(),
                named: false,
            });
        };
        let id = attribute("id");
        let with_id = text.trim().is_empty() || dialects.is("fudo.fields-id", "always");
        let mut attributes: Vec<&Attribute> = id.filter(|_| with_id).into_iter().collect();
        let names = text.split(',').map(str::trim);
        for name in names.filter(|name| !name.is_empty()) {
            let Some(own) = attribute(name) else {
                strange.push(format!("unknown field {name}"));
                if dialects.is("fudo.unknown-field", "400") {
                    return Err(Refusal::bad(format!("There is no attribute {name:?}.")));
                }
                continue;
            };
            // A name that is there twice counts once.
            if !attributes.iter().any(|known| known.name == own.name) {
                attributes.push(own);
            }
        }
        Ok(Self {
            attributes,
            named: true,
        })
    }
}

impl Fudo {
    /// `GET access_request`.
    pub(super) fn list(
        &self,
        user: &User,
        call: &Call,
        strange: &mut Vec<String>,
    ) -> Result<Answer, Refusal> {
        let dialects = &self.state.dialects;
        let fields = Fields::asked(call, dialects, strange)?;
        let conditions = match parameter(call, "filter").map(|text| conditions(text, dialects)) {
            None => Vec::new(),
            Some(Ok(conditions)) => conditions,
            Some(Err(problem)) => {
                strange.push(format!("filter: {problem}"));
                if dialects.is("fudo.bad-filter", "400") {
                    return Err(Refusal::bad(format!("filter: {problem}.")));
                }
                Vec::new()
            }
        };
        let offset = self.number(call, "offset", strange)?.unwrap_or(0);
        let limit = self.limit(call, strange)?;
        let reading = Reading {
            user: Some(user),
            conditions,
            removed: dialects.is("fudo.removed", "listed"),
        };
        let mut page = wire::Page::new(&fields, dialects);
        for row in self.rows(&reading, offset, limit) {
            page.add(row);
        }
        Ok(page.finish())
    }

    fn rows(&self, reading: &Reading<'_>, offset: u64, limit: Option<u64>) -> Vec<Row<'_>> {
        let dialects = &self.state.dialects;
        let backwards = dialects.is("fudo.list-order", "newest-first");
        let end = limit.map_or(u64::MAX, |limit| offset.saturating_add(limit));
        let mut rows = Vec::new();
        let mut place = 0;
        self.state.read(reading, |row| {
            if !backwards && place >= end {
                return ControlFlow::Break(());
            }
            if backwards || place >= offset {
                rows.push(row);
            }
            place += 1;
            ControlFlow::Continue(())
        });
        if backwards {
            rows.reverse();
            rows.truncate(usize::try_from(end).unwrap_or(usize::MAX));
            rows.drain(
                ..rows
                    .len()
                    .min(usize::try_from(offset).unwrap_or(usize::MAX)),
            );
        }
        rows
    }

    fn limit(&self, call: &Call, strange: &mut Vec<String>) -> Result<Option<u64>, Refusal> {
        let dialects = &self.state.dialects;
        match self.number(call, "limit", strange)? {
            None => Ok(dialects.chosen("fudo.default-limit").parse().ok()),
            Some(0) if dialects.is("fudo.limit-zero", "unlimited") => Ok(None),
            Some(limit) if limit > MOST => match dialects.chosen("fudo.limit-over-1000") {
                "clamped" => Ok(Some(MOST)),
                "400" => Err(Refusal::bad("limit is 1000 at most.")),
                _ => Ok(Some(limit)),
            },
            Some(limit) => Ok(Some(limit)),
        }
    }

    fn number(
        &self,
        call: &Call,
        name: &str,
        strange: &mut Vec<String>,
    ) -> Result<Option<u64>, Refusal> {
        let Some(text) = parameter(call, name) else {
            return Ok(None);
        };
        if let Ok(number) = text.trim().parse() {
            return Ok(Some(number));
        }
        strange.push(format!("{name}: {text:?} is no whole number"));
        if self.state.dialects.is("fudo.wrong-value", "400") {
            return Err(Refusal::bad(format!("{name} is no whole number.")));
        }
        Ok(None)
    }
}

fn parameter<'a>(call: &'a Call, name: &str) -> Option<&'a str> {
    let mut named = call.query.iter().filter(|(key, _)| key == name);
    named.next().map(|(_, value)| value.as_str())
}
