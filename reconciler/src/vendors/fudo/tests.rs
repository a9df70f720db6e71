//! The adapter against the document's calls, and against canned answers.

mod calls;
mod protocol;
mod reads;
mod rows;

use std::num::NonZeroUsize;

use serde_json::{Value, json};

use super::*;
use crate::model::{
    Address, Deciding, Decision, Facts, Guard, Live, Mark, Method, Place, QueueName, Request,
    Status, VendorText, Verdict,
};
use crate::vendors::http::tests::server::{Act, Server, json as say, reply, reply_with};
use crate::vendors::http::tests::settings;

/// The document's own, which no float holds.
const ID: &str = "5620492334958379009";
const KEY: &str = "sgfeea6jsaz4mum9su8w61877n1g06sksgfeea6jsaz4mum9su8w61877n1g06sk";
const US: &str = "countersign";

fn terms() -> Terms {
    Terms {
        queue: QueueName::new("sessions").expect("a name"),
        origin: "https://fudo.example.com".to_owned(),
        organization: None,
        deciding: Deciding {
            credential: "file fudo".to_owned(),
            acting_as: None,
            run_as: Some(US.to_owned()),
            client: None,
        },
        deciders: Vec::new(),
        can: &CAPABILITIES,
        parallelism: NonZeroUsize::MIN,
        rate: None,
    }
}

fn seen_by(server: &Server, eyes: Eyes) -> Fudo {
    let url = server.url();
    connect(terms(), settings(&url), KEY.into(), eyes, 1000).expect("usable")
}

fn queue(server: &Server) -> Fudo {
    seen_by(server, Eyes::OfDecider)
}

/// An immediate request that needs one vote.
fn immediate() -> Value {
    json!({
        "id": ID, "activated": false, "immediate_interval": 8, "starts_at": null, "expires_at": null,
        "reason": "patching", "revoke_reason": null, "required_votes": 1, "status": "pending",
        "type": "immediate", "account_id": "5620492334958379101", "account_name": "root",
        "safe_id": "5620492334958379201", "safe_name": "linux", "pool_id": "5620492334958379301",
        "pool_name": "web", "protocol": "ssh", "server_id": "5620492334958379401",
        "server_name": "web-01", "user_id": "5620492334958379501", "user_domain": null,
        "user_name": "anna", "votes": [], "created_at": "2026-11-22 10:00:00.123456+00",
        "removed": false
    })
}

/// A scheduled one.
fn scheduled() -> Value {
    let mut row = immediate();
    row["type"] = json!("scheduled");
    row["immediate_interval"] = Value::Null;
    row["starts_at"] = json!("2026-11-23 10:00:00+00");
    row["expires_at"] = json!("2026-11-23 18:00:00+00");
    row
}

fn with(key: &str, value: Value) -> Value {
    let mut row = immediate();
    row[key] = value;
    row
}

/// A vote as the document lists its members.
fn vote(user: &str, accepted: bool) -> Value {
    json!({
        "user_id": format!("id of {user}"), "user_name": user, "user_domain": null,
        "user_role": "operator", "accepted": accepted, "reason": if accepted { None } else { Some("no") }
    })
}

/// One object as the vendor answers it.
fn one(row: &Value) -> String {
    json!({ "result": "success", "access_request": row }).to_string()
}

fn read(row: &Value) -> Result<Request, String> {
    match record::read(&row.to_string(), Some(US))? {
        Record::Request(request) => Ok(*request),
        Record::Removed(id) => Err(format!("{id} was removed")),
    }
}

fn decision(verdict: Verdict) -> Decision {
    Decision {
        address: Address {
            queue: QueueName::new("sessions").expect("a name"),
            id: RequestId::canonical(ID),
        },
        verdict,
        ticket: "CHG0031337".to_owned(),
        reason: "vendor case 5512".to_owned(),
        expires: "2026-12-01T00:00:00Z".parse().expect("a moment"),
        decided_by: None,
        guard: Guard::default(),
        permit: None,
        from: Place {
            file: "decisions/x.toml".into(),
            line: 1,
            column: 1,
        },
    }
}

fn mark(verdict: Verdict) -> Mark {
    let id = RequestId::canonical(ID);
    Mark::of(&terms().identity(&id), verdict)
}

fn composed(verdict: Verdict) -> Call {
    let operation = CAPABILITIES.operation(verdict).expect("it can");
    let live = Live {
        facts: &Facts::new(),
        grounds: None,
    };
    (operation.compose)(&terms(), &decision(verdict), &mark(verdict), &live)
}
