//! What every vendor's adapter must keep, as one table: a further vendor is a further row, and each test is told of all.

mod rows;

use std::collections::{BTreeMap, BTreeSet};

use mock_servers::Given;
use serde_json::{Value, json};

use crate::world::{Ran, World, side_by_side};
use rows::{Deed, Edit, Ends, ROWS, Row, State};

/// Ways in which an answer is lost after the vendor has done its work.
const LOST: [(&str, &str); 4] = [
    ("after-effect", "close"),
    ("after-effect", "reset"),
    ("after-effect", "html"),
    ("response", "truncate"),
];

#[test]
fn every_vendor_has_a_row_that_says_what_it_can_do() {
    let known = mock_servers::Vendor::ALL.iter().map(|one| one.slug());
    assert_eq!(
        known.collect::<Vec<_>>(),
        ROWS.each_ref().map(|row| row.vendor)
    );
    for (row, vendor) in ROWS.iter().zip(reconciler::model::Vendor::ALL) {
        let can = reconciler::vendors::capabilities(vendor);
        let guarded: Vec<&str> = row.guarded.iter().map(|(key, _, _)| *key).collect();
        let facts: Vec<&str> = can.facts.iter().map(|fact| fact.key).collect();
        assert_eq!(guarded, facts, "{}: each guard key is mutated", row.vendor);
        let operations = [&can.approve, &can.deny, &can.revoke];
        for (operation, deed) in operations.iter().zip(row.deeds()) {
            let what = format!("{} {}", row.vendor, deed.verdict);
            assert_eq!(operation.is_some(), deed.effects == 1, "{what}");
            assert_eq!(operation.is_some(), writes(deed.op), "{what}");
        }
        let verdicts = row.deeds().map(|deed| deed.verdict);
        assert_eq!(verdicts, ["approve", "deny", "revoke"]);
        let looks_up = can.read.look_up;
        assert_eq!(row.by_id != row.whole, looks_up, "{}", row.vendor);
    }
}

#[test]
fn scan_and_point_read_agree_on_every_request() {
    for row in &ROWS {
        let world = World::of(|options| options.vendors = vec![vendor(row)]);
        let ids = world.pending();
        world.decide(
            &ids.iter()
                .map(|id| (id.as_str(), "approve"))
                .collect::<Vec<_>>(),
        );
        let (by_id, calls_by_id) = read(&world, "points");
        let (whole, calls_whole) = read(&world, "scan");
        let (pending, _) = read(&world, "pending");
        let (ranges, calls_ranges) = read(&world, "ranges");
        assert_eq!(
            counted(&by_id),
            BTreeMap::from_iter(row.sample.to_vec()),
            "{}",
            row.vendor
        );
        assert_eq!(by_id, whole, "{}: by id, and all", row.vendor);
        assert_eq!(
            by_id, pending,
            "{}: by id, and the pending ones",
            row.vendor
        );
        assert_eq!(calls_by_id, row.by_id, "{}", row.vendor);
        assert_eq!(calls_whole, row.whole, "{}", row.vendor);
        // A queue of one page has nothing to read side by side.
        assert_eq!(by_id, ranges, "{}: by id, and in ranges", row.vendor);
        assert_eq!(calls_ranges, row.whole, "{}", row.vendor);
        assert_eq!(world.writes(), [], "{}", row.vendor);
    }
}

#[test]
fn each_guarded_field_alone_blocks_what_waits() {
    side_by_side(&ROWS, |row| {
        let world = row.reviewed(&row.waits, "approve");
        row.mutate(&world, &row.waits);
        assert_eq!(world.writes(), []);
    });
}

/// What is done is told as done only while it is what was reviewed: also where others have yet to follow our vote.
#[test]
fn each_guarded_field_alone_blocks_where_our_own_part_is_done() {
    side_by_side(&ROWS, |row| {
        let world = row.reviewed(&row.ours, "approve");
        let lines = saved(&world, "p.plan");
        assert_eq!(lines, row.approve.effects, "{}", row.vendor);
        let (digest, _) = planned_digest(&world);
        let (ended, _) = apply(&world, &digest);
        assert_eq!(ended, row.ours.as_reviewed, "{}", row.vendor);
        let writes = world.writes().len();
        row.mutate(&world, &row.ours);
        row.shows(&world, &[row.ours.now, first(row)], &row.ours);
        // Nor is the saved plan told as carried out.
        world.run(&["apply", "p.plan"]).exits(held(lines));
        assert_eq!(world.writes().len(), writes, "{}", row.vendor);
    });
}

#[test]
fn each_guarded_field_alone_blocks_what_others_granted() {
    side_by_side(&ROWS, |row| {
        let world = row.reviewed(&row.theirs, "approve");
        row.mutate(&world, &row.theirs);
        assert_eq!(world.writes(), []);
    });
}

#[test]
fn each_verdict_leaves_the_fingerprint_as_it_was_and_the_second_plan_is_empty() {
    side_by_side(&deeds(), |(row, deed)| {
        let world = row.ready(deed);
        let (digest, _) = planned_digest(&world);
        assert_eq!(apply(&world, &digest), owned(deed.ends), "{}", row.vendor);
        row.is_done_once(&world, deed);
        row.is_as_reviewed(&world, deed);
        let again = ["plan", "--expect-no-changes", "--detailed-exitcode"];
        world.run(&again).exits(0);
        let (digest, said) = planned_digest(&world);
        let stands = match deed.shown {
            true => deed.ends,
            false => ("no-longer-visible", deed.ends.1),
        };
        assert_eq!(said, stands.0, "{} {}", row.vendor, deed.verdict);
        assert_eq!(apply(&world, &digest), owned(stands), "{}", row.vendor);
        row.is_done_once(&world, deed);
    });
}

/// Where the ledger has nothing to say, the fingerprint alone decides whether it is what was reviewed.
#[test]
fn a_grant_is_known_again_without_the_ledger() {
    for row in &ROWS {
        let world = row.ready(&row.approve);
        let (digest, _) = planned_digest(&world);
        apply(&world, &digest);
        std::fs::remove_file(world.path(".countersign/ledger.jsonl")).expect("removed");
        world.run(&["ledger", "init"]).exits(0);
        for way in ["points", "scan"] {
            let said = word(&read(&world, way).0);
            assert_eq!(said, row.theirs.as_reviewed, "{} {way}", row.vendor);
        }
    }
}

#[test]
fn a_lost_acknowledgement_has_one_effect() {
    let ways = |case| LOST.map(|way| (case, way));
    let cases: Vec<_> = deeds().into_iter().flat_map(ways).collect();
    side_by_side(&cases, |((row, deed), (phase, kind))| {
        let what = format!("{} {}, {phase} {kind}", row.vendor, deed.verdict);
        let world = row.ready(deed);
        let (digest, _) = planned_digest(&world);
        world.faults(json!([{ "op": deed.op, "phase": phase, "kind": kind }]));
        assert_eq!(apply(&world, &digest), owned(deed.lost), "{what}");
        let armed = world.mocks.faults();
        let hits: Vec<u64> = armed.iter().map(|armed| armed.hits).collect();
        assert_eq!(hits, [1], "{what}: an answer was lost");
        row.is_done_once(&world, deed);
        row.is_as_reviewed(&world, deed);
        let (digest, _) = planned_digest(&world);
        assert_eq!(apply(&world, &digest), owned(deed.lost), "{what}");
        row.is_done_once(&world, deed);
    });
}

/// Nothing is done twice either where the vendor never saw the first call and no read tells.
#[test]
fn what_cannot_be_read_back_is_in_doubt_and_not_sent_again() {
    for row in &ROWS {
        let approve = &row.approve;
        let world = row.ready(approve);
        let out = ["plan", "--out", "p.plan", "--format", "json"];
        let plan = document(&world.run(&out).exits(0));
        let (op, before) = row.doubt.read;
        let mut faults = vec![
            json!({ "op": op, "kind": "html", "status": 200, "nth": before + 1, "times": 100_000 }),
        ];
        if writes(approve.op) {
            faults.push(json!({ "op": approve.op, "kind": "close" }));
        }
        world.faults(faults.into());
        let ended = apply(&world, &digest_of(&plan));
        assert_eq!(ended, owned(row.doubt.ends), "{}", row.vendor);
        assert_eq!(world.writes().len(), approve.effects, "{}", row.vendor);
        assert_eq!(world.effects(row.id), 0, "{}", row.vendor);
        assert_eq!(blind(&world), row.doubt.blind, "{}", row.vendor);
        world.faults(json!([]));
        let (code, effects) = row.doubt.again;
        world.run(&["apply", "p.plan"]).exits(code);
        assert_eq!(world.effects(row.id), effects, "{}", row.vendor);
    }
}

#[test]
fn a_deny_of_what_was_granted_is_contradicted_and_sends_nothing() {
    for row in &ROWS {
        let world = row.reviewed(&row.theirs, "deny");
        let lines = saved(&world, "early.plan");
        assert_eq!(lines, row.deny.effects, "{}", row.vendor);
        row.shows(&world, &[row.theirs.now], &row.theirs);
        let (digest, said) = planned_digest(&world);
        assert_eq!(said, "contradicted", "{}", row.vendor);
        let contradicted = owned(("contradicted", 3));
        assert_eq!(apply(&world, &digest), contradicted, "{}", row.vendor);
        world.run(&["apply", "early.plan"]).exits(held(lines));
        assert_eq!(world.writes(), [], "{}", row.vendor);
    }
}

#[test]
fn a_self_signed_certificate_is_trusted_by_ca_file_and_in_no_other_way() {
    for row in &ROWS {
        let world = World::of(|options| {
            options.vendors = vec![vendor(row)];
            options.tls = mock_servers::Tls::SelfSigned;
        });
        let url = &world.mocks.queues()[row.vendor].url;
        assert!(url.starts_with("https://"), "{url}");
        world.run(&["draft", "--max", "1"]).exits(0);
        world.edit("countersign.toml", "ca-file = \"mock-ca.pem\"\n", "");
        let ran = world.run(&["draft"]).exits(1);
        assert!(ran.says("certificate"), "{}: {}", row.vendor, ran.err);
        assert_eq!(world.writes(), []);
    }
}

/// Every verdict at every vendor.
fn deeds() -> Vec<(&'static Row, &'static Deed)> {
    let of = |row: &'static Row| row.deeds().map(|deed| (row, deed));
    ROWS.iter().flat_map(of).collect()
}

/// The edit of the first guarded field.
fn first(row: &Row) -> Edit {
    let (_, from, to) = row.guarded[0];
    (from, to)
}

fn owned((word, code): Ends) -> (String, i32) {
    (word.to_owned(), code)
}

fn vendor(row: &Row) -> mock_servers::Vendor {
    mock_servers::Vendor::from_slug(row.vendor).expect("a vendor")
}

fn writes(op: &str) -> bool {
    let mut operations = mock_servers::Vendor::ALL
        .iter()
        .flat_map(|vendor| vendor.operations());
    let known = operations.find(|known| known.id == op);
    known.unwrap_or_else(|| panic!("no {op}")).writes
}

impl Row {
    fn deeds(&self) -> [&Deed; 3] {
        [&self.approve, &self.deny, &self.revoke]
    }

    /// The request's text after these edits, each of which must have a place in it.
    fn text(&self, edits: &[Edit]) -> String {
        let edited = |text: String, (from, to): &Edit| {
            assert!(text.contains(from), "{}: {from:?} in {text}", self.vendor);
            match from.is_empty() {
                true => text,
                false => text.replace(from, to),
            }
        };
        edits.iter().fold(self.request.to_owned(), edited)
    }

    /// One request alone with every guarded field set, reviewed and decided.
    fn reviewed(&self, state: &State, verdict: &str) -> World {
        let text = self.text(&[state.reviewed]);
        let world = World::of(|options| {
            options.vendors = vec![vendor(self)];
            options.world = Some(Given::from_toml(&text).expect("a world"));
            let (key, value) = self.dialect;
            options.dialects = match key.is_empty() {
                true => Vec::new(),
                false => vec![(key.to_owned(), value.to_owned())],
            };
        });
        let table = format!("[queues.{}]", self.vendor);
        let with_setting = format!("{table}\n{}", self.setting);
        world.edit("countersign.toml", &table, &with_setting);
        world.decide(&[(self.id, verdict)]);
        world
    }

    /// The same, where the request stands as this deed needs it.
    fn ready(&self, deed: &Deed) -> World {
        let world = self.reviewed(&self.waits, deed.verdict);
        self.shows(&world, &[deed.now], &self.waits);
        world
    }

    /// From now on the vendor shows the reviewed request with these edits.
    fn shows(&self, world: &World, edits: &[Edit], state: &State) {
        let text = self.text(&[&[state.reviewed], edits].concat());
        let table: toml::Table = toml::from_str(&text).expect("TOML");
        let emptied = json!({ "to": "empty", "keep_journal": true });
        world.admin("POST", "reset", &emptied);
        world.admin("POST", "seed", &as_json(&toml::Value::Table(table)));
    }

    /// Changes each guarded field alone, and puts it back.
    fn mutate(&self, world: &World, state: &State) {
        let reads = |edits: &[Edit]| {
            self.shows(world, edits, state);
            ["points", "scan"].map(|way| read(world, way).0)
        };
        let as_reviewed = || {
            for plan in reads(&[state.now]) {
                let what = format!("{}: {:#}", self.vendor, plan["holds"]);
                assert_eq!(word(&plan), state.as_reviewed, "{what}");
            }
        };
        as_reviewed();
        for (key, from, to) in self.guarded {
            for plan in reads(&[state.now, (from, to)]) {
                let what = format!("{} {key}: {:#}", self.vendor, plan["holds"]);
                assert_eq!(word(&plan), state.changed, "{what}");
                let differences = plan["holds"][0]["differences"].as_array();
                let named = differences.is_some_and(|all| all.iter().any(|one| one["key"] == *key));
                // What the vendor does not show cannot be told apart.
                assert_eq!(named, state.changed != state.as_reviewed, "{what}");
            }
        }
        as_reviewed();
    }

    /// One call and one effect, or neither where nothing can be sent.
    fn is_done_once(&self, world: &World, deed: &Deed) {
        let what = format!("{} {}", self.vendor, deed.verdict);
        assert_eq!(world.writes().len(), deed.effects, "{what}");
        assert_eq!(world.effects(self.id), deed.effects, "{what}");
    }

    /// The fingerprint of a look-up is the reviewed one, and what the whole queue shows is just that.
    fn is_as_reviewed(&self, world: &World, deed: &Deed) {
        let what = format!("{} {}", self.vendor, deed.verdict);
        let file = format!("decisions/{}/{}.toml", self.vendor, self.id);
        let reviewed = world.read(&file);
        let target = format!("{}/{}", self.vendor, self.id);
        let looked = world.run(&["draft", "--refresh-guard", "--target", &target]);
        assert_eq!(looked.code, Some(if deed.shown { 0 } else { 1 }), "{what}");
        assert_eq!(world.read(&file), reviewed, "{what}: by its id");
        assert_eq!(
            self.listed(world),
            deed.shown.then(|| guard(&reviewed)),
            "{what}: listed"
        );
    }

    /// What the whole queue shows of the request.
    fn listed(&self, world: &World) -> Option<BTreeMap<String, String>> {
        world.run(&["observe", "--out", "s.jsonl"]).exits(0);
        let snapshot = world.read("s.jsonl");
        let mut lines = snapshot
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).expect("a line"));
        let request = lines.find(|line| line["request"]["id"] == self.id)?;
        let facts = request["request"]["facts"].as_object().expect("facts");
        Some(not_empty(
            facts.iter().map(|(key, value)| (key, value.as_str())),
        ))
    }
}

/// The readable guards of a decision file.
fn guard(file: &str) -> BTreeMap<String, String> {
    let table: toml::Table = toml::from_str(file).expect("TOML");
    let guard = table["decision"][0]["guard"].as_table().expect("a guard");
    let readable = guard.iter().filter(|(key, _)| *key != "fingerprint");
    not_empty(readable.map(|(key, value)| (key, value.as_str())))
}

/// An empty fact and one that is not there are the same.
fn not_empty<'a>(
    facts: impl Iterator<Item = (&'a String, Option<&'a str>)>,
) -> BTreeMap<String, String> {
    let text = |(key, value): (&String, Option<&str>)| {
        let value = value.expect("text").to_owned();
        (!value.is_empty()).then(|| (key.clone(), value))
    };
    facts.filter_map(text).collect()
}

/// Saves a plan; answers how many lines it has.
fn saved(world: &World, name: &str) -> usize {
    let out = ["plan", "--out", name, "--format", "json"];
    let plan = document(&world.run(&out).exits(0));
    plan["changes"].as_array().expect("changes").len()
}

/// The exit code of an apply of a saved plan whose lines are all held: one without a line has nothing to hold.
fn held(lines: usize) -> i32 {
    if lines == 0 { 0 } else { 3 }
}

fn document(ran: &Ran) -> Value {
    let document: Value = serde_json::from_str(&ran.out).expect("one document");
    if document["command"] == "plan" {
        crate::schema::PLAN.with(|schema| schema.fits(&document));
    }
    document
}

fn digest_of(plan: &Value) -> String {
    plan["digest"].as_str().expect("a digest").to_owned()
}

/// The plan as a document, read in this way, and the operations that this took.
fn read(world: &World, way: &str) -> (Value, Vec<&'static str>) {
    let before = world.mocks.journal().len();
    let args = ["plan", "--read", way, "--format", "json"];
    let plan = document(&world.run(&args).exits(0));
    let made = world.mocks.journal().split_off(before);
    let calls: BTreeSet<&str> = made.iter().filter_map(|entry| entry.op).collect();
    (plan, calls.into_iter().collect())
}

/// A plan's digest and its word.
fn planned_digest(world: &World) -> (String, String) {
    let plan = document(&world.run(&["plan", "--format", "json"]).exits(0));
    (digest_of(&plan), word(&plan))
}

/// The word of a plan that may not be able to read anything.
fn blind(world: &World) -> String {
    let ran = world.run(&["plan", "--format", "json"]);
    match ran.code {
        Some(0) => word(&document(&ran)),
        _ => {
            assert!(ran.exits(1).says("no queue could be read"));
            "unread".to_owned()
        }
    }
}

/// What a plan says of its decisions, and how often.
fn counted(plan: &Value) -> BTreeMap<&str, usize> {
    let list = |name: &str| plan[name].as_array().expect("a list").iter();
    let settled = |one: &'_ Value| match one["settled"]["how"].as_str() {
        Some("us") => "outcome",
        _ => "how",
    };
    let words = list("changes")
        .map(|one| &one["verdict"])
        .chain(list("settled").map(|one| &one["settled"][settled(one)]))
        .chain(list("holds").map(|one| &one["code"]));
    let mut counted = BTreeMap::new();
    for word in words {
        *counted.entry(word.as_str().expect("a word")).or_default() += 1;
    }
    counted
}

/// What a plan says of the only decision.
fn word(plan: &Value) -> String {
    let counted: Vec<(&str, usize)> = counted(plan).into_iter().collect();
    let [(word, 1)] = counted[..] else {
        panic!("one decision: {plan:#}")
    };
    word.to_owned()
}

/// Carries out a plan of this digest: how the only decision ended, and the exit code.
fn apply(world: &World, digest: &str) -> (String, i32) {
    let args = ["apply", "--yes", "--expect-digest", digest];
    let told = ["--report", "r.json", "--json-into", "e.jsonl"];
    // Nothing here is slow to show what it did.
    let waits = ["--verify-timeout", "300ms"];
    let ran = world.run(&[&args[..], &told, &waits].concat());
    let code = ran.code.expect("an exit code");
    let report = crate::world::report(&world.path("r.json"));
    let word = match report["lines"].as_array().map(Vec::as_slice) {
        Some([line]) => crate::world::text(&line["outcome"]),
        // No call was due: it was told why, or a plan says how the decision is settled.
        Some([]) => diagnosed(world).unwrap_or_else(|| planned_digest(world).1),
        _ => panic!("one line at most: {report:#}"),
    };
    (word, code)
}

/// The code of what stood in the way of the last apply, if anything did.
fn diagnosed(world: &World) -> Option<String> {
    let events = world.read("e.jsonl");
    let mut codes = events.lines().filter_map(|line| {
        let event: Value = serde_json::from_str(line).expect("an event");
        let told = event["diagnostic"].as_object()?;
        let unread = |what: &Value| {
            what.as_str()?
                .starts_with("no queue could be read")
                .then_some("unread")
        };
        let code = told.get("code").and_then(Value::as_str);
        Some(
            code.or_else(|| unread(&told["summary"]))
                .expect("a code")
                .to_owned(),
        )
    });
    codes.next()
}

/// A world's text as the admin API takes it.
fn as_json(toml: &toml::Value) -> Value {
    match toml {
        toml::Value::String(text) => text.as_str().into(),
        toml::Value::Integer(number) => (*number).into(),
        toml::Value::Float(number) => (*number).into(),
        toml::Value::Boolean(yes) => (*yes).into(),
        toml::Value::Datetime(time) => time.to_string().into(),
        toml::Value::Array(all) => all.iter().map(as_json).collect(),
        toml::Value::Table(table) => table
            .iter()
            .map(|(key, inside)| (key.clone(), as_json(inside)))
            .collect::<serde_json::Map<_, _>>()
            .into(),
    }
}
