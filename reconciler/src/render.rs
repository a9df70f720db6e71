//! Everything a user sees: plans, reports and mistakes as text, Markdown, JSON and events.
//!
//! It never decides, and reads neither clock nor environment. Commands hand it values and print nothing.

mod difference;
pub mod escape;
mod holds;
mod layout;
pub mod plan;
mod words;

pub use layout::Style;
