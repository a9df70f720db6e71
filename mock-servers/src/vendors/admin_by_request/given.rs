//! The grammar of Admin By Request's part of a world, and how it becomes state.

use jiff::Timestamp;
use serde::Deserialize;

use super::generate::{Block, invented_app, invented_computer, invented_user};
use super::request::{App, Computer, Decider, Request, Status, User};
use super::state::State;
use crate::given::{Moment, id_text};
use crate::seed;
use crate::vendors::NotActed;

/// Admin By Request's part of a world.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Given {
    /// Whether the tenant's API access is switched on; default yes.
    #[serde(alias = "api_access")]
    pub api_access: Option<bool>,
    /// The tenant's API key, 32 hex digits; derived from the seed where absent.
    #[serde(alias = "api_key")]
    pub api_key: Option<String>,
    /// People who may decide in the portal; given ones replace the sample's.
    #[serde(default, alias = "portal_user")]
    pub portal_user: Vec<PortalUser>,
    /// Requests, in the order of their ids.
    #[serde(default)]
    pub request: Vec<GivenRequest>,
    /// Generated queues; their ids come before those of `request`.
    #[serde(default)]
    pub generate: Vec<Generate>,
}

/// Somebody with access to the portal.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, serde::Serialize)]
#[serde(deny_unknown_fields)]
pub struct PortalUser {
    /// The address that `approvedby` and `deniedby` must match.
    pub email: String,
    /// The name shown; default the address.
    #[serde(default)]
    pub name: String,
}

/// One request of a world; what is absent is invented from the seed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct GivenRequest {
    /// A name to refer to it by.
    pub name: Option<String>,
    /// Its id; default the next free one.
    #[serde(default, deserialize_with = "id_text")]
    pub id: Option<String>,
    /// Where it stands; default pending.
    pub status: Option<Status>,
    /// What is asked for; default run-as-admin.
    #[serde(rename = "type")]
    pub kind: Option<RequestType>,
    /// Who asks: an account, or a table.
    pub user: Option<GivenUser>,
    /// On which computer: a name, or a table.
    pub computer: Option<GivenComputer>,
    /// What shall run; never with a session.
    pub app: Option<App>,
    /// Why.
    pub reason: Option<String>,
    /// The name of the settings that apply; default `Global`.
    pub settings: Option<String>,
    /// When it was made; default now.
    pub at: Option<Moment>,
    /// When it was decided, started or finished last; default `at`.
    #[serde(alias = "changed_at")]
    pub changed_at: Option<Moment>,
    /// Who decided.
    #[serde(alias = "decided_by")]
    pub decided_by: Option<String>,
    /// Why it was denied.
    #[serde(alias = "denied_reason")]
    pub denied_reason: Option<String>,
}

/// What is asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RequestType {
    /// One application runs elevated.
    #[default]
    #[serde(alias = "app")]
    RunAsAdmin,
    /// The user is administrator for a while.
    Session,
}

/// An account name, or everything about the user.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum GivenUser {
    /// `DOMAIN\ACCOUNT`.
    Account(String),
    /// All of it.
    Whole(User),
}

/// A computer's name, or everything about it.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum GivenComputer {
    /// Its name.
    Name(String),
    /// All of it.
    Whole(Computer),
}

/// A generated queue.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Generate {
    /// How many requests.
    pub count: u64,
    /// Shares of each status; default all pending.
    #[serde(default)]
    pub status: Weights,
    /// The time of the newest; the oldest is ten days older. Default now.
    pub at: Option<Moment>,
}

/// Shares, as whole numbers; together at most 10,000.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Weights {
    /// Waiting.
    #[serde(default)]
    pub pending: u64,
    /// Granted, unused.
    #[serde(default)]
    pub approved: u64,
    /// Refused.
    #[serde(default)]
    pub denied: u64,
    /// Set aside.
    #[serde(default)]
    pub quarantined: u64,
}

impl State {
    /// Adds a world's part.
    pub(crate) fn seed(&mut self, given: &Given, now: Timestamp) -> Result<(), String> {
        if let Some(on) = given.api_access {
            self.api_access = on;
        }
        if let Some(key) = &given.api_key {
            if key.len() != 32 || !key.bytes().all(|byte| byte.is_ascii_hexdigit()) {
                return Err("admin-by-request: `api-key` has 32 hex digits".to_owned());
            }
            self.api_key = key.clone();
        }
        if !given.portal_user.is_empty() {
            self.portal_users = given.portal_user.clone();
            for user in &mut self.portal_users {
                if user.name.is_empty() {
                    user.name = user.email.clone();
                }
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

    fn add_block(&mut self, generate: &Generate, now: Timestamp) -> Result<(), String> {
        if generate.count == 0 {
            return Ok(());
        }
        let newest = generate.at.map_or(now, |moment| moment.0);
        let first = self.next_id;
        let deciders = &self.portal_users;
        let decider = deciders.first().map(|user| Decider {
            name: user.name.clone(),
            email: Some(user.email.clone()),
        });
        let block = Block::new(
            self.seed,
            first,
            generate.count,
            &generate.status,
            newest,
            decider,
        )?;
        self.next_id = first
            .checked_add(generate.count)
            .ok_or("admin-by-request: too many requests")?;
        self.note_tick(newest);
        self.blocks.push(block);
        Ok(())
    }

    /// Adds one request; answers its id.
    pub(crate) fn add(&mut self, given: &GivenRequest, now: Timestamp) -> Result<u64, String> {
        let fail = |what: String| Err(format!("admin-by-request: {what}"));
        let id = match &given.id {
            None => self.next_id,
            Some(text) => match text.parse() {
                Ok(id) if !self.rows.contains_key(&id) && self.block_of(id).is_none() => id,
                Ok(_) => return fail(format!("request {text} is given twice")),
                Err(_) => return fail(format!("{text:?} is no request id: digits only")),
            },
        };
        if let Some(name) = &given.name
            && self.names.insert(name.clone(), id).is_some()
        {
            return fail(format!("two requests are named {name:?}"));
        }
        let session = given.kind == Some(RequestType::Session);
        if session && given.app.is_some() {
            return fail("a session has no `app`".to_owned());
        }
        let requested_at = given.at.map_or(now, |moment| moment.0);
        let changed_at = given.changed_at.map_or(requested_at, |moment| moment.0);
        let mut request = Request {
            id,
            name: given.name.clone(),
            status: given.status.unwrap_or(Status::Pending),
            trace_no: id.wrapping_sub(19_000_000),
            settings: given
                .settings
                .clone()
                .unwrap_or_else(|| "Global".to_owned()),
            reason: given.reason.clone(),
            user: whole_user(self.seed, id, given.user.as_ref()),
            computer: whole_computer(self.seed, id, given.computer.as_ref()),
            app: (!session).then(|| whole_app(self.seed, id, given.app.as_ref())),
            requested_at,
            changed_at,
            changed_tick: self.note_tick(changed_at),
            approved_by: None,
            denied_by: None,
            denied_reason: None,
            started_at: None,
            finished_at: None,
            expires_at: None,
            drops_at: changed_at,
            dropped: false,
        };
        self.set_past(&mut request, given);
        // Ids grow by seeded steps: the vendor serves many tenants, so one tenant's ids have gaps.
        let step = 1 + seed::derive(self.seed, "admin-by-request/step", id) % 23;
        self.next_id = self.next_id.max(id.saturating_add(step));
        self.store(request);
        Ok(id)
    }

    /// Writes the members that are given over those of a request that still waits.
    ///
    /// Assumed: the documentation says nothing of a request that changes, but a scan ends after the asking, and a
    /// client must not approve what its reviewer did not see.
    pub(crate) fn edit(
        &mut self,
        id: u64,
        given: &GivenRequest,
        now: Timestamp,
    ) -> Result<Status, NotActed> {
        let row = self.row(id, now);
        let (status, session) = row
            .map(|row| (row.status, row.app.is_none()))
            .ok_or_else(|| NotActed::Unknown(id.to_string()))?;
        if !matches!(status, Status::Pending | Status::Quarantined) {
            return Err(NotActed::Refused {
                object: id.to_string(),
                state: status.word().to_owned(),
                because: "only a request that waits changes".to_owned(),
            });
        }
        let GivenRequest {
            name: None,
            id: None,
            status: None,
            kind: None,
            user,
            computer,
            app,
            reason,
            settings,
            at: None,
            changed_at: None,
            decided_by: None,
            denied_reason: None,
        } = given
        else {
            let may = "request: an edit changes user, computer, app, reason and settings";
            return Err(NotActed::Malformed(may.to_owned()));
        };
        if session && app.is_some() {
            let malformed = "request: a session has no `app`";
            return Err(NotActed::Malformed(malformed.to_owned()));
        }
        let seed = self.seed;
        self.change(id, now, |row| {
            if user.is_some() {
                row.user = whole_user(seed, id, user.as_ref());
            }
            if computer.is_some() {
                row.computer = whole_computer(seed, id, computer.as_ref());
            }
            if app.is_some() {
                row.app = Some(whole_app(seed, id, app.as_ref()));
            }
            if reason.is_some() {
                row.reason.clone_from(reason);
            }
            if let Some(settings) = settings {
                row.settings.clone_from(settings);
            }
        });
        Ok(status)
    }

    // What a request that is not pending must have behind it.
    fn set_past(&self, request: &mut Request, given: &GivenRequest) {
        let first = self.portal_users.first().map(|user| user.email.as_str());
        let decider = given
            .decided_by
            .as_deref()
            .or(first)
            .map(|email| self.person(email));
        match request.status {
            Status::Pending | Status::Quarantined | Status::Withdrawn => {}
            Status::Approved => request.approved_by = decider,
            Status::Expired => request.approved_by = decider,
            Status::Running | Status::Finished => {
                request.approved_by = decider;
                request.started_at = Some(request.changed_at);
                request.finished_at =
                    (request.status == Status::Finished).then_some(request.changed_at);
            }
            Status::Denied => {
                request.denied_by = decider;
                request.denied_reason = given.denied_reason.clone();
            }
        }
        self.set_dues(request);
    }
}

fn whole_user(seed: u64, id: u64, given: Option<&GivenUser>) -> User {
    match given {
        None => invented_user(seed, id),
        Some(GivenUser::Whole(user)) => user.clone(),
        Some(GivenUser::Account(account)) => {
            let short = account
                .rsplit('\\')
                .next()
                .unwrap_or(account)
                .to_lowercase();
            User {
                account: account.clone(),
                full_name: short.clone(),
                email: format!("{short}@example.com"),
                phone: String::new(),
                is_admin: false,
            }
        }
    }
}

fn whole_computer(seed: u64, id: u64, given: Option<&GivenComputer>) -> Computer {
    match given {
        None => invented_computer(seed, id),
        Some(GivenComputer::Name(name)) => Computer::named(name.clone()),
        Some(GivenComputer::Whole(computer)) => computer.clone(),
    }
}

fn whole_app(seed: u64, id: u64, given: Option<&App>) -> App {
    let Some(mut app) = given.cloned() else {
        return invented_app(seed, id);
    };
    if app.sha256.is_empty() {
        app.sha256 = seed::hex(seed, &app.file, 0, 64).to_uppercase();
    }
    app
}
