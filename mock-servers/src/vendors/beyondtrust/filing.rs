//! Filing a request: the rules of POST Requests and POST Aliases/{aliasId}/Requests, in the order they are checked.

use jiff::Timestamp;

use super::conflict::Conflict;
use super::estate::{Account, Policy, Schedule};
use super::people::{Role, User};
use super::recording::{activate, deed};
use super::refusal::{APPROVER_ONLY, NO_PERMISSION, Refusal, TOO_FEW_APPROVERS};
use super::request::{AccessType, Request, Status, minutes_after};
use super::state::State;
use crate::seed;
use crate::vendors::{Deed, DeedKind};

/// What to do about an earlier request.
///
/// From: POST Requests, Request Body Details, ConflictOption.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OnConflict {
    /// An approved one of the same kind is answered instead.
    Reuse,
    /// Approved ones are cancelled first.
    Renew,
}

/// For what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// A system and an account, by their ids.
    Account { system: i64, account: i64 },
    /// An alias, by its id.
    Alias(u64),
}

/// A request body, with its limits already checked.
#[derive(Clone, Debug)]
pub(crate) struct Wish {
    pub(crate) target: Target,
    pub(crate) access: AccessType,
    pub(crate) application: Option<i64>,
    pub(crate) duration: u32,
    pub(crate) reason: Option<String>,
    pub(crate) schedule: Option<i64>,
    pub(crate) on_conflict: Option<OnConflict>,
    pub(crate) ticket_system: Option<i64>,
    pub(crate) ticket: Option<String>,
    pub(crate) rotate: Option<bool>,
}

/// What a filing led to.
#[derive(Debug)]
pub(crate) struct Filed {
    pub(crate) id: u64,
    /// Whether it is a new request (201), not a reused one (200).
    pub(crate) new: bool,
    pub(crate) deed: Deed,
}

/// Where a wish leads.
pub(super) struct Goal {
    pub(super) account: Account,
    pub(super) system: u64,
    alias: Option<u64>,
}

impl State {
    /// Files a request, or answers why not; nothing has changed then.
    pub(crate) fn file(
        &mut self,
        user: &User,
        wish: &Wish,
        now: Timestamp,
    ) -> Result<Filed, Refusal> {
        let goal = self.goal(wish)?;
        self.api_access(goal.account.id)?;
        let role = user.role_on(goal.account.id);
        let isa_enters = role == Some(Role::Isa)
            && self
                .dialects
                .is("beyondtrust.isa-requests", "auto-approved");
        match role {
            Some(role) if role.requests() || isa_enters => {}
            Some(Role::Approver) => return Err(Refusal::code(4033, APPROVER_ONLY)),
            Some(_) | None => return Err(Refusal::code(4031, NO_PERMISSION)),
        }
        let application = self.application(wish)?;
        let policy = self.policy_of(&goal.account)?;
        let schedule = self.schedule(wish, &policy, now)?;
        let ticket_system = self.ticket_system(wish, &policy)?;
        let rotate = self.rotation(wish, &policy)?;
        let auto = schedule.auto_approve || isa_enters;
        if !auto {
            self.enough_approvers(user, goal.account.id, &schedule)?;
        }
        let until = minutes_after(now, wish.duration);
        let cancelled = match self.conflict(user, wish, &goal, now, until)? {
            Conflict::None => Vec::new(),
            Conflict::Reused(row) => {
                let because = Some("an approved request is reused");
                return Ok(Filed {
                    id: row.id,
                    new: false,
                    deed: deed(DeedKind::NoOp, &row, "file", user, because),
                });
            }
            Conflict::Renewed(ids) => ids,
        };
        for id in &cancelled {
            self.cancel_for_renewal(*id, user, now);
        }
        let id = self.free_id();
        self.filed += 1;
        self.names.insert(format!("filed-{}", self.filed), id);
        let mut row = self.new_row(id, user, wish, &goal, now);
        row.application_id = application;
        row.schedule_id = schedule.id;
        row.ticket_system_id = ticket_system;
        row.rotate_on_check_in = rotate;
        row.approvals_needed = if auto { 0 } else { schedule.approvers };
        if auto {
            row.auto_approved = true;
            activate(&mut row, now, self.expires_from_release());
        }
        let because = (!cancelled.is_empty()).then(|| {
            let ids: Vec<String> = cancelled.iter().map(u64::to_string).collect();
            format!("renewed: {} cancelled", ids.join(", "))
        });
        let deed = deed(DeedKind::Effect, &row, "file", user, because.as_deref());
        self.store(row);
        Ok(Filed {
            id,
            new: true,
            deed,
        })
    }

    fn goal(&self, wish: &Wish) -> Result<Goal, Refusal> {
        let no_such = |switch: &str| {
            let value = self.dialects.chosen(&format!("beyondtrust.{switch}"));
            Refusal::named(value, NO_PERMISSION)
        };
        match wish.target {
            Target::Account { system, account } => {
                let find = || {
                    let account = self.account(u64::try_from(account).ok()?)?;
                    let system = u64::try_from(system).ok()?;
                    account.systems.contains(&system).then_some(Goal {
                        account,
                        system,
                        alias: None,
                    })
                };
                let exists = u64::try_from(account).is_ok_and(|id| self.account(id).is_some());
                find().ok_or_else(|| {
                    if exists {
                        Refusal::code(4031, NO_PERMISSION)
                    } else {
                        no_such("unknown-account")
                    }
                })
            }
            Target::Alias(id) => {
                let find = || {
                    let account = self.account(self.estate.aliases.get(&id)?.account)?;
                    let system = *account.systems.first()?;
                    Some(Goal {
                        account,
                        system,
                        alias: Some(id),
                    })
                };
                find().ok_or_else(|| no_such("unknown-alias"))
            }
        }
    }

    fn application(&self, wish: &Wish) -> Result<Option<u64>, Refusal> {
        if wish.access != AccessType::App {
            return Ok(None);
        }
        let known = |id: i64| {
            let id = u64::try_from(id).ok()?;
            self.estate.applications.contains_key(&id).then_some(id)
        };
        match wish.application {
            // Only an alias gets here without one: the body of POST Requests was checked.
            None => Ok(None),
            Some(id) => known(id).map(Some).ok_or_else(|| {
                let value = self.dialects.chosen("beyondtrust.unknown-application");
                Refusal::named(value, "The application does not exist.")
            }),
        }
    }

    fn policy_of(&self, account: &Account) -> Result<Policy, Refusal> {
        let policy = self.estate.policy(&account.policy).cloned();
        policy.ok_or_else(|| Refusal::code(4031, NO_PERMISSION))
    }

    fn schedule(&self, wish: &Wish, policy: &Policy, now: Timestamp) -> Result<Schedule, Refusal> {
        let best = self
            .dialects
            .is("beyondtrust.best-schedule", "least-trouble");
        let (found, switch) = match wish.schedule {
            None => (
                policy.schedule_for(wish.access, now, best),
                "beyondtrust.no-schedule",
            ),
            Some(id) => (
                policy
                    .schedules
                    .iter()
                    .filter(|schedule| i64::try_from(schedule.id) == Ok(id))
                    .find(|schedule| schedule.admits(wish.access, now)),
                "beyondtrust.wrong-schedule",
            ),
        };
        found.cloned().ok_or_else(|| {
            let says = "No schedule of the access policy allows this access now.";
            Refusal::named(self.dialects.chosen(switch), says)
        })
    }

    fn ticket_system(&self, wish: &Wish, policy: &Policy) -> Result<Option<u64>, Refusal> {
        if policy.ticket_required && wish.ticket.as_deref().is_none_or(str::is_empty) {
            let value = self.dialects.chosen("beyondtrust.ticket-missing");
            return Err(Refusal::named(value, "A ticket number is required."));
        }
        match wish.ticket_system {
            Some(id) => {
                let known = u64::try_from(id).ok();
                let known = known.filter(|id| self.estate.ticket_systems.contains_key(id));
                known.map(Some).ok_or_else(|| {
                    let value = self.dialects.chosen("beyondtrust.unknown-ticket-system");
                    Refusal::named(value, "The ticket system does not exist.")
                })
            }
            None if wish.ticket.is_some() => Ok(self.estate.default_ticket_system(policy)),
            None => Ok(None),
        }
    }

    // Switching rotation off is for policies that allow it; switching it on is what happens anyway.
    fn rotation(&self, wish: &Wish, policy: &Policy) -> Result<bool, Refusal> {
        match wish.rotate {
            Some(false) if !policy.rotation_override => {
                let value = self.dialects.chosen("beyondtrust.rotation-unsupported");
                if value == "ignored" {
                    return Ok(true);
                }
                let says = "The access policy does not support RotateOnCheckin.";
                Err(Refusal::named(value, says))
            }
            Some(rotate) => Ok(rotate),
            None => Ok(true),
        }
    }

    fn enough_approvers(
        &self,
        user: &User,
        account: u64,
        schedule: &Schedule,
    ) -> Result<(), Refusal> {
        let others = self.users.iter().filter(|other| {
            other.run_as != user.run_as
                && other.role_on(account).is_some_and(|role| role.approves())
        });
        if others.count() < schedule.approvers as usize {
            return Err(Refusal::code(4035, TOO_FEW_APPROVERS));
        }
        Ok(())
    }

    /// The next free id. Ids grow by small seeded steps.
    pub(super) fn free_id(&mut self) -> u64 {
        while self.rows.contains_key(&self.next_id) {
            self.next_id += 1;
        }
        let id = self.next_id;
        self.next_id = id + 1 + seed::derive(self.seed, "beyondtrust/step", id) % 5;
        id
    }

    fn new_row(&self, id: u64, user: &User, wish: &Wish, goal: &Goal, now: Timestamp) -> Request {
        let system = match self.estate.systems.get(&goal.system) {
            Some(system) => system.name.clone(),
            None => self
                .blocks
                .iter()
                .find_map(|block| {
                    let index = block.row_for(goal.account.id)?.checked_sub(block.first)?;
                    Some(block.system(index))
                })
                .unwrap_or_default(),
        };
        Request {
            id,
            name: None,
            status: Status::Pending,
            requestor: user.run_as.clone(),
            access_type: wish.access,
            system_id: goal.system,
            system,
            account_id: goal.account.id,
            account: goal.account.name.clone(),
            domain: goal.account.domain.clone(),
            alias_id: goal.alias,
            application_id: None,
            duration_minutes: wish.duration,
            reason: wish.reason.clone(),
            schedule_id: 0,
            ticket_system_id: None,
            ticket: wish.ticket.clone(),
            rotate_on_check_in: true,
            rotated: false,
            approvals_needed: 1,
            approvals: Vec::new(),
            auto_approved: false,
            approved_by: None,
            approved_at: None,
            denied_by: None,
            denied_at: None,
            denied_reason: None,
            started_at: None,
            check_in: None,
            filed_at: now,
            release_at: now,
            expires_at: minutes_after(now, wish.duration),
            ended_at: None,
        }
    }
}
