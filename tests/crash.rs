//! The real binary, killed at every step of apply and run again to the end, at each vendor that can be decided at.
//!
//! Whether it kept its promises is for the referee to say, who shares nothing with the tool.

pub(crate) mod stage;

use mock_servers::Vendor;

use crate::between::Stall;
use crate::world::side_by_side;
use stage::{Stage, Told};

/// Where a line is when the process is killed.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Point {
    /// At a step that the binary itself stands still at.
    Step(&'static str),
    /// While its call is on the wire.
    Wire(&'static str, Stall),
}

pub(crate) const POINTS: [Point; 16] = [
    Point::Step("K0"),
    Point::Step("K1"),
    Point::Step("K2"),
    Point::Step("K3"),
    Point::Step("K4"),
    Point::Step("K5"),
    Point::Step("K6"),
    Point::Wire("K8", Stall::Half),
    Point::Wire("K9", Stall::Whole),
    Point::Wire("K10", Stall::Head),
    Point::Step("K11"),
    Point::Step("K12"),
    Point::Step("K13"),
    Point::Step("K14"),
    Point::Step("K15"),
    Point::Step("K17"),
];

/// A vendor that can be decided at.
#[derive(Clone, Copy)]
pub(crate) struct Row {
    pub(crate) vendor: Vendor,
    /// Who grants in the portal what is to be taken back, where that can be: it has to be shown to our user.
    grants: Option<&'static str>,
}

pub(crate) const ROWS: [Row; 4] = [
    row(Vendor::AdminByRequest, None),
    row(Vendor::BeyondTrust, Some("approver")),
    row(Vendor::ThreatLocker, None),
    row(Vendor::Fudo, Some("boss")),
];

const fn row(vendor: Vendor, grants: Option<&'static str>) -> Row {
    Row { vendor, grants }
}

/// What is decided, and which of its lines is in the way of the kill.
#[derive(Clone, Copy)]
pub(crate) struct Tale {
    /// One request each, the oldest first.
    verdicts: &'static [&'static str],
    /// The line whose step it is, from 1, in the order in which apply goes through them.
    line: usize,
    /// Where an earlier run was killed, which this one cleans up after.
    after: Option<Point>,
    /// Whether a saved plan is applied, or what a fresh plan shows.
    saved: bool,
}

pub(crate) const TALES: [Tale; 8] = [
    tale(&["approve"], 1, None, true),
    tale(&["deny"], 1, None, true),
    tale(&["deny", "approve"], 1, None, true),
    tale(&["deny", "approve"], 2, None, true),
    tale(&["approve", "approve"], 1, None, false),
    tale(&["approve", "approve", "deny"], 2, None, false),
    tale(&["deny", "approve"], 1, Some(Point::Step("K6")), true),
    tale(&["approve", "approve"], 1, Some(Point::Step("K11")), true),
];

/// Two more where a grant can be taken back, and where not.
const REVOKING: [Tale; 2] = [
    tale(&["revoke"], 1, None, true),
    tale(&["revoke", "approve"], 2, None, false),
];
const OTHERS: [Tale; 2] = [
    tale(&["deny", "deny", "approve"], 3, None, true),
    tale(
        &["deny", "deny"],
        1,
        Some(Point::Wire("K9", Stall::Whole)),
        false,
    ),
];

const fn tale(
    verdicts: &'static [&'static str],
    line: usize,
    after: Option<Point>,
    saved: bool,
) -> Tale {
    Tale {
        verdicts,
        line,
        after,
        saved,
    }
}

impl Point {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Step(name) | Self::Wire(name, _) => name,
        }
    }
}

impl Row {
    fn tales(self) -> Vec<Tale> {
        let more = self.grants.map_or(OTHERS, |_| REVOKING);
        [&TALES[..], &more].concat()
    }
}

/// Tells a tale once for each point; every promise is held against what is there to see.
fn told(&(row, tale): &(Row, Tale)) -> Vec<Told> {
    let stage = Stage::set(row, tale);
    POINTS.iter().map(|&point| stage.killed_at(point)).collect()
}

/// The first snapshot is the count; the second what the next run says of a deny and an approve, when the run before
/// was killed at a step of the deny.
#[test]
fn killed_at_every_step_every_promise_is_kept() {
    let tales = |row: Row| row.tales().into_iter().map(move |tale| (row, tale));
    let cases: Vec<(Row, Tale)> = ROWS.into_iter().flat_map(tales).collect();
    let stories: Vec<Vec<Told>> = side_by_side(&cases, told);
    let of = |row: Row| {
        let first = ROWS.iter().position(|one| one.vendor == row.vendor);
        let first = first.expect("a row") * row.tales().len();
        &stories[first..first + row.tales().len()]
    };
    let summed = ROWS.map(|row| {
        let all: Vec<&Told> = of(row).iter().flatten().collect();
        let hit = all.iter().filter(|told| told.was_hit).count();
        let done: usize = all.iter().map(|told| told.done).sum();
        let left: usize = all.iter().map(|told| told.left).sum();
        let vendor = row.vendor.slug();
        format!(
            "{vendor:<16} {hit} of {} killed; {done} decisions done, {left} left to people",
            all.len()
        )
    });
    insta::assert_snapshot!(summed.join("\n"), @r"
    admin-by-request 160 of 160 killed; 317 decisions done, 3 left to people
    beyondtrust      160 of 160 killed; 288 decisions done, 0 left to people
    threatlocker     160 of 160 killed; 320 decisions done, 0 left to people
    fudo             160 of 160 killed; 285 decisions done, 3 left to people
    ");
    let mut said = Vec::new();
    for row in ROWS {
        said.push(row.vendor.slug().to_owned());
        for (point, told) in POINTS.iter().zip(&of(row)[2]) {
            said.push(format!("  {:<4} {}", point.name(), told.labels));
        }
    }
    insta::assert_snapshot!(said.join("\n"), @r"
    admin-by-request
      K0   effects 0+0, ledger whole -> applied, applied
      K1   effects 0+0, ledger whole -> applied, applied
      K2   effects 0+0, ledger whole -> applied, applied
      K3   effects 0+0, ledger whole -> applied, applied
      K4   effects 0+0, ledger torn  -> applied, applied
      K5   effects 0+0, ledger whole -> recovered not-sent, applied, applied
      K6   effects 0+0, ledger whole -> recovered not-sent, applied, applied
      K8   effects 0+0, ledger whole -> recovered not-sent, applied, applied
      K9   effects 1+0, ledger whole -> recovered applied, done before, applied
      K10  effects 1+0, ledger whole -> recovered applied, done before, applied
      K11  effects 1+0, ledger whole -> recovered applied, done before, applied
      K12  effects 1+0, ledger whole -> recovered applied, done before, applied
      K13  effects 1+0, ledger torn  -> recovered applied, done before, applied
      K14  effects 1+0, ledger whole -> done before, applied
      K15  effects 1+0, ledger whole -> done before, applied
      K17  effects 1+1, ledger whole -> done before, done before
    beyondtrust
      K0   effects 0+0, ledger whole -> state-reached, recorded
      K1   effects 0+0, ledger whole -> state-reached, recorded
      K2   effects 0+0, ledger whole -> state-reached, recorded
      K3   effects 0+0, ledger whole -> state-reached, recorded
      K4   effects 0+0, ledger torn  -> state-reached, recorded
      K5   effects 0+0, ledger whole -> recovered in-doubt, held, recorded
      K6   effects 0+0, ledger whole -> recovered in-doubt, held, recorded
      K8   effects 0+0, ledger whole -> recovered in-doubt, held, recorded
      K9   effects 1+0, ledger whole -> recovered in-doubt, held, recorded
      K10  effects 1+0, ledger whole -> recovered in-doubt, held, recorded
      K11  effects 1+0, ledger whole -> recovered in-doubt, held, recorded
      K12  effects 1+0, ledger whole -> recovered in-doubt, held, recorded
      K13  effects 1+0, ledger torn  -> recovered in-doubt, held, recorded
      K14  effects 1+0, ledger whole -> done before, recorded
      K15  effects 1+0, ledger whole -> done before, recorded
      K17  effects 1+1, ledger whole -> done before, done before
    threatlocker
      K0   effects 0+0, ledger whole -> applied, applied
      K1   effects 0+0, ledger whole -> applied, applied
      K2   effects 0+0, ledger whole -> applied, applied
      K3   effects 0+0, ledger whole -> applied, applied
      K4   effects 0+0, ledger torn  -> applied, applied
      K5   effects 0+0, ledger whole -> recovered in-doubt, held, applied
      K6   effects 0+0, ledger whole -> recovered in-doubt, held, applied
      K8   effects 0+0, ledger whole -> recovered in-doubt, held, applied
      K9   effects 1+0, ledger whole -> recovered applied, done before, applied
      K10  effects 1+0, ledger whole -> recovered applied, done before, applied
      K11  effects 1+0, ledger whole -> recovered applied, done before, applied
      K12  effects 1+0, ledger whole -> recovered applied, done before, applied
      K13  effects 1+0, ledger torn  -> recovered applied, done before, applied
      K14  effects 1+0, ledger whole -> done before, applied
      K15  effects 1+0, ledger whole -> done before, applied
      K17  effects 1+1, ledger whole -> done before, done before
    fudo
      K0   effects 0+0, ledger whole -> applied, recorded
      K1   effects 0+0, ledger whole -> applied, recorded
      K2   effects 0+0, ledger whole -> applied, recorded
      K3   effects 0+0, ledger whole -> applied, recorded
      K4   effects 0+0, ledger torn  -> applied, recorded
      K5   effects 0+0, ledger whole -> recovered not-sent, applied, recorded
      K6   effects 0+0, ledger whole -> recovered not-sent, applied, recorded
      K8   effects 0+0, ledger whole -> recovered not-sent, applied, recorded
      K9   effects 1+0, ledger whole -> recovered applied, done before, recorded
      K10  effects 1+0, ledger whole -> recovered applied, done before, recorded
      K11  effects 1+0, ledger whole -> recovered applied, done before, recorded
      K12  effects 1+0, ledger whole -> recovered applied, done before, recorded
      K13  effects 1+0, ledger torn  -> recovered applied, done before, recorded
      K14  effects 1+0, ledger whole -> done before, recorded
      K15  effects 1+0, ledger whole -> done before, recorded
      K17  effects 1+1, ledger whole -> done before, done before
    ");
}
