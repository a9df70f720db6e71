//! What can be wrong with a story before it runs: verbs, operations, clauses, switches, assertions that assert nothing.

use std::collections::BTreeSet;
use std::path::Path;

use mock_servers::{Fault, FaultKind, Vendor};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::check_expect::expect;
use crate::check_explore::explore;
use crate::mistake::unknown;
use crate::story::{Point, Restart, Scenario, Step, Story, Verb};

/// The way to a value: keys and positions.
pub(crate) type Way = Vec<Hop>;

/// One hop of a way.
#[derive(Clone, Debug)]
pub(crate) enum Hop {
    /// Into a table.
    Key(&'static str),
    /// Into an array.
    Item(usize),
}

/// Every mistake of the story, with the way to it.
pub(crate) fn story(story: &Story, path: &str) -> Vec<(Way, String)> {
    let mut found = Found::default();
    if story.format != 1 {
        found.add(
            &[Hop::Key("format")],
            format!(
                "format {} is not known here: this program reads 1",
                story.format
            ),
        );
    }
    scenario(&story.scenario, path, &mut found);
    let served = &story.scenario.vendors;
    let given = story.given.vendors();
    if given.iter().any(|vendor| !served.contains(vendor)) {
        found.add(
            &[Hop::Key("given")],
            "a world for a vendor that `vendors` does not name".to_owned(),
        );
    }
    let mut cases = BTreeSet::new();
    for (position, case) in story.case.iter().enumerate() {
        let fits = !case.name.is_empty()
            && case
                .name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        if !fits || !cases.insert(&case.name) {
            let way = [Hop::Key("case"), Hop::Item(position), Hop::Key("name")];
            found.add(
                &way,
                format!(
                    "case {:?}: letters, digits and dashes, and no name twice",
                    case.name
                ),
            );
        }
    }
    if story.step.is_empty() {
        found.add(
            &[],
            "a story without a step holds whatever happens".to_owned(),
        );
    }
    let mut names = BTreeSet::new();
    for (position, step) in story.step.iter().enumerate() {
        found.base = vec![Hop::Key("step"), Hop::Item(position)];
        if !names.insert(&step.name) {
            found.add(
                &[Hop::Key("name")],
                format!("two steps are called {:?}", step.name),
            );
        }
        self::step(step, served, &mut found);
    }
    found.base = vec![Hop::Key("explore")];
    explore(&story.explore, &story.step, &mut found);
    found.mistakes
}

/// Where a value stands; where there is none, the nearest thing around it.
pub(crate) fn locate(root: &DeTable<'_>, way: &[Hop]) -> Option<std::ops::Range<usize>> {
    let Some(Hop::Key(first)) = way.first() else {
        return None;
    };
    let mut value = root.get(*first)?;
    for hop in &way[1..] {
        let next = match (hop, value.get_ref()) {
            (Hop::Key(key), DeValue::Table(table)) => table.get(*key),
            (Hop::Item(position), DeValue::Array(items)) => items.get(*position),
            _ => None,
        };
        match next {
            Some(next) => value = next,
            None => break,
        }
    }
    Some(Spanned::span(value))
}

/// Mistakes as they are found.
#[derive(Default)]
pub(crate) struct Found {
    /// The way to what is looked at.
    pub(crate) base: Way,
    mistakes: Vec<(Way, String)>,
}

impl Found {
    pub(crate) fn add(&mut self, way: &[Hop], message: String) {
        self.mistakes
            .push(([self.base.as_slice(), way].concat(), message));
    }
}

fn scenario(scenario: &Scenario, path: &str, found: &mut Found) {
    found.base = vec![Hop::Key("scenario")];
    let stem = Path::new(path)
        .file_name()
        .and_then(|name| name.to_str())
        .and_then(|name| name.strip_suffix(".scenario.toml"));
    if stem.is_none() || scenario.id.rsplit('/').next() != stem {
        found.add(
            &[Hop::Key("id")],
            format!(
                "{:?} does not end in the file's name, without .scenario.toml",
                scenario.id
            ),
        );
    }
    if scenario.vendors.is_empty() {
        found.add(
            &[Hop::Key("vendors")],
            "no vendor: nothing could be asserted".to_owned(),
        );
    }
    if let Err(error) = scenario.clock.parse::<jiff::Timestamp>() {
        found.add(
            &[Hop::Key("clock")],
            format!("RFC 3339 with a zone, as in 2026-03-02T08:00:00Z: {error}"),
        );
    }
    if duration(&scenario.timeout).is_none() {
        found.add(
            &[Hop::Key("timeout")],
            format!("{:?} is no duration, as in 20s", scenario.timeout),
        );
    }
    for (key, value) in &scenario.dialect {
        let keys = || mock_servers::switches().map(|switch| switch.key);
        match mock_servers::switches().find(|switch| switch.key == key) {
            None => found.add(&[Hop::Key("dialect")], unknown("dialect", key, keys())),
            Some(switch) if !switch.values.contains(&value.as_str()) => {
                found.add(
                    &[Hop::Key("dialect")],
                    format!("{key}: {value:?} is none of {}", switch.values.join(", ")),
                );
            }
            Some(_) => {}
        }
    }
    let known: BTreeSet<String> = scenario
        .vendors
        .iter()
        .flat_map(|vendor| clauses(*vendor))
        .collect();
    for clause in scenario
        .clauses
        .iter()
        .filter(|clause| !known.contains(*clause))
    {
        found.add(
            &[Hop::Key("clauses")],
            unknown("clause", clause, known.iter().map(String::as_str)),
        );
    }
    if scenario.prepare.iter().any(Vec::is_empty) {
        found.add(&[Hop::Key("prepare")], "an empty command line".to_owned());
    }
    found.base.clear();
}

/// A duration with a unit; what it is written with is jiff's.
pub(crate) fn duration(text: &str) -> Option<std::time::Duration> {
    let parsed: jiff::SignedDuration = text.parse().ok()?;
    parsed
        .try_into()
        .ok()
        .filter(|duration| *duration > std::time::Duration::ZERO)
}

fn clauses(vendor: Vendor) -> Vec<String> {
    let Ok(register) = vendor.clauses().parse::<toml::Table>() else {
        return Vec::new();
    };
    let clauses = register.get("clause").and_then(toml::Value::as_array);
    let ids = clauses
        .into_iter()
        .flatten()
        .filter_map(|clause| clause.get("id")?.as_str());
    ids.map(str::to_owned).collect()
}

fn step(step: &Step, served: &[Vendor], found: &mut Found) {
    let verbs = step.verbs();
    let [verb] = verbs.as_slice() else {
        let words: Vec<_> = verbs.iter().map(|verb| verb.word()).collect();
        let named = if words.is_empty() {
            "none".to_owned()
        } else {
            words.join(" and ")
        };
        found.add(&[], format!("step {:?} has {named} of the verbs run, http, act, decide, advance, restart, race, verify: exactly one", step.name));
        return;
    };
    let verb = *verb;
    let is_child = matches!(verb, Verb::Run | Verb::Race);
    if !step.env.is_empty() && !is_child {
        found.add(
            &[Hop::Key("env")],
            format!("`env` means nothing to `{}`", verb.word()),
        );
    }
    if step.stdin.is_some() && verb != Verb::Run {
        found.add(
            &[Hop::Key("stdin")],
            format!("`stdin` means nothing to `{}`", verb.word()),
        );
    }
    let empty = |words: &Option<Vec<String>>| words.as_ref().is_some_and(Vec::is_empty);
    if empty(&step.run) || step.decide.as_ref().is_some_and(Vec::is_empty) {
        found.add(&[Hop::Key(verb.word())], "it is empty".to_owned());
    }
    if let Some(Restart { to, keep }) = &step.restart
        && (to.as_deref(), keep.as_deref()) != (Some("start"), None)
        && (to.as_deref(), keep.as_deref()) != (None, Some("state"))
    {
        found.add(
            &[Hop::Key("restart")],
            "either `to = \"start\"` or `keep = \"state\"`".to_owned(),
        );
    }
    if let Some(wait) = &step.wait {
        if verb != Verb::Run {
            found.add(
                &[Hop::Key("wait")],
                format!("`wait` means nothing to `{}`", verb.word()),
            );
        }
        if duration(&wait.within).is_none() {
            found.add(
                &[Hop::Key("wait")],
                format!("within: {:?} is no duration, as in 2s", wait.within),
            );
        }
    }
    if step.signal.is_some() && verb != Verb::Run {
        found.add(
            &[Hop::Key("signal")],
            format!("`signal` means nothing to `{}`", verb.word()),
        );
    }
    if !is_child && verb != Verb::Http && !(step.fault.is_empty() && step.during.is_empty()) {
        found.add(
            &[],
            format!(
                "`{}` makes no call that a fault or an act inside could strike",
                verb.word()
            ),
        );
    }
    if let Some(asked) = &step.verify {
        verify(asked, found);
    }
    faults(step, served, found);
    expect(step, verb, served, found);
}

fn verify(asked: &serde_json::Value, found: &mut Found) {
    let expected = asked.get("expect").and_then(serde_json::Value::as_array);
    if expected.is_none_or(Vec::is_empty) {
        found.add(
            &[Hop::Key("verify")],
            "`expect` is missing: nothing would be verified".to_owned(),
        );
    }
    if asked.get("faults_fired").is_some() {
        found.add(
            &[Hop::Key("verify")],
            "`faults_fired` says nothing here: faults end with their step, which fails if one did not strike".to_owned(),
        );
    }
}

fn faults(step: &Step, served: &[Vendor], found: &mut Found) {
    for (position, fault) in step.fault.iter().enumerate() {
        if let Err(why) = mock_servers::check_faults(std::slice::from_ref(fault), served) {
            found.add(&[Hop::Key("fault"), Hop::Item(position)], why);
        }
        if fault.kind == Some(FaultKind::Hold) {
            found.add(
                &[Hop::Key("fault"), Hop::Item(position), Hop::Key("kind")],
                "nobody would release it: `race` holds one client while another runs".to_owned(),
            );
        }
    }
    let points = step.during.iter().map(|during| &during.when);
    for (position, point) in points.enumerate() {
        self::point(
            point,
            served,
            &[Hop::Key("during"), Hop::Item(position), Hop::Key("when")],
            found,
        );
    }
    if let Some(signalled) = &step.signal {
        let way = [Hop::Key("signal"), Hop::Key("inside")];
        self::point(&signalled.inside, served, &way, found);
    }
    if let Some(race) = &step.race {
        match (&race.inside, race.order.as_deref()) {
            (Some(inside), None) => {
                let way = [Hop::Key("race"), Hop::Key("inside")];
                self::point(inside, served, &way, found);
            }
            (None, Some("interleave")) => {}
            _ => found.add(
                &[Hop::Key("race")],
                "either `inside = { op, … }` or `order = \"interleave\"`".to_owned(),
            ),
        }
        if race.first.is_empty() || race.second.is_empty() {
            found.add(&[Hop::Key("race")], "an empty command line".to_owned());
        }
    }
}

fn point(point: &Point, served: &[Vendor], way: &[Hop], found: &mut Found) {
    let fault = Fault {
        kind: Some(FaultKind::Hold),
        ..crate::arm::at(point)
    };
    if let Err(why) = mock_servers::check_faults(&[fault], served) {
        found.add(way, why);
    }
}
