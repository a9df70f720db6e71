//! All HTTP of the vendors: the only file that uses reqwest. Adapters ask it for calls, and judge the answers.
//!
//! Redirects are off, nothing is retried by the library, credentials go to the configured origin alone.
//! Reads are retried here, in this one layer. Writes are sent once, each on a connection of its own.

mod body;
mod client;
mod content;
mod exchange;
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
use reqwest::Client;
use reqwest::header::{ACCEPT, DATE, HeaderMap};
use secrecy::SecretString;
use tokio::time::Instant;

use crate::model::{Call, Method, ReadError};
pub(super) use body::{Piece, Taker};
use client::{Pool, client};
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) use content::read_header;
use content::{Content, Outgoing};
pub(super) use exchange::{Get, Inquiry, Post, Reply, Written};
#[cfg(feature = "harness")]
pub use mock_clock::mock_clock;
use origin::Origin;
pub use origin::is_loopback;
use pace::Limiter;
pub use pace::Patience;
pub use settings::{BodyLimit, Clock, Settings, SetupError};
use trouble::Trouble;

/// The calls of one queue: two clients, one limiter, one clock.
pub(super) struct Http {
    origin: Origin,
    /// What every call carries.
    credentials: Mutex<HeaderMap>,
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
        let http = Self {
            reads: client(&settings, &origin, Pool::Kept)?,
            writes: OnceLock::new(),
            limiter: Limiter::new(settings.rate),
            calls: AtomicU64::new(0),
            offset: Mutex::new(None),
            credentials: Mutex::new(HeaderMap::new()),
            origin,
            settings,
        };
        http.carry(credentials)?;
        Ok(http)
    }

    /// From now on every call carries these headers, and none that were carried before.
    ///
    /// # Errors
    /// A secret that cannot stand in a header.
    pub(super) fn carry(
        &self,
        credentials: &[(&'static str, SecretString)],
    ) -> Result<(), SetupError> {
        let headers = content::secret_headers(credentials)?;
        let mut carried = self
            .credentials
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        *carried = headers;
        Ok(())
    }

    /// Makes one read; tries again where that can help. Dropping the future ends it, waiting included.
    ///
    /// # Errors
    /// No whole answer, or one over the limit, or a 429 that outlasts the budget. Any other status is an answer.
    pub(super) async fn read(&self, get: &Get) -> Result<Reply, ReadError> {
        let outgoing = self.reading(get)?;
        self.patiently(&get.shown(), &outgoing).await
    }

    /// Makes one read as `read` does, and hands the body of a success in JSON on as it comes: the reply has none
    /// then. Each try begins it anew.
    ///
    /// # Errors
    /// As `read`; what was handed on by then counts for nothing.
    pub(super) async fn stream(&self, get: &Get, taker: Taker<'_>) -> Result<Reply, ReadError> {
        let outgoing = self.reading(get)?;
        self.patiently_with(None, &get.shown(), &outgoing, Some(taker))
            .await
    }

    fn reading(&self, get: &Get) -> Result<Outgoing, ReadError> {
        let query = get
            .query
            .iter()
            .map(|(name, value)| (*name, value.as_str()));
        let url = self
            .origin
            .url(&get.path, query)
            .map_err(|what| trouble::refused(&get.shown(), &what))?;
        Ok(Outgoing {
            method: reqwest::Method::GET,
            url,
            content: Content::Nothing,
            organization: None,
            limit: get.limit,
        })
    }

    /// Makes one call of a session, tried again as a read is.
    ///
    /// # Errors
    /// As `read`; and a secret that cannot stand in a header.
    pub(super) async fn post(&self, post: &Post) -> Result<Reply, ReadError> {
        let url = self
            .origin
            .url(post.path, std::iter::empty())
            .map_err(|what| trouble::refused(&post.shown(), &what))?;
        let outgoing = Outgoing {
            method: reqwest::Method::POST,
            url,
            content: content::form(&post.form),
            organization: None,
            limit: self.settings.body_limit.object,
        };
        let credentials = match &post.credentials {
            Some(credentials) => Some(
                content::secret_headers(credentials)
                    .map_err(|SetupError { what, .. }| trouble::refused(&post.shown(), &what))?,
            ),
            None => None,
        };
        self.patiently_with(credentials.as_ref(), &post.shown(), &outgoing, None)
            .await
    }

    /// Makes one read in the name of an organization, tried again as any read is.
    ///
    /// # Errors
    /// As `read`.
    pub(super) async fn inquire(&self, inquiry: &Inquiry) -> Result<Reply, ReadError> {
        let query = inquiry.query.iter();
        let query = query.map(|(name, value)| (*name, value.as_str()));
        let url = self
            .origin
            .url(inquiry.path, query)
            .map_err(|what| trouble::refused(&inquiry.shown(), &what))?;
        let (method, content) = match &inquiry.body {
            Some(body) => (reqwest::Method::POST, Content::Json(body.to_string())),
            None => (reqwest::Method::GET, Content::Nothing),
        };
        let outgoing = Outgoing {
            method,
            url,
            content,
            organization: Some(inquiry.organization.clone()),
            limit: inquiry.limit,
        };
        self.patiently(&inquiry.shown(), &outgoing).await
    }

    async fn patiently(&self, shown: &str, outgoing: &Outgoing) -> Result<Reply, ReadError> {
        self.patiently_with(None, shown, outgoing, None).await
    }

    async fn patiently_with(
        &self,
        credentials: Option<&HeaderMap>,
        shown: &str,
        outgoing: &Outgoing,
        mut taker: Option<Taker<'_>>,
    ) -> Result<Reply, ReadError> {
        let patience = self.settings.patience;
        let mut spent = Duration::ZERO;
        let mut attempt = 1;
        loop {
            self.limiter.turn().await;
            let began = Instant::now();
            let again: Option<Taker<'_>> = match &mut taker {
                Some(taker) => Some(&mut **taker),
                None => None,
            };
            let ended = self.once(&self.reads, credentials, outgoing, again).await;
            spent = spent.saturating_add(began.elapsed());
            let asked = match ended {
                Ok(ref reply) if pace::may_pass(reply.status) => reply.wait,
                Err(ref trouble) if trouble.may_pass => None,
                Ok(reply) => return Ok(reply),
                Err(trouble) => return Err(trouble.to_error(shown, attempt)),
            };
            let Some(pause) = patience.pause(attempt, spent, asked, self.noise()) else {
                return match ended {
                    Ok(reply) if reply.status == 429 => Err(trouble::rate_limited(
                        shown,
                        attempt,
                        reply.wait,
                        patience.budget,
                    )),
                    Ok(reply) => Ok(reply),
                    Err(trouble) => Err(trouble.to_error(shown, attempt)),
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
        let outgoing = Outgoing {
            method,
            url,
            content: call
                .body
                .as_ref()
                .map_or(Content::Nothing, |body| Content::Json(body.to_string())),
            organization: call.organization.clone(),
            limit: self.settings.body_limit.object,
        };
        match self.once(client, None, &outgoing, None).await {
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

    /// How long the rate limit still holds back the call that goes out next; nothing where none waits.
    pub(super) fn held_back(&self) -> Option<Duration> {
        self.limiter.held_back()
    }

    /// How the queue is to be reached.
    pub(super) fn settings(&self) -> &Settings {
        &self.settings
    }

    /// With these credentials, or with those that every call carries.
    async fn once(
        &self,
        client: &Client,
        credentials: Option<&HeaderMap>,
        outgoing: &Outgoing,
        taker: Option<Taker<'_>>,
    ) -> Result<Reply, Trouble> {
        let Outgoing {
            method,
            url,
            content: _,
            organization: _,
            limit,
        } = outgoing;
        let limit = *limit;
        self.calls.fetch_add(1, Ordering::Relaxed);
        let credentials = credentials.cloned().unwrap_or_else(|| {
            let carried = self.credentials.lock();
            carried.unwrap_or_else(PoisonError::into_inner).clone()
        });
        let request = client
            .request(method.clone(), url.clone())
            .headers(credentials.clone())
            .header(ACCEPT, "application/json");
        let mut answer = outgoing
            .fill(request)
            .send()
            .await
            .map_err(|error| Trouble::of(&error))?;
        let vendor_now = self.note_date(answer.headers());
        // That a key was rejected stands in the status, which no cut can change; trying again would look like an attack.
        if answer.status() != reqwest::StatusCode::UNAUTHORIZED {
            content::refuse_unreadable(&answer)?;
        }
        let mut reply = Reply {
            status: answer.status().as_u16(),
            media: content::media(answer.headers()),
            body: Vec::new(),
            wait: content::wait(answer.headers(), vendor_now),
            cookies: content::cookies(answer.headers(), vendor_now),
            pagination: answer
                .headers()
                .get("pagination")
                .and_then(|value| value.to_str().ok())
                .map(str::to_owned),
            second_factor: answer.headers().contains_key("www-authenticate-2fa"),
        };
        if let Some(taker) = taker.filter(|_| reply.status == 200 && reply.may_be_json()) {
            body::through(&mut answer, limit, &credentials, taker).await?;
            return Ok(reply);
        }
        reply.body = body::whole(&mut answer, limit).await?;
        content::withhold(reply.status, &mut reply.body, &credentials);
        Ok(reply)
    }

    /// Holds our clock against the vendor's, and returns the vendor's, or ours where it shows none.
    fn note_date(&self, headers: &HeaderMap) -> Timestamp {
        let ours = (self.settings.clock)();
        let Some(theirs) = content::text(headers, &DATE).and_then(pace::http_date) else {
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
