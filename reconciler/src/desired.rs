//! What people wrote: the configuration, which is trusted, and the decision files, which are not.
//!
//! First in the flow. Everything is read whole, every mistake is told at once with its place and a hint,
//! and nothing here knows a vendor, a plan or the network.

#[cfg(test)]
mod bench;
pub mod config;
pub mod decisions;
pub mod draft;
pub mod duration;
pub mod fmt;
mod hostile;
pub mod mistake;
pub mod removal;
pub mod secret;
mod shape;
mod source;
mod table;

pub use config::Config;
pub use decisions::Written;
pub use mistake::Mistake;
