//! Ratifying: where a vendor's own people have decided and its API only shows it, a decision agrees or it does not.

use std::collections::BTreeMap;

use super::{
    Capabilities, Facts, Guard, ReadError, ReadErrorKind, Request, RequestId, Sighting, Status,
    VendorText, counted,
};

/// How decisions ratify: nothing is ever sent, the console's verdict is held against the reviewed one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ratification {
    /// The guard keys that stand for a request whose id is not known.
    pub named_by: &'static [&'static str],
}

/// What joins the values of a key. No id of a vendor that ratifies has it.
const JOINT: char = '@';

impl Ratification {
    /// What stands for the id: the values, in order. Nothing where one of them is missing or empty.
    ///
    /// It is an address that people read, type and match with globs, so it has no character that means
    /// something there; two that differ stay two.
    fn key<'v>(&self, value: impl Fn(&str) -> Option<&'v str>) -> Option<RequestId> {
        let mut key = String::new();
        for name in self.named_by {
            let value = value(name).filter(|value| !value.is_empty())?;
            if !key.is_empty() {
                key.push(JOINT);
            }
            for byte in value.bytes() {
                match byte {
                    b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'.' | b'_' | b'-' | b':' => {
                        key.push(char::from(byte));
                    }
                    _ => key.push_str(&format!("%{byte:02X}")),
                }
            }
        }
        (!key.is_empty()).then(|| RequestId::canonical(&key))
    }
}

impl Capabilities {
    /// What stands for the id of a request of which only a guard is known, where the vendor ratifies.
    #[must_use]
    pub fn key_of_guard(&self, guard: &Guard) -> Option<RequestId> {
        self.ratifies?.key(|name| guard.facts.get(name))
    }

    /// The same of a request that the vendor shows.
    #[must_use]
    pub fn key_of(&self, facts: &Facts) -> Option<RequestId> {
        self.ratifies?
            .key(|name| facts.get(name).map(VendorText::raw))
    }

    /// Whether this stands for an id that is not known.
    #[must_use]
    pub fn is_key(&self, id: &RequestId) -> bool {
        self.ratifies.is_some() && id.as_str().contains(JOINT)
    }

    /// Whether a request of this status waits for a decision file: a pending one, or one that was
    /// processed where decisions ratify.
    #[must_use]
    pub fn awaits(&self, status: &Status) -> bool {
        match status {
            Status::Pending => self.ratifies.is_none(),
            Status::Approved
            | Status::InUse
            | Status::Finished
            | Status::Denied
            | Status::Revoked
            | Status::Expired => self.ratifies.is_some(),
            Status::Quarantined | Status::Unknown(_) => false,
        }
    }

    /// The word for the requests that wait for a decision file.
    #[must_use]
    pub fn waiting(&self) -> &'static str {
        match self.ratifies {
            Some(_) => "processed",
            None => "pending",
        }
    }
}

/// The requests that fit what stands for an id, found while a queue is listed.
#[derive(Debug)]
pub struct Fits<'a> {
    can: &'static Capabilities,
    found: BTreeMap<&'a RequestId, BTreeMap<RequestId, Box<Request>>>,
}

impl<'a> Fits<'a> {
    /// What is looked for: whatever in `named` is no id.
    #[must_use]
    pub fn of(can: &'static Capabilities, named: impl IntoIterator<Item = &'a RequestId>) -> Self {
        let keys = named.into_iter().filter(|id| can.is_key(id));
        Self {
            can,
            found: keys.map(|key| (key, BTreeMap::new())).collect(),
        }
    }

    /// Whether anything is looked for, so that every row has to be read whole.
    #[must_use]
    pub fn is_asked(&self) -> bool {
        !self.found.is_empty()
    }

    /// Keeps a request that fits.
    pub fn note(&mut self, request: &Request) {
        if self.found.is_empty() {
            return;
        }
        let Some(key) = self.can.key_of(&request.facts) else {
            return;
        };
        if let Some(fitting) = self.found.get_mut(&key) {
            fitting
                .entry(request.id.clone())
                .or_insert_with(|| Box::new(request.clone()));
        }
    }

    /// What became of each, after every row was noted: exactly one fits, or it is not known which. A row
    /// that could not be read may be a second one.
    pub fn sightings(&mut self, unreadable: u64) -> Vec<(RequestId, Sighting)> {
        let found = std::mem::take(&mut self.found).into_iter();
        let sightings = found.map(|(key, mut fitting)| {
            let sighting = if fitting.len() > 1 {
                Sighting::Failed(several(fitting.keys()))
            } else if unreadable > 0 {
                Sighting::Failed(hidden(unreadable))
            } else {
                let only = fitting.pop_first();
                only.map_or(Sighting::Absent, |(_, request)| Sighting::Seen(request))
            };
            (key.clone(), sighting)
        });
        sightings.collect()
    }
}

const NAME_IT: &str = "name the request by its id: request = \"…\"";

fn several<'a>(ids: impl Iterator<Item = &'a RequestId>) -> ReadError {
    let ids: Vec<&str> = ids.map(RequestId::as_str).collect();
    ReadError {
        kind: ReadErrorKind::Ambiguous,
        what: format!("{} requests fit: {}", ids.len(), ids.join(", ")),
        said: None,
        hint: NAME_IT.to_owned(),
    }
}

fn hidden(rows: u64) -> ReadError {
    ReadError {
        kind: ReadErrorKind::Malformed,
        what: format!(
            "{} could not be read, and may be what fits",
            counted(rows, "row")
        ),
        said: None,
        hint: NAME_IT.to_owned(),
    }
}

#[cfg(test)]
mod tests;
