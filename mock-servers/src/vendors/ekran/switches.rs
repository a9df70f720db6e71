//! What Ekran's document leaves open, as switches.

use crate::dialect::Switch;

/// One switch; the first value is the default.
const fn switch(key: &'static str, values: &'static [&'static str], says: &'static str) -> Switch {
    Switch { key, values, says }
}

/// Every open question.
pub static SWITCHES: &[Switch] = &[
    switch(
        "ekran.edition",
        &["on-premises", "saas"],
        "The edition: in the cloud the API is not there (404)",
    ),
    switch(
        "ekran.after-id",
        &["last", "first", "next"],
        "What afterId is: the last id of the batch; its first, so that batches overlap; or the first of the next batch",
    ),
    switch(
        "ekran.last-page",
        &["null", "cursor"],
        "The afterId of the last batch: null, or a cursor behind which nothing comes",
    ),
    switch(
        "ekran.unauthorized",
        &["401", "403"],
        "A call without the right ApiKey",
    ),
    switch(
        "ekran.error-body",
        &["empty", "message", "problem"],
        "The body of a refusal: nothing, an object with Message, or problem details",
    ),
    switch(
        "ekran.wrong-value",
        &["400", "ignored"],
        "A parameter in another form than the document's",
    ),
    switch(
        "ekran.bounds",
        &["inclusive", "exclusive"],
        "Whether what was processed at the very start or end is selected",
    ),
    switch(
        "ekran.time-zone",
        &["utc", "+02:00"],
        "The zone of the server, in which all its times are meant",
    ),
    switch(
        "ekran.fractions",
        &["always", "trimmed"],
        "Whether fractions of a second that are zero are written",
    ),
    switch(
        "ekran.long-durations",
        &["days", "hours"],
        "How a time span of a day and more is written: 1.02:03:04, or 26:03:04",
    ),
    switch(
        "ekran.no-session",
        &["zero", "null"],
        "The durations of a request that led to no session",
    ),
    switch(
        "ekran.absent-text",
        &["null", "empty"],
        "How a comment, an address or an operator that is not there is written",
    ),
    switch(
        "ekran.pending-expires",
        &["1-day", "1-hour", "never"],
        "When a request that nobody processes expires",
    ),
];
