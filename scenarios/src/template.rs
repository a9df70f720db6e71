//! `scenario new`: a story to begin with, which passes as it stands.

/// The text of a new story of this name (`suite/name`).
#[must_use]
pub fn template(id: &str) -> String {
    include_str!("template.scenario.toml").replace("SUITE/NAME", id)
}
