//! Since when a request waits, as its vendor tells it.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::{Facts, VendorText};

/// The guard keys under which vendors show when a request was made.
const MADE: [&str; 2] = ["requested-at", "created-at"];

/// How long a request that shows these facts has been waiting; never less than nothing.
///
/// Where the vendor's time has no zone it is taken for UTC, so the age is approximate; nothing where the vendor
/// shows no such time, or one of another form.
#[must_use]
pub fn age(facts: &Facts, now: Timestamp) -> Option<SignedDuration> {
    let shown = |key: &&str| facts.get(*key).map(VendorText::raw);
    let said = MADE
        .iter()
        .filter_map(shown)
        .find(|said| !said.is_empty())?;
    let utc = |at: DateTime| Some(at.to_zoned(TimeZone::UTC).ok()?.timestamp());
    let made: Timestamp = said
        .parse()
        .ok()
        .or_else(|| said.parse().ok().and_then(utc))?;
    Some(now.duration_since(made).max(SignedDuration::ZERO))
}
