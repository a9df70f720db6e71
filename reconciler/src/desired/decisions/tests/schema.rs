//! The schema of decision files and their reader say the same: neither knows a key that the other does not.

use std::collections::BTreeSet;

use serde_json::Value;

use super::*;
use crate::desired::bench::terms;
use crate::desired::decisions::schema;
use crate::desired::shape::tests::{Editor, NOBODY_S, known_keys, names, schema_keys};
use crate::model::{Capabilities, Terms, Vendor};
use crate::vendors::capabilities;

thread_local! {
    static EDITOR: Editor = Editor::with(whole());
}

fn whole() -> Value {
    schema(&Vendor::ALL.map(capabilities))
}

pub(super) fn editor_says(text: &str) -> String {
    EDITOR.with(|editor| editor.says(text))
}

/// Whatever is read without a mistake is nothing that an editor marks.
#[track_caller]
pub(super) fn checked(text: &str, written: Written) -> Written {
    if written.mistakes.is_empty() {
        assert_eq!(editor_says(text), "", "{text}");
    }
    written
}

/// A queue of each vendor, under its name.
fn queues() -> Vec<Terms> {
    let queue = |vendor: Vendor| Terms {
        can: capabilities(vendor),
        ..terms(vendor.slug(), &format!("https://{}.example", vendor.slug()))
    };
    Vendor::ALL.map(queue).into()
}

fn read(text: &str) -> Written {
    checked(text, parse("s.toml", text, &queues(), Keep::Nothing))
}

/// What the reader lists as its keys, where it meets one of nobody's.
#[track_caller]
fn keys_at(place: &str) -> BTreeSet<String> {
    known_keys(&read(&place.replace("HERE", &format!("{NOBODY_S} = 1"))).mistakes)
}

#[test]
fn every_key_of_every_table_is_in_both() {
    let schema = whole();
    let permit = "[[decision]]\nqueue = \"threatlocker\"\n[decision.permit]\n";
    let tables = [
        ("HERE", ""),
        ("[[decision]]\nHERE", "/$defs/decision"),
        ("[[release-request]]\nHERE", "/$defs/release-request"),
        ("[[resolve]]\nHERE", "/$defs/resolve"),
        (&format!("{permit}HERE"), "/$defs/permit"),
        (
            &format!("{permit}application = {{ HERE }}"),
            "/$defs/permit/properties/application/anyOf/1",
        ),
        (
            &format!("{permit}scope = {{ HERE }}"),
            "/$defs/permit/properties/scope/anyOf/1",
        ),
        (
            &format!("{permit}rules = [{{ HERE }}]"),
            "/$defs/permit/properties/rules/items",
        ),
        (
            &format!("{permit}ringfence = {{ HERE }}"),
            "/$defs/permit/properties/ringfence/anyOf/1",
        ),
    ];
    for (place, pointer) in tables {
        assert_eq!(keys_at(place), schema_keys(&schema, pointer), "{pointer}");
    }
}

#[test]
fn a_guard_has_the_keys_of_one_vendor() {
    let schema = whole();
    let mut of_all = BTreeSet::new();
    for (index, vendor) in Vendor::ALL.into_iter().enumerate() {
        let place = format!("[[decision]]\nqueue = \"{vendor}\"\n[decision.guard]\nHERE");
        let own = &schema["$defs"]["guard"]["anyOf"][index];
        assert_eq!(own["title"], vendor.title());
        assert_eq!(keys_at(&place), names(own), "{vendor}");
        of_all.extend(names(own));
    }
    assert_eq!(schema_keys(&schema, "/$defs/guard"), of_all);
}

const GOOD: &str = "[[decision]]
queue = \"threatlocker\"
request = \"7f3e1d00-0000-4000-8000-000000000001\"
ticket = \"CHG1\"
verdict = \"approve\"
reason = \"why\"
expires = 2026-12-01T00:00:00Z
[decision.guard]
user = 'ANNA'
hash = 'AB'
[decision.permit]
application = { new = \"Debug View\" }
scope = \"computer\"
rules = []
policy = \"new\"
mode = \"rules\"

[[release-request]]
queue = \"beyondtrust\"
system = 12
account = 34
duration = \"2h\"
reason = \"Nightly job\"
ticket = \"CHG2\"
expires = 2026-12-01T00:00:00+02:00

[[resolve]]
queue = \"fudo\"
request = \"17\"
intent = 7
as = \"applied\"
because = \"looked in the portal\"
";

#[test]
fn a_mistake_that_the_file_alone_shows_is_marked_by_an_editor_too() {
    assert_eq!(told(&read(GOOD)), "");
    let mistakes = [
        ("queue = \"threatlocker\"", ""),
        ("queue = \"threatlocker\"", "queue = 7"),
        ("request = \"7f3e", "request = 7 # \"7f3e"),
        ("ticket = \"CHG1\"", ""),
        ("ticket = \"CHG1\"", "ticket = \" \""),
        ("ticket = \"CHG1\"", "tikcet = \"CHG1\""),
        ("ticket = \"CHG1\"", "ticket = [\"CHG1\"]"),
        ("\"approve\"", "\"aprove\""),
        ("\"approve\"", "true"),
        ("verdict = \"approve\"", ""),
        ("reason = \"why\"", ""),
        ("expires = 2026-12-01T00:00:00Z", ""),
        ("expires = 2026-12-01T00:00:00Z", "expires = \"\""),
        ("expires = 2026-12-01T00:00:00Z", "expires = \"soon\""),
        ("expires = 2026-12-01T00:00:00Z", "expires = 2026-12-01"),
        ("01T00:00:00Z", "01T00:00:00"),
        ("expires = 2026-12-01T00:00:00Z", "expires = 1796083200"),
        ("user = 'ANNA'", "usr = 'ANNA'"),
        ("user = 'ANNA'", "user = 5"),
        ("user = 'ANNA'", "server = 'db1'"),
        ("user = 'ANNA'", "fingerprint = \"v1:sha256:1F2E\""),
        ("{ new = \"Debug View\" }", "{ new = \"\" }"),
        (
            "{ new = \"Debug View\" }",
            "{ new = \"A\", existing = \"B\" }",
        ),
        ("{ new = \"Debug View\" }", "\"anything\""),
        ("\"computer\"", "\"everywhere\""),
        ("\"computer\"", "{ group = 7 }"),
        ("rules = []", "rules = [{}]"),
        ("rules = []", "rules = [{ path = '' }]"),
        ("rules = []", "rules = \"*\""),
        ("rules = []", ""),
        ("policy = \"new\"", "policy = \"existing\""),
        ("\"rules\"", "\"learn\""),
        ("mode = ", "ringfence = true\nmode = "),
        ("mode = ", "ringfence = { action = 0 }\nmode = "),
        ("mode = ", "elevation = \"no\"\nmode = "),
        ("system = 12", ""),
        ("system = 12", "system = 0"),
        ("system = 12", "system = 12\nalias = 56"),
        ("account = 34", "account = 2147483648"),
        ("\"2h\"", "\"2\""),
        ("\"2h\"", "120"),
        ("\"2h\"", "\"2h\"\naccess-type = \"rdp\""),
        ("\"2h\"", "\"2h\"\naccess-type = \"App\""),
        ("\"2h\"", "\"2h\"\napplication = 78"),
        ("\"2h\"", "\"2h\"\non-conflict = \"cancel\""),
        ("\"2h\"", "\"2h\"\nstate = \"closed\""),
        ("intent = 7", "intent = -1"),
        ("\"applied\"", "\"aplied\""),
        ("because = \"looked in the portal\"", ""),
        ("[[resolve]]", "[resolve]"),
        ("[[resolve]]", "[[reslove]]"),
    ];
    for (from, to) in mistakes {
        assert!(GOOD.contains(from), "{from}");
        let text = GOOD.replacen(from, to, 1);
        assert_ne!(told(&read(&text)), "", "{to}");
        assert_ne!(editor_says(&text), "", "{to}");
    }
}

/// An undecided block may be unfinished, and a decision that ratifies may name its request by who and when.
#[test]
fn what_may_be_left_out_may_be_left_out() {
    let open = "[[decision]]\nqueue = \"fudo\"\nrequest = \"7\"\nverdict = \"undecided\"\n";
    for more in ["", "expires = \"\"\nticket = \"\"\nreason = \"\"\n"] {
        assert_eq!(told(&read(&format!("{open}{more}"))), "");
    }
    let keys: &Capabilities = capabilities(Vendor::Ekran);
    let guard: String = keys
        .ratifies
        .unwrap()
        .named_by
        .iter()
        .fold("[decision.guard]\n".to_owned(), |text, key| {
            format!("{text}{key} = \"2023-02-08T13:26:37.763\"\n")
        });
    let unnamed = "[[decision]]\nqueue = \"ekran\"\nverdict = \"undecided\"\n";
    assert_eq!(told(&read(&format!("{unnamed}{guard}"))), "");
    assert_ne!(editor_says(unnamed), "");
}

#[test]
fn a_json_line_is_a_decision_of_the_same_schema() {
    let mut of_line = whole();
    of_line["$ref"] = "#/$defs/decision".into();
    for key in ["properties", "additionalProperties", "type", "required"] {
        of_line.as_object_mut().unwrap().remove(key);
    }
    let editor = Editor::with(of_line);
    let line = r#"{"queue":"fudo","request":"1","ticket":"C","verdict":"deny","reason":"r","expires":"2026-12-01T00:00:00+02:00","guard":{"user":"A\\B"}}"#;
    assert_eq!(editor.of_json(&serde_json::from_str(line).unwrap()), "");
    let wrong = line.replace("deny", "denied");
    assert_ne!(editor.of_json(&serde_json::from_str(&wrong).unwrap()), "");
}
