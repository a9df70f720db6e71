//! The mock's time: frozen, or running from an injected source. Everything else is given `now`.

use jiff::{SignedDuration, Span, SpanRelativeTo, Timestamp};
use serde::{Deserialize, Serialize};

/// Whether time moves by itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ClockMode {
    /// Time runs; `advance` adds to it.
    #[default]
    Real,
    /// Time stands until `advance`.
    Frozen,
}

/// Where a frozen clock without a stated time stands.
pub(crate) const FROZEN_START: &str = "2026-03-02T08:00:00Z";

#[derive(Clone, Debug)]
pub(crate) struct Clock {
    mode: ClockMode,
    source: fn() -> Timestamp,
    /// Frozen: the time. Real: the latest time shown, so that it never runs backwards.
    shown: Timestamp,
    /// Real: what was added by a stated start or by `advance`.
    offset: SignedDuration,
}

impl Clock {
    /// A clock of this mode, starting at `now` or, without it, at the source's time (real) or a fixed day (frozen).
    pub(crate) fn new(mode: ClockMode, now: Option<Timestamp>, source: fn() -> Timestamp) -> Self {
        let frozen = FROZEN_START.parse().unwrap_or(Timestamp::UNIX_EPOCH);
        let (shown, offset) = match (mode, now) {
            (ClockMode::Frozen, given) => (given.unwrap_or(frozen), SignedDuration::ZERO),
            (ClockMode::Real, Some(given)) => (given, given.duration_since(source())),
            (ClockMode::Real, None) => (source(), SignedDuration::ZERO),
        };
        Self {
            mode,
            source,
            shown,
            offset,
        }
    }

    pub(crate) fn mode(&self) -> ClockMode {
        self.mode
    }

    pub(crate) fn now(&mut self) -> Timestamp {
        if self.mode == ClockMode::Real {
            let running = (self.source)()
                .checked_add(self.offset)
                .unwrap_or(Timestamp::MAX);
            self.shown = self.shown.max(running);
        }
        self.shown
    }

    /// Moves forward to `to`. Answers an error when `to` lies in the past.
    pub(crate) fn advance_to(&mut self, to: Timestamp) -> Result<(Timestamp, Timestamp), String> {
        let from = self.now();
        if to < from {
            return Err(format!(
                "the clock stands at {from} and cannot go back to {to}"
            ));
        }
        self.offset = self.offset.saturating_add(to.duration_since(from));
        self.shown = to;
        Ok((from, to))
    }
}

/// Where an advance leads: exactly one of `by` (a duration such as `14d`, days of 24 hours) and `to` (RFC 3339).
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Advance {
    /// How far.
    pub by: Option<String>,
    /// Until when.
    pub to: Option<Timestamp>,
}

impl Advance {
    pub(crate) fn target(&self, now: Timestamp) -> Result<Timestamp, String> {
        match (&self.by, self.to) {
            (Some(text), None) => now
                .checked_add(duration(text)?)
                .map_err(|error| format!("by = {text:?}: {error}")),
            (None, Some(to)) => Ok(to),
            (Some(_), Some(_)) | (None, None) => Err("exactly one of `by` and `to`".to_owned()),
        }
    }
}

/// A duration with units, `14d`, `1h30m`, `2w`; a day has 24 hours.
pub(crate) fn duration(text: &str) -> Result<SignedDuration, String> {
    let span: Span = text
        .parse()
        .map_err(|error| format!("{text:?} is no duration: {error}"))?;
    let duration = span
        .to_duration(SpanRelativeTo::days_are_24_hours())
        .map_err(|error| format!("{text:?} is no duration: {error}"))?;
    if duration.is_negative() {
        return Err(format!("{text:?} goes back"));
    }
    Ok(duration)
}

/// One thing that time brought about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fired {
    /// The vendor's slug.
    pub vendor: &'static str,
    /// What happened, such as `approval-expired` or `dropped-out`.
    pub kind: &'static str,
    /// When it was due.
    pub at: Timestamp,
    /// The request; nothing where `count` requests of a generated queue are meant.
    #[serde(rename = "id")]
    pub object: Option<String>,
    /// How many requests.
    pub count: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noon() -> Timestamp {
        "2026-03-02T12:00:00Z".parse().unwrap()
    }

    #[test]
    fn a_frozen_clock_stands_until_it_is_advanced_and_never_goes_back() {
        let mut clock = Clock::new(ClockMode::Frozen, None, noon);
        let start = clock.now();
        assert_eq!(start.to_string(), FROZEN_START);
        let by = Advance {
            by: Some("14d".to_owned()),
            to: None,
        };
        let to = by.target(start).unwrap();
        assert_eq!(
            clock.advance_to(to).unwrap().1.to_string(),
            "2026-03-16T08:00:00Z"
        );
        assert!(clock.advance_to(start).is_err());
    }

    #[test]
    fn a_real_clock_follows_its_source_from_a_stated_start() {
        let mut clock = Clock::new(ClockMode::Real, Some(Timestamp::UNIX_EPOCH), noon);
        assert_eq!(clock.now(), Timestamp::UNIX_EPOCH);
        let later = clock
            .now()
            .checked_add(SignedDuration::from_hours(1))
            .unwrap();
        clock.advance_to(later).unwrap();
        assert_eq!(clock.now(), later);
    }

    #[test]
    fn an_advance_names_one_way_only() {
        assert!(Advance::default().target(noon()).is_err());
        assert!(duration("-1d").is_err());
        assert_eq!(duration("1h30m").unwrap(), SignedDuration::from_mins(90));
    }
}
