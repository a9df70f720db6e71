//! The adapter as a queue, against canned answers: what is asked, what is told, what answers mean.

mod ranges;
mod reads;

use std::num::NonZeroUsize;
use std::time::Duration;

use super::*;
use crate::model::{Address, Deciding, Decision, Guard, Mark, Method, Place, QueueName, Verdict};
use crate::vendors::http::tests::server::{Act, Server, json, reply, reply_with};
use crate::vendors::http::tests::settings;

const KEY: &str = "495e571a621440bab5b9e8e8c24b1a55";

fn terms(origin: &str) -> Terms {
    Terms {
        queue: QueueName::new("helpdesk").expect("a name"),
        origin: origin.to_owned(),
        organization: None,
        deciding: Deciding {
            credential: "env ABR_API_KEY".to_owned(),
            acting_as: Some("countersign@example.com".to_owned()),
            run_as: None,
            client: None,
        },
        deciders: vec!["boss@example.com".to_owned()],
        can: &CAPABILITIES,
        parallelism: NonZeroUsize::MIN,
        rate: None,
    }
}

fn queue(server: &Server) -> AdminByRequest {
    let url = server.url();
    connect(terms(&url), settings(&url), KEY.into(), 10_000).expect("usable settings")
}

fn decision(verdict: Verdict, decided_by: Option<&str>) -> Decision {
    Decision {
        address: Address {
            queue: QueueName::new("helpdesk").expect("a name"),
            id: RequestId::canonical("65430027"),
        },
        verdict,
        ticket: "CHG0031337".to_owned(),
        reason: "not on & never +1".to_owned(),
        expires: "2026-12-01T00:00:00Z".parse().expect("a moment"),
        decided_by: decided_by.map(str::to_owned),
        guard: Guard::default(),
        permit: None,
        from: Place {
            file: "decisions/x.toml".into(),
            line: 1,
            column: 1,
        },
    }
}

fn composed(verdict: Verdict, decided_by: Option<&str>, acting_as: Option<&str>) -> Call {
    let mut terms = terms("https://dc1api.adminbyrequest.com");
    terms.deciding.acting_as = acting_as.map(str::to_owned);
    let decision = decision(verdict, decided_by);
    let mark = Mark::of(&terms.identity(&decision.address.id), verdict);
    let operation = CAPABILITIES.operation(verdict).expect("it can");
    let facts = crate::model::Facts::new();
    let live = crate::model::Live {
        facts: &facts,
        grounds: None,
    };
    (operation.compose)(&terms, &decision, &mark, &live)
}

fn pair(name: &str, value: &str) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

#[test]
fn calls_are_those_of_the_document() {
    let call = composed(Verdict::Approve, None, Some("tool@example.com"));
    assert_eq!(
        (call.method, call.path.as_str()),
        (Method::Put, "/requests/65430027")
    );
    assert_eq!(call.query, [pair("approvedby", "tool@example.com")]);
    let call = composed(
        Verdict::Approve,
        Some("boss@example.com"),
        Some("tool@example.com"),
    );
    assert_eq!(call.query, [pair("approvedby", "boss@example.com")]);
    assert_eq!(composed(Verdict::Approve, None, None).query, []);

    let call = composed(Verdict::Deny, Some("boss@example.com"), None);
    assert_eq!(
        (call.method, call.path.as_str()),
        (Method::Delete, "/requests/65430027")
    );
    let (reason, by) = (&call.query[0], &call.query[1]);
    assert_eq!(reason.0, "reason");
    assert!(reason.1.starts_with("CHG0031337: not on & never +1 [cs:") && reason.1.ends_with(']'));
    assert_eq!(*by, pair("deniedby", "boss@example.com"));
    assert!(CAPABILITIES.operation(Verdict::Revoke).is_none());
}

#[test]
fn ids_have_one_form() {
    let canonical = |raw| (CAPABILITIES.canonical_id)(raw).map(|id| id.as_str().to_owned());
    assert_eq!(canonical("65430027"), Ok("65430027".to_owned()));
    assert_eq!(canonical("007"), Ok("7".to_owned()));
    assert_eq!(canonical("000"), Ok("0".to_owned()));
    assert_eq!(
        canonical("9999999999999999999"),
        Ok("9999999999999999999".to_owned())
    );
    for raw in [
        "",
        " 7",
        "7 ",
        "+7",
        "-7",
        "7.0",
        "0x7",
        "٣",
        "../7",
        "7?x",
        "7%2f",
        "7#",
        "99999999999999999999",
    ] {
        assert!(canonical(raw).is_err(), "{raw}");
    }
}

#[test]
fn the_outcome_tables_do_not_overlap() {
    let Outcomes {
        success,
        definite_no,
        credential,
        wait,
        ..
    } = OUTCOMES;
    let mut all: Vec<u16> = [success, definite_no, &[credential, wait]].concat();
    let count = all.len();
    all.sort_unstable();
    all.dedup();
    assert_eq!(all.len(), count);
}

async fn meaning(act: Act) -> Answer {
    let server = Server::start([act]).await;
    let call = composed(Verdict::Approve, None, None);
    let answer = queue(&server).send(&call).await;
    let asked = server.asked();
    assert_eq!(asked.len(), 1, "a write is sent once");
    assert!(asked[0].head.contains(&format!("apikey: {KEY}\r\n")));
    answer
}

#[tokio::test]
async fn every_answer_to_a_write_has_one_meaning() {
    for status in [200, 201, 202, 204] {
        let body = if status == 204 { "" } else { "{\"ok\":true}" };
        assert_eq!(
            meaning(Act::Say(json(status, body))).await.meaning,
            Meaning::Claimed,
            "{status}"
        );
        assert_eq!(
            meaning(Act::Say(reply_with(status, &[], ""))).await.meaning,
            Meaning::Claimed,
            "{status}"
        );
    }
    for status in [400, 403, 404, 405, 409, 413, 415, 417, 422] {
        for act in [
            json(status, r#"{"Message":"no"}"#),
            reply(status, "text/html", ""),
        ] {
            let Meaning::Refused(why) = meaning(Act::Say(act)).await.meaning else {
                panic!("{status} is a definite no");
            };
            assert_eq!(why, format!("answered {status}"));
        }
        let page = meaning(Act::Say(reply(status, "text/html", "<html>")))
            .await
            .meaning;
        assert!(matches!(page, Meaning::Unknown(_)), "{status}");
    }
    let rejected = meaning(Act::Say(json(401, r#"{"Message":"Invalid API key"}"#))).await;
    assert!(matches!(rejected.meaning, Meaning::CredentialRejected(_)));
    assert_eq!(rejected.said, Some("Invalid API key".into()));
    for (header, seconds) in [
        (("x-ratelimit-reset", "17"), 17),
        (("retry-after", "5"), 5),
        (("x", "y"), 10),
    ] {
        let answer = meaning(Act::Say(reply_with(429, &[header], "slow down"))).await;
        assert_eq!(answer.meaning, Meaning::Wait(Duration::from_secs(seconds)));
    }
    let odd = [
        json(200, "{\"ok\":"),
        reply(200, "text/html", "<html>Sign in</html>"),
        reply(200, "text/plain", "OK"),
        json(206, "{}"),
        json(302, ""),
        json(304, ""),
        json(408, "{}"),
        json(410, "{}"),
        json(425, "{}"),
        json(500, "{}"),
        json(502, "{}"),
        json(503, "{}"),
        json(504, "{}"),
    ];
    for act in odd
        .into_iter()
        .map(Act::Say)
        .chain([Act::Reset, Act::Hang, Act::Stall])
    {
        let answer = meaning(act).await;
        assert!(matches!(answer.meaning, Meaning::Unknown(_)), "{answer:?}");
    }
}
