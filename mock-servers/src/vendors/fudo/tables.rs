//! Fudo as data: the operations on access requests, their parameters, its errors.

use crate::operations::{ObjectAt, Operation, Parameter};

const FIELDS: Parameter = Parameter {
    name: "fields",
    kind: "string",
    says: "Attributes to show, with commas; default all that are not null, empty for the id alone",
};

/// A GET without a request's id.
const fn read(id: &'static str, path: &'static str, summary: &'static str) -> Operation {
    Operation {
        id,
        method: "GET",
        path,
        summary,
        parameters: &[],
        object: None,
        body: false,
        writes: false,
    }
}

/// A POST about the request of the path.
const fn decide(id: &'static str, path: &'static str, summary: &'static str) -> Operation {
    Operation {
        id,
        method: "POST",
        path,
        summary,
        parameters: &[],
        object: Some(ObjectAt::Path("id")),
        body: true,
        writes: true,
    }
}

/// The operation table. Paths are below the origin.
pub static OPERATIONS: &[Operation] = &[
    Operation {
        id: "fudo.auth.login",
        method: "POST",
        path: "/api/system/login",
        summary: "A session id for a user name and password; deprecated by the vendor",
        parameters: &[],
        object: None,
        body: true,
        writes: false,
    },
    Operation {
        parameters: &[
            FIELDS,
            Parameter {
                name: "filter",
                kind: "string",
                says: "Conditions, all of which hold: attribute.in(a,b), .iin(), .contains() on arrays, .match()",
            },
            Parameter {
                name: "limit",
                kind: "integer",
                says: "How many at most",
            },
            Parameter {
                name: "offset",
                kind: "integer",
                says: "How many to leave out before",
            },
        ],
        ..read(
            "fudo.access-requests.list",
            "/api/v2/access_request",
            "Lists access requests",
        )
    },
    Operation {
        parameters: &[FIELDS],
        object: Some(ObjectAt::Path("id")),
        ..read(
            "fudo.access-requests.get",
            "/api/v2/access_request/{id}",
            "One access request",
        )
    },
    decide(
        "fudo.access-requests.vote",
        "/api/v2/access_request/{id}/vote",
        "Votes for or against a pending access request",
    ),
    decide(
        "fudo.access-requests.revoke",
        "/api/v2/access_request/{id}/revoke",
        "Takes granted access back",
    ),
    read(
        "fudo.objspec.access-request",
        "/api/v2/objspec/access_request",
        "The attributes of an access request",
    ),
    read(
        "fudo.objspec.access-request-vote",
        "/api/v2/objspec/access_request_vote",
        "The attributes of a vote",
    ),
    read(
        "fudo.objspec.access-request-revoke",
        "/api/v2/objspec/access_request_revoke",
        "The attributes of a revocation",
    ),
    Operation {
        id: "fudo.batch",
        method: "POST",
        path: "/api/v2/batch",
        summary: "Several calls in one; refused here",
        parameters: &[],
        object: None,
        body: true,
        // Votes could stand in it.
        writes: true,
    },
];

/// The vendor's own errors, for faults.
pub static ERRORS: &[&str] = &[
    "fudo:400",
    "fudo:401",
    "fudo:403",
    "fudo:404",
    "fudo:409-second-vote",
    "fudo:409-not-pending",
    "fudo:409-not-granted",
    "fudo:500",
];
