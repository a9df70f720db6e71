//! What can be wrong with `[explore]` before anything is disturbed.

use crate::check::{Found, Hop, duration};
use crate::mistake::unknown;
use crate::story::{Explore, Step};

/// The mistakes of `[explore]`.
pub(crate) fn explore(explore: &Explore, steps: &[Step], found: &mut Found) {
    let Explore {
        steps: named,
        again,
        settled,
        readable,
        remembers: _,
        patience,
        admits,
        aside,
        exits,
        incomplete,
    } = explore;
    let runs = || steps.iter().filter(|step| step.run.is_some());
    for name in named {
        match runs().find(|step| step.name == *name) {
            None => {
                let known = runs().map(|step| step.name.as_str());
                found.add(&[Hop::Key("steps")], unknown("`run` step", name, known));
            }
            Some(step) if !explorable(step) => found.add(
                &[Hop::Key("steps")],
                format!(
                    "step {name:?} is disturbed already: it has faults, acts or a signal of its own"
                ),
            ),
            Some(_) => {}
        }
    }
    let empty = [
        ("again", again.is_empty() || again.iter().any(Vec::is_empty)),
        ("settled", settled.is_empty()),
        ("readable", readable.is_empty()),
    ];
    for (key, _) in empty.into_iter().filter(|(_, empty)| *empty) {
        found.add(&[Hop::Key(key)], "an empty command line".to_owned());
    }
    let silent = |words: &[String]| words.iter().any(|word| word.trim().is_empty());
    for (key, words) in [("admits", admits), ("aside", aside)] {
        if silent(words) {
            found.add(
                &[Hop::Key(key)],
                "an empty word stands everywhere".to_owned(),
            );
        }
    }
    for code in incomplete.iter().filter(|code| !exits.contains(code)) {
        let message = format!("{code} is not among `exits`");
        found.add(&[Hop::Key("incomplete")], message);
    }
    if exits.is_empty() {
        found.add(
            &[Hop::Key("exits")],
            "no exit code is documented".to_owned(),
        );
    }
    if duration(patience).is_none() {
        found.add(
            &[Hop::Key("patience")],
            format!("{patience:?} is no duration, as in 1500ms"),
        );
    }
}

/// Whether the story itself leaves a step's calls in peace.
pub(crate) fn explorable(step: &Step) -> bool {
    step.run.is_some() && step.fault.is_empty() && step.during.is_empty() && step.signal.is_none()
}
