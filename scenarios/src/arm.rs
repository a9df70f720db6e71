//! What disturbs a step, as the mock's faults: armed before it, disarmed after it.

use mock_servers::{Armed, Fault, FaultKind, Mocks, Phase};

use crate::placeholders::{Names, fill_all};
use crate::story::{Point, Step};

/// The fault that stands at a point, without a kind yet.
pub(crate) fn at(point: &Point) -> Fault {
    Fault {
        id: String::new(),
        op: point.op.clone(),
        object: point.object.clone(),
        nth: point.nth,
        times: 1,
        phase: point.phase,
        kind: None,
        must_fire: true,
        ms: None,
        status: None,
        body: None,
        name: None,
        seconds: None,
        bytes: None,
        act: None,
    }
}

fn every_call() -> Point {
    Point {
        op: "*".to_owned(),
        object: None,
        nth: 1,
        phase: Phase::BeforeEffect,
    }
}

/// Arms the step's faults, the acts inside its calls, and the point at which a race holds its first client.
pub(crate) fn arm(mocks: &Mocks, step: &Step, names: &Names) -> Result<(), String> {
    let mut faults = Vec::new();
    let held = |id: &str, point: &Point| Fault {
        id: id.to_owned(),
        kind: Some(FaultKind::Hold),
        ..at(point)
    };
    // Before all else at its point: the client is told to end before anything else befalls the call.
    if let Some(signalled) = &step.signal {
        faults.push(held("signal", &signalled.inside));
    }
    faults.extend(step.fault.iter().cloned());
    for (position, during) in step.during.iter().enumerate() {
        faults.push(Fault {
            id: format!("during {}", position + 1),
            act: Some(during.act.clone()),
            ..at(&during.when)
        });
    }
    if let Some(race) = &step.race {
        faults.push(match &race.inside {
            Some(inside) => held("race", inside),
            None => Fault {
                times: u64::MAX,
                ..held("race", &every_call())
            },
        });
    }
    mocks.set_faults(fill_all(&faults, names)?)
}

/// Disarms all; answers those that had to strike and did not.
pub(crate) fn disarm(mocks: &Mocks) -> Vec<Armed> {
    let idle = mocks
        .faults()
        .into_iter()
        .filter(|armed| armed.fault.must_fire && armed.hits == 0)
        .collect();
    // No fault can be wrong in an empty set.
    let _ = mocks.set_faults(Vec::new());
    idle
}
