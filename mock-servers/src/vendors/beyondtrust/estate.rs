//! What can be asked for: managed systems and accounts, aliases, applications, access policies and ticket systems.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::{Time, Weekday};
use jiff::tz::Offset;
use serde::Serialize;

use super::request::AccessType;
use crate::seed;

/// A managed system.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct System {
    pub(crate) id: u64,
    pub(crate) name: String,
}

/// A managed account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Account {
    pub(crate) id: u64,
    pub(crate) name: String,
    pub(crate) domain: Option<String>,
    /// The systems it is valid for; the first is its own.
    pub(crate) systems: Vec<u64>,
    /// Whether the API may ask for it at all.
    pub(crate) api_access: bool,
    /// The name of its access policy.
    pub(crate) policy: String,
    /// Whether its credentials are rotated after check-in and expiry.
    pub(crate) rotates: bool,
}

/// An alias of an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Alias {
    pub(crate) id: u64,
    pub(crate) name: String,
    pub(crate) account: u64,
}

/// An application that a session may be for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Application {
    pub(crate) id: u64,
    pub(crate) name: String,
}

/// A ticket system.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct TicketSystem {
    pub(crate) id: u64,
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) default: bool,
}

/// What a request for an account must meet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Policy {
    pub(crate) name: String,
    /// Whether a ticket number must be given.
    pub(crate) ticket_required: bool,
    /// The ticket system it names; nothing means the default one.
    pub(crate) ticket_system: Option<u64>,
    /// Allow API Rotation Override: whether a request may switch rotation off.
    pub(crate) rotation_override: bool,
    pub(crate) schedules: Vec<Schedule>,
}

/// When a policy lets somebody in, and how.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Schedule {
    pub(crate) id: u64,
    pub(crate) access_types: Vec<AccessType>,
    /// Days, UTC; nothing means every day.
    #[serde(serialize_with = "day_names")]
    pub(crate) days: Vec<Weekday>,
    /// From this time of the day on, UTC.
    pub(crate) from: Option<Time>,
    /// Until before this time of the day, UTC.
    pub(crate) to: Option<Time>,
    /// How many approvals make a request active.
    pub(crate) approvers: u32,
    /// Active at once, without anybody.
    pub(crate) auto_approve: bool,
}

fn day_names<S: serde::Serializer>(days: &[Weekday], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(days.iter().map(|day| format!("{day:?}").to_lowercase()))
}

impl Schedule {
    /// An open one: any access at any time.
    pub(crate) fn open(id: u64, approvers: u32, auto_approve: bool) -> Self {
        Self {
            id,
            access_types: AccessType::ALL.to_vec(),
            days: Vec::new(),
            from: None,
            to: None,
            approvers,
            auto_approve,
        }
    }

    /// Whether it lets this access in at this time.
    pub(crate) fn admits(&self, access: AccessType, now: Timestamp) -> bool {
        let here = Offset::UTC.to_datetime(now);
        self.access_types.contains(&access)
            && (self.days.is_empty() || self.days.contains(&here.weekday()))
            && self.from.is_none_or(|from| here.time() >= from)
            && self.to.is_none_or(|to| here.time() < to)
    }

    // What is less trouble for the user is better; the id decides between equals.
    fn trouble(&self) -> (bool, u32, u64) {
        (!self.auto_approve, self.approvers, self.id)
    }
}

impl Policy {
    /// What an account without a policy of its own has: one approval, any access at any time.
    pub(crate) fn first(schedule: u64) -> Self {
        Self {
            name: "default".to_owned(),
            ticket_required: false,
            ticket_system: None,
            rotation_override: true,
            schedules: vec![Schedule::open(schedule, 1, false)],
        }
    }

    /// The schedule for an access at a time: the least trouble, or, if not `best`, the first that admits it.
    pub(crate) fn schedule_for(
        &self,
        access: AccessType,
        now: Timestamp,
        best: bool,
    ) -> Option<&Schedule> {
        let mut fitting = self
            .schedules
            .iter()
            .filter(|schedule| schedule.admits(access, now));
        if best {
            fitting.min_by_key(|schedule| schedule.trouble())
        } else {
            fitting.next()
        }
    }
}

/// All of it.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Estate {
    pub(crate) systems: BTreeMap<u64, System>,
    pub(crate) accounts: BTreeMap<u64, Account>,
    pub(crate) aliases: BTreeMap<u64, Alias>,
    pub(crate) applications: BTreeMap<u64, Application>,
    pub(crate) policies: BTreeMap<String, Policy>,
    pub(crate) ticket_systems: BTreeMap<u64, TicketSystem>,
    #[serde(skip)]
    pub(crate) next_schedule: u64,
}

impl Estate {
    /// An estate with the default policy and nothing else.
    pub(crate) fn new(seed: u64) -> Self {
        let first = 100 + seed::derive(seed, "beyondtrust/schedule", 0) % 400;
        Self {
            systems: BTreeMap::new(),
            accounts: BTreeMap::new(),
            aliases: BTreeMap::new(),
            applications: BTreeMap::new(),
            policies: BTreeMap::from([("default".to_owned(), Policy::first(first))]),
            ticket_systems: BTreeMap::new(),
            next_schedule: first + 1,
        }
    }

    /// The policy of this name, else the default one.
    pub(crate) fn policy(&self, name: &str) -> Option<&Policy> {
        self.policies
            .get(name)
            .or_else(|| self.policies.get("default"))
    }

    /// The ticket system used where none is named: the policy's, else the default one.
    pub(crate) fn default_ticket_system(&self, policy: &Policy) -> Option<u64> {
        let marked = || {
            self.ticket_systems
                .values()
                .find(|system| system.default)
                .map(|system| system.id)
        };
        policy.ticket_system.or_else(marked)
    }

    /// The accounts that text may mean: an id, a name, or `SYSTEM/NAME`; `system` narrows a name.
    pub(crate) fn accounts_called(&self, text: &str, system: Option<u64>) -> Vec<u64> {
        if let Ok(id) = text.parse() {
            return self
                .accounts
                .get(&id)
                .map(|account| account.id)
                .into_iter()
                .collect();
        }
        let (system, name) = match (system, text.split_once('/')) {
            (None, Some((place, name))) => match self.system_called(place) {
                Some(system) => (Some(system), name),
                None => return Vec::new(),
            },
            (system, _) => (system, text),
        };
        self.accounts
            .values()
            .filter(|account| account.name.eq_ignore_ascii_case(name))
            .filter(|account| system.is_none_or(|system| account.systems.contains(&system)))
            .map(|account| account.id)
            .collect()
    }

    /// The system of this id or name.
    pub(crate) fn system_called(&self, text: &str) -> Option<u64> {
        let by_id = text.parse().ok().filter(|id| self.systems.contains_key(id));
        by_id.or_else(|| {
            self.systems
                .values()
                .find(|system| system.name.eq_ignore_ascii_case(text))
                .map(|system| system.id)
        })
    }
}

/// The next free id of a kind: after the greatest, by a seeded step.
pub(crate) fn next_id<T>(seed: u64, purpose: &str, taken: &BTreeMap<u64, T>) -> u64 {
    match taken.last_key_value() {
        None => 10 + seed::derive(seed, purpose, 0) % 80,
        Some((last, _)) => last + 1 + seed::derive(seed, purpose, *last) % 4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn a_schedule_has_days_hours_and_access_types() {
        let mut schedule = Schedule::open(1, 1, false);
        // 2 March 2026 is a Monday.
        schedule.days = vec![Weekday::Monday];
        schedule.from = Some(Time::constant(8, 0, 0, 0));
        schedule.to = Some(Time::constant(18, 0, 0, 0));
        schedule.access_types = vec![AccessType::Ssh];
        assert!(schedule.admits(AccessType::Ssh, at("2026-03-02T08:00:00Z")));
        assert!(!schedule.admits(AccessType::View, at("2026-03-02T08:00:00Z")));
        assert!(!schedule.admits(AccessType::Ssh, at("2026-03-02T07:59:59Z")));
        assert!(!schedule.admits(AccessType::Ssh, at("2026-03-02T18:00:00Z")));
        assert!(!schedule.admits(AccessType::Ssh, at("2026-03-03T12:00:00Z")));
    }

    #[test]
    fn the_best_schedule_is_the_least_trouble() {
        let mut policy = Policy::first(5);
        policy.schedules = vec![
            Schedule::open(5, 2, false),
            Schedule::open(6, 1, false),
            Schedule::open(7, 1, false),
        ];
        let now = at("2026-03-02T08:00:00Z");
        let of = |best| policy.schedule_for(AccessType::View, now, best).unwrap().id;
        assert_eq!((of(true), of(false)), (6, 5));
    }
}
