//! From options to a stage that stands: machines, clock, journal, faults; and the ports.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use tokio::net::TcpListener;

use crate::StartError;
use crate::clock::Clock;
use crate::dialect::Dialects;
use crate::faults::Faults;
use crate::journal::Journal;
use crate::options::{Options, Ports};
use crate::stage::Stage;
use crate::vendors::{Ground, Machine, Vendor};

/// The stage of these vendors, as the options want it.
pub(crate) fn stage(options: &Options, vendors: &[Vendor]) -> Result<Stage, StartError> {
    let wrong = StartError::Options;
    let mut clock = Clock::new(options.clock, options.now, options.real_now);
    let now = clock.now();
    let ground = Ground {
        seed: options.seed,
        dialects: Dialects::read(&options.dialects).map_err(wrong)?,
        rate_limit: options.rate_limit,
    };
    let mut journal = Journal::new(options.journal.as_deref()).map_err(StartError::Journal)?;
    let mut machines: BTreeMap<Vendor, Box<dyn Machine>> = BTreeMap::new();
    let mut empty: BTreeMap<Vendor, Box<dyn Machine>> = BTreeMap::new();
    let sample = options.world.is_none() && options.generate.is_empty();
    for vendor in vendors {
        let mut machine = vendor.machine(&ground);
        empty.insert(*vendor, machine.copy());
        if let Some(world) = &options.world {
            machine.seed(world, now).map_err(wrong)?;
        }
        if sample {
            machine.seed(&vendor.sample(), now).map_err(wrong)?;
        }
        for (_, count) in options
            .generate
            .iter()
            .filter(|(chosen, _)| chosen == vendor)
        {
            machine.generate(*count, now).map_err(wrong)?;
        }
        for secret in machine.access(now).secrets() {
            journal.keep_secret(secret.clone());
        }
        // What was due before the start has happened before the start.
        machine.settle(now);
        machines.insert(*vendor, machine);
    }
    if let Some((vendor, _)) = options
        .generate
        .iter()
        .find(|(vendor, _)| !vendors.contains(vendor))
    {
        return Err(wrong(format!(
            "--generate {}: not among the served vendors",
            vendor.slug()
        )));
    }
    let mut faults = Faults::default();
    faults
        .replace(options.faults.clone(), vendors)
        .map_err(wrong)?;
    Ok(Stage::new(clock, journal, faults, machines, empty))
}

/// Listens on the vendor's or the admin's port.
pub(crate) async fn listen(options: &Options, offset: u16) -> Result<TcpListener, StartError> {
    let port = match options.ports {
        Ports::Free => 0,
        Ports::Base(base) => base.checked_add(offset).ok_or_else(|| {
            StartError::Options(format!("port base {base} leaves no room for the vendors"))
        })?,
    };
    let address = SocketAddr::new(options.listen, port);
    TcpListener::bind(address)
        .await
        .map_err(|source| StartError::Listen { address, source })
}

/// Where a listener listens.
pub(crate) fn address(listener: &TcpListener, options: &Options) -> Result<SocketAddr, StartError> {
    let wanted = SocketAddr::new(options.listen, 0);
    listener.local_addr().map_err(|source| StartError::Listen {
        address: wanted,
        source,
    })
}
