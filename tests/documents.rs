//! Pages and suites of real runs: every command that has a result writes it in both, and `apply` leaves its
//! report in the form that the file's ending names, however it ends.

use crate::world::World;

/// How a document of each form begins, and what its end is.
const FORMS: [(&str, &str, &str); 5] = [
    ("html", "<!DOCTYPE html>", "</html>\n"),
    ("xml", "<?xml version=\"1.0\"", "</testsuites>\n"),
    ("md", "", "\n"),
    ("json", "{\n", "}\n"),
    ("report", "{\n", "}\n"),
];

fn planned() -> (World, [String; 2]) {
    let world = World::new();
    let pending = world.pending();
    let ids = [pending[0].clone(), pending[1].clone()];
    world.decide(&[(&ids[0], "approve"), (&ids[1], "deny")]);
    world.plan("plan.json");
    (world, ids)
}

#[test]
fn every_result_is_written_as_a_page_and_as_suites() {
    let (world, ids) = planned();
    for args in [
        &["plan"][..],
        &["show", "plan.json"],
        &["status"],
        &["queue"],
        &["apply", "plan.json"],
    ] {
        for (format, form) in [("html", &FORMS[0]), ("junit", &FORMS[1])] {
            let ran = world.run(&[args, &["--format", format]].concat()).exits(0);
            let (_, begin, end) = form;
            assert!(ran.out.starts_with(begin), "{args:?}: {}", ran.out);
            assert!(ran.out.ends_with(end), "{args:?}: {}", ran.out);
            assert!(ids.iter().all(|id| ran.out.contains(id)), "{args:?}");
        }
    }
    // Applied by the first of the two, found done by the second.
    assert_eq!(ids.map(|id| world.effects(&id)), [1, 1]);
    let ran = world.run(&["ledger", "show", "--format", "html"]);
    assert!(ran.exits(64).says("[possible values: text, json]"));
}

#[test]
fn the_report_has_the_form_that_its_file_names_however_the_run_ends() {
    let (world, ids) = planned();
    world.write("broken.json", "{}");
    for (plan, exit) in [("broken.json", 3), ("plan.json", 0)] {
        for (ending, begin, end) in FORMS {
            let name = format!("exit-{exit}.{ending}");
            world.run(&["apply", plan, "--report", &name]).exits(exit);
            let report = world.read(&name);
            assert!(report.starts_with(begin), "{name}: {report}");
            assert!(report.ends_with(end), "{name}: {report}");
            let says = |text: &str| report.contains(text);
            match exit {
                3 => assert!(says("the plan is refused"), "{name}: {report}"),
                _ => assert!(ids.iter().all(|id| says(id)), "{name}: {report}"),
            }
        }
    }
    assert!(world.read("exit-0.md").contains("## Apply Result"));
    assert!(world.read("exit-3.md").contains("## :x: Apply Incomplete"));
    assert!(world.read("exit-3.xml").contains("<error type=\"stopped\""));
}
