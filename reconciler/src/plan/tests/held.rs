//! Every hold there is, through a plan file and back.

use super::*;

/// A member written twice would be read as neither, and the whole saved plan be refused.
#[test]
fn every_hold_reads_back_from_a_saved_plan() {
    let at = "2026-11-22T09:00:00Z".parse().unwrap();
    let text = || "text".to_owned();
    let whys = [
        Why::InDoubt {
            seq: 3,
            verdict: Verdict::Deny,
            at,
        },
        Why::SentBefore { sends: 2 },
        Why::Unsupported { otherwise: text() },
        Why::DeciderNotListed { decider: text() },
        Why::GuardMissing,
        Why::GuardInconsistent,
        Why::GuardMismatch {
            differences: Vec::new(),
        },
        Why::GrantedOtherwise {
            differences: Vec::new(),
            ours: Some(7),
        },
        Why::PermitMissing,
        Why::PermitUnfit { why: text() },
        Why::TicketMismatch {
            shown: VendorText::default(),
        },
        Why::TextTooLong {
            length: 2,
            limit: 1,
        },
        Why::TicketTooLong {
            length: 21,
            limit: 20,
        },
        Why::Conflict {
            ids: vec![RequestId::canonical("7")],
            why: text(),
        },
        Why::NotFiled { why: text() },
        Why::FiledOtherwise {
            seq: 3,
            filed: Some(RequestId::canonical("7")),
            differs: vec![text()],
        },
        Why::OutOfSight { why: text() },
        Why::ClockSkewed { seconds: 301 },
        Why::Frozen { by: text() },
        Why::OverLimit {
            rule: text(),
            limit: 1,
            observed: 2,
        },
        Why::Unmerged { reference: text() },
        Why::Duplicate { places: Vec::new() },
        Why::Contradicted {
            status: text(),
            by: None,
            ours: Some(1),
            revocable: true,
        },
        Why::NotFound { means: text() },
        Why::NothingVisible,
        Why::Unread {
            why: text(),
            said: None,
        },
        Why::RowUnreadable {
            why: text(),
            said: None,
        },
        Why::PermitUnread {
            why: text(),
            said: None,
        },
        Why::UnknownStatus {
            raw: VendorText::default(),
        },
        Why::Quarantined,
        Why::RequestExpired { ours: None },
        Why::NotGrantedYet,
        Why::QueueDisabled,
        Why::OppositeVote,
        Why::NotProcessed { means: text() },
        Why::Ambiguous { why: text() },
        Why::VotedOtherwise {
            differences: Vec::new(),
        },
    ];
    assert_eq!(whys.len(), HOLD_CODES.len());
    for why in whys {
        let mut plan = a_plan();
        plan.holds = vec![Hold::of(&decision(Verdict::Approve, "1"), why)];
        let saved = SavedPlan::seal(plan, a_saved_plan().envelope);
        let text = saved.to_text();
        let read = SavedPlan::parse(&text).map(|read| read.to_text());
        assert_eq!(read.as_ref(), Ok(&text), "{text}");
    }
}

#[test]
fn every_code_is_the_name_that_is_written() {
    for hold in a_plan().holds {
        let written = serde_json::to_value(&hold).unwrap();
        assert_eq!(written["code"], hold.why.about().code);
    }
    let mut codes: Vec<&str> = HOLD_CODES.iter().map(|code| code.code).collect();
    codes.sort_unstable();
    codes.dedup();
    assert_eq!(codes.len(), HOLD_CODES.len());
}

/// Found by a new user who had another `url`: he was told to look at what had changed, and nothing had.
#[test]
fn a_fingerprint_of_another_instance_is_told_as_that() {
    let decided = vec![decision(Verdict::Approve, "1")];
    let pending = seen(request("1", Status::Pending));
    let mut scene = Scene::new(&WILLING, decided, vec![("1", pending)]);
    for terms in scene.terms.values_mut() {
        terms.origin = "https://elsewhere.example".to_owned();
    }
    let plan = scene.plan();
    assert_eq!(plan.holds[0].why.about().code, "guard-mismatch");
    assert_eq!(
        plan.holds[0].reason,
        "every fact is as reviewed, but the fingerprint is of another request, url or organization"
    );
}
