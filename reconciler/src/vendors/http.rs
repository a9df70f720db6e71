//! All HTTP of the vendors: the only file that uses reqwest. Adapters ask it for calls, and judge the answers.
//!
//! Redirects are off, nothing is retried by the library, credentials go to the configured origin alone.
//! Reads are retried here, in this one layer. Writes are sent once, each on a connection of its own.

mod client;
#[cfg(feature = "harness")]
mod mock_clock;
mod origin;
mod pace;
mod settings;
mod trouble;

#[cfg(test)]
pub(crate) mod tests;

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use reqwest::header::{
    ACCEPT, CONTENT_TYPE, DATE, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER,
};
use reqwest::{Client, Url};
use secrecy::{ExposeSecret, SecretString};
use tokio::time::Instant;

use crate::model::{Call, Method, ReadError, ReadErrorKind};
use client::{Pool, client};
#[cfg(feature = "harness")]
pub use mock_clock::mock_clock;
use origin::Origin;
pub use origin::is_loopback;
use pace::Limiter;
pub use pace::Patience;
pub use settings::{BodyLimit, Clock, Settings, SetupError};
use trouble::Trouble;

/// One read to make.
#[derive(Clone, Debug)]
pub(super) struct Get {
    /// Below the configured url, beginning with `/`, percent-encoded.
    pub(super) path: String,
    /// Parameters in the order sent, not encoded.
    pub(super) query: Vec<(&'static str, String)>,
    /// Most bytes of the answer.
    pub(super) limit: usize,
}

impl Get {
    /// The call as messages name it: no value of a parameter, since people may have written it.
    pub(super) fn shown(&self) -> String {
        origin::shown("GET", &self.path, self.query.iter().map(|(name, _)| *name))
    }
}

/// A whole answer, whatever its status.
#[derive(Clone, Debug, Default)]
pub(super) struct Reply {
    /// The HTTP status.
    pub(super) status: u16,
    /// The media type, lower case, without parameters.
    pub(super) media: Option<String>,
    /// Every byte of it.
    pub(super) body: Vec<u8>,
    /// How long the vendor asks to wait, by `Retry-After` or `x-ratelimit-reset`.
    pub(super) wait: Option<Duration>,
}

impl Reply {
    /// Whether the body calls itself JSON; a body without a media type may still be.
    pub(super) fn may_be_json(&self) -> bool {
        self.media.as_deref().is_none_or(|media| {
            media == "application/json" || media == "text/json" || media.ends_with("+json")
        })
    }
}

/// What became of a write.
#[derive(Debug)]
pub(super) enum Written {
    /// Nothing left this machine.
    NotSent(String),
    /// It may have arrived, and no whole answer came back.
    Lost(String),
    /// A whole answer.
    Answered(Reply),
}

/// The calls of one queue: two clients, one limiter, one clock.
pub(super) struct Http {
    origin: Origin,
    credentials: HeaderMap,
    reads: Client,
    writes: OnceLock<Result<Client, SetupError>>,
    limiter: Limiter,
    calls: AtomicU64,
    offset: Mutex<Option<SignedDuration>>,
    settings: Settings,
}

impl fmt::Debug for Http {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Http")
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}

impl Http {
    /// Prepares the calls of one queue; sends nothing.
    ///
    /// # Errors
    /// Plain http beyond loopback, a url of another origin, roots or a proxy that cannot be read, a
    /// credential that cannot stand in a header.
    pub(super) fn new(
        settings: Settings,
        credentials: &[(&'static str, SecretString)],
    ) -> Result<Self, SetupError> {
        let origin = Origin::new(&settings.origin, &settings.base_url)?;
        let mut headers = HeaderMap::new();
        for (name, secret) in credentials {
            let mut value = HeaderValue::from_str(secret.expose_secret()).map_err(|_| {
                SetupError::new(
                    format!("the credential for the header `{name}` holds a character that cannot be sent"),
                    "look for a line end or a non-ASCII character in the secret",
                )
            })?;
            value.set_sensitive(true);
            headers.insert(HeaderName::from_static(name), value);
        }
        Ok(Self {
            reads: client(&settings, &origin, Pool::Kept)?,
            writes: OnceLock::new(),
            limiter: Limiter::new(settings.rate),
            calls: AtomicU64::new(0),
            offset: Mutex::new(None),
            credentials: headers,
            origin,
            settings,
        })
    }

    /// Makes one read; tries again where that can help. Dropping the future ends it, waiting included.
    ///
    /// # Errors
    /// No whole answer, or one over the limit, or a 429 that outlasts the budget. Any other status is an answer.
    pub(super) async fn read(&self, get: &Get) -> Result<Reply, ReadError> {
        let query = get
            .query
            .iter()
            .map(|(name, value)| (*name, value.as_str()));
        let url = self
            .origin
            .url(&get.path, query)
            .map_err(|what| trouble::refused(&get.shown(), &what))?;
        let patience = self.settings.patience;
        let mut spent = Duration::ZERO;
        let mut attempt = 1;
        loop {
            self.limiter.turn().await;
            let began = Instant::now();
            let ended = self
                .once(&self.reads, reqwest::Method::GET, url.clone(), get.limit)
                .await;
            spent = spent.saturating_add(began.elapsed());
            let asked = match ended {
                Ok(ref reply) if pace::may_pass(reply.status) => reply.wait,
                Err(ref trouble) if trouble.may_pass => None,
                Ok(reply) => return Ok(reply),
                Err(trouble) => return Err(trouble.to_error(&get.shown(), attempt)),
            };
            let Some(pause) = patience.pause(attempt, spent, asked, self.noise()) else {
                return match ended {
                    Ok(reply) if reply.status == 429 => {
                        Err(rate_limited(&get.shown(), attempt, reply.wait, &patience))
                    }
                    Ok(reply) => Ok(reply),
                    Err(trouble) => Err(trouble.to_error(&get.shown(), attempt)),
                };
            };
            tokio::time::sleep(pause).await;
            spent = spent.saturating_add(pause);
            attempt += 1;
        }
    }

    /// Waits until a write may be made within the rate limit.
    pub(super) async fn turn(&self) {
        self.limiter.turn().await;
    }

    /// Makes one write, once, on a connection of its own. Never tried again, and never waits for its turn:
    /// whoever calls has waited for it before it was written down.
    pub(super) async fn write(&self, call: &Call) -> Written {
        let query = call
            .query
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()));
        let url = match self.origin.url(&call.path, query) {
            Ok(url) => url,
            Err(what) => return Written::NotSent(what),
        };
        let client = match self
            .writes
            .get_or_init(|| client(&self.settings, &self.origin, Pool::None))
        {
            Ok(client) => client,
            Err(why) => return Written::NotSent(why.what.clone()),
        };
        let method = match call.method {
            Method::Put => reqwest::Method::PUT,
            Method::Post => reqwest::Method::POST,
            Method::Delete => reqwest::Method::DELETE,
        };
        match self
            .once(client, method, url, self.settings.body_limit.object)
            .await
        {
            Ok(reply) => Written::Answered(reply),
            Err(trouble) if trouble.nothing_left => Written::NotSent(trouble.what),
            Err(trouble) => Written::Lost(trouble.what),
        }
    }

    /// Our clock minus the vendor's, from the last `Date` header seen; whole seconds.
    pub(super) fn clock_offset(&self) -> Option<SignedDuration> {
        *self.offset.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Calls made so far, retries included.
    pub(super) fn calls(&self) -> u64 {
        self.calls.load(Ordering::Relaxed)
    }

    /// How the queue is to be reached.
    pub(super) fn settings(&self) -> &Settings {
        &self.settings
    }

    async fn once(
        &self,
        client: &Client,
        method: reqwest::Method,
        url: Url,
        limit: usize,
    ) -> Result<Reply, Trouble> {
        self.calls.fetch_add(1, Ordering::Relaxed);
        let mut answer = client
            .request(method, url)
            .headers(self.credentials.clone())
            .header(ACCEPT, "application/json")
            .send()
            .await
            .map_err(|error| Trouble::of(&error))?;
        let vendor_now = self.note_date(answer.headers());
        let mut reply = Reply {
            status: answer.status().as_u16(),
            media: media(answer.headers()),
            body: Vec::new(),
            wait: wait(answer.headers(), vendor_now),
        };
        if let Some(length) = answer.content_length() {
            let length = usize::try_from(length).unwrap_or(usize::MAX);
            if length > limit {
                return Err(Trouble::too_large(limit));
            }
            reply.body.reserve_exact(length);
        }
        while let Some(chunk) = answer.chunk().await.map_err(|error| Trouble::of(&error))? {
            if reply.body.len().saturating_add(chunk.len()) > limit {
                return Err(Trouble::too_large(limit));
            }
            reply.body.extend_from_slice(&chunk);
        }
        Ok(reply)
    }

    /// Holds our clock against the vendor's, and returns the vendor's, or ours where it shows none.
    fn note_date(&self, headers: &HeaderMap) -> Timestamp {
        let ours = (self.settings.clock)();
        let Some(theirs) = text(headers, &DATE).and_then(pace::http_date) else {
            return ours;
        };
        let offset = SignedDuration::from_secs(ours.as_second().saturating_sub(theirs.as_second()));
        *self.offset.lock().unwrap_or_else(PoisonError::into_inner) = Some(offset);
        theirs
    }

    /// Something that differs from call to call and from runner to runner, to spread retries.
    fn noise(&self) -> u64 {
        let moment = (self.settings.clock)().subsec_nanosecond();
        pace::scatter(u64::from(moment.unsigned_abs()) ^ (self.calls() << 32))
    }
}

fn rate_limited(
    shown: &str,
    attempt: u32,
    asked: Option<Duration>,
    patience: &Patience,
) -> ReadError {
    let asked = asked.map_or_else(String::new, |asked| {
        format!(", and asked to wait {} s", asked.as_secs())
    });
    ReadError {
        kind: ReadErrorKind::RateLimited,
        what: format!(
            "{shown} was answered 429 at try {attempt}{asked}; a read may take {} s with all its tries",
            patience.budget.as_secs()
        ),
        said: None,
        hint: "run again later, or lower `rate-limit` of the queue: other clients share the vendor's limit".to_owned(),
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

fn media(headers: &HeaderMap) -> Option<String> {
    let whole = text(headers, &CONTENT_TYPE)?;
    Some(whole.split(';').next()?.trim().to_ascii_lowercase())
}

fn wait(headers: &HeaderMap, vendor_now: Timestamp) -> Option<Duration> {
    let reset = HeaderName::from_static("x-ratelimit-reset");
    pace::asked(
        text(headers, &RETRY_AFTER),
        text(headers, &reset),
        vendor_now,
    )
}
