//! No key is ever written, in any form in which it could be read back, and none is sent anywhere but home.
//!
//! Every output and every folder of every story of the house is searched (`tests/canary.rs`). Here each way to sign in
//! is walked at each vendor, with every command, and where things go wrong.

use mock_servers::Vendor;

use super::between::Between;
use crate::canary::Canaries;
use crate::world::{QUEUE, World, side_by_side};

/// Ways to sign in: what of the mock's credentials stands in the configuration. An empty list is what the mock writes.
const WAYS: [(Vendor, &[&str]); 6] = [
    (Vendor::AdminByRequest, &[]),
    (Vendor::BeyondTrust, &["api-key", "run-as", "password"]),
    (Vendor::BeyondTrust, &["client-id", "client-secret"]),
    (Vendor::ThreatLocker, &[]),
    (Vendor::Fudo, &[]),
    (Vendor::Ekran, &[]),
];

/// A world of this vendor with somebody in between, who remembers which sessions the vendor gave out.
fn signed_in_by(vendor: Vendor, keys: &[&str]) -> (World, Between) {
    let world = World::of(|options| options.vendors = vec![vendor]);
    if !keys.is_empty() {
        let queue = world.mocks.queues()[vendor.slug()].clone();
        let stands = |key: &&str| {
            let secret = &queue.credentials[*key];
            if queue.plain.contains(key) {
                return format!("{key} = {}", toml::Value::from(secret.as_str()));
            }
            let file = format!(".secrets/{}.{key}", vendor.slug());
            world.write(&file, secret);
            format!("{key} = {{ file = \"{file}\" }}")
        };
        let stand: Vec<String> = keys.iter().map(stands).collect();
        let config = world.read("countersign.toml");
        let (before, rest) = config.split_once("credentials = {").expect("credentials");
        let (_, after) = rest.split_once('\n').expect("a line");
        let credentials = format!("credentials = {{ {} }}", stand.join(", "));
        world.write(
            "countersign.toml",
            &format!("{before}{credentials}\n{after}"),
        );
    }
    let between = Between::of(&world, vendor);
    (world, between)
}

#[test]
fn no_key_and_no_session_is_ever_written() {
    side_by_side(&WAYS, |(vendor, keys)| {
        let (world, between) = signed_in_by(*vendor, keys);
        let ids = world.pending();
        world.decide(&[(&ids[0], "approve"), (&ids[1], "deny")]);
        let runs: [&[&str]; 16] = [
            &["doctor", "-v"],
            &["queue", "-v"],
            &["observe", "--out", "seen.jsonl"],
            &["plan", "-v", "--out", "p.plan"],
            &["plan", "--json-events"],
            &["plan", "--format", "json"],
            &["plan", "--format", "html"],
            &["show", "p.plan", "--format", "markdown"],
            &[
                "apply",
                "p.plan",
                "-v",
                "--report",
                "r.json",
                "--json-into",
                "e.jsonl",
            ],
            &["status", "-v"],
            &["ledger", "show", "--format", "json"],
            &["ledger", "export"],
            &["ledger", "verify"],
            &["validate", "-v"],
            &["draft", "--prune"],
            &["archive", "-v"],
        ];
        let mut said = Vec::new();
        for args in runs {
            let ran = world.run(args).exits(0);
            said.push((args, format!("{}{}", ran.out, ran.err)));
        }
        // Sessions are known only now: what was said before is searched for them, too.
        let sessions = between.sessions();
        assert_eq!(sessions.is_empty(), *vendor != Vendor::BeyondTrust);
        let sessions = sessions
            .into_iter()
            .map(|session| ("a session".to_owned(), session));
        let canaries = Canaries::from(sessions.collect());
        for (args, said) in said {
            canaries.spare(&args.join(" "), said.as_bytes());
        }
        canaries.spare_files(&world.path(""));
    });
}

/// A credential of this vendor that is none, and cannot be mistaken for anything else.
fn wrong(key: &str, ending: &str) -> String {
    format!("wr0ng+/=&?%-{key}-0123456789abcdef{ending}")
}

/// Where things go wrong, messages quote: not what they were given to keep.
#[test]
fn no_key_is_written_where_it_is_refused_or_cannot_be_used() {
    side_by_side(&WAYS, |(vendor, keys)| {
        let (world, _between) = signed_in_by(*vendor, keys);
        let id = world.pending()[0].clone();
        world.decide(&[(&id, "approve")]);
        world.plan("p.plan");
        let config = world.read("countersign.toml");
        let secrets = std::fs::read_dir(world.path(".secrets")).expect("secrets");
        let names = secrets.map(|file| {
            file.expect("a file")
                .file_name()
                .into_string()
                .expect("text")
        });
        let mut names: Vec<String> = names
            .filter(|name| config.contains(&format!(".secrets/{name}\"")))
            .collect();
        names.sort();
        let mut from_env = config;
        for (nth, name) in names.iter().enumerate() {
            let file = format!("{{ file = \".secrets/{name}\" }}");
            assert!(from_env.contains(&file), "{from_env}");
            from_env = from_env.replace(&file, &format!("{{ env = \"CANARY_{nth}\" }}"));
        }
        world.write("countersign.toml", &from_env);
        for ending in ["", "\u{e9}", "\n", "\r\nX-Injected: y"] {
            let wrong: Vec<String> = names.iter().map(|name| wrong(name, ending)).collect();
            let named = wrong
                .iter()
                .map(|secret| ("a wrong key".to_owned(), secret.clone()));
            let canaries = Canaries::from(named.collect());
            for args in [
                &["plan", "-v"][..],
                &["doctor", "-v"],
                &["queue", "--format", "json"],
                &["plan", "--json-events"],
                &[
                    "apply",
                    "p.plan",
                    "-v",
                    "--report",
                    "r.json",
                    "--json-into",
                    "e.jsonl",
                ],
            ] {
                let mut command = world.command(args);
                for (nth, secret) in wrong.iter().enumerate() {
                    command.env(format!("CANARY_{nth}"), secret);
                }
                let output = command.output().expect("it runs");
                // Ekran's plan has no line: its apply asks nobody.
                let asks = *vendor != Vendor::Ekran || args[0] != "apply";
                assert!(!output.status.success() || !asks, "{args:?} {ending:?}");
                let said = [output.stdout, output.stderr].concat();
                assert!(!said.is_empty());
                canaries.spare(&args.join(" "), &said);
            }
            canaries.spare_files(&world.path(""));
        }
    });
}

/// The vendor is away, the disk is full, the program itself fails: with the keys in hand.
#[test]
fn no_key_is_written_where_the_run_fails() {
    let breaks = |world: &World| {
        let mut command = world.command(&[
            "apply",
            "p.plan",
            "-v",
            "--report",
            "r.json",
            "--json-into",
            "e.jsonl",
        ]);
        command.env("COUNTERSIGN_BREAK", "K6");
        command
    };
    side_by_side(&WAYS, |(vendor, keys)| {
        let (world, _between) = signed_in_by(*vendor, keys);
        let id = world.pending()[0].clone();
        world.decide(&[(&id, "deny")]);
        world.plan("p.plan");
        for (kind, command) in [("close", "plan"), ("html", "doctor"), ("garbage", "queue")] {
            let op = format!("{}.*", vendor.slug());
            world.faults(serde_json::json!([{ "op": op, "kind": kind, "times": 1000 }]));
            world.run(&[command, "-v"]);
        }
        world.faults(serde_json::json!([]));
        crate::world::Ran::of(breaks(&world).output().expect("it runs"));
        // A disk on which nothing more can be written: every device is full that is /dev/full.
        for args in [
            &["plan", "--out", "/dev/full"][..],
            &["observe", "--out", "/dev/full"],
        ] {
            world.run(args);
        }
        world.run(&[
            "apply",
            "p.plan",
            "--json-into",
            "/dev/full",
            "--report",
            "/dev/full",
        ]);
        // An address where nobody is.
        let config = world.read("countersign.toml");
        let host = config
            .split("http://")
            .nth(1)
            .expect("a url")
            .split('/')
            .next();
        world.write(
            "countersign.toml",
            &config.replace(host.expect("a host"), "127.0.0.1:1"),
        );
        world.run(&["plan", "-v", "--json-events"]).exits(1);
    });
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
