//! The only code that decides anything: reviewed changes, one send each, proven by reading back.
//!
//! `commands::apply` hands it changes; it tells a listener what happens and writes the ledger.

pub mod ledger;
mod report;

pub use report::{Ended, Event, Report, Settlement, Signal};
