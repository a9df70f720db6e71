//! The bare server: an axum handler that answers one page, whatever is asked for.

use std::io::Write as _;

use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::routing::get;

use crate::Result;
use crate::world::fetch;

/// Reads the first page of a mock, tells its own url, and serves that page until its standard input ends.
pub(crate) fn serve(source: &str, key: &str) -> Result<()> {
    let page: axum::body::Bytes = fetch(source, "/requests?startid=0&take=1000", key)?.into();
    let answer = move || async move { ([(CONTENT_TYPE, "application/json")], page) };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        writeln!(std::io::stdout(), "http://{}", listener.local_addr()?)?;
        std::io::stdout().flush()?;
        let served = axum::serve(listener, Router::new().route("/requests", get(answer)));
        tokio::select! {
            ended = served.into_future() => ended?,
            () = closed() => {}
        }
        Ok(())
    })
}

async fn closed() {
    let read = || std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
    // However it ends, nobody is there any more.
    let _ = tokio::task::spawn_blocking(read).await;
}
