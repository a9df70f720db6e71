//! What must hold in every disturbed world, whatever went wrong in it: one plain function for each law.

use std::collections::{BTreeMap, BTreeSet};

use mock_servers::{Actor, Kind};

use super::evidence::{Evidence, Object, Role, Run, effect, reads};
use super::limits::suffices;
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
    ("nothing is sent before it is written down", unwritten),
    ("nothing is concluded from a broken reading", concluded),
    ("calls are bounded", bounded),
    ("every call stands in the vendor's document", documented),
];

/// How many calls a disturbed run may make: this many times the undisturbed one's, and some.
const MOST_CALLS: (usize, usize) = (4, 8);

fn against_the_files(evidence: &Evidence<'_>) -> Vec<String> {
    let wanted = &evidence.clean.wanted;
    let wrong = evidence.ours().filter(|(position, object, verdict)| {
        // A story that writes its files by hand does not say here what they want, and `decide` says nothing of what
        // is filed or given back.
        let decides = ["approve", "deny", "revoke"].contains(verdict);
        let otherwise = || {
            let sent = evidence
                .crossing(*position, object, verdict)
                .unwrap_or(verdict);
            wanted.get(object).is_none_or(|wanted| wanted != sent)
        };
        decides && !wanted.is_empty() && otherwise()
    });
    wrong
        .map(|(_, object, verdict)| format!("{verdict} reached {}", object.1))
        .collect()
}

fn twice(evidence: &Evidence<'_>) -> Vec<String> {
    let mut times: BTreeMap<(Object, &str), (usize, bool)> = BTreeMap::new();
    for (position, object, verdict, actor) in evidence.deeds() {
        if actor == Actor::Api {
            let (times, now) = times.entry((object, verdict)).or_default();
            *times += 1;
            *now |= position >= evidence.prefix;
        }
    }
    let effects = times
        .into_iter()
        .filter(|(_, (times, now))| *times > 1 && *now);
    let mut broken: Vec<String> = effects
        .map(|((object, verdict), (times, _))| {
            format!("{verdict} reached {} {times} times", object.1)
        })
        .collect();
    broken.extend(repeated_blindly(evidence));
    broken
}

// A second send is only sound after a look that still shows the request waiting.
fn repeated_blindly(evidence: &Evidence<'_>) -> Vec<String> {
    let mut broken = Vec::new();
    let mut last: BTreeMap<(&str, Object), usize> = BTreeMap::new();
    for (position, entry) in evidence.entries.iter().enumerate().skip(evidence.prefix) {
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
            let line = crate::line::line(entry);
            format!("nothing was left to do, and yet: {line}")
        })
        .collect()
}

fn unplanned(evidence: &Evidence<'_>) -> Vec<String> {
    // A client that lists and decides in one command shows nobody beforehand what it will do.
    let shows = |(object, _): &(Object, String)| names(&evidence.clean.told, &object.1);
    if !evidence.clean.done_here.iter().all(shows) {
        return Vec::new();
    }
    let mut broken = Vec::new();
    for (position, object, verdict) in evidence.ours() {
        let run = evidence
            .runs
            .iter()
            .position(|run| run.entries.contains(&position));
        let earlier = &evidence.runs[..run.unwrap_or(0)];
        // What is filed has no id before.
        let told = verdict == "file"
            || names(&evidence.clean.told, &object.1)
            || earlier.iter().any(|run| names(&run.ran.stdout, &object.1));
        if !told {
            let id = &object.1;
            broken.push(format!(
                "{verdict} reached {id}, which no earlier output names"
            ));
        }
    }
    broken
}

// Whether the id stands there by itself, not as a part of another.
fn names(text: &str, id: &str) -> bool {
    let alone = |next: Option<char>| next.is_none_or(|next| !next.is_ascii_alphanumeric());
    text.match_indices(id).any(|(start, _)| {
        let (before, after) = (&text[..start], &text[start + id.len()..]);
        alone(before.chars().next_back()) && alone(after.chars().next())
    })
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
                    .is_some_and(|run| run.ran.end == End::Exit(0));
                let unseen = evidence.crossing(position, &object, verdict).is_some();
                if let (Some(before), true, false) = (other, silent, unseen) {
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
    // What it does undisturbed is all of it only where it then ends with 0.
    if evidence.clean.done_here.is_empty() || evidence.clean.end != Some(End::Exit(0)) {
        return broken;
    }
    let missing: Vec<String> = not_reached(evidence, run);
    match run.ran.end {
        End::Exit(0) if !missing.is_empty() => {
            broken.push(format!("exit 0, and yet: {}", missing.join(", ")));
        }
        End::Exit(code)
            if evidence.incomplete.contains(&code)
                // Another line of the same run, whose reading broke, is rightly not called done.
                && evidence.object.as_ref().is_some_and(|object| is_done_here(evidence, object))
                && missing.is_empty()
                && all_ours(evidence, run) =>
        {
            broken.push(format!("exit {code}, and yet all of it was done"));
        }
        End::Exit(_) | End::Signal(_) | End::TimedOut(_) => {}
    }
    broken
}

// What the step does undisturbed and what does not stand at the vendor, as far as this run could know: until its last
// look, and no less than what it did itself.
fn not_reached(evidence: &Evidence<'_>, run: &Run) -> Vec<String> {
    let done = evidence.clean.done_here.iter().filter(|(object, verdict)| {
        let looked_or_did = |position: &usize| {
            evidence.entries.get(*position).is_some_and(|entry| {
                reads(entry, object)
                    || entry.actor == Some(Actor::Api)
                        && effect(entry).is_some_and(|(of, _)| of == *object)
            })
        };
        let seen_until = run.entries.clone().filter(looked_or_did).max();
        let seen_until = seen_until.unwrap_or(run.entries.end);
        !stands(evidence, object, verdict, seen_until)
    });
    done.map(|(object, verdict)| format!("no {verdict} stands for {}", object.1))
        .collect()
}

// Whether this was true of the request at that position of the journal, as far as its vendor lets anybody know.
fn stands(evidence: &Evidence<'_>, object: &Object, verdict: &str, until: usize) -> bool {
    if evidence.object.as_ref() == Some(object) && evidence.claimed == Some(verdict) {
        return true;
    }
    let deeds = evidence.deeds();
    let last = deeds.filter(|(position, of, _, _)| *position <= until && of == object);
    last.last().is_some_and(|(position, of, stands, _)| {
        let sent = evidence.crossing(position, &of, stands);
        let stands = sent.unwrap_or(stands);
        stands == verdict || suffices(object.0, verdict, stands)
    })
}

fn is_done_here(evidence: &Evidence<'_>, object: &Object) -> bool {
    let mut done = evidence.clean.done_here.iter();
    done.any(|(of, _)| of == object)
}

// Whether this run did everything itself.
fn all_ours(evidence: &Evidence<'_>, run: &Run) -> bool {
    evidence.clean.done_here.iter().all(|(object, verdict)| {
        evidence.ours().any(|(position, of, did)| {
            run.entries.contains(&position) && of == *object && did == verdict
        })
    })
}

fn secret(evidence: &Evidence<'_>) -> Vec<String> {
    let shows = |bytes: &[u8]| {
        let mut secrets = evidence.secrets.iter();
        secrets.any(|secret| bytes.windows(secret.len()).any(|window| window == secret))
    };
    let outputs = evidence
        .runs
        .iter()
        .filter(|run| shows(run.ran.stdout.as_bytes()) || shows(run.ran.stderr.as_bytes()));
    let outputs = outputs.map(|run| format!("the output of {}", run.ran.words.join(" ")));
    let files = evidence.files.iter().filter(|(_, bytes)| shows(bytes));
    let places = outputs.chain(files.map(|(path, _)| path.clone()));
    places
        .map(|place| format!("a credential in {place}"))
        .collect()
}

fn readable(evidence: &Evidence<'_>) -> Vec<String> {
    let looks = evidence
        .runs
        .iter()
        .filter(|run| run.role == Role::Readable);
    looks
        .filter(|run| run.ran.end != End::Exit(0))
        .map(|run| {
            let (words, end) = (run.ran.words.join(" "), run.ran.end);
            format!("{words}: {end}\n{}", run.ran.stderr)
        })
        .collect()
}

// Who was killed may have sent what nobody then knows of.
fn unwritten(evidence: &Evidence<'_>) -> Vec<String> {
    let remembers = evidence.runs.iter().find(|run| run.role == Role::Remembers);
    let (Some(killed), Some(remembers)) = (evidence.disturbed(), remembers) else {
        return Vec::new();
    };
    let sent = evidence
        .of(killed)
        .iter()
        .filter(|entry| count::is_write(entry));
    let sent: BTreeSet<(&str, &str)> = sent
        .filter_map(|entry| Some((entry.op?, entry.object.as_deref()?)))
        .collect();
    sent.into_iter()
        .filter(|(_, id)| !names(&remembers.ran.stdout, id))
        .map(|(op, id)| {
            let words = remembers.ran.words.join(" ");
            format!("{op} {id} was sent, and {words} does not name it")
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
    // A command that fails undisturbed reads nothing out of which it could conclude.
    let only_reads = !evidence.clean.writes
        && matches!(evidence.clean.end, Some(End::Exit(code)) if !evidence.incomplete.contains(&code) && code != 1);
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

// Its words, without the numbers that only tell how it read, and without hashes: those of a client's memory hold more
// than what it found.
fn compared<'a>(evidence: &Evidence<'_>, text: &'a str) -> Vec<&'a str> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let at = |place: usize| words.get(place).copied().unwrap_or_default();
    // The number and its word, which is another after a 1.
    let counts = |place: usize| {
        let next = at(place + 1).trim_end_matches([',', '.', ';']);
        let number = at(place).bytes().all(|byte| byte.is_ascii_digit());
        number && evidence.aside.iter().any(|aside| aside == next)
    };
    let only_tells_how = |place: usize| counts(place) || place.checked_sub(1).is_some_and(counts);
    let is_hash = |word: &str| {
        let hex = word.rsplit(':').next().unwrap_or_default();
        hex.len() >= 32 && hex.bytes().all(|byte| byte.is_ascii_hexdigit())
    };
    (0..words.len())
        .filter(|place| !only_tells_how(*place) && !is_hash(at(*place)))
        .map(at)
        .collect()
}

fn bounded(evidence: &Evidence<'_>) -> Vec<String> {
    let (factor, some) = MOST_CALLS;
    let most = evidence.clean.calls * factor + some;
    let calls = evidence.disturbed().map_or(0, |run| {
        let entries = evidence.of(run).iter();
        entries.filter(|entry| entry.kind == Kind::Call).count()
    });
    if calls > most {
        let undisturbed = evidence.clean.calls;
        return vec![format!("{calls} calls, and {undisturbed} undisturbed")];
    }
    Vec::new()
}

fn documented(evidence: &Evidence<'_>) -> Vec<String> {
    let odd = evidence
        .entries
        .iter()
        .skip(evidence.prefix)
        .filter(|entry| {
            entry.detail.contains_key("strange") || entry.detail.contains_key("unmatched")
        });
    odd.map(crate::line::line).collect()
}

#[cfg(test)]
#[path = "laws_tests.rs"]
mod tests;
