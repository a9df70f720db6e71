//! A queue of plain data.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroUsize;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use jiff::SignedDuration;

use crate::model::{
    Call, Decided, Deciding, Facts, Own, QueueName, ReadError, ReadErrorKind, Request, RequestId,
    Sighting, Status, Terms, Vendor, VendorText, Vote, Votes,
};
use crate::vendors::{
    Answer, Listing, LookedOwn, LookedUp, Meaning, Promise, Queue, Row, Unlisted, Whole,
    capabilities,
};

/// A queue of plain data.
pub(in crate::observed) struct Fake {
    pub(in crate::observed) terms: Terms,
    /// What lists show, in order.
    pub(in crate::observed) rows: Vec<Row>,
    /// What only look-ups show, or how they fail.
    pub(in crate::observed) hidden: BTreeMap<RequestId, Sighting>,
    /// What the user of the queue has asked for himself.
    pub(in crate::observed) own: Mutex<Own>,
    /// What a listing of the whole queue says about the rest.
    pub(in crate::observed) unlisted: Unlisted,
    /// Lists fail after this many rows.
    pub(in crate::observed) breaks: Option<(usize, ReadError)>,
    /// Every look-up fails so.
    pub(in crate::observed) down: Option<ReadError>,
    pub(in crate::observed) calls: AtomicU64,
    pub(in crate::observed) lists: Mutex<Vec<bool>>,
    pub(in crate::observed) looked_up: Mutex<Vec<RequestId>>,
    pub(in crate::observed) running: AtomicUsize,
    pub(in crate::observed) most: AtomicUsize,
}

pub(in crate::observed) fn name(text: &str) -> QueueName {
    QueueName::new(text).expect("a name")
}

pub(in crate::observed) fn id(number: usize) -> RequestId {
    RequestId::canonical(&number.to_string())
}

pub(in crate::observed) fn ids(numbers: impl IntoIterator<Item = usize>) -> BTreeSet<RequestId> {
    numbers.into_iter().map(id).collect()
}

pub(in crate::observed) fn request(number: usize, status: Status) -> Request {
    let facts: Facts = [
        ("user", VendorText::new(format!("AZUREAD\\U{number}"))),
        (
            "reason",
            VendorText::new("::add-mask::\u{202e}\n\"quoted\""),
        ),
    ]
    .into();
    Request {
        id: id(number),
        status,
        facts,
        decided: Decided {
            by: Some("boss@example.com".into()),
            note: None,
        },
        votes: number.is_multiple_of(3).then(|| Votes {
            needed: Some(2),
            cast: vec![Vote {
                user_id: VendorText::new(number.to_string()),
                user: "boss\u{202e}".into(),
                accepted: number.is_multiple_of(2),
            }],
        }),
        ticket: None,
        link: Some("https://example.com/1".into()),
        beyond: None,
        obstacles: Vec::new(),
        lasts: Vec::new(),
    }
}

pub(in crate::observed) fn trouble(kind: ReadErrorKind) -> ReadError {
    ReadError {
        kind,
        what: "GET /requests: no connection".to_owned(),
        said: Some("vendor's words".into()),
        hint: "countersign doctor".to_owned(),
    }
}

impl Fake {
    /// Requests 1 to `size`; every tenth pending, the others denied.
    pub(in crate::observed) fn new(size: usize, rate: Option<u32>) -> Self {
        let status = |number| {
            if number % 10 == 0 {
                Status::Pending
            } else {
                Status::Denied
            }
        };
        let row = |number| Row::Whole(Box::new(request(number, status(number))));
        Self {
            terms: Terms {
                queue: name("helpdesk"),
                origin: "https://abr.example.com".to_owned(),
                organization: None,
                deciding: Deciding::default(),
                deciders: Vec::new(),
                can: capabilities(Vendor::AdminByRequest),
                parallelism: NonZeroUsize::new(4).expect("four"),
                rate,
            },
            rows: (1..=size).map(row).collect(),
            hidden: BTreeMap::new(),
            own: Mutex::default(),
            unlisted: Unlisted::Absent,
            breaks: None,
            down: None,
            calls: AtomicU64::new(0),
            lists: Mutex::default(),
            looked_up: Mutex::default(),
            running: AtomicUsize::new(0),
            most: AtomicUsize::new(0),
        }
    }

    fn find(&self, wanted: &RequestId) -> Sighting {
        if let Some(why) = &self.down {
            return Sighting::Failed(why.clone());
        }
        if let Some(sighting) = self.hidden.get(wanted) {
            return sighting.clone();
        }
        let shown = self.rows.iter().find_map(|row| match row {
            Row::Whole(request) if request.id == *wanted => Some(Sighting::Seen(request.clone())),
            Row::Whole(_) | Row::Brief { .. } | Row::Unreadable { .. } => None,
        });
        shown.unwrap_or(Sighting::Absent)
    }
}

impl Queue for Fake {
    fn terms(&self) -> &Terms {
        &self.terms
    }

    fn list<'a>(
        &'a self,
        listing: Listing<'a>,
        seen: &'a mut (dyn FnMut(Row) + Send),
    ) -> Promise<'a, Result<Unlisted, ReadError>> {
        Box::pin(async move {
            self.calls.fetch_add(2, Ordering::Relaxed);
            self.lists
                .lock()
                .expect("no panic")
                .push(listing.pending_only);
            for (nth, row) in self.rows.iter().enumerate() {
                if let Some((after, why)) = &self.breaks
                    && nth == *after
                {
                    return Err(why.clone());
                }
                let row = match (row, listing.whole) {
                    (Row::Whole(request), _)
                        if listing.pending_only && request.status != Status::Pending =>
                    {
                        continue;
                    }
                    (Row::Whole(request), Whole::Named(named)) if !named.contains(&request.id) => {
                        Row::Brief {
                            id: request.id.clone(),
                            status: request.status.clone(),
                        }
                    }
                    (row, _) => row.clone(),
                };
                seen(row);
            }
            Ok(self.unlisted.clone())
        })
    }

    fn look_up<'a>(&'a self, id: &'a RequestId) -> Promise<'a, LookedUp> {
        Box::pin(async move {
            self.calls.fetch_add(1, Ordering::Relaxed);
            self.looked_up.lock().expect("no panic").push(id.clone());
            let running = self.running.fetch_add(1, Ordering::Relaxed) + 1;
            self.most.fetch_max(running, Ordering::Relaxed);
            tokio::task::yield_now().await;
            self.running.fetch_sub(1, Ordering::Relaxed);
            LookedUp {
                sighting: self.find(id),
                digest: None,
            }
        })
    }

    fn own(&self) -> Promise<'_, LookedOwn> {
        let own = self.own.lock().unwrap().clone();
        Box::pin(std::future::ready(LookedOwn { own, digest: None }))
    }

    fn turn(&self) -> Promise<'_, ()> {
        Box::pin(std::future::ready(()))
    }

    fn send<'a>(&'a self, _: &'a Call) -> Promise<'a, Answer> {
        let meaning = Meaning::NotSent("reading never sends".to_owned());
        Box::pin(async move {
            Answer {
                meaning,
                digest: None,
                said: None,
            }
        })
    }

    fn leave(&self) -> Promise<'_, ()> {
        Box::pin(std::future::ready(()))
    }

    fn clock_offset(&self) -> Option<SignedDuration> {
        Some(SignedDuration::from_secs(-3))
    }

    fn calls(&self) -> u64 {
        self.calls.load(Ordering::Relaxed)
    }
}
