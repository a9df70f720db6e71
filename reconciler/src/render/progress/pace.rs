//! How fast something goes lately, and how long the rest of it takes at that. Moments are handed in.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// The last moments of something that is counted.
#[derive(Debug, Default)]
pub(super) struct Pace {
    counts: VecDeque<(Instant, u64)>,
}

/// Less than this says nothing of a rate.
const LEAST: Duration = Duration::from_millis(400);

impl Pace {
    /// Notes how many there are by now; what is older than `window` no longer counts. Another count that begins anew
    /// forgets the one before.
    pub(super) fn note(&mut self, done: u64, now: Instant, window: Duration) {
        if self.counts.back().is_some_and(|(_, before)| *before > done) {
            self.counts.clear();
        }
        self.counts.push_back((now, done));
        while let Some((second, _)) = self.counts.get(1)
            && now.saturating_duration_since(*second) >= window
        {
            self.counts.pop_front();
        }
    }

    /// How many a second; nothing where too little is known, or nothing moved.
    pub(super) fn rate(&self) -> Option<f64> {
        let ((began, first), (now, last)) = (self.counts.front()?, self.counts.back()?);
        let took = now.saturating_duration_since(*began);
        let many = u32::try_from(last.saturating_sub(*first)).unwrap_or(u32::MAX);
        (took >= LEAST && many > 0).then(|| f64::from(many) / took.as_secs_f64())
    }

    /// How long so many more take.
    pub(super) fn left(&self, more: u64) -> Option<Duration> {
        let more = f64::from(u32::try_from(more).unwrap_or(u32::MAX));
        Duration::try_from_secs_f64(more / self.rate()?).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WINDOW: Duration = Duration::from_secs(10);

    #[test]
    fn the_rate_is_that_of_the_last_seconds() {
        let began = Instant::now();
        let at = |seconds| began + Duration::from_secs(seconds);
        let mut pace = Pace::default();
        pace.note(0, began, WINDOW);
        assert_eq!(pace.rate(), None);
        for second in 1..=100 {
            pace.note(second * 1000, at(second), WINDOW);
        }
        assert_eq!(pace.rate(), Some(1000.0));
        assert_eq!(pace.left(60_000), Some(Duration::from_secs(60)));
        // It has become slow.
        for second in 101..=120 {
            pace.note(100_000 + (second - 100), at(second), WINDOW);
        }
        assert_eq!(pace.rate(), Some(1.0));
        // It stands still.
        for second in 121..=140 {
            pace.note(100_020, at(second), WINDOW);
        }
        assert_eq!((pace.rate(), pace.left(1)), (None, None));
        assert!(pace.counts.len() <= 12);
    }

    #[test]
    fn another_count_begins_anew() {
        let began = Instant::now();
        let mut pace = Pace::default();
        pace.note(5000, began, WINDOW);
        pace.note(1, began + Duration::from_secs(1), WINDOW);
        pace.note(3, began + Duration::from_secs(2), WINDOW);
        assert_eq!(pace.rate(), Some(2.0));
    }
}
