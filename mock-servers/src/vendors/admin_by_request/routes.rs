//! From a call to the state machine and back: the key, the parameters in both styles, the status codes.

use base64::Engine as _;
use jiff::{SignedDuration, Timestamp};

use super::AdminByRequest;
use super::list::Reading;
use super::parameters::{Parameters, VISIBLE, same};
use super::request::{Request, Status, ticks};
use super::wire::{AuditBody, RequestBody, Style, audit_page, page};
use crate::vendors::{Answer, Call, Deed, DeedKind, Reply};

/// The vendor's refusal of a call, as an answer.
pub(super) type Refused = Answer;

impl AdminByRequest {
    /// Answers one call of a known operation.
    pub(super) fn answer(&mut self, call: &Call, now: Timestamp) -> Reply {
        let mut parameters = Parameters::new(call);
        let mut deeds = Vec::new();
        let answer = self
            .authorise(call)
            .and_then(|()| self.throttle(now))
            .and_then(|()| match call.op().map(|operation| operation.id) {
                Some("admin-by-request.requests.list") => self.list(&mut parameters, now),
                Some("admin-by-request.requests.get") => self.get(&mut parameters, now),
                Some("admin-by-request.requests.approve") => {
                    let by = parameters.text("approvedby");
                    self.write(call, &mut deeds, |state, id| {
                        state.approve(id, by.as_deref(), now)
                    })
                }
                Some("admin-by-request.requests.deny") => {
                    let (by, reason) = (parameters.text("deniedby"), parameters.text("reason"));
                    self.write(call, &mut deeds, |state, id| {
                        state.deny(id, by.as_deref(), reason.as_deref(), now)
                    })
                }
                Some("admin-by-request.auditlog.delta") => self.delta(&mut parameters, now),
                Some("admin-by-request.auditlog.get") => self.audit_entry(&mut parameters, now),
                Some("admin-by-request.auditlog.list") => {
                    self.audit(&mut parameters, now, |_| true)
                }
                Some("admin-by-request.computers.auditlog") => {
                    self.audit(&mut parameters, now, |row| {
                        same(&row.computer.name, call.variable("name"))
                    })
                }
                Some("admin-by-request.users.auditlog") => {
                    self.audit(&mut parameters, now, |row| {
                        let user = call.variable("user");
                        same(&row.user.account, user) || same(&row.user.full_name, user)
                    })
                }
                Some(_) | None => Err(message(404, "Not found")),
            });
        let answer = answer.unwrap_or_else(|refused| refused);
        deeds.extend(refusal(call, &answer, deeds.is_empty()));
        Reply {
            answer,
            deeds,
            strange: parameters.strange,
        }
    }

    fn authorise(&self, call: &Call) -> Result<(), Refused> {
        let header = |name: &str| call.headers.get(name).and_then(|value| value.to_str().ok());
        let right = header("apikey").is_some_and(|key| key == self.state.api_key)
            || header("authorization")
                .and_then(basic_password)
                .is_some_and(|key| key == self.state.api_key);
        if !right {
            return Err(message(401, "Invalid API key"));
        }
        if !self.state.api_access {
            let status = if self
                .state
                .dialects
                .is("admin-by-request.api-access-off", "403")
            {
                403
            } else {
                401
            };
            return Err(message(status, "API access is disabled"));
        }
        Ok(())
    }

    fn throttle(&mut self, now: Timestamp) -> Result<(), Refused> {
        self.limiter.admit(now).map_err(throttled)
    }

    fn style(&self, parameters: &mut Parameters<'_>) -> Result<Style, Refused> {
        let details = parameters.flag(self, "wantscandetails")?;
        Ok(Style::new(&self.state.dialects, self.audit_offset, details))
    }

    fn list(&self, parameters: &mut Parameters<'_>, now: Timestamp) -> Result<Answer, Refused> {
        let style = self.style(parameters)?;
        let statuses = self.statuses(parameters)?;
        let window = self.window(parameters, 1000)?;
        let hides_used = self
            .state
            .dialects
            .is("admin-by-request.started-in-list", "no");
        let reading = Reading {
            statuses: &statuses,
            dropped: false,
            ..window
        };
        let rows = self.state.read(&reading, now, |row| {
            !(hides_used && matches!(row.status, Status::Running | Status::Finished))
        });
        Ok(Answer::json(200, page(&rows, style)))
    }

    fn get(&self, parameters: &mut Parameters<'_>, now: Timestamp) -> Result<Answer, Refused> {
        let style = self.style(parameters)?;
        let id = self.id(parameters.call)?;
        let row = self.state.find(id, now).ok_or_else(|| self.unknown_id())?;
        Ok(Answer::json(200, json(&RequestBody { row: &row, style })))
    }

    fn write(
        &mut self,
        call: &Call,
        deeds: &mut Vec<Deed>,
        verdict: impl FnOnce(&mut super::state::State, u64) -> Option<Deed>,
    ) -> Result<Answer, Refused> {
        let id = self.id(call)?;
        let Some(deed) = verdict(&mut self.state, id) else {
            return Err(self.unknown_id());
        };
        let answer = if self
            .state
            .dialects
            .is("admin-by-request.write-answer", "message")
        {
            message(200, "OK")
        } else {
            Answer::empty(200)
        };
        deeds.push(deed);
        Ok(answer)
    }

    fn audit(
        &self,
        parameters: &mut Parameters<'_>,
        now: Timestamp,
        admits: impl Fn(&Request) -> bool,
    ) -> Result<Answer, Refused> {
        let style = self.style(parameters)?;
        let statuses = self.statuses(parameters)?;
        let window = self.window(parameters, 10_000)?;
        let start = if window.start == 0 {
            0
        } else {
            window.start.saturating_add(self.audit_offset)
        };
        let session = match parameters.text("type").as_deref() {
            None => None,
            Some(kind) if same(kind, "app") => Some(false),
            Some(kind) if same(kind, "session") => Some(true),
            Some(kind) => self.wrong(parameters, "type", kind)?,
        };
        let days = parameters.number(self, "days")?.unwrap_or(30);
        let since = now.saturating_sub(SignedDuration::from_hours(
            24 * i64::try_from(days).unwrap_or(i64::MAX / 3600 / 48),
        ));
        let start_date = self.date(parameters, "startdate", 0)?;
        let first = start_date.unwrap_or(since.unwrap_or(Timestamp::MIN));
        let last = self
            .date(parameters, "enddate", 1)?
            .unwrap_or(Timestamp::MAX);
        let reading = Reading {
            start,
            statuses: &statuses,
            dropped: true,
            ..window
        };
        let rows = self.state.read(&reading, now, |row| {
            row.requested_at >= first
                && row.requested_at < last
                && session.is_none_or(|session| session == row.app.is_none())
                && admits(row)
        });
        Ok(Answer::json(200, audit_page(&rows, style)))
    }

    fn audit_entry(
        &self,
        parameters: &mut Parameters<'_>,
        now: Timestamp,
    ) -> Result<Answer, Refused> {
        let style = self.style(parameters)?;
        let id = self
            .id(parameters.call)?
            .checked_add(self.audit_offset)
            .ok_or_else(|| self.unknown_id())?;
        let row = self
            .state
            .recorded(id, now)
            .ok_or_else(|| self.unknown_id())?;
        Ok(Answer::json(200, json(&AuditBody { row: &row, style })))
    }

    // Entries changed after `deltaTime`; without it none, only the time to begin with.
    fn delta(&self, parameters: &mut Parameters<'_>, now: Timestamp) -> Result<Answer, Refused> {
        let style = self.style(parameters)?;
        let entries = match parameters.number(self, "deltaTime")? {
            None => b"[]".to_vec(),
            Some(since) => {
                let reading = Reading {
                    start: 0,
                    take: usize::MAX,
                    back: false,
                    statuses: &VISIBLE,
                    dropped: true,
                };
                audit_page(
                    &self
                        .state
                        .read(&reading, now, |row| row.changed_tick > since),
                    style,
                )
            }
        };
        let last = self.state.last_change(now);
        let mut body = b"{\"entries\":".to_vec();
        body.extend(entries);
        body.extend(format!(",\"timeNow\":{last}}}").into_bytes());
        Ok(Answer::json(200, body))
    }

    fn id(&self, call: &Call) -> Result<u64, Refused> {
        call.variable("id").parse().map_err(|_| self.unknown_id())
    }

    fn unknown_id(&self) -> Answer {
        if self.state.dialects.is("admin-by-request.unknown-id", "400") {
            return message(400, "The request is invalid.");
        }
        message(404, "Request not found")
    }
}

impl super::state::State {
    /// An entry of the audit log, which keeps what dropped out of the list.
    fn recorded(&self, id: u64, now: Timestamp) -> Option<Request> {
        let block = || {
            self.block_of(id)
                .map(|block| block.row(id - block.first, now, self.drops_by_request()))
        };
        self.rows
            .get(&id)
            .cloned()
            .or_else(block)
            .filter(|row| row.status != Status::Withdrawn)
    }

    /// The tick of the last change, untouched generated rows included.
    fn last_change(&self, now: Timestamp) -> u64 {
        let reading = Reading {
            start: 0,
            take: 1,
            back: true,
            statuses: &[Status::Expired],
            dropped: true,
        };
        let expired = self
            .read(&reading, now, |_| true)
            .first()
            .map_or(0, |row| row.changed_tick);
        self.last_tick.max(expired).min(ticks(Timestamp::MAX))
    }
}

// A verdict that the vendor turned away, for the journal.
fn refusal(call: &Call, answer: &Answer, nothing_done: bool) -> Option<Deed> {
    let verdict = match call.op()?.id {
        "admin-by-request.requests.approve" => "approve",
        "admin-by-request.requests.deny" => "deny",
        _ => return None,
    };
    (nothing_done && answer.status >= 400).then(|| Deed {
        kind: DeedKind::Refusal,
        object: call.variable("id").to_owned(),
        verdict,
        by: None,
        state: "unchanged".to_owned(),
        because: Some(String::from_utf8_lossy(&answer.body).into_owned()),
    })
}

/// The vendor's throttling answer.
pub(super) fn throttled(seconds: u64) -> Answer {
    message(429, "Too many requests").with("x-ratelimit-reset", seconds.to_string())
}

/// An error as the vendor writes it.
pub(super) fn message(status: u16, text: &str) -> Answer {
    Answer::json(status, serde_json::json!({ "Message": text }).to_string())
}

fn json(body: &impl serde::Serialize) -> Vec<u8> {
    serde_json::to_vec(body).unwrap_or_default()
}

// `Basic` with the key as password; the user name does not matter.
fn basic_password(value: &str) -> Option<String> {
    let (scheme, encoded) = value.split_once(' ')?;
    if !same(scheme, "basic") {
        return None;
    }
    let decoded = base64::engine::general_purpose::STANDARD
        .decode(encoded.trim())
        .ok()?;
    let pair = String::from_utf8(decoded).ok()?;
    Some(pair.split_once(':')?.1.to_owned())
}
