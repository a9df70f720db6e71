//! What is said of votes: how far they have come, and whose of them is ours.

use super::fixture::filed;
use crate::model::{Outcome, Tally, Verdict};
use crate::plan::{Settled, SettledBy};
use crate::render::became;

#[test]
fn how_far_a_vote_has_come() {
    let votes = Some(Tally {
        accepted: 1,
        needed: Some(2),
    });
    let recorded = |votes| became::outcome(&Outcome::Recorded { votes });
    assert_eq!(recorded(votes), "recorded, 1 of 2 votes");
    assert_eq!(recorded(None), "recorded, awaiting others");
    let settled = |verdict, settled| {
        became::settled(&Settled {
            verdict,
            settled,
            votes,
            by: Some("countersign".into()),
            ..filed("")
        })
    };
    let by_us = SettledBy::Us {
        seq: 7,
        outcome: "recorded".to_owned(),
    };
    let by_vendor = SettledBy::Vendor {
        status: "pending".to_owned(),
        reach_unknown: false,
    };
    assert_eq!(
        settled(Verdict::Approve, by_us),
        "recorded by us (ledger 7), our vote is recorded, 1 of 2 votes"
    );
    assert_eq!(
        settled(Verdict::Deny, by_vendor),
        "pending at the vendor, our vote is against it, 1 of 2 votes"
    );
}
