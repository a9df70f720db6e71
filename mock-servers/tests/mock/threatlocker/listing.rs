//! The list: organizations, statuses, orders, pages, and the answers that clients saw.

use serde_json::{Value, json};

use super::tenant::{CHILD, GRANDCHILD, ROOT, id, numbers, refused, said, tenant, with};

#[tokio::test]
async fn a_list_is_a_bare_array_and_the_header_has_the_totals() {
    let tenant = tenant().await;
    let answer = tenant.list(json!({ "pageSize": 2 })).await;
    assert_eq!(answer.status, 200);
    assert_eq!(numbers(&answer.json()), [5, 4]);
    assert_eq!(
        answer.headers["pagination"],
        r#"{"currentPage":1,"itemsPerPage":2,"totalItems":5,"totalPages":3,"firstItem":1,"lastItem":2}"#
    );
    let answer = tenant.list(json!({ "pageSize": 2, "pageNumber": 3 })).await;
    assert_eq!(numbers(&answer.json()), [1]);
    assert_eq!(
        answer.headers["pagination"],
        r#"{"currentPage":3,"itemsPerPage":2,"totalItems":5,"totalPages":3,"firstItem":5,"lastItem":5}"#
    );
    assert!(tenant.strange().await.is_empty());
}

#[tokio::test]
async fn child_organizations_are_shown_if_asked_for() {
    let tenant = tenant().await;
    assert_eq!(tenant.numbers(json!({})).await, [5, 4, 3, 2, 1]);
    let all = json!({ "showChildOrganizations": true });
    assert_eq!(tenant.numbers(all).await, [5, 4, 3, 7, 2, 6, 1]);
    let list = "ApprovalRequest/ApprovalRequestGetByParameters";
    for (managed, children, expected) in [
        (CHILD, true, &[7, 6][..]),
        (CHILD, false, &[6]),
        (GRANDCHILD, true, &[7]),
        ("", false, &[5, 4, 3, 2, 1]),
    ] {
        let body = json!({ "statusId": 1, "showChildOrganizations": children }).to_string();
        let answer = tenant.as_who("viewer", managed, "POST", list, &body).await;
        assert_eq!(numbers(&answer.json()), expected, "{managed} {children}");
    }
}

#[tokio::test]
async fn every_status_has_its_number() {
    let tenant = tenant().await;
    for (status, expected) in [
        (4, 8),
        (6, 14),
        (10, 9),
        (12, 10),
        (13, 11),
        (16, 12),
        (17, 13),
    ] {
        assert_eq!(
            tenant.numbers(json!({ "statusId": status })).await,
            [expected],
            "{status}"
        );
        assert_eq!(tenant.by_id(expected).await["statusId"], status);
    }
    for unknown in [0, 2, 3, -1] {
        assert_eq!(
            tenant.numbers(json!({ "statusId": unknown })).await,
            [0_u32; 0]
        );
    }
}

#[tokio::test]
async fn without_a_status_the_server_breaks() {
    let tenant = tenant().await;
    let list = "ApprovalRequest/ApprovalRequestGetByParameters";
    for body in [json!({ "pageSize": 1 }), json!({ "statusId": null })] {
        assert_eq!(refused(&tenant.post(list, &body).await).0, 500);
    }
}

#[tokio::test]
async fn pages_have_25_rows_newest_first_unless_said_otherwise() {
    let more: String = (100..130)
        .map(|n| {
            let at = format!("2026-03-02T06:00:{:02}Z", n - 100);
            format!("[[threatlocker.request]]\nid = \"{}\"\nat = {at}\n", id(n))
        })
        .collect();
    let tenant = super::tenant::with_world(&more, &[]).await;
    let answer = tenant.list(json!({})).await;
    assert_eq!(answer.json().as_array().unwrap().len(), 25);
    assert!(
        answer.headers["pagination"]
            .contains("\"itemsPerPage\":25,\"totalItems\":35,\"totalPages\":2")
    );
    let ascending = json!({ "isAscending": true, "pageSize": 3 });
    assert_eq!(tenant.numbers(ascending).await, [100, 101, 102]);
}

#[tokio::test]
async fn a_list_has_the_orders_that_clients_use() {
    let tenant = tenant().await;
    for (order, expected) in [
        ("dateTime", [1, 2, 3, 4, 5]),
        ("username", [1, 5, 3, 4, 2]),
        ("path", [1, 2, 4, 3, 5]),
        ("actionType", [4, 1, 2, 3, 5]),
        ("deviceType", [1, 2, 3, 4, 5]),
        ("actionDate", [1, 2, 3, 4, 5]),
    ] {
        let asked = json!({ "orderBy": order, "isAscending": true });
        assert_eq!(tenant.numbers(asked).await, expected, "{order}");
        let mut backwards = expected;
        backwards.reverse();
        assert_eq!(
            tenant.numbers(json!({ "orderBy": order })).await,
            backwards,
            "{order}"
        );
        assert!(tenant.strange().await.is_empty());
    }
    let unknown = json!({ "orderBy": "hostname" });
    assert_eq!(tenant.numbers(unknown.clone()).await, [5, 4, 3, 2, 1]);
    assert_eq!(tenant.strange().await.len(), 1);
    for status in [417, 500] {
        let other = with(&[("unknown-order", &status.to_string())]).await;
        assert_eq!(refused(&other.list(unknown.clone()).await).0, status);
    }
}

#[tokio::test]
async fn a_search_and_an_action_type_narrow_a_list() {
    let tenant = tenant().await;
    for (more, expected) in [
        (json!({ "searchText": "DBGVIEW" }), &[1][..]),
        (json!({ "searchText": "fin-lt" }), &[5, 2, 1]),
        (json!({ "actionType": ["elevate", "Storage"] }), &[5, 4]),
        (
            json!({ "showCurrentTierOnly": true, "userApprovalTierLevel": 1 }),
            &[],
        ),
        (json!({ "showCurrentTierOnly": true }), &[5, 4, 3, 2, 1]),
    ] {
        assert_eq!(tenant.numbers(more.clone()).await, expected, "{more}");
    }
    let tier = json!({ "statusId": 17, "showCurrentTierOnly": true, "userApprovalTierLevel": 2 });
    assert_eq!(tenant.numbers(tier).await, [13]);
    let narrow = with(&[("search-fields", "path")]).await;
    assert_eq!(
        narrow.numbers(json!({ "searchText": "fin-lt" })).await,
        [0_u32; 0]
    );
}

#[tokio::test]
async fn an_empty_list_is_an_array_or_nothing_or_null() {
    for (value, body) in [("array", "[]"), ("empty", ""), ("null", "null")] {
        let tenant = with(&[("empty-list", value)]).await;
        let answer = tenant.list(json!({ "statusId": 99 })).await;
        assert_eq!(said(&answer), (200, body.to_owned()));
        assert_eq!(
            answer.headers["pagination"],
            r#"{"currentPage":1,"itemsPerPage":25,"totalItems":0,"totalPages":0,"firstItem":0,"lastItem":0}"#
        );
        let beyond = tenant.list(json!({ "pageNumber": 9 })).await;
        assert_eq!(said(&beyond).1, body, "beyond the last page");
    }
}

#[tokio::test]
async fn a_page_below_one_is_the_default_or_refused() {
    let tenant = tenant().await;
    for wrong in [
        json!({ "pageNumber": 0 }),
        json!({ "pageSize": 0 }),
        json!({ "pageSize": -5 }),
    ] {
        assert_eq!(tenant.numbers(wrong.clone()).await, [5, 4, 3, 2, 1]);
        let other = with(&[("page-zero", "417")]).await;
        assert_eq!(refused(&other.list(wrong).await).0, 417);
    }
}

#[tokio::test]
async fn pages_move_when_their_rows_are_decided() {
    let tenant = tenant().await;
    let page = |number: u32| json!({ "pageSize": 2, "pageNumber": number });
    assert_eq!(tenant.numbers(page(1)).await, [5, 4]);
    assert_eq!(tenant.reject(4).await.status, 200);
    // What stood on the second page's first place has moved to the first page.
    assert_eq!(tenant.numbers(page(2)).await, [2, 1]);
    assert_eq!(tenant.numbers(page(1)).await, [5, 3]);
}

#[tokio::test]
async fn the_reason_is_base64_in_list_and_by_id() {
    let tenant = tenant().await;
    let rows = tenant.list(json!({})).await.json();
    let row = rows.as_array().unwrap().last().unwrap();
    assert_eq!(row["requestorReason"], "RHJpdmVyIGZhdWx0LCBjYWbDqQ==");
    assert_eq!(row["hash"], Value::Null);
    assert_eq!(row["json"], Value::Null);
    let one = tenant.by_id(1).await;
    assert_eq!(one["requestorReason"], "RHJpdmVyIGZhdWx0LCBjYWbDqQ==");
    assert_eq!(one["hash"], "0123456789abcdef0123456789abcdef");
    let json: Value = serde_json::from_str(one["json"].as_str().unwrap()).unwrap();
    assert_eq!(json["fullpath"], r"c:\tools\dbgview.exe");
    let other = with(&[("by-id", "list-row")]).await;
    assert_eq!(other.by_id(1).await["json"], Value::Null);
}

#[tokio::test]
async fn what_is_not_set_is_an_empty_text() {
    let tenant = tenant().await;
    let row = tenant.by_id(2).await;
    for name in [
        "approvedBy",
        "ticketId",
        "requestor",
        "requestorEmailAddress",
        "comments",
    ] {
        assert_eq!(row[name], "", "{name}");
    }
    assert_eq!(row["actionDate"], Value::Null);
    assert_eq!(row["dateTime"], "2026-03-02T07:10:00Z");
    let ticket = tenant.by_id(3).await;
    assert_eq!(
        (&ticket["ticketId"], &ticket["comments"]),
        (&json!("CHG0031337"), &json!("see the change"))
    );
    assert_eq!(tenant.by_id(4).await["showMfaChallenge"], true);
    let tier = tenant.by_id(13).await;
    assert_eq!(
        (&tier["pendingTierLevel"], &tier["isEscalatedByCustomer"]),
        (&json!(2), &json!(true))
    );
    assert!(tier["multiLevelApprovalRequestId"].is_string());
    assert_eq!(tenant.by_id(8).await["approvedBy"], "boss@example.com");
}

#[tokio::test]
async fn a_count_is_a_bare_number() {
    let tenant = tenant().await;
    let path = "ApprovalRequest/ApprovalRequestGetCount";
    for (query, expected) in [
        ("", "7"),
        ("?includeChildOrganizations=true", "7"),
        ("?IncludeChildOrganizations=False", "5"),
    ] {
        assert_eq!(
            said(&tenant.get(&format!("{path}{query}")).await),
            (200, expected.to_owned())
        );
    }
    let wrong = tenant
        .get(&format!("{path}?includeChildOrganizations=2"))
        .await;
    assert_eq!(refused(&wrong).0, 417);
}

#[tokio::test]
async fn a_list_is_read_strictly() {
    let tenant = tenant().await;
    let list = "ApprovalRequest/ApprovalRequestGetByParameters";
    // Names have no case, strangers are ignored and journalled.
    let answer = tenant
        .post(list, &json!({ "STATUSID": 1, "take": 5 }))
        .await;
    assert_eq!(numbers(&answer.json()).len(), 5);
    assert_eq!(tenant.strange().await, ["unknown member take"]);
    for body in [
        "",
        "[1]",
        "{",
        "null",
        r#"{"statusId":"1"}"#,
        r#"{"statusId":1,"isAscending":"no"}"#,
        r#"{"statusId":1.5}"#,
    ] {
        let told = refused(&tenant.as_who("approver", ROOT, "POST", list, body).await);
        assert_eq!(told.0, 417, "{body}");
        let other = with(&[("wrong-type", "400")]).await;
        let told = refused(&other.as_who("approver", ROOT, "POST", list, body).await);
        assert_eq!(told.0, 400, "{body}");
    }
}

#[tokio::test]
async fn a_body_that_is_not_called_json_is_a_switch() {
    let body = r#"{"statusId":1}"#;
    let list = "ApprovalRequest/ApprovalRequestGetByParameters";
    for (value, status) in [("any", 200), ("415", 415)] {
        let tenant = with(&[("content-type", value)]).await;
        let headers = [("authorization", tenant.token("viewer"))];
        assert_eq!(
            tenant.call("POST", list, &headers, body).await.status,
            status
        );
        assert_eq!(tenant.strange().await.len(), 1);
    }
}
