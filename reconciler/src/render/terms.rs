//! In whose name, what stays unproven, who is told, what takes it back: once for all changes that agree in it, else on each line.

use std::borrow::Cow;

use super::escape::Hostile;
use super::words;
use crate::model::{Change, QueueName, Verdict};
use crate::plan::Plan;

/// A label and what stands behind it; one line, safe for a terminal.
pub(super) type Term = (&'static str, String);

/// What the changes of each queue and verdict have in common.
pub(super) struct Terms<'p>(Vec<Sort<'p>>);

/// The changes of one queue and verdict.
struct Sort<'p> {
    first: &'p Change,
    shared: Parts<'p>,
}

/// The parts of a change's terms that are said in one place.
struct Parts<'p> {
    decides: bool,
    unproven: Vec<&'p Cow<'static, str>>,
    notifies: bool,
    undo: bool,
}

/// Everything at once, as a short plan says it of each change.
pub(super) fn all(change: &Change) -> Vec<Term> {
    Parts::all(change).of(change)
}

impl<'p> Terms<'p> {
    pub(super) fn of(plan: &'p Plan) -> Self {
        let mut sorts: Vec<Sort<'p>> = Vec::new();
        for change in &plan.changes {
            match sorts.iter_mut().find(|sort| sort.key() == key(change)) {
                Some(sort) => sort.shared.keep_common(sort.first, change),
                None => sorts.push(Sort {
                    first: change,
                    shared: Parts::all(change),
                }),
            }
        }
        Self(sorts)
    }

    /// What all changes of a queue and verdict say, for each of these.
    pub(super) fn in_common(&self) -> impl Iterator<Item = (&'p QueueName, Verdict, Vec<Term>)> {
        let said = self.0.iter().map(|sort| {
            let (queue, verdict) = sort.key();
            (queue, verdict, sort.shared.of(sort.first))
        });
        said.filter(|(_, _, terms)| !terms.is_empty())
    }

    /// What others of the same queue and verdict do not say.
    pub(super) fn apart(&self, change: &Change) -> Vec<Term> {
        let sort = self.0.iter().find(|sort| sort.key() == key(change));
        sort.map_or_else(|| all(change), |sort| sort.shared.but(change).of(change))
    }
}

fn key(change: &Change) -> (&QueueName, Verdict) {
    (&change.decision.address.queue, change.decision.verdict)
}

impl<'p> Sort<'p> {
    fn key(&self) -> (&'p QueueName, Verdict) {
        key(self.first)
    }
}

impl<'p> Parts<'p> {
    fn all(change: &'p Change) -> Self {
        Self {
            decides: true,
            unproven: change.cannot_verify.iter().collect(),
            notifies: true,
            undo: true,
        }
    }

    /// Leaves out what two changes do not have in common.
    fn keep_common(&mut self, one: &Change, other: &Change) {
        self.decides &=
            one.deciding == other.deciding && one.decision.decided_by == other.decision.decided_by;
        self.unproven
            .retain(|word| other.cannot_verify.contains(word));
        self.notifies &= one.notifies == other.notifies;
        self.undo &= one.undo == other.undo;
    }

    /// What is left of a change beside these.
    fn but<'c>(&self, change: &'c Change) -> Parts<'c> {
        let unproven = change.cannot_verify.iter();
        Parts {
            decides: !self.decides,
            unproven: unproven
                .filter(|word| !self.unproven.contains(word))
                .collect(),
            notifies: !self.notifies,
            undo: !self.undo,
        }
    }

    fn of(&self, change: &Change) -> Vec<Term> {
        let Self {
            decides,
            unproven,
            notifies,
            undo,
        } = self;
        let prose = |text: &str| Hostile::prose(text).terminal();
        // Each is a clause of its own, often with a comma in it.
        let unproven: Vec<String> = unproven.iter().map(|word| prose(word)).collect();
        let terms = [
            ("decides", decides.then(|| words::deciding(change))),
            (
                "unproven",
                (!unproven.is_empty()).then(|| unproven.join("; ")),
            ),
            ("notifies", notifies.then(|| prose(&change.notifies))),
            ("undo", undo.then(|| prose(&change.undo))),
        ];
        let said = terms.into_iter();
        said.filter_map(|(label, words)| Some((label, words?)))
            .collect()
    }
}
