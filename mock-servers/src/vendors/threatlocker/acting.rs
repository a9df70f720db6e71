//! People beside the API: the portal human, the end user, a colleague's script.

use jiff::Timestamp;

use super::estate::{Level, Rule};
use super::given::GivenRequest;
use super::guid::canonical;
use super::permit::Permit;
use super::rejecting::Batch;
use super::request::{Request, Status};
use super::state::{Caller, State};
use crate::actors::{Act, Decision, Deed as ActDeed};
use crate::nearest;
use crate::vendors::{Acted, Deed, NotActed};

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
            ActDeed::UserCancel => self.cancel(act, now),
            ActDeed::UserStart | ActDeed::UserFinish => Err(NotActed::Malformed(
                "a permitted file just runs: nothing is started or given back".to_owned(),
            )),
        }
    }

    // An id, or the name a world gave to a request.
    fn meant(&self, act: &Act) -> Result<Request, NotActed> {
        let text = act.id.as_deref().unwrap_or_default();
        let named = || self.names.get(text).cloned();
        let id = canonical(text).or_else(named);
        id.and_then(|id| self.row(&id))
            .ok_or_else(|| NotActed::Unknown(text.to_owned()))
    }

    // A person in the portal, who picks the narrowest: this file by its hash, for this computer.
    fn in_portal(&mut self, act: &Act, now: Timestamp) -> Result<Deed, NotActed> {
        let row = self.meant(act)?;
        let by = act.by.as_deref().unwrap_or("boss");
        let by = self
            .user(by)
            .map_or(by, |user| user.email.as_str())
            .to_owned();
        let open = !row.status.is_actioned() && row.status != Status::Withdrawn;
        match act.decision.unwrap_or(Decision::Deny) {
            Decision::TakeBack => Err(refused(
                &row,
                "a permit is taken back by editing its policy, which is not mocked",
            )),
            Decision::Approve | Decision::Deny if !open => Err(refused(
                &row,
                "the portal offers no such button in this state",
            )),
            Decision::Approve => {
                let permit = narrowest(&row, act);
                let level = Level::Computer(row.computer.clone());
                Ok(self.write(&row, &permit, None, level, &by, now))
            }
            Decision::Deny => {
                let batch = rejection(&row, act);
                Ok(self.write_rejection(&row, &batch, (None, None), &by, now))
            }
        }
    }

    // The API's own rules, for the approver of the credentials or whoever is named.
    fn by_script(&mut self, act: &Act, now: Timestamp) -> Result<Deed, NotActed> {
        let row = self.meant(act)?;
        let name = act.by.as_deref().unwrap_or("approver");
        let user = self.user(name).cloned();
        let user = user.ok_or_else(|| NotActed::Malformed(format!("nobody is called {name:?}")))?;
        let caller = Caller {
            user,
            managed: row.organization.clone(),
        };
        let done = match act.decision.unwrap_or(Decision::Deny) {
            Decision::Approve => self.permit(&caller, &narrowest(&row, act), now),
            Decision::Deny => self
                .reject(&caller, &rejection(&row, act), now)
                .and_then(|deeds| {
                    let one = deeds.into_iter().next();
                    one.ok_or_else(super::refusal::Refusal::null_reference)
                }),
            Decision::TakeBack => {
                return Err(NotActed::Malformed(
                    "this API takes nothing back".to_owned(),
                ));
            }
        };
        done.map_err(|refusal| refused(&row, &refusal.told()))
    }

    fn submit(&mut self, act: &Act, now: Timestamp) -> Result<Acted, NotActed> {
        let given = described(act)?;
        if !matches!(given.status, None | Some(Status::Pending)) {
            return Err(NotActed::Malformed(
                "request: one that is submitted is pending".to_owned(),
            ));
        }
        // All or nothing: a request that does not fit must not leave its computer behind.
        let mut tried = self.clone();
        let id = tried.add(&given, now).map_err(NotActed::Malformed)?;
        *self = tried;
        Ok(Acted {
            object: id,
            deed: None,
            state: Status::Pending.word().to_owned(),
        })
    }

    // What is asked for changes while it waits. Assumed: the article has no such call, but a client must not permit
    // what its reviewer did not see.
    fn edit(&mut self, act: &Act) -> Result<Acted, NotActed> {
        const EDITABLE: [&str; 8] = [
            "path",
            "process",
            "hash",
            "sha256",
            "certificate",
            "user",
            "action",
            "reason",
        ];
        let row = self.meant(act)?;
        if row.status.is_actioned() || row.status == Status::Withdrawn {
            return Err(refused(&row, "only a request that waits changes"));
        }
        let given = described(act)?;
        let members = act.request.as_ref().and_then(serde_json::Value::as_object);
        let fits = members.is_some_and(|members| {
            !members.is_empty() && members.keys().all(|key| EDITABLE.contains(&key.as_str()))
        });
        if !fits {
            return Err(NotActed::Malformed(format!(
                "request: an edit changes {}",
                EDITABLE.join(", ")
            )));
        }
        self.change(&row.id, |row| {
            for (now, then) in [
                (&mut row.path, given.path),
                (&mut row.process, given.process),
                (&mut row.hash, given.hash),
                (&mut row.sha256, given.sha256),
                (&mut row.user, given.user),
                (&mut row.action, given.action),
                (&mut row.reason, given.reason),
            ] {
                *now = then.unwrap_or_else(|| std::mem::take(now));
            }
            row.certificate = given.certificate.or_else(|| row.certificate.take());
        });
        Ok(Acted {
            object: row.id,
            deed: None,
            state: row.status.word().to_owned(),
        })
    }

    fn cancel(&mut self, act: &Act, now: Timestamp) -> Result<Acted, NotActed> {
        let row = self.meant(act)?;
        if row.status != Status::Pending {
            return Err(refused(&row, "only what is pending can be withdrawn"));
        }
        self.change(&row.id, |row| {
            row.status = Status::Withdrawn;
            row.action_date = Some(now);
        });
        Ok(Acted {
            object: row.id,
            deed: None,
            state: Status::Withdrawn.word().to_owned(),
        })
    }
}

fn narrowest(row: &Request, act: &Act) -> Permit {
    let rule = Rule {
        hash: Some(row.hash.clone()),
        ..Rule::default()
    };
    let mut permit = Permit::narrowest(&row.id, row.filename().to_owned(), rule);
    permit.json = Some("{}".to_owned());
    permit.notes.comments = act.reason.clone().unwrap_or_default();
    permit
}

fn rejection(row: &Request, act: &Act) -> Batch {
    Batch {
        items: vec![(row.id.clone(), None, None)],
        reason: act.reason.clone(),
        ..Batch::default()
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
        object: row.id.clone(),
        state: row.status.word().to_owned(),
        because: because.to_owned(),
    }
}
