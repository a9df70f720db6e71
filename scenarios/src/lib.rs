//! Scenarios: one TOML file tells one story about a client and a mock vendor, and says what must hold.
//!
//! ```text
//! find ──► read, check ──► world ──► perform ──► judge ──► report
//!                                        └─────► transcript
//! ```
//!
//! The client is a child process, any client: nothing here knows how `countersign` works inside.

mod arm;
mod bundled;
mod call;
mod check;
mod check_expect;
mod check_explore;
mod child;
mod clients;
mod count;
mod decide;
mod dialects;
mod expect;
mod explore;
mod find;
mod judge;
mod layout;
mod line;
mod mistake;
mod perform;
mod placeholders;
mod read;
mod report;
mod run;
mod snapshot;
mod stable;
mod story;
mod template;
mod transcript;
mod world;

pub use dialects::{Untried, each_dialect_once, under_other_dialects};
pub use explore::{Cell, Explored, Exploring, explore, explored_json, explored_text};
pub use find::{Found, NothingFound, Query, Trial, find};
pub use judge::Problem;
pub use layout::layout;
pub use mistake::Mistake;
pub use read::{Variant, read};
pub use report::{json, junit, summary, text};
pub use run::{Outcome, StepOutcome, Verdict, run};
pub use story::Story;
pub use template::template;

use jiff::Timestamp;

/// What all stories of a run share.
#[derive(Clone, Debug)]
pub struct Settings {
    /// What `{cli}` stands for: the client, and the words that come before every command of it.
    pub cli: Vec<String>,
    /// The children's `PATH`.
    pub path: String,
    /// This machine's time; a story's own clock stands still.
    pub real_now: fn() -> Timestamp,
    /// Leave each story's folder.
    pub keep: bool,
    /// Write snapshots instead of comparing them.
    pub update: bool,
}
