//! From a call to the state machine and back: the token, the managed organization, the status codes.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::ThreatLocker;
use super::body::{self, flag, said};
use super::document::document;
use super::guid::{ZERO, canonical};
use super::people::{DOCUMENT, LIST};
use super::permit;
use super::reading;
use super::refusal::{OUT_OF_SCOPE, Refusal, TOKEN_REVOKED, UNAUTHORIZED};
use super::rejecting::{Batch, refused};
use super::request::Request;
use super::state::Caller;
use super::wire::{self, Place};
use crate::vendors::{Answer, Call, Deed, Reply};

impl ThreatLocker {
    /// Answers one call of a known operation.
    pub(super) fn answer(&mut self, call: &Call, now: Timestamp) -> Reply {
        let mut strange = strange_parameters(call);
        let mut deeds = Vec::new();
        let answer = self
            .caller(call)
            .and_then(|caller| self.serve(&caller, call, now, &mut strange, &mut deeds));
        let answer = answer.unwrap_or_else(|refusal| {
            if let Some(verdict) = verdict(call) {
                let object = call.object().unwrap_or_default();
                deeds = vec![refused(object, verdict, &refusal)];
            }
            self.state.logged += 1;
            refusal.answer(self.state.seed, self.state.logged)
        });
        Reply {
            answer,
            deeds,
            strange,
        }
    }

    // The token stands alone in Authorization, without a word before it; the header chooses among what it reaches.
    fn caller(&self, call: &Call) -> Result<Caller, Refusal> {
        let header = |name: &str| call.headers.get(name).and_then(|value| value.to_str().ok());
        let token = header("authorization").unwrap_or_default();
        let mut users = self.state.users.iter();
        let user = users
            .find(|user| user.api && user.token == token)
            .ok_or_else(|| Refusal::new(401, UNAUTHORIZED))?;
        if user.instance != super::INSTANCE {
            return Err(Refusal::new(403, TOKEN_REVOKED));
        }
        let wanted = header("managedorganizationid").map(str::trim);
        let managed = match wanted.filter(|text| !text.is_empty()) {
            None => user.organization.clone(),
            Some(text) => {
                let known = canonical(text)
                    .filter(|id| self.state.estate.organizations.contains_key(id))
                    .filter(|id| self.state.estate.is_within(id, &user.organization));
                known.ok_or_else(|| Refusal::new(403, OUT_OF_SCOPE))?
            }
        };
        Ok(Caller {
            user: user.clone(),
            managed,
        })
    }

    fn serve(
        &mut self,
        caller: &Caller,
        call: &Call,
        now: Timestamp,
        strange: &mut Vec<String>,
        deeds: &mut Vec<Deed>,
    ) -> Result<Answer, Refusal> {
        let operation = call.op();
        if operation.is_some_and(|operation| !operation.body) && !call.body.is_empty() {
            strange.push("a body where none belongs".to_owned());
        }
        match operation.map(|operation| operation.id) {
            Some("threatlocker.approval-requests.list") => {
                reading::list(&self.state, caller, call, strange)
            }
            Some("threatlocker.approval-requests.count") => {
                reading::count(&self.state, caller, call, strange)
            }
            Some("threatlocker.approval-requests.get") => {
                if self.state.as_siblings() {
                    self.state.needs(caller, LIST)?;
                }
                let row = self.asked(caller, call, strange)?;
                Ok(ok(&wire::row(&self.state, &row, Place::ById)))
            }
            Some("threatlocker.approval-requests.permit-document") => {
                self.state.needs(caller, DOCUMENT)?;
                let row = self.asked(caller, call, strange)?;
                Ok(ok(&document(&self.state, caller, &row)))
            }
            Some("threatlocker.approval-requests.permit") => {
                self.permit(caller, call, now, strange, deeds)
            }
            Some("threatlocker.approval-requests.reject") => {
                self.reject(caller, call, false, now, strange, deeds)
            }
            Some("threatlocker.approval-requests.ignore") => {
                self.reject(caller, call, true, now, strange, deeds)
            }
            Some("threatlocker.approval-requests.take-ownership") => {
                let dialects = &self.state.dialects;
                let body = body::read(call, "ApprovalRequestDto", dialects, strange)?;
                let id = permit::id(&body, "approvalRequestId").unwrap_or(ZERO.to_owned());
                deeds.push(self.state.take_ownership(caller, &id, now)?);
                Ok(self.written())
            }
            Some("threatlocker.applications.matching-list") => {
                reading::matching_list(&self.state, caller, call, strange)
            }
            Some("threatlocker.applications.list-for-add") => {
                reading::list_for_add(&self.state, caller, call, strange)
            }
            Some("threatlocker.applications.for-maintenance-mode") => {
                reading::for_maintenance_mode(&self.state, caller, call, strange)
            }
            Some("threatlocker.applications.research-details") => {
                reading::research_details(&self.state, caller, call, strange)
            }
            Some("threatlocker.organizations.children") => {
                Ok(reading::children(&self.state, caller))
            }
            Some("threatlocker.computer-groups.dropdown") => {
                reading::dropdown(&self.state, caller, call, strange)
            }
            Some(_) | None => Err(Refusal::new(404, "Not Found")),
        }
    }

    // The request that the query names.
    fn asked(
        &self,
        caller: &Caller,
        call: &Call,
        strange: &mut Vec<String>,
    ) -> Result<Request, Refusal> {
        let id = reading::guid(&self.state, call, "approvalRequestId", strange)?;
        self.state.found(caller, &id)
    }

    fn permit(
        &mut self,
        caller: &Caller,
        call: &Call,
        now: Timestamp,
        strange: &mut Vec<String>,
        deeds: &mut Vec<Deed>,
    ) -> Result<Answer, Refusal> {
        let dialects = &self.state.dialects;
        let body = body::read(call, "PermitApplicationDto", dialects, strange)?;
        let permit = permit::permit(&body, dialects)?;
        if let Some(row) = self.state.row(&permit.request) {
            let json = wire::agent_json(&self.state, &row);
            let differs =
                |own: &Option<String>, known: &String| own.as_ref().is_some_and(|own| own != known);
            let wrong = [
                ("approvalRequest.json", differs(&permit.json, &json)),
                ("computerId", differs(&permit.computer, &row.computer)),
                (
                    "organizationId",
                    differs(&permit.organization, &row.organization),
                ),
            ];
            let wrong = wrong.iter().filter(|(_, differs)| *differs);
            strange.extend(wrong.map(|(name, _)| format!("{name} is not the request's")));
        }
        deeds.push(self.state.permit(caller, &permit, now)?);
        Ok(self.written())
    }

    fn reject(
        &mut self,
        caller: &Caller,
        call: &Call,
        ignore: bool,
        now: Timestamp,
        strange: &mut Vec<String>,
        deeds: &mut Vec<Deed>,
    ) -> Result<Answer, Refusal> {
        let shape = "ApprovalRequestUpdateParametersDto";
        let body = body::read(call, shape, &self.state.dialects, strange)?;
        let items = body::list(&body, "approvalRequestDtos").iter().map(|item| {
            let id = permit::id(item, "approvalRequestId").unwrap_or(ZERO.to_owned());
            (id, said(item, "ticketId"), said(item, "comments"))
        });
        let (reason, notify) = if ignore {
            ("ignoreReason", "notifyOnIgnore")
        } else {
            ("rejectReason", "notifyOnResponse")
        };
        let batch = Batch {
            items: items.collect(),
            ignore,
            reason: said(&body, reason),
            response_reason: said(&body, "responseReason"),
            notify: flag(&body, notify),
        };
        deeds.extend(self.state.reject(caller, &batch, now)?);
        Ok(self.written())
    }

    // A write's success. What the vendor says then is not written.
    fn written(&self) -> Answer {
        match self.state.dialects.chosen("threatlocker.write-answer") {
            "true" => ok(&json!(true)),
            "object" => ok(&json!({})),
            _ => Answer::empty(200),
        }
    }
}

/// 200 with JSON.
pub(super) fn ok(body: &Value) -> Answer {
    Answer::json(200, body.to_string())
}

// What a write is called in the journal.
fn verdict(call: &Call) -> Option<&'static str> {
    Some(match call.op()?.id {
        "threatlocker.approval-requests.permit" => "approve",
        "threatlocker.approval-requests.reject" => "deny",
        "threatlocker.approval-requests.ignore" => "ignore",
        "threatlocker.approval-requests.take-ownership" => "take-ownership",
        _ => return None,
    })
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
