//! What only a build with the harness does: a virtual clock, and stopping or breaking at a step of apply.
//!
//! All are read from the environment, and all only where every configured queue is on this machine:
//! nobody can move the time, or stop an apply, of a run that reaches a real vendor.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use jiff::Timestamp;

use crate::commands::Context;
use crate::desired::config;
use crate::error::Failure;
use crate::steps::{Step, Steps};
use crate::vendors::http;

/// The url of a mock's clock.
const CLOCK: &str = "COUNTERSIGN_MOCK_CLOCK";
/// `STEP=FILE`, or `STEP*N=FILE` for the nth time: at that step, make the file and stand still until killed, or until
/// the file is taken away. Once a signal is heard meanwhile, `stop` stands in the file.
const STAND_STILL: &str = "COUNTERSIGN_STAND_STILL";
/// How often somebody who stands still looks whether to go on.
const LOOK_AGAIN: Duration = Duration::from_millis(2);

/// `STEP`: at that step, break, as a fault of the program's own would.
const BREAK: &str = "COUNTERSIGN_BREAK";

/// Takes over what the environment asks for.
pub(crate) async fn enter(mut context: Context) -> Result<Context, (Failure, Context)> {
    match asked_for(&context).await {
        Err(failure) => Err((failure, context)),
        Ok(Asked { clock, steps }) => {
            if let Some((url, now)) = clock {
                // Read once: a mock's clock stands still until it is told to move.
                context.clock = Arc::new(move || now);
                context.virtual_clock = Some(url);
            }
            context.steps = steps;
            Ok(context)
        }
    }
}

#[derive(Default)]
struct Asked {
    clock: Option<(String, Timestamp)>,
    steps: Steps,
}

async fn asked_for(context: &Context) -> Result<Asked, Failure> {
    let (clock, still, breaks) = (
        context.env(CLOCK),
        context.env(STAND_STILL),
        context.env(BREAK),
    );
    if clock.is_none() && still.is_none() && breaks.is_none() {
        return Ok(Asked::default());
    }
    // Commands that need no configuration keep their own time.
    let Ok(config) = config::read(&context.global.config) else {
        return Ok(Asked::default());
    };
    let far = config
        .queues
        .values()
        .find(|queue| !http::is_loopback(&queue.origin));
    if let Some(queue) = far {
        let origin = &queue.origin;
        let what = format!(
            "{CLOCK}, {STAND_STILL} and {BREAK} are for mock vendors, and {origin} is not on this machine"
        );
        return Err(Failure::error(what).hint("unset them"));
    }
    let mut asked = Asked::default();
    if let Some(url) = clock {
        let now = http::mock_clock(url)
            .await
            .map_err(|why| Failure::error(format!("cannot read the mock clock: {why}")).at(url))?;
        asked.clock = Some((url.to_owned(), now));
    }
    if let Some(still) = still {
        let stop = context.stop.clone();
        asked.steps = stand_still(still, move || stop.asked().is_some())?;
    }
    if let Some(name) = breaks {
        let wrong = || Failure::usage(format!("{BREAK} wants a step, as in K6"));
        let step = Step::named(name).ok_or_else(wrong)?;
        asked.steps = Steps::stopping_at(step, Arc::new(fault));
    }
    Ok(asked)
}

#[allow(clippy::panic, reason = "this is what a fault looks like")]
fn fault() {
    panic!("words that stand nowhere");
}

fn stand_still(
    text: &str,
    is_stopped: impl Fn() -> bool + Send + Sync + 'static,
) -> Result<Steps, Failure> {
    let wrong = || {
        Failure::usage(format!(
            "{STAND_STILL} wants STEP=FILE, as in K6=/tmp/reached, or STEP*N=FILE for the nth time"
        ))
    };
    let (step, file) = text.split_once('=').ok_or_else(wrong)?;
    let (step, nth) = step.split_once('*').unwrap_or((step, "1"));
    let step = Step::named(step).ok_or_else(wrong)?;
    let nth: usize = nth.parse().map_err(|_| wrong())?;
    let (file, times) = (PathBuf::from(file), AtomicUsize::new(0));
    Ok(Steps::stopping_at(
        step,
        Arc::new(move || {
            if times.fetch_add(1, Ordering::Relaxed) + 1 != nth {
                return;
            }
            let _ = std::fs::write(&file, b"");
            let mut is_told = false;
            while file.exists() {
                if !is_told && is_stopped() {
                    is_told = std::fs::write(&file, b"stop").is_ok();
                }
                std::thread::sleep(LOOK_AGAIN);
            }
        }),
    ))
}
