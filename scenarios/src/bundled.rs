//! The stories this program carries.

/// `suite/name.scenario.toml` and the text of each, by name.
pub(crate) const BUNDLED: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/bundled.rs"));
