//! Filing and giving back: one call at most for a key, and the id is what the list shows.

use jiff::SignedDuration;

use super::*;
use crate::apply::{Seen, judge_resolution, judge_unseen};
use crate::fakes::{FILES, own_request, release};
use crate::model::{Aim, OnConflict, Own, Past, Resolution};

/// A queue whose user has asked for these already, and the changes of a plan for one block.
fn world(aim: Aim, own: Vec<crate::model::Request>, past: Option<&Past>, moods: &[Mood]) -> World {
    let mut scene = Scene::new(&FILES, Vec::new(), Vec::new());
    scene.desired.releases = vec![release(aim, OnConflict::Refuse)];
    scene.view().own = Own::Read(own.clone());
    scene.past = past.cloned().unwrap_or_default();
    let mut world = World::of(&FILES, (Verdict::Approve, Status::Pending), &[], moods);
    world.changes = scene.plan().changes;
    assert_eq!(world.changes.len(), 1);
    *world.queue.own.lock().unwrap() = Own::Read(own);
    world
}

#[tokio::test(start_paused = true)]
async fn every_answer_to_a_filing_has_its_outcome() {
    let mut table = String::new();
    let cases: [&[Mood]; 6] = [
        &[Mood::Acts],
        &[Mood::ActsSilently],
        &[Mood::NeverSaw, Mood::Acts],
        &[Mood::Ignores, Mood::Acts],
        &[Mood::Refuses],
        &[Mood::Unreachable],
    ];
    for moods in cases {
        let world = world(Aim::Open, Vec::new(), None, moods);
        let (_, ended) = world.run(&Stop::channel().1).await;
        let (later, _) = world.run_of(&[]).await;
        let later: Vec<&str> = later.iter().map(|one| one.outcome.code()).collect();
        let outcome = serde_json::to_string(&ended[0].outcome).unwrap();
        table.push_str(&format!(
            "{moods:?} -> {outcome}, {} sent; later {later:?}\n",
            world.sends()
        ));
    }
    assert_snapshot!(table, @r#"
    [Acts] -> {"outcome":"filed","id":"900","proof":"answered"}, 1 sent; later []
    [ActsSilently] -> {"outcome":"filed","id":"900","proof":"found"}, 1 sent; later []
    [NeverSaw, Acts] -> {"outcome":"in-doubt","why":"timed out after 20 s; not in our own list"}, 1 sent; later ["in-doubt"]
    [Ignores, Acts] -> {"outcome":"in-doubt","why":"the vendor answered that it is request 900; not in our own list"}, 1 sent; later ["in-doubt"]
    [Refuses] -> {"outcome":"refused","why":"409","conflict":true}, 1 sent; later []
    [Unreachable] -> {"outcome":"not-sent","why":"connection refused","may_have_left":false}, 1 sent; later []
    "#);
}

#[tokio::test(start_paused = true)]
async fn every_answer_to_a_check_in_has_its_outcome() {
    let filed = world(Aim::Open, Vec::new(), None, &[Mood::Acts]);
    filed.outcome().await;
    let past = filed.history().past();
    let mut table = String::new();
    let cases: [&[Mood]; 5] = [
        &[Mood::Acts],
        &[Mood::ActsSilently],
        &[Mood::NeverSaw, Mood::Acts],
        &[Mood::Ignores],
        &[Mood::Refuses],
    ];
    for moods in cases {
        let own = vec![own_request("900", Status::Approved)];
        let world = world(Aim::CheckedIn, own, Some(&past), moods);
        let outcome = world.outcome().await;
        table.push_str(&format!("{moods:?} -> {outcome}, {} sent\n", world.sends()));
    }
    assert_snapshot!(table, @r"
    [Acts] -> state-reached, 1 sent
    [ActsSilently] -> state-reached, 1 sent
    [NeverSaw, Acts] -> in-doubt, 1 sent
    [Ignores] -> in-doubt, 1 sent
    [Refuses] -> refused, 1 sent
    ");
}

/// What the user has asked for since the plan was made is a conflict that nobody has reviewed.
#[tokio::test(start_paused = true)]
async fn another_request_since_the_plan_means_no_filing() {
    let world = world(Aim::Open, Vec::new(), None, &[]);
    *world.queue.own.lock().unwrap() = Own::Read(vec![own_request("5", Status::Pending)]);
    assert_eq!(world.outcome().await, "stale");
    let failed = crate::fakes::unreadable("odd");
    *world.queue.own.lock().unwrap() = Own::Failed(failed);
    assert_eq!(world.outcome().await, "not-sent");
    assert_eq!(world.sends(), 0);
}

/// A crash between send and outcome: the list tells, as far as it can, and nothing is filed again.
#[tokio::test(start_paused = true)]
async fn an_open_filing_is_found_or_stays_in_doubt() {
    for (shown, expected) in [(0, "in-doubt"), (1, "filed"), (2, "in-doubt")] {
        let world = world(Aim::Open, Vec::new(), None, &[Mood::NeverSaw]);
        assert_eq!(world.outcome().await, "in-doubt");
        let own = (0..shown).map(|nth| own_request(&format!("90{nth}"), Status::Pending));
        *world.queue.own.lock().unwrap() = Own::Read(own.collect());
        let (settled, _) = world.run_of(&[]).await;
        assert_eq!(settled[0].outcome.code(), expected, "{shown}");
        assert_eq!(world.sends(), 1);
    }
}

/// Another user of the same instance has other lists: what stands in them says nothing about this call.
#[tokio::test(start_paused = true)]
async fn a_lost_filing_is_looked_for_in_its_own_user_s_lists_alone() {
    for (reader, expected) in [
        (Some("ANNA.berg"), "filed"),
        (Some("jonas.lind"), "in-doubt"),
        (None, "in-doubt"),
    ] {
        let mut world = world(Aim::Open, Vec::new(), None, &[Mood::NeverSaw]);
        world.changes[0].deciding.run_as = Some("anna.berg".to_owned());
        assert_eq!(world.outcome().await, "in-doubt");
        *world.queue.own.lock().unwrap() = Own::Read(vec![own_request("900", Status::Pending)]);
        let queue = Arc::get_mut(&mut world.queue).unwrap();
        queue.terms.deciding.run_as = reader.map(str::to_owned);
        let (settled, _) = world.run_of(&[]).await;
        let outcome = &settled[0].outcome;
        assert_eq!(outcome.code(), expected, "{reader:?}");
        if let Outcome::InDoubt { why } = outcome {
            assert!(why.contains("as anna.berg"), "{why}");
        }
    }
}

/// The id that the vendor answers with is proven by a row that is what was asked for.
#[tokio::test(start_paused = true)]
async fn an_id_that_stands_for_something_else_proves_nothing() {
    for (key, value, expected) in [
        ("reason", "x", "filed"),
        ("access-type", "rdp", "filed"),
        ("access-type", "SSH", "in-doubt"),
        ("account-id", "35", "in-doubt"),
        ("system-id", "13", "in-doubt"),
    ] {
        let other = {
            let mut request = own_request("900", Status::Pending);
            request.facts.insert(key, value.into());
            request
        };
        let world = world(Aim::Open, Vec::new(), None, &[]);
        let outcome = outcome_of(&world, &filed_as_900(false), other);
        assert_eq!(outcome.code(), expected, "{key} {value}");
    }
}

/// A session for another application is another session, whether it was there before (200) or not (201).
#[tokio::test(start_paused = true)]
async fn an_id_that_stands_for_another_application_proves_nothing() {
    for (asked, shown, expected) in [
        (Some(5), "5", "filed"),
        (Some(5), "6", "in-doubt"),
        (Some(5), "0", "in-doubt"),
        (Some(5), "", "in-doubt"),
        (None, "", "filed"),
        (None, "0", "filed"),
        (None, "6", "in-doubt"),
    ] {
        for reused in [false, true] {
            let mut world = world(Aim::Open, Vec::new(), None, &[]);
            let release = world.changes[0].release.as_mut().unwrap();
            let asked = asked.map_or_else(String::new, |one: u64| one.to_string());
            release.shows.insert("application-id".to_owned(), asked);
            let mut row = own_request("900", Status::Approved);
            row.facts.insert("application-id", shown.into());
            let outcome = outcome_of(&world, &filed_as_900(reused), row);
            assert_eq!(outcome.code(), expected, "{shown}, reused: {reused}");
        }
    }
}

/// A vendor that writes 0 where there is none shows what was asked for all the same.
#[tokio::test(start_paused = true)]
async fn a_lost_filing_is_found_where_none_is_written_as_nought() {
    for (shown, expected) in [("0", "filed"), ("", "filed"), ("5", "in-doubt")] {
        let world = world(Aim::Open, Vec::new(), None, &[Mood::NeverSaw]);
        assert_eq!(world.outcome().await, "in-doubt");
        let mut row = own_request("900", Status::Pending);
        row.facts.insert("application-id", shown.into());
        *world.queue.own.lock().unwrap() = Own::Read(vec![row]);
        let (settled, _) = world.run_of(&[]).await;
        assert_eq!(settled[0].outcome.code(), expected, "{shown}");
    }
}

/// What its user made by hand later on is not what the lost call filed, however alike the two are.
#[tokio::test(start_paused = true)]
async fn what_is_of_another_time_or_length_is_not_the_lost_filing() {
    // The fake asks for two hours at nine, and no zone is any zone on earth.
    for (release_at, lasts, expected) in [
        ("2026-11-22T09:00:10Z", &[120][..], "filed"),
        ("2026-11-22T10:00:10+01:00", &[], "filed"),
        ("2026-11-22T04:00:10", &[119], "filed"),
        ("2026-11-22T09:00:10Z", &[480, 120], "filed"),
        ("2026-11-22T09:00:10Z", &[480], "in-doubt"),
        ("2026-11-22T21:00:00Z", &[120], "in-doubt"),
        ("2026-11-23T09:00:00", &[120], "in-doubt"),
        ("", &[120], "in-doubt"),
        ("soon", &[120], "in-doubt"),
    ] {
        let world = world(Aim::Open, Vec::new(), None, &[Mood::NeverSaw]);
        assert_eq!(world.outcome().await, "in-doubt");
        let mut row = own_request("900", Status::Pending);
        row.facts.insert("release-at", release_at.into());
        row.lasts = lasts.to_vec();
        *world.queue.own.lock().unwrap() = Own::Read(vec![row]);
        let (settled, _) = world.run_of(&[]).await;
        let outcome = &settled[0].outcome;
        assert_eq!(outcome.code(), expected, "{release_at} {lasts:?}");
        if let Outcome::InDoubt { why } = outcome {
            let unread = why.ends_with("may be it, and does not show when it begins: 900");
            let another = why.ends_with("length than the call: 900");
            let has_time = release_at.starts_with("2026");
            assert!(if has_time { another } else { unread }, "{why}");
            // Nobody is to say that nothing was filed while that stands there which may be it.
            let history = world.history();
            let past = history.past();
            let (_, sent) = past.open().next().expect("in doubt");
            let own = world.queue.own.lock().unwrap().clone();
            let later = sent
                .at
                .saturating_add(SignedDuration::from_hours(1))
                .unwrap();
            let seen = Seen::Own(own);
            let may_say = |resolution| {
                let change = history.change(sent.seq).expect("its change");
                judge_resolution(change, sent, resolution, &seen, later).is_ok()
            };
            assert_eq!(may_say(Resolution::NotApplied), has_time, "{release_at}");
            assert!(may_say(Resolution::Applied));
        }
    }
}

/// What is reused keeps its own setting, whatever the call said of it: it serves, and not as reviewed.
#[tokio::test(start_paused = true)]
async fn a_reused_request_with_a_setting_of_its_own_is_no_clean_success() {
    for (rotates, reused, expected) in [
        (None, true, "filed"),
        (Some(true), false, "filed"),
        (Some(true), true, "granted-otherwise"),
        (Some(false), true, "granted-otherwise"),
    ] {
        let mut scene = Scene::new(&FILES, Vec::new(), Vec::new());
        let mut block = release(Aim::Open, OnConflict::Reuse);
        block.rotate_on_check_in = rotates;
        scene.desired.releases = vec![block];
        scene.view().own = Own::Read(Vec::new());
        let mut world = world(Aim::Open, Vec::new(), None, &[]);
        world.changes = scene.plan().changes;
        let row = own_request("900", Status::Approved);
        let outcome = outcome_of(&world, &filed_as_900(reused), row);
        assert_eq!(outcome.code(), expected, "{rotates:?}, reused: {reused}");
        assert_eq!(
            outcome.filed_as().map(crate::model::RequestId::as_str),
            Some("900")
        );
    }
}

fn filed_as_900(reused: bool) -> crate::vendors::Meaning {
    crate::vendors::Meaning::Filed {
        id: crate::model::RequestId::canonical("900"),
        reused,
    }
}

/// What a first change ended as, after this answer and with this row in the list.
fn outcome_of(
    world: &World,
    answer: &crate::vendors::Meaning,
    row: crate::model::Request,
) -> Outcome {
    let own = Own::Read(vec![row]);
    let after = super::super::releases::after(&world.changes[0], answer, &own, now());
    let super::super::judge::After::End(outcome) = after else {
        panic!("{after:?}");
    };
    outcome
}

/// A call that nobody who is left can see was made, as far as anybody can say: that much a person may record.
#[tokio::test(start_paused = true)]
async fn what_nobody_can_see_any_more_is_never_called_not_sent() {
    let world = world(Aim::Open, Vec::new(), None, &[Mood::NeverSaw]);
    world.outcome().await;
    let past = world.history().past();
    let (_, sent) = past.open().next().expect("in doubt");
    let later = |minutes| {
        sent.at
            .saturating_add(SignedDuration::from_mins(minutes))
            .unwrap()
    };
    let may_say = |resolution, at| judge_unseen(sent, resolution, at).is_ok();
    assert!(!may_say(Resolution::Applied, later(14)));
    assert!(may_say(Resolution::Applied, later(15)));
    assert!(!may_say(Resolution::NotApplied, later(24 * 60)));
}
