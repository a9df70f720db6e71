//! Generated queues: row i is a function of (seed, i); nothing is stored until somebody touches it.

use jiff::{SignedDuration, Timestamp};

use super::given::Weights;
use super::request::{App, Computer, Decider, Request, Status, User, ticks};
use super::state::TWO_WEEKS;
use crate::seed;

/// How far back the oldest row of a block lies.
const SPAN_SECONDS: i64 = 10 * 24 * 3600;
/// How long after it was asked a decided row was decided.
const DECIDED_AFTER: SignedDuration = SignedDuration::from_hours(1);

/// A generated queue: ids `first..first + count`, older rows first.
#[derive(Clone, Debug)]
pub(crate) struct Block {
    pub(crate) first: u64,
    pub(crate) count: u64,
    seed: u64,
    newest: Timestamp,
    decider: Option<Decider>,
    /// The status of row i is `pattern[i % pattern.len()]`, so that every status is found by arithmetic.
    pattern: Vec<Status>,
}

impl Block {
    pub(crate) fn new(
        seed: u64,
        first: u64,
        count: u64,
        weights: &Weights,
        newest: Timestamp,
        decider: Option<Decider>,
    ) -> Result<Self, String> {
        let shares = [
            (Status::Pending, weights.pending),
            (Status::Approved, weights.approved),
            (Status::Denied, weights.denied),
            (Status::Quarantined, weights.quarantined),
        ];
        let total: u64 = shares
            .iter()
            .map(|(_, weight)| *weight)
            .fold(0, u64::saturating_add);
        if total > 10_000 {
            return Err(format!(
                "admin-by-request: weights add up to {total}, at most 10000"
            ));
        }
        let mut pattern: Vec<Status> = shares
            .iter()
            .flat_map(|(status, weight)| std::iter::repeat_n(*status, *weight as usize))
            .collect();
        if pattern.is_empty() {
            pattern.push(Status::Pending);
        }
        for place in (1..pattern.len()).rev() {
            let other =
                seed::derive(seed, "admin-by-request/pattern", place as u64) % (place as u64 + 1);
            pattern.swap(place, other as usize);
        }
        Ok(Self {
            first,
            count,
            seed,
            newest,
            decider,
            pattern,
        })
    }

    pub(crate) fn holds(&self, id: u64) -> bool {
        id >= self.first && id - self.first < self.count
    }

    /// The status row `index` was made with.
    pub(crate) fn base(&self, index: u64) -> Status {
        self.pattern[(index % self.pattern.len() as u64) as usize]
    }

    pub(crate) fn has(&self, statuses: &[Status]) -> bool {
        self.pattern.iter().any(|status| statuses.contains(status))
    }

    /// The next row at or after `index` (before, when going back) made with one of `statuses`.
    pub(crate) fn seek(&self, index: u64, statuses: &[Status], back: bool) -> Option<u64> {
        let reach = self.pattern.len() as u64;
        (0..reach)
            .map_while(|step| {
                if back {
                    index.checked_sub(step)
                } else {
                    index.checked_add(step)
                }
            })
            .take_while(|index| *index < self.count)
            .find(|index| statuses.contains(&self.base(*index)))
    }

    /// When row `index` was asked for: never falls as the index grows.
    pub(crate) fn requested_at(&self, index: u64) -> Timestamp {
        let behind = i128::from(SPAN_SECONDS)
            * i128::from(self.count - 1 - index.min(self.count - 1))
            / i128::from(self.count);
        self.newest
            .saturating_sub(SignedDuration::from_secs(behind as i64))
            .unwrap_or(self.newest)
    }

    /// The first row asked for at or after `at`.
    pub(crate) fn first_since(&self, at: Timestamp) -> u64 {
        let (mut low, mut high) = (0, self.count);
        while low < high {
            let middle = low + (high - low) / 2;
            if self.requested_at(middle) < at {
                low = middle + 1
            } else {
                high = middle
            }
        }
        low
    }

    /// How many rows of `range` were made with `status`.
    pub(crate) fn count_in(&self, range: std::ops::Range<u64>, status: Status) -> u64 {
        let cycle = self.pattern.len() as u64;
        let until = |end: u64| {
            let of = |rows: &[Status]| rows.iter().filter(|known| **known == status).count() as u64;
            end / cycle * of(&self.pattern) + of(&self.pattern[..(end % cycle) as usize])
        };
        until(range.end).saturating_sub(until(range.start))
    }

    /// What row `index` is while nobody has touched it, at `now`. `from_request`: it drops out two weeks after it was asked for.
    pub(crate) fn row(&self, index: u64, now: Timestamp, from_request: bool) -> Request {
        let id = self.first + index;
        let requested_at = self.requested_at(index);
        let base = self.base(index);
        let later = |at: Timestamp, by| at.saturating_add(by).unwrap_or(Timestamp::MAX);
        let decided = match base {
            Status::Approved | Status::Denied => later(requested_at, DECIDED_AFTER),
            Status::Pending
            | Status::Quarantined
            | Status::Running
            | Status::Finished
            | Status::Expired
            | Status::Withdrawn => requested_at,
        };
        let expiry = later(decided, TWO_WEEKS);
        let expired = base == Status::Approved && expiry <= now;
        let (status, changed_at) = if expired {
            (Status::Expired, expiry)
        } else {
            (base, decided)
        };
        let drops_at = later(
            if from_request {
                requested_at
            } else {
                changed_at
            },
            TWO_WEEKS,
        );
        let denied = base == Status::Denied;
        Request {
            id,
            name: None,
            status,
            trace_no: id.wrapping_sub(19_000_000),
            settings: "Global".to_owned(),
            reason: Some(seed::pick(self.seed, "admin-by-request/reason", id, REASONS).to_string()),
            user: invented_user(self.seed, id),
            computer: invented_computer(self.seed, id),
            app: Some(invented_app(self.seed, id)),
            requested_at,
            changed_at,
            changed_tick: ticks(changed_at),
            approved_by: (base == Status::Approved)
                .then(|| self.decider.clone())
                .flatten(),
            denied_by: denied.then(|| self.decider.clone()).flatten(),
            denied_reason: denied.then(|| "Not needed".to_owned()),
            started_at: None,
            finished_at: None,
            expires_at: (base == Status::Approved && !expired).then_some(expiry),
            drops_at,
            dropped: drops_at <= now,
        }
    }
}

const REASONS: &[&str] = &[
    "Need to update the driver",
    "Installing the tool from the onboarding list",
    "Vendor asked for a debug run",
    "Printer stopped working",
    "Update fails without admin rights",
    "Customer demo this afternoon",
];

const PEOPLE: &[(&str, &str)] = &[
    ("Anna", "Berg"),
    ("Jonas", "Lind"),
    ("Maria", "Costa"),
    ("Peter", "Holm"),
    ("Chloe", "Martin"),
    ("Omar", "Haddad"),
    ("Yuki", "Tanaka"),
    ("Sofia", "Rossi"),
    ("Liam", "Walsh"),
    ("Ines", "Moreau"),
    ("Tomas", "Novak"),
    ("Priya", "Nair"),
];

const APPS: &[(&str, &str, &str, &str)] = &[
    (
        "cmd.exe",
        "Windows Command Processor",
        "Microsoft Corporation",
        "10.0.21390.1 (WinBuild.160101.0800)",
    ),
    (
        "TOTALCMD64.EXE",
        "Total Commander",
        "Ghisler Software GmbH",
        "9.22a",
    ),
    ("dbgview.exe", "DebugView", "Sysinternals", "4.90"),
    ("npp.8.6.Installer.exe", "Notepad++", "Don HO", "8.6"),
    (
        "Wireshark-win64.exe",
        "Wireshark",
        "Wireshark Foundation",
        "4.2.3",
    ),
    (
        "ZoomInstaller.exe",
        "Zoom",
        "Zoom Video Communications, Inc.",
        "5.17.5",
    ),
    ("7z2301-x64.exe", "7-Zip", "Igor Pavlov", "23.01"),
    ("putty.exe", "PuTTY", "Simon Tatham", "0.80"),
];

pub(crate) fn invented_user(seed: u64, id: u64) -> User {
    let number = seed::derive(seed, "admin-by-request/user", id);
    let (first, last) = PEOPLE[(number % PEOPLE.len() as u64) as usize];
    let tail = (number >> 32) % 90 + 10;
    User {
        account: format!(
            "AZUREAD\\{}{}{tail}",
            first.to_uppercase(),
            last.to_uppercase()
        ),
        full_name: format!("{first} {last}"),
        email: format!(
            "{}.{}{tail}@example.com",
            first.to_lowercase(),
            last.to_lowercase()
        ),
        phone: format!("555.01{tail}.{:04}", (number >> 16) % 10_000),
        is_admin: false,
    }
}

pub(crate) fn invented_computer(seed: u64, id: u64) -> Computer {
    let number = seed::derive(seed, "admin-by-request/computer", id);
    let unit = ["FIN", "ENG", "OPS", "HR", "LAB"][(number % 5) as usize];
    Computer::named(format!("{unit}-LT-{:04}", (number >> 8) % 10_000))
}

pub(crate) fn invented_app(seed: u64, id: u64) -> App {
    let number = seed::derive(seed, "admin-by-request/app", id);
    let (file, name, vendor, version) = APPS[(number % APPS.len() as u64) as usize];
    App {
        file: file.to_owned(),
        name: name.to_owned(),
        vendor: vendor.to_owned(),
        version: version.to_owned(),
        // One product has one hash, as in life.
        sha256: seed::hex(seed, file, 0, 64).to_uppercase(),
        path: format!("C:\\Program Files\\{vendor}"),
        preapproved: false,
        threat: None,
    }
}
