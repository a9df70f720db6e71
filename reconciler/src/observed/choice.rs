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
/// | more | key ranges, and [`at_once`] says more than one | [`Way::Ranges`]: pages of all, side by side, then as above |
/// | more | | [`Way::Scan`]: pages of all, then a call for each that did not turn up |
#[must_use]
pub fn choose(asked: Asked, read: &ReadAbilities, limits: Limits) -> Way {
    let Asked {
        named,
        likely_settled,
    } = asked;
    let few = few(limits.rate);
    if named == 0 {
        Way::Nothing
    } else if read.look_up && named <= few {
        Way::Points
    } else if read.look_up && read.pending_filter && likely_settled <= few {
        Way::Pending
    } else if at_once(read, limits) > 1 {
        Way::Ranges
    } else {
        Way::Scan
    }
}

/// How much is asked of a queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asked {
    /// Requests that decisions name.
    pub named: usize,
    /// Those of them that a pending list will likely not show.
    pub likely_settled: usize,
}

/// What bounds the calls of a queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Calls in a minute; none is no limit.
    pub rate: Option<u32>,
    /// Calls at once.
    pub parallelism: usize,
}

/// How many parts of a list are read side by side: as many as calls may be made at once. Under a rate limit it is one,
/// since more would wait for each other's turns, and a range costs a call more than the pages that it holds.
///
/// What a vendor is asked for at once is not always begun: a queue of one page has nothing to split.
#[must_use]
pub fn at_once(read: &ReadAbilities, limits: Limits) -> usize {
    match (read.key_ranges, limits.rate) {
        (true, None) => limits.parallelism,
        (true, Some(_)) | (false, _) => 1,
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
        Way::Pending | Way::Scan | Way::Ranges | Way::Points | Way::Nothing | Way::Snapshot => {
            Rest::LookUps
        }
    }
}

/// Why a queue is read in the way that was chosen for it, for people.
#[must_use]
pub fn reason(way: Way, asked: Asked, read: &ReadAbilities, limits: Limits) -> String {
    let Asked {
        named,
        likely_settled,
    } = asked;
    let few = few(limits.rate);
    let many = format!("{named} named, more than {few}");
    let settled = match read.pending_filter {
        true => format!("{many}, and {likely_settled} of them likely settled"),
        false => many.clone(),
    };
    match way {
        Way::Nothing | Way::Snapshot => String::new(),
        Way::Points => format!("{named} named, and up to {few} are looked up one by one"),
        Way::Pending => format!("{many}, and the vendor lists the pending ones alone"),
        Way::Ranges => format!("{settled}; no rate limit holds calls back"),
        Way::Scan if !read.look_up => "nothing is read by id at this vendor".to_owned(),
        Way::Scan if read.key_ranges && limits.rate.is_some() => {
            format!("{settled}; one part at a time under the rate limit")
        }
        Way::Scan => settled,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: ReadAbilities = ReadAbilities {
        look_up: true,
        whole_rows: true,
        pending_filter: true,
        key_ranges: true,
        page: 1000,
    };

    #[test]
    fn the_table() {
        let chosen = |named, likely_settled, read: &ReadAbilities, rate, parallelism| {
            let asked = Asked {
                named,
                likely_settled,
            };
            choose(asked, read, Limits { rate, parallelism })
        };
        assert_eq!(chosen(0, 0, &ALL, None, 8), Way::Nothing);
        assert_eq!(chosen(1, 0, &ALL, Some(1), 8), Way::Points);
        assert_eq!(chosen(128, 128, &ALL, None, 8), Way::Points);
        assert_eq!(chosen(129, 0, &ALL, None, 8), Way::Pending);
        assert_eq!(chosen(129, 129, &ALL, None, 8), Way::Ranges);
        assert_eq!(chosen(129, 129, &ALL, None, 1), Way::Scan);
        assert_eq!(chosen(30, 0, &ALL, Some(60), 8), Way::Points);
        assert_eq!(chosen(31, 30, &ALL, Some(60), 8), Way::Pending);
        assert_eq!(chosen(31, 31, &ALL, Some(60), 8), Way::Scan);
        assert_eq!(chosen(129, 0, &ALL, Some(100_000), 8), Way::Pending);
        let no_filter = ReadAbilities {
            pending_filter: false,
            ..ALL
        };
        assert_eq!(chosen(129, 0, &no_filter, None, 8), Way::Ranges);
        let no_ranges = ReadAbilities {
            key_ranges: false,
            ..no_filter
        };
        assert_eq!(chosen(129, 0, &no_ranges, None, 8), Way::Scan);
        let lists_only = ReadAbilities {
            look_up: false,
            ..no_ranges
        };
        assert_eq!(chosen(1, 0, &lists_only, None, 8), Way::Scan);
    }

    #[test]
    fn parts_are_read_side_by_side_where_nothing_but_the_answers_is_waited_for() {
        let limits = |rate| Limits {
            rate,
            parallelism: 8,
        };
        assert_eq!(at_once(&ALL, limits(None)), 8);
        assert_eq!(at_once(&ALL, limits(Some(6000))), 1);
        let no_ranges = ReadAbilities {
            key_ranges: false,
            ..ALL
        };
        assert_eq!(at_once(&no_ranges, limits(None)), 1);
    }

    #[test]
    fn a_disappointing_pending_list_is_followed_by_the_whole_queue_only_where_calls_are_scarce() {
        assert_eq!(rest(Way::Pending, 30, &ALL, Some(60)), Rest::LookUps);
        assert_eq!(rest(Way::Pending, 31, &ALL, Some(60)), Rest::WholeQueue);
        assert_eq!(rest(Way::Pending, 9999, &ALL, None), Rest::LookUps);
        assert_eq!(rest(Way::Scan, 9999, &ALL, Some(60)), Rest::LookUps);
    }

    #[test]
    fn the_reason_is_that_of_the_table() {
        let told = |named, likely_settled, read: &ReadAbilities, rate| {
            let asked = Asked {
                named,
                likely_settled,
            };
            let limits = Limits {
                rate,
                parallelism: 8,
            };
            let way = choose(asked, read, limits);
            format!("{way}: {}", reason(way, asked, read, limits))
        };
        let lists_only = ReadAbilities {
            look_up: false,
            ..ALL
        };
        let told = [
            told(30, 0, &ALL, Some(60)),
            told(31, 30, &ALL, Some(60)),
            told(31, 31, &ALL, Some(60)),
            told(200, 150, &ALL, None),
            told(2, 0, &lists_only, Some(60)),
        ];
        insta::assert_snapshot!(told.join("\n"), @r"
        by id: 30 named, and up to 30 are looked up one by one
        pending list: 31 named, more than 30, and the vendor lists the pending ones alone
        whole queue: 31 named, more than 30, and 31 of them likely settled; one part at a time under the rate limit
        key ranges side by side: 200 named, more than 128, and 150 of them likely settled; no rate limit holds calls back
        whole queue: nothing is read by id at this vendor
        ");
    }
}
