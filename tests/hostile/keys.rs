//! No key is ever written, in any form in which it could be read back, and none is sent anywhere but home.

use std::path::Path;

use serde_json::Value;

use crate::world::{QUEUE, World};

/// Every form in which a key could leak that is not told by looking at it raw.
fn forms(key: &str) -> Vec<String> {
    let url: String = key.bytes().map(percent).collect();
    let json = Value::from(key).to_string();
    vec![
        key.to_owned(),
        key.chars().rev().collect(),
        key.to_ascii_uppercase(),
        url,
        json.trim_matches('"').to_owned(),
        base64(key, b"+/"),
        base64(key, b"-_"),
        base64(&format!(":{key}"), b"+/"),
        key[..key.len() / 2].to_owned(),
        key[key.len() / 2..].to_owned(),
    ]
}

fn percent(byte: u8) -> String {
    if byte.is_ascii_alphanumeric() {
        char::from(byte).to_string()
    } else {
        format!("%{byte:02X}")
    }
}

/// Without padding, so that it is found in the middle of a longer text too.
fn base64(text: &str, last: &[u8; 2]) -> String {
    let letters = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    let letter = |six: u32| {
        let six = six as usize & 63;
        char::from(*letters.get(six).unwrap_or_else(|| &last[six - 62]))
    };
    let whole = text.as_bytes().chunks_exact(3);
    whole
        .flat_map(|three| {
            let bits = three
                .iter()
                .fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte));
            [18, 12, 6, 0].map(|shift| letter(bits >> shift))
        })
        .collect()
}

#[track_caller]
fn holds_no_key(what: &str, text: &str, key: &str) {
    for form in forms(key) {
        assert!(!text.contains(&form), "{what} holds the key as {form}");
    }
}

#[test]
fn no_key_is_ever_written() {
    let world = World::new();
    let key = world.mocks.queues()[QUEUE].credentials["api-key"].clone();
    let ids = world.pending();
    world.decide(&[(&ids[0], "approve"), (&ids[1], "deny")]);
    let runs: [&[&str]; 12] = [
        &["doctor", "-v"],
        &["queue", "-v"],
        &["observe", "--out", "seen.jsonl"],
        &["plan", "-v", "--out", "p.plan"],
        &["plan", "--json-events"],
        &["plan", "--format", "json"],
        &["plan", "--format", "markdown"],
        &[
            "apply",
            "p.plan",
            "-v",
            "--report",
            "report.json",
            "--json-into",
            "events.jsonl",
        ],
        &["status", "-v"],
        &["ledger", "show", "--format", "json"],
        &["ledger", "verify"],
        &["validate", "-v"],
    ];
    for args in runs {
        let ran = world.run(args).exits(0);
        holds_no_key(&args.join(" "), &format!("{}{}", ran.out, ran.err), &key);
    }
    everything_below(&world.path(""), &mut |path, text| {
        if !path.components().any(|part| part.as_os_str() == ".secrets") {
            holds_no_key(&path.display().to_string(), text, &key);
        }
    });
}

#[test]
fn no_key_is_written_where_it_is_refused_or_cannot_be_used() {
    let world = World::new();
    let id = world.pending()[0].clone();
    world.decide(&[(&id, "approve")]);
    let config = world.read("countersign.toml");
    let file = format!("{{ file = \".secrets/{QUEUE}.api-key\" }}");
    world.edit("countersign.toml", &file, "{ env = \"CANARY\" }");
    let keys = [
        "canary+/=&?%-0123456789abcdef",
        "canary\u{e9}0123456789",
        "canary\n0123456789",
        "",
    ];
    for key in keys {
        for args in [
            &["plan", "-v"][..],
            &["doctor"],
            &["plan", "--json-events"],
            &[
                "apply",
                "--only",
                "deny",
                "--expect-no-changes",
                "--report",
                "r.json",
            ],
        ] {
            let mut command = world.command(args);
            let output = command.env("CANARY", key).output().expect("it runs");
            let said = [output.stdout, output.stderr].concat();
            let said = String::from_utf8(said).expect("text");
            assert!(!said.is_empty());
            if !key.is_empty() {
                holds_no_key(&format!("{args:?}"), &said, key);
            }
        }
    }
    everything_below(&world.path(""), &mut |path, text| {
        holds_no_key(&path.display().to_string(), text, keys[0]);
    });
    world.write("countersign.toml", &config);
}

fn everything_below(folder: &Path, look: &mut dyn FnMut(&Path, &str)) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            everything_below(&path, look);
        } else {
            let bytes = std::fs::read(&path).expect("a file");
            look(&path, &String::from_utf8_lossy(&bytes));
        }
    }
}

/// A redirect is an answer like any other: the key stays at home.
#[test]
fn a_key_is_not_sent_anywhere_else() {
    let world = World::new();
    let other = World::new();
    let id = world.pending()[0].clone();
    world.decide(&[(&id, "approve")]);
    let away = other.mocks.queues()[QUEUE].url.clone();
    let body = serde_json::json!({ "portalApiUrl": away, "next": away });
    world.faults(serde_json::json!([
        { "op": "*", "kind": "status", "status": 307, "times": 1000, "body": body }
    ]));
    world.run(&["plan", "--timeout", "2s"]);
    assert_eq!(other.mocks.journal(), [], "a call went to another host");
    assert!(world.mocks.faults()[0].hits > 0, "nobody was sent away");
}
