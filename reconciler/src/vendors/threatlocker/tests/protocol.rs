//! The whole way of one permit: planned, read again, sent once, read back, and never sent a second time.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::*;
use crate::apply::ledger::{self, Ledger, Run};
use crate::apply::{Provenance, Runner, Stop, carry_out};
use crate::fakes::now;
use crate::model::{Change, Desired, Observed, Outcome, Past, QueueView, Reading, Way};
use crate::plan::{Brakes, World, fingerprint, plan};
use crate::steps::Steps;

/// The change that a plan makes of the sample and the narrowest permit.
fn planned(terms: &Terms) -> Change {
    let request = read(sample()).expect("a document").request;
    let mut decision = decision(Verdict::Approve, Some(narrow()));
    decision.guard.fingerprint = Some(fingerprint(terms, &request.id, &request.facts));
    let id = request.id.clone();
    let view = QueueView {
        requests: [(id.clone(), Sighting::Seen(Box::new(request)))].into(),
        own: Own::NotRead,
        grounds: [(id, Ok(Grounds::default()))].into(),
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

/// Carries it out against a vendor that answers the permit so, and then shows that; how many permits left.
async fn carried_out(answer: Act, shown: &Value) -> (Outcome, usize) {
    let pending = Act::Say(say(200, &sample().to_string()));
    let after = (0..9).map(|_| Act::Say(say(200, &shown.to_string())));
    let server = Server::start([pending, answer].into_iter().chain(after)).await;
    let queue = queue(&server);
    let change = planned(&queue.terms);
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
        verify_timeout: Duration::from_secs(10),
        patience: Duration::from_secs(10),
        listen: &|_| {},
        steps: Steps::default(),
    };
    let queues: BTreeMap<QueueName, Box<dyn Queue>> =
        [(queue.terms.queue.clone(), Box::new(queue) as Box<dyn Queue>)].into();
    let past = Past::default();
    let (ended, failed) = carry_out(&runner, &[change], &queues, &past, &Provenance::new()).await;
    assert!(failed.is_none());
    let permits = server.asked().into_iter();
    let permits = permits.filter(|asked| asked.head.contains("ApprovalRequestPermitApplication "));
    let outcome = ended.into_iter().next().expect("an end").outcome;
    (outcome, permits.count())
}

/// Granted, with that among the notes.
fn granted(note: &str) -> Value {
    let mut whole = with("/approvalRequest/statusId", json!(4));
    whole["approvalRequest"]["approvedBy"] = json!("api user");
    whole["approvalRequest"]["comments"] = json!(note);
    whole
}

#[tokio::test]
async fn a_permit_is_sent_once_and_said_to_be_done_only_where_that_is_seen() {
    let ok = || Act::Say(say(200, ""));
    let (outcome, permits) = carried_out(ok(), &granted("")).await;
    assert_eq!(
        (outcome, permits),
        (Outcome::StateReached, 1),
        "no mark, no proof"
    );
    // A lost answer, and the state is there, but nothing says by whom: ours may write a second policy yet.
    let (outcome, permits) = carried_out(Act::Hang, &granted("[cs:00000000]")).await;
    assert!(matches!(outcome, Outcome::InDoubt { .. }), "{outcome:?}");
    assert_eq!(permits, 1);
    // A lost answer, and nothing is seen: it acts again, so it is never sent again.
    let (outcome, permits) = carried_out(Act::Hang, &sample()).await;
    assert!(matches!(outcome, Outcome::InDoubt { .. }), "{outcome:?}");
    assert_eq!(permits, 1);
    // An OK alone proves nothing.
    let (outcome, permits) = carried_out(ok(), &sample()).await;
    assert!(matches!(outcome, Outcome::InDoubt { .. }), "{outcome:?}");
    assert_eq!(permits, 1);
}

#[test]
fn our_mark_among_the_notes_is_what_proves() {
    let terms = terms("https://x.example.com");
    let change = planned(&terms);
    let comments = &change.call.body.as_ref().expect("a body")["adminNotes"]["comments"];
    let shown = with("/adminNotes/comments", comments.clone());
    let note = read(shown)
        .expect("one")
        .request
        .decided
        .note
        .expect("a note");
    assert!(note.raw().contains(&change.mark.to_string()));
}
