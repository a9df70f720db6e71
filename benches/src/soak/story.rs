//! Who asks and what becomes of it, round by round; and what `queue` and `plan` must tell of it.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::client::Client;
use super::file::File;
use super::told::{NOT_FOUND, NOTHING_VISIBLE, Told};
use crate::Result;
use crate::world::{VENDORS, World};

/// Only what its console has processed is shown.
const EKRAN: &str = "ekran";
/// What was decided elsewhere is not shown to an approver.
const PASSWORD_SAFE: &str = "beyondtrust";
/// The one where a request that nobody has decided lapses by the clock.
const FUDO: &str = "fudo";
/// The one with requests that were decided before they arrive.
const FORESEEN_AT: &str = "admin-by-request";

/// Every so many rounds decisions are drafted, and so many later each says the opposite.
const DRAFTED_EVERY: u32 = 4;
const CHANGED_AFTER: u32 = 2;
/// For so many rounds a decision is good; that is so many minutes.
const GOOD_FOR: u32 = 12;
/// After so many its file is removed, so that as many decisions go as come.
const KEPT_FOR: u32 = 16;
/// A request that was decided before it arrived does so every so many rounds, so many in all.
const FORESEEN_EVERY: u32 = 10;
const FORESEEN: u32 = 12;

/// What becomes of a request. Everything leaves, so that the queues do not grow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Approved,
    Denied,
    Withdrawn,
    Lapsed,
    /// Denied late.
    DeniedLate,
}

impl Fate {
    fn of(queue: &str, turn: u32) -> Self {
        match turn % 5 {
            0 => Self::Approved,
            1 => Self::Denied,
            2 => Self::Withdrawn,
            3 if queue == FUDO => Self::Lapsed,
            _ => Self::DeniedLate,
        }
    }

    /// After how many rounds.
    fn after(self) -> u32 {
        match self {
            Self::Approved | Self::Denied | Self::Withdrawn | Self::Lapsed => 3,
            Self::DeniedLate => 11,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Coming,
    Waiting,
    Left,
}

#[derive(Debug)]
struct Request {
    queue: &'static str,
    id: String,
    fate: Fate,
    /// In which round it arrives.
    arrives: u32,
    state: State,
    /// In which round its decision was drafted.
    file: Option<u32>,
}

impl Request {
    fn leaves(&self) -> u32 {
        self.arrives + self.fate.after()
    }

    fn address(&self) -> String {
        format!("{}/{}", self.queue, self.id)
    }
}

/// All that has happened so far.
pub(super) struct Story<'w> {
    world: &'w World,
    round: u32,
    now: Timestamp,
    /// What waited before the first round, and still does.
    before: BTreeSet<String>,
    requests: Vec<Request>,
    /// By the round in which they were drafted.
    files: BTreeMap<u32, File>,
}

impl<'w> Story<'w> {
    /// Before the first round: decisions are written about requests that arrive only later.
    pub(super) fn begin(world: &'w World, client: &mut Client, before: Told) -> Result<Self> {
        let now = world.admin("clock", None)?["now"]
            .as_str()
            .ok_or("no time")?
            .parse()?;
        let mut story = Self {
            world,
            round: 0,
            now,
            before: before.into_keys().collect(),
            requests: Vec::new(),
            files: BTreeMap::new(),
        };
        world.admin("snapshots", Some(&json!({ "name": "before" })))?;
        for turn in 0..FORESEEN {
            let queue = FORESEEN_AT;
            let mut request = Request {
                queue,
                // Below all others, so that the ids of others go on as they would have.
                id: (60_000_000 + turn).to_string(),
                fate: Fate::of(queue, turn),
                arrives: 5 + turn * FORESEEN_EVERY,
                state: State::Coming,
                file: None,
            };
            story.submit(&mut request)?;
            request.state = State::Coming;
            story.requests.push(request);
        }
        let all: Vec<usize> = (0..story.requests.len()).collect();
        story.draft(client, &all, u32::MAX)?;
        world.admin("snapshots/before/restore", Some(&json!({})))?;
        Ok(story)
    }

    /// A minute passes, with all that happens in it.
    pub(super) fn minute(&mut self, client: &mut Client) -> Result<()> {
        self.round += 1;
        let advanced = self
            .world
            .admin("clock/advance", Some(&json!({ "by": "1m" })))?;
        self.now = advanced["to"].as_str().ok_or("no time")?.parse()?;
        for fired in advanced["fired"].as_array().into_iter().flatten() {
            let (vendor, id) = (fired["vendor"].as_str(), fired["id"].as_str());
            let address = format!("{}/{}", vendor.unwrap_or("?"), id.unwrap_or("?"));
            self.before.remove(&address);
        }
        let mut requests = std::mem::take(&mut self.requests);
        for request in &mut requests {
            if request.state == State::Waiting && request.leaves() == self.round {
                self.leave(request)?;
            }
            if request.state == State::Coming && request.arrives == self.round {
                self.submit(request)?;
            }
        }
        for (queue, turn) in VENDORS.into_iter().zip(self.round..) {
            let mut request = Request {
                queue,
                id: String::new(),
                fate: Fate::of(queue, turn),
                arrives: self.round,
                state: State::Coming,
                file: None,
            };
            self.submit(&mut request)?;
            requests.push(request);
        }
        self.requests = requests;
        self.write(client)
    }

    /// The end user asks; a request that was foreseen is the same, to the minute in which it was made.
    fn submit(&self, request: &mut Request) -> Result<()> {
        let mut asked = json!({});
        if !request.id.is_empty() {
            asked["id"] = json!(request.id);
            asked["at"] = json!("2026-03-02T08:00:00Z");
        }
        if request.fate == Fate::Lapsed {
            let after = |minutes| self.now.checked_add(SignedDuration::from_mins(minutes));
            asked["type"] = json!("scheduled");
            asked["starts-at"] = json!(after(1)?);
            asked["expires-at"] = json!(after(request.fate.after().into())?);
        }
        let act = json!({ "vendor": request.queue, "request": asked });
        let done = self.world.admin("actors/user/submit", Some(&act))?;
        request.id = done["id"].as_str().ok_or("no id")?.to_owned();
        request.state = State::Waiting;
        Ok(())
    }

    /// Somebody else does what its fate is, or time has done it.
    fn leave(&self, request: &mut Request) -> Result<()> {
        request.state = State::Left;
        let mut act = json!({ "vendor": request.queue, "id": request.id });
        let decision = match request.fate {
            Fate::Lapsed => return Ok(()),
            Fate::Withdrawn => {
                self.world.admin("actors/user/cancel", Some(&act))?;
                return Ok(());
            }
            Fate::Approved => "approve",
            Fate::Denied | Fate::DeniedLate => "deny",
        };
        act["decision"] = json!(decision);
        self.world.admin("actors/portal/decide", Some(&act))?;
        Ok(())
    }

    /// Decisions are drafted and made, changed, and removed.
    fn write(&mut self, client: &mut Client) -> Result<()> {
        let round = self.round;
        if round % DRAFTED_EVERY == DRAFTED_EVERY - 1 {
            let can_be_named = |request: &Request| match request.state {
                State::Coming => false,
                State::Waiting => request.queue != EKRAN,
                State::Left => {
                    let is_new = round - request.leaves() < DRAFTED_EVERY;
                    request.queue == EKRAN && request.fate != Fate::Withdrawn && is_new
                }
            };
            let all = self.requests.iter().enumerate();
            let named = all.filter(|(_, one)| one.file.is_none() && can_be_named(one));
            let named: Vec<usize> = named.map(|(place, _)| place).collect();
            self.draft(client, &named, round + GOOD_FOR)?;
        }
        let young = round.checked_sub(CHANGED_AFTER);
        if let Some(file) = young.and_then(|made| self.files.get_mut(&made)) {
            file.approves = !file.approves;
            file.decide()?;
        }
        // The decisions about what is yet to come stay.
        let old = round.checked_sub(KEPT_FOR).filter(|made| *made > 0);
        if let Some(file) = old.and_then(|made| self.files.remove(&made)) {
            std::fs::remove_file(file.path)?;
        }
        Ok(())
    }

    fn draft(&mut self, client: &mut Client, named: &[usize], ends: u32) -> Result<()> {
        let round = self.round;
        let file = File {
            path: self.world.path(&format!("decisions/round-{round:03}.toml")),
            approves: (round / DRAFTED_EVERY).is_multiple_of(2),
            ends,
        };
        let path = file.path.display().to_string();
        let expires = if ends == u32::MAX {
            "30d".to_owned()
        } else {
            format!("{GOOD_FOR}m")
        };
        let mut args = vec![
            "draft",
            "--ticket",
            "CHG1",
            "--expires",
            &expires,
            "--into",
            &path,
        ];
        let mut targets = Vec::new();
        for place in named {
            self.requests[*place].file = Some(round);
            targets.push(self.requests[*place].address());
        }
        args.extend(targets.iter().flat_map(|target| ["--target", target]));
        client.run(&args)?;
        let found = file.decide()?;
        if found != named.len() {
            let wanted = named.len();
            return Err(format!("round {round}: {found} decisions drafted, not {wanted}").into());
        }
        self.files.insert(round, file);
        Ok(())
    }

    fn file(&self, request: &Request) -> Option<&File> {
        self.files.get(&request.file?)
    }

    /// What `queue` must list, and as what.
    pub(super) fn waiting(&self) -> Told {
        let before = self
            .before
            .iter()
            .map(|one| (one.clone(), "new".to_owned()));
        let own = self.requests.iter().filter_map(|request| {
            let is_named = self.file(request).is_some();
            let named = match (request.state, is_named) {
                (State::Waiting, _) if request.queue == EKRAN => return None,
                (State::Waiting, true) => "decided",
                (State::Waiting, false) => "new",
                (State::Left, false)
                    if request.queue == EKRAN && request.fate != Fate::Withdrawn =>
                {
                    "new"
                }
                (State::Left | State::Coming, _) => return None,
            };
            Some((request.address(), named.to_owned()))
        });
        before.chain(own).collect()
    }

    /// What `plan` must tell of each decision.
    pub(super) fn verdicts(&self) -> Told {
        let of = |request| Some((request, self.file(request)?));
        let named: Vec<(&Request, &File)> = self.requests.iter().filter_map(of).collect();
        let mut told = Told::new();
        for queue in VENDORS {
            let here = named.iter().filter(|(request, _)| request.queue == queue);
            let mut here: Vec<(String, &str)> = here
                .map(|(request, file)| (request.address(), self.verdict(request, file)))
                .collect();
            let good = here.iter().filter(|(_, told)| *told != "inert");
            // One absent request is a wrong id; all of several at once is a wrong queue.
            if good.clone().count() > 1 && good.clone().all(|(_, told)| *told == NOT_FOUND) {
                let absent = here.iter_mut().filter(|(_, told)| *told == NOT_FOUND);
                absent.for_each(|(_, told)| *told = NOTHING_VISIBLE);
            }
            told.extend(
                here.into_iter()
                    .map(|(address, told)| (address, told.to_owned())),
            );
        }
        told
    }

    fn verdict(&self, request: &Request, file: &File) -> &'static str {
        let verdict = file.verdict(request.queue);
        match (request.state, request.fate) {
            _ if file.ends <= self.round => "inert",
            (State::Waiting, _) if verdict == "approve" => "to approve",
            (State::Waiting, _) => "to deny",
            (State::Coming, _) | (State::Left, Fate::Withdrawn) => NOT_FOUND,
            (State::Left, _) if request.queue == PASSWORD_SAFE => NOT_FOUND,
            (State::Left, Fate::Approved) if verdict == "approve" => "settled",
            (State::Left, Fate::Denied | Fate::DeniedLate | Fate::Lapsed) if verdict == "deny" => {
                "settled"
            }
            (State::Left, Fate::Lapsed) => "request-expired",
            (State::Left, Fate::Approved | Fate::Denied | Fate::DeniedLate) => "contradicted",
        }
    }
}
