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

/// Ids are digits or GUIDs (design section 4): whatever else stands there is refused before any vendor hears of it.
const IDS: [&str; 28] = [
    "..",
    "../7001",
    "7001/../7002",
    "7001?status=approved",
    "7001#top",
    "7001%2f..%2f7002",
    "7001/approve",
    "7001;7002",
    "7001&id=7002",
    "7001 ",
    " 7001",
    "7001\r\nSet-Cookie: a=b",
    "7001\n",
    "7001\u{0}",
    "-7001",
    "+7001",
    "7e3",
    "0x1b59",
    "7001.0",
    "\u{202e}1007",
    "7001\u{200b}",
    "\u{ff17}\u{ff10}\u{ff10}\u{ff11}",
    "\u{667}\u{660}",
    "a0000000-0000-4000-a000-00000000700g",
    "{a0000000-0000-4000-a000-000000007001}",
    "%37001",
    "\u{1b}[2J",
    "",
];

#[test]
fn an_id_that_is_none_is_refused_and_no_vendor_hears_of_it() {
    let world = World::of(|_| ());
    let long = "7".repeat(10_000);
    let ids: Vec<&str> = IDS.into_iter().chain([long.as_str()]).collect();
    let mut blocks = 0;
    for queue in world.mocks.queues().keys() {
        let mut text = String::new();
        for id in &ids {
            let id = toml::Value::String((*id).to_owned());
            text.push_str(&format!(
                "[[decision]]\nqueue = \"{queue}\"\nrequest = {id}\nticket = \"T\"\nverdict = \"deny\"\nreason = \"r\"\nexpires = 2026-04-01T00:00:00Z\nguard = {{ user = 'A' }}\n"
            ));
            blocks += 1;
        }
        world.write(&format!("decisions/{queue}.toml"), &text);
    }
    let before = world.mocks.journal().len();
    let ran = world.run(&["validate"]).exits(1);
    inert("validate", &ran.out);
    inert("validate", &ran.err);
    // Each at its own place.
    let place = |line: &str| {
        let (place, _) = line.strip_prefix("decisions/")?.split_once(": error: ")?;
        let is_request = line.contains("a request") || line.contains("`request`");
        is_request.then(|| place.to_owned())
    };
    let told: std::collections::BTreeSet<String> = ran.err.lines().filter_map(place).collect();
    assert_eq!(told.len(), blocks, "{}", ran.err);
    for args in [
        &["plan"][..],
        &["apply", "--yes", "--expect-digest", "sha256:00"],
        &[
            "apply",
            "--only",
            "deny",
            "--yes",
            "--expect-digest",
            "sha256:00",
        ],
        &["plan", "--format", "markdown"],
        &["plan", "--json-events"],
    ] {
        let ran = world.run(args);
        assert_ne!(ran.code, Some(0), "{args:?}");
        inert(&format!("{args:?}"), &ran.out);
        inert(&format!("{args:?}"), &ran.err);
    }
    assert_eq!(world.mocks.journal().len(), before, "a vendor was asked");
}

/// What is sent goes into a URL at some vendors: line ends in a reason split no header there, and an over-long one is
/// told of before anything is sent.
#[test]
fn a_reason_splits_no_header_and_is_never_cut() {
    let reasons = [
        ("one\r\nTwo: three\r\n\r\nGET / HTTP/1.1", "line"),
        ("tab\u{0}null", "control"),
        (&*"long ".repeat(400), "long"),
    ];
    for queue in ["admin-by-request", "beyondtrust", "threatlocker", "fudo"] {
        let vendor = mock_servers::Vendor::from_slug(queue).expect("a vendor");
        let world = World::of(|options| options.vendors = vec![vendor]);
        let id = world.pending()[0].clone();
        world.decide(&[(&id, "deny")]);
        let file = format!("decisions/{queue}/{id}.toml");
        let decided = world.read(&file);
        for (reason, what) in reasons {
            let written = toml::Value::String(reason.to_owned()).to_string();
            world.write(&file, &decided.replace("\"vendor case 5512\"", &written));
            let ran = world.run(&["plan", "--out", "p.plan"]);
            let applied = world.run(&["apply", "p.plan"]);
            inert(
                queue,
                &format!("{}{}{}{}", ran.out, ran.err, applied.out, applied.err),
            );
            for call in world.writes() {
                // Whole, and as one value: the vendor's own journal shows what arrived.
                let arrived = serde_json::Value::from(call.detail.clone()).to_string();
                let ours = serde_json::Value::from(reason).to_string();
                assert!(
                    arrived.contains(ours.trim_matches('"')),
                    "{queue} {what}: {arrived}"
                );
            }
        }
        assert!(world.writes().len() <= 1, "{queue}: one decision, one call");
    }
}
