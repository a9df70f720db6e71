//! The tests of the whole house: they drive the built binary against the mock vendors.

#![cfg(feature = "harness")]

mod between;
mod concurrency;
mod crash;
mod faults;
mod files;
mod portal;
mod signals;
mod world;
