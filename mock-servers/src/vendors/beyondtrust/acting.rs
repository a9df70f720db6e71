//! People beside the API: the portal human, the end user, a colleague's script.

use jiff::Timestamp;

use super::given::GivenRequest;
use super::people::User;
use super::request::{AccessType, Person, Request, Status};
use super::state::State;
use crate::actors::{Act, Decision, Deed as ActDeed};
use crate::nearest;
use crate::vendors::{Acted, Deed, NotActed};

// The request that an act describes.
fn described(act: &Act) -> Result<GivenRequest, NotActed> {
    let wish = act.request.clone().unwrap_or_default();
    serde_json::from_value(wish).map_err(|error| {
        NotActed::Malformed(format!("request: {}", nearest::advise(&error.to_string())))
    })
}

impl State {
    /// One act.
    pub(crate) fn act(
        &mut self,
        deed: ActDeed,
        act: &Act,
        now: Timestamp,
    ) -> Result<Acted, NotActed> {
        match deed {
            ActDeed::PortalDecide => self.in_portal(act, now).map(acted),
            ActDeed::OperatorDecide => self.by_script(act, now).map(acted),
            ActDeed::UserSubmit => self.submit(act, now),
            ActDeed::UserEdit => self.edit(act),
            ActDeed::UserCancel | ActDeed::UserStart | ActDeed::UserFinish => {
                let row = self.meant(act)?;
                self.step(deed, &row, act, now)
            }
        }
    }

    // An id, or the name a world gave to a request.
    fn meant(&self, act: &Act) -> Result<Request, NotActed> {
        let text = act.id.as_deref().unwrap_or_default();
        let named = || self.names.get(text).copied();
        let id = text.parse().ok().or_else(named);
        id.and_then(|id| self.row(id))
            .ok_or_else(|| NotActed::Unknown(text.to_owned()))
    }

    // A person in the portal: sees every account, API access or not, and whoever is not known is a stranger who may.
    fn in_portal(&mut self, act: &Act, now: Timestamp) -> Result<Deed, NotActed> {
        let row = self.meant(act)?;
        let by = self.portal_person(act.by.as_deref().unwrap_or("boss"), &row)?;
        let decision = act.decision.unwrap_or(Decision::Deny);
        let reason = act.reason.clone();
        let no_button = || {
            Err(refused(
                &row,
                "the portal offers no such button in this state",
            ))
        };
        match (row.status, decision) {
            (Status::Pending, Decision::Approve) => {
                if row.approved_by_user(&by.user) {
                    return Err(refused(&row, "this person has approved it already"));
                }
                Ok(self.record_approval(row.id, by, reason, now))
            }
            (Status::Pending | Status::Active, Decision::Deny)
            | (Status::Active, Decision::TakeBack) => {
                Ok(self.record_denial(row.id, by, reason, now))
            }
            (Status::Active, Decision::Approve) | (Status::Pending, Decision::TakeBack) => {
                no_button()
            }
            (
                Status::Denied
                | Status::Cancelled
                | Status::CheckedIn
                | Status::Expired
                | Status::Withdrawn,
                Decision::Approve | Decision::Deny | Decision::TakeBack,
            ) => no_button(),
        }
    }

    fn portal_person(&self, text: &str, row: &Request) -> Result<Person, NotActed> {
        let Some(user) = self.user(text) else {
            return Ok(Person {
                user: text.to_owned(),
                email: None,
            });
        };
        if user.run_as == row.requestor {
            return Err(refused(row, "nobody decides about his or her own request"));
        }
        let may = user
            .role_on(row.account_id)
            .is_some_and(|role| role.approves());
        if !may {
            return Err(refused(row, "this person is no approver of the account"));
        }
        Ok(user.person())
    }

    // The API's own rules, for the approver of the credentials or whoever is named.
    fn by_script(&mut self, act: &Act, now: Timestamp) -> Result<Deed, NotActed> {
        let row = self.meant(act)?;
        let name = act.by.as_deref().unwrap_or("approver");
        let user = self.known(name)?;
        let reason = act.reason.clone();
        let done = match act.decision.unwrap_or(Decision::Deny) {
            Decision::Approve => self.approve(&user, row.id, reason, now),
            // At this vendor a Deny takes an active request back.
            Decision::Deny | Decision::TakeBack => self.deny(&user, row.id, reason, now),
        };
        done.map_err(|refusal| refused(&row, &refusal.told()))
    }

    fn known(&self, name: &str) -> Result<User, NotActed> {
        let user = self.user(name).cloned();
        user.ok_or_else(|| NotActed::Malformed(format!("nobody is called {name:?}")))
    }

    fn submit(&mut self, act: &Act, now: Timestamp) -> Result<Acted, NotActed> {
        let given = described(act)?;
        if !matches!(given.status, None | Some(Status::Pending)) {
            return Err(NotActed::Malformed(
                "request: one that is submitted is pending".to_owned(),
            ));
        }
        // All or nothing: a request that does not fit must not leave its account behind.
        let mut tried = self.clone();
        let id = tried.add(&given, now).map_err(NotActed::Malformed)?;
        *self = tried;
        let state = self
            .row(id)
            .map_or("absent", |row| row.status.word())
            .to_owned();
        Ok(Acted {
            object: id.to_string(),
            deed: None,
            state,
        })
    }

    // What is asked for changes while it waits. Assumed: the guide has no such call, but a client must not approve what
    // its reviewer did not see.
    fn edit(&mut self, act: &Act) -> Result<Acted, NotActed> {
        let row = self.meant(act)?;
        if row.status != Status::Pending {
            return Err(refused(&row, "only a request that waits changes"));
        }
        let given = described(act)?;
        let (kind, duration) = (given.access_type, given.duration);
        let release_at = given.release_at.map(|moment| moment.0);
        let reason = given.reason;
        let members = act.request.as_ref().and_then(serde_json::Value::as_object);
        let known = ["access-type", "duration", "release-at", "reason"];
        let other = members.is_none_or(|members| {
            members.is_empty() || members.keys().any(|key| !known.contains(&key.as_str()))
        });
        if other || kind == Some(AccessType::App) {
            return Err(NotActed::Malformed(
                "request: an edit changes access-type (not to App), duration, release-at and reason"
                    .to_owned(),
            ));
        }
        self.change(row.id, |row| {
            row.access_type = kind.unwrap_or(row.access_type);
            row.duration_minutes = duration.unwrap_or(row.duration_minutes);
            row.release_at = release_at.unwrap_or(row.release_at);
            row.reason = reason.or(row.reason.take());
        });
        Ok(Acted {
            object: row.id.to_string(),
            deed: None,
            state: row.status.word().to_owned(),
        })
    }

    // The requestor withdraws, uses or gives back what is his.
    fn step(
        &mut self,
        deed: ActDeed,
        row: &Request,
        act: &Act,
        now: Timestamp,
    ) -> Result<Acted, NotActed> {
        let fits = match deed {
            ActDeed::UserCancel => row.status == Status::Pending,
            ActDeed::UserStart => row.status == Status::Active && row.release_at <= now,
            ActDeed::UserFinish => row.status == Status::Active,
            ActDeed::PortalDecide
            | ActDeed::OperatorDecide
            | ActDeed::UserSubmit
            | ActDeed::UserEdit => false,
        };
        if !fits {
            let because = "the user is offered no such button in this state";
            return Err(refused(row, because));
        }
        let after = if deed == ActDeed::UserFinish {
            let user = self.known(&row.requestor)?;
            self.record_check_in(row.id, &user, act.reason.clone(), now);
            self.row(row.id)
        } else {
            self.change(row.id, |row| {
                if deed == ActDeed::UserCancel {
                    row.status = Status::Withdrawn;
                    row.ended_at = Some(now);
                } else {
                    row.started_at = row.started_at.or(Some(now));
                }
            })
        };
        Ok(Acted {
            object: row.id.to_string(),
            deed: None,
            state: after.map_or("absent", |row| row.status.word()).to_owned(),
        })
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
        state: row.status.word().to_owned(),
        because: because.to_owned(),
    }
}
