//! Reading many: filters, orders, and pages by number over a live queue of stored and generated rows.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::BTreeSet;

use super::generate::Block;
use super::request::{Request, Status};
use super::state::State;

/// What a list is ordered by.
///
/// From: public clients.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    DateTime,
    Username,
    DeviceType,
    ActionType,
    Path,
    ActionDate,
}

impl Order {
    /// The order of this name, in any case.
    pub(crate) fn named(text: &str) -> Option<Self> {
        Some(match text.to_lowercase().as_str() {
            "datetime" => Self::DateTime,
            "username" => Self::Username,
            "devicetype" => Self::DeviceType,
            "actiontype" => Self::ActionType,
            "path" => Self::Path,
            "actiondate" => Self::ActionDate,
            _ => return None,
        })
    }

    fn compare(self, left: &Request, right: &Request) -> Ordering {
        let by_key = match self {
            Self::DateTime => Ordering::Equal,
            Self::Username => left.user.cmp(&right.user),
            Self::DeviceType => left.os.id().cmp(&right.os.id()),
            Self::ActionType => left.action.cmp(&right.action),
            Self::Path => left.path.cmp(&right.path),
            Self::ActionDate => left.action_date.cmp(&right.action_date),
        };
        by_key
            .then_with(|| left.requested_at.cmp(&right.requested_at))
            .then_with(|| left.id.cmp(&right.id))
    }
}

/// What is asked of the list.
#[derive(Clone, Debug)]
pub(crate) struct Reading {
    pub(crate) organizations: BTreeSet<String>,
    pub(crate) status: i64,
    /// Small letters.
    pub(crate) search: Option<String>,
    /// Whether the search looks at more than the path.
    pub(crate) wide: bool,
    pub(crate) tier: Option<i64>,
    pub(crate) actions: Vec<String>,
    pub(crate) order: Order,
    pub(crate) ascending: bool,
    /// From 0.
    pub(crate) page: u64,
    pub(crate) size: u64,
}

impl Reading {
    /// Every request of this status in these organizations, in the order of asking.
    pub(crate) fn all(organizations: BTreeSet<String>, status: i64) -> Self {
        Self {
            organizations,
            status,
            search: None,
            wide: true,
            tier: None,
            actions: Vec::new(),
            order: Order::DateTime,
            ascending: true,
            page: 0,
            size: u64::MAX,
        }
    }

    fn admits(&self, row: &Request) -> bool {
        let searched = |text: &String| {
            let more: &[&str] = if self.wide {
                &[
                    &row.user,
                    &row.hostname,
                    &row.requestor,
                    &row.organization_name,
                ]
            } else {
                &[]
            };
            let fits = |own: &str| own.to_lowercase().contains(text.as_str());
            fits(&row.path) || more.iter().any(|own| fits(own))
        };
        row.status.id() == Some(self.status)
            && self.organizations.contains(&row.organization)
            && self.search.as_ref().is_none_or(searched)
            && self.tier.is_none_or(|tier| i64::from(row.tier) == tier)
            && (self.actions.is_empty()
                || self
                    .actions
                    .iter()
                    .any(|own| own.eq_ignore_ascii_case(&row.action)))
    }

    fn wants(&self, block: &Block) -> bool {
        Some(self.status) == Status::Pending.id()
            && self.organizations.contains(&block.organization)
            && self.tier.is_none_or(|tier| tier == 0)
    }

    // Whether a block's rows can be counted instead of looked at.
    fn is_plain(&self) -> bool {
        self.order == Order::DateTime && self.search.is_none() && self.actions.is_empty()
    }
}

impl State {
    /// One page, and how many rows all pages have.
    pub(crate) fn page(&self, reading: &Reading) -> (Vec<Cow<'_, Request>>, u64) {
        let mut stored: Vec<&Request> = self
            .rows
            .values()
            .filter(|row| reading.admits(row))
            .collect();
        let mut blocks: Vec<(&Block, &BTreeSet<u64>)> = self
            .blocks
            .iter()
            .zip(&self.touched)
            .filter(|(block, _)| reading.wants(block))
            .collect();
        if blocks.len() == 1 && reading.is_plain() {
            stored.sort_by(|left, right| reading.order.compare(left, right));
            let (block, touched) = blocks.remove(0);
            return Merged::new(stored, block, touched).page(reading);
        }
        let mut rows: Vec<Cow<'_, Request>> = stored.into_iter().map(Cow::Borrowed).collect();
        for (block, touched) in blocks {
            let untouched = (0..block.count).filter(|index| !touched.contains(index));
            rows.extend(
                untouched
                    .map(|index| block.row(index))
                    .filter(|row| reading.admits(row))
                    .map(Cow::Owned),
            );
        }
        rows.sort_by(|left, right| {
            let order = reading.order.compare(left, right);
            if reading.ascending {
                order
            } else {
                order.reverse()
            }
        });
        let total = rows.len() as u64;
        let (start, end) = bounds(reading, total);
        (rows.drain(start as usize..end as usize).collect(), total)
    }

    /// How many rows a reading has.
    pub(crate) fn total(&self, reading: &Reading) -> u64 {
        let stored = self.rows.values().filter(|row| reading.admits(row)).count() as u64;
        let made = self.blocks.iter().zip(&self.touched);
        let made = made
            .filter(|(block, _)| reading.wants(block))
            .map(|(block, touched)| block.count - touched.len() as u64);
        stored + made.sum::<u64>()
    }
}

// The places of a page's rows, counted from the first row shown.
fn bounds(reading: &Reading, total: u64) -> (u64, u64) {
    let start = reading.page.saturating_mul(reading.size).min(total);
    (start, start.saturating_add(reading.size).min(total))
}

/// Stored rows and one block in the order of asking, without making the rows that nobody looks at.
struct Merged<'a> {
    stored: Vec<&'a Request>,
    /// The place of each stored row among all.
    places: Vec<u64>,
    block: &'a Block,
    touched: Vec<u64>,
}

impl<'a> Merged<'a> {
    fn new(stored: Vec<&'a Request>, block: &'a Block, touched: &BTreeSet<u64>) -> Self {
        let touched: Vec<u64> = touched.iter().copied().collect();
        let place = |(number, row): (usize, &&Request)| {
            let before = block.asked_until(row.requested_at, true);
            let gone = touched.partition_point(|index| *index < before) as u64;
            number as u64 + before - gone
        };
        let places = stored.iter().enumerate().map(place).collect();
        Self {
            stored,
            places,
            block,
            touched,
        }
    }

    fn at(&self, place: u64) -> Cow<'a, Request> {
        let before = self.places.partition_point(|own| *own < place);
        if self.places.get(before) == Some(&place) {
            return Cow::Borrowed(self.stored[before]);
        }
        let rank = place - before as u64;
        let mut low = 0;
        let mut high = self.touched.len();
        // How many touched rows stand before the untouched row of this rank.
        while low < high {
            let middle = low + (high - low) / 2;
            if self.touched[middle] - middle as u64 <= rank {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        Cow::Owned(self.block.row(rank + low as u64))
    }

    fn page(&self, reading: &Reading) -> (Vec<Cow<'a, Request>>, u64) {
        let total = self.stored.len() as u64 + self.block.count - self.touched.len() as u64;
        let (start, end) = bounds(reading, total);
        let rows = (start..end).map(|place| {
            self.at(if reading.ascending {
                place
            } else {
                total - 1 - place
            })
        });
        (rows.collect(), total)
    }
}
