//! Fudo Enterprise: its operations, its open questions, and the machine that the mock drives.

mod acting;
mod adding;
mod ageing;
mod attributes;
mod body;
mod entering;
mod filter;
mod generate;
mod given;
mod list;
mod people;
mod reading;
mod refusal;
mod request;
mod routes;
mod sample;
mod state;
#[cfg(test)]
mod state_tests;
mod switches;
mod tables;
mod wire;

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Value, json};

pub use given::{Generate, Given, GivenNamed, GivenRequest, GivenUser, GivenVote, GivenWhole};
pub use people::Role;
pub use request::{Status, Type};
pub(crate) use sample::sample;
pub use switches::SWITCHES;
pub use tables::{ERRORS, OPERATIONS};

use crate::actors::{Act, Deed as ActDeed};
use crate::clock::Fired;
use crate::journal::Actor;
use crate::vendors::{
    Access, Acted, Answer, Call, Ground, Machine, NotActed, PortalRow, PortalView, Reply,
};
use people::User;
use refusal::Refusal;
use request::Request;
use state::State;

/// Keys of the credentials that are no secrets.
const PLAIN: &[&str] = &["user-name"];
/// Keys of the deprecated login, which a configuration does not use.
const NOT_CONFIGURED: &[&str] = &["user-name", "password"];

/// The mock instance.
#[derive(Clone, Debug)]
pub(crate) struct Fudo {
    state: State,
}

impl Fudo {
    pub(crate) fn new(ground: &Ground) -> Self {
        Self {
            state: State::new(ground),
        }
    }

    fn approver(&self) -> Option<&User> {
        let mut users = self.state.users.iter();
        users.find(|user| user.name == "approver")
    }
}

impl Machine for Fudo {
    fn handle(&mut self, call: &Call, now: Timestamp) -> Reply {
        self.answer(call, now)
    }

    fn unmatched(&self, call: &Call) -> Answer {
        let dialects = &self.state.dialects;
        if call.methods.is_empty() {
            return Refusal::new(404, "Not found.").answer(dialects);
        }
        Refusal::new(405, "Method not allowed.")
            .answer(dialects)
            .with("allow", call.methods.join(", "))
    }

    fn error(&self, name: &str) -> Option<Answer> {
        let refusal = Refusal::of_fault(name.strip_prefix("fudo:")?)?;
        Some(refusal.answer(&self.state.dialects))
    }

    fn throttled(&self, seconds: u64) -> Answer {
        // The vendor documents no limit; a gateway before it may have one.
        Answer::text(429, "text/plain; charset=utf-8", "Too many requests.")
            .with("retry-after", seconds.to_string())
    }

    fn act_as(
        &mut self,
        deed: ActDeed,
        _actor: Actor,
        act: &Act,
        now: Timestamp,
    ) -> Result<Acted, NotActed> {
        self.state.act(deed, act, now)
    }

    // The key stands alone, no word before it.
    fn pass(&mut self, identity: Option<&str>, _now: Timestamp) -> Option<Vec<(String, String)>> {
        let user = self.state.user(identity.unwrap_or("approver"))?;
        (user.api).then(|| vec![("authorization".to_owned(), user.api_key.clone())])
    }

    // Sessions of the deprecated login are kept in memory; keys are not.
    fn restart(&mut self) {
        self.state.sessions.clear();
    }

    fn settle(&mut self, now: Timestamp) -> Vec<Fired> {
        self.state.settle(now)
    }

    fn seed(&mut self, given: &crate::given::Given, now: Timestamp) -> Result<(), String> {
        given
            .fudo
            .as_ref()
            .map_or(Ok(()), |given| self.state.seed(given, now))
    }

    fn generate(&mut self, count: u64, now: Timestamp) -> Result<(), String> {
        self.state.add_block(&Generate { count, at: None }, now)
    }

    fn state(&self, _now: Timestamp) -> Value {
        let state = &self.state;
        let row = |row: &Request| {
            let mut value = json!(row);
            value["id"] = json!(row.id.to_string());
            value
        };
        let names = state.names.iter();
        let blocks = state.blocks.iter();
        json!({
            "users": state.users,
            "names": names.map(|(name, id)| (name.clone(), id.to_string())).collect::<BTreeMap<_, _>>(),
            "sessions": state.sessions.len(),
            "counts": state.counts(),
            "generated": blocks.map(|block| json!({ "first": block.first.to_string(), "count": block.count })).collect::<Vec<_>>(),
            "requests": state.rows.values().map(row).collect::<Vec<_>>(),
        })
    }

    fn portal(&self, _now: Timestamp) -> PortalView {
        let shown = self.state.pending(None, 50).into_iter();
        let deciders = self.state.users.iter().filter(|user| user.role.votes());
        PortalView {
            counts: self.state.counts(),
            pending: shown.map(portal_row).collect(),
            deciders: deciders.map(|user| user.user_name.clone()).collect(),
        }
    }

    fn access(&self, _now: Timestamp) -> Access {
        let others = self.state.users.iter();
        let others = others.filter(|user| user.api && user.name != "approver");
        let approver = self.approver();
        let voter = approver.map_or("", |user| user.user_name.as_str());
        Access {
            credentials: approver.map(User::credentials).unwrap_or_default(),
            identities: others
                .map(|user| (user.name.clone(), user.credentials()))
                .collect(),
            plain: PLAIN,
            not_configured: NOT_CONFIGURED,
            // A ready file names a sample, not a million.
            pending: self
                .state
                .pending(approver, 100)
                .iter()
                .map(|row| row.id.to_string())
                .collect(),
            settings: vec![
                ("voter", toml::Value::from(voter)),
                ("rate-limit", toml::Value::from("none")),
            ],
        }
    }

    fn copy(&self) -> Box<dyn Machine> {
        Box::new(self.clone())
    }
}

fn portal_row(row: Request) -> PortalRow {
    let so_far = if row.required_votes > 1 {
        format!(" ({} of {} votes)", row.votes(true), row.required_votes)
    } else {
        String::new()
    };
    let when = match row.kind {
        Type::Immediate => format!("for {} h", row.immediate_interval.unwrap_or_default()),
        Type::Scheduled => {
            let time = |at: Option<Timestamp>| at.map_or(String::new(), |at| format!("{at:.0}"));
            format!("{} to {}", time(row.starts_at), time(row.expires_at))
        }
    };
    let place = row.pool.as_ref().or(row.server.as_ref());
    PortalRow {
        id: row.id.to_string(),
        what: format!("{} {} {when}{so_far}", row.protocol, row.account.name),
        computer: place.map_or(String::new(), |place| place.name.clone()),
        user: row.user.name,
        reason: row.reason,
        at: row.created_at,
    }
}
