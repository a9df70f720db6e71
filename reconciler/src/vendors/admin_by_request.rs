//! Admin By Request: an independent reading of the vendor's document "API Request Approval".
//!
//! `list` pages through the queue, `look_up` reads one request, `send` makes one call and says what the
//! answer can mean. What the vendor can do stands in `capability`, its wire format in `wire`.

mod capability;
mod paging;
mod ranges;
mod wire;

#[cfg(test)]
mod tests;

use std::sync::{Mutex, PoisonError};

use jiff::SignedDuration;
use secrecy::SecretString;

use super::http::{Get, Http, Reply, Settings, SetupError, Written};
use super::{Answer, Going, Listing, LookedOwn, LookedUp, Meaning, Promise, Queue, Row, Unlisted};
use crate::model::{
    Call, Own, ReadError, ReadErrorKind, RequestId, Sighting, Terms, VendorText, sha256,
};
pub use capability::{CAPABILITIES, OUTCOMES, Outcomes};

/// One tenant of Admin By Request.
#[derive(Debug)]
pub struct AdminByRequest {
    terms: Terms,
    http: Http,
    max_requests: u64,
    going: Mutex<Going>,
}

/// Prepares the calls of one queue; sends nothing.
///
/// `api_key` is sent as the header `apikey` (document, "Set up"), to the origin of the settings only.
/// `max_requests` is the most rows of one listing; more is an error, against an endless queue.
///
/// # Errors
/// A url, proxy, root or key that cannot be used; see [`SetupError`].
pub fn connect(
    terms: Terms,
    settings: Settings,
    api_key: SecretString,
    max_requests: u64,
) -> Result<AdminByRequest, SetupError> {
    let http = Http::new(settings, &[("apikey", api_key)])?;
    Ok(AdminByRequest {
        terms,
        http,
        max_requests,
        going: Mutex::default(),
    })
}

impl Queue for AdminByRequest {
    fn terms(&self) -> &Terms {
        &self.terms
    }

    fn list<'a>(
        &'a self,
        listing: Listing<'a>,
        seen: &'a mut (dyn FnMut(Row) + Send),
    ) -> Promise<'a, Result<Unlisted, ReadError>> {
        let (http, going) = (&self.http, &self.going);
        Box::pin(paging::list(http, self.max_requests, listing, going, seen))
    }

    fn look_up<'a>(&'a self, id: &'a RequestId) -> Promise<'a, LookedUp> {
        Box::pin(self.find(id))
    }

    fn own(&self) -> Promise<'_, LookedOwn> {
        // Users ask on their own machines; nothing is filed by this API, so nobody asks for this.
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
            match self.http.write(call).await {
                Written::NotSent(why) => Answer {
                    meaning: Meaning::NotSent(why),
                    digest: None,
                    said: None,
                },
                Written::Lost(why) => Answer {
                    meaning: Meaning::Unknown(why),
                    digest: None,
                    said: None,
                },
                Written::Answered(reply) => Answer {
                    meaning: OUTCOMES.meaning(&reply),
                    digest: Some(sha256(&reply.body)),
                    said: wire::message(&reply),
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
        let going = self.going.lock().unwrap_or_else(PoisonError::into_inner);
        Going {
            held_back: self.http.held_back(),
            ..*going
        }
    }
}

impl AdminByRequest {
    async fn find(&self, id: &RequestId) -> LookedUp {
        let get = Get {
            path: format!("/requests/{id}"),
            query: Vec::new(),
            limit: self.http.settings().body_limit.object,
        };
        match self.http.read(&get).await {
            Ok(reply) => LookedUp {
                sighting: sighting(id, &get, &reply),
                digest: Some(sha256(&reply.body)),
            },
            Err(why) => LookedUp {
                sighting: Sighting::Failed(why),
                digest: None,
            },
        }
    }
}

/// What an answer to `GET requests/{id}` shows. Absence is a 404 alone, and the vendor's own: the
/// document leaves it open, but a gateway's page about a missing route says nothing of a request.
fn sighting(id: &RequestId, get: &Get, reply: &Reply) -> Sighting {
    if reply.status == 404 && wire::is_empty_or_json(reply) {
        return Sighting::Absent;
    }
    let found =
        body(get, reply).and_then(|text| wire::object(text).map_err(|why| malformed(get, &why)));
    match found {
        Ok(request) if request.id == *id => Sighting::Seen(Box::new(request)),
        Ok(_) => Sighting::Failed(malformed(get, "the answer is about another request")),
        Err(why) => Sighting::Failed(why),
    }
}

/// The text of a successful read, or why it is none.
fn body<'a>(get: &Get, reply: &'a Reply) -> Result<&'a str, ReadError> {
    if reply.status != 200 {
        return Err(refusal(get, reply));
    }
    if reply.body.is_empty() {
        return Err(malformed(get, "the answer is empty"));
    }
    if !reply.may_be_json() {
        return Err(malformed(
            get,
            "the answer is not JSON but something else, such as a web page",
        ));
    }
    std::str::from_utf8(&reply.body).map_err(|_| malformed(get, "the answer is not UTF-8"))
}

/// A read that was answered with anything but 200.
fn refusal(get: &Get, reply: &Reply) -> ReadError {
    let shown = get.shown();
    let status = reply.status;
    let said = wire::message(reply);
    if status == 401 {
        return ReadError {
            kind: ReadErrorKind::Credential,
            what: format!("{shown} was answered 401: the API key was rejected"),
            said,
            hint: "check the key, that API access is on in the portal's settings, and that `url` is the tenant's own data centre (a right key is rejected at the wrong one); then `countersign doctor`".to_owned(),
        };
    }
    let hint = if status == 403 {
        "check that API access is on in the portal's settings, and that this machine's address is allowed; then `countersign doctor`"
    } else if (300..400).contains(&status) {
        "redirects are never followed; correct `url` of the queue in countersign.toml"
    } else {
        "`countersign doctor` tries each queue"
    };
    ReadError {
        kind: reply.trouble(),
        what: format!("{shown} was {}", reply.answered()),
        said,
        hint: hint.to_owned(),
    }
}

/// An answer in a shape that this vendor does not use.
fn malformed(get: &Get, why: &str) -> ReadError {
    ReadError {
        kind: ReadErrorKind::Malformed,
        what: format!("{}: {why}", get.shown()),
        said: None,
        hint: "look at what stands between (proxy, gateway) and at `url` of the queue; `countersign doctor` tries each queue".to_owned(),
    }
}

/// At most 300 characters of what the vendor said.
fn bounded(text: &str) -> VendorText {
    VendorText::new(text.chars().take(300).collect::<String>())
}

/// For fuzzing: the requests that a page, or one object, of these bytes holds.
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) fn requests_in(body: &[u8]) -> Vec<crate::model::Request> {
    let whole = |row| match row {
        Row::Whole(request) => Some(*request),
        Row::Brief { .. } | Row::Unreadable { .. } => None,
    };
    let page = wire::page(body, None, &wire::Wanted::All);
    // The early hint is no more than one: it may be wrong, and it may not fail.
    let _ = wire::tail_id(body);
    let rows = page.map(|page| page.rows).unwrap_or_default();
    let one = std::str::from_utf8(body).map(wire::object);
    let one = one.ok().and_then(Result::ok);
    rows.into_iter().filter_map(whole).chain(one).collect()
}
