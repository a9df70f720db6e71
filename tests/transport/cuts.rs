//! An answer cut at any of its bytes: never a success, never an absence, never a row that was not there.

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use mock_servers::Vendor;
use reconciler::model::{Call, Deciding, Method, QueueName, RequestId, Sighting, Terms};
use reconciler::vendors::beyondtrust::Account;
use reconciler::vendors::http::Settings;
use reconciler::vendors::{
    Eyes, Listing, Meaning, Queue, Row, Unlisted, Whole, admin_by_request, beyondtrust,
    capabilities, ekran, fudo, threatlocker,
};
use secrecy::SecretString;

use super::stage::{DEEDS, Deed, Stage};
use super::wire::{Act, Answer, Asked, End, reply};
use crate::world::side_by_side;

/// The adapter itself, in this process, behind the stage's wire; it tries once.
fn adapter(stage: &Stage, vendor: Vendor) -> Box<dyn Queue> {
    let queues = stage.world.mocks.queues();
    let queue = &queues[vendor.slug()];
    let url = queue.url.strip_prefix("http://").expect("plain http");
    let (_, path) = url
        .split_once('/')
        .map_or((url, ""), |(host, path)| (host, path));
    let origin = stage.wire.url();
    let base = format!("{origin}/{path}");
    let now = "2026-03-02T08:00:00Z".parse().expect("a moment");
    let mut settings = Settings::new(&origin, base.trim_end_matches('/'), Arc::new(move || now));
    settings.patience.tries = 1;
    settings.timeout = Duration::from_secs(20);
    let ours = reconciler::model::Vendor::ALL
        .into_iter()
        .find(|one| one.to_string() == vendor.slug())
        .expect("the same vendors");
    let setting = |key: &str| {
        let found = queue.settings.iter().find(|(name, _)| *name == key);
        found.and_then(|(_, value)| value.as_str().map(str::to_owned))
    };
    let terms = Terms {
        queue: QueueName::new("queue").expect("a name"),
        origin,
        organization: setting("organization"),
        deciding: Deciding {
            credential: "env KEY".to_owned(),
            acting_as: setting("acting-as").or(setting("voter")),
            run_as: queue.credentials.get("run-as").cloned(),
            client: None,
        },
        deciders: Vec::new(),
        can: capabilities(ours),
        parallelism: NonZeroUsize::MIN,
        rate: None,
    };
    let secret = |key: &str| SecretString::from(queue.credentials[key].clone());
    let most = 10_000;
    match vendor {
        Vendor::AdminByRequest => Box::new(
            admin_by_request::connect(terms, settings, secret("api-key"), most).expect("usable"),
        ),
        Vendor::BeyondTrust => {
            let account = Account::PsAuth {
                key: secret("api-key"),
                run_as: queue.credentials["run-as"].clone(),
                password: Some(secret("password")),
            };
            let eyes = Eyes::OfDecider;
            Box::new(beyondtrust::connect(terms, settings, account, eyes, most).expect("usable"))
        }
        Vendor::ThreatLocker => {
            let organizations = terms.organization.clone().into_iter().collect();
            let token = secret("token");
            Box::new(
                threatlocker::connect(terms, settings, token, organizations, Eyes::OfDecider, most)
                    .expect("usable"),
            )
        }
        Vendor::Fudo => {
            let key = secret("api-key");
            Box::new(fudo::connect(terms, settings, key, Eyes::OfDecider, most).expect("usable"))
        }
        Vendor::Ekran => {
            let since = "2026-03-02".to_owned();
            Box::new(
                ekran::connect(terms, settings, secret("api-key"), since, most).expect("usable"),
            )
        }
    }
}

/// What was understood of an answer.
#[derive(Debug, PartialEq)]
enum Understood {
    /// A success: rows, a request, a write that worked.
    Something,
    /// That there is nothing.
    Nothing,
    /// That no whole answer came, or none that is the vendor's.
    Failure,
    /// That the vendor has said no.
    No,
}

/// The same call as was recorded.
fn call(asked: &Asked, base: &str) -> Call {
    let (method, target) = asked.line.split_once(' ').expect("a request line");
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let decoded = |text: &str| {
        let plain = percent_encoding::percent_decode_str(text).decode_utf8();
        plain.expect("UTF-8").into_owned()
    };
    let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    let header = |name: &str| {
        let mut lines = asked.head.lines().filter_map(|line| line.split_once(": "));
        let found = lines.find(|(one, _)| one.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.to_owned())
    };
    Call {
        method: match method {
            "PUT" => Method::Put,
            "POST" => Method::Post,
            "DELETE" => Method::Delete,
            other => panic!("{other} is no write"),
        },
        path: path.strip_prefix(base).expect("below the url").to_owned(),
        query: pairs
            .map(|(name, value)| (decoded(name), decoded(value)))
            .collect(),
        body: serde_json::from_slice(&asked.body).ok(),
        organization: header("ManagedOrganizationId"),
        over: None,
    }
}

/// Asks the adapter what the deed asks, and says how that was understood.
async fn ask(queue: &dyn Queue, deed: &Deed, id: &RequestId, write: Option<&Call>) -> Understood {
    if let Some(write) = write {
        return match queue.send(write).await.meaning {
            Meaning::Claimed | Meaning::Filed { .. } | Meaning::DoneBefore(_) => {
                Understood::Something
            }
            Meaning::Unknown(_) => Understood::Failure,
            Meaning::NotSent(why) => panic!("it was sent: {why}"),
            Meaning::Refused(_)
            | Meaning::Conflict(_)
            | Meaning::CredentialRejected(_)
            | Meaning::Wait(_) => Understood::No,
        };
    }
    if deed.looks_up() {
        return match queue.look_up(id).await.sighting {
            Sighting::Seen(_) => Understood::Something,
            Sighting::Absent => Understood::Nothing,
            Sighting::Failed(_) => Understood::Failure,
        };
    }
    let named = [id.clone()].into();
    let listing = Listing {
        pending_only: true,
        whole: Whole::Named(&named),
        since: None,
        at_once: 1,
    };
    let mut rows = 0;
    let mut seen = |row: Row| {
        assert!(!matches!(row, Row::Unreadable { .. }), "{row:?}");
        rows += 1;
    };
    match queue.list(listing, &mut seen).await {
        Ok(_) if rows > 0 => Understood::Something,
        Ok(Unlisted::Absent | Unlisted::Unknown(_)) => Understood::Nothing,
        // An error says of itself that the rows before it are not all.
        Err(_) => Understood::Failure,
    }
}

/// The call, and head and body of what the vendor answered it.
type Recorded = Arc<Mutex<Option<(Asked, Vec<u8>, Vec<u8>)>>>;

/// From now on everything passes, and the first call of this kind is kept.
fn record(stage: &Stage, deed: Deed) -> Recorded {
    let recorded = Recorded::default();
    let kept = Arc::clone(&recorded);
    stage.wire.rule(move |asked| {
        if !deed.is(asked) {
            return Act::pass();
        }
        let (kept, asked) = (Arc::clone(&kept), asked.clone());
        let keep = move |answer: Answer| {
            let whole = [answer.head.clone(), answer.body.clone()].concat();
            let mut kept = kept.lock().expect("no panic");
            kept.get_or_insert((asked.clone(), answer.head, answer.body));
            whole
        };
        Act::change(keep, End::Keep)
    });
    recorded
}

/// What became of one deed's answer under all its cuts.
fn cut(deed: &Deed) {
    let deed = *deed;
    let stage = Stage::new(deed.vendor, deed.verdict);
    let recorded = record(&stage, deed);
    stage.run(deed.args, &[]).0.exits(0);
    let recorded = recorded.lock().expect("no panic").take();
    let (asked, head, body) = recorded.expect("the call was made");
    let queue = adapter(&stage, deed.vendor);
    let target = asked.line.split(' ').nth(1).expect("a target").to_owned();
    let base = ["/BeyondTrust/api/public/v3", "/portalapi", ""];
    let base = base
        .into_iter()
        .find(|base| target.starts_with(base))
        .expect("one of them");
    let base = if deed.vendor == Vendor::Fudo {
        ""
    } else {
        base
    };
    let write = deed.writes().then(|| call(&asked, base));
    let id = stage.world.pending()[0].clone();
    let id = (queue.terms().can.canonical_id)(&id).expect("an id");
    let runtime = runtime();
    // What follows the first page of a list is the vendor's.
    let understood = |answer: Vec<u8>, end: End| {
        let armed = AtomicBool::new(true);
        stage.wire.rule(
            move |asked| match deed.is(asked) && armed.swap(false, Ordering::SeqCst) {
                true => Act::say(answer.clone(), end),
                false => Act::pass(),
            },
        );
        runtime.block_on(ask(&*queue, &deed, &id, write.as_ref()))
    };
    let whole = [head.clone(), body.clone()].concat();
    // Otherwise nothing that follows would prove anything.
    let got = understood(whole.clone(), End::Keep);
    assert_eq!(got, Understood::Something, "{}", deed.name());
    let text = String::from_utf8(head).expect("text");
    let unmarked = without_length(&text);
    // Where the head tells of a cut, it is the same at each byte of the body: its two ends stand for all.
    let ends = |length: usize| length < 64 || length + 64 > body.len();
    for length in 0..text.len() {
        let got = understood(whole[..length].to_vec(), End::Close);
        assert_eq!(got, Understood::Failure, "{} cut at {length}", deed.name());
    }
    for length in (0..body.len()).filter(|length| ends(*length)) {
        let got = understood(whole[..text.len() + length].to_vec(), End::Close);
        assert_eq!(
            got,
            Understood::Failure,
            "{} cut in its body at {length}",
            deed.name()
        );
        let answer = [unmarked.as_bytes(), &body[..length]].concat();
        let got = understood(answer, End::Close);
        assert_eq!(got, Understood::Failure, "{} ends at {length}", deed.name());
    }
    // Cut before it was framed, as by a gateway: the head tells nothing, and each byte is another question.
    let framed = unmarked.trim_end_matches("\r\n");
    for length in 1..body.len() {
        let head = format!("{framed}\r\ncontent-length: {length}\r\n\r\n");
        let answer = [head.as_bytes(), &body[..length]].concat();
        let got = understood(answer, End::Keep);
        assert_eq!(got, Understood::Failure, "{} is {length} long", deed.name());
    }
    runtime.block_on(queue.leave());
}

/// A head without its length: the end of the connection would be the end of the answer.
fn without_length(head: &str) -> String {
    let lines = head.split_inclusive("\r\n");
    lines
        .filter(|line| !line.to_ascii_lowercase().starts_with("content-length"))
        .collect()
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime")
}

#[test]
fn a_cut_answer_is_no_answer() {
    let session = |deed: &Deed| deed.call.1.starts_with("/Auth/");
    let deeds: Vec<Deed> = DEEDS.into_iter().filter(|deed| !session(deed)).collect();
    assert_eq!(side_by_side(&deeds, cut).len(), 16);
}

/// `not there` is an answer like any other: half of one is not even that.
#[test]
fn a_cut_absence_is_none() {
    for deed in DEEDS.into_iter().filter(Deed::looks_up) {
        let stage = Stage::new(deed.vendor, deed.verdict);
        let queue = adapter(&stage, deed.vendor);
        let nobody = match deed.vendor {
            Vendor::ThreatLocker => "00000000-0000-4000-a000-000000000000",
            _ => "1",
        };
        let nobody = (queue.terms().can.canonical_id)(nobody).expect("an id");
        let runtime = runtime();
        let recorded = record(&stage, deed);
        let understood = || runtime.block_on(ask(&*queue, &deed, &nobody, None));
        let whole = understood();
        let recorded = recorded.lock().expect("no panic").take();
        let (_, head, body) = recorded.expect("the call was made");
        assert_eq!(whole, Understood::Nothing, "{}", deed.name());
        let unmarked = without_length(std::str::from_utf8(&head).expect("text"));
        let marked = [&head[..], &body].concat();
        let mut cuts: Vec<Vec<u8>> = (0..marked.len()).map(|at| marked[..at].to_vec()).collect();
        cuts.extend((0..=body.len()).map(|at| [unmarked.as_bytes(), &body[..at]].concat()));
        for answer in cuts {
            let shown = String::from_utf8_lossy(&answer).into_owned();
            stage
                .wire
                .rule(move |_| Act::say(answer.clone(), End::Close));
            assert_eq!(
                understood(),
                Understood::Failure,
                "{}: {shown}",
                deed.name()
            );
        }
    }
}

/// Password Safe answers a filing with a bare number, and half of a number is a number: of another request.
#[test]
fn a_cut_number_names_no_request() {
    let stage = Stage::new(Vendor::BeyondTrust, "approve");
    let queue = adapter(&stage, Vendor::BeyondTrust);
    let runtime = runtime();
    let call = Call {
        method: Method::Post,
        path: "/Requests".to_owned(),
        query: Vec::new(),
        body: Some(serde_json::json!({"SystemID": 1})),
        organization: None,
        over: None,
    };
    let meaning = |answer: Vec<u8>| {
        stage
            .wire
            .rule(move |asked| match asked.line.ends_with("/Requests") {
                true => Act::say(answer.clone(), End::Close),
                false => Act::pass(),
            });
        runtime.block_on(queue.send(&call)).meaning
    };
    let marked = reply(201, &[("content-type", "application/json")], "4711");
    let id = (queue.terms().can.canonical_id)("4711").expect("an id");
    let filed = Meaning::Filed { id, reused: false };
    assert_eq!(meaning(marked.clone()), filed);
    let unmarked = without_length(std::str::from_utf8(&marked).expect("text"));
    for left in 1..=4 {
        for whole in [&marked[..], unmarked.as_bytes()] {
            let answer = whole[..whole.len() - left].to_vec();
            let got = meaning(answer);
            assert!(
                matches!(got, Meaning::Unknown(_)),
                "{left} bytes cut: {got:?}"
            );
        }
    }
    runtime.block_on(queue.leave());
}
