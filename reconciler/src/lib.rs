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
pub mod desired;
pub mod error;
pub mod exit;
pub mod model;
pub mod plan;
pub mod render;
pub mod vendors;
