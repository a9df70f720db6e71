//! A man in the middle: he keeps what every client said, and does to the vendor's answers what a rule tells him.

use std::io::{BufRead as _, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// One request as it came.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    /// Which connection it came on, from 0.
    pub(super) connection: usize,
    /// Method and target, as in `GET /requests?take=1000`.
    pub(super) line: String,
    /// All of the head, and the empty line.
    pub(super) head: String,
    pub(super) body: Vec<u8>,
}

/// What an answer is made of.
#[derive(Clone)]
enum Bytes {
    /// The vendor's own, changed.
    Vendors(Arc<dyn Fn(Answer) -> Vec<u8> + Send + Sync>),
    /// Without asking the vendor.
    Ours(Vec<u8>),
}

/// What the vendor answered.
pub(super) struct Answer {
    /// With the empty line.
    pub(super) head: Vec<u8>,
    pub(super) body: Vec<u8>,
}

/// What follows the last byte of an answer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum End {
    /// The next request on the same connection.
    Keep,
    Close,
    Reset,
    /// Nothing, until the client has gone.
    Stall,
    /// The bytes come one at a time, and the last of them never ends it.
    Drip(Duration),
}

/// What is done with one request.
#[derive(Clone)]
pub(super) struct Act {
    bytes: Bytes,
    end: End,
}

impl Act {
    /// These bytes; the vendor is not asked.
    pub(super) fn say(bytes: impl Into<Vec<u8>>, end: End) -> Self {
        Self {
            bytes: Bytes::Ours(bytes.into()),
            end,
        }
    }

    /// The vendor is asked, and its answer comes changed.
    pub(super) fn change(
        change: impl Fn(Answer) -> Vec<u8> + Send + Sync + 'static,
        end: End,
    ) -> Self {
        Self {
            bytes: Bytes::Vendors(Arc::new(change)),
            end,
        }
    }

    /// The vendor's answer as it is.
    pub(super) fn pass() -> Self {
        Self::change(|answer| [answer.head, answer.body].concat(), End::Keep)
    }
}

type Rule = Arc<dyn Fn(&Asked) -> Act + Send + Sync>;

struct State {
    asked: Mutex<Vec<Asked>>,
    rule: Mutex<Rule>,
    vendor: Option<String>,
    /// Bytes that came, whether or not they made a request.
    bytes: AtomicUsize,
}

/// A listener on loopback. Its threads end with the connections that they serve.
#[derive(Clone)]
pub(super) struct Wire {
    pub(super) address: SocketAddr,
    state: Arc<State>,
}

impl Wire {
    /// Stands before the vendor at this address; everything passes until there is a rule.
    pub(super) fn before(vendor: &str) -> Self {
        Self::start(Ipv4Addr::LOCALHOST, Some(vendor.to_owned()), |_| {
            Act::pass()
        })
    }

    /// Stands alone, at this address of the machine.
    pub(super) fn alone(
        ip: Ipv4Addr,
        rule: impl Fn(&Asked) -> Act + Send + Sync + 'static,
    ) -> Self {
        Self::start(ip, None, rule)
    }

    fn start(
        ip: Ipv4Addr,
        vendor: Option<String>,
        rule: impl Fn(&Asked) -> Act + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind((ip, 0)).expect("a port");
        let address = listener.local_addr().expect("an address");
        let state = Arc::new(State {
            asked: Mutex::default(),
            rule: Mutex::new(Arc::new(rule)),
            vendor,
            bytes: AtomicUsize::new(0),
        });
        let served = Arc::clone(&state);
        std::thread::spawn(move || {
            let streams = listener.incoming().map_while(Result::ok);
            for (connection, stream) in streams.enumerate() {
                let state = Arc::clone(&served);
                // A connection that breaks is the end of its thread, not of the test.
                std::thread::spawn(move || serve(stream, connection, &state));
            }
        });
        Self { address, state }
    }

    /// From now on.
    pub(super) fn rule(&self, rule: impl Fn(&Asked) -> Act + Send + Sync + 'static) {
        *self.state.rule.lock().expect("no panic") = Arc::new(rule);
    }

    /// What was asked since the last time.
    pub(super) fn asked(&self) -> Vec<Asked> {
        let mut asked = self
            .state
            .asked
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut asked)
    }

    /// How many bytes ever came here.
    pub(super) fn bytes(&self) -> usize {
        self.state.bytes.load(Ordering::SeqCst)
    }

    pub(super) fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

fn serve(mut client: TcpStream, connection: usize, state: &State) -> Option<()> {
    let _ = client.set_nodelay(true);
    let mut requests = BufReader::new(Counted(client.try_clone().ok()?, state));
    let mut vendor = None;
    loop {
        let (head, body) = message(&mut requests)?;
        let text = String::from_utf8_lossy(&head).into_owned();
        let line = text.lines().next().unwrap_or_default();
        let asked = Asked {
            connection,
            line: line.trim_end_matches(" HTTP/1.1").to_owned(),
            head: text,
            body: body.clone(),
        };
        state.asked.lock().ok()?.push(asked.clone());
        let rule = Arc::clone(&*state.rule.lock().ok()?);
        let act = rule(&asked);
        let bytes = match act.bytes {
            Bytes::Ours(bytes) => bytes,
            Bytes::Vendors(change) => {
                if vendor.is_none() {
                    let stream = TcpStream::connect(state.vendor.as_ref()?).ok()?;
                    vendor = Some(BufReader::new(stream));
                }
                let vendor = vendor.as_mut()?;
                vendor.get_mut().write_all(&[head, body].concat()).ok()?;
                let (head, body) = message(vendor)?;
                change(Answer { head, body })
            }
        };
        if let End::Drip(pause) = act.end {
            for byte in bytes {
                client.write_all(&[byte]).ok()?;
                std::thread::sleep(pause);
            }
        } else {
            client.write_all(&bytes).ok()?;
        }
        match act.end {
            End::Keep => {}
            End::Close => return None,
            End::Reset => {
                socket2::SockRef::from(&client)
                    .set_linger(Some(Duration::ZERO))
                    .ok()?;
                return None;
            }
            End::Stall | End::Drip(_) => {
                let _ = requests.read(&mut [0]);
                return None;
            }
        }
    }
}

struct Counted<'a>(TcpStream, &'a State);

impl Read for Counted<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.0.read(buffer)?;
        self.1.bytes.fetch_add(count, Ordering::SeqCst);
        Ok(count)
    }
}

/// One HTTP message: its head with the empty line, and its body. Nothing at the end of the stream.
fn message(stream: &mut BufReader<impl Read>) -> Option<(Vec<u8>, Vec<u8>)> {
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

/// A whole answer.
pub(super) fn reply(status: u16, headers: &[(&str, &str)], body: &str) -> Vec<u8> {
    let mut head = format!("HTTP/1.1 {status} X\r\ncontent-length: {}\r\n", body.len());
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    format!("{head}\r\n{body}").into_bytes()
}
