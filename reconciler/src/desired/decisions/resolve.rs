//! `[[resolve]]` blocks: what a person found out about a call whose outcome nobody knew.

use super::block::{Queues, queue, required};
use super::naming::address;
use super::values;
use crate::desired::hostile::inert;
use crate::desired::mistake::Mistake;
use crate::desired::table::{Strict, suggestion};
use crate::model::{Capabilities, Resolution, Resolve};

/// Every key of a block, in the order in which `fmt` writes them.
pub(in crate::desired) const KEYS: [&str; 5] = ["queue", "request", "intent", "as", "because"];

/// What may have been found out.
pub(super) const RESOLUTIONS: [(&str, Resolution); 2] = [
    ("applied", Resolution::Applied),
    ("not-applied", Resolution::NotApplied),
];

/// One `[[resolve]]` block, or nothing and at least one mistake.
pub(super) fn one(
    block: &Strict<'_, '_>,
    queues: &Queues<'_>,
    mistakes: &mut Vec<Mistake>,
) -> Option<Resolve> {
    let before = mistakes.len();
    block.only(&KEYS, mistakes);
    let terms = queue(block, queues, mistakes);
    let address = address(block, terms, Capabilities::id_or_key, mistakes);
    if block.get("intent").is_none() {
        block.missing(
            "intent",
            "name the intent's number, as `countersign ledger show` prints it",
            mistakes,
        );
    }
    let intent = block.whole("intent", mistakes);
    let resolution = resolution(block, mistakes);
    let hint = "say how you found out: because = \"…\", in one line";
    let because = required(block, "because", hint, false, values::sentence, mistakes);
    if mistakes.len() > before {
        return None;
    }
    Some(Resolve {
        address: address?,
        intent: intent?.value,
        resolution: resolution?,
        because: because?,
        from: block.source.place(block.at.start),
    })
}

fn resolution(block: &Strict<'_, '_>, mistakes: &mut Vec<Mistake>) -> Option<Resolution> {
    if block.get("as").is_none() {
        block.missing(
            "as",
            "write as = \"applied\" or as = \"not-applied\"",
            mistakes,
        );
    }
    let found = block.text("as", mistakes)?;
    let known = RESOLUTIONS.iter().find(|(word, _)| *word == found.value);
    if known.is_none() {
        let message = format!("`{}` is not a resolution", inert(found.value, 60));
        let words = RESOLUTIONS.map(|(word, _)| word);
        let hint = suggestion(found.value, &words, "write");
        mistakes.push(block.source.mistake(found.at, message, hint));
    }
    known.map(|(_, resolution)| *resolution)
}
