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
use super::wire::{Act, Asked, End};
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
        origin: origin.clone(),
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
                threatlocker::connect(terms, settings, token, organizations, most).expect("usable"),
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
    if deed.call.1.ends_with("/ID") || deed.call.1.ends_with("ById") {
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

/// What became of one deed's answer under all its cuts.
fn cut(deed: &Deed) -> String {
    let deed = *deed;
    let stage = Stage::new(deed.vendor, deed.verdict);
    let recorded = Arc::new(Mutex::new(None));
    let kept = Arc::clone(&recorded);
    stage.wire.rule(move |asked| {
        if !deed.is(asked) {
            return Act::pass();
        }
        let (kept, asked) = (Arc::clone(&kept), asked.clone());
        let keep = move |answer: super::wire::Answer| {
            let whole = [answer.head.clone(), answer.body.clone()].concat();
            let mut kept = kept.lock().expect("no panic");
            kept.get_or_insert((asked.clone(), answer.head, answer.body));
            whole
        };
        Act::change(keep, End::Keep)
    });
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
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
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
    let unmarked: String = text
        .split_inclusive("\r\n")
        .filter(|line| !line.to_ascii_lowercase().starts_with("content-length"))
        .collect();
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
    let kind = if deed.writes() { "write" } else { "read" };
    format!("{kind}: {}", deed.name())
}

#[test]
fn a_cut_answer_is_no_answer() {
    let session = |deed: &Deed| deed.call.1.starts_with("/Auth/");
    let deeds: Vec<Deed> = DEEDS.into_iter().filter(|deed| !session(deed)).collect();
    assert_eq!(side_by_side(&deeds, cut).len(), 16);
}
