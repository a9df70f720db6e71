//! Release requests: filed at most once for an account and a ticket, whatever is there already, and given back.

mod filed;

use super::*;
use crate::fakes::{FILES, own_request, release};
use crate::model::{
    Aim, FilingProof, OnConflict, Own, ReadErrorKind, Release, ReleaseRequest, Request, Target,
};

fn scene(block: ReleaseRequest, own: Own) -> Scene {
    let mut scene = Scene::new(&FILES, Vec::new(), Vec::new());
    scene.desired.releases = vec![block];
    scene.view().own = own;
    scene
}

fn own(requests: &[(&str, Status)]) -> Own {
    let request = |(id, status): &(&str, Status)| own_request(id, status.clone());
    Own::Read(requests.iter().map(request).collect())
}

/// Earlier calls for the key, oldest first.
fn past(calls: &[(Verdict, SentState)]) -> crate::model::Past {
    let key = release(Aim::Open, OnConflict::Refuse).address.id;
    let mut all = crate::model::Past::default();
    for (nth, (verdict, state)) in calls.iter().enumerate() {
        let (identity, mut one) = sent(*verdict, key.as_str(), state.clone());
        one[0].seq = nth as u64 + 7;
        all.sent.entry(identity).or_default().append(&mut one);
    }
    all
}

fn filed() -> (Verdict, SentState) {
    let outcome = Outcome::Filed {
        id: RequestId::canonical("900"),
        proof: FilingProof::Answered,
    };
    (Verdict::File, SentState::Ended(outcome))
}

fn told(plan: &Plan) -> String {
    match (plan.changes.as_slice(), plan.settled.as_slice()) {
        ([change], []) => {
            let Release {
                sees,
                takes,
                gives_back,
                ..
            } = change.release.as_deref().unwrap();
            let words = |ids: &[RequestId]| {
                ids.iter()
                    .map(RequestId::as_str)
                    .collect::<Vec<_>>()
                    .join(",")
            };
            format!(
                "{} sees [{}] takes [{}]{}",
                change.decision.verdict,
                words(sees),
                words(takes),
                gives_back
                    .as_ref()
                    .map_or_else(String::new, |id| format!(" back {id}"))
            )
        }
        ([], [settled]) => match &settled.settled {
            SettledBy::Filed { id, stands, .. } => {
                format!("settled {id} {}", stands.as_deref().unwrap_or("gone"))
            }
            SettledBy::Us { outcome, .. } => format!("settled {outcome} by us"),
            SettledBy::Vendor { .. }
            | SettledBy::NoLongerVisible { .. }
            | SettledBy::Ratified { .. } => "settled".to_owned(),
        },
        ([], []) => {
            verdict_on(plan)
                + ": "
                + &plan
                    .holds
                    .first()
                    .map_or(String::new(), |hold| hold.reason.clone())
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_is_there_already_and_what_to_do_about_it() {
    let other_access = {
        let mut request = own_request("5", Status::Approved);
        request.facts.insert("access-type", "View".into());
        request
    };
    let other_account = {
        let mut request = own_request("6", Status::Approved);
        request.facts.insert("account-id", "35".into());
        request
    };
    let unknown = Status::Unknown("Cancelled".into());
    let cases: [(&str, Vec<Request>); 7] = [
        ("nothing", vec![]),
        ("another account", vec![other_account]),
        ("pending", vec![own_request("1", Status::Pending)]),
        (
            "approved",
            vec![
                own_request("3", Status::Approved),
                own_request("2", Status::Approved),
            ],
        ),
        ("other access", vec![other_access]),
        ("unknown status", vec![own_request("7", unknown)]),
        (
            "both",
            vec![
                own_request("1", Status::Pending),
                own_request("2", Status::Approved),
            ],
        ),
    ];
    let mut table = String::new();
    for on_conflict in OnConflict::ALL {
        for (name, requests) in &cases {
            let plan = scene(release(Aim::Open, on_conflict), Own::Read(requests.clone())).plan();
            table.push_str(&format!(
                "{:<7} {name:<16} {}\n",
                on_conflict.word(),
                told(&plan)
            ));
        }
    }
    assert_snapshot!(table, @r"
    refuse  nothing          file sees [] takes []
    refuse  another account  file sees [] takes []
    refuse  pending          blocked: conflict: this user has asked for the account already: 1
    refuse  approved         blocked: conflict: this user has asked for the account already: 2, 3
    refuse  other access     blocked: conflict: this user has asked for the account already: 5
    refuse  unknown status   blocked: conflict: this user has asked for the account already: 7
    refuse  both             blocked: conflict: this user has asked for the account already: 1, 2
    reuse   nothing          file sees [] takes []
    reuse   another account  file sees [] takes []
    reuse   pending          blocked: conflict: this user has asked for the account already: 1
    reuse   approved         file sees [2,3] takes [2,3]
    reuse   other access     file sees [5] takes []
    reuse   unknown status   blocked: conflict: this user has asked for the account already: 7
    reuse   both             file sees [1,2] takes [2]
    renew   nothing          file sees [] takes []
    renew   another account  file sees [] takes []
    renew   pending          blocked: conflict: this user has asked for the account already: 1
    renew   approved         file sees [2,3] takes [2,3]
    renew   other access     file sees [5] takes [5]
    renew   unknown status   blocked: conflict: this user has asked for the account already: 7
    renew   both             blocked: conflict: this user has asked for the account already: 1
    ");
}

/// The vendor reuses by account and sort of access alone: a session for another application is not what was asked for.
#[test]
fn what_was_granted_for_another_application_is_not_reused() {
    let granted = |id: &str, application: &str| {
        let mut request = own_request(id, Status::Approved);
        request.facts.insert("access-type", "App".into());
        request.facts.insert("application-id", application.into());
        request
    };
    let told_of = |asked, requests: &[Request]| {
        let mut block = release(Aim::Open, OnConflict::Reuse);
        block.application = asked;
        if asked.is_some() {
            block.access_type = "App".to_owned();
        }
        told(&scene(block, Own::Read(requests.to_vec())).plan())
    };
    assert_eq!(
        told_of(Some(5), &[granted("1", "5")]),
        "file sees [1] takes [1]"
    );
    let another = "blocked: conflict: on-conflict = \"reuse\" goes by account and access type alone and would return this, which is for another application (\"renew\" files anew)";
    for (requests, ids) in [
        (vec![granted("1", "6")], "1"),
        (vec![granted("1", "0")], "1"),
        (vec![granted("1", "")], "1"),
        (
            vec![own_request("3", Status::Pending), granted("1", "6")],
            "1",
        ),
        // Which one the vendor returns is not documented.
        (vec![granted("1", "6"), granted("2", "5")], "1"),
    ] {
        assert_eq!(told_of(Some(5), &requests), format!("{another}: {ids}"));
    }
    for none in ["", "0"] {
        let mut request = own_request("1", Status::Approved);
        request.facts.insert("application-id", none.into());
        assert_eq!(told_of(None, &[request]), "file sees [1] takes [1]");
    }
}

#[test]
fn filed_once_for_a_key_and_given_back_where_asked() {
    let ended = |verdict, outcome| (verdict, SentState::Ended(outcome));
    let refused = Outcome::Refused {
        why: "403".to_owned(),
        said: None,
        conflict: false,
    };
    let not_applied = Outcome::NotSent {
        why: "by hand".to_owned(),
        may_have_left: true,
    };
    let pasts: [(&str, Vec<(Verdict, SentState)>); 7] = [
        ("never", vec![]),
        ("open", vec![(Verdict::File, SentState::Open)]),
        ("filed", vec![filed()]),
        ("refused", vec![ended(Verdict::File, refused)]),
        ("not applied", vec![ended(Verdict::File, not_applied)]),
        ("by hand", vec![ended(Verdict::File, Outcome::Applied)]),
        (
            "given back",
            vec![filed(), ended(Verdict::CheckIn, Outcome::StateReached)],
        ),
    ];
    let mut table = String::new();
    for aim in [Aim::Open, Aim::CheckedIn] {
        for (name, calls) in &pasts {
            let visible: &[Option<Status>] = if calls.is_empty() {
                &[None]
            } else {
                &[None, Some(Status::Pending), Some(Status::Approved)]
            };
            for status in visible {
                let requests = status
                    .iter()
                    .map(|status| ("900", status.clone()))
                    .collect::<Vec<_>>();
                let mut scene = scene(release(aim, OnConflict::Refuse), own(&requests));
                scene.past = past(calls);
                let shown = status.as_ref().map_or("-", Status::word);
                table.push_str(&format!(
                    "{aim:<9?} {name:<11} {shown:<8} {}\n",
                    told(&scene.plan())
                ));
            }
        }
    }
    assert_snapshot!(table, @r#"
    Open never       -        file sees [] takes []
    Open open        -        blocked: in-doubt: a call to file it was recorded at 2026-11-22T09:00:00Z (ledger 7) and its outcome is unknown
    Open open        pending  blocked: in-doubt: a call to file it was recorded at 2026-11-22T09:00:00Z (ledger 7) and its outcome is unknown
    Open open        approved blocked: in-doubt: a call to file it was recorded at 2026-11-22T09:00:00Z (ledger 7) and its outcome is unknown
    Open filed       -        settled 900 gone
    Open filed       pending  settled 900 pending
    Open filed       approved settled 900 approved
    Open refused     -        file sees [] takes []
    Open refused     pending  blocked: conflict: this user has asked for the account already: 900
    Open refused     approved blocked: conflict: this user has asked for the account already: 900
    Open not applied -        blocked: sent-before: 1 call may have been made, and the state was not reached
    Open not applied pending  blocked: sent-before: 1 call may have been made, and the state was not reached
    Open not applied approved blocked: sent-before: 1 call may have been made, and the state was not reached
    Open by hand     -        settled applied by us
    Open by hand     pending  settled applied by us
    Open by hand     approved settled applied by us
    Open given back  -        settled 900 gone
    Open given back  pending  settled 900 pending
    Open given back  approved settled 900 approved
    CheckedIn never       -        lapsed: not-filed: nothing was filed for this account and ticket
    CheckedIn open        -        blocked: in-doubt: a call to file it was recorded at 2026-11-22T09:00:00Z (ledger 7) and its outcome is unknown
    CheckedIn open        pending  blocked: in-doubt: a call to file it was recorded at 2026-11-22T09:00:00Z (ledger 7) and its outcome is unknown
    CheckedIn open        approved blocked: in-doubt: a call to file it was recorded at 2026-11-22T09:00:00Z (ledger 7) and its outcome is unknown
    CheckedIn filed       -        settled 900 gone
    CheckedIn filed       pending  waiting: not-granted-yet: not granted yet: still pending
    CheckedIn filed       approved check-in sees [900] takes [] back 900
    CheckedIn refused     -        lapsed: not-filed: nothing was filed for this account and ticket
    CheckedIn refused     pending  lapsed: not-filed: nothing was filed for this account and ticket
    CheckedIn refused     approved lapsed: not-filed: nothing was filed for this account and ticket
    CheckedIn not applied -        lapsed: not-filed: nothing was filed for this account and ticket
    CheckedIn not applied pending  lapsed: not-filed: nothing was filed for this account and ticket
    CheckedIn not applied approved lapsed: not-filed: nothing was filed for this account and ticket
    CheckedIn by hand     -        lapsed: not-filed: it was found to be filed by hand, and its id is not known here
    CheckedIn by hand     pending  lapsed: not-filed: it was found to be filed by hand, and its id is not known here
    CheckedIn by hand     approved lapsed: not-filed: it was found to be filed by hand, and its id is not known here
    CheckedIn given back  -        settled 900 gone
    CheckedIn given back  pending  waiting: not-granted-yet: not granted yet: still pending
    CheckedIn given back  approved blocked: sent-before: 1 call may have been made, and the state was not reached
    "#);
}

/// A status that is not known is never the nearest known one: nothing is given back on its account.
#[test]
fn only_what_is_known_to_be_granted_is_given_back() {
    let mut table = String::new();
    let unknown = Status::Unknown("Cancelled".into());
    for status in EVERY_STATUS.iter().chain([&unknown]) {
        let mut scene = scene(
            release(Aim::CheckedIn, OnConflict::Refuse),
            own(&[("900", status.clone())]),
        );
        scene.past = past(&[filed()]);
        table.push_str(&format!("{:<11} {}\n", status.word(), told(&scene.plan())));
    }
    assert_snapshot!(table, @r"
    pending     waiting: not-granted-yet: not granted yet: still pending
    approved    check-in sees [900] takes [] back 900
    in use      check-in sees [900] takes [] back 900
    finished    settled 900 finished
    denied      settled 900 denied
    revoked     settled 900 revoked
    expired     settled 900 expired
    quarantined blocked: quarantined: in quarantine at the vendor
    unknown     blocked: unknown-status: the vendor shows a status that is not known
    ");
}

/// The setting of the request that is reused stays as it was: it cannot be read, and never turned off.
#[test]
fn what_is_reused_keeps_its_own_rotation() {
    let told_with = |on_conflict, rotate, requests: &[(&str, Status)]| {
        let mut block = release(Aim::Open, on_conflict);
        block.rotate_on_check_in = rotate;
        told(&scene(block, own(requests)).plan())
    };
    let granted: &[(&str, Status)] = &[("2", Status::Approved)];
    for rotate in [true, false] {
        let told = told_with(OnConflict::Reuse, Some(rotate), granted);
        assert!(told.starts_with("blocked: conflict: leave out rotate-on-check-in"));
        assert!(told.ends_with("can only ever be turned on: 2"), "{told}");
        let told = told_with(OnConflict::Reuse, Some(rotate), &[]);
        assert_eq!(told, "file sees [] takes []");
        let told = told_with(OnConflict::Renew, Some(rotate), granted);
        assert_eq!(told, "file sees [2] takes [2]");
    }
    let told = told_with(OnConflict::Reuse, None, granted);
    assert_eq!(told, "file sees [2] takes [2]");
}

/// Another user's request stands in no list of ours: what is known of it is that the vendor refused with 409.
#[test]
fn a_409_holds_the_line_while_the_block_stands_and_the_window_lasts() {
    let refused = |conflict| Outcome::Refused {
        why: "409".to_owned(),
        said: None,
        conflict,
    };
    let filing = || scene(release(Aim::Open, OnConflict::Refuse), own(&[]));
    let digest = filing().plan().changes[0].digest.clone();
    let after = |outcomes: &[Outcome], minutes: i64, edit: &dyn Fn(&mut Scene)| {
        let mut scene = filing();
        let calls: Vec<_> = outcomes
            .iter()
            .map(|one| (Verdict::File, SentState::Ended(one.clone())))
            .collect();
        scene.past = past(&calls);
        for sent in scene.past.sent.values_mut().flatten() {
            sent.digest = digest.clone();
            sent.at = now() - jiff::SignedDuration::from_mins(minutes);
        }
        edit(&mut scene);
        told(&scene.plan())
    };
    let as_it_is = |_: &mut Scene| {};
    assert_snapshot!(after(&[refused(true)], 1, &as_it_is), @"blocked: conflict: refused with 409 at 2026-11-22T08:59:00Z (ledger 7), and no list of this user shows for what: another user may have asked for account-34; held until 2026-11-22T10:59:00Z, or until the block changes");
    let files = "file sees [] takes []";
    // The fake's block asks for two hours.
    assert!(after(&[refused(true)], 119, &as_it_is).starts_with("blocked: conflict"));
    assert_eq!(after(&[refused(true)], 120, &as_it_is), files);
    assert_eq!(after(&[refused(false)], 1, &as_it_is), files);
    assert_eq!(after(&[refused(true), refused(false)], 1, &as_it_is), files);
    let changed = |scene: &mut Scene| scene.desired.releases[0].reason.push('x');
    assert_eq!(after(&[refused(true)], 1, &changed), files);
    // What our own lists show says more.
    let shown = |scene: &mut Scene| scene.view().own = own(&[("5", Status::Pending)]);
    let named = "blocked: conflict: this user has asked for the account already: 5";
    assert_eq!(after(&[refused(true)], 1, &shown), named);
}

#[test]
fn what_is_not_known_is_not_filed() {
    let block = || release(Aim::Open, OnConflict::Refuse);
    let code = |scene: Scene| verdict_on(&scene.plan());
    let out_of_sight = ReadError {
        kind: ReadErrorKind::OutOfSight,
        ..unreadable("another user's")
    };
    assert_eq!(code(scene(block(), Own::NotRead)), "blocked: unread");
    assert_eq!(
        code(scene(block(), Own::Failed(unreadable("odd")))),
        "blocked: unread"
    );
    assert_eq!(
        code(scene(block(), Own::Failed(out_of_sight.clone()))),
        "blocked: out-of-sight"
    );
    let refused = ReadError {
        said: Some("4033".into()),
        ..unreadable("answered 403")
    };
    let plan = scene(block(), Own::Failed(refused)).plan();
    let Why::Unread { said, .. } = &plan.holds[0].why else {
        panic!("{plan:?}");
    };
    assert_eq!(*said, Some("4033".into()));
    let mut known = scene(block(), Own::Failed(out_of_sight));
    known.past = past(&[filed()]);
    assert_eq!(told(&known.plan()), "settled 900 out of sight");
    let mut disabled = scene(block(), own(&[]));
    disabled.terms.clear();
    assert_eq!(code(disabled), "waiting: queue-disabled");
    let mut unsupported = scene(block(), own(&[]));
    unsupported
        .terms
        .insert(crate::fakes::queue_name(), crate::fakes::terms(&WILLING));
    assert_eq!(code(unsupported), "blocked: unsupported");
    let mut late = block();
    late.expires = now();
    assert_eq!(code(scene(late, own(&[]))), "inert");
}

#[test]
fn what_protects_against_a_wrong_approve_protects_against_a_wrong_filing() {
    let filing = || scene(release(Aim::Open, OnConflict::Refuse), own(&[]));
    let mut frozen = filing();
    frozen.brakes.frozen = Some("somebody".to_owned());
    assert_eq!(verdict_on(&frozen.plan()), "blocked: frozen");
    let mut unmerged = filing();
    let address = unmerged.desired.releases[0].address.clone();
    unmerged.brakes.unmerged = Some(("origin/main".to_owned(), [address].into()));
    assert_eq!(verdict_on(&unmerged.plan()), "blocked: unmerged");
    // A limit on approvals counts approvals.
    let mut limited = filing();
    limited.brakes.approvals = Some(0);
    assert_eq!(verdict_on(&limited.plan()), "CHANGE");
    // What is given back goes on.
    let mut back = scene(
        release(Aim::CheckedIn, OnConflict::Refuse),
        own(&[("900", Status::Approved)]),
    );
    back.past = past(&[filed()]);
    back.brakes.frozen = Some("somebody".to_owned());
    assert_eq!(verdict_on(&back.plan()), "CHANGE");
}

#[test]
fn ticket_and_text_have_their_limits() {
    let with = |ticket: &str, reason: &str| {
        let mut block = release(Aim::Open, OnConflict::Refuse);
        block.ticket = ticket.to_owned();
        block.reason = reason.to_owned();
        block.address.id = block.target.key(ticket);
        verdict_on(&scene(block, own(&[])).plan())
    };
    assert_eq!(with(&"T".repeat(20), "x"), "CHANGE");
    assert_eq!(with(&"T".repeat(21), "x"), "blocked: ticket-too-long");
    assert_eq!(with("CHG1", &"x".repeat(80)), "blocked: text-too-long");
}

#[test]
fn filings_come_last_and_are_counted_apart() {
    let mut scene = Scene::new(
        &FILES,
        vec![
            decision(Verdict::Approve, "1"),
            decision(Verdict::Deny, "2"),
        ],
        vec![
            ("1", seen(request("1", Status::Pending))),
            ("2", seen(request("2", Status::Pending))),
        ],
    );
    scene.desired.releases = vec![release(Aim::Open, OnConflict::Refuse)];
    scene.view().own = own(&[]);
    let plan = scene.plan();
    let order: Vec<Verdict> = plan
        .changes
        .iter()
        .map(|change| change.decision.verdict)
        .collect();
    assert_eq!(order, [Verdict::Deny, Verdict::Approve, Verdict::File]);
    let counts = plan.counts();
    assert_eq!(
        (counts.approve, counts.deny, counts.file, counts.check_in),
        (1, 1, 1, 0)
    );
    let counts = serde_json::to_string(&counts).unwrap();
    assert!(
        counts.contains("\"file\":1") && !counts.contains("check-in"),
        "{counts}"
    );
    // Others' requests are seen by the digest: what a renewal cancels is part of what was agreed to.
    let renewed = |id: &str| {
        let requests = [(id, Status::Approved)];
        super::releases::scene(release(Aim::Open, OnConflict::Renew), own(&requests))
            .plan()
            .digest()
    };
    assert_ne!(renewed("1"), renewed("2"));
}

/// One instance has many users, and the key names none of them.
#[test]
fn what_another_user_filed_is_that_users() {
    let told_as = |aim, by: Option<&str>, us: Option<&str>| {
        let mut scene = scene(release(aim, OnConflict::Refuse), own(&[]));
        scene.past = past(&[filed()]);
        for sent in scene.past.sent.values_mut().flatten() {
            sent.user = by.map(str::to_owned);
        }
        for terms in scene.terms.values_mut() {
            terms.deciding.run_as = us.map(str::to_owned);
        }
        told(&scene.plan())
    };
    let ours = [(Some("anna.berg"), Some("Anna.Berg")), (None, None)];
    let theirs = [
        (Some("anna.berg"), Some("jonas.lind"), "anna.berg"),
        (Some("anna.berg"), None, "anna.berg"),
        (None, Some("jonas.lind"), "another user"),
    ];
    for aim in [Aim::Open, Aim::CheckedIn] {
        for (by, us) in ours {
            assert_eq!(told_as(aim, by, us), "settled 900 gone");
        }
        for (by, us, user) in theirs {
            let why =
                format!("filed as 900 as {user} (ledger 7); that user's queue must give it back");
            assert_eq!(told_as(aim, by, us), format!("blocked: conflict: {why}"));
        }
    }
}

/// The vendor goes by system and account: a grant of the same account, asked for by its number, is met too.
#[test]
fn an_alias_takes_nothing_that_nobody_named() {
    let granted = |id: &str, alias: &str, account: &str| {
        let mut request = own_request(id, Status::Approved);
        request.facts.insert("alias-id", alias.into());
        request.facts.insert("account-id", account.into());
        request
    };
    let without_alias = |id: &str, account: &str| {
        let mut request = granted(id, "", account);
        request.facts.remove("alias-id");
        request
    };
    let waiting = Request {
        status: Status::Pending,
        ..granted("9", "61", "34")
    };
    let told_of = |on_conflict, requests: &[Request]| {
        let mut block = release(Aim::Open, on_conflict);
        block.target = Target::Alias(61);
        block.address.id = block.target.key("CHG1");
        told(&scene(block, Own::Read(requests.to_vec())).plan())
    };
    let by_number = without_alias("5", "34");
    let files = "file sees [] takes []";
    assert_eq!(told_of(OnConflict::Renew, &[]), files);
    assert_eq!(
        told_of(OnConflict::Refuse, std::slice::from_ref(&by_number)),
        files
    );
    for on_conflict in [OnConflict::Reuse, OnConflict::Renew] {
        for (requests, id) in [
            (vec![by_number.clone()], "5"),
            (vec![granted("6", "61", "34")], "6"),
            (vec![by_number.clone(), waiting.clone()], "5"),
            (
                vec![granted("6", "61", "34"), without_alias("7", "35")],
                "6",
            ),
            (
                vec![
                    granted("6", "61", "34"),
                    granted("8", "61", "36"),
                    without_alias("7", "35"),
                ],
                "6, 7, 8",
            ),
        ] {
            let told = told_of(on_conflict, &requests);
            assert!(told.starts_with("blocked: conflict: an alias"), "{told}");
            assert!(told.ends_with(&format!(": {id}")), "{told}");
        }
        // A row of the alias shows that it stands for another account.
        let told = told_of(on_conflict, &[without_alias("7", "35"), waiting.clone()]);
        assert!(told.ends_with("asked for the account already: 9"), "{told}");
    }
}
