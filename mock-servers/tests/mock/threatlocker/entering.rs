//! Getting in: the bare token, the managed organization, the instance.

use serde_json::json;

use super::tenant::{BASE, CHILD, GRANDCHILD, ROOT, id, numbers, refused, tenant, with};

const COUNT: &str = "ApprovalRequest/ApprovalRequestGetCount";

#[tokio::test]
async fn a_token_stands_alone_in_authorization() {
    let tenant = tenant().await;
    let token = tenant.token("viewer").to_owned();
    assert_eq!(token.len(), 64);
    let told = async |headers: &[(&str, &str)]| tenant.call("GET", COUNT, headers, "").await;
    assert_eq!(told(&[("Authorization", &token)]).await.status, 200);
    let bearer = format!("Bearer {token}");
    for wrong in [
        &[][..],
        &[("authorization", bearer.as_str())],
        &[("authorization", &token[1..])],
        &[("authorization", "")],
        &[("apikey", token.as_str())],
    ] {
        assert_eq!(
            refused(&told(wrong).await),
            (401, "Unauthorized".to_owned())
        );
    }
    let journal = serde_json::to_string(&tenant.journal("").await).unwrap();
    assert!(!journal.contains(&token));
}

#[tokio::test]
async fn a_token_of_another_instance_is_revoked_here() {
    let tenant = tenant().await;
    let answer = tenant.as_who("elsewhere", "", "GET", COUNT, "").await;
    assert_eq!(refused(&answer), (403, "TOKEN_REVOKED".to_owned()));
}

#[tokio::test]
async fn the_managed_organization_is_the_tokens_or_one_below() {
    let tenant = tenant().await;
    let path = format!("{COUNT}?includeChildOrganizations=false");
    for (who, organization, expected) in [
        ("approver", "", "5"),
        ("approver", CHILD, "1"),
        ("child-approver", "", "1"),
        ("child-approver", &CHILD.to_uppercase(), "1"),
        ("child-approver", &format!("{{{GRANDCHILD}}}"), "1"),
    ] {
        let answer = tenant.as_who(who, organization, "GET", &path, "").await;
        assert_eq!(
            String::from_utf8(answer.body).unwrap(),
            expected,
            "{who} {organization}"
        );
    }
    for (who, organization) in [
        ("child-approver", ROOT),
        ("approver", "99999999-0000-4000-a000-000000000001"),
        ("approver", "Retail"),
    ] {
        let answer = tenant.as_who(who, organization, "GET", &path, "").await;
        assert_eq!(refused(&answer).0, 403, "{who} {organization}");
    }
}

#[tokio::test]
async fn the_headers_name_has_no_case() {
    let tenant = tenant().await;
    for name in [
        "managedOrganizationId",
        "ManagedOrganizationId",
        "MANAGEDORGANIZATIONID",
    ] {
        let headers = [("authorization", tenant.token("viewer")), (name, CHILD)];
        let answer = tenant.call("GET", COUNT, &headers, "").await;
        assert_eq!(answer.body, b"2", "{name}");
    }
}

#[tokio::test]
async fn a_request_is_found_in_its_own_organization() {
    let by_id = format!(
        "ApprovalRequest/ApprovalRequestGetById?approvalRequestId={}",
        id(6)
    );
    for (value, status) in [("403", 403), ("404", 404), ("found", 200)] {
        let tenant = with(&[("other-organization", value)]).await;
        assert_eq!(tenant.get(&by_id).await.status, status);
        let own = tenant.as_who("approver", CHILD, "GET", &by_id, "").await;
        assert_eq!(own.json()["organizationName"], "Retail");
        // From below, nothing above is found in any dialect.
        let above = format!(
            "ApprovalRequest/ApprovalRequestGetById?approvalRequestId={}",
            id(1)
        );
        let answer = tenant.as_who("child-approver", "", "GET", &above, "").await;
        assert!(matches!(answer.status, 403 | 404));
    }
}

#[tokio::test]
async fn an_unknown_request_is_404_417_or_500() {
    for status in [404, 417, 500] {
        let tenant = with(&[("unknown-id", &status.to_string())]).await;
        for query in [format!("?approvalRequestId={}", id(99)), String::new()] {
            let path = format!("ApprovalRequest/ApprovalRequestGetById{query}");
            assert_eq!(refused(&tenant.get(&path).await).0, status);
        }
        assert_eq!(refused(&tenant.reject(99).await).0, status);
    }
    let tenant = tenant().await;
    let path = "ApprovalRequest/ApprovalRequestGetById?approvalRequestId=4711";
    assert_eq!(refused(&tenant.get(path).await).0, 417, "no GUID");
}

#[tokio::test]
async fn paths_have_no_case_and_unknown_ones_are_404() {
    let tenant = tenant().await;
    let list = "approvalrequest/APPROVALREQUESTgetbyparameters/";
    let answer = tenant.post(list, &json!({ "statusId": 1 })).await;
    assert_eq!(numbers(&answer.json()).len(), 5);
    assert_eq!(
        tenant
            .get("ApprovalRequest/ApprovalRequestGetAll")
            .await
            .status,
        404
    );
    let wrong = tenant
        .get("ApprovalRequest/ApprovalRequestGetByParameters")
        .await;
    assert_eq!(
        (wrong.status, wrong.headers["allow"].as_str()),
        (405, "POST")
    );
    let unmatched = tenant.journal("?kind=call").await;
    assert_eq!(
        unmatched
            .iter()
            .filter(|call| call["unmatched"] == true)
            .count(),
        2
    );
    let query =
        format!("{COUNT}?archived=1&includeChildOrganizations=true&INCLUDEchildOrganizations=true");
    assert_eq!(tenant.get(&query).await.status, 200);
    assert_eq!(tenant.strange().await.len(), 2);
    let answer = tenant.as_who("viewer", "", "GET", COUNT, "{}").await;
    assert_eq!(answer.status, 200);
    assert_eq!(tenant.strange().await, ["a body where none belongs"]);
    assert!(tenant.queue.url.ends_with(BASE));
}
