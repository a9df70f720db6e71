//! Approve and Deny, and what the portal and a colleague do beside them.

use serde_json::json;

use super::vault::{vault, with};

#[tokio::test]
async fn an_approval_makes_a_request_active_and_says_nothing() {
    let vault = vault().await;
    let caller = vault.sign_in("approver").await;
    let told = caller
        .told("PUT", "Requests/1001/Approve", r#"{"Reason":"CHG1 fine"}"#)
        .await;
    assert_eq!(told, (204, String::new()));
    assert_eq!(
        vault.one_effect().await,
        ["approve", "1001", "svc-approver", "active"]
    );
    let row = vault.row(1001);
    assert_eq!(
        row["approvals"],
        json!([{ "by": "svc-approver", "at": "2026-03-02T08:00:00Z", "reason": "CHG1 fine" }])
    );
    assert_eq!(row["approved_by"]["email"], "svc-approver@example.com");
    // From here its two hours count.
    assert_eq!(row["expires_at"], "2026-03-02T10:00:00Z");
    assert!(caller.ids("?queue=app&status=active").await.contains(&1001));
}

#[tokio::test]
async fn approving_twice_is_4036() {
    let vault = vault().await;
    let caller = vault.sign_in("approver").await;
    caller.put("Requests/1001/Approve").await;
    let other = vault.sign_in("requestor-approver").await;
    for (caller, id) in [
        (&caller, 1001),
        (&other, 1001),
        (&caller, 1004),
        (&caller, 1005),
        (&caller, 1006),
    ] {
        let told = caller
            .told("PUT", &format!("Requests/{id}/Approve"), "")
            .await;
        assert_eq!(told, (403, "4036".to_owned()), "{id}");
    }
    let refusals = vault.journal("?kind=refusal").await;
    assert_eq!(refusals.len(), 5);
    assert_eq!(
        refusals[0]["because"],
        "4036: Request has been approved already."
    );
    assert_eq!(vault.journal("?kind=effect").await.len(), 1);
}

#[tokio::test]
async fn nobody_decides_his_or_her_own_request() {
    let vault = vault().await;
    let caller = vault.sign_in("requestor-approver").await;
    for deed in ["Approve", "Deny"] {
        let told = caller
            .told("PUT", &format!("Requests/1003/{deed}"), "")
            .await;
        assert_eq!(told, (403, "4033".to_owned()), "{deed}");
    }
    assert_eq!(vault.status(1003), "pending");
}

#[tokio::test]
async fn two_approvers_are_two_different_people() {
    let vault = vault().await;
    let one = vault.sign_in("approver").await;
    let two = vault.sign_in("requestor-approver").await;
    assert_eq!(one.put("Requests/1002/Approve").await.status, 204);
    assert_eq!(vault.status(1002), "pending");
    let effect = &vault.journal("?kind=effect").await[0];
    assert_eq!(
        (&effect["verdict"], &effect["state"], &effect["because"]),
        (
            &json!("approve"),
            &json!("pending"),
            &json!("recorded: 1 of 2 approvals")
        )
    );
    assert_eq!(
        one.told("PUT", "Requests/1002/Approve", "").await,
        (403, "4036".to_owned())
    );
    assert_eq!(two.put("Requests/1002/Approve").await.status, 204);
    assert_eq!(vault.status(1002), "active");
    for caller in [&one, &two] {
        assert!(caller.ids("?queue=app&status=active").await.contains(&1002));
    }
    let other = with(&[("second-vote", "204")]).await;
    let one = other.sign_in("approver").await;
    for _ in 0..2 {
        assert_eq!(one.put("Requests/1002/Approve").await.status, 204);
    }
    assert_eq!(
        (
            other.status(1002).as_str(),
            other.journal("?kind=no-op").await.len()
        ),
        ("pending", 1)
    );
}

#[tokio::test]
async fn a_denied_request_is_gone_from_every_list() {
    let vault = vault().await;
    let caller = vault.sign_in("approver").await;
    let told = caller
        .told("PUT", "Requests/1001/Deny", r#"{"Reason":"Not today"}"#)
        .await;
    assert_eq!(told, (204, String::new()));
    assert_eq!(
        vault.one_effect().await,
        ["deny", "1001", "svc-approver", "denied"]
    );
    let row = vault.row(1001);
    assert_eq!(
        (&row["denied_reason"], &row["denied_by"]["user"]),
        (&json!("Not today"), &json!("svc-approver"))
    );
    assert!(!caller.ids("?queue=app").await.contains(&1001));
    assert!(
        !vault
            .sign_in("requestor")
            .await
            .ids("")
            .await
            .contains(&1001)
    );
}

#[tokio::test]
async fn denying_an_active_request_cancels_it() {
    let vault = vault().await;
    let caller = vault.sign_in("approver").await;
    assert_eq!(caller.put("Requests/1004/Deny").await.status, 204);
    assert_eq!(
        vault.one_effect().await,
        ["revoke", "1004", "svc-approver", "cancelled"]
    );
    // One that somebody else approved, and one that nobody did, can be cancelled too.
    for id in [1005, 1006] {
        assert_eq!(caller.put(&format!("Requests/{id}/Deny")).await.status, 204);
        assert_eq!(vault.status(id), "cancelled");
    }
    assert_eq!(caller.ids("?queue=app&status=active").await, [0_u64; 0]);
}

#[tokio::test]
async fn deciding_needs_the_approvers_role_on_the_account() {
    for (value, expected) in [
        ("4033", (403, "4033")),
        ("4031", (403, "4031")),
        (
            "403",
            (
                403,
                "Approver Only API or account. Only Approvers can access this API or account.",
            ),
        ),
    ] {
        let vault = with(&[("decide-without-role", value)]).await;
        for who in ["requestor", "isa", "narrow"] {
            let caller = vault.sign_in(who).await;
            for deed in ["Approve", "Deny"] {
                let (status, text) = caller
                    .told("PUT", &format!("Requests/1001/{deed}"), "")
                    .await;
                assert_eq!((status, text.as_str()), expected, "{who} {deed}");
            }
        }
        assert_eq!(vault.status(1001), "pending");
    }
}

#[tokio::test]
async fn an_account_without_api_access_is_403_without_a_code() {
    let vault = vault().await;
    let approver = vault.sign_in("approver").await;
    let requestor = vault.sign_in("requestor").await;
    for (caller, path) in [
        (&approver, "Requests/1013/Approve"),
        (&approver, "Requests/1013/Deny"),
        (&requestor, "Requests/1013/Checkin"),
        (&requestor, "Requests/Release/1013"),
    ] {
        let (status, text) = caller.told("PUT", path, "").await;
        assert_eq!(status, 403, "{path}");
        let digits = text.bytes().filter(u8::is_ascii_digit).count();
        assert_eq!(digits, 0, "{text}");
    }
    let filing = json!({ "SystemID": 22, "AccountID": 44, "DurationMinutes": 5 });
    let (status, text) = requestor.file(filing).await;
    assert!(status == 403 && text.contains("API access"), "{text}");
    let (status, text) = requestor
        .told("POST", "Aliases/63/Requests", r#"{"DurationMinutes":5}"#)
        .await;
    assert!(status == 403 && text.contains("API access"), "{text}");
    // In the portal it is an account like any other.
    let act = json!({ "id": "api-off", "decision": "approve" });
    assert_eq!(vault.act("portal/decide", act).await.status, 200);
    assert_eq!(vault.status(1013), "active");
}

#[tokio::test]
async fn an_id_that_is_unknown_or_no_number_is_404_or_400() {
    for (value, status) in [("404", 404), ("400", 400)] {
        let vault = with(&[("unknown-id", value)]).await;
        let caller = vault.sign_in("approver").await;
        for path in ["Approve", "Deny", "Checkin", "RotateOnCheckin"] {
            assert_eq!(
                caller.put(&format!("Requests/999999/{path}")).await.status,
                status,
                "{path}"
            );
            assert_eq!(
                caller.put(&format!("Requests/x1/{path}")).await.status,
                400,
                "{path}"
            );
        }
        assert_eq!(caller.put("Requests/Release/999999").await.status, status);
        assert_eq!(caller.told("POST", "Aliases/x/Requests", "{}").await.0, 400);
    }
}

#[tokio::test]
async fn deciding_what_is_over_is_a_switch() {
    for (key, deed, values) in [
        (
            "approve-after-end",
            "Approve",
            [("404", 404, ""), ("4036", 403, "4036"), ("400", 400, "")],
        ),
        (
            "deny-after-end",
            "Deny",
            [("404", 404, ""), ("400", 400, ""), ("204", 204, "")],
        ),
    ] {
        for (value, status, code) in values {
            let vault = with(&[(key, value)]).await;
            let caller = vault.sign_in("approver").await;
            for id in [1007, 1008, 1009] {
                let before = vault.row(id);
                let told = caller
                    .told("PUT", &format!("Requests/{id}/{deed}"), "")
                    .await;
                assert_eq!(told.0, status, "{deed} {id} {value}");
                assert!(code.is_empty() || told.1 == code, "{told:?}");
                assert_eq!(vault.row(id), before);
            }
        }
    }
}

#[tokio::test]
async fn a_reason_may_be_absent_null_or_the_body_missing() {
    let vault = vault().await;
    let caller = vault.sign_in("approver").await;
    for (id, body) in [
        (1001, "{}"),
        (1003, r#"{"Reason":null}"#),
        (1010, ""),
        (1011, "null"),
    ] {
        let told = caller
            .told("PUT", &format!("Requests/{id}/Approve"), body)
            .await;
        assert_eq!(told.0, 204, "{body}: {told:?}");
    }
    for body in ["{", "[]", r#""x""#, r#"{"Reason":7}"#] {
        let told = caller.told("PUT", "Requests/1012/Approve", body).await;
        assert_eq!(told.0, 400, "{body}");
    }
    assert_eq!(vault.status(1012), "pending");
    let other = with(&[("empty-body", "400")]).await;
    let caller = other.sign_in("approver").await;
    assert_eq!(caller.put("Requests/1001/Approve").await.status, 400);
}
