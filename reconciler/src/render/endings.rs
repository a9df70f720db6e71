//! How changes ended, grouped so that a person sees first what needs a person.

use super::layout::Role;
use super::words;
use crate::apply::{Ended, Report, Settlement};
use crate::model::{Address, Outcome, Place, Verdict};

/// What a line of this run and one of an earlier run have in common.
pub(super) struct Entry<'a> {
    pub(super) address: &'a Address,
    pub(super) verdict: Verdict,
    pub(super) ticket: &'a str,
    pub(super) from: &'a Place,
    pub(super) intent: Option<u64>,
    pub(super) outcome: &'a Outcome,
    /// Where it did not happen in this run, or not by a read.
    pub(super) aside: &'static str,
}

impl<'a> Entry<'a> {
    pub(super) fn of(ended: &'a Ended) -> Self {
        let Ended {
            address,
            verdict,
            ticket,
            from,
            digest: _,
            intent,
            spent_before,
            outcome,
        } = ended;
        Self {
            address,
            verdict: *verdict,
            ticket,
            from,
            intent: *intent,
            outcome,
            aside: if *spent_before {
                " (in an earlier run)"
            } else {
                ""
            },
        }
    }

    pub(super) fn of_settlement(settlement: &'a Settlement) -> Self {
        let Settlement {
            address,
            verdict,
            ticket,
            from,
            intent,
            by_hand,
            outcome,
        } = settlement;
        Self {
            address,
            verdict: *verdict,
            ticket,
            from,
            intent: Some(*intent),
            outcome,
            aside: if *by_hand { " (settled by hand)" } else { "" },
        }
    }

    /// What a person does next about this request.
    pub(super) fn next(&self) -> Option<String> {
        let todo = self.outcome.about();
        match self.outcome {
            Outcome::Applied
            | Outcome::Recorded { .. }
            | Outcome::StateReached
            | Outcome::Filed { .. }
            | Outcome::AlreadyDecided { .. } => None,
            Outcome::InDoubt { .. } => Some(format!(
                "`countersign apply` reads it again. If it stays in doubt, look in the portal, then: \
                 `countersign ledger resolve {} --as applied|not-applied --because \"…\"`",
                words::address_to_copy(self.address)
            )),
            Outcome::Refused { conflict: true, .. } => Some(
                "The next plan holds it, for as long as it asks for or until its block changes. Look in \
                 the portal who has asked for the account."
                    .to_owned(),
            ),
            Outcome::Stale { .. }
            | Outcome::Held { .. }
            | Outcome::Contradicted { .. }
            | Outcome::GrantedOtherwise { .. }
            | Outcome::Refused { .. }
            | Outcome::NotSent { .. } => Some(todo.todo.to_owned()),
        }
    }
}

/// A title and the codes under it, worst first.
pub(super) struct Group {
    pub(super) title: &'static str,
    /// After a number, in the last line.
    pub(super) word: &'static str,
    pub(super) codes: &'static [&'static str],
    pub(super) role: Role,
    /// Before its lines; empty is the sign of the verdict.
    pub(super) sign: &'static str,
}

const fn bad(
    title: &'static str,
    word: &'static str,
    codes: &'static [&'static str],
    sign: &'static str,
) -> Group {
    Group {
        title,
        word,
        codes,
        role: Role::Alarm,
        sign,
    }
}

/// What a person must see comes first, what is done last.
pub(super) const GROUPS: [Group; 7] = [
    bad(
        "In doubt: not sent again blindly",
        "in doubt",
        &["in-doubt"],
        "?",
    ),
    bad("Refused by the vendor", "refused", &["refused"], "!"),
    bad(
        "Contradicted: what stands there is not what was reviewed",
        "contradicted",
        &["contradicted", "granted-otherwise"],
        "!",
    ),
    bad("Stale: nothing sent", "stale", &["stale"], "!"),
    bad("Held: nothing sent, not spent", "held", &["held"], "!"),
    bad(
        "Not sent: may be tried again",
        "not sent",
        &["not-sent"],
        "~",
    ),
    Group {
        title: "Done",
        word: "done",
        codes: &[
            "applied",
            "recorded",
            "filed",
            "state-reached",
            "already-decided",
        ],
        role: Role::Title,
        sign: "",
    },
];

/// The lines of one group, in the order of the plan.
pub(super) fn entries<'a>(report: &'a Report, group: &Group) -> Vec<Entry<'a>> {
    report
        .lines
        .iter()
        .filter(|line| group.codes.contains(&line.outcome.code()))
        .map(Entry::of)
        .collect()
}

/// How many lines of this run ended with a code.
pub(super) fn count(report: &Report, codes: &[&str]) -> usize {
    report
        .lines
        .iter()
        .filter(|line| codes.contains(&line.outcome.code()))
        .count()
}
