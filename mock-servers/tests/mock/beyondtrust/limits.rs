//! Field limits, types and enumerations of the bodies, and what the document does not know in them.

use serde_json::{Value, json};

use super::vault::{vault, with};

fn filing(key: &str, value: Value) -> Value {
    let mut body = json!({ "SystemID": 21, "AccountID": 50, "DurationMinutes": 60, "ConflictOption": "renew" });
    body[key] = value;
    body
}

#[tokio::test]
async fn a_duration_is_a_minute_to_a_year() {
    let vault = vault().await;
    let caller = vault.sign_in("requestor").await;
    for (minutes, status) in [
        (json!(1), 201),
        (json!(525_600), 201),
        (json!(0), 400),
        (json!(-1), 400),
        (json!(525_601), 400),
        (json!(9_999_999_999_u64), 400),
        (json!("60"), 400),
        (json!(1.5), 400),
        (json!(null), 400),
    ] {
        let told = caller
            .file(filing("DurationMinutes", minutes.clone()))
            .await;
        assert_eq!(told.0, status, "{minutes}");
    }
}

#[tokio::test]
async fn a_ticket_number_has_twenty_characters_at_most() {
    let vault = vault().await;
    let caller = vault.sign_in("requestor").await;
    for (length, status) in [(20, 201), (21, 400)] {
        let told = caller
            .file(filing("TicketNumber", json!("x".repeat(length))))
            .await;
        assert_eq!(told.0, status, "{length}");
    }
    let other = with(&[("over-limit", "truncates")]).await;
    let caller = other.sign_in("requestor").await;
    let (status, id) = caller
        .file(filing("TicketNumber", json!("x".repeat(21))))
        .await;
    assert_eq!(
        (status, &other.row(id.parse().unwrap())["ticket"]),
        (201, &json!("x".repeat(20)))
    );
}

#[tokio::test]
async fn a_reason_has_a_thousand_characters_at_most() {
    let vault = vault().await;
    let (approver, requestor) = (
        vault.sign_in("approver").await,
        vault.sign_in("requestor").await,
    );
    let body = |length: usize| json!({ "Reason": "r".repeat(length) }).to_string();
    for (caller, path) in [
        (&approver, "Requests/1001/Approve"),
        (&approver, "Requests/1010/Deny"),
        (&requestor, "Requests/1004/Checkin"),
        (&requestor, "Requests/Release/1006"),
    ] {
        assert_eq!(caller.told("PUT", path, &body(1001)).await.0, 400, "{path}");
        assert_eq!(caller.told("PUT", path, &body(1000)).await.0, 204, "{path}");
    }
}

#[tokio::test]
async fn a_filings_reason_has_no_limit_or_the_same() {
    for (value, status) in [("none", 201), ("1000", 400)] {
        let vault = with(&[("create-reason-limit", value)]).await;
        let caller = vault.sign_in("requestor").await;
        let told = caller.file(filing("Reason", json!("r".repeat(1001)))).await;
        assert_eq!(told.0, status, "{value}");
    }
}

#[tokio::test]
async fn what_a_limit_counts_is_a_switch() {
    let ten = "🔑".repeat(10);
    for (value, text, status) in [
        ("utf-16", ten.clone(), 201),
        ("utf-16", format!("{ten}x"), 400),
        ("characters", "🔑".repeat(20), 201),
        ("characters", "🔑".repeat(21), 400),
    ] {
        let vault = with(&[("length-unit", value)]).await;
        let caller = vault.sign_in("requestor").await;
        assert_eq!(
            caller.file(filing("TicketNumber", json!(text))).await.0,
            status,
            "{value} {text}"
        );
    }
}

#[tokio::test]
async fn enumerations_have_their_words() {
    let vault = vault().await;
    let caller = vault.sign_in("requestor").await;
    for word in ["View", "RDP", "SSH"] {
        assert_eq!(
            caller.file(filing("AccessType", json!(word))).await.0,
            201,
            "{word}"
        );
    }
    for (key, wrong) in [
        ("AccessType", json!("Telnet")),
        ("AccessType", json!(2)),
        ("ConflictOption", json!("replace")),
        ("RotateOnCheckin", json!("yes")),
        ("TicketSystemID", json!("3")),
        ("Reason", json!(3)),
    ] {
        assert_eq!(
            caller.file(filing(key, wrong.clone())).await.0,
            400,
            "{key} {wrong}"
        );
    }
}

#[tokio::test]
async fn what_is_required_must_be_there() {
    let vault = vault().await;
    let caller = vault.sign_in("requestor").await;
    for key in ["SystemID", "AccountID", "DurationMinutes"] {
        let mut body = filing("Reason", json!("x"));
        body.as_object_mut().unwrap().remove(key);
        let (status, text) = caller.file(body).await;
        assert!(status == 400 && text.contains(key), "{key}: {text}");
    }
    for body in ["", "{", "[]", "null"] {
        assert_eq!(caller.told("POST", "Requests", body).await.0, 400, "{body}");
        assert_eq!(
            caller.told("POST", "Aliases/62/Requests", body).await.0,
            400,
            "{body}"
        );
    }
}

#[tokio::test]
async fn the_case_of_names_and_words_is_a_switch() {
    let body =
        json!({ "systemid": 21, "accountId": 50, "durationminutes": 5, "accessType": "ssh" });
    for (value, status) in [("ignored", 201), ("exact", 400)] {
        let vault = with(&[("body-case", value)]).await;
        let caller = vault.sign_in("requestor").await;
        assert_eq!(caller.file(body.clone()).await.0, status, "{value}");
    }
}

#[tokio::test]
async fn a_body_that_is_not_declared_as_json_is_a_switch() {
    for (value, status) in [("any", 204), ("415", 415)] {
        let vault = with(&[("content-type", value)]).await;
        let caller = vault.sign_in("approver").await;
        let headers = [
            ("cookie", caller.cookie.as_str()),
            ("content-type", "text/plain"),
        ];
        let answer = vault
            .call(
                "PUT",
                "Requests/1001/Approve",
                &headers,
                r#"{"Reason":"x"}"#,
            )
            .await;
        assert_eq!(answer.status, status, "{value}");
        assert!(
            vault
                .journal("?op=beyondtrust.requests.approve&kind=call")
                .await[0]["strange"]
                .is_array()
        );
    }
}

#[tokio::test]
async fn what_the_document_does_not_know_is_noted() {
    let vault = vault().await;
    let (approver, requestor) = (
        vault.sign_in("approver").await,
        vault.sign_in("requestor").await,
    );
    assert_eq!(requestor.file(filing("Colour", json!("red"))).await.0, 201);
    approver
        .told(
            "PUT",
            "Requests/1001/Approve",
            r#"{"Reason":"x","Comment":"y"}"#,
        )
        .await;
    requestor
        .told("PUT", "Requests/1014/RotateOnCheckin", "{}")
        .await;
    requestor.get("TicketSystems?x=1").await;
    let calls = vault.journal("?kind=call").await;
    let noted: Vec<&Value> = calls
        .iter()
        .filter(|call| call["strange"].is_array())
        .collect();
    let said: Vec<String> = noted
        .iter()
        .map(|call| call["strange"][0].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(
        said,
        [
            "unknown field Colour",
            "unknown field Comment",
            "a body where none belongs",
            "unknown parameter x"
        ]
    );
}
