//! What ThreatLocker's documents leave open, and where clients saw something else than they say, as switches.

use crate::dialect::Switch;

/// One switch; the first value is the default.
const fn switch(key: &'static str, values: &'static [&'static str], says: &'static str) -> Switch {
    Switch { key, values, says }
}

/// Every open question.
pub static SWITCHES: &[Switch] = &[
    switch(
        "threatlocker.empty-list",
        &["array", "empty", "null"],
        "A list without rows: [], an empty body, or null",
    ),
    switch(
        "threatlocker.omitted-members",
        &["accepted", "500"],
        "A permit that leaves members out instead of sending null",
    ),
    switch(
        "threatlocker.to-computer",
        &["accepted", "417"],
        "A permit with policyLevel.toComputer true",
    ),
    switch(
        "threatlocker.missing-json",
        &["silent", "417"],
        "A permit without approvalRequest.json: 200 and nothing happens, or a refusal",
    ),
    switch(
        "threatlocker.missing-permission",
        &["401", "403"],
        "A call for which the token lacks a permission",
    ),
    switch(
        "threatlocker.scope-permission",
        &["any-of-list", "by-level"],
        "Whether any of the approve permissions is enough for any level, or each for its own level and kind of rule",
    ),
    switch(
        "threatlocker.pending-permit",
        &["approve-escalation", "list-alone"],
        "Whether a permit of a request that nobody escalated needs Approve Escalation",
    ),
    switch(
        "threatlocker.undocumented-permissions",
        &["as-siblings", "none"],
        "What operations need whose permissions are not written: what their siblings need, or nothing",
    ),
    switch(
        "threatlocker.other-organization",
        &["403", "404", "found"],
        "A request of an organization that is in scope, but is not the managed one",
    ),
    switch(
        "threatlocker.unknown-id",
        &["404", "417", "500"],
        "A request id that does not exist",
    ),
    switch(
        "threatlocker.unknown-application",
        &["417", "404", "500"],
        "An application that does not exist or belongs to somebody else",
    ),
    switch(
        "threatlocker.unknown-group",
        &["417", "500"],
        "A permit for a group that is none of the organization's",
    ),
    switch(
        "threatlocker.unknown-research",
        &["404", "null", "empty"],
        "Research details of an application that has none",
    ),
    switch(
        "threatlocker.two-levels",
        &["417", "widest"],
        "A permit whose policyLevel has more than one flag set",
    ),
    switch(
        "threatlocker.existing-status",
        &["12", "4"],
        "The statusId after a permit with an existing application",
    ),
    switch(
        "threatlocker.no-existing-policy",
        &["added", "417"],
        "useExistingPolicy where the application has no policy for that computer",
    ),
    switch(
        "threatlocker.elevation-status",
        &["elevates", "nothing"],
        "An elevationStatus other than 0 in a permit: whether the policy elevates",
    ),
    switch(
        "threatlocker.ringfence-members",
        &["ringfences", "nothing"],
        "isRingfenced and ringfenceActionId in a permit: whether the policy is ringfenced",
    ),
    switch(
        "threatlocker.storage-permit",
        &["417", "500"],
        "A permit of a Storage Control request through this endpoint",
    ),
    switch(
        "threatlocker.second-permit",
        &["acts", "417"],
        "A permit of a request that is actioned already, by somebody who may edit it",
    ),
    switch(
        "threatlocker.second-reject",
        &["acts", "ignored", "417"],
        "Reject and ignore of a request that is actioned already",
    ),
    switch(
        "threatlocker.ignored-status",
        &["10", "6"],
        "The statusId after an ignore",
    ),
    switch(
        "threatlocker.empty-batch",
        &["417", "200"],
        "Reject and ignore of no request at all",
    ),
    switch(
        "threatlocker.batch",
        &["whole", "each"],
        "Reject and ignore of several requests, one of which is refused: none of them, or the others",
    ),
    switch(
        "threatlocker.admin-notes",
        &["echoed", "apart"],
        "Whether a permit's ticket and comments become the request's ticketId and comments",
    ),
    switch(
        "threatlocker.reject-ticket",
        &["kept", "ignored"],
        "Whether a ticketId and comments in a reject's list become the request's",
    ),
    switch(
        "threatlocker.reject-reason",
        &["comments", "nowhere"],
        "Where a reject's reason can be read back",
    ),
    switch(
        "threatlocker.write-answer",
        &["empty", "true", "object"],
        "The body of a write's success",
    ),
    switch(
        "threatlocker.by-id",
        &["full", "list-row"],
        "Whether GetById has json and hash, which are null in the list",
    ),
    switch(
        "threatlocker.document-reason",
        &["base64", "plain"],
        "requestorReason of a permit document's approvalRequest",
    ),
    switch(
        "threatlocker.document-match",
        &["never", "computed"],
        "hasMatchingApplication of a permit document",
    ),
    switch(
        "threatlocker.wrong-type",
        &["417", "400"],
        "A body that is no object, or a value of another type",
    ),
    switch(
        "threatlocker.valid-cert",
        &["either", "flag"],
        "validCert in the body of ApplicationGetMatchingList: the article quotes it, its type is a flag",
    ),
    switch(
        "threatlocker.content-type",
        &["any", "415"],
        "A body that is not declared as JSON",
    ),
    switch(
        "threatlocker.page-zero",
        &["default", "417"],
        "A pageNumber or pageSize below 1",
    ),
    switch(
        "threatlocker.unknown-order",
        &["datetime", "417", "500"],
        "An orderBy that no client was seen with",
    ),
    switch(
        "threatlocker.search-fields",
        &["wide", "path"],
        "What searchText looks at: path, user, computer, requestor and organization, or the path alone",
    ),
    switch(
        "threatlocker.children-shape",
        &["organizationId-name", "id-name", "label-value"],
        "The members of OrganizationGetChildrenIdsAndName",
    ),
    switch(
        "threatlocker.children-self",
        &["no", "yes"],
        "Whether that list has the managed organization itself",
    ),
    switch(
        "threatlocker.dropdown-system",
        &["type-id", "name"],
        "Which parameter narrows the groups: computerGroupOSTypeId, or computerOSType, which is windows where it is left out",
    ),
    switch(
        "threatlocker.dropdown-shape",
        &["label-value", "group-items"],
        "The members of ComputerGroupGetDropdownByOrganizationId",
    ),
    switch(
        "threatlocker.parent-separator",
        &["one", "two"],
        "How many backslashes stand between a parent organization and its application's name",
    ),
];
