//! What is sent, and what answers to it mean.

use std::time::Duration;

use super::*;

#[test]
fn calls_are_those_of_the_document() {
    let sent = |verdict| {
        let call = composed(verdict);
        assert_eq!((call.method, call.query), (Method::Post, Vec::new()));
        (call.path, call.body.expect("a body"))
    };
    let text = |verdict| format!("CHG0031337: vendor case 5512 {}", mark(verdict));
    assert_eq!(
        sent(Verdict::Approve),
        (
            format!("/api/v2/access_request/{ID}/vote"),
            json!({ "accepted": true })
        )
    );
    assert_eq!(
        sent(Verdict::Deny),
        (
            format!("/api/v2/access_request/{ID}/vote"),
            json!({ "accepted": false, "reason": text(Verdict::Deny) })
        )
    );
    assert_eq!(
        sent(Verdict::Revoke),
        (
            format!("/api/v2/access_request/{ID}/revoke"),
            json!({ "revoke_reason": text(Verdict::Revoke) })
        )
    );
}

#[test]
fn ids_have_one_form() {
    let canonical = |raw| (CAPABILITIES.canonical_id)(raw).map(|id| id.as_str().to_owned());
    for id in [ID, "9999999999999999999", "7", "0"] {
        assert_eq!(canonical(id), Ok(id.to_owned()));
    }
    assert_eq!(canonical("007"), Ok("7".to_owned()));
    for raw in [
        "",
        " 7",
        "+7",
        "-7",
        "7.0",
        "7e3",
        "../7",
        "7?x",
        "99999999999999999999",
    ] {
        assert!(canonical(raw).is_err(), "{raw}");
    }
}

#[test]
fn the_outcome_table_does_not_overlap() {
    let Outcomes {
        success,
        definite_no,
        credential,
        wait,
        ..
    } = OUTCOMES;
    let mut all: Vec<u16> = [definite_no, &[success, credential, wait]].concat();
    let count = all.len();
    all.sort_unstable();
    all.dedup();
    assert_eq!(all.len(), count);
}

async fn answered(act: Act) -> Answer {
    let server = Server::start([act]).await;
    let answer = queue(&server).send(&composed(Verdict::Approve)).await;
    let asked = server.asked();
    assert_eq!(asked.len(), 1, "a write is sent once");
    // As it is, without a word before it.
    assert!(asked[0].head.contains(&format!("authorization: {KEY}\r\n")));
    assert!(asked[0].head.contains("content-type: application/json\r\n"));
    assert_eq!(asked[0].body, r#"{"accepted":true}"#);
    answer
}

#[tokio::test]
async fn only_a_200_that_says_so_is_a_success() {
    for body in [
        r#"{"result":"success"}"#,
        "{\n    \"result\": \"success\"\n}",
        r#"{"result":"success","access_request_vote":{"id":"1"}}"#,
    ] {
        let meaning = answered(Act::Say(say(200, body))).await.meaning;
        assert_eq!(meaning, Meaning::Claimed, "{body}");
    }
    let success = r#"{"result":"success"}"#;
    let odd = [
        say(200, r#"{"result":"failure"}"#),
        say(200, r#"{"result":"Success"}"#),
        say(200, r#"{"result":"success","result":"success"}"#),
        say(200, r#"{"result":true}"#),
        say(200, "{}"),
        say(200, ""),
        say(200, "\"success\""),
        say(200, r#"[{"result":"success"}]"#),
        say(200, r#"{"result":"success""#),
        reply(200, "text/html", success),
        say(201, success),
        say(202, success),
        reply_with(204, &[], ""),
        say(302, ""),
        say(408, r#"{"result":"failure"}"#),
        say(425, r#"{"result":"failure"}"#),
        say(500, r#"{"result":"failure"}"#),
        say(503, ""),
    ];
    let broken = [Act::Reset, Act::Hang, Act::Stall];
    for act in odd.into_iter().map(Act::Say).chain(broken) {
        let answer = answered(act).await;
        assert!(matches!(answer.meaning, Meaning::Unknown(_)), "{answer:?}");
    }
}

#[tokio::test]
async fn a_no_is_one_in_the_vendor_s_form() {
    for status in [400, 403, 404, 405, 409, 413, 415, 417, 422] {
        let no = r#"{"result":"failure","message":"a vote exists"}"#;
        let answer = answered(Act::Say(say(status, no))).await;
        assert_eq!(
            answer.meaning,
            Meaning::Refused(format!("answered {status}"))
        );
        assert_eq!(answer.said, Some("a vote exists".into()));
        let empty = answered(Act::Say(reply(status, "text/html", ""))).await;
        assert!(matches!(empty.meaning, Meaning::Refused(_)), "{status}");
        for odd in [
            say(status, r#"{"result":"success"}"#),
            say(status, r#"{"message":"no route"}"#),
            reply(status, "text/html", "<html>"),
        ] {
            let answer = answered(Act::Say(odd)).await;
            assert!(matches!(answer.meaning, Meaning::Unknown(_)), "{answer:?}");
        }
    }
    let rejected = answered(Act::Say(say(401, r#"{"result":"failure"}"#))).await;
    assert!(matches!(rejected.meaning, Meaning::CredentialRejected(_)));
    for (header, seconds) in [(("retry-after", "5"), 5), (("x", "y"), 10)] {
        let answer = answered(Act::Say(reply_with(429, &[header], "slow down"))).await;
        assert_eq!(answer.meaning, Meaning::Wait(Duration::from_secs(seconds)));
    }
    for (errors, words) in [
        (r#"["not allowed", "not today"]"#, "not allowed; not today"),
        (
            r#"[{"code":7,"message":"not allowed"},{"code":8}]"#,
            "not allowed",
        ),
        (r#"{"message":"not allowed"}"#, "not allowed"),
    ] {
        let no = format!(r#"{{"result":"failure","count":1,"errors":{errors}}}"#);
        let answer = answered(Act::Say(say(403, &no))).await;
        assert_eq!(answer.said, Some(words.into()), "{no}");
    }
    let long = format!(r#"{{"result":"failure","message":"{}"}}"#, "x".repeat(5000));
    let said = answered(Act::Say(say(400, &long))).await.said;
    assert_eq!(said.expect("words").raw().len(), 300);
}
