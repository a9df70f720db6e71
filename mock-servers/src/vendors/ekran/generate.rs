//! Generated requests: row i is a function of (seed, i), all of them processed, so that nobody can touch them.

use jiff::{SignedDuration, Timestamp};

use super::request::{Request, Session, Status};
use crate::seed;

/// How far back the oldest row of a block lies.
const SPAN_SECONDS: i64 = 30 * 24 * 3600;
/// How many rows a block may have.
const MOST: u64 = 100_000_000;
const PLACES: [&str; 5] = ["fin", "hr", "lab", "ops", "dev"];
const PEOPLE: [&str; 6] = ["anna", "jonas", "mila", "omar", "lena", "piet"];
const OPERATORS: [&str; 2] = ["admin", "countersign"];
const COMMENTS: [&str; 3] = ["approve message", "as agreed", "see the ticket"];

/// A generated history: ids `first..first + count`, older rows first.
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
            return Err(format!("ekran: more than {MOST} requests"));
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

    /// When row `index` was processed: never falls as the index grows.
    pub(super) fn changed_at(&self, index: u64) -> Timestamp {
        let last = self.count.saturating_sub(1);
        let behind = i128::from(SPAN_SECONDS) * 1000 * i128::from(last - index.min(last))
            / i128::from(self.count.max(1));
        self.newest
            .saturating_sub(SignedDuration::from_millis(behind as i64))
            .unwrap_or(self.newest)
    }

    /// What row `index` is.
    pub(super) fn row(&self, index: u64) -> Request {
        let id = self.first + index;
        let derive = |what: &str| seed::derive(self.seed, what, id);
        let changed_at = self.changed_at(index);
        let wait = SignedDuration::from_millis((derive("ekran/wait") % 900_000) as i64);
        let status = match derive("ekran/status") % 8 {
            0 => Status::Denied,
            1 => Status::Expired,
            _ => Status::Approved,
        };
        let long = SignedDuration::from_millis((derive("ekran/session") % 7_200_000) as i64);
        let person = seed::pick(self.seed, "ekran/person", id, &PEOPLE);
        let place = seed::pick(self.seed, "ekran/place", id, &PLACES);
        let processed = status != Status::Expired;
        let operator = seed::pick(self.seed, "ekran/operator", id, &OPERATORS);
        let comment = seed::pick(self.seed, "ekran/comment", id, &COMMENTS);
        Request {
            id,
            name: None,
            status,
            user: format!("{place}-lt-{:04}\\{person}", id % 10_000),
            remote_ip: Some(address(self.seed, id)),
            requested_at: changed_at.saturating_sub(wait).unwrap_or(changed_at),
            changed_at: Some(changed_at),
            changed_by: processed.then(|| (*operator).to_owned()),
            comment: processed.then(|| (*comment).to_owned()),
            session: (status == Status::Approved).then_some(Session {
                started_at: changed_at,
                duration: Some(long),
                productive: Some(long * 4 / 5),
            }),
        }
    }
}

/// A private address.
pub(super) fn address(seed: u64, id: u64) -> String {
    let place = seed::derive(seed, "ekran/address", id);
    format!("172.31.{}.{}", place % 256, place / 256 % 254 + 1)
}
