//! Secrets as canaries: every form in which one could leak, looked for in all that a run says and leaves behind.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use aho_corasick::AhoCorasick;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use mock_servers::Queue;

/// Shorter pieces of a secret stand in honest text by chance.
const SHORTEST: usize = 8;

/// Named secrets that must not be found anywhere, in any form.
pub(crate) struct Canaries {
    search: AhoCorasick,
    /// What each form is a form of.
    names: Vec<String>,
}

/// Every world's secrets so far, each set once: worlds of one seed have the same.
static KNOWN: Mutex<BTreeMap<Secrets, Arc<Canaries>>> = Mutex::new(BTreeMap::new());

/// What a secret is, and the secret.
type Secrets = Vec<(String, String)>;

/// From now on no output of any process may hold a secret of these queues, those of their other users too.
pub(crate) fn set_out(queues: &BTreeMap<&'static str, Queue>) {
    let mut secrets = Vec::new();
    for (slug, queue) in queues {
        let others = queue.identities.iter();
        let everyone = others.map(|(name, keys)| (name.as_str(), keys));
        for (who, keys) in everyone.chain([("approver", &queue.credentials)]) {
            let secret = |(key, _): &(&String, &String)| !queue.plain.contains(&key.as_str());
            for (key, secret) in keys.iter().filter(secret) {
                secrets.push((format!("{slug} {who} {key}"), secret.clone()));
            }
        }
    }
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    let made = || Arc::new(Canaries::from(secrets.clone()));
    known.entry(secrets.clone()).or_insert_with(made);
}

/// Panics where a secret of any world is found in what a process said.
#[track_caller]
pub(crate) fn spare(what: &str, bytes: &[u8]) {
    for canaries in known() {
        canaries.spare(what, bytes);
    }
}

/// The same of every file below, its name too; but where a story keeps secrets or puts them away, and what Git packs.
#[track_caller]
pub(crate) fn spare_files(folder: &Path) {
    for canaries in known() {
        canaries.spare_files(folder);
    }
}

fn known() -> Vec<Arc<Canaries>> {
    let known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    known.values().cloned().collect()
}

impl Canaries {
    /// Named secrets.
    pub(crate) fn from(secrets: Secrets) -> Self {
        let (mut names, mut all) = (Vec::new(), Vec::new());
        for (name, secret) in secrets {
            for (how, form) in forms(&secret) {
                if form.len() >= SHORTEST {
                    names.push(format!("{name} {how}"));
                    all.push(form);
                }
            }
        }
        Self {
            search: AhoCorasick::new(all).expect("forms"),
            names,
        }
    }

    /// Panics where one is found.
    #[track_caller]
    pub(crate) fn spare(&self, what: &str, bytes: &[u8]) {
        if let Some(found) = self.search.find(bytes) {
            let name = &self.names[found.pattern().as_usize()];
            let text = String::from_utf8_lossy(bytes);
            panic!(
                "{what} holds a secret, {name}, at byte {}:\n{text}",
                found.start()
            );
        }
    }

    /// Every file below, its name too; but where a story keeps secrets or puts them away, and what Git packs.
    #[track_caller]
    pub(crate) fn spare_files(&self, folder: &Path) {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            let name = entry.file_name();
            self.spare("a file's name", name.as_encoded_bytes());
            if path.is_dir() {
                if ![".secrets", "away", ".git"]
                    .iter()
                    .any(|kept| name == *kept)
                {
                    self.spare_files(&path);
                }
            } else if let Ok(bytes) = std::fs::read(&path) {
                self.spare(&path.display().to_string(), &bytes);
            }
        }
    }
}

/// A secret as it is, encoded, turned round, and each half of it.
pub(crate) fn forms(secret: &str) -> Vec<(String, Vec<u8>)> {
    let bytes = secret.as_bytes();
    let each =
        |write: &dyn Fn(u8) -> String| bytes.iter().map(|byte| write(*byte)).collect::<String>();
    let percent = |keeps: &'static str, upper: bool| {
        each(&|byte| match char::from(byte) {
            c if c.is_ascii_alphanumeric() || keeps.contains(c) => c.to_string(),
            _ if upper => format!("%{byte:02X}"),
            _ => format!("%{byte:02x}"),
        })
    };
    let json = serde_json::Value::from(secret).to_string();
    let middle = bytes.len() / 2;
    let text = |how: &str, form: String| (how.to_owned(), form.into_bytes());
    let mut forms = vec![
        ("as it is".to_owned(), bytes.to_vec()),
        text("in capitals", secret.to_ascii_uppercase()),
        text("in small letters", secret.to_ascii_lowercase()),
        (
            "turned round".to_owned(),
            bytes.iter().rev().copied().collect(),
        ),
        ("first half".to_owned(), bytes[..middle].to_vec()),
        ("second half".to_owned(), bytes[middle..].to_vec()),
        text("in hex", each(&|byte| format!("{byte:02x}"))),
        text("in hex, capitals", each(&|byte| format!("{byte:02X}"))),
        text("percent-encoded", percent("-_.~", true)),
        text("percent-encoded, small", percent("-_.~", false)),
        text("percent-encoded, all", percent("", true)),
        text("in JSON", json.trim_matches('"').to_owned()),
        text("in JSON, escaped", each(&|byte| format!("\\u{byte:04x}"))),
        text("in Rust", secret.escape_debug().to_string()),
    ];
    // In the middle of something longer its base64 depends on where it begins: three ways, without the signs at the
    // ends, which its neighbours share.
    for before in 0..3 {
        let padded = [vec![0; before], bytes.to_vec()].concat();
        let (first, last) = ((before * 8).div_ceil(6), padded.len() * 8 / 6);
        for (name, engine) in [("base64", STANDARD_NO_PAD), ("base64url", URL_SAFE_NO_PAD)] {
            let encoded = engine.encode(&padded);
            forms.push(text(name, encoded[first..last].to_owned()));
        }
    }
    forms
}

#[test]
fn a_canary_is_found_in_every_disguise() {
    let secret = "k3y+/?!\"secret\\of-some length";
    let canaries = Canaries::from(vec![("it".to_owned(), secret.to_owned())]);
    let finds = |text: &str| {
        let search = std::panic::AssertUnwindSafe(|| canaries.spare("here", text.as_bytes()));
        std::panic::catch_unwind(search).is_err()
    };
    for (how, form) in forms(secret) {
        let form = String::from_utf8(form).expect("text");
        assert!(finds(&format!("before {form} after")), "{how}");
    }
    for before in ["", "u", "us", "user:"] {
        let whole = format!("{before}{secret}, and more");
        assert!(finds(&STANDARD_NO_PAD.encode(&whole)), "{before}");
        assert!(finds(&URL_SAFE_NO_PAD.encode(&whole)), "{before}");
    }
    assert!(!finds("k3y+/?!, and its length"));
}

#[test]
fn a_story_that_leaves_a_secret_behind_fails() {
    let leaves = |form: usize| {
        let world = crate::world::World::new();
        let key = world.mocks.queues()[crate::world::QUEUE].credentials["api-key"].clone();
        let (_, form) = forms(&key).swap_remove(form);
        world.write(
            "left/behind.txt",
            &format!("x{}y", String::from_utf8_lossy(&form)),
        );
    };
    for form in [0, 4, 14] {
        assert!(std::panic::catch_unwind(|| leaves(form)).is_err());
    }
    assert!(std::panic::catch_unwind(|| drop(crate::world::World::new())).is_ok());
}
