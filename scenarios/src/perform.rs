//! One step: its faults are armed, its verb happens, its faults are disarmed; what was seen goes to `judge.rs`.

use std::time::Duration;

use mock_servers::{Armed, Done, Entry, Fired, Kind, Vendor};

use crate::arm;
use crate::call::{Answer, call};
use crate::check;
use crate::child::Ran;
use crate::clients;
use crate::decide::decide;
use crate::placeholders::{Names, fill_all};
use crate::story::{Http, Restart, Step, Wait};
use crate::world::World;

/// How often `wait` looks.
const LOOK_AGAIN: Duration = Duration::from_millis(5);

/// What a step brought to light.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    /// The clients that ran: one, or two.
    pub(crate) ran: Vec<Ran>,
    /// What came back from `http` or `verify`.
    pub(crate) answer: Option<Answer>,
    /// What became of an act.
    pub(crate) acted: Option<Result<Done, String>>,
    /// What time brought about.
    pub(crate) fired: Vec<Fired>,
    /// The journal of the step.
    pub(crate) entries: Vec<Entry>,
    /// Faults that had to strike and did not.
    pub(crate) idle: Vec<Armed>,
    /// Why the verb itself could not be done.
    pub(crate) trouble: Option<String>,
}

/// Does the step.
pub(crate) async fn perform(step: &Step, world: &World) -> Seen {
    let before = world.mocks.journal().len();
    let mut seen = Seen::default();
    let done = match arm::arm(&world.mocks, step, &world.names()) {
        Ok(()) => verb(step, world, &mut seen).await,
        Err(why) => Err(why),
    };
    let done = match (done, &step.wait) {
        (Ok(()), Some(wait)) => self::wait(wait, before, world).await,
        (done, _) => done,
    };
    seen.trouble = done.err();
    // A call that its client gave up goes on at the vendor, and belongs to this step.
    world.mocks.release_all();
    world.mocks.settled().await;
    seen.idle = arm::disarm(&world.mocks);
    seen.entries = world.mocks.journal().split_off(before);
    seen
}

// The one place where the runner looks more than once, and only where the file says so.
async fn wait(wait: &Wait, before: usize, world: &World) -> Result<(), String> {
    let wait = fill_all(wait, &world.names())?;
    let within = check::duration(&wait.within).ok_or("`within` is no duration")?;
    let end = tokio::time::Instant::now() + within;
    let fits = |entry: &Entry| {
        entry.kind == Kind::Effect
            && entry.object.as_deref() == Some(&wait.object)
            && entry
                .detail
                .get("verdict")
                .and_then(serde_json::Value::as_str)
                == Some(&wait.verdict)
    };
    while !world.mocks.journal()[before..].iter().any(fits) {
        if tokio::time::Instant::now() >= end {
            let Wait {
                object,
                verdict,
                within,
            } = wait;
            return Err(format!("no {verdict} reached {object} within {within}"));
        }
        tokio::time::sleep(LOOK_AGAIN).await;
    }
    Ok(())
}

async fn verb(step: &Step, world: &World, seen: &mut Seen) -> Result<(), String> {
    let names = world.names();
    if let Some(words) = &step.run {
        seen.ran.push(clients::run(words, step, world).await?);
    }
    if let Some(race) = &step.race {
        seen.ran = clients::race(race, step, world).await?;
    }
    if let Some(http) = &step.http {
        seen.answer = Some(self::http(&fill_all(http, &names)?, world).await?);
    }
    if let Some(placed) = &step.act {
        let mut act = fill_all(&placed.act, &names)?;
        // Where one vendor is mocked, everybody knows which is meant.
        act.vendor = act.vendor.or(world
            .vendors
            .first()
            .copied()
            .filter(|_| world.vendors.len() == 1));
        seen.acted = Some(world.mocks.act(placed.deed, &act));
    }
    for decision in step.decide.iter().flatten() {
        self::decide_one(&fill_all(decision, &names)?, world)?;
    }
    if let Some(advance) = &step.advance {
        seen.fired = world.mocks.advance(advance)?;
    }
    match &step.restart {
        Some(Restart { keep: Some(_), .. }) => world.mocks.restart_services(),
        Some(_) => world.mocks.restart(),
        None => {}
    }
    if let Some(asked) = &step.verify {
        seen.answer = Some(verify(asked, &names, world).await?);
    }
    Ok(())
}

async fn http(http: &Http, world: &World) -> Result<Answer, String> {
    let mut headers: Vec<(String, String)> = http.headers.clone().into_iter().collect();
    if let Some(auth) = &http.auth {
        let (slug, identity) = match auth.split_once(':') {
            Some((slug, identity)) => (slug, Some(identity)),
            None => (auth.as_str(), None),
        };
        let vendor = Vendor::from_slug(slug).map_err(|why| format!("auth: {why}"))?;
        headers.extend(world.mocks.pass(vendor, identity)?);
    }
    let body = match (&http.json, &http.body) {
        (Some(_), Some(_)) => return Err("`json` and `body` are the same thing twice".to_owned()),
        (Some(json), None) => {
            headers.push(("content-type".to_owned(), "application/json".to_owned()));
            json.to_string()
        }
        (None, body) => body.clone().unwrap_or_default(),
    };
    call(&http.method, &http.url, &headers, body).await
}

fn decide_one(decision: &crate::story::Decide, world: &World) -> Result<(), String> {
    let queue = match (&decision.queue, world.vendors.as_slice()) {
        (Some(queue), _) => queue.as_str(),
        (None, [vendor]) => vendor.slug(),
        (None, _) => return Err(format!("request {}: `queue` is missing", decision.id)),
    };
    let file = decision
        .file
        .clone()
        .unwrap_or_else(|| format!("decisions/{queue}/{}.toml", decision.id));
    decide(&world.inside(&file)?, decision)
}

async fn verify(asked: &serde_json::Value, names: &Names, world: &World) -> Result<Answer, String> {
    let mut asked = fill_all(asked, names)?;
    let recorded = asked
        .as_object_mut()
        .and_then(|asked| asked.remove("journal"));
    if let Some(recorded) = recorded {
        return verify_recorded(&recorded, &asked, world);
    }
    let url = format!("{}/__mock/v1/verify", world.mocks.admin_url());
    let body = asked.to_string();
    let json = ("content-type".to_owned(), "application/json".to_owned());
    let answer = call("POST", &url, &[json], body).await?;
    if answer.status == 200 {
        return Ok(answer);
    }
    Err(format!(
        "the mock's journal does not bear it out ({}): {}",
        answer.status, answer.body
    ))
}

fn verify_recorded(
    journal: &serde_json::Value,
    asked: &serde_json::Value,
    world: &World,
) -> Result<Answer, String> {
    let path = journal
        .as_str()
        .ok_or("`journal` is a path below the story's folder")?;
    let file = world.inside(path)?;
    let text = std::fs::read_to_string(file).map_err(|error| format!("{path}: {error}"))?;
    let failures =
        mock_servers::verify_recorded(&text, asked).map_err(|why| format!("{path}: {why}"))?;
    if failures.is_empty() {
        return Ok(Answer {
            status: 200,
            body: "{\"ok\":true}".to_owned(),
        });
    }
    let failures = serde_json::Value::from(failures);
    Err(format!("{path} does not bear it out: {failures}"))
}
