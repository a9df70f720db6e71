//! GET Requests: two queues, three statuses, roles, and the shape of a row.

use serde_json::{Value, json};

use super::vault::{vault, with};

#[tokio::test]
async fn a_row_has_the_documents_members_and_types() {
    let vault = vault().await;
    let caller = vault.sign_in("approver").await;
    let answer = caller.get("Requests?status=pending&queue=app").await;
    assert_eq!(
        answer.headers["content-type"],
        "application/json; charset=utf-8"
    );
    let rows = answer.json();
    assert_eq!(
        rows[0],
        json!({
            "RequestID": 1001, "SystemID": 21, "SystemName": "WEB-SRV-01", "AccountID": 41, "AccountName": "root",
            "DomainName": null, "AliasID": null, "ApplicationID": null, "RequestReleaseDate": "2026-03-02T07:00:00",
            "ApprovedDate": null, "ExpiresDate": "2026-03-02T09:00:00", "Status": "Pending", "AccessType": "SSH"
        })
    );
    let find = |id: u64| {
        let rows = rows.as_array().unwrap();
        rows.iter().find(|row| row["RequestID"] == id).unwrap()
    };
    assert_eq!(find(1002)["DomainName"], "EXAMPLE");
    assert_eq!(find(1010)["AliasID"], 61);
    assert_eq!(find(1010)["AccountID"], 49);
    let application = find(1011);
    assert_eq!(
        (
            &application["ApplicationID"].is_u64(),
            &application["AccessType"]
        ),
        (&true, &json!("App"))
    );
    assert!(
        !answer
            .body
            .windows(10)
            .any(|window| window == b"CHG0031337"),
        "no ticket is shown"
    );
    let active = caller.get("Requests?status=active&queue=app").await.json();
    let active = active
        .as_array()
        .unwrap()
        .iter()
        .find(|row| row["RequestID"] == 1004)
        .unwrap();
    assert_eq!(
        (&active["Status"], &active["ApprovedDate"]),
        (&json!("Active"), &json!("2026-03-02T08:00:00"))
    );
    assert_eq!(active["ExpiresDate"], "2026-03-02T09:00:00");
}

#[tokio::test]
async fn the_approver_queue_shows_what_waits_and_what_this_approver_approved() {
    let vault = vault().await;
    let caller = vault.sign_in("approver").await;
    let pending = [1001, 1002, 1003, 1010, 1011, 1012, 1013, 1014, 1015];
    assert_eq!(caller.ids("?queue=app&status=pending").await, pending);
    // 1005 was approved by somebody else; 1006 by its policy.
    assert_eq!(caller.ids("?queue=app&status=active").await, [1004, 1006]);
    let all = caller.ids("?queue=app").await;
    assert_eq!(
        all,
        [
            1001, 1002, 1003, 1004, 1006, 1010, 1011, 1012, 1013, 1014, 1015
        ]
    );
    assert_eq!(caller.ids("?queue=app&status=all").await, all);
    caller.put("Requests/1001/Approve").await;
    assert_eq!(
        caller.ids("?queue=app&status=active").await,
        [1001, 1004, 1006]
    );
    let other = vault.sign_in("requestor-approver").await;
    assert_eq!(other.ids("?queue=app&status=active").await, [1006]);
    assert!(!other.ids("?queue=app&status=pending").await.contains(&1001));
}

#[tokio::test]
async fn the_requestor_queue_is_the_default_and_shows_own_requests() {
    let vault = vault().await;
    let caller = vault.sign_in("requestor").await;
    let own = [
        1001, 1002, 1004, 1005, 1006, 1010, 1011, 1012, 1013, 1014, 1015,
    ];
    assert_eq!(caller.ids("").await, own);
    assert_eq!(
        caller.ids("?queue=req&status=active").await,
        [1004, 1005, 1006]
    );
    let both = vault.sign_in("requestor-approver").await;
    assert_eq!(both.ids("").await, [1003]);
    assert_eq!(both.ids("?status=active").await, [0_u64; 0]);
}

#[tokio::test]
async fn a_queue_of_the_other_role_is_4033_or_4032() {
    let vault = vault().await;
    let requestor = vault.sign_in("requestor").await;
    let isa = vault.sign_in("isa").await;
    for caller in [&requestor, &isa] {
        let told = caller.told("GET", "Requests?queue=app", "").await;
        assert_eq!(told, (403, "4033".to_owned()));
    }
    let approver = vault.sign_in("approver").await;
    assert_eq!(
        approver.told("GET", "Requests?queue=req", "").await,
        (403, "4032".to_owned())
    );
    // Forgotten, it is the requestor queue too, and shows nothing.
    assert_eq!(
        approver.told("GET", "Requests", "").await,
        (200, "[]".to_owned())
    );
    for (value, named, forgotten) in [("4032", 403, 403), ("empty", 200, 200)] {
        let vault = with(&[("requestor-queue", value)]).await;
        let approver = vault.sign_in("approver").await;
        assert_eq!(approver.get("Requests?queue=req").await.status, named);
        assert_eq!(approver.get("Requests").await.status, forgotten);
    }
}

#[tokio::test]
async fn a_role_for_some_accounts_shows_those_alone() {
    let vault = vault().await;
    let narrow = vault.sign_in("narrow").await;
    assert_eq!(narrow.ids("?queue=app").await, [0_u64; 0]);
    let requestor = vault.sign_in("requestor").await;
    let (status, id) = requestor
        .file(json!({ "SystemID": 21, "AccountID": 50, "DurationMinutes": 5 }))
        .await;
    assert_eq!(status, 201);
    assert_eq!(narrow.ids("?queue=app").await, [id.parse::<u64>().unwrap()]);
}

#[tokio::test]
async fn what_is_over_is_in_no_list() {
    let vault = vault().await;
    for who in ["approver", "requestor-approver"] {
        let caller = vault.sign_in(who).await;
        let seen = caller.ids("?queue=app").await;
        assert!(
            [1007, 1008, 1009].iter().all(|id| !seen.contains(id)),
            "{seen:?}"
        );
    }
    let requestor = vault.sign_in("requestor").await;
    let seen = requestor.ids("").await;
    assert!(
        [1007, 1008, 1009].iter().all(|id| !seen.contains(id)),
        "{seen:?}"
    );
}

#[tokio::test]
async fn what_a_policy_approved_in_every_approvers_queue_is_a_switch() {
    let plain = vault().await;
    let caller = plain.sign_in("approver").await;
    assert_eq!(caller.ids("?queue=app&status=active").await, [1004, 1006]);
    let other = with(&[("auto-approved-in-approver-queue", "no")]).await;
    let caller = other.sign_in("approver").await;
    assert_eq!(caller.ids("?queue=app&status=active").await, [1004]);
    assert!(!caller.ids("?queue=app").await.contains(&1006));
    let asker = other.sign_in("requestor").await;
    let both = other.sign_in("requestor-approver").await;
    let own = [
        asker.ids("?queue=req&status=active").await,
        both.ids("?queue=req&status=active").await,
    ];
    assert!(own.concat().contains(&1006), "{own:?}");
}

#[tokio::test]
async fn own_and_already_approved_requests_in_the_approver_queue_are_switches() {
    let vault = vault().await;
    let both = vault.sign_in("requestor-approver").await;
    assert!(both.ids("?queue=app&status=pending").await.contains(&1003));
    both.put("Requests/1002/Approve").await;
    assert!(both.ids("?queue=app&status=pending").await.contains(&1002));
    assert!(!both.ids("?queue=app&status=active").await.contains(&1002));
    let other = with(&[("own-in-approver-queue", "no"), ("voted-in-pending", "no")]).await;
    let both = other.sign_in("requestor-approver").await;
    both.put("Requests/1002/Approve").await;
    let seen = both.ids("?queue=app&status=pending").await;
    let shown = [1001, 1002, 1003].map(|id| seen.contains(&id));
    assert_eq!(shown, [true, false, false]);
}

#[tokio::test]
async fn the_form_of_a_row_has_switches() {
    let row = async |key: &str, value: &str, id: u64| -> Value {
        let vault = with(&[(key, value)]).await;
        let caller = vault.sign_in("approver").await;
        let rows = caller.get("Requests?queue=app").await.json();
        let rows = rows.as_array().unwrap();
        rows.iter()
            .find(|row| row["RequestID"] == id)
            .unwrap()
            .clone()
    };
    assert_eq!(
        row("active-word", "Approved", 1004).await["Status"],
        "Approved"
    );
    assert_eq!(
        row("date-zone", "utc", 1001).await["RequestReleaseDate"],
        "2026-03-02T07:00:00Z"
    );
    let zeros = row("absent-values", "zero", 1001).await;
    assert_eq!(
        (
            &zeros["AliasID"],
            &zeros["ApplicationID"],
            &zeros["DomainName"]
        ),
        (&json!(0), &json!(0), &json!(""))
    );
    assert_eq!(
        row("pending-expires", "null", 1001).await["ExpiresDate"],
        json!(null)
    );
    let newer = row("list-fields", "newer", 1001).await;
    assert_eq!(
        (
            &newer["Reason"],
            &newer["RequestorName"],
            &newer["CanceledDate"]
        ),
        (
            &json!("nginx does not reload"),
            &json!("anna.berg"),
            &json!(null)
        )
    );
    assert!(newer["RequestorUserID"].is_u64());
    let vault = with(&[("list-order", "descending")]).await;
    let caller = vault.sign_in("approver").await;
    assert_eq!(caller.ids("?queue=app&status=active").await, [1006, 1004]);
}

#[tokio::test]
async fn a_status_or_queue_that_does_not_exist_is_refused_or_the_default() {
    let vault = vault().await;
    let caller = vault.sign_in("approver").await;
    for query in ["?queue=apq", "?queue=app&status=open"] {
        assert_eq!(
            caller.get(&format!("Requests{query}")).await.status,
            400,
            "{query}"
        );
    }
    assert_eq!(caller.get("Requests?queue=app&take=5").await.status, 200);
    let calls = vault.journal("?op=beyondtrust.requests.list").await;
    assert!(
        calls.iter().all(|call| call["strange"].is_array()),
        "{calls:?}"
    );
    let other = with(&[("wrong-value", "default")]).await;
    let caller = other.sign_in("approver").await;
    assert_eq!(caller.ids("?queue=app&status=open").await.len(), 11);
}

#[tokio::test]
async fn ticket_systems_are_listed() {
    let vault = vault().await;
    let caller = vault.sign_in("requestor").await;
    assert_eq!(
        caller.get("TicketSystems").await.json(),
        json!([
            { "TicketSystemID": 3, "IsDefaultSystem": true, "TicketSystemName": "ServiceNow", "Description": "Changes" },
            { "TicketSystemID": 4, "IsDefaultSystem": false, "TicketSystemName": "Jira", "Description": "" }
        ])
    );
    assert_eq!(
        vault.call("GET", "TicketSystems", &[], "").await.status,
        401
    );
}
