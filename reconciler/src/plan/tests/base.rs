//! What a branch adds, told from the words of blocks alone.

use std::collections::BTreeMap;

use super::sent;
use crate::fakes::{Scene, WILLING, address, now, request, seen};
use crate::model::{
    Decision, Desired, Duplicate, Outcome, Place, SentState, Status, Undecided, Verdict, Words,
};
use crate::plan::{Base, Files, Plan, Scope, against};

/// A decision on a line of its own.
fn decision(verdict: Verdict, id: &str) -> Decision {
    let mut one = crate::fakes::decision(verdict, id);
    one.from.line = id.parse().unwrap();
    one
}

/// Decision files: what they mean, and what they say.
#[derive(Clone, Default)]
struct Written {
    desired: Desired,
    words: BTreeMap<Place, Words>,
}

impl Written {
    fn of(decisions: &[Decision]) -> Self {
        let mut written = Self::default();
        for one in decisions {
            written
                .words
                .insert(one.from.clone(), words(one.verdict.word(), &one.reason));
            written.desired.decisions.push(one.clone().into());
        }
        written
    }

    fn against(&self, base: &Self) -> Base {
        against(self.files(), base.files(), now())
    }

    fn files(&self) -> Files<'_> {
        Files {
            desired: &self.desired,
            words: &self.words,
        }
    }
}

fn words(verdict: &str, reason: &str) -> Words {
    let pair = |key: &str, value: &str| (key.to_owned(), value.to_owned());
    [pair("verdict", verdict), pair("reason", reason)].into()
}

/// `introduced 1, modified 2 (reason)`: what the base says of each request.
fn told(base: &Base) -> String {
    let line = |line: &crate::plan::Scoped| {
        let keys: Vec<&str> = line.edits.iter().map(|edit| edit.key.as_str()).collect();
        let keys = if keys.is_empty() {
            String::new()
        } else {
            format!(" ({})", keys.join(" "))
        };
        format!("{} {}{keys}", line.address.id, line.scope)
    };
    base.lines.iter().map(line).collect::<Vec<_>>().join(", ")
}

fn elsewhere(mut one: Decision) -> Decision {
    one.from = Place {
        file: "decisions/moved.toml".into(),
        line: 77,
        column: 1,
    };
    one
}

#[test]
fn a_block_is_found_again_by_its_request_and_known_by_its_words() {
    let (one, two, three) = (
        decision(Verdict::Deny, "1"),
        decision(Verdict::Deny, "2"),
        decision(Verdict::Deny, "3"),
    );
    let mut edited = two.clone();
    edited.reason = "another case".to_owned();
    let base = Written::of(&[one.clone(), two]);
    let now = Written::of(&[elsewhere(one), edited, three]);
    let base = now.against(&base);
    assert_eq!(
        told(&base),
        "1 carried over, 2 modified (reason), 3 introduced"
    );
    let edit = &base.lines[1].edits[0];
    assert_eq!(
        edit.was.as_deref(),
        Some(decision(Verdict::Deny, "2").reason.as_str())
    );
    assert_eq!(edit.is.as_deref(), Some("another case"));
    assert_eq!(
        base.lines[0].from.line, 77,
        "the place is where it stands now"
    );
}

#[test]
fn a_draft_that_was_decided_is_modified() {
    let one = decision(Verdict::Approve, "1");
    let mut base = Written::default();
    base.desired.undecided.push(Undecided {
        address: one.address.clone(),
        from: one.from.clone(),
    });
    base.words
        .insert(one.from.clone(), words("undecided", &one.reason));
    assert_eq!(
        told(&Written::of(&[one]).against(&base)),
        "1 modified (verdict)"
    );
}

#[test]
fn a_key_that_came_or_went_is_an_edit() {
    let one = decision(Verdict::Approve, "1");
    let base = Written::of(std::slice::from_ref(&one));
    let mut now = base.clone();
    let said = now.words.get_mut(&one.from).unwrap();
    said.remove("reason");
    said.insert("guard.user".to_owned(), "ANNA".to_owned());
    let base = now.against(&base);
    assert_eq!(told(&base), "1 modified (guard.user reason)");
    assert_eq!(
        (
            base.lines[0].edits[0].was.as_deref(),
            base.lines[0].edits[1].is.as_deref()
        ),
        (None, None)
    );
}

#[test]
fn a_request_that_is_named_once_more_is_modified() {
    let one = decision(Verdict::Deny, "1");
    let again = elsewhere(one.clone());
    let base = Written::of(std::slice::from_ref(&one));
    let twice = |first: &Decision, second: &Decision| {
        let mut written = Written::of(&[first.clone(), second.clone()]);
        written.desired.decisions.clear();
        let places = vec![first.from.clone(), second.from.clone()];
        written.desired.duplicates.push(Duplicate {
            address: first.address.clone(),
            places,
        });
        written
    };
    assert_eq!(
        told(&twice(&one, &again).against(&base)),
        "1 modified (blocks)"
    );
    assert_eq!(
        told(&twice(&again, &one).against(&twice(&one, &again))),
        "1 carried over"
    );
}

#[test]
fn a_decision_that_was_taken_out_is_named_until_it_is_done_or_over() {
    let (one, done) = (
        decision(Verdict::Approve, "1"),
        decision(Verdict::Deny, "2"),
    );
    let mut over = decision(Verdict::Deny, "3");
    over.expires = now();
    let mut base = Written::default().against(&Written::of(&[one, done, over]));
    let gone = |base: &Base| {
        base.removed
            .iter()
            .map(|one| one.address.id.to_string())
            .collect::<Vec<_>>()
    };
    assert_eq!(gone(&base), ["1", "2"]);
    let mut scene = Scene::new(&WILLING, vec![], vec![]);
    let applied = SentState::Ended(Outcome::Applied);
    scene.past.sent = [sent(Verdict::Deny, "2", applied)].into();
    base.forget_done(&scene.terms, &scene.past);
    assert_eq!(gone(&base), ["1"]);
}

#[test]
fn what_no_file_names_counts_only_where_the_branch_took_it_out() {
    let one = decision(Verdict::Approve, "1");
    let base = Written::default().against(&Written::of(&[one]));
    let plan = Plan {
        base: Some(base),
        ..Plan::default()
    };
    assert_eq!(plan.scope(&address("1")), Some(Scope::Modified));
    assert_eq!(plan.scope(&address("9")), Some(Scope::CarriedOver));
    assert!(plan.counts_for_exit(&address("1")) && !plan.counts_for_exit(&address("9")));
    assert!(
        Plan::default().counts_for_exit(&address("9")),
        "without a base every line counts"
    );
}

#[test]
fn no_digest_depends_on_the_base() {
    let one = decision(Verdict::Deny, "1");
    let sightings = vec![("1", seen(request("1", Status::Pending)))];
    let plan = Scene::new(&WILLING, vec![one.clone()], sightings).plan();
    let digest = plan.digest();
    let base = Written::of(&[one]).against(&Written::default());
    assert_eq!(
        Plan {
            base: Some(base),
            ..plan
        }
        .digest(),
        digest
    );
}
