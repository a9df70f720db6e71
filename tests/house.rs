//! The tests of the whole house: they drive the built binary against the mock vendors.

#![cfg(feature = "harness")]

mod between;
mod cli;
mod concurrency;
mod contract;
mod crash;
mod faults;
mod files;
mod hostile;
mod machines;
mod outside;
mod portal;
mod signals;
mod tidy;
mod walk;
mod world;
