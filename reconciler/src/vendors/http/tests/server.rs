//! A loopback server that says exactly the bytes it is told to, and remembers what it was asked.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What to do with one request, after it was read whole.
#[derive(Clone)]
pub(crate) enum Act {
    /// Answer, and keep the connection.
    Say(Vec<u8>),
    /// Answer, and close.
    SayAndClose(Vec<u8>),
    /// Reset the connection.
    Reset,
    /// Close it without a word.
    Hang,
    /// Never answer.
    Stall,
    /// One byte now and then.
    Drip(Vec<u8>, Duration),
}

/// One request as it came.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    /// Which connection it came on, from 0.
    pub(crate) connection: usize,
    /// Request line and headers.
    pub(crate) head: String,
    /// What came after them.
    pub(crate) body: String,
}

/// A running server; it ends with the runtime.
pub(crate) struct Server {
    pub(crate) addr: SocketAddr,
    asked: Arc<Mutex<Vec<Asked>>>,
}

/// What to do with each request, by its request line and headers.
type Script = Mutex<Box<dyn FnMut(&str) -> Act + Send>>;

impl Server {
    /// Serves the script, one act a request; a request beyond it gets a 500.
    pub(crate) async fn start(script: impl IntoIterator<Item = Act>) -> Self {
        let mut script = script.into_iter().collect::<VecDeque<_>>();
        let ended = || Act::Say(reply(500, "text/plain", "script ended"));
        Self::by(move |_| script.pop_front().unwrap_or_else(ended)).await
    }

    /// Serves what is made of each request.
    pub(crate) async fn by(script: impl FnMut(&str) -> Act + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let addr = listener.local_addr().expect("its address");
        let asked = Arc::new(Mutex::new(Vec::new()));
        let script: Arc<Script> = Arc::new(Mutex::new(Box::new(script)));
        let told = Arc::clone(&asked);
        tokio::spawn(async move {
            for connection in 0.. {
                let Ok((stream, _)) = listener.accept().await else {
                    return;
                };
                tokio::spawn(serve(
                    stream,
                    connection,
                    Arc::clone(&script),
                    Arc::clone(&told),
                ));
            }
        });
        Self { addr, asked }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.addr)
    }

    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().expect("no panic").clone()
    }
}

async fn serve(
    mut stream: TcpStream,
    connection: usize,
    script: Arc<Script>,
    asked: Arc<Mutex<Vec<Asked>>>,
) {
    loop {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            match stream.read_u8().await {
                Ok(byte) => head.push(byte),
                Err(_) => return,
            }
        }
        let head = String::from_utf8_lossy(&head).into_owned();
        let length = head
            .lines()
            .find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
        let mut body = vec![0; length.unwrap_or_default()];
        if stream.read_exact(&mut body).await.is_err() {
            return;
        }
        let body = String::from_utf8_lossy(&body).into_owned();
        let act = (script.lock().expect("no panic"))(&head);
        asked.lock().expect("no panic").push(Asked {
            connection,
            head,
            body,
        });
        match act {
            Act::Say(bytes) => {
                if stream.write_all(&bytes).await.is_err() {
                    return;
                }
            }
            Act::SayAndClose(bytes) => {
                let _ = stream.write_all(&bytes).await;
                let _ = stream.shutdown().await;
                return;
            }
            Act::Reset => {
                let _ = stream.set_zero_linger();
                return;
            }
            Act::Hang => return,
            Act::Stall => std::future::pending::<()>().await,
            Act::Drip(bytes, pause) => {
                for byte in bytes {
                    if stream.write_all(&[byte]).await.is_err() {
                        return;
                    }
                    tokio::time::sleep(pause).await;
                }
            }
        }
    }
}

/// A whole answer.
pub(crate) fn reply(status: u16, media: &str, body: &str) -> Vec<u8> {
    reply_with(status, &[("content-type", media)], body)
}

/// A whole answer with headers of choice.
pub(crate) fn reply_with(status: u16, headers: &[(&str, &str)], body: &str) -> Vec<u8> {
    let mut head = format!("HTTP/1.1 {status} X\r\ncontent-length: {}\r\n", body.len());
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    format!("{head}\r\n{body}").into_bytes()
}

/// A whole answer in JSON.
pub(crate) fn json(status: u16, body: &str) -> Vec<u8> {
    reply(status, "application/json; charset=utf-8", body)
}
