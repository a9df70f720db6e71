//! The mocks as a client sees them: raw HTTP over real sockets, a frozen clock, no sleeping, no fixed port.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking, in its helpers too"
)]

mod admin;
mod auditlog;
mod beyondtrust;
mod clauses;
mod client;
mod deciding;
mod document;
mod ekran;
mod faults;
mod fudo;
mod generated;
mod holding;
mod listing;
mod runs;
mod threatlocker;
mod time;
mod tls;
