//! How a queue is read: chosen before reading, from what is asked and what the vendor can do. Pure.

use crate::model::{ReadAbilities, Way};

/// Most requests that are looked up one by one where nothing limits the calls.
const FEW: usize = 128;

/// Chooses the way. The first line that fits, wins:
///
/// | asked for | vendor can | way |
/// |---|---|---|
/// | nothing | | [`Way::Nothing`] |
/// | at most [`few`] | look up by id | [`Way::Points`]: one call a decision |
/// | more, at most [`few`] of them likely settled | filter, look up | [`Way::Pending`]: pages of pending ones, then a call for each that did not turn up |
/// | more | | [`Way::Scan`]: pages of all, then a call for each that did not turn up |
///
/// `rate` is the queue's limit in calls a minute.
#[must_use]
pub fn choose(named: usize, likely_settled: usize, read: &ReadAbilities, rate: Option<u32>) -> Way {
    let few = few(rate);
    if named == 0 {
        Way::Nothing
    } else if read.look_up && named <= few {
        Way::Points
    } else if read.look_up && read.pending_filter && likely_settled <= few {
        Way::Pending
    } else {
        Way::Scan
    }
}

/// How many calls are few: 128, or what half a minute's limit allows; never less than one.
#[must_use]
pub fn few(rate: Option<u32>) -> usize {
    let half_a_minute = rate.map_or(FEW, |rate| usize::try_from(rate / 2).unwrap_or(FEW));
    half_a_minute.clamp(1, FEW)
}

/// What follows a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rest {
    /// A look-up for each request that did not turn up.
    LookUps,
    /// The whole queue first: too many did not turn up.
    WholeQueue,
}

/// Chooses what follows a list that left `missing` requests open.
///
/// A pending list that shows few of the decisions (a runner without the ledger cannot know how many are
/// settled) is followed by the whole queue where the calls are limited: a thousand rows a call, not one.
#[must_use]
pub fn rest(way: Way, missing: usize, read: &ReadAbilities, rate: Option<u32>) -> Rest {
    match way {
        Way::Pending if !read.look_up || (rate.is_some() && missing > few(rate)) => {
            Rest::WholeQueue
        }
        Way::Pending | Way::Scan | Way::Points | Way::Nothing | Way::Snapshot => Rest::LookUps,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: ReadAbilities = ReadAbilities {
        look_up: true,
        whole_rows: true,
        pending_filter: true,
        page: 1000,
    };

    #[test]
    fn the_table() {
        assert_eq!(choose(0, 0, &ALL, None), Way::Nothing);
        assert_eq!(choose(1, 0, &ALL, Some(1)), Way::Points);
        assert_eq!(choose(128, 128, &ALL, None), Way::Points);
        assert_eq!(choose(129, 0, &ALL, None), Way::Pending);
        assert_eq!(choose(129, 129, &ALL, None), Way::Scan);
        assert_eq!(choose(30, 0, &ALL, Some(60)), Way::Points);
        assert_eq!(choose(31, 30, &ALL, Some(60)), Way::Pending);
        assert_eq!(choose(31, 31, &ALL, Some(60)), Way::Scan);
        assert_eq!(choose(129, 0, &ALL, Some(100_000)), Way::Pending);
        let no_filter = ReadAbilities {
            pending_filter: false,
            ..ALL
        };
        assert_eq!(choose(129, 0, &no_filter, None), Way::Scan);
        let lists_only = ReadAbilities {
            look_up: false,
            whole_rows: true,
            ..ALL
        };
        assert_eq!(choose(1, 0, &lists_only, None), Way::Scan);
    }

    #[test]
    fn a_disappointing_pending_list_is_followed_by_the_whole_queue_only_where_calls_are_scarce() {
        assert_eq!(rest(Way::Pending, 30, &ALL, Some(60)), Rest::LookUps);
        assert_eq!(rest(Way::Pending, 31, &ALL, Some(60)), Rest::WholeQueue);
        assert_eq!(rest(Way::Pending, 9999, &ALL, None), Rest::LookUps);
        assert_eq!(rest(Way::Scan, 9999, &ALL, Some(60)), Rest::LookUps);
    }
}
