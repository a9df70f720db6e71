//! The parts without a wire: decision files, the comparison, its digest, its writers. `cargo bench -p benches`.

#![allow(
    clippy::expect_used,
    reason = "nobody gives a benchmark anything; what it needs is written here"
)]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::hint::black_box;
use std::num::NonZeroUsize;

use divan::Bencher;
use reconciler::desired::decisions::{Keep, Written, parse};
use reconciler::model::{
    Decided, Deciding, Effort, Facts, Observed, Own, Past, QueueName, QueueView, Reading, Request,
    RequestId, Sighting, Status, Terms, Vendor, VendorText, Way,
};
use reconciler::plan::{Brakes, Plan, World, fingerprint, plan};
use reconciler::render::plan::{PlanContext, QueueRead};
use reconciler::render::{self, Style};
use reconciler::vendors::capabilities;

/// How many decisions, each about a pending request that is as it was.
const SIZES: [u64; 2] = [100, 10_000];

fn main() {
    divan::main();
}

/// One queue, what people wrote about it, and what its vendor says.
struct Scene {
    terms: Terms,
    text: String,
    written: Written,
    observed: Observed,
}

impl Scene {
    fn new(many: u64) -> Self {
        let terms = Terms {
            queue: QueueName::new("desk").expect("a name"),
            origin: "https://desk.example.com".to_owned(),
            organization: None,
            deciding: Deciding {
                credential: "env KEY".to_owned(),
                acting_as: Some("tool@example.com".to_owned()),
                run_as: None,
                client: None,
            },
            deciders: Vec::new(),
            can: capabilities(Vendor::AdminByRequest),
            parallelism: NonZeroUsize::MIN,
            rate: None,
        };
        let mut text = String::new();
        let mut requests = BTreeMap::new();
        for id in 70_000_000..70_000_000 + many {
            let request = request(&terms, id);
            write_decision(&mut text, &terms, &request);
            requests.insert(request.id.clone(), Sighting::Seen(Box::new(request)));
        }
        let view = QueueView {
            requests,
            own: Own::NotRead,
            grounds: BTreeMap::new(),
            way: Way::Scan,
            effort: Effort::default(),
            calls: 1,
            rows: many,
            unreadable: 0,
            clock_offset: None,
        };
        let written = parse(
            "all.toml",
            &text,
            std::slice::from_ref(&terms),
            Keep::Nothing,
        );
        assert!(
            written.mistakes.is_empty(),
            "{:?}",
            written.mistakes.first()
        );
        Self {
            observed: Observed {
                queues: [(terms.queue.clone(), Reading::Read(view))].into(),
            },
            terms,
            text,
            written,
        }
    }

    fn plan(&self) -> Plan {
        let terms = [(self.terms.queue.clone(), self.terms.clone())].into();
        plan(&World {
            desired: &self.written.desired,
            terms: &terms,
            observed: &self.observed,
            past: &Past::default(),
            brakes: &Brakes::default(),
            now: "2026-11-22T09:00:00Z".parse().expect("a time"),
        })
    }

    /// The plan that all of it is about: a change for each decision.
    fn planned(&self) -> Plan {
        let plan = self.plan();
        assert_eq!(plan.changes.len(), self.written.desired.decisions.len());
        plan
    }

    fn context(&self) -> PlanContext {
        let can = (self.terms.queue.clone(), self.terms.can);
        PlanContext {
            name: "countersign.toml".to_owned(),
            queues: QueueRead::all(&self.observed),
            capabilities: [can].into(),
            ..PlanContext::default()
        }
    }
}

/// A pending request in which each fact that the vendor shows is a word of its own.
fn request(terms: &Terms, id: u64) -> Request {
    let fact = |key: &'static str| (key, VendorText::new(format!("{key}-{}", id % 1000)));
    let facts: Facts = terms
        .can
        .facts
        .iter()
        .map(|known| fact(known.key))
        .collect();
    Request {
        id: RequestId::canonical(&id.to_string()),
        status: Status::Pending,
        facts,
        decided: Decided::default(),
        votes: None,
        ticket: None,
        link: None,
        beyond: None,
        obstacles: Vec::new(),
        lasts: Vec::new(),
    }
}

fn write_decision(text: &mut String, terms: &Terms, request: &Request) {
    let (queue, id) = (&terms.queue, &request.id);
    let print = fingerprint(terms, id, &request.facts);
    let _ = write!(
        text,
        "[[decision]]\nqueue = \"{queue}\"\nrequest = \"{id}\"\nticket = \"CHG1\"\nverdict = \"approve\"\n\
         reason = \"seen\"\nexpires = 2026-12-01T00:00:00Z\n\n[decision.guard]\nfingerprint = \"{print}\"\n"
    );
    for (key, value) in request.facts.iter() {
        let _ = writeln!(text, "{key} = \"{}\"", value.raw());
    }
    text.push('\n');
}

#[divan::bench(args = SIZES)]
fn parse_decisions(bencher: Bencher, many: u64) {
    let scene = Scene::new(many);
    let queues = [scene.terms.clone()];
    bencher
        .counter(divan::counter::BytesCount::of_str(&scene.text))
        .bench(|| parse("all.toml", black_box(&scene.text), &queues, Keep::Nothing));
}

#[divan::bench(args = SIZES)]
fn compare(bencher: Bencher, many: u64) {
    let scene = Scene::new(many);
    assert!(!scene.planned().changes.is_empty());
    bencher.counter(many).bench(|| black_box(&scene).plan());
}

#[divan::bench(args = SIZES)]
fn digest(bencher: Bencher, many: u64) {
    let plan = Scene::new(many).planned();
    bencher.counter(many).bench(|| black_box(&plan).digest());
}

#[divan::bench(args = SIZES)]
fn write_text(bencher: Bencher, many: u64) {
    let scene = Scene::new(many);
    let (plan, context) = (scene.planned(), scene.context());
    bencher
        .counter(many)
        .bench(|| render::plan::text(black_box(&plan), &context, Style::PLAIN));
}

#[divan::bench(args = SIZES)]
fn write_markdown(bencher: Bencher, many: u64) {
    let scene = Scene::new(many);
    let (plan, context) = (scene.planned(), scene.context());
    bencher
        .counter(many)
        .bench(|| render::markdown::plan(black_box(&plan), &context));
}

#[divan::bench(args = SIZES)]
fn write_json(bencher: Bencher, many: u64) {
    let plan = Scene::new(many).planned();
    bencher
        .counter(many)
        .bench(|| render::json::plan(black_box(&plan)));
}
