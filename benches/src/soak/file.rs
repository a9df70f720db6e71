//! A decision file of the soak: made of drafts, changed once, removed in the end.

use std::path::PathBuf;

use crate::Result;
use crate::world::VENDORS;

/// Approvals take more than a word there.
const THREATLOCKER: &str = "threatlocker";

/// A decision file: one verdict for all in it, where the vendor allows it.
#[derive(Debug)]
pub(super) struct File {
    pub(super) path: PathBuf,
    pub(super) approves: bool,
    /// The first round in which its decisions are past their time.
    pub(super) ends: u32,
}

impl File {
    pub(super) fn verdict(&self, queue: &str) -> &'static str {
        if self.approves && queue != THREATLOCKER {
            "approve"
        } else {
            "deny"
        }
    }

    /// Writes its verdicts over those that are there, or over drafts; tells how many.
    pub(super) fn decide(&self) -> Result<usize> {
        let text = std::fs::read_to_string(&self.path)?;
        let mut blocks = text.split("[[decision]]");
        let mut decided = blocks.next().unwrap_or_default().to_owned();
        let mut count = 0;
        for block in blocks {
            let named = |queue: &&&str| block.contains(&format!("queue   = \"{queue}\"\n"));
            let queue = VENDORS
                .iter()
                .find(named)
                .ok_or("a block without a queue")?;
            let verdict = format!("verdict = \"{}\"", self.verdict(queue));
            let mut block = block.replace("reason  = \"\"\nexpires", "reason  = \"seen\"\nexpires");
            for word in ["undecided", "approve", "deny"] {
                block = block.replace(&format!("verdict = \"{word}\""), &verdict);
            }
            count += block.matches(&verdict).count();
            decided.push_str("[[decision]]");
            decided.push_str(&block);
        }
        std::fs::write(&self.path, decided)?;
        Ok(count)
    }
}
