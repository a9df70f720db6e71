//! Generated queues: row i is a function of (seed, i); nothing is stored until somebody touches it. All are immediate,
//! so time does nothing to a row that nobody has touched.

use jiff::{SignedDuration, Timestamp};

use super::people::derived_id;
use super::request::{Named, Person, Request, Status, Type};
use crate::seed;

/// How far back the oldest row of a block lies.
const SPAN_SECONDS: i64 = 2 * 24 * 3600;
/// How many rows a queue may have.
pub(super) const MOST: u64 = 100_000_000;

const PLACES: [&str; 5] = ["fin", "web", "erp", "lab", "hr"];
const SAFES: [&str; 3] = ["Linux servers", "Windows servers", "Databases"];
const KINDS: [(&str, &str); 5] = [
    ("root", "ssh"),
    ("Administrator", "rdp"),
    ("svc_backup", "ssh"),
    ("oracle", "ssh"),
    ("sa", "tds"),
];
const PEOPLE: [&str; 6] = [
    "anna.berg",
    "mila.novak",
    "omar.haddad",
    "lena.vogt",
    "piet.smit",
    "sofia.rossi",
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
pub(super) struct Block {
    pub(super) first: u64,
    pub(super) count: u64,
    seed: u64,
    newest: Timestamp,
}

impl Block {
    pub(super) fn new(
        seed: u64,
        first: u64,
        count: u64,
        newest: Timestamp,
    ) -> Result<Self, String> {
        if count > MOST {
            return Err(format!("fudo: more than {MOST} requests"));
        }
        Ok(Self {
            first,
            count,
            seed,
            newest,
        })
    }

    pub(super) fn holds(&self, id: u64) -> bool {
        id >= self.first && id - self.first < self.count
    }

    /// The safe of row `index`.
    pub(super) fn safe(&self, index: u64) -> &'static str {
        seed::pick::<&str>(self.seed, "fudo/safe", self.first + index, &SAFES[..])
    }

    /// Who asks in row `index`.
    pub(super) fn user(&self, index: u64) -> Person {
        let name = seed::pick(self.seed, "fudo/person", self.first + index, &PEOPLE);
        Person {
            id: derived_id(self.seed, "user", name),
            name: (*name).to_owned(),
            domain: None,
        }
    }

    // Never falls as the index grows.
    fn created_at(&self, index: u64) -> Timestamp {
        let last = self.count.saturating_sub(1);
        let behind = i128::from(SPAN_SECONDS) * i128::from(last - index.min(last))
            / i128::from(self.count.max(1));
        self.newest
            .saturating_sub(SignedDuration::from_secs(behind as i64))
            .unwrap_or(self.newest)
    }

    /// What row `index` is while nobody has touched it.
    pub(super) fn row(&self, index: u64) -> Request {
        let id = self.first + index;
        let named = |kind: &str, name: &str| Named {
            id: derived_id(self.seed, kind, name),
            name: name.to_owned(),
        };
        let (account, protocol) = seed::pick(self.seed, "fudo/kind", id, &KINDS);
        let place = seed::pick(self.seed, "fudo/place", id / 8, &PLACES);
        let server = format!("{place}-srv-{:06}", (id / 8) % 1_000_000);
        let created_at = self.created_at(index);
        let hours = 1 + seed::derive(self.seed, "fudo/hours", id) % 8;
        Request {
            id,
            name: None,
            status: Status::Pending,
            kind: Type::Immediate,
            immediate_interval: u32::try_from(hours).ok(),
            starts_at: None,
            expires_at: None,
            reason: seed::pick(self.seed, "fudo/reason", id, &REASONS).to_string(),
            revoke_reason: None,
            revoked_by: None,
            // One in four needs two votes.
            required_votes: if seed::derive(self.seed, "fudo/votes", id).is_multiple_of(4) {
                2
            } else {
                1
            },
            activated_at: None,
            left_at: None,
            account: named("account", &format!("{server}/{account}")).called(account),
            safe: named("safe", self.safe(index)),
            pool: None,
            server: Some(named("server", &server)),
            protocol: (*protocol).to_owned(),
            listeners: Vec::new(),
            user: self.user(index),
            votes: Vec::new(),
            webclient: false,
            created_at,
            modified_at: created_at,
            removed: false,
        }
    }
}

impl Named {
    fn called(self, name: &str) -> Self {
        Self {
            name: name.to_owned(),
            ..self
        }
    }
}
