//! The rules of the house that neither compiler nor linter keeps: who may know whom, where the dangerous
//! crates are used, how long a file is, what is never written.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Who may use whom inside the reconciler: the data's way, and no circle. `Clock` is a plain function type.
const MAY_USE: [(&str, &[&str]); 17] = [
    ("exit", &[]),
    ("error", &["exit"]),
    ("steps", &[]),
    ("model", &["exit"]),
    ("desired", &["model"]),
    ("vendors", &["model"]),
    ("observed", &["model", "vendors"]),
    ("plan", &["model"]),
    ("apply", &["exit", "model", "plan", "steps", "vendors"]),
    ("render", &["apply", "error", "exit", "model", "plan"]),
    ("cli", &["model"]),
    (
        "commands",
        &[
            "apply", "cli", "desired", "error", "exit", "model", "observed", "plan", "render",
            "steps", "vendors",
        ],
    ),
    (
        "fuzz",
        &["apply", "desired", "model", "plan", "render", "vendors"],
    ),
    (
        "harness",
        &["commands", "desired", "error", "steps", "vendors"],
    ),
    (
        "start",
        &[
            "apply", "cli", "commands", "error", "exit", "harness", "render", "steps",
        ],
    ),
    (
        "lib",
        &[
            "apply", "cli", "commands", "desired", "error", "exit", "harness", "model", "observed",
            "plan", "render", "start", "steps", "vendors",
        ],
    ),
    ("main", &[]),
];

/// Which file names a crate may stand in, as prefixes of paths; anywhere else it is a mistake.
const ONLY_IN: [(&str, &[&str]); 10] = [
    ("reqwest", &["reconciler/src/vendors/http", "benches"]),
    (
        "rustls",
        &["reconciler/src/vendors/http", "tests/transport", "benches"],
    ),
    ("axum", &["mock-servers/src", "benches"]),
    (
        "clap",
        &[
            "reconciler/src/cli",
            "reconciler/src/start.rs",
            "reconciler/src/commands",
            "scenarios",
            "benches",
        ],
    ),
    (
        "similar",
        &["reconciler/src/render", "scenarios/src/snapshot.rs"],
    ),
    (
        "mock_servers",
        &[
            "reconciler/src/commands/mock.rs",
            "reconciler/src/commands/demo.rs",
            "mock-servers",
            "scenarios",
            "tests",
            "benches",
        ],
    ),
    (
        "reconciler",
        &["reconciler/src/main.rs", "tests", "fuzz", "benches"],
    ),
    ("indicatif", &["reconciler/src/render"]),
    ("maud", &["reconciler/src/render"]),
    ("quick_xml", &["reconciler/src/render", "tests"]),
];

/// The clock and the environment are taken in `main.rs` and handed on.
const TAKEN_IN_MAIN: [&str; 8] = [
    "SystemTime::now",
    "Timestamp::now",
    "Zoned::now",
    "env::var(",
    "env::var_os",
    "env::vars",
    "env::args",
    "process::exit",
];

const MOST_LINES: usize = 400;
const MOST_LINES_OF_TESTS: usize = 700;

struct Source {
    /// From the root, with `/`.
    path: String,
    text: String,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Every file of the house with one of these endings, in order.
fn files(endings: &[&str]) -> Vec<Source> {
    let mut found = Vec::new();
    let mut folders = vec![root()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            let name = path.file_name().expect("a name").to_string_lossy();
            if path.is_dir() {
                // Built things, the history, and what a person keeps beside the project.
                if name != "target" && !name.starts_with(".git") {
                    folders.push(path);
                }
            } else if endings.iter().any(|ending| name.ends_with(ending)) {
                let relative = path.strip_prefix(root()).expect("below the root");
                found.push(Source {
                    path: relative.to_string_lossy().replace('\\', "/"),
                    text: fs::read_to_string(&path).expect("text"),
                });
            }
        }
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    assert!(!found.is_empty(), "nothing ends with {endings:?}");
    found
}

impl Source {
    fn is_test(&self) -> bool {
        ["tests/", "tests.rs", "bench", "fakes.rs", "_tests.rs"]
            .iter()
            .any(|mark| self.path.contains(mark))
    }

    /// Without comments and without the tests at its end.
    fn code(&self) -> String {
        let text = match self.text.find("#[cfg(test)]\nmod tests {") {
            Some(at) if !self.is_test() => &self.text[..at],
            _ => &self.text,
        };
        let kept = text
            .lines()
            .filter(|line| !line.trim_start().starts_with("//"));
        kept.collect::<Vec<_>>().join("\n")
    }

    /// Its place in the reconciler's tree, as in `["plan", "checks"]`.
    fn module(&self) -> Option<Vec<&str>> {
        let inside = self.path.strip_prefix("reconciler/src/")?;
        let inside = inside.strip_suffix(".rs")?;
        Some(inside.trim_end_matches("/mod").split('/').collect())
    }
}

fn demand(wrong: &[String]) {
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// The words that follow `before` in the code, as module names.
fn after<'a>(code: &'a str, before: &str) -> Vec<&'a str> {
    let named = code.match_indices(before).map(|(at, _)| {
        let rest = &code[at + before.len()..];
        let end = rest
            .find(|c: char| !c.is_alphanumeric() && c != '_')
            .unwrap_or(rest.len());
        &rest[..end]
    });
    named
        .filter(|word| word.starts_with(|c: char| c.is_ascii_lowercase()))
        .collect()
}

/// Whether a crate is named as one, and not as a part of a word or behind `::` or `.`.
fn names_crate(code: &str, name: &str) -> bool {
    code.match_indices(&format!("{name}::")).any(|(at, _)| {
        let before = code[..at].chars().next_back();
        !before.is_some_and(|c| c.is_alphanumeric() || "_:.".contains(c))
    }) || code.contains(&format!("use {name};"))
}

#[test]
fn dependencies_point_one_way() {
    let allowed: BTreeMap<&str, &[&str]> = MAY_USE.into_iter().collect();
    let mut wrong = Vec::new();
    for file in files(&[".rs"]).iter().filter(|file| !file.is_test()) {
        let Some(module) = file.module() else {
            continue;
        };
        let here = module[0];
        let may = allowed
            .get(here)
            .unwrap_or_else(|| panic!("{}: say in MAY_USE what {here} may use", file.path));
        let code = file.code();
        for used in after(&code, "crate::") {
            if used != here && !may.contains(&used) {
                wrong.push(format!("{}: {here} must not use {used}", file.path));
            }
        }
        let climbs = "super::".repeat(module.len());
        if here != "lib" && code.contains(&climbs) {
            wrong.push(format!("{}: leaves {here} by {climbs}", file.path));
        }
    }
    demand(&wrong);
}

#[test]
fn the_table_of_dependencies_has_no_circle() {
    let mut left: BTreeMap<&str, Vec<&str>> = MAY_USE
        .into_iter()
        .map(|(module, uses)| (module, uses.to_vec()))
        .collect();
    while !left.is_empty() {
        let free: Vec<&str> = left
            .iter()
            .filter(|(_, uses)| uses.is_empty())
            .map(|(module, _)| *module)
            .collect();
        assert!(!free.is_empty(), "a circle among {:?}", left.keys());
        left.retain(|module, uses| {
            uses.retain(|used| !free.contains(used));
            !free.contains(module)
        });
    }
}

#[test]
fn vendors_do_not_know_each_other() {
    let mut wrong = Vec::new();
    for (folder, shared) in [
        ("reconciler/src/vendors/", &["http", "scalar"][..]),
        ("mock-servers/src/vendors/", &["mod"][..]),
    ] {
        let sources = files(&[".rs"]);
        let inside = |file: &Source| -> Option<String> {
            let rest = file.path.strip_prefix(folder)?;
            let name = rest.split(['/', '.']).next()?;
            (!shared.contains(&name)).then(|| name.to_owned())
        };
        let vendors: Vec<String> = sources.iter().filter_map(inside).collect();
        for file in &sources {
            let Some(vendor) = inside(file) else { continue };
            for other in vendors.iter().filter(|other| **other != vendor) {
                if file.code().contains(&format!("{other}::")) {
                    wrong.push(format!("{}: {vendor} knows {other}", file.path));
                }
            }
        }
    }
    demand(&wrong);
}

#[test]
fn crates_stay_where_they_belong() {
    let mut wrong = Vec::new();
    for file in files(&[".rs"]) {
        let code = file.code();
        for (name, places) in ONLY_IN {
            let home = places.iter().any(|place| file.path.starts_with(place));
            if !home && names_crate(&code, name) {
                wrong.push(format!("{}: names {name}", file.path));
            }
        }
    }
    demand(&wrong);
}

/// Two readings of a vendor's documentation meet on the wire alone: a shared type would let one mistake
/// pass on both sides.
#[test]
fn client_mocks_and_scenarios_do_not_depend_on_each_other() {
    let mut wrong = Vec::new();
    for (manifest, never) in [
        ("mock-servers/Cargo.toml", "reconciler"),
        ("scenarios/Cargo.toml", "reconciler"),
    ] {
        let text = fs::read_to_string(root().join(manifest)).unwrap_or_default();
        let depends = |line: &str| line.starts_with(never);
        if text.lines().any(depends) {
            wrong.push(format!("{manifest}: depends on {never}"));
        }
    }
    demand(&wrong);
}

#[test]
fn the_mocks_of_the_client_are_behind_a_feature() {
    let text = fs::read_to_string(root().join("reconciler/Cargo.toml")).expect("the manifest");
    assert!(text.contains("mock-servers = { workspace = true, optional = true }"));
}

#[test]
fn clock_and_environment_are_taken_in_main() {
    let mut wrong = Vec::new();
    for file in files(&[".rs"]).iter().filter(|file| !file.is_test()) {
        let program = file.path.ends_with("/main.rs") || file.path.starts_with("scenarios/");
        if program || file.path.starts_with("benches/") {
            continue;
        }
        let code = file.code();
        for taken in TAKEN_IN_MAIN {
            if code.contains(taken) {
                wrong.push(format!("{}: takes {taken}", file.path));
            }
        }
    }
    demand(&wrong);
}

#[test]
fn only_render_writes_to_the_streams() {
    let mut wrong = Vec::new();
    for file in files(&[".rs"]).iter().filter(|file| !file.is_test()) {
        if file.path.starts_with("scenarios/") || file.path.starts_with("benches/") {
            continue;
        }
        let code = file.code();
        for word in ["println!", "eprintln!", "print!(", "eprint!(", "dbg!("] {
            if code.contains(word) {
                wrong.push(format!("{}: {word}", file.path));
            }
        }
    }
    demand(&wrong);
}

#[test]
fn every_file_says_what_it_is_for() {
    let says_nothing = |file: &Source| !file.text.starts_with("//! ");
    let wrong: Vec<String> = files(&[".rs"])
        .iter()
        .filter(|file| says_nothing(file))
        .map(|file| format!("{}: does not begin with //!", file.path))
        .collect();
    demand(&wrong);
}

#[test]
fn files_are_of_a_size_to_be_read() {
    let mut wrong = Vec::new();
    for file in files(&[".rs"]) {
        let lines = file.text.lines().count();
        let most = if file.is_test() {
            MOST_LINES_OF_TESTS
        } else {
            MOST_LINES
        };
        if lines > most {
            wrong.push(format!("{}: {lines} lines, {most} at most", file.path));
        }
    }
    demand(&wrong);
}

#[test]
fn no_file_is_a_drawer() {
    let drawers = [
        "util", "utils", "common", "helper", "helpers", "manager", "misc",
    ];
    let is_drawer = |file: &Source| {
        file.path
            .trim_end_matches(".rs")
            .split('/')
            .any(|part| drawers.contains(&part))
    };
    let wrong: Vec<String> = files(&[".rs"])
        .iter()
        .filter(|file| is_drawer(file))
        .map(|file| file.path.clone())
        .collect();
    demand(&wrong);
}

#[test]
fn what_is_never_written() {
    // Put together here, so that this file does not hold them.
    let todo = ["TO", "DO"].concat();
    let fix = ["FIX", "ME"].concat();
    let tls = ["danger", "_"].concat();
    let machine = ["/wo", "rk/"].concat();
    let homes = [["/ho", "me/"].concat(), ["/ro", "ot/"].concat()];
    let mut wrong = Vec::new();
    for file in files(&[".rs", ".toml", ".md", ".yml", ".sh"]) {
        for (number, line) in file.text.lines().enumerate() {
            let mut found: Vec<&str> = [&todo, &fix, &tls, &machine, &homes[0], &homes[1]]
                .into_iter()
                .filter(|word| line.contains(word.as_str()))
                .map(String::as_str)
                .collect();
            found.extend(issue_number(line));
            for word in found {
                wrong.push(format!("{}:{}: {word}", file.path, number + 1));
            }
        }
    }
    demand(&wrong);
}

/// A reader of the code has no tracker. Hostile samples and colours are no such numbers.
fn issue_number(line: &str) -> Option<&'static str> {
    let lower = line.to_ascii_lowercase();
    ["issue #", "issues/", "see #", "fixes #", "closes #", "pr #"]
        .into_iter()
        .find(|word| {
            let digit = |rest: &str| rest.starts_with(|c: char| c.is_ascii_digit());
            lower
                .match_indices(word)
                .any(|(at, _)| digit(&lower[at + word.len()..]))
        })
}

/// Canonical JSON is sorted by key because `serde_json::Map` is: a dependency that switches
/// `preserve_order` on would change every digest, and `arbitrary_precision` every number.
#[test]
fn canonical_json_stays_canonical() {
    let value: serde_json::Value = serde_json::from_str(r#"{"b":1,"a":1.0e0}"#).expect("json");
    assert_eq!(value.to_string(), r#"{"a":1.0,"b":1}"#);
    for file in files(&["Cargo.toml"]) {
        for feature in ["preserve_order", "arbitrary_precision"] {
            assert!(
                !file.text.contains(feature),
                "{}: {feature} is switched on",
                file.path
            );
        }
    }
    // `preserve_order` brings indexmap into serde_json.
    let lock = fs::read_to_string(root().join("Cargo.lock")).expect("the lock file");
    let package = lock
        .split("[[package]]")
        .find(|package| package.contains("\nname = \"serde_json\"\n"))
        .expect("serde_json");
    assert!(!package.contains("\"indexmap\""), "{package}");
}
