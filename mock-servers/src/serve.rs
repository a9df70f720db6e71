//! One vendor call from arrival to answer: journal, faults, the vendor's machine, in that order.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Body;
use hyper::{Request, Response, StatusCode};
use serde_json::json;

use crate::faults::{Fault, Kind as FaultKind, Phase};
use crate::journal::{Actor, Entry, Kind};
use crate::listener::{Cut, Wire};
use crate::operations::{Route, query_pairs, route};
use crate::stage::{Play, Stage};
use crate::vendors::{Answer, Call, Vendor};

/// The largest request body read.
const BODY_LIMIT: usize = 4 << 20;

/// What the client is told: an answer, and what the wire does to it.
struct Told {
    answer: Answer,
    cut: Option<Cut>,
    date: String,
}

/// Answers one request. What it does at the vendor happens even if the client has gone by then.
pub(crate) async fn answer<B>(
    stage: Arc<Stage>,
    vendor: Vendor,
    request: Request<B>,
    wire: Wire,
) -> Response<Full<Bytes>>
where
    B: Body<Data = Bytes>,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let (parts, body) = request.into_parts();
    let Ok(body) = Limited::new(body, BODY_LIMIT).collect().await else {
        // The request never arrived whole, so the vendor never saw it.
        return plain(StatusCode::PAYLOAD_TOO_LARGE);
    };
    let path = parts.uri.path().to_owned();
    let (found, methods) = match route(vendor.operations(), parts.method.as_str(), &path) {
        Route::Found(operation, values) => (Some((operation, values)), Vec::new()),
        Route::OtherMethods(methods) => (None, methods),
        Route::Nothing => (None, Vec::new()),
    };
    let query = query_pairs(parts.uri.query().unwrap_or_default());
    let body = body.to_bytes();
    let object = found
        .as_ref()
        .and_then(|(operation, variables)| operation.object?.find(variables, &query, &body));
    let call = Call {
        vendor,
        method: parts.method.as_str().to_owned(),
        path,
        query,
        headers: parts.headers,
        body,
        found,
        methods,
        object,
    };
    // A task of its own: when the client hangs up, this future is dropped, and the task goes on.
    let busy = stage.enter();
    let performed = tokio::spawn(async move {
        let told = perform(stage, call).await;
        drop(busy);
        told
    });
    match performed.await {
        Ok(told) => respond(told, &wire),
        Err(_) => plain(StatusCode::INTERNAL_SERVER_ERROR),
    }
}

async fn perform(stage: Arc<Stage>, call: Call) -> Told {
    let (epoch, struck) = {
        let mut play = stage.play();
        let struck = play.faults.strike(&call);
        if struck.is_empty() {
            return commit(&mut play, &call, None, None);
        }
        (play.epoch, struck)
    };
    let (before, after): (Vec<_>, Vec<_>) = struck
        .into_iter()
        .partition(|fault| fault.phase == Phase::BeforeEffect);
    for fault in &before {
        if !wait_and_act(&stage, &call, fault, epoch).await {
            return forgotten(&stage);
        }
        if fault.kind.is_some_and(ends) {
            return commit(&mut stage.play(), &call, Some(fault), None);
        }
    }
    let replacing = after.iter().find(|fault| fault.kind.is_some_and(ends));
    let told = {
        let mut play = stage.play();
        if play.epoch != epoch {
            return told(&mut play, Answer::empty(503), Some(Cut::Close));
        }
        commit(&mut play, &call, None, replacing)
    };
    for fault in &after {
        let shadowed =
            fault.kind.is_some_and(ends) && replacing.is_none_or(|chosen| chosen.id != fault.id);
        if !shadowed && !wait_and_act(&stage, &call, fault, epoch).await {
            return forgotten(&stage);
        }
    }
    told
}

/// Whether a fault of this kind decides what the client sees.
fn ends(kind: FaultKind) -> bool {
    match kind {
        FaultKind::Delay | FaultKind::Hold => false,
        FaultKind::Status
        | FaultKind::VendorError
        | FaultKind::RateLimit
        | FaultKind::Reset
        | FaultKind::Close
        | FaultKind::Truncate
        | FaultKind::Garbage
        | FaultKind::Html
        | FaultKind::Empty
        | FaultKind::Redirect => true,
    }
}

// Journals the strike, lets its act happen, and waits where it says so. False: the world was reset meanwhile.
async fn wait_and_act(stage: &Stage, call: &Call, fault: &Fault, epoch: u64) -> bool {
    let waiting = {
        let mut play = stage.play();
        if play.epoch != epoch {
            return false;
        }
        play.faults.hit(&fault.id);
        note_fault(&mut play, call, fault);
        if let Some(placed) = &fault.act {
            let mut act = placed.act.clone();
            act.vendor = act.vendor.or(Some(call.vendor));
            if placed.deed != crate::actors::Deed::UserSubmit {
                act.id = act.id.or_else(|| call.object().map(str::to_owned));
            }
            // A refused act is journalled as a refusal; the call goes on either way.
            let _ = play.act(placed.deed, &act);
        }
        let op = call.op().map_or("", |operation| operation.id);
        (fault.kind == Some(FaultKind::Hold)).then(|| {
            play.hold(
                fault.id.clone(),
                call.vendor,
                op,
                call.object().map(str::to_owned),
            )
            .1
        })
    };
    if let Some(released) = waiting
        && released.await.is_err()
    {
        return false;
    }
    if let (Some(FaultKind::Delay), Some(ms)) = (fault.kind, fault.ms) {
        tokio::time::sleep(Duration::from_millis(ms)).await;
    }
    true
}

fn note_fault(play: &mut Play, call: &Call, fault: &Fault) {
    let mut entry = Entry::new(Kind::Fault, Some(call.vendor))
        .with("fault", fault.id.clone())
        .with("phase", json!(fault.phase))
        .with("fault_kind", json!(fault.kind));
    entry.op = call.op().map(|operation| operation.id);
    entry.object = call.object().map(str::to_owned);
    play.note(entry);
}

// The one place where a call takes effect: all of it under the lock. `instead` keeps the vendor from seeing the call,
// `replacing` replaces what it answered.
fn commit(
    play: &mut Play,
    call: &Call,
    instead: Option<&Fault>,
    replacing: Option<&Fault>,
) -> Told {
    let now = play.now();
    let Some(machine) = play.machine(call.vendor) else {
        return told(play, Answer::empty(503), Some(Cut::Close));
    };
    let (mut deeds, mut strange) = (Vec::new(), Vec::new());
    let mut answer = match (instead, call.op()) {
        (Some(_), _) => Answer::empty(503),
        (None, Some(_)) => {
            let reply = machine.handle(call, now);
            (deeds, strange) = (reply.deeds, reply.strange);
            reply.answer
        }
        (None, None) => machine.unmatched(call),
    };
    let mut status = Some(answer.status);
    let mut cut = None;
    if let Some(fault) = instead.or(replacing) {
        (answer, cut) = disturb(machine.as_ref(), call, answer, fault);
        status = match (fault.phase, cut) {
            (Phase::Response, _) => status,
            (_, Some(Cut::Reset | Cut::Close)) => None,
            (_, Some(Cut::Head | Cut::Body { .. }) | None) => Some(answer.status),
        };
    }
    let seq = note_call(play, call, status, &strange);
    for deed in &deeds {
        play.note_deed(
            call.vendor,
            call.op().map(|op| op.id),
            Actor::Api,
            Some((seq, status)),
            deed,
        );
    }
    told(play, answer, cut)
}

// What becomes of an answer under a fault that ends the call.
fn disturb(
    machine: &dyn crate::vendors::Machine,
    call: &Call,
    answer: Answer,
    fault: &Fault,
) -> (Answer, Option<Cut>) {
    let status = |default: u16| fault.status.unwrap_or(default);
    match fault.kind {
        Some(FaultKind::Status) => (stated(fault), None),
        Some(FaultKind::VendorError) => {
            let error = fault.name.as_deref().and_then(|name| machine.error(name));
            (error.unwrap_or_else(|| Answer::empty(500)), None)
        }
        Some(FaultKind::RateLimit) => (machine.throttled(fault.seconds.unwrap_or(30)), None),
        Some(FaultKind::Reset) => (answer, Some(Cut::Reset)),
        Some(FaultKind::Close) => (answer, Some(Cut::Close)),
        Some(FaultKind::Truncate) => {
            // Never the whole body: a cut that cuts nothing would be no fault.
            let keep = fault
                .bytes
                .unwrap_or(answer.body.len() / 2)
                .min(answer.body.len().saturating_sub(1));
            let cut = if answer.body.is_empty() {
                Cut::Head
            } else {
                Cut::Body { keep }
            };
            (answer, Some(cut))
        }
        Some(FaultKind::Garbage) => (
            Answer::json(status(200), &b"\x00\xff{\"id\":[[\x07\xfe}{"[..]),
            None,
        ),
        Some(FaultKind::Html) => {
            let page = "<!DOCTYPE html><html><head><title>Gateway</title></head><body><h1>Bad Gateway</h1></body></html>";
            (Answer::text(status(502), "text/html", page), None)
        }
        Some(FaultKind::Empty) => (Answer::empty(status(200)), None),
        Some(FaultKind::Redirect) => {
            let answer = Answer::empty(status(307));
            (answer.with("location", elsewhere(call)), None)
        }
        Some(FaultKind::Delay | FaultKind::Hold) | None => (answer, None),
    }
}

// Another host to any client, and yet one that is listened to. Without a scheme it stays the call's own.
fn elsewhere(call: &Call) -> String {
    let host = call.headers.get("host").and_then(|host| host.to_str().ok());
    let port = host.and_then(|host| host.rsplit_once(':'));
    let port = port.map_or_else(String::new, |(_, port)| format!(":{port}"));
    format!("//localhost{port}/elsewhere{}", call.path)
}

fn stated(fault: &Fault) -> Answer {
    let status = fault.status.unwrap_or(500);
    match &fault.body {
        None => Answer::empty(status),
        Some(serde_json::Value::String(text)) => {
            Answer::text(status, "text/plain; charset=utf-8", text.clone())
        }
        Some(json) => Answer::json(status, json.to_string()),
    }
}

fn note_call(play: &mut Play, call: &Call, status: Option<u16>, strange: &[String]) -> u64 {
    let mut entry = Entry::new(Kind::Call, Some(call.vendor))
        .with("method", call.method.clone())
        .with("path", crate::operations::decode(&call.path))
        .with("query", json!(call.query));
    if call.op().is_none() {
        entry = entry.with("unmatched", true);
    }
    if !strange.is_empty() {
        entry = entry.with("strange", json!(strange));
    }
    if !call.body.is_empty() {
        entry = entry.with("body", body_text(call));
    }
    entry.op = call.op().map(|operation| operation.id);
    entry.object = call.object().map(str::to_owned);
    entry.actor = Some(Actor::Api);
    entry.status = status;
    play.note(entry)
}

// A form is shown decoded, like the path: a secret that was written in percents is one all the same.
fn body_text(call: &Call) -> String {
    let text = String::from_utf8_lossy(&call.body).into_owned();
    let kind = call.headers.get("content-type");
    let is_form = kind.is_some_and(|kind| {
        let form = b"application/x-www-form-urlencoded";
        let head = kind.as_bytes().get(..form.len());
        head.is_some_and(|head| head.eq_ignore_ascii_case(form))
    });
    if is_form {
        return crate::operations::decode(&text);
    }
    text
}

fn told(play: &mut Play, answer: Answer, cut: Option<Cut>) -> Told {
    let date = httpdate::fmt_http_date(play.now().into());
    Told { answer, cut, date }
}

// The call belongs to a world that is gone: the client hears nothing.
fn forgotten(stage: &Stage) -> Told {
    told(&mut stage.play(), Answer::empty(503), Some(Cut::Close))
}

fn respond(told: Told, wire: &Wire) -> Response<Full<Bytes>> {
    if let Some(cut) = told.cut {
        wire.instruct(cut);
    }
    let mut builder = Response::builder()
        .status(told.answer.status)
        .header("date", told.date);
    for (name, value) in told.answer.headers {
        builder = builder.header(name, value);
    }
    builder
        .body(Full::new(told.answer.body))
        .unwrap_or_else(|_| plain(StatusCode::INTERNAL_SERVER_ERROR))
}

fn plain(status: StatusCode) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::default());
    *response.status_mut() = status;
    response
}
