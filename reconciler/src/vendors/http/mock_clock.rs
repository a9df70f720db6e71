//! The clock of a mock vendor, for builds with the harness.

use std::sync::Arc;

use jiff::Timestamp;
use reqwest::Url;
use serde::Deserialize;

use super::{Get, Http, Settings};

/// Reads the time a mock shows; `url` is that of its clock, as in `http://127.0.0.1:7700/__mock/v1/clock`.
///
/// # Errors
/// In our words: not a url of this machine, or no such answer.
pub async fn mock_clock(url: &str) -> Result<Timestamp, String> {
    #[derive(Deserialize)]
    struct Shown {
        now: Timestamp,
    }
    let parsed = Url::parse(url).map_err(|_| "this is not a url".to_owned())?;
    let origin = parsed.origin().ascii_serialization();
    if !super::is_loopback(&origin) {
        return Err("it is not on this machine".to_owned());
    }
    let clock = Arc::new(|| Timestamp::UNIX_EPOCH);
    let http =
        Http::new(Settings::new(&origin, &origin, clock), &[]).map_err(|error| error.what)?;
    let get = Get {
        path: parsed.path().to_owned(),
        query: Vec::new(),
        limit: 4096,
    };
    let reply = http.read(&get).await.map_err(|error| error.what)?;
    serde_json::from_slice::<Shown>(&reply.body)
        .map(|shown| shown.now)
        .map_err(|_| format!("it answered {} and no time", reply.status))
}
