//! How to reach one vendor instance: what a configuration says, and what it may leave out.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::Patience;

/// Where the present moment comes from; main takes it, tests choose it.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// How to reach one vendor instance. `Settings::new` fills in what a configuration may leave out.
#[derive(Clone)]
pub struct Settings {
    /// Scheme, host and port; no call goes anywhere else.
    pub origin: String,
    /// The configured url, without a slash at its end; paths are appended to it.
    pub base_url: String,
    /// For one call, from connecting to the last byte of the answer.
    pub timeout: Duration,
    /// For resolver, connection and TLS handshake together.
    pub connect_timeout: Duration,
    /// Calls in any 60 seconds, retries and writes included; none is no limit.
    pub rate: Option<u32>,
    /// Further roots beside the platform's, PEM.
    pub ca_pem: Option<Vec<u8>>,
    /// `HTTPS_PROXY`, taken by main; never used for loopback.
    pub proxy: Option<String>,
    /// The clock that is held against the vendor's `Date` header.
    pub clock: Clock,
    /// Most bytes of an answer.
    pub body_limit: BodyLimit,
    /// How reads are retried.
    pub patience: Patience,
}

/// Most bytes of an answer; more is an error, and is never held in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BodyLimit {
    /// For one page of a list.
    pub page: usize,
    /// For one list of a vendor that does not page.
    pub whole: usize,
    /// For one object, and for the answer to a write.
    pub object: usize,
}

impl Default for BodyLimit {
    fn default() -> Self {
        Self {
            page: 64 << 20,
            whole: 512 << 20,
            object: 8 << 20,
        }
    }
}

impl Settings {
    /// Settings with the defaults: 20 s a call, 5 s to connect, no rate limit, no proxy, the platform's roots.
    #[must_use]
    pub fn new(origin: impl Into<String>, base_url: impl Into<String>, clock: Clock) -> Self {
        Self {
            origin: origin.into(),
            base_url: base_url.into(),
            timeout: Duration::from_secs(20),
            connect_timeout: Duration::from_secs(5),
            rate: None,
            ca_pem: None,
            proxy: None,
            clock,
            body_limit: BodyLimit::default(),
            patience: Patience::default(),
        }
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A proxy's url may hold a password.
        f.debug_struct("Settings")
            .field("origin", &self.origin)
            .field("rate", &self.rate)
            .field("proxy", &self.proxy.is_some())
            .finish_non_exhaustive()
    }
}

/// Why a queue's HTTP cannot be set up; nothing was sent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what}: {hint}")]
pub struct SetupError {
    /// What is wrong; no secret.
    pub what: String,
    /// The edit that helps.
    pub hint: String,
}

impl SetupError {
    pub(super) fn new(what: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            hint: hint.into(),
        }
    }
}
