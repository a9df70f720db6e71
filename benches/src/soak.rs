//! Two virtual hours of `queue` and `plan` in one process, with arrivals and departures: nothing grows, no call is lost.

pub(crate) mod client;
mod file;
mod flat;
mod journal;
mod story;
mod told;

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use client::Client;
use flat::Flat;
use journal::Journal;
use story::Story;
use told::{Told, listed, planned};

use crate::measured::Measured;
use crate::report::{brief, lines};
use crate::sample::Sample;
use crate::stage::Stage;
use crate::world::{Spec, VENDOR, World};
use crate::{Result, say};

/// A round is a virtual minute.
const ROUNDS: usize = 120;
/// A small soak ends then, however many rounds were made.
const LONGEST: Duration = Duration::from_secs(100);
/// Fewer rounds have no quarters to compare.
const FEWEST: usize = 16;
/// More than there are requests.
const ALL: &str = "100000";

/// The soak, at its full size where it is small too, as far as that goes in the time that a small one has.
pub(crate) fn two_hours(stage: &Stage, _: usize) -> Result<Vec<Measured>> {
    let rounds = stage.rounds.unwrap_or(ROUNDS).max(FEWEST);
    let world = World::start(&stage.countersign, Spec::SAMPLE.frozen())?;
    let queue = json!({ VENDOR: { "generate": [{ "count": 2_000 }] } });
    world.admin("seed", Some(&queue))?;
    let mut client = Client::start(stage, &world)?;
    let mut journal = Journal::of(&world);
    let before = listed(&look(&mut client, &["queue", "--max", ALL])?);
    let mut story = Story::begin(&world, &mut client, before)?;
    let (mut ours, mut mocks) = (Flat::of(client.process()), Flat::of(world.process()));
    let (began, mut made, mut outcomes) = (Instant::now(), 0, BTreeSet::new());
    while made < rounds && !(stage.small && began.elapsed() > LONGEST) {
        made += 1;
        round(&world, &mut story, &mut client, &mut journal)
            .map_err(|error| format!("round {made}: {error}"))?;
        outcomes.extend(story.verdicts().into_values());
        ours.look()?;
        mocks.look()?;
    }
    let (told, calls) = (journal.told, journal.made);
    let outcomes: Vec<&str> = outcomes.iter().map(String::as_str).collect();
    let outcomes = outcomes.join(", ");
    say(&format!(
        "soak: {made} of {rounds} rounds, {calls} calls; decisions were {outcomes}"
    ));
    if made < FEWEST {
        // Growth shows over rounds: with fewer nothing would have been looked at.
        return Err(format!("only {made} rounds in {} s", LONGEST.as_secs()).into());
    }
    let measured = vec![
        ours.memory("soak-memory"),
        ours.handles("soak-handles"),
        mocks.handles("soak-mock"),
        Measured::alone("soak-calls", &Sample::once(f64::from(told.abs_diff(calls)))),
    ];
    // No figure here depends on speed: where rows reach no goal and miss none, what grows is a fault all the same.
    let rows = brief(&lines(&measured, false)?);
    let grown: Vec<&str> = rows.lines().filter(|row| row.ends_with("SHORT")).collect();
    if stage.small && !grown.is_empty() {
        return Err(format!("it grows: {}", grown.join("; ")).into());
    }
    Ok(measured)
}

/// A minute passes; then `queue` and `plan` look, and must tell what has happened, of calls that the mocks have seen.
fn round(
    world: &World,
    story: &mut Story<'_>,
    client: &mut Client,
    journal: &mut Journal<'_>,
) -> Result<()> {
    story.minute(client)?;
    journal.skip()?;
    let queue = look(client, &["queue", "--max", ALL])?;
    let calls = queue["queues"].as_array().into_iter().flatten();
    let verdicts = story.verdicts();
    let problems = journal.against(calls, &verdicts)?;
    same("queue", &listed(&queue), &story.waiting(), problems)?;
    let events = world.path("events.jsonl");
    let plan = look(
        client,
        &["plan", "--json-into", &events.display().to_string()],
    )?;
    let events = std::fs::read_to_string(events)?;
    let events: serde_json::Result<Vec<Value>> = events.lines().map(serde_json::from_str).collect();
    let events = events?;
    let calls = events
        .iter()
        .filter(|event| event["type"] == "refresh_complete");
    let problems = journal.against(calls, &verdicts)?;
    same("plan", &planned(&plan), &verdicts, problems)
}

/// The JSON document of a command.
fn look(client: &mut Client, args: &[&str]) -> Result<Value> {
    let args = [args, &["--format", "json"]].concat();
    Ok(serde_json::from_str(&client.run(&args)?)?)
}

/// Whether what was told is what has happened; every difference is an error.
fn same(command: &str, told: &Told, happened: &Told, mut problems: Vec<String>) -> Result<()> {
    let all: BTreeSet<&String> = told.keys().chain(happened.keys()).collect();
    for address in all {
        let (told, happened) = (told.get(address), happened.get(address));
        if told != happened {
            let word = |one: Option<&String>| one.map_or("nothing", String::as_str).to_owned();
            let (told, happened) = (word(told), word(happened));
            problems.push(format!("{address}: told `{told}`, and it is `{happened}`"));
        }
    }
    if problems.is_empty() {
        return Ok(());
    }
    let (count, some) = (problems.len(), problems.iter().take(5));
    let some: Vec<&str> = some.map(String::as_str).collect();
    Err(format!("{command}: {count} wrong: {}", some.join("; ")).into())
}
