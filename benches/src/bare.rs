//! The bare clients: what the wire alone costs. Small and plain, with the same HTTP library as `countersign`.

use std::io::Write as _;
use std::path::Path;
use std::time::Instant;

use futures_util::{StreamExt as _, TryStreamExt as _};
use reqwest::Client;

use crate::Result;

fn client() -> reqwest::ClientBuilder {
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder()
        .http1_only()
        .tcp_nodelay(true)
        .no_proxy()
        .tls_certs_only([])
}

fn run<F: Future<Output = Result<()>>>(work: F) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let began = Instant::now();
    runtime.block_on(work)?;
    let took = began.elapsed().as_secs_f64();
    writeln!(std::io::stdout(), "{took}")?;
    Ok(())
}

/// Reads a queue to its end over one connection: bytes only, the last id found in the tail.
pub(crate) fn read(url: &str, key: &str) -> Result<()> {
    run(async {
        let client = client().pool_max_idle_per_host(1).build()?;
        let mut after = String::new();
        let mut page: Vec<u8> = Vec::new();
        loop {
            let url = format!("{url}/requests?{after}take=1000");
            let mut answer = client.get(url).header("apikey", key).send().await?;
            page.clear();
            while let Some(chunk) = answer.chunk().await? {
                page.extend_from_slice(&chunk);
            }
            let Some(last) = last_id(&page) else {
                return Ok(());
            };
            after = format!("startid={}&", last + 1);
        }
    })
}

/// Reads the first page so many times over one connection; tells the seconds of one.
pub(crate) fn page(url: &str, key: &str, times: u32) -> Result<()> {
    let client = client().pool_max_idle_per_host(1).build()?;
    let url = format!("{url}/requests?startid=0&take=1000");
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let one = || async {
        let answer = client.get(&url).header("apikey", key).send().await?;
        answer.error_for_status()?.bytes().await
    };
    // The first opens the connection.
    runtime.block_on(one())?;
    let began = Instant::now();
    for _ in 0..times {
        runtime.block_on(one())?;
    }
    let took = began.elapsed().as_secs_f64() / f64::from(times);
    writeln!(std::io::stdout(), "{took}")?;
    Ok(())
}

/// The id that stands last in a page; none in an empty one.
pub(crate) fn last_id(page: &[u8]) -> Option<u64> {
    const KEY: &[u8] = b"\"id\":\"";
    let at = page.windows(KEY.len()).rposition(|window| window == KEY)?;
    let digits = page.get(at + KEY.len()..)?;
    let end = digits.iter().position(|byte| *byte == b'"')?;
    std::str::from_utf8(digits.get(..end)?).ok()?.parse().ok()
}

/// What an apply cannot do without, so many at once: a read, an approval on a connection of its own, a read.
pub(crate) fn apply(url: &str, key: &str, at_once: usize, ids: &Path) -> Result<()> {
    let ids = std::fs::read_to_string(ids)?;
    run(async {
        let reads = client().build()?;
        let writes = client().pool_max_idle_per_host(0).build()?;
        let (reads, writes) = (&reads, &writes);
        let call = |request: reqwest::RequestBuilder| async move {
            let answer = request.header("apikey", key).send().await?;
            answer.error_for_status()?.bytes().await
        };
        futures_util::stream::iter(ids.lines().map(|id| {
            let url = format!("{url}/requests/{id}");
            async move {
                call(reads.get(&url)).await?;
                let approve = format!("{url}?approvedby=countersign%40example.com");
                call(writes.put(approve)).await?;
                call(reads.get(&url)).await
            }
        }))
        .buffer_unordered(at_once)
        .try_for_each(|_| async { Ok(()) })
        .await?;
        Ok(())
    })
}
