//! One request as the vendor writes it, and its votes: strictly read, with the attributes that we ask for by name.

use serde::{Deserialize, Deserializer};

use super::answers::words;
use crate::model::{Decided, Facts, Request, RequestId, Status, VendorText, Vote, Votes};
use crate::vendors::scalar::Scalar;

/// Every attribute that is needed, the expensive ones too: without being named they may be left out
/// (AccessRequestModel, "expensive to use"). The same in lists as by id, so that both show the same.
pub(super) const FIELDS: &str = "id,activated,immediate_interval,starts_at,expires_at,reason,\
revoke_reason,required_votes,status,type,account_id,account_name,safe_id,safe_name,pool_id,pool_name,\
protocol,server_id,server_name,user_id,user_domain,user_name,votes,created_at,removed";

/// A row, read.
pub(super) enum Record {
    /// A request.
    Request(Box<Request>),
    /// One that was taken away: it is shown, and there no longer.
    Removed(RequestId),
}

impl Record {
    /// Its canonical id.
    pub(super) fn id(&self) -> &RequestId {
        match self {
            Self::Request(request) => &request.id,
            Self::Removed(id) => id,
        }
    }
}

/// Reads one request, strictly. `voter` is our own user, an id or a name: each vote has to show whether it is his.
///
/// # Errors
/// What is wrong with it, in our words.
pub(super) fn read(text: &str, voter: Option<&str>) -> Result<Record, String> {
    let row: Row<'_> = serde_json::from_str(text).map_err(|error| words(&error, "a request"))?;
    row.record(voter)
}

/// The id of a row, where nothing else of it can be read.
pub(super) fn id(text: &str) -> Option<RequestId> {
    #[derive(Deserialize)]
    struct Named<'a> {
        #[serde(borrow)]
        id: Scalar<'a>,
    }
    let named: Named<'_> = serde_json::from_str(text).ok()?;
    canonical(&named.id)
}

fn canonical(id: &Scalar<'_>) -> Option<RequestId> {
    id.id().map(|id| RequestId::canonical(&id.to_string()))
}

/// Ids may be text or numbers, by version; neither ever becomes a float.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Row<'a> {
    #[serde(borrow)]
    id: Scalar<'a>,
    activated: Option<bool>,
    #[serde(borrow)]
    immediate_interval: Scalar<'a>,
    #[serde(borrow)]
    starts_at: Scalar<'a>,
    #[serde(borrow)]
    expires_at: Scalar<'a>,
    #[serde(borrow)]
    reason: Scalar<'a>,
    #[serde(borrow)]
    revoke_reason: Scalar<'a>,
    #[serde(borrow)]
    required_votes: Scalar<'a>,
    #[serde(borrow)]
    status: Scalar<'a>,
    #[serde(borrow, rename = "type")]
    kind: Scalar<'a>,
    #[serde(borrow)]
    account_id: Scalar<'a>,
    #[serde(borrow)]
    account_name: Scalar<'a>,
    #[serde(borrow)]
    safe_id: Scalar<'a>,
    #[serde(borrow)]
    safe_name: Scalar<'a>,
    #[serde(borrow)]
    pool_id: Scalar<'a>,
    #[serde(borrow)]
    pool_name: Scalar<'a>,
    #[serde(borrow)]
    protocol: Scalar<'a>,
    #[serde(borrow)]
    server_id: Scalar<'a>,
    #[serde(borrow)]
    server_name: Scalar<'a>,
    #[serde(borrow)]
    user_id: Scalar<'a>,
    #[serde(borrow)]
    user_domain: Scalar<'a>,
    #[serde(borrow)]
    user_name: Scalar<'a>,
    #[serde(borrow, deserialize_with = "shown")]
    votes: Shown<Vec<Ballot<'a>>>,
    #[serde(borrow)]
    created_at: Scalar<'a>,
    removed: Option<bool>,
}

/// A vote: "reason, user_id, acceptance status, user_name, user_role, and user_domain of the voting user".
#[derive(Default, Deserialize)]
#[serde(default)]
struct Ballot<'a> {
    #[serde(borrow)]
    reason: Scalar<'a>,
    #[serde(borrow)]
    user_id: Scalar<'a>,
    #[serde(borrow)]
    user_name: Scalar<'a>,
    #[serde(borrow)]
    user_domain: Scalar<'a>,
    accepted: Option<bool>,
    removed: Option<bool>,
}

/// An attribute that was asked for by name. "Null values are skipped unless asked for" (vendor-facts section 5,
/// `fields=`): a named one that is missing is no answer to what was asked, and null is a value of its own, no
/// empty array.
#[derive(Default)]
enum Shown<T> {
    #[default]
    Missing,
    Null,
    As(T),
}

fn shown<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Shown<Vec<Ballot<'de>>>, D::Error> {
    Ok(match Option::deserialize(deserializer)? {
        Some(votes) => Shown::As(votes),
        None => Shown::Null,
    })
}

impl Row<'_> {
    fn record(self, voter: Option<&str>) -> Result<Record, String> {
        let id = canonical(&self.id).ok_or("field `id` is missing or not 1 to 19 digits")?;
        if self.removed == Some(true) {
            return Ok(Record::Removed(id));
        }
        let needed = match &self.required_votes {
            Scalar::Nothing => None,
            Scalar::Number(needed) => Some(*needed),
            Scalar::Text(_) | Scalar::Negative(_) | Scalar::Odd => {
                return Err("field `required_votes` is not a whole number".to_owned());
            }
        };
        // Without them nobody knows whether our own vote is there already.
        let ballots = match &self.votes {
            Shown::As(ballots) => ballots,
            Shown::Missing => return Err("field `votes` was asked for and is missing".to_owned()),
            Shown::Null => {
                return Err("field `votes` is null, and does not say who has voted".to_owned());
            }
        };
        let (votes, notes) = votes(ballots, needed, voter)?;
        let status = status(&self.status, self.activated);
        Ok(Record::Request(Box::new(Request {
            facts: self.facts()?,
            decided: self.decided(&status, &votes, &notes)?,
            id,
            status,
            votes: Some(votes),
            ticket: None,
            link: None,
            beyond: None,
        })))
    }

    fn facts(&self) -> Result<Facts, String> {
        let mut facts = Facts::new();
        let user = name("user_name", &self.user_name, &self.user_domain)?;
        let shown: [(&str, &str, &Scalar<'_>); 17] = [
            ("account", "account_name", &self.account_name),
            ("server", "server_name", &self.server_name),
            ("safe", "safe_name", &self.safe_name),
            ("pool", "pool_name", &self.pool_name),
            ("protocol", "protocol", &self.protocol),
            ("type", "type", &self.kind),
            ("interval", "immediate_interval", &self.immediate_interval),
            ("starts-at", "starts_at", &self.starts_at),
            ("expires-at", "expires_at", &self.expires_at),
            ("reason", "reason", &self.reason),
            ("required-votes", "required_votes", &self.required_votes),
            ("created-at", "created_at", &self.created_at),
            ("user-id", "user_id", &self.user_id),
            ("account-id", "account_id", &self.account_id),
            ("server-id", "server_id", &self.server_id),
            ("safe-id", "safe_id", &self.safe_id),
            ("pool-id", "pool_id", &self.pool_id),
        ];
        // AccessRequestModel: "if type == scheduled". Of an immediate one they follow from when its session is begun, which
        // is no part of what was asked.
        let is_immediate = text("type", &self.kind)? == "immediate";
        for (key, field, value) in shown {
            let value = text(field, value)?;
            if is_immediate && ["starts-at", "expires-at"].contains(&key) {
                continue;
            }
            if !value.is_empty() {
                facts.insert(key, VendorText::new(value));
            }
        }
        if !user.is_empty() {
            facts.insert("user", VendorText::new(user));
        }
        Ok(facts)
    }

    /// Who decided, where it is decided: those who voted so. Who revoked is not shown.
    fn decided(&self, status: &Status, votes: &Votes, notes: &[String]) -> Result<Decided, String> {
        let who = |accepted: bool| {
            let names = votes.cast.iter().filter(|vote| vote.accepted == accepted);
            let names: Vec<&str> = names.map(|vote| vote.user.raw()).collect();
            (!names.is_empty()).then(|| VendorText::new(names.join(", ")))
        };
        let (by, note) = match status {
            Status::Approved | Status::InUse | Status::Finished => (who(true), String::new()),
            Status::Denied => (who(false), notes.join("; ")),
            Status::Revoked => (None, text("revoke_reason", &self.revoke_reason)?),
            Status::Pending | Status::Expired | Status::Quarantined | Status::Unknown(_) => {
                (None, String::new())
            }
        };
        Ok(Decided {
            by,
            note: (!note.is_empty()).then(|| VendorText::new(note)),
        })
    }
}

/// The votes that count, and the reasons of those against it. One user has one vote.
fn votes(
    ballots: &[Ballot<'_>],
    needed: Option<u64>,
    voter: Option<&str>,
) -> Result<(Votes, Vec<String>), String> {
    let mut cast: Vec<Vote> = Vec::new();
    let mut notes = Vec::new();
    for ballot in ballots.iter().filter(|ballot| ballot.removed != Some(true)) {
        let Ballot {
            reason,
            user_id,
            user_name,
            user_domain,
            accepted,
            removed: _,
        } = ballot;
        let user_id = text("user_id of a vote", user_id)?;
        let user = name("user_name of a vote", user_name, user_domain)?;
        if user_id.is_empty() && user.is_empty() {
            return Err("a vote names nobody".to_owned());
        }
        let accepted = accepted.ok_or("a vote says neither yes nor no")?;
        let again = |vote: &Vote| !user_id.is_empty() && vote.user_id.raw() == user_id;
        if cast.iter().any(again) {
            return Err("a user has two votes".to_owned());
        }
        let reason = text("reason of a vote", reason)?;
        if !accepted && !reason.is_empty() {
            notes.push(reason);
        }
        let vote = Vote {
            user_id: VendorText::new(user_id),
            user: VendorText::new(user),
            accepted,
        };
        if let Some(field) = voter.and_then(|voter| vote.hides(voter)) {
            return Err(format!(
                "a vote has no `{field}`, so that nobody knows whether it is that of `voter`"
            ));
        }
        cast.push(vote);
    }
    Ok((Votes { needed, cast }, notes))
}

/// A user's name, with the domain where there is one: two domains may know the same name.
fn name(field: &str, name: &Scalar<'_>, domain: &Scalar<'_>) -> Result<String, String> {
    let (name, domain) = (text(field, name)?, text("user_domain", domain)?);
    Ok(if name.is_empty() || domain.is_empty() {
        name
    } else {
        format!("{name}@{domain}")
    })
}

fn text(field: &str, value: &Scalar<'_>) -> Result<String, String> {
    let odd = || format!("field `{field}` is neither text nor a whole number");
    value.text().ok_or_else(odd)
}

/// `status` (AccessRequestModel: five words) and `activated`, which says of a grant that it is in use.
fn status(word: &Scalar<'_>, activated: Option<bool>) -> Status {
    let unknown = |word: &str| Status::Unknown(VendorText::new(word));
    let Scalar::Text(word) = word else {
        return unknown("no status");
    };
    match (word.as_ref(), activated == Some(true)) {
        ("pending", false) => Status::Pending,
        ("granted", false) => Status::Approved,
        ("granted", true) => Status::InUse,
        ("rejected", false) => Status::Denied,
        ("revoked", _) => Status::Revoked,
        // One word for two: what nobody granted in time, and a grant whose time is over (vendor-facts section 5,
        // States). Only what was granted is ever used.
        ("expired", false) => Status::Expired,
        ("expired", true) => Status::Finished,
        ("pending", true) => unknown("pending, and activated"),
        ("rejected", true) => unknown("rejected, and activated"),
        (word, _) => Status::Unknown(VendorText::new(word.chars().take(100).collect::<String>())),
    }
}
