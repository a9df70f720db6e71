//! The outcome tables of a vendor with several approvers that hides who decided, and where a deny may cancel:
//! the real rows, against a vendor in memory.

use super::*;
use crate::fakes::put;
use crate::model::Operation;
use crate::vendors::beyondtrust;

static VAULT: Capabilities = Capabilities {
    approve: over_the_fake(beyondtrust::CAPABILITIES.approve),
    deny: over_the_fake(beyondtrust::CAPABILITIES.deny),
    revoke: over_the_fake(beyondtrust::CAPABILITIES.revoke),
    same_for_all: beyondtrust::CAPABILITIES.same_for_all,
    ..WILLING
};

const fn over_the_fake(operation: Option<Operation>) -> Option<Operation> {
    match operation {
        Some(operation) => Some(Operation {
            compose: put,
            ..operation
        }),
        None => None,
    }
}

fn world(verdict: Verdict, moods: &[Mood]) -> World {
    let status = match verdict {
        Verdict::Approve | Verdict::Deny => Status::Pending,
        Verdict::Revoke | Verdict::File | Verdict::CheckIn => Status::Approved,
    };
    let mut world = World::of(&VAULT, (verdict, status), &["1"], moods);
    // Whoever decides is not shown.
    let queue = Arc::get_mut(&mut world.queue).unwrap();
    queue.terms.deciding.acting_as = None;
    world
}

#[tokio::test(start_paused = true)]
async fn every_row_of_the_outcome_tables() {
    let mut table = String::new();
    let cases: [(Verdict, &[Mood]); 19] = [
        (Verdict::Approve, &[Mood::Acts]),
        (Verdict::Approve, &[Mood::Ignores]),
        (Verdict::Approve, &[Mood::Removes]),
        (Verdict::Approve, &[Mood::HadIt]),
        (Verdict::Approve, &[Mood::HadItGranted]),
        (Verdict::Approve, &[Mood::HadItAndGone]),
        (Verdict::Approve, &[Mood::ActsSilently]),
        (Verdict::Approve, &[Mood::NeverSaw, Mood::Acts]),
        (Verdict::Approve, &[Mood::NeverSaw, Mood::HadIt]),
        (Verdict::Approve, &[Mood::NeverSaw, Mood::HadItGranted]),
        (Verdict::Approve, &[Mood::NeverSaw, Mood::NeverSaw]),
        (Verdict::Approve, &[Mood::Refuses]),
        (Verdict::Deny, &[Mood::Removes]),
        (Verdict::Deny, &[Mood::RemovesSilently]),
        (Verdict::Deny, &[Mood::NeverSaw]),
        (Verdict::Deny, &[Mood::Ignores]),
        (Verdict::Deny, &[Mood::Refuses]),
        (Verdict::Revoke, &[Mood::Removes]),
        (Verdict::Revoke, &[Mood::NeverSaw]),
    ];
    for (verdict, moods) in cases {
        let world = world(verdict, moods);
        let outcome = world.outcome().await;
        let sends = world.sends();
        // A second apply of the same lines: what is open is read again, never sent again.
        let (recovered, _) = world.run_of(&[]).await;
        let later: Vec<&str> = recovered.iter().map(|one| one.outcome.code()).collect();
        assert_eq!(world.sends(), sends);
        table.push_str(&format!(
            "{verdict:<7} {moods:?} -> {outcome}, {sends} sent; later {later:?}\n"
        ));
    }
    assert_snapshot!(table, @r#"
    approve [Acts] -> applied, 1 sent; later []
    approve [Ignores] -> recorded, 1 sent; later []
    approve [Removes] -> in-doubt, 1 sent; later ["in-doubt"]
    approve [HadIt] -> recorded, 1 sent; later []
    approve [HadItGranted] -> already-decided, 1 sent; later []
    approve [HadItAndGone] -> already-decided, 1 sent; later []
    approve [ActsSilently] -> state-reached, 1 sent; later []
    approve [NeverSaw, Acts] -> applied, 2 sent; later []
    approve [NeverSaw, HadIt] -> recorded, 2 sent; later []
    approve [NeverSaw, HadItGranted] -> state-reached, 2 sent; later []
    approve [NeverSaw, NeverSaw] -> in-doubt, 2 sent; later ["not-sent"]
    approve [Refuses] -> refused, 1 sent; later []
    deny    [Removes] -> state-reached, 1 sent; later []
    deny    [RemovesSilently] -> in-doubt, 1 sent; later ["in-doubt"]
    deny    [NeverSaw] -> in-doubt, 1 sent; later ["in-doubt"]
    deny    [Ignores] -> in-doubt, 1 sent; later ["in-doubt"]
    deny    [Refuses] -> refused, 1 sent; later []
    revoke  [Removes] -> state-reached, 1 sent; later []
    revoke  [NeverSaw] -> in-doubt, 1 sent; later ["in-doubt"]
    "#);
}

/// Ours is one of several: the next plan settles it from the ledger, and nothing is sent twice.
#[tokio::test(start_paused = true)]
async fn a_recorded_approval_is_settled_and_stays_so_when_it_vanishes() {
    let world = world(Verdict::Approve, &[Mood::Ignores]);
    assert_eq!(world.outcome().await, "recorded");
    let past = world.history().past();
    for (sighting, expected) in [
        (seen(request("1", Status::Pending)), "recorded"),
        (seen(request("1", Status::Approved)), "recorded"),
        (crate::model::Sighting::Absent, "recorded"),
    ] {
        let mut scene = Scene::new(
            &VAULT,
            vec![decision(Verdict::Approve, "1")],
            vec![("1", sighting)],
        );
        scene.past = past.clone();
        let plan = scene.plan();
        assert_eq!((plan.changes.len(), plan.holds.len()), (0, 0));
        let settled = format!("{:?}", plan.settled[0].settled);
        assert!(settled.contains(expected), "{settled}");
    }
}

/// Another user of the same instance sees another part of its queue.
#[tokio::test(start_paused = true)]
async fn a_lost_call_is_not_looked_for_with_another_user_s_eyes() {
    for (reader, expected) in [("SVC-approver", "not-sent"), ("boss", "in-doubt")] {
        let mut world = world(Verdict::Approve, &[]);
        world.changes[0].deciding.run_as = Some("svc-approver".to_owned());
        leave_open(&world).await;
        let queue = Arc::get_mut(&mut world.queue).unwrap();
        queue.terms.deciding.run_as = Some(reader.to_owned());
        let (settled, _) = world.run_of(&[]).await;
        assert_eq!(settled[0].outcome.code(), expected, "{reader}");
    }
}
