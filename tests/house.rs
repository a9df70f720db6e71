//! The tests of the whole house: they drive the built binary against the mock vendors.

#![cfg(feature = "harness")]

mod cli;
mod contract;
mod crash;
mod hostile;
mod machines;
mod outside;
mod tidy;
mod walk;
mod world;
