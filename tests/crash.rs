//! The real binary, killed at every step of apply: the next run is right about what happened.
//!
//! What happened is asked of the vendor's journal, which shares nothing with the tool.

use serde_json::{Value, json};

use crate::between::{Between, Stall};
use crate::world::{QUEUE, Ran, Running, World, report, side_by_side};

/// Where the first line of the run is when the process is killed.
#[derive(Clone, Copy)]
enum Point {
    /// At a step that the binary itself stands still at.
    Step(&'static str),
    /// While its write is on the wire.
    Wire(&'static str, Stall),
}

const POINTS: [Point; 16] = [
    Point::Step("K0"),
    Point::Step("K1"),
    Point::Step("K2"),
    Point::Step("K3"),
    Point::Step("K4"),
    Point::Step("K5"),
    Point::Step("K6"),
    Point::Wire("K8", Stall::Half),
    Point::Wire("K9", Stall::Whole),
    Point::Wire("K10", Stall::Head),
    Point::Step("K11"),
    Point::Step("K12"),
    Point::Step("K13"),
    Point::Step("K14"),
    Point::Step("K15"),
    Point::Step("K17"),
];

impl Point {
    fn name(self) -> &'static str {
        match self {
            Self::Step(name) | Self::Wire(name, _) => name,
        }
    }
}

/// Two decided requests and a saved plan; with a proxy before the vendor where the point needs one.
struct Story {
    world: World,
    between: Option<Between>,
    /// In the order in which apply goes through them.
    ids: [String; 2],
}

impl Story {
    fn new(verdicts: [&str; 2], point: Point) -> Self {
        let world = World::new();
        let between = match point {
            Point::Step(_) => None,
            Point::Wire(_, stall) => {
                let vendor = world.mocks.queues()[QUEUE].url.clone();
                let between = Between::new(&vendor, stall);
                world.edit("countersign.toml", &vendor, &between.url);
                Some(between)
            }
        };
        let pending = world.pending();
        let ids = [pending[0].clone(), pending[1].clone()];
        world.decide(&[(&ids[0], verdicts[0]), (&ids[1], verdicts[1])]);
        world.plan("plan.json");
        Self {
            world,
            between,
            ids,
        }
    }

    /// Applies the plan and kills the process at the point.
    fn killed_at(&self, point: Point, marker: &str) {
        // A busy machine must not make the client give up waiting before it is killed.
        let apply = [
            "apply",
            "plan.json",
            "--parallelism",
            "1",
            "--timeout",
            "60s",
        ];
        match (point, &self.between) {
            (Point::Step(name), _) => {
                // The next intent must not be written together with the outcome that is waited for.
                let waits = ["K13", "K14", "K15"].contains(&name);
                let op = format!("{QUEUE}.requests.get");
                let hold = json!({"op": op, "object": self.ids[1], "nth": 2, "kind": "hold"});
                self.world
                    .faults(if waits { json!([hold]) } else { json!([]) });
                let marker = self.world.path(marker);
                let still = format!("{name}={}", marker.display());
                let mut command = self.world.command(&apply);
                command.env("COUNTERSIGN_STAND_STILL", still);
                let mut running = Running::of(command);
                running.reaches(&marker);
                running.kill();
                self.world.faults(json!([]));
                self.world.mocks.release_all();
            }
            (Point::Wire(..), Some(between)) => {
                let running = self.world.start(&apply);
                between.stalls();
                running.kill();
            }
            (Point::Wire(..), None) => unreachable!("made with a proxy"),
        }
    }

    fn effects(&self) -> [usize; 2] {
        [
            self.world.effects(&self.ids[0]),
            self.world.effects(&self.ids[1]),
        ]
    }

    /// The labels of a report, each checked against the journal.
    fn labels(&self, report: &Value, before: [usize; 2]) -> String {
        let mut labels = Vec::new();
        for one in report["recovered"].as_array().expect("a list") {
            let place = usize::from(one["request"] != self.ids[0].as_str());
            let outcome = one["outcome"].as_str().expect("a word");
            match outcome {
                "applied" => assert_eq!(before[place], 1, "{one}"),
                "not-sent" => assert_eq!(before[place], 0, "{one}"),
                other => panic!("recovered as {other}: {one}"),
            }
            labels.push(format!("recovered {outcome}"));
        }
        for one in report["lines"].as_array().expect("a list") {
            let place = usize::from(one["request"] != self.ids[0].as_str());
            let outcome = one["outcome"].as_str().expect("a word");
            match outcome {
                "applied" => assert_eq!(self.effects()[place], 1, "{one}"),
                "stale" => assert_eq!(self.effects()[place], 0, "{one}"),
                other => panic!("ended as {other}: {one}"),
            }
            let before = one["spent_before"] == true;
            labels.push(if before { "done before" } else { outcome }.to_owned());
        }
        labels.join(", ")
    }

    /// Applies to the end, checks every promise, and says what the run said.
    fn ended(&self) -> String {
        let Self { world, .. } = self;
        let before = self.effects();
        let verified = world.run(&["ledger", "verify"]);
        let verified = verified.exits(0).out;
        let is_torn = verified.contains("cut off");
        let second = world.run(&["apply", "plan.json", "--report", "second.json"]);
        assert_eq!(is_torn, second.says("cut off by a crash"), "{}", second.err);
        let report = report(&world.path("second.json"));
        let labels = self.labels(&report, before);
        assert_eq!(report["exit"], second.code.expect("an exit code"));
        if second.code == Some(0) {
            assert_eq!(self.effects(), [1, 1], "each decision has one effect");
            self.nothing_is_left(&second);
        } else {
            // Two calls may have been made: a third is for people to say.
            assert_eq!((second.code, self.effects()), (Some(3), [0, 1]));
            assert!(second.out.contains("(sent-before)"), "{}", second.out);
        }
        let torn = if is_torn { "torn" } else { "whole" };
        format!(
            "effects {}+{}, ledger {torn:<5} -> {labels}",
            before[0], before[1]
        )
    }

    /// A further run sends nothing, and a plan has no changes.
    fn nothing_is_left(&self, second: &Ran) {
        let Self { world, .. } = self;
        assert!(second.out.contains("Apply complete!"), "{}", second.out);
        let writes = world.writes().len();
        let ledger = world.read(".countersign/ledger.jsonl");
        let third = world.run(&["apply", "plan.json", "--report", "third.json"]);
        let third = third.exits(0);
        assert!(third.err.is_empty() || !third.err.contains("sending"));
        let report = report(&world.path("third.json"));
        assert_eq!(report["recovered"], json!([]));
        self.labels(&report, [1, 1]);
        world.run(&["plan", "--detailed-exitcode"]).exits(0);
        world.run(&["ledger", "verify"]).exits(0);
        assert_eq!(world.writes().len(), writes, "nothing more is sent");
        assert_eq!(world.read(".countersign/ledger.jsonl"), ledger);
    }
}

fn told(verdicts: [&str; 2]) -> String {
    let rows = side_by_side(&POINTS, |&point| {
        let story = Story::new(verdicts, point);
        story.killed_at(point, "reached");
        format!("{:<4} {}", point.name(), story.ended())
    });
    rows.join("\n")
}

#[test]
fn killed_at_every_step_of_a_deny_and_an_approve() {
    insta::assert_snapshot!(told(["deny", "approve"]), @r"
    K0   effects 0+0, ledger whole -> applied, applied
    K1   effects 0+0, ledger whole -> applied, applied
    K2   effects 0+0, ledger whole -> applied, applied
    K3   effects 0+0, ledger whole -> applied, applied
    K4   effects 0+0, ledger torn  -> applied, applied
    K5   effects 0+0, ledger whole -> recovered not-sent, applied, applied
    K6   effects 0+0, ledger whole -> recovered not-sent, applied, applied
    K8   effects 0+0, ledger whole -> recovered not-sent, applied, applied
    K9   effects 1+0, ledger whole -> recovered applied, done before, applied
    K10  effects 1+0, ledger whole -> recovered applied, done before, applied
    K11  effects 1+0, ledger whole -> recovered applied, done before, applied
    K12  effects 1+0, ledger whole -> recovered applied, done before, applied
    K13  effects 1+0, ledger torn  -> recovered applied, done before, applied
    K14  effects 1+0, ledger whole -> done before, applied
    K15  effects 1+0, ledger whole -> done before, applied
    K17  effects 1+1, ledger whole -> done before, done before
    ");
}

#[test]
fn killed_at_every_step_of_two_approvals() {
    insta::assert_snapshot!(told(["approve", "approve"]), @r"
    K0   effects 0+0, ledger whole -> applied, applied
    K1   effects 0+0, ledger whole -> applied, applied
    K2   effects 0+0, ledger whole -> applied, applied
    K3   effects 0+0, ledger whole -> applied, applied
    K4   effects 0+0, ledger torn  -> applied, applied
    K5   effects 0+0, ledger whole -> recovered not-sent, applied, applied
    K6   effects 0+0, ledger whole -> recovered not-sent, applied, applied
    K8   effects 0+0, ledger whole -> recovered not-sent, applied, applied
    K9   effects 1+0, ledger whole -> recovered applied, done before, applied
    K10  effects 1+0, ledger whole -> recovered applied, done before, applied
    K11  effects 1+0, ledger whole -> recovered applied, done before, applied
    K12  effects 1+0, ledger whole -> recovered applied, done before, applied
    K13  effects 1+0, ledger torn  -> recovered applied, done before, applied
    K14  effects 1+0, ledger whole -> done before, applied
    K15  effects 1+0, ledger whole -> done before, applied
    K17  effects 1+1, ledger whole -> done before, done before
    ");
}

/// The run that cleans up after a kill is killed as well.
#[test]
fn killed_again_at_every_step_of_the_recovery() {
    let steps = POINTS
        .iter()
        .filter(|point| matches!(point, Point::Step(_)));
    let cases: Vec<(&str, Point)> = steps
        .flat_map(|&second| ["K6", "K11"].map(|first| (first, second)))
        .collect();
    let rows = side_by_side(&cases, |&(first, second)| {
        let story = Story::new(["deny", "approve"], second);
        story.killed_at(Point::Step(first), "reached");
        story.killed_at(second, "reached again");
        format!("{first:<4} {:<4} {}", second.name(), story.ended())
    });
    insta::assert_snapshot!(rows.join("\n"), @r"
    K6   K0   effects 0+0, ledger whole -> recovered not-sent, applied, applied
    K11  K0   effects 1+0, ledger whole -> recovered applied, done before, applied
    K6   K1   effects 0+0, ledger whole -> recovered not-sent, applied, applied
    K11  K1   effects 1+0, ledger whole -> recovered applied, done before, applied
    K6   K2   effects 0+0, ledger whole -> applied, applied
    K11  K2   effects 1+0, ledger whole -> done before, applied
    K6   K3   effects 0+0, ledger whole -> applied, applied
    K11  K3   effects 1+0, ledger whole -> done before, applied
    K6   K4   effects 0+0, ledger torn  -> applied, applied
    K11  K4   effects 1+0, ledger torn  -> done before, applied
    K6   K5   effects 0+0, ledger whole -> recovered not-sent, stale, applied
    K11  K5   effects 1+0, ledger whole -> recovered not-sent, done before, applied
    K6   K6   effects 0+0, ledger whole -> recovered not-sent, stale, applied
    K11  K6   effects 1+0, ledger whole -> recovered not-sent, done before, applied
    K6   K11  effects 1+0, ledger whole -> recovered applied, done before, applied
    K11  K11  effects 1+1, ledger whole -> recovered applied, done before, done before
    K6   K12  effects 1+0, ledger whole -> recovered applied, done before, applied
    K11  K12  effects 1+1, ledger whole -> recovered applied, done before, done before
    K6   K13  effects 0+0, ledger torn  -> recovered not-sent, applied, applied
    K11  K13  effects 1+0, ledger torn  -> recovered applied, done before, applied
    K6   K14  effects 0+0, ledger whole -> applied, applied
    K11  K14  effects 1+0, ledger whole -> done before, applied
    K6   K15  effects 0+0, ledger whole -> applied, applied
    K11  K15  effects 1+0, ledger whole -> done before, applied
    K6   K17  effects 1+1, ledger whole -> done before, done before
    K11  K17  effects 1+1, ledger whole -> done before, done before
    ");
}
