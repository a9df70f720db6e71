//! What must hold in every disturbed world, whatever went wrong in it: one plain function for each law.

use std::collections::BTreeMap;

use mock_servers::Actor;

use super::evidence::{Evidence, Object, Role, Run, reads};
use crate::child::End;
use crate::count;

/// A law: its name, and what breaks it.
type Law = (&'static str, fn(&Evidence<'_>) -> Vec<String>);

/// All of them, in the order in which they are told.
pub(crate) const LAWS: &[Law] = &[
    ("nothing is decided against the files", against_the_files),
    ("nothing is done twice", twice),
    ("it settles", settles),
    ("nothing is decided that was not planned", unplanned),
    ("no person is overruled silently", overruled),
    ("the exit code tells the truth", exit),
    ("no secret shows", secret),
    ("what it remembers can be read", readable),
    ("nothing is concluded from a broken reading", concluded),
    ("calls are bounded", bounded),
];

/// How many calls a disturbed run may make: this many times the undisturbed one's, and some.
const MOST_CALLS: (usize, usize) = (4, 8);

fn against_the_files(evidence: &Evidence<'_>) -> Vec<String> {
    let wrong = evidence.deeds().filter(|(_, object, verdict, actor)| {
        let wanted = &evidence.clean.wanted;
        // A story that writes its decision files by hand does not say here what they want.
        let against =
            !wanted.is_empty() && wanted.get(object).is_none_or(|wanted| wanted != verdict);
        *actor == Actor::Api && against
    });
    wrong
        .map(|(_, object, verdict, _)| format!("{verdict} reached {}", object.1))
        .collect()
}

fn twice(evidence: &Evidence<'_>) -> Vec<String> {
    let mut times: BTreeMap<(Object, &str), usize> = BTreeMap::new();
    for (_, object, verdict, actor) in evidence.deeds() {
        if actor == Actor::Api {
            *times.entry((object, verdict)).or_default() += 1;
        }
    }
    let effects = times.into_iter().filter(|(_, times)| *times > 1);
    let mut broken: Vec<String> = effects
        .map(|((object, verdict), times)| format!("{verdict} reached {} {times} times", object.1))
        .collect();
    broken.extend(repeated_blindly(evidence));
    broken
}

// A second send is only sound after a look that still shows the request waiting.
fn repeated_blindly(evidence: &Evidence<'_>) -> Vec<String> {
    let mut broken = Vec::new();
    let mut last: BTreeMap<(&str, Object), usize> = BTreeMap::new();
    for (position, entry) in evidence.entries.iter().enumerate() {
        let (Some(op), Some(vendor), Some(id), true) = (
            entry.op,
            entry.vendor,
            entry.object.clone(),
            count::is_write(entry),
        ) else {
            continue;
        };
        let object = (vendor, id);
        if let Some(before) = last.insert((op, object.clone()), position) {
            let mut between = evidence.entries[before..position].iter();
            if !between.any(|entry| reads(entry, &object)) {
                broken.push(format!("{op} {} was sent again without a look", object.1));
            }
        }
    }
    broken
}

fn settles(evidence: &Evidence<'_>) -> Vec<String> {
    if !evidence.settled {
        return vec!["something is left to do after every round".to_owned()];
    }
    let further = evidence.runs.iter().filter(|run| run.role == Role::Further);
    let writes = further
        .flat_map(|run| evidence.of(run))
        .filter(|entry| count::is_write(entry));
    writes
        .map(|entry| {
            format!(
                "nothing was left to do, and yet: {}",
                crate::line::line(entry)
            )
        })
        .collect()
}

fn unplanned(evidence: &Evidence<'_>) -> Vec<String> {
    let mut broken = Vec::new();
    for (position, object, verdict, actor) in evidence.deeds() {
        let Some(run) = evidence.run_at(position).filter(|_| actor == Actor::Api) else {
            continue;
        };
        let earlier = evidence
            .runs
            .iter()
            .take_while(|earlier| earlier.entries.start < run.entries.start);
        let told = evidence.clean.told.contains(&object.1)
            || earlier
                .into_iter()
                .any(|earlier| earlier.ran.stdout.contains(&object.1));
        if !told {
            broken.push(format!(
                "{verdict} reached {}, which no earlier output names",
                object.1
            ));
        }
    }
    broken
}

fn overruled(evidence: &Evidence<'_>) -> Vec<String> {
    let mut person: BTreeMap<Object, &str> = BTreeMap::new();
    let mut broken = Vec::new();
    for (position, object, verdict, actor) in evidence.deeds() {
        match actor {
            Actor::Portal | Actor::Operator => {
                person.insert(object, verdict);
            }
            Actor::Api => {
                let other = person.get(&object).filter(|before| **before != verdict);
                let silent = evidence
                    .run_at(position)
                    .is_none_or(|run| run.ran.end == End::Exit(0));
                if let (Some(before), true) = (other, silent) {
                    let id = &object.1;
                    broken.push(format!(
                        "a person's {before} of {id} became {verdict}, exit 0"
                    ));
                }
            }
            Actor::User => {}
        }
    }
    broken
}

fn exit(evidence: &Evidence<'_>) -> Vec<String> {
    let mut broken = Vec::new();
    for run in &evidence.runs {
        match run.ran.end {
            End::Exit(code) if evidence.exits.contains(&code) => {}
            End::Signal(_) if run.role == Role::Disturbed && evidence.ended_by_us => {}
            end @ (End::Exit(_) | End::Signal(_) | End::TimedOut(_)) => {
                broken.push(format!("{}: {end}", run.ran.words.join(" ")));
            }
        }
    }
    let Some(run) = evidence.disturbed() else {
        return broken;
    };
    // A command that changes nothing promises nothing.
    if evidence.clean.done_here.is_empty() {
        return broken;
    }
    let missing: Vec<String> = not_reached(evidence, run);
    match run.ran.end {
        End::Exit(0) if !missing.is_empty() => {
            broken.push(format!("exit 0, and yet: {}", missing.join(", ")));
        }
        End::Exit(code @ (3 | 4)) if missing.is_empty() && all_ours(evidence, run) => {
            broken.push(format!("exit {code}, and yet all of it was done"));
        }
        End::Exit(_) | End::Signal(_) | End::TimedOut(_) => {}
    }
    broken
}

// What the step does undisturbed and what does not stand at the vendor, as far as this run could see.
fn not_reached(evidence: &Evidence<'_>, run: &Run) -> Vec<String> {
    let done = evidence.clean.done_here.iter().filter(|(object, verdict)| {
        let looks = run.entries.clone().filter(|position| {
            evidence
                .entries
                .get(*position)
                .is_some_and(|entry| reads(entry, object))
        });
        let seen_until = looks.max().unwrap_or(run.entries.end);
        let stands = evidence
            .deeds()
            .filter(|(position, of, _, _)| *position < seen_until && of == object)
            .last();
        stands.is_none_or(|(_, _, stands, _)| stands != verdict)
    });
    done.map(|(object, verdict)| format!("no {verdict} stands for {}", object.1))
        .collect()
}

// Whether this run did everything itself.
fn all_ours(evidence: &Evidence<'_>, run: &Run) -> bool {
    evidence.clean.done_here.iter().all(|(object, verdict)| {
        evidence.deeds().any(|(position, of, did, actor)| {
            run.entries.contains(&position)
                && of == *object
                && did == verdict
                && actor == Actor::Api
        })
    })
}

fn secret(evidence: &Evidence<'_>) -> Vec<String> {
    let mut broken = Vec::new();
    for secret in evidence.secrets {
        for run in &evidence.runs {
            if run.ran.stdout.contains(secret) || run.ran.stderr.contains(secret) {
                broken.push(format!(
                    "a credential in the output of {}",
                    run.ran.words.join(" ")
                ));
            }
        }
        for (path, bytes) in &evidence.files {
            let shows = bytes
                .windows(secret.len())
                .any(|window| window == secret.as_bytes());
            if shows {
                broken.push(format!("a credential in {path}"));
            }
        }
    }
    broken.dedup();
    broken
}

fn readable(evidence: &Evidence<'_>) -> Vec<String> {
    let looks = evidence
        .runs
        .iter()
        .filter(|run| run.role == Role::Readable);
    looks
        .filter(|run| run.ran.end != End::Exit(0))
        .map(|run| {
            format!(
                "{}: {}\n{}",
                run.ran.words.join(" "),
                run.ran.end,
                run.ran.stderr
            )
        })
        .collect()
}

// A command that only reads says what it says undisturbed, or says that something could not be read, or ends otherwise.
fn concluded(evidence: &Evidence<'_>) -> Vec<String> {
    let Some(run) = evidence.disturbed() else {
        return Vec::new();
    };
    let same_end = Some(run.ran.end) == evidence.clean.end;
    let same_words =
        compared(evidence, &run.ran.stdout) == compared(evidence, &evidence.clean.stdout);
    let only_reads = evidence.clean.done_here.is_empty();
    let says_so = |word: &String| run.ran.stdout.contains(word) || run.ran.stderr.contains(word);
    if only_reads
        && same_end
        && !same_words
        && !evidence.other_world
        && !evidence.admits.iter().any(says_so)
    {
        return vec![format!(
            "it ends as it does undisturbed ({}), and says something else:\n{}",
            run.ran.end, run.ran.stdout
        )];
    }
    Vec::new()
}

// Its words, without the numbers that only tell how it read.
fn compared<'a>(evidence: &Evidence<'_>, text: &'a str) -> Vec<&'a str> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let nexts = words
        .iter()
        .skip(1)
        .map(|next| next.trim_end_matches([',', '.', ';']));
    let nexts = nexts.chain(std::iter::once(""));
    let told = words.iter().zip(nexts);
    told.filter(|(_, next)| !evidence.aside.iter().any(|aside| aside == next))
        .map(|(word, _)| *word)
        .collect()
}

fn bounded(evidence: &Evidence<'_>) -> Vec<String> {
    let (factor, some) = MOST_CALLS;
    let most = evidence.clean.calls * factor + some;
    let calls = evidence.disturbed().map_or(0, |run| {
        let entries = evidence.of(run).iter();
        entries
            .filter(|entry| entry.kind == mock_servers::Kind::Call)
            .count()
    });
    if calls > most {
        return vec![format!(
            "{calls} calls, and {} undisturbed",
            evidence.clean.calls
        )];
    }
    Vec::new()
}

#[cfg(test)]
#[path = "laws_tests.rs"]
mod tests;
