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

pub mod desired;
pub mod model;
pub mod observed;
pub mod vendors;
