//! What a vendor's machine shows beside its API: the portal page's part, and how a client gets in.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;

/// A row of the portal page.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct PortalRow {
    pub(crate) id: String,
    pub(crate) user: String,
    pub(crate) what: String,
    pub(crate) computer: String,
    pub(crate) reason: String,
    pub(crate) at: Timestamp,
}

/// What the portal page shows of a vendor.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct PortalView {
    /// Requests by state.
    pub(crate) counts: BTreeMap<&'static str, u64>,
    /// The first pending requests.
    pub(crate) pending: Vec<PortalRow>,
    /// People who may decide.
    pub(crate) deciders: Vec<String>,
}

/// How a client gets in.
#[derive(Clone, Debug, Default)]
pub(crate) struct Access {
    /// An approver's credentials, with the keys of a configuration.
    pub(crate) credentials: BTreeMap<String, String>,
    /// Further identities by name, with the same keys.
    pub(crate) identities: BTreeMap<String, BTreeMap<String, String>>,
    /// Keys of credentials that are no secrets.
    pub(crate) plain: &'static [&'static str],
    /// Keys of credentials that a written configuration leaves out.
    pub(crate) not_configured: &'static [&'static str],
    /// The first pending requests.
    pub(crate) pending: Vec<String>,
    /// Lines for the queue's table in a written configuration, key and value.
    pub(crate) settings: Vec<(&'static str, toml::Value)>,
}

impl Access {
    /// Every value, of every identity, that must not be seen.
    pub(crate) fn secrets(&self) -> impl Iterator<Item = &String> {
        let all = self.identities.values().chain([&self.credentials]);
        all.flatten()
            .filter(|(key, _)| !self.plain.contains(&key.as_str()))
            .map(|(_, secret)| secret)
    }
}
