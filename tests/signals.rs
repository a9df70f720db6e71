//! Told to stop in the middle: no new send, gone in time, and the next run is right.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::crash::stage::Stage;
use crate::crash::{POINTS, Point, ROWS, Row, TALES};
use crate::world::{QUEUE, Ran, Running, World, report, side_by_side, text};

/// Gone within 7 s, and a little for a busy machine.
const GONE: Duration = Duration::from_millis(7_900);

struct Story {
    world: World,
    ids: [String; 2],
}

impl Story {
    fn new() -> Self {
        let world = World::new();
        let pending = world.pending();
        let ids = [pending[0].clone(), pending[1].clone()];
        world.decide(&[(&ids[0], "approve"), (&ids[1], "approve")]);
        world.plan("plan.json");
        Self { world, ids }
    }

    /// Holds the nth call of this operation about one of the requests.
    fn holds(&self, op: &str, request: usize, nth: u32) {
        let op = format!("{QUEUE}.requests.{op}");
        self.world.faults(json!([
            {"op": op, "object": self.ids[request], "nth": nth, "kind": "hold"}
        ]));
    }

    fn apply(&self) -> Running {
        self.world.start(&[
            "apply",
            "plan.json",
            "--parallelism",
            "1",
            "--report",
            "report.json",
        ])
    }

    /// Waits until a call is held, gives these signals, and answers how it ended and with which report.
    fn told(&self, mut running: Running, signals: &[&str]) -> (Ran, Value, Duration) {
        self.world.wait(self.world.mocks.held(1));
        let begun = Instant::now();
        for signal in signals {
            running.signal(signal);
        }
        let ran = running.ends();
        let took = begun.elapsed();
        let report = report(&self.world.path("report.json"));
        assert_eq!(report["exit"], ran.code.expect("an exit code"));
        (ran, report, took)
    }

    /// Runs again, to the end: one effect each.
    fn resolves(&self) -> Ran {
        let ran = self.world.run(&["apply", "plan.json"]).exits(0);
        assert_eq!(self.effects(), [1, 1]);
        ran
    }

    fn effects(&self) -> [usize; 2] {
        self.ids.each_ref().map(|id| self.world.effects(id))
    }
}

fn outcomes(report: &Value) -> Vec<String> {
    let lines = report["lines"].as_array().expect("lines");
    lines.iter().map(|line| text(&line["outcome"])).collect()
}

fn a_write_is_held(signal: &str) {
    let story = Story::new();
    story.holds("approve", 0, 1);
    let (ran, report, took) = story.told(story.apply(), &[signal]);
    assert_eq!(ran.code, Some(5), "in doubt wins: {ran:?}");
    assert!(took < GONE, "{took:?}");
    assert_eq!(outcomes(&report), ["in-doubt", "not-sent"]);
    assert_eq!(report["interrupted"], format!("SIG{signal}"));
    assert!(ran.says("no call was begun after it"), "{}", ran.out);
    let heard = format!("SIG{signal}: no further call; finishing what is on its way");
    assert!(ran.says(&heard), "{}", ran.err);
    // The held call arrives only now, after its sender has gone.
    story.world.mocks.release_all();
    while story.world.writes().is_empty() {
        std::thread::yield_now();
    }
    assert_eq!(story.effects(), [1, 0]);
    let again = story.resolves();
    assert!(again.says("1 recovered"), "{}", again.out);
    assert_eq!(story.world.writes().len(), 2, "one send each");
}

#[test]
fn interrupted_while_a_write_is_held() {
    a_write_is_held("INT");
}

#[test]
fn terminated_while_a_write_is_held() {
    a_write_is_held("TERM");
}

#[test]
fn a_write_that_ends_in_time_is_told_as_it_ended() {
    let story = Story::new();
    story.holds("approve", 0, 1);
    let mut running = story.apply();
    story.world.wait(story.world.mocks.held(1));
    running.signal("TERM");
    story.world.mocks.release_all();
    let ran = running.ends().exits(143);
    let report = report(&story.world.path("report.json"));
    assert_eq!(outcomes(&report), ["applied", "not-sent"], "{ran:?}");
    assert_eq!(story.effects(), [1, 0]);
    story.resolves();
}

#[test]
fn interrupted_while_it_only_reads() {
    for (signal, code) in [("INT", 130), ("TERM", 143)] {
        // The plan's own read; then the fresh read of the second line, after the first is applied.
        for (nth, before, effects) in [
            (1, vec![], [0, 0]),
            (2, vec!["applied", "not-sent"], [1, 0]),
        ] {
            let story = Story::new();
            story.holds("get", 1, nth);
            let (ran, report, took) = story.told(story.apply(), &[signal]);
            assert_eq!(ran.code, Some(code), "{ran:?}");
            assert!(took < Duration::from_secs(4), "{took:?}");
            assert_eq!(outcomes(&report), before);
            assert_eq!(story.effects(), effects);
            story.world.faults(json!([]));
            story.world.mocks.release_all();
            story.resolves();
        }
    }
}

#[test]
fn interrupted_while_it_waits_for_the_vendor() {
    let story = Story::new();
    let op = format!("{QUEUE}.requests.approve");
    story
        .world
        .faults(json!([{"op": op, "kind": "rate-limit", "seconds": 60, "nth": 1}]));
    let mut running = story.apply();
    while story.world.writes().is_empty() {
        std::thread::yield_now();
    }
    running.signal("INT");
    let begun = Instant::now();
    let ran = running.ends().exits(130);
    assert!(begun.elapsed() < GONE);
    assert!(ran.says("0 in doubt"), "{}", ran.out);
    assert_eq!(story.effects(), [0, 0]);
    story.resolves();
}

#[test]
fn interrupted_while_it_waits_for_the_lock() {
    let story = Story::new();
    story.holds("approve", 0, 1);
    let first = story.apply();
    story.world.wait(story.world.mocks.held(1));
    let waiting = ["apply", "plan.json", "--lock-timeout", "60s"];
    let mut second = story.world.start(&waiting);
    // It has tried once: the lock's file is open in it.
    let open_files = format!("/proc/{}/fd", second.pid());
    let lock = story.world.path(".countersign/ledger.jsonl.lock");
    let is_open = || {
        let files = std::fs::read_dir(&open_files).into_iter().flatten();
        files.flatten().any(|file| {
            std::fs::read_link(file.path())
                .is_ok_and(|target| lock.canonicalize().is_ok_and(|lock| lock == target))
        })
    };
    let begun = Instant::now();
    while !is_open() {
        assert!(begun.elapsed() < GONE);
        std::thread::yield_now();
    }
    let begun = Instant::now();
    second.signal("TERM");
    second.ends().exits(143);
    assert!(begun.elapsed() < Duration::from_secs(4));
    story.world.mocks.release_all();
    first.ends().exits(0);
    assert_eq!(story.effects(), [1, 1]);
}

#[test]
fn a_second_signal_ends_at_once() {
    let story = Story::new();
    story.holds("approve", 0, 1);
    let (ran, report, took) = story.told(story.apply(), &["INT", "TERM"]);
    assert_eq!(ran.code, Some(5), "a call is in doubt: {ran:?}");
    assert!(took < Duration::from_secs(3), "{took:?}");
    assert!(ran.says("1 call in doubt"), "{}", ran.err);
    assert_eq!(report["lines"], json!([]));
    story.world.run(&["ledger", "verify"]).exits(0);
    story.world.mocks.release_all();
    while story.world.writes().is_empty() {
        std::thread::yield_now();
    }
    let again = story.resolves();
    assert!(again.says("1 recovered"), "{}", again.out);
    assert_eq!(story.world.writes().len(), 2, "one send each");
}

#[test]
fn a_second_signal_is_heard_while_a_program_is_waited_for() {
    let world = World::new();
    let config = world.read("countersign.toml");
    let secret = "credentials = { api-key = ";
    let (before, after) = config.split_once(secret).expect("a credential");
    let (_, after) = after.split_once('\n').expect("more lines");
    let blocking = "{ command = [\"/bin/sh\", \"-c\", \"touch asked; exec sleep 20\"] } }";
    world.write(
        "countersign.toml",
        &format!("{before}{secret}{blocking}\n{after}"),
    );
    let mut running = world.start(&["plan"]);
    running.reaches(&world.path("asked"));
    let begun = Instant::now();
    running.signal("INT");
    std::thread::sleep(Duration::from_millis(100));
    running.signal("INT");
    assert_eq!(running.ends().code, Some(130));
    assert!(begun.elapsed() < Duration::from_secs(5));
}

#[test]
fn a_variable_of_ours_that_is_no_text_stops_the_run() {
    use std::os::unix::ffi::OsStrExt as _;
    let world = World::new();
    for name in ["COUNTERSIGN_ORIGINS", "COUNTERSIGN_FREEZE"] {
        let mut command = world.command(&["plan"]);
        command.env(name, std::ffi::OsStr::from_bytes(b"\xff"));
        let ran = Ran::of(command.output().expect("it runs")).exits(1);
        assert!(ran.says(&format!("{name} is not UTF-8")), "{ran:?}");
    }
}

#[test]
fn what_recovery_found_is_told_though_the_digest_is_another() {
    let story = Story::new();
    story.holds("approve", 0, 1);
    story.told(story.apply(), &["INT"]);
    story.world.mocks.release_all();
    while story.world.writes().is_empty() {
        std::thread::sleep(Duration::from_millis(2));
    }
    let other = format!("sha256:{}", "0".repeat(64));
    let words = ["apply", "--yes", "--report", "r.json", "--expect-digest"];
    let ran = story.world.run(&[&words[..], &[&other]].concat()).exits(3);
    assert!(
        ran.says("Recovered: left open by earlier runs (1)"),
        "{ran:?}"
    );
    assert!(ran.out.lines().any(|line| line.starts_with("Ledger: ")));
    let report = report(&story.world.path("r.json"));
    assert_eq!(report["recovered"].as_array().map(Vec::len), Some(1));
    assert!(report["head"]["hash"].is_string(), "{report}");
}

/// Every step at every vendor, with one signal or two: gone in time, no call begins, and the next run is right.
///
/// The snapshot: the exit code and how the lines ended after SIGINT; SIGTERM differs in its code alone. After both the
/// process ends at once, and its code says whether a call is in doubt.
#[test]
fn told_to_stop_at_every_step() {
    const PATTERNS: [&[&str]; 3] = [&["INT"], &["TERM"], &["INT", "TERM"]];
    let cases = ROWS.map(|row| PATTERNS.map(|signals| (row, signals)));
    let cases: Vec<(Row, &[&str])> = cases.into_iter().flatten().collect();
    let told = side_by_side(&cases, |(row, signals)| {
        let stage = Stage::set(*row, TALES[2]);
        POINTS.map(|point| stage.signalled_at(point, signals))
    });
    let mut rows = Vec::new();
    for (row, told) in ROWS.iter().zip(told.chunks(PATTERNS.len())) {
        rows.push(row.vendor.slug().to_owned());
        for (place, point) in POINTS.iter().enumerate() {
            let [once, other, twice] = [&told[0][place], &told[1][place], &told[2][place]];
            assert_eq!(once.replace("130", "143"), *other, "{}", point.name());
            rows.push(format!("  {:<4} {once}; twice {twice}", point.name()));
        }
    }
    insta::assert_snapshot!(rows.join("\n"), @r"
    admin-by-request
      K0   130; twice 143
      K1   130; twice 130
      K2   130 not-sent, not-sent; twice 143
      K3   130 not-sent, not-sent; twice 143
      K4   130 not-sent, not-sent; twice 143
      K5   130 not-sent, not-sent; twice 143
      K6   130 not-sent, not-sent; twice 143
      K8   5 in-doubt, not-sent; twice 5
      K9   130 applied, not-sent; twice 5
      K10  130 applied, not-sent; twice 5
      K11  130 applied, not-sent; twice 5
      K12  130 applied, not-sent; twice 5
      K13  130 applied, not-sent; twice 143
      K14  130 applied, not-sent; twice 143
      K15  130 applied, not-sent; twice 143
      K17  0 applied, applied; twice 143
    beyondtrust
      K0   130; twice 143
      K1   130; twice 130
      K2   130 not-sent, not-sent; twice 143
      K3   130 not-sent, not-sent; twice 143
      K4   130 not-sent, not-sent; twice 143
      K5   130 not-sent, not-sent; twice 143
      K6   130 not-sent, not-sent; twice 143
      K8   5 in-doubt, not-sent; twice 5
      K9   5 in-doubt, not-sent; twice 5
      K10  5 in-doubt, not-sent; twice 5
      K11  130 state-reached, not-sent; twice 5
      K12  130 state-reached, not-sent; twice 5
      K13  130 state-reached, not-sent; twice 143
      K14  130 state-reached, not-sent; twice 143
      K15  130 state-reached, not-sent; twice 143
      K17  0 state-reached, recorded; twice 143
    threatlocker
      K0   130; twice 143
      K1   130; twice 130
      K2   130 not-sent, not-sent; twice 143
      K3   130 not-sent, not-sent; twice 143
      K4   130 not-sent, not-sent; twice 143
      K5   130 not-sent, not-sent; twice 143
      K6   130 not-sent, not-sent; twice 143
      K8   5 in-doubt, not-sent; twice 5
      K9   130 applied, not-sent; twice 5
      K10  130 applied, not-sent; twice 5
      K11  130 applied, not-sent; twice 5
      K12  130 applied, not-sent; twice 5
      K13  130 applied, not-sent; twice 143
      K14  130 applied, not-sent; twice 143
      K15  130 applied, not-sent; twice 143
      K17  0 applied, applied; twice 143
    fudo
      K0   130; twice 143
      K1   130; twice 130
      K2   130 not-sent, not-sent; twice 143
      K3   130 not-sent, not-sent; twice 143
      K4   130 not-sent, not-sent; twice 143
      K5   130 not-sent, not-sent; twice 143
      K6   130 not-sent, not-sent; twice 143
      K8   5 in-doubt, not-sent; twice 5
      K9   130 applied, not-sent; twice 5
      K10  130 applied, not-sent; twice 5
      K11  130 applied, not-sent; twice 5
      K12  130 applied, not-sent; twice 5
      K13  130 applied, not-sent; twice 143
      K14  130 applied, not-sent; twice 143
      K15  130 applied, not-sent; twice 143
      K17  0 applied, recorded; twice 143
    ");
}

/// Whoever holds the lock is paused, not dead: the lock stays taken, and nothing is done twice afterwards.
#[test]
fn paused_in_the_middle_it_keeps_the_lock() {
    let points = POINTS.into_iter().filter(|point| match point {
        Point::Step(name) => !["K0", "K17"].contains(name),
        // Nobody lets the stalled call go on.
        Point::Wire(..) => false,
    });
    let points: Vec<Point> = points.collect();
    side_by_side(&ROWS, |row| {
        let stage = Stage::set(*row, TALES[2]);
        points.iter().for_each(|&point| stage.frozen_at(point));
    });
}
