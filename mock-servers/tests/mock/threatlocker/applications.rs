//! Applications, organizations, groups.

use serde_json::{Value, json};

use super::tenant::{
    ADOBE, CHILD, CUSTOM, FINANCE, GRANDCHILD, ROOT, Tenant, refused, said, tenant, with,
};

async fn matching(tenant: &Tenant, organization: &str, body: Value) -> Vec<String> {
    let path = "Application/ApplicationGetMatchingList";
    let answer = tenant
        .as_who("approver", organization, "POST", path, &body.to_string())
        .await
        .json();
    let found = answer["matchingApplications"].as_array().unwrap();
    assert_eq!(answer["hasMatching"], !found.is_empty());
    found
        .iter()
        .map(|own| own["name"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn any_mark_of_a_file_finds_its_applications() {
    let tenant = tenant().await;
    for (body, expected) in [
        (json!({ "hash": "aa11" }), &["App Tools"][..]),
        (json!({ "sha256": "BB22", "osType": 1 }), &["App Tools"]),
        (json!({ "path": r"C:\Tools\procmon.exe" }), &["App Tools"]),
        (json!({ "hash": "AA11", "osType": 2 }), &[]),
        (json!({ "hash": "", "certs": [{ "subject": "" }] }), &[]),
        (
            json!({ "hash": "AA11", "certs": [{ "subject": "CN=Adobe Inc.", "validCert": true }] }),
            &["App Tools", "Adobe Acrobat (Built-In)"],
        ),
    ] {
        assert_eq!(
            matching(&tenant, ROOT, body.clone()).await,
            expected,
            "{body}"
        );
    }
    let below = matching(&tenant, CHILD, json!({ "hash": "AA11" })).await;
    assert_eq!(below, [r"Example Group\App Tools"]);
}

#[tokio::test]
async fn a_certificate_of_the_article_is_quoted() {
    let path = "Application/ApplicationGetMatchingList";
    let body = |flag: Value| json!({ "certs": [{ "sha": "", "subject": "CN=Adobe Inc.", "validCert": flag }], "osType": 1 });
    let tenant = tenant().await;
    for flag in [json!("true"), json!("False"), json!(true), Value::Null] {
        let found = matching(&tenant, ROOT, body(flag)).await;
        assert_eq!(found, ["Adobe Acrobat (Built-In)"]);
    }
    let other = tenant.post(path, &body(json!("yes"))).await;
    assert_eq!(refused(&other).0, 417);
    let strict = with(&[("valid-cert", "flag")]).await;
    assert_eq!(
        refused(&strict.post(path, &body(json!("true"))).await).0,
        417
    );
    assert_eq!(strict.post(path, &body(json!(true))).await.status, 200);
}

#[tokio::test]
async fn custom_applications_and_the_parents_can_be_added_to() {
    let tenant = tenant().await;
    let path = "Application/ApplicationGetListForAddToApplication?osType=1&searchText=App";
    assert_eq!(
        tenant.get(path).await.json(),
        json!([{
            "name": "App Tools", "applicationName": "App Tools", "applicationId": CUSTOM, "organizationId": ROOT,
            "organizationName": "Example Group", "osType": 1, "suggestedPolicyId": null, "status": 0,
            "isMaintained": false, "researchApplicationId": null
        }])
    );
    let below = tenant
        .as_who("approver", GRANDCHILD, "GET", path, "")
        .await
        .json();
    let seen: Vec<Value> = below
        .as_array()
        .unwrap()
        .iter()
        .map(|own| json!([own["name"], own["applicationName"]]))
        .collect();
    assert_eq!(
        seen,
        [
            json!([r"Example Group\App Tools", "App Tools"]),
            json!([r"Retail\Till App", "Till App"])
        ]
    );
    let mac = tenant
        .get("Application/ApplicationGetListForAddToApplication?osType=2")
        .await
        .json();
    assert_eq!(mac[0]["name"], "Mac App");
    let wrong = tenant
        .get("Application/ApplicationGetListForAddToApplication?osType=win")
        .await;
    assert_eq!(refused(&wrong).0, 417);
    let other = with(&[("parent-separator", "two")]).await;
    let below = other
        .as_who("approver", CHILD, "GET", path, "")
        .await
        .json();
    assert_eq!(below[0]["name"], r"Example Group\\App Tools");
}

#[tokio::test]
async fn maintenance_modes_have_applications_to_choose() {
    let tenant = tenant().await;
    let path = "Application/ApplicationGetForMaintenanceMode?osType=1";
    let below = tenant
        .as_who("approver", CHILD, "GET", path, "")
        .await
        .json();
    assert_eq!(below.as_array().unwrap().len(), 2);
    assert_eq!(
        below[0],
        json!({
            "label": r"Example Group\App Tools", "value": CUSTOM, "numericValue": null, "entityType": null,
            "parentId": null, "disabled": false, "tooltip": null, "featureConfigurationIds": [], "isSupported": null,
            "extendedProperties": null
        })
    );
}

#[tokio::test]
async fn research_is_there_for_built_in_applications() {
    let tenant = tenant().await;
    let path = "Application/ApplicationGetResearchDetailsById?applicationId=";
    let acrobat = tenant.get(&format!("{path}{ADOBE}")).await.json();
    assert_eq!(
        acrobat["researchApplicationId"],
        "6c9b00c3-20d5-42b3-b44a-8c2e186e208a"
    );
    assert_eq!(
        (
            &acrobat["reviewRating"],
            &acrobat["concernRating"],
            &acrobat["businessRating"]
        ),
        (&json!(4), &json!(3), &json!(6))
    );
    assert_eq!(
        acrobat["accessLevels"][1],
        json!({ "displayName": "File", "value": "RF File Access", "isProtected": false, "orderBy": 2 })
    );
    let chrome = tenant.application("Chrome (Built-In)");
    let other = tenant
        .get(&format!("{path}{}", chrome["id"].as_str().unwrap()))
        .await
        .json();
    assert_eq!(
        (&other["productName"], &other["clientApplicationName"]),
        (&json!("Chrome"), &json!("Chrome (Built-In)"))
    );
    for (value, expected) in [("404", 404), ("null", 200), ("empty", 200)] {
        let tenant = with(&[("unknown-research", value)]).await;
        let answer = tenant.get(&format!("{path}{CUSTOM}")).await;
        assert_eq!(answer.status, expected);
        if value == "null" {
            assert_eq!(said(&answer).1, "null");
        }
    }
}

#[tokio::test]
async fn child_organizations_have_ids_and_names() {
    let path = "Organization/OrganizationGetChildrenIdsAndName";
    let tenant = tenant().await;
    assert_eq!(
        tenant.get(path).await.json(),
        json!([{ "organizationId": CHILD, "name": "Retail" }, { "organizationId": GRANDCHILD, "name": "Nordics" }])
    );
    let below = tenant.as_who("viewer", GRANDCHILD, "GET", path, "").await;
    assert_eq!(below.json(), json!([]));
    let other = with(&[("children-shape", "id-name"), ("children-self", "yes")]).await;
    assert_eq!(
        other.get(path).await.json()[0],
        json!({ "id": ROOT, "name": "Example Group" })
    );
    let choice = with(&[("children-shape", "label-value")]).await;
    assert_eq!(choice.get(path).await.json()[0]["value"], CHILD);
}

#[tokio::test]
async fn groups_of_the_managed_organization_can_be_chosen() {
    let path = "ComputerGroup/ComputerGroupGetDropdownByOrganizationId";
    let tenant = tenant().await;
    let labels = async |query: &str| -> Vec<String> {
        let groups = tenant.get(&format!("{path}{query}")).await.json();
        let mut labels: Vec<String> = groups
            .as_array()
            .unwrap()
            .iter()
            .map(|group| group["label"].as_str().unwrap().to_owned())
            .collect();
        labels.sort();
        labels
    };
    let windows = ["All Windows computers", "Finance laptops", "Workstations"];
    assert_eq!(
        labels("?computerGroupOSTypeId=1&computerOSType=windows").await,
        windows
    );
    assert_eq!(
        labels("?computerGroupOSTypeId=1&hideGlobals=true").await,
        windows[1..]
    );
    assert_eq!(labels("").await.len(), 4);
    assert_eq!(labels("?computerOSType=mac").await.len(), 4);
    assert!(tenant.strange().await.is_empty());
    let child = tenant.as_who("viewer", CHILD, "GET", path, "").await.json();
    assert_eq!(child.as_array().unwrap().len(), 1);
    let named = with(&[("dropdown-system", "name")]).await;
    let count = async |query: &str| {
        let groups = named.get(&format!("{path}{query}")).await.json();
        groups.as_array().unwrap().len()
    };
    assert_eq!(
        count("?computerOSType=mac&computerGroupOSTypeId=1").await,
        1
    );
    assert_eq!(count("").await, windows.len(), "windows by default");
    let other = with(&[("dropdown-shape", "group-items")]).await;
    let groups = other.get(path).await.json();
    let finance = groups
        .as_array()
        .unwrap()
        .iter()
        .find(|group| group["computerGroupId"] == FINANCE);
    assert_eq!(finance.unwrap()["organizationName"], "Example Group");
}
