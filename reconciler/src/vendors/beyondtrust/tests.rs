//! The adapter as a queue, against canned answers: what is asked, what is told, what answers mean.

mod filing;
mod reads;
mod session;

use std::num::NonZeroUsize;
use std::time::Duration;

use super::*;
use crate::model::{
    Address, Deciding, Decision, Guard, Mark, Method, Place, QueueName, Repeat, Verdict,
};
use crate::vendors::http::tests::server::{Act, Asked, Server, json, reply, reply_with};
use crate::vendors::http::tests::settings;

const KEY: &str = "c479a66f73c479a66f73c479a66f73";
const COOKIE: &str = "ASP.NET_SessionId=s1ngle";

fn terms(origin: &str) -> Terms {
    Terms {
        queue: QueueName::new("vault").expect("a name"),
        origin: origin.to_owned(),
        organization: None,
        deciding: Deciding {
            credential: "env BT_API_KEY".to_owned(),
            acting_as: None,
            run_as: Some("svc-approver".to_owned()),
            client: None,
        },
        deciders: Vec::new(),
        can: &CAPABILITIES,
        parallelism: NonZeroUsize::MIN,
        rate: None,
    }
}

fn ps_auth() -> Account {
    Account::PsAuth {
        key: KEY.into(),
        run_as: "svc-approver".to_owned(),
        password: Some("p@ss".into()),
    }
}

fn queue_of(server: &Server, account: Account, eyes: Eyes) -> Beyondtrust {
    let url = server.url();
    connect(terms(&url), settings(&url), account, eyes, 10_000).expect("usable settings")
}

fn queue(server: &Server) -> Beyondtrust {
    queue_of(server, ps_auth(), Eyes::OfDecider)
}

/// The answer to signing in.
fn welcome() -> Act {
    let cookie = format!("{COOKIE}; path=/; HttpOnly; SameSite=Lax");
    Act::Say(reply_with(
        200,
        &[
            ("content-type", "application/json"),
            ("set-cookie", &cookie),
        ],
        r#"{"UserId":3,"EmailAddress":"a@example.com","UserName":"svc-approver","Name":"x"}"#,
    ))
}

fn say(body: &str) -> Act {
    Act::Say(json(200, body))
}

/// `METHOD path` of each request.
fn lines(asked: &[Asked]) -> Vec<String> {
    let line = |one: &Asked| {
        let line = one.head.lines().next().unwrap_or_default();
        line.trim_end_matches(" HTTP/1.1").to_owned()
    };
    asked.iter().map(line).collect()
}

fn decision(verdict: Verdict) -> Decision {
    Decision {
        address: Address {
            queue: QueueName::new("vault").expect("a name"),
            id: RequestId::canonical("4711"),
        },
        verdict,
        ticket: "CHG0031337".to_owned(),
        reason: "nightly \"etl\" job".to_owned(),
        expires: "2026-12-01T00:00:00Z".parse().expect("a moment"),
        decided_by: None,
        guard: Guard::default(),
        permit: None,
        from: Place {
            file: "decisions/x.toml".into(),
            line: 1,
            column: 1,
        },
    }
}

fn composed(verdict: Verdict) -> Call {
    let terms = terms("https://pam.example.com");
    let decision = decision(verdict);
    let mark = Mark::of(&terms.identity(&decision.address.id), verdict);
    let operation = CAPABILITIES.operation(verdict).expect("it can");
    let facts = crate::model::Facts::new();
    let live = crate::model::Live {
        facts: &facts,
        grounds: None,
    };
    (operation.compose)(&terms, &decision, &mark, &live)
}

#[test]
fn calls_are_those_of_the_document() {
    for (verdict, path) in [
        (Verdict::Approve, "/Requests/4711/Approve"),
        (Verdict::Deny, "/Requests/4711/Deny"),
        (Verdict::Revoke, "/Requests/4711/Deny"),
    ] {
        let call = composed(verdict);
        assert_eq!((call.method, call.path.as_str()), (Method::Put, path));
        assert_eq!(call.query, []);
        let body = call.body.expect("a body");
        let reason = body["Reason"].as_str().expect("a reason");
        assert!(reason.starts_with("CHG0031337: nightly \"etl\" job [cs:"));
        assert_eq!(body.as_object().map(serde_json::Map::len), Some(1));
    }
    // The mark of a deny and of a revoke are two marks, though the call is the same.
    assert_ne!(composed(Verdict::Deny).body, composed(Verdict::Revoke).body);
}

#[test]
fn repeats_are_what_the_document_says_of_them() {
    let repeat = |verdict| CAPABILITIES.operation(verdict).map(|one| one.repeat);
    assert_eq!(repeat(Verdict::Approve), Some(Repeat::Rejected));
    assert_eq!(repeat(Verdict::Deny), Some(Repeat::MayCancel));
    assert_eq!(repeat(Verdict::Revoke), Some(Repeat::MayCancel));
}

#[test]
fn ids_have_one_form() {
    let canonical = |raw| (CAPABILITIES.canonical_id)(raw).map(|id| id.as_str().to_owned());
    assert_eq!(canonical("4711"), Ok("4711".to_owned()));
    assert_eq!(canonical("007"), Ok("7".to_owned()));
    for raw in [
        "",
        " 7",
        "-7",
        "7.0",
        "0x7",
        "٣",
        "../7",
        "7/Deny",
        "7?x",
        "99999999999999999999",
    ] {
        assert!(canonical(raw).is_err(), "{raw}");
    }
}

#[test]
fn the_outcome_tables_do_not_overlap() {
    let Outcomes {
        decided,
        reused,
        filed,
        definite_no,
        coded,
        credential,
        wait,
        wait_unasked: _,
    } = OUTCOMES;
    assert!(definite_no.contains(&coded));
    let mut all: Vec<u16> = [definite_no, &[decided, reused, filed, credential, wait]].concat();
    let count = all.len();
    all.sort_unstable();
    all.dedup();
    assert_eq!(all.len(), count);
    for (nth, code) in CODES.iter().enumerate() {
        let twice = CODES
            .iter()
            .skip(nth + 1)
            .any(|other| other.at == code.at && other.code == code.code);
        assert!(!twice, "{code:?}");
        let sentence = answers::sentence(403, code);
        assert!(sentence.contains(code.code) && !sentence.contains('\n'));
        assert!(!code.means.is_empty() && !code.todo.is_empty());
    }
}

async fn answer(verdict: Verdict, act: Act) -> Answer {
    let server = Server::start([welcome(), act]).await;
    let queue = queue(&server);
    let answer = queue.send(&composed(verdict)).await;
    let asked = server.asked();
    assert_eq!(asked.len(), 2, "a write is sent once: {:?}", lines(&asked));
    let sent = &asked[1];
    assert_ne!(
        sent.connection, asked[0].connection,
        "a connection of its own"
    );
    assert!(sent.head.contains("content-type: application/json\r\n"));
    assert!(sent.head.contains(&format!("cookie: {COOKIE}\r\n")));
    assert!(sent.head.contains("authorization: PS-Auth key="));
    assert!(
        sent.body
            .starts_with("{\"Reason\":\"CHG0031337: nightly \\\"etl\\\" job [cs:"),
        "{}",
        sent.body
    );
    answer
}

#[tokio::test]
async fn only_a_bare_204_claims() {
    for verdict in Verdict::ALL {
        let done = answer(verdict, Act::Say(reply_with(204, &[], ""))).await;
        assert_eq!((done.meaning, done.said), (Meaning::Claimed, None));
        for act in [
            json(200, "{}"),
            json(200, ""),
            json(201, "4711"),
            reply(200, "text/html", "<html>Sign in</html>"),
            json(302, ""),
            json(408, ""),
            json(410, ""),
            json(425, ""),
            json(500, "\"4036\""),
            json(503, ""),
            reply(403, "text/html", "<html>4036</html>"),
            reply(401, "text/html", "<!DOCTYPE html>"),
        ] {
            let answer = answer(verdict, Act::Say(act)).await;
            assert!(matches!(answer.meaning, Meaning::Unknown(_)), "{answer:?}");
        }
        for act in [Act::Reset, Act::Hang, Act::Stall] {
            let answer = answer(verdict, act).await;
            assert!(matches!(answer.meaning, Meaning::Unknown(_)), "{answer:?}");
        }
    }
}

#[tokio::test]
async fn each_code_is_explained_for_its_endpoint_in_every_form() {
    let forms = |code: &str| {
        [
            reply(403, "text/plain", code),
            json(403, code),
            json(403, &format!("\"{code}\"")),
            json(403, &format!("\"User 12 may not: {code}.\"")),
        ]
    };
    for act in forms("4036") {
        let answer = answer(Verdict::Approve, Act::Say(act)).await;
        let Meaning::DoneBefore(why) = answer.meaning else {
            panic!("{answer:?}");
        };
        assert!(
            why.starts_with("answered 403, code 4036: it has been approved already"),
            "{why}"
        );
    }
    for (verdict, words) in [
        (Verdict::Approve, "approve his or her own"),
        (Verdict::Deny, "deny his or her own"),
    ] {
        for act in forms("4033") {
            let answer = answer(verdict, Act::Say(act)).await;
            let Meaning::Refused(why) = &answer.meaning else {
                panic!("{answer:?}");
            };
            assert!(why.contains("code 4033") && why.contains(words), "{why}");
            assert!(answer.said.is_some_and(|said| said.raw().contains("4033")));
        }
    }
    // Not documented for this endpoint: a no, and its number stands in the vendor's words.
    for act in forms("4036") {
        let answer = answer(Verdict::Deny, Act::Say(act)).await;
        assert_eq!(answer.meaning, Meaning::Refused("answered 403".to_owned()));
    }
    // A 404 that mentions a code says nothing about it.
    let gone = answer(Verdict::Approve, Act::Say(json(404, "\"4036\""))).await;
    assert_eq!(gone.meaning, Meaning::Refused("answered 404".to_owned()));
}

#[tokio::test]
async fn a_definite_no_is_one() {
    for status in [400, 403, 404, 405, 409, 413, 415, 417, 422] {
        let no = answer(Verdict::Deny, Act::Say(json(status, ""))).await;
        assert_eq!(no.meaning, Meaning::Refused(format!("answered {status}")));
    }
    let wait = answer(
        Verdict::Approve,
        Act::Say(reply_with(429, &[("retry-after", "5")], "")),
    )
    .await;
    assert_eq!(wait.meaning, Meaning::Wait(Duration::from_secs(5)));
}
