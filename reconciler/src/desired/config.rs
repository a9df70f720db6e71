//! `countersign.toml`: trusted, taken from the protected branch, unknown keys refused.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

use jiff::SignedDuration;

use crate::model::{QueueName, Vendor};

/// The configuration, checked. Holds no secret, only where each is to be found.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// The file, as given.
    pub path: PathBuf,
    /// Globs of decision files, relative to the working directory (`-C` moves them).
    pub decisions: Vec<String>,
    /// The ledger; relative paths already joined to the configuration's folder.
    pub ledger: PathBuf,
    /// How long a saved plan may be applied.
    pub lifetime: SignedDuration,
    /// `[freeze] approvals`.
    pub freeze_approvals: bool,
    /// `[limits]`.
    pub limits: Limits,
    /// `[review] ref`: a decision acts only if its exact bytes stand there.
    pub review_ref: Option<String>,
    /// Every queue, disabled ones included.
    pub queues: BTreeMap<QueueName, QueueConfig>,
}

/// Most approvals in one run; over it, none at all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// In all.
    pub approvals: Option<u32>,
    /// In one queue.
    pub per_queue: Option<u32>,
    /// For one requester in one queue.
    pub per_requester: Option<u32>,
}

/// One vendor instance.
#[derive(Clone, Debug, PartialEq)]
pub struct QueueConfig {
    /// The product.
    pub vendor: Vendor,
    /// The url as configured, without a slash at its end.
    pub url: String,
    /// Scheme, host and port of it, normalised: lower case, no default port.
    pub origin: String,
    /// What reads use, by the vendor's credential key.
    pub credentials: BTreeMap<String, SecretSource>,
    /// What `apply` uses instead, where given. `plan` never loads it.
    pub write_credentials: Option<BTreeMap<String, SecretSource>>,
    /// The portal user reserved for the tool.
    pub acting_as: Option<String>,
    /// Who may stand in `decided-by`.
    pub deciders: Vec<String>,
    /// Whether it is read and decided in.
    pub enabled: bool,
    /// Calls at once.
    pub parallelism: NonZeroUsize,
    /// For one call, from the first byte sent to the last received.
    pub timeout: Duration,
    /// Calls in any 60 seconds; none is no limit.
    pub rate_limit: Option<u32>,
    /// Most rows read in one listing, against an endless queue.
    pub max_requests: u64,
    /// A PEM file of further roots; relative paths already joined to the configuration's folder.
    pub ca_file: Option<PathBuf>,
}

/// Where a secret is to be found; never a literal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecretSource {
    /// An environment variable.
    Env(String),
    /// A file; relative paths already joined to the configuration's folder. One line end at its end is cut.
    File(PathBuf),
    /// A command and its arguments; its standard output, one line end at its end cut.
    Command(Vec<String>),
}
