//! A byte-level proxy between client and vendor that stalls the first write at a chosen byte.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};

use crate::world::PATIENCE;

/// How far the first write gets. Reads, and later writes, pass.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Stall {
    /// Half of its bytes reach the vendor.
    Half,
    /// The vendor has it and has answered; not a byte of the answer passes.
    Whole,
    /// Only the answer's head passes.
    Head,
}

/// The proxy. Its threads end with the connections they serve.
pub(crate) struct Between {
    /// Where it listens, as a configuration wants it.
    pub(crate) url: String,
    reached: mpsc::Receiver<()>,
}

impl Between {
    /// Stands in front of the vendor at `url`.
    pub(crate) fn new(url: &str, stall: Stall) -> Self {
        let vendor = url.strip_prefix("http://").expect("plain http").to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let (sender, reached) = mpsc::channel();
        let armed = Arc::new(AtomicBool::new(true));
        std::thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let vendor = TcpStream::connect(&vendor).expect("the vendor listens");
                let (sender, armed) = (sender.clone(), Arc::clone(&armed));
                // A connection that breaks is the end of its thread, not of the test.
                std::thread::spawn(move || serve(client, vendor, stall, &armed, &sender));
            }
        });
        Self {
            url: format!("http://{address}"),
            reached,
        }
    }

    /// Waits until the write has got as far as it gets.
    pub(crate) fn stalls(&self) {
        self.reached
            .recv_timeout(PATIENCE)
            .expect("a write arrives in time");
    }
}

fn serve(
    mut client: TcpStream,
    mut vendor: TcpStream,
    stall: Stall,
    armed: &AtomicBool,
    reached: &mpsc::Sender<()>,
) -> Option<()> {
    let mut requests = BufReader::new(client.try_clone().ok()?);
    let mut replies = BufReader::new(vendor.try_clone().ok()?);
    loop {
        let (head, body) = message(&mut requests)?;
        let request = [head, body].concat();
        if request.starts_with(b"GET ") || !armed.swap(false, Ordering::SeqCst) {
            vendor.write_all(&request).ok()?;
            let (head, body) = message(&mut replies)?;
            client.write_all(&[head, body].concat()).ok()?;
            continue;
        }
        if let Stall::Half = stall {
            vendor.write_all(&request[..request.len() / 2]).ok()?;
        } else {
            vendor.write_all(&request).ok()?;
            let (head, _) = message(&mut replies)?;
            if let Stall::Head = stall {
                client.write_all(&head).ok()?;
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
