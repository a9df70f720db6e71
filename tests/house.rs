//! The tests of the whole house: they drive the built binary against the mock vendors.

#![cfg(feature = "harness")]

mod between;
mod cli;
mod contract;
mod crash;
mod faults;
mod hostile;
mod machines;
mod outside;
mod portal;
mod tidy;
mod walk;
mod world;
