//! Ekran as data: its one operation, the operation's parameters, its errors.

use crate::operations::{Operation, Parameter};

/// The operation table: the API reads what was processed, and decides nothing.
pub static OPERATIONS: &[Operation] = &[Operation {
    id: "ekran.access-requests.list",
    method: "GET",
    path: "/ekranapi/AccessRequests/GetEndpointAccessRequests",
    summary: "Lists endpoint access control access requests that have been processed",
    parameters: &[
        Parameter {
            name: "start",
            kind: "string",
            says: "Processed after this time: 2021-04-01, 2021-04-01T12:00 or 2021-04-01T12:00:00",
        },
        Parameter {
            name: "end",
            kind: "string",
            says: "Processed before this time, in the same forms",
        },
        Parameter {
            name: "count",
            kind: "integer",
            says: "How many, 0 to 1000; default 1000",
        },
        Parameter {
            name: "afterId",
            kind: "integer",
            says: "Where the next batch begins",
        },
    ],
    object: None,
    body: false,
    writes: false,
}];

/// The vendor's own errors, for faults.
pub static ERRORS: &[&str] = &["ekran:400", "ekran:401", "ekran:404", "ekran:500"];
