//! What every vendor's adapter must keep, as one table: a further vendor is a further row.

use mock_servers::Given;
use serde_json::{Value, json};

use crate::world::World;

/// One vendor: a world of it, its guarded fields, and its operations by the mock's names.
struct Row {
    vendor: &'static str,
    /// What the sample queue holds that no approval can be sent for, by the holds' codes.
    sample_held: &'static [&'static str],
    /// The id of the request below.
    id: &'static str,
    /// A request with every guarded field set, as a world writes it.
    request: &'static str,
    /// A line for the queue's configuration.
    setting: &'static str,
    /// Each guard key, the text of the request that feeds it, and another one.
    guarded: &'static [(&'static str, &'static str, &'static str)],
    approve: &'static str,
    deny: &'static str,
    /// The call that every read makes, and how many of them come before the first read-back of an approve: the plan
    /// reads, the apply plans afresh and looks once more.
    read: (&'static str, u64),
    /// How the next apply ends after an approve whose call and read-back were lost, and with how many effects: a vendor
    /// that acts again on a repeat is never asked again before a person has looked.
    after_doubt: (i32, usize),
    /// Whether the vendor can take a grant back.
    revokes: bool,
    /// How a lost answer to a deny ends, and with which exit code: a vendor whose denied requests are in no list proves
    /// nothing by not showing one.
    lost_deny: (&'static str, i32),
    /// A person whose approval our user sees.
    approver: &'static str,
}

/// Vendors through which something can be decided. Ekran cannot: what holds for it instead stands below.
const ROWS: [Row; 4] = [ADMIN_BY_REQUEST, BEYONDTRUST, THREATLOCKER, FUDO];

const ADMIN_BY_REQUEST: Row = Row {
    vendor: "admin-by-request",
    sample_held: &[],
    id: "7001",
    setting: "",
    request: "[[admin-by-request.request]]\nid = \"7001\"\nat = 2026-03-02T07:00:00Z\nreason = 'why'\nsettings = 'Global'\nuser = { account = 'AZUREAD\\ANNA', full-name = 'Anna', email = 'anna@example.com' }\ncomputer = { name = 'FIN-LT-22' }\napp = { file = 'a.exe', name = 'A', vendor = 'V', version = '1', sha256 = '61B4C38792F586995F8E1B8E935B2DE1D6C7941A71A57FC1A1269D2E1E3164CD', threat = 'T1' }\n",
    guarded: &[
        ("user", "AZUREAD\\ANNA", "AZUREAD\\EVE"),
        ("email", "anna@example.com", "eve@example.com"),
        ("computer", "FIN-LT-22", "FIN-LT-23"),
        ("file", "a.exe", "b.exe"),
        ("vendor", "vendor = 'V'", "vendor = 'W'"),
        ("version", "version = '1'", "version = '2'"),
        ("sha256", "61B4C3", "61B4C4"),
        ("scan", ", threat = 'T1'", ""),
        ("type", "app = {", "type = 'session'\n#"),
        ("reason", "'why'", "'because'"),
        ("settings", "'Global'", "'Sales'"),
        ("requested-at", "07:00:00Z", "07:00:01Z"),
        ("threat", "'T1'", "'T2'"),
    ],
    approve: "admin-by-request.requests.approve",
    deny: "admin-by-request.requests.deny",
    read: ("admin-by-request.requests.get", 3),
    after_doubt: (0, 1),
    revokes: false,
    lost_deny: ("applied", 0),
    approver: "boss@example.com",
};

const BEYONDTRUST: Row = Row {
    vendor: "beyondtrust",
    sample_held: &[],
    id: "7001",
    setting: "",
    request: "[[beyondtrust.system]]\nid = 21\nname = 'WEB-SRV-01'\n[[beyondtrust.system]]\nid = 22\nname = 'DB-SRV-01'\n[[beyondtrust.account]]\nid = 41\nsystem = 21\nname = 'root'\ndomain = 'CORP'\n[[beyondtrust.account]]\nid = 42\nsystem = 22\nname = 'other'\n[[beyondtrust.alias]]\nid = 51\nname = 'web'\naccount = 42\n[[beyondtrust.application]]\nid = 61\nname = 'SSMS'\n[[beyondtrust.application]]\nid = 62\nname = 'Toad'\n[[beyondtrust.request]]\nid = '7001'\nat = 2026-03-02T07:00:00Z\nrelease-at = 2026-03-02T07:30:00Z\naccount = 41\napplication = 61\n",
    guarded: &[
        ("system", "WEB-SRV-01", "WEB-SRV-02"),
        ("account", "'root'", "'toor'"),
        ("domain", "'CORP'", "'CORQ'"),
        ("application", "application = 61", "application = 62"),
        ("access-type", "application = 61", "access-type = 'SSH'"),
        ("system-id", "\nsystem = 21", "\nsystem = 22"),
        ("account-id", "account = 41", "account = 42"),
        (
            "alias-id",
            "account = 41\napplication = 61",
            "alias = 'web'",
        ),
        ("application-id", "application = 61", "application = 62"),
        ("release-at", "07:30:00Z", "07:30:01Z"),
    ],
    approve: "beyondtrust.requests.approve",
    deny: "beyondtrust.requests.deny",
    // Pending, then active: there is no reading by id.
    read: ("beyondtrust.requests.list", 6),
    after_doubt: (0, 1),
    revokes: true,
    lost_deny: ("in-doubt", 5),
    approver: "svc-approver",
};

const THREATLOCKER: Row = Row {
    vendor: "threatlocker",
    // One asks for a storage device.
    sample_held: &["unsupported"],
    id: "a0000000-0000-4000-a000-000000007001",
    setting: "child-organizations = [\"10000000-0000-4000-a000-000000000002\"]",
    request: "[[threatlocker.organization]]\nid = '10000000-0000-4000-a000-000000000001'\nname = 'Example Group'\n[[threatlocker.organization]]\nid = '10000000-0000-4000-a000-000000000002'\nname = 'Retail'\nparent = 'Example Group'\n[[threatlocker.computer]]\nid = '30000000-0000-4000-a000-000000000001'\nname = 'FIN-LT-22'\norganization = 'Example Group'\n[[threatlocker.request]]\nid = 'a0000000-0000-4000-a000-000000007001'\nat = 2026-03-02T07:00:00Z\ncomputer = 'FIN-LT-22'\nuser = 'EXAMPLE\\ANNA'\npath = 'c:\\tools\\a.exe'\nhash = '00AA'\nsha256 = '00BB'\ncertificate = 'CN=V'\nsize = 4711\naction = 'execute'\nos = 'windows'\nrequestor = 'Anna'\nreason = 'why'\n",
    guarded: &[
        (
            "organization",
            "organization = 'Example Group'",
            "organization = 'Retail'",
        ),
        ("computer", "FIN-LT-22", "FIN-LT-23"),
        ("user", "ANNA", "EVE"),
        ("path", "a.exe", "b.exe"),
        ("hash", "00AA", "00AB"),
        ("sha256", "00BB", "00BC"),
        ("certificate", "CN=V", "CN=W"),
        (
            "computer-id",
            "30000000-0000-4000-a000-000000000001",
            "30000000-0000-4000-a000-000000000002",
        ),
        ("os", "os = 'windows'", "os = 'windows-xp'"),
        ("action", "'execute'", "'elevate'"),
        ("elevation", "'execute'", "'elevate'"),
        ("requestor", "'Anna'", "'Eve'"),
        ("reason", "'why'", "'because'"),
        ("json-digest", "4711", "4712"),
    ],
    approve: "threatlocker.approval-requests.permit",
    deny: "threatlocker.approval-requests.reject",
    // A plan reads the document twice: what the permit names is looked up for what it shows.
    read: ("threatlocker.approval-requests.permit-document", 5),
    after_doubt: (5, 0),
    revokes: false,
    lost_deny: ("applied", 0),
    approver: "boss@example.com",
};

const FUDO: Row = Row {
    vendor: "fudo",
    sample_held: &[],
    id: "5620492334958379011",
    setting: "",
    request: "[[fudo.request]]\nid = '5620492334958379011'\nat = 2026-03-02T07:00:00Z\nuser = 'requestor'\naccount = { id = '11', name = 'root' }\nserver = { id = '21', name = 'WEB-SRV-01' }\nsafe = { id = '31', name = 'Linux' }\nprotocol = 'ssh'\ninterval = 2\nreason = 'why'\nrequired-votes = 1\n",
    guarded: &[
        ("user", "'requestor'", "'mila.novak'"),
        ("account", "'root'", "'toor'"),
        ("server", "'WEB-SRV-01'", "'WEB-SRV-02'"),
        ("safe", "'Linux'", "'Unix'"),
        (
            "pool",
            "server = { id = '21', name = 'WEB-SRV-01' }",
            "pool = { id = '41', name = 'Farm' }",
        ),
        ("protocol", "'ssh'", "'rdp'"),
        (
            "type",
            "interval = 2",
            "starts-at = 2026-03-02T20:00:00Z\nexpires-at = 2026-03-03T04:00:00Z",
        ),
        ("interval", "interval = 2", "interval = 3"),
        (
            "starts-at",
            "interval = 2",
            "starts-at = 2026-03-02T20:00:00Z\nexpires-at = 2026-03-03T04:00:00Z",
        ),
        (
            "expires-at",
            "interval = 2",
            "starts-at = 2026-03-02T20:00:00Z\nexpires-at = 2026-03-03T04:00:00Z",
        ),
        ("reason", "'why'", "'because'"),
        ("required-votes", "required-votes = 1", "required-votes = 2"),
        ("created-at", "07:00:00Z", "07:00:01Z"),
        ("user-id", "'requestor'", "'mila.novak'"),
        ("account-id", "id = '11'", "id = '12'"),
        ("server-id", "id = '21'", "id = '22'"),
        ("safe-id", "id = '31'", "id = '32'"),
        (
            "pool-id",
            "server = { id = '21', name = 'WEB-SRV-01' }",
            "pool = { id = '41', name = 'Farm' }",
        ),
    ],
    approve: "fudo.access-requests.vote",
    deny: "fudo.access-requests.vote",
    read: ("fudo.access-requests.get", 3),
    after_doubt: (0, 1),
    revokes: true,
    lost_deny: ("applied", 0),
    approver: "boss",
};

/// One processed request of the vendor that only shows, with every guarded field set, and another value for each.
const EKRAN: (&str, [(&str, &str, &str); 3]) = (
    "[[ekran.request]]\nid = '7001'\nstatus = 'approved'\nuser = 'WIN\\anna'\nremote-ip = '10.0.0.7'\nat = 2026-03-02T07:00:00Z\nchanged-at = 2026-03-02T07:05:00Z\nby = 'admin'\n",
    [
        ("user", "anna", "eve"),
        ("requested-at", "07:00:00Z", "07:00:01Z"),
        ("remote-ip", "10.0.0.7", "10.0.0.8"),
    ],
);

fn given(text: &str) -> Given {
    Given::from_toml(text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

impl Row {
    fn sample(&self) -> World {
        World::of(|options| options.vendors = vec![vendor(self.vendor)])
    }

    /// One request alone, with every guarded field set.
    fn one(&self) -> World {
        let world = World::of(|options| {
            options.vendors = vec![vendor(self.vendor)];
            options.world = Some(given(self.request));
        });
        let table = format!("[queues.{}]", self.vendor);
        world.edit(
            "countersign.toml",
            &table,
            &format!("{table}\n{}", self.setting),
        );
        world
    }
}

fn vendor(slug: &str) -> mock_servers::Vendor {
    mock_servers::Vendor::from_slug(slug).expect("a vendor")
}

/// The plan as a document, read in this way.
fn planned(world: &World, way: &str) -> Value {
    let ran = world.run(&["plan", "--read", way, "--format", "json"]);
    serde_json::from_str(&ran.exits(0).out).expect("one document")
}

fn apply(world: &World, code: i32) -> Value {
    world.run(&["plan", "--out", "p.plan"]).exits(0);
    let args = [
        "apply",
        "p.plan",
        "--report",
        "r.json",
        "--verify-timeout",
        "2s",
    ];
    world
        .run(&[&args[..], &["--timeout", "2s"]].concat())
        .exits(code);
    crate::world::report(&world.path("r.json"))
}

fn outcome(report: &Value) -> &str {
    report["lines"][0]["outcome"]
        .as_str()
        .unwrap_or_else(|| panic!("{report:#}"))
}

#[test]
fn every_vendor_has_a_row() {
    let known: Vec<&str> = mock_servers::Vendor::ALL
        .iter()
        .map(|one| one.slug())
        .collect();
    let rows = ROWS.iter().map(|row| row.vendor).chain(["ekran"]);
    assert_eq!(known, rows.collect::<Vec<_>>());
    let ratified = reconciler::vendors::capabilities(reconciler::model::Vendor::Ekran);
    let facts: Vec<&str> = ratified.facts.iter().map(|fact| fact.key).collect();
    assert_eq!(EKRAN.1.map(|(key, _, _)| key).to_vec(), facts);
    for (row, vendor) in ROWS.iter().zip(reconciler::model::Vendor::ALL) {
        let can = reconciler::vendors::capabilities(vendor);
        let guarded: Vec<&str> = row.guarded.iter().map(|(key, _, _)| *key).collect();
        let facts: Vec<&str> = can.facts.iter().map(|fact| fact.key).collect();
        assert_eq!(guarded, facts, "{}: each guard key is mutated", row.vendor);
        assert_eq!(can.revoke.is_some(), row.revokes);
    }
}

#[test]
fn scan_and_point_read_agree_on_every_request() {
    for row in &ROWS {
        let world = row.sample();
        let ids = world.pending();
        world.decide(
            &ids.iter()
                .map(|id| (id.as_str(), "approve"))
                .collect::<Vec<_>>(),
        );
        let plans = ["points", "pending", "scan"].map(|way| planned(&world, way));
        assert_eq!(
            plans[0]["counts"]["approve"],
            ids.len() - row.sample_held.len(),
            "{:#}",
            plans[0]["holds"]
        );
        let holds = plans[0]["holds"].as_array().expect("holds");
        let codes: Vec<&str> = holds
            .iter()
            .filter_map(|hold| hold["code"].as_str())
            .collect();
        assert_eq!(codes, row.sample_held, "{}", row.vendor);
        assert_eq!(
            plans[0], plans[1],
            "{}: by id, and the pending ones",
            row.vendor
        );
        assert_eq!(plans[0], plans[2], "{}: by id, and all", row.vendor);
    }
}

#[test]
fn each_guarded_field_alone_blocks() {
    for row in &ROWS {
        let world = row.one();
        world.decide(&[(row.id, "approve")]);
        assert_eq!(planned(&world, "points")["counts"]["approve"], 1);
        let reseed = |text: &str| {
            world.admin("POST", "reset", &json!({ "to": "empty" }));
            let table: toml::Table = toml::from_str(text).expect("TOML");
            world.admin("POST", "seed", &as_json(&toml::Value::Table(table)));
        };
        for (key, from, to) in row.guarded {
            assert!(row.request.contains(from), "{key}: {from}");
            reseed(&row.request.replace(from, to));
            for way in ["points", "scan"] {
                let plan = planned(&world, way);
                let hold = &plan["holds"][0];
                assert_eq!(hold["code"], "guard-mismatch", "{key}, {way}: {plan:#}");
                let named = hold["differences"].as_array().expect("differences");
                assert!(
                    named.iter().any(|one| one["key"] == *key),
                    "{key}: {hold:#}"
                );
            }
        }
        reseed(row.request);
        assert_eq!(
            planned(&world, "points")["counts"]["approve"],
            1,
            "as it was"
        );
        assert_eq!(world.writes(), []);
    }
}

#[test]
fn an_approve_leaves_the_fingerprint_as_it_was_and_the_second_plan_is_empty() {
    for row in &ROWS {
        let world = row.one();
        world.decide(&[(row.id, "approve")]);
        assert_eq!(outcome(&apply(&world, 0)), "applied");
        assert_eq!(world.effects(row.id), 1);
        // A grant whose fingerprint differs would be `granted-otherwise`.
        for way in ["points", "scan"] {
            let plan = planned(&world, way);
            assert_eq!(
                (&plan["counts"]["settled"], &plan["holds"]),
                (&json!(1), &json!([]))
            );
        }
        world
            .run(&["plan", "--expect-no-changes", "--detailed-exitcode"])
            .exits(0);
        // Also where the ledger knows nothing of it: the fingerprint alone decides.
        std::fs::remove_file(world.path(".countersign/ledger.jsonl")).expect("removed");
        world.run(&["ledger", "init"]).exits(0);
        assert_eq!(planned(&world, "points")["counts"]["settled"], 1);
    }
}

#[test]
fn a_lost_acknowledgement_has_one_effect() {
    for row in &ROWS {
        let (lost_deny, lost_exit) = row.lost_deny;
        for (verdict, op, exit) in [("approve", row.approve, 0), ("deny", row.deny, lost_exit)] {
            for (phase, kind) in [
                ("after-effect", "close"),
                ("after-effect", "reset"),
                ("response", "truncate"),
                ("after-effect", "html"),
            ] {
                let world = row.one();
                world.decide(&[(row.id, verdict)]);
                world.faults(json!([{ "op": op, "phase": phase, "kind": kind }]));
                let report = apply(&world, exit);
                let what = format!("{verdict}, {phase}, {kind}: {report:#}");
                let ends: &[&str] = match verdict {
                    "deny" => &[lost_deny],
                    _ => &["applied", "state-reached"],
                };
                assert!(ends.contains(&outcome(&report)), "{what}");
                assert_eq!(world.effects(row.id), 1, "{what}");
                world.run(&["apply", "p.plan"]).exits(exit);
                assert_eq!(world.writes().len(), 1, "{what}");
            }
        }
    }
}

/// Nothing is done twice either where the vendor never saw the first call and no read tells.
#[test]
fn what_cannot_be_read_back_is_in_doubt_and_not_sent_again() {
    for row in &ROWS {
        let world = row.one();
        world.decide(&[(row.id, "approve")]);
        let (op, before) = row.read;
        world.faults(json!([
            { "op": row.approve, "kind": "close" },
            { "op": op, "kind": "html", "status": 200, "nth": before + 1, "times": 100_000, "must_fire": false },
        ]));
        assert_eq!(outcome(&apply(&world, 5)), "in-doubt");
        assert_eq!(world.writes().len(), 1);
        let ran = world.run(&["plan", "--fail-on", "blocked"]);
        assert!(
            ran.out.contains("in-doubt") || ran.code == Some(1),
            "{}",
            ran.out
        );
        world.faults(json!([]));
        // It reads pending: nothing arrived. Where a repeat is harmless it may be tried again.
        let (exit, effects) = row.after_doubt;
        world.run(&["apply", "p.plan"]).exits(exit);
        assert_eq!(world.effects(row.id), effects);
    }
}

#[test]
fn revoke_is_held_where_the_vendor_cannot() {
    for row in ROWS.iter().filter(|row| !row.revokes) {
        let world = row.one();
        world.decide(&[(row.id, "approve")]);
        apply(&world, 0);
        let writes = world.writes().len();
        world.edit(
            &format!("decisions/{}/{}.toml", row.vendor, row.id),
            "\"approve\"",
            "\"revoke\"",
        );
        let plan = planned(&world, "points");
        assert_eq!(plan["holds"][0]["code"], "unsupported", "{plan:#}");
        assert_eq!(plan["holds"][0]["request"], row.id);
        let digest = plan["digest"].as_str().expect("a digest");
        world
            .run(&["apply", "--yes", "--expect-digest", digest])
            .exits(3);
        assert_eq!(world.writes().len(), writes);
    }
}

#[test]
fn a_deny_of_what_was_granted_is_contradicted_and_sends_nothing() {
    for row in &ROWS {
        let world = row.one();
        world.decide(&[(row.id, "deny")]);
        world.run(&["plan", "--out", "early.plan"]).exits(0);
        let by = row.approver;
        let approve = mock_servers::Decision::Approve;
        world
            .mocks
            .decide(vendor(row.vendor), row.id, approve, by, None)
            .expect("decided");
        let plan = planned(&world, "points");
        assert_eq!(plan["holds"][0]["code"], "contradicted", "{plan:#}");
        world.run(&["apply", "early.plan"]).exits(3);
        assert_eq!(world.writes(), []);
    }
}

/// What every other vendor's row expects, and this one cannot: it is ratified, waits or is held, and nothing is sent.
#[test]
fn what_only_shows_is_ratified_and_never_written_to() {
    let (request, guarded) = EKRAN;
    let only = |options: &mut mock_servers::Options| options.vendors = vec![vendor("ekran")];
    let sample = World::of(only);
    let ids = sample.pending();
    let all: Vec<(&str, &str)> = ids.iter().map(|id| (id.as_str(), "approve")).collect();
    sample.decide(&all);
    let plans = ["pending", "scan"].map(|way| planned(&sample, way));
    assert_eq!(plans[0], plans[1]);
    assert_eq!(plans[0]["counts"]["approve"], 0);
    let held = plans[0]["holds"].as_array().expect("holds").len();
    let settled = plans[0]["counts"]["settled"].as_u64().expect("a count");
    assert_eq!(held as u64 + settled, ids.len() as u64);
    assert_eq!(sample.writes(), []);

    let world = World::of(|options| {
        only(options);
        options.world = Some(given(request));
    });
    world.decide(&[("7001", "approve")]);
    let ratified = planned(&world, "scan");
    assert_eq!(
        ratified["settled"][0]["settled"]["how"], "ratified",
        "{ratified:#}"
    );
    for (key, from, to) in guarded {
        world.admin("POST", "reset", &json!({ "to": "empty" }));
        let table: toml::Table = toml::from_str(&request.replace(from, to)).expect("TOML");
        world.admin("POST", "seed", &as_json(&toml::Value::Table(table)));
        let plan = planned(&world, "scan");
        let hold = &plan["holds"][0];
        assert_eq!(hold["code"], "granted-otherwise", "{key}: {plan:#}");
        let named = hold["differences"].as_array().expect("differences");
        assert!(named.iter().any(|one| one["key"] == key), "{key}: {hold:#}");
    }
    // Neither a plan nor an apply of it sends anything, and a lost reading concludes nothing.
    world
        .faults(json!([{ "op": "ekran.access-requests.list", "kind": "close", "times": 100_000 }]));
    let ran = world.run(&["plan", "--format", "json"]).exits(1);
    assert!(ran.err.contains("no queue could be read"), "{}", ran.err);
    world.faults(json!([]));
    world.edit("decisions/ekran/7001.toml", "\"approve\"", "\"revoke\"");
    assert_eq!(planned(&world, "scan")["holds"][0]["code"], "unsupported");
    world.edit("decisions/ekran/7001.toml", "\"revoke\"", "\"deny\"");
    let plan = planned(&world, "scan");
    let digest = plan["digest"].as_str().expect("a digest").to_owned();
    world
        .run(&["apply", "--yes", "--expect-digest", &digest])
        .exits(3);
    assert_eq!(world.writes(), []);
}

#[test]
fn a_self_signed_certificate_is_trusted_by_ca_file_and_in_no_other_way() {
    let world = World::of(|options| {
        options.vendors = vec![vendor("fudo")];
        options.tls = mock_servers::Tls::SelfSigned;
    });
    assert!(world.mocks.queues()["fudo"].url.starts_with("https://"));
    world.run(&["draft", "--max", "1"]).exits(0);
    world.edit("countersign.toml", "ca-file = \"mock-ca.pem\"\n", "");
    let ran = world.run(&["draft"]).exits(1);
    assert!(ran.says("certificate"), "{}", ran.err);
    assert_eq!(world.writes(), []);
}

/// A world's text as the admin API takes it.
fn as_json(toml: &toml::Value) -> Value {
    match toml {
        toml::Value::String(text) => text.as_str().into(),
        toml::Value::Integer(number) => (*number).into(),
        toml::Value::Float(number) => (*number).into(),
        toml::Value::Boolean(yes) => (*yes).into(),
        toml::Value::Datetime(time) => time.to_string().into(),
        toml::Value::Array(all) => all.iter().map(as_json).collect(),
        toml::Value::Table(table) => table
            .iter()
            .map(|(key, inside)| (key.clone(), as_json(inside)))
            .collect::<serde_json::Map<_, _>>()
            .into(),
    }
}
