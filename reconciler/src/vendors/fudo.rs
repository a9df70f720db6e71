//! Fudo Enterprise: an independent reading of the vendor's document "API v2: Access Request".
//!
//! Lists and look-ups ask for the same attributes by name, so that both show the same. A vote is the key's user's,
//! and each user has one: what it says is judged where the configured `voter` is known, in `plan` and `apply`.

mod answers;
mod capability;
mod listing;
mod record;

#[cfg(test)]
mod tests;

use jiff::SignedDuration;
use secrecy::SecretString;

use super::http::{Get, Http, Reply, Settings, SetupError, Written};
use super::{
    Answer, Eyes, Going, Listing, LookedOwn, LookedUp, Meaning, Promise, Queue, Row, Unlisted,
};
use crate::model::{Call, Own, ReadError, ReadErrorKind, RequestId, Sighting, Terms, sha256};
pub use answers::{OUTCOMES, Outcomes};
pub use capability::CAPABILITIES;
use record::{FIELDS, Record};

/// Where access requests are, below the origin: the version is ours, not the configuration's.
const PATH: &str = "/api/v2/access_request";

/// One instance of Fudo, seen by one of its users.
#[derive(Debug)]
pub struct Fudo {
    terms: Terms,
    http: Http,
    eyes: Eyes,
    max_requests: u64,
}

/// Prepares the calls of one queue; sends nothing.
///
/// `api_key` is sent as it is in `Authorization`, without a word before it (document, "Retrieving Access
/// Requests List"). `max_requests` is the most rows of one listing; more is an error.
///
/// # Errors
/// A url, proxy, root or key that cannot be used; see [`SetupError`].
pub fn connect(
    terms: Terms,
    settings: Settings,
    api_key: SecretString,
    eyes: Eyes,
    max_requests: u64,
) -> Result<Fudo, SetupError> {
    let http = Http::new(settings, &[("authorization", api_key)])?;
    Ok(Fudo {
        terms,
        http,
        eyes,
        max_requests,
    })
}

impl Queue for Fudo {
    fn terms(&self) -> &Terms {
        &self.terms
    }

    fn list<'a>(
        &'a self,
        listing: Listing<'a>,
        seen: &'a mut (dyn FnMut(Row) + Send),
    ) -> Promise<'a, Result<Unlisted, ReadError>> {
        Box::pin(listing::list(self, listing, seen))
    }

    fn look_up<'a>(&'a self, id: &'a RequestId) -> Promise<'a, LookedUp> {
        Box::pin(self.find(id))
    }

    fn own(&self) -> Promise<'_, LookedOwn> {
        // Users ask in the vendor's own portal; nothing is filed by this API, so nobody asks for this.
        Box::pin(std::future::ready(LookedOwn {
            own: Own::NotRead,
            digest: None,
        }))
    }

    fn turn(&self) -> Promise<'_, ()> {
        Box::pin(self.http.turn())
    }

    fn send<'a>(&'a self, call: &'a Call) -> Promise<'a, Answer> {
        Box::pin(async move {
            let nothing_said = |meaning| Answer {
                meaning,
                digest: None,
                said: None,
            };
            match self.http.write(call).await {
                Written::NotSent(why) => nothing_said(Meaning::NotSent(why)),
                Written::Lost(why) => nothing_said(Meaning::Unknown(why)),
                Written::Answered(reply) => Answer {
                    meaning: OUTCOMES.meaning(&reply),
                    digest: Some(sha256(&reply.body)),
                    said: answers::said(&reply),
                },
            }
        })
    }

    fn leave(&self) -> Promise<'_, ()> {
        // No session: each call carries the key.
        Box::pin(std::future::ready(()))
    }

    fn clock_offset(&self) -> Option<SignedDuration> {
        self.http.clock_offset()
    }

    fn calls(&self) -> u64 {
        self.http.calls()
    }

    fn going(&self) -> Going {
        Going {
            held_back: self.http.held_back(),
            ..Going::default()
        }
    }
}

impl Fudo {
    async fn find(&self, id: &RequestId) -> LookedUp {
        let get = Get {
            path: format!("{PATH}/{id}"),
            query: vec![("fields", FIELDS.to_owned())],
            limit: self.http.settings().body_limit.object,
        };
        match self.http.read(&get).await {
            Ok(reply) => LookedUp {
                sighting: self.sighting(id, &get, &reply),
                digest: Some(sha256(&reply.body)),
            },
            Err(why) => LookedUp {
                sighting: Sighting::Failed(why),
                digest: None,
            },
        }
    }

    /// What an answer about one request shows.
    fn sighting(&self, id: &RequestId, get: &Get, reply: &Reply) -> Sighting {
        if answers::is_absence(reply) {
            return self.absent();
        }
        let record = answers::object(get, reply).and_then(|text| {
            let voter = self.terms.deciding.run_as.as_deref();
            record::read(text, voter).map_err(|why| answers::malformed(get, &why))
        });
        match record {
            Err(why) => Sighting::Failed(why),
            Ok(record) if record.id() != id => Sighting::Failed(answers::malformed(
                get,
                "the answer is about another request",
            )),
            Ok(Record::Request(request)) => Sighting::Seen(request),
            // Whoever sees that it was removed need not be the one who decides.
            Ok(Record::Removed(_)) => Sighting::Absent,
        }
    }

    /// The role of a key's user decides what there is to see (vendor-facts section 5).
    fn absent(&self) -> Sighting {
        match self.eyes {
            Eyes::OfDecider => Sighting::Absent,
            Eyes::OfAnother => Sighting::Failed(ReadError {
                kind: ReadErrorKind::OutOfSight,
                what: "it is not shown to the user who reads, and may be to the one who decides"
                    .to_owned(),
                said: None,
                hint: "read with a credential of the deciding user".to_owned(),
            }),
        }
    }
}

/// For fuzzing: the requests that a list, or one object, of these bytes holds.
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) fn requests_in(body: &[u8]) -> Vec<crate::model::Request> {
    use serde_json::value::RawValue;
    let get = Get {
        path: PATH.to_owned(),
        query: Vec::new(),
        limit: usize::MAX,
    };
    let reply = Reply {
        status: 200,
        body: body.to_vec(),
        ..Reply::default()
    };
    let Ok(text) = answers::object(&get, &reply) else {
        return Vec::new();
    };
    let rows = serde_json::from_str::<Vec<&RawValue>>(text).unwrap_or_default();
    let texts = rows.into_iter().map(RawValue::get).chain([text]);
    let records = texts.filter_map(|text| {
        let _ = record::id(text);
        record::read(text, Some("approver")).ok()
    });
    let requests = records.filter_map(|record| match record {
        Record::Request(request) => Some(*request),
        Record::Removed(_) => None,
    });
    requests.collect()
}
