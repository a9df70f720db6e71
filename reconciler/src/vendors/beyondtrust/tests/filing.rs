//! Filing and giving back: the calls of the document, what answers to them mean, and one's own lists.

use serde_json::{Value, json};

use super::*;
use crate::model::{Aim, OnConflict, Own, ReadErrorKind, ReleaseRequest, Status, Target};

fn release(target: Target, on_conflict: OnConflict) -> ReleaseRequest {
    ReleaseRequest {
        address: Address {
            queue: QueueName::new("vault").expect("a name"),
            id: target.key("CHG1"),
        },
        target,
        application: None,
        access_type: "RDP".to_owned(),
        minutes: 120,
        reason: "nightly job".to_owned(),
        ticket: "CHG1".to_owned(),
        ticket_system: None,
        schedule: None,
        on_conflict,
        rotate_on_check_in: None,
        aim: Aim::Open,
        expires: "2026-12-01T00:00:00Z".parse().expect("a moment"),
        from: Place {
            file: "decisions/x.toml".into(),
            line: 1,
            column: 1,
        },
    }
}

const ACCOUNT: Target = Target::Account {
    system: 12,
    account: 34,
};

fn filed(release: &ReleaseRequest) -> Call {
    let identity = terms("https://pam.example.com").identity(&release.address.id);
    let filing = CAPABILITIES.filing.expect("it files");
    (filing.file)(release, &Mark::of(&identity, Verdict::File))
}

fn given_back() -> Call {
    let release = release(ACCOUNT, OnConflict::Refuse);
    let identity = terms("https://pam.example.com").identity(&release.address.id);
    let filing = CAPABILITIES.filing.expect("it files");
    let mark = Mark::of(&identity, Verdict::CheckIn);
    (filing.check_in)(&release, &mark, &RequestId::canonical("4711"))
}

/// The body without the reason, which is compared by its beginning.
fn body(call: &Call) -> Value {
    let mut body = call.body.clone().expect("a body");
    let reason = body["Reason"].take();
    let reason = reason.as_str().expect("a reason");
    assert!(reason.starts_with("CHG1: nightly job [cs:"), "{reason}");
    body.as_object_mut().expect("an object").remove("Reason");
    body
}

#[test]
fn calls_are_those_of_the_document() {
    let call = filed(&release(ACCOUNT, OnConflict::Refuse));
    assert_eq!(
        (call.method, call.path.as_str()),
        (Method::Post, "/Requests")
    );
    let plain = json!({"AccessType": "RDP", "SystemID": 12, "AccountID": 34, "DurationMinutes": 120, "TicketNumber": "CHG1"});
    assert_eq!(body(&call), plain);
    let whole = ReleaseRequest {
        application: Some(78),
        access_type: "App".to_owned(),
        ticket_system: Some(3),
        schedule: Some(9),
        rotate_on_check_in: Some(false),
        ..release(ACCOUNT, OnConflict::Renew)
    };
    let expected = json!({"AccessType": "App", "SystemID": 12, "AccountID": 34, "ApplicationID": 78, "DurationMinutes": 120,
        "TicketNumber": "CHG1", "TicketSystemID": 3, "AccessPolicyScheduleID": 9, "ConflictOption": "renew", "RotateOnCheckin": false});
    assert_eq!(body(&filed(&whole)), expected);
    let call = filed(&release(Target::Alias(56), OnConflict::Reuse));
    assert_eq!(call.path, "/Aliases/56/Requests");
    assert_eq!(
        body(&call),
        json!({"AccessType": "RDP", "DurationMinutes": 120, "TicketNumber": "CHG1", "ConflictOption": "reuse"})
    );
    let call = given_back();
    assert_eq!(
        (call.method, call.path.as_str()),
        (Method::Put, "/Requests/4711/Checkin")
    );
    assert_eq!(body(&call), json!({}));
}

async fn answer_to(call: Call, act: Act) -> Answer {
    let server = Server::start([welcome(), act]).await;
    let answer = queue(&server).send(&call).await;
    assert_eq!(server.asked().len(), 2, "a filing is sent once");
    answer
}

#[tokio::test]
async fn the_answer_is_an_object_or_a_bare_number() {
    for target in [ACCOUNT, Target::Alias(56)] {
        let call = || filed(&release(target, OnConflict::Refuse));
        for (status, reused) in [(200, true), (201, false)] {
            for text in [
                "4711",
                " 4711\r\n",
                "{\"RequestID\": 4711}",
                "{\"requestId\":\"4711\"}",
            ] {
                let answer = answer_to(call(), Act::Say(json(status, text))).await;
                let id = RequestId::canonical("4711");
                assert_eq!(answer.meaning, Meaning::Filed { id, reused }, "{text}");
            }
        }
        for act in [
            json(201, ""),
            json(201, "0"),
            json(201, "-1"),
            json(201, "4711.0"),
            json(201, "[4711]"),
            json(201, "{}"),
            json(201, "{\"RequestID\":null}"),
            reply(200, "text/html", "<html>4711</html>"),
            json(204, ""),
            json(500, "4711"),
        ] {
            let answer = answer_to(call(), Act::Say(act)).await;
            assert!(matches!(answer.meaning, Meaning::Unknown(_)), "{answer:?}");
        }
    }
}

#[tokio::test]
async fn each_code_is_explained_where_it_stands() {
    let file = || filed(&release(ACCOUNT, OnConflict::Refuse));
    let by_alias = || filed(&release(Target::Alias(56), OnConflict::Refuse));
    let cases: [(Call, u16, &str, &str); 12] = [
        (file(), 403, "4031", "not one of this system"),
        (file(), 403, "\"4033\"", "only approvers may use"),
        (file(), 403, "4035 - Not enough", "not enough approvers"),
        (file(), 409, "4091", "code 409: this user or another"),
        (file(), 409, "", "code 409: this user or another"),
        (by_alias(), 403, "4031", "behind this alias"),
        // A 409 is the conflict, whatever number its words hold.
        (file(), 409, "4031", "code 409: this user or another"),
        (
            file(),
            409,
            "Conflicting request 4031 exists.",
            "code 409: this user or another",
        ),
        (by_alias(), 409, "", "code 409"),
        (by_alias(), 409, "\"4035 - there\"", "code 409"),
        (given_back(), 403, "4031", "may not give this request back"),
        (given_back(), 403, "\"4034\"", "not approved yet"),
    ];
    for (call, status, text, words) in cases {
        let answer = answer_to(call, Act::Say(json(status, text))).await;
        let why = match (status, answer.meaning) {
            (409, Meaning::Conflict(why)) | (403, Meaning::Refused(why)) => why,
            (_, other) => panic!("{other:?}"),
        };
        assert!(why.contains(words), "{why}");
    }
    for call in [file(), by_alias(), given_back()] {
        let lost = answer_to(call, Act::Reset).await;
        assert!(matches!(lost.meaning, Meaning::Unknown(_)));
    }
    let done = answer_to(given_back(), Act::Say(reply_with(204, &[], ""))).await;
    assert_eq!(done.meaning, Meaning::Claimed);
    let odd = answer_to(given_back(), Act::Say(json(200, ""))).await;
    assert!(matches!(odd.meaning, Meaning::Unknown(_)));
}

#[tokio::test]
async fn one_s_own_lists_are_the_requestor_s() {
    let row = r#"{"RequestID":1,"SystemID":12,"AccountID":34,"AliasID":56,"AccessType":"RDP"}"#;
    let script = [
        welcome(),
        say(&format!("[{row}]")),
        say(&format!("[{}]", row.replace(":1,", ":2,"))),
    ];
    let server = Server::start(script).await;
    let looked = queue(&server).own().await;
    let Own::Read(requests) = looked.own else {
        panic!("{looked:?}");
    };
    let standing: Vec<(&str, &Status)> = requests
        .iter()
        .map(|one| (one.id.as_str(), &one.status))
        .collect();
    assert_eq!(
        standing,
        [("1", &Status::Pending), ("2", &Status::Approved)]
    );
    assert!(ACCOUNT.is_of(&requests[0]) && Target::Alias(56).is_of(&requests[0]));
    assert!(!Target::Alias(5).is_of(&requests[0]));
    assert_eq!(
        lines(&server.asked())[1..],
        [
            "GET /Requests?status=pending&queue=req",
            "GET /Requests?status=active&queue=req"
        ]
    );
    // One row that cannot be read could be any of them.
    let server = Server::start([
        welcome(),
        say(&format!("[{row},{{\"RequestID\":2,\"AccountID\":[]}}]")),
        say("[]"),
    ])
    .await;
    let looked = queue(&server).own().await;
    assert!(matches!(looked.own, Own::Failed(why) if why.kind == ReadErrorKind::Malformed));
    // Another user's own requests are not the decider's.
    let server = Server::start([]).await;
    let looked = queue_of(&server, ps_auth(), Eyes::OfAnother).own().await;
    assert!(matches!(looked.own, Own::Failed(why) if why.kind == ReadErrorKind::OutOfSight));
    assert_eq!(server.asked().len(), 0);
}
