//! How Ekran's part of a world becomes state: what is absent is invented from the seed.

use jiff::Timestamp;

use super::generate::{Block, address};
use super::given::{Generate, Given, GivenRequest};
use super::request::{Request, Session, Status};
use super::state::State;
use crate::clock::duration;
use crate::seed;

const PEOPLE: [&str; 4] = ["anna", "jonas", "mila", "omar"];

/// What is wrong with a world.
fn wrong<T>(what: impl std::fmt::Display) -> Result<T, String> {
    Err(format!("ekran: {what}"))
}

impl State {
    /// Adds a world's part.
    pub(super) fn seed(&mut self, given: &Given, now: Timestamp) -> Result<(), String> {
        if let Some(key) = &given.api_key {
            // What a header cannot hold could never be sent.
            if key.is_empty() || !key.bytes().all(|byte| byte.is_ascii_graphic()) {
                return wrong("an api-key is of visible characters, without blanks");
            }
            self.api_key.clone_from(key);
        }
        for operator in &given.operator {
            if !self.operators.contains(&operator.name) {
                self.operators.push(operator.name.clone());
            }
        }
        for generate in &given.generate {
            self.add_block(generate, now)?;
        }
        for request in &given.request {
            self.add(request, now)?;
        }
        Ok(())
    }

    /// Adds a generated history.
    pub(super) fn add_block(&mut self, given: &Generate, now: Timestamp) -> Result<(), String> {
        let newest = given.at.map_or(now, |moment| moment.0);
        let first = self.next_id;
        let block = Block::new(self.seed, first, given.count, newest)?;
        if self.rows.range(first..first + given.count).next().is_some() {
            return wrong("generated requests come before others");
        }
        self.next_id = first + given.count;
        if given.count > 0 {
            self.blocks.push(block);
        }
        Ok(())
    }

    /// Adds one request; answers its id.
    pub(super) fn add(&mut self, given: &GivenRequest, now: Timestamp) -> Result<u64, String> {
        let id = self.id_for(given)?;
        let requested_at = given.at.map_or(now, |moment| moment.0);
        let status = given.status.unwrap_or(Status::Pending);
        let open = status == Status::Pending;
        let by_hand = matches!(status, Status::Approved | Status::Denied);
        if !by_hand && (given.by.is_some() || given.comment.is_some()) {
            return wrong("`by` and `comment` belong to what an operator processed");
        }
        let changed_at = given.changed_at.map_or(requested_at, |moment| moment.0);
        if changed_at < requested_at {
            return wrong("a request is processed after it was made");
        }
        let person = seed::pick(self.seed, "ekran/own-person", id, &PEOPLE);
        let user = given.user.clone();
        let remote_ip = given.remote_ip.clone();
        let row = Request {
            id,
            name: given.name.clone(),
            status,
            user: user.unwrap_or_else(|| format!("lt-{id:04}\\{person}")),
            remote_ip: Some(remote_ip.unwrap_or_else(|| address(self.seed, id)))
                .filter(|address| !address.is_empty()),
            requested_at,
            changed_at: (!open).then_some(changed_at),
            changed_by: by_hand.then(|| given.by.clone().unwrap_or_else(|| "admin".to_owned())),
            comment: given.comment.clone(),
            session: session(given, status, changed_at)?,
        };
        self.next_id = self.next_id.max(id + 1);
        if let Some(name) = &given.name
            && self.names.insert(name.clone(), id).is_some()
        {
            return wrong(format!("two requests are named {name:?}"));
        }
        self.store(row);
        Ok(id)
    }

    // The vendor's ids are of its type int: 32 bits.
    fn id_for(&self, given: &GivenRequest) -> Result<u64, String> {
        let Some(text) = &given.id else {
            return Ok(self.next_id);
        };
        match text.parse::<u64>() {
            Ok(id) if i32::try_from(id).is_err() => wrong(format!("{id} is no int")),
            Ok(id) if self.row(id).is_none() => Ok(id),
            Ok(id) => wrong(format!("request {id} is given twice")),
            Err(_) => wrong(format!("{text:?} is no request id: digits only")),
        }
    }
}

fn session(
    given: &GivenRequest,
    status: Status,
    started_at: Timestamp,
) -> Result<Option<Session>, String> {
    let read = |text: &Option<String>| text.as_deref().map(duration).transpose();
    let Some(whole) = read(&given.session)? else {
        return Ok(None);
    };
    if status != Status::Approved {
        return wrong("`session` belongs to an approved request");
    }
    let productive = read(&given.productive)?.unwrap_or(whole);
    if productive > whole {
        return wrong("`productive` is a part of `session`");
    }
    Ok(Some(Session {
        started_at,
        duration: Some(whole),
        productive: Some(productive),
    }))
}
