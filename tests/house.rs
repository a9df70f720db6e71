//! The tests of the whole house: they drive the built binary against the mock vendors.

#![cfg(feature = "harness")]

mod between;
mod crash;
mod world;
