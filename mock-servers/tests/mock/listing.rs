//! The list's filters, in both parameter styles, and what the mock says about strange ones.

use serde_json::json;

use crate::client::{raw, with_dialects, world};

const ALL: [u64; 8] = [
    65_430_027, 65_430_100, 65_430_200, 65_430_300, 65_430_400, 65_430_930, 65_430_931, 65_430_940,
];

#[tokio::test]
async fn without_filters_everything_ascends() {
    let served = world().await;
    assert_eq!(served.get("/requests").await.ids(), ALL);
    // Paths compare without case, and a slash at the end changes nothing.
    assert_eq!(served.get("/Requests/").await.ids(), ALL);
}

#[tokio::test]
async fn a_status_is_a_name_in_any_case_or_a_code() {
    let served = world().await;
    for (status, ids) in [
        ("Pending", &ALL[..3]),
        ("pEnding", &ALL[..3]),
        ("4", &ALL[..3]),
        ("Approved", &ALL[3..4]),
        ("denied", &ALL[4..5]),
        ("3", &ALL[4..5]),
        ("Quarantined", &ALL[5..6]),
        ("2", &ALL[7..]),
    ] {
        assert_eq!(
            served
                .get(&format!("/requests?status={status}"))
                .await
                .ids(),
            ids,
            "{status}"
        );
    }
}

#[tokio::test]
async fn a_parameter_may_be_a_header() {
    let served = world().await;
    let headers = [
        ("Status", "Pending"),
        ("TAKE", "1"),
        ("startid", "65430028"),
    ];
    assert_eq!(
        served
            .send("GET", "/requests", &headers)
            .await
            .unwrap()
            .ids(),
        [65_430_100]
    );
    served
        .send(
            "PUT",
            "/requests/65430027",
            &[("approvedby", "boss@example.com")],
        )
        .await
        .unwrap();
    assert_eq!(
        served.get("/requests/65430027").await.json()["approvedByEmail"],
        "boss@example.com"
    );
    assert!(
        served
            .journal("?kind=call")
            .await
            .iter()
            .all(|call| call.get("strange").is_none())
    );
}

#[tokio::test]
async fn startid_is_inclusive_and_take_limits() {
    let served = world().await;
    assert_eq!(
        served.get("/requests?startid=65430400&take=2").await.ids(),
        ALL[4..6]
    );
    assert_eq!(
        served.get("/requests?startid=99999999").await.json(),
        json!([])
    );
    assert_eq!(served.get("/requests?take=0").await.json(), json!([]));
}

#[tokio::test]
async fn feeding_the_last_id_with_take_one_never_advances() {
    let served = world().await;
    let first = served.get("/requests?take=1").await.ids();
    assert_eq!(
        served
            .get(&format!("/requests?take=1&startid={}", first[0]))
            .await
            .ids(),
        first
    );
}

#[tokio::test]
async fn last_is_newest_first_and_excludes_take_and_startid() {
    let served = world().await;
    assert_eq!(
        served.get("/requests?last=2").await.ids(),
        [65_430_940, 65_430_931]
    );
    assert_eq!(
        served.get("/requests?last=2&take=1&startid=1").await.ids(),
        [65_430_940, 65_430_931]
    );
    let calls = served.journal("?kind=call").await;
    assert!(calls[0].get("strange").is_none());
    assert_eq!(
        calls[1]["strange"],
        json!(["last cannot be combined with take and startid"])
    );
    let refusing = with_dialects(&[("last-with-take", "refuse")]).await;
    assert_eq!(refusing.get("/requests?last=2&take=1").await.status, 400);
}

#[tokio::test]
async fn take_is_fifty_by_default_and_a_thousand_at_most() {
    let given =
        mock_servers::Given::from_toml("[[admin-by-request.generate]]\ncount = 2500").unwrap();
    let options = || mock_servers::Options {
        world: Some(given.clone()),
        ..crate::client::options()
    };
    let served = crate::client::serve(options()).await;
    assert_eq!(served.get("/requests").await.ids().len(), 50);
    assert_eq!(served.get("/requests?take=1000").await.ids().len(), 1000);
    assert_eq!(served.get("/requests?take=1001").await.ids().len(), 1000);
    assert_eq!(served.get("/requests?last=5000").await.ids().len(), 1000);
    assert_eq!(
        served.journal("?kind=call").await[2]["strange"],
        json!(["take is over its maximum of 1000"])
    );
    let refusing = vec![(
        "admin-by-request.over-maximum".to_owned(),
        "refuse".to_owned(),
    )];
    let served = crate::client::serve(mock_servers::Options {
        dialects: refusing,
        ..options()
    })
    .await;
    assert_eq!(served.get("/requests?take=1001").await.status, 400);
}

#[tokio::test]
async fn ids_are_strings_or_numbers() {
    assert_eq!(
        world().await.get("/requests/65430027").await.json()["id"],
        json!("65430027")
    );
    let served = with_dialects(&[("id", "number")]).await;
    assert_eq!(
        served.get("/requests/65430027").await.json()["id"],
        json!(65_430_027)
    );
    assert_eq!(
        served.get("/requests").await.json()[0]["id"],
        json!(65_430_027)
    );
}

#[tokio::test]
async fn a_session_has_an_application_of_nulls() {
    let row = world().await.get("/requests/65430200").await.json();
    assert_eq!(
        (row["type"].as_str(), row["typeCode"].as_u64()),
        (Some("Session"), Some(1))
    );
    let members = row["application"].as_object().unwrap();
    assert!(
        members.len() >= 9 && members.values().all(serde_json::Value::is_null),
        "{row}"
    );
}

#[tokio::test]
async fn list_and_by_id_agree() {
    let served = world().await;
    for row in served.get("/requests").await.json().as_array().unwrap() {
        let id = row["id"].as_str().unwrap();
        assert_eq!(&served.get(&format!("/requests/{id}")).await.json(), row);
    }
}

#[tokio::test]
async fn spellings_the_documents_disagree_on_are_switches() {
    let served = with_dialects(&[
        ("link-key", "auditLogLink"),
        ("running-word", "Started"),
        ("status-codes", "null"),
        ("scan-details", "empty"),
        ("started-in-list", "no"),
    ])
    .await;
    let running = served.get("/requests/65430931").await.json();
    assert!(running.get("auditLogLink").is_some() && running.get("auditlogLink").is_none());
    assert_eq!(
        (running["status"].as_str(), &running["statusCode"]),
        (Some("Started"), &json!(null))
    );
    assert_eq!(
        served
            .get("/requests/65430027?wantscandetails=1")
            .await
            .json()["scanResults"],
        json!([])
    );
    assert_eq!(served.get("/requests").await.ids(), ALL[..6]);
    let plain = world().await.get("/requests/65430931").await.json();
    assert_eq!(
        (plain["status"].as_str(), &plain["statusCode"]),
        (Some("Running"), &json!(0))
    );
}

#[tokio::test]
async fn an_unknown_route_is_the_vendors_404_and_journalled() {
    let served = world().await;
    assert_eq!(served.get("/request").await.status, 404);
    let answer = served.send("POST", "/requests", &[]).await.unwrap();
    assert_eq!(
        (answer.status, answer.headers["allow"].as_str()),
        (405, "GET")
    );
    let calls = served.journal("?kind=call").await;
    assert!(
        calls
            .iter()
            .all(|call| call["unmatched"] == json!(true) && call["op"].is_null()),
        "{calls:?}"
    );
    assert_eq!(served.admin("POST", "/verify", "").await.status, 409);
}

#[tokio::test]
async fn a_strange_parameter_or_body_is_answered_and_journalled() {
    let served = world().await;
    assert_eq!(served.get("/requests?stauts=pending").await.ids(), ALL);
    assert_eq!(served.get("/requests?take=1&Take=2").await.ids().len(), 1);
    served
        .send("GET", "/requests", &[("approvedby", "x")])
        .await
        .unwrap();
    raw(
        &served.address,
        "PUT",
        "/requests/65430100",
        &[("apikey", &served.key)],
        "{\"a\":1}",
    )
    .await
    .unwrap();
    let calls = served.journal("?kind=call").await;
    let strange: Vec<_> = calls
        .iter()
        .map(|call| call["strange"].to_string())
        .collect();
    let expected = [
        "unknown parameter stauts",
        "parameter Take given twice",
        "unknown parameter approvedby (header)",
        "a body where none belongs",
    ];
    for (seen, expected) in strange.iter().zip(expected) {
        assert!(seen.contains(expected), "{seen}");
    }
}

#[tokio::test]
async fn a_value_of_the_wrong_form_is_refused_or_ignored() {
    let served = world().await;
    for query in [
        "take=many",
        "status=open",
        "startid=-1",
        "wantscandetails=maybe",
    ] {
        assert_eq!(
            served.get(&format!("/requests?{query}")).await.status,
            400,
            "{query}"
        );
    }
    let lax = with_dialects(&[("wrong-value", "ignore")]).await;
    assert_eq!(lax.get("/requests?status=open&take=many").await.ids(), ALL);
    assert!(
        lax.journal("").await[0]["strange"]
            .to_string()
            .contains("no valid value")
    );
}

#[tokio::test]
async fn an_unknown_id_is_404() {
    let served = world().await;
    for (method, path) in [
        ("GET", "/requests/1"),
        ("PUT", "/requests/1"),
        ("DELETE", "/requests/1"),
        ("GET", "/requests/abc"),
    ] {
        assert_eq!(
            served.send(method, path, &[]).await.unwrap().status,
            404,
            "{method} {path}"
        );
    }
    assert_eq!(served.journal("?kind=refusal").await.len(), 2);
    assert_eq!(
        with_dialects(&[("unknown-id", "400")])
            .await
            .get("/requests/1")
            .await
            .status,
        400
    );
}

#[tokio::test]
async fn api_access_can_be_switched_off() {
    let served = world().await;
    let seeded = served
        .admin(
            "POST",
            "/seed",
            r#"{"admin-by-request":{"api-access":false}}"#,
        )
        .await;
    assert_eq!(seeded.status, 200);
    assert_eq!(served.get("/requests").await.status, 401);
    served
        .admin(
            "POST",
            "/seed",
            r#"{"admin-by-request":{"api-access":true}}"#,
        )
        .await;
    assert_eq!(served.get("/requests").await.ids(), ALL);
    let other = with_dialects(&[("api-access-off", "403")]).await;
    other
        .admin(
            "POST",
            "/seed",
            r#"{"admin-by-request":{"api-access":false}}"#,
        )
        .await;
    assert_eq!(other.get("/requests").await.status, 403);
}
