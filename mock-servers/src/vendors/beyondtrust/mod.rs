//! BeyondTrust Password Safe: its operations, its open questions, and the machine that the mock drives.

mod acting;
mod adding;
mod ageing;
mod body;
mod conflict;
mod entering;
mod estate;
mod filing;
mod generate;
mod given;
mod list;
mod people;
mod recording;
mod refusal;
mod request;
mod routes;
mod sample;
mod sessions;
mod state;
#[cfg(test)]
mod state_tests;
mod switches;
mod tables;
mod wire;
mod world;

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use jiff::Timestamp;
use serde_json::{Value, json};

pub use given::{
    Day, Generate, Given, GivenAccount, GivenAlias, GivenNamed, GivenPolicy, GivenRequest,
    GivenSchedule, GivenTicketSystem, GivenUser,
};
pub use people::Role;
pub use request::{AccessType, Status};
pub(crate) use sample::sample;
pub use switches::SWITCHES;
pub use tables::{ERRORS, OPERATIONS};

use crate::actors::{Act, Deed as ActDeed};
use crate::clock::Fired;
use crate::journal::Actor;
use crate::vendors::{
    Access, Acted, Answer, Call, Ground, Machine, NotActed, PortalRow, PortalView, Reply,
};
use list::{Queue, Reading, Row};
use people::User;
use refusal::Refusal;
use request::Request;
use state::State;

/// Keys of the credentials that are no secrets: the journal shows them, a configuration holds them as they are.
const PLAIN: &[&str] = &["run-as"];
/// Keys of the other way in: in the ready file, not in a configuration, which has one way.
const NOT_CONFIGURED: &[&str] = &["client-id", "client-secret"];

/// The mock instance.
#[derive(Clone, Debug)]
pub(crate) struct BeyondTrust {
    state: State,
}

impl BeyondTrust {
    pub(crate) fn new(ground: &Ground) -> Self {
        Self {
            state: State::new(ground),
        }
    }

    // What waits for the approver of the credentials, or for anybody.
    fn pending(&self, take: usize, now: Timestamp) -> Vec<Request> {
        let Some(user) = self.approver() else {
            return Vec::new();
        };
        let reading = Reading {
            user,
            queue: Queue::Approver,
            pending: true,
            active: false,
        };
        let mut rows = Vec::new();
        self.state.read(reading, now, |row| {
            if rows.len() >= take {
                return ControlFlow::Break(());
            }
            rows.push(match row {
                Row::Stored(row) => row.clone(),
                Row::Made(block, index) => block.row(index, now, false),
            });
            ControlFlow::Continue(())
        });
        rows
    }

    fn approver(&self) -> Option<&User> {
        let mut users = self.state.users.iter();
        users.find(|user| user.name == "approver")
    }
}

fn credentials(user: &User) -> BTreeMap<String, String> {
    let own = &user.secrets;
    [
        ("api-key", &own.api_key),
        ("run-as", &user.run_as),
        ("password", &own.password),
        ("client-id", &own.client_id),
        ("client-secret", &own.client_secret),
    ]
    .map(|(key, value)| (key.to_owned(), value.clone()))
    .into()
}

impl Machine for BeyondTrust {
    fn handle(&mut self, call: &Call, now: Timestamp) -> Reply {
        self.answer(call, now)
    }

    fn unmatched(&self, call: &Call) -> Answer {
        let message =
            |status, text: &str| Answer::json(status, json!({ "Message": text }).to_string());
        if call.methods.is_empty() {
            return message(
                404,
                "No HTTP resource was found that matches the request URI.",
            );
        }
        let text = format!(
            "The requested resource does not support http method '{}'.",
            call.method
        );
        message(405, &text).with("allow", call.methods.join(", "))
    }

    fn error(&self, name: &str) -> Option<Answer> {
        let name = name.strip_prefix("beyondtrust:")?;
        let answer = Refusal::of_fault(name)?.answer(&self.state.dialects);
        Some(match name {
            // Named in the guide's table of contents: a second factor is asked for.
            "two-factor" => answer.with("www-authenticate-2fa", "challenge".to_owned()),
            _ => answer,
        })
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

    // A session of one's own, as SignAppIn would have opened it.
    fn pass(&mut self, identity: Option<&str>, now: Timestamp) -> Option<Vec<(String, String)>> {
        let user = self.state.user(identity.unwrap_or("approver"))?.clone();
        let session = self.state.gate.open(&user, now);
        let cookie = format!("{}={session}", sessions::COOKIE);
        Some(vec![("cookie".to_owned(), cookie)])
    }

    // Sessions are kept in memory; tokens are, too.
    fn restart(&mut self) {
        self.state.gate.forget();
    }

    fn settle(&mut self, now: Timestamp) -> Vec<Fired> {
        self.state.settle(now)
    }

    fn seed(&mut self, given: &crate::given::Given, now: Timestamp) -> Result<(), String> {
        given
            .beyondtrust
            .as_ref()
            .map_or(Ok(()), |given| self.state.seed(given, now))
    }

    fn generate(&mut self, count: u64, now: Timestamp) -> Result<(), String> {
        self.state.add_block(&Generate { count, at: None }, now)
    }

    fn state(&self, now: Timestamp) -> Value {
        let state = &self.state;
        let row = |row: &Request| {
            let mut value = json!(row);
            value["id"] = json!(row.id.to_string());
            value
        };
        json!({
            "users": state.users,
            "systems": state.estate.systems.values().collect::<Vec<_>>(),
            "accounts": state.estate.accounts.values().collect::<Vec<_>>(),
            "aliases": state.estate.aliases.values().collect::<Vec<_>>(),
            "applications": state.estate.applications.values().collect::<Vec<_>>(),
            "policies": state.estate.policies.values().collect::<Vec<_>>(),
            "ticket_systems": state.estate.ticket_systems.values().collect::<Vec<_>>(),
            "names": state.names.iter().map(|(name, id)| (name.clone(), id.to_string())).collect::<BTreeMap<_, _>>(),
            "sessions": state.gate.count(),
            "counts": state.counts(now),
            "generated": state.blocks.iter().map(|block| json!({ "first": block.first.to_string(), "count": block.count })).collect::<Vec<_>>(),
            "requests": state.rows.values().map(row).collect::<Vec<_>>(),
        })
    }

    fn portal(&self, now: Timestamp) -> PortalView {
        let rows = self.pending(50, now);
        let shown = rows.into_iter().map(|row| {
            let approvals = row.approvals.len();
            let so_far = if row.approvals_needed > 1 {
                format!(" ({approvals} of {} approvals)", row.approvals_needed)
            } else {
                String::new()
            };
            PortalRow {
                id: row.id.to_string(),
                user: row.requestor,
                what: format!("{} {}{so_far}", row.access_type.word(), row.account),
                computer: row.system,
                reason: row.reason.unwrap_or_default(),
                at: row.filed_at,
            }
        });
        let mut deciders = self.state.users.iter().filter(|user| user.role.approves());
        PortalView {
            counts: self.state.counts(now),
            pending: shown.collect(),
            deciders: deciders.by_ref().map(|user| user.run_as.clone()).collect(),
        }
    }

    fn access(&self, now: Timestamp) -> Access {
        let others = self
            .state
            .users
            .iter()
            .filter(|user| user.api && user.name != "approver");
        Access {
            credentials: self.approver().map(credentials).unwrap_or_default(),
            identities: others
                .map(|user| (user.name.clone(), credentials(user)))
                .collect(),
            plain: PLAIN,
            not_configured: NOT_CONFIGURED,
            // A ready file names a sample, not a million.
            pending: self
                .pending(100, now)
                .iter()
                .map(|row| row.id.to_string())
                .collect(),
            settings: vec![("rate-limit", toml::Value::from("none"))],
        }
    }

    fn copy(&self) -> Box<dyn Machine> {
        Box::new(self.clone())
    }
}
