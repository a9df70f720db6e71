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
    #[serde(deserialize_with = "shown")]
    activated: Shown<bool>,
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
    #[serde(deserialize_with = "shown")]
    removed: Shown<bool>,
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
    #[serde(borrow, deserialize_with = "shown")]
    user_domain: Shown<Scalar<'a>>,
    accepted: Option<bool>,
    removed: Option<bool>,
}

/// An attribute whose null is another answer than none. "Null values are skipped unless asked for" (vendor-facts
/// section 5, `fields=`): one that was asked for by name and is missing is no answer to what was asked, and null is a
/// value of its own.
#[derive(Default)]
enum Shown<T> {
    #[default]
    Missing,
    Null,
    As(T),
}

fn shown<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Shown<T>, D::Error> {
    let value = Option::deserialize(deserializer)?;
    Ok(value.map_or(Shown::Null, Shown::As))
}

impl<T> Shown<T> {
    /// What stands under a name that was asked for; nothing for null.
    fn asked(&self, field: &str) -> Result<Option<&T>, String> {
        match self {
            Self::As(value) => Ok(Some(value)),
            Self::Null => Ok(None),
            Self::Missing => Err(format!("field `{field}` was asked for and is missing")),
        }
    }
}

impl Row<'_> {
    fn record(self, voter: Option<&str>) -> Result<Record, String> {
        let id = canonical(&self.id).ok_or("field `id` is missing or not 1 to 19 digits")?;
        // AccessRequestModel: "boolean". Whether it is there at all hangs on it, so that no null is taken for one.
        match self.removed.asked("removed")? {
            Some(true) => return Ok(Record::Removed(id)),
            Some(false) => {}
            None => {
                let why = "field `removed` is null, and does not say whether it is still there";
                return Err(why.to_owned());
            }
        }
        let needed = match &self.required_votes {
            Scalar::Nothing => None,
            Scalar::Number(needed) => Some(*needed),
            Scalar::Text(_) | Scalar::Negative(_) | Scalar::Odd => {
                return Err("field `required_votes` is not a whole number".to_owned());
            }
        };
        // Without them nobody knows whether our own vote is there already.
        let ballots = self.votes.asked("votes")?;
        let ballots = ballots.ok_or("field `votes` is null, and does not say who has voted")?;
        let (votes, notes) = votes(ballots, needed, voter)?;
        let status = status(&self.status, self.activated.asked("activated")?.copied());
        Ok(Record::Request(Box::new(Request {
            facts: self.facts()?,
            decided: self.decided(&status, &votes, &notes)?,
            id,
            status,
            votes: Some(votes),
            ticket: None,
            link: None,
            beyond: None,
            obstacles: Vec::new(),
            lasts: Vec::new(),
        })))
    }

    fn facts(&self) -> Result<Facts, String> {
        let mut facts = Facts::new();
        let user = name("user_name", &self.user_name, Some(&self.user_domain))?;
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
    let standing = || ballots.iter().filter(|one| one.removed != Some(true));
    let writes_null = standing().any(|one| matches!(one.user_domain, Shown::Null));
    for ballot in standing() {
        let vote = ballot.vote()?;
        if cast.iter().any(|other| other.is_of_same_user(&vote)) {
            return Err("a user has two votes".to_owned());
        }
        let hidden = voter.and_then(|voter| {
            let member = vote.hides(voter);
            member.or_else(|| ballot.hides_domain(voter, &vote, writes_null))
        });
        if let Some(member) = hidden {
            return Err(format!(
                "a vote has no `{member}`, so that nobody knows whether it is that of `voter`"
            ));
        }
        let reason = text("reason of a vote", &ballot.reason)?;
        if !vote.accepted && !reason.is_empty() {
            notes.push(reason);
        }
        cast.push(vote);
    }
    let ours = |vote: &&Vote| voter.is_some_and(|voter| vote.is_by(voter));
    if cast.iter().filter(ours).count() > 1 {
        return Err("two votes fit `voter`: write our user's id there".to_owned());
    }
    Ok((Votes { needed, cast }, notes))
}

impl Ballot<'_> {
    fn vote(&self) -> Result<Vote, String> {
        let domain = match &self.user_domain {
            Shown::As(domain) => Some(domain),
            Shown::Missing | Shown::Null => None,
        };
        let user_id = text("user_id of a vote", &self.user_id)?;
        let user = name("user_name of a vote", &self.user_name, domain)?;
        if user_id.is_empty() && user.is_empty() {
            return Err("a vote names nobody".to_owned());
        }
        Ok(Vote {
            user_id: VendorText::new(user_id),
            user: VendorText::new(user),
            accepted: self.accepted.ok_or("a vote says neither yes nor no")?,
        })
    }

    /// The domain, where it is not shown and would make the vote that of `voter`, or not. Members of a vote cannot be
    /// asked for by name, so that null ones may be left out, and a local user has none; but not where others of the
    /// same answer are written.
    fn hides_domain(&self, voter: &str, vote: &Vote, writes_null: bool) -> Option<&'static str> {
        let is_hidden = matches!(self.user_domain, Shown::Missing);
        let matters = match voter.strip_prefix(vote.user.raw()) {
            Some("") => writes_null && vote.is_by(voter),
            Some(rest) => !vote.user.is_empty() && rest.starts_with('@'),
            None => false,
        };
        (is_hidden && matters).then_some("user_domain")
    }
}

/// A user's name, with the domain where there is one: two domains may know the same name.
fn name(field: &str, name: &Scalar<'_>, domain: Option<&Scalar<'_>>) -> Result<String, String> {
    let name = text(field, name)?;
    let domain = domain.map(|domain| text("user_domain", domain));
    let domain = domain.transpose()?.unwrap_or_default();
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

/// `status` (AccessRequestModel: five words) and `activated`, which says of a grant that it is in use; nothing for null.
fn status(word: &Scalar<'_>, activated: Option<bool>) -> Status {
    let unknown = |word: &str| Status::Unknown(VendorText::new(word));
    let Scalar::Text(word) = word else {
        return unknown("no status");
    };
    match (word.as_ref(), activated) {
        // Before a grant there is nothing to activate, so that null hides nothing.
        ("pending", Some(false) | None) => Status::Pending,
        ("rejected", Some(false) | None) => Status::Denied,
        ("revoked", _) => Status::Revoked,
        ("granted", Some(false)) => Status::Approved,
        ("granted", Some(true)) => Status::InUse,
        // One word for two: what nobody granted in time, and a grant whose time is over (vendor-facts section 5,
        // States). Only what was granted is ever used.
        ("expired", Some(false)) => Status::Expired,
        ("expired", Some(true)) => Status::Finished,
        ("granted", None) => unknown("granted, and not said whether activated"),
        ("expired", None) => unknown("expired, and not said whether activated"),
        ("pending", Some(true)) => unknown("pending, and activated"),
        ("rejected", Some(true)) => unknown("rejected, and activated"),
        (word, _) => Status::Unknown(VendorText::new(word.chars().take(100).collect::<String>())),
    }
}
