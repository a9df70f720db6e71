//! Reading queues by every way, with every failure.

pub(super) mod fake;
mod fitting;

use std::sync::Mutex;
use std::sync::atomic::Ordering;

use jiff::SignedDuration;

use super::*;
use crate::model::Status;
use fake::{Fake, id, ids, name, request, trouble};

async fn view(fake: Fake, named: BTreeSet<RequestId>, forced: Option<Way>) -> Reading {
    let queues: BTreeMap<QueueName, Box<dyn Queue>> =
        [(name("helpdesk"), Box::new(fake) as Box<dyn Queue>)].into();
    let asks = [(
        name("helpdesk"),
        Ask {
            own: false,
            permits: BTreeMap::new(),
            named,
            likely_settled: 0,
        },
    )]
    .into();
    let mut observed = observe(&queues, &asks, forced, &|_| {}).await;
    observed
        .queues
        .remove(&name("helpdesk"))
        .expect("a reading")
}

fn read(reading: Reading) -> QueueView {
    match reading {
        Reading::Read(view) => view,
        Reading::Unread(why) => panic!("unread: {why:?}"),
    }
}

fn unread(reading: Reading) -> ReadErrorKind {
    match reading {
        Reading::Read(view) => panic!("read: {view:?}"),
        Reading::Unread(why) => why.kind,
    }
}

#[tokio::test]
async fn few_decisions_cost_a_call_each_and_nothing_more() {
    let view = read(view(Fake::new(50, None), ids([1, 10, 99]), None).await);
    assert_eq!((view.way, view.calls, view.rows), (Way::Points, 3, 0));
    assert!(matches!(view.requests[&id(10)], Sighting::Seen(_)));
    assert_eq!(view.requests[&id(99)], Sighting::Absent);
    assert_eq!(view.clock_offset, Some(SignedDuration::from_secs(-3)));
}

#[tokio::test]
async fn nothing_asked_is_nothing_read() {
    let view = read(view(Fake::new(50, None), ids([]), None).await);
    assert_eq!((view.way, view.calls), (Way::Nothing, 0));
}

#[tokio::test]
async fn every_way_tells_the_same_of_every_request() {
    let named = || ids((1..=300).chain([9_000]));
    let hidden = || {
        (
            id(9_000),
            Sighting::Seen(Box::new(request(9_000, Status::Approved))),
        )
    };
    let fake = || {
        let mut fake = Fake::new(400, None);
        fake.hidden = [hidden()].into();
        fake
    };
    let points = read(view(fake(), named(), Some(Way::Points)).await);
    let pending = read(view(fake(), named(), Some(Way::Pending)).await);
    let scan = read(view(fake(), named(), Some(Way::Scan)).await);
    assert_eq!(points.requests, pending.requests);
    assert_eq!(points.requests, scan.requests);
    assert_eq!(
        (points.calls, pending.calls, scan.calls),
        (301, 2 + 271, 2 + 1)
    );
    assert_eq!((pending.rows, scan.rows), (40, 400));
}

#[tokio::test]
async fn a_disappointing_pending_list_becomes_a_scan_where_calls_are_scarce() {
    let view = read(view(Fake::new(400, Some(60)), ids(1..=300), None).await);
    assert_eq!(
        (view.way, view.calls, view.requests.len()),
        (Way::Scan, 4, 300)
    );
}

/// A vendor without a read by id: what the lists leave out is what they say of the rest.
#[tokio::test]
async fn where_nothing_is_read_by_id_the_lists_decide() {
    let fake = |unlisted: Unlisted| {
        let mut fake = Fake::new(50, None);
        fake.terms.can = crate::vendors::capabilities(crate::model::Vendor::Beyondtrust);
        fake.unlisted = unlisted;
        fake
    };
    let why = trouble(ReadErrorKind::OutOfSight);
    for way in [None, Some(Way::Pending), Some(Way::Scan)] {
        let absent = read(view(fake(Unlisted::Absent), ids([1, 10, 99]), way).await);
        assert_eq!(absent.way, Way::Scan);
        assert!(matches!(absent.requests[&id(1)], Sighting::Seen(_)));
        assert_eq!(absent.requests[&id(99)], Sighting::Absent);
        let unlisted = Unlisted::Unknown(why.clone());
        let unknown = read(view(fake(unlisted), ids([1, 10, 99]), way).await);
        assert_eq!(unknown.requests[&id(99)], Sighting::Failed(why.clone()));
        // All of them out of sight is no queue that could not be read.
        let unlisted = Unlisted::Unknown(why.clone());
        let unknown = read(view(fake(unlisted), ids([98, 99]), way).await);
        assert_eq!(unknown.requests.len(), 2);
    }
    // Asked to, each is looked up all the same.
    let points = read(view(fake(Unlisted::Absent), ids([1, 99]), Some(Way::Points)).await);
    assert_eq!((points.calls, points.requests.len()), (2, 2));
}

#[tokio::test]
async fn a_list_that_fails_concludes_nothing() {
    let mut fake = Fake::new(400, None);
    fake.breaks = Some((350, trouble(ReadErrorKind::Paging)));
    assert_eq!(
        unread(view(fake, ids(1..=300), Some(Way::Scan)).await),
        ReadErrorKind::Paging
    );
}

#[tokio::test]
async fn one_failed_look_up_is_its_own() {
    for kind in [
        ReadErrorKind::Unreachable,
        ReadErrorKind::Credential,
        ReadErrorKind::Malformed,
    ] {
        let mut fake = Fake::new(50, None);
        fake.hidden = [(id(1), Sighting::Failed(trouble(kind)))].into();
        let view = read(view(fake, ids([1, 2, 3]), None).await);
        assert_eq!(view.requests[&id(1)], Sighting::Failed(trouble(kind)));
        assert!(matches!(view.requests[&id(2)], Sighting::Seen(_)));
    }
}

#[tokio::test]
async fn a_queue_where_every_look_up_fails_alike_is_unread_and_not_hammered() {
    for kind in [
        ReadErrorKind::Unreachable,
        ReadErrorKind::Unavailable,
        ReadErrorKind::Credential,
    ] {
        let mut fake = Fake::new(500, None);
        fake.down = Some(trouble(kind));
        let queues: BTreeMap<QueueName, Box<dyn Queue>> =
            [(name("helpdesk"), Box::new(fake) as Box<dyn Queue>)].into();
        let asks = [(
            name("helpdesk"),
            Ask {
                own: false,
                permits: BTreeMap::new(),
                named: ids(1..=100),
                likely_settled: 0,
            },
        )]
        .into();
        let observed = observe(&queues, &asks, None, &|_| {}).await;
        let reading = observed.queues.into_values().next().expect("a reading");
        assert_eq!(unread(reading), kind);
        assert!(
            queues[&name("helpdesk")].calls() <= 16,
            "{} calls",
            queues[&name("helpdesk")].calls()
        );
    }
    let mut fake = Fake::new(50, None);
    fake.down = Some(trouble(ReadErrorKind::Malformed));
    let view = read(view(fake, ids([1, 2]), None).await);
    assert!(
        view.requests
            .values()
            .all(|sighting| matches!(sighting, Sighting::Failed(_)))
    );
}

#[tokio::test]
async fn an_unreadable_row_holds_its_own_request_and_is_counted() {
    let mut fake = Fake::new(20, None);
    let why = trouble(ReadErrorKind::Malformed);
    fake.rows[2] = Row::Unreadable {
        id: Some(id(3)),
        why: why.clone(),
    };
    fake.rows[4] = Row::Unreadable {
        id: None,
        why: why.clone(),
    };
    let view = read(view(fake, ids([3, 4]), Some(Way::Scan)).await);
    assert_eq!((view.rows, view.unreadable), (20, 2));
    assert_eq!(view.requests[&id(3)], Sighting::Failed(why));
}

#[tokio::test]
async fn look_ups_run_side_by_side_up_to_the_queues_parallelism() {
    let fake = Fake::new(200, None);
    let queues = [(name("helpdesk"), fake)];
    let told = Mutex::new(Vec::new());
    let listen = |progress: Progress<'_>| {
        told.lock()
            .expect("no panic")
            .push((progress.looked_up, progress.to_look_up));
    };
    let [(queue, fake)] = &queues;
    let ask = Ask {
        own: false,
        permits: BTreeMap::new(),
        named: ids(1..=100),
        likely_settled: 0,
    };
    read(super::read(queue, fake, &ask, None, &listen).await);
    assert_eq!(fake.most.load(Ordering::Relaxed), 4);
    assert_eq!(told.lock().expect("no panic").last(), Some(&(100, 100)));
}

#[tokio::test]
async fn queues_are_read_side_by_side_and_fail_apart() {
    let mut broken = Fake::new(9, None);
    broken.down = Some(trouble(ReadErrorKind::Credential));
    let queues: BTreeMap<QueueName, Box<dyn Queue>> = [
        (name("broken"), Box::new(broken) as Box<dyn Queue>),
        (name("good"), Box::new(Fake::new(9, None)) as Box<dyn Queue>),
        (name("idle"), Box::new(Fake::new(9, None)) as Box<dyn Queue>),
    ]
    .into();
    let ask = |named| Ask {
        own: false,
        permits: BTreeMap::new(),
        named,
        likely_settled: 0,
    };
    let asks = [
        (name("broken"), ask(ids([1]))),
        (name("good"), ask(ids([1]))),
    ]
    .into();
    let observed = observe(&queues, &asks, None, &|_| {}).await;
    assert!(matches!(
        observed.queues[&name("broken")],
        Reading::Unread(_)
    ));
    assert!(matches!(observed.queues[&name("good")], Reading::Read(_)));
    let Reading::Read(idle) = &observed.queues[&name("idle")] else {
        panic!("unread")
    };
    assert_eq!(idle.way, Way::Nothing);
}
