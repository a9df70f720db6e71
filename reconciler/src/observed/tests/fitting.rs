//! Requests that are named by what stands for their ids: the same from a queue and from its snapshot, by every way.

use std::io::Cursor;

use super::*;
use crate::model::{Decided, Request, Vendor};
use crate::observed::snapshot::{self, Wanted};
use crate::vendors::capabilities;

fn processed(number: usize, user: &str, at: &str) -> Request {
    Request {
        facts: [
            ("user", user.into()),
            ("requested-at", at.into()),
            ("remote-ip", "172.31.240.1".into()),
        ]
        .into(),
        decided: Decided::default(),
        ..request(number, Status::Approved)
    }
}

fn key(user: &str, at: &str) -> RequestId {
    let facts = processed(1, user, at).facts;
    capabilities(Vendor::Ekran).key_of(&facts).expect("a key")
}

/// Requests 1 to 3 of anna's, two of them at one moment; 4 is bert's.
fn console() -> Fake {
    let mut fake = Fake::new(0, None);
    fake.terms.can = capabilities(Vendor::Ekran);
    fake.rows = [
        processed(1, "anna", "08:00"),
        processed(2, "anna", "09:00"),
        processed(3, "anna", "09:00"),
        processed(4, "bert", "08:00"),
    ]
    .map(|request| Row::Whole(Box::new(request)))
    .into();
    fake
}

fn named() -> BTreeSet<RequestId> {
    let keys = [
        key("anna", "08:00"),
        key("anna", "09:00"),
        key("bert", "09:00"),
    ];
    keys.into_iter().chain([id(4), id(9)]).collect()
}

async fn saved(fake: Fake, asked: BTreeSet<RequestId>) -> (String, QueueView) {
    let terms = fake.terms.clone();
    let queues: BTreeMap<QueueName, Box<dyn Queue>> =
        [(name("helpdesk"), Box::new(fake) as Box<dyn Queue>)].into();
    let mut out = Vec::new();
    let moment = "2026-11-22T12:00:00Z".parse().expect("a moment");
    let asks = [(name("helpdesk"), asked)].into();
    snapshot::observe_all_into(&queues, &asks, "t", moment, &mut out, &|_| {})
        .await
        .expect("written");
    let named = named();
    let wanted = Wanted {
        terms: &terms,
        named: &named,
    };
    let asks = [(name("helpdesk"), wanted)].into();
    let mut observed = snapshot::read(&mut Cursor::new(&out), "s", &asks)
        .expect("a snapshot")
        .observed;
    let view = observed.queues.remove(&name("helpdesk")).expect("it");
    (String::from_utf8(out).expect("text"), read(view))
}

fn told(view: &QueueView) -> Vec<String> {
    let sightings = named().into_iter().map(|id| match &view.requests[&id] {
        Sighting::Seen(request) => format!("{id} is {}", request.id),
        Sighting::Absent => format!("{id} is absent"),
        Sighting::Failed(why) => format!("{id} failed: {}", why.what),
    });
    sightings.collect()
}

const FOUND: [&str; 5] = [
    "4 is 4",
    "9 is absent",
    "anna@08:00 is 1",
    "anna@09:00 failed: 2 requests fit: 2, 3",
    "bert@09:00 is absent",
];

#[tokio::test]
async fn a_queue_and_its_snapshot_tell_the_same() {
    for way in [None, Some(Way::Pending), Some(Way::Scan)] {
        let live = read(view(console(), named(), way).await);
        assert_eq!(
            (live.way, told(&live)),
            (Way::Scan, FOUND.map(str::to_owned).to_vec())
        );
    }
    // The block may be written after the snapshot was taken: then nobody asked for it there.
    for asked in [named(), BTreeSet::new()] {
        let (text, saved) = saved(console(), asked).await;
        assert_eq!(told(&saved), FOUND);
        assert!(
            !text.contains('@'),
            "no line is about what stands for an id"
        );
    }
}

#[tokio::test]
async fn a_row_that_cannot_be_read_may_be_the_one_or_a_second_one() {
    let odd = || {
        let mut fake = console();
        fake.rows.push(Row::Unreadable {
            id: Some(id(8)),
            why: trouble(ReadErrorKind::Malformed),
        });
        fake
    };
    let live = read(view(odd(), named(), None).await);
    let (_, saved) = saved(odd(), named()).await;
    let hidden = "failed: 1 row could not be read, and may be what fits";
    for view in [&live, &saved] {
        let mut expected = FOUND.map(str::to_owned).to_vec();
        expected[2] = format!("anna@08:00 {hidden}");
        expected[4] = format!("bert@09:00 {hidden}");
        assert_eq!(told(view), expected);
    }
}

#[tokio::test]
async fn what_only_ids_name_is_not_read_whole() {
    let live = read(view(console(), ids([4]), None).await);
    assert_eq!(live.requests.len(), 1);
    assert!(matches!(live.requests[&id(4)], Sighting::Seen(_)));
}
