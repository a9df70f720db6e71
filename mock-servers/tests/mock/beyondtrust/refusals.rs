//! The forms of a refusal, and the vendor's errors as faults.

use mock_servers::{Options, Vendor};
use serde_json::json;

use super::vault::{only_vault, said, serve, vault, with};

#[tokio::test]
async fn a_code_is_text_json_or_prose() {
    let sentence = "Approver only - User cannot approve his or her own request.";
    for (value, kind, body) in [
        ("text", "text/plain", "4033".to_owned()),
        ("json-string", "application/json", "\"4033\"".to_owned()),
        ("json-number", "application/json", "4033".to_owned()),
        ("prose", "text/plain", format!("4033 - {sentence}")),
        ("message", "text/plain", sentence.to_owned()),
    ] {
        let vault = with(&[("error-body", value)]).await;
        let caller = vault.sign_in("requestor-approver").await;
        let answer = caller.put("Requests/1003/Approve").await;
        assert!(answer.headers["content-type"].starts_with(kind), "{value}");
        assert_eq!(said(&answer), (403, body), "{value}");
    }
}

#[tokio::test]
async fn a_vendor_error_by_every_name() {
    let vault = vault().await;
    let caller = vault.sign_in("approver").await;
    let listed = vault
        .admin("GET", "/vendors/beyondtrust/errors", "")
        .await
        .json();
    let names: Vec<&str> = listed
        .as_array()
        .unwrap()
        .iter()
        .map(|name| name.as_str().unwrap())
        .collect();
    assert_eq!(names, Vendor::BeyondTrust.errors());
    for name in names {
        let faults =
            json!([{ "op": "beyondtrust.requests.approve", "kind": "vendor-error", "name": name }]);
        assert_eq!(
            vault
                .admin("PUT", "/faults", &faults.to_string())
                .await
                .status,
            200
        );
        let answer = caller.put("Requests/1001/Approve").await;
        let short = name.strip_prefix("beyondtrust:").unwrap();
        let status = match short {
            "two-factor" => 401,
            code if code.len() == 4 => 403,
            status => status.parse().unwrap(),
        };
        assert_eq!(answer.status, status, "{name}");
        if short.len() == 4 {
            assert_eq!(said(&answer).1, short);
        }
        assert_eq!(
            answer.headers.contains_key("www-authenticate-2fa"),
            short == "two-factor"
        );
    }
    assert_eq!(vault.status(1001), "pending");
}

#[tokio::test]
async fn an_effect_is_done_though_its_answer_is_lost() {
    let vault = vault().await;
    let caller = vault.sign_in("approver").await;
    let faults = json!([{ "op": "beyondtrust.requests.approve", "phase": "after-effect", "kind": "status", "status": 502 }]);
    vault.admin("PUT", "/faults", &faults.to_string()).await;
    assert_eq!(caller.put("Requests/1001/Approve").await.status, 502);
    assert_eq!(vault.status(1001), "active");
    assert_eq!(
        caller.told("PUT", "Requests/1001/Approve", "").await,
        (403, "4036".to_owned())
    );
    let limited = json!([{ "op": "beyondtrust.*", "kind": "rate-limit", "seconds": 7 }]);
    vault.admin("PUT", "/faults", &limited.to_string()).await;
    let answer = caller.get("TicketSystems").await;
    assert_eq!(
        (answer.status, answer.headers["retry-after"].as_str()),
        (429, "7")
    );
}

#[tokio::test]
async fn a_world_with_mistakes_does_not_start() {
    for (text, says) in [
        ("[[beyondtrust.request]]\nid = \"x\"", "digits only"),
        (
            "[[beyondtrust.request]]\nid = 1\n[[beyondtrust.request]]\nid = 1",
            "given twice",
        ),
        (
            "[[beyondtrust.request]]\nname = \"a\"\n[[beyondtrust.request]]\nname = \"a\"",
            "two requests",
        ),
        (
            "[[beyondtrust.request]]\nrequestor = \"nobody\"",
            "nobody is called",
        ),
        ("[[beyondtrust.request]]\nalias = \"none\"", "no alias"),
        ("[[beyondtrust.request]]\naccount = 7", "no account"),
        (
            "[[beyondtrust.request]]\nticket-system = \"x\"",
            "no ticket system",
        ),
        (
            "[[beyondtrust.account]]\nname = \"a\"\npolicy = \"none\"",
            "no policy",
        ),
        (
            "[[beyondtrust.account]]\nname = \"a\"\npolicy = \"default\"\napprovers = 2",
            "settings of one",
        ),
        (
            "[[beyondtrust.account]]\nid = 1\nname = \"a\"\n[[beyondtrust.account]]\nid = 1\nname = \"b\"",
            "given twice",
        ),
        (
            "[[beyondtrust.user]]\nname = \"u\"\napi-key = \"short\"",
            "128 to 263",
        ),
        (
            "[[beyondtrust.user]]\nname = \"u\"\nrun-as = \"boss\"",
            "two users",
        ),
        (
            "[[beyondtrust.policy]]\nname = \"p\"\n[[beyondtrust.policy.schedule]]\nfrom = \"8\"",
            "time of day",
        ),
        (
            "[[beyondtrust.request]]\nstatus = \"denied\"\napproved-by = [\"boss\"]",
            "fewer approvals",
        ),
    ] {
        let world = mock_servers::Given::from_toml(text).unwrap();
        let options = Options {
            world: Some(world),
            ..only_vault()
        };
        let Err(error) = mock_servers::Mocks::start(options).await else {
            panic!("{text} started");
        };
        assert!(error.to_string().contains(says), "{text}: {error}");
    }
    let misspelt =
        mock_servers::Given::from_toml("[[beyondtrust.request]]\nacount = 1").unwrap_err();
    assert!(misspelt.contains("did you mean `account`"), "{misspelt}");
}

#[tokio::test]
async fn seeding_more_keeps_new_secrets_out_of_the_journal() {
    let vault = serve(only_vault()).await;
    let key = "k".repeat(128);
    let world = json!({ "beyondtrust": { "user": [{ "name": "fresh", "role": "approver", "api-key": key, "password": "open;se]same" }],
        "request": [{ "name": "extra", "at": "2026-03-02T08:00:00Z" }] } });
    let answer = vault.admin("POST", "/seed", &world.to_string()).await;
    assert_eq!(answer.status, 200);
    assert!(answer.json()["names"]["beyondtrust"]["extra"].is_string());
    let header = format!("PS-Auth key={key}; runas=fresh; pwd=[open;se]same];");
    let headers = [("authorization", header.as_str())];
    let path = format!("Auth/SignAppIn?leak={key}");
    assert_eq!(vault.call("POST", &path, &headers, "").await.status, 200);
    let journal = serde_json::to_string(&vault.journal("").await).unwrap();
    assert!(!journal.contains(&key) && journal.contains("[secret]"));
}
