//! What was filed before, held against what its block says now and what the list shows of it.

use super::*;
use crate::model::{Past, SentRelease};

/// One filing, made from this block, which came to 900.
fn filed_from(block: &ReleaseRequest, outcome: Outcome) -> Past {
    let plan = scene(block.clone(), own(&[])).plan();
    let change = plan.changes.first().unwrap();
    let mut past = past(&[(Verdict::File, SentState::Ended(outcome))]);
    for sent in past.sent.values_mut().flatten() {
        sent.release = Some(Box::new(SentRelease {
            release: change.release.as_deref().unwrap().clone(),
            call: change.call.clone(),
        }));
    }
    past
}

fn came_to(proof: FilingProof) -> Outcome {
    Outcome::Filed {
        id: RequestId::canonical("900"),
        proof,
    }
}

/// What was filed does not change with its block, and nothing may say that it did.
#[test]
fn a_block_that_was_changed_after_it_was_filed_is_not_settled() {
    let was = release(Aim::Open, OnConflict::Refuse);
    let told_after = |edit: &dyn Fn(&mut ReleaseRequest)| {
        let mut block = was.clone();
        edit(&mut block);
        let mut scene = scene(block, own(&[("900", Status::Approved)]));
        scene.past = filed_from(&was, came_to(FilingProof::Answered));
        told(&scene.plan())
    };
    let settled = "settled 900 approved";
    assert_eq!(told_after(&|_| {}), settled);
    // What does not alter the request, and what the vendor does where nothing is said.
    assert_eq!(told_after(&|block| block.reason.push('x')), settled);
    assert_eq!(
        told_after(&|block| block.on_conflict = OnConflict::Renew),
        settled
    );
    assert_eq!(
        told_after(&|block| block.rotate_on_check_in = Some(true)),
        settled
    );
    let later =
        |block: &mut ReleaseRequest| block.expires = "2026-12-02T00:00:00Z".parse().unwrap();
    assert_eq!(told_after(&later), settled);
    let otherwise =
        "blocked: filed-otherwise: filed as 900 (ledger 7), but not as the block now says:";
    assert_eq!(
        told_after(&|block| block.rotate_on_check_in = Some(false)),
        format!("{otherwise} rotate-on-check-in was true, is false here")
    );
    let both = |block: &mut ReleaseRequest| {
        block.access_type = "View".to_owned();
        block.minutes = 540;
    };
    assert_eq!(
        told_after(&both),
        format!(
            "{otherwise} access-type was RDP, is View here; duration in minutes was 120, is 540 here"
        )
    );
    // What is filed can be given back, whatever the block says by now.
    let back = |block: &mut ReleaseRequest| {
        block.aim = Aim::CheckedIn;
        block.minutes = 540;
    };
    assert_eq!(told_after(&back), "check-in sees [900] takes [] back 900");
}

#[test]
fn what_was_reused_after_all_is_told_until_the_block_takes_it_as_it_is() {
    let mut was = release(Aim::Open, OnConflict::Reuse);
    was.rotate_on_check_in = Some(true);
    let otherwise = Outcome::GrantedOtherwise {
        keys: vec!["rotate-on-check-in".to_owned()],
        id: Some(RequestId::canonical("900")),
    };
    for outcome in [otherwise, came_to(FilingProof::Reused)] {
        let told_with = |rotates, aim| {
            let mut block = was.clone();
            (block.rotate_on_check_in, block.aim) = (rotates, aim);
            let mut scene = scene(block, own(&[("900", Status::Approved)]));
            scene.past = filed_from(&was, outcome.clone());
            told(&scene.plan())
        };
        for rotates in [true, false] {
            let told = told_with(Some(rotates), Aim::Open);
            assert_eq!(
                told,
                format!(
                    "blocked: filed-otherwise: filed as 900 (ledger 7), but not as the block now says: rotate-on-check-in is {rotates} here, and what was reused keeps its own"
                )
            );
        }
        assert_eq!(told_with(None, Aim::Open), "settled 900 approved");
        let back = "check-in sees [900] takes [] back 900";
        assert_eq!(told_with(Some(true), Aim::CheckedIn), back);
    }
}

/// Older versions found a lost filing in whatever was new: it is held against its time once more.
#[test]
fn what_was_found_is_given_back_only_where_it_can_be_what_was_filed() {
    let planned = |aim, release_at: &str| {
        let mut row = own_request("900", Status::Approved);
        row.facts.insert("release-at", release_at.into());
        let mut scene = scene(release(aim, OnConflict::Refuse), Own::Read(vec![row]));
        let was = release(Aim::Open, OnConflict::Refuse);
        scene.past = filed_from(&was, came_to(FilingProof::Found));
        scene.plan()
    };
    let then = planned(Aim::CheckedIn, "2026-11-22T09:00:05Z");
    assert_eq!(told(&then), "check-in sees [900] takes [] back 900");
    assert!(then.changes[0].cannot_verify[0].starts_with("whether it is what was filed"));
    // A time that is not shown speaks neither for it nor against it.
    let unread = planned(Aim::CheckedIn, "");
    assert_eq!(told(&unread), "check-in sees [900] takes [] back 900");
    assert!(unread.changes[0].cannot_verify[0].starts_with("whether it is what was filed"));
    assert_eq!(told(&planned(Aim::Open, "soon")), "settled 900 approved");
    for aim in [Aim::Open, Aim::CheckedIn] {
        let later = told(&planned(aim, "2026-11-22T21:00:05Z"));
        assert!(
            later.starts_with("blocked: conflict: no answer came to the filing"),
            "{later}"
        );
        assert!(later.ends_with(": 900"), "{later}");
    }
}
