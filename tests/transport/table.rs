//! What each adapter says when a call that reads, or one that decides, meets a fault of the line.

use std::collections::BTreeSet;
use std::time::Duration;

use super::stage::{DEEDS, Deed, Stage};
use super::wire::{Act, End, reply};
use crate::world::side_by_side;

const JSON: (&str, &str) = ("content-type", "application/json");
const HTML: (&str, &str) = ("content-type", "text/html");

/// A fault's name, what it does, and whether the client has to give up waiting.
fn faults() -> Vec<(&'static str, Act, bool)> {
    let whole = || reply(200, &[JSON], "{\"result\":\"success\"}");
    let head = whole().windows(4).position(|at| at == b"\r\n\r\n");
    let head = head.expect("a head") + 4;
    let first = |count: usize| whole()[..count].to_vec();
    let page = |status| reply(status, &[HTML], "<html>no</html>");
    vec![
        ("closed at once", Act::say("", End::Close), false),
        ("reset at once", Act::say("", End::Reset), false),
        ("closed in the head", Act::say(first(20), End::Close), false),
        (
            "closed in the body",
            Act::say(first(head + 5), End::Close),
            false,
        ),
        (
            "no HTTP",
            Act::say("SSH-2.0-OpenSSH_9.9\r\n", End::Close),
            false,
        ),
        ("a web page", Act::say(page(200), End::Keep), false),
        ("a web page, 403", Act::say(page(403), End::Keep), false),
        ("a web page, 502", Act::say(page(502), End::Keep), false),
        (
            "another object",
            Act::say(reply(200, &[JSON], "{\"x\":1}"), End::Keep),
            false,
        ),
        ("never answered", Act::say("", End::Stall), true),
        (
            "a head, then nothing",
            Act::say(first(head), End::Stall),
            true,
        ),
        (
            "a byte now and then",
            Act::say(whole(), End::Drip(Duration::from_millis(200))),
            true,
        ),
    ]
}

/// One call of each adapter that reads, and one that decides.
fn deeds() -> Vec<Deed> {
    let reads = |deed: &Deed| deed.args == ["plan"] && !deed.call.1.starts_with("/Auth/");
    let decides = |deed: &Deed| deed.writes() && deed.verdict == "approve";
    DEEDS
        .into_iter()
        .filter(|deed| reads(deed) || decides(deed))
        .collect()
}

/// How the decision stands, the exit code and how often the call was made; and which faults come to that.
fn told(&deed: &Deed) -> String {
    let stage = Stage::new(deed.vendor, deed.verdict);
    let mut ends: Vec<(String, Vec<&str>)> = Vec::new();
    for (name, act, slow) in faults() {
        stage.wire.rule(move |asked| match deed.is(asked) {
            true => act.clone(),
            false => Act::pass(),
        });
        let patience: &[&str] = if slow { &["--timeout", "1s"] } else { &[] };
        let format: &[&str] = if deed.writes() {
            &[]
        } else {
            &["--format", "json"]
        };
        let (ran, report) = stage.run(&[deed.args, patience, format].concat(), &[]);
        let word = if deed.writes() {
            crate::world::text(&report["lines"][0]["outcome"])
        } else {
            let plan: serde_json::Value = serde_json::from_str(&ran.out).unwrap_or_default();
            let changes = plan["changes"].as_array().map_or(0, Vec::len);
            assert_eq!(
                changes, 0,
                "{name}: nothing is planned on what was not read"
            );
            plan["holds"][0]["code"]
                .as_str()
                .unwrap_or("unread")
                .to_owned()
        };
        let asked = stage.wire.asked();
        let own: Vec<_> = asked.iter().filter(|one| deed.is(one)).collect();
        for one in &own {
            assert!(one.head.contains(" HTTP/1.1\r\n"), "{}", one.head);
        }
        if deed.writes() {
            let connections: BTreeSet<_> = own.iter().map(|one| one.connection).collect();
            assert_eq!(
                connections.len(),
                own.len(),
                "{name}: a connection for each write"
            );
            let others = asked.iter().filter(|one| !deed.is(one));
            let shared = others.filter(|one| connections.contains(&one.connection));
            assert_eq!(shared.count(), 0, "{name}: and for nothing else");
            assert_eq!(stage.world.writes(), [], "{name}");
        }
        let code = ran.code.expect("an exit code");
        let end = format!("{word}, exit {code}, asked {}", own.len());
        match ends.iter_mut().find(|(known, _)| *known == end) {
            Some((_, faults)) => faults.push(name),
            None => ends.push((end, vec![name])),
        }
    }
    let lines = ends
        .iter()
        .map(|(end, faults)| format!("    {end}: {}\n", faults.join(" | ")));
    format!("{}\n{}", deed.name(), lines.collect::<String>())
}

#[test]
fn each_adapter_under_each_fault_of_the_line() {
    let table = side_by_side(&deeds(), told).concat();
    insta::assert_snapshot!(table, @r"
    admin-by-request GET /requests/ID
        unread, exit 1, asked 3: closed at once | reset at once | closed in the head | closed in the body | no HTTP | a web page, 502 | never answered | a head, then nothing | a byte now and then
        row-unreadable, exit 0, asked 1: a web page | a web page, 403 | another object
    admin-by-request PUT /requests/ID
        in-doubt, exit 5, asked 2: closed at once | reset at once | closed in the head | closed in the body | no HTTP | a web page | a web page, 403 | a web page, 502 | another object | never answered | a head, then nothing | a byte now and then
    beyondtrust GET /Requests
        unread, exit 1, asked 3: closed at once | reset at once | closed in the head | closed in the body | no HTTP | a web page, 502 | never answered | a head, then nothing | a byte now and then
        unread, exit 1, asked 1: a web page | a web page, 403 | another object
    beyondtrust PUT /Requests/ID/Approve
        in-doubt, exit 5, asked 2: closed at once | reset at once | closed in the head | closed in the body | no HTTP | a web page | a web page, 403 | a web page, 502 | another object | never answered | a head, then nothing | a byte now and then
    threatlocker GET /ApprovalRequestGetPermitApplicationById
        unread, exit 1, asked 3: closed at once | reset at once | closed in the head | closed in the body | no HTTP | a web page, 502 | never answered | a head, then nothing | a byte now and then
        row-unreadable, exit 0, asked 1: a web page | a web page, 403 | another object
    threatlocker POST /ApprovalRequestPermitApplication
        in-doubt, exit 5, asked 1: closed at once | reset at once | closed in the head | closed in the body | no HTTP | a web page | a web page, 403 | a web page, 502 | another object | never answered | a head, then nothing | a byte now and then
    fudo GET /access_request/ID
        unread, exit 1, asked 3: closed at once | reset at once | closed in the head | closed in the body | no HTTP | a web page, 502 | never answered | a head, then nothing | a byte now and then
        row-unreadable, exit 0, asked 1: a web page | a web page, 403 | another object
    fudo POST /access_request/ID/vote
        in-doubt, exit 5, asked 2: closed at once | reset at once | closed in the head | closed in the body | no HTTP | a web page | a web page, 403 | a web page, 502 | another object | never answered | a head, then nothing | a byte now and then
    ekran GET /GetEndpointAccessRequests
        unread, exit 1, asked 3: closed at once | reset at once | closed in the head | closed in the body | no HTTP | a web page, 502 | never answered | a head, then nothing | a byte now and then
        unread, exit 1, asked 1: a web page | a web page, 403 | another object
    ");
}
