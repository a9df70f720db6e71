//! What Fudo's document leaves open, as switches.

use crate::dialect::Switch;

/// One switch; the first value is the default.
const fn switch(key: &'static str, values: &'static [&'static str], says: &'static str) -> Switch {
    Switch { key, values, says }
}

/// Every open question.
pub static SWITCHES: &[Switch] = &[
    switch(
        "fudo.failure-body",
        &["message", "errors", "empty"],
        "The body of a refusal: result failure with a message, with a list of errors, or nothing",
    ),
    switch(
        "fudo.failure-status",
        &["4xx", "200"],
        "Whether a refusal shows in the status, or in the body alone (401 always shows)",
    ),
    switch(
        "fudo.envelope",
        &["named", "bare"],
        "Whether objects stand beside result, under the object's name, or alone",
    ),
    switch(
        "fudo.expensive-fields",
        &["shown", "named-only"],
        "Whether attributes that are expensive to use come without being named in fields",
    ),
    switch(
        "fudo.fields-id",
        &["always", "if-named"],
        "Whether the id comes with named fields",
    ),
    switch(
        "fudo.unknown-field",
        &["400", "ignored"],
        "A name in fields that no attribute has",
    ),
    switch(
        "fudo.bad-filter",
        &["400", "ignored"],
        "A filter that cannot be read, or a function on an attribute it is not for",
    ),
    switch(
        "fudo.match",
        &["part", "part-any-case", "whole"],
        "What .match() finds: a part of the value, in this case or any, or the whole value",
    ),
    switch(
        "fudo.wrong-value",
        &["400", "ignored"],
        "A limit or offset that is no whole number",
    ),
    switch(
        "fudo.default-limit",
        &["none", "50"],
        "How many a list shows without limit",
    ),
    switch(
        "fudo.limit-zero",
        &["empty", "unlimited"],
        "What limit=0 shows",
    ),
    switch(
        "fudo.limit-over-1000",
        &["served", "clamped", "400"],
        "A limit of more than 1000",
    ),
    switch(
        "fudo.list-order",
        &["oldest-first", "newest-first"],
        "The order of a list, by id",
    ),
    switch(
        "fudo.time-format",
        &["rfc3339", "sql", "no-zone"],
        "How times are written: 2026-03-02T08:00:00Z, 2026-03-02 08:00:00.000000+00, or without a zone",
    ),
    switch(
        "fudo.nested-nulls",
        &["null", "omitted"],
        "Whether members of votes and listeners that are null are written",
    ),
    switch(
        "fudo.immediate-expires-at",
        &["null", "after-start"],
        "Whether an immediate request shows expires_at once its session began",
    ),
    switch(
        "fudo.removed",
        &["by-id", "listed", "hidden"],
        "Where a removed request is still shown: by its id, in the list too, or nowhere",
    ),
    switch(
        "fudo.unknown-id",
        &["404", "400"],
        "An id that no access request has",
    ),
    switch(
        "fudo.invisible-by-id",
        &["404", "403"],
        "An access request that the caller's role does not show",
    ),
    switch(
        "fudo.vote-without-role",
        &["403", "404"],
        "A vote or a revocation by somebody whose role may only look",
    ),
    switch(
        "fudo.own-request",
        &["403", "accepted"],
        "A vote about one's own access request",
    ),
    switch(
        "fudo.second-vote",
        &["409", "400"],
        "A second vote of one user about one request",
    ),
    switch(
        "fudo.removed-vote",
        &["frees", "counts"],
        "Whether a user whose vote was removed may vote again",
    ),
    switch(
        "fudo.vote-after-decision",
        &["409", "400", "recorded"],
        "A vote about a request that is not pending: refused, or recorded without an effect",
    ),
    switch(
        "fudo.rejection",
        &["one", "required-votes"],
        "How many votes against reject a request: one, or as many as would grant it",
    ),
    switch(
        "fudo.blank-reason",
        &["400", "accepted"],
        "A vote against with a reason of blanks",
    ),
    switch(
        "fudo.other-request",
        &["400", "path-wins"],
        "A body whose access_request_id is not the path's",
    ),
    switch(
        "fudo.read-only-sent",
        &["ignored", "400"],
        "A body with an attribute that only the server sets",
    ),
    switch(
        "fudo.unknown-member",
        &["ignored", "400"],
        "A body with a member that its model does not have",
    ),
    switch(
        "fudo.content-type",
        &["any", "415"],
        "A body that is not declared as JSON",
    ),
    switch(
        "fudo.revoke-reason",
        &["optional", "required"],
        "Whether a revocation needs revoke_reason: the request's model says yes, the revocation's does not",
    ),
    switch(
        "fudo.revoke-not-granted",
        &["409", "400", "pending-too"],
        "A revocation of what is not granted: refused, or of a pending request carried out",
    ),
    switch(
        "fudo.revoke-again",
        &["409", "400", "success"],
        "A revocation of what is revoked already",
    ),
];
