//! BeyondTrust Password Safe: an independent reading of the vendor's document "Requests".
//!
//! There is no read by id: a request stands where the two lists of the deciding user show it. What the vendor
//! can do stands in `capability`, what its answers mean in `answers`, its wire format in `wire`.

mod answers;
mod capability;
mod filing;
mod lists;
mod session;
mod wire;

#[cfg(test)]
mod tests;

use jiff::SignedDuration;

use super::http::{Http, Settings, SetupError, Written};
use super::{
    Answer, Eyes, Going, Listing, LookedOwn, LookedUp, Meaning, Promise, Queue, Row, Unlisted,
};
use crate::model::{Call, ReadError, ReadErrorKind, RequestId, Terms, sha256};
pub use answers::{CODES, Endpoint, OUTCOMES, Outcomes};
pub use capability::CAPABILITIES;
use lists::Lists;
pub use session::Account;
use session::Session;

/// One user's queue in one instance of Password Safe.
#[derive(Debug)]
pub struct Beyondtrust {
    terms: Terms,
    http: Http,
    session: Session,
    lists: Lists,
}

/// Prepares the calls of one queue; sends nothing. The session begins with the first call, and ends with `leave`.
///
/// `max_requests` is the most rows of one listing; more is an error.
///
/// # Errors
/// A url, proxy, root or credential that cannot be used; see [`SetupError`].
pub fn connect(
    terms: Terms,
    settings: Settings,
    account: Account,
    eyes: Eyes,
    max_requests: u64,
) -> Result<Beyondtrust, SetupError> {
    let http = Http::new(settings, &[])?;
    Ok(Beyondtrust {
        session: Session::new(account, &http)?,
        lists: Lists::new(eyes, max_requests),
        terms,
        http,
    })
}

impl Queue for Beyondtrust {
    fn terms(&self) -> &Terms {
        &self.terms
    }

    fn list<'a>(
        &'a self,
        listing: Listing<'a>,
        seen: &'a mut (dyn FnMut(Row) + Send),
    ) -> Promise<'a, Result<Unlisted, ReadError>> {
        Box::pin(async move {
            self.lists
                .list(&self.http, &self.session, listing, seen)
                .await
        })
    }

    fn look_up<'a>(&'a self, id: &'a RequestId) -> Promise<'a, LookedUp> {
        Box::pin(self.lists.look_up(&self.http, &self.session, id))
    }

    fn own(&self) -> Promise<'_, LookedOwn> {
        Box::pin(self.lists.own(&self.http, &self.session))
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
            // The read before it has signed in.
            let session = match self.session.ensure(&self.http).await {
                Ok(number) => number,
                Err(why) => return nothing_said(Meaning::NotSent(why.what)),
            };
            match self.http.write(call).await {
                Written::NotSent(why) => nothing_said(Meaning::NotSent(why)),
                Written::Lost(why) => nothing_said(Meaning::Unknown(why)),
                Written::Answered(reply) => {
                    let mut meaning = OUTCOMES.meaning(call, &reply);
                    if let Meaning::CredentialRejected(why) = meaning {
                        meaning = self.without_session(session, why).await;
                    }
                    Answer {
                        meaning,
                        digest: Some(sha256(&reply.body)),
                        said: wire::said(&reply),
                    }
                }
            }
        })
    }

    fn leave(&self) -> Promise<'_, ()> {
        Box::pin(self.session.end(&self.http))
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

impl Beyondtrust {
    /// A write met the end of its session: a definite no to this call, and the next one has a session again.
    /// Only where signing in is rejected as well would it meet the same.
    async fn without_session(&self, session: u64, why: String) -> Meaning {
        match self.session.renew(&self.http, session).await {
            Err(again) if again.kind == ReadErrorKind::Credential => {
                Meaning::CredentialRejected(format!("{why}; {}", again.what))
            }
            Ok(_) | Err(_) => Meaning::NotSent(why),
        }
    }
}

/// For fuzzing: the requests that a list of these bytes holds. Errors and tokens are read from them as well.
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) fn requests_in(body: &[u8]) -> Vec<crate::model::Request> {
    let reply = super::http::Reply {
        status: 403,
        body: body.to_vec(),
        ..super::http::Reply::default()
    };
    let _ = (wire::said(&reply), wire::filed(&reply), wire::token(&reply));
    let mut found = Vec::new();
    let mut rows = wire::Rows::of_at_most(body.len());
    let _ = rows.take(body, &mut |row| {
        let request = |row| wire::request(row, crate::model::Status::Pending);
        found.extend(row.and_then(request));
    });
    found
}
