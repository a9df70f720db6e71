//! One given request becomes one row: its account found or invented, its past written as its status needs it.

use jiff::Timestamp;

use super::estate::Account;
use super::given::{GivenAccount, GivenRequest};
use super::people::User;
use super::recording::activate;
use super::request::{AccessType, Approval, CheckIn, Person, Request, Status, minutes_after};
use super::state::State;
use super::world::wrong;
use crate::seed;

const PLACES: [&str; 4] = ["FIN", "WEB", "ERP", "LAB"];
const ACCOUNTS: [&str; 4] = ["root", "Administrator", "oracle", "svc_backup"];

impl State {
    /// Adds one request; answers its id.
    pub(crate) fn add(&mut self, given: &GivenRequest, now: Timestamp) -> Result<u64, String> {
        let id = match &given.id {
            None => self.free_id(),
            Some(text) => match text.parse() {
                Ok(id) if self.row(id).is_none() => id,
                Ok(id) => return wrong(format!("request {id} is given twice")),
                Err(_) => return wrong(format!("{text:?} is no request id: digits only")),
            },
        };
        if let Some(name) = &given.name
            && self.names.insert(name.clone(), id).is_some()
        {
            return wrong(format!("two requests are named {name:?}"));
        }
        self.next_id = self.next_id.max(id.saturating_add(1));
        let requestor = self.called(given.requestor.as_deref().unwrap_or("requestor"))?;
        let (account, system, alias) = self.target(given, id)?;
        let application = match &given.application {
            Some(text) => Some(self.application_called(text)?),
            None => None,
        };
        let access = match (given.access_type, application) {
            (Some(access), _) => access,
            (None, Some(_)) => AccessType::App,
            (None, None) => AccessType::View,
        };
        let filed_at = given.at.map_or(now, |moment| moment.0);
        let release_at = given.release_at.map_or(filed_at, |moment| moment.0);
        let duration = given.duration.unwrap_or(480);
        let policy = self.estate.policy(&account.policy).cloned();
        let schedule = policy
            .as_ref()
            .and_then(|policy| policy.schedule_for(access, filed_at, true));
        let auto =
            given.approvers.is_none() && schedule.is_some_and(|schedule| schedule.auto_approve);
        let asked = schedule.map_or(1, |schedule| schedule.approvers);
        let ticket_system = match (&given.ticket_system, &given.ticket, &policy) {
            (Some(text), _, _) => Some(self.ticket_system_called(text)?),
            (None, Some(_), Some(policy)) => self.estate.default_ticket_system(policy),
            (None, _, _) => None,
        };
        let mut row = Request {
            id,
            name: given.name.clone(),
            status: Status::Pending,
            requestor: requestor.run_as,
            access_type: access,
            system_id: system,
            system: self
                .estate
                .systems
                .get(&system)
                .map(|system| system.name.clone())
                .unwrap_or_default(),
            account_id: account.id,
            account: account.name.clone(),
            domain: account.domain,
            alias_id: alias,
            application_id: application,
            duration_minutes: duration,
            reason: given.reason.clone(),
            schedule_id: schedule.map_or(0, |schedule| schedule.id),
            ticket_system_id: ticket_system,
            ticket: given.ticket.clone(),
            rotate_on_check_in: given.rotate_on_check_in.unwrap_or(true),
            rotated: false,
            approvals_needed: given.approvers.unwrap_or(if auto { 0 } else { asked }),
            approvals: Vec::new(),
            auto_approved: false,
            approved_by: None,
            approved_at: None,
            denied_by: None,
            denied_at: None,
            denied_reason: None,
            started_at: None,
            check_in: None,
            filed_at,
            release_at,
            expires_at: minutes_after(release_at, duration),
            ended_at: None,
        };
        let status = given.status.unwrap_or(if auto {
            Status::Active
        } else {
            Status::Pending
        });
        row.auto_approved = auto && given.approved_by.is_empty();
        self.set_past(&mut row, status, given)?;
        self.store(row);
        Ok(id)
    }

    pub(super) fn called(&self, text: &str) -> Result<User, String> {
        match self.user(text) {
            Some(user) => Ok(user.clone()),
            None => wrong(format!("nobody is called {text:?}")),
        }
    }

    // Which account, on which system, by which alias; a name that no account has makes one.
    fn target(
        &mut self,
        given: &GivenRequest,
        id: u64,
    ) -> Result<(Account, u64, Option<u64>), String> {
        if let Some(text) = &given.alias {
            if given.system.is_some() || given.account.is_some() {
                return wrong("`alias` stands for `system` and `account`");
            }
            let by_id = text.parse().ok();
            let alias = self
                .estate
                .aliases
                .values()
                .find(|alias| Some(alias.id) == by_id || alias.name.eq_ignore_ascii_case(text));
            let Some(alias) = alias.cloned() else {
                return wrong(format!("no alias {text:?}"));
            };
            let Some(account) = self.estate.accounts.get(&alias.account).cloned() else {
                return wrong(format!("alias {text:?} has no account"));
            };
            let system = account.systems.first().copied().unwrap_or_default();
            return Ok((account, system, Some(alias.id)));
        }
        let system = match &given.system {
            Some(text) => Some(self.system(text)?),
            None => None,
        };
        let name = given.account.clone().unwrap_or_else(|| {
            seed::pick(self.seed, "beyondtrust/account-name", id, &ACCOUNTS).to_string()
        });
        let found = match (&given.account, system) {
            // Nothing is said: an account of its own, so that no two requests meet by chance.
            (None, None) => Vec::new(),
            (_, _) => self.estate.accounts_called(&name, system),
        };
        let account = match found.as_slice() {
            [one] => *one,
            [] if name.parse::<u64>().is_ok() => return wrong(format!("no account {name}")),
            [] => {
                let (place, name) = match (system, name.split_once('/')) {
                    (None, Some((place, name))) => (Some(place.to_owned()), name.to_owned()),
                    (system, _) => (system.map(|id| id.to_string()), name.clone()),
                };
                let invented = || {
                    let place = seed::pick(self.seed, "beyondtrust/place", id, &PLACES);
                    format!("{place}-SRV-{id:04}")
                };
                let account = GivenAccount {
                    name,
                    system: Some(place.unwrap_or_else(invented)),
                    domain: given.domain.clone(),
                    ..GivenAccount::default()
                };
                self.add_account(&account)?
            }
            _ => return wrong(format!("more than one account {name:?}: name its system")),
        };
        let Some(account) = self.estate.accounts.get(&account).cloned() else {
            return wrong(format!("no account {name:?}"));
        };
        let own = account.systems.first().copied().unwrap_or_default();
        Ok((account, system.unwrap_or(own), None))
    }

    fn application_called(&mut self, text: &str) -> Result<u64, String> {
        let by_id = text.parse().ok();
        let found = self.estate.applications.values().find(|application| {
            Some(application.id) == by_id || application.name.eq_ignore_ascii_case(text)
        });
        match found.map(|application| application.id) {
            Some(id) => Ok(id),
            None if by_id.is_some() => wrong(format!("no application {text}")),
            None => self.add_application(None, text),
        }
    }

    // What a request that is not pending must have behind it.
    fn set_past(
        &self,
        row: &mut Request,
        status: Status,
        given: &GivenRequest,
    ) -> Result<(), String> {
        let changed = given.changed_at.map_or(row.filed_at, |moment| moment.0);
        let mut approvers: Vec<User> = Vec::new();
        for name in &given.approved_by {
            approvers.push(self.called(name)?);
        }
        let granted = match status {
            Status::Active | Status::Cancelled | Status::CheckedIn | Status::Expired => true,
            Status::Pending | Status::Denied | Status::Withdrawn => false,
        };
        if granted && approvers.is_empty() && !row.auto_approved {
            approvers = self.first_approvers(row);
        }
        row.approvals = approvers
            .iter()
            .map(|user| Approval {
                by: user.run_as.clone(),
                at: changed,
                reason: None,
            })
            .collect();
        if granted {
            row.approved_by = approvers.last().map(User::person);
            activate(row, changed, self.expires_from_release());
        } else if !approvers.is_empty() && approvers.len() >= row.approvals_needed as usize {
            return wrong("a pending or denied request has fewer approvals than it needs");
        }
        row.status = status;
        row.ended_at = (!status.is_live()).then_some(changed);
        let denier = || -> Result<Person, String> {
            let named = given.denied_by.as_deref().unwrap_or("boss");
            Ok(self.called(named)?.person())
        };
        match status {
            Status::Denied | Status::Cancelled => {
                row.denied_by = Some(denier()?);
                row.denied_at = Some(changed);
                row.denied_reason.clone_from(&given.denied_reason);
            }
            Status::CheckedIn => {
                row.check_in = Some(CheckIn {
                    by: row.requestor.clone(),
                    at: changed,
                    reason: None,
                });
            }
            Status::Pending | Status::Active | Status::Expired | Status::Withdrawn => {}
        }
        row.rotated = matches!(status, Status::CheckedIn | Status::Expired)
            && row.rotate_on_check_in
            && self.rotates(row.account_id);
        Ok(())
    }

    // The approver of the tool first, then whoever else may.
    fn first_approvers(&self, row: &Request) -> Vec<User> {
        let mut able: Vec<&User> = self
            .users
            .iter()
            .filter(|user| user.run_as != row.requestor)
            .filter(|user| {
                user.role_on(row.account_id)
                    .is_some_and(|role| role.approves())
            })
            .collect();
        able.sort_by_key(|user| user.name != "approver");
        let needed = row.approvals_needed.max(1) as usize;
        able.into_iter().take(needed).cloned().collect()
    }
}
