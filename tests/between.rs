//! A byte-level proxy between client and vendor that stalls one write at a chosen byte.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

use crate::world::PATIENCE;

/// What only a call that decides has in its first line; at two vendors reads and sessions are POSTs, too.
const DECIDES: [&str; 6] = [
    "PUT ",
    "DELETE ",
    "/vote ",
    "/revoke ",
    "PermitApplication ",
    "UpdateForReject ",
];

/// How far a write gets. All else passes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stall {
    /// Half of its bytes reach the vendor.
    Half,
    /// The vendor has it and has answered; not a byte of the answer passes.
    Whole,
    /// Only the answer's head passes; where nothing follows it, all but its last byte.
    Head,
}

/// Which write from now on is stalled, and how.
type Armed = Arc<Mutex<Option<(usize, Stall)>>>;

/// The proxy. Its threads end with the connections they serve.
pub(crate) struct Between {
    /// Where it listens, as a configuration wants it.
    pub(crate) url: String,
    armed: Armed,
    reached: mpsc::Receiver<()>,
}

impl Between {
    /// Stands in front of the vendor at `url`; all passes until it is armed.
    pub(crate) fn new(url: &str) -> Self {
        let vendor = url.strip_prefix("http://").expect("plain http");
        let (vendor, path) = match vendor.split_once('/') {
            Some((vendor, path)) => (vendor.to_owned(), format!("/{path}")),
            None => (vendor.to_owned(), String::new()),
        };
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let (sender, reached) = mpsc::channel();
        let armed = Armed::default();
        let shared = Arc::clone(&armed);
        std::thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let vendor = TcpStream::connect(&vendor).expect("the vendor listens");
                let (sender, armed) = (sender.clone(), Arc::clone(&shared));
                // A connection that breaks is the end of its thread, not of the test.
                std::thread::spawn(move || serve(client, vendor, &armed, &sender));
            }
        });
        Self {
            url: format!("http://{address}{path}"),
            armed,
            reached,
        }
    }

    /// The nth write from now on gets so far, counted from 1.
    pub(crate) fn arm(&self, nth: usize, stall: Stall) {
        *self.armed.lock().expect("no panic") = Some((nth, stall));
    }

    /// Lets everything pass again.
    pub(crate) fn disarm(&self) {
        *self.armed.lock().expect("no panic") = None;
    }

    /// Waits until the write has got as far as it gets; false where `is_over` becomes true before.
    pub(crate) fn stalls(&self, mut is_over: impl FnMut() -> bool) -> bool {
        let begun = std::time::Instant::now();
        while begun.elapsed() < PATIENCE {
            if self.reached.recv_timeout(Duration::from_millis(5)).is_ok() {
                return true;
            }
            if is_over() {
                return false;
            }
        }
        panic!("no write arrives in time");
    }
}

/// How the call is stalled, if it is the one.
fn strikes(request: &[u8], armed: &Armed) -> Option<Stall> {
    let line = request.split(|&byte| byte == b'\r').next()?;
    let line = String::from_utf8_lossy(line);
    let decides = DECIDES.iter().any(|word| line.contains(word));
    if line.starts_with("GET ") || !decides {
        return None;
    }
    let mut armed = armed.lock().expect("no panic");
    let (nth, stall) = armed.take()?;
    if nth > 1 {
        *armed = Some((nth - 1, stall));
        return None;
    }
    Some(stall)
}

fn serve(
    mut client: TcpStream,
    mut vendor: TcpStream,
    armed: &Armed,
    reached: &mpsc::Sender<()>,
) -> Option<()> {
    let mut requests = BufReader::new(client.try_clone().ok()?);
    let mut replies = BufReader::new(vendor.try_clone().ok()?);
    loop {
        let (head, body) = message(&mut requests)?;
        let request = [head, body].concat();
        let Some(stall) = strikes(&request, armed) else {
            vendor.write_all(&request).ok()?;
            let (head, body) = message(&mut replies)?;
            client.write_all(&[head, body].concat()).ok()?;
            continue;
        };
        if let Stall::Half = stall {
            vendor.write_all(&request[..request.len() / 2]).ok()?;
        } else {
            vendor.write_all(&request).ok()?;
            let (head, body) = message(&mut replies)?;
            if let Stall::Head = stall {
                let rest = usize::from(body.is_empty());
                client.write_all(&head[..head.len() - rest]).ok()?;
            }
        }
        reached.send(()).ok()?;
        // Until the client is gone.
        let _ = requests.read(&mut [0]);
        return None;
    }
}

/// One HTTP message: its head with the empty line, and its body. Nothing at the end of the stream.
fn message(stream: &mut BufReader<TcpStream>) -> Option<(Vec<u8>, Vec<u8>)> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        if stream.read_until(b'\n', &mut head).ok()? == 0 {
            return None;
        }
    }
    let text = String::from_utf8_lossy(&head).to_ascii_lowercase();
    let length = text
        .lines()
        .find_map(|line| line.strip_prefix("content-length:")?.trim().parse().ok())
        .unwrap_or(0);
    let mut body = vec![0; length];
    stream.read_exact(&mut body).ok()?;
    Some((head, body))
}
