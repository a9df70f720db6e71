//! README and ARCHITECTURE say what is so: the picture is a real plan, the table is the code's, every
//! command and key in them exists, every file named is there.

use std::fs;
use std::path::Path;

use reconciler::model::{Capabilities, MarkPlace, Operation, Repeat, Vendor, Verdict};

use crate::world::{Ran, World};

fn root() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

pub(crate) fn document(name: &str) -> String {
    fs::read_to_string(root().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// The text between `<!-- NAME…-->` and `<!-- /NAME -->`.
pub(crate) fn section<'a>(text: &'a str, name: &str) -> &'a str {
    let (begin, end) = ends(text, name);
    &text[begin..end]
}

fn ends(text: &str, name: &str) -> (usize, usize) {
    let begin = text.find(&format!("<!-- {name}")).expect("its begin");
    let begin = begin + text[begin..].find("-->\n").expect("its end") + "-->\n".len();
    let end = text.find(&format!("<!-- /{name} -->")).expect("the end");
    (begin, end)
}

/// Compares a section, and leaves the right README where it is not.
#[track_caller]
fn compare(name: &str, expected: &str, same: impl Fn(&str) -> String) {
    let readme = document("README.md");
    let stands = section(&readme, name);
    if same(stands) != same(expected) {
        let path = root().join("target/README.expected.md");
        // Other sections may be in it already; what is older than the README is of another time.
        let age = |path: &Path| fs::metadata(path).and_then(|file| file.modified()).ok();
        let is_newer = age(&path) > age(&root().join("README.md"));
        let base = fs::read_to_string(&path).ok().filter(|_| is_newer);
        let base = base.unwrap_or_else(|| readme.clone());
        let (begin, end) = ends(&base, name);
        let right = format!("{}{expected}{}", &base[..begin], &base[end..]);
        fs::write(&path, right).expect("a file");
        panic!("README.md, {name}: {} has it as it is", path.display());
    }
}

#[test]
fn the_picture_is_a_real_plan() {
    let world = World::new();
    let ids = world.pending();
    world.decide(&[(&ids[0], "approve"), (&ids[1], "deny")]);
    let ran = world.run(&["plan"]).exits(0);
    // The note is about the tests' clock.
    let shown = |text: &str| -> String {
        let lines = text.lines().filter(|line| !line.contains("  note: "));
        lines.map(|line| format!("{}\n", line.trim_end())).collect()
    };
    // The digest covers the port, which is another one each time.
    let same = |text: &str| -> String {
        let without = |line: &str| match line.split_once("sha256:") {
            Some((before, _)) if line.starts_with("Digest: ") => before.to_owned(),
            Some(_) | None => line.to_owned(),
        };
        text.lines().map(|line| without(line) + "\n").collect()
    };
    compare("plan", &format!("```text\n{}```\n", shown(&ran.out)), same);
}

#[test]
fn the_table_of_capabilities_is_the_code_s() {
    let all: Vec<&Capabilities> = Vendor::ALL
        .into_iter()
        .map(reconciler::vendors::capabilities)
        .collect();
    let mut table = String::from("| |");
    for can in &all {
        table.push_str(&format!(" {} |", can.vendor.title()));
    }
    table.push_str(&format!("\n|---|{}\n", "---|".repeat(all.len())));
    let mut row = |name: &str, cell: &dyn Fn(&Capabilities) -> String| {
        table.push_str(&format!("| {name} |"));
        for can in &all {
            table.push_str(&format!(" {} |", cell(can)));
        }
        table.push('\n');
    };
    for verdict in Verdict::ALL {
        let operation = |can: &Capabilities| can.operation(verdict).copied();
        let of = |can: &Capabilities, tell: &dyn Fn(Operation) -> String| {
            operation(can).map_or_else(|| "–".to_owned(), tell)
        };
        row(&format!("**{verdict}**"), &|can| match operation(can) {
            Some(_) => "yes".to_owned(),
            None if can.ratifies.is_some() && verdict != Verdict::Revoke => "ratifies".to_owned(),
            None => format!("no: {}", can.otherwise),
        });
        row("repeated", &|can| {
            of(can, &|one| repeat(one.repeat).to_owned())
        });
        row("our mark and ticket", &|can| {
            of(can, &|one| mark(one.mark).to_owned())
        });
        row("proof", &|can| of(can, &|one| one.proof.to_owned()));
        row("cannot be ruled out", &|can| {
            of(can, &|one| match one.cannot_verify {
                [] => "–".to_owned(),
                all => all.join("; "),
            })
        });
        row("tells", &|can| of(can, &|one| one.notifies.to_owned()));
        row("undo", &|can| of(can, &|one| one.undo.to_owned()));
    }
    row("**file a request**", &|can| {
        let files = can
            .filing
            .map(|one| format!("yes: {}", one.access_types.join(", ")));
        files.unwrap_or_else(|| "no".to_owned())
    });
    row("what cannot be verified of it", &|can| {
        let unproven = can.filing.map(|one| one.cannot_verify.join("; "));
        unproven.unwrap_or_else(|| "–".to_owned())
    });
    row("a decision without an id", &|can| {
        let named = can
            .ratifies
            .map(|one| format!("by `{}`", one.named_by.join("` and `")));
        named.unwrap_or_else(|| "no".to_owned())
    });
    row("guard keys", &|can| {
        let keys = can.facts.iter().map(|fact| format!("`{}`", fact.key));
        keys.collect::<Vec<_>>().join(" ")
    });
    row("user and target", &|can| {
        let keys = can.anchors.iter().map(|key| format!("`{key}`"));
        keys.collect::<Vec<_>>().join(" ")
    });
    row("ticket, reason and mark", &|can| match can.ratifies {
        Some(_) => "not sent".to_owned(),
        None => format!("{} characters", can.text_limit),
    });
    row("absent means", &|can| can.absent_means.to_owned());
    row("cannot be verified", &|can| can.cannot_verify.join("; "));
    compare("capabilities", &table, str::to_owned);
}

fn repeat(repeat: Repeat) -> &'static str {
    match repeat {
        Repeat::Ignored => "ignored",
        Repeat::Rejected => "rejected",
        Repeat::ActsAgain => "acts again: never re-sent",
        Repeat::MayCancel => "may cancel a grant: never re-sent",
    }
}

fn mark(place: MarkPlace) -> &'static str {
    match place {
        MarkPlace::Nowhere => "nowhere",
        MarkPlace::Hidden => "stand in a field that no read shows",
        MarkPlace::Shown => "stand where a later read shows them",
    }
}

#[test]
fn the_reference_of_the_configuration_is_valid() {
    let world = World::new();
    let readme = document("README.md");
    let block = section(&readme, "configuration");
    let text = block.trim_start_matches("```toml\n");
    let text = text.split("```").next().unwrap_or_default();
    world.write("reference.toml", text);
    let mut command = world.command(&["validate", "--config", "reference.toml"]);
    command.env_remove("COUNTERSIGN_MOCK_CLOCK");
    let output = command.output().expect("it runs");
    assert!(output.status.success(), "{output:?}");
}

/// Every `countersign …` line of a shell block names a command and flags that there are.
#[test]
fn every_command_in_the_documents_exists() {
    let world = World::new();
    let mut tried = 0;
    for name in ["README.md", "ARCHITECTURE.md"] {
        for line in document(name).lines() {
            let Some(command) = line.trim_start().strip_prefix("countersign ") else {
                continue;
            };
            let command = command.split('#').next().unwrap_or_default();
            let words: Vec<&str> = command.split_whitespace().collect();
            let names = ["mock", "ledger", "scenario"];
            let begin = words
                .iter()
                .position(|word| word.chars().all(char::is_alphabetic) && *word != "change")
                .expect("a command");
            let depth = if names.contains(&words[begin]) { 2 } else { 1 };
            let path = &words[begin..begin + depth];
            let help = world.run(&[path, &["--help"]].concat()).exits(0);
            for flag in words.iter().filter(|word| word.starts_with('-')) {
                assert!(help.out.contains(flag), "{name}: {flag} in {line}");
            }
            tried += 1;
        }
    }
    assert!(tried > 10, "{tried} commands found");
}

#[test]
fn the_readme_tells_every_exit_code() {
    let readme = document("README.md");
    for code in ["0", "1", "2", "3", "4", "5", "6", "7", "64", "130, 143"] {
        assert!(readme.contains(&format!("\n| {code} | ")), "{code}");
    }
}

#[test]
fn the_map_names_files_that_are_there_and_every_module() {
    let map = document("ARCHITECTURE.md");
    for folder in ["reconciler/src", "mock-servers/src", "scenarios/src"] {
        let begin = map.find(&format!("`{folder}`")).expect("its section");
        let block = map[begin..].split("```").nth(1).expect("its list");
        let named: Vec<&str> = block
            .lines()
            .filter_map(|line| line.split_whitespace().next())
            .filter(|word| word.ends_with(".rs"))
            .collect();
        for file in &named {
            assert!(root().join(folder).join(file).is_file(), "{folder}/{file}");
        }
        for entry in fs::read_dir(root().join(folder)).expect("a folder") {
            let name = entry.expect("an entry").file_name();
            let name = name.to_string_lossy();
            let known = !name.ends_with(".rs") || name == "fakes.rs" || named.contains(&&*name);
            assert!(known, "ARCHITECTURE.md does not name {folder}/{name}");
        }
    }
}

#[test]
fn every_command_has_a_manual_page_and_completions() {
    let folder = tempfile::tempdir().expect("a folder");
    let ran = |args: &[&str]| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_countersign"));
        let ran = Ran::of(command.args(args).output().expect("it runs"));
        ran.exits(0).out
    };
    let into = folder.path().join("man1");
    ran(&["man", "--into", into.to_str().expect("a path")]);
    let help = ran(&["--help"]);
    let commands = help
        .lines()
        .skip_while(|line| !line.starts_with("Commands:"))
        .skip(1)
        .take_while(|line| line.starts_with("  "));
    let names: Vec<&str> = commands
        .filter_map(|line| line.get(2..)?.split(' ').next())
        .collect();
    let names: Vec<&str> = names.into_iter().filter(|name| !name.is_empty()).collect();
    assert!(names.contains(&"apply") && names.contains(&"man"), "{help}");
    for name in names {
        let page = into.join(format!("countersign-{name}.1"));
        let page = std::fs::read_to_string(&page).expect("a page of its own");
        assert!(page.contains(".SH SYNOPSIS"), "{name}");
        for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
            assert!(
                ran(&["completions", shell]).contains(name),
                "{shell}: {name}"
            );
        }
    }
    assert!(ran(&["man"]).starts_with(".ie"), "roff");
}

/// A test that a document cites, `FILE::FUNCTION` or the file of a story, is there.
#[test]
fn what_is_cited_as_a_test_is_one() {
    let mut cited = 0;
    for name in [
        "README.md",
        "SECURITY.md",
        "docs/faults.md",
        "docs/bugs-found.md",
    ] {
        let document = document(name);
        let spans = document.split('`').skip(1).step_by(2);
        for span in spans {
            if let Some((file, function)) = span.split_once("::")
                && file.ends_with(".rs")
            {
                let source = self::document(file);
                assert!(
                    source.contains(&format!("fn {function}("))
                        || source.contains(&format!(" {function} =>")),
                    "{name} cites {span}"
                );
                cited += 1;
            } else if span.ends_with(".scenario.toml") && span.contains('/') && !span.contains(' ')
            {
                assert!(root().join(span).is_file(), "{name} cites {span}");
                cited += 1;
            }
        }
    }
    assert!(cited > 60, "{cited}");
}
