//! What a command said, the same on every machine and day: for snapshots.

use crate::world::{QUEUE, Ran, World};

impl World {
    /// Exit code, stdout and stderr of a command, the same on every machine and day.
    pub(crate) fn story(&self, ran: &Ran) -> String {
        let mut text = format!("exit {}\n", ran.code.unwrap_or(-1));
        for (name, stream) in [("stdout", &ran.out), ("stderr", &ran.err)] {
            if !stream.is_empty() {
                text.push_str(&format!("--- {name}\n{stream}"));
            }
        }
        self.same(&text)
    }

    /// Text without this run's ports, digests, version and folder.
    pub(crate) fn same(&self, text: &str) -> String {
        let folder = self.path("");
        let folder = folder.to_string_lossy();
        let queue = &self.mocks.queues()[QUEUE].url;
        let text = text
            .replace(folder.trim_end_matches('/'), "FOLDER")
            .replace(&self.mocks.admin_url(), "http://127.0.0.1:ADMIN")
            .replace(queue.as_str(), "http://127.0.0.1:PORT")
            .replace(env!("CARGO_PKG_VERSION"), "VERSION");
        without_digests(&text)
    }
}

/// `sha256:` and its digits are as long as before, so that wrapped lines stay as they are.
fn without_digests(text: &str) -> String {
    let mut parts = text.split("sha256:");
    let mut same = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let digits = part
            .find(|c: char| !c.is_ascii_hexdigit())
            .unwrap_or(part.len());
        same.push_str("sha256:");
        same.push_str(if digits > 8 { "HEX" } else { &part[..digits] });
        same.push_str(&part[digits..]);
    }
    same
}
