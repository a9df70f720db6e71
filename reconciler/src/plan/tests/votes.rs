//! Plans where several users decide by votes, with Fudo's real capabilities: our own vote, for and against.

use super::*;
use crate::model::{Facts, Guard, Request, Tally, Terms, VendorText, Vote, Votes};
use crate::vendors::fudo::CAPABILITIES;

fn sessions() -> Terms {
    let mut terms = crate::fakes::terms(&CAPABILITIES);
    terms.deciding.acting_as = None;
    terms.deciding.run_as = Some("countersign".to_owned());
    terms.deciders = Vec::new();
    terms
}

/// A request of that status that needs two votes and has these.
fn shown(status: Status, votes: &[(&str, bool)]) -> Request {
    let facts: Facts = CAPABILITIES
        .facts
        .iter()
        .map(|fact| (fact.key, VendorText::new(format!("the {}", fact.key))))
        .collect();
    let vote = |(user, accepted): &(&str, bool)| Vote {
        user_id: VendorText::new(format!("id of {user}")),
        user: VendorText::new(*user),
        accepted: *accepted,
    };
    Request {
        facts,
        votes: Some(Votes {
            needed: Some(2),
            cast: votes.iter().map(vote).collect(),
        }),
        ..request("4711", status)
    }
}

fn decided(verdict: Verdict) -> Decision {
    let seen = shown(Status::Pending, &[]);
    Decision {
        guard: Guard {
            fingerprint: Some(fingerprint(&sessions(), &seen.id, &seen.facts)),
            facts: seen
                .facts
                .iter()
                .map(|(key, value)| ((*key).to_owned(), value.raw().to_owned()))
                .collect(),
        },
        ..decision(verdict, "4711")
    }
}

fn scene(verdict: Verdict, request: Request) -> Scene {
    let decisions = vec![decided(verdict)];
    let mut scene = Scene::new(&CAPABILITIES, decisions, vec![("4711", seen(request))]);
    scene.terms = [(crate::fakes::queue_name(), sessions())].into();
    scene
}

fn past(verdict: Verdict) -> crate::model::Past {
    let identity = sessions().identity(&RequestId::canonical("4711"));
    let recorded = Outcome::Recorded {
        votes: Some(Tally {
            accepted: 1,
            needed: Some(2),
        }),
    };
    let outcome = match verdict {
        Verdict::Revoke => Outcome::Applied,
        Verdict::Approve | Verdict::Deny | Verdict::File | Verdict::CheckIn => recorded,
    };
    let (_, mut sent) = sent(verdict, "4711", SentState::Ended(outcome));
    sent[0].user = Some("countersign".to_owned());
    crate::model::Past {
        sent: [(identity, sent)].into(),
    }
}

/// The vendor has one word for what nobody granted in time and for a grant whose time is over.
#[test]
fn what_ran_out_names_our_own_decision_where_there_was_one() {
    let mut scene = scene(Verdict::Approve, shown(Status::Expired, &[]));
    let reason = |scene: &Scene| {
        let plan = scene.plan();
        format!("{}: {}", verdict_on(&plan), plan.holds[0].reason)
    };
    let never = reason(&scene);
    scene.past = past(Verdict::Approve);
    let ours = reason(&scene);
    assert_snapshot!(format!("{never}\n{ours}"), @r"
    lapsed: request-expired: expired at the vendor
    lapsed: request-expired: expired at the vendor, after our own decision (ledger 7)
    ");
}

#[test]
fn the_decision_table_of_votes() {
    let mut table = String::new();
    let votes: [(&str, &[(&str, bool)]); 4] = [
        ("nobody", &[]),
        ("others", &[("boss", true)]),
        ("ours for", &[("boss", false), ("countersign", true)]),
        ("ours against", &[("countersign", false)]),
    ];
    for verdict in [Verdict::Approve, Verdict::Deny, Verdict::Revoke] {
        for status in [Status::Pending, Status::Approved, Status::Denied] {
            for (who, votes) in votes {
                let mut scene = scene(verdict, shown(status.clone(), votes));
                let alone = verdict_on(&scene.plan());
                scene.past = past(verdict);
                let after_ours = verdict_on(&scene.plan());
                let status = status.word();
                table.push_str(&format!(
                    "{verdict:<8} {status:<9} {who:<13} {alone:<25} {after_ours}\n"
                ));
            }
        }
    }
    assert_snapshot!(table, @r"
    approve  pending   nobody        CHANGE                    blocked: contradicted
    approve  pending   others        CHANGE                    blocked: contradicted
    approve  pending   ours for      settled                   settled by us
    approve  pending   ours against  blocked: opposite-vote    blocked: opposite-vote
    approve  approved  nobody        settled                   settled by us
    approve  approved  others        settled                   settled by us
    approve  approved  ours for      settled                   settled by us
    approve  approved  ours against  settled                   settled by us
    approve  denied    nobody        blocked: contradicted     blocked: contradicted
    approve  denied    others        blocked: contradicted     blocked: contradicted
    approve  denied    ours for      blocked: contradicted     blocked: contradicted
    approve  denied    ours against  blocked: contradicted     blocked: contradicted
    deny     pending   nobody        CHANGE                    blocked: contradicted
    deny     pending   others        CHANGE                    blocked: contradicted
    deny     pending   ours for      blocked: opposite-vote    blocked: opposite-vote
    deny     pending   ours against  settled                   settled by us
    deny     approved  nobody        blocked: contradicted     blocked: contradicted
    deny     approved  others        blocked: contradicted     blocked: contradicted
    deny     approved  ours for      blocked: contradicted     blocked: contradicted
    deny     approved  ours against  blocked: contradicted     blocked: contradicted
    deny     denied    nobody        settled                   settled by us
    deny     denied    others        settled                   settled by us
    deny     denied    ours for      settled                   settled by us
    deny     denied    ours against  settled                   settled by us
    revoke   pending   nobody        waiting: not-granted-yet  waiting: not-granted-yet
    revoke   pending   others        waiting: not-granted-yet  waiting: not-granted-yet
    revoke   pending   ours for      waiting: not-granted-yet  waiting: not-granted-yet
    revoke   pending   ours against  waiting: not-granted-yet  waiting: not-granted-yet
    revoke   approved  nobody        CHANGE                    blocked: contradicted
    revoke   approved  others        CHANGE                    blocked: contradicted
    revoke   approved  ours for      CHANGE                    blocked: contradicted
    revoke   approved  ours against  CHANGE                    blocked: contradicted
    revoke   denied    nobody        settled                   settled by us
    revoke   denied    others        settled                   settled by us
    revoke   denied    ours for      settled                   settled by us
    revoke   denied    ours against  settled                   settled by us
    ");
}

#[test]
fn what_is_settled_by_our_vote_says_how_far_it_is() {
    let one = [("countersign", true)];
    let plan = scene(Verdict::Approve, shown(Status::Pending, &one)).plan();
    let [settled] = plan.settled.as_slice() else {
        panic!("{plan:?}");
    };
    let votes = settled.votes.expect("votes");
    assert_eq!(votes.to_string(), "1 of 2 votes");
    assert_eq!(settled.by, Some("countersign".into()));
    // Once it is granted, votes are no longer what it is settled by.
    let plan = scene(Verdict::Approve, shown(Status::Approved, &one)).plan();
    assert_eq!(plan.settled[0].votes, None);
}

/// The state at the vendor, not the ledger, says whether our vote still stands.
#[test]
fn a_vote_that_was_taken_back_is_not_cast_again() {
    let mut scene = scene(Verdict::Approve, shown(Status::Pending, &[]));
    scene.past = past(Verdict::Approve);
    let plan = scene.plan();
    let Why::Contradicted { ours, status, .. } = &plan.holds[0].why else {
        panic!("{plan:?}");
    };
    assert_eq!((*ours, status.as_str()), (Some(7), "pending"));
}

/// Another queue's user has a vote of his own.
#[test]
fn each_user_has_a_vote() {
    let shown = || shown(Status::Pending, &[("countersign", true)]);
    for (voter, expected) in [
        ("countersign", "settled"),
        ("second", "CHANGE"),
        // By its id; a name of digits is nobody's id.
        ("4711", "CHANGE"),
    ] {
        let mut scene = scene(Verdict::Approve, shown());
        for terms in scene.terms.values_mut() {
            terms.deciding.run_as = Some(voter.to_owned());
        }
        assert_eq!(verdict_on(&scene.plan()), expected, "{voter}");
    }
}

#[test]
fn a_line_says_how_long_the_grant_can_sleep() {
    let mut seen = shown(Status::Pending, &[]);
    seen.facts.insert("type", "immediate".into());
    seen.facts.insert("interval", "8".into());
    let mut scene = scene(Verdict::Approve, seen.clone());
    let guard = &mut scene.first().guard;
    guard.fingerprint = Some(fingerprint(&sessions(), &seen.id, &seen.facts));
    guard.facts = Default::default();
    let plan = scene.plan();
    let lasts = plan.changes[0].lasts.as_deref().expect("it says");
    assert!(
        lasts.contains("8 hours") && lasts.contains("sleeps"),
        "{lasts}"
    );
    // A type that is not documented is shouted, not guessed.
    let odd = self::scene(Verdict::Approve, shown(Status::Pending, &[])).plan();
    assert_eq!(odd.changes[0].alarms, ["type"]);
}
