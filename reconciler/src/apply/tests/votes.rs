//! What reads say of a vote, right before it and after it: a table, without a vendor.

use super::*;
use crate::apply::judge::{self, After, Before};
use crate::model::{Outcome, Request, Sighting, Vote, Votes};
use crate::vendors::Meaning;
use crate::vendors::fudo::CAPABILITIES;

fn terms() -> crate::model::Terms {
    let mut terms = crate::fakes::terms(&CAPABILITIES);
    terms.deciding.acting_as = None;
    terms.deciding.run_as = Some("countersign".to_owned());
    terms
}

fn shown(status: Status, votes: &[(&str, bool)]) -> Request {
    let vote = |(user, accepted): &(&str, bool)| Vote {
        user_id: "1".into(),
        user: (*user).into(),
        accepted: *accepted,
    };
    Request {
        votes: Some(Votes {
            needed: Some(2),
            cast: votes.iter().map(vote).collect(),
        }),
        ..request("1", status)
    }
}

/// The change that a plan makes where nobody has voted.
fn planned(verdict: Verdict) -> Change {
    let pending = shown(Status::Pending, &[]);
    let mut decision = decision(verdict, "1");
    let print = crate::plan::fingerprint(&terms(), &pending.id, &pending.facts);
    decision.guard.fingerprint = Some(print);
    let mut scene = Scene::new(&CAPABILITIES, vec![decision], vec![("1", seen(pending))]);
    scene.terms = [(queue_name(), terms())].into();
    scene.plan().changes.remove(0)
}

fn word(outcome: &Outcome) -> String {
    if let Outcome::Recorded { votes: Some(votes) } = outcome {
        return format!("recorded, {votes}");
    }
    if let Outcome::AlreadyDecided { by: Some(by) } = outcome {
        return format!("already-decided by {}", by.raw());
    }
    outcome.code().to_owned()
}

/// Who has voted and how, where the request stands, and the votes.
type Shown<'a> = (&'a str, &'a Status, &'a [(&'a str, bool)]);

#[test]
fn reads_around_a_vote() {
    let yes = Meaning::Claimed;
    let no = Meaning::Refused("answered 409".to_owned());
    let lost = Meaning::Unknown("reset".to_owned());
    let (pending, granted, rejected) = (Status::Pending, Status::Approved, Status::Denied);
    let worlds: [Shown<'_>; 8] = [
        ("no votes", &pending, &[]),
        ("ours for", &pending, &[("countersign", true)]),
        ("ours against", &pending, &[("countersign", false)]),
        (
            "ours for",
            &granted,
            &[("boss", true), ("countersign", true)],
        ),
        ("others for", &granted, &[("boss", true)]),
        ("ours against", &rejected, &[("countersign", false)]),
        ("others against", &rejected, &[("boss", false)]),
        (
            "ours for",
            &rejected,
            &[("countersign", true), ("boss", false)],
        ),
    ];
    let mut table = String::new();
    for verdict in [Verdict::Approve, Verdict::Deny] {
        let change = planned(verdict);
        let operation = CAPABILITIES.operation(verdict);
        for (who, status, votes) in worlds {
            let sighting = Sighting::Seen(Box::new(shown(status.clone(), votes)));
            let before = match judge::before(&change, &terms(), &sighting, now()) {
                Before::Send => "send".to_owned(),
                Before::End(outcome) => word(&outcome),
            };
            let after = |answer: &Meaning| match judge::after(&change, operation, answer, &sighting)
            {
                After::End(outcome) => word(&outcome),
                After::StillPending => "still pending".to_owned(),
                After::VoteMissing(_) => "vote missing".to_owned(),
            };
            let later = |confirmed| word(&judge::recovered(&change, confirmed, &sighting));
            let (unheard, confirmed) = (later(false), later(true));
            table.push_str(&format!(
                "{verdict} | {} | {who} | before: {before} | yes: {} | no: {} | lost: {} | later: {unheard}; confirmed: {confirmed}\n",
                status.word(),
                after(&yes),
                after(&no),
                after(&lost),
            ));
        }
    }
    assert_snapshot!(table, @r"
    approve | pending | no votes | before: send | yes: vote missing | no: refused | lost: still pending | later: not-sent; confirmed: in-doubt
    approve | pending | ours for | before: already-decided by countersign | yes: recorded, 1 of 2 votes | no: recorded, 1 of 2 votes | lost: recorded, 1 of 2 votes | later: recorded, 1 of 2 votes; confirmed: recorded, 1 of 2 votes
    approve | pending | ours against | before: stale | yes: contradicted | no: contradicted | lost: contradicted | later: contradicted; confirmed: contradicted
    approve | approved | ours for | before: already-decided | yes: applied | no: already-decided by countersign | lost: applied | later: applied; confirmed: applied
    approve | approved | others for | before: already-decided | yes: vote missing | no: already-decided | lost: already-decided | later: already-decided; confirmed: in-doubt
    approve | denied | ours against | before: stale | yes: contradicted | no: contradicted | lost: contradicted | later: contradicted; confirmed: contradicted
    approve | denied | others against | before: stale | yes: contradicted | no: contradicted | lost: contradicted | later: contradicted; confirmed: contradicted
    approve | denied | ours for | before: stale | yes: contradicted | no: contradicted | lost: contradicted | later: contradicted; confirmed: contradicted
    deny | pending | no votes | before: send | yes: vote missing | no: refused | lost: still pending | later: not-sent; confirmed: in-doubt
    deny | pending | ours for | before: stale | yes: contradicted | no: contradicted | lost: contradicted | later: contradicted; confirmed: contradicted
    deny | pending | ours against | before: already-decided by countersign | yes: recorded | no: recorded | lost: recorded | later: recorded; confirmed: recorded
    deny | approved | ours for | before: stale | yes: contradicted | no: contradicted | lost: contradicted | later: contradicted; confirmed: contradicted
    deny | approved | others for | before: stale | yes: contradicted | no: contradicted | lost: contradicted | later: contradicted; confirmed: contradicted
    deny | denied | ours against | before: already-decided | yes: applied | no: already-decided by countersign | lost: applied | later: applied; confirmed: applied
    deny | denied | others against | before: already-decided | yes: vote missing | no: already-decided | lost: already-decided | later: already-decided; confirmed: in-doubt
    deny | denied | ours for | before: already-decided | yes: already-decided | no: already-decided | lost: already-decided | later: already-decided; confirmed: already-decided
    ");
}

/// A person may not say that a vote was not applied which stands there, nor that one was which does not.
#[test]
fn a_doubt_about_a_vote_is_settled_by_the_votes() {
    let change = planned(Verdict::Approve);
    let sent = |confirmed| crate::model::Sent {
        confirmed,
        at: now(),
        ..crate::fakes::sent(Verdict::Approve, "1")
    };
    let later = now()
        .saturating_add(jiff::SignedDuration::from_hours(1))
        .expect("a moment");
    let judged = |resolution, confirmed, votes: &[(&str, bool)]| {
        let sighting = Sighting::Seen(Box::new(shown(Status::Pending, votes)));
        let seen = crate::apply::look::Seen::One(sighting);
        judge_resolution(&change, &sent(confirmed), resolution, &seen, later).is_ok()
    };
    use crate::model::Resolution::{Applied, NotApplied};
    let ours = [("countersign", true)];
    for confirmed in [true, false] {
        assert!(judged(Applied, confirmed, &ours) && !judged(NotApplied, confirmed, &ours));
        assert!(!judged(Applied, confirmed, &[]) && judged(NotApplied, confirmed, &[]));
    }
}
