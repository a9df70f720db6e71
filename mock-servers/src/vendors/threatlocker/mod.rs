//! ThreatLocker: its operations, its open questions, and the machine that the mock drives.

mod acting;
mod adding;
mod ageing;
mod body;
mod document;
mod estate;
mod generate;
mod given;
mod guid;
mod list;
mod people;
mod permit;
mod permitting;
mod reading;
mod refusal;
mod rejecting;
mod request;
mod routes;
mod sample;
mod shapes;
mod state;
#[cfg(test)]
mod state_tests;
mod switches;
mod tables;
mod templates;
mod wire;
mod world;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde_json::{Value, json};

pub use given::{
    Generate, Given, GivenApplication, GivenComputer, GivenGroup, GivenOrganization, GivenRequest,
    GivenRule, GivenUser,
};
pub use people::Permission;
pub use request::{Os, Status};
pub(crate) use sample::sample;
pub use switches::SWITCHES;
pub use tables::{ERRORS, OPERATIONS};

use crate::actors::{Act, Deed as ActDeed};
use crate::clock::Fired;
use crate::journal::Actor;
use crate::vendors::{
    Access, Acted, Answer, Call, Ground, Machine, NotActed, PortalRow, PortalView, Reply,
};
use list::Reading;
use people::User;
use refusal::Refusal;
use request::Request;
use state::State;

/// The instance that this mock is.
const INSTANCE: &str = "g";
/// The built-in application of the document's research answer.
const ACROBAT_ID: &str = "4cc1729d-8727-43de-b379-f3df4fe6055a";

/// The mock instance.
#[derive(Clone, Debug)]
pub(crate) struct ThreatLocker {
    state: State,
}

impl ThreatLocker {
    pub(crate) fn new(ground: &Ground) -> Self {
        Self {
            state: State::new(ground),
        }
    }

    // What waits in these organizations, longest first.
    fn pending(&self, organizations: BTreeSet<String>, take: u64) -> Vec<Request> {
        let reading = Reading {
            size: take,
            ..Reading::all(organizations, 1)
        };
        let (rows, _) = self.state.page(&reading);
        rows.into_iter().map(|row| row.into_owned()).collect()
    }

    fn approver(&self) -> Option<&User> {
        let mut users = self.state.users.iter();
        users.find(|user| user.name == "approver")
    }
}

fn credentials(user: &User) -> BTreeMap<String, String> {
    BTreeMap::from([("token".to_owned(), user.token.clone())])
}

impl Machine for ThreatLocker {
    fn handle(&mut self, call: &Call, now: Timestamp) -> Reply {
        self.answer(call, now)
    }

    fn unmatched(&self, call: &Call) -> Answer {
        if call.methods.is_empty() {
            return Answer::empty(404);
        }
        Answer::empty(405).with("allow", call.methods.join(", "))
    }

    fn error(&self, name: &str) -> Option<Answer> {
        let refusal = Refusal::of_fault(name.strip_prefix("threatlocker:")?)?;
        Some(refusal.answer(self.state.seed, 0))
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

    // The token stands alone; without the other header, the user's own organization is meant.
    fn pass(&mut self, identity: Option<&str>, _now: Timestamp) -> Option<Vec<(String, String)>> {
        let user = self.state.user(identity.unwrap_or("approver"))?;
        (user.api).then(|| vec![("authorization".to_owned(), user.token.clone())])
    }

    // Nothing is kept in memory only: tokens stay, and there is no session.
    fn restart(&mut self) {}

    fn settle(&mut self, now: Timestamp) -> Vec<Fired> {
        self.state.settle(now)
    }

    fn seed(&mut self, given: &crate::given::Given, now: Timestamp) -> Result<(), String> {
        given
            .threatlocker
            .as_ref()
            .map_or(Ok(()), |given| self.state.seed(given, now))
    }

    fn generate(&mut self, count: u64, now: Timestamp) -> Result<(), String> {
        let generate = Generate {
            count,
            at: None,
            organization: None,
        };
        self.state.add_block(&generate, now)
    }

    fn state(&self, _now: Timestamp) -> Value {
        let state = &self.state;
        let estate = &state.estate;
        let row = |row: &Request| {
            let mut value = json!(row);
            value["status_id"] = json!(row.status.id());
            value
        };
        json!({
            "users": state.users,
            "organization": estate.root,
            "organizations": estate.organizations.values().collect::<Vec<_>>(),
            "groups": estate.groups.values().collect::<Vec<_>>(),
            "computers": estate.computers.values().collect::<Vec<_>>(),
            "applications": estate.applications.values().collect::<Vec<_>>(),
            "policies": estate.policies,
            "names": state.names,
            "counts": state.counts(),
            "generated": state.blocks.iter().map(|block| {
                json!({ "first": block.ids.of(0), "count": block.count, "organization": block.organization })
            }).collect::<Vec<_>>(),
            "requests": state.rows.values().map(row).collect::<Vec<_>>(),
        })
    }

    fn portal(&self, _now: Timestamp) -> PortalView {
        let organizations = self.state.estate.organizations.keys().cloned().collect();
        let shown = self.pending(organizations, 50).into_iter();
        let deciders = self.state.users.iter();
        PortalView {
            counts: self.state.counts(),
            pending: shown
                .map(|row| PortalRow {
                    what: format!("{} {} ({})", row.action, row.path, row.organization_name),
                    id: row.id,
                    user: row.user,
                    computer: row.hostname,
                    reason: row.reason,
                    at: row.requested_at,
                })
                .collect(),
            deciders: deciders
                .filter(|user| user.has_any(&[people::APPROVE]))
                .map(|user| user.email.clone())
                .collect(),
        }
    }

    fn access(&self, _now: Timestamp) -> Access {
        let organization = self
            .approver()
            .map_or(&self.state.estate.root, |user| &user.organization);
        let others = self.state.users.iter();
        Access {
            credentials: self.approver().map(credentials).unwrap_or_default(),
            identities: others
                .filter(|user| user.api && user.name != "approver")
                .map(|user| (user.name.clone(), credentials(user)))
                .collect(),
            plain: &[],
            not_configured: &[],
            // A ready file names a sample, not a million, and of the queue's own organization alone.
            pending: self
                .pending(BTreeSet::from([organization.clone()]), 100)
                .into_iter()
                .map(|row| row.id)
                .collect(),
            settings: [
                Some(("organization", toml::Value::from(organization.as_str()))),
                // What `approvedBy` shows for this token.
                self.approver()
                    .map(|user| ("acting-as", toml::Value::from(user.email.as_str()))),
                Some(("rate-limit", toml::Value::from("none"))),
            ]
            .into_iter()
            .flatten()
            .collect(),
        }
    }

    fn copy(&self) -> Box<dyn Machine> {
        Box::new(self.clone())
    }
}
