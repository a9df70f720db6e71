//! The referee can fail: each promise is broken once in a forged story, and found broken.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::{Case, DECIDING, Moment, RULES, Said, judge};

const ONE: &str = "6001";
const TWO: &str = "6002";

/// A forgery: the promise that it breaks, what is done to the story, and whether other promises fall with it.
type Forgery = (&'static str, fn(&mut Story));

/// A story in pieces; `case` binds the ledgers.
struct Story {
    /// Records of the ledger after each moment, without their binding.
    ledgers: [Vec<Value>; 3],
    journals: [Vec<Value>; 3],
    runs: [Said; 3],
}

const FORGERIES: [Forgery; 21] = [
    ("the ledger is one whole chain that only grows", |story| {
        story.ledgers[2].remove(2);
    }),
    ("the ledger is one whole chain that only grows", |story| {
        story.ledgers[2][1]["host"] = "another".into();
    }),
    ("one effect per decision at most", |story| {
        story.journals[2].push(effect(ONE));
    }),
    ("no call without an intent before it", |story| {
        story.ledgers[1].pop();
    }),
    ("no call without an intent before it", |story| {
        for journal in &mut story.journals[1..] {
            journal[1]["path"] = "/requests/6003".into();
        }
    }),
    ("no call without an intent before it", |story| {
        for journal in &mut story.journals[1..] {
            journal[1]["method"] = "DELETE".into();
        }
    }),
    (
        "what is not known to be harmless is not sent again",
        |story| {
            // Two calls of a kind that acts again; the first came to nothing.
            story.sent_again("threatlocker.approval-requests.permit", true);
        },
    ),
    (
        "what is not known to be harmless is not sent again",
        |story| {
            story.sent_again("admin-by-request.requests.approve", false);
        },
    ),
    ("what is done is not sent again", |story| {
        story.ledgers[1].push(outcome(3, "applied"));
        story.ledgers[2] = [&story.ledgers[1][..], &[intent(TWO), intent(ONE)]].concat();
        story.ledgers[2].push(outcome(5, "applied"));
        story.ledgers[2].push(outcome(6, "applied"));
        let again = [read(), call(ONE)];
        story.journals[2].extend(again);
    }),
    ("applied is done, exactly once", |story| {
        for journal in &mut story.journals {
            journal.retain(|entry| entry["kind"] != "effect" || entry["object"] != TWO);
        }
    }),
    ("applied is done, exactly once", |story| {
        for journal in &mut story.journals {
            for entry in journal.iter_mut().filter(|entry| entry["kind"] == "effect") {
                entry["actor"] = "portal".into();
            }
        }
    }),
    ("applied is done, exactly once", |story| {
        story.says("lines", 1, "state-reached");
        story.journals[2].retain(|entry| entry["kind"] != "effect" || entry["object"] != TWO);
    }),
    ("not sent has no effect", |story| {
        // The label of the recovery is wrong; a second call, which the vendor ignored, made the state true.
        story.says("recovered", 0, "not-sent");
        story.ledgers[2][3]["outcome"] = "not-sent".into();
        story.ledgers[2].push(intent(ONE));
        story.journals[2].extend([read(), call(ONE)]);
    }),
    ("not sent has no effect", |story| {
        story.says("lines", 1, "refused");
        story.runs[2].code = Some(4);
        story.runs[2].report["exit"] = 4.into();
    }),
    ("in doubt has a cause", |story| {
        story.says("lines", 1, "in-doubt");
        story.runs[2].code = Some(5);
        story.runs[2].report["exit"] = 5.into();
    }),
    ("every decision and every open intent is told of", |story| {
        story.runs[2].report["recovered"] = json!([]);
    }),
    ("every decision and every open intent is told of", |story| {
        let lines = story.runs[2].report["lines"].as_array_mut();
        lines.expect("a list").pop();
    }),
    ("the exit code says the worst", |story| {
        story.runs[2].code = Some(4);
    }),
    ("the exit code says the worst", |story| {
        story.says("recovered", 0, "in-doubt");
    }),
    ("the exit code says the worst", |story| {
        story.says("lines", 1, "stale");
    }),
    ("the exit code says the worst", |story| {
        story.runs[2].code = Some(5);
        story.runs[2].report["exit"] = 5.into();
    }),
];

/// Killed when the first of two calls had been made, then run to the end.
fn true_story() -> Story {
    let before = vec![json!({"kind": "init", "tool": "0.1.0"})];
    let run = json!({"kind": "run-open", "run": "a", "host": "here"});
    let killed = [&before[..], &[run.clone(), intent(ONE)]].concat();
    let rest = [
        outcome(3, "applied"),
        run,
        intent(TWO),
        outcome(6, "applied"),
    ];
    let ended = [&killed[..], &rest].concat();
    let first = vec![read(), call(ONE), effect(ONE)];
    let second = [&first[..], &[read(), call(TWO), effect(TWO), read()]].concat();
    let line = |request: &str, intent: u64| json!({"request": request, "intent": intent, "outcome": "applied"});
    let report = json!({
        "exit": 0,
        "recovered": [line(ONE, 3)],
        "lines": [line(ONE, 3), line(TWO, 6)],
    });
    let said = |code, report| Said { code, report };
    Story {
        ledgers: [before, killed, ended],
        journals: [vec![], first, second],
        runs: [
            said(Some(0), Value::Null),
            said(None, Value::Null),
            said(Some(0), report),
        ],
    }
}

impl Story {
    fn says(&mut self, list: &str, place: usize, outcome: &str) {
        self.runs[2].report[list][place]["outcome"] = outcome.into();
    }

    /// The second request, once in vain and once more, with or without a look in between.
    fn sent_again(&mut self, op: &str, looks: bool) {
        self.ledgers[2].push(intent(TWO));
        let [.., first, done, last] = &mut self.journals[2][..] else {
            panic!("read, call, effect, read")
        };
        first["op"] = op.into();
        let (first, done) = (first.clone(), done.clone());
        *last = if looks { read() } else { call(ONE) };
        let between = last.clone();
        let journal = &mut self.journals[2];
        journal.truncate(4);
        journal.extend([first.clone()]);
        journal.extend(looks.then_some(between));
        journal.extend([first, done]);
    }

    fn case(&self) -> Case {
        let moments = (0..3).map(|place| Moment {
            runs: vec![self.runs[place].clone()],
            ledger: bound(&self.ledgers[place]),
            journal: numbered(&self.journals[place]),
        });
        Case {
            decided: vec![ONE.to_owned(), TWO.to_owned()],
            moments: moments.collect(),
        }
    }
}

fn intent(request: &str) -> Value {
    let call = json!({"method": "PUT", "path": format!("/requests/{request}")});
    json!({"kind": "intent", "change": {"request": request, "call": call}})
}

fn outcome(intent: u64, outcome: &str) -> Value {
    json!({"kind": "outcome", "intent": intent, "outcome": outcome})
}

fn read() -> Value {
    json!({"kind": "call", "actor": "api", "op": "admin-by-request.requests.list", "status": 200})
}

fn call(request: &str) -> Value {
    json!({
        "kind": "call", "actor": "api", "op": "admin-by-request.requests.approve", "object": request,
        "method": "PUT", "path": format!("/api/requests/{request}"), "status": 200,
    })
}

fn effect(request: &str) -> Value {
    json!({"kind": "effect", "actor": "api", "object": request})
}

fn numbered(journal: &[Value]) -> Vec<Value> {
    let mut journal = journal.to_vec();
    for (place, entry) in journal.iter_mut().enumerate() {
        entry["seq"] = (place + 1).into();
    }
    journal
}

/// A ledger of these records.
fn bound(records: &[Value]) -> String {
    let mut prev = format!("sha256:{}", "0".repeat(64));
    let mut text = String::new();
    for (place, record) in records.iter().enumerate() {
        let mut record = record.clone();
        record["seq"] = (place + 1).into();
        record["prev"] = prev.into();
        let digest = Sha256::digest(format!("countersign ledger v1\n{record}").as_bytes());
        let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        prev = format!("sha256:{hex}");
        record["hash"] = prev.clone().into();
        text.push_str(&format!("{record}\n"));
    }
    text
}

#[test]
fn a_true_story_breaks_no_promise() {
    assert_eq!(judge(&true_story().case()), []);
}

#[test]
fn each_promise_can_be_broken_and_is_found_broken() {
    for (place, (rule, forge)) in FORGERIES.iter().enumerate() {
        let mut story = true_story();
        forge(&mut story);
        let found = judge(&story.case());
        let broken = found.iter().any(|breach| breach.rule == *rule);
        assert!(broken, "forgery {place}, {rule:?}: {found:#?}");
    }
    let forged: BTreeSet<&str> = FORGERIES.iter().map(|(rule, _)| *rule).collect();
    let rules: BTreeSet<&str> = RULES.iter().map(|(rule, _)| *rule).collect();
    assert_eq!(forged, rules);
}

#[test]
fn a_changed_byte_and_a_torn_line_are_found() {
    let rule = RULES[0].0;
    let case = true_story().case();
    let ledger = &case.moments[2].ledger;
    for (forged, killed, is_fine) in [
        (ledger.replacen("6002", "6003", 1), false, false),
        (
            ledger.replacen("\"run\":\"a\"", "\"run\":\"b\"", 1),
            false,
            false,
        ),
        (format!("{ledger}{{\"at\""), false, false),
        (format!("{ledger}{{\"at\""), true, true),
        (format!("{ledger}what?\n"), true, false),
    ] {
        let mut case = case.clone();
        case.moments[2].ledger = forged;
        if killed {
            case.moments[2].runs[0].code = None;
        }
        let chain = judge(&case)
            .into_iter()
            .filter(|breach| breach.rule == rule);
        assert_eq!(chain.count() == 0, is_fine, "{}", case.moments[2].ledger);
    }
}

/// A kill is the cause of a doubt, and so is a fault, or a signal.
#[test]
fn a_doubt_with_a_cause_is_no_breach() {
    let doubted = || {
        let mut story = true_story();
        story.says("lines", 1, "in-doubt");
        story.runs[2].code = Some(5);
        story.runs[2].report["exit"] = 5.into();
        story.ledgers[2].pop();
        story
    };
    let causes: [fn(&mut Story); 4] = [
        |story| story.journals[2][4]["status"] = Value::Null,
        |story| story.journals[2].push(json!({"kind": "fault", "object": TWO})),
        |story| story.runs[2].report["interrupted"] = "SIGTERM".into(),
        // It was open when the run before was killed.
        |story| story.ledgers[1] = story.ledgers[2].clone(),
    ];
    let rule = "in doubt has a cause";
    let breaks = |story: &Story| judge(&story.case()).iter().any(|one| one.rule == rule);
    assert!(breaks(&doubted()));
    for cause in causes {
        let mut story = doubted();
        cause(&mut story);
        assert!(!breaks(&story));
    }
}

/// What no list of the vendor shows may be told as not sent, where it is told that the call may have left.
#[test]
fn a_vote_that_is_not_shown_is_an_exception_where_it_is_hedged() {
    let rule = "not sent has no effect";
    let breaks = |state: &str, hedged: bool| {
        let mut story = true_story();
        for entry in story.journals.iter_mut().flatten() {
            entry["op"] = "beyondtrust.requests.approve".into();
            entry["state"] = state.into();
        }
        story.says("recovered", 0, "not-sent");
        story.runs[2].report["recovered"][0]["may_have_left"] = hedged.into();
        judge(&story.case()).iter().any(|one| one.rule == rule)
    };
    assert!(!breaks("pending", true));
    assert!(breaks("pending", false));
    assert!(breaks("active", true));
}

/// No call that decides is missing in the referee's own table, and it knows nothing of the tool.
#[test]
fn the_referee_knows_every_call_that_decides_and_nothing_of_the_tool() {
    let operations = mock_servers::Vendor::ALL
        .iter()
        .flat_map(|vendor| vendor.operations());
    let writes: BTreeSet<&str> = operations.filter(|op| op.writes).map(|op| op.id).collect();
    let known: BTreeSet<&str> = DECIDING.iter().map(|(op, _)| *op).collect();
    assert!(known.is_subset(&writes));
    // Filing and what is not about a decision: no story of the referee's makes such calls.
    let others: Vec<&str> = writes.difference(&known).copied().collect();
    insta::assert_snapshot!(others.join("\n"), @r"
    beyondtrust.aliases.create-request
    beyondtrust.requests.check-in
    beyondtrust.requests.create
    beyondtrust.requests.release
    beyondtrust.requests.rotate-on-check-in
    threatlocker.approval-requests.ignore
    threatlocker.approval-requests.take-ownership
    ");
    let own = include_str!("../referee.rs");
    for stranger in ["reconciler", "mock_servers", "crate::"] {
        assert!(!own.contains(stranger), "{stranger}");
    }
}
