//! Where calls may go: one origin, checked when a queue is set up and again for each call.

use std::net::IpAddr;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::Url;

use super::SetupError;

/// Everything but what RFC 3986 calls unreserved.
pub(super) const NOT_UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// The configured url of a queue, known to lie on its configured origin.
#[derive(Debug)]
pub(super) struct Origin {
    /// As configured, without a slash at its end.
    base: String,
    parsed: Url,
}

impl Origin {
    /// Checks the url against its origin: https, or http on loopback; no user, query or fragment.
    pub(super) fn new(origin: &str, base: &str) -> Result<Self, SetupError> {
        let hint = "correct `url` of the queue in countersign.toml";
        let parsed = Url::parse(base)
            .map_err(|_| SetupError::new("the queue's url cannot be read", hint))?;
        let pinned = Url::parse(origin)
            .map_err(|_| SetupError::new("the queue's origin cannot be read", hint))?;
        let plain = parsed.username().is_empty()
            && parsed.password().is_none()
            && parsed.query().is_none()
            && parsed.fragment().is_none();
        if !plain {
            return Err(SetupError::new(
                "the queue's url holds a user, a query or a fragment",
                hint,
            ));
        }
        if pinned.origin() != parsed.origin() {
            return Err(SetupError::new(
                format!(
                    "the queue's url does not lie on its origin {}",
                    pinned.origin().ascii_serialization()
                ),
                hint,
            ));
        }
        let found = Self {
            base: base.trim_end_matches('/').to_owned(),
            parsed,
        };
        if found.is_https() || (found.parsed.scheme() == "http" && found.is_loopback()) {
            Ok(found)
        } else {
            Err(SetupError::new(
                format!(
                    "{} is not https",
                    found.parsed.origin().ascii_serialization()
                ),
                "only a loopback address may be reached without TLS; use an https url",
            ))
        }
    }

    pub(super) fn is_https(&self) -> bool {
        self.parsed.scheme() == "https"
    }

    /// Whether the host is this machine by its very spelling; no name is resolved for it.
    pub(super) fn is_loopback(&self) -> bool {
        let host = self.parsed.host_str().unwrap_or_default();
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        host == "localhost" || bare.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
    }

    /// The url of one call. Refuses whatever would not be exactly this path on exactly this origin.
    pub(super) fn url<'a>(
        &self,
        path: &str,
        query: impl Iterator<Item = (&'a str, &'a str)>,
    ) -> Result<Url, String> {
        let mut whole = format!("{}{path}", self.base);
        for (nth, (name, value)) in query.enumerate() {
            whole.push(if nth == 0 { '?' } else { '&' });
            whole.extend(utf8_percent_encode(name, NOT_UNRESERVED));
            whole.push('=');
            whole.extend(utf8_percent_encode(value, NOT_UNRESERVED));
        }
        let refused = || {
            "the composed url is not the path it should be on the queue's origin; not sent"
                .to_owned()
        };
        if !path.starts_with('/') || path.contains(['?', '#', '\\']) {
            return Err(refused());
        }
        let url = Url::parse(&whole).map_err(|_| refused())?;
        let below = format!("{}{path}", self.parsed.path().trim_end_matches('/'));
        if url.origin() == self.parsed.origin() && url.path() == below && url.fragment().is_none() {
            Ok(url)
        } else {
            Err(refused())
        }
    }
}

/// Whether an origin is this machine by its very spelling.
#[must_use]
pub fn is_loopback(origin: &str) -> bool {
    Origin::new(origin, origin).is_ok_and(|origin| origin.is_loopback())
}

/// A call as messages name it: `GET /requests (startid, take)`. Names of parameters only.
pub(super) fn shown<'a>(method: &str, path: &str, names: impl Iterator<Item = &'a str>) -> String {
    let names: Vec<&str> = names.collect();
    if names.is_empty() {
        format!("{method} {path}")
    } else {
        format!("{method} {path} ({})", names.join(", "))
    }
}
