//! Admin By Request as data: its operations and their parameters, its open questions, its errors.

use crate::dialect::Switch;
use crate::operations::{ObjectAt, Operation, Parameter};

/// The operation table.
pub static OPERATIONS: &[Operation] = &[
    Operation {
        id: "admin-by-request.requests.list",
        method: "GET",
        path: "/requests",
        summary: "Requests in ascending order of their ids",
        parameters: &[STATUS, STARTID, TAKE, LAST, DETAILS],
        object: None,
        body: false,
        writes: false,
    },
    Operation {
        id: "admin-by-request.requests.get",
        method: "GET",
        path: "/requests/{id}",
        summary: "One request",
        parameters: &[DETAILS],
        object: Some(ObjectAt::Path("id")),
        body: false,
        writes: false,
    },
    Operation {
        id: "admin-by-request.requests.approve",
        method: "PUT",
        path: "/requests/{id}",
        summary: "Approves; nothing happens if already approved or started",
        parameters: &[Parameter {
            name: "approvedby",
            kind: "string",
            says: "The address of a portal user",
        }],
        object: Some(ObjectAt::Path("id")),
        body: false,
        writes: true,
    },
    Operation {
        id: "admin-by-request.requests.deny",
        method: "DELETE",
        path: "/requests/{id}",
        summary: "Denies; nothing happens if already approved or started",
        parameters: &[
            Parameter {
                name: "reason",
                kind: "string",
                says: "Why",
            },
            Parameter {
                name: "deniedby",
                kind: "string",
                says: "The address of a portal user",
            },
        ],
        object: Some(ObjectAt::Path("id")),
        body: false,
        writes: true,
    },
    Operation {
        id: "admin-by-request.auditlog.list",
        method: "GET",
        path: "/auditlog",
        summary: "Audit log entries",
        parameters: AUDIT,
        object: None,
        body: false,
        writes: false,
    },
    Operation {
        id: "admin-by-request.auditlog.delta",
        method: "GET",
        path: "/auditlog/delta",
        summary: "Audit log entries changed since a time",
        parameters: &[
            Parameter {
                name: "deltaTime",
                kind: "integer",
                says: "The timeNow of the call before",
            },
            DETAILS,
        ],
        object: None,
        body: false,
        writes: false,
    },
    Operation {
        id: "admin-by-request.auditlog.get",
        method: "GET",
        path: "/auditlog/{id}",
        summary: "One audit log entry",
        parameters: &[DETAILS],
        object: None,
        body: false,
        writes: false,
    },
    Operation {
        id: "admin-by-request.computers.auditlog",
        method: "GET",
        path: "/computers/{name}/auditlog",
        summary: "Audit log entries of one computer",
        parameters: AUDIT,
        object: None,
        body: false,
        writes: false,
    },
    Operation {
        id: "admin-by-request.users.auditlog",
        method: "GET",
        path: "/users/{user}/auditlog",
        summary: "Audit log entries of one user, by account or full name",
        parameters: AUDIT,
        object: None,
        body: false,
        writes: false,
    },
];

const STATUS: Parameter = Parameter {
    name: "status",
    kind: "string",
    says: "Pending, Denied, Approved, Quarantined, or a status code",
};
const STARTID: Parameter = Parameter {
    name: "startid",
    kind: "integer",
    says: "The smallest id, inclusive",
};
const TAKE: Parameter = Parameter {
    name: "take",
    kind: "integer",
    says: "At most so many; default 50",
};
const LAST: Parameter = Parameter {
    name: "last",
    kind: "integer",
    says: "The newest so many, newest first; not with take or startid",
};
const DETAILS: Parameter = Parameter {
    name: "wantscandetails",
    kind: "string",
    says: "1 for detailed scan results",
};
const AUDIT: &[Parameter] = &[
    STATUS,
    STARTID,
    TAKE,
    LAST,
    DETAILS,
    Parameter {
        name: "type",
        kind: "string",
        says: "app or session",
    },
    Parameter {
        name: "days",
        kind: "integer",
        says: "So many days back; default 30; not used with startdate",
    },
    Parameter {
        name: "startdate",
        kind: "string",
        says: "From this day on, yyyy-mm-dd",
    },
    Parameter {
        name: "enddate",
        kind: "string",
        says: "Until the end of this day, yyyy-mm-dd",
    },
];

/// What the document leaves open.
pub static SWITCHES: &[Switch] = &[
    Switch {
        key: "admin-by-request.id",
        values: &["string", "number"],
        says: "How a request's id is written",
    },
    Switch {
        key: "admin-by-request.approve-after-deny",
        values: &["no-op", "approves"],
        says: "PUT on a denied request",
    },
    Switch {
        key: "admin-by-request.deny-after-deny",
        values: &["no-op", "replaces"],
        says: "DELETE on a denied request",
    },
    Switch {
        key: "admin-by-request.decide-after-end",
        values: &["no-op", "acts"],
        says: "PUT and DELETE on a finished or expired request",
    },
    Switch {
        key: "admin-by-request.quarantined",
        values: &["portal-only", "api"],
        says: "PUT and DELETE on a quarantined request",
    },
    Switch {
        key: "admin-by-request.unknown-decider",
        values: &["nobody", "api"],
        says: "Who is recorded without a valid approvedby or deniedby",
    },
    Switch {
        key: "admin-by-request.unknown-id",
        values: &["404", "400"],
        says: "The answer for an id that does not exist",
    },
    Switch {
        key: "admin-by-request.after-drop-out",
        values: &["404", "serves"],
        says: "GET, PUT and DELETE by id two weeks later",
    },
    Switch {
        key: "admin-by-request.drop-out-from",
        values: &["last-change", "request"],
        says: "From when the two weeks in the list count",
    },
    Switch {
        key: "admin-by-request.started-in-list",
        values: &["yes", "no"],
        says: "Whether the list shows started and finished requests",
    },
    Switch {
        key: "admin-by-request.over-maximum",
        values: &["clamp", "refuse"],
        says: "take or last over the maximum",
    },
    Switch {
        key: "admin-by-request.last-with-take",
        values: &["last-wins", "refuse"],
        says: "last together with take or startid",
    },
    Switch {
        key: "admin-by-request.wrong-value",
        values: &["refuse", "ignore"],
        says: "A parameter value of the wrong form",
    },
    Switch {
        key: "admin-by-request.write-answer",
        values: &["empty", "message"],
        says: "The body of a successful PUT or DELETE",
    },
    Switch {
        key: "admin-by-request.api-access-off",
        values: &["401", "403"],
        says: "The answer when the tenant's API access is off",
    },
    Switch {
        key: "admin-by-request.link-key",
        values: &["auditlogLink", "auditLogLink"],
        says: "How the link member is spelled",
    },
    Switch {
        key: "admin-by-request.running-word",
        values: &["Running", "Started"],
        says: "The status word of a request in use",
    },
    Switch {
        key: "admin-by-request.status-codes",
        values: &["guessed", "null"],
        says: "Codes of statuses that no sample shows",
    },
    Switch {
        key: "admin-by-request.auditlog-case",
        values: &["pascal", "camel"],
        says: "The case of the audit log's keys",
    },
    Switch {
        key: "admin-by-request.scan-details",
        values: &["objects", "empty"],
        says: "What wantscandetails adds",
    },
];

/// The vendor's own errors, for faults.
pub static ERRORS: &[&str] = &[
    "admin-by-request:invalid-key",
    "admin-by-request:api-access-off",
    "admin-by-request:brute-force",
    "admin-by-request:too-many-requests",
    "admin-by-request:not-found",
    "admin-by-request:server-error",
];
