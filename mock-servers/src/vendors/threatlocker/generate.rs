//! Generated queues: row i is a function of (seed, i), its computer too; nothing is stored until somebody touches it.

use jiff::{SignedDuration, Timestamp};

use super::guid::Series;
use super::request::{AdminNotes, Os, Request, Status};
use crate::seed;

/// How far back the oldest row of a block lies.
const SPAN_SECONDS: i64 = 5 * 24 * 3600;
/// How many rows a queue may have.
const MOST: u64 = 100_000_000;
const PLACES: [&str; 5] = ["FIN", "HR", "LAB", "OPS", "DEV"];
const PEOPLE: [&str; 6] = ["anna", "jonas", "mila", "omar", "lena", "piet"];
const FILES: [(&str, &str); 6] = [
    (r"c:\users\{}\downloads\7z2408-x64.exe", "CN=Igor Pavlov"),
    (r"c:\tools\dbgview.exe", "CN=Microsoft Corporation"),
    (
        r"c:\program files\git\bin\git.exe",
        "CN=Johannes Schindelin",
    ),
    (r"c:\users\{}\appdata\local\temp\setup.exe", ""),
    (r"c:\work\build\runner.exe", ""),
    (r"c:\users\{}\desktop\putty.exe", "CN=Simon Tatham"),
];
const REASONS: [&str; 4] = [
    "Needed for a customer ticket",
    "New version of our tool",
    "Asked by my manager",
    "Driver update",
];

/// A generated queue, older rows first, all pending.
#[derive(Clone, Debug)]
pub(crate) struct Block {
    pub(crate) count: u64,
    pub(crate) organization: String,
    pub(crate) organization_name: String,
    pub(crate) group: String,
    seed: u64,
    number: u64,
    newest: Timestamp,
    pub(crate) ids: Series,
    computers: Series,
}

impl Block {
    pub(crate) fn new(
        seed: u64,
        number: u64,
        (count, newest): (u64, Timestamp),
        (organization, organization_name): (&str, &str),
        group: &str,
    ) -> Result<Self, String> {
        if count > MOST {
            return Err(format!("threatlocker: more than {MOST} requests"));
        }
        Ok(Self {
            count,
            organization: organization.to_owned(),
            organization_name: organization_name.to_owned(),
            group: group.to_owned(),
            seed,
            number,
            newest,
            ids: Series::new(seed, "threatlocker/generated", number),
            computers: Series::new(seed, "threatlocker/generated-computer", number),
        })
    }

    /// The row of this id, if it is one of the block's.
    pub(crate) fn index(&self, id: &str) -> Option<u64> {
        self.ids.index(id).filter(|index| *index < self.count)
    }

    /// When row `index` was asked: never falls as the index grows.
    pub(crate) fn asked_at(&self, index: u64) -> Timestamp {
        let last = self.count.saturating_sub(1);
        let behind = i128::from(SPAN_SECONDS) * i128::from(last - index.min(last))
            / i128::from(self.count.max(1));
        self.newest
            .saturating_sub(SignedDuration::from_secs(behind as i64))
            .unwrap_or(self.newest)
    }

    /// How many rows were asked before `time`, or at it where `with` says so.
    pub(crate) fn asked_until(&self, time: Timestamp, with: bool) -> u64 {
        let (mut low, mut high) = (0, self.count);
        while low < high {
            let middle = low + (high - low) / 2;
            let at = self.asked_at(middle);
            if at < time || (with && at == time) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        low
    }

    /// What row `index` is while nobody has touched it.
    pub(crate) fn row(&self, index: u64) -> Request {
        let place = self.number.wrapping_mul(MOST).wrapping_add(index);
        let hex = |what: &str, digits| {
            seed::hex(
                self.seed,
                &format!("threatlocker/made-{what}"),
                place,
                digits,
            )
        };
        let person = seed::pick(self.seed, "threatlocker/person", place, &PEOPLE);
        let (path, certificate) = seed::pick(self.seed, "threatlocker/file", place, &FILES);
        let site = seed::pick(self.seed, "threatlocker/site", place, &PLACES);
        Request {
            id: self.ids.of(index),
            name: None,
            status: Status::Pending,
            organization: self.organization.clone(),
            organization_name: self.organization_name.clone(),
            computer: self.computers.of(index),
            hostname: format!("{site}-LT-{index:06}"),
            group: self.group.clone(),
            user: format!("EXAMPLE\\{person}"),
            path: path.replace("{}", person),
            process: r"c:\windows\explorer.exe".to_owned(),
            hash: hex("hash", 32),
            sha256: hex("sha256", 64),
            certificate: Some(*certificate)
                .filter(|subject| !subject.is_empty())
                .map(str::to_owned),
            created_by: vec![r"c:\windows\explorer.exe".to_owned()],
            size: 10_000 + seed::derive(self.seed, "threatlocker/size", place) % 9_000_000,
            action: "execute".to_owned(),
            os: Os::Windows,
            reason: seed::pick(self.seed, "threatlocker/reason", place, &REASONS).to_string(),
            requestor: (*person).to_owned(),
            requestor_email: format!("{person}@example.com"),
            ticket: String::new(),
            comments: String::new(),
            requested_at: self.asked_at(index),
            tier: 0,
            mfa: false,
            approved_by: None,
            action_date: None,
            ignored: false,
            reject_reason: None,
            response_reason: None,
            notified: false,
            admin_notes: AdminNotes::default(),
            assignee: None,
            assigned_at: None,
            application: None,
            policies: Vec::new(),
        }
    }
}
