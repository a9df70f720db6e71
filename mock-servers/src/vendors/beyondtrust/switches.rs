//! What Password Safe's document leaves open, as switches.

use crate::dialect::Switch;

/// One switch; the first value is the default.
const fn switch(key: &'static str, values: &'static [&'static str], says: &'static str) -> Switch {
    Switch { key, values, says }
}

/// Every open question.
pub static SWITCHES: &[Switch] = &[
    switch(
        "beyondtrust.create-body",
        &["int", "object"],
        "What a filing answers: the bare id, or an object with RequestID",
    ),
    switch(
        "beyondtrust.error-body",
        &["text", "json-string", "json-number", "prose", "message"],
        "The body of a refusal: the bare code, the code as JSON, the code with its sentence, or the sentence alone",
    ),
    switch(
        "beyondtrust.header-without-session",
        &["401", "accepted"],
        "A good Authorization header without a session",
    ),
    switch(
        "beyondtrust.wrong-header-with-session",
        &["ignored", "401"],
        "A wrong Authorization header beside a good session",
    ),
    switch(
        "beyondtrust.session-idle",
        &["never", "20-minutes"],
        "When a session that nobody uses ends",
    ),
    switch(
        "beyondtrust.signout-without-session",
        &["401", "200"],
        "Signout without a session",
    ),
    switch(
        "beyondtrust.wrong-client",
        &["400", "401"],
        "The token endpoint's answer to an unknown client",
    ),
    switch(
        "beyondtrust.requestor-queue",
        &["4032-if-named", "4032", "empty"],
        "The requestor queue of somebody who is no requestor",
    ),
    switch(
        "beyondtrust.own-in-approver-queue",
        &["yes", "no"],
        "Whether the approver queue shows the user's own requests",
    ),
    switch(
        "beyondtrust.voted-in-pending",
        &["yes", "no"],
        "Whether a request that awaits others stays pending for whoever approved it already",
    ),
    switch(
        "beyondtrust.auto-approved-in-approver-queue",
        &["yes", "no"],
        "Whether the approver queue shows what a policy approved, though no user did",
    ),
    switch(
        "beyondtrust.list-order",
        &["ascending", "descending"],
        "The order of a list, by id",
    ),
    switch(
        "beyondtrust.list-fields",
        &["documented", "newer"],
        "Whether rows have the fields of newer versions",
    ),
    switch(
        "beyondtrust.active-word",
        &["Active", "Approved"],
        "The Status of an approved request",
    ),
    switch(
        "beyondtrust.date-zone",
        &["none", "utc"],
        "Whether dates end with a Z",
    ),
    switch(
        "beyondtrust.absent-values",
        &["null", "zero"],
        "What an alias, application or domain that is not there reads",
    ),
    switch(
        "beyondtrust.pending-expires",
        &["planned", "null"],
        "ExpiresDate of a pending request",
    ),
    switch(
        "beyondtrust.expires-from",
        &["approval", "release"],
        "From when the duration counts; from the release, a pending request lapses too",
    ),
    switch(
        "beyondtrust.wrong-value",
        &["400", "default"],
        "A status or queue that the document does not know",
    ),
    switch(
        "beyondtrust.second-vote",
        &["4036", "204"],
        "Approve by somebody who has approved already, while others are awaited",
    ),
    switch(
        "beyondtrust.decide-without-role",
        &["4033", "4031", "403"],
        "Approve and Deny by somebody who is no approver of the account",
    ),
    switch(
        "beyondtrust.approve-after-end",
        &["404", "4036", "400"],
        "Approve on a request that is over",
    ),
    switch(
        "beyondtrust.deny-after-end",
        &["404", "400", "204"],
        "Deny on a request that is over",
    ),
    switch(
        "beyondtrust.check-in-after-end",
        &["404", "4034", "204"],
        "Checkin on a request that is over",
    ),
    switch(
        "beyondtrust.rotate-after-end",
        &["404", "400", "403"],
        "RotateOnCheckin on a request that is over",
    ),
    switch(
        "beyondtrust.rotate-not-owner",
        &["403", "4031", "404"],
        "RotateOnCheckin by somebody else than the owner",
    ),
    switch(
        "beyondtrust.unknown-id",
        &["404", "400"],
        "A request id that does not exist",
    ),
    switch(
        "beyondtrust.unknown-account",
        &["4031", "404"],
        "A filing for an account that does not exist",
    ),
    switch(
        "beyondtrust.unknown-alias",
        &["404", "4031"],
        "A filing for an alias that does not exist",
    ),
    switch(
        "beyondtrust.unknown-application",
        &["400", "404", "4031"],
        "A filing for an application that does not exist",
    ),
    switch(
        "beyondtrust.alias-app",
        &["400", "accepted"],
        "AccessType App on an alias, whose body has no ApplicationID",
    ),
    switch(
        "beyondtrust.wrong-schedule",
        &["400", "4031", "404"],
        "AccessPolicyScheduleID that the account's policy does not have, or that is closed",
    ),
    switch(
        "beyondtrust.no-schedule",
        &["4031", "400"],
        "A filing that no schedule of the policy allows now",
    ),
    switch(
        "beyondtrust.best-schedule",
        &["least-trouble", "first"],
        "Which schedule is selected automatically",
    ),
    switch(
        "beyondtrust.ticket-missing",
        &["400", "403"],
        "A filing without the ticket number that the policy requires",
    ),
    switch(
        "beyondtrust.unknown-ticket-system",
        &["400", "404"],
        "TicketSystemID that does not exist",
    ),
    switch(
        "beyondtrust.rotation-unsupported",
        &["ignored", "400"],
        "RotateOnCheckin=false where the policy does not support it",
    ),
    switch(
        "beyondtrust.conflict-of-another",
        &["409", "creates"],
        "A ConflictOption where the conflicting request is another user's",
    ),
    switch(
        "beyondtrust.option-window",
        &["none", "duration"],
        "Which approved requests of the user reuse and renew mean: any, or those within the next DurationMinutes, as for the 409",
    ),
    switch(
        "beyondtrust.isa-requests",
        &["4031", "auto-approved"],
        "A filing by an ISA user",
    ),
    switch(
        "beyondtrust.over-limit",
        &["400", "truncates"],
        "A Reason or TicketNumber over its limit",
    ),
    switch(
        "beyondtrust.create-reason-limit",
        &["none", "1000"],
        "The limit of a filing's Reason",
    ),
    switch(
        "beyondtrust.length-unit",
        &["utf-16", "characters"],
        "What a limit counts",
    ),
    switch(
        "beyondtrust.body-case",
        &["ignored", "exact"],
        "Whether names and enumeration words in bodies have case",
    ),
    switch(
        "beyondtrust.empty-body",
        &["accepted", "400"],
        "Approve, Deny and Checkin without a body",
    ),
    switch(
        "beyondtrust.content-type",
        &["any", "415"],
        "A body that is not declared as JSON",
    ),
];
