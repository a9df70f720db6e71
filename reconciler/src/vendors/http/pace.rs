//! When a call may go out: the queue's rate limit, and how long a read waits before it is tried again.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use jiff::Timestamp;
use tokio::time::Instant;

/// How reads are retried: one layer, with a budget over all tries of one read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// Tries in all.
    pub tries: u32,
    /// The first pause; each further one doubles.
    pub first: Duration,
    /// The longest pause of our own choosing.
    pub longest: Duration,
    /// Most time for one read, tries and pauses together. Waiting for our own rate limit does not count.
    pub budget: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            tries: 3,
            first: Duration::from_millis(500),
            longest: Duration::from_secs(8),
            budget: Duration::from_secs(120),
        }
    }
}

impl Patience {
    /// How long to wait after a failed try, or nothing when it was the last one.
    ///
    /// Half of our own pause is chance, so that runners do not come back together; what the vendor
    /// asks for is waited for in full.
    pub(super) fn pause(
        &self,
        attempt: u32,
        spent: Duration,
        asked: Option<Duration>,
        noise: u64,
    ) -> Option<Duration> {
        if attempt >= self.tries {
            return None;
        }
        let doubled = 2_u32.saturating_pow(attempt.saturating_sub(1));
        let own = self.first.saturating_mul(doubled).min(self.longest);
        let chance =
            f64::from(u32::try_from(noise >> 32).unwrap_or(u32::MAX)) / f64::from(u32::MAX);
        let pause = own.div_f64(2.0) + own.div_f64(2.0).mul_f64(chance);
        let pause = pause.max(asked.unwrap_or_default());
        (spent.saturating_add(pause) <= self.budget).then_some(pause)
    }
}

/// Statuses of a read that another try may change. All other 4xx are answers.
pub(super) fn may_pass(status: u16) -> bool {
    matches!(status, 408 | 425 | 429 | 500 | 502 | 503 | 504)
}

/// What the vendor asks to wait: `Retry-After` in seconds or as a date, else `x-ratelimit-reset` in seconds
/// (vendor-facts section 1, limits). What is negative, past or garbage is as if it were not there.
pub(super) fn asked(
    retry_after: Option<&str>,
    reset: Option<&str>,
    vendor_now: Timestamp,
) -> Option<Duration> {
    let seconds = |text: &str| {
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        // More digits than fit are a number all the same, and far over any budget.
        let most = u64::from(u32::MAX);
        digits.then(|| Duration::from_secs(text.parse().unwrap_or(most).min(most)))
    };
    let date = |text: &str| {
        let until = http_date(text)?.duration_since(vendor_now);
        Duration::try_from(until).ok()
    };
    retry_after
        .map(str::trim)
        .and_then(|text| seconds(text).or_else(|| date(text)))
        .or_else(|| reset.map(str::trim).and_then(seconds))
}

/// A date in any of HTTP's three forms.
pub(super) fn http_date(text: &str) -> Option<Timestamp> {
    let moment: SystemTime = httpdate::parse_http_date(text).ok()?;
    Timestamp::try_from(moment).ok()
}

/// Spreads the bits of a number (splitmix64): cheap chance for pauses, not for secrets.
pub(super) fn scatter(seed: u64) -> u64 {
    let mixed = seed.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ (mixed >> 31)
}

/// The window of a rate limit. A little over a minute: calls do not all travel equally fast, and the
/// vendor counts when they arrive.
const WINDOW: Duration = Duration::from_millis(60_100);

/// A sliding window over all calls of one queue: first come, first served.
#[derive(Debug)]
pub(super) struct Limiter {
    rate: Option<usize>,
    /// When the last `rate` calls went out, or will.
    slots: Mutex<VecDeque<Instant>>,
}

impl Limiter {
    pub(super) fn new(rate: Option<u32>) -> Self {
        Self {
            rate: rate.map(|rate| usize::try_from(rate.max(1)).unwrap_or(usize::MAX)),
            slots: Mutex::new(VecDeque::new()),
        }
    }

    /// Waits for a place in the window. A place once taken stays taken, even if the caller gives up:
    /// too few calls is the safe mistake.
    pub(super) async fn turn(&self) {
        let Some(rate) = self.rate else { return };
        let slot = {
            let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
            reserve(&mut slots, Instant::now(), rate)
        };
        tokio::time::sleep_until(slot).await;
    }

    /// How long the next call that has its place still waits for it; nothing where none does.
    pub(super) fn held_back(&self) -> Option<Duration> {
        let slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        let next = slots.iter().find(|slot| **slot > now)?;
        Some(*next - now)
    }
}

/// Takes the next free place: now, or as soon as the call `rate` places before has left the window.
fn reserve(slots: &mut VecDeque<Instant>, now: Instant, rate: usize) -> Instant {
    let mut slot = now;
    if let Some(last) = slots.back() {
        slot = slot.max(*last);
    }
    if slots.len() >= rate
        && let Some(first) = slots.pop_front()
    {
        slot = slot.max(first + WINDOW);
    }
    slots.push_back(slot);
    slot
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_window_slides_and_never_holds_more_than_its_rate() {
        let start = Instant::now();
        let mut slots = VecDeque::new();
        let at = |ms| start + Duration::from_millis(ms);
        assert_eq!(reserve(&mut slots, at(0), 2), at(0));
        assert_eq!(reserve(&mut slots, at(10_000), 2), at(10_000));
        assert_eq!(reserve(&mut slots, at(10_001), 2), at(60_100));
        assert_eq!(reserve(&mut slots, at(10_002), 2), at(70_100));
        assert_eq!(reserve(&mut slots, at(10_003), 2), at(120_200));
        // Long idle: no stored-up turns beyond the rate.
        assert_eq!(reserve(&mut slots, at(500_000), 2), at(500_000));
        assert_eq!(reserve(&mut slots, at(500_000), 2), at(500_000));
        assert_eq!(reserve(&mut slots, at(500_000), 2), at(560_100));
        assert_eq!(slots.len(), 2);
    }

    #[test]
    fn what_the_vendor_asks_for_is_understood_or_ignored() {
        let now: Timestamp = "2026-11-22T10:00:00Z".parse().expect("a timestamp");
        let secs = |n| Some(Duration::from_secs(n));
        assert_eq!(asked(Some("30"), None, now), secs(30));
        assert_eq!(asked(Some(" 0 "), Some("9"), now), secs(0));
        assert_eq!(
            asked(Some("Sun, 22 Nov 2026 10:00:07 GMT"), None, now),
            secs(7)
        );
        assert_eq!(
            asked(Some("Sun, 22 Nov 2026 09:00:00 GMT"), Some("5"), now),
            secs(5)
        );
        assert_eq!(asked(Some("-5"), Some("12"), now), secs(12));
        assert_eq!(asked(Some("soon"), None, now), None);
        assert_eq!(asked(Some("1.5"), Some("-1"), now), None);
        assert_eq!(asked(None, Some("12"), now), secs(12));
        assert!(asked(Some("999999999999999999999999"), None, now) > secs(1_000_000));
    }

    #[test]
    fn pauses_grow_stay_capped_and_respect_the_budget() {
        let patience = Patience {
            tries: 9,
            ..Patience::default()
        };
        let bounds = |attempt| {
            let low = patience
                .pause(attempt, Duration::ZERO, None, 0)
                .expect("a pause");
            let high = patience
                .pause(attempt, Duration::ZERO, None, u64::MAX)
                .expect("a pause");
            (low.as_millis(), high.as_millis())
        };
        assert_eq!(bounds(1), (250, 500));
        assert_eq!(bounds(2), (500, 1000));
        assert_eq!(bounds(8), (4000, 8000));
        assert_eq!(patience.pause(9, Duration::ZERO, None, 0), None);
        let asked = Some(Duration::from_secs(30));
        assert_eq!(patience.pause(1, Duration::from_secs(90), asked, 0), asked);
        assert_eq!(patience.pause(1, Duration::from_secs(91), asked, 0), None);
    }
}
