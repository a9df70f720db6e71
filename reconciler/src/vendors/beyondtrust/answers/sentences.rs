//! The document's own sentences for its codes, by endpoint: lower case, without punctuation.

use super::Endpoint;

/// Each code with its sentences, any of which says it ("Response Codes" of each call; 4032: worded as 4033 is).
pub(super) const SENTENCES: &[(Endpoint, &str, &[&str])] = &[
    (Endpoint::List, "4032", REQUESTORS),
    (Endpoint::List, "4033", APPROVERS),
    (
        Endpoint::Approve,
        "4033",
        &[
            "approver only",
            "user cannot approve his or her own request",
        ],
    ),
    (
        Endpoint::Approve,
        "4036",
        &["request has been approved already"],
    ),
    (
        Endpoint::Deny,
        "4033",
        &["approver only", "user cannot deny his or her own request"],
    ),
    (Endpoint::File, "4031", NO_PERMISSION),
    (Endpoint::File, "4033", APPROVERS),
    (Endpoint::File, "4035", TOO_FEW),
    (Endpoint::FileByAlias, "4031", NO_PERMISSION),
    (Endpoint::FileByAlias, "4033", APPROVERS),
    (Endpoint::FileByAlias, "4035", TOO_FEW),
    (
        Endpoint::CheckIn,
        "4031",
        &["user does not have permission to release a password"],
    ),
    (Endpoint::CheckIn, "4034", &["request is not yet approved"]),
];

const REQUESTORS: &[&str] = &[
    "requestor only api or account",
    "only requestors can access this api or account",
];
const APPROVERS: &[&str] = &[
    "approver only api or account",
    "only approvers can access this api or account",
];
const NO_PERMISSION: &[&str] = &[
    "user does not have permission to request the account or the account is not valid for the system",
];
const TOO_FEW: &[&str] = &["not enough approvers configured to approve a request"];
