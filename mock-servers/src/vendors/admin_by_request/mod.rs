//! Admin By Request: its operations, its open questions, and the machine that the mock drives.

mod ageing;
mod generate;
mod given;
mod limiter;
mod list;
mod parameters;
mod parts;
mod people;
mod request;
mod routes;
mod sample;
mod state;
#[cfg(test)]
mod state_tests;
mod tables;
mod wire;

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Value, json};

pub use given::{
    Generate, Given, GivenComputer, GivenRequest, GivenUser, PortalUser, RequestType, Weights,
};
pub use request::{App, Computer, Status, User};
pub(crate) use sample::sample;
pub use tables::{ERRORS, OPERATIONS, SWITCHES};

use crate::actors::{Act, Decision, Deed as ActDeed};
use crate::clock::Fired;
use crate::journal::Actor;
use crate::nearest;
use crate::seed;
use crate::vendors::{
    Access, Acted, Answer, Call, Deed, Ground, Machine, NotActed, PortalRow, PortalView, Reply,
};
use limiter::Limiter;
use list::Reading;
use state::State;

/// The mock tenant.
#[derive(Clone, Debug)]
pub(crate) struct AdminByRequest {
    state: State,
    limiter: Limiter,
    audit_offset: u64,
}

impl AdminByRequest {
    pub(crate) fn new(ground: &Ground) -> Self {
        Self {
            state: State::new(ground),
            limiter: Limiter::new(ground.rate_limit),
            audit_offset: 14_000_000
                + seed::derive(ground.seed, "admin-by-request/audit", 0) % 900_000,
        }
    }

    fn pending(&self, take: usize, now: Timestamp) -> Vec<PortalRow> {
        let reading = Reading {
            start: 0,
            take,
            back: false,
            statuses: &[Status::Pending],
            dropped: false,
        };
        let rows = self.state.read(&reading, now, |_| true);
        rows.iter()
            .map(|row| PortalRow {
                id: row.id.to_string(),
                user: row.user.account.clone(),
                what: row
                    .app
                    .as_ref()
                    .map_or_else(|| "Admin session".to_owned(), |app| app.name.clone()),
                computer: row.computer.name.clone(),
                reason: row.reason.clone().unwrap_or_default(),
                at: row.requested_at,
            })
            .collect()
    }

    // An id, or the name a world gave to a request.
    fn named(&self, act: &Act) -> Result<u64, NotActed> {
        let id = act.id.as_deref().unwrap_or_default();
        let number = id
            .parse()
            .ok()
            .or_else(|| self.state.names.get(id).copied());
        number.ok_or_else(|| NotActed::Unknown(id.to_owned()))
    }

    fn submit(&mut self, act: &Act, now: Timestamp) -> Result<Acted, NotActed> {
        let given = described(act)?;
        if !matches!(
            given.status,
            None | Some(Status::Pending | Status::Quarantined)
        ) {
            return Err(NotActed::Malformed(
                "request: one that is submitted is pending or quarantined".to_owned(),
            ));
        }
        let id = self.state.add(&given, now).map_err(NotActed::Malformed)?;
        Ok(Acted {
            object: id.to_string(),
            deed: None,
            state: given.status.unwrap_or(Status::Pending).word().to_owned(),
        })
    }

    fn decide(&mut self, actor: Actor, act: &Act, now: Timestamp) -> Result<Acted, NotActed> {
        let id = self.named(act)?;
        let (by, reason) = (act.by.as_deref(), act.reason.as_deref());
        let decision = act.decision.unwrap_or(Decision::Deny);
        let deed: Deed = match (actor, decision) {
            (Actor::Operator, Decision::Approve) => self.state.approve(id, by, now),
            (Actor::Operator, Decision::Deny) => self.state.deny(id, by, reason, now),
            (Actor::Operator, Decision::TakeBack) => {
                return Err(NotActed::Malformed(
                    "the API takes nothing back: only the portal does".to_owned(),
                ));
            }
            (Actor::Api | Actor::Portal | Actor::User, decision) => {
                Some(self.state.portal(id, decision, by, reason, now)?)
            }
        }
        .ok_or_else(|| NotActed::Unknown(id.to_string()))?;
        Ok(Acted {
            object: deed.object.clone(),
            state: deed.state.clone(),
            deed: Some(deed),
        })
    }
}

// The request that an act describes.
fn described(act: &Act) -> Result<GivenRequest, NotActed> {
    let wish = act.request.clone().unwrap_or_default();
    serde_json::from_value(wish).map_err(|error| {
        NotActed::Malformed(format!("request: {}", nearest::advise(&error.to_string())))
    })
}

impl Machine for AdminByRequest {
    fn handle(&mut self, call: &Call, now: Timestamp) -> Reply {
        self.answer(call, now)
    }

    fn unmatched(&self, call: &Call) -> Answer {
        if call.methods.is_empty() {
            return routes::message(
                404,
                "No HTTP resource was found that matches the request URI.",
            );
        }
        let text = format!(
            "The requested resource does not support http method '{}'.",
            call.method
        );
        routes::message(405, &text).with("allow", call.methods.join(", "))
    }

    fn error(&self, name: &str) -> Option<Answer> {
        match name.strip_prefix("admin-by-request:")? {
            "invalid-key" => Some(routes::message(401, "Invalid API key")),
            "api-access-off" => Some(routes::message(403, "API access is disabled")),
            "brute-force" => Some(routes::message(403, "Too many failed attempts")),
            "too-many-requests" => Some(routes::throttled(30)),
            "not-found" => Some(routes::message(404, "Request not found")),
            "server-error" => Some(routes::message(500, "An error has occurred.")),
            _ => None,
        }
    }

    fn throttled(&self, seconds: u64) -> Answer {
        routes::throttled(seconds)
    }

    fn act_as(
        &mut self,
        deed: ActDeed,
        actor: Actor,
        act: &Act,
        now: Timestamp,
    ) -> Result<Acted, NotActed> {
        let stepped = |id: u64, status: Status| Acted {
            object: id.to_string(),
            deed: None,
            state: status.word().to_owned(),
        };
        match deed {
            ActDeed::PortalDecide | ActDeed::OperatorDecide => self.decide(actor, act, now),
            ActDeed::UserSubmit => self.submit(act, now),
            ActDeed::UserEdit => self
                .named(act)
                .and_then(|id| Ok(stepped(id, self.state.edit(id, &described(act)?, now)?))),
            ActDeed::UserCancel => self
                .named(act)
                .and_then(|id| Ok(stepped(id, self.state.cancel(id, now)?))),
            ActDeed::UserStart => self
                .named(act)
                .and_then(|id| Ok(stepped(id, self.state.start(id, now)?))),
            ActDeed::UserFinish => self
                .named(act)
                .and_then(|id| Ok(stepped(id, self.state.finish(id, now)?))),
        }
    }

    fn settle(&mut self, now: Timestamp) -> Vec<Fired> {
        self.state.settle(now)
    }

    fn seed(&mut self, given: &crate::given::Given, now: Timestamp) -> Result<(), String> {
        given
            .admin_by_request
            .as_ref()
            .map_or(Ok(()), |given| self.state.seed(given, now))
    }

    fn generate(&mut self, count: u64, now: Timestamp) -> Result<(), String> {
        let generate = vec![Generate {
            count,
            status: Weights::default(),
            at: None,
        }];
        self.state.seed(
            &Given {
                generate,
                ..Given::default()
            },
            now,
        )
    }

    fn state(&self, now: Timestamp) -> Value {
        json!({
            "api_access": self.state.api_access,
            "portal_users": self.state.portal_users,
            "names": self.state.names.iter().map(|(name, id)| (name.clone(), id.to_string())).collect::<BTreeMap<_, _>>(),
            "counts": self.state.counts(now),
            "generated": self.state.blocks.iter().map(|block| json!({ "first": block.first.to_string(), "count": block.count })).collect::<Vec<_>>(),
            "requests": self.state.rows.values().map(|row| {
                let mut value = json!(row);
                value["id"] = json!(row.id.to_string());
                value
            }).collect::<Vec<_>>(),
        })
    }

    fn portal(&self, now: Timestamp) -> PortalView {
        PortalView {
            counts: self.state.counts(now),
            pending: self.pending(50, now),
            deciders: self
                .state
                .portal_users
                .iter()
                .map(|user| user.email.clone())
                .collect(),
        }
    }

    fn access(&self, now: Timestamp) -> Access {
        let users: Vec<&str> = self
            .state
            .portal_users
            .iter()
            .map(|user| user.email.as_str())
            .collect();
        // The tool's own user is the one named after it, else the last; the others decide.
        let own = users
            .iter()
            .copied()
            .find(|email| email.starts_with("countersign@"))
            .or(users.last().copied());
        let mut settings = vec![("rate-limit", toml::Value::from("none"))];
        if let Some(own) = own {
            settings.push(("acting-as", own.into()));
            let others = users.iter().filter(|email| **email != own).take(1);
            settings.push((
                "deciders",
                toml::Value::Array(others.map(|email| toml::Value::from(*email)).collect()),
            ));
        }
        Access {
            credentials: BTreeMap::from([("api-key".to_owned(), self.state.api_key.clone())]),
            identities: BTreeMap::new(),
            plain: &[],
            not_configured: &[],
            // A ready file names a sample, not a million.
            pending: self
                .pending(100, now)
                .into_iter()
                .map(|row| row.id)
                .collect(),
            settings,
        }
    }

    fn pass(&mut self, identity: Option<&str>, _: Timestamp) -> Option<Vec<(String, String)>> {
        let key = ("apikey".to_owned(), self.state.api_key.clone());
        identity.is_none().then(|| vec![key])
    }

    // Every call carries its key: there is no session to lose.
    fn restart(&mut self) {
        self.limiter.forget();
    }

    fn copy(&self) -> Box<dyn Machine> {
        Box::new(self.clone())
    }
}
