//! `COUNTERSIGN_ORIGINS`: what a run may talk to, said by whoever runs it. Checked before any secret is read.

use super::{Config, url};
use crate::desired::hostile::inert;
use crate::desired::mistake::Mistake;

const NAME: &str = "COUNTERSIGN_ORIGINS";

/// Requires that every queue's origin, disabled queues included, is one of `allowed`, which is separated by spaces.
///
/// Set but empty allows nothing: an unset variable of a pipeline expands to "", and that must not open the gate.
///
/// # Errors
/// A mistake for each queue elsewhere, and for each allowed origin that is none.
pub fn check_origins(config: &Config, allowed: &str) -> Result<(), Vec<Mistake>> {
    let mut mistakes = Vec::new();
    let mut origins = Vec::new();
    for word in allowed.split_whitespace() {
        match url::parse(word) {
            Ok(found) if found.url == found.origin => origins.push(found.origin),
            Ok(_) | Err(_) => mistakes.push(Mistake::of_file(
                NAME,
                format!("`{}` is not an origin", inert(word, 200)),
                "write scheme, host and port alone, as in https://dc1api.adminbyrequest.com",
            )),
        }
    }
    for (name, queue) in &config.queues {
        if !origins.contains(&queue.origin) {
            mistakes.push(Mistake {
                place: queue.from.clone(),
                message: format!(
                    "queue `{name}` is at {}, which {NAME} does not allow",
                    queue.origin
                ),
                hint: Some(format!(
                    "add {} to {NAME}, if this run may send its credentials there",
                    queue.origin
                )),
                shown: None,
            });
        }
    }
    mistakes.sort();
    if mistakes.is_empty() {
        Ok(())
    } else {
        Err(mistakes)
    }
}
