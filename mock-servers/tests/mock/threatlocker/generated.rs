//! Generated queues: paged by arithmetic, only touched rows are stored.

use std::collections::BTreeSet;

use mock_servers::{Given, Options, Vendor};
use serde_json::{Value, json};

use super::tenant::{Tenant, only_tenant, serve};

const LIST: &str = "ApprovalRequest/ApprovalRequestGetByParameters";

async fn queue(count: u64) -> Tenant {
    serve(Options {
        generate: vec![(Vendor::ThreatLocker, count)],
        ..only_tenant()
    })
    .await
}

async fn page(tenant: &Tenant, more: Value) -> (Vec<Value>, Value) {
    let mut body = json!({ "statusId": 1, "orderBy": "dateTime" });
    for (name, value) in more.as_object().unwrap() {
        body[name] = value.clone();
    }
    let answer = tenant
        .as_who("approver", "", "POST", LIST, &body.to_string())
        .await;
    let totals = serde_json::from_str(&answer.headers["pagination"]).unwrap();
    (answer.json().as_array().unwrap().clone(), totals)
}

fn ids(rows: &[Value]) -> Vec<String> {
    let id = |row: &Value| row["approvalRequestId"].as_str().unwrap().to_owned();
    rows.iter().map(id).collect()
}

async fn reject(tenant: &Tenant, id: &str) -> u16 {
    let body = json!({ "approvalRequestDtos": [{ "approvalRequestId": id }] }).to_string();
    let path = "ApprovalRequest/ApprovalRequestUpdateForReject";
    tenant
        .as_who("approver", "", "POST", path, &body)
        .await
        .status
}

#[tokio::test]
async fn all_pages_have_every_row_once() {
    let tenant = queue(2_345).await;
    let mut seen = BTreeSet::new();
    let mut times = Vec::new();
    for number in 1..=24 {
        let (rows, totals) = page(&tenant, json!({ "pageSize": 100, "pageNumber": number })).await;
        assert_eq!(
            (&totals["totalItems"], &totals["totalPages"]),
            (&json!(2_345), &json!(24))
        );
        seen.extend(ids(&rows));
        times.extend(
            rows.iter()
                .map(|row| row["dateTime"].as_str().unwrap().to_owned()),
        );
    }
    assert_eq!(seen.len(), 2_345);
    assert!(
        times.windows(2).all(|pair| pair[0] >= pair[1]),
        "newest first"
    );
    assert_eq!(tenant.queue.pending.len(), 100);
    assert!(seen.contains(&tenant.queue.pending[0]));
}

#[tokio::test]
async fn a_hundred_thousand_rows_are_paged_without_being_made() {
    let tenant = queue(100_000).await;
    let (rows, totals) = page(&tenant, json!({ "pageSize": 100, "pageNumber": 1000 })).await;
    assert_eq!((rows.len(), &totals["lastItem"]), (100, &json!(100_000)));
    assert_eq!(tenant.state()["requests"], json!([]));
    assert_eq!(tenant.state()["counts"], json!({ "pending": 100_000 }));
    let (beyond, _) = page(&tenant, json!({ "pageSize": 100, "pageNumber": 1001 })).await;
    assert!(beyond.is_empty());
}

#[tokio::test]
async fn decided_rows_leave_and_later_pages_move() {
    let tenant = queue(50).await;
    let (all, _) = page(&tenant, json!({ "pageSize": 50 })).await;
    let all = ids(&all);
    for gone in [0, 7, 8, 30, 49] {
        assert_eq!(reject(&tenant, &all[gone]).await, 200);
    }
    let left: Vec<String> = (0..50)
        .filter(|place| ![0, 7, 8, 30, 49].contains(place))
        .map(|place| all[place].clone())
        .collect();
    for ascending in [false, true] {
        let mut read = Vec::new();
        for number in 1..=5 {
            let asked = json!({ "pageSize": 10, "pageNumber": number, "isAscending": ascending });
            read.extend(ids(&page(&tenant, asked).await.0));
        }
        if ascending {
            read.reverse();
        }
        assert_eq!(read, left);
    }
    let state = tenant.state();
    assert_eq!(state["requests"].as_array().unwrap().len(), 5);
    assert_eq!(state["counts"], json!({ "pending": 45, "rejected": 5 }));
}

#[tokio::test]
async fn a_touched_row_that_is_still_pending_keeps_its_place() {
    let tenant = queue(20).await;
    let (all, _) = page(&tenant, json!({})).await;
    let body = json!({ "approvalRequestId": ids(&all)[4] }).to_string();
    let path = "ApprovalRequest/ApprovalRequestUpdateForTakeOwnership";
    assert_eq!(
        tenant
            .as_who("approver", "", "POST", path, &body)
            .await
            .status,
        200
    );
    let (after, totals) = page(&tenant, json!({})).await;
    assert_eq!(
        (ids(&after), &totals["totalItems"]),
        (ids(&all), &json!(20))
    );
    assert_eq!(after[4]["isAssigned"], true);
    assert_eq!(after[4]["path"], all[4]["path"]);
    // Other orders and searches look at every row.
    let (by_path, _) = page(&tenant, json!({ "orderBy": "path", "isAscending": true })).await;
    assert!(
        by_path
            .windows(2)
            .all(|pair| pair[0]["path"].as_str() <= pair[1]["path"].as_str())
    );
    let (found, totals) = page(&tenant, json!({ "searchText": "FIN-LT-0000" })).await;
    assert_eq!(totals["totalItems"], found.len());
}

#[tokio::test]
async fn generated_and_given_rows_stand_in_one_order() {
    let world = "[[threatlocker.generate]]\ncount = 30\nat = 2026-03-02T08:00:00Z\n\
                 [[threatlocker.generate]]\ncount = 10\norganization = \"Below\"\nat = 2026-03-02T08:00:00Z\n\
                 [[threatlocker.organization]]\nname = \"Below\"\nparent = \"Example Group\"\n\
                 [[threatlocker.request]]\nname = \"old\"\nat = 2026-02-28T00:00:00Z\n\
                 [[threatlocker.request]]\nname = \"new\"\nat = 2026-03-02T08:00:00Z\n";
    let tenant = serve(Options {
        world: Some(Given::from_toml(world).unwrap()),
        ..only_tenant()
    })
    .await;
    for (children, expected) in [(false, 32), (true, 42)] {
        let mut times = Vec::new();
        for number in 1..=9 {
            let asked =
                json!({ "pageSize": 5, "pageNumber": number, "showChildOrganizations": children });
            let (rows, _) = page(&tenant, asked).await;
            times.extend(
                rows.iter()
                    .map(|row| row["dateTime"].as_str().unwrap().to_owned()),
            );
        }
        assert_eq!(times.len(), expected);
        assert!(times.windows(2).all(|pair| pair[0] >= pair[1]));
    }
    let (rows, _) = page(&tenant, json!({ "pageSize": 1 })).await;
    assert_eq!(
        ids(&rows)[0],
        tenant.state()["names"]["new"].as_str().unwrap()
    );
}

#[tokio::test]
async fn a_generated_row_can_be_permitted_for_its_own_computer() {
    let tenant = queue(5).await;
    let (rows, _) = page(&tenant, json!({})).await;
    let id = ids(&rows)[2].clone();
    let path =
        format!("ApprovalRequest/ApprovalRequestGetPermitApplicationById?approvalRequestId={id}");
    let mut document = tenant.as_who("approver", "", "GET", &path, "").await.json();
    document["matchingApplications"]["newApplicationName"] = json!("Tool");
    let permit = "ApprovalRequest/ApprovalRequestPermitApplication";
    let answer = tenant
        .as_who("approver", "", "POST", permit, &document.to_string())
        .await;
    assert_eq!(answer.status, 200);
    assert!(tenant.strange().await.is_empty());
    assert_eq!(tenant.policies()[0]["level_id"], rows[2]["computerId"]);
}
