//! What a story rests on without saying so: the switches of the vendor's document that its calls touch and that it does
//! not pin. A client is robust to our ignorance of the vendor if the story holds whichever way each of them stands.

use std::collections::{BTreeMap, BTreeSet};

use mock_servers::{Entry, Vendor};

use crate::find::Trial;
use crate::run::Outcome;
use crate::story::Story;

/// A switch and a way it could stand, other than its usual one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Untried {
    /// The switch's key.
    pub key: String,
    /// How it could stand.
    pub value: String,
}

impl std::fmt::Display for Untried {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{}={}", self.key, self.value)
    }
}

/// The same story once for each way it has not been tried in. One switch is moved at a time.
#[must_use]
pub fn under_other_dialects(trial: &Trial, outcome: &Outcome) -> Vec<Trial> {
    let tried = |untried| under(trial, untried);
    outcome.untried.iter().map(tried).collect()
}

/// Each way that no story has been tried in, once: in one of the stories that touch it, and of those in the one that has
/// had the fewest.
#[must_use]
pub fn each_dialect_once<'a>(told: impl Iterator<Item = (&'a Trial, &'a Outcome)>) -> Vec<Trial> {
    let told: Vec<(&Trial, &Outcome)> = told.collect();
    let mut touching: BTreeMap<&Untried, Vec<usize>> = BTreeMap::new();
    for (nth, (_, outcome)) in told.iter().enumerate() {
        for untried in &outcome.untried {
            touching.entry(untried).or_default().push(nth);
        }
    }
    let mut had = vec![0_usize; told.len()];
    let once = touching.into_iter().filter_map(|(untried, stories)| {
        let nth = stories.into_iter().min_by_key(|nth| had[*nth])?;
        had[nth] += 1;
        Some(under(told[nth].0, untried))
    });
    once.collect()
}

fn under(trial: &Trial, untried: &Untried) -> Trial {
    let mut trial = trial.clone();
    trial.name = format!("{} [{untried}]", trial.name);
    let dialect = &mut trial.variant.story.scenario.dialect;
    dialect.insert(untried.key.clone(), untried.value.clone());
    trial
}

/// The ways that a story which made these calls has not been tried in.
pub(crate) fn untried(story: &Story, entries: &[Entry]) -> Vec<Untried> {
    let called: BTreeSet<&str> = entries.iter().filter_map(|entry| entry.op).collect();
    let touched: BTreeSet<String> = story
        .scenario
        .vendors
        .iter()
        .flat_map(|vendor| touched(*vendor, &called))
        .collect();
    let switches = mock_servers::switches().filter(|switch| {
        touched.contains(switch.key) && !story.scenario.dialect.contains_key(switch.key)
    });
    switches
        .flat_map(|switch| {
            let others = switch.values.iter().skip(1);
            others.map(|value| Untried {
                key: switch.key.to_owned(),
                value: (*value).to_owned(),
            })
        })
        .collect()
}

// The register says which operations an assumption is about.
fn touched(vendor: Vendor, called: &BTreeSet<&str>) -> Vec<String> {
    let Ok(register) = vendor.clauses().parse::<toml::Table>() else {
        return Vec::new();
    };
    let clauses = register.get("clause").and_then(toml::Value::as_array);
    let concerned = clauses.into_iter().flatten().filter(|clause| {
        let ops = clause.get("op").and_then(toml::Value::as_array);
        let mut ops = ops.into_iter().flatten().filter_map(toml::Value::as_str);
        ops.any(|op| called.contains(op))
    });
    concerned
        .filter_map(|clause| clause.get("dialect")?.as_str().map(str::to_owned))
        .collect()
}
