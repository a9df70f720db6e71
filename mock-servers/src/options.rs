//! All settings of `mock serve`, as plain data.

use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;

use jiff::Timestamp;

use crate::clock::ClockMode;
use crate::faults::Fault;
use crate::given::Given;
use crate::nearest;
use crate::vendors::Vendor;

/// Where the ports are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ports {
    /// The admin port; each vendor has its fixed distance from it.
    Base(u16),
    /// The system chooses a free one for each.
    #[default]
    Free,
}

impl Ports {
    /// A port base as on the command line: 0 means free ones.
    pub fn from_base(base: u16) -> Self {
        if base == 0 {
            Self::Free
        } else {
            Self::Base(base)
        }
    }
}

/// Whether the vendors' documented limits are enforced.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RateLimit {
    /// Never throttled. The default: a mock is called faster than any tenant.
    #[default]
    Off,
    /// As documented, on the mock's clock.
    Documented,
}

/// Whether the vendors are served over TLS. The admin port never is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tls {
    /// Plain http.
    #[default]
    Off,
    /// With a certificate made at the start, which only who is told of it trusts.
    SelfSigned,
}

/// What to serve, and how.
#[derive(Clone, Debug)]
pub struct Options {
    /// Which vendors; empty means all.
    pub vendors: Vec<Vendor>,
    /// The address to listen on.
    pub listen: IpAddr,
    /// The ports to listen on.
    pub ports: Ports,
    /// The world; without it and without `generate`, a sample.
    pub world: Option<Given>,
    /// Further generated pending requests, per vendor.
    pub generate: Vec<(Vendor, u64)>,
    /// What every id, time and name derives from.
    pub seed: u64,
    /// Whether time moves by itself.
    pub clock: ClockMode,
    /// Where time starts; default: real, the injected time; frozen, 2026-03-02T08:00:00Z.
    pub now: Option<Timestamp>,
    /// Answers to open questions, `KEY`, `VALUE`.
    pub dialects: Vec<(String, String)>,
    /// Faults armed from the start.
    pub faults: Vec<Fault>,
    /// A file the journal is written through to.
    pub journal: Option<PathBuf>,
    /// Whether documented limits are enforced.
    pub rate_limit: RateLimit,
    /// Whether the vendors are served over TLS.
    pub tls: Tls,
    /// Where real time comes from.
    pub real_now: fn() -> Timestamp,
}

impl Options {
    /// The defaults: all vendors, loopback, free ports, the sample world, seed 1, real time from `real_now`.
    pub fn new(real_now: fn() -> Timestamp) -> Self {
        Self {
            vendors: Vec::new(),
            listen: IpAddr::V4(Ipv4Addr::LOCALHOST),
            ports: Ports::Free,
            world: None,
            generate: Vec::new(),
            seed: 1,
            clock: ClockMode::Real,
            now: None,
            dialects: Vec::new(),
            faults: Vec::new(),
            journal: None,
            rate_limit: RateLimit::Off,
            tls: Tls::Off,
            real_now,
        }
    }

    pub(crate) fn chosen_vendors(&self) -> Vec<Vendor> {
        let chosen = |vendor: &Vendor| self.vendors.is_empty() || self.vendors.contains(vendor);
        Vendor::ALL.iter().copied().filter(chosen).collect()
    }
}

/// Reads a `VENDOR=N` option.
pub fn parse_generate(text: &str) -> Result<(Vendor, u64), String> {
    let (vendor, count) = text
        .split_once('=')
        .ok_or_else(|| format!("{text:?} is not VENDOR=N"))?;
    let count = count.replace('_', "").parse();
    Ok((
        Vendor::from_slug(vendor)?,
        count.map_err(|error| format!("{text:?}: {error}"))?,
    ))
}

/// Reads a `KEY=VALUE` option.
pub fn parse_dialect(text: &str) -> Result<(String, String), String> {
    let (key, value) = text
        .split_once('=')
        .ok_or_else(|| format!("{text:?} is not KEY=VALUE"))?;
    Ok((key.to_owned(), value.to_owned()))
}

/// Reads the value of `--tls`.
pub fn parse_tls(text: &str) -> Result<Tls, String> {
    let known = [("off", Tls::Off), ("self-signed", Tls::SelfSigned)];
    let found = known.iter().find(|(word, _)| *word == text);
    found
        .map(|(_, tls)| *tls)
        .ok_or_else(|| nearest::unknown("tls", text, known.iter().map(|(word, _)| *word)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn generate_reads_a_vendor_and_a_count() {
        assert_eq!(
            parse_generate("admin-by-request=1_000"),
            Ok((Vendor::AdminByRequest, 1000))
        );
        assert!(
            parse_generate("admin-by-requst=1")
                .unwrap_err()
                .contains("admin-by-request")
        );
        assert!(parse_generate("admin-by-request").is_err());
    }

    #[test]
    fn tls_is_off_or_self_signed() {
        assert_eq!(parse_tls("self-signed"), Ok(Tls::SelfSigned));
        assert_eq!(parse_tls("off"), Ok(Tls::Off));
        let error = parse_tls("selfsigned").unwrap_err();
        assert!(error.contains("self-signed"), "{error}");
    }
}
