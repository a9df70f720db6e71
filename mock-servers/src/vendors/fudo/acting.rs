//! People beside the API: whoever votes in the portal, the end user, a colleague's script.

use jiff::Timestamp;

use super::given::GivenRequest;
use super::people::{Role, User, derived_id};
use super::request::{Request, Status, Type};
use super::state::{Ballot, State};
use crate::actors::{Act, Decision, Deed as ActDeed};
use crate::nearest;
use crate::vendors::{Acted, Deed, NotActed};

const NO_BUTTON: &str = "the portal offers no such button in this state";

// The request that an act describes.
fn described(act: &Act) -> Result<GivenRequest, NotActed> {
    let wish = act.request.clone().unwrap_or_default();
    serde_json::from_value(wish).map_err(|error| {
        NotActed::Malformed(format!("request: {}", nearest::advise(&error.to_string())))
    })
}

impl State {
    /// One act.
    pub(super) fn act(
        &mut self,
        deed: ActDeed,
        act: &Act,
        now: Timestamp,
    ) -> Result<Acted, NotActed> {
        match deed {
            ActDeed::PortalDecide => self.in_portal(act, now),
            ActDeed::OperatorDecide => self.by_script(act, now),
            ActDeed::UserSubmit => self.submit(act, now),
            ActDeed::UserEdit => self.edit(act, now),
            ActDeed::UserCancel | ActDeed::UserStart | ActDeed::UserFinish => {
                let row = self.meant(act)?;
                self.step(deed, &row, now)
            }
        }
    }

    // An id, or the name a world gave to a request.
    fn meant(&self, act: &Act) -> Result<Request, NotActed> {
        let text = act.id.as_deref().unwrap_or_default();
        let named = || self.names.get(text).and_then(|id| self.row(*id));
        let row = self.row_called(text).or_else(named);
        row.ok_or_else(|| NotActed::Unknown(text.to_owned()))
    }

    // A person in the portal; whoever is not known is a stranger who may.
    fn in_portal(&mut self, act: &Act, now: Timestamp) -> Result<Acted, NotActed> {
        let row = self.meant(act)?;
        let user = self.portal_person(act.by.as_deref().unwrap_or("boss"), &row)?;
        let decision = act.decision.unwrap_or(Decision::Deny);
        if row.removed {
            return Err(refused(&row, NO_BUTTON));
        }
        match (row.status, decision) {
            (Status::Pending, Decision::Approve | Decision::Deny) => {
                if self.has_voted(&user, &row) {
                    return Err(refused(&row, "this person has voted already"));
                }
                let accepted = decision == Decision::Approve;
                // The portal asks for a reason too when it is against.
                let reason = act.reason.clone();
                let reason = reason.or_else(|| (!accepted).then(|| "Not granted".to_owned()));
                let ballot = Ballot { accepted, reason };
                Ok(acted(self.record_vote(&row, &user, ballot, now)))
            }
            (Status::Pending, Decision::TakeBack) => self.take_vote_back(&row, &user, now),
            (Status::Granted, Decision::Deny | Decision::TakeBack) => {
                let reason = act.reason.clone();
                Ok(acted(self.record_revocation(
                    &row,
                    &user.user_name,
                    reason,
                    now,
                )))
            }
            (Status::Granted, Decision::Approve)
            | (Status::Rejected | Status::Revoked | Status::Expired, _) => {
                Err(refused(&row, NO_BUTTON))
            }
        }
    }

    // A vote is removed, not forgotten. Assumed: the vote's model has `removed`, and nothing says what removes it.
    fn take_vote_back(
        &mut self,
        row: &Request,
        user: &User,
        now: Timestamp,
    ) -> Result<Acted, NotActed> {
        let standing = |vote: &super::request::Vote| vote.by == user.user_name && !vote.removed;
        if !row.votes.iter().any(standing) {
            return Err(refused(row, "this person has not voted"));
        }
        let after = self.change(row.id, |row| {
            let own = row.votes.iter_mut().filter(|vote| standing(vote));
            own.for_each(|vote| vote.removed = true);
            row.modified_at = now;
        });
        Ok(stepped(row, after.as_ref()))
    }

    fn portal_person(&self, text: &str, row: &Request) -> Result<User, NotActed> {
        let Some(user) = self.user(text) else {
            return Ok(User {
                id: derived_id(self.seed, "user", text),
                name: text.to_owned(),
                user_name: text.to_owned(),
                domain: None,
                role: Role::Superadmin,
                safes: None,
                api: false,
                api_key: String::new(),
                password: None,
            });
        };
        if user.user_name == row.user.name && self.dialects.is("fudo.own-request", "403") {
            return Err(refused(row, "nobody votes about his or her own request"));
        }
        if !user.role.votes() || !user.sees(row) {
            return Err(refused(row, "this person may not vote about it"));
        }
        Ok(user.clone())
    }

    // The API's own rules, for the approver of the credentials or whoever is named.
    fn by_script(&mut self, act: &Act, now: Timestamp) -> Result<Acted, NotActed> {
        let row = self.meant(act)?;
        let name = act.by.as_deref().unwrap_or("approver");
        let user = self.user(name).cloned();
        let user = user.ok_or_else(|| NotActed::Malformed(format!("nobody is called {name:?}")))?;
        let id = row.id.to_string();
        let reason = act.reason.clone();
        let done = match act.decision.unwrap_or(Decision::Deny) {
            Decision::TakeBack => self.revoke(&user, &id, reason, now),
            Decision::Deny if reason.is_none() => {
                let because = "400: reason is required if accepted == false.";
                return Err(refused(&row, because));
            }
            decision @ (Decision::Approve | Decision::Deny) => {
                let accepted = decision == Decision::Approve;
                self.vote(&user, &id, Ballot { accepted, reason }, now)
            }
        };
        done.map(acted)
            .map_err(|refusal| refused(&row, &refusal.told()))
    }

    fn submit(&mut self, act: &Act, now: Timestamp) -> Result<Acted, NotActed> {
        let given = described(act)?;
        let history = given.votes.is_some() || given.activated_at.is_some() || given.removed;
        if history || !matches!(given.status, None | Some(Status::Pending)) {
            return Err(NotActed::Malformed(
                "request: one that is submitted is pending, without votes".to_owned(),
            ));
        }
        let id = self.add(&given, now).map_err(NotActed::Malformed)?;
        let state = self.row(id).map_or("absent", |row| row.word()).to_owned();
        Ok(Acted {
            object: id.to_string(),
            deed: None,
            state,
        })
    }

    // What is asked for changes while it waits. Assumed: these are the attributes of the model that are not read-only,
    // and a client must not grant what its reviewer did not see.
    fn edit(&mut self, act: &Act, now: Timestamp) -> Result<Acted, NotActed> {
        let row = self.meant(act)?;
        if row.status != Status::Pending || row.removed {
            return Err(refused(&row, "only a request that waits changes"));
        }
        let given = described(act)?;
        let members = act.request.as_ref().and_then(serde_json::Value::as_object);
        let known: &[&str] = match row.kind {
            Type::Immediate => &["reason", "interval"],
            Type::Scheduled => &["reason", "starts-at", "expires-at"],
        };
        let other = members.is_none_or(|members| {
            members.is_empty() || members.keys().any(|key| !known.contains(&key.as_str()))
        });
        if other {
            let known = known.join(", ");
            return Err(NotActed::Malformed(format!(
                "request: an edit of this type changes {known}"
            )));
        }
        let starts_at = given.starts_at.map(|moment| moment.0).or(row.starts_at);
        let expires_at = given.expires_at.map(|moment| moment.0).or(row.expires_at);
        let hours = given.interval.or(row.immediate_interval);
        let window = starts_at.zip(expires_at);
        if window.is_some_and(|(starts, ends)| ends <= starts)
            || hours.is_some_and(|hours| !(1..=24).contains(&hours))
        {
            return Err(NotActed::Malformed(
                "request: an interval has 1 to 24 hours, and a window ends after it begins"
                    .to_owned(),
            ));
        }
        let after = self.change(row.id, |row| {
            row.reason = given.reason.unwrap_or_else(|| row.reason.clone());
            row.immediate_interval = hours;
            row.starts_at = starts_at;
            row.expires_at = expires_at;
            row.modified_at = now;
        });
        Ok(stepped(&row, after.as_ref()))
    }

    // Whoever asked withdraws, begins a session, or leaves it.
    fn step(&mut self, deed: ActDeed, row: &Request, now: Timestamp) -> Result<Acted, NotActed> {
        let pending = row.status == Status::Pending && !row.removed;
        let granted = row.status == Status::Granted && !row.removed;
        let open = row.starts_at.is_none_or(|starts| starts <= now);
        let after = match deed {
            ActDeed::UserCancel if pending => self.change(row.id, |row| {
                row.removed = true;
                row.modified_at = now;
            }),
            ActDeed::UserStart if granted && open => self.change(row.id, |row| {
                row.activated_at = row.activated_at.or(Some(now));
            }),
            ActDeed::UserFinish if granted && row.activated_at.is_some() => {
                self.change(row.id, |row| row.left_at = Some(now))
            }
            ActDeed::UserCancel
            | ActDeed::UserStart
            | ActDeed::UserFinish
            | ActDeed::PortalDecide
            | ActDeed::OperatorDecide
            | ActDeed::UserSubmit
            | ActDeed::UserEdit => {
                let because = "the user is offered no such button in this state";
                return Err(refused(row, because));
            }
        };
        Ok(stepped(row, after.as_ref()))
    }
}

fn stepped(row: &Request, after: Option<&Request>) -> Acted {
    Acted {
        object: row.id.to_string(),
        deed: None,
        state: after.unwrap_or(row).word().to_owned(),
    }
}

fn acted(deed: Deed) -> Acted {
    Acted {
        object: deed.object.clone(),
        state: deed.state.clone(),
        deed: Some(deed),
    }
}

fn refused(row: &Request, because: &str) -> NotActed {
    NotActed::Refused {
        object: row.id.to_string(),
        state: row.word().to_owned(),
        because: because.to_owned(),
    }
}
