//! Plans for Password Safe, with its real capabilities: what hides, what cancels, how long a text may be.

use super::*;
use crate::model::{Facts, Guard, MarkPlace, ReadErrorKind, Request, Terms, VendorText};
use crate::vendors::beyondtrust::CAPABILITIES;

fn vault() -> Terms {
    let mut terms = crate::fakes::terms(&CAPABILITIES);
    terms.origin = "https://pam.example.com".to_owned();
    terms.deciding.acting_as = None;
    terms.deciding.run_as = Some("svc-approver".to_owned());
    terms.deciders = Vec::new();
    terms
}

fn shown(status: Status) -> Request {
    let facts: Facts = CAPABILITIES
        .facts
        .iter()
        .map(|fact| (fact.key, VendorText::new(format!("the {}", fact.key))))
        .collect();
    Request {
        facts,
        ..request("4711", status)
    }
}

fn decided(verdict: Verdict) -> Decision {
    let seen = shown(Status::Pending);
    Decision {
        permit: None,
        guard: Guard {
            fingerprint: Some(fingerprint(&vault(), &seen.id, &seen.facts)),
            facts: seen
                .facts
                .iter()
                .map(|(key, value)| ((*key).to_owned(), value.raw().to_owned()))
                .collect(),
        },
        ..decision(verdict, "4711")
    }
}

fn scene(decision: Decision, sighting: Sighting) -> Scene {
    let mut scene = Scene::new(&CAPABILITIES, vec![decision], vec![("4711", sighting)]);
    scene.terms = [(crate::fakes::queue_name(), vault())].into();
    scene
}

/// One earlier call, by the user of this queue or by another.
fn past(verdict: Verdict, user: &str, outcome: Outcome) -> crate::model::Past {
    let identity = vault().identity(&RequestId::canonical("4711"));
    let (_, mut sent) = sent(verdict, "4711", SentState::Ended(outcome));
    sent[0].user = Some(user.to_owned());
    crate::model::Past {
        sent: [(identity, sent)].into(),
    }
}

#[test]
fn the_decision_table_of_two_lists() {
    let mut table = String::new();
    let out_of_sight = ReadError {
        kind: ReadErrorKind::OutOfSight,
        ..unreadable("in neither list of the user who reads")
    };
    let sightings = [
        seen(shown(Status::Pending)),
        seen(shown(Status::Approved)),
        Sighting::Absent,
        Sighting::Failed(out_of_sight),
    ];
    for verdict in Verdict::ALL {
        for sighting in &sightings {
            let what = match sighting {
                Sighting::Seen(request) => request.status.word(),
                Sighting::Absent => "absent",
                Sighting::Failed(_) => "out of sight",
            };
            let mut scene = scene(decided(verdict), sighting.clone());
            let alone = verdict_on(&scene.plan());
            scene.past = past(verdict, "SVC-Approver", Outcome::StateReached);
            let after_ours = verdict_on(&scene.plan());
            table.push_str(&format!(
                "{verdict:<8} {what:<13} {alone:<28} {after_ours}\n"
            ));
        }
    }
    assert_snapshot!(table, @r"
    approve  pending       CHANGE                       blocked: contradicted
    approve  approved      settled                      settled by us
    approve  absent        blocked: not-found           settled, no longer visible
    approve  out of sight  blocked: out-of-sight        settled, no longer visible
    deny     pending       CHANGE                       blocked: contradicted
    deny     approved      blocked: contradicted        blocked: contradicted
    deny     absent        blocked: not-found           settled, no longer visible
    deny     out of sight  blocked: out-of-sight        settled, no longer visible
    revoke   pending       waiting: not-granted-yet     waiting: not-granted-yet
    revoke   approved      CHANGE                       blocked: contradicted
    revoke   absent        blocked: not-found           settled, no longer visible
    revoke   out of sight  blocked: out-of-sight        settled, no longer visible
    ");
}

#[test]
fn a_deny_of_what_is_active_names_revoke() {
    let plan = scene(decided(Verdict::Deny), seen(shown(Status::Approved))).plan();
    let hold = &plan.holds[0];
    assert!(matches!(
        &hold.why,
        Why::Contradicted {
            revocable: true,
            ..
        }
    ));
    assert!(hold.next.contains("`revoke`"), "{}", hold.next);
    assert!(plan.changes.is_empty());
}

#[test]
fn one_user_s_recorded_approval_is_not_another_s() {
    let waiting = || scene(decided(Verdict::Approve), seen(shown(Status::Pending)));
    let mut scene = waiting();
    scene.past = past(
        Verdict::Approve,
        "svc-approver",
        Outcome::Recorded { votes: None },
    );
    assert_eq!(verdict_on(&scene.plan()), "settled by us");
    let mut scene = waiting();
    scene.past = past(
        Verdict::Approve,
        "second-approver",
        Outcome::Recorded { votes: None },
    );
    assert_eq!(verdict_on(&scene.plan()), "CHANGE");
    // An older ledger names no user: it may have been this one.
    for sent in scene.past.sent.values_mut().flatten() {
        sent.user = None;
    }
    assert_eq!(verdict_on(&scene.plan()), "settled by us");
}

/// OAuth clients name no user, but the clients of two queues are two users.
#[test]
fn one_client_s_recorded_approval_is_not_another_s() {
    for (client, expected) in [("env BT_A", "settled by us"), ("env BT_B", "CHANGE")] {
        let mut scene = scene(decided(Verdict::Approve), seen(shown(Status::Pending)));
        scene.past = past(
            Verdict::Approve,
            "env BT_A",
            Outcome::Recorded { votes: None },
        );
        for terms in scene.terms.values_mut() {
            terms.deciding.run_as = None;
            terms.deciding.client = Some(client.to_owned());
        }
        assert_eq!(verdict_on(&scene.plan()), expected);
    }
}

#[test]
fn a_line_says_what_this_vendor_hides() {
    let plan = scene(decided(Verdict::Approve), seen(shown(Status::Pending))).plan();
    let [change] = plan.changes.as_slice() else {
        panic!("{plan:?}");
    };
    let said = change.cannot_verify.join("; ");
    for word in ["who asked", "ticket", "who decided"] {
        assert!(said.contains(word), "{said}");
    }
    assert!(!said.contains("acting-as"), "{said}");
    assert!(!said.contains("another approver"), "{said}");
    assert_eq!(change.deciding.run_as.as_deref(), Some("svc-approver"));
    let operation = CAPABILITIES.operation(Verdict::Approve).expect("it can");
    assert_eq!(operation.mark, MarkPlace::Hidden);
}

#[test]
fn a_deny_says_that_it_may_cancel_what_is_granted_meanwhile() {
    let plan = scene(decided(Verdict::Deny), seen(shown(Status::Pending))).plan();
    let said = plan.changes[0].cannot_verify.join("; ");
    let race = "if another approver approves it at this very moment, this cancels that grant";
    assert!(said.contains(race), "{said}");
}

#[test]
fn a_thousand_characters_and_not_one_more() {
    for verdict in [Verdict::Approve, Verdict::Deny, Verdict::Revoke] {
        let status = match verdict {
            Verdict::Approve | Verdict::Deny => Status::Pending,
            Verdict::Revoke | Verdict::File | Verdict::CheckIn => Status::Approved,
        };
        let with = |length: usize| {
            let mut decision = decided(verdict);
            // "CHG1: " before it, " [cs:xxxxxxxx]" behind it.
            decision.reason = "ä".repeat(length - 6 - 14);
            scene(decision, seen(shown(status.clone()))).plan()
        };
        let plan = with(1000);
        let [change] = plan.changes.as_slice() else {
            panic!("{plan:?}");
        };
        let body = change.call.body.as_ref().expect("a body");
        let reason = body["Reason"].as_str().expect("a reason");
        assert_eq!(reason.chars().count(), 1000);
        assert!(reason.ends_with(&change.mark.to_string()));
        assert_eq!(verdict_on(&with(1001)), "blocked: text-too-long");
        // A character beyond the first 65536 counts twice there.
        let with = |pairs: usize| {
            let mut decision = decided(verdict);
            decision.reason = "\u{1f600}".repeat(pairs);
            scene(decision, seen(shown(status.clone()))).plan()
        };
        assert_eq!(with(490).changes.len(), 1);
        assert_eq!(verdict_on(&with(491)), "blocked: text-too-long");
    }
}

#[test]
fn everything_that_is_sent_is_in_the_digest() {
    let digest = |change: &dyn Fn(&mut Scene)| {
        let mut scene = scene(decided(Verdict::Approve), seen(shown(Status::Pending)));
        change(&mut scene);
        let plan = scene.plan();
        assert_eq!(plan.changes.len(), 1, "{plan:?}");
        plan.digest()
    };
    let before = digest(&|_| {});
    assert_eq!(before, digest(&|_| {}));
    assert_ne!(before, digest(&|scene| scene.first().reason.push('x')));
    assert_ne!(
        before,
        digest(&|scene| {
            for terms in scene.terms.values_mut() {
                terms.deciding.run_as = Some("second-approver".to_owned());
            }
        })
    );
    assert_ne!(
        before,
        digest(&|scene| {
            for terms in scene.terms.values_mut() {
                terms.deciding.client = Some("env BT_CLIENT_ID".to_owned());
            }
        })
    );
}

/// What a decision moves (expiry, approval, the list it stands in) is no part of it.
#[test]
fn the_fingerprint_covers_the_guard_keys_and_nothing_else() {
    let of = |request: &Request| fingerprint(&vault(), &request.id, &request.facts);
    let pending = of(&shown(Status::Pending));
    assert_eq!(of(&shown(Status::Approved)), pending);
    for fact in CAPABILITIES.facts {
        let mut other = shown(Status::Pending);
        other.facts.insert(fact.key, "something else".into());
        assert_ne!(of(&other), pending, "{}", fact.key);
        let plan = scene(decided(Verdict::Approve), seen(other)).plan();
        assert_eq!(verdict_on(&plan), "blocked: guard-mismatch", "{}", fact.key);
    }
}
