//! The documented limits, on the mock's clock: 60 calls in any minute, 100,000 in any day.

use std::collections::VecDeque;

use jiff::{SignedDuration, Timestamp};

use crate::options::RateLimit;

const PER_MINUTE: usize = 60;
const PER_DAY: usize = 100_000;

/// The calls of the last day.
#[derive(Clone, Debug)]
pub(crate) struct Limiter {
    limit: RateLimit,
    calls: VecDeque<Timestamp>,
}

impl Limiter {
    pub(crate) fn new(limit: RateLimit) -> Self {
        Self {
            limit,
            calls: VecDeque::new(),
        }
    }

    /// Counts from here on.
    pub(crate) fn forget(&mut self) {
        self.calls.clear();
    }

    /// Counts a call, or answers after how many seconds one will be admitted again.
    pub(crate) fn admit(&mut self, now: Timestamp) -> Result<(), u64> {
        if self.limit == RateLimit::Off {
            return Ok(());
        }
        let day = SignedDuration::from_hours(24);
        while self
            .calls
            .front()
            .is_some_and(|first| now.duration_since(*first) >= day)
        {
            self.calls.pop_front();
        }
        for (most, window) in [(PER_MINUTE, SignedDuration::from_mins(1)), (PER_DAY, day)] {
            let oldest = self
                .calls
                .len()
                .checked_sub(most)
                .and_then(|place| self.calls.get(place));
            if let Some(left) = oldest.map(|oldest| window - now.duration_since(*oldest))
                && left > SignedDuration::ZERO
            {
                return Err(u64::try_from((left.as_millis() + 999) / 1000).unwrap_or(1));
            }
        }
        self.calls.push_back(now);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + seconds).unwrap()
    }

    #[test]
    fn the_sixty_first_call_of_a_minute_waits_for_the_first_to_age() {
        let mut limiter = Limiter::new(RateLimit::Documented);
        for call in 0..60 {
            assert_eq!(limiter.admit(after(call / 10)), Ok(()));
        }
        assert_eq!(limiter.admit(after(6)), Err(54));
        assert_eq!(limiter.admit(after(60)), Ok(()));
    }

    #[test]
    fn the_day_has_its_own_limit() {
        let mut limiter = Limiter::new(RateLimit::Documented);
        limiter.calls = (0..100_000).map(|call| after(call * 4 / 5)).collect();
        assert_eq!(limiter.admit(after(86_000)), Err(400));
        assert_eq!(limiter.admit(after(86_400)), Ok(()));
    }

    #[test]
    fn off_means_off() {
        let mut limiter = Limiter::new(RateLimit::Off);
        assert!((0..1000).all(|_| limiter.admit(after(0)).is_ok()));
    }
}
