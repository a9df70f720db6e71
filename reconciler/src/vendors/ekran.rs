//! Ekran: an independent reading of the vendor's document "Endpoint Access Control Access Requests (Get) Endpoint".
//!
//! The API has one call, and it shows what people have processed in the console. So nothing is decided here:
//! decisions ratify. What the vendor can do stands in `capability`, its wire format in `wire`.

mod batches;
mod capability;
mod wire;

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use jiff::SignedDuration;
use secrecy::SecretString;
use sha2::{Digest, Sha256};

use super::http::{Http, Settings, SetupError};
use super::{
    Answer, Going, Listing, LookedOwn, LookedUp, Meaning, Promise, Queue, Row, Unlisted, Whole,
};
use crate::model::{Call, Fits, Own, ReadError, RequestId, Sighting, Terms, sha256_of};
use batches::Batches;
pub use capability::CAPABILITIES;

/// One Ekran server.
#[derive(Debug)]
pub struct Ekran {
    terms: Terms,
    http: Http,
    batches: Batches,
}

/// Prepares the calls of one queue; sends nothing.
///
/// `api_key` is sent as it is in the header `ApiKey` (document, "Required headers"). `since` is sent verbatim
/// as `start`. `max_requests` is the most rows of one listing; more is an error.
///
/// # Errors
/// A url, proxy, root or key that cannot be used; see [`SetupError`].
pub fn connect(
    terms: Terms,
    settings: Settings,
    api_key: SecretString,
    since: String,
    max_requests: u64,
) -> Result<Ekran, SetupError> {
    Ok(Ekran {
        http: Http::new(settings, &[("apikey", api_key)])?,
        batches: Batches {
            since,
            max_requests,
        },
        terms,
    })
}

impl Queue for Ekran {
    fn terms(&self) -> &Terms {
        &self.terms
    }

    fn list<'a>(
        &'a self,
        listing: Listing<'a>,
        seen: &'a mut (dyn FnMut(Row) + Send),
    ) -> Promise<'a, Result<Unlisted, ReadError>> {
        Box::pin(async move {
            // Nothing is pending here, so there is nothing to filter by.
            let Listing {
                pending_only: _,
                whole,
                since,
                at_once: _,
            } = listing;
            let mut unhashed = |_: &[u8]| {};
            self.batches
                .walk(&self.http, whole, since, &mut unhashed, seen)
                .await
        })
    }

    fn look_up<'a>(&'a self, id: &'a RequestId) -> Promise<'a, LookedUp> {
        Box::pin(self.find(id))
    }

    fn own(&self) -> Promise<'_, LookedOwn> {
        // Users ask on their own machines; nothing is filed by this API.
        Box::pin(std::future::ready(LookedOwn {
            own: Own::NotRead,
            digest: None,
        }))
    }

    fn turn(&self) -> Promise<'_, ()> {
        Box::pin(self.http.turn())
    }

    fn send<'a>(&'a self, _: &'a Call) -> Promise<'a, Answer> {
        // No operation of this vendor composes a call, so none comes here; and if one did, it would stay here.
        let why = "this vendor's API takes no decision".to_owned();
        Box::pin(std::future::ready(Answer {
            meaning: Meaning::NotSent(why),
            digest: None,
            said: None,
        }))
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

impl Ekran {
    /// There is no read by id: every batch is read, and the one request kept.
    async fn find(&self, id: &RequestId) -> LookedUp {
        let named = BTreeSet::from([id.clone()]);
        let mut fits = Fits::of(self.terms.can, &named);
        let whole = match fits.is_asked() {
            true => Whole::All,
            false => Whole::Named(&named),
        };
        let (mut found, mut unreadable) = (None, 0);
        let mut hash = Sha256::new();
        let walked = {
            let mut seen = |row| match row {
                Row::Whole(request) if request.id == *id => {
                    found = Some(Sighting::Seen(request));
                }
                Row::Whole(request) => fits.note(&request),
                Row::Brief { .. } => {}
                Row::Unreadable { id: whose, why } => {
                    unreadable += 1;
                    if whose.as_ref() == Some(id) {
                        found = Some(Sighting::Failed(why));
                    }
                }
            };
            let mut hashed = |body: &[u8]| hash.update(body);
            self.batches
                .walk(&self.http, whole, None, &mut hashed, &mut seen)
                .await
        };
        let fitting = fits.sightings(unreadable).pop();
        match walked {
            Ok(unlisted) => LookedUp {
                sighting: fitting
                    .map(|(_, sighting)| sighting)
                    .or(found)
                    .unwrap_or_else(|| unlisted.sighting()),
                digest: Some(sha256_of(hash)),
            },
            Err(why) => LookedUp {
                sighting: Sighting::Failed(why),
                digest: None,
            },
        }
    }
}

/// For fuzzing: the requests that a batch of these bytes holds.
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) fn requests_in(body: &[u8]) -> Vec<crate::model::Request> {
    let text = std::str::from_utf8(body).unwrap_or_default();
    let rows = wire::batch(text).map(|batch| batch.rows);
    let rows = rows.unwrap_or_default().into_iter();
    rows.filter_map(|row| row.request.ok())
        .map(|request| *request)
        .collect()
}
