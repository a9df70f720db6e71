//! Who decides whether runs kept their promises: from the vendor's journal, the ledger's bytes and what the runs said.
//!
//! It reads JSON and shares nothing with the tool, so that no mistake of the tool can hide itself in its own judge.

mod forged;

use std::collections::BTreeSet;

use serde_json::Value;
use sha2::{Digest as _, Sha256};

/// All that the referee is shown of a story.
#[derive(Clone)]
pub(crate) struct Case {
    /// The requests that are decided, one decision each.
    pub(crate) decided: Vec<String>,
    /// In order; the first is what was there before any run.
    pub(crate) moments: Vec<Moment>,
}

/// What there is to see once some runs are over, one or several at a time.
#[derive(Clone)]
pub(crate) struct Moment {
    /// What they said.
    pub(crate) runs: Vec<Said>,
    /// The ledger's text.
    pub(crate) ledger: String,
    /// The vendor's whole journal so far, as its admin API answers it.
    pub(crate) journal: Vec<Value>,
}

/// What one run said of itself.
#[derive(Clone)]
pub(crate) struct Said {
    /// Its exit code; none where it was killed.
    pub(crate) code: Option<i32>,
    /// Its `--report`; null where it wrote none.
    pub(crate) report: Value,
}

/// A promise that was not kept: which, and where that shows.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Breach {
    pub(crate) rule: &'static str,
    pub(crate) what: String,
}

/// A promise, and the function that finds where it was not kept.
type Rule = (&'static str, fn(&Case) -> Vec<String>);

pub(crate) const RULES: [Rule; 10] = [
    ("the ledger is one whole chain that only grows", chain),
    ("one effect per decision at most", at_most_once),
    ("no call without an intent before it", write_ahead),
    (
        "what is not known to be harmless is not sent again",
        resends,
    ),
    ("what is done is not sent again", done_is_done),
    ("applied is done, exactly once", applied_is_done),
    ("not sent has no effect", not_sent_is_true),
    ("in doubt has a cause", doubt_has_a_cause),
    (
        "every decision and every open intent is told of",
        all_is_told,
    ),
    ("the exit code says the worst", exit_is_true),
];

/// The calls that decide, as the vendors document them, and how often one may be made whose outcome is unknown: twice
/// where the vendor ignores or refuses a repeat, once where it acts again or may cancel.
pub(crate) const DECIDING: [(&str, usize); 9] = [
    ("admin-by-request.requests.approve", 2),
    ("admin-by-request.requests.deny", 2),
    ("beyondtrust.requests.approve", 2),
    ("beyondtrust.requests.deny", 1),
    ("threatlocker.approval-requests.permit", 1),
    ("threatlocker.approval-requests.reject", 1),
    ("fudo.access-requests.vote", 2),
    ("fudo.access-requests.revoke", 1),
    ("fudo.batch", 0),
];

/// Outcomes after which nothing is left to do.
const DONE: [&str; 4] = ["applied", "recorded", "state-reached", "already-decided"];
/// Outcomes that say that nothing was done by us.
const UNDONE: [&str; 2] = ["not-sent", "refused"];

/// Every promise that was not kept.
pub(crate) fn judge(case: &Case) -> Vec<Breach> {
    let breaches = RULES.iter().flat_map(|&(rule, finds)| {
        let found = finds(case).into_iter();
        found.map(move |what| Breach { rule, what })
    });
    breaches.collect()
}

impl Case {
    /// Each moment and the one before it.
    fn pairs(&self) -> impl Iterator<Item = (&Moment, &Moment)> {
        self.moments.windows(2).map(|pair| (&pair[0], &pair[1]))
    }

    /// What a check of each decision at each moment finds.
    fn each(&self, check: impl Fn(&Moment, &str) -> Option<String>) -> Vec<String> {
        let mut found = Vec::new();
        for moment in &self.moments {
            for request in &self.decided {
                found.extend(check(moment, request));
            }
        }
        found
    }
}

impl Said {
    /// Killed, or told twice to stop: it ended wherever it was, and accounts for nothing.
    fn was_cut_off(&self) -> bool {
        let is_told = matches!(self.code, Some(5 | 130 | 143));
        let accounts = self.report.is_object() && self.report["error"].is_null();
        self.code.is_none() || (is_told && !accounts)
    }
}

impl Moment {
    /// Of one kind, about one request, by one's own hands.
    fn by_api(&self, kind: &str, request: &str) -> Vec<&Value> {
        let ours = |entry: &&Value| {
            let entry = *entry;
            entry["kind"] == kind && entry["object"] == request && entry["actor"] == "api"
        };
        self.journal.iter().filter(ours).collect()
    }

    /// How often the API did something to it.
    pub(crate) fn effects(&self, request: &str) -> usize {
        self.by_api("effect", request).len()
    }

    /// The calls that decide about it.
    pub(crate) fn sends(&self, request: &str) -> Vec<&Value> {
        let mut calls = self.by_api("call", request);
        calls.retain(|call| most_sends(call).is_some());
        calls
    }

    /// Whether our approval is there and no list shows it: BeyondTrust does not say who has approved as long as others
    /// must follow. There alone `not-sent` with `may_have_left` is the most that reading can find out.
    fn is_hidden(&self, request: &str) -> bool {
        let effects = self.by_api("effect", request);
        effects.iter().any(|effect| {
            effect["op"] == "beyondtrust.requests.approve" && effect["state"] == "pending"
        })
    }

    /// The whole records of the ledger, unchecked.
    fn records(&self) -> Vec<Value> {
        let parsed = self.ledger.lines().map(serde_json::from_str);
        parsed.filter_map(Result::ok).collect()
    }

    fn intents(&self, request: &str) -> Vec<Value> {
        let mut records = self.records();
        records.retain(|one| one["kind"] == "intent" && one["change"]["request"] == request);
        records
    }

    /// How the intent ended by the ledger, as far as it is known: its last outcome, or what a person found.
    fn ended(&self, intent: &Value) -> Option<String> {
        let records = self.records();
        let about = |one: &&Value| one["intent"] == intent["seq"];
        let last = records.iter().rfind(about)?;
        match (last["kind"].as_str(), last["as"].as_str()) {
            (Some("resolve"), Some("applied")) => Some("applied".to_owned()),
            (Some("resolve"), _) => Some("not-sent".to_owned()),
            _ => last["outcome"].as_str().map(str::to_owned),
        }
    }

    /// Intents whose outcome nobody knows.
    fn open(&self) -> Vec<Value> {
        let mut records = self.records();
        records.retain(|one| one["kind"] == "intent");
        let is_open = |intent: &Value| self.ended(intent).is_none_or(|how| how == "in-doubt");
        records.into_iter().filter(is_open).collect()
    }

    /// Every `recovered` or `lines` member of every report.
    fn told(&self, list: &str) -> Vec<&Value> {
        let reports = self.runs.iter().map(|run| &run.report);
        let lists = reports.filter_map(|report| report[list].as_array());
        lists.flatten().collect()
    }

    /// The requests that are told to be in doubt.
    pub(crate) fn in_doubt(&self) -> Vec<String> {
        let mut told = self.all_told();
        told.retain(|line| line["outcome"] == "in-doubt");
        let names = told.iter().filter_map(|line| line["request"].as_str());
        names.map(str::to_owned).collect()
    }

    fn all_told(&self) -> Vec<&Value> {
        [self.told("recovered"), self.told("lines")].concat()
    }
}

/// How often this call may be made while its outcome is unknown; none where it does not decide.
fn most_sends(call: &Value) -> Option<usize> {
    let known = DECIDING.iter().find(|(op, _)| call["op"] == *op)?;
    Some(known.1)
}

fn is_one_of(line: &Value, words: &[&str]) -> bool {
    words.iter().any(|word| line["outcome"] == *word)
}

fn chain(case: &Case) -> Vec<String> {
    let mut found = Vec::new();
    for moment in &case.moments {
        found.extend(broken_link(&moment.ledger));
        let cut_off = moment.runs.iter().any(Said::was_cut_off);
        if !cut_off && !moment.ledger.ends_with('\n') {
            found.push("its last line has no end, and nobody was cut off".to_owned());
        }
    }
    for (before, after) in case.pairs() {
        let whole = whole(&before.ledger);
        if !after.ledger.starts_with(whole) {
            let was = before.ledger.lines().count();
            found.push(format!("its first {was} lines are not what they were"));
        }
    }
    found
}

/// What a crash cannot have torn.
fn whole(ledger: &str) -> &str {
    ledger.rsplit_once('\n').map_or("", |(whole, _)| whole)
}

/// The first record that is not bound to the one before it. A last line without an end may be torn.
fn broken_link(ledger: &str) -> Option<String> {
    let mut prev = format!("sha256:{}", "0".repeat(64));
    for (place, line) in whole(ledger).lines().enumerate() {
        let number = place + 1;
        let Ok(mut record) = serde_json::from_str::<Value>(line) else {
            return Some(format!("line {number} is no JSON"));
        };
        let hash = record["hash"].take();
        record.as_object_mut()?.remove("hash");
        let bytes = format!("countersign ledger v1\n{record}");
        let digest = Sha256::digest(bytes.as_bytes());
        let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        let is_bound = record["prev"] == prev.as_str() && record["seq"] == number;
        if !is_bound || hash != format!("sha256:{hex}") {
            return Some(format!("line {number} is not bound to the one before"));
        }
        prev = format!("sha256:{hex}");
    }
    None
}

fn at_most_once(case: &Case) -> Vec<String> {
    case.each(|moment, request| {
        let effects = moment.effects(request);
        (effects > 1).then(|| format!("{request}: {effects} effects"))
    })
}

/// The ledger is read after the run is over: a record that stands there for each call stood there before the call only
/// if a kill between the two cannot have lost it, which is what the kills at every step are for.
fn write_ahead(case: &Case) -> Vec<String> {
    case.each(|moment, request| {
        let intents = moment.intents(request);
        let sends = moment.sends(request);
        if sends.len() > intents.len() {
            let (sent, written) = (sends.len(), intents.len());
            return Some(format!("{request}: {sent} calls, {written} intents"));
        }
        let foreseen = |send: &&&Value| {
            let path = send["path"].as_str().unwrap_or_default();
            intents.iter().any(|intent| {
                let call = &intent["change"]["call"];
                let written = call["path"].as_str().unwrap_or("none");
                call["method"] == send["method"] && path.ends_with(written)
            })
        };
        let other = sends.iter().find(|send| !foreseen(send))?;
        Some(format!("{request}: {} is in no intent", other["path"]))
    })
}

fn resends(case: &Case) -> Vec<String> {
    case.each(|moment, request| {
        let resolved = moment.intents(request).iter().any(|intent| {
            let about = |one: &Value| one["kind"] == "resolve" && one["intent"] == intent["seq"];
            moment.records().iter().any(about)
        });
        // A definite no is not a send.
        let mut sends = moment.sends(request);
        sends.retain(|send| send["status"].as_u64().is_none_or(|code| code / 100 != 4));
        let most = sends.first().and_then(|send| most_sends(send))?;
        let most = most + usize::from(resolved);
        if sends.len() > most {
            return Some(format!("{request}: {} sends", sends.len()));
        }
        let read_between = |pair: &[&Value]| {
            let place = |send: &Value| send["seq"].as_u64().unwrap_or_default();
            let (first, second) = (place(pair[0]), place(pair[1]));
            moment.journal.iter().any(|entry| {
                let is_between = (first + 1..second).contains(&place(entry));
                is_between && entry["kind"] == "call" && most_sends(entry).is_none()
            })
        };
        let blind = sends.windows(2).find(|pair| !read_between(pair));
        blind.map(|_| format!("{request}: sent again without a look"))
    })
}

fn done_is_done(case: &Case) -> Vec<String> {
    let mut found = Vec::new();
    for (before, after) in case.pairs() {
        for request in &case.decided {
            let intents = before.intents(request);
            let last = intents.last().and_then(|intent| before.ended(intent));
            let is_done = last.is_some_and(|how| DONE.contains(&how.as_str()));
            if is_done && after.sends(request).len() > before.sends(request).len() {
                found.push(format!("{request}: sent after it was done"));
            }
        }
    }
    found
}

fn applied_is_done(case: &Case) -> Vec<String> {
    let mut found = Vec::new();
    for moment in &case.moments {
        for line in moment.all_told() {
            let request = line["request"].as_str().unwrap_or_default();
            let ours = moment.effects(request);
            if is_one_of(line, &["applied", "recorded"]) && ours != 1 {
                found.push(format!("{request}: {}, {ours} effects", line["outcome"]));
            }
            let happened = |entry: &Value| entry["kind"] == "effect" && entry["object"] == request;
            if is_one_of(line, &DONE) && !moment.journal.iter().any(happened) {
                found.push(format!("{request}: {}, no effect", line["outcome"]));
            }
        }
    }
    found
}

/// At no moment may there have been more effects than intents that were not told, then or later, to have had none.
fn not_sent_is_true(case: &Case) -> Vec<String> {
    let mut undone = BTreeSet::new();
    for moment in &case.moments {
        let records = moment.records();
        let lines = moment.all_told().into_iter().chain(&records);
        let lines = lines.filter(|line| is_one_of(line, &UNDONE) || line["as"] == "not-applied");
        let told = lines.map(|line| (line["intent"].as_u64(), line["may_have_left"] == true));
        undone.extend(told.filter_map(|(intent, hedged)| Some((intent?, hedged))));
    }
    case.each(|moment, request| {
        let is_hidden = moment.is_hidden(request);
        let intents = moment.intents(request);
        let may_have_acted = intents.iter().filter(|intent| {
            let seq = intent["seq"].as_u64().unwrap_or_default();
            let told = [false, true].map(|hedged| undone.contains(&(seq, hedged)));
            !told[0] && (!told[1] || is_hidden)
        });
        let (may, did) = (may_have_acted.count(), moment.effects(request));
        (did > may).then(|| format!("{request}: {did} effects, and {may} intents left for them"))
    })
}

/// The run that wrote the intent was killed before it wrote an outcome, was told to stop, or the journal shows a call
/// about it that a fault struck, or whose answer nobody was told.
fn doubt_has_a_cause(case: &Case) -> Vec<String> {
    let mut found = Vec::new();
    for (place, moment) in case.moments.iter().enumerate() {
        for line in moment.all_told() {
            if line["outcome"] != "in-doubt" {
                continue;
            }
            let request = line["request"].as_str().unwrap_or_default();
            let stops = |run: &Said| run.report["interrupted"].is_string();
            let earlier = &case.moments[..=place];
            let interrupted = earlier.iter().flat_map(|one| &one.runs).any(stops);
            let orphaned = earlier[..place].iter().any(|before| {
                let mut intents = before.intents(request).into_iter();
                intents.any(|one| one["seq"] == line["intent"] && before.ended(&one).is_none())
            });
            let unread = |call: &&Value| call["status"].is_null();
            let faults = moment.journal.iter().filter(|one| one["kind"] == "fault");
            let struck = faults.filter(|fault| fault["object"] == request).count() > 0;
            let lost = struck || moment.sends(request).iter().any(unread);
            if !(interrupted || orphaned || lost) {
                found.push(format!("{request}: every answer was read"));
            }
        }
    }
    found
}

fn all_is_told(case: &Case) -> Vec<String> {
    let mut found = Vec::new();
    for (before, after) in case.pairs() {
        // One that was killed, locked out or wrong said nothing of any decision.
        let ended = |run: &Said| matches!(run.code, Some(0 | 3 | 4 | 5));
        let accounts = |run: &&Said| ended(run) && !run.was_cut_off();
        for run in after.runs.iter().filter(accounts) {
            let listed = |list: &str, key: &str, value: &Value| {
                let lines = run.report[list].as_array();
                lines.is_some_and(|lines| lines.iter().any(|line| line[key] == *value))
            };
            for intent in before.open() {
                if !listed("recovered", "intent", &intent["seq"]) {
                    found.push(format!("intent {} stood open", intent["seq"]));
                }
            }
            // One that was stopped before it began had an error to tell, and what it had recovered.
            let begun = case
                .decided
                .iter()
                .filter(|_| run.report["error"].is_null());
            for request in begun {
                let name = Value::from(request.as_str());
                let last = before.intents(request);
                let ended = last.last().and_then(|intent| before.ended(intent));
                let is_done = ended.is_some_and(|how| DONE.contains(&how.as_str()));
                let is_told = ["lines", "recovered"].map(|list| listed(list, "request", &name));
                if !is_done && is_told == [false, false] {
                    found.push(format!("{request}: not a word"));
                }
            }
        }
    }
    found
}

fn exit_is_true(case: &Case) -> Vec<String> {
    let mut found = Vec::new();
    for moment in &case.moments {
        let accounts = |run: &&Said| run.report.is_object() && !run.was_cut_off();
        for run in moment.runs.iter().filter(accounts) {
            let code = run.code.map_or(Value::Null, Value::from);
            let alone = Moment {
                runs: vec![run.clone()],
                ledger: String::new(),
                journal: Vec::new(),
            };
            let lines = alone.all_told();
            let doubts = lines.iter().any(|line| line["outcome"] == "in-doubt");
            let undone = alone
                .told("lines")
                .iter()
                .any(|line| !is_one_of(line, &DONE));
            let is_wrong =
                run.report["exit"] != code || doubts != (code == 5) || (undone && code == 0);
            if is_wrong {
                found.push(format!("exit {code} of {}", run.report["lines"]));
            }
        }
    }
    found
}
