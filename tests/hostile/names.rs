//! Names of files and ids of requests that mean harm: shown as they are written, or refused.

use super::reader::inert;
use crate::world::World;

#[test]
fn a_file_name_cannot_either() {
    let world = World::new();
    let names = [
        "\u{1b}[2J.toml",
        "::error::x.toml",
        "\u{202e}lmot.toml",
        "a\nb.toml",
    ];
    let block = "[[decision]]\nqueue = \"admin-by-request\"\nrequest = \"%\"\nticket = \"\u{2028}T\"\nverdict = \"deny\"\nreason='\u{200b}r'\nexpires = 2026-04-01T00:00:00Z\nguard = { user = 'A' }\n";
    for (number, name) in names.iter().enumerate() {
        let id = (7000 + number).to_string();
        world.write(&format!("decisions/{name}"), &block.replace('%', &id));
    }
    let runs: [&[&str]; 11] = [
        &["archive", "-v"],
        &["draft", "--prune"],
        &["validate", "-v"],
        &["fmt"],
        &["plan"],
        &["plan", "--format", "markdown"],
        &["plan", "--format", "json"],
        &["status"],
        &["plan", "--config", "\u{1b}[2J.toml"],
        &["init", "\u{1b}[2J"],
        &["ledger", "explain", "\u{1b}[2J/::"],
    ];
    for args in runs {
        let ran = world.run(args);
        inert(&format!("{args:?}"), &ran.out);
        inert(&format!("{args:?}"), &ran.err);
    }
}
