//! What is wrong, or held, as an event shows it.

use schemars::JsonSchema;
use serde::Serialize;

use crate::plan::{Class, Scope};

/// Something that is wrong in a file, in a run or with a request; what there is nothing to say about is left out.
#[derive(Default, Serialize, JsonSchema)]
pub(super) struct Problem<'a> {
    /// `error`, `warning`, or `info` for a hold that needs nobody.
    pub(super) severity: &'a str,
    /// For a decision that is not acted on: what has to happen first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) class: Option<Class>,
    /// The code of a hold, or `unread` for a queue; `countersign explain` knows it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) code: Option<&'a str>,
    /// What is wrong, in our words.
    pub(super) summary: &'a str,
    /// What lies behind it, as the operating system or a library says it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) detail: Option<&'a str>,
    /// The vendor's own words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) said: Option<&'a str>,
    /// The request, queue, file or flag.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) address: Option<String>,
    /// Where it stands in a file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) range: Option<Range<'a>>,
    /// The command or edit that helps.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) next: Option<&'a str>,
    /// For a held decision: what it is to the base, where one is compared with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) scope: Option<Scope>,
    /// What the process will exit with, where the run stops here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) exit: Option<u8>,
}

/// A piece of a file.
#[derive(Serialize, JsonSchema)]
pub(super) struct Range<'a> {
    /// The file, as given.
    pub(super) filename: &'a str,
    /// Where it begins.
    pub(super) start: Position,
    /// Where it ends; left out where a whole block is meant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) end: Option<Position>,
}

/// A place in a file.
#[derive(Serialize, JsonSchema)]
pub(super) struct Position {
    /// The line, from 1.
    pub(super) line: u32,
    /// The column in characters, from 1.
    pub(super) column: u32,
}
