//! What can be wrong with an `expect` before it is held against anything: it must fit its verb and say something.

use mock_servers::Vendor;

use crate::check::{Found, Hop};
use crate::expect::{Deed, Expect, Text};
use crate::mistake::unknown;
use crate::story::{Step, Verb};

/// The mistakes of a step's `expect`.
pub(crate) fn expect(step: &Step, verb: Verb, served: &[Vendor], found: &mut Found) {
    let Some(expect) = &step.expect else {
        if matches!(verb, Verb::Run | Verb::Race | Verb::Http) {
            found.add(&[], format!("step {:?}: `{}` without `expect` holds whatever happens; `expect.none = true` says that this is meant", step.name, verb.word()));
        }
        return;
    };
    found.base.push(Hop::Key("expect"));
    if expect.none != expect.is_empty() {
        found.add(
            &[Hop::Key("none")],
            "either `none = true` or something that must hold".to_owned(),
        );
    }
    let needed: [(bool, Verb, &'static str); 4] = [
        (expect.exit.is_some(), Verb::Run, "exit"),
        (expect.status.is_some(), Verb::Http, "status"),
        (expect.first.is_some(), Verb::Race, "first"),
        (expect.second.is_some(), Verb::Race, "second"),
    ];
    for (given, owner, key) in needed {
        if given && verb != owner {
            found.add(
                &[Hop::Key(key)],
                format!(
                    "`{key}` belongs to `{}`, and this step has `{}`",
                    owner.word(),
                    verb.word()
                ),
            );
        }
        if !given && verb == owner && !expect.none {
            found.add(
                &[Hop::Key(key)],
                format!(
                    "`{key}` is missing: a `{}` that ended otherwise would pass",
                    verb.word()
                ),
            );
        }
    }
    let only: [(bool, &[Verb], &'static str); 6] = [
        (expect.stdout.is_some(), &[Verb::Run], "stdout"),
        (expect.stderr.is_some(), &[Verb::Run], "stderr"),
        (expect.snapshot.is_some(), &[Verb::Run], "snapshot"),
        (expect.body.is_some(), &[Verb::Http], "body"),
        (expect.fired.is_some(), &[Verb::Advance], "fired"),
        (expect.refused.is_some(), &[Verb::Act], "refused"),
    ];
    for (given, owners, key) in only {
        if given && !owners.contains(&verb) {
            found.add(
                &[Hop::Key(key)],
                format!("`{key}` means nothing to `{}`", verb.word()),
            );
        }
    }
    assertions(expect, served, found);
    found.base.pop();
}

fn assertions(expect: &Expect, served: &[Vendor], found: &mut Found) {
    let kinds: [(&'static str, &[Deed]); 3] = [
        ("effect", &expect.effect),
        ("no-op", &expect.no_op),
        ("refusal", &expect.refusal),
    ];
    for (key, deeds) in kinds {
        for (position, deed) in deeds.iter().enumerate() {
            let way = [Hop::Key(key), Hop::Item(position)];
            if let Err(why) = deed.bounds() {
                found.add(&way, why);
            }
            let verdicts = [
                "approve",
                "deny",
                "revoke",
                "file",
                "check-in",
                "rotate",
                "ignore",
                "take-ownership",
                "batch",
            ];
            if let Some(verdict) = deed
                .verdict
                .as_deref()
                .filter(|verdict| !verdicts.contains(verdict))
            {
                found.add(&way, unknown("verdict", verdict, verdicts));
            }
        }
    }
    for (position, calls) in expect.calls.iter().enumerate() {
        let way = [Hop::Key("calls"), Hop::Item(position)];
        if let Err(why) = calls.bounds() {
            found.add(&way, why);
        }
        let known = || {
            served
                .iter()
                .flat_map(|vendor| vendor.operations())
                .map(|operation| operation.id)
        };
        if !known().any(|name| crate::count::covers(&calls.op, name)) {
            found.add(&way, unknown("op", &calls.op, known()));
        }
    }
    for (position, state) in expect.state.iter().enumerate() {
        if state.is.is_empty() {
            found.add(
                &[Hop::Key("state"), Hop::Item(position)],
                "it says nothing about the request".to_owned(),
            );
        }
    }
    for (key, text) in [
        ("stdout", &expect.stdout),
        ("stderr", &expect.stderr),
        ("body", &expect.body),
    ] {
        let holds_always = |text: &Text| text.contains.iter().any(String::is_empty);
        if text.as_ref().is_some_and(holds_always) {
            found.add(
                &[Hop::Key(key)],
                "an empty text stands everywhere".to_owned(),
            );
        }
        if text.as_ref().is_some_and(|text| {
            !text.empty
                && text.contains.is_empty()
                && text.lacks.is_empty()
                && text.lines.is_empty()
        }) {
            found.add(
                &[Hop::Key(key)],
                "it says nothing: give `contains`, `lacks`, `lines` or `empty`".to_owned(),
            );
        }
    }
}
