//! How Fudo's part of a world becomes state: what is absent is invented, a request's past written as its status needs it.

use jiff::Timestamp;

use super::generate::Block;
use super::given::{Generate, Given, GivenNamed, GivenRequest, GivenUser, GivenVote};
use super::people::{Role, User, derived_id, derived_key};
use super::request::{Listener, Named, Person, Request, Status, Type, hours_after, hours_before};
use super::state::{Ballot, State, outcome, vote_of};
use crate::seed;

const PLACES: [&str; 4] = ["fin", "web", "erp", "lab"];
const ACCOUNTS: [&str; 4] = ["root", "Administrator", "oracle", "svc_backup"];

/// What is wrong with a world.
fn wrong<T>(what: impl std::fmt::Display) -> Result<T, String> {
    Err(format!("fudo: {what}"))
}

impl State {
    /// Adds a world's part: people first.
    pub(super) fn seed(&mut self, given: &Given, now: Timestamp) -> Result<(), String> {
        for user in &given.user {
            self.add_user(user)?;
        }
        for generate in &given.generate {
            self.add_block(generate, now)?;
        }
        for request in &given.request {
            self.add(request, now)?;
        }
        Ok(())
    }

    fn add_user(&mut self, given: &GivenUser) -> Result<(), String> {
        let seed = self.seed;
        let place = self.users.iter().position(|user| user.name == given.name);
        let mut user = match place {
            Some(place) => self.users.remove(place),
            None => User {
                id: String::new(),
                name: given.name.clone(),
                user_name: given.name.clone(),
                domain: None,
                role: Role::User,
                safes: None,
                api: true,
                api_key: derived_key(seed, &given.name),
                password: None,
            },
        };
        if let Some(user_name) = &given.user_name {
            user.user_name.clone_from(user_name);
            user.id = String::new();
        }
        match &given.id {
            Some(id) => user.id.clone_from(id),
            None if user.id.is_empty() => user.id = derived_id(seed, "user", &user.user_name),
            None => {}
        }
        if let Some(key) = &given.api_key {
            if !matches!(key.len(), 32 | 64)
                || !key.bytes().all(|byte| byte.is_ascii_alphanumeric())
            {
                return wrong("an api-key has 64 characters, or 32: letters and digits");
            }
            user.api_key.clone_from(key);
        }
        user.domain = given.domain.clone().or(user.domain);
        user.role = given.role.unwrap_or(user.role);
        user.safes = given.safes.clone().or(user.safes);
        user.api = given.api.unwrap_or(user.api);
        user.password = given.password.clone().or(user.password);
        let twin = |other: &&User| {
            other.id == user.id || other.is_called(&user.user_name) || other.api_key == user.api_key
        };
        if let Some(other) = self.users.iter().find(twin) {
            return wrong(format!(
                "{:?} and {:?} share an id, a name or a key",
                user.name, other.name
            ));
        }
        self.users.insert(place.unwrap_or(self.users.len()), user);
        Ok(())
    }

    /// Adds a generated queue.
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
        let created_at = given.at.map_or(now, |moment| moment.0);
        let kind = given.kind.unwrap_or_else(|| {
            if given.starts_at.is_some() || given.expires_at.is_some() {
                Type::Scheduled
            } else {
                Type::Immediate
            }
        });
        let place = seed::pick(self.seed, "fudo/own-place", id, &PLACES);
        let server = match (&given.server, &given.pool) {
            (None, Some(_)) => None,
            (None, None) => Some(self.named("server", &format!("{place}-srv-{:02}", id % 100))),
            (Some(server), _) => Some(self.given("server", server)),
        };
        let account = match &given.account {
            Some(account) => account.clone(),
            None => {
                let name = seed::pick(self.seed, "fudo/own-account", id, &ACCOUNTS);
                GivenNamed::Name((*name).to_owned())
            }
        };
        let protocol = given.protocol.clone().unwrap_or_else(|| "ssh".to_owned());
        let mut row = Request {
            id,
            name: given.name.clone(),
            status: Status::Pending,
            kind,
            immediate_interval: None,
            starts_at: None,
            expires_at: None,
            reason: given.reason.clone().unwrap_or_default(),
            revoke_reason: None,
            revoked_by: None,
            required_votes: given.required_votes.unwrap_or(1),
            activated_at: None,
            left_at: None,
            account: self.account(&account, server.as_ref()),
            safe: given.safe.as_ref().map_or_else(
                || self.named("safe", "Linux servers"),
                |safe| self.given("safe", safe),
            ),
            pool: given.pool.as_ref().map(|pool| self.given("pool", pool)),
            server,
            listeners: self.listeners(given, &protocol),
            protocol,
            user: self.asking(given.user.as_deref().unwrap_or("requestor")),
            votes: Vec::new(),
            webclient: given.webclient,
            created_at,
            modified_at: created_at,
            removed: given.removed,
        };
        set_time(&mut row, given)?;
        self.set_past(&mut row, given)?;
        self.next_id = self.next_id.max(id.saturating_add(1));
        if let Some(name) = &given.name
            && self.names.insert(name.clone(), id).is_some()
        {
            return wrong(format!("two requests are named {name:?}"));
        }
        self.store(row);
        Ok(id)
    }

    fn id_for(&self, given: &GivenRequest) -> Result<u64, String> {
        let Some(text) = &given.id else {
            return Ok(self.next_id);
        };
        match text.parse::<u64>() {
            Ok(id) if id > i64::MAX as u64 || id.to_string() != *text => {
                wrong(format!("{text:?} is no id of 64 bits"))
            }
            Ok(id) if self.row(id).is_none() => Ok(id),
            Ok(id) => wrong(format!("request {id} is given twice")),
            Err(_) => wrong(format!("{text:?} is no request id: digits only")),
        }
    }

    fn named(&self, kind: &str, name: &str) -> Named {
        Named {
            id: derived_id(self.seed, kind, name),
            name: name.to_owned(),
        }
    }

    fn given(&self, kind: &str, given: &GivenNamed) -> Named {
        match given {
            GivenNamed::Name(name) => self.named(kind, name),
            GivenNamed::Whole(whole) => Named {
                id: whole.id.clone(),
                name: whole.name.clone(),
            },
        }
    }

    // Accounts of one name on two servers are two.
    fn account(&self, given: &GivenNamed, server: Option<&Named>) -> Named {
        let mut account = self.given("account", given);
        if let (GivenNamed::Name(name), Some(server)) = (given, server) {
            account.id = derived_id(self.seed, "account", &format!("{}/{name}", server.name));
        }
        account
    }

    fn listeners(&self, given: &GivenRequest, protocol: &str) -> Vec<Listener> {
        let default = [format!("{protocol}-listener")];
        let names = given.listeners.as_deref().unwrap_or(&default);
        let listener = |name: &String| Listener {
            id: derived_id(self.seed, "listener", name),
            name: name.clone(),
            mode: "proxy".to_owned(),
            protocol: protocol.to_owned(),
            hidden: false,
            builtin: false,
        };
        names.iter().map(listener).collect()
    }

    // A user of this world, or somebody who is there by being named.
    fn asking(&self, text: &str) -> Person {
        match self.user(text) {
            Some(user) => user.person(),
            None => Person {
                id: derived_id(self.seed, "user", text),
                name: text.to_owned(),
                domain: None,
            },
        }
    }

    fn called(&self, text: &str) -> Result<&User, String> {
        self.user(text)
            .map_or_else(|| wrong(format!("nobody is called {text:?}")), Ok)
    }

    // What a request that is not pending must have behind it.
    fn set_past(&self, row: &mut Request, given: &GivenRequest) -> Result<(), String> {
        let status = given.status.unwrap_or(Status::Pending);
        let changed = given.changed_at.map_or(row.created_at, |moment| moment.0);
        row.modified_at = changed;
        let votes = match &given.votes {
            Some(votes) => votes.clone(),
            None => self.votes_for(status, row)?,
        };
        for vote in votes {
            let ballot = Ballot {
                accepted: vote.accepted,
                reason: vote.reason,
            };
            let mut own = vote_of(self.called(&vote.by)?, ballot, changed);
            own.removed = vote.removed;
            let twice = |other: &super::request::Vote| other.by == own.by && !other.removed;
            if !own.removed && row.votes.iter().any(twice) {
                return wrong(format!("{:?} votes twice about one request", own.by));
            }
            row.votes.push(own);
        }
        let one_rejects = self.dialects.is("fudo.rejection", "one");
        if status == Status::Pending && given.votes.is_some() {
            let led_to = outcome(row, one_rejects);
            if led_to != Status::Pending {
                return wrong(format!("with these votes a request is {}", led_to.word()));
            }
        }
        row.status = if status == Status::Pending && row.required_votes == 0 {
            Status::Granted
        } else {
            status
        };
        if status == Status::Revoked {
            let by = given.revoked_by.as_deref().unwrap_or("boss");
            row.revoked_by = Some(self.called(by)?.user_name.clone());
            row.revoke_reason.clone_from(&given.revoke_reason);
        }
        Ok(())
    }

    // The approver of the tool first, then whoever else may; nobody about what is his or hers.
    fn votes_for(&self, status: Status, row: &Request) -> Result<Vec<GivenVote>, String> {
        let (count, accepted) = match status {
            Status::Pending | Status::Expired => (0, true),
            Status::Granted | Status::Revoked => (row.required_votes as usize, true),
            Status::Rejected => (1, false),
        };
        let mut able: Vec<&User> = self
            .users
            .iter()
            .filter(|user| user.role.votes() && user.sees(row) && user.user_name != row.user.name)
            .collect();
        able.sort_by_key(|user| user.name != "approver");
        if able.len() < count {
            return wrong(format!(
                "{count} votes are needed, and fewer people may vote"
            ));
        }
        let vote = |user: &User| GivenVote {
            by: user.name.clone(),
            accepted,
            reason: (!accepted).then(|| "Not needed".to_owned()),
            removed: false,
        };
        Ok(able.into_iter().take(count).map(vote).collect())
    }
}

// The interval of an immediate request, the window of a scheduled one.
fn set_time(row: &mut Request, given: &GivenRequest) -> Result<(), String> {
    let over = given.status == Some(Status::Expired);
    match row.kind {
        Type::Immediate => {
            if given.starts_at.is_some() || given.expires_at.is_some() {
                return wrong("an immediate request has an interval, no window");
            }
            let hours = given.interval.unwrap_or(4);
            if !(1..=24).contains(&hours) {
                return wrong("an interval has 1 to 24 hours");
            }
            row.immediate_interval = Some(hours);
            row.activated_at = given.activated_at.map(|moment| moment.0);
            // It can only be over when its session began.
            if over && row.activated_at.is_none() {
                row.activated_at = Some(hours_before(row.created_at, hours));
                row.created_at = hours_before(row.created_at, hours + 1);
            }
        }
        Type::Scheduled => {
            if given.interval.is_some() {
                return wrong("a scheduled request has a window, no interval");
            }
            let moment = |own: Option<crate::given::Moment>| own.map(|moment| moment.0);
            let begin = if over {
                hours_before(row.created_at, 10)
            } else {
                hours_after(row.created_at, 1)
            };
            let starts = moment(given.starts_at).unwrap_or(begin);
            let ends = moment(given.expires_at).unwrap_or_else(|| hours_after(starts, 8));
            if ends <= starts {
                return wrong("a window ends after it begins");
            }
            row.starts_at = Some(starts);
            row.expires_at = Some(ends);
            row.activated_at = moment(given.activated_at);
            if over && row.created_at > ends {
                row.created_at = starts;
            }
        }
    }
    Ok(())
}
