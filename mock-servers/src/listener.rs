//! Our own listener: each connection carries a cell into which a handler writes what shall happen to the bytes.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

/// What happens to a connection instead of a whole answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cut {
    /// RST: nothing of the answer is sent.
    Reset,
    /// FIN: nothing of the answer is sent.
    Close,
    /// All of the head but its last line end, then FIN.
    Head,
    /// The head and `keep` bytes of the body, below the stated content-length, then FIN.
    Body {
        /// How many bytes of the body.
        keep: usize,
    },
}

/// The cell shared by a connection and its handler.
#[derive(Clone, Debug, Default)]
pub(crate) struct Wire(Arc<Mutex<Option<Cut>>>);

impl Wire {
    pub(crate) fn instruct(&self, cut: Cut) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(cut);
    }

    fn instruction(&self) -> Option<Cut> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Accepts until `stop` says so; `handle` answers each request, over TLS where there is an acceptor. Ends when all
/// connections have ended.
pub(crate) async fn serve<H, F>(
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    mut stop: watch::Receiver<bool>,
    handle: H,
) where
    H: Fn(Request<Incoming>, Wire) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = Response<Full<Bytes>>> + Send + 'static,
{
    let mut connections = JoinSet::new();
    let stopped = stop.clone();
    loop {
        tokio::select! {
            _ = stop.wait_for(|stopped| *stopped) => break,
            accepted = listener.accept() => {
                // A refused accept (too many files) concerns that client only.
                if let Ok((stream, _)) = accepted {
                    connections.spawn(connection(stream, tls.clone(), stopped.clone(), handle.clone()));
                }
            }
            Some(_) = connections.join_next() => {}
        }
    }
    drop(listener);
    while connections.join_next().await.is_some() {}
}

async fn connection<H, F>(
    stream: TcpStream,
    tls: Option<TlsAcceptor>,
    mut stop: watch::Receiver<bool>,
    handle: H,
) where
    H: Fn(Request<Incoming>, Wire) -> F + Send + Sync + 'static,
    F: Future<Output = Response<Full<Bytes>>> + Send + 'static,
{
    // A delayed small answer would look like the vendor's latency.
    let _ = stream.set_nodelay(true);
    let whole = async {
        match tls {
            None => converse(stream, handle).await,
            // A client that does not trust us goes away, and has said nothing yet.
            Some(tls) => {
                if let Ok(stream) = tls.accept(stream).await {
                    converse(stream, handle).await;
                }
            }
        }
    };
    tokio::select! {
        () = whole => {}
        _ = stop.wait_for(|stopped| *stopped) => {}
    }
}

async fn converse<S, H, F>(stream: S, handle: H)
where
    S: Socket + AsyncRead + AsyncWrite + Unpin,
    H: Fn(Request<Incoming>, Wire) -> F + Send + Sync + 'static,
    F: Future<Output = Response<Full<Bytes>>> + Send + 'static,
{
    let wire = Wire::default();
    let io = TokioIo::new(Cuttable {
        stream,
        wire: wire.clone(),
        left: None,
    });
    let service = service_fn(move |request| {
        let answer = handle(request, wire.clone());
        async move { Ok::<_, std::convert::Infallible>(answer.await) }
    });
    // A broken connection is the client's business, and often a fault's.
    let _ = hyper::server::conn::http1::Builder::new()
        .serve_connection(io, service)
        .await;
}

/// What lies below a conversation.
trait Socket {
    fn socket(&self) -> &TcpStream;
}

impl Socket for TcpStream {
    fn socket(&self) -> &TcpStream {
        self
    }
}

impl Socket for TlsStream<TcpStream> {
    fn socket(&self) -> &TcpStream {
        self.get_ref().0
    }
}

/// A stream that obeys its cell when it is written to.
struct Cuttable<S> {
    stream: S,
    wire: Wire,
    /// While an answer is being cut: how many bytes may still pass.
    left: Option<usize>,
}

impl<S: AsyncRead + Unpin> AsyncRead for Cuttable<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl<S: Socket + AsyncWrite + Unpin> AsyncWrite for Cuttable<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let keep = match self.wire.instruction() {
            None => return Pin::new(&mut self.stream).poll_write(context, bytes),
            Some(Cut::Reset) => {
                // Linger zero turns the coming drop into a reset.
                let _ = socket2::SockRef::from(self.stream.socket())
                    .set_linger(Some(std::time::Duration::ZERO));
                return Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()));
            }
            Some(Cut::Close) => return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into())),
            Some(Cut::Head) => None,
            Some(Cut::Body { keep }) => Some(keep),
        };
        // Hyper writes the head first and whole, so its end is in the first bytes of this answer.
        let head = head_length(bytes);
        let left = self
            .left
            .unwrap_or_else(|| keep.map_or(head.saturating_sub(2), |keep| head + keep));
        if left == 0 {
            return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
        }
        let written =
            Pin::new(&mut self.stream).poll_write(context, &bytes[..left.min(bytes.len())]);
        if let Poll::Ready(Ok(count)) = written {
            self.left = Some(left - count);
        }
        written
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.stream).poll_flush(context);
        // Between two calls nothing is cut; with all allowed bytes gone (over TLS, written out) the rest must not come.
        if self.left == Some(0) && flushed.is_ready() {
            return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
        }
        flushed
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

fn head_length(bytes: &[u8]) -> usize {
    bytes
        .windows(4)
        .position(|window| window == b"\r\n\r\n")
        .map_or(bytes.len(), |start| start + 4)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_head_ends_after_the_empty_line() {
        assert_eq!(head_length(b"HTTP/1.1 200 OK\r\n\r\nbody"), 19);
        assert_eq!(head_length(b"no end"), 6);
    }
}
