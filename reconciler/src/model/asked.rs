//! Since when a request waits, as its vendor tells it.

use jiff::{SignedDuration, Timestamp};

use super::{Facts, Moment, VendorText};

/// The guard keys under which vendors show when a request was made.
const MADE: [&str; 2] = ["requested-at", "created-at"];

/// So far two clocks may be apart, as in the check of a vendor's clock before an approve.
const APART: SignedDuration = SignedDuration::from_mins(5);

/// How long a request that shows these facts has been waiting.
///
/// Where the vendor's time has no zone it is taken for UTC, so the age is approximate. Nothing where the vendor
/// shows no such time, one of another form, or one that is still to come: then the zone is another.
#[must_use]
pub fn age(facts: &Facts, now: Timestamp) -> Option<SignedDuration> {
    let shown = |key: &&str| facts.get(key).map(VendorText::raw);
    let said = MADE
        .iter()
        .filter_map(shown)
        .find(|said| !said.is_empty())?;
    let age = now.duration_since(Moment::parse(said)?.as_utc());
    (age >= -APART).then(|| age.max(SignedDuration::ZERO))
}
