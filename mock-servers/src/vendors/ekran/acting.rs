//! People beside the API: the operator at the console, the end user. A script cannot decide: the API has no such call.

use jiff::{SignedDuration, Timestamp};

use super::given::GivenRequest;
use super::request::{Request, Session, Status};
use super::state::State;
use crate::actors::{Act, Decision, Deed as ActDeed};
use crate::nearest;
use crate::vendors::{Acted, NotActed};

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
            ActDeed::PortalDecide => self.at_console(act, now),
            ActDeed::OperatorDecide => {
                let row = self.meant(act)?;
                Err(refused(&row, "the API decides nothing"))
            }
            ActDeed::UserSubmit => self.submit(act, now),
            ActDeed::UserEdit => self.edit(act),
            ActDeed::UserCancel | ActDeed::UserStart | ActDeed::UserFinish => {
                let row = self.meant(act)?;
                self.step(deed, &row, now)
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

    // Whoever is not known is an operator all the same.
    fn at_console(&mut self, act: &Act, now: Timestamp) -> Result<Acted, NotActed> {
        let row = self.meant(act)?;
        let approve = match (row.status, act.decision.unwrap_or(Decision::Deny)) {
            (Status::Pending, Decision::Approve) => true,
            (Status::Pending, Decision::Deny) => false,
            (Status::Pending, Decision::TakeBack)
            | (Status::Approved | Status::Denied | Status::Expired | Status::Withdrawn, _) => {
                let because = "the console offers no such button in this state";
                return Err(refused(&row, because));
            }
        };
        let by = act.by.as_deref().unwrap_or("admin");
        let deed = self.process(row.id, approve, by, act.reason.clone(), now);
        Ok(Acted {
            object: deed.object.clone(),
            state: deed.state.clone(),
            deed: Some(deed),
        })
    }

    fn submit(&mut self, act: &Act, now: Timestamp) -> Result<Acted, NotActed> {
        let given = described(act)?;
        if !matches!(given.status, None | Some(Status::Pending)) || given.session.is_some() {
            return Err(NotActed::Malformed(
                "request: one that is submitted is pending".to_owned(),
            ));
        }
        let id = self.add(&given, now).map_err(NotActed::Malformed)?;
        Ok(Acted {
            object: id.to_string(),
            deed: None,
            state: Status::Pending.word().to_owned(),
        })
    }

    // All that can change while it waits is where it comes from.
    fn edit(&mut self, act: &Act) -> Result<Acted, NotActed> {
        let row = self.meant(act)?;
        if row.status != Status::Pending {
            return Err(refused(&row, "only a request that waits changes"));
        }
        let given = described(act)?;
        let members = act.request.as_ref().and_then(serde_json::Value::as_object);
        let alone = |members: &serde_json::Map<String, serde_json::Value>| {
            members.len() == 1 && members.contains_key("remote-ip")
        };
        if !members.is_some_and(alone) {
            return Err(NotActed::Malformed(
                "request: an edit changes remote-ip".to_owned(),
            ));
        }
        let address = given.remote_ip.filter(|address| !address.is_empty());
        let after = self.change(row.id, |row| row.remote_ip = address);
        Ok(stepped(&row, after.as_ref()))
    }

    // The user takes a request back, begins the session, or ends it.
    fn step(&mut self, deed: ActDeed, row: &Request, now: Timestamp) -> Result<Acted, NotActed> {
        // A generated request is history: it is not stored, and so never changes.
        let stored = self.rows.contains_key(&row.id);
        let begun = row.session.as_ref();
        let running = begun.is_some_and(|own| own.duration.is_none());
        let after = match deed {
            ActDeed::UserCancel if row.status == Status::Pending => self.change(row.id, |row| {
                row.status = Status::Withdrawn;
                row.changed_at = Some(now);
            }),
            ActDeed::UserStart if stored && row.status == Status::Approved && begun.is_none() => {
                self.change(row.id, |row| row.session = Some(Session::begun(now)))
            }
            ActDeed::UserFinish if running => self.change(row.id, |row| end(row, now)),
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

// A fifth of every session is idle.
fn end(row: &mut Request, now: Timestamp) {
    if let Some(session) = &mut row.session {
        let whole = now
            .duration_since(session.started_at)
            .max(SignedDuration::ZERO);
        session.duration = Some(whole);
        session.productive = Some(whole * 4 / 5);
    }
}

fn stepped(row: &Request, after: Option<&Request>) -> Acted {
    Acted {
        object: row.id.to_string(),
        deed: None,
        state: after.unwrap_or(row).status.word().to_owned(),
    }
}

fn refused(row: &Request, because: &str) -> NotActed {
    NotActed::Refused {
        object: row.id.to_string(),
        state: row.status.word().to_owned(),
        because: because.to_owned(),
    }
}
