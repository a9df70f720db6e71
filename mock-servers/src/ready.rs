//! What a client needs to get in: the ready file and a written configuration.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

use serde_json::{Value, json};

use crate::Mocks;
use crate::vendors::{Access, Vendor};

/// The certificate to trust, beside a written configuration.
const AUTHORITY: &str = "mock-ca.pem";

/// One served vendor, from a client's side.
#[derive(Clone, Debug)]
pub struct Queue {
    /// Which vendor.
    pub vendor: Vendor,
    /// What goes into a configuration's `url`.
    pub url: String,
    /// An approver's credentials, with the keys of a configuration.
    pub credentials: BTreeMap<String, String>,
    /// Further identities by name, with the same keys.
    pub identities: BTreeMap<String, BTreeMap<String, String>>,
    /// Keys of credentials that are no secrets: a written configuration holds them as they are.
    pub plain: &'static [&'static str],
    /// Keys of credentials that a written configuration leaves out: the second of two ways in.
    pub not_configured: &'static [&'static str],
    /// The first pending requests (at most 100).
    pub pending: Vec<String>,
    /// Further lines of a written configuration's queue.
    pub settings: Vec<(&'static str, toml::Value)>,
}

impl Queue {
    pub(crate) fn new(vendor: Vendor, origin: &str, access: Access) -> Self {
        Self {
            vendor,
            url: format!("{origin}{}", vendor.url_suffix()),
            credentials: access.credentials,
            identities: access.identities,
            plain: access.plain,
            not_configured: access.not_configured,
            pending: access.pending,
            settings: access.settings,
        }
    }
}

pub(crate) fn document(
    admin: &str,
    queues: &BTreeMap<&'static str, Queue>,
    authority: Option<&Path>,
) -> Value {
    let queues: BTreeMap<_, _> = queues
        .iter()
        .map(|(slug, queue)| {
            let mut entry = entry(queue);
            if let Some(path) = authority {
                entry["ca-file"] = json!(path);
            }
            (*slug, entry)
        })
        .collect();
    json!({ "admin": admin, "queues": queues })
}

fn entry(queue: &Queue) -> Value {
    let mut entry = json!({
        "url": queue.url,
        "credentials": queue.credentials,
        "identities": queue.identities,
        "sample": { "pending": queue.pending },
    });
    // What is a setting of the queue and no secret stands beside them where the vendor has it.
    for (key, value) in queue
        .settings
        .iter()
        .filter(|(key, _)| matches!(*key, "organization" | "voter"))
    {
        entry[*key] = json!(value);
    }
    entry
}

/// Writes the ready document, so that whoever sees the file sees it whole. Over TLS, the certificate to trust is written
/// beside it before, and each queue's `ca-file` names it.
pub fn write_ready_file(path: &Path, mocks: &Mocks) -> io::Result<()> {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    let authority = match mocks.authority() {
        None => None,
        Some(pem) => {
            let beside = std::path::absolute(path)?.with_extension("ca.pem");
            fs::write(&beside, pem)?;
            Some(beside)
        }
    };
    let document = document(&mocks.admin_url(), &mocks.queues(), authority.as_deref());
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    serde_json::to_writer_pretty(&mut file, &document)?;
    file.write_all(b"\n")?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

/// The first line of a configuration that the mocks wrote.
const WRITTEN_BY_US: &str = "# Written by the mock vendors, for themselves.";

/// Whether the mocks wrote this configuration, so that they may write it anew.
#[must_use]
pub fn is_written_config(text: &str) -> bool {
    text.lines().next() == Some(WRITTEN_BY_US)
}

pub(crate) fn write_config(
    folder: &Path,
    queues: &BTreeMap<&'static str, Queue>,
    authority: Option<&str>,
) -> io::Result<()> {
    let secrets = folder.join(".secrets");
    fs::create_dir_all(&secrets)?;
    fs::create_dir_all(folder.join("decisions"))?;
    let mut text = format!(
        "{WRITTEN_BY_US}\nschema = 1\ndecisions = [\"decisions/**/*.toml\"]\n\n[ledger]\npath = \".countersign/ledger.jsonl\"\n",
    );
    if let Some(pem) = authority {
        fs::write(folder.join(AUTHORITY), pem)?;
    }
    for (slug, queue) in queues {
        text.push_str(&format!(
            "\n[queues.{slug}]\nvendor = \"{slug}\"\nurl = {}\n",
            toml::Value::from(queue.url.as_str())
        ));
        if authority.is_some() {
            text.push_str(&format!("ca-file = \"{AUTHORITY}\"\n"));
        }
        for (key, value) in &queue.settings {
            text.push_str(&format!("{key} = {value}\n"));
        }
        let mut credentials = Vec::new();
        for (key, secret) in &queue.credentials {
            if queue.not_configured.contains(&key.as_str()) {
                continue;
            }
            if queue.plain.contains(&key.as_str()) {
                credentials.push(format!("{key} = {}", toml::Value::from(secret.as_str())));
                continue;
            }
            let name = format!("{slug}.{key}");
            write_secret(&secrets.join(&name), secret)?;
            credentials.push(format!("{key} = {{ file = \".secrets/{name}\" }}"));
        }
        text.push_str(&format!("credentials = {{ {} }}\n", credentials.join(", ")));
    }
    fs::write(folder.join("countersign.toml"), text)
}

fn write_secret(path: &Path, secret: &str) -> io::Result<()> {
    // A file left from before may have a wider mode; a new one never has.
    match fs::remove_file(path) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)?.write_all(secret.as_bytes())
}
