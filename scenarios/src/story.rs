//! The grammar of a scenario file, as serde sees it. What it means is in `docs/scenarios.md`; reading is `read.rs`.

use std::collections::BTreeMap;

use mock_servers::{Advance, Fault, Given, Phase, PlacedAct, Vendor};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::expect::Expect;

/// One file: one story.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Story {
    /// Always 1.
    pub format: u32,
    /// What it is about.
    pub scenario: Scenario,
    /// The world it begins in.
    #[serde(default)]
    pub given: Given,
    /// Files in the client's folder.
    #[serde(default)]
    pub file: Vec<File>,
    /// What happens, in order.
    #[serde(default)]
    pub step: Vec<Step>,
    /// The same story with other values; without any it runs once.
    #[serde(default)]
    pub case: Vec<Case>,
    /// How `scenario explore` goes through it.
    #[serde(default)]
    pub explore: Explore,
}

/// What `scenario explore` has to know about the client; the defaults are countersign's own.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Explore {
    /// The `run` steps whose calls are disturbed; none means all that make calls.
    pub steps: Vec<String>,
    /// One round of running the client again, undisturbed.
    pub again: Vec<Vec<String>>,
    /// Ends with 0 once nothing is left to do.
    pub settled: Vec<String>,
    /// Ends with 0 while what the client remembers can be read; run after each kill.
    pub readable: Vec<String>,
    /// Says what may have been sent, by request; run after each kill. Empty where the client has no such command.
    pub remembers: Vec<String>,
    /// How long an answer is kept back: longer than the client waits.
    pub patience: String,
    /// Words by which the client says that something could not be read.
    pub admits: Vec<String>,
    /// A number before one of these words tells how it read, not what it found.
    pub aside: Vec<String>,
    /// Exit codes that the client's documentation knows; 0 says that all was done.
    pub exits: Vec<i32>,
    /// Those of them that say that not all was done.
    pub incomplete: Vec<i32>,
}

impl Default for Explore {
    fn default() -> Self {
        let words = |line: &str| line.split(' ').map(str::to_owned).collect();
        Self {
            steps: Vec::new(),
            again: ["{cli} plan --out again.plan", "{cli} apply again.plan"]
                .map(words)
                .to_vec(),
            settled: words("{cli} plan --expect-no-changes"),
            readable: words("{cli} ledger verify"),
            remembers: words("{cli} ledger show"),
            patience: "1500ms".to_owned(),
            admits: vec!["unread".to_owned()],
            aside: vec!["call".to_owned(), "calls".to_owned()],
            incomplete: vec![3, 4],
            exits: vec![0, 1, 2, 3, 4, 5, 6, 7, 64, 130, 143],
        }
    }
}

/// What the story is about, and the ground it stands on.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// `suite/name`: the file's folder and its name.
    pub id: String,
    /// One sentence: what holds.
    pub title: String,
    /// Which vendors are mocked.
    pub vendors: Vec<Vendor>,
    /// What ids, names and keys derive from.
    #[serde(default = "first_seed")]
    pub seed: u64,
    /// Where the clock stands.
    #[serde(default = "first_clock")]
    pub clock: String,
    /// The statements of the vendor's document that the story rests on.
    #[serde(default)]
    pub clauses: Vec<String>,
    /// Answers to what the document leaves open; the rest has its default.
    #[serde(default)]
    pub dialect: BTreeMap<String, String>,
    /// Words for `--tag`.
    #[serde(default)]
    pub tags: Vec<String>,
    /// The most real time that one step may take.
    #[serde(default = "first_timeout")]
    pub timeout: String,
    /// Commands run before the first step, each of which must succeed.
    #[serde(default = "first_prepare")]
    pub prepare: Vec<Vec<String>>,
}

fn first_seed() -> u64 {
    1
}

fn first_clock() -> String {
    "2026-03-02T08:00:00Z".to_owned()
}

fn first_timeout() -> String {
    "20s".to_owned()
}

fn first_prepare() -> Vec<Vec<String>> {
    vec![["{cli}", "ledger", "init"].map(str::to_owned).to_vec()]
}

/// A file in the client's folder, written before the first step.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct File {
    /// Where, below the client's folder.
    pub path: String,
    /// What it holds.
    pub text: String,
}

/// Values for one run of the story.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// What the case is called.
    pub name: String,
    /// What `{var.NAME}` stands for.
    pub var: BTreeMap<String, toml::Value>,
}

/// One thing that happens, what disturbs it, and what must hold afterwards. Exactly one verb.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Step {
    /// What the report calls it.
    pub name: String,
    /// Verb: the client, as a child process.
    pub run: Option<Vec<String>>,
    /// Verb: one call of any client's.
    pub http: Option<Http>,
    /// Verb: somebody beside the API acts.
    pub act: Option<PlacedAct>,
    /// Verb: a reviewer fills in drafted decisions.
    pub decide: Option<Vec<Decide>>,
    /// Verb: time passes.
    pub advance: Option<Advance>,
    /// Verb: the world goes back to its beginning, or its services start again; what the client remembers stays.
    pub restart: Option<Restart>,
    /// Verb: two clients at once.
    pub race: Option<Race>,
    /// Verb: the mock's own verdict over its journal, the body of `POST /verify`; or, with `journal`, over a recorded one.
    pub verify: Option<Value>,
    /// For `run` and `race`: further environment.
    #[serde(default)]
    pub env: BTreeMap<String, String>,
    /// For `run`: what stands on standard input.
    pub stdin: Option<String>,
    /// Later steps go on even if this one fails.
    #[serde(default)]
    pub keep_going: bool,
    /// Faults armed for this step alone.
    #[serde(default)]
    pub fault: Vec<Fault>,
    /// Acts that happen inside a call of this step.
    #[serde(default)]
    pub during: Vec<During>,
    /// For `run`: a signal that reaches the client while it stands inside a call.
    pub signal: Option<Signalled>,
    /// For a client that goes on after its command has ended: the effect that is waited for.
    pub wait: Option<Wait>,
    /// What must hold afterwards.
    pub expect: Option<Expect>,
}

/// An effect that comes later.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wait {
    /// On which request.
    pub object: String,
    /// Which verdict.
    pub verdict: String,
    /// The most real time that it may take.
    pub within: String,
}

/// A signal to the client and all that it started.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Signalled {
    /// Which.
    pub send: Signal,
    /// Where the client stands when it comes; the call goes on afterwards, whoever is left to hear its answer.
    pub inside: Point,
}

/// What a client can be told from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Signal {
    /// Somebody pressed Ctrl-C.
    #[serde(rename = "INT")]
    Interrupt,
    /// A runner wants it to end.
    #[serde(rename = "TERM")]
    Terminate,
    /// It ends, without a word.
    #[serde(rename = "KILL")]
    Kill,
}

impl Signal {
    /// As `kill` spells it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Interrupt => "INT",
            Self::Terminate => "TERM",
            Self::Kill => "KILL",
        }
    }
}

/// The kinds of step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// The client runs.
    Run,
    /// One call.
    Http,
    /// Somebody acts.
    Act,
    /// A reviewer decides.
    Decide,
    /// Time passes.
    Advance,
    /// The world begins again.
    Restart,
    /// Two clients at once.
    Race,
    /// The mock judges.
    Verify,
}

impl Verb {
    /// As it is written.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Run => "run",
            Self::Http => "http",
            Self::Act => "act",
            Self::Decide => "decide",
            Self::Advance => "advance",
            Self::Restart => "restart",
            Self::Race => "race",
            Self::Verify => "verify",
        }
    }
}

impl Step {
    /// The verbs it names: one, in a valid file.
    #[must_use]
    pub fn verbs(&self) -> Vec<Verb> {
        [
            (self.run.is_some(), Verb::Run),
            (self.http.is_some(), Verb::Http),
            (self.act.is_some(), Verb::Act),
            (self.decide.is_some(), Verb::Decide),
            (self.advance.is_some(), Verb::Advance),
            (self.restart.is_some(), Verb::Restart),
            (self.race.is_some(), Verb::Race),
            (self.verify.is_some(), Verb::Verify),
        ]
        .into_iter()
        .filter_map(|(given, verb)| given.then_some(verb))
        .collect()
    }
}

/// One call, written out.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Http {
    /// The method.
    pub method: String,
    /// The whole address, `{url.VENDOR}/…`.
    pub url: String,
    /// As whom: `VENDOR`, the approver of its credentials, or `VENDOR:IDENTITY`.
    pub auth: Option<String>,
    /// Further headers.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// A JSON body.
    pub json: Option<Value>,
    /// A body as it stands.
    pub body: Option<String>,
}

/// What a reviewer writes into a drafted block.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Decide {
    /// The request's id.
    pub id: String,
    /// The queue; may be absent where one vendor is mocked.
    pub queue: Option<String>,
    /// The file; default `decisions/QUEUE/ID.toml`.
    #[serde(rename = "in")]
    pub file: Option<String>,
    /// The verdict.
    pub verdict: Option<String>,
    /// The ticket.
    pub ticket: Option<String>,
    /// Why.
    pub reason: Option<String>,
    /// Until when, RFC 3339.
    pub expires: Option<String>,
    /// In whose name.
    pub decided_by: Option<String>,
    /// Guards to write over, each of which must be there.
    #[serde(default)]
    pub guard: BTreeMap<String, String>,
    /// How far an approval reaches, for a vendor whose approval writes a rule: the keys of `[decision.permit]`.
    #[serde(default)]
    pub permit: BTreeMap<String, toml::Value>,
}

/// How a world begins again.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Restart {
    /// Where it goes back to: `start`, the world of `[given]`.
    pub to: Option<String>,
    /// What is left as it is: `state`. Sessions end, calls are dropped, data stays.
    pub keep: Option<String>,
}

/// Two clients at once.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Race {
    /// The first one's command line.
    pub first: Vec<String>,
    /// The second one's.
    pub second: Vec<String>,
    /// The second runs, from start to end, while the first stands inside this call.
    pub inside: Option<Point>,
    /// `interleave`: a call of the first, a call of the second, and so on, for clients that make one call at a time.
    pub order: Option<String>,
}

/// A point inside a call.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Point {
    /// The operation, or a pattern ending in `*`.
    pub op: String,
    /// Only calls about this request.
    pub object: Option<String>,
    /// Which of these calls, from 1.
    #[serde(default = "one")]
    pub nth: u64,
    /// Where in it.
    pub phase: Phase,
}

fn one() -> u64 {
    1
}

/// An act inside a call.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct During {
    /// Where.
    pub when: Point,
    /// Who does what.
    pub act: PlacedAct,
}
