//! The rules of permits, which write applications, rules and policies. The other decisions are `rejecting.rs`.

use jiff::{SignedDuration, Timestamp};

use super::estate::{Application, Level, Mode, Policy};
use super::people::{APPROVE, Permission as P};
use super::permit::{Permit, Scope, Target};
use super::refusal::{ACTIONED, Refusal};
use super::rejecting::deed;
use super::request::{Request, Status};
use super::state::{Caller, Ending, State};
use crate::vendors::{Deed, DeedKind};

/// How long Learning Mode lasts.
///
/// From: ApprovalRequestPermitApplication, the third request body.
const LEARNING: SignedDuration = SignedDuration::from_hours(1);

impl State {
    /// `ApprovalRequestPermitApplication`. What is actioned already is permitted again, by whoever may edit it.
    pub(crate) fn permit(
        &mut self,
        caller: &Caller,
        permit: &Permit,
        now: Timestamp,
    ) -> Result<Deed, Refusal> {
        let row = self.found(caller, &permit.request)?;
        if row.is_storage() {
            let status = self.dialects.chosen("threatlocker.storage-permit");
            return Err(Refusal::named(status, "This is a Storage Control request."));
        }
        self.may_permit(caller, &row, permit)?;
        let application = self.target(&row, permit)?;
        let level = self.level(&row, permit)?;
        if permit.json.is_none() {
            if self.dialects.is("threatlocker.missing-json", "417") {
                return Err(Refusal::invalid("The json of the request is missing."));
            }
            let because = "approvalRequest.json is missing: accepted, nothing written";
            return Ok(deed(DeedKind::NoOp, &row, "approve", None, Some(because)));
        }
        let covered = application
            .as_ref()
            .is_some_and(|own| self.has_policy(&own.id, &row));
        if permit.existing_policy
            && !covered
            && self.dialects.is("threatlocker.no-existing-policy", "417")
        {
            return Err(Refusal::invalid("The application has no policy to use."));
        }
        Ok(self.write(&row, permit, application, level, &caller.user.email, now))
    }

    /// Writes what a permit asks for, in whoever's name; without an application that is there already, a new one.
    pub(super) fn write(
        &mut self,
        row: &Request,
        permit: &Permit,
        application: Option<Application>,
        level: Level,
        by: &str,
        now: Timestamp,
    ) -> Deed {
        let application = application.unwrap_or_else(|| Application {
            id: self.fresh("new-application"),
            name: match &permit.target {
                Target::New(name) | Target::Matching(name) | Target::Existing(name) => name.clone(),
            },
            organization: Some(row.organization.clone()),
            os: row.os,
            rules: Vec::new(),
            request: Some(row.id.clone()),
        });
        let (id, name) = (application.id.clone(), application.name.clone());
        let own = self
            .estate
            .applications
            .entry(id.clone())
            .or_insert(application);
        if !own.is_built_in() {
            own.rules.extend(permit.rules.iter().cloned());
        }
        let policy = (!permit.existing_policy)
            .then(|| self.add_policy(row, permit, (id.clone(), name), level, by, now));
        let existing = matches!(permit.target, Target::Existing(_));
        let status = if existing && self.dialects.is("threatlocker.existing-status", "12") {
            Status::AddedToApplication
        } else {
            Status::Approved
        };
        let echoed = self.dialects.is("threatlocker.admin-notes", "echoed");
        let because = policy
            .is_none()
            .then_some("rules added, the policy is an existing one");
        let after = self.change(&row.id, |row| {
            row.status = status;
            row.approved_by = Some(by.to_owned());
            row.action_date = Some(now);
            row.ignored = false;
            row.application = Some(id);
            row.policies.extend(policy);
            if echoed {
                if !permit.notes.ticket.is_empty() {
                    row.ticket.clone_from(&permit.notes.ticket);
                }
                if !permit.notes.comments.is_empty() {
                    row.comments.clone_from(&permit.notes.comments);
                }
            }
            row.admin_notes = permit.notes.clone();
            row.response_reason.clone_from(&permit.response_reason);
            row.notified = permit.notify;
        });
        let after = after.unwrap_or_else(|| row.clone());
        deed(DeedKind::Effect, &after, "approve", Some(by), because)
    }

    fn add_policy(
        &mut self,
        row: &Request,
        permit: &Permit,
        (application, application_name): (String, String),
        level: Level,
        by: &str,
        now: Timestamp,
    ) -> String {
        let id = self.fresh("policy");
        let mode_until = match permit.mode {
            Mode::Learning => now.checked_add(LEARNING).ok(),
            Mode::Rules | Mode::Install | Mode::Monitor => None,
        };
        let place = self.estate.policies.len();
        let ends = [
            (mode_until, Ending::Mode),
            (
                permit.elevation_until.filter(|_| permit.elevation),
                Ending::Elevation,
            ),
            (permit.expires_at, Ending::Policy),
        ];
        for (at, ending) in ends {
            let ahead = at.filter(|at| *at > now);
            self.agenda.extend(ahead.map(|at| (at, place, ending)));
        }
        self.estate.policies.push(Policy {
            id: id.clone(),
            request: row.id.clone(),
            application,
            application_name,
            organization: row.organization.clone(),
            level,
            mode: permit.mode,
            mode_until,
            elevation: permit.elevation && permit.elevation_until.is_none_or(|at| at > now),
            elevation_until: permit.elevation_until.filter(|_| permit.elevation),
            ringfenced: permit.ringfenced,
            ringfence_action: permit.ringfence_action,
            disable_protection: permit.disable_protection,
            created_by: permit.created_by.clone(),
            certificates: permit.certificates.clone(),
            additional_files: permit.additional_files,
            network_exclusions: permit.network_exclusions,
            by: by.to_owned(),
            written_at: now,
            expires_at: permit.expires_at,
            expired: permit.expires_at.is_some_and(|at| at <= now),
        });
        id
    }

    // From: ApprovalRequestPermitApplication, Permission Requirements.
    fn may_permit(&self, caller: &Caller, row: &Request, permit: &Permit) -> Result<(), Refusal> {
        if row.status.is_actioned() {
            self.needs(caller, &[&[P::EditActioned]])?;
            if self.dialects.is("threatlocker.second-permit", "417") {
                return Err(Refusal::invalid(ACTIONED));
            }
        } else {
            let escalated = matches!(row.status, Status::Escalated | Status::EscalatedByCustomer);
            let always = self
                .dialects
                .is("threatlocker.pending-permit", "approve-escalation");
            if escalated || always {
                self.needs(caller, &[&[P::ApproveEscalation]])?;
            }
        }
        let custom = |id: &String| {
            let known = self.estate.applications.get(id);
            known.is_some_and(|application| !application.is_built_in())
        };
        match &permit.target {
            Target::New(_) => self.needs(caller, &[&[P::NewInstall]])?,
            Target::Existing(id) | Target::Matching(id) if custom(id) => {
                self.needs(caller, &[&[P::UpdateExisting]])?;
            }
            Target::Existing(_) | Target::Matching(_) => {}
        }
        if self
            .dialects
            .is("threatlocker.scope-permission", "by-level")
        {
            return self.needs(caller, &[&fitting(permit)]);
        }
        self.needs(caller, &[APPROVE])
    }

    // The application that is there already; nothing for a new one.
    fn target(&self, row: &Request, permit: &Permit) -> Result<Option<Application>, Refusal> {
        let (Target::Matching(id) | Target::Existing(id)) = &permit.target else {
            return Ok(None);
        };
        let usable = self.estate.usable(&row.organization);
        let found = usable.into_iter().find(|application| application.id == *id);
        let unknown = || {
            let status = self.dialects.chosen("threatlocker.unknown-application");
            Refusal::named(status, "The application was not found.")
        };
        let found = found.ok_or_else(unknown)?;
        // Seen live: a built-in for less than everybody is refused with these very words.
        if found.is_built_in() && permit.scope != Scope::Organization {
            return Err(Refusal::new(401, "Missing the '' permission"));
        }
        Ok(Some(found.clone()))
    }

    fn level(&self, row: &Request, permit: &Permit) -> Result<Level, Refusal> {
        match &permit.scope {
            Scope::Organization => Ok(Level::Organization(row.organization.clone())),
            Scope::Computer => Ok(Level::Computer(
                permit
                    .computer
                    .clone()
                    .unwrap_or_else(|| row.computer.clone()),
            )),
            Scope::Group(id) => {
                let known = self.estate.groups.get(id);
                if known.is_some_and(|group| group.organization == row.organization) {
                    return Ok(Level::Group(id.clone()));
                }
                let status = self.dialects.chosen("threatlocker.unknown-group");
                Err(Refusal::named(status, "The computer group was not found."))
            }
        }
    }

    fn has_policy(&self, application: &str, row: &Request) -> bool {
        self.estate.policies.iter().any(|policy| {
            policy.application == application
                && !policy.expired
                && match &policy.level {
                    Level::Computer(id) => *id == row.computer,
                    Level::Group(id) => *id == row.group,
                    Level::Organization(id) => *id == row.organization,
                }
        })
    }
}

// Whose name a permission has, if levels and rules count: the wider ones are good for the narrower levels too.
fn fitting(permit: &Permit) -> Vec<P> {
    let hashes = !permit.rules.is_empty()
        && permit.mode == Mode::Rules
        && permit.rules.iter().all(super::estate::Rule::is_hash_only);
    let (computer, group) = match permit.scope {
        Scope::Computer => (true, true),
        Scope::Group(_) => (false, true),
        Scope::Organization => (false, false),
    };
    let mut fitting = vec![P::ApproveOrganization];
    fitting.extend(hashes.then_some(P::ApproveOrganizationHash));
    fitting.extend(group.then_some(P::ApproveGroup));
    fitting.extend((group && hashes).then_some(P::ApproveGroupHash));
    fitting.extend(computer.then_some(P::ApproveComputer));
    fitting.extend((computer && hashes).then_some(P::ApproveComputerHash));
    fitting.extend((computer && permit.rules.is_empty()).then_some(P::ApproveComputerApplication));
    fitting
}
