//! The mocks as a client sees them: raw HTTP over real sockets, a frozen clock, no sleeping, no fixed port.

mod admin;
mod auditlog;
mod clauses;
mod client;
mod deciding;
mod document;
mod faults;
mod generated;
mod listing;
mod runs;
mod time;
