//! The whole way of a vote and of a revoke: planned, read again, sent, read back, and said to be what it is.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::*;
use crate::apply::ledger::{self, Ledger, Run};
use crate::apply::{Provenance, Runner, Stop, carry_out};
use crate::fakes::now;
use crate::model::{Change, Desired, Observed, Outcome, Past, QueueView, Reading, Tally, Way};
use crate::plan::{Brakes, World, fingerprint, plan};
use crate::steps::Steps;

/// The change that a plan makes of a request that looks so.
fn planned(terms: &Terms, verdict: Verdict, row: &Value) -> Change {
    let request = read(row).expect("a request");
    let mut decision = decision(verdict);
    decision.guard.fingerprint = Some(fingerprint(terms, &request.id, &request.facts));
    let view = QueueView {
        requests: [(request.id.clone(), Sighting::Seen(Box::new(request)))].into(),
        own: Own::NotRead,
        grounds: BTreeMap::new(),
        way: Way::Points,
        effort: crate::model::Effort::default(),
        calls: 1,
        rows: 0,
        unreadable: 0,
        clock_offset: None,
    };
    let plan = plan(&World {
        desired: &Desired {
            decisions: vec![decision.into()],
            ..Desired::default()
        },
        terms: &[(terms.queue.clone(), terms.clone())].into(),
        observed: &Observed {
            queues: [(terms.queue.clone(), Reading::Read(view))].into(),
        },
        past: &Past::default(),
        brakes: &Brakes::default(),
        now: now(),
    });
    assert_eq!(plan.changes.len(), 1, "{:?}", plan.holds);
    plan.changes.into_iter().next().expect("a change")
}

/// Carries it out against a vendor that shows the request so, answers the call so, and then shows it so; how
/// it ended, and how many calls were made that decide.
async fn carried_out(verdict: Verdict, before: &Value, answers: Vec<Act>) -> (Outcome, usize) {
    let shown = |row: &Value| Act::Say(say(200, &one(row)));
    let server = Server::start([shown(before)].into_iter().chain(answers)).await;
    let queue = queue(&server);
    let change = planned(&queue.terms, verdict, before);
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("ledger.jsonl");
    ledger::init(&path, now()).expect("a ledger");
    let run = Run {
        run: "r1".to_owned(),
        tool: "0".to_owned(),
        host: None,
        pid: 1,
        plan: None,
    };
    let clock: crate::Clock = Arc::new(now);
    let opened = Ledger::open(&path, run, clock.clone(), Duration::ZERO, Steps::default());
    let (ledger, _) = opened.expect("it opens");
    let runner = Runner {
        ledger: &ledger,
        clock: &clock,
        stop: Stop::channel().1,
        verify_timeout: Duration::from_secs(1),
        patience: Duration::from_secs(10),
        listen: &|_| {},
        steps: Steps::default(),
    };
    let queues: BTreeMap<QueueName, Box<dyn Queue>> =
        [(queue.terms.queue.clone(), Box::new(queue) as Box<dyn Queue>)].into();
    let past = Past::default();
    let (ended, failed) = carry_out(&runner, &[change], &queues, &past, &Provenance::new()).await;
    assert!(failed.is_none());
    let asked = server.asked();
    let calls = asked.iter().filter(|asked| asked.head.starts_with("POST "));
    let outcome = ended.into_iter().next().expect("an end").outcome;
    (outcome, calls.count())
}

fn yes() -> Act {
    Act::Say(say(200, r#"{"result":"success"}"#))
}

fn no() -> Act {
    Act::Say(say(409, r#"{"result":"failure","message":"not unique"}"#))
}

fn shown(row: &Value) -> Act {
    Act::Say(say(200, &one(row)))
}

/// A request that needs so many votes and has these.
fn voted(status: &str, needed: u64, votes: &[Value]) -> Value {
    let mut row = with("status", json!(status));
    row["required_votes"] = json!(needed);
    row["votes"] = json!(votes);
    row
}

#[tokio::test]
async fn a_vote_that_grants_is_applied_and_one_of_two_is_recorded() {
    let granted = voted("granted", 1, &[vote(US, true)]);
    let answers = vec![yes(), shown(&granted)];
    let ended = carried_out(Verdict::Approve, &immediate(), answers).await;
    assert_eq!(ended, (Outcome::Applied, 1));

    let before = voted("pending", 2, &[]);
    let one_of_two = voted("pending", 2, &[vote(US, true)]);
    let recorded = Outcome::Recorded {
        votes: Some(Tally {
            accepted: 1,
            needed: Some(2),
        }),
    };
    let answers = vec![yes(), shown(&one_of_two)];
    let ended = carried_out(Verdict::Approve, &before, answers).await;
    assert_eq!(ended, (recorded.clone(), 1));
    // The answer is lost: our vote among the votes proves it.
    let answers = vec![Act::Hang, shown(&one_of_two)];
    let ended = carried_out(Verdict::Approve, &before, answers).await;
    assert_eq!(ended, (recorded.clone(), 1));
    // It is refused because it is there already: the vote is ours all the same.
    let answers = vec![no(), shown(&one_of_two)];
    let ended = carried_out(Verdict::Approve, &before, answers).await;
    assert_eq!(ended, (recorded, 1));
}

#[tokio::test]
async fn a_vote_that_was_never_seen_is_cast_once_more_and_never_a_third_time() {
    let before = immediate();
    let granted = voted("granted", 1, &[vote(US, true)]);
    // Lost, not there; read again, and cast again.
    let still = || (0..2).map(|_| shown(&before));
    let mut answers = vec![Act::Hang];
    answers.extend(still());
    answers.extend([shown(&before), yes(), shown(&granted)]);
    let ended = carried_out(Verdict::Approve, &before, answers).await;
    assert_eq!(ended, (Outcome::Applied, 2));
    // Both are lost, and nothing is seen.
    let mut answers = vec![Act::Hang];
    answers.extend(still());
    answers.extend([shown(&before), Act::Hang]);
    answers.extend((0..4).map(|_| shown(&before)));
    let (outcome, calls) = carried_out(Verdict::Approve, &before, answers).await;
    assert!(matches!(outcome, Outcome::InDoubt { .. }), "{outcome:?}");
    assert_eq!(calls, 2);
}

#[tokio::test]
async fn a_rejection_is_applied_with_our_vote_in_it() {
    let mut ours = vote(US, false);
    ours["reason"] = composed(Verdict::Deny).body.expect("a body")["reason"].clone();
    let rejected = voted("rejected", 1, &[ours]);
    for answer in [yes(), Act::Hang] {
        let answers = vec![answer, shown(&rejected)];
        let ended = carried_out(Verdict::Deny, &immediate(), answers).await;
        assert_eq!(ended, (Outcome::Applied, 1));
    }
    // A colleague was faster; ours was refused.
    let theirs = voted("rejected", 1, &[vote("boss", false)]);
    let answers = vec![no(), shown(&theirs)];
    let (outcome, calls) = carried_out(Verdict::Deny, &immediate(), answers).await;
    let by = Some("boss".into());
    assert_eq!((outcome, calls), (Outcome::AlreadyDecided { by }, 1));
    // Where one rejection is not enough, it is recorded.
    let pending = voted("pending", 2, &[vote(US, false)]);
    let answers = vec![yes(), shown(&pending)];
    let before = voted("pending", 2, &[]);
    let ended = carried_out(Verdict::Deny, &before, answers).await;
    assert_eq!(ended, (Outcome::Recorded { votes: None }, 1));
}

#[tokio::test]
async fn what_is_refused_and_not_there_is_refused() {
    let before = immediate();
    let answers = vec![no(), shown(&before)];
    let (outcome, calls) = carried_out(Verdict::Approve, &before, answers).await;
    let Outcome::Refused { why, said, .. } = outcome else {
        panic!("{outcome:?}");
    };
    assert_eq!(
        (why.as_str(), said, calls),
        ("answered 409", Some("not unique".into()), 1)
    );
    // Somebody rejected it in between.
    let rejected = voted("rejected", 1, &[vote("boss", false)]);
    let (outcome, _) = carried_out(Verdict::Approve, &before, vec![no(), shown(&rejected)]).await;
    assert!(
        matches!(outcome, Outcome::Contradicted { .. }),
        "{outcome:?}"
    );
}

/// A confirmed vote that is nobody's we know: the key may be another user's than `voter`.
#[tokio::test]
async fn a_vote_under_another_name_is_not_said_to_be_ours() {
    let granted = voted("granted", 1, &[vote("other", true)]);
    // It may only lag, so it is read more than once.
    let answers = [yes()].into_iter().chain((0..4).map(|_| shown(&granted)));
    let ended = carried_out(Verdict::Approve, &immediate(), answers.collect()).await;
    let (Outcome::InDoubt { why }, 1) = &ended else {
        panic!("{ended:?}");
    };
    assert!(why.contains("shows none of"), "{why}");
}

#[tokio::test]
async fn a_revoke_is_made_once_and_proven_by_its_reason() {
    let granted = with("status", json!("granted"));
    let revoked = |reason: Value| {
        let mut row = with("status", json!("revoked"));
        row["revoke_reason"] = reason;
        row
    };
    let ours = composed(Verdict::Revoke).body.expect("a body")["revoke_reason"].clone();
    for answer in [yes(), Act::Hang] {
        let answers = vec![answer, shown(&revoked(ours.clone()))];
        let ended = carried_out(Verdict::Revoke, &granted, answers).await;
        assert_eq!(ended, (Outcome::Applied, 1));
    }
    let answers = vec![yes(), shown(&revoked(Value::Null))];
    let ended = carried_out(Verdict::Revoke, &granted, answers).await;
    assert_eq!(ended, (Outcome::StateReached, 1));
    // Lost, and not there: what a second one would do is not known.
    let mut answers = vec![Act::Hang];
    answers.extend((0..4).map(|_| shown(&granted)));
    let (outcome, calls) = carried_out(Verdict::Revoke, &granted, answers).await;
    assert!(matches!(outcome, Outcome::InDoubt { .. }), "{outcome:?}");
    assert_eq!(calls, 1);
}
