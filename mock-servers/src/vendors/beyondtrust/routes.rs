//! From a call to the state machine and back: the parameters, the status codes. Who calls is `entering.rs`.

use std::ops::ControlFlow;

use jiff::Timestamp;
use serde_json::json;

use super::BeyondTrust;
use super::body::{reason, wish};
use super::list::{Queue, Reading, Row};
use super::people::User;
use super::refusal::{APPROVER_ONLY, REQUESTOR_ONLY, Refusal};
use super::wire::{self, Page, Style};
use crate::vendors::{Answer, Call, Deed, DeedKind, Reply};

impl BeyondTrust {
    /// Answers one call of a known operation.
    pub(super) fn answer(&mut self, call: &Call, now: Timestamp) -> Reply {
        let mut strange = strange_parameters(call);
        let mut deeds = Vec::new();
        let answer = match call.op().map(|operation| operation.id) {
            Some("beyondtrust.auth.token") => self.token(call, now),
            Some("beyondtrust.auth.sign-app-in") => self.sign_in(call, now, &mut strange),
            Some("beyondtrust.auth.signout") => self.sign_out(call, now, &mut strange),
            Some(_) | None => self
                .caller(call, now)
                .and_then(|user| self.serve(&user, call, now, &mut strange, &mut deeds)),
        };
        let answer = answer.unwrap_or_else(|refusal| {
            deeds.extend(refused(call, &refusal));
            self.refuse(call, &refusal)
        });
        Reply {
            answer,
            deeds,
            strange,
        }
    }

    // The token endpoint speaks OAuth's errors, everything else the vendor's.
    fn refuse(&self, call: &Call, refusal: &Refusal) -> Answer {
        if call
            .op()
            .is_some_and(|operation| operation.id == "beyondtrust.auth.token")
        {
            let body = json!({ "error": refusal.says }).to_string();
            return Answer::json(refusal.status, body);
        }
        refusal.answer(&self.state.dialects)
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
        let done = |deed: Deed| {
            deeds.push(deed);
            Answer::empty(204)
        };
        match call.op().map(|operation| operation.id) {
            Some("beyondtrust.requests.list") => {
                note_body(call, strange);
                self.list(user, call, now, strange)
            }
            Some("beyondtrust.ticket-systems.list") => {
                note_body(call, strange);
                let systems = self.state.estate.ticket_systems.values();
                let listed: Vec<_> = systems.map(wire::ticket_system).collect();
                Ok(Answer::json(200, json!(listed).to_string()))
            }
            Some("beyondtrust.requests.create") => {
                let wish = wish(call, None, &dialects, strange)?;
                self.file(user, &wish, now, deeds)
            }
            Some("beyondtrust.aliases.create-request") => {
                let alias = id(call, "aliasId")?;
                let wish = wish(call, Some(alias), &dialects, strange)?;
                self.file(user, &wish, now, deeds)
            }
            Some("beyondtrust.requests.approve") => {
                let (id, reason) = (id(call, "id")?, reason(call, &dialects, strange)?);
                self.state.approve(user, id, reason, now).map(done)
            }
            Some("beyondtrust.requests.deny") => {
                let (id, reason) = (id(call, "id")?, reason(call, &dialects, strange)?);
                self.state.deny(user, id, reason, now).map(done)
            }
            Some("beyondtrust.requests.check-in" | "beyondtrust.requests.release") => {
                let (id, reason) = (id(call, "id")?, reason(call, &dialects, strange)?);
                self.state.check_in(user, id, reason, now).map(done)
            }
            Some("beyondtrust.requests.rotate-on-check-in") => {
                note_body(call, strange);
                let id = id(call, "id")?;
                self.state.rotate_on_check_in(user, id).map(done)
            }
            Some(_) | None => Err(Refusal::plain(404, "Not found.")),
        }
    }

    fn file(
        &mut self,
        user: &User,
        wish: &super::filing::Wish,
        now: Timestamp,
        deeds: &mut Vec<Deed>,
    ) -> Result<Answer, Refusal> {
        let filed = self.state.file(user, wish, now)?;
        deeds.push(filed.deed);
        let body = if self.state.dialects.is("beyondtrust.create-body", "object") {
            json!({ "RequestID": filed.id }).to_string()
        } else {
            filed.id.to_string()
        };
        Ok(Answer::json(if filed.new { 201 } else { 200 }, body))
    }

    fn list(
        &self,
        user: &User,
        call: &Call,
        now: Timestamp,
        strange: &mut Vec<String>,
    ) -> Result<Answer, Refusal> {
        let queues = [("req", Queue::Requestor), ("app", Queue::Approver)];
        let queue = self.chosen(call, "queue", &queues, strange)?;
        let statuses = [
            ("all", (true, true)),
            ("active", (false, true)),
            ("pending", (true, false)),
        ];
        let status = self.chosen(call, "status", &statuses, strange)?;
        let named = queue.is_some();
        let queue = queue.unwrap_or(Queue::Requestor);
        self.may_read(user, queue, named)?;
        let (pending, active) = status.unwrap_or((true, true));
        let reading = Reading {
            user,
            queue,
            pending,
            active,
        };
        let dialects = &self.state.dialects;
        let mut page = Page::new(Style::new(dialects), &self.state.users);
        if dialects.is("beyondtrust.list-order", "descending") {
            let mut rows: Vec<Row<'_>> = Vec::new();
            self.state.read(reading, now, |row| {
                rows.push(row);
                ControlFlow::Continue(())
            });
            rows.into_iter().rev().for_each(|row| page.add(row));
        } else {
            self.state.read(reading, now, |row| {
                page.add(row);
                ControlFlow::Continue(())
            });
        }
        Ok(Answer::json(200, page.finish()))
    }

    // The approver queue is for approvers. The requestor queue of somebody who is none: a switch.
    fn may_read(&self, user: &User, queue: Queue, named: bool) -> Result<(), Refusal> {
        match queue {
            Queue::Approver if !user.role.approves() => Err(Refusal::code(4033, APPROVER_ONLY)),
            Queue::Requestor if !user.role.requests() => {
                let refused = match self.state.dialects.chosen("beyondtrust.requestor-queue") {
                    "4032" => true,
                    "empty" => false,
                    _ => named,
                };
                if refused {
                    return Err(Refusal::code(4032, REQUESTOR_ONLY));
                }
                Ok(())
            }
            Queue::Approver | Queue::Requestor => Ok(()),
        }
    }

    // A parameter that is one of some words, in any case; an empty one is absent.
    fn chosen<T: Copy>(
        &self,
        call: &Call,
        name: &str,
        words: &[(&str, T)],
        strange: &mut Vec<String>,
    ) -> Result<Option<T>, Refusal> {
        let given = call
            .query
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.trim())
            .filter(|value| !value.is_empty());
        let Some(given) = given else {
            return Ok(None);
        };
        let found = words
            .iter()
            .find(|(word, _)| word.eq_ignore_ascii_case(given));
        if let Some((_, value)) = found {
            return Ok(Some(*value));
        }
        strange.push(format!("{name}: {given:?} is no valid value"));
        if self.state.dialects.is("beyondtrust.wrong-value", "default") {
            return Ok(None);
        }
        Err(Refusal::bad(&format!("{name} is not valid.")))
    }
}

// An id of the path. What is no number is refused before anybody looks for it.
fn id(call: &Call, name: &str) -> Result<u64, Refusal> {
    call.variable(name)
        .parse()
        .map_err(|_| Refusal::bad("The request is invalid: missing or invalid id."))
}

pub(super) fn note_body(call: &Call, strange: &mut Vec<String>) {
    if !call.body.is_empty() {
        strange.push("a body where none belongs".to_owned());
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

// A write that the vendor turned away, for the journal.
fn refused(call: &Call, refusal: &Refusal) -> Option<Deed> {
    let verdict = match call.op()?.id {
        "beyondtrust.requests.approve" => "approve",
        "beyondtrust.requests.deny" => "deny",
        "beyondtrust.requests.check-in" | "beyondtrust.requests.release" => "check-in",
        "beyondtrust.requests.rotate-on-check-in" => "rotate",
        "beyondtrust.requests.create" | "beyondtrust.aliases.create-request" => "file",
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
