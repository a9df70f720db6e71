//! Decisions about privileged access, under Git.
//!
//! ```text
//! decision files ──► decisions ──► desired ──┐
//!                                            ├──► plan (pure) ──► render ──► people, CI, pull request
//! vendors ─────────► observe ────► observed ─┤        │
//! ledger ──────────► sent before ────────────┘        └──► apply ──► ledger, vendors, events
//! ```
//!
//! Read everything, then compare with a plain function, then act.

pub mod apply;
pub mod cli;
mod commands;
pub mod desired;
pub mod error;
pub mod exit;
#[cfg(test)]
mod fakes;
#[cfg(any(test, feature = "fuzzing"))]
pub mod fuzz;
#[cfg(feature = "harness")]
mod harness;
pub mod model;
pub mod observed;
pub mod plan;
pub mod render;
mod start;
pub mod steps;
pub mod vendors;

pub use start::{Process, Terminals, run};

/// Tells the time. Taken in `main.rs`, handed to whoever needs it.
pub type Clock = std::sync::Arc<dyn Fn() -> jiff::Timestamp + Send + Sync>;
