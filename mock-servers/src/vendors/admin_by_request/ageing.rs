//! What time does: stored rows from the agenda, untouched generated rows by arithmetic.

use jiff::{SignedDuration, Timestamp};

use super::generate::Block;
use super::request::Status;
use super::state::{State, TWO_WEEKS};
use crate::clock::Fired;
use crate::vendors::Vendor;

const HOUR: SignedDuration = SignedDuration::from_hours(1);

impl State {
    /// Brings about what is due until `now`. A generated queue's part is one event per kind, with a count.
    pub(crate) fn settle(&mut self, now: Timestamp) -> Vec<Fired> {
        let mut fired = Vec::new();
        while let Some((at, id, kind)) = self.next_due(now) {
            fired.push(event(kind, at, Some(id.to_string()), 1));
        }
        let before = self.settled.replace(now).unwrap_or(now);
        if before < now {
            for kind in ["approval-expired", "dropped-out"] {
                let count: u64 = self
                    .blocks
                    .iter()
                    .map(|block| self.aged(block, kind, before, now))
                    .sum();
                if count > 0 {
                    fired.push(event(kind, now, None, count));
                }
            }
        }
        fired
    }

    /// How many untouched rows of a block met `kind` after `from` and until `to`.
    fn aged(&self, block: &Block, kind: &str, from: Timestamp, to: Timestamp) -> u64 {
        let by_request = self.drops_by_request();
        let decided = if by_request {
            TWO_WEEKS
        } else {
            TWO_WEEKS + HOUR
        };
        let ages: &[(Status, SignedDuration)] = match kind {
            "approval-expired" => &[(Status::Approved, TWO_WEEKS + HOUR)],
            _ => &[
                (Status::Pending, TWO_WEEKS),
                (Status::Quarantined, TWO_WEEKS),
                (Status::Denied, decided),
                (
                    Status::Approved,
                    if by_request {
                        TWO_WEEKS
                    } else {
                        TWO_WEEKS * 2 + HOUR
                    },
                ),
            ],
        };
        let mut count = 0;
        for (status, age) in ages {
            let edge = |at: Timestamp| {
                let asked = at.saturating_sub(*age).unwrap_or(Timestamp::MIN);
                block.first_since(
                    asked
                        .saturating_add(SignedDuration::from_nanos(1))
                        .unwrap_or(asked),
                )
            };
            let range = edge(from)..edge(to);
            let touched = self
                .rows
                .range(block.first + range.start..block.first + range.end);
            let touched = touched
                .filter(|(id, _)| block.base(**id - block.first) == *status)
                .count() as u64;
            count += block.count_in(range, *status).saturating_sub(touched);
        }
        count
    }
}

fn event(kind: &'static str, at: Timestamp, object: Option<String>, count: u64) -> Fired {
    Fired {
        vendor: Vendor::AdminByRequest.slug(),
        kind,
        at,
        object,
        count,
    }
}
