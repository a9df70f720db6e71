//! Ekran System (Syteca): its one operation, its open questions, and the machine that the mock drives.

mod acting;
mod adding;
mod generate;
mod given;
mod reading;
mod refusal;
mod request;
mod sample;
mod state;
mod switches;
mod tables;
mod wire;

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use jiff::Timestamp;
use serde_json::{Value, json};

pub use given::{Generate, Given, GivenOperator, GivenRequest};
pub use request::Status;
pub(crate) use sample::sample;
pub use switches::SWITCHES;
pub use tables::{ERRORS, OPERATIONS};

use crate::actors::{Act, Deed as ActDeed};
use crate::clock::Fired;
use crate::journal::Actor;
use crate::vendors::{
    Access, Acted, Answer, Call, Ground, Machine, NotActed, PortalRow, PortalView, Reply,
};
use reading::Reading;
use refusal::{Refusal, UNAUTHORIZED};
use request::Request;
use state::State;

/// The mock instance.
#[derive(Clone, Debug)]
pub(crate) struct Ekran {
    state: State,
}

impl Ekran {
    pub(crate) fn new(ground: &Ground) -> Self {
        Self {
            state: State::new(ground),
        }
    }

    fn serve(
        &self,
        call: &Call,
        now: Timestamp,
        strange: &mut Vec<String>,
    ) -> Result<Answer, Refusal> {
        let dialects = &self.state.dialects;
        // From: NOT AVAILABLE IN SAAS.
        if dialects.is("ekran.edition", "saas") {
            return Err(Refusal::new(404, "Not found."));
        }
        let key = call.headers.get("apikey");
        if key.map(|key| key.as_bytes()) != Some(self.state.api_key.as_bytes()) {
            let status = dialects.chosen("ekran.unauthorized");
            return Err(Refusal::new(status.parse().unwrap_or(401), UNAUTHORIZED));
        }
        let reading = Reading::asked(call, dialects, strange)?;
        let batch = self.state.batch(&reading);
        Ok(wire::answer(&batch, dialects, now))
    }

    // The first processed requests.
    fn processed(&self, take: usize) -> Vec<Request> {
        let mut rows = Vec::new();
        self.state.walk(0, |_, _, row| {
            if rows.len() >= take {
                return ControlFlow::Break(());
            }
            rows.push(row());
            ControlFlow::Continue(())
        });
        rows
    }

    // The day of the oldest request that the API shows. No generated row is much older than its block's first.
    fn since(&self, now: Timestamp) -> String {
        let stored = self.state.rows.values();
        let shown = stored.filter(|row| row.status.shown().is_some());
        let made = self
            .state
            .blocks
            .iter()
            .map(|block| block.row(0).requested_at);
        let oldest = shown.map(|row| row.requested_at).chain(made).min();
        let zone = wire::zone(&self.state.dialects);
        let day = oldest.unwrap_or(now).to_zoned(zone).date();
        day.to_string()
    }
}

impl Machine for Ekran {
    fn handle(&mut self, call: &Call, now: Timestamp) -> Reply {
        let mut strange = strange_parameters(call);
        if !call.body.is_empty() {
            strange.push("a body where none belongs".to_owned());
        }
        let answer = self.serve(call, now, &mut strange);
        Reply {
            answer: answer.unwrap_or_else(|refusal| refusal.answer(&self.state.dialects)),
            deeds: Vec::new(),
            strange,
        }
    }

    fn unmatched(&self, call: &Call) -> Answer {
        let dialects = &self.state.dialects;
        if call.methods.is_empty() || dialects.is("ekran.edition", "saas") {
            return Refusal::new(404, "Not found.").answer(dialects);
        }
        Refusal::new(405, "Method not allowed.")
            .answer(dialects)
            .with("allow", call.methods.join(", "))
    }

    fn error(&self, name: &str) -> Option<Answer> {
        let refusal = Refusal::of_fault(name.strip_prefix("ekran:")?)?;
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

    // There is one key, and nobody behind it.
    fn pass(&mut self, identity: Option<&str>, _now: Timestamp) -> Option<Vec<(String, String)>> {
        let known = identity.is_none_or(|name| name == "approver");
        known.then(|| vec![("apikey".to_owned(), self.state.api_key.clone())])
    }

    // Nothing is kept in memory only.
    fn restart(&mut self) {}

    fn settle(&mut self, now: Timestamp) -> Vec<Fired> {
        self.state.settle(now)
    }

    fn seed(&mut self, given: &crate::given::Given, now: Timestamp) -> Result<(), String> {
        given
            .ekran
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
            "operators": state.operators,
            "names": names.map(|(name, id)| (name.clone(), id.to_string())).collect::<BTreeMap<_, _>>(),
            "counts": state.counts(),
            "generated": blocks.map(|block| json!({ "first": block.first.to_string(), "count": block.count })).collect::<Vec<_>>(),
            "requests": state.rows.values().map(row).collect::<Vec<_>>(),
        })
    }

    fn portal(&self, _now: Timestamp) -> PortalView {
        let rows = self.state.rows.values();
        let waiting = rows.filter(|row| row.status == Status::Pending).take(50);
        let shown = waiting.map(|row| PortalRow {
            id: row.id.to_string(),
            user: row.user.clone(),
            what: "Endpoint access".to_owned(),
            computer: row.remote_ip.clone().unwrap_or_default(),
            reason: String::new(),
            at: row.requested_at,
        });
        PortalView {
            counts: self.state.counts(),
            pending: shown.collect(),
            deciders: self.state.operators.clone(),
        }
    }

    fn access(&self, now: Timestamp) -> Access {
        let ids = self
            .processed(100)
            .into_iter()
            .map(|row| row.id.to_string());
        Access {
            credentials: BTreeMap::from([("api-key".to_owned(), self.state.api_key.clone())]),
            identities: BTreeMap::new(),
            plain: &[],
            not_configured: &[],
            // Nothing pending is to be seen here: these are the first that were processed.
            pending: ids.collect(),
            settings: vec![
                ("since", toml::Value::from(self.since(now))),
                ("rate-limit", toml::Value::from("none")),
            ],
        }
    }

    fn copy(&self) -> Box<dyn Machine> {
        Box::new(self.clone())
    }
}

fn strange_parameters(call: &Call) -> Vec<String> {
    let known = call.op().map(|operation| operation.parameters);
    let known = known.unwrap_or_default();
    let mut strange = Vec::new();
    for (position, (name, _)) in call.query.iter().enumerate() {
        let same = |other: &str| other.eq_ignore_ascii_case(name);
        if !known.iter().any(|parameter| same(parameter.name)) {
            strange.push(format!("unknown parameter {name}"));
        } else if call.query[..position].iter().any(|(key, _)| same(key)) {
            strange.push(format!("parameter {name} given twice"));
        }
    }
    strange
}
