//! How Password Safe's part of a world becomes state: references by id or name, what is absent invented from the seed.

use jiff::Timestamp;
use jiff::civil::{Time, Weekday};

use super::estate::{Account, Alias, Application, Policy, Schedule, System, TicketSystem, next_id};
use super::generate::Block;
use super::given::{
    Day, Generate, Given, GivenAccount, GivenPolicy, GivenSchedule, GivenTicketSystem, GivenUser,
};
use super::people::{Role, Secrets, User};
use super::request::AccessType;
use super::state::State;

/// What is wrong with a world.
pub(super) fn wrong<T>(what: impl std::fmt::Display) -> Result<T, String> {
    Err(format!("beyondtrust: {what}"))
}

impl State {
    /// Adds a world's part: what requests refer to first.
    pub(crate) fn seed(&mut self, given: &Given, now: Timestamp) -> Result<(), String> {
        for ticket_system in &given.ticket_system {
            self.add_ticket_system(ticket_system)?;
        }
        for policy in &given.policy {
            self.add_policy(policy)?;
        }
        for system in &given.system {
            self.add_system(system.id, &system.name)?;
        }
        for account in &given.account {
            self.add_account(account)?;
        }
        for alias in &given.alias {
            let Some(account) = &alias.account else {
                return wrong(format!("alias {:?} needs an `account`", alias.name));
            };
            let account = self.one_account(account, None)?;
            let id = self.id("alias", alias.id, |state| &state.estate.aliases)?;
            let name = alias.name.clone();
            self.estate.aliases.insert(id, Alias { id, name, account });
        }
        for application in &given.application {
            self.add_application(application.id, &application.name)?;
        }
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

    // The stated id if it is free, else the next free one.
    fn id<T>(
        &self,
        kind: &str,
        stated: Option<u64>,
        taken: impl Fn(&Self) -> &std::collections::BTreeMap<u64, T>,
    ) -> Result<u64, String> {
        match stated {
            Some(id) if taken(self).contains_key(&id) => {
                wrong(format!("{kind} {id} is given twice"))
            }
            Some(id) => Ok(id),
            None => Ok(next_id(
                self.seed,
                &format!("beyondtrust/{kind}"),
                taken(self),
            )),
        }
    }

    pub(super) fn add_system(&mut self, id: Option<u64>, name: &str) -> Result<u64, String> {
        let id = self.id("system", id, |state| &state.estate.systems)?;
        let name = name.to_owned();
        self.estate.systems.insert(id, System { id, name });
        Ok(id)
    }

    /// The system of this id or name; a new one for a name that none has.
    pub(super) fn system(&mut self, text: &str) -> Result<u64, String> {
        match self.estate.system_called(text) {
            Some(id) => Ok(id),
            None if text.parse::<u64>().is_ok() => wrong(format!("no system {text}")),
            None => self.add_system(None, text),
        }
    }

    pub(super) fn add_application(&mut self, id: Option<u64>, name: &str) -> Result<u64, String> {
        let id = self.id("application", id, |state| &state.estate.applications)?;
        let name = name.to_owned();
        self.estate
            .applications
            .insert(id, Application { id, name });
        Ok(id)
    }

    fn add_ticket_system(&mut self, given: &GivenTicketSystem) -> Result<(), String> {
        let first = self.estate.ticket_systems.is_empty();
        let id = self.id("ticket-system", given.id, |state| {
            &state.estate.ticket_systems
        })?;
        let default = given.default.unwrap_or(first);
        if default {
            for other in self.estate.ticket_systems.values_mut() {
                other.default = false;
            }
        }
        let system = TicketSystem {
            id,
            name: given.name.clone(),
            description: given.description.clone(),
            default,
        };
        self.estate.ticket_systems.insert(id, system);
        Ok(())
    }

    /// The ticket system of this id or name.
    pub(super) fn ticket_system_called(&self, text: &str) -> Result<u64, String> {
        let systems = &self.estate.ticket_systems;
        let by_id = text.parse().ok().filter(|id| systems.contains_key(id));
        let by_name = || {
            systems
                .values()
                .find(|system| system.name.eq_ignore_ascii_case(text))
                .map(|system| system.id)
        };
        by_id
            .or_else(by_name)
            .map_or_else(|| wrong(format!("no ticket system {text:?}")), Ok)
    }

    fn add_policy(&mut self, given: &GivenPolicy) -> Result<(), String> {
        let approvers = given.approvers.unwrap_or(1);
        let auto_approve = given.auto_approve.unwrap_or(approvers == 0);
        let open = [GivenSchedule::default()];
        let schedules = if given.schedule.is_empty() {
            &open
        } else {
            given.schedule.as_slice()
        };
        let mut built: Vec<Schedule> = Vec::new();
        for schedule in schedules {
            let id = schedule.id.unwrap_or(self.estate.next_schedule);
            let others = self
                .estate
                .policies
                .values()
                .filter(|policy| policy.name != given.name);
            let mut taken = others.flat_map(|policy| &policy.schedules).chain(&built);
            if taken.any(|known| known.id == id) {
                return wrong(format!("schedule {id} is given twice"));
            }
            self.estate.next_schedule = self.estate.next_schedule.max(id + 1);
            let mut made = Schedule::open(
                id,
                schedule.approvers.unwrap_or(approvers),
                schedule.auto_approve.unwrap_or(auto_approve),
            );
            made.days = schedule.days.iter().map(|day| weekday(*day)).collect();
            made.from = time(schedule.from.as_deref())?;
            made.to = time(schedule.to.as_deref())?;
            if let Some(types) = &schedule.access_types {
                made.access_types.clone_from(types);
            }
            built.push(made);
        }
        let ticket_system = match &given.ticket_system {
            Some(text) => Some(self.ticket_system_called(text)?),
            None => None,
        };
        let policy = Policy {
            name: given.name.clone(),
            ticket_required: given.ticket_required,
            ticket_system,
            rotation_override: given.rotation_override.unwrap_or(true),
            schedules: built,
        };
        self.estate.policies.insert(given.name.clone(), policy);
        Ok(())
    }

    pub(super) fn add_account(&mut self, given: &GivenAccount) -> Result<u64, String> {
        let id = self.id("account", given.id, |state| &state.estate.accounts)?;
        let own = match &given.system {
            Some(system) => self.system(system)?,
            None => self.add_system(None, &format!("SRV-{id:04}"))?,
        };
        let mut systems = vec![own];
        for further in &given.systems {
            systems.push(self.system(further)?);
        }
        let short = [
            given.approvers.is_some(),
            given.auto_approve.is_some(),
            given.ticket_required.is_some(),
        ];
        let policy = match &given.policy {
            Some(_) if short.contains(&true) => {
                return wrong(format!(
                    "account {:?} has a policy and settings of one",
                    given.name
                ));
            }
            Some(name) if self.estate.policies.contains_key(name) => name.clone(),
            Some(name) => return wrong(format!("no policy {name:?}")),
            None if short.contains(&true) => {
                let name = format!("account {id}");
                self.add_policy(&GivenPolicy {
                    name: name.clone(),
                    approvers: given.approvers,
                    auto_approve: given.auto_approve,
                    ticket_required: given.ticket_required.unwrap_or(false),
                    ticket_system: None,
                    rotation_override: None,
                    schedule: Vec::new(),
                })?;
                name
            }
            None => "default".to_owned(),
        };
        let account = Account {
            id,
            name: given.name.clone(),
            domain: given.domain.clone(),
            systems,
            api_access: given.api_access.unwrap_or(true),
            policy,
            rotates: given.rotates.unwrap_or(true),
        };
        self.estate.accounts.insert(id, account);
        Ok(id)
    }

    /// The one account that text means.
    pub(super) fn one_account(&self, text: &str, system: Option<u64>) -> Result<u64, String> {
        match self.estate.accounts_called(text, system).as_slice() {
            [one] => Ok(*one),
            [] => wrong(format!("no account {text:?}")),
            _ => wrong(format!(
                "more than one account {text:?}: write SYSTEM/NAME or its id"
            )),
        }
    }

    fn add_user(&mut self, given: &GivenUser) -> Result<(), String> {
        let mut secrets = Secrets::derived(self.seed, &given.name);
        for (own, stated, least, most, key) in [
            (&mut secrets.api_key, &given.api_key, 128, 263, "api-key"),
            (&mut secrets.password, &given.password, 1, 1000, "password"),
            (
                &mut secrets.client_id,
                &given.client_id,
                36,
                40,
                "client-id",
            ),
            (
                &mut secrets.client_secret,
                &given.client_secret,
                36,
                64,
                "client-secret",
            ),
        ] {
            if let Some(text) = stated {
                if !(least..=most).contains(&text.chars().count()) {
                    return wrong(format!("`{key}` has {least} to {most} characters"));
                }
                own.clone_from(text);
            }
        }
        let accounts = match &given.accounts {
            None => None,
            Some(texts) => {
                let found: Result<Vec<u64>, String> = texts
                    .iter()
                    .map(|text| self.one_account(text, None))
                    .collect();
                Some(found?)
            }
        };
        let place = self.users.iter().position(|user| user.name == given.name);
        let known = place.map(|place| self.users[place].clone());
        let greatest = self.users.iter().map(|user| user.id).max().unwrap_or(10);
        // What is not said of somebody who is there already stays as it is.
        let run_as = given.run_as.clone();
        let mut user = known.unwrap_or_else(|| {
            let run_as = run_as.clone().unwrap_or_else(|| given.name.clone());
            User {
                id: greatest + 1,
                name: given.name.clone(),
                full_name: run_as.clone(),
                email: format!("{run_as}@example.com"),
                run_as,
                role: Role::Requestor,
                accounts: None,
                api: true,
                password_required: true,
                secrets: Secrets::derived(self.seed, &given.name),
            }
        });
        user.secrets = secrets;
        user.run_as = run_as.unwrap_or(user.run_as);
        user.full_name = given.full_name.clone().unwrap_or(user.full_name);
        user.email = given.email.clone().unwrap_or(user.email);
        user.role = given.role.unwrap_or(user.role);
        user.accounts = accounts.or(user.accounts);
        user.api = given.api.unwrap_or(user.api);
        user.password_required = given.password_required.unwrap_or(user.password_required);
        match place {
            Some(place) => self.users[place] = user,
            None => self.users.push(user),
        }
        let ambiguous = self.users.iter().enumerate().find(|(place, user)| {
            self.users[..*place]
                .iter()
                .any(|other| other.run_as.eq_ignore_ascii_case(&user.run_as))
        });
        match ambiguous {
            Some((_, user)) => wrong(format!("two users are called {:?}", user.run_as)),
            None => Ok(()),
        }
    }

    pub(super) fn add_block(&mut self, generate: &Generate, now: Timestamp) -> Result<(), String> {
        if generate.count == 0 {
            return Ok(());
        }
        let requestors = self
            .users
            .iter()
            .filter(|user| user.role.requests() && user.accounts.is_none())
            .map(|user| user.run_as.clone())
            .collect();
        let newest = generate.at.map_or(now, |moment| moment.0);
        let policy = self.estate.policy("default");
        let terms = policy
            .and_then(|policy| policy.schedule_for(AccessType::View, newest, true))
            .map_or((0, 1), |schedule| (schedule.id, schedule.approvers.max(1)));
        let block = Block::new(
            self.seed,
            self.next_id,
            generate.count,
            newest,
            requestors,
            terms,
        )?;
        self.next_id += generate.count;
        self.blocks.push(block);
        Ok(())
    }
}

fn weekday(day: Day) -> Weekday {
    match day {
        Day::Mon => Weekday::Monday,
        Day::Tue => Weekday::Tuesday,
        Day::Wed => Weekday::Wednesday,
        Day::Thu => Weekday::Thursday,
        Day::Fri => Weekday::Friday,
        Day::Sat => Weekday::Saturday,
        Day::Sun => Weekday::Sunday,
    }
}

fn time(text: Option<&str>) -> Result<Option<Time>, String> {
    match text.map(str::parse) {
        None => Ok(None),
        Some(Ok(time)) => Ok(Some(time)),
        Some(Err(_)) => wrong(format!(
            "{:?} is no time of day such as 08:00",
            text.unwrap_or_default()
        )),
    }
}
