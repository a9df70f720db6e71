//! As much of GitLab's API as writes a note on a merge request, on loopback, one call at a time.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard};

use serde_json::{Value, json};

/// The token of the project's bot, which is user 7.
pub(super) const TOKEN: &str = "glpat-of-the-bot";
const BOT: u64 = 7;

/// The API of one project, 11, and its merge request 5. Ends when dropped.
pub(super) struct Notes {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
    server: Option<std::thread::JoinHandle<()>>,
}

#[derive(Default)]
struct State {
    notes: Vec<Value>,
    calls: Vec<String>,
    /// The first call whose line holds the text is answered so.
    broken: Option<(&'static str, u16, &'static str)>,
    over: bool,
}

impl Notes {
    pub(super) fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let state = Arc::new(Mutex::new(State::default()));
        let of_server = Arc::clone(&state);
        let server = std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut state = of_server.lock().expect("the state");
                if state.over {
                    return;
                }
                answer(&mut state, &mut stream.expect("a call"));
            }
        });
        Self {
            address,
            state,
            server: Some(server),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("the state")
    }

    /// What `CI_API_V4_URL` is.
    pub(super) fn url(&self) -> String {
        format!("http://{}/api/v4", self.address)
    }

    /// Somebody writes a note.
    pub(super) fn write(&self, author: u64, body: &str) {
        self.state().create(author, body);
    }

    /// From now on every call whose first line holds the text is answered with this status and body.
    pub(super) fn breaks(&self, calls: &'static str, status: u16, body: &'static str) {
        self.state().broken = Some((calls, status, body));
    }

    /// The bodies of an author's notes.
    pub(super) fn of(&self, author: u64) -> Vec<String> {
        let state = self.state();
        let of = |note: &&Value| note["author"]["id"] == author;
        let body = |note: &Value| note["body"].as_str().expect("text").to_owned();
        state.notes.iter().filter(of).map(body).collect()
    }

    /// The one note of the bot.
    pub(super) fn one(&self) -> String {
        let mut of_bot = self.of(BOT);
        assert_eq!(of_bot.len(), 1, "{of_bot:#?}");
        of_bot.remove(0)
    }

    /// The calls since the last time, each as its method and path.
    pub(super) fn calls(&self) -> Vec<String> {
        std::mem::take(&mut self.state().calls)
    }
}

impl Drop for Notes {
    fn drop(&mut self) {
        if let Ok(mut state) = self.state.lock() {
            state.over = true;
        }
        drop(TcpStream::connect(self.address));
        if let Some(server) = self.server.take() {
            drop(server.join());
        }
    }
}

impl State {
    /// As GitLab does: a line that begins with a slash is a command, and no part of the note.
    fn create(&mut self, author: u64, body: &str) -> Value {
        let id = 301 + self.notes.len();
        let body = without_commands(body);
        let note = json!({"id": id, "body": body, "author": {"id": author}, "system": false, "noteable_iid": 5});
        self.notes.push(note.clone());
        note
    }

    /// Status and body, as GitLab's pages of the notes API and of pagination have them.
    fn respond(&mut self, call: &str, token: Option<&str>, form: &str) -> (u16, Value) {
        const ALL: &str = "/api/v4/projects/11/merge_requests/5/notes";
        if token != Some(TOKEN) {
            return (401, json!({"message": "401 Unauthorized"}));
        }
        let (method, target) = call.split_once(' ').expect("a call");
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let body = || parameter(form, "body").expect("a body");
        match (method, path) {
            ("GET", "/api/v4/user") => (200, json!({"id": BOT, "username": "project_11_bot"})),
            ("GET", ALL) => {
                let number = |name| parameter(query, name).and_then(|n| n.parse::<usize>().ok());
                let size = number("per_page").unwrap_or(20).min(100);
                let skipped = (number("page").unwrap_or(1) - 1) * size;
                assert_eq!(parameter(query, "sort").as_deref(), Some("asc"));
                let page: Vec<&Value> = self.notes.iter().skip(skipped).take(size).collect();
                (200, json!(page))
            }
            ("POST", ALL) => (201, self.create(BOT, &body())),
            ("PUT", one) => {
                let id = one
                    .strip_prefix(ALL)
                    .and_then(|rest| rest.strip_prefix('/'));
                let id: u64 = id.and_then(|id| id.parse().ok()).expect("a note");
                let note = self.notes.iter_mut().find(|note| note["id"] == id);
                let note = note.expect("a note");
                if note["author"]["id"] != BOT {
                    return (403, json!({"message": "403 Forbidden"}));
                }
                note["body"] = json!(without_commands(&body()));
                (200, note.clone())
            }
            _ => panic!("a call that is not known here: {call}"),
        }
    }
}

fn without_commands(body: &str) -> String {
    let body = body.replace('\r', "");
    let lines = body.lines().filter(|line| !line.starts_with('/'));
    lines.collect::<Vec<_>>().join("\n")
}

fn answer(state: &mut State, stream: &mut TcpStream) {
    let mut read = Vec::new();
    let mut part = [0; 8192];
    let (head, form) = loop {
        let count = stream.read(&mut part).expect("a call");
        read.extend_from_slice(&part[..count]);
        let text = String::from_utf8_lossy(&read);
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = header(head, "content-length").map_or(0, |n| n.parse().expect("a number"));
            if body.len() >= length {
                break (head.to_owned(), body.to_owned());
            }
            // What curl waits for before it sends a large body.
            if body.is_empty() && header(head, "expect").is_some() {
                stream
                    .write_all(b"HTTP/1.1 100 Continue\r\n\r\n")
                    .expect("it listens");
            }
        }
        assert!(count > 0, "half a call: {text}");
    };
    let call = head.lines().next().unwrap_or_default();
    let call = call.trim_end_matches(" HTTP/1.1");
    assert!(
        !head.lines().next().unwrap_or_default().contains(TOKEN),
        "{head}"
    );
    state.calls.push(call.to_owned());
    let (status, body) = match state.broken {
        Some((calls, status, body)) if call.contains(calls) => (status, body.to_owned()),
        _ => {
            let (status, body) = state.respond(call, header(&head, "private-token"), &form);
            (status, body.to_string())
        }
    };
    let answer = format!(
        "HTTP/1.1 {status} So\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(answer.as_bytes()).expect("it listens");
}

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    let mut pairs = head.lines().filter_map(|line| line.split_once(": "));
    pairs
        .find(|(key, _)| key.eq_ignore_ascii_case(name))
        .map(|(_, value)| value)
}

/// One of the parameters of a query or a form, decoded.
fn parameter(text: &str, name: &str) -> Option<String> {
    let mut pairs = text.split('&').filter_map(|pair| pair.split_once('='));
    let (_, value) = pairs.find(|(key, _)| *key == name)?;
    let mut bytes = Vec::new();
    let mut rest = value.bytes();
    while let Some(byte) = rest.next() {
        match byte {
            b'+' => bytes.push(b' '),
            b'%' => {
                let digits = [rest.next()?, rest.next()?];
                let digits = std::str::from_utf8(&digits).ok()?;
                bytes.push(u8::from_str_radix(digits, 16).ok()?);
            }
            other => bytes.push(other),
        }
    }
    String::from_utf8(bytes).ok()
}
