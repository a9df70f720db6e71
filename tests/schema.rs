//! What `countersign schema` describes is what is written and read: real files, real plans, real events.

use std::process::Command;

use boon::{Compiler, SchemaIndex, Schemas};
use mock_servers::Vendor;
use serde_json::{Map, Value, json};

use crate::docs;
use crate::world::{World, text};

/// A schema as `countersign schema` prints it.
pub(crate) struct Schema {
    schemas: Schemas,
    root: SchemaIndex,
}

thread_local! {
    /// Of plans, closed: a member that it does not describe is a fault.
    pub(crate) static PLAN: Schema = Schema::closed("plan");
}

/// Prints one of the schemas.
fn printed(of: &str) -> Value {
    let mut command = Command::new(env!("CARGO_BIN_EXE_countersign"));
    let output = command.args(["schema", of]).output().expect("it runs");
    assert!(output.status.success(), "{output:?}");
    serde_json::from_slice(&output.stdout).expect("one document")
}

impl Schema {
    fn of(schema: Value) -> Self {
        let (mut schemas, mut compiler) = (Schemas::new(), Compiler::new());
        compiler.enable_format_assertions();
        compiler.add_resource("s.json", schema).expect("a schema");
        let root = compiler.compile("s.json", &mut schemas);
        let root = root.unwrap_or_else(|error| panic!("{error:#}"));
        Self { schemas, root }
    }

    /// As printed, but closed: readers may meet more tomorrow, and today nothing may be left undescribed.
    fn closed(of: &str) -> Self {
        let mut schema = printed(of);
        close(&mut schema, true);
        Self::of(schema)
    }

    fn wrong(&self, value: &Value) -> Option<String> {
        let checked = self.schemas.validate(value, self.root);
        checked.err().map(|wrong| wrong.to_string())
    }

    #[track_caller]
    pub(crate) fn fits(&self, value: &Value) {
        if let Some(wrong) = self.wrong(value) {
            panic!("{wrong}\n{value:#}");
        }
    }

    /// A TOML file, its dates as strings, as editors see them.
    #[track_caller]
    fn fits_file(&self, text: &str) {
        self.fits(&as_json(toml_of(text)));
    }
}

/// Forbids members that are not described, wherever an object is described whole.
fn close(schema: &mut Value, whole: bool) {
    let Some(object) = schema.as_object_mut() else {
        return;
    };
    if whole && object.contains_key("properties") {
        object.insert("unevaluatedProperties".to_owned(), json!(false));
    }
    // The alternatives of an object describe a part of it each.
    let is_part = object.contains_key("properties");
    for (key, inner) in object.iter_mut() {
        match (key.as_str(), inner) {
            ("properties" | "$defs", Value::Object(named)) => {
                named.values_mut().for_each(|one| close(one, true));
            }
            ("oneOf" | "anyOf" | "allOf", Value::Array(all)) => {
                all.iter_mut().for_each(|one| close(one, !is_part));
            }
            ("items" | "additionalProperties", one) => close(one, true),
            _ => {}
        }
    }
}

fn toml_of(text: &str) -> toml::Table {
    text.parse()
        .unwrap_or_else(|error| panic!("{error}\n{text}"))
}

fn as_json(table: toml::Table) -> Value {
    let value = |value: toml::Value| match value {
        toml::Value::Datetime(moment) => moment.to_string().into(),
        toml::Value::Table(inner) => as_json(inner),
        toml::Value::Array(items) => {
            let item = |item: toml::Value| match item {
                toml::Value::Table(inner) => as_json(inner),
                other => serde_json::to_value(other).expect("JSON"),
            };
            items.into_iter().map(item).collect()
        }
        other => serde_json::to_value(other).expect("JSON"),
    };
    let entries = table.into_iter().map(|(key, inner)| (key, value(inner)));
    Value::Object(entries.collect::<Map<_, _>>())
}

/// Every event of a text of lines, each as its schema says.
#[track_caller]
fn events(schema: &Schema, lines: &str) -> Vec<Value> {
    let event = |line: &str| -> Value {
        let event = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        schema.fits(&event);
        event
    };
    lines.lines().map(event).collect()
}

fn types(events: &[Value]) -> Vec<&str> {
    let mut types: Vec<&str> = events
        .iter()
        .map(|event| event["type"].as_str().expect("a type"))
        .collect();
    types.dedup();
    types
}

#[test]
fn the_files_of_every_vendor_fit() {
    let (decisions, config) = (
        Schema::of(printed("decisions")),
        Schema::of(printed("config")),
    );
    let world = World::of(|_| ());
    config.fits_file(&world.read("countersign.toml"));
    world.run(&["draft", "--max", "1000"]).exits(0);
    let mut files = 0;
    for vendor in Vendor::ALL {
        let folder = world.path(&format!("decisions/{}", vendor.slug()));
        for entry in std::fs::read_dir(folder).expect("drafted") {
            let path = entry.expect("an entry").path();
            let drafted = std::fs::read_to_string(path).expect("text");
            decisions.fits_file(&drafted);
            files += 1;
        }
    }
    assert!(files > 10, "{files} drafted");
    let readme = docs::document("README.md");
    let reference = docs::section(&readme, "configuration");
    let reference = reference.trim_start_matches("```toml\n");
    config.fits_file(reference.split("```").next().unwrap_or_default());
}

/// `.taplo.toml` tells editors which schema belongs to which file, and both are there.
#[test]
fn init_brings_schemas_for_editors() {
    let world = World::new();
    world.run(&["init", "new"]).exits(0);
    let rules = toml_of(&world.read("new/.taplo.toml"));
    let rules = rules["rule"].as_array().expect("rules");
    let files = ["decisions/helpdesk/65430027.toml", "countersign.toml"];
    for ((rule, file), of) in rules.iter().zip(files).zip(["decisions", "config"]) {
        let path = rule["schema"]["path"].as_str().expect("a path");
        let schema: Value =
            serde_json::from_str(&world.read(&format!("new/{path}"))).expect("JSON");
        assert_eq!(schema, printed(of));
        Schema::of(schema).fits_file(&world.read(&format!("new/{file}")));
        let glob = rule["include"][0].as_str().expect("a glob");
        assert!(file.starts_with(glob.split('*').next().expect("a folder")));
    }
    assert_eq!(rules.len(), files.len());
}

/// `#:schema` names a schema to an editor; it is a comment, and stays the first line.
#[test]
fn a_schema_directive_is_kept_and_means_nothing() {
    let world = World::new();
    let id = &world.pending()[0];
    world.decide(&[(id, "deny")]);
    let file = crate::world::decision_file(id);
    let directive = "#:schema ../../schemas/decisions.schema.json\n";
    world.write(&file, &format!("{directive}{}", world.read(&file)));
    world.run(&["validate"]).exits(0);
    world.run(&["fmt"]).exits(0);
    assert!(
        world.read(&file).starts_with(directive),
        "{}",
        world.read(&file)
    );
    world.run(&["fmt", "--check"]).exits(0);
    world
        .run(&["draft", "--target", "*/*", "--refresh-guard"])
        .exits(0);
    assert!(world.read(&file).starts_with(directive));
    let config = format!(
        "#:schema schemas/config.schema.json\n{}",
        world.read("countersign.toml")
    );
    world.write("countersign.toml", &config);
    let ran = world.run(&["plan"]).exits(0);
    assert!(
        ran.out.contains("\nPlan: 0 to approve, 1 to deny,"),
        "{}",
        ran.out
    );
}

#[test]
fn plans_and_events_of_every_vendor_fit() {
    let of_events = Schema::closed("events");
    for vendor in Vendor::ALL {
        let world = World::of(|options| options.vendors = vec![*vendor]);
        let ids = world.pending();
        world.decide(&[(&ids[0], "approve")]);
        let decided = world.read(&format!("decisions/{0}/{1}.toml", vendor.slug(), ids[0]));
        Schema::of(printed("decisions")).fits_file(&decided);
        world.decide(&[(&ids[1], "deny")]);
        world.run(&["draft", "--max", "1"]).exits(0);
        let args = [
            "plan",
            "--format",
            "json",
            "--out",
            "p.plan",
            "--json-into",
            "plan.jsonl",
        ];
        let ran = world.run(&args).exits(0);
        let plan: Value = serde_json::from_str(&ran.out).expect("a plan");
        PLAN.with(|schema| schema.fits(&plan));
        let saved: Value = serde_json::from_str(&world.read("p.plan")).expect("a plan");
        PLAN.with(|schema| schema.fits(&saved["plan"]));
        let planned = events(&of_events, &world.read("plan.jsonl"));
        let seen = types(&planned);
        assert_eq!(
            (seen[0], seen[seen.len() - 1]),
            ("version", "change_summary"),
            "{vendor:?}"
        );
        is_closed(&of_events, &planned);
        let changes = plan["changes"].as_array().expect("a list").len();
        let applied = world.run(&["apply", "p.plan", "--json-events"]);
        let applied = events(&of_events, &applied.out);
        let ends = applied
            .iter()
            .filter(|event| event["type"] == "verify_complete");
        assert_eq!(ends.count(), changes, "{vendor:?}: {applied:#?}");
        assert_eq!(
            types(&applied).contains(&"apply_start"),
            changes > 0,
            "{vendor:?}"
        );
        world.planned();
    }
}

/// A member that the schema does not describe is found, beside an event's own and within.
#[track_caller]
fn is_closed(schema: &Schema, events: &[Value]) {
    for event in events {
        let mut more = event.clone();
        more["more"] = json!(1);
        assert!(schema.wrong(&more).is_some(), "{more:#}");
        let inner = ["change", "changes", "diagnostic", "request"];
        for name in inner.into_iter().filter(|name| event[name].is_object()) {
            let mut more = event.clone();
            more[name]["more"] = json!(1);
            assert!(schema.wrong(&more).is_some(), "{more:#}");
        }
    }
}

/// What goes wrong is an event too: mistakes, a queue that cannot be read, a call in doubt, and what became of it.
#[test]
fn events_of_what_goes_wrong_fit() {
    let of_events = Schema::closed("events");
    let world = World::new();
    let id = world.pending()[0].clone();
    world.decide(&[(&id, "approve")]);
    let told = |args: &[&str], code: i32| {
        let ran = world.run(&[args, &["--json-events"]].concat()).exits(code);
        events(&of_events, &ran.out)
    };
    let diagnostic = |events: &[Value]| {
        let wrong = events.iter().find(|event| event["type"] == "diagnostic");
        wrong.expect("a diagnostic")["diagnostic"].clone()
    };
    let failed = diagnostic(&told(&["plan", "--target", "nothing/*"], 64));
    assert_eq!(failed["exit"], 64);
    world.write("decisions/wrong.toml", "nonsense");
    let mistake = diagnostic(&told(&["plan"], 1));
    assert_eq!(mistake["range"]["filename"], "decisions/wrong.toml");
    std::fs::remove_file(world.path("decisions/wrong.toml")).expect("removed");

    let op = "admin-by-request.requests.approve";
    let blind = json!([
        { "op": op, "phase": "after-effect", "kind": "close" },
        { "op": "admin-by-request.requests.get", "kind": "html", "status": 200, "nth": 3, "times": 1000 },
    ]);
    world.plan("p.plan");
    world.faults(blind);
    let doubt = told(&["apply", "p.plan"], 5);
    assert!(types(&doubt).contains(&"apply_unknown"), "{doubt:#?}");
    world.faults(json!([]));
    let settled = told(&["apply", "p.plan"], 0);
    let recovered = settled
        .iter()
        .find(|event| event["hook"]["recovered"] == true);
    assert_eq!(
        text(&recovered.expect("recovered")["type"]),
        "apply_complete"
    );
    let off = json!({ "admin-by-request": { "api-access": false } });
    world.admin("POST", "seed", &off);
    let unread = diagnostic(&told(&["plan"], 1));
    assert_eq!(unread["severity"], "error");
}

/// A schema that takes everything would pass every test above.
#[test]
fn what_is_not_described_does_not_fit() {
    let world = World::new();
    world.decide(&[(&world.pending()[0], "approve")]);
    let ran = world.run(&["plan", "--format", "json"]).exits(0);
    let good: Value = serde_json::from_str(&ran.out).expect("a plan");
    let spoilt = |pointer: &str, value: Value| {
        let mut plan = good.clone();
        *plan.pointer_mut(pointer).expect("it is there") = value;
        PLAN.with(|schema| schema.wrong(&plan))
    };
    assert_eq!(spoilt("/schema", json!(1)), None);
    for (pointer, value) in [
        ("/schema", json!(2)),
        ("/digest", json!("sha256:1")),
        ("/counts/approve", json!("1")),
        ("/changes/0/verdict", json!("aprove")),
        ("/changes/0/expires", json!("soon")),
        (
            "/changes/0/from",
            json!({ "file": "x", "line": 1, "column": 1, "more": 1 }),
        ),
        ("/changes/0/call", json!({ "method": "GET", "path": "/" })),
        ("/holds", json!([{ "code": "no-such-code" }])),
        ("/holds", json!(null)),
    ] {
        assert!(spoilt(pointer, value).is_some(), "{pointer}");
    }
}
