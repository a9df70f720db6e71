//! The admin API, on its own port, below `/__mock/v1`; `/` is the portal page. Never faulted, never journalled as a call.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::{StatusCode, Uri};
use axum::middleware;
use axum::response::{Html, IntoResponse};
use axum::routing::{get, post};
use http_body_util::{BodyExt as _, Full};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tower::ServiceExt as _;

use crate::actors::{Act, Deed};
use crate::clock::Advance;
use crate::faults::Fault;
use crate::given::Given;
use crate::journal::Filter;
use crate::problem::{Answered, Problem, bad, missing, ok, own_page_only, query, read};
use crate::stage::Stage;
use crate::vendors::{NotActed, Vendor};
use crate::{listener, openapi, page, verify};

/// What the handlers know.
pub(crate) struct Desk {
    stage: Arc<Stage>,
    /// Where each is called.
    vendors: BTreeMap<Vendor, String>,
}

type Shared = State<Arc<Desk>>;

pub(crate) fn router(
    stage: Arc<Stage>,
    address: SocketAddr,
    vendors: &BTreeMap<Vendor, String>,
) -> Router {
    let desk = Arc::new(Desk {
        stage,
        vendors: vendors.clone(),
    });
    let mut api = Router::new()
        .route("/health", get(health))
        .route("/state", get(state))
        .route("/reset", post(reset))
        .route("/seed", post(seed))
        .route("/snapshots", get(snapshots).post(take_snapshot))
        .route("/snapshots/{name}", axum::routing::delete(drop_snapshot))
        .route("/snapshots/{name}/restore", post(restore))
        .route("/clock", get(clock))
        .route("/clock/advance", post(advance))
        .route("/vendors", get(vendor_list))
        .route("/vendors/{vendor}/operations", get(operations))
        .route("/vendors/{vendor}/clauses", get(clauses))
        .route("/vendors/{vendor}/dialects", get(dialects))
        .route("/vendors/{vendor}/errors", get(errors))
        .route("/faults", get(faults).put(put_faults).delete(clear_faults))
        .route("/holds", get(holds))
        .route("/holds/{id}/release", post(release))
        .route("/journal", get(journal))
        .route("/verify", post(verify_journal))
        .route("/openapi/{vendor}", get(document));
    for (deed, path) in Deed::ALL {
        api = api.route(
            &format!("/actors/{path}"),
            post(move |desk: Shared, body: Bytes| act(desk, *deed, body)),
        );
    }
    Router::new()
        .route("/", get(portal))
        .nest("/__mock/v1", api)
        .fallback(|uri: Uri| async move {
            Problem(
                StatusCode::NOT_FOUND,
                format!("no such path: {}", uri.path()),
            )
        })
        .method_not_allowed_fallback(|| async {
            Problem(StatusCode::METHOD_NOT_ALLOWED, "not this method".to_owned())
        })
        .layer(middleware::from_fn_with_state(address, own_page_only))
        .with_state(desk)
}

/// Serves the router until `stop` says so.
pub(crate) async fn serve(listener: TcpListener, router: Router, stop: watch::Receiver<bool>) {
    listener::serve(listener, None, stop, move |request, _| {
        let router = router.clone();
        async move {
            let Ok(response) = router.oneshot(request.map(Body::new)).await;
            let (parts, body) = response.into_parts();
            let bytes = body
                .collect()
                .await
                .map(|whole| whole.to_bytes())
                .unwrap_or_default();
            hyper::Response::from_parts(parts, Full::new(bytes))
        }
    })
    .await;
}

async fn portal(State(desk): Shared) -> Answered {
    let mut play = desk.stage.play();
    let now = play.now();
    let views: Vec<_> = play
        .machines
        .iter()
        .map(|(vendor, machine)| (*vendor, machine.portal(now)))
        .collect();
    Ok(Html(page::portal(now, &views, play.journal.entries())).into_response())
}

async fn health(State(desk): Shared) -> Answered {
    let mut play = desk.stage.play();
    let vendors: BTreeMap<_, _> = desk
        .vendors
        .iter()
        .map(|(vendor, origin)| (vendor.slug(), origin))
        .collect();
    ok(&json!({
        "status": "ok",
        "schema": 1,
        "version": env!("CARGO_PKG_VERSION"),
        "vendors": vendors,
        "clock": { "mode": play.clock.mode(), "now": play.now() },
    }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OneVendor {
    vendor: Option<Vendor>,
}

async fn state(State(desk): Shared, uri: Uri) -> Answered {
    let chosen: OneVendor = query(&uri)?;
    let mut play = desk.stage.play();
    let now = play.now();
    let vendors = play
        .machines
        .iter()
        .filter(|(vendor, _)| chosen.vendor.is_none_or(|one| one == **vendor));
    let vendors: BTreeMap<_, _> = vendors
        .map(|(vendor, machine)| (vendor.slug(), machine.state(now)))
        .collect();
    ok(&json!({ "now": now, "seq": play.journal.entries().len(), "vendors": vendors }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Reset {
    #[serde(default = "start")]
    to: String,
    #[serde(default)]
    keep_journal: bool,
}

fn start() -> String {
    "start".to_owned()
}

async fn reset(State(desk): Shared, body: Bytes) -> Answered {
    let Reset { to, keep_journal } = read(&body)?;
    restored(&desk, &to, keep_journal)
}

fn restored(desk: &Desk, name: &str, keep_journal: bool) -> Answered {
    let mut play = desk.stage.play();
    if !play.restore(name, keep_journal) {
        let known: Vec<&str> = play.snapshots.keys().map(String::as_str).collect();
        return Err(missing(crate::nearest::unknown("snapshot", name, known)));
    }
    let now = play.now();
    ok(&json!({ "now": now, "seq": play.journal.entries().len() }))
}

async fn seed(State(desk): Shared, body: Bytes) -> Answered {
    let given: Given = read(&body)?;
    let mut play = desk.stage.play();
    let now = play.now();
    // All or nothing: a half seeded world would be one that nobody described.
    let mut seeded = BTreeMap::new();
    for (vendor, machine) in &play.machines {
        let mut copy = machine.copy();
        copy.seed(&given, now).map_err(bad)?;
        seeded.insert(*vendor, copy);
    }
    let mut names = BTreeMap::new();
    for (vendor, machine) in &seeded {
        for secret in machine.access(now).secrets() {
            play.journal.keep_secret(secret.clone());
        }
        names.insert(vendor.slug(), machine.state(now)["names"].clone());
    }
    play.machines = seeded;
    ok(&json!({ "now": now, "names": names }))
}

async fn snapshots(State(desk): Shared) -> Answered {
    let play = desk.stage.play();
    ok(&play.snapshots.keys().collect::<Vec<_>>())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Named {
    name: String,
}

async fn take_snapshot(State(desk): Shared, body: Bytes) -> Answered {
    let Named { name } = read(&body)?;
    if ["start", "empty"].contains(&name.as_str()) {
        return Err(bad(format!("{name:?} is the mock's own")));
    }
    let mut play = desk.stage.play();
    let snapshot = play.snapshot();
    play.snapshots.insert(name.clone(), snapshot);
    ok(&json!({ "name": name }))
}

async fn drop_snapshot(State(desk): Shared, Path(name): Path<String>) -> Answered {
    if ["start", "empty"].contains(&name.as_str()) {
        return Err(bad(format!("{name:?} is the mock's own")));
    }
    match desk.stage.play().snapshots.remove(&name) {
        Some(_) => ok(&json!({ "name": name })),
        None => Err(missing(format!("no snapshot {name:?}"))),
    }
}

async fn restore(State(desk): Shared, Path(name): Path<String>) -> Answered {
    restored(&desk, &name, true)
}

async fn clock(State(desk): Shared) -> Answered {
    let mut play = desk.stage.play();
    ok(&json!({ "mode": play.clock.mode(), "now": play.now() }))
}

async fn advance(State(desk): Shared, body: Bytes) -> Answered {
    let asked: Advance = read(&body)?;
    let (from, to, fired) = desk.stage.play().advance(&asked).map_err(bad)?;
    ok(&json!({ "from": from, "to": to, "fired": fired }))
}

fn served(desk: &Desk, slug: &str) -> Result<Vendor, Problem> {
    let vendor = Vendor::from_slug(slug).map_err(missing)?;
    let here = desk.vendors.contains_key(&vendor);
    here.then_some(vendor)
        .ok_or_else(|| missing(format!("{slug} is not served")))
}

async fn vendor_list(State(desk): Shared) -> Answered {
    ok(&desk.vendors.keys().collect::<Vec<_>>())
}

async fn operations(State(desk): Shared, Path(vendor): Path<String>) -> Answered {
    ok(&served(&desk, &vendor)?.operations())
}

async fn clauses(State(desk): Shared, Path(vendor): Path<String>) -> Answered {
    let register: toml::Table = toml::from_str(served(&desk, &vendor)?.clauses())
        .map_err(|error| Problem(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()))?;
    ok(&register.get("clause"))
}

async fn dialects(State(desk): Shared, Path(vendor): Path<String>) -> Answered {
    let switches = served(&desk, &vendor)?.switches();
    let listed = switches
        .iter()
        .map(|switch| json!({ "key": switch.key, "values": switch.values, "says": switch.says }));
    ok(&listed.collect::<Vec<_>>())
}

async fn errors(State(desk): Shared, Path(vendor): Path<String>) -> Answered {
    ok(&served(&desk, &vendor)?.errors())
}

async fn document(State(desk): Shared, Path(vendor): Path<String>) -> Answered {
    ok(&openapi::document(served(&desk, &vendor)?))
}

async fn act(State(desk): Shared, deed: Deed, body: Bytes) -> Answered {
    let asked: Act = read(&body)?;
    desk.stage
        .play()
        .act(deed, &asked)
        .map_err(|problem| {
            let status = match &problem {
                NotActed::Unknown(_) => StatusCode::NOT_FOUND,
                NotActed::Malformed(_) => StatusCode::BAD_REQUEST,
                NotActed::Refused { .. } => StatusCode::CONFLICT,
            };
            Problem(status, problem.to_string())
        })
        .and_then(|done| ok(&done))
}

async fn faults(State(desk): Shared) -> Answered {
    ok(&desk.stage.play().faults.all())
}

async fn put_faults(State(desk): Shared, body: Bytes) -> Answered {
    let body = if body.trim_ascii().is_empty() {
        Bytes::from_static(b"[]")
    } else {
        body
    };
    let wanted: Vec<Fault> = read(&body)?;
    let mut play = desk.stage.play();
    let vendors = play.vendors();
    play.faults.replace(wanted, &vendors).map_err(bad)?;
    ok(&play.faults.all())
}

async fn clear_faults(State(desk): Shared) -> Answered {
    let mut play = desk.stage.play();
    play.faults = crate::faults::Faults::default();
    ok(&play.faults.all())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Waiting {
    /// Answer only once so many calls are held.
    #[serde(default)]
    wait: usize,
}

async fn holds(State(desk): Shared, uri: Uri) -> Answered {
    let Waiting { wait } = query(&uri)?;
    let mut held = desk.stage.held.subscribe();
    if held.wait_for(|count| *count >= wait).await.is_err() {
        return Err(Problem(
            StatusCode::SERVICE_UNAVAILABLE,
            "stopping".to_owned(),
        ));
    }
    let play = desk.stage.play();
    let listed = play.holds.iter().map(|(id, hold)| {
        json!({ "id": id, "fault": hold.fault, "vendor": hold.vendor, "op": hold.op, "object": hold.object })
    });
    ok(&listed.collect::<Vec<Value>>())
}

async fn release(State(desk): Shared, Path(id): Path<String>) -> Answered {
    let released = id.parse().is_ok_and(|id| desk.stage.play().release(id));
    if released {
        ok(&json!({ "released": id }))
    } else {
        Err(missing(format!("no call is held as {id}")))
    }
}

async fn journal(State(desk): Shared, uri: Uri) -> Answered {
    let filter: Filter = query(&uri)?;
    let play = desk.stage.play();
    ok(&play
        .journal
        .entries()
        .iter()
        .filter(|entry| filter.admits(entry))
        .collect::<Vec<_>>())
}

async fn verify_journal(State(desk): Shared, body: Bytes) -> Answered {
    let asked: verify::Verify = read(&body)?;
    let play = desk.stage.play();
    if let Some(why) = play.journal.broken() {
        return Err(Problem(
            StatusCode::UNPROCESSABLE_ENTITY,
            format!("the journal file has a hole: {why}"),
        ));
    }
    let failures = verify::failures(
        &asked,
        play.journal.entries(),
        play.faults.all(),
        &play.vendors(),
    )
    .map_err(bad)?;
    let status = if failures.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::CONFLICT
    };
    Ok((
        status,
        axum::Json(json!({ "ok": failures.is_empty(), "failures": failures })),
    )
        .into_response())
}
