//! Lists the bundled stories, so that an installed program carries what this folder holds.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

#[allow(
    clippy::disallowed_methods,
    reason = "a build script is told its folders by the environment"
)]
fn main() -> io::Result<()> {
    let here = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    println!("cargo::rerun-if-changed=build.rs");
    let mut list = String::from("&[\n");
    for suite in entries(&here)? {
        if !suite.is_dir() || suite.ends_with("src") {
            continue;
        }
        println!("cargo::rerun-if-changed={}", suite.display());
        for file in entries(&suite)? {
            let name = file
                .strip_prefix(&here)
                .unwrap_or(&file)
                .display()
                .to_string();
            if name.ends_with(".scenario.toml") {
                let _ = writeln!(
                    list,
                    "({name:?}, include_str!({:?})),",
                    file.display().to_string()
                );
            }
        }
    }
    list.push_str("]\n");
    fs::write(out.join("bundled.rs"), list)
}

fn entries(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut entries = Vec::new();
    for entry in fs::read_dir(folder)? {
        entries.push(entry?.path());
    }
    entries.sort();
    Ok(entries)
}
