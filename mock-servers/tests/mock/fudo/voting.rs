//! Votes: how many decide, one of each user, a reason against, and what the body may be.

use serde_json::{Value, json};

use super::instance::{BASE, effect, id, instance, with};

const YES: &str = r#"{"accepted":true}"#;

#[tokio::test]
async fn one_vote_grants_what_needs_one() {
    let instance = instance().await;
    assert_eq!(instance.accept("approver", 1).await, 200);
    let shown = instance.shown(1).await;
    assert_eq!(shown["status"], "granted");
    assert_eq!(shown["modified_at"], "2026-03-02T08:00:00Z");
    assert_eq!(shown["created_at"], "2026-03-02T07:00:00Z");
    assert_eq!(shown["votes"].as_array().unwrap().len(), 1);
    assert_eq!(
        instance.effects().await,
        [effect("approve", "01", "countersign", "granted")]
    );
}

#[tokio::test]
async fn a_vote_that_is_not_the_last_is_a_success_and_grants_nothing() {
    let instance = instance().await;
    let (status, body) = instance
        .vote("approver", 2, json!({ "accepted": true }))
        .await;
    assert_eq!((status, body.as_str()), (200, r#"{"result":"success"}"#));
    assert_eq!(instance.shown(2).await["status"], "pending");
    let mut first = effect("approve", "02", "countersign", "pending");
    first[4] = "recorded: 1 of 2 votes".to_owned();
    assert_eq!(instance.effects().await, [first.clone()]);
    assert_eq!(instance.accept("second-voter", 2).await, 200);
    assert_eq!(instance.shown(2).await["status"], "granted");
    let last = effect("approve", "02", "jonas.lind", "granted");
    assert_eq!(instance.effects().await, [first, last]);
    for (who, status) in [("approver", "pending"), ("legacy", "granted")] {
        instance.accept(who, 14).await;
        assert_eq!(instance.shown(14).await["status"], status, "{who}");
    }
}

#[tokio::test]
async fn one_vote_against_rejects_or_as_many_as_would_grant() {
    let first = instance().await;
    assert_eq!(first.reject("approver", 2).await, 200);
    let shown = first.shown(2).await;
    assert_eq!(
        (&shown["status"], &shown["votes"][0]["reason"]),
        (&json!("rejected"), &json!("No"))
    );
    assert_eq!(shown["votes"][0]["accepted"], false);
    assert_eq!(
        first.effects().await,
        [effect("deny", "02", "countersign", "rejected")]
    );
    let other = with(&[("rejection", "required-votes")]).await;
    other.reject("approver", 2).await;
    assert_eq!(other.shown(2).await["status"], "pending");
    other.reject("second-voter", 2).await;
    assert_eq!(other.shown(2).await["status"], "rejected");
}

#[tokio::test]
async fn a_user_votes_once_about_a_request() {
    for (value, status) in [("409", 409), ("400", 400)] {
        let instance = with(&[("second-vote", value)]).await;
        assert_eq!(instance.accept("approver", 2).await, 200);
        assert_eq!(instance.accept("approver", 2).await, status, "{value}");
        assert_eq!(
            instance.reject("approver", 2).await,
            status,
            "nor the other way"
        );
        assert_eq!(instance.row(2)["votes"].as_array().unwrap().len(), 1);
        assert_eq!(instance.effects().await.len(), 1);
        let refusals = instance.journal("?kind=refusal").await;
        assert_eq!(refusals.len(), 2);
        assert_eq!(
            (&refusals[0]["verdict"], &refusals[1]["verdict"]),
            (&json!("approve"), &json!("deny"))
        );
        // What our vote decided is refused for the vote's sake, too.
        assert_eq!(instance.accept("approver", 1).await, 200);
        let (told, body) = instance
            .vote("approver", 1, json!({ "accepted": true }))
            .await;
        assert!(told == status && body.contains("unique"), "{body}");
    }
}

#[tokio::test]
async fn a_removed_vote_is_not_shown_and_may_free_its_voter() {
    let first = instance().await;
    assert_eq!(first.shown(13).await["votes"], json!([]));
    assert_eq!(first.accept("approver", 13).await, 200);
    assert_eq!(first.shown(13).await["status"], "granted");
    assert_eq!(first.row(13)["votes"].as_array().unwrap().len(), 2);
    let other = with(&[("removed-vote", "counts")]).await;
    assert_eq!(other.accept("approver", 13).await, 409);
    assert_eq!(other.accept("second-voter", 13).await, 200);
}

#[tokio::test]
async fn what_is_decided_takes_no_vote() {
    for (value, status) in [("409", 409), ("400", 400)] {
        let instance = with(&[("vote-after-decision", value)]).await;
        for last in [5, 6, 7, 8] {
            let before = instance.status(last);
            assert_eq!(instance.accept("approver", last).await, status, "{last}");
            assert_eq!(instance.reject("approver", last).await, status, "{last}");
            assert_eq!(instance.status(last), before);
        }
        assert!(instance.effects().await.is_empty());
    }
    let instance = with(&[("vote-after-decision", "recorded")]).await;
    assert_eq!(instance.reject("approver", 5).await, 200);
    assert_eq!(instance.status(5), "granted", "too late");
    let mut late = effect("deny", "05", "countersign", "granted");
    late[4] = "recorded: the request was decided before".to_owned();
    assert_eq!(instance.effects().await, [late]);
}

#[tokio::test]
async fn nobody_votes_about_an_own_request_or_anybody_may() {
    for (value, status) in [("403", 403), ("accepted", 200)] {
        let instance = with(&[("own-request", value)]).await;
        assert_eq!(instance.accept("approver", 3).await, status, "{value}");
        assert_eq!(
            instance.accept("second-voter", 3).await,
            if status == 200 { 409 } else { 200 }
        );
    }
}

#[tokio::test]
async fn whoever_may_only_look_does_not_vote() {
    for (value, status) in [("403", 403), ("404", 404)] {
        let instance = with(&[("vote-without-role", value)]).await;
        for who in ["operator", "requestor"] {
            assert_eq!(instance.accept(who, 1).await, status, "{who}");
            assert_eq!(instance.revoke(who, 4, json!({})).await.0, status, "{who}");
        }
        assert!(instance.effects().await.is_empty());
    }
}

#[tokio::test]
async fn a_vote_against_needs_a_reason() {
    let instance = instance().await;
    for body in [
        json!({ "accepted": false }),
        json!({ "accepted": false, "reason": null }),
        json!({ "accepted": false, "reason": "" }),
        json!({ "accepted": false, "reason": " \t" }),
    ] {
        let (status, said) = instance.vote("approver", 1, body.clone()).await;
        assert!(status == 400 && said.contains("reason"), "{body}: {said}");
    }
    assert!(instance.effects().await.is_empty());
    let reasoned = json!({ "accepted": true, "reason": "CHG0031337" });
    assert_eq!(instance.vote("approver", 1, reasoned).await.0, 200);
    assert_eq!(instance.shown(1).await["votes"][0]["reason"], "CHG0031337");
    let lax = with(&[("blank-reason", "accepted")]).await;
    let blank = json!({ "accepted": false, "reason": " " });
    assert_eq!(lax.vote("approver", 1, blank).await.0, 200);
    assert_eq!(
        lax.vote("approver", 2, json!({ "accepted": false }))
            .await
            .0,
        400
    );
}

#[tokio::test]
async fn accepted_is_required_and_a_boolean() {
    let instance = instance().await;
    for body in [
        json!({}),
        json!({ "accepted": null }),
        json!({ "accepted": "true" }),
        json!({ "accepted": 1 }),
        json!({ "accepted": true, "reason": 5 }),
        json!([{ "accepted": true }]),
    ] {
        assert_eq!(
            instance.vote("approver", 1, body.clone()).await.0,
            400,
            "{body}"
        );
    }
    for body in ["", "{", "true", "accepted=true"] {
        let path = format!("{BASE}/{}/vote", id(1));
        let headers = [
            ("authorization", instance.key("approver")),
            ("content-type", "application/json".to_owned()),
        ];
        let headers: Vec<(&str, &str)> = headers
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        assert_eq!(
            instance.call("POST", &path, &headers, body).await.status,
            400,
            "{body}"
        );
    }
    assert_eq!(instance.shown(1).await["status"], "pending");
}

#[tokio::test]
async fn a_body_may_name_its_request_but_no_other() {
    for (value, status) in [("400", 400), ("path-wins", 200)] {
        let instance = with(&[("other-request", value)]).await;
        let same = json!({ "accepted": true, "access_request_id": id(1) });
        assert_eq!(instance.vote("approver", 1, same).await.0, 200);
        let other = json!({ "accepted": true, "access_request_id": id(1) });
        assert_eq!(
            instance.vote("approver", 2, other).await.0,
            status,
            "{value}"
        );
        assert_eq!(
            instance.shown(2).await["votes"].as_array().unwrap().len(),
            usize::from(status == 200)
        );
        assert!(instance.strange().await.is_empty());
    }
}

#[tokio::test]
async fn what_only_the_server_sets_is_ignored_or_refused() {
    for (value, status) in [("ignored", 200), ("400", 400)] {
        let instance = with(&[("read-only-sent", value)]).await;
        let body = json!({ "accepted": true, "user_id": "1", "removed": true });
        assert_eq!(
            instance.vote("approver", 2, body).await.0,
            status,
            "{value}"
        );
        assert!(
            instance
                .strange()
                .await
                .contains(&"read-only member removed".to_owned())
        );
        if status == 200 {
            assert_eq!(instance.row(2)["votes"][0]["by"], "countersign");
            assert_eq!(instance.row(2)["votes"][0]["removed"], false);
        }
    }
    for (value, status) in [("ignored", 200), ("400", 400)] {
        let instance = with(&[("unknown-member", value)]).await;
        let body = json!({ "accepted": true, "comment": "x" });
        assert_eq!(
            instance.vote("approver", 2, body).await.0,
            status,
            "{value}"
        );
        assert_eq!(instance.strange().await, ["unknown member comment"]);
    }
}

#[tokio::test]
async fn a_body_that_is_not_declared_as_json_is_a_switch() {
    for (value, status) in [("any", 200), ("415", 415)] {
        let instance = with(&[("content-type", value)]).await;
        let key = instance.key("approver");
        let path = format!("{BASE}/{}/vote", id(1));
        for (kind, expected) in [
            ("text/plain", status),
            (
                "Application/JSON; charset=utf-8",
                if status == 200 { 409 } else { 200 },
            ),
        ] {
            let headers = [("authorization", key.as_str()), ("content-type", kind)];
            let answer = instance.call("POST", &path, &headers, YES).await;
            assert_eq!(answer.status, expected, "{value} {kind}");
        }
        assert_eq!(instance.strange().await.len(), 1);
    }
}

#[tokio::test]
async fn a_lost_answer_leaves_the_vote() {
    let instance = instance().await;
    let fault =
        r#"[{"id":"f","op":"fudo.access-requests.vote","kind":"reset","phase":"after-effect"}]"#;
    assert_eq!(instance.admin("PUT", "/faults", fault).await.status, 200);
    let path = format!("{BASE}/{}/vote", id(2));
    let key = instance.key("approver");
    let headers = [
        ("authorization", key.as_str()),
        ("content-type", "application/json"),
    ];
    let lost = crate::client::raw(&instance.address, "POST", &path, &headers, YES).await;
    assert!(lost.is_err());
    assert_eq!(instance.row(2)["votes"].as_array().unwrap().len(), 1);
    assert_eq!(
        instance.accept("approver", 2).await,
        409,
        "sent again, it is told"
    );
    let object: Vec<Value> = instance.journal("?kind=fault").await;
    assert_eq!(object[0]["object"], id(2).as_str());
}
