//! The parts that a listing is read in side by side: ranges of ids, split while they are read. Pure.
//!
//! Ids are whole numbers and not dense, so nobody knows beforehand how much a range holds. A listing begins as
//! one part without an end; whoever has nothing to read takes the upper half of what is left of the longest.

/// Who reads what of one listing.
#[derive(Debug)]
pub(super) struct Ranges {
    parts: Vec<Part>,
    /// The lowest id that was read.
    first: Option<u64>,
    /// The highest id that there was when it was asked for; until then nothing is split.
    top: Option<u64>,
    /// How many ids the last full page spanned.
    width: u64,
}

/// A range of ids that one walker reads.
#[derive(Debug)]
struct Part {
    /// The next id to be read.
    at: u64,
    /// Where the page that was asked for last is likely to end: nobody else should ask for it.
    asked: u64,
    /// The last id of it.
    end: u64,
    is_over: bool,
}

impl Ranges {
    /// One part from an id on, to the end of the list.
    pub(super) fn from(start: u64) -> Self {
        let whole = Part {
            at: start,
            asked: start,
            end: u64::MAX,
            is_over: false,
        };
        Self {
            parts: vec![whole],
            first: None,
            top: None,
            width: 1,
        }
    }

    /// The highest id that there is by now. What comes later is read by whoever reads the last part.
    pub(super) fn reach_to(&mut self, top: u64) {
        self.top = Some(top);
    }

    /// The upper half of what nobody has asked for yet of the longest part, for somebody who has nothing to read;
    /// nothing where all is asked for.
    ///
    /// It is cut where a page is likely to end, so that as few as possible are read for a few rows.
    pub(super) fn take(&mut self) -> Option<usize> {
        let pages = |part: &Part| {
            self.left(part, part.at.max(part.asked))
                .div_ceil(self.width)
        };
        let longest = self
            .parts
            .iter()
            .map(pages)
            .max()
            .filter(|pages| *pages > 0)?;
        let nth = self.parts.iter().position(|part| pages(part) == longest)?;
        let lower = (longest / 2).saturating_mul(self.width);
        let width = self.width;
        let part = self.parts.get_mut(nth)?;
        let at = part.at.max(part.asked).checked_add(lower)?;
        let upper = Part {
            at,
            asked: at.saturating_add(width),
            end: part.end,
            is_over: false,
        };
        part.end = at.saturating_sub(1);
        self.parts.push(upper);
        Some(self.parts.len() - 1)
    }

    /// The page of a part that begins at an id is asked for.
    pub(super) fn ask(&mut self, nth: usize, from: u64) {
        if let Some(part) = self.parts.get_mut(nth) {
            part.asked = from.saturating_add(self.width);
        }
    }

    /// The next id of a part.
    pub(super) fn start(&self, nth: usize) -> Option<u64> {
        self.parts.get(nth).map(|part| part.at)
    }

    /// The last id of a part. It moves down when somebody takes its upper half.
    pub(super) fn end(&self, nth: usize) -> u64 {
        self.parts.get(nth).map_or(u64::MAX, |part| part.end)
    }

    /// A page of a part was read, from its next id to `last`; `first` is its lowest id, a full page brought as many
    /// rows as one can. Says whether the part goes on.
    pub(super) fn read(&mut self, nth: usize, first: u64, last: u64, is_full: bool) -> bool {
        self.first = Some(self.first.map_or(first, |lowest| lowest.min(first)));
        let Some(part) = self.parts.get_mut(nth) else {
            return false;
        };
        if is_full {
            let from = part.at.max(first);
            self.width = last.saturating_sub(from).saturating_add(1);
        }
        part.is_over = last >= part.end;
        part.at = last.saturating_add(1);
        !part.is_over
    }

    /// Nothing is left of a part.
    pub(super) fn over(&mut self, nth: usize) {
        if let Some(part) = self.parts.get_mut(nth) {
            part.is_over = true;
            // What it ended at is all that there is: the parts beyond it hold nothing to be split.
            let beyond = part.at.saturating_sub(1);
            self.top = self.top.map(|top| top.min(beyond));
        }
    }

    /// How much of the ids between the lowest and the highest has been read, in thousandths; an estimate of how much
    /// of the rows, since ids are not dense. Nothing where the highest is not known.
    pub(super) fn share(&self) -> Option<u16> {
        let (first, top) = (self.first?, self.top?);
        let all = top.checked_sub(first)?.saturating_add(1);
        let left = self.parts.iter().map(|part| self.left(part, part.at));
        let read = all.saturating_sub(left.fold(0, u64::saturating_add));
        u16::try_from(u128::from(read) * 1000 / u128::from(all)).ok()
    }

    /// How many ids are left of a part from one on, of those that there were when the highest was asked for.
    fn left(&self, part: &Part, from: u64) -> u64 {
        match self.top {
            Some(top) if !part.is_over => {
                let end = part.end.min(top);
                end.saturating_add(1).saturating_sub(from)
            }
            Some(_) | None => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `[next id, last id]` of each part that is still read.
    fn open(ranges: &Ranges) -> Vec<[u64; 2]> {
        let open = ranges.parts.iter().filter(|part| !part.is_over);
        open.map(|part| [part.at, part.end]).collect()
    }

    #[test]
    fn nothing_is_split_before_the_top_is_known_or_where_it_does_not_pay() {
        let mut ranges = Ranges::from(0);
        assert_eq!((ranges.take(), ranges.share()), (None, None));
        assert!(ranges.read(0, 101, 1100, true));
        assert_eq!(ranges.take(), None, "no top yet");
        ranges.ask(0, 1101);
        for (top, taken) in [(1100, None), (2100, None), (2101, Some(1))] {
            ranges.reach_to(top);
            assert_eq!(ranges.take(), taken, "{top}");
        }
        assert_eq!(open(&ranges), [[1101, 2100], [2101, u64::MAX]]);
        assert_eq!(ranges.take(), None, "each is asked for");
    }

    #[test]
    fn sixteen_walkers_share_a_dense_queue_in_whole_pages() {
        let mut ranges = Ranges::from(0);
        assert!(ranges.read(0, 1, 1000, true));
        ranges.ask(0, 1001);
        ranges.reach_to(100_000);
        for nth in 1..16 {
            assert_eq!(ranges.take(), Some(nth));
        }
        let parts = open(&ranges);
        assert!(parts.iter().all(|[at, _]| at % 1000 == 1), "{parts:?}");
        let longest = parts.iter().map(|[at, end]| end.min(&100_000) + 1 - at);
        assert_eq!(longest.max(), Some(7000));
        // The last has no end: what is new is read by it.
        assert!(parts.iter().any(|[_, end]| *end == u64::MAX));
    }

    #[test]
    fn a_part_ends_at_its_last_id_and_its_other_half_begins_right_after() {
        let mut ranges = Ranges::from(0);
        ranges.read(0, 1, 1000, true);
        ranges.reach_to(5000);
        let upper = ranges.take().expect("four pages are left");
        let end = ranges.end(0);
        assert_eq!(ranges.start(upper), Some(end + 1));
        assert!(ranges.read(0, 1001, end - 1, true));
        // Another client's rows lie beyond its end: they are its neighbour's.
        assert!(!ranges.read(0, end + 7, end + 900, false));
        assert_eq!(ranges.start(upper), Some(end + 1));
    }

    #[test]
    fn the_share_is_that_of_the_ids() {
        let mut ranges = Ranges::from(0);
        ranges.read(0, 1001, 2000, true);
        assert_eq!(ranges.share(), None);
        ranges.reach_to(11_000);
        assert_eq!(ranges.share(), Some(100));
        let upper = ranges.take().expect("nine pages are left");
        assert_eq!(ranges.share(), Some(100), "a split reads nothing");
        ranges.read(0, 2001, 4000, true);
        assert_eq!(ranges.share(), Some(300));
        ranges.over(upper);
        ranges.read(0, 4001, ranges.end(0), true);
        assert_eq!(ranges.share(), Some(1000));
    }

    /// A vendor that names a top far beyond its rows costs a few calls, not one for each gap.
    #[test]
    fn an_empty_part_takes_what_lies_beyond_it_out_of_the_count() {
        let mut ranges = Ranges::from(0);
        ranges.read(0, 1, 1000, true);
        ranges.reach_to(9_999_999_999_999_999_999);
        let upper = ranges.take().expect("a lot seems to be left");
        ranges.over(upper);
        let mut calls = 1;
        while let Some(nth) = ranges.take() {
            ranges.over(nth);
            calls += 1;
        }
        assert!(calls < 64, "{calls}");
    }

    /// However it is split and read, each id belongs to exactly one part.
    #[test]
    fn parts_never_overlap_and_leave_nothing_out() {
        for seed in 0..200_u64 {
            let mut chance = seed;
            let mut next = |below: u64| {
                chance = chance
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1);
                (chance >> 33) % below
            };
            let mut ranges = Ranges::from(0);
            ranges.read(0, 1, 1 + next(5000), true);
            ranges.reach_to(200_000);
            let mut covered: Vec<[u64; 2]> = vec![[0, ranges.parts[0].at - 1]];
            for _ in 0..300 {
                if next(3) == 0 {
                    ranges.take();
                    continue;
                }
                let nth = usize::try_from(next(ranges.parts.len() as u64)).expect("small");
                let part = &ranges.parts[nth];
                if part.is_over {
                    continue;
                }
                let (at, end) = (part.at, part.end);
                let last = at + next(3000);
                covered.push([at, last.min(end)]);
                ranges.read(nth, at, last, next(2) == 0);
            }
            covered.extend(open(&ranges));
            covered.sort_unstable();
            let (mut beyond, whole) = (0, covered);
            for [at, end] in whole {
                assert_eq!(at, beyond, "seed {seed}");
                beyond = end.wrapping_add(1);
            }
            assert_eq!(beyond, 0, "seed {seed}: to the end of all ids");
        }
    }
}
