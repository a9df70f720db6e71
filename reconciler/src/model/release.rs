//! Requests that are filed, not decided: what people wrote about them, and what the call for one depends on.

use std::collections::BTreeMap;
use std::fmt;

use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    Address, Call, Decision, Guard, Mark, Moment, Place, Request, RequestId, Status, VendorText,
    Verdict,
};

/// The managed account that is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Target {
    /// By the vendor's numbers.
    Account {
        /// The managed system.
        system: u64,
        /// The account on it.
        account: u64,
    },
    /// By an alias, which stands for one account at a time.
    Alias(u64),
}

impl Target {
    /// What a filing for this account and ticket is told apart by: its id until the vendor gives one.
    #[must_use]
    pub fn key(&self, ticket: &str) -> RequestId {
        RequestId::canonical(&format!("{self}:{ticket}"))
    }

    /// Whether some text has the form of a key.
    #[must_use]
    pub fn is_key(text: &str) -> bool {
        let number = |rest: &str| {
            let (number, ticket) = rest.split_once(':').unwrap_or_default();
            let digits = number.bytes().all(|byte| byte.is_ascii_digit());
            !number.is_empty() && digits && !ticket.is_empty()
        };
        let rest = text
            .strip_prefix("account-")
            .or(text.strip_prefix("alias-"));
        rest.is_some_and(number) && !text.chars().any(char::is_control)
    }

    /// Whether a request is about this account.
    #[must_use]
    pub fn is_of(&self, request: &Request) -> bool {
        let shows = |key: &str, number: u64| {
            request.facts.get(key).map(VendorText::raw) == Some(number.to_string().as_str())
        };
        match *self {
            Self::Account { system, account } => {
                shows("system-id", system) && shows("account-id", account)
            }
            Self::Alias(alias) => shows("alias-id", alias),
        }
    }
}

impl Target {
    /// Which of our own requests a call for this account may be about: those that are, and where it takes
    /// what is granted already, those that cannot be told to be of another account. An alias does not
    /// say which account it stands for; only a row that names both does.
    #[must_use]
    pub fn touches<'a>(&self, on_conflict: OnConflict, own: &'a [Request]) -> Vec<&'a Request> {
        let may_take = match on_conflict {
            OnConflict::Refuse => false,
            OnConflict::Reuse | OnConflict::Renew => true,
        };
        let touched = |one: &&Request| self.is_of(one) || (may_take && self.may_be_of(one, own));
        own.iter().filter(touched).collect()
    }

    fn may_be_of(&self, request: &Request, own: &[Request]) -> bool {
        match self {
            Self::Account { .. } => false,
            Self::Alias(_) if request.status == Status::Pending => false,
            Self::Alias(_) => {
                let mut stands_for = own
                    .iter()
                    .filter(|one| self.is_of(one))
                    .filter_map(account_of);
                let (first, this) = (stands_for.next(), account_of(request));
                let excluded = first.is_some() && this.is_some() && first != this;
                // An alias that stood for two accounts may stand for a third by now.
                !excluded || stands_for.any(|one| Some(one) != first)
            }
        }
    }
}

impl Request {
    /// What it shows under a key, to be held against what was asked for: nothing where the vendor shows nothing,
    /// or writes 0 for what is not there.
    #[must_use]
    pub fn shown(&self, key: &str) -> &str {
        match self.facts.get(key).map_or("", VendorText::raw) {
            "0" => "",
            shown => shown,
        }
    }
}

/// The managed system and the account on it, where a row shows both.
fn account_of(request: &Request) -> Option<(&str, &str)> {
    let shown = |key: &str| request.facts.get(key).map(VendorText::raw);
    Some((shown("system-id")?, shown("account-id")?))
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Account { account, .. } => write!(f, "account-{account}"),
            Self::Alias(alias) => write!(f, "alias-{alias}"),
        }
    }
}

/// What is to happen where a request of ours for the same account is there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum OnConflict {
    /// Nothing: a person looks.
    Refuse,
    /// An approved one with the same access type serves.
    Reuse,
    /// Approved ones are cancelled, and a new one is filed.
    Renew,
}

impl OnConflict {
    /// Every word, in files and output.
    pub const ALL: [Self; 3] = [Self::Refuse, Self::Reuse, Self::Renew];

    /// The word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Refuse => "refuse",
            Self::Reuse => "reuse",
            Self::Renew => "renew",
        }
    }
}

/// Where a filed request is to stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Aim {
    /// Filed.
    Open,
    /// Filed, and given back.
    CheckedIn,
}

/// A `[[release-request]]` block: a request to be filed, at most once per account and ticket.
#[derive(Clone, Debug, PartialEq)]
pub struct ReleaseRequest {
    /// The queue of whoever asks, and the key.
    pub address: Address,
    /// For what.
    pub target: Target,
    /// The application, where the access is to one.
    pub application: Option<u64>,
    /// The vendor's word for the sort of access.
    pub access_type: String,
    /// For how long.
    pub minutes: u64,
    /// Why; never empty.
    pub reason: String,
    /// The external ticket; never empty.
    pub ticket: String,
    /// The vendor's number of the ticket system; its default one where left out.
    pub ticket_system: Option<u64>,
    /// The vendor's number of an access policy's schedule; its best one where left out.
    pub schedule: Option<u64>,
    /// What to do about a request that is there already.
    pub on_conflict: OnConflict,
    /// Whether the credentials are rotated afterwards; the vendor's default where left out.
    pub rotate_on_check_in: Option<bool>,
    /// Where it is to stand.
    pub aim: Aim,
    /// From this moment on the block is inert.
    pub expires: Timestamp,
    /// Where the block begins.
    pub from: Place,
}

impl ReleaseRequest {
    /// The block as what a change is made of: there is nothing to guard before it is filed.
    #[must_use]
    pub fn decision(&self, verdict: Verdict) -> Decision {
        Decision {
            address: self.address.clone(),
            verdict,
            ticket: self.ticket.clone(),
            reason: self.reason.clone(),
            expires: self.expires,
            decided_by: None,
            guard: Guard::default(),
            permit: None,
            from: self.from.clone(),
        }
    }
}

/// What the call that files a request, or gives one back, depends on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Release {
    /// The account.
    pub target: Target,
    /// Our own requests for it that were there when this was planned; others now, and nothing is sent.
    pub sees: Vec<RequestId>,
    /// Those of them that the call reuses or cancels.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub takes: Vec<RequestId>,
    /// What it does about them.
    pub on_conflict: OnConflict,
    /// What the filed request must show: guard keys and their values. Another one for the account is not ours.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    pub shows: BTreeMap<String, String>,
    /// For how many minutes it asks.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub minutes: Option<u64>,
    /// Keys of the block that hold for a new request only: one that is reused keeps its own.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub kept: Vec<String>,
    /// The request that is given back; none where one is filed.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub gives_back: Option<RequestId>,
}

/// So long may a call be under way, and so far may the vendor's clock be off.
const UNDER_WAY: SignedDuration = SignedDuration::from_mins(15);

/// Whether a request that a list shows is what a call has filed. A list tells neither ticket nor reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resembles {
    /// It shows what was asked for, it begins when the call was made, and it is as long.
    Yes,
    /// One of them differs.
    No,
    /// Nothing differs, but when it begins cannot be read.
    Unknown,
}

impl Release {
    /// Whether a request can be what this call, made at that time, has filed.
    #[must_use]
    pub fn resembles(&self, request: &Request, at: Timestamp) -> Resembles {
        let mut asked = self.shows.iter();
        let is_alike = asked.all(|(key, value)| request.shown(key).eq_ignore_ascii_case(value));
        let mut lasts = request.lasts.iter();
        let is_as_long = self.minutes.is_none_or(|minutes| {
            // Its seconds may be cut off.
            request.lasts.is_empty() || lasts.any(|lasts| lasts.abs_diff(minutes) <= 1)
        });
        match Moment::parse(request.shown("release-at")) {
            _ if !is_alike || !is_as_long => Resembles::No,
            None => Resembles::Unknown,
            Some(begins) if begins.can_be(at, UNDER_WAY) => Resembles::Yes,
            Some(_) => Resembles::No,
        }
    }
}

/// Something that a filing says of the request that it makes.
#[derive(Clone, Copy, Debug)]
pub struct FiledField {
    /// The member of the call's body.
    pub sent: &'static str,
    /// The block's key, with the unit where it is another.
    pub key: &'static str,
    /// What it means to leave it out.
    pub left_out: &'static str,
    /// Whether a request that is reused keeps its own.
    pub is_kept: bool,
}

impl FiledField {
    /// One that every request has of its own, and that is nothing where it is left out.
    #[must_use]
    pub const fn new(sent: &'static str, key: &'static str) -> Self {
        Self {
            sent,
            key,
            left_out: "left out",
            is_kept: false,
        }
    }

    /// What a call says of it, where it does.
    #[must_use]
    pub fn said_by(&self, call: &Call) -> Option<String> {
        let said = call.body.as_ref()?.get(self.sent)?;
        let text = said.as_str().map(str::to_owned);
        (!said.is_null()).then(|| text.unwrap_or_else(|| said.to_string()))
    }

    /// What the request will be, after this call.
    #[must_use]
    pub fn of(&self, call: &Call) -> String {
        let said = self.said_by(call);
        said.unwrap_or_else(|| self.left_out.to_owned())
    }
}

/// How a vendor files requests. The values stand in `vendors/<vendor>/`.
#[derive(Clone, Copy, Debug)]
pub struct Filing {
    /// Its words for the sorts of access, the narrowest first.
    pub access_types: &'static [&'static str],
    /// The sort that is for an application, and needs one. An alias cannot have it.
    pub for_application: &'static str,
    /// Most minutes.
    pub most_minutes: u64,
    /// Most characters of a ticket.
    pub ticket_limit: usize,
    /// What the call that files says of the request.
    pub says: &'static [FiledField],
    /// The call that files.
    pub file: fn(&ReleaseRequest, &Mark) -> Call,
    /// The call that gives one back.
    pub check_in: fn(&ReleaseRequest, &Mark, &RequestId) -> Call,
    /// What nobody can check about a filing.
    pub cannot_verify: &'static [&'static str],
    /// Whether and how a filing can be undone.
    pub undo: &'static str,
}
