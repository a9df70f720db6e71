//! A vendor small enough to hold in one's head, for the tests of plan and apply.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::model::{
    Address, Aim, Call, Capabilities, Decided, Deciding, Decision, Desired, Fact, FactKind, Facts,
    FiledField, Filing, Guard, LineDigest, MarkPlace, Method, Observed, OnConflict, Operation, Own,
    Past, Place, QueueName, QueueView, Ratification, ReadAbilities, ReadError, ReadErrorKind,
    Reading, ReleaseRequest, Repeat, Request, RequestId, Sent, SentState, Sighting, Status, Target,
    Terms, TextUnit, Vendor, VendorText, Verdict, Way,
};
use crate::plan::{Brakes, Plan, World, fingerprint, plan};
use crate::vendors::{
    Answer, Listing, LookedOwn, LookedUp, Meaning, Promise, Queue, Row, Unlisted,
};

pub(crate) const NOW: &str = "2026-11-22T09:00:00Z";

/// Changes what a guard says.
pub(crate) fn edit(guard: &mut Guard, change: impl FnOnce(&mut BTreeMap<String, String>)) {
    let facts = guard.facts.iter();
    let mut facts = facts
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .collect();
    change(&mut facts);
    guard.facts = facts.into();
}

pub(crate) fn now() -> Timestamp {
    NOW.parse().unwrap()
}

const fn operation(repeat: Repeat, mark: MarkPlace, compose: crate::model::Compose) -> Operation {
    Operation {
        repeat,
        mark,
        notifies: "yes, by email",
        undo: "no",
        proof: "status and decider",
        cannot_verify: &[],
        conclusions: &[],
        lasts: None,
        compose,
    }
}

pub(crate) fn put(
    _: &Terms,
    decision: &Decision,
    mark: &crate::model::Mark,
    _: &crate::model::Live<'_>,
) -> Call {
    let path = format!("/things/{}", decision.address.id);
    Call {
        method: Method::Put,
        path,
        query: vec![("note".to_owned(), mark.text(decision))],
        body: None,
        organization: None,
        over: None,
    }
}

const FACTS: [Fact; 4] = [
    Fact {
        key: "user",
        kind: FactKind::Text,
    },
    Fact {
        key: "computer",
        kind: FactKind::Text,
    },
    Fact {
        key: "sha256",
        kind: FactKind::CaseFolded,
    },
    Fact {
        key: "reason",
        kind: FactKind::Text,
    },
];

/// Everything works, every repeat is ignored.
pub(crate) static WILLING: Capabilities = Capabilities {
    vendor: Vendor::AdminByRequest,
    approve: Some(operation(Repeat::Ignored, MarkPlace::Nowhere, put)),
    deny: Some(operation(Repeat::Ignored, MarkPlace::Shown, put)),
    revoke: Some(operation(Repeat::MayCancel, MarkPlace::Shown, put)),
    filing: None,
    ratifies: None,
    needs_permit: false,
    otherwise: "portal only",
    facts: &FACTS,
    who: &["user"],
    on_what: &["computer"],
    anchors: &["user", "computer"],
    alarms: &[],
    same_for_all: true,
    names_decider: true,
    codes: &[],
    text_limit: 80,
    text_unit: TextUnit::CodePoint,
    read: ReadAbilities {
        look_up: true,
        whole_rows: true,
        pending_filter: true,
        key_ranges: false,
        page: 1000,
    },
    absent_means: "dropped after two weeks, or never there",
    cannot_verify: &["the ticket"],
    assumptions: &[],
    canonical_id: |id| Ok(RequestId::canonical(id)),
};

/// The same without revoke.
pub(crate) static NO_REVOKE: Capabilities = Capabilities {
    revoke: None,
    ..WILLING
};

/// Its own people decide, and its API only shows it.
pub(crate) static RATIFIES: Capabilities = Capabilities {
    vendor: Vendor::Ekran,
    approve: None,
    deny: None,
    revoke: None,
    ratifies: Some(Ratification {
        named_by: &["user", "requested-at"],
    }),
    facts: &[
        Fact {
            key: "user",
            kind: FactKind::Text,
        },
        Fact {
            key: "requested-at",
            kind: FactKind::Text,
        },
        Fact {
            key: "remote-ip",
            kind: FactKind::Text,
        },
    ],
    anchors: &["user", "remote-ip"],
    read: ReadAbilities {
        look_up: false,
        pending_filter: false,
        key_ranges: false,
        ..WILLING.read
    },
    absent_means: "not processed yet",
    ..WILLING
};

/// Every repeat acts once more.
pub(crate) static ACTS_AGAIN: Capabilities = Capabilities {
    approve: Some(operation(Repeat::ActsAgain, MarkPlace::Shown, put)),
    ..WILLING
};

const fn repeating(operation: Option<Operation>, repeat: Repeat) -> Option<Operation> {
    match operation {
        Some(operation) => Some(Operation {
            repeat,
            ..operation
        }),
        None => None,
    }
}

/// A second approval is refused.
pub(crate) static REJECTS: Capabilities = Capabilities {
    approve: repeating(WILLING.approve, Repeat::Rejected),
    ..WILLING
};

/// A denial cancels what was granted.
pub(crate) static MAY_CANCEL: Capabilities = Capabilities {
    deny: repeating(WILLING.deny, Repeat::MayCancel),
    ..WILLING
};

pub(crate) fn queue_name() -> QueueName {
    QueueName::new("desk").unwrap()
}

pub(crate) fn terms(can: &'static Capabilities) -> Terms {
    Terms {
        queue: queue_name(),
        origin: "https://desk.example.com".to_owned(),
        organization: None,
        deciding: Deciding {
            credential: "env KEY".to_owned(),
            acting_as: Some("tool@example.com".to_owned()),
            run_as: None,
            client: None,
        },
        deciders: vec!["boss@example.com".to_owned()],
        can,
        parallelism: NonZeroUsize::new(8).unwrap(),
        rate: None,
    }
}

pub(crate) fn request(id: &str, status: Status) -> Request {
    let facts: Facts = [
        ("user", "ANNA"),
        ("computer", "PC-1"),
        ("sha256", "AB12"),
        ("reason", "Driver"),
    ]
    .map(|(k, v)| (k, VendorText::new(v)))
    .into();
    Request {
        id: RequestId::canonical(id),
        status,
        facts,
        decided: Decided::default(),
        votes: None,
        ticket: None,
        link: None,
        beyond: None,
        obstacles: Vec::new(),
        lasts: Vec::new(),
    }
}

pub(crate) fn address(id: &str) -> Address {
    Address {
        queue: queue_name(),
        id: RequestId::canonical(id),
    }
}

/// A call of an earlier run that nobody knows the end of.
pub(crate) fn sent(verdict: Verdict, id: &str) -> Sent {
    Sent {
        seq: 7,
        at: now(),
        address: address(id),
        from: decision(verdict, id).from,
        verdict,
        ticket: "CHG1".to_owned(),
        digest: LineDigest("sha256:0".to_owned()),
        permit: None,
        release: None,
        repeat: Repeat::Ignored,
        user: None,
        confirmed: false,
        state: SentState::Open,
    }
}

/// A decision with a whole and matching guard.
pub(crate) fn decision(verdict: Verdict, id: &str) -> Decision {
    let seen = request(id, Status::Pending);
    Decision {
        address: address(id),
        verdict,
        ticket: "CHG1".to_owned(),
        reason: "Driver fault".to_owned(),
        expires: "2026-12-01T00:00:00Z".parse().unwrap(),
        decided_by: None,
        permit: None,
        guard: Guard {
            fingerprint: Some(fingerprint(&terms(&WILLING), &seen.id, &seen.facts)),
            facts: seen
                .facts
                .iter()
                .map(|(key, value)| ((*key).to_owned(), value.raw().to_owned()))
                .collect(),
        },
        from: Place {
            file: "decisions/desk/1.toml".into(),
            line: 1,
            column: 1,
        },
    }
}

/// A world of one queue, changed by hand before it is planned.
pub(crate) struct Scene {
    pub(crate) desired: Desired,
    pub(crate) terms: BTreeMap<QueueName, Terms>,
    pub(crate) observed: Observed,
    pub(crate) past: Past,
    pub(crate) brakes: Brakes,
}

impl Scene {
    pub(crate) fn new(
        can: &'static Capabilities,
        decisions: Vec<Decision>,
        sightings: Vec<(&str, Sighting)>,
    ) -> Self {
        let requests = sightings
            .into_iter()
            .map(|(id, sighting)| (RequestId::canonical(id), sighting))
            .collect();
        let view = QueueView {
            requests,
            own: Own::NotRead,
            grounds: BTreeMap::new(),
            way: Way::Points,
            effort: crate::model::Effort::default(),
            calls: 1,
            rows: 0,
            unreadable: 0,
            clock_offset: None,
        };
        Self {
            desired: Desired {
                decisions: decisions.into_iter().map(Arc::new).collect(),
                ..Desired::default()
            },
            terms: [(queue_name(), terms(can))].into(),
            observed: Observed {
                queues: [(queue_name(), Reading::Read(view))].into(),
            },
            past: Past::default(),
            brakes: Brakes::default(),
        }
    }

    /// The first decision, to be changed.
    pub(crate) fn first(&mut self) -> &mut Decision {
        Arc::make_mut(&mut self.desired.decisions[0])
    }

    pub(crate) fn view(&mut self) -> &mut QueueView {
        match self.observed.queues.get_mut(&queue_name()) {
            Some(Reading::Read(view)) => view,
            _ => panic!("the scene's queue was read"),
        }
    }

    pub(crate) fn plan(&self) -> Plan {
        let Self {
            desired,
            terms,
            observed,
            past,
            brakes,
        } = self;
        plan(&World {
            desired,
            terms,
            observed,
            past,
            brakes,
            now: now(),
        })
    }
}

pub(crate) fn seen(request: Request) -> Sighting {
    Sighting::Seen(Box::new(request))
}

/// How the fake vendor treats the next call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mood {
    /// Acts and says so.
    Acts,
    /// Acts, and the answer is lost.
    ActsSilently,
    /// Never saw the call.
    NeverSaw,
    /// Says OK and does nothing.
    Ignores,
    /// Says OK, and the request is gone.
    Removes,
    /// The request is gone, and the answer is lost.
    RemovesSilently,
    /// Says that it had been done before, and nothing changes.
    HadIt,
    /// Says that it had been done before, and the request is gone.
    HadItAndGone,
    /// Says that it had been done before, and the state is there.
    HadItGranted,
    /// Says no.
    Refuses,
    /// Says no, while somebody unnamed decides the same.
    RefusesAndSomebodyActs,
    /// Says that the credential is wrong.
    RejectsCredential,
    /// Asks to wait a moment.
    AsksToWait,
    /// Asks to wait no time at all.
    AsksForNothing,
    /// Asks to wait longer than any clock runs.
    AsksForEver,
    /// Could not be reached.
    Unreachable,
}

/// A vendor in memory. Calls beyond the given moods are answered as `Acts`.
pub(crate) struct FakeQueue {
    pub(crate) terms: Terms,
    pub(crate) requests: Mutex<BTreeMap<RequestId, Request>>,
    /// What the user of the queue has asked for himself.
    pub(crate) own: Mutex<Own>,
    pub(crate) moods: Mutex<Vec<Mood>>,
    pub(crate) sent: Mutex<Vec<Call>>,
    /// The rate limit leaves no place.
    pub(crate) is_full: std::sync::atomic::AtomicBool,
}

impl FakeQueue {
    pub(crate) fn new(
        can: &'static Capabilities,
        requests: Vec<Request>,
        moods: Vec<Mood>,
    ) -> Self {
        Self {
            terms: terms(can),
            requests: Mutex::new(
                requests
                    .into_iter()
                    .map(|request| (request.id.clone(), request))
                    .collect(),
            ),
            own: Mutex::default(),
            moods: Mutex::new(moods),
            sent: Mutex::new(Vec::new()),
            is_full: false.into(),
        }
    }

    fn act(&self, call: &Call) -> Answer {
        self.sent.lock().unwrap().push(call.clone());
        let mut moods = self.moods.lock().unwrap();
        let mood = if moods.is_empty() {
            Mood::Acts
        } else {
            moods.remove(0)
        };
        let somebody = matches!(mood, Mood::RefusesAndSomebodyActs | Mood::HadItGranted);
        let id = RequestId::canonical(call.path.trim_start_matches("/things/"));
        if matches!(
            mood,
            Mood::Removes | Mood::RemovesSilently | Mood::HadItAndGone
        ) {
            self.requests.lock().unwrap().remove(&id);
        }
        if call.path.starts_with("/own/") {
            return self.file_or_give_back(mood, call);
        }
        let acts = somebody || matches!(mood, Mood::Acts | Mood::ActsSilently);
        if acts
            && let Some(request) = self
                .requests
                .lock()
                .unwrap()
                .get_mut(&id)
                .filter(|r| r.status == Status::Pending)
        {
            request.status = Status::Approved;
            request.decided.by = self
                .terms
                .deciding
                .acting_as
                .as_deref()
                .filter(|_| !somebody)
                .map(VendorText::new);
        }
        let meaning = match mood {
            Mood::Acts | Mood::Ignores | Mood::Removes => Meaning::Claimed,
            Mood::HadIt | Mood::HadItAndGone | Mood::HadItGranted => {
                Meaning::DoneBefore("had it".to_owned())
            }
            Mood::ActsSilently | Mood::NeverSaw | Mood::RemovesSilently => {
                Meaning::Unknown("timed out after 20 s".to_owned())
            }
            Mood::Refuses | Mood::RefusesAndSomebodyActs => Meaning::Refused("409".to_owned()),
            Mood::RejectsCredential => Meaning::CredentialRejected("401".to_owned()),
            Mood::AsksToWait => Meaning::Wait(Duration::from_secs(1)),
            Mood::AsksForNothing => Meaning::Wait(Duration::ZERO),
            Mood::AsksForEver => Meaning::Wait(Duration::MAX),
            Mood::Unreachable => Meaning::NotSent("connection refused".to_owned()),
        };
        Answer {
            meaning,
            digest: None,
            said: None,
        }
    }
}

impl FakeQueue {
    /// `/own/file` files request 900, and `/own/back/ID` gives one back.
    fn file_or_give_back(&self, mood: Mood, call: &Call) -> Answer {
        let mut own = self.own.lock().unwrap();
        let Own::Read(requests) = &mut *own else {
            panic!("a queue that files shows its own requests");
        };
        let acts = matches!(mood, Mood::Acts | Mood::ActsSilently);
        let said = matches!(mood, Mood::Acts | Mood::Ignores);
        let back = call.path.strip_prefix("/own/back/");
        match back {
            Some(id) if acts => requests.retain(|one| one.id.as_str() != id),
            None if acts => requests.push(own_request("900", Status::Pending)),
            Some(_) | None => {}
        }
        let meaning = match (back, mood) {
            (None, Mood::Refuses) => Meaning::Conflict("409".to_owned()),
            (Some(_), Mood::Refuses) => Meaning::Refused("403".to_owned()),
            (_, Mood::Unreachable) => Meaning::NotSent("connection refused".to_owned()),
            (Some(_), _) if said => Meaning::Claimed,
            (None, _) if said => Meaning::Filed {
                id: RequestId::canonical("900"),
                reused: false,
            },
            (_, _) => Meaning::Unknown("timed out after 20 s".to_owned()),
        };
        Answer {
            meaning,
            digest: None,
            said: None,
        }
    }
}

/// A request of the user of the queue, for account 34 on system 12.
pub(crate) fn own_request(id: &str, status: Status) -> Request {
    let facts: Facts = [
        ("system-id", "12"),
        ("account-id", "34"),
        ("alias-id", "56"),
        ("access-type", "RDP"),
        ("release-at", NOW),
    ]
    .map(|(key, value)| (key, VendorText::new(value)))
    .into();
    Request {
        facts,
        ..request(id, status)
    }
}

static FILING: Filing = Filing {
    access_types: &["View", "RDP", "App"],
    for_application: "App",
    most_minutes: 1000,
    ticket_limit: 20,
    says: &[
        FiledField::new("AccessType", "access-type"),
        FiledField::new("Minutes", "duration in minutes"),
        FiledField {
            left_out: "true",
            is_kept: true,
            ..FiledField::new("Rotates", "rotate-on-check-in")
        },
    ],
    file: |release, mark| Call {
        method: Method::Post,
        path: "/own/file".to_owned(),
        query: Vec::new(),
        body: Some(serde_json::json!({
            "AccessType": release.access_type,
            "Minutes": release.minutes,
            "Reason": mark.text(&release.decision(Verdict::File)),
            "Rotates": release.rotate_on_check_in,
        })),
        organization: None,
        over: None,
    },
    check_in: |_, _, id| Call {
        method: Method::Put,
        path: format!("/own/back/{id}"),
        query: Vec::new(),
        body: None,
        organization: None,
        over: None,
    },
    cannot_verify: &["whether it is approved at once"],
    undo: "give it back",
};

/// Requests can be filed.
pub(crate) static FILES: Capabilities = Capabilities {
    filing: Some(&FILING),
    ..WILLING
};

/// A release request for account 34, ticket CHG1.
pub(crate) fn release(aim: Aim, on_conflict: OnConflict) -> ReleaseRequest {
    let target = Target::Account {
        system: 12,
        account: 34,
    };
    ReleaseRequest {
        address: Address {
            queue: queue_name(),
            id: target.key("CHG1"),
        },
        target,
        application: None,
        access_type: "RDP".to_owned(),
        minutes: 120,
        reason: "Driver fault".to_owned(),
        ticket: "CHG1".to_owned(),
        ticket_system: None,
        schedule: None,
        on_conflict,
        rotate_on_check_in: None,
        aim,
        expires: "2026-12-01T00:00:00Z".parse().unwrap(),
        from: Place {
            file: "decisions/desk/r.toml".into(),
            line: 1,
            column: 1,
        },
    }
}

impl Queue for FakeQueue {
    fn terms(&self) -> &Terms {
        &self.terms
    }

    fn list<'a>(
        &'a self,
        _: Listing<'a>,
        seen: &'a mut (dyn FnMut(Row) + Send),
    ) -> Promise<'a, Result<Unlisted, ReadError>> {
        for request in self.requests.lock().unwrap().values() {
            seen(Row::Whole(Box::new(request.clone())));
        }
        Box::pin(std::future::ready(Ok(Unlisted::Absent)))
    }

    fn look_up<'a>(&'a self, id: &'a RequestId) -> Promise<'a, LookedUp> {
        let found = self.requests.lock().unwrap().get(id).cloned();
        let sighting = found.map_or(Sighting::Absent, seen);
        Box::pin(std::future::ready(LookedUp {
            sighting,
            digest: None,
        }))
    }

    fn own(&self) -> Promise<'_, LookedOwn> {
        let own = self.own.lock().unwrap().clone();
        Box::pin(std::future::ready(LookedOwn { own, digest: None }))
    }

    fn turn(&self) -> Promise<'_, ()> {
        if self.is_full.load(std::sync::atomic::Ordering::Relaxed) {
            return Box::pin(std::future::pending());
        }
        Box::pin(std::future::ready(()))
    }

    fn send<'a>(&'a self, call: &'a Call) -> Promise<'a, Answer> {
        Box::pin(std::future::ready(self.act(call)))
    }

    fn leave(&self) -> Promise<'_, ()> {
        Box::pin(std::future::ready(()))
    }

    fn clock_offset(&self) -> Option<SignedDuration> {
        None
    }

    fn calls(&self) -> u64 {
        0
    }
}

pub(crate) fn unreadable(what: &str) -> ReadError {
    ReadError {
        kind: ReadErrorKind::Malformed,
        what: what.to_owned(),
        said: None,
        hint: "look".to_owned(),
    }
}
