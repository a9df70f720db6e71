//! What strangers write, in a vendor's fields and in the names of files, reaches no screen, log, comment or
//! file as it is; and no key reaches anything at all.

use std::path::Path;

use mock_servers::Given;
use serde_json::Value;

use crate::world::{QUEUE, World};

/// Text that means harm: terminals, CI runners, Markdown, HTML, spreadsheets, readers.
const CORPUS: [&str; 14] = [
    "\u{1b}[2J\u{1b}[Hgone",
    "\u{1b}]52;c;cm0gLXJm\u{7}",
    "\u{9b}31mred",
    "a\rb\u{8}c",
    "line\n::add-mask::secret",
    "::stop-commands::x",
    "\n##[command]evil",
    "\u{202e}gnp.exe",
    "zero\u{200b}width\u{feff}",
    "line\u{2028}sep",
    "`a` | ![x](http://evil.example/a.png) **b**",
    "<img src=x onerror=alert(1)><details> -->",
    "@org/all www.evil.example",
    "=HYPERLINK(\"http://evil.example\")",
];

/// Said here once more, apart from the code.
fn dangerous(c: char) -> bool {
    (c.is_control() && c != '\n')
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{e000}'..='\u{f8ff}')
}

#[track_caller]
fn inert(what: &str, text: &str) {
    if let Some(c) = text.chars().find(|c| dangerous(*c)) {
        panic!("{what}: U+{:04X} in\n{text}", u32::from(c));
    }
    for line in text.lines() {
        assert!(!line.trim_start().starts_with("::"), "{what}: {line}");
        assert!(!line.contains("##["), "{what}: {line}");
    }
}

/// A request for each text, which stands wherever a person or a program can write something.
fn world() -> World {
    let quoted = |text: &str| Value::from(text).to_string();
    let request = |text: &&str| {
        let text = quoted(text);
        format!(
            "[[admin-by-request.request]]\nreason = {text}\nuser = {{ account = {text}, full-name = {text}, email = {text}, phone = {text} }}\ncomputer = {{ name = {text} }}\napp = {{ file = {text}, name = {text}, vendor = {text}, version = {text}, path = {text}, threat = {text} }}\nsettings = {text}\n"
        )
    };
    let text: String = CORPUS.iter().map(request).collect();
    let given = Given::from_toml(&text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    World::of(|options| options.world = Some(given))
}

#[test]
fn a_vendor_cannot_speak_to_terminal_log_or_comment() {
    let world = world();
    let check = |args: &[&str]| {
        let ran = world.run(args);
        inert(&args.join(" "), &ran.out);
        inert(&args.join(" "), &ran.err);
        ran
    };
    check(&["queue"]);
    check(&["queue", "--format", "json"]);
    check(&["queue", "--format", "markdown"]);
    check(&["queue", "--format", "junit"]);
    no_markup_of_strangers(&check(&["queue", "--format", "html"]).out);
    check(&["draft", "--expires", "7d", "--ticket", "CHG1"]).exits(0);
    let ids = world.pending();
    assert_eq!(ids.len(), CORPUS.len());
    for (number, id) in ids.iter().enumerate() {
        let file = crate::world::decision_file(id);
        inert(&file, &world.read(&file));
        let verdict = ["\"approve\"", "\"deny\""][number % 2];
        world.edit(&file, "\"undecided\"", verdict);
        world.edit(&file, "reason  = \"\"", "reason  = \"seen\"");
    }
    check(&["validate", "-v"]).exits(0);
    check(&["fmt", "--check"]).exits(0);
    check(&["plan", "-v", "--color", "never"]).exits(0);
    check(&["plan", "--json-events", "--json-into", "events.jsonl"]).exits(0);
    check(&["observe", "--out", "seen.jsonl"]).exits(0);
    check(&["plan", "--snapshot", "seen.jsonl"]).exits(0);
    let comment = check(&["plan", "--format", "markdown"]).exits(0).out;
    for harm in ["](http", "<img", "<details> -->", "**b**"] {
        let (_, outside) = in_and_out_of_code(&comment);
        assert!(!outside.contains(harm), "{harm} in\n{outside}");
    }
    no_markup_of_strangers(&check(&["plan", "--format", "html"]).exits(0).out);
    check(&["plan", "--format", "junit"]).exits(0);
    let document = check(&["plan", "--format", "json", "--out", "p.plan"]).exits(0);
    serde_json::from_str::<Value>(&document.out).expect("one document");
    check(&["show", "p.plan"]).exits(0);
    // A change after review: the differences are drawn, vendor text against vendor text.
    for id in &ids[..4] {
        let file = crate::world::decision_file(id);
        let text = world.read(&file);
        let (before, digits) = text.split_once("v1:sha256:").expect("a fingerprint");
        world.write(&file, &format!("{before}v1:sha256:0000{}", &digits[4..]));
    }
    let plan = check(&["plan"]).exits(0);
    assert!(
        plan.out.contains("Blocked: a person must look (2)"),
        "{}",
        plan.out
    );
    check(&["status", "-v"]).exits(0);
    check(&[
        "apply",
        "p.plan",
        "--report",
        "report.html",
        "--json-into",
        "apply.jsonl",
    ])
    .exits(3);
    check(&["ledger", "show"]).exits(0);
    check(&["ledger", "show", "--format", "json"]).exits(0);
    check(&["ledger", "explain", &format!("{QUEUE}/{}", ids[5])]).exits(0);
    check(&["ledger", "export"]).exits(0);
    check(&["ledger", "export", "--format", "json"]).exits(0);
    check(&["draft", "--prune"]).exits(0);
    check(&["archive", "-v"]).exits(0);
    check(&["doctor"]).exits(0);
    for file in ["events.jsonl", "apply.jsonl", "report.html", "p.plan"] {
        inert(file, &world.read(file));
    }
    assert!(!world.writes().is_empty(), "something was decided");
}

/// A page has the elements that it has without a vendor's text.
fn no_markup_of_strangers(page: &str) {
    assert!(page.contains("&lt;img src=x"), "{page}");
    for harm in ["<img", "<details", "<a ", "-->", "href", "src=\""] {
        assert!(!page.contains(harm), "{harm} in\n{page}");
    }
}

/// The text inside of code spans, and the text outside.
fn in_and_out_of_code(markdown: &str) -> (String, String) {
    let (mut inside, mut outside) = (String::new(), String::new());
    for line in markdown.lines() {
        let mut rest = line;
        while let Some(open) = rest.find('`') {
            let fence: String = rest[open..].chars().take_while(|c| *c == '`').collect();
            outside.push_str(&rest[..open]);
            let behind = &rest[open + fence.len()..];
            let Some(close) = behind.find(&fence) else {
                rest = behind;
                continue;
            };
            inside.push_str(&behind[..close]);
            rest = &behind[close + fence.len()..];
        }
        outside.push_str(rest);
        outside.push('\n');
    }
    (inside, outside)
}

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
