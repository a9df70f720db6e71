//! The tests of the whole house: they drive the built binary against the mock vendors.

#![cfg(feature = "harness")]
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    reason = "all of it is tests, their helpers too"
)]

mod between;
mod concurrency;
mod crash;
mod faults;
mod files;
mod portal;
mod signals;
mod world;
