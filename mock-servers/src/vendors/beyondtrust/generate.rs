//! Generated queues: row i is a function of (seed, i), its account too; nothing is stored until somebody touches it.

use jiff::{SignedDuration, Timestamp};

use super::estate::Account;
use super::request::{AccessType, Request, Status, minutes_after};
use crate::seed;

/// How far back the oldest row of a block lies.
const SPAN_SECONDS: i64 = 2 * 24 * 3600;
/// Every generated request asks for so many minutes.
const DURATION: u32 = 480;
/// The greatest id a generated request may have: above are the ids of its account and system.
pub(crate) const MOST: u64 = 10_000_000;
const SYSTEMS: u64 = 20_000_000;
/// How many accounts a generated system has.
const PER_SYSTEM: u64 = 8;

const PLACES: [&str; 5] = ["FIN", "WEB", "ERP", "LAB", "HR"];
const KINDS: [(&str, AccessType); 5] = [
    ("root", AccessType::Ssh),
    ("Administrator", AccessType::Rdp),
    ("svc_backup", AccessType::View),
    ("oracle", AccessType::Ssh),
    ("sa", AccessType::View),
];
const REASONS: [&str; 5] = [
    "Patch window",
    "Disk is full",
    "Vendor support session",
    "Restore test",
    "Certificate renewal",
];

/// A generated queue: ids `first..first + count`, older rows first, all pending.
#[derive(Clone, Debug)]
pub(crate) struct Block {
    pub(crate) first: u64,
    pub(crate) count: u64,
    seed: u64,
    newest: Timestamp,
    /// User names of those who ask.
    pub(crate) requestors: Vec<String>,
    schedule: u64,
    approvers: u32,
}

impl Block {
    pub(crate) fn new(
        seed: u64,
        first: u64,
        count: u64,
        newest: Timestamp,
        requestors: Vec<String>,
        (schedule, approvers): (u64, u32),
    ) -> Result<Self, String> {
        if first.checked_add(count).is_none_or(|end| end > MOST) {
            return Err(format!("beyondtrust: more than {MOST} requests"));
        }
        if requestors.is_empty() {
            return Err("beyondtrust: nobody may ask, so nothing can be generated".to_owned());
        }
        Ok(Self {
            first,
            count,
            seed,
            newest,
            requestors,
            schedule,
            approvers,
        })
    }

    pub(crate) fn holds(&self, id: u64) -> bool {
        id >= self.first && id - self.first < self.count
    }

    /// Who asks in row `index`.
    pub(crate) fn requestor(&self, index: u64) -> &str {
        seed::pick::<String>(
            self.seed,
            "beyondtrust/requestor",
            self.first + index,
            &self.requestors,
        )
    }

    /// When row `index` was filed: never falls as the index grows.
    pub(crate) fn filed_at(&self, index: u64) -> Timestamp {
        let last = self.count.saturating_sub(1);
        let behind = i128::from(SPAN_SECONDS) * i128::from(last - index.min(last))
            / i128::from(self.count.max(1));
        self.newest
            .saturating_sub(SignedDuration::from_secs(behind as i64))
            .unwrap_or(self.newest)
    }

    pub(crate) fn expires_at(&self, index: u64) -> Timestamp {
        minutes_after(self.filed_at(index), DURATION)
    }

    /// How many rows from the first on have lapsed at `now`, where a duration counts from the release.
    pub(crate) fn lapsed(&self, now: Timestamp) -> u64 {
        let (mut low, mut high) = (0, self.count);
        while low < high {
            let middle = low + (high - low) / 2;
            if self.expires_at(middle) <= now {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        low
    }

    pub(crate) fn account_id(&self, index: u64) -> u64 {
        MOST + self.first + index
    }

    pub(crate) fn system_id(&self, index: u64) -> u64 {
        SYSTEMS + (self.first + index) / PER_SYSTEM
    }

    pub(crate) fn system(&self, index: u64) -> String {
        let number = (self.first + index) / PER_SYSTEM;
        let place = seed::pick(self.seed, "beyondtrust/place", number, &PLACES);
        format!("{place}-SRV-{number:05}")
    }

    /// The account's name and what access is asked for.
    pub(crate) fn kind(&self, index: u64) -> (&'static str, AccessType) {
        *seed::pick(self.seed, "beyondtrust/kind", self.first + index, &KINDS)
    }

    /// The account of this id, if it belongs to a row of this block.
    pub(crate) fn account(&self, id: u64) -> Option<Account> {
        let index = id.checked_sub(MOST)?.checked_sub(self.first)?;
        (index < self.count).then(|| Account {
            id,
            name: self.kind(index).0.to_owned(),
            domain: None,
            systems: vec![self.system_id(index)],
            api_access: true,
            policy: "default".to_owned(),
            rotates: true,
        })
    }

    /// The row that asks for this account.
    pub(crate) fn row_for(&self, account: u64) -> Option<u64> {
        let id = account.checked_sub(MOST)?;
        self.holds(id).then_some(id)
    }

    /// What row `index` is while nobody has touched it, at `now`. `lapses`: its duration counts from its release.
    pub(crate) fn row(&self, index: u64, now: Timestamp, lapses: bool) -> Request {
        let id = self.first + index;
        let filed_at = self.filed_at(index);
        let expires_at = self.expires_at(index);
        let over = lapses && expires_at <= now;
        let (account, access_type) = self.kind(index);
        Request {
            id,
            name: None,
            status: if over {
                Status::Expired
            } else {
                Status::Pending
            },
            requestor: self.requestor(index).to_owned(),
            access_type,
            system_id: self.system_id(index),
            system: self.system(index),
            account_id: self.account_id(index),
            account: account.to_owned(),
            domain: None,
            alias_id: None,
            application_id: None,
            duration_minutes: DURATION,
            reason: Some(seed::pick(self.seed, "beyondtrust/reason", id, &REASONS).to_string()),
            schedule_id: self.schedule,
            ticket_system_id: None,
            ticket: None,
            rotate_on_check_in: true,
            rotated: false,
            approvals_needed: self.approvers,
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
            release_at: filed_at,
            expires_at,
            ended_at: over.then_some(expires_at),
        }
    }
}
