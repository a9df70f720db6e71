//! Somebody between the client and a mock vendor, who answers reads in the vendor's place: whatever bytes come to mind.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use mock_servers::Vendor;

use crate::world::World;

/// What is done to an honest answer: its head and its body become these bytes on the wire.
pub(super) type Mangle = Arc<dyn Fn(&Answer) -> Vec<u8> + Send + Sync>;

/// An honest answer.
pub(super) struct Answer {
    /// Status line and headers, without the empty line.
    pub(super) head: String,
    /// Every byte of its body.
    pub(super) body: Vec<u8>,
}

/// Which answers are mangled.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Of {
    /// Those of calls that read requests.
    Reads,
    /// Those of calls that decide. The vendor has done its work.
    Writes,
}

/// The one between; it ends with the process.
pub(super) struct Between {
    mangle: Arc<Mutex<Option<(Of, Mangle)>>>,
    mangled: Arc<Mutex<usize>>,
    sessions: Arc<Mutex<Vec<String>>>,
}

impl Between {
    /// Stands between this world's client and its only vendor from now on.
    pub(super) fn of(world: &World, vendor: Vendor) -> Self {
        let url = world.mocks.queues()[vendor.slug()].url.clone();
        let rest = url.strip_prefix("http://").expect("plain http");
        let upstream = rest.split('/').next().expect("a host").to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let here = listener.local_addr().expect("an address").to_string();
        world.edit("countersign.toml", &upstream, &here);
        let between = Self {
            mangle: Arc::default(),
            mangled: Arc::default(),
            sessions: Arc::default(),
        };
        let (mangle, mangled) = (Arc::clone(&between.mangle), Arc::clone(&between.mangled));
        let sessions = Arc::clone(&between.sessions);
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let upstream = upstream.clone();
                let (mangle, mangled) = (Arc::clone(&mangle), Arc::clone(&mangled));
                let sessions = Arc::clone(&sessions);
                std::thread::spawn(move || {
                    // Whoever hangs up is none the wiser; the test sees what came of it.
                    let _ = pass(stream, &upstream, vendor, &mangle, &mangled, &sessions);
                });
            }
        });
        between
    }

    /// From now on these answers are mangled so.
    pub(super) fn mangles(&self, of: Of, mangle: Mangle) {
        *self.mangle.lock().expect("no panic") = Some((of, mangle));
        *self.mangled.lock().expect("no panic") = 0;
    }

    /// The sessions and tokens that the vendor gave out.
    pub(super) fn sessions(&self) -> Vec<String> {
        self.sessions.lock().expect("no panic").clone()
    }

    /// Passes on what comes, and answers how many answers were mangled.
    pub(super) fn rests(&self) -> usize {
        *self.mangle.lock().expect("no panic") = None;
        *self.mangled.lock().expect("no panic")
    }
}

/// What signs a client in from now on: cookies and tokens of an answer.
fn given_out(answer: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(answer);
    let cookie = |line: &str| {
        let (name, value) = line.split_once(": ")?;
        let set = name.eq_ignore_ascii_case("set-cookie").then_some(value)?;
        let (_, value) = set.split(';').next()?.split_once('=')?;
        Some(value.to_owned())
    };
    let mut given: Vec<String> = text.lines().filter_map(cookie).collect();
    if let Some((_, token)) = text.split_once("\"access_token\":\"") {
        given.extend(token.split('"').next().map(str::to_owned));
    }
    given
}

/// One call through to the vendor and its answer back.
fn pass(
    mut client: TcpStream,
    upstream: &str,
    vendor: Vendor,
    mangle: &Mutex<Option<(Of, Mangle)>>,
    mangled: &Mutex<usize>,
    sessions: &Mutex<Vec<String>>,
) -> std::io::Result<()> {
    let mut asked = Vec::new();
    let mut byte = [0];
    while !asked.ends_with(b"\r\n\r\n") {
        client.read_exact(&mut byte)?;
        asked.push(byte[0]);
    }
    let head = String::from_utf8_lossy(&asked).into_owned();
    let length = |line: &str| {
        let (name, value) = line.split_once(": ")?;
        let named = name.eq_ignore_ascii_case("content-length");
        named.then(|| value.trim().parse().ok()).flatten()
    };
    let mut body = vec![0; head.lines().find_map(length).unwrap_or_default()];
    client.read_exact(&mut body)?;
    let mut vendor_side = TcpStream::connect(upstream)?;
    // Each call on a connection of its own, so that the answer ends where the connection does.
    let once = head.replacen("\r\n", "\r\nconnection: close\r\n", 1);
    vendor_side.write_all(once.as_bytes())?;
    vendor_side.write_all(&body)?;
    let mut answer = Vec::new();
    vendor_side.read_to_end(&mut answer)?;
    sessions
        .lock()
        .expect("no panic")
        .extend(given_out(&answer));
    let mut words = head.split(' ');
    let (method, path) = (
        words.next().unwrap_or_default(),
        words.next().unwrap_or_default(),
    );
    let of = operation(vendor, method, path);
    let mangle = mangle.lock().expect("no panic").clone();
    match mangle {
        Some((wanted, mangle)) if of == Some(wanted) => {
            *mangled.lock().expect("no panic") += 1;
            let end = answer.windows(4).position(|four| four == b"\r\n\r\n");
            let end = end.expect("a whole head");
            let answer = Answer {
                head: String::from_utf8_lossy(&answer[..end]).into_owned(),
                body: answer[end + 4..].to_vec(),
            };
            client.write_all(&mangle(&answer))
        }
        _ => client.write_all(&answer),
    }
}

/// What a call is, by the vendor's own table; nothing where it signs in or out.
fn operation(vendor: Vendor, method: &str, target: &str) -> Option<Of> {
    let path = target.split('?').next().unwrap_or_default();
    let matches = |pattern: &str| {
        let (pattern, path) = (pattern.split('/'), path.split('/'));
        pattern.clone().count() == path.clone().count()
            && pattern
                .zip(path)
                .all(|(one, other)| one.starts_with('{') || one.eq_ignore_ascii_case(other))
    };
    let known = vendor
        .operations()
        .iter()
        .find(|known| known.method == method && matches(known.path))?;
    let signs = [".auth.", ".login", "system.", "oauth"];
    if signs.iter().any(|word| known.id.contains(word)) {
        return None;
    }
    Some(if known.writes { Of::Writes } else { Of::Reads })
}
