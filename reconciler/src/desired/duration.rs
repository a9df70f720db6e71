//! Durations as people write them: `30s`, `24h`, `7d`, `1h30m`. A unit is required.

use jiff::SignedDuration;

const UNITS: [(&str, u64); 6] = [
    ("ms", 1),
    ("s", 1_000),
    ("m", 60_000),
    ("h", 3_600_000),
    ("d", 86_400_000),
    ("w", 604_800_000),
];

/// Reads a duration: whole numbers with units, as in `24h` or `1h30m`. Days have 24 hours.
///
/// # Errors
/// A sentence fragment saying what is wrong with it.
pub fn parse(text: &str) -> Result<SignedDuration, String> {
    let mut rest = text;
    let mut total: u64 = 0;
    while !rest.is_empty() {
        let (number, after) = leading(rest, |c| c.is_ascii_digit());
        let (unit, after) = leading(after, |c| c.is_ascii_alphabetic());
        if number.is_empty() {
            return Err("a duration is a whole number with a unit".to_owned());
        }
        if unit.is_empty() {
            return Err(format!("`{number}` has no unit"));
        }
        let Some((_, size)) = UNITS.iter().find(|(name, _)| *name == unit) else {
            return Err(format!("`{unit}` is not a unit of time"));
        };
        total = number
            .parse::<u64>()
            .ok()
            .and_then(|n| n.checked_mul(*size))
            .and_then(|n| n.checked_add(total))
            // A thousand years: beyond that, sums with a time stamp leave the calendar.
            .filter(|sum| *sum <= 365_000 * 86_400_000)
            .ok_or_else(|| "a duration ends at a thousand years".to_owned())?;
        rest = after;
    }
    if total == 0 {
        return Err("a duration is more than nothing".to_owned());
    }
    i64::try_from(total)
        .map(SignedDuration::from_millis)
        .map_err(|_| "a duration ends at a thousand years".to_owned())
}

/// What to write instead, for hints.
pub const HINT: &str = "write it like `30s`, `15m`, `24h` or `7d`";

fn leading(text: &str, fits: fn(&char) -> bool) -> (&str, &str) {
    let end = text.find(|c| !fits(&c)).unwrap_or(text.len());
    text.split_at(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_add_up() {
        assert_eq!(parse("30s"), Ok(SignedDuration::from_secs(30)));
        assert_eq!(parse("24h"), Ok(SignedDuration::from_hours(24)));
        assert_eq!(parse("7d"), Ok(SignedDuration::from_hours(168)));
        assert_eq!(parse("1h30m"), Ok(SignedDuration::from_mins(90)));
        assert_eq!(parse("250ms"), Ok(SignedDuration::from_millis(250)));
    }

    #[test]
    fn a_unit_is_required_and_nothing_else_is_understood() {
        for wrong in [
            "",
            "24",
            "h",
            "-1h",
            "1.5h",
            "1 h",
            "24H",
            "1y",
            "0s",
            "99999999999999d",
        ] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }
}
