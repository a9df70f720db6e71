//! The tests of the whole house: they drive the built binary against the mock vendors.

#![cfg(feature = "harness")]
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    clippy::wildcard_enum_match_arm,
    reason = "a test fails by panicking, and stands outside of the program"
)]

mod base;
mod between;
mod canary;
mod cli;
mod concurrency;
mod contract;
mod crash;
mod docs;
mod documents;
mod exits;
mod faults;
mod files;
mod hostile;
mod machines;
mod noticed;
mod outside;
mod portal;
mod prompt;
mod ratify;
mod referee;
mod reviewed;
mod schema;
mod signals;
mod tending;
mod tidy;
mod transport;
mod vault;
mod walk;
mod workflow;
mod world;
