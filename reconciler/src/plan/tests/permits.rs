//! Approvals that write a rule: what holds them, and what a change of them says.

use crate::fakes::{Scene, WILLING, decision, request, seen};
use crate::model::{
    Assumption, Capabilities, Grounds, Permit, PermitApplication, PermitMode, PermitPolicy,
    PermitScope, ReadError, ReadErrorKind, RequestId, Status, Verdict,
};
use crate::plan::Plan;
use jiff::Timestamp;

static PERMITS: Capabilities = Capabilities {
    needs_permit: true,
    assumptions: &[Assumption {
        of: |permit| permit.elevation,
        what: "what elevation means there",
    }],
    ..WILLING
};

fn permit(scope: PermitScope) -> Permit {
    Permit {
        application: PermitApplication::New("Debug View".to_owned()),
        scope,
        rules: Vec::new(),
        policy: PermitPolicy::New,
        mode: PermitMode::Rules,
        elevation: false,
        ringfence: None,
        notify: false,
        policy_expires: None,
    }
}

fn planned(
    verdict: Verdict,
    permit: Option<Permit>,
    grounds: Option<Result<Grounds, ReadError>>,
    beyond: Option<&str>,
) -> Plan {
    let mut decision = decision(verdict, "7");
    decision.permit = permit.map(Box::new);
    let mut request = request("7", Status::Pending);
    request.beyond = beyond.map(str::to_owned);
    let mut scene = Scene::new(&PERMITS, vec![decision], vec![("7", seen(request))]);
    let id = RequestId::canonical("7");
    scene
        .view()
        .grounds
        .extend(grounds.map(|grounds| (id, grounds)));
    scene.plan()
}

fn code(plan: &Plan) -> &'static str {
    plan.holds
        .first()
        .map_or("none", |hold| hold.why.about().code)
}

#[test]
fn an_approval_needs_a_permit_that_can_be_given() {
    let narrow = || Some(permit(PermitScope::Computer));
    let good = || Some(Ok(Grounds::default()));
    let approve = |permit, grounds| planned(Verdict::Approve, permit, grounds, None);
    assert_eq!(code(&approve(None, good())), "permit-missing");
    // A snapshot that is older than the decision: what a permit names was not looked up, and it says so.
    let unseen = |permit| {
        let plan = approve(permit, None);
        let words = plan
            .changes
            .first()
            .map(|change| change.cannot_verify.join("; "));
        words.unwrap_or_else(|| code(&plan).to_owned())
    };
    assert!(!unseen(narrow()).contains("the snapshot"));
    let named = |application| {
        Some(Permit {
            application,
            ..permit(PermitScope::Computer)
        })
    };
    let existing = named(PermitApplication::Existing("App".to_owned()));
    assert!(unseen(existing).contains("the snapshot"));
    assert_eq!(
        unseen(named(PermitApplication::Matching(None))),
        "permit-unread"
    );
    let stands = Grounds {
        obstacles: vec!["no application matches".to_owned()],
        ..Grounds::default()
    };
    assert_eq!(code(&approve(narrow(), Some(Ok(stands)))), "permit-unfit");
    let over = Permit {
        policy_expires: Some(Timestamp::UNIX_EPOCH),
        ..permit(PermitScope::Computer)
    };
    assert_eq!(code(&approve(Some(over), good())), "permit-unfit");
    let error = ReadError {
        kind: ReadErrorKind::Refused,
        what: "403".to_owned(),
        said: None,
        hint: String::new(),
    };
    assert_eq!(code(&approve(narrow(), Some(Err(error)))), "permit-unread");
    let plan = approve(narrow(), good());
    assert_eq!(plan.changes.len(), 1, "{:?}", plan.holds);
    assert_eq!(
        plan.changes[0].permits[0],
        "on the computer that asked, and no other"
    );
    // A deny writes no rule.
    let plan = planned(Verdict::Deny, None, None, None);
    assert_eq!((plan.changes.len(), plan.changes[0].permits.len()), (1, 0));
}

#[test]
fn what_is_not_known_of_a_permit_stands_on_its_line() {
    let unproven = |permit, grounds| {
        let plan = planned(Verdict::Approve, Some(permit), grounds, None);
        plan.changes[0].cannot_verify.join("; ")
    };
    let looked = || Some(Ok(Grounds::default()));
    let narrow = permit(PermitScope::Computer);
    let elevated = Permit {
        elevation: true,
        ..narrow.clone()
    };
    assert!(!unproven(narrow.clone(), looked()).contains("elevation"));
    assert!(unproven(elevated.clone(), looked()).contains("what elevation means there"));
    // A snapshot does not say what its reader may permit.
    let may = "what the user and the organization may permit";
    assert!(!unproven(narrow.clone(), None).contains(may));
    for wide in [
        elevated,
        permit(PermitScope::Organization),
        Permit {
            mode: PermitMode::Learning,
            ..narrow.clone()
        },
        Permit {
            ringfence: Some(1),
            ..narrow.clone()
        },
    ] {
        assert!(unproven(wide.clone(), None).contains(may), "{wide:?}");
        assert!(!unproven(wide, looked()).contains(may));
    }
    let open = Grounds {
        unproven: vec!["whether the deciding user may".to_owned()],
        ..Grounds::default()
    };
    assert!(unproven(narrow, Some(Ok(open))).contains("whether the deciding user may"));
}

#[test]
fn what_the_document_says_against_any_permit_holds_without_a_look_and_stops_no_deny() {
    let plan = |verdict| {
        let mut decision = decision(verdict, "7");
        decision.permit = Some(Box::new(permit(PermitScope::Computer)));
        let mut request = request("7", Status::Pending);
        request.obstacles = vec!["the vendor asks for a second factor".to_owned()];
        Scene::new(&PERMITS, vec![decision], vec![("7", seen(request))]).plan()
    };
    assert_eq!(code(&plan(Verdict::Approve)), "permit-unfit");
    assert_eq!(plan(Verdict::Deny).changes.len(), 1);
}

#[test]
fn the_permit_is_part_of_what_was_agreed_to() {
    let digest = |scope| {
        let plan = planned(
            Verdict::Approve,
            Some(permit(scope)),
            Some(Ok(Grounds::default())),
            None,
        );
        plan.digest()
    };
    assert_ne!(
        digest(PermitScope::Computer),
        digest(PermitScope::Organization)
    );
    assert_eq!(digest(PermitScope::Computer), digest(PermitScope::Computer));
}

#[test]
fn what_the_api_cannot_decide_is_held_either_way() {
    for verdict in [Verdict::Approve, Verdict::Deny] {
        let permit = Some(permit(PermitScope::Computer));
        let plan = planned(
            verdict,
            permit,
            Some(Ok(Grounds::default())),
            Some("multi-level"),
        );
        assert_eq!(code(&plan), "unsupported");
    }
}
