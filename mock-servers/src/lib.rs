//! Mock vendors, faithful to the vendors' own documentation: the face that programs and tests use.
//!
//! ```no_run
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! let mocks = mock_servers::Mocks::start(mock_servers::Options::new(jiff::Timestamp::now)).await?;
//! println!("{}", mocks.ready_document());
//! mocks.shutdown().await;
//! # Ok(())
//! # }
//! ```

mod actors;
mod admin;
mod begin;
mod clock;
mod dialect;
mod faults;
mod given;
mod journal;
mod listener;
mod nearest;
mod openapi;
mod operations;
mod options;
mod page;
mod problem;
mod ready;
mod recorded;
mod seed;
mod serve;
mod stage;
mod tls;
mod vendors;
mod verify;

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use jiff::Timestamp;
use tokio::sync::watch;
use tokio::task::JoinHandle;

pub use actors::{Act, Decision, Deed, Done, PlacedAct};
pub use clock::{Advance, ClockMode, Fired};
pub use dialect::{Switch, switches};
pub use faults::{Armed, Fault, Kind as FaultKind, Phase};
pub use given::{Given, Moment};
pub use journal::{Actor, Entry, Filter, Kind};
pub use operations::{ObjectAt, Operation, Parameter};
pub use options::{Options, Ports, RateLimit, Tls, parse_dialect, parse_generate, parse_tls};
pub use ready::{Queue, is_written_config, write_ready_file};
pub use recorded::verify_recorded;
pub use vendors::{Vendor, admin_by_request, beyondtrust, ekran, fudo, threatlocker};

use begin::{address, listen, stage};
use faults::Faults;
use stage::Stage;
use vendors::NotActed;

/// Why the mocks did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// An option, the world or a fault is wrong.
    #[error("{0}")]
    Options(String),
    /// A port cannot be listened on.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// Which.
        address: SocketAddr,
        /// Why.
        source: io::Error,
    },
    /// The journal file cannot be written.
    #[error("cannot write the journal: {0}")]
    Journal(io::Error),
}

/// What is wrong with faults for mocks of these vendors, before any mock runs.
pub fn check_faults(faults: &[Fault], vendors: &[Vendor]) -> Result<(), String> {
    Faults::default().replace(faults.to_vec(), vendors)
}

/// Running mocks. They stop at `shutdown`, or when dropped.
pub struct Mocks {
    stage: Arc<Stage>,
    admin: SocketAddr,
    addresses: BTreeMap<Vendor, SocketAddr>,
    /// The authority behind the vendors' certificates, PEM.
    authority: Option<String>,
    stop: watch::Sender<bool>,
    tasks: Vec<JoinHandle<()>>,
}

impl Mocks {
    /// Builds the world, listens on every port, and serves. Everything listens when this returns.
    pub async fn start(options: Options) -> Result<Self, StartError> {
        let vendors = options.chosen_vendors();
        let stage = Arc::new(stage(&options, &vendors)?);
        let tls = match options.tls {
            Tls::Off => None,
            Tls::SelfSigned => {
                Some(tls::Tls::self_signed(options.listen).map_err(StartError::Options)?)
            }
        };
        let acceptor = tls.as_ref().map(|tls| tls.acceptor.clone());
        let admin_listener = listen(&options, 0).await?;
        let admin = address(&admin_listener, &options)?;
        let mut listeners = Vec::new();
        let mut addresses = BTreeMap::new();
        for vendor in vendors {
            let listener = listen(&options, vendor.port_offset()).await?;
            addresses.insert(vendor, address(&listener, &options)?);
            listeners.push((vendor, listener));
        }
        let stop = watch::Sender::new(false);
        let mut tasks = Vec::new();
        for (vendor, listener) in listeners {
            let stage = Arc::clone(&stage);
            tasks.push(tokio::spawn(listener::serve(
                listener,
                acceptor.clone(),
                stop.subscribe(),
                move |request, wire| serve::answer(Arc::clone(&stage), vendor, request, wire),
            )));
        }
        let router = admin::router(
            Arc::clone(&stage),
            admin,
            &origins(&addresses, tls.is_some()),
        );
        tasks.push(tokio::spawn(admin::serve(
            admin_listener,
            router,
            stop.subscribe(),
        )));
        Ok(Self {
            stage,
            admin,
            addresses,
            authority: tls.map(|tls| tls.authority),
            stop,
            tasks,
        })
    }

    /// The origin of the admin API (below `/__mock/v1`) and of the portal page.
    pub fn admin_url(&self) -> String {
        format!("http://{}", self.admin)
    }

    /// Per vendor slug what a client needs.
    pub fn queues(&self) -> BTreeMap<&'static str, Queue> {
        let mut play = self.stage.play();
        let now = play.now();
        let mut queues = BTreeMap::new();
        for (vendor, origin) in origins(&self.addresses, self.authority.is_some()) {
            if let Some(machine) = play.machine(vendor) {
                queues.insert(
                    vendor.slug(),
                    Queue::new(vendor, &origin, machine.access(now)),
                );
            }
        }
        queues
    }

    /// What `--ready-file` holds: `{"admin", "queues": {slug: {"url", "credentials", "identities", "sample": {"pending"}}}}`.
    pub fn ready_document(&self) -> serde_json::Value {
        ready::document(&self.admin_url(), &self.queues(), None)
    }

    /// With `Tls::SelfSigned`, the certificate to trust, PEM: what `ca-file` names. `write_ready_file` and
    /// `write_config` write it.
    pub fn authority(&self) -> Option<&str> {
        self.authority.as_deref()
    }

    /// The headers that let a call in as this identity, by its name in `identities`; none is the approver of the
    /// credentials.
    ///
    /// # Errors
    /// When the vendor is not served, or knows nobody of that name.
    pub fn pass(
        &self,
        vendor: Vendor,
        identity: Option<&str>,
    ) -> Result<Vec<(String, String)>, String> {
        let mut play = self.stage.play();
        let now = play.now();
        let slug = vendor.slug();
        let machine = play.machine(vendor);
        let machine = machine.ok_or_else(|| format!("{slug} is not served"))?;
        let nobody = || {
            format!(
                "{slug} knows nobody called {:?}",
                identity.unwrap_or("approver")
            )
        };
        machine.pass(identity, now).ok_or_else(nobody)
    }

    /// Writes `countersign.toml` for these mocks and the secrets it names (mode 0600). The ledger is the caller's.
    pub fn write_config(&self, folder: &std::path::Path) -> io::Result<()> {
        ready::write_config(folder, &self.queues(), self.authority())
    }

    /// Every journal entry so far.
    pub fn journal(&self) -> Vec<Entry> {
        self.stage.play().journal.entries().to_vec()
    }

    /// The mock's time.
    pub fn now(&self) -> Timestamp {
        self.stage.play().now()
    }

    /// Moves time; answers what that brought about, in order.
    pub fn advance(&self, advance: &Advance) -> Result<Vec<Fired>, String> {
        self.stage
            .play()
            .advance(advance)
            .map(|(_, _, fired)| fired)
    }

    /// Replaces the armed faults.
    pub fn set_faults(&self, faults: Vec<Fault>) -> Result<(), String> {
        let mut play = self.stage.play();
        let vendors = play.vendors();
        play.faults.replace(faults, &vendors)
    }

    /// The armed faults and how often they struck.
    pub fn faults(&self) -> Vec<Armed> {
        self.stage.play().faults.all().to_vec()
    }

    /// Somebody acts: `mocks.act(Deed::PortalDecide, &act)` is `POST /actors/portal/decide`.
    pub fn act(&self, deed: Deed, act: &Act) -> Result<Done, String> {
        self.stage
            .play()
            .act(deed, act)
            .map_err(|problem| problem.to_string())
    }

    /// The portal human decides.
    pub fn decide(
        &self,
        vendor: Vendor,
        id: &str,
        decision: Decision,
        by: &str,
        reason: Option<&str>,
    ) -> Result<Done, String> {
        let act = Act {
            vendor: Some(vendor),
            id: Some(id.to_owned()),
            decision: Some(decision),
            by: Some(by.to_owned()),
            reason: reason.map(str::to_owned),
            request: None,
        };
        self.act(Deed::PortalDecide, &act)
    }

    /// Everything stored for a vendor, as canonical JSON; null for one that is not served.
    pub fn state(&self, vendor: Vendor) -> serde_json::Value {
        let mut play = self.stage.play();
        let now = play.now();
        play.machine(vendor)
            .map_or(serde_json::Value::Null, |machine| machine.state(now))
    }

    /// Keeps the world as it is now under a name.
    pub fn save(&self, name: &str) {
        let mut play = self.stage.play();
        let snapshot = play.snapshot();
        play.snapshots.insert(name.to_owned(), snapshot);
    }

    /// Returns to a saved world with an empty journal; false if none has that name.
    pub fn restore(&self, name: &str) -> bool {
        self.stage.play().restore(name, false)
    }

    /// The vendors' services start again with their data: sessions end, calls that are held are dropped.
    pub fn restart_services(&self) {
        self.stage.play().restart();
    }

    /// Returns to the world of the start; calls that are held are dropped, the journal goes on.
    pub fn restart(&self) {
        self.stage.play().restore("start", true);
    }

    /// Waits until every call that arrived is over, even one whose client has gone: what it does, it has done.
    pub async fn settled(&self) {
        let mut busy = self.stage.busy.subscribe();
        // The sender lives as long as the stage, so this only ends when it is true.
        let _ = busy.wait_for(|calls| *calls == 0).await;
    }

    /// Waits until at least `calls` calls are held.
    pub async fn held(&self, calls: usize) {
        let mut held = self.stage.held.subscribe();
        // The sender lives as long as the stage, so this only ends when it is true.
        let _ = held.wait_for(|count| *count >= calls).await;
    }

    /// The held calls, in the order in which they were held.
    pub fn holds(&self) -> Vec<u64> {
        self.stage.play().holds.keys().copied().collect()
    }

    /// Lets one held call go on; false if there is none of that id.
    pub fn release(&self, id: u64) -> bool {
        self.stage.play().release(id)
    }

    /// Releases every held call.
    pub fn release_all(&self) {
        let mut play = self.stage.play();
        let ids: Vec<u64> = play.holds.keys().copied().collect();
        for id in ids {
            play.release(id);
        }
    }

    /// Stops listening, ends every connection, and waits until that is done.
    pub async fn shutdown(mut self) {
        self.stop.send_replace(true);
        for task in std::mem::take(&mut self.tasks) {
            // A task that was cancelled or has panicked has ended too.
            let _ = task.await;
        }
    }
}

/// Where each vendor is called.
fn origins(addresses: &BTreeMap<Vendor, SocketAddr>, tls: bool) -> BTreeMap<Vendor, String> {
    let scheme = if tls { "https" } else { "http" };
    let origin = |address: &SocketAddr| format!("{scheme}://{address}");
    addresses
        .iter()
        .map(|(vendor, address)| (*vendor, origin(address)))
        .collect()
}

impl Drop for Mocks {
    fn drop(&mut self) {
        self.stop.send_replace(true);
    }
}

impl std::fmt::Display for NotActed {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Unknown(id) => write!(out, "no such request: {id:?}"),
            Self::Malformed(problem) => out.write_str(problem),
            Self::Refused {
                object,
                state,
                because,
            } => write!(out, "{object} is {state}: {because}"),
        }
    }
}
