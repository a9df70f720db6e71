//! The vendors, and the one shape they share: a synchronous machine that answers calls, acts and time.

pub mod admin_by_request;
pub mod beyondtrust;
pub mod ekran;
pub mod fudo;
mod shown;
pub mod threatlocker;

use bytes::Bytes;
use hyper::HeaderMap;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::actors::Act;
use crate::clock::Fired;
use crate::dialect::{Dialects, Switch};
use crate::given::Given;
use crate::journal::Actor;
use crate::operations::Operation;
use crate::options::RateLimit;
pub(crate) use shown::{Access, PortalRow, PortalView};

/// The mocked vendors, in the order of their ports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Vendor {
    /// Admin By Request.
    AdminByRequest,
    /// BeyondTrust Password Safe.
    #[serde(rename = "beyondtrust")]
    BeyondTrust,
    /// ThreatLocker.
    #[serde(rename = "threatlocker")]
    ThreatLocker,
    /// Fudo Enterprise.
    Fudo,
    /// Ekran System, now Syteca.
    Ekran,
}

impl Vendor {
    /// Every vendor.
    pub const ALL: &'static [Self] = &[
        Self::AdminByRequest,
        Self::BeyondTrust,
        Self::ThreatLocker,
        Self::Fudo,
        Self::Ekran,
    ];

    /// The name in files, options and paths.
    pub fn slug(self) -> &'static str {
        match self {
            Self::AdminByRequest => "admin-by-request",
            Self::BeyondTrust => "beyondtrust",
            Self::ThreatLocker => "threatlocker",
            Self::Fudo => "fudo",
            Self::Ekran => "ekran",
        }
    }

    /// The vendor with this slug; the error names the nearest.
    pub fn from_slug(slug: &str) -> Result<Self, String> {
        let found = Self::ALL
            .iter()
            .copied()
            .find(|vendor| vendor.slug() == slug);
        found.ok_or_else(|| {
            crate::nearest::unknown("vendor", slug, Self::ALL.iter().map(|vendor| vendor.slug()))
        })
    }

    /// The name people know.
    pub fn title(self) -> &'static str {
        match self {
            Self::AdminByRequest => "Admin By Request",
            Self::BeyondTrust => "BeyondTrust Password Safe",
            Self::ThreatLocker => "ThreatLocker",
            Self::Fudo => "Fudo Enterprise",
            Self::Ekran => "Ekran System",
        }
    }

    /// The fixed distance of its port from the base.
    pub fn port_offset(self) -> u16 {
        match self {
            Self::AdminByRequest => 1,
            Self::BeyondTrust => 2,
            Self::ThreatLocker => 3,
            Self::Fudo => 4,
            Self::Ekran => 5,
        }
    }

    /// What follows the origin in a configuration's `url`.
    pub fn url_suffix(self) -> &'static str {
        match self {
            Self::AdminByRequest => "",
            Self::BeyondTrust => "/BeyondTrust/api/public/v3",
            Self::ThreatLocker => "/portalapi",
            Self::Fudo => "",
            Self::Ekran => "/ekranapi",
        }
    }

    /// Its operation table.
    pub fn operations(self) -> &'static [Operation] {
        match self {
            Self::AdminByRequest => admin_by_request::OPERATIONS,
            Self::BeyondTrust => beyondtrust::OPERATIONS,
            Self::ThreatLocker => threatlocker::OPERATIONS,
            Self::Fudo => fudo::OPERATIONS,
            Self::Ekran => ekran::OPERATIONS,
        }
    }

    /// Its open questions.
    pub fn switches(self) -> &'static [Switch] {
        match self {
            Self::AdminByRequest => admin_by_request::SWITCHES,
            Self::BeyondTrust => beyondtrust::SWITCHES,
            Self::ThreatLocker => threatlocker::SWITCHES,
            Self::Fudo => fudo::SWITCHES,
            Self::Ekran => ekran::SWITCHES,
        }
    }

    /// The names a `vendor-error` fault may have.
    pub fn errors(self) -> &'static [&'static str] {
        match self {
            Self::AdminByRequest => admin_by_request::ERRORS,
            Self::BeyondTrust => beyondtrust::ERRORS,
            Self::ThreatLocker => threatlocker::ERRORS,
            Self::Fudo => fudo::ERRORS,
            Self::Ekran => ekran::ERRORS,
        }
    }

    /// Its clause register, TOML text.
    pub fn clauses(self) -> &'static str {
        match self {
            Self::AdminByRequest => include_str!("../../clauses/admin-by-request.toml"),
            Self::BeyondTrust => include_str!("../../clauses/beyondtrust.toml"),
            Self::ThreatLocker => include_str!("../../clauses/threatlocker.toml"),
            Self::Fudo => include_str!("../../clauses/fudo.toml"),
            Self::Ekran => include_str!("../../clauses/ekran.toml"),
        }
    }

    /// A machine with nothing in it yet.
    pub(crate) fn machine(self, ground: &Ground) -> Box<dyn Machine> {
        match self {
            Self::AdminByRequest => Box::new(admin_by_request::AdminByRequest::new(ground)),
            Self::BeyondTrust => Box::new(beyondtrust::BeyondTrust::new(ground)),
            Self::ThreatLocker => Box::new(threatlocker::ThreatLocker::new(ground)),
            Self::Fudo => Box::new(fudo::Fudo::new(ground)),
            Self::Ekran => Box::new(ekran::Ekran::new(ground)),
        }
    }

    /// Its part of the sample world.
    pub(crate) fn sample(self) -> Given {
        match self {
            Self::AdminByRequest => Given {
                admin_by_request: Some(admin_by_request::sample()),
                ..Given::default()
            },
            Self::BeyondTrust => Given {
                beyondtrust: Some(beyondtrust::sample()),
                ..Given::default()
            },
            Self::ThreatLocker => Given {
                threatlocker: Some(threatlocker::sample()),
                ..Given::default()
            },
            Self::Fudo => Given {
                fudo: Some(fudo::sample()),
                ..Given::default()
            },
            Self::Ekran => Given {
                ekran: Some(ekran::sample()),
                ..Given::default()
            },
        }
    }
}

/// What every machine stands on.
#[derive(Clone, Debug)]
pub(crate) struct Ground {
    pub(crate) seed: u64,
    pub(crate) dialects: Dialects,
    pub(crate) rate_limit: RateLimit,
}

/// One call as it arrived.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) vendor: Vendor,
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// The operation and its path variables; nothing for an unknown route.
    pub(crate) found: Option<(&'static Operation, Vec<(&'static str, String)>)>,
    /// For a known path with another method: the methods it has.
    pub(crate) methods: Vec<&'static str>,
    /// The request's id, where the operation names one.
    pub(crate) object: Option<String>,
}

impl Call {
    pub(crate) fn op(&self) -> Option<&'static Operation> {
        self.found.as_ref().map(|(operation, _)| *operation)
    }

    /// A path variable's decoded value, empty if there is none of that name.
    pub(crate) fn variable(&self, name: &str) -> &str {
        let values = self
            .found
            .as_ref()
            .map(|(_, values)| values.as_slice())
            .unwrap_or_default();
        values
            .iter()
            .find(|(known, _)| *known == name)
            .map_or("", |(_, value)| value)
    }

    /// The request's id, where the operation names one.
    pub(crate) fn object(&self) -> Option<&str> {
        self.object.as_deref()
    }
}

/// An HTTP answer.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Bytes,
}

impl Answer {
    pub(crate) fn empty(status: u16) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: Bytes::new(),
        }
    }

    pub(crate) fn json(status: u16, body: impl Into<Bytes>) -> Self {
        Self::text(status, "application/json; charset=utf-8", body)
    }

    pub(crate) fn text(status: u16, kind: &str, body: impl Into<Bytes>) -> Self {
        Self {
            status,
            headers: vec![("content-type", kind.to_owned())],
            body: body.into(),
        }
    }

    pub(crate) fn with(mut self, name: &'static str, value: String) -> Self {
        self.headers.push((name, value));
        self
    }
}

/// How a write ended at the vendor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DeedKind {
    Effect,
    NoOp,
    Refusal,
}

/// What a write did to one request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Deed {
    pub(crate) kind: DeedKind,
    /// The request; empty for a filing that was refused.
    pub(crate) object: String,
    /// `approve`, `deny` or `revoke`; where users act through the API, `file`, `check-in` or `rotate` too.
    pub(crate) verdict: &'static str,
    /// Who the vendor now shows as decider.
    pub(crate) by: Option<String>,
    /// The request's state afterwards.
    pub(crate) state: String,
    /// Why nothing, or not all that was asked, happened, in words.
    pub(crate) because: Option<String>,
}

/// What a machine says to a call.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) answer: Answer,
    pub(crate) deeds: Vec<Deed>,
    /// What does not stand in the document: parameters, values, a body where none belongs.
    pub(crate) strange: Vec<String>,
}

/// What an act led to.
#[derive(Debug)]
pub(crate) struct Acted {
    pub(crate) object: String,
    /// A verdict, where the act was one.
    pub(crate) deed: Option<Deed>,
    pub(crate) state: String,
}

/// Why an act did not happen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum NotActed {
    /// No such request.
    Unknown(String),
    /// The act itself makes no sense.
    Malformed(String),
    /// The portal or the client offers no such button in this state.
    Refused {
        /// The request.
        object: String,
        /// Its state.
        state: String,
        /// In words.
        because: String,
    },
}

/// A vendor's rules and data. No I/O, no clock: `now` is an argument.
pub(crate) trait Machine: Send {
    /// Answers one call of a known operation; what it did is committed on return.
    fn handle(&mut self, call: &Call, now: Timestamp) -> Reply;
    /// The vendor's answer to an unknown route or method.
    fn unmatched(&self, call: &Call) -> Answer;
    /// The answer for a `vendor-error` fault.
    fn error(&self, name: &str) -> Option<Answer>;
    /// The vendor's own throttling answer.
    fn throttled(&self, seconds: u64) -> Answer;
    /// Somebody other than the API acts.
    fn act_as(
        &mut self,
        deed: crate::actors::Deed,
        actor: Actor,
        act: &Act,
        now: Timestamp,
    ) -> Result<Acted, NotActed>;
    /// Brings about what is due until `now`, in order.
    fn settle(&mut self, now: Timestamp) -> Vec<Fired>;
    /// Adds the vendor's part of a world.
    fn seed(&mut self, given: &Given, now: Timestamp) -> Result<(), String>;
    /// Adds `count` generated pending requests.
    fn generate(&mut self, count: u64, now: Timestamp) -> Result<(), String>;
    /// Everything stored, as canonical JSON.
    fn state(&self, now: Timestamp) -> Value;
    /// What the portal page shows.
    fn portal(&self, now: Timestamp) -> PortalView;
    /// How a client gets in.
    fn access(&self, now: Timestamp) -> Access;
    /// The headers that let somebody in as this identity, by the name in `access`; none is the approver of the
    /// credentials. Nothing: nobody is called so.
    fn pass(&mut self, identity: Option<&str>, now: Timestamp) -> Option<Vec<(String, String)>>;
    /// The service starts again: what it kept in memory only is gone, its data is not.
    fn restart(&mut self);
    /// A copy for snapshots.
    fn copy(&self) -> Box<dyn Machine>;
}
