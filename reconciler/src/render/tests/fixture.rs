//! Plans and reports with fixed data.

use std::time::Duration;

use crate::apply::{Ended, Report, Settlement};
use crate::model::{
    Address, Call, Change, Deciding, Decision, Effort, Guard, Identity, LineDigest, Mark, Method,
    OnConflict, Outcome, Place, QueueName, Release, Repeat, RequestId, Status, Target, Undecided,
    Vendor, VendorText, Verdict, Way, sha256_hex,
};
use crate::plan::{Hold, Inert, Mismatch, Plan, Settled, SettledBy, Unread, Why};
use crate::render::Style;
use crate::render::plan::{PlanContext, QueueRead};
use crate::vendors::admin_by_request::CAPABILITIES;

pub(super) const AT_80: Style = Style {
    width: 80,
    colour: false,
    verbose: false,
};

pub(super) const AT_200: Style = Style {
    width: 200,
    ..AT_80
};

pub(super) fn address(id: &str) -> Address {
    Address {
        queue: QueueName::new("helpdesk").unwrap(),
        id: RequestId::canonical(id),
    }
}

pub(super) fn place(id: &str) -> Place {
    Place {
        file: format!("decisions/helpdesk/{id}.toml").into(),
        line: 1,
        column: 1,
    }
}

pub(super) fn guard(text: &str) -> Guard {
    let facts = [
        ("user", format!("AZUREAD\\ANNA{text}")),
        ("email", "anna@example.com".to_owned()),
        ("computer", "FIN-LT-22".to_owned()),
        ("file", format!("dbgview.exe{text}")),
        ("vendor", "Sysinternals".to_owned()),
        ("version", "4.90".to_owned()),
        ("sha256", sha256_hex(b"dbgview")),
        ("type", "Run As Admin".to_owned()),
        ("reason", format!("Driver fault on my machine{text}")),
        ("settings", "Global".to_owned()),
    ];
    Guard {
        fingerprint: Some(format!("v1:sha256:{}", sha256_hex(b"fingerprint"))),
        facts: facts
            .into_iter()
            .map(|(key, value)| (key.to_owned(), value))
            .collect(),
    }
}

/// A change whose every free text ends with `text`.
pub(super) fn change(verdict: Verdict, id: &str, text: &str) -> Change {
    let identity = Identity {
        vendor: Vendor::AdminByRequest,
        origin: "https://dc1api.adminbyrequest.com".to_owned(),
        organization: None,
        id: RequestId::canonical(id),
    };
    let mut from = place(id);
    from.file = format!("{}{text}", from.file).into();
    Change {
        mark: Mark::of(&identity, verdict),
        identity,
        decision: std::sync::Arc::new(Decision {
            address: address(id),
            verdict,
            ticket: format!("CHG00313{id}{text}"),
            reason: format!("Driver fault, vendor case 5512{text}"),
            expires: "2026-12-01T00:00:00Z".parse().unwrap(),
            decided_by: Some(format!("boss@example.com{text}")),
            guard: guard(text),
            permit: None,
            from,
        }),
        expects: Some(Status::Pending),
        release: None,
        call: Call {
            method: Method::Put,
            path: format!("/requests/{id}"),
            query: vec![],
            body: None,
            organization: None,
            over: None,
        },
        permits: Vec::new(),
        research: Vec::new(),
        // A plan file can say anything here too.
        lasts: (!text.is_empty()).then(|| format!("8 hours{text}")),
        deciding: Deciding {
            credential: "env ABR_API_KEY".to_owned(),
            acting_as: Some("countersign@example.com".to_owned()),
            run_as: None,
            client: None,
        },
        repeat: Repeat::Ignored,
        content_changed: vec![],
        alarms: Vec::new(),
        cannot_verify: vec!["which ticket a request belongs to".into()],
        notifies: "the user, by email".into(),
        undo: "in the portal only".into(),
        digest: LineDigest(format!("sha256:{}", sha256_hex(id.as_bytes()))),
    }
}

/// A filing whose every free text ends with `text`: a plan file can say anything.
pub(super) fn filing(text: &str) -> Change {
    let ids = vec![RequestId::canonical(&format!("4711{text}"))];
    let plain = change(Verdict::File, "35", text);
    Change {
        expects: None,
        release: Some(Box::new(Release {
            target: Target::Alias(56),
            sees: ids.clone(),
            takes: ids,
            on_conflict: OnConflict::Renew,
            shows: [(format!("access-type{text}"), format!("RDP{text}"))].into(),
            minutes: Some(120),
            kept: vec![format!("rotate{text}")],
            gives_back: None,
        })),
        call: Call {
            method: Method::Post,
            path: "/Aliases/56/Requests".to_owned(),
            query: vec![],
            body: Some(serde_json::json!({ format!("AccessType{text}"): format!("RDP{text}") })),
            organization: None,
            over: None,
        },
        ..plain
    }
}

/// A filing that earlier runs made.
pub(super) fn filed(text: &str) -> Settled {
    Settled {
        address: address("36"),
        verdict: Verdict::File,
        ticket: format!("CHG36{text}"),
        from: place("36"),
        settled: SettledBy::Filed {
            seq: 13,
            id: RequestId::canonical(&format!("4712{text}")),
            stands: Some(format!("pending{text}")),
        },
        votes: None,
        by: None,
    }
}

fn hold(id: &str, why: Why, reason: &str, text: &str) -> Hold {
    let about = why.about();
    let (class, next) = (
        about.class,
        about.todo.replace("QUEUE/ID", &address(id).to_string()),
    );
    Hold {
        address: address(id),
        verdict: Some(Verdict::Approve),
        ticket: Some(format!("CHG00313{id}{text}")),
        from: place(id),
        class,
        reason: format!("{reason}{text}"),
        next,
        why,
    }
}

pub(super) fn mismatch(key: &str, was: &str, is: &str) -> Mismatch {
    Mismatch {
        key: key.to_owned(),
        was: was.to_owned(),
        is: VendorText::new(is),
        covers: vec![],
    }
}

/// A bit of everything; every free text ends with `text`.
pub(super) fn plan(text: &str) -> Plan {
    let mut changed = change(Verdict::Deny, "14", text);
    changed.content_changed = vec!["file".to_owned(), "sha256".to_owned()];
    let differences = vec![
        mismatch("version", &format!("4.90{text}"), &format!("4.91{text}")),
        mismatch("sha256", &sha256_hex(b"one"), &sha256_hex(b"two")),
        mismatch(
            "file",
            r"C:\Program Files\Vendor\Deep\Folder\Of\Tools\That\Are\Long\dbgview.exe",
            &format!(
                r"C:\Program Files\Vendor\Deep\Folder\0f\Tools\That\Are\Long\dbgview.exe{text}"
            ),
        ),
    ];
    let contradicted = Why::Contradicted {
        status: "denied".to_owned(),
        by: Some(VendorText::new(format!("m.lee@example.com{text}"))),
        ours: None,
        revocable: false,
    };
    Plan {
        changes: vec![changed, change(Verdict::Approve, "27", text)],
        settled: vec![Settled {
            address: address("3"),
            verdict: Verdict::Approve,
            ticket: format!("CHG3{text}"),
            from: place("3"),
            settled: SettledBy::Us {
                seq: 12,
                outcome: "applied".to_owned(),
            },
            votes: None,
            by: Some(VendorText::new(format!("countersign@example.com{text}"))),
        }],
        holds: vec![
            hold(
                "28",
                Why::GuardMismatch { differences },
                "changed since review: version",
                text,
            ),
            hold("29", contradicted, "the vendor shows it denied", text),
            hold(
                "30",
                Why::NotGrantedYet,
                "not granted yet: still pending",
                text,
            ),
        ],
        undecided: vec![Undecided {
            address: address("40"),
            from: place("40"),
        }],
        unread: vec![Unread {
            queue: QueueName::new("vault").unwrap(),
            kind: crate::model::ReadErrorKind::Unreachable,
            why: format!("GET /Requests: connection refused{text}"),
            hint: "countersign doctor".to_owned(),
            said: Some(VendorText::new(format!("try later{text}"))),
        }],
        inert: vec![Inert {
            address: address("1"),
            verdict: Verdict::Deny,
            expires: "2026-11-01T00:00:00Z".parse().unwrap(),
            from: place("1"),
        }],
        ..Plan::default()
    }
}

/// So many changes and nothing else.
pub(super) fn many(verdict: Verdict, count: usize) -> Plan {
    let change = |n: usize| change(verdict, &(100 + n).to_string(), "");
    Plan {
        changes: (0..count).map(change).collect(),
        ..Plan::default()
    }
}

pub(super) fn context() -> PlanContext {
    let queue = QueueName::new("helpdesk").unwrap();
    PlanContext {
        name: "countersign.toml".to_owned(),
        commit: Some("9ab2e10c4d5e6f708192a3b4c5d6e7f8091a2b3c".to_owned()),
        read_at: Some("2026-11-22T09:12:04Z".parse().unwrap()),
        queues: vec![QueueRead {
            queue: queue.clone(),
            way: Way::Pending,
            effort: Effort {
                why: "500 named, more than 128, and the vendor lists the pending ones alone"
                    .to_owned(),
                looked_up: 12,
                at_once: 8,
                took: Duration::from_millis(12_900),
            },
            own: false,
            calls: 14,
            rows: 312,
            unreadable: 0,
        }],
        notes: vec!["the clock is virtual: http://127.0.0.1:7700".to_owned()],
        capabilities: [(queue, &CAPABILITIES)].into(),
        saved: None,
    }
}

pub(super) fn ended(verdict: Verdict, id: &str, outcome: Outcome) -> Ended {
    let change = change(verdict, id, "");
    Ended {
        address: change.decision.address.clone(),
        verdict,
        ticket: change.decision.ticket.clone(),
        from: change.decision.from.clone(),
        digest: change.digest,
        intent: Some(7),
        spent_before: false,
        outcome,
    }
}

pub(super) fn report(text: &str) -> Report {
    let by = || Some(VendorText::new(format!("m.lee@example.com{text}")));
    let why = |why: &str| format!("{why}{text}");
    let outcomes = [
        (Verdict::Deny, Outcome::Applied),
        (Verdict::Approve, Outcome::AlreadyDecided { by: by() }),
        (
            Verdict::Approve,
            Outcome::Stale {
                why: why("file differs"),
                by: by(),
            },
        ),
        (
            Verdict::Approve,
            Outcome::Contradicted {
                status: why("denied"),
                by: by(),
            },
        ),
        (
            Verdict::Approve,
            Outcome::Refused {
                why: why("403: no rights"),
                said: Some("Request is locked".into()),
                conflict: false,
            },
        ),
        (
            Verdict::Approve,
            Outcome::NotSent {
                why: why("connection refused"),
                may_have_left: false,
            },
        ),
        (
            Verdict::Approve,
            Outcome::InDoubt {
                why: why("no answer within 30 s"),
            },
        ),
    ];
    Report {
        recovered: vec![Settlement {
            address: address("9"),
            verdict: Verdict::Approve,
            ticket: format!("CHG9{text}"),
            from: place("9"),
            intent: 5,
            by_hand: false,
            outcome: Outcome::Applied,
        }],
        lines: outcomes
            .into_iter()
            .zip(50..)
            .map(|((verdict, outcome), id)| ended(verdict, &id.to_string(), outcome))
            .collect(),
        interrupted: None,
        ledger_failed: None,
        head: Some((418, format!("sha256:{}", sha256_hex(b"head")))),
    }
}
