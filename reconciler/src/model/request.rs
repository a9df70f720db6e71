//! What vendors hold, in our words, and how well we know it.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use jiff::SignedDuration;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Deciding, Grounds, QueueName, RequestId, Stand, VendorText, Verdict, Votes};

/// One word for what every vendor calls differently.
///
/// A word, number or missing status that the adapter does not know is `Unknown`, never the nearest known one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// Waiting for a verdict.
    Pending,
    /// Granted, not used yet.
    Approved,
    /// Granted and in use.
    InUse,
    /// Granted, used and over.
    Finished,
    /// Refused.
    Denied,
    /// Granted once, taken back.
    Revoked,
    /// Ran out, decided or not.
    Expired,
    /// Set aside by the vendor; only its portal may act.
    Quarantined,
    /// The vendor's raw word.
    Unknown(VendorText),
}

impl Status {
    /// The word in output; the raw word of an unknown one is the caller's to escape.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Approved => "approved",
            Self::InUse => "in use",
            Self::Finished => "finished",
            Self::Denied => "denied",
            Self::Revoked => "revoked",
            Self::Expired => "expired",
            Self::Quarantined => "quarantined",
            Self::Unknown(_) => "unknown",
        }
    }
}

/// What a request is about, by guard key; a value that the vendor left out is absent or empty. In JSON an object.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts(Vec<(&'static str, VendorText)>);

impl Facts {
    /// None yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The value of a guard key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&VendorText> {
        let at = self.place(key).ok()?;
        self.0.get(at).map(|(_, value)| value)
    }

    /// Puts a value in, and gives back the one that stood there.
    pub fn insert(&mut self, key: &'static str, value: VendorText) -> Option<VendorText> {
        match self.place(key) {
            Ok(at) => {
                let (_, there) = self.0.get_mut(at)?;
                Some(std::mem::replace(there, value))
            }
            Err(at) => {
                self.0.insert(at, (key, value));
                None
            }
        }
    }

    /// Takes a value out.
    pub fn remove(&mut self, key: &str) -> Option<VendorText> {
        let at = self.place(key).ok()?;
        Some(self.0.remove(at).1)
    }

    /// Every guard key with its value, ordered by key.
    pub fn iter(&self) -> impl Iterator<Item = (&&'static str, &VendorText)> {
        self.0.iter().map(|(key, value)| (key, value))
    }

    /// Every guard key, in order.
    pub fn keys(&self) -> impl Iterator<Item = &&'static str> {
        self.0.iter().map(|(key, _)| key)
    }

    fn place(&self, key: &str) -> Result<usize, usize> {
        self.0.binary_search_by(|(one, _)| (*one).cmp(key))
    }
}

impl FromIterator<(&'static str, VendorText)> for Facts {
    /// Where a key comes twice, its last value stays.
    fn from_iter<I: IntoIterator<Item = (&'static str, VendorText)>>(pairs: I) -> Self {
        let mut pairs: Vec<_> = pairs.into_iter().collect();
        // Stable, so that of one key the last comes first after turning it round.
        pairs.reverse();
        pairs.sort_by_key(|(key, _)| *key);
        pairs.dedup_by_key(|(key, _)| *key);
        pairs.shrink_to_fit();
        Self(pairs)
    }
}

impl<const N: usize> From<[(&'static str, VendorText); N]> for Facts {
    fn from(pairs: [(&'static str, VendorText); N]) -> Self {
        pairs.into_iter().collect()
    }
}

impl Serialize for Facts {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}

/// Who decided, as far as the vendor tells.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Decided {
    /// Name or address of the decider, where shown.
    pub by: Option<VendorText>,
    /// The text that went with the decision, where shown.
    pub note: Option<VendorText>,
}

/// One request, as its vendor shows it right now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Its canonical id.
    pub id: RequestId,
    /// Where it stands.
    pub status: Status,
    /// What it is about; all of the vendor's guard keys that it shows.
    pub facts: Facts,
    /// Who decided.
    pub decided: Decided,
    /// Who has voted how, where several people decide together and the vendor shows it.
    pub votes: Option<Votes>,
    /// The ticket, where the vendor shows one; empty is *not shown*.
    pub ticket: Option<VendorText>,
    /// The vendor's own page of it, where there is one.
    pub link: Option<VendorText>,
    /// Why it cannot be decided through this API, in our words, where so.
    pub beyond: Option<String>,
    /// What stands in the way of any approval of it, in our words; a deny goes on.
    pub obstacles: Vec<String>,
    /// For how many minutes it is asked for, by each way to read what the vendor shows; of one's own requests alone,
    /// and none where that is not shown.
    pub lasts: Vec<u64>,
}

impl Request {
    /// What our own user has said of a verdict, by votes.
    #[must_use]
    pub fn stand(&self, verdict: Verdict, deciding: &Deciding) -> Stand<'_> {
        match &self.votes {
            Some(votes) => votes.stand(verdict, deciding),
            None => Stand::NoVotes,
        }
    }
}

/// What became of looking for one request.
#[derive(Clone, Debug, PartialEq)]
pub enum Sighting {
    /// Here it is.
    Seen(Box<Request>),
    /// The vendor answered, and it is not there. What that means differs by vendor.
    Absent,
    /// This one row or look-up failed; the rest of the queue may be fine.
    Failed(ReadError),
}

/// How a queue was read; data, chosen before reading, shown afterwards.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Way {
    /// Nothing to look for.
    Nothing,
    /// Each decision looked up by id.
    Points,
    /// The pending ones listed, then those that did not turn up looked up by id.
    Pending,
    /// The whole queue listed, then those that did not turn up looked up by id.
    Scan,
    /// The same, in ranges of ids that are read side by side.
    Ranges,
    /// From a saved snapshot.
    Snapshot,
}

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Nothing => "nothing to read",
            Self::Points => "by id",
            Self::Pending => "pending list",
            Self::Scan => "whole queue",
            Self::Ranges => "key ranges side by side",
            Self::Snapshot => "snapshot",
        })
    }
}

/// The requests that the user of a queue has made himself.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Own {
    /// Nobody asked, or a snapshot does not hold them.
    #[default]
    NotRead,
    /// All of them that still stand.
    Read(Vec<Request>),
    /// They could not be read.
    Failed(ReadError),
}

/// One queue, read.
#[derive(Clone, Debug, PartialEq)]
pub struct QueueView {
    /// Every request that was asked for, and what became of it.
    pub requests: BTreeMap<RequestId, Sighting>,
    /// What the user of this queue has asked for himself; read only where something is to be filed.
    pub own: Own,
    /// What the permits of decisions about pending requests stand for.
    pub grounds: BTreeMap<RequestId, Result<Grounds, ReadError>>,
    /// How it was read.
    pub way: Way,
    /// What that took.
    pub effort: Effort,
    /// Calls made, retries included.
    pub calls: u64,
    /// Rows received in lists.
    pub rows: u64,
    /// Rows that could not be read: counted, never dropped.
    pub unreadable: u64,
    /// Our clock minus the vendor's, from its `Date` header, to the second.
    pub clock_offset: Option<SignedDuration>,
}

/// What reading a queue in its way took, for people: nothing depends on it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Effort {
    /// Why it was read so, in our words; empty where nobody chose.
    pub why: String,
    /// Requests looked up by id.
    pub looked_up: usize,
    /// Parts of a list that were read side by side, at most.
    pub at_once: usize,
    /// From the first call to the last answer.
    pub took: Duration,
}

/// What is known of one queue.
#[derive(Clone, Debug, PartialEq)]
pub enum Reading {
    /// It was read.
    Read(QueueView),
    /// It could not be read; the plan is silent about it.
    Unread(ReadError),
}

/// The world as known at one moment, taken whole before any comparing starts.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Observed {
    /// Each enabled queue of the configuration.
    pub queues: BTreeMap<QueueName, Reading>,
}

/// Why something could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ReadErrorKind {
    /// No call could be made: a secret is missing, or a setting cannot be used.
    Setup,
    /// The credential was rejected.
    Credential,
    /// No answer: resolver, connection, TLS, time-out, cut off.
    Unreachable,
    /// The vendor, or a gateway before it, says that it cannot answer now: 502, 503, 504.
    Unavailable,
    /// The vendor asked to wait longer than the budget allows.
    RateLimited,
    /// An answer in a shape that this vendor does not use.
    Malformed,
    /// The vendor answered with an error of its own.
    Refused,
    /// Pages that do not move on, or contradict each other.
    Paging,
    /// The vendor shows each user another part of its queue, and the one who reads is not the one who decides.
    OutOfSight,
    /// More than one request fits what stands for its id.
    Ambiguous,
}

/// A failed read: what happened, what the vendor said, what helps.
#[derive(Clone, Debug, PartialEq)]
pub struct ReadError {
    /// The sort of trouble.
    pub kind: ReadErrorKind,
    /// One sentence fragment in our words, with method and path; no secret, no vendor text.
    pub what: String,
    /// The vendor's own words, bounded to 300 characters, where it had any.
    pub said: Option<VendorText>,
    /// The command or edit that helps.
    pub hint: String,
}
