//! Each law can break, and a world in which all is well breaks none.

use jiff::Timestamp;
use mock_servers::{Entry, Kind, Vendor};
use serde_json::{Map, Value, json};

use super::*;
use crate::child::Ran;
use crate::explore::evidence::Clean;

const APPROVE: &str = "admin-by-request.requests.approve";
const GET: &str = "admin-by-request.requests.get";
const LIST: &str = "beyondtrust.requests.list";
const DENY: &str = "beyondtrust.requests.deny";
const EXITS: &[i32] = &[0, 3, 4, 5];

fn entry(kind: Kind, op: &'static str, actor: Actor, verdict: &str) -> Entry {
    let mut detail = Map::new();
    detail.insert("verdict".to_owned(), json!(verdict));
    Entry {
        seq: 0,
        at: Timestamp::UNIX_EPOCH,
        kind,
        vendor: Some(Vendor::AdminByRequest),
        op: Some(op),
        object: Some("17".to_owned()),
        actor: Some(actor),
        status: Some(200),
        detail,
    }
}

fn call(op: &'static str) -> Entry {
    let mut entry = entry(Kind::Call, op, Actor::Api, "");
    entry.detail = Map::from_iter([("method".to_owned(), Value::Null)]);
    entry
}

fn effect(actor: Actor, verdict: &str) -> Entry {
    entry(Kind::Effect, APPROVE, actor, verdict)
}

fn run(role: Role, end: End, stdout: &str) -> (Role, Ran) {
    let ran = Ran {
        words: vec!["client".to_owned()],
        end,
        stdout: stdout.to_owned(),
        stderr: String::new(),
    };
    (role, ran)
}

fn clean() -> Clean {
    let object = (Vendor::AdminByRequest, "17".to_owned());
    let done = [(object.clone(), "approve".to_owned())];
    Clean {
        wanted: [(object, "approve".to_owned())].into(),
        told: "plan: approve 17".to_owned(),
        done: done.clone().into(),
        done_here: done.into(),
        calls: 3,
        writes: true,
        end: Some(End::Exit(0)),
        stdout: "done in 3 calls".to_owned(),
    }
}

/// The laws that break over these runs, each with its part of the journal.
fn broken(clean: &Clean, settled: bool, runs: Vec<((Role, Ran), Vec<Entry>)>) -> Vec<&'static str> {
    let secrets = [b"0123456789abcdef".to_vec()];
    let (admits, aside) = (
        ["unread".to_owned()],
        ["call".to_owned(), "calls".to_owned()],
    );
    let mut evidence = Evidence {
        clean,
        prefix: 0,
        entries: Vec::new(),
        runs: Vec::new(),
        other_world: false,
        object: Some((Vendor::AdminByRequest, "17".to_owned())),
        claimed: None,
        ended_by_us: false,
        settled,
        exits: EXITS,
        admits: &admits,
        aside: &aside,
        incomplete: &[3, 4],
        secrets: &secrets,
        files: Vec::new(),
    };
    for ((role, ran), entries) in runs {
        let start = evidence.entries.len();
        evidence.entries.extend(entries);
        let entries = start..evidence.entries.len();
        evidence.runs.push(Run { role, ran, entries });
    }
    let laws = LAWS
        .iter()
        .filter(|(_, breaks)| !breaks(&evidence).is_empty());
    laws.map(|(law, _)| *law).collect()
}

fn good() -> Vec<Entry> {
    vec![
        call(GET),
        call(APPROVE),
        effect(Actor::Api, "approve"),
        call(GET),
    ]
}

fn disturbed(end: End, entries: Vec<Entry>) -> Vec<&'static str> {
    broken(
        &clean(),
        true,
        vec![(run(Role::Disturbed, end, ""), entries)],
    )
}

#[test]
fn where_all_is_well_no_law_breaks() {
    assert!(disturbed(End::Exit(0), good()).is_empty());
}

#[test]
fn another_verdict_than_the_files_is_against_them() {
    let entries = vec![
        call(GET),
        call(APPROVE),
        effect(Actor::Api, "deny"),
        call(GET),
    ];
    let laws = disturbed(End::Exit(3), entries);
    assert_eq!(laws, ["nothing is decided against the files"]);
}

#[test]
fn two_effects_and_a_blind_repeat_are_twice() {
    let twice = [
        good(),
        vec![call(APPROVE), effect(Actor::Api, "approve"), call(GET)],
    ]
    .concat();
    assert_eq!(disturbed(End::Exit(0), twice), ["nothing is done twice"]);
    let blind = vec![
        call(GET),
        call(APPROVE),
        call(APPROVE),
        effect(Actor::Api, "approve"),
        call(GET),
    ];
    assert_eq!(disturbed(End::Exit(0), blind), ["nothing is done twice"]);
}

#[test]
fn what_is_never_done_and_what_is_done_when_nothing_is_left_does_not_settle() {
    let laws = broken(
        &clean(),
        false,
        vec![(run(Role::Disturbed, End::Exit(0), ""), good())],
    );
    assert_eq!(laws, ["it settles"]);
    let runs = vec![
        (run(Role::Disturbed, End::Exit(0), ""), good()),
        (
            run(Role::Further, End::Exit(0), ""),
            vec![call(GET), call(APPROVE)],
        ),
    ];
    assert_eq!(broken(&clean(), true, runs), ["it settles"]);
}

#[test]
fn what_no_output_named_was_not_planned() {
    // The undisturbed step decides what the plan names, 17; the disturbed one decides 170 instead.
    let mut other = vec![
        call(GET),
        call(APPROVE),
        effect(Actor::Api, "approve"),
        call(GET),
    ];
    for entry in &mut other {
        entry.object = Some("170".to_owned());
    }
    let laws = disturbed(End::Exit(4), other);
    assert!(
        laws.contains(&"nothing is decided that was not planned"),
        "{laws:?}"
    );
    assert!(names("plan: approve 17", "17") && !names("plan: approve 170", "17"));
}

#[test]
fn a_person_is_overruled_only_aloud() {
    let over = |end| {
        let entries = vec![
            call(GET),
            effect(Actor::Portal, "deny"),
            call(APPROVE),
            effect(Actor::Api, "approve"),
            call(GET),
        ];
        disturbed(end, entries)
    };
    assert_eq!(over(End::Exit(0)), ["no person is overruled silently"]);
    assert!(over(End::Exit(5)).is_empty());
}

#[test]
fn an_exit_code_that_says_too_much_or_too_little_lies() {
    let nothing = || vec![call(GET), call(APPROVE), call(GET)];
    let lies = ["the exit code tells the truth"];
    assert_eq!(disturbed(End::Exit(0), nothing()), lies);
    assert_eq!(disturbed(End::Exit(4), good()), lies);
    assert_eq!(disturbed(End::Exit(101), good()), lies);
    assert_eq!(disturbed(End::Signal(9), good()), lies);
    assert!(disturbed(End::Exit(4), nothing()).is_empty());
    // What happened after the last look is nothing that the client could have told.
    let later = [good(), vec![effect(Actor::Portal, "deny")]].concat();
    assert!(disturbed(End::Exit(0), later).is_empty());
}

#[test]
fn a_credential_in_an_output_shows() {
    let told = run(Role::Disturbed, End::Exit(0), "key 0123456789abcdef");
    assert_eq!(
        broken(&clean(), true, vec![(told, good())]),
        ["no secret shows"]
    );
}

/// The same at another vendor.
fn at(vendor: Vendor, mut entries: Vec<Entry>) -> Vec<Entry> {
    for entry in &mut entries {
        entry.vendor = Some(vendor);
        if vendor == Vendor::BeyondTrust {
            let looks = entry.op == Some(GET);
            entry.op = Some(if looks { LIST } else { DENY });
        }
    }
    entries
}

/// A story of that vendor in which the client does this to request 17.
fn doing(vendor: Vendor, verdict: &str) -> Clean {
    let object = (vendor, "17".to_owned());
    let done = [(object.clone(), verdict.to_owned())];
    Clean {
        wanted: [(object, verdict.to_owned())].into(),
        done: done.clone().into(),
        done_here: done.into(),
        ..clean()
    }
}

#[test]
fn what_no_look_can_prevent_is_known_by_vendor_and_only_after_a_look() {
    let crossed = |vendor, looked: bool| {
        let mut entries = vec![
            effect(Actor::Portal, "approve"),
            call(APPROVE),
            effect(Actor::Api, "revoke"),
            call(GET),
        ];
        if looked {
            entries.insert(0, call(GET));
        }
        let run = run(Role::Disturbed, End::Exit(0), "");
        broken(
            &doing(vendor, "deny"),
            true,
            vec![(run, at(vendor, entries))],
        )
    };
    assert!(crossed(Vendor::BeyondTrust, true).is_empty());
    let laws = [
        "nothing is decided against the files",
        "no person is overruled silently",
        "the exit code tells the truth",
    ];
    assert_eq!(crossed(Vendor::BeyondTrust, false), laws);
    assert_eq!(crossed(Vendor::AdminByRequest, true), laws);
}

#[test]
fn what_was_filed_stays_filed_whatever_is_decided_then() {
    let ends = |vendor| {
        let entries = vec![
            call(GET),
            effect(Actor::Api, "file"),
            effect(Actor::Portal, "deny"),
            call(GET),
        ];
        let run = run(Role::Disturbed, End::Exit(0), "");
        broken(
            &doing(vendor, "file"),
            true,
            vec![(run, at(vendor, entries))],
        )
    };
    assert!(ends(Vendor::BeyondTrust).is_empty());
    let lies = ["the exit code tells the truth"];
    assert_eq!(ends(Vendor::AdminByRequest), lies);
}

#[test]
fn a_call_that_nothing_remembers_was_sent_before_it_was_written_down() {
    let killed = |remembers| {
        let runs = vec![
            (run(Role::Disturbed, End::Exit(0), ""), good()),
            (run(Role::Remembers, End::Exit(0), remembers), Vec::new()),
        ];
        broken(&clean(), true, runs)
    };
    assert!(killed("intent approve queue/17").is_empty());
    let law = ["nothing is sent before it is written down"];
    assert_eq!(killed("intent approve queue/170"), law);
}

#[test]
fn a_memory_that_cannot_be_read_is_told() {
    let runs = vec![
        (run(Role::Disturbed, End::Exit(0), ""), good()),
        (run(Role::Readable, End::Exit(3), ""), Vec::new()),
    ];
    assert_eq!(
        broken(&clean(), true, runs),
        ["what it remembers can be read"]
    );
}

#[test]
fn a_reading_that_broke_says_so_or_says_the_same() {
    let clean = Clean {
        done_here: [].into(),
        writes: false,
        ..clean()
    };
    let reads = |stdout| {
        let told = run(Role::Disturbed, End::Exit(0), stdout);
        broken(&clean, true, vec![(told, vec![call(GET)])])
    };
    assert_eq!(
        reads("nothing there in 3 calls"),
        ["nothing is concluded from a broken reading"]
    );
    assert!(reads("done in 4 calls").is_empty());
    assert!(reads("done in 1 call").is_empty());
    assert!(reads("17 is unread").is_empty());
}

#[test]
fn a_call_that_no_document_knows_is_told() {
    let mut entries = good();
    entries[0]
        .detail
        .insert("unmatched".to_owned(), json!(true));
    let laws = disturbed(End::Exit(0), entries);
    assert_eq!(laws, ["every call stands in the vendor's document"]);
}

#[test]
fn a_storm_of_calls_is_told() {
    let mut storm = vec![call(GET); 30];
    storm.extend(good());
    assert_eq!(disturbed(End::Exit(0), storm), ["calls are bounded"]);
}
