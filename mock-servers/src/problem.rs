//! The admin API's manners: strict bodies and queries, errors as problem details, no foreign pages.

use std::net::{IpAddr, SocketAddr};

use axum::body::Bytes;
use axum::extract::{Query, Request, State};
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde::de::DeserializeOwned;
use serde_json::json;

use crate::nearest::{advise, strict_json};

/// What a handler answers.
pub(crate) type Answered = Result<Response, Problem>;

/// An error as problem details.
pub(crate) struct Problem(pub(crate) StatusCode, pub(crate) String);

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let Self(status, detail) = self;
        let title = status.canonical_reason().unwrap_or_default();
        let body = json!({ "type": "about:blank", "title": title, "status": status.as_u16(), "detail": detail });
        (
            status,
            [(header::CONTENT_TYPE, "application/problem+json")],
            body.to_string(),
        )
            .into_response()
    }
}

pub(crate) fn bad(detail: String) -> Problem {
    Problem(StatusCode::BAD_REQUEST, detail)
}

pub(crate) fn missing(detail: String) -> Problem {
    Problem(StatusCode::NOT_FOUND, detail)
}

pub(crate) fn read<T: DeserializeOwned>(body: &Bytes) -> Result<T, Problem> {
    strict_json(body).map_err(bad)
}

pub(crate) fn query<T: DeserializeOwned>(uri: &Uri) -> Result<T, Problem> {
    let parsed = Query::try_from_uri(uri);
    parsed
        .map(|Query(value)| value)
        .map_err(|rejection| bad(advise(&rejection.body_text())))
}

pub(crate) fn ok(value: &impl serde::Serialize) -> Answered {
    Ok(axum::Json(json!(value)).into_response())
}

// A web page elsewhere must not reach a mock through a browser: neither by its own origin nor by a rebound name.
pub(crate) async fn own_page_only(
    State(address): State<SocketAddr>,
    request: Request,
    next: Next,
) -> Response {
    let headers = request.headers();
    let loopback = address.ip().is_loopback();
    let host = text(headers, "host");
    let host_fits = !loopback || host.is_some_and(is_loopback_host);
    let origin = text(headers, "origin");
    let origin_fits = origin.is_none_or(|origin| {
        let named = origin.strip_prefix("http://");
        named.is_some() && named == host
    });
    if !host_fits || !origin_fits {
        return Problem(StatusCode::FORBIDDEN, "foreign Host or Origin".to_owned()).into_response();
    }
    next.run(request).await
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

fn is_loopback_host(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        Some(_) | None => host,
    };
    let name = name.trim_start_matches('[').trim_end_matches(']');
    name.eq_ignore_ascii_case("localhost")
        || name.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_loopback_names_are_ours() {
        for host in [
            "127.0.0.1:7700",
            "localhost",
            "LOCALHOST:1",
            "[::1]:80",
            "127.8.8.8",
        ] {
            assert!(is_loopback_host(host), "{host}");
        }
        for host in ["evil.example", "127.0.0.1.evil.example:80", "10.0.0.1", ""] {
            assert!(!is_loopback_host(host), "{host}");
        }
    }
}
