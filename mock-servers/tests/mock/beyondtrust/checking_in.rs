//! Checkin, its deprecated twin Release, and RotateOnCheckin.

use serde_json::json;

use super::vault::{vault, with};

#[tokio::test]
async fn the_requestor_checks_in_what_is_active() {
    let vault = vault().await;
    let caller = vault.sign_in("requestor").await;
    let told = caller
        .told("PUT", "Requests/1004/Checkin", r#"{"Reason":"done"}"#)
        .await;
    assert_eq!(told, (204, String::new()));
    assert_eq!(
        vault.one_effect().await,
        ["check-in", "1004", "anna.berg", "checked-in"]
    );
    let row = vault.row(1004);
    assert_eq!(
        row["check_in"],
        json!({ "by": "anna.berg", "at": "2026-03-02T08:00:00Z", "reason": "done" })
    );
    assert_eq!(row["rotated"], true);
    assert!(!caller.ids("").await.contains(&1004));
}

#[tokio::test]
async fn release_is_the_deprecated_twin_of_check_in() {
    let vault = vault().await;
    let caller = vault.sign_in("requestor").await;
    assert_eq!(
        caller
            .told("PUT", "Requests/Release/1006", r#"{"Reason":"done"}"#)
            .await
            .0,
        204
    );
    assert_eq!(vault.status(1006), "checked-in");
    let effect = &vault.journal("?kind=effect").await[0];
    assert_eq!(
        (&effect["op"], &effect["verdict"]),
        (&json!("beyondtrust.requests.release"), &json!("check-in"))
    );
}

#[tokio::test]
async fn checking_in_before_approval_is_4034() {
    let vault = vault().await;
    let caller = vault.sign_in("requestor").await;
    for path in ["Requests/1001/Checkin", "Requests/Release/1001"] {
        assert_eq!(
            caller.told("PUT", path, "").await,
            (403, "4034".to_owned()),
            "{path}"
        );
    }
    assert_eq!(vault.status(1001), "pending");
}

#[tokio::test]
async fn only_the_requestor_checks_in() {
    let vault = vault().await;
    for who in ["approver", "requestor-approver", "isa"] {
        let caller = vault.sign_in(who).await;
        assert_eq!(
            caller.told("PUT", "Requests/1004/Checkin", "").await,
            (403, "4031".to_owned()),
            "{who}"
        );
    }
    assert_eq!(vault.status(1004), "active");
}

#[tokio::test]
async fn checking_in_what_is_over_is_a_switch() {
    for (value, status) in [("404", 404), ("4034", 403), ("204", 204)] {
        let vault = with(&[("check-in-after-end", value)]).await;
        let caller = vault.sign_in("requestor").await;
        for id in [1007, 1008, 1009] {
            let before = vault.row(id);
            assert_eq!(
                caller.put(&format!("Requests/{id}/Checkin")).await.status,
                status,
                "{id} {value}"
            );
            assert_eq!(vault.row(id), before);
        }
    }
}

#[tokio::test]
async fn rotation_is_only_ever_switched_on() {
    let vault = vault().await;
    let caller = vault.sign_in("requestor").await;
    assert_eq!(
        caller
            .told("PUT", "Requests/1014/RotateOnCheckin", "")
            .await,
        (204, String::new())
    );
    assert_eq!(
        vault.one_effect().await,
        ["rotate", "1014", "anna.berg", "pending"]
    );
    assert_eq!(vault.row(1014)["rotate_on_check_in"], true);
    // Again, on one that rotates anyway, and on an account that never does: success, and nothing happens.
    for id in [1014, 1001, 1015] {
        let before = vault.row(id);
        assert_eq!(
            caller
                .put(&format!("Requests/{id}/RotateOnCheckin"))
                .await
                .status,
            204
        );
        assert_eq!(vault.row(id), before);
    }
    let no_ops = vault.journal("?kind=no-op").await;
    assert_eq!(no_ops.len(), 3);
    assert!(no_ops.iter().all(|no_op| no_op["because"].is_string()));
}

#[tokio::test]
async fn rotation_happens_at_check_in_if_request_and_account_say_so() {
    let vault = vault().await;
    let approver = vault.sign_in("approver").await;
    let caller = vault.sign_in("requestor").await;
    for (id, rotated) in [(1001, true), (1014, false), (1015, false)] {
        approver.put(&format!("Requests/{id}/Approve")).await;
        assert_eq!(
            caller.put(&format!("Requests/{id}/Checkin")).await.status,
            204
        );
        assert_eq!(vault.row(id)["rotated"], rotated, "{id}");
    }
}

#[tokio::test]
async fn rotation_is_for_the_owner_while_the_request_lives() {
    for (value, expected) in [
        ("403", (403, "User is not the owner of the request.")),
        ("4031", (403, "4031")),
        ("404", (404, "User is not the owner of the request.")),
    ] {
        let vault = with(&[("rotate-not-owner", value)]).await;
        let caller = vault.sign_in("approver").await;
        let (status, text) = caller
            .told("PUT", "Requests/1014/RotateOnCheckin", "")
            .await;
        assert_eq!((status, text.as_str()), expected, "{value}");
    }
    for (value, status) in [("404", 404), ("400", 400), ("403", 403)] {
        let vault = with(&[("rotate-after-end", value)]).await;
        let caller = vault.sign_in("requestor").await;
        for id in [1007, 1009] {
            assert_eq!(
                caller
                    .put(&format!("Requests/{id}/RotateOnCheckin"))
                    .await
                    .status,
                status
            );
        }
    }
}
