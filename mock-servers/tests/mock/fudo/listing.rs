//! Reading: which attributes, which requests, how many, and what a role shows.

use serde_json::{Value, json};

use super::instance::{BASE, id, instance, said, with};

#[tokio::test]
async fn without_fields_all_that_is_not_null_comes() {
    let instance = instance().await;
    let one = instance.shown(1).await;
    assert_eq!(one["id"], id(1).as_str());
    for absent in [
        "starts_at",
        "expires_at",
        "revoke_reason",
        "pool_id",
        "pool_name",
        "user_domain",
    ] {
        assert!(one.get(absent).is_none(), "{absent}");
    }
    for (name, value) in [
        ("activated", json!(false)),
        ("immediate_interval", json!(2)),
        ("reason", json!("nginx does not reload")),
        ("required_votes", json!(1)),
        ("status", json!("pending")),
        ("type", json!("immediate")),
        ("account_name", json!("root")),
        ("safe_name", json!("Linux servers")),
        ("protocol", json!("ssh")),
        ("server_name", json!("web-srv-01")),
        ("user_name", json!("anna.berg")),
        ("votes", json!([])),
        ("webclient", json!(false)),
        ("created_at", json!("2026-03-02T07:00:00Z")),
        ("modified_at", json!("2026-03-02T07:00:00Z")),
        ("removed", json!(false)),
    ] {
        assert_eq!(one[name], value, "{name}");
    }
    let pool = instance.shown(11).await;
    assert_eq!(pool["pool_name"], "Build farm");
    assert!(pool.get("server_id").is_none());
    let window = instance.shown(10).await;
    assert_eq!(window["type"], "scheduled");
    assert_eq!(window["starts_at"], "2026-03-02T09:00:00Z");
    assert_eq!(window["expires_at"], "2026-03-02T11:00:00Z");
    assert!(window.get("immediate_interval").is_none());
}

#[tokio::test]
async fn named_fields_come_null_or_not_and_an_empty_list_is_the_id() {
    let instance = instance().await;
    for (fields, expected) in [
        ("", json!({ "id": id(1) })),
        ("status", json!({ "id": id(1), "status": "pending" })),
        ("status,status", json!({ "id": id(1), "status": "pending" })),
        ("id,pool_id", json!({ "id": id(1), "pool_id": null })),
        (
            "votes,%20reason",
            json!({ "id": id(1), "votes": [], "reason": "nginx does not reload" }),
        ),
    ] {
        let path = format!("{BASE}/{}?fields={fields}", id(1));
        assert_eq!(
            instance.get(&path).await.json()["access_request"],
            expected,
            "{fields}"
        );
        let list = instance
            .get(&format!("{BASE}?fields={fields}&limit=1"))
            .await;
        assert_eq!(list.json()["access_request"], json!([expected]), "{fields}");
    }
    let other = with(&[("fields-id", "if-named")]).await;
    let path = format!("{BASE}/{}?fields=status", id(1));
    assert_eq!(
        other.get(&path).await.json()["access_request"],
        json!({ "status": "pending" })
    );
}

#[tokio::test]
async fn an_unknown_field_is_a_switch() {
    for (value, status) in [("400", 400), ("ignored", 200)] {
        let instance = with(&[("unknown-field", value)]).await;
        let answer = instance.get(&format!("{BASE}?fields=id,colour")).await;
        assert_eq!(answer.status, status, "{value}");
        assert_eq!(instance.strange().await, ["unknown field colour"]);
    }
}

#[tokio::test]
async fn expensive_attributes_may_need_to_be_named() {
    let instance = with(&[("expensive-fields", "named-only")]).await;
    let shown = instance.shown(1).await;
    assert_eq!(shown["reason"], "nginx does not reload");
    for absent in ["status", "votes", "user_id", "account_name"] {
        assert!(shown.get(absent).is_none(), "{absent}");
    }
    let path = format!("{BASE}/{}?fields=status,votes", id(1));
    let named = instance.get(&path).await.json();
    assert_eq!(named["access_request"]["status"], "pending");
}

#[tokio::test]
async fn objects_stand_under_their_name_or_alone() {
    let instance = instance().await;
    let body = instance.get(&format!("{BASE}?fields=&limit=2")).await;
    let expected = format!(
        r#"{{"result":"success","access_request":[{{"id":"{}"}},{{"id":"{}"}}]}}"#,
        id(1),
        id(2)
    );
    assert_eq!(said(&body), (200, expected));
    let none = instance
        .get(&format!("{BASE}?filter=status.in(none)"))
        .await;
    assert_eq!(said(&none).1, r#"{"result":"success","access_request":[]}"#);
    let bare = with(&[("envelope", "bare")]).await;
    let one = bare.get(&format!("{BASE}/{}?fields=", id(1))).await;
    assert_eq!(one.json(), json!({ "id": id(1) }));
    assert_eq!(
        bare.get(&format!("{BASE}?fields=&limit=1")).await.json(),
        json!([{ "id": id(1) }])
    );
}

#[tokio::test]
async fn a_filter_has_conditions_that_all_hold_and_values_of_which_one_does() {
    let instance = instance().await;
    for (filter, expected) in [
        ("status.in(granted)", vec![4, 5]),
        ("status.in(granted,revoked)", vec![4, 5, 7]),
        ("status.in(Granted)", vec![]),
        ("status.iin(GRANTED)", vec![4, 5]),
        ("status.in(pending),required_votes.in(2,3)", vec![2, 14]),
        ("type.in(scheduled)", vec![8, 10]),
        ("safe_name.in(Databases)", vec![12]),
        ("listener_names.contains(db-b,x)", vec![12]),
        ("listener_names.contains(db)", vec![]),
        ("reason.match(does%20not)", vec![1]),
        ("reason.match(DOES)", vec![]),
        ("pool_name.match(farm)", vec![11]),
        ("webclient.in(true)", vec![12]),
        ("id.in(5620492334958379010)", vec![10]),
        ("user_name.in(mila.novak),status.in(granted)", vec![]),
    ] {
        let ids = instance
            .ids("approver", &format!("?fields=&filter={filter}"))
            .await;
        assert_eq!(ids, expected, "{filter}");
    }
    assert!(instance.strange().await.is_empty());
}

#[tokio::test]
async fn what_match_finds_is_a_switch() {
    for (value, whole, part, other_case) in [
        ("part", true, true, false),
        ("part-any-case", true, true, true),
        ("whole", true, false, false),
    ] {
        let instance = with(&[("match", value)]).await;
        for (text, expected) in [
            ("Build%20farm", whole),
            ("farm", part),
            ("FARM", other_case),
        ] {
            let query = format!("?filter=pool_name.match({text})");
            let found = instance.ids("approver", &query).await;
            assert_eq!(!found.is_empty(), expected, "{value} {text}");
        }
    }
}

#[tokio::test]
async fn a_filter_that_makes_no_sense_is_a_switch() {
    for filter in [
        "status",
        "status.in(",
        "colour.in(red)",
        "status.like(p)",
        "votes.contains(x)",
    ] {
        for (value, status) in [("400", 400), ("ignored", 200)] {
            let instance = with(&[("bad-filter", value)]).await;
            let answer = instance
                .get(&format!("{BASE}?fields=&filter={filter}"))
                .await;
            assert_eq!(answer.status, status, "{filter}");
            if value == "ignored" {
                let rows = answer.json();
                assert_eq!(
                    rows["access_request"].as_array().unwrap().len(),
                    13,
                    "all of them"
                );
            }
            assert!(instance.strange().await[0].starts_with("filter: "));
        }
    }
}

#[tokio::test]
async fn limit_and_offset_page_the_list() {
    let instance = instance().await;
    let all = instance.ids("approver", "").await;
    assert_eq!(all, [1, 2, 3, 4, 5, 6, 7, 8, 10, 11, 12, 13, 14]);
    let mut paged = Vec::new();
    for page in 0..5 {
        let query = format!("?limit=3&offset={}", page * 3);
        paged.extend(instance.ids("approver", &query).await);
    }
    assert_eq!(paged, all);
    assert_eq!(instance.ids("approver", "?offset=11").await, [13, 14]);
    assert!(instance.ids("approver", "?offset=99").await.is_empty());
    let query = "?filter=status.in(pending)&limit=2&offset=1";
    assert_eq!(instance.ids("approver", query).await, [2, 3]);
    let newest = with(&[("list-order", "newest-first")]).await;
    assert_eq!(
        newest.ids("approver", "?limit=3&offset=1").await,
        [13, 12, 11]
    );
    assert!(
        newest
            .ids("approver", "?limit=3&offset=99")
            .await
            .is_empty()
    );
}

#[tokio::test]
async fn what_a_limit_may_be_is_a_switch() {
    let count = |rows: Vec<u64>| rows.len();
    for (key, value, query, expected) in [
        ("default-limit", "none", "", 13),
        ("default-limit", "50", "", 13),
        ("limit-zero", "empty", "?limit=0", 0),
        ("limit-zero", "unlimited", "?limit=0", 13),
        ("limit-over-1000", "served", "?limit=1001", 13),
        ("limit-over-1000", "clamped", "?limit=1001", 13),
        ("wrong-value", "ignored", "?limit=-1&offset=x", 13),
    ] {
        let instance = with(&[(key, value)]).await;
        let ids = instance.ids("approver", query).await;
        assert_eq!(count(ids), expected, "{key} {value}");
    }
    for (key, query) in [
        ("limit-over-1000", "?limit=1001"),
        ("wrong-value", "?limit=-1"),
        ("wrong-value", "?offset=1.5"),
    ] {
        let instance = with(&[(key, "400")]).await;
        assert_eq!(
            instance.get(&format!("{BASE}{query}")).await.status,
            400,
            "{query}"
        );
    }
}

#[tokio::test]
async fn a_role_filters_silently() {
    let instance = instance().await;
    let all: Vec<u64> = (1..=14).filter(|last| *last != 9).collect();
    for (who, expected) in [
        ("approver", all.clone()),
        ("operator", all.clone()),
        ("legacy", all.clone()),
        ("narrow", vec![12]),
        (
            "requestor",
            all.into_iter()
                .filter(|last| ![3, 12].contains(last))
                .collect(),
        ),
    ] {
        assert_eq!(instance.ids(who, "?fields=").await, expected, "{who}");
    }
    for (value, status) in [("404", 404), ("403", 403)] {
        let instance = with(&[("invisible-by-id", value)]).await;
        let path = format!("{BASE}/{}", id(1));
        assert_eq!(
            instance.send("narrow", "GET", &path, "").await.status,
            status
        );
        assert_eq!(instance.accept("narrow", 1).await, status);
        assert_eq!(instance.accept("narrow", 12).await, 200);
    }
}

#[tokio::test]
async fn ids_are_text_of_nineteen_digits() {
    let instance = instance().await;
    let body = said(&instance.get(BASE).await).1;
    let rows: Value = serde_json::from_str(&body).unwrap();
    for row in rows["access_request"].as_array().unwrap() {
        for key in ["id", "user_id", "account_id", "safe_id"] {
            let id = row[key].as_str().unwrap();
            assert_eq!(id.len(), 19, "{key}");
            let as_double = id.parse::<f64>().unwrap();
            assert!(as_double > 9_007_199_254_740_992.0, "beyond a double");
        }
    }
    // Neighbours that a double cannot tell apart are two.
    let one = instance.shown(1).await;
    let two = instance.shown(2).await;
    assert_ne!(one["id"], two["id"]);
    assert_eq!(
        (one["required_votes"].clone(), two["required_votes"].clone()),
        (json!(1), json!(2))
    );
}

#[tokio::test]
async fn an_unknown_id_is_a_switch() {
    for (value, status) in [("404", 404), ("400", 400)] {
        let instance = with(&[("unknown-id", value)]).await;
        for unknown in [
            "1",
            "5620492334958379099",
            "05620492334958379001",
            "x",
            "99999999999999999999",
        ] {
            let path = format!("{BASE}/{unknown}");
            assert_eq!(instance.get(&path).await.status, status, "{unknown}");
            let body = r#"{"accepted":true}"#;
            let vote = instance
                .send("approver", "POST", &format!("{path}/vote"), body)
                .await;
            assert_eq!(vote.status, status, "{unknown}");
        }
    }
}

#[tokio::test]
async fn where_a_removed_request_is_shown_is_a_switch() {
    for (value, listed, status) in [
        ("by-id", false, 200),
        ("listed", true, 200),
        ("hidden", false, 404),
    ] {
        let instance = with(&[("removed", value)]).await;
        let ids = instance.ids("approver", "?fields=").await;
        assert_eq!(ids.contains(&9), listed, "{value}");
        let answer = instance.get(&format!("{BASE}/{}", id(9))).await;
        assert_eq!(answer.status, status, "{value}");
        if status == 200 {
            assert_eq!(answer.json()["access_request"]["removed"], true);
        }
        assert_eq!(
            instance.accept("approver", 9).await,
            404,
            "nobody votes about it"
        );
    }
}

#[tokio::test]
async fn how_times_are_written_is_a_switch() {
    for (value, expected) in [
        ("rfc3339", "2026-03-02T07:00:00Z"),
        ("sql", "2026-03-02 07:00:00.000000+00"),
        ("no-zone", "2026-03-02T07:00:00"),
    ] {
        let instance = with(&[("time-format", value)]).await;
        assert_eq!(instance.shown(1).await["created_at"], expected);
    }
}

#[tokio::test]
async fn what_the_document_does_not_know_is_noted() {
    let instance = instance().await;
    instance
        .get(&format!("{BASE}?order=id&fields=&fields="))
        .await;
    instance.send("approver", "GET", BASE, "{}").await;
    assert_eq!(
        instance.strange().await,
        [
            "unknown parameter order",
            "parameter fields given twice",
            "a body where none belongs"
        ]
    );
}
