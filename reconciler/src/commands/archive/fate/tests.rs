//! What leaves is over for good; what could still change, be taken back or is not known stays.

use std::time::Duration;

use super::*;
use crate::fakes::{
    NO_REVOKE, RATIFIES, Scene, WILLING, decision, now, queue_name, request, seen, sent, unreadable,
};
use crate::model::{Capabilities, Outcome, Status, Undecided};

const DAY: Duration = Duration::from_secs(86_400);

/// The fate of one decision, in a word.
fn fate(scene: &Scene, older_than: Option<Duration>) -> String {
    let world = World {
        desired: &scene.desired,
        terms: &scene.terms,
        observed: &scene.observed,
        past: &scene.past,
        brakes: &scene.brakes,
        now: now(),
    };
    let judge = Judge {
        world: &world,
        plan: &crate::plan::plan(&world),
        older_than,
    };
    let all = judge.all();
    let words = all.iter().map(|fate| match fate.becomes {
        Ok(goes) => format!("{goes:?}"),
        Err(stays) => format!("stays: {stays:?}"),
    });
    words.collect::<Vec<_>>().join(", ")
}

fn scene(can: &'static Capabilities, verdict: Verdict, status: Status) -> Scene {
    Scene::new(
        can,
        vec![decision(verdict, "1")],
        vec![("1", seen(request("1", status)))],
    )
}

fn expired(mut scene: Scene) -> Scene {
    for decision in &mut scene.desired.decisions {
        std::sync::Arc::make_mut(decision).expires = now() - SignedDuration::from_hours(25);
    }
    scene
}

fn sighted(mut scene: Scene, sighting: Sighting) -> Scene {
    let id = scene.desired.decisions[0].address.id.clone();
    scene.view().requests.insert(id, sighting);
    scene
}

#[test]
fn a_verdict_against_what_stands_at_the_vendor() {
    use Status::{Approved, Denied, Expired, Finished, InUse, Pending, Quarantined, Revoked};
    let mut told = String::new();
    for (name, can) in [("can revoke", &WILLING), ("cannot", &NO_REVOKE)] {
        for verdict in Verdict::ALL {
            for status in [
                Pending,
                Approved,
                InUse,
                Finished,
                Denied,
                Revoked,
                Expired,
                Quarantined,
            ] {
                let word = status.word();
                let live = fate(&scene(can, verdict, status.clone()), None);
                let inert = fate(&expired(scene(can, verdict, status)), None);
                told.push_str(&format!(
                    "{name:<10}  {verdict:<7}  {word:<11}  {live:<15}  expired: {inert}\n"
                ));
            }
        }
    }
    insta::assert_snapshot!(told, @r"
    can revoke  approve  pending      stays: ToDo      expired: Inert
    can revoke  approve  approved     stays: Live      expired: stays: Live
    can revoke  approve  in use       stays: Live      expired: stays: Live
    can revoke  approve  finished     Settled          expired: Inert
    can revoke  approve  denied       stays: Blocked   expired: Inert
    can revoke  approve  revoked      stays: Blocked   expired: Inert
    can revoke  approve  expired      stays: Lapsed    expired: Inert
    can revoke  approve  quarantined  stays: Blocked   expired: stays: Unread
    can revoke  deny     pending      stays: ToDo      expired: Inert
    can revoke  deny     approved     stays: Blocked   expired: stays: Live
    can revoke  deny     in use       stays: Blocked   expired: stays: Live
    can revoke  deny     finished     stays: Blocked   expired: Inert
    can revoke  deny     denied       Settled          expired: Inert
    can revoke  deny     revoked      Settled          expired: Inert
    can revoke  deny     expired      Settled          expired: Inert
    can revoke  deny     quarantined  stays: Blocked   expired: stays: Unread
    can revoke  revoke   pending      stays: Waiting   expired: Inert
    can revoke  revoke   approved     stays: ToDo      expired: stays: Live
    can revoke  revoke   in use       stays: ToDo      expired: stays: Live
    can revoke  revoke   finished     Settled          expired: Inert
    can revoke  revoke   denied       Settled          expired: Inert
    can revoke  revoke   revoked      Settled          expired: Inert
    can revoke  revoke   expired      Settled          expired: Inert
    can revoke  revoke   quarantined  stays: Blocked   expired: stays: Unread
    cannot      approve  pending      stays: ToDo      expired: Inert
    cannot      approve  approved     Settled          expired: Inert
    cannot      approve  in use       Settled          expired: Inert
    cannot      approve  finished     Settled          expired: Inert
    cannot      approve  denied       stays: Blocked   expired: Inert
    cannot      approve  revoked      stays: Blocked   expired: Inert
    cannot      approve  expired      stays: Lapsed    expired: Inert
    cannot      approve  quarantined  stays: Blocked   expired: Inert
    cannot      deny     pending      stays: ToDo      expired: Inert
    cannot      deny     approved     stays: Blocked   expired: Inert
    cannot      deny     in use       stays: Blocked   expired: Inert
    cannot      deny     finished     stays: Blocked   expired: Inert
    cannot      deny     denied       Settled          expired: Inert
    cannot      deny     revoked      Settled          expired: Inert
    cannot      deny     expired      Settled          expired: Inert
    cannot      deny     quarantined  stays: Blocked   expired: Inert
    cannot      revoke   pending      stays: Waiting   expired: Inert
    cannot      revoke   approved     stays: Blocked   expired: Inert
    cannot      revoke   in use       stays: Blocked   expired: Inert
    cannot      revoke   finished     Settled          expired: Inert
    cannot      revoke   denied       Settled          expired: Inert
    cannot      revoke   revoked      Settled          expired: Inert
    cannot      revoke   expired      Settled          expired: Inert
    cannot      revoke   quarantined  stays: Blocked   expired: Inert
    ");
}

#[test]
fn what_cannot_be_seen_is_not_over() {
    let approve = || scene(&WILLING, Verdict::Approve, Status::Approved);
    assert_eq!(
        fate(
            &expired(sighted(approve(), Sighting::Failed(unreadable("odd")))),
            None
        ),
        "stays: Unread"
    );
    assert_eq!(
        fate(&expired(sighted(approve(), Sighting::Absent)), None),
        "stays: Unread"
    );
    // The queue shows others, so that this one is gone.
    let mut scene = sighted(approve(), Sighting::Absent);
    scene.view().rows = 1;
    assert_eq!(fate(&expired(scene), None), "Inert");
    let mut scene = approve();
    scene
        .observed
        .queues
        .insert(queue_name(), Reading::Unread(unreadable("down")));
    assert_eq!(fate(&scene, None), "stays: Unread");
    assert_eq!(fate(&expired(scene), None), "stays: Unread");
    // Nothing can be taken back there, so that nothing has to be seen.
    let mut scene = self::scene(&NO_REVOKE, Verdict::Approve, Status::Approved);
    scene
        .observed
        .queues
        .insert(queue_name(), Reading::Unread(unreadable("down")));
    assert_eq!(fate(&expired(scene), None), "Inert");
}

#[test]
fn a_call_in_doubt_keeps_its_block_whatever_else_is_so() {
    for old in [false, true] {
        let mut scene = scene(&NO_REVOKE, Verdict::Deny, Status::Denied);
        let identity = scene.terms[&queue_name()].identity(&scene.desired.decisions[0].address.id);
        let mut open = sent(Verdict::Deny, "1");
        open.state = SentState::Open;
        scene.past.sent.insert(identity, vec![open]);
        let scene = if old { expired(scene) } else { scene };
        assert_eq!(fate(&scene, None), "stays: InDoubt");
    }
}

#[test]
fn what_a_vendor_lists_for_good_stays() {
    for status in [Status::Approved, Status::Denied] {
        let scene = scene(&RATIFIES, Verdict::Approve, status);
        assert_eq!(fate(&expired(scene), None), "stays: Listed");
    }
    let gone = sighted(
        scene(&RATIFIES, Verdict::Approve, Status::Approved),
        Sighting::Absent,
    );
    assert_eq!(fate(&expired(gone), None), "Inert");
}

#[test]
fn age_counts_from_the_call_or_from_the_expiry() {
    let inert = || expired(scene(&NO_REVOKE, Verdict::Deny, Status::Pending));
    assert_eq!(fate(&inert(), Some(DAY)), "Inert");
    assert_eq!(fate(&inert(), Some(DAY * 2)), "stays: Young");
    let others = || scene(&NO_REVOKE, Verdict::Deny, Status::Denied);
    assert_eq!(fate(&others(), Some(DAY)), "stays: Undated");
    let mut ours = others();
    let identity = ours.terms[&queue_name()].identity(&ours.desired.decisions[0].address.id);
    let mut call = sent(Verdict::Deny, "1");
    call.state = SentState::Ended(Outcome::Applied);
    call.at = now() - SignedDuration::from_hours(30);
    ours.past.sent.insert(identity, vec![call]);
    assert_eq!(fate(&ours, Some(DAY)), "Settled");
    assert_eq!(fate(&ours, Some(DAY * 2)), "stays: Young");
}

#[test]
fn drafts_and_lines_of_json_stay() {
    let mut scene = expired(scene(&NO_REVOKE, Verdict::Deny, Status::Denied));
    scene.first().from.file = "d.jsonl".into();
    let undecided = Undecided {
        address: crate::fakes::address("2"),
        from: Place {
            file: "e.toml".into(),
            line: 1,
            column: 1,
        },
    };
    scene.desired.undecided.push(undecided);
    assert_eq!(fate(&scene, None), "stays: ReadOnly, stays: Undecided");
}
