//! The grammar of `expect`: what must hold after a step. Judging is `judge.rs`.

use std::collections::BTreeMap;

use mock_servers::Actor;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What must hold. Effects and calls are counted over this step, or over the whole story with `ever = true`.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Expect {
    /// Nothing is expected, on purpose.
    #[serde(default)]
    pub none: bool,
    /// The client's exit code.
    pub exit: Option<i32>,
    /// What it wrote to standard output.
    pub stdout: Option<Text>,
    /// What it wrote to standard error.
    pub stderr: Option<Text>,
    /// How many calls that could change something arrived at the vendors in this step.
    pub writes: Option<usize>,
    /// The name of a snapshot beside the file: `<file>__<name>.snap`.
    pub snapshot: Option<String>,
    /// Things done to requests.
    #[serde(default)]
    pub effect: Vec<Deed>,
    /// Writes that the vendor accepted and ignored.
    #[serde(default)]
    pub no_op: Vec<Deed>,
    /// Writes that the vendor refused.
    #[serde(default)]
    pub refusal: Vec<Deed>,
    /// What the mock finds strange about a call that is made on purpose: each stands in what it says, and nothing else
    /// strange happens.
    #[serde(default)]
    pub strange: Vec<String>,
    /// Calls that arrived.
    #[serde(default)]
    pub calls: Vec<Calls>,
    /// What the vendor holds.
    #[serde(default)]
    pub state: Vec<State>,
    /// What time brought about: an empty list means nothing at all, another at least these.
    pub fired: Option<Vec<Fired>>,
    /// For `race`, the first client.
    pub first: Option<Child>,
    /// For `race`, the second client.
    pub second: Option<Child>,
    /// For `http`: the status.
    pub status: Option<u16>,
    /// For `http`: the body.
    pub body: Option<Text>,
    /// For `act`: it is refused, in words that contain this.
    pub refused: Option<String>,
    /// Files in the client's folder.
    #[serde(default)]
    pub file: Vec<FileText>,
}

/// One of two clients.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Child {
    /// Its exit code.
    pub exit: i32,
    /// What it wrote to standard output.
    pub stdout: Option<Text>,
    /// What it wrote to standard error.
    pub stderr: Option<Text>,
}

/// A text.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Text {
    /// Each stands in it.
    #[serde(default)]
    pub contains: Vec<String>,
    /// None stands in it.
    #[serde(default)]
    pub lacks: Vec<String>,
    /// Each is a whole line of it, without the blanks at both ends.
    #[serde(default)]
    pub lines: Vec<String>,
    /// It is empty.
    #[serde(default)]
    pub empty: bool,
}

/// A file in the client's folder.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileText {
    /// Where.
    pub path: String,
    /// Each stands in it.
    #[serde(default)]
    pub contains: Vec<String>,
    /// None stands in it.
    #[serde(default)]
    pub lacks: Vec<String>,
}

/// How often; `count` alone, or `min` and `max`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bounds {
    /// At least.
    pub min: usize,
    /// At most.
    pub max: Option<usize>,
}

/// Verdicts that reached a request.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Deed {
    /// The request; absent, any.
    pub object: Option<String>,
    /// `approve`, `deny` or `revoke`; absent, any.
    pub verdict: Option<String>,
    /// Who did it; absent, anybody.
    pub actor: Option<Actor>,
    /// Exactly so often.
    pub count: Option<usize>,
    /// At least so often.
    pub min: Option<usize>,
    /// At most so often.
    pub max: Option<usize>,
    /// Since the story began.
    #[serde(default)]
    pub ever: bool,
}

/// Calls that arrived.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Calls {
    /// The operation, or a pattern ending in `*`.
    pub op: String,
    /// The request; absent, any.
    pub object: Option<String>,
    /// The status told to the client; absent, any.
    pub status: Option<u16>,
    /// Exactly so often.
    pub count: Option<usize>,
    /// At least so often.
    pub min: Option<usize>,
    /// At most so often.
    pub max: Option<usize>,
    /// Since the story began.
    #[serde(default)]
    pub ever: bool,
}

/// What the vendor holds about a request: any members of `GET /state`, each compared as far as it is given.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct State {
    /// The request.
    pub object: String,
    /// What its members are.
    #[serde(flatten)]
    pub is: BTreeMap<String, Value>,
}

/// Something that time brought about.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fired {
    /// What, such as `approval-expired` or `dropped-out`.
    pub kind: String,
    /// To which request; absent, any.
    pub object: Option<String>,
}

impl Deed {
    /// How often.
    ///
    /// # Errors
    /// When `count`, `min` and `max` do not go together, or none is there.
    pub fn bounds(&self) -> Result<Bounds, String> {
        bounds(self.count, self.min, self.max)
    }
}

impl Calls {
    /// How often.
    ///
    /// # Errors
    /// When `count`, `min` and `max` do not go together, or none is there.
    pub fn bounds(&self) -> Result<Bounds, String> {
        bounds(self.count, self.min, self.max)
    }
}

fn bounds(count: Option<usize>, min: Option<usize>, max: Option<usize>) -> Result<Bounds, String> {
    match (count, min, max) {
        (Some(count), None, None) => Ok(Bounds {
            min: count,
            max: Some(count),
        }),
        (Some(_), _, _) => Err("`count` stands alone: it is both `min` and `max`".to_owned()),
        // "At least none" would hold whatever happened.
        (None, None | Some(0), None) => {
            Err("it says nothing: give `count`, `min` (above 0) or `max`".to_owned())
        }
        (None, min, max) => Ok(Bounds {
            min: min.unwrap_or(0),
            max,
        }),
    }
}

impl Bounds {
    /// Whether `seen` lies within.
    #[must_use]
    pub fn admit(self, seen: usize) -> bool {
        seen >= self.min && self.max.is_none_or(|max| seen <= max)
    }
}

impl std::fmt::Display for Bounds {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (self.min, self.max) {
            (min, Some(max)) if min == max => write!(out, "exactly {min}"),
            (0, Some(max)) => write!(out, "at most {max}"),
            (min, Some(max)) => write!(out, "{min} to {max}"),
            (min, None) => write!(out, "at least {min}"),
        }
    }
}

impl Expect {
    /// Whether it asserts nothing at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        let Self {
            none: _,
            exit,
            stdout,
            stderr,
            writes,
            snapshot,
            effect,
            no_op,
            refusal,
            strange,
            calls,
            state,
            fired,
            first,
            second,
            status,
            body,
            refused,
            file,
        } = self;
        exit.is_none()
            && stdout.is_none()
            && stderr.is_none()
            && writes.is_none()
            && snapshot.is_none()
            && [effect, no_op, refusal]
                .iter()
                .all(|deeds| deeds.is_empty())
            && strange.is_empty()
            && calls.is_empty()
            && state.is_empty()
            && fired.is_none()
            && first.is_none()
            && second.is_none()
            && status.is_none()
            && body.is_none()
            && refused.is_none()
            && file.is_empty()
    }
}
