//! The stage of kills and signals: one vendor behind a proxy, decided requests, and everything put back between two kills.

use std::time::{Duration, Instant};

use mock_servers::{Decision, Vendor};
use serde_json::{Value, json};

use super::{Point, Row, Tale};
use crate::between::Between;
use crate::referee::{Case, Moment, Said, judge};
use crate::world::{PATIENCE, Ran, Running, World};

const LEDGER: &str = ".countersign/ledger.jsonl";
const REPORT: &str = "report.json";
/// Made by the process where it stands still.
const MARKER: &str = "reached";
/// Gone within 7 s, and a little for a busy machine.
const GONE: Duration = Duration::from_millis(7_900);
/// More runs than any story needs.
const ENOUGH: usize = 6;

pub(crate) struct Stage {
    world: World,
    between: Between,
    vendor: Vendor,
    tale: Tale,
    ids: Vec<String>,
    /// Before any run.
    ledger: String,
}

/// How one kill was survived.
pub(crate) struct Told {
    /// Whether the process was killed, and had not come to its end before the step.
    pub(crate) was_hit: bool,
    /// Decisions that were carried out in the end.
    pub(crate) done: usize,
    /// Decisions that were not, because two calls may have left: a third is for people to make.
    pub(crate) left: usize,
    /// What was there after the kill, and what the next run said.
    pub(crate) labels: String,
}

impl Stage {
    /// Decides the tale's requests; a saved plan stands for all.
    pub(crate) fn set(row: Row, tale: Tale) -> Self {
        let vendor = row.vendor;
        let world = World::of(|options| options.vendors = vec![vendor]);
        let url = world.mocks.queues()[vendor.slug()].url.clone();
        let between = Between::new(&url);
        world.edit("countersign.toml", &url, &between.url);
        let pending = world.pending();
        let decided = pending
            .iter()
            .map(String::as_str)
            .zip(tale.verdicts.iter().copied());
        let decided: Vec<(&str, &str)> = decided.collect();
        world.decide(&decided);
        for (id, _) in decided.iter().filter(|(_, verdict)| *verdict == "revoke") {
            let by = row.grants.expect("a grant can be taken back");
            let granted = world.mocks.decide(vendor, id, Decision::Approve, by, None);
            granted.expect("somebody grants it");
        }
        let plan = world.plan("plan.json");
        assert!(plan.says("0 blocked, 0 waiting, 0 settled."), "{plan:?}");
        world.mocks.save("set");
        Self {
            ids: decided.iter().map(|(id, _)| (*id).to_owned()).collect(),
            ledger: world.read(LEDGER),
            world,
            between,
            vendor,
            tale,
        }
    }

    /// Kills a run at this point, runs to the end, and has the whole judged.
    pub(crate) fn killed_at(&self, point: Point) -> Told {
        let mut moments = vec![self.begins()];
        if let Some(first) = self.tale.after {
            let Some(killed) = self.run_until(first, 1, Self::killed) else {
                return self.killed_at(point);
            };
            moments.push(self.moment(vec![killed]));
        }
        let Some(ended) = self.run_until(point, self.tale.line, Self::killed) else {
            return self.killed_at(point);
        };
        let was_hit = ended.code.is_none();
        moments.push(self.moment(vec![ended]));
        let killed = moments.len() - 1;
        let (case, done) = self.to_the_end(point, moments);
        Told {
            was_hit,
            done,
            left: self.ids.len() - done,
            labels: labels(&case.moments[killed], &case.moments[killed + 1], &self.ids),
        }
    }

    /// Everything is put back.
    fn begins(&self) -> Moment {
        assert!(self.world.mocks.restore("set"));
        self.world.write(LEDGER, &self.ledger);
        self.moment(Vec::new())
    }

    /// Gives these signals to a run at this point: it ends in time, and no call begins after the first. Then runs to the
    /// end, and has the whole judged. Answers the exit code and how the lines ended.
    pub(crate) fn signalled_at(&self, point: Point, signals: &[&str]) -> String {
        let mut moments = vec![self.begins()];
        let mut sent = Vec::new();
        let ended = self.run_until(point, self.tale.line, |_, mut running| {
            self.world.wait(self.world.mocks.settled());
            sent = self.world.writes();
            let begun = Instant::now();
            running.signal(signals[0]);
            if let Point::Step(_) = point {
                self.has_heard(&mut running, point);
            }
            for more in &signals[1..] {
                // Where nothing can have been sent, the first is enough.
                if !running.has_ended() {
                    running.signal(more);
                }
            }
            if signals.len() == 1 {
                let _ = std::fs::remove_file(self.world.path(MARKER));
            }
            let ran = running.ends();
            let took = begun.elapsed();
            assert!(took < GONE, "{}: {took:?}", point.name());
            self.said(ran.code)
        });
        let Some(ended) = ended else {
            return self.signalled_at(point, signals);
        };
        moments.push(self.moment(vec![ended]));
        let begun_after = self.world.writes().split_off(sent.len());
        assert_eq!(begun_after, [], "{} {signals:?}", point.name());
        let (case, _) = self.to_the_end(point, moments);
        let run = &case.moments[1].runs[0];
        let lines = run.report["lines"].as_array().cloned().unwrap_or_default();
        let words = lines.iter().filter_map(|line| line["outcome"].as_str());
        let words: Vec<&str> = words.collect();
        let told = format!("{} {}", run.code.unwrap_or_default(), words.join(", "));
        told.trim_end().to_owned()
    }

    /// Waits until the process has heard a signal while one of its threads stands still. At K1, where another waits for
    /// that one, it ends at once.
    fn has_heard(&self, running: &mut Running, point: Point) {
        let begun = Instant::now();
        let ends = point.name() == "K1";
        let is_told = || !ends && self.world.read(MARKER) == "stop";
        while !is_told() && !running.has_ended() {
            let vendor = self.vendor.slug();
            let waited = begun.elapsed();
            assert!(waited < PATIENCE, "{vendor} {} hears nothing", point.name());
            std::thread::yield_now();
        }
    }

    /// Freezes a run at this point, lets another one try, and thaws it: the lock holds, and nothing is done twice.
    pub(crate) fn frozen_at(&self, point: Point) {
        let mut moments = vec![self.begins()];
        let mut other = None;
        let ended = self.run_until(point, self.tale.line, |_, mut running| {
            running.signal("STOP");
            let _ = std::fs::remove_file(self.world.path(MARKER));
            let ran = self.world.run(&["apply", "plan.json"]).exits(6);
            assert!(ran.says("is locked by "), "{}", ran.err);
            other = Some(self.said(ran.code));
            running.signal("CONT");
            self.said(running.ends().code)
        });
        let Some(ended) = ended else {
            return self.frozen_at(point);
        };
        assert_eq!(ended.code, Some(0), "{}", ended.report);
        moments.push(self.moment(vec![ended, other.expect("it was frozen")]));
        self.to_the_end(point, moments);
    }

    /// Runs to the end and has the whole judged. Answers the case, and how many decisions were carried out.
    fn to_the_end(&self, point: Point, mut moments: Vec<Moment>) -> (Case, usize) {
        let ran = self.runs_to_the_end(&mut moments);
        let case = Case {
            decided: self.ids.clone(),
            moments,
        };
        let breaches = judge(&case);
        let (vendor, name) = (self.vendor.slug(), point.name());
        let verdicts = self.tale.verdicts;
        let story = format!("{vendor} {verdicts:?} line {} {name}", self.tale.line);
        assert_eq!(breaches, [], "{story}: {}", shown(&case));
        let done = self.ends_well(&case, &ran, &story);
        (case, done)
    }

    /// Each decision was carried out once; where it was not, that is what the last run said. Answers how many were.
    fn ends_well(&self, case: &Case, ran: &Ran, story: &str) -> usize {
        let [.., before, last] = &case.moments[..] else {
            panic!("several moments")
        };
        for id in &self.ids {
            let effects = last.effects(id);
            let sends = [before, last].map(|moment| moment.sends(id).len());
            assert_eq!(sends[0], sends[1], "{story}: the last run sends nothing");
            let is_left = || ran.out.contains("(sent-before)") && ran.code == Some(3);
            assert!(effects == 1 || is_left(), "{story}: {id}: {ran:?}");
        }
        assert_eq!(before.ledger, last.ledger, "{story}: nor does it write");
        assert!(matches!(ran.code, Some(0 | 3)), "{story}: {ran:?}");
        self.ids.iter().map(|id| last.effects(id)).sum()
    }

    /// Runs again until a run has nothing more to do, a person having looked at what stayed in doubt.
    fn runs_to_the_end(&self, moments: &mut Vec<Moment>) -> Ran {
        for _ in 0..ENOUGH {
            let before = moments.last().map(|moment| moment.ledger.clone());
            let ran = Ran::of(self.apply("1s").output().expect("it runs"));
            moments.push(self.moment(vec![self.said(ran.code)]));
            if ran.code == Some(5) {
                self.resolve(moments);
            } else if before == moments.last().map(|moment| moment.ledger.clone()) {
                return ran;
            }
        }
        panic!(
            "never at an end: {:#?}",
            moments.last().map(|one| &one.runs[0].report)
        );
    }

    /// A person looks at what is in doubt, later, and says what the vendor says.
    fn resolve(&self, moments: &mut Vec<Moment>) {
        let later = serde_json::from_value(json!({"by": "16m"})).expect("a step");
        self.world
            .mocks
            .advance(&later)
            .expect("the clock is frozen");
        let last = &moments[moments.len() - 1];
        let mut doubts: Vec<String> = last.in_doubt();
        doubts.sort();
        doubts.dedup();
        assert!(!doubts.is_empty(), "{:#?}", last.runs[0].report);
        let found = doubts.iter().map(|id| (id, last.effects(id)));
        for (id, effects) in found.collect::<Vec<_>>() {
            let address = format!("{}/{id}", self.vendor.slug());
            let how = ["not-applied", "applied"][effects];
            let because = ["--as", how, "--because", "seen in the portal"];
            let words = [&["ledger", "resolve", &address][..], &because].concat();
            self.world.run(&words).exits(0);
        }
        moments.push(self.moment(Vec::new()));
    }

    /// The saved plan, or what a plan shows now.
    fn apply(&self, verify: &str) -> std::process::Command {
        let _ = std::fs::remove_file(self.world.path(REPORT));
        let mut how = vec!["--report", REPORT, "--parallelism", "1"];
        // A busy machine must not make the client give up; nothing here is slow to show what it did.
        how.extend(["--timeout", "60s", "--verify-timeout", verify]);
        if self.tale.saved {
            return self
                .world
                .command(&[&["apply", "plan.json"][..], &how[..]].concat());
        }
        let plan = self.world.run(&["plan", "--format", "json"]).exits(0);
        let plan: Value = serde_json::from_str(&plan.out).expect("a plan");
        let digest = plan["digest"].as_str().expect("a digest");
        let apply = ["apply", "--yes", "--expect-digest", digest];
        self.world.command(&[&apply[..], &how[..]].concat())
    }

    /// Applies, and hands the process over where this line comes to the point; it may end before. Nothing where the point
    /// was missed.
    fn run_until(
        &self,
        point: Point,
        line: usize,
        reached: impl FnOnce(&Self, Running) -> Said,
    ) -> Option<Said> {
        let mut apply = self.apply("5s");
        let marker = self.world.path(MARKER);
        let _ = std::fs::remove_file(&marker);
        // These are no line's own.
        let nth = if ["K0", "K1", "K2", "K17"].contains(&point.name()) {
            1
        } else {
            line
        };
        let (running, hit) = match point {
            Point::Step(name) => {
                let still = format!("{name}*{nth}={}", marker.display());
                apply.env("COUNTERSIGN_STAND_STILL", still);
                let mut running = Running::of(apply);
                let hit = running.reaches_or_ends(&marker);
                (running, hit)
            }
            Point::Wire(_, stall) => {
                self.between.arm(nth, stall);
                let mut running = Running::of(apply);
                let hit = self.between.stalls(|| running.has_ended());
                self.between.disarm();
                (running, hit)
            }
        };
        if !hit {
            return Some(self.said(running.ends().code));
        }
        // Dropped where it is.
        (!self.is_past(point, line)).then(|| reached(self, running))
    }

    /// Whether an outcome was written together with the intent of the line after it, so that its own steps were never
    /// reached: a busy machine can bring that about. Then the story begins again.
    fn is_past(&self, point: Point, line: usize) -> bool {
        let is_outcomes = ["K13", "K14", "K15"].contains(&point.name());
        let intents = self
            .world
            .read(LEDGER)
            .matches("\"kind\":\"intent\"")
            .count();
        is_outcomes && self.tale.after.is_none() && intents > line
    }

    fn killed(&self, running: Running) -> Said {
        running.kill();
        self.said(None)
    }

    fn said(&self, code: Option<i32>) -> Said {
        let report = std::fs::read_to_string(self.world.path(REPORT));
        let report = report.map(|text| serde_json::from_str(&text).expect("a whole report"));
        Said {
            code,
            report: report.unwrap_or_default(),
        }
    }

    fn moment(&self, runs: Vec<Said>) -> Moment {
        self.world.wait(self.world.mocks.settled());
        let journal = self.world.admin("GET", "journal", &Value::Null);
        Moment {
            runs,
            ledger: self.world.read(LEDGER),
            journal: journal.as_array().expect("entries").clone(),
        }
    }
}

/// What a run left behind, and what the next one made of it.
fn labels(killed: &Moment, next: &Moment, ids: &[String]) -> String {
    let effects: Vec<String> = ids
        .iter()
        .map(|id| killed.effects(id).to_string())
        .collect();
    let torn = if killed.ledger.ends_with('\n') {
        "whole"
    } else {
        "torn"
    };
    let report = &next.runs[0].report;
    let list = |name: &str| report[name].as_array().cloned().unwrap_or_default();
    let word = |line: &Value| line["outcome"].as_str().unwrap_or_default().to_owned();
    let recovered = list("recovered")
        .into_iter()
        .map(|line| format!("recovered {}", word(&line)));
    let lines = list("lines").into_iter().map(|line| {
        let before = line["spent_before"] == true;
        if before {
            "done before".to_owned()
        } else {
            word(&line)
        }
    });
    let labels: Vec<String> = recovered.chain(lines).collect();
    let effects = effects.join("+");
    format!(
        "effects {effects}, ledger {torn:<5} -> {}",
        labels.join(", ")
    )
}

/// A case as a person wants to see it.
fn shown(case: &Case) -> String {
    let mut text = String::new();
    for (place, moment) in case.moments.iter().enumerate() {
        text.push_str(&format!("\n== moment {place}\n{}", moment.ledger));
        for run in &moment.runs {
            text.push_str(&format!("exit {:?}, {}\n", run.code, run.report));
        }
    }
    for entry in case.moments.last().map_or(&[][..], |last| &last.journal) {
        text.push_str(&format!("{entry}\n"));
    }
    text
}
