//! `[[decision]]` blocks: from a table to the nouns of the model, strictly.

use std::collections::BTreeMap;
use std::sync::Arc;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::join::{Named, Parts};
use super::split::Chunk;
use super::values::{self, EXPIRY};
use super::{Keep, naming, permit, release, resolve, words};
use crate::desired::hostile::inert;
use crate::desired::mistake::Mistake;
use crate::desired::source::Source;
use crate::desired::table::{Found, Strict, suggestion, syntax_mistakes};
use crate::model::{Decision, QueueName, Terms, Undecided, Vendor, Verdict};

/// The configured queues, by name.
#[derive(Debug)]
pub(super) struct Queues<'q> {
    by_name: BTreeMap<&'q str, &'q Terms>,
    /// Queues of one vendor, origin and organization share a number.
    instances: BTreeMap<&'q str, usize>,
}

impl<'q> Queues<'q> {
    pub(super) fn new(queues: &'q [Terms]) -> Self {
        let mut numbers: BTreeMap<(Vendor, &str, Option<&str>), usize> = BTreeMap::new();
        let mut instances = BTreeMap::new();
        for queue in queues {
            let instance = (
                queue.can.vendor,
                queue.origin.as_str(),
                queue.organization.as_deref(),
            );
            let next = numbers.len();
            instances.insert(
                queue.queue.as_str(),
                *numbers.entry(instance).or_insert(next),
            );
        }
        let by_name = queues.iter().map(|queue| (queue.queue.as_str(), queue));
        Self {
            by_name: by_name.collect(),
            instances,
        }
    }

    /// The number of the instance that a queue stands for.
    pub(super) fn instance(&self, queue: &QueueName) -> usize {
        self.instances
            .get(queue.as_str())
            .copied()
            .unwrap_or(usize::MAX)
    }
}

/// Reads one chunk of a TOML file. A block with a syntax error in it is left out; its neighbours are not.
pub(super) fn read(file: &Arc<str>, chunk: &Chunk<'_>, queues: &Queues<'_>, keep: Keep) -> Parts {
    let source = Source::part(Arc::clone(file), chunk.text, chunk.first_line);
    let (table, errors) = DeTable::parse_recoverable(chunk.text);
    let mut parts = Parts {
        mistakes: syntax_mistakes(&source, &errors),
        ..Parts::default()
    };
    let top = Strict {
        source: &source,
        entries: table.get_ref(),
        name: "a decision file".to_owned(),
        at: 0..0,
    };
    if errors.is_empty() {
        // With syntax errors, keys can have ended up in the wrong table.
        top.only(&BLOCKS, &mut parts.mistakes);
    }
    let broken: Vec<usize> = errors
        .iter()
        .map(|e| e.span().unwrap_or_default().start)
        .collect();
    let decisions = elements(&top, "decision", broken.is_empty(), &mut parts.mistakes);
    let resolves = elements(&top, "resolve", broken.is_empty(), &mut parts.mistakes);
    let releases = elements(
        &top,
        "release-request",
        broken.is_empty(),
        &mut parts.mistakes,
    );
    let mut headers: Vec<usize> = decisions
        .iter()
        .chain(&resolves)
        .chain(&releases)
        .map(|b| b.at.start)
        .collect();
    headers.sort_unstable();
    let is_whole = |block: &Strict<'_, '_>| {
        let next = headers.partition_point(|&header| header <= block.at.start);
        let end = headers.get(next).copied().unwrap_or(usize::MAX);
        !broken.iter().any(|at| (block.at.start..end).contains(at))
    };
    if keep >= Keep::Words {
        let blocks = decisions.iter().chain(&releases);
        let said = blocks.map(|block| (source.place(block.at.start), words::of(block)));
        parts.words = said.collect();
    }
    for block in decisions.into_iter().filter(is_whole) {
        parts
            .named
            .extend(decision(&block, queues, &mut parts.mistakes));
    }
    for block in releases.into_iter().filter(is_whole) {
        parts
            .releases
            .extend(release::one(&block, queues, &mut parts.mistakes));
    }
    for block in resolves.into_iter().filter(is_whole) {
        parts
            .resolves
            .extend(resolve::one(&block, queues, &mut parts.mistakes));
    }
    parts
}

/// The blocks under one `[[name]]`.
fn elements<'a, 't>(
    top: &Strict<'a, 't>,
    name: &str,
    tell: bool,
    mistakes: &mut Vec<Mistake>,
) -> Vec<Strict<'a, 't>> {
    let Some(value) = top.get(name) else {
        return Vec::new();
    };
    let found = value.get_ref().as_array().map_or(&[][..], |list| list);
    let blocks: Vec<_> = found
        .iter()
        .filter_map(|one| element(top, name, one))
        .collect();
    if tell && (blocks.is_empty() || blocks.len() != found.len()) {
        let message = format!("`{name}` must be written as a block");
        let hint = format!("begin each block with a line [[{name}]]");
        mistakes.push(top.source.mistake(value.span(), message, hint));
    }
    blocks
}

fn element<'a, 't>(
    top: &Strict<'a, 't>,
    name: &str,
    value: &'a Spanned<DeValue<'t>>,
) -> Option<Strict<'a, 't>> {
    let entries = value.get_ref().as_table()?;
    let at = value.span();
    let header = top.source.text.get(at.clone()).unwrap_or_default();
    header.starts_with("[[").then(|| Strict {
        source: top.source,
        entries,
        name: format!("[[{name}]]"),
        at,
    })
}

/// The sorts of blocks that a decision file may hold.
pub(super) const BLOCKS: [&str; 3] = ["decision", "release-request", "resolve"];

/// Every key of a `[[decision]]`, in the order in which `fmt` writes them.
pub(in crate::desired) const KEYS: [&str; 9] = [
    "queue",
    "request",
    "ticket",
    "verdict",
    "reason",
    "expires",
    "decided-by",
    "guard",
    "permit",
];

/// The verdict of a block that nobody has decided yet.
pub(super) const UNDECIDED: &str = "undecided";

/// Every word that may stand as `verdict`.
pub(super) fn verdicts() -> Vec<&'static str> {
    let decided = Verdict::ALL.into_iter().map(Verdict::word);
    decided.chain([UNDECIDED]).collect()
}

/// What stands as `verdict`.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Word {
    Decided(Verdict),
    Undecided,
}

/// One decision, or nothing and at least one mistake.
pub(super) fn decision(
    block: &Strict<'_, '_>,
    queues: &Queues<'_>,
    mistakes: &mut Vec<Mistake>,
) -> Option<Named> {
    let before = mistakes.len();
    block.only(&KEYS, mistakes);
    let terms = queue(block, queues, mistakes);
    let word = word(block, mistakes);
    let optional = word == Some(Word::Undecided);
    let ticket = required(
        block,
        "ticket",
        "name the external ticket: ticket = \"CHG0031337\"",
        optional,
        values::name,
        mistakes,
    );
    let reason = required(
        block,
        "reason",
        "say why, in one line: reason = \"…\"",
        optional,
        values::sentence,
        mistakes,
    );
    let expires = expires(block, optional, mistakes);
    // Whether this is one of the queue's deciders concerns this request alone: a hold of the plan.
    let decided_by =
        values::name(block, "decided-by", mistakes).map(|found| found.value.to_owned());
    let guard = naming::guard(block, terms, mistakes);
    let address = naming::address_or_key(block, terms, &guard, mistakes);
    let permit = permit::permit(block, terms, mistakes);
    if mistakes.len() > before {
        return None;
    }
    let (address, from) = (address?, block.source.place(block.at.start));
    match word? {
        Word::Undecided => Some(Named::Undecided(Undecided { address, from })),
        Word::Decided(verdict) => Some(Named::Decided(Arc::new(Decision {
            address,
            verdict,
            ticket: ticket?,
            reason: reason?,
            expires: expires?,
            decided_by,
            guard,
            permit: permit.map(Box::new),
            from,
        }))),
    }
}

/// The queue that a block names.
pub(super) fn queue<'q>(
    block: &Strict<'_, '_>,
    queues: &Queues<'q>,
    mistakes: &mut Vec<Mistake>,
) -> Option<&'q Terms> {
    if block.get("queue").is_none() {
        block.missing(
            "queue",
            "name a queue of the configuration: queue = \"helpdesk\"",
            mistakes,
        );
    }
    let found = values::name(block, "queue", mistakes)?;
    let terms = queues.by_name.get(found.value).copied();
    if terms.is_none() {
        let message = format!("queue `{}` is not configured", inert(found.value, 64));
        let names: Vec<&str> = queues.by_name.keys().copied().collect();
        let hint = suggestion(found.value, &names, "the configured queues are");
        mistakes.push(block.source.mistake(found.at, message, hint));
    }
    terms
}

fn word(block: &Strict<'_, '_>, mistakes: &mut Vec<Mistake>) -> Option<Word> {
    if block.get("verdict").is_none() {
        block.missing(
            "verdict",
            "write approve, deny, revoke or undecided",
            mistakes,
        );
    }
    let Found { value, at } = block.text("verdict", mistakes)?;
    let decided = Verdict::ALL
        .into_iter()
        .find(|verdict| verdict.word() == value);
    match decided {
        Some(verdict) => Some(Word::Decided(verdict)),
        None if value == UNDECIDED => Some(Word::Undecided),
        None => {
            let message = format!("`{}` is not a verdict", inert(value, 60));
            let hint = suggestion(value, &verdicts(), "the verdicts are");
            mistakes.push(block.source.mistake(at, message, hint));
            None
        }
    }
}

/// Reads a string, strictly.
type Read = for<'a, 't> fn(&Strict<'a, 't>, &str, &mut Vec<Mistake>) -> Option<Found<&'a str>>;

/// A string that must say something, unless it is optional.
pub(super) fn required(
    block: &Strict<'_, '_>,
    key: &str,
    hint: &str,
    optional: bool,
    read: Read,
    mistakes: &mut Vec<Mistake>,
) -> Option<String> {
    if block.get(key).is_none() && !optional {
        block.missing(key, hint, mistakes);
    }
    let found = read(block, key, mistakes)?;
    if found.value.trim().is_empty() && !optional {
        let message = format!("`{key}` is empty");
        mistakes.push(block.source.mistake(found.at, message, hint));
        return None;
    }
    Some(found.value.to_owned())
}

pub(super) fn expires(
    block: &Strict<'_, '_>,
    optional: bool,
    mistakes: &mut Vec<Mistake>,
) -> Option<jiff::Timestamp> {
    let Some(value) = block.get("expires") else {
        if !optional {
            block.missing("expires", EXPIRY, mistakes);
        }
        return None;
    };
    if value
        .get_ref()
        .as_str()
        .is_some_and(|text| text.trim().is_empty())
    {
        if !optional {
            mistakes.push(
                block
                    .source
                    .mistake(value.span(), "`expires` is empty", EXPIRY),
            );
        }
        return None;
    }
    values::moment(block, "expires", mistakes)
}
