//! The protocol against a vendor in memory: every answer, every repeat class, every label.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use insta::assert_snapshot;

use super::*;
use crate::apply::ledger::{History, Ledger, Run};
use crate::fakes::{
    ACTS_AGAIN, FakeQueue, Mood, Scene, WILLING, decision, now, queue_name, request, seen,
};
use crate::model::{Capabilities, SentState, Status, Verdict};
use crate::steps::Steps;

mod disk;
mod model;
mod releases;
mod several_approvers;
mod simulation;
mod stage;
mod votes;

/// Something that happens at the vendor between plan and apply.
type Portal = fn(&mut crate::model::Request);

struct World {
    folder: tempfile::TempDir,
    queue: Arc<FakeQueue>,
    changes: Vec<Change>,
}

/// The same vendor in two runs.
struct Shared(Arc<FakeQueue>);

impl Queue for Shared {
    fn terms(&self) -> &crate::model::Terms {
        self.0.terms()
    }
    fn list<'a>(
        &'a self,
        listing: crate::vendors::Listing<'a>,
        seen: &'a mut (dyn FnMut(crate::vendors::Row) + Send),
    ) -> crate::vendors::Promise<'a, Result<crate::vendors::Unlisted, crate::model::ReadError>>
    {
        self.0.list(listing, seen)
    }
    fn look_up<'a>(
        &'a self,
        id: &'a crate::model::RequestId,
    ) -> crate::vendors::Promise<'a, crate::vendors::LookedUp> {
        self.0.look_up(id)
    }
    fn own(&self) -> crate::vendors::Promise<'_, crate::vendors::LookedOwn> {
        self.0.own()
    }
    fn turn(&self) -> crate::vendors::Promise<'_, ()> {
        self.0.turn()
    }
    fn send<'a>(
        &'a self,
        call: &'a crate::model::Call,
    ) -> crate::vendors::Promise<'a, crate::vendors::Answer> {
        self.0.send(call)
    }
    fn leave(&self) -> crate::vendors::Promise<'_, ()> {
        self.0.leave()
    }
    fn clock_offset(&self) -> Option<jiff::SignedDuration> {
        self.0.clock_offset()
    }
    fn calls(&self) -> u64 {
        self.0.calls()
    }
}

impl World {
    fn new(can: &'static Capabilities, ids: &[&str], moods: &[Mood]) -> Self {
        Self::of(can, (Verdict::Approve, Status::Pending), ids, moods)
    }

    fn of(
        can: &'static Capabilities,
        (verdict, status): (Verdict, Status),
        ids: &[&str],
        moods: &[Mood],
    ) -> Self {
        let decisions = ids.iter().map(|id| decision(verdict, id)).collect();
        let pending = |id: &&str| request(id, status.clone());
        let sightings = ids.iter().map(|id| (*id, seen(pending(id)))).collect();
        let changes = Scene::new(can, decisions, sightings).plan().changes;
        let folder = tempfile::tempdir().unwrap();
        ledger::init(&folder.path().join("ledger.jsonl"), now()).unwrap();
        let requests = ids.iter().map(pending).collect();
        let queue = Arc::new(FakeQueue::new(can, requests, moods.to_vec()));
        Self {
            folder,
            queue,
            changes,
        }
    }

    fn path(&self) -> std::path::PathBuf {
        self.folder.path().join("ledger.jsonl")
    }

    fn history(&self) -> History {
        ledger::read(&self.path()).unwrap()
    }

    /// One apply: recovery, then what is left to do.
    async fn run(&self, stop: &Stop) -> (Vec<Settlement>, Vec<Ended>) {
        self.run_at(stop, now, &[]).await
    }

    async fn run_at(
        &self,
        stop: &Stop,
        clock: fn() -> jiff::Timestamp,
        resolves: &[crate::model::Resolve],
    ) -> (Vec<Settlement>, Vec<Ended>) {
        self.run_all(stop, clock, resolves, &self.changes).await
    }

    /// Recovery, and these changes.
    async fn run_of(&self, changes: &[Change]) -> (Vec<Settlement>, Vec<Ended>) {
        self.run_all(&Stop::channel().1, now, &[], changes).await
    }

    async fn run_all(
        &self,
        stop: &Stop,
        clock: fn() -> jiff::Timestamp,
        resolves: &[crate::model::Resolve],
        changes: &[Change],
    ) -> (Vec<Settlement>, Vec<Ended>) {
        let run = Run {
            run: "r1".to_owned(),
            tool: "0".to_owned(),
            host: None,
            pid: 1,
            plan: None,
        };
        let clock: crate::Clock = Arc::new(clock);
        let (ledger, history) = Ledger::open(
            &self.path(),
            run,
            clock.clone(),
            // A child that another test starts holds every lock until it has become another program.
            Duration::from_secs(10),
            Steps::default(),
        )
        .unwrap();
        let runner = Runner {
            ledger: &ledger,
            clock: &clock,
            stop: stop.clone(),
            verify_timeout: Duration::from_secs(60),
            patience: Duration::from_secs(120),
            listen: &|_| {},
            steps: Steps::default(),
        };
        let queues: BTreeMap<QueueName, Box<dyn Queue>> = [(
            queue_name(),
            Box::new(Shared(self.queue.clone())) as Box<dyn Queue>,
        )]
        .into();
        let recovered = recover(&runner, &history, &history.past(), &queues, resolves)
            .await
            .unwrap();
        let past = history.past();
        let (ended, failed) = carry_out(&runner, changes, &queues, &past, &Provenance::new()).await;
        assert!(failed.is_none());
        drop(runner);
        ledger.close().unwrap();
        (recovered, ended)
    }

    async fn outcome(&self) -> String {
        let (_, ended) = self.run(&Stop::channel().1).await;
        ended
            .iter()
            .map(|ended| ended.outcome.code())
            .collect::<Vec<_>>()
            .join(" ")
    }

    fn sends(&self) -> usize {
        self.queue.sent.lock().unwrap().len()
    }
}

/// What two calls in a row can meet, and what becomes of one approve.
#[tokio::test(start_paused = true)]
async fn every_answer_has_its_outcome() {
    let mut table = String::new();
    let cases: [(&str, &'static Capabilities, &[Mood]); 14] = [
        ("ignored", &WILLING, &[Mood::Acts]),
        ("ignored", &WILLING, &[Mood::ActsSilently]),
        ("ignored", &WILLING, &[Mood::NeverSaw]),
        (
            "ignored",
            &WILLING,
            &[Mood::NeverSaw, Mood::NeverSaw, Mood::Acts],
        ),
        (
            "ignored",
            &WILLING,
            &[Mood::Ignores, Mood::Ignores, Mood::Acts],
        ),
        ("ignored", &WILLING, &[Mood::Refuses]),
        ("ignored", &WILLING, &[Mood::RejectsCredential]),
        ("ignored", &WILLING, &[Mood::AsksToWait]),
        ("ignored", &WILLING, &[Mood::AsksForNothing; 9]),
        ("ignored", &WILLING, &[Mood::AsksForEver; 9]),
        ("ignored", &WILLING, &[Mood::Unreachable]),
        ("acts-again", &ACTS_AGAIN, &[Mood::ActsSilently]),
        ("acts-again", &ACTS_AGAIN, &[Mood::NeverSaw, Mood::Acts]),
        ("acts-again", &ACTS_AGAIN, &[Mood::AsksToWait, Mood::Acts]),
    ];
    for (repeat, can, moods) in cases {
        let world = World::new(can, &["1"], moods);
        let outcome = world.outcome().await;
        table.push_str(&format!(
            "{repeat:<10} {moods:?} -> {outcome}, {} sent\n",
            world.sends()
        ));
    }
    assert_snapshot!(table, @r"
    ignored    [Acts] -> applied, 1 sent
    ignored    [ActsSilently] -> applied, 1 sent
    ignored    [NeverSaw] -> applied, 2 sent
    ignored    [NeverSaw, NeverSaw, Acts] -> in-doubt, 2 sent
    ignored    [Ignores, Ignores, Acts] -> in-doubt, 2 sent
    ignored    [Refuses] -> refused, 1 sent
    ignored    [RejectsCredential] -> not-sent, 1 sent
    ignored    [AsksToWait] -> applied, 2 sent
    ignored    [AsksForNothing, AsksForNothing, AsksForNothing, AsksForNothing, AsksForNothing, AsksForNothing, AsksForNothing, AsksForNothing, AsksForNothing] -> not-sent, 4 sent
    ignored    [AsksForEver, AsksForEver, AsksForEver, AsksForEver, AsksForEver, AsksForEver, AsksForEver, AsksForEver, AsksForEver] -> not-sent, 1 sent
    ignored    [Unreachable] -> not-sent, 1 sent
    acts-again [ActsSilently] -> applied, 1 sent
    acts-again [NeverSaw, Acts] -> in-doubt, 1 sent
    acts-again [AsksToWait, Acts] -> applied, 2 sent
    ");
}

/// The first call was lost; whatever keeps the second from being made leaves the first in doubt.
#[tokio::test(start_paused = true)]
async fn a_lost_call_is_not_forgotten_over_the_second() {
    let mut table = String::new();
    let cases: [&[Mood]; 4] = [
        &[Mood::NeverSaw, Mood::Refuses],
        &[Mood::NeverSaw, Mood::RejectsCredential],
        &[Mood::NeverSaw, Mood::AsksToWait, Mood::Refuses],
        &[Mood::NeverSaw, Mood::AsksToWait, Mood::Acts],
    ];
    for moods in cases {
        let world = World::new(&WILLING, &["1"], moods);
        let outcome = world.outcome().await;
        let open = world.history().past().open().count();
        table.push_str(&format!("{moods:?} -> {outcome}, {open} open\n"));
    }
    assert_snapshot!(table, @r"
    [NeverSaw, Refuses] -> in-doubt, 1 open
    [NeverSaw, RejectsCredential] -> in-doubt, 1 open
    [NeverSaw, AsksToWait, Refuses] -> in-doubt, 1 open
    [NeverSaw, AsksToWait, Acts] -> applied, 0 open
    ");
}

#[tokio::test(start_paused = true)]
async fn a_portal_decision_before_the_send_means_no_send() {
    let changes: [(&str, Portal); 5] = [
        ("same decision", |r| r.status = Status::Approved),
        ("opposite", |r| r.status = Status::Denied),
        ("expired", |r| r.status = Status::Expired),
        ("content", |r| drop(r.facts.insert("sha256", "FF".into()))),
        ("unknown status", |r| {
            r.status = Status::Unknown("Odd".into())
        }),
    ];
    let mut table = String::new();
    for (name, change) in changes {
        let world = World::new(&WILLING, &["1"], &[]);
        world
            .queue
            .requests
            .lock()
            .unwrap()
            .values_mut()
            .for_each(change);
        let outcome = world.outcome().await;
        assert_eq!(world.sends(), 0);
        table.push_str(&format!("{name}: {outcome}\n"));
    }
    assert_snapshot!(table, @r"
    same decision: already-decided
    opposite: stale
    expired: stale
    content: stale
    unknown status: stale
    ");
}

#[tokio::test(start_paused = true)]
async fn a_rejected_credential_closes_the_queue() {
    let world = World::new(&ACTS_AGAIN, &["1", "2", "3"], &[Mood::RejectsCredential]);
    assert_eq!(world.outcome().await, "not-sent not-sent not-sent");
    assert_eq!(world.sends(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_run_with_nothing_to_do_appends_nothing() {
    let mut world = World::new(&WILLING, &["1"], &[]);
    world.changes.clear();
    world.run(&Stop::channel().1).await;
    assert_eq!(world.history().records.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn after_a_signal_nothing_is_sent() {
    let world = World::new(&WILLING, &["1", "2"], &[]);
    let (stopper, stop) = Stop::channel();
    stopper.send(Some(Signal::Terminate)).unwrap();
    let (_, ended) = world.run(&stop).await;
    assert_eq!(world.sends(), 0);
    assert!(
        ended
            .iter()
            .all(|ended| ended.outcome.code() == "not-sent" && ended.intent.is_none())
    );
}

/// A call that waits for its place in the rate limit is not written down yet, and never leaves after a signal.
#[tokio::test(start_paused = true)]
async fn a_signal_finds_no_call_waiting_for_its_turn() {
    let world = World::new(&WILLING, &["1", "2"], &[]);
    world
        .queue
        .is_full
        .store(true, std::sync::atomic::Ordering::Relaxed);
    let (stopper, stop) = Stop::channel();
    let signal = async {
        tokio::time::sleep(Duration::from_secs(30)).await;
        stopper.send(Some(Signal::Terminate)).unwrap();
    };
    let ((_, ended), ()) = tokio::join!(world.run(&stop), signal);
    assert_eq!(world.sends(), 0);
    assert!(
        ended
            .iter()
            .all(|ended| ended.outcome.code() == "not-sent" && ended.intent.is_none())
    );
    assert_eq!(world.history().records.len(), 1);
}

/// The vendor said no to us and shows the state all the same: then it was not us.
#[tokio::test(start_paused = true)]
async fn a_definite_no_is_never_our_success() {
    let world = World::new(&WILLING, &["1"], &[Mood::RefusesAndSomebodyActs]);
    assert_eq!(world.outcome().await, "already-decided");
    // Unless a call before it may have been the one that acted.
    let world = World::new(
        &WILLING,
        &["1"],
        &[Mood::NeverSaw, Mood::RefusesAndSomebodyActs],
    );
    assert_eq!(world.outcome().await, "state-reached");
}

/// The ledger of a run that died right after its intent, and what the next run makes of it.
#[tokio::test(start_paused = true)]
async fn an_open_intent_is_read_again_and_never_sent_by_recovery() {
    let cases: [(&str, &'static Capabilities, Status, Option<&str>); 6] = [
        (
            "applied by us",
            &WILLING,
            Status::Approved,
            Some("tool@example.com"),
        ),
        (
            "by somebody else",
            &WILLING,
            Status::Approved,
            Some("boss@example.com"),
        ),
        ("decider not shown", &WILLING, Status::Approved, None),
        (
            "denied meanwhile",
            &WILLING,
            Status::Denied,
            Some("boss@example.com"),
        ),
        ("still pending", &WILLING, Status::Pending, None),
        (
            "still pending, acts again",
            &ACTS_AGAIN,
            Status::Pending,
            None,
        ),
    ];
    let mut table = String::new();
    for (name, can, status, by) in cases {
        let mut world = World::new(can, &["1"], &[]);
        leave_open(&world).await;
        if let Some(request) = world.queue.requests.lock().unwrap().values_mut().next() {
            request.status = status;
            request.decided.by = by.map(crate::model::VendorText::new);
        }
        world.changes.clear();
        let (settled, _) = world.run(&Stop::channel().1).await;
        assert_eq!(world.sends(), 0);
        let open = world.history().past().open().count();
        table.push_str(&format!(
            "{name}: {}, {open} open\n",
            settled[0].outcome.code()
        ));
    }
    assert_snapshot!(table, @r"
    applied by us: applied, 0 open
    by somebody else: already-decided, 0 open
    decider not shown: state-reached, 0 open
    denied meanwhile: contradicted, 0 open
    still pending: not-sent, 0 open
    still pending, acts again: in-doubt, 1 open
    ");
}

async fn leave_open(world: &World) {
    let run = Run {
        run: "r0".to_owned(),
        tool: "0".to_owned(),
        host: None,
        pid: 1,
        plan: None,
    };
    let (ledger, _) = Ledger::open(
        &world.path(),
        run,
        Arc::new(now),
        Duration::ZERO,
        Steps::default(),
    )
    .unwrap();
    let change = Box::new(world.changes[0].clone());
    let intent = ledger::Entry::Intent {
        run: "r0".to_owned(),
        change,
        commit: None,
        author: None,
    };
    ledger.append(intent).await.unwrap();
}

/// Two sends are all there is in the life of a ledger, over however many runs.
#[tokio::test(start_paused = true)]
async fn two_sends_in_the_life_of_a_ledger() {
    let world = World::new(&WILLING, &["1"], &[Mood::NeverSaw; 9]);
    assert_eq!(world.outcome().await, "in-doubt");
    let (settled, ended) = world.run(&Stop::channel().1).await;
    assert_eq!(settled[0].outcome.code(), "not-sent");
    // The planner holds such a line; the protocol itself does not send a third time either.
    assert_eq!(ended[0].outcome.code(), "not-sent");
    assert_eq!(world.sends(), 2);
    assert!(
        world
            .history()
            .past()
            .sent
            .values()
            .flatten()
            .all(|sent| sent.state != SentState::Open)
    );
}

#[tokio::test(start_paused = true)]
async fn intents_that_wait_share_a_sync() {
    let ids: Vec<String> = (1..=64).map(|id: u32| id.to_string()).collect();
    let world = World::new(
        &WILLING,
        &ids.iter().map(String::as_str).collect::<Vec<_>>(),
        &[],
    );
    let (_, ended) = world.run(&Stop::channel().1).await;
    assert!(ended.iter().all(|ended| ended.outcome.code() == "applied"));
    // init, run-open, 64 intents, 64 outcomes, run-close
    assert_eq!(world.history().records.len(), 131);
}

/// A reviewed finding settles a doubt that no read can settle: late enough, about this very request, and
/// not against what the vendor shows.
#[tokio::test(start_paused = true)]
async fn a_reviewed_finding_settles_a_doubt_under_two_conditions() {
    use crate::model::{Resolution, Resolve};
    let later = || now() + jiff::SignedDuration::from_mins(15);
    let resolve = |id: &str, resolution| Resolve {
        address: crate::fakes::address(id),
        intent: 3,
        resolution,
        because: "looked in the portal".to_owned(),
        from: decision(Verdict::Approve, id).from,
    };
    type Case = (
        &'static str,
        fn() -> jiff::Timestamp,
        &'static str,
        Resolution,
    );
    let cases: [Case; 4] = [
        ("too early", now, "1", Resolution::NotApplied),
        ("another request", later, "2", Resolution::NotApplied),
        ("against a read", later, "1", Resolution::Applied),
        ("settled", later, "1", Resolution::NotApplied),
    ];
    let mut table = String::new();
    for (name, clock, id, resolution) in cases {
        // A repeat would act again, so an undecided request proves nothing.
        let mut world = World::new(&ACTS_AGAIN, &["1"], &[]);
        leave_open(&world).await;
        world.changes.clear();
        let resolves = [resolve(id, resolution)];
        let (settled, _) = world.run_at(&Stop::channel().1, clock, &resolves).await;
        let open = world.history().past().open().count();
        table.push_str(&format!("{name}: {:?}, {open} open\n", settled[0].outcome));
    }
    assert_snapshot!(table, @r#"
    too early: InDoubt { why: "the request is still undecided, but the call of an earlier run may yet arrive; the [[resolve]] at decisions/desk/1.toml:1:1 is refused: the call was made less than 15 minutes ago and may still arrive; not before 2026-11-22T09:15:00Z" }, 1 open
    another request: InDoubt { why: "the request is still undecided, but the call of an earlier run may yet arrive" }, 1 open
    against a read: InDoubt { why: "the request is still undecided, but the call of an earlier run may yet arrive; the [[resolve]] at decisions/desk/1.toml:1:1 is refused: the vendor shows the request undecided, or decided otherwise" }, 1 open
    settled: NotSent { why: "resolved by hand as not applied", may_have_left: false }, 0 open
    "#);
}

/// What a person found to have had no effect was no send: the line goes on, after a fresh read.
#[tokio::test(start_paused = true)]
async fn a_call_found_without_effect_may_be_made_again() {
    use crate::model::{Resolution, Resolve};
    let later = || now() + jiff::SignedDuration::from_mins(15);
    let world = World::new(&ACTS_AGAIN, &["1"], &[]);
    leave_open(&world).await;
    let resolve = Resolve {
        address: crate::fakes::address("1"),
        intent: 3,
        resolution: Resolution::NotApplied,
        because: "looked in the portal".to_owned(),
        from: decision(Verdict::Approve, "1").from,
    };
    let stop = Stop::channel().1;
    world.run_all(&stop, later, &[resolve], &[]).await;
    let (_, ended) = world.run_all(&stop, later, &[], &world.changes).await;
    assert_eq!(ended[0].outcome.code(), "applied");
    assert_eq!(world.sends(), 1);
}
