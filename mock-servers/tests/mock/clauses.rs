//! The clause register against the code: every operation has a clause, every clause a test, every assumption a switch.

use std::collections::BTreeSet;
use std::path::Path;

use mock_servers::{Vendor, switches};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Register {
    clause: Vec<Clause>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Clause {
    id: String,
    says: String,
    source: String,
    class: Class,
    op: Vec<String>,
    tests: Vec<String>,
    dialect: Option<String>,
}

#[derive(Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
enum Class {
    Documented,
    Observed,
    Assumed,
}

fn test_names(folder: &Path, names: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            test_names(&path, names);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            let after_attribute = text.split("test]\n").skip(1);
            names.extend(
                after_attribute
                    .filter_map(|rest| rest.split_once("fn ")?.1.split('(').next())
                    .map(str::to_owned),
            );
        }
    }
}

#[test]
fn the_register_is_complete() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut known = BTreeSet::new();
    test_names(&root.join("src"), &mut known);
    test_names(&root.join("tests"), &mut known);
    for vendor in Vendor::ALL {
        let register: Register = toml::from_str(vendor.clauses()).unwrap();
        let mut ids = BTreeSet::new();
        let (mut operations, mut dialects) = (BTreeSet::new(), BTreeSet::new());
        for clause in register.clause {
            assert!(
                ids.insert(clause.id.clone()),
                "{} is there twice",
                clause.id
            );
            assert!(
                !clause.says.is_empty() && !clause.source.is_empty() && !clause.tests.is_empty(),
                "{}",
                clause.id
            );
            for test in &clause.tests {
                assert!(known.contains(test), "{}: no test named {test}", clause.id);
            }
            for op in &clause.op {
                assert!(
                    vendor
                        .operations()
                        .iter()
                        .any(|operation| operation.id == op),
                    "{}: {op}",
                    clause.id
                );
            }
            assert!(
                clause.class != Class::Assumed || clause.dialect.is_some(),
                "{}: assumed without a dialect",
                clause.id
            );
            operations.extend(clause.op);
            dialects.extend(clause.dialect);
        }
        for operation in vendor.operations() {
            assert!(
                operations.contains(operation.id),
                "{} has no clause",
                operation.id
            );
        }
        let switches: BTreeSet<_> = switches()
            .filter(|switch| switch.key.starts_with(vendor.slug()))
            .map(|switch| switch.key.to_owned())
            .collect();
        assert_eq!(dialects, switches);
    }
}
