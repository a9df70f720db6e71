//! ThreatLocker: an independent reading of the vendor's "Processing Application Control Approval Requests through API".
//!
//! Every request is read through its permit document, in a list as by its id; a permit is laid over the very
//! document that the fresh read right before it saw. What the vendor can do stands in `capability`.

mod accounts;
mod answers;
mod base64;
mod capability;
mod document;
mod fields;
mod grounds;
mod listing;
mod obstacles;
mod permit;
mod status;
mod strict;

#[cfg(test)]
mod tests;

use std::sync::{Mutex, PoisonError};

use jiff::SignedDuration;
use secrecy::SecretString;
use serde_json::Value;

use super::http::{Http, Inquiry, Settings, SetupError, Written};
use super::{
    Answer, Eyes, Going, Listing, LookedOwn, LookedUp, Meaning, Promise, Queue, Row, Unlisted,
};
use crate::model::{
    Call, Grounds, Own, Permit, ReadError, RequestId, Sighting, Status, Terms, sha256,
};
pub use answers::{OUTCOMES, Outcomes};
pub use capability::{CAPABILITIES, is_guid};
use document::Document;

/// One organization, by its GUID.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Organization(String);

/// One instance of ThreatLocker, seen by one API user in one organization and those of its children that are named.
#[derive(Debug)]
pub struct ThreatLocker {
    terms: Terms,
    http: Http,
    organizations: Vec<Organization>,
    eyes: Eyes,
    max_requests: u64,
    /// The document of the last look-up: a permit follows the fresh read of the same request.
    last: Mutex<Option<Document>>,
}

/// Prepares the calls of one queue; sends nothing.
///
/// `token` is sent as it is in `Authorization`, without a word before it. `organizations` are those that
/// requests may be of, the configured one first: each is named in a header, and compared with what is answered.
/// `eyes` says whether the token's user is the one who decides: documents show what *their* reader may permit.
///
/// # Errors
/// A url, proxy, root or token that cannot be used; see [`SetupError`].
pub fn connect(
    terms: Terms,
    settings: Settings,
    token: SecretString,
    organizations: Vec<String>,
    eyes: Eyes,
    max_requests: u64,
) -> Result<ThreatLocker, SetupError> {
    let http = Http::new(settings, &[("authorization", token)])?;
    Ok(ThreatLocker {
        terms,
        http,
        organizations: organizations.into_iter().map(Organization).collect(),
        eyes,
        max_requests,
        last: Mutex::default(),
    })
}

impl Queue for ThreatLocker {
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
        Box::pin(async move {
            let (looked_up, document, _) = self.find(id).await;
            *self.last() = document;
            looked_up
        })
    }

    fn own(&self) -> Promise<'_, LookedOwn> {
        // Users ask on their own machines; nothing is filed by this API, so nobody asks for this.
        Box::pin(std::future::ready(LookedOwn {
            own: Own::NotRead,
            digest: None,
        }))
    }

    fn grounds<'a>(
        &'a self,
        id: &'a RequestId,
        permit: &'a Permit,
    ) -> Promise<'a, Result<Grounds, ReadError>> {
        Box::pin(async move {
            match self.find(id).await {
                (_, Some(document), Some(organization)) => {
                    grounds::grounds(self, organization, &document, permit).await
                }
                (
                    LookedUp {
                        sighting: Sighting::Failed(why),
                        ..
                    },
                    _,
                    _,
                ) => Err(why),
                (_, _, _) => Ok(Grounds {
                    obstacles: vec!["the request is no longer there".to_owned()],
                    ..Grounds::default()
                }),
            }
        })
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
            let whole = match self.whole(call) {
                Ok(whole) => whole,
                Err(why) => return nothing_said(Meaning::NotSent(why)),
            };
            match self.http.write(&whole).await {
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
        // No session: each call carries the token.
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

impl ThreatLocker {
    fn last(&self) -> std::sync::MutexGuard<'_, Option<Document>> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Looks for a request in each organization, the configured one first.
    ///
    /// How the vendor answers in an organization that the request is not of is written nowhere, and may be a
    /// refusal: so every organization is asked, and only where none shows it the first refusal counts.
    async fn find(&self, id: &RequestId) -> (LookedUp, Option<Document>, Option<&Organization>) {
        let mut unseen = LookedUp {
            sighting: Sighting::Absent,
            digest: None,
        };
        for organization in &self.organizations {
            let (looked_up, document) = self.document(organization, id).await;
            match looked_up.sighting {
                Sighting::Seen(_) => return (looked_up, document, Some(organization)),
                Sighting::Failed(_) if unseen.sighting == Sighting::Absent => unseen = looked_up,
                Sighting::Failed(_) | Sighting::Absent => {}
            }
        }
        (unseen, None, None)
    }

    /// Reads one request in one organization.
    async fn read_in(&self, organization: &Organization, id: &RequestId) -> LookedUp {
        self.document(organization, id).await.0
    }

    async fn document(
        &self,
        organization: &Organization,
        id: &RequestId,
    ) -> (LookedUp, Option<Document>) {
        let inquiry = Inquiry {
            path: permit::PATH,
            query: vec![("approvalRequestId", id.as_str().to_owned())],
            body: None,
            organization: organization.0.clone(),
            limit: self.http.settings().body_limit.object,
        };
        let reply = match self.http.inquire(&inquiry).await {
            Ok(reply) => reply,
            Err(why) => return (failed(why), None),
        };
        let digest = Some(sha256(&reply.body));
        let read = match answers::value(&inquiry, &reply) {
            _ if answers::is_absence(&reply) => Ok(None),
            // In a list that would be *none*; of one request it says neither that it is there nor that it is not.
            Ok(None) => Err(answers::malformed(&inquiry, "the answer is empty")),
            Ok(Some(value)) => Document::read(value, id, &organization.0)
                .map(Some)
                .map_err(|why| answers::malformed(&inquiry, &why)),
            Err(why) => Err(why),
        };
        let (sighting, document) = match read {
            Ok(None) => (Sighting::Absent, None),
            Ok(Some(document)) => {
                let request = Box::new(document.request.clone());
                (Sighting::Seen(request), Some(document))
            }
            Err(why) => (Sighting::Failed(why), None),
        };
        (LookedUp { sighting, digest }, document)
    }

    /// The call with its whole body. Only the document of the fresh read will do: it was read right before.
    fn whole(&self, call: &Call) -> Result<Call, String> {
        let Some(over) = &call.over else {
            return Ok(call.clone());
        };
        let last = self.last().take();
        let Some(document) = last else {
            return Err("the permit document was not read right before".to_owned());
        };
        let asked = [(
            "approvalRequestId".to_owned(),
            document.request.id.as_str().to_owned(),
        )];
        if over.path != permit::PATH || over.query != asked {
            return Err("the permit document that was read is of another request".to_owned());
        }
        if permit::expects(&document.request.facts) != over.expects
            || document.request.status != Status::Pending
            || document.request.beyond.is_some()
        {
            return Err("the permit document is not what was planned with".to_owned());
        }
        if let Some(why) = document.request.obstacles.first() {
            return Err(why.clone());
        }
        let ours = call.body.as_ref().unwrap_or(&Value::Null);
        if !ours.is_object() {
            return Err("the permit says nothing".to_owned());
        }
        Ok(Call {
            body: Some(permit::laid_over(&document.whole, ours)),
            over: None,
            ..call.clone()
        })
    }
}

fn failed(why: ReadError) -> LookedUp {
    LookedUp {
        sighting: Sighting::Failed(why),
        digest: None,
    }
}

/// For fuzzing: the request of a permit document of these bytes, whichever it is about.
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) fn requests_in(body: &[u8]) -> Vec<crate::model::Request> {
    let Ok(value) = strict::parse(body) else {
        return Vec::new();
    };
    let text = |path: &str| {
        value
            .pointer(path)
            .and_then(Value::as_str)
            .unwrap_or_default()
    };
    let organization = text("/organizationId").to_owned();
    let Ok(id) = capability::canonical_id(text("/approvalRequest/approvalRequestId")) else {
        return Vec::new();
    };
    let document = Document::read(value, &id, &organization);
    document
        .map(|document| document.request)
        .into_iter()
        .collect()
}
