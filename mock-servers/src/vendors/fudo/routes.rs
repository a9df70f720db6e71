//! From a call to the state machine and back: the parameters, the status codes. Who calls is `entering.rs`.

use jiff::Timestamp;
use serde_json::json;

use super::Fudo;
use super::attributes::{ACCESS_REQUEST, REVOKE, VOTE, described};
use super::body;
use super::people::User;
use super::reading::Fields;
use super::refusal::Refusal;
use super::wire;
use crate::vendors::{Answer, Call, Deed, DeedKind, Reply};

/// What a batch is told. The vendor has it; what it does is in no document we read.
const NO_BATCH: &str = "This mock has no batch: send the calls one by one.";

impl Fudo {
    /// Answers one call of a known operation.
    pub(super) fn answer(&mut self, call: &Call, now: Timestamp) -> Reply {
        let mut strange = strange_parameters(call);
        if call.op().is_some_and(|own| !own.body) && !call.body.is_empty() {
            strange.push("a body where none belongs".to_owned());
        }
        let mut deeds = Vec::new();
        let answer = match call.op().map(|operation| operation.id) {
            Some("fudo.auth.login") => self.log_in(call, &mut strange),
            Some(_) | None => self
                .caller(call)
                .and_then(|user| self.serve(&user, call, now, &mut strange, &mut deeds)),
        };
        let answer = answer.unwrap_or_else(|refusal| {
            deeds.extend(refused(call, &refusal));
            refusal.answer(&self.state.dialects)
        });
        Reply {
            answer,
            deeds,
            strange,
        }
    }

    fn serve(
        &mut self,
        user: &User,
        call: &Call,
        now: Timestamp,
        strange: &mut Vec<String>,
        deeds: &mut Vec<Deed>,
    ) -> Result<Answer, Refusal> {
        let dialects = self.state.dialects.clone();
        let mut done = |deed: Deed| {
            deeds.push(deed);
            wire::success()
        };
        match call.op().map(|operation| operation.id) {
            Some("fudo.access-requests.list") => self.list(user, call, strange),
            Some("fudo.access-requests.get") => {
                let fields = Fields::asked(call, &dialects, strange)?;
                let row = self.state.visible(user, call.variable("id"))?;
                Ok(wire::one(&row, &fields, &dialects))
            }
            Some("fudo.access-requests.vote") => {
                let ballot = body::ballot(call, &dialects, strange)?;
                let voted = self.state.vote(user, call.variable("id"), ballot, now);
                voted.map(&mut done)
            }
            Some("fudo.access-requests.revoke") => {
                let reason = body::revoke_reason(call, &dialects, strange)?;
                let revoked = self.state.revoke(user, call.variable("id"), reason, now);
                revoked.map(&mut done)
            }
            Some("fudo.objspec.access-request") => {
                Ok(spec("access_request", &described(ACCESS_REQUEST)))
            }
            Some("fudo.objspec.access-request-vote") => {
                Ok(spec("access_request_vote", &described(VOTE)))
            }
            Some("fudo.objspec.access-request-revoke") => {
                Ok(spec("access_request_revoke", &described(REVOKE)))
            }
            Some("fudo.batch") => Err(Refusal::new(501, NO_BATCH)),
            Some(_) | None => Err(Refusal::new(404, "Not found.")),
        }
    }
}

fn spec(object: &str, attributes: &serde_json::Value) -> Answer {
    let body = json!({ "result": "success", object: attributes });
    Answer::json(200, body.to_string())
}

fn strange_parameters(call: &Call) -> Vec<String> {
    let known = call.op().map(|operation| operation.parameters);
    let known = known.unwrap_or_default();
    let mut strange = Vec::new();
    for (position, (name, _)) in call.query.iter().enumerate() {
        if !known.iter().any(|parameter| parameter.name == name) {
            strange.push(format!("unknown parameter {name}"));
        } else if call.query[..position].iter().any(|(key, _)| key == name) {
            strange.push(format!("parameter {name} given twice"));
        }
    }
    strange
}

// A write that the vendor turned away, for the journal.
fn refused(call: &Call, refusal: &Refusal) -> Option<Deed> {
    let verdict = match call.op()?.id {
        "fudo.access-requests.vote" => body::leaning(call),
        "fudo.access-requests.revoke" => "revoke",
        "fudo.batch" => "batch",
        _ => return None,
    };
    Some(Deed {
        kind: DeedKind::Refusal,
        object: call.object().unwrap_or_default().to_owned(),
        verdict,
        by: None,
        state: "unchanged".to_owned(),
        because: Some(refusal.told()),
    })
}
