//! A moment as a vendor writes it, with or without a zone.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

/// A vendor's date and time. Where it names no zone, it may be of any on earth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// As if it were UTC, where it names no zone.
    utc: Timestamp,
    has_zone: bool,
}

/// The clocks of the earth, against UTC.
const ZONES: (SignedDuration, SignedDuration) = (
    SignedDuration::from_hours(-12),
    SignedDuration::from_hours(14),
);

impl Moment {
    /// Reads RFC 3339, with or without a zone. Nothing for any other text.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let utc = |at: DateTime| Some(at.to_zoned(TimeZone::UTC).ok()?.timestamp());
        let zoned = text.parse().ok();
        Some(Self {
            has_zone: zoned.is_some(),
            utc: zoned.or_else(|| text.parse().ok().and_then(utc))?,
        })
    }

    /// The instant; where it names no zone, as if it were UTC.
    #[must_use]
    pub fn as_utc(self) -> Timestamp {
        self.utc
    }

    /// Whether it can be that instant, give or take `slack`.
    #[must_use]
    pub fn can_be(self, at: Timestamp, slack: SignedDuration) -> bool {
        let (west, east) = match self.has_zone {
            true => (SignedDuration::ZERO, SignedDuration::ZERO),
            false => ZONES,
        };
        let off = self.utc.duration_since(at);
        off >= west - slack && off <= east + slack
    }

    /// Whole minutes from `earlier` to this, which is of the same clock; nothing where it is the earlier one.
    #[must_use]
    pub fn minutes_since(self, earlier: Self) -> Option<u64> {
        let seconds = self.utc.duration_since(earlier.utc).as_secs();
        u64::try_from(seconds).ok().map(|seconds| seconds / 60)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SLACK: SignedDuration = SignedDuration::from_mins(15);

    #[test]
    fn without_a_zone_it_can_be_any_instant_of_the_earth_s_clocks() {
        let at = "2026-11-22T09:00:00Z".parse().unwrap();
        for (text, expected) in [
            ("2026-11-22T09:00:00Z", true),
            ("2026-11-22T10:15:00+01:00", true),
            ("2026-11-22T09:15:01Z", false),
            ("2026-11-22T08:44:59Z", false),
            ("2026-11-22T09:00:00", true),
            ("2026-11-22T09:00:00.123", true),
            ("2026-11-22 23:15:00", true),
            ("2026-11-22T23:15:01", false),
            ("2026-11-21T20:45:00", true),
            ("2026-11-21T20:44:59", false),
        ] {
            let moment = Moment::parse(text).unwrap();
            assert_eq!(moment.can_be(at, SLACK), expected, "{text}");
        }
        for text in ["", "today", "22.11.2026 09:00"] {
            assert_eq!(Moment::parse(text), None, "{text}");
        }
    }

    #[test]
    fn minutes_are_counted_forward() {
        let moment = |text| Moment::parse(text).unwrap();
        let begins = moment("2026-11-22T09:00:00");
        assert_eq!(
            moment("2026-11-22T11:00:30").minutes_since(begins),
            Some(120)
        );
        assert_eq!(begins.minutes_since(moment("2026-11-22T11:00:00")), None);
    }
}
