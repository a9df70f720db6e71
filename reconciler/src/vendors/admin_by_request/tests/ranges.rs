//! Ranges of ids, read side by side: every row once, however the ids lie, and whatever comes meanwhile.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use super::*;
use crate::vendors::Whole;

/// A queue that answers as the document says: `startid`, `take`, `last`, ascending.
struct Vendor {
    ids: Arc<Mutex<BTreeSet<u64>>>,
    server: Server,
}

impl Vendor {
    /// `meanwhile` changes the queue before the nth call is answered.
    async fn of(
        ids: impl IntoIterator<Item = u64>,
        mut meanwhile: impl FnMut(usize, &mut BTreeSet<u64>) + Send + 'static,
    ) -> Self {
        let ids = Arc::new(Mutex::new(ids.into_iter().collect::<BTreeSet<u64>>()));
        let there = Arc::clone(&ids);
        let mut nth = 0;
        let server = Server::by(move |head| {
            let mut ids = there.lock().expect("no panic");
            nth += 1;
            meanwhile(nth, &mut ids);
            let number = |name: &str| {
                let line = head.lines().next()?;
                let (_, rest) = line.split_once(&format!("{name}="))?;
                let end = rest.find(|c: char| !c.is_ascii_digit())?;
                rest[..end].parse::<u64>().ok()
            };
            let size = |name| number(name).map(|size| usize::try_from(size).expect("small"));
            let page: Vec<String> = match size("last") {
                Some(last) => ids.iter().rev().take(last).map(|id| row(*id)).collect(),
                None => {
                    let from = ids.range(number("startid").unwrap_or_default()..);
                    let page = from.take(size("take").expect("always sent"));
                    page.map(|id| row(*id)).collect()
                }
            };
            Act::Say(json(200, &format!("[{}]", page.join(","))))
        })
        .await;
        Self { ids, server }
    }

    async fn steady(ids: impl IntoIterator<Item = u64>) -> Self {
        Self::of(ids, |_, _| {}).await
    }

    fn queue(&self, max_requests: u64) -> AdminByRequest {
        let url = self.server.url();
        connect(terms(&url), settings(&url), KEY.into(), max_requests).expect("usable settings")
    }

    /// The ids that were told, in their order, and how many parts there were side by side.
    async fn told(&self, at_once: usize) -> (Vec<u64>, usize) {
        let queue = self.queue(1_000_000);
        let (told, end) = list(&queue, at_once).await;
        assert_eq!(end, Ok(Unlisted::Absent));
        (told, queue.going().walkers)
    }

    fn ids(&self) -> Vec<u64> {
        self.ids.lock().expect("no panic").iter().copied().collect()
    }

    fn calls(&self) -> usize {
        self.server.asked().len()
    }
}

fn row(id: u64) -> String {
    format!(r#"{{"id":"{id}","status":"Denied","statusCode":3}}"#)
}

async fn list(queue: &AdminByRequest, at_once: usize) -> (Vec<u64>, Result<Unlisted, ReadError>) {
    let nobody = BTreeSet::new();
    let listing = Listing {
        pending_only: false,
        whole: Whole::Named(&nobody),
        since: None,
        at_once,
    };
    let mut told = Vec::new();
    let mut seen = |row: Row| match row {
        Row::Brief { id, .. } => told.push(wire::number(&id).expect("a number")),
        other @ (Row::Whole(_) | Row::Unreadable { .. }) => panic!("{other:?}"),
    };
    let end = queue.list(listing, &mut seen).await;
    (told, end)
}

fn sorted(mut ids: Vec<u64>) -> Vec<u64> {
    ids.sort_unstable();
    ids
}

#[tokio::test]
async fn every_row_is_told_once_however_the_ids_lie() {
    let dense: Vec<u64> = (7..20_007).collect();
    let sparse: Vec<u64> = (0..8000).map(|nth| 65_000_000 + nth * 37).collect();
    // All but a few at one end: whoever finds nothing takes from those who have a lot.
    let crowded = (0..12_000).chain([900_000, 5_000_000_000]).collect();
    let crowded_above = (0..1001).chain(8_000_000..8_009_000).collect();
    let highest = vec![u64::MAX / 2, 9_999_999_999_999_999_999];
    for ids in [dense, sparse, crowded, crowded_above, highest] {
        for at_once in [1, 2, 3, 16] {
            let vendor = Vendor::steady(ids.clone()).await;
            let (told, _) = vendor.told(at_once).await;
            assert_eq!(sorted(told), ids, "{at_once}");
        }
    }
}

#[tokio::test]
async fn a_dense_queue_costs_its_pages_and_a_few_calls_more() {
    let vendor = Vendor::steady(1..=40_000).await;
    let (_, walkers) = vendor.told(8).await;
    assert_eq!(walkers, 8);
    // 40 pages, the empty one, the top; and a page that two have asked for, now and then.
    assert!(
        (42..=42 + 8).contains(&vendor.calls()),
        "{}",
        vendor.calls()
    );
    let vendor = Vendor::steady(1..=40_000).await;
    let (_, walkers) = vendor.told(1).await;
    assert_eq!((walkers, vendor.calls()), (1, 41));
}

#[tokio::test]
async fn a_queue_of_one_page_is_read_by_one_walker_with_no_call_more() {
    let vendor = Vendor::steady(1..=999).await;
    assert_eq!(vendor.told(16).await.1, 1);
    assert_eq!(vendor.calls(), 2);
}

#[tokio::test]
async fn what_arrives_above_the_top_is_read_by_the_last_walker() {
    let vendor = Vendor::of(1..=9000, |nth, ids| {
        if nth == 5 {
            ids.extend(20_000..20_600);
        }
    })
    .await;
    let (told, walkers) = vendor.told(4).await;
    assert_eq!(sorted(told), vendor.ids());
    assert_eq!(walkers, 4);
}

#[tokio::test]
async fn the_limit_counts_the_rows_of_all_walkers_and_a_row_of_two_pages_once() {
    let vendor = Vendor::steady(1..=10_000).await;
    assert_eq!(list(&vendor.queue(10_000), 8).await.1, Ok(Unlisted::Absent));
    let (told, end) = list(&vendor.queue(9_999), 8).await;
    let why = end.expect_err("over the limit");
    assert_eq!(why.kind, ReadErrorKind::Paging);
    assert!(why.hint.contains("max-requests") && told.len() < 10_000);
}

/// A walker that fails ends them all: nothing can be concluded from what the others have seen.
#[tokio::test]
async fn one_range_that_fails_fails_the_list() {
    let page = |ids: std::ops::RangeInclusive<u64>| {
        let rows: Vec<String> = ids.map(row).collect();
        Act::Say(json(200, &format!("[{}]", rows.join(","))))
    };
    for (broken, kind) in [
        (json(200, "[{"), ReadErrorKind::Malformed),
        (json(403, "{}"), ReadErrorKind::Refused),
        // A cursor that is ignored by the vendor: the list would never end.
        (json(200, &format!("[{}]", row(5))), ReadErrorKind::Paging),
    ] {
        let server = Server::by(move |head| match head {
            _ if head.contains("last=1") => page(9000..=9000),
            _ if head.contains("startid=1001&") => page(1001..=2000),
            _ if head.contains("startid=") => Act::Say(broken.clone()),
            _ => page(1..=1000),
        })
        .await;
        let (_, end) = list(&queue(&server), 4).await;
        assert_eq!(end.map_err(|why| why.kind), Err(kind));
    }
}

#[tokio::test]
async fn a_vendor_that_does_not_tell_its_top_is_read_by_one_walker() {
    for top in [json(400, "{}"), json(200, "[]"), json(200, "[{}]")] {
        let server = Server::by(move |head| {
            let ids = match head {
                _ if head.contains("last=1") => return Act::Say(top.clone()),
                _ if head.contains("startid=3001&") => 3001..3001,
                _ if head.contains("startid=2001&") => 2001..3001,
                _ if head.contains("startid=1001&") => 1001..2001,
                _ => 1..1001_u64,
            };
            let rows: Vec<String> = ids.map(row).collect();
            Act::Say(json(200, &format!("[{}]", rows.join(","))))
        })
        .await;
        let queue = queue(&server);
        let (told, end) = list(&queue, 4).await;
        assert_eq!((told.len(), end), (3000, Ok(Unlisted::Absent)));
        assert_eq!(queue.going().walkers, 1);
    }
}

#[tokio::test]
async fn whoever_watches_is_told_how_much_of_the_ids_was_read() {
    let vendor = Vendor::steady(1..=9000).await;
    let queue = vendor.queue(10_000);
    assert_eq!(queue.going(), Going::default());
    list(&queue, 4).await.1.expect("read");
    assert_eq!(queue.going().share, Some(1000));
    list(&queue, 1).await.1.expect("read");
    assert_eq!(queue.going().share, None, "nobody asked for the top");
}
