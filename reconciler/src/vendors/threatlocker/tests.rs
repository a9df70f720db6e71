//! The adapter against the samples of the vendor's document, and against canned answers.

mod accounts;
mod bodies;
mod calls;
mod grounds;
mod protocol;
mod told;

use std::num::NonZeroUsize;

use serde_json::{Value, json};

use super::*;
use crate::model::{
    Address, Deciding, Decision, Facts, Guard, Live, Mark, PermitApplication, PermitMode,
    PermitPolicy, PermitScope, Place, QueueName, Verdict,
};
use crate::vendors::http::tests::server::{Act, Server, json as say, reply_with};
use crate::vendors::http::tests::settings;

const ORGANIZATION: &str = "9b2c1c1e-0000-4000-8000-00000000000a";
const ID: &str = "7f3e1d00-0000-4000-8000-000000000001";
const TOKEN: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

/// The document's sample of a permit document, its placeholders filled in.
fn sample() -> Value {
    serde_json::from_str(include_str!("tests/document.json")).expect("JSON")
}

/// The document's sample of a row.
fn row() -> Value {
    serde_json::from_str(include_str!("tests/row.json")).expect("JSON")
}

/// The sample with one value replaced, by its path.
fn with(path: &str, value: Value) -> Value {
    let mut whole = sample();
    *whole.pointer_mut(path).expect(path) = value;
    whole
}

fn read(value: Value) -> Result<Document, String> {
    Document::read(value, &RequestId::canonical(ID), ORGANIZATION)
}

fn facts(value: Value) -> Facts {
    read(value).expect("a document").request.facts
}

fn terms(origin: &str) -> Terms {
    Terms {
        queue: QueueName::new("allowlist").expect("a name"),
        origin: origin.to_owned(),
        organization: Some(ORGANIZATION.to_owned()),
        deciding: Deciding {
            credential: "env TL_TOKEN".to_owned(),
            acting_as: None,
            run_as: None,
            client: None,
        },
        deciders: Vec::new(),
        can: &CAPABILITIES,
        parallelism: NonZeroUsize::MIN,
        rate: None,
    }
}

fn queue(server: &Server) -> ThreatLocker {
    queue_read_with(server, Eyes::OfDecider)
}

fn queue_read_with(server: &Server, eyes: Eyes) -> ThreatLocker {
    let url = server.url();
    let organizations = vec![ORGANIZATION.to_owned()];
    connect(
        terms(&url),
        settings(&url),
        TOKEN.into(),
        organizations,
        eyes,
        1000,
    )
    .expect("usable")
}

fn narrow() -> Permit {
    Permit {
        application: PermitApplication::New("Debug View".to_owned()),
        scope: PermitScope::Computer,
        rules: Vec::new(),
        policy: PermitPolicy::New,
        mode: PermitMode::Rules,
        elevation: false,
        ringfence: None,
        notify: false,
        policy_expires: None,
    }
}

fn decision(verdict: Verdict, permit: Option<Permit>) -> Decision {
    Decision {
        address: Address {
            queue: QueueName::new("allowlist").expect("a name"),
            id: RequestId::canonical(ID),
        },
        verdict,
        ticket: "CHG0031337".to_owned(),
        reason: "vendor case 5512".to_owned(),
        expires: "2026-12-01T00:00:00Z".parse().expect("a moment"),
        decided_by: None,
        guard: Guard::default(),
        permit: permit.map(Box::new),
        from: Place {
            file: "decisions/x.toml".into(),
            line: 1,
            column: 1,
        },
    }
}

fn mark(verdict: Verdict) -> Mark {
    let id = RequestId::canonical(ID);
    Mark::of(&terms("https://x.example.com").identity(&id), verdict)
}

fn composed(decision: &Decision, facts: &Facts, grounds: &Grounds) -> Call {
    let live = Live {
        facts,
        grounds: Some(grounds),
    };
    let operation = CAPABILITIES.operation(decision.verdict).expect("it can");
    let terms = terms("https://x.example.com");
    (operation.compose)(&terms, decision, &mark(decision.verdict), &live)
}

#[test]
fn the_sample_is_read_with_every_guard_key() {
    let request = read(sample()).expect("a document").request;
    let shown: Vec<(&str, &str)> = CAPABILITIES
        .facts
        .iter()
        .map(|fact| {
            (
                fact.key,
                request.facts.get(fact.key).map_or("", |text| text.raw()),
            )
        })
        .collect();
    assert_eq!(
        shown[..13],
        [
            ("organization", ORGANIZATION),
            ("computer", "FIN-LT-22"),
            ("user", "CORP\\anna"),
            ("path", "C:\\Tools\\dbgview.exe"),
            ("hash", "AB12"),
            ("sha256", "61B4"),
            ("certificate", "CN=Example [C0FFEE]"),
            ("computer-id", "11111111-0000-4000-8000-000000000001"),
            ("os", "Windows"),
            ("action", "execute"),
            ("elevation", "no"),
            ("requestor", "anna"),
            ("reason", "Need it"),
        ]
    );
    assert_eq!((shown[13].0, shown[13].1.len()), ("json-digest", 64));
    assert_eq!((request.status, request.beyond), (Status::Pending, None));
    assert_eq!((request.ticket, request.decided.by), (None, None));
}

#[test]
fn every_status_number_has_one_meaning_and_others_are_unknown() {
    let word = |value: Value| match read(with("/approvalRequest/statusId", value))
        .expect("one")
        .request
        .status
    {
        Status::Unknown(raw) => format!("unknown {}", raw.raw()),
        known @ (Status::Pending
        | Status::Approved
        | Status::InUse
        | Status::Finished
        | Status::Denied
        | Status::Revoked
        | Status::Expired
        | Status::Quarantined) => known.word().to_owned(),
    };
    let words: Vec<String> = [1, 4, 12, 16, 10, 6, 13, 17, 2, 3, 0]
        .map(|one| word(json!(one)))
        .into();
    assert_eq!(
        words,
        [
            "pending",
            "approved",
            "approved",
            "approved",
            "denied",
            "unknown 6 Not Learned",
            "unknown 13 Escalated to MSP",
            "unknown 17 Escalated by Customer",
            "unknown 2",
            "unknown 3",
            "unknown 0"
        ]
    );
    assert_eq!(word(Value::Null), "unknown no statusId");
    assert_eq!(word(json!("1")), "unknown statusId is not a number");
    assert_eq!(word(json!(1.5)), "unknown 1.5");
}

#[test]
fn a_decision_moves_no_fact() {
    let before = facts(sample());
    for (path, value) in [
        ("/approvalRequest/statusId", json!(4)),
        ("/approvalRequest/approvedBy", json!("tool@example.com")),
        ("/approvalRequest/actionDate", json!("2026-03-02T08:00:00Z")),
        ("/approvalRequest/ticketId", json!("CHG1")),
        ("/approvalRequest/comments", json!("done")),
        ("/approvalRequest/approvalCount", json!(1)),
        ("/approvalRequest/pendingTierLevel", json!(2)),
        ("/approvalRequest/policyId", json!(ID)),
        ("/fileDetails/approvalStatus", json!("Approved")),
        ("/adminNotes/comments", json!("done")),
        ("/approvalRequest/isAssigned", json!(true)),
    ] {
        assert_eq!(facts(with(path, value)), before, "{path}");
    }
    let json = "/approvalRequest/json";
    assert_ne!(facts(with(json, json!("{}"))), before);
    assert_ne!(facts(with("/computerGroupId", json!(ID))), before);
}

#[test]
fn reasons_are_decoded_and_notes_show_the_mark() {
    let mut whole = with("/fileDetails/requestorReason", json!(""));
    let reason = |whole: &Value| {
        facts(whole.clone())
            .get("reason")
            .expect("shown")
            .raw()
            .to_owned()
    };
    assert_eq!(reason(&whole), "Need it");
    whole["approvalRequest"]["requestorReason"] = json!("no base64 at all");
    assert_eq!(reason(&whole), "no base64 at all");
    assert_eq!(base64::text("4pyT"), Some("✓".to_owned()));
    assert_eq!(base64::text("YQ=="), Some("a".to_owned()));
    for wrong in ["", "YQ=", "YQ", "YR==", "Y===", "====", "Y Q=", "/w=="] {
        assert_eq!(base64::text(wrong), None, "{wrong}");
    }
    for path in [
        "/approvalRequest/comments",
        "/adminNotes/comments",
        "/responseReason",
    ] {
        let request = read(with(path, json!("CHG1: x [cs:00000000]")))
            .expect("one")
            .request;
        assert!(
            request
                .decided
                .note
                .expect("a note")
                .raw()
                .contains("[cs:00000000]"),
            "{path}"
        );
    }
}

#[test]
fn sorts_of_requests_that_this_call_does_not_serve_are_told() {
    let beyond = |whole: Value| read(whole).expect("one").request.beyond.unwrap_or_default();
    let level = "/approvalRequest/multiLevelApprovalRequestId";
    assert!(beyond(with(level, json!(ID))).starts_with("multi-level"));
    assert_eq!(
        beyond(with(level, json!("00000000-0000-0000-0000-000000000000"))),
        ""
    );
    for name in ["pendingTierLevel", "multiLevelApprovalStatusId"] {
        let path = format!("/approvalRequest/{name}");
        assert!(beyond(with(&path, json!(2))).starts_with("multi-level"));
        assert!(beyond(with(&path, json!("2"))).starts_with("multi-level"));
    }
    assert!(beyond(with("/isExecutionRequest", json!(false))).contains("other than to run"));
    assert!(beyond(with("/actionType", json!("read"))).starts_with("storage"));
    assert!(beyond(with("/isExtensionRequest", json!(true))).contains("extensions"));
    let mut elevated = with("/isElevationRequest", json!(true));
    elevated["isExecutionRequest"] = json!(false);
    assert_eq!(
        facts(elevated.clone())
            .get("elevation")
            .expect("shown")
            .raw(),
        "yes"
    );
    assert_eq!(beyond(elevated), "");
}

#[test]
fn what_is_sent_back_as_it_is_stands_in_the_digest() {
    let digest = |whole: Value| {
        facts(whole)
            .get("json-digest")
            .expect("shown")
            .raw()
            .to_owned()
    };
    let as_reviewed = digest(sample());
    for (path, value) in [
        (
            "/approvalRequest/threatLockerActionDto/installedBy",
            json!(["*"]),
        ),
        (
            "/approvalRequest/threatLockerActionDto/certs",
            json!([{ "subject": "CN=Evil", "novel": 1 }]),
        ),
        ("/approvalRequest/threatLockerActionDto/policyId", json!(ID)),
        ("/fileDetails/createdByProcesses", json!(["*"])),
        ("/fileDetails/filename", json!("other.exe")),
        ("/userInstance", json!("h")),
    ] {
        assert_ne!(digest(with(path, value)), as_reviewed, "{path}");
    }
}

#[test]
fn documents_of_other_requests_and_odd_ones_are_refused() {
    let other = "00000000-0000-4000-8000-000000000009";
    for (path, value) in [
        ("/approvalRequest/approvalRequestId", json!(other)),
        ("/organizationId", json!(other)),
        ("/approvalRequest/organizationId", json!(other)),
        ("/approvalRequest/computerId", json!(other)),
        ("/osType", json!("1")),
        ("/isElevationRequest", Value::Null),
        ("/fileDetails/fullPath", json!(7)),
        ("/fileDetails/certificates", json!("CN=x")),
    ] {
        assert!(read(with(path, value)).is_err(), "{path}");
    }
    assert!(read(json!([])).is_err());
    assert!(strict::parse(br#"{"a":1,"a":2}"#).is_err());
    assert_eq!(strict::parse(b"null"), Ok(Value::Null));
}

#[test]
fn what_a_permit_could_stumble_over_is_an_obstacle() {
    let obstacles = |whole: Value| read(whole).expect("one").request.obstacles;
    assert_eq!(
        obstacles(sample()),
        Vec::<String>::new(),
        "the sample itself"
    );
    for path in [
        "",
        "/approvalRequest",
        "/policyConditions",
        "/policyLevel",
        "/matchingApplications",
        "/matchingApplications/existingApplication",
        "/ringfencingOptions",
        "/fileDetails",
        "/adminNotes",
        "/actionLog",
        "/approvalRequest/threatLockerActionDto",
    ] {
        let mut whole = sample();
        let object = whole
            .pointer_mut(path)
            .and_then(Value::as_object_mut)
            .expect(path);
        object.insert("toEveryone\u{1b}".to_owned(), json!(true));
        let found = obstacles(whole);
        assert!(found[0].ends_with("toEveryone"), "{path}: {found:?}");
    }
    for path in [
        "/approvalRequest/showMfaChallenge",
        "/approvalRequest/showMfaRegistration",
    ] {
        for asked in [json!(true), json!("true"), json!(1)] {
            assert_eq!(obstacles(with(path, asked)).len(), 1, "{path}");
        }
    }
    // An action log is of another way to a permit: in a request's document it says nothing of a file or a policy.
    for (path, value) in [
        ("/actionLog/fullPath", json!("*")),
        (
            "/actionLog/organizationParents",
            json!([{ "novelScope": 1 }]),
        ),
        ("/actionLog/threatLockerItem", json!({ "novel": true })),
        (
            "/actionLog/learningModeEndDate",
            json!("2027-01-01T00:00:00Z"),
        ),
        ("/isFromActionLog", json!(true)),
    ] {
        let found = obstacles(with(path, value));
        assert!(found[0].contains("action log"), "{path}: {found:?}");
    }
    let mut nowhere = with("/computerId", Value::Null);
    nowhere["approvalRequest"]["computerId"] = json!("00000000-0000-0000-0000-000000000000");
    assert!(obstacles(nowhere)[0].contains("no computer"));
    assert_eq!(
        obstacles(with("/approvalRequest/json", Value::Null)).len(),
        1
    );
    assert_eq!(obstacles(with("/policyLevel", json!([1]))).len(), 1);
}
