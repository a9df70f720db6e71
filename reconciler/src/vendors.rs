//! What the vendors can do for us: the one trait, and what its answers mean.
//!
//! Vendors do not know each other, nor files, plans or the ledger. All HTTP goes through `http`.

pub mod admin_by_request;
pub mod beyondtrust;
pub mod ekran;
pub mod fudo;
pub mod http;
mod scalar;
pub mod threatlocker;

use std::collections::BTreeSet;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use jiff::SignedDuration;

use crate::model::{
    Call, Capabilities, Grounds, Own, Permit, ReadError, ReadErrorKind, Request, RequestId,
    Sighting, Status, Terms, Vendor, VendorText,
};

/// What a vendor can do.
#[must_use]
pub fn capabilities(vendor: Vendor) -> &'static Capabilities {
    match vendor {
        Vendor::AdminByRequest => &admin_by_request::CAPABILITIES,
        Vendor::Beyondtrust => &beyondtrust::CAPABILITIES,
        Vendor::Threatlocker => &threatlocker::CAPABILITIES,
        Vendor::Fudo => &fudo::CAPABILITIES,
        Vendor::Ekran => &ekran::CAPABILITIES,
    }
}

/// A list that is longer than its queue's `max-requests`: one that feeds its pages back would be read for ever.
fn too_many(call: &str, max_requests: u64) -> ReadError {
    ReadError {
        kind: ReadErrorKind::Paging,
        what: format!("{call}: more than {max_requests} requests"),
        said: None,
        hint: "raise `max-requests` of the queue in countersign.toml if it really holds so many"
            .to_owned(),
    }
}

/// The one boxed future of the vendors; it buys `dyn Queue` without a macro crate.
pub type Promise<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// One vendor instance, seen as a queue of requests. Reads retry by themselves; `send` never does.
pub trait Queue: Send + Sync {
    /// What this queue is, and what it can do.
    fn terms(&self) -> &Terms;

    /// Reads every page and tells `seen` of each row, in the vendor's order, each request once. What it did
    /// not tell of is `Unlisted`.
    ///
    /// # Errors
    /// When a page could not be read, or the pages do not move on. Rows told before stay told:
    /// an error means that nothing can be concluded from absence.
    fn list<'a>(
        &'a self,
        listing: Listing<'a>,
        seen: &'a mut (dyn FnMut(Row) + Send),
    ) -> Promise<'a, Result<Unlisted, ReadError>>;

    /// Reads one request by its id.
    fn look_up<'a>(&'a self, id: &'a RequestId) -> Promise<'a, LookedUp>;

    /// Reads the requests that the user of this queue has made himself, where requests can be filed.
    fn own(&self) -> Promise<'_, LookedOwn>;

    /// Looks up what the names of a permit stand for, and what stands in its way; nothing where no call
    /// of this vendor writes a rule.
    fn grounds<'a>(
        &'a self,
        _id: &'a RequestId,
        _permit: &'a Permit,
    ) -> Promise<'a, Result<Grounds, ReadError>> {
        Box::pin(std::future::ready(Ok(Grounds::default())))
    }

    /// Waits until a call may be made within the vendor's rate limit, and takes that place.
    fn turn(&self) -> Promise<'_, ()>;

    /// Makes one call, once, on a connection of its own, at once: its turn was waited for before.
    fn send<'a>(&'a self, call: &'a Call) -> Promise<'a, Answer>;

    /// Ends what was begun at the vendor, such as a session. Called once, at the end, after errors too;
    /// trouble with it changes nothing any more.
    fn leave(&self) -> Promise<'_, ()>;

    /// Our clock minus the vendor's, from the last `Date` header seen; whole seconds.
    fn clock_offset(&self) -> Option<SignedDuration>;

    /// Calls made so far, retries included.
    fn calls(&self) -> u64;

    /// How the listing that was begun last is going, and what the next call waits for.
    fn going(&self) -> Going {
        Going::default()
    }
}

/// How a queue is being read, for whoever watches: no answer depends on it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Going {
    /// How many parts of the list were read side by side, at most.
    pub walkers: usize,
    /// How much of the list has been read, in thousandths, about; where that can be told.
    pub share: Option<u16>,
    /// How long our own rate limit still holds back the call that goes out next; nothing where none waits.
    pub held_back: Option<Duration>,
}

/// Whose part of the queue the reader sees, where the vendor shows each user another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Eyes {
    /// That of the user who decides.
    OfDecider,
    /// That of somebody else: what is not there may be there for the decider.
    OfAnother,
}

/// What a listing is for.
#[derive(Clone, Copy, Debug)]
pub struct Listing<'a> {
    /// Only pending ones; meaningful where the vendor can filter.
    pub pending_only: bool,
    /// Which rows are wanted whole.
    pub whole: Whole<'a>,
    /// Begin at this id, itself included, where the vendor can.
    pub since: Option<&'a RequestId>,
    /// How many parts may be read side by side, where the vendor can; then the order is that of each part.
    pub at_once: usize,
}

/// Which rows of a listing are read whole; the others cost only their id and status.
#[derive(Clone, Copy, Debug)]
pub enum Whole<'a> {
    /// Every row.
    All,
    /// Those that a decision names. They are parsed strictly, repeated keys refused.
    Named(&'a BTreeSet<RequestId>),
}

/// What can be said of a request that a listing of the whole queue did not show.
#[derive(Clone, Debug, PartialEq)]
pub enum Unlisted {
    /// It is not there.
    Absent,
    /// It may be there all the same, and why.
    Unknown(ReadError),
}

impl Unlisted {
    /// The same as what became of looking for one request.
    #[must_use]
    pub fn sighting(&self) -> Sighting {
        match self {
            Self::Absent => Sighting::Absent,
            Self::Unknown(why) => Sighting::Failed(why.clone()),
        }
    }
}

/// One row of a listing.
#[derive(Clone, Debug, PartialEq)]
pub enum Row {
    /// A row that was wanted whole.
    Whole(Box<Request>),
    /// Any other.
    Brief {
        /// Its canonical id.
        id: RequestId,
        /// Where it stands.
        status: Status,
    },
    /// A row that could not be read: counted, never dropped, and its decision is held.
    Unreadable {
        /// Its id, where that much could be read.
        id: Option<RequestId>,
        /// What is wrong with it.
        why: ReadError,
    },
}

/// What a look-up by id found.
#[derive(Clone, Debug, PartialEq)]
pub struct LookedUp {
    /// The request, its absence, or the failure.
    pub sighting: Sighting,
    /// `sha256:HEX` of the body as received, for the ledger.
    pub digest: Option<String>,
}

/// What reading one's own requests found.
#[derive(Clone, Debug, PartialEq)]
pub struct LookedOwn {
    /// The requests, or the failure.
    pub own: Own,
    /// `sha256:HEX` of the bodies as received, for the ledger.
    pub digest: Option<String>,
}

/// What came back from a call that may change something.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// What it means. Never that the call took effect: only a read-back proves that.
    pub meaning: Meaning,
    /// `sha256:HEX` of the body as received, for the ledger.
    pub digest: Option<String>,
    /// The vendor's own words, bounded to 300 characters, where it had any.
    pub said: Option<VendorText>,
}

impl Answer {
    /// One of which nothing but its meaning is known.
    pub(crate) fn without_words(meaning: Meaning) -> Self {
        Self {
            meaning,
            digest: None,
            said: None,
        }
    }
}

/// The one question apply has: may it have happened?
#[derive(Clone, Debug, PartialEq)]
pub enum Meaning {
    /// Resolver, connection or TLS handshake failed: nothing left this machine. Or its session had ended: a
    /// definite no before the call itself was looked at, and the next one has another session.
    NotSent(String),
    /// A definite no of this vendor, in our words, with the HTTP status.
    Refused(String),
    /// A definite no to a filing, because of a request that is there already, maybe another user's.
    Conflict(String),
    /// A definite no, because it had been done before: what that proves, the read-back tells.
    DoneBefore(String),
    /// A definite no to the credential (401): the next call would meet the same.
    CredentialRejected(String),
    /// A definite no for now (429): how long the vendor asks to wait.
    Wait(Duration),
    /// Success as this operation defines it: status, content type and body.
    Claimed,
    /// Success of a filing, with the vendor's id of the request.
    Filed {
        /// The id.
        id: RequestId,
        /// Whether it was there before.
        reused: bool,
    },
    /// It may have happened: time-out, reset, 5xx, 3xx, HTML, odd body.
    Unknown(String),
}

impl Meaning {
    /// Whether the vendor answered with success.
    #[must_use]
    pub fn is_confirmed(&self) -> bool {
        matches!(self, Self::Claimed | Self::Filed { .. })
    }

    /// Whether the call can have reached the vendor, so that it counts as a send.
    #[must_use]
    pub fn may_have_acted(&self) -> bool {
        self.is_confirmed() || matches!(self, Self::Unknown(_))
    }
}
